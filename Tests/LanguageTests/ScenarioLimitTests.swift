import Reuse
import Testing

/// Scenarios that name scenarios, and no end to it.
@Suite struct ScenarioLimitTests {
    private func chain(_ count: Int, backwards: Bool) -> [UInt8] {
        var lines = (0..<count).map { "scenario s\($0) = s\($0 + 1)" }
        lines.append("scenario s\(count) = p { x *= 2 }")
        if backwards { lines.reverse() }
        return Array(
            (["assume x = 1", "policy p { x += 1 }"] + lines + ["show x under s0"]).joined(separator: "\n").utf8)
    }

    @Test("a chain of some is what its last is, in either order", arguments: [false, true])
    func some(_ backwards: Bool) {
        let result = Session().run(chain(90, backwards: backwards), name: "-")
        #expect(!result.hasErrors)
        guard case .table(let table)? = result.outputs.first, case .number(let value)? = table.rows.first?.cells.first
        else {
            Issue.record("no table")
            return
        }
        #expect(value == 3)
    }

    @Test("a chain of very many is an error, and ends nothing", arguments: [101, 30_000], [false, true])
    func many(_ count: Int, _ backwards: Bool) {
        let result = Session().run(chain(count, backwards: backwards), name: "-")
        #expect(result.diagnostics.first?.kind == .limitReached)
    }

    @Test("many scenarios that each take in many are an error before they take all memory")
    func wide() {
        let parts = (0..<3_000).map { "scenario s\($0) = p { x *= 2 }" }
        let all = "scenario all_of_them = " + (0..<3_000).map { "s\($0)" }.joined(separator: " + ")
        let many = (0..<3_000).map { "scenario t\($0) = all_of_them" }
        let script = ["assume x = 1", "policy p { x += 1 }"] + parts + [all] + many + ["show x under t0"]
        let result = Session().run(Array(script.joined(separator: "\n").utf8), name: "-")
        #expect(result.diagnostics.first?.kind == .limitReached)
    }
}
