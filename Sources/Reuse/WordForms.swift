/// What a word is for: for those who ask, and for completion.
struct WordForm: Sendable {
    var word: String
    var summary: String
    /// A statement, or an expression, that could stand in a script.
    var example: String
    /// What can stand in its block.
    var fields: [(name: String, summary: String)]
    /// What can stand behind it, without a block.
    var clauses: [(name: String, summary: String)]
    /// What else there is to know.
    var more: [String]

    init(
        _ word: String, _ summary: String, _ example: String, fields: [(String, String)] = [],
        clauses: [(String, String)] = [], more: [String] = []
    ) {
        self.word = word
        self.summary = summary
        self.example = example
        self.fields = fields.map { (name: $0.0, summary: $0.1) }
        self.clauses = clauses.map { (name: $0.0, summary: $0.1) }
        self.more = more
    }

    /// The word that begins a statement.
    static func statement(_ word: String) -> WordForm? { statements.first { $0.word == word } }
    static func expression(_ word: String) -> WordForm? { expressions.first { $0.word == word } }

    /// Lines about it.
    var lines: [String] {
        let known = clauses + fields
        let widest = known.map(\.name.count).max() ?? 0
        let rows = known.map { part in
            "  " + part.name + String(repeating: " ", count: widest - part.name.count + 2) + part.summary
        }
        return ["`\(word)`: \(summary)", "  " + example] + rows + more
    }
}
