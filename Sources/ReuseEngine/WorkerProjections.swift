import ReuseCore
import ReuseModel

/// What a projection was fitted to and what came of it, at one combination of indexes, for one sample or for all.
final class ProjectionOutcome {
    enum Fit {
        case fitted(ProjectionFit)
        case failed(FitProblem)
    }

    let problems: [ProjectionProblem]
    /// Of each candidate.
    let fits: [Fit]
    /// In years, if given.
    let holdout: Double?
    /// The value that stands for a fault in what was given.
    let fault: Double?
    /// The candidate that is used.
    let chosen: Int
    /// Whether it ended before all was fitted. Such a one is not kept.
    let isCancelled: Bool
    private var tests: [Result<Backtest, FitProblem>?]

    init(fault: Double) {
        problems = []
        fits = []
        holdout = nil
        self.fault = fault
        chosen = 0
        isCancelled = false
        tests = []
    }

    init(_ problems: [ProjectionProblem], holdout: Double?, _ isCancelled: () -> Bool) {
        self.problems = problems
        self.holdout = holdout
        fault = nil
        fits = problems.map { problem in
            do throws(FitProblem) { return .fitted(try problem.fit(isCancelled)) } catch { return .failed(error) }
        }
        tests = problems.map { _ in nil }
        var best = 0
        var least = Double.infinity
        if problems.count > 1 {
            // All are tested on the same data.
            let first = problems.map { $0.rollingStart }.max() ?? 0
            for number in problems.indices {
                let test = Self.test(problems[number], holdout, from: first, isCancelled)
                tests[number] = test
                if case .success(let test) = test, case .fitted = fits[number], test.rmse < least {
                    best = number
                    least = test.rmse
                }
            }
            if least == .infinity { best = -1 }
        }
        chosen = best
        self.isCancelled =
            fits.contains { if case .failed(.cancelled) = $0 { true } else { false } }
            || tests.contains { if case .failure(.cancelled) = $0 { true } else { false } }
    }

    private static func test(
        _ problem: ProjectionProblem, _ holdout: Double?, from first: Int, _ isCancelled: () -> Bool
    ) -> Result<Backtest, FitProblem> {
        do throws(FitProblem) {
            if let holdout {
                if let test = try problem.backtest(holdout: holdout, isCancelled) { return .success(test) }
                return .failure(.heldOut(needed: problem.leastCount, left: 0))
            }
            if let test = try problem.rollingBacktest(from: first, isCancelled) { return .success(test) }
            return .failure(.noBacktest(present: problem.data.count))
        } catch {
            if holdout != nil, case .tooFewPoints(let needed, let left) = error {
                return .failure(.heldOut(needed: needed, left: left))
            }
            return .failure(error)
        }
    }

    func test(_ number: Int, _ isCancelled: () -> Bool) -> Result<Backtest, FitProblem> {
        if let known = tests[number] { return known }
        let test = Self.test(problems[number], holdout, from: problems[number].rollingStart, isCancelled)
        if case .failure(.cancelled) = test { return test }
        tests[number] = test
        return test
    }

    /// A holdout that leaves too little is wrong, whether its errors are read or not.
    var holdoutProblem: FitProblem? {
        guard let holdout else { return nil }
        if holdout <= 0 { return .holdoutNotPositive }
        guard problems.count == 1, let end = problems[0].data.ends.last else { return nil }
        let left = problems[0].data.ends.filter { $0 <= end - holdout + 1e-6 }.count
        return left < problems[0].leastCount ? .heldOut(needed: problems[0].leastCount, left: left) : nil
    }
}

/// What a worker knows of a projection.
final class ProjectionWork {
    /// By combination, where it is the same for all samples.
    var shared: [Int: ProjectionOutcome] = [:]
    /// By combination: of the lanes of a block, and the paths drawn for them.
    var blocks: [Int: Block] = [:]
    /// What a curve does in a period, where the fit is the same for all samples.
    var slopes: [Period: ProjectionSlopes] = [:]

    struct Period: Hashable {
        var combination: Int
        var candidate: Int
        var start: Double
        var end: Double
    }

    final class Block {
        let sample: UInt64
        var outcomes: [ProjectionOutcome?] = Array(repeating: nil, count: Machine.lanes)
        var paths: [ProjectionPath?] = Array(repeating: nil, count: Machine.lanes)
        init(sample: UInt64) { self.sample = sample }
    }
}

extension Worker {
    /// A value of a projection for the lanes of a block.
    func projectLanes(
        _ output: Int, _ number: Int, _ combination: Int, _ step: Int, _ target: UnsafeMutablePointer<Double>
    ) {
        let count = min(machine.width, max(1, sampleCount - Int(truncatingIfNeeded: machine.firstSample)))
        for lane in 0..<count { target[lane] = projected(output, number, combination, step, lane: lane) }
        for lane in count..<machine.width { target[lane] = target[count - 1] }
    }

    /// A value of a projection, in a lane or for all samples.
    func projected(_ number: Int, _ definition: Int, _ combination: Int, _ step: Int, lane: Int?) -> Double {
        let output = program.projectionOutputs[number]
        let plan = program.projections[output.plan]
        let points = points(plan, definition, combination)
        let outer = machine.step
        defer { machine.step = outer }
        func failed(_ problem: FitProblem, _ candidate: Int) -> Double {
            if problem == .cancelled { return machine.poison(.cancelled, origin: plan.origin) }
            let place = min(max(candidate, 0), plan.candidates.count - 1)
            var origin = plan.candidates[place].origin
            switch problem {
            case .outsideDomain(let datum), .noRelativeError(let datum):
                if datum < points.count, let read = points[datum].value.read {
                    origin = program.definitions[read].origin
                }
            case .holdoutNotPositive where plan.holdout >= 0: origin = program.definitions[plan.holdout].origin
            case .noChoice: origin = plan.origin
            default: break
            }
            // Said of the whole, and not of a step.
            machine.step = program.calendar.count
            return machine.poison(.cannotProject(plan.candidates[place].method, problem), origin: origin)
        }
        let outcome = self.outcome(output.plan, definition, combination, lane)
        if let fault = outcome.fault { return fault }
        if outcome.isCancelled { return failed(.cancelled, 0) }
        if outcome.holdoutProblem == .holdoutNotPositive { return failed(.holdoutNotPositive, 0) }
        let candidate = output.candidate < 0 ? outcome.chosen : output.candidate
        guard candidate >= 0 else { return failed(.noChoice, 0) }
        if case .choice = output.kind { return Double(candidate + 1) }
        guard case .result(let kind) = output.kind else { return 0 }
        if kind == .path || kind == .central, let time = period(output, step),
            let value = datum(plan, covering: time, definition, combination, lane)
        {
            return value
        }
        if kind == .mape || kind == .rmse {
            switch outcome.test(candidate, machine.isCancelled) {
            case .success(let test):
                if kind == .mape, let zero = test.zero { return failed(.noRelativeError(zero), candidate) }
                return checkedProjection(kind == .mape ? test.mape : test.rmse, definition)
            case .failure(let problem): return failed(problem, candidate)
            }
        }
        if let problem = outcome.holdoutProblem { return failed(problem, candidate) }
        switch outcome.fits[candidate] {
        case .failed(let problem): return failed(problem, candidate)
        case .fitted(let fit):
            switch kind {
            case .path, .central:
                guard let time = period(output, step) else { return failed(.noHorizon, candidate) }
                guard let first = points.first, time.start >= first.start else {
                    machine.step = output.period == nil ? step : program.calendar.count
                    let method = plan.candidates[candidate].method
                    return machine.poison(
                        .cannotProject(method, .beforeData(start: points.first?.start ?? 0, asked: output.period)),
                        origin: program.definitions[definition].origin)
                }
                let value = self.value(of: fit, candidate, output, plan, time, combination, step, lane)
                return checkedProjection(value, definition)
            case .parameter(let place): return parameter(fit, place, definition)
            case .standardError where fit.degrees <= 0, .deviation where fit.degrees <= 0:
                return failed(.noFreedom(count: fit.residualCount), candidate)
            case .standardError(let place) where fit.standardErrors[place].isNaN:
                return failed(.notIdentified([fit.method.parameters[place]]), candidate)
            case .standardError(let place): return checkedProjection(fit.standardErrors[place], definition)
            case .r2: return fit.r2
            case .rss: return fit.rss
            case .deviation: return fit.deviation
            case .mape, .rmse, .method: return 0
            }
        }
    }

    private func checkedProjection(_ value: Double, _ definition: Int) -> Double {
        value.isFinite ? value : machine.poison(.notFinite, origin: program.definitions[definition].origin)
    }

    private func period(_ output: ProjectionOutput, _ step: Int) -> TimePoint? {
        output.period ?? (step < program.calendar.steps.count ? program.calendar.steps[step] : nil)
    }

    /// Times are the shortest periods, which begin at the estimate; trends are for a year.
    private func parameter(_ fit: ProjectionFit, _ place: Int, _ definition: Int) -> Double {
        let value = fit.parameters[place]
        switch fit.method.parameters[place] {
        case .midpoint:
            let start = (value * Double(TimePoint.ticksPerYear)).rounded()
            guard start.magnitude < 1e12, let time = TimePoint(start: Int64(start), length: 1) else {
                return machine.poison(.timeOutOfRange, origin: program.definitions[definition].origin)
            }
            return time.bits
        case .trend: return checkedProjection(value / fit.step, definition)
        default: return checkedProjection(value, definition)
        }
    }

    // MARK: Paths

    private func value(
        of fit: ProjectionFit, _ candidate: Int, _ output: ProjectionOutput, _ plan: ProjectionPlan,
        _ time: TimePoint, _ combination: Int, _ step: Int, _ lane: Int?
    ) -> Double {
        let year = Double(TimePoint.ticksPerYear)
        let (start, end) = (Double(time.start) / year, Double(time.end) / year)
        let isDrawn =
            !output.isCentral && !machine.isCentral && fit.hasBand && combination < output.residuals.count
            && combination < plan.draws.count
        guard isDrawn, let lane else {
            var path = ProjectionPath(central: fit)
            return path.value(from: start, to: end) { _ in 0.5 }
        }
        let block = block(output.plan, combination)
        let sample = machine.firstSample + UInt64(lane)
        var path: ProjectionPath
        if let known = block.paths[lane] {
            path = known
        } else {
            let draws = plan.draws[combination]
            machine.step = 0
            var uniforms = [machine.uniform(draws.variance, sample: sample)]
            if !fit.method.isSmoothing {
                for place in fit.fitted {
                    let draw = draws.parameters[Int(fit.method.parameters[place].rawValue)]
                    uniforms.append(draw < 0 ? 0.5 : machine.uniform(draw, sample: sample))
                }
            }
            path = ProjectionPath(drawnFrom: fit, uniforms)
        }
        // Variables of curves come first, one a step or the one of the period; then those of smoothing.
        let curveSteps = output.period == nil ? program.calendar.steps.count : 1
        let slopes = slopes(of: fit, candidate, output.plan, plan, start, end, combination)
        let value = path.value(from: start, to: end, slopes: slopes) { number in
            machine.step = number > 0 ? curveSteps + number - 1 : output.period == nil ? step : 0
            return machine.uniform(output.residuals[combination], sample: sample)
        }
        block.paths[lane] = path
        return value
    }

    /// Worked out once for all samples where the fit is the same for them.
    private func slopes(
        of fit: ProjectionFit, _ candidate: Int, _ number: Int, _ plan: ProjectionPlan, _ start: Double, _ end: Double,
        _ combination: Int
    ) -> ProjectionSlopes? {
        if plan.isSampled || fit.method.isSmoothing { return nil }
        let key = ProjectionWork.Period(combination: combination, candidate: candidate, start: start, end: end)
        if let known = projections[number].slopes[key] { return known }
        let slopes = ProjectionSlopes(fit, from: start, to: end)
        projections[number].slopes[key] = slopes
        return slopes
    }

    private func block(_ plan: Int, _ combination: Int) -> ProjectionWork.Block {
        if let known = projections[plan].blocks[combination], known.sample == machine.firstSample { return known }
        let block = ProjectionWork.Block(sample: machine.firstSample)
        projections[plan].blocks[combination] = block
        return block
    }

    // MARK: Data

    /// The datum of a period, or the mean of those that make it up; nil where there are none.
    private func datum(
        _ plan: ProjectionPlan, covering time: TimePoint, _ definition: Int, _ combination: Int, _ lane: Int?
    ) -> Double? {
        var sum = 0.0
        var covered: Int64 = 0
        for point in points(plan, definition, combination, lane)
        where point.end > time.start && point.start < time.end {
            if point.start <= time.start, point.end >= time.end { return point.value }
            if point.value.isNaN { return point.value }
            let part = min(point.end, time.end) - max(point.start, time.start)
            sum += point.value * Double(part)
            covered += part
        }
        return covered == time.length ? sum / Double(covered) : nil
    }

    /// The data at a combination of a definition's indexes.
    private func points(_ plan: ProjectionPlan, _ definition: Int, _ combination: Int) -> [SeriesPoint] {
        plan.data.lists[
            program.combination(combination, of: program.definitions[definition].axes, in: plan.data.indexes)]
    }

    /// Their periods and values.
    private func points(
        _ plan: ProjectionPlan, _ definition: Int, _ combination: Int, _ lane: Int?
    ) -> [(start: Int64, end: Int64, value: Double)] {
        points(plan, definition, combination).map { point in
            let value = seriesValue(point.value, definition, combination) { read, place in
                lane.map { self.laneValue(read, place, 0, $0) } ?? self.uniformValue(read, place, 0)
            }
            return (point.start, point.end, value)
        }
    }

    private func read(_ source: Int, _ definition: Int, _ combination: Int, _ lane: Int?) -> Double {
        let other = point(combination, of: definition, in: source)
        return lane.map { laneValue(source, other, 0, $0) } ?? uniformValue(source, other, 0)
    }

    // MARK: Fits

    private func outcome(_ number: Int, _ definition: Int, _ combination: Int, _ lane: Int?) -> ProjectionOutcome {
        let plan = program.projections[number]
        if plan.isSampled, let lane {
            let block = block(number, combination)
            if let known = block.outcomes[lane] { return known }
            let outcome = fit(plan, definition, combination, lane)
            if !outcome.isCancelled { block.outcomes[lane] = outcome }
            return outcome
        }
        if let known = projections[number].shared[combination] { return known }
        let outcome = fit(plan, definition, combination, nil)
        if !outcome.isCancelled { projections[number].shared[combination] = outcome }
        return outcome
    }

    private func fit(_ plan: ProjectionPlan, _ definition: Int, _ combination: Int, _ lane: Int?) -> ProjectionOutcome {
        let year = Double(TimePoint.ticksPerYear)
        var data = ProjectionData(starts: [], ends: [], values: [])
        for point in points(plan, definition, combination, lane) {
            if point.value.isNaN { return ProjectionOutcome(fault: point.value) }
            data.starts.append(Double(point.start) / year)
            data.ends.append(Double(point.end) / year)
            data.values.append(point.value)
        }
        var problems: [ProjectionProblem] = []
        for candidate in plan.candidates {
            var given: [Double?] = []
            for (place, source) in candidate.parameters.enumerated() {
                guard source >= 0 else {
                    given.append(nil)
                    continue
                }
                let value = read(source, definition, combination, lane)
                if candidate.method.parameters[place] == .midpoint {
                    if value.isNaN, Box.fault(in: value) != nil { return ProjectionOutcome(fault: value) }
                    let time = TimePoint(bits: value)
                    given.append((Double(time.start) + Double(time.length) / 2) / year)
                    continue
                }
                if value.isNaN { return ProjectionOutcome(fault: value) }
                given.append(value)
            }
            problems.append(ProjectionProblem(method: candidate.method, data: data, given: given))
        }
        var holdout: Double?
        if plan.holdout >= 0 {
            let value = read(plan.holdout, definition, combination, lane)
            if value.isNaN { return ProjectionOutcome(fault: value) }
            holdout = value
        }
        return ProjectionOutcome(problems, holdout: holdout, machine.isCancelled)
    }
}
