// Which line stands how far in.

extension Layout {
    /// An open bracket, or the whole text.
    private struct Frame {
        var kind: TokenKind
        /// The level of the line that opened it.
        var level: Int
        var line: Int
        /// The first piece of the statement or entry that is being read in it, and the line of that piece.
        var entry = -1
        var entryLine = 0
        /// The level of the lines of the entry that begin with `if`, `then` or `else`, once there is one.
        var branchLevel: Int?
    }

    /// Finds the level of each line, and what begins an entry.
    mutating func indent() {
        var frames = [Frame(kind: .end, level: -1, line: -1)]
        /// Comment lines, whose level is that of what follows.
        var waiting = 0
        var before = -1
        for line in lines.indices {
            let range = lines[line].pieces
            if pieces[range.lowerBound].isComment { continue }
            let inside = frames[frames.count - 1].level + 1
            var level = levelAtStart(of: range, &frames, before)
            lines[line].level = level
            let isCloser = isClosing(range.lowerBound)
            for comment in waiting..<line { lines[comment].level = isCloser ? inside : level }
            waiting = line + 1

            let depth = frames.count
            var lowest = depth
            for index in range where !pieces[index].isComment {
                if isClosing(index), frames.count > 1 {
                    let frame = frames.removeLast()
                    if frame.line < line { level = frame.level }
                }
                lowest = min(lowest, frames.count)
                let top = frames.count - 1
                pieces[index].bracket = frames[top].kind
                pieces[index].depth = top
                if startsEntry(index, frames[top], before) {
                    pieces[index].startsEntry = true
                    frames[top].entry = index
                    frames[top].entryLine = line
                    frames[top].branchLevel = kind(index) == .if ? level : nil
                }
                if isOpening(index) { frames.append(Frame(kind: pieces[index].kind, level: level, line: line)) }
                before = index
            }
            lines[line].isWhole = lowest == depth && frames.count == depth && pieces[range.lowerBound].startsEntry
        }
        // Behind the last statement.
        for comment in waiting..<lines.count { lines[comment].level = 0 }
        endEntries()
    }

    private func isOpening(_ index: Int) -> Bool {
        switch pieces[index].kind {
        case .openParen, .openBracket, .openBrace: true
        default: false
        }
    }

    func isClosing(_ index: Int) -> Bool {
        switch kind(index) {
        case .closeParen, .closeBracket, .closeBrace: true
        default: false
        }
    }

    private func levelAtStart(of range: Range<Int>, _ frames: inout [Frame], _ before: Int) -> Int {
        // A line that begins with closing brackets stands where the line of the last of their partners does.
        var closers = 0
        while closers < range.count, isClosing(range.lowerBound + closers) { closers += 1 }
        if closers > 0 { return frames[max(1, frames.count - closers)].level }
        let top = frames[frames.count - 1]
        let isInList = top.kind == .openParen || top.kind == .openBracket
        if isInList || startsEntry(range.lowerBound, top, before) { return top.level + 1 }
        // What goes on from another line is further in. The branches of a condition stand below each other, and what goes
        // on from one of them is further in than they are.
        let level = lines[top.entryLine].level + 1
        switch kind(range.lowerBound) {
        case .if, .then: frames[frames.count - 1].branchLevel = level
        case .else:
            if let branch = top.branchLevel { return branch }
            frames[frames.count - 1].branchLevel = level
        default:
            if let branch = top.branchLevel { return branch + 1 }
        }
        return level
    }

    /// Whether a statement begins with a piece, or an entry of the innermost bracket. `before` is the token before it.
    private func startsEntry(_ index: Int, _ frame: Frame, _ before: Int) -> Bool {
        if isClosing(index) { return false }
        if before < 0 || pieces[index].isBehindNewline && frame.kind != .openParen && frame.kind != .openBracket {
            return true
        }
        switch (pieces[before].kind, frame.kind) {
        case (.openParen, .openParen), (.openBracket, .openBracket), (.openBrace, .openBrace): return true
        case (.comma, .openParen), (.comma, .openBracket): return true
        case (.comma, .openBrace):
            // The note of a source, or the next of several things that a command shows.
            if kind(index) == .text { return false }
            if frame.entry >= 0, let word = statementWord(frame.entry), word.takesExpression {
                return kind(index + 1) == .colon
            }
            return true
        default: return false
        }
    }

    /// A line is whole only where the next one begins an entry of its own, or closes the brackets.
    private mutating func endEntries() {
        var last = -1
        for line in lines.indices {
            let first = lines[line].pieces.lowerBound
            if pieces[first].isComment { continue }
            if last >= 0, !pieces[first].startsEntry, !isClosing(first) { lines[last].isWhole = false }
            last = line
        }
    }
}
