import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What came of a `solve` command, found before anything else runs, since its name is a scenario.
struct Solution {
    var command: NodeID
    /// In base units; nil where there is none.
    var value: Double?
    var present: Double
    /// Where the condition changes between holding and not, among the points looked at.
    var changes: Int
    /// `a == b`: 0 is looked for, not a condition.
    var isEquation: Bool
}

/// `solve name: a in x..y so that c`: the value of an input, nearest its present one, at which a condition holds.
extension Runner {
    static let scannedPoints = 64

    /// Solves all; false where that is reported as an error.
    mutating func solveAll() -> Bool {
        for command in model.commands where command.kind == .solve {
            guard let solution = solve(command) else { return false }
            solutions.append(solution)
            guard let parts = model.solving(command.node, in: command.module) else { continue }
            // Its scenario has the value found, or the present one.
            model.setConstant(solution.value ?? solution.present, ofScenario: parts.scenario)
        }
        return true
    }

    private mutating func solve(_ command: Command) -> Solution? {
        guard let parts = model.solving(command.node, in: command.module) else { return nil }
        let tree = model.tree(command.module)
        let place = Location(tree.source, tree[parts.path].span)
        func request(_ node: NodeID, _ scenario: Int? = nil) -> QueryRequest {
            .expression(module: command.module, node: node, time: nil, scenario: scenario)
        }
        // The ends of the range, and the present value.
        guard
            let ends = evaluate(
                [request(parts.low), request(parts.high), .declaration(parts.target, scenario: Model.baseline)], model,
                isCentral: true)
        else { return nil }
        let (low, high, present) = (ends.values[0], ends.values[1], ends.values[2])
        guard low < high, low.isFinite, high.isFinite else {
            diagnostics.append(.emptySolveRange(at: place))
            return nil
        }
        let condition = tree[parts.condition]
        let isEquation =
            condition.kind == .comparison && condition.detail == Comparison.equal.rawValue && condition.c < 0
        let wanted = isEquation ? [NodeID(condition.a), NodeID(condition.b)] : [parts.condition]
        let question = Question(parts: parts, module: command.module, wanted: wanted, isEquation: isEquation)
        var points = (0..<Self.scannedPoints).map {
            low + (high - low) * Double($0) / Double(Self.scannedPoints - 1)
        }
        points[points.count - 1] = high
        if present >= low, present <= high { points.append(present) }
        points.sort()
        guard let seen = look(points, question) else { return nil }
        var changes = 0
        var best: (distance: Double, left: Int)?
        var exact: Double?
        for index in points.indices {
            if isEquation ? seen[index] == 0 : seen[index] > 0 {
                if exact.map({ (points[index] - present).magnitude < ($0 - present).magnitude }) ?? true {
                    exact = points[index]
                }
            }
            guard index + 1 < points.count, (seen[index] > 0) != (seen[index + 1] > 0) else { continue }
            changes += 1
            let nearer = min((points[index] - present).magnitude, (points[index + 1] - present).magnitude)
            if best.map({ nearer < $0.distance }) ?? true { best = (nearer, index) }
        }
        var result = Solution(
            command: command.node, value: exact, present: present, changes: changes, isEquation: isEquation)
        guard let best, !isEquation || exact == nil, exact != present else { return result }
        guard let found = narrow(points[best.left], points[best.left + 1], seen[best.left], question) else {
            return nil
        }
        if exact.map({ (found - present).magnitude <= ($0 - present).magnitude }) ?? true { result.value = found }
        return result
    }

    private struct Question {
        var parts: Solving
        var module: Int32
        /// The condition, or the two sides of an equation.
        var wanted: [NodeID]
        var isEquation: Bool
    }

    /// At each value of the input a difference whose sign counts, or 1 where the condition holds and -1 where not.
    private mutating func look(_ points: [Double], _ question: Question) -> [Double]? {
        var copy = model
        var requests: [QueryRequest] = []
        for point in points {
            let number = copy.addSolving(question.parts.scenario, constant: point)
            for node in question.wanted {
                requests.append(.expression(module: question.module, node: node, time: nil, scenario: number))
            }
        }
        guard let found = evaluate(requests, copy, isCentral: true) else { return nil }
        return points.indices.map { position in
            if question.isEquation { return found.values[2 * position] - found.values[2 * position + 1] }
            return found.values[position] != 0 ? 1 : -1
        }
    }

    /// Where the sign changes between two points, by looking at 15 points between them again and again.
    private mutating func narrow(
        _ left: Double, _ right: Double, _ leftSign: Double, _ question: Question
    ) -> Double? {
        var (low, high) = (left, right)
        for _ in 0..<20 where (high - low).magnitude > 1e-14 * max(low.magnitude, high.magnitude) {
            let points = (1...15).map { low + (high - low) * Double($0) / 16 }
            guard let seen = look(points, question) else { return nil }
            let change = seen.firstIndex { ($0 > 0) != (leftSign > 0) }
            let newLow = change.map { $0 == 0 ? low : points[$0 - 1] } ?? points[14]
            high = change.map { points[$0] } ?? high
            low = newLow
        }
        // Of a condition the side on which it holds.
        return question.isEquation ? (low + high) / 2 : leftSign > 0 ? low : high
    }

    /// Values of requests that are one number each.
    private mutating func evaluate(
        _ requests: [QueryRequest], _ model: Model, isCentral: Bool
    ) -> (values: [Double], program: Program)? {
        let lowered = lower(model, queries: requests, seed: options.seed)
        guard lowered.diagnostics.isEmpty else {
            // Every value that was tried may say the same.
            for diagnostic in lowered.diagnostics
            where !diagnostics.contains(where: {
                $0.message == diagnostic.message && $0.primary?.location == diagnostic.primary?.location
            }) {
                diagnostics.append(diagnostic)
            }
            return nil
        }
        let run = execute(lowered.program, isCentral ? options.central : options.run(samples: options.samples))
        program = lowered.program
        execution = run
        var values: [Double] = []
        for query in lowered.program.queries {
            // Of a value over time the last step; a condition must hold at all.
            let steps = query.axes.contains(.time) ? lowered.program.calendar.count : 1
            let value = run.values(query.definition, combination: 0, step: steps - 1).first ?? 0
            if value.isNaN, stop(value, sample: nil) { return nil }
            values.append(value)
        }
        return (values, lowered.program)
    }

    // MARK: Output

    mutating func showSolution(_ plan: Plan) -> Bool {
        guard let parts = model.solving(plan.command.node, in: plan.command.module),
            let solution = solutions.first(where: { $0.command == plan.command.node })
        else { return true }
        let form = form(of: parts.low, in: plan.command.module)
        let name = text(parts.path, in: plan.command.module)
        func cell(_ value: Double) -> Cell { .number(value / form.scale) }
        var table = Table(
            title: "\(parts.name): \(text(parts.condition, in: plan.command.module))", axes: [],
            rows: [Table.Row(labels: [], cells: [])],
            columns: [
                Table.Column(name: name, unit: form.unit), Table.Column(name: "now", unit: form.unit),
                Table.Column(name: "changes seen", unit: ""),
            ])
        table.rows[0].cells = [
            solution.value.map(cell) ?? .text("no solution in the range"), cell(solution.present),
            .number(Double(solution.changes)),
        ]
        outputs.append(.table(table))
        return true
    }
}

extension Diagnostic {
    fileprivate static func emptySolveRange(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "the range to solve in is empty", at: Label(place),
            help: ["write the lower end first: `solve name: a in 0%..50% so that x >= y`"])
    }
}
