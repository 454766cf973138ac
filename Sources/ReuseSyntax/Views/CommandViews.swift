// Commands: what their nodes hold, each beside the part of the parser that makes it.

extension SyntaxTree {
    @inlinable public func show(_ node: some NodeReference) -> ShowNode { ShowNode(node.node(in: self), self) }
    @inlinable public func trace(_ node: some NodeReference) -> TraceNode { TraceNode(node.node(in: self)) }
    @inlinable public func assertion(_ node: some NodeReference) -> AssertionNode { AssertionNode(node.node(in: self)) }
    public func compare(_ node: some NodeReference) -> CompareNode { CompareNode(node.node(in: self), self) }
    public func attribute(_ node: some NodeReference) -> AttributeNode { AttributeNode(node.node(in: self), self) }
    public func sensitivity(_ node: some NodeReference) -> SensitivityNode {
        SensitivityNode(node.node(in: self), self)
    }
    public func target(_ node: some NodeReference) -> TargetNode { TargetNode(node.node(in: self), self) }
    public func solve(_ node: some NodeReference) -> SolveNode { SolveNode(node.node(in: self), self) }
    public func correlate(_ node: some NodeReference) -> CorrelateNode { CorrelateNode(node.node(in: self), self) }
    public func calibrate(_ node: some NodeReference) -> CalibrateNode { CalibrateNode(node.node(in: self), self) }
    public func later(_ node: some NodeReference) -> LaterNode { LaterNode(node.node(in: self), self) }
}

/// A part of a command, and what it must be. A node that is none is left out where the command is written.
public enum CommandPart: Sendable {
    /// An expression of any type.
    case value(NodeID)
    /// A number in any unit; with `orCondition` also a condition.
    case number(NodeID, orCondition: Bool = false)
    case condition(NodeID)
    /// A comparison by `==`.
    case equality(NodeID)
    case time(NodeID)
    case share(NodeID)
    /// Names of indexes, or `time`.
    case axes(NodeList, after: String)
    case scenarios(NodeList)
    case policies(NodeList, after: String)
}

extension SyntaxTree {
    /// The parts of a command in the order in which they are checked; of `solve` and `calibrate`, whose parts must fit inputs
    /// of the model, none.
    public func parts(ofCommand reference: some NodeReference) -> [CommandPart] {
        let node = reference.node(in: self)
        switch node.kind {
        case .show: return show(node).parts
        case .trace: return trace(node).parts
        case .consistent: return [.equality(operand(node))]
        case .assert: return assertion(node).parts
        case .expressionStatement: return [.value(operand(node))]
        case .compare: return compare(node).parts
        case .attribute: return attribute(node).parts
        case .sensitivity: return sensitivity(node).parts
        case .target: return target(node).parts
        default: return []
        }
    }
}

/// `show a, b by grade in 2030`: the period may be missing.
public struct ShowNode: Sendable {
    public let values, axes: NodeList
    public let point: NodeID

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        values = tree.list(node.a, node.b)
        axes = tree.list(node.c + 2, tree.extra[Int(node.c) + 1])
        point = NodeID(tree.extra[Int(node.c)])
    }

    var parts: [CommandPart] { values.map { .value($0) } + [.time(point), .axes(axes, after: "by")] }
}

extension Parser {
    mutating func show() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let (a, b) = try expressions()
        let axes = accept(.by) ? try names(scratch.count) : (0, 0)
        let point = try point(behind: .in)
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(point)
        appendNames(axes)
        return add(.show, from: first, to: lastEnd, a, b, c)
    }
}

/// `trace x in 2030`: the period may be missing.
public struct TraceNode: Sendable {
    public let value, point: NodeID

    @inlinable init(_ node: Node) { (value, point) = (NodeID(node.a), NodeID(node.b)) }

    var parts: [CommandPart] { [.value(value), .time(point)] }
}

extension Parser {
    mutating func trace() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let value = try expression()
        let point = try point(behind: .in)
        return add(.trace, from: first, to: lastEnd, value, point)
    }
}

/// `assert x > 0, "message"`: the message, a `text`, may be missing.
public struct AssertionNode: Sendable {
    public let condition, message: NodeID

    @inlinable init(_ node: Node) { (condition, message) = (NodeID(node.a), NodeID(node.b)) }

    var parts: [CommandPart] { [.condition(condition), .value(message)] }
}

extension Parser {
    mutating func assertion() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let condition = try conditionOperand()
        var message: Int32 = -1
        if accept(.comma) {
            guard kind.isText else { throw unexpected("a text: the message of the assertion") }
            message = try expression()
        }
        return add(.assert, from: first, to: lastEnd, condition, message)
    }
}

/// `compare baseline, s on x, y in 2030`: the period may be missing.
public struct CompareNode: Sendable {
    public let scenarios, values: NodeList
    public let point: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (scenarios, values, point) = (tree.parts(node, 0), tree.parts(node, 2), tree.part(node, 4))
    }

    var parts: [CommandPart] { [.scenarios(scenarios)] + values.map { .value($0) } + [.time(point)] }
}

extension Parser {
    mutating func compare() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let scenarios = try names(scratch.count)
        try expect(.on, "`on` and what to compare")
        let values = try expressions()
        let point = try point(behind: .in)
        return add(.compare, .compare, from: first, parts: scenarios.0, scenarios.1, values.0, values.1, point)
    }
}

/// `attribute x among p, q in 2030`: without names all policies are meant; the period may be missing.
public struct AttributeNode: Sendable {
    public let value: NodeID
    public let among: NodeList
    public let point: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (value, among, point) = (tree.part(node, 0), tree.parts(node, 1), tree.part(node, 3))
    }

    var parts: [CommandPart] { [.number(value), .time(point), .policies(among, after: "among")] }
}

extension Parser {
    mutating func attribute() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let value = try expression()
        let among = accept(.among) ? try names(scratch.count) : (0, 0)
        let point = try point(behind: .in)
        return add(.attribute, .attribute, from: first, parts: value, among.0, among.1, point)
    }
}

/// `sensitivity x in 2030 by tornado`: the period and the method, a `name`, may be missing.
public struct SensitivityNode: Sendable {
    public let value, point, method: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (value, point, method) = (tree.part(node, 0), tree.part(node, 1), tree.part(node, 2))
    }

    var parts: [CommandPart] { [.number(value, orCondition: true), .time(point)] }
}

extension Parser {
    mutating func sensitivity() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let value = try expression()
        let point = try point(behind: .in)
        let method = accept(.by) ? try nameNode() : -1
        return add(.sensitivity, .sensitivity, from: first, parts: value, point, method)
    }
}

/// `target t "title": x >= 1 by 2030 with 90%`, or `from 2026 until 2030`. The title, the first period and the share may
/// be missing; `until` is also the period behind `by`.
public struct TargetNode: Sendable {
    public let name, title, condition, from, until, share: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, title, condition) = (tree.part(node, 0), tree.part(node, 1), tree.part(node, 2))
        (from, until, share) = (tree.part(node, 3), tree.part(node, 4), tree.part(node, 5))
    }

    var parts: [CommandPart] { [.condition(condition), .time(from), .time(until), .share(share)] }
}

extension Parser {
    mutating func target() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        let title = try self.title()
        try expect(.colon, "`:` and the condition of the target")
        let condition = try conditionOperand()
        let from = try point(behind: .from)
        if from >= 0 {
            try expect(.until, "`until` and the last period")
        } else {
            try expect(.by, "`by` and the period in which the target is judged")
        }
        let until = try point()
        let share = try point(behind: .with)
        return add(.target, .target, from: first, parts: name, title, condition, from, until, share)
    }
}

/// `solve s: path in 0..10 so that x > 1`.
public struct SolveNode: Sendable {
    public let name, path, range, condition: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, path) = (tree.part(node, 0), tree.part(node, 1))
        (range, condition) = (tree.part(node, 2), tree.part(node, 3))
    }
}

extension Parser {
    mutating func solve() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        try expect(.colon, "`:` and the input to solve for")
        let path = try path()
        try expect(.in, "`in` and a range such as `0..10`")
        let rangeStart = start
        let low = try binary(Level.sum)
        try expect(.dotDot, "`..`")
        let high = try binary(Level.sum)
        let range = add(.keyRange, from: rangeStart, to: lastEnd, low, high)
        try soThat()
        let condition = try conditionOperand()
        return add(.solve, .solve, from: first, parts: name, path, range, condition)
    }

    private mutating func soThat() throws(SyntaxFailure) {
        try expect(.so, "`so that` and a condition")
        guard isWord(.that) else { throw unexpected("`that`") }
        advance()
    }
}

/// `correlate a, b at 0.6`: the paths of inputs, and a number or a list of lists.
public struct CorrelateNode: Sendable {
    public let paths: NodeList
    public let value: NodeID

    init(_ node: Node, _ tree: SyntaxTree) { (paths, value) = (tree.parts(node, 0), tree.part(node, 2)) }
}

extension Parser {
    mutating func correlate() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let paths = try paths()
        try expect(.at, "`at` and a correlation")
        let value = try expression()
        return add(.correlate, .correlate, from: first, parts: paths.0, paths.1, value)
    }

    private mutating func paths() throws(SyntaxFailure) -> (Int32, Int32) {
        let mark = scratch.count
        repeat { scratch.append(try path()) } while accept(.comma)
        return list(from: mark)
    }
}

/// `calibrate a, b so that x fits d`: the paths of inputs, what is fitted and to what.
public struct CalibrateNode: Sendable {
    public let paths: NodeList
    public let value, data: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (paths, value, data) = (tree.parts(node, 0), tree.part(node, 2), tree.part(node, 3))
    }
}

extension Parser {
    mutating func calibrate() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let paths = try paths()
        try soThat()
        let value = try expression()
        guard isWord(.fits) else { throw unexpected("`fits` and the data") }
        advance()
        let data = try expression()
        return add(.calibrate, .calibrate, from: first, parts: paths.0, paths.1, value, data)
    }
}

/// `plot` and `test`, whose meaning comes later: the word, and the children in the order of the text.
public struct LaterNode: Sendable {
    public let word: Symbol
    public let children: NodeList

    init(_ node: Node, _ tree: SyntaxTree) { (word, children) = (Symbol(node.a), tree.list(node.b, node.c)) }
}

extension Parser {
    mutating func plot() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let mark = scratch.count
        if kind == .name, value >= Word.line.rawValue, value <= Word.sankey.rawValue {
            let after = nextKind
            let continues =
                after == .comma || after.endsStatement || (after.continuesBefore && after != .minus)
                || after == .openParen || after == .openBracket
            if !continues { scratch.append(try nameNode()) }
        }
        repeat { scratch.append(try expression()) } while try acceptComma()
        let (b, c) = list(from: mark)
        return add(.later, from: first, to: lastEnd, Word.plot.rawValue, b, c)
    }

    mutating func test() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let mark = scratch.count
        scratch.append(try literalText())
        guard kind == .openBrace else { throw unexpected("`{`") }
        try openBracket()
        skipSeparators()
        while kind != .closeBrace, kind != .end {
            let begin = at
            let outerStart = statementStart
            if let id = guardedStatement() { scratch.append(id) }
            statementStart = outerStart
            skipSeparators()
            if at == begin { throw unexpected("`}`") }
        }
        try closeBracket(.closeBrace, "`}`")
        let (b, c) = list(from: mark)
        return add(.later, from: first, to: lastEnd, Word.test.rawValue, b, c)
    }

    /// Expressions with commas between them.
    private mutating func expressions() throws(SyntaxFailure) -> (Int32, Int32) {
        let mark = scratch.count
        repeat { scratch.append(try expression()) } while try acceptComma()
        return list(from: mark)
    }
}
