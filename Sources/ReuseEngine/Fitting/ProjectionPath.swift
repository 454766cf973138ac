import ReuseKernels
import ReuseModel

/// A curve in one period: its value at the estimates, and how that changes with each fitted parameter, as that is searched.
struct ProjectionSlopes: Sendable {
    var value: Double
    var slopes: [Double]

    init(_ fit: ProjectionFit, from start: Double, to end: Double) {
        let curve = ProjectionCurve(fit.method, fit.data)
        value = curve.value(fit.parameters, from: start, to: end)
        let count = fit.fitted.count
        slopes = fit.fitted.enumerated().map { place, parameter in
            // A thousandth of its standard error: little enough, and well above what is lost to rounding.
            var square = 0.0
            for other in 0...place { square += fit.root[place * count + other] * fit.root[place * count + other] }
            let change = min(square.squareRoot() * fit.deviation, 1e3) * 1e-3
            guard change > 0 else { return 0 }
            let scale = fit.scales[place]
            let estimate = scale.working(fit.parameters[parameter])
            var p = fit.parameters
            p[parameter] = scale.natural(estimate + change)
            let above = curve.value(p, from: start, to: end)
            p[parameter] = scale.natural(estimate - change)
            return (above - curve.value(p, from: start, to: end)) / (2 * change)
        }
    }
}

/// What a fit says of periods: at its estimates, or in one draw of what is uncertain.
///
/// Parameters and residuals are drawn with one variance of residuals, itself drawn from what the degrees of freedom leave
/// open; a curve follows its parameters along its slopes at the estimates. The band is then that of Student's t: for a line
/// exactly, for other curves by the delta method (Seber & Wild, Nonlinear Regression, 1989, section 5.1), which does not
/// depend on how parameters are searched.
struct ProjectionPath: Sendable {
    private let fit: ProjectionFit
    private let curve: ProjectionCurve
    /// How far each fitted parameter lies from its estimate in this draw, as it is searched.
    private let shifts: [Double]
    /// Of residuals; zero on the central path.
    private let deviation: Double
    /// After the last datum, and after each step from it on.
    private var smoothing: Smoothing?
    private var walked: [Double] = []

    /// At the estimates.
    init(central fit: ProjectionFit) {
        self.fit = fit
        curve = ProjectionCurve(fit.method, fit.data)
        shifts = []
        deviation = 0
        begin()
    }

    /// How many uniform numbers a draw takes, but for those of residuals.
    static func uniformCount(_ fit: ProjectionFit) -> Int { 1 + (fit.method.isSmoothing ? 0 : fit.fitted.count) }

    /// One draw, from numbers between 0 and 1: the first for the variance, the others for parameters.
    init(drawnFrom fit: ProjectionFit, _ uniforms: [Double]) {
        self.fit = fit
        curve = ProjectionCurve(fit.method, fit.data)
        let freedom = Double(fit.degrees)
        let spread = fit.degrees > 0 ? reuse_gamma_quantile(uniforms[0], freedom / 2) * 2 / freedom : 1
        deviation = spread > 0 ? fit.deviation / spread.squareRoot() : 0
        var shifts: [Double] = []
        if !fit.method.isSmoothing {
            let count = fit.fitted.count
            let scores = (0..<count).map { reuse_normal_quantile(uniforms[1 + $0]) }
            for place in 0..<count {
                var shift = 0.0
                for other in 0...place { shift += fit.root[place * count + other] * scores[other] }
                shifts.append(shift * deviation)
            }
        }
        self.shifts = shifts
        begin()
    }

    private mutating func begin() {
        guard fit.method.isSmoothing else { return }
        var state = Smoothing(fit.parameters, isDamped: fit.method == .damped)
        state.run(over: fit.data, step: fit.step) { _, _ in }
        smoothing = state
        walked = [state.level]
    }

    /// The value of a period. `residual` gives, between 0 and 1, how far the n-th step after the last datum lies from what
    /// is expected; for a curve over time, the period itself, and n is 0.
    /// What the curve does there need not be worked out for each draw: `slopes`.
    mutating func value(
        from start: Double, to end: Double, slopes: ProjectionSlopes? = nil, residual: (_ step: Int) -> Double
    ) -> Double {
        if !fit.method.isSmoothing {
            var value: Double
            if shifts.isEmpty {
                value = curve.value(fit.parameters, from: start, to: end)
            } else {
                let known = slopes ?? ProjectionSlopes(fit, from: start, to: end)
                value = known.value
                for (slope, shift) in zip(known.slopes, shifts) { value += slope * shift }
            }
            if deviation > 0 { value += deviation * reuse_normal_quantile(residual(0)) }
            return fit.method.isPositive && deviation > 0 ? max(value, 0) : value
        }
        let last = fit.data.middle(fit.data.count - 1)
        let first = (start - last) / fit.step
        let final = (end - last) / fit.step
        // Steps of the data whose middles lie in the period; where there is but one, or none, between neighbours.
        let low = (first - 1e-6).rounded(.up)
        let high = (final - 1e-6).rounded(.up) - 1
        guard final.magnitude < 1e5 else { return .nan }
        if high - low >= 1 {
            var sum = 0.0
            for step in Int(low)...Int(high) { sum += walk(to: step, residual) }
            let before = min(max(0 - low, 0), high - low + 1)
            return (sum + before * deviationBefore(residual)) / (high - low + 1)
        }
        let middle = (first + final) / 2
        let below = (middle + 1e-9).rounded(.down)
        let part = middle - below
        var value = walk(to: Int(below), residual)
        if part >= 1e-6 { value += part * (walk(to: Int(below) + 1, residual) - value) }
        // As far as it lies before the last datum.
        return below < 0 ? value + min(-middle, 1) * deviationBefore(residual) : value
    }

    /// How far a period before the last datum lies from what was expected: it moves nothing that follows, for the data say
    /// what came of it.
    private func deviationBefore(_ residual: (_ step: Int) -> Double) -> Double {
        deviation > 0 ? deviation * reuse_normal_quantile(residual(0)) : 0
    }

    /// The simulated value some steps after the last datum; before it, the level that the data led to.
    private mutating func walk(to step: Int, _ residual: (_ step: Int) -> Double) -> Double {
        if step < 0 { return past(step) }
        while walked.count <= step, var state = smoothing {
            var value = state.forecast
            if deviation > 0 { value += deviation * reuse_normal_quantile(residual(walked.count)) }
            // On the central path a step brings what was expected of it.
            state.advance(to: deviation > 0 ? value : nil)
            smoothing = state
            walked.append(value)
        }
        return step < walked.count ? walked[step] : .nan
    }

    /// What was expected, some steps before the last datum, from the data before. Smoothing begins with the line through
    /// the first two.
    private func past(_ step: Int) -> Double {
        let last = fit.data.middle(fit.data.count - 1)
        let time = last + Double(step) * fit.step
        if fit.data.count >= 2, time < fit.data.middle(1) + fit.step * 1e-3 {
            let (first, second) = (fit.data.middle(0), fit.data.middle(1))
            let slope = (fit.data.values[1] - fit.data.values[0]) / (second - first)
            return fit.data.values[0] + slope * (time - first)
        }
        var count = 0
        while count < fit.data.count, fit.data.middle(count) < time - fit.step * 1e-3 { count += 1 }
        guard count >= 2 else { return .nan }
        var state = Smoothing(fit.parameters, isDamped: fit.method == .damped)
        state.run(over: fit.data.prefix(count), step: fit.step) { _, _ in }
        var ahead = ((time - fit.data.middle(count - 1)) / fit.step).rounded()
        while ahead > 1.5 {
            state.advance(to: nil)
            ahead -= 1
        }
        return state.forecast
    }
}
