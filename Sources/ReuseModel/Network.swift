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

/// What a field or a result belongs to.
public enum MarketOwner: UInt8, Sendable { case market, supply, route, whole }

/// In what a field or a result is measured: a number, goods in a time, money for one of the goods, or money in a time.
public enum MarketMeasure: UInt8, Sendable { case number, quantity, price, money }

/// The fields of markets, supplies and routes that hold numbers.
public enum MarketField: UInt8, CaseIterable, Sendable {
    case demand, demandPrice, demandElasticity, vat, tax, demandSubsidy, importQuota
    case volume, volumePrice, supplyElasticity, yield, supplyCost, levy, supplySubsidy, supplyCapacity
    case routeCost, exportTax, tariff, duty, loss, routeCapacity

    public var owner: MarketOwner {
        if rawValue < MarketField.volume.rawValue { return .market }
        return rawValue < MarketField.routeCost.rawValue ? .supply : .route
    }

    /// As a script writes it. A reference price stands behind `at`.
    public var label: String {
        switch self {
        case .demand, .demandPrice: "demand"
        case .volume, .volumePrice: "volume"
        case .demandElasticity, .supplyElasticity: "elasticity"
        case .vat: "vat"
        case .tax: "tax"
        case .demandSubsidy, .supplySubsidy: "subsidy"
        case .importQuota: "import_quota"
        case .yield: "yield"
        case .supplyCost, .routeCost: "cost"
        case .levy: "levy"
        case .supplyCapacity, .routeCapacity: "capacity"
        case .exportTax: "export_tax"
        case .tariff: "tariff"
        case .duty: "duty"
        case .loss: "loss"
        }
    }

    /// Its path behind the name of what it belongs to.
    public var path: String { isReferencePrice ? label + ".price" : label }
    public var isReferencePrice: Bool { self == .demandPrice || self == .volumePrice }

    public var measure: MarketMeasure {
        switch self {
        case .demand, .volume, .importQuota, .supplyCapacity, .routeCapacity: .quantity
        case .demandPrice, .volumePrice, .tax, .demandSubsidy, .supplyCost, .supplySubsidy, .routeCost, .duty: .price
        case .demandElasticity, .supplyElasticity, .vat, .yield, .levy, .exportTax, .tariff, .loss: .number
        }
    }

    /// What holds where it is not given: no limit is infinite.
    public var fallback: Double {
        switch self {
        case .importQuota, .supplyCapacity, .routeCapacity: .infinity
        case .yield: 1
        default: 0
        }
    }

    /// Whether it has a value where it is not given: a curve has none.
    var hasFallback: Bool { ![.demand, .volume, .demandElasticity, .supplyElasticity].contains(self) }

    /// Whether it is a rate of the price without an upper end.
    var isRate: Bool { self == .vat || self == .tariff }

    /// A limit may be `none`.
    public var isLimit: Bool { fallback == .infinity }

    /// The field of a label, not counting reference prices.
    static func field(_ label: String, of owner: MarketOwner) -> MarketField? {
        allCases.first { $0.owner == owner && $0.label == label && !$0.isReferencePrice }
    }

    static func labels(of owner: MarketOwner) -> [String] {
        allCases.filter { $0.owner == owner && !$0.isReferencePrice }.map { $0.label }
            + (owner == .route ? [] : ["form"])
    }
}

/// What clearing gives, by the names that a script reads it with.
public enum ClearedResult: UInt8, CaseIterable, Sendable {
    case price, consumption, supplied, imports, exports, spending, taxRevenue, consumerSurplus, quotaRent, unsold,
        welfare
    case collected, offered, rejected, revenue, levyRevenue, producerSurplus
    case flow, arrived, value, landedValue, freight, tariffRevenue, exportTaxRevenue, rent
    case totalWelfare

    public var owner: MarketOwner {
        if rawValue < ClearedResult.collected.rawValue { return .market }
        if rawValue < ClearedResult.flow.rawValue { return .supply }
        return rawValue < ClearedResult.totalWelfare.rawValue ? .route : .whole
    }

    public var name: String {
        switch self {
        case .price: "price"
        case .consumption: "consumption"
        case .supplied: "supplied"
        case .imports: "imports"
        case .exports: "exports"
        case .spending: "spending"
        case .taxRevenue: "tax_revenue"
        case .consumerSurplus: "consumer_surplus"
        case .quotaRent: "quota_rent"
        case .unsold: "unsold"
        case .welfare, .totalWelfare: "welfare"
        case .collected: "collected"
        case .offered: "offered"
        case .rejected: "rejected"
        case .revenue: "revenue"
        case .levyRevenue: "levy_revenue"
        case .producerSurplus: "producer_surplus"
        case .flow: "flow"
        case .arrived: "arrived"
        case .value: "value"
        case .landedValue: "landed_value"
        case .freight: "freight"
        case .tariffRevenue: "tariff_revenue"
        case .exportTaxRevenue: "export_tax_revenue"
        case .rent: "rent"
        }
    }

    public var measure: MarketMeasure {
        switch self {
        case .price, .quotaRent, .rent: .price
        case .consumption, .supplied, .imports, .exports, .unsold, .collected, .offered, .rejected, .flow, .arrived:
            .quantity
        default: .money
        }
    }

    /// Whether it has the index of a joint product (grades) too: what is collected is one for all grades.
    public var hasProducts: Bool {
        switch self {
        case .collected, .rejected, .levyRevenue, .revenue, .producerSurplus, .totalWelfare: false
        default: true
        }
    }

    static func results(of owner: MarketOwner) -> [ClearedResult] { allCases.filter { $0.owner == owner } }
}
