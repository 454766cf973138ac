import ReuseCore
import ReuseModel
import ReuseSyntax

/// Markets: how they are cleared, and the values that this gives.
extension Lowering {
    /// The index and member that a field stands at: `cost` of the third route is read at the third member of `routes`.
    func member(ofField id: DeclarationID) -> MemberPick? {
        guard let field = MarketField(rawValue: UInt8(truncatingIfNeeded: model.declarations[Int(id.rawValue)].number)),
            model.network.indexes[Int(field.owner.rawValue)] >= 0
        else { return nil }
        let member = Int(model.declarations[Int(id.rawValue)].subject)
        return member < 0 ? nil : MemberPick(index: model.network.indexes[Int(field.owner.rawValue)], member: member)
    }

    // MARK: Axes

    mutating func findAxesOfCleared(_ id: DeclarationID) -> Bool {
        let index = Int(id.rawValue)
        let declaration = model.declarations[index]
        var axes: Axes = []
        switch declaration.kind {
        case .cohorts, .stockResult: axes = axesOfStock(id)
        case .clearing:
            for read in model.reads(of: id) { axes.formUnion(axesOfDeclaration[Int(read.target.rawValue)]) }
        case .result:
            let result = model.network.results[Int(declaration.number)]
            axes = axesOfResult(result.kind, result.subject)
        default:
            guard let kind = ClearedResult(rawValue: UInt8(truncatingIfNeeded: declaration.number)) else {
                return false
            }
            for read in model.reads(of: id) { axes.formUnion(axesOfDeclaration[Int(read.target.rawValue)]) }
            axes.insert(.index(model.network.indexes[Int(kind.owner.rawValue)]))
        }
        if axes == axesOfDeclaration[index] { return false }
        axesOfDeclaration[index].formUnion(axes)
        return true
    }

    private func axesOfResult(_ kind: ClearedResult, _ subject: Int) -> Axes {
        let all = axesOfDeclaration[Int(model.network.clearing.rawValue)]
        if kind.hasProducts { return all }
        if kind.owner == .supply { return all.subtracting(jointAxes(ofSupply: subject)) }
        var joint: Axes = []
        for supply in model.network.supplies.indices { joint.formUnion(jointAxes(ofSupply: supply)) }
        return all.subtracting(joint)
    }

    /// Indexes that a supply's yield has and its volume has not.
    private func jointAxes(ofSupply number: Int) -> Axes {
        let fields = model.network.supplies[number].fields
        guard !fields[.yield].isNone else { return [] }
        let volume = fields[.volume].isNone ? [] : axesOfDeclaration[Int(fields[.volume].rawValue)]
        return axesOfDeclaration[Int(fields[.yield].rawValue)].subtracting(volume).intersection(.allIndexes)
    }

    // MARK: Definitions

    mutating func fillCleared(_ number: Int, _ id: DeclarationID) throws(LoweringFailure) {
        let declaration = model.declarations[Int(id.rawValue)]
        switch declaration.kind {
        case .cohorts: try fillCohorts(number, id)
        case .stockResult: try fillStockResult(number, id)
        case .clearing: try fillClearing(number)
        case .result:
            let clearing = program.ofDeclaration[Int(model.network.clearing.rawValue)]
            reads.append(clearing)
            program.definitions[number].kind = .cleared
            let result = model.network.results[Int(declaration.number)]
            guard clearing >= 0, case .clearing(let plan) = program.definitions[clearing].kind else { return }
            program.clearings[plan].outputs.append(
                ClearingPlan.Output(
                    kind: result.kind, subject: result.subject, definition: number,
                    indexes: program.definitions[number].axes.indexNumbers))
        default:
            guard let kind = ClearedResult(rawValue: UInt8(truncatingIfNeeded: declaration.number)) else { return }
            let index = model.network.indexes[Int(kind.owner.rawValue)]
            let place = model.place(declaration.node, in: declaration.module)
            try fill(number, at: place) { lowering throws(LoweringFailure) in
                let subject = try lowering.member(of: index)
                let result = lowering.model.network.result(kind, of: subject)
                guard let result else { throw .reported }
                let source = lowering.program.ofDeclaration[Int(result.declaration.rawValue)]
                guard source >= 0 else { throw .reported }
                return try lowering.load(source, place)
            }
        }
    }

    private mutating func fillClearing(_ number: Int) throws(LoweringFailure) {
        let network = model.network
        var joint: Axes = []
        for supply in network.supplies.indices { joint.formUnion(jointAxes(ofSupply: supply)) }
        var plan = ClearingPlan(
            network: ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: []))
        plan.joint = joint.indexNumbers
        plan.separate = program.definitions[number].axes.subtracting(joint).indexNumbers
        plan.indexCount = model.indexes.count
        for market in network.markets { addSources(of: market.fields, .market, to: &plan) }
        for supply in network.supplies { addSources(of: supply.fields, .supply, to: &plan) }
        for route in network.routes { addSources(of: route.fields, .route, to: &plan) }
        func place(_ id: DeclarationID) -> Place { model.place(model[id].node, in: model[id].module) }
        plan.places[.market] = network.markets.map { place($0.declaration) }
        plan.places[.supply] = network.supplies.map { place($0.declaration) }
        plan.places[.route] = network.routes.map { model.place($0.node, in: $0.module) }
        let combinations = combinations(of: plan.joint)
        guard combinations.count * (network.markets.count + network.routes.count) <= Limits.marketsAndRoutes else {
            throw report(.tooLarge(at: location(network.markets.first.map { place($0.declaration) } ?? .none)))
        }
        for members in combinations {
            for (subject, market) in network.markets.enumerated() {
                plan.nodes.append(ClearingPlan.Instance(subject: subject, members: members))
                plan.network.demandForms.append(market.curve.map { CurveForm($0) })
            }
        }
        for (position, members) in combinations.enumerated() {
            for (subject, route) in network.routes.enumerated() {
                plan.arcs.append(ClearingPlan.Instance(subject: subject, members: members))
                let base = position * network.markets.count
                plan.network.routes.append((from: base + route.from, to: base + route.to))
            }
        }
        for (subject, supply) in network.supplies.enumerated() {
            let own = Set(jointAxes(ofSupply: subject).indexNumbers)
            // Alike but for the indexes that it joins: one supplier.
            for (position, members) in combinations.enumerated() {
                let key = members.enumerated().map { own.contains(plan.joint[$0.offset]) ? -1 : $0.element }
                let node = position * network.markets.count + supply.market
                let output = (node: node, yield: plan.yields.count)
                plan.yields.append((subject, members))
                if let known = plan.suppliers.firstIndex(where: { $0.subject == subject && $0.members == key }) {
                    plan.network.outputs[known].append(output)
                } else {
                    plan.suppliers.append(ClearingPlan.Instance(subject: subject, members: key))
                    plan.network.supplyForms.append(CurveForm(supply.curve))
                    plan.network.outputs.append([output])
                }
            }
        }
        program.definitions[number].kind = .clearing(program.clearings.count)
        program.clearings.append(plan)
    }

    private mutating func addSources(
        of fields: Network.Fields, _ owner: MarketOwner, to plan: inout ClearingPlan
    ) {
        for field in MarketField.allCases where field.owner == owner {
            let id = fields[field]
            let number = id.isNone ? -1 : program.ofDeclaration[Int(id.rawValue)]
            var source = ClearingPlan.Source.constant(field.fallback)
            if number >= 0 {
                reads.append(number)
                source = .definition(number, indexes: program.definitions[number].axes.indexNumbers)
            }
            plan.sources[Int(field.rawValue)].append(source)
        }
    }

    /// All combinations of members, the last index running fastest.
    private func combinations(of indexes: [Int]) -> [[Int]] {
        var result: [[Int]] = [[]]
        for index in indexes {
            var longer: [[Int]] = []
            for head in result {
                for member in model.indexes[index].members.indices { longer.append(head + [member]) }
            }
            result = longer
        }
        return result
    }
}
