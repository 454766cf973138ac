/// The index of a node in its tree.
@frozen
public struct NodeID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable public static var none: NodeID { NodeID(-1) }
    @inlinable public var isNone: Bool { rawValue < 0 }
    @inlinable public static func < (a: NodeID, b: NodeID) -> Bool { a.rawValue < b.rawValue }
}

/// What a node is, and what its three operands `a`, `b`, `c` mean.
///
/// "list at (a, b)" means `b` entries in `SyntaxTree.extra` that start at `a`, each a raw `NodeID` unless said otherwise.
/// "or -1" marks an optional child.
@frozen
public enum NodeKind: UInt8, Sendable, BitwiseCopyable {
    // MARK: Expressions

    /// Stands where something unreadable was; always beside a diagnostic.
    case error
    /// a: index in `numbers` (suffix applied: `5%` holds 0.05). detail: `NumberTraits`.
    case number
    /// `%` on its own, as in `as %/yr`.
    case percent
    /// `2026Q2`, `2026M07`. a: year, b: 1-based quarter or month. detail: 4 for a quarter, 12 for a month.
    case period
    /// list at (a, b) of parts: `textPart` or any expression.
    case text
    /// a: index in `texts`, escapes decoded.
    case textPart
    /// detail: 1 for `true`.
    case boolean
    case noneLiteral
    /// a: symbol.
    case name
    /// `A -> B`. a, b: symbols.
    case route
    /// a: inner expression.
    case paren
    /// `[1, 2, 3]`. list at (a, b) of expressions.
    case list
    /// `[2022: 1, ..2025: 2, A: 3]`. list at (a, b) of `keyedItem`.
    case keyed
    /// a: key (an expression, `name`, `route` or `keyRange`; a bare integer is a year), b: value, c: `cite` or -1.
    case keyedItem
    /// `2020..2024`, `..2025`, `2026..`. a, b: points or -1. Also used inside `x[...]`.
    case keyRange
    /// `{ low: 1 }`. list at (a, b) of `recordField`.
    case record
    /// a: symbol, b: value.
    case recordField
    /// `fn(x) = ...`. list at (a, b) of `parameter`; c: body, an expression or `block`.
    case lambda
    /// a: symbol, b: type or -1, c: default or -1.
    case parameter
    /// `{ let ...; expr }`. list at (a, b): `localLet`s, then one expression.
    case block
    /// a: symbol, b: value, c: start in `extra` of [count, then that many `name` nodes of `over`], or -1.
    case localLet
    /// A literal with units: `60M phone`, `[1, 2] kg`, `9 m^2`. a: `number`, `list` or `keyed`; list at (b, c) of `unitPower`.
    case quantity
    /// a: symbol, b: exponent (a whole number, may be negative).
    case unitPower
    /// Left-associative run of `+ -`, or of `* /`. list at (a, b) of operands; the operator before operand i (i >= 1) is
    /// `operators[c + i - 1]`. Never recurse along it: it may be a million long.
    case sum, product
    /// list at (a, b) of operands.
    case conjunction, disjunction
    /// a: operand.
    case negate, not
    /// a ^ b.
    case power
    /// `a to b`.
    case range
    /// detail: `Comparison`. a, b: sides, c: `within` tolerance or -1.
    case comparison
    /// `a in [A, B]`. a: what is looked for, b: where, a `list` in brackets.
    case membership
    /// `a as b`; b: an expression made of units.
    case shownAs
    /// `a growing b from c`.
    case growing
    /// `rate every step`, behind `growing`. a: rate, b: step
    case every
    /// list at (a, b): condition, value, condition, value, ..., else-value (so b is odd). `else if` chains are flattened.
    case conditional
    /// a: callee; list at (b, c) of `argument`.
    case call
    /// a: label symbol or -1, b: value, c: `reduction` or -1.
    case argument
    /// `x where c over grade`, inside an argument. a: condition or -1, b: symbol of the axis or -1.
    case reduction
    /// a: base; list at (b, c) of expressions, `pick` or `keyRange`.
    case index
    /// `country: China`, inside `x[...]`. a: symbol of the index, b: the member (an expression, of which a `name` or a
    /// `route` has a meaning).
    case pick
    /// a: base, b: symbol.
    case member
    /// a: base, b: symbol of the scenario.
    case under
    /// `x aged 2 yr`. a: value, b: age.
    case aged

    // MARK: Types

    /// `Bool`, `Text`, `Time`. a: symbol.
    case namedType
    /// `any A`. a: symbol of the variable.
    case anyType
    /// a: element.
    case listType
    /// list at (a, b) of `recordField` whose b is a type.
    case recordType
    /// list at (a, b) of types; c: result.
    case functionType
    /// A unit that stands for its dimension. list at (a, b) of `dimensionPower`.
    case dimensionType
    /// a: symbol or -1 for `1`; b / c: exponent, negative behind `/`.
    case dimensionPower

    // MARK: Declarations and commands (children of the root)

    /// a: `text`.
    case model
    /// a: first point, b: last point, c: step or -1 (`quarter` and `month` come as `name`).
    case horizon
    /// a: `text`.
    case extend
    /// `use carbon: a, b`. a: symbol; list at (b, c) of `name`.
    case useModule
    /// `use "prices.reuse" as prices`. a: `text`, b: symbol.
    case useFile
    /// a: symbol, b: definition or -1, c: `cite` or -1.
    case unit
    /// `index grade = A, B`, or `index partner like country`. a: symbol; list at (b, c) of `name`. detail: 1 for `like`,
    /// with one name.
    case indexDeclaration
    /// a: symbol, b: `fieldBlock`.
    case source
    /// a: symbol, b: value, c: start in `extra` of [type or -1, cite or -1, count, then that many `name` nodes of `per`,
    /// count, then that many of `over`].
    case assume
    /// a: symbol, b: value, c: start in `extra` of [type or -1, cite or -1, count, then that many `name` nodes of `over`].
    case `let`
    /// detail: 1 for `extern`. a: symbol, b: body or -1 (an expression or `block`),
    /// c: start in `extra` of [result type or -1, count, then that many `parameter`s].
    case function
    /// `source s, "note"`. a: symbol, b: `text` or -1.
    case cite
    /// list at (a, b) of `field`.
    case fieldBlock
    /// a: symbol, b: value, c: start in `extra` of [`at` value or -1, cite or -1].
    case field
    /// list at (a, b) of expressions; c: start in `extra` of ["in" point or -1, count, then that many `name`s of "by"].
    case show
    /// a: expression, b: "in" point or -1.
    case trace
    /// a: `comparison`.
    case consistent
    /// a: condition, b: `text` or -1.
    case assert
    /// A bare expression as a statement. a: expression.
    case expressionStatement
    /// a: symbol of the statement word, here and in the next two; list at (b, c) of `name`, `fieldBlock`.
    case market
    /// list at (b, c) of `name`, `fieldBlock`.
    case stock
    /// list at (b, c) of `name`, `name` (the word `in`), `name` of the market, `fieldBlock`.
    case supply
    /// list at (b, c) of `name` where it begins, `name`s where it ends, and a `fieldBlock` if there is one.
    case routeDeclaration
    /// list at (b, c) of `name`, a `text` if it has a title, then clauses: each the word as a `name`, then what it says
    /// (`after`: `name`s; `from`, `until`, `over`: an expression); then `patch`es, `assume`s and `ban`s.
    case policy
    /// list at (b, c) of `name`, a `text` if it has a title, `name`s of policies if there are any, `patch`es.
    case scenario
    /// list at (b, c) of `name`s of scenarios, the word `on`, expressions, and the word `in` with a point if there is one.
    case compare
    /// list at (b, c) of `name`, a `text` if it has a title, the condition, then clauses: each the word as a `name`, then
    /// what it says (`by`, or `from` and `until`: a point; `with`: a share).
    case target
    /// list at (b, c) of an expression, then the word `among` with `name`s, and the word `in` with a point, if there are any.
    case attribute
    /// list at (b, c) of an expression, then the word `in` with a point, and the word `by` with a `name`, if there are any.
    case sensitivity
    /// list at (b, c) of `name`, the path of an input, the word `in`, `keyRange`, the words `so` and `that`, the condition.
    case solve
    /// `correlate a, b at 0.6`. list at (b, c) of the paths of inputs, the word `at`, a number or a list of lists.
    case correlate
    /// list at (b, c) of `name`, the `text` of a path, the word `table` or `query` with a `text` if there is one,
    /// `fieldBlock`, and a `cite` if there is one.
    case data
    /// list at (b, c) of the paths of inputs, the words `so` and `that`, an expression, the word `fits`, the data.
    case calibrate
    /// list at (b, c) of `name`, a `text` if it has a title, `fieldBlock`, and a `cite` if there is one.
    case projection
    /// `ban A -> B`. list at (b, c) of one `route`.
    case ban
    /// A declaration or command whose meaning comes later. Its children are kept for tools:
    /// a: symbol of its statement word; list at (b, c) of children in source order.
    case later
    /// The whole text. list at (a, b) of statements.
    case root
    /// Child of `later`: `path op value`. a: path (`later` child expression), b: value, detail: operator byte.
    case patch
}

/// How a number was written, for interval checks and for years. Kept in `Node.detail`.
@frozen
public struct NumberTraits: OptionSet, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    @inlinable public static var percent: NumberTraits { NumberTraits(rawValue: 1) }
    /// `k`, `M` or `B`.
    @inlinable public static var magnitude: NumberTraits { NumberTraits(rawValue: 2) }
    /// A decimal point.
    @inlinable public static var point: NumberTraits { NumberTraits(rawValue: 4) }
    /// Digits alone: may be a year where a time is wanted.
    @inlinable public static var bareInteger: NumberTraits { NumberTraits(rawValue: 8) }
}

@frozen
public enum Comparison: UInt8, Sendable {
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
}

@frozen
public enum ChainOperator: UInt8, Sendable, BitwiseCopyable {
    case add, subtract, multiply, divide
}

@frozen
public struct Node: Sendable, BitwiseCopyable {
    public var kind: NodeKind
    public var detail: UInt8
    public var start: UInt32
    public var end: UInt32
    public var a: Int32
    public var b: Int32
    public var c: Int32

    public init(
        _ kind: NodeKind, detail: UInt8 = 0, start: UInt32, end: UInt32, a: Int32 = -1, b: Int32 = -1, c: Int32 = -1
    ) {
        self.kind = kind
        self.detail = detail
        self.start = start
        self.end = end
        self.a = a
        self.b = b
        self.c = c
    }

    public var span: Span { Span(start: start, end: end) }
}

/// A comment (`#` or `##`), kept for the formatter.
public struct Comment: Sendable {
    public var span: Span
    /// Whether nothing but blanks stands before it on its line.
    public var ownLine: Bool

    public init(span: Span, ownLine: Bool) {
        self.span = span
        self.ownLine = ownLine
    }
}

/// A parsed text: an array of nodes. Children come before their parents; the root is last. Nesting is at most 256.
///
/// Immutable, and shared by all stages: a class, so that handing it on costs one count.
public final class SyntaxTree: Sendable {
    public let nodes: [Node]
    public let extra: [Int32]
    public let operators: [ChainOperator]
    public let numbers: [Double]
    public let texts: [String]
    public let comments: [Comment]
    /// Byte offset of the start of each line.
    public let lineStarts: [UInt32]
    /// Documentation of a statement: statement node to its `##` lines (without `## `), in source order.
    public let docs: [(statement: NodeID, lines: [String])]
    public let source: SourceID
    public let root: NodeID

    /// A tree without nodes: of nothing that was parsed.
    public convenience init(source: SourceID) { self.init(source: source, root: .none, nodes: []) }

    init(
        source: SourceID, root: NodeID, nodes: [Node], extra: [Int32] = [], operators: [ChainOperator] = [],
        numbers: [Double] = [], texts: [String] = [], comments: [Comment] = [], lineStarts: [UInt32] = [0],
        docs: [(statement: NodeID, lines: [String])] = []
    ) {
        self.source = source
        self.root = root
        self.nodes = nodes
        self.extra = extra
        self.operators = operators
        self.numbers = numbers
        self.texts = texts
        self.comments = comments
        self.lineStarts = lineStarts
        self.docs = docs
    }

    @inlinable
    public subscript(_ id: NodeID) -> Node { nodes[Int(id.rawValue)] }

    @inlinable
    public func children(_ start: Int32, _ count: Int32) -> ArraySlice<Int32> {
        extra[Int(start)..<Int(start) + Int(count)]
    }

    public var statements: NodeList { root.isNone ? NodeList([], 0, 0) : elements(root) }

    /// All nodes, children before their parents.
    @inlinable public var ids: NodeRange { NodeRange(0..<Int32(nodes.count)) }

    /// The nodes of an expression or a statement, which are numbered without gaps and end in its root.
    @inlinable
    public func subtree(of root: NodeID) -> NodeRange {
        let start = self[root].start
        var first = root.rawValue
        while first > 0, nodes[Int(first) - 1].start >= start { first -= 1 }
        return NodeRange(first..<root.rawValue + 1)
    }

    public func location(_ id: NodeID) -> Location { Location(source, self[id].span) }
}
