/// A text of a table that names a time.
struct PeriodText {
    /// What a text is by itself.
    enum Form: Equatable {
        case period(TablePeriod)
        /// `2008-09`, `200809`: a month, or two years.
        case pair(year: Int32, second: Int32)
        /// `2008-2009`: the year that begins in the one and ends in the other.
        case yearPair(Int32)
        /// `03/04/2021`, or `03/04/21`, which is `isShort`.
        case numericDate(Int32, Int32, Int32, isShort: Bool)
        /// `03/21`.
        case twoNumbers(Int32, Int32)
    }

    /// Nil for a text that names no time. A remark behind it (`2022p`, `2022 (est.)`, `2023*`) is passed over.
    static func form(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Form? {
        guard end > start, end - start <= 64 else { return nil }
        var end = end
        var left = 3
        while true {
            if let form = PeriodText(bytes, start, end)?.form { return form }
            guard left > 0, let before = beforeRemark(bytes, start, end) else { return nil }
            end = before
            left -= 1
        }
    }

    static func day(_ year: Int32, _ month: Int32, _ day: Int32) -> TablePeriod? {
        guard month >= 1, month <= 12, day >= 1, day <= TablePeriod.daysInMonth(month, year) else { return nil }
        return TablePeriod(year: year, length: .day, part: month, day: day)
    }

    /// The year of two digits. 30 to 68 are a hundred years apart between programs (Excel's lie before 2000, those of POSIX
    /// after), and nil.
    static func fullYear(_ short: Int32) -> Int32? {
        if short > 68 { return 1900 + short }
        return short < 30 ? 2000 + short : nil
    }

    /// A month by its English name, in lower case.
    static func month(_ name: ArraySlice<UInt8>) -> Int32? {
        for (number, month) in months.enumerated() {
            let full = month.utf8
            if name.elementsEqual(full) || name.elementsEqual(full.prefix(3)) { return Int32(number) + 1 }
        }
        return name.elementsEqual("sept".utf8) ? 9 : nil
    }

    static func monthName(_ month: Int32) -> String {
        guard month >= 1, month <= 12 else { return "" }
        let name = months[Int(month) - 1].utf8
        return String(decoding: [name[name.startIndex] & 0xDF] + name.dropFirst(), as: UTF8.self)
    }

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    // MARK: Pieces

    private enum Piece: Equatable {
        case number(Int32, digits: Int)
        case month(Int32)
        /// A letter or word that stands for a length: `q`, `m`, `h`, `w`, `yr`, in lower case.
        case letter(UInt8)
        case yearMark
        /// 年 and its like in other scripts.
        case year, monthSign, daySign, ordinal, quarter, firstHalf, secondHalf
        case mark(UInt8)
    }

    private var pieces: [Piece] = []
    private var hasMidnight = false

    private init?(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ last: Int) {
        var end = last
        if let date = Self.beforeMidnight(bytes, start, end) {
            hasMidnight = true
            end = date
        }
        var place = start
        while place < end {
            guard pieces.count < 12 else { return nil }
            let byte = bytes[place]
            switch byte {
            case 0x30...0x39:
                var value: Int32 = 0
                let first = place
                while place < end, bytes[place] >= 0x30, bytes[place] <= 0x39 {
                    guard place - first < 8 else { return nil }
                    value = value * 10 + Int32(bytes[place] - 0x30)
                    place += 1
                }
                pieces.append(.number(value, digits: place - first))
            case 0x41...0x5A, 0x61...0x7A:
                var word: [UInt8] = []
                while place < end, bytes[place] | 0x20 >= 0x61, bytes[place] | 0x20 <= 0x7A {
                    word.append(bytes[place] | 0x20)
                    place += 1
                }
                if word.count == 1 {
                    pieces.append(.letter(word[0]))
                } else if word.elementsEqual("yr".utf8) {
                    pieces.append(.yearMark)
                } else if let month = Self.month(word[...]) {
                    pieces.append(.month(month))
                    if place < end, bytes[place] == 0x2E { place += 1 }
                } else {
                    return nil
                }
            case 0x20, 0x09: place += 1
            case 0xC2 where place + 1 < end && bytes[place + 1] == 0xA0: place += 2
            case 0x2D, 0x2F, 0x2E, 0x2C, 0x27, 0x5B, 0x5D:
                pieces.append(.mark(byte))
                place += 1
            default:
                guard let (piece, length) = Self.sign(bytes, place, end) else { return nil }
                pieces.append(piece)
                place += length
            }
        }
    }

    /// Signs of East Asian scripts, and dashes that are no hyphens.
    private static func sign(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ end: Int
    ) -> (piece: Piece, length: Int)? {
        func scalar(_ offset: Int) -> UInt32 {
            let first = place + offset
            guard first + 2 < end, bytes[first] & 0xF0 == 0xE0 else { return 0 }
            return UInt32(bytes[first] & 0xF) << 12 | UInt32(bytes[first + 1] & 0x3F) << 6
                | UInt32(bytes[first + 2] & 0x3F)
        }
        switch scalar(0) {
        // En dash, figure dash, apostrophe.
        case 0x2013, 0x2012: return (.mark(0x2D), 3)
        case 0x2019: return (.mark(0x27), 3)
        // 年 and 년; 月 and 월; 日 and 일.
        case 0x5E74, 0xB144: return (.year, 3)
        case 0x6708, 0xC6D4: return (.monthSign, 3)
        case 0x65E5, 0xC77C: return (.daySign, 3)
        case 0x7B2C: return (.ordinal, 3)
        // 一二三四 as the numbers of quarters.
        case 0x4E00: return (.number(1, digits: 1), 3)
        case 0x4E8C: return (.number(2, digits: 1), 3)
        case 0x4E09: return (.number(3, digits: 1), 3)
        case 0x56DB: return scalar(3) == 0x534A && scalar(6) == 0x671F ? (.quarter, 9) : (.number(4, digits: 1), 3)
        // 季度 and 季; 분기.
        case 0x5B63: return (.quarter, scalar(3) == 0x5EA6 ? 6 : 3)
        case 0xBD84: return scalar(3) == 0xAE30 ? (.quarter, 6) : nil
        // 上半年 and 下半年.
        case 0x4E0A: return scalar(3) == 0x534A && scalar(6) == 0x5E74 ? (.firstHalf, 9) : nil
        case 0x4E0B: return scalar(3) == 0x534A && scalar(6) == 0x5E74 ? (.secondHalf, 9) : nil
        default: return nil
        }
    }

    /// Where the date ends behind which a text has the time of midnight, as databases and spreadsheets add it.
    private static func beforeMidnight(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard let colon = (start..<end).first(where: { bytes[$0] == 0x3A }) else { return nil }
        var first = colon
        while first > start, bytes[first - 1] == 0x30 { first -= 1 }
        guard first < colon, first > start, bytes[first - 1] == 0x20 || bytes[first - 1] == 0x54 else { return nil }
        let isMidnight = bytes[colon..<end].allSatisfy { [0x30, 0x3A, 0x5A, 0x2E, 0x2B].contains($0) }
        return isMidnight ? first - 1 : nil
    }

    // MARK: Forms

    private var form: Form? {
        let form = plainForm
        if !hasMidnight { return form }
        switch form {
        case .period(let period): return period.length == .day ? form : nil
        case .numericDate: return form
        default: return nil
        }
    }

    private func number(_ place: Int, digits: ClosedRange<Int>) -> Int32? {
        guard place < pieces.count, case .number(let value, let count) = pieces[place], digits.contains(count) else {
            return nil
        }
        return value
    }

    private func mark(_ place: Int) -> UInt8? {
        guard place < pieces.count, case .mark(let byte) = pieces[place] else { return nil }
        return byte
    }

    private var plainForm: Form? {
        guard let first = pieces.first else { return nil }
        switch first {
        case .number(let value, let digits):
            if digits == 4 { return yearFirst(value) }
            if digits == 6 || digits == 8 { return compact(value, digits) }
            return digits <= 2 ? smallFirst(value) : nil
        case .month(let month): return monthFirst(month)
        case .letter(let letter): return letterFirst(letter)
        case .yearMark, .year, .monthSign, .daySign, .ordinal, .quarter, .firstHalf, .secondHalf, .mark: return nil
        }
    }

    /// Without what stands at its beginning, where a mark may stand.
    private func afterMark(_ place: Int) -> Int {
        guard let mark = mark(place), mark == 0x2D || mark == 0x2F || mark == 0x27 || mark == 0x2C else { return place }
        return place + 1
    }

    private func part(_ letter: UInt8, _ number: Int32, of year: Int32) -> Form? {
        func period(_ length: TablePeriod.Length, upTo count: Int32) -> Form? {
            number >= 1 && number <= count ? .period(TablePeriod(year: year, length: length, part: number)) : nil
        }
        switch letter {
        case 0x71, 0x74: return period(.quarter, upTo: 4)
        case 0x6D: return period(.month, upTo: 12)
        case 0x68, 0x73: return period(.half, upTo: 2)
        case 0x77: return year > 0 ? period(.week, upTo: TablePeriod.weeks(in: year)) : nil
        default: return nil
        }
    }

    /// `201907` and `20190731`, and with the `.0` that a table of floating point has.
    private func compact(_ value: Int32, _ digits: Int) -> Form? {
        guard pieces.count == 1 || isWhole else { return nil }
        if digits == 8 { return Self.day(value / 10_000, value / 100 % 100, value % 100).map { .period($0) } }
        return .pair(year: value / 100, second: value % 100)
    }

    /// A number and `.0`.
    private var isWhole: Bool {
        guard pieces.count == 3, mark(1) == 0x2E || mark(1) == 0x2C, number(2, digits: 1...8) == 0 else { return false }
        return true
    }

    private func yearFirst(_ year: Int32) -> Form? {
        if pieces.count == 1 || isWhole { return .period(TablePeriod(year: year, length: .year)) }
        if case .year = pieces[1] { return behindYearSign(year) }
        // `2019 [YR2019]`
        if pieces.count == 5, mark(1) == 0x5B, pieces[2] == .yearMark, number(3, digits: 4...4) == year, mark(4) == 0x5D
        {
            return .period(TablePeriod(year: year, length: .year))
        }
        let next = afterMark(1)
        guard next < pieces.count else { return nil }
        switch pieces[next] {
        case .letter(let letter):
            let most = letter == 0x6D || letter == 0x77 ? 2 : 1
            guard pieces.count == next + 2, let number = number(next + 1, digits: 1...most) else { return nil }
            return part(letter, number, of: year)
        case .month(let month):
            if pieces.count == next + 1 { return .period(TablePeriod(year: year, length: .month, part: month)) }
            let place = afterMark(next + 1)
            guard pieces.count == place + 1, let day = number(place, digits: 1...2) else { return nil }
            return Self.day(year, month, day).map { .period($0) }
        case .number(let second, let digits):
            guard next == 2, let mark = mark(1), mark == 0x2D || mark == 0x2F else {
                return dotted(year)
            }
            if pieces.count == 3 {
                if digits <= 2 { return .pair(year: year, second: second) }
                return digits == 4 && second == year + 1 ? .yearPair(year) : nil
            }
            guard digits <= 2, pieces.count == 5, self.mark(3) == mark, let day = number(4, digits: 1...2) else {
                return nil
            }
            return Self.day(year, second, day).map { .period($0) }
        default: return dotted(year)
        }
    }

    /// `2021.03.04`; `2021.03` may be a month or a number.
    private func dotted(_ year: Int32) -> Form? {
        guard pieces.count == 5, mark(1) == 0x2E, mark(3) == 0x2E, let month = number(2, digits: 1...2),
            let day = number(4, digits: 1...2)
        else { return nil }
        return Self.day(year, month, day).map { .period($0) }
    }

    /// `2022年`, `2022年3月`, `2022年第1季度`, `2022年上半年`.
    private func behindYearSign(_ year: Int32) -> Form? {
        func period(_ length: TablePeriod.Length, _ part: Int32) -> Form {
            .period(TablePeriod(year: year, length: length, part: part))
        }
        if pieces.count == 2 { return period(.year, 1) }
        if pieces.count == 3, pieces[2] == .firstHalf { return period(.half, 1) }
        if pieces.count == 3, pieces[2] == .secondHalf { return period(.half, 2) }
        if pieces.count == 4, case .letter(0x71) = pieces[2], let number = number(3, digits: 1...1) {
            return part(0x71, number, of: year)
        }
        let place = pieces[2] == .ordinal ? 3 : 2
        guard let number = number(place, digits: 1...2), place + 1 < pieces.count else { return nil }
        switch pieces[place + 1] {
        case .quarter where pieces.count == place + 2: return part(0x71, number, of: year)
        case .monthSign where place == 2:
            if pieces.count == 4 { return part(0x6D, number, of: year) }
            guard pieces.count == 6, pieces[5] == .daySign, let day = self.number(4, digits: 1...2) else { return nil }
            return Self.day(year, number, day).map { .period($0) }
        default: return nil
        }
    }

    /// A year of four digits at a place, or of two; at the end.
    private func lastYear(_ place: Int) -> Int32? {
        guard place == pieces.count - 1 else { return nil }
        if let year = number(place, digits: 4...4) { return year }
        return number(place, digits: 2...2).flatMap { Self.fullYear($0) }
    }

    /// `Jan-23`, `January 2023`, `January 15, 2023`.
    private func monthFirst(_ month: Int32) -> Form? {
        let next = afterMark(1)
        if let year = lastYear(next) { return .period(TablePeriod(year: year, length: .month, part: month)) }
        guard let day = number(next, digits: 1...2), let year = number(afterMark(next + 1), digits: 4...4),
            pieces.count == afterMark(next + 1) + 1
        else { return nil }
        return Self.day(year, month, day).map { .period($0) }
    }

    /// `Q2 2019`, `H1-2021`, `Q3'19`.
    private func letterFirst(_ letter: UInt8) -> Form? {
        guard letter != 0x6D, let number = number(1, digits: 1...(letter == 0x77 ? 2 : 1)),
            let year = lastYear(afterMark(2))
        else { return nil }
        return part(letter, number, of: year)
    }

    private func smallFirst(_ first: Int32) -> Form? {
        guard pieces.count > 1 else { return nil }
        switch pieces[1] {
        // `1Q19`, `2H 2021`
        case .letter(let letter):
            guard letter == 0x71 || letter == 0x68, let year = lastYear(afterMark(2)) else { return nil }
            return part(letter, first, of: year)
        // `15 January 2023`
        case .month(let month): return dayBefore(first, month, 2)
        case .mark(let mark):
            if pieces.count > 2, case .month(let month) = pieces[2] { return dayBefore(first, month, 3) }
            // `15. January 2023`
            guard mark == 0x2D || mark == 0x2F || mark == 0x2E else { return nil }
            if pieces.count == 3 {
                if let year = number(2, digits: 4...4) {
                    return first >= 1 && first <= 12
                        ? .period(TablePeriod(year: year, length: .month, part: first)) : nil
                }
                return mark == 0x2E ? nil : number(2, digits: 2...2).map { .twoNumbers(first, $0) }
            }
            guard pieces.count == 5, self.mark(3) == mark, let second = number(2, digits: 1...2) else { return nil }
            if let year = number(4, digits: 4...4) {
                // Where points part them, the day comes first.
                if mark == 0x2E { return Self.day(year, second, first).map { .period($0) } }
                let isDate = Self.day(year, second, first) != nil || Self.day(year, first, second) != nil
                return isDate ? .numericDate(first, second, year, isShort: false) : nil
            }
            return number(4, digits: 1...2).map { .numericDate(first, second, $0, isShort: true) }
        default: return nil
        }
    }

    private func dayBefore(_ day: Int32, _ month: Int32, _ place: Int) -> Form? {
        guard let year = lastYear(afterMark(place)) else { return nil }
        return Self.day(year, month, day).map { .period($0) }
    }

    // MARK: Remarks

    /// Where a text ends without the remark at its end: a mark of a footnote, or a word of how sure a figure is. Nil where
    /// there is none. What else may stand there (`growth`, `Q1 only`, `YTD`) changes what the figures are.
    private static func beforeRemark(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var rest = end
        func trimmed(_ place: Int) -> Int? {
            var (from, to) = (start, place)
            Decimals.trim(bytes, &from, &to)
            while to > from, bytes[to - 1] == 0x2C { to -= 1 }
            return to > from ? to : nil
        }
        switch bytes[rest - 1] {
        case 0x2A, 0x23: return trimmed(rest - 1)
        case 0x29, 0x5D:
            let open: UInt8 = bytes[rest - 1] == 0x29 ? 0x28 : 0x5B
            var place = rest - 2
            while place > start, bytes[place] != open { place -= 1 }
            if place > start {
                var (from, to) = (place + 1, rest - 1)
                Decimals.trim(bytes, &from, &to)
                let isNumber = to - from <= 2 && to > from && bytes[from..<to].allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                return isNumber || isRemark(bytes[from..<to]) ? trimmed(place) : nil
            }
            // `2022 1)`, `2022a)`
            rest -= 1
            var digit = rest
            while digit > start, bytes[digit - 1] >= 0x30, bytes[digit - 1] <= 0x39 { digit -= 1 }
            if digit < rest {
                return digit > start && rest - digit <= 2 && bytes[digit - 1] == 0x20 ? trimmed(digit) : nil
            }
            return rest > start && bytes[rest - 1] | 0x20 >= 0x61 && bytes[rest - 1] | 0x20 <= 0x7A
                ? trimmed(rest - 1) : nil
        default: break
        }
        // †, ‡, and raised numbers.
        if rest - start > 3, bytes[rest - 3] == 0xE2 {
            let (b, c) = (bytes[rest - 2], bytes[rest - 1])
            if b == 0x80 && (c == 0xA0 || c == 0xA1) || b == 0x81 && (c == 0xB0 || c >= 0xB4 && c <= 0xB9) {
                return trimmed(rest - 3)
            }
        }
        if rest - start > 2, bytes[rest - 2] == 0xC2, [0xB9, 0xB2, 0xB3].contains(bytes[rest - 1]) {
            return trimmed(rest - 2)
        }
        var word = rest
        while word > start, bytes[word - 1] == 0x2E || bytes[word - 1] | 0x20 >= 0x61 && bytes[word - 1] | 0x20 <= 0x7A
        {
            word -= 1
        }
        return word < rest && isRemark(bytes[word..<rest]) ? trimmed(word) : nil
    }

    private static func isRemark(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        var word = text.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        if word.last == 0x2E { word.removeLast() }
        return remarks.contains { word.elementsEqual($0.utf8) }
    }

    /// Of figures that are provisional, estimated, forecast, revised, budgeted or final, or that break with those before.
    private static let remarks = [
        "a", "b", "e", "f", "p", "r", "actual", "actuals", "budget", "est", "estimate", "estimated", "estimates",
        "final",
        "forecast", "forecasts", "prel", "prelim", "preliminary", "proj", "projected", "projection", "prov",
        "provisional",
        "rev", "revised",
    ]
}
