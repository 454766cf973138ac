import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What `trace` walks: the names of the script that an expression rests on, directly or not.
struct TraceWalk {
    /// In the order of the walk.
    var declarations: [DeclarationID] = []

    init(model: Model, scenario: Scenario, module: Int32, node: NodeID, isCancelled: () -> Bool) {
        var seen: Set<DeclarationID> = []
        var work = model.inputs(of: node, in: module).reversed() as [DeclarationID]
        while let id = work.popLast(), declarations.count < 5000, !isCancelled() {
            guard seen.insert(id).inserted else { continue }
            declarations.append(id)
            work += (model.parts(of: id, in: scenario) + model.patchInputs(of: id, in: scenario)).reversed()
        }
    }
}

/// `trace`: the value, and the names of the script that it rests on.
struct TracePlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    let walk: TraceWalk

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let value = runner.model.tree(command.module).trace(command.node).value
        walk = TraceWalk(
            model: runner.model, scenario: runner.mainScenario, module: command.module, node: value,
            isCancelled: runner.options.isCancelledByHost)
        requests = [command.request(value)] + walk.declarations.map { .declaration($0) }
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.trace(self, queries) }
}

extension Runner {
    fileprivate mutating func trace(_ plan: TracePlan, _ queries: [Int]) -> Bool {
        let walk = plan.walk
        let tree = model.tree(plan.command.module)
        let node = tree[plan.command.node]
        var step = program.calendar.hasHorizon ? program.calendar.count - 1 : 0
        let id = tree.trace(node).value
        let point = tree.trace(node).point
        if !point.isNone {
            guard let found = self.step(at: point, in: plan.command.module) else { return false }
            step = found
        } else if let found = writtenStep(id, in: plan.command.module) {
            step = found
        }
        var queryOf: [DeclarationID: Int] = [:]
        for (position, id) in walk.declarations.enumerated() { queryOf[id] = queries[position + 1] }
        var shown: Set<DeclarationID> = []
        let module = plan.command.module
        var root: Trace?
        let written = text(id, in: module)
        if case .declaration(let target) = model.resolution(id, in: module),
            tree[id].kind == .name || model[target].kind.isCleared || model[target].kind.isField
                || model[target].kind == .projected
        {
            root = trace(target, queryOf, step, &shown, 0)
        } else {
            let form = form(of: id, in: module)
            guard let cells = traceValue(queries[0], form, step, Location(tree.source, tree[id].span)) else {
                return false
            }
            var parts: [Trace] = []
            for input in model.inputs(of: id, in: module) {
                guard let part = trace(input, queryOf, step, &shown, 1) else { return false }
                parts.append(part)
            }
            root = Trace(
                name: written, formula: nil, value: cells, unit: form.unit, time: timeLabel(queries[0], step),
                role: .computed,
                source: nil, parts: parts)
        }
        guard let root else { return false }
        outputs.append(.trace(root))
        return true
    }

    private mutating func trace(
        _ id: DeclarationID, _ queryOf: [DeclarationID: Int], _ step: Int, _ shown: inout Set<DeclarationID>,
        _ depth: Int
    ) -> Trace? {
        // One that is shown above or has no value asks nothing of its own.
        if isLeft { return nil }
        let declaration = model[id]
        let isCleared = declaration.kind.isCleared || declaration.kind == .projected
        // A field that is not given has its usual value.
        let hasValue = isCleared || !declaration.value.isNone || declaration.kind == .field
        guard let query = queryOf[id], hasValue else {
            return Trace(
                name: model.name(id), formula: nil, value: .absent, unit: "", time: nil, role: .computed, source: nil,
                parts: [])
        }
        let form =
            isCleared || declaration.value.isNone
            ? self.form(ofCleared: id) : self.form(of: declaration.value, in: declaration.valueModule)
        let tree = model.tree(declaration.module)
        let place = Location(tree.source, tree[declaration.node].span)
        guard let value = traceValue(query, form, step, place, isPart: depth > 0) else { return nil }
        let isNew = shown.insert(id).inserted
        let table = model.tablePlace(of: id) { period in
            let steps = program.calendar.steps
            return !steps.indices.contains(step) || period.overlaps(steps[step])
        }
        let cite = model.cite(of: id).map { sourceText($0.source, $0.note) } ?? pointSources(of: id)
        let sources = [cite, table].compactMap { $0 }
        let cited = sources.isEmpty ? nil : sources.joined(separator: "; ")
        var parts: [Trace] = []
        if isNew, depth < 200 {
            for input in model.parts(of: id, in: mainScenario) where input != id {
                guard let part = trace(input, queryOf, step, &shown, depth + 1) else { return nil }
                parts.append(part)
            }
        }
        let isInput =
            declaration.kind == .assume || (declaration.kind.isField && parts.isEmpty && !declaration.value.isNone)
            || table != nil && parts.isEmpty
        if isNew, depth < 200 {
            for (patch, policy) in model.patches(on: id, in: mainScenario) {
                guard let part = trace(patch, policy, queryOf, step, &shown, depth + 1) else { return nil }
                parts += part
            }
        }
        let role: Trace.Role = isInput ? .input : isNew ? .computed : .shownAbove
        var formula: String?
        if declaration.kind == .projected {
            formula = model.projectionText(id)
        } else if isCleared {
            formula = declaration.kind == .stockResult ? "in the stock" : "where the markets clear"
        } else if !declaration.value.isNone {
            formula = text(declaration.value, in: declaration.valueModule)
        }
        return Trace(
            name: model.name(id), formula: isNew ? formula : nil,
            value: value,
            unit: form.unit, time: timeLabel(query, step), role: role, source: cited, parts: parts)
    }

    /// What a policy, or the scenario itself, does to a value, with what that rests on; nothing where it is not in force.
    private mutating func trace(
        _ patch: Patch, _ policy: Int?, _ queryOf: [DeclarationID: Int], _ step: Int,
        _ shown: inout Set<DeclarationID>, _ depth: Int
    ) -> [Trace]? {
        let weights = policy.flatMap { program.weightsOfPolicy[$0] } ?? []
        let share = weights.indices.contains(step) ? weights[step] : 1
        if share == 0 { return [] }
        var parts: [Trace] = []
        for input in model.inputs(of: patch.value, in: patch.module) {
            guard let part = trace(input, queryOf, step, &shown, depth + 1) else { return nil }
            parts.append(part)
        }
        var name = "scenario " + mainScenario.name
        if let policy { name = "policy " + model.name(model.policies[policy].declaration) }
        var formula = text(patch.node, in: patch.module)
        if share < 1 { formula += " (\(NumberFormat.text(share * 100))% in force)" }
        return [
            Trace(
                name: name, formula: formula, value: .absent, unit: "", time: nil, role: .policy, source: nil,
                parts: parts)
        ]
    }

    private mutating func form(ofCleared id: DeclarationID) -> ValueForm {
        let type = model.types.shape(model[id].type)
        let unit = units.unit(of: id)
        if let scale = program.scale(of: unit) { return ValueForm(type: type, scale: scale, unit: units.text(unit)) }
        return ValueForm(type: type, scale: 1, unit: "")
    }

    /// The value at the step; of a value over indexes the list of its members' values.
    /// Of a part, which may be read at another step than the whole, it may be that there is none.
    private mutating func traceValue(
        _ query: Int, _ form: ValueForm, _ step: Int, _ place: Location, isPart: Bool = false
    ) -> Cell? {
        let axes = program.queries[query].axes
        if !program.queries[query].points.isEmpty { return seriesCells(query, form, place) }
        var combinations = 1
        for number in axes.indexNumbers { combinations *= model.indexes[number].members.count }
        guard let execution, program.queries[query].definition >= 0 else { return .absent }
        guard !isLeft, takeRoom(for: combinations, at: place) else { return nil }
        if case .function = form.type { return .function(model.signature(form.type)) }
        var cells: [Cell] = []
        for combination in 0..<combinations {
            let samples = Samples(
                execution, program.queries[query].definition, combination: combination,
                step: axes.contains(.time) ? step : 0)
            if isPart, let first = samples.first, execution.fault(in: first) != nil {
                cells.append(.absent)
                continue
            }
            guard let cell = cell(samples, form, at: place) else { return nil }
            cells.append(cell)
        }
        return cells.count == 1 ? cells[0] : .list(cells)
    }

    private func timeLabel(_ query: Int, _ step: Int) -> String? {
        guard program.queries[query].axes.contains(.time), step < program.calendar.steps.count else { return nil }
        return program.calendar.steps[step].text
    }

    /// The step of `x[2022]`, whose parts are of that time too.
    private func writtenStep(_ node: NodeID, in module: Int32) -> Int? {
        let tree = model.tree(module)
        guard program.calendar.hasHorizon, tree[node].kind == .index else { return nil }
        for pick in tree.index(node).picks where tree[pick].kind != .keyRange {
            guard model.types.isTime(model.type(of: pick, in: module)),
                case .success(let step) = constantStep(core, program, pick, in: module)
            else { continue }
            return step
        }
        return nil
    }

    private mutating func step(at node: NodeID, in module: Int32) -> Int? {
        switch constantStep(core, program, node, in: module) {
        case .success(let step): return step
        case .failure(let failure):
            diagnostics += failure.diagnostics
            return nil
        }
    }

    // MARK: Sources

    /// "IDC, Worldwide Used Smartphone Forecast (2024), note".
    func sourceText(_ id: DeclarationID, _ note: String?) -> String {
        var text = model.sourceField("title", of: id) ?? model.name(id)
        if let year = model.sourceField("year", of: id) { text += " (\(year))" }
        if let note { text += ", \(note)" }
        return text
    }

    /// The sources of the points of a series.
    func pointSources(of id: DeclarationID) -> String? {
        let declaration = model[id]
        guard !declaration.value.isNone else { return nil }
        let tree = model.tree(declaration.valueModule)
        var keyed = declaration.value
        while true {
            switch tree[keyed].kind {
            case .product: keyed = tree.chain(keyed).operands[0]
            case .quantity: keyed = tree.quantity(keyed).literal
            case .paren: keyed = tree.operand(keyed)
            case .keyed: return sourceTexts(of: tree.elements(keyed), tree, in: declaration.valueModule)
            default: return nil
            }
        }
    }

    private func sourceTexts(of items: NodeList, _ tree: SyntaxTree, in module: Int32) -> String? {
        var texts: [String] = []
        for item in items {
            guard let cite = model.cite(tree.keyedItem(item).cite, in: module) else { continue }
            let text = sourceText(cite.source, cite.note)
            if !texts.contains(text) { texts.append(text) }
        }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}

extension Model {
    /// What a declaration rests on directly in a scenario: the names in its formula; of a result of clearing, all fields that
    /// are given.
    func parts(of id: DeclarationID, in scenario: Scenario) -> [DeclarationID] {
        let declaration = self[id]
        if declaration.kind == .projected { return projectionParts(of: id) }
        // Data have their points, at whatever step the trace stands.
        if projection(ofPart: declaration)?.data == id { return [] }
        if declaration.kind == .stockResult, let number = stock(of: id) {
            let stock = stocks[number]
            return StockField.allCases.map { stock[$0] }.filter { !$0.isNone }
                + inputs(of: stock.lifetime, in: stock.module)
        }
        guard declaration.kind == .result || declaration.kind == .gathered else {
            return inputs(of: declaration.value, in: declaration.valueModule)
        }
        let owners = network.markets.map(\.fields) + network.supplies.map(\.fields) + network.routes.map(\.fields)
        // What has its usual value, since it is only read, goes without saying.
        return owners.flatMap { fields in MarketField.allCases.map { fields[$0] } }.filter {
            !$0.isNone && !(self[$0].value.isNone && patches(on: $0, in: scenario).isEmpty)
        }
    }

    /// What the patches of a scenario read to change a value.
    func patchInputs(of id: DeclarationID, in scenario: Scenario) -> [DeclarationID] {
        patches(on: id, in: scenario).flatMap { inputs(of: $0.patch.value, in: $0.patch.module) }
    }

    /// The `assume`s, `let`s, fields and results with a value that an expression names, in the order of the text; not those of libraries.
    func inputs(of node: NodeID, in module: Int32) -> [DeclarationID] {
        guard !node.isNone else { return [] }
        let tree = self.tree(module)
        let start = tree[node].start
        var first = node.rawValue
        while first > 0, tree.nodes[Int(first) - 1].start >= start { first -= 1 }
        var result: [DeclarationID] = []
        var seen: Set<DeclarationID> = []
        for index in first...node.rawValue {
            guard case .declaration(let target) = resolution(NodeID(index), in: module) else { continue }
            let declaration = self[target]
            let isValue = [.assume, .let, .field, .result, .gathered, .stockField, .stockResult, .projected].contains(
                declaration.kind)
            if isValue, !modules[Int(declaration.module)].isLibrary, seen.insert(target).inserted {
                result.append(target)
            }
            // Through functions of the script to what they read.
            if declaration.kind == .function, !modules[Int(declaration.module)].isLibrary, seen.insert(target).inserted
            {
                for inner in functionInputs(target, &seen) where !result.contains(inner) { result.append(inner) }
            }
        }
        return result
    }

    private func functionInputs(_ id: DeclarationID, _ seen: inout Set<DeclarationID>) -> [DeclarationID] {
        let declaration = self[id]
        var result: [DeclarationID] = []
        var work = [(declaration.value, declaration.valueModule)]
        while let (node, module) = work.popLast() {
            guard !node.isNone else { continue }
            let tree = self.tree(module)
            let start = tree[node].start
            var first = node.rawValue
            while first > 0, tree.nodes[Int(first) - 1].start >= start { first -= 1 }
            for index in first...node.rawValue {
                guard case .declaration(let target) = resolution(NodeID(index), in: module),
                    seen.insert(target).inserted
                else {
                    continue
                }
                let own = self[target]
                guard !modules[Int(own.module)].isLibrary else { continue }
                if own.kind == .assume || own.kind == .let { result.append(target) }
                if own.kind == .function { work.append((own.value, own.valueModule)) }
            }
        }
        return result
    }

    /// `fn(phone/yr, 1) -> USD`.
    func signature(_ type: TypeShape) -> String {
        switch type {
        case .function(let parameters, let result):
            let list = parameters.map { signature(types.shape($0)) }.joined(separator: ", ")
            return "fn(\(list)) -> \(signature(types.shape(result)))"
        case .number(let dimension):
            if types.dimensions.isUnboundVariable(dimension) { return "number" }
            let text = unitText(of: dimension)
            return text.isEmpty ? "1" : text.hasPrefix("/") ? "1" + text : text
        case .bool: return "Bool"
        case .text: return "Text"
        case .time: return "Time"
        case .list(let element): return "[\(signature(types.shape(element)))]"
        case .record(let fields):
            return "{ "
                + fields.map { "\(symbols[$0.name]): \(signature(types.shape($0.type)))" }.joined(separator: ", ")
                + " }"
        case .variable, .unknown: return "any"
        }
    }
}
