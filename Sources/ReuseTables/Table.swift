/// What a script wants of a table: which columns, and what is to be known beforehand where it cannot be told.
public struct TableRequest: Sendable {
    /// A column by its heading, or all columns whose headings are periods.
    public enum Column: Sendable, Equatable {
        case heading(String)
        case periods
    }

    public var numbers: [Column] = []
    public var labels: [String] = []
    public var time: String?
    /// Rows that count; all where there is none.
    public var condition = TableCondition()
    /// How times are written, where their texts leave it open.
    public var dates: TableDates?
    /// Texts that stand for a missing figure, beside those that do everywhere.
    public var missing: [String] = []
    /// What a missing figure of each of `numbers` amounts to; rows without a figure count where there is such a value.
    public var fills: [Double?] = []
    /// Headings that `periods` leaves out, though there is a year in them.
    public var exceptions: [String] = []
    public var separator: UInt8?
    /// `.` or `,`.
    public var decimal: UInt8?
    /// Cells without quotes are numbers with a decimal point, as those of a database are; the texts beside them are read as
    /// in any table.
    public var areNumbersPlain = false

    public init() {}

    var headings: [String] {
        var result = labels + condition.headings + exceptions
        for column in numbers { if case .heading(let text) = column { result.append(text) } }
        if let time { result.append(time) }
        return result
    }
}

/// A table, read: rows that have a value in some column that was asked for.
public struct Table: Sendable {
    /// One a number column; `periods` gives one for all its columns, and its rows are those of the table times these.
    public var numbers: [TableNumbers]
    /// The number of the label of each row, for each label column.
    public var labels: [[Int32]]
    /// The labels that occur, in order of first occurrence, each with its text and where it stands first.
    public var labelTexts: [[(text: String, span: TableSpan)]]
    /// The number of the period of each row; empty where there is no time.
    public var times: [Int32]
    public var periods: [TablePeriod]
    /// Line of the text in which each row begins, counted from 1.
    public var lines: [Int32]
    /// Texts of the condition that no row has under their heading, with those that rows have (the first hundred).
    public var unmet: [(heading: String, text: String, others: [String])] = []

    /// A table without rows.
    public init(numbers: [TableNumbers] = [], labels: [[Int32]] = [], periods: [TablePeriod] = []) {
        self.numbers = numbers
        self.labels = labels
        labelTexts = []
        times = []
        self.periods = periods
        lines = []
    }
}

public struct TableNumbers: Sendable {
    /// One a row (with `periods`: one a row and period, the periods of a row together); not a number where the cell is missing.
    public var values: [Double]
}

/// Byte offsets in the decoded text.
public struct TableSpan: Sendable, Equatable {
    public var start: Int
    public var end: Int

    public init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }
}

/// Where a line stands, counted from 1, and ended by LF, CR or both.
public func tableLine(_ number: Int32, in bytes: UnsafeBufferPointer<UInt8>) -> TableSpan {
    var line: Int32 = 1
    var place = 0
    func isEnd(_ place: Int) -> Bool { bytes[place] == 0x0A || bytes[place] == 0x0D }
    while place < bytes.count, line < number {
        if isEnd(place) {
            line += 1
            if bytes[place] == 0x0D, place + 1 < bytes.count, bytes[place + 1] == 0x0A { place += 1 }
        }
        place += 1
    }
    var end = place
    while end < bytes.count, !isEnd(end) { end += 1 }
    return TableSpan(start: place, end: end)
}

/// Why a table cannot be read.
public enum TableProblem: Error, Sendable {
    /// The table is wanted no more.
    case stopped
    case noHeading
    /// A heading that is asked for and not there; those that are.
    case missingColumn(String, all: [String], TableSpan)
    /// Two columns of the same heading.
    case twoColumns(String, TableSpan, TableSpan)
    case noPeriods(TableSpan)
    case twoPeriods(TablePeriod, TableSpan, TableSpan)
    case tooManyCells(TableSpan, found: Int, headings: Int)
    /// A row that is parted by another mark than the headings, which have this one.
    case otherSeparator(TableSpan, heading: UInt8)
    case openQuote(TableSpan)
    case afterQuote(TableSpan)
    /// `decimal` is the decimal mark of the column where the cell is a number by the other one.
    case notANumber(TableSpan, decimal: UInt8?)
    /// A cell that is one number with a decimal point and another with a decimal comma.
    case ambiguousNumber(TableSpan)
    case twoDecimals(point: TableSpan, comma: TableSpan)
    /// A column with percent signs at some of its numbers and not at others.
    case mixedPercent(percent: TableSpan, plain: TableSpan)
    case notAPeriod(TableSpan)
    /// `03/04/2021`
    case openDate(TableSpan)
    case twoDateOrders(day: TableSpan, month: TableSpan)
    /// `2008-09`, by itself.
    case monthOrYear(TableSpan)
    /// `2008-09`, where the column shows that it is a year: nobody knows in which month it begins.
    case fiscalYear(TableSpan)
    /// A heading with a year in it that is read as none, and all of its kind.
    case headingWithYear(TableSpan, all: [String])
    case missingTime(row: TableSpan)
    case missingLabel(heading: String, row: TableSpan)
    case notJSON(TableSpan, String)
    /// Records whose names make a table that is mostly empty.
    case tooManyNames(TableSpan, names: Int, records: Int)
    case tooLarge
}
