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

    /// The mean over a period.
    func value(_ p: [Double], from periodStart: Double, to periodEnd: Double) -> Double {
        method.value(
            p, t: (periodStart + periodEnd) / 2 - origin, origin: origin, from: periodStart - start,
            to: periodEnd - start)
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
}
