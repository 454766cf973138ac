import ReuseSyntax

/// Rank correlations of inputs with a value, and how the variance of its ranks is shared out by a regression on theirs: Saltelli
/// and Sobol', About the use of rank transformation in sensitivity analysis of model output, Reliability Engineering & System
/// Safety 50 (1995); Helton and Davis, Latin hypercube sampling and the propagation of uncertainty, ibid. 81 (2003).
///
/// The regression has the strongest inputs, at most `Limits.rankedInputs` and at most a third of the samples.
package struct RankRegression: Sendable {
    /// Spearman's, for each input; of an input with several draws the correlation with their best sum, at least 0.
    package var correlations: [Double]
    /// Squares of the standardised regression coefficients, scaled so that they add up to `explained`.
    package var shares: [Double]
    /// The share of the variance of the ranks that the regression explains (R squared).
    package var explained: Double

    /// For each input one column or several, each with as many values as there are of the value.
    package init(_ values: [Double], inputs: Int, columns: (Int) -> [[Double]]) {
        correlations = Array(repeating: 0, count: inputs)
        shares = correlations
        explained = 0
        let own = Self.standardised(Self.ranks(values))
        guard !own.isEmpty else { return }
        var scores: [[Double]] = []
        for input in 0..<inputs {
            let score = Self.score(columns(input).map { Self.standardised(Self.ranks($0)) }, own)
            correlations[input] = score.isEmpty ? 0 : Self.product(score, own)
            scores.append(score)
        }
        let strongest = (0..<inputs).filter { correlations[$0] != 0 }
            .sorted { (-correlations[$0].magnitude, $0) < (-correlations[$1].magnitude, $1) }
            .prefix(min(Limits.rankedInputs, values.count / 3))
        let coefficients = Self.solve(strongest.map { scores[$0] }, own)
        var squares = 0.0
        for (place, input) in strongest.enumerated() {
            explained += coefficients[place] * correlations[input]
            squares += coefficients[place] * coefficients[place]
        }
        explained = min(max(explained, 0), 1)
        guard squares > 0 else { return }
        for (place, input) in strongest.enumerated() {
            shares[input] = coefficients[place] * coefficients[place] / squares * explained
        }
    }

    /// Several draws as one: each by its correlation, which is its coefficient since draws are independent. Those that cannot be
    /// told from chance are left out, or many of them would explain anything.
    private static func score(_ columns: [[Double]], _ own: [Double]) -> [Double] {
        guard columns.count > 1 else { return columns.first ?? [] }
        var sum = Array(repeating: 0.0, count: own.count)
        for column in columns where !column.isEmpty {
            let weight = product(column, own)
            guard weight * weight * Double(own.count) > 9 else { continue }
            for place in sum.indices { sum[place] += weight * column[place] }
        }
        return standardised(sum)
    }

    /// Ranks from 1; equal values share the mean of theirs.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var result = Array(repeating: 0.0, count: values.count)
        var first = 0
        while first < order.count {
            var last = first
            while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
            for place in first...last { result[order[place]] = Double(first + last) / 2 + 1 }
            first = last + 1
        }
        return result
    }

    /// Mean 0 and sum of squares 1; empty where all are alike.
    static func standardised(_ values: [Double]) -> [Double] {
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / Double(max(values.count, 1))
        let centred = values.map { $0 - mean }
        let size = product(centred, centred).squareRoot()
        return size > 0 && size.isFinite ? centred.map { $0 / size } : []
    }

    private static func product(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for place in a.indices { sum += a[place] * b[place] }
        return sum
    }

    /// Least squares by the normal equations. A column that others give already gets 0.
    private static func solve(_ columns: [[Double]], _ own: [Double]) -> [Double] {
        let lower = Cholesky.factor(columns.count) { product(columns[$0], columns[$1]) }
        var result = Array(repeating: 0.0, count: columns.count)
        for row in columns.indices where lower[row][row] > 1e-6 {
            var sum = product(columns[row], own)
            for place in 0..<row { sum -= lower[row][place] * result[place] }
            result[row] = sum / lower[row][row]
        }
        for row in columns.indices.reversed() where lower[row][row] > 1e-6 {
            for below in stride(from: row + 1, to: columns.count, by: 1) {
                result[row] -= lower[below][row] * result[below]
            }
            result[row] /= lower[row][row]
        }
        return result
    }
}
