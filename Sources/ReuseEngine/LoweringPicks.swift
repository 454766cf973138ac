import ReuseModel
import ReuseSyntax

/// Which points of which indexes `x[China, 2030]` and `x[country: China]` mean. A name by itself is a member of one of the
/// indexes that the value varies over; where it may be of several, the picks must decide it together.
extension Lowering {
    typealias MemberPick = (index: Int, member: Int)

    /// What the items in brackets say of indexes.
    enum Picking {
        /// The members, in the order of the items.
        case picked([MemberPick])
        /// An item that picks nothing, with the index that it is of.
        case nothing(item: NodeID, index: Int)
        /// Two items for one index.
        case twice(item: NodeID, index: Int)
        /// An item that may be of several indexes, and two ways to read the picks.
        case ambiguous(item: NodeID, [[MemberPick]])
    }

    /// Whether an item of `x[...]` picks a member, and no time.
    func picksMember(_ id: NodeID, _ tree: borrowing SyntaxTree, _ module: Int32) -> Bool {
        let item = tree[id]
        if item.kind == .pick { return true }
        guard case .unresolved = model.resolution(id, in: module), let name = model.memberName(item, in: tree) else {
            return false
        }
        return !model.members(named: name).isEmpty
    }

    /// The items of `x[...]` that pick members.
    func memberItems(_ node: Node, _ tree: borrowing SyntaxTree, _ module: Int32) -> [NodeID] {
        tree.index(node).picks.filter { picksMember($0, tree, module) }
    }

    /// What an item may mean, whatever the value varies over.
    private func meanings(_ id: NodeID, _ tree: borrowing SyntaxTree) -> [MemberPick] {
        let item = tree[id]
        let member = item.kind == .pick ? tree[tree.pick(item).member] : item
        guard let name = model.memberName(member, in: tree) else { return [] }
        let all = model.members(named: name)
        guard item.kind == .pick else { return all }
        let index = model.index(named: tree.pick(item).index)
        return all.filter { $0.index == index }
    }

    /// The members that items pick of a value over some axes. With `addsAxes` a member of another index is taken, too: what
    /// is patched there comes to vary over it.
    func picking(
        _ items: [NodeID], _ tree: borrowing SyntaxTree, among axes: Axes, addsAxes: Bool = false
    ) -> Picking {
        var candidates: [[MemberPick]] = []
        for item in items {
            let all = meanings(item, tree)
            var own = all.filter { axes.contains(.index($0.index)) }
            if own.isEmpty, addsAxes { own = all }
            guard !own.isEmpty else { return .nothing(item: item, index: all.first?.index ?? 0) }
            candidates.append(own)
        }
        var search = PickSearch(candidates: candidates)
        search.go(on: 0)
        guard let first = search.found.first else {
            let place = candidates.indices.first { place in
                candidates[..<place].contains { $0.first?.index == candidates[place].first?.index }
            }
            let item = place ?? candidates.count - 1
            return .twice(item: items[item], index: candidates[item].first?.index ?? 0)
        }
        guard search.found.count > 1 else { return .picked(first) }
        let second = search.found[1]
        let item = items.indices.first { first[$0].index != second[$0].index } ?? 0
        return .ambiguous(item: items[item], [first, second])
    }

    /// What is left of axes behind picks. Where they cannot be read, which is reported when the value is lowered, all that
    /// they may mean is left out.
    func axes(_ axes: Axes, behind items: [NodeID], _ tree: borrowing SyntaxTree) -> Axes {
        var result = axes
        if case .picked(let members) = picking(items, tree, among: axes) {
            for member in members { result.remove(.index(member.index)) }
        } else {
            for item in items { for meaning in meanings(item, tree) { result.remove(.index(meaning.index)) } }
        }
        return result
    }

    /// The members that `x[...]` picks of a value over some axes, or what is wrong with it.
    mutating func picked(_ items: [NodeID], of base: NodeID, _ node: Node, _ axes: Axes) throws(LoweringFailure)
        -> [MemberPick]
    {
        try members(
            picking(items, tree, among: axes), items, Array(tree.index(node).picks),
            of: model.text(base, in: module))
    }

    private mutating func members(
        _ picking: Picking, _ items: [NodeID], _ all: [NodeID], of value: String
    ) throws(LoweringFailure) -> [MemberPick] {
        switch picking {
        case .picked(let members): return members
        case .nothing(let item, let index):
            throw report(
                .notOverIndex(
                    memberText(item), index: model.symbols[model.indexes[index].symbol], at: location(item)))
        case .twice(let item, let index):
            throw report(
                .pickedTwice(model.symbols[model.indexes[index].symbol], at: location(item)))
        case .ambiguous(let item, let readings):
            var indexes: [Int] = []
            var picks: [String] = []
            for reading in readings {
                var words: [String] = []
                for raw in all {
                    guard let place = items.firstIndex(of: raw) else {
                        words.append(model.text(raw, in: module))
                        continue
                    }
                    words.append(
                        model.symbols[model.indexes[reading[place].index].symbol] + ": " + memberText(raw))
                    if raw == item { indexes.append(reading[place].index) }
                }
                picks.append("\(value)[\(words.joined(separator: ", "))]")
            }
            let places = indexes.compactMap { model.indexes[$0].place }
            throw report(
                .ambiguousPick(
                    memberText(item), indexes.map { model.symbols[model.indexes[$0].symbol] }, picks: picks,
                    at: location(item), declared: places.count == indexes.count ? places : []))
        }
    }

    private func memberText(_ id: NodeID) -> String {
        let item = tree[id]
        return model.text(item.kind == .pick ? tree.pick(item).member : id, in: module)
    }

    // MARK: Patches

    /// The members that a patch of a value is about alone; none where it is about all.
    func members(of patch: Patch, on id: DeclarationID) -> [MemberPick] {
        if patch.pick.isNone { return [] }
        let tree = model.modules[Int(patch.module)].tree
        let items = memberItems(tree[patch.pick], tree, patch.module)
        if case .picked(let members) = picking(items, tree, among: knownAxes(of: id), addsAxes: true) { return members }
        return []
    }

    /// Reports a patch whose members cannot be told.
    mutating func checkMembers(of patch: Patch, on id: DeclarationID) throws(LoweringFailure) {
        if patch.pick.isNone { return }
        let outer = module
        enter(patch.module)
        defer { enter(outer) }
        let node = tree[patch.pick]
        let items = memberItems(node, tree, module)
        let all = Array(tree.index(node).picks)
        _ = try members(
            picking(items, tree, among: knownAxes(of: id), addsAxes: true), items, all,
            of: model.text(tree.index(node).base, in: module))
    }

    /// What a value varies over by itself, and by what it is set to as a whole.
    private func knownAxes(of id: DeclarationID) -> Axes {
        var axes = (try? axesOfBase(id)) ?? []
        for (patch, _) in model.patches(on: id, in: scenario) where patch.pick.isNone && !patch.value.isNone {
            axes.formUnion((try? self.axes(of: Expression(module: patch.module, node: patch.value, scope: nil))) ?? [])
        }
        return axes
    }
}

/// The members that a path picks of a value over some axes; none where it picks nothing.
package func pickedMembers(
    _ model: Model, by pick: NodeID, in module: Int32, of axes: Axes
) -> [(index: Int, member: Int)] {
    if pick.isNone { return [] }
    let lowering = Lowering(model: model, seed: 0)
    let tree = model.modules[Int(module)].tree
    let items = lowering.memberItems(tree[pick], tree, module)
    if case .picked(let members) = lowering.picking(items, tree, among: axes, addsAxes: true) { return members }
    return []
}

/// All ways to give each of some picks an index of its own, as far as they differ in the point that they pick.
private struct PickSearch {
    let candidates: [[Lowering.MemberPick]]
    var found: [[Lowering.MemberPick]] = []
    private var chosen: [Lowering.MemberPick] = []
    /// For each pick the one before it that has the same candidates: of the two the later takes the later index, since the
    /// other way round they pick the same point. Picks of many indexes that are alike would else be gone through for ever.
    private let twins: [Int?]
    /// What is left to look at ends here all the same.
    private var steps = 0

    init(candidates: [[Lowering.MemberPick]]) {
        self.candidates = candidates
        twins = candidates.indices.map { place in
            candidates[..<place].lastIndex {
                $0.count == candidates[place].count && Self.isSamePoint($0, candidates[place])
            }
        }
    }

    mutating func go(on place: Int) {
        steps += 1
        guard found.count < 2, steps < 10_000 else { return }
        guard place < candidates.count else {
            if !found.contains(where: { Self.isSamePoint($0, chosen) }) { found.append(chosen) }
            return
        }
        let least = twins[place].map { chosen[$0].index } ?? -1
        for pick in candidates[place]
        where pick.index > least && !chosen.contains(where: { $0.index == pick.index }) {
            chosen.append(pick)
            go(on: place + 1)
            chosen.removeLast()
        }
    }

    private static func isSamePoint(_ a: [Lowering.MemberPick], _ b: [Lowering.MemberPick]) -> Bool {
        a.allSatisfy { pick in b.contains { $0.index == pick.index && $0.member == pick.member } }
    }
}
