import ReuseSyntax

/// Declarations of all texts, and what `use` brings into scope. Statements of which more is to be said are sorted
/// for the collectors behind.
struct DeclarationCollector: Collector {
    let uses: [Use]
    let watch: Watch
    var model = Model()
    var problems = Problems()
    private(set) var statements = Statements()

    mutating func collect() {
        var base: Int32 = 0
        for index in model.modules.indices {
            let ids = model.modules[index].ids
            model.modules[index].nodeBase = base - ids.lowest
            base += Int32(ids.count)
        }
        model.resolutions = Array(repeating: -1, count: Int(base))
        model.nodeTypes = Array(repeating: -1, count: Int(base))
        // Units and prelude first: their names have the lowest numbers in messages and bases.
        let known = [model.units, model.prelude].filter { $0 >= 0 }
        for module in known { collect(module) }
        let others = model.modules.indices.reversed().map { Int32($0) }
        for module in others where !known.contains(module) && !model.ownModules.contains(module) { collect(module) }
        for module in model.ownModules { collect(module) }
        for use in uses { connect(use) }
        compareUnits()
    }

    private mutating func collect(_ module: Int32) {
        let tree = model.tree(module)
        let isLibraryFile = !model.isOfScript(module)
        for id in model.modules[Int(module)].statements {
            if watch.stops() { return }
            let node = tree[id]
            switch node.kind {
            case .unit: declare(.unit, tree.name(node), value: tree.unit(node).definition, at: id, in: module)
            case .indexDeclaration: declareIndex(id, in: module, tree)
            case .source: declare(.source, tree.name(node), value: tree.source(node).value, at: id, in: module)
            case .assume: declare(.assume, tree.name(node), value: tree.definition(node).value, at: id, in: module)
            case .let: declare(.let, tree.name(node), value: tree.definition(node).value, at: id, in: module)
            case .function:
                let function = tree.function(node)
                declare(
                    function.isExtern ? .builtin : .function, function.name, value: function.body, at: id, in: module)
            case .useModule, .useFile, .error: continue
            case .later:
                let word = model.symbols[tree.later(node).word]
                report(.notAvailable(word, at: nameOfStatement(id, in: module, tree)))
            case .data: statements.data.append(TextNode(id, in: module))
            default:
                // All the rest stands in scripts alone; what is no statement was reported.
                guard node.kind.isCommand || Self.isOfScripts(node.kind) else { continue }
                guard !isLibraryFile else {
                    report(.notInLibraryFile(at: model.location(id, in: module)))
                    continue
                }
                if node.kind.isCommand, model.commands.count == Limits.commands {
                    report(.tooManyCommands(Limits.commands, at: model.location(id, in: module)))
                    return
                }
                collect(TextNode(id, in: module), node.kind)
            }
        }
    }

    /// Declarations that no file has which is used.
    private static func isOfScripts(_ kind: NodeKind) -> Bool {
        switch kind {
        case .market, .supply, .routeDeclaration, .projection, .stock, .correlate, .policy, .scenario, .model, .horizon,
            .extend:
            true
        default: false
        }
    }

    /// What stands in scripts alone.
    private mutating func collect(_ place: TextNode, _ kind: NodeKind) {
        switch kind {
        case .model, .extend: return
        case .market, .supply, .routeDeclaration: statements.markets.append(place)
        case .projection: statements.projections.append(place)
        case .stock: statements.stocks.append(place)
        case .correlate: statements.correlations.append(place)
        case .policy, .scenario: statements.policies.append(place)
        case .horizon:
            if let first = model.horizon {
                report(
                    .redefined(
                        "the horizon", at: model.location(place.node, in: place.module),
                        first: model.location(first, in: model.horizonModule)))
            } else {
                model.horizon = place.node
                model.horizonModule = place.module
            }
        default: model.commands.append(Command(node: place.node, kind: kind, module: place.module))
        }
    }

    private func nameOfStatement(_ id: NodeID, in module: Int32, _ tree: SyntaxTree) -> Location {
        let span = tree[id].span
        let word = model.symbols[tree.later(id).word]
        return Location(tree.source, Span(start: span.start, end: min(span.end, span.start + UInt32(word.utf8.count))))
    }

    /// A unit that several files declare must mean one thing in all of them.
    private mutating func compareUnits() {
        var first = Scope()
        for index in model.declarations.indices where model.declarations[index].kind == .unit {
            let id = DeclarationID(Int32(index))
            let declaration = model.declarations[index]
            let known = first[declaration.symbol]
            guard !known.isNone else {
                first[declaration.symbol] = id
                continue
            }
            let other = model[known]
            let own = declaration.value.isNone ? "" : model.text(declaration.value, in: declaration.module)
            let before = other.value.isNone ? "" : model.text(other.value, in: other.module)
            if own != before {
                let (later, earlier) = declaration.module < other.module ? (id, known) : (known, id)
                report(
                    .unitsDisagree(
                        "unit", model.symbols[declaration.symbol], at: model.nameLocation(later),
                        first: model.nameLocation(earlier)
                    ))
            }
        }
    }

    private mutating func declareIndex(_ id: NodeID, in module: Int32, _ tree: SyntaxTree) {
        let index = tree.indexDeclaration(id)
        if index.isLike {
            statements.likes.append(TextNode(id, in: module))
            return
        }
        let members = index.names.map { tree.name($0) }
        guard let declaration = declare(.index, index.name, at: id, in: module) else { return }
        var seen: Set<Symbol> = []
        for (offset, member) in members.enumerated() where !seen.insert(member).inserted {
            report(
                .redefined(
                    "`\(model.symbols[member])`",
                    at: model.location(index.names[offset], in: module),
                    first: model.location(id, in: module)))
            return
        }
        if let known = model.indexes.firstIndex(where: { $0.symbol == index.name }) {
            if model.indexes[known].members != members || model.indexes[known].root != known {
                report(
                    .unitsDisagree(
                        "index", model.symbols[index.name], at: model.location(id, in: module),
                        first: model.nameLocation(model.indexes[known].declaration)))
            }
            model[declaration].number = Int32(known)
            return
        }
        guard let number = addIndex(declaration, at: model.nameLocation(declaration)) else { return }
        for member in members { model.addMember(member, to: number) }
    }

    private mutating func connect(_ use: Use) {
        let tree = model.tree(use.module)
        let node = tree[use.node]
        if node.kind == .useFile {
            declareModule(tree.useFile(node).name, use)
            return
        }
        let names = tree.useModule(node)
        if names.names.isEmpty {
            declareModule(names.module, use)
            return
        }
        let target = model.modules[Int(use.target)]
        for id in names.names {
            let symbol = tree.name(id)
            let name = model.symbols[symbol]
            let found = target.scope[symbol]
            if found.isNone || name.utf8.first == 0x5F {
                let exports = target.scope.declarations.map { model.name($0) }.filter { $0.utf8.first != 0x5F }
                problems.unavailable.insert(symbol)
                report(
                    .unknownExport(
                        name, module: model.symbols[names.module], at: model.location(id, in: use.module),
                        nearest: nearest(to: name, among: exports)))
            } else {
                model.modules[Int(model.home(of: use.module))].imports[symbol] = found
            }
        }
    }

    private mutating func declareModule(_ symbol: Symbol, _ use: Use) {
        let existing = model.scope(of: use.module)[symbol]
        if !existing.isNone {
            // A library module must not take a name that the script uses for itself; `use carbon` twice is no fault.
            if model[existing].kind == .module, model[existing].number == use.target { return }
            report(
                .redefined(
                    "`\(model.symbols[symbol])`", at: model.location(use.node, in: use.module),
                    first: model.nameLocation(existing))
            )
            return
        }
        model.add(Declaration(kind: .module, module: use.module, node: use.node, symbol: symbol, number: use.target))
    }
}

extension Collector {
    @discardableResult
    mutating func declare(
        _ kind: Declaration.Kind, _ symbol: Symbol, value: NodeID = .none, at node: NodeID, in module: Int32
    ) -> DeclarationID? {
        let (id, found) = model.declare(kind, symbol, value: value, at: node, in: module)
        problems.report(found)
        return id
    }
}

extension Model {
    /// Gives a name a meaning in a text; what is wrong with it, if anything.
    mutating func declare(
        _ kind: Declaration.Kind, _ symbol: Symbol, value: NodeID = .none, at node: NodeID, in module: Int32
    ) -> (id: DeclarationID?, problems: [Diagnostic]) {
        var problems: [Diagnostic] = []
        let existing = holder(of: symbol, in: module)
        if !existing.isNone {
            let name = symbols[symbol]
            let place = nameLocation(name, in: node, of: module)
            if self[existing].kind == .unit {
                problems.append(
                    .redefinedUnit(
                        name, at: place, first: nameLocation(existing), isBuiltIn: self[existing].module == units
                    ))
            } else {
                problems.append(.redefined("`\(name)`", at: place, first: nameLocation(existing)))
            }
            return (nil, problems)
        }
        var declaration = Declaration(kind: kind, module: module, node: node, symbol: symbol, value: value)
        if kind == .unit {
            let name = symbols[symbol]
            if name.utf8.count == 1 { problems.append(.unitName(name, at: nameLocation(name, in: node, of: module))) }
            if value.isNone { declaration.number = baseDimension(symbol) }
        }
        if kind == .builtin {
            let name = symbols[symbol]
            guard modules[Int(module)].isLibrary, let builtin = Builtin(rawValue: name) else {
                problems.append(.unknownBuiltin(name, at: nameLocation(name, in: node, of: module)))
                return (nil, problems)
            }
            declaration.builtin = builtin
        }
        return (add(declaration), problems)
    }

    /// What has a name already that a declaration of a text would give.
    private func holder(of symbol: Symbol, in module: Int32) -> DeclarationID {
        let home = home(of: module)
        let own = modules[Int(home)].scope[symbol]
        if !own.isNone { return own }
        let parent = modules[Int(home)].parent
        let inherited = parent >= 0 ? scope(of: parent)[symbol] : .none
        if !inherited.isNone || module == units || module == prelude || units < 0 { return inherited }
        return modules[Int(units)].scope[symbol]
    }

    /// Units of one name are one unit, in whichever texts they are declared.
    private mutating func baseDimension(_ symbol: Symbol) -> Int32 {
        if let known = baseUnits.firstIndex(of: symbol) { return Int32(known) }
        baseUnits.append(symbol)
        return Int32(baseUnits.count - 1)
    }

    /// A declaration whose name is a path, which no script can declare.
    mutating func declareHidden(
        _ kind: Declaration.Kind, _ name: String, value: NodeID = .none, at node: NodeID, in module: Int32
    ) -> DeclarationID {
        add(Declaration(kind: kind, module: module, node: node, symbol: symbols.intern(name), value: value))
    }

    /// Adds a declaration, under its name in its text.
    @discardableResult
    mutating func add(_ declaration: Declaration) -> DeclarationID {
        let id = DeclarationID(Int32(declarations.count))
        declarations.append(declaration)
        modules[Int(home(of: declaration.module))].scope[declaration.symbol] = id
        return id
    }
}

/// `label: value` or `label: value at price` in a block.
struct FieldEntry {
    var node: NodeID
    var label: String
    var value: NodeID
    var at: NodeID
}

extension Model {
    /// The fields of a block, each once, and what is said of a second one of its label.
    func fieldEntries(of block: NodeID, in module: Int32) -> (entries: [FieldEntry], repeated: [Diagnostic]) {
        let tree = modules[Int(module)].tree
        var seen: [Symbol: NodeID] = [:]
        var (entries, repeated): ([FieldEntry], [Diagnostic]) = ([], [])
        for id in tree.elements(block) where tree[id].kind == .field {
            let (symbol, field) = (tree.name(id), tree.field(id))
            if let first = seen[symbol] {
                repeated.append(
                    .redefined(
                        "the field `\(symbols[symbol])`", at: location(id, in: module),
                        first: location(first, in: module)))
            } else {
                seen[symbol] = id
                entries.append(FieldEntry(node: id, label: symbols[symbol], value: field.value, at: field.at))
            }
        }
        return (entries, repeated)
    }
}

extension Model {
    /// Declares the current step.
    mutating func addNow() {
        guard prelude >= 0 else { return }
        let root = modules[Int(prelude)].tree.root
        add(Declaration(kind: .now, module: prelude, node: root, symbol: symbols.intern("now"), type: .time))
    }
}
