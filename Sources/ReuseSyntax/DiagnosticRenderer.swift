/// Draws a diagnostic with the lines it is about, for terminals and for tests.
public struct DiagnosticRenderer: Sendable {
    /// The widest part of a line that is shown, in columns.
    private static let widest = 100
    /// How much of a long line is shown before the span.
    private static let lead = 30

    private let sources: [SourceText]
    private let lines: [SourceID: TextLines]
    private let colour: Bool

    public init(sources: [SourceText], colour: Bool) {
        self.sources = sources
        var lines: [SourceID: TextLines] = [:]
        for source in sources { lines[source.id] = TextLines(source.bytes) }
        self.lines = lines
        self.colour = colour
    }

    /// Diagnostics with empty lines between them.
    public func render(_ diagnostics: [Diagnostic]) -> String {
        let texts = diagnostics.map { diagnostic -> String in
            let text = render(diagnostic)
            return text.hasSuffix("\n") ? text : text + "\n"
        }
        return texts.joined(separator: "\n")
    }

    /// The whole diagnostic, each line ended.
    public func render(_ diagnostic: Diagnostic) -> String {
        let isError = diagnostic.severity == .error
        var text = paint(
            (isError ? "error" : "warning") + "[" + diagnostic.kind.code + "]", isError ? .red : .yellow)
        text += paint(": " + VisibleText.of(diagnostic.message), .bold) + "\n"
        var marks: [Mark] = []
        if let primary = diagnostic.primary { marks.append(Mark(primary, isPrimary: true)) }
        for label in diagnostic.secondary { marks.append(Mark(label, isPrimary: false)) }
        let groups = grouped(marks)
        let width = groups.flatMap({ $0.lines }).map { String($0.number).utf8.count }.max() ?? 1
        let margin = String(repeating: " ", count: width + 1)
        for (index, group) in groups.enumerated() {
            text += margin + paint(index == 0 ? "-->" : ":::", .blue) + " " + group.place + "\n"
            text += " " + margin + paint("|", .blue) + "\n"
            var before: Int?
            for line in group.lines {
                if let before, line.number > before + 1 { text += paint("...", .blue) + "\n" }
                before = line.number
                text += drawn(line, margin: margin, isError: isError)
            }
        }
        for help in diagnostic.help {
            text += " " + margin + paint("=", .blue) + " " + paint("help:", .bold) + " " + VisibleText.of(help) + "\n"
        }
        return text
    }

    // MARK: Lines and marks

    private struct Mark {
        var source: SourceID
        var span: Span
        var text: String
        var isPrimary: Bool

        init(_ label: Diagnostic.Label, isPrimary: Bool) {
            source = label.location.source
            span = label.location.span
            text = VisibleText.of(label.text)
            self.isPrimary = isPrimary
        }
    }

    private struct Line {
        var number: Int
        var bytes: ArraySlice<UInt8>
        var marks: [Mark]
    }

    private struct Group {
        var place: String
        var lines: [Line]
    }

    /// One group a source, that of the primary label first; in each the lines that are labelled, from the top.
    private func grouped(_ marks: [Mark]) -> [Group] {
        var order: [SourceID] = []
        for mark in marks where !order.contains(mark.source) { order.append(mark.source) }
        return order.compactMap { id in
            guard let source = sources.first(where: { $0.id == id }) else { return nil }
            var lines: [Line] = []
            var place = VisibleText.of(source.name)
            for (index, mark) in marks.filter({ $0.source == id }).enumerated() {
                let (number, bytes) = line(in: source, at: Int(mark.span.start))
                if index == 0 { place += ":\(number):\(column(bytes, Int(mark.span.start)))" }
                if let known = lines.firstIndex(where: { $0.number == number }) {
                    lines[known].marks.append(mark)
                } else {
                    lines.append(Line(number: number, bytes: bytes, marks: [mark]))
                }
            }
            lines.sort { $0.number < $1.number }
            return Group(place: place, lines: lines)
        }
    }

    /// The line that holds an offset, with its number, counted from 1.
    private func line(in source: SourceText, at offset: Int) -> (Int, ArraySlice<UInt8>) {
        let bytes = source.bytes
        let offset = min(offset, bytes.count)
        let (number, start) = (lines[source.id] ?? TextLines(bytes)).line(at: offset)
        var end = max(start, offset)
        // An offset between the two bytes of a line end belongs to the line before.
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
        return (number, bytes[min(start, end)..<end])
    }

    /// The column of an offset, counted from 1 in characters.
    private func column(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> Int {
        1
            + bytes[bytes.startIndex..<min(max(offset, bytes.startIndex), bytes.endIndex)].reduce(0) {
                $0 + ($1 & 0xC0 == 0x80 ? 0 : 1)
            }
    }

    // MARK: Drawing

    /// A character of a line as it is shown, and the columns that it takes.
    private struct Cell {
        var offset: Int
        var text: String
        var width: Int
    }

    private func drawn(_ line: Line, margin: String, isError: Bool) -> String {
        let anchor = line.marks.first(where: { $0.isPrimary }) ?? line.marks[0]
        let (cells, cutLeft, cutRight) = window(line.bytes, around: Int(anchor.span.start))
        let number = String(line.number)
        let blank = String(repeating: " ", count: margin.utf8.count - number.utf8.count)
        var shown = cutLeft ? "…" : ""
        for cell in cells { shown += cell.text }
        if cutRight { shown += "…" }
        let bar = paint("|", .blue)
        var text = paint(blank + number, .blue) + " " + bar + (shown.isEmpty ? "" : " " + shown) + "\n"

        // Where each mark begins and ends, in columns.
        let first = cutLeft ? 1 : 0
        let spans = line.marks.map { mark -> (from: Int, to: Int, mark: Mark) in
            var from: Int?
            var to = first
            var column = first
            for cell in cells {
                if from == nil, cell.offset >= Int(mark.span.start) { from = column }
                column += cell.width
                if cell.offset < Int(mark.span.end) { to = column }
            }
            let begin = from ?? column
            return (begin, max(to, begin + 1), mark)
        }.sorted { $0.from < $1.from || ($0.from == $1.from && $0.mark.isPrimary && !$1.mark.isPrimary) }

        // One row of signs, with the text of the last mark; the texts of the others below it, from right to left.
        var row: [(sign: Character, isPrimary: Bool)] = []
        for span in spans.sorted(by: { !$0.mark.isPrimary && $1.mark.isPrimary }) {
            while row.count < span.to { row.append((" ", false)) }
            for column in span.from..<span.to { row[column] = (span.mark.isPrimary ? "^" : "-", span.mark.isPrimary) }
        }
        let last = spans[spans.count - 1]
        let standsAlone = spans.dropLast().allSatisfy { $0.to <= last.from }
        var signs = ""
        for (index, cell) in row.enumerated() {
            let isEdge = index == 0 || row[index - 1].isPrimary != cell.isPrimary || row[index - 1].sign == " "
            if colour, cell.sign != " ", isEdge {
                signs += (cell.isPrimary ? (isError ? Colour.red : .yellow) : .blue).rawValue
            }
            signs.append(cell.sign)
            let ends = index + 1 == row.count || row[index + 1].sign != cell.sign
            if colour, cell.sign != " ", ends { signs += Colour.plain.rawValue }
        }
        if standsAlone, !last.mark.text.isEmpty { signs += " " + last.mark.text }
        text += " " + margin + bar + " " + signs + "\n"
        for span in (standsAlone ? Array(spans.dropLast()) : spans).reversed() where !span.mark.text.isEmpty {
            text += " " + margin + bar + " " + String(repeating: " ", count: span.from) + span.mark.text + "\n"
        }
        return text
    }

    /// The characters of a line that are shown: all of them, or those around an offset. Reads no more than it shows.
    private func window(_ bytes: ArraySlice<UInt8>, around offset: Int) -> (
        cells: [Cell], cutLeft: Bool, cutRight: Bool
    ) {
        var start = bytes.startIndex
        if offset - start > DiagnosticRenderer.widest - DiagnosticRenderer.lead {
            start = max(start, min(offset, bytes.endIndex) - DiagnosticRenderer.lead)
            while start > bytes.startIndex, start < bytes.endIndex, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        }
        // A character takes at most four bytes, and at least one column unless it is a mark on the one before.
        let limit = min(bytes.endIndex, start + DiagnosticRenderer.widest * 8)
        var cells: [Cell] = []
        var columns = 0
        var at = start
        while at < limit {
            let (scalar, length) = ColumnWidth.scalar(bytes, at)
            let cell: Cell
            if scalar == 0x09 {
                let width = 4 - columns % 4
                cell = Cell(offset: at, text: String(repeating: " ", count: width), width: width)
            } else if scalar < 0x20 || (0x7F...0x9F).contains(scalar) || UnicodeNames.isBidirectionalControl(scalar) {
                cell = Cell(offset: at, text: "\u{FFFD}", width: 1)
            } else {
                let character = Unicode.Scalar(scalar).map { String(Character($0)) } ?? "\u{FFFD}"
                cell = Cell(offset: at, text: character, width: ColumnWidth.of(scalar))
            }
            if columns + cell.width > DiagnosticRenderer.widest { break }
            columns += cell.width
            cells.append(cell)
            at += length
        }
        return (cells, start > bytes.startIndex, at < bytes.endIndex)
    }

    // MARK: Colour

    private enum Colour: String {
        case red = "\u{1B}[1;31m"
        case yellow = "\u{1B}[1;33m"
        case blue = "\u{1B}[1;34m"
        case bold = "\u{1B}[1m"
        case plain = "\u{1B}[0m"
    }

    private func paint(_ text: String, _ with: Colour) -> String {
        colour ? with.rawValue + text + Colour.plain.rawValue : text
    }
}
