/// The place of the bracket that belongs to the one at a byte offset; nil where no bracket stands there, or none belongs to
/// it. A bracket in a text or a comment has none; the braces of an interpolation have each other. Works on any text, in
/// time linear in it.
public func matchingBracket(_ source: SourceText, at offset: Int) -> Int? {
    guard offset >= 0, offset < source.bytes.count, let text = LexedText(source.bytes) else { return nil }
    var open = OpenBrackets()
    for (index, token) in text.tokens.enumerated() {
        guard let opener = open.take(token, index) else { continue }
        let start = text.tokens[opener].start
        if start == offset { return token.start }
        if token.start == offset { return start }
    }
    return nil
}

/// The brackets that are open where a walk over tokens stands, by the rules of the lexer: a bracket closes the innermost one
/// of its kind, and with it those left open inside; never past the interpolation it stands in.
struct OpenBrackets {
    private var stack: [(kind: TokenKind, token: Int)] = []
    /// How many are open of each kind, so that looking for one that is not there costs nothing.
    private var parens = 0, squares = 0, braces = 0, interpolations = 0

    var innermost: TokenKind? { stack.last?.kind }

    /// Goes past a token. Gives the index of the bracket that it closes, if it closes one.
    mutating func take(_ token: LexedText.Token, _ index: Int) -> Int? {
        switch token.kind {
        case .openParen, .openBracket, .openBrace, .interpolationOpen:
            count(token.kind, 1)
            stack.append((token.kind, index))
        case .closeParen: return parens > 0 ? close(.openParen) : nil
        case .closeBracket: return squares > 0 ? close(.openBracket) : nil
        case .closeBrace: return braces > 0 ? close(.openBrace) : nil
        case .interpolationClose: return interpolations > 0 ? close(.interpolationOpen) : nil
        case .newline:
            // A line end that counts inside `(` or `[`: they were never closed.
            if stack.last?.kind == .openParen || stack.last?.kind == .openBracket { self = OpenBrackets() }
        case .invalid:
            // The line ended inside texts: they are given up.
            if token.start == token.end { while interpolations > 0 { drop() } }
        default: break
        }
        return nil
    }

    private mutating func close(_ opener: TokenKind) -> Int? {
        while let last = stack.last {
            if last.kind == .interpolationOpen, opener != .interpolationOpen { return nil }
            drop()
            if last.kind == opener { return last.token }
        }
        return nil
    }

    private mutating func drop() {
        if let last = stack.popLast() { count(last.kind, -1) }
    }

    private mutating func count(_ kind: TokenKind, _ change: Int) {
        switch kind {
        case .openParen: parens += change
        case .openBracket: squares += change
        case .openBrace: braces += change
        default: interpolations += change
        }
    }
}
