import ReuseEngine
import ReuseModel
import ReuseSyntax

extension Conversation {
    /// What can be taken back as a whole.
    struct State: Sendable {
        var entries: [Entry] = []
        /// The expression that `_` stands for.
        var last: String?
        var path: String?
        var choice = ScenarioChoice.asWritten

        func isSame(as other: State) -> Bool {
            path == other.path && choice == other.choice && entries.count == other.entries.count
                && zip(entries, other.entries).allSatisfy { $0.isSame(as: $1) }
        }
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

        /// It has no block of fields.
        var isOneExpression: Bool { isCommand || [.let, .assume, .function, .unit, .horizon].contains(kind) }

        func isSame(as other: Entry) -> Bool {
            span == other.span && source.name == other.source.name && bytes == other.bytes
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
            let node = tree[NodeID(raw)]
            var end = UInt32(source.bytes.count)
            if number + 1 < statements.count {
                // What follows on the same line, such as a comment, belongs to it.
                let next = tree[NodeID(statements[number + 1])].start
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
            let name = symbols[Symbol(node.a)]
            return (name, name)
        case .source: return ("source " + symbols[Symbol(node.a)], "source " + symbols[Symbol(node.a)])
        case .market, .stock, .supply, .policy, .scenario, .target, .solve, .data, .projection:
            guard let first = tree.children(node.b, node.c).first, tree[NodeID(first)].kind == .name else { break }
            let name = symbols[Symbol(tree[NodeID(first)].a)]
            // A target is no name that anything could read.
            return node.kind == .target ? ("target " + name, "target " + name) : (name, name)
        case .routeDeclaration:
            let names = tree.children(node.b, node.c).map { tree[NodeID($0)] }.filter { $0.kind == .name }
                .map { symbols[Symbol($0.a)] }
            let route = (names.first ?? "") + " -> " + names.dropFirst().joined(separator: ", ")
            return (route, "route " + route)
        case .correlate:
            let names = tree.children(node.b, node.c).dropLast(2).map { source.text(of: tree[NodeID($0)].span) }
            return ("correlate " + names.joined(separator: ", "), "correlate " + names.joined(separator: ", "))
        case .horizon: return ("horizon", "the horizon")
        case .model: return ("model", "the title")
        case .extend: return ("extend", "extend")
        case .useFile: return (symbols[Symbol(node.b)], "use of " + symbols[Symbol(node.b)])
        default: break
        }
        let line = ValueFormat.onOneLine(whole)
        return ("statement " + line, "`\(line.count > 40 ? line.prefix(39) + "…" : line)`")
    }

    // MARK: All entries as one text

    /// The text that is checked, and where each entry stands in it.
    struct Layout {
        var bytes: [UInt8] = []
        var segments: [Segment] = []
        var name: String

        struct Segment {
            var start: Int
            var end: Int
            var entry: Entry
            /// Its number in the state; nil for what is only asked.
            var number: Int?
            var isAsked = false
            /// What `_` stands for.
            var isLast = false
        }

        mutating func append(_ entry: Entry, number: Int?, isAsked: Bool = false, isLast: Bool = false) {
            if let last = bytes.last, last != 0x0A, entry.bytes.first != 0x0A { bytes.append(0x0A) }
            let start = bytes.count
            bytes += entry.bytes
            segments.append(
                Segment(
                    start: start, end: bytes.count, entry: entry, number: number, isAsked: isAsked, isLast: isLast))
        }

        /// What stands at a place of the text; nil for another text.
        func segment(at place: Location) -> Segment? {
            guard place.source == SourceID(0) else { return nil }
            return segments.last { $0.start <= Int(place.span.start) }
        }

        func entry(at place: Location) -> Int? { segment(at: place)?.number }
    }

    func layout(_ state: State, asking asked: [Entry] = [], hidden: [String] = []) -> Layout {
        var layout = Layout(name: state.path ?? "-")
        for (number, entry) in state.entries.enumerated() { layout.append(entry, number: number) }
        for text in hiddenScenarios(state) + hidden { layout.append(hiddenEntry(text, "the policies"), number: nil) }
        if let last = state.last, asked.contains(where: { !lastUses(in: $0.source).isEmpty }) {
            layout.append(hiddenEntry("let _ = " + last, "the last value"), number: nil, isLast: true)
        }
        for entry in asked { layout.append(entry, number: nil, isAsked: true) }
        return layout
    }

    private func hiddenEntry(_ text: String, _ name: String) -> Entry {
        let source = SourceText(id: SourceID(0), name: name, bytes: Array(text.utf8))
        let span = Span(start: 0, end: UInt32(source.bytes.count))
        return Entry(kind: .let, key: "", title: name, source: source, span: span)
    }

    /// Where `_` is named in a text.
    private func lastUses(in source: SourceText) -> [Span] {
        var symbols = SymbolTable()
        let tree = parse(source, symbols: &symbols).tree
        guard let symbol = symbols.find("_") else { return [] }
        return tree.nodes.filter { $0.kind == .name && Symbol($0.a) == symbol }.map(\.span).sorted {
            $0.start < $1.start
        }
    }

    /// An expression in which `_` is written out, so that it can be the next `_`.
    func resolved(_ entry: Entry) -> String {
        var bytes = Array(entry.bytes)
        for use in lastUses(in: entry.source).reversed()
        where use.start >= entry.span.start && use.end <= entry.span.end {
            let place = Int(use.start - entry.span.start)..<Int(use.end - entry.span.start)
            bytes.replaceSubrange(place, with: Array("(\(state.last ?? "0"))".utf8))
        }
        // Without the comment behind it.
        let source = SourceText(id: SourceID(0), name: "-", bytes: bytes)
        var symbols = SymbolTable()
        let tree = parse(source, symbols: &symbols).tree
        guard let first = tree.statements.first else { return source.text(of: Span(start: 0, end: .max)) }
        return source.text(of: tree[NodeID(first)].span)
    }

    // MARK: Checking and running

    func check(_ state: State) -> (CheckedModel, Layout) {
        let layout = layout(state)
        return (check(layout), layout)
    }

    func check(_ layout: Layout) -> CheckedModel {
        var session = scenarioSession
        let checked = ReuseModel.check(session.input(layout.bytes, name: layout.name))
        let empty = Set(checked.model.sources.filter { $0.bytes.isEmpty }.map(\.id))
        let places = checked.diagnostics.flatMap { [$0.primary].compactMap { $0 } + $0.secondary }
        guard places.contains(where: { empty.contains($0.location.source) }) else { return checked }
        // What is wrong with a table is shown in its text, which is not kept.
        session.memory = nil
        return ReuseModel.check(session.input(layout.bytes, name: layout.name))
    }

    func calibrated(_ layout: Layout) -> (CheckedModel, [Calibration]) {
        let kept = layout.segments.filter { !$0.isAsked && !$0.isLast }.map(\.entry.text)
        let grounds = groundsOfRun + "\0" + kept.joined(separator: "\n")
        let known = memory.calibrations(grounds)
        let (checked, found) = scenarioSession.calibrated(layout.bytes, name: layout.name, known: known)
        if known == nil, !found.isEmpty { memory.keep(found, grounds) }
        return (checked, found)
    }

    /// Errors of time and indexes in the entries that `isNew` picks.
    func axisProblems(_ model: Model, _ layout: Layout, _ isNew: (Span) -> Bool) -> [Diagnostic] {
        let tree = model.tree(0)
        var requests: [QueryRequest] = []
        for index in model.declarations.indices {
            let id = DeclarationID(Int32(index))
            let declaration = model[id]
            guard declaration.module == 0, [.let, .assume].contains(declaration.kind), !declaration.value.isNone,
                !declaration.node.isNone, isNew(tree[declaration.node].span)
            else { continue }
            requests.append(.declaration(id))
        }
        if requests.isEmpty { return [] }
        return lower(model, queries: requests, seed: session.options.seed, codeOfFunctions: false).diagnostics
    }

    /// Runs the commands that `isNew` picks, and solves what they name.
    func run(
        _ checked: CheckedModel, _ calibrations: [Calibration], _ layout: Layout, _ isNew: (Location) -> Bool
    ) -> Reply {
        var model = checked.model
        let tree = model.tree(0)
        func isAsked(_ command: Command) -> Bool {
            command.module == 0 && isNew(Location(tree.source, tree[command.node].span))
        }
        let asked = model.commands.filter(isAsked)
        let grounds = isFresh ? nil : grounds(of: model, layout) { segment in
            isNew(Location(tree.source, Span(start: UInt32(segment.start), end: UInt32(segment.end))))
        }
        if let grounds, let known = memory.reply(grounds) { return known }
        let isScenarioNamed = asked.contains { command in
            let node = tree[command.node]
            return tree.nodes[0...Int(command.node.rawValue)].contains {
                $0.start >= node.start && ($0.kind == .under || command.kind == .compare)
            }
        }
        model = model.only { isAsked($0) || (isScenarioNamed && $0.kind == .solve) }
        var runner = Runner(model: model, options: scenarioSession.options)
        runner.calibrations = calibrations
        runner.quiet = Set(model.commands.filter { !isAsked($0) }.map(\.node))
        runner.run()
        // What the whole of the model is warned of was said where it was entered.
        let told = runner.diagnostics.filter { problem in
            problem.severity == .error || (problem.primary.map { isNew($0.location) } ?? true)
        }
        var reply = reply(layout, runner.outputs, told, checked.model.sources)
        if !model.policies.isEmpty, state.choice != .asWritten { reply.scenario = state.choice.words }
        if let execution = runner.execution, execution.isStopped {
            reply.partial = (execution.sampleCount, execution.samplesWanted)
        } else if let grounds, reply.diagnostics.isEmpty {
            memory.keep(reply, grounds)
        }
        return reply
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
            var number = texts.firstIndex { $0.name == entry.source.name } ?? texts.count
            if number == texts.count {
                number = min(number, Self.mostTexts)
                let id = SourceID(UInt16(Self.firstText + number))
                texts.append(SourceText(id: id, name: entry.source.name, bytes: entry.source.bytes))
            }
            func offset(_ place: UInt32) -> UInt32 {
                let own = min(max(Int(place), segment.start), segment.end) - segment.start
                return UInt32(own) + entry.span.start
            }
            let span = Span(start: offset(label.location.span.start), end: offset(label.location.span.end))
            return Diagnostic.Label(Location(SourceID(UInt16(Self.firstText + number)), span), label.text)
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

    /// Numbers of texts that no run gives out: it reads at most 4096 files.
    private static let firstText = 5000
    private static let mostTexts = 60_000
}
