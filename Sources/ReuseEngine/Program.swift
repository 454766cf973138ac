import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// What a value varies over: time, samples, and indexes by number.
public struct Axes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public static let time = Axes(rawValue: 1 << 63)
    public static let sample = Axes(rawValue: 1 << 62)
    static let allIndexes = Axes(rawValue: 1 << UInt64(Limits.indexes) - 1)
    static func index(_ number: Int) -> Axes { Axes(rawValue: 1 << UInt64(number)) }

    var indexes: Axes { intersection(.allIndexes) }
    /// Numbers of the indexes, ascending.
    public var indexNumbers: [Int] {
        var result: [Int] = []
        var rest = indexes.rawValue
        while rest != 0 {
            result.append(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
        return result
    }
}

/// A piece of byte code that computes one value, at one combination of indexes or at any.
struct Code: Sendable {
    var start: Int
    var isLane: Bool
    /// What is added to its addresses by the members at which it runs: number in `Program.offsets`, or -1.
    var offsets = -1
}

struct FunctionCode: Sendable {
    var start: Int
    var parameters: Int
    var captures: Int
    var registers: Int
}

enum TimeReduction: Sendable { case total, mean, minimum, maximum, last, firstTime }

/// One value of the model, with a place for each point of its axes.
struct Definition: Sendable {
    enum Kind: Sendable {
        /// One code a combination of its indexes, or one for all.
        case code([Code])
        /// Constants by combination.
        case table([Double])
        /// Number in `Program.series`.
        case series(Int)
        /// A series at one time: its number, and the period's start and end.
        case seriesRead(Int, from: Int64, to: Int64)
        /// The point of a series that has just this period; none where it is missing.
        case seriesPoint(Int, from: Int64, to: Int64)
        case cumulative(Int)
        /// The rate is a share that is added once in so many years.
        case growing(base: Int, rate: Int, from: Int, every: Double)
        case timeReduction(TimeReduction, Int, ClosedRange<Int>)
        case statistic(SampleStatistic, Int, share: Int)
        /// Clears the markets, and fills the places of its results: number in `Program.clearings`.
        case clearing(Int)
        /// Advances the cohorts of a stock by a step, and fills the places of its results: number in `Program.stocks`.
        case cohorts(Int)
        /// A level at the start of the step: the level, and what it is before the first step, or -1 for nothing.
        case opening(Int, initial: Int)
        /// Filled by clearing, or with the cohorts of a stock.
        case cleared
        /// Found by fitting a projection: number in `Program.projectionOutputs`.
        case projected(Int)
        /// Between two others, by a weight a step: number in `Program.weights`.
        case phased(Int, Int, weights: Int)
        /// Not computed: stands for what functions read.
        case reads
        /// Not computed: its code failed to lower, which was reported.
        case invalid
    }

    var kind: Kind
    var axes: Axes
    /// Where it stands in the script, for errors of native definitions.
    var origin: Origin
    var combinations: Int
    /// First place in the uniform file, or first block in the lane file.
    var address: Int
    /// Which pass computes it: one more than that of the samples that its statistics reduce.
    var phase: Int = 0
    /// A stock-like value: read over a longer period it is its last step.
    var isLevel = false
    /// Known before anything runs.
    var constant: Double?
    /// Definitions that it reads.
    var reads: [Int] = []
    /// Its value is a pointer into the arena.
    var isObject = false

    var isSampled: Bool { axes.contains(.sample) }
    var varies: Bool { axes.contains(.time) }

    /// Where its value at a combination of its indexes and a step lies, of so many steps.
    @inline(__always)
    func place(at combination: Int, _ step: Int, of steps: Int) -> Int {
        varies ? address + combination * steps + step : address + combination
    }

    /// Its code at a combination of its indexes; nil where it has none.
    @inline(__always)
    func code(_ codes: [Code], at combination: Int) -> Code? {
        if codes.count == 1 { return codes[0] }
        return combination < codes.count ? codes[combination] : nil
    }
}

struct DrawSource: Sendable {
    /// What a draw stands in.
    enum Rank: Int, Sendable { case declaration, patch, command }

    /// Whose draw it is: a declaration's path, the place of a patch, or the text of a command, which have no declaration.
    var path = ""
    /// What results call it, where that is not the path.
    var label: String?
    var declaration: DeclarationID = .none
    /// One variable, or one a step.
    var variables: [UInt64]
    /// Instead of a draw: an end of an interval, by sample.
    var interval: IntervalDraw?
    /// What the variables are hashes of, but for the step.
    var name = ""
    var rank = Rank.declaration
    /// Of its first variable, under `sobol`.
    var dimension = 0
    /// How many draws from this one on are those of the members at which one instruction runs.
    var run = 1
    /// Number in `Program.scores` where it goes with other draws, or -1.
    var score = -1
}

/// A correlated draw: its normal score is a weighted sum of those of independent draws, its own last.
struct ScoreRow: Sendable {
    struct Term: Sendable {
        var name: String
        var variable: DrawVariable
        var weight: Double
    }

    var terms: [Term]
}

/// A printed figure as an interval. Sample `s` takes its high end where bit `bit` of `s` is set; with too many figures for
/// that, sample 0 is the middle of all, and samples 2 bit + 1 and 2 bit + 2 move this one alone.
struct IntervalDraw: Sendable {
    var low: Double
    var middle: Double
    var high: Double
    var bit: Int
}

/// What runs in one go: one definition, or several that rest on each other from step to step.
struct ScheduleEntry: Sendable {
    var definitions: [Int]
    var isLoop: Bool
}

/// How a value is read over a period of several steps: a flow as their mean, a level as it is at the end, what a stock
/// opens with as it is at the start.
enum PeriodReading: Sendable {
    case mean, first, last
    /// The script must say which.
    case unclear
    /// A condition, a text, a time or a list.
    case noNumber
}

struct TimeRead: Sendable {
    var definition: Int
    var combination: Int
    var reading: PeriodReading
}

/// A model, lowered: byte code and where its values are kept. Immutable once made.
public struct Program: Sendable {
    var code: [Instruction] = []
    /// What each instruction stands for.
    var origins: [Origin] = []
    var callSites: [CallSite] = []
    var constants: [Double] = []
    var texts: [String] = []
    var formats: [NumberUnit] = []
    var functions: [FunctionCode] = []
    var draws: [DrawSource] = []
    var scores: [ScoreRow] = []
    /// Inputs that are drawn together.
    public internal(set) var correlations: [CorrelationGroup] = []
    var timeReads: [TimeRead] = []
    var clearings: [ClearingPlan] = []
    var projections: [ProjectionPlan] = []
    var projectionOutputs: [ProjectionOutput] = []
    var stocks: [CohortPlan] = []
    var weights: [[Double]] = []
    /// How much of each step a policy with a window is in force, from 0 to 1, by its number.
    package var weightsOfPolicy: [Int: [Double]] = [:]
    var series: [Series] = []
    /// Of codes, by the combinations of their definitions; and of loops over members within codes.
    var offsets: [MemberOffsets] = []
    var memberLoops: [MemberOffsets] = []
    /// How many axes all loops have.
    var memberCounters = 0
    var definitions: [Definition] = []
    var schedule: [ScheduleEntry] = []
    var uniformCount = 0
    var laneBlocks = 0

    /// Rows of numbers that stocks work with, beside their values: one for each lane of a block, or one number for all samples.
    var laneWork = 0
    var uniformWork = 0

    /// Bytes of the values that a worker has for itself, for so many samples at once, and of what its stocks work with.
    func laneBytes(_ width: Int) -> Int {
        let (bytes, overflow) = (laneBlocks + laneWork).multipliedReportingOverflow(by: width * 8)
        return overflow ? Int.max / 2 : bytes
    }

    /// Bytes of what is the same for all samples.
    var uniformBytes: Int { uniformCount * 8 + min(uniformWork, Int.max / 64) * 8 }

    /// Bytes of all that the fewest samples take that are computed at once, with so many places more.
    func bytes(with places: Int, isSampled: Bool) -> Int {
        let lanes = laneBlocks + laneWork + (isSampled ? places : 0)
        let uniforms = uniformCount + uniformWork + (isSampled ? 0 : places)
        let (laneBytes, overflow) = lanes.multipliedReportingOverflow(by: Machine.fewestLanes * 8)
        return overflow || laneBytes > Int.max / 2 ? Int.max : laneBytes + min(uniforms, Int.max / 32) * 8
    }

    func hasRoom(for places: Int, isSampled: Bool, in memory: Int) -> Bool {
        bytes(with: places, isSampled: isSampled) <= memory
    }
    var scalarRegisters = 0
    var laneRegisters = 0
    public internal(set) var calendar = Calendar.none
    /// Number of members of each index.
    var indexSizes: [Int] = []
    /// Definition of each declaration, or -1.
    var ofDeclaration: [Int] = []
    public internal(set) var queries: [Query] = []
    /// How many printed figures stand for intervals; nil in an ordinary program.
    var intervalCount: Int?

    public init() {}
}

/// An expression whose value is wanted.
public struct Query: Sendable {
    /// The definition that holds it; -1 where it could not be lowered.
    public var definition: Int
    public var axes: Axes
    /// A series without a horizon: its periods, with the definition of each value.
    public var points: [(label: String, definition: Int)] = []
    /// Of the points of a series that was asked for as such.
    package var periods: [TimePoint?] = []
}

/// A unit as text, and its size in base units.
public struct NumberUnit: Hashable, Sendable {
    public var scale: Double
    public var text: String
}

extension Program {
    /// What a definition reads, also by way of the functions that it calls.
    func allReads(of number: Int) -> [Int] {
        var result: [Int] = []
        var seen: Set<Int> = []
        var work = definitions[number].reads
        while let read = work.popLast() {
            guard seen.insert(read).inserted else { continue }
            if case .reads = definitions[read].kind {
                work += definitions[read].reads
            } else {
                result.append(read)
            }
        }
        return result
    }

    /// Whether a definition varies over samples, for points of a series.
    package func isSampled(_ definition: Int) -> Bool { definition >= 0 && definitions[definition].isSampled }

    /// The size of a unit in base units; nil where a unit in it is uncertain.
    public func scale(of unit: DisplayUnit) -> Double? {
        var result = unit.isPercent ? 0.01 : 1
        for (id, exponent) in unit.factors {
            let index = ofDeclaration[Int(id.rawValue)]
            guard index >= 0, let size = definitions[index].constant else { return nil }
            let power = Double(exponent.numerator) / Double(exponent.denominator)
            if power == 1 {
                result *= size
            } else if power == -1 {
                result /= size
            } else {
                result *= reuse_pow(size, power)
            }
        }
        return result.isFinite && result != 0 ? result : nil
    }
}
