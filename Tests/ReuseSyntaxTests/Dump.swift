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

    func name(_ symbol: Symbol?) -> String { symbol.map { symbols[$0] } ?? "_" }

    func list(_ list: NodeList) -> [String] { list.map { form($0) } }

    /// What a clause says behind its word; nothing where it does not stand.
    func clause(_ word: String, _ id: NodeID) -> [String] { id.isNone ? [] : [word, form(id)] }

    func ifAny(_ id: NodeID) -> [String] { id.isNone ? [] : [form(id)] }

    func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    func make(_ head: String, _ parts: [String]) -> String { "(" + ([head] + parts).joined(separator: " ") + ")" }

    func form(_ id: NodeID) -> String {
        guard !id.isNone else { return "_" }
        let node = tree[id]
        switch node.kind {
        case .error: return "error"
        case .number: return number(tree.number(node))
        case .percent: return "%"
        case .period:
            let period = tree.period(node)
            return "\(period.year)\(period.division == 4 ? "Q" : "M")\(period.part)"
        case .textPart: return "'" + tree.textPart(node) + "'"
        case .boolean: return node.isTrue ? "true" : "false"
        case .noneLiteral: return "none"
        case .name, .namedType: return name(tree.name(node))
        case .route: return "\(name(tree.route(node).from))->\(name(tree.route(node).to))"
        case .paren: return make("paren", [form(tree.operand(node))])
        case .text, .list, .keyed, .record, .block, .root: return make("\(node.kind)", list(tree.elements(node)))
        case .conjunction: return make("and", list(tree.elements(node)))
        case .disjunction: return make("or", list(tree.elements(node)))
        case .recordType, .fieldBlock: return "{" + list(tree.elements(node)).joined(separator: " ") + "}"
        case .dimensionType: return list(tree.elements(node)).joined(separator: "*")
        case .keyedItem:
            let item = tree.keyedItem(node)
            return make(form(item.key), [form(item.value)] + ifAny(item.cite))
        case .keyRange: return form(tree.keyRange(node).first) + ".." + form(tree.keyRange(node).last)
        case .recordField: return make(name(tree.recordField(node).name), [form(tree.recordField(node).value)])
        case .localLet:
            let local = tree.localLet(node)
            return make(name(local.name), list(local.over).map { "over-" + $0 } + [form(local.value)])
        case .pick: return name(tree.pick(node).index) + ":" + form(tree.pick(node).member)
        case .membership: return make("in", [form(tree.membership(node).value), form(tree.membership(node).list)])
        case .lambda:
            let lambda = tree.lambda(node)
            return make("fn", ["[" + list(lambda.parameters).joined(separator: " ") + "]", form(lambda.body)])
        case .parameter:
            let parameter = tree.parameter(node)
            return name(parameter.name) + (parameter.type.isNone ? "" : ":" + form(parameter.type))
                + (parameter.standard.isNone ? "" : "=" + form(parameter.standard))
        case .quantity: return make("of", [form(tree.quantity(node).literal)] + list(tree.quantity(node).units))
        case .unitPower:
            let power = tree.unitPower(node)
            return name(power.unit) + (power.exponent == 1 ? "" : "^\(power.exponent)")
        case .sum, .product:
            let signs = ["+", "-", "*", "/"]
            let chain = tree.chain(node)
            let operands = list(chain.operands)
            var text = "(" + operands[0]
            for index in 1..<operands.count {
                text += " " + signs[Int(chain.sign(before: index).rawValue)] + " " + operands[index]
            }
            return text + ")"
        case .negate: return make("-", [form(tree.operand(node))])
        case .not: return make("not", [form(tree.operand(node))])
        case .power: return make("^", [form(tree.power(node).base), form(tree.power(node).exponent)])
        case .range: return make("to", [form(tree.range(node).low), form(tree.range(node).high)])
        case .comparison:
            let comparison = tree.comparison(node)
            let sign = ["<", "<=", ">", ">=", "==", "!="][Int(comparison.sign.rawValue)]
            return make(
                sign, [form(comparison.left), form(comparison.right)] + clause("within", comparison.tolerance))
        case .shownAs: return make("as", [form(tree.shownAs(node).value), form(tree.shownAs(node).unit)])
        case .every: return make("every", [form(tree.every(node).rate), form(tree.every(node).step)])
        case .growing:
            let growing = tree.growing(node)
            return make("growing", [form(growing.value), form(growing.rate), form(growing.from)])
        case .conditional: return make("if", list(tree.conditional(node).parts))
        case .call: return make("call", [form(tree.call(node).callee)] + list(tree.call(node).arguments))
        case .argument:
            let argument = tree.argument(node)
            return (argument.label == nil ? "" : name(argument.label) + ":") + form(argument.value)
                + (argument.reduction.isNone ? "" : form(argument.reduction))
        case .reduction:
            return "{where " + form(tree.reduction(node).condition) + " over " + name(tree.reduction(node).axis) + "}"
        case .index: return make("at", [form(tree.index(node).base)] + list(tree.index(node).picks))
        case .member: return form(tree.member(node).base) + "." + name(tree.member(node).name)
        case .under: return make("under", [form(tree.under(node).value), name(tree.under(node).scenario)])
        case .aged: return make("aged", [form(tree.aged(node).value), form(tree.aged(node).age)])
        case .anyType: return "any-" + name(tree.name(node))
        case .listType: return "[" + form(tree.operand(node)) + "]"
        case .functionType:
            return make("fn", list(tree.functionType(node).parameters) + ["->", form(tree.functionType(node).result)])
        case .dimensionPower:
            let power = tree.dimensionPower(node)
            let isPlain = power.numerator == 1 && power.denominator == 1
            return (power.unit == nil ? "1" : name(power.unit))
                + (isPlain ? "" : "^\(power.numerator)" + (power.denominator == 1 ? "" : "/\(power.denominator)"))
        default: return statement(node)
        }
    }

    private func statement(_ node: Node) -> String {
        switch node.kind {
        case .model, .extend, .consistent: return make("\(node.kind)", [form(tree.operand(node))])
        case .horizon:
            let horizon = tree.horizon(node)
            return make("horizon", [form(horizon.first), form(horizon.last), form(horizon.step)])
        case .useModule: return make("use", [name(tree.useModule(node).module)] + list(tree.useModule(node).names))
        case .useFile: return make("use", [form(tree.useFile(node).path), name(tree.useFile(node).name)])
        case .unit:
            let unit = tree.unit(node)
            return make("unit", [name(unit.name), form(unit.definition), form(unit.cite)])
        case .indexDeclaration:
            let index = tree.indexDeclaration(node)
            return make("index", [name(index.name)] + (index.isLike ? ["like"] : []) + list(index.names))
        case .source: return make("source", [name(tree.source(node).name), form(tree.source(node).value)])
        case .assume, .let:
            let definition = tree.definition(node)
            return make(
                "\(node.kind)",
                [name(definition.name)] + list(definition.over).map { "over-" + $0 }
                    + list(definition.per).map { "per-" + $0 }
                    + [form(definition.type), form(definition.value), form(definition.cite)])
        case .function:
            let function = tree.function(node)
            return make(
                function.isExtern ? "extern" : "fn",
                [
                    name(function.name), "[" + list(function.parameters).joined(separator: " ") + "]",
                    form(function.result), form(function.body),
                ])
        case .cite: return make("source", [name(tree.cite(node).source)] + ifAny(tree.cite(node).note))
        case .field:
            let field = tree.field(node)
            return make(name(field.name), [form(field.value)] + clause("at", field.at) + ifAny(field.cite))
        case .show:
            let show = tree.show(node)
            let axes = list(show.axes)
            return make("show", list(show.values) + (axes.isEmpty ? [] : ["by"] + axes) + clause("in", show.point))
        case .trace: return make("trace", [form(tree.trace(node).value), form(tree.trace(node).point)])
        case .assert:
            return make("assert", [form(tree.assertion(node).condition), form(tree.assertion(node).message)])
        case .expressionStatement: return form(tree.operand(node))
        case .market, .stock:
            return make("\(node.kind)", [form(tree.namedBlock(node).name), form(tree.namedBlock(node).block)])
        case .supply:
            let supply = tree.supply(node)
            return make("supply", [form(supply.name), "in", form(supply.market), form(supply.block)])
        case .routeDeclaration:
            let routes = tree.routes(node)
            return make("route", [form(routes.from)] + list(routes.to) + ifAny(routes.block))
        case .policy:
            let policy = tree.policy(node)
            let after = list(policy.after)
            return make(
                "policy",
                [form(policy.name)] + ifAny(policy.title) + (after.isEmpty ? [] : ["after"] + after)
                    + clause("from", policy.from) + clause("until", policy.until) + clause("over", policy.over)
                    + list(policy.changes))
        case .scenario:
            let scenario = tree.scenario(node)
            return make(
                "scenario",
                [form(scenario.name)] + ifAny(scenario.title) + list(scenario.policies) + list(scenario.changes))
        case .compare:
            let compare = tree.compare(node)
            return make(
                "compare", list(compare.scenarios) + ["on"] + list(compare.values) + clause("in", compare.point))
        case .target:
            let target = tree.target(node)
            return make(
                "target",
                [form(target.name)] + ifAny(target.title) + [form(target.condition)] + clause("from", target.from)
                    + clause(target.from.isNone ? "by" : "until", target.until) + clause("with", target.share))
        case .attribute:
            let attribute = tree.attribute(node)
            let among = list(attribute.among)
            return make(
                "attribute",
                [form(attribute.value)] + (among.isEmpty ? [] : ["among"] + among) + clause("in", attribute.point))
        case .sensitivity:
            let sensitivity = tree.sensitivity(node)
            return make(
                "sensitivity",
                [form(sensitivity.value)] + clause("in", sensitivity.point) + clause("by", sensitivity.method))
        case .solve:
            let solve = tree.solve(node)
            return make(
                "solve",
                [form(solve.name), form(solve.path)] + clause("in", solve.range) + [
                    "so", "that", form(solve.condition),
                ]
            )
        case .correlate:
            return make("correlate", list(tree.correlate(node).paths) + clause("at", tree.correlate(node).value))
        case .data:
            let data = tree.data(node)
            return make(
                "data",
                [form(data.name)] + clause("from", data.path) + clause(data.isQuery ? "query" : "table", data.selection)
                    + [form(data.block)] + ifAny(data.cite))
        case .projection:
            let projection = tree.projection(node)
            return make(
                "projection",
                [form(projection.name)] + ifAny(projection.title) + [form(projection.block)] + ifAny(projection.cite))
        case .calibrate:
            let calibrate = tree.calibrate(node)
            return make(
                "calibrate",
                list(calibrate.paths) + ["so", "that", form(calibrate.value)] + clause("fits", calibrate.data))
        case .ban: return make("ban", [form(tree.operand(node))])
        case .later: return make(name(tree.later(node).word), list(tree.later(node).children))
        case .patch:
            let patch = tree.patch(node)
            return make(["=", "+", "-", "*", "/"][Int(patch.sign.rawValue)], [form(patch.path), form(patch.value)])
        default: return "\(node.kind)"
        }
    }
}
