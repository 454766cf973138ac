/// What a shard of a run has computed: the values at its samples that any later step needs. All shards of a run together
/// give the bits of the whole run, since a sample is a function of its number alone.
public struct PartialResult: Sendable {
    /// The samples that it holds: whole blocks of 256, but for the end of the run.
    public var samples: Range<Int>
    /// For each place of each kept value the samples in a row.
    public var values: [Double]
    /// Blocks in which something failed. Whoever joins the parts computes them again: what went wrong is told from there.
    public var failedBlocks: [Int]
    /// Results that markets left open.
    public var open: [OpenResult]

    public struct OpenResult: Sendable, Equatable {
        public var clearing: Int
        public var output: Int
        /// The first step at which it was so.
        public var step: Int

        public init(clearing: Int, output: Int, step: Int) {
            self.clearing = clearing
            self.output = output
            self.step = step
        }
    }

    public init(samples: Range<Int>, values: [Double], failedBlocks: [Int], open: [OpenResult]) {
        self.samples = samples
        self.values = values
        self.failedBlocks = failedBlocks
        self.open = open
    }

    /// The blocks of samples that it holds.
    public var blocks: Range<Int> {
        samples.isEmpty
            ? 0..<0 : samples.lowerBound / Machine.lanes..<(samples.upperBound - 1) / Machine.lanes + 1
    }

    /// Whether each value is one that a run may have: a finite number or `none`, but for blocks in which something failed.
    public var isSound: Bool {
        guard !samples.isEmpty else { return values.isEmpty }
        let failed = Set(failedBlocks)
        for (position, value) in values.enumerated() where !value.isFinite && !Box.isNone(value) {
            let sample = samples.lowerBound + position % samples.count
            if !failed.contains(sample / Machine.lanes) { return false }
        }
        return true
    }
}

extension Execution {
    /// The samples of a part of a run: whole blocks, all parts as even as can be.
    public static func samples(of shard: (index: Int, count: Int)?, of samples: Int) -> Range<Int> {
        guard let shard, shard.count > 0, shard.index >= 0, shard.index < shard.count else { return 0..<samples }
        let blocks = (samples + Machine.lanes - 1) / Machine.lanes
        func first(_ index: Int) -> Int {
            min(Int(blocks.multipliedFullWidth(by: index).low / UInt(shard.count)) * Machine.lanes, samples)
        }
        return first(shard.index)..<first(shard.index + 1)
    }

    /// Definitions whose samples a part holds, in order: all that is kept of the first pass.
    private var partDefinitions: [Int] {
        program.definitions.indices.filter { isKept($0) && program.definitions[$0].phase == 0 }
    }

    /// How many values of each sample a part holds.
    public var partPlaces: Int { partDefinitions.reduce(0) { $0 + places(program.definitions[$1]) } }

    /// What this run has computed of its first pass.
    public func partialResult() -> PartialResult {
        let count = range.count
        var values: [Double] = []
        values.reserveCapacity(partPlaces * count)
        var failed: Set<Int> = []
        for number in partDefinitions {
            guard let memory = keptMemory(number) else { continue }
            let all = UnsafeBufferPointer(start: memory, count: places(program.definitions[number]) * count)
            values.append(contentsOf: all)
            for (position, value) in all.enumerated() where value.isNaN && Box.fault(in: value) != nil {
                failed.insert((range.lowerBound + position % count) / Machine.lanes)
            }
        }
        for sample in workers.reduce(into: Set<Int>(), { $0.formUnion($1.unsolved) }) where range.contains(sample) {
            failed.insert(sample / Machine.lanes)
        }
        var open: [PartialResult.OpenResult] = []
        for (clearing, outputs) in openSince.enumerated() {
            for (output, step) in outputs.enumerated() {
                if let step { open.append(.init(clearing: clearing, output: output, step: step)) }
            }
        }
        return PartialResult(samples: range, values: values, failedBlocks: failed.sorted(), open: open)
    }

    /// Takes over what parts hold; the blocks that are left to be computed here.
    func take(_ parts: [PartialResult]) -> [Int] {
        var failed: Set<Int> = []
        for part in parts {
            let own = part.samples
            var position = 0
            for number in partDefinitions {
                guard let memory = keptMemory(number) else { continue }
                for place in 0..<places(program.definitions[number]) {
                    guard position + own.count <= part.values.count else { break }
                    part.values.withUnsafeBufferPointer { values in
                        guard let start = values.baseAddress else { return }
                        (memory + place * range.count + own.lowerBound - range.lowerBound).update(
                            from: start + position, count: own.count)
                    }
                    position += own.count
                }
            }
            failed.formUnion(part.failedBlocks)
            for open in part.open
            where open.clearing < openInParts.count && open.output < openInParts[open.clearing].count {
                let known = openInParts[open.clearing][open.output]
                openInParts[open.clearing][open.output] = min(open.step, known ?? open.step)
            }
        }
        return failed.sorted()
    }
}
