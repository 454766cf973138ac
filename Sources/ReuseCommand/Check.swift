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
    @OptionGroup var access: AccessOptions
    @OptionGroup var printing: PrintOptions

    func run() throws {
        try Self.check(
            files, options: model.options, allowing: access.folders, style: printing.style, format: printing.format)
    }

    static func check(
        _ files: [String], options: Options, allowing folders: [String] = [], style: PrintStyle, format: OutputFormat
    ) throws {
        var session = Session(options: options)
        let printer = Printer(style: style)
        var worst = ExitStatus.fine
        for path in files {
            session.files = Files.access(for: path, allowing: folders)
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
