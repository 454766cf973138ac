import ReuseKernels
import ReuseModel

/// The curve of each method, and how its parameters are searched: what a method is, but for its row in `ProjectionMethod`.
/// Parameters are in years and in the data's unit, in the order of the method's.
extension ProjectionMethod {
    /// The mean over a period, by its middle; of the Bass curve, sales in the period by its length. `t` is the time from
    /// the middle of the first datum's period, `origin`; a period's ends count from the start of that.
    func value(_ p: [Double], t: Double, origin: Double, from start: Double, to end: Double) -> Double {
        switch self {
        case .compound: return p[0] * reuse_exp(reuse_log1p(p[1]) * t)
        case .linear: return p[0] + p[1] * t
        case .logistic: return p[0] / (1 + reuse_exp(-p[1] * (t + origin - p[2])))
        case .gompertz: return p[0] * reuse_exp(-p[1] * reuse_exp(-p[2] * t))
        case .bass:
            let length = end - start
            return length > 0 ? p[0] * (bassShare(p[1], p[2], end) - bassShare(p[1], p[2], start)) / length : 0
        case .richards:
            return p[0] * reuse_exp(-reuse_log1p(p[3] * reuse_exp(-p[1] * (t + origin - p[2]))) / p[3])
        case .holt, .damped: return .nan
        }
    }

    /// Sets of parameters from which to search, as wide as what the span of the data, in years, can show. The first, which
    /// multiplies a curve above zero and is added to any other, is found to fit the others.
    func grid(span: Double, origin: Double, isFalling: Bool, rise: Double) -> [[Double]] {
        var result: [[Double]] = []
        switch self {
        case .compound:
            for growth in [-8.0, -3, -1, -0.3, 0, 0.3, 1, 3, 8] { result.append([0, reuse_expm1(growth / span)]) }
        case .linear: result.append([0, rise / span])
        case .logistic:
            let sign = isFalling ? -1.0 : 1
            for rate in [1.0, 2, 4, 8, 16, 32] {
                for place in [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2] {
                    result.append([0, sign * rate / span, origin + place * span])
                }
            }
        case .gompertz:
            for rate in [0.5, 1, 2, 4, 8, 16] {
                for place in [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5] {
                    result.append([0, reuse_exp(rate * place), rate / span])
                }
            }
        case .richards:
            let sign = isFalling ? -1.0 : 1
            // From a shape near that of Gompertz to one that halts at once.
            for shape in [0.1, 0.5, 1, 2, 5] {
                for rate in [1.0, 2, 4, 8, 16, 32] {
                    for place in [-0.5, 0, 0.25, 0.5, 0.75, 1, 1.5] {
                        result.append([0, sign * rate / span, origin + place * span, shape])
                    }
                }
            }
        case .bass:
            for speed in [1.0, 2, 4, 8, 16, 32] {
                for ratio in [0.5, 3, 10, 50, 250, 2000] {
                    let sum = speed / span
                    result.append([0, sum / (1 + ratio), sum * ratio / (1 + ratio)])
                }
            }
        case .holt, .damped:
            for alpha in [0.1, 0.3, 0.5, 0.7, 0.9] {
                for beta in [0.05, 0.2, 0.5, 0.8] {
                    if self == .holt {
                        result.append([alpha, beta, 0, 0])
                    } else {
                        for phi in [0.6, 0.8, 0.9, 0.98] { result.append([alpha, beta, phi, 0, 0]) }
                    }
                }
            }
        }
        return result
    }

    /// How a parameter is searched.
    func scale(of parameter: ProjectionParameter, isFalling: Bool, origin: Double) -> ParameterScale {
        switch parameter {
        case .capacity, .delay, .potential, .innovation, .imitation, .shape: .positive
        case .level: isPositive ? .positive : .plain
        case .rate:
            switch self {
            case .compound: .growth
            case .logistic, .richards: isFalling ? .negative : .positive
            default: .positive
            }
        case .alpha, .beta, .phi: .share
        case .midpoint: .time(origin: origin)
        case .slope, .trend: .plain
        }
    }

    /// Whether a value may be given for a parameter.
    func accepts(_ value: Double, for parameter: ProjectionParameter) -> Bool {
        guard value.isFinite else { return false }
        switch parameter {
        case .capacity, .delay, .potential, .innovation, .shape: return value > 0
        case .imitation: return value >= 0
        case .rate:
            switch self {
            case .compound: return value > -1
            case .logistic, .richards: return true
            default: return value > 0
            }
        case .level: return isPositive ? value > 0 : true
        case .alpha, .beta, .phi: return value >= 0 && value <= 1
        case .slope, .midpoint, .trend: return true
        }
    }

    /// The level with which the curve passes through a datum, for methods that can go on from the last one.
    func level(through datum: Double, after elapsed: Double, change: Double) -> Double {
        isPositive ? datum * reuse_exp(-reuse_log1p(change) * elapsed) : datum - change * elapsed
    }
}

/// The share of those who will buy that have bought, by the model of Bass (1969).
private func bassShare(_ innovation: Double, _ imitation: Double, _ elapsed: Double) -> Double {
    guard elapsed > 0 else { return 0 }
    let decay = reuse_exp(-(innovation + imitation) * elapsed)
    return (1 - decay) / (1 + imitation / innovation * decay)
}
