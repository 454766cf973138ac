import Foundation
import ReuseModel
import Testing

@testable import ReuseEngine

/// Distributions by mean and deviation or by their range, against the table of `Tests/ReuseKernelsTests/quantiles.py`.
@Suite struct DistributionTests {
    private struct File: Decodable {
        struct Row: Decodable {
            var distribution: String
            var parameters: [Double]
            var p: [Double]
            var x: [Double]
        }
        var rows: [Row]
    }

    private static let operations: [String: Distribution] = [
        "normal_moments": .normalMoments, "normal_range": .normalRange, "lognormal_moments": .lognormalMoments,
        "lognormal_range": .lognormalRange, "logit_range": .logitRange, "uniform": .uniform,
        "triangular": .triangular, "pert": .pert, "beta": .beta, "weibull": .weibull,
    ]

    @Test("quantiles are those of 50-digit arithmetic")
    func quantiles() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("ReuseKernelsTests/quantiles.json")
        var seen: Set<String> = []
        for row in try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).rows {
            guard let operation = Self.operations[row.distribution] else { continue }
            seen.insert(row.distribution)
            let third = row.parameters.count > 2 ? row.parameters[2] : 0
            for (p, expected) in zip(row.p, row.x) {
                let result = try operation.quantile(p, row.parameters[0], row.parameters[1], third).get()
                // Near 0 in the middle of a normal distribution the error is that of its parameters.
                let scale = max(expected.magnitude, row.distribution == "normal_range" ? row.parameters[1] / 100 : 0)
                #expect(
                    abs(result - expected) <= max(1e-12 * scale, 1e-323),
                    "\(row.distribution)\(row.parameters) at \(p) is \(result), not \(expected)")
            }
        }
        #expect(seen.count == Self.operations.count)
    }

    @Test("a gamma distribution by mean and deviation is that by shape and scale")
    func gamma() throws {
        for p in [1e-10, 0.2, 0.5, 0.99] {
            let byShape = try Distribution.gammaShape.quantile(p, 6.25, 0.48, 0).get()
            let byMoments = try Distribution.gammaMoments.quantile(p, 3, 1.2, 0).get()
            #expect(abs(byShape / byMoments - 1) < 1e-13)
            #expect(try Distribution.gammaMoments.quantile(p, 3, 0, 0).get() == 3)
            #expect(try Distribution.gammaMoments.quantile(p, 3, 1e-200, 0).get() == 3)
            #expect(try Distribution.gammaMoments.quantile(p, 1e-200, 1e200, 0).get() == 0)
        }
    }

    @Test("a draw from a list is the first value whose weights reach the share")
    func lists() {
        let weighted = ListQuantile.weighted([7, 3, 5, 9], sums: [0.25, 0.25, 0.75, 1])
        #expect(weighted.value(at: 0.25) == 7)
        #expect(weighted.value(at: 0.250001) == 5)
        #expect(weighted.value(at: 0.75) == 5)
        #expect(weighted.value(at: 1 - 0x1p-53) == 9)
        let alike = ListQuantile.equallyLikely([7, 3])
        #expect(alike.value(at: 0x1p-53) == 7)
        #expect(alike.value(at: 0.5) == 7)
        #expect(alike.value(at: 0.51) == 3)
        #expect(alike.value(at: 1 - 0x1p-53) == 3)
        let sample = ListQuantile.sample(sorted: [3, 7, 9])
        #expect(sample.value(at: 0.25) == 5)
        #expect(sample.value(at: 1 - 0x1p-53) <= 9)
        #expect(ListQuantile.sample(sorted: [3]).value(at: 0.9) == 3)
    }
}
