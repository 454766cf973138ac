import ReuseCore
import ReuseModel

/// Where a field of the next point is read.
struct ClearingRead {
    enum Kind: UInt8 { case constant, uniform, lane }

    var kind = Kind.constant
    /// Whether `none` stands for no limit.
    var isLimit = false
    var constant = 0.0
    var definition = -1
    /// In the values of the machine, at the first step; `stride` goes on by a step.
    var place = 0
    var stride = 0
}

/// Where a result goes.
struct ClearingWrite {
    var kind: ClearedResult
    /// Of the market, supply or route in the network.
    var position: Int
    /// Where the yield is, for what is offered.
    var yield: Int
    var place: Int
    var stride: Int
    var isSampled: Bool
    /// In `ClearingPlan.outputs`.
    var output: Int
}

/// A point, its solution and what comes of it.
struct ClearingState {
    var point = ClearingPoint()
    var solution = ClearingSolution()
    var accounts = ClearingAccounts()
}

/// What a clearing works with: its solver, tables of where its numbers come from and go to, and starts for its searches.
final class ClearingWork {
    let solver: ClearingSolver
    var state = ClearingState()
    /// By combination of the separate indexes, then step: the central run's solution, a start for all samples.
    var hints: [ClearingHint?] = []
    /// By output of the plan: the first step at which its value was one of several that would do.
    var openSince: [Int?]
    var members: [Int]
    /// The combination that the tables are for.
    var combination = -1
    /// By field in the order of `MarketField`, then market, supply, yield or route.
    var reads: [ClearingRead] = []
    var readStart: [Int] = []
    /// By field: whether any of its values differs between samples.
    var fieldIsSampled: [Bool] = []
    var writes: [ClearingWrite] = []
    /// For each write, that of the baseline's clearing with the same result; and whether it has all of them.
    var twins: [Int] = []
    /// By combination and step: the block of samples that was cleared last.
    var blocks: [UInt64] = []
    var sharesResults: Bool?

    init(_ plan: ClearingPlan) {
        solver = ClearingSolver(network: plan.network)
        let nodes = Array(repeating: 0.0, count: plan.nodes.count)
        let suppliers = Array(repeating: 0.0, count: plan.suppliers.count)
        let routes = Array(repeating: 0.0, count: plan.arcs.count)
        state.point = ClearingPoint(
            quantity: nodes, referencePrice: nodes, elasticity: nodes, vat: nodes, tax: nodes, subsidy: nodes,
            importQuota: nodes, volume: suppliers, supplyReferencePrice: suppliers, supplyElasticity: suppliers,
            cost: suppliers, levy: suppliers, supplySubsidy: suppliers, supplyCapacity: suppliers,
            yields: Array(repeating: 0.0, count: plan.yields.count), routeCost: routes, exportTax: routes,
            tariff: routes, duty: routes, loss: routes, routeCapacity: routes)
        members = Array(repeating: 0, count: plan.indexCount)
        openSince = Array(repeating: nil, count: plan.outputs.count)
    }
}

extension Worker {
    /// Clears the markets at one step and one combination of the separate indexes, for lanes or for all samples at once.
    func clear(_ number: Int, _ definition: Int, _ combination: Int, _ step: Int, lanes: Range<Int>) {
        let work: ClearingWork
        if let known = clearings[number] {
            work = known
        } else {
            work = ClearingWork(program.clearings[number])
            clearings[number] = work
        }
        if work.combination != combination {
            // A definition's combinations run over all its indexes; those of joint products clear together, at the first.
            guard takePoint(program.clearings[number], definition, combination, work) else { return }
            tabulate(program.clearings[number], work)
            work.combination = combination
        }
        let isSampled = program.definitions[definition].isSampled
        let place = combination * max(program.calendar.count, 1) + step
        let hint = place < work.hints.count ? work.hints[place] : nil
        let first = Int(truncatingIfNeeded: machine.firstSample)
        let solver = work.solver
        let block = isSampled ? machine.firstSample + 1 : .max
        if place >= work.blocks.count {
            work.blocks += Array(repeating: 0, count: place + 1 - work.blocks.count)
        }
        work.blocks[place] = block
        let baseline = baseline(for: number, work, at: place, of: block)
        // Held here while it works, so that its arrays are neither copied nor counted.
        var state = ClearingState()
        swap(&state, &work.state)
        defer { swap(&state, &work.state) }
        solver.stop.isCancelled = machine.isCancelled
        var isCancelled = false
        var isFirst = true
        for lane in isSampled ? lanes : 0..<1 where !machine.stops() {
            var fault = gather(work, &state.point, step, lane, all: isFirst)
            // A fault may be one of all lanes.
            isFirst = fault != nil
            if isCancelled, fault == nil {
                machine.step = step
                fault = machine.poison(.cancelled, origin: program.definitions[definition].origin)
            }
            if fault == nil, let baseline, takeOver(baseline, work, state.point, step, lane, place) { continue }
            if fault == nil {
                switch solver.solve(state.point, hint: hint, into: &state.solution) {
                case .solved:
                    keepHint(work, at: place)
                    state.accounts.update(
                        network: solver.network, point: state.point, solution: state.solution, order: solver.order)
                case .failed(let failure):
                    let plan = program.clearings[number]
                    machine.step = step
                    if case .cancelled = failure.kind { isCancelled = true }
                    let reason = marketFault(failure, plan)
                    var origin = program.definitions[definition].origin
                    if case .cannotClear(_, let owner, let subject) = reason, subject >= 0,
                        let places = plan.places[owner], subject < places.count
                    {
                        origin = Origin(places[subject])
                    }
                    let value = machine.poison(reason, origin: origin)
                    if case .demandAboveCapacity = failure.kind { machine.note(failure.value, of: value) }
                    if isSampled, !isCancelled {
                        countFailure(value, number, sample: first + lane)
                        if reason.isUnsolved { unsolved.insert(first + lane) }
                    }
                    fault = value
                }
            }
            scatter(work, state, step, lane, fault)
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

    // MARK: Tables

    /// Notes where all fields are read and all results go, at the work's members.
    private func tabulate(_ plan: ClearingPlan, _ work: ClearingWork) {
        work.reads = []
        work.sharesResults = nil
        work.readStart = [0]
        work.fieldIsSampled = []
        work.writes = []
        work.state.accounts.needsSurpluses = false
        func stand(_ members: [Int]) {
            for (position, index) in plan.joint.enumerated() { work.members[index] = max(members[position], 0) }
        }
        func read(_ source: ClearingPlan.Source, _ field: MarketField) -> ClearingRead {
            var result = ClearingRead()
            result.isLimit = field == .importQuota || field == .supplyCapacity || field == .routeCapacity
            switch source {
            case .constant(let value): result.constant = value
            case .definition(let number, let indexes):
                let definition = program.definitions[number]
                result.definition = number
                if let constant = definition.constant {
                    result.constant = constant
                    if constant.isNaN { result.kind = .uniform }
                    if !constant.isNaN { return result }
                }
                (result.place, result.stride) = place(of: definition, indexes, work)
                result.kind = definition.isSampled ? .lane : .uniform
            }
            return result
        }
        for field in MarketField.allCases {
            let number = Int(field.rawValue)
            switch field.owner {
            case .market:
                for node in plan.nodes {
                    stand(node.members)
                    work.reads.append(read(plan.markets[node.subject][number], field))
                }
            case .supply where field == .yield:
                for yield in plan.yields {
                    stand(yield.members)
                    work.reads.append(
                        read(plan.supplies[yield.supply][number - Int(MarketField.volume.rawValue)], field))
                }
            case .supply:
                for supplier in plan.suppliers {
                    stand(supplier.members)
                    work.reads.append(
                        read(plan.supplies[supplier.subject][number - Int(MarketField.volume.rawValue)], field))
                }
            case .route, .whole:
                for arc in plan.arcs {
                    stand(arc.members)
                    work.reads.append(
                        read(plan.routes[arc.subject][number - Int(MarketField.routeCost.rawValue)], field))
                }
            }
            let start = work.readStart[number]
            work.fieldIsSampled.append(work.reads[start...].contains { $0.kind == .lane })
            work.readStart.append(work.reads.count)
        }
        for (number, output) in plan.outputs.enumerated() where needed[output.definition] {
            let definition = program.definitions[output.definition]
            func write(_ position: Int, _ yield: Int, _ members: [Int]) {
                for (position, index) in plan.joint.enumerated() where members[position] >= 0 {
                    work.members[index] = members[position]
                }
                let (place, stride) = place(of: definition, output.indexes, work)
                switch output.kind {
                case .consumerSurplus, .producerSurplus, .welfare, .totalWelfare:
                    work.state.accounts.needsSurpluses = true
                default: break
                }
                work.writes.append(
                    ClearingWrite(
                        kind: output.kind, position: position, yield: yield, place: place, stride: stride,
                        isSampled: definition.isSampled, output: number))
            }
            for (position, instance) in instances(of: output.kind.owner, plan).enumerated()
            where instance.subject == output.subject || output.kind.owner == .whole {
                guard output.kind == .offered else {
                    write(position, -1, instance.members)
                    continue
                }
                for offer in plan.network.outputs[position] {
                    write(position, offer.yield, plan.yields[offer.yield].members)
                }
            }
        }
    }

    /// Where the values of a definition begin at the work's members, and how they go on with the steps.
    private func place(of definition: Definition, _ indexes: [Int], _ work: ClearingWork) -> (place: Int, stride: Int) {
        var combination = 0
        for index in indexes { combination = combination * program.indexSizes[index] + work.members[index] }
        let steps = definition.varies ? program.calendar.count : 1
        return (definition.address + combination * steps, definition.varies ? 1 : 0)
    }

    // MARK: What a scenario leaves as it is

    /// The clearing of the baseline, where another scenario's differs from it by its numbers alone.
    private func baseline(for number: Int, _ work: ClearingWork, at place: Int, of block: UInt64) -> ClearingWork? {
        guard number > 0, let baseline = clearings[0], baseline.combination == work.combination,
            place < baseline.blocks.count, baseline.blocks[place] == block
        else { return nil }
        if let known = work.sharesResults { return known ? baseline : nil }
        let (own, other) = (program.clearings[number], program.clearings[0])
        var shares =
            own.separate == other.separate && own.joint == other.joint && own.nodes.count == other.nodes.count
            && own.suppliers.count == other.suppliers.count && own.arcs.count == other.arcs.count
            && work.writes.count <= baseline.writes.count
        // For each result where the baseline has it.
        work.twins = []
        for write in work.writes where shares {
            let subject = own.outputs[write.output].subject
            let twin = baseline.writes.firstIndex {
                $0.kind == write.kind && $0.position == write.position && $0.yield == write.yield
                    && other.outputs[$0.output].subject == subject
            }
            guard let twin, baseline.writes[twin].isSampled == write.isSampled else {
                shares = false
                break
            }
            work.twins.append(twin)
        }
        work.sharesResults = shares
        return shares ? baseline : nil
    }

    /// Takes over what the baseline has found, where all numbers are the same: outside the windows of its policies a
    /// scenario is not cleared again.
    private func takeOver(
        _ baseline: ClearingWork, _ work: ClearingWork, _ point: borrowing ClearingPoint, _ step: Int, _ lane: Int,
        _ place: Int
    ) -> Bool {
        guard hasNumbers(of: baseline, point, step, lane) else { return false }
        let (uniform, laneFile, width) = (machine.uniform, machine.laneFile, machine.width)
        func value(_ write: ClearingWrite) -> Double {
            let place = write.place + write.stride * step
            return write.isSampled ? laneFile[place * width + lane] : uniform[place]
        }
        // What failed there fails here by itself.
        for twin in work.twins where value(baseline.writes[twin]).isNaN { return false }
        for (write, twin) in zip(work.writes, work.twins) {
            let target = write.place + write.stride * step
            let found = value(baseline.writes[twin])
            if write.isSampled {
                laneFile[target * width + lane] = found
            } else {
                uniform[target] = found
            }
            if let since = baseline.openSince[baseline.writes[twin].output], since <= step,
                work.openSince[write.output].map({ since < $0 }) ?? true
            {
                work.openSince[write.output] = since
            }
        }
        if place < baseline.hints.count, makesHints { keepHint(work, baseline.hints[place], at: place) }
        return true
    }

    /// Whether the baseline's fields have the numbers of a point, to the bit.
    private func hasNumbers(
        of baseline: ClearingWork, _ point: borrowing ClearingPoint, _ step: Int, _ lane: Int
    ) -> Bool {
        let (uniform, laneFile, width) = (machine.uniform, machine.laneFile, machine.width)
        let readStart = baseline.readStart
        return baseline.reads.withUnsafeBufferPointer { reads in
            func same(_ values: [Double], _ field: MarketField) -> Bool {
                let start = readStart[Int(field.rawValue)]
                for position in values.indices {
                    let read = reads[start + position]
                    let value =
                        switch read.kind {
                        case .constant: read.constant
                        case .uniform: uniform[read.place + read.stride * step]
                        case .lane: laneFile[(read.place + read.stride * step) * width + lane]
                        }
                    let own = values[position]
                    if value.bitPattern == own.bitPattern { continue }
                    guard read.isLimit, Box.isNone(value), own == .infinity else { return false }
                }
                return true
            }
            return same(point.volume, .volume) && same(point.routeCost, .routeCost)
                && same(point.tariff, .tariff) && same(point.exportTax, .exportTax) && same(point.duty, .duty)
                && same(point.loss, .loss) && same(point.routeCapacity, .routeCapacity)
                && same(point.quantity, .demand) && same(point.referencePrice, .demandPrice)
                && same(point.elasticity, .demandElasticity) && same(point.vat, .vat) && same(point.tax, .tax)
                && same(point.subsidy, .demandSubsidy) && same(point.importQuota, .importQuota)
                && same(point.supplyReferencePrice, .volumePrice) && same(point.supplyElasticity, .supplyElasticity)
                && same(point.yields, .yield) && same(point.cost, .supplyCost) && same(point.levy, .levy)
                && same(point.supplySubsidy, .supplySubsidy) && same(point.supplyCapacity, .supplyCapacity)
        }
    }

    // MARK: Numbers in

    /// Reads all fields; the value that stands for a fault where one failed.
    private func gather(
        _ work: ClearingWork, _ point: inout ClearingPoint, _ step: Int, _ lane: Int, all: Bool
    ) -> Double? {
        var fault: Double?
        let (uniform, laneFile, width) = (machine.uniform, machine.laneFile, machine.width)
        let (readStart, fieldIsSampled) = (work.readStart, work.fieldIsSampled)
        work.reads.withUnsafeBufferPointer { reads in
            func fill(_ values: inout [Double], _ field: MarketField) {
                guard all || fieldIsSampled[Int(field.rawValue)] else { return }
                let start = readStart[Int(field.rawValue)]
                values.withUnsafeMutableBufferPointer { values in
                    for position in values.indices {
                        let read = reads[start + position]
                        switch read.kind {
                        case .constant: values[position] = read.constant
                        case .uniform: values[position] = uniform[read.place + read.stride * step]
                        case .lane:
                            values[position] = laneFile[(read.place + read.stride * step) * width + lane]
                        }
                        if values[position].isNaN {
                            values[position] = resolve(values[position], read, step, &fault)
                        }
                    }
                }
            }
            fill(&point.quantity, .demand)
            fill(&point.referencePrice, .demandPrice)
            fill(&point.elasticity, .demandElasticity)
            fill(&point.vat, .vat)
            fill(&point.tax, .tax)
            fill(&point.subsidy, .demandSubsidy)
            fill(&point.importQuota, .importQuota)
            fill(&point.volume, .volume)
            fill(&point.supplyReferencePrice, .volumePrice)
            fill(&point.supplyElasticity, .supplyElasticity)
            fill(&point.yields, .yield)
            fill(&point.cost, .supplyCost)
            fill(&point.levy, .levy)
            fill(&point.supplySubsidy, .supplySubsidy)
            fill(&point.supplyCapacity, .supplyCapacity)
            fill(&point.routeCost, .routeCost)
            fill(&point.exportTax, .exportTax)
            fill(&point.tariff, .tariff)
            fill(&point.duty, .duty)
            fill(&point.loss, .loss)
            fill(&point.routeCapacity, .routeCapacity)
        }
        return fault
    }

    /// A value that is no number: no limit, or a fault.
    private func resolve(_ value: Double, _ read: ClearingRead, _ step: Int, _ fault: inout Double?) -> Double {
        if read.isLimit, Box.isNone(value) { return .infinity }
        if fault == nil {
            machine.step = step
            let isNone = Box.isNone(value) && read.definition >= 0
            fault =
                isNone
                ? machine.poison(.noneInArithmetic, origin: program.definitions[read.definition].origin) : value
        }
        return value
    }

    // MARK: Results out

    private func scatter(
        _ work: ClearingWork, _ state: borrowing ClearingState, _ step: Int, _ lane: Int, _ fault: Double?
    ) {
        let (uniform, laneFile, width) = (machine.uniform, machine.laneFile, machine.width)
        let isOpen = fault == nil && !state.solution.isUnique
        let count = work.writes.count
        for number in 0..<count {
            let write = work.writes[number]
            let value = fault ?? value(write, state)
            let place = write.place + write.stride * step
            if write.isSampled {
                laneFile[place * width + lane] = value
            } else {
                uniform[place] = value
            }
            if isOpen, work.openSince[write.output].map({ step < $0 }) ?? true {
                if isOpenResult(write, work.solver.network, state) { work.openSince[write.output] = step }
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

    private func value(_ write: ClearingWrite, _ state: borrowing ClearingState) -> Double {
        let position = write.position
        switch write.kind {
        case .price: return state.solution.price[position]
        case .quotaRent: return state.solution.quotaRent[position]
        case .unsold: return state.solution.unsold[position]
        case .consumption: return state.accounts.consumption[position]
        case .supplied: return state.accounts.supplied[position]
        case .imports: return state.accounts.imports[position]
        case .exports: return state.accounts.exports[position]
        case .spending: return state.accounts.spending[position]
        case .taxRevenue: return state.accounts.taxRevenue[position]
        case .consumerSurplus: return state.accounts.consumerSurplus[position]
        case .welfare: return state.accounts.marketWelfare[position]
        case .collected: return state.solution.collected[position]
        case .offered: return state.point.yields[write.yield] * state.solution.collected[position]
        case .rejected: return state.accounts.rejected[position]
        case .revenue: return state.accounts.revenue[position]
        case .levyRevenue: return state.accounts.levyRevenue[position]
        case .producerSurplus: return state.accounts.producerSurplus[position]
        case .flow: return state.solution.flow[position]
        case .arrived: return state.accounts.arrived[position]
        case .value: return state.accounts.value[position]
        case .landedValue: return state.accounts.landedValue[position]
        case .freight: return state.accounts.freight[position]
        case .tariffRevenue: return state.accounts.tariffRevenue[position]
        case .exportTaxRevenue: return state.accounts.exportTaxRevenue[position]
        case .rent: return state.solution.rent[position]
        case .totalWelfare: return state.accounts.welfare
        }
    }

    /// Whether a result rests on a price or a flow that is one of several.
    private func isOpenResult(
        _ write: ClearingWrite, _ network: ClearingNetwork, _ state: borrowing ClearingState
    ) -> Bool {
        let (solution, point, position) = (state.solution, state.point, write.position)
        func isOpen(ends route: Int) -> Bool {
            solution.isOpenPrice[network.routes[route].from] || solution.isOpenPrice[network.routes[route].to]
        }
        func isTaxed(_ route: Int) -> Bool {
            point.exportTax[route] != 0 || point.tariff[route] != 0 || point.duty[route] != 0
        }
        func hasOpenRoute(_ isMine: (Int) -> Bool) -> Bool {
            network.routes.indices.contains { solution.isOpenFlow[$0] && isMine($0) }
        }
        switch write.kind {
        case .consumption: return false
        case .collected, .offered, .rejected: return solution.isOpenSupply[position]
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

    // MARK: Failures

    /// In how many samples a clearing fails in one way.
    private func countFailure(_ value: Double, _ clearing: Int, sample: Int) {
        guard let number = Box.fault(in: value) else { return }
        let key = FailureKey(fault: number, clearing: clearing)
        var known = failures[key] ?? (count: 0, last: -1)
        if known.last == sample { return }
        known = (known.count + 1, sample)
        failures[key] = known
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
        case .demandAboveCapacity(let isShared):
            return fault(isShared ? .demandsAboveCapacity : .demandAboveCapacity, .market)
        case .unreachable: return fault(.unreachable, .market)
        case .demandElasticity: return fault(.demandElasticity, .market)
        case .supplyElasticity: return fault(.supplyElasticity, .supply)
        case .yieldAboveOne: return fault(.yieldAboveOne, .supply)
        case .negativeQuantity(let place): return fault(.negativeQuantity, owner(place))
        case .outOfRange(let place): return fault(.outOfRange, owner(place))
        case .share(let share): return fault(.share(share), share.owner)
        case .cancelled: return .cancelled
        case .malformed: return fault(.notConverged, .whole)
        case .notConverged(let place): return fault(.notConverged, owner(place))
        }
    }
}

extension ClearingShare {
    fileprivate var owner: MarketOwner {
        switch self {
        case .vat: .market
        case .levy: .supply
        case .loss, .exportTax, .tariff: .route
        }
    }
}
