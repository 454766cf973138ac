import ReuseSyntax

/// Types of quantities, arithmetic, comparisons, conditions and ranges: where dimensions meet.
extension TypeChecker {
    mutating func inferQuantity(_ node: Node) -> TypeID {
        let quantity = tree.quantity(node)
        let inner = infer(quantity.literal)
        var dimension = DimensionID.none
        for raw in quantity.units {
            let power = tree.unitPower(raw)
            guard let unit = unit(power.unit, at: raw) else { return .unknown }
            dimension = model.types.dimensions.product(
                dimension, model.types.dimensions.power(unit, Rational(whole: power.exponent)))
        }
        switch model.types.shape(inner) {
        case .list(let element):
            require(element, toBe: .number, at: quantity.literal, because: nil, as: "before a unit stands")
            return model.types.list(model.types.number(dimension))
        case .number(let own):
            // The literal 0 fits any dimension, but not with a unit behind it.
            if !model.types.dimensions.unify(own, .none) {
                report(.notANumber("a unit", got: describe(inner), at: model.location(quantity.literal, in: module)))
            }
            return model.types.number(dimension)
        default:
            report(.notANumber("a unit", got: describe(inner), at: model.location(quantity.literal, in: module)))
            return .unknown
        }
    }

    mutating func inferSum(_ id: NodeID, _ node: Node) -> TypeID {
        let chain = tree.chain(node)
        let first = chain.operands[0]
        var type = infer(first)
        for position in 1..<chain.operands.count {
            let raw = chain.operands[position]
            let isMinus = chain.sign(before: position) == .subtract
            if model.types.tag(type) == .time {
                var other = infer(raw)
                if isMinus, isYear(tree[raw]) {
                    model.nodeTypes[Int(nodeBase + raw.rawValue)] = TypeID.time.rawValue
                    other = .time
                }
                if model.types.tag(other) == .time {
                    if !isMinus { report(.addedTimes(at: model.location(raw, in: module))) }
                    type = durationType ?? .unknown
                    continue
                }
                if let duration = durationType {
                    require(
                        other, toBe: duration, at: raw, because: model.location(first, in: module),
                        as: "a step from a time is")
                }
                continue
            }
            let other = infer(raw)
            if model.types.tag(other) == .time, position == 1, isMinus, isYear(tree[first]) {
                model.nodeTypes[Int(nodeBase + first.rawValue)] = TypeID.time.rawValue
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
                    verb: isMinus ? "subtract" : "add", left: a, right: b,
                    leftAt: prefixLocation(chain.operands, position),
                    rightAt: model.location(raw, in: module),
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
    private func prefixLocation(_ operands: NodeList, _ count: Int) -> Location {
        let first = model.location(operands[0], in: module)
        let last = model.location(operands[count - 1], in: module)
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
        let chain = tree.chain(node)
        let first = chain.operands[0]
        let firstType = infer(first)
        // A literal list with a compound unit: `[1, 2] USD/phone`.
        var isList = false
        var own = firstType
        if tree[first].kind == .quantity, case .list(let element) = model.types.shape(firstType) {
            isList = true
            own = element
        }
        guard var dimension = requireNumber(own, at: first, for: "`*` and `/`") else {
            for operand in chain.operands.dropFirst() { infer(operand) }
            return .unknown
        }
        for position in 1..<chain.operands.count {
            let raw = chain.operands[position]
            let divides = chain.sign(before: position) == .divide
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
        let power = tree.power(node)
        let base = infer(power.base)
        let exponentType = infer(power.exponent)
        guard let dimension = requireNumber(base, at: power.base, for: "`^`"),
            requireNumber(exponentType, at: power.exponent, for: "`^`") != nil
        else { return .unknown }
        require(exponentType, toBe: .number, at: power.exponent, because: nil, as: "an exponent is")
        if let exponent = constant(power.exponent) {
            return model.types.number(model.types.dimensions.power(dimension, exponent))
        }
        if !model.types.dimensions.unify(dimension, .none) {
            report(
                .exponentNotConstant(
                    at: model.location(power.exponent, in: module), base: model.location(power.base, in: module),
                    dimension: describe(dimension)))
            return .unknown
        }
        return .number
    }

    /// The exact value of an exponent written as numbers: `2`, `-1`, `0.5`, `1/3`.
    private func constant(_ id: NodeID) -> Rational? {
        let node = tree[id]
        switch node.kind {
        case .paren: return constant(tree.operand(node))
        case .negate: return constant(tree.operand(node))?.negated
        case .number:
            let value = tree.number(node)
            for denominator in [1, 2, 4, 5, 8, 10, 100, 1000] as [Double] {
                let scaled = value * denominator
                if scaled == scaled.rounded(), scaled.magnitude < 1e9, scaled / denominator == value {
                    return Rational(Int64(scaled), Int64(denominator))
                }
            }
            return nil
        case .product:
            let chain = tree.chain(node)
            guard chain.operands.count == 2, let a = constant(chain.operands[0]), let b = constant(chain.operands[1])
            else {
                return nil
            }
            if chain.sign(before: 1) == .divide { return b.inverse.flatMap { a.times($0) } }
            return a.times(b)
        default: return nil
        }
    }

    mutating func inferComparison(_ node: Node) -> TypeID {
        let comparisonNode = tree.comparison(node)
        if let type = inferMemberTest(node) { return type }
        let left = infer(comparisonNode.left)
        var right = infer(comparisonNode.right, expecting: model.types.tag(left) == .time ? .time : nil)
        var leftType = left
        if model.types.tag(right) == .time, isYear(tree[comparisonNode.left]) {
            model.nodeTypes[Int(nodeBase + comparisonNode.left.rawValue)] = TypeID.time.rawValue
            leftType = .time
        }
        let isEquality = comparisonNode.sign == .equal || comparisonNode.sign == .notEqual
        switch (model.types.tag(leftType), model.types.tag(right)) {
        case (.variable, .variable):
            _ = requireNumber(leftType, at: comparisonNode.left, for: "a comparison")
            _ = requireNumber(right, at: comparisonNode.right, for: "a comparison")
        case (.variable, _): _ = model.types.unify(leftType, right)
        case (_, .variable): _ = model.types.unify(right, leftType)
        default: break
        }
        leftType = model.types.resolve(leftType)
        right = model.types.resolve(right)
        let leftAt = model.location(comparisonNode.left, in: module)
        let rightAt = model.location(comparisonNode.right, in: module)
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
        if !comparisonNode.tolerance.isNone {
            let tolerance = infer(comparisonNode.tolerance)
            if let t = requireNumber(tolerance, at: comparisonNode.tolerance, for: "`within`"),
                let a = model.types.dimension(leftType)
            {
                let isPure = model.types.dimensions.resolve(t) == .none
                if !isPure, !model.types.dimensions.unify(t, a) {
                    reportDisagreement(
                        verb: "within", left: a, right: t, leftAt: leftAt,
                        rightAt: model.location(comparisonNode.tolerance, in: module)
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
        let conditional = tree.conditional(node)
        var result: TypeID?
        var first = NodeID.none
        for position in 0...conditional.count {
            let isElse = position == conditional.count
            if !isElse { requireBool(conditional.condition(position)) }
            let branch = isElse ? conditional.otherwise : conditional.value(position)
            let type = infer(branch, expecting: result ?? expecting)
            if let known = result {
                if model.types.unify(known, type) != nil {
                    require(
                        type, toBe: known, at: branch, because: model.location(first, in: module),
                        as: "the branch before is")
                }
            } else {
                result = type
                first = branch
            }
        }
        return result ?? .unknown
    }

    mutating func inferGrowing(_ node: Node) -> TypeID {
        let growingNode = tree.growing(node)
        let type = infer(growingNode.value)
        _ = requireNumber(type, at: growingNode.value, for: "`growing`")
        if tree[growingNode.rate].kind == .every {
            inferRate(tree[growingNode.rate])
        } else if let duration = durationType.flatMap({ model.types.dimension($0) }) {
            let rate = infer(growingNode.rate)
            let perYear = model.types.number(model.types.dimensions.power(duration, Rational(whole: -1)))
            require(rate, toBe: perYear, at: growingNode.rate, because: nil, as: "a growth rate is")
        }
        let from = infer(growingNode.from, expecting: .time)
        require(from, toBe: .time, at: growingNode.from, because: nil, as: "after `from` stands")
        return type
    }

    /// `2% every month`: a share, and how long it is from one time that it is added to the next.
    private mutating func inferRate(_ node: Node) {
        let everyNode = tree.every(node)
        let rate = infer(everyNode.rate)
        if let dimension = requireNumber(rate, at: everyNode.rate, for: "`growing`"),
            !model.types.dimensions.unify(dimension, .none)
        {
            let text = model.text(everyNode.rate, in: module)
            let step = model.text(everyNode.step, in: module)
            report(
                .dimensionMismatch(
                    "before `every` stands a share, and this is in \(describe(rate))",
                    at: model.location(everyNode.rate, in: module), label: "this is in \(describe(rate))", also: [],
                    help: ["write `\(text) * 1 \(step) every \(step)`, or the share itself: `5% every \(step)`"]))
        }
        let step = tree[everyNode.step]
        if step.kind == .name, model.resolutions[Int(nodeBase + everyNode.step.rawValue)] == -1,
            model.symbols[tree.name(step)] == "quarter"
        {
            return
        }
        let type = infer(everyNode.step)
        if let duration = durationType {
            require(
                type, toBe: duration, at: everyNode.step, because: nil, as: "behind `every` stands a length of time:")
        }
    }

    /// `as` takes units, `%`, and 1 with a magnitude letter; false after a report.
    mutating func requireUnits(_ id: NodeID) -> Bool {
        let node = tree[id]
        switch node.kind {
        case .percent: return true
        case .paren, .quantity: return requireUnits(tree.operand(node))
        case .name:
            let raw = model.resolutions[Int(nodeBase + id.rawValue)]
            if raw >= 0, model.declarations[Int(raw)].kind == .unit { return true }
            if raw == -1 { return unit(tree.name(node), at: id) != nil }
        case .number:
            let value = tree.number(node)
            if value == 1 || value == 1e3 || value == 1e6 || value == 1e9 || value == 0.01 { return true }
        case .power:
            let power = tree.power(node)
            guard requireUnits(power.base) else { return false }
            if constant(power.exponent) != nil { return true }
        case .product:
            for raw in tree.chain(node).operands where !requireUnits(raw) { return false }
            return true
        default: break
        }
        report(.notAUnit(at: model.location(id, in: module), found: "something else"))
        return false
    }

    // MARK: Uncertainty

    /// `100 - 200 USD`: a number, and one with a unit.
    private func meantAsRange(_ left: NodeID, _ right: NodeID) -> [String]? {
        guard tree[left].kind == .number, tree[right].kind == .quantity,
            signedLiteral(right) != nil
        else { return nil }
        return ["a range is written `\(sourceText(left)) to \(sourceText(right))`"]
    }

    /// `100 USD/phone to 200 USD/phone`, where `to` takes the `phone` alone.
    private func unitWrittenTwice(_ id: NodeID, _ node: Node) -> String? {
        let range = tree.range(node)
        guard let product = product(around: id), tree.chain(product).operands[0] != id,
            tree[range.low].kind == .name || tree[range.low].kind == .power
        else { return nil }
        let first = tree[tree.chain(product).operands[0]]
        let high = tree[range.high]
        let number = first.kind == .quantity ? tree[tree.quantity(first).literal] : first
        let highNumber = high.kind == .quantity ? tree.quantity(high).literal : range.high
        guard number.kind == .number, tree[highNumber].kind == .number else { return nil }
        guard let source = model.sources.first(where: { $0.id == tree.source }) else { return nil }
        let unit = source.text(of: Span(start: number.end, end: tree[range.low].end))
        return "write the unit once, behind both ends: "
            + "`\(source.text(of: number.span)) to \(sourceText(highNumber))\(unit)`"
    }

    /// The product that a node is a factor of.
    func product(around id: NodeID) -> Node? {
        // No closure: one that escapes would copy all that is known.
        for node in tree.ids(behind: id, atMost: 63) where tree[node].kind == .product {
            if tree.chain(node).operands.contains(id) { return tree[node] }
        }
        return nil
    }

    private func sourceText(_ id: NodeID) -> String {
        model.sources.first { $0.id == tree.source }?.text(of: tree[id].span) ?? ""
    }

    mutating func inferRange(_ id: NodeID, _ node: Node) -> TypeID {
        let rangeNode = tree.range(node)
        if functionDepth > 0 { report(.uncertainInFunction("a range", at: model.location(id, in: module))) }
        let lowNode = tree[rangeNode.low]
        let highNode = tree[rangeNode.high]
        let low = infer(rangeNode.low)
        let high = infer(rangeNode.high)
        let place = model.location(id, in: module)
        let source = model.sources.first { $0.id == tree.source }
        if let borrowed = borrowedUnit(low: lowNode, high: highNode) {
            // `12 to 18 USD`: the bare literal takes the unit written after the right one.
            if borrowed {
                report(
                    .rangeOfWhat(
                        source?.text(of: lowNode.span) ?? "", high: source?.text(of: highNode.span) ?? "",
                        at: model.location(rangeNode.low, in: module), also: model.location(rangeNode.high, in: module))
                )
            }
            model.nodeTypes[Int(nodeBase + rangeNode.low.rawValue)] = high.rawValue
        } else if let a = requireNumber(low, at: rangeNode.low, for: "`to`"),
            let b = requireNumber(high, at: rangeNode.high, for: "`to`"),
            !model.types.dimensions.unify(a, b)
        {
            reportDisagreement(
                verb: "to", left: a, right: b, leftAt: model.location(rangeNode.low, in: module),
                rightAt: model.location(rangeNode.high, in: module), help: unitWrittenTwice(id, node).map { [$0] })
            return .unknown
        }
        if let a = signedLiteral(rangeNode.low), let b = signedLiteral(rangeNode.high) {
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
        if low.kind == .negate { lowNumber = tree[tree.operand(low)] }
        var highQuantity = high
        if high.kind == .negate { highQuantity = tree[tree.operand(high)] }
        guard lowNumber.kind == .number else { return nil }
        let isBare = lowNumber.traits.isDisjoint(with: [.percent, .magnitude])
        if highQuantity.kind == .quantity {
            let number = tree[tree.quantity(highQuantity).literal]
            guard number.kind == .number else { return nil }
            let highIsScaled = !number.traits.isDisjoint(with: [.percent, .magnitude])
            return isBare && highIsScaled && tree.number(lowNumber) != 0
        }
        if highQuantity.kind == .number {
            let highIsScaled = !highQuantity.traits.isDisjoint(with: [.percent, .magnitude])
            if isBare, highIsScaled, tree.number(lowNumber) != 0 { return true }
        }
        return nil
    }

    /// A literal with its sign and without its unit.
    private func signedLiteral(_ id: NodeID) -> (value: Double, isPercent: Bool)? {
        let node = tree[id]
        switch node.kind {
        case .negate: return signedLiteral(tree.operand(node)).map { (-$0.value, $0.isPercent) }
        case .quantity: return signedLiteral(tree.quantity(node).literal)
        case .number: return (tree.number(node), node.traits.contains(.percent))
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
