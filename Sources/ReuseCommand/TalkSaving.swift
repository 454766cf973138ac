import Reuse
import ReuseSyntax

/// Scripts that a session is written to.
extension Talk {
    mutating func save(_ path: String) -> Answer {
        if path != conversation.path, !written.contains(path), Files.isRegular(path), !conversation.isEmpty {
            unwritten = path
            return Answer(problems: "\(path) is there already: `:force` writes over it\n")
        }
        return write(to: path)
    }

    /// Whether it has what no file has.
    var isUnsaved: Bool { !conversation.isEmpty && conversation.definitions != saved }

    /// The session as a script that is to be written to a file, with what is to be said about it.
    func script(for path: String) -> (bytes: [UInt8], notes: [String]) {
        var outside: [String] = []
        let (text, note) = conversation.script { file in
            let seen = Files.path(file, from: conversation.path ?? "-", seenFrom: path)
            if seen != file, seen.hasPrefix("../") { outside.append(seen) }
            return seen
        }
        var notes = [note].compactMap { $0 }
        if !outside.isEmpty {
            let all = Set(outside.map { Files.folder(of: $0) })
            // One that lies in another is allowed with it.
            let folders = all.filter { folder in !all.contains { $0 != folder && folder.hasPrefix($0 + "/") } }
            let files = outside.dropLast().joined(separator: ", ") + (outside.count > 1 ? " and " : "")
            notes.append(
                "it reads \(files)\(outside[outside.count - 1]), outside its folder: run it there with "
                    + folders.sorted().map { "`--allow-read \($0)`" }.joined(separator: " "))
        }
        return (formatted(SourceText(id: SourceID(0), name: path, bytes: text)) ?? text, notes)
    }

    mutating func write(to path: String) -> Answer {
        let (bytes, notes) = script(for: path)
        if bytes.isEmpty { return Answer(problems: "there is nothing to save\n") }
        if let failure = Files.write(bytes, to: path) {
            return Answer(problems: "cannot write \(path): \(failure.reason)\n")
        }
        written.insert(path)
        saved = conversation.definitions
        return Answer(output: "wrote \(path)" + notes.map { "; " + $0 }.joined() + "\n")
    }
}
