import Reuse
import ReuseSyntax

/// Outputs whose texts, which come from scripts, tables and the command line, can be sent to a terminal.
extension Output {
    var visible: Output {
        switch self {
        case .table(let table): .table(table.visible)
        case .text(let text): .text(VisibleText.of(text))
        case .trace(let trace): .trace(trace.visible)
        case .check(let check): .check(Check(kind: check.kind, condition: VisibleText.of(check.condition)))
        }
    }
}

extension Table {
    var visible: Table {
        var table = self
        table.title = title.map { VisibleText.of($0) }
        table.axes = axes.map { VisibleText.of($0) }
        for row in rows.indices {
            table.rows[row].labels = rows[row].labels.map { VisibleText.of($0) }
            table.rows[row].cells = rows[row].cells.map(\.visible)
        }
        for column in columns.indices {
            table.columns[column].name = VisibleText.of(columns[column].name)
            table.columns[column].unit = VisibleText.of(columns[column].unit)
        }
        return table
    }
}

extension Cell {
    var visible: Cell {
        switch self {
        case .text(let text): .text(VisibleText.of(text))
        case .function(let signature): .function(VisibleText.of(signature))
        case .list(let items): .list(items.map(\.visible))
        case .record(let fields): .record(fields.map { (VisibleText.of($0.name), $0.unit, $0.value.visible) })
        case .number, .quantity, .uncertain, .boolean, .probability, .time, .uncertainTime, .bar, .absent: self
        }
    }
}

extension Trace {
    var visible: Trace {
        Trace(
            name: VisibleText.of(name), formula: formula.map { VisibleText.of($0) }, value: value.visible, unit: unit,
            time: time,
            role: role, source: source.map { VisibleText.of($0) }, parts: parts.map(\.visible))
    }
}

extension Register.Entry {
    var visible: Register.Entry {
        var entry = self
        entry.name = VisibleText.of(name)
        entry.definition = VisibleText.of(definition)
        entry.value = value.visible
        entry.source = source.map { VisibleText.of($0) }
        entry.note = note.map { VisibleText.of($0) }
        entry.basis = basis.map { VisibleText.of($0) }
        entry.usedBy = usedBy.map { VisibleText.of($0) }
        entry.place = VisibleText.of(place)
        return entry
    }
}
