import ArgumentParser
@preconcurrency import Glibc
import ReuseReport
import ReuseSyntax

/// `reuse explain R0301`, and `reuse explain` for the list.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain an error or warning by its code.",
        discussion: "Without a code, all codes are listed.")

    @Argument(help: "A code, such as R0301.")
    var code: String?

    func validate() throws {
        if let code, DiagnosticKind(code: code) == nil {
            throw ValidationError("There is no code '\(code)'; `reuse explain` lists all codes.")
        }
    }

    func run() throws {
        guard let code, let kind = DiagnosticKind(code: code) else {
            let lines = DiagnosticKind.allCases.map { "\($0.code)  \(Explanation(of: $0).title)\n" }
            return Terminal.write(lines.joined(), to: STDOUT_FILENO)
        }
        Terminal.write(Explanation(of: kind).page, to: STDOUT_FILENO)
    }
}
