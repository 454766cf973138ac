import ReuseCore
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
    var origin = Origin(Place(0))
    var fieldOrigins: [Origin] = []

    /// Rows that `CohortState` and `AgeTables` have at most: of each step what entered, by age of entry, and where they vary
    /// the parameters of its life; of each lifetime a table for each age of entry and of the initial stock.
    func workRows(steps: Int, combinations: Int, lifetimes: Int) -> Int {
        guard survival != nil else { return combinations * 8 }
        let entries = parts.count + 1
        let initials = initialAges.count + 1
        let perStep = entries + (variesByEntry ? parameters.count + parts.count : 0)
        let tables = 2 * (entries + initials) + 1
        return combinations * (8 + initials + steps * perStep) + lifetimes * (5 + parameters.count + steps * tables)
    }

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
            axes.formUnion(knownAxes(of: core.expression(aged.age, in: stock.module)))
        }
        guard let (lifetime, _) = core.lifetime(stock.lifetime, in: stock.module) else { return axes }
        for part in lifetime.arguments + lifetime.table.map({ $0.share }) { axes.formUnion(knownAxes(of: part)) }
        return axes
    }

    /// What an expression varies over; nothing where that cannot be found, which is said where it is lowered.
    private func knownAxes(of id: ExpressionID) -> Axes { (try? axes(of: Expression(id: id, scope: nil))) ?? [] }

    /// The shares by age of what there is at the start, which are no value of their own.
    @inline(__always)
    func table(of id: DeclarationID) -> [(age: ExpressionID, share: ExpressionID)]? {
        guard model.stockField(of: id) == .initialAge else { return nil }
        return core.table(model[id].value, in: model[id].valueModule)
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
            throw report(.noHorizon("a stock", at: location(model.place(stock.name, in: stock.module))))
        }
        var plan = CohortPlan(stock: owner)
        plan.origin = Origin(model.place(stock.name, in: stock.module))
        plan.fieldOrigins = StockField.allCases.map {
            stock[$0].isNone ? plan.origin : Origin(self.place(of: stock[$0]))
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
        try chargeWork(of: plan, number, at: location(plan.origin.place))
        program.definitions[number].kind = .cohorts(program.stocks.count)
        program.stocks.append(plan)
    }

    /// Counts what a stock works with, beside its values, in the memory that the run asks for before it starts.
    private mutating func chargeWork(
        of plan: CohortPlan, _ number: Int, at place: Location
    ) throws(LoweringFailure) {
        let definition = program.definitions[number]
        let lifetimes = plan.lifetimeIndexes.reduce(1) {
            // One whose combinations are too many was refused already.
            min($0, Limits.combinations) * model.indexes[$1].members.count
        }
        let steps = program.calendar.count
        let rows = plan.workRows(steps: steps, combinations: definition.combinations, lifetimes: lifetimes)
        guard program.hasRoom(for: rows, isSampled: definition.isSampled, in: memory) else {
            if lacksMemory { throw .reported }
            lacksMemory = true
            throw report(
                .outOfMemory(
                    needs: program.bytes(with: rows, isSampled: definition.isSampled), limit: memory, steps: steps,
                    combinations: definition.combinations, isSampled: definition.isSampled, ages: plan.parts.count,
                    at: place))
        }
        if definition.isSampled { program.laneWork += rows } else { program.uniformWork += rows }
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
        let outer = drawOwner
        if !id.isNone { drawOwner = DrawOwner(id, named: model.name(id)) }
        defer { drawOwner = outer }
        try body(&self)
    }

    private mutating func takeLifetime(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        guard let (lifetime, owner) = core.lifetime(stock.lifetime, in: stock.module) else { throw .reported }
        plan.survival =
            switch lifetime.form {
            case .weibull, .weibullMoments: .weibull
            case .lognormal: .lognormal
            case .normal: .normal
            case .fixed: .fixed
            case .survival: .table
            }
        plan.isMoments = lifetime.form == .weibullMoments || lifetime.form == .lognormal
        var parameters: [Int] = []
        try ownedBy(owner) { lowering throws(LoweringFailure) in
            let (ages, shares) = try lowering.define(lifetime.table)
            // In the order of the text, which numbers the draws.
            var ofArgument: [Int] = []
            for argument in lifetime.arguments { ofArgument.append(try lowering.define(argument)) }
            parameters = ages + shares + lifetime.order.map { ofArgument[$0] }
        }
        plan.parameters = parameters
    }

    private mutating func define(_ id: ExpressionID) throws(LoweringFailure) -> Int {
        try define(Expression(id: id, scope: nil))
    }

    /// Definitions of the ages and the shares of a table.
    private mutating func define(
        _ table: [(age: ExpressionID, share: ExpressionID)]
    ) throws(LoweringFailure) -> (ages: [Int], shares: [Int]) {
        var (ages, shares) = ([Int](), [Int]())
        for row in table {
            ages.append(try define(row.age))
            shares.append(try define(row.share))
        }
        return (ages, shares)
    }

    private mutating func takeAged(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        guard !stock.aged.isEmpty, !stock[.inflow].isNone else { return }
        let inflow = stock[.inflow]
        // A setting from outside replaces all terms.
        guard model[inflow].valueModule == stock.module else { return }
        var parts: [CohortPlan.Part] = []
        var whole = -1
        try ownedBy(inflow) { lowering throws(LoweringFailure) in
            // The whole first, so that the draws in it are numbered as in the field.
            whole = try lowering.define(lowering.value(of: inflow))
            for aged in stock.aged {
                let value = lowering.core.expression(aged.value, in: stock.module)
                let age = lowering.core.expression(aged.age, in: stock.module)
                parts.append(
                    CohortPlan.Part(value: try lowering.define(value), age: try lowering.define(age)))
            }
        }
        plan.parts = parts
        plan.unpatchedInflow = model.isPatched.contains(inflow) ? whole : -1
    }

    private mutating func takeInitialAges(_ stock: Stock, into plan: inout CohortPlan) throws(LoweringFailure) {
        let field = stock[.initialAge]
        guard !field.isNone else { return }
        guard let table = table(of: field) else {
            plan.initialAges = [source(field)]
            return
        }
        var found: (ages: [Int], shares: [Int]) = ([], [])
        try ownedBy(field) { lowering throws(LoweringFailure) in found = try lowering.define(table) }
        (plan.initialAges, plan.initialShares) = found
    }

    /// A lifetime as a value is a function of the age, which the library has in words.
    mutating func lowerLifetime(
        _ lifetime: Lifetime, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        if unit.isLane { throw .notForLanes }
        let name =
            switch lifetime.form {
            case .weibull: "_weibull_survival"
            case .weibullMoments: "_weibull_survival_of_moments"
            case .lognormal: "_lognormal_survival"
            case .normal: "_normal_survival"
            case .fixed: "_fixed_survival"
            case .survival: "_table_survival"
            }
        guard let symbol = model.symbols.find(name), let callee = function(named: symbol) else { throw .reported }
        let base = mark()
        var registers: [Int] = []
        if lifetime.form == .survival {
            registers = try listsByAge(lifetime.table, place)
        } else {
            var ofArgument: [Int] = []
            for argument in lifetime.arguments {
                ofArgument.append(try inScalar(argument, target: try newScalar(place)))
            }
            registers = lifetime.order.map { ofArgument[$0] }
        }
        let inner = BindingScope(parent: nil)
        let function = core.function(callee)
        for (parameter, register) in zip(function.parameters, registers) {
            inner.bind(parameter, .operand(.scalar(register)))
        }
        let result = try lower(Expression(id: function.body, scope: inner))
        return try settle(result, base, target, place)
    }

    private func function(named symbol: Symbol) -> DeclarationID? {
        for module in model.modules where module.isLibrary {
            let id = module.scope[symbol]
            if !id.isNone, model[id].kind == .function { return id }
        }
        return nil
    }

    private mutating func listsByAge(
        _ table: [(age: ExpressionID, share: ExpressionID)], _ place: Place
    ) throws(LoweringFailure) -> [Int] {
        let ages = try newScalar(place)
        let shares = try newScalar(place)
        for list in [ages, shares] { emit(Instruction(.listBegin, list, wide: table.count), at: place) }
        for row in table {
            for (list, value) in [(ages, row.age), (shares, row.share)] {
                let inner = mark()
                emit(Instruction(.listPush, list, try inScalar(value)), at: self.place(value))
                release(inner)
            }
        }
        return [ages, shares]
    }
}
