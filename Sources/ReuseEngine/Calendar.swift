import ReuseTables
import ReuseSyntax

/// A point in time: it names a period, from a start for a length.
///
/// Both are counted in ticks, of which a year (365.25 days), a quarter, a month, a day and an hour have whole numbers.
/// A time travels through registers as one 64-bit word: 34 bits of start, 29 of length.
public struct TimePoint: Hashable, Sendable {
    public static let ticksPerYear: Int64 = 1461 * 960
    public static let latestStart: Int64 = 9999 * ticksPerYear

    public let start: Int64
    public let length: Int64

    /// Nil outside the years 0 to 9999.
    public init?(start: Int64, length: Int64) {
        guard start >= 0, start <= Self.latestStart, length > 0, length < 1 << 29 else { return nil }
        self.start = start
        self.length = length
    }

    public init?(year: Int64) {
        guard year >= 0, year <= 9999 else { return nil }
        self.init(start: year * Self.ticksPerYear, length: Self.ticksPerYear)
    }

    /// A quarter (4 parts) or month (12 parts) of a year, counted from 1.
    public init?(year: Int64, part: Int64, of parts: Int64) {
        guard year >= 0, year <= 9999, parts > 0, part >= 1, part <= parts else { return nil }
        let length = Self.ticksPerYear / parts
        self.init(start: year * Self.ticksPerYear + (part - 1) * length, length: length)
    }

    public var end: Int64 { start + length }

    var bits: Double { Double(bitPattern: UInt64(start) << 29 | UInt64(length)) }

    init(bits: Double) {
        start = Int64(bits.bitPattern >> 29 & (1 << 34 - 1))
        length = Int64(bits.bitPattern & (1 << 29 - 1))
    }

    /// The same period, later by a duration in years; nil outside the years 0 to 9999.
    func shifted(byYears years: Double) -> TimePoint? {
        let ticks = (years * Double(Self.ticksPerYear)).rounded()
        guard ticks.magnitude < 1e12 else { return nil }
        return TimePoint(start: start + Int64(ticks), length: length)
    }

    /// From start to start, in years.
    func years(since other: TimePoint) -> Double { Double(start - other.start) / Double(Self.ticksPerYear) }

    /// -1 where it lies wholly before the other, 1 where wholly after, 0 where one holds (part of) the other.
    func order(_ other: TimePoint) -> Int {
        if end <= other.start { return -1 }
        if start >= other.end { return 1 }
        return 0
    }

    public var year: Int64 { start / Self.ticksPerYear }
    public var quarter: Int64 { start % Self.ticksPerYear / (Self.ticksPerYear / 4) + 1 }
    public var month: Int64 { start % Self.ticksPerYear / (Self.ticksPerYear / 12) + 1 }

    /// As a script writes it.
    public var text: String {
        let inYear = start % Self.ticksPerYear
        if length == Self.ticksPerYear, inYear == 0 { return Self.digits(year) }
        if length == Self.ticksPerYear / 4, inYear % length == 0 { return "\(Self.digits(year))Q\(quarter)" }
        if length == Self.ticksPerYear / 12, inYear % length == 0 {
            return "\(Self.digits(year))M" + (month < 10 ? "0" : "") + String(month)
        }
        if inYear == 0 { return Self.digits(year) }
        let thousandths = (Double(inYear) / Double(Self.ticksPerYear) * 10_000).rounded() / 10_000
        return "\(Self.digits(year)) + \(thousandths) yr"
    }

    /// What begins at an instant: the year, else the quarter or the month, else the day.
    package static func beginning(at ticks: Int64) -> String {
        let part = [ticksPerYear, ticksPerYear / 4, ticksPerYear / 12].first { ticks % $0 == 0 }
        return part.flatMap { TimePoint(start: ticks, length: $0)?.text } ?? date(at: ticks)
    }

    /// The day at an instant, as `2024-07-31`: in its month, which is a twelfth of the year however many days it has.
    static func date(at ticks: Int64) -> String {
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        let year = ticks / ticksPerYear
        let length = ticksPerYear / 12
        let month = ticks % ticksPerYear / length + 1
        let days = Int64(TablePeriod.daysInMonth(Int32(month), Int32(clamping: year)))
        // Days begin at whole ticks, which are rounded down.
        let day = (ticks % length * days + days - 1) / length + 1
        return "\(digits(year))-\(two(month))-\(two(day))"
    }

    private static func digits(_ year: Int64) -> String {
        let text = String(year)
        return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
    }
}

/// The steps of a model.
public struct Calendar: Sendable {
    public let steps: [TimePoint]
    /// Length of a step in years.
    public let stepYears: Double
    public let hasHorizon: Bool

    /// One step without a time: a script without a horizon.
    public static let none = Calendar(steps: [], stepYears: 1, hasHorizon: false)

    private init(steps: [TimePoint], stepYears: Double, hasHorizon: Bool) {
        self.steps = steps
        self.stepYears = stepYears
        self.hasHorizon = hasHorizon
    }

    public enum Fault: Sendable { case reversed, tooManySteps, notWhole, invalidStep }

    /// Steps that cover the first and the last period whole.
    static func make(from first: TimePoint, to last: TimePoint, stepYears: Double) -> Result<Calendar, CalendarFault> {
        guard stepYears.isFinite, stepYears > 0 else { return .failure(CalendarFault(fault: .invalidStep)) }
        guard last.end > first.start else { return .failure(CalendarFault(fault: .reversed)) }
        let ticks = stepYears * Double(TimePoint.ticksPerYear)
        let exact = Double(last.end - first.start) / ticks
        guard exact <= Double(Limits.horizonSteps) + 0.5, ticks >= 1 else {
            return .failure(CalendarFault(fault: .tooManySteps))
        }
        let count = exact.rounded()
        guard count >= 1, (exact - count).magnitude < 1e-6 else { return .failure(CalendarFault(fault: .notWhole)) }
        var steps: [TimePoint] = []
        steps.reserveCapacity(Int(count))
        var start = first.start
        for index in 1...Int(count) {
            let end = first.start + Int64((Double(index) * ticks).rounded())
            guard let step = TimePoint(start: start, length: end - start) else {
                return .failure(CalendarFault(fault: .tooManySteps))
            }
            steps.append(step)
            start = end
        }
        return .success(Calendar(steps: steps, stepYears: stepYears, hasHorizon: true))
    }

    public var count: Int { max(steps.count, 1) }

    /// The steps that a period covers, or that hold it; nil where part of it lies outside.
    public func steps(of time: TimePoint) -> ClosedRange<Int>? { range(of: time) }

    /// The steps that a period covers, or that hold it; nil where part of it lies outside.
    func range(of time: TimePoint) -> ClosedRange<Int>? {
        guard let first = steps.first, let last = steps.last, time.start >= first.start, time.end <= last.end else {
            return nil
        }
        var low = 0
        var high = steps.count - 1
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].end > time.start { high = middle } else { low = middle + 1 }
        }
        let from = low
        high = steps.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if steps[middle].start < time.end { low = middle } else { high = middle - 1 }
        }
        return from...low
    }
}

struct CalendarFault: Error { var fault: Calendar.Fault }
