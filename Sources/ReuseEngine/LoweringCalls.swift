import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Calls and function values.
extension Lowering {
    mutating func lowerCall(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if case .declaration(let declaration) = model.resolution(tree.call(node).callee, in: module) {
            if let builtin = model.declarations[Int(declaration.rawValue)].builtin {
                return try lowerBuiltin(builtin, id, node, target)
            }
            if model.declarations[Int(declaration.rawValue)].kind == .function {
                return try lowerFunctionCall(declaration, id, node, target)
            }
        }
        // A function value.
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let first = try callBase(id, count: tree.call(node).arguments.count + 1)
        _ = try toScalar(try lower(tree.call(node).callee, target: first), tree.call(node).callee, target: first)
        for (position, raw) in tree.call(node).arguments.enumerated() {
            let value = tree.argument(raw).value
            let register = first + 1 + position
            unit.scalarTop = register + 1
            unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
            _ = try toScalar(try lower(value, target: register), value, target: register)
        }
        release(base)
        emit(Instruction(.callValue, first, 0, tree.call(node).arguments.count), for: id)
        return try settleCall(first, target, id)
    }

    /// The first of a run of registers at the top.
    private mutating func callBase(_ id: NodeID, count: Int) throws(LoweringFailure) -> Int {
        guard unit.scalarTop + count < Limits.registers else { throw report(.tooLarge(at: location(id))) }
        return try newScalar(id)
    }

    private mutating func settleCall(_ register: Int, _ target: Int?, _ id: NodeID) throws(LoweringFailure) -> Operand {
        if let target, target != register {
            emit(Instruction(.move, target, register), for: id)
            return .scalar(target)
        }
        unit.scalarTop = max(unit.scalarTop, register + 1)
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
        return .scalar(register)
    }

    private mutating func lowerFunctionCall(
        _ declaration: DeclarationID, _ id: NodeID, _ node: Node, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let info = functionInfo[Int(declaration.rawValue)]
        if info.isWide {
            if info.isRecursive {
                // What is wrong with the function is said at one of its calls.
                let problem = Diagnostic.needsWholeSeries(model.name(declaration), at: location(id))
                if diagnostics.contains(where: { $0.message == problem.message }) { throw .reported }
                throw report(problem)
            }
            return try expand(declaration, id, node, target)
        }
        if unit.isLane {
            if info.isRecursive { throw .notForLanes }
            return try expand(declaration, id, node, target)
        }
        let number = functionNumber(of: declaration)
        let base = mark()
        let first = unit.scalarTop
        try lowerArguments(of: declaration, id, node, from: first)
        release(base)
        emit(Instruction(.call, first, wide: number), for: id)
        unit.scalarTop = first + 1
        unit.scalarMax = max(unit.scalarMax, first + 1)
        return try settleCall(first, target, id)
    }

    /// Arguments into consecutive registers, defaults among them.
    private mutating func lowerArguments(
        of declaration: DeclarationID, _ id: NodeID, _ node: Node, from first: Int
    ) throws(LoweringFailure) {
        let parameters = model.parameterNodes(of: declaration)
        guard first + parameters.count < Limits.registers else { throw report(.tooLarge(at: location(id))) }
        let arguments = tree.call(node).arguments
        if arguments.count == parameters.count, arguments.allSatisfy({ tree.argument($0).label == nil }) {
            // The common case: one value for each parameter, in order.
            var register = first
            for argument in arguments {
                try lowerArgument(tree.argument(argument).value, to: register)
                register += 1
            }
            return
        }
        try lowerMatchedArguments(of: declaration, id, node, from: first)
    }

    private mutating func lowerArgument(_ value: NodeID, to register: Int) throws(LoweringFailure) {
        unit.scalarTop = register + 1
        unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
        _ = try toScalar(try lower(value, target: register), value, target: register)
    }

    private mutating func lowerMatchedArguments(
        of declaration: DeclarationID, _ id: NodeID, _ node: Node, from first: Int
    ) throws(LoweringFailure) {
        let parameters = model.parameters(of: declaration)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: node, in: module) else {
            throw .reported
        }
        let calleeModule = model[declaration].module
        let callee = model.modules[Int(calleeModule)].tree
        let calleeBase = model.modules[Int(calleeModule)].nodeBase
        let inner = BindingScope(parent: nil)
        for (position, parameter) in parameters.enumerated() {
            let register = first + position
            let argument = match.arguments[position]
            if argument.isNone {
                unit.scalarTop = register + 1
                unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
                let expression = Expression(
                    module: calleeModule, node: callee.parameter(parameter.node).standard, scope: inner)
                _ = try toScalar(try lower(expression, target: register), id, target: register)
            } else {
                try lowerArgument(tree.argument(argument).value, to: register)
            }
            inner.bind(calleeBase + parameter.node.rawValue, .operand(.scalar(register)))
        }
    }

    /// The code of a function at the current point of the indexes that it reads.
    private mutating func functionNumber(of declaration: DeclarationID) -> Int {
        let index = Int(declaration.rawValue)
        let known = plainFunctionNumbers[index]
        if known >= 0 {
            let read = functionReads[Int(model.component[index])]
            if read >= 0 { reads.append(Int(read)) }
            return Int(known)
        }
        let axes = functionInfo[index].axes
        let number = functionNumber(
            model.declarations[index].module, model.declarations[index].node, axes: axes, captures: [],
            parameters: model.parameterNodes(of: declaration).count)
        if axes.indexes.isEmpty { plainFunctionNumbers[index] = Int32(number) }
        return number
    }

    mutating func functionNumber(
        _ module: Int32, _ node: NodeID, axes: Axes, captures: [Int32], parameters: Int
    ) -> Int {
        var point = Array(repeating: -1, count: unit.point.count)
        for index in axes.indexNumbers { point[index] = unit.point[index] }
        let key = FunctionKey(node: model.modules[Int(module)].nodeBase + node.rawValue, point: point)
        reads += readsOfFunction(module, node)
        if captures.isEmpty, let known = functionNumbers[key] { return known }
        let number = program.functions.count
        program.functions.append(
            FunctionCode(start: -1, parameters: parameters, captures: captures.count, registers: 0))
        if captures.isEmpty { functionNumbers[key] = number }
        functionQueue.append(
            FunctionWork(
                number: number, module: module, node: node, point: point, captures: captures, variant: currentVariant))
        return number
    }

    /// Who calls a function rests on what the function reads, though its code is made last.
    private func readsOfFunction(_ module: Int32, _ node: NodeID) -> [Int] {
        let tree = model.modules[Int(module)].tree
        if tree[node].kind == .function {
            let declaration = model.modules[Int(module)].scope[tree.name(node)]
            if !declaration.isNone {
                let known = functionReads[Int(model.component[Int(declaration.rawValue)])]
                return known >= 0 ? [Int(known)] : []
            }
        }
        // A lambda: what it names, functions among them as what they read.
        var found: Set<Int> = []
        for index in tree.subtree(of: node) {
            switch tree[index].kind {
            case .name, .member, .unitPower:
                guard case .declaration(let target) = model.resolution(index, in: module) else { continue }
                let number = definition(behind: target)
                if number >= 0 { found.insert(number) }
            default: continue
            }
        }
        return found.sorted()
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
        let number = reserve(
            axes: [], origin: model.modules[Int(model[id].module)].nodeBase + model[id].node.rawValue)
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
            enter(work.module)
            unit = CodeUnit(isLane: false, point: work.point)
            let start = here
            let inner = BindingScope(parent: nil)
            let parameters = model.parameters(ofFunction: work.node, in: work.module)
            for parameter in parameters {
                inner.bind(global(parameter.node), .operand(.scalar(unit.scalarTop)))
                unit.scalarTop += 1
            }
            for capture in work.captures {
                inner.bind(capture, .operand(.scalar(unit.scalarTop)))
                unit.scalarTop += 1
            }
            unit.scalarMax = max(unit.scalarTop, 1)
            scope = inner
            let node = tree[work.node]
            let body = node.kind == .lambda ? tree.lambda(node).body : tree.function(node).body
            currentFunction = (work.number, node.kind == .lambda)
            do throws(LoweringFailure) {
                try lowerTail(body)
                let place = flush(from: start)
                program.functions[work.number].start = place
                // One more: a call of no arguments leaves its result in the first register.
                program.functions[work.number].registers = unit.scalarMax + 1
            } catch {
                discard(from: start)
            }
            currentFunction = nil
        }
        scope = nil
    }

    /// Whether the code of a function may fail for want of a horizon, which a check reports, too.
    private func needsHorizon(_ work: FunctionWork) -> Bool {
        if program.calendar.hasHorizon { return false }
        let tree = model.modules[Int(work.module)].tree
        for index in tree.subtree(of: work.node) where tree[index].kind == .name {
            if case .declaration(let target) = model.resolution(index, in: work.module),
                model.declarations[Int(target.rawValue)].kind == .now
                    || axesOfDeclaration[Int(target.rawValue)].contains(.time)
            {
                return true
            }
        }
        return false
    }

    /// Code for the last expression of a function: calls there take no depth.
    private mutating func lowerTail(_ id: NodeID) throws(LoweringFailure) {
        let node = tree[id]
        switch node.kind {
        case .paren: return try lowerTail(tree.operand(node))
        case .conditional:
            let conditional = tree.conditional(node)
            for branch in 0..<conditional.count {
                let exits = try lowerCondition(conditional.condition(branch))
                let base = mark()
                try lowerTail(conditional.value(branch))
                release(base)
                for exit in exits { aim(exit) }
            }
            return try lowerTail(conditional.otherwise)
        case .block:
            let inner = BindingScope(parent: scope)
            let outer = scope
            scope = inner
            defer { scope = outer }
            let block = tree.block(node)
            for local in block.lets { try lowerLocalLet(local, inner) }
            if !block.value.isNone { try lowerTail(block.value) }
            return
        case .call:
            guard case .declaration(let declaration) = model.resolution(tree.call(node).callee, in: module) else {
                return try lowerTailValueCall(id, node)
            }
            guard model.declarations[Int(declaration.rawValue)].kind == .function,
                !functionInfo[Int(declaration.rawValue)].isWide
            else {
                if model.declarations[Int(declaration.rawValue)].kind == .function
                    || model.declarations[Int(declaration.rawValue)].builtin != nil
                {
                    break
                }
                return try lowerTailValueCall(id, node)
            }
            let number = functionNumber(of: declaration)
            let first = unit.scalarTop
            try lowerArguments(of: declaration, id, node, from: first)
            emit(Instruction(.tailCall, first, wide: number), for: id)
            return
        default: break
        }
        let operand = try lower(id)
        emit(Instruction(.giveBack, try toScalar(operand, id)), for: id)
    }

    private mutating func lowerTailValueCall(_ id: NodeID, _ node: Node) throws(LoweringFailure) {
        let call = tree.call(node)
        let first = try callBase(id, count: call.arguments.count + 1)
        _ = try toScalar(try lower(call.callee, target: first), call.callee, target: first)
        for (position, raw) in call.arguments.enumerated() {
            let value = tree.argument(raw).value
            let register = first + 1 + position
            unit.scalarTop = register + 1
            unit.scalarMax = max(unit.scalarMax, unit.scalarTop)
            _ = try toScalar(try lower(value, target: register), value, target: register)
        }
        emit(Instruction(.tailCallValue, first, 0, call.arguments.count), for: id)
    }

    // MARK: Blocks

    mutating func lowerBlock(_ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let inner = BindingScope(parent: scope)
        let outer = scope
        scope = inner
        defer { scope = outer }
        let block = tree.block(node)
        for local in block.lets { try lowerLocalLet(local, inner) }
        return block.value.isNone ? .constant(0) : try lower(block.value, target: target)
    }

    private mutating func lowerLocalLet(_ raw: NodeID, _ inner: BindingScope) throws(LoweringFailure) {
        let item = tree.localLet(raw)
        if let currentFunction, !currentFunction.isLambda {
            // In the code of a function that looks at no other points everything is one value at a time.
            let operand = try lower(item.value)
            protect(operand)
            inner.bind(global(raw), .operand(operand))
            return
        }
        inner.bind(global(raw), try bind(Expression(module: module, node: item.value, scope: scope)))
    }

    /// How an expression is kept that is named inside a function: as a definition where it may be read at other points,
    /// else in a register.
    mutating func bind(_ expression: Expression) throws(LoweringFailure) -> Binding {
        let axes = try self.axes(of: expression)
        let isSimple = axes.intersection([.time, .allIndexes]).isEmpty
        if isSimple || !isLiftable(expression) {
            if !axes.indexes.isEmpty { return .expression(expression) }
            let operand = try inside(expression) { lowering throws(LoweringFailure) in
                try lowering.lower(expression.node)
            }
            protect(operand)
            if case .constant = operand { return .operand(operand) }
            let isWhole = isLiftable(expression, throughRegisters: true)
            return .operand(operand, of: isWhole ? WholeValue(expression, variant: currentVariant) : nil)
        }
        let node = model.modules[Int(expression.module)].tree[expression.node]
        if node.kind == .name, case .declaration(let target) = model.resolution(expression.node, in: expression.module),
            program.ofDeclaration[Int(target.rawValue)] >= 0
        {
            let number = program.ofDeclaration[Int(target.rawValue)]
            argumentExpressions[number] = expression
            return .definition(number)
        }
        let number = try define(expression)
        argumentExpressions[number] = expression
        return .definition(number)
    }

    /// Whether an expression rests on nothing that is in a register now, so that it can be computed by itself;
    /// `throughRegisters`: or on what is in one, but can be computed by itself.
    func isLiftable(_ expression: Expression, throughRegisters: Bool = false) -> Bool {
        let tree = model.modules[Int(expression.module)].tree
        let base = model.modules[Int(expression.module)].nodeBase
        let nodes = tree.subtree(of: expression.node)
        for index in nodes {
            guard tree[index].kind == .name,
                case .local(let local) = model.resolution(index, in: expression.module)
            else { continue }
            if nodes.contains(local) { continue }
            switch expression.scope?.find(base + local.rawValue) {
            case .operand(.constant, _), .definition: continue
            case .operand(_, of: let whole): if whole == nil || !throughRegisters { return false }
            case nil: return false
            case .expression(let inner):
                guard expansions.hasRoom(at: level, location(of: inner)),
                    isLiftable(inner, throughRegisters: throughRegisters)
                else { return false }
            }
        }
        return true
    }

    /// An expression that can be computed by itself: what its names have in registers is made a definition. Nil where it
    /// rests on a value that only the code around it knows, such as an item of a list.
    mutating func lifted(_ expression: Expression) throws(LoweringFailure) -> Expression? {
        guard expansions.hasRoom(at: level, location(of: expression)) else { throw .reported }
        let tree = model.modules[Int(expression.module)].tree
        let base = model.modules[Int(expression.module)].nodeBase
        let nodes = tree.subtree(of: expression.node)
        var inner: BindingScope?
        for index in nodes where tree[index].kind == .name {
            guard case .local(let local) = model.resolution(index, in: expression.module),
                !nodes.contains(local)
            else { continue }
            let name = base + local.rawValue
            let binding: Binding
            switch (inner ?? expression.scope)?.find(name) {
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
            scope.bind(name, binding)
            inner = scope
        }
        return Expression(module: expression.module, node: expression.node, scope: inner ?? expression.scope)
    }

    /// The definition of what is in a register; nil where it cannot be computed by itself.
    mutating func definition(of whole: WholeValue) throws(LoweringFailure) -> Int? {
        if let known = delayDepth > 0 ? whole.delayedDefinition : whole.definition { return known }
        let outer = currentVariant
        enterVariant(whole.variant)
        defer { enterVariant(outer) }
        guard let expression = try lifted(whole.expression) else { return nil }
        let number = try define(expression)
        argumentExpressions[number] = expression
        if delayDepth > 0 { whole.delayedDefinition = number } else { whole.definition = number }
        return number
    }

    // MARK: Expansion

    /// A function's body in the place of its call. Arguments are computed first, as in any call.
    private mutating func expand(
        _ declaration: DeclarationID, _ id: NodeID, _ node: Node, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard unit.expansions < 64 else {
            if unit.isLane { throw .notForLanes }
            throw report(.tooLarge(at: location(id)))
        }
        guard expansions.take(for: location(id)) else {
            if unit.isLane { throw .notForLanes }
            throw report(.tooManyExpansions(at: location(id)))
        }
        let parameters = model.parameters(of: declaration)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: node, in: module) else {
            throw .reported
        }
        let base = mark()
        let calleeModule = model[declaration].module
        let callee = model.modules[Int(calleeModule)].tree
        let calleeBase = model.modules[Int(calleeModule)].nodeBase
        let inner = BindingScope(parent: nil)
        var strict: [(register: Int, node: NodeID)] = []
        for (position, parameter) in parameters.enumerated() {
            let argument = match.arguments[position]
            let expression =
                argument.isNone
                ? Expression(module: calleeModule, node: callee.parameter(parameter.node).standard, scope: inner)
                : Expression(module: module, node: tree.argument(argument).value, scope: scope)
            let binding = try bind(expression)
            inner.bind(calleeBase + parameter.node.rawValue, binding)
            if case .operand(.lane(let register), _) = binding { strict.append((register, id)) }
        }
        let outer = (module: module, scope: scope, site: site)
        program.callSites.append(CallSite(node: global(id), within: site))
        site = Int32(truncatingIfNeeded: program.callSites.count - 1)
        enter(calleeModule)
        scope = inner
        unit.expansions += 1
        func leave() {
            unit.expansions -= 1
            enter(outer.module)
            (scope, site) = (outer.scope, outer.site)
        }
        let result: Operand
        do throws(LoweringFailure) {
            result = try lower(model[declaration].value)
        } catch {
            leave()
            throw error
        }
        leave()
        if unit.isLane, !strict.isEmpty, case .lane(let register) = result {
            // An argument that failed fails the call, read or not.
            protect(result)
            let place = try newLane(id)
            emit(Instruction(.laneMove, place, register), for: id)
            for argument in strict.reversed() { emit(Instruction(.laneStrict, place, argument.register), for: id) }
            return try settle(.lane(place), base, target, id)
        }
        return try settle(result, base, target, id)
    }

    // MARK: Function values

    mutating func lowerLambda(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let lambda = tree.lambda(node)
        if unit.isLane { throw .notForLanes }
        var captures: [Int32] = []
        let nodes = tree.subtree(of: id)
        var pending: [(SyntaxTree, NodeRange, Int32, BindingScope?)] = [
            (tree, nodes, module, scope)
        ]
        // Names that stand in registers are copied into the function value; the rest is found again inside.
        var substitutions: [(Int32, Binding)] = []
        while let (tree, range, module, scope) = pending.popLast() {
            let base = model.modules[Int(module)].nodeBase
            for index in range where tree[index].kind == .name {
                guard case .local(let local) = model.resolution(index, in: module) else { continue }
                if range.contains(local) { continue }
                let name = base + local.rawValue
                switch scope?.find(name) {
                case .operand(.scalar, of: let whole):
                    if !captures.contains(name) { captures.append(name) }
                    if let whole, !substitutions.contains(where: { $0.0 == name }) {
                        substitutions.append((name, .operand(.constant(0), of: whole)))
                    }
                case .some(let binding):
                    if !substitutions.contains(where: { $0.0 == name }) { substitutions.append((name, binding)) }
                    if case .expression(let inner) = binding {
                        let innerTree = model.modules[Int(inner.module)].tree
                        pending.append(
                            (innerTree, innerTree.subtree(of: inner.node), inner.module, inner.scope))
                    }
                case nil: continue
                }
            }
        }
        if !substitutions.isEmpty { return try lowerLambdaInPlace(id, node, captures, substitutions, target) }
        let axes = try self.axes(of: Expression(module: module, node: lambda.body, scope: scope))
        let number = functionNumber(
            module, id, axes: axes, captures: captures, parameters: lambda.parameters.count)
        return try makeClosure(number, captures, id, target)
    }

    private mutating func makeClosure(
        _ number: Int, _ captures: [Int32], _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard number <= Int(UInt16.max) else { throw report(.tooLarge(at: location(id))) }
        let base = mark()
        let first = unit.scalarTop
        for (position, name) in captures.enumerated() {
            guard case .operand(let operand, _) = scope?.find(name) else { throw .reported }
            unit.scalarTop = first + position
            let register = try newScalar(id)
            _ = try toScalar(operand, id, target: register)
        }
        release(base)
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        emit(Instruction(.closure, register, first, number), for: id)
        return .scalar(register)
    }

    /// A lambda inside an expanded function: its code is made now, while the names around it are known.
    private mutating func lowerLambdaInPlace(
        _ id: NodeID, _ node: Node, _ captures: [Int32], _ substitutions: [(Int32, Binding)], _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        let lambda = tree.lambda(node)
        let number = program.functions.count
        program.functions.append(
            FunctionCode(start: -1, parameters: lambda.parameters.count, captures: captures.count, registers: 0))
        let outerUnit = unit
        let outerScope = scope
        let start = here
        unit = CodeUnit(isLane: false, point: outerUnit.point)
        unit.expansions = outerUnit.expansions + 1
        let inner = BindingScope(parent: nil)
        for (name, binding) in substitutions { inner.bind(name, binding) }
        for raw in lambda.parameters {
            inner.bind(global(raw), .operand(.scalar(unit.scalarTop)))
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
        defer {
            unit = outerUnit
            scope = outerScope
        }
        do throws(LoweringFailure) {
            try lowerTail(lambda.body)
        } catch {
            discard(from: start)
            throw error
        }
        program.functions[number].start = flush(from: start)
        program.functions[number].registers = unit.scalarMax + 1
        unit = outerUnit
        scope = outerScope
        return try makeClosure(number, captures, id, target)
    }

    /// A declared function as a value.
    mutating func functionValue(_ declaration: DeclarationID, _ id: NodeID, _ target: Int?) throws(LoweringFailure)
        -> Operand
    {
        if unit.isLane { throw .notForLanes }
        if functionInfo[Int(declaration.rawValue)].isWide {
            throw report(.needsWholeSeries(model.name(declaration), at: location(id)))
        }
        return try makeClosure(functionNumber(of: declaration), [], id, target)
    }

    /// A builtin as a value: a function that calls it.
    mutating func builtinValue(_ declaration: DeclarationID, _ id: NodeID, _ target: Int?) throws(LoweringFailure)
        -> Operand
    {
        if unit.isLane { throw .notForLanes }
        guard let builtin = model.declarations[Int(declaration.rawValue)].builtin,
            let operation = UnaryBuiltin.table[builtin]
        else {
            throw report(.builtinAsValue(model.name(declaration), at: location(id)))
        }
        let number: Int
        if let known = builtinFunctions[builtin] {
            number = known
        } else {
            let start = here
            emit(Instruction(operation.scalar, 0, 0), for: id)
            emit(Instruction(.giveBack, 0), for: id)
            number = program.functions.count
            program.functions.append(FunctionCode(start: flush(from: start), parameters: 1, captures: 0, registers: 2))
            builtinFunctions[builtin] = number
        }
        return try makeClosure(number, [], id, target)
    }
}

/// Builtins of one number, by their operations.
struct UnaryBuiltin {
    var scalar: Opcode
    var lane: Opcode
    /// Nil where the argument lies outside the domain.
    var fold: @Sendable (Double) -> Double?

    static let table: [Builtin: UnaryBuiltin] = [
        .abs: UnaryBuiltin(scalar: .absolute, lane: .laneAbsolute) { $0.magnitude },
        .sqrt: UnaryBuiltin(scalar: .squareRoot, lane: .laneSquareRoot) { $0 < 0 ? nil : reuse_sqrt($0) },
        .exp: UnaryBuiltin(scalar: .exponential, lane: .laneExponential) { reuse_exp($0) },
        .log: UnaryBuiltin(scalar: .logarithm, lane: .laneLogarithm) { $0 <= 0 ? nil : reuse_log($0) },
        .log2: UnaryBuiltin(scalar: .logarithm2, lane: .laneLogarithm2) { $0 <= 0 ? nil : reuse_log2($0) },
        .log10: UnaryBuiltin(scalar: .logarithm10, lane: .laneLogarithm10) { $0 <= 0 ? nil : reuse_log10($0) },
        .floor: UnaryBuiltin(scalar: .floor, lane: .laneFloor) { reuse_floor($0) },
        .ceil: UnaryBuiltin(scalar: .ceiling, lane: .laneCeiling) { reuse_ceil($0) },
        .round: UnaryBuiltin(scalar: .round, lane: .laneRound) { reuse_round($0) },
        .gamma_function: UnaryBuiltin(scalar: .gamma, lane: .laneGamma) { $0 <= 0 ? nil : reuse_gamma($0) },
        .log_gamma: UnaryBuiltin(scalar: .logGamma, lane: .laneLogGamma) { $0 <= 0 ? nil : reuse_log_gamma($0) },
        .normal_cdf: UnaryBuiltin(scalar: .normalCDF, lane: .laneNormalCDF) { reuse_normal_cdf($0) },
        .normal_quantile: UnaryBuiltin(scalar: .normalQuantile, lane: .laneNormalQuantile) {
            $0 <= 0 || $0 >= 1 ? nil : reuse_normal_quantile($0)
        },
    ]
}
