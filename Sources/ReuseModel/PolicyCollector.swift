import ReuseSyntax

/// Policies and scenarios: what they patch, and when.
struct PolicyCollector: Collector {
    let statements: [TextNode]
    let correlations: [TextNode]
    /// The scenario of plain commands that the host asks for.
    let chosenScenario: String?
    var model = Model()
    var problems = Problems()
    private(set) var parts = StatementParts()
    /// Numbers of the scenarios that are declared, by their names.
    var declaredScenarios: [Symbol: Int] = [:]

    mutating func collect() {
        collectPolicies()
        declareReadFields()
        collectCorrelations()
    }

    private mutating func collectPolicies() {
        for place in statements where model.tree(place.module)[place.node].kind == .policy {
            collectPolicy(place)
        }
        for number in model.policies.indices { connectAfter(number) }
        model.scenarios = [Scenario(name: WellKnownScenario.baseline.rawValue, policies: [])]
        if !model.policies.isEmpty {
            model.scenarios.append(
                Scenario(name: WellKnownScenario.all.rawValue, policies: Array(model.policies.indices)))
        }
        for place in statements where model.tree(place.module)[place.node].kind == .scenario {
            collectScenario(place)
        }
        joinScenarios()
        let names = Set(model.scenarios.map { $0.name })
        for number in model.policies.indices {
            let name = model.name(model.policies[number].declaration)
            if !names.contains(name) { model.scenarios.append(Scenario(name: name, policies: [number])) }
        }
        if let name = chosenScenario {
            if model.scenario(named: name) == nil, let both = scenarioJoining(name) { model.scenarios.append(both) }
            if let number = model.scenario(named: name) {
                model.chosenScenario = number
            } else {
                report(
                    .noSuchChosenScenario(
                        name, known: model.scenarios.map { $0.name },
                        nearest: nearest(to: name, among: model.scenarios.map { $0.name })))
            }
        }
        for number in model.policies.indices { model.policies[number].patches = patches(ofPolicy: number) }
        model.policyRanks = model.canonicalPolicyRanks()
        let own = model.scenarios.map { scenario in
            scenario.node.isNone
                ? []
                : patches(
                    model.tree(scenario.module).scenario(scenario.node).changes, of: scenario.name, in: scenario.module)
        }
        for number in model.scenarios.indices {
            model.scenarios[number].patches = (model.scenarios[number].bases + [number]).flatMap { own[$0] }
        }
        for command in model.commands where command.kind == .solve { collectSolve(command) }
        collectCalibrations()
        model.orderPolicies()
        for patch in model.policies.flatMap({ $0.patches }) + model.scenarios.flatMap({ $0.patches }) {
            model.isPatched.formUnion(patch.targets)
        }
    }

    private func title(_ id: NodeID, _ tree: SyntaxTree) -> String? { id.isNone ? nil : tree.literal(id) }

    private mutating func collectPolicy(_ place: TextNode) {
        let tree = model.tree(place.module)
        let statement = tree.policy(place.node)
        guard
            let declaration = declare(.policy, tree.name(statement.name), at: place.node, in: place.module)
        else { return }
        model[declaration].number = Int32(model.policies.count)
        var policy = Policy(declaration: declaration, module: place.module, node: place.node)
        policy.title = title(statement.title, tree)
        (policy.from, policy.until, policy.over) = (statement.from, statement.until, statement.over)
        for change in statement.changes where tree[change].kind == .assume {
            collectOwnInput(change, declaration, place)
        }
        model.policies.append(policy)
    }

    /// `assume rate = 10%` in a policy is `p.rate`, and `rate` inside it.
    private mutating func collectOwnInput(
        _ id: NodeID, _ policy: DeclarationID, _ place: TextNode
    ) {
        let input = model.tree(place.module).definition(id)
        let own = model.declareHidden(
            .assume, model.name(policy) + "." + model.symbols[input.name], value: input.value, at: id,
            in: place.module)
        let base = model.modules[Int(place.module)].nodeBase
        parts.fields[base + place.node.rawValue, default: []].append(own)
        parts.ownNames[base + place.node.rawValue, default: []].append((input.name, own))
    }

    /// The policies that `after` names.
    private mutating func connectAfter(_ number: Int) {
        let policy = model.policies[number]
        let tree = model.tree(policy.module)
        for name in tree.policy(policy.node).after {
            if let other = self.policy(tree.name(name), at: name, in: policy.module) {
                model.policies[number].after.append(other)
            }
        }
    }

    private mutating func policy(_ symbol: Symbol, at id: NodeID, in module: Int32) -> Int? {
        let found = model.find(symbol, in: module)
        if !found.isNone, model[found].kind == .policy, model[found].number >= 0 { return Int(model[found].number) }
        let names = model.policies.map { model.name($0.declaration) }
        let name = model.symbols[symbol]
        report(
            .unknownName(
                name, at: model.location(id, in: module), nearest: nearest(to: name, among: names),
                hint: "it names a policy, declared as `policy \(name) from 2026 { ... }`"))
        return nil
    }

    private mutating func collectScenario(_ place: TextNode) {
        let tree = model.tree(place.module)
        let statement = tree.scenario(place.node)
        let first = statement.name
        let symbol = tree.name(first)
        let name = model.symbols[symbol]
        if let known = declaredScenarios[symbol].map({ model.scenarios[$0] }) {
            report(
                .redefined(
                    "the scenario `\(name)`", at: model.location(first, in: place.module),
                    first: model.location(known.node, in: known.module)))
            return
        }
        let known = WellKnownScenario(rawValue: name)
        if known == .baseline || known == .all || model.policies.contains(where: { model.name($0.declaration) == name })
        {
            report(.scenarioName(name, at: model.location(first, in: place.module)))
            return
        }
        var scenario = Scenario(name: name, policies: [])
        scenario.node = place.node
        scenario.module = place.module
        scenario.title = title(statement.title, tree)
        scenario.hasOwnPatches = !statement.changes.isEmpty
        declaredScenarios[symbol] = model.scenarios.count
        model.scenarios.append(scenario)
    }

    /// What the scenarios that were looked at are made of.
    private struct JoinedScenarios {
        /// How many scenarios deep each nests.
        var depths: [Int: Int] = [:]
        /// Policies and scenarios of all of them.
        var partCount = 0
    }

    /// Gives scenarios what those have that they name.
    private mutating func joinScenarios() {
        var joined = JoinedScenarios()
        for number in model.scenarios.indices {
            joinScenario(number, &joined, within: [])
            guard joined.partCount <= Limits.scenarioParts else {
                let scenario = model.scenarios[number]
                report(
                    .limit(
                        "scenarios are made of more than \(Limits.inWords(Limits.scenarioParts)) parts, with those that they name",
                        at: model.location(scenario.node, in: scenario.module)))
                return
            }
        }
    }

    /// A scenario has the policies of those that it names, and their patches before its own. They may be declared anywhere.
    private mutating func joinScenario(_ number: Int, _ joined: inout JoinedScenarios, within outer: [Int]) {
        var scenario = model.scenarios[number]
        guard !scenario.node.isNone, joined.depths[number] == nil else { return }
        joined.depths[number] = 0
        var policies: Set<Int> = []
        var bases: Set<Int> = []
        func add(_ more: [Int]) { scenario.policies += more.filter { policies.insert($0).inserted } }
        let tree = model.tree(scenario.module)
        for child in tree.scenario(scenario.node).policies {
            let symbol = tree.name(child)
            let word = model.symbols[symbol]
            let known = WellKnownScenario(rawValue: word)
            if known == .baseline { continue }
            if known == .all {
                add(Array(model.policies.indices))
            } else if let other = declaredScenarios[symbol] {
                let place = model.location(child, in: scenario.module)
                if other == number || outer.contains(other) {
                    report(.scenarioOfItself(word, at: place))
                    continue
                }
                if outer.count < Limits.scenariosDeep { joinScenario(other, &joined, within: outer + [number]) }
                // The same in whatever order they are declared.
                guard let depth = joined.depths[other], depth < Limits.scenariosDeep else {
                    report(
                        .limit("scenarios that name scenarios may nest at most \(Limits.scenariosDeep) deep", at: place)
                    )
                    continue
                }
                joined.depths[number] = max(joined.depths[number] ?? 0, depth + 1)
                scenario.named.append(other)
                add(model.scenarios[other].policies)
                let own = model.scenarios[other].hasOwnPatches ? [other] : []
                scenario.bases += (model.scenarios[other].bases + own).filter { bases.insert($0).inserted }
            } else if let policy = policy(symbol, at: child, in: scenario.module) {
                add([policy])
            }
        }
        joined.partCount += scenario.policies.count + scenario.bases.count
        model.scenarios[number] = scenario
    }

    /// The scenario of `a + b`, as somebody asks for it who runs the script; nil where one of these is not there.
    private func scenarioJoining(_ name: String) -> Scenario? {
        let parts = scenarioNames(in: name)
        guard parts.count > 1 else { return nil }
        var result = Scenario(name: name, policies: [])
        for part in parts {
            guard let number = model.scenario(named: part) else { return nil }
            let other = model.scenarios[number]
            result.policies += other.policies.filter { !result.policies.contains($0) }
            result.bases += (other.bases + (other.hasOwnPatches ? [number] : [])).filter { !result.bases.contains($0) }
        }
        return result
    }

    /// `solve name: ...` makes a scenario: the one of plain commands with the input that is solved for.
    private mutating func collectSolve(_ command: Command) {
        let tree = model.tree(command.module)
        let statement = tree.solve(command.node)
        let name = model.symbols[tree.name(statement.name)]
        if model.scenario(named: name) != nil {
            report(.scenarioName(name, at: model.location(statement.name, in: command.module)))
            return
        }
        guard let (path, pick) = patchedPath(statement.path, in: command.module) else { return }
        let targets = targets(path, in: command.module)
        guard targets.count == 1 else {
            if targets.count > 1 {
                report(
                    .solvedForSeveral(
                        model.text(statement.path, in: command.module), targets.map { model.name($0) },
                        at: model.location(statement.path, in: command.module)))
            }
            return
        }
        let main = model.scenarios[model.mainScenario]
        var scenario = Scenario(name: name, policies: main.policies, patches: main.patches)
        scenario.patches.append(
            Patch(
                operation: .set, node: statement.path, module: command.module, value: .none, targets: targets,
                constant: 0,
                pick: pick))
        model.scenarios.append(scenario)
    }

    // MARK: Patches

    private mutating func patches(ofPolicy number: Int) -> [Patch] {
        let policy = model.policies[number]
        return patches(
            model.tree(policy.module).policy(policy.node).changes, of: model.name(policy.declaration), in: policy.module
        )
    }

    /// The patches of a policy or scenario.
    private mutating func patches(_ changes: NodeList, of home: String, in module: Int32) -> [Patch] {
        let tree = model.tree(module)
        var result: [Patch] = []
        var places: [String: Int] = [:]
        for child in changes {
            switch tree[child].kind {
            case .ban:
                let targets = routeTargets(tree.operand(child), .routeCapacity, in: module)
                if !targets.isEmpty {
                    result.append(
                        Patch(operation: .ban, node: child, module: module, value: .none, targets: targets))
                }
            case .patch:
                let patch = tree.patch(child)
                guard let (path, pick) = patchedPath(patch.path, in: module) else { continue }
                let targets = targets(path, in: module)
                guard !targets.isEmpty else { continue }
                let operation = operation(patch.sign)
                for target in targets where model[target].value.isNone && operation != .set {
                    if MarketField(rawValue: UInt8(truncatingIfNeeded: model[target].number))?.isLimit == true {
                        report(.patchOfNone(model.name(target), at: model.location(path, in: module)))
                    }
                }
                var place = home + ": " + words(ofPath: patch.path, in: module) + " " + operation.sign
                let count = places[place, default: 0] + 1
                places[place] = count
                if count > 1 { place += " (\(count))" }
                result.append(
                    Patch(
                        operation: operation, node: child, module: module, value: patch.value, targets: targets,
                        place: place, pick: pick))
            default: continue
            }
        }
        return result
    }

    /// A path, and the node in which members are picked of what it means: `price[A]`. Nil after a report.
    private mutating func patchedPath(_ path: NodeID, in module: Int32) -> (path: NodeID, pick: NodeID)? {
        let tree = model.tree(module)
        guard tree[path].kind == .index else { return (path, .none) }
        return checkPicks(path, in: module) ? (tree.index(path).base, path) : nil
    }

    /// A path as it is written, with blanks where the formatter puts them.
    private func words(ofPath id: NodeID, in module: Int32) -> String {
        let tree = model.tree(module)
        let node = tree[id]
        switch node.kind {
        case .name: return model.symbols[tree.name(node)]
        case .route: return model.symbols[tree.route(node).from] + " -> " + model.symbols[tree.route(node).to]
        case .member:
            return words(ofPath: tree.member(node).base, in: module) + "." + model.symbols[tree.member(node).name]
        case .index:
            let index = tree.index(node)
            let members = index.picks.map { words(ofPath: $0, in: module) }
            return words(ofPath: index.base, in: module) + "[" + members.joined(separator: ", ") + "]"
        case .pick:
            return model.symbols[tree.pick(node).index] + ": " + words(ofPath: tree.pick(node).member, in: module)
        default: return model.text(id, in: module)
        }
    }

    /// Whether all that stands in brackets behind a path are members; what is none is reported.
    private mutating func checkPicks(_ path: NodeID, in module: Int32) -> Bool {
        let tree = model.tree(module)
        var isFine = true
        for raw in tree.index(path).picks {
            var problem: Diagnostic?
            if tree[raw].kind == .pick {
                problem = model.problem(ofPick: raw, in: module, lacksTable: problems.lacksTable)
            } else if model.memberName(raw, in: tree).flatMap({ model.memberships[$0] }) == nil {
                let name = model.text(raw, in: module)
                let members = model.indexes.flatMap { $0.members }.map { model.symbols[$0] }
                problem = .unknownMember(
                    name, at: model.location(raw, in: module), nearest: nearest(to: name, among: members))
            }
            guard let problem, !(problems.lacksTable && problem.kind == .unknownMember) else { continue }
            report(problem)
            isFine = false
        }
        return isFine
    }

    /// An input or a field that somebody may have meant.
    private mutating func nearestPatched(_ path: String) -> String? {
        guard problems.takeSuggestion() else { return nil }
        let names = model.declarations.indices.map { DeclarationID(Int32($0)) }.filter {
            [.assume, .field, .stockField].contains(model[$0].kind)
        }.map { model.name($0) }
        return nearest(to: path, among: names)
    }

    private func operation(_ sign: PatchSign) -> Patch.Operation {
        switch sign {
        case .assign: .set
        case .add: .add
        case .subtract: .subtract
        case .multiply: .multiply
        case .divide: .divide
        }
    }

    /// The inputs and fields that a path means; empty after a report.
    mutating func targets(_ path: NodeID, in module: Int32) -> [DeclarationID] {
        let tree = model.tree(module)
        let node = tree[path]
        let words = model.text(path, in: module)
        if node.kind == .name {
            let found = model.find(tree.name(node), in: module)
            if !found.isNone, model[found].kind == .assume { return [found] }
            report(.notPatched(words, at: model.location(path, in: module), nearest: nearestPatched(words)))
            return []
        }
        guard node.kind == .member else {
            report(.notPatched(words, at: model.location(path, in: module), nearest: nearestPatched(words)))
            return []
        }
        let base = tree[tree.member(node).base]
        let label = model.symbols[tree.member(node).name]
        if base.kind == .route {
            guard let field = MarketField.field(label, of: .route) else {
                report(
                    .noSuchField(
                        label, of: "a route", labels: MarketField.labels(of: .route),
                        at: model.location(path, in: module),
                        nearest: nearest(to: label, among: MarketField.labels(of: .route))))
                return []
            }
            return routeTargets(tree.member(node).base, field, in: module)
        }
        // `Europe.tax`, `trade_in.volume.price`, `p.rate`.
        if let symbol = model.symbols.find(words) {
            let found = model.find(symbol, in: module)
            if !found.isNone, [.field, .assume].contains(model[found].kind) { return [found] }
            if !found.isNone, model[found].kind == .stockField {
                if model.isPatchable(found) { return [found] }
                report(.initialNotPatched(words, at: model.location(path, in: module)))
                return []
            }
        }
        var owner = base
        var isPrice = false
        var name = label
        if base.kind == .member, label == "price" {
            owner = tree[tree.member(base).base]
            name = model.symbols[tree.member(base).name]
            isPrice = true
        }
        guard owner.kind == .name else {
            report(.notPatched(words, at: model.location(path, in: module), nearest: nearestPatched(words)))
            return []
        }
        let found = model.find(tree.name(owner), in: module)
        guard !found.isNone, [.market, .supply].contains(model[found].kind), model[found].number >= 0 else {
            report(.notPatched(words, at: model.location(path, in: module), nearest: nearestPatched(words)))
            return []
        }
        let kind: MarketOwner = model[found].kind == .market ? .market : .supply
        guard !isPrice, let field = MarketField.field(name, of: kind) else {
            let labels = MarketField.labels(of: kind).filter { $0 != "form" }
            report(
                .noSuchField(
                    label, of: kind == .market ? "a market" : "a supply", labels: labels,
                    at: model.location(path, in: module), nearest: nearest(to: label, among: labels)))
            return []
        }
        if !field.hasFallback {
            report(.patchOfMissingCurve(words, at: model.location(path, in: module)))
            return []
        }
        return [defaultField(field, of: kind, Int(model[found].number))]
    }

    /// Fields of the routes that a path such as `China -> any` means.
    private mutating func routeTargets(_ id: NodeID, _ field: MarketField, in module: Int32) -> [DeclarationID] {
        let route = model.tree(module).route(id)
        func matches(_ symbol: Symbol, _ market: Int) -> Bool {
            let word = model.symbols[symbol]
            return word == Network.anyMarket || word == model.name(model.network.markets[market].declaration)
        }
        let found = model.network.routes.indices.filter {
            matches(route.from, model.network.routes[$0].from) && matches(route.to, model.network.routes[$0].to)
        }
        if found.isEmpty {
            report(
                .noSuchRoute(
                    model.text(id, in: module), at: model.location(id, in: module),
                    known: model.network.routes.map { model.symbols[$0.symbol] }))
        }
        return found.map { defaultField(field, of: .route, $0) }
    }

    /// The declaration of a field, made where it was not given, since a policy may give it.
    private mutating func defaultField(
        _ field: MarketField, of owner: MarketOwner, _ number: Int
    ) -> DeclarationID {
        let known: DeclarationID
        switch owner {
        case .market: known = model.network.markets[number].fields[field]
        case .supply: known = model.network.supplies[number].fields[field]
        case .route, .whole: known = model.network.routes[number].fields[field]
        }
        if !known.isNone { return known }
        let place = model.place(of: owner, number)
        let id = model.declareHidden(
            .field, model.path(of: owner, number) + "." + field.path, at: place.node, in: place.module)
        model[id].number = Int32(field.rawValue)
        model[id].subject = Int32(clamping: number)
        switch owner {
        case .market: model.network.markets[number].fields[field] = id
        case .supply: model.network.supplies[number].fields[field] = id
        case .route, .whole: model.network.routes[number].fields[field] = id
        }
        return id
    }

    /// Declares fields that are read, as `Europe.vat`, where they are not given, and have a value all the same.
    private mutating func declareReadFields() {
        guard !model.network.isEmpty else { return }
        for module in model.modules.indices where !model.modules[module].isLibrary {
            let tree = model.modules[module].tree
            for id in model.modules[module].ids where tree[id].kind == .member {
                let node = tree[id]
                let base = tree[tree.member(node).base]
                let label = model.symbols[tree.member(node).name]
                if base.kind == .route {
                    guard let field = MarketField.field(label, of: .route), !field.isLimit else { continue }
                    let path = "\(model.symbols[tree.route(base).from]) -> \(model.symbols[tree.route(base).to])"
                    guard let symbol = model.symbols.find(path),
                        let number = model.network.routes.firstIndex(where: { $0.symbol == symbol })
                    else { continue }
                    _ = defaultField(field, of: .route, number)
                } else if base.kind == .name {
                    let found = model.find(tree.name(base), in: Int32(module))
                    guard !found.isNone, [.market, .supply].contains(model[found].kind), model[found].number >= 0
                    else { continue }
                    let owner: MarketOwner = model[found].kind == .market ? .market : .supply
                    guard let field = MarketField.field(label, of: owner), field.hasFallback, !field.isLimit else {
                        continue
                    }
                    _ = defaultField(field, of: owner, Int(model[found].number))
                }
            }
        }
    }
}
