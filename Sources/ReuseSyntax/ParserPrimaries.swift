// Primaries: what an expression is made of that no operator joins. Names, numbers, texts, and what stands in brackets.

extension Parser {
    @inline(__always)
    mutating func primary() throws(SyntaxFailure) -> Int32 {
        if kind == .name {
            height = 0
            if nextKind == .arrow { return try route() }
            if value >= Word.null.rawValue, value <= Word.capitalFalse.rawValue { throw foreignLiteral() }
            let id = add(.name, from: start, to: ends[at], value)
            advance()
            return id
        }
        return try otherPrimary()
    }

    private mutating func route() throws(SyntaxFailure) -> Int32 {
        let first = start
        let from = value
        advance()
        advance()
        let to = try symbol("the name of the market at the end of the route")
        return add(.route, from: first, to: lastEnd, from, to)
    }

    private mutating func otherPrimary() throws(SyntaxFailure) -> Int32 {
        let first = start
        height = 0
        switch kind {
        case .openParen:
            try openBracket()
            let inner = try agedExpression()
            try closeBracket(.closeParen, "`)`")
            try grow()
            return add(.paren, from: first, to: lastEnd, inner)
        case .number: return numberNode()
        case .text: return simpleText()
        case .textOpen: return try interpolatedText()
        case .true, .false:
            let id = add(.boolean, detail: kind == .true ? 1 : 0, from: first, to: ends[at])
            advance()
            return id
        case .none:
            advance()
            return add(.noneLiteral, from: first, to: lastEnd)
        case .percent:
            advance()
            return add(.percent, from: first, to: lastEnd)
        case .period:
            let packed = value
            advance()
            return add(
                .period, detail: UInt8(truncatingIfNeeded: packed >> 4 & 15), from: first, to: lastEnd, packed >> 8,
                packed & 15)
        case .openBracket: return try listLiteral()
        case .openBrace: return try record()
        case .fn: return try lambda()
        default: throw unexpected("a value")
        }
    }

    mutating func simpleText() -> Int32 {
        let first = start
        let mark = scratch.count
        let end = ends[at]
        if !parts.texts[Int(value)].isEmpty {
            scratch.append(add(.textPart, from: first, to: end, value))
        }
        advance()
        let (a, b) = list(from: mark)
        return add(.text, from: first, to: end, a, b)
    }

    private mutating func interpolatedText() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        try openBracket()
        var highest = 0
        while kind != .textClose {
            if kind == .textPart {
                scratch.append(add(.textPart, from: start, to: ends[at], value))
                advance()
            } else {
                try expect(.interpolationOpen, "the end of the text")
                scratch.append(try expression())
                highest = max(highest, height)
                try expect(.interpolationClose, "`}`")
            }
        }
        try closeBracket(.textClose, "the end of the text")
        height = highest
        try grow()
        let (a, b) = list(from: mark)
        return add(.text, from: first, to: lastEnd, a, b)
    }

    mutating func listLiteral() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        try openBracket()
        var highest = 0
        var keyed = false
        var isFirst = true
        while kind != .closeBracket {
            let itemStart = start
            height = 0
            var item: Int32 = -1
            if kind != .dotDot { item = try expression() }
            if accept(.dotDot) {
                var high: Int32 = -1
                if kind != .colon { high = try binary(Level.sum) }
                item = add(.keyRange, from: itemStart, to: lastEnd, item, high)
                if kind != .colon {
                    throw unexpected("`:` and a value: a range stands in a list only as a key, so here")
                }
            }
            let hasKey = kind == .colon
            if !isFirst, hasKey != keyed { throw mixedList(item) }
            keyed = hasKey
            isFirst = false
            if hasKey {
                try refuseDate(item, isTime: true)
                try checkKey(item)
                advance()
                let value = try expression()
                let cite = try cite()
                item = add(.keyedItem, from: itemStart, to: lastEnd, item, value, cite)
            }
            highest = max(highest, height)
            scratch.append(item)
            if try !acceptComma() { break }
        }
        try closeBracket(.closeBracket, "`,` or `]`")
        height = highest
        try grow()
        let (a, b) = list(from: mark)
        return add(keyed ? .keyed : .list, from: first, to: lastEnd, a, b)
    }

    private mutating func record() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        try openBracket()
        var highest = 0
        skipSeparators()
        while kind != .closeBrace {
            let fieldStart = start
            if kind == .let { throw habit(.signBeforeBody) }
            let name = try label()
            try expect(.colon, "`:`")
            let value = try expression()
            highest = max(highest, height)
            scratch.append(add(.recordField, from: fieldStart, to: lastEnd, name, value))
            if !skipSeparators() { break }
        }
        try closeBracket(.closeBrace, "`,` or `}`")
        height = highest
        try grow()
        let (a, b) = list(from: mark)
        return add(.record, from: first, to: lastEnd, a, b)
    }

    @discardableResult
    mutating func skipSeparators() -> Bool {
        var found = false
        while kind == .comma || kind == .newline {
            advance()
            found = true
        }
        return found
    }

    private mutating func lambda() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        advance()
        try enter()
        try parameters()
        let body = try functionBody()
        depth &-= 1
        try grow()
        let (a, b) = list(from: mark)
        return add(.lambda, from: first, to: lastEnd, a, b, body)
    }

    /// Leaves the parameters on the scratch.
    mutating func parameters() throws(SyntaxFailure) {
        guard kind == .openParen else { throw unexpected("`(`") }
        try openBracket()
        while kind != .closeParen {
            let first = start
            // A reserved word may name a parameter before `:` (`else: D`), as it may label an argument.
            let name = kind.isWord && nextKind == .colon ? try label() : try symbol("the name of a parameter")
            var type: Int32 = -1
            var standard: Int32 = -1
            if accept(.colon) { type = try self.type() }
            if accept(.assign) { standard = try expression() }
            scratch.append(add(.parameter, from: first, to: lastEnd, name, type, standard))
            if try !acceptComma() { break }
        }
        try closeBracket(.closeParen, "`,` or `)`")
    }

    /// `= expression`, or `{ let ...; expression }`.
    mutating func functionBody() throws(SyntaxFailure) -> Int32 {
        if accept(.assign) { return try expression() }
        if kind == .equal || kind == .habit { throw definitionSign() }
        guard kind == .openBrace else { throw unexpected("`=` or `{`") }
        let first = start
        let mark = scratch.count
        try openBracket()
        skipSeparators()
        var highest = 0
        while kind == .let {
            let letStart = start
            advance()
            let name = try symbol("a name")
            var levels: Int32 = -1
            if kind == .over {
                let axes = try overAxes()
                levels = Int32(truncatingIfNeeded: extra.count)
                appendNames(axes)
            }
            if kind == .equal { throw definitionSign() }
            try expect(.assign, "`=`")
            let value = try expression()
            highest = max(highest, height)
            scratch.append(add(.localLet, from: letStart, to: lastEnd, name, value, levels))
            if !skipSeparators(), kind != .closeBrace { throw unexpected("a new line") }
        }
        if kind == .closeBrace { throw unexpected("the value of the function") }
        scratch.append(try expression())
        highest = max(highest, height)
        skipSeparators()
        try closeBracket(.closeBrace, "`}`")
        height = highest
        try grow()
        let (a, b) = list(from: mark)
        return add(.block, from: first, to: lastEnd, a, b)
    }
}
