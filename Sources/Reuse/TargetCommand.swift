import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `target`: for each scenario the condition and what its comparisons compare; then the period or periods, and the share.
struct TargetPlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    /// Those in which it is judged, by number.
    let scenarios: [Int]
    let condition: ConditionMargins

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        scenarios = runner.judgedScenarios
        let target = runner.model.tree(command.module).target(command.node)
        condition = ConditionMargins(target.condition, in: command.module, runner.model)
        for scenario in scenarios {
            for node in [target.condition] + condition.wanted {
                requests.append(.expression(module: command.module, node: node, scenario: scenario))
            }
        }
        for node in [target.from, target.until, target.share] where !node.isNone {
            requests.append(command.request(node))
        }
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.judge(self, queries) }
}

/// `target`: in each scenario, whether a condition holds when it should, how surely, since when, and by how much.
extension Runner {
    /// The baseline, the scenario of plain commands, and every scenario that is declared.
    fileprivate var judgedScenarios: [Int] {
        var result = [Model.baseline, model.mainScenario]
        result += model.scenarios.indices.filter { !model.scenarios[$0].node.isNone }
        return Set(result).sorted()
    }

    fileprivate mutating func judge(_ plan: TargetPlan, _ queries: [Int]) -> Bool {
        guard let execution else { return true }
        let module = plan.command.module
        let tree = model.tree(module)
        let target = tree.target(plan.command.node)
        let (condition, scenarios) = (plan.condition, plan.scenarios)
        let width = 1 + condition.wanted.count
        var next = scenarios.count * width
        let place = Location(tree.source, tree[target.condition].span)
        var parts: [Double?] = []
        for node in [target.from, target.until, target.share] {
            guard !node.isNone else {
                parts.append(nil)
                continue
            }
            let query = program.queries[queries[next]]
            next += 1
            guard query.axes.isEmpty, let value = samples(query, members: PickedMembers(), step: 0)?.first else {
                diagnostics.append(
                    .targetNotOne(text(node, in: module), at: Location(tree.source, tree[node].span)))
                return false
            }
            if value.isNaN, stop(value, sample: nil) { return false }
            parts.append(value)
        }
        let share = parts[2] ?? 0.5
        guard let steps = judgedSteps(from: parts[0], until: parts[1], execution, target, tree) else { return true }
        let columns = marginColumns(condition, in: module)
        var isUncertain = false
        var rows: [(chance: Cell, verdict: Cell, first: Cell, margins: [[Double]])] = []
        for position in scenarios.indices {
            let own = queries[position * width..<(position + 1) * width].map { program.queries[$0] }
            guard let holds = holding(own[0], steps, place) else { return false }
            let chance = Double(holds.count { $0 }) / Double(max(holds.count, 1))
            let margins = columns.map { worst($0.comparison, condition, own, steps, holds) }
            isUncertain = isUncertain || margins.contains { $0.count > 1 }
            rows.append(
                (
                    holds.count == 1 ? .boolean(holds[0]) : .probability(Share(chance, samples: holds.count)),
                    .text(chance >= share ? "met" : "missed"),
                    .text(firstMet(own[0], share, place) ?? ""), margins
                ))
        }
        // How surely it is to hold, where that is said and there is something unsure.
        let asked = target.share.isNone || !isUncertain ? nil : text(target.share, in: module)
        var table = Table(
            title: target.title.isNone ? model.symbols[tree.name(target.name)] : tree.literal(target.title),
            axes: ["scenario"], rows: [],
            columns: [
                Table.Column(name: "chance", unit: ""), Table.Column(name: "verdict", unit: ""),
                Table.Column(name: "first met", unit: ""),
            ])
        for column in columns {
            table.columns.append(Table.Column(name: column.name, unit: column.form.unit))
            if let asked {
                table.columns.append(Table.Column(name: "\(column.name) with \(asked)", unit: column.form.unit))
            }
        }
        for column in table.columns.indices { table.columns[column].isUnique = isUnique(queries) }
        for (position, row) in rows.enumerated() {
            var cells = [row.chance, row.verdict, row.first]
            for (margins, column) in zip(row.margins, columns) {
                guard !margins.contains(where: \.isNaN) else {
                    cells += asked == nil ? [.absent] : [.absent, .absent]
                    continue
                }
                guard var cell = cell(margins, column.form, at: place) else { return false }
                // What it holds by in as many samples as are asked for: below 0 just where the target is missed.
                let reached = reached(margins, share) / column.form.scale
                if case .uncertain(var summary) = cell, target.share.isNone, (summary.median < 0) != (reached < 0) {
                    // Of samples that are half above 0, half below, the median lies between two.
                    summary.median = reached
                    cell = .uncertain(summary)
                }
                cells.append(cell)
                if asked != nil { cells.append(.number(reached)) }
            }
            table.rows.append(Table.Row(labels: [model.scenarios[scenarios[position]].name], cells: cells))
        }
        outputs.append(.table(table))
        return true
    }

    /// One margin of the whole condition, where all its comparisons are of one dimension; else one for each comparison. None
    /// where something else than comparisons of numbers decides.
    private mutating func marginColumns(
        _ condition: ConditionMargins, in module: Int32
    ) -> [(name: String, comparison: ConditionMargins.Comparison?, form: ValueForm)] {
        guard condition.isWhole else { return [] }
        let tree = model.tree(module)
        func left(_ comparison: ConditionMargins.Comparison) -> NodeID { tree.comparison(comparison.node).left }
        let dimensions = condition.comparisons.map { comparison in
            model.types.dimension(model.type(of: left(comparison), in: module)).map { model.describe($0) }
        }
        if let first = condition.comparisons.first, Set(dimensions).count == 1 {
            return [("margin", nil, form(of: left(first), in: module))]
        }
        var result: [(name: String, comparison: ConditionMargins.Comparison?, form: ValueForm)] = []
        for comparison in condition.comparisons {
            result.append(
                (
                    "margin of \(text(comparison.node, in: module))", comparison,
                    form(of: left(comparison), in: module)
                ))
        }
        return result
    }

    /// In each sample the worst margin of a condition, or of one comparison in it, over the steps that are judged and all
    /// members. Not a number where it has none.
    private func worst(
        _ comparison: ConditionMargins.Comparison?, _ condition: ConditionMargins, _ queries: [Query],
        _ steps: ClosedRange<Int>, _ holds: [Bool]
    ) -> [Double] {
        let axes = queries.dropFirst().reduce(queries[0].axes) { $0.union($1.axes) }
        var result: [Double] = []
        for step in axes.contains(.time) ? steps : 0...0 {
            for point in points(of: axes.subtracting(.sample).subtracting(.time)) {
                if isLeft { return [] }
                let values = queries.dropFirst().map {
                    samples($0, members: point.members, step: step) ?? Samples([.nan])
                }
                let count = axes.contains(.sample) ? values.map(\.count).max() ?? 1 : 1
                if result.isEmpty { result = Array(repeating: .infinity, count: count) }
                for sample in result.indices {
                    func value(_ place: Int) -> Double { values[place][values[place].count == 1 ? 0 : sample] }
                    let own = comparison.map { condition.margin(of: $0, value) } ?? condition.margin(value)
                    result[sample] = own.isNaN || result[sample].isNaN ? .nan : min(result[sample], own)
                }
            }
        }
        guard comparison == nil, holds.count == result.count else { return result }
        // `==` allows for rounding.
        for sample in result.indices where holds[sample] && result[sample] < 0 { result[sample] = 0 }
        return result
    }

    /// The margin that is reached in a share of the samples: below 0 just where fewer hold.
    private func reached(_ margins: [Double], _ share: Double) -> Double {
        let ordered = margins.sorted(by: >)
        // The fewest samples that are that share of all.
        var count = Int((share * Double(ordered.count)).rounded(.up))
        while count > 1, Double(count - 1) / Double(ordered.count) >= share { count -= 1 }
        while count < ordered.count, Double(count) / Double(ordered.count) < share { count += 1 }
        return ordered[min(max(count, 1), ordered.count) - 1]
    }

    /// The steps at which a target is judged: the last of its period, or all between two.
    private mutating func judgedSteps(
        from: Double?, until: Double?, _ execution: Execution, _ target: TargetNode, _ tree: SyntaxTree
    ) -> ClosedRange<Int>? {
        guard program.calendar.hasHorizon, let until else { return 0...0 }
        guard let last = program.calendar.steps(of: execution.time(until)) else {
            diagnostics.append(
                .targetBeyondHorizon(
                    execution.time(until).text,
                    at: Location(tree.source, tree[target.until].span)))
            return nil
        }
        guard let from else { return last.upperBound...last.upperBound }
        guard let first = program.calendar.steps(of: execution.time(from)), first.lowerBound <= last.upperBound else {
            diagnostics.append(
                .targetBeyondHorizon(
                    execution.time(from).text, at: Location(tree.source, tree[target.from].span)))
            return nil
        }
        return first.lowerBound...last.upperBound
    }

    /// For each sample whether a condition holds at all of some steps, and at all members of its indexes.
    private mutating func holding(_ query: Query, _ steps: ClosedRange<Int>, _ place: Location) -> [Bool]? {
        var result: [Bool] = []
        for step in query.axes.contains(.time) ? steps : 0...0 {
            for point in points(of: query.axes.subtracting(.sample).subtracting(.time)) {
                guard let values = samples(query, members: point.members, step: step) else { return nil }
                for (number, value) in values.enumerated()
                where value.isNaN && stop(value, sample: values.count > 1 ? number : nil, among: values) { return nil }
                if result.isEmpty { result = values.map { _ in true } }
                for number in values.indices where values[number] == 0 { result[number] = false }
            }
        }
        return result
    }

    /// The first step from which a condition holds, surely enough, to the end.
    private mutating func firstMet(_ query: Query, _ share: Double, _ place: Location) -> String? {
        guard program.calendar.hasHorizon else { return nil }
        var first: Int?
        for step in program.calendar.steps.indices.reversed() {
            guard let holds = holding(query, step...step, place) else { return nil }
            let chance = Double(holds.count { $0 }) / Double(max(holds.count, 1))
            if chance < share { break }
            first = step
        }
        return first.map { program.calendar.steps[$0].text }
    }
}

extension Diagnostic {
    fileprivate static func targetNotOne(_ words: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`\(words)` is not one certain value, and a target needs one here", at: Label(place),
            help: ["write a time or a share out: `by 2030 with 90%`"])
    }

    fileprivate static func targetBeyondHorizon(_ time: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .targetBeyondHorizon, severity: .warning,
            "the target is judged in \(time), outside the horizon, so it is left out",
            at: Label(place),
            help: ["let the horizon reach that far, or judge it sooner"])
    }
}
