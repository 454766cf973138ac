import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// Runs the commands of a checked model: asks the engine for all that they need at once, then makes their outputs in order.
struct Runner {
    let model: Model
    /// The expressions of the model, which all that is lowered for its commands shares.
    let core: Core
    /// Those of the model, with what commands found so far, and those that they made.
    var scenarios: ScenarioSet
    /// The commands to run, in order.
    var commands: [Command]
    let options: Options
    var outputs: [Output] = []
    /// Cells of all outputs so far.
    var cellCount = 0
    var diagnostics: [Diagnostic] = []
    var units: DisplayUnits
    var program = Program()
    var solutions: [Solution] = []
    var calibrations: [Calibration] = []
    var execution: Execution?
    /// Commands whose output is not wanted: a `solve` on which another command rests.
    var quiet: Set<Command> = []
    /// A bare expression that is a series is shown at its own points, whatever the horizon.
    var showsOwnPoints = false
    /// Parts of the run that others have computed, with the names of their files.
    var parts: (parts: [Part], names: [String])?

    init(model: Model, options: Options) {
        self.model = model
        core = Core(model)
        scenarios = ScenarioSet(of: model)
        commands = model.commands
        self.options = options
        units = DisplayUnits(model: model)
    }

    /// Errors of time and indexes, which are found when the model is lowered.
    mutating func checkAxes() -> [Diagnostic] {
        var requests: [QueryRequest] = []
        for command in commands where command.kind == .solve {
            guard let parts = model.solving(command.node, in: command.module) else { continue }
            for node in [parts.low, parts.high, parts.condition] {
                requests.append(.expression(module: command.module, node: node, scenario: parts.scenario))
            }
        }
        checkCalibrations()
        for command in commands where !options.isCancelledByHost() {
            requests += plan(command, isRun: false)?.requests ?? []
        }
        checkReach(isRun: false)
        return diagnostics
            + faults(in: requests).diagnostics
    }

    /// Requests as far as a check wants to know of them: what is wrong with them, and what they vary over.
    func faults(in requests: [QueryRequest]) -> LoweredModel {
        ReuseEngine.lower(
            core, scenarios, queries: requests, seed: options.seed, codeOfFunctions: false,
            isCancelled: options.isCancelledByHost)
    }

    /// The scenario of plain commands.
    var mainScenario: Scenario { scenarios[model.mainScenario] }

    mutating func run() {
        checkReferences()
        guard solveAll() else { return }
        var plans: [any CommandPlan] = []
        for command in commands {
            if options.isCancelledByHost() {
                diagnostics.append(.stopped)
                return
            }
            if let plan = plan(command, isRun: true) { plans.append(plan) }
        }
        if diagnostics.contains(where: { $0.severity == .error }) { return }
        let requests = plans.flatMap { $0.requests }
        guard compute(requests), isWholeEnough(requests) else { return }
        tellLeftOut()
        checkWindows()
        checkReach(isRun: true)
        checkRoutes()
        checkEffects()
        checkLifetimes()
        var first = 0
        for plan in plans {
            let queries = Array(first..<first + plan.requests.count)
            first += plan.requests.count
            if quiet.contains(plan.command) { continue }
            let shown = outputs.count
            let isDone = !isLeft && plan.finish(&self, queries)
            if isLeft {
                // What was begun may lack cells.
                outputs.removeSubrange(shown...)
                if !diagnostics.contains(where: { $0.kind == .cancelled }) { diagnostics.append(.stoppedShowing) }
            }
            guard isDone, !isLeft else { return }
        }
    }

    /// Nobody wants the outputs any more. What a run had when it was stopped is shown.
    var isLeft: Bool { execution.map { !$0.isStopped && options.isCancelledByHost() } ?? false }

    /// What a shard of the run computes; nil where there is an error.
    mutating func runShard(_ shard: Shard) -> PartialResult? {
        guard solveAll() else { return nil }
        let requests = commands.flatMap { plan($0, isRun: true)?.requests ?? [] }
        guard compute(requests, { $0.shard = (shard.number - 1, shard.count) }), let execution else { return nil }
        if execution.isStopped {
            diagnostics.append(.stopped)
            return nil
        }
        return execution.partialResult()
    }

    /// Requests on central values, for what runs before the commands; nil after a report, which is `stopped` where the host
    /// has stopped it.
    mutating func central(
        _ requests: [QueryRequest], stopped: Diagnostic = .stopped
    ) -> (program: Program, run: Execution)? {
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else {
            diagnostics += lowered.diagnostics
            return nil
        }
        let run = execute(lowered.program, options.central)
        guard !run.isStopped else {
            diagnostics.append(stopped)
            return nil
        }
        program = lowered.program
        execution = run
        return (lowered.program, run)
    }

    /// Lowers and executes; false where that is reported as an error.
    mutating func compute(_ requests: [QueryRequest], _ adjust: (inout RunSettings) -> Void = { _ in }) -> Bool {
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else {
            diagnostics += lowered.diagnostics
            return false
        }
        program = lowered.program
        let format = ValueFormat()
        var settings = options.run(samples: options.samples)
        settings.format = { format.text(.number($0), unit: $1) }
        if let share = options.precision {
            settings.precision = Precision(share: share, queries: requests.indices.filter { isNumber(requests[$0]) })
        }
        settings.allowedUnsolved = options.allowedUnsolved
        settings.parts = parts?.parts.map(\.result) ?? []
        adjust(&settings)
        let execution = execute(program, settings)
        if let parts,
            let problem = Part.problem(
                parts.parts, names: parts.names, script: parts.parts.first?.script ?? 0, places: execution.partPlaces)
        {
            diagnostics.append(.wrongPart(problem))
            return false
        }
        if let shortage = execution.shortage {
            diagnostics.append(.outOfMemory(shortage, samples: settings.samples, in: model))
            return false
        }
        self.execution = execution
        return true
    }

    private func isNumber(_ request: QueryRequest) -> Bool {
        switch request {
        case .expression(let module, let node, _, _), .periods(let module, let node, _, _):
            return model.types.isNumber(model.type(of: node, in: module))
        default: return false
        }
    }

    /// Whether there are samples to speak of; what a run that was stopped has is told.
    private mutating func isWholeEnough(_ requests: [QueryRequest]) -> Bool {
        guard let execution else { return false }
        if execution.isStopped, execution.sampleCount == 0 {
            diagnostics.append(.stopped)
            return false
        }
        if let share = options.precision, let imprecise = execution.imprecise {
            var name = "a value"
            switch requests[imprecise.query] {
            case .expression(let module, let node, let time, _):
                name = "`\(text(node, in: module))`"
                if !time.isNone { name += " in " + text(time, in: module) }
            case .periods(let module, let node, let periods, _):
                name = "`\(text(node, in: module))`"
                if let point = imprecise.point, periods.indices.contains(point) {
                    name += " in " + periods[point].text
                }
            default: break
            }
            if let step = imprecise.step, step < program.calendar.steps.count {
                name += " in " + program.calendar.steps[step].text
            }
            diagnostics.append(.imprecise(name, share, samples: execution.sampleCount))
        }
        return true
    }

    // MARK: Samples whose markets could not be cleared

    /// What is left out is told before all outputs.
    private mutating func tellLeftOut() {
        guard let execution, execution.leftOut > 0 else { return }
        outputs.append(
            .text(
                Self.counted(execution.leftOut, of: execution.sampleCount + execution.leftOut)
                    + " are left out: their markets could not be cleared"))
    }

    private func helpOnUnsolved(_ execution: Execution) -> [String] {
        if execution.isCentral {
            return options.allowedUnsolved > 0
                ? ["`--allow-unsolved` leaves out samples, and this is the one run with every draw at its median"] : []
        }
        let (count, all) = (execution.unsolvedCount, execution.sampleCount)
        guard count > 0, count < all else { return [] }
        // The runs of a method are no samples.
        let told = "\(Self.counted(count, of: all, execution.hasDesign ? "run" : "sample")) could not be cleared"
        // A share that is at least theirs, in four decimals.
        let parts = (Double(count) / Double(all) * 1e6).rounded(.up)
        guard parts < 1e6 else { return [told] }
        // A run that is shown by itself cannot be left out.
        if execution.hasDesign, !execution.mayLeaveOut { return [told] }
        let share = NumberFormat.text(parts / 1e4)
        return [told + "; `--allow-unsolved \(share)%` leaves them out of all results, and says so"]
    }

    /// `3 of 10000 samples (0.03%)`.
    static func counted(_ count: Int, of all: Int, _ word: String = "sample") -> String {
        let share = ValueFormat().text(.number(Double(count) / Double(all) * 100), unit: "%")
        return "\(count) of \(all) \(word)s (\(share))"
    }

    // MARK: Failures

    /// Stops the run where a value failed. Of parameters of distributions and of `fail` it is said in what share of the samples.
    mutating func stop(_ value: Double, sample: Int?, among samples: Samples = Samples([])) -> Bool {
        guard let failure = execution?.fault(in: value) else { return false }
        var share = execution?.share(failingAs: value)
        if share == nil, samples.count > 1, failure.fault.isToldByShare {
            let alike = samples.count {
                guard let other = execution?.fault(in: $0) else { return false }
                return other.fault.isToldByShare && other.origin == failure.origin && other.step == failure.step
            }
            share = Double(alike) / Double(samples.count)
        }
        var problem = Diagnostic(
            failure.fault, origin: failure.origin, step: failure.step, members: failure.members, sample: sample,
            share: share,
            missing: missing(value, failure.fault), model: model, program: program)
        if failure.fault.isUnsolved, let execution {
            problem.help += helpOnUnsolved(execution)
        }
        diagnostics.append(model.naming(failure.calls, in: problem))
        return true
    }

    /// How much a market has too little, as text in the unit of its demand.
    private mutating func missing(_ value: Double, _ fault: RunFault) -> String? {
        guard case .cannotClear(_, .market, let subject) = fault, let amount = execution?.amount(in: value),
            model.network.markets.indices.contains(subject)
        else { return nil }
        let unit = units.unit(of: model.network.markets[subject].fields[.demand])
        guard let scale = program.scale(of: unit) else { return nil }
        return ValueFormat().text(.number(amount / scale), unit: units.text(unit))
    }

    /// Whether markets leave no choice in what queries rest on.
    func isUnique(_ queries: [Int]) -> Bool {
        guard let execution, execution.hasOpenResults else { return true }
        return !queries.contains { query in
            let own = program.queries[query]
            return ([own.definition] + own.points.map(\.definition)).contains { execution.restsOnOpenResult($0) }
        }
    }

    func text(_ node: NodeID, in module: Int32) -> String { model.text(node, in: module) }
}
