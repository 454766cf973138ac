import ReuseKernels
import ReuseModel

/// Stocks, a step at a time: what enters, what dies, what is taken out, and what is left.
extension Worker {
    /// Advances a stock by a step at one combination, for a block of lanes or for all samples at once.
    func advance(_ number: Int, _ definition: Int, _ combination: Int, _ step: Int) {
        let work = stockWork(number, definition)
        let state = state(work, definition, combination)
        if state.width == 1, step > 0, advancePlainly(state, step) { return }
        advance(work, state, step)
    }

    /// A level without cohorts, where nothing is wrong: the common case of a long horizon. False where it is another.
    @inline(__always)
    func advancePlainly(_ state: CohortState, _ step: Int) -> Bool {
        guard state.tables == nil, !state.hasFaults, state.drivenLevel.definition < 0 else { return false }
        let span = program.calendar.stepYears
        let opening = state.level[0]
        let entered = state.inflow.value(at: step) * span
        let taken = state.outflow.value(at: step) * span
        let level = opening + entered - taken
        guard entered >= 0, taken >= 0, level >= 0, level < .infinity, step & 511 != 0 else { return false }
        state.opening[0] = opening
        state.entered[0] = entered
        state.taken[0] = taken
        state.level[0] = level
        state.levelResult?[step] = level
        if state.hasOtherResults {
            for result in state.results where result.kind != .level {
                result.base[step] = result.kind == .inflow ? entered / span : 0
            }
        }
        return true
    }

    /// A stock at all steps, where nothing that it rests on rests on it.
    func advanceThroughout(_ number: Int, _ definition: Int, _ combination: Int) {
        let work = stockWork(number, definition)
        if work.isHistory, !program.definitions[definition].isSampled, runHistoryOfOne(work, definition, combination) {
            return
        }
        let state = state(work, definition, combination)
        let steps = program.calendar.count
        if work.isHistory, state.width > 1, runHistory(work, state) { return }
        for step in 0..<steps where state.width > 1 || step == 0 || !advancePlainly(state, step) {
            machine.step = step
            advance(work, state, step)
        }
    }

    private func advance(_ work: StockWork, _ state: CohortState, _ step: Int) {
        if step == 0 { state.begin() }
        if let tables = state.tables { prepare(work, state, tables, step) }
        open(work, state, step)
        // Long horizons take long: whoever waits may want to stop.
        if step > 0, step & 511 == 0, machine.isCancelled() {
            for lane in 0..<state.width { fail(machine.poison(.cancelled, origin: work.plan.origin), state, lane) }
        }
        if work.plan.level >= 0 { drive(work, state, step) } else { flow(work, state, step) }
        scatter(work, state, step)
    }

    func stockWork(_ number: Int, _ definition: Int) -> StockWork {
        if let known = stocks[number] { return known }
        let work = StockWork(program.stocks[number], combinations: program.definitions[definition].combinations)
        var divisors: [Int: Int] = [:]
        var divisor = 1
        for index in program.definitions[definition].axes.indexNumbers.reversed() {
            divisors[index] = divisor
            divisor *= program.indexSizes[index]
        }
        var weight = 1
        for index in work.plan.lifetimeIndexes.reversed() {
            work.lifetimePlaces.append((divisors[index] ?? 1, program.indexSizes[index], weight))
            weight *= program.indexSizes[index]
        }
        for output in work.plan.outputs where needed[output.definition] {
            if output.kind == .meanAge { work.isAgeNeeded = true }
            if output.kind == .byAge { work.isByAgeNeeded = true }
            switch output.kind {
            case .level: work.levelPlace = program.definitions[output.definition].address
            case .retired: work.retiredPlace = program.definitions[output.definition].address
            default: work.hasOtherResults = true
            }
        }
        stocks[number] = work
        return work
    }

    func state(_ work: StockWork, _ definition: Int, _ combination: Int) -> CohortState {
        if let known = work.states[combination] { return known }
        let plan = work.plan
        let width = program.definitions[definition].isSampled ? machine.width : 1
        let tables = plan.survival == nil ? nil : self.tables(work, width, definition, combination)
        func port(_ field: Int) -> FieldPort {
            guard field >= 0 else { return FieldPort() }
            let own = program.definitions[field]
            var port = FieldPort(definition: field)
            if let constant = own.constant, !constant.isNaN {
                port.constant = constant
                return port
            }
            let steps = own.varies ? program.calendar.count : 1
            let place = own.address + point(combination, of: definition, in: field) * steps
            port.isLanes = own.isSampled
            port.base = own.isSampled ? machine.laneFile + place * machine.width : machine.uniform + place
            port.stride = own.varies ? (own.isSampled ? machine.width : 1) : 0
            return port
        }
        let results = plan.outputs.filter { needed[$0.definition] }.map { output in
            let place = program.definitions[output.definition].address + combination * program.calendar.count
            return ResultPort(
                kind: output.kind, base: width > 1 ? machine.laneFile + place * machine.width : machine.uniform + place,
                stride: width > 1 ? machine.width : 1)
        }
        let state = CohortState(
            width: width, parts: plan.parts.count, definition: definition, combination: combination,
            ports: (port(plan.inflow), port(plan.outflow), port(plan.level), port(plan.initial)), results: results,
            tables: tables)
        work.states[combination] = state
        return state
    }

    // MARK: Tables

    private func tables(_ work: StockWork, _ width: Int, _ definition: Int, _ combination: Int) -> AgeTables {
        let plan = work.plan
        let key = work.lifetimePlaces.reduce(0) { $0 + combination / $1.divisor % $1.size * $1.weight }
        if let known = work.tables[key] { return known }
        let read = plan.parameters + plan.parts.map { $0.age } + plan.initialAges + plan.initialShares
        let isSampled = width > 1 && read.contains { program.definitions[$0].isSampled }
        let tables = AgeTables(
            firstUser: combination, width: isSampled ? machine.width : 1, parts: plan.parts.count)
        work.tables[key] = tables
        return tables
    }

    /// What goods do as they age, as far as it is needed at a step.
    private func prepare(_ work: StockWork, _ state: CohortState, _ tables: AgeTables, _ step: Int) {
        if step == 0 { begin(work, tables, state.definition, state.combination) }
        if work.plan.variesByEntry {
            noteEntry(work.plan, state, tables, state.definition, state.combination, step)
        } else {
            extend(work, tables, to: step)
        }
        guard step == 0 || work.plan.variesByEntry else { return }
        for lane in 0..<state.width {
            let fault = tables.faults[tables.width > 1 ? lane : 0]
            if fault.isNaN { fail(fault, state, lane) }
        }
    }

    /// Makes tables anew, for the first that needs them.
    private func begin(_ work: StockWork, _ tables: AgeTables, _ definition: Int, _ combination: Int) {
        guard combination == tables.firstUser else { return }
        let plan = work.plan
        tables.begin()
        tables.parameters = plan.parameters.map { _ in tables.makeRow() }
        prepareParameters(
            plan, definition, combination, 0, into: tables.parameters, tables.width, faults: tables.faults)
        if !plan.variesByEntry { prepareAgesOfParts(plan, tables, definition, combination) }
        if plan.initial >= 0 { prepareInitial(plan, work, tables, definition, combination) }
    }

    /// Rows up to a step for goods whose lifetimes do not go with the step of entry.
    private func extend(_ work: StockWork, _ tables: AgeTables, to step: Int) {
        guard tables.survival[0].count <= step else { return }
        let plan = work.plan
        let width = tables.width
        let scratch = (tables.scratch.ages, tables.scratch.own)
        for part in tables.survival.indices {
            let age = part == 0 ? nil : tables.partAges[part - 1]
            // Ahead, since each row on its own costs as much as several together.
            for k in tables.survival[part].count...max(step, min(step + 31, program.calendar.count - 1)) {
                let row = tables.survival[part].append()
                let aged = work.isAgeNeeded ? tables.aged[part].append() : nil
                if k >= tables.ends[part] {
                    row.update(repeating: 0, count: width)
                    aged?.update(repeating: 0, count: width)
                    continue
                }
                shares(plan, tables.parameters, enteredAt: age, after: k, into: row, aged: aged, scratch, width)
                if (0..<width).allSatisfy({ row[$0] == 0 }) { tables.ends[part] = k }
            }
        }
    }

    private func prepareAgesOfParts(
        _ plan: CohortPlan, _ tables: AgeTables, _ definition: Int, _ combination: Int
    ) {
        for part in plan.parts {
            let age = tables.makeRow()
            copyRow(part.age, combination, of: definition, 0, to: age, tables.width)
            checkAges(plan, tables.parameters, age, tables.scratch.own, tables.faults, tables.width, 0)
            tables.partAges.append(age)
        }
    }

    /// What enters at an age must live that long.
    private func checkAges(
        _ plan: CohortPlan, _ parameters: [UnsafeMutablePointer<Double>], _ ages: UnsafeMutablePointer<Double>,
        _ scratch: UnsafeMutablePointer<Double>, _ faults: UnsafeMutablePointer<Double>, _ width: Int, _ step: Int
    ) {
        plan.survival?.shares(parameters, at: ages, into: scratch, width: width)
        for lane in 0..<width {
            if ages[lane].isNaN {
                note(ages[lane], in: faults, lane)
                ages[lane] = 0
            } else if ages[lane] < 0 {
                note(stockFault(.negativeAge, plan, step), in: faults, lane)
            } else if !(scratch[lane] > 0) {
                note(stockFault(.noneSoOld, plan, step), in: faults, lane)
            }
        }
    }

    /// The parameters and ages of what enters at a step.
    private func noteEntry(
        _ plan: CohortPlan, _ state: CohortState, _ tables: AgeTables, _ definition: Int, _ combination: Int,
        _ step: Int
    ) {
        let width = tables.width
        if state.parameters.isEmpty {
            state.parameters = plan.parameters.map { _ in LaneRows(width: width) }
            state.ages = plan.parts.map { _ in LaneRows(width: width) }
        }
        let rows = state.parameters.map { $0.append() }
        tables.faults.update(repeating: 0, count: step == 0 ? 0 : width)
        // Most steps have the lifetimes of the step before.
        if step > 0, hasSameParameters(plan, definition, combination, step) {
            for (own, row) in zip(state.parameters, rows) { row.update(from: own.row(step - 1), count: width) }
        } else {
            prepareParameters(plan, definition, combination, step, into: rows, width, faults: tables.faults)
        }
        for (part, ages) in zip(plan.parts, state.ages) {
            let row = ages.append()
            copyRow(part.age, combination, of: definition, step, to: row, width)
            checkAges(plan, rows, row, tables.scratch.own, tables.faults, width, step)
        }
    }

    /// Whether the numbers behind a lifetime are, to the bit, what they were a step before, and none of them failed.
    private func hasSameParameters(_ plan: CohortPlan, _ definition: Int, _ combination: Int, _ step: Int) -> Bool {
        plan.parameters.allSatisfy { parameter in
            let place = point(combination, of: definition, in: parameter)
            let (now, before) = (lanes(parameter, place, step), lanes(parameter, place, step - 1))
            let count = now.start == nil ? 1 : machine.width
            return (0..<count).allSatisfy { now[$0] == before[$0] }
        }
    }

    // MARK: What is left

    /// Adds what is left at the end of a step of all that entered to `sum`, and its ages to `aged`; `offset` leaves out the
    /// last entries.
    private func addLeft(
        _ work: StockWork, _ state: CohortState, _ tables: AgeTables, _ step: Int, offset: Int = 0,
        to sum: UnsafeMutablePointer<Double>, aged: Bool = false
    ) {
        let width = state.width
        for part in state.amounts.indices {
            let amounts = state.amounts[part]
            var count = amounts.count
            if work.plan.variesByEntry {
                addByEntry(work.plan, state, tables, step, part, to: sum, aged: aged)
                continue
            }
            guard count > 0 else { continue }
            let rows = aged ? tables.aged[part] : tables.survival[part]
            // The k-th row is for what entered k steps ago; what is older than the last has died.
            let end = tables.ends[part] == .max ? step + 1 : min(tables.ends[part], step + 1)
            count = min(count, max(end - offset, 0))
            guard count > 0 else { continue }
            let first = amounts.row(amounts.count - count)
            let survival = rows.row(offset)
            if width == 1 {
                sum[0] += reuse_cohorts_dot(first, survival, count)
            } else if tables.width == 1 {
                reuse_cohorts_add_shared(sum, first, survival, count, width)
            } else {
                reuse_cohorts_add(sum, first, survival, count, width)
            }
        }
        let curves = aged ? tables.initialAged : tables.initial
        for (amount, curve) in zip(state.initial, curves) {
            let row = curve.row(step)
            let amounts = amount.row(0)
            for lane in 0..<width { sum[lane] += amounts[lane] * row[tables.width > 1 ? lane : 0] }
        }
    }

    /// The same where lifetimes go with the step of entry.
    private func addByEntry(
        _ plan: CohortPlan, _ state: CohortState, _ tables: AgeTables, _ step: Int, _ part: Int,
        to sum: UnsafeMutablePointer<Double>, aged: Bool
    ) {
        let narrow = tables.width
        let scratch = tables.scratch
        for entry in 0..<state.amounts[part].count {
            let parameters = state.parameters.map { $0.row(entry) }
            let age = part == 0 ? nil : state.ages[part - 1].row(entry)
            shares(
                plan, parameters, enteredAt: age, after: step - entry, into: scratch.share,
                aged: aged ? scratch.aged : nil, (scratch.ages, scratch.own), narrow)
            let amounts = state.amounts[part].row(entry)
            let row = aged ? scratch.aged : scratch.share
            if narrow > 1 || state.width == 1 {
                for lane in 0..<state.width { sum[lane] += amounts[lane] * row[lane] }
            } else {
                let share = row[0]
                for lane in 0..<state.width { sum[lane] += amounts[lane] * share }
            }
        }
    }

    /// All that is there is less by a factor.
    private func scale(_ state: CohortState, by factors: UnsafeMutablePointer<Double>) {
        for rows in state.amounts + state.initial {
            for index in 0..<rows.count {
                let row = rows.row(index)
                _ = reuse_lanes_multiply(row, row, factors, state.width)
            }
        }
    }

    // MARK: A step

    func fail(_ fault: Double, _ state: CohortState, _ lane: Int) {
        if !state.faults[lane].isNaN { state.faults[lane] = fault }
        state.hasFaults = true
    }

    /// A field's values at a step; nothing where it is not given. What is no amount is a fault, and counts as nothing.
    private func take(
        _ port: FieldPort, _ problem: StockProblem, _ work: StockWork, _ state: CohortState, _ step: Int,
        into row: UnsafeMutablePointer<Double>
    ) {
        port.copy(at: step, to: row, state.width)
        if reuse_cohorts_all_plain(row, state.width) != 0 { return }
        for lane in 0..<state.width where !(row[lane] >= 0 && row[lane].isFinite) {
            machine.step = step
            let fault =
                !row[lane].isNaN
                ? stockFault(problem, work.plan, step)
                : Box.isNone(row[lane]) && port.definition >= 0
                    ? machine.poison(.noneInArithmetic, origin: program.definitions[port.definition].origin) : row[lane]
            fail(fault, state, lane)
            row[lane] = 0
        }
    }

    /// What there is at the start of a step.
    private func open(_ work: StockWork, _ state: CohortState, _ step: Int) {
        if step > 0 { return state.opening.update(from: state.level, count: state.width) }
        take(state.initialLevel, .negativeInitial, work, state, 0, into: state.opening)
        guard let tables = state.tables, work.plan.initial >= 0 else { return }
        for share in tables.initialShares {
            let rows = LaneRows(width: state.width, capacity: 1)
            let row = rows.append()
            for lane in 0..<state.width { row[lane] = state.opening[lane] * share[tables.width > 1 ? lane : 0] }
            state.initial.append(rows)
        }
    }

    /// A stock whose inflow is given.
    private func flow(_ work: StockWork, _ state: CohortState, _ step: Int) {
        let width = state.width
        let span = program.calendar.stepYears
        take(state.inflow, .negativeInflow, work, state, step, into: state.entered)
        _ = reuse_lanes_multiply_vs(state.entered, state.entered, span, width)
        if let tables = state.tables {
            enter(work, state, step)
            state.left.update(repeating: 0, count: width)
            addLeft(work, state, tables, step, to: state.left)
        } else {
            for lane in 0..<width { state.left[lane] = state.opening[lane] + state.entered[lane] }
        }
        takeOut(work, state, step)
    }

    /// New cohorts: of goods that are new, and of each part that enters at an age.
    private func enter(_ work: StockWork, _ state: CohortState, _ step: Int) {
        let width = state.width
        let span = program.calendar.stepYears
        let new = state.amounts[0].append()
        new.update(from: state.entered, count: width)
        guard !work.plan.parts.isEmpty else { return }
        let (plan, definition, combination) = (work.plan, state.definition, state.combination)
        if plan.unpatchedInflow >= 0 {
            copyRow(plan.unpatchedInflow, combination, of: definition, step, to: state.work, width)
        }
        for (position, part) in plan.parts.enumerated() {
            let row = state.amounts[position + 1].append()
            copyRow(part.value, combination, of: definition, step, to: row, width)
            for lane in 0..<width {
                if state.faults[lane].isNaN {
                    row[lane] = 0
                    continue
                }
                row[lane] *= span
                if plan.unpatchedInflow >= 0 {
                    // What policies make of the whole they make of each part.
                    let before = state.work[lane] * span
                    row[lane] = before > 0 ? row[lane] * (state.entered[lane] / before) : 0
                }
                if !(row[lane] >= 0) {
                    fail(stockFault(.negativeInflow, plan, step), state, lane)
                    row[lane] = 0
                }
                new[lane] -= row[lane]
            }
        }
        for lane in 0..<width where new[lane] < 0 {
            if new[lane] < -1e-9 * state.entered[lane] { fail(stockFault(.negativeInflow, plan, step), state, lane) }
            new[lane] = 0
        }
    }

    /// What is taken out besides what dies, in proportion to what each cohort has left.
    private func takeOut(_ work: StockWork, _ state: CohortState, _ step: Int) {
        let width = state.width
        let span = program.calendar.stepYears
        guard work.plan.outflow >= 0 else {
            state.taken.update(repeating: 0, count: width)
            state.level.update(from: state.left, count: width)
            return
        }
        take(state.outflow, .negativeOutflow, work, state, step, into: state.taken)
        for lane in 0..<width {
            state.taken[lane] *= span
            let (taken, left) = (state.taken[lane], state.left[lane])
            if taken > left {
                if taken > left * (1 + 1e-12) + 1e-300 {
                    let problem: StockProblem = state.tables == nil ? .belowZero : .takenTooMuch
                    fail(stockFault(problem, work.plan, step), state, lane)
                }
                state.taken[lane] = left
            }
            state.level[lane] = left - state.taken[lane]
            state.work[lane] = left > 0 ? state.level[lane] / left : 1
        }
        if state.tables != nil { scale(state, by: state.work) }
    }

    /// A stock whose level is given: what must flow in follows.
    private func drive(_ work: StockWork, _ state: CohortState, _ step: Int) {
        let plan = work.plan
        let width = state.width
        let span = program.calendar.stepYears
        take(state.drivenLevel, .negativeLevel, work, state, step, into: state.level)
        take(state.outflow, .negativeOutflow, work, state, step, into: state.taken)
        for lane in 0..<width { state.taken[lane] *= span }
        if let tables = state.tables {
            state.left.update(repeating: 0, count: width)
            addLeft(work, state, tables, step, offset: plan.variesByEntry ? 0 : 1, to: state.left)
            lastShares(plan, state, tables, step, into: state.spare)
        } else {
            state.left.update(from: state.opening, count: width)
            state.spare.update(repeating: 1, count: width)
        }
        var shrinks = false
        for lane in 0..<width {
            let wanted = state.level[lane] + state.taken[lane]
            let missing = wanted - state.left[lane]
            let atEnd = state.spare[lane]
            state.work[lane] = 1
            if missing >= 0 {
                if missing > 0, !(atEnd > 0) {
                    fail(stockFault(.noneToTheEnd, plan, step), state, lane)
                    state.entered[lane] = 0
                } else {
                    state.entered[lane] = missing > 0 ? missing / atEnd : 0
                }
                continue
            }
            // It falls faster than it retires; what is rounded does not count.
            state.entered[lane] = 0
            if plan.endsOnShrink, missing < -1e-9 * state.left[lane] {
                fail(stockFault(.shrinks, plan, step), state, lane)
            }
            state.work[lane] = state.left[lane] > 0 ? wanted / state.left[lane] : 1
            shrinks = true
        }
        guard plan.survival != nil else { return }
        if shrinks { scale(state, by: state.work) }
        state.amounts[0].append().update(from: state.entered, count: width)
        for lane in 0..<width {
            state.left[lane] = state.left[lane] * state.work[lane] + state.entered[lane] * state.spare[lane]
        }
        guard plan.outflow >= 0 else { return }
        for lane in 0..<width {
            state.work[lane] = state.left[lane] > 0 ? min(1, state.level[lane] / state.left[lane]) : 1
        }
        scale(state, by: state.work)
    }

    /// The share of what enters at a step that is there at its end.
    private func lastShares(
        _ plan: CohortPlan, _ state: CohortState, _ tables: AgeTables, _ step: Int,
        into row: UnsafeMutablePointer<Double>
    ) {
        let source: UnsafeMutablePointer<Double>
        if plan.variesByEntry {
            let scratch = tables.scratch
            shares(
                plan, state.parameters.map { $0.row(step) }, enteredAt: nil, after: 0, into: scratch.share, aged: nil,
                (scratch.ages, scratch.own), tables.width)
            source = scratch.share
        } else {
            source = tables.survival[0].row(0)
        }
        for lane in 0..<state.width { row[lane] = source[tables.width > 1 ? lane : 0] }
    }

    // MARK: All steps at once

    /// All steps of a stock from which nothing is taken, where nothing is wrong; bit for bit what steps one by one give.
    /// False where it is another case, and nothing is done.
    private func runHistory(_ work: StockWork, _ state: CohortState) -> Bool {
        let steps = program.calendar.count
        guard let tables = state.tables else { return false }
        machine.step = 0
        state.begin()
        prepare(work, state, tables, 0)
        open(work, state, 0)
        guard !state.hasFaults, state.initial.count < 2,
            let level = state.results.first(where: { $0.kind == .level }),
            state.results.allSatisfy({ $0.kind == .level || $0.kind == .retired })
        else { return false }
        let retired = state.results.first { $0.kind == .retired }
        extend(work, tables, to: steps - 1)
        let (initial, left) = (state.initial.first, tables.initial.first)
        guard let inflow = state.inflow.base, state.inflow.isLanes, state.inflow.stride > 0 else { return false }
        let isShared: Int32 = tables.width > 1 ? 0 : 1
        return reuse_cohorts_history(
            level.base, retired?.base, inflow, tables.survival[0].row(0), isShared, initial?.row(0), left?.row(0),
            isShared, program.calendar.stepYears, steps, min(tables.ends[0], steps), state.width,
            work.scratch(steps: steps)) != 0
    }

    /// The same for a stock that is the same for all samples. It has no state that would outlive it.
    private func runHistoryOfOne(_ work: StockWork, _ definition: Int, _ combination: Int) -> Bool {
        let plan = work.plan
        guard let levelPlace = work.levelPlace, !work.hasOtherResults else { return false }
        machine.step = 0
        let steps = program.calendar.count
        let tables = self.tables(work, 1, definition, combination)
        begin(work, tables, definition, combination)
        var initial = 0.0
        if plan.initial >= 0 {
            initial = uniformValue(plan.initial, point(combination, of: definition, in: plan.initial), 0)
        }
        guard !tables.faults[0].isNaN, initial >= 0, initial < .infinity else { return false }
        extend(work, tables, to: steps - 1)
        var inflow = program.definitions[plan.inflow].constant ?? 0
        let hasPlaces = program.definitions[plan.inflow].constant == nil
        let varies = program.definitions[plan.inflow].varies
        return withUnsafeMutablePointer(to: &inflow) { constant in
            let place =
                program.definitions[plan.inflow].address
                + point(combination, of: definition, in: plan.inflow) * (varies ? steps : 1)
            return reuse_cohorts_history_one(
                machine.uniform + levelPlace + combination * steps,
                work.retiredPlace.map { machine.uniform + $0 + combination * steps },
                hasPlaces ? machine.uniform + place : constant, hasPlaces && varies ? 1 : 0,
                tables.survival[0].row(0), initial, tables.initial.first?.row(0), program.calendar.stepYears, steps,
                work.scratch(steps: steps)) != 0
        }
    }

    // MARK: Results

    private func scatter(_ work: StockWork, _ state: CohortState, _ step: Int) {
        let width = state.width
        let span = program.calendar.stepYears
        for result in state.results {
            let target = result.base + result.stride * step
            switch result.kind {
            case .level: target.update(from: state.level, count: width)
            case .inflow: for lane in 0..<width { target[lane] = state.entered[lane] / span }
            case .outflow: target.update(repeating: 0, count: width)
            case .retired:
                reuse_cohorts_retired(target, state.opening, state.entered, state.taken, state.level, span, width)
            case .meanAge:
                state.spare.update(repeating: 0, count: width)
                if let tables = state.tables { addLeft(work, state, tables, step, to: state.spare, aged: true) }
                for lane in 0..<width {
                    target[lane] = state.level[lane] > 0 ? state.spare[lane] / state.level[lane] : 0
                }
            case .byAge:
                guard let tables = state.tables else { continue }
                // Lists cost memory: none for lanes behind the last sample.
                let used = width == 1 ? 1 : min(width, sampleCount - Int(truncatingIfNeeded: machine.firstSample))
                for lane in 0..<width {
                    target[lane] =
                        lane < max(used, 1)
                        ? byAge(work.plan, state, tables, step, lane) : target[max(used, 1) - 1]
                }
            case .opening: continue
            }
            guard state.hasFaults else { continue }
            for lane in 0..<width where state.faults[lane].isNaN { target[lane] = state.faults[lane] }
        }
    }

    /// A list of what there is by age: the k-th entry is what is from k - 1 to k steps old, the last also what is older.
    private func byAge(
        _ plan: CohortPlan, _ state: CohortState, _ tables: AgeTables, _ step: Int, _ lane: Int
    ) -> Double {
        let steps = program.calendar.count
        let years = program.calendar.stepYears
        let narrow = tables.width > 1 ? lane : 0
        var oldest = 0.0
        for part in plan.parts.indices where !plan.variesByEntry {
            oldest = max(oldest, tables.partAges[part][narrow] / years)
        }
        for ages in tables.initialAges { oldest = max(oldest, ages[narrow] / years) }
        var steady = 0
        while steady < min(tables.steady.count, 400), tables.steady.row(steady)[narrow] > 1e-6 { steady += 1 }
        let hasOlder = plan.initial >= 0 || !plan.parts.isEmpty
        let count = steps + (hasOlder ? max(steady, Int(min(oldest, 400)) + 1) : 0)
        guard let list = machine.arena.makeList(capacity: count), let items = list.pointee.items else {
            return machine.poison(.memory, origin: plan.origin)
        }
        items.update(repeating: 0, count: count)
        list.pointee.count = count
        func add(_ amount: Double, _ ageInSteps: Double) {
            let place = ageInSteps.isFinite ? Int(max(0, min(ageInSteps + 1e-9, Double(count - 1)))) : count - 1
            items[place] += amount
        }
        for part in state.amounts.indices {
            for entry in 0..<state.amounts[part].count {
                let k = step - entry
                let share: Double
                if plan.variesByEntry {
                    let scratch = tables.scratch
                    shares(
                        plan, state.parameters.map { $0.row(entry) },
                        enteredAt: part == 0 ? nil : state.ages[part - 1].row(entry), after: k, into: scratch.share,
                        aged: nil, (scratch.ages, scratch.own), tables.width)
                    share = scratch.share[narrow]
                } else {
                    share = k < tables.ends[part] ? tables.survival[part].row(k)[narrow] : 0
                }
                var age = 0.0
                if part > 0 {
                    let row = plan.variesByEntry ? state.ages[part - 1].row(entry) : tables.partAges[part - 1]
                    age = row[narrow] / years
                }
                add(state.amounts[part].row(entry)[lane] * share, Double(k) + age)
            }
        }
        if plan.initialAges.isEmpty {
            // Whoever entered j steps before the horizon is t + j steps old.
            guard let amounts = state.initial.first else { return list.handle }
            var rest = amounts.row(0)[lane] * tables.initial[0].row(step)[narrow]
            var age = step + 1
            while age < min(tables.steady.count, count - 1) {
                let own = amounts.row(0)[lane] * tables.steady.row(age)[narrow]
                add(own, Double(age))
                rest -= own
                age += 1
            }
            add(max(0, rest), Double(count - 1))
        } else {
            for (position, amounts) in state.initial.enumerated() {
                add(
                    amounts.row(0)[lane] * tables.initial[position].row(step)[narrow],
                    tables.initialAges[position][narrow] / years + Double(step + 1))
            }
        }
        return list.handle
    }
}
