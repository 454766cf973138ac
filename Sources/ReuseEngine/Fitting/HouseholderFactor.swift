/// A matrix as orthogonal times upper triangular, by Householder reflections, with the columns of greatest rest first.
struct HouseholderFactor {
    let rows: Int
    let columns: Int
    /// Column after column: the triangle, and below it the reflections.
    private var matrix: [Double]
    private var leading: [Double]
    /// Which column of the matrix stands at each place of the triangle.
    private(set) var order: [Int]

    /// A matrix with at least one row, column after column.
    init(_ values: [Double], rows: Int, columns: Int, isPivoted: Bool) {
        self.rows = rows
        self.columns = columns
        matrix = values
        leading = Array(repeating: 0, count: columns)
        order = Array(0..<columns)
        for column in 0..<min(rows, columns) {
            if isPivoted { bringLargest(to: column) }
            reflect(column)
        }
    }

    private mutating func bringLargest(to column: Int) {
        var best = column
        var size = -1.0
        for candidate in column..<columns {
            var sum = 0.0
            for row in column..<rows { sum += matrix[candidate * rows + row] * matrix[candidate * rows + row] }
            if sum > size {
                size = sum
                best = candidate
            }
        }
        guard best != column else { return }
        for row in 0..<rows { matrix.swapAt(column * rows + row, best * rows + row) }
        order.swapAt(column, best)
    }

    private mutating func reflect(_ column: Int) {
        let first = column * rows
        var size = 0.0
        for row in column..<rows { size += matrix[first + row] * matrix[first + row] }
        size = size.squareRoot()
        guard size > 0 else { return }
        let head = matrix[first + column]
        let diagonal = head > 0 ? -size : size
        leading[column] = head - diagonal
        matrix[first + column] = diagonal
        for other in column + 1..<max(columns, column + 1) {
            var dot = leading[column] * matrix[other * rows + column]
            for row in column + 1..<max(rows, column + 1) { dot += matrix[first + row] * matrix[other * rows + row] }
            let weight = dot / (diagonal * leading[column])
            matrix[other * rows + column] += weight * leading[column]
            for row in column + 1..<max(rows, column + 1) { matrix[other * rows + row] += weight * matrix[first + row] }
        }
    }

    func triangle(_ row: Int, _ column: Int) -> Double { row <= column && row < rows ? matrix[column * rows + row] : 0 }

    /// The transposed orthogonal part times a vector.
    func rotated(_ vector: [Double]) -> [Double] {
        var result = vector
        for column in 0..<min(rows, columns) where leading[column] != 0 {
            let first = column * rows
            var dot = leading[column] * result[column]
            for row in column + 1..<max(rows, column + 1) { dot += matrix[first + row] * result[row] }
            let weight = dot / (matrix[first + column] * leading[column])
            result[column] += weight * leading[column]
            for row in column + 1..<max(rows, column + 1) { result[row] += weight * matrix[first + row] }
        }
        return result
    }

    func rank(tolerance: Double) -> Int {
        let limit = columns > 0 ? triangle(0, 0).magnitude * tolerance : 0
        var rank = 0
        while rank < min(rows, columns), triangle(rank, rank).magnitude > limit { rank += 1 }
        return rank
    }

    /// Solves the triangle, in its own order of columns; the first `rank` of them, the others being zero.
    func backSubstituted(_ right: [Double], rank: Int) -> [Double] {
        var result = Array(repeating: 0.0, count: columns)
        var row = rank - 1
        while row >= 0 {
            var sum = right[row]
            for column in row + 1..<max(rank, row + 1) { sum -= triangle(row, column) * result[column] }
            result[row] = sum / triangle(row, row)
            row -= 1
        }
        return result
    }

    /// Solves the transposed triangle.
    func forwardSubstituted(_ right: [Double]) -> [Double] {
        var result = right
        for row in 0..<columns {
            var sum = right[row]
            for column in 0..<row { sum -= triangle(column, row) * result[column] }
            result[row] = sum / triangle(row, row)
        }
        return result
    }

    /// Columns that take part in a direction which the matrix takes to nearly nothing; columns should be of like size.
    func unidentified(tolerance: Double) -> [Int] {
        let rank = rank(tolerance: tolerance)
        if rank == columns { return [] }
        var takesPart = Array(repeating: false, count: columns)
        for flat in rank..<columns {
            let dependence = backSubstituted((0..<rank).map { triangle($0, flat) }, rank: rank)
            takesPart[order[flat]] = true
            for place in 0..<rank where dependence[place].magnitude > 0.05 { takesPart[order[place]] = true }
        }
        return takesPart.indices.filter { takesPart[$0] }
    }

    /// The inverse of the transposed matrix times the matrix, in the columns' own order.
    func inverseOfSquare() -> [Double] {
        var result = Array(repeating: 0.0, count: columns * columns)
        var inverse: [[Double]] = []
        for column in 0..<columns {
            var unit = Array(repeating: 0.0, count: columns)
            unit[column] = 1
            inverse.append(backSubstituted(unit, rank: columns))
        }
        for i in 0..<columns {
            for j in 0..<columns {
                var sum = 0.0
                for column in max(i, j)..<columns { sum += inverse[column][i] * inverse[column][j] }
                result[order[i] * columns + order[j]] = sum
            }
        }
        return result
    }
}

/// Steps that lower a linear model of residuals, no longer than a radius.
struct TrustRegion {
    private let factor: HouseholderFactor
    private let rank: Int
    /// Residuals in the basis of the factor, and their slope by parameter in the factor's order.
    private let rotated: [Double]

    init(_ factor: HouseholderFactor, _ residuals: [Double]) {
        self.factor = factor
        rank = factor.rank(tolerance: 1e-15)
        rotated = factor.rotated(residuals)
    }

    /// To where the linear model is least.
    var fullStep: [Double] { inOwnOrder(factor.backSubstituted(rotated.prefix(rank).map { -$0 }, rank: rank)) }

    /// How far the residuals are from standing upright on the model: 0 at the least. Bates and Watts, "A relative offset
    /// orthogonality convergence criterion" (1981), without degrees of freedom.
    func relativeOffset(rss: Double) -> Double {
        var inside = 0.0
        for place in 0..<rank { inside += rotated[place] * rotated[place] }
        return rss > 0 ? (inside / rss).squareRoot() : 0
    }

    /// The size, squared, of what the parameters themselves make of the model.
    func jacobianSize(_ x: [Double], _ norms: [Double], _ free: [Int]) -> Double {
        var sum = 0.0
        for column in free { sum += norms[column] * norms[column] * max(x[column] * x[column], 1e-6) }
        return sum
    }

    /// The sum of squares that the linear model has after a step.
    func rss(after step: [Double], _ residuals: [Double]) -> Double {
        var sum = 0.0
        for row in 0..<factor.rows {
            var value = rotated[row]
            if row < factor.columns {
                for column in row..<factor.columns {
                    value += factor.triangle(row, column) * step[factor.order[column]]
                }
            }
            sum += value * value
        }
        return sum
    }

    private func inOwnOrder(_ values: [Double]) -> [Double] {
        var result = values
        for (place, column) in factor.order.enumerated() { result[column] = values[place] }
        return result
    }

    /// A step of about the radius' length, or the full step where that is shorter; and the damping it took.
    func step(within radius: Double) -> (step: [Double], damping: Double) {
        let full = fullStep
        let columns = factor.columns
        var length = norm(full)
        var excess = length - radius
        if rank == columns, excess <= 0.1 * radius { return (full, 0) }
        var low = 0.0
        if rank == columns, length > 0 {
            var direction = Array(repeating: 0.0, count: columns)
            for (place, column) in factor.order.enumerated() { direction[place] = full[column] / length }
            let slope = norm(factor.forwardSubstituted(direction))
            low = slope > 0 ? excess / radius / slope / slope : 0
        }
        var gradient = 0.0
        for column in 0..<columns {
            var sum = 0.0
            for row in 0...column where row < factor.rows { sum += factor.triangle(row, column) * rotated[row] }
            gradient += sum * sum
        }
        gradient = gradient.squareRoot()
        if gradient == 0 { return (full, 0) }
        var high = gradient / radius
        if high == 0 { high = .leastNormalMagnitude / min(radius, 0.1) }
        var damping = min(max(low, 0), high)
        if damping == 0 { damping = gradient / max(length, .leastNormalMagnitude) }
        damping = min(max(damping, low), high)
        var step = full
        for _ in 0..<12 {
            if damping == 0 { damping = max(.leastNormalMagnitude, 0.001 * high) }
            let root = damping.squareRoot()
            // The triangle over a diagonal of the root.
            let height = 2 * columns
            var stacked = Array(repeating: 0.0, count: height * columns)
            for column in 0..<columns {
                for row in 0...column { stacked[column * height + row] = factor.triangle(row, column) }
                stacked[column * height + columns + column] = root
            }
            let damped = HouseholderFactor(stacked, rows: height, columns: columns, isPivoted: false)
            var right = Array(repeating: 0.0, count: height)
            for row in 0..<min(columns, factor.rows) { right[row] = -rotated[row] }
            let solved = damped.backSubstituted(damped.rotated(right), rank: columns)
            step = inOwnOrder(solved)
            length = norm(solved)
            let before = excess
            excess = length - radius
            if excess.magnitude <= 0.1 * radius || low == 0 && excess <= before && before < 0 { break }
            let slope = norm(damped.forwardSubstituted(solved.map { $0 / max(length, .leastNormalMagnitude) }))
            let change = slope > 0 ? excess / radius / slope / slope : 0
            if excess > 0 { low = max(low, damping) } else { high = min(high, damping) }
            damping = max(low, damping + change)
        }
        return (step, damping)
    }

    private func norm(_ values: [Double]) -> Double {
        var sum = 0.0
        for value in values { sum += value * value }
        return sum.squareRoot()
    }
}
