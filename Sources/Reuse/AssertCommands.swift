import ReuseEngine
import ReuseModel
import ReuseSyntax

extension Model {
    /// A member as errors name the place of what failed. Where two indexes share members it is told which is meant.
    func place(ofMember member: Int, of index: Int, among all: [Int]) -> String {
        let others = all.filter { $0 != index }.flatMap { indexes[$0].members }
        let name = Set(others).isDisjoint(with: indexes[index].members) ? "" : symbols[indexes[index].symbol] + " "
        return "for \(name)\(label(ofMember: member, of: index))"
    }
}

/// `assert`: the condition, and the sides where it is a comparison.
struct AssertPlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let tree = runner.model.tree(command.module)
        let condition = tree.assertion(command.node).condition
        requests.append(command.request(condition))
        // What an index is compared with is no value.
        guard tree[condition].kind == .comparison,
            runner.model.memberTest(tree[condition], in: command.module) == nil
        else { return }
        requests.append(command.request(tree.comparison(condition).left))
        requests.append(command.request(tree.comparison(condition).right))
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.assert(self, queries) }
}

/// `consistent`: both sides.
struct ConsistentPlan: CommandPlan {
    let command: Command
    var requests: [QueryRequest] = []

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) {
        self.command = command
        let tree = runner.model.tree(command.module)
        let comparison = tree.comparison(tree.operand(command.node))
        requests = [command.request(comparison.left), command.request(comparison.right)]
    }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.consistent(self, queries) }
}

/// `assert` and `consistent`.
extension Runner {
    fileprivate mutating func assert(_ plan: AssertPlan, _ queries: [Int]) -> Bool {
        let tree = model.tree(plan.command.module)
        let assertion = tree.assertion(plan.command.node)
        let condition = assertion.condition
        let query = program.queries[queries[0]]
        let written = text(condition, in: plan.command.module)
        for point in points(of: query.axes.subtracting(.sample)) {
            guard let samples = samples(query, members: point.members, step: point.step) else { return false }
            for (number, value) in samples.enumerated() where value.isNaN {
                if stop(value, sample: samples.count > 1 ? number : nil, among: samples) { return false }
            }
            let failed = samples.indices.filter { samples[$0] == 0 }
            guard let first = failed.first else { continue }
            let failing = failed.count
            var place = words(for: point, of: query.axes)
            if samples.count > 1 {
                place += (place.isEmpty ? "" : ", ") + "in \(failing) of \(samples.count) samples"
            }
            let message = assertion.message.isNone ? nil : literal(assertion.message, tree)
            diagnostics.append(
                .assertionFailed(
                    written, message: message, where: place,
                    sides: sides(plan, queries, point, first, tree, condition),
                    at: Location(tree.source, tree[condition].span)))
            return false
        }
        outputs.append(.check(Check(kind: .assert, condition: written)))
        return true
    }

    private func literal(_ node: NodeID, _ tree: SyntaxTree) -> String {
        tree.elements(node).map { tree[$0].kind == .textPart ? tree.textPart($0) : "..." }.joined()
    }

    /// What an error says of the point at which something does not hold.
    private func words(for point: AxisPoints.Point, of axes: Axes) -> String {
        var words: [String] = []
        if axes.contains(.time), program.calendar.hasHorizon {
            words.append("in " + program.calendar.steps[point.step].text)
        }
        for number in axes.indexNumbers {
            words.append(
                model.place(ofMember: point.members[number] ?? 0, of: number, among: axes.indexNumbers))
        }
        return words.joined(separator: ", ")
    }

    private func side(_ query: Int, _ point: AxisPoints.Point, _ sample: Int) -> Double? {
        guard let samples = samples(program.queries[query], members: point.members, step: point.step), !samples.isEmpty
        else {
            return nil
        }
        let value = samples[min(sample, samples.count - 1)]
        return value.isNaN ? nil : value
    }

    /// What the two sides of a comparison are where it fails.
    private mutating func sides(
        _ plan: AssertPlan, _ queries: [Int], _ point: AxisPoints.Point, _ sample: Int, _ tree: SyntaxTree,
        _ condition: NodeID
    ) -> (left: String, right: String)? {
        guard tree[condition].kind == .comparison, queries.count == 3, let a = side(queries[1], point, sample),
            let b = side(queries[2], point, sample)
        else { return nil }
        let format = ValueFormat()
        let comparison = tree.comparison(condition)
        func words(_ value: Double, _ id: NodeID) -> String? {
            let form = self.form(of: id, in: plan.command.module)
            guard let cell = cell([value], form, at: Location(tree.source, tree[condition].span)) else { return nil }
            return format.text(cell, unit: form.unit)
        }
        guard var left = words(a, comparison.left), var right = words(b, comparison.right) else { return nil }
        if left == right, a != b {
            // The usual digits hide the difference.
            let exact = ValueFormat(exact: true)
            let formA = form(of: comparison.left, in: plan.command.module)
            let formB = form(of: comparison.right, in: plan.command.module)
            left = exact.text(.number(a / formA.scale), unit: formA.unit)
            right = exact.text(.number(b / formB.scale), unit: formB.unit)
        }
        return (left, right)
    }

    // MARK: Consistency

    /// Recomputes both sides with every printed literal as the interval that its digits imply: they must meet.
    fileprivate mutating func consistent(_ plan: ConsistentPlan, _ queries: [Int]) -> Bool {
        let tree = model.tree(plan.command.module)
        let condition = tree.operand(plan.command.node)
        let comparison = tree.comparison(condition)
        let place = tree.location(condition)
        let axes = program.queries[queries[0]].axes.union(program.queries[queries[1]].axes)
        if axes.contains(.sample) {
            diagnostics.append(.uncertainConsistency(at: place))
            return false
        }
        for query in queries {
            for point in points(of: axes) {
                guard let samples = samples(program.queries[query], members: point.members, step: point.step) else {
                    return false
                }
                for value in samples where value.isNaN && stop(value, sample: nil) { return false }
            }
        }
        let module = plan.command.module
        let (lowered, count) = lowerIntervals(
            model, scenarios,
            queries: [
                .expression(module: module, node: comparison.left),
                .expression(module: module, node: comparison.right),
            ], isCancelled: options.isCancelledByHost)
        guard lowered.diagnostics.isEmpty else {
            diagnostics += lowered.diagnostics
            return false
        }
        let corners = execute(lowered.program, options.corners(count))
        guard !corners.isStopped else {
            diagnostics.append(.stopped)
            return false
        }
        for point in points(of: axes) {
            guard !isLeft, let left = interval(corners, 0, point, count), let right = interval(corners, 1, point, count)
            else {
                return false
            }
            let slack = 1e-12 * max(left.high.magnitude, right.high.magnitude)
            if left.low <= right.high + slack, right.low <= left.high + slack { continue }
            let formA = form(of: comparison.left, in: module)
            let formB = form(of: comparison.right, in: module)
            diagnostics.append(
                .inconsistent(
                    text(condition, in: module), where: words(for: point, of: axes),
                    left: words(left, formA), right: words(right, formB), at: place))
            return false
        }
        outputs.append(.check(Check(kind: .consistent, condition: text(condition, in: module))))
        return true
    }

    private func words(_ range: (low: Double, high: Double), _ form: ValueForm) -> String {
        // More digits than usual: the ends of a printed figure differ in its last place.
        func digits(_ value: Double) -> String {
            let scaled = value / form.scale
            let unit = UnitForm(form.unit)
            guard scaled != 0 else { return unit.attach(to: "0") }
            var size = 1.0
            while scaled.magnitude / size >= 100_000 { size *= 10 }
            var part = 1.0
            while scaled.magnitude * part < 10_000, part < 1e12 { part *= 10 }
            let rounded = size > 1 ? (scaled / size).rounded() * size : (scaled * part).rounded() / part
            return unit.attach(to: NumberFormat.text(rounded, digits: .all, letters: unit.allowsLetters))
        }
        let low = digits(range.low)
        let high = digits(range.high)
        return low == high ? low : "between \(low) and \(high)"
    }

    private mutating func interval(
        _ corners: Execution, _ query: Int, _ point: AxisPoints.Point, _ count: Int
    ) -> (low: Double, high: Double)? {
        let definition = corners.program.queries[query]
        var combination = 0
        for number in definition.axes.indexNumbers {
            combination = combination * model.indexes[number].members.count + (point.members[number] ?? 0)
        }
        guard definition.definition >= 0 else { return nil }
        let values = corners.values(definition.definition, combination: combination, step: point.step)
        // A corner that fails leaves the others to speak.
        let usable = values.filter { !$0.isNaN }
        guard let low = usable.min(), let high = usable.max() else { return nil }
        let literals = (count - 1) / 2
        guard count > 4096 || count & (count - 1) != 0, values.count == count, literals > 0 else { return (low, high) }
        // One figure at a time: what each moves adds up.
        let middle = values[0]
        var down = 0.0
        var up = 0.0
        for literal in 0..<literals {
            let ends = [values[2 * literal + 1], values[2 * literal + 2]].filter { !$0.isNaN }
            down += max(0, middle - (ends.min() ?? middle))
            up += max(0, (ends.max() ?? middle) - middle)
        }
        return (middle - down, middle + up)
    }
}
