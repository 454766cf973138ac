import Foundation
import Reuse
import ReuseEngine
import Testing

/// `correlate`: what it reaches, and what it leaves alone.
@Suite struct CorrelationTests {
    private static let inputs = """
        assume a = 10 to 20
        assume b = 30% to 60%
        assume c = uniform(0, 1)
        assume d = normal(mean: 0, sd: 1)
        assume e = triangular(0, 1, 5)

        """

    /// Spearman's rank correlation.
    private static func ranks(_ a: [Double], _ b: [Double]) -> Double {
        func places(_ values: [Double]) -> [Double] {
            var result = values
            for (place, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
                result[index] = Double(place)
            }
            return result
        }
        let (x, y) = (places(a), places(b))
        let middle = Double(a.count - 1) / 2
        var products = 0.0
        var squares = 0.0
        for (p, q) in zip(x, y) {
            products += (p - middle) * (q - middle)
            squares += (p - middle) * (p - middle)
        }
        return products / squares
    }

    /// Four standard errors by Bonett and Wright (2000), in Fisher's z.
    private static func isReached(_ got: Double, _ wanted: Double, count: Int) -> Bool {
        let error = ((1 + wanted * wanted / 2) / Double(count - 3)).squareRoot()
        return (atanh(got) - atanh(wanted)).magnitude < 4 * error
    }

    @Test(
        "two inputs of different distributions reach the rank correlation that is asked for",
        arguments: [-0.95, -0.6, -0.1, 0, 0.3, 0.6, 0.9], Sampling.allCases)
    func pair(rank: Double, sampling: Sampling) throws {
        let samples = try Samples(Self.inputs + "correlate a, b at \(rank)", ["a", "b"], sampling)
        let got = Self.ranks(samples["a"], samples["b"])
        #expect(Self.isReached(got, rank, count: 10_000), "\(got)")
    }

    @Test("a matrix of five inputs is reached in every pair, whether written whole or in pairs")
    func matrix() throws {
        let wanted = [
            [1, 0.6, 0.3, 0, -0.4], [0.6, 1, 0.5, 0.2, 0], [0.3, 0.5, 1, 0.7, 0.1], [0, 0.2, 0.7, 1, 0.3],
            [-0.4, 0, 0.1, 0.3, 1],
        ]
        let names = ["a", "b", "c", "d", "e"]
        let rows = wanted.map { "[" + $0.map { "\($0)" }.joined(separator: ", ") + "]" }
        let whole = try Samples(
            Self.inputs + "correlate a, b, c, d, e at [\(rows.joined(separator: ", "))]", names)
        for i in 0..<5 {
            for j in 0..<i {
                let got = Self.ranks(whole[names[i]], whole[names[j]])
                #expect(Self.isReached(got, wanted[i][j], count: 10_000), "\(names[i]), \(names[j]): \(got)")
            }
        }
        var pairs = ""
        for i in 0..<5 {
            for j in (i + 1)..<max(i + 1, 5) where wanted[i][j] != 0 || i == 0 {
                pairs += "correlate \(names[i]), \(names[j]) at \(wanted[i][j])\n"
            }
        }
        let inPairs = try Samples(Self.inputs + pairs, names)
        for name in names { #expect(inPairs[name] == whole[name]) }
        #expect(whole.program.correlations.count == 1)
        #expect(whole.program.correlations.first?.ranks == wanted)
        #expect(whole.program.correlations.first?.names == names.map { $0 + "#0" })
    }

    @Test("each input keeps its own distribution", arguments: Sampling.allCases)
    func marginals(_ sampling: Sampling) throws {
        let samples = try Samples(
            Self.inputs + "correlate a, b, c at 0.7\ncorrelate e, d at -0.8", ["a", "b", "c", "d", "e"], sampling)
        // Ninety per cent of a range lie between its ends; a share of 10,000 is known within 0.0109 in four errors.
        for (name, low, high) in [("a", 10.0, 20.0), ("b", 0.3, 0.6), ("c", 0.05, 0.95), ("d", -1.645, 1.645)] {
            let values = samples[name]
            #expect((Double(values.count { $0 < low }) / 10_000 - 0.05).magnitude < 0.0088, "\(name)")
            #expect((Double(values.count { $0 > high }) / 10_000 - 0.05).magnitude < 0.0088, "\(name)")
        }
        // Means of c and e, and their standard deviations over 100.
        let means = ["c", "e"].map { name in samples[name].reduce(0, +) / 10_000 }
        #expect((means[0] - 0.5).magnitude < 4 * 0.2887 / 100)
        #expect((means[1] - 2).magnitude < 4 * 1.0801 / 100)
    }

    @Test("the first keeps its draws, and so do those that are not named, to the bit", arguments: Sampling.allCases)
    func others(_ sampling: Sampling) throws {
        let names = ["a", "b", "c", "d", "e"]
        let alone = try Samples(Self.inputs, names, sampling, count: 2000)
        let joined = try Samples(Self.inputs + "correlate d, b at 0.6", names, sampling, count: 2000)
        for name in ["a", "c", "d", "e"] { #expect(alone[name] == joined[name]) }
        #expect(alone["b"] != joined["b"])
        let zero = try Samples(Self.inputs + "correlate d, b at 0\ncorrelate d, a at 0.5", names, sampling, count: 2000)
        #expect(zero["b"] == alone["b"])
        // To set one of them moves no other.
        let set = try Samples(
            Self.inputs + "correlate d, b at 0.6", names, sampling, count: 2000, settings: [("d", "3")])
        for name in ["a", "b", "c", "e"] { #expect(set[name] == joined[name]) }
        let range = try Samples(
            Self.inputs + "correlate d, b at 0.6", names, sampling, count: 2000, settings: [("d", "2 to 4")])
        #expect(range["b"] == joined["b"])
        #expect(Self.isReached(Self.ranks(range["d"], range["b"]), 0.6, count: 2000))
    }

    @Test("groups that share no input do not move each other")
    func groups() throws {
        let names = ["a", "b", "c", "d"]
        let one = try Samples(Self.inputs + "correlate a, b at 0.6", names, count: 500)
        let two = try Samples(
            Self.inputs + "correlate c, d at -0.3\ncorrelate a, b at 0.6", names, count: 500)
        #expect(one["a"] == two["a"])
        #expect(one["b"] == two["b"])
        #expect(two.program.correlations.map(\.names) == [["c#0", "d#0"], ["a#0", "b#0"]])
    }

    @Test("the variance of a sum of correlated normal inputs is that of theory")
    func variance() throws {
        let text = "assume x = normal(mean: 0, sd: 1)\nassume y = normal(mean: 0, sd: 1)\nlet z = x + y\n"
        // With sin(pi r / 6) of each.
        let cases = [(-0.7, -0.35836794954530027), (0.4, 0.20791169081775934), (0.8, 0.40673664307580021)]
        for (rank, sine) in cases {
            let values = try Samples(text + "correlate x, y at \(rank)", ["z"], .random)["z"]
            var squares = 0.0
            for value in values { squares += value * value }
            let variance = squares / 10_000
            let wanted = 2 + 4 * sine
            #expect((variance / wanted - 1).magnitude < 4 * (2.0 / 10_000).squareRoot())
        }
    }
}
