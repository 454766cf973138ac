import ReuseModel

/// How well a method would have foretold data that it had not seen.
struct Backtest: Sendable {
    /// The mean size of errors by what came; not a number where something that came was zero.
    var mape: Double
    /// The root of the mean square of errors.
    var rmse: Double
    var count: Int
    /// The number of the first datum of 0 among those foretold.
    var zero: Int?
}

extension ProjectionProblem {
    /// Fits all but the data of the last so many years, and foretells those. Nil where nothing is left to foretell, or to
    /// fit.
    func backtest(holdout years: Double, _ isCancelled: () -> Bool = { false }) throws(FitProblem) -> Backtest? {
        guard let end = data.ends.last else { return nil }
        let count = data.ends.firstIndex { $0 > end - years + 1e-6 } ?? data.count
        guard count > 0, count < data.count else { return nil }
        return summary(try errors(after: count, count: data.count - count, isCancelled))
    }

    /// From a number of data on: fits those up to each, and foretells some of the next.
    func rollingBacktest(
        from first: Int, ahead: Int = 1, _ isCancelled: () -> Bool = { false }
    ) throws(FitProblem) -> Backtest? {
        guard first > 0, ahead > 0, first + ahead <= data.count else { return nil }
        var errors: [ForecastError] = []
        for count in first...data.count - ahead {
            errors += try self.errors(after: count, count: ahead, isCancelled)
        }
        return summary(errors)
    }

    /// The number of data from which a rolling backtest begins: half of them, and enough to have one to spare.
    var rollingStart: Int { max((data.count + 1) / 2, leastCount + (fitted.isEmpty ? 0 : 1)) }

    private func errors(
        after first: Int, count: Int, _ isCancelled: () -> Bool
    ) throws(FitProblem) -> [ForecastError] {
        var part = self
        part.data = data.prefix(first)
        var path = ProjectionPath(central: try part.fit(isCancelled))
        return (first..<first + count).map { index in
            let value = path.value(from: data.starts[index], to: data.ends[index]) { _ in 0.5 }
            return ForecastError(datum: index, value: data.values[index], error: value - data.values[index])
        }
    }

    private func summary(_ errors: [ForecastError]) -> Backtest {
        var relative = 0.0
        var squares = 0.0
        for each in errors {
            relative += each.value == 0 ? .nan : (each.error / each.value).magnitude
            squares += each.error * each.error
        }
        let count = Double(errors.count)
        return Backtest(
            mape: relative / count, rmse: (squares / count).squareRoot(), count: errors.count,
            zero: errors.first { $0.value == 0 }?.datum)
    }
}

/// A datum that was foretold, and by how much too high.
private struct ForecastError {
    var datum: Int
    var value: Double
    var error: Double
}
