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
    private let memory = ClearingMemory()
    /// By node: its price, and whether it is held at nothing.
    let price: UnsafeMutablePointer<Double>
    let isNothing: UnsafeMutablePointer<UInt8>
    /// By arc.
    let status: UnsafeMutablePointer<UInt8>
    let flow: UnsafeMutablePointer<Double>
    private let prices: UnsafeMutablePointer<Double>
    private let balance: UnsafeMutablePointer<Double>
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
    /// By node and arc, after `findOpen`: whether the price or the flow is one of several that would do.
    let isOpenPrice: UnsafeMutablePointer<UInt8>
    let isOpenFlow: UnsafeMutablePointer<UInt8>

    private static let idle = ClearingBasis.Status.idle.rawValue
    private static let basicStatus = ClearingBasis.Status.basic.rawValue
    private static let full = ClearingBasis.Status.full.rawValue

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers) {
        self.layout = layout
        self.numbers = numbers
        let unknowns = layout.nodeCount + layout.arcCount
        price = memory.reals(layout.nodeCount)
        prices = memory.reals(layout.nodeCount)
        balance = memory.reals(layout.nodeCount)
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
        isSplit = false
        for _ in 0...changes {
            guard polish(set) else { return false }
            if !changeStatus(set) { return true }
        }
        return false
    }

    private func polish(_ set: Int) -> Bool {
        isByTrees = !layout.hasJointProducts && trees.solve(set)
        return isByTrees || polishAtOnce(set)
    }

    /// Notes what is not determined in a solved set, and splits open flows by least squares; false where nothing is open.
    func findOpen(_ set: Int) -> Bool {
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { isOpenPrice[node] = 0 }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] { isOpenFlow[arc] = 0 }
        var highest = 1.0
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { highest = max(highest, price[node].magnitude) }
        let hasOpenFlows = split.solve(set, tolerance: 1e-10 * highest, isOpen: isOpenFlow) { margin($0) }
        let hasOpenPrices = isByTrees ? trees.findOpenPrices(set, into: isOpenPrice) : findIdlePrices(set)
        return hasOpenFlows || hasOpenPrices
    }

    /// Nodes that nothing answers in, neither curves nor routes, as far as joint products let one see.
    private func findIdlePrices(_ set: Int) -> Bool {
        var found = false
        measure(set)
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] where layout.isGate[node] == 0 {
            guard isNothing[node] == 0, balance[node].magnitude < 1e-12, numbers.demand(node, prices[node]).amount == 0,
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
            for _ in 0..<40 {
                fill(set, nodes, basics, size, steepness)
                var worst = 0.0
                for index in 0..<size { worst = max(worst, side[index].magnitude) }
                guard worst.isFinite else { break }
                guard ClearingMatrix.factor(matrix, pivots, size), isRegular(size) else { break }
                ClearingMatrix.solve(matrix, pivots, size, side)
                let step = stepLength(nodes)
                for (index, node) in nodes.enumerated() { price[node] += step * side[index] }
                for index in 0..<basics { flow[basic[index]] += step * side[nodes.count + index] }
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
        for index in 0..<size where matrix[index * size + index].magnitude < 1e-13 { return false }
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
            side[row] = -balance[node]
            matrix[row * size + row] -= numbers.demand(node, prices[node]).slope * slopeScale
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let slope = numbers.supply(supplier, numbers.net(supplier, prices)).slope * slopeScale
            if slope == 0 { continue }
            let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            for output in outputs where isNothing[layout.outputNode[output]] == 0 {
                let row = layout.outputNode[output] - first
                for other in outputs {
                    matrix[row * size + layout.outputNode[other] - first] +=
                        numbers.yield[output] * slope * numbers.worth[other]
                }
            }
        }
        for index in 0..<basics {
            let arc = basic[index]
            let (a, b) = (layout.from[arc] - first, layout.to[arc] - first)
            let row = nodes.count + index
            if isNothing[layout.from[arc]] == 0 { matrix[a * size + row] -= 1 }
            if isNothing[layout.to[arc]] == 0 { matrix[b * size + row] += numbers.gain[arc] }
            matrix[row * size + a] += numbers.arcWedge[arc]
            matrix[row * size + b] -= numbers.gain[arc]
            matrix[row * size + row] += steepness
            side[row] = -(margin(arc) + steepness * flow[arc])
        }
        // A market in which nothing answers to its price has the lowest one at which that is so.
        for node in nodes where isNothing[node] == 0 && layout.isGate[node] == 0 {
            let row = node - first
            guard (0..<size).allSatisfy({ matrix[row * size + $0] == 0 }), side[row].magnitude < 1e-12 else { continue }
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
        numbers.arcWedge[arc] * price[layout.from[arc]] + numbers.scaledCost[arc]
            - numbers.gain[arc] * price[layout.to[arc]]
    }

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
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where flow[arc] != 0 {
            balance[layout.from[arc]] -= flow[arc]
            balance[layout.to[arc]] += numbers.gain[arc] * flow[arc]
        }
    }

    // MARK: Statuses

    /// Changes what has the wrong sign; false where nothing has.
    private func changeStatus(_ set: Int) -> Bool {
        let tolerance = 1e-11
        measure(set)
        var changed = false
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] where layout.isGate[node] == 0 {
            if isNothing[node] == 1, balance[node] < -tolerance {
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
                if flow[arc] < -tolerance {
                    status[arc] = Self.idle
                    changed = true
                } else if flow[arc] > limit + tolerance {
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

    /// The worst natural residual of all conditions of a set: quantities in units of the largest reference quantity or
    /// trade, prices of the largest price.
    func residual(_ set: Int) -> (value: Double, node: Int) {
        measure(set)
        var (quantity, highest) = (1.0, 1.0)
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { highest = max(highest, price[node].magnitude) }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] { quantity = max(quantity, flow[arc]) }
        var (worst, place) = (0.0, layout.nodeStart[set])
        func note(_ value: Double, _ node: Int) {
            if !(value <= worst) { (worst, place) = (value.isNaN ? .infinity : value, node) }
        }
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
            let over = balance[node] / quantity
            let own = layout.isGate[node] == 1 ? over.magnitude : min(price[node] / highest, over).magnitude
            note(own, node)
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 {
            let own = margin(arc) / highest
            let low = flow[arc] / quantity
            let room = (numbers.scaledCapacity[arc] - flow[arc]) / quantity
            // The middle of flow, margin and less than the room: nothing where all conditions hold.
            note(max(min(low, own), -room).magnitude, layout.to[arc])
        }
        return (worst, place)
    }

    /// The balance of a node after `residual`.
    func excess(_ node: Int) -> Double { balance[node] }

    /// What a full arc earns for each unit, in units of the price scale.
    func rent(_ arc: Int, _ set: Int) -> Double {
        status[arc] == Self.full ? max(0, -margin(arc)) : 0
    }
}
