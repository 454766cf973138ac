import ReuseModel
import ReuseSyntax

/// Lists, records, texts, values over indexes, series, and what is picked from them.
extension Lowering {
    mutating func lowerList(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let list = try newScalar(id)
        emit(Instruction(.listBegin, list, wide: tree.elements(node).count), for: id)
        for raw in tree.elements(node) {
            let inner = mark()
            let item = try toScalar(try lower(raw), raw)
            emit(Instruction(.listPush, list, item), for: raw)
            release(inner)
        }
        return try settle(.scalar(list), base, target, id)
    }

    /// `[1, 2] kg`, and `[1, 2] USD/phone` with the chain around it: each item takes the units and the rest of the chain.
    mutating func lowerListQuantity(_ id: NodeID, in chain: Node?, _ target: Int?) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let node = tree.quantity(id)
        let base = mark()
        let list = try newScalar(id)
        let inner = tree[node.literal]
        emit(Instruction(.listBegin, list, wide: tree.elements(inner).count), for: id)
        for raw in tree.elements(inner) {
            let own = mark()
            var item = try lower(raw)
            protect(item)
            for power in Array(node.units) {
                var factor = try lower(power)
                let exponent = tree.unitPower(power).exponent
                if exponent != 1 { factor = try binary(.power, factor, .constant(Double(exponent)), power, nil) }
                if case .constant(1) = factor { continue }
                item = try binary(.multiply, item, factor, raw, nil)
            }
            if let chain {
                for position in 1..<tree.chain(chain).operands.count {
                    protect(item)
                    let operand = tree.chain(chain).operands[position]
                    let divides = tree.chain(chain).sign(before: position) == .divide
                    item = try binary(divides ? .divide : .multiply, item, try lower(operand), operand, nil)
                }
            }
            protect(item)
            emit(Instruction(.listPush, list, try toScalar(item, raw)), for: raw)
            release(own)
        }
        return try settle(.scalar(list), base, target, id)
    }

    mutating func lowerRecord(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        // Fields stand in the order of the type.
        guard case .record(let fields) = type(id) else { throw .reported }
        let given = Array(tree.elements(node))
        let base = mark()
        let record = try newScalar(id)
        emit(Instruction(.listBegin, record, wide: fields.count), for: id)
        // Computed as written, placed by type.
        let first = unit.scalarTop
        for position in given.indices {
            unit.scalarTop = first + position
            let register = try newScalar(id)
            let value = tree.recordField(given[position]).value
            _ = try toScalar(try lower(value, target: register), value, target: register)
        }
        for field in fields {
            guard let position = given.firstIndex(where: { tree.name($0) == field.name }) else {
                throw .reported
            }
            emit(Instruction(.listPush, record, first + position), for: id)
        }
        return try settle(.scalar(record), base, target, id)
    }

    mutating func lowerMember(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if case .time = type(tree.member(node).base) {
            let op: Opcode
            switch model.symbols[tree.member(node).name] {
            case "year": op = .timeYear
            case "quarter": op = .timeQuarter
            default: op = .timeMonth
            }
            let base = mark()
            let operand = try lower(tree.member(node).base)
            if case .lane = operand { throw .notForLanes }
            let register = try toScalar(operand, tree.member(node).base)
            release(base)
            return try emitScalar(op, register, 0, id, target)
        }
        if unit.isLane { throw .notForLanes }
        guard case .record(let fields) = type(tree.member(node).base),
            let position = fields.firstIndex(where: { $0.name == tree.member(node).name })
        else { throw .reported }
        let base = mark()
        let record = try toScalar(try lower(tree.member(node).base), tree.member(node).base)
        release(base)
        return try emitScalar(.recordField, record, position, id, target)
    }

    // MARK: Texts

    mutating func lowerText(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let base = mark()
        let result = try newScalar(id)
        // Of two neighbours of one size a text is made at once: all pieces onto the first would be written out again and again.
        var pieces: [(register: Int, size: Int)] = []
        func joinLast(_ lowering: inout Lowering) {
            let last = pieces.removeLast()
            let place = pieces.count - 1
            lowering.emit(
                Instruction(.textJoin, pieces[place].register, pieces[place].register, last.register), for: id)
            pieces[place].size += last.size
            lowering.unit.scalarTop = last.register
        }
        for raw in tree.elements(node) {
            let part = tree[raw]
            let piece = pieces.isEmpty ? result : try newScalar(id)
            let inner = mark()
            if part.kind == .textPart {
                emit(Instruction(.textConstant, piece, wide: textNumber(tree.textPart(part))), for: raw)
            } else {
                let value = try toScalar(try lower(raw), raw)
                switch type(raw) {
                case .bool: emit(Instruction(.textOfBool, piece, value), for: raw)
                case .time: emit(Instruction(.textOfTime, piece, value), for: raw)
                case .text: emit(Instruction(.textOfText, piece, value), for: raw)
                case .number, .variable, .unknown:
                    emit(Instruction(.textOfNumber, piece, value, try formatNumber(raw)), for: raw)
                case .list, .record, .function:
                    throw report(.notForText(at: location(raw)))
                }
            }
            release(inner)
            pieces.append((piece, 1))
            while let last = pieces.last, pieces.dropLast().last?.size == last.size { joinLast(&self) }
        }
        while pieces.count > 1 { joinLast(&self) }
        if pieces.isEmpty { emit(Instruction(.textConstant, result, wide: textNumber("")), for: id) }
        return try settle(.scalar(result), base, target, id)
    }

    private mutating func textNumber(_ text: String) -> Int {
        program.texts.append(text)
        return program.texts.count - 1
    }

    /// The number of the unit in which an expression is written into a text: one for each unit that there is.
    private mutating func formatNumber(_ id: NodeID) throws(LoweringFailure) -> Int {
        let unit = units.unit(of: id, in: module)
        let format = NumberUnit(scale: program.scale(of: unit) ?? 1, text: units.text(unit))
        if let known = formatNumbers[format] { return known }
        let number = program.formats.count
        // An instruction has 16 bits for it.
        guard number <= Int(UInt16.max) else { throw report(.tooLarge(at: location(id))) }
        program.formats.append(format)
        formatNumbers[format] = number
        return number
    }

    // MARK: Values over indexes and time

    mutating func lowerKeyed(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        if let index = model.index(ofLiteral: id, in: module) {
            let member = max(unit.point[index], 0)
            let wanted = model.indexes[index].members[member]
            guard let value = values(ofLiteral: id, node)[wanted] else { throw .reported }
            return try lower(value, target: target)
        }
        // A series inside an expression: a definition of its own.
        let expression = Expression(module: module, node: id, scope: scope)
        guard let whole = try lifted(expression) else { throw report(.needsWholeValue(at: location(id))) }
        return try load(try define(whole), id, target)
    }

    private mutating func values(ofLiteral id: NodeID, _ node: Node) -> [Symbol: NodeID] {
        if let known = valuesOfLiterals[global(id)] { return known }
        var values: [Symbol: NodeID] = [:]
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            if tree[item.key].kind == .name, values[tree.name(item.key)] == nil {
                values[tree.name(item.key)] = item.value
            }
        }
        valuesOfLiterals[global(id)] = values
        return values
    }

    // MARK: Picking

    mutating func lowerIndex(_ id: NodeID, _ node: Node, _ target: Int?) throws(LoweringFailure) -> Operand {
        let index = tree.index(node)
        let items = Array(index.picks)
        if case .list = type(index.base) {
            if unit.isLane { throw .notForLanes }
            let base = mark()
            let list = try lower(index.base)
            protect(list)
            let (a, b) = try inRegisters(list, try lower(items[0]), id)
            release(base)
            // The error points at the place that was asked for.
            return try emitScalar(.listItem, a, b, items[0], target)
        }
        // Members first: they fix a point.
        let outerPoint = unit.point
        defer { unit.point = outerPoint }
        let members = memberItems(node, tree, module)
        if !members.isEmpty {
            let axes = try self.axes(of: Expression(module: module, node: index.base, scope: scope))
            for pick in try picked(members, of: index.base, node, axes) { unit.point[pick.index] = pick.member }
        }
        let times = items.filter { !members.contains($0) }
        guard let time = times.first else { return try lower(index.base, target: target) }
        if times.count > 1 { throw report(.twoTimes(at: location(times[1]))) }
        if tree[time].kind == .keyRange { throw report(.rangeOutsideReduction(at: location(time))) }
        return try read(index.base, at: time, id, target)
    }

    /// `x[t]`.
    mutating func read(_ base: NodeID, at time: NodeID, _ id: NodeID, _ target: Int?) throws(LoweringFailure) -> Operand
    {
        let axes = try self.axes(of: Expression(module: module, node: base, scope: scope))
        guard axes.contains(.time) else { return try lower(base, target: target) }
        if let constant = try constantTime(time) { return try read(base, at: constant, time, id, target) }
        // Of times read at times within each other, each would be made twice at every level around it.
        if unit.seeksConstant { return .scalar(try newScalar(id)) }
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(time))) }
        let source = try wholeDefinition(base, for: id)
        let definition = program.definitions[source]
        guard definition.varies else { return try load(source, id, target) }
        // The time is known only while running.
        if unit.isLane { throw .notForLanes }
        let register: Int
        if let target { register = target } else { register = try newScalar(id) }
        _ = try toScalar(try lower(time, target: register), time, target: register)
        let reading = try reading(of: Expression(module: module, node: base, scope: scope))
        program.timeReads.append(
            TimeRead(definition: source, combination: combination(at: definition.axes), reading: reading))
        emit(Instruction(.readTime, register, wide: program.timeReads.count - 1), for: time)
        return .scalar(register)
    }

    /// A value over time in a period that is known: of a longer one than the step the mean of a flow, and the last step of a
    /// level. Whatever reads a period asks here.
    private mutating func read(
        _ base: NodeID, at constant: TimePoint, _ time: NodeID, _ id: NodeID, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if let operand = try readSeries(base, at: constant, time, id) { return operand }
        if let operand = try readProjection(base, at: constant, id) { return operand }
        guard program.calendar.hasHorizon else { throw report(.noHorizon("reading at a time", at: location(time))) }
        let source = try wholeDefinition(base, for: id)
        let definition = program.definitions[source]
        guard definition.varies else { return try load(source, id, target) }
        guard let range = program.calendar.range(of: constant) else {
            throw report(
                .outsideHorizon(
                    at: location(time), "\(constant.text) lies outside the horizon, which is \(program.calendar.text)"))
        }
        if range.count == 1 {
            let address =
                definition.address + combination(at: definition.axes) * program.calendar.count + range.lowerBound
            return try load(address: address, isSampled: definition.isSampled, varies: false, id, target)
        }
        let last = program.calendar.steps[range.upperBound].text
        switch try reading(of: Expression(module: module, node: base, scope: scope)) {
        case .mean: return try reduceOverTime(.mean, definition: source, range, id)
        case .last: return try reduceOverTime(.last, definition: source, range, id)
        case .first:
            return try reduceOverTime(.last, definition: source, range.lowerBound...range.lowerBound, id)
        case .unclear: throw report(.meanOrLevel(at: location(id), constant.text, last: last))
        case .noNumber: throw report(.severalSteps(at: location(id), constant.text, last: last))
        }
    }

    /// A definition of an expression read at a time, for `show x in t`.
    mutating func defineAt(_ expression: Expression, time: NodeID) throws(LoweringFailure) -> Int {
        try defineAt(expression) { lowering throws(LoweringFailure) in
            try lowering.read(expression.node, at: time, expression.node, nil)
        }
    }

    /// The same for a period that stands nowhere in the script.
    mutating func defineAt(_ expression: Expression, period: TimePoint) throws(LoweringFailure) -> Int {
        try defineAt(expression) { lowering throws(LoweringFailure) in
            let node = expression.node
            return try lowering.read(node, at: period, node, node, nil)
        }
    }

    private mutating func defineAt(
        _ expression: Expression, _ read: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> Int {
        let axes = try self.axes(of: expression)
        guard axes.contains(.time) else { return try define(expression) }
        let number = reserve(
            axes: axes.subtracting(.time),
            origin: model.modules[Int(expression.module)].nodeBase + expression.node.rawValue)
        reads = []
        enter(expression.module)
        scope = expression.scope
        try fill(number, expression) { lowering throws(LoweringFailure) in try read(&lowering) }
        program.definitions[number].reads = reads
        finish(number)
        return number
    }

    // MARK: Mean or level

    /// How a value is read over a period longer than the step. What a function is given is read as what was written there.
    private func reading(of expression: Expression) throws(LoweringFailure) -> PeriodReading {
        var written = expression
        var depth = 0
        while let next = bound(written), depth < Limits.expansionsDeep { (written, depth) = (next, depth + 1) }
        let reading = try numberReading(of: written, depth: 0)
        switch model.types.shape(model.type(of: written.node, in: written.module)) {
        // What a function leaves open counts as a number.
        case .number, .variable, .unknown: return reading
        // Of conditions, texts, times and lists there is no mean.
        case .bool, .text, .time, .list, .record, .function:
            return reading == .mean || reading == .unclear ? .noNumber : reading
        }
    }

    /// What a name of a function or a block stands for, and what stands in brackets.
    private func bound(_ expression: Expression) -> Expression? {
        let tree = model.modules[Int(expression.module)].tree
        let node = tree[expression.node]
        if node.kind == .paren {
            return Expression(module: expression.module, node: tree.operand(node), scope: expression.scope)
        }
        guard node.kind == .name, case .local(let local) = model.resolution(expression.node, in: expression.module)
        else { return nil }
        switch expression.scope?.find(model.modules[Int(expression.module)].nodeBase + local.rawValue) {
        case .expression(let written): return written
        case .definition(let number): return argumentExpressions[number]
        case .operand: return nil
        case nil:
            guard tree[local].kind == .localLet else { return nil }
            return Expression(module: expression.module, node: tree.localLet(local).value, scope: expression.scope)
        }
    }

    private func numberReading(of expression: Expression, depth: Int) throws(LoweringFailure) -> PeriodReading {
        guard expansions.hasRoom(at: depth, of: Limits.expansionsDeep, location(of: expression)) else {
            throw .reported
        }
        if let written = bound(expression) { return try numberReading(of: written, depth: depth + 1) }
        let tree = model.modules[Int(expression.module)].tree
        switch tree[expression.node].kind {
        // A member or a place of a list is read as the whole is, and so is what a scenario makes of it.
        case .shownAs, .under, .index:
            let whole = Expression(
                module: expression.module, node: tree.operand(expression.node), scope: expression.scope)
            return try numberReading(of: whole, depth: depth + 1)
        case .name, .member:
            guard case .declaration(let target) = model.resolution(expression.node, in: expression.module) else {
                return .mean
            }
            let number = program.ofDeclaration[Int(target.rawValue)]
            if number >= 0, case .opening = program.definitions[number].kind { return .first }
            if number >= 0, program.definitions[number].isLevel { return .last }
            guard model[target].kind == .let else { return .mean }
            return mixes(model[target].value, in: model[target].valueModule, nil, depth: 0) ? .unclear : .mean
        default: break
        }
        if isCumulative(expression.node, in: expression.module) { return .last }
        return mixes(expression.node, in: expression.module, expression.scope, depth: 0) ? .unclear : .mean
    }

    /// Whether an expression mixes in a level, or divides by what varies over time.
    private func mixes(_ id: NodeID, in module: Int32, _ scope: BindingScope?, depth: Int) -> Bool {
        let tree = model.modules[Int(module)].tree
        // Parents first: of `in_use.retired` the whole counts, not its beginning.
        var skipped: Set<NodeID> = []
        for index in tree.subtree(of: id).reversed() where !skipped.contains(index) {
            let node = tree[index]
            switch node.kind {
            case .name, .member:
                if node.kind == .member { skipped.insert(tree.member(node).base) }
                switch model.resolution(index, in: module) {
                case .declaration(let target):
                    let number = program.ofDeclaration[Int(target.rawValue)]
                    if number >= 0, program.definitions[number].isLevel { return true }
                    if depth < 20, model[target].kind == .let,
                        axesOfDeclaration[Int(target.rawValue)].contains(.time),
                        mixes(model[target].value, in: model[target].valueModule, nil, depth: depth + 1)
                    {
                        return true
                    }
                case .local:
                    if depth < 20, let written = bound(Expression(module: module, node: index, scope: scope)),
                        mixes(written.node, in: written.module, written.scope, depth: depth + 1)
                    {
                        return true
                    }
                case .unresolved: continue
                }
            case .product:
                let chain = tree.chain(node)
                for position in 1..<chain.operands.count where chain.sign(before: position) == .divide {
                    let divisor = chain.operands[position]
                    let expression = Expression(module: module, node: divisor, scope: scope)
                    if let axes = try? axes(of: expression), axes.contains(.time) { return true }
                }
            case .call: if isCumulative(index, in: module) { return true }
            default: continue
            }
        }
        return false
    }

    /// A level: `cumulative(...)`, or a value that reads its own `previous`.
    func isLevel(_ id: NodeID, of declaration: DeclarationID) -> Bool {
        var node = id
        while tree[node].kind == .paren || tree[node].kind == .shownAs { node = tree.operand(node) }
        if isCumulative(node, in: module) { return true }
        return !declaration.isNone && model.readsItself(declaration)
    }

    private func isCumulative(_ id: NodeID, in module: Int32) -> Bool {
        let tree = model.modules[Int(module)].tree
        guard tree[id].kind == .call, case .declaration(let target) = model.resolution(tree.call(id).callee, in: module)
        else {
            return false
        }
        return model[target].builtin == .cumulative
    }

    // MARK: Growth

    mutating func lowerGrowing(_ id: NodeID, _ node: Node) throws(LoweringFailure) -> Operand {
        let growingNode = tree.growing(node)
        guard program.calendar.hasHorizon else { throw report(.noHorizon("`growing`", at: location(id))) }
        let base = try wholeDefinition(growingNode.value, for: id)
        var rateNode = growingNode.rate
        var every = 1.0
        if tree[rateNode].kind == .every {
            let compounded = tree.every(rateNode)
            rateNode = compounded.rate
            guard let years = try stepOfGrowth(compounded.step), years > 0, years.isFinite else {
                throw report(.stepNotConstant(at: location(compounded.step)))
            }
            every = years
        }
        let rate = try wholeDefinition(rateNode, for: id)
        let from = try wholeDefinition(growingNode.from, for: id)
        let axes = program.definitions[base].axes.union(program.definitions[rate].axes).union(.time)
            .union(program.definitions[from].axes.subtracting(.time))
        let number = try defineNative(
            .growing(base: base, rate: rate, from: from, every: every), axes: axes, reads: [base, rate, from], for: id)
        return try load(number, id)
    }

    /// In years; `quarter` is a word there, as in `horizon ... by quarter`.
    private mutating func stepOfGrowth(_ id: NodeID) throws(LoweringFailure) -> Double? {
        if tree[id].kind == .name, case .unresolved = model.resolution(id, in: module) {
            return 0.25
        }
        return try constantNumber(id)
    }

    // MARK: Intervals

    /// A printed literal as an interval, where `consistent` asks for it.
    mutating func intervalOperand(_ id: NodeID) throws(LoweringFailure) -> Operand? {
        guard isInterval(tree[id], module) else { return nil }
        let node = global(id)
        let bit = intervals?.nodes.firstIndex(of: node) ?? intervals?.nodes.count ?? 0
        if let known = intervals?.nodes.contains(node), !known { intervals?.nodes.append(node) }
        let literal = tree[id]
        guard let source = model.sources.first(where: { $0.id == tree.source }) else { return nil }
        let value = tree.number(literal)
        let half = halfStep(source.text(of: literal.span))
        program.draws.append(
            DrawSource(
                variables: [], interval: IntervalDraw(low: value - half, middle: value, high: value + half, bit: bit)))
        if unit.isLane {
            let register = try newLane(id)
            emit(Instruction(.laneDraw, register, wide: program.draws.count - 1), for: id)
            return .lane(register)
        }
        let register = try newScalar(id)
        emit(Instruction(.draw, register, wide: program.draws.count - 1), for: id)
        return .scalar(register)
    }

    /// Literals with a point, `%` or magnitude letter stand for an interval, but in functions and in the library.
    func isInterval(_ node: Node, _ module: Int32) -> Bool {
        guard intervals != nil, node.kind == .number, !model.modules[Int(module)].isLibrary, unit.expansions == 0,
            currentFunction == nil
        else { return false }
        let printed: NumberTraits = [.point, .percent, .magnitude]
        return !node.traits.isDisjoint(with: printed)
    }

    /// Half a unit of the last digit that is written.
    private func halfStep(_ text: String) -> Double {
        var digits = ""
        var exponent = 0
        var seenPoint = false
        var written = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39:
                if written.isEmpty {
                    digits.append("0")
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
}

/// Literals that stand for the interval that their digits imply.
struct IntervalLiterals {
    var nodes: [Int32] = []
}

extension Calendar {
    /// `2024 to 2030`.
    var text: String {
        guard let first = steps.first, let last = steps.last else { return "not there" }
        return "\(first.text) to \(last.text)"
    }
}
