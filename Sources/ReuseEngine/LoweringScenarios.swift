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
        guard model.scenarios.count > 1 else { return [Model.baseline] }
        var result = [Model.baseline] + (hasMainScenario ? [model.mainScenario] : [])
        for query in queries {
            switch query {
            case .expression(_, _, _, let scenario), .declaration(_, let scenario):
                if let scenario { result.append(scenario) }
            case .periods(_, _, _, let scenario): result.append(scenario)
            case .points: continue
            }
        }
        for module in model.modules where !module.isLibrary {
            for node in module.tree.nodes where node.kind == .under {
                let name = model.symbols[module.tree.under(node).scenario]
                if let scenario = model.scenario(named: name) { result.append(scenario) }
            }
        }
        return Set(result).sorted()
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

    func variant(ofScenario scenario: Int) -> Int? { variants.firstIndex { $0.scenario == scenario } }

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
            if model.isPatched.contains(id), model.isPatched(id, in: scenario) { return true }
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
        for (patch, policy) in model.patches(on: id, in: scenario) {
            if !patch.value.isNone {
                let expression = Expression(module: patch.module, node: patch.value, scope: nil)
                axes.formUnion((try? self.axes(of: expression)) ?? [])
            }
            for member in members(of: patch, on: id) { axes.insert(.index(member.index)) }
            if let policy, model.policies[policy].hasWindow, program.calendar.hasHorizon { axes.insert(.time) }
        }
        return axes
    }

    /// The value of a declaration after all patches of the current scenario, each on the value before it.
    mutating func fillPatched(
        _ number: Int, _ id: DeclarationID, _ patches: [(patch: Patch, policy: Int?)]
    ) throws(LoweringFailure) {
        let declaration = model.declarations[Int(id.rawValue)]
        try checkConflicts(id, patches)
        var before = try stage(axesOfBase(id), id) { lowering, stage throws(LoweringFailure) in
            try lowering.fillBase(stage, id)
        }
        for (patch, policy) in patches {
            try checkMembers(of: patch, on: id)
            let unpatched = before
            var axes = program.definitions[before].axes
            if !patch.value.isNone {
                axes.formUnion(
                    try self.axes(of: Expression(module: patch.module, node: patch.value, scope: nil)))
            }
            if let own = member(ofPatched: id) { axes.remove(.index(own.index)) }
            for member in members(of: patch, on: id) { axes.insert(.index(member.index)) }
            let place = Expression(
                module: patch.module, node: patch.value.isNone ? patch.node : patch.value, scope: nil)
            let patched = try stage(axes, id) { lowering, stage throws(LoweringFailure) in
                try lowering.fill(stage, place) { lowering throws(LoweringFailure) in
                    try lowering.patched(patch, unpatched, id)
                }
            }
            let weights =
                try policy.map { number throws(LoweringFailure) in try self.weights(of: number, patch) } ?? nil
            if let policy, let weights { program.weightsOfPolicy[policy] = weights }
            guard let weights else {
                before = patched
                continue
            }
            before = try stage(axes.union(.time), id) { lowering, stage throws(LoweringFailure) in
                lowering.reads += [unpatched, patched]
                lowering.program.definitions[stage].kind = .phased(
                    unpatched, patched, weights: lowering.program.weights.count)
                lowering.program.weights.append(weights)
            }
        }
        let last = before
        let node = declaration.value.isNone ? declaration.node : declaration.value
        let place = Expression(module: declaration.valueModule, node: node, scope: nil)
        try fill(number, place) { lowering throws(LoweringFailure) in try lowering.load(last, node) }
    }

    private func member(ofPatched id: DeclarationID) -> (index: Int, member: Int)? {
        model.declarations[Int(id.rawValue)].kind == .field ? member(ofField: id) : nil
    }

    /// What a value varies over by itself.
    func axesOfBase(_ id: DeclarationID) throws(LoweringFailure) -> Axes {
        let declaration = model.declarations[Int(id.rawValue)]
        guard !declaration.value.isNone else { return [] }
        var axes = try self.axes(
            of: Expression(module: declaration.valueModule, node: declaration.value, scope: nil))
        axes.formUnion(perAxes(of: declaration))
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
        ownMember = member(ofPatched: id)
        defer { ownMember = nil }
        try fill(number, Expression(module: declaration.valueModule, node: declaration.value, scope: nil))
    }

    /// A value between the declared one and the one after all patches.
    private mutating func stage(
        _ axes: Axes, _ id: DeclarationID,
        _ body: (inout Lowering, Int) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) -> Int {
        let declaration = model.declarations[Int(id.rawValue)]
        let node = declaration.value.isNone ? declaration.node : declaration.value
        let number = reserve(
            axes: axes, origin: model.modules[Int(declaration.valueModule)].nodeBase + node.rawValue)
        try complete(number, isDelayed: false) { lowering throws(LoweringFailure) in try body(&lowering, number) }
        return number
    }

    private mutating func patched(
        _ patch: Patch, _ before: Int, _ id: DeclarationID
    ) throws(LoweringFailure) -> Operand {
        let node = patch.value.isNone ? patch.node : patch.value
        if members(of: patch, on: id).contains(where: { unit.point[$0.index] != $0.member }) {
            return try load(before, node)
        }
        if patch.operation == .ban { return .constant(0) }
        if let constant = patch.constant { return .constant(constant) }
        let outerDraws = (drawPath, drawLabel, drawRank, drawOrdinals)
        // Its own draws, whatever other patches there are, and the same for all that its path means.
        drawPath = patch.place
        drawLabel = label(of: patch)
        drawRank = .patch
        drawOrdinals = [:]
        defer { (drawPath, drawLabel, drawRank, drawOrdinals) = outerDraws }
        // On the right the path is the value before the patch.
        let outer = program.ofDeclaration[Int(id.rawValue)]
        let outerMember = ownMember
        program.ofDeclaration[Int(id.rawValue)] = before
        ownMember = member(ofPatched: id)
        defer {
            program.ofDeclaration[Int(id.rawValue)] = outer
            ownMember = outerMember
        }
        if let own = ownMember, unit.point[own.index] < 0 { unit.point[own.index] = own.member }
        let base = mark()
        let old: Operand = patch.operation == .set ? .constant(0) : try load(before, node)
        let new = try lower(Expression(module: patch.module, node: patch.value, scope: nil))
        release(base)
        switch patch.operation {
        case .set, .ban: return new
        case .add: return try binary(.add, old, new, node, nil)
        case .subtract: return try binary(.subtract, old, new, node, nil)
        case .multiply: return try binary(.multiply, old, new, node, nil)
        case .divide: return try binary(.divide, old, new, node, nil)
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
        let outer = module
        enter(policy.module)
        defer { enter(outer) }
        let from = try constantEnd(policy.from)
        let until = try constantEnd(policy.until)
        var span = 0.0
        if !policy.over.isNone {
            guard let years = try constantNumber(policy.over), years.isFinite, years > 0 else {
                throw report(.windowNotConstant(at: location(policy.over)))
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
            throw report(.banWithinStep(at: model.modules[Int(patch.module)].tree.location(patch.node)))
        }
        return result
    }

    /// Windows that end before they begin, of policies and of targets, whether a scenario has them or not.
    mutating func checkWindows() {
        for policy in model.policies {
            checkWindow(of: "the policy `\(model.name(policy.declaration))`", policy.from, policy.until, policy.module)
        }
        for command in model.commands where command.kind == .target {
            let tree = model.tree(command.module)
            let target = tree.target(command.node)
            let name = model.symbols[tree.name(target.name)]
            checkWindow(of: "the target `\(name)`", target.from, target.until, command.module)
        }
    }

    private mutating func checkWindow(of what: String, _ from: NodeID, _ until: NodeID, _ module: Int32) {
        guard !from.isNone, !until.isNone else { return }
        enter(module)
        func written(_ node: NodeID) -> TimePoint? {
            // What is no written time is told where it is needed.
            switch tree[node].kind {
            case .number, .period: return (try? constantTime(node)) ?? nil
            default: return nil
            }
        }
        guard let first = written(from), let last = written(until), first.start >= last.end else { return }
        _ = report(
            .windowReversed(
                what, from: first.text, until: last.text, at: location(until), first: location(from)))
    }

    private mutating func constantEnd(_ node: NodeID) throws(LoweringFailure) -> TimePoint? {
        if node.isNone { return nil }
        guard let time = try constantTime(node) else {
            throw report(.windowNotConstant(at: location(node)))
        }
        return time
    }

    // MARK: Conflicts

    /// Whether both set one written number: then it is all the same which comes last.
    private mutating func haveOneConsequence(_ one: Patch, _ other: Patch) throws(LoweringFailure) -> Bool {
        guard one.operation == .set, other.operation == .set, !one.value.isNone, !other.value.isNone else {
            return false
        }
        let outer = module
        defer { enter(outer) }
        guard let first = try writtenNumber(one.value, one.module),
            let second = try writtenNumber(other.value, other.module)
        else { return false }
        return first.bitPattern == second.bitPattern
    }

    /// The number that an expression of numbers and units is; nil for one that reads anything else, such as what it patches.
    private mutating func writtenNumber(_ node: NodeID, _ module: Int32) throws(LoweringFailure) -> Double? {
        enter(module)
        for index in tree.subtree(of: node) {
            switch tree[index].kind {
            case .call, .lambda: return nil
            case .name, .member:
                guard case .declaration(let read) = model.resolution(index, in: module),
                    model[read].kind == .unit
                else { return nil }
            default: continue
            }
        }
        return try constantNumber(node)
    }

    /// Two policies on one field at the same time, whose order matters, and of which none is said to come after the other.
    private mutating func checkConflicts(
        _ id: DeclarationID, _ applied: [(patch: Patch, policy: Int?)]
    ) throws(LoweringFailure) {
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
                let place = model.modules[Int(later.patch.module)].tree.location(later.patch.node)
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
                        first: model.modules[Int(earlier.patch.module)].tree.location(earlier.patch.node),
                        scenario: model.scenarios[scenario].name))
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
