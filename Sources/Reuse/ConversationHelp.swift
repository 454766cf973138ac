import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What the model, the library and the units are, in words.
extension Conversation {
    /// The model as it stands; nil where it cannot be checked.
    mutating func currentModel() -> Model? {
        if let model { return model }
        let (checked, _) = check(state)
        if checked.diagnostics.contains(where: { $0.severity == .error }) { return nil }
        model = checked.model
        return model
    }

    /// Dimension and axes of an expression.
    public mutating func type(of expression: String) -> Reply {
        withRoomToRecurse {
            if let model = currentModel(), case .success(let asked) = entries(of: expression, name: "expression"),
                let name = bareName(asked),
                let id = lookup(name, in: model), [.function, .builtin].contains(model[id].kind)
            {
                return Reply(notes: [headline(of: id, in: model)])
            }
            switch checked(expression, for: ":type") {
            case .failure(let problem): return noting(problem.reply)
            case .success(let found):
                return Reply(notes: [
                    words(
                        found.model.type(of: found.node, in: found.module),
                        .expression(module: found.module, node: found.node), in: found.model)
                ])
            }
        }
    }

    /// One expression, checked together with the model.
    func checked(
        _ expression: String, for command: String
    ) -> Result<(model: Model, module: Int32, node: NodeID), ParseProblem> {
        switch entries(of: expression, name: "expression") {
        case .failure(let problem): return .failure(problem)
        case .success(let asked):
            guard asked.count == 1, asked[0].kind == .expressionStatement else {
                return .failure(ParseProblem(reply: Reply(notes: ["`\(command)` wants one expression"])))
            }
            let script = script(of: state, asking: asked)
            let checked = check(script)
            let errors = checked.diagnostics.filter { $0.severity == .error }
            let model = checked.model
            guard errors.isEmpty,
                let command = model.commands.last(where: {
                    $0.kind == .expressionStatement && script.part(ofModule: $0.module) != nil
                })
            else { return .failure(ParseProblem(reply: reply(script, [], errors, model.sources))) }
            return .success((model, command.module, model.tree(command.module).operand(command.node)))
        }
    }

    /// Everything that was entered, in a line each: what is declared, then commands.
    public mutating func list() -> Reply {
        withRoomToRecurse {
            if state.entries.isEmpty { return Reply(notes: ["nothing is defined yet"]) }
            var types: [String: String] = [:]
            if let model = currentModel() {
                let values = state.entries.filter { $0.kind == .let || $0.kind == .assume }.compactMap {
                    lookup($0.key, in: model)
                }
                for (id, words) in zip(values, typeWords(of: values, in: model)) { types[model.name(id)] = words }
            }
            var rows: [(name: String, text: String)] = []
            let commands = state.entries.filter { $0.isCommand }
            for entry in state.entries.filter({ !$0.isCommand }) + commands {
                let text = Self.plain(entry)
                if text.isEmpty { continue }
                if entry.isCommand {
                    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
                    rows.append((words[0], words.count > 1 ? words[1] : ""))
                    continue
                }
                if entry.kind == .let || entry.kind == .assume, let words = types[entry.key] {
                    rows.append((entry.key, words + " = " + Self.definition(entry)))
                } else {
                    rows.append((entry.kind == .useModule ? "use" : entry.title, text))
                }
            }
            return Reply(rows: rows)
        }
    }

    /// The register of inputs.
    public mutating func sources() -> (register: Register, reply: Reply) {
        withRoomToRecurse {
            let script = script(of: state)
            let (register, result) = scenarioSession.register(script.text)
            let told = result.diagnostics.filter { $0.severity == .error }
            return (register, reply(script, [], told, result.sources))
        }
    }

    // MARK: Names

    /// The name of a function, a market, a policy or a unit that stands alone; these are told about, not computed.
    func bareName(_ entries: [Entry]) -> String? {
        guard entries.count == 1, entries[0].kind == .expressionStatement else { return nil }
        let (text, tree) = (entries[0].origin, entries[0].tree)
        guard tree[entries[0].statement].kind == .expressionStatement else { return nil }
        let node = tree[tree.operand(entries[0].statement)]
        if node.kind == .name { return text.name(node) }
        if node.kind == .route {
            let route = tree.route(node)
            return text.reader.name(of: route.from) + " -> " + text.reader.name(of: route.to)
        }
        // `growth.cagr`
        guard node.kind == .member, let model, tree[tree.member(node).base].kind == .name,
            let owner = lookup(text.name(tree.member(node).base), in: model), model[owner].kind == .module
        else { return nil }
        return text.source.text(of: node.span)
    }

    /// What a name is, for one that is no value; nil for values and unknown names.
    mutating func describe(_ name: String) -> Reply? {
        guard let model = currentModel() else { return nil }
        if let route = model.network.routes.first(where: { model.symbols[$0.symbol] == name }) {
            return describe(name, route.fields, [.flow, .arrived, .landedValue, .freight, .tariffRevenue], in: model)
        }
        guard let id = lookup(name, in: model) else { return nil }
        switch model[id].kind {
        case .function, .builtin:
            return Reply(notes: [headline(of: id, in: model)] + Self.firstLine(of: docs(of: id, in: model)))
        case .market, .supply:
            let isMarket = model[id].kind == .market
            let fields =
                isMarket
                ? model.network.markets.first { $0.declaration == id }?.fields
                : model.network.supplies.first { $0.declaration == id }?.fields
            let results: [ClearedResult] =
                isMarket ? [.price, .consumption, .supplied, .imports, .exports] : [.collected, .offered, .revenue]
            return describe(name, fields, results, in: model)
        case .data:
            var reply = Reply(notes: [headline(of: id, in: model)])
            for index in model.declarations.indices {
                let column = DeclarationID(Int32(index))
                if model.name(column).hasPrefix(name + "."), model[column].module == model[id].module {
                    reply.rows.append((model.name(column), typeWords(of: column, in: model)))
                }
            }
            return reply
        case .index:
            let members = model.indexes.first { $0.declaration == id }?.members ?? []
            return Reply(
                notes: ["index \(name) = " + members.map { model.symbols[$0] }.joined(separator: ", ")]
                    + Self.firstLine(of: docs(of: id, in: model)))
        case .module: return documentation(of: name)
        case .policy, .unit, .source:
            return Reply(notes: [headline(of: id, in: model)] + Self.firstLine(of: docs(of: id, in: model)))
        default: return nil
        }
    }

    /// The first line, and those below it until a sentence ends.
    private static func firstLine(of docs: [String]) -> [String] {
        var text = ""
        for line in docs.prefix(while: { line in
            !line.isEmpty && !["example:", "source:", "compounds:"].contains { line.hasPrefix($0) }
        }) {
            text += (text.isEmpty ? "" : " ") + line
            if text.hasSuffix(".") { break }
        }
        return text.isEmpty ? [] : [text]
    }

    /// The fields of a market, a supply or a route as they are defined, and its results as values.
    private mutating func describe(
        _ name: String, _ fields: Network.Fields?, _ results: [ClearedResult], in model: Model
    ) -> Reply {
        var rows: [(name: String, text: String)] = []
        for field in MarketField.allCases {
            // One that only a policy gives has no text.
            guard let own = fields?[field], !own.isNone, !model[own].value.isNone else { continue }
            let text = ValueFormat.onOneLine(model.text(model[own].value, in: model[own].valueModule))
            rows.append((name + "." + field.path, text))
        }
        let asked = results.map { "\(name).\($0.name)" }.filter { lookup($0, in: model) != nil }
        var copy = self
        let command = "show \(asked.joined(separator: ", "))"
        guard case .success(var entries) = copy.entries(of: command, name: name), !asked.isEmpty else {
            return Reply(rows: rows)
        }
        // Asked, not kept.
        for place in entries.indices { entries[place].kind = .expressionStatement }
        var reply = copy.take(entries, isLoading: false)
        warned = copy.warned
        reply.rows = rows
        return reply
    }

    /// The fields of a stock or projection as they were entered.
    func fields(of name: String) -> [(name: String, text: String)] {
        let entry = state.entries.last { $0.key == name && [.stock, .projection].contains($0.kind) }
        return entry.map { fields(of: $0) } ?? []
    }

    /// The fields in an entry's block, without their sources.
    func fields(of entry: Entry) -> [(name: String, text: String)] {
        let tree = entry.tree
        return entry.ids.filter { tree[$0].kind == .field }.map { field in
            // Up to its source, if it has one.
            let value = Span(start: tree[tree.field(field).value].start, end: tree[field].end)
            return (entry.title + "." + entry.origin.name(field), ValueFormat.onOneLine(entry.source.text(of: value)))
        }
    }

    /// What a name of the script stands for: of its own, of what it uses, and of what every script has.
    func lookup(_ name: String, in model: Model) -> DeclarationID? {
        if model.modules.isEmpty { return nil }
        if let symbol = model.symbols.find(name) {
            let own = model.scope(of: 0)[symbol]
            if !own.isNone { return own }
        }
        if let dot = name.firstIndex(of: "."), let owner = lookup(String(name[..<dot]), in: model),
            model[owner].kind == .module, model.modules.indices.contains(Int(model[owner].number)),
            let member = model.symbols.find(String(name[name.index(after: dot)...]))
        {
            let found = model.modules[Int(model[owner].number)].scope[member]
            return found.isNone ? nil : found
        }
        if let result = model.network.results.first(where: { model.name($0.declaration) == name }) {
            return result.declaration
        }
        guard let symbol = model.symbols.find(name) else { return nil }
        if imports(in: model).contains(name) {
            for module in model.modules where module.isLibrary && !module.scope[symbol].isNone {
                return module.scope[symbol]
            }
        }
        for module in model.modules where Self.known.contains(module.name) && module.isLibrary {
            let found = module.scope[symbol]
            if !found.isNone { return found }
        }
        return nil
    }

    static let known = ["prelude.reuse", "units.reuse"]

    /// Names that the script takes from modules.
    func imports(in model: Model) -> [String] {
        guard !model.modules.isEmpty else { return [] }
        return model.ownModules.flatMap { module in
            let tree = model.tree(module)
            return model.modules[Int(module)].statements.filter { tree[$0].kind == .useModule }.flatMap { use in
                tree.useModule(use).names.map { model.symbols[tree.name($0)] }
            }
        }
    }

    /// Whether a word is a name that can be asked for.
    public mutating func knows(_ name: String) -> Bool {
        withRoomToRecurse { currentModel().map { lookup(name, in: $0) != nil } ?? false }
    }

    mutating func allNames() -> [String] {
        guard let model = currentModel() else { return [] }
        return names(in: model).map { model.name($0) }
    }

    /// What is in scope, without what is private.
    func names(in model: Model) -> [DeclarationID] {
        guard !model.modules.isEmpty else { return [] }
        var result = model.scope(of: 0).declarations
        result += imports(in: model).compactMap { lookup($0, in: model) }
        for module in model.modules where module.isLibrary && Self.known.contains(module.name) {
            result += module.scope.declarations.filter { model.name($0).utf8.first != 0x5F }
        }
        return result.filter { ![.field, .clearing, .cohorts, .fitting].contains(model[$0].kind) }
    }

    /// `fn abs(x: D) -> D`, or the first line of a declaration.
    func headline(of id: DeclarationID, in model: Model) -> String {
        let declaration = model[id]
        let tree = model.tree(declaration.module)
        switch declaration.kind {
        case .function, .builtin:
            if declaration.node.isNone { return model.name(id) }
            // Up to its body.
            var span = tree[declaration.node].span
            if declaration.kind == .function, !declaration.value.isNone { span.end = tree[declaration.value].start }
            guard let source = model.sources.first(where: { $0.id == tree.source }) else { return model.name(id) }
            var text = ValueFormat.onOneLine(source.text(of: span))
            if text.hasPrefix("extern ") { text.removeFirst(7) }
            if text.hasSuffix("=") { text.removeLast() }
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        case .let, .assume:
            return "\(model.name(id)): \(typeWords(of: id, in: model))"
        default:
            if declaration.kind.isCleared || declaration.kind == .projected {
                return "\(model.name(id)): \(typeWords(of: id, in: model))"
            }
            if declaration.node.isNone { return model.name(id) }
            let text = Self.plain(model.text(declaration.node, in: declaration.module))
            return text.count > 200 ? text.prefix(199) + "…" : text
        }
    }

    func docs(of id: DeclarationID, in model: Model) -> [String] {
        let declaration = model[id]
        return model.tree(declaration.module).docs.first { $0.statement == declaration.node }?.lines ?? []
    }
}
