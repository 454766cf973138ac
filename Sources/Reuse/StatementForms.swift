import ReuseModel
import ReuseSyntax

/// Words that begin a statement.
extension WordForm {
    private static func results(of owner: MarketOwner) -> String {
        ClearedResult.allCases.filter { $0.owner == owner }.map { "`\($0.name)`" }.joined(separator: ", ")
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
            "market",
            fields: [
                ("demand", "`Q at P`, or `Q` where it is fixed"),
                ("elasticity", "of demand by the price, below 0"),
                ("form", "`isoelastic` or `linear`"),
                ("vat", "a share of the price"),
                ("tax", "for each, on top of the price"),
                ("subsidy", "for each, to the buyer"),
                ("import_quota", "the most that comes in"),
            ], more: ["results, as `Europe.price`: " + results(of: .market)]),
        Block(
            "projection",
            fields: [
                ("data", "the series that it learns from"),
                ("method", "`compound()`, `linear()`, `logistic()`, `gompertz()`, `bass()`, `holt()`, `damped()`"),
                ("holdout", "how much of the data is foretold, to see how well: `2 yr`"),
            ]),
        Block(
            "route",
            fields: [
                ("cost", "for each"),
                ("export_tax", "a share of the price where it starts"),
                ("tariff", "a share of price, export tax and cost"),
                ("duty", "for each, where it ends"),
                ("loss", "the share that does not arrive"),
                ("capacity", "the most that goes over it"),
            ], more: ["results, as `(China -> Europe.flow)`: " + results(of: .route)]),
        Block(
            "source",
            fields: [
                ("title", "what it is called"), ("year", "when it came out"), ("basis", "what its figures count"),
            ]),
        Block(
            "stock",
            fields: [
                ("initial", "what there is before the first step"),
                ("inflow", "what comes in"),
                ("outflow", "what is taken out besides what dies"),
                ("level", "instead of `inflow`: what is to be there"),
                ("lifetime", "how long goods last"),
                ("initial_age", "how old the first goods are"),
                ("arrives", "`start`, `middle`, `end` or `spread`"),
                ("on_shrink", "`retire_early` or `error`"),
            ]),
        Block(
            "supply",
            fields: [
                ("volume", "`Q at P`, or `Q` where it is fixed"),
                ("elasticity", "of the volume by the price, above 0"),
                ("form", "`isoelastic` or `linear`"),
                ("yield", "the share of what is collected that can be sold"),
                ("cost", "for each that is collected"),
                ("levy", "a share of sales"),
                ("subsidy", "for each, to the seller"),
                ("capacity", "the most that is collected"),
            ], more: ["results, as `trade_in.collected`: " + results(of: .supply)]),
    ]
}
