import ReuseKernels
import ReuseModel

/// The functions of one number: each is a row of the four tables below.
extension UnaryOperation {
    /// The value; no number where the argument lies outside the domain.
    @inline(__always)
    func value(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .not: 1 - x
        case .absolute: x.magnitude
        case .squareRoot: x < 0 ? .nan : reuse_sqrt(x)
        case .exponential: reuse_exp(x)
        case .exponentialLessOne: reuse_expm1(x)
        case .logarithm: reuse_log(x)
        case .logarithmOfOneMore: x <= -1 ? .nan : reuse_log1p(x)
        case .logarithm2: reuse_log2(x)
        case .logarithm10: reuse_log10(x)
        case .floor: reuse_floor(x)
        case .ceiling: reuse_ceil(x)
        case .round: reuse_round(x)
        case .gamma: x <= 0 ? .nan : reuse_gamma(x)
        case .logGamma: x <= 0 ? .nan : reuse_log_gamma(x)
        case .normalCDF: reuse_normal_cdf(x)
        case .normalQuantile: reuse_normal_quantile(x)
        }
    }

    /// The same of n numbers. Whether some result is not finite; of `not`, whether some operand is no number.
    func values(_ out: UnsafeMutablePointer<Double>, _ x: UnsafePointer<Double>, _ n: Int) -> Bool {
        let flags: Int32
        switch self {
        case .negate: flags = reuse_lanes_negate(out, x, n)
        case .not: flags = reuse_lanes_not(out, x, n)
        case .absolute: flags = reuse_lanes_abs(out, x, n)
        case .squareRoot: flags = reuse_lanes_sqrt(out, x, n)
        case .exponential: flags = reuse_lanes_exp(out, x, n)
        case .logarithm: flags = reuse_lanes_log(out, x, n)
        case .logarithm2: flags = reuse_lanes_log2(out, x, n)
        case .logarithm10: flags = reuse_lanes_log10(out, x, n)
        case .floor: flags = reuse_lanes_floor(out, x, n)
        case .ceiling: flags = reuse_lanes_ceil(out, x, n)
        case .round: flags = reuse_lanes_round(out, x, n)
        case .normalCDF: flags = reuse_lanes_normal_cdf(out, x, n)
        case .normalQuantile: flags = reuse_lanes_normal_quantile(out, x, n)
        // Without a kernel of their own.
        case .exponentialLessOne, .logarithmOfOneMore, .gamma, .logGamma:
            var isFinite = true
            for lane in 0..<n {
                out[lane] = value(x[lane])
                if !(out[lane].magnitude < .infinity) { isFinite = false }
            }
            return !isFinite
        }
        return flags != 0
    }

    /// What went wrong where the value of `x` is not finite.
    func fault(_ x: Double) -> RunFault {
        switch self {
        case .squareRoot: .squareRootOfNegative
        case .logarithm, .logarithm2, .logarithm10: .logarithmOfNonPositive
        case .logarithmOfOneMore: .logarithmOfOneMore
        case .gamma, .logGamma: x <= 0 ? .outsideDomain : .notFinite
        case .normalQuantile: .outsideDomain
        case .negate, .not, .absolute, .exponential, .exponentialLessOne, .floor, .ceiling, .round, .normalCDF:
            .notFinite
        }
    }
}
