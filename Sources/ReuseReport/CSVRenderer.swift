import Reuse
import ReuseSyntax

/// Outputs as CSV after RFC 4180: one table after another with an empty line between, numbers unscaled, units in the header.
///
/// Numbers have up to 15 significant digits, as in R and in spreadsheets: what was written with so many comes back as it was,
/// and further ones are the rounding of binary numbers. JSON has them all.
public struct CSVRenderer: Sendable {
    private let format = ValueFormat(exact: true)

    public init() {}

    /// One output as lines, each with its line end; with a column for the scenario of a run, where it has one.
    public func render(_ output: Output, scenario: String? = nil) -> String {
        withRoomToRecurse {
            Self.lines(Self.under(scenario, lines(output)))
        }
    }

    /// All outputs of a run, under the scenario of its plain commands. A column in front says of which table a row is: by its
    /// title, or by what was asked for.
    public func render(_ outputs: [Output], scenario: String? = nil) -> String {
        withRoomToRecurse {
            outputs.map { output in
                var lines = Self.under(scenario, lines(output))
                if case .table(let table) = output {
                    let name = Self.name(of: table)
                    for line in lines.indices { lines[line].insert(line == 0 ? "table" : name, at: 0) }
                }
                return Self.lines(lines)
            }.joined(separator: Self.lineEnd)
        }
    }

    /// What a file with one output of a run is called: its number, and the title or what was asked for.
    public static func fileName(of output: Output, number: Int, of count: Int) -> String {
        let name =
            switch output {
            case .table(let table): self.name(of: table)
            case .text: "text"
            case .trace(let trace): "trace " + trace.name
            case .check: "check"
            }
        var slug = ""
        for character in name where slug.count < 40 {
            if character.isLetter || character.isNumber || character == "_" {
                slug.append(character)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
        }
        while slug.last == "-" { slug.removeLast() }
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, String(count).count - digits.count))
        return padding + digits + (slug.isEmpty ? "" : "-" + slug) + ".csv"
    }

    private static func name(of table: Table) -> String {
        table.title ?? table.columns.map { $0.name.isEmpty ? "value" : $0.name }.joined(separator: ", ")
    }

    /// Rows that tell their scenario themselves keep to it.
    private static func under(_ scenario: String?, _ lines: [[String]]) -> [[String]] {
        guard let scenario, let header = lines.first, !header.contains("scenario") else { return lines }
        return [["scenario"] + header] + lines.dropFirst().map { [scenario] + $0 }
    }

    private func lines(_ output: Output) -> [[String]] {
        switch output {
        case .table(let table): lines(table)
        case .text(let text): [["text"], [text]]
        case .trace(let trace): lines(trace)
        case .check(let check): lines(check)
        }
    }

    public func render(_ register: Register) -> String {
        withRoomToRecurse {
            var lines = [
                [
                    "name", "definition", "value.p5", "value.median", "value.p95", "unit", "distribution", "source",
                    "note",
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
    }

    private func lines(_ table: Table) -> [[String]] {
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
        return lines
    }

    private func lines(_ check: Check) -> [[String]] {
        let kind =
            switch check.kind {
            case .assert: "assert"
            case .consistent: "consistent"
            }
        return [["check", "condition", "holds"], [kind, check.condition, "true"]]
    }

    private func lines(_ root: Trace) -> [[String]] {
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
        return lines
    }

    /// Three fields: 5%, median and 95% of what is uncertain; anything else stands as the median with both ends alike
    /// where it is a number, and empty where it is not.
    private func three(_ cell: Cell, unit: String) -> [String] {
        switch cell {
        case .uncertain(let summary):
            return [summary.p5, summary.median, summary.p95].map { Self.number($0) ?? "" }
        case .number(let value), .quantity(let value, _):
            return [String](repeating: Self.number(value) ?? "", count: 3)
        case .uncertainTime(let spread):
            return [spread.p5, spread.median, spread.p95].map { $0 ?? "never" }
        case .boolean, .probability, .text, .time, .list, .record, .function, .bar, .absent:
            return ["", text(cell, unit: unit), ""]
        }
    }

    /// One field. The unit stands in the header; within lists and records it is written out.
    private func text(_ cell: Cell, unit: String) -> String {
        switch cell {
        case .number(let value), .quantity(let value, _): Self.number(value) ?? ""
        case .probability(let share): Self.number(share.value) ?? ""
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
        return [from, to].map { Self.number($0) ?? "" }
    }

    private static func number(_ value: Double) -> String? { NumberFormat.exact(NumberFormat.rounded(value)) }

    private static let lineEnd = "\r\n"

    private static func lines(_ lines: [[String]]) -> String {
        // A lone empty field is quoted: an empty line would part two tables.
        lines.map { $0 == [""] ? "\"\"" + lineEnd : $0.map { quoted(asText($0)) }.joined(separator: ",") + lineEnd }
            .joined()
    }

    /// A text that a spreadsheet would run as a formula has an apostrophe before it, which spreadsheets take as the sign of a
    /// text. Numbers stay as they are.
    private static func asText(_ text: String) -> String {
        let field = VisibleText.of(text, keeping: "\r")
        guard let first = field.unicodeScalars.first, ["=", "+", "-", "@", "\t", "\r"].contains(first),
            Double(field) == nil
        else { return field }
        return "'" + field
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
