import ReuseModel

/// How well a method would have foretold data that it had not seen.
struct Backtest: Sendable {
    /// The mean size of errors by what came; not a number where something that came was zero.
    var mape: Double
    /// The root of the mean square of errors.
    var rmse: Double
    var count: Int
}

extension ProjectionProblem {
    /// Fits all but the data of the last so many years, and foretells those. Nil where nothing is left to foretell, or to
    /// fit.
    func backtest(holdout years: Double) throws(FitProblem) -> Backtest? {
        guard let end = data.ends.last else { return nil }
        let count = data.ends.firstIndex { $0 > end - years + 1e-6 } ?? data.count
        guard count > 0, count < data.count else { return nil }
        return summary(try errors(after: count, count: data.count - count))
    }

    /// From a number of data on: fits those up to each, and foretells some of the next.
    func rollingBacktest(from first: Int, ahead: Int = 1) throws(FitProblem) -> Backtest? {
        guard first > 0, ahead > 0, first + ahead <= data.count else { return nil }
        var errors: [(error: Double, value: Double)] = []
        for count in first...data.count - ahead { errors += try self.errors(after: count, count: ahead) }
        return summary(errors)
    }

    /// The number of data from which a rolling backtest begins: half of them, and enough to have one to spare.
    var rollingStart: Int { max((data.count + 1) / 2, leastCount + (fitted.isEmpty ? 0 : 1)) }

    private func errors(after first: Int, count: Int) throws(FitProblem) -> [(error: Double, value: Double)] {
        var part = self
        part.data = data.prefix(first)
        var path = ProjectionPath(central: try part.fit())
        return (first..<first + count).map { index in
            let value = path.value(from: data.starts[index], to: data.ends[index]) { _ in 0.5 }
            return (value - data.values[index], data.values[index])
        }
    }

    private func summary(_ errors: [(error: Double, value: Double)]) -> Backtest {
        var relative = 0.0
        var squares = 0.0
        for (error, value) in errors {
            relative += value == 0 ? .nan : (error / value).magnitude
            squares += error * error
        }
        let count = Double(errors.count)
        return Backtest(mape: relative / count, rmse: (squares / count).squareRoot(), count: errors.count)
    }
}
