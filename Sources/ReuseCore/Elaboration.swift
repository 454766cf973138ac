import ReuseModel
import ReuseSyntax

/// Elaboration turns the expressions of one text into operations.
struct Elaboration {
    let core: Core
    let module: Int32
    let tree: SyntaxTree

    init(_ core: Core, _ module: Int32) {
        self.core = core
        self.module = module
        tree = core.model.modules[Int(module)].tree
    }

    func place(_ id: NodeID) -> Place { core.model.place(id, in: module) }
    func add(_ operation: Operation, _ id: NodeID) -> ExpressionID {
        core.add(operation, type: core.model.type(of: id, in: module), at: place(id))
    }
    func wrong(_ problem: Diagnostic, _ id: NodeID) -> ExpressionID {
        core.problems.append(problem)
        return add(.wrong(Int32(truncatingIfNeeded: core.problems.count - 1)), id)
    }
    func list(_ ids: some Sequence<NodeID>) -> ExpressionList { core.list(ids.map { expression($0) }) }

    /// What an expression of the text does; none where there is no node.
    func expression(_ id: NodeID) -> ExpressionID {
        let node = tree[id]
        switch node.kind {
        case .number: return number(id, node)
        case .percent: return add(.constant(0.01), id)
        case .period:
            let period = tree.period(node)
            guard let time = TimePoint(year: period.year, part: period.part, of: period.division) else {
                return wrong(.timeOutOfRange(at: tree.location(id)), id)
            }
            return add(.constant(time.bits), id)
        case .boolean: return add(.constant(node.isTrue ? 1 : 0), id)
        case .noneLiteral: return add(.nothing, id)
        case .text: return text(id, node)
        case .name, .unitPower: return name(id)
        case .member: return member(id, node)
        case .paren, .aged, .shownAs: return expression(tree.operand(node))
        case .quantity: return quantity(id, node)
        case .sum: return sum(id, node)
        case .product: return product(id, node)
        case .negate: return add(.unary(.negate, expression(tree.operand(node))), id)
        case .not: return add(.unary(.not, expression(tree.operand(node))), id)
        case .power:
            let power = tree.power(node)
            let base = expression(power.base)
            return add(.power(base, expression(power.exponent)), id)
        case .conjunction: return add(.and(list(tree.elements(node))), id)
        case .disjunction: return add(.or(list(tree.elements(node))), id)
        case .comparison: return comparison(id, node)
        case .membership: return memberTest(id, node) ?? add(.missing, id)
        case .conditional: return add(.conditional(list(tree.conditional(node).parts)), id)
        case .range: return range(id, node)
        case .list: return add(.list(list(tree.elements(node))), id)
        case .record: return record(id, node)
        case .keyed: return keyed(id, node)
        case .lambda:
            let lambda = tree.lambda(node)
            let own = Lambda(
                parameters: lambda.parameters.map { Local(place($0)) }, body: expression(lambda.body))
            core.lambdas.append(own)
            return add(.lambda(Int32(truncatingIfNeeded: core.lambdas.count - 1)), id)
        case .block: return block(id, node)
        case .call: return call(id, node)
        case .index: return index(id, node)
        case .growing: return growing(id, node)
        case .under:
            let under = tree.under(node)
            guard let scenario = core.model.scenario(named: core.model.symbols[under.scenario]) else {
                return add(.missing, id)
            }
            return add(.under(Int32(truncatingIfNeeded: scenario), expression(under.value)), id)
        default: return id.isNone ? .none : add(.missing, id)
        }
    }

    // MARK: Literals

    private func number(_ id: NodeID, _ node: Node) -> ExpressionID {
        let value = tree.number(node)
        if node.traits.contains(.bareInteger), core.model.types.isTime(core.model.type(of: id, in: module)) {
            // What is no year of the calendar is the check's to say.
            return add(.constant(TimePoint(year: Int64(value))?.bits ?? 0), id)
        }
        let printed: NumberTraits = [.point, .percent, .magnitude]
        guard core.hasIntervals, !core.model.modules[Int(module)].isLibrary, !node.traits.isDisjoint(with: printed),
            let source = core.model.sources.first(where: { $0.id == tree.source })
        else { return add(.constant(value), id) }
        return add(.interval(value, half: Self.halfStep(source.text(of: node.span))), id)
    }

    /// Half a unit of the last digit that is written.
    private static func halfStep(_ text: String) -> Double {
        var exponent = 0
        var seenPoint = false
        var written = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                if written.isEmpty {
                    if seenPoint { exponent -= 1 }
                } else {
                    written.unicodeScalars.append(Unicode.Scalar(byte))
                }
            case 0x2E: seenPoint = true
            case 0x65, 0x45: written = "e"
            case 0x2D: if written == "e" { written += "-" }
            case 0x6B: exponent += 3
            case 0x4D: exponent += 6
            case 0x42: exponent += 9
            case 0x25: exponent -= 2
            default: continue
            }
        }
        if written.utf8.count > 1 { exponent += Int(written.dropFirst()) ?? 0 }
        return Double("0.5e\(exponent)") ?? 0
    }

    private func text(_ id: NodeID, _ node: Node) -> ExpressionID {
        var parts: [ExpressionID] = []
        for part in tree.elements(node) {
            if tree[part].kind == .textPart {
                core.texts.append(tree.textPart(part))
                parts.append(add(.textConstant(Int32(truncatingIfNeeded: core.texts.count - 1)), part))
                continue
            }
            let form: TextForm
            switch core.model.types.shape(core.model.type(of: part, in: module)) {
            case .bool: form = .bool
            case .time: form = .time
            case .text: form = .text
            case .number, .variable, .unknown:
                core.units.append(core.displayUnits.unit(of: part, in: module))
                form = .number(unit: Int32(truncatingIfNeeded: core.units.count - 1))
            case .list, .record, .function:
                parts.append(wrong(.notForText(at: tree.location(part)), part))
                continue
            }
            parts.append(add(.shown(expression(part), form), part))
        }
        return add(.text(core.list(parts)), id)
    }

    /// A literal in units. Those behind a list are those of its items.
    private func quantity(_ id: NodeID, _ node: Node) -> ExpressionID {
        let quantity = tree.quantity(node)
        guard tree[quantity.literal].kind == .list else {
            return inUnits(of: node, expression(quantity.literal), at: id)
        }
        return items(of: node, id)
    }

    /// `[1, 2] kg`, and `[1, 2] USD/phone` with the chain around it: each item takes the units and the rest of the chain.
    private func items(of node: Node, chain: Node? = nil, _ id: NodeID) -> ExpressionID {
        let items = tree.elements(tree.quantity(node).literal).map { item in
            let own = inUnits(of: node, expression(item), at: item)
            return chain.map { self.chain(own, $0, at: item) } ?? own
        }
        return add(.list(core.list(items)), id)
    }

    /// An expression times the units behind a literal. What goes wrong does so at `id`.
    private func inUnits(of node: Node, _ first: ExpressionID, at id: NodeID) -> ExpressionID {
        var steps: [ChainStep] = []
        for unit in tree.quantity(node).units {
            var factor = name(unit)
            let exponent = tree.unitPower(unit).exponent
            if exponent != 1 { factor = add(.power(factor, add(.constant(Double(exponent)), unit)), unit) }
            steps.append(ChainStep(operation: .multiply, isUnit: true, operand: factor, place: place(id)))
        }
        return steps.isEmpty ? first : add(.chain(first, core.chain(steps)), id)
    }

    private func record(_ id: NodeID, _ node: Node) -> ExpressionID {
        guard case .record(let fields) = core.model.types.shape(core.model.type(of: id, in: module)) else {
            return add(.missing, id)
        }
        let given = Array(tree.elements(node))
        let order = fields.compactMap { field in given.firstIndex { tree.name($0) == field.name } }
        guard order.count == fields.count else { return add(.missing, id) }
        let values = list(given.map { tree.recordField($0).value })
        core.fieldOrders.append(order)
        return add(.record(values, order: Int32(truncatingIfNeeded: core.fieldOrders.count - 1)), id)
    }

    private func keyed(_ id: NodeID, _ node: Node) -> ExpressionID {
        guard let index = core.model.index(ofLiteral: id, in: module) else { return series(id, node) }
        var places: [Symbol: Int] = [:]
        for (place, member) in core.model.indexes[index].members.enumerated() { places[member] = place }
        var values = Array(repeating: ExpressionID.none, count: core.model.indexes[index].members.count)
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            guard tree[item.key].kind == .name, let place = places[tree.name(item.key)], values[place].isNone else {
                continue
            }
            values[place] = expression(item.value)
        }
        return add(.byMember(Int32(truncatingIfNeeded: index), core.list(values)), id)
    }

    private func series(_ id: NodeID, _ node: Node) -> ExpressionID {
        var literal = SeriesLiteral(points: [])
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            var first: ExpressionID
            var last: ExpressionID
            if tree[item.key].kind == .keyRange {
                let range = tree.keyRange(item.key)
                (first, last) = (expression(range.first), expression(range.last))
            } else {
                first = expression(item.key)
                last = first
            }
            literal.points.append(
                SeriesLiteral.Point(first: first, last: last, key: place(item.key), value: expression(item.value)))
        }
        core.series.append(literal)
        return add(.series(Int32(truncatingIfNeeded: core.series.count - 1)), id)
    }

    // MARK: Names

    func name(_ id: NodeID) -> ExpressionID {
        switch core.model.resolution(id, in: module) {
        case .unresolved: return add(.missing, id)
        case .local(let local): return add(.local(Local(place(local))), id)
        case .declaration(let declaration):
            switch core.model.declarations[Int(declaration.rawValue)].kind {
            case .now: return add(.now, id)
            case .function: return add(.function(declaration), id)
            case .builtin:
                guard let operation = core.model.declarations[Int(declaration.rawValue)].builtin?.unaryOperation else {
                    return wrong(.builtinAsValue(core.model.name(declaration), at: tree.location(id)), id)
                }
                return add(.unaryFunction(operation), id)
            case .unit, .assume, .let, .field, .clearing, .result, .gathered, .stockField, .cohorts, .stockResult,
                .projected:
                return add(.read(declaration), id)
            case .index, .source, .module, .market, .supply, .policy, .data, .fitting: return add(.missing, id)
            }
        }
    }

    private func member(_ id: NodeID, _ node: Node) -> ExpressionID {
        if case .declaration = core.model.resolution(id, in: module) { return name(id) }
        let member = tree.member(node)
        switch core.model.types.shape(core.model.type(of: member.base, in: module)) {
        case .time:
            let part: TimePart =
                switch core.model.symbols[member.name] {
                case "year": .year
                case "quarter": .quarter
                default: .month
                }
            return add(.timePart(expression(member.base), part), id)
        case .record(let fields):
            guard let position = fields.firstIndex(where: { $0.name == member.name }) else { return add(.missing, id) }
            return add(.field(expression(member.base), Int32(truncatingIfNeeded: position)), id)
        default: return add(.missing, id)
        }
    }

    private func block(_ id: NodeID, _ node: Node) -> ExpressionID {
        let written = tree.block(node)
        var own = Block(lets: [], value: .none)
        for raw in written.lets {
            let local = Local(place(raw))
            let value = expression(tree.localLet(raw).value)
            core.bind(local, to: value)
            own.lets.append((local, value))
        }
        own.value = expression(written.value)
        core.blocks.append(own)
        return add(.block(Int32(truncatingIfNeeded: core.blocks.count - 1)), id)
    }

    // MARK: Chains and comparisons

    private func sum(_ id: NodeID, _ node: Node) -> ExpressionID {
        let chain = tree.chain(node)
        let isTime = chain.operands.first.map { core.model.types.isTime(core.model.type(of: $0, in: module)) } ?? false
        guard isTime else { return self.chain(expression(chain.operands[0]), node, at: id) }
        // Points in time: a duration goes on from one, two of them are a duration.
        var steps: [ChainStep] = []
        var isPoint = true
        for position in 1..<chain.operands.count {
            let raw = chain.operands[position]
            let isMinus = chain.sign(before: position) == .subtract
            let operation: ChainStep.Operation
            if isPoint, core.model.types.isTime(core.model.type(of: raw, in: module)) {
                operation = .timeDifference
                isPoint = false
            } else if isPoint {
                operation = isMinus ? .timeMinus : .timePlus
            } else {
                operation = isMinus ? .subtract : .add
            }
            steps.append(ChainStep(operation: operation, isUnit: false, operand: expression(raw), place: place(raw)))
        }
        return add(.chain(expression(chain.operands[0]), core.chain(steps)), id)
    }

    private func product(_ id: NodeID, _ node: Node) -> ExpressionID {
        let first = tree.chain(node).operands[0]
        if core.model.types.isList(core.model.type(of: first, in: module)) {
            let quantity = tree[first]
            guard quantity.kind == .quantity, tree[tree.quantity(quantity).literal].kind == .list else {
                return add(.missing, id)
            }
            return items(of: quantity, chain: node, id)
        }
        return chain(expression(first), node, at: id)
    }

    /// A chain from its second operand on, behind an expression. What goes wrong does so at the operand that was reached.
    private func chain(_ first: ExpressionID, _ node: Node, at id: NodeID) -> ExpressionID {
        let chain = tree.chain(node)
        let open = core.openSteps.count
        for position in 1..<chain.operands.count {
            let operation: ChainStep.Operation =
                switch chain.sign(before: position) {
                case .add: .add
                case .subtract: .subtract
                case .multiply: .multiply
                case .divide: .divide
                }
            let raw = chain.operands[position]
            let operand = expression(raw)
            core.openSteps.append(
                ChainStep(operation: operation, isUnit: false, operand: operand, place: place(raw)))
        }
        return add(.chain(first, core.chain(openSince: open)), id)
    }

    private func memberTest(_ id: NodeID, _ node: Node) -> ExpressionID? {
        guard let test = core.model.memberTest(node, in: module) else { return nil }
        core.memberTests.append(test)
        return add(.memberTest(Int32(truncatingIfNeeded: core.memberTests.count - 1)), id)
    }

    private func comparison(_ id: NodeID, _ node: Node) -> ExpressionID {
        if let test = memberTest(id, node) { return test }
        let comparison = tree.comparison(node)
        let left = expression(comparison.left)
        let right = expression(comparison.right)
        let compared: Compared
        switch core.model.types.shape(core.model.type(of: comparison.left, in: module)) {
        case .time: compared = .time
        case .list: compared = .list
        case .text: compared = .text
        case .number: compared = .number
        default: compared = .value
        }
        guard compared == .number || compared == .value else {
            return add(.comparison(comparison.sign, compared, left, right), id)
        }
        var form: WithinForm = comparison.sign == .notEqual ? .negated : []
        if !comparison.tolerance.isNone {
            if case .number(let dimension) = core.model.types.shape(
                core.model.type(of: comparison.tolerance, in: module)),
                core.model.describe(dimension) == "a pure number"
            {
                form.insert(.share)
            }
            let tolerance = expression(comparison.tolerance)
            return add(.within(left, right, tolerance: tolerance, form), id)
        }
        if comparison.sign == .equal, compared == .number, core.tolerant.contains(place(id)) {
            form.insert(.share)
            return add(.within(left, right, tolerance: .none, form), id)
        }
        return add(.comparison(comparison.sign, compared, left, right), id)
    }

    // MARK: Ranges

    /// `a to b`: of two percentages it keeps between nothing and the whole.
    private func range(_ id: NodeID, _ node: Node) -> ExpressionID {
        let range = tree.range(node)
        func isPercent(_ id: NodeID) -> Bool {
            let end = tree[id]
            return end.kind == .number && end.traits.contains(.percent) && tree.number(end) <= 1
        }
        let isShare = isPercent(range.low) && isPercent(range.high)
        let ends = core.list([lowEnd(range), expression(range.high)])
        return add(.draw(isShare ? .logitRange : .lognormalRange, ends), id)
    }

    /// A bare literal on the left takes the unit that is written after the right one.
    private func lowEnd(_ range: RangeNode) -> ExpressionID {
        var low = tree[range.low]
        var high = tree[range.high]
        if low.kind == .negate { low = tree[tree.operand(low)] }
        if high.kind == .negate { high = tree[tree.operand(high)] }
        let own = expression(range.low)
        guard low.kind == .number, high.kind == .quantity else { return own }
        return inUnits(of: high, own, at: range.low)
    }

    // MARK: Over indexes and time

    private func index(_ id: NodeID, _ node: Node) -> ExpressionID {
        let index = tree.index(node)
        if core.model.types.isList(core.model.type(of: index.base, in: module)), let first = index.picks.first {
            let base = expression(index.base)
            // What is wrong with it is wrong with the place that is asked for.
            return add(.listOperation(.item, base, expression(first)), id)
        }
        var pick = Pick(
            base: expression(index.base), basePlace: place(index.base), places: index.picks.map { place($0) })
        for raw in index.picks {
            if let item = memberItem(raw) {
                pick.items.append(item)
                continue
            }
            guard case .none = pick.time else {
                if pick.secondTime == .none { pick.secondTime = place(raw) }
                continue
            }
            if tree[raw].kind == .keyRange {
                let range = tree.keyRange(raw)
                pick.time = .range(first: expression(range.first), last: expression(range.last), place(raw))
            } else {
                pick.time = .at(expression(raw), place(raw))
            }
        }
        core.picks.append(pick)
        return add(.pick(Int32(truncatingIfNeeded: core.picks.count - 1)), id)
    }

    /// What an item of `x[...]` picks; nil for a time.
    private func memberItem(_ id: NodeID) -> Pick.Item? {
        let item = tree[id]
        if item.kind == .pick {
            let pick = tree.pick(item)
            let named = core.model.memberName(pick.member, in: tree).map { core.model.members(named: $0) } ?? []
            let index = core.model.index(named: pick.index)
            let meanings = named.filter { $0.index == index }.map { MemberPick(index: $0.index, member: $0.member) }
            return Pick.Item(place: place(id), member: place(pick.member), meanings: meanings)
        }
        guard case .unresolved = core.model.resolution(id, in: module), let name = core.model.memberName(item, in: tree)
        else {
            return nil
        }
        let meanings = core.model.members(named: name).map { MemberPick(index: $0.index, member: $0.member) }
        return meanings.isEmpty ? nil : Pick.Item(place: place(id), member: place(id), meanings: meanings)
    }

    private func growing(_ id: NodeID, _ node: Node) -> ExpressionID {
        let growing = tree.growing(node)
        let value = expression(growing.value)
        var rate = growing.rate
        var every = ExpressionID.none
        if tree[rate].kind == .every {
            let compounded = tree.every(rate)
            rate = compounded.rate
            every = step(compounded.step)
        }
        let rateValue = expression(rate)
        return add(.growing(value, rate: rateValue, every: every, from: expression(growing.from)), id)
    }

    /// A span of time in years; `quarter` and `month` are words there, as in `horizon ... by quarter`.
    func step(_ id: NodeID) -> ExpressionID {
        guard tree[id].kind == .name, case .unresolved = core.model.resolution(id, in: module) else {
            return expression(id)
        }
        return add(.constant(core.model.symbols[tree.name(id)] == "month" ? 1.0 / 12 : 0.25), id)
    }
}
