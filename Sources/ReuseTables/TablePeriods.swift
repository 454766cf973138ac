/// A stretch of time that a table has a figure for.
public struct TablePeriod: Sendable, Equatable, Hashable {
    public enum Length: Int32, Sendable { case year, half, quarter, month, week, day }
    public var year: Int32
    public var length: Length
    /// Of the year, counted from 1. For a day, the month; for a year, the month in which it begins; for a week, its number
    /// after ISO 8601.
    public var part: Int32 = 1
    /// Of the month, for a day.
    public var day: Int32 = 0

    /// How many days the month of a day has.
    public var daysOfMonth: Int32 { Self.daysInMonth(part, year) }

    public static func daysInMonth(_ month: Int32, _ year: Int32) -> Int32 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    init(year: Int32, length: Length, part: Int32 = 1, day: Int32 = 0) {
        self.year = year
        self.length = length
        self.part = part
        self.day = day
    }

    /// The day on which it begins.
    private var firstDay: (year: Int32, month: Int32, day: Int32) {
        switch length {
        case .year, .month: (year, part, 1)
        case .half: (year, part * 6 - 5, 1)
        case .quarter: (year, part * 3 - 2, 1)
        case .week: Self.monday(ofWeek: part, year)
        case .day: (year, part, day)
        }
    }

    /// Begin and end, as shares of months that are all equally long: months since the year 0, days into them, and how many
    /// days these months have.
    public var ends:
        (
            start: (month: Int64, day: Int64, days: Int64), end: (month: Int64, day: Int64, days: Int64)
        )
    {
        let first = firstDay
        var last = first
        switch length {
        case .year: last.year += 1
        case .half: last.month += 6
        case .quarter: last.month += 3
        case .month: last.month += 1
        case .week: for _ in 0..<7 { last = Self.next(last) }
        case .day: last.day += 1
        }
        func end(_ date: (year: Int32, month: Int32, day: Int32)) -> (month: Int64, day: Int64, days: Int64) {
            let days = date.day == 1 ? 1 : Self.daysInMonth(date.month, date.year)
            return (Int64(date.year) * 12 + Int64(date.month) - 1, Int64(date.day) - 1, Int64(days))
        }
        return (end(first), end(last))
    }

    private static func next(_ date: (year: Int32, month: Int32, day: Int32)) -> (year: Int32, month: Int32, day: Int32)
    {
        if date.day < daysInMonth(date.month, date.year) { return (date.year, date.month, date.day + 1) }
        return date.month < 12 ? (date.year, date.month + 1, 1) : (date.year + 1, 1, 1)
    }

    /// The Monday of a week after ISO 8601: week 1 is that of 4 January.
    private static func monday(ofWeek week: Int32, _ year: Int32) -> (year: Int32, month: Int32, day: Int32) {
        let back = weekday(year, 1, 4) - 1
        var date: (year: Int32, month: Int32, day: Int32) =
            back < 4 ? (year: year, month: 1, day: 4 - back) : (year: year - 1, month: 12, day: 35 - back)
        var left = (week - 1) * 7
        while left > 0 {
            let rest = daysInMonth(date.month, date.year) - date.day
            if left <= rest { return (date.year, date.month, date.day + left) }
            left -= rest + 1
            date = date.month < 12 ? (date.year, date.month + 1, 1) : (date.year + 1, 1, 1)
        }
        return date
    }

    /// 1 for Monday to 7 for Sunday (after Sakamoto).
    private static func weekday(_ year: Int32, _ month: Int32, _ day: Int32) -> Int32 {
        let shifts: [Int32] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let own = month < 3 ? year + 399 : year + 400
        let number = (own + own / 4 - own / 100 + own / 400 + shifts[Int(month - 1)] + day) % 7
        return number == 0 ? 7 : number
    }

    /// 53 where the year begins on a Thursday, or is a leap year that begins on a Wednesday; else 52.
    static func weeks(in year: Int32) -> Int32 {
        let first = weekday(year, 1, 1)
        return first == 4 || first == 3 && daysInMonth(2, year) == 29 ? 53 : 52
    }

    /// By where it begins, the longer first.
    public func isBefore(_ other: TablePeriod) -> Bool {
        let (own, its) = (firstDay, other.firstDay)
        return (own.year, own.month, own.day, length.rawValue) < (its.year, its.month, its.day, other.length.rawValue)
    }

    /// Whether the two have a day in common.
    public func overlaps(_ other: TablePeriod) -> Bool {
        let (own, its) = (span, other.span)
        return own.start < its.end && its.start < own.end
    }

    /// In days, with months of 31.
    private var span: (start: Int64, end: Int64) {
        let ends = ends
        return (ends.start.month * 31 + ends.start.day, ends.end.month * 31 + ends.end.day)
    }

    /// As a script writes it; a day as its date, and what a script cannot write as tables do: `2021H1`, `2021W05`, `2008-09`.
    public var text: String {
        func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
        let number = String(year)
        let year = String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
        switch length {
        case .year: return part == 1 ? year : "\(year)-\(two((self.year + 1) % 100))"
        case .half: return "\(year)H\(part)"
        case .quarter: return "\(year)Q\(part)"
        case .month: return "\(year)M\(two(part))"
        case .week: return "\(year)W\(two(part))"
        case .day: return "\(year)-\(two(part))-\(two(day))"
        }
    }

    /// Days that stand for longer periods: one a year on the same date; one a quarter or a month, always on its first or
    /// always on its last day. Others stay days.
    static func widened(_ periods: [TablePeriod]) -> [TablePeriod] {
        guard let first = periods.first, periods.allSatisfy({ $0.length == .day }) else { return periods }
        let isFirst = periods.allSatisfy { $0.day == 1 }
        let isLast = periods.allSatisfy { $0.day == daysInMonth($0.part, $0.year) }
        func distinct(_ candidate: [TablePeriod]) -> [TablePeriod]? {
            Set(candidate).count == Set(periods).count ? candidate : nil
        }
        let isSameDate = periods.allSatisfy { $0.part == first.part && ($0.day == first.day || isLast) }
        if isSameDate, let years = distinct(periods.map { TablePeriod(year: $0.year, length: .year) }) { return years }
        guard isFirst || isLast else { return periods }
        if periods.allSatisfy({ $0.part % 3 == (isFirst ? 1 : 0) }),
            let quarters = distinct(
                periods.map { TablePeriod(year: $0.year, length: .quarter, part: ($0.part + 2) / 3) })
        {
            return quarters
        }
        return distinct(periods.map { TablePeriod(year: $0.year, length: .month, part: $0.part) }) ?? periods
    }
}
