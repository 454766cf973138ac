import ReuseKernels

/// A primal-dual interior-point method for the complementarity problem of one connected set (Mehrotra, "On the
/// implementation of a primal-dual interior point method", 1992, with one step length for prices and quantities, since
/// tariffs leave no optimisation problem). It comes close; the crossover makes the answer exact.
///
/// Routes, elastic supplies and elastic demands are all *activities*: each has a quantity `x` between nothing and a
/// limit, a rising marginal cost `m(x)` and a value linear in prices, and runs where its value covers its cost:
/// `m(x) - value - z + w = 0`, `z` complementary to `x` and `w` to the room `s` below the limit. Isoelastic curves
/// keep the price on the curve as an unknown of its own and are followed in logarithms, where they are lines.
/// Eliminating activities leaves one dense equation per node.
final class ClearingInterior {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let stop: ClearingStop
    private let memory = ClearingMemory()

    // Per node of the set.
    private let price: UnsafeMutablePointer<Double>
    private let excess: UnsafeMutablePointer<Double>
    private let given: UnsafeMutablePointer<Double>
    private let imbalance: UnsafeMutablePointer<Double>
    private let priceStep: UnsafeMutablePointer<Double>
    private let excessStep: UnsafeMutablePointer<Double>
    private let excessTarget: UnsafeMutablePointer<Double>
    private let matrix: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int>
    // Per activity: arcs, then curves.
    private let x: UnsafeMutablePointer<Double>
    private let z: UnsafeMutablePointer<Double>
    private let s: UnsafeMutablePointer<Double>
    private let w: UnsafeMutablePointer<Double>
    private let gap: UnsafeMutablePointer<Double>
    private let theta: UnsafeMutablePointer<Double>
    private let push: UnsafeMutablePointer<Double>
    private let xStep: UnsafeMutablePointer<Double>
    private let zStep: UnsafeMutablePointer<Double>
    private let wStep: UnsafeMutablePointer<Double>
    private let zTarget: UnsafeMutablePointer<Double>
    private let wTarget: UnsafeMutablePointer<Double>
    /// 1 where there is a limit.
    private let isLimited: UnsafeMutablePointer<UInt8>
    private let cost: UnsafeMutablePointer<Double>
    private let tail: UnsafeMutablePointer<Int>
    private let head: UnsafeMutablePointer<Int>
    private let wedge: UnsafeMutablePointer<Double>
    private let gain: UnsafeMutablePointer<Double>
    /// Per arc: what a unit of it takes from the balance of its start and brings to that of its end, each in units of the
    /// node's own size, the arc's of the smaller of both.
    private let taken: UnsafeMutablePointer<Double>
    private let brought: UnsafeMutablePointer<Double>
    private let breadth: UnsafeMutablePointer<Double>
    private let arc: UnsafeMutablePointer<Int>
    // Per curve.
    /// 1 for a supply, -1 for a demand.
    private let sign: UnsafeMutablePointer<Double>
    private let isPower: UnsafeMutablePointer<UInt8>
    private let anchor: UnsafeMutablePointer<Double>
    private let anchorPrice: UnsafeMutablePointer<Double>
    private let exponent: UnsafeMutablePointer<Double>
    private let curvePrice: UnsafeMutablePointer<Double>
    private let curveGap: UnsafeMutablePointer<Double>
    private let intercept: UnsafeMutablePointer<Double>
    private let slope: UnsafeMutablePointer<Double>
    private let placeStart: UnsafeMutablePointer<Int>
    private let place: UnsafeMutablePointer<Int>
    private let amount: UnsafeMutablePointer<Double>
    private let worth: UnsafeMutablePointer<Double>

    private var nodes = 0
    private var arcs = 0
    private var curves = 0
    private var firstNode = 0
    private var quantityScale = 1.0
    private var pairs = 0.0
    /// The mean product of complementary pairs.
    private(set) var centre = 0.0
    private(set) var worst = 0.0
    private(set) var iterations = 0

    /// A slight rise of the cost of every route with its flow, which leads to a split of flows that are not determined.
    private static let steepness = 1e-9
    /// A slight supply that rises with the price, which leads to the lowest of prices that are not determined, and
    /// keeps the prices of a market that cannot be served finite.
    private static let leak = 1e-9
    static let iterationLimit = 150

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers, _ stop: ClearingStop) {
        (self.layout, self.numbers, self.stop) = (layout, numbers, stop)
        var (nodes, arcs, curves, places) = (0, 0, 0, 0)
        for set in 0..<layout.setCount {
            let setNodes = layout.nodeStart[set + 1] - layout.nodeStart[set]
            let setSuppliers = layout.supplierStart[set + 1] - layout.supplierStart[set]
            nodes = max(nodes, setNodes)
            arcs = max(arcs, layout.arcStart[set + 1] - layout.arcStart[set])
            let outputs =
                layout.outputStart[layout.supplierStart[set + 1]] - layout.outputStart[layout.supplierStart[set]]
            let ends = layout.endStart[layout.arcStart[set + 1]] - layout.endStart[layout.arcStart[set]]
            // The sources of joint products are activities too, with two places and their further ends.
            curves = max(curves, setNodes + setSuppliers + ends)
            places = max(places, setNodes + outputs + 3 * ends)
        }
        price = memory.reals(nodes)
        excess = memory.reals(nodes)
        given = memory.reals(nodes)
        imbalance = memory.reals(nodes)
        priceStep = memory.reals(nodes)
        excessStep = memory.reals(nodes)
        excessTarget = memory.reals(nodes)
        matrix = memory.reals(nodes * nodes)
        pivots = memory.indices(nodes)
        x = memory.reals(arcs + curves)
        z = memory.reals(arcs + curves)
        s = memory.reals(arcs + curves)
        w = memory.reals(arcs + curves)
        gap = memory.reals(arcs + curves)
        theta = memory.reals(arcs + curves)
        push = memory.reals(arcs + curves)
        xStep = memory.reals(arcs + curves)
        zStep = memory.reals(arcs + curves)
        wStep = memory.reals(arcs + curves)
        zTarget = memory.reals(arcs + curves)
        wTarget = memory.reals(arcs + curves)
        isLimited = memory.bytes(arcs + curves)
        cost = memory.reals(arcs + curves)
        tail = memory.indices(arcs)
        head = memory.indices(arcs)
        wedge = memory.reals(arcs)
        gain = memory.reals(arcs)
        taken = memory.reals(arcs)
        brought = memory.reals(arcs)
        breadth = memory.reals(arcs)
        arc = memory.indices(arcs)
        sign = memory.reals(curves)
        isPower = memory.bytes(curves)
        anchor = memory.reals(curves)
        anchorPrice = memory.reals(curves)
        exponent = memory.reals(curves)
        curvePrice = memory.reals(curves)
        curveGap = memory.reals(curves)
        intercept = memory.reals(curves)
        slope = memory.reals(curves)
        placeStart = memory.indices(curves + 1)
        place = memory.indices(places)
        amount = memory.reals(places)
        worth = memory.reals(places)
    }

    // MARK: Loading

    /// Takes over one connected set in units of its scales, and a start: the first near the reference points, others
    /// far from them.
    func start(_ set: Int, attempt: Int) {
        firstNode = layout.nodeStart[set]
        nodes = layout.nodeStart[set + 1] - firstNode
        quantityScale = numbers.quantityScale[set]
        let priceScale = numbers.priceScale[set]
        let far = attempt == 0 ? 1.0 : attempt == 1 ? 8 : 0.2
        iterations = 0
        pairs = 0
        loadArcs(set, priceScale, far)
        loadCurves(set, priceScale, far)
        for node in 0..<nodes {
            price[node] = max(price[node], 0.05) * far
            excess[node] = 0.1 * far
            if layout.isGate[firstNode + node] == 0 { pairs += 1 }
        }
        for index in 0..<arcs {
            let margin = cost[index] + wedge[index] * price[tail[index]] - gain[index] * price[head[index]]
            z[index] = max(margin, 0) + 0.1 * far
            w[index] = isLimited[index] == 1 ? max(-margin, 0) + 0.1 * far : 0
        }
    }

    private func loadArcs(_ set: Int, _ priceScale: Double, _ far: Double) {
        arcs = 0
        for index in layout.arcStart[set]..<layout.arcStart[set + 1]
        where numbers.isOpen[index] == 1 && layout.endStart[index] == layout.endStart[index + 1] {
            arc[arcs] = index
            tail[arcs] = layout.from[index] - firstNode
            head[arcs] = layout.to[index] - firstNode
            wedge[arcs] = numbers.arcWedge[index]
            gain[arcs] = numbers.gain[index]
            let (start, end) = (numbers.size[layout.from[index]], numbers.size[layout.to[index]])
            breadth[arcs] = min(start, end)
            (taken[arcs], brought[arcs]) = (breadth[arcs] / start, gain[arcs] * breadth[arcs] / end)
            cost[arcs] = numbers.arcCost[index] / priceScale
            limit(arcs, numbers.capacity[index] / quantityScale / breadth[arcs], start: 0.1 * far)
            arcs += 1
        }
    }

    /// Sets the limit of an activity and its start within it.
    private func limit(_ index: Int, _ limit: Double, start: Double) {
        // What is far above all trade is no limit.
        isLimited[index] = limit < 1e9 ? 1 : 0
        x[index] = min(start, limit * 0.5)
        s[index] = limit < 1e9 ? limit - x[index] : 1
        pairs += limit < 1e9 ? 2 : 1
    }

    private func loadCurves(_ set: Int, _ priceScale: Double, _ far: Double) {
        curves = 0
        placeStart[0] = 0
        for node in 0..<nodes {
            let global = firstNode + node
            (given[node], price[node]) = (0, 0)
            guard numbers.demandForm[global] != ClearingNumbers.fixed else {
                given[node] -= numbers.quantity[global] / quantityScale / numbers.size[global]
                continue
            }
            let reference = numbers.reference[global] / priceScale
            let amountScaled = numbers.quantity[global] / quantityScale / numbers.size[global]
            price[node] = (reference - numbers.shift[global] / priceScale) / numbers.wedge[global]
            sign[curves] = -1
            let index = placeStart[curves]
            (place[index], amount[index], worth[index]) = (node, -1, -numbers.wedge[global])
            placeStart[curves + 1] = index + 1
            cost[arcs + curves] = numbers.shift[global] / priceScale
            let isPower = numbers.demandForm[global] == ClearingNumbers.isoelastic
            shape(isPower, amountScaled, reference, numbers.elasticity[global], .infinity, far)
        }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
            var total = 0.0
            for output in outputs { total += numbers.worth[output] }
            if numbers.supplyForm[supplier] == ClearingNumbers.fixed || total == 0 {
                let collected = numbers.supply(supplier, numbers.supplyShift[supplier]).amount / quantityScale
                for output in outputs {
                    let node = layout.outputNode[output]
                    given[node - firstNode] += collected * numbers.yield[output] / numbers.size[node]
                }
                continue
            }
            let reference = numbers.supplyReference[supplier] / priceScale
            let scale = numbers.volume[supplier] / quantityScale
            sign[curves] = 1
            var index = placeStart[curves]
            for output in outputs {
                let node = layout.outputNode[output] - firstNode
                (place[index], worth[index]) = (node, numbers.worth[output])
                amount[index] = numbers.yield[output] * scale / numbers.size[layout.outputNode[output]]
                if price[node] <= 0 { price[node] = (reference - numbers.supplyShift[supplier] / priceScale) / total }
                index += 1
            }
            placeStart[curves + 1] = index
            cost[arcs + curves] = -numbers.supplyShift[supplier] / priceScale
            let isPower = numbers.supplyForm[supplier] == ClearingNumbers.isoelastic
            shape(
                isPower, 1, reference, numbers.supplyElasticity[supplier],
                numbers.supplyCapacity[supplier] / numbers.volume[supplier], far)
        }
        for index in layout.arcStart[set]..<layout.arcStart[set + 1]
        where numbers.isOpen[index] == 1 && layout.endStart[index] < layout.endStart[index + 1] {
            loadJointSource(index, priceScale, far)
        }
        var (known, mean) = (0.0, 0.0)
        for node in 0..<nodes where price[node] > 0 {
            mean += price[node]
            known += 1
        }
        mean = known > 0 ? mean / known : 1
        for node in 0..<nodes where !(price[node] > 0) { price[node] = mean }
    }

    /// The arc from the source of a joint product is an activity of several places, and no curve: its cost hardly rises.
    private func loadJointSource(_ index: Int, _ priceScale: Double, _ far: Double) {
        let scale = numbers.size[layout.from[index]]
        var next = placeStart[curves]
        func add(_ node: Int, _ units: Double, _ value: Double) {
            (place[next], worth[next]) = (node - firstNode, value)
            amount[next] = units * scale / numbers.size[node]
            next += 1
        }
        add(layout.from[index], -1, -numbers.arcWedge[index])
        add(layout.to[index], numbers.gain[index], numbers.gain[index])
        for end in layout.endStart[index]..<layout.endStart[index + 1] {
            add(layout.endNode[end], numbers.endGain[end], numbers.endGain[end])
        }
        placeStart[curves + 1] = next
        let activity = arcs + curves
        (sign[curves], isPower[curves], cost[activity]) = (1, 0, numbers.arcCost[index] / priceScale)
        (slope[curves], intercept[curves]) = (Self.steepness, 0)
        limit(activity, .infinity, start: 0.1 * far)
        (z[activity], w[activity]) = (0.1 * far, 0)
        curves += 1
    }

    /// Adds a curve whose places and cost are set.
    private func shape(
        _ isPowerCurve: Bool, _ quantity: Double, _ reference: Double, _ elasticity: Double, _ most: Double,
        _ far: Double
    ) {
        let activity = arcs + curves
        isPower[curves] = isPowerCurve ? 1 : 0
        (anchor[curves], anchorPrice[curves], exponent[curves]) = (quantity, reference, elasticity)
        limit(activity, most, start: quantity)
        if isPowerCurve {
            curvePrice[curves] = reference
            (z[activity], w[activity]) = (0.1 * far * reference, isLimited[activity] == 1 ? 0.1 * far * reference : 0)
            if sign[curves] < 0 {
                z[activity] = 0
                pairs -= 1
            }
        } else {
            slope[curves] = sign[curves] * reference / (quantity * elasticity)
            intercept[curves] = sign[curves] * reference * (1 - 1 / elasticity)
            (z[activity], w[activity]) = (0.1 * far * reference, isLimited[activity] == 1 ? 0.1 * far * reference : 0)
        }
        curves += 1
    }

    // MARK: Iterating

    /// Iterates until the residual and the mean product of pairs are at most a tolerance; false where that fails.
    func advance(to tolerance: Double) -> Bool {
        while iterations < Self.iterationLimit, !stop.isAsked {
            measure()
            if worst <= tolerance, centre <= tolerance { return true }
            guard worst < 1e200, centre < 1e200 else { return false }
            iterations += 1
            assemble()
            guard ClearingMatrix.factor(matrix, pivots, nodes) else { return false }
            for index in 0..<(arcs + curves) { (zTarget[index], wTarget[index]) = (0, 0) }
            for node in 0..<nodes { excessTarget[node] = 0 }
            direct()
            let affine = min(1, longestStep(0.999999))
            let ratio = centre > 0 ? productAfter(affine) / centre : 0
            let target = centre * min(1, max(ratio * ratio * ratio, 1e-6))
            for index in 0..<(arcs + curves) {
                zTarget[index] = target - bounded(xStep[index] * zStep[index], target, centre)
                wTarget[index] = target + bounded(xStep[index] * wStep[index], target, centre)
            }
            for node in 0..<nodes {
                excessTarget[node] = target - bounded(priceStep[node] * excessStep[node], target, centre)
            }
            direct()
            let step = min(1, longestStep(max(0.99, 1 - centre)))
            move(step)
        }
        return false
    }

    /// Keeps the second-order term from dominating where the first step was bad.
    @inline(__always)
    private func bounded(_ product: Double, _ target: Double, _ centre: Double) -> Double {
        max(-10 * centre, min(product, 10 * centre))
    }

    private func measure() {
        var (products, largest) = (0.0, 0.0)
        for node in 0..<nodes {
            imbalance[node] = given[node] + Self.leak * price[node]
            if layout.isGate[firstNode + node] == 0 {
                imbalance[node] -= excess[node]
                products += price[node] * excess[node]
            }
        }
        for index in 0..<arcs {
            let (a, b, flow) = (tail[index], head[index], x[index])
            imbalance[a] -= taken[index] * flow
            imbalance[b] += brought[index] * flow
            gap[index] =
                Self.steepness * flow + cost[index] + wedge[index] * price[a] - gain[index] * price[b] - z[index]
                + w[index]
            largest = max(largest, gap[index].magnitude / (1 + price[a] + price[b]))
            products += flow * z[index] + s[index] * w[index]
        }
        for curve in 0..<curves {
            let activity = arcs + curve
            var value = -cost[activity]
            for index in placeStart[curve]..<placeStart[curve + 1] {
                value += worth[index] * price[place[index]]
                imbalance[place[index]] += amount[index] * x[activity]
            }
            let marginal: Double
            if isPower[curve] == 1 {
                marginal = sign[curve] * curvePrice[curve]
                curveGap[curve] =
                    reuse_log(x[activity] / anchor[curve])
                    - exponent[curve] * reuse_log(curvePrice[curve] / anchorPrice[curve])
                largest = max(largest, min(x[activity], 1) * curveGap[curve].magnitude)
            } else {
                marginal = intercept[curve] + slope[curve] * x[activity]
            }
            gap[activity] = marginal - value - z[activity] + w[activity]
            largest = max(largest, gap[activity].magnitude / (1 + marginal.magnitude))
            products += x[activity] * z[activity] + s[activity] * w[activity]
        }
        for node in 0..<nodes { largest = max(largest, imbalance[node].magnitude) }
        centre = pairs > 0 ? products / pairs : 0
        worst = largest.isNaN || products.isNaN ? .infinity : largest
    }

    private func assemble() {
        for index in 0..<(nodes * nodes) { matrix[index] = 0 }
        for node in 0..<nodes {
            matrix[node * nodes + node] = Self.leak
            if layout.isGate[firstNode + node] == 0 { matrix[node * nodes + node] += excess[node] / price[node] }
        }
        for index in 0..<arcs {
            let weight = 1 / (Self.steepness + z[index] / x[index] + w[index] / s[index])
            theta[index] = weight
            let (a, b) = (tail[index], head[index])
            let (up, down) = (weight * wedge[index], weight * gain[index])
            matrix[a * nodes + a] += taken[index] * up
            matrix[a * nodes + b] -= taken[index] * down
            matrix[b * nodes + a] -= brought[index] * up
            matrix[b * nodes + b] += brought[index] * down
        }
        for curve in 0..<curves {
            let activity = arcs + curve
            let steep =
                isPower[curve] == 1
                ? sign[curve] * curvePrice[curve] / (exponent[curve] * x[activity]) : slope[curve]
            let weight = 1 / (steep + z[activity] / x[activity] + w[activity] / s[activity])
            theta[activity] = weight
            for row in placeStart[curve]..<placeStart[curve + 1] {
                for column in placeStart[curve]..<placeStart[curve + 1] {
                    matrix[place[row] * nodes + place[column]] += amount[row] * weight * worth[column]
                }
            }
        }
    }

    /// The step towards the targets, from the factored matrix.
    private func direct() {
        for node in 0..<nodes {
            priceStep[node] = -imbalance[node]
            if layout.isGate[firstNode + node] == 0 {
                priceStep[node] += excessTarget[node] / price[node] - excess[node]
            }
        }
        for index in 0..<arcs {
            let term =
                -gap[index] + zTarget[index] / x[index] - z[index]
                - (isLimited[index] == 1 ? wTarget[index] / s[index] - w[index] : 0)
            push[index] = term
            priceStep[tail[index]] += taken[index] * theta[index] * term
            priceStep[head[index]] -= brought[index] * theta[index] * term
        }
        for curve in 0..<curves {
            let activity = arcs + curve
            var term = -gap[activity]
            if z[activity] > 0 { term += zTarget[activity] / x[activity] - z[activity] }
            if isLimited[activity] == 1 { term -= wTarget[activity] / s[activity] - w[activity] }
            if isPower[curve] == 1 { term -= sign[curve] * curvePrice[curve] / exponent[curve] * curveGap[curve] }
            push[activity] = term
            for index in placeStart[curve]..<placeStart[curve + 1] {
                priceStep[place[index]] -= amount[index] * theta[activity] * term
            }
        }
        ClearingMatrix.solve(matrix, pivots, nodes, priceStep)
        for node in 0..<nodes where layout.isGate[firstNode + node] == 0 {
            excessStep[node] =
                (excessTarget[node] - excess[node] * priceStep[node]) / price[node] - excess[node]
        }
        for index in 0..<arcs {
            let value = gain[index] * priceStep[head[index]] - wedge[index] * priceStep[tail[index]]
            finish(index, value)
        }
        for curve in 0..<curves {
            var value = 0.0
            for index in placeStart[curve]..<placeStart[curve + 1] {
                value += worth[index] * priceStep[place[index]]
            }
            finish(arcs + curve, value)
        }
    }

    @inline(__always)
    private func finish(_ index: Int, _ value: Double) {
        let step = theta[index] * (value + push[index])
        xStep[index] = step
        zStep[index] = z[index] > 0 ? (zTarget[index] - z[index] * step) / x[index] - z[index] : 0
        wStep[index] = isLimited[index] == 1 ? (wTarget[index] + w[index] * step) / s[index] - w[index] : 0
    }

    @inline(__always)
    private func curveStep(_ curve: Int) -> Double {
        curvePrice[curve] / exponent[curve] * (xStep[arcs + curve] / x[arcs + curve] + curveGap[curve])
    }

    /// The part of the step that keeps all that must be positive so, by a margin.
    private func longestStep(_ share: Double) -> Double {
        // The largest rate at which something falls to zero.
        var rate = 0.0
        for node in 0..<nodes where layout.isGate[firstNode + node] == 0 {
            rate = max(rate, -priceStep[node] / price[node])
            rate = max(rate, -excessStep[node] / excess[node])
        }
        for index in 0..<(arcs + curves) {
            rate = max(rate, -xStep[index] / x[index])
            if z[index] > 0 { rate = max(rate, -zStep[index] / z[index]) }
            if isLimited[index] == 1 {
                rate = max(rate, xStep[index] / s[index])
                rate = max(rate, -wStep[index] / w[index])
            }
        }
        var bends = 0.0
        for curve in 0..<curves where isPower[curve] == 1 {
            bends = max(bends, -curveStep(curve) / curvePrice[curve])
            if sign[curve] < 0 { bends = max(bends, -xStep[arcs + curve] / x[arcs + curve]) }
        }
        let longest = rate > 0 ? share / rate : 1
        return bends > 0 ? min(longest, 0.9 / bends) : longest
    }

    private func productAfter(_ step: Double) -> Double {
        var products = 0.0
        for node in 0..<nodes where layout.isGate[firstNode + node] == 0 {
            products += (price[node] + step * priceStep[node]) * (excess[node] + step * excessStep[node])
        }
        for index in 0..<(arcs + curves) {
            products += (x[index] + step * xStep[index]) * (z[index] + step * zStep[index])
            products += (s[index] - step * xStep[index]) * (w[index] + step * wStep[index])
        }
        return pairs > 0 ? products / pairs : 0
    }

    private func move(_ step: Double) {
        for curve in 0..<curves where isPower[curve] == 1 { curvePrice[curve] += step * curveStep(curve) }
        for node in 0..<nodes {
            price[node] += step * priceStep[node]
            if layout.isGate[firstNode + node] == 0 { excess[node] += step * excessStep[node] }
        }
        for index in 0..<(arcs + curves) {
            x[index] += step * xStep[index]
            z[index] += step * zStep[index]
            if isLimited[index] == 1 {
                s[index] -= step * xStep[index]
                w[index] += step * wStep[index]
            }
        }
    }

    // MARK: Reading

    /// Which arcs are idle, basic and full, as far as one can see from here.
    func classify(_ set: Int, into status: UnsafeMutablePointer<UInt8>) {
        for index in layout.arcStart[set]..<layout.arcStart[set + 1] {
            status[index] = ClearingBasis.Status.idle.rawValue
        }
        for index in 0..<arcs {
            let isGateArc = layout.routeOf[arc[index]] < 0
            if isLimited[index] == 1, s[index] < w[index] {
                status[arc[index]] = ClearingBasis.Status.full.rawValue
            } else if isGateArc || x[index] > z[index] {
                status[arc[index]] = ClearingBasis.Status.basic.rawValue
            }
        }
    }

    /// A node's price, in units of the set's scale, and whether it is nothing there, as far as one can see from here.
    func price(ofNode node: Int) -> (value: Double, isNothing: Bool) {
        let own = node - firstNode
        return (price[own], layout.isGate[node] == 0 && price[own] < excess[own])
    }

    /// The flows of the open arcs of the set, in units of its scale.
    func readFlows(into flows: UnsafeMutablePointer<Double>) {
        for index in 0..<arcs { flows[arc[index]] = x[index] * breadth[index] }
    }

    /// The node whose balance is worst.
    func worstNode() -> Int {
        var (worstNode, most) = (0, -1.0)
        for node in 0..<nodes where imbalance[node].magnitude > most {
            (worstNode, most) = (node, imbalance[node].magnitude)
        }
        return firstNode + worstNode
    }
}
