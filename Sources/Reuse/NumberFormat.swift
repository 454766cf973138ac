/// How numbers are written for people, in a form that a script reads back, and exactly for programs.
public enum NumberFormat {
    /// The letter (or power of ten) that a number is scaled by.
    public enum Magnitude: Sendable, Equatable {
        case one, thousand, million, billion
        /// `1.52e15`.
        case scientific

        var letter: String {
            switch self {
            case .one, .scientific: ""
            case .thousand: "k"
            case .million: "M"
            case .billion: "B"
            }
        }

        /// The power of ten that a digit string is divided by.
        var exponent: Int {
            switch self {
            case .one, .scientific: 0
            case .thousand: 3
            case .million: 6
            case .billion: 9
            }
        }
    }

    /// How many digits a number that has no short form is rounded to.
    public enum Digits: Sendable {
        /// Three, or four where the first is a 1.
        case sensible
        /// Three: the ends of a range.
        case three
        /// All that are needed to read the number back to the bit.
        case all
    }

    /// Text for what is no number. Engines never pass it on, so it only has to be safe.
    static let notANumber = "not a number"

    /// `45.3M`, `0.25`, `1.52e15`: a value whose shortest decimal form has at most four significant digits, and a
    /// whole number of up to six, in full; any other rounded. `magnitude` nil chooses one by size; `letters` false keeps to plain digits (before `%`).
    public static func text(
        _ value: Double, digits: Digits = .sensible, magnitude: Magnitude? = nil, letters: Bool = true
    ) -> String {
        guard var decimal = Decimal(value) else { return notANumber }
        decimal.round(to: digits)
        return decimal.text(magnitude ?? decimal.magnitude(letters: letters))
    }

    /// The magnitude that `text` would choose for this value; nil for zero, which fits any.
    public static func magnitude(of value: Double, digits: Digits = .sensible, letters: Bool = true) -> Magnitude? {
        guard value != 0, var decimal = Decimal(value) else { return nil }
        decimal.round(to: digits)
        return decimal.magnitude(letters: letters)
    }

    /// The shortest decimal form that reads back to the same bits, valid in JSON and CSV: `45300000`, `1e-05`.
    /// nil for what is no number.
    public static func exact(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        guard value != 0 else { return "0" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The number of 15 significant digits that lies next. Decimals with so many survive a double; the 16th and 17th digit of
    /// a double are where its binary form shows.
    public static func rounded(_ value: Double) -> Double {
        guard var decimal = Decimal(value), decimal.digits.count > 15 else { return value }
        decimal.cut(to: 15)
        return decimal.value ?? value
    }

    /// A value in a unit of so many base units: the decimal of 15 digits, if a script that reads it with that unit gets the
    /// value, or its neighbour: conversions there and back leave no more than that open. Else the quotient.
    static func inUnit(_ value: Double, of scale: Double) -> Double {
        let quotient = value / scale
        guard scale != 1, quotient.isFinite else { return quotient }
        let short = rounded(quotient)
        return (short * scale - value).magnitude <= value.ulp ? short : quotient
    }

    /// A share of samples as a percentage. A share below one never prints as 100.
    public static func share(_ share: Double) -> String {
        guard var decimal = Decimal(share) else { return notANumber }
        decimal.exponent += 2
        decimal.round(to: .three)
        let text = decimal.text(decimal.magnitude(letters: false))
        return text == "100" && share < 1 ? ">99.9" : text
    }
}

/// A number as decimal digits: `0.d1 d2 d3... * 10^exponent`, no zero at either end. Zero has no digits.
private struct Decimal {
    var negative: Bool
    var digits: [UInt8]
    var exponent: Int

    /// The shortest decimal that reads back as `value`; nil for what is no number.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        negative = value < 0
        digits = []
        exponent = 0
        var seenPoint = false
        var power = 0
        var text = value.description.utf8.makeIterator()
        while let byte = text.next() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if digits.isEmpty && digit == 0 {
                    if seenPoint { exponent -= 1 }
                } else {
                    digits.append(digit)
                    if !seenPoint { exponent += 1 }
                }
            case UInt8(ascii: "."):
                seenPoint = true
            case UInt8(ascii: "e"):
                var negativePower = false
                while let next = text.next() {
                    if next == UInt8(ascii: "-") {
                        negativePower = true
                    } else if next != UInt8(ascii: "+") {
                        power = power * 10 + Int(next &- UInt8(ascii: "0"))
                    }
                }
                if negativePower { power = -power }
            default:
                break
            }
        }
        exponent += power
        trim()
    }

    /// A short number stays whole: four digits, or a whole number of up to six. Conversions between units leave noise in
    /// the last digits, which is taken off first, so that 282.6M does not print as 283M.
    mutating func round(to rule: NumberFormat.Digits) {
        let count: Int
        switch rule {
        case .all: return
        case .three: count = 3
        case .sensible: count = digits.first == 1 ? 4 : 3
        }
        if digits.count > 14 {
            var clean = self
            clean.cut(to: 14)
            if clean.digits.count <= 6 { self = clean }
        }
        if digits.count <= 4 || (digits.count <= exponent && exponent <= 6) { return }
        cut(to: count)
    }

    /// Rounds to so many digits, halves up; there are more.
    mutating func cut(to count: Int) {
        let up = digits[count] >= 5
        digits.removeLast(digits.count - count)
        if up {
            var place = count - 1
            while place >= 0 && digits[place] == 9 { place -= 1 }
            if place >= 0 {
                digits[place] += 1
                digits.removeLast(count - 1 - place)
            } else {
                digits = [1]
                exponent += 1
            }
        }
        trim()
    }

    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty {
            negative = false
            exponent = 0
        }
    }

    /// Nil for what is larger than any number.
    var value: Double? {
        let text = (negative ? "-" : "") + "0." + digits.map { String($0) }.joined() + "e" + String(exponent)
        return Double(text)
    }

    /// The number lies in `10^(exponent - 1) ..< 10^exponent`.
    func magnitude(letters: Bool) -> NumberFormat.Magnitude {
        if digits.isEmpty { return .one }
        if exponent < -3 || exponent > 12 { return .scientific }
        guard letters, exponent > 4 else { return .one }
        return exponent > 9 ? .billion : exponent > 6 ? .million : .thousand
    }

    func text(_ magnitude: NumberFormat.Magnitude) -> String {
        guard !digits.isEmpty else { return "0" }
        let sign = negative ? "-" : ""
        if magnitude == .scientific {
            return sign + plain(exponent: 1) + "e" + String(exponent - 1)
        }
        return sign + plain(exponent: exponent - magnitude.exponent) + magnitude.letter
    }

    private func plain(exponent: Int) -> String {
        var text: [UInt8] = []
        if exponent <= 0 {
            text += [UInt8(ascii: "0"), UInt8(ascii: ".")]
            text += [UInt8](repeating: UInt8(ascii: "0"), count: -exponent)
        }
        for (place, digit) in digits.enumerated() {
            if place == exponent && place > 0 { text.append(UInt8(ascii: ".")) }
            text.append(UInt8(ascii: "0") + digit)
        }
        if exponent > digits.count {
            text += [UInt8](repeating: UInt8(ascii: "0"), count: exponent - digits.count)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
