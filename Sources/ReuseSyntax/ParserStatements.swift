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
        guard values[token] <= Word.assert.rawValue, let word = Word(rawValue: values[token]) else { return nil }
        switch kinds[token + 1] {
        case .name, .text, .textOpen, .number, .period: return word
        case .fn: return word == .extern || word.isCommand ? word : nil
        case .not, .if, .true, .false, .none, .percent: return word.isCommand ? word : nil
        case .openParen: return word.isCommand ? word : nil
        case .openBracket, .openBrace: return word.isCommand && starts[token + 1] > ends[token] ? word : nil
        case .minus:
            // `show -x` is a command, `show - x` a difference.
            let isTight = starts[token + 2] == ends[token + 1] && starts[token + 1] > ends[token]
            return word.isCommand && isTight ? word : nil
        default: return nil
        }
    }

    private mutating func statement(_ word: Word) throws(SyntaxFailure) -> Int32 {
        switch word {
        case .model, .extend: return try titled(word)
        case .horizon: return try horizon()
        case .use: return try use()
        case .unit: return try unit()
        case .index: return try indexDeclaration()
        case .assume: return try assume()
        case .extern: return try function(isExtern: true)
        case .show: return try show()
        case .trace: return try trace()
        case .consistent: return try consistent()
        case .assert: return try assertion()
        default: return try later(word)
        }
    }

    // MARK: Commands

    private mutating func show() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let mark = scratch.count
        repeat { scratch.append(try expression()) } while try acceptComma()
        let (a, b) = list(from: mark)
        var point: Int32 = -1
        var axes: (Int32, Int32) = (0, 0)
        if accept(.by) { axes = try names(scratch.count) }
        if accept(.in) { point = try self.point() }
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(point)
        extra.append(axes.1)
        for index in 0..<Int(axes.1) { extra.append(extra[Int(axes.0) + index]) }
        return add(.show, from: first, to: lastEnd, a, b, c)
    }

    private mutating func trace() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let value = try expression()
        let point = accept(.in) ? try self.point() : -1
        return add(.trace, from: first, to: lastEnd, value, point)
    }

    private mutating func consistent() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let comparison = try conditionOperand()
        if node(comparison).kind != .comparison { throw consistentNeedsComparison(comparison) }
        return add(.consistent, from: first, to: lastEnd, comparison)
    }

    private mutating func assertion() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let condition = try conditionOperand()
        var message: Int32 = -1
        if accept(.comma) {
            guard kind.isText else { throw unexpected("a text: the message of the assertion") }
            message = try expression()
        }
        return add(.assert, from: first, to: lastEnd, condition, message)
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

    // MARK: Commands whose meaning comes later

    mutating func later(_ word: Word) throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        advance()
        switch word {
        case .plot: try plot()
        case .compare:
            try nameList()
            try clause(.on, "`on` and what to compare")
            try expressions()
            try optionalPoint(.in)
        case .attribute:
            scratch.append(try expression())
            if acceptClause(.among) { try nameList() }
            try optionalPoint(.in)
        case .sensitivity:
            scratch.append(try expression())
            try optionalPoint(.in)
            if acceptClause(.by) { scratch.append(try nameNode()) }
        case .solve:
            scratch.append(try nameNode())
            try expect(.colon, "`:` and the input to solve for")
            scratch.append(try path())
            try clause(.in, "`in` and a range such as `0..10`")
            let rangeStart = start
            let low = try binary(Level.sum)
            try expect(.dotDot, "`..`")
            let high = try binary(Level.sum)
            scratch.append(add(.keyRange, from: rangeStart, to: lastEnd, low, high))
            try soThat()
            scratch.append(try conditionOperand())
        default: try laterDeclaration(word)
        }
        let kind: NodeKind =
            switch word {
            case .market: .market
            case .stock: .stock
            case .supply: .supply
            case .route: .routeDeclaration
            case .policy: .policy
            case .scenario: .scenario
            case .compare: .compare
            case .target: .target
            case .solve: .solve
            case .attribute: .attribute
            case .sensitivity: .sensitivity
            case .correlate: .correlate
            case .data: .data
            case .projection: .projection
            case .calibrate: .calibrate
            default: .later
            }
        let (b, c) = list(from: mark)
        return add(kind, from: first, to: lastEnd, word.rawValue, b, c)
    }

    private mutating func plot() throws(SyntaxFailure) {
        if kind == .name, value >= Word.line.rawValue, value <= Word.sankey.rawValue {
            let after = nextKind
            let continues =
                after == .comma || after.endsStatement || (after.continuesBefore && after != .minus)
                || after == .openParen || after == .openBracket
            if !continues { scratch.append(try nameNode()) }
        }
        try expressions()
    }

    mutating func soThat() throws(SyntaxFailure) {
        try clause(.so, "`so that` and a condition")
        guard isWord(.that) else { throw unexpected("`that`") }
        scratch.append(try nameNode())
    }

    // MARK: Clauses of later statements: the word is kept as a `name`, so that tools can tell the children apart.

    mutating func acceptClause(_ word: TokenKind) -> Bool {
        guard kind == word else { return false }
        scratch.append(add(.name, from: start, to: ends[at], value))
        advance()
        return true
    }

    mutating func clause(_ word: TokenKind, _ what: StaticString) throws(SyntaxFailure) {
        if !acceptClause(word) { throw unexpected(what) }
    }

    mutating func optionalPoint(_ word: TokenKind) throws(SyntaxFailure) {
        if acceptClause(word) { scratch.append(try point()) }
    }

    mutating func nameList() throws(SyntaxFailure) {
        repeat { scratch.append(try nameNode()) } while accept(.comma)
    }

    mutating func expressions() throws(SyntaxFailure) {
        repeat { scratch.append(try expression()) } while try acceptComma()
    }
}
