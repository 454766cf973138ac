import ReuseSyntax

/// Types of lists, of values over indexes and time, and of what is picked from them.
extension ModelBuilder {
    mutating func inferList(_ node: Node, expecting: TypeID?) -> TypeID {
        var element: TypeID?
        if let expecting, case .list(let wanted) = model.types.shape(expecting) { element = wanted }
        let items = Array(tree.children(node.a, node.b))
        for raw in items {
            let type = infer(raw, expecting: element)
            if let known = element {
                require(
                    type, toBe: known, at: raw,
                    because: raw == items[0] ? nil : location(NodeID(items[0]), in: module), as: "the list holds")
            } else {
                element = type
            }
        }
        return model.types.list(element ?? model.types.variable())
    }

    mutating func inferKeyed(_ id: Int32, _ node: Node) -> TypeID {
        var element: TypeID?
        var firstValue: Int32 = -1
        var index: Int?
        var isSeries = false
        var given: Set<Symbol> = []
        for (position, raw) in tree.children(node.a, node.b).enumerated() {
            let item = tree.nodes[Int(raw)]
            let key = tree.nodes[Int(item.a)]
            let keyPlace = location(NodeID(item.a), in: module)
            if key.kind == .name, let found = memberOfKey(Symbol(key.a), among: index, in: node) {
                if isSeries { report(.mixedKeys(at: keyPlace)) }
                index = index ?? found
                if !given.insert(Symbol(key.a)).inserted {
                    report(
                        .redefined(
                            "`\(model.symbols[Symbol(key.a)])`", at: keyPlace, first: location(NodeID(id), in: module)))
                }
            } else if key.kind == .name, position == 0 || index != nil {
                let name = model.symbols[Symbol(key.a)]
                let members = model.indexes.flatMap { $0.members }.map { model.symbols[$0] }
                report(.unknownMember(name, at: keyPlace, nearest: nearest(to: name, among: members)))
                index = index ?? -1
            } else {
                if index != nil { report(.mixedKeys(at: keyPlace)) }
                isSeries = true
                if key.kind == .keyRange {
                    infer(item.a)
                } else {
                    let type = infer(item.a, expecting: .time)
                    require(type, toBe: .time, at: item.a, because: nil, as: "a key is")
                }
            }
            let type = infer(item.b, expecting: element)
            if let known = element {
                require(
                    type, toBe: known, at: item.b, because: location(NodeID(firstValue), in: module),
                    as: "the first value is")
            } else {
                element = type
                firstValue = item.b
            }
        }
        if let index, index >= 0, !isSeries {
            let missing = model.indexes[index].members.filter { !given.contains($0) }.map { model.symbols[$0] }
            if !missing.isEmpty {
                report(
                    .missingMembers(
                        missing, index: model.symbols[model.indexes[index].symbol], at: location(NodeID(id), in: module)
                    ))
            }
        }
        return element ?? .unknown
    }

    /// The index that a key belongs to: the one that the keys before it belong to, else one that holds all name keys.
    private func memberOfKey(_ symbol: Symbol, among index: Int?, in keyed: Node) -> Int? {
        guard let memberships = model.memberships[symbol] else { return nil }
        if let index, index >= 0 { return memberships.first { $0.index == index }?.index }
        for membership in memberships {
            let all = tree.children(keyed.a, keyed.b).allSatisfy { raw in
                let key = tree.nodes[Int(tree.nodes[Int(raw)].a)]
                return key.kind == .name && model.indexes[membership.index].members.contains(Symbol(key.a))
            }
            if all { return membership.index }
        }
        return memberships.first?.index
    }

    mutating func inferIndex(_ id: Int32, _ node: Node) -> TypeID {
        let base = infer(node.a)
        let items = Array(tree.children(node.b, node.c))
        if case .list(let element) = model.types.shape(base) {
            return inferPlace(items, element, id)
        }
        if model.types.tag(base) == .variable, items.count == 1, looksLikePlace(items[0]) {
            let element = model.types.variable()
            _ = model.types.unify(base, model.types.list(element))
            return inferPlace(items, element, id)
        }
        for raw in items {
            let item = tree.nodes[Int(raw)]
            if item.kind == .name, model.resolutions[Int(nodeBase + raw)] == -1,
                model.memberships[Symbol(item.a)] != nil
            {
                continue
            }
            if item.kind == .keyRange {
                infer(raw)
                continue
            }
            if item.kind == .route {
                if let name = model.memberName(item), model.memberships[name] != nil { continue }
                report(
                    .noSuchRoute(
                        model.text(NodeID(raw), in: module), at: location(NodeID(raw), in: module),
                        known: model.network.routes.map { model.symbols[$0.symbol] }))
                continue
            }
            if item.kind == .name, model.resolutions[Int(nodeBase + raw)] == -1 {
                let name = model.symbols[Symbol(item.a)]
                let members = model.indexes.flatMap { $0.members }.map { model.symbols[$0] }
                report(
                    .unknownMember(
                        name, at: location(NodeID(raw), in: module), nearest: nearest(to: name, among: members)))
                continue
            }
            let type = infer(raw, expecting: .time)
            if model.types.tag(type) != .time, model.types.tag(type) != .unknown {
                if model.types.tag(type) == .variable {
                    _ = model.types.unify(type, .time)
                } else {
                    report(.wrongKey(got: describe(type), base: describe(base), at: location(NodeID(raw), in: module)))
                }
            }
        }
        return base
    }

    mutating func inferPlace(_ items: [Int32], _ element: TypeID, _ id: Int32) -> TypeID {
        guard items.count == 1, tree.nodes[Int(items[0])].kind != .keyRange else {
            report(.onePlace(at: location(NodeID(id), in: module)))
            return element
        }
        let type = infer(items[0])
        require(type, toBe: .number, at: items[0], because: nil, as: "a place in a list is")
        return element
    }

    /// Where the base is not known yet: a small whole number is a place in a list, else it is a time or a member.
    private func looksLikePlace(_ id: Int32) -> Bool {
        let node = tree.nodes[Int(id)]
        if node.kind == .period || node.kind == .keyRange { return false }
        if node.kind == .name {
            let raw = model.resolutions[Int(nodeBase + id)]
            if raw == -1 { return false }
            if raw <= -2 {
                let local = model.nodeTypes[Int(nodeBase - raw - 2)]
                return local < 0 || model.types.tag(TypeID(local)) != .time
            }
            return model.types.tag(model.declarations[Int(raw)].type) != .time
        }
        if node.kind == .number, isYear(node) { return tree.numbers[Int(node.a)] < 1000 }
        return true
    }
}
