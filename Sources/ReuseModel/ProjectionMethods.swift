/// How a projection goes on from its data.
public enum ProjectionMethod: UInt8, CaseIterable, Sendable {
    case compound, linear, logistic, gompertz, bass, holt, damped

    /// As a script writes it.
    public var label: String {
        switch self {
        case .compound: "compound"
        case .linear: "linear"
        case .logistic: "logistic"
        case .gompertz: "gompertz"
        case .bass: "bass"
        case .holt: "holt"
        case .damped: "damped"
        }
    }

    /// In the order in which they are given and kept.
    public var parameters: [ProjectionParameter] {
        switch self {
        case .compound: [.level, .rate]
        case .linear: [.level, .slope]
        case .logistic: [.capacity, .rate, .midpoint]
        case .gompertz: [.capacity, .delay, .rate]
        case .bass: [.potential, .innovation, .imitation]
        case .holt: [.alpha, .beta, .level, .trend]
        case .damped: [.alpha, .beta, .phi, .level, .trend]
        }
    }

    /// Smoothing, from datum to datum, and not a curve over time.
    public var isSmoothing: Bool { self == .holt || self == .damped }

    /// Whether its curve lies above zero and fits data that do.
    public var isPositive: Bool { !isSmoothing && self != .linear }

    /// The parameter that, given alone, goes on from the last datum: nothing is fitted then.
    public var continuing: ProjectionParameter? {
        switch self {
        case .compound: .rate
        case .linear: .slope
        default: nil
        }
    }
}

/// A parameter of a method.
public enum ProjectionParameter: UInt8, CaseIterable, Sendable {
    case level, rate, slope, capacity, midpoint, delay, potential, innovation, imitation, alpha, beta, phi, trend

    /// As a script writes it.
    public var label: String {
        switch self {
        case .level: "level"
        case .rate: "rate"
        case .slope: "slope"
        case .capacity: "capacity"
        case .midpoint: "midpoint"
        case .delay: "delay"
        case .potential: "potential"
        case .innovation: "innovation"
        case .imitation: "imitation"
        case .alpha: "alpha"
        case .beta: "beta"
        case .phi: "phi"
        case .trend: "trend"
        }
    }

    /// In what it is measured.
    public enum Measure: Sendable {
        /// As the data; the data over time; the data times time.
        case data, dataOverTime, dataTimesTime
        /// A pure number; one over time; a point in time.
        case number, rate, time
    }

    public var measure: Measure {
        switch self {
        case .level, .capacity: .data
        case .slope, .trend: .dataOverTime
        case .potential: .dataTimesTime
        case .rate, .innovation, .imitation: .rate
        case .midpoint: .time
        case .delay, .alpha, .beta, .phi: .number
        }
    }
}

extension ProjectionMethod {
    /// In the order in which they may be given without their names.
    public var writtenParameters: [ProjectionParameter] {
        switch self {
        case .compound: [.rate, .level]
        case .linear: [.slope, .level]
        default: parameters
        }
    }

    /// Numbers of the parameters that the data decide, where some are given. Level and trend of smoothing begin at the data.
    public func fitted(isGiven: [Bool]) -> [Int] {
        if let continuing, let place = parameters.firstIndex(of: continuing), isGiven[place], !isGiven[0] { return [] }
        return parameters.indices.filter {
            !isGiven[$0] && !(isSmoothing && (parameters[$0] == .level || parameters[$0] == .trend))
        }
    }

    /// Whether where it leads is uncertain, where some parameters are given.
    public func hasBand(isGiven: [Bool]) -> Bool {
        isSmoothing ? isGiven.contains(false) : !fitted(isGiven: isGiven).isEmpty
    }
}
