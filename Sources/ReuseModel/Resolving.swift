import ReuseSyntax

/// Stage 3: what each name stands for, and which declaration reads which.
///
/// One pass over the nodes in their order. Children come before their parents, so a parameter is met before the body that
/// it binds, and a binding ends where the `lambda`, `block` or `function` node itself is met. Nothing recurses.
extension ModelBuilder {
    mutating func resolveAll() {
        model.edgeStarts = Array(repeating: -1, count: model.declarations.count * 2)
        model.traits = Array(repeating: [], count: model.declarations.count)
        isUsed = Array(repeating: false, count: model.declarations.count)
        let patches = writtenPatches()
        for module in model.modules.indices { resolveModule(Int32(module), patches[Int32(module)] ?? []) }
        model.isNamed = Array(repeating: false, count: model.declarations.count)
        for raw in model.resolutions where raw >= 0 { model.isNamed[Int(raw)] = true }
        connectPatches()
        connectMarkets()
        connectProjections()
        connectStocks()
    }

    /// Patches of each text in their order. Scenarios that take in others have theirs, too: here each stands once.
    private func writtenPatches() -> [Int32: [Patch]] {
        var result: [Int32: [Patch]] = [:]
        var seen: Set<Int32> = []
        for patch in model.policies.flatMap({ $0.patches }) + model.scenarios.flatMap({ $0.patches })
        where !patch.value.isNone
            && seen.insert(model.modules[Int(patch.module)].nodeBase + patch.node.rawValue).inserted
        {
            result[patch.module, default: []].append(patch)
        }
        return result.mapValues { $0.sorted { $0.node.rawValue < $1.node.rawValue } }
    }

    private mutating func resolveModule(_ module: Int32, _ patches: [Patch]) {
        var scan = NameScan(symbolCount: model.symbols.count)
        let tree = model.modules[Int(module)].tree
        let nodes = tree.nodes
        let base = Int(model.modules[Int(module)].nodeBase)
        let setting = model.declarations.firstIndex { $0.valueModule == module && $0.module != module }
        var next: Int32 = 0
        var patchesDone = 0
        for statement in tree.statements {
            let first = model.edges.count
            firstEdge = first
            let firstPatch = patchesDone
            while patchesDone < patches.count, patches[patchesDone].node.rawValue <= statement { patchesDone += 1 }
            // Inside a policy its own inputs have their short names.
            let own = ownInputs.isEmpty ? [] : ownInputs[Int32(base) + statement] ?? []
            let outer = own.map { scan.known[Int($0.symbol.rawValue)] }
            for input in own { scan.known[Int(input.symbol.rawValue)] = input.declaration.rawValue }
            defer { for (input, known) in zip(own, outer) { scan.known[Int(input.symbol.rawValue)] = known } }
            while next <= statement {
                if watch.stops() { return }
                visit(next, nodes, tree, module, base, &scan)
                next += 1
            }
            scan.reset()
            let traits = scan.takeTraits()
            let owner: Int
            if let setting {
                owner = setting
            } else {
                let node = tree.nodes[Int(statement)]
                switch node.kind {
                case .unit, .assume, .let, .function:
                    let id = model.modules[Int(module)].scope[Symbol(node.a)]
                    guard !id.isNone, model[id].node.rawValue == statement else {
                        model.edges.removeSubrange(first...)
                        continue
                    }
                    owner = Int(id.rawValue)
                    if model[id].valueModule != module {
                        model.edges.removeSubrange(first...)
                        continue
                    }
                case .policy, .scenario:
                    assignEdges(from: first, to: fieldsOfStatement[Int32(base) + statement] ?? [], nodes, traits)
                    for patch in patches[firstPatch..<patchesDone] { noteEdges(from: first, of: patch, nodes) }
                    continue
                case .market, .supply, .routeDeclaration, .stock, .data, .projection:
                    assignEdges(from: first, to: fieldsOfStatement[Int32(base) + statement] ?? [], nodes, traits)
                    continue
                case .correlate:
                    // To be correlated is not to be used; what the number is made of is.
                    let value = tree.children(node.b, node.c).last.map { nodes[Int($0)].start } ?? .max
                    for edge in model.edges[first...] where nodes[Int(edge.node)].start >= value {
                        isUsed[Int(edge.target.rawValue)] = true
                    }
                    model.edges.removeSubrange(first...)
                    continue
                default:
                    for edge in model.edges[first...] { isUsed[Int(edge.target.rawValue)] = true }
                    model.edges.removeSubrange(first...)
                    continue
                }
            }
            for edge in model.edges[first...] where Int(edge.target.rawValue) != owner {
                isUsed[Int(edge.target.rawValue)] = true
            }
            model.traits[owner] = traits
            model.edgeStarts[owner * 2] = Int32(first)
            model.edgeStarts[owner * 2 + 1] = Int32(model.edges.count)
        }
    }

    /// Gives each field the edges of its own text. Fields of routes that are declared together share theirs.
    private mutating func assignEdges(
        from first: Int, to fields: [DeclarationID], _ nodes: [Node], _ traits: DeclarationTraits
    ) {
        for id in fields {
            let index = Int(id.rawValue)
            model.traits[index] = traits.union(.isInvolved)
            // A setting stands in a text of its own, whose edges it has.
            if model.declarations[index].valueModule != model.declarations[index].module { continue }
            let value = model.declarations[index].value.rawValue
            let start = nodes[Int(value)].start
            var low = first
            while low < model.edges.count, nodes[Int(model.edges[low].node)].start < start { low += 1 }
            var high = low
            while high < model.edges.count, model.edges[high].node <= value {
                isUsed[Int(model.edges[high].target.rawValue)] = true
                high += 1
            }
            model.edgeStarts[index * 2] = Int32(low)
            model.edgeStarts[index * 2 + 1] = Int32(high)
        }
    }

    /// What a patch reads is read by what it patches.
    private mutating func noteEdges(from first: Int, of patch: Patch, _ nodes: [Node]) {
        let value = patch.value.rawValue
        let start = nodes[Int(value)].start
        for edge in model.edges[first...] where edge.node <= value && nodes[Int(edge.node)].start >= start {
            isUsed[Int(edge.target.rawValue)] = true
            // On its own right-hand side a path is the value before.
            for target in patch.targets where target != edge.target { patchEdges[target, default: []].append(edge) }
        }
    }

    private mutating func connectPatches() {
        for id in model.isPatched.sorted() {
            let index = Int(id.rawValue)
            model.traits[index].insert(.isInvolved)
            guard let added = patchEdges[id] else { continue }
            let own = Array(model.reads(of: id))
            model.edgeStarts[index * 2] = Int32(model.edges.count)
            model.edges += own + added
            model.edgeStarts[index * 2 + 1] = Int32(model.edges.count)
        }
    }

    func edges(of id: DeclarationID) -> ArraySlice<DependencyEdge> { model.reads(of: id) }

    @inline(__always)
    private mutating func visit(
        _ index: Int32, _ nodes: borrowing [Node], _ tree: borrowing SyntaxTree, _ module: Int32, _ base: Int,
        _ scan: inout NameScan
    ) {
        let kind = nodes[Int(index)].kind
        if kind.isInert { return }
        let node = nodes[Int(index)]
        if !kind.isPlain { scan.traits.insert(.isInvolved) }
        switch kind {
        case .name:
            let local = scan.locals[Int(node.a)]
            if local >= 0 {
                model.resolutions[base + Int(index)] = -local - 2
            } else {
                readDeclaration(Symbol(node.a), at: index, module, base, &scan)
            }
        case .unitPower, .dimensionPower:
            if node.a >= 0 { readDeclaration(Symbol(node.a), at: index, module, base, &scan) }
        case .cite: cites.append((NodeID(index), module))
        case .parameter, .localLet:
            scan.bind(node.a, to: index)
        case .lambda: scan.unbind(Int(node.b))
        case .block:
            for raw in tree.children(node.a, node.b) where tree.nodes[Int(raw)].kind == .localLet { scan.unbind(1) }
        case .member:
            if let found = projectionPath(node, in: module, base) ?? marketPath(node, in: module, base) {
                guard !found.isNone else { return }
                dropEdge(at: node.a)
                model.resolutions[base + Int(index)] = found.rawValue
                model.edges.append(DependencyEdge(target: found, reach: .instant, node: index, module: module))
                return
            }
            let baseNode = tree.nodes[Int(node.a)]
            guard baseNode.kind == .name, model.resolutions[base + Int(node.a)] >= 0 else { return }
            let alias = model.declarations[Int(model.resolutions[base + Int(node.a)])]
            guard alias.kind == .module else { return }
            let found = model.modules[Int(alias.number)].scope[Symbol(node.b)]
            if !found.isNone, model.symbols[Symbol(node.b)].utf8.first != 0x5F {
                model.resolutions[base + Int(index)] = found.rawValue
                model.edges.append(DependencyEdge(target: found, reach: .instant, node: index, module: module))
            }
        case .keyedItem:
            if tree.nodes[Int(node.a)].kind == .name { dropEdge(at: node.a) }
        case .keyed: scan.traits.insert(.looksAround)
        case .index:
            scan.traits.insert(.looksAround)
            var reachesFar = false
            for raw in tree.children(node.b, node.c) {
                let item = tree.nodes[Int(raw)]
                if item.kind == .route || item.kind == .pick { continue }
                if item.kind == .name, model.resolutions[base + Int(raw)] >= -1,
                    model.memberships[Symbol(item.a)] != nil
                {
                    dropEdge(at: raw)
                    model.resolutions[base + Int(raw)] = -1
                } else {
                    reachesFar = true
                }
            }
            if reachesFar { mark(.whole, from: node.a, tree) }
        // Behind the name of an index stands a member, whatever else may have that name.
        case .pick: bindMember(node.b, tree, base)
        case .comparison, .membership: bindMembers(node, tree, base)
        case .growing:
            scan.traits.insert(.looksAround)
            mark(.whole, from: node.a, tree)
            mark(.whole, from: node.b, tree)
        case .call:
            let target = nodes[Int(node.a)].kind == .name ? model.resolutions[base + Int(node.a)] : -1
            // Many arguments may need more room than there is.
            if target < 0 || node.c > 1_000 { scan.traits.insert(.isInvolved) }
            guard target >= 0 else { return }
            if model.declarations[Int(target)].isFunction { scan.functionValues -= 1 }
            guard let builtin = model.declarations[Int(target)].builtin else { return }
            if builtin.mayLookAround { scan.traits.insert(.looksAround) }
            if !builtin.isPlain { scan.traits.insert(.isInvolved) }
            if builtin == .interpolate, let word = wordOfInterpolation(node, tree) {
                // A word of its own, whatever else may have that name.
                dropEdge(at: word)
                model.resolutions[base + Int(word)] = -1
            }
            guard let first = tree.children(node.b, node.c).first else { return }
            let argument = tree.nodes[Int(first)]
            switch builtin {
            case .previous: mark(.delayed, from: argument.b, tree)
            case .total, .first_time: mark(.whole, from: argument.b, tree)
            case .mean, .min, .max, .sum:
                if argument.c >= 0, tree.nodes[Int(argument.c)].b >= 0,
                    model.symbols[Symbol(tree.nodes[Int(argument.c)].b)] == "time"
                {
                    mark(.whole, from: argument.b, tree)
                }
            default: break
            }
        default: break
        }
    }

    @inline(__always)
    private mutating func readDeclaration(
        _ symbol: Symbol, at node: Int32, _ module: Int32, _ base: Int, _ scan: inout NameScan
    ) {
        var target = scan.known[Int(symbol.rawValue)]
        if target == -2 {
            target = find(symbol, in: module).rawValue
            scan.known[Int(symbol.rawValue)] = target
        }
        guard target >= 0 else { return }
        if model.declarations[Int(target)].isFunction { scan.functionValues += 1 }
        model.resolutions[base + Int(node)] = target
        model.edges.append(DependencyEdge(target: DeclarationID(target), reach: .instant, node: node, module: module))
    }

    /// The `name` node that says how `interpolate(s, kind)` bridges gaps; nil where there is none.
    func wordOfInterpolation(_ call: Node, _ tree: borrowing SyntaxTree) -> Int32? {
        for (position, raw) in tree.children(call.b, call.c).enumerated() {
            let argument = tree.nodes[Int(raw)]
            let isKind = argument.a >= 0 ? model.symbols[Symbol(argument.a)] == "kind" : position == 1
            if isKind, tree.nodes[Int(argument.b)].kind == .name { return argument.b }
        }
        return nil
    }

    /// Of `partner == India`, `country != partner` and `partner in [A, B]` what is named beside an index is a member of it
    /// where it has one of that name.
    private mutating func bindMembers(_ node: Node, _ tree: borrowing SyntaxTree, _ base: Int) {
        for (side, other) in [(node.a, node.b), (node.b, node.a)] {
            guard let index = index(namedAt: side, tree, base) else { continue }
            let beside = tree.nodes[Int(other)]
            if node.kind == .membership {
                guard side == node.a, beside.kind == .list else { continue }
                for raw in tree.children(beside.a, beside.b) { bindMember(raw, tree, base) }
            } else if beside.kind == .name {
                let isMember = model.memberships[Symbol(beside.a)]?.contains { $0.index == index } ?? false
                if isMember || self.index(namedAt: other, tree, base) == nil { bindMember(other, tree, base) }
            }
        }
    }

    private func index(namedAt id: Int32, _ tree: borrowing SyntaxTree, _ base: Int) -> Int? {
        guard tree.nodes[Int(id)].kind == .name, model.resolutions[base + Int(id)] >= 0 else { return nil }
        let declaration = model.declarations[Int(model.resolutions[base + Int(id)])]
        return declaration.kind == .index && declaration.number >= 0 ? Int(declaration.number) : nil
    }

    private mutating func bindMember(_ id: Int32, _ tree: borrowing SyntaxTree, _ base: Int) {
        guard tree.nodes[Int(id)].kind == .name else { return }
        dropEdge(at: id)
        model.resolutions[base + Int(id)] = -1
    }

    private mutating func dropEdge(at node: Int32) {
        // Nodes of other texts have the same numbers.
        var index = model.edges.count - 1
        while index >= firstEdge, model.edges[index].node >= node {
            if model.edges[index].node == node {
                model.edges.remove(at: index)
                return
            }
            index -= 1
        }
    }

    /// Marks the edges that come from the subtree of a node. A subtree's nodes are numbered without gaps and end in its root.
    private mutating func mark(_ reach: DependencyEdge.Reach, from root: Int32, _ tree: borrowing SyntaxTree) {
        let start = tree.nodes[Int(root)].start
        var index = model.edges.count - 1
        while index >= firstEdge, model.edges[index].node > root { index -= 1 }
        while index >= firstEdge {
            let node = model.edges[index].node
            guard node <= root, tree.nodes[Int(node)].start >= start else { return }
            if model.edges[index].reach == .instant { model.edges[index].reach = reach }
            index -= 1
        }
    }
}

/// The state of the pass over one text.
private struct NameScan {
    /// Innermost binding of a symbol, or -1.
    var locals: [Int32]
    /// Declaration that a symbol stands for in this text: -2 where not looked up yet, -1 none.
    var known: [Int32]
    var traits: DeclarationTraits = []
    /// How many names of functions were met that were not called there and then.
    var functionValues = 0
    private var bindings: [(symbol: Int32, outer: Int32)] = []

    init(symbolCount: Int) {
        locals = Array(repeating: -1, count: symbolCount)
        known = Array(repeating: -2, count: symbolCount)
    }

    mutating func bind(_ symbol: Int32, to node: Int32) {
        guard symbol >= 0 else { return }
        bindings.append((symbol, locals[Int(symbol)]))
        locals[Int(symbol)] = node
    }

    mutating func unbind(_ count: Int) {
        for _ in 0..<count {
            guard let last = bindings.popLast() else { return }
            locals[Int(last.symbol)] = last.outer
        }
    }

    mutating func reset() { unbind(bindings.count) }

    /// The traits of the statement that ends here.
    mutating func takeTraits() -> DeclarationTraits {
        var result = traits
        if functionValues != 0 { result.insert(.isInvolved) }
        traits = []
        functionValues = 0
        return result
    }
}

extension NodeKind {
    /// Names nothing, binds nothing, and is plain: nothing to do.
    @inline(__always)
    fileprivate var isInert: Bool {
        switch self {
        case .number, .percent, .boolean, .paren, .sum, .product, .conjunction, .disjunction, .not, .negate, .power,
            .range, .shownAs, .conditional, .quantity, .argument:
            true
        default: false
        }
    }

    /// Part of plain arithmetic over what is named.
    @inline(__always)
    fileprivate var isPlain: Bool {
        switch self {
        case .number, .percent, .boolean, .name, .paren, .sum, .product, .conjunction, .disjunction, .not, .negate,
            .power,
            .range, .comparison, .shownAs, .conditional, .quantity, .unitPower, .call, .argument, .let, .assume, .cite,
            .dimensionType, .dimensionPower:
            true
        default: false
        }
    }
}
