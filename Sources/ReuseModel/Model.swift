import ReuseSyntax

/// A declaration of a model, in any of its texts.
public struct DeclarationID: Hashable, Sendable, Comparable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
    public static func < (a: DeclarationID, b: DeclarationID) -> Bool { a.rawValue < b.rawValue }
    @inlinable public static var none: DeclarationID { DeclarationID(-1) }
    @inlinable public var isNone: Bool { rawValue < 0 }
}

public struct Declaration: Sendable {
    public enum Kind: UInt8, Sendable {
        case unit, index, source, assume, `let`, function, builtin, module
        /// The current step.
        case now
        /// Of the markets: what has fields and results, one of its fields, clearing as a whole, one of its results, and
        /// one result over all that have it (`markets.price`).
        case market, supply, field, clearing, result, gathered
        /// Of a stock: one of its fields, its cohorts as a whole, and one of their results, of which the level has the
        /// stock's own name.
        case stockField, cohorts, stockResult
        case policy
        /// A table; each of its columns is a `let` named by its path.
        case data
        /// A projection or one of its results, and what stands between (`shipments.fit`).
        case projected, fitting
    }

    public var kind: Kind
    /// Index in `Model.modules`.
    public var module: Int32
    public var node: NodeID
    public var symbol: Symbol
    /// Right-hand side or body; `none` where there is none. Its text may be another than `module`'s: see `valueModule`.
    public var value: NodeID
    /// The text that `value` is in: a setting of the host stands in a text of its own.
    public var valueModule: Int32
    /// `unknown` until it was inferred, which a reference in a circle sees.
    public var type: TypeID {
        get { inferredType ?? .unknown }
        set { inferredType = newValue }
    }
    /// nil until it was inferred, or a use has said what it must be.
    private(set) var inferredType: TypeID?
    /// For units and indexes: number of the base dimension or of the index; for a module, a market, a supply or cohorts: its
    /// number; for a field, a gathered result or one of a stock: which; for a result: its place in `Network.results`; for one
    /// of a projection: its
    /// place in `projectionResults`; for what stands before those: its projection. Else -1.
    public var number: Int32 = -1
    /// For a field of a market, supply or route, and a field or result of a stock: the number of that. Else -1.
    public internal(set) var subject: Int32 = -1
    /// For builtins.
    public var builtin: Builtin?

    init(
        kind: Kind, module: Int32, node: NodeID, symbol: Symbol, value: NodeID = .none, type: TypeID? = nil,
        number: Int32 = -1
    ) {
        self.kind = kind
        self.module = module
        self.node = node
        self.symbol = symbol
        self.value = value
        valueModule = module
        inferredType = type
        self.number = number
    }

    @inlinable @inline(__always)
    var isFunction: Bool { kind == .function || kind == .builtin }
}

extension Declaration.Kind {
    /// Given by clearing the markets or by the cohorts of a stock, not by an expression.
    public var isCleared: Bool {
        switch self {
        case .clearing, .result, .gathered, .cohorts, .stockResult: true
        default: false
        }
    }

    /// A numeric field of a market, supply, route or stock.
    public var isField: Bool { self == .field || self == .stockField }
}

/// One text of a model with its tree, or one statement of such a text.
public struct Module: Sendable {
    public var name: String
    public var tree: SyntaxTree
    /// What is added to the number of a node to have its place in the side tables of the model.
    public var nodeBase: Int32
    /// The one statement of the tree that counts; none where all do.
    public private(set) var statement = NodeID.none
    /// The nodes of all statements that count.
    public private(set) var ids: NodeRange
    /// The text whose names are its own; -1 where it has them itself.
    var home: Int32 = -1
    public var scope = Scope()
    /// Folder-relative path for `use "..."`; nil for texts without a file.
    public var path: String?
    public var isLibrary: Bool
    /// The text whose names it has beside its own: what it extends, or sets a value in; -1 where there is none.
    var parent: Int32 = -1
    /// What `use` brings into scope.
    var imports = Scope()

    init(name: String, tree: SyntaxTree, nodeBase: Int32, path: String?, isLibrary: Bool, statement: NodeID = .none) {
        self.name = name
        self.tree = tree
        self.nodeBase = nodeBase
        self.path = path
        self.isLibrary = isLibrary
        self.statement = statement
        ids = statement.isNone ? tree.ids : tree.subtree(of: statement)
    }

    /// The statements that count, in their order.
    public var statements: NodeList { statement.isNone ? tree.statements : tree.statements.only(statement) }

    /// The node that stands for all of it.
    var whole: NodeID { statement.isNone ? tree.root : statement }
}

/// Names to declarations, by symbol number.
public struct Scope: Sendable {
    private var table: [Int32] = []

    @inline(__always)
    public subscript(_ symbol: Symbol) -> DeclarationID {
        get {
            let index = Int(symbol.rawValue)
            return index >= 0 && index < table.count ? DeclarationID(table[index]) : .none
        }
        set {
            let index = Int(symbol.rawValue)
            guard index >= 0 else { return }
            if index >= table.count {
                table.append(contentsOf: repeatElement(-1, count: max(index + 1, table.count * 2) - table.count))
            }
            table[index] = newValue.rawValue
        }
    }

    /// All declarations in order of symbol.
    public var declarations: [DeclarationID] { table.filter { $0 >= 0 }.map { DeclarationID($0) } }
}

public struct IndexSet: Sendable {
    public var symbol: Symbol
    public var members: [Symbol]
    public var declaration: DeclarationID
    /// What tables call the members, where these are names made of it; else empty.
    public var labels: [String] = []
    /// The index whose members it has in another role: of `index partner like country` the one of `country`. Its own
    /// number where there is none.
    public var root: Int
    /// Where it is declared; nil for `markets`, `supplies` and `routes`.
    public var place: Location?

    public init(symbol: Symbol, members: [Symbol], declaration: DeclarationID, root: Int, place: Location?) {
        self.symbol = symbol
        self.members = members
        self.declaration = declaration
        self.root = root
        self.place = place
    }
}

/// An axis of a value that a script can name.
public enum NamedAxis: Sendable, Equatable {
    case time
    case index(Int)

    public static let timeWord = "time"
}

/// Periods that gather the steps of a value: `show x by year`.
public enum GatheredPeriod: String, CaseIterable, Sendable {
    case year, quarter

    /// How many of them a year has.
    public var countInYear: Int64 {
        switch self {
        case .year: 1
        case .quarter: 4
        }
    }
}

public struct Command: Hashable, Sendable {
    public var node: NodeID
    public var kind: NodeKind
    public var module: Int32
}

/// What the text of a declaration is made of.
public struct DeclarationTraits: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Something in it may look at other points of a value than the current one.
    public static let looksAround = DeclarationTraits(rawValue: 1)
    /// It is more than arithmetic, conditions and direct calls.
    public static let isInvolved = DeclarationTraits(rawValue: 2)
    /// There is a range in it.
    public static let isUncertain = DeclarationTraits(rawValue: 4)
}

/// That one declaration reads another.
public struct DependencyEdge: Sendable, BitwiseCopyable {
    /// How the step that is read lies to the step being computed.
    enum Reach: UInt8, BitwiseCopyable {
        /// The same step.
        case instant
        /// An earlier step, inside `previous`.
        case delayed
        /// Any step: `x[2030]`, `total(x)`.
        case whole
    }

    public var target: DeclarationID
    var reach: Reach
    /// Where the name stands.
    public var node: NodeID
    var module: Int32
}

/// What a name in a tree stands for.
public enum Resolution: Sendable {
    case unresolved
    case declaration(DeclarationID)
    /// The `parameter` or `localLet` that binds it.
    case local(NodeID)
}

/// A checked script: trees, what their names mean and what types their expressions have. Immutable once made.
public struct Model: Sendable {
    public internal(set) var sources: [SourceText] = []
    public internal(set) var symbols = SymbolTable()
    /// The first are the script itself: one text, or statements of several.
    public internal(set) var modules: [Module] = []
    /// How many modules are statements of a script that was read before, and how many texts these stand in.
    var statementCount = 0
    var statementTexts = 0
    /// Texts that make up the script: what `extend` names, then the script.
    var script: [Int32] = []
    /// The texts whose names all others know, or -1.
    var prelude: Int32 = -1
    var units: Int32 = -1
    public internal(set) var declarations: [Declaration] = []
    public internal(set) var indexes: [IndexSet] = []
    /// Names of the base dimensions, by number.
    public internal(set) var baseUnits: [Symbol] = []
    public internal(set) var commands: [Command] = []
    /// Declarations so that each comes after what it rests on, but for those that rest on each other.
    public internal(set) var order: [DeclarationID] = []
    /// Number of the group of declarations that rest on each other; alike for members of one group.
    public internal(set) var component: [Int32] = []
    /// Within groups: a rank by which each declaration comes after those that it reads in the same step.
    var stepRank: [DeclarationID: Int32] = [:]
    /// By declaration: whether it names itself. Empty where none does.
    @usableFromInline var selfReading: [Bool] = []
    /// The `horizon` declaration, if any.
    public internal(set) var horizon: NodeID?
    /// The text that the horizon stands in.
    public internal(set) var horizonModule: Int32 = 0
    public internal(set) var network = Network()
    public internal(set) var projections: [Projection] = []
    /// Projections by the names of what they are given: `shipments.data`.
    var projectionOfPart: [Symbol: Int] = [:]
    /// All values of projections that can be read.
    public internal(set) var projectionResults: [ProjectionResult] = []
    public internal(set) var calibrations: [Calibrating] = []
    public internal(set) var stocks: [Stock] = []
    public internal(set) var correlations: [Correlation] = []
    /// Columns of tables, by the number over all texts of the `call` of `column` or `columns` that stands for each.
    public internal(set) var columns: [Int32: DataColumn] = [:]
    public internal(set) var policies: [Policy] = []
    /// Ranks of the policies by what they say.
    var policyRanks: [Int] = []
    /// The first is `baseline`; the second, where there are policies, `all`; then those declared, then each policy alone.
    public internal(set) var scenarios: [Scenario] = []
    /// The scenario of plain commands where one was asked for, or -1.
    var chosenScenario = -1
    /// Declarations that some policy or scenario patches.
    public internal(set) var isPatched: Set<DeclarationID> = []
    public internal(set) var types = TypeTable()

    /// Edges between declarations, those of declaration `d` at `edgeStarts[2 d]..<edgeStarts[2 d + 1]`, in order of place.
    @usableFromInline var edges: [DependencyEdge] = []
    @usableFromInline var edgeStarts: [Int32] = []
    @usableFromInline var traits: [DeclarationTraits] = []

    /// Whether some name in a text stands for a declaration.
    public internal(set) var isNamed: [Bool] = []
    @usableFromInline var resolutions: [Int32] = []
    @usableFromInline var nodeTypes: [Int32] = []
    /// Members of indexes by name.
    var memberships: [Symbol: [(index: Int, member: Int)]] = [:]
    /// The index of each literal whose keys are members, by the number of its `keyed` node over all texts.
    var literalIndexes: [Int32: Int] = [:]

    /// How many places the texts have together.
    public var placeCount: Int { resolutions.count }

    @inlinable @inline(__always)
    public func resolution(_ node: NodeID, in module: Int32) -> Resolution {
        let raw = resolutions[Int(modules[Int(module)].nodeBase + node.rawValue)]
        if raw == -1 { return .unresolved }
        return raw >= 0 ? .declaration(DeclarationID(raw)) : .local(NodeID(-raw - 2))
    }

    /// What a declaration reads, in order of place; the same one as often as it is named.
    @inlinable @inline(__always)
    public func reads(of id: DeclarationID) -> ArraySlice<DependencyEdge> {
        let index = Int(id.rawValue) * 2
        guard index < edgeStarts.count, edgeStarts[index] >= 0 else { return [] }
        return edges[Int(edgeStarts[index])..<Int(edgeStarts[index + 1])]
    }

    @inlinable @inline(__always)
    public func traits(of id: DeclarationID) -> DeclarationTraits { traits[Int(id.rawValue)] }

    /// The type of an expression, parameter or local `let`; `unknown` where it was never looked at.
    @inlinable @inline(__always)
    public func type(of node: NodeID, in module: Int32) -> TypeID {
        let raw = nodeTypes[Int(modules[Int(module)].nodeBase + node.rawValue)]
        return raw < 0 ? .unknown : types.resolve(TypeID(raw))
    }

    /// The modules that are the script itself, without what it extends.
    public var ownModules: Range<Int32> { 0..<Int32(max(statementCount, min(modules.count, 1))) }

    /// The names that a text declares.
    public func scope(of module: Int32) -> Scope { modules[Int(home(of: module))].scope }

    /// The module that holds the names of a text.
    @inline(__always)
    func home(of module: Int32) -> Int32 {
        let home = modules[Int(module)].home
        return home < 0 ? module : home
    }

    /// How many files, tables and libraries are read beside a script that was read before; else all texts.
    var fileCount: Int { statementTexts > 0 ? sources.count - statementTexts + 1 : sources.count }

    /// Whether a text is part of the script, rather than a file or a library that it uses.
    func isOfScript(_ module: Int32) -> Bool { script.contains(home(of: module)) }

    public internal(set) subscript(_ id: DeclarationID) -> Declaration {
        @inlinable @inline(__always)
        get { declarations[Int(id.rawValue)] }
        set { declarations[Int(id.rawValue)] = newValue }
    }
    public func name(_ id: DeclarationID) -> String { symbols[self[id].symbol] }
    @inlinable @inline(__always)
    public func tree(_ module: Int32) -> SyntaxTree { modules[Int(module)].tree }

    /// The source text of a node.
    public func text(_ node: NodeID, in module: Int32) -> String {
        let tree = modules[Int(module)].tree
        guard let source = sources.first(where: { $0.id == tree.source }) else { return "" }
        return source.text(of: tree[node].span)
    }

    /// The name by which a node can pick a member of an index: a word, or a route.
    public func memberName(_ reference: some NodeReference, in tree: SyntaxTree) -> Symbol? {
        let node = reference.node(in: tree)
        switch node.kind {
        case .name: return tree.name(node)
        case .route: return symbols.find(symbols[tree.route(node).from] + " -> " + symbols[tree.route(node).to])
        default: return nil
        }
    }

    /// What a member of an index is called where it is shown.
    public func label(ofMember member: Int, of index: Int) -> String {
        let set = indexes[index]
        return member < set.labels.count ? set.labels[member] : symbols[set.members[member]]
    }

    /// The index of that name.
    public func index(named symbol: Symbol) -> Int? { indexes.firstIndex { $0.symbol == symbol } }

    /// What a word means that stands for an axis, after `over`, `per` or `by`; nil where it means none.
    public func axis(named symbol: Symbol) -> NamedAxis? {
        symbols[symbol] == NamedAxis.timeWord ? .time : index(named: symbol).map { .index($0) }
    }

    /// The periods that a word after `by` means, where it is no index of the script.
    public func gatheredPeriod(named symbol: Symbol) -> GatheredPeriod? {
        axis(named: symbol) == nil ? GatheredPeriod(rawValue: symbols[symbol]) : nil
    }

    /// The words that mean an axis.
    var axisNames: [String] { indexes.map { symbols[$0.symbol] } + [NamedAxis.timeWord] }
}
