/// Numbers as statistics offices write them.
struct Decimals {
    enum Reading { case value(Double), missing, bad }

    /// What the cells of a column say of its decimal mark: where one was met that can be read in one way alone, or -1.
    struct Evidence {
        var point: TableSpan?
        var comma: TableSpan?
        /// A cell like `1,234` or `1.234`, which is two numbers.
        var open: TableSpan?
        /// A cell with a percent sign.
        var percent: TableSpan?
        /// A number other than 0 without one.
        var plain: TableSpan?
    }

    /// Length of the mark between groups of three digits at a place: a space of some kind or an apostrophe; 0 for others.
    @inline(__always)
    private static func space(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ end: Int) -> Int {
        switch bytes[place] {
        case 0x20, 0x27: return 1
        case 0xC2: return place + 1 < end && bytes[place + 1] == 0xA0 ? 2 : 0
        case 0xE2:
            // Narrow no-break space, thin space, apostrophe.
            guard place + 2 < end, bytes[place + 1] == 0x80 else { return 0 }
            return [0xAF, 0x89, 0x99].contains(bytes[place + 2]) ? 3 : 0
        default: return 0
        }
    }

    static func trim(_ bytes: UnsafeBufferPointer<UInt8>, _ start: inout Int, _ end: inout Int) {
        while start < end {
            if bytes[start] == 0x20 || bytes[start] == 0x09 {
                start += 1
            } else if start + 1 < end, bytes[start] == 0xC2, bytes[start + 1] == 0xA0 {
                start += 2
            } else {
                break
            }
        }
        while start < end {
            if bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 {
                end -= 1
            } else if end - start >= 2, bytes[end - 1] == 0xA0, bytes[end - 2] == 0xC2 {
                end -= 2
            } else {
                break
            }
        }
    }

    /// Empty, `:`, `-`, `.`, `..`, `...`, `NA`, `n/a`, `NaN`, `NULL`, `None`, `#N/A` and their like.
    static func isMissing(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let count = end - start
        guard count > 0 else { return true }
        let first = bytes[start]
        if first >= 0x30, first <= 0x39 { return false }
        if first == 0x3A {
            // Eurostat's missing cell may carry a flag.
            return count == 1 || bytes[(start + 1)..<end].allSatisfy { $0 == 0x20 || isFlag($0) }
        }
        if count == 1 { return first == 0x2D || first == 0x2E }
        if bytes[start..<end].allSatisfy({ $0 == 0x2E }) { return count <= 3 }
        func lower(_ offset: Int) -> UInt8 { bytes[start + offset] | 0x20 }
        // Of R, pandas, SQL and spreadsheets.
        func isWord(_ word: StaticString) -> Bool {
            count == word.utf8CodeUnitCount
                && word.withUTF8Buffer { own in own.indices.allSatisfy { own[$0] | 0x20 == bytes[start + $0] | 0x20 } }
        }
        if isWord("nan") || isWord("null") || isWord("none") || isWord("#n/a") || isWord("<na>") { return true }
        if count == 2 { return lower(0) == 0x6E && lower(1) == 0x61 }
        if count == 3, lower(0) == 0x6E, bytes[start + 1] == 0x2F, lower(2) == 0x61 { return true }
        // En dash, em dash, ellipsis, minus.
        if count == 3, first == 0xE2 {
            let (b, c) = (bytes[start + 1], bytes[start + 2])
            return b == 0x80 && (c == 0x93 || c == 0x94 || c == 0xA6) || b == 0x88 && c == 0x92
        }
        return count == 4 && lower(0) == 0x6E && bytes[start + 1] == 0x2E && lower(2) == 0x61
            && bytes[start + 3] == 0x2E
    }

    /// Flags of Eurostat: break, confidential, differs, estimated, forecast, and so on. None is a unit.
    @inline(__always)
    private static func isFlag(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x62...0x66, 0x69, 0x6E, 0x70, 0x72, 0x73, 0x75, 0x7A: true
        default: false
        }
    }

    /// What a cell says of percent signs in its column. A 0 is the same with and without.
    static func notePercent(_ bytes: UnsafeBufferPointer<UInt8>, _ cell: TableCell, _ evidence: inout Evidence) {
        if evidence.percent != nil, evidence.plain != nil { return }
        var (start, end) = (Int(cell.start), Int(cell.end))
        trim(bytes, &start, &end)
        guard start < end else { return }
        if bytes[end - 1] == 0x25 {
            if evidence.percent == nil { evidence.percent = TableSpan(start: start, end: end) }
            return
        }
        guard evidence.plain == nil, !isMissing(bytes, start, end) else { return }
        if bytes[start..<end].contains(where: { $0 >= 0x31 && $0 <= 0x39 }) {
            evidence.plain = TableSpan(start: start, end: end)
        }
    }

    /// What a cell says of the decimal mark of its column.
    static func look(
        _ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int, _ evidence: inout Evidence
    ) {
        var (start, end) = (from, to)
        trim(bytes, &start, &end)
        var points = 0
        var commas = 0
        var firstMark = -1
        var lastMark = -1
        var hasSpace = false
        var digitsBefore = 0
        var digitsAfter = 0
        var firstDigit: UInt8 = 0
        var place = start
        scanning: while place < end {
            let byte = bytes[place]
            switch byte {
            case 0x30...0x39:
                if lastMark < 0 {
                    if digitsBefore == 0 { firstDigit = byte }
                    digitsBefore += 1
                } else {
                    digitsAfter += 1
                }
            case 0x2E, 0x2C:
                if byte == 0x2E { points += 1 } else { commas += 1 }
                if firstMark < 0 { firstMark = place }
                lastMark = place
                digitsAfter = 0
            case 0x2B, 0x2D: break
            default:
                let length = space(bytes, place, end)
                if length == 0 { break scanning }
                if digitsBefore > 0, place + length < end, bytes[place + length] >= 0x30,
                    bytes[place + length] <= 0x39
                {
                    hasSpace = true
                }
                place += length - 1
            }
            place += 1
        }
        guard lastMark >= 0, digitsBefore + digitsAfter > 0, !isMissing(bytes, start, end) else { return }
        let span = TableSpan(start: start, end: end)
        let isPoint: Bool
        if points > 0 && commas > 0 {
            isPoint = bytes[lastMark] == 0x2E
        } else if points + commas > 1 {
            isPoint = commas > 1
        } else if digitsAfter != 3 || digitsBefore == 0 || digitsBefore > 3 || firstDigit == 0x30 || hasSpace {
            isPoint = points == 1
        } else {
            if evidence.open == nil { evidence.open = span }
            return
        }
        if isPoint {
            if evidence.point == nil { evidence.point = span }
        } else if evidence.comma == nil {
            evidence.comma = span
        }
    }

    /// The number in a cell, by the decimal mark of its column.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int, _ to: Int, decimal: UInt8) -> Reading {
        var (start, end) = (from, to)
        trim(bytes, &start, &end)
        if isMissing(bytes, start, end) { return .missing }
        let grouping: UInt8 = decimal == 0x2E ? 0x2C : 0x2E
        var place = start
        var isNegative = false
        if bytes[place] == 0x2D || bytes[place] == 0x2B {
            isNegative = bytes[place] == 0x2D
            place += 1
        } else if end - place > 3, bytes[place] == 0xE2, bytes[place + 1] == 0x88, bytes[place + 2] == 0x92 {
            isNegative = true
            place += 3
        }
        var digits: [UInt8]?
        var mantissa: UInt64 = 0
        var significant = 0
        var exponent = 0
        var count = 0
        // A digit behind what a word holds is kept as text, to be rounded correctly.
        func take(_ digit: UInt8, isFraction: Bool) {
            count += 1
            if isFraction { exponent -= 1 }
            if significant > 0 || digit != 0x30 { significant += 1 }
            if significant <= 18 {
                mantissa = mantissa * 10 + UInt64(digit - 0x30)
            } else {
                if digits == nil { digits = Array(String(mantissa).utf8) }
                digits?.append(digit)
            }
        }
        var group = 0
        var isGrouped = false
        while place < end {
            let byte = bytes[place]
            if byte >= 0x30, byte <= 0x39 {
                take(byte, isFraction: false)
                group += 1
                place += 1
                continue
            }
            let length = byte == grouping ? 1 : space(bytes, place, end)
            guard length > 0, place + length < end, bytes[place + length] >= 0x30, bytes[place + length] <= 0x39 else {
                break
            }
            guard isGrouped ? group == 3 : group >= 1 && group <= 3 else { return .bad }
            isGrouped = true
            group = 0
            place += length
        }
        if isGrouped, group != 3 { return .bad }
        if place < end, bytes[place] == decimal {
            place += 1
            while place < end, bytes[place] >= 0x30, bytes[place] <= 0x39 {
                take(bytes[place], isFraction: true)
                place += 1
            }
        }
        guard count > 0 else { return .bad }
        if place + 1 < end, bytes[place] | 0x20 == 0x65 {
            var next = place + 1
            let isDown = bytes[next] == 0x2D
            if bytes[next] == 0x2D || bytes[next] == 0x2B { next += 1 }
            if next < end, bytes[next] >= 0x30, bytes[next] <= 0x39 {
                var power = 0
                while next < end, bytes[next] >= 0x30, bytes[next] <= 0x39 {
                    power = min(power * 10 + Int(bytes[next] - 0x30), 100_000)
                    next += 1
                }
                exponent += isDown ? -power : power
                place = next
            }
        }
        if place < end {
            guard let isPercent = isPercent(bytes, place, end) else { return .bad }
            if isPercent { exponent -= 2 }
        }
        let value = double(mantissa, digits, significant, exponent)
        guard value.isFinite else { return .bad }
        return .value(isNegative ? -value : value)
    }

    /// Whether a percent sign stands behind a number, or flags; nil for anything else.
    private static func isPercent(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Bool? {
        var place = start
        while place < end {
            let length = space(bytes, place, end)
            if length == 0 || bytes[place] == 0x27 { break }
            place += length
        }
        if place < end, bytes[place] == 0x25 {
            var (rest, last) = (place + 1, end)
            trim(bytes, &rest, &last)
            return rest == last ? true : nil
        }
        // A flag stands apart: `5k` and `5 t` are a number and a unit.
        guard place > start, end - place <= 3, bytes[place..<end].allSatisfy({ isFlag($0) }) else { return nil }
        return false
    }

    private static func double(_ mantissa: UInt64, _ digits: [UInt8]?, _ significant: Int, _ exponent: Int) -> Double {
        if digits == nil, mantissa < 1 << 53, exponent >= -22, exponent <= 22 {
            // Both are exact, so one operation rounds correctly.
            let power = powers[abs(exponent)]
            return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
        }
        let text = digits.map { String(decoding: $0, as: UTF8.self) } ?? String(mantissa)
        return Double(text + "e" + String(exponent)) ?? .infinity
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

/// What a script says stands for a missing figure. A number is meant however it is written: `-999` is `-999.0`.
struct MissingTexts {
    private var texts: [[UInt8]] = []
    private var numbers: [Double] = []

    init(_ texts: [String]) {
        self.texts = texts.map { Array($0.utf8) }
        numbers = self.texts.compactMap { text in
            text.withUnsafeBufferPointer { bytes in Self.number(bytes, 0, bytes.count) }
        }
    }

    var isEmpty: Bool { texts.isEmpty }

    func contain(_ cell: TableCell, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(bytes, &start, &end)
        if texts.contains(where: { $0.elementsEqual(bytes[start..<end]) }) { return true }
        guard !numbers.isEmpty, end > start, let value = Self.number(bytes, start, end) else { return false }
        return numbers.contains(value)
    }

    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Double? {
        guard case .value(let value) = Decimals.read(bytes, start, end, decimal: 0x2E) else { return nil }
        return value
    }
}
