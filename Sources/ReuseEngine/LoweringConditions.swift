import ReuseModel
import ReuseSyntax

/// Truth values, comparisons and branches: jumps for one value, choices lane by lane for many.
extension Lowering {
    mutating func lowerLogic(_ id: Int32, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let isAnd = node.kind == .conjunction
        let parts = Array(tree.children(node.a, node.b))
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
    mutating func lowerCondition(_ id: Int32) throws(LoweringFailure) -> [Int] {
        let node = tree.nodes[Int(id)]
        let base = mark()
        defer { release(base) }
        switch node.kind {
        case .paren: return try lowerCondition(node.a)
        case .conjunction:
            var exits: [Int] = []
            for raw in tree.children(node.a, node.b) { exits += try lowerCondition(raw) }
            return exits
        case .comparison where node.c < 0:
            guard isNumber(node.a) else { break }
            return try lowerBranch(id, node)
        default: break
        }
        let operand = try lower(id)
        let register = try toScalar(operand, id)
        emit(Instruction(.ifTrue, register), for: id)
        return [emitJump(for: id)]
    }

    private mutating func lowerBranch(_ id: Int32, _ node: Node) throws(LoweringFailure) -> [Int] {
        guard let comparison = Comparison(rawValue: node.detail) else { throw .reported }
        let left = try lower(node.a)
        let right = try lower(node.b)
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
    func constantCondition(_ id: Int32) -> Bool? {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .paren: return constantCondition(node.a)
        case .boolean: return node.detail == 1
        case .not: return constantCondition(node.a).map { !$0 }
        case .conjunction, .disjunction:
            var result = node.kind == .conjunction
            for raw in tree.children(node.a, node.b) {
                guard let own = constantCondition(raw) else { return nil }
                if node.kind == .conjunction { result = result && own } else { result = result || own }
            }
            return result
        case .comparison, .membership:
            return model.memberTest(node, in: module).flatMap { model.holds($0, at: unit.point) }
        default: return nil
        }
    }

    mutating func lowerComparison(_ id: Int32, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if model.memberTest(node, in: module) != nil { return try lowerMemberTest(node) }
        guard let comparison = Comparison(rawValue: node.detail) else { throw .reported }
        let base = mark()
        let left = try lower(node.a)
        let right = try lower(node.b)
        switch type(node.a) {
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
        if node.c >= 0 || (comparison == .equal && isTolerant(id)) {
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
        _ op: Opcode, _ a: Int, _ b: Int, _ id: Int32, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(op, register, a, b), for: id)
        return .scalar(register)
    }

    private mutating func laneComparison(
        _ comparison: Comparison, _ left: Operand, _ right: Operand, _ id: Int32, _ base: Mark
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

    private func isTolerant(_ id: Int32) -> Bool {
        guard case .number = type(model.modules[Int(module)].tree[NodeID(id)].a) else { return false }
        return tolerant.contains(model.modules[Int(module)].nodeBase + id)
    }

    /// Finds the comparisons of assertions, targets and what is solved, also where they are joined by `and`, `or` and `not`.
    mutating func findTolerant() {
        for command in model.commands where [.assert, .target, .solve].contains(command.kind) {
            let current = model.modules[Int(command.module)]
            var work = [NodeID(current.tree[command.node].a)]
            if command.kind == .target {
                work = model.target(command.node, in: command.module).map { [$0.condition] } ?? []
            } else if command.kind == .solve {
                work = model.solving(command.node, in: command.module).map { [$0.condition] } ?? []
            }
            while let next = work.popLast() {
                guard !next.isNone else { continue }
                let node = current.tree[next]
                switch node.kind {
                case .conjunction, .disjunction: work += current.tree.children(node.a, node.b).map { NodeID($0) }
                case .not, .paren: work.append(NodeID(node.a))
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
        _ id: Int32, _ node: Node, _ left: Operand, _ right: Operand, _ base: Mark, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let tolerance = node.c >= 0 ? try lower(node.c) : .constant(Self.tolerance)
        var isShare = node.c < 0
        if node.c >= 0, case .number(let dimension) = type(node.c) {
            isShare = model.describe(dimension) == "a pure number"
        }
        let isNegated = node.detail == Comparison.notEqual.rawValue
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

    mutating func lowerConditional(_ id: Int32, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if unit.isLane { return try lowerLaneConditional(tree.children(node.a, node.b), id) }
        let start = Int(node.a)
        let count = Int(node.b)
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        var ends: [Int] = []
        var position = 0
        while position + 1 < count {
            let exits = try lowerCondition(tree.extra[start + position])
            let base = mark()
            let branch = tree.extra[start + position + 1]
            _ = try toScalar(try lower(branch, target: register), branch, target: register)
            release(base)
            ends.append(emitJump(for: id))
            for exit in exits { aim(exit) }
            position += 2
        }
        let base = mark()
        let last = tree.extra[start + position]
        _ = try toScalar(try lower(last, target: register), last, target: register)
        release(base)
        for end in ends { aim(end) }
        return .scalar(register)
    }

    /// Lanes may go different ways: both sides are computed for all lanes of a block that has any for them, and each lane
    /// takes its own. A lane that fails on the side that it does not take does not fail.
    private mutating func lowerLaneConditional(_ parts: ArraySlice<Int32>, _ id: Int32) throws(LoweringFailure)
        -> Operand
    {
        guard let condition = parts.first else { throw .reported }
        if parts.count == 1 { return try lower(condition) }
        let branch = parts[parts.startIndex + 1]
        let rest = parts.dropFirst(2)
        let base = mark()
        let operand = try lower(condition)
        if case .constant(let value) = operand, !value.isNaN {
            release(base)
            return value != 0 ? try lower(branch) : try lowerLaneConditional(rest, id)
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
            let other = try toLane(try lowerLaneConditional(rest, id), id)
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
        emit(Instruction(.laneMove, place, try toLane(try lowerLaneConditional(rest, id), id)), for: id)
        release(inner)
        aim(end)
        emit(Instruction(.laneSelect, place, mask, chosen), for: id)
        emit(Instruction(.laneStrict, place, mask), for: id)
        return try settle(.lane(place), base, nil, id)
    }
}
