import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `target`: in each scenario, whether a condition holds when it should, how surely, since when, and by how much.
extension Runner {
    /// The baseline, the scenario of plain commands, and every scenario that is declared.
    private var judgedScenarios: [Int] {
        var result = [Model.baseline, model.mainScenario]
        result += model.scenarios.indices.filter { !model.scenarios[$0].node.isNone }
        return Set(result).sorted()
    }

    /// For each scenario the condition and, for a comparison, its sides; then the period or periods, and the share.
    func requests(ofTarget command: Command) -> [QueryRequest] {
        guard let target = model.target(command.node, in: command.module) else { return [] }
        var result: [QueryRequest] = []
        for scenario in judgedScenarios {
            for node in [target.condition] + target.sides {
                result.append(.expression(module: target.module, node: node, time: nil, scenario: scenario))
            }
        }
        for node in [target.from, target.until, target.share].compactMap({ $0 }) {
            result.append(.expression(module: target.module, node: node, time: nil))
        }
        return result
    }

    mutating func judge(_ plan: Plan, _ queries: [Int]) -> Bool {
        guard let target = model.target(plan.command.node, in: plan.command.module), let execution else { return true }
        let scenarios = judgedScenarios
        let width = 1 + target.sides.count
        var next = scenarios.count * width
        func single(_ node: NodeID?) -> Double? {
            guard node != nil else { return nil }
            defer { next += 1 }
            return samples(program.queries[queries[next]], members: [:], step: 0)?.first
        }
        let from = single(target.from)
        let until = single(target.until)
        let share = single(target.share) ?? 0.5
        for value in [from, until, share] { if let value, value.isNaN, stop(value, sample: nil) { return false } }
        guard let steps = judgedSteps(from: from, until: until, execution, target) else { return true }
        let form = target.sides.first.map { self.form(of: $0, in: target.module) }
        let tree = model.tree(target.module)
        let place = Location(tree.source, tree[target.condition].span)
        var table = Table(
            title: target.title ?? target.name, axes: ["scenario"], rows: [],
            columns: [
                Table.Column(name: "chance", unit: ""), Table.Column(name: "verdict", unit: ""),
                Table.Column(name: "first met", unit: ""),
            ])
        if let form { table.columns.append(Table.Column(name: "margin", unit: form.unit)) }
        for column in table.columns.indices { table.columns[column].isUnique = isUnique(queries) }
        for (position, scenario) in scenarios.enumerated() {
            let condition = program.queries[queries[position * width]]
            guard let holds = holding(condition, steps, place) else { return false }
            let chance = Double(holds.count { $0 }) / Double(max(holds.count, 1))
            let isMet = chance >= share
            var cells: [Cell] = [
                holds.count == 1 ? .boolean(holds[0]) : .probability(Share(chance, samples: holds.count)),
                .text(isMet ? "met" : "missed"),
                .text(firstMet(condition, share, place) ?? ""),
            ]
            if let form, target.sides.count == 2, let last = steps.last {
                let left =
                    samples(program.queries[queries[position * width + 1]], members: [:], step: last) ?? Samples([])
                let right =
                    samples(program.queries[queries[position * width + 2]], members: [:], step: last) ?? Samples([])
                let count = max(left.count, right.count)
                guard !left.isEmpty, !right.isEmpty else { return false }
                let margins = (0..<count).map {
                    (left[left.count == 1 ? 0 : $0] - right[right.count == 1 ? 0 : $0]) * target.sign
                }
                guard let cell = cell(margins, form, at: place) else { return false }
                cells.append(cell)
            }
            table.rows.append(Table.Row(labels: [model.scenarios[scenario].name], cells: cells))
        }
        outputs.append(.table(table))
        return true
    }

    /// The steps at which a target is judged: the last of its period, or all between two.
    private mutating func judgedSteps(
        from: Double?, until: Double?, _ execution: Execution, _ target: Target
    ) -> ClosedRange<Int>? {
        guard program.calendar.hasHorizon, let until else { return 0...0 }
        let tree = model.tree(target.module)
        guard let last = program.calendar.steps(of: execution.time(until)) else {
            diagnostics.append(
                .targetBeyondHorizon(
                    execution.time(until).text,
                    at: Location(tree.source, tree[target.until ?? target.condition].span)))
            return nil
        }
        guard let from else { return last.upperBound...last.upperBound }
        guard let first = program.calendar.steps(of: execution.time(from)), first.lowerBound <= last.upperBound else {
            diagnostics.append(
                .targetBeyondHorizon(
                    execution.time(from).text, at: Location(tree.source, tree[target.from ?? target.condition].span)))
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
    fileprivate static func targetBeyondHorizon(_ time: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .targetBeyondHorizon, severity: .warning,
            "the target is judged in \(time), outside the horizon, so it is left out",
            at: Label(place),
            help: ["let the horizon reach that far, or judge it sooner"])
    }
}
