import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `sensitivity`: which inputs drive a value.
struct SensitivityPlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    /// Where it is to run, and the value rests on something uncertain.
    var value: UncertainValue?

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        (value, requests) = runner.planSensitivity(command, isRun: isRun)
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.sensitivity(self, queries) }
}

/// What a `sensitivity` needs: the inputs that its value rests on, and a program of that value alone.
struct UncertainValue {
    var method: SensitivityMethod
    var inputs: [UncertainInput]
    var program: Program
    /// Values of the inputs themselves: the query of each that is one number and rests on nothing else.
    var own: (program: Program, queries: [Int?])
}

/// `sensitivity`: which inputs drive a value. Each method is one run of the model with draws of its own, but for ranks, which
/// take the samples that the run has anyway.
extension Runner {
    fileprivate mutating func planSensitivity(_ command: Command, isRun: Bool) -> (UncertainValue?, [QueryRequest]) {
        let parts = model.tree(command.module).sensitivity(command.node)
        let request = command.request(parts.value, at: parts.point)
        // A check wants to know no more than whether the value can be had.
        guard isRun else { return (nil, [request]) }
        let lowered = options.lower(core, scenarios, [request])
        guard lowered.diagnostics.isEmpty, lowered.program.queries.count == 1 else { return (nil, [request]) }
        let method = method(parts.method, in: command.module)
        let (inputs, readsStatistics) = lowered.program.uncertainInputs(of: 0)
        if inputs.isEmpty { return (nil, [request]) }
        if readsStatistics, method == .tornado || method == .morris {
            let tree = model.tree(command.module)
            diagnostics.append(
                .sensitivityOfStatistic(method, at: Location(tree.source, tree[parts.value].span)))
            return (nil, [])
        }
        if method == .sobol, let (first, second) = lowered.program.correlatedPair(of: inputs) {
            let tree = model.tree(command.module)
            diagnostics.append(
                .sobolOfCorrelated(first, second, at: Location(tree.source, tree[parts.value].span)))
            return (nil, [])
        }
        let value = UncertainValue(
            method: method, inputs: inputs, program: lowered.program, own: ownValues(of: inputs))
        return (value, method == .rank ? [request] : [])
    }

    private func method(_ node: NodeID, in module: Int32) -> SensitivityMethod {
        if node.isNone { return .rank }
        return SensitivityMethod(rawValue: model.symbols[model.tree(module).name(node)]) ?? .rank
    }

    private func ownValues(of inputs: [UncertainInput]) -> (program: Program, queries: [Int?]) {
        let declared = inputs.indices.filter { !inputs[$0].declaration.isNone }
        let requests = declared.map { QueryRequest.declaration(inputs[$0].declaration, scenario: Model.baseline) }
        var queries: [Int?] = inputs.map { _ in nil }
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else { return (lowered.program.only(queries: []), queries) }
        var kept: [Int] = []
        for (query, place) in declared.enumerated() {
            let (found, readsStatistics) = lowered.program.uncertainInputs(of: query)
            let type = model.types.shape(model[inputs[place].declaration].type)
            guard case .number = type, !readsStatistics, lowered.program.queries[query].axes == .sample,
                found.count == 1, found[0].variables == inputs[place].variables
            else { continue }
            queries[place] = kept.count
            kept.append(query)
        }
        return (lowered.program.only(queries: kept), queries)
    }

    // MARK: Output

    /// The table of one command; false where the run ends here.
    fileprivate mutating func sensitivity(_ plan: SensitivityPlan, _ queries: [Int]) -> Bool {
        let parts = model.tree(plan.command.module).sensitivity(plan.command.node)
        var name = text(parts.value, in: plan.command.module)
        if !parts.point.isNone { name += " in " + text(parts.point, in: plan.command.module) }
        guard let sensitivity = plan.value else { return showCertain(name, parts.value, plan, queries) }
        switch sensitivity.method {
        case .rank: return rank(sensitivity, plan, queries, name)
        case .tornado:
            let design = TornadoDesign(columns: DrawColumns(sensitivity.inputs))
            return run(sensitivity, plan, design, name) { runner, values, _, place, form in
                runner.tornado(values, design, sensitivity, form, at: place)
            }
        case .sobol:
            let columns = DrawColumns(sensitivity.inputs)
            let points = SaltelliDesign.pointCount(atMost: budget / (columns.groupCount + 2))
            let design = SaltelliDesign(columns: columns, points: points, seed: options.seed)
            let seed = options.seed
            return run(sensitivity, plan, design, name) { _, values, left, _, _ in
                Self.sobol(SobolIndices(values, of: design, leavingOut: left, seed: seed))
            }
        case .morris:
            let design = MorrisDesign(
                columns: DrawColumns(sensitivity.inputs), trajectories: min(max(options.samples / 100, 10), 1000),
                seed: options.seed)
            return run(sensitivity, plan, design, name) { _, values, left, _, form in
                Self.morris(ElementaryEffects(values, of: design, leavingOut: left), form)
            }
        case .shapley:
            let columns = DrawColumns(sensitivity.inputs)
            let orders = ShapleyDesign.pointCount(atMost: budget / (columns.groupCount + 1))
            let design = ShapleyDesign(
                columns: columns, orders: orders, correlation: sensitivity.program.scoreCorrelation(of: columns),
                seed: options.seed)
            return run(sensitivity, plan, design, name) { _, values, left, _, _ in
                Self.shapley(ShapleyEffects(values, of: design, leavingOut: left))
            }
        }
    }

    /// Runs that a method may take, about: twice the samples, as every run is a sample and some are shared by all inputs.
    private var budget: Int { 2 * min(options.samples, 1 << 24) }

    /// What a method found at one point.
    private struct Finding {
        var columns: [Table.Column]
        /// By input.
        var rows: [[Cell]]
        /// What rows are sorted by.
        var influence: [Double]
        /// What the title tells of this point, such as the share of variance that is explained; nil where there is nothing.
        var told: String?
        /// How the title goes on, with `#` for what it tells.
        var words: String
    }

    /// A value that nothing uncertain is behind.
    private mutating func showCertain(
        _ name: String, _ expression: NodeID, _ plan: SensitivityPlan, _ queries: [Int]
    ) -> Bool {
        guard let number = queries.first else { return true }
        let query = program.queries[number]
        let form = form(of: expression, in: plan.command.module)
        var line = "nothing uncertain drives \(name)"
        if query.axes.isEmpty, query.points.isEmpty, let values = samples(query, members: PickedMembers(), step: 0) {
            let tree = model.tree(plan.command.module)
            guard let cell = cell(values, form, at: Location(tree.source, tree[expression].span)) else { return false }
            line += ": it is " + ValueFormat().text(cell, unit: form.unit)
        }
        outputs.append(.text(line))
        return true
    }

    /// Runs a design and makes the table of what it shows.
    private mutating func run<Design: SensitivityDesign>(
        _ sensitivity: UncertainValue, _ plan: SensitivityPlan, _ design: Design, _ name: String,
        _ find: (inout Runner, [Double], Set<Int>, Location, ValueForm) -> Finding?
    ) -> Bool {
        let outer = (program, execution)
        defer { (program, execution) = outer }
        program = sensitivity.program
        let format = ValueFormat()
        var settings = options.run(samples: design.rows)
        settings.design = DrawDesign(design)
        settings.format = { format.text(.number($0), unit: $1) }
        let own = execute(program, settings)
        if let shortage = own.shortage {
            diagnostics.append(.outOfMemory(shortage, samples: design.rows, in: model))
            return false
        }
        if own.isStopped {
            diagnostics.append(.stoppedIn(name))
            return false
        }
        execution = own
        let unsolved = own.unsolvedSamples
        let isAllowed = Double(unsolved.count) <= options.allowedUnsolved * Double(design.rows) * (1 + 1e-12)
        let together = Set(unsolved.compactMap { design.group(ofRow: $0) })
        guard isAllowed, !together.isEmpty, together.count < design.groupsOfRows else {
            return table(sensitivity, plan, query: 0, name, runs: design.rows, find)
        }
        // A value that is missing leaves nothing to compare the rest of its group with.
        let rows = Set((0..<design.rows).filter { design.group(ofRow: $0).map { together.contains($0) } ?? false })
        let more = rows.count - unsolved.count
        outputs.append(
            .text(
                Self.counted(unsolved.count, of: design.rows, "run") + " are left out"
                    + (more > 0 ? ", with \(more) that belong to them" : "") + ": their markets could not be cleared"))
        return table(
            sensitivity, plan, query: 0, name, runs: design.rows - rows.count, without: (together, rows), find)
    }

    /// A row for each input, sorted by influence, at the last step and at every member of an index.
    private mutating func table(
        _ sensitivity: UncertainValue, _ plan: SensitivityPlan, query number: Int, _ name: String, runs: Int?,
        without leftOut: (groups: Set<Int>, rows: Set<Int>) = ([], []),
        _ find: (inout Runner, [Double], Set<Int>, Location, ValueForm) -> Finding?
    ) -> Bool {
        guard !isLeft else { return false }
        let parts = model.tree(plan.command.module).sensitivity(plan.command.node)
        let tree = model.tree(plan.command.module)
        let place = Location(tree.source, tree[parts.value].span)
        let form = form(of: parts.value, in: plan.command.module)
        let query = program.queries[number]
        let axes = query.axes.subtracting(.sample)
        var step = 0
        var title = "what drives \(name)"
        if let last = query.points.last {
            title += " in " + last.label
        } else if axes.contains(.time), program.calendar.hasHorizon, let last = program.calendar.steps.last {
            step = program.calendar.steps.count - 1
            title += " in \(last.text), the last step"
        }
        let ranges = ranges(of: sensitivity)
        let hasRanges = ranges.contains { !$0.isEmpty }
        let labels = axes.indexNumbers.map { model.symbols[model.indexes[$0].symbol] }
        var table = Table(axes: labels + ["input"], rows: [], columns: [])
        var tellings: [String] = []
        var words = ""
        for point in points(of: axes.subtracting(.time)) {
            let place = (place, query.points.isEmpty ? nil : query.points.count - 1)
            guard let values = samples(query, members: point.members, step: step, point: place.1) else { return true }
            for (sample, value) in values.enumerated() where value.isNaN && !leftOut.rows.contains(sample) {
                guard stop(value, sample: runs == nil && values.count > 1 ? sample : nil) else { continue }
                if runs != nil { explainRun(sample, values.count, sensitivity) }
                return false
            }
            guard let found = find(&self, Array(values), leftOut.groups, place.0, form) else { return false }
            guard takeRoom(for: sensitivity.inputs.count * (found.columns.count + 1), at: place.0) else { return false }
            table.columns = (hasRanges ? [Table.Column(name: "5% to 95%", unit: "")] : []) + found.columns
            words = found.words
            if let told = found.told {
                tellings.append((point.labels.isEmpty ? "" : point.labels.joined(separator: ", ") + " ") + told)
            }
            let order = sensitivity.inputs.indices.sorted { a, b in
                let (first, second) = (found.influence[a], found.influence[b])
                return first != second ? first > second : sensitivity.inputs[a].name < sensitivity.inputs[b].name
            }
            for input in order {
                table.rows.append(
                    Table.Row(
                        labels: point.labels + [sensitivity.inputs[input].name],
                        cells: (hasRanges ? [.text(ranges[input])] : []) + found.rows[input]))
            }
        }
        for column in table.columns.indices { table.columns[column].isUnique = isUnique([number]) }
        let about = words.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        title += ", by \(sensitivity.method.rawValue): "
        title +=
            about.count == 2 ? about[0] + tellings.joined(separator: labels.count > 1 ? "; " : ", ") + about[1] : words
        title += " (" + count(runs ?? execution?.sampleCount ?? options.samples, runs == nil ? "sample" : "run")
        if !model.policies.isEmpty { title += ", scenario \(model.scenarios[model.mainScenario].name)" }
        table.title = title + ")"
        outputs.append(.table(table))
        return true
    }

    private func count(_ number: Int, _ word: String) -> String {
        var digits = String(number)
        var place = digits.utf8.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        return "\(digits) \(word)\(number == 1 ? "" : "s")"
    }

    /// Says in which run a value failed: these are no samples, and may go further out.
    private mutating func explainRun(_ row: Int, _ rows: Int, _ plan: UncertainValue) {
        guard let last = diagnostics.indices.last else { return }
        let text: String
        if plan.method == .tornado, row > 0 {
            text = "`\(plan.inputs[(row - 1) / 2].name)` is at its \(row % 2 == 1 ? "5%" : "95%") there"
        } else {
            text = "it is run \(row + 1) of the \(rows) that `by \(plan.method.rawValue)` makes"
        }
        diagnostics[last].help.append(text)
        if plan.method == .tornado, options.allowedUnsolved > 0 {
            diagnostics[last].help.append("`by tornado` shows each of its runs, so that none can be left out")
        }
    }

    /// 5% and 95% of each input, as text; empty where it is not one number.
    private mutating func ranges(of plan: UncertainValue) -> [String] {
        guard !plan.own.program.queries.isEmpty else { return plan.inputs.map { _ in "" } }
        let design = DrawDesign(variables: plan.inputs.flatMap(\.variables)) { _, row in row == 0 ? 0.05 : 0.95 }
        var settings = options.run(samples: 2)
        settings.design = design
        let run = execute(plan.own.program, settings)
        let format = ValueFormat()
        return plan.inputs.indices.map { input in
            guard let query = plan.own.queries[input] else { return "" }
            let values = run.values(plan.own.program.queries[query].definition, combination: 0, step: 0)
            guard values.count == 2, values.allSatisfy(\.isFinite) else { return "" }
            let declaration = model[plan.inputs[input].declaration]
            let form = form(of: declaration.value, in: declaration.valueModule)
            let sign = UnitForm(form.unit).sign
            let ends = values.sorted().map { Cell.number($0 / form.scale) }
            return format.text(ends[0], unit: sign) + " to " + format.text(ends[1], unit: form.unit)
        }
    }

    // MARK: Methods

    private mutating func rank(_ sensitivity: UncertainValue, _ plan: SensitivityPlan, _ queries: [Int], _ name: String)
        -> Bool
    {
        guard let number = queries.first, let execution else { return true }
        let own = execute(sensitivity.own.program, options.run(samples: execution.sampleCount + execution.leftOut))
        return table(sensitivity, plan, query: number, name, runs: nil) { _, values, _, _, _ in
            let found = RankRegression(values, inputs: sensitivity.inputs.count) { input in
                if let query = sensitivity.own.queries[input] {
                    let column = execution.leavingOut(
                        own.values(sensitivity.own.program.queries[query].definition, combination: 0, step: 0))
                    if column.count == values.count, column.allSatisfy(\.isFinite) { return [column] }
                }
                return sensitivity.inputs[input].variables.map { execution.uniforms(of: $0) }
            }
            return Finding(
                columns: [
                    Table.Column(name: "rank correlation", unit: ""),
                    Table.Column(name: "share of variance", unit: "%"),
                    Table.Column(name: "bar", unit: "%"),
                ],
                rows: found.shares.indices.map {
                    [.number(found.correlations[$0]), Self.percent(found.shares[$0]), Self.bar(found.shares[$0])]
                },
                influence: found.shares, told: Self.share(found.explained),
                words: "its inputs explain # of the variance of its ranks")
        }
    }

    private mutating func tornado(
        _ values: [Double], _ design: TornadoDesign, _ plan: UncertainValue, _ form: ValueForm, at place: Location
    ) -> Finding? {
        let scaled = values.map { $0 / form.scale }
        let swings = plan.inputs.indices.map { (scaled[2 * $0 + 2] - scaled[2 * $0 + 1]).magnitude }
        let squares = swings.reduce(0) { $0 + $1 * $1 }
        let unit = form.unit
        return Finding(
            columns: [
                Table.Column(name: "at its 5%", unit: unit), Table.Column(name: "at its 95%", unit: unit),
                Table.Column(name: "swing", unit: unit), Table.Column(name: "share of squares", unit: "%"),
                Table.Column(name: "bar", unit: unit),
            ],
            rows: plan.inputs.indices.map { input in
                let (low, high) = (scaled[2 * input + 1], scaled[2 * input + 2])
                return [
                    .number(low), .number(high), .number(swings[input]),
                    Self.percent(squares > 0 ? swings[input] * swings[input] / squares : 0),
                    .bar(from: min(low, high), to: max(low, high)),
                ]
            },
            influence: swings,
            told: ValueFormat().text(.number(scaled[0]), unit: unit),
            words: "with all inputs at their median it is #")
    }

    private static func sobol(_ found: SobolIndices) -> Finding {
        Finding(
            columns: [
                Table.Column(name: "first order", unit: "%"), Table.Column(name: "± first", unit: "%"),
                Table.Column(name: "total order", unit: "%"), Table.Column(name: "± total", unit: "%"),
                Table.Column(name: "bar", unit: "%"),
            ],
            rows: found.first.indices.map {
                [
                    percent(found.first[$0]), percent(found.firstHalfWidths[$0]), percent(found.total[$0]),
                    percent(found.totalHalfWidths[$0]), bar(found.total[$0]),
                ]
            },
            influence: found.total, told: share(found.first.reduce(0, +)),
            words: "inputs by themselves explain # of its variance")
    }

    private static func morris(_ found: ElementaryEffects, _ form: ValueForm) -> Finding {
        // What rounding leaves of effects that cancel or are all alike is no effect.
        let least = 1e-12 * (found.size.max() ?? 0)
        func number(_ value: Double) -> Cell { .number(value.magnitude < least ? 0 : value / form.scale) }
        return Finding(
            columns: ["mu*", "± mu*", "mu", "sigma", "bar"].map { Table.Column(name: $0, unit: form.unit) },
            rows: found.size.indices.map {
                [
                    number(found.size[$0]), number(found.sizeHalfWidth[$0]), number(found.mean[$0]),
                    number(found.deviation[$0]), .bar(from: 0, to: found.size[$0] / form.scale),
                ]
            },
            influence: found.size, told: nil,
            words: "changes from an input's 5% to its 95%; not a split of variance")
    }

    private static func shapley(_ found: ShapleyEffects) -> Finding {
        Finding(
            columns: [
                Table.Column(name: "share of variance", unit: "%"), Table.Column(name: "± share", unit: "%"),
                Table.Column(name: "bar", unit: "%"),
            ],
            rows: found.shares.indices.map {
                [percent(found.shares[$0]), percent(found.halfWidths[$0]), bar(found.shares[$0])]
            },
            influence: found.shares, told: share(found.shares.reduce(0, +)),
            words: "its inputs explain # of its variance")
    }

    private static func share(_ share: Double) -> String { ValueFormat().text(.number(share * 100), unit: "%") }
    private static func percent(_ share: Double) -> Cell { .number(share * 100) }
    private static func bar(_ share: Double) -> Cell { .bar(from: min(share, 0) * 100, to: max(share, 0) * 100) }
}

extension Diagnostic {
    fileprivate static func sobolOfCorrelated(_ first: String, _ second: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .uncertainHere,
            "`by sobol` takes inputs to be independent, and `\(first)` and `\(second)` are correlated",
            at: Label(place),
            help: ["write `by shapley`, which shares the variance out all the same, or `by rank`"])
    }

    fileprivate static func sensitivityOfStatistic(_ method: SensitivityMethod, at place: Location) -> Diagnostic {
        Diagnostic(
            .uncertainHere,
            "`by \(method.rawValue)` moves inputs one at a time, and this rests on a statistic over samples",
            at: Label(place), help: ["write `by rank`, `by sobol` or `by shapley`, whose runs are samples"])
    }
}
