// Expressions: what their nodes hold.

extension SyntaxTree {
    /// The value of a `number`, with its suffix applied: `5%` is 0.05.
    @inlinable
    public func number(_ reference: some NodeReference) -> Double { numbers[Int(reference.node(in: self).a)] }

    /// What a `textPart` says, escapes decoded.
    @inlinable
    public func textPart(_ reference: some NodeReference) -> String { texts[Int(reference.node(in: self).a)] }

    /// What a `text` says, without what is interpolated.
    public func literal(_ reference: some NodeReference) -> String {
        elements(reference).reduce(into: "") { if self[$1].kind == .textPart { $0 += textPart($1) } }
    }

    @inlinable public func period(_ node: some NodeReference) -> PeriodNode { PeriodNode(node.node(in: self)) }
    @inlinable public func route(_ node: some NodeReference) -> RouteNode { RouteNode(node.node(in: self)) }
    @inlinable public func keyedItem(_ node: some NodeReference) -> KeyedItemNode { KeyedItemNode(node.node(in: self)) }
    @inlinable public func keyRange(_ node: some NodeReference) -> KeyRangeNode { KeyRangeNode(node.node(in: self)) }
    @inlinable public func recordField(_ node: some NodeReference) -> NamedNode { NamedNode(node.node(in: self)) }
    @inlinable public func parameter(_ node: some NodeReference) -> ParameterNode { ParameterNode(node.node(in: self)) }
    @inlinable public func unitPower(_ node: some NodeReference) -> UnitPowerNode { UnitPowerNode(node.node(in: self)) }
    @inlinable public func power(_ node: some NodeReference) -> PowerNode { PowerNode(node.node(in: self)) }
    @inlinable public func range(_ node: some NodeReference) -> RangeNode { RangeNode(node.node(in: self)) }
    @inlinable public func comparison(_ node: some NodeReference) -> ComparisonNode {
        ComparisonNode(node.node(in: self))
    }
    @inlinable public func membership(_ node: some NodeReference) -> MembershipNode {
        MembershipNode(node.node(in: self))
    }
    @inlinable public func shownAs(_ node: some NodeReference) -> ShownAsNode { ShownAsNode(node.node(in: self)) }
    @inlinable public func growing(_ node: some NodeReference) -> GrowingNode { GrowingNode(node.node(in: self)) }
    @inlinable public func every(_ node: some NodeReference) -> EveryNode { EveryNode(node.node(in: self)) }
    @inlinable public func argument(_ node: some NodeReference) -> ArgumentNode { ArgumentNode(node.node(in: self)) }
    @inlinable public func reduction(_ node: some NodeReference) -> ReductionNode { ReductionNode(node.node(in: self)) }
    @inlinable public func pick(_ node: some NodeReference) -> PickNode { PickNode(node.node(in: self)) }
    @inlinable public func member(_ node: some NodeReference) -> MemberNode { MemberNode(node.node(in: self)) }
    @inlinable public func under(_ node: some NodeReference) -> UnderNode { UnderNode(node.node(in: self)) }
    @inlinable public func aged(_ node: some NodeReference) -> AgedNode { AgedNode(node.node(in: self)) }
    @inlinable public func lambda(_ node: some NodeReference) -> LambdaNode { LambdaNode(node.node(in: self), self) }
    @inlinable public func block(_ node: some NodeReference) -> BlockNode { BlockNode(node.node(in: self), self) }
    @inlinable public func localLet(_ node: some NodeReference) -> LocalLetNode {
        LocalLetNode(node.node(in: self), self)
    }
    @inlinable public func quantity(_ node: some NodeReference) -> QuantityNode {
        QuantityNode(node.node(in: self), self)
    }
    @inlinable public func chain(_ node: some NodeReference) -> ChainNode { ChainNode(node.node(in: self), self) }
    @inlinable public func call(_ node: some NodeReference) -> CallNode { CallNode(node.node(in: self), self) }
    @inlinable public func index(_ node: some NodeReference) -> IndexNode { IndexNode(node.node(in: self), self) }

    @inlinable
    public func conditional(_ node: some NodeReference) -> ConditionalNode {
        ConditionalNode(node.node(in: self), self)
    }
}

extension Node {
    /// How a `number` was written.
    @inlinable public var traits: NumberTraits { NumberTraits(rawValue: detail) }
    /// Whether a `boolean` is `true`.
    @inlinable public var isTrue: Bool { detail == 1 }
}

/// `2026Q2`, `2026M07`: the part of the year counts from 1, of 4 or 12.
public struct PeriodNode: Sendable {
    public let year, part, division: Int64

    @inlinable init(_ node: Node) { (year, part, division) = (Int64(node.a), Int64(node.b), Int64(node.detail)) }
}

/// `A -> B`.
public struct RouteNode: Sendable {
    public let from, to: Symbol

    @inlinable init(_ node: Node) { (from, to) = (Symbol(node.a), Symbol(node.b)) }
}

/// `2022: 1` in brackets. The key is an expression, a `name`, a `route` or a `keyRange`; a bare integer is a year. The
/// `cite` may be missing.
public struct KeyedItemNode: Sendable {
    public let key, value, cite: NodeID

    @inlinable init(_ node: Node) { (key, value, cite) = (NodeID(node.a), NodeID(node.b), NodeID(node.c)) }
}

/// `2020..2024`, `..2025`, `2026..`: either end may be missing. Also used inside `x[...]`.
public struct KeyRangeNode: Sendable {
    public let first, last: NodeID

    @inlinable init(_ node: Node) { (first, last) = (NodeID(node.a), NodeID(node.b)) }
}

/// `low: 1` in a record, and in the type of one.
public struct NamedNode: Sendable {
    public let name: Symbol
    public let value: NodeID

    @inlinable init(_ node: Node) { (name, value) = (Symbol(node.a), NodeID(node.b)) }
}

/// `x: phone = 1`: the type and the value it stands for where none is given may be missing.
public struct ParameterNode: Sendable {
    public let name: Symbol
    public let type, standard: NodeID

    @inlinable init(_ node: Node) { (name, type, standard) = (Symbol(node.a), NodeID(node.b), NodeID(node.c)) }
}

/// `fn(x) = ...`. The body is an expression or a `block`.
public struct LambdaNode: Sendable {
    public let parameters: NodeList
    public let body: NodeID

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) { (parameters, body) = (tree.list(node.a, node.b), NodeID(node.c)) }
}

/// `{ let ...; expression }`. Its value is missing only where it could not be read.
public struct BlockNode: Sendable {
    public let lets: NodeList
    public let value: NodeID

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        lets = tree.list(node.a, max(node.b - 1, 0))
        value = node.b > 0 ? NodeID(tree.extra[Int(node.a + node.b - 1)]) : .none
    }
}

/// A `let` inside a block, with the `name`s behind `over`.
public struct LocalLetNode: Sendable {
    public let name: Symbol
    public let value: NodeID
    public let over: NodeList

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (name, value) = (Symbol(node.a), NodeID(node.b))
        over = node.c < 0 ? tree.list(0, 0) : tree.list(node.c + 1, tree.extra[Int(node.c)])
    }
}

/// A literal with units: `60M phone`, `[1, 2] kg`, `9 m^2`. The literal is a `number`, `list` or `keyed`.
public struct QuantityNode: Sendable {
    public let literal: NodeID
    public let units: NodeList

    @inlinable init(_ node: Node, _ tree: SyntaxTree) { (literal, units) = (NodeID(node.a), tree.list(node.b, node.c)) }
}

/// `m^2` behind a literal. The exponent is a whole number, and may be negative.
public struct UnitPowerNode: Sendable {
    public let unit: Symbol
    public let exponent: Int32

    @inlinable init(_ node: Node) { (unit, exponent) = (Symbol(node.a), node.b) }
}

/// A left-associative run of `+ -` (`sum`), or of `* /` (`product`). Never recurse along it: it may be a million long.
public struct ChainNode: Sendable {
    public let operands: NodeList
    @usableFromInline let operators: [ChainOperator]
    @usableFromInline let start: Int

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (operands, operators, start) = (tree.list(node.a, node.b), tree.operators, Int(node.c))
    }

    /// What stands before an operand; before the first, what changes nothing in a `sum`.
    @inlinable
    public func sign(before position: Int) -> ChainOperator { position == 0 ? .add : operators[start + position - 1] }
}

/// `a ^ b`.
public struct PowerNode: Sendable {
    public let base, exponent: NodeID

    @inlinable init(_ node: Node) { (base, exponent) = (NodeID(node.a), NodeID(node.b)) }
}

/// `a to b`.
public struct RangeNode: Sendable {
    public let low, high: NodeID

    @inlinable init(_ node: Node) { (low, high) = (NodeID(node.a), NodeID(node.b)) }
}

/// `a <= b`, `a == b within c`, where the tolerance may be missing.
public struct ComparisonNode: Sendable {
    public let sign: Comparison
    public let left, right, tolerance: NodeID

    @inlinable
    init(_ node: Node) {
        sign = Comparison(rawValue: node.detail) ?? .equal
        (left, right, tolerance) = (NodeID(node.a), NodeID(node.b), NodeID(node.c))
    }
}

/// `a in [A, B]`: what is looked for, and a `list` in brackets.
public struct MembershipNode: Sendable {
    public let value, list: NodeID

    @inlinable init(_ node: Node) { (value, list) = (NodeID(node.a), NodeID(node.b)) }
}

/// `a as b`; b is an expression made of units.
public struct ShownAsNode: Sendable {
    public let value, unit: NodeID

    @inlinable init(_ node: Node) { (value, unit) = (NodeID(node.a), NodeID(node.b)) }
}

/// `a growing b from c`.
public struct GrowingNode: Sendable {
    public let value, rate, from: NodeID

    @inlinable init(_ node: Node) { (value, rate, from) = (NodeID(node.a), NodeID(node.b), NodeID(node.c)) }
}

/// `rate every step`, behind `growing`.
public struct EveryNode: Sendable {
    public let rate, step: NodeID

    @inlinable init(_ node: Node) { (rate, step) = (NodeID(node.a), NodeID(node.b)) }
}

/// `if c then a else if d then b else e`: the chain in one node.
public struct ConditionalNode: Sendable {
    /// Condition, value, condition, value, ..., and the value of `else`.
    public let parts: NodeList

    @inlinable init(_ node: Node, _ tree: SyntaxTree) { parts = tree.list(node.a, node.b) }

    /// How many conditions there are.
    @inlinable public var count: Int { parts.count / 2 }
    @inlinable public func condition(_ branch: Int) -> NodeID { parts[2 * branch] }
    @inlinable public func value(_ branch: Int) -> NodeID { parts[2 * branch + 1] }
    @inlinable public var otherwise: NodeID { parts[parts.count - 1] }
    /// The value of each branch, that of `else` last.
    @inlinable public var values: [NodeID] { (0..<count).map(value) + [otherwise] }
}

/// `f(a, b: c)`. The arguments are `argument`s.
public struct CallNode: Sendable {
    public let callee: NodeID
    public let arguments: NodeList

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) { (callee, arguments) = (NodeID(node.a), tree.list(node.b, node.c)) }
}

/// An argument of a call, with its label and its `reduction` if there are any.
public struct ArgumentNode: Sendable {
    public let label: Symbol?
    public let value, reduction: NodeID

    @inlinable
    init(_ node: Node) {
        (label, value, reduction) = (SyntaxTree.symbol(node.a), NodeID(node.b), NodeID(node.c))
    }
}

/// `where c over grade` behind the value of an argument: one of both may be missing.
public struct ReductionNode: Sendable {
    public let condition: NodeID
    public let axis: Symbol?

    @inlinable init(_ node: Node) { (condition, axis) = (NodeID(node.a), SyntaxTree.symbol(node.b)) }
}

/// `x[...]`. The picks are expressions, `pick`s or `keyRange`s.
public struct IndexNode: Sendable {
    public let base: NodeID
    public let picks: NodeList

    @inlinable init(_ node: Node, _ tree: SyntaxTree) { (base, picks) = (NodeID(node.a), tree.list(node.b, node.c)) }
}

/// `country: China`, inside `x[...]`. The member is an expression, of which a `name` or a `route` has a meaning.
public struct PickNode: Sendable {
    public let index: Symbol
    public let member: NodeID

    @inlinable init(_ node: Node) { (index, member) = (Symbol(node.a), NodeID(node.b)) }
}

/// `base.name`.
public struct MemberNode: Sendable {
    public let base: NodeID
    public let name: Symbol

    @inlinable init(_ node: Node) { (base, name) = (NodeID(node.a), Symbol(node.b)) }
}

/// `x under scenario`.
public struct UnderNode: Sendable {
    public let value: NodeID
    public let scenario: Symbol

    @inlinable init(_ node: Node) { (value, scenario) = (NodeID(node.a), Symbol(node.b)) }
}

/// `x aged 2 yr`.
public struct AgedNode: Sendable {
    public let value, age: NodeID

    @inlinable init(_ node: Node) { (value, age) = (NodeID(node.a), NodeID(node.b)) }
}
