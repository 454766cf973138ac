import ReuseSyntax

/// Files that a script names, by paths that begin in its own folder.
extension Conversation {
    /// The entry with each path that it names replaced.
    static func replacingPaths(in entry: Entry, by replacement: (String) -> String) -> Entry {
        guard [.extend, .useFile, .data].contains(entry.kind) else { return entry }
        let source = SourceText(id: SourceID(0), name: "-", bytes: Array(entry.bytes))
        var symbols = SymbolTable()
        let tree = parse(source, symbols: &symbols).tree
        guard let statement = tree.statements.first.map({ tree[NodeID($0)] }) else { return entry }
        let texts =
            statement.kind == .data ? tree.children(statement.b, statement.c).map { NodeID($0) } : [NodeID(statement.a)]
        // What is behind it is a table or a query.
        guard let path = texts.first(where: { tree[$0].kind == .text }).map({ tree[$0] }) else { return entry }
        let parts = tree.children(path.a, path.b).map { tree[NodeID($0)] }
        guard parts.allSatisfy({ $0.kind == .textPart }) else { return entry }
        let old = parts.map { tree.texts[Int($0.a)] }.joined()
        let new = replacement(old)
        if new == old { return entry }
        return entry.replacing(Int(path.start)..<Int(path.end), with: ValueFormat.quoted(new))
    }
}
