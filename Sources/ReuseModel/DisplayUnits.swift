import ReuseSyntax

/// The unit in which a number is shown: a product of declared units, perhaps in per cent.
public struct DisplayUnit: Sendable {
    public var factors: [(unit: DeclarationID, exponent: Rational)] = []
    public var isPercent = false

    public init(factors: [(unit: DeclarationID, exponent: Rational)] = [], isPercent: Bool = false) {
        self.factors = factors
        self.isPercent = isPercent
    }
}

/// Finds the units that an expression is made of. What is found only steers how a value is shown, never the value.
public struct DisplayUnits {
    let model: Model
    private var memo: [DeclarationID: DisplayUnit?] = [:]
    private var depth = 0
    /// Looking through functions could take long; past this many nodes the base units do.
    private var budget = 0

    public init(model: Model) { self.model = model }

    /// The unit of an expression, in its dimension; base units where the expression suggests none.
    public mutating func unit(of node: NodeID, in module: Int32) -> DisplayUnit {
        budget = 20_000
        depth = 0
        var type = model.types.shape(model.type(of: node, in: module))
        while case .list(let element) = type { type = model.types.shape(element) }
        if case .function = type { return DisplayUnit() }
        guard case .number(let dimension) = type else { return DisplayUnit() }
        if let found = hint(node, module, [:]), fits(found, dimension) { return found }
        return base(dimension)
    }

    /// The units that an expression is written in; nil where it does not tell.
    mutating func written(_ node: NodeID, in module: Int32) -> DisplayUnit? {
        budget = 20_000
        depth = 0
        return hint(node, module, [:])
    }

    public func base(_ dimension: DimensionID) -> DisplayUnit {
        var result = DisplayUnit()
        for (base, exponent) in model.types.dimensions.exponents(of: dimension) where base < model.baseUnits.count {
            if let unit = declaration(ofBase: base) { result.factors.append((unit, exponent)) }
        }
        return result
    }

    /// As a script writes it behind a number: `phone/yr`, `%/yr`, `/yr`, or nothing.
    public func text(_ unit: DisplayUnit) -> String {
        var above: [String] = []
        var below: [String] = []
        for (id, exponent) in unit.factors {
            let size = exponent.numerator < 0 ? exponent.negated : exponent
            let text = model.name(id) + (size == .one ? "" : "^" + size.text)
            if exponent.numerator > 0 { above.append(text) } else { below.append("/" + text) }
        }
        let positive = above.joined(separator: " ")
        return (unit.isPercent ? "%" + (positive.isEmpty ? "" : " ") : "") + positive + below.joined()
    }

    // MARK: -

    private func declaration(ofBase base: Int) -> DeclarationID? {
        let symbol = model.baseUnits[base]
        for index in model.declarations.indices {
            let declaration = model.declarations[index]
            if declaration.kind == .unit, declaration.symbol == symbol, declaration.number == Int32(base) {
                return DeclarationID(Int32(index))
            }
        }
        return nil
    }

    private func fits(_ unit: DisplayUnit, _ dimension: DimensionID) -> Bool {
        exponents(unit)
            == Dictionary(
                uniqueKeysWithValues: model.types.dimensions.exponents(of: dimension).map { ($0.base, $0.exponent) })
    }

    private func exponents(_ unit: DisplayUnit) -> [Int: Rational] {
        var result: [Int: Rational] = [:]
        for (id, exponent) in unit.factors {
            guard let dimension = model.types.dimension(model[id].type) else { continue }
            for (base, own) in model.types.dimensions.exponents(of: dimension) {
                let part = own.times(exponent) ?? .zero
                let sum = (result[base] ?? .zero).plus(part) ?? .zero
                result[base] = sum.isZero ? nil : sum
            }
        }
        return result
    }

    func isTime(_ id: DeclarationID) -> Bool {
        guard let dimension = model.types.dimension(model[id].type) else { return false }
        let parts = model.types.dimensions.exponents(of: dimension)
        return parts.count == 1 && model.symbols[model.baseUnits[parts[0].base]] == "yr"
    }

    func times(_ a: DisplayUnit, _ b: DisplayUnit, power: Rational = .one) -> DisplayUnit {
        var result = a
        for (id, own) in b.factors {
            let exponent = own.times(power) ?? own
            let dimension = model.types.dimension(model[id].type).map { model.types.dimensions.resolve($0) }
            if let position = result.factors.firstIndex(where: {
                $0.unit == id
                    || model.types.dimension(model[$0.unit].type).map { model.types.dimensions.resolve($0) }
                        == dimension
            }) {
                let sum = result.factors[position].exponent.plus(exponent) ?? .zero
                if sum.isZero {
                    result.factors.remove(at: position)
                } else {
                    result.factors[position].exponent = sum
                }
            } else {
                result.factors.append((id, exponent))
            }
        }
        result.isPercent = a.isPercent || (b.isPercent && power == .one)
        return result
    }

    /// A share of something is not shown in per cent; a rate of time is.
    private func settled(_ unit: DisplayUnit) -> DisplayUnit {
        var result = unit
        if result.isPercent, !result.factors.allSatisfy({ isTime($0.unit) && $0.exponent.numerator < 0 }) {
            result.isPercent = false
        }
        return result
    }

    typealias Names = [Int32: DisplayUnit]

    mutating func hint(_ id: NodeID, _ module: Int32, _ names: Names) -> DisplayUnit? {
        budget -= 1
        guard budget > 0, depth < 120 else { return nil }
        depth += 1
        defer { depth -= 1 }
        let tree = model.tree(module)
        let node = tree[id]
        switch node.kind {
        case .number: return DisplayUnit(isPercent: node.traits.contains(.percent))
        case .percent: return DisplayUnit(isPercent: true)
        case .name, .unitPower: return hintOfName(id, module, names)
        case .paren, .negate, .growing, .index, .aged, .under: return hint(tree.operand(node), module, names)
        case .shownAs: return hint(tree.shownAs(node).unit, module, names)
        case .quantity:
            let quantity = tree.quantity(node)
            var result = hint(quantity.literal, module, names) ?? DisplayUnit()
            for raw in quantity.units {
                guard case .declaration(let unit) = model.resolution(raw, in: module) else { return nil }
                let exponent = Rational(whole: tree.unitPower(raw).exponent)
                result = times(result, DisplayUnit(factors: [(unit, .one)]), power: exponent)
            }
            return result
        case .sum:
            var result: DisplayUnit?
            for raw in tree.chain(node).operands.prefix(50) {
                guard let own = hint(raw, module, names) else { continue }
                guard let known = result else {
                    result = own
                    continue
                }
                if known.isPercent != own.isPercent { result?.isPercent = false }
                if known.factors.isEmpty, !own.factors.isEmpty { result = own }
            }
            return result
        case .product:
            let chain = tree.chain(node)
            var result = DisplayUnit()
            for (position, raw) in chain.operands.enumerated().prefix(50) {
                guard let own = hint(raw, module, names) else { return nil }
                let divides = chain.sign(before: position) == .divide
                result = times(result, own, power: divides ? Rational(whole: -1) : .one)
            }
            return settled(result)
        case .power:
            let power = tree.power(node)
            guard let own = hint(power.base, module, names), let exponent = exponent(power.exponent, module) else {
                return nil
            }
            var result = times(DisplayUnit(), own, power: exponent)
            result.isPercent = false
            return result
        case .range: return hint(tree.range(node).high, module, names)
        case .conditional:
            for value in tree.conditional(node).values {
                if tree[value].kind == .number, tree.number(value) == 0 { continue }
                if let found = hint(value, module, names) { return found }
            }
            return nil
        case .list:
            return tree.elements(node).first.flatMap { hint($0, module, names) }
        case .keyed:
            return tree.elements(node).first.flatMap {
                hint(tree.keyedItem($0).value, module, names)
            }
        case .member: return hintOfMember(id, node, module, names)
        case .block:
            var inner = names
            let block = tree.block(node)
            for local in block.lets {
                if let own = hint(tree.localLet(local).value, module, inner) {
                    inner[model.modules[Int(module)].nodeBase + local.rawValue] = own
                }
            }
            return block.value.isNone ? nil : hint(block.value, module, inner)
        case .call: return hintOfCall(node, module, names)
        default: return nil
        }
    }

    private func exponent(_ id: NodeID, _ module: Int32) -> Rational? {
        let tree = model.tree(module)
        let node = tree[id]
        switch node.kind {
        case .paren: return exponent(tree.operand(node), module)
        case .negate: return exponent(tree.operand(node), module)?.negated
        case .number:
            let value = tree.number(node)
            for denominator in [1, 2, 4] as [Double] where value * denominator == (value * denominator).rounded() {
                guard value.magnitude < 1000 else { return nil }
                return Rational(Int64(value * denominator), Int64(denominator))
            }
            return nil
        default: return nil
        }
    }

    private mutating func hintOfName(_ id: NodeID, _ module: Int32, _ names: Names) -> DisplayUnit? {
        switch model.resolution(id, in: module) {
        case .unresolved: return nil
        case .local(let local): return names[model.modules[Int(module)].nodeBase + local.rawValue]
        case .declaration(let target):
            let declaration = model[target]
            switch declaration.kind {
            case .unit: return DisplayUnit(factors: [(target, .one)])
            case .result, .gathered: return hint(ofCleared: target)
            case .stockResult: return hint(ofStock: target)
            case .projected: return hint(ofProjected: target)
            case .assume, .let, .field, .stockField:
                guard !declaration.value.isNone else { return nil }
                if let known = memo[target] { return known }
                memo[target] = .some(nil)
                let found = hint(declaration.value, declaration.valueModule, [:])
                memo[target] = .some(found)
                return found
            default: return nil
            }
        }
    }

    /// Results are in the units of the first reference quantity and price.
    private mutating func hint(ofCleared id: DeclarationID) -> DisplayUnit? {
        if let known = memo[id] { return known }
        memo[id] = .some(nil)
        let declaration = model[id]
        let kind =
            declaration.kind == .result
            ? model.network.results[Int(declaration.number)].kind
            : ClearedResult(rawValue: UInt8(truncatingIfNeeded: declaration.number))
        guard let kind else { return nil }
        let fields = model.network.markets.map { $0.fields } + model.network.supplies.map { $0.fields }
        func first(_ wanted: [MarketField]) -> DisplayUnit? {
            for own in fields {
                for field in wanted where !own[field].isNone {
                    let declaration = model[own[field]]
                    if let found = hint(declaration.value, declaration.valueModule, [:]) { return found }
                }
            }
            return nil
        }
        let found: DisplayUnit?
        switch kind.measure {
        case .quantity: found = first([.demand, .volume])
        case .price: found = first([.demandPrice, .volumePrice, .supplyCost])
        case .money:
            if let quantity = first([.demand, .volume]), let price = first([.demandPrice, .volumePrice, .supplyCost]) {
                found = times(quantity, price)
            } else {
                found = nil
            }
        case .number: found = nil
        }
        memo[id] = .some(found)
        return found
    }

    /// What a stock gives is in the units of the first of its fields that has any.
    private mutating func hint(ofStock id: DeclarationID) -> DisplayUnit? {
        guard let number = model.stock(of: id), let measure = model.stockResult(of: id)?.measure, let year else {
            return nil
        }
        if measure == .age { return DisplayUnit(factors: [(year, .one)]) }
        let stock = model.stocks[number]
        let fields: [StockField] =
            measure == .goods ? [.initial, .level, .inflow, .outflow] : [.inflow, .outflow, .initial, .level]
        for field in fields where !stock[field].isNone {
            guard let own = hint(of: stock[field]) else { continue }
            if field.measure == measure { return own }
            return settled(times(own, DisplayUnit(factors: [(year, measure == .goods ? .one : Rational.one.negated)])))
        }
        return nil
    }

    private mutating func hint(of id: DeclarationID) -> DisplayUnit? {
        if let known = memo[id] { return known }
        memo[id] = .some(nil)
        let found = hint(model[id].value, model[id].valueModule, [:])
        memo[id] = .some(found)
        return found
    }

    /// The unit of a declaration's value.
    public mutating func unit(of id: DeclarationID) -> DisplayUnit {
        guard let dimension = model.types.dimension(model[id].type) else { return DisplayUnit() }
        let declaration = model[id]
        let found =
            declaration.kind == .projected
            ? hint(ofProjected: id)
            : declaration.kind == .stockResult
                ? hint(ofStock: id)
                : declaration.value.isNone
                    ? hint(ofCleared: id) : hint(declaration.value, declaration.valueModule, [:])
        if let found, fits(found, dimension) { return found }
        return base(dimension)
    }

    private mutating func hintOfMember(_ id: NodeID, _ node: Node, _ module: Int32, _ names: Names) -> DisplayUnit? {
        if case .declaration = model.resolution(id, in: module) { return hintOfName(id, module, names) }
        let tree = model.tree(module)
        let member = tree.member(node)
        var record = member.base
        var home = module
        if tree[record].kind == .name, case .declaration(let target) = model.resolution(record, in: module),
            model[target].kind == .let
        {
            home = model[target].valueModule
            record = model[target].value
        }
        let homeTree = model.tree(home)
        guard homeTree[record].kind == .record else { return nil }
        for id in homeTree.elements(record) {
            let field = homeTree.recordField(id)
            if field.name == member.name { return hint(field.value, home, names) }
        }
        return nil
    }

    private mutating func hintOfCall(_ node: Node, _ module: Int32, _ names: Names) -> DisplayUnit? {
        let tree = model.tree(module)
        guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module) else { return nil }
        let arguments = tree.call(node).arguments
        let values = arguments.map { tree.argument($0).value }
        if let builtin = model[target].builtin {
            switch builtin {
            case .probability: return DisplayUnit(isPercent: true)
            case .skewness, .correlation: return nil
            case .covariance:
                guard values.count == 2, let first = hint(values[0], module, names),
                    let second = hint(values[1], module, names)
                else { return nil }
                return settled(times(first, second))
            case .cumulative, .total:
                guard let first = values.first, let own = hint(first, module, names), let year = year else {
                    return nil
                }
                return settled(times(own, DisplayUnit(factors: [(year, .one)])))
            case .sqrt:
                guard let first = values.first, let own = hint(first, module, names), let half = Rational(1, 2) else {
                    return nil
                }
                var result = times(DisplayUnit(), own, power: half)
                result.isPercent = false
                return result
            case .quantile: return values.first.flatMap { hint($0, module, names) }
            case .fold: return values.count > 1 ? hint(values[1], module, names) : nil
            case .map:
                guard values.count == 2, tree[values[1]].kind == .lambda else { return nil }
                let lambda = tree.lambda(values[1])
                var inner = names
                if let own = hint(values[0], module, names), let parameter = lambda.parameters.first {
                    inner[model.modules[Int(module)].nodeBase + parameter.rawValue] = own
                }
                return hint(lambda.body, module, inner)
            case .length, .exp, .log, .log2, .log10, .gamma_function, .log_gamma, .normal_cdf, .normal_quantile,
                .first_time, .range:
                return nil
            default:
                // Distributions and reductions: the first value that has a unit. Shapes and weights have none of the result's.
                var values = values
                let labels = arguments.map { tree.argument($0).label.map { model.symbols[$0] } ?? "" }
                if let (distribution, order) = Distribution.of(builtin, labels: labels) {
                    values = zip(distribution.parameters, order).compactMap { parameter, place in
                        switch parameter.kind {
                        case .quantity, .list: place.map { values[$0] }
                        case .number: distribution == .beta ? place.map { values[$0] } : nil
                        case .weights: nil
                        }
                    }
                }
                for value in values {
                    if let own = hint(value, module, names), !own.factors.isEmpty || own.isPercent { return own }
                }
                return values.first.flatMap { hint($0, module, names) }
            }
        }
        guard model[target].kind == .function else { return nil }
        let declaration = model[target]
        let body = model.tree(declaration.module)
        let annotated = annotation(body.function(declaration.node).result, declaration.module)
        if let annotated, !endsInPercent(declaration.value, declaration.module) { return annotated }
        let parameters = model.parameters(of: target)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: node, in: module) else {
            return nil
        }
        var inner: Names = [:]
        let base = model.modules[Int(declaration.module)].nodeBase
        for (position, parameter) in parameters.enumerated() {
            let argument = match.arguments[position]
            let own =
                argument.isNone
                ? hint(body.parameter(parameter.node).standard, declaration.module, inner)
                : hint(tree.argument(argument).value, module, names)
            if let own { inner[base + parameter.node.rawValue] = own }
        }
        return hint(declaration.value, declaration.module, inner)
    }

    /// A body that says itself that it is in per cent says more than the dimension of its result.
    private func endsInPercent(_ node: NodeID, _ module: Int32) -> Bool {
        let tree = model.tree(module)
        var id = node
        while tree[id].kind == .block || tree[id].kind == .paren {
            id = tree[id].kind == .paren ? tree.operand(id) : tree.block(id).value
            if id.isNone { return false }
        }
        return tree[id].kind == .shownAs
    }

    private var year: DeclarationID? {
        for index in model.declarations.indices where model.declarations[index].kind == .unit {
            if model.symbols[model.declarations[index].symbol] == "yr" { return DeclarationID(Int32(index)) }
        }
        return nil
    }

    /// The units of a written result type; nil where there is none or it has variables.
    private func annotation(_ id: NodeID, _ module: Int32) -> DisplayUnit? {
        let tree = model.tree(module)
        guard !id.isNone, tree[id].kind == .dimensionType else { return nil }
        var result = DisplayUnit()
        for raw in tree.elements(id) {
            let part = tree.dimensionPower(raw)
            guard part.unit != nil else { continue }
            guard case .declaration(let unit) = model.resolution(raw, in: module), model[unit].kind == .unit,
                let exponent = Rational(Int64(part.numerator), Int64(max(part.denominator, 1)))
            else { return nil }
            result = times(result, DisplayUnit(factors: [(unit, .one)]), power: exponent)
        }
        return result.factors.isEmpty ? nil : result
    }
}
