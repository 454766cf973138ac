import ReuseSyntax
import Testing

@Suite struct Expressions {
    @Test(
        "operators bind as the language page says",
        arguments: [
            ("1 + 2 * 3", "(1 + (2 * 3))"),
            ("1 - 2 - 3", "(1 - 2 - 3)"),
            ("a / b * c", "(a / b * c)"),
            ("-2 ^ 2", "(- (^ 2 2))"),
            ("2 ^ -3 ^ x", "(^ 2 (- (^ 3 x)))"),
            ("--x", "(- (- x))"),
            ("a or b and not c == d", "(or a (and b (not (== c d))))"),
            ("not not a", "(not (not a))"),
            ("a == b within 1%", "(== a b within 0.01)"),
            ("x as kg/phone", "(as x (kg / phone))"),
            ("x + 1 as % == y", "(== (as (x + 1) %) y)"),
            ("3 growing 8.8%/yr from 2024", "(growing 3 (0.088 / yr) 2024)"),
            ("3 growing -5% every month from 2024", "(growing 3 (every (- 0.05) month) 2024)"),
            ("3 growing r * 1 yr every 2 yr from 2024", "(growing 3 (every (r * (of 1 yr)) (of 2 yr)) 2024)"),
            ("60M phone/yr", "((of 60000000 phone) / yr)"),
            ("1 / 2 yr", "(1 / (of 2 yr))"),
            ("9 m^2 / 3 s^-1", "((of 9 m^2) / (of 3 s^-1))"),
            ("[1, 2] kg", "(of (list 1 2) kg)"),
            ("12 to 18 USD/phone", "((to 12 (of 18 USD)) / phone)"),
            ("-3 to 5", "(to (- 3) 5)"),
            ("-3 kg to -1 kg", "(to (- (of 3 kg)) (- (of 1 kg)))"),
            ("f(x) to a.b[2]", "(to (call f x) (at a.b 2))"),
            ("(-x) to 3", "(to (paren (- x)) 3)"),
            ("A -> B.flow", "A->B.flow"),
            ("x under s", "(under x s)"),
            ("-x under s", "(- (under x s))"),
            ("avoided - avoided under baseline", "(avoided - (under avoided baseline))"),
            ("x[C, 2030]", "(at x C 2030)"),
            ("x[grade: C, 2030, routes: A -> B]", "(at x grade:C 2030 routes:A->B)"),
            ("a in [B, C] and d", "(and (in a (list B C)) d)"),
            ("x[2025..2030]", "(at x 2025..2030)"),
            ("x[..2030, 2026..]", "(at x _..2030 2026.._)"),
            ("previous(x, 3 yr, else: v)", "(call previous x (of 3 yr) else:v)"),
            ("sum(m.price where m.imports > 0 over markets)", "(call sum m.price{where (> m.imports 0) over markets})"),
            ("sum(x over time)", "(call sum x{where _ over time})"),
            ("f(x aged 2 yr)", "(call f (aged x (of 2 yr)))"),
            ("a + (b aged 2 yr)", "(a + (paren (aged b (of 2 yr))))"),
            ("f()", "(call f)"),
            ("f(1, 2,)", "(call f 1 2)"),
            ("fn(x: USD, y = 2) = x * y", "(fn [x:USD y=2] (x * y))"),
            ("{ low: 1, high: 2 }", "(record (low 1) (high 2))"),
            ("{ to: 1\n over: 2 }", "(record (to 1) (over 2))"),
            ("[]", "(list)"),
            ("[1, 2,]", "(list 1 2)"),
            (
                "[2022: 1, ..2021: 2, 2024..: 3, A: 4, A -> B: 5] kg",
                "(of (keyed (2022 1) (_..2021 2) (2024.._ 3) (A 4) (A->B 5)) kg)"
            ),
            ("[2022: 1 source idc, \"p. 3\", 2023: 2]", "(keyed (2022 1 (source idc (text 'p. 3'))) (2023 2))"),
            ("2026Q2 + 2026M07", "(2026Q2 + 2026M7)"),
            ("x.source", "x.source"),
            ("model", "model"),
            ("show + 1", "(show + 1)"),
            ("none", "none"),
            ("true and false", "(and true false)"),
            ("中国 * 2", "(中国 * 2)"),
        ])
    func binding(_ text: String, _ tree: String) { #expect(dump(text) == tree) }

    @Test("`else if` chains become one flat choice")
    func choices() {
        #expect(dump("if a then 1 else if b then 2 else 3") == "(if a 1 b 2 3)")
        #expect(dump("if a then if b then 1 else 2 else 3") == "(if a (if b 1 2) 3)")
    }

    @Test("texts hold escapes and expressions, and nest")
    func texts() {
        #expect(dump(#""a\tb\"\\\{\u{4E2D}""#) == "(text 'a\tb\"\\{中')")
        #expect(dump(#""x {exports[2030]} y""#) == "(text 'x ' (at exports 2030) ' y')")
        #expect(dump(#""{a}{"b {c}"}""#) == "(text a (text 'b ' c))")
        #expect(dump(#""{f({ x: 1 })}""#) == "(text (call f (record (x 1))))")
        #expect(dump(#""""#) == "(text)")
    }

    @Test(
        "numbers are the nearest doubles of what is written",
        arguments: [
            ("8.8%", 0.088), ("282.6M", 282_600_000.0), ("1_000", 1000.0), ("2.5", 2.5), ("1e6", 1e6), ("1.5e-3k", 1.5),
            ("0.1", 0.1), ("4.9e-324", 4.9e-324), ("1.7976931348623157e308", 1.7976931348623157e308), ("3B", 3e9),
            ("0.30000000000000004", 0.30000000000000004), ("9007199254740993", 9007199254740992.0), ("2026M", 2.026e9),
            ("123456789012345678901234567890", 123456789012345678901234567890.0), ("0.7%", 0.007), ("2.3%", 0.023),
            ("0e999999999999", 0),
        ])
    func numbers(_ text: String, _ value: Double) {
        let result = parsed(text)
        #expect(result.diagnostics.isEmpty)
        #expect(numbers(in: result.tree) == [value])
    }

    private func numbers(in tree: SyntaxTree) -> [Double] {
        tree.nodes.filter { $0.kind == .number }.map { tree.number($0) }
    }

    @Test(
        "a number is the double next to what is written, also where a power of ten is none",
        arguments: ["3e22", "3e23", "7e23", "123456789012345e23", "3e-22", "3e-23", "0.1", "9007199254740993"])
    func nearestDoubles(_ text: String) { #expect(numbers(in: parsed(text).tree) == [Double(text) ?? 0]) }

    @Test("a number of 400 digits is read or refused, never rounded to infinity")
    func longNumbers() {
        let digits = String(repeating: "7", count: 400)
        #expect(codes(digits) == ["R0105"])
        #expect(numbers(in: parsed("0." + digits).tree) == [Double("0." + digits) ?? 0])
        #expect(numbers(in: parsed(digits + "e-300").tree) == [Double(digits + "e-300") ?? 0])
        #expect(codes("1e-400") == ["R0105"])
        #expect(codes("1e999") == ["R0105"])
    }

    @Test("a number remembers how it was written")
    func traits() {
        let tree = parsed("[5%, 2.5, 3M, 2024, 1e3]").tree
        let traits = tree.nodes.filter { $0.kind == .number }.map { $0.traits }
        #expect(traits == [.percent, .point, .magnitude, .bareInteger, []])
    }
}
