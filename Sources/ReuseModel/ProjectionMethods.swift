/// How a projection goes on from its data. A method of its own is a case and its row here, and its curve and fit
/// (`MethodCurves.swift` of the engine).
public enum ProjectionMethod: UInt8, CaseIterable, Sendable {
    case compound, linear, logistic, gompertz, bass, holt, damped, richards

    private var row: Row {
        switch self {
        case .compound:
            Row(
                "compound", [.level, .rate], written: [.rate, .level], .positive, continuing: .rate,
                "level (1 + rate)^t", "growth at one rate", example: "8%/yr")
        case .linear:
            Row(
                "linear", [.level, .slope], written: [.slope, .level], .any, continuing: .slope,
                "level + slope t", "a straight line", example: "slope: ...")
        case .logistic:
            Row(
                "logistic", [.capacity, .rate, .midpoint], .positive,
                "capacity / (1 + e^(-rate (t - midpoint)))",
                "growth that slows and halts, alike on both sides of its midpoint",
                example: "capacity: ...")
        case .gompertz:
            Row(
                "gompertz", [.capacity, .delay, .rate], .positive,
                "capacity e^(-delay e^(-rate t))", "growth that slows early and nears its capacity for long",
                example: "capacity: ...")
        case .bass:
            Row(
                "bass", [.potential, .innovation, .imitation], .positive,
                "potential (F(end) - F(start))", "sales of a good as it spreads among its buyers",
                example: "potential: ...")
        case .holt:
            Row(
                "holt", [.alpha, .beta, .level, .trend], .smoothing,
                "level + n trend", "a level and a trend that follow the data", example: "alpha: 0.5, beta: 0.1")
        case .damped:
            Row(
                "damped", [.alpha, .beta, .phi, .level, .trend], .smoothing,
                "level + (phi + ... + phi^n) trend", "the same with a trend that fades",
                example: "alpha: 0.5, beta: 0.1")
        case .richards:
            Row(
                "richards", [.capacity, .rate, .midpoint, .shape], .positive,
                "capacity / (1 + shape e^(-rate (t - midpoint)))^(1 / shape)",
                "growth that slows and halts, fastest at its midpoint, by its shape early or late",
                example: "shape: 0.5")
        }
    }

    /// What there is to know of a method.
    private struct Row {
        enum Kind {
            /// A curve over time that lies above zero; any curve over time; smoothing, from datum to datum.
            case positive, any, smoothing
        }

        var label: String
        var parameters: [ProjectionParameter]
        var written: [ProjectionParameter]
        var kind: Kind
        var continuing: ProjectionParameter?
        var formula: String
        var summary: String
        var example: String

        init(
            _ label: String, _ parameters: [ProjectionParameter], written: [ProjectionParameter]? = nil, _ kind: Kind,
            continuing: ProjectionParameter? = nil, _ formula: String, _ summary: String, example: String
        ) {
            self.label = label
            self.parameters = parameters
            self.written = written ?? parameters
            self.kind = kind
            self.continuing = continuing
            self.formula = formula
            self.summary = summary
            self.example = example
        }
    }

    /// As a script writes it.
    public var label: String { row.label }
    /// In the order in which they are kept.
    public var parameters: [ProjectionParameter] { row.parameters }
    /// In the order in which they may be given without their names.
    public var writtenParameters: [ProjectionParameter] { row.written }
    /// Smoothing, from datum to datum, and not a curve over time.
    public var isSmoothing: Bool { row.kind == .smoothing }
    /// Whether its curve lies above zero and fits data that do.
    public var isPositive: Bool { row.kind == .positive }
    /// The parameter that, given alone, goes on from the last datum: nothing is fitted then.
    public var continuing: ProjectionParameter? { row.continuing }
    /// What it is, in a line, and its curve, where `t` is in years.
    public var summary: String { row.summary }
    public var formula: String { row.formula }
    /// A call that gives something known from elsewhere.
    public var example: String { "\(label)(\(row.example))" }

    /// `logistic(capacity, rate, midpoint)`.
    public var signature: String {
        label + "(" + writtenParameters.map { $0.label }.joined(separator: ", ") + ")"
    }

    /// The method that a script writes so.
    public static func named(_ name: String) -> ProjectionMethod? { allCases.first { $0.label == name } }

    /// Calls of the methods for which something holds: "`holt()`, `damped()`".
    public static func calls(_ isWanted: (ProjectionMethod) -> Bool = { _ in true }) -> [String] {
        allCases.filter(isWanted).map { "`\($0.label)()`" }
    }
}

/// What may stand in the block of a projection.
public enum ProjectionField: CaseIterable, Sendable {
    case data, method, holdout

    private var row: (label: String, summary: String) {
        switch self {
        case .data: ("data", "the series that it learns from")
        case .method: ("method", ProjectionMethod.calls().joined(separator: ", "))
        case .holdout: ("holdout", "how much of the data is foretold, to see how well: `2 yr`")
        }
    }

    public var label: String { row.label }
    public var summary: String { row.summary }
}

/// A parameter of a method.
public enum ProjectionParameter: UInt8, CaseIterable, Sendable {
    case level, rate, slope, capacity, midpoint, delay, potential, innovation, imitation, alpha, beta, phi, trend, shape

    private var row: (label: String, measure: Measure) {
        switch self {
        case .level: ("level", .data)
        case .rate: ("rate", .rate)
        case .slope: ("slope", .dataOverTime)
        case .capacity: ("capacity", .data)
        case .midpoint: ("midpoint", .time)
        case .delay: ("delay", .number)
        case .potential: ("potential", .dataTimesTime)
        case .innovation: ("innovation", .rate)
        case .imitation: ("imitation", .rate)
        case .alpha: ("alpha", .number)
        case .beta: ("beta", .number)
        case .phi: ("phi", .number)
        case .trend: ("trend", .dataOverTime)
        case .shape: ("shape", .number)
        }
    }

    /// As a script writes it.
    public var label: String { row.label }
    /// In what it is measured.
    public var measure: Measure { row.measure }

    public enum Measure: Sendable {
        /// As the data; the data over time; the data times time.
        case data, dataOverTime, dataTimesTime
        /// A pure number; one over time; a point in time.
        case number, rate, time
    }
}

extension ProjectionMethod {
    /// Numbers of the parameters that the data decide, where some are given. Level and trend of smoothing begin at the data.
    public func fitted(isGiven: [Bool]) -> [Int] {
        if let continuing, let place = parameters.firstIndex(of: continuing), isGiven[place], !isGiven[0] { return [] }
        return parameters.indices.filter {
            !isGiven[$0] && !(isSmoothing && (parameters[$0] == .level || parameters[$0] == .trend))
        }
    }

    /// Whether where it leads is uncertain, where some parameters are given.
    public func hasBand(isGiven: [Bool]) -> Bool {
        isSmoothing ? isGiven.contains(false) : !fitted(isGiven: isGiven).isEmpty
    }
}
