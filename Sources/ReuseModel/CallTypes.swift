import ReuseSyntax

/// Which argument goes to which parameter of a call.
public struct CallMatch: Sendable {
    /// One entry a parameter: the `argument` node, or none where the default stands.
    public var arguments: [NodeID]
}

/// Types of calls: of functions of the script, of builtins, and of function values.
extension TypeChecker {
    mutating func inferCall(_ id: NodeID, _ node: Node, expecting: TypeID?) -> TypeID {
        let target = model.resolutions[Int(nodeBase + tree.call(node).callee.rawValue)]
        if target >= 0 {
            let declaration = model.declarations[Int(target)]
            if let builtin = declaration.builtin { return inferBuiltin(builtin, DeclarationID(target), id, node) }
            if declaration.kind == .function { return inferFunctionCall(DeclarationID(target), id, node) }
        }
        return inferValueCall(id, node)
    }

    private mutating func inferFunctionCall(_ target: DeclarationID, _ id: NodeID, _ node: Node) -> TypeID {
        let call = tree.call(node)
        let type = typeOfUse(target, at: call.callee)
        model.nodeTypes[Int(nodeBase + call.callee.rawValue)] = type.rawValue
        let declaration = model[target]
        let parameters = model.tree(declaration.module).function(declaration.node).parameters
        let arguments = call.arguments
        guard let count = model.types.parameterCount(type), Int(count) == parameters.count else {
            for raw in arguments { infer(tree.argument(raw).value) }
            return .unknown
        }
        let result = model.types.part(type, count)
        if arguments.count == parameters.count, arguments.allSatisfy({ tree.argument($0).label == nil }) {
            // The common case: one value for each parameter, in order.
            var position = 0
            while position < parameters.count {
                inferArgument(
                    arguments[position], toBe: model.types.part(type, Int32(position)), of: target,
                    parameter: parameters[position])
                position += 1
            }
            return result
        }
        guard let match = match(model.parameters(of: target), node, target: target) else {
            for raw in arguments { infer(tree.argument(raw).value) }
            return result
        }
        for (position, argument) in match.arguments.enumerated() where !argument.isNone {
            inferArgument(
                argument, toBe: model.types.part(type, Int32(position)), of: target,
                parameter: parameters[position])
        }
        return result
    }

    private mutating func inferArgument(
        _ argument: NodeID, toBe wanted: TypeID, of target: DeclarationID, parameter: NodeID
    ) {
        let node = tree.argument(argument)
        if !node.reduction.isNone {
            report(.noReductionHere(model.name(target), at: model.location(node.reduction, in: module)))
        }
        let type = infer(node.value, expecting: wanted)
        // What fits is not worth the words.
        if model.types.unify(wanted, type) != nil {
            requireArgument(type, at: node.value, toBe: wanted, of: target, parameter: parameter)
        }
    }

    /// Apart from the path of arguments that fit, which is hot.
    @inline(never)
    private mutating func requireArgument(
        _ type: TypeID, at argument: NodeID, toBe wanted: TypeID, of target: DeclarationID, parameter: NodeID
    ) {
        let home = model.modules[Int(model[target].module)]
        require(
            type, toBe: wanted, at: argument,
            because: home.isLibrary ? nil : model.location(parameter, in: model[target].module),
            as: "`\(model.symbols[home.tree.name(parameter)])` of `\(model.name(target))` is")
    }

    /// Matches arguments with parameters; nil after a report.
    @inline(never)
    mutating func match(
        _ parameters: [(node: NodeID, symbol: Symbol, hasDefault: Bool)], _ call: Node, target: DeclarationID
    ) -> CallMatch? {
        switch matchArguments(parameters.map { ($0.symbol, $0.hasDefault) }, of: call, in: tree) {
        case .match(let match): return match
        case .failure(let fault, let argument):
            let names = parameters.map { model.symbols[$0.symbol] }
            let place = argument.isNone ? nil : model.location(argument, in: module)
            let whole = Location(tree.source, call.span)
            let signature = "\(model.name(target))(\(names.joined(separator: ", ")))"
            report(.wrongArgument(fault.message(in: model, names: names), signature: signature, at: place ?? whole))
            return nil
        }
    }

    private mutating func inferValueCall(_ id: NodeID, _ node: Node) -> TypeID {
        let call = tree.call(node)
        let callee = infer(call.callee)
        let arguments = Array(call.arguments)
        if callee != .unknown {
            for raw in arguments where tree.argument(raw).label != nil {
                report(.namedToValue(at: model.location(raw, in: module)))
            }
        }
        switch model.types.shape(callee) {
        case .function(let types, let result):
            guard types.count == arguments.count else {
                report(
                    .wrongArgumentCount(wanted: types.count, got: arguments.count, at: model.location(id, in: module)))
                for raw in arguments { infer(tree.argument(raw).value) }
                return result
            }
            for (position, raw) in arguments.enumerated() {
                let value = tree.argument(raw).value
                let type = infer(value, expecting: types[position])
                require(type, toBe: types[position], at: value, because: nil, as: "the function wants")
            }
            return result
        case .variable:
            let types = arguments.map { infer(tree.argument($0).value) }
            let result = model.types.variable()
            if model.types.unify(callee, model.types.function(types, result: result)) != nil {
                report(.endlessType(at: model.location(id, in: module)))
            }
            return result
        case .unknown:
            for raw in arguments { infer(tree.argument(raw).value) }
            return .unknown
        default:
            for raw in arguments { infer(tree.argument(raw).value) }
            report(.notAFunction(got: describe(callee), at: model.location(call.callee, in: module)))
            return .unknown
        }
    }

    // MARK: Builtins

    private mutating func inferBuiltin(_ builtin: Builtin, _ target: DeclarationID, _ id: NodeID, _ node: Node)
        -> TypeID
    {
        let arguments = Array(tree.call(node).arguments)
        switch builtin {
        case .min, .max:
            if arguments.count > 1 { return inferPlaceByPlace(arguments, builtin) }
            return inferReduction(builtin, target, arguments, id)
        case .sum, .mean, .values: return inferReduction(builtin, target, arguments, id)
        case .median, .sd: return inferReduction(builtin, target, arguments, id)
        case .quantile:
            let result = inferReduction(builtin, target, Array(arguments.prefix(1)), id)
            guard arguments.count == 2 else {
                report(
                    .wrongArgument(
                        "`quantile` takes a value and a share", signature: "quantile(x, p)",
                        at: model.location(id, in: module)))
                return result
            }
            let share = tree.argument(arguments[1]).value
            require(infer(share), toBe: .number, at: share, because: nil, as: "the share is")
            return result
        case .previous: return inferPrevious(arguments, id)
        case .interpolate: return inferInterpolation(target, id, node)
        case .column, .columns:
            if model.columns[nodeBase + id.rawValue] != nil { return .number }
            // Inside a table that cannot be read, that was said.
            if !isInData(id) { report(.columnOutsideData(builtin.rawValue, at: model.location(id, in: module))) }
            return .unknown
        default:
            if builtin.isLifetime { return inferLifetime(builtin, arguments, id) }
            if builtin.isDistribution { return inferDistribution(builtin, arguments, id) }
            let result = inferFunctionCall(target, id, node)
            if builtin == .total, arguments.count == 1 { warnOfTotal(tree.argument(arguments[0]).value) }
            return result
        }
    }

    private mutating func inferPlaceByPlace(_ arguments: [NodeID], _ builtin: Builtin) -> TypeID {
        var result: TypeID?
        for raw in arguments {
            let argument = tree.argument(raw)
            if !argument.reduction.isNone || argument.label != nil {
                report(.noReductionHere(builtin.rawValue, at: model.location(raw, in: module)))
            }
            let type = infer(argument.value)
            _ = requireNumber(type, at: argument.value, for: "`\(builtin.rawValue)`")
            if let known = result {
                require(
                    type, toBe: known, at: argument.value, because: model.location(arguments[0], in: module),
                    as: "the first value is")
            } else {
                result = type
            }
        }
        return result ?? .unknown
    }

    private mutating func inferReduction(
        _ builtin: Builtin, _ target: DeclarationID, _ arguments: [NodeID], _ id: NodeID
    ) -> TypeID {
        guard arguments.count == 1, tree.argument(arguments[0]).label == nil || builtin == .values else {
            for raw in arguments { infer(tree.argument(raw).value) }
            report(
                .wrongArgument(
                    "`\(builtin.rawValue)` takes one value; several stand in brackets, as a list",
                    signature: "\(builtin.rawValue)([1, 2, 3])",
                    at: model.location(id, in: module)))
            return .unknown
        }
        let argument = tree.argument(arguments[0])
        let type = infer(argument.value)
        if !argument.reduction.isNone {
            let clause = tree.reduction(argument.reduction)
            if !clause.condition.isNone { requireBool(clause.condition) }
            if let axis = clause.axis { checkAxis(axis, builtin, at: argument.reduction) }
            // With an axis named it is no list.
            if clause.axis != nil || !clause.condition.isNone {
                if requireNumber(type, at: argument.value, for: "a reduction over an index") == nil { return .unknown }
                return builtin == .values ? model.types.list(model.types.resolve(type)) : type
            }
        }
        if builtin == .values {
            _ = requireNumber(type, at: argument.value, for: "`values`")
            return model.types.list(type)
        }
        let element = model.types.anyNumber()
        settle(
            PendingReduction(argument: type, element: element, node: argument.value, module: module), isLast: false)
        return element
    }

    private mutating func checkAxis(_ symbol: Symbol, _ builtin: Builtin, at id: NodeID) {
        let name = model.symbols[symbol]
        let place = model.location(id, in: module)
        let isOverSamples = [.median, .sd, .quantile].contains(builtin)
        if name == "sample" || name == "samples" {
            report(.overSamples(at: place))
            return
        }
        switch model.axis(named: symbol) {
        case .time:
            if builtin == .sum { report(.sumOverTime(at: place)) }
            if builtin == .values || isOverSamples { report(.notOverTime(builtin.rawValue, at: place)) }
        case .index: if isOverSamples { report(.notOverTime(builtin.rawValue, at: place)) }
        case nil:
            if problems.lacksTable { return }
            report(
                .unknownName(
                    name, at: place, nearest: nearest(to: name, among: model.axisNames),
                    hint: "`over` takes an index or `time`"))
        }
    }

    private mutating func inferPrevious(_ arguments: [NodeID], _ id: NodeID) -> TypeID {
        let place = model.location(id, in: module)
        var value = NodeID.none
        var span = NodeID.none
        var otherwise = NodeID.none
        for (position, raw) in arguments.enumerated() {
            let argument = tree.argument(raw)
            let label = argument.label.map { model.symbols[$0] } ?? ""
            switch (position, label) {
            case (0, ""): value = argument.value
            case (1, ""), (_, "span"): span = argument.value
            case (_, "else"): otherwise = argument.value
            default:
                report(
                    .wrongArgument(
                        "`previous` has no parameter `\(label)`", signature: "previous(x, else: v)",
                        at: model.location(raw, in: module)))
                return .unknown
            }
        }
        guard !value.isNone, !otherwise.isNone else {
            for raw in arguments { infer(tree.argument(raw).value) }
            report(
                .wrongArgument(
                    "`previous` needs to know what stands before the first step",
                    signature: "previous(x, else: v)", at: place))
            return .unknown
        }
        let type = infer(value)
        if !span.isNone, let duration = durationType {
            require(infer(span), toBe: duration, at: span, because: nil, as: "how far to go back is")
        }
        let fallback = infer(otherwise, expecting: type)
        require(fallback, toBe: type, at: otherwise, because: model.location(value, in: module), as: "the value is")
        return type
    }
}

/// What is wrong with the arguments of a call.
enum ArgumentFault {
    case unknown(Symbol)
    case twice(Symbol)
    case tooMany(Int)
    case missing(Symbol)
    case positionalAfterNamed

    func message(in model: Model, names: [String]) -> String {
        switch self {
        case .unknown(let symbol):
            let name = model.symbols[symbol]
            if let near = nearest(to: name, among: names) {
                return "there is no parameter `\(name)`; did you mean `\(near)`?"
            }
            return "there is no parameter `\(name)`"
        case .twice(let symbol): return "`\(model.symbols[symbol])` is given twice"
        case .tooMany(let count):
            return count == 1 ? "this is one value too many" : "these are \(count) values too many"
        case .missing(let symbol): return "`\(model.symbols[symbol])` is missing"
        case .positionalAfterNamed: return "a value without a name cannot follow a named one"
        }
    }
}

enum ArgumentMatch {
    case match(CallMatch)
    case failure(ArgumentFault, NodeID)
}

/// Positional arguments first, then named ones; what is left takes its default.
func matchArguments(
    _ parameters: [(symbol: Symbol, hasDefault: Bool)], of call: Node, in tree: SyntaxTree
) -> ArgumentMatch {
    var result = CallMatch(arguments: Array(repeating: .none, count: parameters.count))
    var position = 0
    var sawName = false
    let arguments = tree.call(call).arguments
    for id in arguments {
        if let label = tree.argument(id).label {
            sawName = true
            guard let index = parameters.firstIndex(where: { $0.symbol == label }) else {
                return .failure(.unknown(label), id)
            }
            guard result.arguments[index].isNone else { return .failure(.twice(label), id) }
            result.arguments[index] = id
        } else {
            if sawName { return .failure(.positionalAfterNamed, id) }
            guard position < parameters.count else {
                return .failure(.tooMany(arguments.count - parameters.count), id)
            }
            result.arguments[position] = id
            position += 1
        }
    }
    for (index, parameter) in parameters.enumerated() where result.arguments[index].isNone && !parameter.hasDefault {
        return .failure(.missing(parameter.symbol), .none)
    }
    return .match(result)
}

extension Model {
    /// The parameters of a function declaration.
    public func parameters(of id: DeclarationID) -> [(node: NodeID, symbol: Symbol, hasDefault: Bool)] {
        let declaration = self[id]
        return parameters(ofFunction: declaration.node, in: declaration.module)
    }

    /// The `parameter` nodes of a function declaration.
    @inlinable @inline(__always)
    public func parameterNodes(of id: DeclarationID) -> NodeList {
        let declaration = self[id]
        let tree = modules[Int(declaration.module)].tree
        return tree.function(declaration.node).parameters
    }

    /// The parameters of a `function` or `lambda` node.
    public func parameters(ofFunction id: NodeID, in module: Int32) -> [(
        node: NodeID, symbol: Symbol, hasDefault: Bool
    )] {
        let tree = modules[Int(module)].tree
        let node = tree[id]
        let list = node.kind == .lambda ? tree.lambda(node).parameters : tree.function(node).parameters
        return list.map { ($0, tree.parameter($0).name, !tree.parameter($0).standard.isNone) }
    }

    /// Which argument goes to which parameter, for a call that was checked.
    public func match(_ parameters: [(symbol: Symbol, hasDefault: Bool)], call: Node, in module: Int32) -> CallMatch? {
        if case .match(let match) = matchArguments(parameters, of: call, in: modules[Int(module)].tree) { return match }
        return nil
    }

    /// A declaration that names itself.
    @inlinable @inline(__always)
    public func readsItself(_ id: DeclarationID) -> Bool { selfReading.isEmpty ? false : selfReading[Int(id.rawValue)] }
}

extension TypeChecker {
    /// Whether a call of `column` stands in a `data` statement, which can do without an error of its own.
    func isInData(_ id: NodeID) -> Bool {
        data.contains { place in
            place.module == module && id < place.node && tree[place.node].start <= tree[id].start
        }
    }
}
