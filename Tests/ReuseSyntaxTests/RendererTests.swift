import ReuseSyntax
import Testing

@Suite struct Rendering {
    func render(
        _ text: String, _ primary: Range<Int>?, _ label: String = "", also: [(Range<Int>, String)] = [],
        help: [String] = []
    ) -> String {
        func place(_ range: Range<Int>) -> Location {
            Location(SourceID(0), Span(start: UInt32(range.lowerBound), end: UInt32(range.upperBound)))
        }
        let source = SourceText(id: SourceID(0), name: "script.reuse", bytes: Array(text.utf8))
        let diagnostic = Diagnostic(
            .dimensionMismatch, "phones and dollars do not add", at: primary.map { Diagnostic.Label(place($0), label) },
            also: also.map { Diagnostic.Label(place($0.0), $0.1) }, help: help)
        return DiagnosticRenderer(sources: [source], colour: false).render(diagnostic)
    }

    @Test("both sides are underlined, each with its words")
    func twoLabels() {
        let text = "# a\n# b\nlet x = 3 phone + 4 USD\n"
        #expect(
            render(text, 26..<31, "this is in USD", also: [(16..<23, "this is in phone")], help: ["h"]) == """
                error[R0301]: phones and dollars do not add
                  --> script.reuse:3:19
                   |
                 3 | let x = 3 phone + 4 USD
                   |         -------   ^^^^^ this is in USD
                   |         this is in phone
                   = help: h

                """)
    }

    @Test("labels on other lines are shown with their lines")
    func twoLines() {
        #expect(
            render("let x = (\n\n\n1", 12..<13, "here", also: [(8..<9, "open")]) == """
                error[R0301]: phones and dollars do not add
                  --> script.reuse:4:1
                   |
                 1 | let x = (
                   |         - open
                ...
                 4 | 1
                   | ^ here

                """)
    }

    @Test("tabs and wide characters keep the underline in place")
    func widths() {
        #expect(render("\t中国 + x", 10..<11).hasSuffix(" 1 |     中国 + x\n   |            ^\n"))
        // A tab reaches to the next of its stops, which are four columns apart.
        #expect(render("a\t中 + x", 8..<9).hasSuffix(" 1 | a   中 + x\n   |          ^\n"))
        #expect(render("cafe\u{301} + x", 9..<10).hasSuffix(" 1 | cafe\u{301} + x\n   |        ^\n"))
    }

    @Test("a line of a million characters is cut around the span")
    func longLine() {
        let text = String(repeating: "a", count: 500_000) + "!" + String(repeating: "b", count: 500_000)
        let lines = render(text, 500_000..<500_001).split(separator: "\n")
        #expect(lines[3].count < 130)
        #expect(lines[3].hasPrefix(" 1 | …a") && lines[3].hasSuffix("b…"))
        let column = lines[4].firstIndex(of: "^").map { lines[4].distance(from: lines[4].startIndex, to: $0) } ?? -1
        #expect(Array(lines[3])[column] == "!")
    }

    @Test("without a place there is the first line and the help")
    func noPlace() {
        #expect(
            render("", nil, help: ["do this"]) == "error[R0301]: phones and dollars do not add\n   = help: do this\n")
    }

    @Test("a warning says so, and colours are only used when asked for")
    func severity() {
        var diagnostic = Diagnostic(.unusedInput, severity: .warning, "m", at: nil)
        #expect(DiagnosticRenderer(sources: [], colour: false).render(diagnostic) == "warning[R0801]: m\n")
        diagnostic.severity = .error
        #expect(DiagnosticRenderer(sources: [], colour: true).render(diagnostic).contains("\u{1B}["))
    }

    @Test("of many warnings of one kind the first is told, with how many there are")
    func manyOfAKind() {
        func warning(_ kind: DiagnosticKind, _ message: String) -> Diagnostic {
            Diagnostic(kind, severity: .warning, message, at: nil)
        }
        let few = (1...3).map { warning(.unusedInput, "input \($0)") }
        #expect(Diagnostic.grouped(few, hint: "all").map(\.message) == few.map(\.message))
        var many = few + [warning(.idleRoute, "route"), warning(.unusedInput, "input 4")]
        // Errors are told each.
        many += (1...9).map { Diagnostic(.typeMismatch, "error \($0)", at: nil) }
        let shown = Diagnostic.grouped(many, hint: "all")
        #expect(shown.map(\.message) == ["input 1, and 3 more like it", "route"] + (1...9).map { "error \($0)" })
        #expect(shown.first?.help == ["all"])
    }
}
