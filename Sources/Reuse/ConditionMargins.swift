import ReuseModel
import ReuseSyntax

/// A condition as comparisons of numbers that are joined by `and`, `or` and `not`. The differences of their sides tell by how
/// much it holds, or fails.
struct ConditionMargins {
    private indirect enum Part {
        case all([Part])
        case any([Part])
        case not(Part)
        case comparison(Int)
        /// What is no comparison of numbers: it holds or not.
        case truth(Int)
    }

    struct Comparison {
        var node: NodeID
        var kind: ReuseSyntax.Comparison
        /// Places of its sides among the wanted values, and of what `within` allows.
        var left: Int
        var right: Int
        var within: Int?
        /// `within` is a share of the right side.
        var isShare = false
    }

    private var root = Part.all([])
    private(set) var comparisons: [Comparison] = []
    /// Expressions whose values are asked for.
    private(set) var wanted: [NodeID] = []
    /// Whether it is all made of comparisons of numbers.
    private(set) var isWhole = true

    init(_ condition: NodeID, in module: Int32, _ model: Model) {
        root = part(condition, model.tree(module), module, model)
    }

    private mutating func part(_ id: NodeID, _ tree: SyntaxTree, _ module: Int32, _ model: Model) -> Part {
        let node = tree[id]
        switch node.kind {
        case .paren: return part(tree.operand(node), tree, module, model)
        case .not: return .not(part(tree.operand(node), tree, module, model))
        case .conjunction:
            return .all(tree.elements(node).map { part($0, tree, module, model) })
        case .disjunction:
            return .any(tree.elements(node).map { part($0, tree, module, model) })
        case .comparison:
            let written = tree.comparison(node)
            guard model.types.isNumber(model.type(of: written.left, in: module)) else { break }
            var comparison = Comparison(
                node: id, kind: written.sign, left: want(written.left), right: want(written.right), within: nil)
            if !written.tolerance.isNone {
                let type = model.type(of: written.tolerance, in: module)
                comparison.isShare = model.types.dimension(type).map { model.describe($0) == "a pure number" } ?? false
                comparison.within = want(written.tolerance)
            }
            comparisons.append(comparison)
            return .comparison(comparisons.count - 1)
        default: break
        }
        isWhole = false
        return .truth(want(id))
    }

    private mutating func want(_ node: NodeID) -> Int {
        wanted.append(node)
        return wanted.count - 1
    }

    /// By how much it holds, or fails where that is below 0: the least of what is joined by `and`, the greatest of what is
    /// joined by `or`. Each difference is divided by its comparison's `scale`. Not a number where the sides that decide have
    /// no value.
    func margin(scales: [Double]? = nil, _ value: (Int) -> Double) -> Double { margin(root, scales, value) }

    private func margin(_ part: Part, _ scales: [Double]?, _ value: (Int) -> Double) -> Double {
        switch part {
        case .not(let inner): return -margin(inner, scales, value)
        case .comparison(let number):
            return margin(of: comparisons[number], value) / (scales?[number] ?? 1)
        case .truth(let place):
            let holds = value(place)
            return holds.isNaN ? holds : holds != 0 ? 1 : -1
        case .all(let parts):
            // As `and` does, what follows something that fails is not asked.
            var least = Double.infinity
            for part in parts {
                let own = margin(part, scales, value)
                if own.isNaN { return least < 0 ? least : own }
                least = min(least, own)
            }
            return least
        case .any(let parts):
            var greatest = -Double.infinity
            for part in parts {
                let own = margin(part, scales, value)
                if own.isNaN { return greatest >= 0 ? greatest : own }
                greatest = max(greatest, own)
            }
            return greatest
        }
    }

    func margin(of comparison: Comparison, _ value: (Int) -> Double) -> Double {
        let difference = value(comparison.left) - value(comparison.right)
        switch comparison.kind {
        case .greater, .greaterOrEqual: return difference
        case .less, .lessOrEqual: return -difference
        case .equal: return allowed(comparison, value) - difference.magnitude
        case .notEqual: return difference.magnitude - allowed(comparison, value)
        }
    }

    private func allowed(_ comparison: Comparison, _ value: (Int) -> Double) -> Double {
        guard let place = comparison.within else { return 0 }
        return value(place) * (comparison.isShare ? value(comparison.right).magnitude : 1)
    }
}
