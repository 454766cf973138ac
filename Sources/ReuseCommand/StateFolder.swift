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

    /// A path, for somebody to read.
    static func shown(_ path: String) -> String {
        guard let home = getenv("HOME").map({ String(cString: $0) }), !home.isEmpty, path.hasPrefix(home + "/")
        else { return path }
        return "~" + path.dropFirst(home.count)
    }
}
