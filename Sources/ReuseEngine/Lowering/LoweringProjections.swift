import ReuseCore
import ReuseModel
import ReuseSyntax

/// Projections: what each is fitted to, and the values that it gives.
extension Lowering {
    // MARK: Axes

    mutating func findAxesOfProjected(_ id: DeclarationID) -> Bool {
        guard let (projection, result) = model.projection(of: id) else { return false }
        var axes: Axes = []
        for part in projection.parts { axes.formUnion(axesOfDeclaration[Int(part.rawValue)]) }
        axes.remove(.time)
        switch result.kind {
        case .path:
            axes.insert(.time)
            if projection.hasBand { axes.insert(.sample) }
        case .central: axes.insert(.time)
        default: break
        }
        if axes == axesOfDeclaration[Int(id.rawValue)] { return false }
        axesOfDeclaration[Int(id.rawValue)].formUnion(axes)
        return true
    }

    // MARK: Definitions

    mutating func fillProjected(_ number: Int, _ id: DeclarationID) throws(LoweringFailure) {
        guard let (projection, result) = model.projection(of: id) else { throw .reported }
        let plan = try self.plan(of: projection, result.projection, reports: result.kind == .path)
        reads += program.projections[plan].reads
        if result.kind == .method { return try fillMethod(number, id, plan) }
        var output = ProjectionOutput(plan: plan, candidate: result.candidate, kind: .result(result.kind))
        if result.kind == .path { output.residuals = residuals(of: projection, plan, at: nil) }
        program.definitions[number].kind = .projected(program.projectionOutputs.count)
        program.projectionOutputs.append(output)
    }

    /// A projection read at a period that is written out and lies outside the horizon, or where there is none.
    mutating func readProjection(
        _ base: ExpressionID, at time: TimePoint, _ place: Place
    ) throws(LoweringFailure) -> Operand? {
        guard case .read(let target) = core[base],
            let (projection, result) = model.projection(of: target), result.kind == .path || result.kind == .central,
            program.calendar.range(of: time) == nil
        else { return nil }
        let plan = try self.plan(of: projection, result.projection, reports: false)
        var output = ProjectionOutput(plan: plan, candidate: result.candidate, kind: .result(result.kind), period: time)
        if result.kind == .path { output.residuals = residuals(of: projection, plan, at: time) }
        program.projectionOutputs.append(output)
        let axes = axesOfDeclaration[Int(target.rawValue)].subtracting(.time)
        let number = defineNative(
            .projected(program.projectionOutputs.count - 1), axes: axes, reads: program.projections[plan].reads,
            at: place)
        return try load(number, place)
    }

    /// The name of the method: a text, so it is code.
    private mutating func fillMethod(_ number: Int, _ id: DeclarationID, _ plan: Int) throws(LoweringFailure) {
        let declaration = model.declarations[Int(id.rawValue)]
        let labels = program.projections[plan].candidates.map { $0.method.label }
        let place = model.place(declaration.node, in: declaration.module)
        var choice = -1
        if labels.count > 1 {
            program.projectionOutputs.append(ProjectionOutput(plan: plan, candidate: -1, kind: .choice))
            choice = defineNative(
                .projected(program.projectionOutputs.count - 1), axes: program.definitions[number].axes,
                reads: program.projections[plan].reads, at: place)
        }
        try fill(number, at: place) { lowering throws(LoweringFailure) in
            if lowering.unit.isLane { throw .notForLanes }
            let list = try lowering.newScalar(place)
            lowering.emit(Instruction(.listBegin, list, wide: labels.count), at: place)
            let text = try lowering.newScalar(place)
            for label in labels {
                lowering.emit(Instruction(.textConstant, text, wide: lowering.textNumber(label)), at: place)
                lowering.emit(Instruction(.listPush, list, text), at: place)
            }
            let chosen = choice < 0 ? .constant(1) : try lowering.load(choice, place)
            return try lowering.listOperation(.item, (list, try lowering.toScalar(chosen, place)), place, nil)
        }
        program.definitions[number].isObject = true
    }

    // MARK: Plans

    /// The plan of a projection in the current scenario: one for all its results. What is wrong with it is reported once,
    /// where the projection itself is lowered.
    private mutating func plan(
        of projection: Projection, _ number: Int, reports: Bool
    ) throws(LoweringFailure) -> Int {
        var key = [number]
        for part in projection.parts { key.append(program.ofDeclaration[Int(part.rawValue)]) }
        if let known = program.projections.firstIndex(where: { $0.key == key }) { return known }
        let data = try series(ofData: projection, reports: reports)
        func definition(_ id: DeclarationID) -> Int { id.isNone ? -1 : program.ofDeclaration[Int(id.rawValue)] }
        func origin(_ node: NodeID) -> Origin { Origin(model.place(node, in: projection.module)) }
        var plan = ProjectionPlan(
            data: data, candidates: [], origin: origin(projection.methodNode),
            holdout: definition(projection.holdout), isSampled: false, key: key)
        for candidate in projection.candidates {
            plan.candidates.append(
                ProjectionPlan.Candidate(
                    method: candidate.method, parameters: candidate.parameters.map { definition($0) },
                    origin: origin(candidate.node)))
        }
        plan.reads =
            data.reads + plan.candidates.flatMap { $0.parameters.filter { $0 >= 0 } }
            + (plan.holdout >= 0 ? [plan.holdout] : [])
        for part in projection.parts where part != projection.data {
            guard axesOfDeclaration[Int(part.rawValue)].contains(.time) else { continue }
            guard reports else { throw .reported }
            let name = model.name(part).split(separator: ".").last.map { String($0) } ?? ""
            throw report(.changingParameter(name, at: location(place(of: part))))
        }
        plan.isSampled = plan.reads.contains { program.definitions[$0].isSampled }
        if projection.hasBand { addDraws(projection, &plan) }
        program.projections.append(plan)
        return program.projections.count - 1
    }

    private mutating func series(
        ofData projection: Projection, reports: Bool
    ) throws(LoweringFailure) -> Series {
        let number = program.ofDeclaration[Int(projection.data.rawValue)]
        let place = place(of: projection.data)
        var found: Series?
        if number >= 0, case .series(let own) = program.definitions[number].kind {
            found = program.series[own]
        } else if number >= 0, case .invalid = program.definitions[number].kind {
            throw .reported
        } else {
            found = try series(of: core.value(of: projection.data))
        }
        guard let found else {
            guard reports else { throw .reported }
            let isOverTime = axesOfDeclaration[Int(projection.data.rawValue)].contains(.time)
            throw report(isOverTime ? .dataByStep(at: location(place)) : .dataNotSeries(at: location(place)))
        }
        for points in found.lists {
            for point in points where point.start == 0 || point.end == .max {
                guard reports else { throw .reported }
                throw report(.openDatum(at: location(place)))
            }
        }
        return found
    }

    /// The data of a projection are shown as their points, wherever the horizon lies.
    mutating func points(ofProjectionData id: DeclarationID, _ number: Int) -> [(label: String, definition: Int)] {
        guard program.calendar.hasHorizon, let projection = model.projections.first(where: { $0.data == id }) else {
            return []
        }
        let place = projection.parts.firstIndex(of: id).map { $0 + 1 } ?? 0
        let plan = program.projections.first { place < $0.key.count && $0.key[place] == number }
        guard let plan else { return [] }
        let first = sequence.count
        let result = points(of: plan.data, at: self.place(of: id))
        schedule(from: first)
        return result
    }

    /// The points of a series that a command asks for.
    mutating func lowerPoints(_ id: ExpressionID) {
        beginQuery(id)
        let first = sequence.count
        var query = Query(definition: -1, axes: .time)
        do throws(LoweringFailure) {
            if let series = try series(of: id) {
                query.axes = axes(of: series).union(.time).subtracting(.sample)
                query.points = points(of: series, at: place(id))
                query.periods = series.allPoints.map { point in
                    point.end == .max ? nil : TimePoint(start: point.start, length: point.end - point.start)
                }
            } else {
                _ = report(.dataNotSeries(at: location(id)))
            }
        } catch {}
        program.queries.append(query)
        schedule(from: first)
    }

    // MARK: Draws

    /// Combinations of the indexes that a projection varies over, as text for the names of draws.
    private func members(of projection: Projection) -> [String] {
        let axes = axesOfDeclaration[Int(projection.declaration.rawValue)]
        var result = [""]
        for index in axes.indexNumbers {
            result = result.flatMap { head in
                model.indexes[index].members.map { head + "[" + model.symbols[$0] + "]" }
            }
        }
        return result.count <= Limits.combinations ? result : []
    }

    private mutating func addDraw(_ projection: Projection, _ name: String, _ variables: [UInt64]) -> Int {
        program.draws.append(
            DrawSource(path: model.name(projection.declaration), variables: variables, name: name, rank: .declaration))
        return program.draws.count - 1
    }

    private mutating func addDraw(_ projection: Projection, _ what: String, _ member: String) -> Int {
        let name = model.name(projection.declaration) + "#" + what + member
        return addDraw(projection, name, [hash(name)])
    }

    private mutating func addDraws(_ projection: Projection, _ plan: inout ProjectionPlan) {
        for member in members(of: projection) {
            var draws = ProjectionPlan.Draws()
            draws.variance = addDraw(projection, "variance", member)
            for candidate in projection.candidates {
                for place in candidate.method.fitted(isGiven: candidate.isGiven) where !candidate.method.isSmoothing {
                    let parameter = candidate.method.parameters[place]
                    guard draws.parameters[Int(parameter.rawValue)] < 0 else { continue }
                    draws.parameters[Int(parameter.rawValue)] = addDraw(projection, parameter.label, member)
                }
            }
            plan.draws.append(draws)
        }
    }

    /// The draws of residuals by combination: a variable for each step, or for one period. Each is keyed by its date, so
    /// that neither the horizon nor what is asked moves it. Of smoothing the steps are those of the data.
    private mutating func residuals(of projection: Projection, _ plan: Int, at period: TimePoint?) -> [Int] {
        guard projection.hasBand else { return [] }
        var dates: [String] = []
        if projection.candidates.contains(where: { $0.method.isSmoothing }) {
            dates = stepsAfterData(
                program.projections[plan].data.allPoints, until: period?.end ?? program.calendar.steps.last?.end)
        }
        let curveDates = period.map { [$0.text] } ?? program.calendar.steps.map { $0.text }
        let path = model.name(projection.declaration)
        return members(of: projection).map { member in
            let name = path + "#residual" + member
            // Those of curves first, then those of smoothing: `choose` may have both.
            let variables = (curveDates + dates).map { hash(name + "@" + $0) }
            // Read elsewhere than at its steps it has dimensions of its own under `sobol`.
            let place = period.map { "@" + $0.text } ?? ""
            return addDraw(projection, name + place, variables.isEmpty ? [hash(name)] : variables)
        }
    }

    private func stepsAfterData(_ points: [SeriesPoint], until end: Int64?) -> [String] {
        guard let last = points.last, let end else { return [] }
        var step = Int64.max
        for (point, next) in zip(points, points.dropFirst()) { step = min(step, next.start - point.start) }
        var dates: [String] = []
        guard step > 0, step < .max else { return [] }
        var start = last.start
        while start < end, dates.count < Limits.horizonSteps {
            start += step
            guard let time = TimePoint(start: start, length: min(step, last.end - last.start)) else { break }
            dates.append(time.text)
        }
        return dates
    }
}
