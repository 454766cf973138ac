import Foundation
import Reuse
@testable import ReuseSyntax
import Testing

/// The engine against the reference evaluator, over generated programs.
///
/// `REUSE_PROGRAMS` says how many (2,000 unless given), `REUSE_SEED` which seed to begin with. A failure prints its
/// seed; `REUSE_SEED=… REUSE_PROGRAMS=1` runs that program alone.
@Suite struct AgreementTests {
    @Test("the engine and the reference evaluator agree on generated programs")
    func generatedPrograms() {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["REUSE_PROGRAMS"].flatMap { Int($0) } ?? 2_000
        let first = environment["REUSE_SEED"].flatMap { UInt64($0) } ?? 1
        let tally = onLargeStack { Agreement.tally(seeds: first..<first + UInt64(count)) }
        for failure in tally.failures { Issue.record("\(failure)") }
        if count >= 1_000 {
            // What was compared is what was meant to be: each kind of program has its share.
            #expect(tally.values * 100 > count * 50, "only \(tally.values) of \(count) programs ran to the end")
            #expect(tally.faults * 100 > count * 5, "only \(tally.faults) of \(count) programs failed while running")
            #expect(
                tally.mismatches * 100 > count * 2,
                "only \(tally.mismatches) of \(count) programs had a dimension error")
            #expect(tally.beyond * 100 < count, "\(tally.beyond) of \(count) programs were beyond the reference")
        }
    }

    @Test("the same seed gives the same program")
    func generatorIsPure() {
        for seed in UInt64(1)...20 {
            #expect(Generator.program(seed: seed).text == Generator.program(seed: seed).text)
        }
    }

    @Test("generated programs parse")
    func generatedProgramsParse() {
        for seed in UInt64(1)...300 {
            let program = Generator.program(seed: seed).text
            var symbols = SymbolTable()
            let source = SourceText(id: SourceID(0), name: "generated", bytes: Array(program.utf8))
            let result = parse(source, symbols: &symbols)
            #expect(result.diagnostics.isEmpty, "seed \(seed): \(result.diagnostics.first?.message ?? "")\n\(program)")
        }
    }

    @Test("generated programs fail only on purpose")
    func flavours() {
        let surprises = onLargeStack { Agreement.surprises(seeds: 1..<301) }
        for surprise in surprises.prefix(5) { Issue.record("\(surprise)") }
    }

    /// What is written by hand in `Tests/Language` is checked by the reference alone as well, as far as it goes.
    @Test(
        "the reference evaluator finds the assertions of the programs true",
        arguments: LanguageProgram.all.filter { Self.withinReference.contains($0.name) })
    func programs(_ program: LanguageProgram) throws {
        let bytes = [UInt8](try Data(contentsOf: program.url))
        let options = try program.expectations().options
        let failures = onLargeStack { Agreement.failedAssertions(bytes, samples: options.samples, seed: options.seed) }
        #expect(failures == [])
    }

    static let withinReference: Set<String> = [
        "arithmetic.reuse", "conditions.reuse", "functions.reuse", "index.reuse", "lists.reuse", "order.reuse",
        "records.reuse", "shadowing.reuse", "time.reuse", "uncertainty.reuse", "units.reuse", "unfailing.reuse",
        "names.reuse",
    ]

    @Test("the reference evaluator knows what it checks", arguments: ReferenceCase.all)
    func reference(example: ReferenceCase) throws {
        let outcome = onLargeStack { Agreement.referenceValue(of: example.program) }
        #expect(outcome == example.outcome)
    }
}

/// A program of one `show` and what it comes to by hand: a number in base units, or the code of an error and its place.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
    var program: String
    var outcome: String
    var testDescription: String { program }

    init(_ program: String, _ outcome: String) {
        self.program = program
        self.outcome = outcome
    }

    static let all = [
        ReferenceCase("show 1 + 2 * 3", "7.0"),
        ReferenceCase("show 2 ^ 3 ^ 2", "512.0"),
        ReferenceCase("show 2 tonne + 5 kg", "2005.0"),
        ReferenceCase("show 10 / 2 / 5", "1.0"),
        ReferenceCase("show 1 kg + 1 USD", "R0301 at 1:13"),
        ReferenceCase("show 1 + 2 / (3 - 3)", "R0501 at 1:14"),
        ReferenceCase("show if 1 < 2 then 5 else 1 / 0", "5.0"),
        ReferenceCase("let b = a * 2\nlet a = 4\nshow b", "8.0"),
        ReferenceCase("fn f(a, b = 10) = a - b\nshow f(b: 1, a: 5) + f(3)", "-3.0"),
        ReferenceCase("fn f(n, so_far) = if n <= 0 then so_far else f(n - 1, so_far + n)\nshow f(4, 0)", "10.0"),
        ReferenceCase("let k = 3\nfn f(k) = fn(x) = x * k\nlet g = f(5)\nshow g(k)", "15.0"),
        ReferenceCase("show fold(map([1, 2, 3], fn(x) = x * x), 0, fn(a, x) = a + x)", "14.0"),
        ReferenceCase("show [4, 5, 6][4]", "R0505 at 1:16"),
        ReferenceCase("show sqrt(0 - 1)", "R0503 at 1:6"),
        ReferenceCase("show 1 + 1e200 * 1e200", "R0502 at 1:10"),
        ReferenceCase("fn f(x) = 1 + f(x)\nshow f(1)", "R0504 at 1:15"),
        ReferenceCase("index grade = A, B\nlet x = [A: 1, B: 2]\nshow sum(x * 10 over grade) + x[B]", "32.0"),
        ReferenceCase(
            "index grade = A, B\nfn off(v) = v - mean(v)\nlet x = [A: 1, B: 2]\nlet y = off(x)\nshow y[B]", "0.5"),
        ReferenceCase("horizon 2024..2026\nlet x = [2024: 1, 2026: 3]\nshow x[2025]", "2.0"),
        ReferenceCase("horizon 2024..2026\nlet x = previous(x, else: 1) * 2\nshow x[2026]", "8.0"),
        ReferenceCase("horizon 2024..2026\nlet x = 100 growing 50%/yr from 2025\nshow x[2026] - x[2025]", "50.0"),
        ReferenceCase("show nothing", "R0201 at 1:6"),
    ]
}

/// What came of comparing many programs.
struct AgreementTally: Sendable {
    var values = 0
    var faults = 0
    var mismatches = 0
    var beyond = 0
    var failures: [String] = []
}

/// One program run by both.
struct Agreement {
    let program: String
    let evaluator: ReferenceEvaluator
    let result: RunResult
    let lines: [Int]

    enum Verdict { case values, fault, mismatch, beyond(String), disagreement(String) }

    static func tally(seeds: Range<UInt64>) -> AgreementTally {
        var tally = AgreementTally()
        for seed in seeds {
            let (program, _, isUncertain) = Generator.program(seed: seed)
            if ProcessInfo.processInfo.environment["REUSE_PROGRESS"] == "1" {
                FileHandle.standardError.write(Data("\(seed)\n".utf8))
            }
            switch verdict(program, samples: samples(seed, isUncertain)) {
            case .values: tally.values += 1
            case .fault: tally.faults += 1
            case .mismatch: tally.mismatches += 1
            case .beyond(let reason):
                tally.beyond += 1
                if tally.beyond == 1 { print("seed \(seed) is beyond the reference: \(reason)\n\(program)") }
            case .disagreement(let reason):
                let small = shrunk(program, samples: samples(seed, isUncertain), reason)
                tally.failures.append("seed \(seed): \(reason)\n\(program)\nshrunk to:\n\(small)")
                if tally.failures.count >= 12 { return tally }
            }
        }
        return tally
    }

    /// Most runs are short; every fourth crosses the boundary of a block of 256.
    private static func samples(_ seed: UInt64, _ isUncertain: Bool) -> Int {
        isUncertain ? (seed % 4 == 0 ? 300 : 20) : 5
    }

    static func verdict(_ program: String, samples: Int) -> Verdict {
        let bytes = Array(program.utf8)
        var symbols = SymbolTable()
        let parsed = parse(SourceText(id: SourceID(0), name: "generated", bytes: bytes), symbols: &symbols)
        if let problem = parsed.diagnostics.first { return .disagreement("does not parse: \(problem.message)") }
        var options = Options()
        options.samples = samples
        let agreement = Agreement(
            program: program,
            evaluator: ReferenceEvaluator(tree: parsed.tree, symbols: symbols, samples: samples, seed: options.seed),
            result: Session(options: options).run(bytes, name: "generated"),
            lines: lineStarts(bytes))
        do { return try agreement.compare() } catch {
            switch error {
            case Stop.beyond(let reason): return .beyond(reason)
            case Stop.needs(let axis): return .disagreement("the engine's table does not run over \(axis)")
            default: return .disagreement("the reference met \(error)")
            }
        }
    }

    /// The value or error of the last command, for the tests of the reference itself.
    static func referenceValue(of program: String) -> String {
        let bytes = Array(program.utf8)
        var symbols = SymbolTable()
        let parsed = parse(SourceText(id: SourceID(0), name: "case", bytes: bytes), symbols: &symbols)
        if let problem = parsed.diagnostics.first { return "does not parse: \(problem.message)" }
        let evaluator = ReferenceEvaluator(tree: parsed.tree, symbols: symbols, samples: 5, seed: 1)
        let node = evaluator.tree[NodeID(evaluator.commands[evaluator.commands.count - 1])]
        do {
            let value = try evaluator.evaluate(evaluator.tree.extra[Int(node.a)], nil, evaluator.start)
            if case .number(let number, _) = value { return "\(number)" }
            return "\(value)"
        } catch Stop.fault(let fault) {
            let (line, column) = place(of: evaluator.tree[NodeID(fault.node)].start, lineStarts(bytes))
            return "\(fault.kind.code) at \(line):\(column)"
        } catch { return "\(error)" }
    }

    /// Programs on which the reference alone finds something else than what the generator meant.
    static func surprises(seeds: Range<UInt64>) -> [String] {
        var surprises: [String] = []
        for seed in seeds {
            let (program, flavour, isUncertain) = Generator.program(seed: seed)
            var symbols = SymbolTable()
            let source = SourceText(id: SourceID(0), name: "generated", bytes: Array(program.utf8))
            let tree = parse(source, symbols: &symbols).tree
            let evaluator = ReferenceEvaluator(
                tree: tree, symbols: symbols, samples: samples(seed, isUncertain), seed: 1)
            let agreement = Agreement(
                program: program, evaluator: evaluator, result: Session().run([], name: "nothing"),
                lines: lineStarts(source.bytes))
            do {
                let faults = try Set(evaluator.commands.flatMap { try agreement.faults(of: $0) })
                let isMeant =
                    switch flavour {
                    case .valid: faults.allSatisfy { $0.kind == .assertionFailed }
                    case .mismatched: faults.contains { $0.kind == .dimensionMismatch }
                    // What fails in some samples alone may find none of them.
                    case .failing: !faults.contains { $0.kind == .dimensionMismatch }
                    }
                if !isMeant { surprises.append("seed \(seed), \(flavour): \(agreement.describe(faults))\n\(program)") }
            } catch {
                surprises.append("seed \(seed), \(flavour): \(error)\n\(program)")
            }
        }
        return surprises
    }

    /// Assertions that do not hold by the reference, each as its line with the reason; those beyond it are let pass.
    static func failedAssertions(_ bytes: [UInt8], samples: Int, seed: UInt64) -> [String] {
        var symbols = SymbolTable()
        let source = SourceText(id: SourceID(0), name: "program", bytes: bytes)
        let parsed = parse(source, symbols: &symbols)
        let starts = lineStarts(bytes)
        func line(_ offset: UInt32) -> Int { place(of: offset, starts).line }
        if let problem = parsed.diagnostics.first {
            return [
                "line \(problem.primary.map { line($0.location.span.start) } ?? 0) does not parse: \(problem.message)"
            ]
        }
        let evaluator = ReferenceEvaluator(tree: parsed.tree, symbols: symbols, samples: min(samples, 2000), seed: seed)
        var failures: [String] = []
        for command in evaluator.commands {
            let node = evaluator.tree[NodeID(command)]
            guard node.kind == .assert else { continue }
            do {
                for entry in try evaluator.everywhere(node.a) {
                    switch entry.outcome {
                    case .success(.boolean(true)): continue
                    case .success(let value): failures.append("line \(line(node.start)): \(value) at \(entry.point)")
                    case .failure(let error):
                        let place = line(evaluator.tree[NodeID(error.fault.node)].start)
                        failures.append("line \(line(node.start)): \(error.fault.kind) in line \(place)")
                    }
                    break
                }
            } catch Stop.beyond { continue } catch { failures.append("line \(line(node.start)): \(error)") }
        }
        return failures
    }

    /// Leaves out lines for as long as both still disagree in the same way.
    private static func shrunk(_ program: String, samples: Int, _ reason: String) -> String {
        func kind(_ reason: String) -> [Substring] {
            Array(reason.split(whereSeparator: { " :;".contains($0) }).filter { $0.first?.isNumber != true }.prefix(4))
        }
        var lines = program.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        var index = 0
        while index < lines.count {
            var fewer = lines
            fewer.remove(at: index)
            // What no longer means anything is no smaller case of the same.
            if case .disagreement(let other) = verdict(fewer.joined(separator: "\n") + "\n", samples: samples),
                kind(other) == kind(reason)
            {
                lines = fewer
            } else {
                index += 1
            }
        }
        return lines.joined(separator: "\n")
    }

    // MARK: Comparing

    private func compare() throws -> Verdict {
        let errors = result.diagnostics.filter { $0.severity == .error }
        var expected: [(command: Int32, faults: Set<Fault>)] = []
        for command in evaluator.commands { expected.append((command, try faults(of: command))) }
        let all = expected.flatMap(\.faults)
        let checked = Set(
            all.filter { $0.kind == .dimensionMismatch || $0.kind == .unknownName || $0.kind == .typeMismatch })
        if !checked.isEmpty {
            guard let error = errors.first else {
                return .disagreement("the engine found no error; \(describe(checked))")
            }
            guard result.outputs.isEmpty else { return .disagreement("the engine ran what does not check") }
            return matches(error, checked)
                ? .mismatch : .disagreement("the engine says \(describe(error)); \(describe(checked))")
        }
        if let failing = expected.firstIndex(where: { !$0.faults.isEmpty }) {
            guard let error = errors.first else {
                return .disagreement("the engine found no error; \(describe(expected[failing].faults))")
            }
            guard matches(error, expected[failing].faults) else {
                return .disagreement("the engine says \(describe(error)); \(describe(expected[failing].faults))")
            }
            if let reason = try difference(expected.prefix(failing).map(\.command)) { return .disagreement(reason) }
            return .fault
        }
        if let error = errors.first {
            return .disagreement("the engine says \(describe(error)); the reference has no error")
        }
        if let reason = try difference(expected.map(\.command)) { return .disagreement(reason) }
        return .values
    }

    /// The errors of a command, each the first at some point of its axes. Which point comes first is the engine's
    /// affair, as long as it is one of them.
    func faults(of command: Int32) throws -> Set<Fault> {
        let node = evaluator.tree[NodeID(command)]
        var faults: Set<Fault> = []
        for expression in expressions(of: node) {
            for entry in try evaluator.everywhere(expression) {
                switch entry.outcome {
                case .failure(let error): faults.insert(error.fault)
                case .success(let value):
                    guard node.kind == .assert else { continue }
                    if case .boolean(true) = value { continue }
                    faults.insert(Fault(kind: .assertionFailed, node: expression))
                }
            }
            // A later column is not reached where an earlier one fails.
            if !faults.isEmpty { break }
        }
        return faults
    }

    private func expressions(of node: Node) -> [Int32] {
        node.kind == .show ? evaluator.tree.show(node).values.map(\.rawValue) : [node.a]
    }

    /// Compares the outputs of commands that ran to their end, which must be all that there are.
    private func difference(_ commands: [Int32]) throws -> String? {
        var outputs = result.outputs[...]
        for command in commands {
            let node = evaluator.tree[NodeID(command)]
            if node.kind == .assert {
                guard case .check = outputs.popFirst() else { return "no check for an assertion" }
                continue
            }
            if let reason = try difference(expressions(of: node), &outputs) { return reason }
        }
        return outputs.isEmpty ? nil : "the engine gave \(outputs.count) outputs more"
    }

    /// One `show`: texts stand alone; values between them share a table where they have the same rows.
    private func difference(_ expressions: [Int32], _ outputs: inout ArraySlice<Output>) throws -> String? {
        var open = expressions[...]
        while let next = open.first {
            if evaluator.tree[NodeID(next)].kind == .text {
                open.removeFirst()
                let value = try evaluator.evaluate(next, nil, evaluator.start)
                guard case .text(let text) = outputs.popFirst() else { return "no text for \(value)" }
                guard case .text(let own) = value, own == text else { return "a text \(text), not \(value)" }
                continue
            }
            var group = Array(open.prefix { evaluator.tree[NodeID($0)].kind != .text })
            open = open.dropFirst(group.count)
            var rows: Set<[String]> = []
            while !group.isEmpty {
                guard case .table(let table) = outputs.popFirst() else { return "no table for \(source(of: group[0]))" }
                guard rows.insert(table.axes).inserted else { return "two tables over \(table.axes)" }
                if let reason = try difference(table, &group) { return reason }
            }
        }
        return nil
    }

    private func difference(_ table: Table, _ expressions: inout [Int32]) throws -> String? {
        var axes: [ReferenceAxis] = []
        for name in table.axes {
            if name == "time" {
                axes.append(.time)
            } else if let index = evaluator.indexes.firstIndex(where: { $0.name == name }) {
                axes.append(.index(index))
            } else {
                return "an axis \(name)"
            }
        }
        let places = axes.map { evaluator.places($0).count }.reduce(1, *)
        guard table.rows.count == places else { return "\(table.rows.count) rows, not \(places)" }
        guard let columns = columns(table, &expressions) else {
            return "columns \(table.columns.map(\.name)) for \(expressions.map { source(of: $0) })"
        }
        var seen: Set<Point> = []
        for row in table.rows {
            guard row.labels.count == axes.count else { return "a row with \(row.labels.count) labels" }
            guard row.cells.count == columns.count else { return "a row with \(row.cells.count) cells" }
            var point = evaluator.start
            for (axis, label) in zip(axes, row.labels) {
                guard let place = place(of: label, on: axis) else { return "a label \(label)" }
                point = evaluator.choosing(place, on: axis, from: point)
            }
            guard seen.insert(point).inserted else { return "two rows for \(row.labels)" }
            for (column, cell) in zip(table.columns.indices, row.cells) {
                guard let unit = unit(table.columns[column].unit) else { return "a unit \(table.columns[column].unit)" }
                var point = point
                for (index, place) in columns[column].members {
                    point = evaluator.choosing(place, on: .index(index), from: point)
                }
                if let reason = try difference(cell, unit, columns[column].expression, point) {
                    return "\(table.columns[column].name) \(row.labels.joined(separator: " ")): \(reason)"
                }
            }
        }
        return nil
    }

    private typealias Column = (expression: Int32, members: [(index: Int, place: Int)])

    /// The expression of each column and the members of indexes that it stands for. Takes from `expressions` those that
    /// the table shows; nil where they are not in their order, or a column is of none of them.
    private func columns(_ table: Table, _ expressions: inout [Int32]) -> [Column]? {
        var columns: [Column] = []
        var rest = table.columns.map(\.name)[...]
        let first = expressions.first
        while let name = rest.first {
            guard
                let found = expressions.lazy.enumerated().compactMap({ position, id -> (Int, [Column])? in
                    let text = source(of: id)
                    if name == text { return (position, [(id, [])]) }
                    guard table.axes == ["time"] else { return nil }
                    for indexes in self.subsets where !indexes.isEmpty {
                        let own = self.combinations(of: indexes)
                        let names = own.map { members in
                            let labels = members.map {
                                let index = self.evaluator.indexes[$0.index]
                                // Here all indexes have the same labels.
                                return (indexes.count > 1 ? index.name + ": " : "") + index.labels[$0.place]
                            }
                            return "\(text)[\(labels.joined(separator: ", "))]"
                        }
                        // Two indexes may have the same labels.
                        guard rest.starts(with: names), self.isOpen(id, at: own[0]) == false else { continue }
                        return (position, own.map { (id, $0) })
                    }
                    return nil
                }).first
            else { return nil }
            if columns.isEmpty, expressions[found.0] != first { return nil }
            expressions.remove(at: found.0)
            columns += found.1
            rest = rest.dropFirst(found.1.count)
        }
        return columns
    }

    /// Whether an expression varies over an index besides those of some members.
    private func isOpen(_ id: Int32, at members: [(index: Int, place: Int)]) -> Bool {
        // What a condition leaves out at one time may be asked for at another.
        for step in evaluator.places(.time).indices {
            for sample in 0..<8 {
                var point = evaluator.start
                point.step = step
                point.sample = sample
                for (index, place) in members { point = evaluator.choosing(place, on: .index(index), from: point) }
                do { _ = try evaluator.evaluate(id, nil, point) } catch Stop.needs(.index) { return true } catch {
                    continue
                }
            }
        }
        return false
    }

    /// The sets of indexes, each in order of declaration.
    private var subsets: [[Int]] {
        evaluator.indexes.indices.reduce([[]]) { sets, index in sets + sets.map { $0 + [index] } }
    }

    /// The last index changes fastest.
    private func combinations(of indexes: [Int]) -> [[(index: Int, place: Int)]] {
        indexes.reduce([[]]) { found, index in
            found.flatMap { members in
                evaluator.places(.index(index)).map { members + [(index: index, place: $0)] }
            }
        }
    }

    private func source(of id: Int32) -> String {
        let node = evaluator.tree[NodeID(id)]
        return String(decoding: Array(program.utf8)[Int(node.start)..<Int(node.end)], as: UTF8.self)
    }

    private func place(of label: String, on axis: ReferenceAxis) -> Int? {
        switch axis {
        case .time: Int(label).flatMap { year in evaluator.horizon.map { year - $0.lowerBound } }
        case .index(let index): evaluator.indexes[index].labels.firstIndex(of: label)
        case .sample: nil
        }
    }

    private typealias Unit = (factor: Double, dimension: ReferenceDimension)

    private func difference(_ cell: Cell, _ unit: Unit, _ expression: Int32, _ point: Point) throws -> String? {
        let certain: ReferenceValue
        do { certain = try evaluator.evaluate(expression, nil, point) } catch Stop.needs(.sample) {
            let values = try evaluator.places(.sample).map {
                try evaluator.evaluate(expression, nil, evaluator.choosing($0, on: .sample, from: point))
            }
            return try difference(cell, unit, ofSamples: values)
        }
        if case .uncertain = cell { return try difference(cell, unit, ofSamples: [certain]) }
        if case .probability = cell { return try difference(cell, unit, ofSamples: [certain]) }
        return try difference(cell, unit, certain)
    }

    private func difference(_ cell: Cell, _ unit: Unit, ofSamples values: [ReferenceValue]) throws -> String? {
        switch cell {
        case .uncertain(let summary):
            var numbers: [Double] = []
            for value in values {
                guard case .number(let number, let dimension) = value else { return "a number, not \(value)" }
                if let dimension, dimension != unit.dimension {
                    return "a dimension \(unit.dimension), not \(dimension)"
                }
                numbers.append(number)
            }
            numbers.sort()
            for (name, own, share) in [
                ("p5", summary.p5, 0.05), ("median", summary.median, 0.5), ("p95", summary.p95, 0.95),
            ] {
                let reference = ReferenceEvaluator.quantile(numbers, share)
                if !near(own * unit.factor, reference) { return "\(name) is \(own * unit.factor), not \(reference)" }
            }
            return nil
        case .probability(let share):
            let holding = values.filter { if case .boolean(true) = $0 { true } else { false } }.count
            let reference = Double(holding) / Double(values.count)
            return near(share.value, reference) ? nil : "holds in \(share.value), not \(reference)"
        default:
            // The engine says that it is certain: then it is the same in every sample.
            for value in values {
                if let reason = try difference(cell, unit, value) { return reason }
            }
            return nil
        }
    }

    private func difference(_ cell: Cell, _ unit: Unit, _ value: ReferenceValue) throws -> String? {
        switch (cell, value) {
        case (.number(let own), .number(let reference, let dimension)):
            if let dimension, dimension != unit.dimension { return "a dimension \(unit.dimension), not \(dimension)" }
            return near(own * unit.factor, reference) ? nil : "\(own * unit.factor), not \(reference)"
        case (.boolean(let own), .boolean(let reference)): return own == reference ? nil : "\(own), not \(reference)"
        case (.text(let own), .text(let reference)): return own == reference ? nil : "\(own), not \(reference)"
        case (.time(let own), .time(let reference)): return own == "\(reference)" ? nil : "\(own), not \(reference)"
        case (.list(let own), .list(let reference)):
            guard own.count == reference.count else { return "\(own.count) entries, not \(reference.count)" }
            for (cell, value) in zip(own, reference) {
                if let reason = try difference(cell, unit, value) { return reason }
            }
            return nil
        case (.record(let own), .record(let reference)):
            guard own.count == reference.count else { return "\(own.count) fields, not \(reference.count)" }
            for field in own {
                guard let value = reference.first(where: { $0.name == field.name })?.value else {
                    return "a field \(field.name)"
                }
                guard let unit = self.unit(field.unit) else { return "a unit \(field.unit)" }
                if let reason = try difference(field.value, unit, value) { return "\(field.name): \(reason)" }
            }
            return nil
        default: return "\(cell), not \(value)"
        }
    }

    private func near(_ a: Double, _ b: Double) -> Bool {
        // Both may round an average in their own order; a difference of such values shows it enlarged.
        let tolerance = min(max(1e-12, 1e-15 * evaluator.cancellation), 1e-9)
        return a == b || abs(a - b) <= tolerance * max(abs(a), abs(b))
    }

    /// A unit as an output writes it: `phone/yr`, `%/yr`, `/yr`, `kg^2`, `MJ tonne`.
    private func unit(_ text: String) -> Unit? {
        var factor = 1.0
        var dimension = ReferenceDimension.pure
        var divides = false
        var rest = Substring(text)
        while let next = rest.first {
            if next == "/" || next == "*" || next == " " {
                if next != " " { divides = next == "/" }
                rest = rest.dropFirst()
                continue
            }
            let word = rest.prefix { !"/* ^".contains($0) }
            rest = rest.dropFirst(word.count)
            var power = 1.0
            if rest.first == "^" {
                let digits = rest.dropFirst().prefix { "-0123456789.".contains($0) }
                rest = rest.dropFirst(1 + digits.count)
                guard let whole = Double(digits) else { return nil }
                power = whole
                if rest.first == "/", let figure = rest.dropFirst().first, figure.isNumber {
                    let below = rest.dropFirst().prefix { $0.isNumber }
                    guard let whole = Double(below) else { return nil }
                    rest = rest.dropFirst(1 + below.count)
                    power /= whole
                }
            }
            let unit: Unit
            if word == "%" {
                unit = (0.01, .pure)
            } else if word == "1" {
                unit = (1, .pure)
            } else {
                guard let known = evaluator.unitFactor(String(word)) else { return nil }
                unit = known
            }
            let scaled = power == 1 ? unit.factor : pow(unit.factor, power)
            factor = divides ? factor / scaled : factor * scaled
            dimension = dimension.times(unit.dimension, power: divides ? -power : power)
            divides = false
        }
        return (factor, dimension)
    }

    // MARK: Places

    private func matches(_ diagnostic: Diagnostic, _ faults: Set<Fault>) -> Bool {
        faults.contains { fault in
            guard fault.kind == diagnostic.kind else { return false }
            // What the language does not fix a place for is compared by its code alone.
            if [.outsideSeries, .assertionFailed].contains(fault.kind) { return true }
            guard let label = diagnostic.primary else { return false }
            var node = evaluator.tree[NodeID(fault.node)]
            if label.location.span.start == node.start { return true }
            // With or without the brackets around it.
            while node.kind == .paren {
                node = evaluator.tree[NodeID(node.a)]
                if label.location.span.start == node.start { return true }
            }
            return false
        }
    }

    private func describe(_ diagnostic: Diagnostic) -> String {
        guard let label = diagnostic.primary else { return "\(diagnostic.kind.code): \(diagnostic.message)" }
        let (line, column) = Self.place(of: label.location.span.start, lines)
        return "\(diagnostic.kind.code) at \(line):\(column): \(diagnostic.message)"
    }

    private func describe(_ faults: Set<Fault>) -> String {
        let texts = faults.map { fault in
            let (line, column) = Self.place(of: evaluator.tree[NodeID(fault.node)].start, lines)
            return "\(fault.kind.code) at \(line):\(column)"
        }
        return "the reference says " + texts.sorted().joined(separator: " or ")
    }

    static func lineStarts(_ bytes: [UInt8]) -> [Int] {
        [0] + bytes.indices.filter { bytes[$0] == 10 }.map { $0 + 1 }
    }

    /// Line and column, both counted from 1; the programs are ASCII.
    static func place(of offset: UInt32, _ starts: [Int]) -> (line: Int, column: Int) {
        let line = starts.lastIndex { $0 <= Int(offset) } ?? 0
        return (line + 1, Int(offset) - starts[line] + 1)
    }
}

/// Carries a value out of a thread that has ended before it is read.
private final class Box<T>: @unchecked Sendable { var value: T? }

/// Runs on a thread with room for the reference evaluator's recursion.
func onLargeStack<T: Sendable>(_ work: @escaping @Sendable () -> T) -> T {
    let box = Box<T>()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        box.value = work()
        done.signal()
    }
    thread.stackSize = 512 << 20
    thread.start()
    done.wait()
    guard let value = box.value else { preconditionFailure("the work did not run") }
    return value
}
