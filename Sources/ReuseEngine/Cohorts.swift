import ReuseKernels
import ReuseModel

/// What goods do as they age, for one combination of the indexes that lifetimes vary over.
///
/// Ages are counted in steps from the end of the step of entry: row k is for the end of the k-th step after it.
final class AgeTables {
    /// The combination of the stock that makes the tables anew at the first step.
    let firstUser: Int
    let width: Int
    /// Of goods that enter new, then of each part that enters at an age: the share that is left, and its mean age times
    /// that share.
    var survival: [LaneRows]
    var aged: [LaneRows]
    /// From this row on nothing is left, in any lane.
    var ends: [Int]
    /// Parameters of the form, of goods that are there or enter when lifetimes stay what they are.
    var parameters: [UnsafeMutablePointer<Double>] = []
    /// What is left of the initial stock at the end of each step, one table for each age that it is given.
    var initial: [LaneRows] = []
    var initialAged: [LaneRows] = []
    /// Shares of the initial stock by the tables above.
    var initialShares: [UnsafeMutablePointer<Double>] = []
    /// Of a steady state: the share that is left at each age in steps, for `by_age`.
    var steady: LaneRows
    /// Ages at which the parts enter, where they do not go with the step of entry, and of the initial stock.
    var partAges: [UnsafeMutablePointer<Double>] = []
    var initialAges: [UnsafeMutablePointer<Double>] = []
    /// 0, or what stands for a fault.
    let faults: UnsafeMutablePointer<Double>
    let scratch: Scratch
    private var owned: [UnsafeMutablePointer<Double>] = []

    /// Rows to work with; what is in them lasts until the next use.
    struct Scratch {
        let ages, own, share, aged: UnsafeMutablePointer<Double>
    }

    init(firstUser: Int, width: Int, parts: Int) {
        self.firstUser = firstUser
        self.width = width
        survival = (0...parts).map { _ in LaneRows(width: width) }
        aged = (0...parts).map { _ in LaneRows(width: width) }
        ends = Array(repeating: .max, count: parts + 1)
        steady = LaneRows(width: width)
        faults = .allocate(capacity: 5 * width)
        faults.initialize(repeating: 0, count: 5 * width)
        scratch = Scratch(
            ages: faults + width, own: faults + 2 * width, share: faults + 3 * width, aged: faults + 4 * width)
    }

    deinit {
        faults.deallocate()
        for row in owned { row.deallocate() }
    }

    /// A row that lives as long as the tables.
    func makeRow() -> UnsafeMutablePointer<Double> {
        let row = UnsafeMutablePointer<Double>.allocate(capacity: width)
        owned.append(row)
        return row
    }

    func begin() {
        for rows in survival + aged { rows.removeAll() }
        for part in ends.indices { ends[part] = .max }
        initial = []
        initialAged = []
        initialShares = []
        parameters = []
        partAges = []
        initialAges = []
        steady.removeAll()
        faults.update(repeating: 0, count: width)
        for row in owned { row.deallocate() }
        owned = []
    }
}

/// Where the values of a field are read: one for all lanes, or a row of lanes; a step further on each time.
struct FieldPort {
    /// Nil where the field is not given.
    var base: UnsafeMutablePointer<Double>?
    var stride = 0
    var isLanes = false
    var constant = 0.0
    var definition = -1

    @inline(__always)
    func value(at step: Int) -> Double { base.map { $0[stride * step] } ?? constant }

    func copy(at step: Int, to row: UnsafeMutablePointer<Double>, _ width: Int) {
        if let base, isLanes {
            row.update(from: base + stride * step, count: width)
        } else {
            row.update(repeating: value(at: step), count: width)
        }
    }
}

/// Where a result goes.
struct ResultPort {
    var kind: StockResult
    var base: UnsafeMutablePointer<Double>
    var stride: Int
}

/// What a stock holds, for one combination of its indexes.
final class CohortState {
    let width: Int
    let definition: Int
    let combination: Int
    let inflow: FieldPort
    let outflow: FieldPort
    let drivenLevel: FieldPort
    let initialLevel: FieldPort
    let results: [ResultPort]
    let tables: AgeTables?
    /// Where the level goes, if it is needed, and whether other results are.
    let levelResult: UnsafeMutablePointer<Double>?
    let hasOtherResults: Bool
    /// By part, a row for each step: what entered, less what was taken out since.
    var amounts: [LaneRows]
    /// Where lifetimes go with the step of entry: a row for each step, by parameter and by part.
    var parameters: [LaneRows] = []
    var ages: [LaneRows] = []
    /// What is left of the initial stock but for what died, by age that it was given.
    var initial: [LaneRows] = []
    let opening: UnsafeMutablePointer<Double>
    let entered: UnsafeMutablePointer<Double>
    let taken: UnsafeMutablePointer<Double>
    let left: UnsafeMutablePointer<Double>
    let level: UnsafeMutablePointer<Double>
    let work: UnsafeMutablePointer<Double>
    let spare: UnsafeMutablePointer<Double>
    /// 0, or what stands for a fault.
    let faults: UnsafeMutablePointer<Double>
    var hasFaults = false
    private let memory: UnsafeMutablePointer<Double>

    init(
        width: Int, parts: Int, definition: Int, combination: Int, ports: (FieldPort, FieldPort, FieldPort, FieldPort),
        results: [ResultPort], tables: AgeTables?
    ) {
        self.width = width
        self.definition = definition
        self.combination = combination
        (inflow, outflow, drivenLevel, initialLevel) = ports
        self.results = results
        self.tables = tables
        levelResult = results.first { $0.kind == .level }?.base
        hasOtherResults = results.contains { $0.kind != .level }
        amounts = (0...parts).map { _ in LaneRows(width: width) }
        memory = .allocate(capacity: 8 * width)
        memory.initialize(repeating: 0, count: 8 * width)
        opening = memory
        entered = memory + width
        taken = memory + 2 * width
        left = memory + 3 * width
        level = memory + 4 * width
        work = memory + 5 * width
        spare = memory + 6 * width
        faults = memory + 7 * width
    }

    deinit { memory.deallocate() }

    func begin() {
        for rows in amounts + parameters + ages { rows.removeAll() }
        initial = []
        memory.update(repeating: 0, count: 8 * width)
        hasFaults = false
    }
}

/// The cohorts of a stock at all combinations.
final class StockWork {
    let plan: CohortPlan
    var states: [CohortState?]
    /// By combination of the indexes that lifetimes vary over, and how such a combination is found from the stock's.
    var tables: [Int: AgeTables] = [:]
    var lifetimePlaces: [(divisor: Int, size: Int, weight: Int)] = []
    var isAgeNeeded = false
    var isByAgeNeeded = false
    /// Where the level and what retires go, at the first combination and step, and whether other results are wanted.
    var levelPlace: Int?
    var retiredPlace: Int?
    var hasOtherResults = false

    /// Nothing is taken out or driven, and lifetimes stay as they are: then all steps can go at once.
    let isHistory: Bool
    private var scratch: UnsafeMutableRawPointer?

    init(_ plan: CohortPlan, combinations: Int) {
        self.plan = plan
        states = Array(repeating: nil, count: combinations)
        isHistory =
            plan.survival != nil && plan.inflow >= 0 && plan.outflow < 0 && plan.level < 0
            && plan.parts.isEmpty && !plan.variesByEntry && plan.initialShares.isEmpty
    }

    deinit { scratch?.deallocate() }

    /// Room to work in for a history of so many steps.
    func scratch(steps: Int) -> UnsafeMutablePointer<Double> {
        let memory =
            scratch
            ?? .allocate(byteCount: reuse_cohorts_history_scratch(steps) * MemoryLayout<Double>.stride, alignment: 64)
        scratch = memory
        return memory.assumingMemoryBound(to: Double.self)
    }
}

extension Worker {
    /// A row of a definition's values for lanes or for all samples, copied.
    func copyRow(
        _ number: Int, _ combination: Int, of definition: Int, _ step: Int, to row: UnsafeMutablePointer<Double>,
        _ width: Int
    ) {
        lanes(number, point(combination, of: definition, in: number), step).copy(to: row, width)
    }

    // MARK: Parameters

    /// Parameters of a stock's lifetime in the form of its survival, at a step; values without meaning are faults.
    func prepareParameters(
        _ plan: CohortPlan, _ definition: Int, _ combination: Int, _ step: Int,
        into rows: [UnsafeMutablePointer<Double>], _ width: Int, faults: UnsafeMutablePointer<Double>
    ) {
        for (parameter, row) in zip(plan.parameters, rows) {
            copyRow(parameter, combination, of: definition, step, to: row, width)
        }
        guard let form = plan.survival else { return }
        for lane in 0..<width {
            if let failed = rows.first(where: { $0[lane].isNaN }) {
                note(failed[lane], in: faults, lane)
                // Something that computes without harm.
                for row in rows { row[lane] = 1 }
                continue
            }
            if let problem = Self.problem(of: form, plan.isMoments, rows, lane) {
                note(stockFault(problem, plan, step), in: faults, lane)
                for row in rows { row[lane] = 1 }
                continue
            }
            guard plan.isMoments else { continue }
            let (mean, deviation) = (rows[0][lane], rows[1][lane])
            if form == .weibull {
                let shape = SurvivalForm.weibullShape(ratio: deviation / mean)
                rows[0][lane] = shape
                rows[1][lane] = mean / reuse_gamma(1 + 1 / shape)
            } else {
                let ratio = deviation / mean
                let variance = reuse_log1p(ratio * ratio)
                rows[0][lane] = reuse_log(mean) - variance / 2
                rows[1][lane] = reuse_sqrt(variance)
            }
        }
    }

    private static func problem(
        of form: SurvivalForm, _ isMoments: Bool, _ rows: [UnsafeMutablePointer<Double>], _ lane: Int
    ) -> StockProblem? {
        switch form {
        case .weibull where !isMoments:
            if !(rows[0][lane] > 0) { return .shapeNotAboveZero }
            return rows[1][lane] > 0 ? nil : .scaleNotAboveZero
        case .weibull, .lognormal, .normal:
            if !(rows[0][lane] > 0) { return .meanNotAboveZero }
            return rows[1][lane] > 0 ? nil : .deviationNotAboveZero
        case .fixed: return rows[0][lane] > 0 ? nil : .lifeNotAboveZero
        case .table:
            let count = rows.count / 2
            guard rows[0][lane] == 0, rows[count][lane] == 1 else { return .firstNotWhole }
            for place in 1..<max(count, 1) {
                if !(rows[place][lane] > rows[place - 1][lane]) { return .agesNotAscending }
                let share = rows[count + place][lane]
                if !(share <= rows[count + place - 1][lane]) || share < 0 { return .sharesNotFalling }
            }
            return rows[2 * count - 1][lane] == 0 ? nil : .lastNotZero
        }
    }

    func note(_ fault: Double, in faults: UnsafeMutablePointer<Double>, _ lane: Int) {
        if !faults[lane].isNaN { faults[lane] = fault }
    }

    /// What stands for a fault of a stock; it points at the field or parameter that it is about.
    func stockFault(_ problem: StockProblem, _ plan: CohortPlan, _ step: Int) -> Double {
        machine.step = step
        var origin = plan.origin
        func point(at field: StockField) { origin = plan.fieldOrigins[Int(field.rawValue)] }
        func point(at definition: Int?) { if let definition { origin = program.definitions[definition].origin } }
        switch problem {
        case .negativeInflow: point(at: .inflow)
        case .negativeOutflow, .belowZero, .takenTooMuch: point(at: .outflow)
        case .negativeLevel, .shrinks, .noneToTheEnd: point(at: .level)
        case .negativeInitial, .endless, .brief: point(at: .initial)
        case .shapeNotAboveZero, .meanNotAboveZero, .lifeNotAboveZero, .firstNotWhole, .agesNotAscending:
            point(at: plan.parameters.first)
        case .scaleNotAboveZero, .deviationNotAboveZero, .lastNotZero, .sharesNotFalling:
            point(at: plan.parameters.last)
        case .sharesDoNotSum: point(at: plan.initialShares.first)
        case .negativeAge, .noneSoOld: point(at: plan.parts.first?.age ?? plan.initialAges.first)
        }
        return machine.poison(.stock(problem, plan.stock), origin: origin)
    }

    // MARK: Tables of age

    /// Shares left of what entered at an age, at the end of the k-th step after the step of entry, and their mean age times
    /// that share.
    func shares(
        _ plan: CohortPlan, _ parameters: [UnsafeMutablePointer<Double>], enteredAt age: UnsafeMutablePointer<Double>?,
        after k: Int, into shares: UnsafeMutablePointer<Double>, aged: UnsafeMutablePointer<Double>?,
        _ work: (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>), _ width: Int
    ) {
        guard let form = plan.survival else { return }
        let years = program.calendar.stepYears
        let (ages, own) = work
        for (position, offset) in plan.arrival.offsets.enumerated() {
            let weight = plan.arrival.weights[position]
            let since = (Double(k) + offset) * years
            for lane in 0..<width { ages[lane] = since + (age.map { $0[lane] } ?? 0) }
            form.shares(parameters, at: ages, into: own, width: width)
            for lane in 0..<width {
                let share = own[lane] * weight
                shares[lane] = position == 0 ? share : shares[lane] + share
                if let aged {
                    let product = share * ages[lane]
                    aged[lane] = position == 0 ? product : aged[lane] + product
                }
            }
        }
        guard let age else { return }
        // Of those that have come to that age already.
        form.shares(parameters, at: age, into: own, width: width)
        for lane in 0..<width {
            shares[lane] = own[lane] > 0 ? shares[lane] / own[lane] : 0
            if let aged { aged[lane] = own[lane] > 0 ? aged[lane] / own[lane] : 0 }
        }
    }

    /// The share of what entered from which on no more is looked for.
    private static let negligibleShare = 1e-18

    /// What is left of the initial stock at the end of each step: of a steady state, or of what has the ages given.
    func prepareInitial(
        _ plan: CohortPlan, _ work: StockWork, _ tables: AgeTables, _ definition: Int, _ combination: Int
    ) {
        let width = tables.width
        let steps = program.calendar.count
        let scratch = (tables.scratch.ages, tables.scratch.own)
        guard plan.initialAges.isEmpty else {
            return prepareAges(plan, work, tables, definition, combination)
        }
        // Whoever entered j steps before the horizon is at the end of step t as old as what entered t + j steps ago.
        let shares = LaneRows(width: width, capacity: steps + 1)
        let aged = LaneRows(width: width, capacity: work.isAgeNeeded ? steps + 1 : 1)
        let tail = tables.makeRow()
        let agedTail = tables.makeRow()
        tail.update(repeating: 0, count: width)
        agedTail.update(repeating: 0, count: width)
        let beyond = tables.makeRow()
        let agedBeyond = tables.makeRow()
        var hasEnded = Array(repeating: false, count: width)
        let limit = 200_000
        var k = 0
        while true {
            let isStored = k <= steps
            let row = isStored ? shares.append() : beyond
            let agedRow = work.isAgeNeeded ? (isStored ? aged.append() : agedBeyond) : nil
            self.shares(
                plan, tables.parameters, enteredAt: nil, after: k, into: row, aged: agedRow, scratch, width)
            if work.isByAgeNeeded, tables.steady.count < 4096 {
                tables.steady.append().update(from: row, count: width)
            }
            var isOver = true
            for lane in 0..<width {
                // A sample ends as if it were alone: what it is goes with no other of its block.
                if !isStored, !hasEnded[lane] {
                    tail[lane] += row[lane]
                    if let agedRow { agedTail[lane] += agedRow[lane] }
                }
                let isLeft = row[lane] > Self.negligibleShare
                if k >= steps, !isLeft { hasEnded[lane] = true }
                if isLeft { isOver = false }
            }
            k += 1
            if k > steps, isOver { break }
            if k >= limit {
                for lane in 0..<width where row[lane] > Self.negligibleShare {
                    note(stockFault(.endless, plan, 0), in: tables.faults, lane)
                }
                break
            }
        }
        // From the oldest on, so that nothing is lost of small shares.
        let left = LaneRows(width: width, capacity: steps)
        let leftAged = LaneRows(width: width, capacity: work.isAgeNeeded ? steps : 1)
        for _ in 0..<steps {
            _ = left.append()
            if work.isAgeNeeded { _ = leftAged.append() }
        }
        var step = steps - 1
        while step >= 0 {
            let row = shares.row(step + 1)
            for lane in 0..<width { tail[lane] += row[lane] }
            left.row(step).update(from: tail, count: width)
            if work.isAgeNeeded {
                let agedRow = aged.row(step + 1)
                for lane in 0..<width { agedTail[lane] += agedRow[lane] }
                leftAged.row(step).update(from: agedTail, count: width)
            }
            step -= 1
        }
        let first = shares.row(0)
        for lane in 0..<width {
            tail[lane] += first[lane]
            if !(tail[lane] > 0) { note(stockFault(.brief, plan, 0), in: tables.faults, lane) }
        }
        for step in 0..<steps {
            let row = left.row(step)
            for lane in 0..<width { row[lane] = tail[lane] > 0 ? row[lane] / tail[lane] : 0 }
            guard work.isAgeNeeded else { continue }
            let agedRow = leftAged.row(step)
            for lane in 0..<width { agedRow[lane] = tail[lane] > 0 ? agedRow[lane] / tail[lane] : 0 }
        }
        for index in 0..<tables.steady.count {
            let row = tables.steady.row(index)
            for lane in 0..<width { row[lane] = tail[lane] > 0 ? row[lane] / tail[lane] : 0 }
        }
        tables.initial = [left]
        tables.initialAged = [leftAged]
        let whole = tables.makeRow()
        whole.update(repeating: 1, count: width)
        tables.initialShares = [whole]
    }

    private func prepareAges(
        _ plan: CohortPlan, _ work: StockWork, _ tables: AgeTables, _ definition: Int, _ combination: Int
    ) {
        guard let form = plan.survival else { return }
        let width = tables.width
        let steps = program.calendar.count
        let (ages, atStart, sum) = (tables.scratch.ages, tables.scratch.own, tables.scratch.share)
        sum.update(repeating: 0, count: width)
        for (position, number) in plan.initialAges.enumerated() {
            let age = tables.makeRow()
            copyRow(number, combination, of: definition, 0, to: age, width)
            let share = tables.makeRow()
            if plan.initialShares.isEmpty {
                share.update(repeating: 1, count: width)
            } else {
                copyRow(plan.initialShares[position], combination, of: definition, 0, to: share, width)
            }
            for lane in 0..<width {
                if age[lane].isNaN || share[lane].isNaN {
                    note(age[lane].isNaN ? age[lane] : share[lane], in: tables.faults, lane)
                    (age[lane], share[lane]) = (0, 1)
                } else if age[lane] < 0 {
                    note(stockFault(.negativeAge, plan, 0), in: tables.faults, lane)
                } else if share[lane] < 0 {
                    note(stockFault(.sharesDoNotSum, plan, 0), in: tables.faults, lane)
                }
                sum[lane] += share[lane]
            }
            form.shares(tables.parameters, at: age, into: atStart, width: width)
            for lane in 0..<width where atStart[lane] <= 0 && share[lane] > 0 {
                note(stockFault(.noneSoOld, plan, 0), in: tables.faults, lane)
            }
            let left = LaneRows(width: width, capacity: steps)
            let aged = LaneRows(width: width, capacity: work.isAgeNeeded ? steps : 1)
            for step in 0..<steps {
                let row = left.append()
                let since = Double(step + 1) * program.calendar.stepYears
                for lane in 0..<width { ages[lane] = age[lane] + since }
                form.shares(tables.parameters, at: ages, into: row, width: width)
                for lane in 0..<width { row[lane] = atStart[lane] > 0 ? row[lane] / atStart[lane] : 0 }
                guard work.isAgeNeeded else { continue }
                let agedRow = aged.append()
                for lane in 0..<width { agedRow[lane] = row[lane] * ages[lane] }
            }
            tables.initial.append(left)
            tables.initialAged.append(aged)
            tables.initialShares.append(share)
            tables.initialAges.append(age)
        }
        for lane in 0..<width where (sum[lane] - 1).magnitude > 1e-9 {
            note(stockFault(.sharesDoNotSum, plan, 0), in: tables.faults, lane)
        }
    }
}
