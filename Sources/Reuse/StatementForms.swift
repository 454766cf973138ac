import ReuseModel
import ReuseSyntax

/// Words that begin a statement.
extension WordForm {
    private static func results(of owner: MarketOwner) -> String {
        ClearedResult.results(of: owner).map { "`\($0.name)`" }.joined(separator: ", ")
    }

    private static func fields(of owner: MarketOwner) -> [(String, String)] {
        MarketField.written(of: owner).map { ($0.label, $0.summary) }
    }

    /// The words that begin a patch in the block of a policy or a scenario.
    static let patchWords = [
        (name: "ban", summary: "nothing goes over a route: `ban A -> B`"),
        (name: "assume", summary: "an input of the policy's own"),
    ]

    /// From the rows of the grammar, with what can stand in their blocks.
    static let statements = StatementRow.all.filter(\.isTold).map { row in
        let block = blocks.first { $0.word == row.name }
        return WordForm(
            row.name, row.summary, row.example, fields: block?.fields ?? [],
            clauses: row.clauses.map { ($0.word, $0.summary) }, more: row.notes + (block?.more ?? []))
    }

    /// What can stand in the block of a statement, and what else its word gives.
    private struct Block {
        var word: String
        var fields: [(String, String)]
        var more: [String]

        init(_ word: String, fields: [(String, String)], more: [String] = []) {
            (self.word, self.fields, self.more) = (word, fields, more)
        }
    }

    private static let blocks = [
        Block(
            "data",
            fields: [
                ("time", "the column of periods"),
                ("where", "the rows that count"),
                ("decimal", "`\",\"`, where the table has decimal commas"),
                ("separator", "`\";\"`, where the table does not say"),
            ]),
        Block(
            "market", fields: fields(of: .market), more: ["results, as `Europe.price`: " + results(of: .market)]),
        Block("projection", fields: ProjectionField.allCases.map { ($0.label, $0.summary) }),
        Block(
            "route", fields: fields(of: .route),
            more: ["results, as `(China -> Europe.flow)`: " + results(of: .route)]),
        Block(
            "source",
            fields: [
                ("title", "what it is called"), ("year", "when it came out"), ("basis", "what its figures count"),
            ]),
        Block("stock", fields: Stock.written.map { ($0.label, $0.summary) }),
        Block(
            "supply", fields: fields(of: .supply),
            more: ["results, as `trade_in.collected`: " + results(of: .supply)]),
    ]
}
