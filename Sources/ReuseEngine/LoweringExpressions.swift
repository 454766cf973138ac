import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Expressions to code, at one point of the indexes and at the current step and sample.
extension Lowering {
    /// Code for an expression; `target` is the scalar register where the caller would like the result.
    mutating func lower(_ id: NodeID, target: Int? = nil) throws(LoweringFailure) -> Operand {
        if watch.stops() { throw .reported }
        level += 1
        defer { level -= 1 }
        guard expansions.hasRoom(at: level, location(id)) else { throw .reported }
        let node = tree[id]
        switch node.kind {
        case .number:
            if node.traits.contains(.bareInteger), isTime(id) {
                guard let time = TimePoint(year: Int64(tree.number(node))) else { return .constant(0) }
                return .constant(time.bits)
            }
            if intervals != nil, let operand = try intervalOperand(id) { return operand }
            return .constant(tree.number(node))
        case .percent: return .constant(0.01)
        case .period:
            let period = tree.period(node)
            guard let time = TimePoint(year: period.year, part: period.part, of: period.division) else {
                throw report(.timeOutOfRange(at: location(id)))
            }
            return .constant(time.bits)
        case .boolean: return .constant(node.isTrue ? 1 : 0)
        case .noneLiteral: return .constant(Box.none)
        case .text: return try lowerText(id, node, target)
        case .name, .unitPower: return try lowerName(id, target)
        case .member:
            if case .declaration = model.resolution(id, in: module) { return try lowerName(id, target) }
            return try lowerMember(id, node, target)
        case .paren, .aged: return try lower(tree.operand(node), target: target)
        case .shownAs: return try lower(tree.shownAs(node).value, target: target)
        case .quantity: return try lowerQuantity(id, node, target)
        case .sum, .product: return try lowerChain(id, node, target)
        case .negate: return try lowerUnary(.negate, .laneNegate, tree.operand(node), id, target) { -$0 }
        case .not: return try lowerUnary(.not, .laneNot, tree.operand(node), id, target) { 1 - $0 }
        case .power:
            let power = tree.power(node)
            let left = try lower(power.base)
            return try binary(.power, left, try lower(power.exponent), id, target)
        case .conjunction, .disjunction: return try lowerLogic(id, node, target)
        case .comparison: return try lowerComparison(id, node, target)
        case .membership: return try lowerMemberTest(node)
        case .conditional: return try lowerConditional(id, node, target)
        case .range: return try lowerRange(id, node)
        case .list: return try lowerList(id, node, target)
        case .record: return try lowerRecord(id, node, target)
        case .keyed: return try lowerKeyed(id, node, target)
        case .lambda: return try lowerLambda(id, node, target)
        case .block: return try lowerBlock(node, target)
        case .call: return try lowerCall(id, node, target)
        case .index: return try lowerIndex(id, node, target)
        case .growing: return try lowerGrowing(id, node)
        case .under: return try lowerUnder(node, target)
        default: throw .reported
        }
    }

    // MARK: Names

    private mutating func lowerName(_ id: NodeID, _ target: Int?) throws(LoweringFailure) -> Operand {
        switch model.resolution(id, in: module) {
        case .unresolved: throw .reported
        case .declaration(let declaration):
            switch model.declarations[Int(declaration.rawValue)].kind {
            case .now: return try lowerNow(id, target)
            case .function: return try functionValue(declaration, id, target)
            case .builtin: return try builtinValue(declaration, id, target)
            case .unit, .assume, .let, .field, .clearing, .result, .gathered, .stockField, .cohorts, .stockResult,
                .projected:
                let number = program.ofDeclaration[Int(declaration.rawValue)]
                guard number >= 0 else { throw .reported }
                return try load(number, id, target)
            case .index, .source, .module, .market, .supply, .policy, .data, .fitting: throw .reported
            }
        case .local(let local):
            guard let binding = scope?.find(global(local)) else { throw .reported }
            switch binding {
            case .operand(let operand, _): return operand
            case .definition(let number): return try load(number, id, target)
            case .expression(let expression): return try lower(expression, target: target)
            }
        }
    }

    /// An expression in its own text and scope, at the current point.
    mutating func lower(_ expression: Expression, target: Int? = nil) throws(LoweringFailure) -> Operand {
        unit.expansions += 1
        defer { unit.expansions -= 1 }
        guard unit.expansions < Limits.expansionsDeep else {
            throw report(.tooLarge(at: location(of: expression)))
        }
        return try inside(expression) { lowering throws(LoweringFailure) in
            try lowering.lower(expression.node, target: target)
        }
    }

    func location(of expression: Expression) -> Location {
        model.modules[Int(expression.module)].tree.location(expression.node)
    }

    /// Runs `body` with the text and the names around an expression, then goes back to those before.
    mutating func inside<Value>(
        _ expression: Expression, _ body: (inout Lowering) throws(LoweringFailure) -> Value
    ) throws(LoweringFailure) -> Value {
        guard expansions.hasRoom(at: level, location(of: expression)) else { throw .reported }
        let outerModule = module
        let outerScope = scope
        defer {
            enter(outerModule)
            scope = outerScope
        }
        enter(expression.module)
        scope = expression.scope
        return try body(&self)
    }

    /// `x under s`: x with what its names are in that scenario.
    private mutating func lowerUnder(_ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let under = tree.under(node)
        guard let found = model.scenario(named: model.symbols[under.scenario]), let other = variant(ofScenario: found)
        else { throw .reported }
        let outer = currentVariant
        enterVariant(other)
        defer { enterVariant(outer) }
        return try lower(under.value, target: target)
    }

    private mutating func lowerNow(_ id: NodeID, _ target: Int?) throws(LoweringFailure) -> Operand {
        guard program.calendar.hasHorizon else { throw report(.noHorizon("`now`", at: location(id))) }
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(.now, register), for: id)
        return .scalar(register)
    }

    /// The value of a definition at the current point and step.
    mutating func load(_ number: Int, _ id: NodeID, _ target: Int? = nil) throws(LoweringFailure) -> Operand {
        reads.append(number)
        if let constant = program.definitions[number].constant { return .constant(constant) }
        let axes = program.definitions[number].axes
        let varies = axes.contains(.time)
        if varies, !program.calendar.hasHorizon {
            throw report(.noHorizon("this varies over time, and", at: location(id)))
        }
        let steps = varies ? program.calendar.count : 1
        let address = program.definitions[number].address + combination(at: axes) * steps
        return try load(address: address, isSampled: axes.contains(.sample), varies: varies, id, target)
    }

    mutating func load(
        address: Int, isSampled: Bool, varies: Bool, _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane, isSampled || unit.laneBranches > 0 {
            let register = try newLane(id)
            let op: Opcode =
                isSampled ? (varies ? .laneLoadStep : .laneLoad) : (varies ? .laneLoadUniformStep : .laneLoadUniform)
            emit(Instruction(op, register, wide: address), for: id)
            return .lane(register)
        }
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        let op: Opcode = isSampled ? (varies ? .loadLaneStep : .loadLane) : (varies ? .loadStep : .load)
        emit(Instruction(op, register, wide: address), for: id)
        return .scalar(register)
    }

    /// Which combination of a definition's indexes is the current point.
    func combination(at axes: Axes) -> Int {
        if axes.indexes.isEmpty { return 0 }
        var result = 0
        for index in axes.indexNumbers {
            result = result * model.indexes[index].members.count + max(unit.point[index], 0)
        }
        return result
    }

    // MARK: Arithmetic

    private mutating func lowerQuantity(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let quantity = tree.quantity(node)
        let inner = tree[quantity.literal]
        if inner.kind == .list { return try lowerListQuantity(id, in: nil, target) }
        let start = mark()
        var result = try lower(quantity.literal)
        for raw in quantity.units {
            let power = tree.unitPower(raw)
            var factor = try lower(raw)
            if power.exponent != 1 { factor = try binary(.power, factor, .constant(Double(power.exponent)), raw, nil) }
            if case .constant(1) = factor { continue }
            result = try binary(.multiply, result, factor, id, nil)
        }
        return try settle(result, start, target, id)
    }

    /// Frees temporaries above a mark, with the result kept in the lowest free register.
    mutating func settle(
        _ operand: Operand, _ start: Mark, _ target: Int?, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        switch operand {
        case .constant:
            release(start)
            return operand
        case .scalar(let register):
            unit.laneTop = start.lane
            if register < start.scalar {
                unit.scalarTop = start.scalar
                return operand
            }
            unit.scalarTop = start.scalar
            let place: Int
            if let target { place = target } else { place = try newScalar(id) }
            if place != register { emit(Instruction(.move, place, register), for: id) }
            return .scalar(place)
        case .lane(let register):
            unit.scalarTop = start.scalar
            if register < start.lane {
                unit.laneTop = start.lane
                return operand
            }
            unit.laneTop = start.lane
            let place = try newLane(id)
            if place != register { emit(Instruction(.laneMove, place, register), for: id) }
            return .lane(place)
        }
    }

    /// A run of `+ -` or `* /`, from left to right without recursion.
    private mutating func lowerChain(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let chainNode = tree.chain(node)
        let chain = tree.chain(node)
        let first = chain.operands[0]
        let base = mark()
        if node.kind == .sum, isTime(first) { return try lowerTimes(id, node, target) }
        if node.kind == .product, isList(first) { return try lowerListQuantity(first, in: node, target) }
        var result = try lower(first)
        for position in 1..<chainNode.operands.count {
            let raw = chain.operands[position]
            let op: ArithmeticOperation
            switch chainNode.sign(before: position) {
            case .add: op = .add
            case .subtract: op = .subtract
            case .multiply: op = .multiply
            case .divide: op = .divide
            }
            let isLast = position == chainNode.operands.count - 1
            let right = try lower(raw)
            release(base)
            // Results stand at the base, so that a chain needs two registers however long it is. Errors point at the
            // operand that was reached: the whole chain up to it is what failed.
            result = try binary(op, result, right, raw, isLast ? target : nil)
        }
        return result
    }

    enum ArithmeticOperation {
        case add, subtract, multiply, divide, power, minimum, maximum

        var scalar: Opcode {
            switch self {
            case .add: .add
            case .subtract: .subtract
            case .multiply: .multiply
            case .divide: .divide
            case .power: .power
            case .minimum: .minimum
            case .maximum: .maximum
            }
        }
        var lane: Opcode {
            switch self {
            case .add: .laneAdd
            case .subtract: .laneSubtract
            case .multiply: .laneMultiply
            case .divide: .laneDivide
            case .power: .lanePower
            case .minimum: .laneMinimum
            case .maximum: .laneMaximum
            }
        }
        /// Vector with scalar.
        var laneScalar: Opcode {
            switch self {
            case .add: .laneAddScalar
            case .subtract: .laneSubtractScalar
            case .multiply: .laneMultiplyScalar
            case .divide: .laneDivideScalar
            case .power: .lanePowerScalar
            case .minimum: .laneMinimumScalar
            case .maximum: .laneMaximumScalar
            }
        }
        var constant: Opcode? {
            switch self {
            case .add: .addConstant
            case .subtract: .subtractConstant
            case .multiply: .multiplyConstant
            default: nil
            }
        }
        func apply(_ a: Double, _ b: Double) -> Double {
            switch self {
            case .add: a + b
            case .subtract: a - b
            case .multiply: a * b
            case .divide: a / b
            case .power: reuse_pow(a, b)
            case .minimum: b < a ? b : a
            case .maximum: b > a ? b : a
            }
        }
    }

    mutating func binary(
        _ op: ArithmeticOperation, _ left: Operand, _ right: Operand, _ id: NodeID, _ target: Int?,
        of chain: NodeID? = nil
    ) throws(LoweringFailure) -> Operand {
        if case .constant(let a) = left, case .constant(let b) = right {
            let value = op.apply(a, b)
            if value.isFinite, !(op == .power && a == 0 && b < 0) { return .constant(value) }
        }
        if unit.isLane {
            var isLane = unit.laneBranches > 0
            if case .lane = left { isLane = true }
            if case .lane = right { isLane = true }
            if isLane { return try laneBinary(op, left, right, id) }
        }
        if case .constant(let value) = right, let opcode = op.constant, case .scalar(let a) = left {
            let number = constant(value)
            if number <= Int(UInt16.max) {
                let register: Int
                if let target { register = target } else { register = try newScalar(id) }
                emit(Instruction(opcode, register, a, number), for: id)
                return .scalar(register)
            }
        }
        let base = mark()
        let (a, b) = try inRegisters(left, right, id)
        release(base)
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(op.scalar, register, a, b), for: id)
        return .scalar(register)
    }

    /// Both operands in scalar registers that do not run into each other.
    mutating func inRegisters(_ left: Operand, _ right: Operand, _ id: NodeID) throws(LoweringFailure) -> (Int, Int) {
        protect(left)
        protect(right)
        let a = try toScalar(left, id)
        let b = try toScalar(right, id)
        return (a, b)
    }

    /// Keeps new registers clear of an operand that stands above the top.
    mutating func protect(_ operand: Operand) {
        switch operand {
        case .scalar(let register): unit.scalarTop = max(unit.scalarTop, register + 1)
        case .lane(let register): unit.laneTop = max(unit.laneTop, register + 1)
        case .constant: break
        }
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
        unit.laneMax = max(unit.laneMax, unit.laneTop)
    }

    private mutating func laneBinary(
        _ op: ArithmeticOperation, _ left: Operand, _ right: Operand, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        protect(left)
        protect(right)
        switch (left, right) {
        case (.lane(let a), .lane(let b)):
            release(base)
            let register = try newLane(id)
            emit(Instruction(op.lane, register, a, b), for: id)
            return .lane(register)
        case (.lane(let a), _):
            let b = try toScalar(right, id)
            release(base)
            let register = try newLane(id)
            emit(Instruction(op.laneScalar, register, a, b), for: id)
            return .lane(register)
        case (_, .lane(let b)):
            let opcode: Opcode
            switch op {
            case .subtract: opcode = .laneScalarSubtract
            case .divide: opcode = .laneScalarDivide
            case .power: opcode = .laneScalarPower
            case .add, .multiply, .minimum, .maximum:
                // These give the same bits either way round.
                let a = try toScalar(left, id)
                release(base)
                let register = try newLane(id)
                emit(Instruction(op.laneScalar, register, b, a), for: id)
                return .lane(register)
            }
            let a = try toScalar(left, id)
            release(base)
            let register = try newLane(id)
            emit(Instruction(opcode, register, a, b), for: id)
            return .lane(register)
        default:
            let a = try toLane(left, id)
            let b = try toLane(right, id)
            release(base)
            let register = try newLane(id)
            emit(Instruction(op.lane, register, a, b), for: id)
            return .lane(register)
        }
    }

    mutating func lowerUnary(
        _ scalar: Opcode, _ lane: Opcode, _ operandNode: NodeID, _ id: NodeID, _ target: Int?,
        fold: (Double) -> Double?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let operand = try lower(operandNode)
        release(base)
        return try unary(scalar, lane, operand, id, target, fold: fold)
    }

    mutating func unary(
        _ scalar: Opcode, _ lane: Opcode, _ operand: Operand, _ id: NodeID, _ target: Int?, fold: (Double) -> Double?
    ) throws(LoweringFailure) -> Operand {
        if case .constant(let value) = operand, let folded = fold(value), folded.isFinite { return .constant(folded) }
        let base = mark()
        protect(operand)
        var isLane = unit.isLane && unit.laneBranches > 0
        if case .lane = operand { isLane = true }
        if isLane {
            let source = try toLane(operand, id)
            release(base)
            let register = try newLane(id)
            emit(Instruction(lane, register, source), for: id)
            return .lane(register)
        }
        let source = try toScalar(operand, id)
        release(base)
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(scalar, register, source), for: id)
        return .scalar(register)
    }

    // MARK: Points in time

    private mutating func lowerTimes(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let chain = tree.chain(node)
        var isTime = true
        let base = mark()
        var result = try lower(chain.operands[0])
        for position in 1..<chain.operands.count {
            let raw = chain.operands[position]
            let isMinus = chain.sign(before: position) == .subtract
            let right = try lower(raw)
            if isTime, self.isTime(raw) {
                result = try timeOperation(.timeDifference, result, right, raw)
                isTime = false
            } else if isTime {
                result = try timeOperation(isMinus ? .timeMinus : .timePlus, result, right, raw)
            } else {
                result = try binary(isMinus ? .subtract : .add, result, right, raw, nil)
            }
        }
        return try settle(result, base, target, id)
    }

    mutating func timeOperation(
        _ op: Opcode, _ left: Operand, _ right: Operand, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        if case .constant(let a) = left, case .constant(let b) = right, !a.isNaN, !b.isNaN {
            let time = TimePoint(bits: a)
            switch op {
            case .timePlus: if let result = time.shifted(byYears: b) { return .constant(result.bits) }
            case .timeMinus: if let result = time.shifted(byYears: -b) { return .constant(result.bits) }
            case .timeDifference: return .constant(time.years(since: TimePoint(bits: b)))
            default: break
            }
        }
        let (a, b) = try inRegisters(left, right, id)
        let register = try newScalar(id)
        emit(Instruction(op, register, a, b), for: id)
        return .scalar(register)
    }
}
