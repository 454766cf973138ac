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
    let watch = Watch(input.isCancelled)
    let texts = load(input, watch)
    let isUnfinished = texts.isUnfinished
    var builder = ModelBuilder(input: input, watch: watch, texts: texts)
    builder.build()
    if watch.hasStopped {
        let problem = Diagnostic(.cancelled, "the check was stopped before its end", at: nil)
        return CheckedModel(model: builder.model, diagnostics: [problem], isUnfinished: false)
    }
    return CheckedModel(model: builder.model, diagnostics: builder.problems.sorted, isUnfinished: isUnfinished)
}

/// The stages of `check`, each in a file of its own, over one state.
struct ModelBuilder: Collector {
    let input: ModelInput
    let watch: Watch
    var model: Model
    var problems: Problems
    let uses: [Use]
    let exampleHome: Int32?

    /// Statements that read tables, in order.
    var dataStatements: [Place] = []
    /// The texts of tables, by what was asked of which file.
    var tables: [String: SourceID] = [:]
    /// Indexes that labels of tables made.
    var madeIndexes: Set<Int> = []
    /// `index partner like country`, as long as the members are not known.
    var likeStatements: [Place] = []

    // Markets
    /// Statements that declare markets, supplies and routes, in order.
    var marketStatements: [Place] = []
    /// Routes by their ends.
    var routeNumbers: [RouteEnds: Int] = [:]
    var saysTooManyRoutes = false
    /// Whether the block of fields that was read last has one that nobody knows.
    var hasUnknownField = false
    var projectionStatements: [Place] = []
    var stockStatements: [Place] = []
    var policyStatements: [Place] = []
    /// Numbers of the scenarios that are declared, by their names.
    var declaredScenarios: [Symbol: Int] = [:]
    var correlationStatements: [Place] = []
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
    var cites: [Place] = []
    /// Declarations that some other declaration or command names.
    var isUsed: [Bool] = []

    // Checking
    /// What was reported of the limits of types and of exponents.
    var metLimits = (types: false, exponents: false)
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

    init(input: ModelInput, watch: Watch, texts: LoadedTexts) {
        self.input = input
        self.watch = watch
        (model, problems, uses, exampleHome) = (texts.model, texts.problems, texts.uses, texts.exampleHome)
    }

    mutating func build() {
        if watch.ask() { return }
        collectAll()
        applySettings()
        addExamples()
        if watch.ask() { return }
        resolveAll()
        if watch.ask() { return }
        (model.order, model.component) = model.evaluationOrder(watch)
        inferAll()
        if watch.ask() { return }
        for problem in model.problemsOfCorrelations() { report(problem) }
        var circles = CircleCheck(model, problems)
        circles.run()
        problems = circles.problems
        (model.selfReading, model.stepRank) = (circles.selfReading, circles.stepRank)
        if watch.ask() { return }
        for problem in model.problemsOfCompounding() { report(problem) }
        var bases = BasisCheck(model, problems)
        bases.run(watch)
        problems = bases.problems
        if watch.ask() { return }
        var inputs = InputCheck(model: model, problems: problems, isUsed: isUsed)
        inputs.run(cites: cites, strictSources: input.strictSources, watch)
        problems = inputs.problems
        releaseTables()
    }
}
