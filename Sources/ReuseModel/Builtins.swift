/// Builtin is a function whose body is Swift. Their signatures and documentation stand in `stdlib/prelude.reuse`.
public enum Builtin: String, CaseIterable, Sendable {
    case abs, sqrt, exp, expm1, log, log1p, log2, log10, floor, ceil, round
    case log_gamma, gamma_function, normal_cdf, normal_quantile
    case fail
    case map, filter, fold, sort, range, length, values
    case sum, mean, min, max
    case expected, median, sd, quantile, probability, skewness, covariance, correlation
    case cumulative, total, first_time, previous
    case interpolate, extend_series, rebase
    case column, columns
    case normal, lognormal, uniform, triangular, pert, beta, gamma, weibull, discrete, empirical
    case weibull_life, lognormal_life, normal_life, fixed_life, survival

    /// One number to one number, at the current point.
    var isPlain: Bool { unaryOperation != nil }

    /// Whether it may look at other points of its argument than the current one.
    var mayLookAround: Bool {
        switch self {
        case .sum, .mean, .min, .max, .values, .expected, .median, .sd, .quantile, .probability, .skewness,
            .covariance, .correlation, .cumulative, .total, .first_time, .previous, .interpolate, .extend_series,
            .rebase:
            true
        default: false
        }
    }
}

/// UnaryOperation maps one number to one number.
public enum UnaryOperation: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case negate, not
    case absolute, squareRoot, exponential, exponentialLessOne, logarithm, logarithmOfOneMore, logarithm2, logarithm10
    case floor, ceiling, round, gamma, logGamma, normalCDF, normalQuantile
}

extension Builtin {
    /// The operation of a builtin of one number.
    public var unaryOperation: UnaryOperation? {
        switch self {
        case .abs: .absolute
        case .sqrt: .squareRoot
        case .exp: .exponential
        case .expm1: .exponentialLessOne
        case .log: .logarithm
        case .log1p: .logarithmOfOneMore
        case .log2: .logarithm2
        case .log10: .logarithm10
        case .floor: .floor
        case .ceil: .ceiling
        case .round: .round
        case .gamma_function: .gamma
        case .log_gamma: .logGamma
        case .normal_cdf: .normalCDF
        case .normal_quantile: .normalQuantile
        default: nil
        }
    }
}
