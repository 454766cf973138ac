import ReuseEngine
import ReuseModel
public import ReuseSyntax

/// A living model: entries come one by one, each is checked together with all that were entered before, and what is
/// entered again takes the place of what it was. A failed entry changes nothing.
public struct Conversation: Sendable {
    /// What an entry, or a question about the model, came to.
    public struct Reply: Sendable {
        public var outputs: [Output] = []
        /// With places in the text that was entered, or in the entry that they are about.
        public var diagnostics: [Diagnostic] = []
        public var sources: [SourceText] = []
        /// Lines to read: what a new definition changed, what a name means.
        public var notes: [String] = []
        /// Names with what they are, to be lined up below the notes.
        public var rows: [(name: String, text: String)] = []
        /// The scenario of the outputs, where it was chosen here.
        public var scenario: String?
        /// How many samples there are, where the run was stopped before it had all.
        public var partial: (drawn: Int, wanted: Int)?

        /// It was stopped, and nothing is changed.
        public var isStopped = false

        public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
        public var wasCancelled: Bool {
            isStopped || partial != nil || diagnostics.contains { $0.kind == .cancelled }
        }

        /// A change whose working out was stopped.
        static var stopped: Reply {
            var reply = Reply()
            reply.isStopped = true
            return reply
        }

        public init(notes: [String] = [], rows: [(name: String, text: String)] = []) {
            self.notes = notes
            self.rows = rows
        }
    }

    /// How things are run, and what files can be read.
    public var session: Session
    /// The kind of the last error, for whoever asks why.
    public internal(set) var lastError: DiagnosticKind?
    var state = State()

    /// What was before each change, the latest last.
    var earlier: [Moment] = []
    /// What was before each `undo`, the latest last: until something else is changed, it can be had again.
    var later: [Moment] = []
    /// A change that waits for `force`, without the entries that it would break, and these.
    var pending: (state: State, broken: [String], memory: ConversationMemory)?
    /// The policies before they were last switched.
    var choiceBefore = ScenarioChoice.asWritten
    /// A scenario that one question needs.
    var extraScenario: String?
    var textsEntered = 0
    /// What reads the texts.
    let texts = TextReader()
    /// Numbers under which expressions with ranges are drawn, by their texts.
    var drawnNumbers: [String: Int] = [:]
    /// The model as it stands, checked.
    var model: Model?
    var memory = ConversationMemory()
    /// Warnings of runs that were told, by their codes and places.
    var warned: Set<String> = []
    /// What was worked out before is worked out again.
    var isFresh = false

    public init(session: Session = Session()) { self.session = session }

    /// The script that was loaded.
    public var path: String? { state.path }
    /// Whether a change waits for `force`.
    public var isAsking: Bool { pending != nil }
    public var isEmpty: Bool { state.entries.isEmpty }

    /// Whether the same is defined in both.
    public func isSame(as other: Conversation) -> Bool { state.isSame(as: other.state) }

    /// All that was entered, as it was entered.
    public var definitions: [UInt8] { definitions { $0 } }

    private func definitions(_ path: (String) -> String) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in state.entries {
            let own = Self.replacingPaths(in: entry, by: path).bytes
            if let last = bytes.last, last != 0x0A, own.first != 0x0A { bytes.append(0x0A) }
            bytes += own
        }
        return bytes
    }

    /// The whole as a script, in which the policies that are switched on are in force where it can say so; and how to
    /// run it as it is here where it cannot. `path` gives paths of files as they are to be written.
    public func script(path: (String) -> String = { $0 }) -> (text: [UInt8], note: String?) {
        withRoomToRecurse {
            var text = definitions(path)
            while text.first == 0x0A { text.removeFirst() }
            if let last = text.last, last != 0x0A { text.append(0x0A) }
            if case .asWritten = state.choice { return (text, nil) }
            if !state.entries.contains(where: { $0.key == "main" }),
                let main = state.choice.statement(named: "main", among: state.entries)
            {
                return (text + Array("\n\(main)\n".utf8), nil)
            }
            if let name = state.choice.name { return (text, "to run it under \(name): `--scenario \(name)`") }
            return (text, "it runs under main, not under \(state.choice.words)")
        }
    }

    /// Whether a text could be gone on with: all that is wrong is that it ends too early, or documentation is still without its
    /// definition.
    public func isUnfinished(_ text: String) -> Bool {
        withRoomToRecurse {
            let lines = text.split(separator: "\n")
            if !lines.isEmpty, lines.allSatisfy({ $0.hasPrefix("##") }) { return true }
            var symbols = SymbolTable()
            return parse(SourceText(id: SourceID(0), name: "-", bytes: Array(text.utf8)), symbols: &symbols)
                .isUnfinished
        }
    }

    /// Takes in a text of any number of statements, and runs those of them that show something.
    public mutating func enter(_ text: String) -> Reply {
        withRoomToRecurse {
            textsEntered += 1
            let name = "entry \(textsEntered)"
            switch entries(of: text, name: name) {
            case .failure(let problem): return noting(problem.reply)
            case .success(var new):
                if new.isEmpty, text.split(separator: "\n").contains(where: { $0.hasPrefix("##") }) {
                    return Reply(notes: ["a `##` line belongs to the definition below it: enter both together"])
                }
                if bareName(new) == "_", let last = state.last {
                    let same = entries(of: last.expression, name: name)
                    if case .success(let entries) = same { new = entries }
                }
                if let name = new.first(where: { $0.kind == .let || $0.kind == .assume })?.key,
                    state.last?.drawn.contains(where: { $0.name == name }) == true,
                    !state.entries.contains(where: { $0.key == name })
                {
                    return Reply(notes: ["`\(name)` is what is drawn in the last value: choose another name"])
                }
                guard let name = bareName(new) else { return takeInTurn(new) }
                if let reply = describe(name) { return reply }
                if Self.isStatementWord(name), !knows(name) { return documentation(of: name) }
                var reply = take(new, isLoading: false)
                if !reply.hasErrors { reply.rows = fields(of: name) }
                return reply
            }
        }
    }

    /// Takes in entries of one text. Where one of them uses `_`, that is the expression above it.
    private mutating func takeInTurn(_ new: [Entry]) -> Reply {
        func named(_ entries: ArraySlice<Entry>) -> [Entry] {
            entries.map { $0.kind == .expressionStatement ? self.named($0) : $0 }
        }
        let uses = new.lastIndex(where: usesLast) ?? 0
        guard let first = new.firstIndex(where: { $0.kind == .expressionStatement }), first < uses else {
            return take(named(new[...]), isLoading: false)
        }
        let before = self
        var whole = Reply()
        var rest = new[...]
        while !rest.isEmpty {
            let end = rest.firstIndex { $0.kind == .expressionStatement }.map { $0 + 1 } ?? rest.endIndex
            let reply = take(named(rest[..<end]), isLoading: false)
            if reply.hasErrors || reply.wasCancelled {
                let error = lastError
                let isAsking = isAsking
                self = before
                lastError = error
                guard isAsking else { return reply }
                var refused = reply
                refused.notes = ["nothing is changed: enter by itself what breaks something"]
                return refused
            }
            whole.outputs += reply.outputs
            whole.diagnostics += reply.diagnostics
            whole.sources += reply.sources.filter { source in !whole.sources.contains { $0.id == source.id } }
            whole.notes += reply.notes
            whole.scenario = reply.scenario ?? whole.scenario
            rest = rest[end...]
        }
        // It is one change.
        if !state.isSame(as: before.state) {
            earlier = before.earlier + [Moment(state: before.state, memory: before.memory)]
        }
        return whole
    }

    static let questionName = "question"
    /// The same, worked out from the beginning: for measuring how long it takes.
    public mutating func enterAnew(_ text: String) -> Reply {
        isFresh = true
        defer { isFresh = false }
        return enter(text)
    }

    /// The answer to a command or a declaration that is not to stay.
    public mutating func ask(_ text: String) -> Reply {
        withRoomToRecurse {
            switch entries(of: text, name: Self.questionName) {
            case .failure(let problem): return noting(problem.reply)
            case .success(var asked):
                let last = (state.last, state.lastValue)
                for place in asked.indices { asked[place].kind = .expressionStatement }
                let reply = take(asked, isLoading: false)
                (state.last, state.lastValue) = last
                return reply
            }
        }
    }

    /// Puts a script in place of all that is there, without running it. Where it cannot be understood, nothing changes.
    public mutating func load(_ bytes: [UInt8], path: String) -> Reply {
        withRoomToRecurse {
            switch entries(of: texts.read(bytes, name: path)) {
            case .failure(let problem): return noting(problem.reply)
            case .success(let new):
                let before = self
                earlier.append(Moment(state: state, memory: memory))
                later = []
                state = State(path: path)
                model = nil
                memory = ConversationMemory()
                if new.isEmpty {
                    let kept = before.isEmpty ? "" : "; `:undo` brings back what was there"
                    return Reply(notes: ["there is nothing in \(path)" + kept])
                }
                let reply = take(new, isLoading: true)
                if model == nil {
                    self = before
                    lastError = reply.diagnostics.last { $0.severity == .error }?.kind ?? lastError
                }
                return reply
            }
        }
    }

    /// Runs all commands of the model, such as those of a script that was loaded.
    public mutating func run() -> Reply {
        withRoomToRecurse {
            let script = script(of: state)
            let (checked, calibrations) = calibrated(script)
            if checked.diagnostics.contains(where: { $0.severity == .error }) {
                return noting(reply(to: checked, script))
            }
            // Those of a model that it extends, too.
            return noting(run(checked, calibrations, script, elsewhere: true) { _ in true })
        }
    }

    // MARK: Taking in

    mutating func take(_ new: [Entry], isLoading: Bool) -> Reply {
        pending = nil
        if new.isEmpty { return Reply() }
        if new.contains(where: { $0.key == "_" }), !isLoading {
            return Reply(notes: ["`_` is the last value, and can be no name of your own: nothing is changed"])
        }
        // What is kept names what `_` stands for now.
        if state.last == nil, !isLoading, new.contains(where: { usesLast($0) }) {
            return Reply(notes: ["`_` is the last value, and there is none yet"])
        }
        let before = self
        let new =
            isLoading || state.last == nil
            ? new : entriesOfLast(for: new) + new.map { $0.kind == .expressionStatement ? $0 : withLast($0) }
        var next = state
        var replaced: [(old: Entry, new: Entry)] = []
        var repeated: Set<String> = []
        let asked = new.filter { $0.kind == .expressionStatement }
        for entry in new where isLoading || entry.kind != .expressionStatement {
            if !isLoading, let place = next.entries.firstIndex(where: { $0.isAlternative(to: entry) }) {
                // The same once more changes nothing.
                if entry.isRepetition(of: next.entries[place]) {
                    repeated.insert(entry.key)
                    continue
                }
                replaced.append((next.entries[place], entry))
                next.entries[place] = entry
            } else if !isLoading, entry.kind == .routeDeclaration {
                let (old, place) = Self.makeRoom(for: entry, in: &next.entries)
                replaced += old.map { ($0, entry) }
                next.entries.insert(entry, at: place ?? next.entries.count)
            } else if !isLoading, entry.kind == .extend || entry.kind == .model {
                // What is extended comes before all else.
                let isBehind = entry.kind == .model && next.entries.first?.kind == .extend
                next.entries.insert(entry, at: isBehind ? 1 : 0)
            } else {
                next.entries.append(entry)
            }
        }
        next.settleChoice()
        // A table is read anew where its statement is entered anew.
        let memoryBefore = memory
        var isTaken = false
        defer { if !isTaken { memory = memoryBefore } }
        if new.contains(where: { $0.kind == .data }) { memory = ConversationMemory() }
        let script = script(of: next, asking: isLoading ? [] : asked)
        func isNew(_ part: Script.Part) -> Bool {
            isLoading || part.isAsked || new.contains { $0.isSame(as: part.entry) }
        }
        func isNew(_ place: Location) -> Bool { script.part(at: place).map(isNew) ?? true }
        let checked: CheckedModel
        let calibrations: [Calibration]
        let runs = !isLoading && new.contains { $0.isCommand }
        (checked, calibrations) = runs ? calibrated(script) : (check(script), [])
        var problems = checked.diagnostics
        if !problems.contains(where: { $0.severity == .error }), isLoading || new.contains(where: { !$0.isCommand }) {
            problems += axisProblems(checked.model, script) { isNew($0) }
        }
        if !isLoading, !replaced.isEmpty, !problems.contains(where: { $0.severity == .error }) {
            problems += newlyBroken(checked, script)
        }
        let errors = problems.filter { $0.severity == .error }
        guard errors.isEmpty else {
            let own = errors.filter { $0.primary.map { isNew($0.location) } ?? true }
            if own.isEmpty, !isLoading { return ask(about: errors, next, script) }
            return noting(reply(script, [], isLoading ? problems : own, checked.model.sources))
        }
        var reply = Reply()
        if runs { reply = run(checked, calibrations, script) { isNew($0) } }
        let warnings = problems.filter { problem in
            problem.kind != .unusedInput && (problem.primary.map { isNew($0.location) } ?? false)
        }
        let told = self.reply(script, [], warnings, checked.model.sources)
        reply.diagnostics = told.diagnostics + reply.diagnostics
        reply.sources += told.sources
        if !isLoading, reply.hasErrors || reply.wasCancelled { return noting(reply) }
        isTaken = true
        if !isLoading, let last = asked.last {
            next.last = self.last(after: last)
            if next.last == nil { reply.notes.append("`_` stands for nothing now: written out, it is too long") }
        }
        if !next.isSame(as: state) {
            let earlier = replaced.isEmpty ? nil : currentModel().map { (model: $0, script: self.script(of: state)) }
            let added = isLoading ? [] : new.filter { !repeated.contains($0.key) }
            reply.notes += changes(replaced, added: added, in: checked.model, script, before: earlier)
            if next.choice != state.choice {
                reply.notes.append("scenario: \(words(of: next.choice, in: checked.model))")
            }
            commit(next, pushing: !isLoading, memoryBefore: memoryBefore)
            func isNewPolicy(_ entry: Entry) -> Bool {
                entry.kind == .policy && !replaced.contains { $0.new.isSame(as: entry) }
            }
            reply.notes += [offNote(of: added.filter(isNewPolicy), in: checked.model)].compactMap { $0 }
        } else {
            state = next
        }
        if asked.isEmpty || isLoading { model = checked.model }
        if !asked.isEmpty { state.lastValue = singleValue(reply.outputs) }
        let declared = new.filter { !$0.isCommand }
        // What takes the place of something else may be read by other names than that was.
        let mayRest = !replaced.isEmpty || lastRests(on: declared, in: checked.model, script)
        if !isLoading, asked.isEmpty, mayRest { reply = tellingLast(reply, before: before) }
        return noting(reply)
    }

    mutating func noting(_ reply: Reply) -> Reply {
        if let error = reply.diagnostics.last(where: { $0.severity == .error }) { lastError = error.kind }
        return reply
    }

    static func listed(_ names: [String], atMost count: Int = 6) -> String {
        var names = names
        if names.count > count + 1 { names = names.prefix(count) + ["\(names.count - count) more"] }
        guard let last = names.popLast() else { return "nothing" }
        return names.isEmpty ? last : names.joined(separator: ", ") + " and " + last
    }
}
