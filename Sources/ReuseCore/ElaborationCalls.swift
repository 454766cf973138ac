import ReuseModel
import ReuseSyntax

/// Calls: of functions, of builtins, and of what holds a function.
extension Elaboration {
    func call(_ id: NodeID, _ node: Node) -> ExpressionID {
        if !core.model.columns.isEmpty, core.model.columns[place(id).rawValue] != nil {
            return add(.column(place(id)), id)
        }
        let call = tree.call(node)
        if case .declaration(let target) = core.model.resolution(call.callee, in: module) {
            let declaration = core.model.declarations[Int(target.rawValue)]
            if let builtin = declaration.builtin { return builtinCall(builtin, target, id, node) ?? add(.missing, id) }
            if declaration.kind == .function { return functionCall(target, id, node) }
        }
        let callee = expression(call.callee)
        return add(.apply(callee, list(call.arguments.map { tree.argument($0).value })), id)
    }

    private func functionCall(_ target: DeclarationID, _ id: NodeID, _ node: Node) -> ExpressionID {
        let arguments = tree.call(node).arguments
        if arguments.count == core.model.parameterNodes(of: target).count,
            arguments.allSatisfy({ tree.argument($0).label == nil })
        {
            // The common case: one value for each parameter, in order.
            return add(.call(target, list(arguments.map { tree.argument($0).value })), id)
        }
        guard let values = matched(target, node) else { return add(.missing, id) }
        return add(.call(target, core.list(values)), id)
    }

    /// By parameter: the value that a call gives it, or none.
    private func matched(_ target: DeclarationID, _ node: Node) -> [ExpressionID]? {
        self.arguments(of: target, node)?.map { $0.isNone ? .none : expression(tree.argument($0).value) }
    }

    /// By parameter: the argument of a call, or none.
    private func arguments(of target: DeclarationID, _ node: Node) -> [NodeID]? {
        core.model.match(core.model.parameters(of: target).map { ($0.symbol, $0.hasDefault) }, call: node, in: module)?
            .arguments
    }

    private func labels(of node: Node) -> [String] {
        tree.call(node).arguments.map { tree.argument($0).label.map { core.model.symbols[$0] } ?? "" }
    }

    private func values(of node: Node) -> [NodeID] { tree.call(node).arguments.map { tree.argument($0).value } }

    // MARK: Builtins

    private func builtinCall(_ builtin: Builtin, _ target: DeclarationID, _ id: NodeID, _ node: Node) -> ExpressionID? {
        let arguments = values(of: node)
        guard let first = arguments.first else { return nil }
        if let operation = builtin.unaryOperation { return add(.unary(operation, expression(first)), id) }
        if builtin.isDistribution { return distribution(builtin, id, node) }
        switch builtin {
        case .fail: return add(.fail(expression(first)), id)
        case .map, .filter:
            guard let values = matched(target, node) else { return nil }
            return add(builtin == .map ? .map(values[0], values[1]) : .filter(values[0], values[1]), id)
        case .fold:
            guard let values = matched(target, node) else { return nil }
            return add(.fold(values[0], initial: values[1], values[2]), id)
        case .sort: return add(.listOperation(.sort, expression(first), .none), id)
        case .length: return add(.listOperation(.length, expression(first), .none), id)
        case .range:
            guard arguments.count > 1 else { return nil }
            let low = expression(first)
            return add(.listOperation(.range, low, expression(arguments[1])), id)
        case .sum: return reduction(.sum, .sum, id, node)
        case .mean: return reduction(.mean, .mean, id, node)
        case .values: return reduction(.values, nil, id, node)
        case .min: return arguments.count > 1 ? extremum(.minimum, arguments, id) : reduction(.min, .minimum, id, node)
        case .max: return arguments.count > 1 ? extremum(.maximum, arguments, id) : reduction(.max, .maximum, id, node)
        case .median: return statistic(.median, .median, arguments, id)
        case .sd: return statistic(.deviation, .deviation, arguments, id)
        case .quantile:
            guard arguments.count > 1, isList(first) else { return statistic(.quantile, nil, arguments, id) }
            let list = expression(first)
            return add(.listOperation(.quantile, list, expression(arguments[1])), id)
        case .expected: return statistic(.expected, nil, arguments, id)
        case .probability: return statistic(.probability, nil, arguments, id)
        case .skewness: return statistic(.skewness, nil, arguments, id)
        case .covariance: return statistic(.covariance, nil, arguments, id)
        case .correlation: return statistic(.correlation, nil, arguments, id)
        case .cumulative: return add(.overTime(.cumulative, expression(first)), id)
        case .total: return add(.overTime(.total, expression(first)), id)
        case .first_time: return add(.overTime(.firstTime, expression(first)), id)
        case .previous: return previous(id, node)
        case .interpolate:
            guard let values = self.arguments(of: target, node), !values[1].isNone else { return nil }
            let word = tree.argument(values[1]).value
            guard tree[word].kind == .name, let kind = Interpolation(rawValue: core.model.symbols[tree.name(word)])
            else {
                return nil
            }
            return add(.interpolated(expression(tree.argument(values[0]).value), kind), id)
        case .extend_series:
            guard let values = matched(target, node) else { return nil }
            return add(.extended(values[0], hold: values[1], trend: values[2]), id)
        case .rebase:
            guard let values = matched(target, node) else { return nil }
            return add(.rebased(values[0], onto: values[1], at: values[2]), id)
        case .weibull_life, .lognormal_life, .normal_life, .fixed_life, .survival:
            guard let lifetime = lifetime(builtin, node) else { return nil }
            core.lifetimes.append(lifetime)
            return add(.lifetime(Int32(truncatingIfNeeded: core.lifetimes.count - 1)), id)
        default: return nil
        }
    }

    private func isList(_ id: NodeID) -> Bool { core.model.types.isList(core.model.type(of: id, in: module)) }

    /// The least or the most of several values, from left to right.
    private func extremum(_ operation: ChainStep.Operation, _ arguments: [NodeID], _ id: NodeID) -> ExpressionID {
        let first = expression(arguments[0])
        let steps = arguments.dropFirst().map { raw in
            ChainStep(operation: operation, isUnit: false, operand: expression(raw), place: place(id))
        }
        return add(.chain(first, core.chain(steps)), id)
    }

    private func reduction(
        _ kind: ReductionOverAxis.Kind, _ ofList: ListOperation?, _ id: NodeID, _ node: Node
    ) -> ExpressionID? {
        guard let raw = tree.call(node).arguments.first else { return nil }
        let argument = tree.argument(raw)
        if argument.reduction.isNone, isList(argument.value) {
            return ofList.map { add(.listOperation($0, expression(argument.value), .none), id) }
        }
        var own = ReductionOverAxis(kind: kind, value: expression(argument.value), condition: .none, axis: .indexes)
        if !argument.reduction.isNone {
            let clause = tree.reduction(argument.reduction)
            own.condition = expression(clause.condition)
            if let symbol = clause.axis {
                if core.model.symbols[symbol] == "time" {
                    own.axis = .time
                } else if let index = core.model.index(named: symbol) {
                    own.axis = .index(index)
                } else {
                    return nil
                }
            }
        }
        core.reductions.append(own)
        return add(.reduction(Int32(truncatingIfNeeded: core.reductions.count - 1)), id)
    }

    private func statistic(
        _ statistic: SampleStatistic, _ ofList: ListOperation?, _ arguments: [NodeID], _ id: NodeID
    ) -> ExpressionID? {
        let first = expression(arguments[0])
        if isList(arguments[0]) { return ofList.map { add(.listOperation($0, first, .none), id) } }
        let needsSecond = statistic.isOfPair || statistic == .quantile
        guard !needsSecond || arguments.count > 1 else { return nil }
        return add(.statistic(statistic, first, needsSecond ? expression(arguments[1]) : .none), id)
    }

    private func previous(_ id: NodeID, _ node: Node) -> ExpressionID {
        var (value, span, otherwise) = (ExpressionID.none, ExpressionID.none, ExpressionID.none)
        for (position, raw) in tree.call(node).arguments.enumerated() {
            let argument = tree.argument(raw)
            if let label = argument.label, core.model.symbols[label] == "else" {
                otherwise = expression(argument.value)
            } else if position == 0 {
                value = expression(argument.value)
            } else {
                span = expression(argument.value)
            }
        }
        return add(.previous(value, span: span, otherwise: otherwise), id)
    }

    private func distribution(_ builtin: Builtin, _ id: NodeID, _ node: Node) -> ExpressionID? {
        guard let (distribution, order) = Distribution.of(builtin, labels: labels(of: node)) else { return nil }
        let arguments = values(of: node)
        let parameters = order.compactMap { $0 }.map { arguments[$0] }
        return add(.draw(distribution, list(parameters)), id)
    }

    // MARK: Lifetimes

    func lifetime(_ builtin: Builtin, _ node: Node) -> Lifetime? {
        guard let (form, order) = LifetimeForm.of(builtin, labels: labels(of: node)) else { return nil }
        let arguments = values(of: node)
        if form == .survival {
            guard let table = table(arguments[0]) else { return nil }
            return Lifetime(form: form, arguments: [], order: [], table: table)
        }
        return Lifetime(form: form, arguments: arguments.map { expression($0) }, order: order, table: [])
    }

    /// Shares by age, as they are written; nil for what is no table.
    func table(_ id: NodeID) -> [(age: ExpressionID, share: ExpressionID)]? {
        guard tree[id].kind == .keyed else { return nil }
        return tree.elements(id).map { raw in
            let item = tree.keyedItem(raw)
            return (expression(item.key), expression(item.value))
        }
    }
}
