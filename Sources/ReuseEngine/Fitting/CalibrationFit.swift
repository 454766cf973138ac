/// Parameters of a whole model, fitted to data.
package struct CalibrationFit: Sendable {
    package var parameters: [Double]
    /// Row by row; rows of zeros where nothing is left to say how uncertain they are.
    package var covariance: [Double]
    package var rss: Double
    package var degrees: Int

    package enum Failure: Error, Sendable {
        case tooFewPoints(needed: Int, present: Int)
        /// Numbers of the parameters that the data do not tell.
        case notIdentified([Int])
        case notConverged(steps: Int)
        /// Whoever waited no longer does.
        case cancelled
    }

    /// Least squares from one start. Residuals that are not finite mark a place where the model has no value.
    package static func fit(
        from start: [Double], residualCount: Int, isCancelled: () -> Bool,
        _ residuals: (_ parameters: [Double], _ residuals: inout [Double]) -> Void
    ) throws(Failure) -> CalibrationFit {
        guard residualCount >= start.count else {
            throw .tooFewPoints(needed: start.count, present: residualCount)
        }
        var search = LeastSquares(parameterCount: start.count)
        search.typical = start.map { $0 == 0 ? 1 : $0.magnitude * 1e-3 }
        search.maximumSteps = 100
        search.differences = (coarse: 1e-4, fine: 1e-3)
        let solution = search.minimise(
            from: start, residualCount: residualCount, isCancelled: isCancelled, residuals)
        if isCancelled() { throw .cancelled }
        if case .notIdentified(let places) = solution.outcome { throw .notIdentified(places) }
        if !solution.flat.isEmpty { throw .notIdentified(solution.flat) }
        guard solution.isConverged else { throw .notConverged(steps: solution.steps) }
        let degrees = residualCount - start.count
        let variance = degrees > 0 ? solution.rss / Double(degrees) : 0
        return CalibrationFit(
            parameters: solution.parameters, covariance: solution.unscaledCovariance.map { $0 * variance },
            rss: solution.rss, degrees: degrees)
    }
}
