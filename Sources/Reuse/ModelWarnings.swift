import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What is said of routes, markets and policies that do nothing.
extension Runner {
    /// Markets in which no supply is, and that no route leads to from one. Where `isRun`, those that a run fails of are left
    /// to it.
    mutating func checkReach(isRun: Bool) {
        let network = model.network
        let isReached = reachedMarkets
        for (number, market) in network.markets.enumerated() where !isReached[number] {
            if isRun, market.curve == .fixed || market.curve == .isoelastic { continue }
            diagnostics.append(.unreachedMarket(model.name(market.declaration), at: place(of: market.declaration)))
        }
    }

    /// By market, whether a supply is in it, or a route leads there from where one is.
    var reachedMarkets: [Bool] {
        var isReached = Array(repeating: false, count: model.network.markets.count)
        for supply in model.network.supplies { isReached[supply.market] = true }
        for _ in model.network.markets.indices {
            for route in model.network.routes where isReached[route.from] { isReached[route.to] = true }
        }
        return isReached
    }

    /// Routes that carry nothing in the baseline, in the scenario of plain commands, and in all that are declared: on
    /// central values, and where these are uncertain in a few hundred samples too.
    mutating func checkRoutes() {
        guard !model.network.routes.isEmpty else { return }
        var wantedScenarios: Set<Int> = [Model.baseline, model.mainScenario]
        wantedScenarios.formUnion(model.scenarios.indices.filter { !model.scenarios[$0].node.isNone })
        let wanted = wantedScenarios.sorted()
        var requests: [QueryRequest] = []
        for route in model.network.routes.indices {
            let flow = model.network.result(.flow, of: route)
            guard let flow else { return }
            requests += wanted.map { .declaration(flow.declaration, scenario: $0) }
        }
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else { return }
        var idle = Set(model.network.routes.indices)
        for isCentral in [true, false] where !idle.isEmpty {
            let run = execute(
                lowered.program, isCentral ? options.central : options.run(samples: min(options.samples, 256)))
            // What was not computed is no idle route.
            if options.isCancelledByHost() { return }
            for (position, query) in lowered.program.queries.enumerated() {
                guard idle.contains(position / wanted.count), query.definition >= 0 else { continue }
                let steps = run.varies(query.definition) ? lowered.program.calendar.count : 1
                // What failed is no idle route.
                let isUsed = run.allValues(query.definition, steps: steps).contains { !($0 == 0) }
                if isUsed { idle.remove(position / wanted.count) }
            }
        }
        for number in idle.sorted() {
            let route = model.network.routes[number]
            let tree = model.tree(route.module)
            let ends = [route.from, route.to].map { model.name(model.network.markets[$0].declaration) }
            diagnostics.append(
                .idleRoute(ends[0] + " -> " + ends[1], at: firstLine(Location(tree.source, tree[route.node].span))))
        }
    }

    /// Policies that, alone and on central values, leave what they patch as it is.
    mutating func checkEffects() {
        var ofPolicy: [Int: Int] = [:]
        for (number, scenario) in model.scenarios.enumerated() {
            guard scenario.policies.count == 1, scenario.patches.isEmpty else { continue }
            if ofPolicy[scenario.policies[0]] == nil { ofPolicy[scenario.policies[0]] = number }
        }
        // A program has places for all that its scenarios may differ in: of very many they are looked at in turn.
        for first in stride(from: 0, to: model.policies.count, by: Self.policiesAtOnce)
        where !options.isCancelledByHost() {
            checkEffects(first..<min(first + Self.policiesAtOnce, model.policies.count), ofPolicy)
        }
    }

    private static let policiesAtOnce = 100

    /// `ofPolicy` are the scenarios of one policy each.
    private mutating func checkEffects(_ policies: Range<Int>, _ ofPolicy: [Int: Int]) {
        var requests: [QueryRequest] = []
        var asked: [(policy: Int, first: Int, count: Int)] = []
        for number in policies {
            guard let own = ofPolicy[number] else { continue }
            let targets = model.policies[number].patches.flatMap(\.targets)
            asked.append((number, requests.count, targets.count))
            for target in targets {
                requests.append(.declaration(target, scenario: own))
                requests.append(.declaration(target, scenario: Model.baseline))
            }
        }
        if asked.isEmpty { return }
        let lowered = options.lower(core, scenarios, requests, hasMainScenario: false)
        guard lowered.diagnostics.isEmpty else { return }
        let run = execute(lowered.program, options.central)
        if options.isCancelledByHost() { return }
        let known = Set(diagnostics.filter { $0.kind == .policyOutsideHorizon }.compactMap { $0.primary?.location })
        for (number, first, count) in asked {
            let changes = (0..<count).contains { position in
                let patched = lowered.program.queries[first + 2 * position]
                let plain = lowered.program.queries[first + 2 * position + 1]
                // What varies over other members than before is changed.
                guard patched.definition >= 0, plain.definition >= 0,
                    patched.axes.subtracting(.time) == plain.axes.subtracting(.time)
                else { return true }
                let isTimed = run.varies(patched.definition) || run.varies(plain.definition)
                let steps = isTimed ? lowered.program.calendar.count : 1
                let (own, other) = (
                    run.allValues(patched.definition, steps: steps), run.allValues(plain.definition, steps: steps)
                )
                return own.count != other.count || zip(own, other).contains { $0.bitPattern != $1.bitPattern }
            }
            let place = place(of: model.policies[number].declaration)
            guard !changes, !known.contains(place) else { continue }
            diagnostics.append(.policyWithoutEffect(model.name(model.policies[number].declaration), at: place))
        }
    }
}

extension Diagnostic {
    fileprivate static func unreachedMarket(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .unreachedMarket, severity: .warning, "nothing reaches the market `\(name)`", at: Label(place),
            help: ["put a supply in it, or a route to it: `route A -> \(name) { cost: 10 USD/phone }`"])
    }

    fileprivate static func idleRoute(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .idleRoute, severity: .warning, "`\(name)` carries nothing, at any time and in any scenario",
            at: Label(place), help: ["look at its cost, its direction and the prices at both ends, or leave it out"])
    }

    fileprivate static func policyWithoutEffect(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .policyWithoutEffect, severity: .warning, "the policy `\(name)` changes nothing", at: Label(place),
            help: ["what it patches is the same with it and without it"])
    }
}
