import Foundation
import Reuse
import Testing

/// Stocks against flodym and against plain loops written apart: `Tests/Stocks/answers.json`, made by `flodym-answers.py`.
@Suite struct StockTests {
    struct File: Decodable {
        var cases: [Case]
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

    private static let cases: [Case] = {
        guard let bytes = try? Project.bytes("Tests/Stocks/answers.json"),
            let file = try? JSONDecoder().decode(File.self, from: Data(bytes))
        else { return [] }
        return file.cases
    }()

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
