import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// `reuse` at a terminal: entries are read, answered, and read again.
enum Prompt {
    static let text = "reuse> "
    static let continuation = "  ...> "

    /// Loads a script if there is one, and talks until the end of input. Leaves at once where the script cannot be read.
    static func run(
        file: String? = nil, options: Options = .ofProcess, allowing folders: [String] = [],
        style: PrintStyle = PrintStyle(), keepsHistory: Bool = true
    ) throws {
        var script: (bytes: [UInt8], path: String)?
        if let file {
            switch Files.readScript(file) {
            case .success(let bytes): script = (bytes, file)
            case .failure(let failure):
                Printer(style: style).printDiagnostics(of: Outcome(unreadable: file, failure.reason))
                return try ExitStatus.scriptError.leave()
            }
        }
        Interruption.watchAtPrompt()
        var talk = Talk(options: options, allowing: folders, style: style)
        // What comes from a pipe is not what somebody typed.
        let keepsHistory = keepsHistory && Terminal.isInteractive
        talk.keepsSession = keepsHistory
        let editor = LineEditor(
            keepsHistory: keepsHistory, hasColour: Terminal.usesColour(style.colour, on: STDOUT_FILENO))
        if Terminal.isInteractive {
            Terminal.write("Reuse \(ReuseCommand.version). `:help` helps, Ctrl-D leaves.\n", to: STDOUT_FILENO)
            if let note = LineEditor.note { Terminal.write(note + "\n", to: STDOUT_FILENO) }
        }
        if let script { _ = answer(&talk) { $0.load(script.bytes, path: script.path) } }
        let isEndOfInput = converse(editor, &talk)
        // First of all: there may be no terminal any more, and nobody to read what is said.
        let kept = talk.keep()
        editor.close()
        Interruption.endIfAsked()
        if isEndOfInput, Terminal.isInteractive { Terminal.write("\n", to: STDOUT_FILENO) }
        if let kept { Terminal.write("what was not saved is kept in \(kept)\n", to: STDOUT_FILENO) }
    }

    /// Talks until somebody leaves, or the input ends: then it is true.
    private static func converse(_ editor: LineEditor, _ talk: inout Talk) -> Bool {
        while let entry = read(editor, talk) {
            if entry.isEmpty { continue }
            editor.remember(entry)
            if answer(&talk, { $0.answer(entry) }) { return false }
        }
        return true
    }

    /// Says an answer, and goes on from what the session is after it. True where that was the last.
    /// `kept` says what there is where Ctrl-C ended it.
    private static func answer(
        _ talk: inout Talk, whenLeft kept: String = ": nothing is changed",
        _ work: @escaping (inout Talk) -> Talk.Answer
    ) -> Bool {
        talk.width = Terminal.columns
        switch Answering.answer(talk, work) {
        case .answered(let next, let answer):
            talk = next
            if answer.isStopped {
                say(Talk.Answer(output: "stopped" + kept + "\n"))
                return false
            }
            // Before it is said: what somebody has read is not lost, whatever ends the prompt.
            let problem = talk.keepOrSay()
            say(answer)
            say(Talk.Answer(problems: problem))
            let kept = "; the script is loaded (`:undo` brings back what was there)"
            if answer.goesOn { return self.answer(&talk, whenLeft: kept) { $0.goOn() } }
            return answer.leaves
        case .left(let progress):
            var text = "stopped"
            if let progress, progress.count > 0 {
                text += " at \(Int(Double(progress.done) / Double(progress.count) * 100))% of the samples"
            }
            say(Talk.Answer(output: text + kept + "\n"))
            return false
        }
    }

    private static func say(_ answer: Talk.Answer) {
        if Interruption.isEnding { return }
        Terminal.write(answer.output, to: STDOUT_FILENO)
        Terminal.write(answer.problems, to: STDERR_FILENO)
    }

    /// One entry, of as many lines as it takes; an empty line ends it in any case. Nil at the end of input, empty where
    /// Ctrl-C cleared the line.
    private static func read(_ editor: LineEditor, _ talk: Talk) -> String? {
        Interruption.forget()
        if Interruption.isEnding { return nil }
        var talk = talk
        guard var entry = editor.line(text, talk) else { return nil }
        if Interruption.wasAsked { return "" }
        while !entry.hasPrefix(":"), talk.conversation.isUnfinished(entry) {
            talk.begun = entry
            guard let line = editor.line(continuation, talk) else { return entry }
            if Interruption.wasAsked { return "" }
            if line.allSatisfy(\.isWhitespace) { break }
            entry += "\n" + line
        }
        return entry.allSatisfy(\.isWhitespace) ? "" : entry
    }
}
