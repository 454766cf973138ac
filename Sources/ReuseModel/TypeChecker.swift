import ReuseSyntax

/// A reduction whose argument may turn out to be a list or a number over an index.
struct PendingReduction {
    var argument: TypeID
    var element: TypeID
    var node: NodeID
    var module: Int32
}

/// Types and dimensions of all declarations and commands.
struct TypeChecker: Collector {
    let input: ModelInput
    /// Statements that read tables.
    let data: [TextNode]
    /// `aged` where it may stand, by numbers of nodes over all texts.
    let agedNodes: Set<Int32>
    let watch: Watch
    var model = Model()
    var problems = Problems()
    /// Types of goods in a time, and of money for one of the goods: found from the fields.
    var quantityType = TypeID.unknown
    var priceType = TypeID.unknown
    /// Types of what each stock holds.
    var goodsTypes: [TypeID] = []
    /// What was reported of the limits of types and of exponents.
    var metLimits = (types: false, exponents: false)
    /// The text whose nodes are read.
    var module: Int32 = -1
    var tree = SyntaxTree(source: SourceID(0))
    var nodeBase: Int32 = 0
    var generics = GenericFunctions(declarationCount: 0)
    /// How many functions the node being checked is inside of.
    var functionDepth = 0
    var pendingReductions: [PendingReduction] = []
    var literalLevels = LiteralLevels()

    mutating func collect() {
        generics = GenericFunctions(declarationCount: model.declarations.count)
        quantityType = model.types.anyNumber()
        priceType = model.types.anyNumber()
        goodsTypes = model.stocks.map { _ in model.types.anyNumber() }
        var next = 0
        while let group = model.group(from: next), !watch.stops() {
            inferGroup(group)
            model.types.dimensions.settle()
            // Asked here: a place that is made for each declaration costs more than its types.
            if model.types.tooDeep || model.types.dimensions.exponentOverflow {
                noteLimits(at: model.nameLocation(model.order[next]))
            }
            next = group.upperBound
        }
        inferPatches()
        inferCorrelations()
        for command in model.commands {
            inferCommand(command)
            noteLimits(at: model.location(command.node, in: command.module))
        }
        if let horizon = model.horizon { inferHorizon(horizon) }
        if let module = model.modules.first { noteLimits(at: module.tree.location(module.whole)) }
    }

    /// Reports the limits of types and dimensions where they are met first.
    private mutating func noteLimits(at place: Location) {
        model.types.dimensions.settle()
        if model.types.tooDeep, !metLimits.types {
            metLimits.types = true
            report(
                .limit(
                    "a type nests more than \(Limits.typeDepth) deep, or has more than \(Limits.inWords(Int(Limits.typeParts))) parts",
                    at: place))
        }
        if model.types.dimensions.exponentOverflow, !metLimits.exponents {
            metLimits.exponents = true
            report(
                .limit(
                    "an exponent of a unit is too large, or a unit has more than \(Limits.inWords(Limits.unitParts)) parts",
                    at: place))
        }
    }

    /// Infers declarations that rest on each other. Inside the group they have one type each; functions are generic afterwards.
    private mutating func inferGroup(_ range: Range<Int>) {
        if range.count == 1 {
            let id = model.order[range.lowerBound]
            // It may read its own past, which then has its type.
            if [.let, .assume, .field, .stockField].contains(model[id].kind),
                model.reads(of: id).contains(where: { $0.target == id })
            {
                model[id].type = model.types.variable()
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
                model[id].type = model.types.variable()
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
        guard self.module != module else { return }
        self.module = module
        tree = model.tree(module)
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
            model[id].type = model.types.number(model.types.dimensions.base(declaration.number))
            return
        }
        var annotation: NodeID = .none
        if declaration.kind == .let || declaration.kind == .assume {
            let node = tree[declaration.node]
            if node.kind == .let || node.kind == .assume {
                let definition = tree.definition(node)
                annotation = definition.type
                checkAxes(definition.per, after: "per")
            }
        }
        var expected: TypeID?
        if !annotation.isNone {
            var variables = AnnotationVariables()
            expected = type(ofAnnotation: annotation, &variables)
        }
        let annotationPlace = annotation.isNone ? nil : model.location(annotation, in: module)
        if declaration.kind == .assume, declaration.valueModule != declaration.module {
            // Set from outside: the script's own expression says what dimension it must have.
            let own = tree.definition(declaration.node).value
            let ownType = infer(own, expecting: expected)
            enter(declaration.valueModule)
            let type = infer(declaration.value, expecting: ownType)
            if model.types.unify(ownType, type) != nil {
                report(
                    .wrongSetting(
                        model.name(id), wanted: describe(ownType), got: describe(type),
                        at: model.location(declaration.value, in: declaration.valueModule)))
            }
            if let known = declaration.inferredType {
                enter(declaration.module)
                require(ownType, toBe: known, at: own, because: nil, as: "it is used as")
            }
            model[id].type = ownType
            settlePending()
            return
        }
        let type = infer(declaration.value, expecting: expected ?? typeHint(ofProjectionPart: declaration))
        if let expected {
            require(
                type, toBe: expected, at: declaration.value, because: annotationPlace,
                as: "the annotation says")
        }
        if declaration.kind == .unit, model.types.dimension(type) == nil, model.types.tag(type) != .unknown {
            report(.notAUnit(at: model.location(declaration.value, in: module), found: describe(type)))
        }
        if let known = declaration.inferredType {
            require(type, toBe: known, at: declaration.value, because: nil, as: "it is used as")
        } else {
            model[id].type = type
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
            model[id].type = type(of: field.measure).0
            return
        }
        enter(declaration.valueModule)
        // Routes that are declared together share the text of their fields.
        let raw = model.nodeTypes[Int(nodeBase + declaration.value.rawValue)]
        let (wanted, reason) = type(of: field.measure)
        let type = raw >= 0 ? TypeID(raw) : infer(declaration.value, expecting: wanted)
        if raw < 0 {
            require(type, toBe: wanted, at: declaration.value, because: nil, as: reason)
            settlePending()
        }
        if let known = declaration.inferredType { _ = model.types.unify(known, type) }
        model[id].type = wanted
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
        model[id].type = type
    }

    /// Reports what is no axis, after `per` or `by`, which also takes what gathers steps.
    private mutating func checkAxes(_ names: NodeList, after word: String) {
        let gathers = word == "by"
        var ofTime: NodeID?
        for name in names {
            let (symbol, text) = (tree.name(name), model.symbols[tree.name(name)])
            let axis = model.axis(named: symbol)
            let isGathered = gathers && model.gatheredPeriod(named: symbol) != nil
            if axis == nil, !isGathered {
                let known = model.axisNames + (gathers ? GatheredPeriod.allCases.map { $0.rawValue } : [])
                report(
                    .unknownName(
                        text, at: model.location(name, in: module), nearest: nearest(to: text, among: known),
                        hint: gathers
                            ? "`by` takes an index, `time`, `year` or `quarter`" : "`\(word)` takes an index or `time`")
                )
            }
            guard isGathered || gathers && axis == .time else { continue }
            if let first = ofTime, tree.name(first) != symbol {
                report(
                    .timeTwice(
                        model.symbols[tree.name(first)], text, at: model.location(name, in: module),
                        first: model.location(first, in: module)))
            }
            ofTime = ofTime ?? name
        }
    }

    // MARK: Functions

    private mutating func inferFunctionHead(_ id: DeclarationID) {
        let function = model[id].node
        let node = tree.function(function)
        var variables = AnnotationVariables()
        let parameters = node.parameters
        checkParameterNames(parameters, of: id)
        let parts = model.types.reserveParts(Int32(parameters.count) + 1)
        var part = parts
        for raw in parameters {
            let type = inferParameter(raw, &variables, expecting: nil)
            model.types.setPart(part, type)
            part += 1
        }
        let resultNode = node.result
        let result = resultNode.isNone ? model.types.variable() : type(ofAnnotation: resultNode, &variables)
        model.types.setPart(part, result)
        let type = model.types.function(parts: parts, parameterCount: part - parts)
        model[id].type = type
    }

    /// Reports parameters that share a name.
    private mutating func checkParameterNames(_ parameters: NodeList, of id: DeclarationID) {
        if parameters.count <= 16 {
            // Few: compared with each other, without a set.
            var isFine = true
            for index in parameters.indices.dropFirst() {
                let symbol = tree.parameter(parameters[index]).name
                for other in parameters.startIndex..<index where tree.parameter(parameters[other]).name == symbol {
                    isFine = false
                }
            }
            if isFine { return }
        }
        var seen: Set<Symbol> = []
        for raw in parameters {
            let symbol = tree.parameter(raw).name
            if !seen.insert(symbol).inserted {
                report(
                    .redefined(
                        "`\(model.symbols[symbol])`", at: model.location(raw, in: module), first: model.nameLocation(id)
                    ))
            }
        }
    }

    private mutating func inferParameter(
        _ parameter: NodeID, _ variables: inout AnnotationVariables, expecting: TypeID?
    ) -> TypeID {
        let node = tree.parameter(parameter)
        var result = !node.type.isNone ? type(ofAnnotation: node.type, &variables) : model.types.variable()
        if let expecting, model.types.unify(result, expecting) != nil {
            report(
                .typeMismatch(
                    wanted: describe(expecting), got: describe(result), at: model.location(parameter, in: module),
                    also: []))
        }
        result = model.types.resolve(result)
        if !node.standard.isNone, tree[node.standard].kind != .noneLiteral {
            let type = infer(node.standard, expecting: result)
            require(
                type, toBe: result, at: node.standard,
                because: !node.type.isNone ? model.location(node.type, in: module) : nil,
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
        let type = infer(declaration.value, expecting: result)
        functionDepth -= 1
        let annotation = tree.function(declaration.node).result
        require(
            type, toBe: result, at: declaration.value,
            because: annotation.isNone ? nil : model.location(annotation, in: module), as: "the function returns")
    }

    private mutating func generalise(_ id: DeclarationID) {
        model.types.dimensions.settle()
        generics.note(id, model[id].type, in: model.types)
    }

    mutating func inferLambda(_ id: NodeID, expecting: TypeID?) -> TypeID {
        let node = tree.lambda(id)
        var wanted: [TypeID] = []
        var wantedResult: TypeID?
        if let expecting, case .function(let parameters, let result) = model.types.shape(expecting) {
            wanted = parameters
            wantedResult = result
        }
        let list = Array(node.parameters)
        if wantedResult != nil, wanted.count != list.count {
            report(.wrongParameterCount(wanted: wanted.count, got: list.count, at: model.location(id, in: module)))
            wanted = []
            wantedResult = nil
        }
        var variables = AnnotationVariables()
        var types: [TypeID] = []
        for (position, raw) in list.enumerated() {
            types.append(
                inferParameter(raw, &variables, expecting: position < wanted.count ? wanted[position] : nil))
        }
        functionDepth += 1
        let result = infer(node.body, expecting: wantedResult)
        functionDepth -= 1
        return model.types.function(types, result: result)
    }

    // MARK: Commands

    private mutating func inferCommand(_ command: Command) {
        enter(command.module)
        for part in tree.parts(ofCommand: command.node) { infer(part, of: command) }
        // What a command asks beside.
        switch command.kind {
        case .solve:
            guard let parts = model.solving(command.node, in: command.module) else { return }
            let wanted = model[parts.target].type
            for end in [parts.low, parts.high] {
                let type = infer(end, expecting: wanted)
                require(
                    type, toBe: wanted, at: end, because: nil, as: "`\(model.name(parts.target))` is")
            }
            requireBool(parts.condition)
        case .calibrate: inferCalibration(command)
        case .attribute:
            if model.policies.isEmpty { report(.nothingToAttribute(at: model.location(command.node, in: module))) }
        case .sensitivity: checkMethod(tree.sensitivity(command.node).method)
        default: break
        }
        settlePending()
    }

    private mutating func infer(_ part: CommandPart, of command: Command) {
        switch part {
        case .value(let id):
            if !id.isNone { infer(id) }
        case .number(let id, let orCondition):
            let type = infer(id)
            if orCondition, model.types.isBool(type) { return }
            let word = StatementRow.of(command.kind)?.name ?? ""
            _ = requireNumber(type, at: id, for: "`\(word)`")
        case .condition(let id): requireBool(id)
        case .equality(let id):
            requireBool(id)
            guard tree[id].kind == .comparison, tree.comparison(id).sign == .equal else {
                return report(.consistentNeedsEquality(at: model.location(id, in: module)))
            }
        case .time(let id): inferTime(id)
        case .share(let id):
            if !id.isNone { require(infer(id), toBe: .number, at: id, because: nil, as: "how surely is") }
        case .axes(let names, let word): checkAxes(names, after: word)
        case .scenarios(let names):
            for name in names { checkScenario(tree.name(name), at: name) }
        case .policies(let names, let word): checkPolicies(names, after: word)
        }
    }

    private mutating func checkPolicies(_ names: NodeList, after clause: String) {
        for name in names {
            let word = model.symbols[tree.name(name)]
            let known = model.policies.map { model.name($0.declaration) }
            if known.contains(word) { continue }
            report(
                .unknownName(
                    word, at: model.location(name, in: module), nearest: nearest(to: word, among: known),
                    hint: "after `\(clause)` stand policies"))
        }
    }

    /// Reports what is no method of `sensitivity`.
    private mutating func checkMethod(_ method: NodeID) {
        if method.isNone { return }
        let word = model.symbols[tree.name(method)]
        guard SensitivityMethod(rawValue: word) == nil else { return }
        let known = SensitivityMethod.allCases.map { $0.rawValue }
        report(
            .unknownName(
                word, at: model.location(method, in: module), nearest: nearest(to: word, among: known),
                hint: "after `by` stands " + known.dropLast().map { "`\($0)`" }.joined(separator: ", ")
                    + " or `\(known[known.count - 1])`"))
    }

    private mutating func inferTime(_ id: NodeID) {
        guard !id.isNone else { return }
        let type = infer(id, expecting: .time)
        require(type, toBe: .time, at: id, because: nil, as: "a time is wanted")
    }

    private mutating func inferHorizon(_ id: NodeID) {
        enter(model.horizonModule)
        let node = tree.horizon(id)
        inferTime(node.first)
        inferTime(node.last)
        guard !node.step.isNone else { return }
        let step = tree[node.step]
        if step.kind == .name, ["quarter", "month"].contains(model.symbols[tree.name(step)]) { return }
        let type = infer(node.step)
        if let duration = durationType { require(type, toBe: duration, at: node.step, because: nil, as: "a step is") }
    }

    // MARK: - Requirements

    /// The type of a duration; nil only where the library has no `yr`.
    var durationType: TypeID? {
        guard model.units >= 0, let symbol = model.symbols.find("yr") else { return nil }
        let id = model.modules[Int(model.units)].scope[symbol]
        return id.isNone ? nil : model[id].type
    }

    mutating func requireBool(_ id: NodeID) {
        let type = infer(id, expecting: .bool)
        require(type, toBe: .bool, at: id, because: nil, as: "a condition is")
    }

    /// Reports where a type cannot be the one that is wanted.
    mutating func require(
        _ type: TypeID, toBe wanted: TypeID, at node: NodeID, because place: Location?, as reason: String
    ) {
        guard let failure = model.types.unify(wanted, type) else { return }
        let here = model.location(node, in: module)
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
    mutating func requireNumber(_ type: TypeID, at node: NodeID, for use: String) -> DimensionID? {
        if let dimension = model.types.dimension(type) { return dimension }
        return makeNumber(type, at: node, for: use)
    }

    @inline(never)
    mutating func makeNumber(_ type: TypeID, at node: NodeID, for use: String) -> DimensionID? {
        let resolved = model.types.resolve(type)
        switch model.types.tag(resolved) {
        case .variable: return model.types.makeNumber(resolved)
        case .unknown: return nil
        default:
            report(.notANumber(use, got: describe(resolved), at: model.location(node, in: module)))
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
            require(element, toBe: pending.element, at: pending.node, because: nil, as: "what is reduced is")
        case .number:
            require(
                pending.argument, toBe: pending.element, at: pending.node, because: nil,
                as: "what is reduced is")
        case .unknown: return
        default:
            report(
                .notANumber(
                    "a reduction", got: describe(pending.argument), at: model.location(pending.node, in: pending.module)
                ))
        }
    }
}
