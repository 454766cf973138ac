import ReuseKernels
import Testing

@Suite("Latin hypercube draws")
struct LatinTests {
    /// The strata that the samples of a block fall into, in order.
    private func strata(_ seed: UInt64, _ variable: UInt64, block: UInt64) -> [Int] {
        var out = [Double](repeating: 0, count: 1024)
        reuse_latin_lanes(&out, seed, variable, block * 1024, 1024)
        return out.map { Int($0 * 1024) }
    }

    // From an independent Philox and permutation in Python's whole numbers.
    @Test("a draw is the stated function of seed, variable and sample")
    func layout() {
        #expect(reuse_latin(0, 0, 0) == 0x1.48d38b1acc4fdp-1)
        #expect(reuse_latin(0, 0, 1) == 0x1.4801b7b178af5p-1)
        #expect(reuse_latin(1, 2, 3) == 0x1.079679e688a83p-1)
        #expect(
            reuse_latin(0xdead_beef_cafe_f00d, 0x0123_4567_89ab_cdef, (1 << 40) + 12345) == 0x1.2b8e93d5a5fc9p-1)
        #expect(reuse_latin(.max, .max, .max) == 0x1.ea0a347b949d8p-4)
    }

    @Test("draws in lanes equal draws one at a time, wherever they start and end")
    func lanes() {
        for first in [0, 1, 767, 1000, 1023, (1 << 33) - 5, .max - 1100] as [UInt64] {
            for count in [0, 1, 2, 24, 25, 256, 1024, 1100] {
                var out = [Double](repeating: -1, count: count + 1)
                reuse_latin_lanes(&out, 42, 0xffff_ffff_0000_0001, first, count)
                for i in 0..<count {
                    #expect(out[i] == reuse_latin(42, 0xffff_ffff_0000_0001, first + UInt64(i)))
                }
                #expect(out[count] == -1)
            }
        }
    }

    @Test("a block visits each stratum once, and inside a stratum a draw keeps the lower bits of the plain one")
    func strata() {
        for variable in UInt64(0)..<200 {
            let block = variable % 5 + (variable % 3) << 40
            #expect(Set(strata(7, variable, block: block)).count == 1024)
            for row in UInt64(0)..<4 {
                let draw = reuse_latin(7, variable, block * 1024 + row)
                let plain = reuse_uniform(7, variable, block * 1024 + row)
                #expect(draw > 0 && draw < 1)
                #expect(
                    (draw * 1024).truncatingRemainder(dividingBy: 1)
                        == (plain * 1024).truncatingRemainder(dividingBy: 1))
            }
        }
    }

    /// What a permutation drawn at random has, within five standard errors of `keys` of them.
    @Test("the order of strata is as good as drawn at random, for one variable and between two")
    func permutations() {
        let keys = 3000
        let n = 1024.0
        let spread = n * (n * n - 1) / 12
        var ascents = (sum: 0.0, squares: 0.0)
        var fixed = 0.0
        var cycles = 0.0
        var between = [0.0, 0.0]
        let lags = [1, 2, 3, 16, 32, 256]
        var serial = [Double](repeating: 0, count: lags.count)
        var counts = [[Int]](repeating: Array(repeating: 0, count: 64), count: 5)
        for key in 0..<keys {
            let order = strata(5, UInt64(key), block: UInt64(key % 7))
            let other = strata(5, UInt64(key) + 1 << 32, block: UInt64(key % 7))
            var up = 0.0
            for row in 1..<1024 where order[row - 1] < order[row] { up += 1 }
            ascents.sum += up
            ascents.squares += (up - 511.5) * (up - 511.5)
            for row in 0..<1024 where order[row] == row { fixed += 1 }
            var seen = [Bool](repeating: false, count: 1024)
            for row in 0..<1024 where !seen[row] {
                cycles += 1
                var next = row
                while !seen[next] {
                    seen[next] = true
                    next = order[next]
                }
            }
            var products = 0.0
            var squares = 0.0
            for row in 0..<1024 {
                let (a, b) = (Double(order[row]) - 511.5, Double(other[row]) - 511.5)
                products += a * b
                squares += (a * a - (n * n - 1) / 12) * (b * b - (n * n - 1) / 12)
            }
            between[0] += products * products
            between[1] += squares * squares
            for (place, lag) in lags.enumerated() {
                var sum = 0.0
                for row in 0..<1024 {
                    sum += (Double(order[row]) - 511.5) * (Double(order[(row + lag) % 1024]) - 511.5)
                }
                serial[place] += (sum / spread + 1 / (n - 1)) * (sum / spread + 1 / (n - 1))
            }
            for (place, row) in [0, 1, 511, 512, 1023].enumerated() { counts[place][order[row] / 16] += 1 }
        }
        let runs = Double(keys)
        // Of a square of something close to normal, the standard error is sqrt(2 / runs) of its mean.
        let error = 5 * (2 / runs).squareRoot()
        #expect((ascents.sum / runs - 511.5).magnitude < 5 * ((n + 1) / 12 / runs).squareRoot())
        #expect((ascents.squares / runs / ((n + 1) / 12) - 1).magnitude < error)
        #expect((fixed / runs - 1).magnitude < 5 / runs.squareRoot())
        // Harmonic number of 1,024, and the variance of the number of cycles.
        #expect((cycles / runs - 7.5093).magnitude < 5 * (5.8654 / runs).squareRoot())
        #expect((between[0] / runs / (spread * spread) * (n - 1) - 1).magnitude < error)
        let fourth = (0..<1024).reduce(0.0) { sum, row in
            let a = Double(row) - 511.5
            let square = a * a - (n * n - 1) / 12
            return sum + square * square
        }
        #expect((between[1] / runs / (fourth * fourth) * (n - 1) - 1).magnitude < error)
        for value in serial { #expect((value / runs * n - 1).magnitude < error + 0.01) }
        for row in counts {
            let expected = runs / 64
            let chi = row.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
            // Chi squared of 63 degrees of freedom.
            #expect((chi - 63).magnitude < 5 * (2 * 63.0).squareRoot())
        }
    }
}
