import ReuseModel

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

    static let statements = declarations + commands

    private static let declarations = [
        WordForm(
            "assume", "an input: it can be set from outside, and stands in the register",
            "assume growth = 3% to 5%/yr"),
        WordForm(
            "calibrate", "fits inputs, so that a value meets data",
            "calibrate start so that 2 * start fits [2024: 101, 2025: 124]"),
        WordForm(
            "correlate", "ties two uncertain inputs to each other", "correlate price, start at 0.6"),
        WordForm(
            "data", "takes in a table", "data figures from \"figures.csv\" { time: column(\"Year\") }",
            fields: [
                ("time", "the column of periods"),
                ("where", "the rows that count"),
                ("decimal", "`\",\"`, where the table has decimal commas"),
                ("separator", "`\";\"`, where the table does not say"),
            ]),
        WordForm("extend", "takes in a whole model; first line only", "extend \"base.reuse\""),
        WordForm("fn", "a function", "fn doubled(x) = x * 2"),
        WordForm("horizon", "the periods that all series cover", "horizon 2024..2030"),
        WordForm(
            "index", "a new axis, and its members", "index grade = A, B, C",
            more: ["  `index partner like country` has the members of another index, in another role"]),
        WordForm("let", "what follows from other values", "let revenue = price * sold"),
        WordForm(
            "market", "a market, and the demand in it",
            "market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }",
            fields: [
                ("demand", "`Q at P`, or `Q` where it is fixed"),
                ("elasticity", "of demand by the price, below 0"),
                ("form", "`isoelastic` or `linear`"),
                ("vat", "a share of the price"),
                ("tax", "for each, on top of the price"),
                ("subsidy", "for each, to the buyer"),
                ("import_quota", "the most that comes in"),
            ], more: ["results, as `Europe.price`: " + results(of: .market)]),
        WordForm("model", "what the script is about", "model \"Phones that a city collects\""),
        WordForm(
            "policy", "changes of inputs and fields, which can be switched on and off",
            "policy levy \"A levy on each\" from 2026 { price += 10 USD/phone }",
            more: [
                "behind its name: `after other`, `from 2026`, `until 2029`, `over 2 yr` (phased in)",
                "in its block: `x = 3`, `x += 3`, `x *= 90%`, `ban China -> Europe`, `China -> any.export_tax -= 10%`",
            ]),
        WordForm(
            "projection", "a curve that learns from data and goes on from them",
            "projection shipped { data: [2021: 254M, 2022: 283M, 2023: 309M] phone/yr, method: compound() }",
            fields: [
                ("data", "the series that it learns from"),
                ("method", "`compound()`, `linear()`, `logistic()`, `gompertz()`, `bass()`, `holt()`, `damped()`"),
                ("holdout", "how much of the data is foretold, to see how well: `2 yr`"),
            ]),
        WordForm(
            "route", "what it takes to bring goods from one market to others",
            "route China -> Europe { cost: 85 USD/phone }",
            fields: [
                ("cost", "for each"),
                ("export_tax", "a share of the price where it starts"),
                ("tariff", "a share of price, export tax and cost"),
                ("duty", "for each, where it ends"),
                ("loss", "the share that does not arrive"),
                ("capacity", "the most that goes over it"),
            ], more: ["results, as `(China -> Europe.flow)`: " + results(of: .route)]),
        WordForm(
            "scenario", "policies that hold together", "scenario main = tax",
            more: [
                "several are added up, also scenarios, with changes of its own: `scenario b = tax + main { price *= 2 }`"
            ]),
        WordForm(
            "source", "where figures are from", "source idc { title: \"Used smartphone forecast\", year: 2024 }",
            fields: [
                ("title", "what it is called"), ("year", "when it came out"), ("basis", "what its figures count"),
            ]),
        WordForm(
            "stock", "goods that are there, which come in and go out",
            "stock in_use { inflow: 40M phone/yr, initial: 120M phone, lifetime: fixed_life(3 yr) }",
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
        WordForm(
            "supply", "goods that are offered in a market",
            "supply trade_in in China { volume: 72M phone/yr at 90 USD/phone, elasticity: 0.8 }",
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
        WordForm("unit", "a new unit", "unit phone"),
        WordForm("use", "takes in functions of a library or of another file", "use growth: cagr"),
    ]

    private static let commands = [
        WordForm("assert", "stops the run unless a condition holds", "assert revenue > 0, \"nobody pays\""),
        WordForm("attribute", "what each policy does to a value", "attribute revenue in 2026"),
        WordForm("compare", "values under several scenarios", "compare baseline, tax on revenue in 2026"),
        WordForm(
            "consistent", "stops the run where printed figures contradict each other",
            "consistent 282.6M * 2 == 565.2M"),
        WordForm("sensitivity", "which inputs drive a value", "sensitivity revenue in 2026"),
        WordForm("show", "a table, or a text", "show price, revenue in 2026"),
        WordForm(
            "solve", "what a value must be, so that a condition holds",
            "solve needed: price in 50 USD/phone..200 USD/phone so that revenue[2028] >= 500M USD/yr"),
        WordForm(
            "target", "whether and when a condition is met, in every scenario",
            "target enough \"Half a billion a year\": revenue >= 500M USD/yr by 2027",
            more: ["`from 2025 until 2027` instead of `by`; `with 75%` of the samples"]),
        WordForm("trace", "where a number comes from", "trace revenue in 2026"),
    ]
}
