/// A stretch of a text and what it is.
public struct Highlight: Hashable, Sendable {
    /// Where it stands; never empty.
    public var span: Span
    /// What it is.
    public var kind: HighlightKind

    /// A stretch of a text and what it is.
    public init(span: Span, kind: HighlightKind) {
        self.span = span
        self.kind = kind
    }
}

/// What a stretch of a text is, for colouring. Labels and names that are only used have no kind.
public enum HighlightKind: UInt8, Hashable, Sendable, CaseIterable {
    /// A reserved word, or another word where it begins a statement or belongs to one.
    case keyword
    case number
    /// A name in the unit behind a number or `as`.
    case unit
    case text
    case comment
    /// The name that a statement defines.
    case name
    /// A name before `(`.
    case function
    /// An operator, a bracket or a separator.
    case sign
    /// What Reuse has no meaning for.
    case invalid
}

/// What the stretches of a text are, in its order; they do not overlap. Reads any text, also one that does not parse, such
/// as the line that somebody is typing. Takes one run of the lexer; time is linear in the text.
public func highlights(_ source: SourceText) -> [Highlight] {
    guard let text = LexedText(source.bytes) else { return [] }
    var highlighter = Highlighter(text: text)
    return highlighter.highlights()
}

private struct Highlighter {
    let text: LexedText
    private var result: [Highlight] = []
    private var open = OpenBrackets()
    /// Whether a statement or an entry of a block may begin here.
    private var atStart = true
    /// The first word of the statement, where it is one that the language knows.
    private var statement: Word?
    /// Where the statement began.
    private var first = 0
    private var place = Place.plain
    /// The token that the statement defines.
    private var defined = -1

    /// Where a name stands, as far as units go.
    private enum Place {
        case plain
        /// Behind a number: a unit may follow.
        case number
        /// Behind a list: a unit may follow, but no `/` begins one.
        case list
        /// In a unit behind a number: goes on as long as it is written without blanks.
        case unit
        /// Behind `as`: goes on to whatever is no product.
        case shown
    }

    init(text: LexedText) {
        self.text = text
    }

    mutating func highlights() -> [Highlight] {
        result.reserveCapacity(text.tokens.count + text.comments.count)
        var comment = 0
        for index in text.tokens.indices {
            let token = text.tokens[index]
            while comment < text.comments.count, Int(text.comments[comment].span.start) < token.start {
                add(.comment, text.comments[comment].span)
                comment += 1
            }
            if let kind = kind(index) {
                add(kind, Span(start: UInt32(token.start), end: UInt32(token.end)))
            }
            follow(index)
        }
        for rest in text.comments[comment...] { add(.comment, rest.span) }
        return result
    }

    private mutating func add(_ kind: HighlightKind, _ span: Span) {
        let start = max(span.start, result.last?.span.end ?? 0)
        if start < span.end { result.append(Highlight(span: Span(start: start, end: span.end), kind: kind)) }
    }

    // MARK: One token

    private func kindAt(_ index: Int) -> TokenKind {
        index >= 0 && index < text.tokens.count ? text.tokens[index].kind : .end
    }

    private func isTight(_ index: Int) -> Bool {
        index + 1 < text.tokens.count && text.tokens[index].end == text.tokens[index + 1].start
    }

    private mutating func kind(_ index: Int) -> HighlightKind? {
        let token = text.tokens[index]
        if atStart, token.kind != .newline { begin(index) }
        switch token.kind {
        case .end, .newline: return nil
        case .name: return name(index)
        case .number, .period: return .number
        case .percent: return place == .plain ? .sign : .unit
        case .text, .textOpen, .textPart, .textClose: return .text
        case .habit, .invalid: return .invalid
        default:
            if token.kind.isReserved { return kindAt(index + 1) == .colon && isLabel(index) ? nil : .keyword }
            return .sign
        }
    }

    /// Whether a word before `:` names a field or an argument.
    private func isLabel(_ index: Int) -> Bool {
        switch kindAt(index - 1) {
        case .openParen, .openBracket, .openBrace, .comma, .newline, .end: true
        default: false
        }
    }

    /// Takes in which statement begins with a token.
    private mutating func begin(_ index: Int) {
        atStart = false
        first = index
        statement = nil
        defined = -1
        switch text.tokens[index].kind {
        case .let, .fn:
            if kindAt(index + 1) == .name { defined = index + 1 }
        case .source:
            if kindAt(index + 1) == .name { defined = index + 1 }
        case .name:
            guard let word = statementWord(index) else { return }
            statement = word
            if word.takesNewName { defined = index + 1 }
            if word == .extern { defined = index + 2 }
        default: break
        }
    }

    /// The word that begins a statement: what `Parser.statementWord` says, and a word behind which nothing stands yet.
    private func statementWord(_ index: Int) -> Word? {
        guard text.tokens[index].value <= Word.ban.rawValue,
            let word = Word(rawValue: text.tokens[index].value)
        else { return nil }
        switch kindAt(index + 1) {
        case .name, .text, .textOpen, .number, .period, .end, .invalid, .habit: return word
        case .fn: return word == .extern || word.takesExpression ? word : nil
        case .not, .if, .true, .false, .none, .percent, .openParen: return word.takesExpression ? word : nil
        case .openBracket, .openBrace: return word.takesExpression && !isTight(index) ? word : nil
        case .minus: return word.takesExpression && !isTight(index) && isTight(index + 1) ? word : nil
        default: return nil
        }
    }

    private func name(_ index: Int) -> HighlightKind? {
        if index == first, statement != nil { return .keyword }
        if index == defined { return .name }
        let next = kindAt(index + 1)
        if kindAt(index - 1) == .dot { return next == .openParen ? .function : nil }
        if isPartOfStatement(index) { return .keyword }
        if place == .number || place == .list || place == .unit || place == .shown { return .unit }
        if next == .openParen { return .function }
        return nil
    }

    /// A name that is a word of the language where it stands.
    private func isPartOfStatement(_ index: Int) -> Bool {
        guard let word = Word(rawValue: text.tokens[index].value) else { return false }
        let next = kindAt(index + 1)
        switch word {
        case .that: return kindAt(index - 1) == .so
        case .fits: return statement == .calibrate && (next == .name || next == .end) && kindAt(index - 1) != .comma
        case .every: return isBehindGrowing(index)
        case .any: return next == .name
        case .line, .bar, .fan, .sankey:
            return statement == .plot && index == first + 1
                && (next == .name || next == .number || next == .minus || next == .end)
        case .like: return statement == .index && index == first + 2
        case .table, .query: return statement == .data && kindAt(index - 1).isText
        default: return false
        }
    }

    /// Whether a rate ends here: `growing -5% every month`.
    private func isBehindGrowing(_ index: Int) -> Bool {
        for before in stride(from: index - 2, to: max(first, index - 16), by: -1) where kindAt(before) == .growing {
            return true
        }
        return false
    }

    // MARK: What follows from a token for those behind it

    private mutating func follow(_ index: Int) {
        let token = text.tokens[index]
        _ = open.take(token, index)
        switch token.kind {
        case .newline, .openBrace: atStart = true
        case .comma: atStart = open.innermost == .openBrace
        default: break
        }
        place = placeBehind(index)
    }

    private func placeBehind(_ index: Int) -> Place {
        let token = text.tokens[index]
        switch token.kind {
        case .number:
            switch place {
            // An exponent, or the 1 of `as 1/yr`.
            case .unit, .shown: return place
            default: return .number
            }
        case .closeBracket: return .list
        case .as: return statement == .use ? .plain : .shown
        case .name, .percent:
            guard place != .plain else { return .plain }
            return place == .shown ? .shown : .unit
        case .slash:
            if place == .shown { return .shown }
            return (place == .number || place == .unit) && leadsToUnit(index) ? .unit : .plain
        case .star:
            if place == .shown { return .shown }
            return place == .unit && leadsToUnit(index) ? .unit : .plain
        case .caret, .minus:
            // A number must follow: the exponent of a unit.
            let isExponent = token.kind == .caret || kindAt(index - 1) == .caret
            return isExponent && (place == .unit || place == .shown) ? place : .plain
        case .openParen, .closeParen: return place == .shown && isInUnit(index) ? .shown : .plain
        default: return .plain
        }
    }

    /// Whether a sign is written tight and a name follows it that is nothing but a unit.
    private func leadsToUnit(_ index: Int) -> Bool {
        guard index > 0, isTight(index - 1), isTight(index), kindAt(index + 1) == .name else { return false }
        switch kindAt(index + 2) {
        case .openParen, .openBracket, .dot: return !isTight(index + 1)
        default: return true
        }
    }

    /// Whether a parenthesis belongs to the unit behind `as`, as in `as USD/(kg yr)`.
    private func isInUnit(_ index: Int) -> Bool {
        guard kindAt(index) == .openParen else { return false }
        switch kindAt(index - 1) {
        case .as, .slash, .star: return true
        default: return false
        }
    }
}
