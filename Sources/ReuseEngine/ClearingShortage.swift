/// Whether all fixed demands of a connected set can be met at once, and what is missing where they cannot.
///
/// Prices do not matter here: each supplier gives all it can, other demands take nothing, and what nobody wants is left.
/// What then comes to fixed demands at most is a flow with gains, as routes lose some on the way. It is found by
/// sending goods along the ways that lose least, as long as there are any (Onaga, "Dynamic programming of optimum flows in
/// lossy communication nets", 1966). Where supply or routes have no limit there is no shortage behind them.
struct ClearingShortage {
    /// The node that misses most.
    var node: Int
    /// What is missing in all, in base units.
    var missing: Double
    /// Whether other fixed demands have too little, too.
    var isShared: Bool

    /// Less than this share of a demand is no shortage.
    private static let least = 1e-9

    private struct Arc {
        var from: Int
        var to: Int
        var gain: Double
        var capacity: Double
        var flow = 0.0
    }

    /// By node of the set: what is there besides what is wanted, and what is wanted besides what is there.
    private var surplus: [Double]
    private var deficit: [Double]
    private var arcs: [Arc] = []

    /// Nil where all can be met, or that cannot be told.
    static func find(_ set: Int, _ layout: ClearingLayout, _ numbers: ClearingNumbers) -> ClearingShortage? {
        let first = layout.nodeStart[set]
        let nodes = first..<layout.nodeStart[set + 1]
        let fixed = nodes.filter { numbers.demandForm[$0] == ClearingNumbers.fixed && numbers.quantity[$0] > 0 }
        if fixed.isEmpty { return nil }
        var flow = ClearingShortage(set, layout, numbers)
        guard flow.send() else { return nil }
        var total = 0.0
        var short: [Int] = []
        for node in fixed where flow.deficit[node - first] > least * numbers.quantity[node] {
            short.append(node)
            total += flow.deficit[node - first]
        }
        guard let most = short.max(by: { flow.deficit[$0 - first] < flow.deficit[$1 - first] }) else { return nil }
        (flow.node, flow.missing, flow.isShared) = (most, total, short.count > 1)
        return flow
    }

    private init(_ set: Int, _ layout: ClearingLayout, _ numbers: ClearingNumbers) {
        (node, missing, isShared, deficit) = (-1, 0, false, [])
        let first = layout.nodeStart[set]
        let nodes = first..<layout.nodeStart[set + 1]
        surplus = nodes.map { _ in 0 }
        func give(_ node: Int, _ amount: Double) { if amount > 0 { surplus[node - first] += amount } }
        let setArcs = layout.arcStart[set]..<layout.arcStart[set + 1]
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let most = numbers.most(supplier)
            guard most > 0 else { continue }
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            where layout.isSource[layout.outputNode[output]] == 0 && numbers.yield[output] > 0 {
                give(layout.outputNode[output], numbers.yield[output] * most)
            }
        }
        for arc in setArcs where layout.sourceOf[arc] >= 0 && numbers.isOpen[arc] == 1 {
            let most = numbers.most(layout.sourceOf[arc])
            guard most > 0 else { continue }
            if numbers.gain[arc] > 0 { give(layout.to[arc], numbers.gain[arc] * most) }
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] where numbers.endGain[end] > 0 {
                give(layout.endNode[end], numbers.endGain[end] * most)
            }
        }
        let routes = setArcs.filter {
            layout.sourceOf[$0] < 0 && numbers.isOpen[$0] == 1 && numbers.gain[$0] > 0 && numbers.capacity[$0] > 0
        }
        spread(routes, first, layout, numbers)
        for arc in routes {
            let (from, to) = (layout.from[arc] - first, layout.to[arc] - first)
            if surplus[to] == .infinity { continue }
            if surplus[from] == .infinity {
                surplus[to] += numbers.gain[arc] * numbers.capacity[arc]
            } else {
                arcs.append(Arc(from: from, to: to, gain: numbers.gain[arc], capacity: numbers.capacity[arc]))
            }
        }
        deficit = nodes.map { numbers.demandForm[$0] == ClearingNumbers.fixed ? numbers.quantity[$0] : 0 }
        for node in deficit.indices {
            let own = min(surplus[node], deficit[node])
            if surplus[node] < .infinity { surplus[node] -= own }
            deficit[node] -= own
        }
    }

    /// Where there is no limit, there is none behind a route without a capacity either.
    private mutating func spread(_ routes: [Int], _ first: Int, _ layout: ClearingLayout, _ numbers: ClearingNumbers) {
        var work = surplus.indices.filter { surplus[$0] == .infinity }
        while let node = work.popLast() {
            for arc in routes where layout.from[arc] - first == node && numbers.capacity[arc] == .infinity {
                let to = layout.to[arc] - first
                if surplus[to] == .infinity { continue }
                surplus[to] = .infinity
                work.append(to)
            }
        }
    }

    /// Sends all that can be sent; false where that comes to no end.
    private mutating func send() -> Bool {
        let least = surplus.map { $0 < .infinity ? 1e-14 * $0 : .infinity }
        for _ in 0..<20_000 {
            // By node: what comes there of one unit, and by which arc, negative against its direction.
            var reached = surplus.indices.map { surplus[$0] > least[$0] ? 1.0 : 0 }
            var arrival = [Int](repeating: 0, count: surplus.count)
            for _ in surplus.indices {
                var changed = false
                for (number, arc) in arcs.enumerated() {
                    if reached[arc.from] > 0, arc.flow < arc.capacity,
                        reached[arc.from] * arc.gain > reached[arc.to] * (1 + 1e-12)
                    {
                        (reached[arc.to], arrival[arc.to], changed) = (reached[arc.from] * arc.gain, number + 1, true)
                    }
                    // What was sent may be called back.
                    let back = reached[arc.to] / arc.gain
                    if back > 0, arc.flow > 0, back > reached[arc.from] * (1 + 1e-12) {
                        (reached[arc.from], arrival[arc.from], changed) = (back, -number - 1, true)
                    }
                }
                if !changed { break }
            }
            var best = -1
            for node in deficit.indices
            where deficit[node] > 0 && reached[node] > (best < 0 ? 0 : reached[best]) { best = node }
            if best < 0 { return true }
            guard push(to: best, arrival) else { return false }
        }
        return false
    }

    /// Sends what one way can carry to its end; false where the way has none.
    private mutating func push(to end: Int, _ arrival: [Int]) -> Bool {
        var way: [Int] = []
        var node = end
        // `per` is what a place sends on for each unit that arrives at the end.
        var (amount, per) = (deficit[end], 1.0)
        while arrival[node] != 0 {
            guard way.count <= surplus.count else { return false }
            let step = arrival[node]
            way.append(step)
            let arc = arcs[abs(step) - 1]
            if step > 0 {
                per /= arc.gain
                amount = min(amount, (arc.capacity - arc.flow) / per)
                node = arc.from
            } else {
                amount = min(amount, arc.flow / per)
                per *= arc.gain
                node = arc.to
            }
        }
        amount = min(amount, surplus[node] / per)
        guard amount > 0 else { return false }
        take(amount, &deficit[end])
        var carried = amount
        for step in way {
            let number = abs(step) - 1
            if step > 0 {
                carried /= arcs[number].gain
                arcs[number].flow += carried
                let (most, flow) = (arcs[number].capacity, arcs[number].flow)
                if most < .infinity, most - flow <= 1e-14 * most { arcs[number].flow = most }
            } else {
                let before = arcs[number].flow
                arcs[number].flow -= carried
                if arcs[number].flow <= 1e-14 * before { arcs[number].flow = 0 }
                carried *= arcs[number].gain
            }
        }
        take(carried, &surplus[node])
        return true
    }

    private func take(_ amount: Double, _ rest: inout Double) {
        rest = rest - amount <= 1e-14 * rest ? 0 : rest - amount
    }
}

extension ClearingNumbers {
    /// What a supplier collects at most, at any price.
    fileprivate func most(_ supplier: Int) -> Double {
        let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
        let earns = outputs.contains { worth[$0] > 0 }
        if supplyForm[supplier] == Self.fixed || !earns { return supply(supplier, supplyShift[supplier]).amount }
        return supplyCapacity[supplier]
    }
}
