/// In what a field or a result of a stock is measured: goods, goods in a time, or a time.
public enum StockMeasure: UInt8, Sendable { case goods, flow, age }

/// The fields of a stock that hold numbers.
public enum StockField: UInt8, CaseIterable, Sendable {
    case initial, initialAge, inflow, outflow, level

    private var row: (label: String, measure: StockMeasure, summary: String) {
        switch self {
        case .initial: ("initial", .goods, "what there is before the first step")
        case .initialAge: ("initial_age", .age, "how old the first goods are")
        case .inflow: ("inflow", .flow, "what comes in")
        case .outflow: ("outflow", .flow, "what is taken out besides what dies")
        case .level: ("level", .goods, "instead of `inflow`: what is to be there")
        }
    }

    public var label: String { row.label }
    public var measure: StockMeasure { row.measure }
    public var summary: String { row.summary }

    /// Whether it holds at each step, so that policies can patch it.
    public var varies: Bool { self == .inflow || self == .outflow || self == .level }
}

/// The fields of a stock that hold a lifetime or a word.
public enum StockChoice: CaseIterable, Sendable {
    case lifetime, arrives, onShrink

    private var row: (label: String, words: [String], summary: String) {
        switch self {
        case .lifetime: ("lifetime", [], "how long goods last")
        case .arrives: ("arrives", Stock.Arrival.allCases.map { $0.word }, "`start`, `middle`, `end` or `spread`")
        case .onShrink: ("on_shrink", Stock.OnShrink.allCases.map { $0.word }, "`retire_early` or `error`")
        }
    }

    public var label: String { row.label }
    /// The words that it may be; none where it is no word.
    var words: [String] { row.words }
    public var summary: String { row.summary }
}

extension Stock {
    /// What may stand in its block.
    public static var written: [(label: String, summary: String)] {
        StockField.allCases.map { ($0.label, $0.summary) } + StockChoice.allCases.map { ($0.label, $0.summary) }
    }

    static var labels: [String] { written.map { $0.label } }
}

/// What a stock gives, by the names that a script reads it with.
public enum StockResult: UInt8, CaseIterable, Sendable {
    /// At the end of the step; it has the stock's own name.
    case level
    /// At the start of the step.
    case opening
    case inflow, outflow, retired, meanAge, byAge

    private var row: (name: String, measure: StockMeasure, summary: String) {
        switch self {
        case .level: ("", .goods, "what there is at the end of the step")
        case .opening: ("opening", .goods, "what there is at the start of the step")
        case .inflow: ("inflow", .flow, "what came in")
        case .outflow: ("outflow", .flow, "what was taken out")
        case .retired: ("retired", .flow, "what died")
        case .meanAge: ("mean_age", .age, "the mean age of what there is")
        case .byAge: ("by_age", .goods, "what there is by age, a list that begins with what came in last")
        }
    }

    public var name: String { row.name }
    public var measure: StockMeasure { row.measure }
    public var summary: String { row.summary }

    /// Whether stocks without a lifetime have none.
    var needsAges: Bool { self == .meanAge || self == .byAge }

    /// Holds at a point in time: read over a longer period it is that of its last step.
    public var isLevel: Bool { measure != .flow }
}
