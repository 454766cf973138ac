import ReuseSyntax
public import ReuseTables

/// What a model is made from. The closures give texts; the model itself reads nothing.
public struct ModelInput {
    public enum FileAnswer { case bytes([UInt8]), missing, unreadable(String), closed, outside }

    public var text: [UInt8]
    /// What messages call the text.
    public var name: String
    /// Whether `name` is a path, so that `use "..."` is relative to its folder.
    public var isFile: Bool
    /// Inputs set from outside: name and expression.
    public var settings: [(name: String, value: String)] = []
    public var strictSources = false
    /// The scenario of plain commands, in place of `main` or all policies.
    public var scenario: String?
    /// Expressions that become assertions in the scope of the text (or of a library), with what messages call each.
    public var examples: [(text: String, name: String)] = []
    /// The library whose examples are run; nil for those of the text itself.
    public var exampleHome: String?
    public var library: (_ module: String) -> [UInt8]?
    public var libraryNames: [String]
    public var readFile: (_ path: String) -> FileAnswer
    /// A table of a database, or what a query gives, as a text with commas, quotes and a line of headings.
    public var queryDatabase: (_ path: String, _ isQuery: Bool, _ text: String) -> FileAnswer = { _, _, _ in .closed }
    /// A table that was read before, and is not to be read again: by its file and the statement that asks for it.
    public var knownTable: (_ key: String) -> Table? = { _ in nil }
    /// Told of each table that was read.
    public var keepTable: (_ table: Table, _ key: String) -> Void = { _, _ in }
    /// Asked now and then; once it is true the check ends with nothing but that.
    public var isCancelled: () -> Bool = { false }

    public init(
        text: [UInt8], name: String, isFile: Bool, libraryNames: [String], library: @escaping (String) -> [UInt8]?,
        readFile: @escaping (String) -> FileAnswer
    ) {
        self.text = text
        self.name = name
        self.isFile = isFile
        self.libraryNames = libraryNames
        self.library = library
        self.readFile = readFile
    }
}

public struct CheckedModel {
    public var model: Model
    /// In order of place; errors mean that the model must not be run.
    public var diagnostics: [Diagnostic]
    /// All that is wrong is that the text ends too early.
    public var isUnfinished: Bool
}

/// Text to checked model: parse, load modules, collect declarations, resolve names, order, infer types, check bases.
public func check(_ input: ModelInput) -> CheckedModel {
    var builder = ModelBuilder(input: input)
    builder.build()
    if builder.watch.hasStopped {
        let problem = Diagnostic(.cancelled, "the check was stopped before its end", at: nil)
        return CheckedModel(model: builder.model, diagnostics: [problem], isUnfinished: false)
    }
    return CheckedModel(
        model: builder.model, diagnostics: builder.sortedDiagnostics(), isUnfinished: builder.isUnfinished)
}

/// The stages of `check`, each in a file of its own, over one state.
struct ModelBuilder {
    let input: ModelInput
    let watch: Watch
    var model = Model()
    var diagnostics: [Diagnostic] = []
    var isUnfinished = false

    // Loading
    /// Modules by path, or by `library:` and name.
    var loaded: [String: Int32] = [:]
    /// What is being loaded, outermost first: a cycle shows as a repetition.
    var loading: [(key: String, name: String)] = []
    /// Texts that make up the script: what `extend` names, then the script.
    var script: [Int32] = []
    var parents: [Int32: Int32] = [:]
    var uses: [Use] = []
    /// Names that a `use` was to bring and did not: reported once, not at every place that reads them.
    var unavailable: Set<Symbol> = []
    /// The base of an `extend` could not be read: what names stand for cannot be known.
    var lacksBase = false
    var suggestionBudget = 30
    /// What was reported of the limits of types and of exponents.
    var metLimits = (types: false, exponents: false)
    var hasSyntaxErrors = false
    var imports: [Int32: Scope] = [:]
    var prelude: Int32 = -1
    var units: Int32 = -1

    /// Statements that read tables, in order.
    var dataStatements: [(node: NodeID, module: Int32)] = []
    /// The texts of tables, by what was asked of which file.
    var tables: [String: SourceID] = [:]
    /// Indexes that labels of tables made.
    var madeIndexes: Set<Int> = []
    var lacksTable = false
    /// `index partner like country`, as long as the members are not known.
    var likeStatements: [(node: NodeID, module: Int32)] = []

    // Markets
    /// Statements that declare markets, supplies and routes, in order.
    var marketStatements: [(node: NodeID, module: Int32)] = []
    /// Routes by their ends.
    var routeNumbers: [RouteEnds: Int] = [:]
    var saysTooManyRoutes = false
    /// Whether the block of fields that was read last has one that nobody knows.
    var hasUnknownField = false
    var projectionStatements: [(node: NodeID, module: Int32)] = []
    var stockStatements: [(node: NodeID, module: Int32)] = []
    var policyStatements: [(node: NodeID, module: Int32)] = []
    /// Numbers of the scenarios that are declared, by their names.
    var declaredScenarios: [Symbol: Int] = [:]
    var correlationStatements: [(node: NodeID, module: Int32)] = []
    /// Inputs of policies, by the number of the statement over all texts.
    var ownInputs: [Int32: [(symbol: Symbol, declaration: DeclarationID)]] = [:]
    /// Fields declared by a statement, by its number over all texts.
    var fieldsOfStatement: [Int32: [DeclarationID]] = [:]
    /// Types of goods in a time, and of money for one of the goods: found from the fields.
    var quantityType = TypeID.unknown
    var priceType = TypeID.unknown
    /// Types of what each stock holds.
    var goodsTypes: [TypeID] = []
    /// `aged` where it may stand: terms of an inflow, numbered over all texts.
    var agedNodes: Set<Int32> = []

    /// What patches read, by what they patch.
    var patchEdges: [DeclarationID: [DependencyEdge]] = [:]

    // Resolving
    /// Where the edges of the statement begin whose names are being resolved.
    var firstEdge = 0
    /// Where sources are cited.
    var cites: [(node: NodeID, module: Int32)] = []
    /// Declarations that some other declaration or command names.
    var isUsed: [Bool] = []

    // Checking
    var tree = SyntaxTree(source: SourceID(0))
    var nodeBase: Int32 = 0
    var module: Int32 = 0
    /// What functions are generic in: for each declaration where its list starts in `genericLists`, or -1.
    var generics: [Int32] = []
    /// How many variables of types, how many of dimensions, then their numbers.
    var genericLists: [Int32] = []
    var genericTypes: [Int32] = []
    var genericDimensions: [Int32] = []
    /// How many functions the node being checked is inside of.
    var functionDepth = 0
    var pendingReductions: [PendingReduction] = []
    var literalLevels = LiteralLevels()
    var hasBases = false
    /// Basis (a source) of a declaration's value, or -1.
    var bases: [Int32] = []

    init(input: ModelInput) {
        self.input = input
        watch = Watch(input.isCancelled)
    }

    mutating func build() {
        loadAll()
        hasSyntaxErrors = !diagnostics.isEmpty
        if watch.ask() { return }
        collectAll()
        applySettings()
        addExamples()
        if watch.ask() { return }
        resolveAll()
        if watch.ask() { return }
        orderDeclarations()
        inferAll()
        if watch.ask() { return }
        checkCorrelations()
        checkCircles()
        if watch.ask() { return }
        checkCompounding()
        checkBases()
        if watch.ask() { return }
        warnOfInputs()
        releaseTables()
    }

    mutating func report(_ diagnostic: Diagnostic) {
        // What may be a label of a table that could not be read.
        if lacksTable, diagnostic.kind == .unknownMember { return }
        if diagnostics.count < Limits.checkProblems { diagnostics.append(diagnostic) }
    }

    func sortedDiagnostics() -> [Diagnostic] {
        diagnostics.enumerated().sorted { a, b in
            let keyA =
                a.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            let keyB =
                b.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            return keyA == keyB ? a.offset < b.offset : keyA < keyB
        }.map { $0.element }
    }

    // MARK: - Small helpers of all stages

    func location(_ node: NodeID, in module: Int32) -> Location {
        let tree = model.modules[Int(module)].tree
        return Location(tree.source, tree[node].span)
    }

    /// The name in a declaration, for pointing at.
    func nameLocation(_ id: DeclarationID) -> Location {
        let declaration = model[id]
        return nameLocation(model.symbols[declaration.symbol], in: declaration.node, of: declaration.module)
    }

    /// The first place in a node's text where a name stands as a word of its own.
    func nameLocation(_ name: String, in node: NodeID, of module: Int32) -> Location {
        let whole = location(node, in: module)
        guard let source = model.sources.first(where: { $0.id == whole.source }) else { return whole }
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
        while true {
            let own = model.modules[Int(current)].scope[symbol]
            if !own.isNone { return own }
            guard let parent = parents[current] else { break }
            current = parent
        }
        if let imported = imports[module]?[symbol], !imported.isNone { return imported }
        if prelude >= 0, module != prelude {
            let known = model.modules[Int(prelude)].scope[symbol]
            if !known.isNone { return known }
        }
        if units >= 0, module != units { return model.modules[Int(units)].scope[symbol] }
        return .none
    }

    /// All names in scope of a text, for suggestions; none once many were made, since each looks through all names.
    mutating func namesInScope(of module: Int32) -> [String] {
        guard suggestionBudget > 0 else { return [] }
        suggestionBudget -= 1
        var result: [String] = []
        var scopes: [Scope] = [model.modules[Int(module)].scope]
        if let parent = parents[module] { scopes.append(model.modules[Int(parent)].scope) }
        if let imported = imports[module] { scopes.append(imported) }
        if prelude >= 0 { scopes.append(model.modules[Int(prelude)].scope) }
        if units >= 0 { scopes.append(model.modules[Int(units)].scope) }
        for scope in scopes { for id in scope.declarations { result.append(model.name(id)) } }
        return result
    }
}
