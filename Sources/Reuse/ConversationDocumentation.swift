import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What is written about a name, wherever it is from.
extension Conversation {
    /// The documentation of a name: of the model, the library or a unit.
    public mutating func documentation(of name: String) -> Reply {
        withRoomToRecurse {
            // It is declared nowhere.
            if name == "now", let form = WordForm.expression(name) { return Reply(notes: form.lines) }
            if let model = currentModel(), let id = lookup(name, in: model) {
                if model[id].kind == .index, let reply = describe(name) { return reply }
                if model[id].kind == .module, let reply = documentation(inLibrary: name) {
                    // It is in use.
                    return Reply(notes: reply.notes.dropLast(2))
                }
                var lines: [String] = []
                let entry = state.entries.last { $0.key == name && !$0.isCommand }
                let hasDimension = [.let, .assume].contains(model[id].kind) || model[id].kind.isCleared
                if entry == nil || hasDimension { lines.append(headline(of: id, in: model)) }
                var docs = docs(of: id, in: model)
                if model[id].kind == .result,
                    let result = model.network.results.first(where: { $0.declaration == id })?.kind
                {
                    docs.append(result.summary)
                }
                if !docs.isEmpty { lines += [""] + docs.map { $0.hasPrefix("example:") ? "  " + $0 : $0 } + [""] }
                lines += entry.map(Self.laidOut) ?? []
                while lines.first == "" { lines.removeFirst() }
                while lines.last == "" { lines.removeLast() }
                if let cite = model.cite(of: id) {
                    let title = model.sourceField("title", of: cite.source) ?? model.name(cite.source)
                    lines.append("source: " + title + (cite.note.map { ", " + $0 } ?? ""))
                }
                return Reply(notes: lines)
            }
            if let reply = documentation(inLibrary: name) { return reply }
            if let form = WordForm.statement(name) ?? WordForm.expression(name) { return Reply(notes: form.lines) }
            if let result = ClearedResult.allCases.last(where: { $0.name == name }) {
                return Reply(notes: ["`\(name)`: \(result.summary)"])
            }
            if let reply = documentation(ofPart: name) { return reply }
            // No name that anything could read, such as a scenario.
            if let entry = state.entries.last(where: { [$0.key, $0.title].contains(name) && !$0.isCommand }) {
                return Reply(notes: Self.laidOut(entry))
            }
            return unknown("name", name, among: allNames())
        }
    }

    /// The documentation of a module of the library, or of a name in one, whether or not it is in use.
    private func documentation(inLibrary name: String) -> Reply? {
        let parts = name.split(separator: ".").map(String.init)
        for module in Session.library where parts.count == 1 || module.name == parts[0] {
            let members = LibraryMember.all(of: module.name)
            if parts == [module.name] {
                let about = String(decoding: module.text, as: UTF8.self).split(separator: "\n")
                    .prefix { $0.hasPrefix("# ") }.map { String($0.dropFirst(2)) }
                return Reply(
                    notes: about + [""] + members.map { "  " + $0.headline } + [
                        "", "it needs `use \(module.name)`, or `use \(module.name): name`",
                    ])
            }
            guard let found = members.first(where: { $0.name == parts.last }) else { continue }
            return Reply(
                notes: [found.headline, ""] + found.docs + ["", "it needs `use \(module.name): \(found.name)`"])
        }
        return nil
    }

    /// An entry in the usual layout, without the comments above it.
    private static func laidOut(_ entry: Entry) -> [String] {
        let source = SourceText(id: SourceID(0), name: "-", bytes: Array(entry.bytes))
        let text = String(decoding: formatted(source) ?? source.bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.drop { $0.isEmpty || $0.hasPrefix("#") }.map { line in
            let indentation = line.prefix { $0 == " " }
            return indentation + ValueFormat.onOneLine(String(line.dropFirst(indentation.count)))
        }
    }

    /// Of a field in a block, a clause of a statement, a projection's method, or a member of an index.
    private mutating func documentation(ofPart name: String) -> Reply? {
        if let method = ProjectionMethod.named(name) {
            return Reply(notes: [
                "`\(name)`: how a `projection` goes on, as `method: \(name)()`: \(method.summary)",
                "  \(method.signature): `\(method.formula)`",
            ])
        }
        let fields = WordForm.statements.flatMap { form in
            form.fields.filter { $0.name == name }.map { "`\(name)` of a `\(form.word)`: \($0.summary)" }
        }
        let clauses = WordForm.statements.flatMap { form in
            form.clauses.filter { $0.name == name }.map { "`\(name)` of `\(form.word)`: \($0.summary)" }
        }
        if !(fields + clauses).isEmpty { return Reply(notes: fields + clauses) }
        guard let model = currentModel(), let symbol = model.symbols.find(name) else { return nil }
        let indexes = model.indexes.filter { $0.members.contains(symbol) }.map { "`\(model.symbols[$0.symbol])`" }
        if indexes.isEmpty { return nil }
        return Reply(notes: ["`\(name)`: a member of \(indexes.joined(separator: " and of "))"])
    }
}
