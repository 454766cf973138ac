import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Inputs that are correlated with each other, directly or by way of others.
public struct CorrelationGroup: Sendable {
    /// In order of first appearance in the script: the first keeps its draws.
    public var inputs: [DeclarationID]
    /// Names of their draws, of which variables are hashes.
    public var names: [String]
    /// Spearman's rank correlations, as given.
    public var ranks: [[Double]]
    /// Pearson's correlations of the normal scores: 2 sin(pi r / 6). Positive definite.
    public var scores: [[Double]]
}

/// A Gaussian copula: inputs are joined by their normal scores, and each keeps its own distribution. Iman and Conover, "A
/// distribution-free approach to inducing rank correlation among input variables" (1982), has the use; the relation of the
/// two correlations is Pearson's (1907).
extension Lowering {
    /// Groups, and how each correlated draw is made. Numbers are read without any policy.
    mutating func findCorrelations() {
        guard !model.correlations.isEmpty, !core.hasIntervals else { return }
        enterVariant(0)
        var pairs: [CorrelatedPair] = []
        for correlation in model.correlations {
            checkParameters(of: correlation)
            guard let own = self.pairs(of: correlation) else { continue }
            pairs += own
        }
        guard diagnostics.isEmpty else { return }
        let components = components(pairs)
        var component: [DeclarationID: Int] = [:]
        for (number, members) in components.enumerated() { for id in members { component[id] = number } }
        var own = Array(repeating: [CorrelatedPair](), count: components.count)
        for pair in pairs { own[component[pair.first] ?? 0].append(pair) }
        for (members, pairs) in zip(components, own) {
            if let group = group(members, pairs) { program.correlations.append(group) }
        }
        addScores()
    }

    /// The correlation of two inputs, with the statement that gives it.
    struct CorrelatedPair {
        var first: DeclarationID
        var second: DeclarationID
        var rank: Double
        var statement: Correlation
    }

    /// What an input's distribution is made of must be certain: else its ranks follow more than its own draw.
    private mutating func checkParameters(of correlation: Correlation) {
        for (id, path) in correlation.inputs {
            for part in core.distribution(of: id) ?? [] {
                guard let axes = try? self.axes(of: Expression(id: part, scope: nil)), axes.contains(.sample) else {
                    continue
                }
                _ = report(
                    .uncertainParameter(
                        model.name(id), at: location(model.place(path, in: correlation.module)),
                        parameter: location(part)))
            }
        }
    }

    private mutating func pairs(of correlation: Correlation) -> [CorrelatedPair]? {
        let value = core.expression(correlation.value, in: correlation.module)
        settle(value)
        expansions.refill()
        var result: [CorrelatedPair] = []
        let inputs = correlation.inputs.map { $0.declaration }
        do throws(LoweringFailure) {
            guard case .list(let list) = core[value] else {
                let rank = try correlationNumber(value)
                for (position, first) in inputs.enumerated() {
                    for second in inputs[(position + 1)...] {
                        result.append(
                            CorrelatedPair(first: first, second: second, rank: rank, statement: correlation))
                    }
                }
                return result
            }
            let rows = core.elements(list).map { row -> [ExpressionID] in
                if case .list(let items) = core[row] { return Array(core.elements(items)) }
                return []
            }
            guard rows.count >= inputs.count, rows.allSatisfy({ $0.count >= inputs.count }) else { return nil }
            for (position, first) in inputs.enumerated() {
                if try constantNumber(rows[position][position]) != 1 {
                    throw report(.diagonal(model.name(first), at: location(rows[position][position])))
                }
                for other in stride(from: position + 1, to: inputs.count, by: 1) {
                    let rank = try correlationNumber(rows[position][other])
                    if try constantNumber(rows[other][position]) != rank {
                        throw report(
                            .notSymmetric(
                                model.name(first), model.name(inputs[other]), at: location(rows[other][position]),
                                first: location(rows[position][other])))
                    }
                    result.append(
                        CorrelatedPair(first: first, second: inputs[other], rank: rank, statement: correlation))
                }
            }
            return result
        } catch { return nil }
    }

    private mutating func correlationNumber(_ node: ExpressionID) throws(LoweringFailure) -> Double {
        guard let value = try constantNumber(node), !value.isNaN else {
            throw report(.correlationNotConstant(at: location(node)))
        }
        guard value > -1, value < 1 else {
            throw report(.correlationOutOfRange(value, at: location(node)))
        }
        return value
    }

    // MARK: Groups

    /// Inputs that hang together, each in order of first appearance.
    private func components(_ pairs: [CorrelatedPair]) -> [[DeclarationID]] {
        var order: [DeclarationID] = []
        var place: [DeclarationID: Int] = [:]
        // A forest in which each points to an earlier one, the root to itself.
        var parent: [Int] = []
        func root(_ number: Int) -> Int {
            var number = number
            while parent[number] != number {
                parent[number] = parent[parent[number]]
                number = parent[number]
            }
            return number
        }
        for pair in pairs {
            for id in [pair.first, pair.second] where place[id] == nil {
                place[id] = order.count
                parent.append(order.count)
                order.append(id)
            }
            let (a, b) = (root(place[pair.first] ?? 0), root(place[pair.second] ?? 0))
            parent[max(a, b)] = min(a, b)
        }
        var result: [[DeclarationID]] = []
        var group: [Int: Int] = [:]
        for (number, id) in order.enumerated() {
            if let known = group[root(number)] {
                result[known].append(id)
            } else {
                group[root(number)] = result.count
                result.append([id])
            }
        }
        return result
    }

    private mutating func group(_ members: [DeclarationID], _ pairs: [CorrelatedPair]) -> CorrelationGroup? {
        let count = members.count
        if count > Limits.correlatedInputs {
            if let statement = pairs.last(where: { $0.second == members[count - 1] })?.statement {
                _ = report(.tooManyCorrelated(at: location(model.place(statement.node, in: statement.module))))
            }
            return nil
        }
        var place: [DeclarationID: Int] = [:]
        for (index, id) in members.enumerated() { place[id] = index }
        var ranks = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0.0 } }
        var scores = ranks
        for pair in pairs {
            guard let a = place[pair.first], let b = place[pair.second] else { continue }
            ranks[a][b] = pair.rank
            ranks[b][a] = pair.rank
            scores[a][b] = Self.score(ofRank: pair.rank)
            scores[b][a] = scores[a][b]
        }
        if let row = Factor(scores).failure {
            reportImpossible(row, members, ranks, scores, pairs)
            return nil
        }
        return CorrelationGroup(
            inputs: members, names: members.map { model.name($0) + "#0" }, ranks: ranks, scores: scores)
    }

    private mutating func addScores() {
        var scoreOfName: [String: Int] = [:]
        for group in program.correlations {
            let factor = Factor(group.scores)
            for (row, name) in group.names.enumerated() {
                let weights = factor.rows[row]
                let terms = weights.indices.filter { weights[$0] != 0 }.map { column in
                    let variable = DrawVariable(id: hash(group.names[column]), dimension: 0)
                    return ScoreRow.Term(name: group.names[column], variable: variable, weight: weights[column])
                }
                // Its own draw alone is as it is.
                if terms.count < 2 { continue }
                scoreOfName[name] = program.scores.count
                program.scores.append(ScoreRow(terms: terms))
            }
        }
        for index in program.draws.indices where program.draws[index].rank == .declaration {
            if let score = scoreOfName[program.draws[index].name] { program.draws[index].score = score }
        }
    }

    /// Pearson's correlation of normal scores whose ranks have Spearman's r.
    static func score(ofRank rank: Double) -> Double { 2 * sine(rank * (Double.pi / 6)) }

    /// Of at most half a right angle, by its series: no library's sine, whose bits differ from machine to machine.
    private static func sine(_ x: Double) -> Double {
        var term = x
        var sum = x
        var n = 1.0
        while term.magnitude > 1e-20 {
            term *= -x * x / ((n + 1) * (n + 2))
            sum += term
            n += 2
        }
        return sum
    }

    /// The inverse of `score(ofRank:)`, by halving.
    private static func rank(ofScore score: Double) -> Double {
        var (low, high) = (-1.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if Self.score(ofRank: middle) < score { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    // MARK: What cannot be

    private mutating func reportImpossible(
        _ row: Int, _ members: [DeclarationID], _ ranks: [[Double]], _ scores: [[Double]], _ pairs: [CorrelatedPair]
    ) {
        let culprit = members[row]
        let earlier = Set(members[..<row])
        // Pairs of the culprit with those before it, in order of the script; the last is where the error is.
        let own = pairs.filter {
            ($0.second == culprit && earlier.contains($0.first)) || ($0.first == culprit && earlier.contains($0.second))
        }
        guard let last = own.last else { return }
        let partner = last.first == culprit ? last.second : last.first
        var help: [String] = []
        let column = members.firstIndex(of: partner) ?? 0
        if last.statement.inputs.count > 2, own.count == last.statement.inputs.count - 1,
            own.allSatisfy({ $0.statement.node == last.statement.node && $0.rank == last.rank }),
            row == members.count - 1
        {
            // One number for all pairs of n inputs: above -1 / (n - 1) in the scores.
            let least = Self.rank(ofScore: -1 / Double(row))
            help.append("one number for all pairs of \(row + 1) inputs is above \(Self.inward(least, up: true))")
        } else if let range = Self.range(row, column, scores) {
            help.append(
                "that of `\(model.name(culprit))` and `\(model.name(partner))` can lie between "
                    + "\(Self.inward(Self.rank(ofScore: range.low), up: true)) and "
                    + "\(Self.inward(Self.rank(ofScore: range.high), up: false))")
        }
        if pairs.count < members.count * (members.count - 1) / 2 {
            help.append("pairs that are not named have the correlation 0")
        }
        let path = last.statement.inputs.first { $0.declaration == culprit }?.path ?? last.statement.node
        let place = location(model.place(path, in: last.statement.module))
        var also: [Location] = []
        for pair in pairs where earlier.union([culprit]).isSuperset(of: [pair.first, pair.second]) {
            let other = location(model.place(pair.statement.node, in: pair.statement.module))
            if pair.statement.node != last.statement.node, !also.contains(other) { also.append(other) }
        }
        let others = own.map { pair -> (name: String, rank: Double) in
            (name: model.name(pair.first == culprit ? pair.second : pair.first), rank: pair.rank)
        }
        _ = report(
            .impossibleCorrelation(
                model.name(culprit), with: others, at: place, also: Array(also.prefix(3)), help: help))
    }

    /// Where one entry of a row can lie, those before it and the matrix above being as they are.
    private static func range(_ row: Int, _ column: Int, _ scores: [[Double]]) -> (low: Double, high: Double)? {
        let factor = Factor(scores, size: row)
        var rest = Array(scores[row][..<row])
        rest[column] = 0
        var unit = [Double](repeating: 0, count: row)
        unit[column] = 1
        // x' A^-1 x < 1 of the row, as a square in the one entry.
        let ofUnit = factor.solve(unit)
        let ofRest = factor.solve(rest)
        let square = ofUnit[column]
        let half = ofRest[column]
        let constant = zip(rest, ofRest).reduce(0) { $0 + $1.0 * $1.1 } - 1
        let inside = half * half - square * constant
        guard inside > 0 else { return nil }
        let root = reuse_sqrt(inside)
        let range = (low: max((-half - root) / square, -1), high: min((-half + root) / square, 1))
        return range.high - range.low > 0.03 ? range : nil
    }

    /// With two digits, on the safe side.
    private static func inward(_ value: Double, up: Bool) -> String {
        let hundredths = min(max(Int(up ? reuse_ceil(value * 100) : reuse_floor(value * 100)), -99), 99)
        let digits = String(hundredths.magnitude % 100)
        return (hundredths < 0 ? "-" : "") + String(hundredths.magnitude / 100) + "."
            + (digits.utf8.count < 2 ? "0" : "") + digits
    }
}

/// Cholesky's lower triangular factor of a matrix of correlations, row by row.
private struct Factor {
    var rows: [[Double]] = []
    /// The first row at which the matrix turns out not to be positive definite.
    var failure: Int?

    init(_ matrix: [[Double]], size: Int? = nil) {
        for row in 0..<(size ?? matrix.count) {
            var own: [Double] = []
            var rest = 1.0
            for column in 0..<row {
                var sum = matrix[row][column]
                for place in 0..<column { sum -= own[place] * rows[column][place] }
                let value = sum / rows[column][column]
                own.append(value)
                rest -= value * value
            }
            guard rest > 1e-9 else {
                failure = row
                return
            }
            own.append(reuse_sqrt(rest))
            rows.append(own)
        }
    }

    /// The matrix's inverse times a vector.
    func solve(_ vector: [Double]) -> [Double] {
        var result = vector
        for row in rows.indices {
            for column in 0..<row { result[row] -= rows[row][column] * result[column] }
            result[row] /= rows[row][row]
        }
        for row in rows.indices.reversed() {
            for below in (row + 1)..<max(rows.count, row + 1) { result[row] -= rows[below][row] * result[below] }
            result[row] /= rows[row][row]
        }
        return result
    }
}

extension Diagnostic {
    static func uncertainParameter(_ name: String, at place: Location, parameter: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation,
            "`\(name)` has a distribution that is uncertain itself, so it is not one random variable",
            at: Label(place), also: [Label(parameter, "this is uncertain")],
            help: ["write out the ends of its range, or correlate what they rest on"])
    }

    static func correlationNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "a correlation must be known before anything is drawn", at: Label(place),
            help: ["write a number between -1 and 1, or the name of an input that is one"])
    }

    static func correlationOutOfRange(_ value: Double, at place: Location) -> Diagnostic {
        let isEnd = value.magnitude == 1
        let instead = value < 0 ? "above -1, such as -0.95" : "below 1, such as 0.95"
        return Diagnostic(
            .impossibleCorrelation,
            isEnd
                ? "inputs that always move together are one input" : "a rank correlation lies between -1 and 1",
            at: Label(place),
            help: isEnd ? ["compute one from the other with `let`, or write a number \(instead)"] : [])
    }

    static func diagonal(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .impossibleCorrelation, "the correlation of `\(name)` with itself is 1", at: Label(place))
    }

    static func notSymmetric(_ one: String, _ other: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .impossibleCorrelation, "the correlation of `\(one)` and `\(other)` is given in two ways",
            at: Label(place, "this way here"), also: [Label(first, "another way here")],
            help: ["a matrix of correlations is the same on both sides of its diagonal"])
    }

    static func tooManyCorrelated(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "at most \(Limits.correlatedInputs) inputs can be correlated with each other",
            at: Label(place))
    }

    static func impossibleCorrelation(
        _ name: String, with others: [(name: String, rank: Double)], at place: Location, also: [Location],
        help: [String]
    ) -> Diagnostic {
        let words = others.prefix(5).map { "\(short($0.rank)) with `\($0.name)`" }
        var list = words.dropLast().joined(separator: ", ")
        list += (words.count > 1 ? (others.count > 5 ? ", " : " and ") : "") + (words.last ?? "")
        return Diagnostic(
            .impossibleCorrelation,
            "`\(name)` cannot have the correlation\(words.count > 1 ? "s" : "") \(list), as the others are",
            at: Label(place), also: also.map { Label($0, "with this") }, help: help)
    }

    private static func short(_ rank: Double) -> String {
        let text = "\(rank)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
