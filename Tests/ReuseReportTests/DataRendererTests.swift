import Reuse
import ReuseReport
import ReuseSyntax
import Testing

@Suite("JSON")
struct JSONRendererTests {
    private let renderer = JSONRenderer()

    private func cellText(_ cell: Cell) -> String {
        let table = Table(axes: [], rows: [.init(labels: [], cells: [cell])], columns: [])
        let text = renderer.render(.table(table))
        let opening = #""cells":["#
        guard let start = text.firstRange(of: opening) else { return text }
        return String(text[start.upperBound...].dropLast("]}]}".count))
    }

    @Test("numbers are exact, in the unit of the column, and unscaled") func numbers() {
        #expect(cellText(.number(45_300_000)) == "45300000")
        #expect(cellText(.number(1.0 / 3)) == "0.3333333333333333")
        #expect(cellText(.number(1e-7)) == "1e-07")
        #expect(cellText(.number(1e22)) == "1e+22")
        #expect(cellText(.number(.nan)) == "null")
    }

    @Test("every kind of value has its own form") func kinds() {
        #expect(
            cellText(.uncertain(Summary(p5: 1, median: 2, p95: 3.5, mean: 2.25, sd: 0.5, samples: 10_000)))
                == #"{"median":2,"p5":1,"p95":3.5,"mean":2.25,"sd":0.5,"samples":10000}"#)
        #expect(cellText(.quantity(1.0 / 3, unit: "phone/yr")) == #"{"unit":"phone/yr","value":0.3333333333333333}"#)
        #expect(cellText(.boolean(false)) == "false")
        #expect(cellText(.probability(0.83)) == #"{"probability":0.83}"#)
        #expect(cellText(.time("2026Q2")) == #"{"time":"2026Q2"}"#)
        #expect(cellText(.list([.number(1), .list([]), .absent])) == "[1,[],null]")
        #expect(
            cellText(.record([("low", "USD", .number(1)), ("all", "", .list([.number(2)]))]))
                == #"{"record":{"low":{"unit":"USD","value":1},"all":{"unit":"","value":[2]}}}"#)
        #expect(cellText(.function("fn(USD) -> 1")) == #"{"function":"fn(USD) -> 1"}"#)
        #expect(cellText(.bar(from: 0.5, to: 2)) == #"{"from":0.5,"to":2}"#)
    }

    // RFC 8259, section 7.
    @Test(
        "texts are escaped as JSON asks",
        arguments: [
            ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t", #""\n\r\t""#), ("\u{0}\u{1F}", #""\u0000\u001f""#),
            ("中国 é 😀", "\"中国 é 😀\""), ("a/b", "\"a/b\""), ("\u{2028}", #""\u2028""#),
        ])
    func escapes(text: String, json: String) { #expect(cellText(.text(text)) == json) }

    @Test("a document names its version, and places by line and column from one") func document() {
        let source = SourceText(id: SourceID(0), name: "a.reuse", bytes: Array("let 中 = 1\nlet b = x\n".utf8))
        let start = UInt32("let 中 = 1\nlet b = ".utf8.count)
        let diagnostic = Diagnostic(
            .unknownName, "there is no `x`",
            at: .init(Location(SourceID(0), Span(start: start, end: start + 1)), "here"),
            also: [.init(Location(SourceID(0), Span(start: 8, end: 11)), "near")], help: ["write `b`"])
        #expect(
            renderer.render(outputs: [.text("hi")], diagnostics: [diagnostic], sources: [source], file: "a.reuse")
                == #"""
                {"reuse":1,"file":"a.reuse",
                "outputs":[
                {"type":"text","text":"hi"}],
                "diagnostics":[
                {"code":"R0201","severity":"error","message":"there is no `x`","file":"a.reuse","line":2,"column":9,"endLine":2,"endColumn":10,"label":"here","labels":[{"text":"near","file":"a.reuse","line":1,"column":7,"endLine":1,"endColumn":10}],"help":["write `b`"]}]}

                """#)
    }

    @Test("a diagnostic without a place, or with one beyond its text, is still written") func noPlace() {
        let nowhere = Diagnostic(.unreadableFile, "cannot read x", at: nil)
        let text = renderer.render(outputs: [], diagnostics: [nowhere], sources: [])
        #expect(text.contains(#""file":null,"line":null,"column":null,"endLine":null,"endColumn":null,"label":null"#))
        let source = SourceText(id: SourceID(1), name: "b", bytes: [])
        let beyond = Diagnostic(
            .unexpectedToken, "x", at: .init(Location(SourceID(1), Span(start: 5, end: 9))))
        #expect(
            renderer.render(outputs: [], diagnostics: [beyond], sources: [source])
                .contains(#""line":1,"column":1,"endLine":1,"endColumn":1"#))
    }
}

@Suite("CSV")
struct CSVRendererTests {
    private let renderer = CSVRenderer()

    // RFC 4180, section 2.
    @Test("a trace has the median between the ends, and not the mean") func trace() {
        let cell = Cell.uncertain(Summary(p5: 1, median: 2, p95: 3.5, mean: 2.25, sd: 0.5, samples: 10_000))
        let trace = Trace(
            name: "x", formula: nil, value: cell, unit: "USD", time: nil, role: .input, source: nil, parts: [])
        #expect(renderer.render(.trace(trace)).hasSuffix("\r\n0,x,,1,2,3.5,USD,,input,\r\n"))
    }

    @Test(
        "a field with a comma, a quote or a line end is quoted",
        arguments: [
            ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""), ("a\nb", "\"a\nb\""), ("a\r\nb", "\"a\r\nb\""),
            ("中国", "中国"), (" a ", " a "),
        ])
    func quoting(text: String, field: String) {
        #expect(renderer.render(.text(text)) == "text\r\n\(field)\r\n")
    }

    @Test(
        "a text that a spreadsheet would run is marked as a text, and a number is not",
        arguments: [
            ("=1+2", "'=1+2"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"), ("-2.5", "-2.5"), ("+7", "+7"), ("1-2", "1-2"), ("-", "'-"),
        ])
    func formulas(text: String, field: String) {
        #expect(renderer.render(.text(text)) == "text\r\n\(field)\r\n")
    }

    @Test("numbers in units of their own have these in a field behind them") func quantities() {
        let table = Table(
            axes: ["input"],
            rows: [
                .init(labels: ["start"], cells: [.quantity(80.123456789012, unit: "phone/yr")]),
                .init(labels: ["growth"], cells: [.quantity(25, unit: "%/yr")]),
                .init(labels: ["none"], cells: [.absent]),
            ], columns: [.init(name: "value", unit: "")])
        #expect(
            renderer.render(.table(table))
                == "input,value,value.unit\r\nstart,80.123456789012,phone/yr\r\ngrowth,25,%/yr\r\nnone,,\r\n")
    }

    @Test("an uncertain column becomes three, and the header names the unit") func uncertain() {
        let range = Cell.uncertain(Summary(p5: 1, median: 2, p95: 3.5, mean: 2, sd: 1, samples: 9))
        let table = Table(
            axes: ["time"],
            rows: [
                .init(labels: ["2024"], cells: [range, .number(45_300_000)]),
                .init(labels: ["2025"], cells: [.number(7), .number(0.1)]),
            ], columns: [.init(name: "exports", unit: "phone/yr"), .init(name: "a, b", unit: "")])
        #expect(
            renderer.render(.table(table))
                == "time,exports.p5 [phone/yr],exports.median [phone/yr],exports.p95 [phone/yr],\"a, b\"\r\n"
                + "2024,1,2,3.5,45300000\r\n2025,7,7,7,0.1\r\n")
    }

    @Test("a column of bars becomes two, with their ends") func bars() {
        let table = Table(
            axes: ["input"],
            rows: [
                .init(labels: ["price"], cells: [.bar(from: 1, to: 1.5)]), .init(labels: ["share"], cells: [.absent]),
            ],
            columns: [.init(name: "bar", unit: "USD")])
        #expect(
            CSVRenderer().render(.table(table)) == "input,bar.from [USD],bar.to [USD]\r\nprice,1,1.5\r\nshare,,\r\n")
    }

    @Test("tables are parted by an empty line, which no field can fake") func separation() {
        #expect(renderer.render([.text("a"), .text("")]) == "text\r\na\r\n\r\ntext\r\n\"\"\r\n")
    }

    @Test("of several tables each row says to which it belongs, and of which scenario it is") func titles() {
        let price = Table(
            title: "Prices", axes: ["time"], rows: [.init(labels: ["2024"], cells: [.number(12)])],
            columns: [.init(name: "price", unit: "USD")])
        let sales = Table(
            axes: [], rows: [.init(labels: [], cells: [.number(1), .number(2)])],
            columns: [.init(name: "a", unit: ""), .init(name: "b + 1", unit: "kg")])
        #expect(
            renderer.render([.table(price), .table(sales)])
                == "table,time,price [USD]\r\nPrices,2024,12\r\n\r\ntable,a,b + 1 [kg]\r\n\"a, b + 1\",1,2\r\n")
        #expect(
            renderer.render([.table(price)], scenario: "tax_cut")
                == "table,scenario,time,price [USD]\r\nPrices,tax_cut,2024,12\r\n")
        #expect(
            renderer.render(.table(price), scenario: "tax_cut") == "scenario,time,price [USD]\r\ntax_cut,2024,12\r\n")
        // Rows that are of several scenarios keep to their own.
        let both = Table(
            axes: ["scenario"], rows: [.init(labels: ["baseline"], cells: [.number(1)])],
            columns: [.init(name: "x", unit: "")])
        #expect(renderer.render(.table(both), scenario: "tax_cut") == "scenario,x\r\nbaseline,1\r\n")
    }

    @Test("a file is called by its number, and by its title or what was asked for") func names() {
        func name(_ title: String?, _ column: String, _ number: Int, _ count: Int) -> String {
            CSVRenderer.fileName(
                of: .table(Table(title: title, axes: [], rows: [], columns: [.init(name: column, unit: "")])),
                number: number, of: count)
        }
        #expect(name("Prices, by grade", "p", 3, 12) == "03-Prices-by-grade.csv")
        #expect(name(nil, "sum(x over grade)", 1, 1) == "1-sum-x-over-grade.csv")
        #expect(name("../../etc", "p", 1, 1) == "1-etc.csv")
        #expect(name("手机", "p", 1, 1) == "1-手机.csv")
        #expect(CSVRenderer.fileName(of: .text("a/b"), number: 2, of: 2) == "2-text.csv")
    }

    @Test("numbers have up to 15 digits, so that those that people write come back as they were") func digits() {
        func field(_ value: Double) -> String {
            renderer.render(
                .table(
                    Table(
                        axes: [], rows: [.init(labels: [], cells: [.number(value)])],
                        columns: [.init(name: "x", unit: "")])))
        }
        // 85% of 75M less a rounding, and others that a division leaves so.
        #expect(field(63_749_999.99999999) == "x\r\n63750000\r\n")
        #expect(field(124.99999999999999) == "x\r\n125\r\n")
        #expect(field(0.1 + 0.2) == "x\r\n0.3\r\n")
        #expect(field(1.0 / 3) == "x\r\n0.333333333333333\r\n")
        #expect(field(-2e300 / 3) == "x\r\n-6.66666666666667e+299\r\n")
        #expect(field(9_007_199_254_740_992) == "x\r\n9007199254740990\r\n")
        for text in ["0.123456789012345", "123456789012345", "1.5e-300", "1.7976931348623e+308"] {
            #expect(Double(text).map { field($0).contains(text) } ?? false, "\(text)")
        }
    }

    @Test("numbers in a list are exact and keep their unit") func list() {
        let table = Table(
            axes: [], rows: [.init(labels: [], cells: [.list([.number(1_234_567.5), .number(2)])])],
            columns: [.init(name: "", unit: "kg")])
        #expect(renderer.render(.table(table)) == "value [kg]\r\n\"[1234567.5, 2] kg\"\r\n")
    }
}
