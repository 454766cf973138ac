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
        case .unit, .assume, .let, .field, .stockField:
            let declaration = model.declarations[index]
            guard !declaration.value.isNone else {
                guard declaration.kind == .field else { return false }
                let axes = axesOfPatches(on: id)
                if axes == axesOfDeclaration[index] { return false }
                axesOfDeclaration[index].formUnion(axes)
                return true
            }
            let expression = Expression(module: declaration.valueModule, node: declaration.value, scope: nil)
            guard var axes = try? self.axes(of: expression) else { return false }
            if declaration.kind == .assume { axes.formUnion(perAxes(of: declaration)) }
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
        default: return false
        }
    }

    /// `per` of an assume.
    func perAxes(of declaration: Declaration) -> Axes {
        guard declaration.kind == .assume, declaration.valueModule == declaration.module else { return [] }
        let tree = model.modules[Int(declaration.module)].tree
        let node = tree[declaration.node]
        guard node.kind == .assume else { return [] }
        var result: Axes = []
        for name in tree.definition(node).per {
            let symbol = tree.name(name)
            if let index = model.index(named: symbol) {
                result.insert(.index(index))
            } else {
                result.insert(.time)
            }
        }
        return result
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
            case .unit, .assume, .let, .field, .result, .gathered, .stockField, .stockResult, .projected, .index:
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
            let tree = model.modules[Int(declaration.module)].tree
            info.isWide = looksAround(tree.subtree(of: declaration.node), tree, declaration.module)
        }
        return info
    }

    /// Whether some node of a range looks at other points than the current one.
    private func looksAround(_ nodes: NodeRange, _ tree: SyntaxTree, _ module: Int32) -> Bool {
        for index in nodes {
            let node = tree[index]
            switch node.kind {
            case .keyed, .growing: return true
            case .index: if !model.types.isList(model.type(of: tree.index(node).base, in: module)) { return true }
            case .call:
                guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module),
                    let builtin = model.declarations[Int(target.rawValue)].builtin
                else { continue }
                if isWide(builtin, node, tree, module) { return true }
            default: continue
            }
        }
        return false
    }

    /// Whether a builtin looks at other points of its argument than the current one.
    func isWide(_ builtin: Builtin, _ call: Node, _ tree: SyntaxTree, _ module: Int32) -> Bool {
        let callNode = tree.call(call)
        switch builtin {
        case .expected, .probability, .skewness, .covariance, .correlation, .cumulative, .total, .first_time, .previous,
            .values, .interpolate, .extend_series, .rebase:
            return true
        case .sum, .mean, .min, .max, .median, .sd, .quantile:
            guard let first = callNode.arguments.first else { return false }
            if (builtin == .min || builtin == .max) && callNode.arguments.count > 1 { return false }
            let argument = tree.argument(first)
            if argument.reduction.isNone, model.types.isList(model.type(of: argument.value, in: module)) {
                return false
            }
            return true
        default: return false
        }
    }

    // MARK: - Axes of expressions

    func axes(of expression: Expression) throws(LoweringFailure) -> Axes {
        let tree = model.modules[Int(expression.module)].tree
        return try axes(expression.node, tree, expression.module, expression.scope, 0)
    }

    private func axes(
        _ id: NodeID, _ tree: borrowing SyntaxTree, _ module: Int32, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        let node = tree[id]
        switch node.kind {
        case .number: return isInterval(node, module) ? .sample : []
        case .percent, .period, .boolean, .noneLiteral, .textPart, .error: return []
        case .range:
            let range = tree.range(node)
            return try axes(range.low, tree, module, scope, depth).union(axes(range.high, tree, module, scope, depth))
                .union(
                    .sample)
        case .name, .unitPower: return try axesOfName(id, module, scope, depth)
        case .member:
            if case .declaration = model.resolution(id, in: module) {
                return try axesOfName(id, module, scope, depth)
            }
            return try axes(tree.member(node).base, tree, module, scope, depth)
        case .paren, .negate, .not, .shownAs, .aged, .every:
            return try axes(tree.operand(node), tree, module, scope, depth)
        case .power, .localLet:
            if node.kind == .localLet { return try axes(tree.localLet(node).value, tree, module, scope, depth) }
            return try axes(tree.power(node).base, tree, module, scope, depth).union(
                axes(tree.power(node).exponent, tree, module, scope, depth))
        case .list, .text, .conjunction, .disjunction:
            return try axes(ofEach: tree.elements(node), tree, module, scope, depth)
        case .sum, .product: return try axes(ofEach: tree.chain(node).operands, tree, module, scope, depth)
        case .conditional: return try axes(ofEach: tree.conditional(node).parts, tree, module, scope, depth)
        case .block:
            // The local `let`s count where they are read.
            let value = tree.block(node).value
            return value.isNone ? [] : try axes(value, tree, module, scope, depth)
        case .record:
            var result: Axes = []
            for raw in tree.elements(node) {
                result.formUnion(try axes(tree.recordField(raw).value, tree, module, scope, depth))
            }
            return result
        case .quantity:
            let quantity = tree.quantity(node)
            var result = try axes(quantity.literal, tree, module, scope, depth)
            for raw in quantity.units { result.formUnion(try axesOfName(raw, module, scope, depth)) }
            return result
        case .keyed:
            var result: Axes = []
            for raw in tree.elements(node) {
                let item = tree.keyedItem(raw)
                result.formUnion(try axes(item.value, tree, module, scope, depth))
                let key = tree[item.key]
                if key.kind == .name, let found = model.index(ofLiteral: id, in: module) {
                    result.insert(.index(found))
                } else {
                    result.insert(.time)
                }
            }
            return result
        case .comparison:
            let comparison = tree.comparison(node)
            var result = try axes(comparison.left, tree, module, scope, depth).union(
                axes(comparison.right, tree, module, scope, depth))
            if !comparison.tolerance.isNone {
                result.formUnion(try axes(comparison.tolerance, tree, module, scope, depth))
            }
            return result
        case .membership: return try axes(tree.membership(node).value, tree, module, scope, depth)
        case .growing:
            let growing = tree.growing(node)
            return try axes(growing.value, tree, module, scope, depth)
                .union(axes(growing.rate, tree, module, scope, depth)).union(.time)
        case .index: return try axesOfIndex(node, tree, module, scope, depth)
        case .call:
            if !model.columns.isEmpty, let column = model.columns[model.modules[Int(module)].nodeBase + id.rawValue] {
                return axes(of: column)
            }
            return try axesOfCall(node, tree, module, scope, depth)
        case .under:
            let under = tree.under(node)
            guard let found = model.scenario(named: model.symbols[under.scenario]),
                let other = variant(ofScenario: found)
            else { return [] }
            var there = self
            there.enterVariant(other)
            return try there.axes(under.value, tree, module, scope, depth)
        case .lambda:
            // Its parameters vary over nothing by themselves: they are given one value at a time.
            return try axes(tree.lambda(node).body, tree, module, scope, depth)
        default: return []
        }
    }

    private func axes(
        ofEach list: NodeList, _ tree: borrowing SyntaxTree, _ module: Int32, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        var result: Axes = []
        for id in list { result.formUnion(try axes(id, tree, module, scope, depth)) }
        return result
    }

    private func axesOfName(
        _ id: NodeID, _ module: Int32, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        switch model.resolution(id, in: module) {
        case .unresolved: return []
        case .declaration(let target):
            switch model.declarations[Int(target.rawValue)].kind {
            case .now: return .time
            case .function: return functionInfo[Int(target.rawValue)].axes
            default: return axesOfDeclaration[Int(target.rawValue)]
            }
        case .local(let local):
            switch scope?.find(model.modules[Int(module)].nodeBase + local.rawValue) {
            case .expression(let expression):
                guard expansions.hasRoom(at: depth, of: Limits.expansionsDeep, location(of: expression)) else {
                    throw .reported
                }
                let tree = model.modules[Int(expression.module)].tree
                return try axes(expression.node, tree, expression.module, expression.scope, depth + 1)
            case .definition(let number): return program.definitions[number].axes
            case .operand(_, of: let whole?):
                // It may be read at other points than the one that is in the register.
                let expression = whole.expression
                guard expansions.hasRoom(at: depth, of: Limits.expansionsDeep, location(of: expression)) else {
                    throw .reported
                }
                let tree = model.modules[Int(expression.module)].tree
                return try axes(expression.node, tree, expression.module, expression.scope, depth + 1)
            case .operand(.lane, _): return .sample
            case .operand, nil:
                let tree = model.modules[Int(module)].tree
                if tree[local].kind == .localLet,
                    scope?.find(model.modules[Int(module)].nodeBase + local.rawValue) == nil
                {
                    guard expansions.hasRoom(at: depth, tree.location(local)) else { throw .reported }
                    return try axes(tree.localLet(local).value, tree, module, scope, depth)
                }
                return []
            }
        }
    }

    private func axesOfIndex(
        _ node: Node, _ tree: borrowing SyntaxTree, _ module: Int32, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        let index = tree.index(node)
        var result = try axes(index.base, tree, module, scope, depth)
        if model.types.isList(model.type(of: index.base, in: module)) {
            for raw in index.picks { result.formUnion(try axes(raw, tree, module, scope, depth)) }
            return result
        }
        let items = memberItems(node, tree, module)
        result = self.axes(result, behind: items, tree)
        for raw in index.picks where !items.contains(raw) {
            if tree[raw].kind == .keyRange { continue }
            let had = result.contains(.time)
            result.remove(.time)
            let keyAxes = try axes(raw, tree, module, scope, depth)
            if had { result.formUnion(keyAxes) }
        }
        return result
    }

    private func axesOfCall(
        _ node: Node, _ tree: borrowing SyntaxTree, _ module: Int32, _ scope: BindingScope?, _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module) else {
            var result = try axes(tree.call(node).callee, tree, module, scope, depth)
            for raw in tree.call(node).arguments {
                result.formUnion(try axes(tree.argument(raw).value, tree, module, scope, depth))
            }
            return result
        }
        let declaration = model[target]
        if let builtin = declaration.builtin { return try axesOfBuiltin(builtin, node, tree, module, scope, depth) }
        var arguments: Axes = []
        for raw in tree.call(node).arguments {
            arguments.formUnion(try axes(tree.argument(raw).value, tree, module, scope, depth))
        }
        // A `let` that holds a function varies with what the function reads.
        guard declaration.kind == .function else {
            return arguments.union(try axesOfName(tree.call(node).callee, module, scope, depth))
        }
        let info = functionInfo[Int(target.rawValue)]
        if !info.defaultAxes.isEmpty, omitsArguments(of: target, node) { arguments.formUnion(info.defaultAxes) }
        guard info.isWide, !info.isRecursive else { return arguments.union(info.axes) }
        let call = Location(tree.source, node.span)
        guard expansions.hasRoom(at: depth, call) else { throw .reported }
        guard depth < Limits.wideCallsDeep, expansions.take(for: call) else {
            if expansions.exhausted == nil { expansions.exhausted = call }
            throw .reported
        }
        // What a function that looks around returns is found by looking into it.
        let inner = BindingScope(parent: nil)
        bindArguments(of: target, node, in: module, scope, to: inner)
        let body = model.modules[Int(declaration.module)].tree
        var key = ExpansionBudget.AxesKey(function: target, arguments: [])
        for parameter in model.parameters(of: target) {
            let name = model.modules[Int(declaration.module)].nodeBase + parameter.node.rawValue
            guard case .expression(let expression) = inner.find(name) else { continue }
            let tree = model.modules[Int(expression.module)].tree
            key.arguments.append(
                try axes(expression.node, tree, expression.module, expression.scope, depth + 1))
        }
        if let known = expansions.axes[key] { return known }
        let found = try axes(declaration.value, body, declaration.module, inner, depth + 1)
        expansions.axes[key] = found
        return found
    }

    /// Whether a call takes some default.
    private func omitsArguments(of target: DeclarationID, _ call: Node) -> Bool {
        let declaration = model.declarations[Int(target.rawValue)]
        let tree = model.modules[Int(declaration.module)].tree
        return tree.call(call).arguments.count < tree.function(declaration.node).parameters.count
    }

    /// Binds the parameters of a function to the expressions of a call.
    func bindArguments(
        of target: DeclarationID, _ call: Node, in module: Int32, _ scope: BindingScope?, to inner: BindingScope
    ) {
        let declaration = model[target]
        let body = model.modules[Int(declaration.module)].tree
        let tree = model.modules[Int(module)].tree
        let base = model.modules[Int(declaration.module)].nodeBase
        let parameters = model.parameters(of: target)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: call, in: module) else {
            return
        }
        for (position, parameter) in parameters.enumerated() {
            let argument = match.arguments[position]
            if argument.isNone {
                inner.bind(
                    base + parameter.node.rawValue,
                    .expression(
                        Expression(
                            module: declaration.module, node: body.parameter(parameter.node).standard, scope: inner)))
            } else {
                inner.bind(
                    base + parameter.node.rawValue,
                    .expression(Expression(module: module, node: tree.argument(argument).value, scope: scope)))
            }
        }
    }

    private func axesOfBuiltin(
        _ builtin: Builtin, _ node: Node, _ tree: borrowing SyntaxTree, _ module: Int32, _ scope: BindingScope?,
        _ depth: Int
    ) throws(LoweringFailure) -> Axes {
        let call = tree.call(node)
        var all: Axes = []
        var first: Axes = []
        for (position, raw) in call.arguments.enumerated() {
            let own = try axes(tree.argument(raw).value, tree, module, scope, depth)
            if position == 0 { first = own }
            all.formUnion(own)
        }
        switch builtin {
        case .normal, .lognormal, .uniform, .triangular, .pert, .beta, .gamma, .discrete, .empirical:
            return all.union(.sample)
        case .expected, .probability, .skewness, .covariance, .correlation: return all.subtracting(.sample)
        case .total, .first_time: return all.subtracting(.time)
        case .cumulative, .previous, .interpolate, .extend_series, .rebase: return all.union(.time)
        case .sum, .mean, .min, .max, .values, .median, .sd, .quantile:
            guard let raw = call.arguments.first else { return all }
            if (builtin == .min || builtin == .max) && call.arguments.count > 1 { return all }
            let argument = tree.argument(raw)
            if argument.reduction.isNone, model.types.isList(model.type(of: argument.value, in: module)) {
                return all
            }
            if builtin == .median || builtin == .sd || builtin == .quantile { return all.subtracting(.sample) }
            if !argument.reduction.isNone {
                let clause = tree.reduction(argument.reduction)
                if !clause.condition.isNone { first.formUnion(try axes(clause.condition, tree, module, scope, depth)) }
                if let axis = clause.axis {
                    if model.symbols[axis] == "time" { return first.subtracting(.time) }
                    if let index = model.index(named: axis) { return first.subtracting(.index(index)) }
                    return first
                }
            }
            return first.subtracting(.allIndexes)
        default: return all
        }
    }
}
