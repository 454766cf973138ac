import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Stocks: the cohorts of each, and the values that it gives.
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
