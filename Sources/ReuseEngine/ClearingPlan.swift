import ReuseCore
import ReuseModel

/// Where a clearing finds its numbers and where its results go.
///
/// Indexes of which each combination clears on its own are *separate*. An index that a supply's yield has and its volume has
/// not (grades of what is collected) is *joint*: its combinations clear together, since every unit collected gives all.
struct ClearingPlan: Sendable {
    enum Source: Sendable {
        case constant(Double)
        /// A definition and its indexes.
        case definition(Int, indexes: [Int])
    }

    /// A market at members of the joint indexes; a supply at those that its own yield does not join; a route.
    struct Instance: Sendable {
        var subject: Int
        /// Member of each joint index, or -1.
        var members: [Int]
    }

    struct Output: Sendable {
        var kind: ClearedResult
        var subject: Int
        var definition: Int
        var indexes: [Int]
    }

    var network: ClearingNetwork
    var separate: [Int] = []
    var joint: [Int] = []
    /// By field in the order of `MarketField`, then by market, supply or route.
    var sources: [[Source]] = MarketField.allCases.map { _ in [] }
    var nodes: [Instance] = []
    var suppliers: [Instance] = []
    var arcs: [Instance] = []
    /// For each supplier its outputs: where each yield is read, as members of the joint indexes.
    var yields: [(supply: Int, members: [Int])] = []
    var outputs: [Output] = []
    var indexCount = 0
    /// Where markets, supplies and routes are declared, numbered over all texts.
    var places: [MarketOwner: [Place]] = [:]
}

extension CurveForm {
    init(_ curve: Network.Curve) {
        switch curve {
        case .fixed: self = .fixed
        case .isoelastic: self = .isoelastic
        case .linear: self = .linear
        }
    }
}
