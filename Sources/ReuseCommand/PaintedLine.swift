import Reuse
import ReuseReport
import ReuseSyntax

/// A line that is being entered, painted over what the line editor has shown of it: the same letters at the same places, in
/// colours. The editor's cursor is where it was before.
struct PaintedLine {
    var text: String
    /// In bytes of the text.
    var cursor: Int
    /// Columns that the prompt before it takes.
    var promptWidth: Int
    var columns: Int
    var rows: Int
    /// Whether the bracket at the cursor and the one that belongs to it stand out.
    var marksBrackets = true
    var hasColour = true

    // MARK: Where the screen is too low

    /// Whether it takes more rows than the screen has. Line editors lose their way there.
    var isTall: Bool {
        text.contains("\n") && columns > promptWidth && rows > 1 && rowsToCursor() == nil && isPrintable
    }

    /// The whole screen: that part of the line in which the cursor is, and the cursor there; or its end, as it is to stay
    /// once it is entered.
    func screen(prompt: String, atEnd: Bool) -> String {
        let (lines, place) = wrapped(prompt + (hasColour ? coloured(Array(text.utf8)) : text))
        let row = atEnd ? lines.count - 1 : place.row
        let first = max(0, min(row - rows + 1, lines.count - rows))
        var result = ""
        for number in 0..<rows where lines.indices.contains(first + number) {
            result += "\u{1B}[\(number + 1);1H" + lines[first + number] + "\u{1B}[K"
        }
        return result + "\u{1B}[\(row - first + 1);\(place.column + 1)H"
    }

    /// The rows of a text with colours in it, and where the cursor is in them.
    private func wrapped(_ shown: String) -> (lines: [String], cursor: (row: Int, column: Int)) {
        var lines = [""]
        var column = 0
        var style = ""
        var escape: String?
        // The prompt stands before the text.
        var offset = -promptWidth
        var place: (row: Int, column: Int)?
        func newRow() {
            lines[lines.count - 1] += style.isEmpty ? "" : "\u{1B}[0m"
            lines.append(style)
            column = 0
        }
        for character in shown {
            if character == "\u{1B}" { escape = "" }
            if let begun = escape {
                escape = begun + String(character)
                guard character == "m" else { continue }
                style = begun == "\u{1B}[0" ? "" : begun + "m"
                lines[lines.count - 1] += begun + "m"
                escape = nil
                continue
            }
            if place == nil, offset >= cursor { place = (lines.count - 1, column) }
            offset += character.utf8.count
            if character == "\n" {
                newRow()
                continue
            }
            let width = DisplayWidth.of(String(character))
            if column + width > columns { newRow() }
            lines[lines.count - 1].append(character)
            column += width
            if column == columns { newRow() }
        }
        return (lines, place ?? (lines.count - 1, column))
    }

    // MARK: Colours

    /// What to write where the cursor is; nil where the line cannot be painted over safely.
    var painting: String? {
        if text.isEmpty || !isPrintable { return nil }
        let bytes = Array(text.utf8)
        guard columns > promptWidth, let above = rowsToCursor() else { return nil }
        var result = "\u{1B}7\r"
        if above > 0 { result += "\u{1B}[\(above)A" }
        if promptWidth > 0 { result += "\u{1B}[\(promptWidth)C" }
        return result + coloured(bytes) + "\u{1B}8"
    }

    /// Nothing in it is shown otherwise than it is, such as `^A`.
    private var isPrintable: Bool { !text.utf8.contains { ($0 < 0x20 && $0 != 0x0A) || $0 == 0x7F } }

    /// How far below the beginning of the line the cursor is; nil where not all of the line is on the screen.
    private func rowsToCursor() -> Int? {
        var row = 0
        var column = promptWidth
        var found: Int?
        var offset = 0
        for character in text {
            if found == nil, offset >= cursor { found = row }
            offset += character.utf8.count
            if character == "\n" {
                (row, column) = (row + 1, 0)
                continue
            }
            let width = DisplayWidth.of(String(character))
            if column + width > columns { (row, column) = (row + 1, 0) }
            column += width
            // A full line ends at the beginning of the next.
            if column == columns { (row, column) = (row + 1, 0) }
        }
        return row < rows ? found ?? row : nil
    }

    private func coloured(_ bytes: [UInt8]) -> String {
        // A command is for the prompt; what stands behind it is of the language.
        var start = 0
        var result = ""
        if bytes.first == 0x3A {
            start = bytes.firstIndex(of: 0x20) ?? bytes.count
            result = Self.style(.keyword, String(decoding: bytes[..<start], as: UTF8.self))
        }
        let source = SourceText(id: SourceID(0), name: "-", bytes: Array(bytes[start...]))
        var emphasised: Set<Int> = []
        // The bracket before the cursor, or the one on it.
        for place in [cursor - 1, cursor]
        where marksBrackets && emphasised.isEmpty && place >= start && place < bytes.count {
            if let match = matchingBracket(source, at: place - start) { emphasised = [place - start, match] }
        }
        var place = 0
        func plain(to end: Int, _ kind: HighlightKind?) {
            while place < end {
                let isOne = emphasised.contains(place)
                let next = isOne ? place + 1 : emphasised.filter { $0 > place && $0 < end }.min() ?? end
                let part = String(decoding: source.bytes[place..<next], as: UTF8.self)
                result += isOne ? "\u{1B}[1;7m\(part)\u{1B}[0m" : kind.map { Self.style($0, part) } ?? part
                place = next
            }
        }
        for highlight in highlights(source) {
            plain(to: Int(highlight.span.start), nil)
            plain(to: Int(highlight.span.end), highlight.kind)
        }
        plain(to: source.bytes.count, nil)
        return result
    }

    private static func style(_ kind: HighlightKind, _ text: String) -> String {
        let code: String
        switch kind {
        case .keyword: code = "1;34"
        case .number: code = "36"
        case .unit: code = "32"
        case .text: code = "33"
        case .comment: code = "2"
        case .name: code = "1"
        case .function: code = "35"
        case .invalid: code = "31"
        case .sign: return text
        }
        // Each line by itself: a newline in colour would paint the rest of its row on some terminals.
        return text.isEmpty ? "" : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
