/// How blocks of samples are shared out among threads. The engine has none of its own: a host brings them.
public struct Workforce: Sendable {
    /// How many workers there are at most.
    public var count: Int
    /// Calls `work(worker, item)` for the items of a range, with workers from 0 on, no two calls at once with the same
    /// worker, and items begun in ascending order. `work` says whether an item is done as a whole. Returns how many
    /// items from the start of the range on are: all of them, unless the run was stopped.
    public var share: @Sendable (_ items: Range<Int>, _ work: (_ worker: Int, _ item: Int) -> Bool) -> Int

    public init(count: Int, share: @escaping @Sendable (_ items: Range<Int>, _ work: (Int, Int) -> Bool) -> Int) {
        self.count = count
        self.share = share
    }

    /// One after the other, on the thread of the caller.
    public static let alone = Workforce(count: 1) { items, work in
        var done = 0
        for item in items {
            guard work(0, item) else { break }
            done += 1
        }
        return done
    }
}

/// How a program is run.
public struct RunSettings {
    public var samples = 1
    public var seed: UInt64 = 1
    public var sampling = Sampling.latin
    public var limits = RunLimits()
    /// Every draw is its median.
    public var isCentral = false
    /// Draws are those of its columns, where it has them.
    public var design: DrawDesign?
    public var workforce = Workforce.alone
    /// Only a share of the samples: part `index` of `count`, counted from 0. Passes over samples after the first are left out.
    public var shard: (index: Int, count: Int)?
    /// Parts of the first pass that are known already, all of them.
    public var parts: [PartialResult] = []
    /// Ends a run before all samples are drawn.
    public var precision: Precision?
    /// The share of samples that may be left out because their markets could not be cleared; 0 to 1.
    public var allowedUnsolved = 0.0
    /// How a number is written in a text, with a unit.
    public var format: (Double, String) -> String = { _, _ in "" }
    /// Asked now and then; once true it stays so.
    public var isCancelled: () -> Bool = { false }

    public init(samples: Int = 1, seed: UInt64 = 1) {
        self.samples = samples
        self.seed = seed
    }
}

/// The run ends once the standard error of the mean of each of some values is below a share of that mean.
public struct Precision: Sendable {
    public var share: Double
    /// Queries that are looked at, by number.
    public var queries: [Int]

    public init(share: Double, queries: [Int]) {
        self.share = share
        self.queries = queries
    }
}
