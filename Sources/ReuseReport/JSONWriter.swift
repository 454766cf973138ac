import Reuse
import ReuseSyntax

/// Writes JSON text piece by piece. Small on purpose: the formats here are known, and Foundation costs start-up.
struct JSONWriter {
    private(set) var text = ""
    /// Whether the next value or name follows another one in its array or object.
    private var needsComma = false

    mutating func begin(_ bracket: Bracket) {
        separate()
        text += bracket == .array ? "[" : "{"
        needsComma = false
    }

    mutating func end(_ bracket: Bracket) {
        text += bracket == .array ? "]" : "}"
        needsComma = true
    }

    enum Bracket { case array, object }

    mutating func name(_ name: String) {
        separate()
        appendQuoted(name)
        text += ":"
        needsComma = false
    }

    mutating func value(_ value: String) {
        separate()
        appendQuoted(value)
    }

    mutating func value(_ value: String?) {
        guard let value else { return null() }
        self.value(value)
    }

    /// JSON has no way to write what is no number; it becomes null.
    mutating func value(_ value: Double) { raw(NumberFormat.exact(value) ?? "null") }
    mutating func value(_ value: Int) { raw(String(value)) }
    mutating func value(_ value: Bool) { raw(value ? "true" : "false") }
    mutating func null() { raw("null") }

    /// A line end between entries, so that long documents stay readable.
    mutating func newline() { text += needsComma ? ",\n" : "\n"; needsComma = false }

    private mutating func raw(_ token: String) {
        separate()
        text += token
    }

    private mutating func separate() {
        if needsComma { text += "," }
        needsComma = true
    }

    private mutating func appendQuoted(_ string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default:
                // Beyond what JSON asks for, what a terminal would obey.
                if scalar.value < 0x10000, VisibleText.isHidden(scalar) {
                    let digits = String(scalar.value, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
