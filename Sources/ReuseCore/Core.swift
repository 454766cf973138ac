import ReuseModel
import ReuseSyntax

/// Place is a node of a model, numbered over all its texts.
@frozen
public struct Place: Hashable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable public static var none: Place { Place(-1) }
}

/// PlaceTable holds expressions by place: an array, since a look-up by hash would cost more than most expressions do. Nothing is
/// taken for it before the first is there.
struct PlaceTable {
    private let count: Int
    private var ids: [ExpressionID] = []

    init(count: Int) { self.count = count }

    subscript(_ place: Place) -> ExpressionID {
        get {
            let index = Int(place.rawValue)
            return ids.indices.contains(index) ? ids[index] : .none
        }
        set {
            let index = Int(place.rawValue)
            guard index >= 0, index < count else { return }
            if ids.isEmpty { ids = Array(repeating: .none, count: count) }
            ids[index] = newValue
        }
    }
}

/// Local is a parameter, or a `let` inside a function: the place that binds it.
@frozen
public struct Local: Hashable, Sendable, BitwiseCopyable {
    public let place: Place
    @inlinable public init(_ place: Place) { self.place = place }
}

/// ExpressionID is the number of an expression in its core.
@frozen
public struct ExpressionID: Hashable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    @inlinable public init(_ rawValue: Int32) { self.rawValue = rawValue }
    @inlinable public static var none: ExpressionID { ExpressionID(-1) }
    @inlinable public var isNone: Bool { rawValue < 0 }
}

/// Stretch tells where elements that belong together stand in an array of the core.
@frozen
public struct Stretch<Element>: Sendable, BitwiseCopyable {
    @usableFromInline let first: Int32
    public let count: Int32

    @usableFromInline
    init(first: Int, count: Int) {
        self.first = Int32(truncatingIfNeeded: first)
        self.count = Int32(truncatingIfNeeded: count)
    }

    @inlinable var places: Range<Int> { Int(first)..<Int(first) + Int(count) }
}

/// Read as `core.elements(list)`.
public typealias ExpressionList = Stretch<ExpressionID>
/// Read as `core.steps(chain)`.
public typealias ChainSteps = Stretch<ChainStep>

/// Core holds the expressions of a checked model as typed operations: names are resolved, arguments stand in the order of
/// the parameters, units are factors, brackets are gone, and what is a series, a pick or a reduction is told apart. Nothing
/// behind it reads the tree.
///
/// Expressions are made where they are first asked for; what is wrong with one is an operation of its own, which is said
/// only where the expression is needed.
public final class Core {
    public let model: Model
    /// Whether printed literals stand for the intervals that their digits imply.
    public let hasIntervals: Bool
    @exclusivity(unchecked) @usableFromInline var entries: [Entry] = []
    @exclusivity(unchecked) @usableFromInline var lists: [ExpressionID] = []
    @exclusivity(unchecked) @usableFromInline var chains: [ChainStep] = []
    /// Steps of chains that are being made, each within the one before.
    @exclusivity(unchecked) var openSteps: [ChainStep] = []

    public internal(set) var texts: [String] = []
    public internal(set) var units: [DisplayUnit] = []
    public internal(set) var problems: [Diagnostic] = []
    public internal(set) var memberTests: [MemberTest] = []
    public internal(set) var picks: [Pick] = []
    public internal(set) var reductions: [ReductionOverAxis] = []
    public internal(set) var series: [SeriesLiteral] = []
    public internal(set) var lambdas: [Lambda] = []
    public internal(set) var blocks: [Block] = []
    public internal(set) var lifetimes: [Lifetime] = []
    /// The order in which a record's fields stand in its type: places among those that are written.
    public internal(set) var fieldOrders: [[Int]] = []
    /// Values of local `let`s.
    private var localValues: PlaceTable
    /// By declaration: its value, or none where it was not asked for yet.
    @exclusivity(unchecked) private var values: [ExpressionID]
    private var functions: [Function?]
    /// By place: expressions that stand in commands, fields and clauses.
    private var roots: PlaceTable
    var freeLocalsOfExpression: [ExpressionID: [Local]] = [:]
    var displayUnits: DisplayUnits
    /// Comparisons of assertions, targets and what is solved, whose `==` allows for rounding.
    let tolerant: Set<Place>

    @usableFromInline
    struct Entry: Sendable {
        @usableFromInline var operation: Operation
        @usableFromInline var type: TypeID
        @usableFromInline var place: Place
    }

    /// A function of the script or the library.
    public struct Function {
        public var parameters: [Local]
        /// By parameter: what it stands for where a call leaves it out, or none.
        public var defaults: [ExpressionID]
        public var body: ExpressionID
    }

    public init(_ model: Model, hasIntervals: Bool = false) {
        self.model = model
        self.hasIntervals = hasIntervals
        localValues = PlaceTable(count: model.placeCount)
        roots = PlaceTable(count: model.placeCount)
        values = Array(repeating: .none, count: model.declarations.count)
        functions = Array(repeating: nil, count: model.declarations.count)
        displayUnits = DisplayUnits(model: model)
        tolerant = Self.tolerantComparisons(of: model)
    }

    // MARK: Reading

    /// What an expression does. Where there is none, nothing that has a value.
    @inlinable
    public subscript(_ id: ExpressionID) -> Operation {
        id.rawValue >= 0 ? entries[Int(id.rawValue)].operation : .missing
    }

    @inlinable
    public func type(of id: ExpressionID) -> TypeID { id.isNone ? .unknown : entries[Int(id.rawValue)].type }

    /// The shape of an expression's type.
    public func shape(of id: ExpressionID) -> TypeShape { model.types.shape(type(of: id)) }

    /// Where an expression is written.
    @inlinable
    public func place(of id: ExpressionID) -> Place { id.isNone ? .none : entries[Int(id.rawValue)].place }

    @inlinable
    public func elements(_ list: ExpressionList) -> ArraySlice<ExpressionID> {
        lists[list.places]
    }

    @inlinable
    public func steps(_ chain: ChainSteps) -> ArraySlice<ChainStep> {
        chains[chain.places]
    }

    /// The value of a local `let`; none of a parameter.
    public func value(of local: Local) -> ExpressionID { localValues[local.place] }

    func bind(_ local: Local, to value: ExpressionID) { localValues[local.place] = value }

    // MARK: Asking

    /// The value of a declaration; none where it has no expression.
    public func value(of id: DeclarationID) -> ExpressionID {
        let known = values[Int(id.rawValue)]
        if !known.isNone { return known }
        let declaration = model.declarations[Int(id.rawValue)]
        guard !declaration.value.isNone else { return .none }
        let value = elaborate(declaration.value, in: declaration.valueModule)
        values[Int(id.rawValue)] = value
        return value
    }

    /// The parameters and the body of a declared function.
    public func function(_ id: DeclarationID) -> Function {
        if let known = functions[Int(id.rawValue)] { return known }
        let declaration = model.declarations[Int(id.rawValue)]
        let tree = model.modules[Int(declaration.module)].tree
        var function = Function(parameters: [], defaults: [], body: .none)
        for node in model.parameterNodes(of: id) {
            function.parameters.append(Local(model.place(node, in: declaration.module)))
            let standard = tree.parameter(node).standard
            function.defaults.append(standard.isNone ? .none : elaborate(standard, in: declaration.module))
        }
        function.body = elaborate(declaration.value, in: declaration.valueModule)
        functions[Int(id.rawValue)] = function
        return function
    }

    /// An expression that stands in a command, a field or a clause; none where there is no node.
    public func expression(_ node: NodeID, in module: Int32) -> ExpressionID {
        if node.isNone { return .none }
        let place = model.place(node, in: module)
        let known = roots[place]
        if !known.isNone { return known }
        let id = elaborate(node, in: module)
        roots[place] = id
        return id
    }

    private func elaborate(_ node: NodeID, in module: Int32) -> ExpressionID {
        Elaboration(self, module).expression(node)
    }

    // MARK: Making

    func add(_ operation: Operation, type: TypeID, at place: Place) -> ExpressionID {
        entries.append(Entry(operation: operation, type: type, place: place))
        return ExpressionID(Int32(truncatingIfNeeded: entries.count - 1))
    }

    func list(_ elements: [ExpressionID]) -> ExpressionList {
        lists += elements
        return ExpressionList(first: lists.count - elements.count, count: elements.count)
    }

    func chain(_ steps: [ChainStep]) -> ChainSteps {
        chains += steps
        return ChainSteps(first: chains.count - steps.count, count: steps.count)
    }

    /// A chain of the steps that are open from a place on, which are closed.
    func chain(openSince first: Int) -> ChainSteps {
        let count = openSteps.count - first
        chains += openSteps[first...]
        openSteps.removeLast(count)
        return ChainSteps(first: chains.count - count, count: count)
    }
}

extension Model {
    /// A node of one of the texts, among those of all.
    @inlinable
    public func place(_ node: NodeID, in module: Int32) -> Place {
        Place(modules[Int(module)].nodeBase + node.rawValue)
    }

    /// Where a place lies in its text.
    public func location(of place: Place) -> Location {
        guard let found = self.node(at: place) else {
            return Location(modules.first?.tree.source ?? SourceID(0), Span(start: 0, end: 0))
        }
        return modules[Int(found.module)].tree.location(found.node)
    }

    /// Whether a text is one of the library.
    public func isLibrary(_ source: SourceID) -> Bool {
        modules.contains { $0.isLibrary && $0.tree.source == source }
    }

    /// What is written at a place.
    public func text(at place: Place) -> String {
        guard let found = self.node(at: place) else { return "" }
        return text(found.node, in: found.module)
    }

    /// The text in which a place lies, and its node there; nil where there is no such place.
    public func node(at place: Place) -> (module: Int32, node: NodeID)? {
        // The nodes of modules follow each other.
        var (low, high) = (0, modules.count)
        while low < high {
            let middle = (low + high) / 2
            if modules[middle].nodeBase + modules[middle].ids.lowest <= place.rawValue {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard place != .none, low > 0 else { return nil }
        let node = NodeID(place.rawValue - modules[low - 1].nodeBase)
        return modules[low - 1].ids.contains(node) ? (Int32(low - 1), node) : nil
    }
}
