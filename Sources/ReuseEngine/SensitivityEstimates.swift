import ReuseKernels

/// The half-width of a 95% interval, in standard errors.
private let halfWidth = 1.959963984540054

/// First and total order indices: the share of the variance that an input explains by itself, and the share that is lost when
/// it alone is known to no one, its part in interactions included.
///
/// First order after Saltelli and others, Variance based sensitivity analysis of model output, Computer Physics
/// Communications 181 (2010), table 2 (b); total order after Jansen, Analysis of variance designs for model output, Computer
/// Physics Communications 117 (1999).
package struct SobolIndices: Sendable {
    static let resamples = 200

    package var first: [Double]
    package var total: [Double]
    /// 95%, from 200 resamples of the points (bootstrap). Scrambled points of Sobol are better than that says.
    package var firstHalfWidths: [Double]
    package var totalHalfWidths: [Double]
    package var mean: Double
    package var variance: Double

    /// Values in the order of the design's rows, but for the points that are left out. All indices are 0 where nothing varies.
    package init(_ all: [Double], of design: SaltelliDesign, leavingOut left: Set<Int> = [], seed: UInt64) {
        let values = left.isEmpty ? all : all.indices.filter { !left.contains($0 % design.points) }.map { all[$0] }
        let points = design.points - left.count
        let inputs = design.columns.groupCount
        let zeros = Array(repeating: 0.0, count: inputs)
        (first, total, firstHalfWidths, totalHalfWidths, mean, variance) = (zeros, zeros, zeros, zeros, 0, 0)
        guard values.count >= points * (inputs + 2) else { return }
        var sum = 0.0
        for row in 0..<2 * points { sum += values[row] }
        mean = sum / Double(2 * points)
        let once = Array(repeating: 1.0, count: points)
        variance = Self.variance(values, points, mean, once)
        guard variance > 0, variance.isFinite else {
            variance = 0
            return
        }
        for input in 0..<inputs {
            (first[input], total[input]) = Self.shares(values, points, mean, once, input, variance)
        }
        bootstrap(values, points, seed)
    }

    private mutating func bootstrap(_ values: [Double], _ points: Int, _ seed: UInt64) {
        var random = Randomness(seed, of: "bootstrap")
        var moments = first.map { _ in (first: Moments(), total: Moments()) }
        for _ in 0..<Self.resamples {
            var weights = Array(repeating: 0.0, count: points)
            for _ in 0..<points { weights[random.next(points)] += 1 }
            let own = Self.variance(values, points, mean, weights)
            guard own > 0 else { continue }
            for input in first.indices {
                let shares = Self.shares(values, points, mean, weights, input, own)
                moments[input].first.add(shares.0)
                moments[input].total.add(shares.1)
            }
        }
        firstHalfWidths = moments.map { halfWidth * $0.first.deviation }
        totalHalfWidths = moments.map { halfWidth * $0.total.deviation }
    }

    private static func variance(_ values: [Double], _ points: Int, _ mean: Double, _ weights: [Double]) -> Double {
        var sum = 0.0
        var square = 0.0
        for point in 0..<points {
            let a = values[point] - mean
            let b = values[points + point] - mean
            sum += weights[point] * (a + b)
            square += weights[point] * (a * a + b * b)
        }
        let count = Double(2 * points)
        return (square - sum * sum / count) / (count - 1)
    }

    /// Values are taken from their mean, which the products of the first order are sensitive to.
    private static func shares(
        _ values: [Double], _ points: Int, _ mean: Double, _ weights: [Double], _ input: Int, _ variance: Double
    ) -> (Double, Double) {
        var first = 0.0
        var total = 0.0
        for point in 0..<points {
            let a = values[point]
            let changed = values[(input + 2) * points + point]
            first += weights[point] * (values[points + point] - mean) * (changed - a)
            total += weights[point] * (a - changed) * (a - changed)
        }
        let scale = Double(points) * variance
        return (first / scale, total / (2 * scale))
    }
}

/// Mean and deviation of numbers as they come, after Welford, Note on a method for calculating corrected sums of squares and
/// products, Technometrics 4 (1962).
struct Moments {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    private var square = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let step = value - mean
        mean += step / count
        square += step * (value - mean)
    }

    /// With n - 1.
    var variance: Double { count > 1 ? square / (count - 1) : 0 }
    var deviation: Double { variance.squareRoot() }
    var standardError: Double { count > 1 ? (variance / count).squareRoot() : 0 }
}

/// What a jump of an input does, as if it went all the way from its 5% to its 95%: the mean of the change's size (mu*), after
/// Campolongo, Cariboni and Saltelli, An effective screening design for sensitivity analysis of large models, Environmental
/// Modelling & Software 22 (2007); the mean (mu), and the deviation (sigma), which shows interactions and curvature.
package struct ElementaryEffects: Sendable {
    package var size: [Double] = []
    /// 95%.
    package var sizeHalfWidth: [Double] = []
    package var mean: [Double] = []
    package var deviation: [Double] = []

    package init(_ values: [Double], of design: MorrisDesign, leavingOut left: Set<Int> = []) {
        guard values.count >= design.rows else { return }
        for group in 0..<design.columns.groupCount {
            var plain = Moments()
            var sizes = Moments()
            for trajectory in 0..<design.trajectories where !left.contains(trajectory) {
                let jump = design.jump(of: group, in: trajectory)
                let effect = (values[jump.high] - values[jump.low]) / MorrisDesign.jump
                plain.add(effect)
                sizes.add(effect.magnitude)
            }
            size.append(sizes.mean)
            sizeHalfWidth.append(halfWidth * sizes.standardError)
            mean.append(plain.mean)
            deviation.append(plain.deviation)
        }
    }
}

/// The variance of a value, shared out among its inputs by Shapley: the mean, over all orders of the inputs, of what one adds
/// to the variance that those before it can still make when all behind them are known. Owen, Sobol' indices and Shapley value,
/// SIAM/ASA J. Uncertainty Quantification 2 (2014).
package struct ShapleyEffects: Sendable {
    /// They add up to 1, also where inputs are correlated.
    package var shares: [Double]
    /// 95%.
    package var halfWidths: [Double]
    package var variance = 0.0

    package init(_ values: [Double], of design: ShapleyDesign, leavingOut left: Set<Int> = []) {
        let count = design.columns.groupCount
        shares = Array(repeating: 0, count: count)
        halfWidths = shares
        guard values.count >= design.rows else { return }
        var whole = Moments()
        var parts = Array(repeating: Moments(), count: count)
        let orders = design.orders.indices.filter { !left.contains($0) }
        for number in orders { whole.add(Self.gains(values, design, number).total) }
        variance = whole.mean
        guard variance > 0, variance.isFinite else {
            variance = 0
            return
        }
        for number in orders {
            for (place, gain) in Self.gains(values, design, number).each.enumerated() {
                parts[design.orders[number][place]].add(gain)
            }
        }
        shares = parts.map { $0.mean / variance }
        // The error of a ratio is that of what is left of the part when its share of the whole is taken off.
        var rests = Array(repeating: Moments(), count: count)
        for number in orders {
            let (each, total) = Self.gains(values, design, number)
            for (place, gain) in each.enumerated() {
                let input = design.orders[number][place]
                rests[input].add(gain - shares[input] * total)
            }
        }
        halfWidths = rests.map { halfWidth * $0.standardError / variance }
    }

    /// Along one order, from the first point on: half the square of how far the value has come, and what each input adds to it.
    /// Where inputs are independent the way back counts as well, along the reverse order.
    private static func gains(_ values: [Double], _ design: ShapleyDesign, _ number: Int) -> (
        each: [Double], total: Double
    ) {
        let count = design.columns.groupCount
        let path = values[number * (count + 1)..<(number + 1) * (count + 1)]
        let first = path[path.startIndex]
        let last = path[path.startIndex + count]
        var each: [Double] = []
        for place in 0..<count {
            let before = path[path.startIndex + place]
            let after = path[path.startIndex + place + 1]
            let from = design.isCorrelated ? first - (before + after) / 2 : (first - last) / 2
            each.append(from * (before - after))
        }
        return (each, (first - last) * (first - last) / 2)
    }
}
