import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// `solve`: what was found before the other commands.
struct SolvePlan: CommandPlan {
    let command: Command
    let requests: [QueryRequest] = []

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) { self.command = command }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.showSolution(self) }
}

/// What came of a `solve` command, found before anything else runs, since its name is a scenario.
struct Solution {
    var command: Command
    /// In base units, as all values of the input are.
    var found: SolveSearch.Found
    var present: Double
    /// Draws were made for each value that was tried, as the condition rests on statistics; so many.
    var samples: Int?
    /// The most samples that were left out at a value, because their markets could not be cleared.
    var leftOut = 0
    /// What varies over samples was taken at its central value.
    var isCentral: Bool
    /// The least and the greatest that policies make of the input where it has the value found.
    var patched: (least: Double, greatest: Double)?
}

/// `solve name: a in x..y so that c`: the value of an input, nearest its present one, at which a condition holds at every
/// step and for every member.
extension Runner {
    /// Solves all; false where that is reported as an error.
    mutating func solveAll() -> Bool {
        for command in commands where command.kind == .solve {
            guard let solution = solve(command) else { return false }
            solutions.append(solution)
            guard let parts = model.solving(command.node, in: command.module) else { continue }
            // Its scenario has the value found, or the present one.
            scenarios.set(solution.found.value ?? solution.present, of: parts)
        }
        return true
    }

    private mutating func solve(_ command: Command) -> Solution? {
        guard let parts = model.solving(command.node, in: command.module) else { return nil }
        let tree = model.tree(command.module)
        func place(_ node: NodeID) -> Location { Location(tree.source, tree[node].span) }
        guard let low = end(parts.low, command.module), let high = end(parts.high, command.module),
            let present = present(parts, at: place(parts.path))
        else { return nil }
        guard low < high, low.isFinite, high.isFinite else {
            diagnostics.append(.emptySolveRange(at: place(parts.path)))
            return nil
        }
        guard let trials = SolveTrials(self, parts, command.module) else {
            return nil
        }
        if trials.isMixed {
            diagnostics.append(
                .solveOfUncertain(text(parts.condition, in: command.module), at: place(parts.condition)))
            return nil
        }
        let search = SolveSearch(
            low: low, high: high, present: present, isEquation: trials.isEquation, isNumeric: trials.isNumeric,
            slack: trials.slack, scale: form(of: parts.low, in: command.module).scale, look: trials.look)
        let found = search.search()
        diagnostics += trials.problems
        guard let found else { return nil }
        if found.failed == found.looked {
            // Nothing at all has a value: what fails at the last value that was tried fails here.
            if let fault = trials.lastFault { _ = fault(&self) }
            return nil
        }
        if let first = found.conflict.first, let second = found.conflict.last {
            let form = form(of: parts.low, in: command.module)
            func words(_ value: Double?) -> String {
                value.map { ValueFormat().text(.number($0 / form.scale), unit: form.unit) } ?? "none in the range"
            }
            diagnostics.append(
                .noOneValue(
                    text(parts.path, in: command.module), text(parts.condition, in: command.module),
                    trials.label(first.place), words(first.value), trials.label(second.place), words(second.value),
                    at: place(parts.condition)))
            return nil
        }
        if found.value == nil, found.isIndependent {
            diagnostics.append(
                .solveWithoutEffect(
                    text(parts.path, in: command.module), model.patches(besideSolving: parts),
                    at: place(parts.condition)))
        }
        var solution = Solution(
            command: command, found: found, present: present, samples: trials.samples,
            leftOut: trials.leftOut, isCentral: trials.isCentral)
        solution.patched = patched(parts, found.value ?? present)
        return solution
    }

    /// An end of the range: one number.
    private mutating func end(_ node: NodeID, _ module: Int32) -> Double? {
        let request = QueryRequest.expression(module: module, node: node, scenario: Model.baseline)
        guard let query = central([request], stopped: .stoppedIn("a `solve`"))?.program.queries.first else {
            return nil
        }
        guard query.axes.subtracting(.sample).isEmpty else {
            let tree = model.tree(module)
            diagnostics.append(
                .solveEndOfMany(text(node, in: module), at: Location(tree.source, tree[node].span)))
            return nil
        }
        guard let value = samples(query, members: PickedMembers(), step: 0)?.first else { return nil }
        return value.isNaN && stop(value, sample: nil) ? nil : value
    }

    /// The value of the input before anything is solved: one, or the same at all times and for all members.
    private mutating func present(_ parts: Solving, at place: Location) -> Double? {
        let outer = scenarios
        defer { scenarios = outer }
        guard let values = values(of: parts, in: scenarios.add(presentOf: parts, in: model)) else { return nil }
        guard let first = values.first else { return nil }
        guard values.allSatisfy({ $0 == first }) else {
            let declared = model.name(parts.target)
            diagnostics.append(
                .solveForMany(
                    model.text(parts.path, in: model[parts.target].module), suggestion(declared, parts), at: place
                ))
            return nil
        }
        return first
    }

    /// `price[A]`, where the input varies over one index; nil where it varies over time, or over more.
    private func suggestion(_ name: String, _ parts: Solving) -> String? {
        guard parts.pick.isNone, let query = program.queries.first, !query.axes.contains(.time),
            let index = Array(query.axes.indexNumbers).first, Array(query.axes.indexNumbers).count == 1,
            let member = model.indexes[index].members.first
        else { return nil }
        return "\(name)[\(model.symbols[member])]"
    }

    /// All that the input is in a scenario, on central values; nil after a report.
    private mutating func values(of parts: Solving, in scenario: Int) -> [Double]? {
        let request = QueryRequest.declaration(parts.target, scenario: scenario)
        guard let query = central([request], stopped: .stoppedIn("a `solve`"))?.program.queries.first else {
            return nil
        }
        var result: [Double] = []
        let picked = pickedMembers(core, by: parts.pick, in: parts.module, of: query.axes)
        for point in points(of: query.axes.subtracting(.sample)) {
            let isOutside = picked.contains { pick in point.members[pick.index].map { $0 != pick.member } ?? false }
            if isOutside { continue }
            guard let value = samples(query, members: point.members, step: point.step)?.first else { return nil }
            if value.isNaN, stop(value, sample: nil) { return nil }
            result.append(value)
        }
        return result
    }

    /// What policies make of a value of the input; nil where they leave it as it is.
    private mutating func patched(_ parts: Solving, _ value: Double) -> (least: Double, greatest: Double)? {
        guard !model.patches(besideSolving: parts).isEmpty else { return nil }
        let outer = (diagnostics, scenarios)
        defer { (diagnostics, scenarios) = outer }
        scenarios.set(value, of: parts)
        guard let values = values(of: parts, in: parts.scenario), let least = values.min(),
            let greatest = values.max(), least != value || greatest != value
        else { return nil }
        return (least, greatest)
    }

    // MARK: Output

    fileprivate mutating func showSolution(_ plan: SolvePlan) -> Bool {
        guard let parts = model.solving(plan.command.node, in: plan.command.module),
            let solution = solutions.first(where: { $0.command == plan.command })
        else { return true }
        let found = solution.found
        let form = form(of: parts.low, in: plan.command.module)
        let name = text(parts.path, in: plan.command.module)
        func cell(_ value: Double) -> Cell { .number(value / form.scale) }
        var notes: [String] = []
        if found.holdsAlready { notes.append("holds already") }
        if let samples = solution.samples {
            notes.append("on \(samples) samples")
            if solution.leftOut > 0 {
                let words = Self.counted(solution.leftOut, of: samples)
                notes.append("up to \(words) are left out: their markets could not be cleared")
            }
        }
        if solution.isCentral { notes.append("on central values") }
        if found.failed > 0 { notes.append("no value at \(found.failed) of the \(found.looked) that were tried") }
        let patches = model.patches(besideSolving: parts)
        if solution.patched != nil {
            notes.append(patches.map { "`\($0.policy)`: \($0.patch)" }.joined(separator: ", "))
        }
        let condition = text(parts.condition, in: plan.command.module)
        let title = "\(parts.name): \(condition)" + (notes.isEmpty ? "" : " (" + notes.joined(separator: "; ") + ")")
        var table = Table(title: title, axes: [], rows: [Table.Row(labels: [], cells: [])], columns: [])
        func add(_ column: String, _ unit: String, _ cell: Cell) {
            table.columns.append(Table.Column(name: column, unit: unit))
            table.rows[0].cells.append(cell)
        }
        add(name, form.unit, found.value.map(cell) ?? .text("no solution in the range"))
        add("now", form.unit, cell(solution.present))
        if found.holdsAlready {
            add("break-even", form.unit, found.breakEven.map(cell) ?? .text("none in the range"))
        }
        if let (least, greatest) = solution.patched {
            if least == greatest {
                add("with policies", form.unit, cell(least))
            } else {
                add("with policies, least", form.unit, cell(least))
                add("with policies, greatest", form.unit, cell(greatest))
            }
        }
        add("changes seen", "", .number(Double(found.changes)))
        outputs.append(.table(table))
        return true
    }
}

/// The runs of one `solve`: what its condition is at values of the input. All have the same draws.
final class SolveTrials {
    private var runner: Runner
    private let parts: Solving
    private let module: Int32
    private let margins: ConditionMargins
    /// By comparison: its largest difference among the first values that were looked at.
    private var scales: [Double]?
    private var labels: [String] = []
    private(set) var problems: [Diagnostic] = []
    /// Reports what failed last.
    private(set) var lastFault: ((inout Runner) -> Bool)?
    /// The condition rests on statistics: so many samples are drawn.
    private(set) var samples: Int?
    /// The most samples that were left out at a value.
    private(set) var leftOut = 0
    /// It rests on statistics, and is uncertain all the same.
    private(set) var isMixed = false
    private(set) var isCentral = false
    let isEquation: Bool
    /// Whether the condition is made of comparisons of numbers.
    let isNumeric: Bool
    /// What the sides of an equation may differ by.
    private(set) var slack = 0.0

    /// So many values are tried in one run at most; fewer where each takes samples.
    private var valuesInRun: Int { samples == nil ? 65 : 5 }

    init?(_ runner: Runner, _ parts: Solving, _ module: Int32) {
        self.runner = runner
        self.parts = parts
        self.module = module
        let model = runner.model
        margins = ConditionMargins(parts.condition, in: module, model)
        isNumeric = margins.isWhole
        let tree = model.tree(module)
        var condition = parts.condition
        while tree[condition].kind == .paren { condition = tree.operand(condition) }
        isEquation =
            margins.isWhole && margins.comparisons.count == 1 && margins.comparisons[0].kind == .equal
            && margins.comparisons[0].within == nil && margins.comparisons[0].node == condition
        let request = QueryRequest.expression(
            module: module, node: parts.condition, scenario: parts.scenario)
        let lowered = runner.options.lower(runner.core, runner.scenarios, [request])
        guard lowered.diagnostics.isEmpty, let query = lowered.program.queries.first else {
            problems = lowered.diagnostics
            return nil
        }
        isCentral = query.axes.contains(.sample)
        guard lowered.program.restsOnStatistic(0) else { return }
        isMixed = isCentral
        isCentral = false
        // `--until` draws as many as it needs; here as many as are usual.
        samples = runner.options.precision == nil ? runner.options.samples : min(runner.options.samples, 10_000)
        if isEquation, let side = margins.wanted.first, let samples {
            let dimension = model.types.dimension(model.type(of: side, in: module))
            // A share of samples goes up by one sample.
            if dimension.map({ model.describe($0) == "a pure number" }) ?? false { slack = 1.000001 / Double(samples) }
        }
    }

    /// The step and member of one of an equation's differences.
    func label(_ place: Int) -> String { labels.indices.contains(place) ? labels[place] : "" }

    /// Nil where the run ends.
    func look(_ values: [Double]) -> [SolveSearch.Trial]? {
        var result: [SolveSearch.Trial] = []
        var raw: [[[Double]]] = []
        var start = 0
        while start < values.count {
            let some = Array(values[start..<min(start + valuesInRun, values.count)])
            guard let seen = run(some) else { return nil }
            raw += seen.map { $0.differences }
            result += seen.map { $0.trial }
            start += some.count
        }
        // What is of several dimensions is compared by how far each goes along the range.
        if scales == nil, margins.comparisons.count > 1 {
            scales = margins.comparisons.indices.map { number in
                let sizes = raw.flatMap { $0.map { $0[number].magnitude } }.filter { $0.isFinite && $0 > 0 }
                return sizes.max() ?? 1
            }
            return look(values)
        }
        return result
    }

    private func run(
        _ values: [Double]
    ) -> [(trial: SolveSearch.Trial, differences: [[Double]])]? {
        var scenarios = runner.scenarios
        var requests: [QueryRequest] = []
        let wanted = [parts.condition] + margins.wanted
        for value in values {
            let number = scenarios.add(value, of: parts, in: runner.model)
            requests += wanted.map { .expression(module: module, node: $0, scenario: number) }
        }
        let lowered = runner.options.lower(runner.core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else {
            // Every value that was tried may say the same.
            for diagnostic in lowered.diagnostics
            where !problems.contains(where: {
                $0.message == diagnostic.message && $0.primary?.location == diagnostic.primary?.location
            }) {
                problems.append(diagnostic)
            }
            return nil
        }
        let options = runner.options
        var settings = samples.map { options.run(samples: $0) } ?? options.central
        settings.allowedUnsolved = options.allowedUnsolved
        let execution = execute(lowered.program, settings)
        if let shortage = execution.shortage {
            problems.append(.outOfMemory(shortage, samples: samples ?? 1, in: runner.model))
            return nil
        }
        if execution.isStopped || options.isCancelledByHost() {
            problems.append(.stoppedIn("a `solve`"))
            return nil
        }
        // What is left out at one value is that value's own affair.
        if options.allowedUnsolved > 0, values.count > 1, execution.unsolvedCount > 0 {
            var result: [(trial: SolveSearch.Trial, differences: [[Double]])] = []
            for value in values {
                guard let one = run([value]) else { return nil }
                result += one
            }
            return result
        }
        leftOut = max(leftOut, execution.leftOut)
        runner.program = lowered.program
        runner.execution = execution
        return values.indices.map { position in
            let own = Array(lowered.program.queries[position * wanted.count..<(position + 1) * wanted.count])
            return judge(own, values[position])
        }
    }

    /// A condition at all its steps and members.
    private func judge(
        _ queries: [Query], _ value: Double
    ) -> (trial: SolveSearch.Trial, differences: [[Double]]) {
        var trial = SolveSearch.Trial(value: value, holds: true, margin: .infinity)
        var differences: [[Double]] = []
        let axes = queries.reduce(Axes()) { $0.union($1.axes) }.subtracting(.sample)
        let points = runner.points(of: axes)
        if isEquation, labels.isEmpty { labels = points.map { $0.labels.joined(separator: ", ") } }
        for point in points {
            let found = queries.map { query in
                runner.samples(query, members: point.members, step: point.step)?.first ?? .nan
            }
            if found[0].isNaN {
                trial.isDefined = false
                let (program, execution) = (runner.program, runner.execution)
                lastFault = { runner in
                    (runner.program, runner.execution) = (program, execution)
                    return runner.stop(found[0], sample: nil)
                }
                break
            }
            if found[0] == 0 { trial.holds = false }
            let sides = Array(found.dropFirst())
            let margin = margins.margin(scales: scales) { sides[$0] }
            if !margin.isNaN { trial.margin = min(trial.margin, margin) }
            differences.append(margins.comparisons.map { sides[$0.left] - sides[$0.right] })
            if isEquation {
                trial.differences.append(sides[0] - sides[1])
                trial.sizes.append(max(sides[0].magnitude, sides[1].magnitude))
                if trial.differences.last?.isNaN ?? true { trial.isDefined = false }
            }
        }
        if !trial.isDefined { trial.holds = false }
        return (trial, differences)
    }
}

extension Diagnostic {
    fileprivate static func emptySolveRange(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "the range to solve in is empty", at: Label(place),
            help: ["write the lower end first: `solve name: a in 0%..50% so that x >= y`"])
    }

    fileprivate static func solveEndOfMany(_ words: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .cannotSolve, "an end of the range is one number, and `\(words)` is several", at: Label(place),
            help: ["pick one: `x[2030]` or `x[A]`; or reduce it: `max(x)`"])
    }

    fileprivate static func solveForMany(_ path: String, _ suggestion: String?, at place: Location) -> Diagnostic {
        Diagnostic(
            .cannotSolve, "`\(path)` is more than one number, and `solve` looks for one", at: Label(place),
            help: [
                suggestion.map {
                    "solve for one member: `\($0)`; or for a factor on all of them, an `assume` of its own"
                }
                    ?? "solve for a factor on it: an `assume` of its own that multiplies it"
            ])
    }

    fileprivate static func solveOfUncertain(_ condition: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .cannotSolve, "this rests on a statistic over samples, and differs from sample to sample as well",
            at: Label(place), help: ["say how surely it is to hold: `probability(\(condition)) >= 90%`"])
    }

    fileprivate static func noOneValue(
        _ path: String, _ condition: String, _ first: String, _ firstValue: String, _ second: String,
        _ secondValue: String, at place: Location
    ) -> Diagnostic {
        Diagnostic(
            .cannotSolve,
            "no one value of `\(path)` meets `\(condition)` everywhere: it takes \(firstValue) for \(first), and \(secondValue) for \(second)",
            at: Label(place),
            help: ["ask for `>=` or `<=`, pick a time or a member, or reduce both sides: `sum(x)`, `mean(x over time)`"]
        )
    }

    fileprivate static func solveWithoutEffect(
        _ path: String, _ patches: [(policy: String, patch: String)], at place: Location
    ) -> Diagnostic {
        Diagnostic(
            .solveWithoutEffect, severity: .warning, "nothing in this condition changes with `\(path)`",
            at: Label(place),
            help: [
                patches.isEmpty
                    ? "what is compared must rest on `\(path)`, in the scenario of plain commands: `x under other` is as `other` has it"
                    : "a policy patches it: "
                        + patches.map { "`\($0.patch)` of `\($0.policy)`" }.joined(separator: ", ")
            ])
    }
}
