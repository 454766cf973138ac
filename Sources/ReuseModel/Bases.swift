import ReuseSyntax

/// Stage 6: figures of two bases must not be mixed unnoticed.
///
/// A source may state its `basis`. The basis follows a value through names and arithmetic; where two values of one
/// dimension and two bases meet in `+ - /`, a comparison, a call or one series, that is an error.
extension ModelBuilder {
    mutating func checkBases() {
        bases = Array(repeating: -1, count: model.declarations.count)
        guard findBases() else { return }
        var ofNode = [Int32](repeating: -1, count: model.nodeTypes.count)
        for id in model.order where !watch.stops() {
            let declaration = model[id]
            switch declaration.kind {
            case .assume, .let, .unit, .function:
                guard !declaration.value.isNone, declaration.valueModule == declaration.module else { continue }
                enter(declaration.module)
                let result = followBasis(upTo: declaration.node.rawValue, value: declaration.value.rawValue, &ofNode)
                let cited = basis(ofCiteOf: declaration)
                if declaration.kind != .function { bases[Int(id.rawValue)] = cited >= 0 ? cited : result }
            case .projected: bases[Int(id.rawValue)] = basis(ofProjected: id)
            default: continue
            }
        }
        for command in model.commands {
            enter(command.module)
            _ = followBasis(upTo: command.node.rawValue, value: command.node.rawValue, &ofNode)
        }
    }

    /// Sources that state a basis: `number` of their declaration is set to a number a basis. False where there are none.
    private mutating func findBases() -> Bool {
        var names: [String] = []
        for index in model.declarations.indices where model.declarations[index].kind == .source {
            guard let text = sourceField("basis", of: DeclarationID(Int32(index))) else { continue }
            if let known = names.firstIndex(of: text) {
                model.declarations[index].number = Int32(known)
            } else {
                names.append(text)
                model.declarations[index].number = Int32(names.count - 1)
            }
        }
        return names.count > 1
    }

    func sourceField(_ name: String, of id: DeclarationID) -> String? { model.sourceField(name, of: id) }

    /// The source whose basis a declaration's own `source` clause states, or -1.
    private func basis(ofCiteOf declaration: Declaration) -> Int32 {
        let node = tree[declaration.node]
        var cite: Int32 = -1
        switch declaration.kind {
        case .assume, .let:
            cite = node.c >= 0 ? tree.extra[Int(node.c) + 1] : -1
            if cite < 0 { cite = model.projectionCite(of: declaration).rawValue }
        case .unit: cite = node.c
        case .field where node.kind == .field, .stockField where node.kind == .field: cite = tree.extra[Int(node.c) + 1]
        default: return -1
        }
        return basis(ofCite: cite)
    }

    func basis(ofCite cite: Int32) -> Int32 {
        guard cite >= 0 else { return -1 }
        let source = find(Symbol(tree.nodes[Int(cite)].a), in: module)
        guard !source.isNone, model[source].kind == .source, model[source].number >= 0 else { return -1 }
        return source.rawValue
    }

    private func differ(_ a: Int32, _ b: Int32) -> Bool {
        guard a >= 0, b >= 0 else { return false }
        return model.declarations[Int(a)].number != model.declarations[Int(b)].number
    }

    /// One pass over the nodes of a statement in their order, children before parents.
    private mutating func followBasis(upTo statement: Int32, value: Int32, _ ofNode: inout [Int32]) -> Int32 {
        var first = statement
        // A statement's nodes are numbered without gaps, but where the one before ends is not kept: walk back to its start.
        let start = tree.nodes[Int(statement)].start
        while first > 0, tree.nodes[Int(first) - 1].start >= start { first -= 1 }
        for index in first...statement {
            ofNode[Int(nodeBase + index)] = basisOfNode(index, ofNode)
        }
        return ofNode[Int(nodeBase + value)]
    }

    private mutating func basisOfNode(_ index: Int32, _ ofNode: [Int32]) -> Int32 {
        let node = tree.nodes[Int(index)]
        func of(_ child: Int32) -> Int32 { child >= 0 ? ofNode[Int(nodeBase + child)] : -1 }
        switch node.kind {
        case .name, .member:
            let raw = model.resolutions[Int(nodeBase + index)]
            if raw >= 0 { return bases[Int(raw)] }
            if raw <= -2 { return of(-raw - 2) }
            return -1
        case .localLet: return of(node.b)
        case .paren, .negate, .quantity, .shownAs, .growing: return of(node.a)
        case .index: return of(node.a)
        case .argument: return of(node.b)
        case .block: return node.b > 0 ? of(tree.extra[Int(node.a + node.b - 1)]) : -1
        case .sum: return meet(tree.children(node.a, node.b).map { $0 }, ofNode, "are added or subtracted")
        case .product:
            var known: Int32 = -1
            var knownNode: Int32 = -1
            for (position, raw) in tree.children(node.a, node.b).enumerated() {
                let own = of(raw)
                guard own >= 0 else { continue }
                if position > 0, tree.operators[Int(node.c) + position - 1] == .divide, known >= 0,
                    sameDimension(raw, knownNode)
                {
                    if differ(known, own) { reportMixed(known, own, knownNode, raw, "are divided") }
                    known = -1
                    continue
                }
                if known < 0 {
                    known = own
                    knownNode = raw
                }
            }
            return known
        case .comparison: return meet([node.a, node.b], ofNode, "are compared")
        case .calibrate:
            let parts = Array(tree.children(node.b, node.c).suffix(3))
            return parts.count == 3 ? meet([parts[0], parts[2]], ofNode, "are fitted to each other") : -1
        case .conditional:
            for raw in tree.children(node.a, node.b) where of(raw) >= 0 { return of(raw) }
            return -1
        case .call:
            if let onto = newBasis(node) { return of(onto) }
            let values = tree.children(node.b, node.c).map { tree.nodes[Int($0)].b }
            let result = meet(values, ofNode, "go into one calculation")
            guard result >= 0, let carrier = values.first(where: { of($0) == result }) else { return -1 }
            return sameDimension(index, carrier) ? result : -1
        case .keyed:
            var known: Int32 = -1
            var knownNode: Int32 = -1
            for raw in tree.children(node.a, node.b) {
                let item = tree.nodes[Int(raw)]
                let own = item.c >= 0 ? basis(ofCite: item.c) : of(item.b)
                guard own >= 0 else { continue }
                if differ(known, own) {
                    reportMixed(known, own, knownNode, raw, "stand in one series")
                    return known
                }
                if known < 0 {
                    known = own
                    knownNode = raw
                }
            }
            return known
        case .list:
            return meet(tree.children(node.a, node.b).map { $0 }, ofNode, "stand in one list")
        default: return -1
        }
    }

    /// What `rebase(old, onto: new, at: t)` brings `old` onto: the basis of the result. Nil for other calls.
    private func newBasis(_ call: Node) -> Int32? {
        let raw = model.resolutions[Int(nodeBase + call.a)]
        guard tree.nodes[Int(call.a)].kind == .name, raw >= 0,
            model.declarations[Int(raw)].builtin == .rebase,
            let match = model.match(
                model.parameters(of: DeclarationID(raw)).map { ($0.symbol, $0.hasDefault) }, call: call, in: module),
            match.arguments.count > 1, !match.arguments[1].isNone
        else { return nil }
        return tree[match.arguments[1]].b
    }

    private mutating func meet(_ nodes: [Int32], _ ofNode: [Int32], _ verb: String) -> Int32 {
        var known: Int32 = -1
        var knownNode: Int32 = -1
        for raw in nodes {
            let own = ofNode[Int(nodeBase + raw)]
            guard own >= 0 else { continue }
            if known >= 0, differ(known, own), sameDimension(raw, knownNode) {
                reportMixed(known, own, knownNode, raw, verb)
                return known
            }
            if known < 0 {
                known = own
                knownNode = raw
            }
        }
        return known
    }

    private mutating func reportMixed(_ a: Int32, _ b: Int32, _ first: Int32, _ second: Int32, _ verb: String) {
        let sourceA = DeclarationID(a)
        let sourceB = DeclarationID(b)
        report(
            .mixedBases(
                model.name(sourceA), sourceField("basis", of: sourceA) ?? "", model.name(sourceB),
                sourceField("basis", of: sourceB) ?? "", verb: verb, at: location(NodeID(second), in: module),
                first: location(NodeID(first), in: module)))
    }

    private func sameDimension(_ a: Int32, _ b: Int32) -> Bool {
        let rawA = model.nodeTypes[Int(nodeBase + a)]
        let rawB = model.nodeTypes[Int(nodeBase + b)]
        guard rawA >= 0, rawB >= 0, let x = model.types.dimension(TypeID(rawA)),
            let y = model.types.dimension(TypeID(rawB))
        else { return false }
        return model.types.dimensions.resolve(x) == model.types.dimensions.resolve(y)
    }

    // MARK: - Inputs

    /// Warnings of inputs that nothing reads, and (where asked for) that have no source; errors of unknown sources.
    mutating func warnOfInputs() {
        for cite in cites { checkCite(cite.node, in: cite.module) }
        for index in model.declarations.indices where !watch.stops() {
            let declaration = model.declarations[index]
            let id = DeclarationID(Int32(index))
            let isInput = declaration.kind == .assume || isLiteralField(declaration) || model.isProjectionInput(id)
            guard isInput, script.contains(declaration.module) else { continue }
            if declaration.kind == .assume { warnOfArithmetic(in: id) }
            if declaration.kind == .field { warnOfRate(in: id) }
            if declaration.kind == .assume, !isUsed[index] {
                report(.unusedInput(model.name(id), at: nameLocation(id)))
            }
            if input.strictSources, model.cite(of: id) == nil {
                report(.inputWithoutSource(model.name(id), at: nameLocation(id)))
            }
        }
    }

    /// A field that is a number with a unit is an input.
    private func isLiteralField(_ declaration: Declaration) -> Bool {
        guard declaration.kind.isField, !declaration.value.isNone else { return false }
        let kind = model.modules[Int(declaration.valueModule)].tree[declaration.value].kind
        return kind == .number || kind == .quantity || kind == .range
    }

    private mutating func checkCite(_ node: NodeID, in module: Int32) {
        let symbol = Symbol(model.modules[Int(module)].tree[node].a)
        let found = find(symbol, in: module)
        if !found.isNone, model[found].kind == .source {
            isUsed[Int(found.rawValue)] = true
            return
        }
        let names = namesInScope(of: module).filter { name in
            model.symbols.find(name).map { find($0, in: module) }.map { !$0.isNone && model[$0].kind == .source }
                ?? false
        }
        report(
            .unknownSource(
                model.symbols[symbol], at: location(node, in: module),
                nearest: nearest(to: model.symbols[symbol], among: names)))
    }
}

extension Model {
    /// A field of a `source` declaration, as text.
    public func sourceField(_ name: String, of id: DeclarationID) -> String? {
        let declaration = self[id]
        let tree = modules[Int(declaration.module)].tree
        guard !declaration.value.isNone, tree[declaration.value].kind == .fieldBlock else { return nil }
        for raw in tree.children(tree[declaration.value].a, tree[declaration.value].b) {
            let field = tree[NodeID(raw)]
            guard field.kind == .field, symbols[Symbol(field.a)] == name else { continue }
            let value = tree[NodeID(field.b)]
            if value.kind == .text {
                return tree.children(value.a, value.b).map { tree[NodeID($0)] }
                    .filter { $0.kind == .textPart }.map { tree.texts[Int($0.a)] }.joined()
            }
            return text(NodeID(field.b), in: declaration.module)
        }
        return nil
    }

    /// The `source` clause of an `assume`, `let`, `unit` or field: the source, and the note if there is one.
    public func cite(of id: DeclarationID) -> (source: DeclarationID, note: String?)? {
        let declaration = self[id]
        let tree = modules[Int(declaration.module)].tree
        let node = tree[declaration.node]
        var cite: Int32 = -1
        switch declaration.kind {
        case .assume, .let:
            cite = node.c >= 0 ? tree.extra[Int(node.c) + 1] : -1
            if cite < 0 { cite = projectionCite(of: declaration).rawValue }
        case .unit: cite = node.c
        case .field where node.kind == .field, .stockField where node.kind == .field: cite = tree.extra[Int(node.c) + 1]
        default: return nil
        }
        return self.cite(NodeID(cite), in: declaration.module)
    }

    /// What a `cite` node names.
    public func cite(_ node: NodeID, in module: Int32) -> (source: DeclarationID, note: String?)? {
        guard !node.isNone else { return nil }
        let tree = modules[Int(module)].tree
        let cite = tree[node]
        let found = modules[Int(module)].scope[Symbol(cite.a)]
        guard !found.isNone, self[found].kind == .source else { return nil }
        guard cite.b >= 0 else { return (found, nil) }
        let text = tree[NodeID(cite.b)]
        let note = tree.children(text.a, text.b).map { tree[NodeID($0)] }.filter { $0.kind == .textPart }
            .map { tree.texts[Int($0.a)] }.joined()
        return (found, note)
    }
}
