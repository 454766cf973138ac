import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `_`, the last value.
extension Conversation {
    /// What `_` stands for.
    struct Last: Sendable, Equatable {
        /// An expression, which may name some of `drawn`.
        var expression: String
        /// The same written out, as it is shown.
        var text: String
        /// Expressions that have ranges of their own, earlier ones first. By their names each is drawn once, however often
        /// `_` is used, and as it was shown.
        var drawn: [Drawn] = []

        struct Drawn: Sendable, Equatable {
            var name: String
            var expression: String

            var definition: String { "let \(name) = \(expression)" }
        }
    }

    /// What the last expression came to when it was last told.
    struct LastValue: Sendable, Equatable {
        /// Of a series: its last period.
        var time: String?
        /// Of a series: at its end; empty over indexes.
        var text: String
        /// Of a series and over indexes: all periods and members.
        var path: [Step] = []
        /// How it was run: values of other samples differ by chance.
        var settings = ""

        var isOverIndexes: Bool { time == nil && !path.isEmpty }

        struct Step: Sendable, Equatable {
            var place: String
            var text: String
        }
    }

    /// Where `_` is named in an entry.
    private func lastUses(in entry: Entry) -> [Span] {
        let tree = entry.tree
        guard let symbol = texts.symbol("_") else { return [] }
        // In a function of its own the name may be a parameter.
        if entry.ids.contains(where: { [.parameter, .localLet].contains(tree[$0].kind) && tree.name($0) == symbol }) {
            return []
        }
        return entry.ids.filter { tree[$0].kind == .name && tree.name($0) == symbol }.map { tree[$0].span }.sorted {
            $0.start < $1.start
        }
    }

    func usesLast(_ entry: Entry) -> Bool { !lastUses(in: entry).isEmpty }

    /// An entry in which `_` is written out.
    func withLast(_ entry: Entry) -> Entry { replacingLast(in: entry, by: state.last?.expression) }

    private func replacingLast(in entry: Entry, by text: String?) -> Entry {
        entry.replacing(lastUses(in: entry), with: text.map { Self.isName($0) ? $0 : "(\($0))" } ?? "0")
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && text.first?.isNumber == false
    }

    /// An expression in which `_` is written out, so that it can be the next `_`.
    func resolved(_ entry: Entry) -> String { Self.expression(of: withLast(entry)) }

    /// The text of the first statement, without the comment behind it.
    private static func expression(of entry: Entry) -> String {
        entry.source.text(of: entry.tree[entry.statement].span)
    }

    /// What `_` stands for after an expression; nil where that is too long.
    func last(after entry: Entry) -> Last? {
        // `_` alone.
        let expression = resolved(entry)
        if let last = state.last, [last.expression, "(\(last.expression))"].contains(expression) { return last }
        let text = Self.expression(of: replacingLast(in: entry, by: state.last?.text))
        guard max(text.utf8.count, expression.utf8.count) <= Limits.lastBytes else { return nil }
        let before = usesLast(entry) ? state.last?.drawn ?? [] : []
        guard let name = entry.drawnAs else { return Last(expression: expression, text: text, drawn: before) }
        return Last(expression: name, text: text, drawn: before + [Last.Drawn(name: name, expression: expression)])
    }

    // MARK: Ranges of its own

    /// With a name for what is drawn in it, if something is. The same text has the same name throughout: whatever is taken back
    /// or comes back, a name never stands for something else.
    mutating func named(_ entry: Entry) -> Entry {
        guard Self.hasDraws(entry) else { return entry }
        let text = resolved(entry)
        var entry = entry
        let moments = [state] + earlier.map(\.state) + later.map(\.state)
        let others = moments.flatMap(\.entries).filter { $0.key.utf8.first == 0x5F && Self.definition($0) != text }
        func isFree(_ number: Int) -> Bool { !others.contains { $0.key == "_\(number)" } }
        if let known = drawnNumbers[text], isFree(known) {
            entry.drawnAs = "_\(known)"
            return entry
        }
        var number = (drawnNumbers.values.max() ?? 0) + 1
        while !isFree(number) { number += 1 }
        drawnNumbers[text] = number
        entry.drawnAs = "_\(number)"
        return entry
    }

    /// Whether a range or a distribution stands in it. Functions hold none.
    private static func hasDraws(_ entry: Entry) -> Bool {
        let tree = entry.tree
        return entry.ids.contains { node in
            switch tree[node].kind {
            case .range: return true
            case .call:
                let callee = tree.call(node).callee
                guard tree[callee].kind == .name else { return false }
                return Builtin(rawValue: entry.origin.name(callee))?.isDistribution ?? false
            default: return false
            }
        }
    }

    /// The entries of what is drawn in `_`, for an entry that is kept and uses it.
    func entriesOfLast(for new: [Entry]) -> [Entry] {
        guard let last = state.last, new.contains(where: { $0.kind != .expressionStatement && usesLast($0) }) else {
            return []
        }
        let missing = last.drawn.filter { drawn in !state.entries.contains { $0.key == drawn.name } }
        let text = missing.map(\.definition).joined(separator: "\n")
        guard case .success(let entries) = entries(of: text, name: "_") else { return [] }
        return entries
    }

    /// What has to be defined, beside what a state has, for expressions that use `_`.
    func definitionsOfLast(readBy asked: [Entry], in state: State) -> [String] {
        guard let last = state.last, !asked.isEmpty else { return [] }
        let isUsed = asked.contains { usesLast($0) }
        let drawn = last.drawn.filter { drawn in !state.entries.contains { $0.key == drawn.name } }
        let named = drawn.isEmpty || isUsed ? [] : asked.flatMap { Self.names(in: $0) }
        guard isUsed || drawn.contains(where: { named.contains($0.name) }) else { return [] }
        let definitions = drawn.map(\.definition)
        return isUsed ? definitions + ["let _ = " + last.expression] : definitions
    }

    private static func names(in entry: Entry) -> [String] {
        entry.ids.filter { entry.tree[$0].kind == .name }.map { entry.origin.name($0) }
    }

    // MARK: What it came to

    /// Whether what `_` stands for reads something of these entries, by whatever way.
    func lastRests(on changed: [Entry], in model: Model, _ script: Script) -> Bool {
        guard let last = state.last, state.lastValue != nil, !changed.isEmpty else { return false }
        // Nothing reads these by name.
        if changed.contains(where: { [.horizon, .correlate, .unit, .indexDeclaration].contains($0.kind) }) {
            return true
        }
        var reached: Set<String> = []
        for entry in changed {
            reached.insert(entry.key)
            for id in readers(of: entry, in: model, script).all { reached.insert(model.name(id)) }
        }
        let read = texts.read(Array(last.text.utf8), name: Self.questionName)
        return read.tree.nodes.contains { node in
            switch node.kind {
            case .name: reached.contains(read.name(node))
            case .member: reached.contains(read.source.text(of: node.span))
            default: false
            }
        }
    }

    /// An answer with a line on what the last value was and is. Where working that out is stopped, all is again as it was before.
    mutating func tellingLast(_ reply: Reply, before: Conversation) -> Reply {
        guard let last = state.last, let value = state.lastValue else { return reply }
        var copy = self
        let answer = copy.ask(last.expression)
        if answer.wasCancelled {
            self = before
            return .stopped
        }
        var reply = reply
        // One that cannot be told has nothing that a later one could be compared with.
        state.lastValue = answer.hasErrors ? nil : singleValue(answer.outputs)
        if let problem = answer.diagnostics.first(where: { $0.severity == .error }) {
            lastError = problem.kind
            let was = value.time.map { " in " + $0 } ?? ""
            reply.notes.append(
                "\(ValueFormat.onOneLine(last.text))\(was): \(value.text.isEmpty ? "" : "was \(value.text), ")now an error: \(problem.message)"
            )
        } else if let line = lastChanged(from: value) {
            reply.notes.append(line)
        }
        return reply
    }

    /// A line where the last value is another than it was.
    private func lastChanged(from before: LastValue) -> String? {
        guard let last = state.last, let now = state.lastValue else { return nil }
        let name = ValueFormat.onOneLine(last.text)
        func at(_ time: String?) -> String { time.map { " in " + $0 } ?? "" }
        if now.isOverIndexes || before.isOverIndexes {
            guard now.isOverIndexes, before.isOverIndexes, now.settings == before.settings else { return nil }
            let changes = now.path.compactMap { step -> String? in
                guard let was = before.path.first(where: { $0.place == step.place })?.text, was != step.text else {
                    return nil
                }
                return "[\(step.place)] was \(was), now \(step.text)"
            }
            if changes.isEmpty { return nil }
            let more = changes.count > 4 ? "; and \(changes.count - 3) more" : ""
            return name + ": " + changes.prefix(changes.count > 4 ? 3 : 4).joined(separator: "; ") + more
        }
        if now.settings != before.settings { return "\(name)\(at(now.time)): now \(now.text)" }
        if now == before { return nil }
        if before.text == now.text, let last = (now.path.isEmpty ? before.path : now.path).last?.place {
            // Other periods than the last. What does not vary is the same in all.
            func text(_ value: LastValue, _ time: String) -> String {
                value.path.isEmpty ? value.text : value.path.first { $0.place == time }?.text ?? "nothing"
            }
            let times = (now.path.isEmpty ? before.path : now.path).map(\.place)
            let changed = times.filter { text(before, $0) != text(now, $0) }
            guard let first = changed.first, let end = changed.last else { return nil }
            let through = changed.count > 1 ? ", and so on until \(end)" : ""
            return "\(name) in \(first): was \(text(before, first)), now \(text(now, first))\(through); "
                + "in \(last) still \(now.text)"
        }
        if before.time == now.time { return "\(name)\(at(now.time)): was \(before.text), now \(now.text)" }
        return "\(name): was \(before.text)\(at(before.time)), now \(now.text)\(at(now.time))"
    }

    /// The value of an output that is a single one, as it is shown; of a series that at its end.
    func singleValue(_ outputs: [Output]) -> LastValue? {
        guard case .table(let table)? = outputs.last, table.columns.count == 1,
            let row = table.rows.last, let cell = row.cells.first
        else { return nil }
        let text = ValueFormat().text(cell, unit: table.columns[0].unit)
        var path: [LastValue.Step] = []
        for row in table.rows where !table.axes.isEmpty {
            guard let cell = row.cells.first else { continue }
            path.append(
                LastValue.Step(
                    place: row.labels.joined(separator: ", "),
                    text: ValueFormat().text(cell, unit: table.columns[0].unit)))
        }
        // Over indexes there is no last of them.
        if !table.axes.isEmpty, table.axes != ["time"] {
            return LastValue(text: "", path: path, settings: settingsOfRun)
        }
        return LastValue(time: row.labels.first, text: text, path: path, settings: settingsOfRun)
    }
}
