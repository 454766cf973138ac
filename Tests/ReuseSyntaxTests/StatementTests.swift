import ReuseSyntax
import Testing

@Suite struct Statements {
    @Test(
        "declarations and commands have their parts in place",
        arguments: [
            ("model \"M\"", "(model (text 'M'))"),
            ("horizon 2024..2030", "(horizon 2024 2030 _)"),
            ("horizon 2024..2030 by quarter", "(horizon 2024 2030 quarter)"),
            ("horizon 2024..2030 by yr/8", "(horizon 2024 2030 (yr / 8))"),
            ("extend \"base.reuse\"", "(extend (text 'base.reuse'))"),
            ("use carbon", "(use carbon)"),
            ("use growth: cagr, b", "(use growth cagr b)"),
            ("use \"prices.reuse\" as prices", "(use (text 'prices.reuse') prices)"),
            ("unit phone", "(unit phone _ _)"),
            ("unit CNY = 0.139 USD source bank", "(unit CNY (of 0.139 USD) (source bank))"),
            ("index grade = A, B,\n  C", "(index grade A B C)"),
            ("index partner like country", "(index partner like country)"),
            ("index like = like, over_it", "(index like like over_it)"),
            (
                "let d over country, partner = [A: [B: 1]] km",
                "(let d over-country over-partner _ (of (keyed (A (keyed (B 1)))) km) _)"
            ),
            ("let d over a: USD = x", "(let d over-a USD x _)"),
            ("assume c over a per b = 5", "(assume c over-a per-b _ 5 _)"),
            ("assume c per b over a, c = 5", "(assume c over-a over-c per-b _ 5 _)"),
            ("source idc { title: \"F\", year: 2024 }", "(source idc {(title (text 'F')) (year 2024)})"),
            ("assume a = 4% to 8%/yr", "(assume a _ ((to 0.04 0.08) / yr) _)"),
            (
                "assume c per routes, time : USD = 5 source s, \"n\"",
                "(assume c per-routes per-time USD 5 (source s (text 'n')))"
            ),
            ("let x: USD/phone = 3", "(let x USD*phone^-1 3 _)"),
            ("fn f(a, b: m^2 = 3) -> 1/yr = a", "(fn f [a b:m^2=3] 1*yr^-1 a)"),
            ("fn f(x) {\n let a = x\n let b = a\n\n a * b\n}", "(fn f [x] _ (block (a x) (b a) (a * b)))"),
            (
                "extern fn g(f: fn(A) -> B, xs: [A]) -> {lo: 1, hi: Bool}",
                "(extern g [f:(fn A -> B) xs:[A]] {(lo 1) (hi Bool)} _)"
            ),
            ("extern fn h(x: any A) -> Text", "(extern h [x:any-A] Text _)"),
            ("show exports, revenue by grade in 2030", "(show exports revenue by grade in 2030)"),
            ("show (a + b) * 2", "(show ((paren (a + b)) * 2))"),
            ("show -x", "(show (- x))"),
            ("trace e in 2030", "(trace e 2030)"),
            ("consistent cagr(1, 2, 5 yr) == 8.8%/yr", "(consistent (== (call cagr 1 2 (of 5 yr)) (0.088 / yr)))"),
            ("assert a > 1, \"no {a}\"", "(assert (> a 1) (text 'no ' a))"),
            ("correlate a, b.c at 0.6", "(correlate a b.c at 0.6)"),
            (
                "market China { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }",
                "(market China {(demand ((of 40000000 phone) / yr) at ((of 120 USD) / phone)) (elasticity (- 1.1))})"
            ),
            ("supply s in M { volume: 3 }", "(supply s in M {(volume 3)})"),
            ("route A -> B, C { cost: 1 }", "(route A B C {(cost 1)})"),
            ("route A -> B", "(route A B)"),
            ("stock s { inflow: a + (b aged 2 yr) }", "(stock s {(inflow (a + (paren (aged b (of 2 yr)))))})"),
            (
                "projection p \"T\" { method: compound(8%/yr) }",
                "(projection p (text 'T') {(method (call compound (0.08 / yr)))})"
            ),
            (
                "policy p \"T\" after q from 2026 until 2027 over 2 yr {\n a.b *= 130%\n ban A -> B\n assume r = 1\n A -> any.cost[C] = 2\n}",
                "(policy p (text 'T') after q from 2026 until 2027 over (of 2 yr) (* a.b 1.3) (ban A->B) (assume r _ 1 _) (= (at A->any.cost C) 2))"
            ),
            ("scenario s \"T\" = p + q { d = 80% }", "(scenario s (text 'T') p q (= d 0.8))"),
            ("target t \"T\": x >= 1 by 2030 with 90%", "(target t (text 'T') (>= x 1) by 2030 with 0.9)"),
            ("calibrate a, b so that e fits data", "(calibrate a b so that e fits data)"),
            ("test \"t\" {\n let x = 1\n assert x == 1\n}", "(test (text 't') (let x _ 1 _) (assert (== x 1) _))"),
            ("plot fan x, y", "(plot fan x y)"),
            ("plot line", "(plot line)"),
            ("compare baseline, all on x in 2030", "(compare baseline all on x in 2030)"),
            ("attribute x among p, q in 2030", "(attribute x among p q in 2030)"),
            ("sensitivity x in 2030 by tornado", "(sensitivity x in 2030 by tornado)"),
            ("solve s: a in 0..10 so that c > 1", "(solve s a in 0..10 so that (> c 1))"),
            (
                "data d from \"f.csv\" { time: column(\"Year\") }",
                "(data d from (text 'f.csv') {(time (call column (text 'Year')))})"
            ),
        ])
    func forms(_ text: String, _ tree: String) { #expect(dump(text) == tree) }

    @Test(
        "a line end is no end after or before a sign or a word that goes on",
        arguments: [
            ("let x = 1 +\n 2", 1), ("let x = 1\n  + 2", 1), ("let x = 1\n  - 2", 1), ("x\ny", 2), ("x\n(y)", 2),
            ("x\n[y]", 2),
            ("f(1\n,2\n)", 1), ("let x =\n3", 1), ("let y = a\n source s", 1), ("let y = a\nsource s { year: 1 }", 2),
            ("if a\nthen b\nelse c", 1), ("a\nor b", 1), ("not a\nnot b", 2), ("x.source\ny", 2), ("x\r\ny\rz", 3),
            ("\n\n", 0),
            ("let x = 1 # note\nlet y = 2", 2), ("# only a remark", 0), ("", 0), ("\u{FEFF}let x = 1", 1),
        ])
    func lines(_ text: String, _ count: Int) {
        let result = parsed(text)
        #expect(result.diagnostics.map(\.message) == [])
        #expect(result.tree.statements.count == count)
    }

    @Test("a clause word before a colon is a field, and starts an entry of its own")
    func fieldNames() {
        #expect(dump("market M {\n a: 1\n over: 2\n source: 3\n}") == "(market M {(a 1) (over 2) (source 3)})")
    }

    @Test("`##` lines right above a statement are its documentation")
    func documentation() {
        let tree = parsed("## First.\n##  second\nlet x = 1\n\n## lost\n\nlet y = 2 ## no\nlet z = 3\n").tree
        #expect(tree.docs.count == 1)
        #expect(tree.docs.first?.lines == ["First.", " second"])
        #expect(tree.docs.first?.statement == tree.statements.first)
        #expect(tree.comments.map(\.ownLine) == [true, true, true, false])
    }

    @Test("spans are exact")
    func spans() {
        let text = "let x = a + b source s   # remark\n\nshow x\n"
        let source = SourceText(id: SourceID(0), name: "", bytes: Array(text.utf8))
        let tree = parsed(text).tree
        #expect(tree.statements.map { source.text(of: tree[$0].span) } == ["let x = a + b source s", "show x"])
        let sums = tree.nodes.filter { $0.kind == .sum || $0.kind == .cite }.map { source.text(of: $0.span) }
        #expect(sums == ["a + b", "source s"])
    }

    @Test("a single expression is read alone")
    func singleExpression() {
        var symbols = SymbolTable()
        func read(_ text: String) -> ParseResult {
            parseExpression(SourceText(id: SourceID(0), name: "--set", bytes: Array(text.utf8)), symbols: &symbols)
        }
        #expect(read("4%/yr").diagnostics.isEmpty)
        #expect(read("4%/yr").tree.statements.count == 1)
        #expect(read("let x = 3").diagnostics.count == 1)
        #expect(read("1\n2").diagnostics.count == 1)
    }
}
