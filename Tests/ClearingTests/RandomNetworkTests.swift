import Foundation
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
            switch ClearingSolver(network: example.network).solve(example.point, basis: nil, into: &solution) {
            case .solved:
                solved += 1
                let residual = example.worstResidual(solution)
                #expect(residual <= 2e-9, "seed \(seed): a condition is missed by \(residual)")
                var accounts = ClearingAccounts()
                accounts.update(network: example.network, point: example.point, solution: solution)
                let (money, scale) = example.moneyMissing(solution, accounts)
                #expect(money.magnitude <= 1e-9 * scale, "seed \(seed): money of \(money / scale) is missing")
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
            _ = solver.solve(example.point, basis: nil, into: &first)
            _ = solver.solve(Example(seed: seed + 1_000).point, basis: nil, into: &second)
            second = ClearingSolution()
            _ = solver.solve(example.point, basis: nil, into: &second)
            #expect(first.price.map(\.bitPattern) == second.price.map(\.bitPattern), "seed \(seed)")
            #expect(first.flow.map(\.bitPattern) == second.flow.map(\.bitPattern), "seed \(seed)")
        }
    }

    @Test("64 markets, each with a route to every other, clear")
    func large() {
        let example = Example(seed: 7, nodes: 64, isPlain: true)
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: example.network).solve(example.point, basis: nil, into: &solution)
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
        let point = ClearingPoint(
            quantity: [0, 0, 100], referencePrice: [0, 0, 100], elasticity: [0, 0, -1], vat: [0, 0, 0],
            tax: [0, 0, 0], subsidy: [0, 0, 0], importQuota: [.infinity, .infinity, .infinity], volume: [100],
            supplyReferencePrice: [80], supplyElasticity: [1], cost: [0], levy: [0], supplySubsidy: [0],
            supplyCapacity: [.infinity], yields: [1], routeCost: [20, 10, 10], exportTax: [0, 0, 0],
            tariff: [0, 0, 0], duty: [0, 0, 0], loss: [0, 0, 0],
            routeCapacity: [.infinity, .infinity, .infinity])
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: network).solve(point, basis: nil, into: &solution) else {
            Issue.record("not solved")
            return
        }
        #expect((solution.price[2] - 100).magnitude < 1e-6)
        #expect((solution.flow[0] + solution.flow[1] - 100).magnitude < 1e-6)
        // Least squares over the three routes: 2/3 straight on, 1/3 round.
        #expect((solution.flow[0] - 200.0 / 3).magnitude < 0.1)
        #expect(!solution.isUnique)
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
            point.quantity.append(between(10, 50))
            point.referencePrice.append(between(100, 250))
            point.elasticity.append(between(-2, -0.3))
            point.vat.append(!isPlain && chance(0.5) ? between(0, 0.25) : 0)
            point.tax.append(!isPlain && chance(0.3) ? between(0, 20) : 0)
            point.subsidy.append(!isPlain && chance(0.2) && form == .linear ? between(0, 15) : 0)
            point.importQuota.append(!isPlain && chance(0.25) ? between(1, 20) : .infinity)
        }
        for node in 0..<nodes {
            addSupply(node, isPlain)
        }
        for from in 0..<nodes {
            for to in 0..<nodes where from != to && (isPlain || chance(0.6)) { addRoute(from, to, isPlain) }
        }
    }

    private mutating func addSupply(_ node: Int, _ isPlain: Bool) {
        network.supplyForms.append(chance(0.7) ? .isoelastic : chance(0.5) ? .linear : .fixed)
        network.outputs.append([(node: node, yield: point.yields.count)])
        point.yields.append(between(0.6, 1))
        point.volume.append(between(15, 70))
        point.supplyReferencePrice.append(between(60, 140))
        point.supplyElasticity.append(between(0.2, 1.5))
        point.cost.append(between(0, 25))
        point.levy.append(!isPlain && chance(0.3) ? between(0, 0.1) : 0)
        point.supplySubsidy.append(!isPlain && chance(0.3) ? between(0, 15) : 0)
        point.supplyCapacity.append(chance(0.3) ? between(30, 80) : .infinity)
    }

    private mutating func addRoute(_ from: Int, _ to: Int, _ isPlain: Bool) {
        network.routes.append((from: from, to: to))
        point.routeCost.append(between(2, 60))
        point.exportTax.append(!isPlain && chance(0.3) ? between(0, 0.15) : 0)
        point.tariff.append(chance(0.5) ? between(0, 0.3) : 0)
        point.duty.append(!isPlain && chance(0.3) ? between(0, 10) : 0)
        point.loss.append(!isPlain && chance(0.3) ? between(0, 0.1) : 0)
        point.routeCapacity.append(chance(0.3) ? between(1, 15) : .infinity)
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
        price * (1 + point.vat[node]) + point.tax[node] - point.subsidy[node]
    }

    private func demand(_ node: Int, _ price: Double) -> Double {
        let (quantity, reference, elasticity) = (
            point.quantity[node], point.referencePrice[node], point.elasticity[node]
        )
        let paid = paid(node, price)
        if network.demandForms[node] == .linear { return max(0, quantity * (1 + elasticity * (paid / reference - 1))) }
        return quantity * pow(paid / reference, elasticity)
    }

    private func collected(_ supplier: Int, _ prices: [Double]) -> Double {
        var net = point.supplySubsidy[supplier] - point.cost[supplier]
        for output in network.outputs[supplier] {
            net += point.yields[output.yield] * prices[output.node] * (1 - point.levy[supplier])
        }
        let (volume, reference, elasticity) = (
            point.volume[supplier], point.supplyReferencePrice[supplier], point.supplyElasticity[supplier]
        )
        let amount: Double
        switch network.supplyForms[supplier] {
        case .fixed: amount = volume
        case .linear: amount = max(0, volume * (1 + elasticity * (net / reference - 1)))
        case .isoelastic: amount = net > 0 ? volume * pow(net / reference, elasticity) : 0
        }
        return min(amount, point.supplyCapacity[supplier])
    }

    /// The worst natural residual, prices in units of the largest price, quantities of the largest demand.
    func worstResidual(_ solution: ClearingSolution) -> Double {
        let highest = solution.price.max() ?? 1
        let most = max(point.quantity.max() ?? 1, solution.flow.max() ?? 1)
        var balance = network.demandForms.indices.map { -demand($0, solution.price[$0]) }
        var arrivals = balance.map { _ in 0.0 }
        for supplier in network.supplyForms.indices {
            let amount = collected(supplier, solution.price)
            for output in network.outputs[supplier] { balance[output.node] += point.yields[output.yield] * amount }
        }
        var worst = 0.0
        for (route, ends) in network.routes.enumerated() {
            let flow = solution.flow[route]
            balance[ends.from] -= flow
            balance[ends.to] += (1 - point.loss[route]) * flow
            arrivals[ends.to] += (1 - point.loss[route]) * flow
            let kept = 1 - point.loss[route]
            let landed =
                (solution.price[ends.from] * (1 + point.exportTax[route]) + point.routeCost[route])
                * (1 + point.tariff[route]) + point.duty[route]
            let margin =
                (landed + solution.rent[route] + kept * solution.quotaRent[ends.to] - kept * solution.price[ends.to])
                / highest
            worst = max(worst, min(flow / most, margin).magnitude)
            let room = (point.routeCapacity[route] - flow) / most
            worst = max(worst, min(room, solution.rent[route] / highest).magnitude)
        }
        for node in network.demandForms.indices {
            worst = max(worst, min(balance[node] / most, solution.price[node] / highest).magnitude)
            let room = (point.importQuota[node] - arrivals[node]) / most
            worst = max(worst, min(room, solution.quotaRent[node] / highest).magnitude)
        }
        return worst
    }

    /// Money that buyers pay less all that somebody gets.
    func moneyMissing(_ solution: ClearingSolution, _ accounts: ClearingAccounts) -> (money: Double, scale: Double) {
        let paid = accounts.spending.reduce(0, +)
        var got = 0.0
        for supplier in network.supplyForms.indices {
            got +=
                (solution.netPrice[supplier] + point.cost[supplier] - point.supplySubsidy[supplier])
                * solution.collected[supplier] + accounts.levyRevenue[supplier]
        }
        for (route, ends) in network.routes.enumerated() {
            got +=
                accounts.freight[route] + solution.rent[route] * solution.flow[route] + accounts.tariffRevenue[route]
                + accounts.exportTaxRevenue[route] + solution.quotaRent[ends.to] * accounts.arrived[route]
        }
        for node in network.demandForms.indices {
            got += accounts.taxRevenue[node] - point.subsidy[node] * accounts.consumption[node]
        }
        return (paid - got, paid.magnitude + 1)
    }
}
