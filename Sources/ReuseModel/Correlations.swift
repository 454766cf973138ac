import ReuseSyntax

/// `correlate a, b at 0.6`: inputs whose draws go together.
public struct Correlation: Sendable {
    public var node: NodeID
    public var module: Int32
    /// In order, each with the path that names it.
    public var inputs: [(declaration: DeclarationID, path: NodeID)]
    /// One number for all pairs, or a list of lists.
    public var value: NodeID
}

extension Model {
    /// The range or distribution that an input is and nothing else, but for units that it is in: `100 to 140 USD/phone`
    /// is a range in USD, divided by a phone. Nil where its value is anything more or less.
    public func distribution(of id: DeclarationID) -> (draw: NodeID, units: [NodeID])? {
        let declaration = self[id]
        guard !declaration.value.isNone else { return nil }
        let module = declaration.valueModule
        let tree = modules[Int(module)].tree
        var node = declaration.value
        var units: [NodeID] = []
        while true {
            switch tree[node].kind {
            case .paren, .shownAs: node = tree.operand(node)
            case .product:
                let operands = Array(tree.chain(node).operands)
                guard let first = operands.first,
                    operands.dropFirst().allSatisfy({ isUnit($0, tree, module) })
                else { return nil }
                units += operands.dropFirst().map { $0 }
                node = first
            default: return isDraw(node, tree, module) ? (node, units) : nil
            }
        }
    }

    /// A unit, or a power of one; a percentage sign.
    private func isUnit(_ id: NodeID, _ tree: SyntaxTree, _ module: Int32) -> Bool {
        let node = tree[id]
        switch node.kind {
        case .percent: return true
        case .power: return isUnit(tree.power(node).base, tree, module)
        case .name:
            if case .declaration(let target) = resolution(id, in: module) { return self[target].kind == .unit }
            return false
        default: return false
        }
    }

    /// Ranges and distributions in the value of an input.
    public func draws(in id: DeclarationID) -> [NodeID] {
        let declaration = self[id]
        guard !declaration.value.isNone else { return [] }
        let tree = modules[Int(declaration.valueModule)].tree
        return tree.subtree(of: declaration.value).filter { isDraw($0, tree, declaration.valueModule) }
    }

    private func isDraw(_ id: NodeID, _ tree: SyntaxTree, _ module: Int32) -> Bool {
        let node = tree[id]
        if node.kind == .range { return true }
        guard node.kind == .call, case .declaration(let target) = resolution(tree.call(node).callee, in: module) else {
            return false
        }
        return self[target].builtin?.isDistribution ?? false
    }

    /// What an input has a draw for each of, by `per grade, time`: a member of `grade`, a step.
    private func pointsOfDraws(of id: DeclarationID) -> [String] {
        let declaration = self[id]
        let tree = modules[Int(declaration.module)].tree
        let node = tree[declaration.node]
        guard declaration.kind == .assume, declaration.valueModule == declaration.module, node.kind == .assume
        else { return [] }
        return tree.definition(node).per.map { name in
            axis(named: tree.name(name)) == .time ? "step" : "member of `\(symbols[tree.name(name)])`"
        }
    }
}

extension PolicyCollector {
    /// What `correlate` names. Called once all inputs are known.
    mutating func collectCorrelations() {
        if correlations.isEmpty { return }
        let order = Dictionary(uniqueKeysWithValues: model.script.enumerated().map { ($1, $0) })
        func key(_ place: TextNode) -> (Int, Int32, Int32) {
            (order[model.home(of: place.module)] ?? 0, place.module, place.node.rawValue)
        }
        let statements = self.correlations.sorted { key($0) < key($1) }
        for place in statements {
            let tree = model.tree(place.module)
            let statement = tree.correlate(place.node)
            var inputs: [(declaration: DeclarationID, path: NodeID)] = []
            var isWhole = true
            for path in statement.paths {
                let targets = correlated(path, in: place.module)
                if targets.isEmpty { isWhole = false }
                for target in targets {
                    if let known = inputs.first(where: { $0.declaration == target }) {
                        report(
                            .correlatedWithItself(
                                model.name(target), at: model.location(path, in: place.module),
                                first: model.location(known.path, in: place.module)))
                        isWhole = false
                    } else {
                        inputs.append((target, path))
                    }
                }
            }
            guard isWhole else { continue }
            if inputs.count < 2 {
                report(.correlatedAlone(at: model.location(place.node, in: place.module)))
            } else if inputs.count > Limits.correlatedInputs {
                report(
                    .limit(
                        "at most \(Limits.correlatedInputs) inputs can be correlated with each other",
                        at: model.location(place.node, in: place.module)))
            } else {
                model.correlations.append(
                    Correlation(node: place.node, module: place.module, inputs: inputs, value: statement.value))
            }
        }
        checkPairs()
    }

    /// The inputs that a path means; empty after a report.
    private mutating func correlated(_ path: NodeID, in module: Int32) -> [DeclarationID] {
        let tree = model.tree(module)
        let node = tree[path]
        let words = model.text(path, in: module)
        switch node.kind {
        case .name:
            let found = model.find(tree.name(node), in: module)
            if found.isNone {
                var inputs: [String] = []
                for module in model.script {
                    for id in model.modules[Int(module)].scope.declarations where model[id].kind == .assume {
                        inputs.append(model.name(id))
                    }
                }
                report(
                    .unknownName(
                        words, at: model.location(path, in: module), nearest: nearest(to: words, among: inputs),
                        hint: nil))
                return []
            }
            if model[found].kind == .assume { return [found] }
            report(.correlatedNoInput(words, at: model.location(path, in: module), declared: model.nameLocation(found)))
            return []
        case .member: return targets(path, in: module)
        default:
            report(.correlatedPart(words, at: model.location(path, in: module)))
            return []
        }
    }

    /// Each pair has one correlation.
    private mutating func checkPairs() {
        struct Pair: Hashable {
            var first: DeclarationID
            var second: DeclarationID
        }
        var known: [Pair: Location] = [:]
        for correlation in model.correlations {
            let place = model.location(correlation.node, in: correlation.module)
            for (position, one) in correlation.inputs.enumerated() {
                for other in correlation.inputs[(position + 1)...] {
                    let pair = Pair(
                        first: min(one.declaration, other.declaration), second: max(one.declaration, other.declaration))
                    if let first = known[pair] {
                        report(
                            .correlatedTwice(
                                model.name(one.declaration), model.name(other.declaration), at: place, first: first))
                        return
                    }
                    known[pair] = place
                }
            }
        }
    }
}

extension TypeChecker {
    /// A correlation is a number, and a matrix one for each pair.
    mutating func inferCorrelations() {
        for correlation in model.correlations {
            enter(correlation.module)
            let value = correlation.value
            guard tree[value].kind == .list else {
                require(
                    infer(value, expecting: .number), toBe: .number, at: value, because: nil, as: "a correlation is")
                continue
            }
            let count = correlation.inputs.count
            let rows = Array(tree.elements(value))
            if rows.count != count {
                report(.correlationRows(count, rows.count, at: model.location(correlation.value, in: module)))
                continue
            }
            for row in rows {
                let node = tree[row]
                let entries = node.kind == .list ? Array(tree.elements(node)) : []
                if entries.count != count {
                    report(.correlationEntries(count, entries.count, at: model.location(row, in: module)))
                    continue
                }
                for entry in entries {
                    require(
                        infer(entry, expecting: .number), toBe: .number, at: entry, because: nil, as: "a correlation is"
                    )
                }
            }
        }
        settlePending()
    }
}

extension Model {
    /// Only what is one random variable can be correlated. What a host has set to a certain value still stands for one.
    func problemsOfCorrelations() -> [Diagnostic] {
        var problems: [Diagnostic] = []
        var reported: Set<DeclarationID> = []
        for correlation in correlations {
            for (id, path) in correlation.inputs where !reported.contains(id) {
                let place = location(path, in: correlation.module)
                let draws = self.draws(in: id)
                let per = pointsOfDraws(of: id)
                if draws.isEmpty, self[id].valueModule != self[id].module { continue }
                if draws.count == 1, per.isEmpty, distribution(of: id) != nil { continue }
                reported.insert(id)
                problems.append(
                    .notOneVariable(name(id), draws: draws.count, per: per, at: place, declared: nameLocation(id)))
            }
        }
        return problems
    }
}

extension Diagnostic {
    static func correlatedWithItself(_ name: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "`\(name)` cannot be correlated with itself", at: Label(place, "again here"),
            also: [Label(first, "first here")])
    }

    static func correlatedAlone(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "a correlation needs two inputs or more", at: Label(place),
            help: ["for example `correlate a, b at 0.6`"])
    }

    static func correlatedNoInput(_ name: String, at place: Location, declared: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "`\(name)` is no input: what is computed has the correlations of what it is made of",
            at: Label(place), also: [Label(declared, "declared here")],
            help: ["correlate the inputs, declared with `assume`, that it rests on"])
    }

    static func correlatedPart(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "`\(path)` is no whole input", at: Label(place),
            help: ["an input is correlated as a whole: give each part an input of its own"])
    }

    static func correlatedTwice(_ one: String, _ other: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "the correlation of `\(one)` and `\(other)` is given twice",
            at: Label(place, "again here"), also: [Label(first, "first here")])
    }

    static func correlationRows(_ wanted: Int, _ got: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "\(wanted) inputs need a matrix of \(wanted) rows; this has \(got)", at: Label(place),
            help: ["one number in place of a matrix holds for every pair"])
    }

    static func correlationEntries(_ wanted: Int, _ got: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation,
            got == 0
                ? "a row of the matrix is a list of \(wanted) numbers"
                : "a row of this matrix has \(wanted) numbers; this one has \(got)", at: Label(place))
    }

    static func notOneVariable(
        _ name: String, draws: Int, per: [String], at place: Location, declared: Location
    ) -> Diagnostic {
        let message: String
        var help: [String] = []
        if draws == 0 {
            message = "`\(name)` is not uncertain by itself, so it has no correlation"
            help = ["give it a range, such as `assume x = 10 to 20`"]
        } else if !per.isEmpty {
            let points = per.joined(separator: " and ")
            message = "`\(name)` has a draw for each \(points), so it is not one random variable"
            help = ["correlate inputs that have one draw for all"]
        } else if draws > 1 {
            message = "`\(name)` has \(draws) ranges, so it is not one random variable"
            help = ["give each range an input of its own, and correlate these"]
        } else {
            message = "`\(name)` is a formula around a range, so it may go up where the range goes down"
            help = ["give the range an input of its own, and correlate that"]
        }
        return Diagnostic(
            .wrongCorrelation, message, at: Label(place), also: [Label(declared, "declared here")], help: help)
    }
}
