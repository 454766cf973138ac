import ReuseSyntax

/// What a module of the library has for others, whether or not it is in use.
struct LibraryMember {
    var name: String
    /// Its definition; of a function up to its body.
    var headline: String
    var docs: [String]

    static func all(of module: String) -> [LibraryMember] {
        guard let module = Session.library.first(where: { $0.name == module }) else { return [] }
        var symbols = SymbolTable()
        let source = SourceText(id: SourceID(0), name: module.name, bytes: module.text)
        let tree = parse(source, symbols: &symbols).tree
        return tree.statements.compactMap { id in
            let node = tree[id]
            guard [.function, .let, .unit, .assume].contains(node.kind) else { return nil }
            let name = symbols[tree.name(node)]
            // It is the module's own affair.
            if name.hasPrefix("_") { return nil }
            var span = node.span
            if node.kind == .function, !tree.function(node).body.isNone {
                span.end = tree[tree.function(node).body].start
            }
            let text = Conversation.plain(source.text(of: span))
            return LibraryMember(
                name: name, headline: text.hasSuffix(" =") ? String(text.dropLast(2)) : text,
                docs: tree.docs.first { $0.statement == id }?.lines ?? [])
        }
    }
}
