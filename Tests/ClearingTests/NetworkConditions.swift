import Foundation

#if canImport(ReuseEngine)
    @testable import ReuseEngine
#endif

extension RandomNetwork {
    private func demand(_ node: Int, _ price: Double) -> Double {
        guard let form = network.demandForms[node] else { return 0 }
        let (quantity, reference) = (point[.demand, node], point[.demandPrice, node])
        let paid = price * (1 + point[.vat, node]) + point[.tax, node] - point[.demandSubsidy, node]
        switch form {
        case .fixed: return quantity
        case .linear: return max(0, quantity * (1 + point[.demandElasticity, node] * (paid / reference - 1)))
        case .isoelastic: return quantity * pow(paid / reference, point[.demandElasticity, node])
        }
    }

    /// What a curve says at a net price: nothing below nothing.
    private func supply(_ supplier: Int, _ net: Double) -> Double {
        guard net >= 0 else { return 0 }
        let (volume, reference, elasticity) = (
            point[.volume, supplier], point[.volumePrice, supplier], point[.supplyElasticity, supplier]
        )
        let amount =
            switch network.supplyForms[supplier] {
            case .fixed: volume
            case .linear: max(0, volume * (1 + elasticity * (net / reference - 1)))
            case .isoelastic: volume * pow(net / reference, elasticity)
            }
        return min(amount, point[.supplyCapacity, supplier])
    }

    /// The worst natural residual of all conditions. Quantities are in units of the market's own size: the largest of its
    /// reference quantity, what is bought, offered, comes in and goes out; of a route's, the smaller of its two ends.
    /// Money is in units of the largest amount it is the difference of.
    func worstResidual(_ solution: ClearingSolution) -> (value: Double, what: String) {
        var worst = (value: 0.0, what: "")
        func note(_ value: Double, _ what: @autoclosure () -> String) {
            if !(value.magnitude <= worst.value) { worst = (value.isNaN ? .infinity : value.magnitude, what()) }
        }
        let nodes = network.demandForms.indices
        let highest = max(solution.price.max() ?? 1, 1e-9 * (point[.demandPrice].max() ?? 1))
        // A price is known to a billionth of the money it is the difference of; so much is open in what a curve says.
        let bought = nodes.map { solution.bought[$0] < 0 ? demand($0, solution.price[$0]) : solution.bought[$0] }
        for node in nodes where solution.bought[node] >= 0 {
            let blur = 1e-9 * solution.price[node]
            let (low, high) = (demand(node, solution.price[node] + blur), demand(node, solution.price[node] - blur))
            // Where the blur hides the last price that buyers pay, they may take any amount.
            let most = high.isNaN ? .infinity : high
            let away = max(low - bought[node], bought[node] - most, 0)
            note(away / max(point[.demand, node], bought[node]), "demand \(node)")
        }
        var balance = bought.map { -$0 }
        var arrivals = bought.map { _ in 0.0 }
        var size = nodes.map { max(bought[$0], point[.demand, $0]) }
        var offered = arrivals
        for supplier in network.supplyForms.indices {
            let amount = solution.collected[supplier]
            var net = point[.supplySubsidy, supplier] - point[.supplyCost, supplier]
            let rejected = network.outputs[supplier].reduce(1) { $0 - point[.yield, $1.yield] }
            net -= point[.disposalCost, supplier] * rejected
            var money = net.magnitude
            for output in network.outputs[supplier] {
                let worth = point[.yield, output.yield] * solution.price[output.node] * (1 - point[.levy, supplier])
                net += worth
                money += worth
                size[output.node] = max(
                    size[output.node],
                    point[.yield, output.yield] * min(point[.volume, supplier], point[.supplyCapacity, supplier]))
                offered[output.node] += point[.yield, output.yield] * amount
                balance[output.node] += point[.yield, output.yield] * amount
            }
            let blur = 1e-9 * money
            let (low, high) = (supply(supplier, net - blur), supply(supplier, net + blur))
            note(max(low - amount, amount - high, 0) / max(point[.volume, supplier], amount), "supply \(supplier)")
        }
        var departures = arrivals
        for (route, ends) in network.routes.enumerated() {
            let flow = solution.flow[route]
            departures[ends.from] += flow
            arrivals[ends.to] += (1 - point[.loss, route]) * flow
        }
        for node in nodes {
            balance[node] += arrivals[node] - departures[node]
            size[node] = max(size[node], offered[node], arrivals[node], departures[node])
            // Nothing is smaller than a billionth of what it is joined to.
            for ends in network.routes where ends.from == node || ends.to == node {
                size[node] = max(size[node], 1e-9 * max(point[.demand, ends.from], point[.demand, ends.to]))
            }
            if size[node] == 0 { size[node] = 1 }
        }
        for (route, ends) in network.routes.enumerated() {
            let flow = solution.flow[route] / min(size[ends.from], size[ends.to])
            let kept = 1 - point[.loss, route]
            let landed =
                (solution.price[ends.from] * (1 + point[.exportTax, route]) + point[.routeCost, route])
                * (1 + point[.tariff, route]) + point[.duty, route]
            let worth = kept * solution.price[ends.to]
            let rents = solution.rent[route] + kept * solution.quotaRent[ends.to]
            let margin = (landed + rents - worth) / max(landed, worth, highest * 1e-6)
            note(min(flow, margin), "route \(route)")
            let room = point[.routeCapacity, route] / min(size[ends.from], size[ends.to]) - flow
            note(min(room, solution.rent[route] / max(landed, worth)), "capacity \(route)")
        }
        for node in nodes {
            note(min(balance[node] / size[node], solution.price[node] / highest), "market \(node)")
            let room = (point[.importQuota, node] - arrivals[node]) / size[node]
            note(min(room, solution.quotaRent[node] / highest), "quota \(node)")
        }
        return worst
    }

    /// For `refusals.py`: what decides whether all fixed demands can be served.
    func json(seed: UInt64, refusal: String, missing: Double) -> String {
        func list(_ values: [Double]) -> String {
            "[" + values.map { $0 == .infinity ? "null" : "\($0)" }.joined(separator: ",") + "]"
        }
        let forms = network.demandForms.map { $0 == nil ? "\"none\"" : "\"\($0!)\"" }.joined(separator: ",")
        let supplies = network.supplyForms.map { "\"\($0)\"" }.joined(separator: ",")
        let outputs = network.outputs.map { outputs in
            "[" + outputs.map { "[\($0.node),\(point[.yield, $0.yield])]" }.joined(separator: ",") + "]"
        }.joined(separator: ",")
        let routes = network.routes.map { "[\($0.from),\($0.to)]" }.joined(separator: ",")
        return """
            {"seed":\(seed),"refusal":"\(refusal)","missing":\(missing),"demandForms":[\(forms)],"supplyForms":[\(supplies)],\
            "outputs":[\(outputs)],"routes":[\(routes)],"quantity":\(list(point[.demand])),\
            "quota":\(list(point[.importQuota])),"volume":\(list(point[.volume])),\
            "supplyCapacity":\(list(point[.supplyCapacity])),"loss":\(list(point[.loss])),\
            "routeCapacity":\(list(point[.routeCapacity]))}
            """
    }
}
