import ReuseKernels

extension SensitivityDesign {
    /// The largest power of two up to a limit, as points of Sobol's are best taken; at least 64, at most 2^20.
    package static func pointCount(atMost limit: Int) -> Int {
        var count = 64
        while count < 1 << 20, count * 2 <= limit { count *= 2 }
        return count
    }
}

/// Every input at its 5% and at its 95%, with all others at their median. Row 0 has all at their medians; those of input g are
/// 2 g + 1 and 2 g + 2.
package struct TornadoDesign: SensitivityDesign {
    package var columns: DrawColumns
    package var rows: Int { 1 + 2 * columns.groupCount }

    package init(columns: DrawColumns) { self.columns = columns }

    package func group(ofRow row: Int) -> Int? { nil }
    package var groupsOfRows: Int { 0 }

    package func uniform(column: Int, row: Int) -> Double {
        guard row > 0, (row - 1) / 2 == columns.groups[column] else { return 0.5 }
        return row % 2 == 1 ? 0.05 : 0.95
    }
}

/// Rows for first and total order indices, after Saltelli, Making best use of model evaluations to compute sensitivity
/// indices, Computer Physics Communications 145 (2002), in the radial form of 2010: a block A, a block B that is independent of
/// it, and for each input a block that is A with this input's columns from B. Their points are Sobol's.
package struct SaltelliDesign: SensitivityDesign {
    package var columns: DrawColumns
    /// Points of a block, best a power of two.
    package var points: Int
    package var rows: Int { points * (columns.groupCount + 2) }
    private let scramble: UInt32

    package init(columns: DrawColumns, points: Int, seed: UInt64) {
        self.columns = columns
        self.points = max(points, 1)
        scramble = Randomness(seed, of: "sobol").word(0)
    }

    package func group(ofRow row: Int) -> Int? { row % points }
    package var groupsOfRows: Int { points }

    package func uniform(column: Int, row: Int) -> Double {
        let (block, point) = row.quotientAndRemainder(dividingBy: points)
        let isFromB = block == 1 || block - 2 == columns.groups[column]
        return SobolSequence.value(
            index: UInt32(truncatingIfNeeded: point), dimension: isFromB ? columns.count + column : column,
            scramble: scramble)
    }
}

/// Trajectories on which one input after the other jumps, in random order: Morris, Factorial sampling plans for preliminary
/// computational experiments, Technometrics 33 (1991). All draws of an input jump together, in one direction.
///
/// Morris's four levels lie from 5% to 95% of the probability, as no distribution has a value at 0 and 1 for certain. A jump is
/// two of them.
package struct MorrisDesign: SensitivityDesign {
    static let levels = 4
    /// A jump as a part of the way from 5% to 95%.
    static let jump = 2.0 / 3

    package var columns: DrawColumns
    package let trajectories: Int
    package var rows: Int { trajectories * (columns.groupCount + 1) }
    /// By trajectory and column.
    private var start: [UInt8] = []
    /// By trajectory and input: its place in the order of jumps, and whether it jumps up.
    private var place: [Int32] = []
    private var isUp: [Bool] = []

    package init(columns: DrawColumns, trajectories: Int, seed: UInt64) {
        self.columns = columns
        self.trajectories = max(trajectories, 1)
        var random = Randomness(seed, of: "morris")
        let half = Self.levels / 2
        for _ in 0..<self.trajectories {
            var places = Array(repeating: Int32(0), count: columns.groupCount)
            for (position, group) in random.order(of: columns.groupCount).enumerated() {
                places[group] = Int32(position)
            }
            place += places
            let first = isUp.count
            for _ in 0..<columns.groupCount { isUp.append(random.next(2) == 1) }
            for group in columns.groups { start.append(UInt8(random.next(half) + (isUp[first + group] ? 0 : half))) }
        }
    }

    package func uniform(column: Int, row: Int) -> Double {
        let (trajectory, step) = row.quotientAndRemainder(dividingBy: columns.groupCount + 1)
        let input = trajectory * columns.groupCount + columns.groups[column]
        var level = Int(start[trajectory * columns.count + column])
        if place[input] < step { level += (isUp[input] ? 1 : -1) * Self.levels / 2 }
        return 0.05 + 0.9 * Double(level) / Double(Self.levels - 1)
    }

    package func group(ofRow row: Int) -> Int? { row / (columns.groupCount + 1) }
    package var groupsOfRows: Int { trajectories }

    /// The rows before and after the jump of an input, the lower value of the input first.
    func jump(of group: Int, in trajectory: Int) -> (low: Int, high: Int) {
        let input = trajectory * columns.groupCount + group
        let before = trajectory * (columns.groupCount + 1) + Int(place[input])
        return isUp[input] ? (before, before + 1) : (before + 1, before)
    }
}

/// Rows for Shapley effects: along random orders of the inputs, one point turns into another, input by input. Song, Nelson and
/// Staum, Shapley effects for global sensitivity analysis: theory and computation, SIAM/ASA J. Uncertainty Quantification 4
/// (2016), with the paths of Goda, A simple algorithm for global sensitivity analysis with Shapley effects, Reliability
/// Engineering & System Safety 213 (2021), in the place of nested draws.
///
/// Correlated inputs come from independent scores by a triangular factor of their correlation, taken for each order with the
/// last input first: then what a set of inputs can still do when all behind it are known is what its own scores do.
package struct ShapleyDesign: SensitivityDesign {
    package var columns: DrawColumns
    package private(set) var orders: [[Int]] = []
    /// By order and input: its place in the order.
    private var places: [[Int]] = []
    private let scramble: UInt32
    /// By order; empty where inputs are independent.
    private var factors: [Factor] = []

    private struct Factor: Sendable {
        var columns: [Int]
        var places: [Int]
        var rows: [[Double]]
    }

    package var rows: Int { orders.count * (columns.groupCount + 1) }
    var isCorrelated: Bool { !factors.isEmpty }

    /// `correlation` is that of the normal scores of the columns, row by row; nil where they are independent.
    package init(columns: DrawColumns, orders count: Int, correlation: [Double]? = nil, seed: UInt64) {
        self.columns = columns
        var random = Randomness(seed, of: "shapley")
        scramble = random.nextWord()
        for _ in 0..<max(count, 1) {
            let order = random.order(of: columns.groupCount)
            orders.append(order)
            places.append(Self.inverse(order))
        }
        guard let correlation, correlation.count == columns.count * columns.count else { return }
        factors = places.map { places in
            let ordered = columns.groups.indices.sorted {
                (-places[columns.groups[$0]], $0) < (-places[columns.groups[$1]], $1)
            }
            let rows = Cholesky.factor(ordered.count) { correlation[ordered[$0] * columns.count + ordered[$1]] }
            return Factor(columns: ordered, places: Self.inverse(ordered), rows: rows)
        }
    }

    package func uniform(column: Int, row: Int) -> Double {
        let (number, step) = row.quotientAndRemainder(dividingBy: columns.groupCount + 1)
        func independent(_ column: Int) -> Double {
            let isTurned = places[number][columns.groups[column]] < step
            return SobolSequence.value(
                index: UInt32(truncatingIfNeeded: number), dimension: isTurned ? columns.count + column : column,
                scramble: scramble)
        }
        guard isCorrelated else { return independent(column) }
        let factor = factors[number]
        var score = 0.0
        for (place, weight) in factor.rows[factor.places[column]].enumerated() where weight != 0 {
            score += weight * reuse_normal_quantile(independent(factor.columns[place]))
        }
        return min(max(reuse_normal_cdf(score), 0x1p-53), 1 - 0x1p-53)
    }

    package func group(ofRow row: Int) -> Int? { row / (columns.groupCount + 1) }
    package var groupsOfRows: Int { orders.count }

    private static func inverse(_ order: [Int]) -> [Int] {
        var result = Array(repeating: 0, count: order.count)
        for (place, item) in order.enumerated() { result[item] = place }
        return result
    }
}

/// Random numbers of a method, always the same ones for a seed.
struct Randomness {
    private let seed: UInt64
    private let variable: UInt64
    private var position: UInt64 = 0

    init(_ seed: UInt64, of method: StaticString) {
        self.seed = seed
        variable = reuse_hash(method.utf8Start, method.utf8CodeUnitCount)
    }

    mutating func nextUniform() -> Double {
        position &+= 1
        return reuse_uniform(seed, variable, position)
    }

    /// From 0 to below `bound`.
    mutating func next(_ bound: Int) -> Int { min(Int(nextUniform() * Double(bound)), bound - 1) }
    mutating func nextWord() -> UInt32 { UInt32(nextUniform() * 0x1p32) }
    func word(_ place: UInt64) -> UInt32 { UInt32(reuse_uniform(seed, variable, place) * 0x1p32) }

    mutating func order(of count: Int) -> [Int] {
        var result = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) { result.swapAt(place, next(place + 1)) }
        return result
    }
}

/// Triangular factors of symmetric matrices.
enum Cholesky {
    /// Rows of the lower factor. Where the matrix is singular, what has no variance of its own gets none.
    static func factor(_ count: Int, _ entry: (Int, Int) -> Double) -> [[Double]] {
        var rows: [[Double]] = []
        for i in 0..<count {
            var row = Array(repeating: 0.0, count: i + 1)
            for j in 0...i {
                var sum = entry(i, j)
                for k in 0..<j { sum -= row[k] * (j == i ? row[k] : rows[j][k]) }
                if j == i {
                    row[j] = sum > 1e-12 * entry(i, i).magnitude ? sum.squareRoot() : 0
                } else {
                    row[j] = rows[j][j] == 0 ? 0 : sum / rows[j][j]
                }
            }
            rows.append(row)
        }
        return rows
    }
}
