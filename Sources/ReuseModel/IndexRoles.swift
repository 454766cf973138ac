import ReuseSyntax

/// Indexes that have the same members in several roles, and tests of which member an index stands at.
extension Collector {
    /// A new index without members; nil after a report where there are too many.
    mutating func addIndex(
        _ declaration: DeclarationID, at place: Location?, reportingAt problem: Location? = nil, root: Int? = nil
    ) -> Int? {
        let number = model.indexes.count
        guard number < Limits.indexes else {
            let name = model.name(declaration)
            report(
                .limit(
                    "a model can have at most \(Limits.indexes) indexes, and `\(name)` is one more",
                    at: problem ?? place ?? model.nameLocation(declaration)))
            return nil
        }
        model[declaration].number = Int32(number)
        model.indexes.append(
            IndexSet(
                symbol: model[declaration].symbol, members: [], declaration: declaration, root: root ?? number,
                place: place))
        return number
    }

    // MARK: `like`

    /// Declares what is `like` an index that is known by now, in the order of the script; what is left. In the end, that is
    /// like nothing.
    @discardableResult
    mutating func declareLikeIndexes(_ all: [TextNode], isLast: Bool) -> [TextNode] {
        var statements = all
        var isNew = true
        while isNew {
            isNew = false
            for (position, place) in statements.enumerated() {
                let tree = model.tree(place.module)
                let node = tree[place.node]
                guard let raw = tree.indexDeclaration(node).names.first,
                    let base = model.index(named: tree.name(raw))
                else { continue }
                statements.remove(at: position)
                let known = model.index(named: tree.name(node))
                if let declaration = declare(.index, tree.name(node), at: place.node, in: place.module) {
                    if let known {
                        if model.indexes[known].root == known || model.indexes[known].root != model.indexes[base].root {
                            report(
                                .unitsDisagree(
                                    "index", model.symbols[tree.name(node)],
                                    at: model.location(place.node, in: place.module),
                                    first: model.nameLocation(model.indexes[known].declaration)))
                        }
                        model[declaration].number = Int32(known)
                    } else {
                        addIndex(declaration, like: base, at: model.nameLocation(declaration))
                    }
                }
                isNew = true
                break
            }
        }
        guard isLast, !problems.lacksTable else { return statements }
        for place in statements {
            let tree = model.tree(place.module)
            guard let raw = tree.indexDeclaration(place.node).names.first else { continue }
            let symbol = tree.name(raw)
            let name = model.symbols[symbol]
            let isCircular = statements.contains {
                model.tree($0.module).name($0.node) == symbol
            }
            if isCircular {
                report(.likeInACircle(model.symbols[tree.name(place.node)], at: model.location(raw, in: place.module)))
                continue
            }
            report(
                .unknownName(
                    name, at: model.location(raw, in: place.module),
                    nearest: nearest(to: name, among: model.indexes.map { model.symbols[$0.symbol] }),
                    hint: "behind `like` stands another index"))
        }
        return []
    }

    @discardableResult
    private mutating func addIndex(_ declaration: DeclarationID, like base: Int, at place: Location) -> Int? {
        guard let number = addIndex(declaration, at: place, root: model.indexes[base].root) else { return nil }
        model.indexes[number].labels = model.indexes[base].labels
        for (offset, member) in model.indexes[base].members.enumerated() {
            model.memberships[member, default: []].append((number, offset))
            model.indexes[number].members.append(member)
        }
        return number
    }

    /// The index of `partner: labels("Partner", like: country)`; nil after a report.
    mutating func likeIndex(
        _ symbol: Symbol, _ known: Int?, like name: NodeID, at field: NodeID, in module: Int32
    ) -> Int? {
        let tree = model.tree(module)
        let word = model.symbols[tree.name(name)]
        guard let base = model.index(named: tree.name(name)), model.indexes[base].symbol != symbol else {
            report(
                .unknownName(
                    word, at: model.location(name, in: module),
                    nearest: nearest(
                        to: word, among: model.indexes.filter { $0.symbol != symbol }.map { model.symbols[$0.symbol] }),
                    hint: "behind `like` stands another index"))
            return nil
        }
        guard let known else {
            guard let declaration = declare(.index, symbol, at: field, in: module) else {
                return nil
            }
            return addIndex(declaration, like: base, at: model.location(field, in: module))
        }
        guard model.indexes[known].root == model.indexes[base].root else {
            report(
                .notLike(
                    model.symbols[symbol], word, at: model.location(name, in: module),
                    declared: model.nameLocation(model.indexes[known].declaration)))
            return nil
        }
        return known
    }
}

/// Whether an index stands at some member: `partner == India`, `country != partner`, `partner in [A, B]`.
public struct MemberTest: Sendable {
    enum Wanted: Sendable {
        case members([Symbol])
        case index(Int)
    }

    var index: Int
    var wanted: Wanted
    var isNegated: Bool

    /// What it varies over.
    public var indexes: [Int] {
        if case .index(let other) = wanted { return [index, other] }
        return [index]
    }
}

extension Model {
    /// Gives an index a further member, and so all that are like it.
    mutating func addMember(_ member: Symbol, label: String? = nil, to root: Int) {
        for number in indexes.indices where indexes[number].root == root {
            memberships[member, default: []].append((number, indexes[number].members.count))
            indexes[number].members.append(member)
            if let label { indexes[number].labels.append(label) }
        }
    }

    /// The members that have a name, of all indexes in their order.
    public func members(named symbol: Symbol) -> [(index: Int, member: Int)] { memberships[symbol] ?? [] }

    /// The index of a literal whose keys are members; nil for a series.
    public func index(ofLiteral node: NodeID, in module: Int32) -> Int? {
        literalIndexes[modules[Int(module)].nodeBase + node.rawValue]
    }

    /// Whether two of some indexes have a member of one name.
    public func shareMembers(_ numbers: [Int]) -> Bool {
        guard numbers.count > 1 else { return false }
        var seen: Set<Symbol> = []
        for number in numbers {
            let own = indexes[number].members
            if own.contains(where: { seen.contains($0) }) { return true }
            seen.formUnion(own)
        }
        return false
    }

    /// The index that a name stands for.
    public func index(namedAt id: NodeID, in module: Int32) -> Int? {
        guard modules[Int(module)].tree[id].kind == .name, case .declaration(let target) = resolution(id, in: module),
            self[target].kind == .index, self[target].number >= 0
        else { return nil }
        return Int(self[target].number)
    }

    /// What a comparison of an index asks; nil for other comparisons, and for those that are wrong.
    public func memberTest(_ node: Node, in module: Int32) -> MemberTest? {
        let tree = modules[Int(module)].tree
        if node.kind == .membership {
            let membership = tree.membership(node)
            guard let index = index(namedAt: membership.value, in: module), tree[membership.list].kind == .list else {
                return nil
            }
            return MemberTest(
                index: index, wanted: .members(tree.elements(membership.list).compactMap { memberName($0, in: tree) }),
                isNegated: false)
        }
        guard node.kind == .comparison else { return nil }
        let comparison = tree.comparison(node)
        guard comparison.tolerance.isNone else { return nil }
        let left = index(namedAt: comparison.left, in: module)
        let right = index(namedAt: comparison.right, in: module)
        let isNegated = comparison.sign == .notEqual
        guard isNegated || comparison.sign == .equal, let index = left ?? right else { return nil }
        if left != nil, let right { return MemberTest(index: index, wanted: .index(right), isNegated: isNegated) }
        guard let member = memberName(left == nil ? comparison.left : comparison.right, in: tree) else { return nil }
        return MemberTest(index: index, wanted: .members([member]), isNegated: isNegated)
    }

    /// The answer where each index stands at a member; nil where one stands at none.
    public func holds(_ test: MemberTest, at point: [Int]) -> Bool? {
        guard let member = member(of: test.index, at: point) else { return nil }
        switch test.wanted {
        case .members(let wanted): return wanted.contains(member) != test.isNegated
        case .index(let other):
            guard let there = self.member(of: other, at: point) else { return nil }
            return (member == there) != test.isNegated
        }
    }

    private func member(of index: Int, at point: [Int]) -> Symbol? {
        guard point.indices.contains(index), indexes[index].members.indices.contains(point[index]) else { return nil }
        return indexes[index].members[point[index]]
    }
}

extension TypeChecker {
    /// The type of a comparison of an index; nil where neither side is one.
    mutating func inferMemberTest(_ node: Node) -> TypeID? {
        if node.kind == .membership {
            let membership = tree.membership(node)
            guard let index = model.index(namedAt: membership.value, in: module) else {
                infer(membership.value)
                infer(membership.list)
                report(.membershipOfValue(at: model.location(membership.value, in: module)))
                return .bool
            }
            guard tree[membership.list].kind == .list else {
                let name = model.symbols[model.indexes[index].symbol]
                report(
                    .notAMember(
                        "this", of: name, at: model.location(membership.list, in: module),
                        members: model.memberNames(index)))
                return .bool
            }
            for member in tree.elements(membership.list) { checkMember(member, of: index) }
            return .bool
        }
        let comparison = tree.comparison(node)
        let left = model.index(namedAt: comparison.left, in: module)
        let right = model.index(namedAt: comparison.right, in: module)
        guard let index = left ?? right else { return nil }
        if comparison.sign != .equal && comparison.sign != .notEqual || !comparison.tolerance.isNone {
            let name = model.symbols[model.indexes[index].symbol]
            report(.indexOrder(name, at: model.location(left == nil ? comparison.right : comparison.left, in: module)))
        } else if let left, let right {
            let members = Set(model.indexes[left].members)
            if !model.indexes[right].members.contains(where: { members.contains($0) }) {
                report(
                    .nothingInCommon(
                        model.symbols[model.indexes[left].symbol], model.symbols[model.indexes[right].symbol],
                        at: model.location(comparison.right, in: module)))
            }
        } else {
            checkMember(left == nil ? comparison.left : comparison.right, of: index)
        }
        return .bool
    }

    private mutating func checkMember(_ id: NodeID, of index: Int) {
        if let problem = model.problem(ofMember: id, of: index, in: module) { report(problem) }
    }
}

extension Model {
    /// What is wrong with a pick such as `country: China`.
    func problem(ofPick id: NodeID, in module: Int32, lacksTable: Bool) -> Diagnostic? {
        let tree = modules[Int(module)].tree
        let pick = tree.pick(id)
        if let index = index(named: pick.index) { return problem(ofMember: pick.member, of: index, in: module) }
        if lacksTable { return nil }
        let word = symbols[pick.index]
        if word == NamedAxis.timeWord {
            return .timeByName(text(pick.member, in: module), at: location(id, in: module))
        }
        let start = tree[id].start
        return .unknownName(
            word, at: Location(tree.source, Span(start: start, end: start + UInt32(word.utf8.count))),
            nearest: nearest(to: word, among: indexes.map { symbols[$0.symbol] }),
            hint: "before `:` stands an index: `x[country: China]`")
    }

    /// What is wrong with what stands where a member of an index must stand.
    func problem(ofMember id: NodeID, of index: Int, in module: Int32) -> Diagnostic? {
        if let member = memberName(id, in: modules[Int(module)].tree),
            memberships[member]?.contains(where: { $0.index == index }) ?? false
        {
            return nil
        }
        return .notAMember(
            text(id, in: module).quoted, of: symbols[indexes[index].symbol], at: location(id, in: module),
            members: memberNames(index))
    }

    func memberNames(_ index: Int) -> [String] { indexes[index].members.map { symbols[$0] } }
}
