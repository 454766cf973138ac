import ReuseCore
import ReuseModel

/// What a projection is fitted to, and with what.
struct ProjectionPlan: Sendable {
    struct Candidate: Sendable {
        var method: ProjectionMethod
        /// By parameter: the definition of what is given, or -1.
        var parameters: [Int]
        /// Where it is written, for what cannot be fitted.
        var origin: Origin
    }

    /// The draws of a combination of indexes: numbers in `Program.draws`, or -1.
    struct Draws: Sendable {
        var variance = -1
        /// By parameter, whichever method has it.
        var parameters = Array(repeating: -1, count: ProjectionParameter.allCases.count)
    }

    var data: Series
    var candidates: [Candidate]
    /// Where the methods are written.
    var origin: Origin
    /// Definition of the holdout, or -1.
    var holdout: Int
    /// Whether what it is fitted to, or with, varies over samples.
    var isSampled: Bool
    var draws: [Draws] = []
    /// Definitions that it reads.
    var reads: [Int] = []
    /// What it was made of, to know it again.
    var key: [Int]
}

/// A value that a projection gives.
struct ProjectionOutput: Sendable {
    enum Kind: Sendable {
        case result(ProjectionResult.Kind)
        /// The number of the method that was chosen, counted from 1.
        case choice
    }

    var plan: Int
    var candidate: Int
    var kind: Kind
    /// At one period; else at the steps of the horizon.
    var period: TimePoint?
    /// By combination of indexes: the draw of residuals, one variable a step.
    var residuals: [Int] = []

    var isCentral: Bool {
        if case .result(.central) = kind { return true }
        return false
    }
}

extension Program {
    /// Draws that the band of a projection's value is made of.
    func draws(ofProjection output: Int) -> [Int] {
        let output = projectionOutputs[output]
        guard !output.residuals.isEmpty else { return [] }
        let own = projections[output.plan].draws.flatMap { [$0.variance] + $0.parameters }
        return (own + output.residuals).filter { $0 >= 0 }
    }
}
