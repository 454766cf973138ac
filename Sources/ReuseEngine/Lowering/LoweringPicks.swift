import ReuseCore
import ReuseModel
import ReuseSyntax

/// Which points of which indexes `x[China, 2030]` and `x[country: China]` mean. A name by itself is a member of one of the
/// indexes that the value varies over; where it may be of several, the picks must decide it together.
extension Lowering {
    /// What the items in brackets say of indexes.
    enum Picking {
        /// The members, in the order of the items.
        case picked([MemberPick])
        /// An item that picks nothing, with the index that it is of.
        case nothing(item: Int, index: Int)
        /// Two items for one index.
        case twice(item: Int, index: Int)
        /// An item that may be of several indexes, and two ways to read the picks.
        case ambiguous(item: Int, [[MemberPick]])
    }

    /// What is left of axes behind picks. Where they cannot be read, which is reported when the value is lowered, all that
    /// they may mean is left out.
    func axes(_ axes: Axes, behind items: [Pick.Item]) -> Axes {
        var result = axes
        if case .picked(let members) = membersPicked(by: items, among: axes) {
            for member in members { result.remove(.index(member.index)) }
        } else {
            for item in items { for meaning in item.meanings { result.remove(.index(meaning.index)) } }
        }
        return result
    }

    mutating func lowerPick(_ pick: Pick, _ place: Place, _ target: Int?) throws(LoweringFailure) -> Operand {
        // Members first: they fix a point.
        let outerPoint = unit.point
        defer { unit.point = outerPoint }
        if !pick.items.isEmpty {
            let axes = try self.axes(of: Expression(id: pick.base, scope: scope))
            for member in try members(membersPicked(by: pick.items, among: axes), pick) {
                unit.point[member.index] = member.member
            }
        }
        if pick.secondTime != .none { throw report(.twoTimes(at: location(pick.secondTime))) }
        switch pick.time {
        case .none: return try lower(pick.base, target: target)
        case .range(_, _, let time): throw report(.rangeOutsideReduction(at: location(time)))
        case .at(let time, let written): return try read(pick.base, at: time, written, place, target)
        }
    }

    private mutating func members(_ picking: Picking, _ pick: Pick) throws(LoweringFailure) -> [MemberPick] {
        func name(_ index: Int) -> String { model.symbols[model.indexes[index].symbol] }
        func word(_ item: Pick.Item) -> String { model.text(at: item.member) }
        switch picking {
        case .picked(let members): return members
        case .nothing(let item, let index):
            let item = pick.items[item]
            throw report(.notOverIndex(word(item), index: name(index), at: location(item.place)))
        case .twice(let item, let index):
            throw report(.pickedTwice(name(index), at: location(pick.items[item].place)))
        case .ambiguous(let wrong, let readings):
            let picks = readings.map { reading in
                let words = pick.places.map { place in
                    guard let item = pick.items.firstIndex(where: { $0.place == place }) else {
                        return model.text(at: place)
                    }
                    return name(reading[item].index) + ": " + word(pick.items[item])
                }
                return "\(model.text(at: pick.basePlace))[\(words.joined(separator: ", "))]"
            }
            let indexes = readings.map { $0[wrong].index }
            let places = indexes.compactMap { model.indexes[$0].place }
            throw report(
                .ambiguousPick(
                    word(pick.items[wrong]), indexes.map { name($0) }, picks: picks,
                    at: location(pick.items[wrong].place),
                    declared: places.count == indexes.count ? places : []))
        }
    }

    // MARK: Times

    /// `x[t]`.
    mutating func read(
        _ base: ExpressionID, at time: ExpressionID, _ written: Place, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let axes = try self.axes(of: Expression(id: base, scope: scope))
        guard axes.contains(.time) else { return try lower(base, target: target) }
        if let constant = try constantTime(time) { return try read(base, at: constant, written, place, target) }
        // Of times read at times within each other, each would be made twice at every level around it.
        if unit.seeksConstant { return .scalar(try newScalar(place)) }
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(written))) }
        let source = try wholeDefinition(base)
        guard program.definitions[source].varies else { return try load(source, place, target) }
        // The time is known only while running.
        if unit.isLane { throw .notForLanes }
        let register = try scalar(target, place)
        _ = try inScalar(time, target: register)
        let reading = try reading(of: Expression(id: base, scope: scope))
        program.timeReads.append(
            TimeRead(
                definition: source, combination: try combination(at: program.definitions[source].axes), reading: reading
            ))
        emit(Instruction(.readTime, register, wide: program.timeReads.count - 1), at: written)
        return .scalar(register)
    }

    /// A value over time in a period that is known: of a longer one than the step the mean of a flow, and the last step of a
    /// level. Whatever reads a period asks here.
    private mutating func read(
        _ base: ExpressionID, at time: TimePoint, _ written: Place, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if let operand = try readSeries(base, at: time, written, place) { return operand }
        if let operand = try readProjection(base, at: time, place) { return operand }
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(written))) }
        let source = try wholeDefinition(base)
        let definition = program.definitions[source]
        guard definition.varies else { return try load(source, place, target) }
        guard let range = program.calendar.range(of: time) else { throw report(outsideHorizon(time, written)) }
        if range.count == 1 {
            return try load(source, step: range.lowerBound, isCurrent: false, place, target)
        }
        if let step = program.calendar.stepAcrossEnd(of: time) {
            throw report(.partOfStep(at: location(written), time.text, step: step.text))
        }
        let last = program.calendar.steps[range.upperBound].text
        switch try reading(of: Expression(id: base, scope: scope)) {
        case .mean: return try reduceOverTime(.mean, definition: source, range, place)
        case .last: return try reduceOverTime(.last, definition: source, range, place)
        case .first: return try reduceOverTime(.last, definition: source, range.lowerBound...range.lowerBound, place)
        case .unclear: throw report(.meanOrLevel(at: location(place), time.text, last: last))
        case .noNumber: throw report(.severalSteps(at: location(place), time.text, last: last))
        }
    }

    /// A definition of an expression read at a time, for `show x in t`.
    mutating func defineAt(_ expression: Expression, time: ExpressionID) throws(LoweringFailure) -> Int {
        try defineAt(expression) { lowering throws(LoweringFailure) in
            let written = lowering.place(time)
            return try lowering.read(expression.id, at: time, written, lowering.place(expression.id), nil)
        }
    }

    /// The same for a period that stands nowhere in the script.
    mutating func defineAt(_ expression: Expression, period: TimePoint) throws(LoweringFailure) -> Int {
        try defineAt(expression) { lowering throws(LoweringFailure) in
            let place = lowering.place(expression.id)
            return try lowering.read(expression.id, at: period, place, place, nil)
        }
    }

    private mutating func defineAt(
        _ expression: Expression, _ read: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> Int {
        let axes = try self.axes(of: expression)
        guard axes.contains(.time) else { return try define(expression) }
        let number = reserve(axes: axes.subtracting(.time), at: place(expression.id))
        reads = []
        try fill(number, expression, read)
        program.definitions[number].reads = reads
        finish(number)
        return number
    }

    // MARK: Patches

    /// The items by which a patch is about some members alone.
    private func pick(of patch: Patch) -> Pick? {
        guard !patch.pick.isNone, case .pick(let number) = core[core.expression(patch.pick, in: patch.module)] else {
            return nil
        }
        return core.picks[Int(number)]
    }

    /// The members that a patch of a value is about alone; none where it is about all.
    func members(of patch: Patch, on id: DeclarationID) -> [MemberPick] {
        guard let pick = pick(of: patch),
            case .picked(let members) = membersPicked(by: pick.items, among: knownAxes(of: id), addsAxes: true)
        else { return [] }
        return members
    }

    /// Reports a patch whose members cannot be told.
    mutating func checkMembers(of patch: Patch, on id: DeclarationID) throws(LoweringFailure) {
        guard let pick = pick(of: patch) else { return }
        _ = try members(membersPicked(by: pick.items, among: knownAxes(of: id), addsAxes: true), pick)
    }

    /// What a value varies over by itself, and by what it is set to as a whole.
    private func knownAxes(of id: DeclarationID) -> Axes {
        var axes = (try? axesOfBase(id)) ?? []
        for (patch, _) in model.patches(on: id, in: scenarios[scenario]) where patch.pick.isNone && !patch.value.isNone
        {
            axes.formUnion((try? self.axes(of: value(of: patch))) ?? [])
        }
        return axes
    }

    /// The right side of a patch.
    func value(of patch: Patch) -> Expression {
        Expression(id: core.expression(patch.value, in: patch.module), scope: nil)
    }
}

/// The members that a path picks of a value over some axes; none where it picks nothing.
package func pickedMembers(_ core: Core, by node: NodeID, in module: Int32, of axes: Axes) -> [MemberPick] {
    if node.isNone { return [] }
    guard case .pick(let number) = core[core.expression(node, in: module)],
        case .picked(let members) = membersPicked(by: core.picks[Int(number)].items, among: axes, addsAxes: true)
    else { return [] }
    return members
}

/// The members that items pick of a value over some axes. With `addsAxes` a member of another index is taken, too: what
/// is patched there comes to vary over it.
func membersPicked(by items: [Pick.Item], among axes: Axes, addsAxes: Bool = false) -> Lowering.Picking {
    var candidates: [[MemberPick]] = []
    for (place, item) in items.enumerated() {
        var own = item.meanings.filter { axes.contains(.index($0.index)) }
        if own.isEmpty, addsAxes { own = item.meanings }
        guard !own.isEmpty else { return .nothing(item: place, index: item.meanings.first?.index ?? 0) }
        candidates.append(own)
    }
    var search = PickSearch(candidates: candidates)
    search.go(on: 0)
    guard let first = search.found.first else {
        let place = candidates.indices.first { place in
            candidates[..<place].contains { $0.first?.index == candidates[place].first?.index }
        }
        let item = place ?? candidates.count - 1
        return .twice(item: item, index: candidates[item].first?.index ?? 0)
    }
    guard search.found.count > 1 else { return .picked(first) }
    let second = search.found[1]
    return .ambiguous(item: items.indices.first { first[$0].index != second[$0].index } ?? 0, [first, second])
}

/// All ways to give each of some picks an index of its own, as far as they differ in the point that they pick.
private struct PickSearch {
    let candidates: [[MemberPick]]
    var found: [[MemberPick]] = []
    private var chosen: [MemberPick] = []
    /// For each pick the one before it that has the same candidates: of the two the later takes the later index, since the
    /// other way round they pick the same point. Picks of many indexes that are alike would else be gone through for ever.
    private let twins: [Int?]
    /// What is left to look at ends here all the same.
    private var steps = 0

    init(candidates: [[MemberPick]]) {
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

    private static func isSamePoint(_ a: [MemberPick], _ b: [MemberPick]) -> Bool {
        a.allSatisfy { pick in b.contains { $0.index == pick.index && $0.member == pick.member } }
    }
}
