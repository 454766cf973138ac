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
    var data: [TextNode] = []
    /// `index partner like country`, as long as the members are not known.
    var likes: [TextNode] = []
    var projections: [TextNode] = []
    /// Markets, supplies and routes.
    var markets: [TextNode] = []
    var stocks: [TextNode] = []
    /// Policies and scenarios.
    var policies: [TextNode] = []
    var correlations: [TextNode] = []
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
struct TextNode {
    var node: NodeID
    var module: Int32

    init(_ node: NodeID, in module: Int32) {
        self.node = node
        self.module = module
    }
}

extension Stage {
    mutating func report(_ diagnostic: Diagnostic) { problems.report(diagnostic) }

    /// All names in scope of a text, for suggestions; none once many were made, since each looks through all names.
    mutating func namesInScope(of module: Int32) -> [String] {
        problems.takeSuggestion() ? model.namesInScope(of: module) : []
    }
}
