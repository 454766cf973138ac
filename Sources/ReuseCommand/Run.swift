import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// `reuse run FILE...`, and what `reuse` does without a subcommand.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run scripts, or one expression.",
        discussion: """
            A file named - is standard input. With --format json every file gives one document, which docs/json.md \
            describes.
            """)

    @Argument(help: ArgumentHelp("Scripts to run.", valueName: "file"))
    var files: [String] = []

    @Option(
        name: .customShort("e"), parsing: .unconditional,
        help: ArgumentHelp("Evaluate this text instead of a file.", valueName: "expression"))
    var expression: String?

    @OptionGroup var model: ModelOptions
    @OptionGroup var printing: PrintOptions

    func validate() throws {
        if expression != nil && !files.isEmpty { throw ValidationError("Give either -e or files, not both.") }
    }

    func run() throws {
        try Self.run(expression: expression, files: files, options: model.options, style: printing.style)
    }

    /// A run with what was asked for, however that was found out.
    static func run(expression: String?, files: [String], options: Options, style: PrintStyle) throws {
        let session = Session(options: options, files: Files.access)
        let printer = Printer(style: style)
        if let expression {
            let outcome = Outcome("-e", session.run(Array(expression.utf8), name: "-e"))
            printer.print(outcome)
            return try outcome.status.leave()
        }
        if files.isEmpty && Terminal.isTerminal(STDIN_FILENO) {
            Terminal.write(shortHelp, to: STDERR_FILENO)
            return try ExitStatus.usage.leave()
        }
        var worst = ExitStatus.fine
        for path in files.isEmpty ? ["-"] : files {
            let outcome =
                switch Script.read(path) {
                case .script(let script): Outcome(script.name, session.run(script.bytes, name: script.name))
                case .unreadable(let outcome): outcome
                }
            printer.print(outcome)
            worst = max(worst, outcome.status)
        }
        try worst.leave()
    }

    private static let shortHelp = """
        The interactive prompt is yet to come. For now:

          reuse FILE              run a script
          reuse -e '1.088 ^ 5'    evaluate an expression
          reuse --help            everything else

        """
}
