import Testing

@testable import ReuseEngine

@Suite struct SobolSequenceTests {
    @Test("the first points are those of scipy, in the order of van der Corput")
    func firstPoints() {
        // qmc.Sobol(128, scramble=False, bits=32) of scipy 1.17.1, whose points are in the order of Gray codes.
        let known: [(dimension: Int, sixteenths: [UInt32])] = [
            (0, [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15]),
            (1, [0, 8, 12, 4, 10, 2, 6, 14, 15, 7, 3, 11, 5, 13, 9, 1]),
            (5, [0, 8, 4, 12, 6, 14, 2, 10, 3, 11, 7, 15, 5, 13, 1, 9]),
            (63, [0, 8, 4, 12, 6, 14, 2, 10, 13, 5, 9, 1, 11, 3, 15, 7]),
            (127, [0, 8, 12, 4, 6, 14, 10, 2, 7, 15, 11, 3, 1, 9, 13, 5]),
        ]
        for (dimension, points) in known {
            #expect((0..<16).map { SobolSequence.bits(index: $0, column: dimension) >> 28 } == points)
        }
    }

    @Test("2^m points have one in each of 2^m strata, in every dimension and under every scramble")
    func strata() {
        for scramble in [UInt32(0), 1, 0xFFFF_FFFF] {
            for dimension in [0, 1, 2, 31, 63, 127, 128, 200, 1000] {
                var isHit = Array(repeating: false, count: 1024)
                for index in UInt32(0)..<1024 {
                    let value = SobolSequence.value(index: index, dimension: dimension, scramble: scramble)
                    #expect(value > 0 && value < 1)
                    isHit[Int(value * 1024)] = true
                }
                #expect(isHit.allSatisfy { $0 }, "dimension \(dimension), scramble \(scramble)")
            }
        }
    }

    @Test("scrambles differ, and so do dimensions")
    func difference() {
        let a = SobolSequence.value(index: 5, dimension: 3, scramble: 1)
        #expect(a != SobolSequence.value(index: 5, dimension: 3, scramble: 2))
        #expect(a != SobolSequence.value(index: 5, dimension: 131, scramble: 1))
        #expect(a == SobolSequence.value(index: 5, dimension: 3, scramble: 1))
    }

    @Test("dimensions are uncorrelated, those beyond the table with theirs included")
    func correlation() {
        for (a, b) in [(0, 1), (10, 40), (0, 128), (3, 131), (100, 127)] {
            var sum = 0.0
            for index in UInt32(0)..<4096 {
                let x = SobolSequence.value(index: index, dimension: a, scramble: 9) - 0.5
                let y = SobolSequence.value(index: index, dimension: b, scramble: 9) - 0.5
                sum += 12 * x * y
            }
            #expect(abs(sum / 4096) < 0.05, "\(a) and \(b)")
        }
    }

    @Test("integrals converge faster than by chance")
    func convergence() {
        // The product of 1 + (x - 1/2) over five dimensions is 1 on average, with a deviation of 0.7.
        var worst = 0.0
        for scramble in UInt32(0)..<20 {
            var sum = 0.0
            for index in UInt32(0)..<1024 {
                var product = 1.0
                for dimension in 0..<5 {
                    product *= 0.5 + SobolSequence.value(index: index, dimension: dimension, scramble: scramble)
                }
                sum += product
            }
            worst = max(worst, abs(sum / 1024 - 1))
        }
        // By chance the error would be 0.02.
        #expect(worst < 0.002)
    }
}
