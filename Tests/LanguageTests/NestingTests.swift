import Reuse
import ReuseReport
import Testing

/// `core` between so many pairs of brackets.
func nested(_ open: String, _ core: String, _ close: String, _ depth: Int) -> String {
    String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
}

/// A way to put expressions into each other.
struct Nesting: Sendable, CustomTestStringConvertible {
    var name: String
    /// What stands above: names that are used.
    var above = ""
    /// What stands before all of it on its line, and behind it.
    var before = "show "
    var behind = ""
    var open: String
    var core: String
    var close: String
    /// How many of the 256 levels each takes.
    var levels = 1
    /// How it ends where it is as deep as it may be: `pass`, or the code of an error.
    var ends = "pass"
    var testDescription: String { name }

    func text(_ depth: Int) -> String { above + before + nested(open, core, close, depth) + behind + "\n" }

    private static let time = "horizon 2020..2022\nlet x = now.year\n"
    private static let index = "index place = A, B\nlet z = [A: 1, B: 2]\n"

    static let all: [Nesting] = [
        Nesting(name: "brackets", above: "let x = 1\n", open: "(", core: "x", close: ")"),
        Nesting(name: "sums", above: "let x = 1\n", open: "(1 + ", core: "x", close: ")"),
        Nesting(name: "products", above: "let x = 1\n", open: "2 * (", core: "x", close: ")"),
        Nesting(name: "quotients", above: "let x = 1\n", open: "1 / (", core: "x", close: ")"),
        Nesting(
            name: "signs", above: "let x = 1\n", before: "let y = ", behind: "\nshow y", open: "- ", core: "x",
            close: ""),
        Nesting(name: "powers", above: "let x = 1\n", open: "x^", core: "1", close: ""),
        Nesting(name: "powers in brackets", above: "let x = 1\n", open: "x^(", core: "x", close: ")", levels: 2),
        Nesting(name: "negations", above: "let x = 1\n", open: "not (", core: "x > 0", close: ")", levels: 2),
        Nesting(name: "conjunctions", above: "let x = 1\n", open: "(x > 0 and ", core: "x > 0", close: ")"),
        Nesting(name: "disjunctions", above: "let x = 1\n", open: "(x > 0 or ", core: "x > 0", close: ")"),
        Nesting(name: "choices", above: "let x = 1\n", open: "if x > 0 then ", core: "x", close: " else 0"),
        Nesting(
            name: "conditions", above: "let x = 1\n", open: "if (", core: "x > 0", close: ") then 1 > 0 else 0 > 1",
            levels: 2),
        Nesting(name: "places of a list", above: "let a = [1]\n", open: "a[", core: "1", close: "]"),
        Nesting(name: "calls", above: "fn f(x) = x + 1\n", open: "f(", core: "1", close: ")"),
        Nesting(name: "calls by name", above: "fn f(a, b = 1) = a + b\n", open: "f(1, b: ", core: "1", close: ")"),
        Nesting(name: "calls of the library", open: "max(0, ", core: "1", close: ")"),
        Nesting(name: "functions", open: "(fn(x) = ", core: "1", close: ")(1)", levels: 3),
        Nesting(name: "blocks", open: "(fn() {\nlet a = ", core: "1", close: "\na\n})()", levels: 4),
        Nesting(name: "lists", open: "[", core: "1", close: "]", ends: "R0509"),
        Nesting(name: "records", open: "{a: ", core: "1", close: "}", ends: "R0509"),
        Nesting(name: "fields of records", open: "{a: ", core: "1", close: "}.a", levels: 2),
        Nesting(
            name: "values over time", above: time, open: "[..2020: 1, 2021..: ", core: "1", close: "][2021]", levels: 2),
        Nesting(name: "values over an index", above: index, open: "[A: 0, B: ", core: "1", close: "][B]", levels: 2),
        Nesting(name: "reductions", above: index, open: "sum(z + ", core: "z", close: ")"),
        Nesting(
            name: "conditions of reductions", above: index, open: "sum(z where z > ", core: "1", close: " over place)"),
        Nesting(name: "steps before", above: time, open: "previous(", core: "x", close: ", else: 0)"),
        Nesting(name: "values before the first step", above: time, open: "previous(x, else: ", core: "x", close: ")"),
        Nesting(name: "sums over time", above: time, open: "cumulative(", core: "1 / 1 yr", close: ") / 1 yr"),
        Nesting(name: "times", above: "horizon 2020..2022\nlet x = now\n", open: "x[", core: "2020", close: "]"),
        Nesting(name: "values at a time", above: time, open: "(x + ", core: "x", close: ")[2021]", levels: 2),
        Nesting(name: "distributions", open: "uniform(0, ", core: "1", close: ")"),
        Nesting(name: "statistics", above: "assume z = 1 to 2\n", open: "quantile(", core: "z", close: ", 0.5)"),
        Nesting(name: "texts", open: "\"{", core: "1", close: "}\""),
        Nesting(
            name: "scenarios", above: "assume x = 1\npolicy p { x = 2 }\n", open: "(", core: "x", close: " under p)",
            levels: 2),
        Nesting(name: "units of what is shown", open: "(", core: "1", close: " as %)"),
        Nesting(
            name: "types", before: "fn f(x: ", behind: ") = 1\nshow 1", open: "[", core: "1", close: "]", ends: "R0509"),
        Nesting(
            name: "types of functions", before: "fn f(x: ", behind: ") = 1\nshow 1", open: "fn(", core: "1",
            close: ") -> 1", ends: "R0509"),
        Nesting(name: "defaults", before: "fn f(x = ", behind: ") = x\nshow f()", open: "(1 + ", core: "1", close: ")"),
        Nesting(
            name: "bodies of functions", before: "fn f(x) = ", behind: "\nshow f(1)", open: "(1 + ", core: "x",
            close: ")"),
        Nesting(
            name: "patches", above: "assume x = 1\n", before: "policy p { x = ", behind: " }\nshow x under p",
            open: "(1 + ", core: "x", close: ")"),
        Nesting(
            name: "dates of policies", above: "horizon 2020..2022\nassume x = 1\n", before: "policy p from ",
            behind: " { x = 2 }\nshow x under p", open: "(", core: "2021", close: ")"),
        Nesting(
            name: "targets", above: time, before: "target t: ", behind: " by 2021", open: "(", core: "x > 1", close: ")"
        ),
        Nesting(name: "assertions", above: "let x = 1\n", before: "assert ", open: "(", core: "x > 0", close: ")"),
        Nesting(
            name: "solutions", above: "assume x = 1\n", before: "solve s: x in 0..9000 so that ", behind: " >= 500",
            open: "(1 + ", core: "x", close: ")"),
        Nesting(name: "traces", above: "let x = 1\n", before: "trace ", open: "(1 + ", core: "x", close: ")"),
        Nesting(
            name: "inputs of a stock", above: "unit phone\nhorizon 2020..2022\n", before: "stock s { inflow: ",
            behind: ", lifetime: weibull_life(scale: 3 yr, shape: 2) }\nshow s", open: "(", core: "5 phone/yr",
            close: ")"),
        Nesting(
            name: "correlations", above: "assume x = 1 to 2\nassume y = 1 to 2\n", before: "correlate x, y at ",
            behind: "\nshow x + y", open: "(", core: "0.5", close: ")"),
    ]
}

/// Declarations that rest on each other in a long row.
struct Chain: Sendable, CustomTestStringConvertible {
    var name: String
    var first: String
    /// The line of a number, which names the one before.
    var line: @Sendable (_ number: Int, _ before: Int) -> String
    var last: @Sendable (_ number: Int) -> String
    /// How they end: `pass`, or the code of an error.
    var ends = "pass"
    var count = 5_000
    var testDescription: String { name }

    var text: String {
        first + "\n" + (1..<count).map { line($0, $0 - 1) }.joined(separator: "\n") + "\n" + last(count - 1) + "\n"
    }

    static let all: [Chain] = [
        Chain(name: "values", first: "let a0 = 1", line: { "let a\($0) = a\($1) + 1" }, last: { "show a\($0)" }),
        Chain(
            name: "inputs", first: "assume a0 = 1 to 2", line: { "assume a\($0) = a\($1) + 1" }, last: { "show a\($0)" }
        ),
        Chain(
            name: "values that are traced", first: "let a0 = 1", line: { "let a\($0) = a\($1) + 1" },
            last: { "trace a\($0)" }),
        Chain(
            name: "functions", first: "fn f0(x) = x + 1", line: { "fn f\($0)(x) = f\($1)(x) + 1" },
            last: { "show f\($0)(1)" }),
        Chain(
            name: "functions that look around",
            first: "horizon 2020..2022\nlet y = now.year\nfn f0(x) = previous(x, else: 0)",
            line: { "fn f\($0)(x) = f\($1)(x) + 1" }, last: { "show f\($0)(y)" }, ends: "R0509"),
        Chain(
            name: "deep functions that look around",
            first: "horizon 2020..2022\nlet y = now.year\nfn f0(x) = previous(x, else: 0)",
            line: { "fn f\($0)(x) = " + nested("(1 + ", "f\($1)(x)", ")", 100) }, last: { _ in "show f60(y)" },
            ends: "R0509"),
        Chain(
            name: "values that are functions", first: "let f0 = fn(x) = x + 1",
            line: { "let f\($0) = fn(x) = f\($1)(x) + 1" }, last: { "show f\($0)(1)" }),
        Chain(
            name: "other names of a function", first: "let f0 = fn(x) = x + 1", line: { "let f\($0) = f\($1)" },
            last: { "show f\($0)(1)" }),
        Chain(
            name: "circles", first: "let a0 = a4999", line: { "let a\($0) = a\($1) + 1" }, last: { "show a\($0)" },
            ends: "R0211"),
        Chain(
            name: "steps before", first: "horizon 2020..2022\nlet a0 = now.year",
            line: { "let a\($0) = previous(a\($1), else: 0)" }, last: { "show a\($0)" }),
        Chain(
            name: "series", first: "horizon 2020..2022\nlet a0 = [2020: 1, 2022: 3]", line: { "let a\($0) = a\($1)" },
            last: { "show a\($0)[2021]" }),
        Chain(
            name: "lists within lists", first: "let a0 = [1]", line: { "let a\($0) = [a\($1)]" },
            last: { "show a\($0)" }, ends: "R0509"),
        Chain(
            name: "conditions", first: "let a0 = 1 > 0", line: { "let a\($0) = not a\($1)" },
            last: { "assert a\($0) or not a\($0)" }),
        Chain(name: "units", first: "unit u0", line: { "unit u\($0) = 1 u\($1)" }, last: { "show 1 u\($0)" }),
        Chain(
            name: "policies", first: "assume x = 1\npolicy p0 { x = 0 }",
            line: { "policy p\($0) after p\($1) { x = \($0) }" }, last: { "show x under p\($0)" },
            // The time that they take grows with the cube of their number.
            count: 500),
        Chain(
            name: "scenarios", first: "assume x = 1\npolicy p { x = 2 }\nscenario s0 = p",
            line: { "scenario s\($0) = s\($1)" }, last: { "show x under s\($0)" }, ends: "R0509"),
        Chain(
            name: "lets of a function", first: "fn f(x) {\nlet a0 = x", line: { "let a\($0) = a\($1) + 1" },
            last: { "a\($0)\n}\nshow f(1)" }),
        Chain(
            name: "sums in a function", first: "index g = A, B\nlet z = [A: 1, B: 2]\nfn f(x) {\nlet a0 = x",
            line: { "let a\($0) = sum(a\($1) * z)" }, last: { "a\($0)\n}\nshow f(z)" }, ends: "R0509"),
        Chain(
            name: "functions in a function", first: "fn f(x) {\nlet a0 = fn(y) = y",
            line: { "let a\($0) = fn(y) = a\($1)(y) + 1" }, last: { "a\($0)(1)\n}\nshow f(1)" }),
        Chain(
            name: "dimensions", first: "fn f(\((0..<5_000).map { "a\($0)" }.joined(separator: ", "))) {",
            line: { "let b\($0) = a\($1) + a\($0) * \($0 % 2 == 0 ? "1 kg" : "(1 / 1 kg)")" },
            last: { _ in "a0\n}\nshow 1" }),
        Chain(
            name: "dimensions that double", first: "fn f(\((0..<5_001).map { "a\($0)" }.joined(separator: ", "))) {",
            line: { "let b\($0) = a\($1) + a\($0) * a\($0 + 1)" }, last: { _ in "a0\n}\nshow 1" }, ends: "R0509"),
    ]
}

/// What nests is limited by what the language says, and by no stack: each runs on one of 256 KB.
@Suite struct NestingTests {
    private static func codes(_ text: String) -> [String] {
        var options = Options()
        options.samples = 300
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        // All that comes of it is written, too.
        for output in result.outputs { _ = (TextRenderer().render(output), CSVRenderer().render(output)) }
        _ = JSONRenderer().render(outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources)
        return Set(result.diagnostics.filter { $0.severity == .error }.map { $0.kind.code }).sorted()
    }

    private static func wrong(_ name: String, _ found: [String], _ wanted: String) -> [String] {
        (wanted == "pass" ? found == [] : found.contains(wanted)) ? [] : ["\(name): \(found), and not \(wanted)"]
    }

    @Test("as deep as the language allows, and on to 100,000 levels")
    func nestings() {
        let failures = SmallStack.map(Nesting.all) { nesting in
            Self.wrong(nesting.name, Self.codes(nesting.text(250 / nesting.levels)), nesting.ends)
                + Self.wrong(nesting.name + ", 257", Self.codes(nesting.text(257)), "R0110")
                + Self.wrong(nesting.name + ", 100,000", Self.codes(nesting.text(100_000)), "R0110")
        }
        #expect(failures == [])
    }

    @Test("what is open 100,000 times is an error", arguments: Nesting.all)
    func open(_ nesting: Nesting) {
        let text = nesting.above + nesting.before + nested(nesting.open, "", "", 100_000)
        #expect(!Session().check(Array(text.utf8), name: "-").diagnostics.isEmpty)
    }

    @Test("chains of thousands of declarations")
    func chains() {
        let failures = SmallStack.map(Chain.all) { chain in
            Self.wrong(chain.name, Self.codes(chain.text), chain.ends)
        }
        #expect(failures == [])
    }
}
