import ReuseKernels
import ReuseModel

/// Who pays what and who gains what, at prices and flows that clear: all results. All money is per time.
struct ClearingAccounts: Sendable {
    /// By result in the order of `ClearedResult`, then node, supplier or route; of `offered`, by output.
    private(set) var values: [Double] = []
    /// By result, where its values begin; then, how many there are.
    private var starts = emptyStarts
    /// Whether surpluses and welfare are asked for.
    var needsSurpluses = true

    private static let emptyStarts = Array(repeating: 0, count: ClearedResult.allCases.count + 1)

    /// Sums go through the network in an order, since the order of terms is in their last bits.
    mutating func update(
        network: ClearingNetwork, point: ClearingPoint, solution: ClearingSolution, order: ClearingOrder
    ) {
        if values.isEmpty { layOut(network) }
        values.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
        take(solution.price, as: .price)
        take(solution.quotaRent, as: .quotaRent)
        take(solution.unsold, as: .unsold)
        take(solution.collected, as: .collected)
        take(solution.flow, as: .flow)
        take(solution.rent, as: .rent)
        addDemands(network, point, solution)
        addSupplies(network, point, solution, order)
        addRoutes(network, point, solution, order)
        for node in order.nodes { self[.totalWelfare, 0] += self[.welfare, node] }
    }

    /// Makes room for the results of a network.
    mutating func layOut(_ network: ClearingNetwork) {
        let outputs = network.outputs.reduce(0) { max($0, $1.reduce(0) { max($0, $1.yield + 1) }) }
        for result in ClearedResult.allCases {
            let count = result == .offered ? outputs : network.count(of: result.owner)
            starts[Int(result.rawValue) + 1] = starts[Int(result.rawValue)] + count
        }
        values = Array(repeating: 0, count: starts[ClearedResult.allCases.count])
    }

    /// Where a result of a node, supplier, output or route is in `values`.
    @inline(__always)
    func place(of result: ClearedResult, _ position: Int) -> Int { starts[Int(result.rawValue)] + position }

    subscript(_ result: ClearedResult, _ position: Int) -> Double {
        @inline(__always) get { values[place(of: result, position)] }
        @inline(__always) set { values[place(of: result, position)] = newValue }
    }

    /// All values of a result.
    subscript(_ result: ClearedResult) -> [Double] {
        Array(values[starts[Int(result.rawValue)]..<starts[Int(result.rawValue) + 1]])
    }

    private mutating func take(_ found: [Double], as result: ClearedResult) {
        let start = starts[Int(result.rawValue)]
        values.withUnsafeMutableBufferPointer { values in
            for position in found.indices { values[start + position] = found[position] }
        }
    }

    private mutating func addDemands(
        _ network: ClearingNetwork, _ point: ClearingPoint, _ solution: ClearingSolution
    ) {
        for (node, form) in network.demandForms.enumerated() {
            guard let form else { continue }
            let price = solution.price[node]
            let paid = price * (1 + point[.vat, node]) + point[.tax, node] - point[.demandSubsidy, node]
            let curve = Curve(
                form: form, quantity: point[.demand, node], price: point[.demandPrice, node],
                elasticity: point[.demandElasticity, node])
            let bought = solution.bought[node]
            let consumption = bought < 0 ? curve.demand(paid) : bought
            let taxRevenue = (point[.vat, node] * price + point[.tax, node]) * consumption
            let subsidyCost = point[.demandSubsidy, node] * consumption
            self[.consumption, node] = consumption
            self[.spending, node] = paid * consumption
            self[.taxRevenue, node] = taxRevenue
            self[.subsidyCost, node] = subsidyCost
            var surplus = 0.0
            if needsSurpluses {
                let known = bought < 0 ? paid : max(paid, 1e-11 * point[.demandSubsidy, node])
                surplus = curve.consumerSurplus(known)
                self[.consumerSurplus, node] = surplus
            }
            self[.welfare, node] += surplus + taxRevenue - subsidyCost
        }
    }

    private mutating func addSupplies(
        _ network: ClearingNetwork, _ point: ClearingPoint, _ solution: ClearingSolution, _ order: ClearingOrder
    ) {
        for supplier in order.suppliers {
            let collected = solution.collected[supplier]
            var (rejected, revenue) = (collected, 0.0)
            for output in network.outputs[supplier] {
                let offered = point[.yield, output.yield] * collected
                rejected -= offered
                revenue += solution.price[output.node] * offered
                self[.offered, output.yield] = offered
                self[.supplied, output.node] += offered
            }
            let levyRevenue = point[.levy, supplier] * revenue
            let subsidyCost = point[.supplySubsidy, supplier] * collected
            self[.rejected, supplier] = max(0, rejected)
            self[.revenue, supplier] = revenue
            self[.levyRevenue, supplier] = levyRevenue
            self[.supplySubsidyCost, supplier] = subsidyCost
            guard needsSurpluses else { continue }
            let curve = Curve(
                form: network.supplyForms[supplier], quantity: point[.volume, supplier],
                price: point[.volumePrice, supplier], elasticity: point[.supplyElasticity, supplier])
            let surplus = curve.producerSurplus(
                solution.netPrice[supplier], most: point[.supplyCapacity, supplier])
            self[.producerSurplus, supplier] = surplus
            guard let home = network.outputs[supplier].first?.node else { continue }
            self[.welfare, home] += surplus + levyRevenue - subsidyCost
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
            let arrived = (1 - point[.loss, route]) * flow
            let (cost, exportTax) = (point[.routeCost, route], point[.exportTax, route])
            let exportTaxRevenue = exportTax * price * flow
            let tariffRevenue =
                (point[.tariff, route] * (price * (1 + exportTax) + cost) + point[.duty, route]) * flow
            self[.arrived, route] = arrived
            self[.value, route] = price * flow
            self[.landedValue, route] = solution.price[ends.to] * arrived
            self[.freight, route] = cost * flow
            self[.exportTaxRevenue, route] = exportTaxRevenue
            self[.tariffRevenue, route] = tariffRevenue
            self[.exports, ends.from] += flow
            self[.imports, ends.to] += arrived
            self[.welfare, ends.from] += exportTaxRevenue
            self[.welfare, ends.to] +=
                tariffRevenue + solution.rent[route] * flow + solution.quotaRent[ends.to] * arrived
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

/// Which results rest on a price or a flow that is one of several.
extension ClearingAccounts {
    static func isOpen(
        _ result: ClearedResult, of position: Int, _ network: ClearingNetwork, _ point: ClearingPoint,
        _ solution: ClearingSolution
    ) -> Bool {
        func isOpen(ends route: Int) -> Bool {
            solution.isOpenPrice[network.routes[route].from] || solution.isOpenPrice[network.routes[route].to]
        }
        func isTaxed(_ route: Int) -> Bool {
            point[.exportTax, route] != 0 || point[.tariff, route] != 0 || point[.duty, route] != 0
        }
        func hasOpenRoute(_ isMine: (Int) -> Bool) -> Bool {
            network.routes.indices.contains { solution.isOpenFlow[$0] && isMine($0) }
        }
        switch result {
        case .consumption, .subsidyCost: return false
        case .collected, .offered, .rejected, .supplySubsidyCost: return solution.isOpenSupply[position]
        case .supplied, .unsold:
            return network.outputs.indices.contains { supplier in
                solution.isOpenSupply[supplier] && network.outputs[supplier].contains { $0.node == position }
            }
        case .price, .quotaRent, .spending, .taxRevenue, .consumerSurplus: return solution.isOpenPrice[position]
        case .imports: return hasOpenRoute { network.routes[$0].to == position }
        case .exports: return hasOpenRoute { network.routes[$0].from == position }
        case .welfare:
            return solution.isOpenPrice[position]
                || hasOpenRoute {
                    isTaxed($0) && (network.routes[$0].to == position || network.routes[$0].from == position)
                }
        case .revenue, .levyRevenue, .producerSurplus:
            return solution.isOpenSupply[position]
                || network.outputs[position].contains { solution.isOpenPrice[$0.node] }
        case .flow, .arrived, .freight: return solution.isOpenFlow[position]
        case .value, .landedValue, .tariffRevenue, .exportTaxRevenue:
            return solution.isOpenFlow[position] || (solution.flow[position] > 0 && isOpen(ends: position))
        case .rent: return solution.rent[position] > 0 && isOpen(ends: position)
        case .totalWelfare: return hasOpenRoute(isTaxed)
        }
    }

    /// Whether a result takes areas under curves, which cost more than all else.
    static func isSurplus(_ result: ClearedResult) -> Bool {
        [.consumerSurplus, .producerSurplus, .welfare, .totalWelfare].contains(result)
    }
}
