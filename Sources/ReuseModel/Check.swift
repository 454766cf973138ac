import ReuseSyntax
public import ReuseTables

/// What a model is made from. The closures give texts; the model itself reads nothing.
public struct ModelInput {
    public enum FileAnswer { case bytes([UInt8]), missing, unreadable(String), closed, outside }

    public var text: [UInt8]
    /// Statements in place of the text, each read before, maybe from many texts: together they are one script, in this order.
    public var statements: [ReadStatement] = []
    /// The names of the trees that the statements stand in.
    public var symbols: SymbolTable?
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

/// A statement that was read before, from a text whose number no other text of the script has.
public struct ReadStatement: Sendable {
    public var source: SourceText
    public var tree: SyntaxTree
    public var statement: NodeID
    /// What was wrong with it where it was read.
    public var diagnostics: [Diagnostic]

    public init(source: SourceText, tree: SyntaxTree, statement: NodeID, diagnostics: [Diagnostic] = []) {
        self.source = source
        self.tree = tree
        self.statement = statement
        self.diagnostics = diagnostics
    }
}

public struct CheckedModel {
    public var model: Model
    /// In order of place; errors mean that the model must not be run.
    public var diagnostics: [Diagnostic]
    /// All that is wrong is that the text ends too early.
    public var isUnfinished: Bool
}

/// Text to checked model: each stage adds to the model, or says what is wrong with it.
public func check(_ input: ModelInput) -> CheckedModel {
    let watch = Watch(input.isCancelled)
    var draft = load(input, watch)
    draft.complete(input, watch)
    if watch.hasStopped {
        let problem = Diagnostic(.cancelled, "the check was stopped before its end", at: nil)
        return CheckedModel(model: draft.model, diagnostics: [problem], isUnfinished: false)
    }
    return CheckedModel(model: draft.model, diagnostics: draft.problems.sorted, isUnfinished: draft.isUnfinished)
}

/// A model in the making: texts that are parsed, then what the stages behind add.
struct Draft {
    var model: Model
    var problems: Problems
    var uses: [Use]
    /// The text whose examples are run, where it is no text of the script.
    var exampleHome: Int32?
    /// All that is wrong is that the text ends too early.
    var isUnfinished: Bool

    fileprivate mutating func complete(_ input: ModelInput, _ watch: Watch) {
        if watch.ask() { return }
        var declarations = DeclarationCollector(uses: uses, watch: watch)
        declarations.collect(into: &model, &problems)
        let statements = declarations.statements
        var data = DataCollector(input: input, statements: statements.data, watch: watch, likes: statements.likes)
        data.collect(into: &model, &problems)
        model.addNow()
        var projections = ProjectionCollector(statements: statements.projections)
        projections.collect(into: &model, &problems)
        var markets = MarketCollector(statements: statements.markets, likes: data.likes)
        markets.collect(into: &model, &problems)
        var stocks = StockCollector(statements: statements.stocks)
        stocks.collect(into: &model, &problems)
        var policies = PolicyCollector(
            statements: statements.policies, correlations: statements.correlations, chosenScenario: input.scenario)
        policies.collect(into: &model, &problems)
        var host = HostTextCollector(input: input, exampleHome: exampleHome, watch: watch)
        host.collect(into: &model, &problems)
        if watch.ask() { return }

        var parts = data.parts
        for more in [projections.parts, markets.parts, stocks.parts, policies.parts] { parts.add(more) }
        var resolver = Resolver(parts: parts, hasData: !statements.data.isEmpty, watch: watch)
        resolver.collect(into: &model, &problems)
        if watch.ask() { return }
        (model.order, model.component) = model.evaluationOrder(watch)
        var types = TypeChecker(input: input, data: statements.data, agedNodes: parts.aged, watch: watch)
        types.collect(into: &model, &problems)
        if watch.ask() { return }

        problems.report(model.problemsOfCorrelations())
        var circles = CircleCheck(model: model, problems: problems)
        circles.run()
        problems = circles.problems
        (model.selfReading, model.stepRank) = (circles.selfReading, circles.stepRank)
        if watch.ask() { return }
        problems.report(model.problemsOfCompounding())
        var bases = BasisCheck(model: model, problems: problems)
        bases.run(watch)
        problems = bases.problems
        if watch.ask() { return }
        var inputs = InputCheck(model: model, problems: problems, isUsed: resolver.isUsed)
        inputs.run(cites: resolver.cites, strictSources: input.strictSources, watch)
        problems = inputs.problems
        model.releaseTables(Array(data.texts.values), shownIn: problems.diagnostics)
    }
}
