// Expressions. Chains are loops, so only brackets, signs and choices recurse, and those are counted.

/// How tightly an operator binds; the operand of a level is read with the next.
enum Level {
    static let disjunction = 1
    static let conjunction = 2
    static let comparison = 4
    static let shown = 5
    static let growth = 6
    static let sum = 7
    static let product = 8
    static let range = 9

    @inline(__always)
    static func of(_ kind: TokenKind) -> Int {
        switch kind {
        case .or: disjunction
        case .and: conjunction
        case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .in: comparison
        case .as: shown
        case .growing: growth
        case .plus, .minus: sum
        case .star, .slash: product
        default: 0
        }
    }
}

extension Parser {
    @inline(__always)
    mutating func expression() throws(SyntaxFailure) -> Int32 {
        if kind == .if { return try conditional() }
        return try binary(Level.disjunction)
    }

    /// `if c then a else if d then b else e`, in one node.
    private mutating func conditional() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        try enter()
        var highest = 0
        while kind == .if {
            advance()
            scratch.append(try conditionOperand())
            highest = max(highest, height)
            try expect(.then, "`then`")
            scratch.append(try expression())
            highest = max(highest, height)
            try expect(.else, "`else`")
        }
        scratch.append(try expression())
        try grow(above: highest)
        depth &-= 1
        let (a, b) = list(from: mark)
        return add(.conditional, from: first, to: lastEnd, a, b)
    }

    /// A condition, where `=` can only have been meant as `==`.
    mutating func conditionOperand() throws(SyntaxFailure) -> Int32 {
        let condition = kind == .if ? try conditional() : try binary(Level.disjunction)
        if kind == .assign { throw habit(.assignInCondition) }
        return condition
    }

    /// An expression whose operators bind at least as tightly as `lowest`.
    mutating func binary(_ lowest: Int) throws(SyntaxFailure) -> Int32 {
        let first = start
        var left: Int32
        if kind == .not {
            left = try negation(lowest)
        } else {
            left = try prefix()
        }
        while true {
            let level = Level.of(kind)
            if level < lowest || level == 0 { return left }
            // `in` before a list asks for its members; elsewhere it begins the clause of a command.
            if kind == .in, nextKind != .openBracket { return left }
            switch level {
            case Level.sum, Level.product: left = try chain(left, first, level)
            case Level.comparison: left = try comparison(left, first)
            case Level.disjunction, Level.conjunction: left = try logic(left, first, level)
            case Level.shown: left = try shownAs(left, first)
            default: left = try growing(left, first)
            }
        }
    }

    private mutating func negation(_ lowest: Int) throws(SyntaxFailure) -> Int32 {
        let first = start
        if lowest > 3 { throw unexpected("a value") }
        advance()
        try enter()
        let operand = kind == .not ? try negation(lowest) : try binary(Level.comparison)
        depth &-= 1
        try grow()
        return add(.not, from: first, to: lastEnd, operand)
    }

    private mutating func chain(_ left: Int32, _ first: UInt32, _ level: Int) throws(SyntaxFailure) -> Int32 {
        let mark = scratch.count
        let operatorMark = operatorScratch.count
        scratch.append(left)
        var highest = height
        var isInverse = false
        if level == Level.sum {
            while kind == .plus || kind == .minus {
                if kind == .minus { isInverse = true }
                operatorScratch.append(kind == .plus ? .add : .subtract)
                advance()
                scratch.append(try binary(Level.product))
                highest = max(highest, height)
            }
        } else {
            while kind == .star || kind == .slash {
                operatorScratch.append(kind == .star ? .multiply : .divide)
                let divides = kind == .slash
                if divides { isInverse = true }
                advance()
                let operand = try prefix()
                if divides, kind == .slash, endsInUnit(operand) { throw try ambiguousDivisor(operand, of: first) }
                scratch.append(operand)
                highest = max(highest, height)
            }
        }
        height = highest
        let (a, b) = list(from: mark)
        let c = Int32(truncatingIfNeeded: operators.count)
        operatorScratch.move(from: operatorMark, to: &operators)
        let id = add(level == Level.sum ? .sum : .product, from: first, to: lastEnd, a, b, c)
        if isInverse { try refuseDate(id) }
        return id
    }

    private mutating func logic(_ left: Int32, _ first: UInt32, _ level: Int) throws(SyntaxFailure) -> Int32 {
        let mark = scratch.count
        let sign: TokenKind = level == Level.conjunction ? .and : .or
        scratch.append(left)
        var highest = height
        while accept(sign) {
            scratch.append(try binary(level + 1))
            highest = max(highest, height)
        }
        height = highest
        let (a, b) = list(from: mark)
        return add(level == Level.conjunction ? .conjunction : .disjunction, from: first, to: lastEnd, a, b)
    }

    /// `partner in [A, B]`.
    private mutating func membership(_ left: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        advance()
        let highest = height
        let list = try binary(Level.shown)
        height = max(highest, height)
        if kind.isComparison || kind == .in { throw chainedComparison(left, list) }
        return add(.membership, from: first, to: lastEnd, left, list)
    }

    private mutating func comparison(_ left: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        if kind == .in { return try membership(left, first) }
        let detail: Comparison =
            switch kind {
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            case .equal: .equal
            default: .notEqual
            }
        advance()
        var highest = height
        let right = try binary(Level.shown)
        highest = max(highest, height)
        var tolerance: Int32 = -1
        if accept(.within) {
            tolerance = try binary(Level.shown)
            highest = max(highest, height)
        }
        height = highest
        if kind.isComparison { throw chainedComparison(left, right) }
        return add(.comparison, detail: detail.rawValue, from: first, to: lastEnd, left, right, tolerance)
    }

    private mutating func shownAs(_ left: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        advance()
        let highest = height
        let unit = try binary(Level.product)
        height = max(highest, height)
        if kind == .as { throw unexpected("the end of the expression, as `as` is written once,") }
        return add(.shownAs, from: first, to: lastEnd, left, unit)
    }

    private mutating func growing(_ left: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        if node(left).kind == .sum { throw growingOperand(left) }
        advance()
        var highest = height
        let rate = try rateOfGrowth()
        highest = max(highest, height)
        try expect(.from, "`from` and the time at which the value holds")
        let from = try binary(Level.sum)
        height = max(highest, height)
        if kind == .growing { throw unexpected("the end of the expression, as `growing` is written once,") }
        return add(.growing, from: first, to: lastEnd, left, rate, from)
    }

    /// `8%/yr`, and `2% every month`.
    private mutating func rateOfGrowth() throws(SyntaxFailure) -> Int32 {
        let first = start
        let outer = readsRate
        readsRate = true
        defer { readsRate = outer }
        let rate = try binary(Level.sum)
        if node(rate).kind == .sum { throw growingOperand(rate) }
        guard isWord(.every) else { return rate }
        readsRate = outer
        let highest = height
        advance()
        let step = try binary(Level.product)
        height = max(highest, height)
        try grow()
        return add(.every, from: first, to: lastEnd, rate, step)
    }

    // MARK: Signs, ranges, quantities

    @inline(__always)
    mutating func prefix() throws(SyntaxFailure) -> Int32 {
        let first = start
        let left: Int32
        if kind == .minus {
            if at > 0, kinds[at - 1] == .plus, ends[at - 1] == first { throw habit(.plusMinus) }
            left = try negative()
        } else {
            left = try quantity()
        }
        if kind == .to { return try range(left, first) }
        return left
    }

    private mutating func negative() throws(SyntaxFailure) -> Int32 {
        let first = start
        advance()
        try enter()
        let operand = kind == .minus ? try negative() : try quantity()
        depth &-= 1
        try grow()
        return add(.negate, from: first, to: lastEnd, operand)
    }

    private mutating func range(_ left: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        if !mayBeRangeOperand(left) { throw rangeOperand(left, isLeft: true) }
        advance()
        let highest = height
        let right = kind == .minus ? try negative() : try quantity()
        if !mayBeRangeOperand(right) { throw rangeOperand(right, isLeft: false) }
        height = max(highest, height)
        if kind == .to { throw unexpected("the end of the range, as `to` is written once,") }
        return add(.range, from: first, to: lastEnd, left, right)
    }

    /// Signed literals, names, calls and parentheses; anything else reads two ways.
    private func mayBeRangeOperand(_ id: Int32) -> Bool {
        let operand = node(id)
        switch operand.kind {
        case .number, .quantity, .name, .call, .member, .index, .under, .paren, .error: return true
        case .negate:
            let inner = node(operand.a)
            return inner.kind == .number || inner.kind == .quantity
        default: return false
        }
    }

    @inline(__always)
    mutating func quantity() throws(SyntaxFailure) -> Int32 {
        let first = start
        if kind == .number {
            let literal = numberNode()
            height = 0
            let after = kind
            if after == .name, !endsRate { return try units(literal, first) }
            // Most numbers stand alone; only these continue one.
            if after == .caret || after == .dot || after == .openParen || after == .openBracket || after == .under {
                return try power(literal, first)
            }
            return literal
        }
        if kind == .openBracket {
            let literal = try listLiteral()
            if kind == .name, !endsRate { return try units(literal, first) }
            return try power(literal, first)
        }
        return try power(try primary(), first)
    }

    @inline(__always)
    mutating func numberNode() -> Int32 {
        let value = self.value
        let id = add(
            .number, detail: UInt8(truncatingIfNeeded: value & 15), from: start, to: ends[at], value >> 4)
        advance()
        return id
    }

    /// Whether the rate of a growth ends here: `every` is a word only behind one.
    private var endsRate: Bool { readsRate && isWord(.every) }

    /// `9 m^2`, `60M phone`, `3 kg m`.
    private mutating func units(_ literal: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        let mark = scratch.count
        while kind == .name, !endsRate {
            let unitStart = start
            let symbol = value
            advance()
            var exponent: Int32 = 1
            if accept(.caret) {
                let negative = accept(.minus)
                guard kind == .number else { throw unexpected("a whole number as the power of a unit") }
                let traits = NumberTraits(rawValue: UInt8(truncatingIfNeeded: value & 15))
                let number = parts.numbers[Int(value >> 4)]
                guard traits.contains(.bareInteger), number <= 99 else { throw unitExponent() }
                exponent = negative ? -Int32(number) : Int32(number)
                advance()
            }
            scratch.append(add(.unitPower, from: unitStart, to: lastEnd, symbol, exponent))
        }
        let (b, c) = list(from: mark)
        return add(.quantity, from: first, to: lastEnd, literal, b, c)
    }

    @inline(__always)
    private mutating func power(_ operand: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        let base = try postfix(operand, first)
        if kind != .caret { return base }
        return try powerTail(base, first)
    }

    private mutating func powerTail(_ base: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        advance()
        let highest = height
        try enter()
        let signStart = start
        let negative = accept(.minus)
        let operandStart = start
        let literal = kind == .number ? numberNode() : try primary()
        var exponent = try power(literal, operandStart)
        if negative { exponent = add(.negate, from: signStart, to: lastEnd, exponent) }
        depth &-= 1
        try grow(above: highest)
        return add(.power, from: first, to: lastEnd, base, exponent)
    }

    // MARK: Postfix

    @inline(__always)
    private mutating func postfix(_ operand: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        let after = kind
        if after == .openParen || after == .dot || after == .openBracket || after == .under {
            return try postfixTail(operand, first)
        }
        return operand
    }

    private mutating func postfixTail(_ operand: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        var base = operand
        while true {
            let below = height
            switch kind {
            case .openParen:
                let (b, c) = try arguments()
                try grow(above: below)
                base = add(.call, from: first, to: lastEnd, base, b, c)
            case .dot:
                advance()
                let member = try label()
                try grow()
                base = add(.member, from: first, to: lastEnd, base, member)
            case .openBracket:
                let (b, c) = try indexes()
                try grow(above: below)
                base = add(.index, from: first, to: lastEnd, base, b, c)
            case .under:
                advance()
                let scenario = try symbol("the name of a scenario")
                try grow()
                base = add(.under, from: first, to: lastEnd, base, scenario)
            default: return base
            }
        }
    }

    private mutating func arguments() throws(SyntaxFailure) -> (Int32, Int32) {
        try openBracket()
        let mark = scratch.count
        var highest = 0
        while kind != .closeParen {
            scratch.append(try argument())
            highest = max(highest, height)
            if try !acceptComma() { break }
        }
        try closeBracket(.closeParen, "`,` or `)`")
        height = highest
        return list(from: mark)
    }

    @inline(__always)
    private mutating func argument() throws(SyntaxFailure) -> Int32 {
        let first = start
        var symbol: Int32 = -1
        if kind.isWord, nextKind == .colon {
            symbol = value
            advance()
            advance()
            let value = try expression()
            return add(.argument, from: first, to: lastEnd, symbol, value)
        }
        let value = try agedExpression()
        if kind == .where || kind == .over { return try reduction(value, first) }
        return add(.argument, from: first, to: lastEnd, symbol, value)
    }

    private mutating func reduction(_ value: Int32, _ first: UInt32) throws(SyntaxFailure) -> Int32 {
        let reductionStart = start
        var highest = height
        var condition: Int32 = -1
        var axis: Int32 = -1
        if accept(.where) {
            condition = try conditionOperand()
            highest = max(highest, height)
        }
        if accept(.over) { axis = try symbol("the name of an axis") }
        height = highest
        let reduction = add(.reduction, from: reductionStart, to: lastEnd, condition, axis)
        return add(.argument, from: first, to: lastEnd, -1, value, reduction)
    }

    @inline(__always)
    mutating func agedExpression() throws(SyntaxFailure) -> Int32 {
        let first = start
        let value = try expression()
        guard kind == .aged else { return value }
        advance()
        let highest = height
        let age = try binary(Level.sum)
        height = max(highest, height)
        return add(.aged, from: first, to: lastEnd, value, age)
    }

    private mutating func indexes() throws(SyntaxFailure) -> (Int32, Int32) {
        try openBracket()
        let mark = scratch.count
        var highest = 0
        repeat {
            let first = start
            var low: Int32 = -1
            height = 0
            if kind.isWord, nextKind == .colon {
                let name = value
                advance()
                advance()
                let member = try expression()
                highest = max(highest, height)
                scratch.append(add(.pick, from: first, to: lastEnd, name, member))
                continue
            }
            if kind != .dotDot { low = try expression() }
            highest = max(highest, height)
            if low >= 0 { try refuseDate(low, isTime: true) }
            if accept(.dotDot) {
                var high: Int32 = -1
                if kind != .comma, kind != .closeBracket {
                    high = try expression()
                    highest = max(highest, height)
                }
                scratch.append(add(.keyRange, from: first, to: lastEnd, low, high))
            } else {
                scratch.append(low)
            }
        } while try acceptComma()
        try closeBracket(.closeBracket, "`,` or `]`")
        height = highest
        return list(from: mark)
    }
}
