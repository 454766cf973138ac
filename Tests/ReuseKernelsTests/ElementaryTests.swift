import ReuseKernels
import Testing

/// How many doubles apart two finite numbers are.
func doublesApart(_ a: Double, _ b: Double) -> UInt64 {
    func position(_ x: Double) -> Int64 {
        let bits = Int64(bitPattern: x.bitPattern)
        return bits >= 0 ? bits : Int64.min - bits
    }
    let (p, q) = (position(a), position(b))
    return p > q ? UInt64(p &- q) : UInt64(q &- p)
}

private func expect(
    _ name: String, _ function: (Double) -> Double, meets references: [Reference], within apart: UInt64 = 1
) {
    for reference in references {
        let result = function(reference.operand)
        #expect(
            result.isFinite && doublesApart(result, reference.expected) <= apart,
            "\(name)(\(reference.operand)) is \(result), not \(reference.expected)")
    }
}

@Suite("Elementary functions")
struct ElementaryTests {
    @Test("exponentials are within one unit of the reference")
    func exponentials() {
        expect("exp", reuse_exp, meets: ReferenceValues.exponential)
        expect("expm1", reuse_expm1, meets: ReferenceValues.exponentialLessOne)
    }

    @Test("logarithms are within one unit of the reference")
    func logarithms() {
        expect("log", reuse_log, meets: ReferenceValues.logarithm)
        expect("log2", reuse_log2, meets: ReferenceValues.logarithm2)
        expect("log10", reuse_log10, meets: ReferenceValues.logarithm10)
        expect("log1p", reuse_log1p, meets: ReferenceValues.logarithmOfOnePlus)
    }

    @Test("powers are within one unit of the reference")
    func powers() {
        for reference in ReferenceValues.power {
            let result = reuse_pow(reference.base, reference.exponent)
            #expect(
                result.isFinite && doublesApart(result, reference.expected) <= 1,
                "\(reference.base)^\(reference.exponent) is \(result), not \(reference.expected)")
        }
    }

    @Test("gamma and the normal distribution are within a few units of the reference")
    func distributions() {
        expect("gamma", reuse_gamma, meets: ReferenceValues.gamma, within: 4)
        expect("log_gamma", reuse_log_gamma, meets: ReferenceValues.logarithmOfGamma, within: 2)
        expect("normal_cdf", reuse_normal_cdf, meets: ReferenceValues.normalProbability, within: 6)
        expect("normal_quantile", reuse_normal_quantile, meets: ReferenceValues.normalQuantile, within: 8)
    }

    @Test("results that are doubles are exact")
    func exactResults() {
        #expect(reuse_exp(0) == 1)
        #expect(reuse_log(1) == 0)
        #expect(reuse_pow(2, 10) == 1024)
        #expect(reuse_pow(1.5, 2) == 2.25)
        #expect(reuse_pow(10, 22) == 1e22)
        #expect(reuse_pow(-3, 3) == -27)
        #expect(reuse_pow(2, -1074) == .leastNonzeroMagnitude)
        #expect(reuse_pow(4, 0.5) == 2)
        #expect(reuse_normal_cdf(0) == 0.5)
        #expect(reuse_normal_quantile(0.5) == 0)
        for exponent in -1074...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            #expect(reuse_log2(power) == Double(exponent))
            #expect(reuse_pow(2, Double(exponent)) == power)
        }
        var power = 1.0
        for exponent in 0...22 {
            #expect(reuse_log10(power) == Double(exponent))
            #expect(reuse_pow(10, Double(exponent)) == power)
            power *= 10
        }
        var factorial = 1.0
        for n in 1...22 {
            #expect(reuse_gamma(Double(n)) == factorial)
            factorial *= Double(n)
        }
    }

    @Test("anything to the power one is itself, and to the power zero one")
    func trivialPowers() {
        var generator = SplitMix(state: 5)
        for _ in 0..<2000 {
            let x = generator.anyFinite()
            #expect(reuse_pow(x.magnitude, 1) == x.magnitude)
            #expect(reuse_pow(x, 1) == x)
            #expect(reuse_pow(x, 0) == 1)
            #expect(reuse_pow(1, x) == 1)
        }
    }

    @Test("special operands of exp and the logarithms")
    func specialOperands() {
        #expect(reuse_exp(.infinity) == .infinity)
        #expect(reuse_exp(-.infinity) == 0)
        #expect(reuse_exp(709.79) == .infinity)
        #expect(reuse_exp(-745.2) == 0)
        #expect(reuse_exp(.nan).isNaN)
        #expect(reuse_expm1(-.infinity) == -1)
        #expect(reuse_expm1(710) == .infinity)
        #expect(reuse_expm1(-0.0).sign == .minus)
        #expect(reuse_log1p(-0.0).sign == .minus)
        #expect(reuse_log1p(-1) == -.infinity)
        #expect(reuse_log1p(-1.5).isNaN)
        #expect(reuse_log1p(.infinity) == .infinity)
        for logarithm in [reuse_log, reuse_log2, reuse_log10] {
            #expect(logarithm(0) == -.infinity)
            #expect(logarithm(-0.0) == -.infinity)
            #expect(logarithm(.infinity) == .infinity)
            #expect(logarithm(-1).isNaN)
            #expect(logarithm(-.infinity).isNaN)
            #expect(logarithm(-.leastNonzeroMagnitude).isNaN)
            #expect(logarithm(.nan).isNaN)
        }
        #expect(reuse_sqrt(-1).isNaN)
        #expect(reuse_sqrt(2) == 2.0.squareRoot())
    }

    @Test("special operands of pow are those of IEEE 754")
    func specialPowers() {
        #expect(reuse_pow(.nan, 0) == 1)
        #expect(reuse_pow(1, .nan) == 1)
        #expect(reuse_pow(.nan, 1).isNaN)
        #expect(reuse_pow(2, .nan).isNaN)
        #expect(reuse_pow(-8, 1.0 / 3).isNaN)
        #expect(reuse_pow(-1, .infinity) == 1)
        #expect(reuse_pow(-1, 1e300) == 1)
        #expect(reuse_pow(-1, 9_007_199_254_740_991) == -1)
        #expect(reuse_pow(0, -1) == .infinity)
        #expect(reuse_pow(-0.0, -1) == -.infinity)
        #expect(reuse_pow(-0.0, -2) == .infinity)
        #expect(reuse_pow(-0.0, 3).sign == .minus)
        #expect(reuse_pow(-0.0, 2).sign == .plus)
        #expect(reuse_pow(0.5, .infinity) == 0)
        #expect(reuse_pow(0.5, -.infinity) == .infinity)
        #expect(reuse_pow(-2, .infinity) == .infinity)
        #expect(reuse_pow(.infinity, 0.1) == .infinity)
        #expect(reuse_pow(.infinity, -0.1) == 0)
        #expect(reuse_pow(-.infinity, 3) == -.infinity)
        #expect(reuse_pow(-.infinity, 0.5) == .infinity)
        #expect(reuse_pow(-.infinity, -3).sign == .minus)
        #expect(reuse_pow(2, 1024) == .infinity)
        #expect(reuse_pow(-2, 1025) == -.infinity)
        #expect(reuse_pow(2, -1076) == 0)
        #expect(reuse_pow(1.1, 1e308) == .infinity)
        #expect(reuse_pow(.leastNonzeroMagnitude, 1e308) == 0)
    }

    @Test("gamma and the normal distribution at their limits")
    func limits() {
        #expect(reuse_gamma(0) == .infinity)
        #expect(reuse_gamma(-0.0) == -.infinity)
        #expect(reuse_gamma(-3).isNaN)
        #expect(reuse_gamma(172) == .infinity)
        #expect(reuse_gamma(.infinity) == .infinity)
        #expect(reuse_gamma(-.infinity).isNaN)
        #expect(reuse_log_gamma(0) == .infinity)
        #expect(reuse_log_gamma(1) == 0)
        #expect(reuse_log_gamma(2) == 0)
        #expect(reuse_log_gamma(-0.5).isNaN)
        #expect(reuse_log_gamma(.infinity) == .infinity)
        #expect(reuse_normal_cdf(.infinity) == 1)
        #expect(reuse_normal_cdf(-.infinity) == 0)
        #expect(reuse_normal_cdf(.nan).isNaN)
        #expect(reuse_normal_quantile(0) == -.infinity)
        #expect(reuse_normal_quantile(-1) == -.infinity)
        #expect(reuse_normal_quantile(1) == .infinity)
        #expect(reuse_normal_quantile(2) == .infinity)
        #expect(reuse_normal_quantile(.nan).isNaN)
        #expect(reuse_normal_quantile(.leastNonzeroMagnitude).isFinite)
    }

    @Test("rounding to whole numbers agrees with Swift's")
    func wholeNumbers() {
        var generator = SplitMix(state: 6)
        var operands = [
            0, -0.0, 0.5, -0.5, 0.49999999999999994, 1.5, 2.5, -2.5, 4_503_599_627_370_495.5, 0x1p52, 1e300,
        ]
        for _ in 0..<2000 {
            operands.append((generator.fraction() - 0.5) * 20)
            operands.append((generator.fraction() - 0.5) * 1e16)
            operands.append(generator.anyFinite())
        }
        for x in operands {
            #expect(reuse_floor(x).bitPattern == x.rounded(.down).bitPattern)
            #expect(reuse_ceil(x).bitPattern == x.rounded(.up).bitPattern)
            #expect(reuse_trunc(x).bitPattern == x.rounded(.towardZero).bitPattern)
            #expect(reuse_round(x).bitPattern == x.rounded(.toNearestOrAwayFromZero).bitPattern, "\(x)")
        }
        #expect(reuse_floor(.nan).isNaN)
        #expect(reuse_round(-.infinity) == -.infinity)
    }

    @Test("the lesser and the greater of two numbers, NaN if either is")
    func extremes() {
        #expect(reuse_min(1, 2) == 1)
        #expect(reuse_max(1, 2) == 2)
        #expect(reuse_min(.nan, 1).isNaN)
        #expect(reuse_min(1, .nan).isNaN)
        #expect(reuse_max(.nan, 1).isNaN)
        #expect(reuse_max(1, .nan).isNaN)
    }

    @Test("the normal quantile inverts the normal probability")
    func roundTrip() {
        for step in -370...10 {
            let z = Double(step) / 10
            let back = reuse_normal_quantile(reuse_normal_cdf(z))
            #expect((back - z).magnitude <= 4e-15 * max(1, z.magnitude), "\(z)")
        }
    }
}

/// SplitMix64, so that random tests repeat.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// In 0 ..< 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Any finite number, all exponents alike.
    mutating func anyFinite() -> Double {
        while true {
            let x = Double(bitPattern: next())
            if x.isFinite { return x }
        }
    }
}
