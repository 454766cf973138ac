// Markets, policies and what else is declared with a block: what their nodes hold, each beside the part of the parser
// that makes it.

extension SyntaxTree {
    @inlinable
    public func namedBlock(_ node: some NodeReference) -> NamedBlockNode { NamedBlockNode(node.node(in: self)) }
    public func supply(_ node: some NodeReference) -> SupplyNode { SupplyNode(node.node(in: self), self) }
    public func routes(_ node: some NodeReference) -> RoutesNode { RoutesNode(node.node(in: self), self) }
    public func policy(_ node: some NodeReference) -> PolicyNode { PolicyNode(node.node(in: self), self) }
    public func scenario(_ node: some NodeReference) -> ScenarioNode { ScenarioNode(node.node(in: self), self) }
    @inlinable public func patch(_ node: some NodeReference) -> PatchNode { PatchNode(node.node(in: self)) }
    public func projection(_ node: some NodeReference) -> ProjectionNode { ProjectionNode(node.node(in: self), self) }
    public func data(_ node: some NodeReference) -> DataNode { DataNode(node.node(in: self), self) }

    /// The `name` of what a statement declares or makes, where that is one thing: a `market`, `stock`, `supply`, `policy`,
    /// `scenario`, `target`, `solve`, `data` or `projection`.
    public func nameNode(of reference: some NodeReference) -> NodeID {
        let node = reference.node(in: self)
        return node.kind == .market || node.kind == .stock ? namedBlock(node).name : part(node, 0)
    }

    /// A part of a statement whose parts stand in `extra` from `b` on.
    func part(_ node: Node, _ place: Int) -> NodeID { NodeID(extra[Int(node.b) + place]) }

    /// A part that is a list: where it begins and how long it is.
    func parts(_ node: Node, _ place: Int) -> NodeList {
        list(extra[Int(node.b) + place], extra[Int(node.b) + place + 1])
    }
}

extension Parser {
    /// A statement with its word and its parts, each at a place of its own.
    mutating func add(
        _ kind: NodeKind, _ word: Word, detail: UInt8 = 0, from first: UInt32, parts: Int32...
    ) -> Int32 {
        let start = Int32(truncatingIfNeeded: extra.count)
        for part in parts { extra.append(part) }
        return add(kind, detail: detail, from: first, to: lastEnd, word.rawValue, start)
    }

    mutating func title() throws(SyntaxFailure) -> Int32 { kind.isText ? try literalText() : -1 }

    /// What stands behind a word that may be missing, or -1.
    mutating func point(behind word: TokenKind) throws(SyntaxFailure) -> Int32 { accept(word) ? try point() : -1 }
}

/// `market China { ... }`, `stock phones { ... }`.
public struct NamedBlockNode: Sendable {
    /// A `name` and a `fieldBlock`.
    public let name, block: NodeID

    @inlinable init(_ node: Node) { (name, block) = (NodeID(node.b), NodeID(node.c)) }
}

extension Parser {
    mutating func namedBlock(_ kind: NodeKind, _ word: Word) throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        let block = try fieldBlock()
        return add(kind, from: first, to: lastEnd, word.rawValue, name, block)
    }
}

/// `supply s in Market { ... }`.
public struct SupplyNode: Sendable {
    /// Two `name`s and a `fieldBlock`.
    public let name, market, block: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, market, block) = (tree.part(node, 0), tree.part(node, 1), tree.part(node, 2))
    }
}

extension Parser {
    mutating func supply() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        try expect(.in, "`in` and the name of a market")
        let market = try nameNode()
        let block = try fieldBlock()
        return add(.supply, .supply, from: first, parts: name, market, block)
    }
}

/// `route A -> B, C { ... }`: the routes that are declared together. The block may be missing.
public struct RoutesNode: Sendable {
    public let from: NodeID
    public let to: NodeList
    public let block: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (from, to, block) = (tree.part(node, 0), tree.parts(node, 1), tree.part(node, 3))
    }
}

extension Parser {
    mutating func routes() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let from = try nameNode()
        try expect(.arrow, "`->` and the name of a market")
        let to = try names(scratch.count)
        let block = kind == .openBrace ? try fieldBlock() : -1
        return add(.routeDeclaration, .route, from: first, parts: from, to.0, to.1, block)
    }
}

/// `policy p "title" after q from 2026 until 2030 over 2 yr { ... }`. The title and the clauses may be missing; what is
/// changed are `patch`es, `assume`s and `ban`s.
public struct PolicyNode: Sendable {
    public let name, title: NodeID
    public let after: NodeList
    public let from, until, over: NodeID
    public let changes: NodeList

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, title, after) = (tree.part(node, 0), tree.part(node, 1), tree.parts(node, 2))
        (from, until, over) = (tree.part(node, 4), tree.part(node, 5), tree.part(node, 6))
        changes = tree.parts(node, 7)
    }
}

extension Parser {
    mutating func policy() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        let title = try self.title()
        let after = accept(.after) ? try names(scratch.count) : (0, 0)
        let from = try point(behind: .from)
        let until = try point(behind: .until)
        let over = try point(behind: .over)
        let changes = try patchBlock()
        return add(
            .policy, .policy, from: first,
            parts: name, title, after.0, after.1, from, until, over, changes.0, changes.1)
    }
}

/// `scenario s "title" = p + q { ... }`: the title may be missing, and the policies or the `patch`es.
public struct ScenarioNode: Sendable {
    public let name, title: NodeID
    public let policies, changes: NodeList

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, title) = (tree.part(node, 0), tree.part(node, 1))
        (policies, changes) = (tree.parts(node, 2), tree.parts(node, 4))
    }
}

extension Parser {
    mutating func scenario() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        let title = try self.title()
        var policies: (Int32, Int32) = (0, 0)
        // What belongs to no policy stands alone: `scenario bad { displacement = 10% }`.
        if kind != .openBrace {
            try definedBy()
            if kind == .openBrace { throw changesWithoutPolicy() }
            let mark = scratch.count
            repeat { scratch.append(try nameNode()) } while accept(.plus)
            policies = list(from: mark)
        }
        let changes = kind == .openBrace ? try patchBlock() : (0, 0)
        return add(
            .scenario, .scenario, from: first, parts: name, title, policies.0, policies.1, changes.0, changes.1)
    }
}

/// How a patch changes what it names: `=`, `+=`, `-=`, `*=`, `/=`.
public enum PatchSign: UInt8, Sendable {
    case assign, add, subtract, multiply, divide
}

/// `path op value` in a policy or a scenario.
public struct PatchNode: Sendable {
    public let sign: PatchSign
    public let path, value: NodeID

    @inlinable
    init(_ node: Node) {
        sign = PatchSign(rawValue: node.detail) ?? .assign
        (path, value) = (NodeID(node.a), NodeID(node.b))
    }
}

extension Parser {
    private mutating func patchBlock() throws(SyntaxFailure) -> (Int32, Int32) {
        let mark = scratch.count
        try entries { parser throws(SyntaxFailure) in try parser.patch() }
        return list(from: mark)
    }

    private mutating func patch() throws(SyntaxFailure) -> Int32 {
        let first = start
        if isWord(.assume), nextKind == .name { return try assume() }
        if isWord(.ban), nextKind == .name {
            advance()
            let route = try routePath()
            return add(.ban, from: first, to: lastEnd, route)
        }
        let path = try self.path()
        let sign: PatchSign
        switch kind {
        case .assign: sign = .assign
        case .addAssign: sign = .add
        case .subtractAssign: sign = .subtract
        case .multiplyAssign: sign = .multiply
        case .divideAssign: sign = .divide
        default: throw unexpected("`=`, `+=`, `-=`, `*=` or `/=`")
        }
        advance()
        let value = try expression()
        return add(.patch, detail: sign.rawValue, from: first, to: lastEnd, path, value)
    }
}

/// `projection p "title" { ... } source s`: the title and the `cite` may be missing.
public struct ProjectionNode: Sendable {
    public let name, title, block, cite: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, title) = (tree.part(node, 0), tree.part(node, 1))
        (block, cite) = (tree.part(node, 2), tree.part(node, 3))
    }
}

extension Parser {
    mutating func projection() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        let title = try self.title()
        let block = try fieldBlock()
        let cite = try self.cite()
        return add(.projection, .projection, from: first, parts: name, title, block, cite)
    }
}

/// `data d from "path" table "t" { ... } source s`. What is taken from the file (`table` or `query`) and the `cite` may be
/// missing.
public struct DataNode: Sendable {
    public let name, path, selection: NodeID
    public let isQuery: Bool
    public let block, cite: NodeID

    init(_ node: Node, _ tree: SyntaxTree) {
        (name, path, selection) = (tree.part(node, 0), tree.part(node, 1), tree.part(node, 2))
        (isQuery, block, cite) = (node.detail == 1, tree.part(node, 3), tree.part(node, 4))
    }
}

extension Parser {
    mutating func data() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try nameNode()
        try expect(.from, "`from` and the path of a file")
        let path = try literalText()
        let isQuery = isWord(.query)
        var selection: Int32 = -1
        if isQuery || isWord(.table) {
            advance()
            selection = try literalText()
        }
        let block = try fieldBlock()
        let cite = try self.cite()
        return add(
            .data, .data, detail: isQuery ? 1 : 0, from: first, parts: name, path, selection, block, cite)
    }
}
