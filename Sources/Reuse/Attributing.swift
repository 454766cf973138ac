import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What an `attribute` command computes: the value in each set of policies that it needs.
struct AttributionPlan {
    /// Policies whose contributions are asked for, by number.
    var players: [Int]
    /// Sets of players as bits, in the order of the requests.
    var sets: [UInt64]
    /// Orders of the players that are gone through, where there are too many for all sets.
    var orders: [[Int]] = []
    /// Players in the order in which they are shown.
    var rows: [Int] = []
    var isExact: Bool { orders.isEmpty }
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

    mutating func planAttribution(_ command: Command) -> (AttributionPlan, [QueryRequest]) {
        let tree = model.tree(command.module)
        let parts = tree.attribute(command.node)
        let main = model.scenarios[model.mainScenario]
        // Sums over sets of players go through them in an order that rests on what the policies say.
        var players = model.inOrder(main.policies)
        var shown = main.policies.sorted()
        if !parts.among.isEmpty {
            let named = parts.among.compactMap { node in
                model.policies.firstIndex { model.name($0.declaration) == model.symbols[tree.name(node)] }
            }
            shown = named
            players = model.inOrder(named)
        }
        var plan = AttributionPlan(players: players, sets: [])
        plan.rows = shown.compactMap { players.firstIndex(of: $0) }
        let isUncertain = players.count > Self.exactPlayers.uncertain && isUncertain(command, parts)
        if players.count <= (isUncertain ? Self.exactPlayers.uncertain : Self.exactPlayers.certain) {
            plan.sets = (0..<(1 << UInt64(players.count))).map { $0 }
        } else {
            let orders = isUncertain ? Self.uncertainSets / players.count : Self.sampledOrders
            plan.orders = Self.orders(of: players.count, count: max(4, orders))
            var seen: Set<UInt64> = []
            let all: UInt64 = players.count >= 64 ? .max : (1 << UInt64(players.count)) - 1
            var wanted: [UInt64] = [0, all]
            for player in players.indices { wanted += [1 << UInt64(player), all & ~(1 << UInt64(player))] }
            for order in plan.orders {
                var set: UInt64 = 0
                for player in order {
                    set |= 1 << UInt64(player)
                    wanted.append(set)
                }
            }
            plan.sets = wanted.filter { seen.insert($0).inserted }
        }
        // Policies of the scenario that are no players stay in force.
        let others = main.policies.filter { !players.contains($0) }
        var requests: [QueryRequest] = []
        for set in plan.sets {
            let own = players.indices.filter { set >> UInt64($0) & 1 == 1 }.map { players[$0] }
            let number = model.add(Scenario(name: main.name, policies: others + own, patches: main.patches))
            requests.append(
                .expression(module: command.module, node: parts.value, time: parts.point, scenario: number))
        }
        return (plan, requests)
    }

    /// Whether a value varies over samples where all policies are in force.
    private func isUncertain(
        _ command: Command, _ parts: AttributeNode
    ) -> Bool {
        let request = QueryRequest.expression(
            module: command.module, node: parts.value, time: parts.point, scenario: model.mainScenario)
        let lowered = lower(
            model, queries: [request], seed: options.seed, memory: options.limits.memory,
            isCancelled: options.isCancelledByHost)
        return lowered.program.queries.first?.axes.contains(.sample) ?? false
    }

    /// Orders of players, each followed by its reverse, always the same ones.
    private static func orders(of count: Int, count wanted: Int) -> [[Int]] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var result: [[Int]] = []
        for _ in 0..<wanted / 2 {
            var order = Array(0..<count)
            for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, next(index + 1)) }
            result.append(order)
            result.append(order.reversed())
        }
        return result
    }

    mutating func attribute(_ plan: Plan, _ queries: [Int]) -> Bool {
        guard let attribution = plan.attribution else { return true }
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
            title: attribution.isExact
                ? "what each policy adds to \(name)"
                : "what each policy adds to \(name), from \(attribution.orders.count) orders of \(attribution.players.count) policies",
            axes: labels + ["policy"], rows: [],
            columns: [
                Table.Column(name: "share", unit: form.unit), Table.Column(name: "added first", unit: form.unit),
                Table.Column(name: "added last", unit: form.unit),
            ])
        if !attribution.isExact { table.columns.append(Table.Column(name: "error of share", unit: form.unit)) }
        for column in table.columns.indices { table.columns[column].isUnique = isUnique(queries) }
        let count = attribution.players.count
        let all: UInt64 = count >= 64 ? .max : (1 << UInt64(count)) - 1
        var places: [UInt64: Int] = [:]
        for (position, set) in attribution.sets.enumerated() { places[set] = position }
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
            func value(_ set: UInt64, _ sample: Int) -> Double {
                guard let place = places[set] else { return 0 }
                return values[place][values[place].count == 1 ? 0 : sample]
            }
            func add(_ label: String, _ columns: [[Double]]) -> Bool {
                var cells: [Cell] = []
                for column in columns {
                    guard let cell = cell(column, form, at: place) else { return false }
                    cells.append(cell)
                }
                while cells.count < table.columns.count { cells.append(.text("")) }
                table.rows.append(Table.Row(labels: point.labels + [label], cells: cells))
                return true
            }
            for player in attribution.rows {
                let bit: UInt64 = 1 << UInt64(player)
                let (share, error) = shares(attribution, player, length, value)
                let first = (0..<length).map { value(bit, $0) - value(0, $0) }
                let last = (0..<length).map { value(all, $0) - value(all & ~bit, $0) }
                let label = model.name(model.policies[attribution.players[player]].declaration)
                guard add(label, [share, first, last] + (attribution.isExact ? [] : [[error]])) else { return false }
            }
            guard add("all of them", [(0..<length).map { value(all, $0) - value(0, $0) }]) else { return false }
        }
        outputs.append(.table(table))
        return true
    }

    /// A player's Shapley share in each sample, and the standard error of its mean where not all orders were gone through.
    private func shares(
        _ plan: AttributionPlan, _ player: Int, _ length: Int, _ value: (UInt64, Int) -> Double
    ) -> ([Double], Double) {
        let bit: UInt64 = 1 << UInt64(player)
        let count = plan.players.count
        var result = [Double](repeating: 0, count: length)
        if plan.isExact {
            // Weight of a set without the player: |S|! (n - |S| - 1)! / n!
            var weights = [Double](repeating: 1 / Double(max(count, 1)), count: max(count, 1))
            for size in 1..<max(count, 1) {
                weights[size] = weights[size - 1] * Double(size) / Double(count - size)
            }
            for set in plan.sets where set & bit == 0 {
                let weight = weights[set.nonzeroBitCount]
                for sample in 0..<length { result[sample] += weight * (value(set | bit, sample) - value(set, sample)) }
            }
            return (result, 0)
        }
        var means: [Double] = []
        for order in plan.orders {
            var set: UInt64 = 0
            for next in order {
                if next == player { break }
                set |= 1 << UInt64(next)
            }
            var sum = 0.0
            for sample in 0..<length {
                let gain = value(set | bit, sample) - value(set, sample)
                result[sample] += gain / Double(plan.orders.count)
                sum += gain
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
