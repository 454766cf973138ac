import ReuseSyntax
import Testing

@Suite struct HostileInput {
    @Test(
        "nesting up to the limit is read, beyond it is one clear error",
        arguments: [
            ("(", "1", ")"), ("[", "1", "]"), ("-", "x", ""), ("f(", "1", ")"), ("{a:", "1", "}"), ("not ", "a", ""),
            ("2^", "2", ""), ("if a then ", "1", " else 2"), ("fn(x) = ", "1", ""), ("\"{", "1", "}\""),
        ])
    func nesting(_ open: String, _ core: String, _ close: String) {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
        }
        #expect(codes("let x = " + nested(200)) == [])
        for depth in [300, 10_000] {
            #expect(codes("let x = " + nested(depth) + "\nlet y = 1") == ["R0110"], "\(open) \(depth)")
        }
    }

    @Test("chains of calls, members and indexes count as nesting", arguments: ["(1)", ".a", "[1]", " under s"])
    func postfixChains(_ link: String) {
        #expect(codes("let x = a" + String(repeating: link, count: 200)) == [])
        #expect(codes("let x = a" + String(repeating: link, count: 100_000)) == ["R0110"])
        let inner = "(a" + String(repeating: link, count: 200) + ")"
        #expect(codes("let x = " + inner + String(repeating: link, count: 200)) == ["R0110"])
    }

    @Test(
        "long chains and lists are no problem",
        arguments: [
            String(repeating: "1 + ", count: 100_000) + "1", String(repeating: "a * ", count: 100_000) + "a",
            String(repeating: "a or ", count: 100_000) + "a", "[" + String(repeating: "1, ", count: 100_000) + "1]",
            String(repeating: "if a then b else ", count: 50_000) + "c",
            "f(" + String(repeating: "x, ", count: 100_000) + ")",
            String(repeating: "\n", count: 200_000), String(repeating: "x\n", count: 100_000),
            "# " + String(repeating: "x", count: 1_000_000), "let " + String(repeating: "n", count: 1_000_000) + " = 1",
            "\"" + String(repeating: "t", count: 1_000_000) + "\"",
        ])
    func long(_ text: String) { #expect(codes(text) == []) }

    @Test(
        "long nonsense ends in a few errors",
        arguments: [
            String(repeating: "(", count: 300_000), String(repeating: ")", count: 100_000),
            String(repeating: "{", count: 100_000),
            String(repeating: "([{", count: 50_000) + String(repeating: ")]}", count: 50_000),
            String(repeating: "\"", count: 100_001),
            String(repeating: "\0", count: 20_000), String(repeating: "let x = (\n", count: 20_000),
            String(repeating: "\"{", count: 100_000), String(repeating: "x y ", count: 50_000),
            String(repeating: "market A {\n", count: 20_000),
            String(repeating: "9", count: 1_000_000), String(repeating: "+", count: 100_000),
            String(repeating: "source ", count: 50_000),
            String(repeating: "\u{202E}", count: 20_000), String(repeating: "5kg\n", count: 20_000),
            String(repeating: "\"{\n", count: 20_000),
        ])
    func nonsense(_ text: String) {
        let count = parsed(text).diagnostics.count
        #expect(count >= 1 && count <= 101)
    }

    static let sample = """
        model "M \\{ 中"
        ## Doc
        horizon 2024..2030 by quarter
        use growth: cagr
        source idc { title: "F", year: 2024, basis: "t" }
        assume g per routes : 1/yr = 4% to 8%/yr source idc, "p. 3"
        market China { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
        policy p "T" after q from 2026 over 2 yr {
            trade_in.volume *= 130%
            China -> any.cost[C] *= 70%
        }
        fn f(a, b: USD/phone = 2) -> 1 {
            let y = if a > 1 and not b then {x: 1}.x else a[2025..2030]
            y ^ -2
        }
        target t "T": sum(x where y > 0 over z) >= 1 MtCO2e/yr by 2030 with 90%
        show "Exports {exports[2030]} {"in {x}"}", (a aged 2 yr) by grade in 2030
        assert [2022: 1, ..2021: 2][2027] == 431.1M phone/yr within 1%, "no"
        """

    @Test("the sample is right, and no prefix of it traps")
    func prefixes() {
        #expect(parsed(Self.sample).diagnostics.map(\.message) == [])
        let bytes = Array(Self.sample.utf8)
        for count in 0..<bytes.count {
            var symbols = SymbolTable()
            let result = parse(SourceText(id: SourceID(0), name: "p", bytes: Array(bytes[..<count])), symbols: &symbols)
            #expect(result.isUnfinished ? result.diagnostics.count == 1 : true)
            check(result, count)
        }
    }

    /// What holds for every tree, however wrong the text.
    func check(_ result: ParseResult, _ length: Int) {
        let tree = result.tree
        #expect(!tree.root.isNone && Int(tree.root.rawValue) == tree.nodes.count - 1)
        let sound = tree.nodes.allSatisfy { $0.start <= $0.end && Int($0.end) <= length }
        #expect(sound)
        for problem in result.diagnostics {
            if let span = problem.primary?.location.span { #expect(span.start <= span.end) }
        }
    }

    @Test("random bytes and random tokens never trap, and can be drawn", arguments: [1, 2, 3] as [UInt64])
    func random(_ seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let words = [
            "let", "x", "=", "(", ")", "[", "]", "{", "}", "1", "2026Q1", "5%", "3M", "+", "-", "*", "/", "^", "->",
            ".", "..", ",", ":",
            "\n", "\n", "if", "then", "else", "to", "growing", "from", "as", "under", "and", "not", "\"t\"", "\"{",
            "}\"", "\"", "fn", "source",
            "market", "policy", "show", "test", "aged", "where", "over", "at", "==", "<", "within", "#c\n", "##d\n",
            "é", "中", "&&", ";", "%",
            "use", "extend", "assume", "target", "scenario", "by", "*=", "none", "\\", "\u{0}", "extern", "plot",
            "line", "5kg", "'",
        ]
        for _ in 0..<1500 {
            var bytes: [UInt8] = []
            if next(3) == 0 {
                for _ in 0..<next(60) { bytes.append(UInt8(next(256))) }
            } else {
                for _ in 0..<next(40) { bytes += Array(words[next(words.count)].utf8) + (next(2) == 0 ? [0x20] : []) }
            }
            var symbols = SymbolTable()
            let source = SourceText(id: SourceID(0), name: "r", bytes: bytes)
            let result = parse(source, symbols: &symbols)
            check(result, bytes.count)
            let renderer = DiagnosticRenderer(sources: [source], colour: false)
            for problem in result.diagnostics { #expect(!renderer.render(problem).isEmpty) }
        }
    }
}
