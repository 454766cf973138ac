import Foundation
import Reuse
import ReuseReport
import Testing

/// What must change no bit of a model with markets: the places and names of its declarations, scenarios against the same
/// patches written in by hand, and policies outside their windows.
@Suite struct InvarianceTests {
    private static let inputs = [
        "unit phone", "assume growth = 3% to 9%/yr", "assume answer = 0.8 to 1.6", "assume freight = 5 to 20 USD/phone",
    ]
    private static let declarations = [
        "market China { demand: 40.3M phone/yr at 121 USD/phone, elasticity: -1.1 }",
        "market Europe { demand: 30.7M phone/yr growing 4.1%/yr from 2024 at 205 USD/phone, elasticity: -answer, vat: 20% }",
        "market Africa { demand: 23.9M phone/yr at 143 USD/phone, elasticity: -answer, import_quota: 17.3M phone/yr }",
        "market Asia { demand: 19.1M phone/yr at 151 USD/phone, elasticity: -1.3, form: linear }",
        "supply trade_in in China { volume: 97M phone/yr growing growth from 2024 at 87 USD/phone, elasticity: 0.6, yield: 85%, cost: 15 USD/phone }",
        "supply own in Europe { volume: 11M phone/yr at 120 USD/phone, elasticity: 0.7, cost: 30 USD/phone }",
        "route China -> Europe { cost: freight + 43 USD/phone }",
        "route China -> Africa { cost: freight, tariff: 10%, capacity: 21M phone/yr }",
        "route China -> Asia { cost: freight, export_tax: 3%, loss: 2% }",
        "route Europe -> Africa { cost: 11 USD/phone }",
        "policy subsidy from 2025 until 2026 { trade_in.volume *= 113% }",
        "policy relief from 2026 { trade_in.volume *= 107% \n China -> any.cost *= 71% }",
    ]
    private static let commands = """
        show sum(routes.flow), sum(markets.consumption), sum(routes.value), mean(markets.price), welfare
        show China.price, Europe.price, Africa.quota_rent, China -> Asia.arrived, trade_in.producer_surplus
        show sum(routes.flow where routes.flow > 1 phone/yr over routes)
        compare baseline, all on sum(routes.flow) in 2026
        attribute sum(routes.flow) among subsidy, relief in 2026
        """

    private func answer(_ declarations: [String], _ commands: String = commands) -> String {
        var options = Options()
        options.samples = 300
        let script = (["horizon 2024..2027"] + declarations + [commands]).joined(separator: "\n")
        let result = Session(options: options).run(Array(script.utf8), name: "-")
        #expect(!result.hasErrors, "\(result.diagnostics.map(\.message))\n\(script)")
        return JSONRenderer().render(outputs: result.outputs, diagnostics: [], sources: [], file: "-")
    }

    @Test("moving declarations changes no bit")
    func moved() {
        let whole = Self.inputs + Self.declarations
        let expected = answer(whole)
        #expect(answer(whole.reversed()) == expected)
        var order = whole
        var state: UInt64 = 7
        for _ in 0..<4 {
            for index in stride(from: order.count - 1, to: 0, by: -1) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                order.swapAt(index, Int(state >> 33) % (index + 1))
            }
            #expect(answer(order) == expected)
        }
    }

    @Test("new names for markets, supplies and policies change no bit")
    func renamed() {
        func renamed(_ text: String) -> String {
            var text = text
            for (old, new) in [
                ("China", "Zambia"), ("Europe", "中国"), ("Africa", "B"), ("Asia", "Aaa"), ("trade_in", "zz"),
                ("own", "m"), ("subsidy", "zzz"), ("relief", "a"),
            ] { text = text.replacingOccurrences(of: old, with: new) }
            return text
        }
        let other = answer((Self.inputs + Self.declarations).map(renamed), renamed(Self.commands))
        #expect(other == renamed(answer(Self.inputs + Self.declarations)))
    }

    @Test("a scenario agrees bit for bit with the same model with its patches written in")
    func byHand() {
        let show = "show sum(routes.flow), China.price, Africa.price, welfare, trade_in.collected"
        let base = Self.inputs + Self.declarations.filter { !$0.hasPrefix("policy") }
        let patches = "{ Africa.import_quota = 29M phone/yr \n freight *= 2 \n China -> Africa.tariff = 0% }"
        let scenario = answer(base + ["scenario main = baseline " + patches], show)
        let byHand = (base).map { line in
            line.replacingOccurrences(of: "import_quota: 17.3M phone/yr", with: "import_quota: 29M phone/yr")
                .replacingOccurrences(of: "= 5 to 20 USD/phone", with: "= (5 to 20 USD/phone) * 2")
                .replacingOccurrences(of: "tariff: 10%", with: "tariff: 0%")
        }
        #expect(scenario == answer(byHand + ["scenario main = baseline"], show))
    }

    @Test("outside its window a policy changes no bit of any result")
    func outsideWindow() {
        for result in [
            "China.price", "sum(routes.flow)", "welfare", "trade_in.collected", "China -> Africa.rent", "Asia.imports",
        ] {
            let show = { (time: Int, scenario: String) in "show \(result) under \(scenario) in \(time)" }
            let whole = Self.inputs + Self.declarations
            for time in [2024, 2027] {
                let with = answer(whole, show(time, "subsidy"))
                let without = answer(whole, show(time, "baseline"))
                #expect(with.replacingOccurrences(of: "under subsidy", with: "under baseline") == without)
            }
            #expect(
                answer(whole, show(2025, "subsidy")).replacingOccurrences(of: "under subsidy", with: "under baseline")
                    != answer(whole, show(2025, "baseline")) || result.contains("rent"))
        }
    }
}
