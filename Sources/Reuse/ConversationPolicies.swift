import ReuseModel
import ReuseSyntax

/// Which policies plain commands run under.
public enum ScenarioChoice: Sendable, Equatable {
    /// As the script has it.
    case asWritten
    case scenario(String)
    /// These and no others, in the order of the script.
    case policies([String])

    /// As a message says it.
    var words: String {
        switch self {
        case .asWritten: "as written"
        case .scenario(let name): name
        case .policies(let names): names.isEmpty ? "baseline" : names.joined(separator: " + ")
        }
    }
}

extension Conversation {
    /// A policy, and whether it is on.
    public struct Policy: Sendable {
        public var name: String
        public var title: String?
        public var isOn: Bool
    }

    /// The policies of the model, in the order of the script.
    public mutating func policies() -> [Policy] {
        guard let model = currentModel() else { return [] }
        let on = policiesOn(in: model)
        return model.policies.map {
            Policy(name: model.name($0.declaration), title: $0.title, isOn: on.contains(model.name($0.declaration)))
        }
    }

    /// Names of all scenarios.
    public mutating func scenarios() -> [String] {
        // What a `solve` finds rests on the scenario that is chosen.
        let all = currentModel()?.scenarios.filter { !$0.isSolution } ?? []
        return all.map(\.name).filter { !$0.isEmpty && $0 != Self.nameNow && $0 != Self.nameBefore }
    }

    /// Switches policies on or off; names stand behind each other, with blanks or commas between them.
    public mutating func `switch`(_ text: String, on: Bool) -> Reply {
        guard let model = currentModel(), !model.policies.isEmpty else {
            return Reply(notes: ["there are no policies"])
        }
        let all = model.policies.map { model.name($0.declaration) }
        let wanted = text.split { $0 == " " || $0 == "," }.map(String.init)
        if let other = wanted.first(where: { !all.contains($0) }) { return unknown("policy", other, among: all) }
        let before = policiesOn(in: model)
        let now = all.filter { wanted.contains($0) ? on : before.contains($0) }
        if Set(now) == Set(before) {
            return Reply(
                notes: ["\(Self.listed(wanted)) \(wanted.count == 1 ? "is" : "are") \(on ? "on" : "off") already"])
        }
        return choose(.policies(now))
    }

    /// Chooses a scenario for what is asked from now on: by its name, or by its policies, `a + b`. Without one, tells which
    /// there are.
    public mutating func choose(scenario name: String) -> Reply {
        guard let model = currentModel() else { return Reply(notes: ["there are no scenarios"]) }
        let all = scenarios()
        if name.isEmpty {
            return Reply(
                rows: model.scenarios.filter { all.contains($0.name) }.map { scenario in
                    let policies = scenario.policies.map { model.name(model.policies[$0].declaration) }
                    var words = policies.isEmpty ? "no policy" : policies.joined(separator: " + ")
                    if let title = scenario.title { words += "   " + title }
                    return (scenario.name, words + (scenario.name == nameOfChoice(in: model) ? "   (now)" : ""))
                })
        }
        let parts = name.split(separator: "+").map { part in String(part.filter { $0 != " " }) }
        if parts.count > 1 {
            let policies = model.policies.map { model.name($0.declaration) }
            if let other = parts.first(where: { !policies.contains($0) }) {
                return unknown("policy", other, among: policies)
            }
            return choose(.policies(policies.filter(parts.contains)))
        }
        if let number = model.scenario(named: name), model.scenarios[number].isSolution {
            return Reply(notes: [
                "`\(name)` is what a `solve` finds in the scenario that is chosen: ask for `x under \(name)`"
            ])
        }
        guard all.contains(name) else { return unknown("scenario", name, among: all) }
        return choose(.scenario(name))
    }

    /// What the last switch changed in a value, or in the last one that was asked for.
    public mutating func compareWithBefore(_ expression: String) -> Reply {
        guard let model = currentModel() else { return Reply(notes: ["there is nothing to compare"]) }
        guard let asked = expression.isEmpty ? state.last : expression else {
            return Reply(notes: ["ask for a value first, or name one: `:diff x`"])
        }
        func name(_ choice: ScenarioChoice, _ own: String) -> (name: String, text: String?) {
            switch choice {
            case .asWritten: return (model.scenarios[plainScenario(of: model)].name, nil)
            case .scenario(let name): return (name, nil)
            case .policies(let names):
                if names.isEmpty { return ("baseline", nil) }
                if names.count == 1 { return (names[0], nil) }
                if names.count == model.policies.count { return ("all", nil) }
                return (own, "scenario \(own) = \(names.joined(separator: " + "))")
            }
        }
        let before = name(choiceBefore, Self.nameBefore)
        let now = name(state.choice, Self.nameNow)
        if before.name == now.name { return Reply(notes: ["nothing was switched: both are \(now.name)"]) }
        let command = "compare \(before.name), \(now.name) on (\(asked))"
        var copy = self
        copy.extraScenario = before.text
        var extra: [Entry] = []
        let source = SourceText(id: SourceID(0), name: "comparison", bytes: Array(command.utf8))
        guard case .success(let entries) = copy.entries(of: source) else {
            return Reply(notes: ["`\(asked)` is no expression"])
        }
        extra = entries.map { entry in
            var entry = entry
            entry.kind = .expressionStatement
            return entry
        }
        var reply = copy.take(extra, isLoading: false)
        if reply.hasErrors { return reply }
        reply.notes = [
            "before: \(before.name == Self.nameBefore ? choiceBefore.words : before.name)",
            "now: \(now.name == Self.nameNow ? state.choice.words : now.name)",
        ]
        reply.scenario = nil
        reply.outputs = reply.outputs.map { Self.renamed($0, asked) }
        lastError = copy.lastError
        return reply
    }

    /// Scenarios that were made for the comparison are called by what they are in it.
    private static func renamed(_ output: Output, _ asked: String) -> Output {
        guard case .table(var table) = output else { return output }
        for place in table.columns.indices {
            let name = table.columns[place].name
            if name == "(\(asked))" { table.columns[place].name = asked }
            if name.hasSuffix(" from \(nameBefore)") { table.columns[place].name = "change" }
        }
        for place in table.rows.indices {
            table.rows[place].labels = table.rows[place].labels.map {
                $0 == nameBefore ? "before" : $0 == nameNow ? "now" : $0
            }
        }
        return .table(table)
    }

    private mutating func choose(_ choice: ScenarioChoice) -> Reply {
        if choice == state.choice { return Reply(notes: ["scenario: \(choice.words) already"]) }
        var next = state
        next.choice = choice
        let (checked, layout) = check(next)
        var copy = self
        copy.state = next
        let problems = checked.diagnostics.filter { $0.severity == .error }
        let all = problems.isEmpty ? copy.axisProblems(checked.model, layout) { _ in true } : problems
        if !all.isEmpty {
            var refused = reply(layout, [], all, checked.model.sources)
            for place in refused.diagnostics.indices {
                let message = refused.diagnostics[place].message.split(
                    separator: "`\(Self.nameNow)`", omittingEmptySubsequences: false)
                refused.diagnostics[place].message = message.joined(separator: "`\(choice.words)`")
            }
            refused.notes = ["scenario: \(state.choice.words) still"]
            return noting(refused)
        }
        choiceBefore = state.choice
        commit(next)
        var notes = ["scenario: \(choice.words) (`:diff` shows what that changes)"]
        if let line = lastAnew() { notes.append(line) }
        return Reply(notes: notes)
    }

    /// The scenario that plain commands run under, where it has a name.
    private func nameOfChoice(in model: Model) -> String? {
        switch state.choice {
        case .asWritten: model.scenarios[plainScenario(of: model)].name
        case .scenario(let name): name
        case .policies(let names):
            names.isEmpty ? "baseline" : names.count == 1 ? names[0] : names.count == model.policies.count ? "all" : nil
        }
    }

    private func policiesOn(in model: Model) -> [String] {
        switch state.choice {
        case .policies(let names): return names
        case .scenario(let name):
            guard let number = model.scenario(named: name) else { return [] }
            return model.scenarios[number].policies.map { model.name(model.policies[$0].declaration) }
        case .asWritten:
            return model.scenarios[plainScenario(of: model)].policies.map { model.name(model.policies[$0].declaration) }
        }
    }

    /// The scenario of plain commands where nothing is chosen.
    private func plainScenario(of model: Model) -> Int {
        if let name = session.options.scenario, let number = model.scenario(named: name) { return number }
        return model.scenario(named: "main") ?? model.scenario(named: "all") ?? Model.baseline
    }

    /// Scenarios of the policies that are switched on, where no other is the same.
    func hiddenScenarios(_ state: State) -> [String] {
        var result: [String] = []
        if case .policies(let names) = state.choice, names.count > 1 {
            result.append("scenario \(Self.nameNow) = \(names.joined(separator: " + "))")
        }
        if let extraScenario { result.append(extraScenario) }
        return result
    }

    /// The session under the scenario that is chosen.
    var scenarioSession: Session {
        var session = session
        session.memory = memory
        switch state.choice {
        case .asWritten: break
        case .scenario(let name): session.options.scenario = name
        case .policies(let names):
            session.options.scenario = names.isEmpty ? "baseline" : names.count == 1 ? names[0] : Self.nameNow
        }
        return session
    }

    private static let nameNow = "switched_on"
    private static let nameBefore = "switched_on_before"

    func unknown(_ kind: String, _ name: String, among all: [String]) -> Reply {
        var line = "there is no \(kind) `\(name)`"
        if let near = nearest(to: name, among: all) {
            line += "; did you mean `\(near)`?"
        } else if !all.isEmpty {
            line += "; there are \(Self.listed(all))"
        }
        return Reply(notes: [line])
    }
}
