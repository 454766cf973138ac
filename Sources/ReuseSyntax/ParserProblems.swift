// Where the text cannot be understood: which problem it is, found by looking at what stands around it.

extension Parser {
    /// Records a problem, unless the statement has one already that may be its cause.
    mutating func report(_ make: (borrowing Parser) -> Diagnostic) {
        if parts.problems.isFull { return parts.problems.countOne() }
        if parts.problems.hasProblem(from: statementStart, to: ends[at]) { return }
        let problem = make(self)
        parts.problems.add { _ in problem }
    }

    private func text(_ start: UInt32, _ end: UInt32, limit: Int = 40) -> String? {
        let count = Int(end) - Int(start)
        guard count > 0, count <= limit else { return nil }
        return String(decoding: UnsafeBufferPointer(start: bytes + Int(start), count: count), as: UTF8.self)
    }

    private func text(of id: Int32) -> String? { text(node(id).start, node(id).end) }

    /// The current token, as a message calls it.
    func found() -> String {
        switch kind {
        case .end: return "the end of the text"
        case .newline: return "the end of the line"
        case .text, .textOpen, .textPart, .textClose: return "a text"
        default:
            guard let text = text(start, ends[at]) else { return kind == .number ? "a number" : "a long name" }
            return kind.isReserved ? "the word `\(text)`" : "`\(text)`"
        }
    }

    /// Something else should stand at the current token.
    mutating func unexpected(_ what: StaticString) -> SyntaxFailure {
        if kind == .invalid { return SyntaxFailure() }
        if kind == .habit { return foreignSign() }
        if kind == .end { return ended(what) }
        for comma in [at, at - 1] where comma > 0 && kinds[comma] == .comma && isBetweenDigits(comma) {
            return commaBetweenDigits(comma, mayDivide: false)
        }
        let wanted = what.description
        report { parser in
            var help: [String] = []
            var also: [Diagnostic.Label] = []
            let isNaming = wanted.hasPrefix("a name") || wanted.hasPrefix("the name")
            if parser.kind.isReserved, isNaming, let word = parser.text(parser.start, parser.ends[parser.at]) {
                help.append(
                    "`\(word)` is a word of the language and cannot be a name; write `\(word)_` or another name")
            } else if parser.kind == .if {
                help.append("put the choice in parentheses: `(if a then b else c)`")
            } else if parser.kind == .not {
                help.append("put it in parentheses: `(not a)`")
            } else if parser.kind == .dot, parser.nextKind == .number {
                let digits = parser.text(parser.starts[parser.at + 1], parser.ends[parser.at + 1]) ?? "5"
                help.append("write a digit before the point: `0.\(digits)`")
            } else if parser.kind == .assign, wanted == "a value", parser.nextKind == .assign {
                help.append("write `==`")
            } else if let word = parser.habitHere(wanting: wanted) {
                help.append(word)
            }
            let closes = parser.kind == .closeParen || parser.kind == .closeBracket || parser.kind == .closeBrace
            let wantsClosing = wanted.hasSuffix("`)`") || wanted.hasSuffix("`]`") || wanted.hasSuffix("`}`")
            if parser.openers.count > 0, wantsClosing || closes {
                let at = Int(parser.openers[parser.openers.count - 1])
                also.append(
                    SyntaxProblems.label(parser.source, parser.starts[at], parser.starts[at] + 1, "opened here"))
            }
            let message =
                parser.kind == .newline
                ? "expected \(wanted) before the end of the line" : "expected \(wanted), found \(parser.found())"
            let (from, to) = parser.visibleSpan()
            return SyntaxProblems.unexpected(parser.source, from, to, message, also: also, help: help)
        }
        return SyntaxFailure()
    }

    /// What somebody means who writes so elsewhere: tuples, choices as functions, `A to B`, `2024-2030`, quoted members.
    private func habitHere(wanting wanted: String) -> String? {
        let before = at > 0 ? kinds[at - 1] : .newline
        if wanted == "`)`", kind == .comma, openers.count > 0 {
            let opener = Int(openers[openers.count - 1])
            return opener > 0 && kinds[opener - 1] == .if
                ? "a choice is written `if a then b else c`" : "a list stands in brackets: `[1, 2, 3]`"
        }
        if wanted == "a value", kind == .greater, before == .less { return "write `a != b`" }
        if wanted.hasPrefix("`..`"), kind == .newline || kind == .end || kind == .to {
            return "write `horizon 2024..2030`"
        }
        if wanted.hasPrefix("`->`"), kind == .to { return "write `route A -> B`" }
        if wanted.hasPrefix("a name"), kind.isText { return "a name stands without quotes" }
        if wanted == "`=`", kind == .openParen { return "a function is declared with `fn`: `fn f(x) = x * 2`" }
        return nil
    }

    /// What is meant by signs that stand behind a complete value.
    private func habitBehindValue() -> (message: String, help: String)? {
        guard at > 0 else { return nil }
        let (before, next) = (kinds[at - 1], nextKind)
        if kind == .number, before == .number, let left = text(starts[at - 1], lastEnd),
            let right = text(start, ends[at]), right.utf8.count == 3, left.utf8.count <= 3,
            (left + right).utf8.allSatisfy({ (0x30...0x39).contains($0) })
        {
            return ("a blank does not group digits", "write `\(left)_\(right)`")
        }
        if kind == .percent, next == .number || next == .name || next == .openParen {
            return (
                "`%` is a hundredth, not a remainder", "the remainder of a / b is `a - b * floor(a / b)`"
            )
        }
        if kind == .percent, before == .name || before == .closeParen || before == .closeBracket {
            return ("`%` stands behind a written number", "write `x * 1%`, or the share itself, as in `20%`")
        }
        if kind == .number, before == .name, text(starts[at - 1], lastEnd) == "mod" {
            return ("there is no `mod`", "the remainder of a / b is `a - b * floor(a / b)`")
        }
        if kind == .number, before == .name, text(starts[at - 1], lastEnd) == "of" {
            return ("a share of something is a product", "write `5% * 200 USD`")
        }
        if kind == .name, before == .name, text(starts[at - 1], lastEnd) == "lambda" {
            return ("there is no `lambda`", "a function is written `fn(x) = x * 2`")
        }
        if kind == .text || kind == .textOpen, before == .name, text(starts[at - 1], lastEnd) == "f" {
            return ("a text needs no `f` before it", "what stands in braces is put in anyway: `\"{x}\"`")
        }
        if kind == .dotDot { return ("`..` stands between times", "a range of values is written `5 to 7`") }
        if kind == .colon, before == .number, next == .number {
            return ("`:` stands behind a key", "whole numbers from 1 to 10 are `range(1, 10)`")
        }
        if kind == .colon, before == .name, openers.count > 0 {
            return ("a field begins on a line of its own, or behind a comma", "write `a: 1, b: 2`")
        }
        return nil
    }

    /// Where to point: the current token, or, for a line end, the last byte before it.
    private func visibleSpan() -> (UInt32, UInt32) {
        if kind == .newline || kind == .end, at > 0 { return (lastEnd, lastEnd) }
        return (start, ends[at])
    }

    private mutating func ended(_ what: StaticString) -> SyntaxFailure {
        let before = at > 0 ? kinds[at - 1] : .newline
        // A line may be added only where a line end would not have ended the statement.
        let wanted = what.description
        let clause =
            wanted.hasPrefix("`then`") || wanted.hasPrefix("`else`") || wanted.hasPrefix("`from`")
            || wanted.hasPrefix("`at`") || wanted.hasPrefix("`on`") || wanted.hasPrefix("`in`")
            || wanted.hasPrefix("`by`") || wanted.hasPrefix("`so") || wanted.hasPrefix("`until`")
            || wanted.hasPrefix("`as`")
            || wanted.hasPrefix("`->`")
        let mayGoOn = parts.endsInsideBrackets || before.continuesAfter || clause
        let count = parts.problems.count
        report { parser in
            var also: [Diagnostic.Label] = []
            if parser.openers.count > 0 {
                let at = Int(parser.openers[parser.openers.count - 1])
                let isText = parser.kinds[at] == .textOpen
                also.append(
                    SyntaxProblems.label(
                        parser.source, parser.starts[at], parser.starts[at] + 1,
                        isText ? "this text is still open" : "this is still open"))
            }
            return mayGoOn
                ? SyntaxProblems.unfinished(parser.source, parser.lastEnd, wanted, also: also)
                : SyntaxProblems.unexpected(
                    parser.source, parser.lastEnd, parser.lastEnd, "expected \(wanted) before the end of the text")
        }
        if mayGoOn, parts.problems.count > count { endedEarly += 1 }
        return SyntaxFailure()
    }

    private mutating func foreignSign() -> SyntaxFailure {
        guard let sign = Habit.Sign(rawValue: Int(value)) else { return SyntaxFailure() }
        if sign == .semicolon, openers.count > 0, kinds[Int(openers[openers.count - 1])] != .openBrace {
            return simple("values are divided by commas, not by `;`", help: "write `,`")
        }
        return answered(Habit.answer(sign))
    }

    private mutating func answered(_ answer: Habit.Answer) -> SyntaxFailure {
        report { SyntaxProblems.foreignHabit($0.source, $0.start, $0.ends[$0.at], answer.message, help: answer.help) }
        return SyntaxFailure()
    }

    mutating func habit(_ place: Habit.Place) -> SyntaxFailure { answered(Habit.answer(place)) }

    mutating func foreignLiteral() -> SyntaxFailure {
        guard let word = Word(rawValue: value), let answer = Habit.answer(literal: word) else {
            return unexpected("a value")
        }
        return answered(answer)
    }

    /// `=` was wanted: `==`, `:=`, `<-` and the like.
    mutating func definitionSign() -> SyntaxFailure {
        kind == .equal ? habit(.equalInDefinition) : unexpected("`=`")
    }

    /// `def f(x)`, `for x in xs`: a word of another language at the start of a statement, used as that language does.
    mutating func refuseForeignStatement() throws(SyntaxFailure) {
        guard let word = Word(rawValue: value), let answer = Habit.answer(statement: word) else { return }
        switch nextKind {
        case .name, .number, .text, .textOpen, .period, .not, .true, .false, .none, .fn, .if: throw answered(answer)
        case .openParen:
            // `for (...)`, `while (...)` and `print(...)`; but a function may have such a name.
            if word == .while || word == .for || word == .print { throw answered(answer) }
        default: return
        }
    }

    // MARK: What stands behind a complete statement

    mutating func afterStatement() -> SyntaxFailure {
        switch kind {
        case .invalid: return SyntaxFailure()
        case .habit: return foreignSign()
        case .end: return ended("a new line")
        case .assign: return assignment()
        case .addAssign, .subtractAssign, .multiplyAssign, .divideAssign: return habit(.update)
        case .closeParen, .closeBracket, .closeBrace:
            return simple("`\(text(start, ends[at]) ?? "")` closes nothing", help: "remove it, or open it further left")
        default: return juxtaposed()
        }
    }

    mutating func afterEntry() -> SyntaxFailure {
        kind == .end ? ended("`}`") : afterStatement()
    }

    private mutating func simple(_ message: String, help: String...) -> SyntaxFailure {
        report { SyntaxProblems.unexpected($0.source, $0.start, $0.ends[$0.at], message, help: help) }
        return SyntaxFailure()
    }

    /// `show .5`, where the word before the point is then read as a value with a field, and `{1, 2}` for a list.
    mutating func numberAsField() -> SyntaxFailure {
        if at > 0, kinds[at - 1] == .comma, isBetweenDigits(at - 1) {
            return commaBetweenDigits(at - 1, mayDivide: false)
        }
        guard at > 0, kinds[at - 1] == .dot else {
            return simple(
                "a record gives names to its values, and this is a number",
                help: "a list stands in brackets, `[1, 2, 3]`, and so does a series: `[2024: 10, 2025: 12]`")
        }
        let digits = text(start, ends[at]) ?? "5"
        return simple(
            "a number begins with a digit, and a field with a letter",
            help: "write a digit before the point: `0.\(digits)`")
    }

    /// `scenario bad = { ... }`.
    mutating func changesWithoutPolicy() -> SyntaxFailure {
        let name = text(statementStart, lastEnd)?.split(separator: "=").first.map { $0.filter { $0 != "\n" } }
        var head = name ?? "scenario bad"
        while head.last == " " { head.removeLast() }
        return simple(
            "behind `=` stand policies", help: "a scenario of changes alone has no `=`: `\(head) { ... }`")
    }

    /// `let x[A] = 3`, at the bracket.
    mutating func memberDefined() -> SyntaxFailure {
        var end = at
        while !kinds[end].endsStatement, kinds[end] != .closeBracket, kinds[end] != .comma { end += 1 }
        let head = text(statementStart, lastEnd) ?? "let x"
        let key = end > at + 1 ? text(starts[at + 1], ends[end - 1]) ?? "A" : "A"
        return simple(
            "a value has all its members or times at once",
            help: "write them in one literal, none left out: `\(head) = [\(key): ..., ...]`")
    }

    /// `x = 3` and `Europe.tax = 3 USD` as statements.
    private mutating func assignment() -> SyntaxFailure {
        var end = at
        while !kinds[end].endsStatement { end += 1 }
        guard end > at + 1, let left = text(statementStart, lastEnd), let right = text(starts[at + 1], ends[end - 1])
        else { return answered(Habit.answer(assigning: "3", to: "x")) }
        // `let a = 1 b = 2`
        var before = at - 1
        while before >= 0, !kinds[before].endsStatement, kinds[before] != .assign { before -= 1 }
        if before >= 0, kinds[before] == .assign {
            return simple(
                "expected the end of the line, found `=`", help: "each definition stands on a line of its own")
        }
        return answered(Habit.answer(assigning: right, to: left))
    }

    /// Two things side by side that nothing joins: `x m`, `2^3 m`, `1,000`.
    private mutating func juxtaposed() -> SyntaxFailure {
        if kind == .name, let word = Word(rawValue: value), word == .elif || word == .elseif,
            let answer = Habit.answer(statement: word)
        {
            return answered(answer)
        }
        if let habit = habitBehindValue() { return simple(habit.message, help: habit.help) }
        if let (word, meant) = misspeltBeginning() {
            // So short a word may well be a name of the script.
            let factor = word.utf8.count < 4 && kind == .name ? text(start, ends[at]) : nil
            report {
                SyntaxProblems.unexpected(
                    $0.source, $0.starts[$0.at - 1], $0.ends[$0.at - 1], "no statement begins with `\(word)`",
                    help: ["did you mean `\(meant)`?"] + (factor.map { ["to multiply, write `\(word) * \($0)`"] } ?? [])
                )
            }
            return SyntaxFailure()
        }
        let here = found()
        if kind == .name, let unit = text(start, ends[at]), nodes.count > 0 {
            let id = Int32(nodes.count - 1)
            let previous = node(id)
            let left = previous.end == lastEnd ? text(leftmostSpan(id).0, lastEnd) : nil
            if previous.kind == .power || isInPower(id) {
                let whole = left ?? "2^3"
                return simple(
                    "a unit stands only behind a number or a list, not behind a power",
                    help: "write `(\(whole)) * \(unit)`")
            }
            let help: String
            if let name = nameBeingDefined() {
                return simple(
                    "no statement begins with `\(left ?? "")`",
                    help: "write `let \(name) = ...`, or `assume \(name) = ...` for an input")
            }
            if let left, left.utf8.count > 3, left.utf8.suffix(3).elementsEqual(" of".utf8) {
                help = "leave out `of`"
            } else if let form = formOfCommand() {
                help = form
            } else {
                help = "to multiply, write `\(left ?? "a") * \(unit)`"
            }
            return simple("expected the end of the statement, found \(here)", help: help)
        }
        if kind == .percent, at > 0, kinds[at - 1] == .number, let number = text(starts[at - 1], ends[at - 1]) {
            return simple(
                "`%` stands against its number", help: "write `\(number)%`")
        }
        if kind == .comma, isBetweenDigits(at) { return commaBetweenDigits(at, mayDivide: false) }
        if kind == .number || kind == .openParen, at > 0,
            kinds[at - 1] == .name || kinds[at - 1] == .number
                || kinds[at - 1] == .closeParen
        {
            return simple(
                "expected the end of the statement, found \(here)",
                help: "write a sign such as `*` between the two values")
        }
        return simple("expected the end of the statement, found \(here)")
    }

    /// `shwo x`: a word before something that cannot stand behind a word, spelt nearly as one that begins a statement.
    private func misspeltBeginning() -> (word: String, meant: String)? {
        guard at > 0, kinds[at - 1] == .name, at == 1 || kinds[at - 2].endsStatement,
            kind == .name || kind == .number || kind == .text, let word = text(starts[at - 1], ends[at - 1]),
            word.utf8.count > 2,
            let meant = nearest(to: word, among: StatementRow.all.map { $0.name })
        else { return nil }
        return (word, meant)
    }

    /// `x` of `input x = 5`, where a word stands before it that begins no statement.
    private func nameBeingDefined() -> String? {
        guard at > 0, kinds[at - 1] == .name, kinds[at] == .name, kinds[at + 1] == .assign else { return nil }
        guard at == 1 || kinds[at - 2].endsStatement else { return nil }
        return text(start, ends[at])
    }

    /// How a command goes on behind its value, where the statement is one that can.
    private func formOfCommand() -> String? {
        var first = at
        while first > 0, !kinds[first - 1].endsStatement { first -= 1 }
        guard kinds[first] == .name, let word = Word(rawValue: values[first]) else { return nil }
        return StatementRow.beginning(with: word)?.formInWords
    }

    /// The operand just read, without the `let x =` or the chain before it.
    private func leftmostSpan(_ id: Int32) -> (UInt32, UInt32) {
        let last = node(id)
        switch last.kind {
        case .sum, .product:
            let operand = extra[Int(last.a) + Int(last.b) - 1]
            return (node(operand).start, node(operand).end)
        case .negate: return leftmostSpan(last.a)
        case .expressionStatement: return leftmostSpan(last.a)
        case .let, .assume, .localLet, .field: return leftmostSpan(last.b)
        default: return (last.start, last.end)
        }
    }

    private func isInPower(_ id: Int32) -> Bool {
        let (start, end) = leftmostSpan(id)
        var index = Int(id)
        // The power is at most a few nodes back.
        var steps = 0
        while index >= 0, steps < 8 {
            if nodes[index].kind == .power, nodes[index].start == start, nodes[index].end == end { return true }
            index -= 1
            steps += 1
        }
        return false
    }

    // MARK: Checks that the grammar leaves to words

    mutating func nestedTooDeep() -> SyntaxFailure {
        report { SyntaxProblems.nestedTooDeep($0.source, $0.start, $0.ends[$0.at], limit: Limits.nesting) }
        return SyntaxFailure()
    }

    mutating func rangeOperand(_ id: Int32, isLeft: Bool) -> SyntaxFailure {
        report { parser in
            let text = parser.text(of: id)
            let operand = parser.node(id)
            return SyntaxProblems.rangeOperand(parser.source, operand.start, operand.end, text, isLeft: isLeft)
        }
        return SyntaxFailure()
    }

    mutating func chainedComparison(_ left: Int32, _ right: Int32) -> SyntaxFailure {
        report { parser in
            let first = parser.text(parser.node(left).end, parser.node(right).start) ?? "<"
            let second = parser.text(parser.start, parser.ends[parser.at]) ?? "<"
            return SyntaxProblems.chainedComparison(
                parser.source, parser.start, parser.ends[parser.at], parser.text(of: left), first,
                parser.text(of: right),
                second)
        }
        return SyntaxFailure()
    }

    mutating func growingOperand(_ id: Int32) -> SyntaxFailure {
        report { parser in
            let operand = parser.node(id)
            return SyntaxProblems.growingOperand(parser.source, operand.start, operand.end, parser.text(of: id))
        }
        return SyntaxFailure()
    }

    mutating func unitExponent() -> SyntaxFailure {
        simple(
            "the power of a unit is a whole number up to 99", help: "write `9 m^2`; for a power of a number, `(9 m)^2`")
    }

    mutating func mixedList(_ item: Int32) -> SyntaxFailure {
        report { parser in
            let span = parser.node(item).span
            return SyntaxProblems.unexpected(
                parser.source, span.start, span.end, "either all entries of a list have a key, or none",
                help: ["write `[2022: 1, 2023: 2]` for values over time or an index, `[1, 2]` for a plain list"])
        }
        return SyntaxFailure()
    }

    mutating func checkKey(_ id: Int32) throws(SyntaxFailure) {
        switch node(id).kind {
        case .name, .route, .keyRange, .number, .period, .sum, .paren, .call, .member, .index, .negate, .quantity,
            .error,
            .product:
            return
        default:
            report { parser in
                let span = parser.node(id).span
                return SyntaxProblems.unexpected(
                    parser.source, span.start, span.end, "this cannot be a key",
                    help: ["a key is a time such as `2022`, a range of times, the name of an index member, or a route"])
            }
            throw SyntaxFailure()
        }
    }

    mutating func interpolationInLiteral() -> SyntaxFailure {
        simple(
            "this text is read before anything is computed, so nothing can be inserted in it",
            help: "write `\\{` for a brace")
    }

    mutating func consistentNeedsComparison(_ id: Int32) -> SyntaxFailure {
        report { parser in
            let span = parser.node(id).span
            return SyntaxProblems.unexpected(
                parser.source, span.start, span.end, "`consistent` compares two printed figures",
                help: ["write `consistent a == b`"])
        }
        return SyntaxFailure()
    }

    mutating func reportMisplacedExtend() {
        report { SyntaxProblems.misplacedExtend($0.source, $0.start, $0.ends[$0.at]) }
    }
}
