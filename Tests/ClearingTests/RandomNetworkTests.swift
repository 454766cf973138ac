import Foundation
import ReuseModel
import Testing

@testable import ReuseEngine

/// Random networks with every tax, subsidy, limit, loss and form in force, held against the conditions and identities of
/// the market equations, written here anew.
@Suite struct RandomNetworkTests {
    @Test("what is called a solution meets every condition to 1e-9, and money in is money out")
    func conditions() {
        var solved = 0
        var failures: [String] = []
        for seed in UInt64(1)...400 {
            let example = Example(seed: seed)
            var solution = ClearingSolution()
            switch ClearingSolver(network: example.network).solve(example.point, into: &solution) {
            case .solved:
                solved += 1
                let residual = example.worstResidual(solution)
                #expect(residual <= 2e-9, "seed \(seed): a condition is missed by \(residual)")
                var accounts = ClearingAccounts()
                accounts.update(
                    network: example.network, point: example.point, solution: solution,
                    order: ClearingOrder(declared: example.network))
                let (money, scale) = example.moneyMissing(solution, accounts)
                #expect(money.magnitude <= 1e-9 * scale, "seed \(seed): money of \(money / scale) is missing")
                let (difference, size) = example.welfareMissing(solution, accounts)
                #expect(
                    difference.magnitude <= 1e-9 * size, "seed \(seed): welfare of \(difference / size) is missing")
            case .failed(let failure): failures.append("seed \(seed): \(failure)")
            }
        }
        // What cannot be cleared says so; a search that gives up is rare.
        #expect(solved >= 340, "\(failures)")
        let givenUp = failures.filter { $0.contains("notConverged") }
        #expect(givenUp.count <= 4, "\(givenUp)")
    }

    @Test("the same network twice gives the same bits")
    func bits() {
        for seed in UInt64(1)...60 {
            let example = Example(seed: seed)
            var first = ClearingSolution()
            var second = ClearingSolution()
            let solver = ClearingSolver(network: example.network)
            _ = solver.solve(example.point, into: &first)
            _ = solver.solve(Example(seed: seed + 1_000).point, into: &second)
            second = ClearingSolution()
            _ = solver.solve(example.point, into: &second)
            #expect(first.price.map(\.bitPattern) == second.price.map(\.bitPattern), "seed \(seed)")
            #expect(first.flow.map(\.bitPattern) == second.flow.map(\.bitPattern), "seed \(seed)")
        }
    }

    @Test("64 markets, each with a route to every other, clear")
    func large() {
        let example = Example(seed: 7, nodes: 64, isPlain: true)
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: example.network).solve(example.point, into: &solution)
        else {
            Issue.record("not solved")
            return
        }
        #expect(example.worstResidual(solution) <= 2e-9)
    }

    @Test("two routes of equal cost share what flows, and the answer says that it is a split")
    func ties() {
        // A and B both get goods at the same price and send them to C over ways of the same cost, in a circle.
        let network = ClearingNetwork(
            demandForms: [nil, nil, .isoelastic], supplyForms: [.isoelastic], outputs: [[(node: 0, yield: 0)]],
            routes: [(from: 0, to: 2), (from: 0, to: 1), (from: 1, to: 2)])
        let point = ClearingPoint([
            .demand: [0, 0, 100], .demandPrice: [0, 0, 100], .demandElasticity: [0, 0, -1], .vat: [0, 0, 0],
            .tax: [0, 0, 0], .demandSubsidy: [0, 0, 0], .importQuota: [.infinity, .infinity, .infinity], .volume: [100],
            .volumePrice: [80], .supplyElasticity: [1], .supplyCost: [0], .levy: [0], .supplySubsidy: [0],
            .supplyCapacity: [.infinity], .yield: [1], .routeCost: [20, 10, 10], .exportTax: [0, 0, 0],
            .tariff: [0, 0, 0], .duty: [0, 0, 0], .loss: [0, 0, 0],
            .routeCapacity: [.infinity, .infinity, .infinity],
        ])
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: network).solve(point, into: &solution) else {
            Issue.record("not solved")
            return
        }
        #expect((solution.price[2] - 100).magnitude < 1e-10)
        // Least squares over the three routes: 2/3 straight on, 1/3 round.
        #expect((solution.flow[0] - 200.0 / 3).magnitude < 1e-9)
        #expect((solution.flow[1] - 100.0 / 3).magnitude < 1e-9)
        #expect((solution.flow[2] - 100.0 / 3).magnitude < 1e-9)
        #expect(!solution.isUnique)
        #expect(solution.isOpenFlow == [true, true, true])
        #expect(solution.isOpenPrice == [false, false, false])
    }

    @Test("a split stays within the capacities of its routes")
    func cappedTies() {
        // 100 units from A to B over three routes of one cost, of which the first takes 10: 10, 45, 45.
        var example = Example(from: [.fixed], to: [.fixed], routes: 3)
        example.point[.demand, 1] = 100
        example.point[.volume] = [120]
        example.point[.routeCost] = [5, 5, 5]
        example.point[.routeCapacity] = [10, .infinity, .infinity]
        guard let solution = example.solve() else { return }
        #expect(solution.price == [0, 5])
        for (flow, expected) in zip(solution.flow, [10.0, 45, 45]) { #expect((flow - expected).magnitude < 1e-9) }
        // The first could carry less, the others more.
        #expect(solution.isOpenFlow == [true, true, true])
        #expect((solution.unsold[0] - 20).magnitude < 1e-9)
    }

    @Test("a fixed demand that a fixed supply just meets has the lowest price that supports the trade")
    func lowestPrice() {
        var example = Example(from: [.fixed], to: [.fixed], routes: 1)
        example.point[.demand, 1] = 100
        example.point[.volume] = [100]
        example.point[.routeCost] = [5]
        guard let solution = example.solve() else { return }
        #expect(solution.price[0].magnitude < 1e-9)
        #expect((solution.price[1] - 5).magnitude < 1e-9)
        #expect(!solution.isUnique)
        #expect(solution.isOpenPrice == [true, true])
        #expect(solution.isOpenFlow == [false])
    }

    @Test("a search that starts at the central run's answer finds what one that begins anew finds")
    func hints() {
        var (solved, worst) = (0, 0.0)
        for seed in UInt64(1)...200 {
            let example = Example(seed: seed)
            let solver = ClearingSolver(network: example.network)
            var anew = ClearingSolution()
            guard case .solved = solver.solve(example.point, into: &anew), let hint = solver.hint() else { continue }
            for change in [0.999, 1.05, 0.8] {
                var moved = example.point
                for index in moved[.demand].indices { moved[.demand, index] *= change }
                for index in moved[.routeCost].indices { moved[.routeCost, index] /= change }
                var (warm, cold) = (ClearingSolution(), ClearingSolution())
                guard case .solved = ClearingSolver(network: example.network).solve(moved, into: &cold) else {
                    continue
                }
                let outcome = solver.solve(moved, hint: hint, into: &warm)
                guard case .solved = outcome else {
                    Issue.record("seed \(seed), \(change): \(outcome)")
                    continue
                }
                solved += 1
                #expect(example.with(moved).worstResidual(warm) <= 2e-9, "seed \(seed)")
                guard cold.isUnique, warm.isUnique else { continue }
                let highest = cold.price.max() ?? 1
                for (a, b) in zip(warm.price, cold.price) { worst = max(worst, (a - b).magnitude / highest) }
            }
        }
        #expect(solved >= 500)
        #expect(worst < 1e-9, "prices differ by \(worst)")
    }
}

/// A network and its numbers, made from a seed.
struct Example {
    var network: ClearingNetwork
    var point = ClearingPoint()
    private var state: UInt64

    init(seed: UInt64, nodes given: Int? = nil, isPlain: Bool = false) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
        network = ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: [])
        let nodes = given ?? 2 + Int(seed % 6)
        for _ in 0..<nodes {
            let form: CurveForm = chance(0.75) ? .isoelastic : .linear
            network.demandForms.append(form)
            point[.demand].append(between(10, 50))
            point[.demandPrice].append(between(100, 250))
            point[.demandElasticity].append(between(-2, -0.3))
            point[.vat].append(!isPlain && chance(0.5) ? between(0, 0.25) : 0)
            point[.tax].append(!isPlain && chance(0.3) ? between(0, 20) : 0)
            point[.demandSubsidy].append(!isPlain && chance(0.2) && form == .linear ? between(0, 15) : 0)
            point[.importQuota].append(!isPlain && chance(0.25) ? between(1, 20) : .infinity)
        }
        for node in 0..<nodes {
            addSupply(node, isPlain)
        }
        for from in 0..<nodes {
            for to in 0..<nodes where from != to && (isPlain || chance(0.6)) { addRoute(from, to, isPlain) }
        }
    }

    /// A market with a supply, and another with a demand, and routes from the one to the other; all numbers are to be set.
    init(from supply: [CurveForm], to demand: [CurveForm], routes: Int) {
        state = 0
        network = ClearingNetwork(
            demandForms: [nil] + demand.map { $0 }, supplyForms: supply,
            outputs: supply.indices.map { [(node: 0, yield: $0)] },
            routes: Array(repeating: (from: 0, to: 1), count: routes))
        func all(_ value: Double, _ count: Int) -> [Double] { Array(repeating: value, count: count) }
        let nodes = 1 + demand.count
        point = ClearingPoint([
            .demand: all(0, nodes), .demandPrice: all(0, nodes), .demandElasticity: all(0, nodes), .vat: all(0, nodes),
            .tax: all(0, nodes), .demandSubsidy: all(0, nodes), .importQuota: all(.infinity, nodes),
            .volume: all(0, supply.count), .volumePrice: all(0, supply.count),
            .supplyElasticity: all(0, supply.count), .supplyCost: all(0, supply.count), .levy: all(0, supply.count),
            .supplySubsidy: all(0, supply.count), .supplyCapacity: all(.infinity, supply.count),
            .yield: all(1, supply.count), .routeCost: all(0, routes), .exportTax: all(0, routes),
            .tariff: all(0, routes),
            .duty: all(0, routes), .loss: all(0, routes), .routeCapacity: all(.infinity, routes),
        ])
    }

    /// Welfare against what goods are worth to buyers less what they cost to collect and to move:
    /// `sum U(D) - sum (C(x) + cost x) - freight`, with `U(Q) = P Q` at the reference point of a demand with elasticity.
    func welfareMissing(_ solution: ClearingSolution, _ accounts: ClearingAccounts) -> (Double, Double) {
        var (value, size) = (0.0, 0.0)
        func add(_ term: Double) {
            value += term
            size += term.magnitude
        }
        /// The area under an inverse curve through a reference point, between two quantities.
        func area(
            _ form: CurveForm, _ quantity: Double, _ price: Double, _ elasticity: Double, _ from: Double, _ to: Double
        )
            -> Double
        {
            if form == .linear {
                return price
                    * ((1 - 1 / elasticity) * (to - from) + (to * to - from * from) / (2 * quantity * elasticity))
            }
            let k = 1 + 1 / elasticity
            return price * quantity / k * (pow(to / quantity, k) - pow(from / quantity, k))
        }
        for (node, form) in network.demandForms.enumerated() {
            guard let form, form != .fixed else { continue }
            let (quantity, price) = (point[.demand, node], point[.demandPrice, node])
            add(quantity * price)
            add(area(form, quantity, price, point[.demandElasticity, node], quantity, accounts[.consumption, node]))
        }
        for (supplier, form) in network.supplyForms.enumerated() {
            let collected = solution.collected[supplier]
            add(-point[.supplyCost, supplier] * collected)
            add(-point[.disposalCost, supplier] * accounts[.rejected, supplier])
            guard form != .fixed else { continue }
            let elasticity = point[.supplyElasticity, supplier]
            // A linear supply gives some for nothing where its curve begins below.
            let free = form == .linear ? max(0, point[.volume, supplier] * (1 - elasticity)) : 0
            let start = min(free, point[.supplyCapacity, supplier])
            add(
                -area(
                    form, point[.volume, supplier], point[.volumePrice, supplier], elasticity,
                    min(start, collected), collected))
        }
        for route in network.routes.indices { add(-accounts[.freight, route]) }
        return (value - accounts[.totalWelfare, 0], size)
    }

    func with(_ point: ClearingPoint) -> Example {
        var copy = self
        copy.point = point
        return copy
    }

    func solve() -> ClearingSolution? {
        var solution = ClearingSolution()
        let outcome = ClearingSolver(network: network).solve(point, into: &solution)
        if case .solved = outcome { return solution }
        Issue.record("not solved: \(outcome)")
        return nil
    }

    private mutating func addSupply(_ node: Int, _ isPlain: Bool) {
        network.supplyForms.append(chance(0.7) ? .isoelastic : chance(0.5) ? .linear : .fixed)
        network.outputs.append([(node: node, yield: point[.yield].count)])
        point[.yield].append(between(0.6, 1))
        point[.volume].append(between(15, 70))
        point[.volumePrice].append(between(60, 140))
        point[.supplyElasticity].append(between(0.2, 1.5))
        point[.supplyCost].append(between(0, 25))
        point[.disposalCost].append(network.outputs.count % 3 == 0 ? 20 : 0)
        point[.levy].append(!isPlain && chance(0.3) ? between(0, 0.1) : 0)
        point[.supplySubsidy].append(!isPlain && chance(0.3) ? between(0, 15) : 0)
        point[.supplyCapacity].append(chance(0.3) ? between(30, 80) : .infinity)
    }

    private mutating func addRoute(_ from: Int, _ to: Int, _ isPlain: Bool) {
        network.routes.append((from: from, to: to))
        point[.routeCost].append(between(2, 60))
        point[.exportTax].append(!isPlain && chance(0.3) ? between(0, 0.15) : 0)
        point[.tariff].append(chance(0.5) ? between(0, 0.3) : 0)
        point[.duty].append(!isPlain && chance(0.3) ? between(0, 10) : 0)
        point[.loss].append(!isPlain && chance(0.3) ? between(0, 0.1) : 0)
        point[.routeCapacity].append(chance(0.3) ? between(1, 15) : .infinity)
    }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(1 << 53)
    }

    private mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }
    private mutating func chance(_ share: Double) -> Bool { uniform() < share }

    // MARK: The conditions

    private func paid(_ node: Int, _ price: Double) -> Double {
        price * (1 + point[.vat, node]) + point[.tax, node] - point[.demandSubsidy, node]
    }

    private func demand(_ node: Int, _ price: Double) -> Double {
        let (quantity, reference, elasticity) = (
            point[.demand, node], point[.demandPrice, node], point[.demandElasticity, node]
        )
        let paid = paid(node, price)
        if network.demandForms[node] == .linear { return max(0, quantity * (1 + elasticity * (paid / reference - 1))) }
        return quantity * pow(paid / reference, elasticity)
    }

    private func collected(_ supplier: Int, _ solution: ClearingSolution) -> Double {
        let prices = solution.price
        var net = point[.supplySubsidy, supplier] - point[.supplyCost, supplier] - point[.disposalCost, supplier]
        for output in network.outputs[supplier] {
            net += point[.yield, output.yield] * prices[output.node] * (1 - point[.levy, supplier])
            net += point[.yield, output.yield] * point[.disposalCost, supplier]
        }
        let (volume, reference, elasticity) = (
            point[.volume, supplier], point[.volumePrice, supplier], point[.supplyElasticity, supplier]
        )
        // Nothing is collected at a loss; where nothing is earned, anything up to what the curve says.
        let isAtNothing = net.magnitude <= 1e-9 * (prices.max() ?? 1)
        if isAtNothing { net = 0 }
        guard net >= 0 else { return 0 }
        let amount: Double
        switch network.supplyForms[supplier] {
        case .fixed: amount = volume
        case .linear: amount = max(0, volume * (1 + elasticity * (net / reference - 1)))
        case .isoelastic: amount = net > 0 ? volume * pow(net / reference, elasticity) : 0
        }
        if isAtNothing { return min(amount, point[.supplyCapacity, supplier], solution.collected[supplier]) }
        return min(amount, point[.supplyCapacity, supplier])
    }

    /// The worst natural residual, prices in units of the largest price, quantities of the largest demand.
    func worstResidual(_ solution: ClearingSolution) -> Double {
        let highest = solution.price.max() ?? 1
        let most = max(point[.demand].max() ?? 1, solution.flow.max() ?? 1)
        var balance = network.demandForms.indices.map { -demand($0, solution.price[$0]) }
        var arrivals = balance.map { _ in 0.0 }
        for supplier in network.supplyForms.indices {
            let amount = collected(supplier, solution)
            for output in network.outputs[supplier] { balance[output.node] += point[.yield, output.yield] * amount }
        }
        var worst = 0.0
        for (route, ends) in network.routes.enumerated() {
            let flow = solution.flow[route]
            balance[ends.from] -= flow
            balance[ends.to] += (1 - point[.loss, route]) * flow
            arrivals[ends.to] += (1 - point[.loss, route]) * flow
            let kept = 1 - point[.loss, route]
            let landed =
                (solution.price[ends.from] * (1 + point[.exportTax, route]) + point[.routeCost, route])
                * (1 + point[.tariff, route]) + point[.duty, route]
            let margin =
                (landed + solution.rent[route] + kept * solution.quotaRent[ends.to] - kept * solution.price[ends.to])
                / highest
            worst = max(worst, min(flow / most, margin).magnitude)
            let room = (point[.routeCapacity, route] - flow) / most
            worst = max(worst, min(room, solution.rent[route] / highest).magnitude)
        }
        for node in network.demandForms.indices {
            worst = max(worst, min(balance[node] / most, solution.price[node] / highest).magnitude)
            let room = (point[.importQuota, node] - arrivals[node]) / most
            worst = max(worst, min(room, solution.quotaRent[node] / highest).magnitude)
        }
        return worst
    }

    /// Money that buyers pay less all that somebody gets.
    func moneyMissing(_ solution: ClearingSolution, _ accounts: ClearingAccounts) -> (money: Double, scale: Double) {
        let paid = accounts[.spending].reduce(0, +)
        var got = 0.0
        for supplier in network.supplyForms.indices {
            got +=
                (solution.netPrice[supplier] + point[.supplyCost, supplier]) * solution.collected[supplier]
                + accounts[.levyRevenue, supplier] - accounts[.supplySubsidyCost, supplier]
                + point[.disposalCost, supplier] * accounts[.rejected, supplier]
        }
        for (route, ends) in network.routes.enumerated() {
            got +=
                accounts[.freight, route] + solution.rent[route] * solution.flow[route]
                + accounts[.tariffRevenue, route]
                + accounts[.exportTaxRevenue, route] + solution.quotaRent[ends.to] * accounts[.arrived, route]
        }
        for node in network.demandForms.indices {
            got += accounts[.taxRevenue, node] - accounts[.subsidyCost, node]
        }
        return (paid - got, paid.magnitude + 1)
    }
}
