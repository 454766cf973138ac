import ReuseModel
import ReuseSyntax

/// The statements that are checked together, and the entry that each of them is.
extension Conversation {
    /// Entries as one script: each is a statement that was read before.
    struct Script {
        let name: String
        let reader: TextReader
        private(set) var parts: [Part] = []
        /// The parts of each text, by their places in it.
        private var places: [SourceID: [Int]] = [:]

        struct Part {
            var text: ReadText
            var statement: NodeID
            var entry: Entry
            /// Its number in the state; nil for what is only asked.
            var number: Int?
            var isAsked = false
            /// What `_` stands for.
            var isLast = false
            var form = Form.asEntered

            /// Where it begins in its text.
            var start: UInt32 { form == .asEntered ? entry.span.start : 0 }
        }

        /// How the text of a part has come from its entry.
        enum Form: Equatable {
            case asEntered
            /// Behind so many bytes, such as `let _1 = `.
            case behind(Int)
            /// A name that stands for the whole entry.
            case name
        }

        init(name: String, reader: TextReader) {
            self.name = name
            self.reader = reader
        }

        /// `isDefined` says that what the entry is drawn as is an entry itself.
        mutating func append(
            _ entry: Entry, number: Int?, isAsked: Bool = false, isLast: Bool = false, isDefined: Bool = false
        ) {
            var part = Part(
                text: entry.origin, statement: entry.statement, entry: entry, number: number, isAsked: isAsked,
                isLast: isLast)
            guard let name = entry.drawnAs else {
                add(part)
                return
            }
            if !isDefined {
                let isWrapped = entry.bytes.contains { $0 == 0x0A || $0 == 0x23 }
                let opening = "let \(name) = " + (isWrapped ? "(" : "")
                let closing: [UInt8] = isWrapped ? [0x0A, 0x29] : []
                add(&part, .behind(opening.utf8.count), Array(opening.utf8) + entry.bytes + closing)
            }
            // What is asked is the value under that name.
            add(&part, .name, Array(name.utf8))
        }

        private mutating func add(_ part: inout Part, _ form: Form, _ bytes: [UInt8]) {
            part.text = reader.read(bytes, name: part.entry.source.name)
            guard let statement = part.text.tree.statements.first else { return }
            (part.statement, part.form) = (statement, form)
            add(part)
        }

        private mutating func add(_ part: Part) {
            var own = places[part.text.source.id] ?? []
            // Mostly behind all others of its text.
            var place = own.count
            while place > 0, parts[own[place - 1]].start > part.start { place -= 1 }
            places[part.text.source.id] = nil
            own.insert(parts.count, at: place)
            places[part.text.source.id] = own
            parts.append(part)
        }

        /// As it is checked.
        var text: ScriptText {
            ScriptText(
                name: name,
                statements: parts.map { part in
                    ReadStatement(
                        source: part.text.source, tree: part.text.tree, statement: part.statement,
                        diagnostics: part.form == .asEntered ? part.entry.problems : part.text.diagnostics)
                },
                reader: reader)
        }

        /// The number of the part that stands at a place; nil for another text.
        func index(at place: Location) -> Int? {
            guard let own = places[place.source] else { return nil }
            var (low, high) = (0, own.count)
            while low < high {
                let middle = (low + high) / 2
                if parts[own[middle]].start <= place.span.start { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? own[low - 1] : nil
        }

        func part(at place: Location) -> Part? { index(at: place).map { parts[$0] } }

        /// The part that a module of the model is; nil for another text.
        func part(ofModule module: Int32) -> Part? {
            parts.indices.contains(Int(module)) ? parts[Int(module)] : nil
        }

        func entry(at place: Location) -> Int? { part(at: place)?.number }

        /// In the order of the parts; what has no place comes first, and what stands in other texts last.
        func sorted(_ checked: CheckedModel) -> CheckedModel {
            var checked = checked
            checked.diagnostics = sorted(checked.diagnostics)
            return checked
        }

        private func sorted(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
            let keys = diagnostics.map { problem in
                problem.primary.map { index(at: $0.location) ?? parts.count } ?? -1
            }
            let order = diagnostics.indices.sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] < keys[$1] }
            return order.map { diagnostics[$0] }
        }
    }

    func script(of state: State, asking asked: [Entry] = []) -> Script {
        var script = Script(name: state.path ?? "-", reader: texts)
        for (number, entry) in state.entries.enumerated() { script.append(entry, number: number) }
        for text in hiddenScenarios(state) {
            if let entry = hiddenEntry(text, "the policies") { script.append(entry, number: nil) }
        }
        for text in definitionsOfLast(readBy: asked, in: state) {
            if let entry = hiddenEntry(text, "the last value") { script.append(entry, number: nil, isLast: true) }
        }
        for entry in asked {
            let isDefined = entry.drawnAs.map { name in state.entries.contains { $0.key == name } } ?? false
            script.append(entry, number: nil, isAsked: true, isDefined: isDefined)
        }
        return script
    }

    private func hiddenEntry(_ text: String, _ name: String) -> Entry? {
        let read = texts.read(Array(text.utf8), name: name)
        guard let statement = read.tree.statements.first else { return nil }
        let span = Span(start: 0, end: UInt32(read.source.bytes.count))
        return Entry(kind: .let, key: "", title: name, origin: read, statement: statement, span: span)
    }

    // MARK: Places

    func reply(to checked: CheckedModel, _ script: Script) -> Reply {
        reply(script, [], checked.diagnostics, checked.model.sources)
    }

    /// With places in the texts as they were entered.
    func reply(
        _ script: Script, _ outputs: [Output], _ diagnostics: [Diagnostic], _ sources: [SourceText]
    ) -> Reply {
        var texts: [SourceText] = []
        func placed(_ label: Diagnostic.Label) -> Diagnostic.Label {
            guard let part = script.part(at: label.location) else { return label }
            let (entry, own) = (part.entry, part.entry.source)
            // What was entered twice is one text.
            let known = texts.first { $0.name == own.name && $0.bytes == own.bytes }
            if known == nil { texts.append(own) }
            let text = known?.id ?? own.id
            var span = label.location.span
            switch part.form {
            case .asEntered: break
            case .name:
                let blanks = entry.bytes.prefix { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.count
                span = Span(start: entry.span.start + UInt32(blanks), end: entry.span.end)
            case .behind(let count):
                func offset(_ place: UInt32) -> UInt32 {
                    UInt32(min(max(Int(place) - count, 0), entry.bytes.count)) + entry.span.start
                }
                span = Span(start: offset(span.start), end: offset(span.end))
            }
            return Diagnostic.Label(Location(text, span), label.text)
        }
        var reply = Reply()
        reply.outputs = outputs
        reply.diagnostics = diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.primary = diagnostic.primary.map(placed)
            diagnostic.secondary = diagnostic.secondary.map(placed)
            return diagnostic
        }
        let own = Set(script.parts.map(\.text.source.id))
        reply.sources = sources.filter { !own.contains($0.id) } + texts
        return reply
    }
}
