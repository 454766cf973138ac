import ReuseSyntax
import ReuseTables

/// TimePoint is a point in time: it names a period, from a start for a length.
///
/// Both are counted in ticks, of which a year (365.25 days), a quarter, a month, a day and an hour have whole numbers.
/// A time travels through registers as one 64-bit word: 34 bits of start, 29 of length.
@frozen
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

    @inlinable public var end: Int64 { start + length }

    @inlinable public var bits: Double { Double(bitPattern: UInt64(start) << 29 | UInt64(length)) }

    @inlinable
    public init(bits: Double) {
        start = Int64(bits.bitPattern >> 29 & (1 << 34 - 1))
        length = Int64(bits.bitPattern & (1 << 29 - 1))
    }

    /// The same period, later by a duration in years; nil outside the years 0 to 9999.
    public func shifted(byYears years: Double) -> TimePoint? {
        let ticks = (years * Double(Self.ticksPerYear)).rounded()
        guard ticks.magnitude < 1e12 else { return nil }
        return TimePoint(start: start + Int64(ticks), length: length)
    }

    /// From start to start, in years.
    @inlinable public func years(since other: TimePoint) -> Double {
        Double(start - other.start) / Double(Self.ticksPerYear)
    }

    /// -1 where it lies wholly before the other, 1 where wholly after, 0 where one holds (part of) the other.
    @inlinable
    public func order(_ other: TimePoint) -> Int {
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
    package static func date(at ticks: Int64) -> String {
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
