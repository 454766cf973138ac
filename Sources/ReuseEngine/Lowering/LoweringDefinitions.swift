import ReuseCore
import ReuseModel
import ReuseSyntax

/// Definitions: places for values, and the code that fills them at each combination of their indexes.
extension Lowering {
    /// A place for a value, without its code.
    mutating func reserve(axes: Axes, at place: Place, hasPlaces: Bool = true) -> Int {
        var combinations = 1
        for number in axes.indexNumbers {
            let (product, overflow) = combinations.multipliedReportingOverflow(by: model.indexes[number].members.count)
            combinations = overflow ? Int(Int32.max) : product
        }
        let steps = axes.contains(.time) ? program.calendar.count : 1
        let (places, overflow) = combinations.multipliedReportingOverflow(by: steps)
        var definition = Definition(
            kind: .invalid, axes: axes, origin: Origin(place, site: site), combinations: combinations, address: 0)
        // An instruction has 31 bits for an address.
        let isTooLarge =
            overflow || combinations > Limits.combinations || places > Limits.figures
            || max(program.uniformCount, program.laneBlocks) > Int(Int32.max) - places
        let isShort =
            !isTooLarge && hasPlaces && !program.hasRoom(for: places, isSampled: definition.isSampled, in: memory)
        if isShort {
            definition.combinations = 1
            if !lacksMemory {
                lacksMemory = true
                _ = report(
                    .outOfMemory(
                        needs: program.bytes(with: places, isSampled: definition.isSampled), limit: memory,
                        steps: steps, combinations: combinations, isSampled: definition.isSampled,
                        at: location(place)))
            }
        } else if isTooLarge {
            definition.combinations = 1
            _ = report(
                .tooManyCombinations(
                    "a value can have at most \(Limits.inWords(Limits.combinations)) combinations of members, and \(Limits.inWords(Limits.figures)) figures over them and time",
                    at: location(place)))
        } else if !hasPlaces {
            definition.address = 0
        } else if definition.isSampled {
            definition.address = program.laneBlocks
            program.laneBlocks += places
        } else {
            definition.address = program.uniformCount
            program.uniformCount += places
        }
        program.definitions.append(definition)
        return program.definitions.count - 1
    }

    /// Makes a definition of an expression that stands inside another. It comes before that one in `sequence`.
    mutating func define(_ expression: Expression) throws(LoweringFailure) -> Int {
        let number = reserve(axes: try axes(of: expression), at: place(expression.id))
        try complete(number) { lowering throws(LoweringFailure) in try lowering.fill(number, expression) }
        return number
    }

    /// Makes a definition that belongs to an expression without being its value.
    mutating func defineBeside(
        _ expression: Expression, axes: Axes, _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> Int {
        let number = reserve(axes: axes, at: place(expression.id))
        try complete(number) { lowering throws(LoweringFailure) in try lowering.fill(number, expression, body) }
        return number
    }

    /// Makes a definition that the engine computes by itself from others. An expression is lowered for each member of what it
    /// varies over, and its native values are those of all members: they are made once.
    mutating func defineNative(_ kind: Definition.Kind, axes: Axes, reads: [Int], at place: Place) -> Int {
        let key = nativeKey(kind, place)
        if let key, let known = natives[key] {
            self.reads.append(known)
            return known
        }
        let number = reserve(axes: axes, at: place)
        if let key { natives[key] = number }
        program.definitions[number].kind = kind
        program.definitions[number].reads = reads
        finish(number)
        self.reads.append(number)
        return number
    }

    /// What tells a native value from others at the same place; nil where it is always made anew.
    private func nativeKey(_ kind: Definition.Kind, _ place: Place) -> NativeKey? {
        var key = NativeKey(place: place, site: site, isDelayed: delayDepth > 0)
        switch kind {
        case .cumulative(let source): key.operands = [nativeOperand(source)]
        case .growing(let base, let rate, let from, let every):
            key.operands = [
                nativeOperand(base), nativeOperand(rate), nativeOperand(from), .constant(every.bitPattern),
            ]
        case .timeReduction(let reduction, let source, let range):
            key.operands = [nativeOperand(source), .reduction(reduction, range)]
        case .statistic(let statistic, let source, let share):
            key.operands = [nativeOperand(source), .statistic(statistic)] + (share < 0 ? [] : [nativeOperand(share)])
        default: return nil
        }
        return key
    }

    /// A number that is written out is another definition each time, and the same value.
    private func nativeOperand(_ number: Int) -> NativeKey.Operand {
        let definition = program.definitions[number]
        guard definition.axes.isEmpty, !definition.isObject, let constant = definition.constant, !constant.isNaN else {
            return .definition(number)
        }
        return .constant(constant.bitPattern)
    }

    mutating func complete(
        _ number: Int, _ body: (inout Lowering) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) {
        let outer = (unit: unit, scope: scope, reads: reads)
        reads = []
        nesting += 1
        var failure: LoweringFailure?
        do throws(LoweringFailure) {
            let place = program.definitions[number].origin.place
            if nesting > Limits.valuesDeep { throw report(.tooLarge(at: location(place))) }
            guard expansions.hasRoom(at: level, place) else { throw .reported }
            try body(&self)
        } catch {
            failure = error
        }
        nesting -= 1
        program.definitions[number].reads = reads
        finish(number)
        (unit, scope, reads) = outer
        reads.append(number)
        if let failure { throw failure }
    }

    /// Puts a definition into the order of computing.
    mutating func finish(_ number: Int) {
        sequence.append(number)
        if delayDepth > 0 { delayed.insert(number) }
    }

    /// The code of a definition at every combination of its indexes, or the series that the expression is.
    mutating func fill(_ number: Int, _ expression: Expression) throws(LoweringFailure) {
        scope = expression.scope
        if try fillSeries(number, expression.id) { return }
        try fill(number, expression) { lowering throws(LoweringFailure) in try lowering.lower(expression.id) }
    }

    /// The same with the code made by `body`.
    mutating func fill(
        _ number: Int, _ expression: Expression, _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) {
        try fill(
            number, at: place(expression.id), isObject: model.types.isCompound(core.type(of: expression.id)),
            in: expression.scope, body)
    }

    /// The same for what may have no expression.
    mutating func fill(
        _ number: Int, at place: Place, isObject: Bool = false, in scope: BindingScope? = nil,
        _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) {
        program.definitions[number].isObject = isObject
        if program.definitions[number].combinations > 1 {
            if try fillForAllMembers(number, at: place, in: scope, body) { return }
        }
        let axes = program.definitions[number].axes
        let indexes = axes.indexNumbers
        let combinations = program.definitions[number].combinations
        var codes: [Code] = []
        codes.reserveCapacity(combinations)
        var constants: [Double] = []
        for combination in 0..<combinations {
            var point = noPoint
            setMembers(&point, indexes, combination)
            if let own = ownMember, !axes.contains(.index(own.index)) { point[own.index] = own.member }
            let isLane = axes.contains(.sample) && !isObject
            let (code, value) = try codeUnit(
                at: place, in: scope, point: point, isSampled: axes.contains(.sample), isLane: isLane, body)
            codes.append(code)
            if let value, constants.count == combination { constants.append(value) }
        }
        program.definitions[number].kind = .code(codes)
        guard constants.count == combinations else { return }
        if combinations > 1, !axes.contains(.sample), !isObject {
            program.definitions[number].kind = .table(constants)
            // Each code was a constant and its end.
            if program.code.count - codes[0].start == 2 * combinations { discardCode(from: codes[0].start) }
        } else if axes.isEmpty {
            program.definitions[number].constant = constants.first
        }
    }

    /// The code of a definition that is the same at all combinations of its indexes; false where it is not.
    private mutating func fillForAllMembers(
        _ number: Int, at place: Place, in scope: BindingScope?,
        _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> Bool {
        let axes = program.definitions[number].axes
        var point = noPoint
        for index in axes.indexNumbers { point[index] = CodeUnit.anyMember }
        if let own = ownMember, !axes.contains(.index(own.index)) { point[own.index] = own.member }
        let isLane = axes.contains(.sample) && !program.definitions[number].isObject
        let readCount = reads.count
        do throws(LoweringFailure) {
            let (code, _) = try codeUnit(
                at: place, in: scope, point: point, isSampled: axes.contains(.sample), isLane: isLane, body)
            program.definitions[number].kind = .code([code])
            return true
        } catch {
            guard case .notForAllMembers = error else { throw error }
            // Definitions made on the way stay, as those that were made on the way to code for lanes.
            reads.removeSubrange(readCount...)
            return false
        }
    }

    /// One piece of code: for blocks of lanes where it can be, else for one sample at a time.
    private mutating func codeUnit(
        at place: Place, in scope: BindingScope?, point: [Int], isSampled: Bool, isLane: Bool,
        _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> (Code, constant: Double?) {
        self.scope = scope
        let start = here
        let readCount = reads.count
        if isLane {
            unit = CodeUnit(isLane: true, point: point, mayLoop: true)
            do throws(LoweringFailure) {
                let register = try toLane(try body(&self), place)
                emit(Instruction(.laneEnd, register), at: place)
                program.scalarRegisters = max(program.scalarRegisters, unit.scalarMax)
                program.laneRegisters = max(program.laneRegisters, unit.laneMax)
                return (Code(start: flush(from: start), isLane: true, offsets: finishOffsets()), nil)
            } catch {
                discard(from: start)
                guard case .notForLanes = error else { throw error }
                // Definitions made on the way stay: they are valid, if unread.
                reads.removeSubrange(readCount...)
                self.scope = scope
            }
        }
        unit = CodeUnit(isLane: false, point: point, isSampled: isSampled, mayLoop: true)
        let operand: Operand
        do throws(LoweringFailure) {
            operand = try body(&self)
        } catch {
            discard(from: start)
            throw error
        }
        var constant: Double?
        if case .constant(let value) = operand { constant = value }
        let register = try toScalar(operand, place)
        emit(Instruction(.end, register), at: place)
        program.scalarRegisters = max(program.scalarRegisters, unit.scalarMax)
        return (Code(start: flush(from: start), isLane: false, offsets: finishOffsets()), constant)
    }

    // MARK: Loading

    /// The value of a definition at the current point and step.
    mutating func load(_ number: Int, _ place: Place, _ target: Int? = nil) throws(LoweringFailure) -> Operand {
        reads.append(number)
        if let constant = program.definitions[number].constant { return .constant(constant) }
        if program.definitions[number].varies, !program.calendar.hasHorizon {
            throw report(.noHorizon("this varies over time, and", at: location(place)))
        }
        return try load(definition: number, stepsBack: 0, place, target)
    }

    /// The same some steps before the current one.
    mutating func load(
        definition number: Int, stepsBack: Int, _ place: Place, _ target: Int? = nil
    ) throws(LoweringFailure) -> Operand {
        let varies = program.definitions[number].axes.contains(.time)
        return try load(number, step: varies ? -stepsBack : 0, isCurrent: varies, place, target)
    }

    /// The value of a definition at the current point, at a step that is counted from the current or from the first one.
    mutating func load(
        _ number: Int, step: Int, isCurrent: Bool, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let axes = program.definitions[number].axes
        let isSampled = axes.contains(.sample)
        // It would be that of some sample, whichever was computed last.
        if isSampled, !unit.isSampled { throw report(.noWayToCompute(at: location(place))) }
        let steps = axes.contains(.time) ? program.calendar.count : 1
        let address = program.definitions[number].address + combination(of: unit.point, in: axes) * steps + step
        let offset = try offset(in: axes, scale: steps)
        if unit.isLane, isSampled || unit.laneBranches > 0 {
            let register = try newLane()
            let op: Opcode =
                isSampled
                ? (isCurrent ? .laneLoadStep : .laneLoad) : (isCurrent ? .laneLoadUniformStep : .laneLoadUniform)
            emit(Instruction(op, register, wide: address, detail: offset), at: place)
            return .lane(register)
        }
        let register = try scalar(target, place)
        let op: Opcode = isSampled ? (isCurrent ? .loadLaneStep : .loadLane) : (isCurrent ? .loadStep : .load)
        emit(Instruction(op, register, wide: address, detail: offset), at: place)
        return .scalar(register)
    }
}
