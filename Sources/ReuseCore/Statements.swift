import ReuseModel
import ReuseSyntax

/// What statements say beside the values of declarations.
extension Core {
    /// `horizon a to b by step`.
    public struct Horizon {
        public enum Step {
            case years(Double)
            case written(ExpressionID, Place)
        }

        public var place: Place
        public var first: ExpressionID
        public var last: ExpressionID
        public var step: Step
    }

    public var horizon: Horizon? {
        guard let id = model.horizon else { return nil }
        let module = model.horizonModule
        let tree = model.modules[Int(module)].tree
        let node = tree.horizon(id)
        var step = Horizon.Step.years(1)
        if !node.step.isNone {
            let word = tree[node.step].kind == .name ? model.symbols[tree.name(node.step)] : ""
            switch word {
            case "quarter": step = .years(0.25)
            case "month": step = .years(1.0 / 12)
            default: step = .written(expression(node.step, in: module), model.place(node.step, in: module))
            }
        }
        return Horizon(
            place: model.place(id, in: module), first: expression(node.first, in: module),
            last: expression(node.last, in: module), step: step)
    }

    /// The `per` of an assume: indexes, and whether it is per time.
    public func per(of id: DeclarationID) -> (indexes: [Int], isPerTime: Bool) {
        let declaration = model.declarations[Int(id.rawValue)]
        guard declaration.kind == .assume, declaration.valueModule == declaration.module else { return ([], false) }
        let tree = model.modules[Int(declaration.module)].tree
        guard tree[declaration.node].kind == .assume else { return ([], false) }
        var result: (indexes: [Int], isPerTime: Bool) = ([], false)
        for name in tree.definition(declaration.node).per {
            if let index = model.index(named: tree.name(name)) {
                result.indexes.append(index)
            } else {
                result.isPerTime = true
            }
        }
        return result
    }

    /// The declaration of which another is a second name, and perhaps in another unit; nil for what is more than that. Its value
    /// is not made for it.
    public func declarationNamed(by id: DeclarationID) -> DeclarationID? {
        let module = model.declarations[Int(id.rawValue)].valueModule
        let tree = model.modules[Int(module)].tree
        var node = model.declarations[Int(id.rawValue)].value
        while tree[node].kind == .paren || tree[node].kind == .shownAs { node = tree.operand(node) }
        guard tree[node].kind == .name || tree[node].kind == .member,
            case .declaration(let target) = model.resolution(node, in: module)
        else { return nil }
        return target
    }

    /// Scenarios that are named in expressions of the script.
    public var scenariosNamed: [Int] {
        var result: [Int] = []
        for module in model.modules where !module.isLibrary {
            for id in module.ids where module.tree[id].kind == .under {
                let name = model.symbols[module.tree.under(id).scenario]
                if let scenario = model.scenario(named: name) { result.append(scenario) }
            }
        }
        return result
    }

    /// A window of time, of a policy or of a target; both of its ends are written.
    public struct Window {
        public var what: String
        public var from: ExpressionID
        public var until: ExpressionID
    }

    public var windows: [Window] {
        var result: [Window] = []
        func add(_ what: String, _ from: NodeID, _ until: NodeID, _ module: Int32) {
            guard !from.isNone, !until.isNone else { return }
            result.append(
                Window(what: what, from: expression(from, in: module), until: expression(until, in: module)))
        }
        for policy in model.policies {
            add("the policy `\(model.name(policy.declaration))`", policy.from, policy.until, policy.module)
        }
        for command in model.commands where command.kind == .target {
            let tree = model.tree(command.module)
            let target = tree.target(command.node)
            let name = model.symbols[tree.name(target.name)]
            add("the target `\(name)`", target.from, target.until, command.module)
        }
        return result
    }

    /// Comparisons of assertions, targets and what is solved, also where they are joined by `and`, `or` and `not`.
    static func tolerantComparisons(of model: Model) -> Set<Place> {
        var result: Set<Place> = []
        for command in model.commands {
            let tree = model.tree(command.module)
            var work: [NodeID]
            switch command.kind {
            case .target: work = [tree.target(command.node).condition]
            case .solve: work = [tree.solve(command.node).condition]
            case .assert: work = [tree.assertion(command.node).condition]
            default: continue
            }
            while let next = work.popLast() {
                switch tree[next].kind {
                case .conjunction, .disjunction: work += tree.elements(next)
                case .not, .paren: work.append(tree.operand(next))
                case .comparison: result.insert(model.place(next, in: command.module))
                default: break
                }
            }
        }
        return result
    }

    /// A lifetime that is given by an expression or by the name of one, with the declaration whose value it is, if any.
    public func lifetime(_ node: NodeID, in module: Int32) -> (lifetime: Lifetime, of: DeclarationID)? {
        guard let found = model.lifetime(node, in: module) else { return nil }
        guard case .lifetime(let number) = self[expression(found.call, in: found.module)] else { return nil }
        return (lifetimes[Int(number)], found.of)
    }

    /// Shares by age, where that is what a node is.
    public func table(_ node: NodeID, in module: Int32) -> [(age: ExpressionID, share: ExpressionID)]? {
        node.isNone ? nil : Elaboration(self, module).table(node)
    }

    /// What the distribution that an input is, is made of, as it is written, and the units that it is in; nil for other inputs.
    public func distribution(of id: DeclarationID) -> [ExpressionID]? {
        guard let (node, units) = model.distribution(of: id) else { return nil }
        let module = model[id].valueModule
        let tree = model.modules[Int(module)].tree
        let parameters =
            tree[node].kind == .range
            ? [tree.range(node).low, tree.range(node).high]
            : tree.call(node).arguments.map { tree.argument($0).value }
        return (parameters + units).map { expression($0, in: module) }
    }
}
