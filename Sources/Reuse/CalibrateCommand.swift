import ReuseCore
import ReuseEngine
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// `calibrate`: what was found before the other commands.
struct CalibratePlan: CommandPlan {
    let command: Command
    let requests: [QueryRequest] = []

    init(_ command: Command, _ runner: inout Runner, isRun: Bool) { self.command = command }

    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool { runner.showCalibration(self) }
}

/// What came of a `calibrate` command, found before all else, since its inputs then are what was found.
struct Calibration {
    var names: [String]
    /// As a script writes them behind a number, and their sizes in base units.
    var units: [(text: String, scale: Double)]
    /// In base units, as the fit and each covariance are.
    var before: [Double]
    var fit: CalibrationFit
    /// By period: its label, the datum and what the model gives.
    var points: [(label: String, datum: Double, value: Double)]

    /// Of the estimates of two inputs; 0 where one of them is certain.
    func correlation(_ a: Int, _ b: Int) -> Double {
        if a == b { return 1 }
        let errors = error(a) * error(b)
        return errors > 0 ? fit.covariance[min(a, b) * names.count + max(a, b)] / errors : 0
    }

    func error(_ place: Int) -> Double { max(fit.covariance[place * names.count + place], 0).squareRoot() }
}

extension Session {
    /// Checks a text. Where it calibrates inputs, these are fitted, and it is checked again as a script in which each of them
    /// is set to a normal distribution, and they are correlated as their covariance says. What is `known` is not fitted.
    func calibrated(_ text: [UInt8], name: String) -> (checked: CheckedModel, calibrations: [Calibration]) {
        calibrated(ScriptText(name: name, bytes: text))
    }

    func calibrated(
        _ script: ScriptText, known: [Calibration]? = nil
    ) -> (checked: CheckedModel, calibrations: [Calibration]) {
        var checked = ReuseModel.check(input(script))
        if let problem = options.problem {
            checked.diagnostics.append(problem)
            return (checked, [])
        }
        if checked.model.calibrations.isEmpty || checked.diagnostics.contains(where: { $0.severity == .error }) {
            return (checked, [])
        }
        var found: [Calibration] = []
        var whole = script
        var session = self
        if let known, known.count == checked.model.calibrations.count {
            for calibration in known {
                session.options.settings += settings(of: calibration)
                whole.append(correlation(of: calibration))
            }
            return (ReuseModel.check(session.input(whole)), known)
        }
        // One after the other: each sees what those before it found.
        for number in checked.model.calibrations.indices {
            guard checked.model.calibrations.indices.contains(number) else { break }
            var runner = Runner(model: checked.model, options: options)
            guard let calibration = runner.calibrate(checked.model.calibrations[number]) else {
                checked.diagnostics += runner.diagnostics
                return (checked, [])
            }
            found.append(calibration)
            session.options.settings += settings(of: calibration)
            whole.append(correlation(of: calibration))
            checked = ReuseModel.check(session.input(whole))
            if checked.diagnostics.contains(where: { $0.severity == .error }) { return (checked, []) }
        }
        return (checked, found)
    }

    /// What the inputs are from now on.
    private func settings(of calibration: Calibration) -> [(name: String, value: String)] {
        calibration.names.enumerated().map { place, name in
            let (unit, scale) = calibration.units[place]
            // `%` stands against its number.
            let tail = unit.isEmpty || unit.hasPrefix("%") ? unit : " " + unit
            let mean = "\(calibration.fit.parameters[place] / scale)\(tail)"
            let error = calibration.error(place)
            return (name, error > 0 ? "normal(mean: \(mean), sd: \(error / scale)\(tail))" : mean)
        }
    }

    /// A `correlate` statement of the inputs that are uncertain.
    private func correlation(of calibration: Calibration) -> String {
        let count = calibration.names.count
        let places = (0..<count).filter { calibration.error($0) > 0 }
        guard places.count > 1 else { return "" }
        let rows = places.map { a in
            let cells = places.map { b in
                if a == b { return "1" }
                let (row, column) = (min(a, b), max(a, b))
                let own =
                    calibration.fit.covariance[row * count + column] / calibration.error(row)
                    / calibration.error(column)
                // Ranks of normals with this correlation; a hair less, so that rounding leaves the matrix one that can be.
                let rank = 6 / Double.pi * arcsine(min(max(own * 0.999999, -0.999999), 0.999999) / 2)
                return "\(rank)"
            }
            return "[" + cells.joined(separator: ", ") + "]"
        }
        let names = places.map { calibration.names[$0] }.joined(separator: ", ")
        return "\ncorrelate \(names) at [\(rows.joined(separator: ", "))]\n"
    }

    /// Of at most a half, by its series: the same bits on every machine.
    private func arcsine(_ x: Double) -> Double {
        var term = x
        var sum = x
        for n in 1..<60 {
            let odd = Double(2 * n - 1)
            term *= x * x * odd / Double(2 * n)
            sum += term / (odd + 2)
        }
        return sum
    }
}

extension Runner {
    /// What can be wrong with calibrations before anything is computed.
    mutating func checkCalibrations() {
        for parts in model.calibrations {
            let lowered = faults(in: parts.requests)
            diagnostics += lowered.diagnostics
            guard lowered.diagnostics.isEmpty, let periods = periods(of: parts, lowered.program) else { continue }
            // What cannot be read in a period is found here.
            let request = QueryRequest.periods(
                module: parts.module, node: parts.expression, periods, scenario: Model.baseline)
            diagnostics += faults(in: [request]).diagnostics
        }
    }

    /// The period of each datum; nil where one lies outside the horizon, or something is more than one number, which is
    /// reported.
    private mutating func periods(of parts: Calibrating, _ program: Program) -> [TimePoint]? {
        let tree = model.tree(parts.module)
        func place(_ node: NodeID) -> Location { Location(tree.source, tree[node].span) }
        for (number, input) in parts.inputs.enumerated()
        where !program.queries[number].axes.subtracting(.sample).isEmpty {
            diagnostics.append(.calibratedParts(model.name(input.declaration), at: place(input.path)))
            return nil
        }
        guard program.queries[parts.inputs.count + 1].axes.indexNumbers.isEmpty else {
            diagnostics.append(.calibratedIndex(at: place(parts.expression)))
            return nil
        }
        let data = program.queries[parts.inputs.count]
        guard data.axes.indexNumbers.isEmpty else {
            diagnostics.append(.dataOverIndex(at: place(parts.data)))
            return nil
        }
        var result: [TimePoint] = []
        for (number, point) in data.points.enumerated() {
            guard let period = data.periods[number], program.calendar.steps(of: period) != nil else {
                diagnostics.append(.datumOutsideHorizon(point.label, at: place(parts.data)))
                return nil
            }
            result.append(period)
        }
        return result
    }

    /// Fits the inputs of a command, on central values and without policies; nil where that is reported as an error.
    mutating func calibrate(_ parts: Calibrating) -> Calibration? {
        let tree = model.tree(parts.module)
        let place = Location(tree.source, tree[parts.node].span)
        guard let first = central(parts.requests), let periods = periods(of: parts, first.program) else {
            return nil
        }
        var before: [Double] = []
        for number in parts.inputs.indices {
            let value =
                first.run.values(first.program.queries[number].definition, combination: 0, step: 0).first ?? .nan
            if value.isNaN, stop(value, sample: nil) { return nil }
            before.append(value)
        }
        var points: [(label: String, datum: Double, value: Double)] = []
        for point in first.program.queries[parts.inputs.count].points {
            let value = first.run.values(point.definition, combination: 0, step: 0).first ?? .nan
            if value.isNaN, stop(value, sample: nil) { return nil }
            points.append((point.label, value, 0))
        }
        guard let start = values(at: before, parts, periods, reports: true) else { return nil }
        for (number, value) in start.enumerated() { points[number].value = value }
        do throws(CalibrationFit.Failure) {
            let isCancelled = options.isCancelledByHost
            let fit = try CalibrationFit.fit(from: before, residualCount: points.count, isCancelled: isCancelled) {
                parameters, residuals in
                let found = isCancelled() ? nil : values(at: parameters, parts, periods, reports: false)
                for number in points.indices { residuals[number] = (found?[number] ?? .nan) - points[number].datum }
            }
            if let end = values(at: fit.parameters, parts, periods, reports: true) {
                for (number, value) in end.enumerated() { points[number].value = value }
            }
            return Calibration(
                names: parts.inputs.map { model.name($0.declaration) },
                units: parts.inputs.map { unit(of: $0.declaration) }, before: before, fit: fit, points: points)
        } catch {
            diagnostics.append(.cannotCalibrate(error, parts.inputs.map { model.name($0.declaration) }, at: place))
            return nil
        }
    }

    /// The unit that an input is written in.
    private mutating func unit(of id: DeclarationID) -> (text: String, scale: Double) {
        let declaration = model[id]
        let form = self.form(of: declaration.value, in: declaration.valueModule)
        return (form.unit, form.scale)
    }

    /// What the expression is in the data's periods, with some values of the inputs; nil where it has none. A level is read
    /// at their ends, a flow over them, as wherever a period is read.
    private mutating func values(
        at parameters: [Double], _ parts: Calibrating, _ periods: [TimePoint], reports: Bool
    ) -> [Double]? {
        let outerScenarios = scenarios
        defer { scenarios = outerScenarios }
        let scenario = scenarios.add(parameters, of: parts, in: model)
        let request = QueryRequest.periods(
            module: parts.module, node: parts.expression, periods, scenario: scenario)
        let outer = diagnostics
        defer { if !reports { diagnostics = outer } }
        guard let (program, run) = central([request]) else { return nil }
        var result: [Double] = []
        for point in program.queries[0].points {
            let value = run.values(point.definition, combination: 0, step: 0).first ?? .nan
            if value.isNaN {
                if reports { _ = stop(value, sample: nil) }
                return nil
            }
            result.append(value)
        }
        return result.count == periods.count ? result : nil
    }

    // MARK: Output

    fileprivate mutating func showCalibration(_ plan: CalibratePlan) -> Bool {
        let command = plan.command
        guard
            let place = model.calibrations.firstIndex(where: { $0.node == command.node && $0.module == command.module }
            ),
            calibrations.indices.contains(place)
        else { return true }
        let (calibration, parts) = (calibrations[place], model.calibrations[place])
        let module = plan.command.module
        let form = self.form(of: parts.expression, in: module)
        let expression = text(parts.expression, in: module)
        func number(_ value: Double, _ scale: Double) -> Cell { .number(value / scale) }
        var found = Table(
            title:
                "\(calibration.names.joined(separator: ", ")) so that \(expression) fits \(text(parts.data, in: module))",
            axes: ["input"], rows: [],
            columns: [
                Table.Column(name: "value", unit: ""), Table.Column(name: "standard error", unit: ""),
                Table.Column(name: "before", unit: ""),
            ])
        // With the standard errors, correlations say what the covariance is.
        let others = calibration.names.count > 1 && calibration.fit.degrees > 0 ? calibration.names : []
        found.columns += others.map { Table.Column(name: "correlation with \($0)", unit: "") }
        for (place, name) in calibration.names.enumerated() {
            let (unit, scale) = calibration.units[place]
            // Each input has its own unit, so these stand in the cells.
            func cell(_ value: Double) -> Cell { .quantity(value / scale, unit: unit) }
            found.rows.append(
                Table.Row(
                    labels: [name],
                    cells: [
                        cell(calibration.fit.parameters[place]),
                        calibration.fit.degrees > 0 ? cell(calibration.error(place)) : .absent,
                        cell(calibration.before[place]),
                    ] + others.indices.map { .number(calibration.correlation(place, $0)) }))
        }
        outputs.append(.table(found))
        var residuals = Table(
            axes: ["time"], rows: [],
            columns: [
                Table.Column(name: "data", unit: form.unit), Table.Column(name: expression, unit: form.unit),
                Table.Column(name: "residual", unit: form.unit),
            ])
        for point in calibration.points {
            residuals.rows.append(
                Table.Row(
                    labels: [point.label],
                    cells: [
                        number(point.datum, form.scale), number(point.value, form.scale),
                        number(point.value - point.datum, form.scale),
                    ]))
        }
        outputs.append(.table(residuals))
        return true
    }
}

extension Calibrating {
    /// The present values of the inputs, the data, and what is fitted to them.
    var requests: [QueryRequest] {
        inputs.map { .declaration($0.declaration, scenario: Model.baseline) } + [
            .points(module: module, node: data),
            .expression(module: module, node: expression, scenario: Model.baseline),
        ]
    }
}

extension Diagnostic {
    fileprivate static func calibratedParts(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "`\(name)` is more than one number, so it cannot be calibrated", at: Label(place),
            help: ["calibrate an input that is the same at all times and for all members"])
    }

    fileprivate static func calibratedIndex(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "what is fitted to data is one number over time, and this varies over an index",
            at: Label(place), help: ["reduce it: `sum(x)`; or pick a member: `x[A]`"])
    }

    fileprivate static func dataOverIndex(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "the data vary over an index, and what is fitted to them is one number over time",
            at: Label(place), help: ["pick the data of a member, and fit that member to them: `x[A] fits data[A]`"])
    }

    fileprivate static func datumOutsideHorizon(_ period: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .outsideHorizon, "the datum of \(period) lies outside the horizon", at: Label(place),
            help: ["let the horizon begin with the data: what is fitted must have a value there"])
    }

    fileprivate static func cannotCalibrate(
        _ failure: CalibrationFit.Failure, _ names: [String], at place: Location
    ) -> Diagnostic {
        switch failure {
        case .tooFewPoints(let needed, let present):
            return Diagnostic(
                .cannotProject,
                "\(needed) inputs cannot be told from \(present) point\(present == 1 ? "" : "s")", at: Label(place),
                help: ["calibrate fewer inputs, or give more data"])
        case .notIdentified(let places):
            let wrong = places.filter { $0 < names.count }.map { "`\(names[$0])`" }.joined(separator: ", ")
            return Diagnostic(
                .cannotProject, "the data do not tell \(wrong): quite different values fit them alike",
                at: Label(place),
                help: [
                    names.count > 1
                        ? "calibrate one of them, and leave the others as they are"
                        : "what is fitted must change with it: look where it is read, and where the search begins"
                ])
        case .cancelled: return .stopped
        case .notConverged(let steps):
            return Diagnostic(
                .cannotProject,
                "no values of the inputs were found that fit the data best: \(steps) steps came to no rest",
                at: Label(place), help: ["begin nearer: the search goes on from the values that the script gives"])
        }
    }
}
