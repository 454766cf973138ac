import Foundation
import ReuseEngine
import Testing

/// Statistics of samples against definitions and published answers.
@Suite struct StatisticsTests {
    private func numbers(_ count: Int, seed: UInt64 = 1, _ shape: (Double) -> Double) -> [Double] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return shape((Double(state >> 11) + 0.5) * 0x1p-53)
        }
    }

    @Test("quantiles without sorting are those of the sorted values, whatever the values are")
    func quantiles() {
        let shapes: [(Double) -> Double] = [
            { $0 }, { $0 - 0.5 }, { exp(60 * ($0 - 0.5)) }, { ($0 * 4).rounded() }, { _ in 7 }, { 1 / ($0 - 0.5) },
            { $0 < 0.5 ? -0.0 : 0.0 }, { $0 * .leastNormalMagnitude },
        ]
        let shares = [0, 0.001, 0.05, 0.25, 0.5, 0.5, 0.75, 0.95, 1]
        for (number, shape) in shapes.enumerated() {
            for count in [1, 2, 3, 47, 48, 49, 1_000, 70_001] {
                let values = numbers(count, seed: UInt64(number + count), shape)
                let sorted = values.sorted()
                let expected = shares.map { share -> Double in
                    let place = share * Double(count - 1)
                    let low = Int(place)
                    let high = min(low + 1, count - 1)
                    return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
                }
                #expect(values.withUnsafeBufferPointer { Statistics.quantiles($0, shares) } == expected)
            }
        }
    }

    @Test("skewness and covariance are those that spreadsheets and R give")
    func moments() {
        // scipy.stats.skew(x, bias=False) and numpy.cov, numpy 2.4, scipy 1.17.
        let x = [15.0, 20, 35, 40, 50, 7, 36, 41, 39, 42, 43]
        let y = [1.0, 4, 2, 8, 5, 7, 3, 9, 6, 11, 10]
        x.withUnsafeBufferPointer { x in
            #expect(abs(Statistics.skewness(x) - -1.029034996493461) < 1e-12)
            y.withUnsafeBufferPointer { #expect(abs(Statistics.covariance(x, $0) - 17.9) < 1e-12) }
        }
        let many = numbers(5_000) { -log($0) }
        // An exponential distribution has the skewness 2.
        many.withUnsafeBufferPointer { #expect(abs(Statistics.skewness($0) - 2) < 0.3) }
    }

    @Test("deviations divide by one less than there are values")
    func deviation() {
        // numpy.std(x, ddof=1); with ddof=0 it is 3.57.
        let x = [3, 1.5, 7, 11, 2.25]
        x.withUnsafeBufferPointer { #expect(abs(Statistics.deviation($0) - 3.993745109543172) < 1e-14) }
        // Over blocks of 256, too: 0 to 999, whose squares sum to n (n^2 - 1) / 12.
        let many = (0..<1000).map(Double.init)
        let exact = (1000.0 * (1e6 - 1) / 12 / 999).squareRoot()
        many.withUnsafeBufferPointer { #expect(abs(Statistics.deviation($0) - exact) < 1e-11) }
    }

    @Test("the interval of a share is Wilson's, and has ends where a share is 0 or 1")
    func interval() {
        // scipy.stats.binomtest(8, 10).proportion_ci(method="wilson")
        let found = Statistics.interval(ofShare: 0.8, samples: 10)
        #expect(abs(found.low - 0.4901624715366431) < 1e-9 && abs(found.high - 0.9433178485456247) < 1e-9)
        #expect(Statistics.interval(ofShare: 0, samples: 50).low == 0)
        #expect(Statistics.interval(ofShare: 0, samples: 50).high > 0.05)
        #expect(Statistics.interval(ofShare: 1, samples: 50).high == 1)
    }

    @Test("the error of a quantile of few samples is half of what lies between its neighbours")
    func errorsOfQuantiles() {
        // Of 1, 2, ..., 100 the median lies within 5% of the samples: between the quantiles 45% and 55%, 45.55 and 55.45.
        let found = (1...100).map(Double.init).withUnsafeBufferPointer { Statistics.errorsOfQuantiles($0, [0.5]) }
        #expect(found.count == 1 && abs((found.first ?? 0) - 4.95) < 1e-12)
    }

    @Test("a density reaches three widths of its kernel beyond the values, and the width is Silverman's")
    func widthOfKernel() {
        // numpy: 0.9 * std(x, ddof=1) * 100 ** -0.2 = 10.39471468564849; a quarter to three quarters is wider.
        let found = (1...100).map(Double.init).withUnsafeBufferPointer { Statistics.density($0, points: 50) }
        #expect(abs(found.low - -30.18414405694547) < 1e-9 && abs(found.high - 131.18414405694546) < 1e-9)
    }

    @Test("a density integrates to one and peaks where values are")
    func density() {
        let values = numbers(4_000) { log($0 / (1 - $0)) }
        let found = values.withUnsafeBufferPointer { Statistics.density($0, points: 200) }
        let width = (found.high - found.low) / 199
        #expect(abs(found.density.reduce(0, +) * width - 1) < 0.01)
        let peak = found.density.indices.max { found.density[$0] < found.density[$1] } ?? 0
        #expect(abs(found.low + Double(peak) * width) < 0.5)
        // A logistic distribution is 1/4 high in its middle.
        #expect(abs((found.density.max() ?? 0) - 0.25) < 0.03)
    }

    @Test("a histogram counts every value once")
    func histogram() {
        let values = numbers(1_000) { $0 }
        let found = values.withUnsafeBufferPointer { Statistics.histogram($0, bins: 8) }
        #expect(found.counts.reduce(0, +) == 1_000 && found.counts.allSatisfy { $0 > 80 })
        #expect([3.0, 3].withUnsafeBufferPointer { Statistics.histogram($0, bins: 4).counts } == [2, 0, 0, 0])
    }
}
