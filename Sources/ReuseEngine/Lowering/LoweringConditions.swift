import ReuseCore
import ReuseModel
import ReuseSyntax

/// Truth values, comparisons and branches: jumps for one value, choices lane by lane for many.
extension Lowering {
    mutating func lowerLogic(
        _ parts: ArraySlice<ExpressionID>, isAnd: Bool, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { return try lowerLaneLogic(parts, isAnd: isAnd, place) }
        let register = try scalar(target, place)
        let base = mark()
        var exits: [Int] = []
        for (position, part) in parts.enumerated() {
            _ = try inScalar(part, target: register)
            release(base)
            if position < parts.count - 1 {
                // A branch goes on where its condition holds, and jumps where it does not.
                emit(Instruction(isAnd ? .ifTrue : .ifFalse, register), at: self.place(part))
                exits.append(emitJump(at: self.place(part)))
            }
        }
        for exit in exits { aim(exit) }
        return .scalar(register)
    }

    private mutating func lowerLaneLogic(
        _ parts: ArraySlice<ExpressionID>, isAnd: Bool, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        var result = try lower(parts.first ?? .none)
        for part in parts.dropFirst() {
            if case .constant(let value) = result {
                if (value != 0) != isAnd { break }
                result = try lower(part)
                continue
            }
            let at = self.place(part)
            let left = try toLane(result, at)
            let kept = try newLane()
            emit(Instruction(.laneMove, kept, left), at: at)
            unit.laneBranches += 1
            let right = try inLane(part)
            unit.laneBranches -= 1
            // and: where left is true, right decides; or: where left is false.
            if isAnd {
                emit(Instruction(.laneSelect, kept, left, right), at: at)
                emit(Instruction(.laneStrict, kept, left), at: at)
                result = .lane(kept)
            } else {
                let chosen = try newLane()
                emit(Instruction(.laneMove, chosen, right), at: at)
                emit(Instruction(.laneSelect, chosen, left, kept), at: at)
                emit(Instruction(.laneStrict, chosen, left), at: at)
                result = .lane(chosen)
            }
        }
        return try settle(result, base, nil, place)
    }

    /// Code that goes on where a condition holds. Returns the jumps that are taken where it does not.
    mutating func lowerCondition(_ id: ExpressionID) throws(LoweringFailure) -> [Int] {
        let base = mark()
        defer { release(base) }
        switch core[id] {
        case .and(let parts):
            var exits: [Int] = []
            for part in core.elements(parts) { exits += try lowerCondition(part) }
            return exits
        case .comparison(let sign, .number, let left, let right): return try lowerBranch(sign, left, right, place(id))
        default:
            let register = try inScalar(id)
            emit(Instruction(.ifTrue, register), at: place(id))
            return [emitJump(at: place(id))]
        }
    }

    private mutating func lowerBranch(
        _ sign: Comparison, _ left: ExpressionID, _ right: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> [Int] {
        let left = try lower(left)
        let right = try lower(right)
        if case .constant(let value) = right, case .scalar(let a) = left, program.constants.count < 60_000 {
            let number = constant(value)
            if number <= Int(UInt16.max) {
                emit(Instruction(sign.branchOnConstant, a, number), at: place)
                return [emitJump(at: place)]
            }
        }
        let (a, b) = try inRegisters(left, right, place)
        let (op, isReversed) = sign.branch
        emit(isReversed ? Instruction(op, b, a) : Instruction(op, a, b), at: place)
        return [emitJump(at: place)]
    }

    /// What a condition says at the current point, where it asks for members alone; nil for others.
    func constantCondition(_ id: ExpressionID) -> Bool? {
        switch core[id] {
        case .constant(let value): return value != 0
        case .unary(.not, let part): return constantCondition(part).map { !$0 }
        case .and(let parts), .or(let parts):
            var isAnd = false
            if case .and = core[id] { isAnd = true }
            var result = isAnd
            for part in core.elements(parts) {
                guard let own = constantCondition(part) else { return nil }
                result = isAnd ? result && own : result || own
            }
            return result
        case .memberTest(let number): return model.holds(core.memberTests[Int(number)], at: unit.point)
        default: return nil
        }
    }

    // MARK: Comparisons

    mutating func lowerComparison(
        _ sign: Comparison, _ compared: Compared, _ left: ExpressionID, _ right: ExpressionID, _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let left = try lower(left)
        let right = try lower(right)
        let op: Opcode
        var isReversed = false
        switch compared {
        case .time: (op, isReversed) = sign.ofTimes
        case .list:
            if unit.isLane { throw .notForLanes }
            let registers = try inRegisters(left, right, place)
            release(base)
            return try listOperation(sign == .equal ? .equal : .notEqual, registers, place, target)
        case .text: op = sign == .equal ? .textEqual : .textNotEqual
        case .number, .value:
            if case .constant(let a) = left, case .constant(let b) = right, !a.isNaN, !b.isNaN {
                release(base)
                return .constant(sign.holds(a, b) ? 1 : 0)
            }
            if isLaneOperand(left) || isLaneOperand(right) || (unit.isLane && unit.laneBranches > 0) {
                return try laneComparison(sign, left, right, place, base)
            }
            (op, isReversed) = sign.ofNumbers
        }
        let (a, b) = try inRegisters(left, right, place)
        release(base)
        return try emitScalar(op, isReversed ? b : a, isReversed ? a : b, place, target)
    }

    private mutating func laneComparison(
        _ sign: Comparison, _ left: Operand, _ right: Operand, _ place: Place, _ base: Mark
    ) throws(LoweringFailure) -> Operand {
        if case .lane(let a) = left, !isLaneOperand(right), unit.laneBranches == 0 {
            let b = try toScalar(right, place)
            release(base)
            let register = try newLane()
            emit(Instruction(.laneCompareScalar, register, a, b, detail: sign.rawValue), at: place)
            return .lane(register)
        }
        let (a, b) = try inLanes(left, right, place)
        release(base)
        let register = try newLane()
        emit(Instruction(.laneCompare, register, a, b, detail: sign.rawValue), at: place)
        return .lane(register)
    }

    /// What `==` allows of the right side in assertions, targets and what is solved.
    private static let tolerance = 1e-9

    /// `a == b within t`.
    mutating func lowerWithin(
        _ left: ExpressionID, _ right: ExpressionID, _ tolerance: ExpressionID, _ form: WithinForm, _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let left = try lower(left)
        let right = try lower(right)
        let tolerance = tolerance.isNone ? .constant(Self.tolerance) : try lower(tolerance)
        let isShare = form.contains(.share)
        let isLane = isLaneOperand(left) || isLaneOperand(right) || isLaneOperand(tolerance) || unit.laneBranches > 0
        if unit.isLane, isLane {
            protect(tolerance)
            let (a, b) = try inLanes(left, right, place)
            let t = try toLane(tolerance, place)
            let result = try newLane()
            emit(Instruction(.laneMove, result, t), at: place)
            emit(Instruction(isShare ? .laneWithinShare : .laneWithin, result, a, b), at: place)
            if form.contains(.negated) { emit(Instruction(.laneNot, result, result), at: place) }
            return try settle(.lane(result), base, target, place)
        }
        protect(tolerance)
        let (a, b) = try inRegisters(left, right, place)
        let result = try newScalar(place)
        _ = try toScalar(tolerance, place, target: result)
        emit(Instruction(isShare ? .withinShare : .within, result, a, b), at: place)
        if form.contains(.negated) { emit(Instruction(.not, result, result), at: place) }
        return try settle(.scalar(result), base, target, place)
    }

    // MARK: Conditionals

    /// Condition, value, condition, value, ..., otherwise.
    mutating func lowerConditional(
        _ parts: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { return try lowerLaneConditional(parts, place) }
        let register = try scalar(target, place)
        var ends: [Int] = []
        var rest = parts
        while rest.count > 1, let condition = rest.popFirst(), let value = rest.popFirst() {
            let exits = try lowerCondition(condition)
            let base = mark()
            _ = try inScalar(value, target: register)
            release(base)
            ends.append(emitJump(at: place))
            for exit in exits { aim(exit) }
        }
        let base = mark()
        _ = try inScalar(rest.first ?? .none, target: register)
        release(base)
        for end in ends { aim(end) }
        return .scalar(register)
    }

    /// Lanes may go different ways: both sides are computed for all lanes of a block that has any for them, and each lane
    /// takes its own. A lane that fails on the side that it does not take does not fail.
    private mutating func lowerLaneConditional(
        _ parts: ArraySlice<ExpressionID>, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        var rest = parts
        guard rest.count > 1, let condition = rest.popFirst(), let value = rest.popFirst() else {
            return try lower(parts.first ?? .none)
        }
        let base = mark()
        let operand = try lower(condition)
        if case .constant(let known) = operand, !known.isNaN {
            release(base)
            return known != 0 ? try lower(value) : try lowerLaneConditional(rest, place)
        }
        let ofValue = self.place(value)
        guard case .lane(let mask) = operand else {
            // The same for all lanes: a plain jump. The result is in lanes, since the sides may differ in kind.
            let register = try toScalar(operand, self.place(condition))
            let result = try newLane()
            let inner = mark()
            emit(Instruction(.ifTrue, register), at: self.place(condition))
            let exit = emitJump(at: place)
            emit(Instruction(.laneMove, result, try inLane(value)), at: ofValue)
            release(inner)
            let end = emitJump(at: place)
            aim(exit)
            let other = try toLane(try lowerLaneConditional(rest, place), place)
            emit(Instruction(.laneMove, result, other), at: place)
            aim(end)
            release(inner)
            return try settle(.lane(result), base, nil, place)
        }
        let chosen = try newLane()
        let result = try newLane()
        let inner = mark()
        unit.laneBranches += 1
        defer { unit.laneBranches -= 1 }
        emit(Instruction(.laneIfAny, mask), at: self.place(condition))
        let skip = emitJump(at: place)
        emit(Instruction(.laneMove, chosen, try inLane(value)), at: ofValue)
        release(inner)
        aim(skip)
        emit(Instruction(.laneIfNotAll, mask), at: self.place(condition))
        let end = emitJump(at: place)
        emit(Instruction(.laneMove, result, try toLane(try lowerLaneConditional(rest, place), place)), at: place)
        release(inner)
        aim(end)
        emit(Instruction(.laneSelect, result, mask, chosen), at: place)
        emit(Instruction(.laneStrict, result, mask), at: place)
        return try settle(.lane(result), base, nil, place)
    }
}

/// The operations of a comparison. Of `>` and `>=` there are none: they are those of `<` and `<=` the other way round.
extension Comparison {
    private func choose(
        _ less: Opcode, _ lessOrEqual: Opcode, _ equal: Opcode, _ notEqual: Opcode
    ) -> (Opcode, isReversed: Bool) {
        switch self {
        case .less: (less, false)
        case .greater: (less, true)
        case .lessOrEqual: (lessOrEqual, false)
        case .greaterOrEqual: (lessOrEqual, true)
        case .equal: (equal, false)
        case .notEqual: (notEqual, false)
        }
    }

    fileprivate var ofNumbers: (Opcode, isReversed: Bool) { choose(.less, .lessOrEqual, .equal, .notEqual) }
    fileprivate var ofTimes: (Opcode, isReversed: Bool) {
        choose(.timeLess, .timeLessOrEqual, .timeEqual, .timeNotEqual)
    }
    fileprivate var branch: (Opcode, isReversed: Bool) { choose(.ifLess, .ifLessOrEqual, .ifEqual, .ifNotEqual) }

    fileprivate var branchOnConstant: Opcode {
        switch self {
        case .less: .ifLessConstant
        case .lessOrEqual: .ifLessOrEqualConstant
        case .greater: .ifGreaterConstant
        case .greaterOrEqual: .ifGreaterOrEqualConstant
        case .equal: .ifEqualConstant
        case .notEqual: .ifNotEqualConstant
        }
    }
}
