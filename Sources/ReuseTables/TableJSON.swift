/// A list of flat records, `[{"Year": 2019, "Units": 12.5}]`, to a table.
public func readJSON(_ text: TableText, _ request: TableRequest) -> Result<Table, TableProblem> {
    .failure(.notJSON(TableSpan(start: 0, end: 1), "not yet"))
}
