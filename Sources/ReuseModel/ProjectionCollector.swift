import ReuseSyntax

/// Projections: the data, each parameter that is given and each result become declarations of their own, named by their
/// paths (`shipments.data`, `shipments.rate`, `shipments.fit.capacity`).
struct ProjectionCollector: Collector {
    let statements: [TextNode]
    var model = Model()
    var problems = Problems()
    private(set) var parts = StatementParts()

    mutating func collect() {
        for place in statements { collectProjection(place.node, in: place.module) }
    }

    private mutating func collectProjection(_ statement: NodeID, in module: Int32) {
        let tree = model.tree(module)
        let projectionStatement = tree.projection(statement)
        let name = tree.name(projectionStatement.name)
        guard let declaration = declare(.projected, name, at: statement, in: module) else { return }
        let fields = fields(of: projectionStatement.block, in: module)
        let path = model.symbols[name]
        guard let data = fields["data"] else {
            if problems.hasSyntaxErrors { return }
            report(
                .projectionWithout(
                    "data", example: "data: [2022: 282.6M, 2023: 309.4M] phone/yr", at: model.nameLocation(declaration))
            )
            return
        }
        guard let method = fields["method"] else {
            if problems.hasSyntaxErrors { return }
            report(.projectionWithout("method", example: "method: compound()", at: model.nameLocation(declaration)))
            return
        }
        var projection = Projection(
            declaration: declaration, module: module,
            data: declarePart(path + ".data", tree.field(data).value, at: data, of: statement, in: module),
            holdout: .none, candidates: [], cite: projectionStatement.cite,
            methodNode: tree.field(method).value)
        if let holdout = fields["holdout"] {
            projection.holdout = declarePart(
                path + ".holdout", tree.field(holdout).value, at: holdout, of: statement, in: module)
        }
        collectMethods(tree.field(method).value, path, statement, &projection)
        guard !projection.candidates.isEmpty else { return }
        for part in projection.parts { model.projectionOfPart[model[part].symbol] = model.projections.count }
        model.projections.append(projection)
        declareResults(of: model.projections.count - 1, path, at: statement, in: module)
    }

    private mutating func fields(of block: NodeID, in module: Int32) -> [String: NodeID] {
        let tree = model.tree(module)
        let labels = ProjectionField.allCases.map { $0.label }
        var result: [String: NodeID] = [:]
        for id in tree.elements(block) {
            guard tree[id].kind == .field else { continue }
            let label = model.symbols[tree.name(id)]
            if !labels.contains(label) {
                report(
                    .noSuchField(
                        label, of: "a projection", labels: labels, at: model.location(id, in: module),
                        nearest: nearest(to: label, among: labels)))
            } else if let first = result[label] {
                report(
                    .redefined(
                        "the field `\(label)`", at: model.location(id, in: module),
                        first: model.location(first, in: module))
                )
            } else if !tree.field(id).at.isNone {
                report(.atOutsideQuantity(label, at: model.location(tree.field(id).at, in: module)))
            } else {
                result[label] = id
            }
        }
        return result
    }

    private mutating func declarePart(
        _ name: String, _ value: NodeID, at node: NodeID, of statement: NodeID, in module: Int32
    ) -> DeclarationID {
        let id = model.declareHidden(.let, name, value: value, at: node, in: module)
        parts.fields[model.modules[Int(module)].nodeBase + statement.rawValue, default: []].append(id)
        return id
    }

    // MARK: Methods

    private mutating func collectMethods(
        _ node: NodeID, _ path: String, _ statement: NodeID, _ projection: inout Projection
    ) {
        let module = projection.module
        let tree = model.tree(module)
        guard let name = calledName(node, in: module) else {
            report(.wrongMethod(at: model.location(node, in: module)))
            return
        }
        guard name == "choose" else {
            if let candidate = candidate(node, name, path, statement, module) { projection.candidates = [candidate] }
            return
        }
        var isWhole = true
        for raw in tree.call(node).arguments {
            let argument = tree.argument(raw).value
            guard let name = calledName(argument, in: module), name != "choose", tree.argument(raw).label == nil else {
                report(.wrongMethod(at: model.location(raw, in: module)))
                isWhole = false
                continue
            }
            guard let candidate = candidate(argument, name, path + "." + name, statement, module) else {
                isWhole = false
                continue
            }
            if let first = projection.candidates.first(where: { $0.method == candidate.method }) {
                report(
                    .redefined(
                        "the method `\(name)`", at: model.location(argument, in: module),
                        first: model.location(first.node, in: module)))
                isWhole = false
            }
            projection.candidates.append(candidate)
        }
        if projection.candidates.count < 2, isWhole {
            report(.nothingToChoose(at: model.location(node, in: module)))
            isWhole = false
        }
        if !isWhole { projection.candidates = [] }
    }

    /// The name in `name(...)`.
    private func calledName(_ node: NodeID, in module: Int32) -> String? {
        let tree = model.tree(module)
        guard tree[node].kind == .call, tree[tree.call(node).callee].kind == .name else { return nil }
        return model.symbols[tree.name(tree.call(node).callee)]
    }

    private mutating func candidate(
        _ node: NodeID, _ name: String, _ path: String, _ statement: NodeID, _ module: Int32
    ) -> Projection.Candidate? {
        let tree = model.tree(module)
        guard let method = ProjectionMethod.named(name) else {
            let names = ProjectionMethod.allCases.map { $0.label }
            report(
                .unknownMethod(
                    name, names: names, at: model.location(tree.call(node).callee, in: module),
                    nearest: nearest(to: name, among: names)))
            return nil
        }
        var given: [DeclarationID] = method.parameters.map { _ in .none }
        var isWhole = true
        for (position, raw) in tree.call(node).arguments.enumerated() {
            let argument = tree.argument(raw)
            let place = model.location(raw, in: module)
            let parameter: ProjectionParameter?
            if let label = argument.label {
                parameter = method.parameters.first { $0.label == model.symbols[label] }
            } else {
                parameter = position < method.writtenParameters.count ? method.writtenParameters[position] : nil
            }
            guard let parameter, argument.reduction.isNone, let number = method.parameters.firstIndex(of: parameter),
                given[number].isNone
            else {
                report(.wrongParameter(method, at: place))
                isWhole = false
                continue
            }
            let id = declarePart(
                path + "." + parameter.label, argument.value, at: raw, of: statement, in: module)
            model[id].number = Int32(parameter.rawValue)
            given[number] = id
        }
        return isWhole ? Projection.Candidate(method: method, node: node, parameters: given) : nil
    }

    // MARK: Results

    private mutating func declareResults(of number: Int, _ path: String, at node: NodeID, in module: Int32) {
        let projection = model.projections[number]
        func note(_ kind: ProjectionResult.Kind, _ candidate: Int, _ id: DeclarationID) {
            model[id].number = Int32(model.projectionResults.count)
            model.projectionResults.append(
                ProjectionResult(projection: number, candidate: candidate, kind: kind, declaration: id))
        }
        func declare(_ name: String, _ kind: ProjectionResult.Kind, _ candidate: Int = -1) {
            note(kind, candidate, model.declareHidden(.projected, path + "." + name, at: node, in: module))
        }
        func declareSet(_ name: String) {
            let id = model.declareHidden(.fitting, path + "." + name, at: node, in: module)
            model[id].number = Int32(number)
        }
        note(.path, -1, projection.declaration)
        declare("central", .central)
        declare("method", .method)
        declareSet("fit")
        declareSet("backtest")
        for (name, kind) in Self.fitResults { declare("fit." + name, kind) }
        for (name, kind) in Self.testResults { declare("backtest." + name, kind) }
        let isChoice = projection.candidates.count > 1
        for (position, candidate) in projection.candidates.enumerated() {
            let part = isChoice ? "." + candidate.method.label : ""
            if isChoice {
                declareSet("fit" + part)
                declareSet("backtest" + part)
                for (name, kind) in Self.fitResults { declare("fit\(part)." + name, kind, position) }
                for (name, kind) in Self.testResults { declare("backtest\(part)." + name, kind, position) }
            }
            let fitted = candidate.method.fitted(isGiven: candidate.isGiven)
            for (place, parameter) in candidate.method.parameters.enumerated() {
                declare("fit\(part).\(parameter.label)", .parameter(place), position)
                if fitted.contains(place) {
                    declare("fit\(part).\(parameter.label)_se", .standardError(place), position)
                }
            }
        }
    }

    private static var fitResults: [(String, ProjectionResult.Kind)] {
        [("r2", .r2), ("rss", .rss), ("sd", .deviation)]
    }

    private static var testResults: [(String, ProjectionResult.Kind)] { [("mape", .mape), ("rmse", .rmse)] }
}

extension Resolver {
    /// What a path such as `shipments.central` stands for; nil where its base is nothing of a projection.
    func projectionPath(_ node: Node, in module: Int32, _ base: Int) -> DeclarationID? {
        guard !model.projections.isEmpty else { return nil }
        let member = model.tree(module).member(node)
        let raw = model.resolutions[base + Int(member.base.rawValue)]
        guard raw >= 0 else { return nil }
        switch model.declarations[Int(raw)].kind {
        case .projected, .fitting: break
        default: return nil
        }
        let name = model.name(DeclarationID(raw)) + "." + model.symbols[member.name]
        guard let symbol = model.symbols.find(name) else { return DeclarationID.none }
        let found = model.find(symbol, in: module)
        guard !found.isNone, [.projected, .fitting].contains(model[found].kind) else { return DeclarationID.none }
        return found
    }

    /// Results read what the projection is given.
    mutating func connectProjections() {
        for result in model.projectionResults {
            let projection = model.projections[result.projection]
            let first = model.edges.count
            for part in projection.parts {
                let declaration = model[part]
                model.edges.append(
                    DependencyEdge(
                        target: part, reach: part == projection.data ? .whole : .instant,
                        node: declaration.node, module: declaration.module))
                isUsed[Int(part.rawValue)] = true
            }
            model.edgeStarts[Int(result.declaration.rawValue) * 2] = Int32(first)
            model.edgeStarts[Int(result.declaration.rawValue) * 2 + 1] = Int32(model.edges.count)
        }
    }
}
