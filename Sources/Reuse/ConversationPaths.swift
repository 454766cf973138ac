import ReuseSyntax

/// Files that a script names, by paths that begin in its own folder.
extension Conversation {
    /// The entry with each path that it names replaced.
    static func replacingPaths(in entry: Entry, by replacement: (String) -> String) -> Entry {
        guard [.extend, .useFile, .data].contains(entry.kind) else { return entry }
        let (tree, statement) = (entry.tree, entry.statement)
        let text: NodeID
        switch tree[statement].kind {
        case .extend: text = tree.operand(statement)
        case .useFile: text = tree.useFile(statement).path
        case .data: text = tree.data(statement).path
        default: return entry
        }
        let old = tree.literal(text)
        let new = replacement(old)
        if new == old { return entry }
        return entry.replacing([tree[text].span], with: ValueFormat.quoted(new))
    }
}
