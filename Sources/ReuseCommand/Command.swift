import ArgumentParser
@preconcurrency import Glibc
import Reuse

/// The command line: `reuse` for the prompt, `reuse FILE`, `reuse -e EXPRESSION`, and a subcommand for everything else.
@main
struct ReuseCommand: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "reuse",
        abstract: "Models of second-hand markets.",
        discussion: """
            `reuse FILE` is short for `reuse run FILE`. Results go to standard output, errors and warnings to standard \
            error.

            Exit status: 0 fine; 1 an error in the script, an assertion that failed, or a wrong --set; 2 wrong usage; \
            3 a limit was reached; 130 stopped by Ctrl-C.
            """,
        version: "reuse " + version,
        subcommands: [Run.self, Merge.self, Check.self, Test.self, Sources.self, Explain.self],
        defaultSubcommand: Run.self)

    static func main() {
        // A reader that has seen enough (`| head`) is no error: writes report it, and `Terminal.write` keeps quiet.
        signal(SIGPIPE, SIG_IGN)
        do {
            if try ranPlainly(Array(CommandLine.arguments.dropFirst())) { return }
            var command = try parseAsRoot()
            try command.run()
        } catch {
            finish(error)
        }
    }

    /// `reuse FILE`, `reuse check FILE` and `reuse -e TEXT` without any option: there is nothing to parse, and the parser
    /// would take most of the time of a short run. Everything else, errors included, is left to it. True where it is done.
    private static func ranPlainly(_ arguments: [String]) throws -> Bool {
        if arguments.isEmpty, Terminal.isTerminal(STDIN_FILENO) {
            try Prompt.run()
            return true
        }
        if arguments.count == 2, arguments[0] == "-e" {
            try Run.run(expression: arguments[1], files: [], options: .ofProcess, style: PrintStyle())
            return true
        }
        let names = arguments.count == 2 && ["run", "check"].contains(arguments[0])
        let file = names ? arguments[1] : arguments.count == 1 ? arguments[0] : "-"
        if file.hasPrefix("-") || !file.contains(".") { return false }
        if names, arguments[0] == "check" {
            try Check.check([file], options: .ofProcess, style: PrintStyle(), format: .text)
            return true
        }
        try Run.run(expression: nil, files: [file], options: .ofProcess, style: PrintStyle())
        return true
    }

    /// Help and version go to standard output; wrong usage is exit status 2.
    private static func finish(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        if code == .success {
            Terminal.write(fullMessage(for: error) + "\n", to: STDOUT_FILENO)
            Glibc.exit(ExitStatus.fine.rawValue)
        }
        if code == .validationFailure {
            Terminal.write(fullMessage(for: error) + "\n", to: STDERR_FILENO)
            Glibc.exit(ExitStatus.usage.rawValue)
        }
        let message = fullMessage(for: error)
        if !message.isEmpty { Terminal.write(message + "\n", to: STDERR_FILENO) }
        Glibc.exit(code.rawValue)
    }
}

/// What the process says to its caller.
enum ExitStatus: Int32, Comparable {
    case fine = 0
    case scriptError = 1
    case usage = 2
    case limitReached = 3
    /// Ctrl-C, as shells count it.
    case interrupted = 130

    static func < (a: ExitStatus, b: ExitStatus) -> Bool { a.rawValue < b.rawValue }

    /// Ends the command with this status; `fine` lets it end by itself.
    func leave() throws {
        if self != .fine { throw ExitCode(rawValue) }
    }
}
