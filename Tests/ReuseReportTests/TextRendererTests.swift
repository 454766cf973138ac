import Reuse
import ReuseReport
import Testing

@Suite("Text for terminals")
struct TextRendererTests {
    private let renderer = TextRenderer(colour: false)

    private func single(_ name: String, _ cell: Cell, unit: String = "") -> Output {
        .table(Table(axes: [], rows: [.init(labels: [], cells: [cell])], columns: [.init(name: name, unit: unit)]))
    }

    @Test("a single value is one line") func singleValue() {
        #expect(
            renderer.render(single("exports", .number(45_300_000), unit: "phone/yr")) == "exports = 45.3M phone/yr\n")
        #expect(renderer.render(single("place", .text("Accra"))) == "place = \"Accra\"\n")
    }

    @Test("a value without a name stands alone") func bareValue() {
        #expect(renderer.render(single("", .number(1.525))) == "1.525\n")
        #expect(renderer.render(single("", .text("Accra \"Tema\""))) == "Accra \"Tema\"\n")
    }

    @Test("numbers line up at the decimal point, labels on the left") func alignment() {
        let table = Table(
            axes: ["time"],
            rows: [
                .init(labels: ["2024"], cells: [.number(9_500_000), .number(8.8)]),
                .init(labels: ["2025"], cells: [.number(10_000_000), .number(12)]),
                .init(labels: ["2026"], cells: [.number(0), .number(0.25)]),
            ],
            columns: [.init(name: "exports", unit: "phone/yr"), .init(name: "growth", unit: "%/yr")])
        #expect(
            renderer.render(.table(table)) == """
                time   exports  growth
                      phone/yr    %/yr
                ──────────────────────
                2024      9.5M    8.8
                2025     10M     12
                2026      0       0.25

                """)
    }

    @Test("medians and ranges line up part by part") func ranges() {
        func cell(_ p5: Double, _ median: Double, _ p95: Double) -> Cell {
            .uncertain(Summary(p5: p5, median: median, p95: p95, mean: median, sd: 1, samples: 9))
        }
        let table = Table(
            axes: ["time"],
            rows: [
                .init(labels: ["2024"], cells: [.number(40e6)]),
                .init(labels: ["2025"], cells: [cell(38.1e6, 45.3e6, 53.9e6)]),
                .init(labels: ["2026"], cells: [cell(8e6, 50e6, 104.5e6)]),
            ], columns: [.init(name: "exports", unit: "")])
        #expect(
            renderer.render(.table(table)) == """
                time                  exports
                ─────────────────────────────
                2024  40M
                2025  45.3M (38.1M to  53.9M)
                2026  50M   ( 8M   to 104.5M)

                """)
    }

    @Test("bars of a column share one scale, in steps of half a character") func bars() {
        func lines(_ bars: [(Double, Double)]) -> [String] {
            let table = Table(
                axes: ["input"], rows: bars.map { .init(labels: ["x"], cells: [.bar(from: $0.0, to: $0.1)]) },
                columns: [.init(name: "bar", unit: "")])
            return renderer.render(.table(table)).split(separator: "\n").dropFirst(2).map { String($0.dropFirst(7)) }
        }
        let full = String(repeating: "█", count: 24)
        #expect(
            lines([(0, 48), (1, 2), (2, 4), (3, 6), (48, 40), (7, 7)]) == [
                full, "▐", " █", " ▐█", String(repeating: " ", count: 20) + "████", "",
            ])
        // Below and above zero.
        let half = String(repeating: "█", count: 12)
        #expect(lines([(-1, 0), (0, 1)]) == [half, String(repeating: " ", count: 12) + half])
        // Nothing to tell apart, and numbers at the ends of what there is.
        #expect(lines([(0, 0), (0, 0)]) == ["", ""])
        #expect(lines([(-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude), (.nan, 1)]) == [full, ""])
        #expect(renderer.render(single("reach", .bar(from: 10, to: 30), unit: "%")) == "reach = 10% to 30%\n")
        #expect(renderer.render(single("reach", .bar(from: 1, to: 2), unit: "kg")) == "reach = 1 to 2 kg\n")
    }

    @Test("Chinese text takes two columns a character") func chinese() {
        let table = Table(
            axes: ["市场"],
            rows: [
                .init(labels: ["中国"], cells: [.number(40), .text("旧手机")]),
                .init(labels: ["Europe"], cells: [.number(5), .text("used")]),
            ], columns: [.init(name: "需求", unit: ""), .init(name: "note", unit: "")])
        let lines = renderer.render(.table(table)).split(separator: "\n").map(String.init)
        #expect(lines[0] == "市场    需求  note")
        #expect(lines[1] == String(repeating: "─", count: 20))
        #expect(lines[2] == "中国      40  旧手机")
        #expect(lines[3] == "Europe     5  used")
    }

    @Test("a very long column name is cut") func longName() {
        let name = String(repeating: "exports + ", count: 20) + "imports"
        let table = Table(
            axes: ["time"], rows: [.init(labels: ["2024"], cells: [.number(1)])], columns: [.init(name: name, unit: "")]
        )
        let header = renderer.render(.table(table)).split(separator: "\n")[0]
        #expect(header.hasSuffix("…"))
        #expect(DisplayWidth.of(String(header)) == "time  ".count + 40)
    }

    @Test("a line end in a name or a cell does not break the table") func oneLine() {
        let table = Table(
            axes: ["time"], rows: [.init(labels: ["2024"], cells: [.text("a\nb\u{1B}[2J")])],
            columns: [.init(name: "a +\n    b", unit: "")])
        let lines = renderer.render(.table(table)).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0] == "time  a + b")
        #expect(lines[2] == "2024  a b\\u{1B}[2J")
    }

    @Test("no row of a long table is left out") func longTable() {
        let rows = (0..<500).map { Table.Row(labels: ["\($0)"], cells: [.number(Double($0))]) }
        let table = Table(axes: ["time"], rows: rows, columns: [.init(name: "x", unit: "")])
        #expect(renderer.render(.table(table)).split(separator: "\n").count == 502)
    }

    @Test("a row with too few cells is filled up, not a crash") func raggedTable() {
        let table = Table(
            axes: ["a", "b"], rows: [.init(labels: ["1"], cells: [])], columns: [.init(name: "x", unit: "")])
        #expect(renderer.render(.table(table)).contains("none"))
        #expect(CSVRenderer().render(.table(table)) == "a,b,x\r\n1,,\r\n")
    }

    @Test("a trace is a tree of formulas, values and sources") func trace() {
        func leaf(_ name: String, _ value: Double, source: String?, role: Trace.Role = .input) -> Trace {
            Trace(
                name: name, formula: nil, value: .number(value), unit: "phone/yr", time: "2030", role: role,
                source: source,
                parts: [])
        }
        let inner = Trace(
            name: "b", formula: "c * 2", value: .number(20), unit: "phone/yr", time: "2029", role: .computed,
            source: nil,
            parts: [leaf("c", 10, source: nil)])
        let root = Trace(
            name: "exports", formula: "sum(a,\n    b)", value: .number(45_300_000), unit: "phone/yr", time: "2030",
            role: .computed, source: nil,
            parts: [leaf("a", 5, source: "IDC (2024)"), inner, leaf("a", 5, source: nil, role: .shownAbove)])
        #expect(
            renderer.render(.trace(root)) == """
                exports in 2030 = 45.3M phone/yr   sum(a, b)
                ├─ a = 5 phone/yr   [IDC (2024)]
                ├─ b in 2029 = 20 phone/yr   c * 2
                │  └─ c in 2030 = 10 phone/yr   [no source]
                └─ a = 5 phone/yr   (shown above)

                """)
    }

    @Test("a trace of a long chain of definitions overflows no stack") func deepTrace() {
        var trace = Trace(
            name: "x", formula: nil, value: .number(1), unit: "", time: nil, role: .input, source: nil, parts: [])
        for _ in 0..<2000 {
            trace = Trace(
                name: "x", formula: nil, value: .number(1), unit: "", time: nil, role: .computed, source: nil,
                parts: [trace])
        }
        #expect(renderer.render(.trace(trace)).split(separator: "\n").count == 2001)
        #expect(JSONRenderer().render(.trace(trace)).hasSuffix(String(repeating: "]}", count: 2001)))
    }

    @Test("tables are set apart by an empty line, single values are not") func blocks() {
        let table = Output.table(
            Table(
                axes: ["time"], rows: [.init(labels: ["2024"], cells: [.number(1)])],
                columns: [.init(name: "x", unit: "")]))
        let text = renderer.render([single("a", .number(1)), single("b", .number(2)), table, .text("done")])
        #expect(text == "a = 1\nb = 2\n\ntime  x\n───────\n2024  1\n\ndone\n")
    }

    @Test("colour adds nothing but escape sequences") func colour() {
        let output = single("a", .number(1))
        let check = Output.check(Check(kind: .consistent, condition: "a == b"))
        #expect(TextRenderer(colour: true).render(output) == renderer.render(output))
        #expect(renderer.render(check) == "consistent: a == b\n")
        #expect(TextRenderer(colour: true).render(check) == "\u{1B}[2mconsistent:\u{1B}[0m a == b\n")
    }

    @Test("the register counts what has no source") func register() {
        let entry = Register.Entry(
            name: "growth", definition: "4% to 8%/yr", value: .number(5), unit: "%/yr", distribution: "logit-normal",
            source: nil, note: nil, basis: nil, usedBy: ["exports"], place: "a.reuse:3")
        let text = renderer.render(Register(entries: [entry]))
        #expect(text.contains("4% to 8%/yr (logit-normal)"))
        #expect(text.hasSuffix("1 input, 1 without a source\n"))
        #expect(renderer.render(Register(entries: [])) == "no inputs\n")
    }
}

@Suite("Display width")
struct DisplayWidthTests {
    // Widths by Unicode's EastAsianWidth.txt and general categories.
    @Test(
        "wide characters are two columns, combining ones none",
        arguments: [
            ("abc", 3), ("中国", 4), ("ｱ", 1), ("ア", 2), ("한글", 4), ("e\u{301}", 1), ("Ａ", 2), ("，", 2), ("é", 1),
            ("\u{200B}", 0), ("😀", 2), ("👩‍👩‍👧", 2), ("🇨🇳", 2), ("𠀀", 2), ("─", 1), ("", 0), ("ไทย", 3), ("ที่", 1),
        ])
    func width(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

    @Test("a cut never ends inside a wide character") func cut() {
        #expect(DisplayWidth.cut("中国手机", to: 8) == "中国手机")
        #expect(DisplayWidth.cut("中国手机", to: 6) == "中国…")
        #expect(DisplayWidth.cut("中国手机", to: 7) == "中国手…")
    }
}
