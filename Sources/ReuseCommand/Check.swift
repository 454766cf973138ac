import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// `reuse check FILE...`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check scripts without running them.",
        discussion: "A file named - is standard input. Where all is well, nothing goes to standard output.")

    @Argument(help: ArgumentHelp("Scripts to check.", valueName: "file"))
    var files: [String]

    @OptionGroup var model: ModelOptions
    @OptionGroup var printing: PrintOptions

    func run() throws {
        try Self.check(files, options: model.options, style: printing.style, format: printing.format)
    }

    static func check(_ files: [String], options: Options, style: PrintStyle, format: OutputFormat) throws {
        let session = Session(options: options, files: Files.access)
        let printer = Printer(style: style)
        var worst = ExitStatus.fine
        for path in files {
            let outcome =
                switch Script.read(path) {
                case .script(let script): Outcome(script.name, session.check(script.bytes, name: script.name))
                case .unreadable(let outcome): outcome
                }
            switch format {
            case .json: printer.print(outcome)
            case .text, .csv: printer.printDiagnostics(of: outcome)
            }
            if !outcome.hasErrors { Terminal.write("\(outcome.file): no errors\n", to: STDERR_FILENO) }
            worst = max(worst, outcome.status)
        }
        try worst.leave()
    }
}
