import Foundation
import Reuse
import Testing

/// Interpolation against SciPy: `series.py` writes the answers.
@Suite struct SeriesTests {
    struct Answers: Decodable {
        struct Case: Decodable {
            var years: [Int]
            var values: [Double]
            var gaps: [Int]
            var linear, log_linear, monotone, spline: [Double]
        }

        var cases: [Case]
    }

    @Test("gaps are bridged as SciPy bridges them", arguments: ["linear", "log_linear", "monotone", "spline"])
    func interpolation(_ kind: String) throws {
        let data = try Data(contentsOf: Project.root.appendingPathComponent("Tests/LanguageTests/series.json"))
        let answers = try JSONDecoder().decode(Answers.self, from: data)
        #expect(answers.cases.count > 40)
        var text = ""
        for (number, one) in answers.cases.enumerated() {
            let points = zip(one.years, one.values).map { "\($0): \($1)" }.joined(separator: ", ")
            text += "let s\(number) = interpolate([\(points)], \(kind))\n"
            let wanted: [Double]
            switch kind {
            case "linear": wanted = one.linear
            case "log_linear": wanted = one.log_linear
            case "monotone": wanted = one.monotone
            default: wanted = one.spline
            }
            for (year, value) in zip(one.gaps, wanted) {
                text += "assert s\(number)[\(year)] == \(value) within 1e-9\n"
            }
        }
        // Read before the horizon, within it, and without one.
        for horizon in ["", "horizon 2010..2020\n"] {
            let result = Session().run(Array((horizon + text).utf8), name: "series.reuse")
            #expect(result.diagnostics.isEmpty, "\(LanguageProgram.text(of: result))")
        }
    }
}
