// Declarations, and the blocks, patches and paths inside them.

extension Parser {
    mutating func titled(_ word: Word) throws(SyntaxFailure) -> Int32 {
        let first = start
        if word == .extend, sawStatement { reportMisplacedExtend() }
        advance()
        if word == .model, kind == .number || kind == .period {
            report {
                SyntaxProblems.unexpected(
                    $0.source, $0.start, $0.ends[$0.at], "expected a text in double quotes, found \($0.found())",
                    help: ["the years of a model are its horizon: `horizon 2020..2030`"])
            }
            throw SyntaxFailure()
        }
        let text = try literalText()
        return add(word == .model ? .model : .extend, from: first, to: lastEnd, text)
    }

    mutating func horizon() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let from = try point()
        try expect(.dotDot, "`..` and the last period")
        let to = try point()
        let step = accept(.by) ? try binary(Level.product) : -1
        return add(.horizon, from: first, to: lastEnd, from, to, step)
    }

    mutating func use() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        if kind.isText {
            let text = try literalText()
            try expect(.as, "`as` and a name for the file")
            let name = try symbol("a name for the file")
            return add(.useFile, from: first, to: lastEnd, text, name)
        }
        let module = try symbol("the name of a module")
        var list: (Int32, Int32) = (0, 0)
        if accept(.colon) { list = try names(scratch.count) }
        return add(.useModule, from: first, to: lastEnd, module, list.0, list.1)
    }

    mutating func unit() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("the name of the unit")
        if kind == .equal { throw definitionSign() }
        let definition = accept(.assign) ? try binary(Level.product) : -1
        let cite = try self.cite()
        return add(.unit, from: first, to: lastEnd, name, definition, cite)
    }

    mutating func indexDeclaration() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("the name of the index")
        if isWord(.like) {
            advance()
            let mark = scratch.count
            scratch.append(try nameNode())
            let (b, c) = list(from: mark)
            return add(.indexDeclaration, detail: 1, from: first, to: lastEnd, name, b, c)
        }
        try definedBy()
        if kind == .openBracket || kind == .openBrace {
            report {
                SyntaxProblems.unexpected(
                    $0.source, $0.start, $0.ends[$0.at], "expected a name, found \($0.found())",
                    help: ["members stand without brackets: `index grade = good, fair`"])
            }
            throw SyntaxFailure()
        }
        let (b, c) = try names(scratch.count)
        return add(.indexDeclaration, from: first, to: lastEnd, name, b, c)
    }

    mutating func sourceDeclaration() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("the name of the source")
        let block = try fieldBlock()
        return add(.source, from: first, to: lastEnd, name, block)
    }

    mutating func assume() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("the name of the input")
        var levels = try overAxes()
        var axes: (Int32, Int32) = (0, 0)
        if accept(.per) { axes = try names(scratch.count) }
        if levels.1 == 0 { levels = try overAxes() }
        let type = accept(.colon) ? try self.type() : -1
        try definedBy()
        let value = try expression()
        let cite = try self.cite()
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(type)
        extra.append(cite)
        appendNames(axes)
        appendNames(levels)
        return add(.assume, from: first, to: lastEnd, name, value, c)
    }

    mutating func letStatement() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("a name")
        let levels = try overAxes()
        let type = accept(.colon) ? try self.type() : -1
        try definedBy()
        let value = try expression()
        let cite = try self.cite()
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(type)
        extra.append(cite)
        appendNames((0, 0))
        appendNames(levels)
        return add(.let, from: first, to: lastEnd, name, value, c)
    }

    /// `over country, partner`: what the levels of a literal are over, from the outside in; nothing where it does not stand.
    @inline(__always)
    mutating func overAxes() throws(SyntaxFailure) -> (Int32, Int32) {
        accept(.over) ? try names(scratch.count) : (0, 0)
    }

    /// Their count and the `name`s of a list, at the end of `extra`.
    mutating func appendNames(_ list: (Int32, Int32)) {
        extra.append(list.1)
        for index in 0..<Int(list.1) { extra.append(extra[Int(list.0) + index]) }
    }

    mutating func function(isExtern: Bool) throws(SyntaxFailure) -> Int32 {
        let first = start
        if isExtern { advance() }
        try expect(.fn, "`fn`")
        let name = try symbol("the name of the function")
        let mark = scratch.count
        try parameters()
        var result: Int32 = -1
        var body: Int32 = -1
        if isExtern, kind != .arrow { throw unexpected("`->` and the type of the result") }
        if accept(.arrow) { result = try type() }
        if !isExtern { body = try functionBody() }
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(result)
        extra.append(Int32(truncatingIfNeeded: scratch.count - mark))
        _ = list(from: mark)
        return add(.function, detail: isExtern ? 1 : 0, from: first, to: lastEnd, name, body, c)
    }

    /// `=`, where `==` and `<-` and others can only have been meant as that.
    @inline(__always)
    mutating func definedBy() throws(SyntaxFailure) {
        if accept(.assign) { return }
        if kind == .equal || kind == .habit { throw definitionSign() }
        if kind == .openBracket { throw memberDefined() }
        throw unexpected("`=`")
    }

    /// `source s, "note"`, or -1.
    @inline(__always)
    mutating func cite() throws(SyntaxFailure) -> Int32 {
        guard kind == .source else { return -1 }
        return try citeTail()
    }

    private mutating func citeTail() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        let name = try symbol("the name of a source")
        var note: Int32 = -1
        if kind == .comma, nextKind.isText {
            advance()
            note = try literalText()
        }
        return add(.cite, from: first, to: lastEnd, name, note)
    }

    // MARK: Blocks

    mutating func fieldBlock() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        try entries { parser throws(SyntaxFailure) in try parser.field() }
        let (a, b) = list(from: mark)
        return add(.fieldBlock, from: first, to: lastEnd, a, b)
    }

    private mutating func field() throws(SyntaxFailure) -> Int32 {
        let first = start
        let name = try label()
        if kind == .assign { throw habit(.assignInField) }
        try expect(.colon, "`:`")
        let value = try expression()
        let at = accept(.at) ? try expression() : -1
        let cite = try self.cite()
        let c = Int32(truncatingIfNeeded: extra.count)
        extra.append(at)
        extra.append(cite)
        return add(.field, from: first, to: lastEnd, name, value, c)
    }

    /// `{ entry, entry }`: leaves the entries on the scratch, and goes on behind one that cannot be read.
    mutating func entries(
        _ entry: (inout Parser) throws(SyntaxFailure) -> Int32
    ) throws(SyntaxFailure) {
        guard kind == .openBrace else { throw unexpected("`{`") }
        try openBracket()
        skipSeparators()
        while kind != .closeBrace, kind != .end {
            // A declaration at the left margin: the `}` before it is missing.
            if startsStatementAtMargin(at),
                kind != .name || (value != Word.assume.rawValue && value != Word.ban.rawValue)
            {
                throw unexpected("`}`")
            }
            let mark = self.mark()
            let outerStart = statementStart
            statementStart = start
            do throws(SyntaxFailure) {
                scratch.append(try entry(&self))
                if !skipSeparators(), kind != .closeBrace { throw afterEntry() }
            } catch {
                recover(to: mark)
                skipSeparators()
            }
            statementStart = outerStart
        }
        try closeBracket(.closeBrace, "`}`")
    }

    mutating func routePath() throws(SyntaxFailure) -> Int32 {
        let first = start
        let from = try symbol("the name of a market")
        try expect(.arrow, "`->`")
        let to = try symbol("the name of a market")
        return add(.route, from: first, to: lastEnd, from, to)
    }

    /// `a`, `a.b`, `A -> B.cost[C]`.
    mutating func path() throws(SyntaxFailure) -> Int32 {
        let first = start
        guard kind == .name else { throw unexpected("a path such as `Europe.tax`") }
        var base = nextKind == .arrow ? try routePath() : try nameNode()
        height = 0
        while kind == .dot {
            advance()
            let member = try label()
            try grow()
            base = add(.member, from: first, to: lastEnd, base, member)
        }
        if kind == .openBracket {
            let mark = scratch.count
            try openBracket()
            repeat { scratch.append(try pathPick()) } while accept(.comma)
            try closeBracket(.closeBracket, "`,` or `]`")
            let (b, c) = list(from: mark)
            base = add(.index, from: first, to: lastEnd, base, b, c)
        }
        return base
    }

    /// A member in a path, by itself or behind the name of its index.
    private mutating func pathPick() throws(SyntaxFailure) -> Int32 {
        let first = start
        if kind == .name, nextKind == .colon {
            let name = value
            advance()
            advance()
            let member = nextKind == .arrow ? try routePath() : try nameNode()
            return add(.pick, from: first, to: lastEnd, name, member)
        }
        return nextKind == .arrow ? try routePath() : try nameNode()
    }
}
