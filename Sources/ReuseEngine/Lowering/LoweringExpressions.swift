import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Expressions to code, at one point of the indexes and at the current step and sample.
extension Lowering {
    /// Code for an expression; `target` is the scalar register where the caller would like the result.
    mutating func lower(_ id: ExpressionID, target: Int? = nil) throws(LoweringFailure) -> Operand {
        if watch.stops() { throw .reported }
        level += 1
        defer { level -= 1 }
        let place = core.place(of: id)
        guard expansions.hasRoom(at: level, place) else { throw .reported }
        switch core[id] {
        case .missing: throw .reported
        case .wrong(let number): throw report(core.problems[Int(number)])
        case .constant(let value): return .constant(value)
        case .nothing: return .constant(Box.none)
        case .interval(let value, let half): return try lowerInterval(value, half, place)
        case .textConstant, .shown: return try lowerText([id], place, target)
        case .text(let parts): return try lowerText(core.elements(parts), place, target)
        case .read(let declaration):
            let number = program.ofDeclaration[Int(declaration.rawValue)]
            guard number >= 0 else { throw .reported }
            return try load(number, place, target)
        case .local(let local): return try lowerLocal(local, place, target)
        case .now:
            guard program.calendar.hasHorizon else { throw report(.noHorizon("`now`", at: location(place))) }
            return try emitScalar(.now, 0, 0, place, target)
        case .function(let declaration): return try functionValue(declaration, place, target)
        case .unaryFunction(let operation): return try unaryFunctionValue(operation, place, target)
        case .under(let scenario, let value): return try lowerUnder(Int(scenario), value, target)
        case .unary(let operation, let value): return try lowerUnary(operation, value, place, target)
        case .power(let base, let exponent):
            let left = try lower(base)
            return try binary(.power, left, try lower(exponent), place, target)
        case .chain(let first, let steps): return try lowerChain(first, core.steps(steps), target)
        case .and(let parts): return try lowerLogic(core.elements(parts), isAnd: true, place, target)
        case .or(let parts): return try lowerLogic(core.elements(parts), isAnd: false, place, target)
        case .comparison(let sign, let compared, let left, let right):
            return try lowerComparison(sign, compared, left, right, place, target)
        case .within(let left, let right, tolerance: let tolerance, let form):
            return try lowerWithin(left, right, tolerance, form, place, target)
        case .memberTest(let number):
            // Known at each point.
            try needMembers(of: core.memberTests[Int(number)].indexes.reduce(into: []) { $0.insert(.index($1)) })
            guard let holds = model.holds(core.memberTests[Int(number)], at: unit.point) else { throw .reported }
            return .constant(holds ? 1 : 0)
        case .conditional(let parts): return try lowerConditional(core.elements(parts), place, target)
        case .timePart(let time, let part): return try lowerTimePart(time, part, place, target)
        case .draw(let distribution, let parameters):
            return try lowerDraw(distribution, core.elements(parameters), id, place)
        case .list(let items): return try lowerList(core.elements(items), place, target)
        case .listOperation(let operation, let list, let second):
            // The error of a place points at the one that was asked for.
            let place = operation == .item ? self.place(second) : place
            return try listOperation(operation, list, second, place, target)
        case .record(let fields, order: let order):
            return try lowerRecord(core.elements(fields), core.fieldOrders[Int(order)], place, target)
        case .field(let record, let position):
            if unit.isLane { throw .notForLanes }
            let base = mark()
            let register = try inScalar(record)
            release(base)
            return try emitScalar(.recordField, register, Int(position), place, target)
        case .map(let list, let function): return try lowerLoop(.map, list, .none, function, place, target)
        case .filter(let list, let function): return try lowerLoop(.filter, list, .none, function, place, target)
        case .fold(let list, initial: let initial, let function):
            return try lowerLoop(.fold, list, initial, function, place, target)
        case .call(let function, let arguments):
            return try lowerCall(function, core.elements(arguments), place, target)
        case .apply(let callee, let arguments): return try lowerApply(callee, core.elements(arguments), place, target)
        case .lambda(let number): return try lowerLambda(id, number, place, target)
        case .block(let number): return try lowerBlock(core.blocks[Int(number)], target)
        case .fail(let text):
            if unit.isLane { throw .notForLanes }
            let register = try toScalar(try lower(text, target: target), self.place(text))
            emit(Instruction(.fail, register), at: place)
            return .scalar(register)
        case .lifetime(let number): return try lowerLifetime(core.lifetimes[Int(number)], place, target)
        case .byMember(let index, let values):
            let value = core.elements(values).dropFirst(max(try member(of: Int(index)), 0)).first ?? .none
            guard !value.isNone else { throw .reported }
            return try lower(value, target: target)
        case .series, .interpolated, .extended, .rebased: return try lowerSeries(id, place, target)
        case .column(let column): return try lowerColumn(column, id, place, target)
        case .pick(let number): return try lowerPick(core.picks[Int(number)], place, target)
        case .reduction(let number): return try lowerReduction(core.reductions[Int(number)], id, place, target)
        case .statistic(let statistic, let value, let second):
            return try lowerStatistic(statistic, value, second, place)
        case .overTime(let operation, let value): return try lowerOverTime(operation, value, place)
        case .previous(let value, span: let span, otherwise: let otherwise):
            return try lowerPrevious(value, span, otherwise, place, target)
        case .growing(let value, rate: let rate, every: let every, from: let from):
            return try lowerGrowing(value, rate, every, from, place)
        }
    }

    // MARK: Names

    private mutating func lowerLocal(
        _ local: Local, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        switch scope?.find(local) {
        case .operand(let operand, _): return operand
        case .definition(let number): return try load(number, place, target)
        case .expression(let expression): return try lower(expression, target: target)
        case nil: throw .reported
        }
    }

    /// An expression in its own scope, at the current point.
    mutating func lower(_ expression: Expression, target: Int? = nil) throws(LoweringFailure) -> Operand {
        unit.expansions += 1
        defer { unit.expansions -= 1 }
        guard unit.expansions < Limits.expansionsDeep else {
            throw report(.tooLarge(at: location(expression.id)))
        }
        return try inside(expression) { lowering throws(LoweringFailure) in
            try lowering.lower(expression.id, target: target)
        }
    }

    /// Runs `body` with what is bound around an expression, then goes back to what was before.
    mutating func inside<Value>(
        _ expression: Expression, _ body: (inout Lowering) throws(LoweringFailure) -> Value
    ) throws(LoweringFailure) -> Value {
        guard expansions.hasRoom(at: level, place(expression.id)) else { throw .reported }
        let outer = scope
        defer { scope = outer }
        scope = expression.scope
        return try body(&self)
    }

    /// Runs `body` with what names are in a scenario.
    mutating func inVariant<Value>(
        _ number: Int, _ body: (inout Lowering) throws(LoweringFailure) -> Value
    ) throws(LoweringFailure) -> Value {
        let outer = currentVariant
        enterVariant(number)
        defer { enterVariant(outer) }
        return try body(&self)
    }

    /// `x under s`: x with what its names are in that scenario.
    private mutating func lowerUnder(
        _ scenario: Int, _ value: ExpressionID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard let other = variant(ofScenario: scenario) else { throw .reported }
        return try inVariant(other) { lowering throws(LoweringFailure) in try lowering.lower(value, target: target) }
    }

    // MARK: Arithmetic

    /// A run of operations, from left to right without recursion.
    private mutating func lowerChain(
        _ first: ExpressionID, _ steps: ArraySlice<ChainStep>, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        var result = try lower(first)
        for (position, step) in steps.enumerated() {
            let right = try lower(step.operand)
            release(base)
            // Results stand at the base, so that a chain needs two registers however long it is. Errors point at the
            // operand that was reached: the whole chain up to it is what failed.
            result = try apply(step, result, right, position == steps.count - 1 ? target : nil)
            protect(result)
        }
        return result
    }

    /// One step of a chain on all before it.
    mutating func apply(
        _ step: ChainStep, _ left: Operand, _ right: Operand, _ target: Int? = nil
    ) throws(LoweringFailure) -> Operand {
        switch step.operation {
        case .add: try binary(.add, left, right, step.place, target)
        case .subtract: try binary(.subtract, left, right, step.place, target)
        case .multiply: try binary(.multiply, left, right, step.place, target)
        case .divide: try binary(.divide, left, right, step.place, target)
        case .minimum: try binary(.minimum, left, right, step.place, target)
        case .maximum: try binary(.maximum, left, right, step.place, target)
        case .timePlus: try timeOperation(.timePlus, left, right, step.place, target)
        case .timeMinus: try timeOperation(.timeMinus, left, right, step.place, target)
        case .timeDifference: try timeOperation(.timeDifference, left, right, step.place, target)
        }
    }

    mutating func binary(
        _ op: BinaryOperation, _ left: Operand, _ right: Operand, _ place: Place, _ target: Int? = nil
    ) throws(LoweringFailure) -> Operand {
        if case .constant(let a) = left, case .constant(let b) = right {
            let value = op.value(a, b)
            if value.isFinite, !(op == .power && a == 0 && b < 0) { return .constant(value) }
        }
        // A unit that is its own measure.
        if op == .multiply, case .constant(1) = right { return left }
        let isLane = isLaneOperand(left) || isLaneOperand(right) || unit.laneBranches > 0
        if unit.isLane, isLane { return try laneBinary(op, left, right, place) }
        if case .constant(let value) = right, let opcode = op.opcodeWithConstant, case .scalar(let a) = left {
            let number = constant(value)
            if number <= Int(UInt16.max) { return try emitScalar(opcode, a, number, place, target) }
        }
        let base = mark()
        let (a, b) = try inRegisters(left, right, place)
        release(base)
        return try emitScalar(op.opcode ?? .binary, a, b, place, target, detail: op.rawValue)
    }

    private mutating func laneBinary(
        _ op: BinaryOperation, _ left: Operand, _ right: Operand, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        protect(left)
        protect(right)
        let opcode: Opcode
        let operands: (Int, Int)
        switch (left, right) {
        case (.lane(let a), .lane(let b)): (opcode, operands) = (.laneBinary, (a, b))
        case (.lane(let a), _): (opcode, operands) = (.laneBinaryScalar, (a, try toScalar(right, place)))
        case (_, .lane(let b)): (opcode, operands) = (.laneScalarBinary, (try toScalar(left, place), b))
        default: (opcode, operands) = (.laneBinary, try inLanes(left, right, place))
        }
        release(base)
        let register = try newLane()
        emit(Instruction(opcode, register, operands.0, operands.1, detail: op.rawValue), at: place)
        return .lane(register)
    }

    private mutating func lowerUnary(
        _ operation: UnaryOperation, _ value: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let start = mark()
        let operand = try lower(value)
        release(start)
        if case .constant(let value) = operand, operation.value(value).isFinite {
            return .constant(operation.value(value))
        }
        protect(operand)
        if isLaneOperand(operand) || (unit.isLane && unit.laneBranches > 0) {
            let source = try toLane(operand, place)
            release(start)
            let register = try newLane()
            emit(
                Instruction(operation == .not ? .laneNot : .laneUnary, register, source, detail: operation.rawValue),
                at: place)
            return .lane(register)
        }
        let source = try toScalar(operand, place)
        release(start)
        return try emitScalar(
            operation == .not ? .not : .unary, source, 0, place, target, detail: operation.rawValue)
    }

    // MARK: Points in time

    private mutating func timeOperation(
        _ op: Opcode, _ left: Operand, _ right: Operand, _ place: Place, _ target: Int?
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
        let base = mark()
        let (a, b) = try inRegisters(left, right, place)
        release(base)
        return try emitScalar(op, a, b, place, target)
    }

    private mutating func lowerTimePart(
        _ time: ExpressionID, _ part: TimePart, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let register = try inScalar(time)
        release(base)
        return try emitScalar(.timePart, register, 0, place, target, detail: part.rawValue)
    }

    // MARK: Intervals

    /// A printed figure as an interval, where `consistent` asks for it; in a function it is what it says.
    private mutating func lowerInterval(
        _ value: Double, _ half: Double, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        guard isInterval else { return .constant(value) }
        let bit = intervals.firstIndex(of: place) ?? intervals.count
        if bit == intervals.count { intervals.append(place) }
        program.draws.append(
            DrawSource(
                variables: [], interval: IntervalDraw(low: value - half, middle: value, high: value + half, bit: bit)))
        let register = unit.isLane ? try newLane() : try newScalar(place)
        emit(Instruction(unit.isLane ? .laneDraw : .draw, register, wide: program.draws.count - 1), at: place)
        return unit.isLane ? .lane(register) : .scalar(register)
    }

    /// Whether printed figures stand for intervals where code is being made.
    var isInterval: Bool { unit.expansions == 0 && currentFunction == nil }
}
