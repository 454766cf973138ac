import ReuseCore
import ReuseModel
import ReuseSyntax

/// Lists, records and texts.
extension Lowering {
    mutating func lowerList(
        _ items: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let list = try newScalar(place)
        emit(Instruction(.listBegin, list, wide: items.count), at: place)
        for item in items { try push(item, onto: list) }
        return try settle(.scalar(list), base, target, place)
    }

    private mutating func push(_ item: ExpressionID, onto list: Int) throws(LoweringFailure) {
        let inner = mark()
        let operand = try lower(item)
        protect(operand)
        emit(Instruction(.listPush, list, try toScalar(operand, place(item))), at: place(item))
        release(inner)
    }

    /// An operation on a list and perhaps on something else.
    mutating func listOperation(
        _ operation: ListOperation, _ list: ExpressionID, _ second: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let first = try lower(list)
        protect(first)
        var registers = (try toScalar(first, place), 0)
        if !second.isNone { registers = try inRegisters(.scalar(registers.0), try lower(second), place) }
        release(base)
        return try listOperation(operation, registers, place, target)
    }

    mutating func listOperation(
        _ operation: ListOperation, _ registers: (Int, Int), _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        try emitScalar(.listOperation, registers.0, registers.1, place, target, detail: operation.rawValue)
    }

    /// Fields are computed as they are written, and stand in the order of the type.
    mutating func lowerRecord(
        _ fields: ArraySlice<ExpressionID>, _ order: [Int], _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let record = try newScalar(place)
        emit(Instruction(.listBegin, record, wide: fields.count), at: place)
        let first = unit.scalarTop
        for (position, value) in fields.enumerated() {
            unit.scalarTop = first + position
            _ = try inScalar(value, target: try newScalar(place))
        }
        for position in order { emit(Instruction(.listPush, record, first + position), at: place) }
        return try settle(.scalar(record), base, target, place)
    }

    // MARK: Texts

    mutating func lowerText(
        _ parts: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let result = try newScalar(place)
        // Of two neighbours of one size a text is made at once: all pieces onto the first would be written out again and again.
        var pieces: [(register: Int, size: Int)] = []
        func joinLast(_ lowering: inout Lowering) {
            let last = pieces.removeLast()
            let before = pieces.count - 1
            lowering.emit(
                Instruction(.textJoin, pieces[before].register, pieces[before].register, last.register), at: place)
            pieces[before].size += last.size
            lowering.unit.scalarTop = last.register
        }
        for part in parts {
            let piece = pieces.isEmpty ? result : try newScalar(place)
            let inner = mark()
            try lowerPiece(part, into: piece)
            release(inner)
            pieces.append((piece, 1))
            while let last = pieces.last, pieces.dropLast().last?.size == last.size { joinLast(&self) }
        }
        while pieces.count > 1 { joinLast(&self) }
        if pieces.isEmpty { emit(Instruction(.textConstant, result, wide: textNumber("")), at: place) }
        return try settle(.scalar(result), base, target, place)
    }

    private mutating func lowerPiece(_ part: ExpressionID, into piece: Int) throws(LoweringFailure) {
        let place = place(part)
        switch core[part] {
        case .textConstant(let number):
            emit(Instruction(.textConstant, piece, wide: textNumber(core.texts[Int(number)])), at: place)
        case .shown(let value, let form):
            let register = try toScalar(try lower(value), place)
            switch form {
            case .bool: emit(Instruction(.textOfBool, piece, register), at: place)
            case .time: emit(Instruction(.textOfTime, piece, register), at: place)
            case .text: emit(Instruction(.textOfText, piece, register), at: place)
            case .number(unit: let unit):
                let format = try formatNumber(core.units[Int(unit)], place)
                emit(Instruction(.textOfNumber, piece, register, format), at: place)
            }
        default: _ = try inScalar(part, target: piece)
        }
    }

    mutating func textNumber(_ text: String) -> Int {
        program.texts.append(text)
        return program.texts.count - 1
    }

    /// The number of the unit in which an expression is written into a text: one for each unit that there is.
    private mutating func formatNumber(_ unit: DisplayUnit, _ place: Place) throws(LoweringFailure) -> Int {
        let format = NumberUnit(scale: program.scale(of: unit) ?? 1, text: units.text(unit))
        if let known = formatNumbers[format] { return known }
        let number = program.formats.count
        // An instruction has 16 bits for it.
        guard number <= Int(UInt16.max) else { throw report(.tooLarge(at: location(place))) }
        program.formats.append(format)
        formatNumbers[format] = number
        return number
    }

    // MARK: Loops

    enum Loop { case map, filter, fold }

    /// `map`, `filter` and `fold` as loops; a lambda written in place is part of the loop.
    mutating func lowerLoop(
        _ loop: Loop, _ list: ExpressionID, _ initial: ExpressionID, _ function: ExpressionID, _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let result = try newScalar(place)
        let items = try newScalar(place)
        let position = try newScalar(place)
        let item = try newScalar(place)
        _ = try inScalar(list, target: items)
        if loop == .fold { _ = try inScalar(initial, target: result) }
        var lambda: Lambda?
        var callee = -1
        if case .lambda(let number) = core[function] {
            lambda = core.lambdas[Int(number)]
        } else {
            callee = try newScalar(place)
            _ = try inScalar(function, target: callee)
        }
        if loop != .fold { emit(Instruction(.listBegin, result, wide: 0), at: place) }
        emit(Instruction(.constant, position, wide: constant(0)), at: place)
        let top = here
        emit(Instruction(.listNext, items, position, item), at: place)
        let exit = emitJump(at: place)
        let inner = mark()
        let arguments = loop == .fold ? [result, item] : [item]
        // A fold's result may be read until its new value is there.
        let wanted = loop == .fold && lambda != nil ? result : nil
        let value = try callInLoop(lambda, callee, arguments, place, wanted)
        switch loop {
        case .map: emit(Instruction(.listPush, result, value), at: place)
        case .filter:
            emit(Instruction(.ifTrue, value), at: place)
            let skip = emitJump(at: place)
            emit(Instruction(.listPush, result, item), at: place)
            aim(skip)
        case .fold: if value != result { emit(Instruction(.move, result, value), at: place) }
        }
        release(inner)
        emit(Instruction(.jump, 0, wide: top), at: place)
        aim(exit)
        return try settle(.scalar(result), base, target, place)
    }

    private mutating func callInLoop(
        _ lambda: Lambda?, _ callee: Int, _ arguments: [Int], _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Int {
        guard let lambda else {
            let first = unit.scalarTop
            for position in 0...arguments.count {
                unit.scalarTop = first + position
                let register = try newScalar(place)
                emit(Instruction(.move, register, position == 0 ? callee : arguments[position - 1]), at: place)
            }
            emit(Instruction(.callValue, first, 0, arguments.count), at: place)
            return first
        }
        let outer = scope
        let inner = BindingScope(parent: scope)
        for (parameter, register) in zip(lambda.parameters, arguments) {
            inner.bind(parameter, .operand(.scalar(register)))
        }
        scope = inner
        defer { scope = outer }
        // Only a plain chain writes its target last; others may write it while the old value is still read.
        var isChain = false
        if case .chain = core[lambda.body] { isChain = true }
        return try toScalar(try lower(lambda.body, target: isChain ? target : nil), self.place(lambda.body))
    }
}
