/// Words inside expressions, for those who ask what they are for.
struct ExpressionForm: Sendable {
    var word: String
    var summary: String
    /// An expression with it.
    var example: String

    init(_ word: String, _ summary: String, _ example: String) {
        (self.word, self.summary, self.example) = (word, summary, example)
    }

    static func of(_ word: String) -> ExpressionForm? { all.first { $0.word == word } }

    static let all = [
        ExpressionForm("to", "a range: 90% of its draws lie between the two", "100 to 200 USD"),
        ExpressionForm("growing", "a path that grows at a rate from a year on", "72M kg/yr growing 8.8%/yr from 2024"),
        ExpressionForm("under", "a value in another scenario", "price under tax"),
        ExpressionForm("if", "one value or another", "if price > 100 USD then 1 else 2"),
        ExpressionForm("as", "the same in another unit", "3000 kg as tonne"),
        ExpressionForm("over", "over all periods", "mean(path over time)"),
        ExpressionForm(
            "time", "the periods of the horizon; one of them is read as `path[2026]`", "max(path over time)"),
        ExpressionForm("now", "the period of a step; `now.year` is a number", "now.year - 2020"),
        ExpressionForm("none", "no limit, or a missing value", "if price == none then 1 else 2"),
        ExpressionForm("true", "what holds; the other is `false`", "if true then 1 else 2"),
        ExpressionForm("baseline", "the scenario without any policy; `all` has every one", "price under baseline"),
    ]
}
