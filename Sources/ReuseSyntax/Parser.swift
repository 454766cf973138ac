/// What parsing gives: always a tree, and what was wrong.
public struct ParseResult: Sendable {
    public var tree: SyntaxTree
    /// In the order of the text.
    public var diagnostics: [Diagnostic]
    /// Whether the only thing wrong is that the text ends too early, so that a prompt may ask for more.
    public var isUnfinished: Bool
}

/// Parses a script, a module or a line of the prompt. Never fails; time and memory are linear in the text.
public func parse(_ source: SourceText, symbols: inout SymbolTable) -> ParseResult {
    parse(source, &symbols, asExpression: false, Watch())
}

/// The same of a text that may be long. Once it is told to stop, what it gives is of no use.
package func parse(_ source: SourceText, symbols: inout SymbolTable, watch: Watch) -> ParseResult {
    parse(source, &symbols, asExpression: false, watch)
}

/// Parses a single expression (a value of `--set`, an example in documentation). The root holds one `expressionStatement`.
public func parseExpression(_ source: SourceText, symbols: inout SymbolTable) -> ParseResult {
    parse(source, &symbols, asExpression: true, Watch())
}

private func parse(
    _ source: SourceText, _ symbols: inout SymbolTable, asExpression: Bool, _ watch: Watch
) -> ParseResult {
    let count = source.bytes.count
    if count > Limits.textBytes {
        let tree = SyntaxTree(
            source: source.id, root: NodeID(0), nodes: [Node(.root, start: 0, end: 0, a: 0, b: 0)])
        let problem = SyntaxProblems.textTooLarge(source.id, 0, 0, limit: Limits.textBytes)
        return ParseResult(tree: tree, diagnostics: [problem], isUnfinished: false)
    }
    let text = PaddedText(source.bytes)
    defer { text.deallocate() }
    let owned = exchangeForEmpty(&symbols)
    var lexer = Lexer(
        bytes: text.bytes, count: count, classes: text.classes, symbols: owned, source: source.id)
    if let offset = firstInvalidUTF8(text.bytes, count) {
        lexer.parts.problems.add { SyntaxProblems.invalidUTF8($0, offset, offset + 1) }
    }
    lexer.run(watch)
    var parser = lexer.finish(&symbols)
    // There are seldom more nodes than tokens.
    let nodes = [Node](unsafeUninitializedCapacity: parser.tokens.count + 16) { storage, used in
        parser.nodes.lend(storage)
        parser.program(asExpression: asExpression, watch)
        used = parser.nodes.giveBack()
    }
    return parser.finish(nodes)
}

/// Moves a table out, so that it has one owner while the lexer adds to it.
private func exchangeForEmpty(_ symbols: inout SymbolTable) -> SymbolTable {
    let owned = symbols
    symbols = SymbolTable(withoutWords: 1)
    return owned
}

extension Lexer {
    /// Hands the names back and the tokens on.
    consuming func finish(_ symbols: inout SymbolTable) -> Parser {
        symbols = self.symbols
        return Parser(bytes: bytes, tokens: tokens, parts: parts)
    }
}

/// Thrown, after it was reported, from where the text cannot be understood to the nearest place that can go on.
struct SyntaxFailure: Error {}

/// Tokens to nodes. Statements are LL(1) with a few spots of two tokens; expressions climb by precedence.
struct Parser: ~Copyable {
    let bytes: UnsafePointer<UInt8>
    let tokens: Tokens
    let kinds: UnsafePointer<TokenKind>
    let starts: UnsafePointer<UInt32>
    let ends: UnsafePointer<UInt32>
    let values: UnsafePointer<Int32>
    /// The current token.
    var at = 0
    var nodes: Pile<Node>
    var extra: Pile<Int32>
    var operators: Pile<ChainOperator>
    /// Children of the lists that are being read, innermost last.
    var scratch = Pile<Int32>(capacity: 1024)
    var operatorScratch = Pile<ChainOperator>(capacity: 256)
    /// How deep the text is nested here, and how high the tree of the last expression is: both are limited.
    var depth = 0
    var height = 0
    /// The brackets that are open, as token indices.
    var openers = Pile<Int32>(capacity: Limits.nesting + 8)
    /// How many of the open brackets are braces.
    var openBraces = 0
    /// Whether the rate behind `growing` is being read, which `every` ends.
    var readsRate = false
    var statementStart: UInt32 = 0
    var parts: LexedParts
    var docs: [(statement: NodeID, lines: [String])] = []
    var docCursor = 0
    /// The text ended where more must come; and whether that more could come on another line.
    var endedEarly = 0
    var otherProblems = 0
    var sawStatement = false
    let source: SourceID
    /// The root alone holds declarations; a `test` holds some, too.
    var root: Int32 = 0

    init(bytes: UnsafePointer<UInt8>, tokens: consuming Tokens, parts: LexedParts) {
        self.bytes = bytes
        kinds = UnsafePointer(tokens.kinds)
        starts = UnsafePointer(tokens.starts)
        ends = UnsafePointer(tokens.ends)
        values = UnsafePointer(tokens.values)
        let count = tokens.count
        self.tokens = tokens
        self.parts = parts
        source = parts.problems.source
        nodes = Pile(capacity: 16)
        extra = Pile(capacity: count + 16)
        operators = Pile(capacity: count / 8 + 16)
    }

    consuming func finish(_ filled: [Node]) -> ParseResult {
        let problems = parts.problems
        let tree = SyntaxTree(
            source: source, root: NodeID(root), nodes: nodes.count > 0 ? nodes.array() : filled, extra: extra.array(),
            operators: operators.array(), numbers: parts.numbers, texts: parts.texts, comments: parts.comments,
            lineStarts: parts.lineStarts, docs: docs)
        let unfinished = endedEarly > 0 && problems.count == endedEarly
        return ParseResult(tree: tree, diagnostics: problems.inOrder(), isUnfinished: unfinished)
    }

    // MARK: Tokens

    @inline(__always) var kind: TokenKind { kinds[at] }
    @inline(__always) var nextKind: TokenKind { kinds[at &+ 1] }
    @inline(__always) var start: UInt32 { starts[at] }
    /// Where the token before the current one ends: the end of what was just read.
    @inline(__always) var lastEnd: UInt32 { at > 0 ? ends[at &- 1] : 0 }
    @inline(__always) var value: Int32 { values[at] }

    /// Only called on a token that is not `end`; there are spare `end` tokens behind the last.
    @inline(__always) mutating func advance() { at &+= 1 }

    @inline(__always)
    mutating func accept(_ wanted: TokenKind) -> Bool {
        if kind == wanted {
            advance()
            return true
        }
        return false
    }

    @inline(__always)
    mutating func expect(_ wanted: TokenKind, _ what: StaticString) throws(SyntaxFailure) {
        if kind != wanted { throw unexpected(what) }
        advance()
    }

    func isWord(_ word: Word) -> Bool { kind == .name && value == word.rawValue }

    /// Whether a token is the first of its line and stands at the left margin.
    func isAtMargin(_ token: Int) -> Bool {
        let start = Int(starts[token])
        return start == 0 || bytes[start - 1] == 0x0A || bytes[start - 1] == 0x0D
    }

    // MARK: Brackets

    @inline(__always)
    mutating func openBracket() throws(SyntaxFailure) {
        try enter()
        openers.append(Int32(truncatingIfNeeded: at))
        if kind == .openBrace { openBraces &+= 1 }
        advance()
    }

    @inline(__always)
    mutating func closeBracket(_ wanted: TokenKind, _ what: StaticString) throws(SyntaxFailure) {
        if kind != wanted { throw unexpected(what) }
        advance()
        if wanted == .closeBrace { openBraces &-= 1 }
        openers.removeLast(1)
        depth &-= 1
    }

    @inline(__always)
    mutating func enter() throws(SyntaxFailure) {
        if depth >= Limits.nesting { throw nestedTooDeep() }
        depth &+= 1
    }

    /// One more level on the tree of the last expression.
    @inline(__always)
    mutating func grow(above other: Int = 0) throws(SyntaxFailure) {
        height = max(height, other) &+ 1
        if height > Limits.nesting { throw nestedTooDeep() }
    }

    // MARK: Nodes

    @inline(__always)
    mutating func add(
        _ kind: NodeKind, detail: UInt8 = 0, from start: UInt32, to end: UInt32, _ a: Int32 = -1, _ b: Int32 = -1,
        _ c: Int32 = -1
    ) -> Int32 {
        let id = Int32(truncatingIfNeeded: nodes.count)
        nodes.append(Node(kind, detail: detail, start: start, end: end, a: a, b: b, c: c))
        return id
    }

    @inline(__always) func node(_ id: Int32) -> Node { nodes[Int(id)] }

    /// Moves the children above `mark` from the scratch to the tree.
    @inline(__always)
    mutating func list(from mark: Int) -> (Int32, Int32) {
        let first = Int32(truncatingIfNeeded: extra.count)
        let count = scratch.count &- mark
        scratch.move(from: mark, to: &extra)
        return (first, Int32(truncatingIfNeeded: count))
    }

    @inline(__always)
    mutating func nameNode() throws(SyntaxFailure) -> Int32 {
        if kind != .name { throw unexpected("a name") }
        let id = add(.name, from: start, to: ends[at], value)
        advance()
        return id
    }

    @inline(__always)
    mutating func symbol(_ what: StaticString) throws(SyntaxFailure) -> Int32 {
        if kind != .name { throw unexpected(what) }
        let symbol = value
        advance()
        return symbol
    }

    /// A field name: any word.
    @inline(__always)
    mutating func label() throws(SyntaxFailure) -> Int32 {
        if !kind.isWord { throw kind == .number ? numberAsField() : unexpected("a field name") }
        let symbol = value
        advance()
        return symbol
    }

    /// Names with commas between them.
    mutating func names(_ mark: Int) throws(SyntaxFailure) -> (Int32, Int32) {
        repeat { scratch.append(try nameNode()) } while accept(.comma)
        return list(from: mark)
    }

    // MARK: Going on after an error

    /// What to restore where an error is caught.
    struct Mark {
        var token: Int
        var scratch: Int
        var operators: Int
        var depth: Int
        var openers: Int
        var braces: Int
    }

    func mark() -> Mark {
        Mark(
            token: at, scratch: scratch.count, operators: operatorScratch.count, depth: depth, openers: openers.count,
            braces: openBraces)
    }

    /// Goes back to where `mark` was taken, and on to the end of the statement or entry that could not be read.
    mutating func recover(to mark: Mark) {
        scratch.removeLast(scratch.count - mark.scratch)
        operatorScratch.removeLast(operatorScratch.count - mark.operators)
        openers.removeLast(openers.count - mark.openers)
        depth = mark.depth
        var braces = openBraces - mark.braces
        openBraces = mark.braces
        height = 0
        // The next statement may be what showed that this one is not closed.
        if at > mark.token, kinds[at - 1] == .newline, startsStatementAtMargin(at) { return }
        while true {
            switch kind {
            case .end: return
            case .newline:
                if braces <= 0 || startsStatementAtMargin(at + 1) { return }
            case .openBrace: braces += 1
            case .closeBrace:
                if braces <= 0, mark.braces > 0 { return }
                braces -= 1
            default: break
            }
            advance()
        }
    }

    func startsStatementAtMargin(_ token: Int) -> Bool {
        guard isAtMargin(token) else { return false }
        switch kinds[token] {
        case .let, .source: return true
        case .fn: return kinds[token + 1] == .name
        case .name: return statementWord(at: token) != nil
        default: return false
        }
    }
}
