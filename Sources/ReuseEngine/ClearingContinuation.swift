import ReuseKernels

/// The slow method behind the fast one, which comes to an answer from anywhere.
///
/// Every route carries `f = clamp(shift + gap / width)`: with a width above nothing, what a route carries is a function of
/// prices, and so is what each market has over. In a network without joint products that rises with its own price and
/// falls with others', so that solving market by market, each between bounds, comes to the answer from any start (an
/// M-function: Rheinboldt, "On M-functions and their application to nonlinear Gauss-Seidel iterations and to network
/// flows", 1970). Newton's method does so in few steps where they lessen what is missing; where they do not, there is a
/// round market by market. The width is then narrowed; in the end the shifts follow the flows, which is the proximal point
/// method (Rockafellar, "Monotone operators and the proximal point algorithm", 1976) and leaves no width.
final class ClearingContinuation: ClearingMethod {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let stop: ClearingStop
    private let memory = ClearingMemory()
    // Per node: its price in units of the price scale, and what it has over in units of its own size or what goes through
    // it, where that is more.
    let price: UnsafeMutablePointer<Double>
    private let over: UnsafeMutablePointer<Double>
    private let scale: UnsafeMutablePointer<Double>
    private let absolute: UnsafeMutablePointer<Double>
    private let trial: UnsafeMutablePointer<Double>
    private let saved: UnsafeMutablePointer<Double>
    /// The price or one, whichever is more: gaps are felt in units of it.
    private let height: UnsafeMutablePointer<Double>
    private let step: UnsafeMutablePointer<Double>
    /// How what a node has over rises with its own price.
    private let steep: UnsafeMutablePointer<Double>
    private let priceShift: UnsafeMutablePointer<Double>
    /// What is left over, in units of the node's own size.
    private let spill: UnsafeMutablePointer<Double>
    private let spillShift: UnsafeMutablePointer<Double>
    /// The least price at which an isoelastic demand is finite.
    private let floor: UnsafeMutablePointer<Double>
    // Per arc, in units of `breadth`.
    private let flow: UnsafeMutablePointer<Double>
    private let flowShift: UnsafeMutablePointer<Double>
    private let breadth: UnsafeMutablePointer<Double>
    private let limit: UnsafeMutablePointer<Double>
    private let wanted: UnsafeMutablePointer<Double>
    /// One over the height of the higher end.
    private let felt: UnsafeMutablePointer<Double>
    /// Where the arcs of each node begin in `incident`.
    private let incidentStart: UnsafeMutablePointer<Int>
    private let incident: UnsafeMutablePointer<Int>
    private var matrix: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int>

    private var nodes = 0..<0
    private var arcs = 0..<0
    private var set = 0
    private var width = 1.0
    private var leak = 1e-4
    /// How far the corners of what routes carry are rounded.
    private var rounding = 0.3
    /// The same of curves.
    private var bend = 0.3

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers, _ stop: ClearingStop) {
        (self.layout, self.numbers, self.stop) = (layout, numbers, stop)
        let (nodes, arcs) = (layout.nodeCount, layout.arcCount)
        price = memory.reals(nodes)
        over = memory.reals(nodes)
        scale = memory.reals(nodes)
        absolute = memory.reals(nodes)
        trial = memory.reals(nodes)
        saved = memory.reals(nodes)
        height = memory.reals(nodes)
        step = memory.reals(nodes)
        steep = memory.reals(nodes)
        priceShift = memory.reals(nodes)
        spill = memory.reals(nodes)
        spillShift = memory.reals(nodes)
        floor = memory.reals(nodes)
        flow = memory.reals(arcs)
        flowShift = memory.reals(arcs)
        breadth = memory.reals(arcs)
        limit = memory.reals(arcs)
        wanted = memory.reals(arcs)
        felt = memory.reals(arcs)
        let ends = 2 * arcs + layout.endStart[arcs]
        incidentStart = memory.indices(nodes + 1)
        incident = memory.indices(ends)
        pivots = memory.indices(nodes)
        var most = 0
        for set in 0..<layout.setCount { most = max(most, layout.nodeStart[set + 1] - layout.nodeStart[set]) }
        matrix = memory.reals(most * most)
        listArcs()
    }

    private func listArcs() {
        func each(_ body: (_ node: Int, _ arc: Int) -> Void) {
            for arc in 0..<layout.arcCount {
                body(layout.from[arc], arc)
                body(layout.to[arc], arc)
                for end in layout.endStart[arc]..<layout.endStart[arc + 1] { body(layout.endNode[end], arc) }
            }
        }
        each { node, _ in incidentStart[node + 1] += 1 }
        for node in 0..<layout.nodeCount { incidentStart[node + 1] += incidentStart[node] }
        var filled = [Int](repeating: 0, count: layout.nodeCount)
        each { node, arc in
            incident[incidentStart[node] + filled[node]] = arc
            filled[node] += 1
        }
    }

    // MARK: The way

    /// Goes the whole way for one set; `attempt` tries, at each place of it, whether the answer can be made exact from
    /// there, in the end as it is. False where it never could.
    func solve(_ set: Int, attempt: (_ isLast: Bool) -> Bool) -> Bool {
        start(set)
        (width, rounding, bend) = (1, 0.3, 0.3)
        leak = width * Self.leakage
        isSettled = settle(rounds: 60)
        var (ratio, tries) = (0.1, 0)
        while width > Self.least, tries < 60, !stop.isAsked {
            tries += 1
            let before = width
            for node in nodes { saved[node] = price[node] }
            measureSizes()
            width *= ratio
            leak = width * Self.leakage
            isSettled = settle(rounds: 6)
            if isSettled || ratio > 0.8 {
                ratio = max(0.1, ratio * ratio)
                if width < 0.05, attempt(false) { return true }
                continue
            }
            // A shorter stride from where the last one ended.
            for node in nodes { price[node] = saved[node] }
            width = before
            leak = width * Self.leakage
            ratio = ratio.squareRoot()
            _ = settle(rounds: 1)
        }
        ratio = 0.1
        for turn in 0..<Self.turns where !stop.isAsked {
            for node in nodes { saved[node] = price[node] }
            let before = (rounding, bend, width)
            follow()
            measureSizes()
            rounding = max(rounding * ratio, 1e-9)
            bend = max(bend * ratio, 1e-13)
            // The narrower, the faster what is carried comes to where it belongs.
            width = max(width * max(ratio, 0.3), min(width, Self.narrowest))
            leak = width * Self.leakage
            isSettled = settle(rounds: 6)
            if isSettled {
                ratio = max(0.1, ratio * ratio)
            } else if ratio < 0.95 {
                for node in nodes { price[node] = saved[node] }
                (rounding, bend, width) = before
                leak = width * Self.leakage
                ratio = ratio.squareRoot()
                isSettled = settle(rounds: 6)
            }
            if attempt(turn >= 6) { return true }
        }
        return false
    }

    private static let least = 2e-3
    private static let narrowest = 3e-6
    private static let leakage = 1e-4
    private static let turns = 120
    /// Whether the last place of the way was reached.
    private var isSettled = false

    private func start(_ set: Int) {
        self.set = set
        nodes = layout.nodeStart[set]..<layout.nodeStart[set + 1]
        arcs = layout.arcStart[set]..<layout.arcStart[set + 1]
        let perPrice = 1 / numbers.priceScale[set]
        for node in nodes {
            (price[node], floor[node], spill[node], spillShift[node]) = (0, -.infinity, 0, 0)
            guard numbers.demandForm[node] != ClearingNumbers.fixed else { continue }
            price[node] = (numbers.reference[node] - numbers.shift[node]) / numbers.wedge[node] * perPrice
            guard numbers.demandForm[node] == ClearingNumbers.isoelastic else { continue }
            if numbers.shift[node] > 0 { continue }
            // Somewhat below what a subsidy pays in full, where the demand is beyond all measure.
            floor[node] = -numbers.shift[node] / numbers.wedge[node] * perPrice * (1 - 2e-9)
        }
        for node in nodes {
            if !(price[node] > 0) { price[node] = 1 }
            if floor[node] > -.infinity { price[node] = max(price[node], floor[node] + 0.05) }
        }
        for node in nodes { priceShift[node] = 0 }
        for node in nodes { (scale[node], height[node]) = (numbers.size[node], max(1, price[node])) }
        for arc in arcs {
            felt[arc] = 1 / max(height[layout.from[arc]], height[layout.to[arc]])
            (flow[arc], flowShift[arc]) = (0, 0)
            breadth[arc] = min(scale[layout.from[arc]], scale[layout.to[arc]])
            limit[arc] = numbers.scaledCapacity[arc] / breadth[arc]
        }
    }

    /// Where more goes through than a market is large, that counts.
    private func measureSizes() {
        for node in nodes {
            trial[node] = scale[node]
            scale[node] = max(numbers.leastSize(node), 0.1 * scale[node])
            height[node] = max(1, price[node].magnitude)
        }
        for arc in arcs where flow[arc] > 0 {
            let amount = flow[arc] * breadth[arc]
            func note(_ node: Int, _ gain: Double) { scale[node] = max(scale[node], gain * amount) }
            note(layout.from[arc], 1)
            note(layout.to[arc], numbers.gain[arc])
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                note(layout.endNode[end], numbers.endGain[end])
            }
        }
        for node in nodes {
            let change = trial[node] / scale[node]
            (spill[node], spillShift[node]) = (spill[node] * change, spillShift[node] * change)
        }
        for arc in arcs {
            felt[arc] = 1 / max(height[layout.from[arc]], height[layout.to[arc]])
            let old = breadth[arc]
            breadth[arc] = min(scale[layout.from[arc]], scale[layout.to[arc]])
            let change = old / breadth[arc]
            (flow[arc], flowShift[arc]) = (flow[arc] * change, flowShift[arc] * change)
            limit[arc] = numbers.scaledCapacity[arc] / breadth[arc]
        }
    }

    /// `max(0, wanted)` with a rounded corner, and its rise.
    @inline(__always)
    private func ramp(_ wanted: Double, _ rounding: Double) -> (value: Double, rise: Double) {
        let root = (wanted * wanted + rounding * rounding).squareRoot()
        // Without the difference of what is nearly alike.
        let value = wanted >= 0 ? (wanted + root) / 2 : rounding * rounding / (2 * (root - wanted))
        return (value, value / root)
    }

    /// `max(0, x)` for a power with an exponent: the lower that is, the smaller must be what is rounded, or a power of
    /// next to nothing is much.
    private func corner(_ x: Double, _ exponent: Double) -> (value: Double, rise: Double) {
        var rounding = bend * bend
        if exponent < 1 { rounding *= reuse_exp((2 / exponent - 2) * reuse_log(bend / 0.3)) }
        if rounding > 1e-150 { return ramp(x, rounding) }
        return x > 0 ? (x, 1) : (0, 0)
    }

    /// What lies between nothing and a limit, with rounded corners.
    @inline(__always)
    private func clamp(_ wanted: Double, _ limit: Double) -> (value: Double, rise: Double) {
        guard limit < .infinity else { return ramp(wanted, rounding) }
        if wanted > limit {
            // `ramp(x) = x + ramp(-x)`: far above a limit it would be lost in a difference.
            let (low, high) = (ramp(-wanted, rounding), ramp(limit - wanted, rounding))
            return (min(max(limit + low.value - high.value, 0), limit), max(high.rise - low.rise, 0))
        }
        let (low, high) = (ramp(wanted, rounding), ramp(wanted - limit, rounding))
        return (min(max(low.value - high.value, 0), limit), max(low.rise - high.rise, 0))
    }

    /// Lets the shifts follow what was found.
    private func follow() {
        for node in nodes { (priceShift[node], spillShift[node]) = (price[node], spill[node]) }
        for arc in arcs { flowShift[arc] = flow[arc] }
    }

    /// Solves at the present width, by a number of rounds market by market at most; false where that came to no end.
    private func settle(rounds: Int) -> Bool {
        var missing = measure(withMatrix: true)
        var (steps, left) = (0, rounds)
        while steps < 60, left > 0 {
            steps += 1
            if largest(beyond: 0) <= 1e-11 { return true }
            guard missing.isFinite, !stop.isAsked else { return false }
            if newton(&missing) { continue }
            // What rounding leaves.
            if largest(beyond: Self.digits) <= 3e-10 { return true }
            left -= 1
            for _ in 0..<3 { for node in nodes { level(node) } }
            missing = measure(withMatrix: true)
        }
        return largest(beyond: Self.digits) <= 3e-10
    }

    /// What is missing most, beyond what some last digits of the prices come to.
    private func largest(beyond digits: Double) -> Double {
        var most = 0.0
        for node in nodes { most = max(most, over[node].magnitude - digits * price[node].magnitude * steep[node]) }
        return most
    }

    private static let digits = 8 * Double.ulpOfOne

    /// One step of Newton's method, as long as it lessens what is missing; false where none does.
    private func newton(_ missing: inout Double) -> Bool {
        let count = nodes.count
        guard ClearingMatrix.factor(matrix, pivots, count) else { return false }
        let first = nodes.lowerBound
        for node in nodes { step[node] = -over[node] }
        ClearingMatrix.solve(matrix, pivots, count, step + first)
        var length = 1.0
        for node in nodes {
            guard step[node].isFinite else { return false }
            trial[node] = price[node]
            if floor[node] > -.infinity, step[node] < 0 {
                length = min(length, 0.9 * (price[node] - floor[node]) / -step[node])
            }
        }
        for _ in 0..<30 {
            for node in nodes { price[node] = trial[node] + length * step[node] }
            let found = measure(withMatrix: false)
            if found < (1 - 1e-3 * length) * missing {
                missing = measure(withMatrix: true)
                return true
            }
            length /= 2
        }
        for node in nodes { price[node] = trial[node] }
        missing = measure(withMatrix: true)
        return false
    }

    // MARK: Curves with rounded corners

    private func demand(_ node: Int, _ price: Double) -> ClearingResponse {
        guard numbers.demandForm[node] == ClearingNumbers.linear else { return numbers.demand(node, price) }
        let (elasticity, reference) = (numbers.elasticity[node], numbers.reference[node])
        let paid = price * numbers.wedge[node] + numbers.shift[node]
        let share = ramp(1 + elasticity * (paid / reference - 1), bend)
        let quantity = numbers.quantity[node]
        return ClearingResponse(
            amount: quantity * share.value, slope: quantity * share.rise * elasticity / reference * numbers.wedge[node])
    }

    private func supply(_ supplier: Int, _ net: Double) -> ClearingResponse {
        let form = numbers.supplyForm[supplier]
        if form == ClearingNumbers.fixed { return numbers.supply(supplier, net) }
        let (elasticity, reference) = (numbers.supplyElasticity[supplier], numbers.supplyReference[supplier])
        var (share, slope) = (0.0, 0.0)
        if form == ClearingNumbers.linear {
            let one = ramp(1 + elasticity * (net / reference - 1), bend)
            (share, slope) = (one.value, one.rise * elasticity / reference)
        } else {
            let first = 1e-10 * numbers.supplyShift[supplier].magnitude / reference
            let one = corner(net / reference, elasticity)
            guard one.value > 0 else { return ClearingResponse(amount: 0, slope: 0) }
            if elasticity < 1, one.value < first {
                // So steep that no two prices are close enough: a line for the last digits, which the crossover makes good.
                let rise = reuse_exp(elasticity * reuse_log(first)) / first
                (share, slope) = (rise * one.value, rise * one.rise / reference)
            } else {
                share = reuse_exp(elasticity * reuse_log(one.value))
                slope = elasticity * share / one.value * one.rise / reference
            }
        }
        let volume = numbers.volume[supplier]
        let most = numbers.supplyCapacity[supplier] / volume
        if most < .infinity {
            let below = ramp(most - share, bend)
            let limited = share <= most ? share - ramp(share - most, bend).value : most - below.value
            (share, slope) = (max(0, limited), slope * below.rise)
        }
        return ClearingResponse(amount: volume * share, slope: volume * slope)
    }

    // MARK: What markets have over

    /// Where a price may be nothing, and some be left over.
    @inline(__always)
    private func hasSpill(_ node: Int) -> Bool { layout.isGate[node] == 0 && !(floor[node] >= 0) }

    /// What an arc gains a unit.
    @inline(__always)
    private func gap(_ arc: Int) -> Double {
        var gap =
            numbers.gain[arc] * price[layout.to[arc]] - numbers.arcWedge[arc] * price[layout.from[arc]]
            - numbers.scaledCost[arc]
        for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
            gap += numbers.endGain[end] * price[layout.endNode[end]]
        }
        return gap
    }

    /// What all have over at the present prices; the sum of it without signs.
    private func measure(withMatrix: Bool) -> Double {
        let (first, count) = (nodes.lowerBound, nodes.count)
        let (priceScale, perQuantity) = (numbers.priceScale[set], 1 / numbers.quantityScale[set])
        if withMatrix { for index in 0..<count * count { matrix[index] = 0 } }
        func slope(_ row: Int, _ column: Int, _ value: Double) {
            if row == column { steep[row] += value }
            matrix[(row - first) * count + column - first] += value
        }
        for node in nodes {
            absolute[node] = price[node] * priceScale
            let demand = demand(node, absolute[node])
            let unit = perQuantity / scale[node]
            over[node] = leak * (price[node] - priceShift[node]) / height[node] - demand.amount * unit
            var rise = leak / height[node] - demand.slope * priceScale * unit
            if hasSpill(node) {
                let left = ramp(spillShift[node] - price[node] / (width * height[node]), rounding)
                spill[node] = left.value
                over[node] -= spill[node]
                rise += left.rise / (width * height[node])
            }
            if withMatrix {
                steep[node] = 0
                slope(node, node, rise)
            }
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let supply = supply(supplier, numbers.net(supplier, absolute))
            let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            for output in outputs {
                let node = layout.outputNode[output]
                let unit = numbers.yield[output] * perQuantity / scale[node]
                over[node] += supply.amount * unit
                if !withMatrix || supply.slope == 0 { continue }
                for other in outputs {
                    slope(node, layout.outputNode[other], unit * supply.slope * numbers.worth[other] * priceScale)
                }
            }
        }
        for arc in arcs where numbers.isOpen[arc] == 1 {
            wanted[arc] = flowShift[arc] + gap(arc) * felt[arc] / width
            let carried = clamp(wanted[arc], limit[arc])
            flow[arc] = carried.value
            let rise = carried.rise * felt[arc] / width
            let from = layout.from[arc]
            func bring(_ node: Int, _ gain: Double) {
                let unit = gain * breadth[arc] / scale[node]
                over[node] += unit * flow[arc]
                if !withMatrix || rise == 0 { return }
                slope(node, from, -unit * rise * numbers.arcWedge[arc])
                slope(node, layout.to[arc], unit * rise * numbers.gain[arc])
                for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                    slope(node, layout.endNode[end], unit * rise * numbers.endGain[end])
                }
            }
            bring(from, -1)
            bring(layout.to[arc], numbers.gain[arc])
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                bring(layout.endNode[end], numbers.endGain[end])
            }
        }
        var sum = 0.0
        for node in nodes { sum += over[node].magnitude }
        return sum
    }

    /// What one node has over at a price of its own, and how that rises with it.
    private func own(_ node: Int, _ value: Double) -> (over: Double, rise: Double) {
        let (priceScale, perQuantity) = (numbers.priceScale[set], 1 / numbers.quantityScale[set])
        price[node] = value
        absolute[node] = value * priceScale
        let unit = perQuantity / scale[node]
        let demand = demand(node, absolute[node])
        var sum = leak * (value - priceShift[node]) / height[node] - demand.amount * unit
        var rise = leak / height[node] - demand.slope * priceScale * unit
        if hasSpill(node) {
            let left = ramp(spillShift[node] - value / (width * height[node]), rounding)
            sum -= left.value
            rise += left.rise / (width * height[node])
        }
        for offer in layout.offerStart[node]..<layout.offerStart[node + 1] {
            let (output, supplier) = (layout.offers[offer], layout.offeredBy[offer])
            let supply = supply(supplier, numbers.net(supplier, absolute))
            sum += numbers.yield[output] * supply.amount * unit
            rise += numbers.yield[output] * supply.slope * numbers.worth[output] * priceScale * unit
        }
        for place in incidentStart[node]..<incidentStart[node + 1] {
            let arc = incident[place]
            guard numbers.isOpen[arc] == 1 else { continue }
            let carried = clamp(flowShift[arc] + gap(arc) * felt[arc] / width, limit[arc])
            let (flow, slope) = (carried.value, carried.rise * felt[arc] / width)
            var (gain, value) = (0.0, 0.0)
            if layout.from[arc] == node { (gain, value) = (gain - 1, value - numbers.arcWedge[arc]) }
            if layout.to[arc] == node { (gain, value) = (gain + numbers.gain[arc], value + numbers.gain[arc]) }
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] where layout.endNode[end] == node {
                (gain, value) = (gain + numbers.endGain[end], value + numbers.endGain[end])
            }
            let unit = breadth[arc] / scale[node]
            sum += gain * flow * unit
            rise += gain * slope * value * unit
        }
        return (sum, rise)
    }

    /// Solves one node for its own price, the others' given: between bounds that close in on it.
    private func level(_ node: Int) {
        var (low, high) = (floor[node], Double.infinity)
        var value = price[node]
        var reach = 0.1 * max(value.magnitude, 0.1)
        for _ in 0..<120 {
            let (sum, rise) = own(node, value)
            if sum.magnitude <= 1e-13 { return }
            if sum < 0 { low = max(low, value) } else { high = min(high, value) }
            var next = rise > 0 && sum.isFinite ? value - sum / rise : .nan
            let isFar = !((next - value).magnitude <= reach)
            if !(next > low && next < high) || isFar {
                if high < .infinity, low > -.infinity, !isFar || next.isNaN || high - low <= 2 * reach {
                    next = low > 0 && high > 4 * low ? (low * high).squareRoot() : (low + high) / 2
                } else {
                    next = sum < 0 ? min(value + reach, (value + high) / 2) : max(value - reach, (value + low) / 2)
                    reach *= 4
                }
            }
            if next == value { return }
            value = next
            if value.magnitude > 1e60 { return }
        }
        _ = own(node, value)
    }

    // MARK: Reading

    /// Prices, flows and statuses in the units of the set.
    func read(
        price prices: UnsafeMutablePointer<Double>, isNothing: UnsafeMutablePointer<UInt8>,
        flow flows: UnsafeMutablePointer<Double>, status: UnsafeMutablePointer<UInt8>
    ) {
        for node in nodes {
            let isLeft = hasSpill(node) && spillShift[node] > price[node] / (width * height[node])
            isNothing[node] = isLeft ? 1 : 0
            prices[node] = isLeft ? 0 : price[node]
        }
        for arc in arcs {
            flows[arc] = flow[arc] > 1e-12 ? flow[arc] * breadth[arc] : 0
            let kind: ClearingBasis.Status =
                numbers.isOpen[arc] == 0 || wanted[arc] <= 0 ? .idle : wanted[arc] >= limit[arc] ? .full : .basic
            status[arc] = kind.rawValue
        }
    }
}
