import ReuseSyntax

/// Types of policies and of their patches.
extension TypeChecker {
    /// Reports a scenario that there is not.
    mutating func checkScenario(_ symbol: Symbol, at id: NodeID) {
        let name = model.symbols[symbol]
        if model.scenario(named: name) != nil { return }
        report(
            .unknownScenario(
                name, at: model.location(id, in: module), known: model.scenarios.map { $0.name },
                nearest: nearest(to: name, among: model.scenarios.map { $0.name })))
    }

    /// A patch has the dimension of what it patches; a factor is a number.
    mutating func inferPatches() {
        for policy in model.policies {
            enter(policy.module)
            for point in [policy.from, policy.until] where !point.isNone {
                let type = infer(point, expecting: .time)
                require(type, toBe: .time, at: point, because: nil, as: "a window ends at a time: it is")
            }
            if !policy.over.isNone, let duration = durationType {
                require(
                    infer(policy.over), toBe: duration, at: policy.over, because: nil,
                    as: "a ramp is")
            }
        }
        for patch in model.policies.flatMap({ $0.patches }) + model.scenarios.flatMap({ $0.patches }) {
            guard !patch.value.isNone, let target = patch.targets.first else { continue }
            enter(patch.module)
            let isFactor = patch.operation == .multiply || patch.operation == .divide
            let wanted = isFactor ? .number : model[target].type
            // A literal in a patch is over what the input's own literals are.
            let home = model[target]
            let type =
                home.kind == .assume
                ? withLevels(of: home.node, in: home.module, isPatch: true) {
                    $0.infer(patch.value, expecting: wanted)
                } : infer(patch.value, expecting: wanted)
            let reason = isFactor ? "a factor is" : "`\(model.name(target))` is"
            require(type, toBe: wanted, at: patch.value, because: nil, as: reason)
            settlePending()
        }
    }
}
