import ReuseModel
import ReuseSyntax

/// Truth values, comparisons and branches: jumps for one value, choices lane by lane for many.
extension Lowering {
    mutating func lowerLogic(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let isAnd = node.kind == .conjunction
        let parts = Array(tree.elements(node))
        if unit.isLane {
            let base = mark()
            var result = try lower(parts[0])
            for raw in parts.dropFirst() {
                if case .constant(let value) = result {
                    if (value != 0) != isAnd { break }
                    result = try lower(raw)
                    continue
                }
                let left = try toLane(result, raw)
                let place = try newLane(raw)
                emit(Instruction(.laneMove, place, left), for: raw)
                unit.laneBranches += 1
                let right = try toLane(try lower(raw), raw)
                unit.laneBranches -= 1
                // and: where left is true, right decides; or: where left is false.
                if isAnd {
                    emit(Instruction(.laneSelect, place, left, right), for: raw)
                    emit(Instruction(.laneStrict, place, left), for: raw)
                    result = .lane(place)
                } else {
                    let chosen = try newLane(raw)
                    emit(Instruction(.laneMove, chosen, right), for: raw)
                    emit(Instruction(.laneSelect, chosen, left, place), for: raw)
                    emit(Instruction(.laneStrict, chosen, left), for: raw)
                    result = .lane(chosen)
                }
            }
            return try settle(result, base, nil, id)
        }
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        let base = mark()
        var exits: [Int] = []
        for (position, raw) in parts.enumerated() {
            let operand = try lower(raw, target: register)
            _ = try toScalar(operand, raw, target: register)
            release(base)
            if position < parts.count - 1 {
                // A branch goes on where its condition holds, and jumps where it does not.
                emit(Instruction(isAnd ? .ifTrue : .ifFalse, register), for: raw)
                exits.append(emitJump(for: raw))
            }
        }
        for exit in exits { aim(exit) }
        return .scalar(register)
    }

    /// Code that goes on where a condition holds. Returns the jumps that are taken where it does not.
    mutating func lowerCondition(_ id: NodeID) throws(LoweringFailure) -> [Int] {
        let node = tree[id]
        let base = mark()
        defer { release(base) }
        switch node.kind {
        case .paren: return try lowerCondition(tree.operand(node))
        case .conjunction:
            var exits: [Int] = []
            for raw in tree.elements(node) { exits += try lowerCondition(raw) }
            return exits
        case .comparison where tree.comparison(node).tolerance.isNone:
            guard isNumber(tree.comparison(node).left) else { break }
            return try lowerBranch(id, node)
        default: break
        }
        let operand = try lower(id)
        let register = try toScalar(operand, id)
        emit(Instruction(.ifTrue, register), for: id)
        return [emitJump(for: id)]
    }

    private mutating func lowerBranch(_ id: NodeID, _ node: Node) throws(LoweringFailure) -> [Int] {
        let comparisonNode = tree.comparison(node)
        let comparison = tree.comparison(node).sign
        let left = try lower(comparisonNode.left)
        let right = try lower(comparisonNode.right)
        if case .constant(let value) = right, case .scalar(let a) = left, constantNumbers.count < 60_000 {
            let number = constant(value)
            if number <= Int(UInt16.max) {
                let op: Opcode
                switch comparison {
                case .less: op = .ifLessConstant
                case .lessOrEqual: op = .ifLessOrEqualConstant
                case .greater: op = .ifGreaterConstant
                case .greaterOrEqual: op = .ifGreaterOrEqualConstant
                case .equal: op = .ifEqualConstant
                case .notEqual: op = .ifNotEqualConstant
                }
                emit(Instruction(op, a, number), for: id)
                return [emitJump(for: id)]
            }
        }
        let (a, b) = try inRegisters(left, right, id)
        switch comparison {
        case .less: emit(Instruction(.ifLess, a, b), for: id)
        case .lessOrEqual: emit(Instruction(.ifLessOrEqual, a, b), for: id)
        case .greater: emit(Instruction(.ifLess, b, a), for: id)
        case .greaterOrEqual: emit(Instruction(.ifLessOrEqual, b, a), for: id)
        case .equal: emit(Instruction(.ifEqual, a, b), for: id)
        case .notEqual: emit(Instruction(.ifNotEqual, a, b), for: id)
        }
        return [emitJump(for: id)]
    }

    /// `partner == India`: known at each point.
    func lowerMemberTest(_ node: Node) throws(LoweringFailure) -> Operand {
        guard let test = model.memberTest(node, in: module), let holds = model.holds(test, at: unit.point) else {
            throw .reported
        }
        return .constant(holds ? 1 : 0)
    }

    /// What a condition says at the current point, where it asks for members alone; nil for others.
    func constantCondition(_ id: NodeID) -> Bool? {
        let node = tree[id]
        switch node.kind {
        case .paren: return constantCondition(tree.operand(node))
        case .boolean: return node.isTrue
        case .not: return constantCondition(tree.operand(node)).map { !$0 }
        case .conjunction, .disjunction:
            var result = node.kind == .conjunction
            for raw in tree.elements(node) {
                guard let own = constantCondition(raw) else { return nil }
                if node.kind == .conjunction { result = result && own } else { result = result || own }
            }
            return result
        case .comparison, .membership:
            return model.memberTest(node, in: module).flatMap { model.holds($0, at: unit.point) }
        default: return nil
        }
    }

    mutating func lowerComparison(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let comparisonNode = tree.comparison(node)
        if model.memberTest(node, in: module) != nil { return try lowerMemberTest(node) }
        let comparison = tree.comparison(node).sign
        let base = mark()
        let left = try lower(comparisonNode.left)
        let right = try lower(comparisonNode.right)
        switch type(comparisonNode.left) {
        case .time:
            let op: Opcode
            var (a, b) = try inRegisters(left, right, id)
            switch comparison {
            case .less, .greater: op = .timeLess
            case .lessOrEqual, .greaterOrEqual: op = .timeLessOrEqual
            case .equal: op = .timeEqual
            case .notEqual: op = .timeNotEqual
            }
            if comparison == .greater || comparison == .greaterOrEqual { swap(&a, &b) }
            release(base)
            return try scalarResult(op, a, b, id, target)
        case .list:
            if unit.isLane { throw .notForLanes }
            let (a, b) = try inRegisters(left, right, id)
            release(base)
            return try scalarResult(comparison == .equal ? .listEqual : .listNotEqual, a, b, id, target)
        case .text:
            let (a, b) = try inRegisters(left, right, id)
            release(base)
            return try scalarResult(comparison == .equal ? .textEqual : .textNotEqual, a, b, id, target)
        default: break
        }
        if !comparisonNode.tolerance.isNone || (comparison == .equal && isTolerant(id)) {
            return try lowerWithin(id, node, left, right, base, target)
        }
        if case .constant(let a) = left, case .constant(let b) = right, !a.isNaN, !b.isNaN {
            release(base)
            return .constant(compare(comparison, a, b) ? 1 : 0)
        }
        var isLane = unit.isLane && unit.laneBranches > 0
        if case .lane = left { isLane = true }
        if case .lane = right { isLane = true }
        if isLane { return try laneComparison(comparison, left, right, id, base) }
        var (a, b) = try inRegisters(left, right, id)
        let op: Opcode
        switch comparison {
        case .less: op = .less
        case .lessOrEqual: op = .lessOrEqual
        case .greater:
            op = .less
            swap(&a, &b)
        case .greaterOrEqual:
            op = .lessOrEqual
            swap(&a, &b)
        case .equal: op = .equal
        case .notEqual: op = .notEqual
        }
        release(base)
        return try scalarResult(op, a, b, id, target)
    }

    private func compare(_ comparison: Comparison, _ a: Double, _ b: Double) -> Bool {
        switch comparison {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .equal: a == b
        case .notEqual: a != b
        }
    }

    private mutating func scalarResult(
        _ op: Opcode, _ a: Int, _ b: Int, _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(op, register, a, b), for: id)
        return .scalar(register)
    }

    private mutating func laneComparison(
        _ comparison: Comparison, _ left: Operand, _ right: Operand, _ id: NodeID, _ base: Mark
    ) throws(LoweringFailure) -> Operand {
        if case .lane(let a) = left, !isLaneOperand(right), unit.laneBranches == 0 {
            let b = try toScalar(right, id)
            release(base)
            let register = try newLane(id)
            let op: Opcode
            switch comparison {
            case .less: op = .laneLessScalar
            case .lessOrEqual: op = .laneLessOrEqualScalar
            case .greater: op = .laneGreaterScalar
            case .greaterOrEqual: op = .laneGreaterOrEqualScalar
            case .equal: op = .laneEqualScalar
            case .notEqual: op = .laneNotEqualScalar
            }
            emit(Instruction(op, register, a, b), for: id)
            return .lane(register)
        }
        protect(left)
        protect(right)
        var a = try toLane(left, id)
        var b = try toLane(right, id)
        release(base)
        let register = try newLane(id)
        let op: Opcode
        switch comparison {
        case .less, .greater: op = .laneLess
        case .lessOrEqual, .greaterOrEqual: op = .laneLessOrEqual
        case .equal: op = .laneEqual
        case .notEqual: op = .laneNotEqual
        }
        if comparison == .greater || comparison == .greaterOrEqual { swap(&a, &b) }
        emit(Instruction(op, register, a, b), for: id)
        return .lane(register)
    }

    /// What `==` allows of the right side in assertions, targets and what is solved.
    private static let tolerance = 1e-9

    private func isTolerant(_ id: NodeID) -> Bool {
        guard case .number = type(tree.comparison(id).left) else { return false }
        return tolerant.contains(model.modules[Int(module)].nodeBase + id.rawValue)
    }

    /// Finds the comparisons of assertions, targets and what is solved, also where they are joined by `and`, `or` and `not`.
    mutating func findTolerant() {
        for command in model.commands where [.assert, .target, .solve].contains(command.kind) {
            let current = model.modules[Int(command.module)]
            let tree = current.tree
            var work: [NodeID] =
                switch command.kind {
                case .target: [tree.target(command.node).condition]
                case .solve: [tree.solve(command.node).condition]
                default: [tree.assertion(command.node).condition]
                }
            while let next = work.popLast() {
                switch tree[next].kind {
                case .conjunction, .disjunction: work += tree.elements(next)
                case .not, .paren: work.append(tree.operand(next))
                case .comparison: tolerant.insert(current.nodeBase + next.rawValue)
                default: break
                }
            }
        }
    }

    func isLaneOperand(_ operand: Operand) -> Bool {
        if case .lane = operand { return true }
        return false
    }

    /// `a == b within t`: the tolerance is a share of `b` where it is a pure number and the sides are not, or by dimension.
    private mutating func lowerWithin(
        _ id: NodeID, _ node: Node, _ left: Operand, _ right: Operand, _ base: Mark, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let comparison = tree.comparison(node)
        let tolerance = !comparison.tolerance.isNone ? try lower(comparison.tolerance) : .constant(Self.tolerance)
        var isShare = comparison.tolerance.isNone
        if !comparison.tolerance.isNone, case .number(let dimension) = type(comparison.tolerance) {
            isShare = model.describe(dimension) == "a pure number"
        }
        let isNegated = tree.comparison(node).sign == .notEqual
        var result: Operand
        if unit.isLane, isLaneOperand(left) || isLaneOperand(right) || isLaneOperand(tolerance) || unit.laneBranches > 0
        {
            protect(left)
            protect(right)
            protect(tolerance)
            let a = try toLane(left, id)
            let b = try toLane(right, id)
            let t = try toLane(tolerance, id)
            let place = try newLane(id)
            emit(Instruction(.laneMove, place, t), for: id)
            emit(Instruction(isShare ? .laneWithinShare : .laneWithin, place, a, b), for: id)
            if isNegated { emit(Instruction(.laneNot, place, place), for: id) }
            result = .lane(place)
        } else {
            protect(tolerance)
            let (a, b) = try inRegisters(left, right, id)
            let place = try newScalar(id)
            _ = try toScalar(tolerance, id, target: place)
            emit(Instruction(isShare ? .withinShare : .within, place, a, b), for: id)
            if isNegated { emit(Instruction(.not, place, place), for: id) }
            result = .scalar(place)
        }
        result = try settle(result, base, target, id)
        return result
    }

    mutating func lowerConditional(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let conditional = tree.conditional(node)
        if unit.isLane { return try lowerLaneConditional(conditional, from: 0, id) }
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        var ends: [Int] = []
        for branch in 0..<conditional.count {
            let exits = try lowerCondition(conditional.condition(branch))
            let base = mark()
            let value = conditional.value(branch)
            _ = try toScalar(try lower(value, target: register), value, target: register)
            release(base)
            ends.append(emitJump(for: id))
            for exit in exits { aim(exit) }
        }
        let base = mark()
        let last = conditional.otherwise
        _ = try toScalar(try lower(last, target: register), last, target: register)
        release(base)
        for end in ends { aim(end) }
        return .scalar(register)
    }

    /// Lanes may go different ways: both sides are computed for all lanes of a block that has any for them, and each lane
    /// takes its own. A lane that fails on the side that it does not take does not fail.
    private mutating func lowerLaneConditional(
        _ conditional: ConditionalNode, from position: Int, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        if position == conditional.count { return try lower(conditional.otherwise) }
        let condition = conditional.condition(position)
        let branch = conditional.value(position)
        let base = mark()
        let operand = try lower(condition)
        if case .constant(let value) = operand, !value.isNaN {
            release(base)
            return value != 0 ? try lower(branch) : try lowerLaneConditional(conditional, from: position + 1, id)
        }
        guard case .lane(let mask) = operand else {
            // The same for all lanes: a plain jump. The result is in lanes, since the sides may differ in kind.
            let register = try toScalar(operand, condition)
            let place = try newLane(id)
            let inner = mark()
            emit(Instruction(.ifTrue, register), for: condition)
            let exit = emitJump(for: id)
            emit(Instruction(.laneMove, place, try toLane(try lower(branch), branch)), for: branch)
            release(inner)
            let end = emitJump(for: id)
            aim(exit)
            let other = try toLane(try lowerLaneConditional(conditional, from: position + 1, id), id)
            emit(Instruction(.laneMove, place, other), for: id)
            aim(end)
            release(inner)
            return try settle(.lane(place), base, nil, id)
        }
        let chosen = try newLane(id)
        let place = try newLane(id)
        let inner = mark()
        unit.laneBranches += 1
        defer { unit.laneBranches -= 1 }
        emit(Instruction(.laneIfAny, mask), for: condition)
        let skip = emitJump(for: id)
        emit(Instruction(.laneMove, chosen, try toLane(try lower(branch), branch)), for: branch)
        release(inner)
        aim(skip)
        emit(Instruction(.laneIfNotAll, mask), for: condition)
        let end = emitJump(for: id)
        emit(
            Instruction(
                .laneMove, place, try toLane(try lowerLaneConditional(conditional, from: position + 1, id), id)),
            for: id)
        release(inner)
        aim(end)
        emit(Instruction(.laneSelect, place, mask, chosen), for: id)
        emit(Instruction(.laneStrict, place, mask), for: id)
        return try settle(.lane(place), base, nil, id)
    }
}
