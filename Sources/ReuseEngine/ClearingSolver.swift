/// Finds the prices and flows that clear a network. One for each thread: it owns its workspaces.
///
/// Each connected set on its own: an interior point comes close, the crossover makes it exact, and the natural residual of
/// every condition is checked. What does not come to 1e-9 is tried from further starts, by continuation, and along a path
/// in other unknowns; then it is no answer.
/// Where losses and tariffs meet in a circle of routes, a second start is tried before an answer is called the only one.
final class ClearingSolver {
    static let tolerance = 1e-9

    let network: ClearingNetwork
    /// Whom a long search asks whether it may go on.
    let stop = ClearingStop()
    private let isSound: Bool
    private var layout: ClearingLayout
    private var numbers: ClearingNumbers
    private var interior: ClearingInterior
    /// Made where it is first needed.
    private var madeContinuation: ClearingContinuation?
    private var madePath: ClearingPath?
    private var crossover: ClearingCrossover
    /// Workspaces of other orders and gates, for networks whose largest market changes from step to step.
    private var others: [Workspace] = []
    private static let mostWorkspaces = 16

    private struct Workspace {
        var layout: ClearingLayout
        var numbers: ClearingNumbers
        var interior: ClearingInterior
        var crossover: ClearingCrossover
    }

    /// In which the last solve went through the network.
    var order: ClearingOrder { layout.order }
    private var lastWasSolved = false
    /// Where the fields begin in the last point that fitted the network.
    private var fittingStarts: [Int] = []

    init(network: ClearingNetwork) {
        isSound = ClearingLayout.isSound(network)
        self.network =
            isSound ? network : ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: [])
        layout = ClearingLayout(
            self.network, hasGate: self.network.demandForms.map { _ in false },
            hasSource: self.network.supplyForms.map { _ in false }, order: ClearingOrder(declared: self.network))
        numbers = ClearingNumbers(layout)
        interior = ClearingInterior(layout, numbers, stop)
        crossover = ClearingCrossover(layout, numbers, stop)
    }

    /// What is found depends on the point and the hint alone. A hint is a start: where it leads nowhere, the solve begins
    /// anew.
    func solve(
        _ point: ClearingPoint, hint: ClearingHint? = nil, into solution: inout ClearingSolution
    ) -> ClearingOutcome {
        lastWasSolved = false
        stop.begin()
        guard isSound, fits(point) else {
            return .failed(ClearingFailure(kind: .malformed, index: 0, value: 0))
        }
        if hint == nil || hint?.layout !== layout || !hasRightGates(layout, point) {
            layOut(point, hint?.layout.order ?? ClearingOrder(network, point), like: hint?.layout)
        }
        if let failure = numbers.load(point, network) { return .failed(failure) }
        prepare(&solution)
        var isReachable = false
        for set in 0..<layout.setCount {
            if let hint, take(hint, set), settle(set, &solution) { continue }
            if !isReachable, let failure = unreachable() { return .failed(failure) }
            isReachable = true
            if let failure = solveAnew(set, &solution) { return .failed(better(failure, after: set)) }
        }
        lastWasSolved = true
        return .solved
    }

    /// Where no answer was found for one set, that another lacks goods says more.
    private func better(_ failure: ClearingFailure, after set: Int) -> ClearingFailure {
        guard case .notConverged = failure.kind else { return failure }
        for other in set + 1..<max(layout.setCount, set + 1) {
            if let shortage = shortage(other) { return shortage }
        }
        return failure
    }

    private func shortage(_ set: Int) -> ClearingFailure? {
        guard let found = ClearingShortage.find(set, layout, numbers) else { return nil }
        return ClearingFailure(
            kind: .demandAboveCapacity(isShared: found.isShared), index: layout.marketOf[found.node],
            value: found.missing)
    }

    private var path: ClearingPath {
        if let madePath { return madePath }
        let made = ClearingPath(layout, numbers, stop)
        madePath = made
        return made
    }

    private var continuation: ClearingContinuation {
        if let madeContinuation { return madeContinuation }
        let made = ClearingContinuation(layout, numbers, stop)
        madeContinuation = made
        return made
    }

    /// Takes up the workspace for an order and the gates that a point needs.
    private func layOut(_ point: ClearingPoint, _ order: ClearingOrder, like other: ClearingLayout?) {
        let other = other.flatMap { hasRightGates($0, point) ? $0 : nil }
        func fits(_ layout: ClearingLayout) -> Bool {
            if let other { return layout === other }
            return layout.order == order && hasRightGates(layout, point)
        }
        if fits(layout) { return }
        let current = Workspace(layout: layout, numbers: numbers, interior: interior, crossover: crossover)
        let next: Workspace
        if let known = others.firstIndex(where: { fits($0.layout) }) {
            next = others.remove(at: known)
        } else {
            let layout =
                other
                ?? ClearingLayout(
                    network, hasGate: network.demandForms.indices.map { ClearingNumbers.needsGate($0, point) },
                    hasSource: network.supplyForms.indices.map { ClearingNumbers.needsSource($0, point, network) },
                    order: order)
            let numbers = ClearingNumbers(layout)
            next = Workspace(
                layout: layout, numbers: numbers, interior: ClearingInterior(layout, numbers, stop),
                crossover: ClearingCrossover(layout, numbers, stop))
        }
        if others.count >= Self.mostWorkspaces { others.removeFirst() }
        others.append(current)
        (layout, numbers, interior, crossover) = (next.layout, next.numbers, next.interior, next.crossover)
        (madeContinuation, madePath) = (nil, nil)
    }

    /// Whether a point has a number for each part of the network. Points come from few arrangements of their values, mostly
    /// from one, so that what fitted last is known again by its beginnings.
    private func fits(_ point: ClearingPoint) -> Bool {
        if point.starts == fittingStarts { return true }
        guard ClearingNumbers.fits(point, network) else { return false }
        fittingStarts = point.starts
        return true
    }

    private func hasRightGates(_ layout: ClearingLayout, _ point: ClearingPoint) -> Bool {
        for market in layout.hasGate.indices
        where ClearingNumbers.needsGate(market, point) != layout.hasGate[market] { return false }
        for supplier in layout.hasSource.indices
        where ClearingNumbers.needsSource(supplier, point, network) != layout.hasSource[supplier] { return false }
        return true
    }

    /// The last solve as a start for others; nil where it failed.
    func hint() -> ClearingHint? {
        guard lastWasSolved else { return nil }
        var hint = ClearingHint(layout: layout, price: [], isNothing: [], status: [])
        for set in 0..<layout.setCount {
            for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
                hint.price.append(crossover.price[node] * numbers.priceScale[set])
                hint.isNothing.append(crossover.isNothing[node])
            }
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1] { hint.status.append(crossover.status[arc]) }
        }
        return hint
    }

    private func prepare(_ solution: inout ClearingSolution) {
        let markets = network.demandForms.count
        if solution.price.count != markets {
            solution.price = Array(repeating: 0, count: markets)
            solution.quotaRent = solution.price
            solution.unsold = solution.price
            solution.bought = solution.price
            solution.isOpenPrice = Array(repeating: false, count: markets)
        }
        if solution.collected.count != network.supplyForms.count {
            solution.collected = Array(repeating: 0, count: network.supplyForms.count)
            solution.netPrice = solution.collected
            solution.isOpenSupply = Array(repeating: false, count: network.supplyForms.count)
        }
        if solution.flow.count != network.routes.count {
            solution.flow = Array(repeating: 0, count: network.routes.count)
            solution.rent = solution.flow
            solution.isOpenFlow = Array(repeating: false, count: network.routes.count)
        }
        solution.isUnique = true
        solution.residual = 0
        for node in 0..<markets {
            (solution.quotaRent[node], solution.unsold[node], solution.bought[node]) = (0, 0, -1)
        }
        for route in network.routes.indices { (solution.flow[route], solution.rent[route]) = (0, 0) }
    }

    // MARK: One connected set

    /// How many routes may change their status on the way from a hint.
    private static let changesFromHint = 12

    /// Starts a set at a hint; false where it does not fit, or more than one solution cannot be excluded.
    private func take(_ hint: borrowing ClearingHint, _ set: Int) -> Bool {
        guard
            hint.layout === layout
                || (hint.layout.hasGate == layout.hasGate && hint.layout.hasSource == layout.hasSource),
            hint.price.count == layout.nodeCount,
            hint.status.count == layout.arcCount, numbers.isMixed[set] == 0
        else { return false }
        let scale = 1 / numbers.priceScale[set]
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            crossover.price[node] = hint.price[node] * scale
            crossover.isNothing[node] = hint.isNothing[node]
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            crossover.status[arc] = hint.status[arc]
            crossover.flow[arc] = 0
        }
        return true
    }

    /// Goes on from where the crossover stands; false where that comes to no answer.
    private func settle(_ set: Int, _ solution: inout ClearingSolution) -> Bool {
        guard crossover.solve(set, changes: Self.changesFromHint) else { return false }
        let isOpen = crossover.findOpen(set)
        let found = crossover.residual(set)
        guard found.value <= Self.tolerance else { return false }
        solution.residual = max(solution.residual, found.value)
        read(set, isOpen, &solution)
        return true
    }

    private func solveAnew(_ set: Int, _ solution: inout ClearingSolution) -> ClearingFailure? {
        var worst = (value: Double.infinity, node: layout.nodeStart[set])
        var found = solveFast(set, attempt: 0, &worst, &solution)
        if found == nil, !stop.isAsked {
            if let failure = shortage(set) { return failure }
            for attempt in 1...2 where found == nil && layout.hasJoint[set] == 1 {
                found = solveFast(set, attempt: attempt, &worst, &solution)
            }
            // From anywhere where there are no joint products; then, with these too, from almost anywhere.
            if found == nil { found = solve(set, by: continuation, &worst, &solution) }
            if found == nil { found = solve(set, by: path, &worst, &solution) }
        }
        if stop.isAsked { return ClearingFailure(kind: .cancelled, index: 0, value: 0) }
        guard let first = found else {
            return ClearingFailure(kind: .notConverged(.node), index: layout.marketOf[worst.node], value: worst.value)
        }
        if numbers.isMixed[set] == 0 { return nil }
        // What two starts find must agree, or there is more than one solution: the first is taken.
        for attempt in 1...2 {
            var unused = ClearingSolution()
            prepare(&unused)
            let other = solveFast(set, attempt: attempt, &worst, &unused)
            if stop.isAsked { return ClearingFailure(kind: .cancelled, index: 0, value: 0) }
            guard let second = other else { continue }
            let differs = zip(first, second).contains { ($0 - $1).magnitude > 1e-7 * max(1, $0.magnitude) }
            if differs { markAll(set, &solution) }
            return nil
        }
        return nil
    }

    /// By an interior point, from one of three starts; the prices found, or nil.
    private func solveFast(
        _ set: Int, attempt: Int, _ worst: inout (value: Double, node: Int), _ solution: inout ClearingSolution
    ) -> [Double]? {
        interior.start(set, attempt: attempt)
        _ = interior.advance(to: 1e-8)
        takeOver(set)
        guard crossover.solve(set) else {
            if worst.value == .infinity { worst.node = interior.worstNode() }
            return nil
        }
        return accept(set, &worst, &solution)
    }

    /// By a method that ends where answers can be made exact.
    private func solve(
        _ set: Int, by method: some ClearingMethod, _ worst: inout (value: Double, node: Int),
        _ solution: inout ClearingSolution
    ) -> [Double]? {
        if stop.isAsked { return nil }
        var found: [Double]?
        _ = method.solve(set) { isLast in
            found = finish(set, isLast, &worst, &solution) {
                method.read(
                    price: crossover.price, isNothing: crossover.isNothing, flow: crossover.flow,
                    status: crossover.status)
            }
            return found != nil
        }
        return found
    }

    /// Makes exact what is handed over; where that fails at the last, it may do as it is.
    private func finish(
        _ set: Int, _ isLast: Bool, _ worst: inout (value: Double, node: Int), _ solution: inout ClearingSolution,
        handOver: () -> Void
    ) -> [Double]? {
        handOver()
        if crossover.solve(set), let found = accept(set, &worst, &solution) { return found }
        guard isLast else { return nil }
        handOver()
        crossover.takeAsFound()
        return accept(set, &worst, &solution)
    }

    /// Takes what the crossover stands at for the answer, where all conditions hold.
    private func accept(
        _ set: Int, _ worst: inout (value: Double, node: Int), _ solution: inout ClearingSolution
    ) -> [Double]? {
        let isOpen = crossover.findOpen(set)
        let found = crossover.residual(set)
        guard found.value <= Self.tolerance else {
            if found.value < worst.value { worst = found }
            return nil
        }
        solution.residual = max(solution.residual, found.value)
        read(set, isOpen, &solution)
        return (layout.nodeStart[set]..<layout.nodeStart[set + 1]).map { crossover.price[$0] }
    }

    private func markAll(_ set: Int, _ solution: inout ClearingSolution) {
        solution.isUnique = false
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            solution.isOpenPrice[layout.marketOf[node]] = true
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where layout.routeOf[arc] >= 0 {
            solution.isOpenFlow[layout.routeOf[arc]] = true
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            solution.isOpenSupply[layout.supplierOf[supplier]] = true
        }
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

    private func read(_ set: Int, _ isOpen: Bool, _ solution: inout ClearingSolution) {
        if isOpen { solution.isUnique = false }
        let (quantityScale, priceScale) = (numbers.quantityScale[set], numbers.priceScale[set])
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1]
        where layout.isGate[node] == 0 && layout.isSource[node] == 0 {
            let market = layout.marketOf[node]
            solution.price[market] = max(0, crossover.price[node]) * priceScale
            solution.isOpenPrice[market] = isOpen && crossover.isOpenPrice[node] == 1
            solution.bought[market] = crossover.bought(node)
            solution.unsold[market] =
                crossover.isNothing[node] == 1 ? max(0, crossover.excess(node)) * quantityScale : 0
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            let rent = crossover.rent(arc, set) * priceScale
            let route = layout.routeOf[arc]
            if layout.sourceOf[arc] >= 0 { continue }
            if route < 0 {
                solution.quotaRent[layout.marketOf[layout.to[arc]]] = rent
            } else {
                solution.flow[route] = max(0, crossover.flow[arc]) * quantityScale
                solution.rent[route] = rent
                solution.isOpenFlow[route] = isOpen && crossover.isOpenFlow[arc] == 1
            }
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let original = layout.supplierOf[supplier]
            var net = numbers.supplyShift[supplier]
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                net += numbers.worth[output] * max(0, crossover.price[layout.outputNode[output]]) * priceScale
            }
            solution.netPrice[original] = net
            solution.collected[original] = crossover.collected(supplier, net)
            solution.isOpenSupply[original] = false
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where layout.sourceOf[arc] >= 0 {
            let original = layout.supplierOf[layout.sourceOf[arc]]
            var worth = numbers.gain[arc] * max(0, crossover.price[layout.to[arc]]) * priceScale
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                worth += numbers.endGain[end] * max(0, crossover.price[layout.endNode[end]]) * priceScale
            }
            solution.netPrice[original] = (worth - numbers.arcCost[arc]) / numbers.arcWedge[arc]
            solution.collected[original] = max(0, crossover.flow[arc]) * quantityScale
            solution.isOpenSupply[original] = isOpen && crossover.isOpenFlow[arc] == 1
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
                if numbers.gain[arc] > 0 { reach(layout.to[arc]) }
                for end in layout.endStart[arc]..<layout.endStart[arc + 1] where numbers.endGain[end] > 0 {
                    reach(layout.endNode[end])
                }
            }
        }
        for node in 0..<layout.nodeCount
        where layout.isGate[node] == 0 && layout.isSource[node] == 0 && !isReached[node] {
            if numbers.quantity[node] > 0, numbers.demandForm[node] != ClearingNumbers.linear {
                return ClearingFailure(kind: .unreachable, index: layout.marketOf[node], value: numbers.quantity[node])
            }
        }
        return nil
    }
}

/// A method that leads to an answer, to be made exact on the way.
protocol ClearingMethod: AnyObject {
    /// Follows it for a connected set, and asks `attempt` wherever the answer may be near; true where that said so.
    func solve(_ set: Int, attempt: (_ isLast: Bool) -> Bool) -> Bool
    /// Writes down where it stands.
    func read(
        price prices: UnsafeMutablePointer<Double>, isNothing: UnsafeMutablePointer<UInt8>,
        flow flows: UnsafeMutablePointer<Double>, status: UnsafeMutablePointer<UInt8>)
}
