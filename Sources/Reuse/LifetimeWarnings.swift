import ReuseEngine
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Normal lifetimes with mass below age 0: what that part stands for is gone at once, so the mean life is not the mean.
extension Runner {
    /// A share below age 0 that no mean shows: with it, the mean is off by a hundredth of a per cent.
    private static let mostBelowZero = 0.001

    /// Every `normal_life` whose mean and standard deviation are known outside functions, on central values.
    mutating func checkLifetimes() {
        var requests: [QueryRequest] = []
        var found: [(call: NodeID, module: Int32, arguments: [NodeID])] = []
        for module in model.modules.indices where !model.modules[module].isLibrary {
            let tree = model.modules[module].tree
            for call in model.modules[module].ids where tree[call].kind == .call {
                guard case .declaration(let target) = model.resolution(tree.call(call).callee, in: Int32(module)),
                    model[target].builtin == .normal_life, let arguments = moments(of: call, in: Int32(module))
                else { continue }
                found.append((call, Int32(module), arguments))
                requests += arguments.map {
                    .expression(module: Int32(module), node: $0, scenario: Model.baseline)
                }
            }
        }
        if found.isEmpty { return }
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else { return }
        let run = execute(lowered.program, options.central)
        if options.isCancelledByHost() { return }
        for (position, life) in found.enumerated() {
            func values(_ offset: Int) -> [Double] {
                let query = lowered.program.queries[2 * position + offset]
                guard query.definition >= 0 else { return [] }
                return run.allValues(
                    query.definition, steps: run.varies(query.definition) ? lowered.program.calendar.count : 1)
            }
            let (means, deviations) = (values(0), values(1))
            // One for all, or place by place; over different axes they are not paired here.
            let count = max(means.count, deviations.count)
            guard let firstMean = means.first, let firstDeviation = deviations.first,
                [1, count].contains(means.count), [1, count].contains(deviations.count)
            else { continue }
            var worst: (mean: Double, deviation: Double)?
            for place in 0..<count {
                let pair = (
                    mean: means.count == 1 ? firstMean : means[place],
                    deviation: deviations.count == 1 ? firstDeviation : deviations[place]
                )
                guard pair.mean > 0, pair.deviation > 0, pair.deviation.isFinite else { continue }
                if pair.deviation / pair.mean > (worst.map { $0.deviation / $0.mean } ?? 0) { worst = pair }
            }
            guard let worst else { continue }
            let distance = worst.mean / worst.deviation
            let below = reuse_normal_cdf(-distance)
            guard below > Self.mostBelowZero else { continue }
            // The mean of what is cut off at 0: mean * Phi(z) + sd * phi(z), z being mean / sd.
            let density = reuse_exp(-distance * distance / 2) / (2 * Double.pi).squareRoot()
            let mean = worst.mean * reuse_normal_cdf(distance) + worst.deviation * density
            let format = ValueFormat()
            func years(_ value: Double) -> String { format.text(.number(value), unit: "yr") }
            let tree = model.tree(life.module)
            let written = zip(["mean", "sd"], life.arguments)
                .map { "\($0.0): \(ValueFormat.onOneLine(model.text($0.1, in: life.module)))" }.joined(separator: ", ")
            diagnostics.append(
                Diagnostic(
                    .lifetimeBelowZero, severity: .warning,
                    "\(format.text(.number(below * 100), unit: "%")) of this normal lifetime lies below age 0 and is gone at once: the mean life is \(years(mean)), not \(years(worst.mean))",
                    at: Diagnostic.Label(Location(tree.source, tree[life.call].span)),
                    help: [
                        "lives that spread so far keep their mean as `lognormal_life(\(written))` or `weibull_life(\(written))`"
                    ]))
        }
    }

    /// The mean and the standard deviation of a call, where they rest on no parameter of a function.
    private func moments(of call: NodeID, in module: Int32) -> [NodeID]? {
        let tree = model.tree(module)
        var result: [NodeID] = [.none, .none]
        for id in tree.call(call).arguments {
            let argument = tree.argument(id)
            guard let label = argument.label, let slot = ["mean", "sd"].firstIndex(of: model.symbols[label]) else {
                return nil
            }
            result[slot] = argument.value
        }
        if result.contains(where: \.isNone) { return nil }
        for argument in result {
            let (from, to) = (tree[argument].start, tree[argument].end)
            for id in tree.subtree(of: argument)
            where tree[id].kind == .name && tree[id].start >= from && tree[id].end <= to {
                if case .local = model.resolution(id, in: module) { return nil }
            }
        }
        return result
    }
}
