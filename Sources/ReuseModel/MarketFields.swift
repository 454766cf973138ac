/// What a field or a result belongs to.
public enum MarketOwner: UInt8, CaseIterable, Sendable { case market, supply, route, whole }

/// In what a field or a result is measured: a number, goods in a time, money for one of the goods, or money in a time.
public enum MarketMeasure: UInt8, Sendable { case number, quantity, price, money }

/// The fields of markets, supplies and routes that hold numbers. A field of its own is a case and its row.
public enum MarketField: UInt8, CaseIterable, Sendable {
    case demand, demandPrice, demandElasticity, vat, tax, demandSubsidy, importQuota
    case volume, volumePrice, supplyElasticity, yield, supplyCost, disposalCost, levy, supplySubsidy, supplyCapacity
    case routeCost, exportTax, tariff, duty, loss, routeCapacity

    private var row: Row {
        switch self {
        case .demand: Row(.market, "demand", .quantity, .needed, "`Q at P`, or `Q` where it is fixed")
        case .demandPrice: Row(.market, "demand", .price, .reference, "the price that a demand is known at")
        case .demandElasticity: Row(.market, "elasticity", .number, .needed, "of demand by the price, below 0")
        case .vat: Row(.market, "vat", .number, .rate, "a share of the price")
        case .tax: Row(.market, "tax", .price, .or(0), "for each, on top of the price")
        case .demandSubsidy: Row(.market, "subsidy", .price, .or(0), "for each, to the buyer")
        case .importQuota: Row(.market, "import_quota", .quantity, .limit, "the most that comes in")

        case .volume: Row(.supply, "volume", .quantity, .needed, "`Q at P`, or `Q` where it is fixed")
        case .volumePrice: Row(.supply, "volume", .price, .reference, "the price that a volume is known at")
        case .supplyElasticity: Row(.supply, "elasticity", .number, .needed, "of the volume by the price, above 0")
        case .yield: Row(.supply, "yield", .number, .or(1), "the share of what is collected that can be sold")
        case .supplyCost: Row(.supply, "cost", .price, .or(0), "for each that is collected")
        case .disposalCost: Row(.supply, "disposal_cost", .price, .or(0), "for each that cannot be sold")
        case .levy: Row(.supply, "levy", .number, .or(0), "a share of sales")
        case .supplySubsidy: Row(.supply, "subsidy", .price, .or(0), "for each, to the seller")
        case .supplyCapacity: Row(.supply, "capacity", .quantity, .limit, "the most that is collected")

        case .routeCost: Row(.route, "cost", .price, .or(0), "for each")
        case .exportTax: Row(.route, "export_tax", .number, .or(0), "a share of the price where it starts")
        case .tariff: Row(.route, "tariff", .number, .rate, "a share of price, export tax and cost")
        case .duty: Row(.route, "duty", .price, .or(0), "for each, where it ends")
        case .loss: Row(.route, "loss", .number, .or(0), "the share that does not arrive")
        case .routeCapacity: Row(.route, "capacity", .quantity, .limit, "the most that goes over it")
        }
    }

    /// What there is to know of a field.
    private struct Row {
        var owner: MarketOwner
        var label: String
        var measure: MarketMeasure
        var absence: Absence
        var summary: String

        init(
            _ owner: MarketOwner, _ label: String, _ measure: MarketMeasure, _ absence: Absence, _ summary: String
        ) {
            self.owner = owner
            self.label = label
            self.measure = measure
            self.absence = absence
            self.summary = summary
        }
    }

    /// What holds where a field is not given.
    public enum Absence: Equatable, Sendable {
        /// Nothing: it belongs to a curve, which is there with it only.
        case needed
        /// Nothing: a reference price, which stands behind `at` of the field with its label.
        case reference
        case or(Double)
        /// 0: a rate of the price, without an upper end.
        case rate
        /// No limit.
        case limit
    }

    public var owner: MarketOwner { row.owner }
    /// As a script writes it. A reference price stands behind `at`.
    public var label: String { row.label }
    public var measure: MarketMeasure { row.measure }
    public var absence: Absence { row.absence }
    /// What it is, in a line.
    public var summary: String { row.summary }

    /// Its path behind the name of what it belongs to.
    public var path: String { isReferencePrice ? label + ".price" : label }
    public var isReferencePrice: Bool { absence == .reference }

    /// What holds where it is not given: no limit is infinite.
    public var fallback: Double {
        switch absence {
        case .or(let value): value
        case .limit: .infinity
        case .needed, .reference, .rate: 0
        }
    }

    /// Whether it has a value where it is not given: a curve has none.
    var hasFallback: Bool { absence != .needed }

    /// Whether it is a rate of the price without an upper end.
    var isRate: Bool { absence == .rate }

    /// A limit may be `none`.
    public var isLimit: Bool { absence == .limit }

    /// The field of a label, not counting reference prices.
    static func field(_ label: String, of owner: MarketOwner) -> MarketField? {
        allCases.first { $0.owner == owner && $0.label == label && !$0.isReferencePrice }
    }

    /// What may stand in the block of a market, a supply or a route.
    public static func written(of owner: MarketOwner) -> [(label: String, summary: String)] {
        allCases.filter { $0.owner == owner && !$0.isReferencePrice }.map { ($0.label, $0.summary) }
            + (owner == .route ? [] : [("form", "`isoelastic` or `linear`")])
    }

    static func labels(of owner: MarketOwner) -> [String] { written(of: owner).map { $0.label } }
}

/// What clearing gives, by the names that a script reads it with. A result of its own is a case and its row.
public enum ClearedResult: UInt8, CaseIterable, Sendable {
    case price, consumption, supplied, imports, exports, spending, taxRevenue, subsidyCost, consumerSurplus, quotaRent,
        unsold, welfare
    case collected, offered, rejected, revenue, levyRevenue, supplySubsidyCost, producerSurplus
    case flow, arrived, value, landedValue, freight, tariffRevenue, exportTaxRevenue, rent
    case totalWelfare

    private var row: Row {
        switch self {
        case .price: Row(.market, "price", .price, "what a unit costs there, before its `vat`, `tax` and `subsidy`")
        case .consumption: Row(.market, "consumption", .quantity, "what buyers take there")
        case .supplied: Row(.market, "supplied", .quantity, "what suppliers offer there")
        case .imports: Row(.market, "imports", .quantity, "what arrives there from other markets")
        case .exports: Row(.market, "exports", .quantity, "what leaves it for other markets")
        case .spending:
            Row(.market, "spending", .money, "what buyers pay in all, with `vat` and `tax` and less `subsidy`")
        case .taxRevenue: Row(.market, "tax_revenue", .money, "what `vat` and `tax` bring in")
        case .subsidyCost: Row(.market, "subsidy_cost", .money, "what the `subsidy` of its buyers costs")
        case .consumerSurplus:
            Row(
                .market, "consumer_surplus", .money,
                "the area under the demand between what buyers pay and the reference price: its differences count, between scenarios that leave the demand as it is"
            )
        case .quotaRent: Row(.market, "quota_rent", .price, "the price of an import quota, for each unit")
        case .unsold: Row(.market, "unsold", .quantity, "what is left over where the price falls to 0")
        case .welfare: Row(.market, "welfare", .money, "surpluses, rents and public revenue that count there")

        case .collected: Row(.supply, "collected", .quantity, hasProducts: false, "what is collected")
        case .offered: Row(.supply, "offered", .quantity, "what of it can be sold")
        case .rejected: Row(.supply, "rejected", .quantity, hasProducts: false, "what of it cannot")
        case .revenue:
            Row(.supply, "revenue", .money, hasProducts: false, "what is offered, at the prices of its markets")
        case .levyRevenue: Row(.supply, "levy_revenue", .money, hasProducts: false, "what the `levy` brings in")
        case .supplySubsidyCost:
            Row(
                .supply, "subsidy_cost", .money, hasProducts: false,
                "what the `subsidy` costs, on all that is collected")
        case .producerSurplus:
            Row(
                .supply, "producer_surplus", .money, hasProducts: false,
                "the area above the supply, up to what a supplier earns for each")

        case .flow: Row(.route, "flow", .quantity, "what goes over it")
        case .arrived: Row(.route, "arrived", .quantity, "what of it arrives")
        case .value: Row(.route, "value", .money, "what goes over it, at the price where it starts")
        case .landedValue: Row(.route, "landed_value", .money, "what arrives, at the price where it ends")
        case .freight: Row(.route, "freight", .money, "the cost of all that goes over it")
        case .tariffRevenue: Row(.route, "tariff_revenue", .money, "what `tariff` and `duty` bring in")
        case .exportTaxRevenue: Row(.route, "export_tax_revenue", .money, "what `export_tax` brings in")
        case .rent: Row(.route, "rent", .price, "what a unit more of capacity would be worth")

        case .totalWelfare:
            Row(
                .whole, "welfare", .money, hasProducts: false,
                "all surpluses, rents and public revenue, less all subsidies; its differences count, as those of `consumer_surplus`"
            )
        }
    }

    /// What there is to know of a result.
    private struct Row {
        var owner: MarketOwner
        var name: String
        var measure: MarketMeasure
        var hasProducts: Bool
        var summary: String

        init(
            _ owner: MarketOwner, _ name: String, _ measure: MarketMeasure, hasProducts: Bool = true,
            _ summary: String
        ) {
            self.owner = owner
            self.name = name
            self.measure = measure
            self.hasProducts = hasProducts
            self.summary = summary
        }
    }

    public var owner: MarketOwner { row.owner }
    public var name: String { row.name }
    public var measure: MarketMeasure { row.measure }
    /// Whether it has the index of a joint product (grades) too: what is collected is one for all grades.
    public var hasProducts: Bool { row.hasProducts }
    /// What it is, in a line.
    public var summary: String { row.summary }

    public static func results(of owner: MarketOwner) -> [ClearedResult] { allCases.filter { $0.owner == owner } }
}
