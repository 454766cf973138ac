import ReuseKernels
import ReuseModel

/// Distributions by their quantile functions: one uniform number gives one draw.
extension Distribution {
    var hasThirdParameter: Bool { self == .triangular || self == .pert }

    /// The value at share `u` of a distribution.
    func quantile(_ u: Double, _ p: Double, _ q: Double, _ s: Double) -> Result<Double, Machine.Failure> {
        if let fault = parameterFault(p, q, s) { return .failure(Machine.Failure(fault: fault)) }
        func normal() -> Double {
            guard let normal = normalBehind(p, q) else { return 0 }
            return normal.center + reuse_normal_quantile(u) * normal.scale
        }
        switch self {
        case .lognormalRange, .lognormalMoments:
            return .success(q < 0 ? -reuse_exp(normal()) : reuse_exp(normal()))
        case .logitRange:
            // Rounding must not make it the whole.
            return .success(reuse_min(1 / (1 + reuse_exp(-normal())), 1 - 0x1p-53))
        case .normalMoments, .normalRange: return .success(normal())
        case .uniform: return .success(reuse_uniform_quantile(u, p, q))
        case .triangular: return .success(reuse_triangular_quantile(u, p, q, s))
        case .pert: return .success(reuse_pert_quantile(u, p, q, s))
        case .beta: return .success(reuse_beta_quantile(u, p, q))
        case .gammaShape: return .success(q * reuse_gamma_quantile(u, p))
        case .weibull: return .success(q * reuse_pow(-reuse_log1p(-u), 1 / p))
        default:
            let shape = Self.gammaShape(mean: p, deviation: q)
            return .success(Self.gamma(mean: p, shape: shape, standard: reuse_gamma_quantile(u, shape)))
        }
    }

    static func gammaShape(mean: Double, deviation: Double) -> Double {
        let ratio = mean / deviation
        return ratio * ratio
    }

    /// A draw of mean `mean` from that of scale 1. Without a deviation, or nearly so, it is the mean.
    static func gamma(mean: Double, shape: Double, standard: Double) -> Double {
        guard shape < 1e300 else { return mean }
        return shape > 0 ? mean * (standard / shape) : 0
    }

    /// What is wrong with the parameters of a distribution.
    func parameterFault(_ p: Double, _ q: Double, _ s: Double) -> RunFault? {
        switch self {
        case .lognormalRange:
            if p < q, p > 0 || q < 0 { return nil }
            return p >= q ? .unsortedRange : .noRange(low: p, high: q)
        case .logitRange:
            if p > 0, p < q, q < 1 { return nil }
            return p >= q ? .unsortedRange : .noShareRange(low: p, high: q)
        case .normalMoments: return q >= 0 ? nil : .noDistribution(.negativeDeviation)
        case .normalRange, .uniform: return p <= q ? nil : .unsortedRange
        case .lognormalMoments, .gammaMoments:
            if !(p > 0) { return .noDistribution(.meanNotAboveZero) }
            return q >= 0 ? nil : .noDistribution(.negativeDeviation)
        case .beta:
            if !(p > 0) { return .noDistribution(.alphaNotAboveZero) }
            return q > 0 ? nil : .noDistribution(.betaNotAboveZero)
        case .gammaShape, .weibull:
            if !(p > 0) { return .noDistribution(.shapeNotAboveZero) }
            return q > 0 ? nil : .noDistribution(.scaleNotAboveZero)
        default:
            if !(p <= s) { return .noDistribution(.endsNotInOrder) }
            if p == s { return .noDistribution(.endsEqual) }
            return p <= q && q <= s ? nil : .noDistribution(.modeOutsideEnds)
        }
    }

    /// The normal variable that a draw is made of: `center + scale z`.
    func normalBehind(_ p: Double, _ q: Double) -> (center: Double, scale: Double)? {
        // Of the standard normal distribution, its 95% point.
        let z95 = 1.6448536269514722
        func between(_ a: Double, _ b: Double) -> (center: Double, scale: Double) {
            ((a + b) / 2, (b - a) / (2 * z95))
        }
        switch self {
        case .lognormalRange:
            guard q < 0 else { return between(reuse_log(p), reuse_log(q)) }
            // The mirror image falls where the other rises.
            let mirrored = between(reuse_log(-q), reuse_log(-p))
            return (mirrored.center, -mirrored.scale)
        case .logitRange: return between(reuse_log(p / (1 - p)), reuse_log(q / (1 - q)))
        case .normalMoments: return (p, q)
        case .normalRange: return between(p, q)
        case .lognormalMoments:
            let ratio = q / p
            let variance = reuse_log1p(ratio * ratio)
            return (reuse_log(p) - variance / 2, reuse_sqrt(variance))
        default: return nil
        }
    }
}

/// Draws, in one lane and in all.
extension Machine {
    struct Failure: Error { var fault: RunFault }

    /// Draws of one distribution in all lanes. `out` may be where the shares are; a third parameter is looked at only
    /// where there is one.
    func distribute(
        _ distribution: Distribution, _ pc: Int, into out: UnsafeMutablePointer<Double>, shares: UnsafePointer<Double>,
        _ first: UnsafePointer<Double>, _ second: UnsafePointer<Double>, _ third: UnsafePointer<Double>
    ) {
        let hasThird = distribution.hasThirdParameter
        if distributeAlike(distribution, pc, into: out, shares: shares, first, second, third) { return }
        for lane in 0..<width {
            let (p, q, s) = (first[lane], second[lane], hasThird ? third[lane] : 0)
            if Box.fault(in: p) != nil {
                out[lane] = p
            } else if Box.fault(in: q) != nil {
                out[lane] = q
            } else if Box.fault(in: s) != nil {
                out[lane] = s
            } else {
                switch distribution.quantile(shares[lane], p, q, s) {
                case .success(let v): out[lane] = v.magnitude < .infinity ? v : poison(.notFinite, at: pc)
                case .failure(let failure): out[lane] = poison(failure.fault, at: pc)
                }
            }
        }
    }

    /// Where parameters are the same in all lanes, what depends on them alone is computed once, and the rest by kernels. The
    /// same operations in the same order, so the same bits.
    private func distributeAlike(
        _ distribution: Distribution, _ pc: Int, into out: UnsafeMutablePointer<Double>, shares: UnsafePointer<Double>,
        _ first: UnsafePointer<Double>, _ second: UnsafePointer<Double>, _ third: UnsafePointer<Double>
    ) -> Bool {
        let n = width
        let hasThird = distribution.hasThirdParameter
        let (p, q, s) = (first[0], second[0], hasThird ? third[0] : 0)
        if distribution == .triangular || distribution.parameterFault(p, q, s) != nil { return false }
        for lane in 1..<n where first[lane] != p || second[lane] != q { return false }
        if hasThird { for lane in 1..<n where third[lane] != s { return false } }
        switch distribution {
        case .pert: reuse_lanes_pert_quantile(out, shares, p, q, s, n)
        case .beta: reuse_lanes_beta_quantile(out, shares, p, q, n)
        case .gammaShape:
            reuse_lanes_gamma_quantile(out, shares, p, n)
            for lane in 0..<n { out[lane] = q * out[lane] }
        case .gammaMoments:
            let shape = Distribution.gammaShape(mean: p, deviation: q)
            reuse_lanes_gamma_quantile(out, shares, shape, n)
            for lane in 0..<n { out[lane] = Distribution.gamma(mean: p, shape: shape, standard: out[lane]) }
        case .uniform: for lane in 0..<n { out[lane] = reuse_uniform_quantile(shares[lane], p, q) }
        default:
            guard let normal = distribution.normalBehind(p, q) else { return false }
            _ = reuse_lanes_normal_quantile(out, shares, n)
            _ = reuse_lanes_multiply_vs(out, out, normal.scale, n)
            _ = reuse_lanes_add_sv(out, normal.center, out, n)
            switch distribution {
            case .lognormalRange, .lognormalMoments:
                _ = reuse_lanes_exp(out, out, n)
                if q < 0 { _ = reuse_lanes_negate(out, out, n) }
            case .logitRange:
                _ = reuse_lanes_negate(out, out, n)
                _ = reuse_lanes_exp(out, out, n)
                _ = reuse_lanes_add_sv(out, 1, out, n)
                _ = reuse_lanes_divide_sv(out, 1, out, n)
                _ = reuse_lanes_min_vs(out, out, 1 - 0x1p-53, n)
            default: break
            }
        }
        for lane in 0..<n where !(out[lane].magnitude < .infinity) { out[lane] = poison(.notFinite, at: pc) }
        return true
    }

    /// The same of a list that all lanes share.
    func distribute(
        _ distribution: Distribution, _ pc: Int, into out: UnsafeMutablePointer<Double>, shares: UnsafePointer<Double>,
        values: Double, weights: Double
    ) {
        switch listQuantile(distribution, values: values, weights: weights) {
        case .success(let list): for lane in 0..<width { out[lane] = list.value(at: shares[lane]) }
        case .failure(let failure):
            let bad = poison(failure.fault, at: pc)
            for lane in 0..<width { out[lane] = bad }
        }
    }

    /// The quantile function of a list: by its weights, of values that are equally likely, or of a sample.
    func listQuantile(_ distribution: Distribution, values: Double, weights: Double) -> Result<ListQuantile, Failure> {
        func fail(_ fault: RunFault) -> Result<ListQuantile, Failure> { .failure(Failure(fault: fault)) }
        guard let list = UnsafeMutablePointer<ListObject>(handle: values) else { return fail(.memory) }
        let count = list.pointee.count
        guard count > 0 else { return fail(.emptyList) }
        var items: [Double] = []
        items.reserveCapacity(count)
        for index in 0..<count {
            if Box.isNone(list.item(index)) { return fail(.noneInArithmetic) }
            items.append(list.item(index))
        }
        switch distribution {
        case .empirical:
            items.sort()
            return .success(.sample(sorted: items))
        case .equallyLikely: return .success(.equallyLikely(items))
        default: break
        }
        guard let list = UnsafeMutablePointer<ListObject>(handle: weights) else { return fail(.memory) }
        guard list.pointee.count == count else {
            return fail(.weightCount(values: count, weights: list.pointee.count))
        }
        var sums: [Double] = []
        sums.reserveCapacity(count)
        var sum = 0.0
        for index in 0..<count {
            guard list.item(index) >= 0 else { return fail(.noDistribution(.negativeWeight)) }
            sum += list.item(index)
            sums.append(sum)
        }
        guard (sum - 1).magnitude <= 1e-9 else { return fail(.weightSum(sum)) }
        return .success(.weighted(items, sums: sums))
    }
}

/// The quantile function of a list of values, which is not empty.
enum ListQuantile {
    /// `sums` are the weights of the values up to each one.
    case weighted([Double], sums: [Double])
    case equallyLikely([Double])
    case sample(sorted: [Double])

    /// The value at share `u` between 0 and 1.
    func value(at u: Double) -> Double {
        switch self {
        case .weighted(let values, let sums):
            // The first whose sum reaches the share. The last sum, 1 but for rounding, stands for the whole.
            let wanted = u * (sums.last ?? 1)
            var low = 0
            var high = values.count - 1
            while low < high {
                let middle = (low + high) / 2
                if sums[middle] >= wanted { high = middle } else { low = middle + 1 }
            }
            return values[low]
        case .equallyLikely(let values):
            let place = (u * Double(values.count)).rounded(.up)
            return values[max(1, min(values.count, Int(place))) - 1]
        case .sample(let sorted):
            let place = u * Double(sorted.count - 1)
            let below = max(0, min(sorted.count - 1, Int(place)))
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
        }
    }
}
