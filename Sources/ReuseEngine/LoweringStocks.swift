import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Where a stock finds its numbers and where its results go.
struct CohortPlan: Sendable {
    struct Output: Sendable {
        var kind: StockResult
        var definition: Int
    }

    /// A term of the inflow that enters at an age.
    struct Part: Sendable {
        var value: Int
        var age: Int
    }

    /// When a step's goods enter: shares of the step that are left at its end, and their weights.
    struct Arrival: Sendable {
        var offsets: [Double]
        var weights: [Double]
    }

    var stock: Int
    /// Nil for a plain level.
    var survival: SurvivalForm?
    /// The parameters are a mean and a standard deviation, of which those of the form are made.
    var isMoments = false
    /// Definitions of the parameters; of a table its ages, then its shares.
    var parameters: [Int] = []
    var arrival = Arrival(offsets: [0.5], weights: [1])
    var endsOnShrink = false
    /// Definitions of fields, or -1.
    var initial = -1
    var inflow = -1
    var outflow = -1
    var level = -1
    /// Ages of what there is at the start, with its shares where they are several.
    var initialAges: [Int] = []
    var initialShares: [Int] = []
    var parts: [Part] = []
    /// The inflow before policies, where it has parts: what they make of it they make of each part.
    var unpatchedInflow = -1
    /// Lifetimes or ages of entry go with the step in which goods enter.
    var variesByEntry = false
    /// Indexes over which lifetimes vary.
    var lifetimeIndexes: [Int] = []
    var outputs: [Output] = []
    /// Where the stock is named, and where its fields are written, for errors; the latter by `StockField`.
    var origin = Origin(0)
    var fieldOrigins: [Origin] = []

    /// The points and weights of Gauss and Lobatto on 0 to 1, ten of them: the ends count.
    /// Abramowitz & Stegun (1964), table 25.6.
    static let spread: Arrival = {
        let x = [0.165278957666387, 0.477924949810444, 0.738773865105505, 0.919533908166459, 1.0]
        let w = [0.327539761183897, 0.292042683679684, 0.224889342063126, 0.133305990851070, 2.0 / 90.0]
        var offsets: [Double] = []
        var weights: [Double] = []
        for place in x.indices.reversed() {
            offsets.append((1 - x[place]) / 2)
            weights.append(w[place] / 2)
        }
        for place in x.indices {
            offsets.append((1 + x[place]) / 2)
            weights.append(w[place] / 2)
        }
        return Arrival(offsets: offsets, weights: weights)
    }()
}

extension CohortPlan.Arrival {
    init(_ arrival: Stock.Arrival) {
        switch arrival {
        case .start: self.init(offsets: [1], weights: [1])
        case .middle: self.init(offsets: [0.5], weights: [1])
        case .end: self.init(offsets: [0], weights: [1])
        case .spread: self = CohortPlan.spread
        }
    }
}

extension Lowering {
    /// A stock's fields and lifetimes together; it always varies over time.
    func axesOfStock(_ id: DeclarationID) -> Axes {
        guard let number = model.stock(of: id) else { return [] }
        let stock = model.stocks[number]
        var axes: Axes = .time
        for field in StockField.allCases where !stock[field].isNone {
            axes.formUnion(axesOfDeclaration[Int(stock[field].rawValue)])
        }
        for aged in stock.aged {
            axes.formUnion((try? self.axes(of: Expression(module: stock.module, node: aged.age, scope: nil))) ?? [])
        }
        guard !stock.lifetime.isNone, let found = model.lifetime(stock.lifetime, in: stock.module) else { return axes }
        let tree = model.modules[Int(found.module)].tree
        for raw in tree.call(found.call).arguments {
            let expression = Expression(module: found.module, node: tree.argument(raw).value, scope: nil)
            axes.formUnion((try? self.axes(of: expression)) ?? [])
        }
        return axes
    }

    /// Shares by age are no value of their own.
    func isTable(_ id: DeclarationID) -> Bool {
        guard model.stockField(of: id) == .initialAge, !model[id].value.isNone else { return false }
        return model.modules[Int(model[id].valueModule)].tree[model[id].value].kind == .keyed
    }

    mutating func fillStockResult(_ number: Int, _ id: DeclarationID) throws(LoweringFailure) {
        guard let owner = model.stock(of: id), let kind = model.stockResult(of: id) else { return }
        let stock = model.stocks[owner]
        if kind == .opening {
            let level = program.ofDeclaration[Int(stock.declaration(of: .level).rawValue)]
            let initial = stock[.initial].isNone ? -1 : program.ofDeclaration[Int(stock[.initial].rawValue)]
            guard level >= 0 else { throw .reported }
            reads += initial < 0 ? [level] : [level, initial]
            program.definitions[number].kind = .opening(level, initial: initial)
            return
        }
        let cohorts = program.ofDeclaration[Int(stock.cohorts.rawValue)]
        program.definitions[number].kind = .cleared
        guard cohorts >= 0, case .cohorts(let plan) = program.definitions[cohorts].kind else { throw .reported }
        reads.append(cohorts)
        program.definitions[number].isObject = kind == .byAge
        program.stocks[plan].outputs.append(CohortPlan.Output(kind: kind, definition: number))
    }

    mutating func fillCohorts(_ number: Int, _ id: DeclarationID) throws(LoweringFailure) {
        guard let owner = model.stock(of: id) else { throw .reported }
        let stock = model.stocks[owner]
        guard program.calendar.hasHorizon else {
            throw report(.noHorizon("a stock", at: model.modules[Int(stock.module)].tree.location(stock.name)))
        }
        var plan = CohortPlan(stock: owner)
        plan.origin = Origin(model.modules[Int(stock.module)].nodeBase + stock.name.rawValue)
        plan.fieldOrigins = StockField.allCases.map {
            stock[$0].isNone ? plan.origin : Origin(self.origin(of: stock[$0]))
        }
        plan.arrival = CohortPlan.Arrival(stock.arrives)
        plan.endsOnShrink = stock.onShrink == .error
        plan.initial = source(stock[.initial])
        plan.inflow = source(stock[.inflow])
        plan.outflow = source(stock[.outflow])
        plan.level = source(stock[.level])
        if !stock.lifetime.isNone {
            try takeLifetime(stock, into: &plan)
            try takeAged(stock, into: &plan)
            try takeInitialAges(stock, into: &plan)
        }
        var axes: Axes = []
        for read in plan.parameters + plan.parts.map({ $0.age }) {
            axes.formUnion(program.definitions[read].axes)
        }
        plan.variesByEntry = axes.contains(.time)
        for read in plan.initialAges + plan.initialShares { axes.formUnion(program.definitions[read].axes) }
        plan.lifetimeIndexes = axes.indexNumbers
        program.definitions[number].kind = .cohorts(program.stocks.count)
        program.stocks.append(plan)
    }

    private mutating func source(_ id: DeclarationID) -> Int {
        let number = id.isNone ? -1 : program.ofDeclaration[Int(id.rawValue)]
        if number >= 0 { reads.append(number) }
        return number
    }

    /// Definitions of expressions that belong to a declaration, with its draws.
    private mutating func ownedBy(
        _ id: DeclarationID, _ body: (inout Lowering) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) {
        let outer = (currentDeclaration, drawPath, drawLabel, drawRank, drawOrdinals)
        if !id.isNone {
            currentDeclaration = id
            drawPath = model.name(id)
            drawLabel = nil
            drawRank = .declaration
            drawOrdinals = [:]
        }
        defer { (currentDeclaration, drawPath, drawLabel, drawRank, drawOrdinals) = outer }
        try body(&self)
    }

    private mutating func takeLifetime(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        guard let found = model.lifetime(stock.lifetime, in: stock.module) else { throw .reported }
        let tree = model.modules[Int(found.module)].tree
        let call = tree[found.call]
        guard case .declaration(let target) = model.resolution(tree.call(call).callee, in: found.module),
            let builtin = model[target].builtin,
            let (form, places) = LifetimeForm.of(builtin, labels: labels(of: call, in: found.module))
        else { throw .reported }
        let arguments = tree.call(call).arguments.map { tree.argument($0).value }
        var survival = SurvivalForm.table
        switch form {
        case .weibull, .weibullMoments: survival = .weibull
        case .lognormal: survival = .lognormal
        case .normal: survival = .normal
        case .fixed: survival = .fixed
        case .survival: break
        }
        plan.survival = survival
        plan.isMoments = form == .weibullMoments || form == .lognormal
        var parameters: [Int] = []
        try ownedBy(found.of) { lowering throws(LoweringFailure) in
            if form == .survival {
                let (ages, shares) = try lowering.byAge(arguments[0], in: found.module)
                parameters = ages + shares
                return
            }
            // In the order of the text, which numbers the draws.
            var ofArgument: [Int] = []
            for value in arguments { ofArgument.append(try lowering.define(value, in: found.module)) }
            parameters = places.map { ofArgument[$0] }
        }
        plan.parameters = parameters
    }

    func labels(of call: Node, in module: Int32) -> [String] {
        let tree = model.modules[Int(module)].tree
        return tree.call(call).arguments.map { tree.argument($0).label.map { model.symbols[$0] } ?? "" }
    }

    private mutating func define(_ node: NodeID, in module: Int32) throws(LoweringFailure) -> Int {
        try define(Expression(module: module, node: node, scope: nil))
    }

    /// Definitions of the ages and the shares of a table.
    private mutating func byAge(_ table: NodeID, in module: Int32) throws(LoweringFailure) -> ([Int], [Int]) {
        let tree = model.modules[Int(module)].tree
        let node = tree[table]
        guard node.kind == .keyed else { throw .reported }
        var ages: [Int] = []
        var shares: [Int] = []
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            ages.append(try define(item.key, in: module))
            shares.append(try define(item.value, in: module))
        }
        return (ages, shares)
    }

    private mutating func takeAged(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        guard !stock.aged.isEmpty, !stock[.inflow].isNone else { return }
        let inflow = model[stock[.inflow]]
        // A setting from outside replaces all terms.
        guard inflow.valueModule == stock.module else { return }
        var parts: [CohortPlan.Part] = []
        var whole = -1
        try ownedBy(stock[.inflow]) { lowering throws(LoweringFailure) in
            // The whole first, so that the draws in it are numbered as in the field.
            whole = try lowering.define(inflow.value, in: stock.module)
            for aged in stock.aged {
                parts.append(
                    CohortPlan.Part(
                        value: try lowering.define(aged.value, in: stock.module),
                        age: try lowering.define(aged.age, in: stock.module)))
            }
        }
        plan.parts = parts
        plan.unpatchedInflow = model.isPatched.contains(stock[.inflow]) ? whole : -1
    }

    private mutating func takeInitialAges(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        guard !stock[.initialAge].isNone else { return }
        guard isTable(stock[.initialAge]) else {
            plan.initialAges = [source(stock[.initialAge])]
            return
        }
        let declaration = model[stock[.initialAge]]
        var table: ([Int], [Int]) = ([], [])
        try ownedBy(stock[.initialAge]) { lowering throws(LoweringFailure) in
            table = try lowering.byAge(declaration.value, in: declaration.valueModule)
        }
        (plan.initialAges, plan.initialShares) = table
    }

    /// A lifetime as a value is a function of the age, which the library has in words.
    mutating func lowerLifetime(
        _ builtin: Builtin, _ id: NodeID, _ node: Node, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        guard let (form, places) = LifetimeForm.of(builtin, labels: labels(of: node, in: module)) else {
            throw .reported
        }
        let name =
            switch form {
            case .weibull: "_weibull_survival"
            case .weibullMoments: "_weibull_survival_of_moments"
            case .lognormal: "_lognormal_survival"
            case .normal: "_normal_survival"
            case .fixed: "_fixed_survival"
            case .survival: "_table_survival"
            }
        guard let symbol = model.symbols.find(name), let callee = function(named: symbol) else { throw .reported }
        let base = mark()
        let arguments = argumentValues(node)
        var registers: [Int] = []
        if form == .survival {
            registers = try listsByAge(arguments[0])
        } else {
            var ofArgument: [Int] = []
            for value in arguments {
                let register = try newScalar(id)
                _ = try toScalar(try lower(value, target: register), value, target: register)
                ofArgument.append(register)
            }
            registers = places.map { ofArgument[$0] }
        }
        let inner = BindingScope(parent: nil)
        let home = model[callee]
        for (parameter, register) in zip(model.parameters(of: callee), registers) {
            inner.bind(
                model.modules[Int(home.module)].nodeBase + parameter.node.rawValue, .operand(.scalar(register)))
        }
        let result = try lower(Expression(module: home.module, node: home.value, scope: inner))
        return try settle(result, base, target, id)
    }

    private func function(named symbol: Symbol) -> DeclarationID? {
        for module in model.modules where module.isLibrary {
            let id = module.scope[symbol]
            if !id.isNone, model[id].kind == .function { return id }
        }
        return nil
    }

    private mutating func listsByAge(_ table: NodeID) throws(LoweringFailure) -> [Int] {
        let node = tree[table]
        let ages = try newScalar(table)
        let shares = try newScalar(table)
        for list in [ages, shares] { emit(Instruction(.listBegin, list, wide: tree.elements(node).count), for: table) }
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            for (list, value) in [(ages, item.key), (shares, item.value)] {
                let inner = mark()
                emit(Instruction(.listPush, list, try toScalar(try lower(value), value)), for: value)
                release(inner)
            }
        }
        return [ages, shares]
    }
}
