import ReuseModel
import ReuseSyntax

/// What could stand where the cursor is.
public struct Completion: Sendable {
    public struct Candidate: Sendable, Equatable {
        public var text: String
        /// Dimension, or what it is.
        public var detail: String

        public init(text: String, detail: String) {
            self.text = text
            self.detail = detail
        }
    }

    /// The byte at which the word begins that a candidate takes the place of.
    public var start: Int
    public var candidates: [Candidate]

    public init(start: Int, candidates: [Candidate]) {
        self.start = start
        self.candidates = candidates
    }
}

extension Conversation {
    /// Candidates for the word before the cursor, which is at a byte of the text: by what stands before that word.
    public mutating func completion(of text: String, at cursor: Int, ignoresCase: Bool = false) -> Completion {
        withRoomToRecurse {
            let bytes = Array(text.utf8)
            let end = min(max(cursor, 0), bytes.count)
            var start = end
            while start > 0, Self.isPartOfName(bytes[start - 1]) { start -= 1 }
            let word = String(decoding: bytes[start..<end], as: UTF8.self)
            var before = bytes[..<start]
            let touches = before.last
            while before.last == 0x20 { before.removeLast() }
            let found: [Completion.Candidate]
            if Self.endsInText(before) {
                found = []
            } else if touches == 0x2E {
                var path = before.dropLast()
                var owner: [UInt8] = []
                while let byte = path.last, Self.isPartOfName(byte) || byte == 0x2E {
                    owner.insert(byte, at: 0)
                    path.removeLast()
                }
                let route = Self.start(ofRoute: path).map { $0 + " -> " } ?? ""
                found = fields(of: route + String(decoding: owner, as: UTF8.self))
            } else if Self.start(ofRoute: before) != nil {
                found = candidates(of: .market)
            } else if let module = Self.moduleOfList(before) {
                found = LibraryMember.all(of: module).map { .init(text: $0.name, detail: $0.headline) }
            } else if let kind = Self.kindWanted(before) {
                found = candidates(of: kind)
            } else if Self.lastWord(before) == "use" {
                found = Session.library.map(\.name).filter { !["prelude", "units"].contains($0) }.map {
                    .init(text: $0, detail: "module")
                }
            } else if Self.lastWord(before) == "as" || Self.endsInNumber(before) || before.last == 0x2F {
                let units = unitCandidates()
                found = before.last == 0x2F && !Self.followsUnit(before) ? units + nameCandidates() : units
            } else {
                found = pickCandidates(behind: before) ?? fieldCandidates(behind: Array(before)) ?? nameCandidates()
            }
            let folded = word.lowercased()
            var candidates = found.filter { candidate in
                candidate.text != "_"
                    && (ignoresCase ? candidate.text.lowercased().hasPrefix(folded) : candidate.text.hasPrefix(word))
            }
            let watch = Watch(scenarioSession.options.isCancelledByHost)
            // Once it is stopped any order will do: nobody looks at it.
            candidates.sort { !watch.stops() && $0.text < $1.text }
            if watch.hasStopped { candidates = [] }
            var last: String?
            candidates.removeAll { candidate in
                defer { last = candidate.text }
                return candidate.text == last
            }
            return Completion(start: start, candidates: candidates)
        }
    }

    /// Names in scope with their dimensions, and the words that begin a statement.
    public mutating func nameCandidates() -> [Completion.Candidate] {
        withRoomToRecurse {
            let words = WordForm.statements.map { Completion.Candidate(text: $0.word, detail: $0.summary) }
            guard let model = currentModel() else { return words }
            return words + candidates(names(in: model), in: model)
        }
    }

    /// Candidates for some names; fewer, or none, where they are wanted no more.
    private func candidates(
        _ names: [DeclarationID], in model: Model, where isWanted: (DeclarationID) -> Bool = { _ in true }
    ) -> [Completion.Candidate] {
        candidates(names, in: model, where: isWanted) { detail(of: $0, in: model) }
    }

    private func candidates(
        _ names: [DeclarationID], in model: Model, where isWanted: (DeclarationID) -> Bool,
        detail: (DeclarationID) -> String
    ) -> [Completion.Candidate] {
        let watch = Watch(scenarioSession.options.isCancelledByHost)
        var result: [Completion.Candidate] = []
        for id in names where !watch.stops() && isWanted(id) {
            result.append(.init(text: model.name(id), detail: detail(id)))
        }
        return result
    }

    /// What was entered, by the names that it can be taken out by.
    public func entryCandidates() -> [Completion.Candidate] {
        state.entries.filter { !$0.isCommand }.map { entry in
            let key = entry.key.hasPrefix("statement ") ? String(entry.key.dropFirst(10)) : entry.key
            return .init(text: key, detail: Self.shortDefinition(entry))
        }
    }

    /// Whether a statement can begin with a word.
    public static func isStatementWord(_ word: String) -> Bool { WordForm.statement(word) != nil }

    /// What picks in `x[...]`: behind `country:` its members, else members, indexes and what names a time; nil anywhere
    /// else.
    private mutating func pickCandidates(behind text: ArraySlice<UInt8>) -> [Completion.Candidate]? {
        var rest = text
        while let byte = rest.last, byte != 0x5B {
            guard Self.isPartOfName(byte) || [0x20, 0x2C, 0x3A, 0x2D, 0x3E].contains(byte) else { return nil }
            rest.removeLast()
        }
        // A bracket that is written against a name picks from it.
        guard rest.popLast() == 0x5B, let before = rest.last, Self.isPartOfName(before),
            let last = text.last, [0x5B, 0x2C, 0x3A].contains(last), let model = currentModel()
        else { return nil }
        func members(_ indexes: [IndexSet]) -> [Completion.Candidate] {
            var result: [Completion.Candidate] = []
            for index in indexes {
                let detail = "a member of `\(model.symbols[index.symbol])`"
                for member in index.members { result.append(.init(text: model.symbols[member], detail: detail)) }
            }
            return result
        }
        if last == 0x3A {
            let name = Self.lastWord(text.dropLast())
            return members(model.indexes.filter { model.symbols[$0.symbol] == name })
        }
        let indexes = model.indexes.map { index in
            Completion.Candidate(text: model.symbols[index.symbol] + ":", detail: "picks along it")
        }
        return members(model.indexes) + indexes + nameCandidates().filter { $0.detail != "index" }
    }

    /// The fields of the block that a text ends in, where one could begin; nil anywhere else.
    private mutating func fieldCandidates(behind text: [UInt8]) -> [Completion.Candidate]? {
        var open: [(place: Int, head: String)] = []
        var lineStart = 0
        var place = 0
        while place < text.count {
            switch text[place] {
            case 0x22:
                place += 1
                while place < text.count, text[place] != 0x22 { place += text[place] == 0x5C ? 2 : 1 }
            case 0x23: while place + 1 < text.count, text[place + 1] != 0x0A { place += 1 }
            case 0x0A: if open.isEmpty { lineStart = place + 1 }
            case 0x7B:
                let head = text[lineStart..<place].drop { $0 == 0x20 || $0 == 0x09 }.prefix(while: Self.isPartOfName)
                open.append((place, String(decoding: head, as: UTF8.self)))
            case 0x7D: _ = open.popLast()
            default: break
            }
            place += 1
        }
        guard open.count == 1, let block = open.last, let last = text.last, [0x7B, 0x2C, 0x0A].contains(last),
            let form = WordForm.statement(block.head)
        else { return nil }
        if ["policy", "scenario"].contains(form.word) {
            return WordForm.patchWords.map { .init(text: $0.name, detail: $0.summary) } + pathCandidates()
        }
        guard !form.fields.isEmpty else { return nil }
        // Those that are given stand with a colon.
        let given = String(decoding: text[block.place...], as: UTF8.self)
        return form.fields.filter { !given.contains($0.name + ":") }.map {
            .init(text: $0.name + ":", detail: $0.summary)
        }
    }

    /// What a patch can begin with: inputs, markets, supplies and stocks.
    private mutating func pathCandidates() -> [Completion.Candidate] {
        guard let model = currentModel() else { return [] }
        return candidates(names(in: model), in: model) { id in
            !model.modules[Int(model[id].module)].isLibrary
                && [.assume, .market, .supply, .stockResult].contains(model[id].kind)
        }
    }

    /// Names of units.
    public mutating func unitCandidates() -> [Completion.Candidate] {
        withRoomToRecurse {
            guard let model = currentModel() else { return [] }
            return candidates(names(in: model), in: model) {
                model[$0].kind == .unit
            } detail: {
                docs(of: $0, in: model).first ?? ""
            }
        }
    }

    /// What can stand behind `:units`.
    public mutating func dimensionCandidates() -> [Completion.Candidate] {
        Self.dimensionWords.map { .init(text: $0, detail: "") } + unitCandidates()
    }

    private mutating func fields(of owner: String) -> [Completion.Candidate] {
        guard let model = currentModel() else { return [] }
        let path = owner + "."
        var result: [Completion.Candidate] = []
        let watch = Watch(scenarioSession.options.isCancelledByHost)
        for index in model.declarations.indices where !watch.stops() {
            let id = DeclarationID(Int32(index))
            let name = model.name(id)
            guard name.hasPrefix(path), !model.modules[Int(model[id].module)].isLibrary else { continue }
            let rest = name.dropFirst(path.count)
            result.append(.init(text: String(rest.prefix { $0 != "." }), detail: detail(of: id, in: model)))
        }
        // A module's names.
        if let id = lookup(owner, in: model), model[id].kind == .module,
            model.modules.indices.contains(Int(model[id].number))
        {
            for own in model.modules[Int(model[id].number)].scope.declarations where model.name(own).utf8.first != 0x5F
            {
                result.append(.init(text: model.name(own), detail: detail(of: own, in: model)))
            }
        }
        return result
    }

    private func detail(of id: DeclarationID, in model: Model) -> String {
        switch model[id].kind {
        case .function, .builtin: return headline(of: id, in: model)
        case .let, .assume, .field, .stockField, .result, .stockResult, .gathered, .projected:
            let type = model[id].kind.isCleared ? model[id].type : valueType(of: id, in: model)
            guard case .number(let dimension) = model.types.shape(type) else {
                return model.signature(model.types.shape(type))
            }
            let text = model.unitText(of: dimension)
            return text.isEmpty ? "number" : text.hasPrefix("/") ? "1" + text : text
        case .unit: return "unit"
        case .index: return "index"
        case .source: return "source"
        case .module: return "module"
        case .market: return "market"
        case .supply: return "supply"
        case .policy: return "policy"
        case .data: return "data"
        case .now, .clearing, .cohorts, .fitting: return ""
        }
    }

    private static func isPartOfName(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == 0x5F || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            || (0x61...0x7A).contains(byte)
    }

    /// Whether a text is still open, but for what is inserted into it.
    private static func endsInText(_ bytes: ArraySlice<UInt8>) -> Bool {
        var isOpen = false
        var inserted = 0
        var rest = (bytes.split(separator: 0x0A, omittingEmptySubsequences: false).last ?? [])[...]
        while let byte = rest.popFirst() {
            switch byte {
            case 0x5C where isOpen && inserted == 0: _ = rest.popFirst()
            case 0x22 where inserted == 0: isOpen.toggle()
            case 0x23 where !isOpen: return false
            case 0x7B where isOpen: inserted += 1
            case 0x7D where isOpen && inserted > 0: inserted -= 1
            default: break
            }
        }
        return isOpen && inserted == 0
    }

    /// What alone can stand behind some words.
    private enum Wanted { case policy, scenario, source, method, market, form, projection, lifetime, axis }

    private static func kindWanted(_ bytes: ArraySlice<UInt8>) -> Wanted? {
        let line = String(decoding: bytes.split(separator: 0x0A).last ?? [], as: UTF8.self)
        let words = line.split(separator: " ").map(String.init)
        guard let last = words.last, let first = words.first else { return nil }
        if first == "scenario", let sign = words.firstIndex(of: "="), !line.contains("{"),
            last == "+" || sign == words.count - 1
        {
            return .scenario
        }
        if first == "policy", !line.contains("{"), last == "after" { return .policy }
        if last == "under" { return .scenario }
        if first == "compare", words.count == 1 || last.hasSuffix(","), !words.contains("on") { return .scenario }
        if last == "source", first != "source", words.count > 2 { return .source }
        if first == "assume", last == "per" { return .axis }
        if first == "sensitivity", last == "by" { return .method }
        if first == "supply", last == "in", words.count == 3 { return .market }
        if last == "ban" { return .market }
        if last == "form:" { return .form }
        if last == "method:" { return .projection }
        if last == "lifetime:" { return .lifetime }
        if last == "over" { return .axis }
        if first == "index", last == "like", words.count == 3 { return .axis }
        return nil
    }

    private mutating func candidates(of wanted: Wanted) -> [Completion.Candidate] {
        func named(_ kind: Declaration.Kind) -> [Completion.Candidate] {
            guard let model = currentModel() else { return [] }
            return candidates(names(in: model), in: model) { model[$0].kind == kind }
        }
        switch wanted {
        case .policy: return named(.policy)
        case .scenario: return scenarios().map { .init(text: $0, detail: "scenario") }
        case .source: return named(.source)
        case .axis: return named(.index) + [.init(text: "time", detail: "the periods of the horizon")]
        case .market: return named(.market)
        case .form: return ["isoelastic", "linear"].map { .init(text: $0, detail: "") }
        case .projection: return ProjectionMethod.allCases.map { .init(text: $0.label + "()", detail: $0.summary) }
        case .lifetime:
            guard let model = currentModel() else { return [] }
            return candidates(names(in: model), in: model) { model[$0].builtin?.isLifetime ?? false }
        case .method: return ["morris", "rank", "shapley", "sobol", "tornado"].map { .init(text: $0, detail: "") }
        }
    }

    /// The market from which a route goes whose other end comes next: of `China -> `.
    private static func start(ofRoute bytes: ArraySlice<UInt8>) -> String? {
        var rest = bytes
        while rest.last == 0x20 { rest.removeLast() }
        guard rest.suffix(2) == [0x2D, 0x3E] else { return nil }
        rest = rest.dropLast(2)
        while rest.last == 0x20 { rest.removeLast() }
        return lastWord(rest)
    }

    /// The module of `use growth: cagr, `.
    private static func moduleOfList(_ bytes: ArraySlice<UInt8>) -> String? {
        let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).last ?? []
        let parts = line.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let words = String(decoding: parts[0], as: UTF8.self).split(separator: " ")
        return words.count == 2 && words[0] == "use" ? String(words[1]) : nil
    }

    private static func lastWord(_ bytes: ArraySlice<UInt8>) -> String {
        var word: [UInt8] = []
        var rest = bytes
        while let byte = rest.popLast(), isPartOfName(byte) { word.insert(byte, at: 0) }
        return String(decoding: word, as: UTF8.self)
    }

    /// `3`, `60M` or `]`: what a unit follows.
    private static func endsInNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
        let word = lastWord(bytes)
        guard let first = word.utf8.first else { return bytes.last == 0x5D }
        return (0x30...0x39).contains(first)
    }

    /// Whether a `/` stands behind a unit behind a number.
    private static func followsUnit(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes.dropLast()
        while let byte = rest.last, isPartOfName(byte) { rest.removeLast() }
        while rest.last == 0x20 { rest.removeLast() }
        return endsInNumber(rest) || lastWord(rest) == "as"
    }
}
