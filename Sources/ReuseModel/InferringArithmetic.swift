import ReuseSyntax

/// Types of quantities, arithmetic, comparisons, conditions and ranges: where dimensions meet.
extension ModelBuilder {
    mutating func inferQuantity(_ node: Node) -> TypeID {
        let inner = infer(node.a)
        var dimension = DimensionID.none
        for raw in tree.children(node.b, node.c) {
            let power = tree.nodes[Int(raw)]
            guard let unit = unit(Symbol(power.a), at: NodeID(raw)) else { return .unknown }
            dimension = model.types.dimensions.product(
                dimension, model.types.dimensions.power(unit, Rational(whole: power.b)))
        }
        switch model.types.shape(inner) {
        case .list(let element):
            require(element, toBe: .number, at: node.a, because: nil, as: "before a unit stands")
            return model.types.list(model.types.number(dimension))
        case .number(let own):
            // The literal 0 fits any dimension, but not with a unit behind it.
            if !model.types.dimensions.unify(own, .none) {
                report(
                    .notANumber(
                        "a unit", got: describe(inner), at: location(NodeID(node.a), in: module)))
            }
            return model.types.number(dimension)
        default:
            report(.notANumber("a unit", got: describe(inner), at: location(NodeID(node.a), in: module)))
            return .unknown
        }
    }

    mutating func inferSum(_ id: Int32, _ node: Node) -> TypeID {
        let start = Int(node.a)
        let first = tree.extra[start]
        var type = infer(first)
        for position in 1..<Int(node.b) {
            let raw = tree.extra[start + position]
            let isMinus = tree.operators[Int(node.c) + position - 1] == .subtract
            if model.types.tag(type) == .time {
                var other = infer(raw)
                if isMinus, isYear(tree.nodes[Int(raw)]) {
                    model.nodeTypes[Int(nodeBase + raw)] = TypeID.time.rawValue
                    other = .time
                }
                if model.types.tag(other) == .time {
                    if !isMinus { report(.addedTimes(at: location(NodeID(raw), in: module))) }
                    type = durationType ?? .unknown
                    continue
                }
                if let duration = durationType {
                    require(
                        other, toBe: duration, at: raw, because: location(NodeID(first), in: module),
                        as: "a step from a time is")
                }
                continue
            }
            let other = infer(raw)
            if model.types.tag(other) == .time, position == 1, isMinus, isYear(tree.nodes[Int(first)]) {
                model.nodeTypes[Int(nodeBase + first)] = TypeID.time.rawValue
                type = durationType ?? .unknown
                continue
            }
            // The common case first: both are numbers of one known dimension.
            if type == other, model.types.dimension(type) != nil { continue }
            let operatorText = isMinus ? "`-`" : "`+`"
            guard let a = requireNumber(type, at: first, for: operatorText),
                let b = requireNumber(other, at: raw, for: operatorText)
            else {
                type = .unknown
                continue
            }
            if !model.types.dimensions.unify(a, b) {
                reportDisagreement(
                    verb: isMinus ? "subtract" : "add", left: a, right: b, leftAt: prefixLocation(start, position),
                    rightAt: location(NodeID(raw), in: module),
                    help: isMinus && position == 1 ? meantAsRange(first, raw) : nil)
                return .unknown
            }
            if model.types.dimension(type) == nil || model.types.dimensions.isUnboundVariable(a) {
                type = model.types.number(a)
            }
        }
        return type
    }

    /// The operands of a chain before the given one.
    private func prefixLocation(_ start: Int, _ count: Int) -> Location {
        let first = location(NodeID(tree.extra[start]), in: module)
        let last = location(NodeID(tree.extra[start + count - 1]), in: module)
        return Location(first.source, first.span.joined(with: last.span))
    }

    private mutating func reportDisagreement(
        verb: String, left: DimensionID, right: DimensionID, leftAt: Location, rightAt: Location,
        help: [String]? = nil
    ) {
        let l = describe(left)
        let r = describe(right)
        let message: String
        switch verb {
        case "add": message = "cannot add \(r) to \(l)"
        case "subtract": message = "cannot subtract \(r) from \(l)"
        case "compare": message = "cannot compare \(l) with \(r)"
        default: message = "\(l) and \(r) do not agree"
        }
        report(
            .dimensionMismatch(
                message, at: rightAt, label: "this is in \(r)".replacingPure(),
                also: [Diagnostic.Label(leftAt, "this is in \(l)".replacingPure())],
                help: help ?? missingFactor(from: right, to: left)))
    }

    mutating func inferProduct(_ node: Node) -> TypeID {
        let start = Int(node.a)
        let first = tree.extra[start]
        let firstType = infer(first)
        // A literal list with a compound unit: `[1, 2] USD/phone`.
        var isList = false
        var own = firstType
        if tree.nodes[Int(first)].kind == .quantity, case .list(let element) = model.types.shape(firstType) {
            isList = true
            own = element
        }
        guard var dimension = requireNumber(own, at: first, for: "`*` and `/`") else {
            for position in 1..<Int(node.b) { infer(tree.extra[start + position]) }
            return .unknown
        }
        for position in 1..<Int(node.b) {
            let raw = tree.extra[start + position]
            let divides = tree.operators[Int(node.c) + position - 1] == .divide
            guard let other = requireNumber(infer(raw), at: raw, for: divides ? "`/`" : "`*`") else { return .unknown }
            if divides {
                dimension = model.types.dimensions.quotient(dimension, other)
            } else {
                dimension = model.types.dimensions.product(dimension, other)
            }
        }
        return isList ? model.types.list(model.types.number(dimension)) : model.types.number(dimension)
    }

    mutating func inferPower(_ node: Node) -> TypeID {
        let base = infer(node.a)
        let exponentType = infer(node.b)
        guard let dimension = requireNumber(base, at: node.a, for: "`^`"),
            requireNumber(exponentType, at: node.b, for: "`^`") != nil
        else { return .unknown }
        require(exponentType, toBe: .number, at: node.b, because: nil, as: "an exponent is")
        if let exponent = constant(node.b) {
            return model.types.number(model.types.dimensions.power(dimension, exponent))
        }
        if !model.types.dimensions.unify(dimension, .none) {
            report(
                .exponentNotConstant(
                    at: location(NodeID(node.b), in: module), base: location(NodeID(node.a), in: module),
                    dimension: describe(dimension)))
            return .unknown
        }
        return .number
    }

    /// The exact value of an exponent written as numbers: `2`, `-1`, `0.5`, `1/3`.
    private func constant(_ id: Int32) -> Rational? {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .paren: return constant(node.a)
        case .negate: return constant(node.a)?.negated
        case .number:
            let value = tree.numbers[Int(node.a)]
            for denominator in [1, 2, 4, 5, 8, 10, 100, 1000] as [Double] {
                let scaled = value * denominator
                if scaled == scaled.rounded(), scaled.magnitude < 1e9, scaled / denominator == value {
                    return Rational(Int64(scaled), Int64(denominator))
                }
            }
            return nil
        case .product:
            guard node.b == 2, let a = constant(tree.extra[Int(node.a)]), let b = constant(tree.extra[Int(node.a) + 1])
            else {
                return nil
            }
            if tree.operators[Int(node.c)] == .divide { return b.inverse.flatMap { a.times($0) } }
            return a.times(b)
        default: return nil
        }
    }

    mutating func inferComparison(_ node: Node) -> TypeID {
        if let type = inferMemberTest(node) { return type }
        let left = infer(node.a)
        var right = infer(node.b, expecting: model.types.tag(left) == .time ? .time : nil)
        var leftType = left
        if model.types.tag(right) == .time, isYear(tree.nodes[Int(node.a)]) {
            model.nodeTypes[Int(nodeBase + node.a)] = TypeID.time.rawValue
            leftType = .time
        }
        let isEquality = node.detail == Comparison.equal.rawValue || node.detail == Comparison.notEqual.rawValue
        switch (model.types.tag(leftType), model.types.tag(right)) {
        case (.variable, .variable):
            _ = requireNumber(leftType, at: node.a, for: "a comparison")
            _ = requireNumber(right, at: node.b, for: "a comparison")
        case (.variable, _): _ = model.types.unify(leftType, right)
        case (_, .variable): _ = model.types.unify(right, leftType)
        default: break
        }
        leftType = model.types.resolve(leftType)
        right = model.types.resolve(right)
        let leftAt = location(NodeID(node.a), in: module)
        let rightAt = location(NodeID(node.b), in: module)
        switch (model.types.tag(leftType), model.types.tag(right)) {
        case (.number, .number):
            if let a = model.types.dimension(leftType), let b = model.types.dimension(right),
                !model.types.dimensions.unify(a, b)
            {
                reportDisagreement(verb: "compare", left: a, right: b, leftAt: leftAt, rightAt: rightAt)
            }
        case (.time, .time): break
        case (.unknown, _), (_, .unknown): break
        case (.list, .list) where isEquality: compareLists(leftType, right, leftAt, rightAt)
        case (.bool, .bool), (.text, .text):
            if !isEquality { report(.notComparable(describe(leftType), at: leftAt, onlyEquality: true)) }
        case let (a, b) where a == b: report(.notComparable(describe(leftType), at: leftAt, onlyEquality: false))
        default:
            report(
                .typeMismatch(
                    wanted: describe(leftType), got: describe(right), at: rightAt,
                    also: [Diagnostic.Label(leftAt, "this is \(describe(leftType))")]))
        }
        if node.c >= 0 {
            let tolerance = infer(node.c)
            if let t = requireNumber(tolerance, at: node.c, for: "`within`"), let a = model.types.dimension(leftType) {
                let isPure = model.types.dimensions.resolve(t) == .none
                if !isPure, !model.types.dimensions.unify(t, a) {
                    reportDisagreement(
                        verb: "within", left: a, right: t, leftAt: leftAt, rightAt: location(NodeID(node.c), in: module)
                    )
                }
            }
        }
        return .bool
    }

    /// Lists of numbers or of truth values are equal where they are so place by place.
    private mutating func compareLists(_ left: TypeID, _ right: TypeID, _ leftAt: Location, _ rightAt: Location) {
        guard case .list(let a) = model.types.shape(left), case .list(let b) = model.types.shape(right) else { return }
        if model.types.unify(a, b) != nil {
            report(
                .typeMismatch(
                    wanted: "a list of \(describe(a))", got: "a list of \(describe(b))", at: rightAt,
                    also: [Diagnostic.Label(leftAt, "this is a list of \(describe(a))")]))
            return
        }
        switch model.types.tag(a) {
        case .number, .bool, .variable, .unknown: break
        default: report(.notComparable("a list of \(describe(a))", at: leftAt, onlyEquality: false))
        }
    }

    mutating func inferConditional(_ node: Node, expecting: TypeID?) -> TypeID {
        let start = Int(node.a)
        let count = Int(node.b)
        var result: TypeID?
        var first: Int32 = -1
        var position = 0
        while position < count {
            let isElse = position == count - 1
            if !isElse { requireBool(tree.extra[start + position]) }
            let branch = tree.extra[start + (isElse ? position : position + 1)]
            let type = infer(branch, expecting: result ?? expecting)
            if let known = result {
                if model.types.unify(known, type) != nil {
                    require(
                        type, toBe: known, at: branch, because: location(NodeID(first), in: module),
                        as: "the branch before is")
                }
            } else {
                result = type
                first = branch
            }
            position += isElse ? 1 : 2
        }
        return result ?? .unknown
    }

    mutating func inferGrowing(_ node: Node) -> TypeID {
        let type = infer(node.a)
        _ = requireNumber(type, at: node.a, for: "`growing`")
        if tree.nodes[Int(node.b)].kind == .every {
            inferRate(tree.nodes[Int(node.b)])
        } else if let duration = durationType.flatMap({ model.types.dimension($0) }) {
            let rate = infer(node.b)
            let perYear = model.types.number(model.types.dimensions.power(duration, Rational(whole: -1)))
            require(rate, toBe: perYear, at: node.b, because: nil, as: "a growth rate is")
        }
        let from = infer(node.c, expecting: .time)
        require(from, toBe: .time, at: node.c, because: nil, as: "after `from` stands")
        return type
    }

    /// `2% every month`: a share, and how long it is from one time that it is added to the next.
    private mutating func inferRate(_ node: Node) {
        let rate = infer(node.a)
        if let dimension = requireNumber(rate, at: node.a, for: "`growing`"),
            !model.types.dimensions.unify(dimension, .none)
        {
            let text = model.text(NodeID(node.a), in: module)
            let step = model.text(NodeID(node.b), in: module)
            report(
                .dimensionMismatch(
                    "before `every` stands a share, and this is in \(describe(rate))",
                    at: location(NodeID(node.a), in: module), label: "this is in \(describe(rate))", also: [],
                    help: ["write `\(text) * 1 \(step) every \(step)`, or the share itself: `5% every \(step)`"]))
        }
        let step = tree.nodes[Int(node.b)]
        if step.kind == .name, model.resolutions[Int(nodeBase + node.b)] == -1,
            model.symbols[Symbol(step.a)] == "quarter"
        {
            return
        }
        let type = infer(node.b)
        if let duration = durationType {
            require(type, toBe: duration, at: node.b, because: nil, as: "behind `every` stands a length of time:")
        }
    }

    /// `as` takes units, `%`, and 1 with a magnitude letter; false after a report.
    mutating func requireUnits(_ id: Int32) -> Bool {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .percent: return true
        case .paren, .quantity: return requireUnits(node.a)
        case .name:
            let raw = model.resolutions[Int(nodeBase + id)]
            if raw >= 0, model.declarations[Int(raw)].kind == .unit { return true }
            if raw == -1 { return unit(Symbol(node.a), at: NodeID(id)) != nil }
        case .number:
            let value = tree.numbers[Int(node.a)]
            if value == 1 || value == 1e3 || value == 1e6 || value == 1e9 || value == 0.01 { return true }
        case .power:
            guard requireUnits(node.a) else { return false }
            if constant(node.b) != nil { return true }
        case .product:
            for raw in tree.children(node.a, node.b) where !requireUnits(raw) { return false }
            return true
        default: break
        }
        report(.notAUnit(at: location(NodeID(id), in: module), found: "something else"))
        return false
    }

    // MARK: Uncertainty

    /// `100 - 200 USD`: a number, and one with a unit.
    private func meantAsRange(_ left: Int32, _ right: Int32) -> [String]? {
        guard tree.nodes[Int(left)].kind == .number, tree.nodes[Int(right)].kind == .quantity,
            signedLiteral(right) != nil
        else { return nil }
        return ["a range is written `\(sourceText(left)) to \(sourceText(right))`"]
    }

    /// `100 USD/phone to 200 USD/phone`, where `to` takes the `phone` alone.
    private func unitWrittenTwice(_ id: Int32, _ node: Node) -> String? {
        guard let product = product(around: id), tree.extra[Int(product.a)] != id,
            tree.nodes[Int(node.a)].kind == .name || tree.nodes[Int(node.a)].kind == .power
        else { return nil }
        let first = tree.nodes[Int(tree.extra[Int(product.a)])]
        let high = tree.nodes[Int(node.b)]
        let number = first.kind == .quantity ? tree.nodes[Int(first.a)] : first
        let highNumber = high.kind == .quantity ? high.a : node.b
        guard number.kind == .number, tree.nodes[Int(highNumber)].kind == .number else { return nil }
        guard let source = model.sources.first(where: { $0.id == tree.source }) else { return nil }
        let unit = source.text(of: Span(start: number.end, end: tree.nodes[Int(node.a)].end))
        return "write the unit once, behind both ends: "
            + "`\(source.text(of: number.span)) to \(sourceText(highNumber))\(unit)`"
    }

    /// The product that a node is a factor of.
    func product(around id: Int32) -> Node? {
        for index in Int(id) + 1..<min(Int(id) + 64, tree.nodes.count) {
            let node = tree.nodes[index]
            if node.kind == .product, tree.children(node.a, node.b).contains(id) { return node }
        }
        return nil
    }

    private func sourceText(_ id: Int32) -> String {
        model.sources.first { $0.id == tree.source }?.text(of: tree.nodes[Int(id)].span) ?? ""
    }

    mutating func inferRange(_ id: Int32, _ node: Node) -> TypeID {
        if functionDepth > 0 { report(.uncertainInFunction("a range", at: location(NodeID(id), in: module))) }
        let lowNode = tree.nodes[Int(node.a)]
        let highNode = tree.nodes[Int(node.b)]
        let low = infer(node.a)
        let high = infer(node.b)
        let place = location(NodeID(id), in: module)
        let source = model.sources.first { $0.id == tree.source }
        if let borrowed = borrowedUnit(low: lowNode, high: highNode) {
            // `12 to 18 USD`: the bare literal takes the unit written after the right one.
            if borrowed {
                report(
                    .rangeOfWhat(
                        source?.text(of: lowNode.span) ?? "", high: source?.text(of: highNode.span) ?? "",
                        at: location(NodeID(node.a), in: module), also: location(NodeID(node.b), in: module)))
            }
            model.nodeTypes[Int(nodeBase + node.a)] = high.rawValue
        } else if let a = requireNumber(low, at: node.a, for: "`to`"),
            let b = requireNumber(high, at: node.b, for: "`to`"),
            !model.types.dimensions.unify(a, b)
        {
            reportDisagreement(
                verb: "to", left: a, right: b, leftAt: location(NodeID(node.a), in: module),
                rightAt: location(NodeID(node.b), in: module), help: unitWrittenTwice(id, node).map { [$0] })
            return .unknown
        }
        if let a = signedLiteral(node.a), let b = signedLiteral(node.b) {
            let bothPercent = a.isPercent && b.isPercent
            let isFine: Bool
            if bothPercent {
                isFine =
                    a.value > 0 && a.value < b.value && b.value < 1 || (b.value > 1 && a.value > 0 && a.value < b.value)
            } else {
                isFine = (a.value > 0 && a.value < b.value) || (a.value < b.value && b.value < 0)
            }
            if !isFine {
                report(
                    .noSuchRange(
                        low: source?.text(of: lowNode.span) ?? "", high: source?.text(of: highNode.span) ?? "",
                        at: place,
                        isReversed: a.value >= b.value, isShare: bothPercent))
            }
        }
        return high
    }

    /// Nil where the left side stands for itself; false where it takes the unit of the right; true where that is unclear.
    private func borrowedUnit(low: Node, high: Node) -> Bool? {
        var lowNumber = low
        if low.kind == .negate { lowNumber = tree.nodes[Int(low.a)] }
        var highQuantity = high
        if high.kind == .negate { highQuantity = tree.nodes[Int(high.a)] }
        guard lowNumber.kind == .number else { return nil }
        let isBare = lowNumber.detail & (NumberTraits.percent.rawValue | NumberTraits.magnitude.rawValue) == 0
        if highQuantity.kind == .quantity {
            let number = tree.nodes[Int(highQuantity.a)]
            guard number.kind == .number else { return nil }
            let highIsScaled = number.detail & (NumberTraits.percent.rawValue | NumberTraits.magnitude.rawValue) != 0
            return isBare && highIsScaled && tree.numbers[Int(lowNumber.a)] != 0
        }
        if highQuantity.kind == .number {
            let highIsScaled =
                highQuantity.detail & (NumberTraits.percent.rawValue | NumberTraits.magnitude.rawValue) != 0
            if isBare, highIsScaled, tree.numbers[Int(lowNumber.a)] != 0 { return true }
        }
        return nil
    }

    /// A literal with its sign and without its unit.
    private func signedLiteral(_ id: Int32) -> (value: Double, isPercent: Bool)? {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .negate: return signedLiteral(node.a).map { (-$0.value, $0.isPercent) }
        case .quantity: return signedLiteral(node.a)
        case .number: return (tree.numbers[Int(node.a)], node.detail & NumberTraits.percent.rawValue != 0)
        default: return nil
        }
    }
}

extension String {
    /// "this is in a pure number" reads badly.
    fileprivate func replacingPure() -> String {
        self == "this is in a pure number" ? "this is a pure number" : self
    }
}
