import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `reuse sources`: the register of inputs.
extension Runner {
    /// Every `assume` of the script, every field of a market, supply or route that is made of literals, every `let`, unit
    /// and field that cites a source, and what is uncertain in the patches of a policy or scenario.
    mutating func register() -> Register {
        var listed: [DeclarationID] = []
        for index in model.declarations.indices {
            let id = DeclarationID(Int32(index))
            let declaration = model[id]
            guard !model.modules[Int(declaration.module)].isLibrary, !declaration.value.isNone else { continue }
            switch declaration.kind {
            case .assume: listed.append(id)
            case .field, .stockField:
                // A field that is made of literals alone is an input.
                let isLiteral = model.inputs(of: declaration.value, in: declaration.valueModule).isEmpty
                if isLiteral || model.cite(of: id) != nil { listed.append(id) }
            case .let where model.isProjectionInput(id): listed.append(id)
            case .let, .unit:
                if model.cite(of: id) != nil || pointSources(of: id) != nil || model.tablePlace(of: id) != nil {
                    listed.append(id)
                }
            default: continue
            }
        }
        listed.sort { a, b in
            (model[a].module, model[a].node.rawValue) < (model[b].module, model[b].node.rawValue)
        }
        let patched = uncertainPatches()
        let requests: [QueryRequest] =
            listed.map { .declaration($0) }
            + patched.map { .expression(module: $0.patch.module, node: $0.uncertain, time: .none) }
        guard compute(requests) else { return Register(entries: []) }
        let users = directUsers(of: Set(listed))
        let texts = Dictionary(
            model.sources.map { ($0.id, (name: $0.name, lines: TextLines($0.bytes))) },
            uniquingKeysWith: { first, _ in first })
        var entries: [Register.Entry] = []
        for (position, id) in listed.enumerated() {
            let declaration = model[id]
            let tree = model.tree(declaration.module)
            let place = Location(tree.source, tree[declaration.node].span)
            let form = form(of: declaration.value, in: declaration.valueModule)
            guard let value = registerValue(position, form, place) else { return Register(entries: []) }
            let cite = model.cite(of: id)
            var entry = Register.Entry(
                name: model.name(id), definition: text(declaration.value, in: declaration.valueModule), value: value,
                unit: form.unit, distribution: distribution(of: id),
                source: cite.map { sourceText($0.source, nil) } ?? pointSources(of: id), note: cite?.note,
                basis: cite.flatMap { model.sourceField("basis", of: $0.source) }, usedBy: users[id] ?? [],
                place: placeText(place, texts) + (model.tablePlace(of: id).map { ", " + $0 } ?? ""))
            if entry.distribution != nil { entry.correlations = correlations(of: id) }
            entries.append(entry)
        }
        for (number, (patch, node, name)) in patched.enumerated() {
            let tree = model.tree(patch.module)
            let place = Location(tree.source, tree[patch.node].span)
            let form = form(of: node, in: patch.module)
            guard let value = registerValue(listed.count + number, form, place) else { return Register(entries: []) }
            entries.append(
                Register.Entry(
                    name: patch.place, definition: text(patch.value, in: patch.module), value: value, unit: form.unit,
                    distribution: name, source: nil, note: nil, basis: nil,
                    usedBy: patch.targets.map { model.name($0) },
                    place: placeText(place, texts)))
        }
        return Register(entries: entries)
    }

    /// Ranges and distributions that stand in patches, with the policy or scenario that they are written in.
    private func uncertainPatches() -> [(patch: Patch, uncertain: NodeID, name: String)] {
        var result: [(patch: Patch, uncertain: NodeID, name: String)] = []
        for patch in model.policies.flatMap(\.patches) + model.scenarios.flatMap(\.patches) {
            // Scenarios that rest on others have their patches, too.
            let isKnown = result.contains { $0.patch.node == patch.node && $0.patch.module == patch.module }
            guard !isKnown, !patch.value.isNone else { continue }
            let found = uncertain(within: patch.value, in: patch.module)
            if let last = found.first, model.inputs(of: patch.value, in: patch.module).isEmpty {
                result.append((patch, patch.value, last.name))
            } else {
                // The path itself is the value before the patch, so that the whole says nothing of what is uncertain here.
                result += found.reversed().map { (patch, $0.node, $0.name) }
            }
        }
        return result
    }

    /// The value, at the first step where it varies over time.
    private mutating func registerValue(_ query: Int, _ form: ValueForm, _ place: Location) -> Cell? {
        let axes = program.queries[query].axes
        if !program.queries[query].points.isEmpty { return seriesCells(query, form, place) }
        var cells: [Cell] = []
        var combinations = 1
        for number in axes.indexNumbers { combinations *= model.indexes[number].members.count }
        guard let execution, program.queries[query].definition >= 0 else { return .absent }
        guard takeRoom(for: combinations, at: place) else { return nil }
        for combination in 0..<combinations {
            // A series may begin after the horizon does: its first value stands for it.
            var samples: [Double] = []
            for step in 0..<(axes.contains(.time) ? program.calendar.count : 1) {
                samples = execution.values(program.queries[query].definition, combination: combination, step: step)
                if samples.allSatisfy({ execution.fault(in: $0) == nil }) { break }
            }
            // One that lies outside the horizon as a whole, such as data of the past, has none to show.
            if case .outsideSeries? = samples.lazy.compactMap({ execution.fault(in: $0)?.fault }).first {
                cells.append(.absent)
                continue
            }
            guard let cell = cell(samples, form, at: place) else { return nil }
            cells.append(cell)
        }
        return cells.count == 1 ? cells[0] : .list(cells)
    }

    private func directUsers(of listed: Set<DeclarationID>) -> [DeclarationID: [String]] {
        var result: [DeclarationID: [String]] = [:]
        for index in model.declarations.indices {
            let id = DeclarationID(Int32(index))
            let declaration = model[id]
            if declaration.kind == .projected, model.isWholeProjection(id) {
                for input in model.parts(of: id, in: mainScenario) where listed.contains(input) {
                    result[input, default: []].append(model.name(id))
                }
            }
            // Clearing and cohorts read the fields of their blocks without naming them.
            if listed.contains(id), declaration.kind == .field { result[id, default: []].append("the markets") }
            if listed.contains(id), declaration.kind == .stockField {
                result[id, default: []].append(String(model.name(id).prefix { $0 != "." }))
            }
            guard !declaration.value.isNone, !model.modules[Int(declaration.module)].isLibrary,
                [.let, .assume, .function, .unit, .field, .stockField, .cohorts].contains(declaration.kind)
            else { continue }
            for input in model.inputs(of: declaration.value, in: declaration.valueModule) where listed.contains(input) {
                result[input, default: []].append(model.name(id))
            }
        }
        for policy in model.policies {
            let name = model.name(policy.declaration)
            for input in policy.patches.flatMap({ model.inputs(of: $0.value, in: $0.module) })
            where listed.contains(input) && result[input]?.last != name { result[input, default: []].append(name) }
        }
        return result
    }

    private func correlations(of id: DeclarationID) -> [(name: String, rank: Double)] {
        for group in program.correlations {
            guard let row = group.inputs.firstIndex(of: id) else { continue }
            return group.inputs.indices.filter { $0 != row && group.ranks[row][$0] != 0 }.map {
                (model.name(group.inputs[$0]), group.ranks[row][$0])
            }
        }
        return []
    }

    /// How the range of an input was read.
    private func distribution(of id: DeclarationID) -> String? {
        uncertain(within: model[id].value, in: model[id].valueModule).first?.name
    }

    /// The ranges and distributions of an expression, the last one first, and how each is read. Those inside another's
    /// parameters are part of it.
    private func uncertain(within expression: NodeID, in module: Int32) -> [(node: NodeID, name: String)] {
        let tree = model.tree(module)
        var result: [(node: NodeID, name: String)] = []
        for id in tree.subtree(of: expression).reversed() {
            let node = tree[id]
            if let last = result.last, node.start >= tree[last.node].start { continue }
            if node.kind == .range {
                let low = tree[tree.range(node).low]
                let high = tree[tree.range(node).high]
                let isShare =
                    low.kind == .number && high.kind == .number
                    && low.traits.contains(.percent) && high.traits.contains(.percent) && tree.number(high) <= 1
                let isMirrored = low.kind == .negate && high.kind == .negate
                result.append((id, isMirrored ? "mirrored lognormal" : isShare ? "logit-normal" : "lognormal"))
            } else if node.kind == .call,
                case .declaration(let target) = model.resolution(tree.call(node).callee, in: module),
                let builtin = model[target].builtin, builtin.isDistribution
            {
                result.append((id, builtin.rawValue))
            }
        }
        return result
    }

    private func placeText(_ location: Location, _ texts: [SourceID: (name: String, lines: TextLines)]) -> String {
        guard let text = texts[location.source] else { return "" }
        return "\(text.name):\(text.lines.line(at: Int(location.span.start)).number)"
    }
}
