/// From an answer that is close to one that is exact: which arcs are idle, basic and full is guessed, the equations that
/// this leaves are solved, and what then has the wrong sign changes its status, until nothing has.
///
/// The equations are solved tree by tree; where joint products tie markets together otherwise, or that does not come to
/// an end, all at once by Newton's method.
///
/// Unknown are the price of each node and the flow of each basic arc; prices are in units of the set's price scale,
/// flows in those of its quantity scale.
final class ClearingCrossover {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let stop: ClearingStop
    private let memory = ClearingMemory()
    /// By node: its price, and whether it is held at nothing.
    let price: UnsafeMutablePointer<Double>
    let isNothing: UnsafeMutablePointer<UInt8>
    /// By arc.
    let status: UnsafeMutablePointer<UInt8>
    let flow: UnsafeMutablePointer<Double>
    private let prices: UnsafeMutablePointer<Double>
    /// By supplier, after `residual`: what is collected besides what the curve says; by node: what is bought besides it.
    private let adjustment: UnsafeMutablePointer<Double>
    private let demandAdjustment: UnsafeMutablePointer<Double>
    private let balance: UnsafeMutablePointer<Double>
    /// By node: its own size, or what goes through it, where that is more.
    private let reach: UnsafeMutablePointer<Double>
    private let basic: UnsafeMutablePointer<Int>
    private var matrix: UnsafeMutablePointer<Double>
    private var matrixSize: Int
    private let side: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int>
    private let trees: ClearingTrees
    private let split: ClearingSplit
    /// Set where basic routes form a circle of equal cost, so that their flows are a split.
    private var isSplit = false
    /// Whether the last equations were solved by trees, whose sums over the curves then still stand.
    private var isByTrees = false
    /// Whether prices and flows come from elsewhere, and no equations of statuses were solved.
    private var isAsFound = false
    /// By node and arc, after `findOpen`: whether the price or the flow is one of several that would do.
    let isOpenPrice: UnsafeMutablePointer<UInt8>
    let isOpenFlow: UnsafeMutablePointer<UInt8>

    private static let idle = ClearingBasis.Status.idle.rawValue
    private static let basicStatus = ClearingBasis.Status.basic.rawValue
    private static let full = ClearingBasis.Status.full.rawValue

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers, _ stop: ClearingStop) {
        (self.layout, self.numbers, self.stop) = (layout, numbers, stop)
        let unknowns = layout.nodeCount + layout.arcCount
        price = memory.reals(layout.nodeCount)
        prices = memory.reals(layout.nodeCount)
        adjustment = memory.reals(layout.supplierCount)
        demandAdjustment = memory.reals(layout.nodeCount)
        balance = memory.reals(layout.nodeCount)
        reach = memory.reals(layout.nodeCount)
        isNothing = memory.bytes(layout.nodeCount)
        status = memory.bytes(layout.arcCount)
        flow = memory.reals(layout.arcCount)
        basic = memory.indices(layout.arcCount)
        side = memory.reals(unknowns)
        pivots = memory.indices(unknowns)
        matrixSize = min(unknowns, 2 * layout.nodeCount + 8)
        matrix = .allocate(capacity: max(matrixSize * matrixSize, 1))
        isOpenPrice = memory.bytes(layout.nodeCount)
        isOpenFlow = memory.bytes(layout.arcCount)
        trees = ClearingTrees(layout, numbers, price: price, isNothing: isNothing, status: status, flow: flow)
        split = ClearingSplit(layout, numbers, status: status, flow: flow)
    }

    deinit { matrix.deallocate() }

    /// Solves one set from its statuses and a start; false where no statuses were found that fit.
    func solve(_ set: Int, changes: Int = 60) -> Bool {
        (isSplit, isAsFound) = (false, false)
        for _ in 0...changes {
            guard polish(set) else {
                return false
            }
            let changed = changeStatus(set)
            if !changed { return true }
        }
        return false
    }

    /// What prices and flows are now comes from elsewhere: nothing of the last equations stands.
    func takeAsFound() { (isByTrees, isAsFound) = (false, true) }

    private func polish(_ set: Int) -> Bool {
        let nodes = layout.nodeStart[set]..<layout.nodeStart[set + 1]
        isByTrees = false
        if layout.hasJoint[set] == 1 { return polishAtOnce(set) }
        for node in nodes { prices[node] = price[node] }
        isByTrees = trees.solve(set)
        if isByTrees { return true }
        for _ in 0..<nodes.count where trees.relieve(set) {
            isByTrees = trees.solve(set)
            if isByTrees { return true }
        }
        for node in nodes { price[node] = prices[node] }
        return polishAtOnce(set)
    }

    /// Notes what is not determined in a solved set, and splits open flows by least squares; false where nothing is open.
    func findOpen(_ set: Int) -> Bool {
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { isOpenPrice[node] = 0 }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] { isOpenFlow[arc] = 0 }
        // Beside its own ends: one market's price may be far above all others.
        let hasOpenFlows = split.solve(set, tolerance: 1e-10, isOpen: isOpenFlow) { margin($0) / money($0) }
        let hasShares = shareSources(set, tolerance: 1e-10)
        let hasOpenPrices = isByTrees ? trees.findOpenPrices(set, into: isOpenPrice) : findIdlePrices(set)
        return hasOpenFlows || hasShares || hasOpenPrices
    }

    /// Several supplies that earn nothing in one market share what is collected of them there, with the least sum of
    /// squares; false where there are none.
    private func shareSources(_ set: Int, tolerance: Double) -> Bool {
        var found = false
        let sources = (layout.arcStart[set]..<layout.arcStart[set + 1]).filter { arc in
            layout.sourceOf[arc] >= 0 && numbers.isOpen[arc] == 1 && layout.endStart[arc] == layout.endStart[arc + 1]
                && numbers.arcWedge[arc] * price[layout.from[arc]] <= tolerance * money(arc)
                && margin(arc).magnitude <= tolerance * money(arc)
        }
        guard sources.count > 1 else { return false }
        for first in sources where isOpenFlow[first] == 0 {
            let group = sources.filter { layout.to[$0] == layout.to[first] }
            guard group.count > 1 else { continue }
            let most = group.map { numbers.supply(layout.sourceOf[$0], 0).amount / numbers.quantityScale[set] }
            let total = group.reduce(0) { $0 + numbers.gain[$1] * flow[$1] }
            // What each gives in proportion to its yield, up to what it has, until all is shared out.
            var share = [Double](repeating: 0, count: group.count)
            var isFull = [Bool](repeating: false, count: group.count)
            for _ in group {
                var (left, weight) = (total, 0.0)
                for (place, arc) in group.enumerated() {
                    if isFull[place] {
                        left -= numbers.gain[arc] * most[place]
                    } else {
                        weight += numbers.gain[arc] * numbers.gain[arc]
                    }
                }
                var changed = false
                for (place, arc) in group.enumerated() where !isFull[place] {
                    share[place] = weight > 0 ? max(0, left) * numbers.gain[arc] / weight : 0
                    if share[place] > most[place] { (share[place], isFull[place], changed) = (most[place], true, true) }
                }
                if !changed { break }
            }
            // With all or nothing of each there is no choice.
            let isChoice = total > 0 && isFull.contains(false)
            guard isChoice else { continue }
            for (place, arc) in group.enumerated() {
                (flow[arc], isOpenFlow[arc]) = (share[place], 1)
                found = true
            }
        }
        return found
    }

    /// Nodes that nothing answers in, neither curves nor routes, as far as joint products let one see.
    private func findIdlePrices(_ set: Int) -> Bool {
        var found = false
        measure(set)
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] where layout.isGate[node] == 0 {
            guard isNothing[node] == 0, balance[node].magnitude < 1e-12 * reach[node],
                numbers.demand(node, prices[node]).amount == 0,
                layout.offerStart[node] == layout.offerStart[node + 1]
            else { continue }
            var isUsed = false
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1]
            where (layout.from[arc] == node || layout.to[arc] == node) && flow[arc] > 0 { isUsed = true }
            if !isUsed {
                isOpenPrice[node] = 1
                found = true
            }
        }
        return found
    }

    // MARK: Newton

    private func polishAtOnce(_ set: Int) -> Bool {
        let nodes = layout.nodeStart[set]..<layout.nodeStart[set + 1]
        var basics = 0
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            if numbers.isOpen[arc] == 0 { status[arc] = Self.idle }
            switch status[arc] {
            case Self.basicStatus:
                basic[basics] = arc
                basics += 1
            case Self.full: flow[arc] = numbers.scaledCapacity[arc]
            default: flow[arc] = 0
            }
        }
        for node in nodes where isNothing[node] == 1 { price[node] = 0 }
        let size = nodes.count + basics
        if size > matrixSize {
            matrix.deallocate()
            matrixSize = size
            matrix = .allocate(capacity: size * size)
        }
        for steepness in isSplit ? [Self.steepness] : [0, Self.steepness] {
            var last = Double.infinity
            for _ in 0..<40 where !stop.isAsked {
                fill(set, nodes, basics, size, steepness)
                var worst = 0.0
                for index in 0..<size { worst = max(worst, side[index].magnitude) }
                guard worst.isFinite else { break }
                guard ClearingMatrix.factor(matrix, pivots, size), isRegular(size) else { break }
                ClearingMatrix.solve(matrix, pivots, size, side)
                let step = stepLength(nodes)
                for (index, node) in nodes.enumerated() { price[node] += step * side[index] }
                for index in 0..<basics {
                    flow[basic[index]] += step * side[nodes.count + index] * breadth(basic[index])
                }
                if worst < 1e-13 || (worst < 1e-11 && worst >= last * 0.5) {
                    if steepness > 0 { isSplit = true }
                    return true
                }
                last = worst
            }
        }
        return false
    }

    /// A slight rise of the cost of a basic route with its flow: among flows of equal cost it leads to those of least squares.
    private static let steepness = 1e-11

    /// A pivot far below the others means equations that say the same thing.
    private func isRegular(_ size: Int) -> Bool {
        for index in 0..<size where matrix[index * size + index].magnitude < 1e-13 {
            return false
        }
        return true
    }

    /// Prices that an isoelastic curve needs above nothing stay so.
    private func stepLength(_ nodes: Range<Int>) -> Double {
        var step = 1.0
        for (index, node) in nodes.enumerated() {
            guard numbers.demandForm[node] == ClearingNumbers.isoelastic, side[index] < 0 else { continue }
            let scale = numbers.wedge[node]
            let floor = -numbers.shift[node] / scale
            let room = price[node] - floor / priceScale(node)
            if room > 0 { step = min(step, -0.5 * room / side[index]) }
        }
        return step > 0 ? min(step, 1) : 1
    }

    private var setOfScale = 0
    private func priceScale(_ node: Int) -> Double { numbers.priceScale[setOfScale] }

    /// The equations and their derivatives at the current prices and flows; the right-hand side is what is missing.
    /// Each balance is in units of the node's own size, each flow in those of the smaller of its ends.
    private func fill(_ set: Int, _ nodes: Range<Int>, _ basics: Int, _ size: Int, _ steepness: Double) {
        setOfScale = set
        for index in 0..<size * size { matrix[index] = 0 }
        measure(set)
        let first = nodes.lowerBound
        let slopeScale = numbers.priceScale[set] / numbers.quantityScale[set]
        for node in nodes {
            let row = node - first
            if isNothing[node] == 1 {
                matrix[row * size + row] = 1
                side[row] = 0
                continue
            }
            side[row] = -balance[node] / reach[node]
            matrix[row * size + row] -= numbers.demand(node, prices[node]).slope * slopeScale / reach[node]
            // Where nothing answers to a price, it stays.
            matrix[row * size + row] += Self.steepness
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let slope = numbers.supply(supplier, numbers.net(supplier, prices)).slope * slopeScale
            if slope == 0 { continue }
            let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            for output in outputs where isNothing[layout.outputNode[output]] == 0 {
                let row = layout.outputNode[output] - first
                let own = numbers.yield[output] * slope / reach[layout.outputNode[output]]
                for other in outputs {
                    matrix[row * size + layout.outputNode[other] - first] += own * numbers.worth[other]
                }
            }
        }
        for index in 0..<basics {
            let arc = basic[index]
            let a = layout.from[arc] - first
            let row = nodes.count + index
            let breadth = breadth(arc)
            func add(_ node: Int, _ gain: Double) {
                if isNothing[node] == 0 { matrix[(node - first) * size + row] += gain * breadth / reach[node] }
                matrix[row * size + node - first] -= gain
            }
            if isNothing[layout.from[arc]] == 0 { matrix[a * size + row] -= breadth / reach[layout.from[arc]] }
            matrix[row * size + a] += numbers.arcWedge[arc]
            add(layout.to[arc], numbers.gain[arc])
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                add(layout.endNode[end], numbers.endGain[end])
            }
            matrix[row * size + row] += steepness
            side[row] = -(margin(arc) + steepness * flow[arc] / breadth)
        }
        // A market in which nothing answers to its price has the lowest one at which that is so.
        for node in nodes where isNothing[node] == 0 && layout.isGate[node] == 0 {
            let row = node - first
            guard (0..<size).allSatisfy({ $0 == row || matrix[row * size + $0] == 0 }),
                matrix[row * size + row] <= Self.steepness, side[row].magnitude < 1e-12
            else { continue }
            matrix[row * size + row] = 1
            side[row] = lowestIdlePrice(node) / numbers.priceScale[set] - price[node]
        }
    }

    /// Above it nobody buys: the choke price of a linear demand, else nothing.
    private func lowestIdlePrice(_ node: Int) -> Double {
        guard numbers.demandForm[node] == ClearingNumbers.linear else { return 0 }
        let choke = numbers.reference[node] * (1 - 1 / numbers.elasticity[node])
        return max(0, (choke - numbers.shift[node]) / numbers.wedge[node])
    }

    /// What a unit costs at its end above what it is worth there, in units of the price scale.
    @inline(__always)
    private func margin(_ arc: Int) -> Double {
        let one =
            numbers.arcWedge[arc] * price[layout.from[arc]] + numbers.scaledCost[arc]
            - numbers.gain[arc] * price[layout.to[arc]]
        if layout.endStart[arc] == layout.endStart[arc + 1] { return one }
        var sum = one
        for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
            sum -= numbers.endGain[end] * price[layout.endNode[end]]
        }
        return sum
    }

    /// What margins of an arc are measured against.
    @inline(__always)
    private func money(_ arc: Int) -> Double {
        max(
            numbers.arcWedge[arc] * price[layout.from[arc]], numbers.gain[arc] * price[layout.to[arc]],
            numbers.scaledCost[arc].magnitude, 1e-300)
    }

    /// The smaller of the ends of an arc.
    @inline(__always)
    private func breadth(_ arc: Int) -> Double { min(numbers.size[layout.from[arc]], numbers.size[layout.to[arc]]) }

    /// What is offered and arrives above what is taken and leaves, by node, in units of the quantity scale.
    private func measure(_ set: Int) {
        let scale = numbers.quantityScale[set]
        let suppliers = isByTrees ? 0..<0 : layout.supplierStart[set]..<layout.supplierStart[set + 1]
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            prices[node] = price[node] * numbers.priceScale[set]
        }
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            balance[node] = isByTrees ? trees.own[node] : -numbers.demand(node, prices[node]).amount / scale
        }
        for supplier in suppliers {
            let collected = numbers.supply(supplier, numbers.net(supplier, prices)).amount / scale
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                balance[layout.outputNode[output]] += numbers.yield[output] * collected
            }
        }
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { reach[node] = numbers.leastSize(node) }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where flow[arc] != 0 {
            let (from, to) = (layout.from[arc], layout.to[arc])
            let arrived = numbers.gain[arc] * flow[arc]
            balance[from] -= flow[arc]
            balance[to] += arrived
            reach[from] = max(reach[from], flow[arc])
            reach[to] = max(reach[to], arrived)
            if layout.endStart[arc] == layout.endStart[arc + 1] { continue }
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                let node = layout.endNode[end]
                let arrived = numbers.endGain[end] * flow[arc]
                balance[node] += arrived
                reach[node] = max(reach[node], arrived)
            }
        }
    }

    // MARK: Statuses

    /// Changes what has the wrong sign; false where nothing has.
    private func changeStatus(_ set: Int) -> Bool {
        let tolerance = 1e-11
        measure(set)
        var changed = false
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] where layout.isGate[node] == 0 {
            if isNothing[node] == 1, balance[node] < -tolerance * reach[node] {
                isNothing[node] = 0
                changed = true
            } else if isNothing[node] == 0, price[node] < -tolerance {
                isNothing[node] = 1
                changed = true
            }
        }
        // Of idle arcs that would pay the best enters alone, so that no circle is made of many at once.
        var best = -tolerance * 10
        var entering = -1
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
            let limit = numbers.scaledCapacity[arc]
            switch status[arc] {
            case Self.basicStatus:
                let blur = tolerance * min(reach[layout.from[arc]], reach[layout.to[arc]])
                if flow[arc] < -blur {
                    status[arc] = Self.idle
                    changed = true
                } else if flow[arc] > limit + blur {
                    status[arc] = Self.full
                    changed = true
                }
            case Self.full:
                if margin(arc) > tolerance * 10 {
                    status[arc] = Self.basicStatus
                    changed = true
                }
            default:
                let own = margin(arc)
                if own < best {
                    best = own
                    entering = arc
                }
            }
        }
        if entering >= 0, !changed {
            status[entering] = Self.basicStatus
            changed = true
        }
        // Where a route drops out of a circle of equal cost, the one that was left out of it may take over.
        if changed, isByTrees {
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1]
            where trees.isSpare[arc] == 1 && margin(arc).magnitude <= tolerance * 10 {
                status[arc] = Self.basicStatus
            }
        }
        return changed
    }

    // MARK: Checking

    /// The worst natural residual of all conditions of a set: quantities in units of a market's own size or what goes
    /// through it, those of an arc of the smaller of its ends; prices in units of the largest.
    func residual(_ set: Int) -> (value: Double, node: Int) {
        measure(set)
        absorb(set)
        var (worst, place) = (0.0, layout.nodeStart[set])
        func note(_ value: Double, _ node: Int) {
            if !(value <= worst) { (worst, place) = (value.isNaN ? .infinity : value, node) }
        }
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            let over = balance[node] / reach[node]
            // Above nothing a price has no size: all that there is must be taken.
            let own = layout.isGate[node] == 1 || price[node] > 0 ? over.magnitude : max(-price[node], -over, 0)
            note(own, node)
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
            let own = margin(arc) / money(arc)
            let unit = 1 / min(reach[layout.from[arc]], reach[layout.to[arc]])
            let low = flow[arc] * unit
            let room = (numbers.scaledCapacity[arc] - flow[arc]) * unit
            // The middle of flow, margin and less than the room: nothing where all conditions hold.
            note(max(min(low, own), -room).magnitude, layout.to[arc])
        }
        return (worst, place)
    }

    /// What is collected at a net price that was found. Near nothing it is that of the balance, to the bit.
    func collected(_ supplier: Int, _ net: Double) -> Double {
        let own = numbers.net(supplier, prices)
        let isNearNothing = net.magnitude < 1e-6 * numbers.supplyShift[supplier].magnitude
        return numbers.supply(supplier, isNearNothing ? own : net).amount + adjustment[supplier]
    }

    /// What is bought where buyers pay next to nothing, to the bit of the balance; else below nothing.
    func bought(_ node: Int) -> Double {
        guard numbers.demandForm[node] == ClearingNumbers.isoelastic, numbers.shift[node] < 0 else { return -1 }
        let paid = prices[node] * numbers.wedge[node] + numbers.shift[node]
        guard demandAdjustment[node] != 0 || paid < 1e-6 * -numbers.shift[node] else { return -1 }
        return numbers.demand(node, prices[node]).amount + demandAdjustment[node]
    }

    /// Near a net price of nothing an isoelastic supply may be so steep that no number is close enough to the price that
    /// balances its market, and so may an isoelastic demand where a subsidy pays nearly all. What is missing there is
    /// collected, or bought, at a price that is the same to nine digits.
    private func absorb(_ set: Int) {
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] { adjustment[supplier] = 0 }
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { demandAdjustment[node] = 0 }
        let scale = numbers.quantityScale[set]
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1]
        where balance[node].magnitude > 1e-11 * reach[node] && isNothing[node] == 0 {
            if takesUp(node, scale) { continue }
            for offer in layout.offerStart[node]..<layout.offerStart[node + 1] {
                let (output, supplier) = (layout.offers[offer], layout.offeredBy[offer])
                guard numbers.supplyForm[supplier] == ClearingNumbers.isoelastic, numbers.yield[output] > 0 else {
                    continue
                }
                let net = numbers.net(supplier, prices)
                let shift = numbers.supplyShift[supplier]
                let blur = 1e-9 * ((net - shift).magnitude + shift.magnitude)
                let missing = -balance[node] / numbers.yield[output]
                let wanted = numbers.supply(supplier, net).amount + adjustment[supplier] + missing * scale
                guard wanted >= numbers.supply(supplier, net - blur).amount,
                    wanted <= numbers.supply(supplier, net + blur).amount
                else { continue }
                adjustment[supplier] += missing * scale
                // A joint product gives all of its parts more or less.
                for part in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                    balance[layout.outputNode[part]] += numbers.yield[part] * missing
                }
                balance[node] = 0
                break
            }
        }
    }

    /// Whether buyers take what a node has over, or do without what it lacks.
    private func takesUp(_ node: Int, _ scale: Double) -> Bool {
        guard numbers.demandForm[node] == ClearingNumbers.isoelastic, numbers.shift[node] < 0 else { return false }
        let blur = 1e-9 * prices[node].magnitude
        let own = numbers.demand(node, prices[node]).amount
        let wanted = own + balance[node] * scale
        guard wanted >= numbers.demand(node, prices[node] + blur).amount,
            wanted <= numbers.demand(node, prices[node] - blur).amount
        else { return false }
        demandAdjustment[node] = balance[node] * scale
        balance[node] = 0
        return true
    }

    /// The balance of a node after `residual`.
    func excess(_ node: Int) -> Double { balance[node] }

    /// What a full arc earns for each unit, in units of the price scale.
    func rent(_ arc: Int, _ set: Int) -> Double {
        if isAsFound, numbers.scaledCapacity[arc] < .infinity {
            let blur = 1e-9 * min(reach[layout.from[arc]], reach[layout.to[arc]])
            return flow[arc] >= numbers.scaledCapacity[arc] - blur ? max(0, -margin(arc)) : 0
        }
        return status[arc] == Self.full ? max(0, -margin(arc)) : 0
    }
}
