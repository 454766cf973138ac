import ReuseKernels
import Testing

/// Sums over cohorts: step by step and for all steps at once, on every instruction set.
@Suite(.serialized) struct CohortTests {
    private static let lanes = 256

    /// Numbers that look like any, from 0 up to a limit.
    private static func numbers(_ count: Int, below limit: Double, seed: UInt64) -> [Double] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53 * limit
        }
    }

    /// Levels and what retires, by the functions that do one step.
    private static func stepwise(
        _ inflow: [Double], _ survival: [Double], isShared: Bool, _ initial: [Double]?, _ left: [Double],
        _ span: Double,
        _ steps: Int, _ alive: Int
    ) -> (level: [Double], retired: [Double]) {
        let amounts = inflow.map { $0 * span }
        var opening = initial ?? Array(repeating: 0, count: lanes)
        let taken = Array(repeating: 0.0, count: lanes)
        var (levels, retired): ([Double], [Double]) = ([], [])
        for step in 0..<steps {
            var sum = Array(repeating: 0.0, count: lanes)
            let count = min(step + 1, alive)
            let first = (step + 1 - count) * lanes
            amounts.withUnsafeBufferPointer { amounts in
                guard let start = amounts.baseAddress else { return }
                if isShared {
                    reuse_cohorts_add_shared(&sum, start + first, survival, count, lanes)
                } else {
                    reuse_cohorts_add(&sum, start + first, survival, count, lanes)
                }
            }
            if let initial { for lane in 0..<lanes { sum[lane] += initial[lane] * left[step * lanes + lane] } }
            var gone = taken
            reuse_cohorts_retired(
                &gone, opening, Array(amounts[step * lanes..<(step + 1) * lanes]), taken, sum, span, lanes)
            levels += sum
            retired += gone
            opening = sum
        }
        return (levels, retired)
    }

    @Test("all steps at once give the bits of steps one by one, and every instruction set gives the same")
    func history() {
        let level = reuse_kernels_level()
        defer { reuse_kernels_set_level(level) }
        for steps in [1, 2, 3, 4, 5, 7, 8, 13, 30] {
            for (seed, alive) in [(1, steps + 1), (2, 1), (3, 2), (4, max(1, steps - 1)), (5, max(1, steps / 2))] {
                for isShared in [false, true] {
                    let base = UInt64(seed * 1000 + steps)
                    let inflow = Self.numbers(steps * Self.lanes, below: 100, seed: base)
                    let survival = Self.numbers(
                        isShared ? steps + 1 : (steps + 1) * Self.lanes, below: 1, seed: base + 1)
                    let left = Self.numbers(steps * Self.lanes, below: 1, seed: base + 2)
                    let initial = seed % 2 == 0 ? Self.numbers(Self.lanes, below: 1000, seed: base + 3) : nil
                    let span = seed == 3 ? 1.0 : 0.25
                    reuse_kernels_set_level(2)
                    let wanted = Self.stepwise(inflow, survival, isShared: isShared, initial, left, span, steps, alive)
                    for level in (0...2).reversed() {
                        guard reuse_kernels_set_level(Int32(level)) == level else { continue }
                        let found = Self.history(inflow, survival, isShared, initial, left, span, steps, alive)
                        #expect(found.level == wanted.level, "level \(level), \(steps) steps")
                        #expect(found.retired == wanted.retired, "level \(level), \(steps) steps")
                    }
                }
            }
        }
    }

    private static func history(
        _ inflow: [Double], _ survival: [Double], _ isShared: Bool, _ initial: [Double]?, _ left: [Double],
        _ span: Double, _ steps: Int, _ alive: Int, lanes: Int = lanes
    ) -> (level: [Double], retired: [Double]) {
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: reuse_cohorts_history_scratch(steps) * 8, alignment: 64)
        defer { scratch.deallocate() }
        let room = scratch.assumingMemoryBound(to: Double.self)
        var level = Array(repeating: 0.0, count: steps * lanes)
        var retired = level
        let isFine =
            if let initial {
                reuse_cohorts_history(
                    &level, &retired, inflow, survival, isShared ? 1 : 0, initial, left, 0, span, steps, alive, lanes,
                    room)
            } else {
                reuse_cohorts_history(
                    &level, &retired, inflow, survival, isShared ? 1 : 0, nil, nil, 0, span, steps, alive, lanes,
                    room)
            }
        #expect(isFine == 1)
        return (level, retired)
    }

    @Test("rows of fewer lanes have the bits of the same lanes among more", arguments: [32, 64, 128])
    func narrow(_ count: Int) {
        let steps = 11
        func first(_ rows: [Double]) -> [Double] {
            (0..<rows.count / Self.lanes).flatMap { rows[$0 * Self.lanes..<$0 * Self.lanes + count] }
        }
        for isShared in [false, true] {
            let inflow = Self.numbers(steps * Self.lanes, below: 100, seed: 7)
            let survival = Self.numbers(isShared ? steps + 1 : (steps + 1) * Self.lanes, below: 1, seed: 8)
            let left = Self.numbers(steps * Self.lanes, below: 1, seed: 9)
            let initial = Self.numbers(Self.lanes, below: 1000, seed: 10)
            let whole = Self.history(inflow, survival, isShared, initial, left, 0.25, steps, steps)
            let part = Self.history(
                first(inflow), isShared ? survival : first(survival), isShared, first(initial), first(left), 0.25,
                steps,
                steps, lanes: count)
            #expect(part.level == first(whole.level))
            #expect(part.retired == first(whole.retired))
        }
    }

    @Test("one lane has the bits of the first of many")
    func one() {
        let level = reuse_kernels_level()
        defer { reuse_kernels_set_level(level) }
        for steps in 1...40 {
            let inflow = Self.numbers(steps, below: 100, seed: UInt64(steps))
            let survival = Self.numbers(steps, below: 1, seed: UInt64(steps + 100))
            let left = Self.numbers(steps, below: 1, seed: UInt64(steps + 200))
            for level in 0...2 {
                guard reuse_kernels_set_level(Int32(level)) == level else { continue }
                var levels = Array(repeating: 0.0, count: steps)
                var retired = levels
                let scratch = UnsafeMutableRawPointer.allocate(
                    byteCount: reuse_cohorts_history_scratch(steps) * 8, alignment: 64)
                defer { scratch.deallocate() }
                let isFine = reuse_cohorts_history_one(
                    &levels, &retired, inflow, 1, survival, 70, left, 0.5, steps,
                    scratch.assumingMemoryBound(to: Double.self))
                #expect(isFine == 1)
                var before = 70.0
                for step in 0..<steps {
                    var sum = 0.0
                    for entry in 0...step { sum = (inflow[entry] * 0.5).fused(survival[step - entry], plus: sum) }
                    sum += 70 * left[step]
                    #expect(levels[step] == sum)
                    #expect(retired[step] == max(0, before + inflow[step] * 0.5 - sum) / 0.5)
                    before = sum
                }
            }
        }
    }

    @Test("an inflow that is negative, infinite or no number is refused")
    func refused() {
        for wrong in [-1.0, .infinity, .nan] {
            var (level, retired) = ([0.0, 0], [0.0, 0])
            let scratch = UnsafeMutableRawPointer.allocate(
                byteCount: reuse_cohorts_history_scratch(2) * 8, alignment: 64)
            defer { scratch.deallocate() }
            let room = scratch.assumingMemoryBound(to: Double.self)
            #expect(reuse_cohorts_history_one(&level, &retired, [1, wrong], 1, [1, 1], 0, nil, 1, 2, room) == 0)
            let many = Array(repeating: 1.0, count: 2 * Self.lanes - 1) + [wrong]
            var rows = many
            #expect(reuse_cohorts_history(&rows, nil, many, [1, 1, 1], 1, nil, nil, 0, 1, 2, 3, Self.lanes, room) == 0)
        }
    }
}

extension Double {
    /// self * factor + term, rounded once.
    fileprivate func fused(_ factor: Double, plus term: Double) -> Double { term.addingProduct(self, factor) }
}
