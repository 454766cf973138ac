// Types: `1`, `USD/phone`, `Bool`, `[T]`, `{a: T}`, `fn(T) -> T`, `any A`.

extension Parser {
    mutating func type() throws(SyntaxFailure) -> Int32 {
        let first = start
        switch kind {
        case .openBracket:
            try openBracket()
            let element = try type()
            try closeBracket(.closeBracket, "`]`")
            return add(.listType, from: first, to: lastEnd, element)
        case .openBrace:
            let mark = scratch.count
            try openBracket()
            skipSeparators()
            while kind != .closeBrace {
                let fieldStart = start
                let name = try label()
                try expect(.colon, "`:`")
                let fieldType = try type()
                scratch.append(add(.recordField, from: fieldStart, to: lastEnd, name, fieldType))
                if !skipSeparators() { break }
            }
            try closeBracket(.closeBrace, "`,` or `}`")
            let (a, b) = list(from: mark)
            return add(.recordType, from: first, to: lastEnd, a, b)
        case .fn:
            advance()
            guard kind == .openParen else { throw unexpected("`(`") }
            let mark = scratch.count
            try openBracket()
            while kind != .closeParen {
                scratch.append(try type())
                if !accept(.comma) { break }
            }
            try closeBracket(.closeParen, "`,` or `)`")
            try expect(.arrow, "`->`")
            try enter()
            let result = try type()
            depth &-= 1
            let (a, b) = list(from: mark)
            return add(.functionType, from: first, to: lastEnd, a, b, result)
        case .name:
            if isWord(.any), nextKind == .name {
                advance()
                let variable = try symbol("a name")
                return add(.anyType, from: first, to: lastEnd, variable)
            }
            if value >= Word.bool.rawValue, value <= Word.time.rawValue {
                let name = value
                advance()
                return add(.namedType, from: first, to: lastEnd, name)
            }
            return try dimension()
        case .number: return try dimension()
        default: throw unexpected("a type: a unit, `1`, `Bool`, `Text`, `Time`, `[...]`, `{...}` or `fn(...) -> ...`")
        }
    }

    private mutating func dimension() throws(SyntaxFailure) -> Int32 {
        let first = start
        let mark = scratch.count
        var sign: Int32 = 1
        while true {
            scratch.append(try dimensionPower(sign))
            if accept(.star) {
                sign = 1
            } else if accept(.slash) {
                sign = -1
            } else {
                break
            }
        }
        let (a, b) = list(from: mark)
        return add(.dimensionType, from: first, to: lastEnd, a, b)
    }

    private mutating func dimensionPower(_ sign: Int32) throws(SyntaxFailure) -> Int32 {
        let first = start
        var symbol: Int32 = -1
        if kind == .name {
            symbol = value
            advance()
        } else {
            let isNumber = kind == .number
            guard isNumber, try wholeNumber() == 1 else { throw unexpected("a unit or `1`") }
        }
        var numerator: Int32 = 1
        var denominator: Int32 = 1
        if accept(.caret) {
            let negative = accept(.minus)
            numerator = try wholeNumber()
            // `m^1/2` is the root of a metre; `kg^2/m` goes on with the next unit.
            if kind == .slash, nextKind == .number {
                advance()
                denominator = try wholeNumber()
                if denominator == 0 { throw unexpected("a number above zero, before") }
            }
            if negative { numerator = -numerator }
        }
        return add(.dimensionPower, from: first, to: lastEnd, symbol, numerator * sign, denominator)
    }

    private mutating func wholeNumber() throws(SyntaxFailure) -> Int32 {
        guard kind == .number else { throw unexpected("a whole number") }
        let traits = NumberTraits(rawValue: UInt8(truncatingIfNeeded: value & 15))
        let number = parts.numbers[Int(value >> 4)]
        guard traits.contains(.bareInteger), number <= 99 else { throw unitExponent() }
        advance()
        return Int32(number)
    }
}
