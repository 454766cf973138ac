import ReuseSyntax

/// Types of the functions that make series of series.
extension ModelBuilder {
    /// The words that `interpolate` knows.
    static let interpolations = ["linear", "log_linear", "monotone", "spline"]

    /// `interpolate(s, kind)`: the kind is a word, not a value.
    mutating func inferInterpolation(_ target: DeclarationID, _ id: Int32, _ node: Node) -> TypeID {
        guard let match = match(model.parameters(of: target), node, target: target), match.arguments.count == 2 else {
            for raw in tree.children(node.b, node.c) where tree.nodes[Int(tree.nodes[Int(raw)].b)].kind != .name {
                infer(tree.nodes[Int(raw)].b)
            }
            return .unknown
        }
        let series = tree[match.arguments[0]]
        if series.c >= 0 { report(.noReductionHere("interpolate", at: location(NodeID(series.c), in: module))) }
        let type = infer(series.b)
        let kind = NodeID(tree[match.arguments[1]].b)
        let word = tree[kind].kind == .name ? model.symbols[Symbol(tree[kind].a)] : model.text(kind, in: module)
        if tree[kind].kind != .name || !Self.interpolations.contains(word) {
            report(
                .unknownInterpolation(
                    word, at: location(kind, in: module), nearest: nearest(to: word, among: Self.interpolations)))
        }
        return requireNumber(type, at: series.b, for: "`interpolate`") == nil ? .unknown : type
    }
}
