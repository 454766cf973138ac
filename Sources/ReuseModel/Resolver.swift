import ReuseSyntax

/// What each name stands for, and which declaration reads which.
///
/// One pass over the nodes in their order. Children come before their parents, so a parameter is met before the body that
/// it binds, and a binding ends where the `lambda`, `block` or `function` node itself is met. Nothing recurses.
struct Resolver: Collector {
    let parts: StatementParts
    /// Whether there are tables, whose columns are named by paths.
    let hasData: Bool
    let watch: Watch
    var model = Model()
    var problems = Problems()
    /// Where sources are cited.
    private(set) var cites: [TextNode] = []
    /// Declarations that some other declaration or command names.
    var isUsed: [Bool] = []
    /// Where the edges of the statement begin whose names are being resolved.
    var firstEdge = 0
    /// What patches read, by what they patch.
    var patchEdges: [DeclarationID: [DependencyEdge]] = [:]

    mutating func collect() {
        model.edgeStarts = Array(repeating: -1, count: model.declarations.count * 2)
        model.traits = Array(repeating: [], count: model.declarations.count)
        isUsed = Array(repeating: false, count: model.declarations.count)
        let patches = writtenPatches()
        var settings: [Int32: Int] = [:]
        for (index, declaration) in model.declarations.enumerated() where declaration.valueModule != declaration.module
        {
            settings[declaration.valueModule] = settings[declaration.valueModule] ?? index
        }
        var scan = NameScan(symbolCount: model.symbols.count)
        var home: Int32 = -1
        for module in model.modules.indices.map({ Int32($0) }) {
            // What names stand for is alike in all statements of one scope.
            if module > 0, model.home(of: module) != home { scan = NameScan(symbolCount: model.symbols.count) }
            home = model.home(of: module)
            resolveModule(module, patches[module] ?? [], setting: settings[module], &scan)
        }
        model.isNamed = Array(repeating: false, count: model.declarations.count)
        for raw in model.resolutions where raw >= 0 { model.isNamed[Int(raw)] = true }
        connectPatches()
        model.connectMarkets()
        connectProjections()
        model.connectStocks()
    }

    /// Patches of each text in their order. Scenarios that take in others have theirs, too: here each stands once.
    private func writtenPatches() -> [Int32: [Patch]] {
        let patches = model.policies.flatMap { $0.patches } + model.scenarios.flatMap { $0.patches }
        if patches.isEmpty { return [:] }
        var result: [Int32: [Patch]] = [:]
        var seen: Set<Int32> = []
        for patch in patches
        where !patch.value.isNone
            && seen.insert(model.modules[Int(patch.module)].nodeBase + patch.node.rawValue).inserted
        {
            result[patch.module, default: []].append(patch)
        }
        return result.mapValues { $0.sorted { $0.node.rawValue < $1.node.rawValue } }
    }

    /// `setting` is the declaration whose value the text is.
    private mutating func resolveModule(
        _ module: Int32, _ patches: [Patch], setting: Int?, _ scan: inout NameScan
    ) {
        let tree = model.tree(module)
        let nodes = tree.nodes
        let base = Int(model.modules[Int(module)].nodeBase)
        var next = model.modules[Int(module)].ids.lowest
        var patchesDone = 0
        for statement in model.modules[Int(module)].statements {
            let first = model.edges.count
            firstEdge = first
            let firstPatch = patchesDone
            while patchesDone < patches.count, patches[patchesDone].node <= statement { patchesDone += 1 }
            // Inside a policy its own inputs have their short names.
            let own = parts.ownNames.isEmpty ? [] : parts.ownNames[Int32(base) + statement.rawValue] ?? []
            let outer = own.map { scan.known[Int($0.symbol.rawValue)] }
            for input in own { scan.known[Int(input.symbol.rawValue)] = input.declaration.rawValue }
            defer { for (input, known) in zip(own, outer) { scan.known[Int(input.symbol.rawValue)] = known } }
            while next <= statement.rawValue {
                if watch.stops() { return }
                visit(NodeID(next), nodes, tree, module, base, &scan)
                next += 1
            }
            scan.reset()
            let traits = scan.takeTraits()
            let owner: Int
            if let setting {
                owner = setting
            } else {
                let node = tree[statement]
                switch node.kind {
                case .unit, .assume, .let, .function:
                    let id = model.scope(of: module)[tree.name(node)]
                    guard !id.isNone, model[id].node == statement else {
                        model.edges.removeSubrange(first...)
                        continue
                    }
                    owner = Int(id.rawValue)
                    if model[id].valueModule != module {
                        model.edges.removeSubrange(first...)
                        continue
                    }
                case .policy, .scenario:
                    assignEdges(from: first, to: parts.fields[Int32(base) + statement.rawValue] ?? [], nodes, traits)
                    for patch in patches[firstPatch..<patchesDone] { noteEdges(from: first, of: patch, nodes) }
                    continue
                case .market, .supply, .routeDeclaration, .stock, .data, .projection:
                    assignEdges(from: first, to: parts.fields[Int32(base) + statement.rawValue] ?? [], nodes, traits)
                    continue
                case .correlate:
                    // To be correlated is not to be used; what the number is made of is.
                    let value = tree[tree.correlate(node).value].start
                    for edge in model.edges[first...] where nodes[Int(edge.node.rawValue)].start >= value {
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
            let value = model.declarations[index].value
            let start = nodes[Int(value.rawValue)].start
            var low = first
            while low < model.edges.count, nodes[Int(model.edges[low].node.rawValue)].start < start { low += 1 }
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
        let value = patch.value
        let start = nodes[Int(value.rawValue)].start
        for edge in model.edges[first...] where edge.node <= value && nodes[Int(edge.node.rawValue)].start >= start {
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

    @inline(__always)
    private mutating func visit(
        _ index: NodeID, _ nodes: borrowing [Node], _ tree: borrowing SyntaxTree, _ module: Int32, _ base: Int,
        _ scan: inout NameScan
    ) {
        let kind = nodes[Int(index.rawValue)].kind
        if kind.isInert { return }
        let node = nodes[Int(index.rawValue)]
        if !kind.isPlain { scan.traits.insert(.isInvolved) }
        switch kind {
        case .name:
            let local = scan.locals[Int(tree.name(node).rawValue)]
            if local >= 0 {
                model.resolutions[base + Int(index.rawValue)] = -local - 2
            } else {
                readDeclaration(tree.name(node), at: index, module, base, &scan)
            }
        case .unitPower: readDeclaration(tree.unitPower(node).unit, at: index, module, base, &scan)
        case .range: scan.traits.insert(.isUncertain)
        case .dimensionPower:
            if let unit = tree.dimensionPower(node).unit { readDeclaration(unit, at: index, module, base, &scan) }
        case .cite: cites.append(TextNode(index, in: module))
        case .parameter, .localLet:
            scan.bind(tree.name(node), to: index)
        case .lambda: scan.unbind(tree.lambda(node).parameters.count)
        case .block:
            scan.unbind(tree.block(node).lets.count)
        case .member:
            let memberNode = tree.member(node)
            if let found = projectionPath(node, in: module, base) ?? marketPath(node, in: module, base) {
                guard !found.isNone else { return }
                dropEdge(at: memberNode.base)
                model.resolutions[base + Int(index.rawValue)] = found.rawValue
                model.edges.append(DependencyEdge(target: found, reach: .instant, node: index, module: module))
                return
            }
            let baseNode = tree[memberNode.base]
            guard baseNode.kind == .name, model.resolutions[base + Int(memberNode.base.rawValue)] >= 0 else { return }
            let alias = model.declarations[Int(model.resolutions[base + Int(memberNode.base.rawValue)])]
            guard alias.kind == .module else { return }
            let found = model.modules[Int(alias.number)].scope[memberNode.name]
            if !found.isNone, model.symbols[memberNode.name].utf8.first != 0x5F {
                model.resolutions[base + Int(index.rawValue)] = found.rawValue
                model.edges.append(DependencyEdge(target: found, reach: .instant, node: index, module: module))
            }
        case .keyedItem:
            let keyedItem = tree.keyedItem(node)
            if tree[keyedItem.key].kind == .name { dropEdge(at: keyedItem.key) }
        case .keyed: scan.traits.insert(.looksAround)
        case .index:
            let indexNode = tree.index(node)
            scan.traits.insert(.looksAround)
            var reachesFar = false
            for raw in indexNode.picks {
                let item = tree[raw]
                if item.kind == .route || item.kind == .pick { continue }
                if item.kind == .name, model.resolutions[base + Int(raw.rawValue)] >= -1,
                    model.memberships[tree.name(item)] != nil
                {
                    dropEdge(at: raw)
                    model.resolutions[base + Int(raw.rawValue)] = -1
                } else {
                    reachesFar = true
                }
            }
            if reachesFar { mark(.whole, from: indexNode.base, tree) }
        // Behind the name of an index stands a member, whatever else may have that name.
        case .pick: bindMember(tree.pick(node).member, tree, base)
        case .comparison, .membership: bindMembers(node, tree, base)
        case .growing:
            let growing = tree.growing(node)
            scan.traits.insert(.looksAround)
            mark(.whole, from: growing.value, tree)
            mark(.whole, from: growing.rate, tree)
        case .call:
            let call = tree.call(node)
            let target = tree[call.callee].kind == .name ? model.resolutions[base + Int(call.callee.rawValue)] : -1
            // Many arguments may need more room than there is.
            if target < 0 || call.arguments.count > 1_000 { scan.traits.insert(.isInvolved) }
            guard target >= 0 else { return }
            if model.declarations[Int(target)].isFunction { scan.functionValues -= 1 }
            guard let builtin = model.declarations[Int(target)].builtin else { return }
            if builtin.mayLookAround { scan.traits.insert(.looksAround) }
            if !builtin.isPlain { scan.traits.insert(.isInvolved) }
            if builtin == .interpolate, let word = wordOfInterpolation(node, tree) {
                // A word of its own, whatever else may have that name.
                dropEdge(at: word)
                model.resolutions[base + Int(word.rawValue)] = -1
            }
            guard let first = call.arguments.first else { return }
            let argument = tree.argument(first)
            switch builtin {
            case .previous: mark(.delayed, from: argument.value, tree)
            case .total, .first_time: mark(.whole, from: argument.value, tree)
            case .mean, .min, .max, .sum:
                if !argument.reduction.isNone, let axis = tree.reduction(argument.reduction).axis,
                    model.axis(named: axis) == .time
                {
                    mark(.whole, from: argument.value, tree)
                }
            default: break
            }
        default: break
        }
    }

    @inline(__always)
    private mutating func readDeclaration(
        _ symbol: Symbol, at node: NodeID, _ module: Int32, _ base: Int, _ scan: inout NameScan
    ) {
        var target = scan.known[Int(symbol.rawValue)]
        if target == -2 {
            target = model.find(symbol, in: module).rawValue
            scan.known[Int(symbol.rawValue)] = target
        }
        guard target >= 0 else { return }
        if model.declarations[Int(target)].isFunction { scan.functionValues += 1 }
        model.resolutions[base + Int(node.rawValue)] = target
        model.edges.append(DependencyEdge(target: DeclarationID(target), reach: .instant, node: node, module: module))
    }

    /// The `name` node that says how `interpolate(s, kind)` bridges gaps; nil where there is none.
    func wordOfInterpolation(_ call: Node, _ tree: borrowing SyntaxTree) -> NodeID? {
        for (position, raw) in tree.call(call).arguments.enumerated() {
            let argument = tree.argument(raw)
            let isKind = argument.label.map { model.symbols[$0] == "kind" } ?? (position == 1)
            if isKind, tree[argument.value].kind == .name { return argument.value }
        }
        return nil
    }

    /// Of `partner == India`, `country != partner` and `partner in [A, B]` what is named beside an index is a member of it
    /// where it has one of that name.
    private mutating func bindMembers(_ node: Node, _ tree: borrowing SyntaxTree, _ base: Int) {
        if node.kind == .membership {
            let membership = tree.membership(node)
            guard index(namedAt: membership.value, tree, base) != nil, tree[membership.list].kind == .list else {
                return
            }
            for member in tree.elements(membership.list) { bindMember(member, tree, base) }
            return
        }
        let comparison = tree.comparison(node)
        for (side, other) in [(comparison.left, comparison.right), (comparison.right, comparison.left)] {
            guard let index = index(namedAt: side, tree, base), tree[other].kind == .name else { continue }
            let isMember = model.memberships[tree.name(other)]?.contains { $0.index == index } ?? false
            if isMember || self.index(namedAt: other, tree, base) == nil { bindMember(other, tree, base) }
        }
    }

    private func index(namedAt id: NodeID, _ tree: borrowing SyntaxTree, _ base: Int) -> Int? {
        guard tree[id].kind == .name, model.resolutions[base + Int(id.rawValue)] >= 0 else { return nil }
        let declaration = model.declarations[Int(model.resolutions[base + Int(id.rawValue)])]
        return declaration.kind == .index && declaration.number >= 0 ? Int(declaration.number) : nil
    }

    private mutating func bindMember(_ id: NodeID, _ tree: borrowing SyntaxTree, _ base: Int) {
        guard tree[id].kind == .name else { return }
        dropEdge(at: id)
        model.resolutions[base + Int(id.rawValue)] = -1
    }

    private mutating func dropEdge(at node: NodeID) {
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
    private mutating func mark(_ reach: DependencyEdge.Reach, from root: NodeID, _ tree: borrowing SyntaxTree) {
        let start = tree[root].start
        var index = model.edges.count - 1
        while index >= firstEdge, model.edges[index].node > root { index -= 1 }
        while index >= firstEdge {
            let node = model.edges[index].node
            guard node <= root, tree[node].start >= start else { return }
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

    mutating func bind(_ symbol: Symbol, to node: NodeID) {
        bindings.append((symbol.rawValue, locals[Int(symbol.rawValue)]))
        locals[Int(symbol.rawValue)] = node.rawValue
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
            .shownAs, .conditional, .quantity, .argument:
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
