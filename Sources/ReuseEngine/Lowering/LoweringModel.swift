import ReuseCore
import ReuseModel
import ReuseSyntax

/// A lowered model and what is wrong with it.
public struct LoweredModel: Sendable {
    public var program: Program
    public var diagnostics: [Diagnostic]
}

/// What to compute, each at all points of its axes.
public enum QueryRequest: Sendable {
    /// An expression, read at a time where one is given, in a scenario or in that of plain commands.
    case expression(module: Int32, node: NodeID, time: NodeID = .none, scenario: Int? = nil)
    case declaration(DeclarationID, scenario: Int? = nil)
    /// The points of a series, with their periods.
    case points(module: Int32, node: NodeID)
    /// An expression read in each of some periods, as `x[2026]` reads it: points of the answer.
    case periods(module: Int32, node: NodeID, [TimePoint], scenario: Int)
}

/// Lowers the core of a checked model with the values that are wanted of it.
///
/// With `codeOfFunctions` false what is found is what a check wants to know: the code of functions is left out, since what
/// can be wrong with time and indexes is wrong where they are called, and that of declarations which cannot be wrong so.
/// With `hasMainScenario` false the scenario of plain commands is left out where nothing asks for it.
public func lower(
    _ core: Core, _ scenarios: ScenarioSet, queries: [QueryRequest], seed: UInt64, codeOfFunctions: Bool = true,
    memory: Int = RunLimits().memory, hasMainScenario: Bool = true, isCancelled: @escaping () -> Bool = { false }
) -> LoweredModel {
    var lowering = Lowering(core, scenarios, seed: seed, isCancelled: isCancelled)
    lowering.memory = memory
    lowering.makesFunctions = codeOfFunctions
    lowering.hasMainScenario = hasMainScenario
    if !codeOfFunctions {
        lowering.isDeferred = Array(repeating: false, count: core.model.declarations.count)
        lowering.isSettled = lowering.isDeferred
    }
    lowering.lowerModel(queries)
    return lowering.lowered
}

/// The same with every printed literal of the script as the interval that its digits imply. Returns how many samples show
/// all corners of the intervals, too.
public func lowerIntervals(
    _ model: Model, _ scenarios: ScenarioSet, queries: [QueryRequest], isCancelled: @escaping () -> Bool = { false }
) -> (lowered: LoweredModel, samples: Int) {
    var lowering = Lowering(Core(model, hasIntervals: true), scenarios, seed: 0, isCancelled: isCancelled)
    lowering.lowerModel(queries)
    let count = lowering.intervals.count
    lowering.program.intervalCount = count
    return (
        lowering.lowered,
        count <= 12 ? 1 << count : 2 * count + 1
    )
}

extension Lowering {
    /// What it came to; nothing but that where it was stopped.
    fileprivate var lowered: LoweredModel {
        guard watch.hasStopped else { return LoweredModel(program: program, diagnostics: diagnostics) }
        let problem = Diagnostic(.cancelled, "the run was stopped before its first samples were drawn", at: nil)
        return LoweredModel(program: Program(), diagnostics: [problem])
    }

    mutating func lowerModel(_ queries: [QueryRequest]) {
        lowerBuiltInUnits()
        makeCalendar()
        guard diagnostics.isEmpty else { return }
        checkWindows()
        let needed = scenarios(neededBy: queries)
        guard hasRoom(for: needed.count, queries) else { return }
        beginVariants(needed)
        lowerDeclarations()
        for query in queries where !watch.ask() { lowerQuery(query) }
        if watch.ask() { return }
        lowerQueuedFunctions()
        if watch.ask() { return }
        if let call = expansions.exhausted, diagnostics.isEmpty { _ = report(.tooManyExpansions(at: location(call))) }
        if let place = expansions.tooDeep, diagnostics.isEmpty { _ = report(.tooDeep(at: location(place))) }
        reportUnsaidFailures(queries)
        findCorrelations()
        enterVariant(variant(ofScenario: model.mainScenario) ?? 0)
        findPhases()
        program.numberDraws(watch)
    }

    /// Units come first: the step of a horizon is written in them.
    private mutating func lowerBuiltInUnits() {
        for id in model.order where model[id].kind == .unit && model.modules[Int(model[id].module)].isLibrary {
            findAxes(of: id)
            lowerAlone(id)
        }
    }

    /// The steps of the horizon.
    private mutating func makeCalendar() {
        guard let horizon = core.horizon else { return }
        do throws(LoweringFailure) {
            guard let first = try constantTime(horizon.first), let last = try constantTime(horizon.last) else {
                throw report(.invalidHorizon("the ends of a horizon must be written out", at: location(horizon.place)))
            }
            let stepYears: Double
            switch horizon.step {
            case .years(let years): stepYears = years
            case .written(let step, let place):
                guard let years = constantDuration(step) else {
                    throw report(.invalidHorizon("a step must be written out", at: location(place)))
                }
                stepYears = years
            }
            switch Calendar.make(from: first, to: last, stepYears: stepYears) {
            case .success(let calendar): program.calendar = calendar
            case .failure(let failure):
                let message: String
                switch failure.fault {
                case .reversed: message = "the horizon ends before it begins"
                case .tooManySteps: message = "a horizon can have at most \(Limits.inWords(Limits.horizonSteps)) steps"
                case .notWhole: message = "the steps do not divide the horizon"
                case .invalidStep: message = "a step must be longer than nothing"
                }
                throw report(.invalidHorizon(message, at: location(horizon.place)))
            }
        } catch {}
    }

    /// A step such as `yr/8`. Its units are computed apart: all else is computed once the steps are known.
    private func constantDuration(_ step: ExpressionID) -> Double? {
        var apart = self
        for id in model.order where model[id].kind == .unit {
            apart.findAxes(of: id)
            apart.lowerAlone(id)
        }
        do throws(LoweringFailure) { return try apart.constantNumber(step) } catch { return nil }
    }

    /// Declarations in their order, groups that rest on each other as loops over time.
    private mutating func lowerDeclarations() {
        var start = 0
        let order = model.order
        // Most declarations have one: growing, these large values would be copied again and again.
        program.definitions.reserveCapacity(order.count)
        while start < order.count, !watch.stops() {
            let component = model.component[Int(order[start].rawValue)]
            var end = start + 1
            while end < order.count, model.component[Int(order[end].rawValue)] == component { end += 1 }
            lowerInAllScenarios(order[start..<end])
            start = end
        }
    }

    /// First for the baseline; then for each scenario that touches it, and shared with the others.
    private mutating func lowerInAllScenarios(_ group: ArraySlice<DeclarationID>) {
        lowerOnce(group)
        // Asked once for all variants: of thousands of policies most are nothing that a scenario touches.
        let canBeTouched = group.contains { model.isPatched.contains($0) || !model.reads(of: $0).isEmpty }
        for number in variants.indices.dropFirst() where !watch.stops() {
            guard canBeTouched, isTouched(group, in: number) else {
                share(group, with: number)
                continue
            }
            enterVariant(number)
            lowerOnce(group)
            enterVariant(0)
        }
    }

    private mutating func lowerOnce(_ members: ArraySlice<DeclarationID>) {
        guard let first = members.first else { return }
        if members.count > 1 || model.readsItself(first) {
            for id in members { settle(model.reads(of: id)) }
            let group = Array(members)
            findAxes(of: group)
            lowerGroup(group)
        } else if program.ofDeclaration[Int(first.rawValue)] < 0 {
            findAxes(of: first)
            lowerAlone(first)
        }
    }

    private mutating func lowerGroup(_ group: [DeclarationID]) {
        let values = group.filter {
            let kind = model[$0].kind
            return kind == .let || kind == .assume || kind.isField || kind.isCleared || kind == .projected
                || (kind == .unit && !model[$0].value.isNone)
        }
        if values.isEmpty {
            for id in group where model[id].kind == .unit { lowerBaseUnit(id) }
            if let reads = noteReads(of: group) {
                program.schedule.append(ScheduleEntry(definitions: [reads], isLoop: false))
            }
            return
        }
        let first = sequence.count
        for id in values {
            program.ofDeclaration[Int(id.rawValue)] = reserve(
                axes: axesOfDeclaration[Int(id.rawValue)], at: place(of: id),
                hasPlaces: model[id].kind != .cohorts)
        }
        let members = Set(values.map { program.ofDeclaration[Int($0.rawValue)] })
        let functionReads = noteReads(of: group)
        // After the group its phase is known.
        defer {
            if let functionReads { program.schedule.append(ScheduleEntry(definitions: [functionReads], isLoop: false)) }
        }
        for id in stepOrder(values) { lowerDeclaration(id) }
        let segment = Array(sequence[first...])
        sequence.removeSubrange(first...)
        let isLoop =
            values.count > 1
            || segment.contains { number in
                program.definitions[number].reads.contains { members.contains($0) }
            }
        if !isLoop, functionReads == nil {
            for number in segment { program.schedule.append(ScheduleEntry(definitions: [number], isLoop: false)) }
            return
        }
        scheduleLoop(segment, members.union(functionReads.map { [$0] } ?? []))
    }

    /// The common case: a declaration that rests on none that rests on it.
    private mutating func lowerAlone(_ id: DeclarationID) {
        switch model.declarations[Int(id.rawValue)].kind {
        case .unit where model[id].value.isNone: return lowerBaseUnit(id)
        case .unit, .assume, .let, .field, .clearing, .result, .gathered, .stockField, .cohorts, .stockResult,
            .projected:
            break
        case .function:
            if let reads = noteReads(of: id) {
                program.schedule.append(ScheduleEntry(definitions: [reads], isLoop: false))
            }
            return
        default: return
        }
        if let same = definition(thatIs: id) {
            program.ofDeclaration[Int(id.rawValue)] = same
            return
        }
        if model.stockResult(of: id) != nil, model.stockResult(of: id) != .level, !isNamed(id) { return }
        program.ofDeclaration[Int(id.rawValue)] = reserve(
            axes: axesOfDeclaration[Int(id.rawValue)], at: place(of: id),
            hasPlaces: model.declarations[Int(id.rawValue)].kind != .cohorts)
        if !makesFunctions {
            if isPlain(id) {
                isDeferred[Int(id.rawValue)] = true
                return
            }
            settle(model.reads(of: id))
        }
        lowerReserved(id)
    }

    /// The definition of what a declaration is another name for: it is not computed twice.
    @inline(__always)
    private func definition(thatIs id: DeclarationID) -> Int? {
        let declaration = model.declarations[Int(id.rawValue)]
        guard declaration.kind == .let || declaration.kind == .stockField, !model.isPatched.contains(id),
            let target = core.declarationNamed(by: id)
        else { return nil }
        switch model.declarations[Int(target.rawValue)].kind {
        case .let, .assume, .stockField, .stockResult, .result: break
        default: return nil
        }
        let number = program.ofDeclaration[Int(target.rawValue)]
        guard number >= 0, program.definitions[number].axes == axesOfDeclaration[Int(id.rawValue)] else { return nil }
        return number
    }

    /// Whether the script names a result at all; of a stock most results are not wanted.
    @inline(__always)
    private func isNamed(_ id: DeclarationID) -> Bool { model.isNamed[Int(id.rawValue)] }

    private mutating func lowerReserved(_ id: DeclarationID) {
        let first = sequence.count
        lowerDeclaration(id)
        for index in first..<sequence.count {
            program.schedule.append(ScheduleEntry(definitions: [sequence[index]], isLoop: false))
        }
        sequence.removeLast(sequence.count - first)
    }

    /// Whether nothing can be wrong with a declaration over time and indexes: it is arithmetic on values, each at the
    /// current point. Then its code is made only where something else may rest on what it is.
    @inline(__always)
    private func isPlain(_ id: DeclarationID) -> Bool {
        let declaration = model.declarations[Int(id.rawValue)]
        let axes = axesOfDeclaration[Int(id.rawValue)]
        guard variants.count < 2, declaration.kind == .let || declaration.kind == .assume,
            model.traits(of: id).subtracting(.isUncertain).isEmpty,
            declaration.valueModule == declaration.module,
            !model.types.isCompound(declaration.type), program.calendar.hasHorizon || !axes.contains(.time)
        else { return false }
        for read in model.reads(of: id) {
            let target = Int(read.target.rawValue)
            switch model.declarations[target].kind {
            case .unit, .builtin, .now: continue
            case .let, .assume, .field, .clearing, .result, .gathered, .stockField, .cohorts, .stockResult, .projected:
                if model.types.isCompound(model.declarations[target].type) || program.ofDeclaration[target] < 0 {
                    return false
                }
            case .function:
                // Over samples a call is written out, which has a limit.
                let info = functionInfo[target]
                if info.isWide || !info.axes.indexes.isEmpty || axes.contains(.sample) { return false }
            case .index, .source, .module, .market, .supply, .policy, .data, .fitting: return false
            }
        }
        return true
    }

    /// Lowers what was left out so far of all that something rests on, in order.
    private mutating func settle(_ reads: ArraySlice<DependencyEdge>) {
        if !makesFunctions { settle(reads.map { $0.target }) }
    }

    private mutating func settle(_ targets: [DeclarationID]) {
        if makesFunctions { return }
        var stack = targets
        var found: [DeclarationID] = []
        while let id = stack.popLast() {
            let index = Int(id.rawValue)
            if isSettled[index] { continue }
            isSettled[index] = true
            if isDeferred[index] { found.append(id) }
            for read in model.reads(of: id) where !isSettled[Int(read.target.rawValue)] { stack.append(read.target) }
        }
        found.sort { program.ofDeclaration[Int($0.rawValue)] < program.ofDeclaration[Int($1.rawValue)] }
        for id in found {
            isDeferred[Int(id.rawValue)] = false
            lowerReserved(id)
        }
    }

    /// The same for what an expression names.
    mutating func settle(_ id: ExpressionID) { if !makesFunctions { settle(core.declarations(in: id)) } }

    private mutating func scheduleLoop(_ segment: [Int], _ members: Set<Int>) {
        var dependent = members
        var before: [Int] = []
        var inStep: [Int] = []
        var tail: [Int] = []
        // Reads go forward in the sequence but for those of members, which all depend.
        for number in segment {
            let depends =
                members.contains(number) || program.definitions[number].reads.contains { dependent.contains($0) }
            guard depends else {
                before.append(number)
                continue
            }
            dependent.insert(number)
            switch program.definitions[number].kind {
            case .timeReduction, .statistic, .growing:
                _ = report(.wholeInLoop(at: location(program.definitions[number].origin.place)))
            default: break
            }
            if delayed.contains(number) { tail.append(number) } else { inStep.append(number) }
        }
        for number in before { program.schedule.append(ScheduleEntry(definitions: [number], isLoop: false)) }
        program.schedule.append(ScheduleEntry(definitions: inStep + tail, isLoop: true))
    }

    /// Members of a group so that what is needed in the same step comes first.
    @inline(__always)
    private func stepOrder(_ values: [DeclarationID]) -> [DeclarationID] {
        // `Model.order` is by all edges; inside a group only those of the same step count. They were found while checking.
        model.stepOrder(among: values)
    }

    private mutating func lowerBaseUnit(_ id: DeclarationID) {
        let number = reserve(axes: [], at: place(of: id))
        program.definitions[number].constant = 1
        program.definitions[number].kind = .code([])
        program.ofDeclaration[Int(id.rawValue)] = number
    }

    private mutating func lowerDeclaration(_ id: DeclarationID) {
        let declaration = model[id]
        let number = program.ofDeclaration[Int(id.rawValue)]
        expansions.refill()
        drawOwner = DrawOwner(id, named: model.name(id))
        reads.removeAll(keepingCapacity: true)
        do throws(LoweringFailure) {
            if declaration.kind.isCleared {
                try fillCleared(number, id)
            } else if declaration.kind == .projected {
                try fillProjected(number, id)
            } else if table(of: id) != nil {
                program.definitions[number].kind = .code([])
                program.definitions[number].constant = 0
            } else {
                let patches = model.isPatched.contains(id) ? model.patches(on: id, in: scenarios[scenario]) : []
                if patches.isEmpty { try fillBase(number, id) } else { try fillPatched(number, id, patches) }
            }
            if declaration.kind == .stockResult {
                program.definitions[number].isLevel = model.stockResult(of: id)?.isLevel ?? false
            } else if !declaration.value.isNone {
                program.definitions[number].isLevel = isLevel(id)
            }
        } catch {
            program.definitions[number].kind = .invalid
        }
        // A copy of just its size; the list itself is used again.
        program.definitions[number].reads = Array(reads[...])
        finish(number)
        reads.removeAll(keepingCapacity: true)
    }

    private mutating func lowerQuery(_ query: QueryRequest) {
        switch query {
        case .declaration(let id, let scenario):
            enterScenario(scenario)
            let number = program.ofDeclaration[Int(id.rawValue)]
            let axes = number >= 0 ? program.definitions[number].axes : []
            let points = number >= 0 ? points(of: number, id) + points(ofProjectionData: id, number) : []
            program.queries.append(Query(definition: number, axes: axes, points: points))
        case .points(let module, let node):
            enterScenario(Model.baseline)
            lowerPoints(core.expression(node, in: module))
        case .periods(let module, let node, let times, let scenario):
            enterScenario(scenario)
            lowerPeriods(core.expression(node, in: module), times)
        case .expression(let module, let node, let time, let scenario):
            enterScenario(scenario)
            lowerExpression(core.expression(node, in: module), at: core.expression(time, in: module))
        }
    }

    private mutating func enterScenario(_ wanted: Int?) {
        enterVariant(variant(ofScenario: wanted ?? model.mainScenario) ?? 0)
    }

    /// The state for what a query asks for.
    mutating func beginQuery(_ id: ExpressionID) {
        settle(id)
        expansions.refill()
        drawOwner = DrawOwner(command: model.text(at: place(id)))
        reads = []
        scope = nil
        unit = CodeUnit(isLane: false, point: noPoint)
    }

    private mutating func lowerExpression(_ id: ExpressionID, at time: ExpressionID) {
        settle(time)
        beginQuery(id)
        let first = sequence.count
        do throws(LoweringFailure) {
            let expression = Expression(id: id, scope: nil)
            if time.isNone, !program.calendar.hasHorizon, let series = try series(of: id) {
                let points = points(of: series, at: place(id))
                program.queries.append(
                    Query(definition: -1, axes: axes(of: series).union(.time).subtracting(.sample), points: points))
            } else {
                let number = time.isNone ? try define(expression) : try defineAt(expression, time: time)
                program.queries.append(Query(definition: number, axes: program.definitions[number].axes))
            }
        } catch {
            program.queries.append(Query(definition: -1, axes: []))
        }
        schedule(from: first)
    }

    /// A definition for each period. Where one cannot be read, there is no answer, and that is reported.
    private mutating func lowerPeriods(_ id: ExpressionID, _ times: [TimePoint]) {
        let first = sequence.count
        var query = Query(definition: -1, axes: [])
        do throws(LoweringFailure) {
            for time in times {
                beginQuery(id)
                let number = try defineAt(Expression(id: id, scope: nil), period: time)
                query.points.append((time.text, number))
                query.axes.formUnion(program.definitions[number].axes)
            }
        } catch {
            query.points = []
        }
        program.queries.append(query)
        schedule(from: first)
    }

    /// Without a horizon a series is its points.
    private mutating func points(of number: Int, _ id: DeclarationID) -> [(label: String, definition: Int)] {
        guard !program.calendar.hasHorizon, case .series(let series) = program.definitions[number].kind else {
            return []
        }
        let first = sequence.count
        let result = points(of: program.series[series], at: place(of: id))
        schedule(from: first)
        return result
    }

    /// What was made for a query is computed last.
    mutating func schedule(from first: Int) {
        for number in sequence[first...] {
            program.schedule.append(ScheduleEntry(definitions: [number], isLoop: false))
        }
        sequence.removeSubrange(first...)
        reads = []
    }

    /// Statistics need all samples of what they reduce, so they and what rests on them come a pass later.
    private mutating func findPhases() {
        for entry in program.schedule {
            var phase = 0
            for number in entry.definitions {
                for read in program.definitions[number].reads where !entry.definitions.contains(read) || !entry.isLoop {
                    var needed = program.definitions[read].phase
                    if case .statistic(let kind, let source, let second) = program.definitions[number].kind,
                        source == read || (kind.isOfPair && second == read),
                        program.definitions[read].isSampled
                    {
                        needed += 1
                    }
                    phase = max(phase, needed)
                }
            }
            for number in entry.definitions { program.definitions[number].phase = phase }
        }
    }

    // MARK: Constants

    /// The value of an expression that must be known before anything runs.
    mutating func constantNumber(_ id: ExpressionID) throws(LoweringFailure) -> Double? {
        let start = here
        let outer = unit
        unit = CodeUnit(isLane: false, point: noPoint)
        unit.seeksConstant = true
        defer {
            discard(from: start)
            unit = outer
        }
        if case .constant(let value) = try lower(id) { return value }
        return nil
    }

    mutating func constantTime(_ id: ExpressionID) throws(LoweringFailure) -> TimePoint? {
        if let value = try constantNumber(id), !value.isNaN { return TimePoint(bits: value) }
        return nil
    }
}

/// Why a step could not be found.
package struct StepFailure: Error { package var diagnostics: [Diagnostic] }

/// The last step of a time that is written out.
package func constantStep(
    _ core: Core, _ program: Program, _ node: NodeID, in module: Int32
) -> Result<Int, StepFailure> {
    var lowering = Lowering(core, ScenarioSet(of: core.model), seed: 0)
    lowering.program.calendar = program.calendar
    do throws(LoweringFailure) {
        return .success(try lowering.steps(ofConstant: core.expression(node, in: module)).upperBound)
    } catch {
        return .failure(StepFailure(diagnostics: lowering.diagnostics))
    }
}
