/// The split of trade over routes where prices leave it open: of all flows that bring every market the same, the one
/// with the least sum of squares.
///
/// Open are the routes that neither gain nor lose at the prices found. Their flows minimise `sum f^2 / 2` with the balance
/// of every node given and `0 <= f <= capacity`; the dual is a function of one number a node, convex and smooth but for
/// its curvature, which damped Newton steps minimise in finitely many.
final class ClearingSplit {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let memory = ClearingMemory()
    private let status: UnsafeMutablePointer<UInt8>
    private let flow: UnsafeMutablePointer<Double>
    /// By arc: whether its flow is not determined by prices alone.
    private let isTight: UnsafeMutablePointer<UInt8>
    private let wanted: UnsafeMutablePointer<Double>
    private let multiplier: UnsafeMutablePointer<Double>
    private let gradient: UnsafeMutablePointer<Double>
    private let step: UnsafeMutablePointer<Double>
    private let matrix: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int>
    private let seen: UnsafeMutablePointer<UInt8>
    private let work: UnsafeMutablePointer<Int>
    private let reach: UnsafeMutablePointer<Double>
    private var firstNode = 0
    private var nodes = 0
    private var scale = 1.0

    /// The arc of a gate is no route: its flow hardly counts.
    private static let gateConductance = 1e6

    init(
        _ layout: ClearingLayout, _ numbers: ClearingNumbers, status: UnsafeMutablePointer<UInt8>,
        flow: UnsafeMutablePointer<Double>
    ) {
        self.layout = layout
        self.numbers = numbers
        (self.status, self.flow) = (status, flow)
        isTight = memory.bytes(layout.arcCount)
        wanted = memory.reals(layout.nodeCount)
        multiplier = memory.reals(layout.nodeCount)
        gradient = memory.reals(layout.nodeCount)
        step = memory.reals(layout.nodeCount)
        matrix = memory.reals(layout.nodeCount * layout.nodeCount)
        pivots = memory.indices(layout.nodeCount)
        seen = memory.bytes(layout.nodeCount)
        work = memory.indices(layout.nodeCount)
        reach = memory.reals(layout.nodeCount)
    }

    /// Splits the flows of a solved set and notes the arcs whose flows are a split; false where all are determined.
    /// `margin` is what a unit costs at its end above what it is worth there, `tolerance` what counts as nothing.
    func solve(_ set: Int, tolerance: Double, isOpen: UnsafeMutablePointer<UInt8>, margin: (Int) -> Double) -> Bool {
        let arcs = layout.arcStart[set]..<layout.arcStart[set + 1]
        var spare = false
        for arc in arcs {
            isTight[arc] = 0
            guard numbers.isOpen[arc] == 1, layout.endStart[arc] == layout.endStart[arc + 1] else { continue }
            if status[arc] == ClearingBasis.Status.basic.rawValue {
                isTight[arc] = 1
            } else if margin(arc).magnitude <= tolerance {
                isTight[arc] = 1
                spare = true
            }
        }
        guard spare, hasCircle(set) else { return false }
        firstNode = layout.nodeStart[set]
        nodes = layout.nodeStart[set + 1] - firstNode
        scale = numbers.quantityScale[set]
        for node in 0..<nodes { (wanted[node], multiplier[node]) = (0, 0) }
        for arc in arcs where isTight[arc] == 1 {
            wanted[layout.from[arc] - firstNode] -= flow[arc]
            wanted[layout.to[arc] - firstNode] += numbers.gain[arc] * flow[arc]
        }
        guard minimise(arcs) else { return false }
        for arc in arcs where isTight[arc] == 1 {
            let amount = amount(arc)
            flow[arc] = amount < 1e-12 ? 0 : amount
        }
        var found = false
        for arc in arcs where isTight[arc] == 1 && isOnCircle(arc, arcs) {
            isOpen[arc] = 1
            found = true
        }
        return found
    }

    /// Whether tight arcs make a circle, whatever their directions.
    private func hasCircle(_ set: Int) -> Bool {
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { work[node] = node }
        func root(_ node: Int) -> Int {
            var node = node
            while work[node] != node { node = work[node] }
            return node
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where isTight[arc] == 1 {
            let (a, b) = (root(layout.from[arc]), root(layout.to[arc]))
            if a == b { return true }
            work[max(a, b)] = min(a, b)
        }
        return false
    }

    // MARK: Least squares

    private func conductance(_ arc: Int) -> Double {
        layout.routeOf[arc] < 0 && layout.sourceOf[arc] < 0 ? Self.gateConductance : 1
    }
    private func limit(_ arc: Int) -> Double { numbers.capacity[arc] / scale }

    private func pull(_ arc: Int) -> Double {
        conductance(arc)
            * (numbers.gain[arc] * multiplier[layout.to[arc] - firstNode] - multiplier[layout.from[arc] - firstNode])
    }

    private func amount(_ arc: Int) -> Double { min(max(pull(arc), 0), limit(arc)) }

    private func dual(_ arcs: Range<Int>) -> Double {
        var sum = 0.0
        for arc in arcs where isTight[arc] == 1 {
            let (pull, amount) = (pull(arc), amount(arc))
            sum += amount * (pull - amount / 2) / conductance(arc)
        }
        for node in 0..<nodes { sum -= wanted[node] * multiplier[node] }
        return sum
    }

    private func minimise(_ arcs: Range<Int>) -> Bool {
        for _ in 0..<200 {
            for node in 0..<nodes { gradient[node] = -wanted[node] }
            for index in 0..<nodes * nodes { matrix[index] = 0 }
            for node in 0..<nodes { matrix[node * nodes + node] = 1e-10 }
            for arc in arcs where isTight[arc] == 1 {
                let (a, b, gain) = (layout.from[arc] - firstNode, layout.to[arc] - firstNode, numbers.gain[arc])
                let flow = amount(arc)
                gradient[a] -= flow
                gradient[b] += gain * flow
                let pull = pull(arc)
                guard pull >= 0, pull <= limit(arc) else { continue }
                let weight = conductance(arc)
                matrix[a * nodes + a] += weight
                matrix[a * nodes + b] -= weight * gain
                matrix[b * nodes + a] -= weight * gain
                matrix[b * nodes + b] += weight * gain * gain
            }
            var worst = 0.0
            for node in 0..<nodes {
                worst = max(worst, gradient[node].magnitude)
                step[node] = -gradient[node]
            }
            if worst <= 1e-14 { return true }
            guard ClearingMatrix.factor(matrix, pivots, nodes) else { return false }
            ClearingMatrix.solve(matrix, pivots, nodes, step)
            var descent = 0.0
            for node in 0..<nodes { descent += gradient[node] * step[node] }
            let before = dual(arcs)
            var length = 1.0
            while true {
                for node in 0..<nodes { multiplier[node] += length * step[node] }
                if dual(arcs) <= before + 1e-4 * length * descent { break }
                for node in 0..<nodes { multiplier[node] -= length * step[node] }
                length /= 2
                // Rounding leaves nothing to gain.
                if length < 1e-9 { return worst <= 1e-11 }
            }
        }
        return false
    }

    // MARK: What is open

    /// Whether goods could go round through an arc: back from its end to its start along routes that can carry more, or
    /// against those that carry something, and come back as many.
    private func isOnCircle(_ arc: Int, _ arcs: Range<Int>) -> Bool {
        let room = 1e-9
        func canRise(_ arc: Int) -> Bool { flow[arc] < limit(arc) - room }
        func canFall(_ arc: Int) -> Bool { flow[arc] > room }
        func search(from start: Int, to end: Int, carrying amount: Double) -> Bool {
            for node in 0..<nodes { seen[node] = 0 }
            work[0] = start
            (seen[start], reach[start]) = (1, amount)
            var (next, count) = (0, 1)
            while next < count {
                let node = work[next]
                next += 1
                if node == end { return (reach[node] - 1).magnitude < 1e-9 }
                for other in arcs where isTight[other] == 1 && other != arc {
                    let (a, b) = (layout.from[other] - firstNode, layout.to[other] - firstNode)
                    if a == node, seen[b] == 0, canRise(other) {
                        (seen[b], reach[b]) = (1, reach[a] * numbers.gain[other])
                        work[count] = b
                        count += 1
                    } else if b == node, seen[a] == 0, canFall(other) {
                        (seen[a], reach[a]) = (1, reach[b] / numbers.gain[other])
                        work[count] = a
                        count += 1
                    }
                }
            }
            return false
        }
        let (a, b) = (layout.from[arc] - firstNode, layout.to[arc] - firstNode)
        if canRise(arc), search(from: b, to: a, carrying: numbers.gain[arc]) { return true }
        return canFall(arc) && search(from: a, to: b, carrying: 1 / numbers.gain[arc])
    }
}
