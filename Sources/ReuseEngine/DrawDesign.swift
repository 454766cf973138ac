import ReuseCore
import ReuseModel

/// Uniforms that a run takes in the place of its own draws: which column each variable has, and a rule for what stands in a
/// column at a row, the number of a sample. Nothing is kept, so a design of a million rows takes no memory.
///
/// Variables without a column keep their own draws, and a central run keeps its medians.
public struct DrawDesign: Sendable {
    private let columns: [UInt64: Int]
    private let rule: @Sendable (_ column: Int, _ row: UInt64) -> Double
    /// Whether rows may be left out.
    private(set) var mayLeaveOut = true

    /// `rule` must stay strictly inside 0 and 1, and have an answer for every row: blocks go beyond the last one.
    package init(variables: [UInt64], rule: @escaping @Sendable (_ column: Int, _ row: UInt64) -> Double) {
        var columns: [UInt64: Int] = [:]
        for (column, variable) in variables.enumerated() where columns[variable] == nil { columns[variable] = column }
        self.columns = columns
        self.rule = rule
    }

    package init<Design: SensitivityDesign>(_ design: Design) {
        let rows = UInt64(max(design.rows, 1))
        self.init(variables: design.columns.variables) { design.uniform(column: $0, row: Int($1 % rows)) }
        mayLeaveOut = design.groupsOfRows > 0
    }

    func value(of variable: UInt64, sample: UInt64) -> Double? {
        guard let column = columns[variable] else { return nil }
        return rule(column, sample)
    }

    /// Fills lanes with the uniforms of consecutive samples; false where the variable has no column.
    func fill(_ lanes: UnsafeMutablePointer<Double>, _ variable: UInt64, from first: UInt64, count: Int) -> Bool {
        guard let column = columns[variable] else { return false }
        for lane in 0..<count { lanes[lane] = rule(column, first &+ UInt64(lane)) }
        return true
    }
}

/// A design whose rows are the runs that a method of sensitivity analysis needs.
package protocol SensitivityDesign: Sendable {
    var columns: DrawColumns { get }
    var rows: Int { get }
    /// Strictly inside 0 and 1, for every column and every row below `rows`.
    func uniform(column: Int, row: Int) -> Double
    /// Rows that are compared with each other: where one of them cannot be had, all are left out. Nil where a row is shown
    /// by itself.
    func group(ofRow row: Int) -> Int?
    var groupsOfRows: Int { get }
}

/// The draws that a value rests on, a column each, and the input that each belongs to. An input moves as a whole.
package struct DrawColumns: Sendable {
    package var variables: [UInt64]
    package var groups: [Int]
    package var groupCount: Int

    package init(variables: [UInt64], groups: [Int], groupCount: Int) {
        self.variables = variables
        self.groups = groups
        self.groupCount = groupCount
    }

    package init(_ inputs: [UncertainInput]) {
        self.init(variables: [], groups: [], groupCount: inputs.count)
        for (group, input) in inputs.enumerated() {
            variables += input.variables
            groups += Array(repeating: group, count: input.variables.count)
        }
    }

    var count: Int { variables.count }
}

/// An uncertain declaration, or an uncertain patch on one, with all its draws.
package struct UncertainInput: Sendable {
    /// Its path as the register has it; of a patch or a command the text.
    package var name: String
    /// `none` for a patch, and for a range in a command.
    package var declaration: DeclarationID
    /// Ascending.
    package var variables: [UInt64]
}

extension Program {
    /// What makes a query uncertain, ordered by variables, so that it rests on no order of declarations; and whether the
    /// query rests on a statistic over samples.
    package func uncertainInputs(of query: Int) -> (inputs: [UncertainInput], readsStatistics: Bool) {
        var work = ([queries[query].definition] + queries[query].points.map { $0.definition }).filter { isSampled($0) }
        var isSeen = Array(repeating: false, count: definitions.count)
        var inputs: [UncertainInput] = []
        var places: [String: Int] = [:]
        var readsStatistics = false
        while let number = work.popLast() {
            if isSeen[number] { continue }
            isSeen[number] = true
            switch definitions[number].kind {
            case .statistic(let kind, let source, let second):
                // What is behind a statistic is the same in every sample.
                if definitions[source].isSampled || (kind.isOfPair && definitions[second].isSampled) {
                    readsStatistics = true
                }
                continue
            case .code(let codes):
                for code in codes { note(drawsOf: code, &inputs, &places) }
            case .projected(let output):
                for draw in draws(ofProjection: output) { note(draw, &inputs, &places) }
            default: break
            }
            // What does not vary over samples knows of those that do through statistics alone.
            work += definitions[number].reads.filter { isSampled(number) || !isSampled($0) }
        }
        for place in inputs.indices { inputs[place].variables = Self.ascending(inputs[place].variables) }
        inputs.sort { ($0.variables.first ?? 0) < ($1.variables.first ?? 0) }
        return (inputs, readsStatistics)
    }

    /// Whether a query rests on a statistic over samples, in whatever way.
    package func restsOnStatistic(_ query: Int) -> Bool {
        var work = ([queries[query].definition] + queries[query].points.map { $0.definition }).filter { $0 >= 0 }
        var isSeen = Array(repeating: false, count: definitions.count)
        while let number = work.popLast() {
            if isSeen[number] { continue }
            isSeen[number] = true
            if case .statistic(let kind, let source, let second) = definitions[number].kind,
                definitions[source].isSampled || (kind.isOfPair && definitions[second].isSampled)
            {
                return true
            }
            work += allReads(of: number)
        }
        return false
    }

    private func note(drawsOf piece: Code, _ inputs: inout [UncertainInput], _ places: inout [String: Int]) {
        var pc = piece.start
        while pc < code.count {
            let instruction = code[pc]
            let opcode = instruction.opcode
            if opcode == .end || opcode == .laneEnd { return }
            if opcode == .draw || opcode == .laneDraw {
                let first = instruction.wide
                for draw in first..<first + (instruction.detail > 0 ? draws[first].run : 1) {
                    note(draw, &inputs, &places)
                }
            }
            pc += 1
        }
    }

    private func note(_ draw: Int, _ inputs: inout [UncertainInput], _ places: inout [String: Int]) {
        let source = draws[draw]
        guard source.interval == nil else { return }
        if let place = places[source.path] {
            inputs[place].variables += source.variables
        } else {
            places[source.path] = inputs.count
            inputs.append(
                UncertainInput(name: name(of: source), declaration: source.declaration, variables: source.variables))
        }
    }

    /// The path of a declaration, or the text of a patch or a command.
    private func name(of source: DrawSource) -> String {
        if let label = source.label { return label }
        let bytes = Array(source.path.utf8)
        let show = Array("show ".utf8)
        guard source.declaration.isNone, bytes.starts(with: show) else { return source.path }
        return String(decoding: bytes[show.count...], as: UTF8.self)
    }

    private static func ascending(_ variables: [UInt64]) -> [UInt64] {
        var result: [UInt64] = []
        for variable in variables.sorted() where result.last != variable { result.append(variable) }
        return result
    }

    /// Of the normal scores of the draws in columns, row by row; nil where all are independent.
    package func scoreCorrelation(of columns: DrawColumns) -> [Double]? {
        let count = columns.count
        var result = (0..<count * count).map { $0 % (count + 1) == 0 ? 1.0 : 0.0 }
        var isCorrelated = false
        for group in correlations {
            let places = group.names.map { name in columns.variables.firstIndex(of: Lowering.hash(name)) }
            for (row, first) in places.enumerated() {
                for (column, second) in places.enumerated() where column != row && group.scores[row][column] != 0 {
                    guard let first, let second else { continue }
                    result[first * count + second] = group.scores[row][column]
                    isCorrelated = true
                }
            }
        }
        return isCorrelated ? result : nil
    }

    /// The names of two of some inputs that are correlated; nil where none are.
    package func correlatedPair(of inputs: [UncertainInput]) -> (String, String)? {
        let columns = DrawColumns(inputs)
        guard let correlation = scoreCorrelation(of: columns) else { return nil }
        for row in 0..<columns.count {
            for column in 0..<row where correlation[row * columns.count + column] != 0 {
                return (inputs[columns.groups[column]].name, inputs[columns.groups[row]].name)
            }
        }
        return nil
    }

    /// The same program with some of its queries alone.
    package func only(queries kept: [Int]) -> Program {
        var copy = self
        copy.queries = kept.map { queries[$0] }
        return copy
    }
}

extension Execution {
    /// The uniform of a variable in every sample of this run.
    package func uniforms(of variable: UInt64) -> [Double] {
        guard let draw = program.draws.firstIndex(where: { $0.variables.contains(variable) }) else { return [] }
        machine.step = program.draws[draw].variables.firstIndex(of: variable) ?? 0
        return leavingOut((0..<sampleCount + leftOut).map { machine.uniform(draw, sample: UInt64($0)) })
    }
}
