import ReuseSyntax

/// Figures of two bases must not be mixed unnoticed.
///
/// A source may state its `basis`. The basis follows a value through names and arithmetic; where two values of one
/// dimension and two bases meet in `+ - /`, a comparison, a call or one series, that is an error.
struct BasisCheck: Stage {
    let model: Model
    var problems: Problems
    /// Numbers of the bases that sources state, by their declarations.
    var numbers: [DeclarationID: Int] = [:]
    /// The source whose basis a declaration's value has, and a node's, by its number over all texts.
    var ofDeclaration: [DeclarationID] = []
    var ofNode: [DeclarationID] = []
    /// The text whose nodes are followed.
    var module: Int32 = -1
    var tree = SyntaxTree(source: SourceID(0))
    var nodeBase: Int32 = 0

    mutating func run(_ watch: Watch) {
        guard findBases() else { return }
        ofDeclaration = Array(repeating: .none, count: model.declarations.count)
        ofNode = Array(repeating: .none, count: model.nodeTypes.count)
        for id in model.order where !watch.stops() {
            let declaration = model[id]
            switch declaration.kind {
            case .assume, .let, .unit, .function:
                guard !declaration.value.isNone, declaration.valueModule == declaration.module else { continue }
                enter(declaration.module)
                let result = followBasis(upTo: declaration.node, value: declaration.value)
                let cited = basis(ofCiteOf: declaration)
                if declaration.kind != .function { ofDeclaration[Int(id.rawValue)] = cited.isNone ? result : cited }
            case .projected: ofDeclaration[Int(id.rawValue)] = basis(ofProjected: id)
            default: continue
            }
        }
        for command in model.commands {
            enter(command.module)
            _ = followBasis(upTo: command.node, value: command.node)
        }
    }

    private mutating func enter(_ module: Int32) {
        guard self.module != module else { return }
        self.module = module
        tree = model.tree(module)
        nodeBase = model.modules[Int(module)].nodeBase
    }

    /// Numbers the bases that sources state. False where there are not two.
    private mutating func findBases() -> Bool {
        var names: [String] = []
        for index in model.declarations.indices where model.declarations[index].kind == .source {
            let id = DeclarationID(Int32(index))
            guard let text = model.sourceField("basis", of: id) else { continue }
            if let known = names.firstIndex(of: text) {
                numbers[id] = known
            } else {
                numbers[id] = names.count
                names.append(text)
            }
        }
        return names.count > 1
    }

    /// The source whose basis a declaration's own `source` clause states.
    private func basis(ofCiteOf declaration: Declaration) -> DeclarationID {
        var cite = tree.citation(declaration.node)
        switch declaration.kind {
        case .assume, .let: if cite.isNone { cite = model.projectionCite(of: declaration) }
        case .unit, .field, .stockField: break
        default: return .none
        }
        return basis(ofCite: cite)
    }

    private func basis(ofCite cite: NodeID) -> DeclarationID {
        guard !cite.isNone else { return .none }
        let source = model.find(tree.cite(cite).source, in: module)
        return numbers[source] == nil ? .none : source
    }

    private func differ(_ a: DeclarationID, _ b: DeclarationID) -> Bool {
        !a.isNone && !b.isNone && numbers[a] != numbers[b]
    }

    /// One pass over the nodes of a statement in their order, children before parents.
    private mutating func followBasis(upTo statement: NodeID, value: NodeID) -> DeclarationID {
        for node in tree.subtree(of: statement) { ofNode[Int(nodeBase + node.rawValue)] = basis(of: node) }
        return ofNode[Int(nodeBase + value.rawValue)]
    }

    private mutating func basis(of index: NodeID) -> DeclarationID {
        let node = tree[index]
        func of(_ child: NodeID) -> DeclarationID { child.isNone ? .none : ofNode[Int(nodeBase + child.rawValue)] }
        switch node.kind {
        case .name, .member:
            let raw = model.resolutions[Int(nodeBase + index.rawValue)]
            if raw >= 0 { return ofDeclaration[Int(raw)] }
            if raw <= -2 { return of(NodeID(-raw - 2)) }
            return .none
        case .localLet: return of(tree.localLet(node).value)
        case .paren, .negate, .quantity, .shownAs, .growing: return of(tree.operand(node))
        case .index: return of(tree.index(node).base)
        case .argument: return of(tree.argument(node).value)
        case .block: return of(tree.block(node).value)
        case .sum: return meet(tree.chain(node).operands, "are added or subtracted")
        case .product:
            let chain = tree.chain(node)
            var known = DeclarationID.none
            var knownNode = NodeID.none
            for (position, raw) in chain.operands.enumerated() {
                let own = of(raw)
                guard !own.isNone else { continue }
                if position > 0, chain.sign(before: position) == .divide, !known.isNone,
                    sameDimension(raw, knownNode)
                {
                    if differ(known, own) { reportMixed(known, own, knownNode, raw, "are divided") }
                    known = .none
                    continue
                }
                if known.isNone {
                    known = own
                    knownNode = raw
                }
            }
            return known
        case .comparison:
            return meet([tree.comparison(node).left, tree.comparison(node).right], "are compared")
        case .calibrate:
            let fit = tree.calibrate(node)
            return meet([fit.value, fit.data], "are fitted to each other")
        case .conditional:
            for raw in tree.conditional(node).parts where !of(raw).isNone { return of(raw) }
            return .none
        case .call:
            if let onto = newBasis(node) { return of(onto) }
            let values = tree.call(node).arguments.map { tree.argument($0).value }
            let result = meet(values, "go into one calculation")
            guard !result.isNone, let carrier = values.first(where: { of($0) == result }) else { return .none }
            return sameDimension(index, carrier) ? result : .none
        case .keyed:
            var known = DeclarationID.none
            var knownNode = NodeID.none
            for raw in tree.elements(node) {
                let item = tree.keyedItem(raw)
                let own = !item.cite.isNone ? basis(ofCite: item.cite) : of(item.value)
                guard !own.isNone else { continue }
                if differ(known, own) {
                    reportMixed(known, own, knownNode, raw, "stand in one series")
                    return known
                }
                if known.isNone {
                    known = own
                    knownNode = raw
                }
            }
            return known
        case .list:
            return meet(tree.elements(node), "stand in one list")
        default: return .none
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

    private mutating func meet(_ nodes: some Sequence<NodeID>, _ verb: String) -> DeclarationID {
        var known = DeclarationID.none
        var knownNode = NodeID.none
        for raw in nodes {
            let own = ofNode[Int(nodeBase + raw.rawValue)]
            guard !own.isNone else { continue }
            if !known.isNone, differ(known, own), sameDimension(raw, knownNode) {
                reportMixed(known, own, knownNode, raw, verb)
                return known
            }
            if known.isNone {
                known = own
                knownNode = raw
            }
        }
        return known
    }

    private mutating func reportMixed(
        _ a: DeclarationID, _ b: DeclarationID, _ first: NodeID, _ second: NodeID, _ verb: String
    ) {
        report(
            .mixedBases(
                model.name(a), model.sourceField("basis", of: a) ?? "", model.name(b),
                model.sourceField("basis", of: b) ?? "", verb: verb, at: model.location(second, in: module),
                first: model.location(first, in: module)))
    }

    private func sameDimension(_ a: NodeID, _ b: NodeID) -> Bool {
        let rawA = model.nodeTypes[Int(nodeBase + a.rawValue)]
        let rawB = model.nodeTypes[Int(nodeBase + b.rawValue)]
        guard rawA >= 0, rawB >= 0, let x = model.types.dimension(TypeID(rawA)),
            let y = model.types.dimension(TypeID(rawB))
        else { return false }
        return model.types.dimensions.resolve(x) == model.types.dimensions.resolve(y)
    }

    /// The basis of the data follows what is in their unit.
    private func basis(ofProjected id: DeclarationID) -> DeclarationID {
        guard let (projection, result) = model.projection(of: id) else { return .none }
        switch result.kind {
        case .path, .central, .deviation, .rmse: return ofDeclaration[Int(projection.data.rawValue)]
        case .parameter(let place), .standardError(let place):
            let measure = projection.candidates[max(result.candidate, 0)].method.parameters[place].measure
            return measure == .data ? ofDeclaration[Int(projection.data.rawValue)] : .none
        case .r2, .rss, .mape, .method: return .none
        }
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
        let found = scope(of: module)[tree.cite(cite).source]
        guard !found.isNone, self[found].kind == .source else { return nil }
        guard !tree.cite(cite).note.isNone else { return (found, nil) }
        let note = tree.literal(tree.cite(cite).note)
        return (found, note)
    }
}
