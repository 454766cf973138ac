import ReuseSyntax

/// How `sensitivity` finds out what drives a value. The first is taken where none is named.
public enum SensitivityMethod: String, CaseIterable, Sendable {
    case rank, tornado, sobol, morris, shapley
}

extension Model {
    /// What a `sensitivity` command names.
    public func sensitivity(_ id: NodeID, in module: Int32) -> (expression: NodeID, time: NodeID?, method: NodeID?) {
        let tree = modules[Int(module)].tree
        let children = tree.children(tree[id].b, tree[id].c).map { NodeID($0) }
        var time: NodeID?
        var method: NodeID?
        // After the expression words and what they say take turns.
        for place in stride(from: 1, to: children.count - 1, by: 2) {
            let word = tree[children[place]].kind == .name ? symbols[Symbol(tree[children[place]].a)] : ""
            if word == "in" { time = children[place + 1] }
            if word == "by" { method = children[place + 1] }
        }
        return (children.first ?? .none, time, method)
    }
}
