import Foundation
import Testing

@testable import ReuseEngine

/// Least squares against what the National Institute of Standards and Technology has certified.
@Suite struct CertifiedTests {
    static let lower = ["Misra1a", "Misra1b", "Chwirut2", "DanWood", "Lanczos3", "Gauss1"]
    static let average = [
        "Misra1c", "Misra1d", "MGH17", "Kirby2", "Hahn1", "Lanczos1", "Lanczos2", "ENSO", "Gauss3", "Roszman1",
        "Nelson",
    ]
    static let higher = ["MGH09", "MGH10", "Thurber", "BoxBOD", "Rat42", "Rat43", "Eckerle4", "Bennett5"]

    private func set(_ name: String) throws -> StatisticalReference {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("nist")
        let text = try String(contentsOf: folder.appendingPathComponent(name + ".dat"), encoding: .utf8)
        return StatisticalReference(name: name, text: text)
    }

    @Test(
        "parameters and standard deviations have seven certified digits from both starts",
        arguments: lower + average + higher)
    func digits(name: String) throws {
        let set = try set(name)
        #expect(set.parameters.count >= 2)
        #expect(set.y.count > set.parameters.count)
        for start in set.starts {
            var search = LeastSquares(parameterCount: start.count)
            search.maximumSteps = 2000
            let solution = search.minimise(from: start, residualCount: set.y.count) { b, residuals in
                for i in set.y.indices { residuals[i] = set.residual(b, i) }
            }
            #expect(solution.isConverged)
            let variance = solution.rss / Double(set.y.count - start.count)
            for place in start.indices {
                let error = (solution.parameters[place] / set.parameters[place] - 1).magnitude
                #expect(error < 1e-7, "parameter \(place + 1) of \(name): \(solution.parameters[place])")
                // The residuals of Lanczos1 are the last digits of its data: 1e-25 of sum of squares.
                if name == "Lanczos1" { continue }
                let own = (variance * solution.unscaledCovariance[place * start.count + place]).squareRoot()
                let deviation = (own / set.deviations[place] - 1).magnitude
                #expect(deviation < 1e-7, "standard deviation \(place + 1) of \(name): \(own)")
            }
            if name != "Lanczos1" { #expect((solution.rss / set.rss - 1).magnitude < 1e-9) }
        }
    }

    @Test("a bound that the least lies beyond holds, and the others do the best they can")
    func bounds() {
        // Least of (x - 3)^2 + (y - x)^2 with x at most 1: x = y = 1.
        var search = LeastSquares(parameterCount: 2)
        search.upper[0] = 1
        let solution = search.minimise(from: [-5, 7], residualCount: 2) { p, r in
            r[0] = p[0] - 3
            r[1] = p[1] - p[0]
        }
        #expect(solution.isConverged)
        #expect(solution.parameters[0] == 1)
        #expect((solution.parameters[1] - 1).magnitude < 1e-9)
        #expect(solution.isBound == [true, false])
    }

    @Test("parameters of which only the sum matters are named")
    func notIdentified() {
        let search = LeastSquares(parameterCount: 3)
        let solution = search.minimise(from: [1, 1, 1], residualCount: 4) { p, r in
            for i in 0..<4 { r[i] = p[0] + p[2] + p[1] * Double(i) - Double(i * i) }
        }
        guard case .notIdentified(let places) = solution.outcome else {
            Issue.record("was \(solution.outcome)")
            return
        }
        #expect(places == [0, 2])
    }
}
