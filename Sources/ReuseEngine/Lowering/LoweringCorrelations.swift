import ReuseCore
import ReuseModel
import ReuseSyntax

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
            scores[a][b] = CorrelationGroup.score(ofRank: pair.rank)
            scores[b][a] = scores[a][b]
        }
        if let row = CorrelationFactor(scores).failure {
            reportImpossible(row, members, ranks, scores, pairs)
            return nil
        }
        return CorrelationGroup(
            inputs: members, names: members.map { model.name($0) + "#0" }, ranks: ranks, scores: scores)
    }

    private mutating func addScores() {
        var scoreOfName: [String: Int] = [:]
        for group in program.correlations {
            let factor = CorrelationFactor(group.scores)
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
            let least = CorrelationGroup.rank(ofScore: -1 / Double(row))
            help.append(
                "one number for all pairs of \(row + 1) inputs is above \(CorrelationGroup.inward(least, up: true))")
        } else if let range = CorrelationGroup.range(row, column, scores) {
            help.append(
                "that of `\(model.name(culprit))` and `\(model.name(partner))` can lie between "
                    + "\(CorrelationGroup.inward(CorrelationGroup.rank(ofScore: range.low), up: true)) and "
                    + "\(CorrelationGroup.inward(CorrelationGroup.rank(ofScore: range.high), up: false))")
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
}
