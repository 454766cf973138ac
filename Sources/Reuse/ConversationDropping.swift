import ReuseModel
import ReuseSyntax

extension Conversation {
    /// Takes an entry out, by its name or, of a command, by its text. What rests on it is told, and waits for `force`.
    public mutating func drop(_ name: String) -> Reply {
        withRoomToRecurse {
            pending = nil
            var next = state
            let dropped: [String]
            let words = ValueFormat.onOneLine(name)
            let places = places(called: words)
            if !places.isEmpty {
                dropped = places.map { state.entries[$0].title }
                next.entries = state.entries.enumerated().filter { !places.contains($0.offset) }.map(\.element)
            } else if let group = groupOfRoute(words) {
                dropped = ["route " + group.route]
                next.entries[group.place] = group.rest
            } else {
                let keys = state.entries.filter { !$0.isCommand || $0.kind == .target }.map(\.key)
                return unknown("entry", name, among: keys)
            }
            next.settleChoice()
            let (checked, script) = check(next)
            var errors = checked.diagnostics.filter { $0.severity == .error }
            if errors.isEmpty { errors = newlyBroken(checked, script) }
            if !errors.isEmpty { return ask(about: errors, next, script) }
            let before = self
            commit(next)
            let verb = dropped.count == 1 ? "is" : "are"
            let notes = ["\(Self.listed(dropped)) \(verb) gone (`:undo` brings it back)"]
            return tellingLast(Reply(notes: notes + [scenarioNote(since: before)].compactMap { $0 }), before: before)
        }
    }

    /// Entries by a name, by `market China`, or by the text of a command.
    private func places(called words: String) -> [Int] {
        func find(_ isMeant: (Entry) -> Bool) -> [Int] { state.entries.indices.filter { isMeant(state.entries[$0]) } }
        let exact = find { [$0.key, $0.title].contains(words) || $0.key == "statement " + words }
        if !exact.isEmpty { return exact }
        // These are kept under two words, since nothing reads them by their names.
        let own = find { ["source " + words, "target " + words].contains($0.key) }
        if !own.isEmpty { return own }
        // A command by its first words, where no other has these.
        let commands = find { $0.isCommand && (Self.plain($0) + " ").hasPrefix(words + " ") }
        if commands.count == 1 { return commands }
        guard let blank = words.firstIndex(of: " "), Self.isStatementWord(String(words[..<blank])) else { return [] }
        return find { $0.key == words[words.index(after: blank)...] && Self.plain($0).hasPrefix(words[...blank]) }
    }
}
