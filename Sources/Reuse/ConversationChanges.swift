import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What a change comes to, in a line.
extension Conversation {
    /// A line for each entry that took the place of another, and one for each new name.
    func changes(
        _ replaced: [(old: Entry, new: Entry)], added: [Entry], in model: Model, _ script: Script,
        before earlier: (model: Model, script: Script)?
    ) -> [String] {
        var lines: [String] = []
        let before = earlier?.model
        for (old, new) in replaced where !new.isCommand {
            let losesDocumentation = Self.hasDocumentation(old) && !Self.hasDocumentation(new)
            let (was, now) = Self.difference(old, new)
            var line = "\(new.title): was \(was), now \(now)"
            if old.kind == new.kind {
                if Self.plain(old) == Self.plain(new) {
                    if losesDocumentation { lines.append("\(new.title): without its documentation") }
                    continue
                }
                line = fieldChanges(old, new) ?? line
            } else if [.let, .assume].contains(old.kind), Self.meaning(old) == Self.meaning(new) {
                line = "\(new.title): \(new.kind == .assume ? "an input now" : "no longer an input")"
            }
            if losesDocumentation { line += ", without its documentation" }
            if let before, let was = lookup(old.key, in: before), let now = lookup(new.key, in: model),
                [.let, .assume].contains(before[was].kind), [.let, .assume].contains(model[now].kind)
            {
                let types = (self.type(of: was, in: before), self.type(of: now, in: model))
                if types.0 != types.1 { line += " (\(types.1), no longer \(types.0))" }
                if before.cite(of: was) != nil, model.cite(of: now) == nil { line += ", without a source" }
            }
            if new.kind == .assume, let id = lookup(new.key, in: model),
                model.calibrations.contains(where: { $0.inputs.contains { $0.declaration == id } })
            {
                lines.append(line + ", where `calibrate` begins to search: what it finds stays (`:drop calibrate`)")
                continue
            }
            var names: [String] = []
            if Self.meaning(old) != Self.meaning(new), new.kind != .scenario || isInForce(new.key, in: model) {
                names = dependents(of: new, in: model, script)
                // What rested on the old one alone, such as what a policy changed.
                if let earlier {
                    names += dependents(of: old, in: earlier.model, earlier.script).filter { name in
                        !names.contains(name) && name != new.title
                    }
                }
            }
            if new.kind == .horizon {
                line += "; changes all series"
            } else if !names.isEmpty {
                line += "; changes \(Self.listed(names))"
            }
            lines.append(line)
        }
        let values = added.filter { $0.kind == .let || $0.kind == .assume }.compactMap { entry in
            replaced.contains { $0.new.isSame(as: entry) } ? nil : lookup(entry.key, in: model)
        }
        return lines
            + zip(values, typeWords(of: values, in: model)).map { "\(model.name($0)): \($1)" }
    }

    /// A definition, or what kind of thing it is.
    private static func description(_ entry: Entry) -> String {
        switch entry.kind {
        case .market: "a market"
        case .supply: "a supply"
        case .stock: "a stock"
        case .projection: "a projection"
        case .data: "a table"
        default: definition(entry)
        }
    }

    private static func hasDocumentation(_ entry: Entry) -> Bool {
        entry.text.split(separator: "\n").contains { ValueFormat.onOneLine(String($0)).hasPrefix("##") }
    }

    /// What an entry says but for its title and its source: where that is alike, nothing else changes.
    private static func meaning(_ entry: Entry) -> String {
        let (source, tree, first) = (entry.source, entry.tree, entry.statement)
        let kind = tree[first].kind
        switch kind {
        case .assume, .let: return ValueFormat.onOneLine(source.text(of: tree[tree.definition(first).value].span))
        case .policy, .scenario:
            let text = plain(entry)
            let title = kind == .policy ? tree.policy(first).title : tree.scenario(first).title
            if title.isNone { return text }
            let written = ValueFormat.onOneLine(source.text(of: tree[title].span))
            let parts = text.split(separator: " " + written, maxSplits: 1)
            return parts.joined()
        default: return plain(entry)
        }
    }

    /// What differs in the fields of two blocks; nil where it is something else.
    private func fieldChanges(_ old: Entry, _ new: Entry) -> String? {
        let (before, now) = (fields(of: old), fields(of: new))
        var changes: [String] = []
        for (name, text) in now {
            let was = before.first { $0.name == name }?.text ?? "nothing"
            if was != text { changes.append("\(name): was \(was), now \(text)") }
        }
        for (name, text) in before where !now.contains(where: { $0.name == name }) {
            changes.append("\(name): was \(text), now nothing")
        }
        return changes.isEmpty ? nil : changes.joined(separator: "; ")
    }

    /// What it comes to that a change is taken back (`isReturn`), or made again.
    func difference(from old: State, to new: State, isReturn: Bool) -> String {
        let again = isReturn ? " again" : ""
        if old.path != new.path, let path = isReturn ? old.path : new.path {
            return isReturn ? "\(path), and what was there is there again" : "\(path) in place of what was there"
        }
        var words: [String] = []
        for entry in old.entries where !new.entries.contains(where: { $0.isSame(as: entry) }) {
            if let before = new.entries.first(where: { $0.isAlternative(to: entry) }) {
                words.append("\(entry.title) is \(Self.shortDefinition(before))\(again)")
            } else {
                words.append("\(entry.title) is gone")
            }
        }
        for entry in new.entries where !old.entries.contains(where: { $0.isAlternative(to: entry) }) {
            words.append("\(entry.title) is \(isReturn ? "back" : "there again")")
        }
        if old.choice != new.choice { words.append("the scenario is \(new.choice.words)\(again)") }
        return words.isEmpty ? "" : Self.listed(words)
    }

    /// The text of an entry on one line, without comments.
    static func plain(_ entry: Entry) -> String { plain(entry.text) }

    static func plain(_ text: String) -> String {
        ValueFormat.onOneLine(onOneLine(SourceText(id: SourceID(0), name: "-", bytes: Array(text.utf8))))
    }

    /// The right-hand side of an entry.
    static func definition(_ entry: Entry) -> String {
        let (source, tree, first) = (entry.source, entry.tree, entry.statement)
        let value =
            switch tree[first].kind {
            case .assume, .let: tree.definition(first).value
            case .unit: tree.unit(first).definition
            case .function: tree.function(first).body
            default: NodeID.none
            }
        return value.isNone ? plain(entry) : plain(source.text(of: tree[value].span))
    }

    private static let longestDefinition = 48

    static func shortDefinition(_ entry: Entry) -> String {
        let text = definition(entry)
        return text.count > longestDefinition ? text.prefix(longestDefinition - 1) + "…" : text
    }

    /// What an entry was and is, as far as these differ where they are long.
    private static func difference(_ old: Entry, _ new: Entry) -> (was: String, now: String) {
        var (was, now) = (description(old), description(new))
        if old.kind != new.kind {
            if old.kind == .function { was = plain(old) }
            if new.kind == .function { now = plain(new) }
        } else if was == now, ![.let, .assume].contains(old.kind) {
            // Its parameters, or the market that it is in.
            (was, now) = (plain(old), plain(new))
        }
        if max(was.count, now.count) <= longestDefinition { return (was, now) }
        var before = Array(was)
        var after = Array(now)
        func withoutCommonStart() {
            var count = zip(before, after).prefix { $0 == $1 }.count
            // Whole words, and two of them to know the place by.
            for _ in 0..<3 {
                count -= 1
                while count > 0, before[count - 1] != " " { count -= 1 }
            }
            guard count > 12 else { return }
            before.replaceSubrange(..<count, with: ["…"])
            after.replaceSubrange(..<count, with: ["…"])
        }
        withoutCommonStart()
        (before, after) = (before.reversed(), after.reversed())
        withoutCommonStart()
        func short(_ text: [Character]) -> String {
            let text = String(text.reversed())
            return text.count > 2 * longestDefinition ? text.prefix(2 * longestDefinition - 1) + "…" : text
        }
        return (short(before), short(after))
    }

    /// What an entry declares or patches, and that with all that rests on it.
    func readers(
        of entry: Entry, in model: Model, _ script: Script
    ) -> (own: Set<DeclarationID>, all: Set<DeclarationID>) {
        guard let place = script.parts.firstIndex(where: { $0.entry.isSame(as: entry) }) else { return ([], []) }
        func isOwn(_ node: NodeID, _ module: Int32) -> Bool { Int(module) == place && !node.isNone }
        var readers: [DeclarationID: [DeclarationID]] = [:]
        var work: [DeclarationID] = []
        for index in model.declarations.indices {
            let id = DeclarationID(Int32(index))
            for edge in model.reads(of: id) { readers[edge.target, default: []].append(id) }
            if isOwn(model[id].node, model[id].module) { work.append(id) }
        }
        let own = Set(work)
        for patch in model.policies.flatMap(\.patches) + model.scenarios.flatMap(\.patches)
        where isOwn(patch.node, patch.module) {
            work += patch.targets
        }
        var seen = Set(work)
        while let id = work.popLast() {
            for reader in readers[id] ?? [] where seen.insert(reader).inserted { work.append(reader) }
        }
        return (own, seen)
    }

    /// What rests on an entry: names of the script, and the markets as a whole.
    private func dependents(of entry: Entry, in model: Model, _ script: Script) -> [String] {
        let (own, all) = readers(of: entry, in: model, script)
        var names: [String] = []
        var hasMarkets = false
        for id in all.sorted() where !own.contains(id) {
            let declaration = model[id]
            if model.modules[Int(declaration.module)].isLibrary { continue }
            switch declaration.kind {
            case .clearing: hasMarkets = true
            case .let, .assume, .function, .field, .stockField, .projected: names.append(model.name(id))
            default: continue
            }
        }
        if hasMarkets { names.append("what the markets clear at") }
        return names
    }

    // MARK: Types in words

    /// `USD/phone, over time, uncertain`.
    func typeWords(of id: DeclarationID, in model: Model) -> String {
        let type = model[id].kind.isCleared ? model[id].type : valueType(of: id, in: model)
        return words(type, .declaration(id), in: model)
    }

    /// The same of many, which are looked at in one go.
    func typeWords(of ids: [DeclarationID], in model: Model) -> [String] {
        let types = ids.map { model[$0].kind.isCleared ? model[$0].type : valueType(of: $0, in: model) }
        let requests = ids.map { QueryRequest.declaration($0) }
        let lowered = faults(in: requests, of: model)
        let queries = lowered.diagnostics.isEmpty ? lowered.program.queries : []
        return types.indices.map { place in
            let query = queries.count == types.count ? queries[place] : nil
            return words(model.types.shape(types[place]), in: model) + words(query, in: model)
        }
    }

    func valueType(of id: DeclarationID, in model: Model) -> TypeID {
        let declaration = model[id]
        if declaration.value.isNone { return declaration.type }
        return model.type(of: declaration.value, in: declaration.valueModule)
    }

    /// `USD/phone`.
    private func type(of id: DeclarationID, in model: Model) -> String {
        words(model.types.shape(valueType(of: id, in: model)), in: model)
    }

    func words(_ shape: TypeShape, in model: Model) -> String {
        guard case .number(let dimension) = shape else { return model.signature(shape) }
        let text = model.unitText(of: dimension)
        return text.isEmpty ? "a number" : text.hasPrefix("/") ? "1" + text : text
    }

    func words(_ type: TypeID, _ request: QueryRequest, in model: Model) -> String {
        let lowered = faults(in: [request], of: model)
        let query = lowered.diagnostics.isEmpty ? lowered.program.queries.first : nil
        return words(model.types.shape(type), in: model) + words(query, in: model)
    }

    /// The axes of a value, behind its dimension.
    private func words(_ query: Query?, in model: Model) -> String {
        guard let query else { return "" }
        var text = ""
        var axes: [String] = []
        if query.axes.contains(.time) || !query.points.isEmpty { axes.append("time") }
        axes += query.axes.indexNumbers.map { model.symbols[model.indexes[$0].symbol] }
        if !axes.isEmpty { text += ", over " + Self.listed(axes) }
        if query.axes.contains(.sample) { text += ", uncertain" }
        return text
    }
}
