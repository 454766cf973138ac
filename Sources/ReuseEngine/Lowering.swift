import ReuseKernels
import ReuseModel
import ReuseStack
import ReuseSyntax

/// Why a piece of a model could not be lowered.
enum LoweringFailure: Error {
    /// It holds what blocks of lanes cannot do; it is lowered for one sample at a time instead.
    case notForLanes
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

/// An expression with the names that are bound around it.
struct Expression {
    var module: Int32
    var node: NodeID
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

/// Names bound around an expression, innermost first.
final class BindingScope {
    let parent: BindingScope?
    private var names: [Int32] = []
    private var bindings: [Binding] = []
    /// Places by name, once they are many: most functions bind a few names, and those are looked through faster.
    private var places: [Int32: Int] = [:]

    init(parent: BindingScope?) { self.parent = parent }

    func bind(_ node: Int32, _ binding: Binding) {
        names.append(node)
        bindings.append(binding)
        if names.count == 17 {
            for (place, name) in names.enumerated() { places[name] = place }
        } else if names.count > 17 {
            places[node] = names.count - 1
        }
    }

    private func place(_ node: Int32) -> Int? { names.count > 16 ? places[node] : names.lastIndex(of: node) }

    func find(_ node: Int32) -> Binding? {
        var current: BindingScope? = self
        while let scope = current {
            if let place = scope.place(node) { return scope.bindings[place] }
            current = scope.parent
        }
        return nil
    }
}

/// State of the piece of code being made.
struct CodeUnit {
    var isLane: Bool
    /// Inside a branch that only some lanes take, what may fail must fail lane by lane.
    var laneBranches = 0
    var scalarTop = 0
    var laneTop = 0
    var scalarMax = 0
    var laneMax = 0
    /// Member of each index at which the value is wanted, or -1.
    var point: [Int]
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
    var exhausted: Location?
    /// What calls vary over, by the function and what its arguments vary over.
    var axes: [AxesKey: Axes] = [:]

    struct AxesKey: Hashable {
        var function: DeclarationID
        var arguments: [Axes]
    }

    /// Where expressions lay too deep within each other; reported once, too.
    private(set) var tooDeep: Location?
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
    func hasRoom(at level: Int, of most: Int = Limits.expressionsDeep, _ place: @autoclosure () -> Location) -> Bool {
        if tooDeep != nil { return false }
        // On a stack that is as large as it should be the levels end first, the same on every machine.
        if level < most, reuse_stack_position() > stackEnd { return true }
        tooDeep = place()
        return false
    }

    func refill() { left = Limits.wideCalls }

    func take(for call: Location) -> Bool {
        left -= 1
        if left <= 0, exhausted == nil { exhausted = call }
        return left > 0
    }
}

/// Model to program: which values there are, what they vary over, and the code of each.
public struct Lowering {
    let model: Model
    let seed: UInt64
    let watch: Watch
    var program = Program()
    /// Bytes that the values of one block of samples may take.
    var memory = RunLimits().memory
    var diagnostics: [Diagnostic] = []

    var tree: SyntaxTree
    var module: Int32 = 0
    var nodeBase: Int32 = 0
    /// By literal over an index: its values by their keys. Code is made for each member, so a search would be one too many.
    var valuesOfLiterals: [Int32: [Symbol: NodeID]] = [:]
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
    var builtinFunctions: [Builtin: Int] = [:]
    var makesFunctions = true
    var hasMainScenario = true
    /// Where only faults are looked for: by declaration, whether it is plain and its code was left out so far, and whether
    /// all that it reads was lowered.
    var isDeferred: [Bool] = []
    var isSettled: [Bool] = []
    var currentFunction: (number: Int, isLambda: Bool)?
    /// Inside a field of a market, supply or route: its own place in the index of those.
    var ownMember: (index: Int, member: Int)?
    var constantNumbers: [UInt64: Int] = [:]
    /// Units of numbers in texts, by their place in `program.formats`.
    var formatNumbers: [NumberUnit: Int] = [:]
    /// Comparisons whose `==` allows for rounding, numbered over all texts.
    var tolerant: Set<Int32> = []
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
    var innerReductions: [ReductionKey: (number: Int, scope: BindingScope?)] = [:]
    /// By definition made for an argument: what was written there.
    var argumentExpressions: [Int: Expression] = [:]
    /// Definitions that the current one reads.
    var reads: [Int] = []
    /// Declaration being lowered, for the names of draws.
    var currentDeclaration: DeclarationID = .none
    var drawPath = ""
    /// What results call the draws, where that is not their path.
    var drawLabel: String?
    var drawRank = DrawSource.Rank.declaration
    /// By node, of the ranges and distributions met so far in it.
    var drawOrdinals: [Int32: Int] = [:]
    var units: DisplayUnits
    /// Literals with a printed precision stand for intervals (`consistent`): the corner of lane k has bit i for literal i.
    var intervals: IntervalLiterals?

    struct FunctionInfo {
        /// What its body reads of the model varies over them.
        var axes: Axes = []
        /// The same of the defaults of its parameters.
        var defaultAxes: Axes = []
        /// It looks at other points of its arguments than the current one, so it is expanded where it is called.
        var isWide = false
        var isRecursive = false
    }

    struct ReductionKey: Hashable {
        /// Numbered over all texts.
        var node: Int32
        var variant: Int
        var isDelayed: Bool
        var scope: ObjectIdentifier?
    }

    struct FunctionKey: Hashable {
        var node: Int32
        var point: [Int]
    }

    struct FunctionWork {
        var number: Int
        var module: Int32
        var node: NodeID
        var point: [Int]
        /// Captured names in order, for lambdas.
        var captures: [Int32]
        var variant: Int
    }

    public init(model: Model, seed: UInt64, isCancelled: @escaping () -> Bool = { false }) {
        self.model = model
        self.seed = seed
        watch = Watch(isCancelled)
        units = DisplayUnits(model: model)
        tree = model.modules.first?.tree ?? SyntaxTree(source: SourceID(0))
        unit = CodeUnit(isLane: false, point: Array(repeating: -1, count: model.indexes.count))
        functionReads = Array(repeating: -1, count: model.declarations.count)
        plainFunctionNumbers = functionReads
        functionInfo = Array(repeating: FunctionInfo(), count: model.declarations.count)
        axesOfDeclaration = Array(repeating: [], count: model.declarations.count)
        // An index that is compared with a member.
        for (number, set) in model.indexes.enumerated() {
            axesOfDeclaration[Int(set.declaration.rawValue)] = .index(number)
        }
        program.indexSizes = model.indexes.map { $0.members.count }
        program.ofDeclaration = Array(repeating: -1, count: model.declarations.count)
    }

    // MARK: Texts

    mutating func enter(_ module: Int32) {
        if self.module == module, nodeBase == model.modules[Int(module)].nodeBase, !tree.nodes.isEmpty,
            tree.source == model.modules[Int(module)].tree.source
        {
            return
        }
        self.module = module
        tree = model.modules[Int(module)].tree
        nodeBase = model.modules[Int(module)].nodeBase
    }

    func global(_ node: NodeID) -> Int32 { nodeBase + node.rawValue }
    func location(_ node: NodeID) -> Location { Location(tree.source, tree[node].span) }
    func location(ofGlobal node: Int32) -> Location {
        guard let place = model.place(ofGlobal: node) else { return location(tree.root) }
        return model.modules[Int(place.module)].tree.location(place.node)
    }
    @inline(__always)
    func isTime(_ node: NodeID) -> Bool { model.types.isTime(model.type(of: node, in: module)) }
    @inline(__always)
    func isNumber(_ node: NodeID) -> Bool { model.types.isNumber(model.type(of: node, in: module)) }
    @inline(__always)
    func isList(_ node: NodeID) -> Bool { model.types.isList(model.type(of: node, in: module)) }
    func type(_ node: NodeID) -> TypeShape { model.types.shape(model.type(of: node, in: module)) }

    mutating func report(_ diagnostic: Diagnostic) -> LoweringFailure {
        guard diagnostics.count < Limits.loweringProblems else { return .reported }
        let named = model.naming(program.calls(around: Origin(-1, site: site)), in: diagnostic)
        // What is lowered for a statement twice (for two scenarios, for a check and what it prints) is wrong once.
        if !diagnostics.contains(where: { $0.says(theSameAs: named) }) { diagnostics.append(named) }
        return .reported
    }

    // MARK: Instructions

    mutating func emit(_ instruction: Instruction, for node: NodeID) {
        scratch.append(instruction)
        scratchOrigins.append(Origin(global(node), site: site))
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
        if let known = constantNumbers[value.bitPattern] { return known }
        program.constants.append(value)
        constantNumbers[value.bitPattern] = program.constants.count - 1
        return program.constants.count - 1
    }

    /// A jump to be aimed later.
    mutating func emitJump(for node: NodeID) -> Int {
        emit(Instruction(.jump, 0, wide: 0), for: node)
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

    mutating func newScalar(_ node: NodeID) throws(LoweringFailure) -> Int {
        let register = unit.scalarTop
        guard register < Limits.registers else { throw report(.tooLarge(at: location(node))) }
        unit.scalarTop += 1
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
        return register
    }

    mutating func newLane(_ node: NodeID) throws(LoweringFailure) -> Int {
        let register = unit.laneTop
        // What needs more is run sample by sample.
        guard register < Limits.laneRegisters else { throw .notForLanes }
        unit.laneTop += 1
        unit.laneMax = max(unit.laneMax, unit.laneTop)
        return register
    }

    /// The operand in a scalar register, in `target` where one is given.
    mutating func toScalar(_ operand: Operand, _ node: NodeID, target: Int? = nil) throws(LoweringFailure) -> Int {
        switch operand {
        case .scalar(let register):
            guard let target, target != register else { return register }
            emit(Instruction(.move, target, register), for: node)
            return target
        case .constant(let value):
            let register: Int
            if let target { register = target } else { register = try newScalar(node) }
            emit(Instruction(.constant, register, wide: constant(value)), for: node)
            return register
        case .lane: throw .notForLanes
        }
    }

    mutating func toLane(_ operand: Operand, _ node: NodeID) throws(LoweringFailure) -> Int {
        if case .lane(let register) = operand { return register }
        let source = try toScalar(operand, node)
        let register = try newLane(node)
        emit(Instruction(.laneFill, register, source), for: node)
        return register
    }

    // MARK: Definitions

    /// A place for a value, without its code.
    mutating func reserve(axes: Axes, origin: Int32, hasPlaces: Bool = true) -> Int {
        var combinations = 1
        for number in axes.indexNumbers {
            let (product, overflow) = combinations.multipliedReportingOverflow(by: model.indexes[number].members.count)
            combinations = overflow ? Int(Int32.max) : product
        }
        let steps = axes.contains(.time) ? program.calendar.count : 1
        let (places, overflow) = combinations.multipliedReportingOverflow(by: steps)
        var definition = Definition(
            kind: .invalid, axes: axes, origin: Origin(origin, site: site), combinations: combinations, address: 0)
        // An instruction has 31 bits for an address.
        let isTooLarge =
            overflow || combinations > Limits.combinations || places > Limits.figures
            || max(program.uniformCount, program.laneBlocks) > Int(Int32.max) - places
        let isShort =
            !isTooLarge && hasPlaces && !program.hasRoom(for: places, isSampled: definition.isSampled, in: memory)
        if isShort {
            definition.combinations = 1
            if let place = model.place(ofGlobal: origin), !lacksMemory {
                lacksMemory = true
                _ = report(
                    .outOfMemory(
                        needs: program.bytes(with: places, isSampled: definition.isSampled), limit: memory,
                        steps: steps, combinations: combinations, isSampled: definition.isSampled,
                        at: model.modules[Int(place.module)].tree.location(place.node)))
            }
        } else if isTooLarge {
            definition.combinations = 1
            if let place = model.place(ofGlobal: origin) {
                let tree = model.modules[Int(place.module)].tree
                _ = report(
                    .tooManyCombinations(
                        "a value can have at most \(Limits.inWords(Limits.combinations)) combinations of members, and \(Limits.inWords(Limits.figures)) figures over them and time",
                        at: tree.location(place.node)))
            }
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
    mutating func define(_ expression: Expression, isDelayed: Bool = false) throws(LoweringFailure) -> Int {
        let axes = try self.axes(of: expression)
        let number = reserve(
            axes: axes, origin: model.modules[Int(expression.module)].nodeBase + expression.node.rawValue)
        try complete(number, isDelayed: isDelayed) { lowering throws(LoweringFailure) in
            try lowering.fill(number, expression)
        }
        return number
    }

    /// Makes a definition that the engine computes by itself from others.
    mutating func defineNative(
        _ kind: Definition.Kind, axes: Axes, reads: [Int], for node: NodeID
    ) throws(LoweringFailure) -> Int {
        let number = reserve(axes: axes, origin: global(node))
        program.definitions[number].kind = kind
        program.definitions[number].reads = reads
        finish(number)
        self.reads.append(number)
        return number
    }

    mutating func complete(
        _ number: Int, isDelayed: Bool, _ body: (inout Lowering) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) {
        let outerUnit = unit
        let outerScope = scope
        let outerModule = module
        let outerReads = reads
        reads = []
        if isDelayed { delayDepth += 1 }
        nesting += 1
        var failure: LoweringFailure?
        do throws(LoweringFailure) {
            let origin = program.definitions[number].origin.node
            if nesting > Limits.valuesDeep { throw report(.tooLarge(at: location(ofGlobal: origin))) }
            guard expansions.hasRoom(at: level, location(ofGlobal: origin)) else { throw .reported }
            try body(&self)
        } catch {
            failure = error
        }
        nesting -= 1
        program.definitions[number].reads = reads
        finish(number)
        if isDelayed { delayDepth -= 1 }
        unit = outerUnit
        scope = outerScope
        enter(outerModule)
        reads = outerReads
        reads.append(number)
        if let failure { throw failure }
    }

    /// Puts a definition into the order of computing.
    mutating func finish(_ number: Int) {
        sequence.append(number)
        if delayDepth > 0 { delayed.insert(number) }
    }

    /// The code of a definition at every combination of its indexes.
    mutating func fill(_ number: Int, _ expression: Expression) throws(LoweringFailure) {
        enter(expression.module)
        scope = expression.scope
        if try fillSeries(number, expression) { return }
        try fill(number, expression) { lowering throws(LoweringFailure) in
            try lowering.lower(expression.node)
        }
    }

    /// The same with the code made by `body`.
    mutating func fill(
        _ number: Int, _ expression: Expression, _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) {
        let axes = program.definitions[number].axes
        let indexes = axes.indexNumbers
        let combinations = program.definitions[number].combinations
        var codes: [Code] = []
        codes.reserveCapacity(combinations)
        var constant: Double?
        let isObject = model.types.isCompound(model.type(of: expression.node, in: expression.module))
        for combination in 0..<combinations {
            var point = Array(repeating: -1, count: model.indexes.count)
            var rest = combination
            for index in indexes.reversed() {
                let count = model.indexes[index].members.count
                point[index] = rest % count
                rest /= count
            }
            if let own = ownMember, !axes.contains(.index(own.index)) { point[own.index] = own.member }
            let (code, value) = try codeUnit(
                expression, point: point, isLane: axes.contains(.sample) && !isObject, body)
            codes.append(code)
            constant = value
        }
        program.definitions[number].isObject = isObject
        program.definitions[number].kind = .code(codes)
        if combinations == 1, axes.isEmpty { program.definitions[number].constant = constant }
    }

    /// One piece of code: for blocks of lanes where it can be, else for one sample at a time.
    private mutating func codeUnit(
        _ expression: Expression, point: [Int], isLane: Bool,
        _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> (Code, constant: Double?) {
        enter(expression.module)
        scope = expression.scope
        let start = here
        let readCount = reads.count
        if isLane {
            unit = CodeUnit(isLane: true, point: point)
            do throws(LoweringFailure) {
                let operand = try body(&self)
                let register = try toLane(operand, expression.node)
                emit(Instruction(.laneEnd, register), for: expression.node)
                program.scalarRegisters = max(program.scalarRegisters, unit.scalarMax)
                program.laneRegisters = max(program.laneRegisters, unit.laneMax)
                return (Code(start: flush(from: start), isLane: true), nil)
            } catch {
                guard case .notForLanes = error else { throw error }
                // Definitions made on the way stay: they are valid, if unread.
                discard(from: start)
                reads.removeSubrange(readCount...)
                enter(expression.module)
                scope = expression.scope
            }
        }
        unit = CodeUnit(isLane: false, point: point)
        let operand: Operand
        do throws(LoweringFailure) {
            operand = try body(&self)
        } catch {
            discard(from: start)
            throw error
        }
        var constant: Double?
        if case .constant(let value) = operand { constant = value }
        let register = try toScalar(operand, expression.node)
        emit(Instruction(.end, register), for: expression.node)
        program.scalarRegisters = max(program.scalarRegisters, unit.scalarMax)
        return (Code(start: flush(from: start), isLane: false), constant)
    }
}
