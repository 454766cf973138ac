import ReuseSyntax

/// Parses a text for a test.
func parsed(_ text: String) -> ParseResult {
    var symbols = SymbolTable()
    return parse(SourceText(id: SourceID(0), name: "test.reuse", bytes: Array(text.utf8)), symbols: &symbols)
}

/// The codes of what is wrong with a text, in its order.
func codes(_ text: String) -> [String] { parsed(text).diagnostics.map(\.kind.code) }

/// The first problem of a text, its help lines joined.
func firstProblem(_ text: String) -> (code: String, message: String, help: String, span: String) {
    guard let problem = parsed(text).diagnostics.first else { return ("", "", "", "") }
    let span = problem.primary.map {
        SourceText(id: SourceID(0), name: "", bytes: Array(text.utf8)).text(of: $0.location.span)
    }
    return (problem.kind.code, problem.message, problem.help.joined(separator: "|"), span ?? "")
}

/// The statements of a text as S-expressions.
func dump(_ text: String) -> String {
    var symbols = SymbolTable()
    let result = parse(SourceText(id: SourceID(0), name: "test.reuse", bytes: Array(text.utf8)), symbols: &symbols)
    if let problem = result.diagnostics.first { return "\(problem.kind.code): \(problem.message)" }
    let dumper = Dumper(tree: result.tree, symbols: symbols)
    return result.tree.statements.map { dumper.form($0) }.joined(separator: "\n")
}

struct Dumper {
    let tree: SyntaxTree
    let symbols: SymbolTable

    func name(_ raw: Int32) -> String { raw < 0 ? "_" : symbols[Symbol(raw)] }

    func list(_ start: Int32, _ count: Int32) -> [String] { tree.children(start, count).map { form($0) } }

    func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    func make(_ head: String, _ parts: [String]) -> String { "(" + ([head] + parts).joined(separator: " ") + ")" }

    /// The names behind `over`, whose count stands at a place.
    func over(_ place: Int32) -> [String] {
        place < 0 ? [] : list(place + 1, tree.extra[Int(place)]).map { "over-" + $0 }
    }

    func form(_ id: Int32) -> String {
        guard id >= 0 else { return "_" }
        let node = tree[NodeID(id)]
        let extra = tree.extra
        switch node.kind {
        case .error: return "error"
        case .number: return number(tree.numbers[Int(node.a)])
        case .percent: return "%"
        case .period: return "\(node.a)\(node.detail == 4 ? "Q" : "M")\(node.b)"
        case .text: return make("text", list(node.a, node.b))
        case .textPart: return "'" + tree.texts[Int(node.a)] + "'"
        case .boolean: return node.detail == 1 ? "true" : "false"
        case .noneLiteral: return "none"
        case .name: return name(node.a)
        case .route: return "\(name(node.a))->\(name(node.b))"
        case .paren: return make("paren", [form(node.a)])
        case .list: return make("list", list(node.a, node.b))
        case .keyed: return make("keyed", list(node.a, node.b))
        case .keyedItem: return make(form(node.a), [form(node.b)] + (node.c < 0 ? [] : [form(node.c)]))
        case .keyRange: return form(node.a) + ".." + form(node.b)
        case .record: return make("record", list(node.a, node.b))
        case .recordField: return make(name(node.a), [form(node.b)])
        case .localLet: return make(name(node.a), over(node.c) + [form(node.b)])
        case .pick: return name(node.a) + ":" + form(node.b)
        case .membership: return make("in", [form(node.a), form(node.b)])
        case .lambda: return make("fn", ["[" + list(node.a, node.b).joined(separator: " ") + "]", form(node.c)])
        case .parameter:
            return name(node.a) + (node.b < 0 ? "" : ":" + form(node.b)) + (node.c < 0 ? "" : "=" + form(node.c))
        case .block: return make("block", list(node.a, node.b))
        case .quantity: return make("of", [form(node.a)] + list(node.b, node.c))
        case .unitPower: return name(node.a) + (node.b == 1 ? "" : "^\(node.b)")
        case .sum, .product:
            let signs = ["+", "-", "*", "/"]
            let operands = list(node.a, node.b)
            var text = "(" + operands[0]
            for index in 1..<operands.count {
                text += " " + signs[Int(tree.operators[Int(node.c) + index - 1].rawValue)] + " " + operands[index]
            }
            return text + ")"
        case .conjunction: return make("and", list(node.a, node.b))
        case .disjunction: return make("or", list(node.a, node.b))
        case .negate: return make("-", [form(node.a)])
        case .not: return make("not", [form(node.a)])
        case .power: return make("^", [form(node.a), form(node.b)])
        case .range: return make("to", [form(node.a), form(node.b)])
        case .comparison:
            let sign = ["<", "<=", ">", ">=", "==", "!="][Int(node.detail)]
            return make(sign, [form(node.a), form(node.b)] + (node.c < 0 ? [] : ["within", form(node.c)]))
        case .shownAs: return make("as", [form(node.a), form(node.b)])
        case .every: return make("every", [form(node.a), form(node.b)])
        case .growing: return make("growing", [form(node.a), form(node.b), form(node.c)])
        case .conditional: return make("if", list(node.a, node.b))
        case .call: return make("call", [form(node.a)] + list(node.b, node.c))
        case .argument:
            return (node.a < 0 ? "" : name(node.a) + ":") + form(node.b) + (node.c < 0 ? "" : form(node.c))
        case .reduction: return "{where " + form(node.a) + " over " + name(node.b) + "}"
        case .index: return make("at", [form(node.a)] + list(node.b, node.c))
        case .member: return form(node.a) + "." + name(node.b)
        case .under: return make("under", [form(node.a), name(node.b)])
        case .aged: return make("aged", [form(node.a), form(node.b)])
        case .namedType: return name(node.a)
        case .anyType: return "any-" + name(node.a)
        case .listType: return "[" + form(node.a) + "]"
        case .recordType: return "{" + list(node.a, node.b).joined(separator: " ") + "}"
        case .functionType: return make("fn", list(node.a, node.b) + ["->", form(node.c)])
        case .dimensionType: return list(node.a, node.b).joined(separator: "*")
        case .dimensionPower:
            let power = node.b == 1 && node.c == 1 ? "" : "^\(node.b)" + (node.c == 1 ? "" : "/\(node.c)")
            return (node.a < 0 ? "1" : name(node.a)) + power
        case .model: return make("model", [form(node.a)])
        case .horizon: return make("horizon", [form(node.a), form(node.b), form(node.c)])
        case .extend: return make("extend", [form(node.a)])
        case .useModule: return make("use", [name(node.a)] + list(node.b, node.c))
        case .useFile: return make("use", [form(node.a), name(node.b)])
        case .unit: return make("unit", [name(node.a), form(node.b), form(node.c)])
        case .indexDeclaration:
            return make("index", [name(node.a)] + (node.detail == 1 ? ["like"] : []) + list(node.b, node.c))
        case .source: return make("source", [name(node.a), form(node.b)])
        case .assume:
            let at = Int(node.c)
            let axes = (0..<Int(extra[at + 2])).map { form(extra[at + 3 + $0]) }
            return make(
                "assume",
                [name(node.a)] + over(node.c + 3 + extra[at + 2]) + axes.map { "per-" + $0 } + [
                    form(extra[at]), form(node.b), form(extra[at + 1]),
                ])
        case .let:
            return make(
                "let",
                [name(node.a)] + over(node.c + 2) + [
                    form(extra[Int(node.c)]), form(node.b), form(extra[Int(node.c) + 1]),
                ])
        case .function:
            let at = Int(node.c)
            let parameters = (0..<Int(extra[at + 1])).map { form(extra[at + 2 + $0]) }
            return make(
                node.detail == 1 ? "extern" : "fn",
                [name(node.a), "[" + parameters.joined(separator: " ") + "]", form(extra[at]), form(node.b)])
        case .cite: return make("source", [name(node.a)] + (node.b < 0 ? [] : [form(node.b)]))
        case .fieldBlock: return "{" + list(node.a, node.b).joined(separator: " ") + "}"
        case .field:
            let at = extra[Int(node.c)]
            let cite = extra[Int(node.c) + 1]
            return make(
                name(node.a), [form(node.b)] + (at < 0 ? [] : ["at", form(at)]) + (cite < 0 ? [] : [form(cite)]))
        case .show:
            let at = Int(node.c)
            let axes = (0..<Int(extra[at + 1])).map { form(extra[at + 2 + $0]) }
            return make(
                "show",
                list(node.a, node.b) + (axes.isEmpty ? [] : ["by"] + axes)
                    + (extra[at] < 0 ? [] : ["in", form(extra[at])]))
        case .trace: return make("trace", [form(node.a), form(node.b)])
        case .consistent: return make("consistent", [form(node.a)])
        case .assert: return make("assert", [form(node.a), form(node.b)])
        case .expressionStatement: return form(node.a)
        case .market, .stock, .supply, .routeDeclaration, .policy, .scenario, .compare, .target, .attribute,
            .sensitivity, .solve, .correlate, .data, .projection, .calibrate, .ban, .later:
            return make(name(node.a), list(node.b, node.c))
        case .root: return make("root", list(node.a, node.b))
        case .patch: return make(String(UnicodeScalar(node.detail)), [form(node.a), form(node.b)])
        }
    }
}
