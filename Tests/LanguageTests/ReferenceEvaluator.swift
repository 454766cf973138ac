import ReuseKernels
@testable import ReuseSyntax

/// Computes one expression of a script at one point, straight from the syntax tree.
///
/// Small and slow on purpose, and independent of the engine: it checks no types, infers no axes, plans no order. A
/// value carries its dimension; an axis is noticed when a value is read that varies over it.
final class ReferenceEvaluator {
    let tree: SyntaxTree
    let symbols: SymbolTable
    let samples: Int
    let seed: UInt64
    /// Names of the indexes with their labels, in order of declaration.
    private(set) var indexes: [(name: String, labels: [String])] = []
    /// Years of the horizon; nil without one.
    private(set) var horizon: ClosedRange<Int>?
    /// Commands from top to bottom.
    private(set) var commands: [Int32] = []

    /// The index of each literal whose declaration says what its levels are over.
    private var levels: [Int32: Int] = [:]
    private var declarations: [Int32: Int32] = [:]
    private var units: [String: Int32] = [:]
    private var draws: [Int32: UInt64] = [:]
    private var copula = ReferenceCopula()
    /// By the symbol of an input, what policies do to it, in order.
    private var patches: [Int32: [ReferencePatch]] = [:]
    private var known: [Key: ReferenceValue] = [:]
    /// How much larger than its result the operand of some sum was: as much larger the rounding of its operands gets.
    private(set) var cancellation = 1.0
    private var depth = 0
    private static let deepest = 600

    private struct Key: Hashable {
        var declaration: Int32
        var point: Point
    }

    init(tree: SyntaxTree, symbols: SymbolTable, samples: Int, seed: UInt64) {
        self.tree = tree
        self.symbols = symbols
        self.samples = samples
        self.seed = seed
        for id in tree.statements { declare(id.rawValue) }
        copula.settle()
    }

    /// The point with nothing chosen.
    var start: Point {
        Point(step: horizon == nil ? 0 : nil, sample: nil, labels: Array(repeating: -1, count: indexes.count))
    }

    /// The value of an expression at every point of the axes that it turns out to vary over, or its fault there.
    func everywhere(_ id: Int32) throws -> [(point: Point, outcome: Result<ReferenceValue, FaultError>)] {
        var axes: [ReferenceAxis] = []
        search: while true {
            var results: [(point: Point, outcome: Result<ReferenceValue, FaultError>)] = []
            for point in points(axes) {
                do {
                    results.append((point, .success(try evaluate(id, nil, point))))
                } catch Stop.fault(let fault) {
                    results.append((point, .failure(FaultError(fault: fault))))
                } catch Stop.needs(let axis) {
                    if axes.contains(axis) { throw Stop.beyond("an axis that stays open") }
                    axes.append(axis)
                    continue search
                }
            }
            return results
        }
    }

    struct FaultError: Error { var fault: Fault }

    func points(_ axes: [ReferenceAxis]) -> [Point] {
        var result = [start]
        for axis in axes {
            result = result.flatMap { point in places(axis).map { choosing($0, on: axis, from: point) } }
        }
        return result
    }

    func places(_ axis: ReferenceAxis) -> Range<Int> {
        switch axis {
        case .time: return 0..<(horizon?.count ?? 1)
        case .sample: return 0..<samples
        case .index(let index): return 0..<indexes[index].labels.count
        }
    }

    func choosing(_ place: Int, on axis: ReferenceAxis, from point: Point) -> Point {
        var point = point
        switch axis {
        case .time: point.step = place
        case .sample: point.sample = place
        case .index(let index): point.labels[index] = place
        }
        return point
    }

    func name(_ symbol: Int32) -> String { symbols[Symbol(symbol)] }

    // MARK: Declarations

    private func declare(_ id: Int32) {
        let node = tree[NodeID(id)]
        switch node.kind {
        case .let, .assume:
            declarations[node.a] = id
            let over = tree.definition(node).over.map { name(tree[$0].a) }
            note(levels: over[...], below: node.b)
            number(draws: node.b, of: name(node.a))
        case .function: declarations[node.a] = id
        case .policy: declare(policy: node)
        case .unit: units[name(node.a)] = id
        case .indexDeclaration:
            var labels = tree.children(node.b, node.c).map { name(tree[NodeID($0)].a) }
            if node.detail == 1 { labels = indexes.first { $0.name == labels[0] }?.labels ?? [] }
            indexes.append((name(node.a), labels))
        case .horizon:
            if let first = year(node.a), let last = year(node.b), first <= last { horizon = first...last }
        case .correlate:
            let statement = tree.correlate(node)
            let variables = statement.paths.map { ReferenceKernels.variable(name(tree[$0].a) + "#0") }
            copula.join(variables, rank: signed(statement.value.rawValue))
        case .show, .assert, .expressionStatement: commands.append(id)
        default: break
        }
    }

    /// Notes which index each level of a literal is over: the outermost the first of the names.
    private func note(levels names: ArraySlice<String>, below id: Int32) {
        guard let first = names.first else { return }
        let node = tree[NodeID(id)]
        switch node.kind {
        case .paren, .quantity, .negate: note(levels: names, below: node.a)
        case .product, .sum: for raw in tree.children(node.a, node.b) { note(levels: names, below: raw) }
        case .keyed:
            var rest = names
            for raw in tree.children(node.a, node.b) {
                if tree[NodeID(tree[NodeID(raw)].a)].kind == .name {
                    levels[id] = indexes.firstIndex { $0.name == first }
                    rest = names.dropFirst()
                }
                note(levels: rest, below: tree[NodeID(raw)].b)
            }
        default: return
        }
    }

    /// A policy with a window at most, whose patches are of inputs. All policies are in force.
    private func declare(policy: Node) {
        let policy = tree.policy(policy)
        let window = (
            from: policy.from.isNone ? nil : year(policy.from.rawValue),
            until: policy.until.isNone ? nil : year(policy.until.rawValue)
        )
        for change in policy.changes where tree[change].kind == .patch {
            let patch = tree.patch(change)
            let sign = ["=", "+=", "-=", "*=", "/="][Int(patch.sign.rawValue)]
            let path = tree[patch.path].a
            number(draws: patch.value.rawValue, of: "\(name(tree[policy.name].a)): \(name(path)) \(sign)")
            patches[path, default: []].append(
                ReferencePatch(
                    sign: sign, value: patch.value.rawValue, window: (window.from ?? .min, window.until ?? .max)))
        }
    }

    /// An input after the patches of all policies.
    private func patched(
        _ value: ReferenceValue, _ patches: [ReferencePatch], _ point: Point
    ) throws -> ReferenceValue {
        var result = value
        for patch in patches {
            if patch.window.from > Int.min {
                let year = try now(point)
                if year < patch.window.from || year > patch.window.until { continue }
            }
            guard case .number(let before, let dimension) = result else { throw Stop.beyond("a patch of no number") }
            let (value, other) = try number(patch.value, nil, point)
            switch patch.sign {
            case "+=", "-=":
                let sum = patch.sign == "+=" ? before + value : before - value
                result = try finite(sum, try agree(dimension, other, at: patch.value), at: patch.value)
                if sum != 0 { cancellation = max(cancellation, abs(before / sum), abs(value / sum)) }
            case "*=": result = try finite(before * value, dimension, at: patch.value)
            case "/=": result = try finite(before / value, dimension, at: patch.value)
            default: result = .number(value, try agree(dimension, other, at: patch.value))
            }
        }
        return result
    }

    /// Gives the ranges and distributions of a declaration their variables, in source order.
    private func number(draws value: Int32, of name: String) {
        let span = tree[NodeID(value)].span
        var found: [(start: UInt32, id: Int32)] = []
        for (index, node) in tree.nodes.enumerated() where node.start >= span.start && node.end <= span.end {
            let isCall =
                node.kind == .call && tree[NodeID(node.a)].kind == .name
                && Self.distributions.contains(self.name(tree[NodeID(node.a)].a))
            if node.kind == .range || isCall { found.append((node.start, Int32(index))) }
        }
        for (ordinal, draw) in found.sorted(by: { $0.start < $1.start }).enumerated() {
            draws[draw.id] = ReferenceKernels.variable("\(name)#\(ordinal)")
        }
    }

    private func signed(_ id: Int32) -> Double {
        let node = tree[NodeID(id)]
        return node.kind == .negate ? -signed(node.a) : tree.numbers[Int(node.a)]
    }

    static let distributions: Set<String> = [
        "normal", "lognormal", "uniform", "triangular", "pert", "beta", "gamma", "discrete", "empirical",
    ]

    private func year(_ id: Int32) -> Int? {
        guard id >= 0 else { return nil }
        let node = tree[NodeID(id)]
        guard node.kind == .number, node.detail & NumberTraits.bareInteger.rawValue != 0 else { return nil }
        return Int(exactly: tree.numbers[Int(node.a)])
    }

    // MARK: Expressions

    func evaluate(_ id: Int32, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let node = tree[NodeID(id)]
        switch node.kind {
        case .number:
            let value = tree.numbers[Int(node.a)]
            return .number(value, value == 0 && node.detail & NumberTraits.bareInteger.rawValue != 0 ? nil : .pure)
        case .percent: return .number(0.01, .pure)
        case .boolean: return .boolean(node.detail == 1)
        case .text:
            let parts = try tree.children(node.a, node.b).map { part -> String in
                let inner = tree[NodeID(part)]
                if inner.kind == .textPart { return tree.texts[Int(inner.a)] }
                if case .text(let text) = try evaluate(part, scope, point) { return text }
                throw Stop.beyond("a number in a text")
            }
            return .text(parts.joined())
        case .paren: return try evaluate(node.a, scope, point)
        case .name: return try read(id, node.a, scope, point)
        case .list: return try list(node, scope, point)
        case .keyed: return try keyed(id, node, scope, point)
        case .record:
            return .record(
                try tree.children(node.a, node.b).map {
                    (name(tree[NodeID($0)].a), try evaluate(tree[NodeID($0)].b, scope, point))
                })
        case .lambda: return .function(function(parameters: tree.children(node.a, node.b), node.c, scope))
        case .block:
            var inner = scope
            let entries = Array(tree.children(node.a, node.b))
            for entry in entries.dropLast() {
                let local = tree[NodeID(entry)]
                let value = Delayed(node: local.b, scope: inner)
                try force(value, point)
                inner = Scope(local.a, value, inner)
            }
            return try evaluate(entries[entries.count - 1], inner, point)
        case .quantity: return try scale(try evaluate(node.a, scope, point), by: unit(tree.children(node.b, node.c)))
        case .sum: return try sum(id, node, scope, point)
        case .product: return try product(id, node, scope, point)
        case .conjunction, .disjunction:
            let decisive = node.kind == .disjunction
            for operand in tree.children(node.a, node.b) where try boolean(operand, scope, point) == decisive {
                return .boolean(decisive)
            }
            return .boolean(!decisive)
        case .not: return .boolean(!(try boolean(node.a, scope, point)))
        case .negate:
            let (value, dimension) = try number(node.a, scope, point)
            return .number(-value, dimension)
        case .power: return try power(id, node, scope, point)
        case .range: return try range(id, node, scope, point)
        case .comparison: return .boolean(try comparison(node, scope, point))
        case .membership:
            guard let here = try standing(node.a, scope, point) else { throw Stop.beyond("`in` of a value") }
            let list = tree[NodeID(node.b)]
            return .boolean(tree.children(list.a, list.b).contains { name(tree[NodeID($0)].a) == here })
        case .shownAs:
            let (value, dimension) = try number(node.a, scope, point)
            let (_, unit) = try number(node.b, nil, point)
            return .number(value, try agree(dimension, unit, at: node.b))
        case .growing: return try growing(id, node, scope, point)
        case .conditional:
            let parts = Array(tree.children(node.a, node.b))
            var next = 0
            while next + 1 < parts.count {
                if try boolean(parts[next], scope, point) { return try evaluate(parts[next + 1], scope, point) }
                next += 2
            }
            return try evaluate(parts[next], scope, point)
        case .call: return try call(id, node, scope, point)
        case .index: return try index(node, scope, point)
        case .member:
            let base = tree[NodeID(node.a)]
            if base.kind == .name, name(base.a) == "now", name(node.b) == "year" {
                return .number(Double(try now(point)), .pure)
            }
            guard case .record(let fields) = try evaluate(node.a, scope, point),
                let field = fields.first(where: { $0.name == name(node.b) })
            else { throw Stop.fault(Fault(kind: .unknownMember, node: id)) }
            return field.value
        default: throw Stop.beyond("a node of kind \(node.kind)")
        }
    }

    func number(_ id: Int32, _ scope: Scope?, _ point: Point) throws -> (Double, ReferenceDimension?) {
        guard case .number(let value, let dimension) = try evaluate(id, scope, point) else {
            throw Stop.fault(Fault(kind: .typeMismatch, node: id))
        }
        return (value, dimension)
    }

    func boolean(_ id: Int32, _ scope: Scope?, _ point: Point) throws -> Bool {
        guard case .boolean(let value) = try evaluate(id, scope, point) else {
            throw Stop.fault(Fault(kind: .typeMismatch, node: id))
        }
        return value
    }

    /// The dimension that both have; the literal `0` takes the other's.
    func agree(
        _ left: ReferenceDimension?, _ right: ReferenceDimension?, at node: Int32
    ) throws -> ReferenceDimension? {
        guard let left else { return right }
        guard let right else { return left }
        guard left == right else { throw Stop.fault(Fault(kind: .dimensionMismatch, node: node)) }
        return left
    }

    func finite(_ value: Double, _ dimension: ReferenceDimension?, at node: Int32) throws -> ReferenceValue {
        guard value.isFinite else { throw Stop.fault(Fault(kind: .notFinite, node: node)) }
        return .number(value, dimension)
    }

    /// Computes a local value where it is bound, so that its errors come before those of what follows. Where it varies
    /// over an axis that is still open, whoever reads it asks for that axis.
    func force(_ delayed: Delayed, _ point: Point) throws {
        do { _ = try value(of: delayed, point) } catch Stop.needs { return }
    }

    func value(of delayed: Delayed, _ point: Point) throws -> ReferenceValue {
        if let constant = delayed.constant { return constant }
        for entry in delayed.known where entry.point == point { return entry.value }
        let value = try evaluate(delayed.node, delayed.scope, point)
        delayed.known.append((point, value))
        return value
    }

    func function(parameters: ArraySlice<Int32>, _ body: Int32, _ scope: Scope?) -> ReferenceFunction {
        ReferenceFunction(
            parameters: parameters.map { (tree[NodeID($0)].a, tree[NodeID($0)].c) }, body: body, scope: scope)
    }

    func now(_ point: Point) throws -> Int {
        guard let horizon else { throw Stop.fault(Fault(kind: .noHorizon, node: tree.root.rawValue)) }
        guard let step = point.step else { throw Stop.needs(.time) }
        return horizon.lowerBound + step
    }

    /// The index that a name is a label of, with the label's place.
    func label(_ symbol: Int32, _ scope: Scope?) -> (index: Int, place: Int)? {
        if find(symbol, scope) != nil || declarations[symbol] != nil { return nil }
        for (index, entry) in indexes.enumerated() {
            if let place = entry.labels.firstIndex(of: name(symbol)) { return (index, place) }
        }
        return nil
    }

    func isDeclared(_ symbol: Int32, _ scope: Scope?) -> Bool {
        find(symbol, scope) != nil || declarations[symbol] != nil
    }

    /// Calls a function; arguments are bound in order of the parameters.
    func apply(
        _ function: ReferenceFunction, _ arguments: [(label: Int32, value: Delayed)], _ point: Point, at node: Int32
    ) throws -> ReferenceValue {
        guard depth < Self.deepest else { throw Stop.fault(Fault(kind: .recursionTooDeep, node: node)) }
        depth += 1
        defer { depth -= 1 }
        for argument in arguments { try force(argument.value, point) }
        var bound: [Int32: Delayed] = [:]
        var open = function.parameters.map(\.symbol)
        for argument in arguments where argument.label >= 0 {
            bound[argument.label] = argument.value
            open.removeAll { $0 == argument.label }
        }
        for argument in arguments where argument.label < 0 {
            guard !open.isEmpty else { throw Stop.fault(Fault(kind: .wrongArgument, node: node)) }
            bound[open.removeFirst()] = argument.value
        }
        var scope = function.scope
        for parameter in function.parameters {
            if let value = bound[parameter.symbol] {
                scope = Scope(parameter.symbol, value, scope)
            } else if parameter.fallback >= 0 {
                let value = Delayed(node: parameter.fallback, scope: scope)
                try force(value, point)
                scope = Scope(parameter.symbol, value, scope)
            } else {
                throw Stop.fault(Fault(kind: .wrongArgument, node: node))
            }
        }
        return try evaluate(function.body, scope, point)
    }

    /// The draw of a range or distribution, uniform between 0 and 1.
    func draw(_ id: Int32, _ point: Point) throws -> Double {
        guard let variable = draws[id] else { throw Stop.beyond("a draw outside a declaration") }
        guard let sample = point.sample else { throw Stop.needs(.sample) }
        return copula.uniform(variable) { ReferenceKernels.uniform(seed: self.seed, variable: $0, sample: sample) }
    }

    // MARK: -

    private func find(_ symbol: Int32, _ scope: Scope?) -> Delayed? {
        var current = scope
        while let entry = current {
            if entry.symbol == symbol { return entry.value }
            current = entry.parent
        }
        return nil
    }

    private func read(_ id: Int32, _ symbol: Int32, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        if let local = find(symbol, scope) { return try value(of: local, point) }
        if let declaration = declarations[symbol] {
            let node = tree[NodeID(declaration)]
            if node.kind == .function {
                let count = tree.extra[Int(node.c) + 1]
                return .function(function(parameters: tree.children(node.c + 2, count), node.b, nil))
            }
            let key = Key(declaration: declaration, point: point)
            if let value = known[key] { return value }
            var value = try evaluate(node.b, nil, point)
            if let patches = patches[symbol] { value = try patched(value, patches, point) }
            known[key] = value
            return value
        }
        let name = name(symbol)
        if let unit = try unit(named: name) { return .number(unit.factor, unit.dimension) }
        if name == "now" { return .time(try now(point)) }
        throw Stop.fault(Fault(kind: .unknownName, node: id))
    }

    private func unit(named name: String) throws -> (factor: Double, dimension: ReferenceDimension)? {
        if let id = units[name] {
            let node = tree[NodeID(id)]
            if node.b < 0 { return (1, ReferenceDimension(name)) }
            let (factor, dimension) = try number(node.b, nil, start)
            return (factor, dimension ?? .pure)
        }
        return ReferenceUnits.builtIn[name]
    }

    /// A unit named outside a script, such as that of an output's column.
    func unitFactor(_ name: String) -> (factor: Double, dimension: ReferenceDimension)? {
        (try? unit(named: name)) ?? nil
    }

    private func unit(_ powers: ArraySlice<Int32>) throws -> (factor: Double, dimension: ReferenceDimension) {
        var factor = 1.0
        var dimension = ReferenceDimension.pure
        for id in powers {
            let node = tree[NodeID(id)]
            guard let unit = try unit(named: name(node.a)) else {
                throw Stop.fault(Fault(kind: .unknownName, node: id))
            }
            for _ in 0..<abs(node.b) { factor = node.b > 0 ? factor * unit.factor : factor / unit.factor }
            dimension = dimension.times(unit.dimension, power: Double(node.b))
        }
        return (factor, dimension)
    }

    private func scale(
        _ value: ReferenceValue, by unit: (factor: Double, dimension: ReferenceDimension)
    ) throws -> ReferenceValue {
        switch value {
        case .number(let number, let dimension):
            return .number(number * unit.factor, (dimension ?? .pure).times(unit.dimension))
        case .list(let values): return .list(try values.map { try scale($0, by: unit) })
        default: throw Stop.beyond("a unit behind something that is no number")
        }
    }

    private func list(_ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        var values: [ReferenceValue] = []
        var dimension: ReferenceDimension?
        for id in tree.children(node.a, node.b) {
            let value = try evaluate(id, scope, point)
            if case .number(_, let own) = value { dimension = try agree(dimension, own, at: id) }
            values.append(value)
        }
        return .list(values)
    }

    /// `[A: 1, B: 2]` at the label chosen, or `[2024: 1, 2026: 3]` at the step chosen.
    private func keyed(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let items = tree.children(node.a, node.b).map { tree[NodeID($0)] }
        let first = tree[NodeID(items[0].a)]
        if first.kind == .name, let index = levels[id] ?? label(first.a, scope)?.index {
            guard point.labels[index] >= 0 else { throw Stop.needs(.index(index)) }
            let wanted = indexes[index].labels[point.labels[index]]
            guard let item = items.first(where: { name(tree[NodeID($0.a)].a) == wanted }) else {
                throw Stop.fault(Fault(kind: .indexMismatch, node: id))
            }
            return try evaluate(item.b, scope, point)
        }
        let now = try now(point)
        var points: [(first: Int, last: Int, node: Int32)] = []
        for item in items {
            let key = tree[NodeID(item.a)]
            if key.kind == .keyRange {
                points.append((year(key.a) ?? Int.min, year(key.b) ?? Int.max, item.b))
            } else if let year = year(item.a) {
                points.append((year, year, item.b))
            } else {
                throw Stop.beyond("a key that is no year")
            }
        }
        points.sort { $0.first < $1.first }
        if let held = points.first(where: { $0.first <= now && now <= $0.last }) {
            return try evaluate(held.node, scope, point)
        }
        guard let before = points.last(where: { $0.last < now }), let after = points.first(where: { $0.first > now })
        else { throw Stop.fault(Fault(kind: .outsideSeries, node: id)) }
        let (from, dimension) = try number(before.node, scope, point)
        let (to, other) = try number(after.node, scope, point)
        let share = Double(now - before.last) / Double(after.first - before.last)
        return .number(from + (to - from) * share, try agree(dimension, other, at: after.node))
    }

    private func sum(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let operands = Array(tree.children(node.a, node.b))
        var total = try evaluate(operands[0], scope, point)
        for place in 1..<operands.count {
            let adds = tree.operators[Int(node.c) + place - 1] == .add
            if case .time(let years) = total {
                let other: Int?
                if let literal = year(operands[place]) {
                    other = literal
                } else if case .time(let years) = try evaluate(operands[place], scope, point) {
                    other = years
                } else {
                    other = nil
                }
                guard !adds, let other else { throw Stop.beyond("a sum with a time") }
                total = .number(Double(years - other), ReferenceDimension("yr"))
                continue
            }
            guard case .number(let left, let dimension) = total else {
                throw Stop.fault(Fault(kind: .typeMismatch, node: operands[0]))
            }
            let (right, other) = try number(operands[place], scope, point)
            let common = try agree(dimension, other, at: operands[place])
            total = try finite(adds ? left + right : left - right, common, at: id)
            if case .number(let value, _) = total, value != 0 {
                cancellation = max(cancellation, abs(left / value), abs(right / value))
            }
        }
        return total
    }

    private func product(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let operands = Array(tree.children(node.a, node.b))
        var (total, dimension) = try number(operands[0], scope, point)
        for place in 1..<operands.count {
            let divides = tree.operators[Int(node.c) + place - 1] == .divide
            let (value, other) = try number(operands[place], scope, point)
            if divides, value == 0 { throw Stop.fault(Fault(kind: .divisionByZero, node: operands[place])) }
            total = divides ? total / value : total * value
            if let left = dimension {
                dimension = other.map { left.times($0, power: divides ? -1 : 1) }
            }
            guard total.isFinite else { throw Stop.fault(Fault(kind: .notFinite, node: id)) }
        }
        return .number(total, dimension)
    }

    private func power(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let (base, dimension) = try number(node.a, scope, point)
        let (exponent, other) = try number(node.b, scope, point)
        guard other == nil || other == .pure else { throw Stop.fault(Fault(kind: .dimensionMismatch, node: node.b)) }
        let isInvalid = (base < 0 && exponent != exponent.rounded()) || (base == 0 && exponent < 0)
        if isInvalid { throw Stop.fault(Fault(kind: .invalidOperation, node: id)) }
        return try finite(reuse_pow(base, exponent), dimension?.raised(to: exponent), at: id)
    }

    /// `a to b` by the rule of the language: lognormal, its mirror image, or logit-normal for shares.
    private func range(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        var (low, dimension) = try number(node.a, scope, point)
        let (high, other) = try number(node.b, scope, point)
        let right = tree[NodeID(unsigned(node.b))]
        if tree[NodeID(unsigned(node.a))].kind == .number, right.kind == .quantity {
            let unit = try unit(tree.children(right.b, right.c))
            low *= unit.factor
            dimension = other
        }
        let common = try agree(dimension, other, at: node.b)
        let z = reuse_normal_quantile(try draw(id, point))
        let width = 2 * 1.6448536269514722
        if isPercent(node.a), isPercent(node.b), low > 0, high <= 1 {
            let from = reuse_log(low / (1 - low))
            let to = reuse_log(high / (1 - high))
            return .number(1 / (1 + reuse_exp(-((from + to) / 2 + (to - from) / width * z))), common)
        }
        if low > 0, low < high {
            let from = reuse_log(low)
            let to = reuse_log(high)
            return .number(reuse_exp((from + to) / 2 + (to - from) / width * z), common)
        }
        throw Stop.fault(Fault(kind: .noSuchRange, node: id))
    }

    private func unsigned(_ id: Int32) -> Int32 {
        let node = tree[NodeID(id)]
        return node.kind == .negate ? node.a : id
    }

    private func isPercent(_ id: Int32) -> Bool {
        let node = tree[NodeID(id)]
        return node.kind == .number && node.detail & NumberTraits.percent.rawValue != 0
    }

    /// A comparison. `==` is exact; that `assert` lets it be off by 1e-9 is left to the programs written by hand.
    private func comparison(_ node: Node, _ scope: Scope?, _ point: Point) throws -> Bool {
        if let here = try standing(node.a, scope, point) {
            let other = try standing(node.b, scope, point) ?? name(tree[NodeID(node.b)].a)
            return (here == other) == (node.detail == Comparison.equal.rawValue)
        }
        var left = try evaluate(node.a, scope, point)
        var right = try evaluate(node.b, scope, point)
        if case .time = left, let year = year(node.b) { right = .time(year) }
        if case .time = right, let year = year(node.a) { left = .time(year) }
        let kind = Comparison(rawValue: node.detail) ?? .equal
        switch (left, right) {
        case (.number(let a, let dimension), .number(let b, let other)):
            _ = try agree(dimension, other, at: node.b)
            if node.c >= 0 {
                let (tolerance, own) = try number(node.c, scope, point)
                if own == nil || own == .pure { return abs(a - b) <= tolerance * abs(b) }
                _ = try agree(dimension ?? other, own, at: node.c)
                return abs(a - b) <= tolerance
            }
            switch kind {
            case .less: return a < b
            case .lessOrEqual: return a <= b
            case .greater: return a > b
            case .greaterOrEqual: return a >= b
            case .equal: return a == b
            case .notEqual: return a != b
            }
        case (.time(let a), .time(let b)): return ordered(kind, a, b)
        case (.text(let a), .text(let b)) where kind == .equal || kind == .notEqual: return (a == b) == (kind == .equal)
        case (.boolean(let a), .boolean(let b)) where kind == .equal || kind == .notEqual:
            return (a == b) == (kind == .equal)
        default: throw Stop.beyond("a comparison of other things than numbers")
        }
    }

    /// `country: China` inside brackets.
    private func pick(_ node: Node) -> (index: Int, place: Int)? {
        guard let index = indexes.firstIndex(where: { $0.name == name(node.a) }),
            let place = indexes[index].labels.firstIndex(of: name(tree[NodeID(node.b)].a))
        else { return nil }
        return (index, place)
    }

    /// The label at which an index stands, where a name means one.
    private func standing(_ id: Int32, _ scope: Scope?, _ point: Point) throws -> String? {
        let node = tree[NodeID(id)]
        guard node.kind == .name, !isDeclared(node.a, scope),
            let index = indexes.firstIndex(where: { $0.name == name(node.a) })
        else { return nil }
        guard point.labels[index] >= 0 else { throw Stop.needs(.index(index)) }
        return indexes[index].labels[point.labels[index]]
    }

    private func ordered(_ kind: Comparison, _ a: Int, _ b: Int) -> Bool {
        switch kind {
        case .less: return a < b
        case .lessOrEqual: return a <= b
        case .greater: return a > b
        case .greaterOrEqual: return a >= b
        case .equal: return a == b
        case .notEqual: return a != b
        }
    }

    /// `x growing r from t`, by year: each step's own rate takes it there from the step before.
    private func growing(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        guard let horizon, let from = year(node.c) else { throw Stop.beyond("growing from something else than a year") }
        let now = try now(point)
        // `2% every 6 month` is added twice a year.
        var rateNode = node.b
        var often = 1.0
        if tree[NodeID(node.b)].kind == .every {
            rateNode = tree[NodeID(node.b)].a
            often = 1 / (try number(tree[NodeID(node.b)].b, scope, point).0)
        }
        func factor(_ rate: Double) -> Double { often == 1 ? 1 + rate : reuse_pow(1 + rate, often) }
        var origin = point
        origin.step = from - horizon.lowerBound
        var (value, dimension) = try number(node.a, scope, origin)
        var year = from
        while year != now {
            var place = point
            place.step = max(year, now > year ? year + 1 : year) - horizon.lowerBound
            let (rate, _) = try number(rateNode, scope, place)
            if now > year {
                value *= factor(rate)
                year += 1
            } else {
                value /= factor(rate)
                year -= 1
            }
        }
        return try finite(value, dimension, at: id)
    }

    private func index(_ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        var point = point
        var open: [Int32] = []
        for key in tree.children(node.b, node.c) {
            let inner = tree[NodeID(key)]
            if inner.kind == .pick {
                guard let (index, place) = pick(inner) else { throw Stop.beyond("a pick of nothing") }
                point.labels[index] = place
            } else if inner.kind == .name, let (_, place) = label(inner.a, scope) {
                // Of the index that the value turns out to vary over.
                let own = name(inner.a)
                let candidates = indexes.indices.filter { indexes[$0].labels.contains(own) }
                if candidates.count == 1 {
                    point.labels[candidates[0]] = place
                    continue
                }
                var open = point
                for index in candidates { open.labels[index] = -1 }
                do { _ = try evaluate(node.a, scope, open) } catch Stop.needs(.index(let index)) {
                    point.labels[index] = indexes[index].labels.firstIndex(of: own) ?? 0
                }
            } else if let horizon, let year = year(key), year >= 1000 {
                guard horizon.contains(year) else { throw Stop.fault(Fault(kind: .outsideHorizon, node: key)) }
                point.step = year - horizon.lowerBound
            } else {
                open.append(key)
            }
        }
        var value = try evaluate(node.a, scope, point)
        for key in open {
            guard case .list(let values) = value else { throw Stop.beyond("an index into something that is no list") }
            let (place, _) = try number(key, scope, point)
            guard let whole = Int(exactly: place), values.indices.contains(whole - 1) else {
                throw Stop.fault(Fault(kind: .outsideList, node: key))
            }
            value = values[whole - 1]
        }
        return value
    }
}

/// What a policy does to an input.
struct ReferencePatch {
    var sign: String
    var value: Int32
    /// Both years included; all years where there is no window.
    var window: (from: Int, until: Int)
}

extension SyntaxTree {
    /// The reference reads nodes as they are kept, and so rests on no view.
    func children(_ start: Int32, _ count: Int32) -> ArraySlice<Int32> {
        extra[Int(start)..<Int(start) + Int(count)]
    }
}
