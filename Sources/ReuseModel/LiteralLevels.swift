import ReuseSyntax

/// What is known about the levels of literals in the value that is being checked: `[China: [India: 3, ...], ...]`.
struct LiteralLevels {
    /// What `over` says of the levels, from the outside in.
    var over: [Int] = []
    /// The declaration of the value, and the text where it stands.
    var declaration: TextNode?
    /// The literals around the current place, with their indexes.
    var around: [(index: Int, node: NodeID, isSaid: Bool)] = []
    /// How many levels that follow `over` were found at most.
    var followed = 0
}

extension TypeChecker {
    /// The declaration of the value that is being checked as it is written up to its name: `let km`.
    private var declarationOfLiteral: String? {
        guard let place = literalLevels.declaration else { return nil }
        let tree = model.tree(place.module)
        let node = tree[place.node]
        guard node.kind == .let || node.kind == .assume || node.kind == .localLet else { return nil }
        return (node.kind == .assume ? "assume " : "let ") + model.symbols[tree.name(node)]
    }

    /// Checks a value whose literals are over what the declaration says. The value may stand in another text.
    mutating func withLevels<Result>(
        of declaration: NodeID, in home: Int32, isPatch: Bool = false, _ body: (inout TypeChecker) -> Result
    ) -> Result {
        let outer = literalLevels
        defer { literalLevels = outer }
        literalLevels = LiteralLevels()
        literalLevels.declaration = TextNode(declaration, in: home)
        let tree = model.tree(home)
        let names = tree.over(declaration)
        if names.isEmpty { return body(&self) }
        for name in names {
            let word = model.symbols[tree.name(name)]
            guard let index = model.index(named: tree.name(name)) else {
                if !problems.lacksTable {
                    report(
                        .unknownName(
                            word, at: model.location(name, in: home),
                            nearest: nearest(to: word, among: model.indexes.map { model.symbols[$0.symbol] }),
                            hint: "`over` takes indexes"))
                }
                literalLevels.over = []
                return body(&self)
            }
            if literalLevels.over.contains(index) {
                let first = literalLevels.over.firstIndex(of: index) ?? 0
                report(
                    .indexTwice(word, at: model.location(name, in: home), first: model.location(names[first], in: home))
                )
            }
            literalLevels.over.append(index)
        }
        let count = problems.diagnostics.count
        let result = body(&self)
        if !isPatch, literalLevels.followed < names.count, problems.diagnostics.count == count {
            report(
                .levelsMissing(
                    names.map { model.symbols[tree.name($0)] }, found: literalLevels.followed,
                    at: model.location(names[literalLevels.followed], in: home)))
        }
        return result
    }

    /// Checks what stands inside a call or is picked from: its literals are no levels of those around it.
    mutating func apart<Result>(_ body: (inout TypeChecker) -> Result) -> Result {
        if literalLevels.around.isEmpty { return body(&self) }
        let outer = literalLevels.around
        literalLevels.around = []
        defer { literalLevels.around = outer }
        return body(&self)
    }

    /// The index that a literal with members as keys is over; nil after a report.
    mutating func indexOfLiteral(_ id: NodeID, _ node: Node) -> (index: Int, isSaid: Bool)? {
        let keys = tree.elements(node).map { tree.keyedItem($0).key }.filter { tree[$0].kind == .name }
            .map { tree.name($0) }
        let depth = literalLevels.around.filter { $0.isSaid }.count
        if depth < literalLevels.over.count, depth == literalLevels.around.count {
            let said = literalLevels.over[depth]
            if keys.contains(where: { key in model.memberships[key]?.contains { $0.index == said } ?? false }) {
                literalLevels.followed = max(literalLevels.followed, depth + 1)
                return (said, true)
            }
        }
        var mask: UInt64 = .max
        for key in keys {
            var own: UInt64 = 0
            for membership in model.memberships[key] ?? [] { own |= 1 << UInt64(membership.index) }
            mask &= own
        }
        let all = model.indexes.indices.filter { mask & (1 << UInt64($0)) != 0 }
        // The keys are the whole of one; where they are the whole of none, the one that lacks the fewest is meant.
        let least = all.map { model.indexes[$0].members.count }.min()
        var fitting = all.filter { model.indexes[$0].members.count == least }
        // Those that the script names itself come first.
        let own = fitting.filter { !model.network.indexes.contains(model.indexes[$0].root) }
        if !own.isEmpty { fitting = own }
        guard let first = fitting.first else {
            return keys.first.flatMap { model.memberships[$0]?.first?.index }.map { ($0, false) }
        }
        let around = literalLevels.around
        // Beside one that `over` names, what is left.
        let left = fitting.filter { index in !around.contains { $0.isSaid && $0.index == index } }
        if left.count == 1, left.count < fitting.count { return (left[0], false) }
        if let outer = around.first(where: { fitting.contains($0.index) }) {
            let root = model.indexes[outer.index].root
            var alike = model.indexes.indices.filter { model.indexes[$0].root == root }
            if alike.count < 2 { alike = fitting }
            reportAlike(alike.map { model.symbols[model.indexes[$0].symbol] }, at: id, outer: outer.node)
            return nil
        }
        let root = model.indexes[first].root
        if fitting.allSatisfy({ model.indexes[$0].root == root }) {
            return (fitting.contains(root) ? root : first, false)
        }
        let names = fitting.map { model.symbols[model.indexes[$0].symbol] }
        report(
            .ambiguousLiteral(
                names, declaration: declarationOfLiteral, at: model.location(id, in: module),
                indexes: fitting.prefix(2).compactMap { model.indexes[$0].place }))
        return nil
    }

    private mutating func reportAlike(_ names: [String], at id: NodeID, outer: NodeID) {
        // One level that cannot be told is enough to be said of a literal.
        let place = model.location(outer, in: module)
        if problems.diagnostics.contains(where: { $0.secondary.first?.location == place }) { return }
        report(.levelsAlike(names, declaration: declarationOfLiteral, at: model.location(id, in: module), outer: place))
    }
}
