import ReuseCore
import ReuseModel

/// Where a stock finds its numbers and where its results go.
struct CohortPlan: Sendable {
    struct Output: Sendable {
        var kind: StockResult
        var definition: Int
    }

    /// A term of the inflow that enters at an age.
    struct Part: Sendable {
        var value: Int
        var age: Int
    }

    /// When a step's goods enter: shares of the step that are left at its end, and their weights.
    struct Arrival: Sendable {
        var offsets: [Double]
        var weights: [Double]
    }

    var stock: Int
    /// Nil for a plain level.
    var survival: SurvivalForm?
    /// The parameters are a mean and a standard deviation, of which those of the form are made.
    var isMoments = false
    /// Definitions of the parameters; of a table its ages, then its shares.
    var parameters: [Int] = []
    var arrival = Arrival(offsets: [0.5], weights: [1])
    var endsOnShrink = false
    /// Definitions of fields, or -1.
    var initial = -1
    var inflow = -1
    var outflow = -1
    var level = -1
    /// Ages of what there is at the start, with its shares where they are several.
    var initialAges: [Int] = []
    var initialShares: [Int] = []
    var parts: [Part] = []
    /// The inflow before policies, where it has parts: what they make of it they make of each part.
    var unpatchedInflow = -1
    /// Lifetimes or ages of entry go with the step in which goods enter.
    var variesByEntry = false
    /// Indexes over which lifetimes vary.
    var lifetimeIndexes: [Int] = []
    var outputs: [Output] = []
    /// Where the stock is named, and where its fields are written, for errors; the latter by `StockField`.
    var origin = Origin(Place(0))
    var fieldOrigins: [Origin] = []

    /// Rows that `CohortState` and `AgeTables` have at most: of each step what entered, by age of entry, and where they vary
    /// the parameters of its life; of each lifetime a table for each age of entry and of the initial stock.
    func workRows(steps: Int, combinations: Int, lifetimes: Int) -> Int {
        guard survival != nil else { return combinations * 8 }
        let entries = parts.count + 1
        let initials = initialAges.count + 1
        let perStep = entries + (variesByEntry ? parameters.count + parts.count : 0)
        let tables = 2 * (entries + initials) + 1
        return combinations * (8 + initials + steps * perStep) + lifetimes * (5 + parameters.count + steps * tables)
    }

    /// The points and weights of Gauss and Lobatto on 0 to 1, ten of them: the ends count.
    /// Abramowitz & Stegun (1964), table 25.6.
    static let spread: Arrival = {
        let x = [0.165278957666387, 0.477924949810444, 0.738773865105505, 0.919533908166459, 1.0]
        let w = [0.327539761183897, 0.292042683679684, 0.224889342063126, 0.133305990851070, 2.0 / 90.0]
        var offsets: [Double] = []
        var weights: [Double] = []
        for place in x.indices.reversed() {
            offsets.append((1 - x[place]) / 2)
            weights.append(w[place] / 2)
        }
        for place in x.indices {
            offsets.append((1 + x[place]) / 2)
            weights.append(w[place] / 2)
        }
        return Arrival(offsets: offsets, weights: weights)
    }()
}

extension CohortPlan.Arrival {
    init(_ arrival: Stock.Arrival) {
        switch arrival {
        case .start: self.init(offsets: [1], weights: [1])
        case .middle: self.init(offsets: [0.5], weights: [1])
        case .end: self.init(offsets: [0], weights: [1])
        case .spread: self = CohortPlan.spread
        }
    }
}
