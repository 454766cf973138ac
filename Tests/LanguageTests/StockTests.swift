import Foundation
import Reuse
import Testing

@testable import ReuseEngine

/// Stocks against flodym and against plain loops written apart: `Tests/Stocks/answers.json`, made by `flodym-answers.py`.
@Suite struct StockTests {
    @Test("what is left of a stock in a sample goes with no other sample of its block", arguments: 1...20)
    func alone(_ seed: UInt64) throws {
        let text = """
            horizon 2000..2040
            unit phone
            assume u = uniform(0, 1)
            let life = if u < 0.99 then 1 yr else 30 yr
            stock s { initial: 100 phone, inflow: 0 phone/yr, lifetime: weibull_life(shape: 1, scale: life) }
            let left = s[2040]
            """
        let one = try Samples(text, ["left"], .random, count: 1, seed: seed)["left"]
        let many = try Samples(text, ["left"], .random, count: 256, seed: seed)["left"]
        // Fewer samples are computed with fewer beside them, of which fewer live long.
        #expect(one.count == 1 && many.count == 256 && one[0] > 0)
        #expect(one[0].bitPattern == many[0].bitPattern)
    }

    struct File: Decodable {
        struct Moments: Decodable {
            var mean: Double
            var sd: Double
            var shape: Double
        }

        var cases: [Case]
        var weibull_by_moments: [Moments]
    }

    struct Case: Decodable {
        var id: String
        var mode: String
        var lifetime: Lifetime
        var arrives: String
        var step: Double
        var steps: Int
        var inflow: [Double]?
        var level: [Double]?
        var initial: Double?
        var initial_age: [[Double]]?
        var outflow: [Double]?
        var aged: [Aged]?
        var answers: Answers
    }

    struct Lifetime: Decodable {
        var kind: String
        var shape: Parameter?
        var scale: Parameter?
        var mean: Parameter?
        var sd: Parameter?
        var life: Parameter?
        var points: [[Double]]?
    }

    /// One number, or one for each step of entry.
    struct Parameter: Decodable {
        var values: [Double]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            values = try (try? [container.decode(Double.self)]) ?? container.decode([Double].self)
        }
    }

    struct Aged: Decodable {
        var age: Double
        var inflow: [Double]
    }

    struct Answers: Decodable {
        var stock: [Double]
        var inflow: [Double]
        var retired: [Double]
        var mean_age: [Double?]
    }

    private static let file: File? = {
        guard let bytes = try? Project.bytes("Tests/Stocks/answers.json") else { return nil }
        return try? JSONDecoder().decode(File.self, from: Data(bytes))
    }()
    private static var cases: [Case] { file?.cases ?? [] }

    @Test("the shape of a Weibull lifetime follows from its mean and standard deviation, as 40 digits say")
    func moments() throws {
        let answers = try #require(Self.file).weibull_by_moments
        #expect(answers.count >= 6)
        for answer in answers {
            let shape = SurvivalForm.weibullShape(ratio: answer.sd / answer.mean)
            #expect(abs(shape / answer.shape - 1) < 1e-11, "\(answer)")
        }
        // From lives that hardly differ to those that few reach.
        for shape in [0.06, 0.1, 0.5, 1, 3.6, 20, 200, 900] {
            let mean = tgamma(1 + 1 / shape)
            let square = lgamma(1 + 2 / shape) - 2 * lgamma(1 + 1 / shape)
            guard mean.isFinite else { continue }
            #expect(abs(SurvivalForm.weibullShape(ratio: sqrt(expm1(square))) / shape - 1) < 1e-6, "\(shape)")
        }
    }

    @Test("ages of what there is at the start are set from outside, as one age or as shares")
    func settings() {
        let script = """
            horizon 2024..2026
            unit phone
            stock s { initial: 50 phone, inflow: 10 phone/yr, initial_age: [1 yr: 60%, 2 yr: 40%], lifetime: fixed_life(9 yr) }
            """
        func problems(_ setting: String?, mean: Double) -> [String] {
            var options = Options()
            if let setting { options.settings = [("s.initial_age", setting)] }
            let text = script + "\nassert s.mean_age[2024] == \(mean) yr within 1e-12"
            return Session(options: options).run(Array(text.utf8), name: "-").diagnostics.map { $0.kind.code }
        }
        // 50 goods a year older than at the start, and 10 of half a year.
        #expect(problems(nil, mean: (50 * 2.4 + 10 * 0.5) / 60).isEmpty)
        #expect(problems("[1 yr: 60%, 2 yr: 40%]", mean: (50 * 2.4 + 10 * 0.5) / 60).isEmpty)
        #expect(problems("1 yr", mean: (50 * 2 + 10 * 0.5) / 60).isEmpty)
        #expect(problems("[3 yr: 100%]", mean: (50 * 4 + 10 * 0.5) / 60).isEmpty)
        #expect(problems("[1 yr: 10%]", mean: 1) == ["R0513"])
    }

    /// A case as a script that asserts its answers. What is uncertain has a spread of nothing, so that it runs in lanes.
    private static func script(_ example: Case, uncertain: Uncertain) -> String {
        let isYears = example.step == 1
        func key(_ step: Int) -> String { isYears ? "\(2001 + step)" : "\(2001 + step / 4)Q\(step % 4 + 1)" }
        func series(_ values: [Double]) -> String {
            "[" + values.enumerated().map { "\(key($0.offset)): \($0.element)" }.joined(separator: ", ") + "]"
        }
        let none = uncertain == .lifetime ? " * (1 + 0 * noise)" : ""
        func parameter(_ parameter: Parameter?, _ unit: String) -> String {
            let values = parameter?.values ?? []
            let text = values.count == 1 ? "\(values[0])" : series(values)
            return text + unit + none
        }
        let lifetime = example.lifetime
        let life =
            switch lifetime.kind {
            case "weibull":
                "weibull_life(shape: \(parameter(lifetime.shape, "")), scale: \(parameter(lifetime.scale, " yr")))"
            case "lognormal", "normal":
                "\(lifetime.kind)_life(mean: \(parameter(lifetime.mean, " yr")), sd: \(parameter(lifetime.sd, " yr")))"
            case "fixed": "fixed_life(\(parameter(lifetime.life, " yr")))"
            default:
                "survival(["
                    + (lifetime.points ?? []).map { "\($0[0]) yr: \($0[1])" + (($0[1] == 0 || $0[1] == 1) ? "" : none) }
                    .joined(separator: ", ") + "])"
            }
        let spread = uncertain == .inflow ? " * (1 + 0 * noise)" : ""
        var fields = ["lifetime: \(life)", "arrives: \(example.arrives)"]
        if let inflow = example.inflow {
            let aged = (example.aged ?? []).map { " + (\(series($0.inflow)) piece/yr\(spread) aged \($0.age) yr)" }
            fields.append("inflow: \(series(inflow)) piece/yr\(spread)" + aged.joined())
        }
        if let level = example.level { fields.append("level: \(series(level)) piece\(spread)") }
        if let initial = example.initial { fields.append("initial: \(initial) piece") }
        if let outflow = example.outflow { fields.append("outflow: \(series(outflow)) piece/yr\(spread)") }
        if let ages = example.initial_age {
            let text =
                ages.count == 1
                ? "\(ages[0][0]) yr" : "[" + ages.map { "\($0[0]) yr: \($0[1])" }.joined(separator: ", ") + "]"
            fields.append("initial_age: \(text)")
        }
        let scale = 1e-9 * (example.answers.stock.max() ?? 1)
        let last = key(example.steps - 1).prefix(4)
        var lines = [
            "horizon 2001..\(last)" + (isYears ? "" : " by quarter"), "unit piece",
            "assume noise = normal(mean: 0, sd: 1)", "stock s { \(fields.joined(separator: ", ")) }",
            "assert s == \(series(example.answers.stock)) piece within \(scale) piece",
            "assert s.retired == \(series(example.answers.retired)) piece/yr within \(scale / example.step) piece/yr",
        ]
        // The answers' inflow leaves out what enters aged.
        if example.aged == nil {
            lines.append(
                "assert s.inflow == \(series(example.answers.inflow)) piece/yr within \(scale / example.step) piece/yr")
        }
        let ages = example.answers.mean_age.map { $0 ?? 0 }
        lines.append("assert s.mean_age == \(series(ages)) yr within 1e-8 yr")
        if uncertain != .lifetime { lines.append("assert sum(s.by_age) == s within \(scale) piece") }
        if uncertain == .nothing { lines.append("assert noise == noise") }
        return lines.joined(separator: "\n")
    }

    enum Uncertain: CaseIterable { case nothing, inflow, lifetime }

    @Test("every lifetime, timing and mode gives what flodym and plain loops give", arguments: Uncertain.allCases)
    func answers(uncertain: Uncertain) {
        #expect(Self.cases.count >= 160)
        var options = Options()
        options.samples = 2
        let session = Session(options: options)
        // Lanes take their time in a build that is not optimised: there every seventh case will do.
        for (number, example) in Self.cases.enumerated() where uncertain == .nothing || number % 7 == 3 {
            let text = Self.script(example, uncertain: uncertain)
            let result = session.run(Array(text.utf8), name: "-")
            let problems = result.diagnostics.filter { $0.severity == .error }.map { $0.message }
            #expect(problems.isEmpty, "\(example.id): \(problems.prefix(3))")
        }
    }
}
