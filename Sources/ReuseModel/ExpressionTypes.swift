import ReuseSyntax

/// Types of expressions. Each node's type is kept in `Model.nodeTypes`; lowering reads it where meaning depends on it.
extension TypeChecker {
    @discardableResult
    mutating func infer(_ id: NodeID, expecting: TypeID? = nil) -> TypeID {
        if watch.stops() {
            model.nodeTypes[Int(nodeBase + id.rawValue)] = TypeID.unknown.rawValue
            return .unknown
        }
        let type = inferUnrecorded(id, expecting: expecting)
        model.nodeTypes[Int(nodeBase + id.rawValue)] = type.rawValue
        return type
    }

    private mutating func inferUnrecorded(_ id: NodeID, expecting: TypeID?) -> TypeID {
        let node = tree[id]
        switch node.kind {
        case .number:
            if let expecting, node.traits.contains(.bareInteger),
                model.types.tag(expecting) == .time, isYear(node)
            {
                return .time
            }
            if tree.number(node) == 0 { return model.types.anyNumber() }
            return .number
        case .percent: return .number
        case .period: return .time
        case .text:
            for raw in tree.elements(node) where tree[raw].kind != .textPart { infer(raw) }
            return .text
        case .boolean: return .bool
        case .noneLiteral: return model.types.anyNumber()
        case .name: return inferName(id, node)
        case .route:
            report(.routeAsValue(model.text(id, in: module), at: model.location(id, in: module)))
            return .unknown
        case .paren: return infer(tree.operand(node), expecting: expecting)
        case .list: return inferList(node, expecting: expecting)
        case .keyed: return inferKeyed(id, node)
        case .membership: return inferMemberTest(node) ?? .bool
        case .record:
            var wanted: [(name: Symbol, type: TypeID)] = []
            if let expecting, case .record(let fields) = model.types.shape(expecting) { wanted = fields }
            var fields: [(name: Symbol, type: TypeID)] = []
            for raw in tree.elements(node) {
                let field = tree[raw]
                let symbol = tree.recordField(field).name
                if fields.contains(where: { $0.name == symbol }) {
                    report(
                        .redefined(
                            "the field `\(model.symbols[symbol])`", at: model.location(raw, in: module),
                            first: model.location(id, in: module)))
                    continue
                }
                fields.append(
                    (symbol, infer(tree.recordField(field).value, expecting: wanted.first { $0.name == symbol }?.type)))
            }
            return model.types.record(fields)
        case .lambda: return inferLambda(id, expecting: expecting)
        case .block:
            let block = tree.block(node)
            for local in block.lets {
                let value = tree.localLet(local).value
                let type = withLevels(of: local, in: module) { $0.infer(value) }
                model.nodeTypes[Int(nodeBase + local.rawValue)] = type.rawValue
            }
            return block.value.isNone ? .unknown : infer(block.value, expecting: expecting)
        case .quantity: return inferQuantity(node)
        case .sum: return inferSum(id, node)
        case .product: return inferProduct(node)
        case .conjunction, .disjunction:
            for raw in tree.elements(node) { requireBool(raw) }
            return .bool
        case .not:
            requireBool(tree.operand(node))
            return .bool
        case .negate:
            let type = infer(
                tree.operand(node), expecting: expecting.flatMap { model.types.tag($0) == .time ? nil : $0 })
            _ = requireNumber(type, at: tree.operand(node), for: "`-`")
            return type
        case .power: return inferPower(node)
        case .range: return inferRange(id, node)
        case .comparison: return inferComparison(node)
        case .shownAs:
            let shownAs = tree.shownAs(node)
            let type = infer(shownAs.value)
            guard requireUnits(shownAs.unit) else { return type }
            let unit = infer(shownAs.unit)
            if requireNumber(type, at: shownAs.value, for: "`as`") != nil {
                require(
                    type, toBe: unit, at: shownAs.value, because: model.location(shownAs.unit, in: module),
                    as: "`as` asks for")
            }
            return type
        case .growing: return inferGrowing(node)
        case .conditional: return inferConditional(node, expecting: expecting)
        case .call: return apart { $0.inferCall(id, node, expecting: expecting) }
        case .argument: return infer(tree.argument(node).value, expecting: expecting)
        case .index: return inferIndex(id, node)
        case .member: return inferMember(id, node)
        case .under:
            let under = tree.under(node)
            checkScenario(under.scenario, at: id)
            return infer(under.value, expecting: expecting)
        case .aged:
            let aged = tree.aged(node)
            if !agedNodes.contains(nodeBase + id.rawValue) {
                report(.agedOutsideInflow(at: model.location(id, in: module)))
            }
            if let duration = durationType {
                require(infer(aged.age), toBe: duration, at: aged.age, because: nil, as: "an age is")
            }
            return infer(aged.value, expecting: expecting)
        case .keyRange:
            let keyRange = tree.keyRange(node)
            if !keyRange.first.isNone { infer(keyRange.first, expecting: .time) }
            if !keyRange.last.isNone { infer(keyRange.last, expecting: .time) }
            return .time
        default: return .unknown
        }
    }

    /// A bare whole number that can be read as a year.
    func isYear(_ node: Node) -> Bool {
        guard node.kind == .number, node.traits.contains(.bareInteger) else { return false }
        let value = tree.number(node)
        return value >= 0 && value <= 9999
    }

    // MARK: Names

    private mutating func inferName(_ id: NodeID, _ node: Node) -> TypeID {
        let raw = model.resolutions[Int(nodeBase + id.rawValue)]
        if raw <= -2 {
            let local = model.nodeTypes[Int(nodeBase - raw - 2)]
            return local < 0 ? .unknown : TypeID(local)
        }
        if raw >= 0 { return typeOfUse(DeclarationID(raw), at: id) }
        let symbol = tree.name(node)
        if problems.lacksBase || problems.unavailable.contains(symbol) || isDeclaredUnreadably(symbol) {
            return .unknown
        }
        let name = model.symbols[symbol]
        let place = model.location(id, in: module)
        if let membership = model.memberships[symbol]?.first {
            let index = model.symbols[model.indexes[membership.index].symbol]
            report(.memberAsValue(name, index: index, at: place, isKey: isKey(id)))
            return .unknown
        }
        var candidates = namesInScope(of: module)
        candidates += enclosingLocals(of: id)
        if let habit = homes(of: name) ?? (isCalled(id) ? functionElsewhere(name) : nil) {
            report(.unknownName(name, at: place, nearest: nil, hint: habit))
        } else {
            // A letter alone is a unit only where it stands as one: `t` is a time to whoever comes from a formula.
            let isUnit = name.utf8.count > 1 || product(around: id) != nil
            let units = isUnit ? [] : namesOfUnits(from: module)
            let near =
                isUnit
                ? everydayUnit(name, among: candidates) ?? nearest(to: name, among: candidates)
                : nearest(to: name, among: candidates.filter { !units.contains($0) })
            let now = name == "t" ? "the current step is `now`, and a number of years `(now - 2024) / 1 yr`" : nil
            report(
                .unknownName(name, at: place, nearest: near, hint: near == nil ? hintOfUnit(name, at: id) ?? now : nil))
        }
        return .unknown
    }

    private func isCalled(_ id: NodeID) -> Bool {
        tree.ids(behind: id, atMost: 1000).contains {
            tree[$0].kind == .call && tree.call($0).callee == id
        }
    }

    /// Whether a name stands in the brackets of a pick: then what it picks from is a list.
    private func isKey(_ id: NodeID) -> Bool {
        tree.ids(behind: id, atMost: 999).contains {
            tree[$0].kind == .index && tree.index($0).picks.contains(id)
        }
    }

    /// Of a name that a quantity is divided by or multiplied with, as in `250 USD/laptop`.
    private func hintOfUnit(_ name: String, at id: NodeID) -> String? {
        guard let product = product(around: id), tree[tree.chain(product).operands[0]].kind == .quantity else {
            return nil
        }
        return "if it is a unit, declare it: `unit \(name)`"
    }

    /// A name whose declaration could not be read was reported there; its uses are no further fault.
    private func isDeclaredUnreadably(_ symbol: Symbol) -> Bool {
        guard problems.hasSyntaxErrors, problems.suggestionBudget > 0,
            let source = model.sources.first(where: { $0.id == tree.source })
        else {
            return false
        }
        let name = model.symbols[symbol]
        return ["let", "assume", "fn", "unit"].contains { contains(source.bytes, Array("\($0) \(name)".utf8)) }
    }

    /// Names of parameters and local lets of the statement that a node is in, for suggestions.
    private func enclosingLocals(of id: NodeID) -> [String] {
        tree.ids.prefix(Int(id.rawValue) + 1).suffix(400).reversed().compactMap {
            let kind = tree[$0].kind
            return kind == .parameter || kind == .localLet ? model.symbols[tree.name($0)] : nil
        }
    }

    /// Where a library name that is not in scope lives.
    private func homes(of name: String) -> String? {
        if let own = nameElsewhere(name) { return own }
        if input.libraryNames.contains(name), name != "prelude", name != "units" {
            return "a module: write `use \(name)` first"
        }
        guard problems.suggestionBudget > 0 else { return nil }
        for module in input.libraryNames where module != "prelude" && module != "units" {
            guard let bytes = input.library(module) else { continue }
            let wanted = Array("\nfn \(name)(".utf8)
            if contains(bytes, wanted) { return "write `use \(module): \(name)` at the top" }
        }
        return nil
    }

    private func contains(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        guard bytes.count >= wanted.count else { return false }
        var start = 0
        while start + wanted.count <= bytes.count {
            if bytes[start] == wanted[0], bytes[start..<start + wanted.count].elementsEqual(wanted) { return true }
            start += 1
        }
        return false
    }

    mutating func typeOfUse(_ target: DeclarationID, at id: NodeID) -> TypeID {
        let declaration = model[target]
        switch declaration.kind {
        case .unit, .assume, .let, .now, .field, .result, .gathered, .stockField, .stockResult,
            .projected:
            return declaration.type
        case .function, .builtin:
            if declaration.inferredType == nil { return .unknown }
            return generics.typeOfUse(target, declaration.type, in: &model.types)
        case .clearing: return .number
        case .cohorts, .index, .source, .module, .market, .supply, .policy, .data, .fitting:
            report(
                .notAValue(
                    model.symbols[declaration.symbol], kind: declaration.kind, at: model.location(id, in: module)))
            return .unknown
        }
    }

    private mutating func inferMember(_ id: NodeID, _ node: Node) -> TypeID {
        let memberNode = tree.member(node)
        let raw = model.resolutions[Int(nodeBase + id.rawValue)]
        if raw >= 0 { return typeOfUse(DeclarationID(raw), at: id) }
        let base = tree[memberNode.base]
        let field = memberNode.name
        let fieldName = model.symbols[field]
        let place = model.location(id, in: module)
        if reportsMarketPath(id, node, fieldName, at: place) || reportsStockPath(node, fieldName, at: place) {
            return .unknown
        }
        if reportsProjectionPath(node, fieldName, at: place) { return .unknown }
        if base.kind == .name {
            let target = model.resolutions[Int(nodeBase + memberNode.base.rawValue)]
            if target >= 0, model.declarations[Int(target)].kind == .module {
                let scope = model.modules[Int(model.declarations[Int(target)].number)].scope
                let names = scope.declarations.map { model.name($0) }.filter { $0.utf8.first != 0x5F }
                report(
                    .unknownExport(
                        fieldName, module: model.symbols[tree.name(base)], at: place,
                        nearest: nearest(to: fieldName, among: names)))
                return .unknown
            }
            if target == -1, model.memberships[tree.name(base)] == nil,
                input.libraryNames.contains(model.symbols[tree.name(base)])
            {
                let name = model.symbols[tree.name(base)]
                report(
                    .unknownName(
                        name, at: model.location(memberNode.base, in: module), nearest: nil,
                        hint: "it is a library: write `use \(name)` at the top"))
                return .unknown
            }
        }
        let type = infer(memberNode.base)
        switch model.types.shape(type) {
        case .record(let fields):
            if let found = fields.first(where: { $0.name == field }) { return found.type }
            let names = fields.map { model.symbols[$0.name] }
            report(.unknownField(fieldName, of: names, at: place, nearest: nearest(to: fieldName, among: names)))
        case .time:
            if ["year", "quarter", "month"].contains(fieldName) { return .number }
            report(
                .unknownField(
                    fieldName, of: ["year", "quarter", "month"], at: place,
                    nearest: nearest(to: fieldName, among: ["year", "quarter", "month"])))
        case .unknown: break
        default:
            let isMember = model.memberships[field] != nil
            report(
                .noFields(
                    fieldName, of: describe(type), at: place,
                    help: isMember ? ["a member is picked in brackets: `x[\(fieldName)]`"] : []))
        }
        return .unknown
    }
}
