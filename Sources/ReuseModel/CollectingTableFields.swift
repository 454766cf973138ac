import ReuseSyntax
import ReuseTables

/// What a `data` statement says of how its table is written, and of which rows count.
extension ModelBuilder {
    /// Reads a field of those that are no values; nil where it is none of them, else what is wrong with it, if anything.
    mutating func readTableField(
        _ label: String, _ value: Int32, _ tree: SyntaxTree, _ request: inout TableRequest,
        _ encoding: inout TableEncoding?
    ) -> (problem: String, help: String)?? {
        switch label {
        case "missing":
            guard let texts = literalTexts(value, tree) else { return nil }
            request.missing = texts
        case "dates":
            guard tree.nodes[Int(value)].kind == .text else { return nil }
            guard let dates = TableDates(literalText(NodeID(value), in: tree)) else {
                let known = TableDates.texts.map { "\"\($0)\"" }
                return (
                    "times are written in one of these ways: " + known.joined(separator: ", "), "dates: \(known[0])"
                )
            }
            request.dates = dates
        case "encoding":
            guard tree.nodes[Int(value)].kind == .text else { return nil }
            guard let known = TableEncoding(literalText(NodeID(value), in: tree)) else {
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
    func literalTexts(_ id: Int32, _ tree: SyntaxTree) -> [String]? {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .paren: return literalTexts(node.a, tree)
        case .text: return [literalText(NodeID(id), in: tree)]
        case .number: return [String(tree.numbers[Int(node.a)])]
        case .negate where tree.nodes[Int(node.a)].kind == .number:
            return [String(-tree.numbers[Int(tree.nodes[Int(node.a)].a)])]
        case .list:
            var texts: [String] = []
            for item in tree.children(node.a, node.b) {
                guard tree.nodes[Int(item)].kind != .list, let own = literalTexts(item, tree) else { return nil }
                texts += own
            }
            return texts.isEmpty ? nil : texts
        default: return nil
        }
    }

    /// `column("Flow") == "Export" and not (column("Partner") == "World" or ...)`
    private func readCondition(_ id: Int32, _ tree: SyntaxTree, _ condition: inout TableCondition) -> Bool {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .paren: return readCondition(node.a, tree, &condition)
        case .not:
            guard readCondition(node.a, tree, &condition) else { return false }
            condition.steps.append(.not)
            return true
        case .conjunction, .disjunction:
            let operands = tree.children(node.a, node.b)
            for operand in operands { guard readCondition(operand, tree, &condition) else { return false } }
            condition.steps.append(node.kind == .conjunction ? .all(operands.count) : .any(operands.count))
            return true
        case .comparison:
            guard case .heading(let heading)? = columnCall(node.a, "column", tree), node.c < 0,
                let comparison = Comparison(rawValue: node.detail), comparison == .equal || comparison == .notEqual,
                tree.nodes[Int(node.b)].kind == .text
            else { return false }
            condition.steps.append(.isAny(heading: heading, texts: [literalText(NodeID(node.b), in: tree)]))
            if comparison == .notEqual { condition.steps.append(.not) }
            return true
        case .membership:
            guard case .heading(let heading)? = columnCall(node.a, "column", tree),
                tree.nodes[Int(node.b)].kind == .list,
                let texts = literalTexts(node.b, tree)
            else { return false }
            condition.steps.append(.isAny(heading: heading, texts: texts))
            return true
        default: return false
        }
    }

    /// What `column("Qty", missing: 0)` and `columns(except: "2022 growth")` say beside the heading; false where something else
    /// stands there.
    func readOptions(
        of call: Int32, _ tree: SyntaxTree, _ fill: inout Double?, _ exceptions: inout [String]
    ) -> Bool {
        let node = tree.nodes[Int(call)]
        for raw in tree.children(node.b, node.c) {
            let argument = tree.nodes[Int(raw)]
            guard argument.a >= 0 else { continue }
            switch model.symbols[Symbol(argument.a)] {
            case "missing":
                guard let value = plainNumber(argument.b, tree) else { return false }
                fill = value
            case "except":
                guard let texts = literalTexts(argument.b, tree) else { return false }
                exceptions += texts
            default: return false
            }
        }
        return true
    }

    private func plainNumber(_ id: Int32, _ tree: SyntaxTree) -> Double? {
        let node = tree.nodes[Int(id)]
        switch node.kind {
        case .paren: return plainNumber(node.a, tree)
        case .negate: return plainNumber(node.a, tree).map { -$0 }
        case .number: return tree.numbers[Int(node.a)]
        default: return nil
        }
    }
}
