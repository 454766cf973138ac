import ReuseKernels

/// Who pays what and who gains what, at prices and flows that clear. All money is per time.
struct ClearingAccounts: Sendable {
    // Per node.
    var consumption: [Double] = []
    /// Offered by the supplies in it, unsold included.
    var supplied: [Double] = []
    /// What arrives.
    var imports: [Double] = []
    /// What leaves.
    var exports: [Double] = []
    /// What buyers pay: `b D`.
    var spending: [Double] = []
    /// `vat p D + tax D`, without the subsidy.
    var taxRevenue: [Double] = []
    /// The area under demand between what buyers pay and the reference price; of a fixed demand `-b Q`.
    var consumerSurplus: [Double] = []
    /// Surplus of its buyers, of the supplies in it and of the public there: taxes and levies less subsidies, and of the
    /// routes into it tariffs, duties, rents and quota rents; export taxes count where goods leave.
    var marketWelfare: [Double] = []
    // Per supplier.
    var rejected: [Double] = []
    /// Sales: the sum of `yield p x`, before the levy.
    var revenue: [Double] = []
    var levyRevenue: [Double] = []
    /// `int_0^n x(v) dv`, capacity included; of a fixed supply `V n`. Nothing at a loss.
    var producerSurplus: [Double] = []
    // Per route.
    var arrived: [Double] = []
    /// `p_A f`.
    var value: [Double] = []
    /// What it is worth where it arrives: `p_B (1 - loss) f`.
    var landedValue: [Double] = []
    var freight: [Double] = []
    /// With the duty.
    var tariffRevenue: [Double] = []
    var exportTaxRevenue: [Double] = []
    /// All surpluses, rents and public revenue less all subsidies.
    var welfare = 0.0
    /// Whether surpluses and welfare are asked for.
    var needsSurpluses = true

    /// Sums go through the network in an order, since the order of terms is in their last bits.
    mutating func update(
        network: ClearingNetwork, point: ClearingPoint, solution: ClearingSolution, order: ClearingOrder
    ) {
        let nodes = network.demandForms.count
        Self.clear(&supplied, nodes)
        Self.clear(&imports, nodes)
        Self.clear(&exports, nodes)
        Self.clear(&marketWelfare, nodes)
        Self.clear(&consumption, nodes)
        Self.clear(&spending, nodes)
        Self.clear(&taxRevenue, nodes)
        Self.clear(&consumerSurplus, nodes)
        let suppliers = network.supplyForms.count
        Self.clear(&rejected, suppliers)
        Self.clear(&revenue, suppliers)
        Self.clear(&levyRevenue, suppliers)
        Self.clear(&producerSurplus, suppliers)
        let routes = network.routes.count
        Self.clear(&arrived, routes)
        Self.clear(&value, routes)
        Self.clear(&landedValue, routes)
        Self.clear(&freight, routes)
        Self.clear(&tariffRevenue, routes)
        Self.clear(&exportTaxRevenue, routes)
        addDemands(network, point, solution)
        addSupplies(network, point, solution, order)
        addRoutes(network, point, solution, order)
        welfare = 0
        for node in order.nodes { welfare += marketWelfare[node] }
    }

    private static func clear(_ values: inout [Double], _ count: Int) {
        if values.count != count { values = Array(repeating: 0, count: count) }
        values.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    }

    private mutating func addDemands(
        _ network: ClearingNetwork, _ point: ClearingPoint, _ solution: ClearingSolution
    ) {
        for (node, form) in network.demandForms.enumerated() {
            guard let form else { continue }
            let price = solution.price[node]
            let paid = price * (1 + point.vat[node]) + point.tax[node] - point.subsidy[node]
            let curve = Curve(
                form: form, quantity: point.quantity[node], price: point.referencePrice[node],
                elasticity: point.elasticity[node])
            let bought = solution.bought[node]
            consumption[node] = bought < 0 ? curve.demand(paid) : bought
            spending[node] = paid * consumption[node]
            taxRevenue[node] = (point.vat[node] * price + point.tax[node]) * consumption[node]
            if needsSurpluses {
                let known = bought < 0 ? paid : max(paid, 1e-11 * point.subsidy[node])
                consumerSurplus[node] = curve.consumerSurplus(known)
            }
            marketWelfare[node] +=
                consumerSurplus[node] + taxRevenue[node] - point.subsidy[node] * consumption[node]
        }
    }

    private mutating func addSupplies(
        _ network: ClearingNetwork, _ point: ClearingPoint, _ solution: ClearingSolution, _ order: ClearingOrder
    ) {
        for supplier in order.suppliers {
            let collected = solution.collected[supplier]
            rejected[supplier] = collected
            for output in network.outputs[supplier] {
                let offered = point.yields[output.yield] * collected
                rejected[supplier] -= offered
                supplied[output.node] += offered
                revenue[supplier] += solution.price[output.node] * offered
            }
            rejected[supplier] = max(0, rejected[supplier])
            levyRevenue[supplier] = point.levy[supplier] * revenue[supplier]
            guard needsSurpluses else { continue }
            let curve = Curve(
                form: network.supplyForms[supplier], quantity: point.volume[supplier],
                price: point.supplyReferencePrice[supplier], elasticity: point.supplyElasticity[supplier])
            producerSurplus[supplier] = curve.producerSurplus(
                solution.netPrice[supplier], most: point.supplyCapacity[supplier])
            guard let home = network.outputs[supplier].first?.node else { continue }
            marketWelfare[home] +=
                producerSurplus[supplier] + levyRevenue[supplier] - point.supplySubsidy[supplier] * collected
        }
    }

    private mutating func addRoutes(
        _ network: ClearingNetwork, _ point: ClearingPoint, _ solution: ClearingSolution, _ order: ClearingOrder
    ) {
        for route in order.routes {
            let ends = network.routes[route]
            let flow = solution.flow[route]
            if flow == 0 { continue }
            let price = solution.price[ends.from]
            arrived[route] = (1 - point.loss[route]) * flow
            value[route] = price * flow
            landedValue[route] = solution.price[ends.to] * arrived[route]
            freight[route] = point.routeCost[route] * flow
            exportTaxRevenue[route] = point.exportTax[route] * price * flow
            tariffRevenue[route] =
                (point.tariff[route] * (price * (1 + point.exportTax[route]) + point.routeCost[route])
                    + point.duty[route]) * flow
            exports[ends.from] += flow
            imports[ends.to] += arrived[route]
            marketWelfare[ends.from] += exportTaxRevenue[route]
            marketWelfare[ends.to] +=
                tariffRevenue[route] + solution.rent[route] * flow + solution.quotaRent[ends.to] * arrived[route]
        }
    }

    /// A curve through a reference point.
    private struct Curve {
        var form: CurveForm
        var quantity: Double
        var price: Double
        var elasticity: Double

        /// Without elasticity, or without a quantity, the price says nothing.
        private var isFixed: Bool { form == .fixed || elasticity == 0 || quantity == 0 }

        func demand(_ paid: Double) -> Double {
            if isFixed { return quantity }
            if form == .linear { return max(0, quantity * (1 + elasticity * (paid / price - 1))) }
            return quantity * reuse_exp(elasticity * reuse_log(paid / price))
        }

        /// clearing.md: isoelastic `Q P/(1+e) (1 - (b/P)^(1+e))`, at `e = -1` `-Q P ln(b/P)`; linear up to the choke price.
        func consumerSurplus(_ paid: Double) -> Double {
            if isFixed { return -quantity * paid }
            if form == .linear {
                let choke = price * (1 - 1 / elasticity)
                let upper = min(paid, choke)
                // A trapezium: demand at both ends, which above the choke price is nothing.
                return (price - upper) * (quantity + demand(upper)) / 2
            }
            if elasticity == -1 { return -quantity * price * reuse_log(paid / price) }
            let exponent = 1 + elasticity
            return quantity * price / exponent * (1 - reuse_exp(exponent * reuse_log(paid / price)))
        }

        func producerSurplus(_ net: Double, most: Double) -> Double {
            // Nothing is collected at a loss.
            guard net > 0 else { return 0 }
            if isFixed { return min(quantity, most) * net }
            if form == .linear {
                let zero = price * (1 - 1 / elasticity)
                let slope = quantity * elasticity / price
                // From nothing on, where the curve begins below.
                let start = max(0, zero)
                guard net > start else { return 0 }
                let full = zero + most / slope
                let bend = min(net, max(full, start))
                let low = slope * (start - zero)
                let area = (bend - start) * (min(low, most) + min(slope * (bend - zero), most)) / 2
                return area + (net > bend ? (net - bend) * most : 0)
            }
            let full = most < .infinity ? price * reuse_exp(reuse_log(most / quantity) / elasticity) : Double.infinity
            let bend = min(net, full)
            let area = bend * quantity * reuse_exp(elasticity * reuse_log(bend / price)) / (1 + elasticity)
            return area + (net > bend ? (net - bend) * most : 0)
        }
    }
}
