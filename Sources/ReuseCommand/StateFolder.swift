@preconcurrency import Glibc
import Reuse

/// Files that the command keeps for itself, in the user's state folder (XDG).
enum StateFolder {
    /// The path of a file in it; nil where there is no such folder, or what is there is no file.
    static func path(of name: String, creating: Bool = false) -> String? {
        var folder: String
        if let state = getenv("XDG_STATE_HOME"), state.pointee == 0x2F {
            folder = String(cString: state)
        } else if let home = getenv("HOME"), home.pointee != 0 {
            folder = String(cString: home) + "/.local/state"
        } else {
            return nil
        }
        folder += "/reuse"
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/" + part
            if creating { mkdir(path, 0o700) }
        }
        path += "/" + name
        var status = stat()
        // What is there may be something that cannot be read to its end.
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return nil }
        return path
    }

    private static let sessionFile = "session.reuse"
    private static let origin = "# session of "

    /// Keeps what a session has and no script does, so that it can be loaded again, and the one that was kept before it beside
    /// it. Where to, for somebody to read; nil where there was nothing to keep, or it cannot be kept.
    static func keepSession(_ talk: Talk) -> String? {
        guard talk.isUnsaved, let path = path(of: sessionFile, creating: true),
            let before = Self.path(of: "session.before.reuse")
        else {
            return nil
        }
        // What it reads lies where its script does.
        let script = talk.conversation.path ?? "-"
        let folder = Files.realPath(Files.folder(of: script)) ?? "."
        let name = script.split(separator: "/").last.map(String.init) ?? "-"
        let text = Array("\(origin)\(folder)/\(name)\n".utf8) + talk.conversation.script().text
        rename(path, before)
        guard Files.write(text, to: path) == nil else { return nil }
        chmod(path, 0o600)
        guard let home = getenv("HOME").map({ String(cString: $0) }), !home.isEmpty, path.hasPrefix(home + "/")
        else { return path }
        return "~" + path.dropFirst(home.count)
    }

    /// The script of a session that was kept, and where that was from; nil for any other file.
    static func keptSession(_ bytes: [UInt8], path: String) -> (bytes: [UInt8], path: String)? {
        guard let own = Self.path(of: sessionFile), let folder = Files.realPath(Files.folder(of: own)),
            Files.realPath(Files.folder(of: path)) == folder, bytes.starts(with: Array(origin.utf8)),
            let end = bytes.firstIndex(of: 0x0A)
        else { return nil }
        let script = String(decoding: bytes[..<end].dropFirst(origin.utf8.count), as: UTF8.self)
        return (Array(bytes[(end + 1)...]), script)
    }
}
