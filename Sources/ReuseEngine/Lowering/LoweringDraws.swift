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
    /// The variable of a draw: its owner's name and the draw's place in it, the member and the date where it is per those. Of
    /// code that runs for many members there is one for each of them, at the number that `offset` makes.
    private mutating func drawSource(at place: Place) throws(LoweringFailure) -> (number: Int, offset: UInt8) {
        let head = drawOwner.path + "#" + String(drawOwner.ordinal(of: place))
        // A patch has one draw, whatever it patches.
        let isOwn = !drawOwner.declaration.isNone && drawOwner.rank == .declaration
        let axes = isOwn ? perAxes(of: drawOwner.declaration) : []
        let isPerTime = axes.contains(.time) && program.calendar.hasHorizon
        let indexes = axes.indexNumbers.filter { unit.point[$0] != -1 }
        let running = indexes.filter { unit.point[$0] <= CodeUnit.anyMember }
        let first = program.draws.count
        let count = running.reduce(1) { $0 * program.indexSizes[$1] }
        for combination in 0..<count {
            var point = unit.point
            setMembers(&point, running, combination)
            let name = indexes.reduce(head) { name, index in
                name + "[" + model.symbols[model.indexes[index].members[point[index]]] + "]"
            }
            let variables = isPerTime ? program.calendar.steps.map { hash(name + "@" + $0.text) } : [hash(name)]
            var source = DrawSource(path: drawOwner.path, variables: variables, name: name, rank: drawOwner.rank)
            source.label = drawOwner.label
            // A patch has draws of its own, which are not those of what it patches.
            if !drawOwner.declaration.isNone, drawOwner.path == model.name(drawOwner.declaration) {
                source.declaration = drawOwner.declaration
            }
            program.draws.append(source)
        }
        program.draws[first].run = count
        return (first, try offset(in: running.reduce(into: []) { $0.insert(.index($1)) }, scale: 1))
    }

    /// A draw in a new register.
    private mutating func draw(at place: Place) throws(LoweringFailure) -> Int {
        let source = try drawSource(at: place)
        let register = unit.isLane ? try newLane() : try newScalar(place)
        emit(
            Instruction(unit.isLane ? .laneDraw : .draw, register, wide: source.number, detail: source.offset),
            at: place)
        return register
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
        let base = mark()
        for operand in operands { protect(operand) }
        let isLane = unit.isLane
        let result = try draw(at: place)
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
        let result = try draw(at: place)
        emit(
            Instruction(
                isLane ? .laneQuantileOfLists : .quantileOfLists, result, registers.first ?? 0,
                registers.count > 1 ? registers[1] : 0, detail: distribution.rawValue), at: place)
        return try settle(isLane ? .lane(result) : .scalar(result), base, nil, place)
    }
}
