import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// Samples whose markets cannot be cleared, and what a run does with them.
@Suite struct UnsolvedSampleTests {
    /// Demand is fixed, and above all that there is in about one sample in a hundred.
    private let plain = """
        unit phone
        assume wanted = normal(mean: 80 phone/yr, sd: 8.6 phone/yr)
        market A { demand: wanted }
        supply owners in A { volume: 60 phone/yr at 100 USD/phone, elasticity: 0.5, capacity: 100 phone/yr }
        show A.consumption, owners.collected
        show A.price
        """

    private func run(_ text: String, allowing share: Double, samples: Int = 4_000, threads: Int = 1) -> RunResult {
        var options = Options()
        options.samples = samples
        options.allowedUnsolved = share
        options.threads = threads
        return Session(options: options, files: .closed).run(Array(text.utf8), name: "test.reuse")
    }

    @Test("one sample that cannot be cleared names itself, its market and how many there are")
    func named() throws {
        let result = run(plain, allowing: 0)
        let error = try #require(result.diagnostics.first { $0.severity == .error })
        #expect(error.kind == .cannotClear)
        #expect(error.message.contains("`A`") && error.message.contains("the first of them sample"))
        let help = error.help.joined(separator: "\n")
        #expect(help.contains("of 4000 samples") && help.contains("--allow-unsolved"))
    }

    @Test("up to the share that is allowed they are left out of every result, and every output says so")
    func leftOut() throws {
        let result = run(plain, allowing: 0.05)
        #expect(!result.hasErrors)
        // P(wanted > 100) = 1 - Phi(20 / 8.6) = 1.0013%: 40 of 4000 in a Latin hypercube, but for one at the limit.
        #expect((39...41).contains(result.leftOut))
        let said = "\(result.leftOut) of 4000 samples"
        #expect(TextRenderer().render(result.outputs).contains(said))
        #expect(CSVRenderer().render(result.outputs).contains(said))
        let json = JSONRenderer().render(
            outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources)
        #expect(json.contains(said))
        guard case .table(let table) = result.outputs[1], case .uncertain(let summary) = table.rows[0].cells[0] else {
            Issue.record("no table of consumption")
            return
        }
        #expect(summary.samples == 4_000 - result.leftOut)
        // The mean of a normal cut off at 100: 80 - 8.6 phi(2.3256) / Phi(2.3256) = 79.7681.
        #expect((summary.mean - 79.7681).magnitude < 0.02)
    }

    @Test("above the share that is allowed they are an error")
    func tooMany() {
        let result = run(plain, allowing: 0.005)
        #expect(result.diagnostics.contains { $0.kind == .cannotClear && $0.severity == .error })
        #expect(result.leftOut == 0)
    }

    @Test("a statistic in the script is that of the samples that are left")
    func statistics() throws {
        let text = plain.replacing("show A.price", with: "show expected(A.consumption)")
        let result = run(text, allowing: 0.05)
        guard case .table(let first) = result.outputs[1], case .uncertain(let summary) = first.rows[0].cells[0],
            case .table(let second) = try #require(result.outputs.last),
            case .number(let mean) = second.rows[0].cells[0]
        else {
            Issue.record("no tables: \(result.diagnostics)")
            return
        }
        #expect((summary.mean - mean).magnitude < 1e-12 * mean)
    }

    @Test("threads and parts change nothing")
    func parts() throws {
        let whole = TextRenderer().render(run(plain, allowing: 0.05).outputs)
        #expect(TextRenderer().render(run(plain, allowing: 0.05, threads: 3).outputs) == whole)
        var options = Options()
        options.samples = 4_000
        let session = Session(options: options, files: .closed)
        let parts = (1...3).compactMap { number in
            Shard(number: number, of: 3).flatMap {
                session.run(Array(plain.utf8), name: "test.reuse", shard: $0).part
            }
        }
        options.allowedUnsolved = 0.05
        let merged = Session(options: options, files: .closed).merge(
            Array(plain.utf8), name: "test.reuse", parts: parts, names: ["a", "b", "c"])
        #expect(TextRenderer().render(merged.outputs) == whole)
    }
}
