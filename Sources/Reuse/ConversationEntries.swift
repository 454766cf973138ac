import ReuseModel
import ReuseSyntax

extension Conversation {
    /// What can be taken back as a whole.
    struct State: Sendable {
        var entries: [Entry] = []
        /// What `_` stands for.
        var last: Last?
        /// What that came to when it was last told, where it is one value or a series.
        var lastValue: LastValue?
        var path: String?
        var choice = ScenarioChoice.asWritten

        func isSame(as other: State) -> Bool {
            path == other.path && choice == other.choice && entries.count == other.entries.count
                && zip(entries, other.entries).allSatisfy { $0.isSame(as: $1) }
        }
    }

    /// A state with the tables that it was worked out from: their files may have changed since.
    struct Moment: Sendable {
        var state: State
        var memory: ConversationMemory
    }

    /// One statement, with the comments around it.
    struct Entry: Sendable {
        var kind: NodeKind
        /// What it declares: an entry with the same one takes its place.
        var key: String
        /// What messages call it.
        var title: String
        /// The text that it was entered in, and which part of that it is.
        var source: SourceText
        var span: Span
        /// Of an expression that has ranges of its own: the name that these are drawn under.
        var drawnAs: String?

        var bytes: ArraySlice<UInt8> { source.bytes[Int(span.start)..<Int(span.end)] }
        var text: String { String(decoding: bytes, as: UTF8.self) }

        var isCommand: Bool {
            switch kind {
            case .show, .trace, .consistent, .assert, .expressionStatement, .compare, .target, .attribute, .sensitivity,
                .solve, .calibrate:
                true
            default: false
            }
        }

        /// With some of its own bytes replaced; lines before it stay where they are.
        func replacing(_ range: Range<Int>, with text: String) -> Entry {
            var result = self
            var bytes = source.bytes
            let start = Int(span.start)
            bytes.replaceSubrange(start + range.lowerBound..<start + range.upperBound, with: Array(text.utf8))
            result.source = SourceText(id: source.id, name: source.name, bytes: bytes)
            result.span.end = UInt32(Int(span.end) + bytes.count - source.bytes.count)
            return result
        }

        func isSame(as other: Entry) -> Bool {
            span == other.span && source.name == other.source.name && bytes == other.bytes
        }

        /// The same statement, with nothing but blanks around it.
        func isRepetition(of other: Entry) -> Bool {
            !isCommand && kind != .data && kind != .useFile && !text.utf8.contains(0x23)
                && Conversation.plain(self) == Conversation.plain(other)
        }

        func isAlternative(to other: Entry) -> Bool { key == other.key }
    }

    struct ParseProblem: Error {
        var reply: Reply
    }

    /// The statements of a text; where it cannot be read, why.
    func entries(of source: SourceText) -> Result<[Entry], ParseProblem> {
        var symbols = SymbolTable()
        let parsed = parse(source, symbols: &symbols)
        if parsed.diagnostics.contains(where: { $0.severity == .error }) {
            var reply = Reply()
            reply.diagnostics = parsed.diagnostics
            reply.sources = [source]
            return .failure(ParseProblem(reply: reply))
        }
        let tree = parsed.tree
        let statements = Array(tree.statements)
        var result: [Entry] = []
        var start: UInt32 = 0
        for (number, raw) in statements.enumerated() {
            let node = tree[raw]
            var end = UInt32(source.bytes.count)
            if number + 1 < statements.count {
                // What follows on the same line, such as a comment, belongs to it.
                let next = tree[statements[number + 1]].start
                end = node.end
                while end < next, source.bytes[Int(end)] != 0x0A { end += 1 }
            }
            let (key, title) = name(of: node, tree, symbols, source)
            result.append(
                Entry(kind: node.kind, key: key, title: title, source: source, span: Span(start: start, end: end)))
            start = end
        }
        return .success(result)
    }

    /// By what a statement is known, and what it is called in messages.
    private func name(
        of node: Node, _ tree: SyntaxTree, _ symbols: SymbolTable, _ source: SourceText
    ) -> (key: String, title: String) {
        let whole = source.text(of: node.span)
        switch node.kind {
        case .unit, .indexDeclaration, .assume, .let, .function:
            let name = symbols[tree.name(node)]
            return (name, name)
        case .source: return ("source " + symbols[tree.name(node)], "source " + symbols[tree.name(node)])
        case .market, .stock, .supply, .policy, .scenario, .target, .solve, .data, .projection:
            let name = symbols[tree.name(tree.nameNode(of: node))]
            // A target is no name that anything could read.
            return node.kind == .target ? ("target " + name, "target " + name) : (name, name)
        case .routeDeclaration:
            let routes = tree.routes(node)
            let names = routes.to.map { symbols[tree.name($0)] }
            let route = symbols[tree.name(routes.from)] + " -> " + names.joined(separator: ", ")
            return (route, "route " + route)
        case .correlate:
            let names = tree.correlate(node).paths.map { source.text(of: tree[$0].span) }
            return ("correlate " + names.joined(separator: ", "), "correlate " + names.joined(separator: ", "))
        case .horizon: return ("horizon", "the horizon")
        case .model: return ("model", "the title")
        case .extend: return ("extend", "extend")
        case .useFile: return (symbols[tree.useFile(node).name], "use of " + symbols[tree.useFile(node).name])
        default: break
        }
        let line = ValueFormat.onOneLine(whole)
        return ("statement " + line, "`\(line.count > 40 ? line.prefix(39) + "…" : line)`")
    }
}
