import ReuseModel
import ReuseSyntax

/// All entries as one text, and where each of them stands in it.
extension Conversation {
    /// The text that is checked, and where each entry stands in it.
    struct Layout {
        var bytes: [UInt8] = []
        var segments: [Segment] = []
        var name: String

        struct Segment {
            var start: Int
            var end: Int
            /// Bytes before the entry's own.
            var prefix = 0
            var entry: Entry
            /// Its number in the state; nil for what is only asked.
            var number: Int?
            var isAsked = false
            /// What `_` stands for.
            var isLast = false
            /// It stands for the whole entry.
            var isName = false
        }

        /// `isDefined` says that what the entry is drawn as is an entry itself.
        mutating func append(
            _ entry: Entry, number: Int?, isAsked: Bool = false, isLast: Bool = false, isDefined: Bool = false
        ) {
            if let last = bytes.last, last != 0x0A, entry.bytes.first != 0x0A || entry.drawnAs != nil {
                bytes.append(0x0A)
            }
            // A line that begins with a sign would go on with what stands above it.
            let isWrapped =
                entry.drawnAs == nil
                ? isAsked && Self.beginsWithSign(entry.bytes) : entry.bytes.contains { $0 == 0x0A || $0 == 0x23 }
            let opening = (entry.drawnAs.map { "let \($0) = " } ?? "") + (isWrapped ? "(" : "")
            var segment = Segment(
                start: bytes.count, end: 0, prefix: opening.utf8.count, entry: entry, number: number, isAsked: isAsked,
                isLast: isLast)
            if !isDefined {
                bytes += Array(opening.utf8) + entry.bytes
                segment.end = bytes.count
                if isWrapped { bytes += [0x0A, 0x29] }
                segments.append(segment)
            }
            guard let name = entry.drawnAs else { return }
            // What is asked is the value under that name.
            bytes.append(0x0A)
            (segment.start, segment.isName) = (bytes.count, true)
            bytes += Array(name.utf8)
            segment.end = bytes.count
            segments.append(segment)
        }

        /// Whether the first thing in a text, behind comments and blanks, is a sign such as `-`.
        private static func beginsWithSign(_ bytes: ArraySlice<UInt8>) -> Bool {
            var isComment = false
            for byte in bytes {
                switch byte {
                case 0x0A: isComment = false
                case 0x23: isComment = true
                case 0x20, 0x09, 0x0D: continue
                default: if !isComment { return [0x2D, 0x2B, 0x2E, 0x2A, 0x2F, 0x3C, 0x3E, 0x3D].contains(byte) }
                }
            }
            return false
        }

        /// What stands at a place of the text; nil for another text.
        func segment(at place: Location) -> Segment? {
            guard place.source == SourceID(0) else { return nil }
            return segments.last { $0.start <= Int(place.span.start) }
        }

        func entry(at place: Location) -> Int? { segment(at: place)?.number }
    }

    func layout(_ state: State, asking asked: [Entry] = []) -> Layout {
        var layout = Layout(name: state.path ?? "-")
        for (number, entry) in state.entries.enumerated() { layout.append(entry, number: number) }
        for text in hiddenScenarios(state) { layout.append(hiddenEntry(text, "the policies"), number: nil) }
        for text in definitionsOfLast(readBy: asked, in: state) {
            layout.append(hiddenEntry(text, "the last value"), number: nil, isLast: true)
        }
        for entry in asked {
            let isDefined = entry.drawnAs.map { name in state.entries.contains { $0.key == name } } ?? false
            layout.append(entry, number: nil, isAsked: true, isDefined: isDefined)
        }
        return layout
    }

    private func hiddenEntry(_ text: String, _ name: String) -> Entry {
        let source = SourceText(id: SourceID(0), name: name, bytes: Array(text.utf8))
        let span = Span(start: 0, end: UInt32(source.bytes.count))
        return Entry(kind: .let, key: "", title: name, source: source, span: span)
    }

    // MARK: Places

    func reply(to checked: CheckedModel, _ layout: Layout) -> Reply {
        reply(layout, [], checked.diagnostics, checked.model.sources)
    }

    /// With places in the texts as they were entered.
    func reply(
        _ layout: Layout, _ outputs: [Output], _ diagnostics: [Diagnostic], _ sources: [SourceText]
    ) -> Reply {
        var texts: [SourceText] = []
        func placed(_ label: Diagnostic.Label) -> Diagnostic.Label {
            guard let segment = layout.segment(at: label.location) else { return label }
            let entry = segment.entry
            // One that was changed has the name of what it was.
            let own = entry.source
            let number = texts.firstIndex { $0.name == own.name && $0.bytes == own.bytes } ?? texts.count
            if number == texts.count {
                let id = SourceID(Self.firstText + UInt32(number))
                texts.append(SourceText(id: id, name: entry.source.name, bytes: entry.source.bytes))
            }
            if segment.isName {
                let text = segment.entry.bytes
                let blanks = text.prefix { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.count
                let whole = Span(start: entry.span.start + UInt32(blanks), end: entry.span.end)
                return Diagnostic.Label(Location(SourceID(Self.firstText + UInt32(number)), whole), label.text)
            }
            func offset(_ place: UInt32) -> UInt32 {
                let start = segment.start + segment.prefix
                let own = min(max(Int(place), start), segment.end) - start
                return UInt32(own) + entry.span.start
            }
            let span = Span(start: offset(label.location.span.start), end: offset(label.location.span.end))
            return Diagnostic.Label(Location(SourceID(Self.firstText + UInt32(number)), span), label.text)
        }
        var reply = Reply()
        reply.outputs = outputs
        reply.diagnostics = diagnostics.map { diagnostic in
            var diagnostic = diagnostic
            diagnostic.primary = diagnostic.primary.map(placed)
            diagnostic.secondary = diagnostic.secondary.map(placed)
            return diagnostic
        }
        reply.sources = sources.filter { $0.id != SourceID(0) } + texts
        return reply
    }

    /// Numbers of texts that no run gives out.
    private static let firstText: UInt32 = 1 << 30
}
