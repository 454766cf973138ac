import Reuse
import Testing

/// What `reuse sources` lists.
@Suite struct RegisterTests {
    @Test("a range in a patch is an input of the policy or scenario that it is written in, and has no source")
    func patches() {
        let text = """
            horizon 2024..2026
            unit phone
            source office { title: "A table" }
            assume price = 100 USD/phone source office
            assume fee = 1 to 2 USD/phone source office
            market M { demand: 10 phone/yr at 100 USD/phone, elasticity: -1 }
            policy tax from 2025 { price += 5 to 10 USD/phone }
            policy certain after tax { price *= 90% }
            policy named after certain { price += fee }
            policy scaled after named { price = price * triangular(1, 2, 3) }
            scenario dear = tax { price = (80 to 90) * 1 USD/phone + uniform(uniform(0, 1), 2) * 1 USD/phone }
            scenario dearer = dear
            show price
            """
        let (register, result) = Session().register(Array(text.utf8), name: "-")
        #expect(!result.hasErrors)
        let listed = register.entries.filter { $0.name.contains(":") }
        #expect(listed.map(\.name) == ["tax: price +=", "scaled: price =", "dear: price ="])
        #expect(listed.map(\.distribution) == ["lognormal", "triangular", "uniform"])
        #expect(listed.map(\.unit) == ["USD/phone", "", "USD/phone"])
        #expect(listed.allSatisfy { $0.source == nil && $0.usedBy == ["price"] })
        #expect(listed.map(\.place) == ["-:7", "-:10", "-:11"])
        guard case .uncertain(let summary) = listed[0].value else {
            Issue.record("the range is no range")
            return
        }
        #expect((summary.p5 - 5).magnitude < 0.05 && (summary.p95 - 10).magnitude < 0.1)
    }
}
