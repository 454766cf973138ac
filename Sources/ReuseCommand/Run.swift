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
    @OptionGroup var access: AccessOptions
    @OptionGroup var printing: PrintOptions

    @Option(
        help: ArgumentHelp(
            "Compute one part of the samples, such as 2/7, into a file that `reuse merge` joins.", valueName: "i/n"))
    var shard: String?

    @Option(
        name: [.short, .customLong("output")],
        help: ArgumentHelp(
            "The folder into which --format csv puts a file for each table; or the file into which --shard puts its part (default: SCRIPT.i-of-n.part).",
            valueName: "path"))
    var output: String?

    @Flag(
        name: [.short, .customLong("interactive")],
        help: "Stay at the prompt once the script has run; without a script it opens there.")
    var interactive = false

    @Flag(name: .customLong("no-history"), help: "Keep nothing of what is entered at the prompt.")
    var noHistory = false

    func validate() throws {
        if interactive {
            guard files.count < 2, expression == nil, shard == nil else {
                throw ValidationError("-i takes one script at most.")
            }
            guard printing.format == .text else { throw ValidationError("The prompt prints text alone.") }
        }
        if shard != nil {
            guard Self.parse(shard) != nil else { throw ValidationError("--shard needs a part of all, such as 2/7.") }
            guard files.count == 1, expression == nil else { throw ValidationError("--shard needs one script.") }
            guard model.until == nil else {
                throw ValidationError(
                    "--shard and --until do not go together: a shard cannot know what the others find.")
            }
        } else if output != nil {
            guard printing.format == .csv else {
                throw ValidationError(
                    "--output is a folder for --format csv, or a file for --shard; other results go to standard output."
                )
            }
            guard files.count <= 1, !interactive else { throw ValidationError("--output needs one script.") }
        }
        if expression != nil && !files.isEmpty { throw ValidationError("Give either -e or files, not both.") }
    }

    func run() throws {
        var options = model.options
        options.isDetailed = printing.format == .json
        if let shard = Self.parse(shard), let path = files.first { return try run(shard, of: path, options) }
        if interactive || (files.isEmpty && expression == nil && Terminal.isInteractive) {
            return try Prompt.run(
                file: files.first, options: options, allowing: access.folders, style: printing.style,
                keepsHistory: !noHistory)
        }
        try Self.run(
            expression: expression, files: files, options: options, allowing: access.folders, style: printing.style,
            folder: output)
    }

    private static func parse(_ text: String?) -> Shard? {
        guard let parts = text?.split(separator: "/", omittingEmptySubsequences: false), parts.count == 2,
            let number = Int(parts[0]), let count = Int(parts[1])
        else { return nil }
        return Shard(number: number, of: count)
    }

    /// One part of a run, into a file.
    private func run(_ shard: Shard, of path: String, _ options: Options) throws {
        let printer = Printer(style: printing.style)
        switch Script.read(path) {
        case .unreadable(let outcome):
            printer.print(outcome)
            try outcome.status.leave()
        case .script(let script):
            let session = Session(options: Interruption.watched(options), files: access.files(for: path))
            let (part, result) = session.run(script.bytes, name: script.name, shard: shard)
            let outcome = Outcome(script.name, result)
            printer.printDiagnostics(of: outcome)
            guard let part else { return try max(outcome.status, .scriptError).leave() }
            let file = output ?? Self.partName(path, shard)
            if let failure = Files.write(part.file, to: file) {
                printer.printDiagnostics(of: Outcome(unwritable: file, failure.reason))
                return try ExitStatus.scriptError.leave()
            }
            let failed = part.result.failedBlocks.count
            let note = failed == 0 ? "" : "; something failed in \(failed) blocks of it, which the merge will tell"
            Terminal.write("wrote \(file): \(part.result.samples.count) samples\(note)\n", to: STDERR_FILENO)
        }
    }

    private static func partName(_ path: String, _ shard: Shard) -> String {
        let base = path == "-" ? "standard-input" : path.hasSuffix(".reuse") ? String(path.dropLast(6)) : path
        return "\(base).\(shard.number)-of-\(shard.count).part"
    }

    /// A run with what was asked for, however that was found out.
    static func run(
        expression: String?, files: [String], options: Options, allowing folders: [String] = [], style: PrintStyle,
        folder: String? = nil
    ) throws {
        var session = Session(options: Interruption.watched(options), files: Files.access(for: "-", allowing: folders))
        let printer = Printer(style: style)
        func tell(_ outcome: Outcome) -> ExitStatus {
            if let folder, !outcome.hasErrors || !outcome.outputs.isEmpty {
                if let problem = printer.write(outcome, to: folder) {
                    printer.printDiagnostics(of: problem)
                    return max(outcome.status, problem.status)
                }
            } else {
                printer.print(outcome)
            }
            return outcome.status
        }
        if let expression {
            return try tell(Outcome("-e", session.run(Array(expression.utf8), name: "-e"))).leave()
        }
        if files.isEmpty && Terminal.isTerminal(STDIN_FILENO) {
            return try Prompt.run(options: options, allowing: folders, style: style)
        }
        var worst = ExitStatus.fine
        for path in files.isEmpty ? ["-"] : files {
            session.files = Files.access(for: path, allowing: folders)
            let outcome =
                switch Script.read(path) {
                case .script(let script): Outcome(script.name, session.run(script.bytes, name: script.name))
                case .unreadable(let outcome): outcome
                }
            worst = max(worst, tell(outcome))
        }
        try worst.leave()
    }
}
