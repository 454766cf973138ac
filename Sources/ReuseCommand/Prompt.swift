import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// `reuse` at a terminal: entries are read, answered, and read again.
enum Prompt {
    static let text = "reuse> "
    static let continuation = "  ...> "

    /// Loads a script if there is one, and talks until the end of input.
    static func run(
        file: String? = nil, options: Options = Options(), allowing folders: [String] = [],
        style: PrintStyle = PrintStyle(), keepsHistory: Bool = true
    ) {
        var talk = Talk(options: Interruption.watchedAtPrompt(options), allowing: folders, style: style)
        let editor = LineEditor(keepsHistory: keepsHistory)
        defer { editor.close() }
        Terminal.write("Reuse \(ReuseCommand.version). `:help` helps, Ctrl-D leaves.\n", to: STDOUT_FILENO)
        if let note = LineEditor.note { Terminal.write(note + "\n", to: STDOUT_FILENO) }
        if let file {
            talk.width = Terminal.columns
            say(talk.load(file))
        }
        while let entry = read(editor, talk) {
            if entry.isEmpty { continue }
            editor.remember(entry)
            talk.width = Terminal.columns
            Interruption.forget()
            let answer = talk.answer(entry)
            say(answer)
            if answer.leaves { return }
        }
        Terminal.write("\n", to: STDOUT_FILENO)
    }

    private static func say(_ answer: Talk.Answer) {
        Terminal.write(answer.output, to: STDOUT_FILENO)
        Terminal.write(answer.problems, to: STDERR_FILENO)
    }

    /// One entry, of as many lines as it takes; an empty line ends it in any case. Nil at the end of input, empty where
    /// Ctrl-C cleared the line.
    private static func read(_ editor: LineEditor, _ talk: Talk) -> String? {
        Interruption.forget()
        guard var entry = editor.line(text, talk) else { return nil }
        if Interruption.wasAsked { return "" }
        while !entry.hasPrefix(":"), talk.conversation.isUnfinished(entry) {
            guard let line = editor.line(continuation, talk) else { return entry }
            if Interruption.wasAsked { return "" }
            if line.allSatisfy(\.isWhitespace) { break }
            entry += "\n" + line
        }
        return entry.allSatisfy(\.isWhitespace) ? "" : entry
    }
}
