import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `compare`: a request for each expression in each scenario.
struct ComparePlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    /// By number; one alone is compared with the baseline.
    let scenarios: [Int]

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let tree = runner.model.tree(command.module)
        let parts = tree.compare(command.node)
        let model = runner.model
        let named = parts.scenarios.compactMap { model.scenario(named: model.symbols[tree.name($0)]) }
        let scenarios = named.count == 1 && named[0] != Model.baseline ? [Model.baseline] + named : named
        self.scenarios = scenarios
        requests = parts.values.flatMap { value in
            scenarios.map { .expression(module: command.module, node: value, time: parts.point, scenario: $0) }
        }
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.compare(self, queries) }
}

/// `compare`: scenarios side by side, with what each changes against the first.
extension Runner {
    /// A table for each expression; false where the run ends here.
    fileprivate mutating func compare(_ plan: ComparePlan, _ queries: [Int]) -> Bool {
        let parts = model.tree(plan.command.module).compare(plan.command.node)
        let scenarios = plan.scenarios
        guard !scenarios.isEmpty else { return true }
        var next = 0
        for value in parts.values {
            let own = Array(queries[next..<next + scenarios.count])
            next += scenarios.count
            guard let table = comparison(of: value, in: plan.command.module, at: parts.point, scenarios, own) else {
                return false
            }
            outputs.append(.table(table))
        }
        return true
    }

    private mutating func comparison(
        of expression: NodeID, in module: Int32, at time: NodeID, _ scenarios: [Int], _ queries: [Int]
    ) -> Table? {
        let form = form(of: expression, in: module)
        let tree = model.tree(module)
        let place = Location(tree.source, tree[expression].span)
        let isNumber = model.types.dimension(model.type(of: expression, in: module)) != nil
        // A scenario may vary over what another does not.
        let axes = queries.reduce(Axes()) { $0.union(program.queries[$1].axes) }.subtracting(.sample)
        var labels: [String] = axes.contains(.time) ? ["time"] : []
        labels += axes.indexNumbers.map { model.symbols[model.indexes[$0].symbol] }
        var name = text(expression, in: module)
        if !time.isNone { name += " in " + text(time, in: module) }
        var table = Table(
            axes: labels + ["scenario"], rows: [],
            columns: [Table.Column(name: name, unit: form.unit, isUnique: isUnique(queries))])
        if isNumber {
            let first = model.scenarios[scenarios[0]].name
            table.columns.append(
                Table.Column(name: "change from \(first)", unit: form.unit, isUnique: isUnique(queries)))
            table.columns.append(Table.Column(name: "chance of more", unit: "", isUnique: isUnique(queries)))
        }
        for point in points(of: axes) {
            var reference = Samples([])
            for (position, scenario) in scenarios.enumerated() {
                let query = program.queries[queries[position]]
                guard takeRoom(for: table.columns.count, at: place),
                    let samples = samples(query, members: point.members, step: point.step),
                    let cell = cell(samples, form, at: place)
                else { return nil }
                var cells = [cell]
                if isNumber {
                    if position == 0 {
                        reference = samples
                        cells += [.text(""), .text("")]
                    } else {
                        let count = max(samples.count, reference.count)
                        let pairs = (0..<count).map {
                            (own: samples[samples.count == 1 ? 0 : $0], first: reference[reference.count == 1 ? 0 : $0])
                        }
                        guard let difference = self.cell(pairs.map { $0.own - $0.first }, form, at: place) else {
                            return nil
                        }
                        // What rounding leaves between two ways to the same number is no more.
                        let share =
                            Double(
                                pairs.count {
                                    $0.own - $0.first > 1e-12 * max($0.own.magnitude, $0.first.magnitude)
                                }) / Double(count)
                        cells += [difference, count > 1 ? .probability(Share(share, samples: count)) : .text("")]
                    }
                }
                table.rows.append(
                    Table.Row(labels: point.labels + [model.scenarios[scenario].name], cells: cells))
            }
        }
        // Where all is certain there is no chance to speak of.
        if isNumber, !table.rows.contains(where: { if case .probability = $0.cells[2] { true } else { false } }) {
            table.columns.removeLast()
            for row in table.rows.indices { table.rows[row].cells.removeLast() }
        }
        return table
    }
}
