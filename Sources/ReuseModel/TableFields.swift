import ReuseSyntax
import ReuseTables

/// What a `data` statement says of how its table is written, and of which rows count.
extension DataCollector {
    /// Reads a field of those that are no values; nil where it is none of them, else what is wrong with it, if anything.
    mutating func readTableField(
        _ label: String, _ value: NodeID, _ tree: SyntaxTree, _ request: inout TableRequest,
        _ encoding: inout TableEncoding?
    ) -> (problem: String, help: String)?? {
        switch label {
        case "missing":
            guard let texts = literalTexts(value, tree) else { return nil }
            request.missing = texts
        case "dates":
            guard tree[value].kind == .text else { return nil }
            guard let dates = TableDates(literalText(value, in: tree)) else {
                let known = TableDates.texts.map { "\"\($0)\"" }
                return (
                    "times are written in one of these ways: " + known.joined(separator: ", "), "dates: \(known[0])"
                )
            }
            request.dates = dates
        case "encoding":
            guard tree[value].kind == .text else { return nil }
            guard let known = TableEncoding(literalText(value, in: tree)) else {
                return (
                    "the encodings that are known are "
                        + TableEncoding.texts.map { "\"\($0)\"" }.joined(separator: ", "),
                    "encoding: \"gb18030\""
                )
            }
            encoding = known
        case "where":
            request.condition = TableCondition()
            guard readCondition(value, tree, &request.condition) else {
                return ("`where` compares columns with texts", "where: column(\"Flow\") == \"Export\"")
            }
        default: return nil
        }
        return .some(nil)
    }

    /// A text, or a list of texts. A number stands for its text.
    func literalTexts(_ id: NodeID, _ tree: SyntaxTree) -> [String]? {
        let node = tree[id]
        switch node.kind {
        case .paren: return literalTexts(tree.operand(node), tree)
        case .text: return [literalText(id, in: tree)]
        case .number: return [String(tree.number(node))]
        case .negate where tree[tree.operand(node)].kind == .number:
            return [String(-tree.number(tree.operand(node)))]
        case .list:
            var texts: [String] = []
            for item in tree.elements(node) {
                guard tree[item].kind != .list, let own = literalTexts(item, tree) else { return nil }
                texts += own
            }
            return texts.isEmpty ? nil : texts
        default: return nil
        }
    }

    /// `column("Flow") == "Export" and not (column("Partner") == "World" or ...)`
    private func readCondition(_ id: NodeID, _ tree: SyntaxTree, _ condition: inout TableCondition) -> Bool {
        let node = tree[id]
        switch node.kind {
        case .paren: return readCondition(tree.operand(node), tree, &condition)
        case .not:
            guard readCondition(tree.operand(node), tree, &condition) else { return false }
            condition.steps.append(.not)
            return true
        case .conjunction, .disjunction:
            let operands = tree.elements(node)
            for operand in operands { guard readCondition(operand, tree, &condition) else { return false } }
            condition.steps.append(node.kind == .conjunction ? .all(operands.count) : .any(operands.count))
            return true
        case .comparison:
            let comparison = tree.comparison(node)
            guard case .heading(let heading)? = columnCall(comparison.left, "column", tree),
                comparison.tolerance.isNone, comparison.sign == .equal || comparison.sign == .notEqual,
                tree[comparison.right].kind == .text
            else { return false }
            condition.steps.append(.isAny(heading: heading, texts: [tree.literal(comparison.right)]))
            if comparison.sign == .notEqual { condition.steps.append(.not) }
            return true
        case .membership:
            let membership = tree.membership(node)
            guard case .heading(let heading)? = columnCall(membership.value, "column", tree),
                tree[membership.list].kind == .list,
                let texts = literalTexts(membership.list, tree)
            else { return false }
            condition.steps.append(.isAny(heading: heading, texts: texts))
            return true
        default: return false
        }
    }

    /// What `column("Qty", missing: 0)` and `columns(except: "2022 growth")` say beside the heading; false where something else
    /// stands there.
    func readOptions(
        of call: NodeID, _ tree: SyntaxTree, _ fill: inout Double?, _ exceptions: inout [String]
    ) -> Bool {
        for raw in tree.call(call).arguments {
            let argument = tree.argument(raw)
            guard let label = argument.label else { continue }
            switch model.symbols[label] {
            case "missing":
                guard let value = plainNumber(argument.value, tree) else { return false }
                fill = value
            case "except":
                guard let texts = literalTexts(argument.value, tree) else { return false }
                exceptions += texts
            default: return false
            }
        }
        return true
    }

    private func plainNumber(_ id: NodeID, _ tree: SyntaxTree) -> Double? {
        let node = tree[id]
        switch node.kind {
        case .paren: return plainNumber(tree.operand(node), tree)
        case .negate: return plainNumber(tree.operand(node), tree).map { -$0 }
        case .number: return tree.number(node)
        default: return nil
        }
    }
}
