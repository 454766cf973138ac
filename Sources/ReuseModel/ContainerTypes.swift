import ReuseSyntax

/// Types of lists, of values over indexes and time, and of what is picked from them.
extension TypeChecker {
    mutating func inferList(_ node: Node, expecting: TypeID?) -> TypeID {
        var element: TypeID?
        if let expecting, case .list(let wanted) = model.types.shape(expecting) { element = wanted }
        let items = Array(tree.elements(node))
        for raw in items {
            let type = infer(raw, expecting: element)
            if let known = element {
                require(
                    type, toBe: known, at: raw,
                    because: raw == items[0] ? nil : model.location(items[0], in: module), as: "the list holds")
            } else {
                element = type
            }
        }
        return model.types.list(element ?? model.types.variable())
    }

    mutating func inferKeyed(_ id: NodeID, _ node: Node) -> TypeID {
        var element: TypeID?
        var firstValue = NodeID.none
        // The index of a literal whose keys are members; -1 where that was reported.
        var index: Int?
        var isSeries = false
        var given: Set<Symbol> = []
        let around = literalLevels.around.count
        defer { literalLevels.around.removeLast(literalLevels.around.count - around) }
        if let first = tree.elements(node).first,
            tree[tree.keyedItem(first).key].kind == .name
        {
            index = -1
            if let found = indexOfLiteral(id, node) {
                index = found.index
                literalLevels.around.append((found.index, id, found.isSaid))
                model.literalIndexes[nodeBase + id.rawValue] = found.index
            }
        }
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            let key = tree[item.key]
            let keyPlace = model.location(item.key, in: module)
            if key.kind == .name {
                if isSeries { report(.mixedKeys(at: keyPlace)) }
                checkKey(tree.name(key), of: index, at: keyPlace)
                index = index ?? -1
                if !given.insert(tree.name(key)).inserted {
                    report(
                        .redefined(
                            "`\(model.symbols[tree.name(key)])`", at: keyPlace, first: model.location(id, in: module)))
                }
            } else {
                if index != nil { report(.mixedKeys(at: keyPlace)) }
                isSeries = true
                if key.kind == .keyRange {
                    infer(item.key)
                } else {
                    let type = infer(item.key, expecting: .time)
                    require(type, toBe: .time, at: item.key, because: nil, as: "a key is")
                }
            }
            let type = infer(item.value, expecting: element)
            if let known = element {
                require(
                    type, toBe: known, at: item.value, because: model.location(firstValue, in: module),
                    as: "the first value is")
            } else {
                element = type
                firstValue = item.value
            }
        }
        if let index, index >= 0, !isSeries {
            let members = model.indexes[index].members
            let missing = members.filter { !given.contains($0) }.map { model.symbols[$0] }
            // A key that is no member was told about; it may be one that is missing, misspelt.
            if missing.count > given.subtracting(members).count {
                report(
                    .missingMembers(
                        missing, index: model.symbols[model.indexes[index].symbol], at: model.location(id, in: module)
                    ))
            }
        }
        return element ?? .unknown
    }

    /// Reports a key that is no member of the index of its literal, or of none where that is not known.
    private mutating func checkKey(_ symbol: Symbol, of index: Int?, at place: Location) {
        let known = model.memberships[symbol] ?? []
        let name = model.symbols[symbol]
        guard let index, index >= 0 else {
            if known.isEmpty {
                let members = model.indexes.flatMap { $0.members }.map { model.symbols[$0] }
                report(.unknownMember(name, at: place, nearest: nearest(to: name, among: members)))
            }
            return
        }
        if known.contains(where: { $0.index == index }) { return }
        report(
            .notAMember(
                name.quoted, of: model.symbols[model.indexes[index].symbol], at: place,
                members: model.memberNames(index)))
    }

    mutating func inferIndex(_ id: NodeID, _ node: Node) -> TypeID {
        let index = tree.index(node)
        let base = apart { $0.infer(index.base) }
        let items = Array(index.picks)
        if case .list(let element) = model.types.shape(base) {
            return inferPlace(items, element, id)
        }
        if model.types.tag(base) == .variable, items.count == 1, looksLikePlace(items[0]) {
            let element = model.types.variable()
            _ = model.types.unify(base, model.types.list(element))
            return inferPlace(items, element, id)
        }
        var named: [Symbol: NodeID] = [:]
        for raw in items {
            let item = tree[raw]
            if item.kind == .pick {
                if let first = named.updateValue(raw, forKey: tree.pick(item).index) {
                    report(
                        .indexTwice(
                            model.symbols[tree.pick(item).index], at: model.location(raw, in: module),
                            first: model.location(first, in: module)))
                }
                if let problem = model.problem(ofPick: raw, in: module, lacksTable: problems.lacksTable) {
                    report(problem)
                }
                continue
            }
            if item.kind == .name, model.resolutions[Int(nodeBase + raw.rawValue)] == -1,
                model.memberships[tree.name(item)] != nil
            {
                continue
            }
            if item.kind == .keyRange {
                infer(raw)
                continue
            }
            if item.kind == .route {
                if let name = model.memberName(item, in: tree), model.memberships[name] != nil { continue }
                report(
                    .noSuchRoute(
                        model.text(raw, in: module), at: model.location(raw, in: module),
                        known: model.network.routes.map { model.symbols[$0.symbol] }))
                continue
            }
            if item.kind == .name, model.resolutions[Int(nodeBase + raw.rawValue)] == -1 {
                let name = model.symbols[tree.name(item)]
                let members = model.indexes.flatMap { $0.members }.map { model.symbols[$0] }
                report(
                    .unknownMember(
                        name, at: model.location(raw, in: module), nearest: nearest(to: name, among: members)))
                continue
            }
            let type = infer(raw, expecting: .time)
            if model.types.tag(type) != .time, model.types.tag(type) != .unknown {
                if model.types.tag(type) == .variable {
                    _ = model.types.unify(type, .time)
                } else {
                    report(.wrongKey(got: describe(type), base: describe(base), at: model.location(raw, in: module)))
                }
            }
        }
        return base
    }

    mutating func inferPlace(_ items: [NodeID], _ element: TypeID, _ id: NodeID) -> TypeID {
        guard items.count == 1, ![.keyRange, .pick].contains(tree[items[0]].kind) else {
            report(.onePlace(at: model.location(id, in: module)))
            return element
        }
        let type = infer(items[0])
        require(type, toBe: .number, at: items[0], because: nil, as: "a place in a list is")
        return element
    }

    /// Where the base is not known yet: a small whole number is a place in a list, else it is a time or a member.
    private func looksLikePlace(_ id: NodeID) -> Bool {
        let node = tree[id]
        if node.kind == .period || node.kind == .keyRange || node.kind == .pick { return false }
        if node.kind == .name {
            let raw = model.resolutions[Int(nodeBase + id.rawValue)]
            if raw == -1 { return false }
            if raw <= -2 {
                let local = model.nodeTypes[Int(nodeBase - raw - 2)]
                return local < 0 || model.types.tag(TypeID(local)) != .time
            }
            return model.types.tag(model.declarations[Int(raw)].type) != .time
        }
        if node.kind == .number, isYear(node) { return tree.number(node) < 1000 }
        return true
    }
}
