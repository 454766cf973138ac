import ReuseSyntax

/// Rates that compound. `growing`, the functions of the library and `projection` compound once a year unless `every` says
/// otherwise: a rate that is written per month would be taken twelvefold and compounded yearly, which is hardly meant.
extension Model {
    func problemsOfCompounding() -> [Diagnostic] {
        var check = CompoundingCheck(self)
        return check.problems()
    }
}

/// Finds the rates that compound, also through functions that hand on a parameter, and the units that they are written in.
private struct CompoundingCheck {
    /// A rate, and what it is given to.
    struct Site {
        var module: Int32
        var rate: NodeID
        var user: User
    }

    enum User {
        case growing
        case function(DeclarationID, hasEvery: Bool)
        case projection
    }

    /// A unit of time that is not the year, and the expression that has it.
    struct Written {
        var unit: DeclarationID
        var node: NodeID
        var module: Int32
    }

    let model: Model
    var units: DisplayUnits
    /// By function: the places of the parameters that compound.
    var compounding: [DeclarationID: [Int]] = [:]

    init(_ model: Model) {
        self.model = model
        units = DisplayUnits(model: model)
    }

    mutating func problems() -> [Diagnostic] {
        findDeclared()
        handOn()
        var result: [Diagnostic] = []
        for site in sites() {
            if let written = unit(of: site.rate, in: site.module, 0) { result.append(problem(site, written)) }
        }
        return result
    }

    // MARK: Which rates compound

    /// A function says so in its documentation: "compounds: `rate`, once each `every`".
    private mutating func findDeclared() {
        for module in model.modules.indices {
            let tree = model.modules[module].tree
            for (statement, lines) in tree.docs
            where tree[statement].kind == .function && model.modules[module].ids.contains(statement) {
                guard let line = lines.first(where: { $0.hasPrefix("compounds:") }) else { continue }
                let id = model.scope(of: Int32(module))[tree.name(statement)]
                guard !id.isNone, model[id].kind == .function else { continue }
                let names = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                    .filter { $0.offset % 2 == 1 }.map { String($0.element) }
                let parameters = model.parameters(of: id).map { model.symbols[$0.symbol] }
                compounding[id] = parameters.indices.filter {
                    parameters[$0] != "every" && names.contains(parameters[$0])
                }
            }
        }
    }

    /// A function that hands a parameter on to what compounds makes it compound.
    private mutating func handOn() {
        var owners: [Int32: (function: DeclarationID, place: Int)] = [:]
        for index in model.declarations.indices where model.declarations[index].kind == .function {
            let id = DeclarationID(Int32(index))
            guard !model.modules[Int(model[id].module)].isLibrary else { continue }
            let base = model.modules[Int(model[id].module)].nodeBase
            for (place, node) in model.parameterNodes(of: id).enumerated() {
                owners[base + node.rawValue] = (id, place)
            }
        }
        if owners.isEmpty { return }
        var changed = true
        while changed {
            changed = false
            for site in sites() {
                let tree = model.tree(site.module)
                var node = site.rate
                while tree[node].kind == .paren || tree[node].kind == .negate { node = tree.operand(node) }
                guard tree[node].kind == .name, case .local(let local) = model.resolution(node, in: site.module),
                    let owner = owners[model.modules[Int(site.module)].nodeBase + local.rawValue],
                    !compounding[owner.function, default: []].contains(owner.place)
                else { continue }
                compounding[owner.function, default: []].append(owner.place)
                changed = true
            }
        }
    }

    /// The rates of scripts that compound, but for those whose `every` is given.
    private func sites() -> [Site] {
        var result: [Site] = []
        for module in model.modules.indices where !model.modules[module].isLibrary {
            let tree = model.modules[module].tree
            let nodes = tree.nodes
            for id in model.modules[module].ids {
                switch nodes[Int(id.rawValue)].kind {
                case .growing:
                    let rate = tree.growing(tree[id]).rate
                    if tree[rate].kind != .every {
                        result.append(Site(module: Int32(module), rate: rate, user: .growing))
                    }
                case .call: result += sites(inCall: id, Int32(module), tree)
                default: break
                }
            }
        }
        for projection in model.projections {
            for candidate in projection.candidates where candidate.method == .compound {
                for (parameter, id) in zip(candidate.method.parameters, candidate.parameters)
                where parameter == .rate && !id.isNone {
                    result.append(Site(module: model[id].valueModule, rate: model[id].value, user: .projection))
                }
            }
        }
        return result
    }

    private func sites(inCall id: NodeID, _ module: Int32, _ tree: SyntaxTree) -> [Site] {
        let node = tree[id]
        guard case .declaration(let target) = model.resolution(tree.call(node).callee, in: module),
            let places = compounding[target]
        else { return [] }
        let parameters = model.parameters(of: target)
        guard let match = model.match(parameters.map { ($0.symbol, $0.hasDefault) }, call: node, in: module) else {
            return []
        }
        let every = parameters.firstIndex { model.symbols[$0.symbol] == "every" }
        if let every, !match.arguments[every].isNone { return [] }
        return places.filter { !match.arguments[$0].isNone }.map {
            Site(
                module: module, rate: tree.argument(match.arguments[$0]).value,
                user: .function(target, hasEvery: every != nil))
        }
    }

    // MARK: The unit that is written

    /// The unit of time that a rate is written in, through names, where it is not the year; nil also where that cannot be
    /// known.
    private mutating func unit(of node: NodeID, in module: Int32, _ depth: Int) -> Written? {
        guard depth < 60, !node.isNone else { return nil }
        let tree = model.tree(module)
        let own = tree[node]
        switch own.kind {
        case .paren, .negate, .index: return unit(of: tree.operand(own), in: module, depth + 1)
        case .keyed:
            for raw in tree.elements(own) {
                if let found = unit(of: tree.keyedItem(raw).value, in: module, depth + 1) { return found }
            }
            return nil
        case .conditional:
            let parts = Array(tree.conditional(own).parts)
            for (position, raw) in parts.enumerated() where position % 2 == 1 || position == parts.count - 1 {
                if let found = unit(of: raw, in: module, depth + 1) { return found }
            }
            return nil
        case .name, .member:
            switch model.resolution(node, in: module) {
            case .local(let local):
                guard tree[local].kind == .localLet else { return nil }
                return unit(of: tree.localLet(local).value, in: module, depth + 1)
            case .declaration(let target):
                guard [.assume, .let, .field].contains(model[target].kind) else { break }
                if let found = unit(of: model[target].value, in: model[target].valueModule, depth + 1) { return found }
                return unit(ofPatchesOn: target, depth)
            case .unresolved: break
            }
        default: break
        }
        guard let written = units.written(node, in: module) else { return nil }
        for factor in written.factors where factor.exponent.numerator < 0 && units.isTime(factor.unit) {
            if !isYear(factor.unit, 0) { return Written(unit: factor.unit, node: node, module: module) }
        }
        return nil
    }

    private mutating func unit(ofPatchesOn target: DeclarationID, _ depth: Int) -> Written? {
        guard model.isPatched.contains(target) else { return nil }
        for patch in model.policies.flatMap({ $0.patches }) + model.scenarios.flatMap({ $0.patches })
        where patch.targets.contains(target) && [.set, .add, .subtract].contains(patch.operation) {
            if let found = unit(of: patch.value, in: patch.module, depth + 1) { return found }
        }
        return nil
    }

    /// `yr`, and units that are another name of it.
    private func isYear(_ unit: DeclarationID, _ depth: Int) -> Bool {
        let declaration = model[unit]
        if model.symbols[declaration.symbol] == "yr" { return true }
        guard depth < 20, !declaration.value.isNone else { return false }
        let tree = model.tree(declaration.valueModule)
        let node = tree[declaration.value]
        var other = declaration.value
        if node.kind == .quantity {
            let quantity = tree.quantity(node)
            let number = tree[quantity.literal]
            guard quantity.units.count == 1, number.kind == .number, tree.number(number) == 1 else { return false }
            other = quantity.units[0]
            if tree.unitPower(other).exponent != 1 { return false }
        } else if node.kind != .name {
            return false
        }
        guard case .declaration(let target) = model.resolution(other, in: declaration.valueModule),
            model[target].kind == .unit
        else { return false }
        return isYear(target, depth + 1)
    }

    // MARK: Words

    private func problem(_ site: Site, _ written: Written) -> Diagnostic {
        let tree = model.tree(site.module)
        let name = model.name(written.unit)
        let whole = model.text(site.rate, in: site.module)
        let rate = whole.utf8.count <= 60 && !whole.contains("\n") ? whole : "r"
        let yearly = "write `(\(rate) as %/yr)` to take what that is in a year, and compound it once a year"
        let user: String
        let often: String
        switch site.user {
        case .growing:
            user = "`growing`"
            let ending = "/" + name
            let share = rate.hasSuffix(ending) ? String(rate.dropLast(ending.count)) : "\(rate) * 1 \(name)"
            often = "write `growing \(share) every \(name)` to compound every \(name)"
        case .function(let id, let hasEvery):
            user = "`\(model.name(id))`"
            often =
                hasEvery
                ? "add `every: 1 \(name)` to compound every \(name)" : asYearly(rate, name)
        case .projection:
            user = "`compound`"
            often = asYearly(rate, name)
        }
        let isElsewhere = written.node != site.rate || written.module != site.module
        let also =
            isElsewhere
            ? [
                Diagnostic.Label(model.tree(written.module).location(written.node), "written per `\(name)` here")
            ] : []
        return Diagnostic(
            .rateNotPerYear, "\(user) compounds once a year, and this rate is per `\(name)`",
            at: Diagnostic.Label(tree.location(site.rate)), also: also, help: [often, yearly])
    }

    private func asYearly(_ rate: String, _ unit: String) -> String {
        "write `((1 + \(rate) * 1 \(unit))^(1 yr / 1 \(unit)) - 1) / 1 yr` to compound every \(unit)"
    }
}
