import Reuse
import Testing

/// What drives a value whose inputs are correlated.
@Suite struct CorrelatedSensitivityTests {
    @Test("Shapley effects share the variance of correlated inputs out as the closed form says")
    func shares() throws {
        // A sum of normals with the variances 1 and 4 and the correlation 1/2 has the variance 7. What is known of it by
        // one of them is 4 and 6.25, so Shapley's shares are (4 + 7 - 6.25) / 2 and (6.25 + 7 - 4) / 2 of 7: Owen and Prieur,
        // "On Shapley value for measuring importance of dependent inputs" (2017). Pearson's 1/2 is Spearman's
        // 6 / pi asin(1/4).
        let script = """
            assume a = normal(mean: 0, sd: 1)
            assume b = normal(mean: 0, sd: 2)
            correlate a, b at 0.4825837395309974
            sensitivity a + b by shapley
            """
        let result = Session().run(Array(script.utf8), name: "-")
        guard case .table(let table)? = result.outputs.first else {
            Issue.record("\(result.diagnostics.map(\.message))")
            return
        }
        #expect(table.rows.map { $0.labels[0] } == ["b", "a"])
        let column = try #require(table.columns.firstIndex { $0.unit == "%" })
        let shares = table.rows.compactMap { row -> Double? in
            if case .number(let value) = row.cells[column] { value } else { nil }
        }
        try #require(shares.count == 2)
        #expect(abs(shares[0] - 100 * 4.625 / 7) < 2 && abs(shares[1] - 100 * 2.375 / 7) < 2, "\(shares)")
    }
}
