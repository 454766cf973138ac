// The statements of the language in rows. From them come the words of the lexer, which words begin a statement and which
// are commands, help and completion, "did you mean", and what docs/language.md must name.

/// A clause of a statement: a word with what stands behind it.
public struct StatementClause: Sendable {
    public let word: String
    public let summary: String
    public let isOptional: Bool

    init(_ word: String, _ summary: String, isOptional: Bool = true) {
        (self.word, self.summary, self.isOptional) = (word, summary, isOptional)
    }
}

/// A statement of the language. How its parts are read is in the parser, beside the view of its node (`Views`).
public struct StatementRow: Sendable {
    public enum Role: Sendable {
        case declaration, command
        /// Refused as not there yet.
        case later
    }

    /// What may stand behind its word, where its word is not an ordinary name.
    struct Beginning: OptionSet, Sendable {
        let rawValue: UInt8
        /// Any expression.
        static let expression = Beginning(rawValue: 1)
        /// The name that it gives a meaning.
        static let newName = Beginning(rawValue: 2)
    }

    /// The word that it begins with.
    public let name: String
    /// Nil where its word is reserved.
    let word: Word?
    /// Kinds of its nodes.
    public let kinds: [NodeKind]
    public let role: Role
    let beginning: Beginning
    /// What it is for; empty of one that nobody is told of.
    public let summary: String
    /// One that could stand in a script.
    public let example: String
    public let clauses: [StatementClause]
    /// How it is written, for who writes it wrongly.
    let form: String?
    /// What else there is to know.
    public let notes: [String]

    private init(
        _ name: String, _ word: Word?, _ kinds: [NodeKind], _ role: Role, _ beginning: Beginning, _ summary: String,
        _ example: String, _ clauses: [StatementClause] = [], form: String? = nil, notes: [String] = []
    ) {
        (self.name, self.word, self.kinds, self.role, self.beginning) = (name, word, kinds, role, beginning)
        (self.summary, self.example, self.clauses) = (summary, example, clauses)
        (self.form, self.notes) = (form, notes)
    }

    private static func declaration(
        _ word: Word?, _ name: String, _ kinds: [NodeKind], _ beginning: Beginning = [], _ summary: String = "",
        _ example: String = "", _ clauses: [StatementClause] = [], notes: [String] = []
    ) -> StatementRow {
        StatementRow(name, word, kinds, .declaration, beginning, summary, example, clauses, notes: notes)
    }

    private static func command(
        _ word: Word, _ name: String, _ kind: NodeKind, before beginning: Beginning = .expression,
        _ summary: String,
        _ example: String, _ clauses: [StatementClause] = [], form: String? = nil
    ) -> StatementRow {
        StatementRow(name, word, [kind], .command, beginning, summary, example, clauses, form: form)
    }

    /// Whether help and completion tell of it.
    public var isTold: Bool { !summary.isEmpty }

    /// How it is written, as the help of an error; nil where it is not said.
    var formInWords: String? {
        guard let form else { return nil }
        let optional = clauses.filter { $0.isOptional }.map { "`\($0.word)`" }
        if optional.isEmpty { return "write `\(form)`" }
        return "write `\(form)`, where " + optional.joined(separator: " and ") + " may be left out"
    }

    /// All of them, in the order in which they are told of.
    public static let all = declarations + commands

    private static let period = StatementClause("in", "the period of which it is told")
    private static let levels = StatementClause("over", "the indexes of the levels of a literal, from outside")
    private static let cite = StatementClause("source", "where the figure is from")

    /// With `calibrate`, which gives inputs their values.
    private static let declarations: [StatementRow] = [
        declaration(
            .assume, "assume", [.assume], .newName,
            "an input: it can be set from outside, and stands in the register", "assume growth = 3% to 5%/yr",
            [StatementClause("per", "a draw of its own for each member, or step: `per grade, time`"), levels, cite]),
        command(
            .calibrate, "calibrate", .calibrate, before: [], "fits inputs, so that a value meets data",
            "calibrate start so that 2 * start fits [2024: 101, 2025: 124]",
            [
                StatementClause("so that", "the value", isOptional: false),
                StatementClause("fits", "the data that it meets", isOptional: false),
            ]),
        declaration(
            .correlate, "correlate", [.correlate], [], "ties two uncertain inputs to each other",
            "correlate price, start at 0.6",
            [StatementClause("at", "their rank correlation, from -1 to 1", isOptional: false)]),
        declaration(
            .data, "data", [.data], .newName, "takes in a table",
            "data figures from \"figures.csv\" { time: column(\"Year\") }",
            [
                StatementClause("from", "the file", isOptional: false),
                StatementClause("table", "the table of a database"),
                StatementClause("query", "what to ask a database"),
            ]),
        declaration(
            .extend, "extend", [.extend], [], "takes in a whole model; first line only", "extend \"base.reuse\""),
        declaration(.extern, "extern", [.function]),
        declaration(nil, "fn", [.function], .newName, "a function", "fn doubled(x) = x * 2"),
        declaration(
            .horizon, "horizon", [.horizon], [], "the periods that all series cover", "horizon 2024..2030",
            [StatementClause("by", "how long a step is: `quarter`, `month` or a duration")]),
        declaration(
            .index, "index", [.indexDeclaration], .newName, "a new axis, and its members", "index grade = A, B, C",
            [StatementClause("like", "an index whose members it has, in another role: `index partner like country`")]),
        declaration(
            nil, "let", [.let], .newName, "what follows from other values", "let revenue = price * sold",
            [levels, cite]),
        declaration(
            .market, "market", [.market], .newName, "a market, and the demand in it",
            "market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }"),
        declaration(
            .model, "model", [.model], [], "what the script is about", "model \"Phones that a city collects\""),
        declaration(
            .policy, "policy", [.policy], .newName,
            "changes of inputs and fields, which can be switched on and off",
            "policy levy \"A levy on each\" from 2026 { price += 10 USD/phone }",
            [
                StatementClause("after", "the policies that come before it: `after other`"),
                StatementClause("from", "its first period: `from 2026`"),
                StatementClause("until", "its last period: `until 2029`"),
                StatementClause("over", "how long it is phased in: `over 2 yr`"),
            ],
            notes: [
                "in its block: `x = 3`, `x += 3`, `x *= 90%`, `ban China -> Europe`, `China -> any.export_tax -= 10%`"
            ]),
        declaration(
            .projection, "projection", [.projection], .newName,
            "a curve that learns from data and goes on from them",
            "projection shipped { data: [2021: 254M, 2022: 283M, 2023: 309M] phone/yr, method: compound() }"),
        declaration(
            .route, "route", [.routeDeclaration], [], "what it takes to bring goods from one market to others",
            "route China -> Europe { cost: 85 USD/phone }"),
        declaration(
            .scenario, "scenario", [.scenario], .newName, "policies that hold together", "scenario main = tax",
            notes: [
                "several are added up, also scenarios, with changes of its own: `scenario b = tax + main { price *= 2 }`"
            ]),
        declaration(
            nil, "source", [.source], .newName, "where figures are from",
            "source idc { title: \"Used smartphone forecast\", year: 2024 }"),
        declaration(
            .stock, "stock", [.stock], .newName, "goods that are there, which come in and go out",
            "stock in_use { inflow: 40M phone/yr, initial: 120M phone, lifetime: fixed_life(3 yr) }"),
        declaration(
            .supply, "supply", [.supply], .newName, "goods that are offered in a market",
            "supply trade_in in China { volume: 72M phone/yr at 90 USD/phone, elasticity: 0.8 }",
            [StatementClause("in", "the market", isOptional: false)]),
        declaration(.unit, "unit", [.unit], .newName, "a new unit", "unit phone"),
        declaration(
            .use, "use", [.useModule, .useFile], [], "takes in functions of a library or of another file",
            "use growth: cagr", [StatementClause("as", "what a file is called: `use \"prices.reuse\" as prices`")]),
        StatementRow("test", .test, [.later], .later, [], "", ""),
        StatementRow("plot", .plot, [.later], .later, .expression, "", ""),
    ]

    private static let commands: [StatementRow] = [
        command(
            .assert, "assert", .assert, "stops the run unless a condition holds",
            "assert revenue > 0, \"nobody pays\""),
        command(
            .attribute, "attribute", .attribute, "what each policy does to a value", "attribute revenue in 2026",
            [StatementClause("among", "the policies that are told of; without it, all that are in force"), period],
            form: "attribute e among a, b in 2030"),
        command(
            .compare, "compare", .compare, "values under several scenarios",
            "compare baseline, tax on revenue in 2026",
            [StatementClause("on", "the values", isOptional: false), period]),
        command(
            .consistent, "consistent", .consistent, "stops the run where printed figures contradict each other",
            "consistent 282.6M * 2 == 565.2M"),
        command(
            .sensitivity, "sensitivity", .sensitivity, "which inputs drive a value", "sensitivity revenue in 2026",
            [period, StatementClause("by", "how it is found out: `rank`, `tornado`, `sobol`, `morris` or `shapley`")],
            form: "sensitivity e in 2030 by sobol"),
        command(
            .show, "show", .show, "a table, or a text", "show price, revenue in 2026",
            [
                StatementClause(
                    "by", "what makes the rows: indexes, `time`, or `year` and `quarter`, which gather steps"), period,
            ]),
        command(
            .solve, "solve", .solve, before: [.expression, .newName],
            "what a value must be, so that a condition holds",
            "solve needed: price in 50 USD/phone..200 USD/phone so that revenue[2028] >= 500M USD/yr",
            [
                StatementClause("in", "the range that is looked through", isOptional: false),
                StatementClause("so that", "the condition", isOptional: false),
            ]),
        command(
            .target, "target", .target, before: .newName, "whether and when a condition is met, in every scenario",
            "target enough \"Half a billion a year\": revenue >= 500M USD/yr by 2027",
            [
                StatementClause("by", "the period in whose last step it is judged", isOptional: false),
                StatementClause("from", "the first period that it is judged in, instead of `by`"),
                StatementClause("until", "the last one, behind `from`"),
                StatementClause("with", "the share of the samples in which it is to hold: `with 75%`"),
            ]),
        command(
            .trace, "trace", .trace, "where a number comes from", "trace revenue in 2026", [period]),
    ]

    // MARK: What is asked of them

    /// The row of each word that is not reserved, in the order of the words.
    static let ofWords: [StatementRow] = {
        var result = all.filter { $0.word != nil }
        result.sort { ($0.word?.rawValue ?? 0) < ($1.word?.rawValue ?? 0) }
        return result
    }()

    public static func of(_ kind: NodeKind) -> StatementRow? { all.first { $0.kinds.contains(kind) } }

    static func beginning(with word: Word) -> StatementRow? { all.first { $0.word == word } }

    /// Bits of the words behind which something may stand.
    private static func words(before beginning: Beginning) -> UInt64 {
        ofWords.reduce(0) { bits, row in
            guard let word = row.word, row.beginning.contains(beginning) else { return bits }
            return bits | word.bit
        }
    }

    fileprivate static let wordsBeforeExpressions = words(before: .expression)
    fileprivate static let wordsBeforeNewNames = words(before: .newName)

    /// By number of the kind, whether a node is a command.
    fileprivate static let commandKinds: [Bool] = {
        var result = [Bool](repeating: false, count: 256)
        result[Int(NodeKind.expressionStatement.rawValue)] = true
        for row in all where row.role == .command {
            for kind in row.kinds { result[Int(kind.rawValue)] = true }
        }
        return result
    }()
}

extension NodeKind {
    /// Whether a statement asks something of a run.
    public var isCommand: Bool { StatementRow.commandKinds[Int(rawValue)] }
}

/// The words with a fixed symbol that the parser asks for, in the order of `Words.inOrder`.
enum Word: Int32 {
    // Special at the start of a statement: each has a row.
    case model = 31, horizon, use, extend, unit, index, assume, correlate, data, market, supply
    case route, stock, projection, policy, scenario, target, test, extern, calibrate, show
    case plot, compare, attribute, sensitivity, solve, trace, consistent, assert
    case ban
    case that, fits, every, any, line, bar, fan, sankey, table, query, like, bool, text, time
    case elif, elseif, def, function, `return`, `while`, `for`, `class`, `var`, const, `import`
    case null, `nil`, capitalNone, capitalTrue, capitalFalse, print

    /// Special at the start of a statement.
    @inline(__always) var startsStatement: Bool { rawValue < Word.ban.rawValue }
    /// Whether any expression may follow.
    var takesExpression: Bool { StatementRow.wordsBeforeExpressions & bit != 0 }
    /// Whether the name that follows is one that the statement gives a meaning.
    var takesNewName: Bool { StatementRow.wordsBeforeNewNames & bit != 0 }

    /// A bit of its own among the words that begin a statement; no bit of another.
    fileprivate var bit: UInt64 { startsStatement ? 1 << UInt64(rawValue - Words.reservedCount) : 0 }
}

/// Words with a fixed symbol: every `SymbolTable` starts with them, in this order.
enum Words {
    static let reservedCount: Int32 = 31

    static let reserved: [String] = [
        "if", "let", "fn", "not", "true", "false", "none",
        "then", "else", "and", "or", "to", "at", "growing", "under", "as", "within", "from", "until", "over", "per",
        "by", "in", "on", "so", "with", "where", "after", "among", "source", "aged",
    ]

    /// From `ban` on.
    private static let others: [String] = [
        "ban", "that", "fits", "every", "any", "line", "bar", "fan", "sankey", "table", "query", "like", "Bool", "Text",
        "Time",
        "elif", "elseif", "def", "function", "return", "while", "for", "class", "var", "const", "import",
        "null", "nil", "None", "True", "False", "print",
    ]

    static let inOrder = reserved + StatementRow.ofWords.map { $0.name } + others
}

extension Parser {
    /// The statement that a word begins. Its parser is beside its view.
    mutating func statement(_ word: Word) throws(SyntaxFailure) -> Int32 {
        switch word {
        case .model, .extend: return try titled(word)
        case .horizon: return try horizon()
        case .use: return try use()
        case .unit: return try unit()
        case .index: return try indexDeclaration()
        case .assume: return try assume()
        case .extern: return try function(isExtern: true)
        case .show: return try show()
        case .trace: return try trace()
        case .consistent: return try consistent()
        case .assert: return try assertion()
        case .market: return try namedBlock(.market, word)
        case .stock: return try namedBlock(.stock, word)
        case .supply: return try supply()
        case .route: return try routes()
        case .policy: return try policy()
        case .scenario: return try scenario()
        case .compare: return try compare()
        case .target: return try target()
        case .solve: return try solve()
        case .attribute: return try attribute()
        case .sensitivity: return try sensitivity()
        case .correlate: return try correlate()
        case .data: return try data()
        case .projection: return try projection()
        case .calibrate: return try calibrate()
        case .plot: return try plot()
        case .test: return try test()
        default:
            advance()
            throw unexpected("a statement")
        }
    }
}
