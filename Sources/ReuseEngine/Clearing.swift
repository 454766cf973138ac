import ReuseModel

/// The curve a demand or a supply follows between its reference point and elsewhere.
enum CurveForm: UInt8, Sendable {
    case fixed, isoelastic, linear
}

/// The structure of a trade problem, the same at all points. A *node* is a market, or one market and one grade of a
/// joint product.
struct ClearingNetwork: Sendable {
    /// Per node; nil for a market without demand, which only passes goods through.
    var demandForms: [CurveForm?]
    /// Per supplier.
    var supplyForms: [CurveForm]
    /// Per supplier: the nodes it offers into. `yield` is the number of an output in the field `yield` of a point; joint products have
    /// several outputs.
    var outputs: [[(node: Int, yield: Int)]]
    /// Per route.
    var routes: [(from: Int, to: Int)]
}

/// The numbers of a trade problem at one point (step, sample, index combination), in base units. Limits that are none
/// are infinite. Numbers a form does not use (the elasticity of a fixed demand) are not looked at.
///
/// A field has a number for each node, supplier or route, and `yield` one for each output of `ClearingNetwork.outputs`.
struct ClearingPoint: Sendable {
    /// By field in the order of `MarketField`, then by what the field belongs to.
    var values: [Double] = []
    /// By field, where its values begin; then, how many there are.
    private(set) var starts = emptyStarts

    private static let emptyStarts = Array(repeating: 0, count: MarketField.allCases.count + 1)

    init() {}

    /// With the numbers of each field; one that is left out, but `yield`, holds everywhere what it is where it is not given.
    init(_ columns: [MarketField: [Double]]) {
        for field in MarketField.allCases {
            let count = columns.keys.filter { $0.owner == field.owner && $0 != .yield }.map { columns[$0]?.count ?? 0 }
            let absent = Array(repeating: field.fallback, count: field == .yield ? 0 : count.max() ?? 0)
            values += columns[field] ?? absent
            starts[Int(field.rawValue) + 1] = values.count
        }
    }

    subscript(_ field: MarketField, _ position: Int) -> Double {
        @inline(__always) get { values[starts[Int(field.rawValue)] + position] }
        @inline(__always) set { values[starts[Int(field.rawValue)] + position] = newValue }
    }

    /// All numbers of a field.
    subscript(_ field: MarketField) -> [Double] {
        get { Array(values[range(of: field)]) }
        set {
            let old = range(of: field)
            values.replaceSubrange(old, with: newValue)
            for number in Int(field.rawValue) + 1..<starts.count { starts[number] += newValue.count - old.count }
        }
    }

    func range(of field: MarketField) -> Range<Int> { starts[Int(field.rawValue)]..<starts[Int(field.rawValue) + 1] }
}

extension ClearingNetwork {
    /// How many nodes, suppliers or routes there are.
    func count(of owner: MarketOwner) -> Int {
        switch owner {
        case .market: demandForms.count
        case .supply: supplyForms.count
        case .route: routes.count
        case .whole: 1
        }
    }
}

/// Prices and quantities that clear all markets. One value serves many solves, so that its arrays are allocated once.
struct ClearingSolution: Sendable {
    // Per node.
    var price: [Double] = []
    /// Per unit that arrives.
    var quotaRent: [Double] = []
    var unsold: [Double] = []
    /// What is bought where it is not just what the curve says: buyers pay next to nothing there, and no number is close
    /// enough to the price. Else below nothing.
    var bought: [Double] = []
    // Per supplier.
    var collected: [Double] = []
    var netPrice: [Double] = []
    // Per route.
    /// What leaves the market the route starts from.
    var flow: [Double] = []
    /// Per unit that leaves.
    var rent: [Double] = []
    /// False where prices or flows are not determined; then prices are the lowest that support the trade, and flows
    /// the split of least squares. Which they are say `isOpenPrice`, per node, `isOpenFlow`, per route, and
    /// `isOpenSupply`, per supplier.
    var isUnique = true
    var isOpenPrice: [Bool] = []
    var isOpenFlow: [Bool] = []
    var isOpenSupply: [Bool] = []
    /// The worst scaled natural residual of all conditions.
    var residual = 0.0
}

/// What a route does.
enum ClearingBasis {
    enum Status: UInt8, Sendable {
        /// No flow.
        case idle
        /// A flow between nothing and the capacity.
        case basic
        /// At capacity.
        case full
    }
}

/// A solution of one point as a start for the solves of others, in the order of a layout. It must be a function of the
/// same step alone (the central run has it), so that no answer rests on what was solved before it.
struct ClearingHint: Sendable {
    /// Whose nodes and arcs the arrays are for; of use only where the gates agree.
    var layout: ClearingLayout
    var price: [Double]
    var isNothing: [UInt8]
    var status: [UInt8]
}

enum ClearingOutcome: Sendable {
    case solved
    case failed(ClearingFailure)
}

/// Fields that are shares.
package enum ClearingShare: UInt8, Hashable, Sendable { case vat, levy, loss, exportTax, tariff }

/// Why a point has no solution, or none was found.
struct ClearingFailure: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// The fixed demand of a node is above all that can be brought there; and where it is shared, those of others are, too.
        case demandAboveCapacity(isShared: Bool)
        /// A node with positive fixed or isoelastic demand that no supply can reach.
        case unreachable
        /// A demand that rises with the price.
        case demandElasticity
        /// A supply that falls with the price.
        case supplyElasticity
        /// The yields of a supplier sum to more than 100%.
        case yieldAboveOne
        /// A quantity, capacity or quota of a node, supplier or route below zero.
        case negativeQuantity(ClearingPlace)
        /// A number that is not finite, or is outside the range in which it has a meaning.
        case outOfRange(ClearingPlace)
        /// A share that would leave nothing, or less than that.
        case share(ClearingShare)
        /// Arrays that do not fit the network, or a network with an index that names nothing.
        case malformed
        /// No solution was found; the condition with the worst residual is at this place.
        case notConverged(ClearingPlace)
        /// The host stopped the run.
        case cancelled
    }

    var kind: Kind
    /// Of the node, supplier or route.
    var index: Int
    /// The worst scaled residual, where the search did not converge; what is missing in all, where a demand is above
    /// capacity; else the number complained of.
    var value: Double
}

enum ClearingPlace: UInt8, Sendable {
    case node, supplier, route
}

/// Rows of numbers that are freed with their owner; the one place where the clearing code allocates its workspaces.
/// Indices into them come from `ClearingLayout`, which has checked them.
final class ClearingMemory {
    private var blocks: [UnsafeMutableRawPointer] = []

    func reals(_ count: Int) -> UnsafeMutablePointer<Double> { row(count, 0) }
    func indices(_ count: Int) -> UnsafeMutablePointer<Int> { row(count, 0) }
    func bytes(_ count: Int) -> UnsafeMutablePointer<UInt8> { row(count, 0) }

    private func row<Element: BitwiseCopyable>(_ count: Int, _ zero: Element) -> UnsafeMutablePointer<Element> {
        let row = UnsafeMutablePointer<Element>.allocate(capacity: count + 1)
        row.initialize(repeating: zero, count: count + 1)
        blocks.append(UnsafeMutableRawPointer(row))
        return row
    }

    deinit {
        for block in blocks { block.deallocate() }
    }
}

/// Whether the host stopped the run; asked where a search may take long.
final class ClearingStop {
    var isCancelled: () -> Bool = { false }
    private var wasAsked = false

    /// At the start of a solve.
    func begin() { wasAsked = false }

    var isAsked: Bool {
        if !wasAsked { wasAsked = isCancelled() }
        return wasAsked
    }
}

/// Dense linear equations by elimination with row pivoting.
enum ClearingMatrix {
    /// Factors the first `count` rows of a matrix of row length `count` in place.
    static func factor(_ matrix: UnsafeMutablePointer<Double>, _ pivots: UnsafeMutablePointer<Int>, _ count: Int)
        -> Bool
    {
        for column in 0..<count {
            var best = column
            var size = matrix[column * count + column].magnitude
            for row in column + 1..<max(count, column + 1) {
                let candidate = matrix[row * count + column].magnitude
                if candidate > size {
                    size = candidate
                    best = row
                }
            }
            pivots[column] = best
            guard size > 1e-300, size < 1e300 else { return false }
            let top = matrix + column * count
            if best != column {
                let other = matrix + best * count
                for k in 0..<count { (top[k], other[k]) = (other[k], top[k]) }
            }
            let inverse = 1 / top[column]
            for row in column + 1..<max(count, column + 1) {
                let line = matrix + row * count
                guard line[column] != 0 else { continue }
                let multiplier = line[column] * inverse
                line[column] = multiplier
                for k in column + 1..<max(count, column + 1) { line[k] -= multiplier * top[k] }
            }
        }
        return true
    }

    /// Solves for one right-hand side in place.
    static func solve(
        _ matrix: UnsafeMutablePointer<Double>, _ pivots: UnsafeMutablePointer<Int>, _ count: Int,
        _ side: UnsafeMutablePointer<Double>
    ) {
        for column in 0..<count where pivots[column] != column {
            (side[column], side[pivots[column]]) = (side[pivots[column]], side[column])
        }
        for row in 1..<max(count, 1) {
            let line = matrix + row * count
            var sum = side[row]
            for k in 0..<row { sum -= line[k] * side[k] }
            side[row] = sum
        }
        var row = count - 1
        while row >= 0 {
            let line = matrix + row * count
            var sum = side[row]
            for k in row + 1..<max(count, row + 1) { sum -= line[k] * side[k] }
            side[row] = sum / line[row]
            row -= 1
        }
    }
}
