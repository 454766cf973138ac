// Types and declarations: what their nodes hold.

extension SyntaxTree {
    @inlinable
    public func functionType(_ node: some NodeReference) -> FunctionTypeNode {
        FunctionTypeNode(node.node(in: self), self)
    }
    @inlinable
    public func dimensionPower(_ node: some NodeReference) -> DimensionPowerNode {
        DimensionPowerNode(node.node(in: self))
    }
    @inlinable public func horizon(_ node: some NodeReference) -> HorizonNode { HorizonNode(node.node(in: self)) }
    @inlinable public func useModule(_ node: some NodeReference) -> UseModuleNode {
        UseModuleNode(node.node(in: self), self)
    }
    @inlinable public func useFile(_ node: some NodeReference) -> UseFileNode { UseFileNode(node.node(in: self)) }
    @inlinable public func unit(_ node: some NodeReference) -> UnitNode { UnitNode(node.node(in: self)) }
    @inlinable
    public func indexDeclaration(_ node: some NodeReference) -> IndexDeclarationNode {
        IndexDeclarationNode(node.node(in: self), self)
    }
    @inlinable public func source(_ node: some NodeReference) -> NamedNode { NamedNode(node.node(in: self)) }
    @inlinable
    public func definition(_ node: some NodeReference) -> DefinitionNode { DefinitionNode(node.node(in: self), self) }
    @inlinable public func function(_ node: some NodeReference) -> FunctionNode {
        FunctionNode(node.node(in: self), self)
    }
    @inlinable public func cite(_ node: some NodeReference) -> CiteNode { CiteNode(node.node(in: self)) }
    @inlinable public func field(_ node: some NodeReference) -> FieldNode { FieldNode(node.node(in: self), self) }
}

extension SyntaxTree {
    /// The `cite` of what a node declares or says; none where it has none.
    public func citation(_ reference: some NodeReference) -> NodeID {
        let node = reference.node(in: self)
        switch node.kind {
        case .assume, .let: return definition(node).cite
        case .field: return field(node).cite
        case .unit: return unit(node).cite
        case .keyedItem: return keyedItem(node).cite
        default: return .none
        }
    }

    /// The `name`s behind `over` of a `let`, an input or a local `let`.
    @inlinable
    public func over(_ reference: some NodeReference) -> NodeList {
        let node = reference.node(in: self)
        switch node.kind {
        case .assume, .let: return definition(node).over
        case .localLet: return localLet(node).over
        default: return list(0, 0)
        }
    }
}

/// `fn(T) -> T`.
public struct FunctionTypeNode: Sendable {
    public let parameters: NodeList
    public let result: NodeID

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) { (parameters, result) = (tree.list(node.a, node.b), NodeID(node.c)) }
}

/// A unit that stands for its dimension, or nothing for `1`, and its exponent, negative behind `/`.
public struct DimensionPowerNode: Sendable {
    public let unit: Symbol?
    public let numerator, denominator: Int32

    @inlinable init(_ node: Node) { (unit, numerator, denominator) = (SyntaxTree.symbol(node.a), node.b, node.c) }
}

/// `horizon 2020..2030 by quarter`: the step may be missing (`quarter` and `month` come as `name`).
public struct HorizonNode: Sendable {
    public let first, last, step: NodeID

    @inlinable init(_ node: Node) { (first, last, step) = (NodeID(node.a), NodeID(node.b), NodeID(node.c)) }
}

/// `use carbon: a, b`, without names where all is used.
public struct UseModuleNode: Sendable {
    public let module: Symbol
    public let names: NodeList

    @inlinable init(_ node: Node, _ tree: SyntaxTree) { (module, names) = (Symbol(node.a), tree.list(node.b, node.c)) }
}

/// `use "prices.reuse" as prices`.
public struct UseFileNode: Sendable {
    public let path: NodeID
    public let name: Symbol

    @inlinable init(_ node: Node) { (path, name) = (NodeID(node.a), Symbol(node.b)) }
}

/// `unit t = 1000 kg source s`: the definition and the `cite` may be missing.
public struct UnitNode: Sendable {
    public let name: Symbol
    public let definition, cite: NodeID

    @inlinable init(_ node: Node) { (name, definition, cite) = (Symbol(node.a), NodeID(node.b), NodeID(node.c)) }
}

/// `index grade = A, B`, or `index partner like country`, with one name.
public struct IndexDeclarationNode: Sendable {
    public let name: Symbol
    public let isLike: Bool
    public let names: NodeList

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (name, isLike, names) = (Symbol(node.a), node.detail == 1, tree.list(node.b, node.c))
    }
}

/// `assume x per country over grade: USD = 1 source s`, and the same with `let`, which has no `per`. The type and the
/// `cite` may be missing.
public struct DefinitionNode: Sendable {
    public let name: Symbol
    public let value: NodeID
    /// From `start` on the type, the `cite`, and twice a count and so many `name`s. Read where it is asked for: the values
    /// are read by hot loops, the rest seldom.
    @usableFromInline let extra: [Int32]
    @usableFromInline let start: Int32

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (name, value, extra, start) = (Symbol(node.a), NodeID(node.b), tree.extra, node.c)
    }

    @inlinable public var type: NodeID { NodeID(extra[Int(start)]) }
    @inlinable public var cite: NodeID { NodeID(extra[Int(start) + 1]) }
    @inlinable public var per: NodeList { NodeList(extra, start + 3, extra[Int(start) + 2]) }

    @inlinable
    public var over: NodeList {
        let count = start + 3 + extra[Int(start) + 2]
        return NodeList(extra, count + 1, extra[Int(count)])
    }
}

/// `fn f(x: kg) -> kg = x`. The body is an expression or a `block`, and is missing where the function is `extern`.
public struct FunctionNode: Sendable {
    public let name: Symbol
    public let isExtern: Bool
    public let body: NodeID
    @usableFromInline let extra: [Int32]
    @usableFromInline let start: Int32

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (name, isExtern, body) = (Symbol(node.a), node.detail == 1, NodeID(node.b))
        (extra, start) = (tree.extra, node.c)
    }

    @inlinable public var result: NodeID { NodeID(extra[Int(start)]) }
    @inlinable public var parameters: NodeList { NodeList(extra, start + 2, extra[Int(start) + 1]) }
}

/// `source s, "note"`, where the note may be missing.
public struct CiteNode: Sendable {
    public let source: Symbol
    public let note: NodeID

    @inlinable init(_ node: Node) { (source, note) = (Symbol(node.a), NodeID(node.b)) }
}

/// `quantity: 3 phone at 2 USD/phone source s`: what stands behind `at`, and the `cite`, may be missing.
public struct FieldNode: Sendable {
    public let name: Symbol
    public let value, at, cite: NodeID

    @inlinable
    init(_ node: Node, _ tree: SyntaxTree) {
        (name, value) = (Symbol(node.a), NodeID(node.b))
        (at, cite) = (NodeID(tree.extra[Int(node.c)]), NodeID(tree.extra[Int(node.c) + 1]))
    }
}
