import ReuseSyntax

/// A reduction whose argument may turn out to be a list or a number over an index.
struct PendingReduction {
    var argument: TypeID
    var element: TypeID
    var node: NodeID
    var module: Int32
}

/// Stage 5: types and dimensions of all declarations and commands.
extension ModelBuilder {
    mutating func inferAll() {
        generics = Array(repeating: -1, count: model.declarations.count)
        quantityType = model.types.anyNumber()
        priceType = model.types.anyNumber()
        goodsTypes = model.stocks.map { _ in model.types.anyNumber() }
        var start = 0
        while start < model.order.count, !watch.stops() {
            var end = start + 1
            let component = model.component[Int(model.order[start].rawValue)]
            while end < model.order.count, model.component[Int(model.order[end].rawValue)] == component { end += 1 }
            inferGroup(start..<end)
            model.types.dimensions.settle()
            // Asked here: a place that is made for each declaration costs more than its types.
            if model.types.tooDeep || model.types.dimensions.exponentOverflow {
                noteLimits(at: nameLocation(model.order[start]))
            }
            start = end
        }
        inferPatches()
        inferCorrelations()
        for command in model.commands {
            inferCommand(command)
            noteLimits(at: location(command.node, in: command.module))
        }
        if let horizon = model.horizon { inferHorizon(horizon) }
        if let module = model.modules.first { noteLimits(at: module.tree.location(module.tree.root)) }
    }

    /// Reports the limits of types and dimensions where they are met first.
    private mutating func noteLimits(at place: Location) {
        model.types.dimensions.settle()
        if model.types.tooDeep, !metLimits.types {
            metLimits.types = true
            report(.limit("a type nests more than 200 deep, or has more than 20,000 parts", at: place))
        }
        if model.types.dimensions.exponentOverflow, !metLimits.exponents {
            metLimits.exponents = true
            report(.limit("an exponent of a unit is too large, or a unit has more than 1,000 parts", at: place))
        }
    }

    /// Infers declarations that rest on each other. Inside the group they have one type each; functions are generic afterwards.
    private mutating func inferGroup(_ range: Range<Int>) {
        if range.count == 1 {
            let id = model.order[range.lowerBound]
            // It may read its own past, which then has its type.
            if [.let, .assume, .field, .stockField].contains(model[id].kind),
                edges(of: id).contains(where: { $0.target == id })
            {
                model.declarations[Int(id.rawValue)].type = model.types.variable()
            }
            switch model[id].kind {
            case .unit, .let, .assume: inferValue(id)
            case .function, .builtin:
                enter(model[id].module)
                inferFunctionHead(id)
                inferFunctionBody(id)
                settlePending()
                generalise(id)
            case .field: inferField(id)
            case .stockField: inferStockField(id)
            case .clearing, .result, .gathered: inferResult(id)
            case .cohorts, .stockResult: inferStockResult(id)
            case .projected: inferProjected(id)
            case .index, .source, .module, .now, .market, .supply, .policy, .data, .fitting: return
            }
            return
        }
        for position in range {
            let id = model.order[position]
            if model[id].kind == .function {
                enter(model[id].module)
                inferFunctionHead(id)
            } else if model[id].kind == .cohorts || model[id].kind == .stockResult {
                inferStockResult(id)
            } else if model[id].kind.isCleared {
                inferResult(id)
            } else if model[id].kind == .projected {
                inferProjected(id)
            } else {
                model.declarations[Int(id.rawValue)].type = model.types.variable()
            }
        }
        for position in range {
            let id = model.order[position]
            switch model[id].kind {
            case .function: inferFunctionBody(id)
            case .field: inferField(id)
            case .stockField: inferStockField(id)
            case .clearing, .result, .gathered, .cohorts, .stockResult, .projected: continue
            default: inferValue(id)
            }
        }
        settlePending()
        for position in range where model[model.order[position]].kind == .function { generalise(model.order[position]) }
    }

    /// Makes a text the one that nodes are read from.
    mutating func enter(_ module: Int32) {
        if self.module == module, tree.source == model.modules[Int(module)].tree.source, !tree.nodes.isEmpty { return }
        self.module = module
        tree = model.modules[Int(module)].tree
        nodeBase = model.modules[Int(module)].nodeBase
    }

    private mutating func inferValue(_ id: DeclarationID) {
        let declaration = model[id]
        withLevels(of: declaration.node, in: declaration.module) { $0.inferValueItself(id) }
    }

    private mutating func inferValueItself(_ id: DeclarationID) {
        let declaration = model[id]
        enter(declaration.module)
        if declaration.kind == .unit, declaration.value.isNone {
            model.declarations[Int(id.rawValue)].type = model.types.number(
                model.types.dimensions.base(declaration.number))
            return
        }
        var annotation: NodeID = .none
        if declaration.kind == .let || declaration.kind == .assume {
            let node = tree[declaration.node]
            if node.c >= 0 { annotation = NodeID(tree.extra[Int(node.c)]) }
            if declaration.kind == .assume, node.c >= 0 { checkPer(node) }
        }
        var expected: TypeID?
        if !annotation.isNone {
            var variables = AnnotationVariables()
            expected = type(ofAnnotation: annotation, &variables)
        }
        let annotationPlace = annotation.isNone ? nil : location(annotation, in: module)
        if declaration.kind == .assume, declaration.valueModule != declaration.module {
            // Set from outside: the script's own expression says what dimension it must have.
            let own = tree[declaration.node].b
            let ownType = infer(own, expecting: expected)
            enter(declaration.valueModule)
            let type = infer(declaration.value.rawValue, expecting: ownType)
            if model.types.unify(ownType, type) != nil {
                report(
                    .wrongSetting(
                        model.name(id), wanted: describe(ownType), got: describe(type),
                        at: location(declaration.value, in: declaration.valueModule)))
            }
            if let known = declaration.inferredType {
                enter(declaration.module)
                require(ownType, toBe: known, at: own, because: nil, as: "it is used as")
            }
            model.declarations[Int(id.rawValue)].type = ownType
            settlePending()
            return
        }
        let type = infer(declaration.value.rawValue, expecting: expected ?? typeHint(ofProjectionPart: declaration))
        if let expected {
            require(
                type, toBe: expected, at: declaration.value.rawValue, because: annotationPlace,
                as: "the annotation says")
        }
        if declaration.kind == .unit, model.types.dimension(type) == nil, model.types.tag(type) != .unknown {
            report(.notAUnit(at: location(declaration.value, in: module), found: describe(type)))
        }
        if let known = declaration.inferredType {
            require(type, toBe: known, at: declaration.value.rawValue, because: nil, as: "it is used as")
        } else {
            model.declarations[Int(id.rawValue)].type = type
        }
        settlePending()
    }

    // MARK: Markets

    func type(of measure: MarketMeasure) -> (TypeID, String) {
        switch measure {
        case .quantity: (quantityType, "the goods of all markets are")
        case .price: (priceType, "the prices of all markets are")
        case .number, .money: (.number, "this field is")
        }
    }

    private mutating func inferField(_ id: DeclarationID) {
        let declaration = model[id]
        guard let field = MarketField(rawValue: UInt8(truncatingIfNeeded: declaration.number)) else { return }
        if declaration.value.isNone {
            model.declarations[Int(id.rawValue)].type = type(of: field.measure).0
            return
        }
        enter(declaration.valueModule)
        // Routes that are declared together share the text of their fields.
        let raw = model.nodeTypes[Int(nodeBase + declaration.value.rawValue)]
        let (wanted, reason) = type(of: field.measure)
        let type = raw >= 0 ? TypeID(raw) : infer(declaration.value.rawValue, expecting: wanted)
        if raw < 0 {
            require(type, toBe: wanted, at: declaration.value.rawValue, because: nil, as: reason)
            settlePending()
        }
        if let known = declaration.inferredType { _ = model.types.unify(known, type) }
        model.declarations[Int(id.rawValue)].type = wanted
    }

    private mutating func inferResult(_ id: DeclarationID) {
        let declaration = model[id]
        let kind: ClearedResult?
        switch declaration.kind {
        case .result: kind = model.network.results[Int(declaration.number)].kind
        case .gathered: kind = ClearedResult(rawValue: UInt8(truncatingIfNeeded: declaration.number))
        default: kind = nil
        }
        var type = TypeID.number
        if let measure = kind?.measure {
            if measure == .money, let quantity = model.types.dimension(quantityType),
                let price = model.types.dimension(priceType)
            {
                type = model.types.number(model.types.dimensions.product(quantity, price))
            } else {
                type = self.type(of: measure).0
            }
        }
        model.declarations[Int(id.rawValue)].type = type
    }

    private mutating func checkPer(_ node: Node) {
        let count = tree.extra[Int(node.c) + 2]
        for raw in tree.children(node.c + 3, count) {
            let name = NodeID(raw)
            let symbol = Symbol(tree[name].a)
            let text = model.symbols[symbol]
            if text != "time", model.index(named: symbol) == nil {
                report(
                    .unknownName(
                        text, at: location(name, in: module),
                        nearest: nearest(to: text, among: model.indexes.map { model.symbols[$0.symbol] } + ["time"]),
                        hint: "`per` takes an index or `time`"))
            }
        }
    }

    // MARK: Functions

    private mutating func inferFunctionHead(_ id: DeclarationID) {
        let function = model.declarations[Int(id.rawValue)].node
        let node = tree[function]
        var variables = AnnotationVariables()
        let parameters = tree.children(node.c + 2, tree.extra[Int(node.c) + 1])
        checkParameterNames(parameters, of: id)
        let parts = model.types.reserveParts(Int32(parameters.count) + 1)
        var part = parts
        for raw in parameters {
            let type = inferParameter(NodeID(raw), &variables, expecting: nil)
            model.types.setPart(part, type)
            part += 1
        }
        let resultNode = NodeID(tree.extra[Int(node.c)])
        let result = resultNode.isNone ? model.types.variable() : type(ofAnnotation: resultNode, &variables)
        model.types.setPart(part, result)
        let type = model.types.function(parts: parts, parameterCount: part - parts)
        model.declarations[Int(id.rawValue)].type = type
    }

    /// Reports parameters that share a name.
    private mutating func checkParameterNames(_ parameters: ArraySlice<Int32>, of id: DeclarationID) {
        if parameters.count <= 16 {
            // Few: compared with each other, without a set.
            var isFine = true
            for index in parameters.indices.dropFirst() {
                let symbol = tree.nodes[Int(parameters[index])].a
                for other in parameters.startIndex..<index where tree.nodes[Int(parameters[other])].a == symbol {
                    isFine = false
                }
            }
            if isFine { return }
        }
        var seen: Set<Symbol> = []
        for raw in parameters {
            let symbol = Symbol(tree.nodes[Int(raw)].a)
            if !seen.insert(symbol).inserted {
                report(
                    .redefined(
                        "`\(model.symbols[symbol])`", at: location(NodeID(raw), in: module), first: nameLocation(id)))
            }
        }
    }

    private mutating func inferParameter(
        _ parameter: NodeID, _ variables: inout AnnotationVariables, expecting: TypeID?
    ) -> TypeID {
        let node = tree[parameter]
        var result = node.b >= 0 ? type(ofAnnotation: NodeID(node.b), &variables) : model.types.variable()
        if let expecting, model.types.unify(result, expecting) != nil {
            report(
                .typeMismatch(
                    wanted: describe(expecting), got: describe(result), at: location(parameter, in: module), also: []))
        }
        result = model.types.resolve(result)
        if node.c >= 0, tree[NodeID(node.c)].kind != .noneLiteral {
            let type = infer(node.c, expecting: result)
            require(
                type, toBe: result, at: node.c, because: node.b >= 0 ? location(NodeID(node.b), in: module) : nil,
                as: "the parameter is")
        }
        model.nodeTypes[Int(nodeBase + parameter.rawValue)] = result.rawValue
        return result
    }

    private mutating func inferFunctionBody(_ id: DeclarationID) {
        let declaration = model[id]
        enter(declaration.module)
        guard !declaration.value.isNone, let count = model.types.parameterCount(declaration.type) else { return }
        let result = model.types.part(declaration.type, count)
        functionDepth += 1
        let type = infer(declaration.value.rawValue, expecting: result)
        functionDepth -= 1
        let annotation = NodeID(tree.extra[Int(tree[declaration.node].c)])
        require(
            type, toBe: result, at: declaration.value.rawValue,
            because: annotation.isNone ? nil : location(annotation, in: module), as: "the function returns")
    }

    private mutating func generalise(_ id: DeclarationID) {
        model.types.dimensions.settle()
        model.types.variables(
            in: model.declarations[Int(id.rawValue)].type, types: &genericTypes, dimensions: &genericDimensions)
        if genericTypes.isEmpty, genericDimensions.isEmpty { return }
        generics[Int(id.rawValue)] = Int32(genericLists.count)
        genericLists.append(Int32(genericTypes.count))
        genericLists.append(Int32(genericDimensions.count))
        for type in genericTypes { genericLists.append(type) }
        for dimension in genericDimensions { genericLists.append(dimension) }
        genericTypes.removeLast(genericTypes.count)
        genericDimensions.removeLast(genericDimensions.count)
    }

    mutating func inferLambda(_ id: Int32, expecting: TypeID?) -> TypeID {
        let node = tree.nodes[Int(id)]
        var wanted: [TypeID] = []
        var wantedResult: TypeID?
        if let expecting, case .function(let parameters, let result) = model.types.shape(expecting) {
            wanted = parameters
            wantedResult = result
        }
        let list = Array(tree.children(node.a, node.b))
        if wantedResult != nil, wanted.count != list.count {
            report(
                .wrongParameterCount(
                    wanted: wanted.count, got: list.count, at: location(NodeID(id), in: module)))
            wanted = []
            wantedResult = nil
        }
        var variables = AnnotationVariables()
        var types: [TypeID] = []
        for (position, raw) in list.enumerated() {
            types.append(
                inferParameter(NodeID(raw), &variables, expecting: position < wanted.count ? wanted[position] : nil))
        }
        functionDepth += 1
        let result = infer(node.c, expecting: wantedResult)
        functionDepth -= 1
        return model.types.function(types, result: result)
    }

    // MARK: Commands

    private mutating func inferCommand(_ command: Command) {
        enter(command.module)
        let node = tree[command.node]
        switch node.kind {
        case .show:
            for raw in tree.children(node.a, node.b) { _ = infer(raw) }
            if node.c >= 0 {
                inferTime(tree.extra[Int(node.c)])
                let count = tree.extra[Int(node.c) + 1]
                for raw in tree.children(node.c + 2, count) {
                    let symbol = Symbol(tree[NodeID(raw)].a)
                    if model.symbols[symbol] != "time", model.index(named: symbol) == nil {
                        report(
                            .unknownName(
                                model.symbols[symbol], at: location(NodeID(raw), in: module),
                                nearest: nearest(
                                    to: model.symbols[symbol],
                                    among: model.indexes.map { model.symbols[$0.symbol] } + ["time"]),
                                hint: "`by` takes an index or `time`"))
                    }
                }
            }
        case .trace:
            _ = infer(node.a)
            inferTime(node.b)
        case .consistent:
            requireBool(node.a)
            checkComparisonIsEquality(node.a)
        case .assert:
            requireBool(node.a)
            if node.b >= 0 { _ = infer(node.b) }
        case .expressionStatement: _ = infer(node.a)
        case .target:
            guard let target = model.target(command.node, in: command.module) else { return }
            requireBool(target.condition.rawValue)
            for point in [target.from, target.until] { if let point { inferTime(point.rawValue) } }
            if let share = target.share {
                let type = infer(share.rawValue)
                require(type, toBe: .number, at: share.rawValue, because: nil, as: "how surely is")
            }
        case .solve:
            guard let parts = model.solving(command.node, in: command.module) else { return }
            let wanted = model[parts.target].type
            for end in [parts.low, parts.high] {
                let type = infer(end.rawValue, expecting: wanted)
                require(
                    type, toBe: wanted, at: end.rawValue, because: nil, as: "`\(model.name(parts.target))` is")
            }
            requireBool(parts.condition.rawValue)
        case .calibrate: inferCalibration(command)
        case .attribute:
            let parts = model.attribution(command.node, in: command.module)
            let type = infer(parts.expression.rawValue)
            _ = requireNumber(type, at: parts.expression.rawValue, for: "`attribute`")
            if let time = parts.time { inferTime(time.rawValue) }
            for name in parts.among {
                let word = model.symbols[Symbol(tree[name].a)]
                let known = model.policies.map { model.name($0.declaration) }
                if known.contains(word) { continue }
                report(
                    .unknownName(
                        word, at: location(name, in: module), nearest: nearest(to: word, among: known),
                        hint: "after `among` stand policies"))
            }
            if model.policies.isEmpty { report(.nothingToAttribute(at: location(command.node, in: module))) }
        case .sensitivity:
            let parts = model.sensitivity(command.node, in: command.module)
            let type = infer(parts.expression.rawValue)
            if !model.types.isBool(type) {
                _ = requireNumber(type, at: parts.expression.rawValue, for: "`sensitivity`")
            }
            if let time = parts.time { inferTime(time.rawValue) }
            guard let method = parts.method else { break }
            let word = model.symbols[Symbol(tree[method].a)]
            guard SensitivityMethod(rawValue: word) == nil else { break }
            let known = SensitivityMethod.allCases.map { $0.rawValue }
            report(
                .unknownName(
                    word, at: location(method, in: module), nearest: nearest(to: word, among: known),
                    hint: "after `by` stands " + known.dropLast().map { "`\($0)`" }.joined(separator: ", ")
                        + " or `\(known[known.count - 1])`"))
        case .compare:
            let parts = model.comparison(command.node, in: command.module)
            for scenario in parts.scenarios { checkScenario(Symbol(tree[scenario].a), at: scenario) }
            for expression in parts.expressions { infer(expression.rawValue) }
            if let time = parts.time { inferTime(time.rawValue) }
        default: return
        }
        settlePending()
    }

    private mutating func checkComparisonIsEquality(_ id: Int32) {
        let node = tree[NodeID(id)]
        guard node.kind == .comparison, node.detail == Comparison.equal.rawValue else {
            report(.consistentNeedsEquality(at: location(NodeID(id), in: module)))
            return
        }
    }

    private mutating func inferTime(_ id: Int32) {
        guard id >= 0 else { return }
        let type = infer(id, expecting: .time)
        require(type, toBe: .time, at: id, because: nil, as: "a time is wanted")
    }

    private mutating func inferHorizon(_ id: NodeID) {
        enter(model.horizonModule)
        let node = tree[id]
        inferTime(node.a)
        inferTime(node.b)
        guard node.c >= 0 else { return }
        let step = tree[NodeID(node.c)]
        if step.kind == .name, step.a >= 0, ["quarter", "month"].contains(model.symbols[Symbol(step.a)]) { return }
        let type = infer(node.c)
        if let duration = durationType { require(type, toBe: duration, at: node.c, because: nil, as: "a step is") }
    }

    // MARK: - Requirements

    /// The type of a duration; nil only where the library has no `yr`.
    var durationType: TypeID? {
        guard units >= 0, let symbol = model.symbols.find("yr") else { return nil }
        let id = model.modules[Int(units)].scope[symbol]
        return id.isNone ? nil : model[id].type
    }

    mutating func requireBool(_ id: Int32) {
        let type = infer(id, expecting: .bool)
        require(type, toBe: .bool, at: id, because: nil, as: "a condition is")
    }

    /// Reports where a type cannot be the one that is wanted.
    mutating func require(
        _ type: TypeID, toBe wanted: TypeID, at node: Int32, because place: Location?, as reason: String
    ) {
        guard let failure = model.types.unify(wanted, type) else { return }
        let here = location(NodeID(node), in: module)
        let also = place.map { [Diagnostic.Label($0, "\(reason) \(describe(wanted))")] } ?? []
        switch failure {
        case .dimensions:
            if let a = model.types.dimension(wanted), let b = model.types.dimension(type) {
                report(
                    .dimensionMismatch(
                        "this is in \(describe(b)), but \(reason) \(describe(a))", at: here,
                        label: "this is in \(describe(b))", also: also, help: missingFactor(from: b, to: a)))
            } else {
                report(.typeMismatch(wanted: describe(wanted), got: describe(type), at: here, also: also))
            }
        case .kinds: report(.typeMismatch(wanted: describe(wanted), got: describe(type), at: here, also: also))
        case .endless: report(.endlessType(at: here))
        }
    }

    /// The dimension of an operand that must be a number.
    @inline(__always)
    mutating func requireNumber(_ type: TypeID, at node: Int32, for use: String) -> DimensionID? {
        if let dimension = model.types.dimension(type) { return dimension }
        return makeNumber(type, at: node, for: use)
    }

    @inline(never)
    mutating func makeNumber(_ type: TypeID, at node: Int32, for use: String) -> DimensionID? {
        let resolved = model.types.resolve(type)
        switch model.types.tag(resolved) {
        case .variable: return model.types.makeNumber(resolved)
        case .unknown: return nil
        default:
            report(.notANumber(use, got: describe(resolved), at: location(NodeID(node), in: module)))
            return nil
        }
    }

    mutating func settlePending() {
        for pending in pendingReductions { settle(pending, isLast: true) }
        pendingReductions.removeAll(keepingCapacity: true)
    }

    /// Decides whether a reduction is over a list or over an index, once that is known.
    mutating func settle(_ pending: PendingReduction, isLast: Bool) {
        enter(pending.module)
        switch model.types.tag(pending.argument) {
        case .variable:
            if isLast {
                _ = model.types.unify(pending.argument, pending.element)
            } else {
                pendingReductions.append(pending)
            }
        case .list:
            guard case .list(let element) = model.types.shape(pending.argument) else { return }
            require(element, toBe: pending.element, at: pending.node.rawValue, because: nil, as: "what is reduced is")
        case .number:
            require(
                pending.argument, toBe: pending.element, at: pending.node.rawValue, because: nil,
                as: "what is reduced is")
        case .unknown: return
        default:
            report(
                .notANumber(
                    "a reduction", got: describe(pending.argument), at: location(pending.node, in: pending.module)))
        }
    }
}
