import ReuseSyntax
import Testing

/// What has a kind in a text, without signs: `kind text`, one a line.
private func kinds(_ text: String) -> [String] {
    let source = source(text)
    return highlights(source).filter { $0.kind != .sign }.map { "\($0.kind) \(source.text(of: $0.span))" }
}

@Suite struct Highlighting {
    @Test(
        "words, numbers, units, texts and comments have their kinds",
        arguments: [
            (
                "assume a = 5 kg/yr # why",
                ["keyword assume", "name a", "number 5", "unit kg", "unit yr", "comment # why"]
            ),
            ("let b = a * price", ["keyword let", "name b"]),
            ("show x as EUR / phone, y", ["keyword show", "keyword as", "unit EUR", "unit phone"]),
            ("show x as %/yr", ["keyword show", "keyword as", "unit %", "unit yr"]),
            ("let a = 3%/yr", ["keyword let", "name a", "number 3%", "unit yr"]),
            ("let a = 9 m^2/s", ["keyword let", "name a", "number 9", "unit m", "number 2", "unit s"]),
            ("let a = [1, 2] kg", ["keyword let", "name a", "number 1", "number 2", "unit kg"]),
            ("let a = 1 / price", ["keyword let", "name a", "number 1"]),
            ("let a = 2 kg / price", ["keyword let", "name a", "number 2", "unit kg"]),
            ("let a = mean(b)", ["keyword let", "name a", "function mean"]),
            ("let a = 1/mean(b)", ["keyword let", "name a", "number 1", "function mean"]),
            ("fn f(x) = x", ["keyword fn", "name f"]),
            ("extern fn f(x: any A) -> Text", ["keyword extern", "keyword fn", "name f", "keyword any"]),
            ("model \"M\"", ["keyword model", "text \"M\""]),
            ("horizon 2024..2030", ["keyword horizon", "number 2024", "number 2030"]),
            ("use \"a.reuse\" as prices", ["keyword use", "text \"a.reuse\"", "keyword as"]),
            ("source s { year: 2024 }", ["keyword source", "name s", "number 2024"]),
            ("market China { demand: 3 }", ["keyword market", "name China", "number 3"]),
            ("supply a in China { }", ["keyword supply", "name a", "keyword in"]),
            (
                "policy p { assume r = 1, ban A -> any }",
                ["keyword policy", "name p", "keyword assume", "name r", "number 1", "keyword ban"]
            ),
            ("attribute x in 2026Q2", ["keyword attribute", "keyword in", "number 2026Q2"]),
            ("plot line x", ["keyword plot", "keyword line"]),
            (
                "solve t: a in 0..1 so that x > 0",
                [
                    "keyword solve", "name t", "keyword in", "number 0", "number 1", "keyword so", "keyword that",
                    "number 0",
                ]
            ),
        ])
    func statements(_ text: String, _ expected: [String]) { #expect(kinds(text) == expected) }

    @Test("a word of the language is an ordinary name where it begins no statement")
    func names() {
        #expect(kinds("let market = policy + show") == ["keyword let", "name market"])
        #expect(kinds("market * 2") == ["number 2"])
        #expect(kinds("show market") == ["keyword show"])
        #expect(kinds("let a = previous(b, else: 0)") == ["keyword let", "name a", "function previous", "number 0"])
        #expect(kinds("stock s { source: 1, at: 2 }") == ["keyword stock", "name s", "number 1", "number 2"])
        #expect(kinds("let a = b.market") == ["keyword let", "name a"])
    }

    @Test("names in an interpolation have the kinds that they have elsewhere, and the rest is text")
    func interpolation() {
        #expect(
            kinds(#"show "a {mean(b) as %} c""#)
                == [
                    "keyword show", "text \"", "text a ", "function mean", "keyword as", "unit %", "text  c", "text \"",
                ])
    }

    @Test("a line that somebody is typing has its kinds before it parses")
    func unfinished() {
        #expect(kinds("assume") == ["keyword assume"])
        #expect(kinds("assume a = 5 k") == ["keyword assume", "name a", "number 5", "unit k"])
        #expect(kinds("show f(") == ["keyword show", "function f"])
        #expect(kinds("let a = \"b") == ["keyword let", "name a", "text \"b"])
        #expect(kinds("a && b ; c") == ["invalid &&", "invalid ;"])
        #expect(kinds("let a = 'b'") == ["keyword let", "name a", "invalid 'b'"])
        #expect(kinds("let a = \u{20AC}").last == "invalid \u{20AC}")
    }

    @Test("signs are brackets, operators and separators")
    func signs() {
        let text = source("a[1] -> {b: 2}, c")
        let signs = highlights(text).filter { $0.kind == .sign }.map { text.text(of: $0.span) }
        #expect(signs == ["[", "]", "->", "{", ":", "}", ","])
    }

    /// Whether the kinds of a text stand in its order, inside it, and not over each other.
    private func isOrderly(_ bytes: [UInt8]) -> Bool {
        var end: UInt32 = 0
        for highlight in highlights(SourceText(id: SourceID(0), name: "", bytes: bytes)) {
            guard highlight.span.start >= end, highlight.span.end > highlight.span.start else { return false }
            end = highlight.span.end
        }
        return Int(end) <= bytes.count
    }

    @Test("whatever is cut off, the kinds stand in order and inside the text", arguments: Scripts.samples)
    func prefixes(_ script: SourceText) {
        #expect(isOrderly(script.bytes))
        for count in stride(from: 0, to: min(script.bytes.count, 3000), by: 3) {
            #expect(isOrderly(Array(script.bytes.prefix(count))))
            #expect(isOrderly(Array(script.bytes.suffix(count))))
        }
    }

    @Test(
        "nonsense has kinds, too, in time that is linear in it",
        arguments: [
            String(repeating: "(", count: 100_000), String(repeating: ")", count: 100_000),
            String(repeating: "([{", count: 50_000) + String(repeating: "}", count: 50_000),
            String(repeating: "\"{", count: 50_000), String(repeating: "\"{\n", count: 20_000),
            String(repeating: "\"{(}", count: 20_000), String(repeating: "a.", count: 50_000), "\u{0}\u{202E}é\u{301}",
        ])
    func nonsense(_ text: String) {
        #expect(isOrderly(Array(text.utf8)))
        _ = matchingBracket(source(text), at: text.utf8.count / 2)
    }

    @Test("bytes that are no UTF-8 have kinds as well")
    func invalidBytes() {
        for byte in UInt8(0x80)...0xFF {
            #expect(isOrderly([byte]))
            #expect(isOrderly([0x61, byte, 0x22, byte, 0x7B, byte]))
        }
    }
}

@Suite struct MatchingBrackets {
    private func match(_ text: String, _ offset: Int) -> Int? { matchingBracket(source(text), at: offset) }

    @Test("a bracket and its partner have each other")
    func pairs() {
        let text = "a(b[c]{d})"
        for (open, close) in [(1, 9), (3, 5), (6, 8)] {
            #expect(match(text, open) == close)
            #expect(match(text, close) == open)
        }
    }

    @Test("what is no bracket has no partner, nor has one in a text or a comment")
    func others() {
        #expect(match("a(b)", 0) == nil)
        #expect(match("a(b)", 4) == nil)
        #expect(match("a(b)", -1) == nil)
        #expect(match("f(\")\")", 1) == 5)
        #expect(match("f(\")\")", 3) == nil)
        #expect(match("(1 # )\n)", 0) == 7)
        #expect(match("(1 # )\n)", 5) == nil)
    }

    @Test("a bracket that is open has no partner, and those around it keep theirs")
    func open() {
        #expect(match("f(a", 1) == nil)
        #expect(match("a)", 1) == nil)
        #expect(match("{ (a }", 0) == 5)
        #expect(match("{ (a }", 2) == nil)
        #expect(match("let a = (1\nlet b = (2)", 8) == nil)
        #expect(match("let a = (1\nlet b = (2)", 19) == 21)
    }

    @Test("the braces of an interpolation have each other")
    func interpolation() {
        #expect(match("\"a{b(c)}\"", 2) == 7)
        #expect(match("\"a{b(c)}\"", 4) == 6)
        #expect(match("(\"a{)}\")", 0) == 7)
        #expect(match("(\"a{)}\")", 4) == nil)
    }
}
