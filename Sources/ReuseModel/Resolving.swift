import ReuseSyntax

/// That one declaration reads another.
struct DependencyEdge {
    /// How the step that is read lies to the step being computed.
    enum Reach: UInt8 {
        /// The same step.
        case instant
        /// An earlier step, inside `previous`.
        case delayed
        /// Any step: `x[2030]`, `total(x)`.
        case whole
    }

    var target: DeclarationID
    var reach: Reach
    var node: Int32
    var module: Int32
}

/// Stage 3: what each name stands for, and which declaration reads which.
///
/// One pass over the nodes in their order. Children come before their parents, so a parameter is met before the body that
/// it binds, and a binding ends where the `lambda`, `block` or `function` node itself is met. Nothing recurses.
extension ModelBuilder {
    mutating func resolveAll() {
        edgeStarts = Array(repeating: -1, count: model.declarations.count * 2)
        isUsed = Array(repeating: false, count: model.declarations.count)
        for module in model.modules.indices { resolveModule(Int32(module)) }
    }

    private mutating func resolveModule(_ module: Int32) {
        var scan = NameScan(symbolCount: model.symbols.count)
        let tree = model.modules[Int(module)].tree
        let base = Int(model.modules[Int(module)].nodeBase)
        let setting = model.declarations.firstIndex { $0.valueModule == module && $0.module != module }
        var next: Int32 = 0
        for statement in tree.statements {
            let first = edges.count
            while next <= statement {
                visit(next, tree, module, base, &scan)
                next += 1
            }
            scan.reset()
            let owner: Int
            if let setting {
                owner = setting
            } else {
                let node = tree.nodes[Int(statement)]
                switch node.kind {
                case .unit, .assume, .let, .function:
                    let id = model.modules[Int(module)].scope[Symbol(node.a)]
                    guard !id.isNone, model[id].node.rawValue == statement else {
                        edges.removeSubrange(first...)
                        continue
                    }
                    owner = Int(id.rawValue)
                    if model[id].valueModule != module {
                        edges.removeSubrange(first...)
                        continue
                    }
                default:
                    for edge in edges[first...] { isUsed[Int(edge.target.rawValue)] = true }
                    edges.removeSubrange(first...)
                    continue
                }
            }
            for edge in edges[first...] where Int(edge.target.rawValue) != owner {
                isUsed[Int(edge.target.rawValue)] = true
            }
            edgeStarts[owner * 2] = Int32(first)
            edgeStarts[owner * 2 + 1] = Int32(edges.count)
        }
    }

    func edges(of id: DeclarationID) -> ArraySlice<DependencyEdge> {
        let index = Int(id.rawValue) * 2
        guard index < edgeStarts.count, edgeStarts[index] >= 0 else { return [] }
        return edges[Int(edgeStarts[index])..<Int(edgeStarts[index + 1])]
    }

    @inline(__always)
    private mutating func visit(
        _ index: Int32, _ tree: borrowing SyntaxTree, _ module: Int32, _ base: Int, _ scan: inout NameScan
    ) {
        let node = tree.nodes[Int(index)]
        switch node.kind {
        case .name:
            let local = scan.locals[Int(node.a)]
            if local >= 0 {
                model.resolutions[base + Int(index)] = -local - 2
            } else {
                readDeclaration(Symbol(node.a), at: index, module, base, &scan)
            }
        case .unitPower, .dimensionPower:
            if node.a >= 0 { readDeclaration(Symbol(node.a), at: index, module, base, &scan) }
        case .parameter, .localLet:
            scan.bind(node.a, to: index)
        case .lambda, .block:
            let count =
                node.kind == .lambda
                ? Int(node.b) : tree.children(node.a, node.b).filter { tree.nodes[Int($0)].kind == .localLet }.count
            scan.unbind(count)
        case .member:
            let baseNode = tree.nodes[Int(node.a)]
            guard baseNode.kind == .name, model.resolutions[base + Int(node.a)] >= 0 else { return }
            let alias = model.declarations[Int(model.resolutions[base + Int(node.a)])]
            guard alias.kind == .module else { return }
            let found = model.modules[Int(alias.number)].scope[Symbol(node.b)]
            if !found.isNone, model.symbols[Symbol(node.b)].utf8.first != 0x5F {
                model.resolutions[base + Int(index)] = found.rawValue
                edges.append(DependencyEdge(target: found, reach: .instant, node: index, module: module))
            }
        case .keyedItem:
            if tree.nodes[Int(node.a)].kind == .name { dropEdge(at: node.a) }
        case .index:
            var reachesFar = false
            for raw in tree.children(node.b, node.c) {
                let item = tree.nodes[Int(raw)]
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
        case .growing:
            mark(.whole, from: node.a, tree)
            mark(.whole, from: node.b, tree)
        case .call:
            guard tree.nodes[Int(node.a)].kind == .name else { return }
            let target = model.resolutions[base + Int(node.a)]
            guard target >= 0, let builtin = model.declarations[Int(target)].builtin else { return }
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
        model.resolutions[base + Int(node)] = target
        edges.append(DependencyEdge(target: DeclarationID(target), reach: .instant, node: node, module: module))
    }

    private mutating func dropEdge(at node: Int32) {
        var index = edges.count - 1
        while index >= 0, edges[index].node >= node {
            if edges[index].node == node {
                edges.remove(at: index)
                return
            }
            index -= 1
        }
    }

    /// Marks the edges that come from the subtree of a node. A subtree's nodes are numbered without gaps and end in its root.
    private mutating func mark(_ reach: DependencyEdge.Reach, from root: Int32, _ tree: borrowing SyntaxTree) {
        let start = tree.nodes[Int(root)].start
        var index = edges.count - 1
        while index >= 0, edges[index].node > root { index -= 1 }
        while index >= 0 {
            let node = edges[index].node
            guard node <= root, tree.nodes[Int(node)].start >= start else { return }
            if edges[index].reach == .instant { edges[index].reach = reach }
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
}
