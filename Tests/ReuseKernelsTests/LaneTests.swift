import ReuseKernels
import Testing

private typealias Unary =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Int) -> Int32
private typealias Binary =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, Int) -> Int32
private typealias VectorScalar =
    @Sendable (UnsafeMutablePointer<Double>, UnsafePointer<Double>, Double, Int) -> Int32
private typealias Ternary =
    @Sendable (
        UnsafeMutablePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, Int
    ) -> Int32
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

private struct TernaryCase: Sendable {
    let name: String
    let lanes: Ternary
    let scalar: @Sendable (Double, Double, Double) -> Double
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

private let ternaryCases = [
    TernaryCase(
        name: "within", lanes: { reuse_lanes_within($0, $1, $2, $3, $4) },
        scalar: { ($0 - $1).magnitude <= $2 ? 1 : 0 }, isCondition: true),
    TernaryCase(
        name: "within_share", lanes: { reuse_lanes_within_share($0, $1, $2, $3, $4) },
        scalar: { ($0 - $1).magnitude <= $2 * $1.magnitude ? 1 : 0 }, isCondition: true),
    TernaryCase(
        name: "blend", lanes: { reuse_lanes_blend($0, $1, $2, $3, $4) },
        scalar: { before, weight, after in
            let change = weight * (after - before)
            return before + change
        }),
    TernaryCase(
        name: "select",
        lanes: {
            reuse_lanes_select($0, $1, $2, $3, $4)
            return 0
        }, scalar: { $0 != 0 ? $1 : $2 }),
]

/// Equal bits, or both NaN: which NaN is left open.
private func same(_ a: Double, _ b: Double) -> Bool {
    a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

private func same(_ a: [Double], _ b: [Double]) -> Bool { a.count == b.count && zip(a, b).allSatisfy(same) }

/// Numbers as models have them, with special ones strewn in where asked.
private func operands(_ count: Int, special: Bool, from generator: inout SplitMix) -> [Double] {
    let specials: [Double] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude / 3, 709.9, -745.3, -708.5, 1e308, -1e308, 0.5, 0x1p-60, 0.075, 0.925, 2, 3, -3,
        .leastNormalMagnitude, 1e-13, 1 - 0x1p-53, 0x1p52, 0x1p53, -0.5, 2.5, 37.5, -38.5, 0x1p-1030,
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

private let counts = Array(0...70) + [127, 128, 129, 191, 255, 256, 257, 299, 300]

/// Lanes that start where asked, with a mark behind the last.
private struct Lanes {
    var values: [Double]
    let start: Int
    let count: Int

    init(_ lanes: [Double], start: Int) {
        values = [Double](repeating: 7, count: start) + lanes + [7]
        self.start = start
        count = lanes.count
    }

    init(count: Int, start: Int) { self.init([Double](repeating: 7, count: count), start: start) }

    var lanes: [Double] { Array(values[start..<start + count]) }
    var isMarkIntact: Bool { values[start + count] == 7 && values[..<start].allSatisfy { $0 == 7 } }

    mutating func write(_ body: (UnsafeMutablePointer<Double>) -> Int32) -> Int32 {
        let start = start
        return values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return body(base + start)
        }
    }

    func read(_ body: (UnsafePointer<Double>) -> Int32) -> Int32 {
        values.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return -1 }
            return body(base + start)
        }
    }
}

/// The documented order: 32 partial sums, then those 16, 8, 4, 2 and 1 apart.
private func sumInOrder(_ terms: [Double]) -> Double {
    var partial = Array(terms[..<32])
    for i in 32..<256 { partial[i % 32] += terms[i] }
    for half in [16, 8, 4, 2, 1] {
        for j in 0..<half { partial[j] += partial[j + half] }
    }
    return partial[0]
}

/// Runs the body with each instruction set that the machine has.
private func onEachLevel(_ body: (Int32) -> Void) {
    let best = reuse_kernels_set_level(99)
    for level in 0...best {
        #expect(reuse_kernels_set_level(level) == level)
        body(level)
    }
    reuse_kernels_set_level(best)
}

/// Serialised, because the level is one for the whole process. Other suites get the same bits whatever it is.
@Suite("Lanes", .serialized)
struct LaneTests {
    @Test("a level above what the machine has is not put in force")
    func levels() {
        // What is in force changes under a test, since other suites change it, too: what is answered does not.
        let best = reuse_kernels_set_level(99)
        #expect((0...2).contains(best))
        #expect(reuse_kernels_set_level(best + 1) == best)
        #expect(reuse_kernels_set_level(-1) == 0)
        #expect(reuse_kernels_set_level(best) == best)
    }

    @Test("operations on lanes equal the scalar functions bit for bit on each level, and report what is not finite")
    func unary() {
        onEachLevel { level in
            var generator = SplitMix(state: 1)
            for function in unaryCases {
                for special in [false, true] {
                    for count in counts {
                        let a = operands(count, special: special, from: &generator)
                        let expected = a.map(function.scalar)
                        let flagged =
                            function.isCondition ? a.contains(where: \.isNaN) : !expected.allSatisfy(\.isFinite)
                        let place = Lanes(a, start: count % 5)
                        var out = Lanes(count: count, start: count % 3)
                        let flag = out.write { d in place.read { function.lanes(d, $0, count) } }
                        #expect(same(out.lanes, expected), "\(function.name), \(count) lanes, level \(level)")
                        #expect(out.isMarkIntact, "\(function.name) writes past \(count) lanes, level \(level)")
                        #expect((flag != 0) == flagged, "\(function.name), \(count) lanes, level \(level)")
                        var both = place
                        #expect(both.write { function.lanes($0, $0, count) } == flag)
                        #expect(same(both.lanes, expected) && both.isMarkIntact, "\(function.name) in place")
                    }
                }
            }
        }
    }

    @Test("operations on two operands, lanes or one number, equal the scalar functions bit for bit on each level")
    func binary() {
        onEachLevel { level in
            var generator = SplitMix(state: 2)
            for function in binaryCases {
                for special in [false, true] {
                    for count in counts {
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
                        let (left, right) = (Lanes(a, start: count % 3), Lanes(b, start: count % 4))
                        for (way, expected) in three.enumerated() {
                            var out = Lanes(count: count, start: count % 5)
                            let flag = out.write { d in
                                left.read { a in
                                    right.read { b in
                                        switch way {
                                        case 0: function.lanes(d, a, b, count)
                                        case 1: function.vectorScalar(d, a, one, count)
                                        default: function.scalarVector(d, one, b, count)
                                        }
                                    }
                                }
                            }
                            let what = "\(function.name), way \(way), \(count) lanes, level \(level)"
                            #expect(same(out.lanes, expected), "\(what)")
                            #expect(out.isMarkIntact, "\(what)")
                            let flagged = function.isCondition ? hasNaN[way] : !expected.allSatisfy(\.isFinite)
                            #expect((flag != 0) == flagged, "\(what)")
                        }
                        var (intoLeft, intoRight) = (left, right)
                        _ = intoLeft.write { d in right.read { function.lanes(d, d, $0, count) } }
                        _ = intoRight.write { d in left.read { function.lanes(d, $0, d, count) } }
                        #expect(same(intoLeft.lanes, three[0]), "\(function.name) into its first operand")
                        #expect(same(intoRight.lanes, three[0]), "\(function.name) into its second operand")
                        var square = left
                        _ = square.write { function.lanes($0, $0, $0, count) }
                        #expect(same(square.lanes, a.map { function.scalar($0, $0) }), "\(function.name) of itself")
                    }
                }
            }
        }
    }

    @Test("operations on three operands equal what they stand for bit for bit on each level, in place too")
    func ternary() {
        onEachLevel { level in
            var generator = SplitMix(state: 3)
            for function in ternaryCases {
                for special in [false, true] {
                    for count in counts {
                        let three = (0..<3).map { _ in operands(count, special: special, from: &generator) }
                        let expected = (0..<count).map { function.scalar(three[0][$0], three[1][$0], three[2][$0]) }
                        let places = three.enumerated().map { Lanes($0.element, start: (count + $0.offset) % 3) }
                        let flagged =
                            function.name == "select"
                            ? false
                            : function.isCondition
                                ? three.contains { $0.contains(where: \.isNaN) } : !expected.allSatisfy(\.isFinite)
                        var out = Lanes(count: count, start: 1)
                        let flag = out.write { d in
                            places[0].read { a in
                                places[1].read { b in places[2].read { c in function.lanes(d, a, b, c, count) } }
                            }
                        }
                        #expect(same(out.lanes, expected), "\(function.name), \(count) lanes, level \(level)")
                        #expect(out.isMarkIntact, "\(function.name), \(count) lanes, level \(level)")
                        #expect((flag != 0) == flagged, "\(function.name), \(count) lanes, level \(level)")
                        var last = places[2]
                        _ = last.write { d in
                            places[0].read { a in places[1].read { b in function.lanes(d, a, b, d, count) } }
                        }
                        #expect(same(last.lanes, expected), "\(function.name) into its last operand")
                    }
                }
            }
        }
    }

    @Test("one special lane is done again wherever it stands, and its neighbours are not touched")
    func reporting() {
        onEachLevel { level in
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
                #expect(out.enumerated().allSatisfy { $0.element == ($0.offset == place ? -.infinity : 0) })
                a[place] = -1
                #expect(reuse_lanes_sqrt(&out, a, 70) != 0)
                a[place] = 1000
                #expect(reuse_lanes_exp(&out, a, 70) != 0, "level \(level)")
                #expect(reuse_lanes_power(&out, a, ones, 70) == 0)
                #expect(out == a)
                #expect(reuse_lanes_power(&out, a, a, 70) != 0)
                // Beyond the range of the common path, and yet finite.
                a[place] = 709
                #expect(reuse_lanes_exp(&out, a, 70) == 0)
                #expect(out.enumerated().allSatisfy { $0.element == reuse_exp($0.offset == place ? 709 : 1) })
            }
        }
    }

    @Test("the lesser and the greater are those of a comparison, zeros of either sign included")
    func zeros() {
        let a: [Double] = [0, -0.0, 1, 2, -.infinity]
        let b: [Double] = [-0.0, 0, 2, 1, 3]
        onEachLevel { _ in
            var out = [Double](repeating: 7, count: 5)
            #expect(reuse_lanes_min(&out, a, b, 5) == 0)
            #expect(same(out, zip(a, b).map { $1 < $0 ? $1 : $0 }))
            #expect(reuse_lanes_max(&out, a, b, 5) == 0)
            #expect(same(out, zip(a, b).map { $1 > $0 ? $1 : $0 }))
        }
    }

    @Test("booleans and filling; a selection copies NaN bit for bit")
    func booleans() {
        let nan = Double(bitPattern: 0x7ff8_0000_0000_1234)
        let signalling = Double(bitPattern: 0xfff0_0000_0000_0042)
        onEachLevel { _ in
            for count in 0...70 {
                var generator = SplitMix(state: UInt64(count))
                var p = (0..<count).map { _ in Double(generator.next() & 1) }
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
                guard count > 0 else { continue }
                p[count / 2] = nan
                #expect(reuse_lanes_and(&out, p, q, count) != 0)
                #expect(reuse_lanes_or(&out, q, p, count) != 0)
            }
        }
    }

    @Test("whether some lane is NaN, some is true, all are true")
    func questions() {
        onEachLevel { _ in
            #expect(reuse_lanes_any_nan([], 0) == 0)
            #expect(reuse_lanes_any_true([], 0) == 0)
            #expect(reuse_lanes_all_true([], 0) != 0)
            for count in [1, 2, 3, 7, 8, 9, 31, 64, 65, 256] {
                for place in 0..<count {
                    var a = [Double](repeating: 0, count: count)
                    #expect(reuse_lanes_any_true(a, count) == 0)
                    a[place] = 1
                    #expect(reuse_lanes_any_true(a, count) != 0)
                    #expect(reuse_lanes_all_true(a, count) == (count == 1 ? 1 : 0))
                    #expect(reuse_lanes_any_nan(a, count) == 0)
                    a[place] = .nan
                    #expect(reuse_lanes_any_nan(a, count) != 0)
                    #expect(reuse_lanes_any_true(a, count) == 0)
                    var b = [Double](repeating: 1, count: count)
                    #expect(reuse_lanes_all_true(b, count) != 0)
                    b[place] = place % 2 == 0 ? .nan : 0
                    #expect(reuse_lanes_all_true(b, count) == 0)
                }
            }
        }
    }

    @Test("sums over 256 lanes are taken in the documented order on each level")
    func sums() {
        var generator = SplitMix(state: 9)
        for round in 0..<20 {
            let a = (0..<256).map { _ in round < 10 ? generator.fraction() : generator.anyFinite() }
            let b = (0..<256).map { _ in round < 10 ? generator.fraction() - 0.5 : generator.anyFinite() }
            let sum = sumInOrder(a)
            let squares = sumInOrder(a.map { ($0 - 0.3) * ($0 - 0.3) })
            let products = sumInOrder(zip(a, b).map { $0 * $1 })
            onEachLevel { level in
                #expect(same(reuse_sum_256(a), sum), "level \(level)")
                #expect(same(reuse_sum_squares_256(a, 0.3), squares), "level \(level)")
                #expect(same(reuse_dot_256(a, b), products), "level \(level)")
            }
        }
    }

    @Test("draws are the same on each level, wherever they start")
    func draws() {
        let starts: [UInt64] = [0, 1, 2, 7, (1 << 33) - 5, .max - 80]
        onEachLevel { level in
            for first in starts {
                for count in 0...70 {
                    var out = [Double](repeating: -1, count: count + 1)
                    reuse_uniform_lanes(&out, 42, 0xffff_ffff_0000_0001, first, count)
                    let expected = (0..<count).map { reuse_uniform(42, 0xffff_ffff_0000_0001, first + UInt64($0)) }
                    #expect(out == expected + [-1], "\(count) from \(first), level \(level)")
                }
            }
        }
    }

    @Test("levels agree bit for bit on any numbers whatever")
    func agreement() {
        var generator = SplitMix(state: 11)
        let count = 4096
        let a = (0..<count).map { _ in Double(bitPattern: generator.next()) }
        let b = (0..<count).map { _ in (generator.fraction() - 0.5) * 8 }
        func results() -> [[Double]] {
            var out = [Double](repeating: 0, count: count)
            var all: [[Double]] = []
            for x in [a, b, a.map(\.magnitude), b.map(\.magnitude)] {
                for function in unaryCases {
                    _ = function.lanes(&out, x, count)
                    all.append(out)
                }
                for function in binaryCases {
                    _ = function.lanes(&out, x, b, count)
                    all.append(out)
                }
            }
            return all
        }
        let best = results()
        onEachLevel { level in
            #expect(zip(results(), best).allSatisfy { same($0, $1) }, "level \(level)")
        }
    }
}
