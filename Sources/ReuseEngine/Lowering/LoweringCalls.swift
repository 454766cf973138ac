import ReuseCore
import ReuseModel
import ReuseSyntax

/// Calls and function values.
extension Lowering {
    /// A call of a function value.
    mutating func lowerApply(
        _ callee: ExpressionID, _ arguments: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let first = try inRun(callee, arguments, place)
        release(base)
        emit(Instruction(.callValue, first, 0, arguments.count), at: place)
        return try settleCall(first, target, place)
    }

    /// A function value and its arguments in a run of registers at the top. Returns the first.
    private mutating func inRun(
        _ callee: ExpressionID, _ arguments: ArraySlice<ExpressionID>, _ place: Place
    ) throws(LoweringFailure) -> Int {
        guard unit.scalarTop + arguments.count + 1 < Limits.registers else {
            throw report(.tooLarge(at: location(place)))
        }
        let first = unit.scalarTop
        try inNextScalar(callee, first)
        for (position, argument) in arguments.enumerated() { try inNextScalar(argument, first + 1 + position) }
        return first
    }

    private mutating func settleCall(
        _ register: Int, _ target: Int?, _ place: Place
    ) throws(LoweringFailure) -> Operand {
        if let target, target != register {
            emit(Instruction(.move, target, register), at: place)
            return .scalar(target)
        }
        protect(.scalar(register))
        return .scalar(register)
    }

    mutating func lowerCall(
        _ function: DeclarationID, _ arguments: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let info = functionInfo[Int(function.rawValue)]
        if info.isWide {
            if info.isRecursive {
                // What is wrong with the function is said at one of its calls.
                let problem = Diagnostic.needsWholeSeries(model.name(function), at: location(place))
                if diagnostics.contains(where: { $0.message == problem.message }) { throw .reported }
                throw report(problem)
            }
            return try expand(function, arguments, place, target)
        }
        if unit.isLane {
            if info.isRecursive { throw .notForLanes }
            return try expand(function, arguments, place, target)
        }
        let number = try functionNumber(of: function)
        let base = mark()
        let first = unit.scalarTop
        try lowerArguments(of: function, arguments, place, from: first)
        release(base)
        emit(Instruction(.call, first, wide: number), at: place)
        protect(.scalar(first))
        return try settleCall(first, target, place)
    }

    /// Arguments into consecutive registers, defaults among them.
    private mutating func lowerArguments(
        of function: DeclarationID, _ arguments: ArraySlice<ExpressionID>, _ place: Place, from first: Int
    ) throws(LoweringFailure) {
        guard first + arguments.count < Limits.registers else { throw report(.tooLarge(at: location(place))) }
        var inner: BindingScope?
        for (position, argument) in arguments.enumerated() {
            let register = first + position
            guard argument.isNone else {
                try inNextScalar(argument, register)
                continue
            }
            // A default may read the parameters before it.
            let own = core.function(function)
            let scope = inner ?? BindingScope(parent: nil)
            if inner == nil {
                inner = scope
                for (before, parameter) in own.parameters.enumerated() {
                    scope.bind(parameter, .operand(.scalar(first + before)))
                }
            }
            beginRun(at: register)
            let value = Expression(id: own.defaults[position], scope: scope)
            _ = try toScalar(try lower(value, target: register), place, target: register)
        }
    }

    // MARK: Code of functions

    /// The code of a function at the current point of the indexes that it reads.
    private mutating func functionNumber(of id: DeclarationID) throws(LoweringFailure) -> Int {
        let index = Int(id.rawValue)
        let known = plainFunctionNumbers[index]
        let read = functionReads[Int(model.component[index])]
        if read >= 0 { reads.append(Int(read)) }
        if known >= 0 { return Int(known) }
        let axes = functionInfo[index].axes
        let count = model.parameterNodes(of: id).count
        let number = try functionNumber(.declared(id), axes: axes, captures: [], parameters: count)
        if axes.indexes.isEmpty { plainFunctionNumbers[index] = Int32(number) }
        return number
    }

    private mutating func functionNumber(
        _ source: FunctionWork.Source, axes: Axes, captures: [Local], parameters: Int
    ) throws(LoweringFailure) -> Int {
        try needMembers(of: axes)
        var point = noPoint
        for index in axes.indexNumbers { point[index] = unit.point[index] }
        let key = FunctionKey(source: source, point: point)
        if captures.isEmpty, let known = functionNumbers[key] { return known }
        let number = program.functions.count
        program.functions.append(
            FunctionCode(start: -1, parameters: parameters, captures: captures.count, registers: 0))
        if captures.isEmpty { functionNumbers[key] = number }
        functionQueue.append(
            FunctionWork(number: number, source: source, point: point, captures: captures, variant: currentVariant))
        return number
    }

    /// What a lambda names, functions among them as what they read: who calls it rests on that, though its code is made last.
    private func readsOfLambda(_ id: ExpressionID) -> [Int] {
        Set(core.declarations(in: id).map { definition(behind: $0) }.filter { $0 >= 0 }).sorted()
    }

    /// The definition of a declaration, for a function the one that stands for what it reads; -1 where there is none.
    private func definition(behind id: DeclarationID) -> Int {
        let index = Int(id.rawValue)
        if model.declarations[index].kind == .function { return Int(functionReads[Int(model.component[index])]) }
        return program.ofDeclaration[index]
    }

    /// Stands for what the functions of a group read, in the order of computing; nil where they read nothing.
    mutating func noteReads(of group: [DeclarationID]) -> Int? {
        var result: Int?
        for id in group where model.declarations[Int(id.rawValue)].kind == .function {
            result = noteReads(of: id) ?? result
        }
        return result
    }

    /// The same for one function; what its group is known to read, with what it reads itself.
    mutating func noteReads(of id: DeclarationID) -> Int? {
        let component = Int(model.component[Int(id.rawValue)])
        let known = Int(functionReads[component])
        var named = known >= 0 ? program.definitions[known].reads : []
        for read in model.reads(of: id) {
            let number = definition(behind: read.target)
            if number >= 0, number != known, program.definitions[number].constant == nil { named.append(number) }
        }
        guard !named.isEmpty else { return nil }
        named = Set(named).sorted()
        if known >= 0 {
            program.definitions[known].reads = named
            return known
        }
        let number = reserve(axes: [], at: model.place(model[id].node, in: model[id].module))
        program.definitions[number].kind = .reads
        program.definitions[number].reads = named
        functionReads[component] = Int32(number)
        return number
    }

    /// Makes the code of the functions that are called, one after the other: calls nest without end.
    mutating func lowerQueuedFunctions() {
        if !makesFunctions { functionQueue = functionQueue.filter { needsHorizon($0) } }
        while let work = functionQueue.popLast() {
            enterVariant(work.variant)
            unit = CodeUnit(isLane: false, point: work.point)
            let start = here
            let inner = BindingScope(parent: nil)
            let (parameters, body) = parts(of: work)
            for local in parameters + work.captures {
                inner.bind(local, .operand(.scalar(unit.scalarTop)))
                unit.scalarTop += 1
            }
            unit.scalarMax = max(unit.scalarTop, 1)
            scope = inner
            currentFunction = work.source
            do throws(LoweringFailure) {
                try lowerTail(body)
                program.functions[work.number].start = flush(from: start)
                // One more: a call of no arguments leaves its result in the first register.
                program.functions[work.number].registers = unit.scalarMax + 1
            } catch {
                discard(from: start)
            }
            currentFunction = nil
        }
        scope = nil
    }

    private func parts(of work: FunctionWork) -> (parameters: [Local], body: ExpressionID) {
        switch work.source {
        case .declared(let id):
            let function = core.function(id)
            return (function.parameters, function.body)
        case .lambda(let number):
            let lambda = core.lambdas[Int(number)]
            return (lambda.parameters, lambda.body)
        }
    }

    /// Whether the code of a function may fail for want of a horizon, which a check reports, too.
    private func needsHorizon(_ work: FunctionWork) -> Bool {
        if program.calendar.hasHorizon { return false }
        return core.contains(parts(of: work).body) { operation in
            switch operation {
            case .now: true
            case .read(let target), .call(let target, _), .function(let target):
                axesOfDeclaration[Int(target.rawValue)].contains(.time)
            default: false
            }
        }
    }

    /// Code for the last expression of a function: calls there take no depth.
    private mutating func lowerTail(_ id: ExpressionID) throws(LoweringFailure) {
        switch core[id] {
        case .conditional(let parts):
            var rest = core.elements(parts)
            while rest.count > 1, let condition = rest.popFirst(), let value = rest.popFirst() {
                let exits = try lowerCondition(condition)
                let base = mark()
                try lowerTail(value)
                release(base)
                for exit in exits { aim(exit) }
            }
            try lowerTail(rest.first ?? .none)
        case .block(let number):
            let block = core.blocks[Int(number)]
            let outer = scope
            defer { scope = outer }
            try lowerLets(of: block)
            if !block.value.isNone { try lowerTail(block.value) }
        case .call(let function, let arguments) where !functionInfo[Int(function.rawValue)].isWide:
            let number = try functionNumber(of: function)
            let first = unit.scalarTop
            try lowerArguments(of: function, core.elements(arguments), place(id), from: first)
            emit(Instruction(.tailCall, first, wide: number), at: place(id))
        case .apply(let callee, let arguments):
            let first = try inRun(callee, core.elements(arguments), place(id))
            emit(Instruction(.tailCallValue, first, 0, Int(arguments.count)), at: place(id))
        default: emit(Instruction(.giveBack, try inScalar(id)), at: place(id))
        }
    }

    // MARK: Blocks

    mutating func lowerBlock(_ block: Block, _ target: Int?) throws(LoweringFailure) -> Operand {
        let outer = scope
        defer { scope = outer }
        try lowerLets(of: block)
        return block.value.isNone ? .constant(0) : try lower(block.value, target: target)
    }

    /// Binds the `let`s of a block in a scope within the current one, which it enters.
    private mutating func lowerLets(of block: Block) throws(LoweringFailure) {
        let inner = BindingScope(parent: scope)
        scope = inner
        for (local, value) in block.lets {
            if case .declared? = currentFunction {
                // In the code of a function that looks at no other points everything is one value at a time.
                let operand = try lower(value)
                protect(operand)
                inner.bind(local, .operand(operand))
            } else {
                inner.bind(local, try bind(Expression(id: value, scope: scope)))
            }
        }
    }

    // MARK: Binding

    /// How an expression is kept that is named inside a function: as a definition where it may be read at other points,
    /// else in a register.
    mutating func bind(_ expression: Expression) throws(LoweringFailure) -> Binding {
        let axes = try self.axes(of: expression)
        let isElsewhere = axes.contains(.sample) && !unit.isSampled
        let isSimple = axes.intersection([.time, .allIndexes]).isEmpty && !isElsewhere
        if isSimple || !isLiftable(expression) {
            if !axes.indexes.isEmpty || isElsewhere { return .expression(expression) }
            let operand = try inside(expression) { lowering throws(LoweringFailure) in
                try lowering.lower(expression.id)
            }
            protect(operand)
            if case .constant = operand { return .operand(operand) }
            let isWhole = isLiftable(expression, throughRegisters: true)
            return .operand(operand, of: isWhole ? WholeValue(expression, variant: currentVariant) : nil)
        }
        var number = -1
        if case .read(let target) = core[expression.id] { number = program.ofDeclaration[Int(target.rawValue)] }
        if number < 0 { number = try define(expression) }
        argumentExpressions[number] = expression
        return .definition(number)
    }

    /// Whether an expression rests on nothing that is in a register now, so that it can be computed by itself;
    /// `throughRegisters`: or on what is in one, but can be computed by itself.
    func isLiftable(_ expression: Expression, throughRegisters: Bool = false) -> Bool {
        for local in core.freeLocals(of: expression.id) {
            switch expression.scope?.find(local) {
            case .operand(.constant, _), .definition: continue
            case .operand(_, of: let whole): if whole == nil || !throughRegisters { return false }
            case nil: return false
            case .expression(let inner):
                guard expansions.hasRoom(at: level, place(inner.id)),
                    isLiftable(inner, throughRegisters: throughRegisters)
                else { return false }
            }
        }
        return true
    }

    /// An expression that can be computed by itself: what its locals have in registers is made a definition. Nil where it
    /// rests on a value that only the code around it knows, such as an item of a list.
    mutating func lifted(_ expression: Expression) throws(LoweringFailure) -> Expression? {
        guard expansions.hasRoom(at: level, place(expression.id)) else { throw .reported }
        var inner: BindingScope?
        for local in core.freeLocals(of: expression.id) {
            let binding: Binding
            switch (inner ?? expression.scope)?.find(local) {
            case .operand(.constant, _), .definition: continue
            case .operand(_, of: let whole):
                guard let whole, let number = try definition(of: whole) else { return nil }
                binding = .definition(number)
            case .expression(let argument):
                if isLiftable(argument) { continue }
                guard let whole = try lifted(argument) else { return nil }
                binding = .expression(whole)
            case nil: return nil
            }
            let scope = inner ?? BindingScope(parent: expression.scope)
            scope.bind(local, binding)
            inner = scope
        }
        return Expression(id: expression.id, scope: inner ?? expression.scope)
    }

    /// The definition of what is in a register; nil where it cannot be computed by itself.
    mutating func definition(of whole: WholeValue) throws(LoweringFailure) -> Int? {
        if let known = delayDepth > 0 ? whole.delayedDefinition : whole.definition { return known }
        return try inVariant(whole.variant) { lowering throws(LoweringFailure) in
            guard let expression = try lowering.lifted(whole.expression) else { return nil }
            let number = try lowering.define(expression)
            lowering.argumentExpressions[number] = expression
            if lowering.delayDepth > 0 { whole.delayedDefinition = number } else { whole.definition = number }
            return number
        }
    }

    // MARK: Expansion

    /// A function's body in the place of its call. Arguments are computed first, as in any call.
    private mutating func expand(
        _ id: DeclarationID, _ arguments: ArraySlice<ExpressionID>, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard unit.expansions < 64 else {
            if unit.isLane { throw .notForLanes }
            throw report(.tooLarge(at: location(place)))
        }
        guard expansions.take(for: place) else {
            if unit.isLane { throw .notForLanes }
            throw report(.tooManyExpansions(at: location(place)))
        }
        let base = mark()
        let function = core.function(id)
        let inner = BindingScope(parent: nil)
        var strict: [Int] = []
        for (position, expression) in expressions(of: arguments, function, in: scope, inner).enumerated() {
            let binding = try bind(expression)
            inner.bind(function.parameters[position], binding)
            if case .operand(.lane(let register), _) = binding { strict.append(register) }
        }
        program.callSites.append(CallSite(place: place, within: site))
        let result: Operand
        do {
            let outer = (scope: scope, site: site)
            defer {
                unit.expansions -= 1
                (scope, site) = outer
            }
            site = Int32(truncatingIfNeeded: program.callSites.count - 1)
            scope = inner
            unit.expansions += 1
            result = try lower(function.body)
        }
        if unit.isLane, !strict.isEmpty, case .lane(let register) = result {
            // An argument that failed fails the call, read or not.
            protect(result)
            let kept = try newLane()
            emit(Instruction(.laneMove, kept, register), at: place)
            for argument in strict.reversed() { emit(Instruction(.laneStrict, kept, argument), at: place) }
            return try settle(.lane(kept), base, target, place)
        }
        return try settle(result, base, target, place)
    }

    /// What the parameters of a function stand for in a call: arguments with what is bound around the call, and defaults,
    /// which may read the parameters before them.
    func expressions(
        of arguments: ArraySlice<ExpressionID>, _ function: Core.Function, in scope: BindingScope?,
        _ inner: BindingScope
    ) -> [Expression] {
        zip(arguments, function.defaults).map { argument, standard in
            argument.isNone ? Expression(id: standard, scope: inner) : Expression(id: argument, scope: scope)
        }
    }

    // MARK: Function values

    mutating func lowerLambda(
        _ id: ExpressionID, _ number: Int32, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let lambda = core.lambdas[Int(number)]
        var captures: [Local] = []
        // Locals that stand in registers are copied into the function value; the rest is found again inside.
        var substitutions: [(local: Local, binding: Binding)] = []
        var pending = [Expression(id: id, scope: scope)]
        while let expression = pending.popLast() {
            for local in core.freeLocals(of: expression.id) {
                let isNew = !substitutions.contains { $0.local == local }
                switch expression.scope?.find(local) {
                case .operand(.scalar, of: let whole):
                    if !captures.contains(local) { captures.append(local) }
                    if let whole, isNew { substitutions.append((local, .operand(.constant(0), of: whole))) }
                case .some(let binding):
                    if isNew { substitutions.append((local, binding)) }
                    if case .expression(let inner) = binding { pending.append(inner) }
                case nil: continue
                }
            }
        }
        if !substitutions.isEmpty { return try lowerLambdaInPlace(lambda, captures, substitutions, place, target) }
        let axes = try self.axes(of: Expression(id: lambda.body, scope: scope))
        reads += readsOfLambda(id)
        let made = try functionNumber(
            .lambda(number), axes: axes, captures: captures, parameters: lambda.parameters.count)
        return try makeClosure(made, captures, place, target)
    }

    private mutating func makeClosure(
        _ number: Int, _ captures: [Local], _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard number <= Int(UInt16.max) else { throw report(.tooLarge(at: location(place))) }
        let base = mark()
        let first = unit.scalarTop
        for (position, local) in captures.enumerated() {
            guard case .operand(let operand, _) = scope?.find(local) else { throw .reported }
            unit.scalarTop = first + position
            _ = try toScalar(operand, place, target: try newScalar(place))
        }
        release(base)
        let register = try scalar(target, place)
        emit(Instruction(.closure, register, first, number), at: place)
        return .scalar(register)
    }

    /// A lambda inside an expanded function: its code is made now, while what is bound around it is known.
    private mutating func lowerLambdaInPlace(
        _ lambda: Lambda, _ captures: [Local], _ substitutions: [(local: Local, binding: Binding)], _ place: Place,
        _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        // Its code outlives the point at which it is made.
        if unit.point.contains(CodeUnit.anyMember) { throw .notForAllMembers }
        let number = program.functions.count
        program.functions.append(
            FunctionCode(start: -1, parameters: lambda.parameters.count, captures: captures.count, registers: 0))
        let start = here
        let inner = BindingScope(parent: nil)
        for (local, binding) in substitutions { inner.bind(local, binding) }
        do {
            let outer = (unit: unit, scope: scope)
            defer { (unit, scope) = outer }
            unit = CodeUnit(isLane: false, point: outer.unit.point)
            unit.expansions = outer.unit.expansions + 1
            for parameter in lambda.parameters {
                inner.bind(parameter, .operand(.scalar(unit.scalarTop)))
                unit.scalarTop += 1
            }
            for capture in captures {
                var whole: WholeValue?
                if case .operand(_, of: let own) = inner.find(capture) { whole = own }
                inner.bind(capture, .operand(.scalar(unit.scalarTop), of: whole))
                unit.scalarTop += 1
            }
            unit.scalarMax = max(unit.scalarTop, 1)
            scope = inner
            do throws(LoweringFailure) {
                try lowerTail(lambda.body)
            } catch {
                discard(from: start)
                throw error
            }
            program.functions[number].start = flush(from: start)
            program.functions[number].registers = unit.scalarMax + 1
        }
        return try makeClosure(number, captures, place, target)
    }

    /// A declared function as a value.
    mutating func functionValue(
        _ id: DeclarationID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        if functionInfo[Int(id.rawValue)].isWide {
            throw report(.needsWholeSeries(model.name(id), at: location(place)))
        }
        return try makeClosure(try functionNumber(of: id), [], place, target)
    }

    /// A function of one number as a value: a function that applies it.
    mutating func unaryFunctionValue(
        _ operation: UnaryOperation, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let number: Int
        if let known = unaryFunctions[operation] {
            number = known
        } else {
            let start = here
            emit(Instruction(.unary, 0, 0, detail: operation.rawValue), at: place)
            emit(Instruction(.giveBack, 0), at: place)
            number = program.functions.count
            program.functions.append(FunctionCode(start: flush(from: start), parameters: 1, captures: 0, registers: 2))
            unaryFunctions[operation] = number
        }
        return try makeClosure(number, [], place, target)
    }
}
