/// What a lexer hands to the parser, besides the tokens.
struct LexedParts {
    var numbers: [Double] = []
    var texts: [String] = []
    var comments: [Comment] = []
    var lineStarts: [UInt32] = [0]
    /// Runs of `##` lines with the token that stands right below them.
    var docRuns: [(token: Int32, firstComment: Int32, count: Int32)] = []
    var problems: ProblemList
    /// Whether a bracket is still open where the text ends.
    var endsInsideBrackets = false
}

/// Bytes to tokens. Reads a copy of the text that ends with zero bytes, so that looking ahead needs no bounds check.
struct Lexer: ~Copyable {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    let classes: UnsafePointer<UInt8>
    var position = 0
    var tokens: Tokens
    var symbols: SymbolTable
    var parts: LexedParts
    /// Open brackets by their byte; `"` stands for the braces of an interpolation.
    private var brackets = Pile<UInt8>(capacity: 256)
    private var openCount = (paren: 0, bracket: 0, brace: 0)
    /// The quotes whose interpolation is open: where each text starts.
    private var openTexts: [Int] = []
    private var newlinePending = false
    private var lineStart = 0
    private var docRun: (first: Int32, count: Int32, lastLine: Int)?

    private static let bytesBetweenLooks = 1 << 16
    static let nameByte: UInt8 = 1
    static let digitByte: UInt8 = 2

    init(
        bytes: UnsafePointer<UInt8>, count: Int, classes: UnsafePointer<UInt8>, symbols: consuming SymbolTable,
        source: SourceID
    ) {
        self.bytes = bytes
        self.count = count
        self.classes = classes
        self.symbols = symbols
        // Few texts have more than one token in two bytes. What is not used costs address space only.
        tokens = Tokens(capacity: count / 2 + 64)
        parts = LexedParts(problems: ProblemList(source: source))
        parts.lineStarts.reserveCapacity(count / 32 + 16)
        parts.numbers.reserveCapacity(count / 24 + 16)
    }

    /// Fills a table of 256 bytes: which bytes may stand in a name, which are digits.
    static func fill(_ classes: UnsafeMutablePointer<UInt8>) {
        classes.initialize(repeating: 0, count: 256)
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { classes[Int(byte)] = nameByte }
        for byte in UInt8(ascii: "A")...UInt8(ascii: "Z") { classes[Int(byte)] = nameByte }
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { classes[Int(byte)] = nameByte | digitByte }
        classes[Int(UInt8(ascii: "_"))] = nameByte
    }

    /// Reads the whole text, or until it is told to stop.
    mutating func run(_ watch: Watch) {
        if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        lineStart = position
        while position < count, !watch.ask() {
            let end = min(position + Lexer.bytesBetweenLooks, count)
            while position < end { next() }
        }
        if let start = openTexts.first { abandonTexts(from: start) }
        parts.endsInsideBrackets = !brackets.isEmpty
        for _ in 0..<4 { tokens.append(.end, count, count) }
    }

    // MARK: One token

    @inline(__always)
    mutating func emit(_ kind: TokenKind, _ start: Int, _ value: Int32 = -1) {
        if newlinePending { endLine(before: kind, start) }
        tokens.append(kind, start, position, value)
    }

    @inline(__always)
    private mutating func sign(_ kind: TokenKind, _ length: Int) {
        let start = position
        position &+= length
        emit(kind, start)
    }

    @inline(__always)
    private mutating func next() {
        // Most tokens have one blank before them.
        var byte = bytes[position]
        if byte == UInt8(ascii: " ") {
            position &+= 1
            // The blank may be the last byte.
            if position >= count { return }
            byte = bytes[position]
        }
        let kinds = classes[Int(byte)]
        if kinds != 0 {
            if kinds & Lexer.digitByte != 0 { number() } else { name() }
            return
        }
        let after = bytes[position &+ 1]
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): position &+= 1
        case 0x0A, 0x0D: newline()
        case UInt8(ascii: "#"): comment()
        case UInt8(ascii: "\""): text()
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): open(byte)
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): close(byte)
        case UInt8(ascii: ","): sign(.comma, 1)
        case UInt8(ascii: ":"): sign(.colon, 1)
        case UInt8(ascii: "+"): after == UInt8(ascii: "=") ? sign(.addAssign, 2) : sign(.plus, 1)
        case UInt8(ascii: "-"):
            if after == UInt8(ascii: ">") {
                sign(.arrow, 2)
            } else if after == UInt8(ascii: "=") {
                sign(.subtractAssign, 2)
            } else {
                sign(.minus, 1)
            }
        case UInt8(ascii: "*"):
            if after == UInt8(ascii: "=") {
                sign(.multiplyAssign, 2)
            } else if after == UInt8(ascii: "*") {
                habit(.doubleStar, 2)
            } else {
                sign(.star, 1)
            }
        case UInt8(ascii: "/"):
            if after == UInt8(ascii: "=") {
                sign(.divideAssign, 2)
            } else if after == UInt8(ascii: "/") {
                habit(.doubleSlash, 2)
            } else {
                sign(.slash, 1)
            }
        case UInt8(ascii: "^"): sign(.caret, 1)
        case UInt8(ascii: "%"): sign(.percent, 1)
        case UInt8(ascii: "."): after == UInt8(ascii: ".") ? sign(.dotDot, 2) : sign(.dot, 1)
        case UInt8(ascii: "<"):
            if after == UInt8(ascii: "=") {
                sign(.lessOrEqual, 2)
            } else if after == UInt8(ascii: "-") {
                habit(.leftArrow, 2)
            } else {
                sign(.less, 1)
            }
        case UInt8(ascii: ">"): after == UInt8(ascii: "=") ? sign(.greaterOrEqual, 2) : sign(.greater, 1)
        case UInt8(ascii: "="):
            if after == UInt8(ascii: "=") {
                sign(.equal, 2)
            } else if after == UInt8(ascii: ">") {
                habit(.fatArrow, 2)
            } else {
                sign(.assign, 1)
            }
        case UInt8(ascii: "!"): after == UInt8(ascii: "=") ? sign(.notEqual, 2) : habit(.exclamation, 1)
        case UInt8(ascii: "&"): after == byte ? habit(.doubleAnd, 2) : habit(.and, 1)
        case UInt8(ascii: "|"): after == byte ? habit(.doubleBar, 2) : habit(.bar, 1)
        case UInt8(ascii: ";"): habit(.semicolon, 1)
        case UInt8(ascii: "'"): singleQuoted()
        default: other()
        }
    }

    private mutating func habit(_ habit: Habit.Sign, _ length: Int) {
        // `// a remark` on a line of its own: its words are no tokens.
        if habit == .doubleSlash, (tokens.count == 0 || newlinePending) {
            let start = position
            position = endOfLine(position)
            emit(.habit, start, Int32(habit.rawValue))
            return
        }
        let start = position
        position &+= length
        emit(.habit, start, Int32(habit.rawValue))
    }

    private func endOfLine(_ start: Int) -> Int {
        var end = start
        while end < count, bytes[end] != 0x0A, bytes[end] != 0x0D { end &+= 1 }
        return end
    }

    private mutating func singleQuoted() {
        let start = position
        let line = endOfLine(start)
        var end = start + 1
        while end < line, bytes[end] != UInt8(ascii: "'") { end += 1 }
        position = end < line ? end + 1 : start + 1
        emit(.habit, start, Int32(Habit.Sign.singleQuote.rawValue))
    }

    /// A byte that begins no token, or a letter beyond ASCII.
    @inline(never)
    private mutating func other() {
        let start = position
        let byte = bytes[position]
        if byte < 0x80 {
            position += 1
            let digits = byte == UInt8(ascii: "$") ? digits(position) : ""
            parts.problems.add { SyntaxProblems.forbiddenCharacter($0, start, start + 1, UInt32(byte), before: digits) }
            return emit(.invalid, start)
        }
        let (scalar, length) = decode(position)
        if UnicodeNames.mayStart(scalar) { return wideName(start) }
        position += length
        let end = position
        let digits = digits(end)
        parts.problems.add { SyntaxProblems.forbiddenCharacter($0, start, end, scalar, before: digits) }
        if Habit.plainSign(scalar) == "\"" { skipForeignText() }
        if UnicodeNames.isBlank(scalar) { return }
        emit(.invalid, start)
    }

    /// The digits from a place on, with a decimal point and a suffix such as `M`: what `$` or `€` stands before.
    private func digits(_ place: Int) -> String {
        var end = place
        while end < place + 20, bytes[end] == UInt8(ascii: ".") || classes[Int(bytes[end])] != 0 { end += 1 }
        guard classes[Int(bytes[place])] & Lexer.digitByte != 0 else { return "" }
        return String(decoding: UnsafeBufferPointer(start: bytes + place, count: end - place), as: UTF8.self)
    }

    /// From behind a curly quote to behind the one that closes it, where there is one on the line.
    private mutating func skipForeignText() {
        let line = endOfLine(position)
        var end = position
        while end < line {
            let (scalar, length) = decode(end)
            end += length
            if Habit.plainSign(scalar) == "\"" {
                position = end
                return
            }
        }
    }

    func decode(_ at: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(bytes[at])
        func tail(_ offset: Int) -> UInt32 { UInt32(bytes[at + offset] & 0x3F) }
        if first < 0x80 { return (first, 1) }
        if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
        return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
    }

    // MARK: Names

    @inline(__always)
    private mutating func name() {
        let start = position
        var end = start
        var byte: UInt8
        repeat {
            end &+= 1
            byte = bytes[end]
        } while classes[Int(byte)] != 0
        if byte >= 0x80 { return wideName(start) }
        position = end
        let symbol = symbols.intern(padded: bytes + start, end &- start)
        word(symbol.rawValue, start)
    }

    @inline(__always)
    private mutating func word(_ symbol: Int32, _ start: Int) {
        if symbol >= Words.reservedCount || (tokens.count > 0 && tokens.kinds[tokens.count &- 1] == .dot) {
            emit(.name, start, symbol)
        } else {
            emit(TokenKind.reserved(symbol), start, symbol)
        }
    }

    /// A name that may hold letters beyond ASCII.
    @inline(never)
    private mutating func wideName(_ start: Int) {
        var end = start
        while end < count {
            if classes[Int(bytes[end])] != 0 {
                end += 1
            } else if bytes[end] >= 0x80 {
                let (scalar, length) = decode(end)
                guard UnicodeNames.mayContinue(scalar) else { break }
                end += length
            } else {
                break
            }
        }
        position = end
        let buffer = UnsafeBufferPointer(start: bytes + start, count: end - start)
        if let normal = UnicodeNames.normalised(String(decoding: buffer, as: UTF8.self)) {
            parts.problems.add { SyntaxProblems.nameNotNormalised($0, start, end, normal) }
        }
        word(symbols.intern(buffer).rawValue, start)
    }

    // MARK: Lines and comments

    @inline(__always)
    private mutating func newline() {
        if bytes[position] == 0x0D, bytes[position &+ 1] == 0x0A { position &+= 1 }
        position &+= 1
        lineStart = position
        parts.lineStarts.append(UInt32(truncatingIfNeeded: position))
        if let start = openTexts.first { abandonTexts(from: start) }
        newlinePending = true
    }

    private mutating func comment() {
        let start = position
        position = endOfLine(start)
        let ownLine = tokens.count == 0 || Int(tokens.ends[tokens.count - 1]) <= lineStart
        if ownLine, bytes[start + 1] == UInt8(ascii: "#") {
            let line = parts.lineStarts.count
            if let run = docRun, run.lastLine == line - 1 {
                docRun = (run.first, run.count + 1, line)
            } else {
                docRun = (Int32(parts.comments.count), 1, line)
            }
        }
        parts.comments.append(Comment(span: Span(start: UInt32(start), end: UInt32(position)), ownLine: ownLine))
    }

    /// Decides whether the line ends before the token at `start` end a statement.
    @inline(never)
    private mutating func endLine(before kind: TokenKind, _ start: Int) {
        newlinePending = false
        defer { attachDocs() }
        guard tokens.count > 0 else { return }
        if !brackets.isEmpty, brackets.top != UInt8(ascii: "{") {
            // A declaration at the left margin inside `(` or `[`: the bracket was never closed.
            guard start == lineStart, looksLikeStatement(kind, start) else { return }
            brackets.removeLast(brackets.count)
            openCount = (0, 0, 0)
        } else {
            let before = tokens.kinds[tokens.count - 1]
            if before.continuesAfter || before == .newline { return }
            if kind.continuesBefore, !(kind.isClauseWord && standsAlone(kind)) { return }
        }
        let end = Int(tokens.ends[tokens.count - 1])
        tokens.append(.newline, end, end)
    }

    /// `##` lines belong to the token right below them.
    private mutating func attachDocs() {
        guard let run = docRun else { return }
        docRun = nil
        if run.lastLine == parts.lineStarts.count - 1 {
            parts.docRuns.append((Int32(tokens.count), run.first, run.count))
        }
    }

    /// A clause word that continues nothing: `over: 3`, or `source x {`. Called when `position` is behind the word.
    private func standsAlone(_ kind: TokenKind) -> Bool {
        var at = skipBlanks(position)
        if bytes[at] == UInt8(ascii: ":") { return true }
        guard kind == .source else { return false }
        let nameStart = at
        while classes[Int(bytes[at])] != 0 || bytes[at] >= 0x80 { at += 1 }
        return at > nameStart && bytes[skipBlanks(at)] == UInt8(ascii: "{")
    }

    private func skipBlanks(_ start: Int) -> Int {
        var at = start
        while bytes[at] == UInt8(ascii: " ") || bytes[at] == UInt8(ascii: "\t") { at += 1 }
        return at
    }

    private func looksLikeStatement(_ kind: TokenKind, _ start: Int) -> Bool {
        if kind == .let { return true }
        let at = skipBlanks(position)
        guard at > position else { return false }
        let byte = bytes[at]
        let startsName = classes[Int(byte)] & (Lexer.nameByte | Lexer.digitByte) == Lexer.nameByte || byte >= 0x80
        if kind == .fn { return startsName }
        if kind == .source { return standsAlone(kind) }
        guard kind == .name, startsName || byte == UInt8(ascii: "\"") else { return false }
        // The word at `start` is not a token yet; look it up by its bytes.
        let word = symbols.find(bytes + start, position - start)
        guard let word, let known = Word(rawValue: word), known.startsStatement else { return false }
        var end = at
        while classes[Int(bytes[end])] != 0 { end += 1 }
        if let next = symbols.find(bytes + at, end - at), next < Words.reservedCount { return false }
        return true
    }

    // MARK: Brackets

    private mutating func open(_ byte: UInt8) {
        let kind: TokenKind
        switch byte {
        case UInt8(ascii: "("):
            kind = .openParen
            openCount.paren += 1
        case UInt8(ascii: "["):
            kind = .openBracket
            openCount.bracket += 1
        default:
            kind = .openBrace
            openCount.brace += 1
        }
        sign(kind, 1)
        brackets.append(byte)
    }

    private mutating func close(_ byte: UInt8) {
        // What a line end before it means depends on the bracket that it closes.
        if newlinePending { endLine(before: .closeParen, position) }
        if byte == UInt8(ascii: "}"), let start = openTexts.last, !isBraceOpenInside() {
            popBrackets(to: UInt8(ascii: "\""))
            openTexts.removeLast()
            sign(.interpolationClose, 1)
            return textRest(openedAt: start)
        }
        switch byte {
        case UInt8(ascii: ")"):
            if openCount.paren > 0 { popBrackets(to: UInt8(ascii: "(")) }
            sign(.closeParen, 1)
        case UInt8(ascii: "]"):
            if openCount.bracket > 0 { popBrackets(to: UInt8(ascii: "[")) }
            sign(.closeBracket, 1)
        default:
            if openCount.brace > 0 { popBrackets(to: UInt8(ascii: "{")) }
            sign(.closeBrace, 1)
        }
    }

    /// Whether a `{` is open since the innermost interpolation began.
    private func isBraceOpenInside() -> Bool {
        var index = brackets.count
        while index > 0 {
            index -= 1
            let byte = brackets[index]
            if byte == UInt8(ascii: "{") { return true }
            if byte == UInt8(ascii: "\"") { return false }
        }
        return false
    }

    /// Closes brackets up to the innermost of a kind; never past the text that is open.
    private mutating func popBrackets(to wanted: UInt8) {
        while !brackets.isEmpty {
            let byte = brackets.top
            if byte == UInt8(ascii: "\""), wanted != byte { return }
            brackets.removeLast(1)
            switch byte {
            case UInt8(ascii: "("): openCount.paren -= 1
            case UInt8(ascii: "["): openCount.bracket -= 1
            case UInt8(ascii: "{"): openCount.brace -= 1
            default: break
            }
            if byte == wanted { return }
        }
    }

    // MARK: Texts

    @inline(__always)
    private mutating func text() {
        let start = position
        var end = start &+ 1
        // The common case: no escape, no interpolation.
        while true {
            let byte = bytes[end]
            if byte == UInt8(ascii: "\"") {
                let content = UnsafeBufferPointer(start: bytes + start + 1, count: end &- start &- 1)
                position = end &+ 1
                emit(.text, start, add(String(decoding: content, as: UTF8.self)))
                return
            }
            if byte < 0x20 || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "{") || byte == 0x7F { break }
            end &+= 1
        }
        slowText()
    }

    private mutating func add(_ text: String) -> Int32 {
        parts.texts.append(text)
        return Int32(truncatingIfNeeded: parts.texts.count &- 1)
    }

    @inline(never)
    private mutating func slowText() {
        let start = position
        var part: [UInt8] = []
        position += 1
        switch textPart(&part, openedAt: start) {
        case .closed: emit(.text, start, add(String(decoding: part, as: UTF8.self)))
        case .interpolation:
            let end = position
            position = start + 1
            emit(.textOpen, start)
            position = end
            beginInterpolation(part, start + 1, openedAt: start)
        }
    }

    /// Goes on with a text behind the `}` of an interpolation.
    private mutating func textRest(openedAt start: Int) {
        var part: [UInt8] = []
        let partStart = position
        switch textPart(&part, openedAt: start) {
        case .closed:
            let end = position
            if !part.isEmpty {
                position = max(partStart, end - 1)
                emit(.textPart, partStart, add(String(decoding: part, as: UTF8.self)))
                position = end
            }
            emit(.textClose, max(partStart, end - 1))
        case .interpolation: beginInterpolation(part, partStart, openedAt: start)
        }
    }

    private mutating func beginInterpolation(_ part: [UInt8], _ partStart: Int, openedAt start: Int) {
        if !part.isEmpty { emit(.textPart, partStart, add(String(decoding: part, as: UTF8.self))) }
        sign(.interpolationOpen, 1)
        brackets.append(UInt8(ascii: "\""))
        openTexts.append(start)
    }

    private enum PartEnd { case closed, interpolation }

    /// Reads up to the closing quote (and past it), or up to a `{` (not past it).
    private mutating func textPart(_ part: inout [UInt8], openedAt start: Int) -> PartEnd {
        while true {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return .closed
            case UInt8(ascii: "{"):
                return .interpolation
            case UInt8(ascii: "\\"):
                escape(&part)
            case 0x0A, 0x0D:
                unterminated(start)
                return .closed
            case 0..<0x20 where byte != 0x09, 0x7F:
                if position >= count {
                    unterminated(start)
                    return .closed
                }
                let at = position
                parts.problems.add { SyntaxProblems.forbiddenCharacter($0, at, at + 1, UInt32(byte)) }
                position += 1
            default:
                part.append(byte)
                position += 1
            }
        }
    }

    private mutating func unterminated(_ start: Int) {
        let end = position
        parts.problems.add { SyntaxProblems.unterminatedText($0, start, end) }
    }

    private mutating func escape(_ part: inout [UInt8]) {
        let start = position
        let byte = bytes[position + 1]
        position += 2
        switch byte {
        case UInt8(ascii: "n"): part.append(0x0A)
        case UInt8(ascii: "t"): part.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"): part.append(byte)
        case UInt8(ascii: "u"):
            if let scalar = unicodeEscape() {
                part.append(contentsOf: Array(String(Character(scalar)).utf8))
            } else {
                let end = position
                parts.problems.add { SyntaxProblems.invalidEscape($0, start, end, isUnicode: true) }
            }
        default:
            // Not past a line end, nor into the middle of a character.
            position = start + 1
            if position < count, byte != 0x0A, byte != 0x0D { position += decode(position).length }
            let end = position
            parts.problems.add { SyntaxProblems.invalidEscape($0, start, end, isUnicode: false) }
        }
    }

    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard bytes[position] == UInt8(ascii: "{") else { return nil }
        position += 1
        var value: UInt32 = 0
        var digits = 0
        while digits <= 8, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue {
            value = value << 4 | UInt32(digit)
            digits += 1
            position += 1
        }
        guard bytes[position] == UInt8(ascii: "}") else { return nil }
        position += 1
        return digits > 0 && digits <= 8 ? Unicode.Scalar(value) : nil
    }

    /// A line or the text ended inside an interpolation: gives up all texts that are open.
    private mutating func abandonTexts(from start: Int) {
        let end = min(lineStart > start ? lineStart - 1 : count, count)
        parts.problems.add { SyntaxProblems.unterminatedText($0, start, end) }
        for _ in openTexts { popBrackets(to: UInt8(ascii: "\"")) }
        openTexts.removeAll(keepingCapacity: true)
        tokens.append(.invalid, end, end)
    }
}

extension TokenKind {
    /// The kind of a reserved word, by its symbol.
    @inline(__always) static func reserved(_ symbol: Int32) -> TokenKind {
        TokenKind(rawValue: TokenKind.firstReserved &+ UInt8(truncatingIfNeeded: symbol)) ?? .name
    }
}
