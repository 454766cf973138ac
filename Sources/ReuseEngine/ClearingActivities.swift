import ReuseKernels

/// Routes, supplies and demands of one connected set as *activities*, each with a place on its graph.
///
/// An activity has a quantity `x` and a price `v` that goes with it: on a graph that rises, from what is idle by what
/// answers to the price to what is full. As a function of the price alone a quantity may be as steep as you like (a route at
/// its cost; an elasticity below one near nothing), and as a function of the quantity alone the price is. Both are
/// functions of `place = x + v`, and neither is steeper than one (Minty, "Monotone (nonlinear) operators in Hilbert
/// space", 1962). A demand has the price that is paid, negative. Quantities are in units of the activity's own size, prices in
/// units of its reference price, those of routes in units of the set.
final class ClearingActivities {
    enum Kind: UInt8 {
        case route, linearDemand, powerDemand, linearSupply, powerSupply
    }

    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let memory = ClearingMemory()

    private(set) var count = 0
    let place: UnsafeMutablePointer<Double>
    let quantity: UnsafeMutablePointer<Double>
    let price: UnsafeMutablePointer<Double>
    /// How the quantity and the price rise with the place; both together are one.
    let quantityRise: UnsafeMutablePointer<Double>
    let priceRise: UnsafeMutablePointer<Double>
    /// The price at which the curve is where markets pay nothing, negative.
    let cost: UnsafeMutablePointer<Double>
    let limit: UnsafeMutablePointer<Double>
    /// What a unit is in units of the set.
    let unit: UnsafeMutablePointer<Double>
    /// The node, supplier or arc.
    let origin: UnsafeMutablePointer<Int>
    private let kinds: UnsafeMutablePointer<UInt8>
    private let elasticity: UnsafeMutablePointer<Double>
    /// Where the markets of each activity begin; of each, the node within the set, what a unit brings there in units of the
    /// node's own size, and what a price there is worth to the activity.
    let endStart: UnsafeMutablePointer<Int>
    let endNode: UnsafeMutablePointer<Int>
    let brought: UnsafeMutablePointer<Double>
    let worth: UnsafeMutablePointer<Double>
    /// By node of the set: what is given whatever prices are, in units of its size; and its demand, or -1.
    let given: UnsafeMutablePointer<Double>
    let demandOf: UnsafeMutablePointer<Int>

    private var first = 0
    private var ends = 0
    /// How far corners are rounded.
    private var rounding = 1.0

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers) {
        (self.layout, self.numbers) = (layout, numbers)
        let most = Self.most(layout)
        place = memory.reals(most)
        quantity = memory.reals(most)
        price = memory.reals(most)
        quantityRise = memory.reals(most)
        priceRise = memory.reals(most)
        cost = memory.reals(most)
        limit = memory.reals(most)
        unit = memory.reals(most)
        origin = memory.indices(most)
        kinds = memory.bytes(most)
        elasticity = memory.reals(most)
        endStart = memory.indices(most + 1)
        let places =
            layout.nodeCount + layout.outputStart[layout.supplierCount] + 2 * layout.arcCount
            + layout.endStart[layout.arcCount]
        endNode = memory.indices(places)
        brought = memory.reals(places)
        worth = memory.reals(places)
        given = memory.reals(layout.nodeCount)
        demandOf = memory.indices(layout.nodeCount)
    }

    /// How many activities there may be.
    static func most(_ layout: ClearingLayout) -> Int { layout.nodeCount + layout.supplierCount + layout.arcCount }

    func kind(_ activity: Int) -> Kind { Kind(rawValue: kinds[activity]) ?? .route }

    // MARK: Loading

    func load(_ set: Int) {
        (first, count, ends) = (layout.nodeStart[set], 0, 0)
        for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] { addDemand(node, set) }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] { addSupply(supplier, set) }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where numbers.isOpen[arc] == 1 { addRoute(arc) }
    }

    private func addDemand(_ node: Int, _ set: Int) {
        let amount = numbers.quantity[node] / numbers.quantityScale[set]
        (given[node - first], demandOf[node - first]) = (0, -1)
        guard numbers.demandForm[node] != ClearingNumbers.fixed else {
            given[node - first] = -amount / numbers.size[node]
            return
        }
        let reference = numbers.reference[node]
        demandOf[node - first] = count
        addEnd(node, -amount, -numbers.wedge[node] * numbers.priceScale[set] / reference)
        cost[count] = numbers.shift[node] / reference
        let isLinear = numbers.demandForm[node] == ClearingNumbers.linear
        add(isLinear ? .linearDemand : .powerDemand, -numbers.elasticity[node], .infinity, amount, node)
    }

    private func addSupply(_ supplier: Int, _ set: Int) {
        let outputs = layout.outputStart[supplier]..<layout.outputStart[supplier + 1]
        let earns = outputs.contains { numbers.worth[$0] > 0 }
        guard numbers.supplyForm[supplier] != ClearingNumbers.fixed, earns else {
            let fixed = numbers.supply(supplier, numbers.supplyShift[supplier]).amount / numbers.quantityScale[set]
            for output in outputs {
                let node = layout.outputNode[output]
                given[node - first] += fixed * numbers.yield[output] / numbers.size[node]
            }
            return
        }
        let reference = numbers.supplyReference[supplier]
        let amount = numbers.volume[supplier] / numbers.quantityScale[set]
        for output in outputs {
            addEnd(
                layout.outputNode[output], numbers.yield[output] * amount,
                numbers.worth[output] * numbers.priceScale[set] / reference)
        }
        cost[count] = -numbers.supplyShift[supplier] / reference
        let isLinear = numbers.supplyForm[supplier] == ClearingNumbers.linear
        add(
            isLinear ? .linearSupply : .powerSupply, numbers.supplyElasticity[supplier],
            numbers.supplyCapacity[supplier] / numbers.volume[supplier], amount, supplier)
    }

    private func addRoute(_ arc: Int) {
        // No limit is far below one, so that its corner is as round as others.
        let smaller = min(numbers.size[layout.from[arc]], numbers.size[layout.to[arc]])
        let amount = max(min(smaller, numbers.scaledCapacity[arc]), 1e-30)
        addEnd(layout.from[arc], -amount, -numbers.arcWedge[arc])
        addEnd(layout.to[arc], numbers.gain[arc] * amount, numbers.gain[arc])
        for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
            addEnd(layout.endNode[end], numbers.endGain[end] * amount, numbers.endGain[end])
        }
        cost[count] = numbers.scaledCost[arc]
        add(.route, 0, numbers.scaledCapacity[arc] / amount, amount, arc)
    }

    private func addEnd(_ node: Int, _ amount: Double, _ value: Double) {
        (endNode[ends], brought[ends], worth[ends]) = (node - first, amount / numbers.size[node], value)
        ends += 1
    }

    private func add(_ kind: Kind, _ exponent: Double, _ most: Double, _ amount: Double, _ own: Int) {
        (kinds[count], elasticity[count], limit[count]) = (kind.rawValue, exponent, most)
        (unit[count], origin[count]) = (amount, own)
        count += 1
        endStart[count] = ends
    }

    // MARK: Graphs

    /// Sets places as what an activity is worth at prices of the nodes suggests: somewhere, to begin with.
    func start(_ prices: UnsafeMutablePointer<Double>) {
        for activity in 0..<count {
            var value = -cost[activity]
            for end in endStart[activity]..<endStart[activity + 1] { value += worth[end] * prices[endNode[end]] }
            switch kind(activity) {
            case .route: place[activity] = value
            case .linearDemand: place[activity] = max(0, 1 + elasticity[activity] * (-value - 1)) + value
            case .powerDemand, .linearSupply, .powerSupply: place[activity] = 1 + value
            }
        }
    }

    /// Quantities and prices at the places, with corners rounded so far.
    func follow(rounding: Double) {
        self.rounding = rounding
        for activity in 0..<count { follow(activity) }
    }

    private func follow(_ activity: Int) {
        let (own, exponent) = (place[activity], elasticity[activity])
        func set(_ amount: Double, _ rise: Double, _ value: Double, _ valueRise: Double) {
            (quantity[activity], quantityRise[activity]) = (amount, rise)
            (price[activity], priceRise[activity]) = (value, valueRise)
        }
        switch kind(activity) {
        case .route:
            let carried = clamp(own, limit[activity])
            set(carried.value, carried.rise, carried.rest, carried.restRise)
        case .linearDemand:
            let share = exponent / (1 + exponent)
            let taken = Self.ramp(1 + share * own, rounding)
            let rise = share * taken.rise
            set(taken.value, rise, own - taken.value, 1 - rise)
        case .powerDemand:
            let point = Self.demandPoint(own, exponent)
            let total = exponent * point.quantity + point.price
            set(point.quantity, exponent * point.quantity / total, -point.price, point.price / total)
        case .linearSupply:
            let offered = clamp((1 - exponent + exponent * own) / (1 + exponent), limit[activity])
            let rise = offered.rise * exponent / (1 + exponent)
            set(offered.value, rise, own - offered.value, 1 - rise)
        case .powerSupply:
            let most = limit[activity]
            let end = most < .infinity ? most + reuse_exp(reuse_log(most) / exponent) : .infinity
            let inner = clamp(own, end)
            guard inner.value > 1e-290 else { return set(0, 0, own, 1) }
            let point = Self.supplyPoint(inner.value, exponent)
            let total = exponent * point.quantity + point.price
            let share = total > 0 ? exponent * point.quantity / total : exponent < 1 ? 1 : 0
            set(
                point.quantity, share * inner.rise, point.price + inner.rest,
                inner.restRise + (1 - share) * inner.rise)
        }
    }

    /// `max(0, x)` with a rounded corner (Chen and Harker, "A non-interior-point continuation method for linear
    /// complementarity problems", 1993), and its rise.
    @inline(__always)
    static func ramp(_ x: Double, _ rounding: Double) -> (value: Double, rise: Double) {
        let root = (x * x + rounding * rounding).squareRoot()
        // Without the difference of what is nearly alike.
        let value = x >= 0 ? (x + root) / 2 : rounding * rounding / (2 * (root - x))
        return (value, root > 0 ? value / root : 0.5)
    }

    /// What lies between nothing and a limit, with rounded corners, and the rest of `x`; and how both rise.
    private func clamp(_ x: Double, _ limit: Double) -> (value: Double, rise: Double, rest: Double, restRise: Double) {
        guard limit < .infinity else {
            let (low, below) = (Self.ramp(x, rounding), Self.ramp(-x, rounding))
            return (low.value, low.rise, -below.value, below.rise)
        }
        let round = min(rounding, limit)
        let (low, below) = (Self.ramp(x, round), Self.ramp(-x, round))
        let (above, under) = (Self.ramp(x - limit, round), Self.ramp(limit - x, round))
        let isHigh = x > limit / 2
        let value = isHigh ? limit + below.value - under.value : low.value - above.value
        let rise = isHigh ? under.rise - below.rise : low.rise - above.rise
        return (min(max(value, 0), limit), max(rise, 0), above.value - below.value, below.rise + above.rise)
    }

    /// Where `quantity - price` is a place, on `quantity = price^-exponent`.
    private static func demandPoint(_ place: Double, _ exponent: Double) -> (quantity: Double, price: Double) {
        // By the logarithm of the price, as the function is convex in it for one sign of the place and concave for the other.
        var log = 0.0
        for _ in 0..<60 {
            let (quantity, price) = (reuse_exp(-exponent * log), reuse_exp(log))
            let change =
                place >= 0
                ? (exponent * log + reuse_log(place + price)) / (exponent + price / (place + price))
                : (log - reuse_log(quantity - place)) / (1 + exponent * quantity / (quantity - place))
            log -= max(-50, min(50, change))
            if change.magnitude <= 1e-15 * max(1, log.magnitude) { break }
        }
        return (reuse_exp(-exponent * log), reuse_exp(log))
    }

    /// Where `quantity + price` is a place above nothing, on `quantity = price^exponent`.
    private static func supplyPoint(_ place: Double, _ exponent: Double) -> (quantity: Double, price: Double) {
        let wanted = reuse_log(place)
        var log = (wanted > 0) == (exponent < 1) ? wanted : wanted / exponent
        for _ in 0..<60 {
            let most = max(exponent * log, log)
            let (quantity, price) = (reuse_exp(exponent * log - most), reuse_exp(log - most))
            let change =
                (most + reuse_log(quantity + price) - wanted) * (quantity + price) / (exponent * quantity + price)
            log -= change
            if change.magnitude <= 1e-15 * max(1, log.magnitude) { break }
        }
        return (reuse_exp(exponent * log), reuse_exp(log))
    }
}
