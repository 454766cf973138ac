import ReuseSyntax

/// A set of patches on the model, with the time in which they hold.
public struct Policy: Sendable {
    public var declaration: DeclarationID
    public var title: String?
    /// Policies that it comes after, by number.
    public var after: [Int] = []
    /// Ends of its window and the span of its ramp: expressions, or none.
    public var from = NodeID.none
    public var until = NodeID.none
    public var over = NodeID.none
    public var module: Int32
    public var node: NodeID
    public var patches: [Patch] = []

    public var hasWindow: Bool { !from.isNone || !until.isNone }
}

/// `path op value`, or `ban A -> B`, which sets a route's capacity to nothing.
public struct Patch: Sendable {
    public enum Operation: UInt8, Sendable {
        case set, add, subtract, multiply, divide, ban

        var sign: String {
            switch self {
            case .set: "="
            case .add: "+="
            case .subtract: "-="
            case .multiply: "*="
            case .divide: "/="
            case .ban: "ban"
            }
        }
    }

    public var operation: Operation
    public var node: NodeID
    public var module: Int32
    /// None for a ban.
    public var value: NodeID
    /// The inputs and fields that its path means: several where it holds `any`.
    public var targets: [DeclarationID]
    /// A value instead of an expression: what a `solve` found.
    public var constant: Double?
    /// Where it stands, which names its draws: the policy or scenario that it is written in, its path, its sign, and its
    /// place among those alike: `tax: Europe.tax +=`, `tax: Europe.tax += (2)`.
    public var place = ""
    /// The path with the members in brackets that it is about alone: an `index` node, or none. Which indexes they are
    /// of rests on what each target varies over.
    public var pick = NodeID.none

    /// Whether two patches give the same in either order.
    public func commutes(with other: Patch) -> Bool {
        switch (operation, other.operation) {
        case (.add, .add), (.add, .subtract), (.subtract, .add), (.subtract, .subtract): true
        case (.multiply, .multiply), (.multiply, .divide), (.divide, .multiply), (.divide, .divide): true
        case (.ban, .ban): true
        default: false
        }
    }
}

/// The scenarios and policies of `a + b`, as somebody asks for them.
public func scenarioNames(in text: String) -> [String] {
    text.split(separator: "+").map { part in String(part.filter { $0 != " " }) }
}

/// Scenarios that have a meaning by their names: without policies, with all of them, and what plain commands are under.
public enum WellKnownScenario: String { case baseline, all, main }

/// Policies in force together, and patches of its own.
public struct Scenario: Sendable {
    public init(name: String, policies: [Int], patches: [Patch] = []) {
        self.name = name
        self.policies = policies
        self.patches = patches
    }

    public var name: String
    public var title: String?
    public var policies: [Int]
    /// The same in the order in which they apply; nil until all are known.
    var ordered: [Int]?
    /// Those of its bases, then its own.
    public var patches: [Patch]
    /// Scenarios with patches of their own that it takes in, by number, in the order in which these apply.
    var bases: [Int] = []
    /// Scenarios that its statement names.
    var named: [Int] = []
    var hasOwnPatches = false
    /// Made by a `solve`.
    public var isSolution: Bool { patches.contains { $0.constant != nil } }
    /// Where it is declared; none for `baseline`, `all` and policies alone.
    public var node = NodeID.none
    public var module: Int32 = 0
}

extension Model {
    /// No policy at all.
    public static let baseline = 0

    /// Finds the order in which the policies of each scenario apply, once they all are known.
    mutating func orderPolicies() {
        for number in scenarios.indices { scenarios[number].ordered = inOrder(scenarios[number].policies) }
    }

    /// The scenario of plain commands: the one asked for, else `main` where the script declares it, else all policies.
    public var mainScenario: Int {
        if chosenScenario >= 0 { return chosenScenario }
        return plainScenario
    }

    /// The scenario of plain commands where none is asked for.
    public var plainScenario: Int {
        scenario(named: WellKnownScenario.main.rawValue) ?? scenario(named: WellKnownScenario.all.rawValue)
            ?? Model.baseline
    }

    /// Whether a scenario is made from another one.
    public func takesIn(_ name: String, _ scenario: Int) -> Bool {
        var seen: Set<Int> = []
        var work = scenarios[scenario].named
        while let next = work.popLast() {
            if scenarios[next].name == name { return true }
            if seen.insert(next).inserted { work += scenarios[next].named }
        }
        return false
    }

    public func scenario(named name: String) -> Int? { scenarios.firstIndex { $0.name == name } }

    /// Whether a scenario patches a declaration.
    public func isPatched(_ id: DeclarationID, in scenario: Scenario) -> Bool {
        scenario.patches.contains { $0.targets.contains(id) }
            || scenario.policies.contains { number in
                policies[number].patches.contains { $0.targets.contains(id) }
            }
    }

    /// Patches on a declaration in a scenario, in the order in which they apply, each with its policy: those of the scenario
    /// itself first.
    public func patches(on id: DeclarationID, in scenario: Scenario) -> [(patch: Patch, policy: Int?)] {
        guard isPatched.contains(id) else { return [] }
        var result: [(patch: Patch, policy: Int?)] = []
        for patch in scenario.patches where patch.targets.contains(id) { result.append((patch, nil)) }
        for number in scenario.ordered ?? inOrder(scenario.policies) {
            for patch in policies[number].patches where patch.targets.contains(id) { result.append((patch, number)) }
        }
        return result
    }

    /// Policies so that each comes behind those that it is said to come after; else in an order that rests on what they
    /// say, since patches that commute may differ in their last bits.
    public func inOrder(_ numbers: [Int]) -> [Int] {
        var sorted = numbers.sorted()
        if policyRanks.count == policies.count { sorted.sort { policyRanks[$0] < policyRanks[$1] } }
        var places: [Int: Int] = [:]
        for (place, number) in sorted.enumerated() { places[number] = place }
        var awaited = sorted.map { number in policies[number].after.count { places[$0] != nil } }
        guard awaited.contains(where: { $0 > 0 }) else { return sorted }
        var followers = Array(repeating: [Int](), count: sorted.count)
        for (place, number) in sorted.enumerated() {
            for earlier in policies[number].after { if let other = places[earlier] { followers[other].append(place) } }
        }
        var ready = PlaceHeap()
        for place in sorted.indices where awaited[place] == 0 { ready.insert(place) }
        var isDone = Array(repeating: false, count: sorted.count)
        var result: [Int] = []
        var first = 0
        while result.count < sorted.count {
            // Those that wait for each other, which is an error, go in the order that they had.
            while first < sorted.count, isDone[first] { first += 1 }
            guard let place = ready.popLeast() ?? (first < sorted.count ? first : nil) else { break }
            guard !isDone[place] else { continue }
            isDone[place] = true
            result.append(sorted[place])
            for follower in followers[place] {
                awaited[follower] -= 1
                if awaited[follower] == 0 { ready.insert(follower) }
            }
        }
        return result
    }
}

/// Places of which the least comes out first: a binary heap.
private struct PlaceHeap {
    private var places: [Int] = []

    mutating func insert(_ place: Int) {
        places.append(place)
        var child = places.count - 1
        while child > 0, places[child] < places[(child - 1) / 2] {
            places.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popLeast() -> Int? {
        guard let least = places.first, let last = places.popLast() else { return nil }
        guard !places.isEmpty else { return least }
        places[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < places.count && places[child] < places[smallest]
            {
                smallest = child
            }
            if smallest == parent { return least }
            places.swapAt(parent, smallest)
            parent = smallest
        }
    }
}

/// What a `solve` command names.
public struct Solving: Sendable {
    public var name: String
    /// The scenario that it makes.
    public var scenario: Int
    public var path: NodeID
    public var target: DeclarationID
    /// The path with the members in brackets that are solved for alone, or none.
    public var pick: NodeID
    public var module: Int32
    public var low: NodeID
    public var high: NodeID
    public var condition: NodeID
}

extension Model {
    public func solving(_ id: NodeID, in module: Int32) -> Solving? {
        let tree = modules[Int(module)].tree
        let statement = tree.solve(id)
        let name = symbols[tree.name(statement.name)]
        guard let scenario = scenarios.firstIndex(where: { $0.name == name }),
            let patch = scenarios[scenario].patches.last, let target = patch.targets.first
        else { return nil }
        let range = tree.keyRange(statement.range)
        return Solving(
            name: name, scenario: scenario, path: statement.path, target: target, pick: patch.pick, module: module,
            low: range.first, high: range.last, condition: statement.condition)
    }

    /// Policies that patch the input of a `solve` besides, each with its patches as written.
    public func patches(besideSolving parts: Solving) -> [(policy: String, patch: String)] {
        patches(on: parts.target, in: scenarios[parts.scenario]).compactMap { patch, policy in
            guard let policy, mayMeet((parts.pick, parts.module), (patch.pick, patch.module)) else { return nil }
            return (name(policies[policy].declaration), text(patch.node, in: patch.module))
        }
    }

    /// Whether two paths may pick some point alike, as they are written.
    private func mayMeet(_ first: (pick: NodeID, module: Int32), _ second: (pick: NodeID, module: Int32)) -> Bool {
        let (a, b) = (picks(first), picks(second))
        for own in a {
            for other in b where own.member != other.member {
                if let index = own.index, let there = other.index {
                    if index == there { return false }
                } else if a.count == 1, b.count == 1 {
                    return false
                }
            }
        }
        return true
    }

    /// The members in brackets behind a path, with the names of their indexes where these are written.
    private func picks(_ path: (pick: NodeID, module: Int32)) -> [(index: Symbol?, member: Symbol)] {
        guard !path.pick.isNone else { return [] }
        let tree = modules[Int(path.module)].tree
        return tree.index(path.pick).picks.compactMap { raw in
            let item = tree[raw]
            let isNamed = item.kind == .pick
            guard let member = memberName(isNamed ? tree.pick(raw).member : raw, in: tree) else { return nil }
            return (isNamed ? tree.pick(item).index : nil, member)
        }
    }
}
