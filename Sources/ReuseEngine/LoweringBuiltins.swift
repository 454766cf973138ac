import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Builtins: what maps one number, what reduces, and what walks lists.
extension Lowering {
    mutating func lowerBuiltin(_ builtin: Builtin, _ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure)
        -> Operand
    {
        let arguments = argumentValues(node)
        if let operation = UnaryBuiltin.table[builtin] {
            return try lowerUnary(operation.scalar, operation.lane, arguments[0], id, target, fold: operation.fold)
        }
        switch builtin {
        case .fail:
            if unit.isLane { throw .notForLanes }
            let register = try toScalar(try lower(arguments[0], target: target), arguments[0])
            emit(Instruction(.fail, register), for: id)
            return .scalar(register)
        case .map, .filter, .fold: return try lowerLoop(builtin, id, node, target)
        case .sort: return try listOperation(.listSort, arguments[0], id, target)
        case .length: return try listOperation(.listLength, arguments[0], id, target)
        case .range:
            if unit.isLane { throw .notForLanes }
            let base = mark()
            let (a, b) = try inRegisters(try lower(arguments[0]), try lower(arguments[1]), id)
            release(base)
            return try emitScalar(.listRange, a, b, id, target)
        case .sum, .mean, .values: return try lowerReduction(builtin, id, node, target)
        case .min, .max:
            if arguments.count > 1 { return try lowerPlaceByPlace(builtin, arguments, id, target) }
            return try lowerReduction(builtin, id, node, target)
        case .median, .sd, .quantile, .expected, .probability, .skewness, .covariance, .correlation:
            return try lowerStatistic(builtin, id, node, arguments, target)
        case .cumulative, .total, .first_time: return try lowerOverTime(builtin, id, arguments[0])
        case .previous: return try lowerPrevious(id, node, target)
        case .weibull_life, .lognormal_life, .normal_life, .fixed_life, .survival:
            return try lowerLifetime(builtin, id, node, target)
        case .interpolate, .extend_series, .rebase: return try lowerSeries(id, target)
        case .column, .columns: return try lowerColumn(id, target)
        default:
            guard builtin.isDistribution else { throw .reported }
            return try lowerDistribution(builtin, id, node)
        }
    }

    func argumentValues(_ node: Node) -> [NodeID] { tree.call(node).arguments.map { tree.argument($0).value } }

    mutating func emitScalar(_ op: Opcode, _ a: Int, _ b: Int, _ id: NodeID, _ target: Int?) throws(LoweringFailure)
        -> Operand
    {
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(op, register, a, b), for: id)
        return .scalar(register)
    }

    private mutating func listOperation(_ op: Opcode, _ list: NodeID, _ id: NodeID, _ target: Int?)
        throws(LoweringFailure) -> Operand
    {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let register = try toScalar(try lower(list), list)
        release(base)
        return try emitScalar(op, register, 0, id, target)
    }

    private mutating func lowerPlaceByPlace(
        _ builtin: Builtin, _ arguments: [NodeID], _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        var result = try lower(arguments[0])
        for raw in arguments.dropFirst() {
            protect(result)
            let right = try lower(raw)
            release(base)
            result = try binary(builtin == .min ? .minimum : .maximum, result, right, id, nil)
        }
        return try settle(result, base, target, id)
    }

    // MARK: Reductions

    private mutating func lowerReduction(_ builtin: Builtin, _ id: NodeID, _ node: Node, _ target: Int?)
        throws(LoweringFailure) -> Operand
    {
        guard let first = tree.call(node).arguments.first else { throw .reported }
        let argument = tree.argument(first)
        let clause = argument.reduction.isNone ? nil : tree.reduction(argument.reduction)
        if isList(argument.value), clause == nil {
            let op: Opcode
            switch builtin {
            case .sum: op = .listSum
            case .mean: op = .listMean
            case .min: op = .listMinimum
            default: op = .listMaximum
            }
            return try listOperation(op, argument.value, id, target)
        }
        let expression = Expression(module: module, node: argument.value, scope: scope)
        let condition = clause?.condition ?? .none
        var axes = try self.axes(of: expression)
        if !condition.isNone {
            axes.formUnion(try self.axes(of: Expression(module: module, node: condition, scope: scope)))
        }
        var reduced = axes.indexNumbers
        if let symbol = clause?.axis {
            if model.symbols[symbol] == "time" {
                return try lowerTimeReduction(builtin, id, argument.value, condition)
            }
            if let index = model.index(named: symbol) { reduced = [index] }
        }
        // What the current point already fixes is not reduced again, but by name.
        // A pick that cannot be read leaves nothing to reduce, and is what there is to say.
        guard !reduced.isEmpty else {
            _ = try lower(argument.value)
            throw report(.nothingToReduce(builtin.rawValue, at: location(id)))
        }
        if clause?.axis != nil, let index = reduced.first, !axes.contains(.index(index)) {
            _ = try lower(argument.value)
            throw report(
                .nothingOverIndex(builtin.rawValue, model.symbols[model.indexes[index].symbol], at: location(id)))
        }
        if let number = try innerReduction(id) { return try load(number, id) }
        return try reduce(builtin, argument.value, condition.isNone ? nil : condition, over: reduced, id, target)
    }

    /// The definition of a reduction that stands inside another one, so that it is not written out again for each member
    /// there; nil where it does not, or rests on what is in a register.
    private mutating func innerReduction(_ id: NodeID) throws(LoweringFailure) -> Int? {
        let expression = Expression(module: module, node: id, scope: scope)
        guard unit.reductions > 0, ownMember == nil, isLiftable(expression) else { return nil }
        let key = ReductionKey(
            node: global(id), variant: currentVariant, isDelayed: delayDepth > 0,
            scope: scope.map { ObjectIdentifier($0) })
        if let known = innerReductions[key] {
            reads.append(known.number)
            return known.number
        }
        let number = try define(expression)
        innerReductions[key] = (number, scope)
        return number
    }

    /// A reduction over indexes, unrolled: index sets are small.
    private mutating func reduce(
        _ builtin: Builtin, _ value: NodeID, _ condition: NodeID?, over indexes: [Int], _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let outerPoint = unit.point
        unit.reductions += 1
        defer {
            unit.point = outerPoint
            unit.reductions -= 1
        }
        var combinations = 1
        for index in indexes {
            combinations = min(
                combinations * model.indexes[index].members.count, Limits.reducedCombinations + 1)
        }
        guard combinations <= Limits.reducedCombinations else {
            throw report(
                .tooManyCombinations(
                    "`\(builtin.rawValue)` can go through at most \(Limits.reducedCombinations) combinations of members",
                    at: location(id)))
        }
        var places = Array(0..<combinations)
        var condition = condition
        if let asked = condition, let left = try chosen(by: asked, over: indexes, combinations, id), !left.isEmpty {
            // A condition on members alone is no question at run time.
            places = left
            condition = nil
        }
        if builtin == .values || condition != nil {
            return try reduceAsList(builtin, value, condition, over: indexes, places, id, target)
        }
        if builtin == .sum || builtin == .mean, indexes.contains(where: { model.network.indexes.contains($0) }) {
            return try sumExactly(builtin, value, over: indexes, places, id, target)
        }
        let base = mark()
        var result: Operand?
        for combination in places {
            try setPoint(indexes, combination, id)
            if let soFar = result { protect(soFar) }
            let inner = mark()
            let operand = try lower(value)
            guard let soFar = result else {
                result = operand
                protect(operand)
                continue
            }
            release(inner)
            let op: ArithmeticOperation
            switch builtin {
            case .min: op = .minimum
            case .max: op = .maximum
            default: op = .add
            }
            protect(operand)
            release(base)
            result = try binary(op, soFar, operand, id, nil)
        }
        guard var result else { throw .reported }
        if builtin == .mean { result = try binary(.divide, result, .constant(Double(places.count)), id, nil) }
        return try settle(result, base, target, id)
    }

    /// The combinations at which a condition holds that asks for members alone; nil where it asks for anything else.
    private mutating func chosen(
        by condition: NodeID, over indexes: [Int], _ combinations: Int, _ id: NodeID
    ) throws(LoweringFailure) -> [Int]? {
        let outerPoint = unit.point
        defer { unit.point = outerPoint }
        var result: [Int] = []
        for combination in 0..<combinations {
            try setPoint(indexes, combination, id)
            guard let holds = constantCondition(condition) else { return nil }
            if holds { result.append(combination) }
        }
        return result
    }

    private mutating func setPoint(_ indexes: [Int], _ combination: Int, _ id: NodeID) throws(LoweringFailure) {
        guard here < Limits.pieceInstructions else { throw report(.tooLarge(at: location(id))) }
        var rest = combination
        for index in indexes.reversed() {
            let count = model.indexes[index].members.count
            unit.point[index] = rest % count
            rest /= count
        }
    }

    /// A sum over markets, supplies or routes in two parts, so that the order of declarations is not in its last bit.
    private mutating func sumExactly(
        _ builtin: Builtin, _ value: NodeID, over indexes: [Int], _ places: [Int], _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let isLane = unit.isLane
        let sum = isLane ? try newLane(id) : try newScalar(id)
        let rest = isLane ? try newLane(id) : try newScalar(id)
        for register in [sum, rest] {
            let inner = mark()
            if isLane {
                emit(Instruction(.laneFill, register, try toScalar(.constant(0), id)), for: id)
            } else {
                _ = try toScalar(.constant(0), id, target: register)
            }
            release(inner)
        }
        for combination in places {
            try setPoint(indexes, combination, id)
            let inner = mark()
            let operand = try lower(value)
            if isLane {
                emit(Instruction(.laneAddExactly, sum, try toLane(operand, value)), for: value)
            } else {
                emit(Instruction(.addExactly, sum, try toScalar(operand, value)), for: value)
            }
            release(inner)
        }
        var result = try binary(
            .add, isLane ? .lane(sum) : .scalar(sum), isLane ? .lane(rest) : .scalar(rest), id, nil)
        if builtin == .mean { result = try binary(.divide, result, .constant(Double(places.count)), id, nil) }
        return try settle(result, base, target, id)
    }

    /// With a condition the members that count are known only while running: they go through a list.
    private mutating func reduceAsList(
        _ builtin: Builtin, _ value: NodeID, _ condition: NodeID?, over indexes: [Int], _ places: [Int], _ id: NodeID,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let list = try newScalar(id)
        emit(Instruction(.listBegin, list, wide: places.count), for: id)
        for combination in places {
            try setPoint(indexes, combination, id)
            let inner = mark()
            var exits: [Int] = []
            if let condition { exits = try lowerCondition(condition) }
            let item = try toScalar(try lower(value), value)
            emit(Instruction(.listPush, list, item), for: value)
            release(inner)
            for exit in exits { aim(exit) }
        }
        let isExact = indexes.contains { model.network.indexes.contains($0) }
        let op: Opcode
        switch builtin {
        case .sum: op = isExact ? .listSumExactly : .listSum
        case .mean: op = isExact ? .listMeanExactly : .listMean
        case .min: op = .listMinimum
        case .max: op = .listMaximum
        default:
            return try settle(.scalar(list), base, target, id)
        }
        release(base)
        return try emitScalar(op, list, 0, id, target)
    }

    // MARK: Time

    private mutating func lowerTimeReduction(
        _ builtin: Builtin, _ id: NodeID, _ value: NodeID, _ condition: NodeID
    ) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("a reduction over time", at: location(id))) }
        if !condition.isNone { throw report(.conditionOverTime(at: location(condition))) }
        let kind: TimeReduction
        switch builtin {
        case .mean: kind = .mean
        case .min: kind = .minimum
        default: kind = .maximum
        }
        if let (base, range) = try slice(value) { return try reduceOverTime(kind, base, range, id) }
        return try reduceOverTime(kind, value, 0...(program.calendar.count - 1), id)
    }

    /// The definition of an expression as a whole, for what looks at other steps or samples of it.
    mutating func wholeDefinition(_ value: NodeID, for id: NodeID, isDelayed: Bool = false) throws(LoweringFailure)
        -> Int
    {
        let node = tree[value]
        if node.kind == .paren { return try wholeDefinition(tree.operand(node), for: id, isDelayed: isDelayed) }
        if node.kind == .name {
            switch model.resolution(value, in: module) {
            case .declaration(let target):
                let number = program.ofDeclaration[Int(target.rawValue)]
                if number >= 0 {
                    reads.append(number)
                    return number
                }
            case .local(let local):
                switch scope?.find(global(local)) {
                case .definition(let number):
                    reads.append(number)
                    return number
                case .expression(let expression):
                    return try inside(expression) { lowering throws(LoweringFailure) in
                        try lowering.wholeDefinition(expression.node, for: id, isDelayed: isDelayed)
                    }
                case .operand(_, of: let whole?):
                    let expression = whole.expression
                    let kind = model.modules[Int(expression.module)].tree[expression.node].kind
                    if kind != .name && kind != .paren, let number = try definition(of: whole) {
                        reads.append(number)
                        return number
                    }
                    // A name of a declaration is that declaration.
                    let outer = currentVariant
                    enterVariant(whole.variant)
                    defer { enterVariant(outer) }
                    return try inside(expression) { lowering throws(LoweringFailure) in
                        try lowering.wholeDefinition(expression.node, for: id, isDelayed: isDelayed)
                    }
                default: break
                }
            case .unresolved: break
            }
        }
        let expression = Expression(module: module, node: value, scope: scope)
        if isDelayed { delayDepth += 1 }
        defer { if isDelayed { delayDepth -= 1 } }
        guard let whole = try lifted(expression) else { throw report(.needsWholeValue(at: location(value))) }
        return try define(whole)
    }

    mutating func reduceOverTime(
        _ kind: TimeReduction, _ value: NodeID, _ range: ClosedRange<Int>, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let source = try wholeDefinition(value, for: id)
        return try reduceOverTime(kind, definition: source, range, id)
    }

    mutating func reduceOverTime(
        _ kind: TimeReduction, definition source: Int, _ range: ClosedRange<Int>, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let axes = program.definitions[source].axes.subtracting(.time)
        let number = try defineNative(.timeReduction(kind, source, range), axes: axes, reads: [source], for: id)
        return try load(number, id)
    }

    private mutating func lowerOverTime(_ builtin: Builtin, _ id: NodeID, _ value: NodeID) throws(LoweringFailure)
        -> Operand
    {
        guard program.calendar.hasHorizon else {
            throw report(.noHorizon("`\(builtin.rawValue)`", at: location(id)))
        }
        let whole = 0...(program.calendar.count - 1)
        switch builtin {
        case .total:
            if let (base, range) = try slice(value) { return try reduceOverTime(.total, base, range, id) }
            return try reduceOverTime(.total, value, whole, id)
        case .first_time: return try reduceOverTime(.firstTime, value, whole, id)
        default:
            let source = try wholeDefinition(value, for: id)
            let axes = program.definitions[source].axes.union(.time)
            let number = try defineNative(.cumulative(source), axes: axes, reads: [source], for: id)
            program.definitions[number].isLevel = true
            return try load(number, id)
        }
    }

    /// `x[2025..2030]` as the base and its steps.
    mutating func slice(_ id: NodeID) throws(LoweringFailure) -> (base: NodeID, ClosedRange<Int>)? {
        let node = tree[id]
        guard node.kind == .index, tree.index(node).picks.count == 1 else { return nil }
        let item = tree[tree.index(node).picks[0]]
        guard item.kind == .keyRange else { return nil }
        var low = 0
        var high = program.calendar.count - 1
        if !tree.keyRange(item).first.isNone { low = try steps(ofConstant: tree.keyRange(item).first).lowerBound }
        if !tree.keyRange(item).last.isNone { high = try steps(ofConstant: tree.keyRange(item).last).upperBound }
        guard low <= high else { throw report(.outsideHorizon(at: location(id), "this range of time is empty")) }
        return (tree.index(node).base, low...high)
    }

    /// The steps of a time that is written out.
    mutating func steps(ofConstant id: NodeID) throws(LoweringFailure) -> ClosedRange<Int> {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(id))) }
        guard let time = try constantTime(id) else { throw report(.timeNotConstant(at: location(id))) }
        guard let range = program.calendar.range(of: time) else {
            throw report(
                .outsideHorizon(
                    at: location(id),
                    "\(time.text) lies outside the horizon, which is \(program.calendar.text)"))
        }
        return range
    }

    private mutating func lowerPrevious(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("`previous`", at: location(id))) }
        var value = NodeID.none
        var span = NodeID.none
        var otherwise = NodeID.none
        for (position, raw) in tree.call(node).arguments.enumerated() {
            let argument = tree.argument(raw)
            let label = argument.label.map { model.symbols[$0] } ?? ""
            if label == "else" {
                otherwise = argument.value
            } else if position == 0 {
                value = argument.value
            } else {
                span = argument.value
            }
        }
        var back = 1
        if !span.isNone {
            guard let years = try constantNumber(span), years.isFinite, years > 0 else {
                throw report(.spanNotConstant(at: location(span)))
            }
            let exact = years / program.calendar.stepYears
            guard exact >= 0.5, exact <= Double(Limits.horizonSteps) else {
                throw report(.spanNotConstant(at: location(span)))
            }
            back = Int(exact.rounded())
            guard (exact - exact.rounded()).magnitude < 1e-6 else {
                throw report(.spanBetweenSteps(at: location(span)))
            }
        }
        let source = try wholeDefinition(value, for: id, isDelayed: true)
        let definition = program.definitions[source]
        let result: Operand
        let base = mark()
        let isSampledElse = try axesAreSampled(otherwise)
        if unit.isLane, definition.isSampled || unit.laneBranches > 0 || isSampledElse {
            let place = try newLane(id)
            let inner = mark()
            emit(Instruction(.ifStepAtLeast, 0, wide: back), for: id)
            let exit = emitJump(for: id)
            let before = try load(
                address: definition.address + combination(at: definition.axes)
                    * (definition.varies ? program.calendar.count : 1)
                    - (definition.varies ? back : 0),
                isSampled: definition.isSampled, varies: definition.varies, id, nil)
            emit(Instruction(.laneMove, place, try toLane(before, id)), for: id)
            release(inner)
            let end = emitJump(for: id)
            aim(exit)
            emit(Instruction(.laneMove, place, try toLane(try lower(otherwise), otherwise)), for: id)
            aim(end)
            release(inner)
            result = .lane(place)
        } else {
            let place: Int
            if let target { place = target } else { place = try newScalar(id) }
            let inner = mark()
            emit(Instruction(.ifStepAtLeast, 0, wide: back), for: id)
            let exit = emitJump(for: id)
            let before: Operand
            if let constant = definition.constant {
                before = .constant(constant)
            } else {
                before = try load(
                    address: definition.address
                        + combination(at: definition.axes) * (definition.varies ? program.calendar.count : 1)
                        - (definition.varies ? back : 0),
                    isSampled: definition.isSampled, varies: definition.varies, id, place)
            }
            _ = try toScalar(before, id, target: place)
            let end = emitJump(for: id)
            aim(exit)
            _ = try toScalar(try lower(otherwise, target: place), otherwise, target: place)
            aim(end)
            release(inner)
            return .scalar(place)
        }
        return try settle(result, base, nil, id)
    }

    private func axesAreSampled(_ id: NodeID) throws(LoweringFailure) -> Bool {
        try axes(of: Expression(module: module, node: id, scope: scope)).contains(.sample)
    }

    // MARK: Statistics over samples

    private mutating func lowerStatistic(
        _ builtin: Builtin, _ id: NodeID, _ node: Node, _ arguments: [NodeID], _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if isList(arguments[0]) {
            switch builtin {
            case .median: return try listOperation(.listMedian, arguments[0], id, target)
            case .sd: return try listOperation(.listDeviation, arguments[0], id, target)
            default:
                if unit.isLane { throw .notForLanes }
                let base = mark()
                let (a, b) = try inRegisters(try lower(arguments[0]), try lower(arguments[1]), id)
                release(base)
                return try emitScalar(.listQuantile, a, b, id, target)
            }
        }
        let source = try wholeDefinition(arguments[0], for: id)
        let kind: SampleStatistic
        var share = -1
        var axes = program.definitions[source].axes
        var reading = [source]
        switch builtin {
        case .median: kind = .median
        case .sd: kind = .deviation
        case .probability: kind = .probability
        case .skewness: kind = .skewness
        case .covariance, .correlation:
            kind = builtin == .covariance ? .covariance : .correlation
            share = try wholeDefinition(arguments[1], for: id)
            axes.formUnion(program.definitions[share].axes)
            reading.append(share)
        case .quantile:
            kind = .quantile
            share = try wholeDefinition(arguments[1], for: id)
            if program.definitions[share].isSampled { throw report(.uncertainShare(at: location(arguments[1]))) }
            axes.formUnion(program.definitions[share].axes)
            reading.append(share)
        default: kind = .expected
        }
        let number = try defineNative(
            .statistic(kind, source, share: share), axes: axes.subtracting(.sample), reads: reading, for: id)
        return try load(number, id)
    }

    // MARK: Lists

    /// `map`, `filter` and `fold` as loops; a lambda written in place is part of the loop.
    private mutating func lowerLoop(_ builtin: Builtin, _ id: NodeID, _ node: Node, _ target: Int?)
        throws(LoweringFailure) -> Operand
    {
        if unit.isLane { throw .notForLanes }
        guard case .declaration(let declaration) = model.resolution(tree.call(node).callee, in: module) else {
            throw .reported
        }
        let parameters = model.parameters(of: declaration)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: node, in: module) else {
            throw .reported
        }
        let values = match.arguments.map { $0.isNone ? .none : tree.argument($0).value }
        let function = builtin == .fold ? values[2] : values[1]
        let base = mark()
        let result = try newScalar(id)
        let list = try newScalar(id)
        let position = try newScalar(id)
        let item = try newScalar(id)
        _ = try toScalar(try lower(values[0], target: list), values[0], target: list)
        if builtin == .fold {
            _ = try toScalar(try lower(values[1], target: result), values[1], target: result)
        }
        let lambda = inlineLambda(function)
        var callee = -1
        if lambda == nil {
            callee = try newScalar(id)
            _ = try toScalar(try lower(function, target: callee), function, target: callee)
        }
        if builtin != .fold { emit(Instruction(.listBegin, result, wide: 0), for: id) }
        emit(Instruction(.constant, position, wide: constant(0)), for: id)
        let top = here
        emit(Instruction(.listNext, list, position, item), for: id)
        let exit = emitJump(for: id)
        let inner = mark()
        let arguments = builtin == .fold ? [result, item] : [item]
        // A fold's result may be read until its new value is there.
        let wanted = builtin == .fold ? (lambda != nil ? result : nil) : nil
        var value = try callInLoop(lambda, callee, arguments, id, wanted)
        switch builtin {
        case .map: emit(Instruction(.listPush, result, value), for: id)
        case .filter:
            emit(Instruction(.ifTrue, value), for: id)
            let skip = emitJump(for: id)
            emit(Instruction(.listPush, result, item), for: id)
            aim(skip)
        default:
            if value != result { emit(Instruction(.move, result, value), for: id) }
            value = result
        }
        release(inner)
        emit(Instruction(.jump, 0, wide: top), for: id)
        aim(exit)
        return try settle(.scalar(result), base, target, id)
    }

    private func inlineLambda(_ id: NodeID) -> Node? {
        let node = tree[id]
        if node.kind == .paren { return inlineLambda(tree.operand(node)) }
        return node.kind == .lambda ? node : nil
    }

    private mutating func callInLoop(
        _ lambda: Node?, _ callee: Int, _ arguments: [Int], _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Int {
        if let lambda {
            let outer = scope
            let inner = BindingScope(parent: scope)
            for (position, raw) in tree.lambda(lambda).parameters.enumerated() where position < arguments.count {
                inner.bind(global(raw), .operand(.scalar(arguments[position])))
            }
            scope = inner
            defer { scope = outer }
            let body = tree[tree.lambda(lambda).body]
            // Only a plain chain writes its target last; others may write it while the old value is still read.
            let isSafe = body.kind == .sum || body.kind == .product
            return try toScalar(
                try lower(tree.lambda(lambda).body, target: isSafe ? target : nil), tree.lambda(lambda).body)
        }
        let first = unit.scalarTop
        for position in 0...arguments.count {
            unit.scalarTop = first + position
            let register = try newScalar(id)
            emit(Instruction(.move, register, position == 0 ? callee : arguments[position - 1]), for: id)
        }
        emit(Instruction(.callValue, first, 0, arguments.count), for: id)
        return first
    }
}
