import ReuseCore
import ReuseModel
import ReuseSyntax

/// What a run has come to: values at a point, or at all samples.
extension Execution {
    /// All samples of a sampled definition at a point, as long as this run lives; nil for what is not kept.
    package func samples(_ number: Int, combination: Int, step: Int) -> UnsafeBufferPointer<Double>? {
        let definition = program.definitions[number]
        let steps = definition.varies ? program.calendar.count : 1
        guard definition.isSampled, let memory = keptMemory(number) else { return nil }
        let start = (combination * steps + (definition.varies ? step : 0)) * range.count
        return UnsafeBufferPointer(start: memory + start, count: min(sampleCount, range.upperBound) - range.lowerBound)
    }

    /// The values of a query at a point: one, or one a sample.
    package func values(_ number: Int, combination: Int, step: Int) -> [Double] {
        if !program.definitions[number].isSampled { return [workers[0].uniformValue(number, combination, step)] }
        return samples(number, combination: combination, step: step).map { Array($0) } ?? []
    }

    /// The values of a definition at all its combinations and `steps` steps, and all samples.
    package func allValues(_ number: Int, steps: Int) -> [Double] {
        (0..<program.definitions[number].combinations).flatMap { combination in
            (0..<steps).flatMap { values(number, combination: combination, step: $0) }
        }
    }

    package func varies(_ number: Int) -> Bool { program.definitions[number].varies }
}

/// Reading values that are more than a number.
extension Execution {
    /// What a value stands for that failed: the fault, the node it is about, the step and the members where it arose, and the
    /// calls by which it was come to.
    package func fault(
        in value: Double
    ) -> (fault: RunFault, origin: Place, step: Int, members: [(index: Int, member: Int)], calls: [Place])? {
        guard value.isNaN, let number = Box.fault(in: value), let record = record(number) else { return nil }
        return (record.fault, record.origin.place, record.step, members(of: record), record.calls)
    }

    /// The member of each index at which something failed. Joint products are cleared together.
    private func members(of record: FaultRecord) -> [(index: Int, member: Int)] {
        guard program.definitions.indices.contains(record.definition) else { return [] }
        let definition = program.definitions[record.definition]
        var together: [Int] = []
        if case .clearing(let plan) = definition.kind { together = program.clearings[plan].joint }
        var rest = record.combination
        var result: [(index: Int, member: Int)] = []
        for index in definition.axes.indexNumbers.reversed() {
            if !together.contains(index) { result.append((index, rest % program.indexSizes[index])) }
            rest /= program.indexSizes[index]
        }
        return result.reversed()
    }

    /// The amount that is told with what a value stands for: goods that are missing.
    package func amount(in value: Double) -> Double? {
        guard value.isNaN, let number = Box.fault(in: value) else { return nil }
        let worker = number % Limits.threads
        return worker < workers.count ? workers[worker].machine.amount(of: number) : nil
    }

    private func record(_ number: Int) -> FaultRecord? {
        let (index, worker) = (number / Limits.threads, number % Limits.threads)
        guard worker < workers.count, index < workers[worker].machine.faults.count else { return nil }
        return workers[worker].machine.faults[index]
    }

    package func isNone(_ value: Double) -> Bool { Box.isNone(value) }
    package func text(_ value: Double) -> String { machine.text(value) }
    package func time(_ value: Double) -> TimePoint { TimePoint(bits: value) }

    /// How many items a list has.
    package func count(_ value: Double) -> Int { UnsafeMutablePointer<ListObject>(handle: value)?.pointee.count ?? 0 }

    /// Items of a list or record.
    package func items(_ value: Double) -> [Double] {
        guard let list = UnsafeMutablePointer<ListObject>(handle: value) else { return [] }
        return (0..<list.pointee.count).map { list.item($0) }
    }

    // MARK: What is not unique

    /// By clearing, then output: the first step at which its value was one of several that would do.
    var openSince: [[Int?]] {
        program.clearings.indices.map { number in
            var since = openInParts[number]
            for worker in workers {
                guard let own = worker.clearings[number]?.openSince else { continue }
                for (output, step) in own.enumerated() {
                    guard let step else { continue }
                    since[output] = min(step, since[output] ?? step)
                }
            }
            return since
        }
    }

    /// Whether markets left a price or a flow open anywhere in the run.
    package var hasOpenResults: Bool { openSince.contains { $0.contains { $0 != nil } } }

    /// Whether a definition rests on results that were one of several.
    package func restsOnOpenResult(_ number: Int) -> Bool {
        var open: Set<Int> = []
        for (plan, own) in zip(program.clearings, openSince) {
            for (output, since) in zip(plan.outputs, own) where since != nil { open.insert(output.definition) }
        }
        var seen: Set<Int> = []
        var stack = [number]
        while let next = stack.popLast() {
            guard next >= 0, seen.insert(next).inserted else { continue }
            if open.contains(next) { return true }
            stack += program.definitions[next].reads
        }
        return false
    }

    /// The share of all samples in which markets fail as a value says; nil for what is no such failure.
    package func share(failingAs value: Double) -> Double? {
        guard let number = Box.fault(in: value), let wanted = record(number) else { return nil }
        // The same failure has a number of its own with each worker.
        var counts: [Int: Int] = [:]
        for worker in workers {
            for (key, failure) in worker.failures where record(key.fault) == wanted {
                counts[key.clearing, default: 0] += failure.count
            }
        }
        return counts.values.max().map { Double($0) / Double(sampleCount) }
    }
}
