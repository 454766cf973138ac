import Foundation
import ReuseTables
import Testing

/// Tables against Python's csv module: `tables.py` writes the answers.
@Suite struct TableTests {
    struct Answers: Decodable {
        struct Row: Decodable {
            var first: String
            var second: String
            var number: Double

            init(from decoder: any Decoder) throws {
                var cells = try decoder.unkeyedContainer()
                first = try cells.decode(String.self)
                second = try cells.decode(String.self)
                number = try cells.decode(Double.self)
            }
        }

        struct Case: Decodable {
            var text: Data
            var rows: [Row]
        }

        var cases: [Case]
    }

    @Test("random tables are read as Python reads them")
    func randomTables() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("tables.json")
        let answers = try JSONDecoder().decode(Answers.self, from: Data(contentsOf: file))
        #expect(answers.cases.count == 150)
        var request = TableRequest()
        request.numbers = [.heading("number")]
        request.labels = ["first", "second"]
        for (position, one) in answers.cases.enumerated() {
            switch readTable(TableText([UInt8](one.text)), request) {
            case .failure(let problem): Issue.record("table \(position): \(problem)")
            case .success(let table):
                #expect(table.numbers[0].values == one.rows.map(\.number), "table \(position)")
                for (number, wanted) in [one.rows.map(\.first), one.rows.map(\.second)].enumerated() {
                    let texts = table.labels[number].map { table.labelTexts[number][Int($0)].text }
                    #expect(texts == wanted, "table \(position)")
                }
            }
        }
    }

    static func table(_ text: String, _ change: (inout TableRequest) -> Void = { _ in }) -> Table? {
        if case .success(let table) = read(text, change) { table } else { nil }
    }

    static func read(_ text: String, _ change: (inout TableRequest) -> Void = { _ in }) -> Result<Table, TableProblem> {
        var request = TableRequest()
        request.numbers = [.heading("n")]
        change(&request)
        return readTable(TableText(Array(text.utf8)), request)
    }

    /// The values of a column `n`; nil where it cannot be read.
    static func values(_ cells: [String], decimal: UInt8? = nil) -> [Double]? {
        let text = "n;x\n" + cells.map { "\($0);0\n" }.joined()
        guard case .success(let table) = read(text, { $0.decimal = decimal }) else { return nil }
        return table.numbers[0].values
    }

    @Test("a column says how its numbers are written, or must be told")
    func decimals() {
        #expect(Self.values(["1,234"]) == nil)
        #expect(Self.values(["1.234"]) == nil)
        #expect(Self.values(["1,234"], decimal: 0x2E) == [1234])
        #expect(Self.values(["1,234"], decimal: 0x2C) == [1.234])
        #expect(Self.values(["1,234", "1,234,567"]) == [1234, 1_234_567])
        #expect(Self.values(["1,234", "2,5"]) == [1.234, 2.5])
        #expect(Self.values(["1.234", "2.5"]) == [1.234, 2.5])
        #expect(Self.values(["1.234", "1.234,5"]) == [1234, 1234.5])
        #expect(Self.values(["1 234", "1,234"]) == nil)
        #expect(Self.values(["1 234,567"]) == [1234.567])
        #expect(Self.values(["0,123"]) == [0.123])
        #expect(Self.values(["12345,678"]) == [12345.678])
        #expect(Self.values(["1,5", "1.5"]) == nil)
        #expect(Self.values(["12,34,567"]) == nil)
        #expect(Self.values(["1'234.5", "1’234"]) == [1234.5, 1234])
    }

    @Test("what stands behind a number is a flag, a percent sign, or an error")
    func behindNumbers() {
        #expect(Self.values(["123 p", "4.5 b", "7 bp", "-3"]) == [123, 4.5, 7, -3])
        #expect(Self.values(["12.5%", "12.5 %", "-3%"]) == [0.125, 0.125, -0.03])
        for wrong in [
            "5k", "5 k", "5 t", "5 kg", "12 USD", "$5", "1e", "1.2.3.4.", "--5", "5-", "1 2", "½", "0x10", "inf",
            "nan5",
        ] {
            #expect(Self.values(["1.5", wrong]) == nil, "\(wrong)")
        }
    }

    @Test("cells without a figure are missing")
    func missing() {
        for cell in [
            "", " ", ":", ": c", ":z", "-", ".", "..", "...", "NA", "n/a", "N/A", "n.a.", "–", "—", "…", "NaN", "nan",
            "NULL", "None", "#N/A", "<NA>",
        ] {
            #expect(Self.values(["1", cell, "3"]) == [1, 3], "\(cell)")
        }
    }

    @Test("a script says what else is missing, a number however it is written")
    func toldMissing() {
        func values(_ cells: [String], _ missing: [String]) -> [Double]? {
            let rows = cells.map { "\($0);0\n" }.joined()
            guard case .success(let table) = Self.read("n;x\n" + rows, { $0.missing = missing }) else { return nil }
            return table.numbers[0].values
        }
        #expect(values(["1", "x", "3"], []) == nil)
        #expect(values(["1", "x", "3"], ["x"]) == [1, 3])
        #expect(values(["1", "X", "3"], ["x"]) == nil)
        #expect(values(["1", "-999.0", "-99"], ["-999"]) == [1, -99])
        #expect(values(["1", "c", "-9", "(z)"], ["-9", "c", "(z)"]) == [1])
    }

    @Test("percent signs stand at all numbers of a column, or at none")
    func percentSigns() {
        #expect(Self.values(["12%", "13%", "0"]) == [0.12, 0.13, 0])
        #expect(Self.values(["12%", "..", "13%"]) == [0.12, 0.13])
        for cells in [["12%", "13"], ["13", "12%"], ["0%", "0.5", "12 %"]] {
            guard case .failure(.mixedPercent) = Self.read("n;x\n" + cells.map { "\($0);0\n" }.joined()) else {
                Issue.record("\(cells) are read")
                continue
            }
        }
        // Also where JSON has one as a text and one as a number.
        var request = TableRequest()
        request.numbers = [.heading("n")]
        guard case .failure(.mixedPercent) = readJSON(TableText(Array(#"[{"n": "12%"}, {"n": 13}]"#.utf8)), request)
        else {
            Issue.record("a text with a percent sign is read beside a number")
            return
        }
    }

    @Test("a table that is wanted no more is left in the middle, whatever its form", arguments: ["csv", "json"])
    func stopping(_ form: String) {
        var request = TableRequest()
        request.numbers = [.heading("n")]
        let rows = 0..<5_000
        let text =
            form == "csv"
            ? "n\n" + rows.map { "\($0)\n" }.joined() : "[" + rows.map { "{\"n\": \($0)}" }.joined(separator: ",") + "]"
        func read(until last: Int) -> (result: Result<Table, TableProblem>, asked: Int) {
            var asked = 0
            func stops() -> Bool {
                asked += 1
                return asked > last
            }
            let table = TableText(Array(text.utf8))
            let result =
                form == "csv" ? readTable(table, request, stops: stops) : readJSON(table, request, stops: stops)
            return (result, asked)
        }
        let whole = read(until: .max)
        #expect((try? whole.result.get())?.lines.count == rows.count)
        // A few hundred rows go by between two questions.
        #expect(whole.asked >= rows.count / 512)
        for last in 0..<whole.asked {
            let part = read(until: last)
            guard case .failure(.stopped) = part.result else {
                Issue.record("it is read to the end after question \(last)")
                continue
            }
            #expect(part.asked == last + 1)
        }
    }

    @Test("numbers are rounded correctly")
    func rounding() {
        // Half-way cases and the ends of the range of doubles.
        let texts = [
            "9007199254740993.0", "0.1", "2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308",
            "123456789012345678901234567890.5", "8.5e22", "0.000000000000000000000000000001",
        ]
        #expect(Self.values(texts) == texts.compactMap { Double($0) })
        #expect(Self.values(["1e400", "1.5"]) == nil)
    }

    @Test("dates that are not the ends of anything stay days")
    func days() {
        guard case .success(let table) = Self.read("t,n\n2019-07-03,1\n2019-07-04,2\n", { $0.time = "t" }) else {
            Issue.record("dates are not read")
            return
        }
        #expect(table.periods.map(\.text) == ["2019-07-03", "2019-07-04"])
    }

    @Test("texts of JSON are read as cells are, and its numbers as they stand")
    func json() {
        func values(_ text: String, decimal: UInt8? = nil) -> [Double]? {
            var request = TableRequest()
            request.numbers = [.heading("n")]
            request.decimal = decimal
            guard case .success(let table) = readJSON(TableText(Array(text.utf8)), request) else { return nil }
            return table.numbers[0].values
        }
        #expect(values(#"[{"n": "1,234"}, {"n": "2,345"}]"#) == nil)
        #expect(values(#"[{"n": "1.234"}]"#) == nil)
        #expect(values(#"[{"n": "1,234"}]"#, decimal: 0x2E) == [1234])
        #expect(values(#"[{"n": "1,234"}]"#, decimal: 0x2C) == [1.234])
        #expect(values(#"[{"n": "1,234"}, {"n": "2,5"}]"#) == [1.234, 2.5])
        // A number has a point whatever the texts have, and says nothing of them.
        #expect(values(#"[{"n": 1.234}, {"n": 2e3}, {"n": -7}]"#) == [1.234, 2000, -7])
        #expect(values(#"[{"n": 1.234}]"#, decimal: 0x2C) == [1.234])
        #expect(values(#"[{"n": 1.5}, {"n": "2,5"}]"#) == [1.5, 2.5])
        #expect(values(#"[{"n": 1.5}, {"n": "1,234"}]"#) == nil)
    }

    @Test("remarks with commas may stand below the figures, and nowhere else")
    func remarks() {
        func values(_ rows: String) -> [Double]? {
            guard case .success(let table) = Self.read("t,n\n" + rows, { $0.time = "t" }) else { return nil }
            return table.numbers[0].values
        }
        #expect(values("2019,1\n2020,2\n\nNote: shipments, or else, sales\nSource: office, table\n") == [1, 2])
        #expect(values("2019,1\nNote: shipments, else\n2020,2\n") == nil)
        // A row with a time, or with something of a figure, is no remark.
        #expect(values("2019,1\n2020,much\n") == nil)
        #expect(values("2019,1\n202O,5k\n") == nil)
    }

    @Test("a text in an encoding that has no mark is known by its zero bytes")
    func encodings() {
        #expect(!TableText([0xFF, 0xFE, 0x6E, 0x00]).hasNull)
        #expect(TableText([0x6E, 0x00, 0x0A, 0x00]).hasNull)
        #expect(TableText([0xFF, 0xFE, 0x00, 0x00, 0x6E, 0x00, 0x00, 0x00]).hasNull)
        #expect(TableText([0x00, 0x00, 0xFE, 0xFF, 0x00, 0x00, 0x00, 0x6E]).hasNull)
    }

    @Test("rows know their lines, however a line ends", arguments: ["\n", "\r\n", "\r"])
    func linesOfRows(end: String) {
        let rows = ["n,x", "1,a", "2,\"b", "b\"", "", "3,c"]
        #expect(Self.table(rows.joined(separator: end) + end)?.lines == [2, 3, 6])
        #expect(Self.table(rows.joined(separator: end))?.lines == [2, 3, 6])
    }

    @Test("no text of a few bytes stops the reader")
    func hostile() {
        let alphabet: [UInt8] = [
            0x22, 0x2C, 0x3B, 0x0A, 0x0D, 0x31, 0x2E, 0x6E, 0xE2, 0x80, 0xAF, 0x2D, 0xC2, 0x7B, 0x5B, 0x5C, 0x3A,
        ]
        var state: UInt64 = 7
        for length in 0..<4000 {
            var bytes: [UInt8] = length % 3 == 0 ? Array("n,x\n".utf8) : length % 3 == 1 ? Array("[{\"n\":".utf8) : []
            for _ in 0..<(length % 23) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            var request = TableRequest()
            request.numbers = length % 5 == 0 ? [.periods] : [.heading("n")]
            if length % 2 == 0 { request.labels = ["x"] }
            _ = readTable(TableText(bytes), request)
            _ = readJSON(TableText(bytes), request)
            _ = readTable(TableText([0xFF, 0xFE] + bytes), request)
        }
    }
}
