import ReuseEngine
import ReuseModel
import ReuseSyntax

/// Checking and running a script.
extension Conversation {
    /// A state under the policies that are chosen in it.
    func check(_ state: State) -> (CheckedModel, Script) {
        var copy = self
        copy.state = state
        let script = script(of: state)
        return (copy.check(script), script)
    }

    func check(_ script: Script) -> CheckedModel {
        var session = scenarioSession
        let text = script.text
        let checked = script.sorted(ReuseModel.check(session.input(text)))
        let empty = Set(checked.model.sources.filter { $0.bytes.isEmpty }.map(\.id))
        let places = checked.diagnostics.flatMap { [$0.primary].compactMap { $0 } + $0.secondary }
        guard places.contains(where: { empty.contains($0.location.source) }) else { return checked }
        // What is wrong with a table is shown in its text, which is not kept.
        session.memory = nil
        return script.sorted(ReuseModel.check(session.input(text)))
    }

    func calibrated(_ script: Script) -> (CheckedModel, [Calibration]) {
        let kept = script.parts.filter { !$0.isAsked && !$0.isLast }.map(\.entry.text)
        let grounds = groundsOfRun + "\0" + kept.joined(separator: "\n")
        let known = memory.calibrations(grounds)
        let (checked, found) = scenarioSession.calibrated(script.text, known: known)
        if known == nil, !found.isEmpty { memory.keep(found, grounds) }
        return (script.sorted(checked), found)
    }

    /// Errors of time and indexes in the entries that `isNew` picks.
    func axisProblems(_ model: Model, _ script: Script, _ isNew: (Script.Part) -> Bool) -> [Diagnostic] {
        var requests: [QueryRequest] = []
        for index in model.declarations.indices {
            let id = DeclarationID(Int32(index))
            let declaration = model[id]
            guard [.let, .assume].contains(declaration.kind), !declaration.value.isNone, !declaration.node.isNone,
                let part = script.part(ofModule: declaration.module), isNew(part)
            else { continue }
            requests.append(.declaration(id))
        }
        return faults(in: requests, of: model).diagnostics
    }

    /// Errors of time and indexes in entries that have none as things are.
    func newlyBroken(_ checked: CheckedModel, _ script: Script) -> [Diagnostic] {
        let errors = axisErrors(checked.model)
        if errors.isEmpty { return [] }
        func entry(_ problem: Diagnostic, _ script: Script) -> Entry? {
            problem.primary.flatMap { script.part(at: $0.location)?.entry }
        }
        let (now, scriptNow) = check(state)
        let broken = axisErrors(now.model).compactMap { entry($0, scriptNow) }
        return errors.filter { problem in
            entry(problem, script).map { new in !broken.contains { $0.isSame(as: new) } } ?? false
        }
    }

    /// Requests as far as a check wants to know of them. It goes on to its end, since what changes is decided by it.
    func faults(in requests: [QueryRequest], of model: Model) -> LoweredModel {
        var options = session.options
        options.isCancelled = { false }
        return Runner(model: model, options: options).faults(in: requests)
    }

    private func axisErrors(_ model: Model) -> [Diagnostic] {
        var options = scenarioSession.options
        options.isCancelled = { false }
        var runner = Runner(model: model, options: options)
        return runner.checkAxes().filter { $0.severity == .error }
    }

    /// Runs the commands that `isNew` picks, and solves what they name.
    mutating func run(
        _ checked: CheckedModel, _ calibrations: [Calibration], _ script: Script, elsewhere: Bool = false,
        _ isNew: (Script.Part) -> Bool
    ) -> Reply {
        let model = checked.model
        func isAsked(_ command: Command) -> Bool { script.part(ofModule: command.module).map(isNew) ?? elsewhere }
        let asked = model.commands.filter(isAsked)
        let grounds = isFresh ? nil : grounds(of: model, script, asked: isNew)
        if let grounds, let known = memory.reply(grounds) { return told(known) }
        let isScenarioNamed = asked.contains { command in
            let tree = model.tree(command.module)
            return command.kind == .compare || tree.subtree(of: command.node).contains { tree[$0].kind == .under }
        }
        var runner = Runner(model: model, options: scenarioSession.options)
        runner.calibrations = calibrations
        runner.commands = model.commands.filter { isAsked($0) || (isScenarioNamed && $0.kind == .solve) }
        runner.quiet = Set(runner.commands.filter { !isAsked($0) })
        let fresh = runner
        runner.run()
        var notes: [String] = []
        let errors = runner.diagnostics.filter { $0.severity == .error }
        if asked.count == 1, asked[0].kind == .expressionStatement, !errors.isEmpty,
            errors.allSatisfy({ $0.kind == .outsideSeries }), !restsOnPatches(asked[0], in: model)
        {
            // A series with gaps can be looked at all the same. Its points are those before any policy.
            var again = fresh
            again.showsOwnPoints = true
            again.run()
            if !again.diagnostics.contains(where: { $0.severity == .error }) {
                runner = again
                notes = ["at its own periods, since it does not cover the horizon:"]
            }
        }
        var reply = reply(script, runner.outputs, runner.diagnostics, checked.model.sources)
        reply.notes = notes
        if !model.policies.isEmpty, state.choice != .asWritten { reply.scenario = state.choice.words }
        if let execution = runner.execution, execution.isStopped {
            reply.partial = (execution.sampleCount, execution.samplesWanted)
        } else if let grounds, !reply.hasErrors {
            memory.keep(reply, grounds)
        }
        return told(reply)
    }

    /// Whether policies that are in force change something that an expression reads.
    private func restsOnPatches(_ command: Command, in model: Model) -> Bool {
        let node = model.tree(command.module).operand(command.node)
        return TraceWalk(
            model: model, scenario: model.scenarios[model.mainScenario], module: command.module, node: node,
            isCancelled: scenarioSession.options.isCancelledByHost
        ).declarations.contains {
            !model.patches(on: $0, in: model.scenarios[model.mainScenario]).isEmpty
        }
    }

    /// Without the warnings that were told before, such as that a market does not start where its figures are: once is enough.
    private mutating func told(_ reply: Reply) -> Reply {
        var reply = reply
        reply.diagnostics = reply.diagnostics.filter { problem in
            guard problem.severity != .error, let place = problem.primary?.location else { return true }
            let name = reply.sources.first { $0.id == place.source }?.name ?? ""
            return warned.insert("\(problem.kind.code) \(name) \(place.span.start)").inserted
        }
        return reply
    }
}
