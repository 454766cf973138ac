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
    /// Rows that count: those that have these texts under these headings.
    public var filters: [(heading: String, text: String)] = []
    public var separator: UInt8?
    /// `.` or `,`.
    public var decimal: UInt8?
    /// Cells without quotes are numbers with a decimal point, as those of a database are; the texts beside them are read as
    /// in any table.
    public var areNumbersPlain = false

    public init() {}

    var headings: [String] {
        var result = labels + filters.map { $0.heading }
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
    case noHeading
    /// A heading that is asked for and not there; those that are.
    case missingColumn(String, all: [String], TableSpan)
    /// Two columns of the same heading.
    case twoColumns(String, TableSpan, TableSpan)
    case noPeriods(TableSpan)
    case twoPeriods(TablePeriod, TableSpan, TableSpan)
    case tooManyCells(TableSpan, found: Int, headings: Int)
    case openQuote(TableSpan)
    case afterQuote(TableSpan)
    /// `decimal` is the decimal mark of the column where the cell is a number by the other one.
    case notANumber(TableSpan, decimal: UInt8?)
    /// A cell that is one number with a decimal point and another with a decimal comma.
    case ambiguousNumber(TableSpan)
    case twoDecimals(point: TableSpan, comma: TableSpan)
    case notAPeriod(TableSpan)
    case missingTime(row: TableSpan)
    case missingLabel(heading: String, row: TableSpan)
    case notJSON(TableSpan, String)
    case tooLarge
}

/// A text in UTF-8, whatever it was.
public struct TableText: Sendable {
    public var bytes: [UInt8]

    /// UTF-16 by its byte order mark; else UTF-8 where it is valid; else Windows-1252, which holds Latin-1.
    public init(_ raw: [UInt8]) {
        if raw.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = Array(raw.dropFirst(3))
        } else if raw.starts(with: [0xFF, 0xFE]) {
            bytes = Self.fromUTF16(raw, isLittle: true)
        } else if raw.starts(with: [0xFE, 0xFF]) {
            bytes = Self.fromUTF16(raw, isLittle: false)
        } else {
            bytes = raw
        }
        if !Self.isUTF8(bytes) { bytes = Self.fromWindows1252(bytes) }
    }

    /// No table holds a zero byte: the text is in an encoding that was not recognised, or is no text.
    public var hasNull: Bool { bytes.withUnsafeBufferPointer { $0.contains(0) } }

    /// What is UTF-8 already.
    public init(decoded: [UInt8]) { bytes = decoded }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            let count = bytes.count
            while place < count {
                let lead = bytes[place]
                if lead < 0x80 {
                    place &+= 1
                    continue
                }
                let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
                guard lead >= 0xC2, lead <= 0xF4, place + length <= count else { return false }
                for offset in 1..<length where bytes[place + offset] & 0xC0 != 0x80 { return false }
                let second = bytes[place + 1]
                // Overlong forms, surrogates, and what lies beyond Unicode.
                if lead == 0xE0 && second < 0xA0 || lead == 0xED && second > 0x9F { return false }
                if lead == 0xF0 && second < 0x90 || lead == 0xF4 && second > 0x8F { return false }
                place += length
            }
            return true
        }
    }

    private static func fromUTF16(_ raw: [UInt8], isLittle: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        func unit(_ place: Int) -> UInt32 {
            let (a, b) = (UInt32(raw[place]), UInt32(raw[place + 1]))
            return isLittle ? b << 8 | a : a << 8 | b
        }
        var place = 2
        while place + 1 < raw.count {
            var scalar = unit(place)
            place += 2
            if scalar & 0xFC00 == 0xD800, place + 1 < raw.count, unit(place) & 0xFC00 == 0xDC00 {
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + unit(place) & 0x3FF
                place += 2
            }
            append(scalar & 0xF800 == 0xD800 ? 0xFFFD : scalar, to: &result)
        }
        return result
    }

    private static func fromWindows1252(_ raw: [UInt8]) -> [UInt8] {
        let upper: [UInt32] = [
            0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
            0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
            0x153, 0x9D, 0x17E, 0x178,
        ]
        var result: [UInt8] = []
        result.reserveCapacity(raw.count + raw.count / 8)
        for byte in raw {
            if byte < 0x80 {
                result.append(byte)
            } else {
                append(byte < 0xA0 ? upper[Int(byte) - 0x80] : UInt32(byte), to: &result)
            }
        }
        return result
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: bytes.append(UInt8(scalar))
        case ..<0x800: bytes += [UInt8(0xC0 | scalar >> 6), continuation(0)]
        case ..<0x10000: bytes += [UInt8(0xE0 | scalar >> 12), continuation(6), continuation(0)]
        default: bytes += [UInt8(0xF0 | scalar >> 18 & 7), continuation(12), continuation(6), continuation(0)]
        }
    }
}
