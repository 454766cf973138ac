import ReuseModel
import Testing

/// What the documents say of fields, results and methods is what their rows say.
@Suite struct FieldRowTests {
    private let lines: Set<String>

    init() throws {
        lines = Set(try Project.text("docs/language.md").split(separator: "\n").map(String.init))
    }

    private func words(_ measure: MarketMeasure) -> String {
        switch measure {
        case .number: "a number"
        case .quantity: "goods in a time"
        case .price: "money for one"
        case .money: "money in a time"
        }
    }

    private func words(_ absence: MarketField.Absence) -> String {
        switch absence {
        case .needed, .limit, .reference: "none"
        case .rate: "0"
        case .or(let value): String(Int(value))
        }
    }

    @Test("docs/language.md has the row of each field of markets", arguments: MarketField.allCases)
    func field(_ field: MarketField) {
        if field.isReferencePrice { return }
        let row = "| `\(field.label)` | \(words(field.measure)) | \(words(field.absence)) | \(field.summary) |"
        #expect(lines.contains(row), "\(row)")
    }

    @Test("docs/language.md has the row of each result of a clearing", arguments: ClearedResult.allCases)
    func result(_ result: ClearedResult) {
        let row = "| `\(result.name)` | \(words(result.measure)) | \(result.summary) |"
        #expect(lines.contains(row), "\(row)")
    }

    @Test("no two fields, and no two results, of one owner have one name", arguments: MarketOwner.allCases)
    func names(_ owner: MarketOwner) {
        let fields = MarketField.written(of: owner).map { $0.label }
        let results = ClearedResult.results(of: owner).map { $0.name }
        #expect(Set(fields).count == fields.count && Set(results).count == results.count)
        #expect(Set(fields).isDisjoint(with: results))
    }

    @Test("docs/language.md has a row of each field and result of a stock")
    func stocks() {
        for field in Stock.written.map({ $0.label }) {
            #expect(lines.contains { $0.hasPrefix("| `\(field)` |") }, "\(field)")
        }
        for result in StockResult.allCases where result != .level {
            let isThere = lines.contains { $0.hasPrefix("| `") && $0.contains(".\(result.name)") }
            #expect(isThere, "\(result.name)")
        }
    }

    @Test("docs/language.md has the call and the curve of each projection method", arguments: ProjectionMethod.allCases)
    func method(_ method: ProjectionMethod) {
        let row = lines.first { $0.hasPrefix("| `\(method.signature)` |") }
        #expect(row?.contains("`\(method.formula)`") == true, "\(method.signature): \(method.formula)")
        #expect(Set(method.writtenParameters) == Set(method.parameters))
    }
}
