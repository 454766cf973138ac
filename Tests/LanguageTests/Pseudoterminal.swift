import Foundation
import Testing

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

/// A program at a terminal of its own. Nothing is timed: what is waited for must come, however slow the machine is.
final class Pseudoterminal {
    private var primary: Int32
    private let process: pid_t
    private var seen: [UInt8] = []
    private var status: Int32?
    /// POSIX_SPAWN_SETSID, which the headers hide from Swift.
    private static let newSession: Int16 = 0x80

    init(_ arguments: [String], environment: [String: String], columns: UInt16 = 100) throws {
        var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        var primary: Int32 = -1
        var secondary: Int32 = -1
        var name = [CChar](repeating: 0, count: 128)
        try #require(openpty(&primary, &secondary, &name, nil, &size) == 0)
        _ = fcntl(primary, F_SETFD, FD_CLOEXEC)
        _ = fcntl(secondary, F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        // A session of its own that opens a terminal is controlled by it.
        posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // What threads of the tests hold back is not held back from the program.
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        let path = Command.path
        let executable: URL = try #require(path)
        var words = ([executable.path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        var process: pid_t = 0
        let failure = posix_spawn(&process, executable.path, &actions, &attributes, &words, &variables)
        for pointer in words + variables { free(pointer) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        close(secondary)
        self.primary = primary
        self.process = process
        try #require(failure == 0)
    }

    deinit {
        if primary >= 0 { close(primary) }
        if status == nil {
            kill(SIGKILL)
            waitpid(process, nil, 0)
        }
    }

    func type(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(primary, $0.baseAddress, $0.count) }
            if written < 0 && errno != EINTR { return }
            bytes = bytes.dropFirst(max(written, 0))
        }
    }

    func resize(columns: UInt16) {
        var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
    }

    func kill(_ signal: Int32) { _ = Glibc.kill(process, signal) }

    /// Ends the process's terminal, as closing its window does.
    func hangUp() {
        close(primary)
        primary = -1
    }

    /// Reads until a text has come, and gives what came before and with it; fails where the program ends or two minutes pass.
    @discardableResult
    func expect(_ text: String, _ place: SourceLocation = #_sourceLocation) throws -> String {
        let wanted = Array(text.utf8)
        let start = Date()
        while true {
            if let end = Self.end(of: wanted, in: seen) {
                let found = String(decoding: seen[..<end], as: UTF8.self)
                seen.removeFirst(end)
                return found
            }
            guard Date().timeIntervalSince(start) < 120, read() else {
                Issue.record(
                    "waited for \(text.debugDescription), saw \(String(decoding: seen, as: UTF8.self).debugDescription)",
                    sourceLocation: place)
                throw Missing()
            }
        }
    }

    struct Missing: Error {}

    /// The exit status, once the program has ended; what it still said is dropped.
    func end() -> Int32 {
        while read() {}
        var raw: Int32 = 0
        waitpid(process, &raw, 0)
        status = raw
        return raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
    }

    func wait() -> Int32 {
        var raw: Int32 = 0
        waitpid(process, &raw, 0)
        status = raw
        return raw & 0x7F == 0 ? raw >> 8 & 0xFF : -(raw & 0x7F)
    }

    /// More of what the program says; false where nothing comes any more.
    private func read() -> Bool {
        var poller = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
        let ready = poll(&poller, 1, 120_000)
        if ready < 0 && errno == EINTR { return true }
        guard ready > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(primary, &buffer, buffer.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        seen += buffer[..<count]
        return true
    }

    private static func end(of wanted: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= wanted.count else { return nil }
        for start in 0...bytes.count - wanted.count
        where bytes[start..<start + wanted.count].elementsEqual(wanted) {
            return start + wanted.count
        }
        return nil
    }
}
