import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseStack
import ReuseSyntax

/// Why a piece of a model could not be lowered.
enum LoweringFailure: Error {
    /// It holds what blocks of lanes cannot do; it is lowered for one sample at a time instead.
    case notForLanes
    /// It holds what is different for each member of an index; it is lowered for one member at a time instead.
    case notForAllMembers
    /// Reported.
    case reported
}

/// Where a value comes from while code is being made.
enum Operand {
    case constant(Double)
    case scalar(Int)
    case lane(Int)
}

/// What a parameter or local `let` stands for.
enum Binding {
    /// A value in a register, with the expression that it is of where that can be computed by itself, too.
    case operand(Operand, of: WholeValue? = nil)
    /// An expression, to be lowered where it is read.
    case expression(Expression)
    /// A definition made for it.
    case definition(Int)
}

/// An expression with what is bound around it.
struct Expression {
    var id: ExpressionID
    var scope: BindingScope?
}

/// What a value in a register is of, for functions that look at other steps, samples or members of it: a definition is
/// made of it where one first does.
final class WholeValue {
    let expression: Expression
    let variant: Int
    var definition: Int?
    /// The same for what is computed after the steps that look back on it.
    var delayedDefinition: Int?

    init(_ expression: Expression, variant: Int) {
        self.expression = expression
        self.variant = variant
    }
}

/// What is bound around an expression, innermost first.
final class BindingScope {
    let parent: BindingScope?
    private var locals: [Local] = []
    private var bindings: [Binding] = []
    /// Places by local, once they are many: most functions bind a few, and those are looked through faster.
    private var places: [Local: Int] = [:]

    init(parent: BindingScope?) { self.parent = parent }

    func bind(_ local: Local, _ binding: Binding) {
        locals.append(local)
        bindings.append(binding)
        if locals.count == 17 {
            for (place, local) in locals.enumerated() { places[local] = place }
        } else if locals.count > 17 {
            places[local] = locals.count - 1
        }
    }

    private func place(_ local: Local) -> Int? { locals.count > 16 ? places[local] : locals.lastIndex(of: local) }

    func find(_ local: Local) -> Binding? {
        var current: BindingScope? = self
        while let scope = current {
            if let place = scope.place(local) { return scope.bindings[place] }
            current = scope.parent
        }
        return nil
    }
}

/// State of the piece of code being made.
struct CodeUnit {
    /// In a point: the member at which the code runs. That of a loop within the code is so much less by its number.
    static let anyMember = -2

    var isLane: Bool
    /// Inside a branch that only some lanes take, what may fail must fail lane by lane.
    var laneBranches = 0
    var scalarTop = 0
    var laneTop = 0
    var scalarMax = 0
    var laneMax = 0
    /// Member of each index at which the value is wanted; `anyMember` or less where that is known only while the code runs;
    /// -1 where it is of none.
    var point: [Int]
    /// What is added to addresses while the code runs, by the members at which it does.
    var offsets: [OffsetRow] = []
    /// Loops over members: number in `Program.memberLoops`, and the indexes.
    var memberLoops: [(number: Int, indexes: [Int])] = []
    /// Whether it runs for a sample: what is the same for all samples knows of those that are not through statistics alone.
    var isSampled = true
    /// Whether it may have loops over members: the code of a function runs in the midst of others.
    var mayLoop = false
    /// Functions being expanded in place.
    var expansions = 0
    /// Reductions over indexes whose members are being written out.
    var reductions = 0
    /// Only whether the value is known before anything runs is asked: the code is thrown away.
    var seeksConstant = false
}

/// How often functions may be expanded in the place of their calls, for one declaration: calls of calls double quickly.
final class ExpansionBudget {
    private var left = 0
    /// The call at which the budget ran out; reported once, for the script as a whole.
    var exhausted: Place?
    /// What calls vary over, by the function and what its arguments vary over.
    var axes: [AxesKey: Axes] = [:]

    struct AxesKey: Hashable {
        var function: DeclarationID
        var arguments: [Axes]
    }

    /// Where expressions lay too deep within each other; reported once, too.
    private(set) var tooDeep: Place?
    /// Where the stack must not grow further: the functions that look for room need some in between. 0 where its end is not
    /// known.
    private let stackEnd: UInt

    init() {
        #if DEBUG
            let kept: UInt = 8 << 20
        #else
            let kept: UInt = 1 << 20
        #endif
        let end = reuse_stack_end()
        stackEnd = end == 0 ? 0 : end + min(kept, reuse_stack_left() / 4)
    }

    /// Whether there is room to go on into an expression within another: names stand for expressions, and functions for
    /// their bodies, so that a tree that is not deep makes deep ones.
    func hasRoom(at level: Int, of most: Int = Limits.expressionsDeep, _ place: @autoclosure () -> Place) -> Bool {
        if tooDeep != nil { return false }
        // On a stack that is as large as it should be the levels end first, the same on every machine.
        if level < most, reuse_stack_position() > stackEnd { return true }
        tooDeep = place()
        return false
    }

    func refill() { left = Limits.wideCalls }

    func take(for call: Place) -> Bool {
        left -= 1
        if left <= 0, exhausted == nil { exhausted = call }
        return left > 0
    }
}

/// Core to program: which values there are, what they vary over, and the code of each.
struct Lowering {
    let core: Core
    let model: Model
    /// Those of the run, by number.
    let scenarios: [Scenario]
    let seed: UInt64
    let watch: Watch
    var program = Program()
    /// Bytes that the values of one block of samples may take.
    var memory = RunLimits().memory
    var diagnostics: [Diagnostic] = []

    var unit: CodeUnit
    var scope: BindingScope?

    var functionInfo: [FunctionInfo]
    /// By number of a group of functions: the definition that stands for what they read, or -1.
    var functionReads: [Int32]
    var functionNumbers: [FunctionKey: Int] = [:]
    /// Numbers of functions that vary over no index, by declaration, or -1.
    var plainFunctionNumbers: [Int32]
    var functionQueue: [FunctionWork] = []
    let expansions = ExpansionBudget()
    var unaryFunctions: [UnaryOperation: Int] = [:]
    var makesFunctions = true
    var hasMainScenario = true
    /// Where only faults are looked for: by declaration, whether it is plain and its code was left out so far, and whether
    /// all that it reads was lowered.
    var isDeferred: [Bool] = []
    var isSettled: [Bool] = []
    /// The function whose code is being made; of a lambda others are bound around it.
    var currentFunction: FunctionWork.Source?
    /// Inside a field of a market, supply or route: its own place in the index of those.
    var ownMember: MemberPick?
    /// Places in `program.constants`, by their bits, once they are many: a few are looked through.
    private var constantNumbers: [UInt64: Int] = [:]
    /// Units of numbers in texts, by their place in `program.formats`.
    var formatNumbers: [NumberUnit: Int] = [:]
    let units: DisplayUnits
    /// One for each scenario that is needed, the baseline first. What is current is in the properties of the same names.
    var variants: [Variant] = []
    var currentVariant = 0
    /// By policy those that it comes after, also by way of others; made when it is first asked for.
    var earlierPolicies: [PolicySet] = []
    /// Axes of declarations, as far as known.
    var axesOfDeclaration: [Axes]

    /// Code being made; the innermost unit at the end.
    var scratch: [Instruction] = []
    var scratchOrigins: [Origin] = []
    /// The call in whose place code is being written out: number in `Program.callSites`, or -1.
    var site: Int32 = -1

    /// Definitions in the order in which they must be computed.
    var sequence: [Int] = []
    /// Those that are only read at earlier steps (inside `previous`), so that they may come last in a step.
    var delayed: Set<Int> = []
    var delayDepth = 0
    var nesting = 0
    /// How many expressions are being lowered, each within the one before.
    var level = 0
    /// That memory does not do is said once, of the first value that does not fit.
    var lacksMemory = false
    var seriesNesting = 0
    /// Reductions inside others that have a definition of their own.
    var innerReductions: [ValueKey: (number: Int, scope: BindingScope?)] = [:]
    /// The same of values that are wanted at all steps or samples.
    var wholeValues: [ValueKey: (number: Int, scope: BindingScope?)] = [:]
    /// Native values that were made, by what tells them apart.
    var natives: [NativeKey: Int] = [:]
    /// By definition made for an argument: what was written there.
    var argumentExpressions: [Int: Expression] = [:]
    /// Definitions that the current one reads.
    var reads: [Int] = []
    /// What the draws being lowered stand in.
    var drawOwner = DrawOwner()
    /// Printed literals that stand for intervals: the corner of lane k has bit i for literal i.
    var intervals: [Place] = []

    struct FunctionInfo {
        /// What its body reads of the model varies over them.
        var axes: Axes = []
        /// The same of the defaults of its parameters.
        var defaultAxes: Axes = []
        /// It looks at other points of its arguments than the current one, so it is expanded where it is called.
        var isWide = false
        var isRecursive = false
    }

    /// What tells a value of an expression from others that are made of it.
    struct ValueKey: Hashable {
        var expression: ExpressionID
        var variant: Int
        var isDelayed: Bool
        var scope: ObjectIdentifier?
    }

    /// What tells a native value from others at the same place.
    struct NativeKey: Hashable {
        enum Operand: Hashable {
            case definition(Int), constant(UInt64)
            case reduction(TimeReduction, ClosedRange<Int>)
            case statistic(SampleStatistic)
        }

        var place: Place
        /// Of the function calls around it, for what errors say of them.
        var site: Int32
        var isDelayed: Bool
        var operands: [Operand] = []
    }

    struct FunctionKey: Hashable {
        var source: FunctionWork.Source
        var point: [Int]
    }

    struct FunctionWork {
        enum Source: Hashable {
            case declared(DeclarationID)
            case lambda(Int32)
        }

        var number: Int
        var source: Source
        var point: [Int]
        /// Captured locals in order, for lambdas.
        var captures: [Local]
        var variant: Int
    }

    init(_ core: Core, _ scenarios: ScenarioSet, seed: UInt64, isCancelled: @escaping () -> Bool = { false }) {
        self.core = core
        model = core.model
        self.scenarios = scenarios.all
        self.seed = seed
        watch = Watch(isCancelled)
        units = DisplayUnits(model: model)
        unit = CodeUnit(isLane: false, point: Array(repeating: -1, count: model.indexes.count))
        functionReads = Array(repeating: -1, count: model.declarations.count)
        plainFunctionNumbers = functionReads
        functionInfo = Array(repeating: FunctionInfo(), count: model.declarations.count)
        axesOfDeclaration = Array(repeating: [], count: model.declarations.count)
        program.indexSizes = model.indexes.map { $0.members.count }
        program.ofDeclaration = Array(repeating: -1, count: model.declarations.count)
    }

    /// No member of any index.
    @inline(__always)
    var noPoint: [Int] { Array(repeating: -1, count: model.indexes.count) }

    // MARK: Places and problems

    @inline(__always)
    func place(_ id: ExpressionID) -> Place { core.place(of: id) }
    func location(_ place: Place) -> Location { model.location(of: place) }
    func location(_ id: ExpressionID) -> Location { model.location(of: core.place(of: id)) }
    /// What a declaration's value stands in: the value, or the declaration where it has none.
    @inline(__always)
    func place(of id: DeclarationID) -> Place {
        let declaration = model.declarations[Int(id.rawValue)]
        let node = declaration.value.isNone ? declaration.node : declaration.value
        return model.place(node, in: declaration.valueModule)
    }

    mutating func report(_ diagnostic: Diagnostic) -> LoweringFailure {
        guard diagnostics.count < Limits.loweringProblems else { return .reported }
        let named = model.naming(program.calls(around: Origin(.none, site: site)), in: diagnostic)
        // What is lowered for a statement twice (for two scenarios, for a check and what it prints) is wrong once.
        if !diagnostics.contains(where: { $0.says(theSameAs: named) }) { diagnostics.append(named) }
        return .reported
    }

    // MARK: Instructions

    mutating func emit(_ instruction: Instruction, at place: Place) {
        scratch.append(instruction)
        scratchOrigins.append(Origin(place, site: site))
    }

    var here: Int { scratch.count }

    /// Moves the code made since `start` to its final place.
    mutating func flush(from start: Int) -> Int {
        let place = program.code.count
        let jump = Opcode.jump.rawValue
        for index in start..<scratch.count {
            let instruction = scratch[index]
            if instruction.op == jump {
                program.code.append(Instruction(.jump, 0, wide: instruction.wide - start + place))
            } else {
                program.code.append(instruction)
            }
            program.origins.append(scratchOrigins[index])
        }
        discard(from: start)
        return place
    }

    mutating func discard(from start: Int) {
        scratch.removeLast(scratch.count - start)
        scratchOrigins.removeLast(scratchOrigins.count - start)
    }

    mutating func constant(_ value: Double) -> Int {
        let number = program.constants.count
        if number <= 16 {
            if let known = program.constants.firstIndex(where: { $0.bitPattern == value.bitPattern }) { return known }
            program.constants.append(value)
            if number == 16 {
                for (place, known) in program.constants.enumerated() { constantNumbers[known.bitPattern] = place }
            }
            return number
        }
        if let known = constantNumbers[value.bitPattern] { return known }
        program.constants.append(value)
        constantNumbers[value.bitPattern] = number
        return number
    }

    /// A jump to be aimed later.
    mutating func emitJump(at place: Place) -> Int {
        emit(Instruction(.jump, 0, wide: 0), at: place)
        return here - 1
    }

    mutating func aim(_ jump: Int) { scratch[jump] = Instruction(.jump, 0, wide: here) }

    // MARK: Registers

    struct Mark {
        var scalar: Int
        var lane: Int
    }

    func mark() -> Mark { Mark(scalar: unit.scalarTop, lane: unit.laneTop) }

    mutating func release(_ mark: Mark) {
        unit.scalarTop = mark.scalar
        unit.laneTop = mark.lane
    }

    mutating func newScalar(_ place: Place) throws(LoweringFailure) -> Int {
        let register = unit.scalarTop
        guard register < Limits.registers else { throw report(.tooLarge(at: location(place))) }
        unit.scalarTop += 1
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
        return register
    }

    /// The register where a caller would like the result, or a new one.
    mutating func scalar(_ target: Int?, _ place: Place) throws(LoweringFailure) -> Int {
        if let target { return target }
        return try newScalar(place)
    }

    mutating func newLane() throws(LoweringFailure) -> Int {
        let register = unit.laneTop
        // What needs more is run sample by sample.
        guard register < Limits.laneRegisters else { throw .notForLanes }
        unit.laneTop += 1
        unit.laneMax = max(unit.laneMax, unit.laneTop)
        return register
    }

    /// The operand in a scalar register, in `target` where one is given.
    mutating func toScalar(_ operand: Operand, _ place: Place, target: Int? = nil) throws(LoweringFailure) -> Int {
        switch operand {
        case .scalar(let register):
            guard let target, target != register else { return register }
            emit(Instruction(.move, target, register), at: place)
            return target
        case .constant(let value):
            let register = try scalar(target, place)
            emit(Instruction(.constant, register, wide: constant(value)), at: place)
            return register
        case .lane: throw .notForLanes
        }
    }

    mutating func toLane(_ operand: Operand, _ place: Place) throws(LoweringFailure) -> Int {
        if case .lane(let register) = operand { return register }
        let source = try toScalar(operand, place)
        let register = try newLane()
        emit(Instruction(.laneFill, register, source), at: place)
        return register
    }

    /// The value of an expression in a scalar register.
    mutating func inScalar(_ id: ExpressionID, target: Int? = nil) throws(LoweringFailure) -> Int {
        try toScalar(try lower(id, target: target), place(id), target: target)
    }

    /// The same with the register last, so that what it is put into stands in order.
    mutating func inNextScalar(_ id: ExpressionID, _ register: Int) throws(LoweringFailure) {
        beginRun(at: register)
        _ = try inScalar(id, target: register)
    }

    /// Makes a register the topmost one.
    mutating func beginRun(at register: Int) {
        unit.scalarTop = register + 1
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
    }

    mutating func inLane(_ id: ExpressionID) throws(LoweringFailure) -> Int { try toLane(try lower(id), place(id)) }

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

    /// Both operands in scalar registers that do not run into each other.
    mutating func inRegisters(
        _ left: Operand, _ right: Operand, _ place: Place
    ) throws(LoweringFailure) -> (Int, Int) {
        protect(left)
        protect(right)
        let a = try toScalar(left, place)
        let b = try toScalar(right, place)
        return (a, b)
    }

    /// The same in lanes.
    mutating func inLanes(
        _ left: Operand, _ right: Operand, _ place: Place
    ) throws(LoweringFailure) -> (Int, Int) {
        protect(left)
        protect(right)
        let a = try toLane(left, place)
        let b = try toLane(right, place)
        return (a, b)
    }

    /// Frees temporaries above a mark, with the result kept in the lowest free register.
    mutating func settle(
        _ operand: Operand, _ start: Mark, _ target: Int?, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        release(start)
        switch operand {
        case .constant: return operand
        case .scalar(let register):
            if register < start.scalar { return operand }
            let kept = try scalar(target, place)
            if kept != register { emit(Instruction(.move, kept, register), at: place) }
            return .scalar(kept)
        case .lane(let register):
            if register < start.lane { return operand }
            let kept = try newLane()
            if kept != register { emit(Instruction(.laneMove, kept, register), at: place) }
            return .lane(kept)
        }
    }

    /// One instruction whose result is a scalar.
    mutating func emitScalar(
        _ op: Opcode, _ a: Int, _ b: Int, _ place: Place, _ target: Int?, detail: UInt8 = 0
    ) throws(LoweringFailure) -> Operand {
        let register = try scalar(target, place)
        emit(Instruction(op, register, a, b, detail: detail), at: place)
        return .scalar(register)
    }

    func isLaneOperand(_ operand: Operand) -> Bool {
        if case .lane = operand { return true }
        return false
    }
}
