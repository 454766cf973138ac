// Statements: which one it is, the commands, and what ends one.

extension Parser {
    /// The whole text, or a single expression.
    mutating func program(asExpression: Bool, _ watch: Watch) {
        _ = accept(.newline)
        let mark = scratch.count
        while kind != .end, !watch.stops() {
            let begin = at
            if asExpression, sawStatement {
                report { parser in
                    SyntaxProblems.unexpected(
                        parser.source, parser.start, parser.ends[parser.at], "expected a single expression")
                }
                break
            }
            if let id = guardedStatement(asExpression: asExpression) { scratch.append(id) }
            sawStatement = true
            if kind == .newline { advance() }
            // Whatever happens, at least one token is used up.
            if at == begin, kind != .end { advance() }
        }
        let (a, b) = list(from: mark)
        let end = UInt32(truncatingIfNeeded: Int(starts[at]))
        root = add(.root, from: 0, to: end, a, b)
    }

    /// One statement and its end; nil where it could not be read. Goes on behind it in any case.
    mutating func guardedStatement(asExpression: Bool = false) -> Int32? {
        let mark = self.mark()
        statementStart = start
        let lines = documentation()
        do throws(SyntaxFailure) {
            let id = asExpression ? try expressionStatement() : try statement()
            try endOfStatement()
            if let lines { docs.append((NodeID(id), lines)) }
            return id
        } catch {
            recover(to: mark)
            return nil
        }
    }

    /// The `##` lines right above the current token.
    private mutating func documentation() -> [String]? {
        guard docCursor < parts.docRuns.count else { return nil }
        while docCursor < parts.docRuns.count, Int(parts.docRuns[docCursor].token) < at { docCursor += 1 }
        guard docCursor < parts.docRuns.count, Int(parts.docRuns[docCursor].token) == at else { return nil }
        let run = parts.docRuns[docCursor]
        var lines: [String] = []
        for index in Int(run.firstComment)..<Int(run.firstComment) + Int(run.count) {
            let span = parts.comments[index].span
            var first = Int(span.start) + 2
            if first < Int(span.end), bytes[first] == UInt8(ascii: " ") { first += 1 }
            let text = UnsafeBufferPointer(start: bytes + first, count: Int(span.end) - first)
            lines.append(String(decoding: text, as: UTF8.self))
        }
        return lines
    }

    mutating func endOfStatement() throws(SyntaxFailure) {
        if kind.endsStatement { return }
        if kind == .closeBrace, openBraces > 0 { return }
        throw afterStatement()
    }

    private mutating func statement() throws(SyntaxFailure) -> Int32 {
        switch kind {
        case .let: return try letStatement()
        case .fn where nextKind == .name: return try function(isExtern: false)
        case .fn where nextKind.isReserved || nextKind == .assign: return try function(isExtern: false)
        case .source where nextKind == .name && kinds[at + 2] == .openBrace: return try sourceDeclaration()
        case .name:
            if value > Word.ban.rawValue, value < Word.null.rawValue || value == Word.print.rawValue {
                try refuseForeignStatement()
            }
            if let word = statementWord(at: at) { return try statement(word) }
            return try expressionStatement()
        default: return try expressionStatement()
        }
    }

    private mutating func expressionStatement() throws(SyntaxFailure) -> Int32 {
        let first = start
        let value = try expression()
        return add(.expressionStatement, from: first, to: lastEnd, value)
    }

    /// The statement that begins at a token. Its word is an ordinary name unless what follows makes it special.
    func statementWord(at token: Int) -> Word? {
        guard values[token] < Word.ban.rawValue, let word = Word(rawValue: values[token]) else { return nil }
        switch kinds[token + 1] {
        case .name, .text, .textOpen, .number, .period: return word
        case .fn: return word == .extern || word.takesExpression ? word : nil
        case .not, .if, .true, .false, .none, .percent: return word.takesExpression ? word : nil
        case .openParen: return word.takesExpression ? word : nil
        case .openBracket, .openBrace: return word.takesExpression && starts[token + 1] > ends[token] ? word : nil
        case .minus:
            // `show -x` is a command, `show - x` a difference.
            let isTight = starts[token + 2] == ends[token + 1] && starts[token + 1] > ends[token]
            return word.takesExpression && isTight ? word : nil
        default: return nil
        }
    }

    mutating func consistent() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let comparison = try conditionOperand()
        if node(comparison).kind != .comparison { throw consistentNeedsComparison(comparison) }
        return add(.consistent, from: first, to: lastEnd, comparison)
    }

    mutating func point() throws(SyntaxFailure) -> Int32 {
        let id = try binary(Level.sum)
        try refuseDate(id, isTime: true)
        return id
    }

    /// A text that is read before anything is computed.
    mutating func literalText() throws(SyntaxFailure) -> Int32 {
        if kind == .textOpen { throw interpolationInLiteral() }
        guard kind == .text else { throw unexpected("a text in double quotes") }
        return simpleText()
    }
}
