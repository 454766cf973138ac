import ReuseSyntax

/// Which argument goes to which parameter of a call.
public struct CallMatch: Sendable {
    /// One entry a parameter: the `argument` node, or none where the default stands.
    public var arguments: [NodeID]
}

/// Types of calls: of functions of the script, of builtins, and of function values.
extension ModelBuilder {
    mutating func inferCall(_ id: Int32, _ node: Node, expecting: TypeID?) -> TypeID {
        let target = model.resolutions[Int(nodeBase + node.a)]
        if target >= 0 {
            let declaration = model.declarations[Int(target)]
            if let builtin = declaration.builtin { return inferBuiltin(builtin, DeclarationID(target), id, node) }
            if declaration.kind == .function { return inferFunctionCall(DeclarationID(target), id, node) }
        }
        return inferValueCall(id, node)
    }

    private mutating func inferFunctionCall(_ target: DeclarationID, _ id: Int32, _ node: Node) -> TypeID {
        let type = typeOfUse(target, at: node.a)
        model.nodeTypes[Int(nodeBase + node.a)] = type.rawValue
        let declaration = model.declarations[Int(target.rawValue)]
        let home = model.modules[Int(declaration.module)].tree
        let function = home.nodes[Int(declaration.node.rawValue)]
        let parameters = home.children(function.c + 2, home.extra[Int(function.c) + 1])
        let arguments = tree.children(node.b, node.c)
        guard let count = model.types.parameterCount(type), Int(count) == parameters.count else {
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            return .unknown
        }
        let result = model.types.part(type, count)
        if arguments.count == parameters.count, arguments.allSatisfy({ tree.nodes[Int($0)].a < 0 }) {
            // The common case: one value for each parameter, in order.
            var position = 0
            while position < parameters.count {
                inferArgument(
                    NodeID(arguments[arguments.startIndex + position]),
                    toBe: model.types.part(type, Int32(position)), of: target,
                    parameter: NodeID(parameters[parameters.startIndex + position]))
                position += 1
            }
            return result
        }
        guard let match = match(model.parameters(of: target), node, target: target) else {
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            return result
        }
        for (position, argument) in match.arguments.enumerated() where !argument.isNone {
            inferArgument(
                argument, toBe: model.types.part(type, Int32(position)), of: target,
                parameter: NodeID(parameters[parameters.startIndex + position]))
        }
        return result
    }

    private mutating func inferArgument(
        _ argument: NodeID, toBe wanted: TypeID, of target: DeclarationID, parameter: NodeID
    ) {
        let node = tree[argument]
        if node.c >= 0 {
            report(.noReductionHere(model.name(target), at: location(NodeID(node.c), in: module)))
        }
        let type = infer(node.b, expecting: wanted)
        // What fits is not worth the words.
        if model.types.unify(wanted, type) != nil {
            requireArgument(type, at: node.b, toBe: wanted, of: target, parameter: parameter)
        }
    }

    /// Apart from the path of arguments that fit, which is hot.
    @inline(never)
    private mutating func requireArgument(
        _ type: TypeID, at argument: Int32, toBe wanted: TypeID, of target: DeclarationID, parameter: NodeID
    ) {
        let home = model.modules[Int(model[target].module)]
        require(
            type, toBe: wanted, at: argument,
            because: home.isLibrary ? nil : location(parameter, in: model[target].module),
            as: "`\(model.symbols[Symbol(home.tree[parameter].a)])` of `\(model.name(target))` is")
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
            let place = argument.isNone ? nil : location(argument, in: module)
            let whole = Location(tree.source, call.span)
            let signature = "\(model.name(target))(\(names.joined(separator: ", ")))"
            report(.wrongArgument(fault.message(in: model, names: names), signature: signature, at: place ?? whole))
            return nil
        }
    }

    private mutating func inferValueCall(_ id: Int32, _ node: Node) -> TypeID {
        let callee = infer(node.a)
        let arguments = Array(tree.children(node.b, node.c))
        if callee != .unknown {
            for raw in arguments where tree.nodes[Int(raw)].a >= 0 {
                report(.namedToValue(at: location(NodeID(raw), in: module)))
            }
        }
        switch model.types.shape(callee) {
        case .function(let types, let result):
            guard types.count == arguments.count else {
                report(
                    .wrongArgumentCount(
                        wanted: types.count, got: arguments.count, at: location(NodeID(id), in: module)))
                for raw in arguments { infer(tree.nodes[Int(raw)].b) }
                return result
            }
            for (position, raw) in arguments.enumerated() {
                let value = tree.nodes[Int(raw)].b
                let type = infer(value, expecting: types[position])
                require(type, toBe: types[position], at: value, because: nil, as: "the function wants")
            }
            return result
        case .variable:
            let types = arguments.map { infer(tree.nodes[Int($0)].b) }
            let result = model.types.variable()
            if model.types.unify(callee, model.types.function(types, result: result)) != nil {
                report(.endlessType(at: location(NodeID(id), in: module)))
            }
            return result
        case .unknown:
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            return .unknown
        default:
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            report(.notAFunction(got: describe(callee), at: location(NodeID(node.a), in: module)))
            return .unknown
        }
    }

    // MARK: Builtins

    private mutating func inferBuiltin(_ builtin: Builtin, _ target: DeclarationID, _ id: Int32, _ node: Node) -> TypeID
    {
        let arguments = Array(tree.children(node.b, node.c))
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
                        at: location(NodeID(id), in: module)))
                return result
            }
            let share = tree.nodes[Int(arguments[1])].b
            require(infer(share), toBe: .number, at: share, because: nil, as: "the share is")
            return result
        case .previous: return inferPrevious(arguments, id)
        case .interpolate: return inferInterpolation(target, id, node)
        case .column, .columns:
            if model.columns[nodeBase + id] != nil { return .number }
            // Inside a table that cannot be read, that was said.
            if !isInData(id) { report(.columnOutsideData(builtin.rawValue, at: location(NodeID(id), in: module))) }
            return .unknown
        default:
            if builtin.isLifetime { return inferLifetime(builtin, arguments, id) }
            if builtin.isDistribution { return inferDistribution(builtin, arguments, id) }
            let result = inferFunctionCall(target, id, node)
            if builtin == .total, arguments.count == 1 { warnOfTotal(tree.nodes[Int(arguments[0])].b) }
            return result
        }
    }

    private mutating func inferPlaceByPlace(_ arguments: [Int32], _ builtin: Builtin) -> TypeID {
        var result: TypeID?
        for raw in arguments {
            let argument = tree.nodes[Int(raw)]
            if argument.c >= 0 || argument.a >= 0 {
                report(.noReductionHere(builtin.rawValue, at: location(NodeID(raw), in: module)))
            }
            let type = infer(argument.b)
            _ = requireNumber(type, at: argument.b, for: "`\(builtin.rawValue)`")
            if let known = result {
                require(
                    type, toBe: known, at: argument.b, because: location(NodeID(arguments[0]), in: module),
                    as: "the first value is")
            } else {
                result = type
            }
        }
        return result ?? .unknown
    }

    private mutating func inferReduction(
        _ builtin: Builtin, _ target: DeclarationID, _ arguments: [Int32], _ id: Int32
    ) -> TypeID {
        guard arguments.count == 1, tree.nodes[Int(arguments[0])].a < 0 || builtin == .values else {
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            report(
                .wrongArgument(
                    "`\(builtin.rawValue)` takes one value; several stand in brackets, as a list",
                    signature: "\(builtin.rawValue)([1, 2, 3])",
                    at: location(NodeID(id), in: module)))
            return .unknown
        }
        let argument = tree.nodes[Int(arguments[0])]
        let type = infer(argument.b)
        if argument.c >= 0 {
            let clause = tree.nodes[Int(argument.c)]
            if clause.a >= 0 { requireBool(clause.a) }
            if clause.b >= 0 { checkAxis(Symbol(clause.b), builtin, at: NodeID(argument.c)) }
            // With an axis named it is no list.
            if clause.b >= 0 || clause.a >= 0 {
                if requireNumber(type, at: argument.b, for: "a reduction over an index") == nil { return .unknown }
                return builtin == .values ? model.types.list(model.types.resolve(type)) : type
            }
        }
        if builtin == .values {
            _ = requireNumber(type, at: argument.b, for: "`values`")
            return model.types.list(type)
        }
        let element = model.types.anyNumber()
        settle(
            PendingReduction(argument: type, element: element, node: NodeID(argument.b), module: module), isLast: false)
        return element
    }

    private mutating func checkAxis(_ symbol: Symbol, _ builtin: Builtin, at id: NodeID) {
        let name = model.symbols[symbol]
        if name == "time" {
            if builtin == .sum { report(.sumOverTime(at: location(id, in: module))) }
            if builtin == .values || builtin == .median || builtin == .sd || builtin == .quantile {
                report(.notOverTime(builtin.rawValue, at: location(id, in: module)))
            }
            return
        }
        if name == "sample" || name == "samples" {
            report(.overSamples(at: location(id, in: module)))
            return
        }
        if model.index(named: symbol) == nil {
            if lacksTable { return }
            let candidates = model.indexes.map { model.symbols[$0.symbol] } + ["time"]
            report(
                .unknownName(
                    name, at: location(id, in: module), nearest: nearest(to: name, among: candidates),
                    hint: "`over` takes an index or `time`"))
        } else if [.median, .sd, .quantile].contains(builtin) {
            report(.notOverTime(builtin.rawValue, at: location(id, in: module)))
        }
    }

    private mutating func inferPrevious(_ arguments: [Int32], _ id: Int32) -> TypeID {
        let place = location(NodeID(id), in: module)
        var value: Int32 = -1
        var span: Int32 = -1
        var otherwise: Int32 = -1
        for (position, raw) in arguments.enumerated() {
            let argument = tree.nodes[Int(raw)]
            let label = argument.a >= 0 ? model.symbols[Symbol(argument.a)] : ""
            switch (position, label) {
            case (0, ""): value = argument.b
            case (1, ""), (_, "span"): span = argument.b
            case (_, "else"): otherwise = argument.b
            default:
                report(
                    .wrongArgument(
                        "`previous` has no parameter `\(label)`", signature: "previous(x, else: v)",
                        at: location(NodeID(raw), in: module)))
                return .unknown
            }
        }
        guard value >= 0, otherwise >= 0 else {
            for raw in arguments { infer(tree.nodes[Int(raw)].b) }
            report(
                .wrongArgument(
                    "`previous` needs to know what stands before the first step",
                    signature: "previous(x, else: v)", at: place))
            return .unknown
        }
        let type = infer(value)
        if span >= 0, let duration = durationType {
            require(infer(span), toBe: duration, at: span, because: nil, as: "how far to go back is")
        }
        let fallback = infer(otherwise, expecting: type)
        require(fallback, toBe: type, at: otherwise, because: location(NodeID(value), in: module), as: "the value is")
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
    for raw in tree.children(call.b, call.c) {
        let argument = tree.nodes[Int(raw)]
        let id = NodeID(raw)
        if argument.a >= 0 {
            sawName = true
            guard let index = parameters.firstIndex(where: { $0.symbol == Symbol(argument.a) }) else {
                return .failure(.unknown(Symbol(argument.a)), id)
            }
            guard result.arguments[index].isNone else { return .failure(.twice(Symbol(argument.a)), id) }
            result.arguments[index] = id
        } else {
            if sawName { return .failure(.positionalAfterNamed, id) }
            guard position < parameters.count else { return .failure(.tooMany(Int(call.c) - parameters.count), id) }
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
    public func parameterNodes(of id: DeclarationID) -> ArraySlice<Int32> {
        let declaration = declarations[Int(id.rawValue)]
        let tree = modules[Int(declaration.module)].tree
        let list = tree[declaration.node].c
        return tree.children(list + 2, tree.extra[Int(list) + 1])
    }

    /// The parameters of a `function` or `lambda` node.
    public func parameters(ofFunction id: NodeID, in module: Int32) -> [(
        node: NodeID, symbol: Symbol, hasDefault: Bool
    )] {
        let tree = modules[Int(module)].tree
        let node = tree[id]
        let range =
            node.kind == .lambda
            ? tree.children(node.a, node.b) : tree.children(node.c + 2, tree.extra[Int(node.c) + 1])
        return range.map { (NodeID($0), Symbol(tree[NodeID($0)].a), tree[NodeID($0)].c >= 0) }
    }

    /// Which argument goes to which parameter, for a call that was checked.
    public func match(_ parameters: [(symbol: Symbol, hasDefault: Bool)], call: Node, in module: Int32) -> CallMatch? {
        if case .match(let match) = matchArguments(parameters, of: call, in: modules[Int(module)].tree) { return match }
        return nil
    }

    /// A declaration that names itself.
    @inlinable @inline(__always)
    public func readsItself(_ id: DeclarationID) -> Bool { selfReading.contains(id) }
}
