import ReuseModel
import ReuseSyntax

/// Series: which expressions are one, what their points are, and what is made of them.
extension Lowering {
    /// A definition that is a series as written, or what a function makes of one; false for other expressions.
    mutating func fillSeries(_ number: Int, _ expression: Expression) throws(LoweringFailure) -> Bool {
        let id = expression.node
        guard seriesNode(id) != nil || seriesCall(id) != nil || namesColumn(id) else { return false }
        guard let series = try series(of: id) else { return false }
        reads += series.reads
        program.definitions[number].kind = .series(add(series))
        return true
    }

    private mutating func add(_ series: Series) -> Int {
        program.series.append(series)
        return program.series.count - 1
    }

    /// `interpolate`, `extend_series` or `rebase` inside an expression: a definition of its own.
    mutating func lowerSeries(_ id: NodeID, _ target: Int?) throws(LoweringFailure) -> Operand {
        let expression = Expression(module: module, node: id, scope: scope)
        guard let whole = try lifted(expression) else { throw report(.needsWholeValue(at: location(id))) }
        return try load(try define(whole), id, target)
    }

    /// The series that an expression is: a literal with times as keys, what a function makes of a series, a name of one,
    /// a member of one, or one times what is the same at all times. Nil for other expressions.
    mutating func series(of id: NodeID) throws(LoweringFailure) -> Series? {
        let node = tree[id]
        switch node.kind {
        case .paren, .shownAs: return try series(of: tree.operand(node))
        case .name, .member: return try seriesOfName(id)
        case .keyed, .quantity:
            guard seriesNode(id) != nil else { return nil }
            return Series(lists: [try seriesPoints(id)])
        case .product:
            if seriesNode(id) != nil { return Series(lists: [try seriesPoints(id)]) }
            return try seriesOfProduct(id, node)
        case .index: return try seriesOfMember(node)
        case .call:
            if let column = model.columns[global(id)] { return column.isOverTime ? series(of: column) : nil }
            guard let builtin = seriesCall(id) else { return nil }
            return try seriesOfCall(builtin, id, node)
        default: return nil
        }
    }

    private mutating func seriesOfName(_ id: NodeID) throws(LoweringFailure) -> Series? {
        switch model.resolution(id, in: module) {
        case .declaration(let target):
            let number = program.ofDeclaration[Int(target.rawValue)]
            guard number >= 0 else { return nil }
            if case .series(let own) = program.definitions[number].kind { return program.series[own] }
            return try seriesBehind(target, number)
        case .local(let local):
            switch scope?.find(global(local)) {
            case .definition(let number):
                if case .series(let own) = program.definitions[number].kind { return program.series[own] }
                guard let expression = argumentExpressions[number] else { return nil }
                return try inside(expression) { lowering throws(LoweringFailure) in
                    try lowering.series(of: expression.node)
                }
            case .expression(let expression):
                return try inside(expression) { lowering throws(LoweringFailure) in
                    try lowering.series(of: expression.node)
                }
            default: return nil
            }
        case .unresolved: return nil
        }
    }

    /// `let exports = sold * 60%`, whose value is computed by code, is a series all the same.
    private mutating func seriesBehind(_ target: DeclarationID, _ number: Int) throws(LoweringFailure) -> Series? {
        let declaration = model[target]
        guard declaration.kind == .let || declaration.kind == .assume, !declaration.value.isNone,
            program.definitions[number].varies, case .code = program.definitions[number].kind,
            !model.isPatched.contains(target), seriesNesting < 50
        else { return nil }
        let expression = Expression(module: declaration.valueModule, node: declaration.value, scope: nil)
        // A draw is named by where it stands.
        if draws(expression) { return nil }
        seriesNesting += 1
        defer { seriesNesting -= 1 }
        return try inside(expression) { lowering throws(LoweringFailure) in
            try lowering.series(of: expression.node)
        }
    }

    private func draws(_ expression: Expression) -> Bool {
        let tree = model.modules[Int(expression.module)].tree
        return tree.subtree(of: expression.node).contains { index in
            let node = tree[index]
            if node.kind == .range { return true }
            guard node.kind == .call,
                case .declaration(let target) = model.resolution(tree.call(node).callee, in: expression.module)
            else { return false }
            return model[target].builtin?.isDistribution ?? false
        }
    }

    // MARK: Products and members

    private mutating func seriesOfProduct(_ id: NodeID, _ node: Node) throws(LoweringFailure) -> Series? {
        let chain = tree.chain(node)
        var found: Int?
        for position in 0..<chain.operands.count {
            let operand = chain.operands[position]
            guard try axes(of: Expression(module: module, node: operand, scope: scope)).contains(.time) else {
                continue
            }
            let divides = position > 0 && chain.sign(before: position) == .divide
            guard found == nil, !divides else { return nil }
            found = position
        }
        guard let found, let base = try series(of: chain.operands[found]) else { return nil }
        var factorAxes: Axes = []
        for position in 0..<chain.operands.count where position != found {
            factorAxes.formUnion(
                try axes(
                    of: Expression(module: module, node: chain.operands[position], scope: scope)))
        }
        let factor = try defineBeside(id, axes: factorAxes) { lowering throws(LoweringFailure) in
            var operand = Operand.constant(1)
            var isFirst = true
            for position in 0..<chain.operands.count where position != found {
                let raw = chain.operands[position]
                let divides = position > 0 && chain.sign(before: position) == .divide
                lowering.protect(operand)
                let next = try lowering.lower(raw)
                operand =
                    isFirst && !divides
                    ? next : try lowering.binary(divides ? .divide : .multiply, operand, next, raw, nil)
                isFirst = false
            }
            return operand
        }
        return try times(base, factor, id)
    }

    /// A definition that belongs to an expression without being its value.
    private mutating func defineBeside(
        _ id: NodeID, axes: Axes, _ body: (inout Lowering) throws(LoweringFailure) -> Operand
    ) throws(LoweringFailure) -> Int {
        let number = reserve(axes: axes, origin: global(id))
        let expression = Expression(module: module, node: id, scope: scope)
        try complete(number, isDelayed: false) { lowering throws(LoweringFailure) in
            try lowering.fill(number, expression, body)
        }
        return number
    }

    /// A series with each value times a definition that is the same at all times.
    private mutating func times(_ series: Series, _ factor: Int, _ id: NodeID) throws(LoweringFailure) -> Series {
        var products: [Int: Int] = [:]
        return try mapped(series) { lowering, value throws(LoweringFailure) in
            if case .constant(let own) = value {
                if let constant = lowering.program.definitions[factor].constant { return .constant(own * constant) }
                return .scaled(own, by: factor)
            }
            guard let read = value.read else { return value }
            let product: Int
            if let known = products[read] {
                product = known
            } else {
                let axes = lowering.program.definitions[read].axes.union(lowering.program.definitions[factor].axes)
                product = try lowering.defineBeside(id, axes: axes) { lowering throws(LoweringFailure) in
                    let a = try lowering.load(read, id)
                    lowering.protect(a)
                    return try lowering.binary(.multiply, a, try lowering.load(factor, id), id, nil)
                }
                products[read] = product
            }
            if case .scaled(let own, _) = value { return .scaled(own, by: product) }
            return .definition(product)
        }
    }

    private mutating func mapped(
        _ series: Series, _ change: (inout Lowering, SeriesValue) throws(LoweringFailure) -> SeriesValue
    ) throws(LoweringFailure) -> Series {
        var result = series
        for list in series.lists.indices {
            for place in series.lists[list].indices {
                result.lists[list][place].value = try change(&self, series.lists[list][place].value)
            }
        }
        return result
    }

    /// `s[Europe]`.
    private mutating func seriesOfMember(_ node: Node) throws(LoweringFailure) -> Series? {
        let indexNode = tree.index(node)
        let base = Expression(module: module, node: indexNode.base, scope: scope)
        let axes = try self.axes(of: base)
        var point = Array(repeating: -1, count: model.indexes.count)
        var picked: Axes = []
        let items = Array(indexNode.picks)
        guard items.allSatisfy({ picksMember($0, tree, module) }),
            case .picked(let members) = picking(items, tree, among: axes)
        else { return nil }
        for member in members {
            point[member.index] = member.member
            picked.insert(.index(member.index))
        }
        guard let whole = try series(of: indexNode.base) else { return nil }
        var result = whole
        let left = whole.indexes.subtracting(picked)
        let all = whole.indexes
        result.indexes = left
        let places = combinations(of: left).map { combination in
            // The place among all lists: picked members where there are some, the others as in the combination.
            var rest = combination
            var members = point
            for index in left.indexNumbers.reversed() {
                members[index] = rest % program.indexSizes[index]
                rest /= program.indexSizes[index]
            }
            return all.indexNumbers.reduce(0) { $0 * program.indexSizes[$1] + max(members[$1], 0) }
        }
        result.lists = places.map { whole.lists[$0] }
        result.ends = places.map { whole.ends(ofList: $0) }
        var slices: [Int: Int] = [:]
        return try mapped(result) { lowering, value throws(LoweringFailure) in
            guard let read = value.read, !lowering.program.definitions[read].axes.isDisjoint(with: picked) else {
                return value
            }
            let slice: Int
            if let known = slices[read] {
                slice = known
            } else {
                let axes = lowering.program.definitions[read].axes.subtracting(picked)
                slice = try lowering.defineBeside(indexNode.base, axes: axes) { lowering throws(LoweringFailure) in
                    for index in picked.indexNumbers { lowering.unit.point[index] = point[index] }
                    return try lowering.load(read, indexNode.base)
                }
                slices[read] = slice
            }
            if case .scaled(let own, _) = value { return .scaled(own, by: slice) }
            return .definition(slice)
        }
    }

    private func combinations(of indexes: Axes) -> Range<Int> {
        0..<indexes.indexNumbers.reduce(1) { $0 * program.indexSizes[$1] }
    }

    // MARK: Functions of series

    /// The function that makes a series of series, where an expression is a call of one.
    private func seriesCall(_ id: NodeID) -> Builtin? {
        let node = tree[id]
        switch node.kind {
        case .paren, .shownAs: return seriesCall(tree.operand(node))
        case .call:
            guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module),
                let builtin = model[target].builtin
            else { return nil }
            return [.interpolate, .extend_series, .rebase].contains(builtin) ? builtin : nil
        default: return nil
        }
    }

    private mutating func seriesOfCall(_ builtin: Builtin, _ id: NodeID, _ node: Node) throws(LoweringFailure) -> Series
    {
        guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module),
            let match = model.match(
                model.parameters(of: target).map { ($0.symbol, $0.hasDefault) }, call: node, in: module)
        else { throw .reported }
        let values = match.arguments.map { $0.isNone ? nil : tree.argument($0).value }
        guard let first = values[0] else { throw .reported }
        var result = try series(argument: first, of: builtin)
        switch builtin {
        case .interpolate:
            guard let word = values[1],
                tree[word].kind == .name,
                let kind = Interpolation(rawValue: model.symbols[tree.name(word)])
            else { throw .reported }
            result.interpolation = kind
            return result
        case .extend_series: return try extended(result, hold: values[1], trend: values[2], id)
        default:
            guard let onto = values[1], let time = values[2] else { throw .reported }
            return try rebased(result, first, try series(argument: onto, of: builtin), onto, time, id)
        }
    }

    private mutating func series(argument id: NodeID, of builtin: Builtin) throws(LoweringFailure) -> Series {
        if let found = try series(of: id) { return found }
        throw report(.notASeries(builtin.rawValue, at: location(id)))
    }

    private mutating func extended(
        _ series: Series, hold: NodeID?, trend: NodeID?, _ id: NodeID
    ) throws(LoweringFailure) -> Series {
        var result = series
        var isExtended = false
        result.ends = series.lists.indices.map { series.ends(ofList: $0) }
        if let hold {
            guard let value = try constantNumber(hold) else { throw report(.extensionNotConstant(at: location(hold))) }
            if value != 0 {
                for list in result.ends.indices { result.ends[list] = SeriesEnds(before: .hold, after: .hold) }
                isExtended = true
            }
        }
        if let trend, tree[trend].kind != .noneLiteral {
            let ticks = try constantNumber(trend).map { ($0 * Double(TimePoint.ticksPerYear)).rounded() }
            guard let ticks, ticks >= 1, ticks < Double(TimePoint.latestStart) else {
                throw report(.extensionNotConstant(at: location(trend)))
            }
            for points in series.lists {
                guard let first = points.first, let last = points.last else { continue }
                if last.middle - ticks < Double(first.start) {
                    throw report(.trendTooLong(covers: Program.describe(points), at: location(trend)))
                }
            }
            for list in result.ends.indices { result.ends[list].after = .trend(Int64(ticks)) }
            isExtended = true
        }
        guard isExtended else { throw report(.extensionMissing(at: location(id))) }
        return result
    }

    /// The new series where it has points, elsewhere the old one times what the two say of one period.
    private mutating func rebased(
        _ old: Series, _ oldNode: NodeID, _ new: Series, _ newNode: NodeID, _ timeNode: NodeID, _ id: NodeID
    ) throws(LoweringFailure) -> Series {
        guard let time = try constantTime(timeNode) else { throw report(.timeNotConstant(at: location(timeNode))) }
        let oldAxes = try axes(of: Expression(module: module, node: oldNode, scope: scope))
        let newAxes = try axes(of: Expression(module: module, node: newNode, scope: scope))
        let factor = try defineBeside(id, axes: oldAxes.union(newAxes).subtracting(.time)) {
            lowering throws(LoweringFailure) in
            let a = try lowering.read(new, newAxes, at: time, timeNode, newNode)
            lowering.protect(a)
            let b = try lowering.read(old, oldAxes, at: time, timeNode, oldNode)
            return try lowering.binary(.divide, a, b, timeNode, nil)
        }
        let scaled = try times(old, factor, id)
        var result = Series(
            lists: [], indexes: old.indexes.union(new.indexes), interpolation: new.interpolation)
        for combination in combinations(of: result.indexes) {
            let newList = program.combination(combination, of: result.indexes, in: new.indexes)
            let oldList = program.combination(combination, of: result.indexes, in: old.indexes)
            let (fresh, stale) = (new.lists[newList], scaled.lists[oldList])
            let joined = (fresh + stale.flatMap { outside(fresh, $0) }).sorted { $0.start < $1.start }
            // Beyond an end goes on what lies there, member by member.
            var ends = new.ends(ofList: newList)
            if let first = joined.first, first.start < (fresh.first?.start ?? .max) {
                ends.before = old.ends(ofList: oldList).before
            }
            if let last = joined.last, last.end > (fresh.last?.end ?? .min) {
                ends.after = old.ends(ofList: oldList).after
            }
            result.lists.append(joined)
            result.ends.append(ends)
        }
        return result
    }

    /// What is left of a point outside the periods of others.
    private func outside(_ others: [SeriesPoint], _ point: SeriesPoint) -> [SeriesPoint] {
        var left: [SeriesPoint] = []
        var rest = point
        for other in others where other.start < point.end && other.end > point.start {
            if other.start > rest.start {
                left.append(SeriesPoint(start: rest.start, end: other.start, value: point.value))
            }
            rest.start = max(rest.start, other.end)
        }
        if rest.start < rest.end { left.append(rest) }
        return left
    }

    // MARK: Reading

    /// A series read at a time that it covers, with or without a horizon; nil where the horizon's steps are to be read.
    mutating func readSeries(
        _ base: NodeID, at time: TimePoint, _ timeNode: NodeID, _ id: NodeID
    ) throws(LoweringFailure) -> Operand? {
        let isInside = program.calendar.range(of: time) != nil
        // What is computed by code has its values at the steps.
        if isInside, !isSeriesItself(base) { return nil }
        guard let series = try series(of: base) else { return nil }
        reads += series.reads
        let points = series.lists[combination(at: series.indexes)]
        // A period longer than the series' points is read over the steps of the horizon.
        if isInside, points.contains(where: { $0.start < time.end && time.start < $0.end }),
            !points.contains(where: { $0.start <= time.start && time.end <= $0.end })
        {
            return nil
        }
        let axes = try self.axes(of: Expression(module: module, node: base, scope: scope))
        return try read(series, axes, at: time, timeNode, id)
    }

    /// Whether a series stands there as itself, or under its name: not through arithmetic.
    private func isSeriesItself(_ id: NodeID) -> Bool {
        let node = tree[id]
        switch node.kind {
        case .paren, .shownAs: return isSeriesItself(tree.operand(node))
        case .name, .member:
            switch model.resolution(id, in: module) {
            case .declaration(let target):
                let number = program.ofDeclaration[Int(target.rawValue)]
                return number >= 0 && program.isSeries(number)
            case .local(let local):
                switch scope?.find(global(local)) {
                case .definition(let number): return program.isSeries(number)
                case .expression(let expression):
                    guard expansions.hasRoom(at: level, location(of: expression)) else { return false }
                    var there = self
                    there.enter(expression.module)
                    there.scope = expression.scope
                    return there.isSeriesItself(expression.node)
                default: return false
                }
            case .unresolved: return false
            }
        default: return seriesNode(id) != nil || seriesCall(id) != nil
        }
    }

    /// The value of a series at a written-out time, at the current point of the indexes.
    private mutating func read(
        _ series: Series, _ axes: Axes, at time: TimePoint, _ timeNode: NodeID, _ id: NodeID
    ) throws(LoweringFailure) -> Operand {
        let list = combination(at: series.indexes)
        let points = series.lists[list]
        if let point = points.first(where: { $0.start <= time.start && time.end <= $0.end }) {
            return try operand(of: point, id)
        }
        guard series.covers(list: list, from: time.start, to: time.end) else {
            let (message, help) = Program.wordsOutside(
                series, list, when: " at \(time.text)",
                covers: points.isEmpty ? nil : Program.describe(points), model)
            throw report(.outsideSeries(message, help, at: location(timeNode)))
        }
        if !hasMean(id) {
            let last = points.last { $0.start < time.end }.flatMap {
                TimePoint(start: $0.start, length: $0.end == .max ? time.length : $0.end - $0.start)
            }
            throw report(.severalSteps(at: location(id), time.text, last: (last ?? time).text))
        }
        let place = Series.firstPlace(points, endingAfter: time.start)
        if series.interpolation == .linear, place > 0, place < points.count, points[place].start >= time.end {
            // In one gap.
            let left = points[place - 1]
            let weight = left.weight(of: points[place], at: Double(time.start) + Double(time.length) / 2)
            let base = mark()
            let a = try operand(of: left, id)
            protect(a)
            let b = try operand(of: points[place], id)
            protect(b)
            let difference = try binary(.subtract, b, a, id, nil)
            protect(difference)
            let part = try binary(.multiply, difference, .constant(weight), id, nil)
            protect(part)
            return try settle(try binary(.add, a, part, id, nil), base, nil, id)
        }
        let number = try defineNative(
            .seriesRead(add(series), from: time.start, to: time.end), axes: axes.subtracting(.time),
            reads: series.reads, for: id)
        return try load(number, id)
    }

    private mutating func operand(of point: SeriesPoint, _ id: NodeID) throws(LoweringFailure) -> Operand {
        switch point.value {
        case .definition(let number): return try load(number, id)
        case .constant(let value): return .constant(value)
        case .scaled(let value, by: let number):
            return try binary(.multiply, .constant(value), try load(number, id), id, nil)
        }
    }

    /// The points of a series, each with a definition of its value, where there is no horizon to show it over.
    mutating func points(of series: Series, for id: NodeID) throws(LoweringFailure) -> [(
        label: String, definition: Int
    )] {
        let axes = axes(of: series)
        var result: [(label: String, definition: Int)] = []
        var number: Int?
        for point in series.allPoints {
            if series.lists.count == 1, case .definition(let definition) = point.value,
                program.definitions[definition].axes.indexes == axes.indexes
            {
                result.append((point.label, definition))
                continue
            }
            let own = number ?? add(series)
            number = own
            result.append(
                (
                    point.label,
                    try defineNative(
                        .seriesPoint(own, from: point.start, to: point.end), axes: axes, reads: series.reads, for: id)
                ))
        }
        return result
    }

    /// What the points of a series vary over.
    func axes(of series: Series) -> Axes {
        series.reads.reduce(series.indexes) { $0.union(program.definitions[$1].axes) }.subtracting(.time)
    }

    // MARK: As written

    /// The `keyed` node of a series, through parentheses and units.
    func seriesNode(_ id: NodeID) -> NodeID? {
        let node = tree[id]
        switch node.kind {
        case .paren: return seriesNode(tree.operand(node))
        case .quantity: return seriesNode(tree.quantity(node).literal) == nil ? nil : id
        case .keyed: return model.index(ofLiteral: id, in: module) == nil ? id : nil
        case .product:
            let chain = tree.chain(node)
            // `[2022: 282.6M] phone/yr`: what follows is the same at all times.
            guard seriesNode(chain.operands[0]) != nil else { return nil }
            for position in 1..<chain.operands.count {
                let operand = Expression(module: module, node: chain.operands[position], scope: scope)
                guard let axes = try? axes(of: operand), !axes.contains(.time) else { return nil }
            }
            return id
        default: return nil
        }
    }

    private mutating func seriesPoints(_ id: NodeID) throws(LoweringFailure) -> [SeriesPoint] {
        // What stands around the list: units behind it and chains that it begins, in any number of brackets.
        var keyed = tree[id]
        var layers: [Node] = []
        while keyed.kind != .keyed {
            switch keyed.kind {
            case .paren: keyed = tree[tree.operand(keyed)]
            case .quantity:
                layers.append(keyed)
                keyed = tree[tree.quantity(keyed).literal]
            case .product:
                layers.append(keyed)
                keyed = tree[tree.chain(keyed).operands[0]]
            default: throw .reported
            }
        }
        layers.reverse()
        var points: [(point: SeriesPoint, key: NodeID)] = []
        for raw in tree.elements(keyed) {
            let item = tree.keyedItem(raw)
            let key = tree[item.key]
            var start: Int64 = 0
            var end: Int64 = .max
            if key.kind == .keyRange {
                if !tree.keyRange(key).first.isNone { start = try keyTime(tree.keyRange(key).first).start }
                if !tree.keyRange(key).last.isNone { end = try keyTime(tree.keyRange(key).last).end }
            } else {
                let time = try keyTime(item.key)
                start = time.start
                end = time.end
            }
            let value = try pointDefinition(item.value, in: layers)
            points.append((SeriesPoint(start: start, end: end, value: .definition(value)), item.key))
        }
        points.sort { $0.point.start < $1.point.start }
        for position in points.indices.dropFirst() where points[position].point.start < points[position - 1].point.end {
            throw report(
                .overlappingKeys(at: location(points[position].key), other: location(points[position - 1].key)))
        }
        if !hasMean(id) { try checkPoints(ofNoNumbers: points) }
        return points.map { $0.point }
    }

    /// Of conditions, texts, times and lists there is neither a value between two nor a mean. What a function leaves open
    /// counts as a number.
    private func hasMean(_ id: NodeID) -> Bool {
        switch type(id) {
        case .number, .variable, .unknown: true
        case .bool, .text, .time, .list, .record, .function: false
        }
    }

    private mutating func checkPoints(
        ofNoNumbers points: [(point: SeriesPoint, key: NodeID)]
    ) throws(LoweringFailure) {
        for position in points.indices.dropFirst() where points[position - 1].point.end < points[position].point.start {
            throw report(
                .gapOfNoNumbers(at: location(points[position - 1].key), next: location(points[position].key)))
        }
        for step in program.calendar.steps {
            let met = points.filter { $0.point.start < step.end && step.start < $0.point.end }
            if met.count > 1 { throw report(.pointsInStep(at: location(met[1].key), step.text)) }
        }
    }

    private mutating func keyTime(_ id: NodeID) throws(LoweringFailure) -> TimePoint {
        guard let time = try constantTime(id) else { throw report(.timeNotConstant(at: location(id))) }
        return time
    }

    /// The value of one point, in the units behind the list and with the rest of the chains around it, innermost first.
    private mutating func pointDefinition(_ value: NodeID, in layers: [Node]) throws(LoweringFailure) -> Int {
        let expression = Expression(module: module, node: value, scope: scope)
        var axes = try self.axes(of: expression)
        for layer in layers {
            let isQuantity = layer.kind == .quantity
            let parts = isQuantity ? tree.quantity(layer).units[...] : tree.chain(layer).operands.dropFirst()
            for raw in parts {
                axes.formUnion(try self.axes(of: Expression(module: module, node: raw, scope: scope)))
            }
        }
        let number = reserve(axes: axes, origin: global(value))
        let outer = (unit, scope, reads)
        reads = []
        defer {
            (unit, scope) = (outer.0, outer.1)
            reads = outer.2
            reads.append(number)
        }
        enter(expression.module)
        try fill(number, expression) { lowering throws(LoweringFailure) in
            var operand = try lowering.lower(value)
            for layer in layers { operand = try lowering.apply(layer, to: operand, value) }
            return operand
        }
        program.definitions[number].reads = reads
        finish(number)
        return number
    }

    /// A value times the units behind a list, or with the operands that follow it in a chain.
    private mutating func apply(_ layer: Node, to first: Operand, _ value: NodeID) throws(LoweringFailure) -> Operand {
        var operand = first
        if layer.kind == .quantity {
            for raw in Array(tree.quantity(layer).units) {
                protect(operand)
                var factor = try lower(raw)
                let exponent = tree.unitPower(raw).exponent
                if exponent != 1 { factor = try binary(.power, factor, .constant(Double(exponent)), raw, nil) }
                if case .constant(1) = factor { continue }
                operand = try binary(.multiply, operand, factor, value, nil)
            }
            return operand
        }
        for position in 1..<tree.chain(layer).operands.count {
            protect(operand)
            let raw = tree.chain(layer).operands[position]
            let divides = tree.chain(layer).sign(before: position) == .divide
            operand = try binary(divides ? .divide : .multiply, operand, try lower(raw), raw, nil)
        }
        return operand
    }
}
