/// The index of a node in its tree.
@frozen
public struct NodeID: Hashable, Comparable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable public static var none: NodeID { NodeID(-1) }
    @inlinable public var isNone: Bool { rawValue < 0 }
    @inlinable public static func < (a: NodeID, b: NodeID) -> Bool { a.rawValue < b.rawValue }
}

/// What a node is. What it holds is read through its view, named behind: `tree.call(id)`. Those without one hold nothing but
/// a list (`tree.elements(id)`), one child (`tree.operand(id)`), or a name (`tree.name(id)`).
public enum NodeKind: UInt8, Sendable, BitwiseCopyable {
    // MARK: Expressions

    /// Stands where something unreadable was; always beside a diagnostic.
    case error
    /// `5%`: 0.05. `Node.traits` tells how it was written.
    case number
    /// `%` on its own, as in `as %/yr`.
    case percent
    /// `2026Q2`, `2026M07`.
    case period
    /// A list of parts: `textPart` or any expression.
    case text
    case textPart
    case boolean
    case noneLiteral
    case name
    /// `A -> B`.
    case route
    case paren
    /// `[1, 2, 3]`, a list of expressions.
    case list
    /// `[2022: 1, ..2025: 2, A: 3]`, a list of `keyedItem`.
    case keyed
    case keyedItem
    /// `2020..2024`, `..2025`, `2026..`. Also used inside `x[...]`.
    case keyRange
    /// `{ low: 1 }`, a list of `recordField`.
    case record
    case recordField
    /// `fn(x) = ...`.
    case lambda
    case parameter
    /// `{ let ...; expression }`, a list of `localLet`s, then one expression.
    case block
    case localLet
    /// A literal with units: `60M phone`, `[1, 2] kg`, `9 m^2`.
    case quantity
    case unitPower
    /// Run of `+ -`, or of `* /`, read as `tree.chain(id)`.
    case sum, product
    /// A list of operands.
    case conjunction, disjunction
    case negate, not
    /// `a ^ b`.
    case power
    /// `a to b`.
    case range
    case comparison
    /// `a in [A, B]`.
    case membership
    /// `a as b`.
    case shownAs
    /// `a growing b from c`.
    case growing
    /// `rate every step`, behind `growing`.
    case every
    /// `if c then a else b`, with the `else if`s of the chain.
    case conditional
    case call
    case argument
    /// `x where c over grade`, inside an argument.
    case reduction
    /// `x[...]`.
    case index
    /// `country: China`, inside `x[...]`.
    case pick
    case member
    case under
    /// `x aged 2 yr`.
    case aged

    // MARK: Types

    /// `Bool`, `Text`, `Time`.
    case namedType
    /// `any A`.
    case anyType
    case listType
    /// A list of `recordField`, each with a type.
    case recordType
    case functionType
    /// A unit that stands for its dimension, a list of `dimensionPower`.
    case dimensionType
    case dimensionPower

    // MARK: Declarations and commands (children of the root)

    case model
    case horizon
    case extend
    /// `use carbon: a, b`.
    case useModule
    /// `use "prices.reuse" as prices`.
    case useFile
    case unit
    case indexDeclaration
    case source
    /// Read as `tree.definition(id)`, as the next.
    case assume
    case `let`
    case function
    /// `source s, "note"`.
    case cite
    /// A list of `field`.
    case fieldBlock
    case field
    case show
    case trace
    case consistent
    /// Read as `tree.assertion(id)`.
    case assert
    /// A bare expression as a statement.
    case expressionStatement
    /// Read as `tree.namedBlock(id)`, as the next.
    case market
    case stock
    case supply
    /// Read as `tree.routes(id)`.
    case routeDeclaration
    case policy
    case scenario
    case compare
    case target
    case attribute
    case sensitivity
    case solve
    case correlate
    case data
    case calibrate
    case projection
    /// `ban A -> B`: its operand is a `route`.
    case ban
    /// A command whose meaning comes later.
    case later
    /// The whole text, a list of statements.
    case root
    /// `path op value`, in a policy or a scenario.
    case patch
}

/// How a number was written, for interval checks and for years. Kept in `Node.detail`.
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

public enum Comparison: UInt8, Sendable, BitwiseCopyable {
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
}

public enum ChainOperator: UInt8, Sendable, BitwiseCopyable {
    case add, subtract, multiply, divide
}

public struct Node: Sendable, BitwiseCopyable {
    public var kind: NodeKind
    @usableFromInline var detail: UInt8
    public var start: UInt32
    public var end: UInt32
    /// What these mean rests on the kind; the views in `Views` alone know it.
    @usableFromInline var a: Int32
    @usableFromInline var b: Int32
    @usableFromInline var c: Int32

    @usableFromInline static let missing = Node(.error, start: 0, end: 0)

    init(
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
    /// Numbers of nodes and other operands, of nodes that have more than three.
    @usableFromInline let extra: [Int32]
    @usableFromInline let operators: [ChainOperator]
    @usableFromInline let numbers: [Double]
    @usableFromInline let texts: [String]
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

    /// Where there is no such node, one that stands for something unreadable.
    @inlinable
    public subscript(_ id: NodeID) -> Node {
        id.rawValue >= 0 && Int(id.rawValue) < nodes.count ? nodes[Int(id.rawValue)] : .missing
    }

    public var statements: NodeList { root.isNone ? NodeList([], 0, 0) : elements(root) }

    /// All nodes, children before their parents.
    @inlinable public var ids: NodeRange { NodeRange(0..<Int32(nodes.count)) }

    /// The nodes behind one, at most so many.
    @inlinable
    public func ids(behind id: NodeID, atMost count: Int) -> NodeRange {
        let first = id.rawValue + 1
        return NodeRange(first..<first + Int32(min(count, max(nodes.count - Int(first), 0))))
    }

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
