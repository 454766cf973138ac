import ReuseSyntax

/// What names mean, and where they stand.
extension Model {
    func location(_ node: NodeID, in module: Int32) -> Location { modules[Int(module)].tree.location(node) }

    /// The name in a declaration, for pointing at.
    func nameLocation(_ id: DeclarationID) -> Location {
        let declaration = self[id]
        return nameLocation(symbols[declaration.symbol], in: declaration.node, of: declaration.module)
    }

    /// The first place in a node's text where a name stands as a word of its own.
    func nameLocation(_ name: String, in node: NodeID, of module: Int32) -> Location {
        let whole = location(node, in: module)
        guard let source = sources.first(where: { $0.id == whole.source }) else { return whole }
        let word = Array(name.utf8)
        let bytes = source.bytes
        let end = min(Int(whole.span.end), bytes.count)
        var start = Int(whole.span.start)
        func isWord(_ byte: UInt8) -> Bool {
            byte == 0x5F || byte >= 0x80 || (byte >= 0x30 && byte <= 0x39)
                || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
        }
        // The keyword comes first, so that `let let_in` and the like are not mistaken.
        while start < end, isWord(bytes[start]) { start += 1 }
        while !word.isEmpty, start + word.count <= end {
            if bytes[start] == word[0], bytes[start..<start + word.count].elementsEqual(word),
                !isWord(bytes[start - 1]), start + word.count >= end || !isWord(bytes[start + word.count])
            {
                return Location(
                    whole.source, Span(start: UInt32(start), end: UInt32(start + word.count)))
            }
            start += 1
        }
        return whole
    }

    /// A name in scope of a text: its own, what it extends, what it imports, the prelude.
    func find(_ symbol: Symbol, in module: Int32) -> DeclarationID {
        var current = module
        while current >= 0 {
            current = home(of: current)
            let own = modules[Int(current)].scope[symbol]
            if !own.isNone { return own }
            current = modules[Int(current)].parent
        }
        let imported = modules[Int(home(of: module))].imports[symbol]
        if !imported.isNone { return imported }
        if prelude >= 0, module != prelude {
            let known = modules[Int(prelude)].scope[symbol]
            if !known.isNone { return known }
        }
        if units >= 0, module != units { return modules[Int(units)].scope[symbol] }
        return .none
    }

    func namesInScope(of module: Int32) -> [String] {
        let module = home(of: module)
        var scopes: [Scope] = [modules[Int(module)].scope]
        let parent = modules[Int(module)].parent
        if parent >= 0 { scopes.append(scope(of: parent)) }
        scopes.append(modules[Int(module)].imports)
        if prelude >= 0 { scopes.append(modules[Int(prelude)].scope) }
        if units >= 0 { scopes.append(modules[Int(units)].scope) }
        return scopes.flatMap { $0.declarations }.map { name($0) }
    }
}
