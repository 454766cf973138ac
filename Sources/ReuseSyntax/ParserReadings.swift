// What can be read two ways, and is refused with both: a quotient behind `/`, a comma between digits, a date.

extension Parser {
    private func written(_ start: UInt32, _ end: UInt32) -> String {
        String(
            decoding: UnsafeBufferPointer(start: bytes + Int(start), count: max(Int(end) - Int(start), 0)),
            as: UTF8.self)
    }

    // MARK: Behind `/`

    /// Whether an operand is a number with a unit, which a `/` behind it would seem to go on.
    func endsInUnit(_ operand: Int32) -> Bool {
        var id = operand
        while node(id).kind == .negate { id = node(id).a }
        if node(id).kind == .range {
            // `100 USD/phone to 200 USD/phone` is another mistake: the unit is written twice.
            let low = node(node(id).a)
            if low.kind == .name, low.start > 0, bytes[Int(low.start) - 1] == UInt8(ascii: "/") { return false }
            id = node(id).b
        }
        while node(id).kind == .negate { id = node(id).a }
        return node(id).kind == .quantity
    }

    /// `a / 200 USD/phone`, read up to the second `/`.
    mutating func ambiguousDivisor(_ operand: Int32, of first: UInt32) throws(SyntaxFailure) -> SyntaxFailure {
        let divisor = node(operand)
        let slash = at
        var end = lastEnd
        var isFirst = true
        // What is written together behind the unit belongs to it in the first reading.
        while kind == .slash, isFirst || start == lastEnd {
            advance()
            _ = try prefix()
            end = lastEnd
            isFirst = false
        }
        report { parser in
            let before = parser.written(first, divisor.start)
            let own = parser.written(divisor.start, divisor.end)
            let rest = parser.written(parser.starts[slash] + 1, end)
            let whole = parser.written(divisor.start, end)
            let isShort = before.utf8.count + whole.utf8.count <= 80 && !(before + whole).contains("\n")
            let start = isShort ? before : "... / "
            return SyntaxProblems.ambiguousDivision(
                parser.source, divisor.start, end, isShort ? whole : nil,
                readings: ["\(start)(\(whole))", "(\(start)\(own)) /\(rest.hasPrefix(" ") ? "" : " ")\(rest)"])
        }
        return SyntaxFailure()
    }

    // MARK: Commas

    /// Takes a comma between two entries; one between digits, without a blank, is an error.
    @inline(__always)
    mutating func acceptComma() throws(SyntaxFailure) -> Bool {
        if kind != .comma { return false }
        if isBetweenDigits(at) { throw commaBetweenDigits(at, mayDivide: true) }
        advance()
        return true
    }

    /// `1,000`. The next entry may begin with a number all the same where that is a key: `[2022: 10,2024: 30]`.
    func isBetweenDigits(_ comma: Int) -> Bool {
        guard comma > 0, kinds[comma - 1] == .number, kinds[comma + 1] == .number, ends[comma - 1] == starts[comma],
            starts[comma + 1] == ends[comma], isDigit(starts[comma] - 1)
        else { return false }
        return kinds[comma + 2] != .colon && kinds[comma + 2] != .dotDot
    }

    private func isDigit(_ offset: UInt32) -> Bool { bytes[Int(offset)] &- 0x30 < 10 }

    /// `mayDivide`: where a comma may stand between two values.
    mutating func commaBetweenDigits(_ comma: Int, mayDivide: Bool) -> SyntaxFailure {
        var last = comma
        while kinds[last + 2] == .comma, isBetweenDigits(last + 2) { last += 2 }
        report { parser in
            var pieces: [String] = []
            for token in stride(from: comma - 1, through: last + 1, by: 2) {
                pieces.append(parser.written(parser.starts[token], parser.ends[token]))
            }
            return SyntaxProblems.commaBetweenDigits(
                parser.source, parser.starts[comma - 1], parser.ends[last + 1], pieces, mayDivide: mayDivide)
        }
        return SyntaxFailure()
    }

    // MARK: Dates

    /// A chain that is written as a date: `2024-01-15`, `2024-01`, `15/01/2024`. `isTime`: where a time is wanted, and a
    /// difference or a quotient of numbers could not stand.
    mutating func refuseDate(_ chain: Int32, isTime: Bool = false) throws(SyntaxFailure) {
        let whole = node(chain)
        guard whole.kind == .sum || whole.kind == .product else { return }
        let sign: ChainOperator = whole.kind == .sum ? .subtract : .divide
        func operand(_ place: Int) -> Node { node(extra[Int(whole.a) + place]) }
        func isPlain(_ node: Node) -> Bool {
            node.kind == .number && node.detail == NumberTraits.bareInteger.rawValue && node.end - node.start <= 4
        }
        let count = Int(whole.b)
        /// Whether an operand goes on with a date that the one before it began.
        func goesOn(_ place: Int) -> Bool {
            operators[Int(whole.c) + place - 1] == sign && isPlain(operand(place))
                && operand(place).start == operand(place - 1).end + 1
        }
        var first = 0
        while first < count - 1 {
            var end = first + 1
            if isPlain(operand(first)) {
                while end < count, end - first < 3, goesOn(end) { end += 1 }
            }
            defer { first = end }
            if end - first == 1 { continue }
            let numbers = (first..<end).map { operand($0) }
            if var date = writtenDate(numbers, isTime && first == 0) {
                let (start, end) = (numbers[0].start, numbers[date.count - 1].end)
                date.text = written(start, end)
                report { SyntaxProblems.writtenDate($0.source, start, end, date, sign: sign == .subtract ? "-" : "/") }
                throw SyntaxFailure()
            }
        }
    }

    /// The months that numbers may stand for as a date; nil where they are hardly one.
    private func writtenDate(_ numbers: [Node], _ isTime: Bool) -> SyntaxProblems.WrittenDate? {
        let values = numbers.map { Int(parts.numbers[Int($0.a)]) }
        let lengths = numbers.map { $0.end - $0.start }
        func isYear(_ place: Int) -> Bool { lengths[place] == 4 && (1900...2100).contains(values[place]) }
        func isPart(_ place: Int, upTo most: Int) -> Bool { lengths[place] <= 2 && (1...most).contains(values[place]) }
        let isFilled = zip(numbers, lengths).contains { $1 == 2 && bytes[Int($0.start)] == 0x30 }
        if values.count == 3 {
            if isYear(0), isPart(1, upTo: 12), isPart(2, upTo: 31) {
                return SyntaxProblems.WrittenDate(count: 3, months: [(values[0], values[1])])
            }
            if isYear(2), isPart(0, upTo: 31), isPart(1, upTo: 31), isTime || isFilled || lengths[0] + lengths[1] == 4 {
                let months = [values[1], values[0]].filter { $0 <= 12 }.map { (year: values[2], month: $0) }
                if months.isEmpty { return nil }
                let isOne = months.count == 1 || months[0].month == months[1].month
                return SyntaxProblems.WrittenDate(count: 3, months: isOne ? [months[0]] : months)
            }
        }
        guard isTime || bytes[Int(numbers[isYear(0) ? 1 : 0].start)] == 0x30 else { return nil }
        if isYear(0), isPart(1, upTo: 12) {
            return SyntaxProblems.WrittenDate(count: 2, months: [(values[0], values[1])])
        }
        if isYear(1), isPart(0, upTo: 12) {
            return SyntaxProblems.WrittenDate(count: 2, months: [(values[1], values[0])])
        }
        return nil
    }
}

extension SyntaxProblems {
    /// Numbers that are written as a date, and the months that may be meant.
    struct WrittenDate {
        var count: Int
        var months: [(year: Int, month: Int)]
        var text = ""
    }

    static func writtenDate(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ date: WrittenDate, sign: String
    ) -> Diagnostic {
        let periods = date.months.map { "`\($0.year)M\($0.month < 10 ? "0" : "")\($0.month)`" }
        var apart = ""
        for character in date.text { apart += String(character) == sign ? " \(sign) " : String(character) }
        let what = sign == "-" ? "difference" : "quotient"
        return Diagnostic(
            .invalidPeriod, "`\(date.text)` is written as a date, and would be read as a \(what)",
            at: label(source, start, end),
            help: [
                "times are years, quarters and months: write \(periods.joined(separator: " or ")) for the month",
                "write `\(apart)` for the \(what)",
            ])
    }

    static func ambiguousDivision(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ text: String?, readings: [String]
    ) -> Diagnostic {
        Diagnostic(
            .ambiguousDivision, "\(text.map { "`\($0)`" } ?? "this") behind `/` can be read two ways",
            at: label(source, start, end),
            help: [
                "write `\(readings[0])` to divide by all of it",
                "write `\(readings[1])` to divide by one after the other",
            ])
    }

    static func commaBetweenDigits(
        _ source: SourceID, _ start: UInt32, _ end: UInt32, _ pieces: [String], mayDivide: Bool
    ) -> Diagnostic {
        func digits(_ text: String) -> Int { text.utf8.prefix { $0 &- 0x30 < 10 }.count }
        let isGrouped =
            digits(pieces[0]) <= 3 && digits(pieces[0]) == pieces[0].utf8.count
            && pieces.dropFirst().allSatisfy { digits($0) == 3 }
        let isPlain = pieces.dropLast().allSatisfy { digits($0) == $0.utf8.count }
        var help: [String] = []
        if isGrouped, isPlain {
            let decimal = pieces.count == 2 ? ", or `\(pieces[0]).\(pieces[1])` if the comma is a decimal one" : ""
            help.append("for one number, write `\(pieces.joined(separator: "_"))`\(decimal)")
        } else if isPlain, pieces.count == 2, digits(pieces[1]) == pieces[1].utf8.count || !pieces[1].contains(".") {
            help.append("for one number, write `\(pieces[0]).\(pieces[1])`")
        }
        if mayDivide {
            let count = pieces.count == 2 ? "two values" : "\(pieces.count) values"
            help.append("for \(count), write `\(pieces.joined(separator: ", "))`")
        }
        let message =
            mayDivide
            ? "a comma between digits, without a blank, can be read two ways"
            : "a comma separates two values; it does not group digits"
        return Diagnostic(.unexpectedToken, message, at: label(source, start, end), help: help)
    }
}
