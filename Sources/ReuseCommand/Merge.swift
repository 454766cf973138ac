import ArgumentParser
import Reuse

/// `reuse merge SCRIPT PART...`
struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Join the parts of a run that `--shard` computed.",
        discussion: """
            The result is that of one run, to the last bit. Samples, seed, scenario and settings are those of the parts.
            """)

    @Argument(help: ArgumentHelp("The script that was run.", valueName: "script"))
    var script: String

    @Argument(help: ArgumentHelp("All parts of the run.", valueName: "part"))
    var parts: [String]

    @Option(
        help: ArgumentHelp(
            "Leave samples out whose markets cannot be cleared, up to this share, such as 0.1%; how many is printed.",
            valueName: "share"))
    var allowUnsolved: String?

    @OptionGroup var access: AccessOptions
    @OptionGroup var printing: PrintOptions

    func validate() throws {
        if let allowUnsolved, ModelOptions.share(allowUnsolved) == nil {
            throw ValidationError("--allow-unsolved needs a share above 0% and below 100%, such as 0.1%.")
        }
    }

    func run() throws {
        let printer = Printer(style: printing.style)
        var joined: [Part] = []
        for path in parts {
            switch Part.read(path) {
            case .success(let part): joined.append(part)
            case .failure(let outcome):
                printer.print(outcome.outcome)
                return try ExitStatus.scriptError.leave()
            }
        }
        switch Script.read(script) {
        case .script(let script):
            var options = Options.ofProcess
            options.isDetailed = printing.format == .json
            options.allowedUnsolved = allowUnsolved.flatMap { ModelOptions.share($0) } ?? 0
            let session = Session(options: Interruption.watched(options), files: access.files(for: self.script))
            let result = session.merge(script.bytes, name: script.name, parts: joined, names: parts)
            let outcome = Outcome(script.name, result)
            printer.print(outcome)
            try outcome.status.leave()
        case .unreadable(let outcome):
            printer.print(outcome)
            try outcome.status.leave()
        }
    }
}

extension Part {
    struct Unreadable: Error { var outcome: Outcome }

    /// The part that a file holds; what is wrong comes back as the outcome to print.
    static func read(_ path: String) -> Result<Part, Unreadable> {
        switch Files.read(path) {
        case .success(let bytes):
            do throws(Problem) {
                return .success(try Part(file: bytes))
            } catch {
                return .failure(Unreadable(outcome: Outcome(part: path, error.message)))
            }
        case .failure(let failure):
            return .failure(Unreadable(outcome: Outcome(unreadable: path, failure.reason)))
        }
    }
}
