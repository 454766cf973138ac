import ReuseSyntax
import Testing

@Suite struct Errors {
    @Test(
        "each mistake has its kind, and help that says what to write",
        arguments: [
            ("let a = 5kg", "R0104", "5 kg"), ("let a = 10km + 2", "R0104", "10 km"),
            ("let a = 60Mt", "R0104", "60 Mt"),
            ("let a = 2026M7", "R0115", "2026M07"), ("let a = 2026Q5", "R0115", "2026Q4"),
            ("let a = 2026M13", "R0115", "2026M12"),
            ("let a = 1__0", "R0105", "1_000"), ("let a = 0x1F", "R0105", ""), ("let a = 1,000", "R0108", "1_000"),
            ("let a = .5", "R0108", "0.5"),
            ("let a = [1,000, 2,500]", "R0108", "`1_000`"), ("let a = [4,1, 5,2]", "R0108", "`4.1`"),
            ("let a = max(1,200, 3)", "R0108", "`1, 200`"), ("show 1,000,000 phone", "R0108", "`1_000_000`"),
            ("let a = f(1,2)", "R0108", "`1, 2`"), ("let a = x[1,2]", "R0108", "`1, 2`"),
            ("show a, 2,5", "R0108", "`2.5`"), ("let a = { b: 1,000 }", "R0108", "`1_000`"),
            ("let a = \"{1,5}\"", "R0108", "`1.5`"), ("market M { tax: 1,000 USD }", "R0108", "`1_000`"),
            ("let a = [2022: 1,000, 2023: 2]", "R0108", "`1_000`"), ("fn f(a = 1,000) = a", "R0108", "`1_000`"),
            ("show 2024-01-15", "R0115", "2024M01"), ("let a = 2024-1-15", "R0115", "2024M01"),
            ("show 2024-01", "R0115", "2024M01"), ("show x in 2024-10", "R0115", "2024M10"),
            ("let a = [2024-10: 3]", "R0115", "2024M10"), ("show x[2024-10]", "R0115", "2024M10"),
            ("horizon 2024-01..2025", "R0115", "2024M01"), ("show x in 1/2024", "R0115", "2024M01"),
            ("show 15/01/2024", "R0115", "2024M01"), ("show x[15/1/2024]", "R0115", "2024M01"),
            ("show 01/02/2024", "R0115", "`2024M02` or `2024M01`"), ("show 2024/01/15", "R0115", "2024M01"),
            ("let a = now - 2024-01-15", "R0115", "2024M01"),
            ("let a = p / 200 USD/phone", "R0118", "`p / (200 USD/phone)`"),
            ("let a = p / 200 USD/phone", "R0118", "`(p / 200 USD) / phone`"),
            ("let a = p * 2 / -200 USD / phone/yr", "R0118", "`p * 2 / (-200 USD / phone/yr)`"),
            ("let a = p / 5 to 6 USD/phone", "R0118", "`p / (5 to 6 USD/phone)`"),
            ("let a = p / 2 yr / 3", "R0118", "`p / (2 yr / 3)`"),
            ("let a = p / [1, 2] USD/phone", "R0118", "([1, 2]"),
            ("let a = (p / 600 USD/phone)^0.4", "R0118", "`p / (600 USD/phone)`"),
            ("let a = \"abc\nlet b = 2", "R0106", "\""), ("let a = \"abc {x\nlet b = 2", "R0106", "\""),
            ("let a = \"\\q\"", "R0107", "\\n"), ("let a = \"\\u{zz}\"", "R0107", "4E2D"),
            ("let a = x m", "R0108", "x * m"), ("let a = 2^3 m", "R0108", "(2^3) * m"),
            ("let a = (3) kg", "R0108", "(3) * kg"),
            ("assume a = 2 ^ 3 to 10", "R0112", "(2 ^ 3)"), ("assume a = -x to 10", "R0112", "(-x)"),
            ("assert a < b < c", "R0113", "a < b and b < "), ("let a = 3 + 4 growing 5% from 2024", "R0114", "(3 + 4)"),
            ("let a = 3 growing b - 1 from 2024", "R0114", "(b - 1)"),
            ("let a = b && c", "R0111", "and"), ("let a = b || c", "R0111", "or"), ("let a = b ** 2", "R0111", "^"),
            ("// remark", "R0111", "#"), ("let a = 1;", "R0111", "new line"), ("a <- 3", "R0111", "let x = 3"),
            ("let f = x => x", "R0111", "fn(x)"), ("let a = !b", "R0111", "not a"), ("let a = 'b'", "R0111", "\""),
            ("let a = if b then 1 elif c then 2 else 3", "R0108", ""), ("def f(x)", "R0111", "fn"),
            ("function f(x)", "R0111", "fn"),
            ("return x", "R0111", "fn double"), ("while x", "R0111", "let"), ("for x in y", "R0111", "map"),
            ("class A", "R0111", "record"),
            ("var x = 1", "R0111", "let"), ("const x = 1", "R0111", "let"), ("import a", "R0111", "use"),
            ("print(x)", "R0111", "show"),
            ("let a = null", "R0111", "none"), ("let a = None", "R0111", "none"), ("let a = nil", "R0111", "none"),
            ("let a = True", "R0111", "true"), ("let a = False", "R0111", "false"),
            ("let a == 3", "R0111", "="), ("assume a == 3", "R0111", "="),
            ("let b = if a = 3 then 1 else 2", "R0111", "=="),
            ("x += 1", "R0111", "let y"), ("x = 3", "R0111", "let x = 3"), ("market M { a = 3 }", "R0111", ":"),
            ("let x = 1\nextend \"a\"", "R0116", "first line"), ("let to = 3", "R0108", "to_"),
            ("model \"a {b}\"", "R0108", "\\{"), ("let x = [1: 2, 3]", "R0108", "[1, 2]"),
            ("consistent a + b", "R0108", "a == b"),
            ("let a = 5 × 3", "R0102", "*"), ("let a = \u{201C}b\u{201D}", "R0102", "\""),
            ("let a\u{202E} = 1", "R0102", "remove"),
            ("let a = \u{0} 1", "R0102", "remove"), ("let cafe\u{301} = 1", "R0103", "café"),
            ("let x = 1 + not a", "R0108", "(not a)"),
            ("let x = 1 + if a then b else c", "R0108", "(if"), ("let x = )", "R0108", ""), ("x)", "R0108", "remove"),
            ("let a = 9 m^2.5", "R0108", "m^2"),
        ])
    func kinds(_ text: String, _ code: String, _ help: String) {
        let problem = firstProblem(text)
        #expect(problem.code == code, "\(text): \(problem.message)")
        #expect(help.isEmpty || problem.help.contains(help), "\(text): \(problem.help)")
        #expect(parsed(text).diagnostics.count == 1, "\(parsed(text).diagnostics.map(\.message))")
        #expect(!parsed(text).isUnfinished)
    }

    @Test(
        "what has one reading is read",
        arguments: [
            "let a = 60M phone/yr", "let a = 1 / 2 yr", "let a = x / 5 kg * 2", "let a = p / (200 USD/phone)",
            "let a = p * 200 USD/phone", "let a = p / 200 USD * 3 / phone", "let a = p / 2 / 3", "let a = p / q / 3 yr",
            "let a = [1, 2]", "let a = f(1, 2)", "let a = f(x,2)", "let a = [2022: 10,2024: 30]",
            "let a = [2022: 10,2024..: 30]", "let a = [5%,3%]", "let a = [1M,2M]", "show 2030-10",
            "show 2024 - 01 - 15", "show 2024-x-15", "show 2400-10-15", "show 1/2/3", "show 1/2024", "show x[2024]",
            "show 99/12/2024",
            "show 1,\n2",
        ])
    func oneReading(_ text: String) {
        #expect(parsed(text).diagnostics.isEmpty, "\(text): \(parsed(text).diagnostics.map(\.message))")
    }

    @Test("what can be pointed at is pointed at exactly")
    func spans() {
        #expect(firstProblem("let a = p / 200 USD/phone * 3").span == "200 USD/phone")
        #expect(firstProblem("show max(2, 1,000,000)").span == "1,000,000")
        #expect(firstProblem("let a = 2024-01-15 + 3").span == "2024-01-15")
        #expect(firstProblem("let a = 3 + 5kg").span == "5kg")
        #expect(firstProblem("assert 0 < b < c").span == "<")
        #expect(firstProblem("assume x = a^2 to 10").span == "a^2")
    }

    @Test("bytes that are not UTF-8 are named by their place")
    func notUTF8() {
        var symbols = SymbolTable()
        let bytes: [UInt8] = Array("let x = 1 # ".utf8) + [0xE9] + Array("\nlet y = 2".utf8)
        let result = parse(SourceText(id: SourceID(0), name: "a", bytes: bytes), symbols: &symbols)
        #expect(result.diagnostics.map(\.kind) == [.invalidUTF8])
        #expect(result.diagnostics.first?.message.contains("byte 12") == true)
        #expect(result.tree.statements.count == 2)
    }

    @Test("all errors of a text are reported, one a statement, and the rest is read")
    func recovery() {
        let text = """
            let a = 5kg
            let b = = 3 + )
            market M {
                demand: 3 +
                elasticity: * 2
                vat: 10% 5
                tax: 1
            }
            let c = (1 + 2
            let d = 4
            fn f(x) { let y = x z
            y }
            show d
            """
        let result = parsed(text)
        let lines = result.diagnostics.map { diagnostic in
            result.tree.lineStarts.lastIndex { $0 <= diagnostic.primary?.location.span.start ?? 0 } ?? 0
        }
        #expect(lines == [0, 1, 4, 5, 8, 10])
        #expect(result.tree.statements.count == 4)
    }

    @Test("a missing brace costs one error, and the next declaration is read")
    func missingBrace() {
        let result = parsed("market A {\n  demand: 1\nmarket B { demand: 2 }\nlet x = 1\n")
        #expect(result.diagnostics.count == 1)
        #expect(result.diagnostics.first?.secondary.first?.location.span.start == 9)
        #expect(result.tree.statements.count == 2)
    }

    @Test("at most a hundred errors are kept, and a last line says how many more there are")
    func manyErrors() {
        let result = parsed(String(repeating: "let = 3\n", count: 1000))
        #expect(result.diagnostics.count == 101)
        #expect(result.diagnostics.last?.message == "900 more errors are not shown")
    }

    @Test(
        "a text that ends too early is unfinished",
        arguments: [
            "let x = (1 + 2", "let x =", "1 +", "market M {", "market M {\n demand: 3\n", "if a then b", "if a",
            "fn f(x) {\n let y = 1\n",
            "show a,", "[1, 2", "compare a, b", "f(1,\n", "let x = 3 growing 5%",
        ])
    func unfinished(_ text: String) {
        let result = parsed(text)
        #expect(result.isUnfinished)
        #expect(result.diagnostics.map(\.kind) == [.unfinishedInput])
    }

    @Test(
        "a text that is wrong is not unfinished",
        arguments: [
            "let x", "let x = )", "let = (1", "5kg + (", "\"abc", "x y (", "market M", "f(1))",
        ])
    func wrong(_ text: String) {
        let result = parsed(text)
        #expect(!result.isUnfinished)
        #expect(!result.diagnostics.isEmpty)
    }

    @Test("what is open is shown")
    func opener() {
        let problem = parsed("let x = f([1, 2").diagnostics.first
        #expect(problem?.secondary.first?.location.span == Span(start: 10, end: 11))
    }
}
