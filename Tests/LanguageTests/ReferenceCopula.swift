import Foundation
import ReuseKernels

/// Correlated draws, from their definition: normal scores made of independent ones so that each pair has its correlation.
struct ReferenceCopula {
    private var order: [UInt64] = []
    private var ranks: [[UInt64]: Double] = [:]
    /// How much of each independent score is in the score of a variable, by place in the order.
    private var weights: [[Double]] = []

    mutating func join(_ variables: [UInt64], rank: Double) {
        for variable in variables where !order.contains(variable) { order.append(variable) }
        for a in variables { for b in variables where a != b { ranks[[a, b]] = rank } }
    }

    /// Orthogonalises one variable after the other: from what is left of the matrix, the part that the next one explains.
    mutating func settle() {
        let count = order.count
        var rest = order.map { a in order.map { b in a == b ? 1 : 2 * sin(.pi / 6 * (ranks[[a, b]] ?? 0)) } }
        weights = Array(repeating: Array(repeating: 0, count: count), count: count)
        for next in 0..<count {
            let column = (0..<count).map { rest[$0][next] / rest[next][next].squareRoot() }
            for row in next..<count {
                weights[row][next] = column[row]
                for other in next..<count { rest[row][other] -= column[row] * column[other] }
            }
        }
    }

    func uniform(_ variable: UInt64, own: (UInt64) -> Double) -> Double {
        guard let row = order.firstIndex(of: variable), weights[row][..<row].contains(where: { $0 != 0 }) else {
            return own(variable)
        }
        var score = 0.0
        for (place, weight) in weights[row].enumerated() where weight != 0 {
            score += weight * reuse_normal_quantile(own(order[place]))
        }
        return reuse_normal_cdf(score)
    }
}
