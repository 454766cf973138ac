import ReuseEngine

/// The values of an expression at a point: one for each sample, or one for all. Those of a run are not copied.
struct Samples: RandomAccessCollection {
    private enum Storage {
        case own([Double])
        /// The run holds the memory.
        case kept(UnsafeBufferPointer<Double>, Execution)
    }

    private let storage: Storage

    init(_ values: [Double]) { storage = .own(values) }

    init(_ execution: Execution, _ definition: Int, combination: Int, step: Int) {
        if let kept = execution.samples(definition, combination: combination, step: step) {
            storage = .kept(kept, execution)
        } else {
            storage = .own(execution.values(definition, combination: combination, step: step))
        }
    }

    var startIndex: Int { 0 }
    var endIndex: Int {
        switch storage {
        case .own(let values): values.count
        case .kept(let values, _): values.count
        }
    }

    subscript(position: Int) -> Double {
        switch storage {
        case .own(let values): values[position]
        case .kept(let values, _): values[position]
        }
    }

    func withValues<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
        switch storage {
        case .own(let values): values.withUnsafeBufferPointer(body)
        case .kept(let values, let execution): withExtendedLifetime(execution) { body(values) }
        }
    }
}

extension Summary {
    /// A picture of a distribution has so many bars.
    static let bins = 40

    /// Of samples that are all numbers; each value is divided by `scale`.
    init(of samples: Samples, scale: Double, isDetailed: Bool) {
        self = samples.withValues { values in
            let shares = [0.05, 0.5, 0.95]
            let quantiles = Statistics.quantiles(values, shares)
            let ends = quantiles.map { NumberFormat.inUnit($0, of: scale) }
            var summary = Summary(
                p5: ends[0], median: ends[1], p95: ends[2],
                mean: NumberFormat.inUnit(Statistics.mean(values), of: scale), sd: Statistics.deviation(values) / scale,
                samples: values.count)
            guard isDetailed else { return summary }
            summary.skewness = Statistics.skewness(values)
            let errors = Statistics.errorsOfQuantiles(values, shares)
            let size = scale.magnitude
            summary.errors = Errors(
                p5: errors[0] / size, median: errors[1] / size, p95: errors[2] / size,
                mean: Statistics.errorOfMean(values) / size)
            let picture = Statistics.histogram(values, bins: Self.bins)
            summary.histogram = Histogram(
                low: picture.low / scale, high: picture.high / scale, counts: picture.counts)
            let outer = Statistics.quantiles(values, [0.005, 0.995])
            let bulk = Statistics.histogram(values, bins: Self.bins, between: (outer[0], outer[1]))
            summary.bulk = Histogram(low: bulk.low / scale, high: bulk.high / scale, counts: bulk.counts)
            return summary
        }
    }
}
