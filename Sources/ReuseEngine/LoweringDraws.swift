import ReuseKernels
import ReuseModel
import ReuseSyntax

/// What is uncertain: ranges and distributions, each with the draws that it is made of.
extension Lowering {
    /// A range's place among those of its declaration. It is one random variable, however often its code is made: for each
    /// member of an index, or in each term of a sum.
    private mutating func ordinal(of node: NodeID) -> Int {
        let known = drawOrdinals[global(node)] ?? drawOrdinals.count
        drawOrdinals[global(node)] = known
        return known
    }

    /// The variable of a draw: the declaration's name and the draw's place in it, the member and the date where it is per those.
    private mutating func drawSource(_ ordinal: Int) -> Int {
        var name = drawPath + "#" + String(ordinal)
        var isPerTime = false
        // A patch has one draw, whatever it patches.
        if !currentDeclaration.isNone, drawRank == .declaration {
            let axes = perAxes(of: model[currentDeclaration])
            for index in axes.indexNumbers where unit.point[index] >= 0 {
                name += "[" + model.symbols[model.indexes[index].members[unit.point[index]]] + "]"
            }
            isPerTime = axes.contains(.time) && program.calendar.hasHorizon
        }
        var variables: [UInt64] = []
        if isPerTime {
            for step in program.calendar.steps { variables.append(hash(name + "@" + step.text)) }
        } else {
            variables = [hash(name)]
        }
        var source = DrawSource(path: drawPath, variables: variables, name: name, rank: drawRank)
        source.label = drawLabel
        // A patch has draws of its own, which are not those of what it patches.
        if !currentDeclaration.isNone, drawPath == model.name(currentDeclaration) {
            source.declaration = currentDeclaration
        }
        program.draws.append(source)
        return program.draws.count - 1
    }

    func hash(_ text: String) -> UInt64 { Self.hash(text) }

    static func hash(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { reuse_hash($0.baseAddress, $0.count) }
    }

    /// `a to b`.
    mutating func lowerRange(_ id: NodeID, _ node: Node) throws(LoweringFailure) -> Operand {
        let range = tree.range(node)
        let low = try rangeEnd(range.low, like: range.high)
        let high = try lower(range.high)
        let isShare = percent(range.low) && percent(range.high)
        return try draw(
            isShare ? .logitRange : .lognormalRange, isShare ? .laneLogitRange : .laneLognormalRange, [low, high], id)
    }

    private func percent(_ id: NodeID) -> Bool {
        let node = tree[id]
        return node.kind == .number && node.traits.contains(.percent)
            && tree.number(node) <= 1
    }

    /// A bare literal on the left takes the unit that is written after the right one.
    private mutating func rangeEnd(_ id: NodeID, like other: NodeID) throws(LoweringFailure) -> Operand {
        var low = tree[id]
        var high = tree[other]
        if low.kind == .negate { low = tree[tree.operand(low)] }
        if high.kind == .negate { high = tree[tree.operand(high)] }
        var result = try lower(id)
        guard low.kind == .number, high.kind == .quantity else { return result }
        for raw in tree.quantity(high).units {
            protect(result)
            var factor = try lower(raw)
            let exponent = tree.unitPower(raw).exponent
            if exponent != 1 { factor = try binary(.power, factor, .constant(Double(exponent)), raw, nil) }
            if case .constant(1) = factor { continue }
            result = try binary(.multiply, result, factor, id, nil)
        }
        return result
    }

    mutating func lowerDistribution(_ builtin: Builtin, _ id: NodeID, _ node: Node) throws(LoweringFailure)
        -> Operand
    {
        let written = tree.call(node).arguments.map { tree.argument($0) }
        let labels = written.map { $0.label.map { model.symbols[$0] } ?? "" }
        guard let (form, order) = DistributionForm.of(builtin, labels: labels) else { throw .reported }
        let parameters = order.compactMap { $0 }.map { written[$0].value }
        let ops: (Opcode, Opcode)
        switch form {
        case .normalMoments: ops = (.normalMoments, .laneNormalMoments)
        case .normalRange: ops = (.normalRange, .laneNormalRange)
        case .lognormalMoments: ops = (.lognormalMoments, .laneLognormalMoments)
        case .lognormalRange: ops = (.lognormalRange, .laneLognormalRange)
        case .uniform: ops = (.uniformRange, .laneUniformRange)
        case .triangular: ops = (.triangular, .laneTriangular)
        case .pert: ops = (.pert, .lanePert)
        case .beta: ops = (.beta, .laneBeta)
        case .gammaShape: ops = (.gammaShape, .laneGammaShape)
        case .gammaMoments: ops = (.gammaMoments, .laneGammaMoments)
        case .discrete:
            if parameters.count == 1 { return try drawFromList(.equallyLikely, .laneEquallyLikely, parameters, id) }
            return try drawFromList(.discrete, .laneDiscrete, parameters, id)
        case .empirical: return try drawFromList(.empirical, .laneEmpirical, parameters, id)
        }
        var operands: [Operand] = []
        for raw in parameters {
            let operand = try lower(raw)
            protect(operand)
            operands.append(operand)
        }
        return try draw(ops.0, ops.1, operands, id)
    }

    /// In lanes, lists that are the same in all samples are computed by themselves, once.
    private mutating func drawFromList(
        _ scalar: Opcode, _ lane: Opcode, _ lists: [NodeID], _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        var registers: [Int] = []
        for raw in lists {
            var operand: Operand
            if unit.isLane {
                let list = Expression(module: module, node: raw, scope: scope)
                guard try !axes(of: list).contains(.sample), isLiftable(list) else { throw .notForLanes }
                operand = try load(try wholeDefinition(raw, for: id), id)
                guard case .scalar = operand else { throw .notForLanes }
            } else {
                operand = try lower(raw)
            }
            protect(operand)
            registers.append(try toScalar(operand, raw))
        }
        let source = drawSource(ordinal(of: id))
        let place = unit.isLane ? try newLane(id) : try newScalar(id)
        emit(Instruction(unit.isLane ? .laneDraw : .draw, place, wide: source), for: id)
        emit(
            Instruction(unit.isLane ? lane : scalar, place, registers[0], registers.count > 1 ? registers[1] : 0),
            for: id)
        return try settle(unit.isLane ? .lane(place) : .scalar(place), base, nil, id)
    }

    private mutating func draw(
        _ scalar: Opcode, _ lane: Opcode, _ parameters: [Operand], _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let source = drawSource(ordinal(of: id))
        let base = mark()
        for parameter in parameters { protect(parameter) }
        if unit.isLane {
            let place = try newLane(id)
            emit(Instruction(.laneDraw, place, wide: source), for: id)
            var first = -1
            for parameter in parameters {
                let register = try newLane(id)
                if first < 0 { first = register }
                emit(Instruction(.laneMove, register, try toLaneAbove(parameter, register, id)), for: id)
                unit.laneTop = register + 1
            }
            emit(Instruction(lane, place, first), for: id)
            return try settle(.lane(place), base, nil, id)
        }
        let place = try newScalar(id)
        emit(Instruction(.draw, place, wide: source), for: id)
        var first = -1
        for parameter in parameters {
            let register = try newScalar(id)
            if first < 0 { first = register }
            _ = try toScalar(parameter, id, target: register)
        }
        emit(Instruction(scalar, place, first), for: id)
        return try settle(.scalar(place), base, nil, id)
    }

    private mutating func toLaneAbove(_ operand: Operand, _ register: Int, _ id: NodeID) throws(LoweringFailure) -> Int
    {
        if case .lane(let own) = operand { return own }
        return try toLane(operand, id)
    }
}
