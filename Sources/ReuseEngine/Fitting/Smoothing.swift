import ReuseModel

/// Holt's level and trend, with a trend that is damped where `phi` is below 1. Holt (1957); Gardner and McKenzie (1985).
///
/// As in R's HoltWinters the level begins at the second datum and the trend at the difference of the first two; errors
/// count from the third. A step without a datum moves the level along its trend.
struct Smoothing: Sendable {
    var alpha: Double
    var beta: Double
    var phi: Double
    var level: Double
    /// For a step of the data.
    var trend: Double

    /// What the next step is expected to be.
    var forecast: Double { level + phi * trend }

    /// Goes one step on, to a datum or without one.
    mutating func advance(to value: Double?) {
        let expected = forecast
        let before = level
        level = value.map { alpha * $0 + (1 - alpha) * expected } ?? expected
        trend = value == nil ? phi * trend : beta * (level - before) + (1 - beta) * phi * trend
    }

    /// Before the third datum.
    init(_ p: [Double], isDamped: Bool) {
        alpha = p[0]
        beta = p[1]
        phi = isDamped ? p[2] : 1
        level = p[isDamped ? 3 : 2]
        trend = p[isDamped ? 4 : 3]
    }

    /// Goes over data with their steps from one to the next, from the third on; gives each error.
    mutating func run(over data: ProjectionData, step: Double, _ error: (_ datum: Int, _ error: Double) -> Void) {
        guard data.count > 2 else { return }
        for index in 2..<data.count {
            var gap = ((data.middle(index) - data.middle(index - 1)) / step).rounded()
            // A datum after a long gap is where the trend has led; no gap takes longer than its steps.
            while gap > 1.5 {
                advance(to: nil)
                gap -= 1
            }
            error(index, data.values[index] - forecast)
            advance(to: data.values[index])
        }
    }
}
