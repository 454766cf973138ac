import Reuse
import ReuseReport
import Testing

/// Every command and every function that looks along an axis, over every shape of a value.
///
/// Each fault of the kind that is sought here was one place asking a question that another had answered differently: a
/// command that looked at the first member, a stock that read a year as a mean. So each is asked over nothing, over time,
/// over an index and over two, certain and uncertain, in a scenario or not, by year, quarter and month; and each answer is
/// computed a second way (`ShapeModel`), in arithmetic that a reader can follow.
@Suite struct ShapeTests {
    static let samples = 40

    @Test("values over every shape are those of plain arithmetic", arguments: Shape.all)
    func values(_ shape: Shape) {
        let model = ShapeModel(shape, samples: Self.samples)
        for value in ShapeValue.all {
            // What is refused is written as it stands.
            switch value.expected(model) {
            case .unasked: continue
            case .refused(let code):
                #expect(Self.run(shape, "show \(value.text)").codes == [code], "\(value.text), \(shape)")
            case .field(let field):
                let axes = [ShapeAxis.time, .first, .second].filter { field.axes.contains($0) }
                let by = axes.isEmpty ? "" : " by " + axes.map(shape.name).joined(separator: ", ")
                let answer = Self.run(shape, "show \(shape.written(value.text))\(by)")
                let rows = ShapeField.places(field.axes, of: shape).map {
                    ExpectedRow(labels: $0.labels, cells: [ExpectedCell(field, at: $0.place)])
                }
                let problem = answer.problem(of: 0, rows)
                #expect(problem == nil, "\(value.text), \(shape): \(problem ?? "")")
            }
        }
    }

    @Test("commands over every shape print what plain arithmetic gives", arguments: Shape.all)
    func commands(_ shape: Shape) {
        for command in ShapeCommand.all {
            let model = ShapeModel(shape, samples: command.samples)
            guard let text = command.text(model) else { continue }
            let answer = Self.run(shape, text, samples: command.samples)
            if let message = command.message(model) {
                let found = answer.result.diagnostics.first { $0.severity == .error }?.message
                #expect(found == message, "\(text), \(shape)")
                continue
            }
            let tables = command.tables(model)
            #expect(answer.codes == [], "\(text), \(shape)")
            #expect(answer.tables.count == tables.count, "\(text), \(shape)")
            for (number, rows) in tables.enumerated() {
                let problem = answer.problem(of: number, rows, inOrder: !command.isSorted)
                #expect(problem == nil, "\(text), \(shape): \(problem ?? "")")
            }
        }
    }

    static func run(_ shape: Shape, _ command: String, samples: Int = samples) -> ShapeAnswer {
        var options = Options()
        options.samples = samples
        options.threads = 1
        let functions = """
            fn of_2025(v) = v[2025]
            fn swing(v) = v - previous(v, else: 0)
            fn share(v) = v / sum(v)

            """
        let script = shape.script + functions + command + "\n"
        return ShapeAnswer(result: Session(options: options).run(Array(script.utf8), name: "-"), shape: shape)
    }
}

/// What a script of one command said.
struct ShapeAnswer {
    var result: RunResult
    var shape: Shape

    /// Codes of errors.
    var codes: [String] { result.diagnostics.filter { $0.severity == .error }.map(\.kind.code) }
    var tables: [Table] {
        result.outputs.compactMap { if case .table(let table) = $0 { table } else { nil } }
    }

    /// In what a table is not what is expected; nil where it is.
    func problem(of number: Int, _ rows: [ExpectedRow], inOrder: Bool = true) -> String? {
        if let error = result.diagnostics.first(where: { $0.severity == .error }) {
            return "\(error.kind.code): \(error.message)"
        }
        guard tables.indices.contains(number) else { return "there is no table" }
        let table = tables[number]
        let labels = table.rows.map(\.labels)
        let wanted = rows.map(\.labels)
        let isSame = inOrder ? labels == wanted : Set(labels) == Set(wanted) && labels.count == wanted.count
        if !isSame { return "rows are \(labels), not \(wanted)" }
        for row in rows {
            guard let found = table.rows.first(where: { $0.labels == row.labels }) else { continue }
            guard found.cells.count >= row.cells.count else { return "\(row.labels) has \(found.cells)" }
            for (column, cell) in row.cells.enumerated() {
                if let problem = cell.problem(found.cells[column], shape) {
                    return "\(row.labels), \(table.columns[column].name): \(problem)"
                }
            }
        }
        return nil
    }
}

struct ExpectedRow {
    var labels: [String]
    var cells: [ExpectedCell]
}

enum ExpectedCell {
    case number(Double)
    /// To some difference, for what rests on runs.
    case about(Double, within: Double)
    /// One number for each sample.
    case samples([Double])
    case boolean(Bool)
    /// In each sample whether it holds.
    case flags([Bool])
    /// A step; infinite for one that never comes.
    case step(Double)
    case steps([Double])
    case text(String)
    case anything

    init(_ field: ShapeField, at place: ShapePlace) {
        let values = field.values(place)
        let isCertain = field.samples == 1
        switch field.kind {
        case .number: self = isCertain ? .number(values[0]) : .samples(values)
        case .condition: self = isCertain ? .boolean(values[0] != 0) : .flags(values.map { $0 != 0 })
        case .time: self = isCertain ? .step(values[0]) : .steps(values)
        }
    }

    /// In what a cell is another; nil where it is this one.
    func problem(_ cell: Cell, _ shape: Shape) -> String? {
        // A number that brings its unit along is one all the same.
        if case .quantity(let value, _) = cell { return problem(.number(value), shape) }
        func label(_ step: Double) -> String? { step.isFinite ? shape.label(Int(step)) : nil }
        switch (self, cell) {
        case (.anything, _): return nil
        case (.number(let wanted), .number(let found)): return Self.difference(found, wanted)
        case (.about(let wanted, let least), .number(let found)):
            return (found - wanted).magnitude <= least ? nil : "\(found), not \(wanted) within \(least)"
        case (.samples(let values), .uncertain(let summary)):
            let scale = max(1, values.map(\.magnitude).max() ?? 0)
            for (name, found, wanted) in [
                ("mean", summary.mean, Plain.mean(values)), ("sd", summary.sd, Plain.sd(values)),
                ("5%", summary.p5, Plain.quantile(values, 0.05)),
                ("median", summary.median, Plain.quantile(values, 0.5)),
                ("95%", summary.p95, Plain.quantile(values, 0.95)),
            ] {
                if let problem = Self.difference(found, wanted, scale: scale) { return "\(name) is \(problem)" }
            }
            return nil
        case (.boolean(let wanted), .boolean(let found)): return found == wanted ? nil : "\(found)"
        case (.flags(let flags), .probability(let share)):
            return Self.difference(share.value, Double(flags.count { $0 }) / Double(flags.count))
        case (.step(let wanted), .time(let found)): return label(wanted) == found ? nil : "\(found), not \(wanted)"
        case (.step(let wanted), .absent): return wanted.isFinite ? "never, not \(wanted)" : nil
        // Where it is the same in all samples it is one time.
        case (.steps(let values), .time(let found)):
            return values.allSatisfy { label($0) == found } ? nil : "\(found), not \(values)"
        case (.steps(let values), .absent): return values.allSatisfy { !$0.isFinite } ? nil : "never, not \(values)"
        case (.steps(let values), .uncertainTime(let spread)):
            let sorted = values.sorted()
            for (found, share) in [(spread.p5, 0.05), (spread.median, 0.5), (spread.p95, 0.95)] {
                let wanted = sorted[Int(Double(sorted.count - 1) * share)]
                if found != label(wanted) { return "\(found ?? "never") at \(share), not \(wanted)" }
            }
            return Self.difference(
                spread.never.value, Double(values.count { !$0.isFinite }) / Double(values.count))
        case (.text(let wanted), .text(let found)): return found == wanted ? nil : "\"\(found)\", not \"\(wanted)\""
        default: return "\(cell), not \(self)"
        }
    }

    private static func difference(_ found: Double, _ wanted: Double, scale: Double = 0) -> String? {
        (found - wanted).magnitude <= 1e-11 * max(scale, wanted.magnitude, 1e-3) ? nil : "\(found), not \(wanted)"
    }
}
