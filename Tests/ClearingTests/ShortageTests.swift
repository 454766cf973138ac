import ReuseModel
import Testing

@testable import ReuseEngine

/// Fixed demands that cannot be met, and how much is missing; searches that are stopped.
@Suite struct ShortageTests {
    private func failure(_ network: ClearingNetwork, _ point: ClearingPoint) -> ClearingFailure? {
        var solution = ClearingSolution()
        if case .failed(let failure) = ClearingSolver(network: network).solve(point, into: &solution) { return failure }
        Issue.record("solved")
        return nil
    }

    @Test("what is missing counts losses, capacities and yields")
    func missing() {
        // 60% of 80 collected are 48; 40 of them leave, and 36 arrive. 100 are wanted.
        var example = Example(from: [.fixed], to: [.fixed], routes: 1)
        example.point[.demand, 1] = 100
        example.point[.volume] = [80]
        example.point[.yield] = [0.6]
        example.point[.loss] = [0.1]
        example.point[.routeCapacity] = [40]
        guard let found = failure(example.network, example.point) else { return }
        #expect(found.kind == .demandAboveCapacity(isShared: false) && found.index == 1)
        #expect((found.value - 64).magnitude < 1e-9)
    }

    @Test("goods go the ways that lose least, and what one market has is taken from another where that brings more")
    func ways() {
        // 10 units for 6 in B and 6 in C. Straight on to C half is lost; by way of B, nothing. All 10 arrive, 2 are missing.
        var example = Example(from: [.fixed], to: [.fixed, .fixed], routes: 1)
        example.network.routes = [(from: 0, to: 2), (from: 0, to: 1), (from: 1, to: 2)]
        example.point[.demand] = [0, 6, 6]
        example.point[.volume] = [10]
        for field in [MarketField.routeCost, .exportTax, .tariff, .duty] {
            example.point[field] = [0, 0, 0]
        }
        example.point[.loss] = [0.5, 0, 0]
        example.point[.routeCapacity] = [.infinity, .infinity, .infinity]
        guard let found = failure(example.network, example.point) else { return }
        guard case .demandAboveCapacity = found.kind else {
            Issue.record("\(found)")
            return
        }
        #expect((found.value - 2).magnitude < 1e-9)
    }

    @Test("a route without a limit carries what comes from one market and then what comes from another")
    func twice() {
        // A has 10 and B 4, and both go by way of B to C, which wants 12: it gets all. D wants 5, and 1 can come there.
        var example = Example(from: [.fixed, .fixed], to: [.fixed, .fixed, .fixed], routes: 3)
        example.network.outputs = [[(node: 0, yield: 0)], [(node: 1, yield: 1)]]
        example.network.routes = [(from: 0, to: 1), (from: 1, to: 2), (from: 0, to: 3)]
        example.point[.demand] = [0, 0, 12, 5]
        example.point[.volume] = [10, 4]
        example.point[.routeCapacity] = [.infinity, .infinity, 1]
        guard let found = failure(example.network, example.point) else { return }
        #expect(found.kind == .demandAboveCapacity(isShared: false) && found.index == 3)
        #expect((found.value - 4).magnitude < 1e-9)
    }

    @Test("a joint product that gives too little of one thing names it")
    func joint() {
        // 20 units give 14 and 5, of which 12 and 30 are wanted.
        var example = Example(from: [.fixed], to: [.fixed], routes: 0)
        example.network.demandForms = [.fixed, .fixed]
        example.network.outputs = [[(node: 0, yield: 0), (node: 1, yield: 1)]]
        example.point[.yield] = [0.7, 0.25]
        example.point[.volume] = [20]
        example.point[.demand] = [12, 30]
        guard let found = failure(example.network, example.point) else { return }
        #expect(found.kind == .demandAboveCapacity(isShared: false) && found.index == 1)
        #expect((found.value - 25).magnitude < 1e-9)
    }

    @Test("a search that is stopped ends where it next asks")
    func stopped() {
        // One that the slow method solves.
        let example = RandomNetwork(seed: 25555)
        var (asked, allowed) = (0, Int.max)
        let solver = ClearingSolver(network: example.network)
        solver.stop.isCancelled = {
            asked += 1
            return asked > allowed
        }
        var solution = ClearingSolution()
        guard case .solved = solver.solve(example.point, into: &solution) else {
            Issue.record("not solved")
            return
        }
        let most = asked
        asked = 0
        _ = solver.solve(example.point, into: &solution)
        #expect(asked == most, "the same way is gone twice")
        #expect(most > 100)
        for part in [0, most / 4, most / 2, most / 4 * 3] {
            (asked, allowed) = (0, part)
            let outcome = solver.solve(example.point, into: &solution)
            guard case .failed(let failure) = outcome else {
                Issue.record("after \(part) of \(most) it went on, and asked \(asked) times")
                continue
            }
            #expect(failure.kind == .cancelled)
            #expect(asked == part + 1)
        }
    }
}
