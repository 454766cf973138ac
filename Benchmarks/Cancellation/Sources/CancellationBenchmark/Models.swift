/// A model that takes long in one way.
struct Model {
    let name: String
    let text: [UInt8]
    let table: [UInt8]
    /// Whether errors are what takes long.
    let isWrong: Bool

    init(_ name: String, isWrong: Bool = false, table: String = "", _ text: String...) {
        self.name = name
        self.isWrong = isWrong
        self.text = Array(text.joined(separator: "\n").utf8)
        self.table = Array(table.utf8)
    }

    static let all = [
        Model(
            "60,000 lets in a chain", "let x0 = 1", lines(1..<60_000) { "let x\($0) = x\($0 - 1) + 1" }, "show x59999"),
        Model("100,000 inputs", lines(0..<100_000) { "assume a\($0) = \($0 + 1) to \($0 + 3)" }, "show a0"),
        Model(
            "4,000 policies after each other", "horizon 2020..2030", "assume a = 1", "policy p0 { a += 1 }",
            lines(1..<4_000) { "policy p\($0) after p\($0 - 1) { a += 1 }" }, "compare all on a in 2030"),
        Model(
            "100,000 members", index(100_000), "assume a = 2 to 3", "let b = \(literal(100_000) { "a * \($0)" })",
            "show sum(b over place)"),
        Model(
            "a table of 300,000 rows",
            table: "time,place,value\n" + lines(0..<300_000) { "\(1800 + $0 / 1000),m\($0 % 1000),\($0)" },
            "data t from \"t.csv\" {", "  time: column(\"time\")", "  place: labels(\"place\")",
            "  value: column(\"value\") * 1 kg", "}", "horizon 1800..2099", "show sum(t.value over place) in 1900"),
        Model(
            "a list of 200,000 numbers", "let x = [\(list(200_000, separator: ", ") { "\($0)" })]", "show sum(x)"),
        Model("a chain of 500,000 sums", "let x = 1", "show " + list(500_000, separator: " + ") { _ in "x" }),
        Model(
            "1,000 lets over 1,000 months", "horizon 2000..2083 by month", "assume a = 1 to 2", "let x0 = a",
            lines(1..<1_000) { "let x\($0) = cumulative(x\($0 - 1)) / 1000" }, "show x999 in 2080M12"),
        Model(
            "growth over time and an index", "horizon 2000..2040", index(40),
            "assume w = \(literal(40) { "\($0 + 1) to 60" })", "assume k = 2%/yr",
            "let c = cumulative(w growing k from 2000)", "show sum(c over place) in 2030"),
        Model(
            "stocks of 200 places", "horizon 2000..2060", index(200), "unit phone",
            "assume s = \(literal(200) { _ in "5 to 6" }) phone/yr",
            "stock st { inflow: s, lifetime: weibull_life(mean: 4 yr, sd: 2 yr) }", "show sum(st over place) in 2050"),
        Model("80,000 remarks", lines(0..<80_000) { "# a remark of some words, the one of number \($0)" }, "show 1"),
        Model("20,000 warnings", lines(0..<20_000) { "assume a\($0) = 1\nlet b\($0) = a\($0)" }, "show 1"),
        Model("20,000 errors", isWrong: true, lines(0..<20_000) { "show nothing\($0)" }),
        Model(
            "a text of 100,000 insertions", "let x = 2",
            "show \"" + list(100_000, separator: " ") { _ in "{x}" } + "\""),
    ]

    private static func list(_ count: Int, separator: String, _ item: (Int) -> String) -> String {
        (0..<count).map(item).joined(separator: separator)
    }

    private static func lines(_ range: Range<Int>, _ line: (Int) -> String) -> String {
        range.map(line).joined(separator: "\n")
    }

    private static func index(_ count: Int) -> String {
        "index place = " + list(count, separator: ", ") { "m\($0)" }
    }

    private static func literal(_ count: Int, _ value: (Int) -> String) -> String {
        "[" + list(count, separator: ", ") { "m\($0): \(value($0))" } + "]"
    }
}
