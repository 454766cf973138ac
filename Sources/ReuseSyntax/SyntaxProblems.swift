/// The problems of one text, as they are found. At most `Limits.textProblems` are kept; the rest are counted.
struct ProblemList: Sendable {
    let source: SourceID
    private var diagnostics: [Diagnostic] = []
    private(set) var count = 0

    init(source: SourceID) { self.source = source }

    mutating func add(_ make: (SourceID) -> Diagnostic) {
        count += 1
        if diagnostics.count < Limits.textProblems { diagnostics.append(make(source)) }
    }

    mutating func countOne() { count += 1 }

    /// Whether further problems are only counted.
    var isFull: Bool { diagnostics.count >= Limits.textProblems }

    /// Whether a problem starts in a part of the text.
    func hasProblem(from start: UInt32, to end: UInt32) -> Bool {
        diagnostics.contains { diagnostic in
            guard let span = diagnostic.primary?.location.span else { return false }
            return span.start >= start && span.start <= end
        }
    }

    /// All of them by place, and a last one where there were more.
    func inOrder() -> [Diagnostic] {
        // Sorting by place and number keeps those of one place in the order in which they were found.
        let order = diagnostics.indices.sorted { first, second in
            let a = diagnostics[first].primary?.location.span.start ?? 0
            let b = diagnostics[second].primary?.location.span.start ?? 0
            return a == b ? first < second : a < b
        }
        var sorted = order.map { diagnostics[$0] }
        if count > diagnostics.count {
            sorted.append(
                Diagnostic(.unexpectedToken, "\(count - diagnostics.count) more errors are not shown", at: nil))
        }
        return sorted
    }
}

/// One function a kind of problem: its message, its labels and its help. The long story of each is below them.
enum SyntaxProblems {
    static func label(_ source: SourceID, _ start: UInt32, _ end: UInt32, _ text: String = "") -> Diagnostic.Label {
        Diagnostic.Label(Location(source, Span(start: start, end: end)), text)
    }

    private static func label(_ source: SourceID, _ start: Int, _ end: Int, _ text: String = "") -> Diagnostic.Label {
        label(source, UInt32(truncatingIfNeeded: start), UInt32(truncatingIfNeeded: end), text)
    }

    static func invalidUTF8(_ source: SourceID, _ start: Int, _ end: Int) -> Diagnostic {
        Diagnostic(
            .invalidUTF8, "the text is not UTF-8: byte \(start) begins no character", at: label(source, start, end),
            help: ["save the file as UTF-8"])
    }

    /// `digits` are those right behind the character.
    static func forbiddenCharacter(
        _ source: SourceID, _ start: Int, _ end: Int, _ scalar: UInt32, before digits: String = ""
    ) -> Diagnostic {
        let hex = String(scalar, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
        let place = label(source, start, end)
        if UnicodeNames.isBidirectionalControl(scalar) {
            return Diagnostic(
                .forbiddenCharacter,
                "the character \(code) turns the direction of writing and hides what a script does",
                at: place, help: ["remove it; inside texts and comments it is allowed"])
        }
        if scalar < 0x20 || (0x7F...0x9F).contains(scalar) {
            return Diagnostic(
                .forbiddenCharacter, "the control character \(code) has no place in a script", at: place,
                help: ["remove it; in a text, write `\\u{\(hex)}`"])
        }
        let character = Unicode.Scalar(scalar).map { String(Character($0)) } ?? code
        var help: [String] = []
        if scalar == 0xB1 {
            help = ["a range is written `180 to 220`, a normal distribution `normal(mean: 200, sd: 12)`"]
        } else if scalar == 0x3F {
            help = ["a choice is written `if a then b else c`"]
        } else if scalar == 0x40 {
            help = ["a quantity at a price is written `10 phone/yr at 5 USD/phone`"]
        } else if let plain = Habit.plainSign(scalar) {
            help = [
                plain.utf8.count > 4
                    ? "write \(plain)"
                    : scalar == 0x24 || scalar == 0x20AC
                        ? "write `\(digits.isEmpty ? "5" : digits) \(plain)`" : "write `\(plain)`"
            ]
        }
        return Diagnostic(
            .forbiddenCharacter, "the character `\(character)` (\(code)) means nothing here", at: place, help: help)
    }

    static func nameNotNormalised(_ source: SourceID, _ start: Int, _ end: Int, _ normal: String) -> Diagnostic {
        Diagnostic(
            .nameNotNormalised, "this name is spelt with characters that look like others",
            at: label(source, start, end),
            help: ["write `\(normal)` (Unicode normal form C), so that names that look alike are one name"])
    }

    static func unitAgainstNumber(
        _ source: SourceID, _ start: Int, _ end: Int, _ number: String, _ rest: String
    ) -> Diagnostic {
        let shown = shortened(number)
        if let (message, help) = Habit.answer(suffix: rest, behind: shown) {
            return Diagnostic(.unitAgainstNumber, message, at: label(source, start, end), help: help)
        }
        return Diagnostic(
            .unitAgainstNumber, "a number and its unit are written apart", at: label(source, start, end),
            help: ["write `\(shown) \(shortened(rest))`"])
    }

    enum NumberProblem {
        case separator, tooLarge, tooSmall, otherBase

        /// `0x1F` and the like; nil for anything that is a number and a unit.
        init?(number: String, rest: String) {
            guard number == "0", let first = rest.utf8.first, rest.utf8.count > 1 else { return nil }
            guard [UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "b"), UInt8(ascii: "o")].contains(first) else {
                return nil
            }
            guard rest.utf8.dropFirst().allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }) else {
                return nil
            }
            self = .otherBase
        }
    }

    static func invalidNumber(_ source: SourceID, _ start: Int, _ end: Int, _ problem: NumberProblem) -> Diagnostic {
        let place = label(source, start, end)
        return switch problem {
        case .separator:
            Diagnostic(
                .invalidNumber, "in a number, `_` stands between two digits", at: place,
                help: ["write `1_000` for a thousand"])
        case .tooLarge:
            Diagnostic(.invalidNumber, "this number is too large: the largest is about 1.8e308", at: place)
        case .tooSmall:
            Diagnostic(.invalidNumber, "this number is too close to zero: the smallest is about 4.9e-324", at: place)
        case .otherBase: Diagnostic(.invalidNumber, "numbers are written with the digits 0 to 9", at: place)
        }
    }

    static func unterminatedText(_ source: SourceID, _ start: Int, _ end: Int) -> Diagnostic {
        Diagnostic(
            .unterminatedText, "this text is not closed on its line", at: label(source, start, max(end, start + 1)),
            help: ["write `\"` at its end; a line end inside a text is written `\\n`"])
    }

    static func invalidEscape(_ source: SourceID, _ start: Int, _ end: Int, isUnicode: Bool) -> Diagnostic {
        isUnicode
            ? Diagnostic(
                .invalidEscape, "after `\\u` a character's number is wanted, in braces", at: label(source, start, end),
                help: ["write it as in `\\u{4E2D}`"])
            : Diagnostic(
                .invalidEscape, "this is no escape", at: label(source, start, end),
                help: [
                    "the escapes are `\\n`, `\\t`, `\\\"`, `\\\\`, `\\{`, `\\}` and `\\u{...}`; a backslash is `\\\\`"
                ])
    }

    static func unexpected(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ message: String, also: [Diagnostic.Label] = [],
        help: [String] = []
    ) -> Diagnostic {
        Diagnostic(.unexpectedToken, message, at: label(source, start, end), also: also, help: help)
    }

    static func unfinished(
        _ source: SourceID, _ at: UInt32, _ wanted: String, also: [Diagnostic.Label]
    ) -> Diagnostic {
        Diagnostic(
            .unfinishedInput, "the text ends too early: expected \(wanted)", at: label(source, at, at, "here"),
            also: also)
    }

    static func nestedTooDeep(_ source: SourceID, _ start: UInt32, _ end: UInt32, limit: Int) -> Diagnostic {
        Diagnostic(
            .nestedTooDeep, "this is nested more than \(limit) deep", at: label(source, start, end),
            help: ["name a part of it with `let`"])
    }

    static func foreignHabit(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ message: String, help: String
    ) -> Diagnostic {
        Diagnostic(.foreignHabit, message, at: label(source, start, end), help: [help])
    }

    static func rangeOperand(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ text: String?, isLeft: Bool
    ) -> Diagnostic {
        let side = isLeft ? "left" : "right"
        return Diagnostic(
            .rangeOperand, "what stands \(side) of `to` is a number, a name, a call or in parentheses",
            at: label(source, start, end),
            help: [text.map { "write `(\($0))`" } ?? "put it in parentheses"])
    }

    static func chainedComparison(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ left: String?, _ first: String, _ middle: String?,
        _ second: String
    ) -> Diagnostic {
        let sign = first.filter { $0 != " " }
        let help =
            if let left, let middle, sign.utf8.count <= 2 {
                "write `\(left) \(sign) \(middle) and \(middle) \(second) ...`"
            } else {
                "write `a < b and b < c`"
            }
        return Diagnostic(.chainedComparison, "comparisons do not chain", at: label(source, start, end), help: [help])
    }

    static func growingOperand(_ source: SourceID, _ start: UInt32, _ end: UInt32, _ text: String?) -> Diagnostic {
        Diagnostic(
            .growingOperand, "a sum beside `growing` can be read two ways", at: label(source, start, end),
            help: [text.map { "write `(\($0))` if all of it is meant" } ?? "put it in parentheses"])
    }

    static func looksLikePeriod(number: String, rest: String) -> Bool {
        let digits = Array(number.utf8)
        let tail = Array(rest.utf8)
        guard digits.count == 4, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), tail.count >= 2 else { return false }
        let letter = tail[0] & ~0x20
        guard letter == UInt8(ascii: "Q") || letter == UInt8(ascii: "M") else { return false }
        return tail.dropFirst().allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
    }

    static func invalidPeriod(
        _ source: SourceID, _ start: Int, _ end: Int, _ year: String, _ rest: String
    ) -> Diagnostic {
        let isQuarter = rest.utf8.first.map { $0 & ~0x20 == UInt8(ascii: "Q") } ?? false
        let number = Int(rest.dropFirst()) ?? 0
        let place = label(source, start, end)
        if isQuarter {
            return (1...4).contains(number)
                ? Diagnostic(
                    .invalidPeriod, "a quarter is written with `Q`", at: place, help: ["write `\(year)Q\(number)`"])
                : Diagnostic(
                    .invalidPeriod, "a year has the quarters 1 to 4", at: place,
                    help: ["write `\(year)Q1` to `\(year)Q4`"])
        }
        guard (1...12).contains(number) else {
            return Diagnostic(
                .invalidPeriod, "a year has the months 1 to 12", at: place, help: ["write `\(year)M01` to `\(year)M12`"]
            )
        }
        return Diagnostic(
            .invalidPeriod, "a month is written with `M` and two digits", at: place,
            help: ["write `\(year)M\(number < 10 ? "0" : "")\(number)`"])
    }

    static func misplacedExtend(_ source: SourceID, _ start: UInt32, _ end: UInt32) -> Diagnostic {
        Diagnostic(
            .misplacedExtend, "`extend` stands before everything else", at: label(source, start, end),
            help: ["move it to the first line"])
    }

    /// The same of a whole statement, which begins with that word.
    static func misplacedExtend(_ place: Location) -> Diagnostic {
        misplacedExtend(place.source, place.span.start, place.span.start + UInt32("extend".utf8.count))
    }

    static func textTooLarge(_ source: SourceID, _ start: UInt32, _ end: UInt32, limit: Int) -> Diagnostic {
        Diagnostic(
            .textTooLarge, "this text is too large: at most \(limit / (1 << 20)) MB can be read", at: nil,
            help: ["put tables into files of their own and read them with `data ... from`"])
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 40 ? text : String(text.prefix(40)) + "…"
    }
}

extension Diagnostic {
    /// That an `extend` does not come first in a script of several texts.
    package static func misplacedExtend(at place: Location) -> Diagnostic { SyntaxProblems.misplacedExtend(place) }
}
