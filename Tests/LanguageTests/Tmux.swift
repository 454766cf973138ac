import Foundation
import Testing

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

/// A program in a terminal that draws what it is told, and can be looked at: tmux, in a server of its own.
final class Tmux {
    static let path: String? = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let server = "reuse-" + UUID().uuidString
    private let folder: URL

    init(_ arguments: [String], columns: Int, rows: Int = 24, colour: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(server)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let executable: URL = try #require(Command.path)
        let variables = [
            "INPUTRC=/dev/null", "XDG_STATE_HOME=\(folder.path)", "LC_ALL=C.UTF-8", "TERM=screen-256color",
        ]
        let words =
            ["env", "-u", "NO_COLOR"] + variables + (colour ? [] : ["NO_COLOR=1"]) + [executable.path] + arguments
        _ = try tell(
            ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)"]
                + [words.map { "'\($0)'" }.joined(separator: " ")])
    }

    deinit {
        _ = try? tell(["kill-server"])
        try? FileManager.default.removeItem(at: folder)
    }

    /// Types a text as it is.
    func type(_ text: String) throws { _ = try tell(["send-keys", "-l", "--", text]) }

    /// Presses keys by their names: `Enter`, `Tab`, `C-c`, `Up`.
    func press(_ keys: String...) throws { _ = try tell(["send-keys"] + keys) }

    func resize(columns: Int, rows: Int = 24) throws {
        _ = try tell(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// Pastes as a terminal does, which marks where the text begins and ends.
    func paste(_ text: String) throws {
        let file = folder.appendingPathComponent("paste")
        try Data(text.utf8).write(to: file)
        _ = try tell(["load-buffer", file.path])
        _ = try tell(["paste-buffer", "-p"])
    }

    /// The lines on the screen, without blanks behind them and empty lines below.
    func screen() throws -> [String] {
        var lines = try tell(["capture-pane", "-p"]).split(separator: "\n", omittingEmptySubsequences: false).map {
            line in String(line.reversed().drop { $0 == " " }.reversed())
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The screen with the codes of its colours.
    func colours() throws -> String { try tell(["capture-pane", "-p", "-e"]) }

    /// Where the cursor is, counted from 0.
    func cursor() throws -> String {
        try tell(["display-message", "-p", "#{cursor_x},#{cursor_y}"]).replacingOccurrences(of: "\n", with: "")
    }

    /// Waits until the screen is as wanted, and gives it; fails after two minutes.
    @discardableResult
    func wait(
        _ place: SourceLocation = #_sourceLocation, until isWanted: ([String]) -> Bool
    ) throws -> [String] {
        let start = Date()
        var lines: [String] = []
        while Date().timeIntervalSince(start) < 120 {
            lines = try screen()
            if isWanted(lines) { return lines }
            usleep(20_000)
        }
        Issue.record("waited in vain, with\n\(lines.joined(separator: "\n"))", sourceLocation: place)
        throw Missing()
    }

    /// Waits for the last lines of the screen.
    func expect(_ lines: String..., place: SourceLocation = #_sourceLocation) throws {
        try wait(place) { Array($0.suffix(lines.count)) == lines }
    }

    struct Missing: Error {}

    /// What tmux answers. It goes by way of a file: the server that the first call starts keeps open what it is given, so that
    /// nobody would ever see the end of a pipe.
    private func tell(_ words: [String]) throws -> String {
        let path: String = try #require(Self.path)
        let answer = folder.appendingPathComponent("answer").path
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, answer, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // Threads of the tests hold signals back, which a child would inherit: a server that cannot be told to end.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var arguments = ([path, "-u", "-L", server] + words).map { strdup($0) } + [nil]
        var process: pid_t = 0
        let failure = posix_spawn(&process, path, &actions, &attributes, &arguments, environ)
        for pointer in arguments { free(pointer) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        try #require(failure == 0)
        waitpid(process, nil, 0)
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: answer)), as: UTF8.self)
    }
}
