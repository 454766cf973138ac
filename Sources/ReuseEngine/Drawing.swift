import ReuseKernels
import ReuseSyntax

/// How samples of what is uncertain are laid out. `docs/draws.md` has the layout in full.
public enum Sampling: String, Sendable, CaseIterable {
    /// Each sample by itself.
    case random
    /// In blocks of 1,024 samples, of which each input has one in each of 1,024 intervals of equal probability.
    case latin
    /// Points of Sobol's sequence, one dimension a draw.
    case sobol
}

/// A variable that draws are made of: its id, and the dimension that it has under `sobol`.
struct DrawVariable: Sendable {
    var id: UInt64
    var dimension: Int
}

/// The uniform random numbers of draws, for one sample and for lanes of samples. Each is a function of seed, variable and
/// sample alone.
extension Machine {
    /// The uniform random number of a draw at the current step and a sample.
    func uniform(_ draw: Int, sample: UInt64) -> Double {
        let source = program.draws[draw]
        if isCentral { return source.interval?.middle ?? 0.5 }
        if let interval = source.interval { return end(of: interval, sample) }
        if let value = design?.value(of: variable(of: source).id, sample: sample) { return value }
        if source.score >= 0 { return correlated(program.scores[source.score], sample) }
        return own(variable(of: source), sample)
    }

    /// The same for the samples of the current block.
    func drawLanes(_ draw: Int, into lanes: UnsafeMutablePointer<Double>) {
        let source = program.draws[draw]
        if isCentral || source.interval != nil {
            for lane in 0..<width { lanes[lane] = uniform(draw, sample: firstSample + UInt64(lane)) }
        } else if design?.fill(lanes, variable(of: source).id, from: firstSample, count: width) == true {
            return
        } else if source.score >= 0 {
            correlatedLanes(program.scores[source.score], into: lanes)
        } else {
            ownLanes(variable(of: source), into: lanes)
        }
    }

    private func variable(of source: DrawSource) -> DrawVariable {
        let place = source.variables.count == 1 ? 0 : min(step, source.variables.count - 1)
        return DrawVariable(id: source.variables[place], dimension: source.dimension + place)
    }

    private func end(of interval: IntervalDraw, _ sample: UInt64) -> Double {
        let count = program.intervalCount ?? 0
        if count <= 12 { return sample >> UInt64(interval.bit) & 1 == 0 ? interval.low : interval.high }
        if sample == UInt64(2 * interval.bit + 1) { return interval.low }
        if sample == UInt64(2 * interval.bit + 2) { return interval.high }
        return interval.middle
    }

    // MARK: Independent draws

    private func own(_ variable: DrawVariable, _ sample: UInt64) -> Double {
        switch sampling {
        case .random: reuse_uniform(seed, variable.id, sample)
        case .latin: reuse_latin(seed, variable.id, sample)
        case .sobol:
            SobolSequence.value(
                index: UInt32(truncatingIfNeeded: sample), dimension: variable.dimension, scramble: scramble)
        }
    }

    private func ownLanes(_ variable: DrawVariable, into lanes: UnsafeMutablePointer<Double>) {
        switch sampling {
        case .random: reuse_uniform_lanes(lanes, seed, variable.id, firstSample, width)
        case .latin: reuse_latin_lanes(lanes, seed, variable.id, firstSample, width)
        case .sobol: for lane in 0..<width { lanes[lane] = own(variable, firstSample + UInt64(lane)) }
        }
    }

    /// One number for all dimensions of Sobol's sequence, which mixes them in by itself.
    static func scramble(ofSeed seed: UInt64) -> UInt32 {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> UInt64(8 * $0)) }
        return bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: reuse_hash($0.baseAddress, $0.count)) }
    }

    // MARK: Correlated draws

    /// The ends of what a plain draw can be, so that no distribution is asked for its value at 0 or 1.
    private static let least = 0x1p-53
    private static let greatest = 1 - 0x1p-53

    private func correlated(_ row: ScoreRow, _ sample: UInt64) -> Double {
        var score = 0.0
        for term in row.terms { score += term.weight * reuse_normal_quantile(own(term.variable, sample)) }
        return min(max(reuse_normal_cdf(score), Self.least), Self.greatest)
    }

    private func correlatedLanes(_ row: ScoreRow, into lanes: UnsafeMutablePointer<Double>) {
        let n = width
        reuse_lanes_fill(lanes, 0, n)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: n) { buffer in
            guard let scores = buffer.baseAddress else { return }
            for term in row.terms {
                ownLanes(term.variable, into: scores)
                _ = reuse_lanes_normal_quantile(scores, scores, n)
                for lane in 0..<n { lanes[lane] += term.weight * scores[lane] }
            }
        }
        for lane in 0..<n { lanes[lane] = min(max(reuse_normal_cdf(lanes[lane]), Self.least), Self.greatest) }
    }
}

extension Program {
    /// Gives every variable its dimension under `sobol`: its rank by name among those of declarations, then of patches,
    /// then of commands. So a command or a scenario moves no draw of a declaration, though another input does.
    mutating func numberDraws(_ watch: Watch) {
        struct Place: Hashable {
            var rank: Int
            var name: String
        }
        var sizes: [Place: Int] = [:]
        // One that is set from outside still stands for a variable that others go with.
        for name in correlations.flatMap({ $0.names }) { sizes[Place(rank: 0, name: name)] = 1 }
        for draw in draws where draw.interval == nil && !watch.stops() {
            sizes[Place(rank: draw.rank.rawValue, name: draw.name)] = max(draw.variables.count, 1)
        }
        if watch.hasStopped { return }
        let places = sizes.keys.sorted { a, b in
            // Once it is stopped any order will do.
            if watch.stops() { return false }
            return a.rank != b.rank ? a.rank < b.rank : a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
        var first: [Place: Int] = [:]
        var next = 0
        for place in places where !watch.stops() {
            first[place] = next
            next += sizes[place] ?? 1
        }
        for index in draws.indices where draws[index].interval == nil && !watch.stops() {
            let place = Place(rank: draws[index].rank.rawValue, name: draws[index].name)
            draws[index].dimension = first[place] ?? 0
        }
        for index in scores.indices {
            for term in scores[index].terms.indices {
                let place = Place(rank: 0, name: scores[index].terms[term].name)
                scores[index].terms[term].variable.dimension = first[place] ?? 0
            }
        }
    }
}
