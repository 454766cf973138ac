import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// `reuse test PATH...`.
struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the examples in the documentation of functions.",
        discussion: "Examples are the lines `## example: ...`. In a folder, all files named *.reuse are tested.")

    @Argument(help: ArgumentHelp("Files or folders.", valueName: "path"))
    var paths: [String]

    @OptionGroup var access: AccessOptions

    @Option(
        name: [.customLong("color"), .customLong("colour")],
        help: "Colour; auto is on a terminal, and never where NO_COLOR is set.")
    var colour: ColourChoice = .auto

    func run() throws {
        var session = Session()
        let printer = Printer(style: PrintStyle(colour: colour))
        var status = ExitStatus.fine
        var passed = 0
        var failed = 0
        for path in paths {
            let files: [String]
            switch Files.isFolder(path) ? Files.scripts(in: path) : .success([path]) {
            case .success(let found): files = found
            case .failure(let failure):
                printer.printDiagnostics(of: Outcome(unreadable: path, failure.reason))
                status = .scriptError
                continue
            }
            for file in files {
                let script: Script
                switch Script.read(file) {
                case .script(let read): script = read
                case .unreadable(let outcome):
                    printer.printDiagnostics(of: outcome)
                    status = .scriptError
                    continue
                }
                session.files = access.files(for: file)
                let result = session.runExamples(script.bytes, name: script.name)
                Terminal.write("\(script.name): \(result.passed) passed, \(result.failed) failed\n", to: STDOUT_FILENO)
                let outcome = Outcome(script.name, result)
                printer.printDiagnostics(of: outcome)
                passed += result.passed
                failed += result.failed
                // A file that cannot be checked has no example that could fail, and yet is not fine.
                status = max(status, result.failed > 0 ? .scriptError : .fine, outcome.status)
            }
        }
        let examples = passed == 1 ? "1 example" : "\(passed) examples"
        Terminal.write("\(examples) passed, \(failed) failed\n", to: STDOUT_FILENO)
        try status.leave()
    }
}
