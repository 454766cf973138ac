/// A place in one source text: byte offsets, end exclusive.
public struct Span: Hashable, Sendable {
    public var start: UInt32
    public var end: UInt32

    public init(start: UInt32, end: UInt32) {
        self.start = start
        self.end = end
    }

    public func joined(with other: Span) -> Span {
        Span(start: min(start, other.start), end: max(end, other.end))
    }
}

/// Which text of a run a span belongs to. Numbers are given out in the order of loading.
public struct SourceID: Hashable, Sendable, Comparable {
    public let rawValue: UInt32
    public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    public static func < (a: SourceID, b: SourceID) -> Bool { a.rawValue < b.rawValue }
}

/// A span and the text it is in.
public struct Location: Hashable, Sendable {
    public var source: SourceID
    public var span: Span

    public init(_ source: SourceID, _ span: Span) {
        self.source = source
        self.span = span
    }
}

/// A text that was handed in, with the name by which messages call it.
public struct SourceText: Sendable {
    public let id: SourceID
    /// What a message calls it: a path as the user wrote it, `-e`, or the name of a library module.
    public let name: String
    public let bytes: [UInt8]

    public init(id: SourceID, name: String, bytes: [UInt8]) {
        self.id = id
        self.name = name
        self.bytes = bytes
    }

    /// The text of a span; offsets outside the text are clipped.
    public func text(of span: Span) -> String {
        let end = min(Int(span.end), bytes.count)
        let start = min(Int(span.start), end)
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

/// A name, interned: names that are spelt alike have the same number in all trees of one `SymbolTable`.
public struct Symbol: Hashable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
}
