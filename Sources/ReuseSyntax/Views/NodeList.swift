/// The children of a node that are any number: a window on what the tree holds, without a copy.
public struct NodeList: RandomAccessCollection, Sendable {
    @usableFromInline let storage: [Int32]
    @usableFromInline let first: Int
    public let count: Int

    @inlinable
    init(_ storage: [Int32], _ first: Int32, _ count: Int32) {
        self.storage = storage
        self.first = Int(first)
        self.count = Int(count)
    }

    /// One alone of nodes that stand in the order of their numbers, as statements do; none where it is not among them.
    public func only(_ id: NodeID) -> NodeList {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < id { low = middle + 1 } else { high = middle }
        }
        return self[low] == id ? NodeList(storage, Int32(first + low), 1) : NodeList([], 0, 0)
    }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { count }

    @inlinable
    public subscript(position: Int) -> NodeID {
        // A place that is not there holds no node.
        position >= 0 && position < count ? NodeID(storage[first + position]) : .none
    }

    @inlinable public func makeIterator() -> Iterator { Iterator(storage, first, first + count) }

    public struct Iterator: IteratorProtocol, Sendable {
        @usableFromInline let storage: [Int32]
        @usableFromInline var place: Int
        @usableFromInline let end: Int

        @inlinable
        init(_ storage: [Int32], _ place: Int, _ end: Int) {
            self.storage = storage
            self.place = place
            self.end = end
        }

        @inlinable
        public mutating func next() -> NodeID? {
            if place >= end { return nil }
            defer { place += 1 }
            return NodeID(storage[place])
        }
    }
}

/// Nodes that follow each other, children before their parents.
public struct NodeRange: RandomAccessCollection, Sendable {
    @usableFromInline let numbers: Range<Int32>

    @inlinable init(_ numbers: Range<Int32>) { self.numbers = numbers }

    @inlinable public var startIndex: Int { 0 }
    @inlinable public var endIndex: Int { numbers.count }
    @inlinable public subscript(position: Int) -> NodeID { NodeID(numbers.lowerBound + Int32(position)) }
    /// The number of the first, or of the one that would be.
    @inlinable public var lowest: Int32 { numbers.lowerBound }
    @inlinable public func contains(_ id: NodeID) -> Bool { numbers.contains(id.rawValue) }
}

/// What tells a node of a tree: its number, or the node itself where it was read already.
public protocol NodeReference {
    func node(in tree: SyntaxTree) -> Node
}

extension NodeID: NodeReference {
    @inlinable public func node(in tree: SyntaxTree) -> Node { tree[self] }
}

extension Node: NodeReference {
    @inlinable public func node(in tree: SyntaxTree) -> Node { self }
}

extension SyntaxTree {
    @inlinable func list(_ first: Int32, _ count: Int32) -> NodeList { NodeList(extra, first, count) }

    /// The symbol in an operand that may be missing.
    @inlinable static func symbol(_ operand: Int32) -> Symbol? { operand < 0 ? nil : Symbol(operand) }

    /// The children of a node that is nothing but a list: `text`, `list`, `keyed`, `record`, `block`, `conjunction`,
    /// `disjunction`, `recordType`, `dimensionType`, `fieldBlock` and `root`.
    @inlinable
    public func elements(_ reference: some NodeReference) -> NodeList {
        let node = reference.node(in: self)
        return list(node.a, node.b)
    }

    /// The one child of `paren`, `negate`, `not`, `listType`, `model`, `extend`, `consistent` and `expressionStatement`.
    @inlinable public func operand(_ reference: some NodeReference) -> NodeID { NodeID(reference.node(in: self).a) }

    /// The one symbol of `name`, `namedType` and `anyType`, and the name of what is declared by `unit`, `indexDeclaration`,
    /// `source`, `assume`, `let`, `function`, `localLet`, `parameter`, `field` and `recordField`.
    @inlinable public func name(_ reference: some NodeReference) -> Symbol { Symbol(reference.node(in: self).a) }
}
