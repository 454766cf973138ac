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
        /// The text that it was entered in, the statement there, and where it stands with the comments around it.
        var origin: ReadText
        var statement: NodeID
        var span: Span
        /// Of an expression that has ranges of its own: the name that these are drawn under.
        var drawnAs: String?

        var source: SourceText { origin.source }
        var tree: SyntaxTree { origin.tree }
        /// Its nodes, children before their parents.
        var ids: NodeRange { tree.subtree(of: statement) }
        /// What was wrong with it where it was read.
        var problems: [Diagnostic] {
            origin.diagnostics.filter { problem in
                problem.primary.map { $0.location.span.start >= span.start && $0.location.span.start < span.end }
                    ?? true
            }
        }

        var bytes: ArraySlice<UInt8> { source.bytes[Int(span.start)..<Int(span.end)] }
        var text: String { String(decoding: bytes, as: UTF8.self) }

        var isCommand: Bool { kind.isCommand }

        /// With some parts of its text, in their order there, replaced; lines before it stay where they are.
        func replacing(_ parts: [Span], with text: String) -> Entry {
            if parts.isEmpty { return self }
            var bytes = source.bytes
            for part in parts.reversed() {
                bytes.replaceSubrange(Int(part.start)..<Int(part.end), with: Array(text.utf8))
            }
            var result = self
            result.span.end = UInt32(Int(span.end) + bytes.count - source.bytes.count)
            result.origin = origin.reader.read(bytes, name: source.name)
            let tree = result.origin.tree
            let found = tree.statements.first { tree[$0].start >= span.start && tree[$0].start < result.span.end }
            result.statement = found ?? .none
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
    func entries(of text: String, name: String) -> Result<[Entry], ParseProblem> {
        entries(of: texts.read(Array(text.utf8), name: name))
    }

    func entries(of text: ReadText) -> Result<[Entry], ParseProblem> {
        let (source, tree) = (text.source, text.tree)
        if text.diagnostics.contains(where: { $0.severity == .error }) {
            var reply = Reply()
            reply.diagnostics = text.diagnostics
            reply.sources = [source]
            return .failure(ParseProblem(reply: reply))
        }
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
            let (key, title) = name(of: node, text)
            result.append(
                Entry(
                    kind: node.kind, key: key, title: title, origin: text, statement: raw,
                    span: Span(start: start, end: end)))
            start = end
        }
        return .success(result)
    }

    /// By what a statement is known, and what it is called in messages.
    private func name(of node: Node, _ text: ReadText) -> (key: String, title: String) {
        let (source, tree) = (text.source, text.tree)
        let whole = source.text(of: node.span)
        switch node.kind {
        case .unit, .indexDeclaration, .assume, .let, .function:
            let name = text.name(node)
            return (name, name)
        case .source: return ("source " + text.name(node), "source " + text.name(node))
        case .market, .stock, .supply, .policy, .scenario, .target, .solve, .data, .projection:
            let name = text.name(tree.nameNode(of: node))
            // A target is no name that anything could read.
            return node.kind == .target ? ("target " + name, "target " + name) : (name, name)
        case .routeDeclaration:
            let routes = tree.routes(node)
            let names = routes.to.map { text.name($0) }
            let route = text.name(routes.from) + " -> " + names.joined(separator: ", ")
            return (route, "route " + route)
        case .correlate:
            let names = tree.correlate(node).paths.map { source.text(of: tree[$0].span) }
            return ("correlate " + names.joined(separator: ", "), "correlate " + names.joined(separator: ", "))
        case .horizon: return ("horizon", "the horizon")
        case .model: return ("model", "the title")
        case .extend: return ("extend", "extend")
        case .useFile:
            let name = text.reader.name(of: tree.useFile(node).name)
            return (name, "use of " + name)
        default: break
        }
        let line = ValueFormat.onOneLine(whole)
        return ("statement " + line, "`\(line.count > 40 ? line.prefix(39) + "…" : line)`")
    }
}
