import Foundation
import Testing

@testable import ReuseEngine

/// Estimators and designs against closed forms, and against SALib, scipy and numpy: `independent.json`, written by
/// `independent.py`.
@Suite struct EstimateTests {
    struct File: Decodable {
        struct Sobol: Decodable {
            var points: Int
            var values: [Double]
            var S1: [Double]
            var ST: [Double]
            var S1_conf: [Double]
            var ST_conf: [Double]
        }
        struct Morris: Decodable {
            var mu_star: [Double]
            var mu: [Double]
            var sigma: [Double]
        }
        struct Shapley: Decodable {
            var beta: [Double]
            var correlation: [Double]
            var variance: Double
            var shares: [Double]
        }
        struct Rank: Decodable {
            var x: [[Double]]
            var y: [Double]
            var spearman: [Double]
            var coefficients: [Double]
            var explained: Double
        }
        var sobol: Sobol
        var ishigami_morris: Morris
        var g_morris: Morris
        var shapley: [Shapley]
        var rank: Rank
    }

    private let file: File

    init() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("independent.json")
        file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    }

    // MARK: Functions with known answers

    private static func ishigami(_ u: [Double]) -> Double {
        let x = u.map { -Double.pi + 2 * Double.pi * $0 }
        return sin(x[0]) + 7 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0])
    }

    private static let weights: [Double] = [0, 1, 4.5, 9, 99, 99, 99, 99]
    private static func g(_ u: [Double]) -> Double {
        zip(u, weights).reduce(1) { $0 * (abs(4 * $1.0 - 2) + $1.1) / (1 + $1.1) }
    }

    private func columns(_ count: Int) -> DrawColumns {
        DrawColumns(variables: (0..<count).map { UInt64($0) }, groups: Array(0..<count), groupCount: count)
    }

    private func run<Design: SensitivityDesign>(_ design: Design, _ function: ([Double]) -> Double) -> [Double] {
        (0..<design.rows).map { row in
            function(design.columns.groups.indices.map { design.uniform(column: $0, row: row) })
        }
    }

    private func expect(_ a: [Double], _ b: [Double], within tolerance: Double, _ what: String) {
        #expect(a.count == b.count)
        for (own, other) in zip(a, b) { #expect(abs(own - other) <= tolerance, "\(what): \(a), not \(b)") }
    }

    // MARK: Sobol's indices

    @Test("Ishigami's function: indices within 0.01 of Sobol's own, from seeds of any kind", arguments: [1, 2, 99])
    func ishigami(seed: UInt64) {
        let design = SaltelliDesign(columns: columns(3), points: 16384, seed: seed)
        let found = SobolIndices(run(design, Self.ishigami), of: design, seed: seed)
        expect(found.first, [0.31390519114781146, 0.4424111447900409, 0], within: 0.01, "first order")
        expect(found.total, [0.5575888552099592, 0.4424111447900409, 0.2436836640621477], within: 0.01, "total order")
        #expect(abs(found.variance - 13.844587940719254) < 0.05)
        #expect(abs(found.mean - 3.5) < 0.01)
        // Those that SALib prints for as many points, from random resamples.
        expect(found.firstHalfWidths, [0.0139, 0.0148, 0.0141], within: 0.004, "half-widths")
        expect(found.totalHalfWidths, [0.0203, 0.0102, 0.0071], within: 0.004, "half-widths")
    }

    @Test("Sobol's G function: closed form of both orders")
    func gFunction() {
        let design = SaltelliDesign(columns: columns(8), points: 8192, seed: 1)
        let found = SobolIndices(run(design, Self.g), of: design, seed: 1)
        let own = Self.weights.map { 1 / (3 * (1 + $0) * (1 + $0)) }
        let variance = own.reduce(1) { $0 * (1 + $1) } - 1
        let total = own.indices.map { input in
            own[input] * own.indices.filter { $0 != input }.reduce(1) { $0 * (1 + own[$1]) } / variance
        }
        expect(found.first, own.map { $0 / variance }, within: 0.003, "first order")
        expect(found.total, total, within: 0.003, "total order")
        #expect(abs(found.variance / variance - 1) < 0.01)
    }

    @Test("from the same values SALib finds the same indices")
    func peer() {
        let design = SaltelliDesign(columns: columns(3), points: file.sobol.points, seed: 1)
        let found = SobolIndices(file.sobol.values, of: design, seed: 1)
        // It divides by the variance with n, this by that with n - 1: 1 in 128 here.
        let scale = Double(2 * file.sobol.points - 1) / Double(2 * file.sobol.points)
        // It takes values from the mean of all blocks, this from that of the two that are independent.
        expect(found.first, file.sobol.S1.map { $0 * scale }, within: 1e-3, "first order")
        expect(found.total, file.sobol.ST.map { $0 * scale }, within: 1e-9, "total order")
        for (own, other) in zip(found.firstHalfWidths + found.totalHalfWidths, file.sobol.S1_conf + file.sobol.ST_conf)
        {
            #expect(abs(own / other - 1) < 0.25)
        }
    }

    @Test("an input of several draws moves as a whole")
    func groups() {
        let groups = DrawColumns(variables: [1, 2, 3], groups: [0, 1, 0], groupCount: 2)
        let design = SaltelliDesign(columns: groups, points: 16384, seed: 1)
        let found = SobolIndices(run(design, Self.ishigami), of: design, seed: 1)
        // Of the first and third together: all but the second's.
        expect(found.first, [0.5575888552099592, 0.4424111447900409], within: 0.01, "first order")
        expect(found.total, [0.5575888552099592, 0.4424111447900409], within: 0.01, "total order")
    }

    @Test("what does not vary has indices of 0")
    func constant() {
        let design = SaltelliDesign(columns: columns(2), points: 64, seed: 1)
        let found = SobolIndices(Array(repeating: 5, count: design.rows), of: design, seed: 1)
        #expect(found.first == [0, 0] && found.total == [0, 0] && found.variance == 0)
        let orders = ShapleyDesign(columns: columns(2), orders: 64, seed: 1)
        #expect(ShapleyEffects(Array(repeating: 5, count: orders.rows), of: orders).shares == [0, 0])
        let ranks = RankRegression(Array(repeating: 5, count: 9), inputs: 1) { _ in [(0..<9).map { Double($0) }] }
        #expect(ranks.correlations == [0] && ranks.explained == 0)
    }

    // MARK: Morris's effects

    @Test("elementary effects are those of SALib, from its own trajectories")
    func morris() {
        let cases: [(([Double]) -> Double, File.Morris)] = [
            (Self.ishigami, file.ishigami_morris), (Self.g, file.g_morris),
        ]
        for (function, peer) in cases {
            let design = MorrisDesign(columns: columns(peer.mu.count), trajectories: 4000, seed: 1)
            let found = ElementaryEffects(run(design, function), of: design)
            for input in peer.mu.indices {
                // Its own error is a half of that, as it has more trajectories.
                let error = 1.5 * found.sizeHalfWidth[input] + 1e-9
                #expect(abs(found.size[input] - peer.mu_star[input]) <= error, "mu* of \(input)")
                #expect(abs(found.mean[input] - peer.mu[input]) <= 0.05 * peer.sigma[input], "mu of \(input)")
                #expect(abs(found.deviation[input] / peer.sigma[input] - 1) < 0.05, "sigma of \(input)")
            }
        }
    }

    @Test("a trajectory moves one input at a time, always inside 0 and 1")
    func trajectories() {
        let design = MorrisDesign(columns: columns(5), trajectories: 20, seed: 3)
        for trajectory in 0..<20 {
            var changed: Set<Int> = []
            for step in 0..<5 {
                let rows = (trajectory * 6 + step, trajectory * 6 + step + 1)
                let moved = (0..<5).filter {
                    design.uniform(column: $0, row: rows.0) != design.uniform(column: $0, row: rows.1)
                }
                #expect(moved.count == 1)
                changed.formUnion(moved)
                let jump = abs(
                    design.uniform(column: moved[0], row: rows.0) - design.uniform(column: moved[0], row: rows.1))
                #expect(abs(jump - 0.6) < 1e-12)
                #expect(design.uniform(column: moved[0], row: rows.1) > 0.04)
                #expect(design.uniform(column: moved[0], row: rows.1) < 0.96)
            }
            #expect(changed.count == 5)
        }
    }

    // MARK: Shapley's effects

    @Test("correlated inputs of a sum: the closed form, and shares that add up to 1")
    func shapley() {
        for (number, example) in file.shapley.enumerated() {
            let design = ShapleyDesign(
                columns: columns(example.beta.count), orders: 16384, correlation: example.correlation, seed: 1)
            let values = run(design) { u in
                zip(u, example.beta).reduce(0) { $0 + $1.1 * Self.normalQuantile($1.0) }
            }
            let found = ShapleyEffects(values, of: design)
            expect(found.shares, example.shares, within: 0.015, "case \(number)")
            for (share, width) in zip(found.shares, found.halfWidths) {
                #expect(width < 0.02 && share > -width)
            }
            #expect(abs(found.variance / example.variance - 1) < 0.03)
            #expect(abs(found.shares.reduce(0, +) - 1) < 1e-9)
        }
    }

    @Test("without correlation each has its own variance and its part in what they do together")
    func shapleyOfIshigami() {
        let design = ShapleyDesign(columns: columns(3), orders: 16384, seed: 1)
        let found = ShapleyEffects(run(design, Self.ishigami), of: design)
        // Half of the interaction of the first and the third belongs to each of them.
        let half = 0.2436836640621477 / 2
        expect(found.shares, [0.31390519114781146 + half, 0.4424111447900409, half], within: 0.01, "shares")
    }

    @Test("the error of a Shapley effect is that of the jackknife, which leaves out one order at a time")
    func errorsOfShapley() {
        let count = 1024
        let design = ShapleyDesign(columns: columns(3), orders: count, seed: 5)
        let values = run(design, Self.ishigami)
        let found = ShapleyEffects(values, of: design)
        // By definition, with the way there and the way back: what each input adds, and half the square of the whole way.
        var gains = Array(repeating: [0.0, 0, 0], count: count)
        var totals = Array(repeating: 0.0, count: count)
        for number in 0..<count {
            let path = Array(values[number * 4..<number * 4 + 4])
            for place in 0..<3 {
                let there = (path[place + 1] - path[0]) * (path[place + 1] - path[0])
                let before = (path[place] - path[0]) * (path[place] - path[0])
                let back = (path[place] - path[3]) * (path[place] - path[3])
                let after = (path[place + 1] - path[3]) * (path[place + 1] - path[3])
                gains[number][design.orders[number][place]] = (there - before + back - after) / 4
            }
            totals[number] = (path[3] - path[0]) * (path[3] - path[0]) / 2
        }
        let total = totals.reduce(0, +)
        for input in 0..<3 {
            let sum = gains.reduce(0) { $0 + $1[input] }
            let without = (0..<count).map { (sum - gains[$0][input]) / (total - totals[$0]) }
            let mean = without.reduce(0, +) / Double(count)
            let squares = without.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let error = (squares * Double(count - 1) / Double(count)).squareRoot()
            #expect(abs(found.shares[input] - sum / total) < 1e-12)
            #expect(abs(found.halfWidths[input] / 1.959963984540054 / error - 1) < 0.02, "input \(input)")
        }
    }

    @Test("with a correlation of zero the factor changes nothing but the estimator")
    func identity() {
        let unit = (0..<9).map { $0 % 4 == 0 ? 1.0 : 0.0 }
        let plain = ShapleyDesign(columns: columns(3), orders: 64, seed: 1)
        let factored = ShapleyDesign(columns: columns(3), orders: 64, correlation: unit, seed: 1)
        for row in 0..<plain.rows {
            for column in 0..<3 {
                let difference = plain.uniform(column: column, row: row) - factored.uniform(column: column, row: row)
                #expect(abs(difference) < 1e-12)
            }
        }
    }

    private static func normalQuantile(_ p: Double) -> Double {
        // By bisection on the C library's error function, which the engine does not use.
        var (low, high) = (-10.0, 10.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < p { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    // MARK: Ranks

    @Test("Spearman's correlations and the regression of ranks are those of scipy and numpy, ties and all")
    func ranks() {
        let found = RankRegression(file.rank.y, inputs: 3) { [file.rank.x[$0]] }
        expect(found.correlations, file.rank.spearman, within: 1e-12, "correlations")
        #expect(abs(found.explained - file.rank.explained) < 1e-12)
        let squares = file.rank.coefficients.map { $0 * $0 }
        let sum = squares.reduce(0, +)
        expect(found.shares, squares.map { $0 / sum * file.rank.explained }, within: 1e-12, "shares")
    }

    @Test("many draws that have nothing to do with a value do not explain it")
    func noise() {
        var random = Randomness(5, of: "test")
        let values = (0..<1000).map { _ in random.nextUniform() }
        let draws = (0..<300).map { _ in (0..<1000).map { _ in random.nextUniform() } }
        let found = RankRegression(values, inputs: 1) { _ in draws }
        #expect(found.explained < 0.05)
    }

    @Test("an input that another one gives already breaks nothing")
    func collinear() {
        let x = (0..<50).map { Double(($0 * 37) % 50) }
        let found = RankRegression(x, inputs: 2) { _ in [x] }
        #expect(found.explained == 1 && found.shares.reduce(0, +) == 1)
        #expect(found.correlations.allSatisfy { abs($0 - 1) < 1e-12 })
    }

    // MARK: One at a time

    @Test("a tornado has all at their median, and then each at its 5% and its 95%")
    func tornado() {
        let design = TornadoDesign(columns: DrawColumns(variables: [1, 2, 3], groups: [0, 0, 1], groupCount: 2))
        let rows = (0..<design.rows).map { row in (0..<3).map { design.uniform(column: $0, row: row) } }
        #expect(
            rows == [
                [0.5, 0.5, 0.5], [0.05, 0.05, 0.5], [0.95, 0.95, 0.5], [0.5, 0.5, 0.05], [0.5, 0.5, 0.95],
            ])
    }
}
