import ReuseModel
import Testing

@testable import ReuseEngine

/// Networks that were given up at one time or another, of the first 140,000 random ones.
@Suite struct GivenUpTests {
    @Test(
        "networks that were given up clear",
        arguments: [
            // Springs that narrowed too slowly, a root too small for what rounding left it, supplies that collected at a loss.
            2003, 6374, 9678, 12329, 13203, 17167, 25555,
            // Joint products: buyers who pay next to nothing, prices of next to nothing, curves lost behind capacities.
            22894, 25438, 26459, 26756, 29871,
            // Joint products whose markets pull each other's prices apart, so that no method market by market ends.
            20944, 39867, 89182, 97875,
            // What is steep between two prices that differ by less than the digits of a third.
            30724, 36740, 39243, 82236, 97754,
            // Routes far wider than the small markets that they pass through.
            73129, 73329, 123_950,
            // A joint product that is wanted so much more than its other part that one price is 10^52 times the others.
            73064,
        ])
    func clears(seed: UInt64) {
        let example = RandomNetwork(seed: seed)
        var solution = ClearingSolution()
        let outcome = ClearingSolver(network: example.network).solve(example.point, into: &solution)
        guard case .solved = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let found = example.worstResidual(solution)
        #expect(found.value <= 2e-9, "\(found.what) is missed by \(found.value)")
    }

    /// What is missing is the optimum of a linear programme by HiGHS (`Benchmarks/Networks/refusals.py`).
    @Test(
        "networks that were given up and lack goods say how much",
        arguments: [(67551, 0.529951893206), (70955, 1831.2290873)])
    func lacks(seed: UInt64, missing: Double) {
        let example = RandomNetwork(seed: seed)
        var solution = ClearingSolution()
        let outcome = ClearingSolver(network: example.network).solve(example.point, into: &solution)
        guard case .failed(let failure) = outcome, case .demandAboveCapacity(let isShared) = failure.kind else {
            Issue.record("\(outcome)")
            return
        }
        #expect((failure.value - missing).magnitude <= 1e-6 * missing)
        #expect(!isShared)
        #expect(example.network.demandForms[failure.index] == .fixed)
    }

    /// The path is only asked where all else fails; it must find what the others find.
    @Test("along the path one comes to the answer that the fast method finds")
    func path() {
        var (found, sought, worst) = (0, 0, 0.0)
        for seed in UInt64(1)...120 {
            let example = RandomNetwork(seed: seed)
            var solution = ClearingSolution()
            let solver = ClearingSolver(network: example.network)
            guard case .solved = solver.solve(example.point, into: &solution), solution.isUnique else { continue }
            sought += 1
            guard let prices = prices(example, solver.order) else { continue }
            found += 1
            let highest = solution.price.max() ?? 1
            for (price, other) in zip(prices, solution.price) {
                worst = max(worst, (price - other).magnitude / highest)
            }
        }
        #expect(sought >= 60)
        #expect(found == sought)
        #expect(worst <= 1e-7, "prices differ by \(worst)")
    }

    /// Prices at the end of the paths of all connected sets, as they are there.
    private func prices(_ example: RandomNetwork, _ order: ClearingOrder) -> [Double]? {
        let (network, point) = (example.network, example.point)
        let layout = ClearingLayout(
            network, hasGate: point[.importQuota].map { $0 < .infinity },
            hasSource: network.supplyForms.indices.map { ClearingNumbers.needsSource($0, point, network) },
            order: order)
        let numbers = ClearingNumbers(layout)
        guard numbers.load(point, network) == nil else { return nil }
        let path = ClearingPath(layout, numbers, ClearingStop())
        let memory = ClearingMemory()
        let (price, isNothing) = (memory.reals(layout.nodeCount), memory.bytes(layout.nodeCount))
        let (flow, status) = (memory.reals(layout.arcCount), memory.bytes(layout.arcCount))
        for set in 0..<layout.setCount {
            let isThere = path.solve(set) { isLast in
                if isLast { path.read(price: price, isNothing: isNothing, flow: flow, status: status) }
                return isLast
            }
            guard isThere else { return nil }
            for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { price[node] *= numbers.priceScale[set] }
        }
        return network.demandForms.indices.map { price[layout.nodeOf[$0]] }
    }
}
