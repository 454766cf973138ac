/// Finds the prices and flows that clear a network. One for each thread: it owns its workspaces.
///
/// Each connected set on its own: an interior point comes close, the crossover makes it exact, and the natural residual of
/// every condition is checked. What does not come to 1e-9 is tried from further starts, and is no answer in the end.
final class ClearingSolver {
    static let tolerance = 1e-9

    private let network: ClearingNetwork
    private let isSound: Bool
    private var layout: ClearingLayout
    private var numbers: ClearingNumbers
    private var interior: ClearingInterior
    private var crossover: ClearingCrossover
    /// Of the last successful solve.
    private(set) var basis = ClearingBasis(routes: [], isQuotaFull: [])

    init(network: ClearingNetwork) {
        isSound = ClearingLayout.isSound(network)
        self.network =
            isSound ? network : ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: [])
        layout = ClearingLayout(self.network, hasGate: self.network.demandForms.map { _ in false })
        numbers = ClearingNumbers(layout)
        interior = ClearingInterior(layout, numbers)
        crossover = ClearingCrossover(layout, numbers)
    }

    /// Every solve begins anew: what it finds depends on the point alone. A basis of an earlier solve is a hint that this
    /// version does not take.
    func solve(
        _ point: ClearingPoint, basis: ClearingBasis?, into solution: inout ClearingSolution
    ) -> ClearingOutcome {
        guard isSound, ClearingNumbers.fits(point, network) else {
            return .failed(ClearingFailure(kind: .malformed, index: 0, value: 0))
        }
        let hasGate = point.importQuota.map { $0 < .infinity }
        if hasGate != layout.hasGate {
            layout = ClearingLayout(network, hasGate: hasGate)
            numbers = ClearingNumbers(layout)
            interior = ClearingInterior(layout, numbers)
            crossover = ClearingCrossover(layout, numbers)
        }
        if let failure = numbers.load(point, network) { return .failed(failure) }
        if let failure = unreachable() { return .failed(failure) }
        prepare(&solution)
        for set in 0..<layout.setCount {
            if let failure = solve(set, &solution) { return .failed(failure) }
        }
        self.basis = ClearingBasis(
            routes: Array(repeating: .idle, count: network.routes.count),
            isQuotaFull: solution.quotaRent.map { $0 > 0 })
        for arc in 0..<layout.arcCount where layout.routeOf[arc] >= 0 {
            self.basis.routes[layout.routeOf[arc]] = ClearingBasis.Status(rawValue: crossover.status[arc]) ?? .idle
        }
        return .solved
    }

    private func prepare(_ solution: inout ClearingSolution) {
        let markets = network.demandForms.count
        if solution.price.count != markets {
            solution.price = Array(repeating: 0, count: markets)
            solution.quotaRent = solution.price
            solution.unsold = solution.price
        }
        if solution.collected.count != network.supplyForms.count {
            solution.collected = Array(repeating: 0, count: network.supplyForms.count)
            solution.netPrice = solution.collected
        }
        if solution.flow.count != network.routes.count {
            solution.flow = Array(repeating: 0, count: network.routes.count)
            solution.rent = solution.flow
        }
        solution.isUnique = true
        solution.residual = 0
        for node in 0..<markets { (solution.quotaRent[node], solution.unsold[node]) = (0, 0) }
        for route in network.routes.indices { (solution.flow[route], solution.rent[route]) = (0, 0) }
    }

    // MARK: One connected set

    private func solve(_ set: Int, _ solution: inout ClearingSolution) -> ClearingFailure? {
        var worst = (value: Double.infinity, node: layout.nodeStart[set])
        for attempt in 0..<3 {
            interior.start(set, attempt: attempt)
            let isClose = interior.advance(to: 1e-8) || attempt > 0
            if isClose {
                let shortage = interior.shortage()
                if shortage.node >= 0, shortage.share > 1e-6 {
                    return ClearingFailure(
                        kind: .demandAboveCapacity, index: layout.marketOf[shortage.node], value: shortage.share)
                }
            }
            takeOver(set)
            if crossover.solve(set) {
                let found = crossover.residual(set)
                if found.value <= Self.tolerance {
                    solution.residual = max(solution.residual, found.value)
                    if crossover.isSplit { solution.isUnique = false }
                    read(set, &solution)
                    return nil
                }
                if found.value < worst.value { worst = found }
            } else if worst.value == .infinity {
                worst.node = interior.worstNode()
            }
        }
        let shortage = interior.shortage()
        if shortage.node >= 0, shortage.share > 1e-6 {
            return ClearingFailure(
                kind: .demandAboveCapacity, index: layout.marketOf[shortage.node], value: shortage.share)
        }
        return ClearingFailure(kind: .notConverged(.node), index: layout.marketOf[worst.node], value: worst.value)
    }

    /// Hands what the interior point found to the crossover.
    private func takeOver(_ set: Int) {
        interior.classify(set, into: crossover.status)
        interior.readFlows(into: crossover.flow)
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            let (price, isNothing) = interior.price(ofNode: node)
            crossover.price[node] = price
            crossover.isNothing[node] = isNothing ? 1 : 0
        }
    }

    private func read(_ set: Int, _ solution: inout ClearingSolution) {
        let (quantityScale, priceScale) = (numbers.quantityScale[set], numbers.priceScale[set])
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] where layout.isGate[node] == 0 {
            let market = layout.marketOf[node]
            solution.price[market] = max(0, crossover.price[node]) * priceScale
            solution.unsold[market] =
                crossover.isNothing[node] == 1 ? max(0, crossover.excess(node)) * quantityScale : 0
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            let rent = crossover.rent(arc, set) * priceScale
            let route = layout.routeOf[arc]
            if route < 0 {
                solution.quotaRent[layout.marketOf[layout.to[arc]]] = rent
            } else {
                solution.flow[route] = max(0, crossover.flow[arc]) * quantityScale
                solution.rent[route] = rent
            }
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let original = layout.supplierOf[supplier]
            var net = numbers.supplyShift[supplier]
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                net += numbers.worth[output] * max(0, crossover.price[layout.outputNode[output]]) * priceScale
            }
            solution.netPrice[original] = net
            solution.collected[original] = numbers.supply(supplier, net).amount
        }
    }

    // MARK: Who can be reached

    /// A market whose demand cannot be nothing, and that no supply reaches.
    private func unreachable() -> ClearingFailure? {
        var isReached = [Bool](repeating: false, count: layout.nodeCount)
        var work: [Int] = []
        func reach(_ node: Int) {
            if isReached[node] { return }
            isReached[node] = true
            work.append(node)
        }
        for supplier in 0..<layout.supplierCount where numbers.volume[supplier] > 0 {
            guard numbers.supplyCapacity[supplier] > 0 else { continue }
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            where numbers.yield[output] > 0 { reach(layout.outputNode[output]) }
        }
        var next = 0
        while next < work.count {
            let node = work[next]
            next += 1
            for arc in 0..<layout.arcCount
            where layout.from[arc] == node && numbers.isOpen[arc] == 1 && numbers.capacity[arc] > 0 {
                reach(layout.to[arc])
            }
        }
        for node in 0..<layout.nodeCount where layout.isGate[node] == 0 && !isReached[node] {
            if numbers.quantity[node] > 0, numbers.demandForm[node] != ClearingNumbers.linear {
                return ClearingFailure(kind: .unreachable, index: layout.marketOf[node], value: numbers.quantity[node])
            }
        }
        return nil
    }
}
