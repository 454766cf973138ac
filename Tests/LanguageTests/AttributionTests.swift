import Reuse
import Testing

/// Where there are too many policies for all their sets, `attribute` goes through some orders, each followed by its reverse.
/// What it then says of its error is that of the theory of antithetic pairs.
@Suite struct AttributionTests {
    private struct Row {
        var share: Double
        var error: Double
    }

    /// A script with 13 policies, of which the first three multiply into `v`.
    private func shares(_ value: String) throws -> [String: Row] {
        var lines = ["assume a = 0", "assume b = 0", "assume c = 0", "assume other = 0", "let v = \(value)"]
        lines += ["a", "b", "c"].map { "policy p\($0) { \($0) += 1 }" }
        lines += (1...10).map { "policy o\($0) { other += \($0) }" }
        lines.append("attribute v")
        var options = Options()
        options.threads = 1
        let result = Session(options: options).run(Array(lines.joined(separator: "\n").utf8), name: "-")
        #expect(!result.hasErrors)
        guard case .table(let table)? = result.outputs.first else { return [:] }
        #expect(table.title == "what each policy adds to v, from 200 orders of 13 policies")
        #expect(table.columns.map(\.name) == ["share", "added first", "added last", "error of share"])
        var rows: [String: Row] = [:]
        for row in table.rows where row.cells.count > 3 {
            guard case .number(let share) = row.cells[0], case .number(let error) = row.cells[3] else { continue }
            rows[row.labels[0]] = Row(share: share, error: error)
        }
        return rows
    }

    @Test("of what policies add by themselves or two by two, every pair of orders gives the share, without an error")
    func pairs() throws {
        // Of a pair that makes 1 together, whichever comes second adds it: once in an order, once in its reverse.
        let rows = try shares("a * b + 2 * b * c + 5 * a + other")
        for (name, share) in [("pa", 5.5), ("pb", 1.5), ("pc", 1.0), ("o4", 4.0)] {
            let row = try #require(rows[name])
            #expect((row.share - share).magnitude < 1e-12, "\(name)")
            #expect(row.error < 1e-12, "\(name)")
        }
    }

    @Test("of what three make together, the error is that of the mean of 100 pairs")
    func triples() throws {
        let rows = try shares("a * b * c + other")
        var sum = 0.0
        for name in ["pa", "pb", "pc"] {
            let row = try #require(rows[name])
            // The last of the three adds 1. A pair of orders gives a policy 1/2 where it is the first or the last of them,
            // and 0 where it is in the middle: of 100 pairs a share f does, the mean is f / 2, and the deviation follows.
            let f = 2 * row.share
            let deviation = (f * (1 - f) / 4 * 100 / 99).squareRoot()
            #expect((row.error - deviation / 10).magnitude < 1e-12, "\(name)")
            // By theory f is 2/3, so the share 1/3 and its error 1/18 to the half by 10.
            #expect((row.share - 1.0 / 3).magnitude < 4 * 0.02357, "\(name)")
            #expect((row.error - 0.02357).magnitude < 0.004, "\(name)")
            sum += row.share
        }
        #expect((sum - 1).magnitude < 1e-12)
        let other = try #require(rows["o7"])
        #expect((other.share - 7).magnitude < 1e-12 && other.error < 1e-12)
    }

    @Test("where all sets are gone through, shares are the mean over all orders")
    func exact() {
        // Three players: 1 for all of them, 6 for the first two, by Shapley 1/3 each and 3 for each of the two.
        let script = """
            assume a = 0
            assume b = 0
            assume c = 0
            let v = a * b * c + 6 * a * b
            policy pa { a += 1 }
            policy pb { b += 1 }
            policy pc { c += 1 }
            attribute v
            """
        guard case .table(let table)? = Session().run(Array(script.utf8), name: "-").outputs.first else {
            Issue.record("no table")
            return
        }
        let wanted: [[Double]] = [[10.0 / 3, 0, 7], [10.0 / 3, 0, 7], [1.0 / 3, 0, 1]]
        for (row, values) in zip(table.rows, wanted) {
            for (cell, value) in zip(row.cells, values) {
                guard case .number(let found) = cell else {
                    Issue.record("\(row.labels)")
                    continue
                }
                #expect((found - value).magnitude < 1e-12, "\(row.labels)")
            }
        }
    }

    /// A script with so many policies that add to one value, and the first of its cells for each.
    private func shares(of count: Int) -> RunResult {
        let policies = (0..<count).map { "policy p\($0) { a += \($0 % 7 + 1) }" }
        let text = "assume a = 1\n" + policies.joined(separator: "\n") + "\nattribute a"
        return Session().run(Array(text.utf8), name: "-")
    }

    @Test("of as many policies as it may have, each has its share, and more are refused")
    func most() throws {
        // Four orders, and the sets of one and of all but one, have three times its square in policies: a million at most.
        let most = 577
        let result = shares(of: most)
        #expect(!result.hasErrors)
        guard case .table(let table)? = result.outputs.first else {
            Issue.record("no table")
            return
        }
        #expect(table.title == "what each policy adds to a, from 4 orders of \(most) policies")
        for (number, row) in table.rows.enumerated() where number < most {
            guard case .number(let share) = row.cells[0] else { continue }
            #expect((share - Double(number % 7 + 1)).magnitude < 1e-9, "\(number)")
        }
        let beyond = shares(of: most + 1).diagnostics
        #expect(
            beyond.map(\.message) == [
                "these are \(most + 1) policies, and `attribute` goes through orders of at most \(most)"
            ])
        #expect(beyond.map(\.kind) == [.limitReached])
    }
}
