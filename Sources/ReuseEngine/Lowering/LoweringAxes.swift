import ReuseCore
import ReuseModel
import ReuseSyntax

/// What values vary over. Found before code is made, since it decides where a value is kept.
extension Lowering {
    /// Axes of declarations that may rest on each other: by repeated rounds until nothing changes.
    mutating func findAxes(of group: [DeclarationID]) {
        if group.count == 1, !model.readsItself(group[0]) { return findAxes(of: group[0]) }
        let isCyclic = group.count > 1
        for id in group where model[id].kind == .function {
            functionInfo[Int(id.rawValue)].isRecursive = isCyclic || model.readsItself(id)
        }
        var rounds = 0
        var changed = true
        expansions.refill()
        while changed, rounds < 64 {
            changed = false
            // What was found of calls rests on what was known of declarations.
            if isCyclic || rounds > 0 { expansions.axes.removeAll(keepingCapacity: true) }
            rounds += 1
            for id in group where findAxesOnce(of: id) { changed = true }
        }
    }

    /// The common case: a declaration that rests on none that rests on it.
    mutating func findAxes(of id: DeclarationID) {
        expansions.refill()
        _ = findAxesOnce(of: id)
    }

    /// One round; true where something new was found.
    private mutating func findAxesOnce(of id: DeclarationID) -> Bool {
        let index = Int(id.rawValue)
        switch model.declarations[index].kind {
        case .function:
            let known = functionInfo[index]
            let info = scanFunction(id)
            functionInfo[index].axes = info.axes
            functionInfo[index].defaultAxes = info.defaultAxes
            functionInfo[index].isWide = info.isWide
            return info.axes != known.axes || info.defaultAxes != known.defaultAxes || info.isWide != known.isWide
        case .clearing, .result, .gathered, .cohorts, .stockResult: return findAxesOfCleared(id)
        case .projected: return findAxesOfProjected(id)
        case .unit, .assume, .let, .field, .stockField: return findAxesOfValue(id)
        default: return false
        }
    }

    private mutating func findAxesOfValue(_ id: DeclarationID) -> Bool {
        let index = Int(id.rawValue)
        let declaration = model.declarations[index]
        guard !declaration.value.isNone else {
            guard declaration.kind == .field else { return false }
            let axes = axesOfPatches(on: id)
            if axes == axesOfDeclaration[index] { return false }
            axesOfDeclaration[index].formUnion(axes)
            return true
        }
        guard var axes = axesOfPlain(id) ?? (try? self.axes(of: value(of: id))) else { return false }
        if declaration.kind == .assume { axes.formUnion(perAxes(of: id)) }
        if model.isPatched.contains(id) {
            axesOfDeclaration[index].formUnion(axes)
            axes.formUnion(axesOfPatches(on: id))
        }
        if declaration.kind == .field, let own = member(ofField: id) {
            axes.remove(.index(own.index))
            axesOfDeclaration[index].remove(.index(own.index))
        }
        if axes == axesOfDeclaration[index] { return false }
        axesOfDeclaration[index] = axes.union(axesOfDeclaration[index])
        return true
    }

    /// The value of a declaration.
    @inline(__always)
    func value(of id: DeclarationID) -> Expression { Expression(id: core.value(of: id), scope: nil) }

    /// Axes of arithmetic, conditions and calls of functions that look at no other points: those of all that it reads, so
    /// that its operations need not be made to know them. Nil for what is more than that.
    @inline(__always)
    private func axesOfPlain(_ id: DeclarationID) -> Axes? {
        let traits = model.traits(of: id)
        guard traits.subtracting(.isUncertain).isEmpty, !core.hasIntervals else { return nil }
        var axes: Axes = traits.contains(.isUncertain) ? .sample : []
        for read in model.reads(of: id) {
            let target = Int(read.target.rawValue)
            switch model.declarations[target].kind {
            // A unit may be one that the value is only shown in.
            case .unit: if !axesOfDeclaration[target].isEmpty { return nil }
            case .assume, .let, .field, .result, .gathered, .stockField, .stockResult, .projected:
                axes.formUnion(axesOfDeclaration[target])
            case .builtin: continue
            case .now: axes.insert(.time)
            case .function, .index, .clearing, .cohorts, .source, .module, .market, .supply, .policy, .data, .fitting:
                return nil
            }
        }
        return axes
    }

    /// `per` of an assume.
    func perAxes(of id: DeclarationID) -> Axes {
        guard model.declarations[Int(id.rawValue)].kind == .assume else { return [] }
        let per = core.per(of: id)
        return per.indexes.reduce(per.isPerTime ? .time : []) { $0.union(.index($1)) }
    }

    /// What a function reads of the model, and whether it looks at other points of its arguments.
    private func scanFunction(_ id: DeclarationID) -> FunctionInfo {
        let declaration = model.declarations[Int(id.rawValue)]
        var info = FunctionInfo()
        guard !declaration.value.isNone else { return info }
        for read in model.reads(of: id) {
            let number = Int(read.target.rawValue)
            let axes: Axes
            switch model.declarations[number].kind {
            case .now: axes = .time
            case .function:
                axes = functionInfo[number].axes
                if functionInfo[number].isWide { info.isWide = true }
            case .index: axes = .index(Int(model.declarations[number].number))
            case .unit, .assume, .let, .field, .result, .gathered, .stockField, .stockResult, .projected:
                axes = axesOfDeclaration[number]
            default: continue
            }
            if axes.isEmpty { continue }
            // Parameters and their defaults stand before the body.
            if read.node > model.parameterNodes(of: id).last ?? .none {
                info.axes.formUnion(axes)
            } else {
                info.defaultAxes.formUnion(axes)
            }
        }
        if !info.isWide, model.traits(of: id).contains(.looksAround) {
            let function = core.function(id)
            info.isWide = ([function.body] + function.defaults).contains { core.looksAround($0) }
        }
        return info
    }

    // MARK: - Axes of expressions

    func axes(of expression: Expression) throws(LoweringFailure) -> Axes {
        try axes(expression.id, expression.scope, 0)
    }

    private func axes(
        _ id: ExpressionID, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        switch core[id] {
        case .missing, .wrong, .constant, .nothing, .textConstant, .unaryFunction: return []
        case .interval: return isInterval ? .sample : []
        case .now: return .time
        case .read(let target): return axesOfDeclaration[Int(target.rawValue)]
        case .function(let target): return functionInfo[Int(target.rawValue)].axes
        case .local(let local): return try axes(of: local, scope, depth)
        case .memberTest(let number):
            return core.memberTests[Int(number)].indexes.reduce(into: []) { $0.insert(.index($1)) }
        case .draw(_, let list): return try axes(list, scope, depth).union(.sample)
        case .text(let list), .and(let list), .or(let list), .conditional(let list), .list(let list),
            .record(let list, _):
            return try axes(list, scope, depth)
        case .byMember(let index, let list): return try axes(list, scope, depth).union(.index(Int(index)))
        case .shown(let part, _), .unary(_, let part), .timePart(let part, _),
            .field(let part, _), .fail(let part):
            return try axes(part, scope, depth)
        case .power(let a, let b), .comparison(_, _, let a, let b), .listOperation(_, let a, let b), .map(let a, let b),
            .filter(let a, let b):
            return try axes(a, scope, depth).union(axes(b, scope, depth))
        case .within(let a, let b, tolerance: let c, _), .fold(let a, initial: let b, let c):
            return try axes(a, scope, depth).union(axes(b, scope, depth)).union(axes(c, scope, depth))
        case .chain(let first, let steps):
            var result = try axes(first, scope, depth)
            for step in core.steps(steps) { result.formUnion(try axes(step.operand, scope, depth)) }
            return result
        case .apply(let callee, let list): return try axes(callee, scope, depth).union(axes(list, scope, depth))
        // Its parameters vary over nothing by themselves: they are given one value at a time.
        case .lambda(let number): return try axes(core.lambdas[Int(number)].body, scope, depth)
        // The local `let`s count where they are read.
        case .block(let number): return try axes(core.blocks[Int(number)].value, scope, depth)
        case .lifetime(let number):
            let lifetime = core.lifetimes[Int(number)]
            var result: Axes = []
            for part in lifetime.arguments + lifetime.table.map({ $0.share }) {
                result.formUnion(try axes(part, scope, depth))
            }
            // A table is written as a series is.
            return lifetime.form == .survival ? result.union(.time) : result
        case .series(let number):
            var result: Axes = .time
            for point in core.series[Int(number)].points { result.formUnion(try axes(point.value, scope, depth)) }
            return result
        case .growing(let value, rate: let rate, _, _):
            return try axes(value, scope, depth).union(axes(rate, scope, depth)).union(.time)
        case .column(let place): return model.columns[place.rawValue].map { axes(of: $0) } ?? []
        case .under(let scenario, let value):
            guard let other = variant(ofScenario: Int(scenario)) else { return [] }
            var there = self
            there.enterVariant(other)
            return try there.axes(value, scope, depth)
        case .call(let function, let list): return try axesOfCall(function, list, id, scope, depth)
        case .pick(let number): return try axesOfPick(core.picks[Int(number)], scope, depth)
        case .reduction(let number): return try axesOfReduction(core.reductions[Int(number)], scope, depth)
        case .statistic(_, let a, let b):
            return try axes(a, scope, depth).union(axes(b, scope, depth)).subtracting(.sample)
        case .overTime(let operation, let part):
            let own = try axes(part, scope, depth)
            return operation == .cumulative ? own.union(.time) : own.subtracting(.time)
        case .interpolated(let part, _): return try axes(part, scope, depth).union(.time)
        case .previous(let a, span: let b, otherwise: let c), .extended(let a, hold: let b, trend: let c),
            .rebased(let a, onto: let b, at: let c):
            return try axes(a, scope, depth).union(axes(b, scope, depth)).union(axes(c, scope, depth)).union(.time)
        }
    }

    private func axes(_ list: ExpressionList, _ scope: BindingScope?, _ depth: Int) throws(LoweringFailure) -> Axes {
        var result: Axes = []
        for id in core.elements(list) where !id.isNone { result.formUnion(try axes(id, scope, depth)) }
        return result
    }

    private func axes(of local: Local, _ scope: BindingScope?, _ depth: Int) throws(LoweringFailure) -> Axes {
        func axesElsewhere(_ expression: Expression) throws(LoweringFailure) -> Axes {
            guard expansions.hasRoom(at: depth, of: Limits.expansionsDeep, place(expression.id)) else {
                throw .reported
            }
            return try axes(expression.id, expression.scope, depth + 1)
        }
        switch scope?.find(local) {
        case .expression(let expression): return try axesElsewhere(expression)
        // It may be read at other points than the one that is in the register.
        case .operand(_, of: let whole?): return try axesElsewhere(whole.expression)
        case .definition(let number): return program.definitions[number].axes
        case .operand(.lane, _): return .sample
        case .operand: return []
        case nil:
            let value = core.value(of: local)
            if value.isNone { return [] }
            guard expansions.hasRoom(at: depth, place(value)) else { throw .reported }
            return try axes(value, scope, depth)
        }
    }

    private func axesOfPick(_ pick: Pick, _ scope: BindingScope?, _ depth: Int) throws(LoweringFailure) -> Axes {
        var result = axes(try axes(pick.base, scope, depth), behind: pick.items)
        if case .at(let time, _) = pick.time {
            let had = result.contains(.time)
            result.remove(.time)
            let ofTime = try axes(time, scope, depth)
            if had { result.formUnion(ofTime) }
        }
        return result
    }

    private func axesOfReduction(
        _ reduction: ReductionOverAxis, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        var result = try axes(reduction.value, scope, depth)
        if !reduction.condition.isNone { result.formUnion(try axes(reduction.condition, scope, depth)) }
        switch reduction.axis {
        case .time: result.remove(.time)
        case .index(let index): result.remove(.index(index))
        case .indexes: result.subtract(.allIndexes)
        }
        return result
    }

    private func axesOfCall(
        _ id: DeclarationID, _ list: ExpressionList, _ call: ExpressionID, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        var arguments = try axes(list, scope, depth)
        let info = functionInfo[Int(id.rawValue)]
        if !info.defaultAxes.isEmpty, core.elements(list).contains(where: { $0.isNone }) {
            arguments.formUnion(info.defaultAxes)
        }
        guard info.isWide, !info.isRecursive else { return arguments.union(info.axes) }
        guard expansions.hasRoom(at: depth, place(call)) else { throw .reported }
        guard depth < Limits.wideCallsDeep, expansions.take(for: place(call)) else {
            if expansions.exhausted == nil { expansions.exhausted = place(call) }
            throw .reported
        }
        // What a function that looks around returns is found by looking into it.
        let function = core.function(id)
        let inner = BindingScope(parent: nil)
        var key = ExpansionBudget.AxesKey(function: id, arguments: [])
        let bound = expressions(of: core.elements(list), function, in: scope, inner)
        for (parameter, expression) in zip(function.parameters, bound) {
            inner.bind(parameter, .expression(expression))
        }
        for expression in bound { key.arguments.append(try axes(expression.id, expression.scope, depth + 1)) }
        if let known = expansions.axes[key] { return known }
        let found = try axes(function.body, inner, depth + 1)
        expansions.axes[key] = found
        return found
    }
}
