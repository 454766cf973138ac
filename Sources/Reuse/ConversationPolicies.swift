import ReuseModel
import ReuseSyntax

extension Conversation {
    /// A policy, and whether it is on.
    public struct Policy: Sendable {
        public var name: String
        public var title: String?
        public var isOn: Bool
    }

    /// The policies of the model, in the order of the script.
    public mutating func policies() -> [Policy] {
        withRoomToRecurse {
            guard let model = currentModel() else { return [] }
            let on = policiesOn(in: model)
            return model.policies.map {
                Policy(name: model.name($0.declaration), title: $0.title, isOn: on.contains(model.name($0.declaration)))
            }
        }
    }

    /// Switches policies on or off; names stand behind each other, with blanks or commas between them.
    public mutating func `switch`(_ text: String, on: Bool) -> Reply {
        withRoomToRecurse {
            guard let model = currentModel(), !model.policies.isEmpty else {
                return Reply(notes: ["there are no policies"])
            }
            let all = model.policies.map { model.name($0.declaration) }
            var wanted: [String] = []
            for name in text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
            where !wanted.contains(name) {
                wanted.append(name)
            }
            if let other = wanted.first(where: { !all.contains($0) }) {
                if scenarios().contains(other) {
                    return Reply(notes: [
                        "`\(other)` is a scenario: `:scenario \(other)`, or `:scenario \(other) + \(all[0])`"
                    ])
                }
                return unknown("policy", other, among: all)
            }
            let before = policiesOn(in: model)
            let now = all.filter { wanted.contains($0) ? on : before.contains($0) }
            if Set(now) == Set(before) {
                return Reply(
                    notes: ["\(Self.listed(wanted)) \(wanted.count == 1 ? "is" : "are") \(on ? "on" : "off") already"])
            }
            guard let choice = choice(of: now, in: model) else {
                return Reply(
                    notes: [
                        "`\(before.isEmpty ? "the scenario" : words(of: state.choice, in: model))` has changes of its own in another file:"
                            + " choose one with `:scenario` first"
                    ])
            }
            return choose(choice)
        }
    }

    /// That something else holds, since what was chosen is gone.
    mutating func scenarioNote(since before: Conversation) -> String? {
        guard state.choice != before.state.choice, let model = currentModel(), !model.policies.isEmpty else {
            return nil
        }
        return "scenario: \(words(of: state.choice, in: model)), since \(before.state.choice.words) is gone"
    }

    /// That new policies are not in force, since something else was chosen.
    func offNote(of entries: [Entry], in model: Model) -> String? {
        guard state.choice != .asWritten else { return nil }
        let on = policiesOn(in: model)
        let off = entries.map(\.key).filter { !on.contains($0) }
        if off.isEmpty { return nil }
        let names = Self.listed(off)
        return "\(names): off, under the scenario \(state.choice.words) (`:on \(off.joined(separator: " "))`)"
    }

    /// What the last switch changed in a value, or in the last one that was asked for.
    public mutating func compareWithBefore(_ expression: String) -> Reply {
        withRoomToRecurse {
            guard let model = currentModel() else { return Reply(notes: ["there is nothing to compare"]) }
            guard let asked = expression.isEmpty ? state.last?.expression : expression else {
                return Reply(notes: ["ask for a value first, or name one: `:diff x`"])
            }
            func name(_ choice: ScenarioChoice, _ own: String) -> (name: String, text: String?) {
                if let name = self.name(of: choice, in: model) { return (name, nil) }
                return (own, choice.statement(named: own, among: state.entries))
            }
            let before = name(choiceBefore, Self.nameBefore)
            let now = name(state.choice, Self.nameNow)
            if before.name == now.name { return Reply(notes: ["nothing was switched: both are \(now.name)"]) }
            let command = "compare \(before.name), \(now.name) on (\(asked))"
            var copy = self
            copy.extraScenario = before.text
            var extra: [Entry] = []
            guard case .success(let entries) = copy.entries(of: command, name: "comparison") else {
                return Reply(notes: ["`\(asked)` is no expression"])
            }
            extra = entries.map { entry in
                var entry = entry
                entry.kind = .expressionStatement
                return entry
            }
            var reply = copy.take(extra, isLoading: false)
            if let problem = reply.diagnostics.first(where: { $0.severity == .error }) {
                lastError = problem.kind
                if problem.kind == .cancelled { return .stopped }
                return Reply(notes: ["`\(ValueFormat.onOneLine(asked))` cannot be compared: \(problem.message)"])
            }
            reply.notes = [
                "before: \(before.name == Self.nameBefore ? words(of: choiceBefore, in: model) : before.name)",
                "now: \(now.name == Self.nameNow ? words(of: state.choice, in: model) : now.name)",
            ]
            reply.scenario = nil
            reply.outputs = reply.outputs.map { Self.renamed($0, asked) }
            lastError = copy.lastError
            return reply
        }
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

    func unknown(_ kind: String, _ name: String, among all: [String]) -> Reply {
        var line = "there is no \(kind) `\(name)`"
        if let near = nearest(to: name, among: all) {
            line += "; did you mean `\(near)`?"
        } else if !all.isEmpty {
            line += all.count == 1 ? "; there is \(all[0])" : "; there are \(Self.listed(all))"
        }
        return Reply(notes: [line])
    }
}
