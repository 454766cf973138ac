import Reuse

/// Outputs as CSV after RFC 4180: one table after another with an empty line between, numbers exact and unscaled,
/// units in the header.
public struct CSVRenderer: Sendable {
    private let format = ValueFormat(exact: true)

    public init() {}

    /// The output as lines, each with its line end.
    public func render(_ output: Output) -> String {
        switch output {
        case .table(let table): render(table)
        case .text(let text): Self.lines([["text"], [text]])
        case .trace(let trace): render(trace)
        case .check(let check): render(check)
        }
    }

    /// All outputs of a run.
    public func render(_ outputs: [Output]) -> String {
        outputs.map { render($0) }.joined(separator: Self.lineEnd)
    }

    public func render(_ register: Register) -> String {
        var lines = [
            [
                "name", "definition", "value.p5", "value.median", "value.p95", "unit", "distribution", "source", "note",
                "basis", "used by", "place",
            ]
        ]
        for entry in register.entries {
            let value = three(entry.value, unit: entry.unit)
            let about = [entry.distribution, entry.source, entry.note, entry.basis].map { $0 ?? "" }
            lines.append(
                [entry.name, entry.definition] + value + [entry.unit] + about
                    + [entry.usedBy.joined(separator: ", "), entry.place])
        }
        return Self.lines(lines)
    }

    private func render(_ table: Table) -> String {
        var lines = [table.axes]
        lines += table.rows.map { row in table.axes.indices.map { $0 < row.labels.count ? row.labels[$0] : "" } }
        for (place, column) in table.columns.enumerated() {
            let cells = table.rows.map { place < $0.cells.count ? $0.cells[place] : .absent }
            let name = (column.name.isEmpty ? "value" : column.name) + (column.isUnique ? "" : " (not unique)")
            let unit = column.unit.isEmpty ? "" : " [" + column.unit + "]"
            if cells.contains(where: Self.isBar) {
                lines[0] += [name + ".from" + unit, name + ".to" + unit]
                for (row, cell) in cells.enumerated() { lines[row + 1] += Self.ends(of: cell) }
            } else if cells.contains(where: Self.isUncertain) {
                lines[0] += [name + ".p5" + unit, name + ".median" + unit, name + ".p95" + unit]
                for (row, cell) in cells.enumerated() { lines[row + 1] += three(cell, unit: column.unit) }
            } else if cells.contains(where: Self.isQuantity) {
                // Numbers in units of their own: the unit stands in a field behind each.
                lines[0] += [name, name + ".unit"]
                for (row, cell) in cells.enumerated() { lines[row + 1] += Self.numberAndUnit(cell) }
            } else {
                lines[0].append(name + unit)
                for (row, cell) in cells.enumerated() { lines[row + 1].append(text(cell, unit: column.unit)) }
            }
        }
        return Self.lines(lines)
    }

    private func render(_ check: Check) -> String {
        let kind =
            switch check.kind {
            case .assert: "assert"
            case .consistent: "consistent"
            }
        return Self.lines([["check", "condition", "holds"], [kind, check.condition, "true"]])
    }

    private func render(_ root: Trace) -> String {
        var lines = [
            [
                "depth", "name", "formula", "value.p5", "value.median", "value.p95", "unit", "time", "role", "source",
            ]
        ]
        var open = [(trace: root, depth: 0)]
        while let (trace, depth) = open.popLast() {
            let role =
                switch trace.role {
                case .input: "input"
                case .computed: "computed"
                case .shownAbove: "shown above"
                case .policy: "policy"
                }
            lines.append(
                [String(depth), trace.name, trace.formula ?? ""] + three(trace.value, unit: trace.unit)
                    + [trace.unit, trace.time ?? "", role, trace.source ?? ""])
            open += trace.parts.reversed().map { ($0, depth + 1) }
        }
        return Self.lines(lines)
    }

    /// Three fields: 5%, median and 95% of what is uncertain; anything else stands as the median with both ends alike
    /// where it is a number, and empty where it is not.
    private func three(_ cell: Cell, unit: String) -> [String] {
        switch cell {
        case .uncertain(let summary):
            return [summary.p5, summary.median, summary.p95].map { NumberFormat.exact($0) ?? "" }
        case .number(let value), .quantity(let value, _):
            return [String](repeating: NumberFormat.exact(value) ?? "", count: 3)
        case .uncertainTime(let spread):
            return [spread.p5, spread.median, spread.p95].map { $0 ?? "never" }
        case .boolean, .probability, .text, .time, .list, .record, .function, .bar, .absent:
            return ["", text(cell, unit: unit), ""]
        }
    }

    /// One field. The unit stands in the header; within lists and records it is written out.
    private func text(_ cell: Cell, unit: String) -> String {
        switch cell {
        case .number(let value), .quantity(let value, _): NumberFormat.exact(value) ?? ""
        case .probability(let share): NumberFormat.exact(share.value) ?? ""
        case .text(let text): text
        case .absent: ""
        case .uncertain, .boolean, .time, .uncertainTime, .list, .record, .function, .bar: format.text(cell, unit: unit)
        }
    }

    private static func isUncertain(_ cell: Cell) -> Bool {
        switch cell {
        case .uncertain, .uncertainTime: true
        case .number, .quantity, .boolean, .probability, .text, .time, .list, .record, .function, .bar, .absent: false
        }
    }

    private static func isQuantity(_ cell: Cell) -> Bool { if case .quantity = cell { true } else { false } }

    private static func numberAndUnit(_ cell: Cell) -> [String] {
        guard case .quantity(let value, let unit) = cell else { return ["", ""] }
        return [NumberFormat.exact(value) ?? "", unit]
    }

    private static func isBar(_ cell: Cell) -> Bool { if case .bar = cell { true } else { false } }

    private static func ends(of cell: Cell) -> [String] {
        guard case .bar(let from, let to) = cell else { return ["", ""] }
        return [from, to].map { NumberFormat.exact($0) ?? "" }
    }

    private static let lineEnd = "\r\n"

    private static func lines(_ lines: [[String]]) -> String {
        // A lone empty field is quoted: an empty line would part two tables.
        lines.map { $0 == [""] ? "\"\"" + lineEnd : $0.map(quoted).joined(separator: ",") + lineEnd }.joined()
    }

    private static func quoted(_ field: String) -> String {
        let special = field.utf8.contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r")
        }
        guard special else { return field }
        var result = "\""
        for scalar in field.unicodeScalars {
            if scalar == "\"" { result += "\"" }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
