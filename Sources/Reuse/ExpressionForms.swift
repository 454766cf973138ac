/// Words inside expressions.
extension WordForm {
    static let expressions = [
        WordForm("to", "a range: 90% of its draws lie between the two", "100 to 200 USD"),
        WordForm("growing", "a path that grows at a rate from a year on", "72M kg/yr growing 8.8%/yr from 2024"),
        WordForm(
            "every", "behind the rate of a growth: how often it is added", "72M kg growing 2% every month from 2024"),
        WordForm("under", "a value in another scenario", "price under tax"),
        WordForm("if", "one value or another", "if price > 100 USD then 1 else 2"),
        WordForm("as", "the same in another unit", "3000 kg as tonne"),
        WordForm("over", "over all periods", "mean(path over time)"),
        WordForm(
            "time", "the periods of the horizon; one of them is read as `path[2026]`", "max(path over time)"),
        WordForm("now", "the period of a step; `now.year` is a number", "now.year - 2020"),
        WordForm("none", "no limit, or a missing value", "if price == none then 1 else 2"),
        WordForm("true", "what holds; the other is `false`", "if true then 1 else 2"),
        WordForm("baseline", "the scenario without any policy; `all` has every one", "price under baseline"),
    ]
}
