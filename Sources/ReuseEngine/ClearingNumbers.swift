import ReuseKernels
import ReuseModel

/// The numbers of one point in the order of the layout, checked, with what the equations repeat computed once.
final class ClearingNumbers {
    let layout: ClearingLayout
    let memory = ClearingMemory()

    // Per node. A form here is what the curve comes down to: without elasticity it is fixed.
    let demandForm: UnsafeMutablePointer<UInt8>
    let quantity: UnsafeMutablePointer<Double>
    let reference: UnsafeMutablePointer<Double>
    let elasticity: UnsafeMutablePointer<Double>
    /// Buyers pay `price * wedge + shift`.
    let wedge: UnsafeMutablePointer<Double>
    let shift: UnsafeMutablePointer<Double>
    /// What buyers with an isoelastic demand pay at least: below, it goes on as an exponential, which has a value anywhere.
    let leastPaid: UnsafeMutablePointer<Double>
    // Per supplier.
    let supplyForm: UnsafeMutablePointer<UInt8>
    let volume: UnsafeMutablePointer<Double>
    let supplyReference: UnsafeMutablePointer<Double>
    let supplyElasticity: UnsafeMutablePointer<Double>
    /// A supplier earns `sum(worth * price) + supplyShift` per collected unit.
    let supplyShift: UnsafeMutablePointer<Double>
    let supplyCapacity: UnsafeMutablePointer<Double>
    // Per output.
    let yield: UnsafeMutablePointer<Double>
    /// The yield less the levy.
    let worth: UnsafeMutablePointer<Double>
    // Per arc: it pays where `wedge * price(from) + cost < gain * price(to)`.
    let arcWedge: UnsafeMutablePointer<Double>
    let arcCost: UnsafeMutablePointer<Double>
    let gain: UnsafeMutablePointer<Double>
    /// Of the further ends of arcs.
    let endGain: UnsafeMutablePointer<Double>
    let capacity: UnsafeMutablePointer<Double>
    /// The same in units of the scales of the set.
    let scaledCost: UnsafeMutablePointer<Double>
    let scaledCapacity: UnsafeMutablePointer<Double>
    let isOpen: UnsafeMutablePointer<UInt8>
    /// Per node: its own size, the largest of what is wanted and what can be collected, in units of the set's scale. A
    /// market that only passes goods through is as large as the largest it is joined to.
    let size: UnsafeMutablePointer<Double>
    /// Whether a node has no size of its own.
    let isPassage: UnsafeMutablePointer<UInt8>
    // Per connected set.
    let quantityScale: UnsafeMutablePointer<Double>
    let priceScale: UnsafeMutablePointer<Double>
    /// Whether the set has losses, tariffs and a circle of routes, so that more than one solution cannot be excluded.
    let isMixed: UnsafeMutablePointer<UInt8>

    static let fixed = CurveForm.fixed.rawValue
    static let isoelastic = CurveForm.isoelastic.rawValue
    static let linear = CurveForm.linear.rawValue

    init(_ layout: ClearingLayout) {
        self.layout = layout
        let (nodes, suppliers, arcs) = (layout.nodeCount, layout.supplierCount, layout.arcCount)
        let outputs = layout.outputStart[layout.supplierCount]
        demandForm = memory.bytes(nodes)
        quantity = memory.reals(nodes)
        reference = memory.reals(nodes)
        elasticity = memory.reals(nodes)
        wedge = memory.reals(nodes)
        shift = memory.reals(nodes)
        leastPaid = memory.reals(nodes)
        supplyForm = memory.bytes(suppliers)
        volume = memory.reals(suppliers)
        supplyReference = memory.reals(suppliers)
        supplyElasticity = memory.reals(suppliers)
        supplyShift = memory.reals(suppliers)
        supplyCapacity = memory.reals(suppliers)
        yield = memory.reals(outputs)
        worth = memory.reals(outputs)
        arcWedge = memory.reals(arcs)
        arcCost = memory.reals(arcs)
        gain = memory.reals(arcs)
        endGain = memory.reals(layout.endStart[arcs])
        capacity = memory.reals(arcs)
        size = memory.reals(nodes)
        isPassage = memory.bytes(nodes)
        scaledCost = memory.reals(arcs)
        scaledCapacity = memory.reals(arcs)
        isOpen = memory.bytes(arcs)
        quantityScale = memory.reals(layout.setCount)
        priceScale = memory.reals(layout.setCount)
        isMixed = memory.bytes(layout.setCount)
    }

    /// Whether a point has a number for each part of a network.
    static func fits(_ point: ClearingPoint, _ network: ClearingNetwork) -> Bool {
        MarketField.allCases.allSatisfy {
            $0 == .yield || point.range(of: $0).count == network.count(of: $0.owner)
        }
    }

    /// Whether a market has a gate in front of it, through which all goods come that arrive.
    static func needsGate(_ market: Int, _ point: ClearingPoint) -> Bool { point[.importQuota, market] < .infinity }

    /// No money or quantity is larger, so that sums and products of a few stay finite.
    private static let largest = 1e60

    /// Takes over the numbers of a point that fits the network.
    func load(_ point: ClearingPoint, _ network: ClearingNetwork) -> ClearingFailure? {
        if let failure = loadDemands(point, network) { return failure }
        if let failure = loadSupplies(point, network) { return failure }
        if let failure = loadArcs(point, network) { return failure }
        setScales()
        return nil
    }

    private func loadDemands(_ point: ClearingPoint, _ network: ClearingNetwork) -> ClearingFailure? {
        for node in 0..<layout.nodeCount {
            let market = layout.marketOf[node]
            (demandForm[node], quantity[node], wedge[node], shift[node]) = (Self.fixed, 0, 1, 0)
            let quota = point[.importQuota, market]
            guard quota >= 0 else { return Self.notBelowZero(quota, .node, market) }
            guard layout.isGate[node] == 0, layout.isSource[node] == 0, let form = network.demandForms[market] else {
                continue
            }
            let amount = point[.demand, market]
            guard amount >= 0, amount <= Self.largest else { return Self.notBelowZero(amount, .node, market) }
            let money = point[.tax, market] - point[.demandSubsidy, market]
            guard money.magnitude <= Self.largest else { return Self.outside(money, .node, market) }
            guard point[.vat, market] > -1, point[.vat, market] <= Self.largest else {
                return Self.share(.vat, point[.vat, market], market)
            }
            (quantity[node], wedge[node], shift[node]) = (amount, 1 + point[.vat, market], money)
            // A price is not below nothing, so that a tax is paid; a subsidy may pay all, to the last digits of the price.
            leastPaid[node] = money > 0 ? money / 2 : -1e-11 * money
            guard form != .fixed else { continue }
            let slope = point[.demandElasticity, market]
            guard slope.magnitude <= 1e6 else { return Self.outside(slope, .node, market) }
            guard slope <= 0 else { return ClearingFailure(kind: .demandElasticity, index: market, value: slope) }
            guard slope < 0, amount > 0 else { continue }
            let price = point[.demandPrice, market]
            guard price > 0, price <= Self.largest else { return Self.outside(price, .node, market) }
            (demandForm[node], reference[node], elasticity[node]) = (form.rawValue, price, slope)
        }
        return nil
    }

    private func loadSupplies(_ point: ClearingPoint, _ network: ClearingNetwork) -> ClearingFailure? {
        for supplier in 0..<layout.supplierCount {
            let original = layout.supplierOf[supplier]
            let (amount, limit, levy) = (
                point[.volume, original], point[.supplyCapacity, original], point[.levy, original]
            )
            guard amount >= 0, amount <= Self.largest else { return Self.notBelowZero(amount, .supplier, original) }
            guard limit >= 0 else { return Self.notBelowZero(limit, .supplier, original) }
            let money = point[.supplySubsidy, original] - point[.supplyCost, original]
            guard money.magnitude <= Self.largest else { return Self.outside(money, .supplier, original) }
            guard levy <= 1, levy >= -Self.largest else { return Self.share(.levy, levy, original) }
            var sum = 0.0
            for output in network.outputs[original] {
                guard output.yield < point.range(of: .yield).count else {
                    return ClearingFailure(kind: .malformed, index: original, value: 0)
                }
                let share = point[.yield, output.yield]
                guard share >= 0 else { return Self.notBelowZero(share, .supplier, original) }
                sum += share
            }
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                let place = layout.outputYield[output]
                yield[output] = place < 0 ? 1 : point[.yield, place]
                worth[output] = place < 0 ? 1 : yield[output] * (1 - levy)
            }
            guard sum <= 1 + 1e-12 else {
                if !sum.isFinite { return Self.outside(sum, .supplier, original) }
                return ClearingFailure(kind: .yieldAboveOne, index: original, value: sum)
            }
            supplyForm[supplier] = Self.fixed
            let isFromSource = layout.hasSource[original] && !network.outputs[original].isEmpty
            (volume[supplier], supplyCapacity[supplier]) = (amount, limit)
            let disposal = Self.disposal(of: original, point, network)
            guard disposal.magnitude <= Self.largest else { return Self.outside(disposal, .supplier, original) }
            supplyShift[supplier] = isFromSource ? 0 : money - disposal
            let form = network.supplyForms[original]
            if form != .fixed {
                let slope = point[.supplyElasticity, original]
                guard slope.magnitude <= 1e6 else { return Self.outside(slope, .supplier, original) }
                guard slope >= 0 else {
                    return ClearingFailure(kind: .supplyElasticity, index: original, value: slope)
                }
                if slope > 0, amount > 0, limit > 0 {
                    let price = point[.volumePrice, original]
                    guard price > 0, price <= Self.largest else { return Self.outside(price, .supplier, original) }
                    supplyForm[supplier] = form.rawValue
                    (supplyReference[supplier], supplyElasticity[supplier]) = (price, slope)
                }
            }
        }
        return nil
    }

    /// What it costs to be rid of what cannot be sold, for each that is collected.
    private static func disposal(of supplier: Int, _ point: ClearingPoint, _ network: ClearingNetwork) -> Double {
        let price = point[.disposalCost, supplier]
        if price == 0 { return 0 }
        var rejected = 1.0
        for output in network.outputs[supplier] where output.yield < point.range(of: .yield).count {
            rejected -= point[.yield, output.yield]
        }
        return price * max(0, rejected)
    }

    /// Whether a supplier gives something for nothing, and may earn less than nothing: it collects nothing then.
    static func needsSource(_ supplier: Int, _ point: ClearingPoint, _ network: ClearingNetwork) -> Bool {
        let cost = point[.supplyCost, supplier] + disposal(of: supplier, point, network)
        guard cost > point[.supplySubsidy, supplier] else { return false }
        return switch network.supplyForms[supplier] {
        case .fixed: true
        case .linear: point[.supplyElasticity, supplier] < 1
        case .isoelastic: point[.supplyElasticity, supplier] == 0
        }
    }

    /// The arc of a source, in money of the markets that it leads to, before the levy.
    private func loadSource(_ arc: Int, _ point: ClearingPoint, _ network: ClearingNetwork) {
        let original = layout.supplierOf[layout.sourceOf[arc]]
        let kept = 1 - point[.levy, original]
        var sum = 0.0
        for (number, output) in network.outputs[original].enumerated() {
            let share = kept > 0 ? point[.yield, output.yield] : 0
            sum += share
            if number == 0 { gain[arc] = share } else { endGain[layout.endStart[arc] + number - 1] = share }
        }
        capacity[arc] = .infinity
        isOpen[arc] = sum > 0 ? 1 : 0
        let inverse = kept > 0 ? 1 / kept : 1
        let money = point[.supplyCost, original] - point[.supplySubsidy, original]
        (arcWedge[arc], arcCost[arc]) = (inverse, (money + Self.disposal(of: original, point, network)) * inverse)
    }

    private func loadArcs(_ point: ClearingPoint, _ network: ClearingNetwork) -> ClearingFailure? {
        for arc in 0..<layout.arcCount {
            let route = layout.routeOf[arc]
            guard layout.sourceOf[arc] < 0 else {
                loadSource(arc, point, network)
                continue
            }
            guard route >= 0 else {
                (arcWedge[arc], arcCost[arc], gain[arc], isOpen[arc]) = (1, 0, 1, 1)
                capacity[arc] = point[.importQuota, layout.marketOf[layout.to[arc]]]
                continue
            }
            let (limit, loss, cost) = (point[.routeCapacity, route], point[.loss, route], point[.routeCost, route])
            let (exportTax, tariff, duty) = (point[.exportTax, route], point[.tariff, route], point[.duty, route])
            guard limit >= 0 else { return Self.notBelowZero(limit, .route, route) }
            guard loss >= 0, loss <= 1 else { return Self.share(.loss, loss, route) }
            guard exportTax > -1, exportTax <= 1e12 else { return Self.share(.exportTax, exportTax, route) }
            guard tariff > -1, tariff <= 1e12 else { return Self.share(.tariff, tariff, route) }
            let money = cost * (1 + tariff) + duty
            guard money.magnitude <= Self.largest else { return Self.outside(money, .route, route) }
            (arcWedge[arc], arcCost[arc], gain[arc]) = ((1 + exportTax) * (1 + tariff), money, 1 - loss)
            capacity[arc] = limit
            let isBarred = point[.importQuota, layout.marketOf[layout.to[arc]]] == 0
            isOpen[arc] = limit > 0 && loss < 1 && !isBarred && layout.from[arc] != layout.to[arc] ? 1 : 0
        }
        return nil
    }

    private func setScales() {
        for set in 0..<layout.setCount {
            var (most, highest, hasLoss, hasTariff) = (0.0, 0.0, false, false)
            var costliest = 0.0
            for node in layout.nodeStart[set]..<layout.nodeStart[set + 1] {
                most = max(most, quantity[node])
                if demandForm[node] != Self.fixed { highest = max(highest, reference[node]) }
            }
            for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
                most = max(most, min(volume[supplier], supplyCapacity[supplier]))
                if supplyForm[supplier] != Self.fixed { highest = max(highest, supplyReference[supplier]) }
            }
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1] where isOpen[arc] == 1 {
                costliest = max(costliest, arcCost[arc].magnitude)
                if gain[arc] < 1 { hasLoss = true }
                if arcWedge[arc] != 1 { hasTariff = true }
            }
            if highest == 0 { highest = costliest }
            quantityScale[set] = most > 0 ? most : 1
            priceScale[set] = highest > 0 ? highest : 1
            let (perQuantity, perPrice) = (1 / quantityScale[set], 1 / priceScale[set])
            for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
                scaledCost[arc] = arcCost[arc] * perPrice
                scaledCapacity[arc] = capacity[arc] * perQuantity
            }
            setSizes(set, perQuantity)
            isMixed[set] = hasLoss && hasTariff && layout.hasCircle[set] == 1 ? 1 : 0
        }
    }

    private func setSizes(_ set: Int, _ perQuantity: Double) {
        let nodes = layout.nodeStart[set]..<layout.nodeStart[set + 1]
        for node in nodes { size[node] = quantity[node] * perQuantity }
        for supplier in layout.supplierStart[set]..<layout.supplierStart[set + 1] {
            let collected = min(volume[supplier], supplyCapacity[supplier]) * perQuantity
            for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
                let node = layout.outputNode[output]
                size[node] = max(size[node], yield[output] * collected)
            }
        }
        let arcs = layout.arcStart[set]..<layout.arcStart[set + 1]
        // What a source gives is part of the size of its market.
        for arc in arcs where layout.sourceOf[arc] >= 0 && isOpen[arc] == 1 {
            size[layout.to[arc]] = max(size[layout.to[arc]], gain[arc] * size[layout.from[arc]])
            for end in layout.endStart[arc]..<layout.endStart[arc + 1] {
                let node = layout.endNode[end]
                size[node] = max(size[node], endGain[end] * size[layout.from[arc]])
            }
        }
        // Nothing that is small beyond all measure.
        for node in nodes {
            if size[node] < 1e-30 { size[node] = 0 }
            isPassage[node] = size[node] == 0 ? 1 : 0
        }
        var hasNone = true
        var passes = 0
        while hasNone, passes < 8 {
            hasNone = false
            passes += 1
            for node in nodes where size[node] <= 0 {
                // Negative while others may still look at what it was.
                var largest = 0.0
                for arc in arcs where isOpen[arc] == 1 {
                    if layout.from[arc] == node { largest = max(largest, size[layout.to[arc]]) }
                    if layout.to[arc] == node { largest = max(largest, size[layout.from[arc]]) }
                }
                size[node] = -largest
                if largest == 0 { hasNone = true }
            }
            for node in nodes where size[node] < 0 { size[node] = -size[node] }
        }
        for node in nodes where size[node] == 0 { size[node] = 1 }
    }

    /// A node that only passes goods through is as large as what goes through it, and that may be little.
    @inline(__always)
    func leastSize(_ node: Int) -> Double { isPassage[node] == 1 ? 1e-9 * size[node] : size[node] }

    private static func notBelowZero(_ value: Double, _ place: ClearingPlace, _ index: Int) -> ClearingFailure {
        ClearingFailure(kind: value < 0 ? .negativeQuantity(place) : .outOfRange(place), index: index, value: value)
    }

    private static func share(_ share: ClearingShare, _ value: Double, _ index: Int) -> ClearingFailure {
        ClearingFailure(kind: .share(share), index: index, value: value)
    }

    private static func outside(_ value: Double, _ place: ClearingPlace, _ index: Int) -> ClearingFailure {
        ClearingFailure(kind: .outOfRange(place), index: index, value: value)
    }
}

/// A quantity and how it changes with the price it depends on.
struct ClearingResponse {
    var amount: Double
    var slope: Double
}

extension ClearingNumbers {
    /// What buyers take at a market's price. Without bound where an isoelastic demand without a tax or a subsidy pays nothing.
    @inline(__always)
    func demand(_ node: Int, _ price: Double) -> ClearingResponse {
        let form = demandForm[node]
        if form == Self.fixed { return ClearingResponse(amount: quantity[node], slope: 0) }
        let paid = price * wedge[node] + shift[node]
        if form == Self.linear {
            let amount = quantity[node] * (1 + elasticity[node] * (paid / reference[node] - 1))
            if !(amount > 0) { return ClearingResponse(amount: 0, slope: 0) }
            return ClearingResponse(
                amount: amount, slope: quantity[node] * elasticity[node] / reference[node] * wedge[node])
        }
        let least = leastPaid[node]
        if paid < least {
            let last = quantity[node] * reuse_exp(elasticity[node] * reuse_log(least / reference[node]))
            let amount = last * reuse_exp(min(elasticity[node] * (paid - least) / least, 600))
            return ClearingResponse(amount: amount, slope: elasticity[node] * amount / least * wedge[node])
        }
        guard paid > 0 else { return ClearingResponse(amount: .infinity, slope: 0) }
        let amount = quantity[node] * reuse_exp(elasticity[node] * reuse_log(paid / reference[node]))
        return ClearingResponse(amount: amount, slope: elasticity[node] * amount / paid * wedge[node])
    }

    /// What a supplier collects at a net price.
    @inline(__always)
    func supply(_ supplier: Int, _ net: Double) -> ClearingResponse {
        let form = supplyForm[supplier]
        let limit = supplyCapacity[supplier]
        if form == Self.fixed { return ClearingResponse(amount: min(volume[supplier], limit), slope: 0) }
        if form == Self.linear {
            let slope = volume[supplier] * supplyElasticity[supplier] / supplyReference[supplier]
            let amount = volume[supplier] + slope * (net - supplyReference[supplier])
            if !(amount > 0) { return ClearingResponse(amount: 0, slope: 0) }
            return amount >= limit
                ? ClearingResponse(amount: limit, slope: 0) : ClearingResponse(amount: amount, slope: slope)
        }
        guard net > 0 else { return ClearingResponse(amount: 0, slope: 0) }
        let exponent = supplyElasticity[supplier]
        let amount = volume[supplier] * reuse_exp(exponent * reuse_log(net / supplyReference[supplier]))
        if amount >= limit { return ClearingResponse(amount: limit, slope: 0) }
        return ClearingResponse(amount: amount, slope: exponent * amount / net)
    }

    /// Between which net prices a supply with elasticity answers to its price: from the first unit to its capacity.
    func bends(_ supplier: Int) -> (start: Double, end: Double) {
        let (reference, elasticity) = (supplyReference[supplier], supplyElasticity[supplier])
        let share = supplyCapacity[supplier] / volume[supplier]
        if supplyForm[supplier] == Self.linear {
            return (reference * (1 - 1 / elasticity), reference * (1 + (share - 1) / elasticity))
        }
        return (0, share < .infinity ? reference * reuse_exp(reuse_log(share) / elasticity) : .infinity)
    }

    /// What a supplier earns per collected unit at the prices of the nodes.
    @inline(__always)
    func net(_ supplier: Int, _ prices: UnsafeMutablePointer<Double>) -> Double {
        var sum = supplyShift[supplier]
        for output in layout.outputStart[supplier]..<layout.outputStart[supplier + 1] {
            sum += worth[output] * prices[layout.outputNode[output]]
        }
        return sum
    }
}
