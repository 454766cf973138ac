import ReuseModel
import ReuseSyntax

/// Changes that are taken back, made again, or wait for a word.
extension Conversation {
    /// Makes the change that waits, and sets aside what it breaks.
    public mutating func force() -> Reply {
        withRoomToRecurse {
            guard let (next, broken, read) = pending else { return Reply(notes: ["nothing waits to be forced"]) }
            pending = nil
            let before = self
            commit(next)
            // Tables as they were read for the change.
            memory = read
            var reply = Reply(notes: ["set aside: " + broken.joined(separator: ", ") + " (`:undo` brings all back)"])
            if let last = before.state.last, state.last.map({ !isSound($0.expression) }) ?? true {
                (state.last, state.lastValue) = (nil, nil)
                reply.notes.append(
                    "`_` stands for nothing now: `\(ValueFormat.onOneLine(last.text))` rested on what is gone")
            }
            reply.notes += [scenarioNote(since: before)].compactMap { $0 }
            return tellingLast(reply, before: before)
        }
    }

    /// Takes back the last change.
    public mutating func undo() -> Reply {
        withRoomToRecurse {
            if pending != nil {
                pending = nil
                return Reply(notes: ["left as it was"])
            }
            let before = self
            guard let last = earlier.popLast() else { return Reply(notes: ["there is nothing to undo"]) }
            later.append(Moment(state: state, memory: memory))
            return move(to: last, isReturn: true, before: before)
        }
    }

    /// Makes the change again that was taken back last.
    public mutating func redo() -> Reply {
        withRoomToRecurse {
            pending = nil
            let before = self
            guard let next = later.popLast() else { return Reply(notes: ["nothing was taken back"]) }
            earlier.append(Moment(state: state, memory: memory))
            return move(to: next, isReturn: false, before: before)
        }
    }

    private mutating func move(to moment: Moment, isReturn: Bool, before: Conversation) -> Reply {
        let now = state
        let next = moment.state
        (state, memory, model) = (next, moment.memory, nil)
        let words = isReturn ? "taken back" : "made again"
        let changed = difference(from: now, to: next, isReturn: isReturn)
        let reply = Reply(notes: [changed.isEmpty ? words : words + ": " + changed])
        if let last = now.last, now.last != next.last {
            // `_` stays what was asked last.
            (state.last, state.lastValue) = (last, now.lastValue)
            if !isSound(last.expression) { (state.last, state.lastValue) = (next.last, next.lastValue) }
        }
        if state.last == now.last { state.lastValue = now.lastValue }
        return tellingLast(reply, before: before)
    }

    /// Whether an expression can be understood as things are.
    private func isSound(_ expression: String) -> Bool {
        guard case .success(let asked) = entries(of: expression, name: Self.questionName) else { return false }
        return !check(script(of: state, asking: asked)).diagnostics.contains { $0.severity == .error }
    }

    /// Forgets all entries.
    public mutating func reset() -> Reply {
        withRoomToRecurse {
            pending = nil
            if state.entries.isEmpty { return Reply(notes: ["there is nothing to forget"]) }
            commit(State())
            session.options.scenario = nil
            return Reply(notes: ["all is forgotten (`:undo` brings it back)"])
        }
    }

    mutating func commit(_ next: State, pushing: Bool = true, memoryBefore: ConversationMemory? = nil) {
        if pushing, !next.isSame(as: state) {
            earlier.append(Moment(state: state, memory: memoryBefore ?? memory))
            later = []
            // Somebody who takes back more than this would start again.
            if earlier.count > Limits.undoneEntries { earlier.removeFirst() }
        }
        state = next
        model = nil
    }

    /// A change that breaks earlier entries waits for a word.
    mutating func ask(about errors: [Diagnostic], _ next: State, _ script: Script) -> Reply {
        let broken = Set(errors.compactMap { $0.primary.flatMap { script.entry(at: $0.location) } })
        var next = next
        if errors.contains(where: { $0.primary.map { script.part(at: $0.location)?.isLast ?? false } ?? false }) {
            next.last = nil
        }
        var answer = reply(script, [], errors, check(script).model.sources)
        guard let (left, removed) = without(broken, next) else { return noting(answer) }
        let names = removed.map { next.entries[$0].title }
        pending = (left, names, memory)
        answer.notes = [
            "nothing is changed yet: this would break \(Self.listed(names, atMost: 12))",
            "`:force` makes the change and sets them aside, `:undo` leaves all as it was",
        ]
        return noting(answer)
    }

    /// What is left of a state without some entries and all that rests on them, and the places of all these; nil where the
    /// errors do not end.
    private func without(_ broken: Set<Int>, _ state: State) -> (left: State, removed: [Int])? {
        var removed = broken
        while true {
            let kept = state.entries.indices.filter { !removed.contains($0) }
            var left = state
            left.entries = kept.map { state.entries[$0] }
            // What was chosen may be among what goes.
            left.settleChoice()
            let (checked, script) = check(left)
            var errors = checked.diagnostics.filter { $0.severity == .error }
            if errors.isEmpty { errors = newlyBroken(checked, script) }
            if errors.isEmpty { return (left, removed.sorted()) }
            let more = errors.compactMap { $0.primary.flatMap { script.entry(at: $0.location) } }
            guard !more.isEmpty else { return nil }
            removed.formUnion(more.filter(kept.indices.contains).map { kept[$0] })
        }
    }
}
