// Columns: where neighbouring lines have something in one place below each other.

extension Layout {
    /// Where columns may be aligned, in the order in which they stand on a line.
    private enum Point: CaseIterable {
        /// Before the `in` of a supply.
        case market
        /// Before the sign that gives a value.
        case sign
        /// Before the `{` of a declaration on one line.
        case block
        /// Behind the `:` of a field.
        case value
        /// Before the clause that names a source.
        case source
        /// Before a comment behind something.
        case comment
    }

    /// A line that goes beyond the others by more columns than this is left out of their alignment.
    private static let farthest = 50

    /// Aligns each run of neighbouring whole lines at the same level, where the user did at any of them.
    mutating func align() {
        var first = 0
        while first < lines.count {
            var end = first + 1
            if lines[first].isWhole {
                while end < lines.count, lines[end].isWhole, !lines[end].isBehindEmptyLine,
                    lines[end].level == lines[first].level
                { end += 1 }
                for point in Point.allCases { align(point, first..<end) }
            }
            first = end
        }
    }

    private typealias Place = (piece: Int, column: Int)

    private mutating func align(_ point: Point, _ range: Range<Int>) {
        var places: [Place] = []
        var word: Int32 = -1
        for line in range {
            let first = lines[line].pieces.lowerBound
            guard let piece = place(of: point, lines[line].pieces) else { continue }
            if point == .sign || point == .block {
                // Statements of different kinds have columns of their own.
                let own = pieces[first].startsEntry && isWordOfStatement(first) ? pieces[first].value : -1
                if own != word { align(point, &places) }
                word = own
            }
            places.append((piece, column(of: piece, lines[line])))
        }
        align(point, &places)
    }

    /// Aligns places below each other, and forgets them.
    private mutating func align(_ point: Point, _ places: inout [Place]) {
        defer { places.removeAll(keepingCapacity: true) }
        // Two blanks before a comment are what it has anyway.
        let sign = point == .comment ? 3 : 2
        let least = point == .comment ? 2 : 1
        guard places.contains(where: { pieces[$0.piece].blanksBefore >= sign }) else {
            for place in places { pieces[place.piece].gap = least }
            return
        }
        let widest = widestColumn(places)
        let wide = point == .source ? 2 : least
        for place in places {
            if place.column <= widest {
                pieces[place.piece].gap = widest - place.column + wide
            } else if point != .source {
                pieces[place.piece].gap = least
            }
        }
    }

    private func isWordOfStatement(_ index: Int) -> Bool { kind(index).isReserved || statementWord(index) != nil }

    /// The last column that takes part: without those that would push the others far out.
    private func widestColumn(_ places: [Place]) -> Int {
        var widest = Int.max
        while true {
            var first = -1
            var second = -1
            var count = 0
            for place in places where place.column < widest {
                // Equal columns count as one.
                if place.column > first {
                    second = first
                    first = place.column
                    count = 1
                } else if place.column == first {
                    count += 1
                } else if place.column > second {
                    second = place.column
                }
            }
            if count != 1 || second < 0 || first <= second + Layout.farthest { return first }
            widest = first
        }
    }

    /// How far in a piece would stand without its own blanks.
    private func column(of piece: Int, _ line: Line) -> Int {
        var column = line.level * 4
        for index in line.pieces.lowerBound..<piece {
            column += pieces[index].gap + ColumnWidth.of(bytes[pieces[index].start..<pieces[index].end])
        }
        return column
    }

    // MARK: Points

    private func place(of point: Point, _ line: Range<Int>) -> Int? {
        let first = line.lowerBound
        switch point {
        case .market:
            return statementWord(first) == .supply && first + 2 < line.upperBound && kind(first + 2) == .in
                ? first + 2 : nil
        case .sign: return isDefinition(first) ? onOwnLevel(line) { isAssignment($0) } : nil
        case .block:
            guard isDeclaration(first), let open = onOwnLevel(line, where: { $0 == .openBrace }) else { return nil }
            var last = line.upperBound - 1
            if pieces[last].isComment { last -= 1 }
            // The brace that ends the line is the one that was opened.
            let isWhole = kind(last) == .closeBrace && !(open + 1..<last).contains { isClosed($0, pieces[open].depth) }
            return isWhole ? open : nil
        case .value:
            guard pieces[first].bracket != .end, kind(first).isWord, first + 2 < line.upperBound,
                kind(first + 1) == .colon, !pieces[first + 2].isComment
            else { return nil }
            return first + 2
        case .source:
            var found: Int?
            for index in line where index > first && kind(index) == .source && isOnOwnLevel(index, first) {
                if found != nil || kind(index + 1) == .colon { return nil }
                found = index
            }
            return found
        case .comment: return pieces[line.upperBound - 1].isComment ? line.upperBound - 1 : nil
        }
    }

    private func isOnOwnLevel(_ index: Int, _ first: Int) -> Bool { pieces[index].depth == pieces[first].depth }

    private func onOwnLevel(_ line: Range<Int>, where holds: (TokenKind) -> Bool) -> Int? {
        line.first { isOnOwnLevel($0, line.lowerBound) && holds(kind($0)) }
    }

    private func isClosed(_ index: Int, _ depth: Int) -> Bool { isClosing(index) && pieces[index].depth == depth }

    private func isAssignment(_ kind: TokenKind) -> Bool {
        kind.rawValue >= TokenKind.assign.rawValue && kind.rawValue <= TokenKind.divideAssign.rawValue
    }

    /// `let`, `assume` and `unit`, and the patches of a policy.
    private func isDefinition(_ first: Int) -> Bool {
        if kind(first) == .let { return true }
        guard kind(first) == .name else { return false }
        switch statementWord(first) {
        case .assume, .unit: return true
        case nil: return pieces[first].bracket == .openBrace && kind(first + 1) != .colon
        default: return false
        }
    }

    private func isDeclaration(_ first: Int) -> Bool {
        if kind(first) == .source { return pieces[first].bracket == .end }
        switch statementWord(first) {
        case .market, .supply, .route, .stock, .data, .projection, .policy, .scenario: return true
        default: return false
        }
    }
}
