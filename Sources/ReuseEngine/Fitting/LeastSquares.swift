/// Nonlinear least squares with bounds: the parameters that make a sum of squared residuals least.
///
/// Levenberg-Marquardt as a trust region in scaled parameters. Moré, "The Levenberg-Marquardt algorithm: implementation
/// and theory" (1978). Derivatives are central differences; the last steps and the covariance take those of fourth order.
struct LeastSquares {
    /// Residuals at some parameters. One that is not finite marks a place where the model has no value; no step ends there.
    typealias Residuals = (_ parameters: [Double], _ residuals: inout [Double]) -> Void

    var lower: [Double]
    var upper: [Double]
    /// Sizes below which parameters count as zero when differences are taken.
    var typical: [Double]
    var maximumSteps = 500
    /// Differences are taken over this share of a parameter: for the steps, and for the end. What is computed by a search of
    /// its own has fewer true digits, and wants wider ones.
    var differences = (coarse: 6e-6, fine: 1e-4)

    /// Without bounds.
    init(parameterCount: Int) {
        lower = Array(repeating: -.infinity, count: parameterCount)
        upper = Array(repeating: .infinity, count: parameterCount)
        typical = Array(repeating: 0, count: parameterCount)
    }

    enum Outcome {
        case converged
        /// Some direction in these parameters changes no residual, or nearly none.
        case notIdentified([Int])
        case notConverged
    }

    struct Solution {
        var parameters: [Double]
        /// The residual sum of squares.
        var rss: Double
        var outcome: Outcome
        var steps: Int
        /// What the variance of residuals is to be multiplied by to give the covariance of parameters, row by row. Rows of
        /// parameters that ended on a bound are zero.
        var unscaledCovariance: [Double]
        /// Parameters that ended on a bound.
        var isBound: [Bool]
        /// Parameters whose changes nearly undo each other: to one part in 100,000; where nothing was reached, in 1,000.
        var flat: [Int] = []
        /// How much the residuals move with each parameter.
        var norms: [Double]

        var isConverged: Bool {
            if case .converged = outcome { return true }
            return false
        }
    }

    /// Goes downhill from one start, until it is there or told to end; what is then returned is where it was.
    func minimise(
        from start: [Double], residualCount: Int, isCancelled: () -> Bool = { false }, _ residuals: Residuals
    ) -> Solution {
        var search = Search(problem: self, start: start, residualCount: residualCount)
        search.run(residuals, isCancelled)
        return search.solution(residuals)
    }
}

/// The state of one search.
private struct Search {
    let problem: LeastSquares
    let count: Int
    let rows: Int
    var x: [Double]
    var residuals: [Double]
    var rss = 0.0
    /// Column after column.
    var jacobian: [Double]
    var norms: [Double]
    var steps = 0
    private var scratch: [Double]

    init(problem: LeastSquares, start: [Double], residualCount: Int) {
        self.problem = problem
        count = start.count
        rows = residualCount
        x = start
        for index in start.indices { x[index] = min(max(start[index], problem.lower[index]), problem.upper[index]) }
        residuals = Array(repeating: 0, count: residualCount)
        scratch = residuals
        jacobian = Array(repeating: 0, count: residualCount * start.count)
        norms = Array(repeating: 0, count: start.count)
    }

    /// Parameters whose bound keeps them from falling further.
    private func held() -> [Bool] {
        (0..<count).map { column in
            guard x[column] <= problem.lower[column] || x[column] >= problem.upper[column] else { return false }
            var slope = 0.0
            for row in 0..<rows { slope += jacobian[column * rows + row] * residuals[row] }
            return x[column] <= problem.lower[column] ? slope >= 0 : slope <= 0
        }
    }

    private func sumOfSquares(_ values: [Double]) -> Double {
        var sum = 0.0
        for value in values { sum += value * value }
        return sum.isFinite ? sum : .infinity
    }

    // MARK: Derivatives

    private mutating func differentiate(isFine: Bool, _ model: LeastSquares.Residuals) {
        for column in 0..<count {
            let value = x[column]
            let size = max(value.magnitude, problem.typical[column])
            let step = (isFine ? problem.differences.fine : problem.differences.coarse) * (size > 0 ? size : 1)
            let first = column * rows
            for row in 0..<rows { jacobian[first + row] = 0 }
            let reach = isFine ? 2 * step : step
            if value + reach > problem.upper[column] || value - reach < problem.lower[column] {
                // At a bound, from inside.
                let inward = value + reach > problem.upper[column] ? -step : step
                add(-3 / (2 * inward), at: column, value, model)
                add(4 / (2 * inward), at: column, value + inward, model)
                add(-1 / (2 * inward), at: column, value + 2 * inward, model)
            } else if isFine {
                add(8 / (12 * step), at: column, value + step, model)
                add(-8 / (12 * step), at: column, value - step, model)
                add(-1 / (12 * step), at: column, value + 2 * step, model)
                add(1 / (12 * step), at: column, value - 2 * step, model)
            } else {
                add(1 / (2 * step), at: column, value + step, model)
                add(-1 / (2 * step), at: column, value - step, model)
            }
            x[column] = value
            var sum = 0.0
            for row in 0..<rows {
                if !jacobian[first + row].isFinite { jacobian[first + row] = 0 }
                sum += jacobian[first + row] * jacobian[first + row]
            }
            norms[column] = sum.squareRoot()
        }
    }

    private mutating func add(
        _ weight: Double, at column: Int, _ value: Double, _ model: LeastSquares.Residuals
    ) {
        x[column] = value
        model(x, &scratch)
        for row in 0..<rows { jacobian[column * rows + row] += weight * scratch[row] }
    }

    /// The Jacobian's columns of parameters that may move, each divided by its scale, factored.
    private func factor(of free: [Int], scale: [Double], isPivoted: Bool) -> HouseholderFactor {
        var matrix: [Double] = []
        matrix.reserveCapacity(rows * free.count)
        for column in free {
            let divisor = scale[column] > 0 ? scale[column] : 1
            for row in 0..<rows { matrix.append(jacobian[column * rows + row] / divisor) }
        }
        return HouseholderFactor(matrix, rows: rows, columns: free.count, isPivoted: isPivoted)
    }

    // MARK: Steps

    mutating func run(_ model: LeastSquares.Residuals, _ isCancelled: () -> Bool) {
        model(x, &residuals)
        rss = sumOfSquares(residuals)
        guard rss.isFinite, count > 0, rows > 0 else { return }
        var scale = Array(repeating: 0.0, count: count)
        var radius = 0.0
        while steps < problem.maximumSteps, rss > 0, !isCancelled() {
            differentiate(isFine: false, model)
            for column in 0..<count { scale[column] = max(scale[column], norms[column]) }
            for column in 0..<count where scale[column] == 0 { scale[column] = 1 }
            let isHeld = held()
            var free = (0..<count).filter { !isHeld[$0] }
            if free.isEmpty { return }
            var region = TrustRegion(factor(of: free, scale: scale, isPivoted: true), residuals)
            if steps == 0 {
                var size = 0.0
                for column in free { size += (scale[column] * x[column]) * (scale[column] * x[column]) }
                radius = size > 0 ? size.squareRoot() : 1
            }
            var isAccepted = false
            let offset = region.relativeOffset(rss: rss)
            while !isAccepted {
                steps += 1
                var (scaled, damping) = region.step(within: radius)
                // One at a bound that would pass it stays there.
                while true {
                    let inside = free.indices.filter { !passes(free[$0], by: scaled[$0]) }
                    if inside.count == free.count { break }
                    free = inside.map { free[$0] }
                    if free.isEmpty { return }
                    region = TrustRegion(factor(of: free, scale: scale, isPivoted: true), residuals)
                    (scaled, damping) = region.step(within: radius)
                }
                // As far as the first bound on the way: so far the linear model falls.
                var part = 1.0
                for (place, column) in free.enumerated() {
                    let change = scaled[place] / scale[column]
                    let room = (change > 0 ? problem.upper[column] : problem.lower[column]) - x[column]
                    if change.magnitude > room.magnitude { part = min(part, room / change) }
                }
                var trial = x
                var moved = scaled
                for (place, column) in free.enumerated() {
                    trial[column] = x[column] + part * (scaled[place] / scale[column])
                    let gap = part < 1 ? 1e-12 : 0
                    if trial[column] >= problem.upper[column] - gap { trial[column] = problem.upper[column] }
                    if trial[column] <= problem.lower[column] + gap { trial[column] = problem.lower[column] }
                    moved[place] = (trial[column] - x[column]) * scale[column]
                }
                let length = norm(moved)
                if steps == 1, part == 1 { radius = min(radius, max(length, .leastNormalMagnitude)) }
                model(trial, &scratch)
                let trialRss = sumOfSquares(scratch)
                let predicted = rss - region.rss(after: moved, residuals)
                let ratio = predicted > 0 ? (rss - trialRss) / predicted : 0
                if trialRss < rss {
                    isAccepted = true
                    let gain = rss - trialRss
                    x = trial
                    swap(&residuals, &scratch)
                    let before = rss
                    rss = trialRss
                    if gain <= 1e-14 * before, offset * offset <= 1e-13 { return }
                }
                if ratio <= 0.25 {
                    radius = min(radius, length * 10) * (trialRss.isFinite ? 0.5 : 0.1)
                } else if part == 1, damping == 0 || ratio >= 0.75 {
                    radius = 2 * length
                }
                var size = 0.0
                for column in free { size += (scale[column] * x[column]) * (scale[column] * x[column]) }
                if radius <= 1e-15 * size.squareRoot() || radius < 1e-300 { return }
                if !isAccepted, offset * offset <= 1e-15 { return }
                if steps >= problem.maximumSteps { return }
            }
        }
    }

    private func passes(_ column: Int, by change: Double) -> Bool {
        change > 0 && x[column] >= problem.upper[column] || change < 0 && x[column] <= problem.lower[column]
    }

    private func norm(_ values: [Double]) -> Double { sumOfSquares(values).squareRoot() }

    // MARK: The end

    /// Newton's steps. Where residuals are large, those that take them for linear come close but slowly.
    private mutating func sharpen(_ model: LeastSquares.Residuals) {
        for _ in 0..<4 {
            differentiate(isFine: true, model)
            let isHeld = held()
            let free = (0..<count).filter { !isHeld[$0] }
            let center = gradient(free)
            var scale: [Double] = []
            for column in free { scale.append(norms[column] > 0 ? norms[column] : 1) }
            let place = (x: x, residuals: residuals, rss: rss)
            var curvature: [Double] = []
            for (number, column) in free.enumerated() {
                let step = 1e-4 / scale[number] * max(rss.squareRoot(), 1e-8)
                var sides: [[Double]] = []
                for sign in [1.0, -1] {
                    x = place.x
                    x[column] += sign * step
                    if x[column] > problem.upper[column] || x[column] < problem.lower[column] { break }
                    model(x, &residuals)
                    differentiate(isFine: true, model)
                    sides.append(gradient(free))
                }
                guard sides.count == 2 else { break }
                for other in free.indices {
                    curvature.append((sides[0][other] - sides[1][other]) / (2 * step) / scale[other] / scale[number])
                }
            }
            (x, residuals, rss) = place
            guard curvature.count == free.count * free.count, !free.isEmpty else { return }
            let factor = HouseholderFactor(curvature, rows: free.count, columns: free.count, isPivoted: true)
            guard factor.rank(tolerance: 1e-10) == free.count else { return }
            let right = zip(center, scale).map { -$0 / $1 }
            let solved = factor.backSubstituted(factor.rotated(right), rank: free.count)
            var trial = x
            for (number, column) in factor.order.enumerated() {
                trial[free[column]] += solved[number] / scale[column]
                trial[free[column]] = min(
                    max(trial[free[column]], problem.lower[free[column]]), problem.upper[free[column]])
            }
            model(trial, &scratch)
            let trialRss = sumOfSquares(scratch)
            guard trialRss <= rss * (1 + 1e-12) else { return }
            let size = (0..<count).reduce(0.0) { max($0, ((trial[$1] - x[$1]) * norms[$1]).magnitude) }
            x = trial
            swap(&residuals, &scratch)
            rss = trialRss
            if size <= 1e-10 * rss.squareRoot() { return }
        }
    }

    private func gradient(_ free: [Int]) -> [Double] {
        free.map { column in
            var sum = 0.0
            for row in 0..<rows { sum += jacobian[column * rows + row] * residuals[row] }
            return sum
        }
    }

    /// The last digits, by full steps on accurate derivatives, and what is known about the place.
    mutating func solution(_ model: LeastSquares.Residuals) -> LeastSquares.Solution {
        var isHeld = Array(repeating: false, count: count)
        var result = LeastSquares.Solution(
            parameters: x, rss: rss, outcome: .notConverged, steps: steps,
            unscaledCovariance: Array(repeating: 0, count: count * count), isBound: isHeld,
            norms: norms)
        guard rss.isFinite, count > 0, rows > 0 else { return result }
        var offset = Double.infinity
        for _ in 0..<6 {
            differentiate(isFine: true, model)
            isHeld = held()
            let free = (0..<count).filter { !isHeld[$0] }
            if free.isEmpty {
                offset = 0
                break
            }
            let factor = factor(of: free, scale: norms, isPivoted: true)
            if factor.rank(tolerance: 1e-10) < free.count {
                result.outcome = .notIdentified(factor.unidentified(tolerance: 1e-10).map { free[$0] })
                result.parameters = x
                result.rss = rss
                return result
            }
            let region = TrustRegion(factor, residuals)
            let step = region.fullStep
            let now = region.relativeOffset(rss: rss)
            if now >= offset { break }
            offset = now
            var trial = x
            for (place, column) in free.enumerated() {
                trial[column] = x[column] + step[place] / (norms[column] > 0 ? norms[column] : 1)
                trial[column] = min(max(trial[column], problem.lower[column]), problem.upper[column])
            }
            model(trial, &scratch)
            let trialRss = sumOfSquares(scratch)
            // Near the least the sum itself is rounded; the offset judges.
            guard trialRss <= rss * (1 + 1e-12) else { break }
            x = trial
            swap(&residuals, &scratch)
            rss = trialRss
            if offset < 1e-13 { break }
        }
        if offset > 1e-10 { sharpen(model) }
        differentiate(isFine: true, model)
        isHeld = held()
        result.parameters = x
        result.rss = rss
        result.isBound = isHeld
        result.norms = norms
        let free = (0..<count).filter { !isHeld[$0] }
        if free.isEmpty {
            result.outcome = .converged
            return result
        }
        let factor = factor(of: free, scale: norms, isPivoted: true)
        let flat = factor.unidentified(tolerance: 1e-10)
        guard flat.isEmpty else {
            result.outcome = .notIdentified(flat.map { free[$0] })
            return result
        }
        let isExact = rss <= 1e-24 * TrustRegion(factor, residuals).jacobianSize(x, norms, free)
        if min(offset, TrustRegion(factor, residuals).relativeOffset(rss: rss)) < 1e-5 || isExact {
            result.outcome = .converged
        }
        result.flat = factor.unidentified(tolerance: result.isConverged ? 1e-5 : 1e-3).map { free[$0] }
        let inverse = factor.inverseOfSquare()
        for (a, i) in free.enumerated() {
            for (b, j) in free.enumerated() {
                result.unscaledCovariance[i * count + j] = inverse[a * free.count + b] / (norms[i] * norms[j])
            }
        }
        return result
    }
}
