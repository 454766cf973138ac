import ReuseKernels
import ReuseSyntax

/// BinaryOperation is arithmetic on two numbers. Each is a row of the tables below: its value, its values in lanes, what goes
/// wrong, and the instructions of those that have one of their own for speed.
enum BinaryOperation: UInt8 {
    case add, subtract, multiply, divide, power, minimum, maximum

    /// The value; no number, or an infinite one, where there is none.
    @inline(__always)
    func value(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .power: reuse_pow(a, b)
        case .minimum: b < a || b.isNaN ? b : a
        case .maximum: b > a || b.isNaN ? b : a
        }
    }

    /// What is wrong where the value of two numbers is not finite.
    func fault(_ a: Double, _ b: Double) -> RunFault {
        switch self {
        case .add, .subtract, .multiply: .notFinite
        case .divide: b == 0 ? .divisionByZero : .notFinite
        case .power: a == 0 && b < 0 || a < 0 && b != b.rounded() ? .invalidPower : .notFinite
        case .minimum, .maximum: .noneInArithmetic
        }
    }

    /// The values of n pairs. Not 0 where some result is not finite, or some operand is no number.
    func values(_ out: Lane, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int) -> Int32 {
        switch self {
        case .add: reuse_lanes_add(out, a, b, n)
        case .subtract: reuse_lanes_subtract(out, a, b, n)
        case .multiply: reuse_lanes_multiply(out, a, b, n)
        case .divide: reuse_lanes_divide(out, a, b, n)
        case .power: reuse_lanes_power(out, a, b, n) | reuse_lanes_any_nan(a, n) | reuse_lanes_any_nan(b, n)
        case .minimum: reuse_lanes_min(out, a, b, n)
        case .maximum: reuse_lanes_max(out, a, b, n)
        }
    }

    /// The same with one number on the right.
    func values(_ out: Lane, _ a: UnsafePointer<Double>, _ b: Double, _ n: Int) -> Int32 {
        switch self {
        case .add: reuse_lanes_add_vs(out, a, b, n)
        case .subtract: reuse_lanes_subtract_vs(out, a, b, n)
        case .multiply: reuse_lanes_multiply_vs(out, a, b, n)
        case .divide: reuse_lanes_divide_vs(out, a, b, n)
        case .power: reuse_lanes_power_vs(out, a, b, n) | reuse_lanes_any_nan(a, n) | (b.isNaN ? 1 : 0)
        case .minimum: reuse_lanes_min_vs(out, a, b, n)
        case .maximum: reuse_lanes_max_vs(out, a, b, n)
        }
    }

    /// The same with one number on the left.
    func values(_ out: Lane, _ a: Double, _ b: UnsafePointer<Double>, _ n: Int) -> Int32 {
        switch self {
        case .subtract: reuse_lanes_subtract_sv(out, a, b, n)
        case .divide: reuse_lanes_divide_sv(out, a, b, n)
        case .power: reuse_lanes_power_sv(out, a, b, n) | reuse_lanes_any_nan(b, n) | (a.isNaN ? 1 : 0)
        // These give the same bits either way round.
        case .add, .multiply, .minimum, .maximum: values(out, b, a, n)
        }
    }

    typealias Lane = UnsafeMutablePointer<Double>

    /// The instruction for two numbers; nil for `Opcode.binary`.
    var opcode: Opcode? {
        switch self {
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        case .power, .minimum, .maximum: nil
        }
    }

    /// That for a number and a constant, where there is one.
    var opcodeWithConstant: Opcode? {
        switch self {
        case .add: .addConstant
        case .subtract: .subtractConstant
        case .multiply: .multiplyConstant
        case .divide, .power, .minimum, .maximum: nil
        }
    }
}

/// Comparisons of two numbers, in the same way.
extension Comparison {
    @inline(__always)
    func holds(_ a: Double, _ b: Double) -> Bool {
        switch self {
        case .less: a < b
        case .lessOrEqual: a <= b
        case .greater: a > b
        case .greaterOrEqual: a >= b
        case .equal: a == b
        case .notEqual: a != b
        }
    }

    /// Truth values of n pairs. Not 0 where some operand is no number.
    func values(
        _ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ n: Int
    ) -> Int32 {
        switch self {
        case .less: reuse_lanes_less(out, a, b, n)
        case .lessOrEqual: reuse_lanes_less_equal(out, a, b, n)
        case .greater: reuse_lanes_less(out, b, a, n)
        case .greaterOrEqual: reuse_lanes_less_equal(out, b, a, n)
        case .equal: reuse_lanes_equal(out, a, b, n)
        case .notEqual: reuse_lanes_not_equal(out, a, b, n)
        }
    }

    /// The same with one number on the right.
    func values(_ out: UnsafeMutablePointer<Double>, _ a: UnsafePointer<Double>, _ b: Double, _ n: Int) -> Int32 {
        switch self {
        case .less: reuse_lanes_less_vs(out, a, b, n)
        case .lessOrEqual: reuse_lanes_less_equal_vs(out, a, b, n)
        case .greater: reuse_lanes_less_sv(out, b, a, n)
        case .greaterOrEqual: reuse_lanes_less_equal_sv(out, b, a, n)
        case .equal: reuse_lanes_equal_vs(out, a, b, n)
        case .notEqual: reuse_lanes_not_equal_vs(out, a, b, n)
        }
    }
}
