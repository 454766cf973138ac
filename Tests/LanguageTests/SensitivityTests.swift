import Foundation
import Reuse
import ReuseReport
import Testing

/// `sensitivity` as a script sees it. Its designs and estimators have tests of their own.
@Suite struct SensitivityTests {
    private func table(_ text: String, samples: Int = 1000, seed: UInt64 = 1) throws -> Table {
        var options = Options()
        options.samples = samples
        options.seed = seed
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        try #require(!result.hasErrors, "\(LanguageProgram.text(of: result))")
        guard case .table(let table)? = result.outputs.last else {
            Issue.record("no table")
            return Table(axes: [], rows: [], columns: [])
        }
        return table
    }

    /// The numbers of a column, by the last label of their rows.
    private func numbers(_ table: Table, _ column: String) throws -> [String: Double] {
        let place = try #require(table.columns.firstIndex { $0.name == column }, "\(table.columns.map(\.name))")
        var result: [String: Double] = [:]
        for row in table.rows {
            guard case .number(let value) = row.cells[place] else { continue }
            result[row.labels.last ?? ""] = value
        }
        return result
    }

    private func names(_ table: Table) -> [String] { table.rows.map { $0.labels.last ?? "" } }

    @Test("Ishigami's function, written in the language: its indices within 0.01")
    func ishigami() throws {
        let table = try table(try Project.text("Tests/Language/published/P20-ishigami.reuse"), samples: 41_000)
        let (first, total) = (try numbers(table, "first order"), try numbers(table, "total order"))
        for (name, own, whole) in [
            ("x", 31.390519114781146, 55.75888552099592), ("y", 44.24111447900409, 44.24111447900409),
            ("z", 0, 24.36836640621477),
        ] {
            #expect(abs(try #require(first[name]) - own) < 1)
            #expect(abs(try #require(total[name]) - whole) < 1)
        }
        #expect(names(table) == ["x", "y", "z"])
    }

    @Test("a tornado in exact numbers")
    func tornado() throws {
        let table = try table(
            """
            unit phone
            assume units        = normal(p5: 280M phone, p95: 330M phone)
            assume displacement = normal(p5: 30%, p95: 90%)
            assume delta        = normal(p5: 40 kgCO2e/phone, p95: 70 kgCO2e/phone)
            let avoided = units * displacement * delta as ktCO2e
            sensitivity avoided by tornado
            """)
        let (low, high) = (try numbers(table, "at its 5%"), try numbers(table, "at its 95%"))
        for (name, ends) in [
            ("units", (9240.0, 10890.0)), ("displacement", (5032.5, 15097.5)), ("delta", (7320, 12810)),
        ] {
            #expect(abs(try #require(low[name]) - ends.0) < 1e-6)
            #expect(abs(try #require(high[name]) - ends.1) < 1e-6)
        }
        #expect(names(table) == ["displacement", "delta", "units"])
    }

    @Test("a tornado of a formula that is not linear, against numpy and scipy")
    func tornadoOfFormula() throws {
        struct File: Decodable {
            struct Tornado: Decodable {
                var middle: Double
                var ends: [String: [Double]]
            }
            var tornado: Tornado
        }
        let data = Data(try Project.text("Tests/SensitivityTests/independent.json").utf8)
        let peer = try JSONDecoder().decode(File.self, from: data).tornado
        let table = try table(
            """
            assume a = 2 to 5
            assume b = 1 to 3
            assume c = uniform(0, 4)
            sensitivity a * b ^ 2 / (1 + c) by tornado
            """)
        let (low, high) = (try numbers(table, "at its 5%"), try numbers(table, "at its 95%"))
        for (name, ends) in peer.ends {
            #expect(abs(try #require(low[name]) / ends[0] - 1) < 1e-12)
            #expect(abs(try #require(high[name]) / ends[1] - 1) < 1e-12)
        }
        #expect(try #require(table.title).contains("3.16"))
    }

    @Test("a sum of inputs with variances 9, 4 and 1: each method says so", arguments: ["rank", "sobol", "shapley"])
    func sum(method: String) throws {
        let table = try table(
            """
            assume a = normal(mean: 10, sd: 3)
            assume b = normal(mean: 10, sd: 2)
            assume c = normal(mean: 10, sd: 1)
            assume idle = 1 to 2
            let sum = a - b + c + 0 * idle
            sensitivity sum by \(method)
            """, samples: 20_000)
        let shares = try numbers(table, method == "sobol" ? "total order" : "share of variance")
        // Of ranks somewhat less is explained, and the large are larger.
        let tolerance = method == "rank" ? 3.0 : 1.5
        for (name, share) in [("a", 900.0 / 14), ("b", 400.0 / 14), ("c", 100.0 / 14), ("idle", 0)] {
            #expect(abs(try #require(shares[name]) - share) < tolerance, "\(name)")
        }
        #expect(names(table) == ["a", "b", "c", "idle"])
        if method == "rank" {
            let correlations = try numbers(table, "rank correlation")
            #expect(try #require(correlations["a"]) > 0.7)
            #expect(try #require(correlations["b"]) < -0.4)
        }
    }

    @Test("the same text and seed give the same bits, and moving declarations changes none")
    func bits() throws {
        let lines = [
            "assume price = 100 to 140 USD", "assume share = 30% to 60%",
            "assume extra = normal(mean: 0 USD, sd: 5 USD)",
            "let value = price * share + extra",
        ]
        for method in ["rank", "tornado", "sobol", "morris", "shapley"] {
            func answer(_ lines: [String], seed: UInt64 = 1) throws -> String {
                let text = (lines + ["sensitivity value by \(method)"]).joined(separator: "\n")
                return JSONRenderer().render(.table(try table(text, samples: 300, seed: seed)))
            }
            let expected = try answer(lines)
            #expect(try answer(lines) == expected)
            #expect(try answer(lines.reversed()) == expected)
            #expect((try answer(lines, seed: 2) == expected) == (method == "tornado"))
        }
    }

    @Test("other commands see none of the designs' draws")
    func others() throws {
        let text = "assume price = 100 to 140 USD\nlet double = 2 * price\n"
        let plain = try table(text + "show double")
        let after = try table(text + "sensitivity double by sobol\nsensitivity double\nshow double")
        #expect(JSONRenderer().render(.table(after)) == JSONRenderer().render(.table(plain)))
    }

    @Test("what is computed sample by sample sees the design as blocks do")
    func drivers() throws {
        let text = "assume a = 1 to 2\nassume b = 2 to 3\n"
        let blocks = try table(text + "sensitivity a * b by sobol")
        let lists = try table(text + "let factors = [a, b]\nsensitivity fold(factors, 1, fn(x, y) = x * y) by sobol")
        for column in ["first order", "total order"] {
            let (own, other) = (try numbers(blocks, column), try numbers(lists, column))
            for name in ["a", "b"] { #expect(abs(try #require(own[name]) - (try #require(other[name]))) < 1e-9) }
        }
    }

    @Test("a draw for each step or member is one input")
    func groups() throws {
        let table = try table(
            """
            horizon 2024..2027
            index grade = A, B
            assume price per grade = 90 to 110
            assume shock per time = normal(mean: 0, sd: 1)
            sensitivity total(sum(price) / 1 yr + shock / 1 yr) by shapley
            """)
        #expect(Set(names(table)) == ["price", "shock"])
    }

    @Test("markets: what drives exports, by all methods alike")
    func markets() throws {
        let text = """
            unit phone
            assume freight = 20 to 60 USD/phone
            assume answer = 0.8 to 1.6
            market China { demand: 40M phone/yr at 120 USD/phone, elasticity: -answer }
            market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }
            supply trade_in in China { volume: 70M phone/yr at 87 USD/phone, elasticity: 0.6 to 0.7 }
            route China -> Europe { cost: freight }
            sensitivity China.exports by
            """
        for method in ["rank", "tornado", "sobol", "morris", "shapley"] {
            let found = names(try table(text + " " + method, samples: 500))
            #expect(found.first == "freight", "\(method)")
            #expect(Set(found) == ["freight", "answer", "trade_in.elasticity"])
        }
    }

    @Test("a run that would take more memory than it may ends with an error")
    func limits() {
        var options = Options()
        options.limits.memory = 1 << 16
        let text = "assume a = 1 to 2\nassume b = 1 to 2\nsensitivity a * b by sobol"
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        #expect(result.reachedLimit)
        options = Options()
        options.samples = .max
        options.limits.memory = 1 << 20
        #expect(Session(options: options).run(Array(text.utf8), name: "-").reachedLimit)
    }

    @Test("a host that stops the run gets no table")
    func cancelled() {
        var options = Options()
        options.isCancelled = { true }
        let text = "assume a = 1 to 2\nassume b = 1 to 2\nsensitivity a * b by sobol"
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        #expect(result.outputs.isEmpty && result.hasErrors)
    }

    @Test("one sample is too few for ranks, but no failure")
    func oneSample() throws {
        let table = try table("assume a = 1 to 2\nsensitivity a * 2", samples: 1)
        #expect(names(table) == ["a"])
    }
}
