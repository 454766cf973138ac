import ReuseSyntax

/// A stage of `check`: it reads the model, and says what is wrong.
protocol Stage {
    var model: Model { get }
    var problems: Problems { get set }
}

/// A stage that adds to the model.
protocol Collector: Stage {
    var model: Model { get set }
    mutating func collect()
}

extension Collector {
    /// Does its work on a model that is lent to it, so that none of it is copied.
    mutating func collect(into model: inout Model, _ problems: inout Problems) {
        swap(&self.model, &model)
        swap(&self.problems, &problems)
        collect()
        swap(&self.model, &model)
        swap(&self.problems, &problems)
    }
}

/// Statements of the script by the collector that reads them, in order.
struct Statements {
    var data: [Place] = []
    /// `index partner like country`, as long as the members are not known.
    var likes: [Place] = []
    var projections: [Place] = []
    /// Markets, supplies and routes.
    var markets: [Place] = []
    var stocks: [Place] = []
    /// Policies and scenarios.
    var policies: [Place] = []
    var correlations: [Place] = []
}

/// What collectors found in statements that hold more than one value, by numbers of nodes over all texts.
struct StatementParts {
    /// Fields declared by a statement.
    var fields: [Int32: [DeclarationID]] = [:]
    /// Inputs of a policy, and what else has a name of its own inside a statement.
    var ownNames: [Int32: [(symbol: Symbol, declaration: DeclarationID)]] = [:]
    /// `aged` where it may stand: terms of an inflow.
    var aged: Set<Int32> = []

    /// Adds those of other statements.
    mutating func add(_ other: StatementParts) {
        for (statement, own) in other.fields { fields[statement, default: []] += own }
        for (statement, own) in other.ownNames { ownNames[statement, default: []] += own }
        aged.formUnion(other.aged)
    }
}

/// A statement or a part of one, and the text that it stands in.
struct Place {
    var node: NodeID
    var module: Int32

    init(_ node: NodeID, in module: Int32) {
        self.node = node
        self.module = module
    }
}

/// What is wrong with a script, as far as it was looked at, and what it lacks for that reason.
struct Problems {
    private(set) var diagnostics: [Diagnostic] = []
    var hasSyntaxErrors = false
    /// The base of an `extend` could not be read: what names stand for cannot be known.
    var lacksBase = false
    /// A table could not be read, or a column of it: a name may be one of its labels.
    var lacksTable = false
    /// Names that a `use` was to bring and did not: reported once, not at every place that reads them.
    var unavailable: Set<Symbol> = []
    /// How many more times all names are looked through for one that may have been meant.
    private(set) var suggestionBudget = 30

    mutating func report(_ diagnostic: Diagnostic) {
        if lacksTable, diagnostic.kind == .unknownMember { return }
        if diagnostics.count < Limits.checkProblems { diagnostics.append(diagnostic) }
    }

    mutating func report(_ diagnostics: [Diagnostic]) { for diagnostic in diagnostics { report(diagnostic) } }

    /// Adds those of a text that was parsed, which are few.
    mutating func add(_ parsed: [Diagnostic]) { diagnostics += parsed }

    /// Whether all names may be looked through once more.
    mutating func takeSuggestion() -> Bool {
        guard suggestionBudget > 0 else { return false }
        suggestionBudget -= 1
        return true
    }

    /// All in order of place.
    var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { a, b in
            let keyA =
                a.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            let keyB =
                b.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            return keyA == keyB ? a.offset < b.offset : keyA < keyB
        }.map { $0.element }
    }
}

extension Stage {
    mutating func report(_ diagnostic: Diagnostic) { problems.report(diagnostic) }

    /// All names in scope of a text, for suggestions; none once many were made, since each looks through all names.
    mutating func namesInScope(of module: Int32) -> [String] {
        problems.takeSuggestion() ? model.namesInScope(of: module) : []
    }
}

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
            let own = modules[Int(current)].scope[symbol]
            if !own.isNone { return own }
            current = modules[Int(current)].parent
        }
        let imported = modules[Int(module)].imports[symbol]
        if !imported.isNone { return imported }
        if prelude >= 0, module != prelude {
            let known = modules[Int(prelude)].scope[symbol]
            if !known.isNone { return known }
        }
        if units >= 0, module != units { return modules[Int(units)].scope[symbol] }
        return .none
    }

    func namesInScope(of module: Int32) -> [String] {
        var scopes: [Scope] = [modules[Int(module)].scope]
        let parent = modules[Int(module)].parent
        if parent >= 0 { scopes.append(modules[Int(parent)].scope) }
        scopes.append(modules[Int(module)].imports)
        if prelude >= 0 { scopes.append(modules[Int(prelude)].scope) }
        if units >= 0 { scopes.append(modules[Int(units)].scope) }
        return scopes.flatMap { $0.declarations }.map { name($0) }
    }
}
