import ReuseKernels

/// Statistics of samples, exact, and in an order of their own: sums go by blocks of 256, standard errors by blocks of
/// 1,024, so that neither threads nor shards are in their last bits.
package enum Statistics {
    /// Samples of one block of the Latin hypercube.
    package static let errorBlock = 1024

    // MARK: Moments

    /// Mean in the fixed order of blocks of 256, then of blocks.
    package static func mean(_ values: UnsafeBufferPointer<Double>) -> Double {
        guard !values.isEmpty else { return 0 }
        return sum(values) / Double(values.count)
    }

    /// Standard deviation, dividing by n - 1.
    package static func deviation(_ values: UnsafeBufferPointer<Double>) -> Double {
        deviation(values, around: mean(values))
    }

    static func deviation(_ values: UnsafeBufferPointer<Double>, around mean: Double) -> Double {
        guard values.count > 1 else { return 0 }
        return reuse_sqrt(sumOfSquares(values, around: mean) / Double(values.count - 1))
    }

    /// Skewness G1 as spreadsheets give it: the third central moment by that of the normal distribution, adjusted for the
    /// number of values (Joanes & Gill, "Comparing measures of sample skewness and kurtosis", 1998). 0 where nothing
    /// varies or fewer than three values are there.
    package static func skewness(_ values: UnsafeBufferPointer<Double>) -> Double {
        let n = Double(values.count)
        guard n > 2 else { return 0 }
        let mean = mean(values)
        let second = sumOfSquares(values, around: mean) / n
        guard second > 0 else { return 0 }
        func cube(_ value: Double) -> Double { (value - mean) * (value - mean) * (value - mean) }
        let third =
            sum(
                values, { block in (0..<Machine.lanes).reduce(0) { $0 + cube(block[$1]) } }, { cube(values[$0]) }) / n
        return third / (second * reuse_sqrt(second)) * reuse_sqrt(n * (n - 1)) / (n - 2)
    }

    /// Covariance, dividing by n - 1.
    package static func covariance(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
        guard a.count == b.count, a.count > 1 else { return 0 }
        let (meanA, meanB) = (mean(a), mean(b))
        guard let first = a.baseAddress, let second = b.baseAddress else { return 0 }
        func term(_ index: Int) -> Double { (a[index] - meanA) * (b[index] - meanB) }
        let products = sum(
            a,
            { block in
                let other = second + (block - first)
                return (0..<Machine.lanes).reduce(0) { $0 + (block[$1] - meanA) * (other[$1] - meanB) }
            }, term)
        return products / Double(a.count - 1)
    }

    /// Sums of blocks, one after another. A whole block is summed as the kernels do, in an order that is the same on every
    /// machine; what is left at the end in its own.
    private static func sum(
        _ values: UnsafeBufferPointer<Double>, _ block: (UnsafePointer<Double>) -> Double, _ term: (Int) -> Double
    ) -> Double {
        guard let base = values.baseAddress else { return 0 }
        var total = 0.0
        var start = 0
        while start + Machine.lanes <= values.count {
            total += block(base + start)
            start += Machine.lanes
        }
        var rest = 0.0
        for index in start..<values.count { rest += term(index) }
        return start < values.count ? total + rest : total
    }

    private static func sum(_ values: UnsafeBufferPointer<Double>) -> Double {
        sum(values, { reuse_sum_256($0) }, { values[$0] })
    }

    private static func sumOfSquares(_ values: UnsafeBufferPointer<Double>, around mean: Double) -> Double {
        sum(values, { reuse_sum_squares_256($0, mean) }, { (values[$0] - mean) * (values[$0] - mean) })
    }

    // MARK: Quantiles

    /// Type 7 of Hyndman and Fan (1996), of values in ascending order.
    static func quantile(ofSorted values: UnsafeMutableBufferPointer<Double>, _ share: Double) -> Double {
        guard let last = values.indices.last else { return 0 }
        let place = share * Double(last)
        let low = min(max(Int(place.rounded(.down)), 0), last)
        let high = min(low + 1, last)
        let part = place - Double(low)
        if part == 0 { return values[low] }
        return values[low] + (values[high] - values[low]) * part
    }

    /// Type 7 quantiles at shares in ascending order, without sorting: linear in the number of values.
    package static func quantiles(_ values: UnsafeBufferPointer<Double>, _ shares: [Double]) -> [Double] {
        guard let base = values.baseAddress, !values.isEmpty, !shares.isEmpty else { return shares.map { _ in 0 } }
        let scratch = UnsafeMutablePointer<UInt64>.allocate(capacity: reuse_order_statistics_scratch(values.count))
        defer { scratch.deallocate() }
        return quantiles(base, values.count, shares, scratch)
    }

    private static func quantiles(
        _ base: UnsafePointer<Double>, _ count: Int, _ shares: [Double], _ scratch: UnsafeMutablePointer<UInt64>
    ) -> [Double] {
        let last = count - 1
        var ranks: [Int] = []
        for share in shares {
            let low = min(max(Int((share * Double(last)).rounded(.down)), 0), last)
            ranks += [low, min(low + 1, last)]
        }
        // The pairs may overlap where shares lie close together.
        ranks.sort()
        var found = Array(repeating: 0.0, count: ranks.count)
        reuse_order_statistics(base, count, ranks, ranks.count, &found, scratch)
        return shares.map { share in
            let place = share * Double(last)
            let low = min(max(Int(place.rounded(.down)), 0), last)
            let part = place - Double(low)
            func value(_ rank: Int) -> Double { ranks.firstIndex(of: rank).map { found[$0] } ?? 0 }
            let start = value(low)
            if part == 0 { return start }
            return start + (value(min(low + 1, last)) - start) * part
        }
    }

    // MARK: Monte Carlo standard errors

    /// The standard error of a mean, from the means of blocks of 1,024 samples: within a block of a Latin hypercube
    /// samples are not independent, blocks are (Owen, "Monte Carlo theory, methods and examples", chapter 10). From the
    /// samples themselves, which is too large for a hypercube, where there are fewer than two whole blocks.
    package static func errorOfMean(_ values: UnsafeBufferPointer<Double>) -> Double {
        let blocks = values.count / errorBlock
        guard blocks > 1 else {
            return values.count > 1 ? deviation(values) / reuse_sqrt(Double(values.count)) : 0
        }
        let means = (0..<blocks).map { block in
            mean(UnsafeBufferPointer(rebasing: values[block * errorBlock..<(block + 1) * errorBlock]))
        }
        return errorOfMean(ofBlocks: means, samples: values.count)
    }

    /// The same from means, or other estimates, that each rest on 1,024 samples of all.
    private static func errorOfMean(ofBlocks estimates: [Double], samples: Int) -> Double {
        let deviation = estimates.withUnsafeBufferPointer { Self.deviation($0) }
        return deviation / reuse_sqrt(Double(samples) / Double(errorBlock))
    }

    /// Standard errors of quantiles, from those of blocks of 1,024 samples; with fewer than two whole blocks from the
    /// density between neighbouring quantiles (Maritz & Jarrett would need a sort).
    package static func errorsOfQuantiles(_ values: UnsafeBufferPointer<Double>, _ shares: [Double]) -> [Double] {
        let blocks = values.count / errorBlock
        guard let base = values.baseAddress, blocks > 1 else { return errorsFromDensity(values, shares) }
        let scratch = UnsafeMutablePointer<UInt64>.allocate(capacity: reuse_order_statistics_scratch(errorBlock))
        defer { scratch.deallocate() }
        var estimates = shares.map { _ in [Double]() }
        for block in 0..<blocks {
            let own = quantiles(base + block * errorBlock, errorBlock, shares, scratch)
            for position in shares.indices { estimates[position].append(own[position]) }
        }
        return estimates.map { errorOfMean(ofBlocks: $0, samples: values.count) }
    }

    private static func errorsFromDensity(_ values: UnsafeBufferPointer<Double>, _ shares: [Double]) -> [Double] {
        let n = Double(values.count)
        guard values.count > 3 else { return shares.map { _ in 0 } }
        return shares.map { share in
            let spread = reuse_sqrt(share * (1 - share) / n)
            let ends = [max(0, share - spread), min(1, share + spread)]
            let found = quantiles(values, ends)
            return (found[1] - found[0]) / 2
        }
    }

    /// A 95% interval for a share of samples, after Wilson ("Probable inference", 1927); it stays between 0 and 1 also where
    /// no sample, or every one, counts.
    package static func interval(ofShare share: Double, samples: Int) -> (low: Double, high: Double) {
        guard samples > 0 else { return (0, 1) }
        let n = Double(samples)
        let z = 1.959963984540054
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * reuse_sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return (share == 0 ? 0 : max(0, center - half), share == 1 ? 1 : min(1, center + half))
    }

    // MARK: Pictures

    /// How many values lie in each of equally wide bins between the smallest and the largest.
    package static func histogram(_ values: UnsafeBufferPointer<Double>, bins: Int) -> (
        low: Double, high: Double, counts: [Int]
    ) {
        guard let first = values.first else { return (0, 0, []) }
        var (low, high) = (first, first)
        for value in values {
            low = value < low ? value : low
            high = value > high ? value : high
        }
        return histogram(values, bins: bins, between: (low, high))
    }

    /// The same between two ends; what lies outside is not counted.
    package static func histogram(
        _ values: UnsafeBufferPointer<Double>, bins: Int, between ends: (low: Double, high: Double)
    ) -> (low: Double, high: Double, counts: [Int]) {
        guard bins > 0 else { return (0, 0, []) }
        let (low, high) = ends
        var counts = Array(repeating: 0, count: bins)
        let scale = Double(bins) / (high - low)
        guard scale.isFinite else {
            counts[0] = values.count { !($0 < low || $0 > high) }
            return (low, high, counts)
        }
        for value in values where !(value < low || value > high) {
            let place = (value - low) * scale
            counts[place >= 0 && place < Double(bins) ? Int(place) : bins - 1] += 1
        }
        return (low, high, counts)
    }

    /// A kernel density estimate at equally spaced points between two ends: Gaussian kernels on a grid of bins, as wide as
    /// Silverman says ("Density estimation", 1986, equation 3.31), which suits one peak.
    package static func density(_ values: UnsafeBufferPointer<Double>, points: Int) -> (
        low: Double, high: Double, density: [Double]
    ) {
        guard values.count > 1, points > 1 else { return (0, 0, []) }
        let quarters = quantiles(values, [0.25, 0.75])
        let deviation = deviation(values)
        let spread = (quarters[1] - quarters[0]) / 1.34
        let scale = spread > 0 ? min(deviation, spread) : deviation
        let width = 0.9 * scale * reuse_pow(Double(values.count), -0.2)
        let bins = histogram(values, bins: 1024)
        let (low, high) = (bins.low - 3 * width, bins.high + 3 * width)
        guard width > 0, (high - low).isFinite else { return (bins.low, bins.high, []) }
        let binWidth = (bins.high - bins.low) / 1024
        let factor = 1 / (Double(values.count) * width * reuse_sqrt(2 * .pi))
        let density = (0..<points).map { point -> Double in
            let x = low + (high - low) * Double(point) / Double(points - 1)
            var sum = 0.0
            for (bin, count) in bins.counts.enumerated() where count > 0 {
                let distance = (x - (bins.low + (Double(bin) + 0.5) * binWidth)) / width
                if distance.magnitude < 8 { sum += Double(count) * reuse_exp(-distance * distance / 2) }
            }
            return sum * factor
        }
        return (low, high, density)
    }
}
