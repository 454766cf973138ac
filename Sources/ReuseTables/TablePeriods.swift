/// A point in time as tables write it.
public struct TablePeriod: Sendable, Equatable, Hashable {
    public enum Length: Int32, Sendable { case year, quarter, month, day }
    public var year: Int32
    public var length: Length
    /// Of the year, counted from 1; for a day, the month.
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

    /// `2019`, `2019 [YR2019]`, `2019Q2`, `2019-Q2`, `2019-T2`, `Q2 2019`, `2019M07`, `2019-07`, `2019/07`, `201907`,
    /// `2019-07-31`, `2019/07/31`; nil for other texts.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) {
        var place = start
        func byte(_ offset: Int) -> UInt8 { place + offset < end ? bytes[place + offset] : 0 }
        func digits(_ count: Int) -> Int32? {
            guard place + count <= end else { return nil }
            var value: Int32 = 0
            for offset in 0..<count {
                let digit = bytes[place + offset]
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                value = value * 10 + Int32(digit - 0x30)
            }
            place += count
            return value
        }
        func isSeparator(_ byte: UInt8) -> Bool { byte == 0x2D || byte == 0x2F || byte == 0x20 }
        // `Q2 2019`, `Q2-2019`.
        if byte(0) | 0x20 == 0x71, byte(1) >= 0x31, byte(1) <= 0x34, isSeparator(byte(2)) {
            let quarter = Int32(byte(1) - 0x30)
            place += 3
            guard let year = digits(4), place == end else { return nil }
            self.init(year: year, length: .quarter, part: quarter)
            return
        }
        guard let year = digits(4) else { return nil }
        if place == end {
            self.init(year: year, length: .year)
            return
        }
        let isCompact = byte(0) >= 0x30 && byte(0) <= 0x39
        if isCompact {
            guard let month = digits(2), place == end, month >= 1, month <= 12 else { return nil }
            self.init(year: year, length: .month, part: month)
            return
        }
        // The World Bank's `2019 [YR2019]`.
        if end - place == 9, byte(0) == 0x20, byte(1) == 0x5B, byte(2) == 0x59, byte(3) == 0x52, byte(8) == 0x5D {
            place += 4
            guard digits(4) == year else { return nil }
            self.init(year: year, length: .year)
            return
        }
        if isSeparator(byte(0)), !(byte(1) >= 0x30 && byte(1) <= 0x39) { place += 1 }
        switch byte(0) {
        case 0x51, 0x71, 0x54, 0x74:
            place += 1
            guard let quarter = digits(1), place == end, quarter >= 1, quarter <= 4 else { return nil }
            self.init(year: year, length: .quarter, part: quarter)
        case 0x4D, 0x6D:
            place += 1
            guard let month = digits(end - place == 1 ? 1 : 2), place == end, month >= 1, month <= 12 else {
                return nil
            }
            self.init(year: year, length: .month, part: month)
        case 0x2D, 0x2F:
            let mark = byte(0)
            place += 1
            guard let month = digits(2), month >= 1, month <= 12 else { return nil }
            if place == end {
                self.init(year: year, length: .month, part: month)
                return
            }
            guard byte(0) == mark else { return nil }
            place += 1
            guard let day = digits(2), day >= 1, day <= Self.daysInMonth(month, year) else { return nil }
            // A time of midnight, which databases add.
            if place < end, !Self.isMidnight(bytes, place, end) { return nil }
            self.init(year: year, length: .day, part: month, day: day)
        default: return nil
        }
    }

    private static func isMidnight(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        bytes[start] == 0x20 || bytes[start] == 0x54
            ? bytes[(start + 1)..<end].allSatisfy { $0 == 0x30 || $0 == 0x3A || $0 == 0x5A || $0 == 0x2E } : false
    }

    init(year: Int32, length: Length, part: Int32 = 1, day: Int32 = 0) {
        self.year = year
        self.length = length
        self.part = part
        self.day = day
    }

    /// By where it begins, the longer first.
    public func isBefore(_ other: TablePeriod) -> Bool {
        func key(_ period: TablePeriod) -> (Int32, Int32, Int32, Int32) {
            let month = period.length == .quarter ? period.part * 3 - 2 : period.part
            return (period.year, month, max(period.day, 1), period.length.rawValue)
        }
        return key(self) < key(other)
    }

    /// Whether the two have a day in common.
    public func overlaps(_ other: TablePeriod) -> Bool {
        span.start < other.span.end && other.span.start < span.end
    }

    /// In days, with months of 31.
    private var span: (start: Int32, end: Int32) {
        let begin = year * 372
        switch length {
        case .year: return (begin, begin + 372)
        case .quarter: return (begin + (part - 1) * 93, begin + part * 93)
        case .month: return (begin + (part - 1) * 31, begin + part * 31)
        case .day: return (begin + (part - 1) * 31 + day - 1, begin + (part - 1) * 31 + day)
        }
    }

    /// As a script writes it; a day as its date.
    public var text: String {
        func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
        let number = String(year)
        let year = String(repeating: "0", count: max(0, 4 - number.utf8.count)) + number
        switch length {
        case .year: return year
        case .quarter: return "\(year)Q\(part)"
        case .month: return "\(year)M\(two(part))"
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
