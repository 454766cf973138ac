import Reuse

/// What Tab offers.
extension Talk {
    enum Completed {
        case candidates(Completion)
        case files
    }

    /// Where a file's path begins that a text ends in; nil where no file is named there.
    static func startOfPath(_ bytes: [UInt8]) -> Int? {
        for command in [":load ", ":save "] where bytes.starts(with: Array(command.utf8)) {
            let start = command.utf8.count
            return bytes.dropFirst(start).first == 0x22 ? start + 1 : start
        }
        // In a text that is still open, behind one of these words.
        let parts = bytes.split(separator: 0x22, omittingEmptySubsequences: false)
        guard parts.count % 2 == 0, let path = parts.last else { return nil }
        let before = String(decoding: parts[parts.count - 2], as: UTF8.self)
        guard let word = before.split(whereSeparator: \.isWhitespace).last else { return nil }
        return ["use", "extend", "from"].contains(word) ? path.startIndex : nil
    }

    /// What could stand at a byte of a line.
    mutating func completion(of line: String, at cursor: Int, ignoresCase: Bool = false) -> Completed {
        let bytes = Array(line.utf8.prefix(cursor))
        if Self.startOfPath(bytes) != nil { return .files }
        guard bytes.first == 0x3A, begun.isEmpty else {
            // Of an entry of several lines those before count, too.
            let before = begun.isEmpty ? "" : begun + "\n"
            var found = conversation.completion(
                of: before + line, at: before.utf8.count + cursor, ignoresCase: ignoresCase)
            found.start -= before.utf8.count
            return .candidates(found)
        }
        guard let blank = bytes.firstIndex(of: 0x20) else {
            let word = String(decoding: bytes.dropFirst(), as: UTF8.self)
            let all = PromptCommand.allCases.filter { $0.rawValue.hasPrefix(word) }
            return .candidates(
                Completion(start: 1, candidates: all.map { .init(text: $0.rawValue, detail: $0.summary) }))
        }
        let name = String(decoding: bytes[1..<blank], as: UTF8.self)
        var start = bytes.count
        while start > blank + 1, bytes[start - 1] != 0x20 { start -= 1 }
        let word = String(decoding: bytes[start...], as: UTF8.self)
        func list(_ all: [Completion.Candidate]) -> Completed {
            .candidates(Completion(start: start, candidates: all.filter { $0.text.hasPrefix(word) }))
        }
        switch PromptCommand(rawValue: name)?.operand ?? .name {
        case .file: return .files
        case .entry: return list(conversation.entryCandidates())
        case .name: return .candidates(conversation.completion(of: line, at: cursor, ignoresCase: ignoresCase))
        case .command: return list(PromptCommand.allCases.map { .init(text: $0.rawValue, detail: $0.summary) })
        case .unit: return list(conversation.dimensionCandidates())
        case .policy: return list(conversation.policies().map { .init(text: $0.name, detail: $0.title ?? "") })
        case .scenario: return list(conversation.scenarios().map { .init(text: $0, detail: "") })
        case .setting:
            let words = bytes[(blank + 1)..<start].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
            let values = words.first.map { PromptCommand.values(of: $0) } ?? PromptCommand.settings
            return list(values.map { .init(text: $0, detail: "") })
        case .nothing: return list([])
        }
    }
}
