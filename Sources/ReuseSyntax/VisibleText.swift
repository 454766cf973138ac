/// Texts as they are sent to a terminal. What would move its cursor, change its colours or turn the direction of writing is
/// shown as a script writes it, `\u{1B}`, and never sent; line ends and tabs stay.
public enum VisibleText {
    /// `kept` stays as it is, too.
    public static func of(_ text: String, keeping kept: Unicode.Scalar? = nil) -> String {
        func isShown(_ scalar: Unicode.Scalar) -> Bool { scalar == kept || !isHidden(scalar) }
        guard !text.unicodeScalars.allSatisfy(isShown) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if !isShown(scalar) {
                result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters (C0, C1 and DEL), marks of direction, separators of lines and paragraphs, and the tags that no font
    /// shows.
    public static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
