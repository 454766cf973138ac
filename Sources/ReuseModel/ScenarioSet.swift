import ReuseSyntax

/// ScenarioSet holds the scenarios that a run may ask for, by number: those of its model, and behind them those that a
/// command makes, such as the sets of policies of an `attribute` and the values that a `solve` tries.
public struct ScenarioSet: Sendable {
    /// By number.
    public private(set) var all: [Scenario]
    /// The first without patches of its own for each list of policies, in the order in which they apply; made when it is
    /// first wanted.
    private var withoutPatches: [[Int]: Int] = [:]

    public init(of model: Model) {
        all = model.scenarios
    }

    public subscript(_ number: Int) -> Scenario { all[number] }

    /// Adds a scenario without a name that scripts could use; its number. What has the policies of another one, in the same
    /// order, and no patches of its own is that one.
    public mutating func add(policies: [Int], patches: [Patch], in model: Model) -> Int {
        var scenario = Scenario(name: "", policies: policies, patches: patches)
        let order = model.inOrder(policies)
        scenario.ordered = order
        if patches.isEmpty {
            if withoutPatches.isEmpty {
                for (number, known) in all.enumerated() where known.patches.isEmpty {
                    let order = known.ordered ?? known.policies
                    if withoutPatches[order] == nil { withoutPatches[order] = number }
                }
            }
            if let known = withoutPatches[order] { return known }
            withoutPatches[order] = all.count
        }
        all.append(scenario)
        return all.count - 1
    }

    // MARK: Values of inputs

    /// Gives the input of a `solve` a value in the scenario that it makes.
    public mutating func set(_ value: Double, of parts: Solving) {
        let last = all[parts.scenario].patches.count - 1
        if last >= 0 { all[parts.scenario].patches[last].constant = value }
    }

    /// Adds the scenario of a `solve` with a value of its input; its number.
    public mutating func add(_ value: Double, of parts: Solving, in model: Model) -> Int {
        let scenario = all[parts.scenario]
        var patches = scenario.patches
        if !patches.isEmpty { patches[patches.count - 1].constant = value }
        return add(policies: scenario.policies, patches: patches, in: model)
    }

    /// Adds a scenario in which the input of a `solve` is what it is before anything is solved, and before the policies; its
    /// number.
    public mutating func add(presentOf parts: Solving, in model: Model) -> Int {
        add(policies: [], patches: all[parts.scenario].patches.dropLast(), in: model)
    }

    /// Adds the baseline with some values of the inputs of a calibration; its number.
    public mutating func add(_ values: [Double], of parts: Calibrating, in model: Model) -> Int {
        let patches = zip(parts.inputs, values).map { input, value in
            Patch(
                operation: .set, node: input.path, module: parts.module, value: .none, targets: [input.declaration],
                constant: value)
        }
        return add(policies: [], patches: patches, in: model)
    }
}
