import ReuseModel

/// What a clearing works with: its solver, and the bases that its samples hand on from step to step.
final class ClearingWork {
    let solver: ClearingSolver
    var point: ClearingPoint
    var solution = ClearingSolution()
    var accounts = ClearingAccounts()
    /// By combination of the separate indexes, then lane: the basis of the step before.
    var bases: [ClearingBasis?] = []
    var members: [Int]

    init(_ plan: ClearingPlan) {
        solver = ClearingSolver(network: plan.network)
        let nodes = Array(repeating: 0.0, count: plan.nodes.count)
        let suppliers = Array(repeating: 0.0, count: plan.suppliers.count)
        let routes = Array(repeating: 0.0, count: plan.arcs.count)
        point = ClearingPoint(
            quantity: nodes, referencePrice: nodes, elasticity: nodes, vat: nodes, tax: nodes, subsidy: nodes,
            importQuota: nodes, volume: suppliers, supplyReferencePrice: suppliers, supplyElasticity: suppliers,
            cost: suppliers, levy: suppliers, supplySubsidy: suppliers, supplyCapacity: suppliers,
            yields: Array(repeating: 0.0, count: plan.yields.count), routeCost: routes, exportTax: routes,
            tariff: routes, duty: routes, loss: routes, routeCapacity: routes)
        members = Array(repeating: 0, count: plan.indexCount)
    }
}

extension Execution {
    /// Clears the markets at one step and one combination of the separate indexes, for lanes or for all samples at once.
    func clear(_ number: Int, _ definition: Int, _ combination: Int, _ step: Int, lanes: Range<Int>) {
        let plan = program.clearings[number]
        let work: ClearingWork
        if let known = clearings[number] {
            work = known
        } else {
            work = ClearingWork(plan)
            clearings[number] = work
        }
        // A definition's combinations run over all its indexes; those of joint products clear together, at the first.
        guard takePoint(plan, definition, combination, work) else { return }
        let isSampled = program.definitions[definition].isSampled
        for lane in isSampled ? lanes : 0..<1 {
            let place = combination * Machine.lanes + lane
            if place >= work.bases.count {
                work.bases += Array(repeating: nil, count: place + 1 - work.bases.count)
            }
            var fault = gather(plan, work, step, isSampled ? lane : nil)
            if fault == nil {
                // The basis of the step before, of the same sample, is a good guess.
                let basis = step > 0 ? work.bases[place] : nil
                switch work.solver.solve(work.point, basis: basis, into: &work.solution) {
                case .solved: work.bases[place] = work.solver.basis
                case .failed(let failure):
                    work.bases[place] = nil
                    machine.step = step
                    let reason = marketFault(failure, plan)
                    var origin = program.definitions[definition].origin
                    if case .cannotClear(_, let owner, let subject) = reason, subject >= 0,
                        let places = plan.places[owner], subject < places.count
                    {
                        origin = places[subject]
                    }
                    fault = machine.poison(reason, origin: origin)
                }
            }
            if fault == nil {
                work.accounts.update(network: plan.network, point: work.point, solution: work.solution)
            }
            scatter(plan, work, step, isSampled ? lane : nil, fault)
        }
    }

    /// Members of the separate indexes at a combination; false where the joint ones are not at their first.
    private func takePoint(_ plan: ClearingPlan, _ definition: Int, _ combination: Int, _ work: ClearingWork) -> Bool {
        var rest = combination
        for index in program.definitions[definition].axes.indexNumbers.reversed() {
            work.members[index] = rest % program.indexSizes[index]
            rest /= program.indexSizes[index]
        }
        return plan.joint.allSatisfy { work.members[$0] == 0 }
    }

    // MARK: Numbers in

    /// Reads all fields; the value that stands for a fault where one failed.
    private func gather(_ plan: ClearingPlan, _ work: ClearingWork, _ step: Int, _ lane: Int?) -> Double? {
        var fault: Double?
        func read(_ source: ClearingPlan.Source, _ isLimit: Bool) -> Double {
            switch source {
            case .constant(let value): return value
            case .definition(let number, let indexes):
                var combination = 0
                for index in indexes { combination = combination * program.indexSizes[index] + work.members[index] }
                let value =
                    lane.map { laneValue(number, combination, step, $0) } ?? uniformValue(number, combination, step)
                if value.isNaN {
                    if isLimit, Box.isNone(value) { return .infinity }
                    if fault == nil {
                        machine.step = step
                        fault =
                            Box.isNone(value)
                            ? machine.poison(.noneInArithmetic, origin: program.definitions[number].origin) : value
                    }
                }
                return value
            }
        }
        func stand(_ members: [Int]) {
            for (position, index) in plan.joint.enumerated() { work.members[index] = max(members[position], 0) }
        }
        for (position, node) in plan.nodes.enumerated() {
            stand(node.members)
            let fields = plan.markets[node.subject]
            work.point.quantity[position] = read(fields[0], false)
            work.point.referencePrice[position] = read(fields[1], false)
            work.point.elasticity[position] = read(fields[2], false)
            work.point.vat[position] = read(fields[3], false)
            work.point.tax[position] = read(fields[4], false)
            work.point.subsidy[position] = read(fields[5], false)
            work.point.importQuota[position] = read(fields[6], true)
        }
        for (position, supplier) in plan.suppliers.enumerated() {
            stand(supplier.members)
            let fields = plan.supplies[supplier.subject]
            work.point.volume[position] = read(fields[0], false)
            work.point.supplyReferencePrice[position] = read(fields[1], false)
            work.point.supplyElasticity[position] = read(fields[2], false)
            work.point.cost[position] = read(fields[4], false)
            work.point.levy[position] = read(fields[5], false)
            work.point.supplySubsidy[position] = read(fields[6], false)
            work.point.supplyCapacity[position] = read(fields[7], true)
        }
        for (position, yield) in plan.yields.enumerated() {
            stand(yield.members)
            work.point.yields[position] = read(plan.supplies[yield.supply][3], false)
        }
        for (position, arc) in plan.arcs.enumerated() {
            stand(arc.members)
            let fields = plan.routes[arc.subject]
            work.point.routeCost[position] = read(fields[0], false)
            work.point.exportTax[position] = read(fields[1], false)
            work.point.tariff[position] = read(fields[2], false)
            work.point.duty[position] = read(fields[3], false)
            work.point.loss[position] = read(fields[4], false)
            work.point.routeCapacity[position] = read(fields[5], true)
        }
        return fault
    }

    // MARK: Results out

    private func scatter(_ plan: ClearingPlan, _ work: ClearingWork, _ step: Int, _ lane: Int?, _ fault: Double?) {
        for output in plan.outputs where needed[output.definition] {
            for (position, instance) in instances(of: output.kind.owner, plan).enumerated()
            where instance.subject == output.subject || output.kind.owner == .whole {
                if output.kind == .offered, let fault {
                    for (place, yield) in plan.yields.enumerated() where yield.supply == output.subject {
                        write(fault, output, plan, plan.yields[place].members, work, step, lane)
                    }
                    continue
                }
                if output.kind == .offered {
                    for offer in plan.network.outputs[position] {
                        let value = work.point.yields[offer.yield] * work.solution.collected[position]
                        write(value, output, plan, plan.yields[offer.yield].members, work, step, lane)
                    }
                    continue
                }
                write(
                    fault ?? value(output.kind, position, plan, work), output, plan, instance.members, work, step, lane)
            }
        }
    }

    private func instances(of owner: MarketOwner, _ plan: ClearingPlan) -> [ClearingPlan.Instance] {
        switch owner {
        case .market: plan.nodes
        case .supply: plan.suppliers
        case .route: plan.arcs
        case .whole: [ClearingPlan.Instance(subject: -1, members: Array(repeating: -1, count: plan.joint.count))]
        }
    }

    private func value(_ kind: ClearedResult, _ position: Int, _ plan: ClearingPlan, _ work: ClearingWork) -> Double {
        let accounts = work.accounts
        switch kind {
        case .price: return work.solution.price[position]
        case .quotaRent: return work.solution.quotaRent[position]
        case .unsold: return work.solution.unsold[position]
        case .consumption: return accounts.consumption[position]
        case .supplied: return accounts.supplied[position]
        case .imports: return accounts.imports[position]
        case .exports: return accounts.exports[position]
        case .spending: return accounts.spending[position]
        case .taxRevenue: return accounts.taxRevenue[position]
        case .consumerSurplus: return accounts.consumerSurplus[position]
        case .welfare: return accounts.marketWelfare[position]
        case .collected: return work.solution.collected[position]
        case .offered: return 0
        case .rejected: return accounts.rejected[position]
        case .revenue: return accounts.revenue[position]
        case .levyRevenue: return accounts.levyRevenue[position]
        case .producerSurplus: return accounts.producerSurplus[position]
        case .flow: return work.solution.flow[position]
        case .arrived: return accounts.arrived[position]
        case .value: return accounts.value[position]
        case .landedValue: return accounts.landedValue[position]
        case .freight: return accounts.freight[position]
        case .tariffRevenue: return accounts.tariffRevenue[position]
        case .exportTaxRevenue: return accounts.exportTaxRevenue[position]
        case .rent: return work.solution.rent[position]
        case .totalWelfare: return accounts.welfare
        }
    }

    private func write(
        _ value: Double, _ output: ClearingPlan.Output, _ plan: ClearingPlan, _ members: [Int], _ work: ClearingWork,
        _ step: Int, _ lane: Int?
    ) {
        for (position, index) in plan.joint.enumerated() where members[position] >= 0 {
            work.members[index] = members[position]
        }
        var combination = 0
        for index in output.indexes { combination = combination * program.indexSizes[index] + work.members[index] }
        let definition = program.definitions[output.definition]
        let steps = definition.varies ? program.calendar.count : 1
        let place = definition.address + combination * steps + (definition.varies ? step : 0)
        if definition.isSampled {
            machine.laneFile[place * Machine.lanes + (lane ?? 0)] = value
        } else {
            machine.uniform[place] = value
        }
    }

    /// What a failure is called, and the market, supply or route that it is about.
    private func marketFault(_ failure: ClearingFailure, _ plan: ClearingPlan) -> RunFault {
        func fault(_ problem: MarketProblem, _ owner: MarketOwner) -> RunFault {
            let instances = instances(of: owner, plan)
            let isKnown = failure.index >= 0 && failure.index < instances.count
            return .cannotClear(problem, owner, isKnown ? instances[failure.index].subject : -1)
        }
        func owner(_ place: ClearingPlace) -> MarketOwner {
            switch place {
            case .node: .market
            case .supplier: .supply
            case .route: .route
            }
        }
        switch failure.kind {
        case .demandAboveCapacity: return fault(.demandAboveCapacity, .market)
        case .unreachable: return fault(.unreachable, .market)
        case .demandElasticity: return fault(.demandElasticity, .market)
        case .supplyElasticity: return fault(.supplyElasticity, .supply)
        case .yieldAboveOne: return fault(.yieldAboveOne, .supply)
        case .negativeQuantity(let place): return fault(.negativeQuantity, owner(place))
        case .outOfRange(let place): return fault(.outOfRange, owner(place))
        case .malformed: return fault(.notConverged, .whole)
        case .notConverged(let place): return fault(.notConverged, owner(place))
        }
    }
}
