import ReuseSyntax

/// Variables of one signature: `D` for a dimension, `any A` for a type.
struct AnnotationVariables {
    // Few: looked through, and nothing is allocated where there are none.
    var dimensions: [(symbol: Symbol, dimension: DimensionID)] = []
    var types: [(symbol: Symbol, type: TypeID)] = []
}

/// Written types to types, and types to words.
extension TypeChecker {
    mutating func type(ofAnnotation id: NodeID, _ variables: inout AnnotationVariables) -> TypeID {
        let node = tree[id]
        switch node.kind {
        case .namedType:
            switch model.symbols[tree.name(node)] {
            case "Bool": return .bool
            case "Text": return .text
            case "Time": return .time
            default: return .unknown
            }
        case .anyType:
            let symbol = tree.name(node)
            if let known = variables.types.first(where: { $0.symbol == symbol }) { return known.type }
            let fresh = model.types.variable()
            variables.types.append((symbol, fresh))
            return fresh
        case .listType: return model.types.list(type(ofAnnotation: tree.operand(node), &variables))
        case .recordType:
            var fields: [(name: Symbol, type: TypeID)] = []
            for raw in tree.elements(node) {
                let field = tree.recordField(raw)
                fields.append((field.name, type(ofAnnotation: field.value, &variables)))
            }
            return model.types.record(fields)
        case .functionType:
            let functionType = tree.functionType(node)
            var parameters: [TypeID] = []
            for raw in functionType.parameters {
                parameters.append(type(ofAnnotation: raw, &variables))
            }
            return model.types.function(parameters, result: type(ofAnnotation: functionType.result, &variables))
        case .dimensionType:
            var dimension = DimensionID.none
            for raw in tree.elements(node) {
                let part = tree.dimensionPower(raw)
                guard let symbol = part.unit else { continue }
                let name = model.symbols[symbol]
                let factor: DimensionID
                if name.utf8.count == 1, let letter = name.utf8.first, letter >= 0x41, letter <= 0x5A {
                    if let known = variables.dimensions.first(where: { $0.symbol == symbol }) {
                        factor = known.dimension
                    } else {
                        factor = model.types.dimensions.freshVariable()
                        variables.dimensions.append((symbol, factor))
                    }
                } else if let unit = unit(symbol, at: raw) {
                    factor = unit
                } else {
                    return .unknown
                }
                let exponent = Rational(Int64(part.numerator), Int64(max(part.denominator, 1))) ?? .one
                let power = model.types.dimensions.power(factor, exponent)
                dimension = model.types.dimensions.product(dimension, power)
            }
            return model.types.number(dimension)
        default: return .unknown
        }
    }

    /// The dimension of a unit that stands in unit position; nil after a report.
    mutating func unit(_ symbol: Symbol, at id: NodeID) -> DimensionID? {
        let raw = model.resolutions[Int(nodeBase + id.rawValue)]
        let place = model.location(id, in: module)
        guard raw >= 0 else {
            let name = model.symbols[symbol]
            let candidates = namesOfUnits(from: module)
            let near = everydayUnit(name, among: candidates) ?? nearest(to: name, among: candidates)
            report(.unknownUnit(name, at: place, nearest: near))
            return nil
        }
        let declaration = model.declarations[Int(raw)]
        guard declaration.kind == .unit else {
            report(.notAUnitName(model.symbols[symbol], at: place, declared: model.nameLocation(DeclarationID(raw))))
            return nil
        }
        return model.types.dimension(declaration.type)
    }

    mutating func namesOfUnits(from module: Int32) -> [String] {
        var result: [String] = []
        for name in namesInScope(of: module) {
            if let symbol = model.symbols.find(name) {
                let id = model.find(symbol, in: module)
                if !id.isNone, model[id].kind == .unit { result.append(name) }
            }
        }
        return result
    }

    /// The library's unit that a longer or shorter everyday word means, where it is in scope.
    func everydayUnit(_ word: String, among candidates: [String]) -> String? {
        let meant: String
        switch word.lowercased() {
        case "year", "years", "yrs", "annum": meant = "yr"
        case "months": meant = "month"
        case "days": meant = "day"
        case "hours", "hr", "h": meant = "hour"
        case "grams", "g": meant = "gram"
        case "kilogram", "kilograms", "kgs": meant = "kg"
        case "tonnes", "ton", "tons", "t": meant = "tonne"
        case "metres", "meter", "meters", "m": meant = "metre"
        case "dollar", "dollars", "usd": meant = "USD"
        default: return nil
        }
        return candidates.contains(meant) ? meant : nil
    }

    // MARK: Words

    func describe(_ type: TypeID) -> String { model.describe(type) }
    func describe(_ dimension: DimensionID) -> String { model.describe(dimension) }

    /// What to multiply or divide by, where one simple factor makes the difference.
    mutating func missingFactor(from found: DimensionID, to wanted: DimensionID) -> [String] {
        guard model.types.dimensions.isKnown(found), model.types.dimensions.isKnown(wanted) else { return [] }
        let quotient = model.types.dimensions.quotient(wanted, found)
        let parts = model.types.dimensions.exponents(of: quotient)
        guard parts.count == 1, let part = parts.first, part.exponent.isWhole, abs(part.exponent.numerator) == 1,
            part.base < model.baseUnits.count
        else { return [] }
        let name = model.symbols[model.baseUnits[part.base]]
        let verb = part.exponent.numerator > 0 ? "multiply" : "divide"
        if name == "yr" { return ["the factor that is missing is a time: \(verb) it by a duration such as `1 yr`"] }
        return ["the factor that is missing is in `\(name)`: \(verb) it by a value in `\(name)`"]
    }
}

extension Model {
    /// A type in a user's words.
    public func describe(_ type: TypeID) -> String { describe(types.shape(type)) }

    public func describe(_ type: TypeShape) -> String {
        switch type {
        case .bool: return "true or false"
        case .text: return "a text"
        case .time: return "a point in time"
        case .unknown: return "something unknown"
        case .variable: return "anything"
        case .number(let dimension):
            if types.dimensions.isUnboundVariable(dimension) { return "a number" }
            let text = describe(dimension)
            return text == "a pure number" ? text : "a number in \(text)"
        case .list: return "a list"
        case .record(let fields): return "a record { " + fields.map { symbols[$0.name] }.joined(separator: ", ") + " }"
        case .function(let parameters, _):
            return "a function of \(parameters.count) value\(parameters.count == 1 ? "" : "s")"
        }
    }

    /// A dimension as a product of base units, such as `phone/yr`.
    public func describe(_ dimension: DimensionID) -> String {
        let text = unitText(of: dimension)
        return text.isEmpty ? "a pure number" : "`\(text)`"
    }

    /// A dimension as the base units that a script would write behind a number: `phone/yr`, `/yr`, or empty.
    public func unitText(of dimension: DimensionID) -> String {
        var above: [String] = []
        var below: [String] = []
        for (base, exponent) in types.dimensions.exponents(of: dimension) {
            let name = base < baseUnits.count ? symbols[baseUnits[base]] : "?"
            let size = exponent.numerator < 0 ? exponent.negated : exponent
            let text = size == .one ? name : name + "^" + size.text
            if exponent.numerator > 0 { above.append(text) } else { below.append(text) }
        }
        return above.joined(separator: " ") + below.map { "/" + $0 }.joined()
    }
}
