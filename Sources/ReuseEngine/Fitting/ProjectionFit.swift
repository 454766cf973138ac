import ReuseCore
import ReuseKernels
import ReuseModel

/// A method fitted to data.
struct ProjectionFit: Sendable {
    let method: ProjectionMethod
    let data: ProjectionData
    /// In the order of the method's parameters; in years and in the data's unit. A trend is for a step of the data.
    var parameters: [Double]
    var isFitted: [Bool]
    /// Zero for what was given or ended on a bound; not a number for what the data do not tell.
    var standardErrors: [Double]
    /// How each fitted parameter was searched, and its covariance there by the variance of residuals: a lower triangle, row
    /// by row, whose product with its transpose it is.
    var fitted: [Int]
    var scales: [ParameterScale]
    var root: [Double]
    /// Of residuals: their sum of squares, how many there are and how many are free.
    var rss: Double
    var residualCount: Int
    var degrees: Int
    /// The share of the data's variation that the method explains.
    var r2: Double
    /// Years between data, for methods that go from datum to datum.
    var step: Double

    /// Standard deviation of residuals; zero where none is free.
    var deviation: Double { degrees > 0 ? (rss / Double(degrees)).squareRoot() : 0 }

    /// Whether there is anything uncertain in where it leads.
    var hasBand: Bool { !fitted.isEmpty && deviation > 0 || method.isSmoothing && isStarted && deviation > 0 }

    /// Whether smoothing began at the data, and not at given values.
    var isStarted: Bool
}

/// Why a method cannot be fitted.
package enum FitProblem: Error, Hashable, Sendable {
    case tooFewPoints(needed: Int, present: Int)
    /// Data that the method's curve cannot come near: the number of the first.
    case outsideDomain(Int)
    case unequalSteps
    /// A given parameter that the method cannot have.
    case invalidParameter(ProjectionParameter)
    case notIdentified([ProjectionParameter])
    /// Data that fall, with a curve that only rises.
    case onlyRises
    case notConverged(starts: Int, steps: Int)
    /// As many parameters as residuals: how uncertain they are is not told.
    case noFreedom(count: Int)
    /// What a holdout leaves.
    case heldOut(needed: Int, left: Int)
    /// Too few to foretell some from the others.
    case noBacktest(present: Int)
    /// None of several methods could be tested.
    case noChoice
    /// A holdout of no time, or less.
    case holdoutNotPositive
    /// A datum of 0 that was foretold: its number.
    case noRelativeError(Int)
    /// Asked for before the first datum; elsewhere than at its steps, when.
    case beforeData(start: Int64, asked: TimePoint?)
    /// Asked for over time, without steps.
    case noHorizon
    /// Whoever waited no longer does.
    case cancelled

    /// Whether no parameters were found that fit the data best.
    fileprivate var isOfSearch: Bool {
        switch self {
        case .notIdentified, .notConverged: true
        default: false
        }
    }
}

struct ProjectionProblem: Sendable {
    var method: ProjectionMethod
    var data: ProjectionData
    /// By parameter: nil where it is to be fitted. A trend is for a year.
    var given: [Double?]

    /// Numbers of the parameters that the data decide.
    var fitted: [Int] { method.fitted(isGiven: given.map { $0 != nil }) }

    /// How many data it takes at least.
    var leastCount: Int {
        if method.isSmoothing { return fitted.count + 2 }
        return max(fitted.count, 1)
    }

    /// Fits what is not given, or ends with `cancelled` soon after it is told to.
    func fit(_ isCancelled: () -> Bool = { false }) throws(FitProblem) -> ProjectionFit {
        do throws(FitProblem) {
            return try search(isCancelled)
        } catch {
            // Data that only fall are those of buyers who do not imitate each other: the parameter ends on its bound.
            guard error == .notIdentified([.imitation]), let place = method.parameters.firstIndex(of: .imitation) else {
                throw method == .gompertz && isFalling && error.isOfSearch ? .onlyRises : error
            }
            var bounded = self
            bounded.given[place] = 0
            guard let fit = try? bounded.search(isCancelled) else { throw isCancelled() ? .cancelled : error }
            return fit
        }
    }

    private func search(_ isCancelled: () -> Bool) throws(FitProblem) -> ProjectionFit {
        if isCancelled() { throw .cancelled }
        guard given.count == method.parameters.count else { throw .invalidParameter(method.parameters[0]) }
        guard data.count >= leastCount else { throw .tooFewPoints(needed: leastCount, present: data.count) }
        if method.isPositive {
            if let wrong = data.values.firstIndex(where: { $0 < 0 }) { throw .outsideDomain(wrong) }
            if !data.values.contains(where: { $0 > 0 }) { throw .outsideDomain(0) }
        }
        var step = 0.0
        if method.isSmoothing {
            guard let found = data.equalStep else { throw .unequalSteps }
            step = found
        }
        let parameters = method.parameters
        let isFalling = isFalling
        let scales = parameters.map { method.scale(of: $0, isFalling: isFalling, origin: data.middle(0)) }
        for (place, value) in given.enumerated() {
            guard let value else { continue }
            if !method.accepts(value, for: parameters[place]) { throw .invalidParameter(parameters[place]) }
        }
        var values = given.map { $0 ?? 0 }
        let free = fitted
        if method.isSmoothing {
            let level = parameters.count - 2
            values[level] = given[level] ?? data.values[1]
            let gap = max(((data.middle(1) - data.middle(0)) / step).rounded(), 1)
            values[level + 1] = given[level + 1].map { $0 * step } ?? (data.values[1] - data.values[0]) / gap
        } else if free.isEmpty, given[0] == nil {
            let last = data.count - 1
            let elapsed = data.middle(last) - data.middle(0)
            values[0] = method.level(through: data.values[last], after: elapsed, change: values[1])
        }
        let residualCount = method.isSmoothing ? data.count - 2 : data.count
        let curve = ProjectionCurve(method, data)
        let problem = self
        let residuals: LeastSquares.Residuals = { working, result in
            var p = values
            for (place, parameter) in free.enumerated() { p[parameter] = scales[parameter].natural(working[place]) }
            problem.residuals(p, curve, step, &result)
        }
        var fit = ProjectionFit(
            method: method, data: data, parameters: values, isFitted: parameters.indices.map { free.contains($0) },
            standardErrors: Array(repeating: 0, count: parameters.count), fitted: free,
            scales: free.map { scales[$0] }, root: [], rss: 0, residualCount: residualCount,
            degrees: residualCount - free.count, r2: 0, step: step,
            isStarted: method.isSmoothing && (given[parameters.count - 2] == nil || given[parameters.count - 1] == nil))
        if !free.isEmpty {
            var search = LeastSquares(parameterCount: free.count)
            for (place, parameter) in free.enumerated() {
                if case .share = scales[parameter] {
                    search.lower[place] = 0
                    search.upper[place] = 1
                }
                search.typical[place] = typicalSize(of: parameters[parameter])
            }
            let starts = starts(values, free, scales, curve, step)
            var best: LeastSquares.Solution?
            var steps = 0
            for start in starts {
                let working = free.map { scales[$0].working(start[$0]) }
                let solution = search.minimise(
                    from: working, residualCount: residualCount, isCancelled: isCancelled, residuals)
                if isCancelled() { throw .cancelled }
                steps += solution.steps
                guard solution.rss.isFinite else { continue }
                guard let known = best else {
                    best = solution
                    continue
                }
                if solution.rss < known.rss * (1 - 1e-9) || !known.isConverged && solution.rss <= known.rss * (1 + 1e-9)
                {
                    best = solution
                }
            }
            guard let best else { throw .notConverged(starts: starts.count, steps: steps) }
            // What smoothing does not tell changes nothing of where it leads: a trend that is damped away has no beta.
            var untold: [ProjectionParameter] = []
            do throws(FitProblem) {
                try check(best, free, scales, starts: starts.count, steps: steps)
            } catch {
                guard method.isSmoothing, case .notIdentified(let parameters) = error else { throw error }
                untold = parameters
            }
            for (place, parameter) in free.enumerated() {
                fit.parameters[parameter] = scales[parameter].natural(best.parameters[place])
            }
            fit.root = choleskyRoot(best.unscaledCovariance, free.count)
            let variance = fit.degrees > 0 ? best.rss / Double(fit.degrees) : 0
            for (place, parameter) in free.enumerated() {
                let own = (variance * best.unscaledCovariance[place * free.count + place]).squareRoot()
                fit.standardErrors[parameter] = own * scales[parameter].slope(best.parameters[place])
                if untold.contains(parameters[parameter]) { fit.standardErrors[parameter] = .nan }
            }
        }
        var errors = Array(repeating: 0.0, count: residualCount)
        self.residuals(fit.parameters, curve, step, &errors)
        for error in errors { fit.rss += error * error }
        guard fit.rss.isFinite else { throw .notConverged(starts: 0, steps: 0) }
        fit.r2 = explained(fit.rss)
        return fit
    }

    // MARK: Residuals

    private func residuals(_ p: [Double], _ curve: ProjectionCurve, _ step: Double, _ result: inout [Double]) {
        if method.isSmoothing {
            var smoothing = Smoothing(p, isDamped: method == .damped)
            smoothing.run(over: data, step: step) { result[$0 - 2] = $1 }
        } else {
            for index in 0..<data.count {
                result[index] = curve.value(p, from: data.starts[index], to: data.ends[index]) - data.values[index]
            }
        }
    }

    private func explained(_ rss: Double) -> Double {
        let values = method.isSmoothing ? Array(data.values.dropFirst(2)) : data.values
        var mean = 0.0
        for value in values { mean += value / Double(max(values.count, 1)) }
        var total = 0.0
        for value in values { total += (value - mean) * (value - mean) }
        // Data that do not vary leave nothing to explain.
        return total > 0 ? 1 - rss / total : 1
    }

    private func check(
        _ solution: LeastSquares.Solution, _ free: [Int], _ scales: [ParameterScale], starts: Int, steps: Int
    ) throws(FitProblem) {
        let parameters = method.parameters
        var size = 0.0
        for value in data.values { size += value * value }
        var silent: [ProjectionParameter] = []
        for (place, parameter) in free.enumerated() where !solution.isBound[place] {
            let change = solution.norms[place] * typicalSize(of: parameters[parameter])
            if change <= 1e-6 * size.squareRoot() { silent.append(parameters[parameter]) }
        }
        if !silent.isEmpty { throw .notIdentified(silent) }
        switch solution.outcome {
        case .notIdentified(let places): throw .notIdentified(places.map { parameters[free[$0]] })
        case .notConverged:
            // A search that ends far out along a flat direction has not missed a least: there is none.
            if !solution.flat.isEmpty { throw .notIdentified(solution.flat.map { parameters[free[$0]] }) }
            throw .notConverged(starts: starts, steps: steps)
        case .converged: break
        }
        if !solution.flat.isEmpty { throw .notIdentified(solution.flat.map { parameters[free[$0]] }) }
        let degrees = data.count - (method.isSmoothing ? 2 : 0) - free.count
        let variance = degrees > 0 ? solution.rss / Double(degrees) : 0
        var vague: [ProjectionParameter] = []
        for (place, parameter) in free.enumerated() where scales[parameter].isLogarithm {
            let error = (variance * solution.unscaledCovariance[place * free.count + place]).squareRoot()
            if error > 3 { vague.append(parameters[parameter]) }
        }
        if !vague.isEmpty { throw .notIdentified(vague) }
    }

    // MARK: Starts

    private var isFalling: Bool {
        var sum = 0.0
        var mean = 0.0
        for index in 0..<data.count { mean += data.middle(index) / Double(data.count) }
        for index in 0..<data.count { sum += (data.middle(index) - mean) * data.values[index] }
        return sum < 0
    }

    private var span: Double { max(data.middle(data.count - 1) - data.middle(0), data.ends[0] - data.starts[0]) }

    private var greatest: Double {
        var result = 0.0
        for value in data.values { result = max(result, value.magnitude) }
        return result > 0 ? result : 1
    }

    private func typicalSize(of parameter: ProjectionParameter) -> Double {
        switch parameter.measure {
        case .data: method.isPositive ? 1 : greatest
        case .dataOverTime: greatest / span
        case .time: span
        case .number: method.isSmoothing ? 0.1 : 1
        case .rate, .dataTimesTime: 1
        }
    }

    /// A few sets of parameters from which to search: the best of a grid as wide as what the span of the data can show.
    private func starts(
        _ values: [Double], _ free: [Int], _ scales: [ParameterScale], _ curve: ProjectionCurve, _ step: Double
    ) -> [[Double]] {
        var candidates: [(rss: Double, parameters: [Double])] = []
        var errors = Array(repeating: 0.0, count: method.isSmoothing ? data.count - 2 : data.count)
        let grid = method.grid(
            span: span, origin: data.middle(0), isFalling: isFalling, rise: data.values[data.count - 1] - data.values[0]
        )
        for shape in grid {
            var p = values
            for parameter in free { p[parameter] = shape[parameter] }
            if !method.isSmoothing, free.first == 0 { p[0] = scale(p, curve) }
            residuals(p, curve, step, &errors)
            var rss = 0.0
            for error in errors { rss += error * error }
            if rss.isFinite, p[0] > 0 || !method.isPositive { candidates.append((rss, p)) }
        }
        // Ties keep the order of the grid.
        let ranked = candidates.indices.sorted { a, b in
            candidates[a].rss != candidates[b].rss ? candidates[a].rss < candidates[b].rss : a < b
        }
        return ranked.prefix(4).map { candidates[$0].parameters }
    }

    /// The first parameter that fits best with the others as they are.
    private func scale(_ p: [Double], _ curve: ProjectionCurve) -> Double {
        var shape = p
        if !method.isPositive {
            shape[0] = 0
            var sum = 0.0
            for index in 0..<data.count {
                sum += data.values[index] - curve.value(shape, from: data.starts[index], to: data.ends[index])
            }
            return sum / Double(data.count)
        }
        shape[0] = 1
        var above = 0.0
        var below = 0.0
        for index in 0..<data.count {
            let value = curve.value(shape, from: data.starts[index], to: data.ends[index])
            above += value * data.values[index]
            below += value * value
        }
        return below > 0 ? above / below : 0
    }
}

/// The lower triangle, row by row, whose product with its transpose is the matrix; rows of zeros for what does not vary.
private func choleskyRoot(_ matrix: [Double], _ count: Int) -> [Double] {
    var root = Array(repeating: 0.0, count: count * count)
    for i in 0..<count {
        for j in 0...i {
            var sum = matrix[i * count + j]
            for k in 0..<j { sum -= root[i * count + k] * root[j * count + k] }
            if i == j {
                root[i * count + j] = sum > 0 ? sum.squareRoot() : 0
            } else {
                root[i * count + j] = root[j * count + j] > 0 ? sum / root[j * count + j] : 0
            }
        }
    }
    return root
}
