import ReuseModel
import ReuseSyntax

/// What plain commands run under.
public enum ScenarioChoice: Sendable, Equatable {
    /// As the script has it.
    case asWritten
    /// One or several together.
    case scenarios([String])
    /// These and no others, in the order of the script.
    case policies([String])
    /// Scenarios with changes of their own, with some more policies and without some of theirs.
    case varied([String], on: [String], off: [String])

    /// The scenario that it is by itself; nil where it needs a statement, or is the script's.
    var name: String? {
        switch self {
        case .asWritten, .varied: nil
        case .scenarios(let names), .policies(let names):
            names.isEmpty ? "baseline" : names.count == 1 ? names[0] : nil
        }
    }

    /// As a message says it.
    var words: String {
        switch self {
        case .asWritten: return "as the script has it"
        case .scenarios(let names), .policies(let names):
            return names.isEmpty ? "baseline" : names.joined(separator: " + ")
        case .varied(let names, let on, let off):
            let name = names.joined(separator: " + ")
            let more = on.isEmpty ? "" : " with " + Conversation.listed(on)
            return name + more + (off.isEmpty ? "" : " without " + Conversation.listed(off))
        }
    }

    /// A scenario by a name that stands for the choice; nil where that needs no statement.
    func statement(named own: String, among entries: [Conversation.Entry]) -> String? {
        switch self {
        case .asWritten: return nil
        case .scenarios(let names), .policies(let names): return names == [own] ? nil : "scenario \(own) = \(words)"
        case .varied(let names, let on, let off):
            guard let parts = ScenarioParts(of: names, among: entries) else { return nil }
            let policies = parts.policies.filter { !off.contains($0) } + on
            let list = policies.isEmpty ? "baseline" : policies.joined(separator: " + ")
            return "scenario \(own) = \(list) {\n" + parts.patches.map { "    \($0)\n" }.joined() + "}"
        }
    }
}

/// What scenarios are made of, by the text of its statement and of those that it names.
struct ScenarioParts {
    var policies: [String] = []
    var patches: [String] = []

    /// Nil where it, or one that it names, is not among the entries.
    init?(of names: [String], among entries: [Conversation.Entry]) {
        var seen: Set<String> = []
        for name in names {
            guard add(name, entries, &seen) else { return nil }
        }
    }

    private mutating func add(_ name: String, _ entries: [Conversation.Entry], _ seen: inout Set<String>) -> Bool {
        guard seen.insert(name).inserted, name != "baseline" else { return true }
        let all = entries.filter { $0.kind == .policy }.map(\.key)
        if name == "all" || all.contains(name) {
            for policy in name == "all" ? all : [name] where !policies.contains(policy) { policies.append(policy) }
            return true
        }
        guard let entry = entries.last(where: { $0.key == name && $0.kind == .scenario }) else { return false }
        let scenario = entry.tree.scenario(entry.statement)
        for policy in scenario.policies {
            if !add(entry.origin.name(policy), entries, &seen) { return false }
        }
        let own = scenario.changes.map { change in
            let text = entry.source.text(of: entry.tree[change].span)
            return onOneLine(SourceText(id: SourceID(0), name: "-", bytes: Array(text.utf8)))
        }
        patches += own
        return true
    }
}

extension Conversation.State {
    /// Goes back to what the script chooses where what was chosen here is no longer there.
    mutating func settleChoice() {
        // Another file may hold policies and scenarios of its own.
        if entries.contains(where: { $0.kind == .extend || $0.kind == .useFile }) { return }
        let policies = entries.filter { $0.kind == .policy }.map(\.key)
        func isThere(_ name: String) -> Bool {
            name == "baseline" || (name == "all" && !policies.isEmpty)
                || entries.contains { $0.key == name && [.policy, .scenario].contains($0.kind) }
        }
        let holds =
            switch choice {
            case .asWritten: true
            case .scenarios(let names): names.allSatisfy(isThere)
            case .policies(let names): names.allSatisfy(policies.contains)
            case .varied(let names, let on, let off):
                names.allSatisfy(isThere) && (on + off).allSatisfy(policies.contains)
            }
        if !holds { choice = .asWritten }
    }
}

extension Conversation {
    /// What a scenario that no script has is called.
    static let nameNow = "switched_on"
    static let nameBefore = "switched_on_before"

    /// Names of all scenarios.
    public mutating func scenarios() -> [String] {
        withRoomToRecurse {
            // What a `solve` finds rests on the scenario that is chosen.
            let all = currentModel()?.scenarios.filter { !$0.isSolution } ?? []
            return all.map(\.name).filter { !$0.isEmpty && $0 != Self.nameNow && $0 != Self.nameBefore }
        }
    }

    /// Chooses a scenario for what is asked from now on: by its name, or by its policies, `a + b`. Without one, tells which
    /// there are.
    public mutating func choose(scenario name: String) -> Reply {
        withRoomToRecurse {
            guard let model = currentModel() else { return Reply(notes: ["there are no scenarios"]) }
            let all = scenarios()
            if name.isEmpty {
                let rows = model.scenarios.filter { all.contains($0.name) }.map { scenario in
                    let policies = scenario.policies.map { model.name(model.policies[$0].declaration) }
                    var words = policies.isEmpty ? "no policy" : policies.joined(separator: " + ")
                    if !scenario.patches.isEmpty { words += ", changes of its own" }
                    if let title = scenario.title { words += "   " + title }
                    return (name: scenario.name, text: words)
                }
                return Reply(notes: ["now: " + words(of: state.choice, in: model)], rows: rows)
            }
            if let number = model.scenario(named: name), model.scenarios[number].isSolution {
                return Reply(notes: [
                    "`\(name)` is what a `solve` finds in the scenario that is chosen: ask for `x under \(name)`"
                ])
            }
            let names = scenarioNames(in: name)
            if names.isEmpty { return unknown("scenario", name, among: all) }
            if let other = names.first(where: { !all.contains($0) }) {
                return unknown(names.count > 1 ? "policy or scenario" : "scenario", other, among: all)
            }
            let numbers = names.compactMap { model.scenario(named: $0) }
            if names.count == 1 || numbers.contains(where: { !model.scenarios[$0].node.isNone }) {
                return choose(.scenarios(names))
            }
            let both = numbers.flatMap { model.scenarios[$0].policies }
            return choose(.policies(self.names(of: model.policies.indices.filter(both.contains), in: model)))
        }
    }

    mutating func choose(_ choice: ScenarioChoice) -> Reply {
        if choice == state.choice { return Reply(notes: ["scenario: \(choice.words) already"]) }
        var next = state
        next.choice = choice
        let (checked, script) = check(next)
        var copy = self
        copy.state = next
        let problems = checked.diagnostics.filter { $0.severity == .error }
        let all = problems.isEmpty ? copy.axisProblems(checked.model, script) { _ in true } : problems
        if !all.isEmpty {
            var refused = reply(script, [], all, checked.model.sources)
            for place in refused.diagnostics.indices {
                let message = refused.diagnostics[place].message.split(
                    separator: "`\(Self.nameNow)`", omittingEmptySubsequences: false)
                refused.diagnostics[place].message = message.joined(separator: "`\(choice.words)`")
            }
            refused.notes = ["scenario: \(state.choice.words) still"]
            return noting(refused)
        }
        let before = self
        choiceBefore = state.choice
        commit(next)
        return tellingLast(
            Reply(notes: ["scenario: \(words(of: choice, in: checked.model)) (`:diff` shows what that changes)"]),
            before: before)
    }

    /// How to choose these policies and no others, as far as possible by what the script has; changes of its own that the scenario
    /// in force has stay. Nil where these are not to be had.
    func choice(of policies: [String], in model: Model) -> ScenarioChoice? {
        let plain = model.scenarios[plainScenario(of: model)]
        let bases = bases(in: model)
        let numbers = bases.compactMap { model.scenario(named: $0) }
        if numbers.contains(where: { !model.scenarios[$0].patches.isEmpty }) {
            guard let parts = ScenarioParts(of: bases, among: state.entries) else { return nil }
            let on = policies.filter { !parts.policies.contains($0) }
            let off = parts.policies.filter { !policies.contains($0) }
            if !on.isEmpty || !off.isEmpty { return .varied(bases, on: on, off: off) }
            return bases == [plain.name] ? .asWritten : .scenarios(bases)
        }
        let written = names(of: plain.policies, in: model)
        return plain.patches.isEmpty && Set(policies) == Set(written) ? .asWritten : .policies(policies)
    }

    /// The scenarios that what is in force is made from.
    private func bases(in model: Model) -> [String] {
        switch state.choice {
        case .asWritten: [model.scenarios[plainScenario(of: model)].name]
        case .scenarios(let names), .varied(let names, _, _): names
        case .policies: []
        }
    }

    /// Whether what is in force is a scenario, or made from it.
    func isInForce(_ name: String, in model: Model) -> Bool {
        bases(in: model).contains { base in
            base == name || (model.scenario(named: base).map { model.takesIn(name, $0) } ?? false)
        }
    }

    /// The scenario that a choice comes to, where it has a name.
    func name(of choice: ScenarioChoice, in model: Model) -> String? {
        if case .asWritten = choice { return model.scenarios[plainScenario(of: model)].name }
        if case .policies(let names) = choice, names.count > 1, names.count == model.policies.count { return "all" }
        return choice.name
    }

    /// The same in words: where it has no name, by its policies.
    func words(of choice: ScenarioChoice, in model: Model) -> String {
        choice == .asWritten ? model.scenarios[plainScenario(of: model)].name : choice.words
    }

    func policiesOn(in model: Model) -> [String] {
        let number =
            state.choice == .asWritten
            ? plainScenario(of: model) : model.scenario(named: state.choice.name ?? Self.nameNow)
        return number.map { names(of: model.scenarios[$0].policies, in: model) } ?? []
    }

    private func names(of policies: [Int], in model: Model) -> [String] {
        policies.map { model.name(model.policies[$0].declaration) }
    }

    /// The scenario of plain commands where nothing is chosen.
    private func plainScenario(of model: Model) -> Int {
        if let name = session.options.scenario, let number = model.scenario(named: name) { return number }
        return model.plainScenario
    }

    /// Statements of scenarios that no script has: of what is chosen, and of what a question needs.
    func hiddenScenarios(_ state: State) -> [String] {
        let own = state.choice.name == nil ? state.choice.statement(named: Self.nameNow, among: state.entries) : nil
        return [own, extraScenario].compactMap { $0 }
    }

    /// The session under the scenario that is chosen.
    var scenarioSession: Session {
        var session = session
        session.memory = memory
        session.checksToTheEnd = true
        if state.choice != .asWritten { session.options.scenario = state.choice.name ?? Self.nameNow }
        return session
    }
}
