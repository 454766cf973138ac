// How many blanks stand between two tokens of a line.

extension Layout {
    /// Finds the blanks before each piece, as they are without columns.
    mutating func space() {
        /// Whether the last token was a minus before an operand.
        var isBehindPrefix = false
        /// The token before the last comment, across lines.
        var before = -1
        for line in lines {
            for index in line.pieces {
                if pieces[index].isComment {
                    if index > line.pieces.lowerBound { pieces[index].gap = 2 }
                    continue
                }
                let isPrefix = pieces[index].kind == .minus && isPrefix(index, behind: before)
                if index > line.pieces.lowerBound {
                    pieces[index].gap =
                        isBehindPrefix ? 0 : isPrefix ? gapBeforePrefix(before) : gap(before, index)
                }
                isBehindPrefix = isPrefix
                before = index
            }
        }
    }

    private func userGap(_ index: Int) -> Int { min(1, pieces[index].blanksBefore) }

    private func gap(_ left: Int, _ right: Int) -> Int {
        let (a, b) = (pieces[left].kind, pieces[right].kind)
        switch (a, b) {
        case (.openParen, _), (.openBracket, _): return 0
        case (_, .closeParen), (_, .closeBracket), (_, .comma), (_, .colon): return 0
        case (.dot, _), (_, .dot): return 0
        case (.comma, _), (.colon, _): return 1
        case (.openBrace, _), (_, .openBrace), (_, .closeBrace): return 1
        case (_, .source): return max(1, min(2, pieces[right].blanksBefore))
        case (.dotDot, _), (.star, _), (.slash, _), (.caret, _): return symmetricGap(left)
        case (_, .dotDot), (_, .star), (_, .slash), (_, .caret): return symmetricGap(right)
        default: break
        }
        if isSpaced(a) || isSpaced(b) { return 1 }
        if b == .openParen || b == .openBracket {
            if a == .fn { return 0 }
            return a.isReserved && !isLiteral(a) ? 1 : userGap(right)
        }
        if b == .percent, !a.isWord { return userGap(right) }
        return isSolid(b) && (isSolid(a) || isClosing(left)) ? 1 : userGap(right)
    }

    /// Words, numbers and texts, which stand apart.
    private func isSolid(_ kind: TokenKind) -> Bool {
        switch kind {
        case .number, .period, .text, .percent: true
        default: kind.isWord
        }
    }

    private func isLiteral(_ kind: TokenKind) -> Bool { kind == .true || kind == .false || kind == .none }

    private func isSpaced(_ kind: TokenKind) -> Bool {
        switch kind {
        case .plus, .minus, .arrow, .assign, .addAssign, .subtractAssign, .multiplyAssign, .divideAssign: true
        default: kind.isComparison
        }
    }

    /// Tight where it was tight on both sides; a line end counts as a blank. An open end of `..` is always tight.
    private func symmetricGap(_ index: Int) -> Int {
        if kind(index) == .dotDot, !endsOperand(index - 1) || isOpenBehind(index) { return 0 }
        let isFirst = pieces[index].blanksBefore == 0 && isFirstOfLine(index)
        let isLast = isFirstOfLine(index + 1)
        if isFirst || isLast { return 1 }
        return max(userGap(index), userGap(index + 1))
    }

    private func isFirstOfLine(_ index: Int) -> Bool {
        guard index > 0, index < pieces.count else { return true }
        if pieces[index].isComment { return true }
        return bytes[pieces[index - 1].end..<pieces[index].start].contains { $0 == 0x0A || $0 == 0x0D }
    }

    /// Whether nothing follows a `..` that it could go to.
    private func isOpenBehind(_ index: Int) -> Bool {
        switch kind(index + 1) {
        case .comma, .colon, .end: true
        default: isClosing(index + 1)
        }
    }

    private func endsOperand(_ index: Int) -> Bool {
        switch kind(index) {
        case .name, .number, .period, .text, .percent, .true, .false, .none: true
        default: isClosing(index)
        }
    }

    // MARK: Minus

    /// Whether a minus has no operand before it. As for the parser, `show -x` is a command and `show - x` a difference.
    private func isPrefix(_ index: Int, behind before: Int) -> Bool {
        guard before >= 0, endsOperand(before) else { return true }
        guard kind(before) == .name, let word = Word(rawValue: pieces[before].value) else { return false }
        let isWrittenAsPrefix =
            pieces[index].blanksBefore > 0 && index + 1 < pieces.count
            && !isFirstOfLine(index + 1) && pieces[index + 1].blanksBefore == 0
        switch word {
        case .line, .bar, .fan, .sankey: return before > 0 && statementWord(before - 1) == .plot
        case .that: return kind(before - 1) == .so
        case .fits: return isWrittenAsPrefix
        default: return word.takesExpression && pieces[before].startsEntry && isWrittenAsPrefix
        }
    }

    /// What the operand itself would have before it.
    private func gapBeforePrefix(_ before: Int) -> Int {
        switch pieces[before].kind {
        case .openParen, .openBracket: 0
        case .dotDot, .star, .slash, .caret: symmetricGap(before)
        default: 1
        }
    }
}
