import ReuseModel

/// The order in which a solver goes through a network. It rests on the numbers of a point and on what joins them, neither
/// on the order of declarations nor on names, so that these change no bit of what is found.
struct ClearingOrder: Equatable, Sendable {
    var nodes: [Int]
    var suppliers: [Int]
    var routes: [Int]

    /// As the network has them.
    init(declared network: ClearingNetwork) {
        nodes = Array(network.demandForms.indices)
        suppliers = Array(network.supplyForms.indices)
        routes = Array(network.routes.indices)
    }

    /// By size first, which seldom changes from step to step, then by all that tells one from another: its own numbers,
    /// those of what it is joined to, and so on for a few rounds. What is alike in all that keeps its place.
    init(_ network: ClearingNetwork, _ point: ClearingPoint) {
        self.init(declared: network)
        let routeMarks = routes.map { Self.mark(point, Self.routeFields, $0) }
        let supplierMarks = suppliers.map { supplier in
            Self.mark(point, Self.supplyFields, supplier, and: Double(network.supplyForms[supplier].rawValue))
        }
        var marks = nodes.map { node in
            Self.mark(
                point, Self.marketFields, node, and: Double(network.demandForms[node].map { $0.rawValue } ?? 9))
        }
        var offers = supplierMarks
        for _ in 0..<4 {
            var next = marks.map { Self.mixed($0) }
            for supplier in suppliers {
                var own = supplierMarks[supplier]
                for output in network.outputs[supplier] {
                    own &+= Self.mixed(marks[output.node] ^ point[.yield, output.yield].bitPattern)
                }
                offers[supplier] = own
                for output in network.outputs[supplier] { next[output.node] &+= Self.mixed(own &+ 1) }
            }
            for route in routes {
                let (from, to) = network.routes[route]
                next[from] &+= Self.mixed(Self.mixed(marks[to] &+ 2) ^ routeMarks[route])
                next[to] &+= Self.mixed(Self.mixed(marks[from] &+ 3) ^ routeMarks[route])
            }
            marks = next
        }
        nodes.sort { a, b in
            if point[.demand, a] != point[.demand, b] { return point[.demand, a] > point[.demand, b] }
            return marks[a] == marks[b] ? a < b : marks[a] < marks[b]
        }
        suppliers.sort { a, b in
            if point[.volume, a] != point[.volume, b] { return point[.volume, a] > point[.volume, b] }
            return offers[a] == offers[b] ? a < b : offers[a] < offers[b]
        }
        var rank = nodes
        for (place, node) in nodes.enumerated() { rank[node] = place }
        routes.sort { a, b in
            let (first, second) = (network.routes[a], network.routes[b])
            if first.from != second.from { return rank[first.from] < rank[second.from] }
            if first.to != second.to { return rank[first.to] < rank[second.to] }
            return routeMarks[a] == routeMarks[b] ? a < b : routeMarks[a] < routeMarks[b]
        }
    }

    /// A field that tells one market, supply or route from another, and the value that is not counted in a mark.
    private struct Mark {
        var field: MarketField
        var ignored: Double?
    }

    // A yield tells an output.
    private static let marketFields = marks(of: .market)
    private static let supplyFields = marks(of: .supply).filter { $0.field != .yield }
    private static let routeFields = marks(of: .route)

    private static func marks(of owner: MarketOwner) -> [Mark] {
        MarketField.allCases.filter { $0.owner == owner }.map {
            Mark(field: $0, ignored: first.contains($0) ? nil : $0.fallback)
        }
    }

    /// The fields that were there when marks were first made, which count even where they are not given. Any other counts
    /// where it says something, so that a field that is added changes no order, and with it no last bit, of models
    /// without it. Nothing is added here.
    private static let first: [MarketField] = [
        .demand, .demandPrice, .demandElasticity, .vat, .tax, .demandSubsidy, .importQuota, .volume, .volumePrice,
        .supplyElasticity, .supplyCost, .levy, .supplySubsidy, .supplyCapacity, .routeCost, .exportTax, .tariff, .duty,
        .loss, .routeCapacity,
    ]

    private static func mark(
        _ point: ClearingPoint, _ fields: [Mark], _ position: Int, and form: Double? = nil
    ) -> UInt64 {
        var result: UInt64 = 0x9E37_79B9_7F4A_7C15
        func add(_ value: Double) {
            // Nothing is nothing, whatever its sign.
            result = mixed(result ^ (value == 0 ? 0 : value.bitPattern))
        }
        for mark in fields where point[mark.field, position] != mark.ignored { add(point[mark.field, position]) }
        if let form { add(form) }
        return result
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
