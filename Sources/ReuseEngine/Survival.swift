import ReuseKernels

/// The share of what entered that is still there, by age.
///
/// Parameters are rows, one number a lane: shape and scale, mu and sigma, mean and sd, or the life. Each form is that of
/// flodym and scipy: Weibull exp(-(t/scale)^shape); lognormal of the lifetime itself; normal with the mass below age 0
/// gone at once; fixed 1 below the life and 0 from it on.
enum SurvivalForm: Sendable {
    case weibull, lognormal, normal, fixed, table

    /// Writes the shares at `ages` into `shares`, which may be `ages`; all are rows of `width` lanes.
    func shares(
        _ parameters: [UnsafeMutablePointer<Double>], at ages: UnsafeMutablePointer<Double>,
        into shares: UnsafeMutablePointer<Double>, width: Int
    ) {
        switch self {
        case .weibull:
            _ = reuse_lanes_divide(shares, ages, parameters[1], width)
            _ = reuse_lanes_power(shares, shares, parameters[0], width)
            _ = reuse_lanes_negate(shares, shares, width)
            _ = reuse_lanes_exp(shares, shares, width)
        case .lognormal:
            for lane in 0..<width {
                // Below age 0 there is no logarithm; all are there.
                shares[lane] = ages[lane] > 0 ? ages[lane] : Double.leastNormalMagnitude
            }
            _ = reuse_lanes_log(shares, shares, width)
            _ = reuse_lanes_subtract(shares, parameters[0], shares, width)
            _ = reuse_lanes_divide(shares, shares, parameters[1], width)
            _ = reuse_lanes_normal_cdf(shares, shares, width)
        case .normal:
            _ = reuse_lanes_subtract(shares, parameters[0], ages, width)
            _ = reuse_lanes_divide(shares, shares, parameters[1], width)
            _ = reuse_lanes_normal_cdf(shares, shares, width)
        case .fixed:
            // What is rounded in sums of steps does not keep goods for a step more.
            for lane in 0..<width { shares[lane] = ages[lane] < parameters[0][lane] * (1 - 1e-12) ? 1 : 0 }
        case .table:
            let count = parameters.count / 2
            for lane in 0..<width {
                shares[lane] = Self.interpolated(parameters, count, at: ages[lane], lane)
            }
        }
    }

    /// Between the ages of a table, along straight lines; nothing is left beyond the last.
    private static func interpolated(
        _ table: [UnsafeMutablePointer<Double>], _ count: Int, at age: Double, _ lane: Int
    ) -> Double {
        guard count > 0, age > table[0][lane] else { return 1 }
        var low = 0
        var high = count - 1
        if age >= table[high][lane] { return table[count + high][lane] }
        while high - low > 1 {
            let middle = (low + high) / 2
            if table[middle][lane] <= age { low = middle } else { high = middle }
        }
        let (a, b) = (table[low][lane], table[high][lane])
        let (atA, atB) = (table[count + low][lane], table[count + high][lane])
        return b > a ? atA + (atB - atA) * ((age - a) / (b - a)) : atB
    }

    /// The shape k of the Weibull distribution whose standard deviation is `ratio` times its mean: the root of
    /// Gamma(1 + 2/k) / Gamma(1 + 1/k)^2 = 1 + ratio^2, by secants in logarithms from Justus's k = ratio^-1.086, inside a
    /// bracket (Justus, Hargraves, Mikhail & Graber, Journal of Applied Meteorology 17 (1978)).
    static func weibullShape(ratio: Double) -> Double {
        let wanted = reuse_log1p(ratio * ratio)
        var low = -2.9957322735539909
        var high = 6.907755278982137
        func excess(_ logarithm: Double) -> Double {
            let k = reuse_exp(logarithm)
            return reuse_log_gamma(1 + 2 / k) - 2 * reuse_log_gamma(1 + 1 / k) - wanted
        }
        var at = min(max(-1.086 * reuse_log(ratio), low), high)
        var value = excess(at)
        var before = min(max(at + 0.01, low), high)
        if before == at { before = at - 0.01 }
        var valueBefore = excess(before)
        for _ in 0..<60 {
            // The spread falls as the shape rises.
            if value > 0 { low = max(low, at) } else { high = min(high, at) }
            var next = at - value * (at - before) / (value - valueBefore)
            if !(next > low && next < high) { next = (low + high) / 2 }
            if value == 0 || (next - at).magnitude <= 1e-15 * max(1, at.magnitude) { break }
            (before, valueBefore) = (at, value)
            at = next
            value = excess(at)
        }
        return reuse_exp(at)
    }
}

/// Rows of lanes one after the other, which grow as they are needed.
final class LaneRows {
    let width: Int
    private(set) var count = 0
    private var capacity = 0
    private let first: Int
    private(set) var start: UnsafeMutablePointer<Double>

    /// Takes no memory before its first row.
    init(width: Int, capacity: Int = 4) {
        self.width = width
        first = max(capacity, 1)
        start = Self.nowhere
    }

    deinit { if capacity > 0 { start.deallocate() } }

    private nonisolated(unsafe) static let nowhere = UnsafeMutablePointer<Double>.allocate(capacity: 1)

    /// A new row at the end. What was read of `start` before is no longer valid.
    func append() -> UnsafeMutablePointer<Double> {
        if count == capacity {
            let larger = UnsafeMutablePointer<Double>.allocate(capacity: max(first, 2 * capacity) * width)
            if capacity > 0 {
                larger.update(from: start, count: count * width)
                start.deallocate()
            }
            start = larger
            capacity = max(first, 2 * capacity)
        }
        count += 1
        return start + (count - 1) * width
    }

    func row(_ index: Int) -> UnsafeMutablePointer<Double> { start + index * width }
    func removeAll() { count = 0 }
}
