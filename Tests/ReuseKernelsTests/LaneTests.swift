import ReuseKernels
import Testing

private typealias Unary =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Int) -> Int32
private typealias Binary =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, Int) -> Int32
private typealias VectorScalar =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Double, Int) -> Int32
private typealias ScalarVector =
    @Sendable (UnsafeMutablePointer<Double>, Double, UnsafePointer<Double>, Int) -> Int32

private struct UnaryCase: Sendable {
    let name: String
    let lanes: Unary
    let scalar: @Sendable (Double) -> Double
    var isCondition = false
}

private struct BinaryCase: Sendable {
    let name: String
    let lanes: Binary
    let vectorScalar: VectorScalar
    let scalarVector: ScalarVector
    let scalar: @Sendable (Double, Double) -> Double
    var isCondition = false
}

private let unaryCases = [
    UnaryCase(name: "negate", lanes: { reuse_lanes_negate($0, $1, $2) }, scalar: { -$0 }),
    UnaryCase(name: "abs", lanes: { reuse_lanes_abs($0, $1, $2) }, scalar: { $0.magnitude }),
    UnaryCase(name: "exp", lanes: { reuse_lanes_exp($0, $1, $2) }, scalar: { reuse_exp($0) }),
    UnaryCase(name: "log", lanes: { reuse_lanes_log($0, $1, $2) }, scalar: { reuse_log($0) }),
    UnaryCase(name: "log2", lanes: { reuse_lanes_log2($0, $1, $2) }, scalar: { reuse_log2($0) }),
    UnaryCase(name: "log10", lanes: { reuse_lanes_log10($0, $1, $2) }, scalar: { reuse_log10($0) }),
    UnaryCase(name: "log1p", lanes: { reuse_lanes_log1p($0, $1, $2) }, scalar: { reuse_log1p($0) }),
    UnaryCase(name: "expm1", lanes: { reuse_lanes_expm1($0, $1, $2) }, scalar: { reuse_expm1($0) }),
    UnaryCase(name: "sqrt", lanes: { reuse_lanes_sqrt($0, $1, $2) }, scalar: { reuse_sqrt($0) }),
    UnaryCase(name: "floor", lanes: { reuse_lanes_floor($0, $1, $2) }, scalar: { reuse_floor($0) }),
    UnaryCase(name: "ceil", lanes: { reuse_lanes_ceil($0, $1, $2) }, scalar: { reuse_ceil($0) }),
    UnaryCase(name: "round", lanes: { reuse_lanes_round($0, $1, $2) }, scalar: { reuse_round($0) }),
    UnaryCase(name: "trunc", lanes: { reuse_lanes_trunc($0, $1, $2) }, scalar: { reuse_trunc($0) }),
    UnaryCase(
        name: "normal_quantile", lanes: { reuse_lanes_normal_quantile($0, $1, $2) },
        scalar: { reuse_normal_quantile($0) }),
    UnaryCase(
        name: "normal_cdf", lanes: { reuse_lanes_normal_cdf($0, $1, $2) }, scalar: { reuse_normal_cdf($0) }),
    UnaryCase(name: "gamma", lanes: { reuse_lanes_gamma($0, $1, $2) }, scalar: { reuse_gamma($0) }),
    UnaryCase(name: "log_gamma", lanes: { reuse_lanes_log_gamma($0, $1, $2) }, scalar: { reuse_log_gamma($0) }),
    UnaryCase(name: "not", lanes: { reuse_lanes_not($0, $1, $2) }, scalar: { 1 - $0 }, isCondition: true),
]

private let binaryCases = [
    BinaryCase(
        name: "add", lanes: { reuse_lanes_add($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_add_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_add_sv($0, $1, $2, $3) },
        scalar: { $0 + $1 }),
    BinaryCase(
        name: "subtract", lanes: { reuse_lanes_subtract($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_subtract_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_subtract_sv($0, $1, $2, $3) },
        scalar: { $0 - $1 }),
    BinaryCase(
        name: "multiply", lanes: { reuse_lanes_multiply($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_multiply_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_multiply_sv($0, $1, $2, $3) },
        scalar: { $0 * $1 }),
    BinaryCase(
        name: "divide", lanes: { reuse_lanes_divide($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_divide_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_divide_sv($0, $1, $2, $3) },
        scalar: { $0 / $1 }),
    BinaryCase(
        name: "power", lanes: { reuse_lanes_power($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_power_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_power_sv($0, $1, $2, $3) },
        scalar: { reuse_pow($0, $1) }),
    BinaryCase(
        name: "min", lanes: { reuse_lanes_min($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_min_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_min_sv($0, $1, $2, $3) },
        scalar: { reuse_min($0, $1) }, isCondition: true),
    BinaryCase(
        name: "max", lanes: { reuse_lanes_max($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_max_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_max_sv($0, $1, $2, $3) },
        scalar: { reuse_max($0, $1) }, isCondition: true),
    BinaryCase(
        name: "less", lanes: { reuse_lanes_less($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_less_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_less_sv($0, $1, $2, $3) },
        scalar: { $0 < $1 ? 1 : 0 }, isCondition: true),
    BinaryCase(
        name: "less_equal", lanes: { reuse_lanes_less_equal($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_less_equal_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_less_equal_sv($0, $1, $2, $3) },
        scalar: { $0 <= $1 ? 1 : 0 }, isCondition: true),
    BinaryCase(
        name: "equal", lanes: { reuse_lanes_equal($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_equal_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_equal_sv($0, $1, $2, $3) },
        scalar: { $0 == $1 ? 1 : 0 }, isCondition: true),
    BinaryCase(
        name: "not_equal", lanes: { reuse_lanes_not_equal($0, $1, $2, $3) },
        vectorScalar: { reuse_lanes_not_equal_vs($0, $1, $2, $3) },
        scalarVector: { reuse_lanes_not_equal_sv($0, $1, $2, $3) },
        scalar: { $0 != $1 ? 1 : 0 }, isCondition: true),
]

/// Equal bits, or both NaN: which NaN is left open.
private func same(_ a: Double, _ b: Double) -> Bool {
    a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

/// Numbers as models have them, with special ones strewn in where asked.
private func operands(_ count: Int, special: Bool, from generator: inout SplitMix) -> [Double] {
    let specials: [Double] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude / 3, 709.9, -745.3, -708.5, 1e308, -1e308, 0.5, 0x1p-60, 0.075, 0.925, 2, 3, -3,
    ]
    return (0..<count).map { _ in
        let kind = generator.next() % 16
        if special && kind < 3 { return specials[Int(generator.next() % UInt64(specials.count))] }
        if special && kind == 3 { return generator.anyFinite() }
        if kind < 9 { return generator.fraction() }
        if kind < 12 { return generator.fraction() * 20 }
        return (generator.fraction() - 0.3) * 50
    }
}

@Suite("Lanes")
struct LaneTests {
    @Test("operations on lanes equal the scalar functions bit for bit, and report results that are not finite")
    func unary() {
        var generator = SplitMix(state: 1)
        for function in unaryCases {
            for special in [false, true] {
                for count in Array(0...70) + [128, 300] {
                    let a = operands(count, special: special, from: &generator)
                    let expected = a.map(function.scalar)
                    var out = [Double](repeating: 7, count: count + 1)
                    let flag = function.lanes(&out, a, count)
                    #expect(zip(out, expected).allSatisfy(same), "\(function.name), \(count) lanes")
                    #expect(out[count] == 7, "\(function.name) writes past \(count) lanes")
                    let flagged =
                        function.isCondition ? a.contains(where: \.isNaN) : !expected.allSatisfy(\.isFinite)
                    #expect((flag != 0) == flagged, "\(function.name), \(count) lanes")
                    var place = a
                    let again = place.withUnsafeMutableBufferPointer { buffer in
                        buffer.baseAddress.map { function.lanes($0, $0, count) } ?? 0
                    }
                    #expect(zip(place, expected).allSatisfy(same), "\(function.name) in place")
                    #expect(again == flag)
                }
            }
        }
    }

    @Test("operations on two operands, lanes or one number, equal the scalar functions bit for bit")
    func binary() {
        var generator = SplitMix(state: 2)
        for function in binaryCases {
            for special in [false, true] {
                for count in Array(0...70) + [128, 300] {
                    let a = operands(count, special: special, from: &generator)
                    let b = operands(count, special: special, from: &generator)
                    let one = operands(1, special: special, from: &generator)[0]
                    let hasNaN = [
                        zip(a, b).contains { $0.isNaN || $1.isNaN },
                        count > 0 && (one.isNaN || a.contains(where: \.isNaN)),
                        count > 0 && (one.isNaN || b.contains(where: \.isNaN)),
                    ]
                    let three = [
                        zip(a, b).map(function.scalar), a.map { function.scalar($0, one) },
                        b.map { function.scalar(one, $0) },
                    ]
                    for (way, expected) in three.enumerated() {
                        var out = [Double](repeating: 7, count: count + 1)
                        let flag =
                            switch way {
                            case 0: function.lanes(&out, a, b, count)
                            case 1: function.vectorScalar(&out, a, one, count)
                            default: function.scalarVector(&out, one, b, count)
                            }
                        #expect(zip(out, expected).allSatisfy(same), "\(function.name), way \(way), \(count) lanes")
                        #expect(out[count] == 7, "\(function.name) writes past \(count) lanes")
                        let flagged = function.isCondition ? hasNaN[way] : !expected.allSatisfy(\.isFinite)
                        #expect((flag != 0) == flagged, "\(function.name), way \(way), \(count) lanes")
                    }
                    var place = b
                    place.withUnsafeMutableBufferPointer { buffer in
                        guard let start = buffer.baseAddress else { return }
                        _ = function.lanes(start, a, start, count)
                    }
                    #expect(zip(place, three[0]).allSatisfy(same), "\(function.name) in place")
                }
            }
        }
    }

    @Test("one lane that is not finite is reported wherever it stands")
    func reporting() {
        let ones = [Double](repeating: 1, count: 70)
        var out = ones
        for place in 0..<70 {
            var a = ones
            #expect(reuse_lanes_divide(&out, ones, a, 70) == 0)
            #expect(reuse_lanes_log(&out, a, 70) == 0)
            a[place] = 0
            #expect(reuse_lanes_divide(&out, ones, a, 70) != 0)
            #expect(reuse_lanes_divide(&out, ones, a, place) == 0)
            #expect(reuse_lanes_log(&out, a, 70) != 0)
            a[place] = -1
            #expect(reuse_lanes_sqrt(&out, a, 70) != 0)
            a[place] = 1000
            #expect(reuse_lanes_exp(&out, a, 70) != 0)
        }
    }

    @Test("booleans, selection and filling")
    func booleans() {
        let nan = Double(bitPattern: 0x7ff8_0000_0000_1234)
        let signalling = Double(bitPattern: 0xfff0_0000_0000_0042)
        for count in 0...70 {
            var generator = SplitMix(state: UInt64(count))
            let p = (0..<count).map { _ in Double(generator.next() & 1) }
            let q = (0..<count).map { _ in Double(generator.next() & 1) }
            var out = [Double](repeating: 7, count: count + 1)
            #expect(reuse_lanes_and(&out, p, q, count) == 0)
            #expect(zip(out, zip(p, q)).allSatisfy { $0 == ($1.0 == 1 && $1.1 == 1 ? 1 : 0) })
            #expect(reuse_lanes_or(&out, p, q, count) == 0)
            #expect(zip(out, zip(p, q)).allSatisfy { $0 == ($1.0 == 1 || $1.1 == 1 ? 1 : 0) })
            let a = (0..<count).map { $0 % 3 == 0 ? nan : Double($0) }
            let b = (0..<count).map { $0 % 5 == 0 ? signalling : -Double($0) }
            reuse_lanes_select(&out, p, a, b, count)
            #expect((0..<count).allSatisfy { out[$0].bitPattern == (p[$0] != 0 ? a[$0] : b[$0]).bitPattern })
            #expect(out[count] == 7)
            reuse_lanes_fill(&out, 3, count)
            #expect(out == [Double](repeating: 3, count: count) + [7])
        }
    }
}
