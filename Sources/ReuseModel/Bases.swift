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
                let result = followBasis(upTo: declaration.node, value: declaration.value, &ofNode)
                let cited = basis(ofCiteOf: declaration)
                if declaration.kind != .function { bases[Int(id.rawValue)] = cited >= 0 ? cited : result }
            case .projected: bases[Int(id.rawValue)] = basis(ofProjected: id)
            default: continue
            }
        }
        for command in model.commands {
            enter(command.module)
            _ = followBasis(upTo: command.node, value: command.node, &ofNode)
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
        var cite = tree.citation(declaration.node)
        switch declaration.kind {
        case .assume, .let: if cite.isNone { cite = model.projectionCite(of: declaration) }
        case .unit, .field, .stockField: break
        default: return -1
        }
        return basis(ofCite: cite)
    }

    func basis(ofCite cite: NodeID) -> Int32 {
        guard !cite.isNone else { return -1 }
        let source = find(tree.cite(cite).source, in: module)
        guard !source.isNone, model[source].kind == .source, model[source].number >= 0 else { return -1 }
        return source.rawValue
    }

    private func differ(_ a: Int32, _ b: Int32) -> Bool {
        guard a >= 0, b >= 0 else { return false }
        return model.declarations[Int(a)].number != model.declarations[Int(b)].number
    }

    /// One pass over the nodes of a statement in their order, children before parents.
    private mutating func followBasis(upTo statement: NodeID, value: NodeID, _ ofNode: inout [Int32]) -> Int32 {
        for node in tree.subtree(of: statement) { ofNode[Int(nodeBase + node.rawValue)] = basisOfNode(node, ofNode) }
        return ofNode[Int(nodeBase + value.rawValue)]
    }

    private mutating func basisOfNode(_ index: NodeID, _ ofNode: [Int32]) -> Int32 {
        let node = tree[index]
        func of(_ child: NodeID) -> Int32 { child.isNone ? -1 : ofNode[Int(nodeBase + child.rawValue)] }
        switch node.kind {
        case .name, .member:
            let raw = model.resolutions[Int(nodeBase + index.rawValue)]
            if raw >= 0 { return bases[Int(raw)] }
            if raw <= -2 { return of(NodeID(-raw - 2)) }
            return -1
        case .localLet: return of(tree.localLet(node).value)
        case .paren, .negate, .quantity, .shownAs, .growing: return of(tree.operand(node))
        case .index: return of(tree.index(node).base)
        case .argument: return of(tree.argument(node).value)
        case .block: return of(tree.block(node).value)
        case .sum: return meet(tree.chain(node).operands, ofNode, "are added or subtracted")
        case .product:
            let chain = tree.chain(node)
            var known: Int32 = -1
            var knownNode = NodeID.none
            for (position, raw) in chain.operands.enumerated() {
                let own = of(raw)
                guard own >= 0 else { continue }
                if position > 0, chain.sign(before: position) == .divide, known >= 0,
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
        case .comparison:
            return meet([tree.comparison(node).left, tree.comparison(node).right], ofNode, "are compared")
        case .calibrate:
            let fit = tree.calibrate(node)
            return meet([fit.value, fit.data], ofNode, "are fitted to each other")
        case .conditional:
            for raw in tree.conditional(node).parts where of(raw) >= 0 { return of(raw) }
            return -1
        case .call:
            if let onto = newBasis(node) { return of(onto) }
            let values = tree.call(node).arguments.map { tree.argument($0).value }
            let result = meet(values, ofNode, "go into one calculation")
            guard result >= 0, let carrier = values.first(where: { of($0) == result }) else { return -1 }
            return sameDimension(index, carrier) ? result : -1
        case .keyed:
            var known: Int32 = -1
            var knownNode = NodeID.none
            for raw in tree.elements(node) {
                let item = tree.keyedItem(raw)
                let own = !item.cite.isNone ? basis(ofCite: item.cite) : of(item.value)
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
            return meet(tree.elements(node), ofNode, "stand in one list")
        default: return -1
        }
    }

    /// What `rebase(old, onto: new, at: t)` brings `old` onto: the basis of the result. Nil for other calls.
    private func newBasis(_ call: Node) -> NodeID? {
        let callNode = tree.call(call)
        let raw = model.resolutions[Int(nodeBase + callNode.callee.rawValue)]
        guard tree[callNode.callee].kind == .name, raw >= 0,
            model.declarations[Int(raw)].builtin == .rebase,
            let match = model.match(
                model.parameters(of: DeclarationID(raw)).map { ($0.symbol, $0.hasDefault) }, call: call, in: module),
            match.arguments.count > 1, !match.arguments[1].isNone
        else { return nil }
        return tree.argument(match.arguments[1]).value
    }

    private mutating func meet(_ nodes: some Sequence<NodeID>, _ ofNode: [Int32], _ verb: String) -> Int32 {
        var known: Int32 = -1
        var knownNode = NodeID.none
        for raw in nodes {
            let own = ofNode[Int(nodeBase + raw.rawValue)]
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

    private mutating func reportMixed(_ a: Int32, _ b: Int32, _ first: NodeID, _ second: NodeID, _ verb: String) {
        let sourceA = DeclarationID(a)
        let sourceB = DeclarationID(b)
        report(
            .mixedBases(
                model.name(sourceA), sourceField("basis", of: sourceA) ?? "", model.name(sourceB),
                sourceField("basis", of: sourceB) ?? "", verb: verb, at: location(second, in: module),
                first: location(first, in: module)))
    }

    private func sameDimension(_ a: NodeID, _ b: NodeID) -> Bool {
        let rawA = model.nodeTypes[Int(nodeBase + a.rawValue)]
        let rawB = model.nodeTypes[Int(nodeBase + b.rawValue)]
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
            guard isInput, model.script.contains(declaration.module) else { continue }
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
        let symbol = model.modules[Int(module)].tree.name(node)
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
        for raw in tree.elements(declaration.value) {
            let field = tree[raw]
            guard field.kind == .field, symbols[tree.name(field)] == name else { continue }
            let value = tree[tree.field(field).value]
            if value.kind == .text {
                return tree.literal(value)
            }
            return text(tree.field(field).value, in: declaration.module)
        }
        return nil
    }

    /// The `source` clause of an `assume`, `let`, `unit` or field: the source, and the note if there is one.
    public func cite(of id: DeclarationID) -> (source: DeclarationID, note: String?)? {
        let declaration = self[id]
        let tree = modules[Int(declaration.module)].tree
        var cite = tree.citation(declaration.node)
        switch declaration.kind {
        case .assume, .let: if cite.isNone { cite = projectionCite(of: declaration) }
        case .unit, .field, .stockField: break
        default: return nil
        }
        return self.cite(cite, in: declaration.module)
    }

    /// What a `cite` node names.
    public func cite(_ node: NodeID, in module: Int32) -> (source: DeclarationID, note: String?)? {
        guard !node.isNone else { return nil }
        let tree = modules[Int(module)].tree
        let cite = tree[node]
        let found = modules[Int(module)].scope[tree.cite(cite).source]
        guard !found.isNone, self[found].kind == .source else { return nil }
        guard !tree.cite(cite).note.isNone else { return (found, nil) }
        let note = tree.literal(tree.cite(cite).note)
        return (found, note)
    }
}
