import ReuseCore
import ReuseModel
import ReuseSyntax

/// Reductions over indexes and over time, statistics over samples, and values at other steps.
extension Lowering {
    mutating func lowerReduction(
        _ reduction: ReductionOverAxis, _ id: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if case .time = reduction.axis { return try lowerTimeReduction(reduction, place) }
        var axes = try self.axes(of: Expression(id: reduction.value, scope: scope))
        if !reduction.condition.isNone {
            axes.formUnion(try self.axes(of: Expression(id: reduction.condition, scope: scope)))
        }
        var reduced = axes.indexNumbers
        if case .index(let index) = reduction.axis { reduced = [index] }
        // What the current point already fixes is not reduced again, but by name.
        // A pick that cannot be read leaves nothing to reduce, and is what there is to say.
        guard let first = reduced.first else {
            _ = try lower(reduction.value)
            throw report(.nothingToReduce(reduction.kind.rawValue, at: location(place)))
        }
        if case .index = reduction.axis, !axes.contains(.index(first)) {
            _ = try lower(reduction.value)
            let name = model.symbols[model.indexes[first].symbol]
            throw report(.nothingOverIndex(reduction.kind.rawValue, name, at: location(place)))
        }
        if reduction.kind == .sum || reduction.kind == .mean || reduction.kind == .values {
            try needEachOnce(reduction, over: reduced, place)
        }
        if let number = try innerReduction(id) { return try load(number, place) }
        return try reduce(reduction, over: reduced, place, target)
    }

    /// Fails where a list of results, such as `supplies.collected`, is summed over an index that some of them have and others
    /// do not: what a supply of joint products has once would count for each of them.
    private mutating func needEachOnce(
        _ reduction: ReductionOverAxis, over indexes: [Int], _ place: Place
    ) throws(LoweringFailure) {
        if model.network.supplies.isEmpty { return }
        var seen: Set<DeclarationID> = []
        var work = readsOfAllSupplies(reduction.value)
        while let next = work.popLast() {
            let declaration = model[next]
            guard seen.insert(next).inserted, axesOfDeclaration.indices.contains(Int(next.rawValue)) else { continue }
            if declaration.kind == .let, !declaration.value.isNone {
                work += readsOfAllSupplies(core.value(of: next))
            }
            guard declaration.kind == .gathered else { continue }
            let results = model.reads(of: next).map { $0.target }
            for index in indexes where !model.network.indexes.contains(index) {
                let having = results.filter { axesOfDeclaration[Int($0.rawValue)].contains(.index(index)) }
                guard let other = having.first,
                    let once = results.first(where: { !axesOfDeclaration[Int($0.rawValue)].contains(.index(index)) })
                else { continue }
                throw report(
                    .countedForEach(
                        reduction.kind.rawValue, model.name(once), model.symbols[model.indexes[index].symbol],
                        other: model.name(other), at: location(place)))
            }
        }
    }

    /// What an expression reads, but for that of which a pick takes one market, supply or route.
    private func readsOfAllSupplies(_ id: ExpressionID) -> [DeclarationID] {
        var result: [DeclarationID] = []
        var work = [id]
        while let next = work.popLast() {
            switch core[next] {
            case .read(let target): result.append(target)
            case .pick(let number):
                let meanings = core.picks[Int(number)].items.flatMap { $0.meanings }
                if meanings.contains(where: { model.network.indexes.contains($0.index) }) { continue }
            default: break
            }
            core.forEachPart(of: next) { if !$0.isNone { work.append($0) } }
        }
        return result
    }

    /// The definition of a reduction that stands inside another one, so that it is not written out again for each member
    /// there; nil where it does not, or rests on what is in a register.
    private mutating func innerReduction(_ id: ExpressionID) throws(LoweringFailure) -> Int? {
        let expression = Expression(id: id, scope: scope)
        guard unit.reductions > 0, ownMember == nil, isLiftable(expression) else { return nil }
        let key = valueKey(id)
        if let known = innerReductions[key] {
            reads.append(known.number)
            return known.number
        }
        let number = try define(expression)
        innerReductions[key] = (number, scope)
        return number
    }

    private func valueKey(_ id: ExpressionID) -> ValueKey {
        ValueKey(
            expression: id, variant: currentVariant, isDelayed: delayDepth > 0,
            scope: scope.map { ObjectIdentifier($0) })
    }

    /// A reduction over indexes: written out for each member where these are few, or differ in what they make of it; else in a
    /// loop.
    private mutating func reduce(
        _ reduction: ReductionOverAxis, over indexes: [Int], _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let outerPoint = unit.point
        unit.reductions += 1
        defer {
            unit.point = outerPoint
            unit.reductions -= 1
        }
        var combinations = 1
        for index in indexes {
            combinations = min(combinations * model.indexes[index].members.count, Limits.combinations + 1)
        }
        guard combinations <= Limits.combinations else {
            throw report(
                .tooManyCombinations(
                    "`\(reduction.kind.rawValue)` can go through at most \(Limits.inWords(Limits.combinations)) combinations of members",
                    at: location(place)))
        }
        var places = Array(0..<combinations)
        var reduction = reduction
        if !reduction.condition.isNone,
            let left = try chosen(by: reduction.condition, over: indexes, combinations, place), !left.isEmpty
        {
            // A condition on members alone is no question at run time.
            places = left
            reduction.condition = .none
        }
        let isAll = places.count == combinations
        if reduction.kind == .values || !reduction.condition.isNone {
            return try reduceAsList(reduction, over: indexes, places, isAll: isAll, place, target)
        }
        let isSum = reduction.kind == .sum || reduction.kind == .mean
        if isSum, indexes.contains(where: { model.network.indexes.contains($0) }) {
            return try sumExactly(reduction, over: indexes, places, isAll: isAll, place, target)
        }
        let operation: BinaryOperation =
            switch reduction.kind {
            case .min: .minimum
            case .max: .maximum
            case .sum, .mean, .values: .add
            }
        let base = mark()
        var result: Operand
        if places.count > Self.membersWrittenOut {
            result = try accumulate(operation, reduction.value, over: indexes, places, isAll: isAll, place)
        } else {
            result = try combine(operation, reduction.value, over: indexes, places, place)
        }
        if reduction.kind == .mean { result = try binary(.divide, result, .constant(Double(places.count)), place) }
        return try settle(result, base, target, place)
    }

    /// So many members are written out, though a loop would do: it takes some more instructions for each.
    private static let membersWrittenOut = 8

    /// The values of few members, each combined with what the ones before it came to.
    private mutating func combine(
        _ operation: BinaryOperation, _ value: ExpressionID, over indexes: [Int], _ places: [Int], _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        var result: Operand?
        try forEachMember(of: indexes, places, isAll: false, place) { lowering throws(LoweringFailure) in
            if let soFar = result { lowering.protect(soFar) }
            let inner = lowering.mark()
            let operand = try lowering.lower(value)
            lowering.protect(operand)
            guard let soFar = result else {
                result = operand
                return
            }
            lowering.release(inner)
            lowering.protect(operand)
            lowering.release(base)
            result = try lowering.binary(operation, soFar, operand, place)
        }
        guard let result else { throw .reported }
        return result
    }

    /// The same in a register, which begins with what changes nothing.
    private mutating func accumulate(
        _ operation: BinaryOperation, _ value: ExpressionID, over indexes: [Int], _ places: [Int], isAll: Bool,
        _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let isSampled = try axes(of: Expression(id: value, scope: scope)).contains(.sample)
        let isLane = unit.isLane && (isSampled || unit.laneBranches > 0)
        let nothing: Double =
            switch operation {
            case .minimum: .infinity
            case .maximum: -.infinity
            // Of both zeros the one that the other is not lost in.
            default: -0.0
            }
        let result = try register(isLane: isLane, holding: nothing, place)
        try forEachMember(of: indexes, places, isAll: isAll, place) { lowering throws(LoweringFailure) in
            let inner = lowering.mark()
            let operand = try lowering.lower(value)
            lowering.protect(operand)
            let soFar: Operand = isLane ? .lane(result) : .scalar(result)
            let sum = try lowering.binary(operation, soFar, operand, place, isLane ? nil : result)
            if case .lane(let register) = sum {
                guard isLane else { throw .notForLanes }
                lowering.emit(Instruction(.laneMove, result, register), at: place)
            }
            lowering.release(inner)
        }
        return isLane ? .lane(result) : .scalar(result)
    }

    /// A new register with a number in it.
    private mutating func register(
        isLane: Bool, holding value: Double, _ place: Place
    ) throws(LoweringFailure) -> Int {
        let register = isLane ? try newLane() : try newScalar(place)
        let inner = mark()
        if isLane {
            emit(Instruction(.laneFill, register, try toScalar(.constant(value), place)), at: place)
        } else {
            _ = try toScalar(.constant(value), place, target: register)
        }
        release(inner)
        return register
    }

    /// The combinations at which a condition holds that asks for members alone; nil where it asks for anything else.
    private mutating func chosen(
        by condition: ExpressionID, over indexes: [Int], _ combinations: Int, _ place: Place
    ) throws(LoweringFailure) -> [Int]? {
        let outerPoint = unit.point
        defer { unit.point = outerPoint }
        var result: [Int] = []
        for combination in 0..<combinations {
            setMembers(&unit.point, indexes, combination)
            guard let holds = constantCondition(condition) else { return nil }
            if holds { result.append(combination) }
        }
        return result
    }

    /// A sum over markets, supplies or routes in two parts, so that the order of declarations is not in its last bit.
    private mutating func sumExactly(
        _ reduction: ReductionOverAxis, over indexes: [Int], _ places: [Int], isAll: Bool, _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let isLane = unit.isLane
        let sum = try register(isLane: isLane, holding: 0, place)
        let rest = try register(isLane: isLane, holding: 0, place)
        let (value, ofValue) = (reduction.value, self.place(reduction.value))
        try forEachMember(of: indexes, places, isAll: isAll, place) { lowering throws(LoweringFailure) in
            let inner = lowering.mark()
            if isLane {
                lowering.emit(Instruction(.laneAddExactly, sum, try lowering.inLane(value)), at: ofValue)
            } else {
                lowering.emit(Instruction(.addExactly, sum, try lowering.inScalar(value)), at: ofValue)
            }
            lowering.release(inner)
        }
        var result = try binary(.add, isLane ? .lane(sum) : .scalar(sum), isLane ? .lane(rest) : .scalar(rest), place)
        if reduction.kind == .mean { result = try binary(.divide, result, .constant(Double(places.count)), place) }
        return try settle(result, base, target, place)
    }

    /// With a condition the members that count are known only while running: they go through a list.
    private mutating func reduceAsList(
        _ reduction: ReductionOverAxis, over indexes: [Int], _ places: [Int], isAll: Bool, _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let list = try newScalar(place)
        emit(Instruction(.listBegin, list, wide: places.count), at: place)
        let isLong = places.count > Self.membersWrittenOut
        try forEachMember(of: indexes, places, isAll: isAll && isLong, place) { lowering throws(LoweringFailure) in
            let inner = lowering.mark()
            let exits = reduction.condition.isNone ? [] : try lowering.lowerCondition(reduction.condition)
            let register = try lowering.inScalar(reduction.value)
            lowering.emit(Instruction(.listPush, list, register), at: lowering.place(reduction.value))
            lowering.release(inner)
            for exit in exits { lowering.aim(exit) }
        }
        let isExact = indexes.contains { model.network.indexes.contains($0) }
        let operation: ListOperation
        switch reduction.kind {
        case .sum: operation = isExact ? .sumExactly : .sum
        case .mean: operation = isExact ? .meanExactly : .mean
        case .min: operation = .minimum
        case .max: operation = .maximum
        case .values: return try settle(.scalar(list), base, target, place)
        }
        release(base)
        return try listOperation(operation, (list, 0), place, target)
    }

    // MARK: Time

    private mutating func lowerTimeReduction(
        _ reduction: ReductionOverAxis, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else {
            throw report(.noHorizon("a reduction over time", at: location(place)))
        }
        if !reduction.condition.isNone { throw report(.conditionOverTime(at: location(reduction.condition))) }
        let kind: TimeReduction =
            switch reduction.kind {
            case .mean: .mean
            case .min: .minimum
            default: .maximum
            }
        return try reduceOverTime(kind, reduction.value, place)
    }

    /// Over the horizon, or over the part of it that is picked: `x[2025..2030]`.
    private mutating func reduceOverTime(
        _ kind: TimeReduction, _ value: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        var value = value
        var range = 0...(program.calendar.count - 1)
        if let (base, part) = try slice(value) { (value, range) = (base, part) }
        return try reduceOverTime(kind, definition: try wholeDefinition(value), range, place)
    }

    mutating func reduceOverTime(
        _ kind: TimeReduction, definition source: Int, _ range: ClosedRange<Int>, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let axes = program.definitions[source].axes.subtracting(.time)
        return try load(
            defineNative(.timeReduction(kind, source, range), axes: axes, reads: [source], at: place), place)
    }

    mutating func lowerOverTime(
        _ operation: TimeOperation, _ value: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else {
            throw report(.noHorizon("`\(operation.word)`", at: location(place)))
        }
        switch operation {
        case .total: return try reduceOverTime(.total, value, place)
        case .firstTime:
            let whole = 0...(program.calendar.count - 1)
            return try reduceOverTime(.firstTime, definition: try wholeDefinition(value), whole, place)
        case .cumulative:
            let source = try wholeDefinition(value)
            let axes = program.definitions[source].axes.union(.time)
            let number = defineNative(.cumulative(source), axes: axes, reads: [source], at: place)
            program.definitions[number].isLevel = true
            return try load(number, place)
        }
    }

    /// `x[2025..2030]` as the base and its steps.
    private mutating func slice(
        _ id: ExpressionID
    ) throws(LoweringFailure) -> (base: ExpressionID, ClosedRange<Int>)? {
        guard case .pick(let number) = core[id] else { return nil }
        let pick = core.picks[Int(number)]
        guard pick.items.isEmpty, pick.secondTime == .none,
            case .range(first: let first, last: let last, _) = pick.time
        else { return nil }
        var (low, high) = (0, program.calendar.count - 1)
        if !first.isNone { low = try steps(ofConstant: first).lowerBound }
        if !last.isNone { high = try steps(ofConstant: last).upperBound }
        guard low <= high else { throw report(.outsideHorizon(at: location(id), "this range of time is empty")) }
        let (from, to) = (program.calendar.steps[low], program.calendar.steps[high])
        if !first.isNone, let time = try constantTime(first), from.start < time.start {
            throw report(.partOfStep(at: location(first), time.text, step: from.text))
        }
        if !last.isNone, let time = try constantTime(last), to.end > time.end {
            throw report(.partOfStep(at: location(last), time.text, step: to.text))
        }
        return (pick.base, low...high)
    }

    /// The steps of a time that is written out.
    mutating func steps(ofConstant id: ExpressionID) throws(LoweringFailure) -> ClosedRange<Int> {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(id))) }
        guard let time = try constantTime(id) else { throw report(.timeNotConstant(at: location(id))) }
        guard let range = program.calendar.range(of: time) else { throw report(outsideHorizon(time, place(id))) }
        return range
    }

    func outsideHorizon(_ time: TimePoint, _ place: Place) -> Diagnostic {
        .outsideHorizon(
            at: location(place), "\(time.text) lies outside the horizon, which is \(program.calendar.text)")
    }

    /// The definition of an expression as a whole, for what looks at other steps or samples of it.
    mutating func wholeDefinition(_ id: ExpressionID, isDelayed: Bool = false) throws(LoweringFailure) -> Int {
        switch core[id] {
        case .read(let target):
            let number = program.ofDeclaration[Int(target.rawValue)]
            if number >= 0 {
                reads.append(number)
                return number
            }
        case .local(let local):
            switch scope?.find(local) {
            case .definition(let number):
                reads.append(number)
                return number
            case .expression(let expression):
                return try inside(expression) { lowering throws(LoweringFailure) in
                    try lowering.wholeDefinition(expression.id, isDelayed: isDelayed)
                }
            case .operand(_, of: let whole?):
                let expression = whole.expression
                if !isName(expression.id), let number = try definition(of: whole) {
                    reads.append(number)
                    return number
                }
                // A name of a declaration is that declaration.
                return try inVariant(whole.variant) { lowering throws(LoweringFailure) in
                    try lowering.inside(expression) { lowering throws(LoweringFailure) in
                        try lowering.wholeDefinition(expression.id, isDelayed: isDelayed)
                    }
                }
            default: break
            }
        default: break
        }
        if isDelayed { delayDepth += 1 }
        defer { if isDelayed { delayDepth -= 1 } }
        guard let whole = try lifted(Expression(id: id, scope: scope)) else {
            throw report(.needsWholeValue(at: location(id)))
        }
        // It is lowered for each member of what it stands in, and is the same in all, unless it draws.
        guard ownMember == nil, whole.scope === scope else { return try define(whole) }
        let key = valueKey(id)
        if let known = wholeValues[key] {
            reads.append(known.number)
            return known.number
        }
        let draws = program.draws.count
        let number = try define(whole)
        if program.draws.count == draws { wholeValues[key] = (number, scope) }
        return number
    }

    private func isName(_ id: ExpressionID) -> Bool {
        switch core[id] {
        case .read, .local: true
        default: false
        }
    }

    // MARK: Earlier steps

    mutating func lowerPrevious(
        _ value: ExpressionID, _ span: ExpressionID, _ otherwise: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("`previous`", at: location(place))) }
        let back = try stepsBack(span)
        let source = try wholeDefinition(value, isDelayed: true)
        let isSampledElse = try axes(of: Expression(id: otherwise, scope: scope)).contains(.sample)
        let isSampled = program.definitions[source].isSampled || isSampledElse || unit.laneBranches > 0
        let isLane = unit.isLane && isSampled
        let base = mark()
        let result = isLane ? try newLane() : try scalar(target, place)
        let inner = mark()
        emit(Instruction(.ifStepAtLeast, 0, wide: back), at: place)
        let exit = emitJump(at: place)
        let before: Operand
        if let constant = program.definitions[source].constant, !isLane {
            before = .constant(constant)
        } else {
            before = try load(definition: source, stepsBack: back, place, isLane ? nil : result)
        }
        if isLane {
            emit(Instruction(.laneMove, result, try toLane(before, place)), at: place)
        } else {
            _ = try toScalar(before, place, target: result)
        }
        release(inner)
        let end = emitJump(at: place)
        aim(exit)
        if isLane {
            emit(Instruction(.laneMove, result, try inLane(otherwise)), at: place)
        } else {
            _ = try inScalar(otherwise, target: result)
        }
        aim(end)
        release(inner)
        return isLane ? try settle(.lane(result), base, nil, place) : .scalar(result)
    }

    /// How many steps a span of time goes back; one where there is none.
    private mutating func stepsBack(_ span: ExpressionID) throws(LoweringFailure) -> Int {
        if span.isNone { return 1 }
        guard let years = try constantNumber(span), years.isFinite, years > 0 else {
            throw report(.spanNotConstant(at: location(span)))
        }
        let exact = years / program.calendar.stepYears
        guard exact >= 0.5, exact <= Double(Limits.horizonSteps) else {
            throw report(.spanNotConstant(at: location(span)))
        }
        guard (exact - exact.rounded()).magnitude < 1e-6 else { throw report(.spanBetweenSteps(at: location(span))) }
        return Int(exact.rounded())
    }

    // MARK: Growth

    mutating func lowerGrowing(
        _ value: ExpressionID, _ rate: ExpressionID, _ every: ExpressionID, _ from: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("`growing`", at: location(place))) }
        let base = try wholeDefinition(value)
        var span = 1.0
        if !every.isNone {
            guard let years = try constantNumber(every), years > 0, years.isFinite else {
                throw report(.stepNotConstant(at: location(every)))
            }
            span = years
        }
        let rate = try wholeDefinition(rate)
        let from = try wholeDefinition(from)
        let axes = program.definitions[base].axes.union(program.definitions[rate].axes).union(.time)
            .union(program.definitions[from].axes.subtracting(.time))
        let number = defineNative(
            .growing(base: base, rate: rate, from: from, every: span), axes: axes, reads: [base, rate, from], at: place)
        return try load(number, place)
    }

    // MARK: Samples

    mutating func lowerStatistic(
        _ statistic: SampleStatistic, _ value: ExpressionID, _ second: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let source = try wholeDefinition(value)
        var axes = program.definitions[source].axes
        var reading = [source]
        var share = -1
        if !second.isNone {
            share = try wholeDefinition(second)
            if !statistic.isOfPair, program.definitions[share].isSampled {
                throw report(.uncertainShare(at: location(second)))
            }
            axes.formUnion(program.definitions[share].axes)
            reading.append(share)
        }
        let number = defineNative(
            .statistic(statistic, source, share: share), axes: axes.subtracting(.sample), reads: reading, at: place)
        return try load(number, place)
    }
}
