import Foundation
import ReuseTables
import Testing

/// Times as tables write them, by plain reading.
@Suite struct PeriodTests {
    private static func read(_ texts: [String], _ dates: String? = nil) -> Result<Table, TableProblem> {
        TableTests.read("t;n\n" + texts.map { "\"\($0)\";1\n" }.joined()) {
            $0.time = "t"
            $0.dates = dates.flatMap { TableDates($0) }
        }
    }

    private static func periods(_ texts: [String], _ dates: String? = nil) -> [String]? {
        if case .success(let table) = read(texts, dates) { table.periods.map(\.text) } else { nil }
    }

    @Test(
        "a time is read",
        arguments: [
            ("2019", "2019"), ("2019.0", "2019"), ("2019Q2", "2019Q2"), ("2019-Q2", "2019Q2"), ("2019 Q2", "2019Q2"),
            ("Q2 2019", "2019Q2"), ("Q2/2019", "2019Q2"), ("2019-T4", "2019Q4"), ("1Q19", "2019Q1"),
            ("Q3'19", "2019Q3"),
            ("2021H1", "2021H1"), ("2021-S1", "2021H1"), ("H2 2021", "2021H2"), ("2H21", "2021H2"),
            ("2021-W05", "2021W05"), ("2020W53", "2020W53"), ("2019M07", "2019M07"), ("2019-M07", "2019M07"),
            ("2019-07", "2019M07"), ("2019-7", "2019M07"), ("2019/07", "2019M07"), ("201907", "2019M07"),
            ("201907.0", "2019M07"), ("3/2021", "2021M03"), ("03.2021", "2021M03"), ("Jan-23", "2023M01"),
            ("Jan-99", "1999M01"), ("January 2023", "2023M01"), ("Jan. 2023", "2023M01"), ("SEPT 2021", "2021M09"),
            ("2023-Feb", "2023M02"), ("2019 [YR2019]", "2019"), ("2022年", "2022"), ("2022年3月", "2022M03"),
            ("2022年03月", "2022M03"), ("2022年第1季度", "2022Q1"), ("2022年四季度", "2022Q4"), ("2022年上半年", "2022H1"),
            ("2022년 3월", "2022M03"), ("2022p", "2022"), ("2023*", "2023"), ("2022 (est.)", "2022"),
            ("2022 (1)", "2022"),
            ("2022 1)", "2022"), ("2022a)", "2022"), ("2022¹", "2022"), ("2022†", "2022"), ("2022 forecast", "2022"),
            ("2022Q3 (p)", "2022Q3"), ("Jan 2023e", "2023M01"), ("2019/07/15", "2019"), ("2019-12-31", "2019"),
        ])
    func period(_ text: String, _ wanted: String) { #expect(Self.periods([text]) == [wanted], "\(text)") }

    @Test(
        "a date is read",
        arguments: [
            "2021-03-14", "2021/3/14", "2021.03.14", "20210314", "14/03/2021", "3/14/2021", "14.3.2021", "14-Mar-2021",
            "14-Mar-21", "14 March 2021", "14. March 2021", "March 14, 2021", "2021-Mar-14", "2021年3月14日",
            "2021-03-14 00:00:00", "2021-03-14T00:00:00Z", "14/03/2021 00:00",
        ])
    func date(_ text: String) {
        // Another day, so that they stand for no longer periods.
        #expect(Self.periods([text, "2021-03-15"]) == ["2021-03-14", "2021-03-15"], "\(text)")
    }

    @Test("dates that are all first or last days stand for longer periods")
    func widened() {
        #expect(Self.periods(["2019-07-31", "2019-08-31"]) == ["2019M07", "2019M08"])
        #expect(Self.periods(["31/07/2019", "31/08/2019"]) == ["2019M07", "2019M08"])
        #expect(Self.periods(["01/01/2019", "01/01/2020"]) == ["2019", "2020"])
        #expect(
            Self.periods(["2021-01-01", "2021-04-01", "2021-07-01", "2021-10-01"])
                == ["2021Q1", "2021Q2", "2021Q3", "2021Q4"])
        #expect(Self.periods(["2021-06-30", "2021-09-30", "2021-12-31"]) == ["2021Q2", "2021Q3", "2021Q4"])
    }

    @Test("a century is a leap year where 400 divides it")
    func centuries() {
        #expect([1900, 2000, 2100, 2200, 2400].map { TablePeriod.daysInMonth(2, $0) } == [28, 29, 28, 28, 29])
        #expect([2023, 2024].map { TablePeriod.daysInMonth(2, $0) } == [28, 29])
    }

    @Test(
        "what is no time is said to be none",
        arguments: [
            "19", "2019Q5", "2019M13", "2019-13", "2019-02-30", "20195", "2019-07/31", "2021W53", "23-Jan", "Jan-45",
            "2022 growth", "2022 YTD", "2022年1-3月", "2022年度", "2021.03", "2021-12-31 14:05", "03/21", "FY2009", "X2019",
            "May", "1)", "2008-10-2011", "31/02/2021",
        ])
    func wrong(_ text: String) {
        guard case .failure(.notAPeriod) = Self.read([text]) else {
            Issue.record("\(text) is read")
            return
        }
    }

    @Test("a column says whether its dates begin with the day, or the script does")
    func orderOfDates() {
        #expect(Self.periods(["03/04/2021", "13/04/2021"]) == ["2021-04-03", "2021-04-13"])
        #expect(Self.periods(["03/04/2021", "04/13/2021"]) == ["2021-03-04", "2021-04-13"])
        #expect(Self.periods(["03/04/2021", "05/04/2021"], "day/month/year") == ["2021-04-03", "2021-04-05"])
        #expect(Self.periods(["03/04/21", "03/05/21"], "month/day/year") == ["2021-03-04", "2021-03-05"])
        #expect(Self.periods(["21-12-30", "21-12-31"], "year/month/day") == ["2021-12-30", "2021-12-31"])
        #expect(Self.periods(["03/21"], "month/year") == ["2021M03"])
        guard case .failure(.notAPeriod) = Self.read(["03/04/45"], "day/month/year") else {
            Issue.record("a year that programs read differently is read")
            return
        }
        for texts in [["03/04/2021"], ["01/02/2021", "01/03/2021"], ["31/12/21"]] {
            guard case .failure(.openDate) = Self.read(texts) else {
                Issue.record("\(texts) are read")
                continue
            }
        }
        guard case .failure(.twoDateOrders) = Self.read(["13/04/2021", "04/13/2021"]) else {
            Issue.record("dates of two orders are read")
            return
        }
        guard case .failure(.notAPeriod) = Self.read(["13/04/2021"], "month/day/year") else {
            Issue.record("a date is read against what the script says")
            return
        }
    }

    @Test("years that end in the next are no months")
    func fiscalYears() {
        for texts in [
            ["2008-09", "2009-10", "2010-11", "2011-12"], ["2012-13"], ["2012/13"], ["2008–2009"],
            ["2008-09", "2012-13"],
            ["201213"], ["1999-00"],
        ] {
            guard case .failure(.fiscalYear) = Self.read(texts) else {
                Issue.record("\(texts) are read")
                continue
            }
        }
        guard case .failure(.monthOrYear) = Self.read(["2010-11"]) else {
            Issue.record("a month or a year is read as one")
            return
        }
        #expect(Self.periods(["2008-09", "2008-10"]) == ["2008M09", "2008M10"])
        #expect(Self.periods(["200909", "200910"]) == ["2009M09", "2009M10"])
        #expect(Self.periods(["2008-09"], "year-month") == ["2008M09"])
        guard case .success(let table) = Self.read(["2008-09", "2009/10", "2010-2011"], "year from April") else {
            Issue.record("fiscal years are not read")
            return
        }
        #expect(table.periods.map(\.text) == ["2008-09", "2009-10", "2010-11"])
        #expect(table.periods.allSatisfy { $0.length == .year && $0.part == 4 })
        #expect(table.periods.map { Int($0.ends.start.month) } == [2008, 2009, 2010].map { $0 * 12 + 3 })
        #expect(table.periods.map { Int($0.ends.end.month) } == [2009, 2010, 2011].map { $0 * 12 + 3 })
        guard case .failure(.notAPeriod) = Self.read(["2008-10"], "year from April") else {
            Issue.record("a month is read as a year")
            return
        }
    }

    @Test("weeks are those of ISO 8601, as Foundation's calendar has them")
    func weeks() throws {
        var calendar = Calendar(identifier: .iso8601)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        let begin = try #require(calendar.date(from: DateComponents(year: 1999, month: 12, day: 20)))
        for week in 0..<1700 {
            let monday = begin.addingTimeInterval(Double(week) * 7 * 86_400)
            let names = calendar.dateComponents([.yearForWeekOfYear, .weekOfYear], from: monday)
            let text = "\(names.yearForWeekOfYear ?? 0)-W\(names.weekOfYear ?? 0)"
            // The days of the week, and those around it.
            let days = (-1...7).map { day -> String in
                let date = calendar.dateComponents(
                    [.year, .month, .day], from: monday.addingTimeInterval(Double(day) * 86_400))
                return "\(date.year ?? 0)-\(date.month ?? 0)-\(date.day ?? 0)"
            }
            guard case .success(let table) = Self.read([text] + days) else {
                Issue.record("\(text) is not read")
                return
            }
            let overlaps = table.periods.dropFirst().map { $0.overlaps(table.periods[0]) }
            #expect(overlaps == [false] + [Bool](repeating: true, count: 7) + [false], "\(text)")
        }
    }

    @Test("headings with a remark are periods, and others with a year are refused by name")
    func headings() {
        func read(_ headings: String, _ exceptions: [String] = []) -> Result<Table, TableProblem> {
            TableTests.read("Country,\(headings)\nGhana,1,2,3\n") {
                $0.numbers = [.periods]
                $0.labels = ["Country"]
                $0.exceptions = exceptions
            }
        }
        guard case .success(let table) = read("2021,2022 (est.),2023*") else {
            Issue.record("headings with remarks are not read")
            return
        }
        #expect(table.periods.map(\.text) == ["2021", "2022", "2023"])
        for heading in ["2022 growth", "Change 2021-22", "X2022", "FY2022", "20221"] {
            guard case .failure(.headingWithYear(_, all: [heading])) = read("2021,\(heading),Rank") else {
                Issue.record("\(heading) is left out without a word")
                continue
            }
            guard case .success(let table) = read("2021,\(heading),Rank", [heading]) else {
                Issue.record("\(heading) cannot be left out")
                continue
            }
            #expect(table.periods.map(\.text) == ["2021"])
        }
        guard case .failure(.fiscalYear) = read("2009-10,2010-11,2011-12") else {
            Issue.record("fiscal years are read as months")
            return
        }
        guard case .failure(.twoPeriods) = read("2021,2022,2022p") else {
            Issue.record("one year is read twice")
            return
        }
    }
}

@Suite struct EncodingTests {
    struct Answers: Decodable {
        var texts: [[String]]
        var wrong: [Data]
    }

    @Test("GB18030 is read as Python reads it")
    func chinese() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("gb18030.json")
        let answers = try JSONDecoder().decode(Answers.self, from: Data(contentsOf: file))
        #expect(answers.texts.count == 61)
        for pair in answers.texts {
            let raw = try #require(Data(base64Encoded: pair[0]))
            #expect(TableText([UInt8](raw), .gb18030)?.bytes == Array(pair[1].utf8))
        }
        for raw in answers.wrong { #expect(TableText([UInt8](raw), .gb18030) == nil, "\([UInt8](raw))") }
    }

    @Test("Chinese is told from letters with accents")
    func detection() throws {
        // 年份,数量 and 贸易伙伴, by Python's codec.
        #expect(TableText([0xC4, 0xEA, 0xB7, 0xDD, 0x2C, 0xCA, 0xFD, 0xC1, 0xBF]).bytes == Array("年份,数量".utf8))
        #expect(TableText([0xC3, 0xB3, 0xD2, 0xD7, 0xBB, 0xEF, 0xB0, 0xE9]).bytes == Array("贸易伙伴".utf8))
        for text in [
            "Größe;Straße", "Gerätekategorie", "créée,année", "ÄÖÜ", "Señal,Año", "Côte d’Ivoire", "10 °C", "½",
        ] {
            let raw = try #require(text.data(using: .windowsCP1252))
            #expect(TableText([UInt8](raw)).bytes == Array(text.utf8), "\(text)")
        }
    }

    @Test("an encoding that is named is the one that is read")
    func named() {
        #expect(TableEncoding("GBK") == .gb18030)
        #expect(TableEncoding("Latin-1") == .windows1252)
        #expect(TableEncoding("big5") == nil)
        #expect(TableText([0xE9], .utf8) == nil)
        #expect(TableText([0xE9], .windows1252)?.bytes == Array("é".utf8))
        #expect(TableText([0xEF, 0xBB, 0xBF, 0x61], .utf8)?.bytes == [0x61])
        #expect(TableText([0x61, 0x62], .utf16) == nil)
    }

    @Test("what is no table is known by its first bytes")
    func noTable() {
        #expect(TableText.noTable([0x50, 0x4B, 3, 4, 0])?.contains("Excel") ?? false)
        #expect(TableText.noTable([0xD0, 0xCF, 0x11, 0xE0])?.contains("Excel") ?? false)
        #expect(TableText.noTable(Array("\n<!DOCTYPE HTML>".utf8)) != nil)
        #expect(TableText.noTable(Array("Year,Units\n".utf8)) == nil)
        #expect(TableText.noTable([]) == nil)
    }
}

@Suite struct ConditionTests {
    private static func values(_ steps: [TableCondition.Step]) -> [Double]? {
        let text = "flow,partner,n\nX,World,10\nX,Ghana,4\nX,India,6\nM,World,7\nM,Ghana,1\n"
        return TableTests.table(text) { $0.condition.steps = steps }?.numbers[0].values
    }

    @Test("rows are chosen by whole texts, and by what joins them")
    func rows() {
        let exports = TableCondition.Step.isAny(heading: "flow", texts: ["X"])
        let world = TableCondition.Step.isAny(heading: "partner", texts: ["World"])
        #expect(Self.values([exports]) == [10, 4, 6])
        #expect(Self.values([exports, world, .not, .all(2)]) == [4, 6])
        #expect(Self.values([exports, world, .any(2)]) == [10, 4, 6, 7])
        #expect(Self.values([exports, world, .any(2), .not]) == [1])
        #expect(Self.values([.isAny(heading: "partner", texts: ["Ghana", "India"])]) == [4, 6, 1])
    }

    @Test("texts that no row has are told, with those that rows have")
    func unmet() {
        let text = "partner,n\nWorld,10\nGhana,4\n"
        let table = TableTests.table(text) {
            $0.condition.steps = [.isAny(heading: "partner", texts: ["Wrold", "Ghana"]), .not]
        }
        #expect(table?.numbers[0].values == [10])
        #expect(table?.unmet.map(\.text) == ["Wrold"])
        #expect(table?.unmet.map(\.others) == [["World", "Ghana"]])
    }

    @Test("rows without a figure count where a missing figure amounts to something")
    func filled() {
        let text = "t,partner,n\n2020,Ghana,4\n2021,Ghana,\n2020,India,..\nSource: office,,\n"
        let table = TableTests.table(text) {
            $0.time = "t"
            $0.labels = ["partner"]
            $0.fills = [0]
        }
        #expect(table?.periods.map(\.text) == ["2020", "2021"])
        #expect(table?.labelTexts[0].map(\.text) == ["Ghana", "India"])
        #expect(table?.lines == [2, 3, 4])
    }
}
