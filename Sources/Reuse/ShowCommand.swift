import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `show`, and a bare expression.
struct ShowPlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    /// What each request is; texts have a request for each value in them.
    var shown: [Shown] = []
    /// What gathers the steps of values over time.
    private(set) var gathered: GatheredPeriod?

    enum Shown {
        case value(NodeID)
        /// Literal pieces and expressions of a text.
        case text([Piece])

        enum Piece {
            case literal(String)
            case value(NodeID)
        }
    }

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let tree = runner.model.tree(command.module)
        let isShow = command.kind == .show
        let values = isShow ? Array(tree.show(command.node).values) : [tree.operand(command.node)]
        let time = isShow ? tree.show(command.node).point : .none
        let periods = isShow ? gather(values, at: time, &runner) : [:]
        for id in values {
            if runner.showsOwnPoints, !isShow {
                requests.append(.points(module: command.module, node: id))
                shown.append(.value(id))
                continue
            }
            guard tree[id].kind == .text else {
                let own = periods[id].map { own in
                    QueryRequest.periods(
                        module: command.module, node: id, own, scenario: runner.model.mainScenario)
                }
                requests.append(own ?? command.request(id, at: time))
                shown.append(.value(id))
                continue
            }
            var pieces: [Shown.Piece] = []
            for part in tree.elements(id) {
                if tree[part].kind == .textPart {
                    pieces.append(.literal(tree.textPart(part)))
                } else {
                    requests.append(command.request(part, at: time))
                    pieces.append(.value(part))
                }
            }
            shown.append(.text(pieces))
        }
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.show(self, queries) }

    /// The periods by which values are shown, of those that vary over time; what is wrong with them is reported.
    private mutating func gather(
        _ values: [NodeID], at time: NodeID, _ runner: inout Runner
    ) -> [NodeID: [TimePoint]] {
        let (model, tree) = (runner.model, runner.model.tree(command.module))
        let names = tree.show(command.node).axes
        if let text = values.first(where: { tree[$0].kind == .text }), let name = names.first {
            runner.diagnostics.append(
                .textBy(
                    model.symbols[tree.name(name)], at: tree.location(text), example: model.example(of: tree.name(name))
                ))
            return [:]
        }
        guard let name = names.first(where: { model.gatheredPeriod(named: tree.name($0)) != nil }),
            let period = model.gatheredPeriod(named: tree.name(name))
        else { return [:] }
        gathered = period
        guard time.isNone else {
            runner.diagnostics.append(.gatheredAtTime(period, at: tree.location(name), time: tree.location(time)))
            return [:]
        }
        let lowered = runner.faults(in: values.map { command.request($0) })
        let (queries, calendar) = (lowered.program.queries, lowered.program.calendar)
        // What is wrong with the values is told of themselves.
        guard lowered.diagnostics.isEmpty, queries.count == values.count else { return [:] }
        guard calendar.hasHorizon else {
            runner.diagnostics.append(.gatheredWithoutHorizon(period, at: tree.location(name)))
            return [:]
        }
        switch calendar.whole(period) {
        case .success(let periods):
            let overTime = values.indices.filter { queries[$0].axes.contains(.time) }
            return Dictionary(overTime.map { (values[$0], periods) }) { first, _ in first }
        case .failure(let problem):
            runner.diagnostics.append(.cannotGather(period, problem, at: tree.location(name)))
            return [:]
        }
    }
}

/// Why a horizon has no whole years or quarters.
private enum GatheringProblem: Error {
    case longSteps
    /// The horizon has a part of it.
    case part(String)
    /// A step lies in two of them.
    case stepInTwo(String)
}

extension Calendar {
    /// The years or quarters that the steps make up.
    fileprivate func whole(_ period: GatheredPeriod) -> Result<[TimePoint], GatheringProblem> {
        let length = TimePoint.ticksPerYear / period.countInYear
        guard let first = steps.first, let last = steps.last else { return .success([]) }
        if steps.contains(where: { $0.length > length }) { return .failure(.longSteps) }
        var periods: [TimePoint] = []
        for start in stride(from: first.start / length * length, to: last.end, by: Int64.Stride(length)) {
            guard let point = TimePoint(start: start, length: length) else { continue }
            if point.start < first.start || point.end > last.end { return .failure(.part(point.text)) }
            if let step = stepAcrossEnd(of: point) { return .failure(.stepInTwo(step.text)) }
            periods.append(point)
        }
        return .success(periods)
    }
}

extension Model {
    /// What picks from a value by a name after `by`: a member of an index, or a time.
    fileprivate func example(of name: Symbol) -> String {
        guard case .index(let number) = axis(named: name), let member = indexes[number].members.first else {
            return "2026"
        }
        return symbols[member]
    }
}

extension Diagnostic {
    fileprivate static func gatheredAtTime(
        _ period: GatheredPeriod, at place: Location, time: Location
    ) -> Diagnostic {
        let word = period.rawValue
        return Diagnostic(
            .wrongArgument, "`by \(word)` makes a row for each \(word), and `in` asks for one period",
            at: Label(place), also: [Label(time, "the period is here")], help: ["leave one of the two out"])
    }

    fileprivate static func textBy(_ name: String, at place: Location, example: String) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`by \(name)` makes rows of a table, and a text has none", at: Label(place),
            help: ["leave `by` out, or name what is meant in the text: `show \"{x[\(example)]}\"`"])
    }

    fileprivate static func gatheredWithoutHorizon(_ period: GatheredPeriod, at place: Location) -> Diagnostic {
        Diagnostic(
            .noHorizon, "`by \(period.rawValue)` needs a horizon", at: Label(place),
            help: ["declare the periods at the top: `horizon 2024..2030 by month`"])
    }

    fileprivate static func cannotGather(
        _ period: GatheredPeriod, _ problem: GatheringProblem, at place: Location
    ) -> Diagnostic {
        let word = period.rawValue
        switch problem {
        case .longSteps:
            return Diagnostic(
                .wrongArgument, "`by \(word)` gathers steps, and those of this horizon are longer than a \(word)",
                at: Label(place), help: ["write `by time`, which has a row for each step"])
        case .part(let part):
            return Diagnostic(
                .outsideHorizon, "the horizon has a part of \(part) alone, of which there is no figure by \(word)",
                at: Label(place),
                help: ["let the horizon begin and end with a whole \(word), or write `by time`"])
        case .stepInTwo(let step):
            return Diagnostic(
                .wrongArgument, "the step \(step) lies in two \(word)s, so there is no figure by \(word)",
                at: Label(place),
                help: ["let steps divide the \(word), as those of a horizon `by month` do, or write `by time`"])
        }
    }
}

/// `show`: values to tables and texts.
extension Runner {
    fileprivate mutating func show(_ plan: ShowPlan, _ queries: [Int]) -> Bool {
        var columns: [ShownValue] = []
        var next = 0
        for shown in plan.shown {
            switch shown {
            case .value(let id):
                let name = plan.command.kind == .show ? text(id, in: plan.command.module) : ""
                columns.append(ShownValue(query: queries[next], node: id, module: plan.command.module, name: name))
                next += 1
            case .text(let pieces):
                if !columns.isEmpty {
                    guard showTables(columns, plan) else { return false }
                    columns = []
                }
                let place = location(plan.command.node, plan.command.module)
                guard let line = textOutput(pieces, queries, &next, plan.command.module, place) else { return false }
                outputs.append(.text(line))
            }
        }
        return columns.isEmpty || showTables(columns, plan)
    }

    struct ShownValue {
        var query: Int
        var node: NodeID
        var module: Int32
        var name: String
    }

    // MARK: Tables

    /// At how many points axes are shown, leaving samples aside.
    private func pointCount(of axes: Axes) -> Int {
        var count = axes.contains(.time) ? max(program.calendar.count, 1) : 1
        // No value has more than fifty million points.
        for number in axes.indexNumbers { count *= model.indexes[number].members.count }
        return count
    }

    func location(_ node: NodeID, _ module: Int32) -> Location {
        let tree = model.tree(module)
        return Location(tree.source, tree[node].span)
    }

    /// Values with the same rows share a table.
    private mutating func showTables(_ values: [ShownValue], _ plan: ShowPlan) -> Bool {
        let names = rowNames(plan.command)
        var rest = values
        while let first = rest.first {
            let rows = rowAxes(of: first, by: names)
            let group = rest.filter { rowAxes(of: $0, by: names) == rows && points(of: $0) == points(of: first) }
            rest.removeAll { rowAxes(of: $0, by: names) == rows && points(of: $0) == points(of: first) }
            guard let table = table(group, rows, plan.gathered) else { return false }
            outputs.append(.table(table))
        }
        return true
    }

    /// Names after `by`; nil where there are none.
    private func rowNames(_ command: Command) -> [Symbol]? {
        guard command.kind == .show else { return nil }
        let tree = model.tree(command.module)
        let names = tree.show(command.node).axes.map { tree.name($0) }
        return names.isEmpty ? nil : names
    }

    private func points(of value: ShownValue) -> [String] { program.queries[value.query].points.map(\.label) }

    /// The axes that make rows: those after `by`, else time, else all indexes.
    private func rowAxes(of value: ShownValue, by names: [Symbol]?) -> Axes {
        let axes = program.queries[value.query].axes.subtracting(.sample)
        guard let names else { return axes.contains(.time) ? .time : axes }
        var wanted: Axes = []
        for name in names {
            switch model.axis(named: name) {
            case .time: wanted.insert(.time)
            case .index(let number): wanted.insert(Axes(rawValue: 1 << UInt64(number)))
            case nil: continue
            }
        }
        return axes.intersection(wanted)
    }

    private mutating func table(_ values: [ShownValue], _ rows: Axes, _ gathered: GatheredPeriod?) -> Table? {
        guard let first = values.first else { return nil }
        var axes: [String] = []
        let own = program.queries[first.query].points.count
        if own > 0 || rows.contains(.time) { axes.append(gathered?.rawValue ?? NamedAxis.timeWord) }
        for number in rows.indexNumbers { axes.append(model.symbols[model.indexes[number].symbol]) }
        var table = Table(axes: axes, rows: [], columns: [])
        let rowCount = own > 0 ? own * pointCount(of: rows.subtracting(.time)) : pointCount(of: rows)
        var size = 0
        for value in values {
            size += rowCount * pointCount(of: program.queries[value.query].axes.subtracting(rows))
            if size > Limits.outputCells {
                diagnostics.append(
                    .tooManyCells(size, most: Limits.outputCells, at: location(value.node, value.module)))
                return nil
            }
        }
        guard takeRoom(for: size, at: location(first.node, first.module)) else { return nil }
        let labels = rowLabels(first, rows)
        table.rows = labels.map { Table.Row(labels: $0.labels, cells: []) }
        for value in values {
            let form = form(of: value.node, in: value.module)
            let own = program.queries[value.query].axes
            let across = own.subtracting(rows).subtracting(.sample)
            for columnPoint in self.points(of: across) {
                var name = value.name
                if !columnPoint.labels.isEmpty {
                    name += "[" + pickWords(columnPoint, across, of: own).joined(separator: ", ") + "]"
                }
                table.columns.append(
                    Table.Column(name: name, unit: form.unit, isUnique: isUnique([value.query])))
                for (position, row) in labels.enumerated() {
                    if isLeft { return nil }
                    let members = row.members.with(columnPoint.members)
                    guard
                        let cell = cell(
                            value, form, members: members, step: max(row.step, columnPoint.step), point: row.point)
                    else { return nil }
                    table.rows[position].cells.append(cell)
                    table.rows[position].errors.append(
                        samplingError(
                            value.query, form, members: members, step: max(row.step, columnPoint.step), point: row.point
                        ))
                }
            }
        }
        return table
    }

    /// What picks a point of some axes: its labels, with their indexes where a member is of two that the value is over.
    private func pickWords(_ point: AxisPoints.Point, _ axes: Axes, of whole: Axes) -> [String] {
        let numbers = axes.indexNumbers
        guard model.shareMembers(whole.indexNumbers), point.labels.count == numbers.count else { return point.labels }
        return zip(numbers, point.labels).map { model.symbols[model.indexes[$0].symbol] + ": " + $1 }
    }

    private func rowLabels(_ value: ShownValue, _ rows: Axes) -> [AxisPoints.Point] {
        let series = program.queries[value.query].points
        guard !series.isEmpty else { return Array(points(of: rows)) }
        let others = points(of: rows.subtracting(.time))
        return series.indices.flatMap { number in
            others.map {
                AxisPoints.Point(labels: [series[number].label] + $0.labels, members: $0.members, point: number)
            }
        }
    }

    /// All points of some axes, time first.
    func points(of axes: Axes) -> AxisPoints { AxisPoints(axes, model, program.calendar) }

    // MARK: Cells

    /// Takes room for cells of an output before they are made; false where all outputs together would have too many of
    /// them, which is reported.
    mutating func takeRoom(for cells: Int, at place: Location) -> Bool {
        cellCount += cells
        if cellCount <= Limits.allOutputCells { return true }
        diagnostics.append(.tooManyOutputs(cellCount, most: Limits.allOutputCells, at: place))
        return false
    }

    /// The same for a text, which counts a cell for each hundred bytes.
    mutating func takeRoom(for text: String, at place: Location) -> Bool {
        takeRoom(for: text.utf8.count / 100, at: place)
    }

    /// How a value of some type is written.
    struct ValueForm {
        var type: TypeShape
        var scale: Double
        var unit: String
    }

    mutating func form(of node: NodeID, in module: Int32) -> ValueForm {
        let type = model.types.shape(model.type(of: node, in: module))
        var unit = units.unit(of: node, in: module)
        if let scale = program.scale(of: unit) { return ValueForm(type: type, scale: scale, unit: units.text(unit)) }
        // A unit that is itself uncertain: base units instead.
        if case .number(let dimension) = type { unit = units.base(dimension) } else { unit = DisplayUnit() }
        return ValueForm(type: type, scale: 1, unit: units.text(unit))
    }

    private mutating func cell(
        _ value: ShownValue, _ form: ValueForm, members: PickedMembers, step: Int, point: Int?
    ) -> Cell? {
        let query = program.queries[value.query]
        guard let samples = samples(query, members: members, step: step, point: point) else { return .absent }
        return cell(
            samples, form, at: Location(model.tree(value.module).source, model.tree(value.module)[value.node].span))
    }

    /// What sampling leaves open of a value that reduces samples.
    private func samplingError(
        _ query: Int, _ form: ValueForm, members: PickedMembers, step: Int, point: Int?
    ) -> SamplingError? {
        guard let execution else { return nil }
        let query = program.queries[query]
        let error = execution.samplingError(
            point.map { query.points[$0].definition } ?? query.definition, combination: combination(query, members),
            step: step, isDetailed: options.isDetailed)
        switch error {
        case .standard(let error): return .standard(error / form.scale.magnitude)
        case .interval(let low, let high): return .interval(low: low / form.scale, high: high / form.scale)
        case nil: return nil
        }
    }

    private func combination(_ query: Query, _ members: PickedMembers) -> Int {
        query.axes.indexNumbers.reduce(0) { $0 * model.indexes[$1].members.count + (members[$1] ?? 0) }
    }

    /// The value, or one a sample, of a query at a point.
    func samples(_ query: Query, members: PickedMembers, step: Int, point: Int? = nil) -> Samples? {
        guard let execution, !isLeft else { return nil }
        let definition = point.map { query.points[$0].definition } ?? query.definition
        guard definition >= 0 else { return nil }
        return Samples(execution, definition, combination: combination(query, members), step: step)
    }

    /// A cell from values; nil where one failed, which is reported.
    mutating func cell(_ samples: [Double], _ form: ValueForm, at place: Location) -> Cell? {
        cell(Samples(samples), form, at: place)
    }

    mutating func cell(_ samples: Samples, _ form: ValueForm, at place: Location) -> Cell? {
        let firstNaN = samples.withValues { values in values.firstIndex { $0.isNaN } }
        if let firstNaN {
            for number in firstNaN..<samples.count
            where samples[number].isNaN
                && stop(samples[number], sample: samples.count > 1 ? number : nil, among: samples)
            {
                return nil
            }
        }
        guard samples.count != 1 else {
            if case .list = form.type, let count = execution?.count(samples[0]), count > Limits.shownItems {
                diagnostics.append(.listTooLong(count, at: place))
                return nil
            }
            return cell(samples[0], form, at: place)
        }
        guard let execution else { return .absent }
        switch form.type {
        case .number, .variable, .unknown:
            guard firstNaN == nil else { return .absent }
            return .uncertain(Summary(of: samples, scale: form.scale, isDetailed: options.isDetailed))
        case .bool:
            return .probability(Share(samples.withValues(Statistics.mean), samples: samples.count))
        case .time:
            let sorted = samples.sorted { a, b in
                if a.isNaN || b.isNaN { return !a.isNaN && b.isNaN }
                return execution.time(a).start < execution.time(b).start
            }
            func text(_ share: Double) -> String? {
                let value = sorted[Int((Double(sorted.count - 1) * share).rounded(.down))]
                return execution.isNone(value) ? nil : execution.time(value).text
            }
            let never = sorted.count { execution.isNone($0) }
            guard let first = sorted.first, let last = sorted.last, first.bitPattern != last.bitPattern else {
                return cell(sorted[0], form, at: place)
            }
            return .uncertainTime(
                TimeSpread(
                    p5: text(0.05), median: text(0.5), p95: text(0.95),
                    never: Share(Double(never) / Double(sorted.count), samples: sorted.count)))
        case .text, .list, .record, .function:
            diagnostics.append(.uncertainStructure(model.describe(form.type), at: place))
            return nil
        }
    }

    /// The values of a series without a horizon, one a point.
    mutating func seriesCells(_ query: Int, _ form: ValueForm, _ place: Location) -> Cell? {
        let own = program.queries[query]
        var lists: [Cell] = []
        for members in points(of: own.axes.subtracting([.time, .sample])) {
            var cells: [Cell] = []
            for point in own.points.indices {
                guard let samples = samples(own, members: members.members, step: 0, point: point),
                    let cell = cell(samples, form, at: place)
                else { return nil }
                cells.append(cell)
            }
            lists.append(.list(cells))
        }
        return lists.count == 1 ? lists[0] : .list(lists)
    }

    private mutating func cell(_ value: Double, _ form: ValueForm, at place: Location) -> Cell? {
        guard let execution else { return .absent }
        if execution.isNone(value) { return .absent }
        switch form.type {
        case .bool: return .boolean(value != 0)
        case .text:
            let text = execution.text(value)
            return takeRoom(for: text, at: place) ? .text(text) : nil
        case .time: return .time(execution.time(value).text)
        case .number, .variable, .unknown: return .number(NumberFormat.inUnit(value, of: form.scale))
        case .list(let element):
            let inner = ValueForm(type: model.types.shape(element), scale: form.scale, unit: form.unit)
            guard takeRoom(for: execution.count(value), at: place) else { return nil }
            var cells: [Cell] = []
            for item in execution.items(value) {
                guard let cell = cell(item, inner, at: place) else { return nil }
                cells.append(cell)
            }
            return .list(cells)
        case .record(let fields):
            let items = execution.items(value)
            guard takeRoom(for: items.count, at: place) else { return nil }
            var cells: [(name: String, unit: String, value: Cell)] = []
            for (field, item) in zip(fields, items) {
                let type = model.types.shape(field.type)
                var inner = ValueForm(type: type, scale: 1, unit: "")
                var element = type
                while case .list(let item) = element { element = model.types.shape(item) }
                if case .number(let dimension) = element { inner.unit = model.unitText(of: dimension) }
                guard let cell = cell(item, inner, at: place) else { return nil }
                cells.append((model.symbols[field.name], inner.unit, cell))
            }
            return .record(cells)
        case .function: return .function(model.signature(form.type))
        }
    }

    // MARK: Texts

    /// A text with its values; where they vary over time or an index, a line for each point.
    private mutating func textOutput(
        _ pieces: [ShowPlan.Shown.Piece], _ queries: [Int], _ next: inout Int, _ module: Int32, _ place: Location
    ) -> String? {
        var axes: Axes = []
        let first = next
        for piece in pieces {
            guard case .value = piece else { continue }
            axes.formUnion(program.queries[queries[next]].axes)
            next += 1
        }
        let format = ValueFormat()
        var lines: [String] = []
        for point in points(of: axes.subtracting(.sample)) {
            var line = point.labels.isEmpty ? "" : point.labels.joined(separator: ", ") + ": "
            var position = first
            for piece in pieces {
                switch piece {
                case .literal(let text): line += text
                case .value(let id):
                    let form = form(of: id, in: module)
                    let value = ShownValue(query: queries[position], node: id, module: module, name: "")
                    let mark = isUnique([queries[position]]) ? "" : " (not unique)"
                    position += 1
                    guard let cell = cell(value, form, members: point.members, step: point.step, point: nil) else {
                        return nil
                    }
                    if case .text(let text) = cell { line += text } else { line += format.text(cell, unit: form.unit) }
                    line += mark
                }
            }
            guard takeRoom(for: 1, at: place), takeRoom(for: line, at: place) else { return nil }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
