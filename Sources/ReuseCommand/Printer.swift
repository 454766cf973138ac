@preconcurrency import Glibc
import Reuse
import ReuseReport
import ReuseSyntax

/// Prints what came of a run: results to standard output, then diagnostics to standard error.
struct Printer {
    let style: PrintStyle

    func print(_ outcome: Outcome) {
        let text =
            switch style.format {
            case .text:
                TextRenderer(colour: Terminal.usesColour(style.colour, on: STDOUT_FILENO))
                    .render(outcome.outputs, scenario: outcome.scenario, partial: outcome.partial)
            case .json:
                JSONRenderer().render(
                    outputs: outcome.outputs, diagnostics: outcome.diagnostics, sources: outcome.sources,
                    file: outcome.file, scenario: outcome.scenario, partial: outcome.partial)
            case .csv: CSVRenderer().render(outcome.outputs, scenario: outcome.scenario)
            }
        Terminal.write(text, to: STDOUT_FILENO)
        printDiagnostics(of: outcome)
        if style.format == .csv { printPartial(outcome) }
    }

    private func printPartial(_ outcome: Outcome) {
        guard let (drawn, wanted) = outcome.partial else { return }
        Terminal.write("stopped: this rests on \(drawn) of \(wanted) samples\n", to: STDERR_FILENO)
    }

    /// Each output as a file of CSV in a folder, which is made where it is not there. What could not be written comes back.
    func write(_ outcome: Outcome, to folder: String) -> Outcome? {
        if let failure = Files.makeFolder(folder) { return Outcome(unwritable: folder, failure.reason) }
        for (position, output) in outcome.outputs.enumerated() {
            let name = CSVRenderer.fileName(of: output, number: position + 1, of: outcome.outputs.count)
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            let text = CSVRenderer().render(output, scenario: outcome.scenario)
            if let failure = Files.write(Array(text.utf8), to: path) {
                return Outcome(unwritable: path, failure.reason)
            }
        }
        printDiagnostics(of: outcome)
        printPartial(outcome)
        let count = outcome.outputs.count
        Terminal.write("wrote \(count) file\(count == 1 ? "" : "s") to \(folder)\n", to: STDERR_FILENO)
        return nil
    }

    func print(_ register: Register, _ outcome: Outcome) {
        let text: String? =
            switch style.format {
            case .json:
                JSONRenderer().render(
                    register: register, diagnostics: outcome.diagnostics, sources: outcome.sources, file: outcome.file)
            // With an error there is no register, and "no inputs" would be a lie.
            case .text:
                outcome.hasErrors
                    ? nil
                    : TextRenderer(
                        colour: Terminal.usesColour(style.colour, on: STDOUT_FILENO)
                    ).render(register)
            case .csv: outcome.hasErrors ? nil : CSVRenderer().render(register)
            }
        if let text { Terminal.write(text, to: STDOUT_FILENO) }
        printDiagnostics(of: outcome)
    }

    func printDiagnostics(of outcome: Outcome) {
        if outcome.diagnostics.isEmpty { return }
        let colour = Terminal.usesColour(style.colour, on: STDERR_FILENO)
        let renderer = DiagnosticRenderer(sources: outcome.sources, colour: colour)
        let shown =
            style.isVerbose
            ? outcome.diagnostics : Diagnostic.grouped(outcome.diagnostics, hint: "`--verbose` shows each of them")
        Terminal.write(renderer.render(shown), to: STDERR_FILENO)
    }
}

/// What came of one file: of a run, of a check, or of not being able to read it.
struct Outcome {
    /// What messages call the text.
    var file: String
    var outputs: [Output] = []
    var diagnostics: [Diagnostic]
    var sources: [SourceText] = []
    var scenario: String?
    /// How many samples there are, where the run was stopped before it had all.
    var partial: (drawn: Int, wanted: Int)?

    init(_ file: String, _ result: RunResult) {
        self.file = file
        scenario = result.scenario
        if result.isPartial { partial = result.samples }
        outputs = result.outputs
        diagnostics = result.diagnostics
        sources = result.sources
    }

    init(_ file: String, _ result: ExampleResult) {
        self.file = file
        diagnostics = result.diagnostics
        sources = result.sources
    }

    init(unreadable file: String, _ reason: String) {
        self.file = file
        diagnostics = [Diagnostic(.unreadableFile, "cannot read \(file): \(reason)", at: nil)]
    }

    init(unwritable file: String, _ reason: String) {
        self.file = file
        diagnostics = [Diagnostic(.unreadableFile, "cannot write \(file): \(reason)", at: nil)]
    }

    init(part file: String, _ problem: String) {
        self.file = file
        diagnostics = [
            Diagnostic(
                .wrongPart, "\(file) \(problem)", at: nil, help: ["compute it again, with `reuse run ... --shard i/n`"])
        ]
    }

    init(partForScript file: String) {
        self.file = file
        diagnostics = [
            Diagnostic(
                .wrongPart, "\(file) is a part of a run, where a script is wanted", at: nil,
                help: ["name the script first, and then its parts: `reuse merge model.reuse model.1-of-2.part ...`"])
        ]
    }

    var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    var status: ExitStatus {
        if partial != nil || diagnostics.contains(where: { $0.kind == .cancelled }) { return .interrupted }
        if diagnostics.contains(where: { $0.kind == .limitReached && $0.severity == .error }) { return .limitReached }
        return hasErrors ? .scriptError : .fine
    }
}

/// A text to work on, and what messages call it.
struct Script {
    var name: String
    var bytes: [UInt8]

    /// `path` may be `-` for standard input. What could not be read comes back as the outcome to print.
    static func read(_ path: String) -> Reading {
        let name = path == "-" ? "standard input" : path
        switch path == "-" ? Files.readStandardInput() : Files.read(path) {
        case .success(let bytes) where Part.begins(bytes): return .unreadable(Outcome(partForScript: name))
        case .success(let bytes): return .script(Script(name: name, bytes: bytes))
        case .failure(let failure): return .unreadable(Outcome(unreadable: name, failure.reason))
        }
    }

    enum Reading {
        case script(Script)
        case unreadable(Outcome)
    }
}
