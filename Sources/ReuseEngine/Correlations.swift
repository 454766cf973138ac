import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Inputs that are correlated with each other, directly or by way of others.
public struct CorrelationGroup: Sendable {
    /// In order of first appearance in the script: the first keeps its draws.
    public var inputs: [DeclarationID]
    /// Names of their draws, of which variables are hashes.
    public var names: [String]
    /// Spearman's rank correlations, as given.
    public var ranks: [[Double]]
    /// Pearson's correlations of the normal scores: 2 sin(pi r / 6). Positive definite.
    public var scores: [[Double]]
}

/// A Gaussian copula's mathematics: of ranks and of normal scores.
extension CorrelationGroup {
    /// Pearson's correlation of normal scores whose ranks have Spearman's r.
    static func score(ofRank rank: Double) -> Double { 2 * sine(rank * (Double.pi / 6)) }

    /// Of at most half a right angle, by its series: no library's sine, whose bits differ from machine to machine.
    private static func sine(_ x: Double) -> Double {
        var term = x
        var sum = x
        var n = 1.0
        while term.magnitude > 1e-20 {
            term *= -x * x / ((n + 1) * (n + 2))
            sum += term
            n += 2
        }
        return sum
    }

    /// The inverse of `score(ofRank:)`, by halving.
    static func rank(ofScore score: Double) -> Double {
        var (low, high) = (-1.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if Self.score(ofRank: middle) < score { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Where one entry of a row can lie, those before it and the matrix above being as they are.
    static func range(_ row: Int, _ column: Int, _ scores: [[Double]]) -> (low: Double, high: Double)? {
        let factor = CorrelationFactor(scores, size: row)
        var rest = Array(scores[row][..<row])
        rest[column] = 0
        var unit = [Double](repeating: 0, count: row)
        unit[column] = 1
        // x' A^-1 x < 1 of the row, as a square in the one entry.
        let ofUnit = factor.solve(unit)
        let ofRest = factor.solve(rest)
        let square = ofUnit[column]
        let half = ofRest[column]
        let constant = zip(rest, ofRest).reduce(0) { $0 + $1.0 * $1.1 } - 1
        let inside = half * half - square * constant
        guard inside > 0 else { return nil }
        let root = reuse_sqrt(inside)
        let range = (low: max((-half - root) / square, -1), high: min((-half + root) / square, 1))
        return range.high - range.low > 0.03 ? range : nil
    }

    /// With two digits, on the safe side.
    static func inward(_ value: Double, up: Bool) -> String {
        let hundredths = min(max(Int(up ? reuse_ceil(value * 100) : reuse_floor(value * 100)), -99), 99)
        let digits = String(hundredths.magnitude % 100)
        return (hundredths < 0 ? "-" : "") + String(hundredths.magnitude / 100) + "."
            + (digits.utf8.count < 2 ? "0" : "") + digits
    }
}

/// Cholesky's lower triangular factor of a matrix of correlations, row by row.
struct CorrelationFactor {
    var rows: [[Double]] = []
    /// The first row at which the matrix turns out not to be positive definite.
    var failure: Int?

    init(_ matrix: [[Double]], size: Int? = nil) {
        for row in 0..<(size ?? matrix.count) {
            var own: [Double] = []
            var rest = 1.0
            for column in 0..<row {
                var sum = matrix[row][column]
                for place in 0..<column { sum -= own[place] * rows[column][place] }
                let value = sum / rows[column][column]
                own.append(value)
                rest -= value * value
            }
            guard rest > 1e-9 else {
                failure = row
                return
            }
            own.append(reuse_sqrt(rest))
            rows.append(own)
        }
    }

    /// The matrix's inverse times a vector.
    func solve(_ vector: [Double]) -> [Double] {
        var result = vector
        for row in rows.indices {
            for column in 0..<row { result[row] -= rows[row][column] * result[column] }
            result[row] /= rows[row][row]
        }
        for row in rows.indices.reversed() {
            for below in (row + 1)..<max(rows.count, row + 1) { result[row] -= rows[below][row] * result[below] }
            result[row] /= rows[row][row]
        }
        return result
    }
}
