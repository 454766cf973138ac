import ReuseModel
import ReuseSyntax

/// Operation is what an expression does. Its parts are expressions of the same core.
public enum Operation: Sendable, BitwiseCopyable {
    /// Nothing that has a value; the check has said what is wrong.
    case missing
    /// Wrong in a way that is said where it is needed: number in `Core.problems`.
    case wrong(Int32)

    // MARK: Constants

    /// A number, a truth value (1 or 0) or a time (its bits).
    case constant(Double)
    /// What `none` is.
    case nothing
    /// A printed figure, and half a unit of its last digit.
    case interval(Double, half: Double)
    /// Number in `Core.texts`.
    case textConstant(Int32)
    /// Parts, put together: each a `textConstant` or a `shown`.
    case text(ExpressionList)
    /// A value as text.
    case shown(ExpressionID, TextForm)

    // MARK: Names

    /// The value of a declaration.
    case read(DeclarationID)
    case local(Local)
    /// The current step.
    case now
    /// A declared function as a value.
    case function(DeclarationID)
    /// A function of one number as a value.
    case unaryFunction(UnaryOperation)
    /// A value in a scenario, by its number in the model.
    case under(Int32, ExpressionID)

    // MARK: Numbers, truth, time

    case unary(UnaryOperation, ExpressionID)
    case power(ExpressionID, ExpressionID)
    /// From left to right. It may be a million long: never recurse along it.
    case chain(ExpressionID, ChainSteps)
    case and(ExpressionList)
    case or(ExpressionList)
    case comparison(Comparison, Compared, ExpressionID, ExpressionID)
    /// Whether two are equal within a tolerance; none for that of rounding.
    case within(ExpressionID, ExpressionID, tolerance: ExpressionID, WithinForm)
    /// Whether an index stands at a member: number in `Core.memberTests`.
    case memberTest(Int32)
    /// Condition, value, condition, value, ..., and the value of `else`.
    case conditional(ExpressionList)
    case timePart(ExpressionID, TimePart)

    // MARK: Draws

    case draw(Distribution, ExpressionList)

    // MARK: Lists, records, functions

    case list(ExpressionList)
    /// Of a list, and of what the operation wants beside it, or none.
    case listOperation(ListOperation, ExpressionID, ExpressionID)
    /// Fields as they are written; their order in the type: number in `Core.fieldOrders`.
    case record(ExpressionList, order: Int32)
    case field(ExpressionID, Int32)
    case map(ExpressionID, ExpressionID)
    case filter(ExpressionID, ExpressionID)
    case fold(ExpressionID, initial: ExpressionID, ExpressionID)
    /// A declared function with its arguments in the order of the parameters, none where a default stands.
    case call(DeclarationID, ExpressionList)
    /// A function value with its arguments.
    case apply(ExpressionID, ExpressionList)
    /// Number in `Core.lambdas`.
    case lambda(Int32)
    /// Number in `Core.blocks`.
    case block(Int32)
    /// Ends the run with the text.
    case fail(ExpressionID)
    /// A lifetime as a function of the age: number in `Core.lifetimes`.
    case lifetime(Int32)

    // MARK: Over indexes and time

    /// A literal over an index: its values by member, none where a member is missing.
    case byMember(Int32, ExpressionList)
    /// A literal over time: number in `Core.series`.
    case series(Int32)
    /// A column of a table: the place of its call in `Model.columns`.
    case column(Place)
    /// Number in `Core.picks`.
    case pick(Int32)
    /// Number in `Core.reductions`.
    case reduction(Int32)
    /// A statistic over samples; the second is what goes with it, or none.
    case statistic(SampleStatistic, ExpressionID, ExpressionID)
    case overTime(TimeOperation, ExpressionID)
    /// `span` is none for one step.
    case previous(ExpressionID, span: ExpressionID, otherwise: ExpressionID)
    /// `every` is none for a rate that compounds each year.
    case growing(ExpressionID, rate: ExpressionID, every: ExpressionID, from: ExpressionID)
    case interpolated(ExpressionID, Interpolation)
    /// Either may be none.
    case extended(ExpressionID, hold: ExpressionID, trend: ExpressionID)
    case rebased(ExpressionID, onto: ExpressionID, at: ExpressionID)
}

/// ChainStep is one step of a chain: what is done to all before it.
public struct ChainStep: Sendable, BitwiseCopyable {
    public enum Operation: UInt8, Sendable, BitwiseCopyable {
        case add, subtract, multiply, divide, minimum, maximum
        /// A time and a duration, or two times.
        case timePlus, timeMinus, timeDifference
    }

    public var operation: Operation
    /// A unit behind a literal, which is the same at all times.
    public var isUnit: Bool
    public var operand: ExpressionID
    /// Where it goes wrong.
    public var place: Place
}

/// Compared is what a comparison compares.
public enum Compared: UInt8, Sendable, BitwiseCopyable {
    case number
    /// A truth value, or what a function leaves open: by its bits, as a number.
    case value
    case time, list, text
}

public struct WithinForm: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The tolerance is a share of the right side.
    public static let share = WithinForm(rawValue: 1)
    public static let negated = WithinForm(rawValue: 2)
}

public enum TimePart: UInt8, Sendable, BitwiseCopyable { case year, quarter, month }

/// ListOperation is done to a whole list.
public enum ListOperation: UInt8, Sendable, BitwiseCopyable {
    case length, sort, sum, mean, minimum, maximum, median, deviation
    /// In two parts, so that the order of the items is not in the last bit.
    case sumExactly, meanExactly
    /// At a share.
    case quantile
    /// At a place, counted from 1.
    case item
    /// With another list, place by place.
    case equal, notEqual
    /// Of whole numbers, from the first to the second.
    case range
}

public enum SampleStatistic: UInt8, Sendable, BitwiseCopyable {
    case expected, median, deviation, skewness, quantile, probability
    case covariance, correlation

    /// Of two values: the second is where a quantile has its share.
    public var isOfPair: Bool { self == .covariance || self == .correlation }
}

public enum TimeOperation: UInt8, Sendable, BitwiseCopyable {
    case cumulative, total, firstTime

    /// As the script writes it.
    public var word: String {
        switch self {
        case .cumulative: "cumulative"
        case .total: "total"
        case .firstTime: "first_time"
        }
    }
}

/// Interpolation tells how a gap is bridged, by the word that a script writes.
public enum Interpolation: String, CaseIterable, Sendable, BitwiseCopyable {
    case linear
    /// A straight line of the logarithms: the same growth throughout.
    case logarithmic = "log_linear"
    /// Cubic, and between two points never beyond them (Fritsch & Butland 1984; the `PchipInterpolator` of SciPy).
    case monotone
    /// A natural cubic spline.
    case spline
}

/// TextForm tells how a value is written into a text.
public enum TextForm: Sendable, BitwiseCopyable {
    case bool, time, text
    /// In a unit: number in `Core.units`.
    case number(unit: Int32)
}

/// MemberPick is a member of an index.
public struct MemberPick: Sendable {
    public var index: Int
    public var member: Int

    public init(index: Int, member: Int) {
        self.index = index
        self.member = member
    }
}

/// Pick is `x[China, 2030]`: points of the value's axes.
public struct Pick: Sendable {
    /// An item that picks a member, with all that it may mean, whatever the value varies over.
    public struct Item: Sendable {
        public var place: Place
        /// Where the member is named in it.
        public var member: Place
        public var meanings: [MemberPick]
    }

    public enum Time: Sendable {
        case none
        case at(ExpressionID, Place)
        /// `2025..2030`, either end of which may be open.
        case range(first: ExpressionID, last: ExpressionID, Place)
    }

    public var base: ExpressionID
    public var basePlace: Place
    public var items: [Item] = []
    public var time = Time.none
    /// A second time, which there must not be.
    public var secondTime = Place.none
    /// All items as they are written.
    public var places: [Place]
}

/// ReductionOverAxis is `sum(x where c over grade)`.
public struct ReductionOverAxis: Sendable {
    public enum Kind: String, Sendable { case sum, mean, min, max, values }
    public enum Axis: Sendable {
        /// All indexes that the value varies over.
        case indexes
        case index(Int)
        case time
    }

    public var kind: Kind
    public var value: ExpressionID
    /// None where all members count.
    public var condition: ExpressionID
    public var axis: Axis
}

/// SeriesLiteral is `[2020: 1, 2022..2024: 2]`.
public struct SeriesLiteral: Sendable {
    public struct Point: Sendable {
        /// The first and the last time of its key; none where that end is open. Alike where the key is one time.
        public var first: ExpressionID
        public var last: ExpressionID
        public var key: Place
        public var value: ExpressionID
    }

    public var points: [Point]
}

/// Lambda is `fn(x) = ...`.
public struct Lambda: Sendable {
    public var parameters: [Local]
    public var body: ExpressionID
}

/// Block is `{ let ...; expression }`.
public struct Block: Sendable {
    public var lets: [(local: Local, value: ExpressionID)]
    /// None where it could not be read.
    public var value: ExpressionID
}

/// Lifetime is `weibull_life(mean: 3 yr, sd: 1 yr)`.
public struct Lifetime: Sendable {
    public var form: LifetimeForm
    /// As they are written, which numbers the draws in them; of a table none.
    public var arguments: [ExpressionID]
    /// Places of the parameters among the arguments.
    public var order: [Int]
    /// Shares by age.
    public var table: [(age: ExpressionID, share: ExpressionID)]
}
