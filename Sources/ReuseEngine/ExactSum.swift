/// Sums in two parts, after Knuth's two-sum (The Art of Computer Programming, volume 2, 4.2.2): what rounding takes from the
/// first is in the second. Their total hardly ever depends on the order of the terms.
enum ExactSum {
    @inline(__always)
    static func add(_ x: Double, to total: (sum: Double, rest: Double)) -> (sum: Double, rest: Double) {
        let sum = total.sum + x
        let part = sum - total.sum
        return (sum, total.rest + ((total.sum - (sum - part)) + (x - part)))
    }
}
