import ReuseKernels
@testable import ReuseSyntax

/// Distributions, by halving an interval on simple distribution functions.
extension ReferenceEvaluator {
    func distribution(
        _ name: String, _ id: Int32, _ arguments: [Node], _ scope: Scope?, _ point: Point
    ) throws -> ReferenceValue {
        func wrong() -> Stop { .fault(Fault(kind: .invalidDistribution, node: id)) }
        if name == "discrete" || name == "empirical" {
            guard case .list(let list) = try evaluate(arguments[0].b, scope, point) else {
                throw Stop.beyond("a distribution of something else than a list")
            }
            let values = try numbers(in: list)
            guard let dimension = values.first?.dimension else { throw Stop.fault(Fault(kind: .outsideList, node: id)) }
            let numbers = values.map(\.value)
            if name == "empirical" {
                return .number(Self.quantile(numbers.sorted(), try draw(id, point)), dimension)
            }
            var weights = numbers.map { _ in 1 / Double(numbers.count) }
            if arguments.count > 1 {
                guard case .list(let list) = try evaluate(arguments[1].b, scope, point) else { throw wrong() }
                weights = try self.numbers(in: list).map(\.value)
            }
            guard weights.count == numbers.count, weights.allSatisfy({ $0 >= 0 }),
                abs(weights.reduce(0, +) - 1) <= 1e-9
            else { throw wrong() }
            let u = try draw(id, point)
            var sum = 0.0
            for (value, weight) in zip(numbers, weights) {
                sum += weight
                if sum >= u { return .number(value, dimension) }
            }
            return .number(numbers[numbers.count - 1], dimension)
        }
        var values: [Double] = []
        var dimension: ReferenceDimension?
        for argument in arguments {
            let (value, own) = try number(argument.b, scope, point)
            values.append(value)
            dimension = own
        }
        let isRange = arguments[0].a >= 0 && self.name(arguments[0].a) == "p5"
        let isShape = arguments[0].a >= 0 && self.name(arguments[0].a) == "shape"
        let (p, q) = (values[0], values[1])
        let s = values.count > 2 ? values[2] : 0
        let u = try draw(id, point)
        let z = reuse_normal_quantile(u)
        let width = 2 * 1.6448536269514722
        switch name {
        case "uniform":
            guard p <= q else { throw wrong() }
            return .number(p * (1 - u) + q * u, dimension)
        case "normal":
            if isRange {
                guard p <= q else { throw wrong() }
                return .number((p + q) / 2 + (q - p) / width * z, dimension)
            }
            guard q >= 0 else { throw wrong() }
            return .number(p + q * z, dimension)
        case "lognormal":
            if isRange { throw Stop.beyond("a lognormal by its range") }
            guard p > 0, q >= 0 else { throw wrong() }
            let variance = reuse_log(1 + q / p * (q / p))
            return .number(p * reuse_exp(variance.squareRoot() * z - variance / 2), dimension)
        case "triangular":
            guard p <= q, q <= s, p < s else { throw wrong() }
            if u * (s - p) < q - p { return .number(p + (u * (s - p) * (q - p)).squareRoot(), dimension) }
            return .number(s - ((1 - u) * (s - p) * (s - q)).squareRoot(), dimension)
        case "pert":
            guard p <= q, q <= s, p < s else { throw wrong() }
            let share = Self.betaQuantile(u, 1 + 4 * (q - p) / (s - p), 1 + 4 * (s - q) / (s - p))
            return .number(p + (s - p) * share, dimension)
        case "beta":
            guard p > 0, q > 0 else { throw wrong() }
            return .number(Self.betaQuantile(u, p, q), .pure)
        default:
            guard p > 0, isShape ? q > 0 : q >= 0 else { throw wrong() }
            if isShape { return .number(q * Self.gammaQuantile(u, p), dimension) }
            if q == 0 { return .number(p, dimension) }
            return .number(q * q / p * Self.gammaQuantile(u, p * p / (q * q)), dimension)
        }
    }

    /// Where a rising function, which is below 0 at `low`, crosses 0.
    private static func crossing(_ low: Double, _ high: Double, _ function: (Double) -> Double) -> Double {
        var (low, high) = (low, high)
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if function(middle) < 0 { low = middle } else { high = middle }
        }
    }

    private static func gammaQuantile(_ u: Double, _ shape: Double) -> Double {
        crossing(0, shape * 8 + 60) { x in
            var term = reuse_exp(shape * reuse_log(x) - x - reuse_log_gamma(shape + 1))
            var sum = 0.0
            var n = 1.0
            while term > sum * 1e-18 || n < x {
                sum += term
                term *= x / (shape + n)
                n += 1
            }
            return sum - u
        }
    }

    private static func betaQuantile(_ u: Double, _ a: Double, _ b: Double) -> Double {
        func below(_ x: Double, _ a: Double, _ b: Double) -> Double {
            var term = reuse_exp(
                a * reuse_log(x) + b * reuse_log(1 - x) + reuse_log_gamma(a + b) - reuse_log_gamma(a + 1)
                    - reuse_log_gamma(b))
            var sum = 0.0
            var n = 1.0
            while term > sum * 1e-18 {
                sum += term
                term *= (a + b + n - 1) / (a + n) * x
                n += 1
            }
            return sum
        }
        return crossing(0, 1) { x in
            x * (a + b) < a ? below(x, a, b) - u : 1 - u - below(1 - x, b, a)
        }
    }
}
