/// A copy of a text with zeros behind it, so that looking ahead needs no check, and the table of bytes that a lexer reads.
/// Whoever makes it frees it.
struct PaddedText {
    let bytes: UnsafeMutablePointer<UInt8>
    let classes: UnsafeMutablePointer<UInt8>
    let count: Int

    init(_ text: [UInt8]) {
        let padding = 16
        count = text.count
        bytes = .allocate(capacity: count + padding)
        classes = .allocate(capacity: 256)
        let copy = bytes
        text.withUnsafeBufferPointer { original in
            if let base = original.baseAddress { copy.initialize(from: base, count: original.count) }
        }
        (bytes + count).initialize(repeating: 0, count: padding)
        Lexer.fill(classes)
    }

    func deallocate() {
        bytes.deallocate()
        classes.deallocate()
    }
}

/// The tokens and comments of a text, for tools that need no tree.
struct LexedText {
    struct Token {
        var kind: TokenKind
        var start: Int
        var end: Int
        /// For a word: its symbol.
        var value: Int32
    }

    /// Without the `end` tokens.
    private(set) var tokens: [Token] = []
    private(set) var comments: [Comment] = []

    /// Reads any text, also one that does not parse. Nil where the text is too long to be read at all.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Limits.textBytes else { return nil }
        let text = PaddedText(bytes)
        defer { text.deallocate() }
        var lexer = Lexer(
            bytes: text.bytes, count: text.count, classes: text.classes, symbols: SymbolTable(), source: SourceID(0))
        lexer.run(Watch())
        comments = lexer.parts.comments
        tokens.reserveCapacity(lexer.tokens.count)
        for index in 0..<lexer.tokens.count where lexer.tokens.kinds[index] != .end {
            // Where the last character is broken off, it would reach beyond the text.
            let end = min(Int(lexer.tokens.ends[index]), bytes.count)
            let start = min(Int(lexer.tokens.starts[index]), end)
            tokens.append(
                Token(kind: lexer.tokens.kinds[index], start: start, end: end, value: lexer.tokens.values[index]))
        }
    }
}
