import Reuse
import Testing

/// What enters a stock leaves it or is there, at every step, in every sample.
@Suite struct StockConservationTests {
    private struct Numbers {
        var state: UInt64
        mutating func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        mutating func pick(_ options: String...) -> String { options[next(options.count)] }
    }

    /// A script with a stock that has a field of every kind, some uncertain, some over an index, some patched.
    private static func script(_ seed: Int) -> String {
        var numbers = Numbers(state: UInt64(seed) &* 7919 &+ 17)
        let step = numbers.pick("", " by quarter", " by month")
        let years = step.isEmpty ? 12 : 3
        let shape = numbers.pick("2", "1.2 to 3", "0.8 + life_growth * (now - 2024)", "[A: 1.5, B: 3]")
        let scale = numbers.pick("4 yr", "3 yr to 5 yr", "[A: 2, B: 5] yr", "[..2025: 3 yr, 2026..: 5 yr]")
        let lifetime = [
            "weibull_life(shape: \(shape), scale: \(scale))", "weibull_life(mean: 3 yr, sd: 1 yr to 2 yr)",
            "lognormal_life(mean: \(scale), sd: 1.5 yr)", "normal_life(mean: \(scale), sd: 1 yr)",
            "fixed_life(\(scale))", "survival([0 yr: 100%, 1 yr: 95%, 4 yr: 40% to 60%, 9 yr: 0%])",
        ][numbers.next(6)]
        var fields = ["lifetime: \(lifetime)", "arrives: \(numbers.pick("start", "middle", "end", "spread"))"]
        let isDriven = numbers.next(3) == 0
        if isDriven {
            fields.append("level: \(numbers.pick("wanted", "wanted * (0.9 to 1.1)", "wanted * [A: 1, B: 2]"))")
        } else {
            fields.append(
                "inflow: sold"
                    + numbers.pick(
                        "", " + (imports aged 0.5 yr)", " + ((5 to 9 piece/yr) aged 1 yr) + (imports aged age)"))
        }
        if numbers.next(2) == 0 {
            fields.append("initial: \(numbers.pick("300 piece", "200 piece to 400 piece", "[A: 100, B: 300] piece"))")
            if numbers.next(2) == 0 {
                fields.append("initial_age: \(numbers.pick("0.5 yr", "[0.2 yr: 50%, 1 yr: 30%, 1.5 yr: 20%]"))")
            }
        }
        if numbers.next(2) == 0 { fields.append("outflow: \(numbers.pick("6%/yr * s", "(1% to 20%) / yr * s"))") }
        let target = isDriven ? "level" : "inflow"
        return """
            horizon 2024..\(2023 + years)\(step)
            unit piece
            index kind = A, B
            assume life_growth = 0.05 / 1 yr
            assume sold = 100 to 150 piece/yr
            let imports = [A: 10, B: 20] piece/yr
            let age = 0.3 yr + 0.1 * (now - 2024)
            let wanted = 300 piece + 40 piece * (if now.year == 2025 then -3 else 1)
            stock s { \(fields.joined(separator: ", ")) }
            policy p from 2025 until 2026 over 1 yr { s.\(target) *= 120% }
            let step = \(step.isEmpty ? "1 yr" : step == " by quarter" ? "0.25 yr" : "1 yr / 12")
            let out = \(fields.contains { $0.hasPrefix("outflow") } ? "s.outflow" : "0 piece/yr")
            let missing = s.opening + (s.inflow - out - s.retired) * step - s
            assert missing == 0 piece within 1e-9 piece
            assert (missing under baseline) == 0 piece within 1e-9 piece
            assert s >= 0 piece
            assert s.retired >= 0 piece/yr
            assert s.inflow >= 0 piece/yr
            assert sum(s.by_age) == s within 1e-9 piece
            assert life_growth + imports[A] / imports[A] / 1 yr > 0 / 1 yr
            assert age + wanted / sold > 0 yr
            """
    }

    @Test("what enters a stock leaves it or is there, whatever its fields are")
    func conservation() {
        var options = Options()
        options.samples = 5
        let session = Session(options: options)
        for seed in 0..<150 {
            let text = Self.script(seed)
            let result = session.run(Array(text.utf8), name: "-")
            let problems = result.diagnostics.filter { $0.severity == .error }.map { $0.message }
            #expect(problems.isEmpty, "\(seed): \(problems.prefix(2))\n\(text)")
        }
    }
}
