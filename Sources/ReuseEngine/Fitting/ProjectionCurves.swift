import ReuseKernels
import ReuseModel

/// What a projection learns from: values of periods, in order, with ends in years.
struct ProjectionData: Sendable {
    var starts: [Double]
    var ends: [Double]
    var values: [Double]

    var count: Int { values.count }
    /// Curves over time pass through the middles of periods.
    func middle(_ index: Int) -> Double { (starts[index] + ends[index]) / 2 }

    /// The first of them alone.
    func prefix(_ count: Int) -> ProjectionData {
        ProjectionData(
            starts: Array(starts.prefix(count)), ends: Array(ends.prefix(count)), values: Array(values.prefix(count)))
    }

    /// The years between neighbours where all are whole multiples of one step, which is one of them; else nil.
    var equalStep: Double? {
        guard count >= 2 else { return nil }
        var step = Double.infinity
        for index in 1..<count { step = min(step, middle(index) - middle(index - 1)) }
        guard step > 0 else { return nil }
        for index in 1..<count {
            let multiple = (middle(index) - middle(index - 1)) / step
            if (multiple - multiple.rounded()).magnitude > 0.05 { return nil }
        }
        return step
    }
}

/// A method's curve over time, with its parameters in years and in the data's unit.
struct ProjectionCurve: Sendable {
    let method: ProjectionMethod
    /// The start and the middle of the first datum's period, in years.
    let start: Double
    let origin: Double

    init(_ method: ProjectionMethod, _ data: ProjectionData) {
        self.method = method
        start = data.starts.first ?? 0
        origin = data.count > 0 ? data.middle(0) : 0
    }

    /// The mean over a period, by its middle; of the Bass curve, sales in the period by its length.
    func value(_ p: [Double], from periodStart: Double, to periodEnd: Double) -> Double {
        let t = (periodStart + periodEnd) / 2 - origin
        switch method {
        case .compound: return p[0] * reuse_exp(reuse_log1p(p[1]) * t)
        case .linear: return p[0] + p[1] * t
        case .logistic: return p[0] / (1 + reuse_exp(-p[1] * (t + origin - p[2])))
        case .gompertz: return p[0] * reuse_exp(-p[1] * reuse_exp(-p[2] * t))
        case .bass:
            let before = share(p[1], p[2], periodStart - start)
            let length = periodEnd - periodStart
            return length > 0 ? p[0] * (share(p[1], p[2], periodEnd - start) - before) / length : 0
        case .holt, .damped: return .nan
        }
    }

    /// The share of those who will buy that have bought, by the model of Bass (1969).
    private func share(_ innovation: Double, _ imitation: Double, _ elapsed: Double) -> Double {
        guard elapsed > 0 else { return 0 }
        let decay = reuse_exp(-(innovation + imitation) * elapsed)
        return (1 - decay) / (1 + imitation / innovation * decay)
    }
}

/// How a parameter is searched.
enum ParameterScale: Sendable {
    /// As it is.
    case plain
    /// In years since the first datum.
    case time(origin: Double)
    /// Between 0 and 1.
    case share
    /// In its logarithm.
    case positive
    /// Below zero: in the logarithm of its size.
    case negative
    /// A rate of growth: in the logarithm of 1 more.
    case growth

    func working(_ value: Double) -> Double {
        switch self {
        case .plain, .share: value
        case .time(let origin): value - origin
        case .positive: reuse_log(value)
        case .negative: reuse_log(-value)
        case .growth: reuse_log1p(value)
        }
    }

    func natural(_ value: Double) -> Double {
        switch self {
        case .plain, .share: value
        case .time(let origin): value + origin
        case .positive: reuse_exp(value)
        case .negative: -reuse_exp(value)
        case .growth: reuse_expm1(value)
        }
    }

    /// How fast the parameter changes with what is searched.
    func slope(_ value: Double) -> Double {
        switch self {
        case .plain, .share, .time: 1
        case .positive, .negative: reuse_exp(value)
        case .growth: reuse_exp(value)
        }
    }

    var isLogarithm: Bool {
        switch self {
        case .plain, .share, .time: false
        case .positive, .negative, .growth: true
        }
    }

    static func of(_ parameter: ProjectionParameter, in method: ProjectionMethod, isFalling: Bool, origin: Double)
        -> ParameterScale
    {
        switch parameter {
        case .capacity, .delay, .potential, .innovation, .imitation: .positive
        case .level: method == .compound ? .positive : .plain
        case .rate:
            switch method {
            case .compound: .growth
            case .logistic: isFalling ? .negative : .positive
            default: .positive
            }
        case .alpha, .beta, .phi: .share
        case .midpoint: .time(origin: origin)
        case .slope, .trend: .plain
        }
    }
}
