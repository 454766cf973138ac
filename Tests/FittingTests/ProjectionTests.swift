import Foundation
import ReuseKernels
import ReuseModel
import Testing

@testable import ReuseEngine

/// Projections against `fits.json`, which `fits.py` wrote with scipy and statsmodels, and against R.
@Suite struct ProjectionTests {
    struct File: Decodable {
        struct Curve: Decodable {
            var data: String
            var method: String
            var t: [Double]
            var y: [Double]
            var parameters: [Double]
            var standardErrors: [Double]
            var rss: Double
            var r2: Double
            var next: Double
        }
        struct Smoothing: Decodable {
            var data: String
            var method: String
            var y: [Double]
            var rss: Double
            var next: [Double]
        }
        struct Interval: Decodable {
            var y: [Double]
            var ahead: [Double]
            var mean: [Double]
            var low: [Double]
            var high: [Double]
            var r2: Double
            var sd: Double
            var standardErrors: [Double]
        }
        struct Test: Decodable {
            var y: [Double]
            var rolling: [Double]
            var ahead2: [Double]
            var holdout3: [Double]
        }
        struct Band: Decodable {
            var data: String
            var method: String
            var t: [Double]
            var y: [Double]
            var ahead: [Double]
            var mean: [Double]
            var low: [Double]
            var high: [Double]
        }
        var curves: [Curve]
        var bands: [Band]
        var smoothing: [Smoothing]
        var intervals: [Interval]
        var backtests: [Test]
    }

    let file: File

    init() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("fits.json")
        file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
    }

    /// Data of years after 2010, counted from 0.
    private func data(_ y: [Double], at t: [Double]? = nil) -> ProjectionData {
        let years = t ?? y.indices.map { Double($0) }
        return ProjectionData(starts: years.map { 2010 + $0 }, ends: years.map { 2011 + $0 }, values: y)
    }

    private func problem(_ name: String, _ data: ProjectionData, _ given: [Double?] = []) throws -> ProjectionProblem {
        let method = try #require(ProjectionMethod.allCases.first { $0.label == name })
        let all: [Double?] = method.parameters.map { _ in nil }
        return ProjectionProblem(method: method, data: data, given: given.isEmpty ? all : given)
    }

    private func close(_ a: Double, _ b: Double, _ share: Double) -> Bool { (a - b).magnitude <= share * b.magnitude }

    @Test("curves have the parameters, standard errors, goodness and continuation that scipy finds")
    func curves() throws {
        #expect(file.curves.count >= 15)
        for example in file.curves {
            let data = data(example.y, at: example.t)
            let fit = try problem(example.method, data).fit()
            let place = Comment(rawValue: "\(example.method) of \(example.data): \(fit.parameters)")
            for (index, value) in example.parameters.enumerated() {
                var found = fit.parameters[index]
                if ["logistic", "richards"].contains(example.method), index == 2 { found -= 2010.5 }
                #expect(close(found, value, 2e-7), place)
                #expect(close(fit.standardErrors[index], example.standardErrors[index], 1e-6), place)
            }
            #expect(close(fit.rss, example.rss, 1e-9), place)
            #expect((fit.r2 - example.r2).magnitude < 1e-9, place)
            var path = ProjectionPath(central: fit)
            let last = 2010 + (example.t.last ?? 0)
            #expect(close(path.value(from: last + 3, to: last + 4) { _ in 0.5 }, example.next, 1e-6), place)
        }
    }

    @Test("Bass on ten years of recorder sales: two optimisers of other hands agree to nine digits")
    func bass() throws {
        let sales = [840.0, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
        let fit = try problem("bass", data(sales)).fit()
        #expect(close(fit.parameters[0], 67660.0249664, 1e-8))
        #expect(close(fit.parameters[1], 0.00878896246998, 1e-7))
        #expect(close(fit.parameters[2], 0.642158903443, 1e-8))
        #expect(close(fit.rss, 3672146.26438, 1e-11))
    }

    @Test("Holt with given parameters is that of R 4.2's HoltWinters")
    func holtOfR() throws {
        let y = [3.0, 5, 9, 20, 12, 17, 22, 23, 51, 41, 56, 75, 60, 75, 88]
        let fit = try problem("holt", data(y), [0.4, 0.3, nil, nil]).fit()
        #expect(close(fit.rss, 1347.19677226, 1e-11))
        var path = ProjectionPath(central: fit)
        let next = path.value(from: 2025, to: 2026) { _ in 0.5 }
        let second = path.value(from: 2026, to: 2027) { _ in 0.5 }
        #expect(close(next, 84.5695261293 + 7.88061753053, 1e-11))
        #expect(close(second - next, 7.88061753053, 1e-10))
    }

    @Test("fitted smoothing has the least sum of squares that scipy finds within bounds, and its continuation")
    func smoothing() throws {
        for example in file.smoothing {
            let fit = try problem(example.method, data(example.y)).fit()
            let place = Comment(rawValue: "\(example.method) of \(example.data): \(fit.parameters), \(fit.rss)")
            #expect(fit.rss <= example.rss * (1 + 1e-8), place)
            guard close(fit.rss, example.rss, 1e-8) else { continue }
            var path = ProjectionPath(central: fit)
            for (step, value) in example.next.enumerated() {
                let start = 2010 + Double(example.y.count + step)
                #expect(close(path.value(from: start, to: start + 1) { _ in 0.5 }, value, 1e-4), place)
            }
        }
    }

    /// Values some years ahead in many draws, sorted; uniform numbers by draw.
    private func drawn(_ fit: ProjectionFit, from start: Double, count: Int) -> [Double] {
        let needed = ProjectionPath.uniformCount(fit)
        return (0..<count).map { sample in
            let uniforms = (0..<needed).map { reuse_latin(7, UInt64($0), UInt64(sample)) }
            var path = ProjectionPath(drawnFrom: fit, uniforms)
            return path.value(from: start, to: start + 1) { reuse_latin(7, 1000 + UInt64($0), UInt64(sample)) }
        }.sorted()
    }

    @Test("the band of a line is Student's t prediction interval")
    func lineBand() throws {
        for example in file.intervals {
            let fit = try problem("linear", data(example.y)).fit()
            #expect(close(fit.deviation, example.sd, 1e-9))
            #expect((fit.r2 - example.r2).magnitude < 1e-10)
            for (index, error) in example.standardErrors.enumerated() {
                #expect(close(fit.standardErrors[index], error, 1e-8))
            }
            let count = 1 << 16
            for (index, ahead) in example.ahead.enumerated() {
                let values = drawn(fit, from: 2010 + ahead, count: count)
                let half = (example.high[index] - example.low[index]) / 2
                // Five standard errors of a 5% quantile of t, whose density there is about 0.17 of the half-width's inverse.
                let tolerance = 5 * (0.05 * 0.95 / Double(count)).squareRoot() / 0.15 * half
                let place = Comment(
                    rawValue: "\(ahead): \(values[count / 20]) \(values[count / 2]), \(values[count * 19 / 20])")
                #expect((values[count / 20] - example.low[index]).magnitude < tolerance, place)
                #expect((values[count / 2] - example.mean[index]).magnitude < tolerance, place)
                #expect((values[count * 19 / 20] - example.high[index]).magnitude < tolerance, place)
            }
        }
    }

    @Test("the band of a curve is the delta method's prediction interval, but not below zero")
    func curveBand() throws {
        for example in file.bands {
            let fit = try problem(example.method, data(example.y, at: example.t)).fit()
            let count = 1 << 16
            for (index, ahead) in example.ahead.enumerated() {
                let values = drawn(fit, from: 2010 + ahead, count: count)
                let half = (example.high[index] - example.low[index]) / 2
                // As for a line.
                let tolerance = 5 * (0.05 * 0.95 / Double(count)).squareRoot() / 0.15 * half
                let quantiles = [values[count / 20], values[count / 2], values[count * 19 / 20]]
                for (value, wanted) in zip(quantiles, [example.low[index], example.mean[index], example.high[index]]) {
                    #expect(
                        (value - max(wanted, 0)).magnitude < tolerance,
                        "\(example.method) of \(example.data), \(ahead): \(quantiles)")
                }
            }
        }
    }

    @Test("the band of Holt widens as its innovations add up")
    func holtBand() throws {
        let y = [3.0, 5, 9, 20, 12, 17, 22, 23, 51, 41, 56, 75, 60, 75, 88]
        let fit = try problem("holt", data(y), [0.4, 0.3, nil, nil]).fit()
        // Variance of the h-th step by that of the first: 1 + sum of (a + a b j)^2 for j below h. Hyndman et al. (2008).
        func width(_ h: Int) -> Double {
            var variance = 1.0
            for j in 1..<h {
                let weight = 0.4 + 0.12 * Double(j)
                variance += weight * weight
            }
            return variance.squareRoot()
        }
        let count = 1 << 15
        let first = drawn(fit, from: 2025, count: count)
        let firstWidth = first[count * 19 / 20] - first[count / 20]
        // 90% of t with 13 degrees of freedom: 1.7709 each way.
        #expect(close(firstWidth, 2 * 1.7709 * (1347.19677226 / 13).squareRoot(), 0.02))
        for h in [3, 6] {
            let later = drawn(fit, from: 2024 + Double(h), count: count)
            #expect(close((later[count * 19 / 20] - later[count / 20]) / firstWidth, width(h), 0.03))
        }
    }

    @Test("backtests are those of lines fitted elsewhere")
    func backtests() throws {
        for example in file.backtests {
            let line = try problem("linear", data(example.y))
            let rolling = try #require(try line.rollingBacktest(from: line.rollingStart))
            #expect(close(rolling.mape, example.rolling[0], 1e-9) && close(rolling.rmse, example.rolling[1], 1e-9))
            #expect(Double(rolling.count) == example.rolling[2])
            let further = try #require(try line.rollingBacktest(from: line.rollingStart, ahead: 2))
            #expect(close(further.mape, example.ahead2[0], 1e-9) && close(further.rmse, example.ahead2[1], 1e-9))
            let held = try #require(try line.backtest(holdout: 3))
            #expect(close(held.mape, example.holdout3[0], 1e-9) && close(held.rmse, example.holdout3[1], 1e-9))
            #expect(try line.backtest(holdout: Double(example.y.count)) == nil)
        }
    }

    @Test("growth or slope given alone goes on from the last datum, and has no band")
    func continuing() throws {
        let two = data([282.6, 309.4])
        let fit = try problem("compound", two, [nil, 0.088]).fit()
        var path = ProjectionPath(central: fit)
        #expect(close(path.value(from: 2015, to: 2016) { _ in 0.9 }, 309.4 * pow(1.088, 4), 1e-13))
        #expect(!fit.hasBand)
        let line = try problem("linear", two, [nil, 10]).fit()
        var straight = ProjectionPath(central: line)
        #expect(close(straight.value(from: 2012, to: 2013) { _ in 0.9 }, 319.4, 1e-13))
    }

    @Test("what cannot be fitted says why")
    func problems() throws {
        func reason(_ name: String, _ data: ProjectionData, _ given: [Double?] = []) throws -> FitProblem? {
            let problem = try problem(name, data, given)
            do throws(FitProblem) { _ = try problem.fit() } catch { return error }
            return nil
        }
        #expect(try reason("logistic", data([1, 2])) == .tooFewPoints(needed: 3, present: 2))
        #expect(try reason("holt", data([1, 2, 3])) == .tooFewPoints(needed: 4, present: 3))
        #expect(try reason("gompertz", data([1, 2, -3, 4])) == .outsideDomain(2))
        #expect(try reason("holt", data([1, 2, 3, 4, 5], at: [0, 1, 2.4, 3, 4])) == .unequalSteps)
        #expect(try reason("logistic", data([1, 2, 3, 4]), [-5, nil, nil]) == .invalidParameter(.capacity))
        let growing = data((0..<8).map { 100 * exp(0.3 * Double($0)) })
        #expect(try reason("logistic", growing) == .notIdentified([.capacity, .midpoint]))
        #expect(try reason("gompertz", growing) == .notIdentified([.capacity, .delay]))
        #expect(try reason("bass", growing) == .notIdentified([.potential, .innovation]))
        #expect(try reason("compound", growing) == nil)
        let falling = data((0..<8).map { 100 * exp(-0.3 * Double($0)) })
        #expect(try reason("gompertz", falling) == .onlyRises)
        #expect(try reason("gompertz", falling, [nil, 2, nil]) == .onlyRises)
        #expect(try reason("compound", falling) == nil)
        #expect(try reason("logistic", data([5, 5, 5, 5, 5])) == .notIdentified([.rate, .midpoint]))
    }

    @Test("sales that only fall are those of buyers who do not imitate, and a line has no beta to tell")
    func bounds() throws {
        // Shares of exponential decay: 20% of the rest buy in a year.
        let sales = (0..<8).map { 1000 * (exp(-0.2 * Double($0)) - exp(-0.2 * Double($0 + 1))) }
        let fit = try problem("bass", data(sales)).fit()
        #expect(close(fit.parameters[0], 1000, 1e-6))
        #expect(close(fit.parameters[1], 0.2, 1e-6))
        #expect(fit.parameters[2] < 1e-6)
        let line = try problem("holt", data([3, 5, 7, 9, 11, 13])).fit()
        var path = ProjectionPath(central: line)
        #expect(close(path.value(from: 2017, to: 2018) { _ in 0.5 }, 17, 1e-12))
        #expect(line.standardErrors[1].isNaN)
    }

    @Test("a smoothing over missing years follows its trend through them")
    func gaps() throws {
        // On a line every year, or every other, leads to the same place.
        let all = try problem("holt", data([1, 2, 3, 4, 5, 6, 7, 8, 9]), [0.3, 0.2, nil, nil]).fit()
        let some = try problem("holt", data([1, 2, 3, 6, 9], at: [0, 1, 2, 5, 8]), [0.3, 0.2, nil, nil]).fit()
        var first = ProjectionPath(central: all)
        var second = ProjectionPath(central: some)
        let a = first.value(from: 2022, to: 2023) { _ in 0.5 }
        let b = second.value(from: 2022, to: 2023) { _ in 0.5 }
        #expect(close(a, 13, 1e-12) && close(b, 13, 1e-12))
    }

    @Test("smoothing begins with the line through the first two data; a gap has a band of one residual")
    func firstGap() throws {
        let early = data([10, 13.5, 17, 27, 28], at: [0, 2, 3, 6, 7])
        let fit = try problem("holt", early, [0.5, 0.5, nil, nil]).fit()
        var path = ProjectionPath(central: fit)
        #expect(close(path.value(from: 2011, to: 2012) { _ in 0.5 }, 11.75, 1e-12))
        // Level 13.5 and trend 1.75 lead to 15.25; the datum 17 raises the level to 16.125 and the trend to 2.1875.
        #expect(close(path.value(from: 2014, to: 2015) { _ in 0.5 }, 18.3125, 1e-12))
        #expect(close(path.value(from: 2015, to: 2016) { _ in 0.5 }, 20.5, 1e-12))
        let count = 1 << 14
        for start in [2011.0, 2014, 2015] {
            let values = drawn(fit, from: start, count: count)
            let center = path.value(from: start, to: start + 1) { _ in 0.5 }
            #expect((values[count / 2] - center).magnitude < 0.05 * fit.deviation)
            // 2.3534 is the 95% quantile of t with 3 degrees of freedom.
            #expect(fit.degrees == 3)
            let width = values[count * 19 / 20] - values[count / 20]
            #expect(close(width, 2 * 2.3534 * fit.deviation, 0.05), "\(start)")
        }
        // What a gap may have been moves nothing after the data.
        var low = ProjectionPath(drawnFrom: fit, [0.5])
        var high = ProjectionPath(drawnFrom: fit, [0.5])
        #expect(
            low.value(from: 2014, to: 2015) { _ in 0.1 } < high.value(from: 2014, to: 2015) { _ in 0.9 })
        #expect(
            low.value(from: 2018, to: 2019) { _ in 0.5 } == high.value(from: 2018, to: 2019) { _ in 0.5 })
    }

    @Test("fits and backtests end soon after they are told to")
    func cancelling() throws {
        let y = (0..<40).map { (year: Int) -> Double in
            let curve = 500 / (1 + exp(-0.2 * Double(year - 20)))
            return curve + (year % 2 == 0 ? 3 : -3)
        }
        for method in ["linear", "logistic", "gompertz", "bass", "damped"] {
            let problem = try problem(method, data(y))
            for limit in [0, 1, 5, 40] {
                var asked = 0
                let stop = { () -> Bool in
                    asked += 1
                    return asked > limit
                }
                #expect(throws: FitProblem.cancelled, "\(method) \(limit)") {
                    _ = try problem.rollingBacktest(from: problem.rollingStart, stop)
                }
                #expect(asked <= limit + 4)
            }
        }
    }
}
