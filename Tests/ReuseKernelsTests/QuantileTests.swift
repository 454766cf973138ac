import Foundation
import ReuseKernels
import Testing

/// Quantiles against `quantiles.json`, which `quantiles.py` writes.
@Suite("Quantiles of distributions")
struct QuantileTests {
    struct File: Decodable {
        struct Row: Decodable {
            var distribution: String
            var parameters: [Double]
            var p: [Double]
            var x: [Double]
        }
        var rows: [Row]
    }

    static func rows() throws -> [File.Row] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("quantiles.json")
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).rows
    }

    private func quantile(_ name: String, _ p: Double, _ q: [Double]) -> Double? {
        switch name {
        case "gamma": reuse_gamma_quantile(p, q[0])
        case "beta": reuse_beta_quantile(p, q[0], q[1])
        case "pert": reuse_pert_quantile(p, q[0], q[1], q[2])
        case "uniform": reuse_uniform_quantile(p, q[0], q[1])
        case "triangular": reuse_triangular_quantile(p, q[0], q[1], q[2])
        default: nil
        }
    }

    @Test("quantiles are those of 50-digit arithmetic, from 2^-53 to 1 - 2^-53")
    func quantiles() throws {
        var count = 0
        for row in try Self.rows() {
            for (p, expected) in zip(row.p, row.x) {
                guard let result = quantile(row.distribution, p, row.parameters) else { continue }
                count += 1
                // The least numbers have fewer digits.
                let tolerance = max(1e-12 * expected.magnitude, 2 * .leastNonzeroMagnitude)
                #expect(
                    abs(result - expected) <= tolerance,
                    "\(row.distribution)\(row.parameters) at \(p) is \(result), not \(expected)")
            }
        }
        #expect(count > 1000)
    }

    @Test("lanes give the bits of single quantiles")
    func lanes() {
        let shares = (0..<256).map { (Double($0) + 0.5) / 256 } + [0x1p-53, 1 - 0x1p-53, 0, 1]
        var lanes = shares
        for a in [0.05, 0.8, 3, 24, 26, 500] {
            reuse_lanes_gamma_quantile(&lanes, shares, a, shares.count)
            #expect(lanes == shares.map { reuse_gamma_quantile($0, a) })
            for b in [0.1, 2, 30, 9000] {
                reuse_lanes_beta_quantile(&lanes, shares, a, b, shares.count)
                #expect(lanes == shares.map { reuse_beta_quantile($0, a, b) })
            }
            reuse_lanes_pert_quantile(&lanes, shares, -1, a, 600, shares.count)
            #expect(lanes == shares.map { reuse_pert_quantile($0, -1, a, 600) })
        }
    }

    @Test(
        "with a great second parameter beta is gamma, scaled", arguments: [0.003, 0.05, 0.7, 1, 2.5, 11, 25, 40, 5000])
    func limit(_ a: Double) {
        for b in [1e14, 1e17, 1e20, 1e40, 1e150, 1e300] {
            for p in [0x1p-53, 1e-10, 0.01, 0.5, 0.9, 0.999, 1 - 1e-10, 1 - 0x1p-53] {
                let gamma = reuse_gamma_quantile(p, a)
                let beta = reuse_beta_quantile(p, a, b) * b
                guard gamma / b > 1e-300 else { continue }
                #expect(abs(beta / gamma - 1) < 1e-13 * (1 + 1 / a) + 1e4 / b * a, "beta(\(a), \(b)) at \(p)")
            }
        }
    }

    @Test("at the ends, and for parameters beyond all measure, quantiles are numbers that rise with the share")
    func extremes() {
        #expect(reuse_gamma_quantile(0, 2) == 0 && reuse_gamma_quantile(1, 2) == .infinity)
        #expect(reuse_beta_quantile(0, 2, 3) == 0 && reuse_beta_quantile(1, 2, 3) == 1)
        #expect(reuse_pert_quantile(0, 1, 2, 4) == 1 && reuse_pert_quantile(1, 1, 2, 4) == 4)
        let parameters = [
            .leastNonzeroMagnitude, 1e-300, 1e-30, 1e-9, 0.01, 1, 24, 26, 1e5, 1e9, 1e20, 1e40, 1e200, 1e308,
        ]
        let shares = [.leastNonzeroMagnitude, 1e-300, 0x1p-53, 1e-10, 0.1, 0.5, 0.9, 1 - 1e-10, 1 - 0x1p-53]
        for a in parameters {
            var last = 0.0
            for p in shares {
                let x = reuse_gamma_quantile(p, a)
                #expect(x >= last * (1 - 1e-15) && x < .infinity, "gamma(\(a)) at \(p) is \(x)")
                last = x
            }
            for b in parameters {
                var last = 0.0
                for p in shares {
                    let x = reuse_beta_quantile(p, a, b)
                    #expect(x >= last * (1 - 1e-15) && x <= 1, "beta(\(a), \(b)) at \(p) is \(x)")
                    last = x
                }
            }
        }
    }
}
