import ReuseCore
import ReuseModel
import ReuseSyntax

/// Scenarios are variants of one program: what no patch reaches is lowered once, for the baseline, and shared.
extension Lowering {
    /// What differs between scenarios: which definitions the declarations have.
    struct Variant {
        var scenario: Int
        var ofDeclaration: [Int] = []
        var axesOfDeclaration: [Axes] = []
        var functionInfo: [FunctionInfo] = []
        var functionReads: [Int32] = []
        var functionNumbers: [FunctionKey: Int] = [:]
        var plainFunctionNumbers: [Int32] = []
        /// Whether a declaration is, or rests on, something that the scenario patches.
        var isTouched: [Bool] = []
    }

    // MARK: Which there are

    /// Scenarios that the commands of a script need: the baseline first.
    func scenarios(neededBy queries: [QueryRequest]) -> [Int] {
        guard scenarios.count > 1 else { return [Model.baseline] }
        var result = [Model.baseline] + (hasMainScenario ? [model.mainScenario] : [])
        for query in queries {
            switch query {
            case .expression(_, _, _, let scenario), .declaration(_, let scenario):
                if let scenario { result.append(scenario) }
            case .periods(_, _, _, let scenario): result.append(scenario)
            case .points: continue
            }
        }
        result += core.scenariosNamed
        return Set(result).sorted()
    }

    /// Whether so many scenarios may each have declarations of their own; reported where they may not. Those of plain
    /// commands always may.
    mutating func hasRoom(for scenarios: Int, _ queries: [QueryRequest]) -> Bool {
        let (values, overflow) = scenarios.multipliedReportingOverflow(by: model.declarations.count)
        if scenarios <= 2 || !overflow && values <= Limits.scenarioValues { return true }
        // The last command that names one.
        var place = Place.none
        for case .expression(let module, let node, _, .some) in queries { place = model.place(node, in: module) }
        _ = report(.tooManyScenarios(scenarios, declarations: model.declarations.count, at: location(place)))
        return false
    }

    /// Begins the variants, each as the model is so far: with its units alone.
    mutating func beginVariants(_ scenarios: [Int]) {
        variants = scenarios.map { Variant(scenario: $0) }
        currentVariant = 0
        for number in variants.indices.dropFirst() {
            variants[number].ofDeclaration = program.ofDeclaration
            variants[number].axesOfDeclaration = axesOfDeclaration
            variants[number].functionInfo = functionInfo
            variants[number].functionReads = functionReads
            variants[number].plainFunctionNumbers = plainFunctionNumbers
            variants[number].isTouched = Array(repeating: false, count: model.declarations.count)
        }
    }

    var scenario: Int { variants.isEmpty ? Model.baseline : variants[currentVariant].scenario }

    /// Variants stand in the order of their scenarios, of which `attribute` asks for thousands.
    func variant(ofScenario scenario: Int) -> Int? {
        var (low, high) = (0, variants.count)
        while low < high {
            let middle = (low + high) / 2
            if variants[middle].scenario < scenario { low = middle + 1 } else { high = middle }
        }
        return low < variants.count && variants[low].scenario == scenario ? low : nil
    }

    /// Makes a variant the one whose definitions are read and made.
    mutating func enterVariant(_ number: Int) {
        if number == currentVariant { return }
        if !expansions.axes.isEmpty { expansions.axes.removeAll() }
        exchange(currentVariant)
        exchange(number)
        currentVariant = number
    }

    private mutating func exchange(_ number: Int) {
        swap(&variants[number].ofDeclaration, &program.ofDeclaration)
        swap(&variants[number].axesOfDeclaration, &axesOfDeclaration)
        swap(&variants[number].functionInfo, &functionInfo)
        swap(&variants[number].functionReads, &functionReads)
        swap(&variants[number].functionNumbers, &functionNumbers)
        swap(&variants[number].plainFunctionNumbers, &plainFunctionNumbers)
    }

    // MARK: What is shared

    /// Whether something in a group is, or rests on, what the scenario of a variant patches; notes it.
    mutating func isTouched(_ group: ArraySlice<DeclarationID>, in number: Int) -> Bool {
        let scenario = variants[number].scenario
        let touched = group.contains { id in
            if model.isPatched.contains(id), model.isPatched(id, in: scenarios[scenario]) { return true }
            return model.reads(of: id).contains { variants[number].isTouched[Int($0.target.rawValue)] }
        }
        if touched { for id in group { variants[number].isTouched[Int(id.rawValue)] = true } }
        return touched
    }

    /// Takes over what the baseline has for a group. The baseline must be the current variant.
    mutating func share(_ group: ArraySlice<DeclarationID>, with number: Int) {
        for id in group {
            let index = Int(id.rawValue)
            variants[number].ofDeclaration[index] = program.ofDeclaration[index]
            variants[number].axesOfDeclaration[index] = axesOfDeclaration[index]
            variants[number].functionInfo[index] = functionInfo[index]
            let component = Int(model.component[index])
            variants[number].functionReads[component] = functionReads[component]
        }
    }

    // MARK: Patched values

    /// What patches add to what a value varies over.
    func axesOfPatches(on id: DeclarationID) -> Axes {
        var axes: Axes = []
        for (patch, policy) in model.patches(on: id, in: scenarios[scenario]) {
            if !patch.value.isNone { axes.formUnion((try? self.axes(of: value(of: patch))) ?? []) }
            for member in members(of: patch, on: id) { axes.insert(.index(member.index)) }
            if let policy, model.policies[policy].hasWindow, program.calendar.hasHorizon { axes.insert(.time) }
        }
        return axes
    }

    /// The value of a declaration after all patches of the current scenario, each on the value before it.
    mutating func fillPatched(
        _ number: Int, _ id: DeclarationID, _ patches: [(patch: Patch, policy: Int?)]
    ) throws(LoweringFailure) {
        try checkConflicts(id, patches)
        var before = try stage(axesOfBase(id), id) { lowering, stage throws(LoweringFailure) in
            try lowering.fillBase(stage, id)
        }
        for (patch, policy) in patches {
            try checkMembers(of: patch, on: id)
            let unpatched = before
            let value = value(of: patch)
            var axes = program.definitions[before].axes
            if !patch.value.isNone { axes.formUnion(try self.axes(of: value)) }
            if let own = member(ofPatched: id) { axes.remove(.index(own.index)) }
            for member in members(of: patch, on: id) { axes.insert(.index(member.index)) }
            let isObject = model.types.isCompound(core.type(of: value.id))
            let patched = try stage(axes, id) { lowering, stage throws(LoweringFailure) in
                try lowering.fill(stage, at: lowering.place(of: patch), isObject: isObject) {
                    lowering throws(LoweringFailure) in try lowering.patched(patch, unpatched, id)
                }
            }
            var weights: [Double]?
            if let policy { weights = try self.weights(of: policy, patch) }
            guard let policy, let weights else {
                before = patched
                continue
            }
            program.weightsOfPolicy[policy] = weights
            before = try stage(axes.union(.time), id) { lowering, stage throws(LoweringFailure) in
                lowering.reads += [unpatched, patched]
                lowering.program.definitions[stage].kind = .phased(
                    unpatched, patched, weights: lowering.program.weights.count)
                lowering.program.weights.append(weights)
            }
        }
        let last = before
        let place = place(of: id)
        let isObject = model.types.isCompound(core.type(of: core.value(of: id)))
        try fill(number, at: place, isObject: isObject) { lowering throws(LoweringFailure) in
            try lowering.load(last, place)
        }
    }

    private func member(ofPatched id: DeclarationID) -> MemberPick? {
        model.declarations[Int(id.rawValue)].kind == .field ? member(ofField: id) : nil
    }

    /// Where a patch is written: its right side, or all of it where it has none.
    private func place(of patch: Patch) -> Place {
        model.place(patch.value.isNone ? patch.node : patch.value, in: patch.module)
    }

    /// What a value varies over by itself.
    func axesOfBase(_ id: DeclarationID) throws(LoweringFailure) -> Axes {
        guard !model.declarations[Int(id.rawValue)].value.isNone else { return [] }
        var axes = try self.axes(of: value(of: id)).union(perAxes(of: id))
        if let own = member(ofPatched: id) { axes.remove(.index(own.index)) }
        return axes
    }

    /// Code of a declaration without patches.
    mutating func fillBase(_ number: Int, _ id: DeclarationID) throws(LoweringFailure) {
        let declaration = model.declarations[Int(id.rawValue)]
        guard !declaration.value.isNone else {
            let field = MarketField(rawValue: UInt8(truncatingIfNeeded: declaration.number))
            program.definitions[number].kind = .code([])
            program.definitions[number].constant = field?.fallback ?? 0
            return
        }
        ownMember = declaration.kind == .field ? member(ofField: id) : nil
        defer { ownMember = nil }
        try fill(number, value(of: id))
    }

    /// A value between the declared one and the one after all patches.
    private mutating func stage(
        _ axes: Axes, _ id: DeclarationID,
        _ body: (inout Lowering, Int) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) -> Int {
        let number = reserve(axes: axes, at: place(of: id))
        try complete(number) { lowering throws(LoweringFailure) in try body(&lowering, number) }
        return number
    }

    private mutating func patched(
        _ patch: Patch, _ before: Int, _ id: DeclarationID
    ) throws(LoweringFailure) -> Operand {
        let place = place(of: patch)
        for own in members(of: patch, on: id) where try member(of: own.index) != own.member {
            return try load(before, place)
        }
        if patch.operation == .ban { return .constant(0) }
        if let constant = patch.constant { return .constant(constant) }
        let outer = (drawOwner, program.ofDeclaration[Int(id.rawValue)], ownMember)
        // Its own draws, whatever other patches there are, and the same for all that its path means.
        drawOwner = DrawOwner(patch: patch.place, label: label(of: patch), of: drawOwner.declaration)
        // On the right the path is the value before the patch.
        program.ofDeclaration[Int(id.rawValue)] = before
        ownMember = member(ofPatched: id)
        defer { (drawOwner, program.ofDeclaration[Int(id.rawValue)], ownMember) = outer }
        if let own = ownMember, try member(of: own.index) < 0 { unit.point[own.index] = own.member }
        let base = mark()
        let old: Operand = patch.operation == .set ? .constant(0) : try load(before, place)
        let new = try lower(value(of: patch))
        release(base)
        switch patch.operation {
        case .set, .ban: return new
        case .add: return try binary(.add, old, new, place)
        case .subtract: return try binary(.subtract, old, new, place)
        case .multiply: return try binary(.multiply, old, new, place)
        case .divide: return try binary(.divide, old, new, place)
        }
    }

    /// What results call the draws of a patch: `tax: price += 5 to 10 USD`.
    private func label(of patch: Patch) -> String {
        let text = model.text(patch.node, in: patch.module).split { $0 == " " || $0.isNewline || $0 == "\t" }
            .joined(separator: " ")
        let home = patch.place.prefix { $0 != ":" }
        let count = patch.place.hasSuffix(")") ? patch.place.split(separator: " ").last.map { " " + $0 } ?? "" : ""
        return home + ": " + text + count
    }

    // MARK: Windows

    /// The weight of a policy at each step: 0 outside its window, 1 fully inside; nil where it always holds.
    private mutating func weights(of number: Int, _ patch: Patch) throws(LoweringFailure) -> [Double]? {
        let policy = model.policies[number]
        guard policy.hasWindow, program.calendar.hasHorizon else { return nil }
        let from = try constantEnd(core.expression(policy.from, in: policy.module))
        let until = try constantEnd(core.expression(policy.until, in: policy.module))
        let over = core.expression(policy.over, in: policy.module)
        var span = 0.0
        if !over.isNone {
            guard let years = try constantNumber(over), years.isFinite, years > 0 else {
                throw report(.windowNotConstant(at: location(over)))
            }
            span = years * Double(TimePoint.ticksPerYear)
        }
        let start = from.map { Double($0.start) } ?? -.infinity
        let end = until.map { Double($0.end) } ?? .infinity
        var result: [Double] = []
        for step in program.calendar.steps {
            let low = max(Double(step.start), start)
            let high = min(Double(step.end), end)
            guard high > low else {
                result.append(0)
                continue
            }
            var area = high - low
            if span > 0, start.isFinite, low < start + span {
                // The mean of a ramp from 0 at `from` to 1 a span later.
                let rampEnd = min(high, start + span)
                area = ((rampEnd - start) * (rampEnd - start) - (low - start) * (low - start)) / (2 * span)
                area += max(0, high - (start + span))
            }
            result.append(area / Double(step.length))
        }
        if patch.operation == .ban, result.contains(where: { $0 != 0 && $0 != 1 }) {
            throw report(.banWithinStep(at: location(model.place(patch.node, in: patch.module))))
        }
        return result
    }

    /// Windows that end before they begin, of policies and of targets, whether a scenario has them or not.
    mutating func checkWindows() {
        for window in core.windows {
            guard let first = writtenTime(window.from), let last = writtenTime(window.until), first.start >= last.end
            else { continue }
            _ = report(
                .windowReversed(
                    window.what, from: first.text, until: last.text, at: location(window.until),
                    first: location(window.from)))
        }
    }

    /// A time that is written out; what is none is told where it is needed.
    private func writtenTime(_ id: ExpressionID) -> TimePoint? {
        guard case .constant(let value) = core[id], !value.isNaN else { return nil }
        return TimePoint(bits: value)
    }

    private mutating func constantEnd(_ id: ExpressionID) throws(LoweringFailure) -> TimePoint? {
        if id.isNone { return nil }
        guard let time = try constantTime(id) else {
            throw report(.windowNotConstant(at: location(id)))
        }
        return time
    }

    // MARK: Conflicts

    /// Whether both set one written number: then it is all the same which comes last.
    private mutating func haveOneConsequence(_ one: Patch, _ other: Patch) throws(LoweringFailure) -> Bool {
        guard one.operation == .set, other.operation == .set, !one.value.isNone, !other.value.isNone else {
            return false
        }
        guard let first = try writtenNumber(value(of: one).id), let second = try writtenNumber(value(of: other).id)
        else { return false }
        return first.bitPattern == second.bitPattern
    }

    /// The number that an expression of numbers and units is; nil for one that reads anything else, such as what it patches.
    private mutating func writtenNumber(_ id: ExpressionID) throws(LoweringFailure) -> Double? {
        let readsMore = core.contains(id) { operation in
            switch operation {
            case .constant, .chain, .power, .unary(.negate, _): false
            case .read(let target): model[target].kind != .unit
            default: true
            }
        }
        return readsMore ? nil : try constantNumber(id)
    }

    /// Two policies on one field at the same time, whose order matters, and of which none is said to come after the other.
    private mutating func checkConflicts(
        _ id: DeclarationID, _ applied: [(patch: Patch, policy: Int?)]
    ) throws(LoweringFailure) {
        // The common case: all add, or all multiply. `attribute` asks it for thousands of sets of policies.
        guard applied.count > 1, let any = applied.first?.patch,
            applied.contains(where: { !$0.patch.commutes(with: any) })
        else { return }
        // As they are declared, so that the second is said to conflict with the first.
        let patches = applied.sorted {
            ($0.policy ?? -1, $0.patch.node.rawValue) < ($1.policy ?? -1, $1.patch.node.rawValue)
        }
        if earlierPolicies.isEmpty { earlierPolicies = model.earlierPolicies() }
        for (position, later) in patches.enumerated() where !watch.ask() {
            guard let second = later.policy else { continue }
            let before = earlierPolicies[second]
            for place in 0..<position {
                // First what is quickly seen: of very many policies after each other all pairs are looked at.
                guard let first = patches[place].policy, first != second, !before.contains(first),
                    !earlierPolicies[first].contains(second)
                else { continue }
                let earlier = patches[place]
                guard !earlier.patch.commutes(with: later.patch), meet(earlier.patch, later.patch, on: id) else {
                    continue
                }
                let a = try weights(of: first, earlier.patch)
                let b = try weights(of: second, later.patch)
                let meet = program.calendar.steps.indices.contains { step in
                    (a?[step] ?? 1) != 0 && (b?[step] ?? 1) != 0
                }
                guard meet || !program.calendar.hasHorizon else { continue }
                if try haveOneConsequence(earlier.patch, later.patch) { continue }
                let place = location(model.place(later.patch.node, in: later.patch.module))
                // One path with `any` patches many fields.
                if diagnostics.contains(where: { $0.kind == .patchConflict && $0.primary?.location == place }) {
                    throw .reported
                }
                let names = (
                    model.name(model.policies[first].declaration), model.name(model.policies[second].declaration)
                )
                throw report(
                    .patchConflict(
                        model.name(id), names.0, names.1,
                        at: place,
                        first: location(model.place(earlier.patch.node, in: earlier.patch.module)),
                        scenario: scenarios[scenario].name))
            }
        }
    }

    /// Whether two patches change the value at some member alike.
    private func meet(_ first: Patch, _ second: Patch, on id: DeclarationID) -> Bool {
        let others = members(of: second, on: id)
        return members(of: first, on: id).allSatisfy { pick in
            others.allSatisfy { $0.index != pick.index || $0.member == pick.member }
        }
    }
}
