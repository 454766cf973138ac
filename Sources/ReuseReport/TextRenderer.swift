import Reuse

/// Outputs for a terminal: lines and tables that line up by display width.
public struct TextRenderer: Sendable {
    private let style: TextStyle
    private let format = ValueFormat()

    /// `colour` adds bold and dim by ANSI sequences.
    public init(colour: Bool = false) { style = TextStyle(enabled: colour) }

    /// The output as lines, each with its line end.
    public func render(_ output: Output) -> String {
        withRoomToRecurse {
            switch output.visible {
            case .table(let table): render(table)
            case .text(let text): text.hasSuffix("\n") ? text : text + "\n"
            case .trace(let trace): TraceTree(style: style).render(trace)
            case .check(let check): render(check)
            }
        }
    }

    /// All outputs of a run, under the scenario of its plain commands. A table or tree is set apart by an empty line, lines
    /// of single values are not.
    public func render(
        _ outputs: [Output], scenario: String? = nil, partial: (drawn: Int, wanted: Int)? = nil
    ) -> String {
        withRoomToRecurse {
            var result = ""
            if let partial {
                result = style.bold("stopped: this rests on \(partial.drawn) of \(partial.wanted) samples") + "\n"
            }
            if let scenario, !outputs.isEmpty { result += style.dim("scenario: \(scenario)") + "\n" }
            var previousIsBlock = scenario != nil || partial != nil
            for output in outputs {
                let block = isBlock(output)
                if !result.isEmpty && (block || previousIsBlock) { result += "\n" }
                result += render(output)
                previousIsBlock = block
            }
            return result
        }
    }

    /// The register of inputs as a table, with the number of those that have no source.
    public func render(_ register: Register) -> String {
        withRoomToRecurse {
            if register.entries.isEmpty { return "no inputs\n" }
            let names = ["input", "value", "definition", "source", "used by", "place"]
            let columns = names.map { TableLayout.Column(header: [$0], alignment: .left) }
            let rows = register.entries.map(\.visible).map { entry -> [TableLayout.Cell] in
                let texts = [
                    entry.name,
                    format.text(entry.value, unit: entry.unit),
                    definition(of: entry),
                    source(of: entry),
                    entry.usedBy.isEmpty ? "-" : entry.usedBy.joined(separator: ", "),
                    entry.place,
                ]
                return texts.map { .plain(DisplayWidth.cut(ValueFormat.onOneLine($0), to: TableLayout.widestCell)) }
            }
            return TableLayout(columns: columns, rows: rows).render(style) + closing(of: register)
        }
    }

    /// How many inputs there are, and how many of them have no source.
    func closing(of register: Register) -> String {
        let missing = register.entries.count { $0.source == nil }
        let count = register.entries.count == 1 ? "1 input" : "\(register.entries.count) inputs"
        return (missing == 0 ? "\(count), all with a source" : "\(count), \(missing) without a source") + "\n"
    }

    func definition(of entry: Register.Entry) -> String {
        guard let distribution = entry.distribution else { return entry.definition }
        let correlations = entry.correlations.map { ", \(NumberFormat.exact($0.rank) ?? "") with \($0.name)" }
        return entry.definition + " (" + distribution + correlations.joined() + ")"
    }

    func source(of entry: Register.Entry) -> String {
        guard var text = entry.source else { return "none" }
        if let note = entry.note { text += ", " + note }
        if let basis = entry.basis { text += " [" + basis + "]" }
        return text
    }

    private func isBlock(_ output: Output) -> Bool {
        switch output {
        case .table(let table): !isSingle(table) || table.title != nil
        case .trace: true
        case .text, .check: false
        }
    }

    private func isSingle(_ table: Table) -> Bool { table.axes.isEmpty && table.rows.count == 1 }

    private func render(_ table: Table) -> String {
        var result = ""
        if let title = table.title { result += style.bold(ValueFormat.onOneLine(title)) + "\n" }
        if isSingle(table), let row = table.rows.first {
            for (number, (column, cell)) in zip(table.columns, row.cells).enumerated() {
                result += line(column, cell) + (column.isUnique ? "" : style.dim("   (not unique)"))
                if number < row.errors.count, case .interval(let low, let high) = row.errors[number] {
                    let ends = [low, high].map { format.text(.number($0), unit: column.unit) }
                    result += style.dim("   (95% interval: \(ends[0]) to \(ends[1]))")
                }
                result += "\n"
            }
            return result
        }
        result += TableLayout(table, format: format).render(style)
        if table.columns.contains(where: { !$0.isUnique }) {
            result += style.dim("* not unique: other flows or prices clear these markets as well") + "\n"
        }
        return result
    }

    /// `name = value`; a column without a name is the answer to a bare expression and is its value alone.
    private func line(_ column: Table.Column, _ cell: Cell) -> String {
        if column.name.isEmpty {
            if case .text(let text) = cell { return text }
            return format.text(cell, unit: column.unit)
        }
        let name = DisplayWidth.cut(ValueFormat.onOneLine(column.name), to: TableLayout.widestName)
        return name + " = " + format.text(cell, unit: column.unit)
    }

    private func render(_ check: Check) -> String {
        let condition = ValueFormat.onOneLine(check.condition)
        return switch check.kind {
        case .assert: style.dim("holds:") + " " + condition + "\n"
        case .consistent: style.dim("consistent:") + " " + condition + "\n"
        }
    }
}

/// Bold and dim, or nothing.
struct TextStyle: Sendable {
    let enabled: Bool

    func bold(_ text: String) -> String { enabled && !text.isEmpty ? "\u{1B}[1m" + text + "\u{1B}[0m" : text }
    func dim(_ text: String) -> String { enabled && !text.isEmpty ? "\u{1B}[2m" + text + "\u{1B}[0m" : text }
}
