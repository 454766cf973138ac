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
    /// In the values of the accounts.
    var source: Int
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
    /// As the values of a point: by field, then by what it belongs to.
    var reads: [ClearingRead] = []
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
        state.accounts.layOut(plan.network)
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
        work.fieldIsSampled = []
        work.writes = []
        work.state.accounts.needsSurpluses = false
        func stand(_ members: [Int]) {
            for (position, index) in plan.joint.enumerated() { work.members[index] = max(members[position], 0) }
        }
        func read(_ source: ClearingPlan.Source, _ field: MarketField) -> ClearingRead {
            var result = ClearingRead()
            result.isLimit = field.isLimit
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
        var point = ClearingPoint()
        for field in MarketField.allCases {
            let sources = plan.sources[Int(field.rawValue)]
            let start = work.reads.count
            if field == .yield {
                for yield in plan.yields {
                    stand(yield.members)
                    work.reads.append(read(sources[yield.supply], field))
                }
            } else {
                for instance in instances(of: field.owner, plan) {
                    stand(instance.members)
                    work.reads.append(read(sources[instance.subject], field))
                }
            }
            work.fieldIsSampled.append(work.reads[start...].contains { $0.kind == .lane })
            point[field] = Array(repeating: 0, count: work.reads.count - start)
        }
        work.state.point = point
        for (number, output) in plan.outputs.enumerated() where needed[output.definition] {
            let definition = program.definitions[output.definition]
            func write(_ position: Int, _ yield: Int, _ members: [Int]) {
                for (position, index) in plan.joint.enumerated() where members[position] >= 0 {
                    work.members[index] = members[position]
                }
                let (place, stride) = place(of: definition, output.indexes, work)
                if ClearingAccounts.isSurplus(output.kind) { work.state.accounts.needsSurpluses = true }
                work.writes.append(
                    ClearingWrite(
                        kind: output.kind, position: position, yield: yield,
                        source: work.state.accounts.place(of: output.kind, yield < 0 ? position : yield),
                        place: place, stride: stride,
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
        return baseline.reads.withUnsafeBufferPointer { reads in
            point.values.withUnsafeBufferPointer { values in
                guard reads.count == values.count else { return false }
                for position in values.indices {
                    let read = reads[position]
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
        }
    }

    // MARK: Numbers in

    /// Reads all fields; the value that stands for a fault where one failed.
    private func gather(
        _ work: ClearingWork, _ point: inout ClearingPoint, _ step: Int, _ lane: Int, all: Bool
    ) -> Double? {
        var fault: Double?
        let (uniform, laneFile, width) = (machine.uniform, machine.laneFile, machine.width)
        let (starts, fieldIsSampled) = (point.starts, work.fieldIsSampled)
        work.reads.withUnsafeBufferPointer { reads in
            point.values.withUnsafeMutableBufferPointer { values in
                for field in fieldIsSampled.indices where all || fieldIsSampled[field] {
                    for position in starts[field]..<starts[field + 1] {
                        let read = reads[position]
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
            let value = fault ?? state.accounts.values[write.source]
            let place = write.place + write.stride * step
            if write.isSampled {
                laneFile[place * width + lane] = value
            } else {
                uniform[place] = value
            }
            if isOpen, work.openSince[write.output].map({ step < $0 }) ?? true {
                let isOpen = ClearingAccounts.isOpen(
                    write.kind, of: write.position, work.solver.network, state.point, state.solution)
                if isOpen { work.openSince[write.output] = step }
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
