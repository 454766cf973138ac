@preconcurrency import Glibc
import Reuse

/// What a session has and no script does, in a file of the state folder from which it can be loaded again. It is written after
/// each entry, so that nothing which ends the prompt can lose it.
struct KeptSession {
    private static let name = "session.reuse"
    private static let nameBefore = "session.before.reuse"
    private static let origin = "# session of "
    private static let owner = " (process "

    /// The file, once there is one.
    private var path: String?
    /// What it has.
    private var written: [UInt8] = []
    /// The session that was kept before this one lies beside it; the one that lay there.
    private var displaced: (isThere: Bool, before: [UInt8]?) = (false, nil)
    /// Why it could not be written, with where.
    private(set) var problem: String?

    /// Puts the session of now in the place of what was written. Where to; nil where it cannot be kept.
    mutating func write(_ talk: Talk) -> String? {
        // What it reads lies where its script does.
        let script = talk.conversation.path ?? "-"
        let folder = Files.realPath(Files.folder(of: script)) ?? "."
        let name = script.split(separator: "/").last.map(String.init) ?? "-"
        let text =
            Array("\(Self.origin)\(folder)/\(name)\(Self.owner)\(getpid()))\n".utf8)
            + talk.conversation.script().text
        guard let path = path ?? makeRoom() else { return nil }
        self.path = path
        if text == written { return path }
        if let failure = Files.write(text, to: path, mode: 0o600) {
            problem = "\(StateFolder.shown(path)): \(failure.reason)"
            return nil
        }
        written = text
        return path
    }

    /// A file has all that was kept: what was there before the session is there again.
    mutating func remove() {
        guard let path else { return }
        unlink(path)
        if displaced.isThere, let before = StateFolder.path(of: Self.nameBefore) {
            rename(before, path)
            if let bytes = displaced.before { _ = Files.write(bytes, to: before, mode: 0o600) }
        }
        self = KeptSession()
    }

    /// Where to keep a session that was not kept so far. One that is there is another's: it is moved aside, or, where its prompt
    /// is still at work, left where it is.
    private mutating func makeRoom() -> String? {
        guard let path = StateFolder.path(of: Self.name, creating: true),
            let before = StateFolder.path(of: Self.nameBefore)
        else { return nil }
        guard case .success(let other) = Files.read(path) else { return path }
        if let owner = Self.head(of: other)?.process, owner != getpid(), Self.isAlive(owner) {
            let names = (1...99).map { "session.\(getpid())\($0 > 1 ? ".\($0)" : "").reuse" }
            return names.lazy.compactMap { StateFolder.path(of: $0) }.first { !Files.isRegular($0) }
        }
        if case .success(let bytes) = Files.read(before) { displaced.before = bytes }
        unlink(before)
        // By a second name, so that it is never without one.
        if link(path, before) != 0 { rename(path, before) }
        displaced.isThere = true
        return path
    }

    private static func isAlive(_ process: pid_t) -> Bool { kill(process, 0) == 0 || errno == EPERM }

    /// The script that a session is of, and the process that kept it, by the first line of its file.
    private static func head(of bytes: [UInt8]) -> (script: String, process: pid_t?)? {
        guard bytes.starts(with: Array(origin.utf8)), let end = bytes.firstIndex(of: 0x0A) else { return nil }
        var script = String(decoding: bytes[..<end].dropFirst(origin.utf8.count), as: UTF8.self)[...]
        var process: pid_t?
        let words = script.split(separator: "(", omittingEmptySubsequences: false)
        if let last = words.last, last.hasPrefix("process "), last.hasSuffix(")"),
            let number = pid_t(last.dropFirst("process ".count).dropLast())
        {
            process = number
            script = script.dropLast(last.count + 2)
        }
        return (String(script), process)
    }

    /// The script of a session that was kept, and where that was from; nil for any other file.
    static func script(in bytes: [UInt8], path: String) -> (bytes: [UInt8], path: String)? {
        guard let own = StateFolder.path(of: name), let folder = Files.realPath(Files.folder(of: own)),
            Files.realPath(Files.folder(of: path)) == folder, let head = head(of: bytes),
            let end = bytes.firstIndex(of: 0x0A)
        else { return nil }
        return (Array(bytes[(end + 1)...]), head.script)
    }
}
