import ReuseSyntax

/// The markets, supplies and routes of a script, which clear together at every point.
public struct Network: Sendable {
    /// What stands for all markets in a path, such as `China -> any`.
    static let anyMarket = "any"

    public struct Market: Sendable {
        public var declaration: DeclarationID
        /// Nil for a market without demand, which only passes goods through.
        public var curve: Curve?
        public var fields = Fields()
    }

    public struct Supply: Sendable {
        public var declaration: DeclarationID
        public var market: Int
        public var curve: Curve
        public var fields = Fields()
    }

    public struct Route: Sendable {
        public var from: Int
        public var to: Int
        /// `China -> Africa`.
        public var symbol: Symbol
        /// The statement that declares it.
        public var node: NodeID
        public var module: Int32
        public var fields = Fields()
    }

    public enum Curve: UInt8, Sendable { case fixed, isoelastic, linear }

    /// Declarations of the fields that are given, by field.
    public struct Fields: Sendable {
        private var declarations: [Int32] = Array(repeating: -1, count: MarketField.allCases.count)

        public internal(set) subscript(_ field: MarketField) -> DeclarationID {
            get { DeclarationID(declarations[Int(field.rawValue)]) }
            set { declarations[Int(field.rawValue)] = newValue.rawValue }
        }

        /// Declarations of all that are there.
        var given: [DeclarationID] { declarations.filter { $0 >= 0 }.map { DeclarationID($0) } }
    }

    public internal(set) var markets: [Market] = []
    public internal(set) var supplies: [Supply] = []
    public internal(set) var routes: [Route] = []
    /// The declaration that stands for clearing: it reads all fields, and every result reads it.
    public internal(set) var clearing = DeclarationID.none
    /// All results that can be read, each with its declaration.
    public private(set) var results: [Result] = []
    private var resultNumbers: [ResultKey: Int] = [:]
    /// Numbers of the indexes `markets`, `supplies` and `routes`, or -1.
    public internal(set) var indexes: [Int] = [-1, -1, -1]

    public struct Result: Sendable {
        public var kind: ClearedResult
        /// Number of the market, supply or route; -1 for a result of all of them together.
        public var subject: Int
        public var declaration: DeclarationID
    }

    private struct ResultKey: Hashable {
        var kind: ClearedResult
        var subject: Int
    }

    mutating func append(_ result: Result) {
        resultNumbers[ResultKey(kind: result.kind, subject: result.subject)] = results.count
        results.append(result)
    }

    /// A result of a market, supply or route; nil where it has no such result.
    public func result(_ kind: ClearedResult, of subject: Int) -> Result? {
        resultNumbers[ResultKey(kind: kind, subject: subject)].map { results[$0] }
    }

    public var isEmpty: Bool { clearing.isNone }

    /// How many things of a kind there are.
    public func count(of owner: MarketOwner) -> Int {
        switch owner {
        case .market: markets.count
        case .supply: supplies.count
        case .route: routes.count
        case .whole: 1
        }
    }
}
