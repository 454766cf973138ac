import ReuseSyntax

/// Types of the functions that make series of series.
extension TypeChecker {
    /// The words that `interpolate` knows.
    static let interpolations = ["linear", "log_linear", "monotone", "spline"]

    /// `interpolate(s, kind)`: the kind is a word, not a value.
    mutating func inferInterpolation(_ target: DeclarationID, _ id: NodeID, _ node: Node) -> TypeID {
        guard let match = match(model.parameters(of: target), node, target: target), match.arguments.count == 2 else {
            for raw in tree.call(node).arguments where tree[tree.argument(raw).value].kind != .name {
                infer(tree.argument(raw).value)
            }
            return .unknown
        }
        let series = tree.argument(match.arguments[0])
        if !series.reduction.isNone {
            report(.noReductionHere("interpolate", at: model.location(series.reduction, in: module)))
        }
        let type = infer(series.value)
        let kind = tree.argument(match.arguments[1]).value
        let word = tree[kind].kind == .name ? model.symbols[tree.name(kind)] : model.text(kind, in: module)
        if tree[kind].kind != .name || !Self.interpolations.contains(word) {
            report(
                .unknownInterpolation(
                    word, at: model.location(kind, in: module), nearest: nearest(to: word, among: Self.interpolations)))
        }
        return requireNumber(type, at: series.value, for: "`interpolate`") == nil ? .unknown : type
    }
}
