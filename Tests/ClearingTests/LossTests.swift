import ReuseModel
import Testing

@testable import ReuseEngine

/// Supplies that may earn less than nothing, and markets of very different sizes: right values by `losses.py`.
@Suite struct LossTests {
    /// One market with a fixed or linear supply in it.
    private func one(
        _ form: CurveForm, volume: Double, reference price: Double = 0, elasticity: Double = 0, cost: Double,
        demand: Double, around reference: Double
    ) -> (ClearingSolution, ClearingAccounts, Example)? {
        var example = Example(from: [form], to: [.isoelastic], routes: 1)
        example.point[.demand, 1] = demand
        example.point[.demandPrice, 1] = reference
        example.point[.demandElasticity, 1] = -1
        example.point[.volume] = [volume]
        example.point[.volumePrice] = [price]
        example.point[.supplyElasticity] = [elasticity]
        example.point[.supplyCost] = [cost]
        guard let solution = example.solve() else { return nil }
        var accounts = ClearingAccounts()
        accounts.update(
            network: example.network, point: example.point, solution: solution,
            order: ClearingOrder(declared: example.network))
        return (solution, accounts, example)
    }

    private func isNear(_ a: Double, _ b: Double) -> Bool { (a - b).magnitude <= 1e-9 * max(1, b.magnitude) }

    @Test("a fixed supply is collected whole above its cost, and as far as it is wanted at it")
    func fixed() {
        if let (solution, accounts, example) = one(.fixed, volume: 80, cost: 90, demand: 80, around: 100) {
            #expect(isNear(solution.price[1], 100) && isNear(solution.collected[0], 80))
            #expect(isNear(accounts[.producerSurplus, 0], 800))
            #expect(example.moneyMissing(solution, accounts).money.magnitude < 1e-8)
        }
        if let (solution, accounts, example) = one(.fixed, volume: 100, cost: 90, demand: 80, around: 100) {
            #expect(isNear(solution.price[0], 90) && isNear(solution.collected[0], 80 / 0.9))
            #expect(solution.netPrice[0].magnitude < 1e-9 && accounts[.producerSurplus, 0].magnitude < 1e-9)
            #expect(solution.unsold == [0, 0])
            #expect(example.moneyMissing(solution, accounts).money.magnitude < 1e-8)
        }
    }

    @Test("a linear supply that gives something for nothing collects nothing at a loss, and what is wanted at none")
    func linear() {
        guard
            let (solution, accounts, example) = one(
                .linear, volume: 100, reference: 50, elasticity: 0.4, cost: 70, demand: 30, around: 100)
        else { return }
        #expect(isNear(solution.price[0], 70) && isNear(solution.collected[0], 300.0 / 7))
        #expect(accounts[.producerSurplus, 0].magnitude < 1e-9)
        #expect(example.moneyMissing(solution, accounts).money.magnitude < 1e-8)
    }

    @Test("nothing is collected where buyers choke below the cost")
    func choked() {
        var example = Example(from: [.fixed], to: [.linear], routes: 1)
        example.point[.demand, 1] = 80
        example.point[.demandPrice, 1] = 50
        example.point[.demandElasticity, 1] = -1
        example.point[.volume] = [100]
        example.point[.supplyCost] = [120]
        guard let solution = example.solve() else { return }
        #expect(solution.collected == [0] && solution.flow == [0])
    }

    @Test("a joint product at no earnings is collected as far as its grades together pay the cost")
    func joint() {
        let network = ClearingNetwork(
            demandForms: [.linear, .linear], supplyForms: [.fixed],
            outputs: [[(node: 0, yield: 0), (node: 1, yield: 1)]],
            routes: [])
        let none = [0.0, 0]
        let point = ClearingPoint([
            .demand: [30, 12], .demandPrice: [100, 120], .demandElasticity: [-1, -1], .vat: none, .tax: none,
            .demandSubsidy: none,
            .importQuota: [.infinity, .infinity], .volume: [100], .volumePrice: [0], .supplyElasticity: [0],
            .supplyCost: [100], .levy: [0], .supplySubsidy: [0], .supplyCapacity: [.infinity], .yield: [0.6, 0.4],
        ])
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: network).solve(point, into: &solution) else {
            Issue.record("not solved")
            return
        }
        #expect(isNear(solution.collected[0], 290.0 / 7))
        #expect(isNear(solution.price[0], 820.0 / 7) && isNear(solution.price[1], 520.0 / 7))
        #expect(solution.netPrice[0].magnitude < 1e-9)
    }

    @Test("two supplies that earn nothing share what is wanted, and the answer says that it is a split")
    func shared() {
        var example = Example(from: [.fixed, .fixed], to: [.isoelastic], routes: 1)
        example.point[.demand, 1] = 80
        example.point[.demandPrice, 1] = 100
        example.point[.demandElasticity, 1] = -1
        example.point[.volume] = [100, 100]
        example.point[.supplyCost] = [90, 90]
        guard let solution = example.solve() else { return }
        #expect(isNear(solution.price[1], 90))
        for collected in solution.collected { #expect(isNear(collected, 40 / 0.9)) }
        #expect(!solution.isUnique && solution.isOpenSupply == [true, true])
    }

    @Test("a market of 1 beside one of 80 million has the price that its trade gives it")
    func tiny() {
        let network = ClearingNetwork(
            demandForms: [.isoelastic, .isoelastic], supplyForms: [.isoelastic], outputs: [[(node: 0, yield: 0)]],
            routes: [(from: 0, to: 1)])
        let none = [0.0, 0]
        let point = ClearingPoint([
            .demand: [80e6, 1], .demandPrice: [278, 394], .demandElasticity: [-1.2, -1.2], .vat: none, .tax: none,
            .demandSubsidy: none, .importQuota: [.infinity, .infinity], .volume: [126e6], .volumePrice: [208],
            .supplyElasticity: [0.6], .supplyCost: [70], .levy: [0], .supplySubsidy: [0], .supplyCapacity: [.infinity],
            .yield: [1],
            .routeCost: [12], .exportTax: [0], .tariff: [0], .duty: [0], .loss: [0], .routeCapacity: [.infinity],
        ])
        var solution = ClearingSolution()
        guard case .solved = ClearingSolver(network: network).solve(point, into: &solution) else {
            Issue.record("not solved")
            return
        }
        #expect((solution.price[0] - 222.41443037320786).magnitude < 1e-9)
        #expect((solution.price[1] - 234.41443037320786).magnitude < 1e-9)
        #expect((solution.flow[0] - 1.8647226866550217).magnitude < 1e-8)
    }

    @Test("networks over nine orders of magnitude clear, each market by its own size, and refusals are few")
    func hard() {
        var (solved, notConverged) = (0, 0)
        for seed in UInt64(1)...120 {
            let example = RandomNetwork(seed: seed)
            var solution = ClearingSolution()
            switch ClearingSolver(network: example.network).solve(example.point, into: &solution) {
            case .solved:
                solved += 1
                let found = example.worstResidual(solution)
                #expect(found.value <= 2e-9, "seed \(seed): \(found.what) is missed by \(found.value)")
            case .failed(let failure):
                if case .notConverged = failure.kind { notConverged += 1 }
            }
        }
        #expect(solved >= 100)
        #expect(notConverged <= 3)
    }
}
