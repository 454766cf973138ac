import ReuseReport
import Testing

@testable import Reuse

/// A conversation keeps what it has worked out; what it says is to be what its script says, whatever was entered before.
@Suite struct ConversationConsistencyTests {
    /// Statements, each with others that can take its place.
    private static let statements = [
        ["horizon 2024..2027", "horizon 2024..2026", "horizon 2025..2027"],
        ["unit phone"],
        ["unit EUR = 1.1 USD", "unit EUR = 1.2 USD"],
        ["index grade = good, fair", "index grade = fair, good"],
        ["assume price = 100 to 150 USD/phone", "assume price = 90 to 150 USD/phone", "assume price = 120 EUR/phone"],
        ["assume growth = 2% to 5%/yr", "assume growth = 3%/yr", "assume growth = 1% to 5%/yr"],
        ["assume share = 20% to 40%", "assume share = 30%"],
        ["assume wish = [good: 3, fair: 2] phone/yr", "assume wish = [good: 4, fair: 2] phone/yr"],
        ["fn taxed(x) = x * 1.2", "fn taxed(x) = x * 1.1"],
        ["let sold = 5 phone/yr growing growth from 2025", "let sold = 6 phone/yr growing growth from 2025"],
        [
            "let revenue = taxed(price) * sold", "let revenue = price * sold",
            "let revenue = price * sold * (1 - share)",
        ],
        ["let wished = sum(wish)", "let wished = sum(wish) * 2"],
        [
            "market A { demand: 50 phone/yr growing growth from 2025 at price, elasticity: -1 }",
            "market A { demand: 60 phone/yr at price, elasticity: -1.1, vat: share }",
        ],
        [
            "supply own in A { volume: 40 phone/yr at price, elasticity: 1 }",
            "supply own in A { volume: 40 phone/yr at price, elasticity: 0.7, cost: 3 USD/phone }",
        ],
        [
            "stock in_use { initial: 20 phone, inflow: sold, lifetime: fixed_life(3 yr) }",
            "stock in_use { initial: 30 phone, inflow: sold, lifetime: fixed_life(2 yr) }",
        ],
        ["policy tax { price += 10 USD/phone }", "policy tax from 2026 { price += 20 USD/phone }"],
        ["policy help { own.subsidy += 5 USD/phone }", "policy help { own.subsidy += share * 10 USD/phone }"],
        ["scenario both = tax + help"],
        ["correlate price, growth at 0.5", "correlate price, growth at -0.5"],
    ]

    private static let questions = [
        "revenue", "A.price", "A.consumption", "in_use", "wished", "mean(sold over time)", "price as EUR/phone",
        "own.revenue",
        "revenue under baseline", "median(price)", "growth", "share * wish",
    ]

    /// Numbers that are the same in every run.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
    }

    @Test("what is answered is what the script as a whole says", arguments: 1...6)
    func answers(_ seed: Int) {
        var options = Options()
        options.samples = 64
        var model = Conversation(session: Session(options: options))
        var dice = Dice(state: UInt64(seed))
        _ = model.enter(Self.statements.map { $0[0] }.joined(separator: "\n"))
        #expect(!model.isEmpty)
        var answered = 0
        for _ in 0..<120 {
            switch dice.roll(12) {
            case 0: _ = model.undo()
            case 1: _ = model.switch(["tax", "help"][dice.roll(2)], on: dice.roll(2) == 0)
            case 2: _ = model.choose(scenario: ["baseline", "all", "tax", "both"][dice.roll(4)])
            case 3: model.session.options.seed = UInt64(1 + dice.roll(2))
            case 4: _ = model.enter("let new_\(dice.roll(3)) = revenue * \(1 + dice.roll(4))")
            default:
                let others = Self.statements[dice.roll(Self.statements.count)]
                _ = model.enter(others[dice.roll(others.count)])
            }
            let question = Self.questions[dice.roll(Self.questions.count)]
            let reply = model.enter(question)
            var session = model.session
            session.options.scenario = model.scenarioSession.options.scenario
            let hidden = model.hiddenScenarios(model.state).map { $0 + "\n" }.joined()
            let whole = session.run(model.script().text + Array("\n\(hidden)\(question)\n".utf8), name: "-")
            let told = TextRenderer().render(whole.outputs)
            #expect(
                TextRenderer().render(reply.outputs) == told,
                "\(question)\n\(String(decoding: model.script().text, as: UTF8.self))")
            // So does the script that is saved, where it can say which policies are on.
            let saved = model.script()
            if saved.note == nil {
                session.options.scenario = nil
                let alone = session.run(saved.text + Array("\n\(question)\n".utf8), name: "-")
                #expect(TextRenderer().render(alone.outputs) == told, "\(question)")
            }
            if !told.isEmpty { answered += 1 }
        }
        #expect(answered > 100)
    }
}
