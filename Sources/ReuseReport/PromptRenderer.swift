import Reuse
import ReuseSyntax

/// Outputs as the prompt answers: a series has a line drawn of it, an uncertain value its histogram.
public struct PromptRenderer: Sendable {
    /// A longer table has its middle left out.
    static let mostRows = 24

    private let renderer: TextRenderer
    private let style: TextStyle
    private let format = ValueFormat()
    /// Columns of the terminal.
    private let width: Int

    public init(colour: Bool = false, width: Int = 80) {
        renderer = TextRenderer(colour: colour)
        style = TextStyle(enabled: colour)
        self.width = max(width, 20)
    }

    /// All outputs of an entry.
    public func render(
        _ outputs: [Output], scenario: String? = nil, partial: (drawn: Int, wanted: Int)? = nil
    ) -> String {
        withRoomToRecurse {
            var result = ""
            if let partial {
                result = style.bold("stopped: this rests on \(partial.drawn) of \(partial.wanted) samples") + "\n"
            }
            if let scenario, !outputs.isEmpty { result += style.dim("scenario: \(scenario)") + "\n" }
            var wasBlock = false
            for (number, output) in outputs.enumerated() {
                let text: String
                switch output {
                case .table(let table): text = render(table.visible)
                case .text, .trace, .check: text = renderer.render(output)
                }
                // Several of them are set apart, as in what a script prints; lines of single values are not.
                let isBlock = text.utf8.count { $0 == 0x0A } > 1
                if number > 0, isBlock || wasBlock { result += "\n" }
                wasBlock = isBlock
                result += text
            }
            return result
        }
    }

    /// In columns: less of a text says nothing.
    private static let leastRoom = 12

    /// Names with what they are, one a line, cut where the terminal ends.
    public func render(_ rows: [(name: String, text: String)]) -> String {
        withRoomToRecurse {
            let widest = min(rows.map { DisplayWidth.of($0.name) }.max() ?? 0, 40, width / 2)
            return rows.map { (name: VisibleText.of($0.name), text: VisibleText.of($0.text)) }.map { row in
                let name = DisplayWidth.of(row.name)
                let room = width - max(widest, name) - 2
                // Below a name that takes most of the line.
                if name > widest, room < Self.leastRoom {
                    return row.name + "\n  " + DisplayWidth.cut(row.text, to: max(width - 2, Self.leastRoom)) + "\n"
                }
                let blanks = String(repeating: " ", count: max(0, widest - name))
                return row.name + blanks + "  " + DisplayWidth.cut(row.text, to: max(room, Self.leastRoom)) + "\n"
            }.joined()
        }
    }

    /// The register of inputs: a table, or, where that is wider than the terminal, a few lines for each input.
    public func render(_ register: Register) -> String {
        withRoomToRecurse {
            if isWithin(TextRenderer(colour: false).render(register)) { return renderer.render(register) }
            let inputs = register.entries.map { entry in
                var lines = [style.bold(entry.name) + " = " + format.text(entry.value, unit: entry.unit)]
                lines.append("  " + ValueFormat.onOneLine(renderer.definition(of: entry)))
                lines.append("  source: " + ValueFormat.onOneLine(renderer.source(of: entry)))
                if !entry.usedBy.isEmpty { lines.append("  used by " + entry.usedBy.joined(separator: ", ")) }
                return lines.joined(separator: "\n") + "\n"
            }
            return inputs.joined() + renderer.closing(of: register)
        }
    }

    private func render(_ table: Table) -> String {
        if table.axes.isEmpty, table.rows.count == 1 {
            var result = renderer.render(.table(table))
            guard table.columns.count == 1, case .uncertain(let summary)? = table.rows[0].cells.first,
                let column = table.columns.first
            else { return result }
            result += histogram(summary, unit: column.unit)
            return result
        }
        var shown = table
        if table.rows.count > Self.mostRows {
            let gap = Table.Row(
                labels: table.axes.map { _ in "…" }, cells: table.columns.map { _ in Cell.text("") })
            shown.rows = table.rows.prefix(Self.mostRows - 8) + [gap] + table.rows.suffix(7)
        }
        return parts(of: shown).map { renderer.render(.table($0)) }.joined(separator: "\n") + sparklines(of: table)
    }

    /// A table that is wider than the terminal, as several with some of its columns each.
    private func parts(of table: Table) -> [Table] {
        var result: [Table] = []
        var first = 0
        while first < table.columns.count {
            var end = first + 1
            while end < table.columns.count, isWithin(part(of: table, first..<end + 1)) { end += 1 }
            result.append(part(of: table, first..<end))
            first = end
        }
        return result.isEmpty ? [table] : result
    }

    private func part(of table: Table, _ columns: Range<Int>) -> Table {
        if columns.count == table.columns.count { return table }
        func some<Value>(_ values: [Value]) -> [Value] {
            Array(values[columns.clamped(to: 0..<values.count)])
        }
        let rows = table.rows.map { row in
            Table.Row(labels: row.labels, cells: some(row.cells), errors: some(row.errors))
        }
        return Table(
            title: columns.lowerBound == 0 ? table.title : nil, axes: table.axes, rows: rows,
            columns: some(table.columns))
    }

    private func isWithin(_ table: Table) -> Bool { isWithin(TextRenderer(colour: false).render(.table(table))) }

    private func isWithin(_ text: String) -> Bool {
        text.split(separator: "\n").allSatisfy { DisplayWidth.of(String($0)) <= width }
    }

    // MARK: Small pictures

    /// A line for each column of a series.
    private func sparklines(of table: Table) -> String {
        guard table.axes == ["time"], table.rows.count > 2, let first = table.rows.first, let last = table.rows.last
        else { return "" }
        let names = table.columns.map { DisplayWidth.cut(ValueFormat.onOneLine($0.name), to: 20) }
        let widest = names.map { DisplayWidth.of($0) }.max() ?? 0
        var result = ""
        for (place, name) in names.enumerated() {
            let values = table.rows.map { row -> Double? in
                guard place < row.cells.count else { return nil }
                switch row.cells[place] {
                case .number(let value): return value
                case .uncertain(let summary): return summary.median
                case .probability(let share): return share.value
                default: return nil
                }
            }
            guard values.contains(where: { $0 != nil }) else { continue }
            let label = name + String(repeating: " ", count: widest - DisplayWidth.of(name)) + (widest > 0 ? "  " : "")
            let ends = "  \(first.labels.first ?? "") to \(last.labels.first ?? "")"
            let room = max(8, width - DisplayWidth.of(label) - DisplayWidth.of(ends))
            result += style.dim(label) + Self.blocks(Self.thinned(values, to: room)) + style.dim(ends) + "\n"
        }
        return result
    }

    private func histogram(_ summary: Summary, unit: String) -> String {
        guard let histogram = summary.bulk, histogram.low < histogram.high else { return "" }
        let counts = Self.gathered(histogram.counts, atMost: min(32, max(8, width - 40)))
        let range = [histogram.low, histogram.high].map { format.text(.number($0), unit: unit) }
        // Where both ends are written alike they say nothing.
        let ends = range[0] == range[1] ? "" : "  \(range[0]) to \(range[1])"
        return Self.blocks(counts.map { Double($0) }, fromZero: true) + style.dim(ends) + "\n"
    }

    private static let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// One block a value, from the lowest to the highest; a blank for what is not there.
    static func blocks(_ values: [Double?], fromZero: Bool = false) -> String {
        let known = values.compactMap { $0 }.filter(\.isFinite)
        guard let least = known.min(), let high = known.max() else { return "" }
        let low = fromZero ? 0 : least
        return String(
            values.map { value -> Character in
                guard let value, value.isFinite else { return " " }
                if fromZero && value == 0 { return " " }
                // Halved, so that the difference stays finite. All alike: the middle.
                let part = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5
                return levels[min(max(Int(part * 8), 0), 7)]
            })
    }

    /// Every n-th value, so that all fit.
    private static func thinned(_ values: [Double?], to count: Int) -> [Double?] {
        guard values.count > count, count > 1 else { return values }
        return (0..<count).map { values[$0 * (values.count - 1) / (count - 1)] }
    }

    /// Counts of as many neighbouring bins together as it takes.
    private static func gathered(_ counts: [Int], atMost bins: Int) -> [Int] {
        let size = (counts.count + bins - 1) / max(bins, 1)
        guard size > 1 else { return counts }
        return stride(from: 0, to: counts.count, by: size).map { start in
            counts[start..<min(start + size, counts.count)].reduce(0, +)
        }
    }
}
