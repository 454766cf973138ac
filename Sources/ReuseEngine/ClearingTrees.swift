import ReuseKernels

/// What a choice of basic routes leaves to solve, where they make no circle: within a tree of basic routes all prices
/// follow from one, along the routes, and that one from what the tree as a whole offers and takes. Flows follow from the
/// leaves on.
///
/// A tree in which nothing answers to the price has the lowest one that supports the trade.
final class ClearingTrees {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let memory = ClearingMemory()
    private let price: UnsafeMutablePointer<Double>
    private let isNothing: UnsafeMutablePointer<UInt8>
    private let status: UnsafeMutablePointer<UInt8>
    private let flow: UnsafeMutablePointer<Double>

    /// By node: what is offered less what is taken at its price, in units of the quantity scale; current after `solve`.
    let own: UnsafeMutablePointer<Double>
    /// By node: its price is `factor * price(root) + offset`, and what it has over is worth `weight` of the root's.
    private let factor: UnsafeMutablePointer<Double>
    private let offset: UnsafeMutablePointer<Double>
    private let weight: UnsafeMutablePointer<Double>
    /// By node: what full routes bring and take.
    private let base: UnsafeMutablePointer<Double>
    private let treeOf: UnsafeMutablePointer<Int>
    private let parentArc: UnsafeMutablePointer<Int>
    /// By node, then arc and end: lists of basic arcs.
    private let firstEnd: UnsafeMutablePointer<Int>
    private let nextEnd: UnsafeMutablePointer<Int>
    /// By arc: it was basic, closed a circle, and became idle for that.
    let isSpare: UnsafeMutablePointer<UInt8>
    /// Nodes from the roots on, tree after tree.
    private let order: UnsafeMutablePointer<Int>
    private let treeStart: UnsafeMutablePointer<Int>
    /// By tree: nothing in it answers to its price.
    private let isFlat: UnsafeMutablePointer<UInt8>
    private let isPinned: UnsafeMutablePointer<UInt8>
    /// By tree: what it has over at its last price, and the node that answers most to it.
    private let leftOver: UnsafeMutablePointer<Double>
    private let steepest: UnsafeMutablePointer<Int>
    private var treeCount = 0

    private static let idle = ClearingBasis.Status.idle.rawValue
    private static let basic = ClearingBasis.Status.basic.rawValue
    private static let full = ClearingBasis.Status.full.rawValue

    init(
        _ layout: ClearingLayout, _ numbers: ClearingNumbers, price: UnsafeMutablePointer<Double>,
        isNothing: UnsafeMutablePointer<UInt8>, status: UnsafeMutablePointer<UInt8>, flow: UnsafeMutablePointer<Double>
    ) {
        self.layout = layout
        self.numbers = numbers
        (self.price, self.isNothing, self.status, self.flow) = (price, isNothing, status, flow)
        let (nodes, arcs) = (layout.nodeCount, layout.arcCount)
        own = memory.reals(nodes)
        factor = memory.reals(nodes)
        offset = memory.reals(nodes)
        weight = memory.reals(nodes)
        base = memory.reals(nodes)
        treeOf = memory.indices(nodes)
        parentArc = memory.indices(nodes)
        firstEnd = memory.indices(nodes)
        nextEnd = memory.indices(2 * arcs)
        order = memory.indices(nodes)
        treeStart = memory.indices(nodes + 1)
        isSpare = memory.bytes(arcs)
        isFlat = memory.bytes(nodes)
        isPinned = memory.bytes(nodes)
        leftOver = memory.reals(nodes)
        steepest = memory.indices(nodes)
    }

    /// Prices and flows of one set from its statuses, starting at its prices; false where they cannot be had this way.
    /// Basic arcs that close a circle become idle.
    func solve(_ set: Int) -> Bool {
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { base[node] = 0 }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            isSpare[arc] = 0
            if numbers.isOpen[arc] == 0 { status[arc] = Self.idle }
            if status[arc] == Self.full {
                flow[arc] = numbers.scaledCapacity[arc]
                base[layout.from[arc]] -= flow[arc]
                base[layout.to[arc]] += numbers.gain[arc] * flow[arc]
            } else {
                flow[arc] = 0
            }
        }
        stuck = (-1, 0)
        plant(set)
        var hasFlat = false
        for tree in 0..<treeCount {
            isFlat[tree] = 0
            if isPinned[tree] == 1 {
                _ = excess(tree, 0, set)
            } else {
                guard search(tree, set) else {
                    return false
                }
                if isFlat[tree] == 1 { hasFlat = true }
            }
        }
        if hasFlat { settle(set) }
        for tree in 0..<treeCount { route(tree) }
        return true
    }

    // MARK: Trees

    /// Finds the trees.
    private func plant(_ set: Int) {
        let nodes = layout.nodeStart[set]..<layout.nodeStart[set + 1]
        for node in nodes {
            firstEnd[node] = -1
            treeOf[node] = -1
        }
        var arc = layout.arcStart[set + 1] - 1
        while arc >= layout.arcStart[set] {
            if status[arc] == Self.basic {
                nextEnd[2 * arc] = firstEnd[layout.from[arc]]
                firstEnd[layout.from[arc]] = 2 * arc
                nextEnd[2 * arc + 1] = firstEnd[layout.to[arc]]
                firstEnd[layout.to[arc]] = 2 * arc + 1
            }
            arc -= 1
        }
        treeCount = 0
        var planted = nodes.lowerBound
        treeStart[0] = planted
        // A market with a price of nothing is a root.
        for wantsNothing in [UInt8(1), 0] {
            for node in nodes where treeOf[node] < 0 && isNothing[node] == wantsNothing {
                (treeOf[node], parentArc[node]) = (treeCount, -1)
                (factor[node], offset[node], weight[node]) = (1, 0, 1)
                isPinned[treeCount] = wantsNothing
                order[planted] = node
                var next = planted
                planted += 1
                while next < planted {
                    grow(order[next], set, &planted)
                    next += 1
                }
                treeCount += 1
                treeStart[treeCount] = planted
            }
        }
    }

    /// Adds what basic arcs join to a node.
    private func grow(_ node: Int, _ set: Int, _ planted: inout Int) {
        var end = firstEnd[node]
        while end >= 0 {
            let arc = end >> 1
            let isOut = end & 1 == 0
            end = nextEnd[end]
            if arc == parentArc[node] || status[arc] != Self.basic { continue }
            let other = isOut ? layout.to[arc] : layout.from[arc]
            if isNothing[other] == 1, treeOf[other] < 0 {
                // Of two prices of nothing that are joined, one follows from the other, or the route between them loses.
                let (start, end) = isOut ? (offset[node], 0) : (0, offset[node])
                if numbers.arcWedge[arc] * start + numbers.scaledCost[arc] > numbers.gain[arc] * end {
                    status[arc] = Self.idle
                    continue
                }
                isNothing[other] = 0
            }
            if treeOf[other] >= 0 {
                // It closes a circle.
                (status[arc], isSpare[arc]) = (Self.idle, 1)
                continue
            }
            let (wedge, gain, cost) = (numbers.arcWedge[arc], numbers.gain[arc], numbers.scaledCost[arc])
            if isOut {
                factor[other] = factor[node] * wedge / gain
                offset[other] = (offset[node] * wedge + cost) / gain
                weight[other] = weight[node] / gain
            } else {
                factor[other] = factor[node] * gain / wedge
                offset[other] = (offset[node] * gain - cost) / wedge
                weight[other] = weight[node] * gain
            }
            (treeOf[other], parentArc[other]) = (treeCount, arc)
            order[planted] = other
            planted += 1
        }
    }

    // MARK: Prices

    private var slope = 0.0
    private var size = 0.0
    /// What comes into the tree, of `size`, and how that rises with the price.
    private var offered = 0.0
    private var offeredSlope = 0.0

    /// What a tree has over at a price of its root, and how that rises with the price; sets the prices of its nodes.
    private func excess(_ tree: Int, _ root: Double, _ set: Int) -> Double {
        let (quantityScale, priceScale) = (numbers.quantityScale[set], numbers.priceScale[set])
        let inverse = 1 / quantityScale
        var total = 0.0
        (slope, size, offered, offeredSlope) = (0, 0, 0, 0)
        var most = -1.0
        for place in treeStart[tree]..<treeStart[tree + 1] {
            let node = order[place]
            let value = factor[node] * root + offset[node]
            price[node] = value
            let absolute = value * priceScale
            var rise = 0.0
            var left = 0.0
            var brought = 0.0
            var broughtRise = 0.0
            if layout.isGate[node] == 0 {
                let demand = numbers.demand(node, absolute)
                left -= demand.amount
                rise -= demand.slope
                size += weight[node] * demand.amount
                for offer in layout.offerStart[node]..<layout.offerStart[node + 1] {
                    let (output, supplier) = (layout.offers[offer], layout.offeredBy[offer])
                    let net = numbers.supplyShift[supplier] + numbers.worth[output] * absolute
                    let supply = numbers.supply(supplier, net)
                    brought += numbers.yield[output] * supply.amount
                    broughtRise += numbers.yield[output] * supply.slope * numbers.worth[output]
                }
                left += brought
                rise += broughtRise
                size += weight[node] * brought
            }
            offered += weight[node] * (brought + max(base[node], 0) * quantityScale)
            offeredSlope += weight[node] * factor[node] * broughtRise
            own[node] = left * inverse
            total += weight[node] * (own[node] + base[node])
            size += weight[node] * base[node].magnitude * quantityScale
            let answer = weight[node] * factor[node] * rise
            slope += answer
            if answer > most { (most, steepest[tree]) = (answer, node) }
        }
        slope *= priceScale * inverse
        size *= inverse
        offered *= inverse
        offeredSlope *= priceScale * inverse
        leftOver[tree] = total
        return total
    }

    /// The price of a tree's root at which it has nothing over.
    private func search(_ tree: Int, _ set: Int) -> Bool {
        let priceScale = numbers.priceScale[set]
        var low = -Double.infinity
        for place in treeStart[tree]..<treeStart[tree + 1] {
            let node = order[place]
            guard numbers.demandForm[node] == ClearingNumbers.isoelastic, layout.isGate[node] == 0 else { continue }
            // Buyers pay more than nothing.
            let floor = -numbers.shift[node] / numbers.wedge[node] / priceScale
            low = max(low, (floor - offset[node]) / factor[node])
        }
        var least = 0.0
        for place in treeStart[tree]..<treeStart[tree + 1] { least = max(least, numbers.size[order[place]]) }
        var high = Double.infinity
        var root = price[order[treeStart[tree]]]
        if !(root > low) { root = low + 0.1 + 0.1 * low.magnitude }
        var last = Double.infinity
        for _ in 0..<160 {
            let over = excess(tree, root, set)
            guard over.isFinite else { return false }
            let amount = over.magnitude
            if slope <= 0 {
                guard amount <= 1e-13 * max(size, least) else {
                    return jump(tree, &root, over, set) && finish(tree, root, set)
                }
                isFlat[tree] = 1
                return true
            }
            if amount <= 2e-15 * size || (amount <= 1e-11 * max(size, 1e-6 * least) && amount >= last * 0.5) {
                return true
            }
            last = amount
            if over < 0 { low = max(low, root) } else { high = min(high, root) }
            var next = root - over / slope
            if amount > 1e-4 * size, root > 0, offered > 0, size > offered {
                // Curves of constant elasticity are lines in logarithms: far away their steps lead further.
                let taken = size - offered
                let bend = root * (offeredSlope / offered + (slope - offeredSlope) / taken)
                if bend > 0 { next = root * reuse_exp(-max(-3, min(3, reuse_log(offered / taken) / bend))) }
            }
            if !(next > low && next < high) {
                next =
                    low == -.infinity || high == .infinity
                    ? (low == -.infinity ? high - 1 - high.magnitude : low + 1 + low.magnitude) : (low + high) / 2
            }
            if next == root { return true }
            root = next
        }
        return false
    }

    /// Nothing answers to the price here, and yet there is too much or too little: on to where something does.
    private func jump(_ tree: Int, _ root: inout Double, _ over: Double, _ set: Int) -> Bool {
        let bounds = flatBounds(tree, root, set)
        if over < 0 {
            guard bounds.high < .infinity else {
                stuck = (tree, over)
                return false
            }
            root = bounds.high + 1e-3 * max(1, bounds.high.magnitude)
        } else {
            guard bounds.low > -.infinity else {
                stuck = (tree, over)
                return false
            }
            root = bounds.low - 1e-3 * max(1, bounds.low.magnitude)
        }
        return true
    }

    /// The tree that the last solve could not balance at any price, and what it had over.
    private var stuck = (tree: -1, over: 0.0)

    /// Joins a tree that cannot be balanced by itself to what its price meets first, as it rises or falls; false where it
    /// meets nothing, or nothing is known to be stuck.
    func relieve(_ set: Int) -> Bool {
        let (tree, over) = stuck
        guard tree >= 0 else { return false }
        let isShort = over < 0
        var best = isShort ? Double.infinity : -.infinity
        var (bestArc, bestNode) = (-1, -1)
        func meet(_ node: Int, _ value: Double, arc: Int) {
            let root = (value - offset[node]) / factor[node]
            guard isShort ? root < best : root > best else { return }
            best = root
            (bestArc, bestNode) = (arc, node)
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
            let (from, to) = (layout.from[arc], layout.to[arc])
            guard (treeOf[from] == tree) != (treeOf[to] == tree), status[arc] != Self.basic else { continue }
            let isInto = treeOf[to] == tree
            guard isShort == (isInto == (status[arc] == Self.idle)) else { continue }
            let cost = numbers.scaledCost[arc]
            if isInto {
                meet(to, (numbers.arcWedge[arc] * price[from] + cost) / numbers.gain[arc], arc: arc)
            } else {
                meet(from, (numbers.gain[arc] * price[to] - cost) / numbers.arcWedge[arc], arc: arc)
            }
        }
        if !isShort {
            for place in treeStart[tree]..<treeStart[tree + 1] where layout.isGate[order[place]] == 0 {
                meet(order[place], 0, arc: -1)
            }
        }
        guard bestNode >= 0 else { return false }
        if bestArc >= 0 { status[bestArc] = Self.basic } else { isNothing[bestNode] = 1 }
        return true
    }

    private var jumps = 0
    private func finish(_ tree: Int, _ root: Double, _ set: Int) -> Bool {
        guard jumps < 16 else { return false }
        jumps += 1
        defer { jumps -= 1 }
        price[order[treeStart[tree]]] = root
        return search(tree, set)
    }

    /// Between which prices of its root nothing in a tree answers, around one at which nothing does.
    private func flatBounds(_ tree: Int, _ root: Double, _ set: Int) -> (low: Double, high: Double) {
        let priceScale = numbers.priceScale[set]
        var (low, high) = (-Double.infinity, Double.infinity)
        func meet(_ node: Int, _ absolute: Double) {
            let at = (absolute / priceScale - offset[node]) / factor[node]
            if at <= root + 1e-12 * max(1, root.magnitude) { low = max(low, at) } else { high = min(high, at) }
        }
        for place in treeStart[tree]..<treeStart[tree + 1] {
            let node = order[place]
            if layout.isGate[node] == 1 { continue }
            if numbers.demandForm[node] == ClearingNumbers.linear {
                let choke = numbers.reference[node] * (1 - 1 / numbers.elasticity[node])
                meet(node, (choke - numbers.shift[node]) / numbers.wedge[node])
            }
            for offer in layout.offerStart[node]..<layout.offerStart[node + 1] {
                let (output, supplier) = (layout.offers[offer], layout.offeredBy[offer])
                let worth = numbers.worth[output]
                guard numbers.supplyForm[supplier] != ClearingNumbers.fixed, worth > 0 else { continue }
                let bends = numbers.bends(supplier)
                meet(node, (bends.start - numbers.supplyShift[supplier]) / worth)
                if bends.end < .infinity { meet(node, (bends.end - numbers.supplyShift[supplier]) / worth) }
            }
        }
        return (low, high)
    }

    /// Gives flat trees the lowest price that supports the trade: at which they stay flat, no price is below nothing, and
    /// no route is left that would pay.
    private func settle(_ set: Int) {
        for tree in 0..<treeCount where isFlat[tree] == 1 {
            var root = flatBounds(tree, price[order[treeStart[tree]]], set).low
            for place in treeStart[tree]..<treeStart[tree + 1] {
                let node = order[place]
                root = max(root, -offset[node] / factor[node])
            }
            _ = excess(tree, root.isFinite ? root : 0, set)
        }
        for _ in 0...treeCount {
            var changed = false
            func raise(_ node: Int, _ least: Double) {
                let tree = treeOf[node]
                guard isFlat[tree] == 1, least > price[node] + 1e-15 * max(1, least.magnitude) else { return }
                _ = excess(tree, (least - offset[node]) / factor[node], set)
                changed = true
            }
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
                let (from, to) = (layout.from[arc], layout.to[arc])
                if treeOf[from] == treeOf[to] { continue }
                let cost = numbers.scaledCost[arc]
                if status[arc] == Self.idle {
                    raise(from, (numbers.gain[arc] * price[to] - cost) / numbers.arcWedge[arc])
                } else if status[arc] == Self.full {
                    raise(to, (numbers.arcWedge[arc] * price[from] + cost) / numbers.gain[arc])
                }
            }
            if !changed { return }
        }
    }

    // MARK: Flows

    private func route(_ tree: Int) {
        // What rounding leaves over stays where it is least beside what there is, and not with the root.
        let (sink, rest) = (steepest[tree], isPinned[tree] == 1 ? 0 : leftOver[tree])
        var place = treeStart[tree + 1] - 1
        while place > treeStart[tree] {
            let node = order[place]
            let arc = parentArc[node]
            var over = own[node] + base[node]
            if node == sink { over -= rest / weight[node] }
            if layout.from[arc] == node {
                flow[arc] = over
                base[layout.to[arc]] += numbers.gain[arc] * over
            } else {
                flow[arc] = -over / numbers.gain[arc]
                base[layout.from[arc]] -= flow[arc]
            }
            place -= 1
        }
    }

    // MARK: What is not determined

    /// Notes the nodes of a solved set whose prices could be higher with the same trade.
    func findOpenPrices(_ set: Int, into isOpen: UnsafeMutablePointer<UInt8>) -> Bool {
        var found = false
        for tree in 0..<treeCount {
            let first = order[treeStart[tree]]
            if isPinned[tree] == 1 {
                // A price of nothing is certain where something is left over.
                let blur = 1e-12 * numbers.size[first]
                guard own[first] + base[first] <= blur, excess(tree, price[first], set) <= blur, slope <= 0 else {
                    continue
                }
            } else if isFlat[tree] == 0 {
                continue
            }
            var high = flatBounds(tree, price[first], set).high
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
                let (from, to) = (layout.from[arc], layout.to[arc])
                if (treeOf[from] == tree) == (treeOf[to] == tree) { continue }
                let cost = numbers.scaledCost[arc]
                if treeOf[to] == tree, status[arc] == Self.idle {
                    let most = (numbers.arcWedge[arc] * price[from] + cost) / numbers.gain[arc]
                    high = min(high, (most - offset[to]) / factor[to])
                } else if treeOf[from] == tree, status[arc] == Self.full {
                    let most = (numbers.gain[arc] * price[to] - cost) / numbers.arcWedge[arc]
                    high = min(high, (most - offset[from]) / factor[from])
                }
            }
            guard high > price[first] + 1e-9 * max(1, price[first].magnitude) else { continue }
            found = true
            for place in treeStart[tree]..<treeStart[tree + 1] { isOpen[order[place]] = 1 }
        }
        return found
    }
}
