@preconcurrency import Glibc
import Reuse
import ReuseModel
import ReuseReport
import ReuseSyntax

/// What the prompt says to each entry, apart from any terminal.
struct Talk {
    /// Text for standard output, then text for standard error.
    struct Answer {
        var output = ""
        var problems = ""
        var leaves = false
        /// Ctrl-C ended it, with nothing to show.
        var isStopped = false
        /// `goOn` is to be called: there is something to be computed.
        var goesOn = false
    }

    var conversation: Conversation
    var style = PrintStyle()
    /// Columns of the terminal.
    var width = 80
    private let folders: [String]
    /// A file that is there already, and waits for `:force` to be written over.
    var unwritten: String?
    /// Files that this session wrote.
    var written: Set<String> = []
    /// What was defined when it was last loaded or saved.
    var saved: [UInt8] = []
    /// Whether what is not saved is kept where it would be lost.
    var keepsSession = false
    private var kept = KeptSession()
    /// It was said that it cannot be kept.
    private var saidNotKept = false
    /// The lines of an entry that is still being typed.
    var begun = ""

    init(options: Options, allowing folders: [String] = [], style: PrintStyle = PrintStyle()) {
        var options = options
        options.isDetailed = true
        self.folders = folders
        self.style = style
        conversation = Conversation(
            session: Session(options: options, files: Files.access(for: "-", allowing: folders)))
    }

    /// The answer to an entry: a command behind a colon, or a text of the language.
    mutating func answer(_ entry: String) -> Answer {
        let text = Self.trimmed(entry)
        if text.isEmpty { return Answer() }
        let waiting = unwritten
        unwritten = nil
        guard text.hasPrefix(":") else {
            return withoutColon(text) ?? answer(conversation.enter(entry))
        }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1)
        let name = words.first.map(String.init) ?? "help"
        let rest = words.count > 1 ? Self.trimmed(String(words[1])) : ""
        guard let command = Self.command(called: name) else {
            return Answer(problems: Self.unknownCommand(name))
        }
        if let waiting, command == .force { return write(to: waiting) }
        if waiting != nil, command == .undo { return Answer(output: "left as it was\n") }
        return perform(command, rest)
    }

    /// A command by its name, or what tells it from the others.
    private static func command(called name: String) -> PromptCommand? {
        let name = name.lowercased()
        if ["exit", "q!", "wq", "bye"].contains(name) { return .quit }
        let matching = PromptCommand.allCases.filter { $0.rawValue.hasPrefix(name) }
        return PromptCommand(rawValue: name) ?? (matching.count == 1 ? matching[0] : nil)
    }

    private static func unknownCommand(_ name: String) -> String {
        let matching = PromptCommand.allCases.map(\.rawValue).filter { $0.hasPrefix(name) }
        if matching.count > 1 {
            let names = matching.map { "`:\($0)`" }
            return "`:\(name)` could be \(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])\n"
        }
        let near = nearest(to: name.lowercased(), among: PromptCommand.allCases.map(\.rawValue))
        let hint = near.map { "; did you mean `:\($0)`?" } ?? "; `:help` lists all"
        return "there is no command `:\(name)`\(hint)\n"
    }

    /// What somebody means who enters a command as other prompts have them; nil where that is a name of the model.
    private mutating func withoutColon(_ text: String) -> Answer? {
        let word = text.hasSuffix("()") ? String(text.dropLast(2)) : text
        guard !conversation.knows(word) else { return nil }
        switch word {
        case "?", "help": return help("")
        case "quit", "exit", "bye": return Answer(leaves: true)
        default:
            let words = word.split(separator: " ", maxSplits: 1)
            guard let first = words.first.map(String.init), !conversation.knows(first),
                !Conversation.isStatementWord(first), PromptCommand(rawValue: first) != nil,
                // `on + 1` is an expression.
                words.count == 1 || words[1].first.map({ $0.isLetter || $0 == "\"" || $0 == "/" }) == true
            else { return nil }
            return Answer(problems: "commands begin with a colon: `:\(word)`\n")
        }
    }

    /// Runs what was loaded. Until then a script that takes long can be looked at, and changed.
    mutating func goOn() -> Answer { answer(conversation.run()) }

    /// Loads a script, as `:load` does.
    mutating func load(_ path: String) -> Answer {
        switch Files.readScript(path) {
        case .failure(let failure): Answer(problems: "cannot read \(path): \(failure.reason)\n")
        case .success(let bytes): load(bytes, path: path)
        }
    }

    /// The same of one that was read. It may be a pipe, which gives its text once.
    mutating func load(_ bytes: [UInt8], path: String) -> Answer {
        let (bytes, path) = KeptSession.script(in: bytes, path: path) ?? (bytes, path)
        let before = conversation.session.files
        conversation.session.files = Files.access(for: path, allowing: folders)
        let reply = conversation.load(bytes, path: path)
        if reply.hasErrors { conversation.session.files = before } else { saved = conversation.definitions }
        var result = answer(reply)
        result.goesOn = !reply.hasErrors
        return result
    }

    private mutating func perform(_ command: PromptCommand, _ rest: String) -> Answer {
        if rest.isEmpty, !command.arguments.isEmpty, !command.arguments.hasPrefix("[") {
            return Answer(problems: "write `\(command.usage)`\n")
        }
        if command.arguments.isEmpty, !rest.isEmpty {
            return Answer(problems: "`\(command.usage)` takes nothing behind it\n")
        }
        switch command {
        case .help: return help(rest)
        case .doc: return answer(conversation.documentation(of: rest))
        case .type: return answer(conversation.type(of: rest))
        case .units: return answer(conversation.units(of: rest))
        case .list: return answer(conversation.list())
        case .sources:
            let (register, reply) = conversation.sources()
            if reply.hasErrors { return answer(reply) }
            let renderer = PromptRenderer(colour: hasColour(STDOUT_FILENO), width: width)
            return Answer(output: renderer.render(register))
        case .trace: return answer(conversation.ask("trace " + rest))
        case .why: return why()
        case .time:
            let start = Terminal.now()
            var result = answer(conversation.enterAnew(rest))
            let seconds = Terminal.now() - start
            if !result.problems.isEmpty || result.isStopped { return result }
            result.output += NumberFormat.text(seconds) + " s\n"
            return result
        case .set: return set(rest)
        case .load: return keeping { $0.load(Self.expanded(rest)) }
        case .reload:
            guard let path = conversation.path else { return Answer(problems: "no script was loaded\n") }
            return keeping { $0.load(path) }
        case .save: return save(Self.expanded(rest))
        case .undo: return withFiles(answer(conversation.undo()))
        case .redo: return withFiles(answer(conversation.redo()))
        case .reset: return keeping { $0.withFiles($0.answer($0.conversation.reset())) }
        case .quit: return Answer(leaves: true)
        case .policy: return policies()
        case .on: return answer(conversation.switch(rest, on: true))
        case .off: return answer(conversation.switch(rest, on: false))
        case .scenario: return answer(conversation.choose(scenario: rest))
        case .diff: return answer(conversation.compareWithBefore(rest))
        case .drop: return answer(conversation.drop(rest))
        case .force: return answer(conversation.force())
        }
    }

    /// An answer that puts something else in place of the session: what no file has is kept first.
    private mutating func keeping(_ answer: (inout Talk) -> Answer) -> Answer {
        var before = self
        var result = answer(&self)
        if !conversation.isSame(as: before.conversation), let path = before.keep() {
            result.output = "what was not saved is kept in \(path)\n" + result.output
            // What is entered from here on is another session.
            kept = KeptSession()
        }
        return result
    }

    /// Keeps what no file has, or takes away what was kept once a file has it all. Where it is kept, for somebody to read.
    mutating func keep() -> String? {
        guard keepsSession else { return nil }
        guard isUnsaved else {
            kept.remove()
            return nil
        }
        return kept.write(self).map { StateFolder.shown($0) }
    }

    /// The same, and why it cannot be kept where that was not said yet.
    mutating func keepOrSay() -> String {
        guard keep() == nil, keepsSession, !saidNotKept, let problem = kept.problem else { return "" }
        saidNotKept = true
        return "what is not saved cannot be kept in \(problem)\n"
    }

    /// What a script may read goes by where it lies.
    private mutating func withFiles(_ answer: Answer) -> Answer {
        conversation.session.files = Files.access(for: conversation.path ?? "-", allowing: folders)
        return answer
    }

    // MARK: Answers

    private func answer(_ reply: Conversation.Reply) -> Answer {
        let errors = reply.diagnostics.filter { $0.severity == .error }
        if reply.isStopped || (!errors.isEmpty && errors.allSatisfy { $0.kind == .cancelled }) {
            return Answer(isStopped: true)
        }
        var result = Answer()
        // What waits to be forced is said below the errors that it is about.
        let notes = reply.notes.map { $0 + "\n" }.joined()
        let renderer = PromptRenderer(colour: hasColour(STDOUT_FILENO), width: width)
        if !reply.hasErrors { result.output = notes }
        result.output += renderer.render(reply.rows)
        result.output += renderer.render(reply.outputs, scenario: reply.scenario, partial: reply.partial)
        if !reply.diagnostics.isEmpty {
            let renderer = DiagnosticRenderer(sources: reply.sources, colour: hasColour(STDERR_FILENO))
            let diagnostics = Diagnostic.grouped(reply.diagnostics).map(Self.inWordsOfPrompt)
            result.problems = diagnostics.prefix(Self.mostProblems).map { renderer.render($0) }.joined(
                separator: "\n")
            let more = diagnostics.count - Self.mostProblems
            if more > 0 { result.problems += "... and \(more) more\n" }
        }
        if reply.hasErrors { result.problems += notes }
        return result
    }

    private static let mostProblems = 5

    /// Advice that names an option of the command line, as the prompt has it.
    private static func inWordsOfPrompt(_ diagnostic: Diagnostic) -> Diagnostic {
        var diagnostic = diagnostic
        diagnostic.help = diagnostic.help.map { line in
            guard let option = PromptCommand.settings.first(where: { line.contains("`--\($0)") }) else { return line }
            let parts = line.split(separator: "`--\(option)", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.joined(separator: "`:set \(option)")
        }
        return diagnostic
    }

    private mutating func help(_ name: String) -> Answer {
        let word = name.hasPrefix(":") ? String(name.dropFirst()) : name
        if !word.isEmpty {
            guard let command = Self.command(called: word) else {
                if Conversation.isStatementWord(word) || conversation.knows(word) {
                    return answer(conversation.documentation(of: word))
                }
                return Answer(problems: Self.unknownCommand(word))
            }
            return Answer(output: "\(command.usage)   \(command.summary)\n")
        }
        let width = PromptCommand.allCases.map(\.usage.count).max() ?? 0
        let lines = PromptCommand.allCases.map { command in
            command.usage + String(repeating: " ", count: width - command.usage.count + 2) + command.summary + "\n"
        }
        return Answer(
            output: """
                Enter definitions and expressions; `_` is the last value. To begin with:

                  unit phone
                  assume price = 100 to 200 USD/phone
                  let revenue = price * 5M phone/yr
                  revenue

                Then enter `price` anew. Tab completes; `:doc market` tells about a word. Commands:


                """ + lines.joined())
    }

    private func why() -> Answer {
        guard let kind = conversation.lastError else { return Answer(output: "nothing went wrong yet\n") }
        return Answer(output: Explanation(of: kind).page)
    }

    private mutating func policies() -> Answer {
        let all = conversation.policies()
        if all.isEmpty { return Answer(output: "there are no policies\n") }
        let rows = all.map { policy in
            let words = [policy.isOn ? "on " : "off", policy.title].compactMap { $0 }.joined(separator: "  ")
            return (name: policy.name, text: words)
        }
        return Answer(output: PromptRenderer(width: width).render(rows))
    }

    func hasColour(_ descriptor: Int32) -> Bool { Terminal.usesColour(style.colour, on: descriptor) }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }

    /// A path as it is written: in quotes perhaps, with `~` for the home folder.
    static func expanded(_ path: String) -> String {
        var path = path
        if path.utf8.count > 1, path.hasPrefix("\""), path.hasSuffix("\"") {
            path = String(path.dropFirst().dropLast())
        }
        guard path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
        return String(cString: home) + path.dropFirst(1)
    }
}
