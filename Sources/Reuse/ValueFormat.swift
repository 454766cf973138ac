import ReuseSyntax

/// Values as text, in the form in which a script would write them.
public struct ValueFormat: Sendable {
    /// Numbers in full and without magnitude letters, as CSV needs them.
    public var exact: Bool

    public init(exact: Bool = false) { self.exact = exact }

    /// The value with its unit: `45.3M phone/yr`, `8.81%/yr`, `[1, 2, 3] kg`.
    public func text(_ cell: Cell, unit: String) -> String {
        let unit = UnitForm(unit)
        switch cell {
        case .number(let value):
            return unit.attach(to: number(value, unit: unit))
        case .uncertain(let summary):
            let (median, low, high) = parts(of: summary, unit: unit)
            // In a range each number carries its `%`, and what follows the `%` stands once, behind the range.
            return unit.sign.isEmpty
                ? unit.attach(to: "\(median) (\(low) to \(high))")
                : "\(median)\(unit.sign) (\(low)\(unit.sign) to \(high)\(unit.sign))\(unit.rest)"
        case .quantity(let value, let own):
            return text(.number(value), unit: own)
        case .boolean(let value):
            return value ? "true" : "false"
        case .probability(let share):
            return Self.probability(share.value)
        case .text(let text):
            return Self.quoted(text)
        case .time(let time):
            return time
        case .uncertainTime(let spread):
            let (low, median, high) = (spread.p5 ?? "never", spread.median ?? "never", spread.p95 ?? "never")
            let share = spread.never.value > 0 ? ", never in \(Self.probability(spread.never.value))" : ""
            return "\(median) (\(low) to \(high)\(share))"
        case .list(let items):
            return withRoomToRecurse { list(items, unit) }
        case .record(let fields):
            return withRoomToRecurse { record(fields) }
        case .function(let signature):
            return signature
        case .bar(let from, let to):
            let ends = [from, to].map { number($0, unit: unit) + unit.sign }
            return unit.sign.isEmpty
                ? unit.attach(to: "\(ends[0]) to \(ends[1])") : "\(ends[0]) to \(ends[1])\(unit.rest)"
        case .absent:
            return "none"
        }
    }

    private func list(_ items: [Cell], _ unit: UnitForm) -> String {
        // A unit follows a whole list only where it is a name: `[1, 2] kg`, but `[1%, 2%]`.
        let whole = unit.joined && !unit.isEmpty && items.contains(where: Self.takesUnit)
        let texts = items.map { text($0, unit: whole ? "" : unit.written) }
        let list = "[" + texts.joined(separator: ", ") + "]"
        return whole ? unit.attach(to: list) : list
    }

    private func record(_ fields: [(name: String, unit: String, value: Cell)]) -> String {
        if fields.isEmpty { return "{ }" }
        let texts = fields.map { "\($0.name): \(text($0.value, unit: $0.unit))" }
        return "{ " + texts.joined(separator: ", ") + " }"
    }

    /// A number alone, without its unit. `magnitude` nil chooses one by size.
    package func number(
        _ value: Double, unit: UnitForm, digits: NumberFormat.Digits = .sensible,
        magnitude: NumberFormat.Magnitude? = nil
    ) -> String {
        if exact { return NumberFormat.exact(value) ?? NumberFormat.notANumber }
        return NumberFormat.text(value, digits: digits, magnitude: magnitude, letters: unit.allowsLetters)
    }

    /// Median and ends of the range, without units, under one magnitude where they are of like size.
    package func parts(
        of summary: Summary, unit: UnitForm, magnitude: NumberFormat.Magnitude? = nil
    ) -> (median: String, low: String, high: String) {
        let shared = magnitude ?? sharedMagnitude(of: summary, unit: unit)
        return (
            number(summary.median, unit: unit, magnitude: shared),
            number(summary.p5, unit: unit, magnitude: shared),
            number(summary.p95, unit: unit, magnitude: shared)
        )
    }

    /// The median's magnitude where all three lie within a factor of 1000, else nil: each its own.
    private func sharedMagnitude(of summary: Summary, unit: UnitForm) -> NumberFormat.Magnitude? {
        let values = [summary.p5, summary.median, summary.p95].map { $0.magnitude }.filter { $0 > 0 }
        guard let low = values.min(), let high = values.max(), high <= low * 1000 else { return nil }
        let leading = summary.median == 0 ? high : summary.median
        return NumberFormat.magnitude(of: leading, letters: unit.allowsLetters)
    }

    package static func probability(_ share: Double) -> String { NumberFormat.share(share) + "% of samples" }

    /// The text as a script would write it, escapes and all.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "{": result += "\\{"
            default:
                if mustEscape(scalar) {
                    result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    /// The text on one line: line ends and tabs become blanks, control characters their escapes.
    package static func onOneLine(_ text: String) -> String {
        var result = ""
        var blank = false
        for scalar in text.unicodeScalars {
            if scalar == " " || scalar == "\n" || scalar == "\r" || scalar == "\t" {
                blank = true
                continue
            }
            if blank && !result.isEmpty { result += " " }
            blank = false
            if mustEscape(scalar) {
                result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Characters that would move the cursor or turn the direction of the text around them.
    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\t" || VisibleText.isHidden(scalar)
    }

    private static func takesUnit(_ cell: Cell) -> Bool {
        switch cell {
        case .number, .uncertain: true
        case .list(let items): items.contains(where: takesUnit)
        case .quantity, .boolean, .probability, .text, .time, .uncertainTime, .record, .function, .bar, .absent: false
        }
    }
}

/// A unit taken apart for writing: `%/yr` is the sign `%`, which stands against the number, and the rest `/yr`.
package struct UnitForm {
    package let written: String
    package let sign: String
    package let rest: String

    package init(_ unit: String) {
        written = unit
        sign = unit.hasPrefix("%") ? "%" : ""
        rest = String(unit.dropFirst(sign.count))
    }

    package var isEmpty: Bool { written.isEmpty }
    /// A unit that begins with a name is written behind a blank and multiplies; `/yr` divides and stands close.
    package var joined: Bool { sign.isEmpty && !rest.hasPrefix("/") }
    /// A number ends in one letter or in `%`, never in both.
    package var allowsLetters: Bool { sign.isEmpty }

    package func attach(to number: String) -> String { isEmpty || !joined ? number + written : number + " " + written }
}
