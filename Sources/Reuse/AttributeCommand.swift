import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `attribute`: the value in each set of policies that it needs.
struct AttributePlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []
    /// Policies whose contributions are asked for, by number.
    var players: [Int]
    /// Sets of players, in the order of the requests.
    var sets: [PolicySet] = []
    /// Orders of the players that are gone through, where there are too many for all sets.
    var orders: [[Int]] = []
    /// Players in the order in which they are shown.
    var rows: [Int] = []
    var isExact: Bool { orders.isEmpty }

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let main = runner.mainScenario
        // Sums over sets of players go through them in an order that rests on what the policies say.
        players = runner.model.inOrder(main.policies)
        rows = main.policies.sorted()
        runner.planAttribution(&self)
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.attribute(self, queries) }

    /// All players but one.
    func others(than player: Int) -> [Int] { players.filter { $0 != player } }
}

/// `attribute`: what each policy contributes to a value, by Shapley (A value for n-person games, 1953): the mean of its
/// effect over all orders in which the policies could come into force. The shares add up to the effect of all.
extension Runner {
    /// So many policies are gone through in all their sets: where all is certain, and where each set takes thousands of
    /// samples.
    static let exactPlayers = (certain: 12, uncertain: 8)
    /// As many orders as this are gone through, and as many sets at most where each takes thousands of samples.
    static let sampledOrders = 200
    static let uncertainSets = 300

    /// At most so many players: each order has a set for each of them, and there are two orders at least, with their reverse.
    static func mostPlayers(_ parts: Int) -> Int { Int((Double(parts) / 3).squareRoot()) }

    /// Finds the players, the sets that are needed of them, and a scenario for each.
    fileprivate mutating func planAttribution(_ plan: inout AttributePlan) {
        let command = plan.command
        let tree = model.tree(command.module)
        let parts = tree.attribute(command.node)
        let main = mainScenario
        if !parts.among.isEmpty {
            let named = parts.among.compactMap { node in
                model.policies.firstIndex { model.name($0.declaration) == model.symbols[tree.name(node)] }
            }
            var seen = PolicySet()
            plan.rows = named.filter { policy in
                defer { seen.insert(policy) }
                return !seen.contains(policy)
            }
            plan.players = model.inOrder(plan.rows)
        }
        let count = plan.players.count
        let most = Self.mostPlayers(Limits.scenarioParts)
        guard count <= most else {
            diagnostics.append(.tooManyToAttribute(count, most: most, at: tree.location(command.node)))
            return
        }
        let isUncertain = count > Self.exactPlayers.uncertain && isUncertain(command, parts)
        // Each set is a scenario with all declarations of its own.
        let mostSets = Limits.scenarioValues / max(model.declarations.count, 1) - model.scenarios.count
        let isExact =
            count <= (isUncertain ? Self.exactPlayers.uncertain : Self.exactPlayers.certain) && 1 << count <= mostSets
        if isExact {
            plan.sets = (0..<(1 << count)).map { bits in
                PolicySet(plan.players.indices.filter { bits >> $0 & 1 == 1 }.map { plan.players[$0] })
            }
        } else {
            // Beside those of the orders there are the sets of one, and of all but one.
            let affordable = min(2 * (Limits.scenarioParts / (count * count) - 1), mostSets / count - 3)
            let orders = isUncertain ? Self.uncertainSets / count : Self.sampledOrders
            plan.orders = Self.orders(of: plan.players, count: max(4, min(orders, affordable)))
            var wanted = [PolicySet(), PolicySet(plan.players)]
            for player in plan.players { wanted += [PolicySet([player]), PolicySet(plan.others(than: player))] }
            for order in plan.orders {
                var set = PolicySet()
                for player in order {
                    set.insert(player)
                    wanted.append(set)
                }
            }
            var seen: Set<PolicySet> = []
            plan.sets = wanted.filter { seen.insert($0).inserted }
        }
        // Policies of the scenario that are no players stay in force.
        let (players, others) = (plan.players, main.policies.filter { !plan.players.contains($0) })
        for set in plan.sets where !options.isCancelledByHost() {
            let own = players.filter { set.contains($0) }
            let number = scenarios.add(policies: others + own, patches: main.patches, in: model)
            plan.requests.append(
                .expression(module: command.module, node: parts.value, time: parts.point, scenario: number))
        }
    }

    /// Whether a value varies over samples where all policies are in force.
    private func isUncertain(
        _ command: Command, _ parts: AttributeNode
    ) -> Bool {
        let request = QueryRequest.expression(
            module: command.module, node: parts.value, time: parts.point, scenario: model.mainScenario)
        let lowered = options.lower(core, scenarios, [request])
        return lowered.program.queries.first?.axes.contains(.sample) ?? false
    }

    /// Orders of players, each followed by its reverse, always the same ones.
    private static func orders(of players: [Int], count wanted: Int) -> [[Int]] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var result: [[Int]] = []
        for _ in 0..<wanted / 2 {
            var order = players
            for index in stride(from: players.count - 1, to: 0, by: -1) { order.swapAt(index, next(index + 1)) }
            result.append(order)
            result.append(order.reversed())
        }
        return result
    }

    fileprivate mutating func attribute(_ plan: AttributePlan, _ queries: [Int]) -> Bool {
        let tree = model.tree(plan.command.module)
        let parts = tree.attribute(plan.command.node)
        let form = form(of: parts.value, in: plan.command.module)
        let place = Location(tree.source, tree[parts.value].span)
        let axes = queries.reduce(Axes()) { $0.union(program.queries[$1].axes) }.subtracting(.sample)
        var labels: [String] = axes.contains(.time) ? ["time"] : []
        labels += axes.indexNumbers.map { model.symbols[model.indexes[$0].symbol] }
        var name = text(parts.value, in: plan.command.module)
        if !parts.point.isNone { name += " in " + text(parts.point, in: plan.command.module) }
        var table = Table(
            title: plan.isExact
                ? "what each policy adds to \(name)"
                : "what each policy adds to \(name), from \(plan.orders.count) orders of \(plan.players.count) policies",
            axes: labels + ["policy"], rows: [],
            columns: [
                Table.Column(name: "share", unit: form.unit), Table.Column(name: "added first", unit: form.unit),
                Table.Column(name: "added last", unit: form.unit),
            ])
        if !plan.isExact { table.columns.append(Table.Column(name: "error of share", unit: form.unit)) }
        for column in table.columns.indices { table.columns[column].isUnique = isUnique(queries) }
        var places: [PolicySet: Int] = [:]
        for (position, set) in plan.sets.enumerated() { places[set] = position }
        for point in points(of: axes) {
            var values: [[Double]] = []
            for query in queries {
                guard let own = samples(program.queries[query], members: point.members, step: point.step) else {
                    return false
                }
                for (number, value) in own.enumerated()
                where value.isNaN && stop(value, sample: own.count > 1 ? number : nil, among: own) { return false }
                values.append(Array(own))
            }
            let length = values.map { $0.count }.max() ?? 1
            /// The value in each sample where some players' policies are in force.
            func value(_ players: PolicySet) -> SampledValue {
                SampledValue(samples: places[players].map { values[$0] } ?? [])
            }
            func difference(_ with: [Int], _ without: [Int]) -> [Double] {
                let (with, without) = (value(PolicySet(with)), value(PolicySet(without)))
                return (0..<length).map { with[$0] - without[$0] }
            }
            func add(_ label: String, _ columns: [[Double]]) -> Bool {
                guard takeRoom(for: table.columns.count, at: place) else { return false }
                var cells: [Cell] = []
                for column in columns {
                    guard let cell = cell(column, form, at: place) else { return false }
                    cells.append(cell)
                }
                while cells.count < table.columns.count { cells.append(.text("")) }
                table.rows.append(Table.Row(labels: point.labels + [label], cells: cells))
                return true
            }
            for player in plan.rows {
                if isLeft { return false }
                let (share, error) = shares(plan, player, length, value)
                let first = difference([player], [])
                let last = difference(plan.players, plan.others(than: player))
                let label = model.name(model.policies[player].declaration)
                guard add(label, [share, first, last] + (plan.isExact ? [] : [[error]])) else { return false }
            }
            guard add("all of them", [difference(plan.players, [])]) else { return false }
        }
        outputs.append(.table(table))
        return true
    }

    /// A player's Shapley share in each sample, and the standard error of its mean where not all orders were gone through.
    private func shares(
        _ plan: AttributePlan, _ player: Int, _ length: Int, _ value: (PolicySet) -> SampledValue
    ) -> ([Double], Double) {
        let count = plan.players.count
        var result = [Double](repeating: 0, count: length)
        /// What the player adds to others, by sample.
        func gains(on others: PolicySet) -> (Int) -> Double {
            var joined = others
            joined.insert(player)
            let (with, without) = (value(joined), value(others))
            return { with[$0] - without[$0] }
        }
        if plan.isExact {
            // Weight of a set without the player: |S|! (n - |S| - 1)! / n!
            var weights = [Double](repeating: 1 / Double(max(count, 1)), count: max(count, 1))
            for size in 1..<max(count, 1) {
                weights[size] = weights[size - 1] * Double(size) / Double(count - size)
            }
            for set in plan.sets where !set.contains(player) {
                let weight = weights[set.count]
                let gain = gains(on: set)
                for sample in 0..<length { result[sample] += weight * gain(sample) }
            }
            return (result, 0)
        }
        var means: [Double] = []
        for order in plan.orders {
            let gain = gains(on: PolicySet(Array(order.prefix { $0 != player })))
            var sum = 0.0
            for sample in 0..<length {
                result[sample] += gain(sample) / Double(plan.orders.count)
                sum += gain(sample)
            }
            means.append(sum / Double(length))
        }
        // An order and its reverse belong together.
        let pairs = stride(from: 0, to: means.count - 1, by: 2).map { (means[$0] + means[$0 + 1]) / 2 }
        let mean = pairs.reduce(0, +) / Double(max(pairs.count, 1))
        let variance = pairs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(pairs.count - 1, 1))
        return (result, (variance / Double(max(pairs.count, 1))).squareRoot())
    }
}

/// A value in each sample: one number where it is the same in all.
private struct SampledValue {
    var samples: [Double]

    subscript(sample: Int) -> Double {
        let place = samples.count == 1 ? 0 : sample
        return samples.indices.contains(place) ? samples[place] : .nan
    }
}
