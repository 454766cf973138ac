/// The text in the house style; nil where it does not parse.
///
/// The user's line breaks and order stay; indentation, the blanks between tokens and the columns of neighbouring lines are
/// made uniform. Tokens and comments are the same before and after, and what was formatted once stays as it is. Lines end in
/// LF, none in blanks; at most one empty line stands in a row, none at the start, and none at the end. Time is linear.
public func formatted(_ source: SourceText) -> [UInt8]? {
    var symbols = SymbolTable()
    let problems = parse(source, symbols: &symbols).diagnostics
    if problems.contains(where: { $0.severity == .error }) { return nil }
    guard let text = LexedText(source.bytes) else { return nil }
    var layout = Layout(source.bytes, text)
    layout.indent()
    layout.space()
    layout.align()
    let result = layout.written()
    // No text is worth a change of its meaning.
    guard let again = LexedText(result), again.reads(result, like: text, source.bytes) else { return source.bytes }
    return result
}

extension LexedText {
    /// Whether two texts have the same tokens and comments; blanks at the end of a comment do not count.
    fileprivate func reads(_ bytes: [UInt8], like other: LexedText, _ otherBytes: [UInt8]) -> Bool {
        guard tokens.count == other.tokens.count, comments.count == other.comments.count else { return false }
        for index in tokens.indices {
            let (token, twin) = (tokens[index], other.tokens[index])
            guard token.kind == twin.kind else { return false }
            guard bytes[token.start..<token.end].elementsEqual(otherBytes[twin.start..<twin.end]) else { return false }
        }
        for index in comments.indices {
            let (comment, twin) = (comments[index], other.comments[index])
            guard comment.ownLine == twin.ownLine else { return false }
            let end = trimmedEnd(bytes, comment.span)
            let twinEnd = trimmedEnd(otherBytes, twin.span)
            guard
                bytes[Int(comment.span.start)..<end].elementsEqual(otherBytes[Int(twin.span.start)..<twinEnd])
            else { return false }
        }
        return true
    }
}

/// Where a comment ends without the blanks at its end.
private func trimmedEnd(_ bytes: [UInt8], _ span: Span) -> Int {
    var end = Int(span.end)
    while end > Int(span.start), bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: "\t") {
        end -= 1
    }
    return end
}

/// A text as lines of pieces, which the steps of the formatter go over: indentation, blanks, columns.
struct Layout {
    /// What is copied as it is: a token, a whole text with its interpolations, or a comment.
    struct Piece {
        var kind: TokenKind
        var isComment = false
        var start: Int
        var end: Int
        /// For a word: its symbol.
        var value: Int32
        /// The blanks before it as they were; a tab counts two. 0 at the start of a line.
        var blanksBefore = 0
        /// The blanks before it as they are to be.
        var gap = 0
        /// Whether a line end that counts stands before it, or nothing.
        var isBehindNewline: Bool
        /// Whether a statement begins with it, or an entry of the brackets it stands in.
        var startsEntry = false
        /// The innermost bracket around it; `end` where there is none.
        var bracket = TokenKind.end
        /// How many brackets are open around it.
        var depth = 0
    }

    struct Line {
        var pieces: Range<Int>
        var isBehindEmptyLine: Bool
        /// In steps of four blanks.
        var level = 0
        /// Whether it holds whole entries only: nothing on it goes on in another line, or comes from one.
        var isWhole = false
    }

    let bytes: [UInt8]
    var pieces: [Piece] = []
    var lines: [Line] = []

    init(_ bytes: [UInt8], _ text: LexedText) {
        self.bytes = bytes
        var end = 0
        var comment = 0
        var isBehindNewline = true
        var index = 0
        while index < text.tokens.count || comment < text.comments.count {
            var piece: Piece
            let isComment =
                comment < text.comments.count
                && (index == text.tokens.count
                    || Int(text.comments[comment].span.start) < text.tokens[index].start)
            if isComment {
                let span = text.comments[comment].span
                piece = Piece(
                    kind: .end, isComment: true, start: Int(span.start), end: trimmedEnd(bytes, span), value: -1,
                    isBehindNewline: false)
                comment += 1
            } else {
                let token = text.tokens[index]
                index += 1
                if token.kind == .newline {
                    isBehindNewline = true
                    continue
                }
                piece = Piece(
                    kind: token.kind, start: token.start, end: token.end, value: token.value,
                    isBehindNewline: isBehindNewline)
                isBehindNewline = false
                if token.kind == .textOpen {
                    var depth = 1
                    while depth > 0, index < text.tokens.count {
                        if text.tokens[index].kind == .textOpen { depth += 1 }
                        if text.tokens[index].kind == .textClose { depth -= 1 }
                        piece.end = text.tokens[index].end
                        index += 1
                    }
                    piece.kind = .text
                }
            }
            let (breaks, blanks) = gap(from: end, to: piece.start)
            if breaks > 0 || lines.isEmpty {
                lines.append(Line(pieces: pieces.count..<pieces.count, isBehindEmptyLine: breaks > 1 && !lines.isEmpty))
            } else {
                piece.blanksBefore = blanks
            }
            pieces.append(piece)
            lines[lines.count - 1].pieces = lines[lines.count - 1].pieces.lowerBound..<pieces.count
            end = piece.end
        }
    }

    /// How many lines end between two pieces, and how many blanks stand behind the last line end.
    private func gap(from: Int, to: Int) -> (breaks: Int, blanks: Int) {
        var breaks = 0
        var blanks = 0
        var at = from
        while at < to {
            switch bytes[at] {
            case 0x0D, 0x0A:
                if bytes[at] == 0x0D, at + 1 < to, bytes[at + 1] == 0x0A { at += 1 }
                breaks += 1
                blanks = 0
            case UInt8(ascii: "\t"): blanks += 2
            default: blanks += 1
            }
            at += 1
        }
        return (breaks, blanks)
    }

    /// The text as it is laid out.
    func written() -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 8 + 16)
        for line in lines {
            if line.isBehindEmptyLine { result.append(0x0A) }
            result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: line.level * 4))
            for index in line.pieces {
                let piece = pieces[index]
                result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: piece.gap))
                result.append(contentsOf: bytes[piece.start..<piece.end])
            }
            result.append(0x0A)
        }
        return result
    }

    // MARK: Looking around

    /// The kind of a piece; `end` outside the text and for comments.
    func kind(_ index: Int) -> TokenKind { pieces.indices.contains(index) ? pieces[index].kind : .end }

    func isWord(_ index: Int, _ word: Word) -> Bool { kind(index) == .name && pieces[index].value == word.rawValue }

    /// The word that begins a statement with a piece: it is followed by no sign that would make it a label or a name.
    func statementWord(_ index: Int) -> Word? {
        guard kind(index) == .name, pieces[index].startsEntry, let word = Word(rawValue: pieces[index].value),
            word.rawValue <= Word.ban.rawValue
        else { return nil }
        switch kind(index + 1) {
        case .name, .text, .number, .period, .fn, .not, .if, .true, .false, .none, .percent, .openParen, .minus:
            return word
        case .openBracket, .openBrace: return pieces[index + 1].blanksBefore > 0 ? word : nil
        default: return nil
        }
    }
}
