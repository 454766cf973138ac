/// How a table writes its times, where its texts leave that open: what a field `dates:` says.
public enum TableDates: Sendable, Equatable {
    case dayMonthYear, monthDayYear, yearMonthDay, monthYear, yearMonth
    /// `2008-09` (and `2008`) is the year that begins in that month of 2008.
    case yearFrom(month: Int32)

    /// What may be written in `dates:`.
    public static let texts = [
        "day/month/year", "month/day/year", "year/month/day", "month/year", "year-month", "year from April",
    ]

    /// As it is written in `dates:`.
    public var text: String {
        switch self {
        case .dayMonthYear: Self.texts[0]
        case .monthDayYear: Self.texts[1]
        case .yearMonthDay: Self.texts[2]
        case .monthYear: Self.texts[3]
        case .yearMonth: Self.texts[4]
        case .yearFrom(let month): "year from " + PeriodText.monthName(month)
        }
    }

    /// Nil for a text that says nothing of the kind.
    public init?(_ text: String) {
        switch text {
        case "day/month/year": self = .dayMonthYear
        case "month/day/year": self = .monthDayYear
        case "year/month/day": self = .yearMonthDay
        case "month/year": self = .monthYear
        case "year-month": self = .yearMonth
        default:
            let start = "year from "
            guard text.hasPrefix(start) else { return nil }
            let name = Array(text.utf8.dropFirst(start.utf8.count).map { $0 | 0x20 })
            guard let month = PeriodText.month(name[...]) else { return nil }
            self = .yearFrom(month: month)
        }
    }
}

/// What the texts of a column say of how they are meant: some can be read in one way alone.
struct DateEvidence {
    /// A date whose first number is no month, as in `31/12/2021`.
    private(set) var dayFirst: TableSpan?
    /// One whose second number is none.
    private(set) var monthFirst: TableSpan?
    /// `2012-13`: two years, and no month.
    private(set) var yearPair: TableSpan?
    /// `2008-10`: a month, and no year with the next.
    private(set) var month: TableSpan?
    /// The first of those like `2008-09`, and whether there is another.
    private var openPair: (first: Int32, hasOther: Bool)?

    mutating func note(_ text: PeriodText.Form, _ span: TableSpan) {
        switch text {
        case .numericDate(_, _, _, isShort: true): break
        case .numericDate(let first, let second, _, isShort: false):
            if first > 12, dayFirst == nil { dayFirst = span }
            if second > 12, monthFirst == nil { monthFirst = span }
        case .pair(let year, let second):
            let follows = second == (year + 1) % 100
            if second < 1 || second > 12 {
                if follows, yearPair == nil { yearPair = span }
            } else if !follows {
                if month == nil { month = span }
            } else if let own = openPair {
                openPair = (own.first, own.hasOther || own.first != year)
            } else {
                openPair = (year, false)
            }
        case .yearPair: yearPair = yearPair ?? span
        case .period, .twoNumbers: break
        }
    }

    /// What a form stands for, by what the column or the script says.
    func period(_ form: PeriodText.Form, _ dates: TableDates?, _ span: TableSpan) throws(TableProblem) -> TablePeriod? {
        switch form {
        case .period(let period):
            guard case .yearFrom(let month)? = dates, period.length == .year else { return period }
            return TablePeriod(year: period.year, length: .year, part: month)
        case .yearPair(let year):
            guard case .yearFrom(let month)? = dates else { throw .fiscalYear(span) }
            return TablePeriod(year: year, length: .year, part: month)
        case .pair(let year, let second):
            let asMonth = second >= 1 && second <= 12 ? TablePeriod(year: year, length: .month, part: second) : nil
            guard second == (year + 1) % 100 else {
                if case .yearFrom? = dates { return nil }
                // Among years, this is neither a month nor one of them.
                if yearPair != nil, month == nil { return nil }
                return asMonth
            }
            switch dates {
            case .yearFrom(let month): return TablePeriod(year: year, length: .year, part: month)
            case .yearMonth, .yearMonthDay: return asMonth
            default: break
            }
            if yearPair != nil { throw .fiscalYear(span) }
            if month != nil { return asMonth }
            if openPair?.hasOther ?? false { throw .fiscalYear(span) }
            throw .monthOrYear(span)
        case .numericDate(let first, let second, let third, let isShort):
            return try date(first, second, third, isShort, dates, span)
        case .twoNumbers(let first, let second):
            guard case .monthYear? = dates, first >= 1, first <= 12, let year = PeriodText.fullYear(second) else {
                return nil
            }
            return TablePeriod(year: year, length: .month, part: first)
        }
    }

    private func date(
        _ first: Int32, _ second: Int32, _ third: Int32, _ isShort: Bool, _ dates: TableDates?, _ span: TableSpan
    ) throws(TableProblem) -> TablePeriod? {
        if case .yearMonthDay? = dates {
            return isShort ? PeriodText.fullYear(first).flatMap { PeriodText.day($0, second, third) } : nil
        }
        guard let last = isShort ? PeriodText.fullYear(third) : third else { return nil }
        switch dates {
        case .dayMonthYear: return PeriodText.day(last, second, first)
        case .monthDayYear: return PeriodText.day(last, first, second)
        default: break
        }
        // With two digits for the year, each of the three may be it.
        if isShort { throw .openDate(span) }
        if let dayFirst, let monthFirst { throw .twoDateOrders(day: dayFirst, month: monthFirst) }
        if dayFirst != nil { return PeriodText.day(last, second, first) }
        if monthFirst != nil { return PeriodText.day(last, first, second) }
        guard first == second else { throw .openDate(span) }
        return PeriodText.day(last, first, second)
    }
}
