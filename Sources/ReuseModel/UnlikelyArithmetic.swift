import ReuseSyntax

/// What an input says where something else is far likelier to be meant: `5-8%`, `200 + 10%`, `vat: 20`.
extension InputCheck {
    /// Two literals and the sign between them.
    private struct Pair {
        var left: (text: String, value: Double, isPercent: Bool)
        var right: (text: String, value: Double, isPercent: Bool)
        var isDifference: Bool

        /// `5-8%` and `5% - 8%`: what they are is a low and a high end.
        var looksLikeRange: Bool {
            let low = left.isPercent || !right.isPercent ? left.value : left.value / 100
            return isDifference && low > 0 && low < right.value
        }

        /// `200 + 10%`: the percent are not of the 200. Of 1, or of other percent, they are.
        var mixesPercent: Bool { left.isPercent != right.isPercent && left.value != 1 && right.value != 1 }
    }

    mutating func warnOfArithmetic(in id: DeclarationID) {
        let declaration = model[id]
        guard let pair = pair(declaration.value, in: declaration.valueModule) else { return }
        let place = model.location(declaration.value, in: declaration.valueModule)
        let value = pair.left.value + (pair.isDifference ? -pair.right.value : pair.right.value)
        let result = pair.left.isPercent && pair.right.isPercent ? text(value * 100) + "%" : text(value)
        if pair.looksLikeRange {
            report(.unlikelyArithmetic("this is a difference, \(result)", at: place, help: rangeHelp(pair)))
        } else if pair.mixesPercent {
            let whole = pair.left.isPercent ? pair.right : pair.left
            let share = pair.left.isPercent ? pair.left : pair.right
            report(
                .unlikelyArithmetic(
                    "this is \(result), since `\(share.text)` is the number \(text(abs(share.value)))", at: place,
                    help: [
                        "a share of \(whole.text) more or less is `\(whole.text) * (1 + \(share.text))`",
                        "a range of that width is "
                            + "`\(text(whole.value * (1 - abs(share.value)))) to \(text(whole.value * (1 + abs(share.value))))`",
                    ]))
        }
    }

    /// `vat: 20`: a rate of the price that may be any number, where 20% is far likelier to be meant than 2000%.
    mutating func warnOfRate(in id: DeclarationID) {
        let declaration = model[id]
        guard let field = MarketField(rawValue: UInt8(truncatingIfNeeded: declaration.number)), field.isRate,
            let rate = literal(declaration.value, model.tree(declaration.valueModule)),
            !rate.isPercent, rate.value >= 2, rate.value.isFinite
        else { return }
        report(
            .unlikelyArithmetic(
                "this is \(text(rate.value * 100))%",
                at: model.location(declaration.value, in: declaration.valueModule),
                help: ["a rate is written `\(field.label): \(rate.text)%`"]))
    }

    private func rangeHelp(_ pair: Pair) -> [String] {
        let low = pair.right.isPercent && !pair.left.isPercent ? pair.left.text + "%" : pair.left.text
        return ["a range is written `\(low) to \(pair.right.text)`"]
    }

    private func pair(_ id: NodeID, in module: Int32) -> Pair? {
        guard !id.isNone else { return nil }
        let tree = model.tree(module)
        let sum = tree[id]
        guard sum.kind == .sum, tree.chain(sum).operands.count == 2 else { return nil }
        let operands = tree.chain(sum).operands.map { literal($0, tree) }
        guard let left = operands[0], let right = operands[1], left.value.isFinite, right.value.isFinite else {
            return nil
        }
        return Pair(left: left, right: right, isDifference: tree.chain(sum).sign(before: 1) == .subtract)
    }

    /// A number, with a sign perhaps.
    private func literal(_ id: NodeID, _ tree: SyntaxTree) -> (text: String, value: Double, isPercent: Bool)? {
        let node = tree[id]
        switch node.kind {
        case .negate:
            return literal(tree.operand(node), tree).map { ($0.text, -$0.value, $0.isPercent) }
        case .number:
            guard let source = model.sources.first(where: { $0.id == tree.source }) else { return nil }
            let isPercent = node.traits.contains(.percent)
            return (source.text(of: node.span), tree.number(node), isPercent)
        default: return nil
        }
    }

    /// A number as somebody would write it: six digits.
    private func text(_ value: Double) -> String {
        var scale = 1.0
        while scale < 1e6, (value * scale).magnitude < 1e5 { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15 ? "\(Int64(rounded))" : "\(rounded)"
    }
}

extension TypeChecker {
    /// `total(x[2025])`: the value of one year, summed over all of them.
    mutating func warnOfTotal(_ argument: NodeID) {
        let node = tree[argument]
        guard node.kind == .index, let key = tree.index(node).picks.last, tree[key].kind != .keyRange,
            model.types.isTime(model.type(of: key, in: module))
        else { return }
        let (whole, period) = (model.text(tree.index(node).base, in: module), model.text(key, in: module))
        report(
            .unlikelyArithmetic(
                "`\(model.text(argument, in: module))` is one value, which counts in every period here",
                at: model.location(argument, in: module),
                help: ["of \(period) alone: `total(\(whole)[\(period)..\(period)])`"]))
    }
}

extension Diagnostic {
    fileprivate static func unlikelyArithmetic(_ message: String, at place: Location, help: [String]) -> Diagnostic {
        Diagnostic(.unlikelyArithmetic, severity: .warning, message, at: Label(place), help: help)
    }
}
