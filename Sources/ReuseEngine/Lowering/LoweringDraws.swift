import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// What draws stand in, which names them: a declaration, a patch or a command.
struct DrawOwner {
    var declaration = DeclarationID.none
    var path = ""
    /// What results call them, where that is not the path.
    var label: String?
    var rank = DrawSource.Rank.declaration
    /// By place, of the ranges and distributions met so far. Each is one random variable, however often its code is made: for
    /// each member of an index, or in each term of a sum.
    private var ordinals: [Place: Int] = [:]

    init() {}

    init(_ declaration: DeclarationID, named path: String) {
        self.declaration = declaration
        self.path = path
    }

    /// Of a patch of a declaration: its own draws, whatever other patches there are.
    init(patch path: String, label: String, of declaration: DeclarationID) {
        self.declaration = declaration
        self.path = path
        self.label = label
        rank = .patch
    }

    init(command text: String) {
        path = "show " + text
        rank = .command
    }

    mutating func ordinal(of place: Place) -> Int {
        let known = ordinals[place] ?? ordinals.count
        ordinals[place] = known
        return known
    }
}

/// What is uncertain: ranges and distributions, each with the draws that it is made of.
extension Lowering {
    /// The variable of a draw: its owner's name and the draw's place in it, the member and the date where it is per those.
    private mutating func drawSource(at place: Place) -> Int {
        var name = drawOwner.path + "#" + String(drawOwner.ordinal(of: place))
        var isPerTime = false
        // A patch has one draw, whatever it patches.
        if !drawOwner.declaration.isNone, drawOwner.rank == .declaration {
            let axes = perAxes(of: drawOwner.declaration)
            for index in axes.indexNumbers where unit.point[index] >= 0 {
                name += "[" + model.symbols[model.indexes[index].members[unit.point[index]]] + "]"
            }
            isPerTime = axes.contains(.time) && program.calendar.hasHorizon
        }
        let variables = isPerTime ? program.calendar.steps.map { hash(name + "@" + $0.text) } : [hash(name)]
        var source = DrawSource(path: drawOwner.path, variables: variables, name: name, rank: drawOwner.rank)
        source.label = drawOwner.label
        // A patch has draws of its own, which are not those of what it patches.
        if !drawOwner.declaration.isNone, drawOwner.path == model.name(drawOwner.declaration) {
            source.declaration = drawOwner.declaration
        }
        program.draws.append(source)
        return program.draws.count - 1
    }

    func hash(_ text: String) -> UInt64 { Self.hash(text) }

    static func hash(_ text: String) -> UInt64 {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer { reuse_hash($0.baseAddress, $0.count) }
    }

    mutating func lowerDraw(
        _ distribution: Distribution, _ parameters: ArraySlice<ExpressionID>, _ id: ExpressionID, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        if distribution.isOfLists { return try drawFromLists(distribution, parameters, place) }
        var operands: [Operand] = []
        for parameter in parameters {
            let operand = try lower(parameter)
            protect(operand)
            operands.append(operand)
        }
        let source = drawSource(at: place)
        let base = mark()
        for operand in operands { protect(operand) }
        let isLane = unit.isLane
        let result = isLane ? try newLane() : try newScalar(place)
        emit(Instruction(isLane ? .laneDraw : .draw, result, wide: source), at: place)
        var first = -1
        for operand in operands {
            let register = isLane ? try newLane() : try newScalar(place)
            if first < 0 { first = register }
            if isLane {
                emit(Instruction(.laneMove, register, try toLane(operand, place)), at: place)
                unit.laneTop = register + 1
            } else {
                _ = try toScalar(operand, place, target: register)
            }
        }
        emit(Instruction(isLane ? .laneQuantile : .quantile, result, first, detail: distribution.rawValue), at: place)
        return try settle(isLane ? .lane(result) : .scalar(result), base, nil, place)
    }

    /// In lanes, lists that are the same in all samples are computed by themselves, once.
    private mutating func drawFromLists(
        _ distribution: Distribution, _ lists: ArraySlice<ExpressionID>, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        let base = mark()
        let isLane = unit.isLane
        var registers: [Int] = []
        for list in lists {
            let operand: Operand
            if isLane {
                let expression = Expression(id: list, scope: scope)
                guard try !axes(of: expression).contains(.sample), isLiftable(expression) else { throw .notForLanes }
                operand = try load(try wholeDefinition(list), place)
                guard case .scalar = operand else { throw .notForLanes }
            } else {
                operand = try lower(list)
            }
            protect(operand)
            registers.append(try toScalar(operand, self.place(list)))
        }
        let source = drawSource(at: place)
        let result = isLane ? try newLane() : try newScalar(place)
        emit(Instruction(isLane ? .laneDraw : .draw, result, wide: source), at: place)
        emit(
            Instruction(
                isLane ? .laneQuantileOfLists : .quantileOfLists, result, registers.first ?? 0,
                registers.count > 1 ? registers[1] : 0, detail: distribution.rawValue), at: place)
        return try settle(isLane ? .lane(result) : .scalar(result), base, nil, place)
    }
}
