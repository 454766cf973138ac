import ReuseEngine

/// What a command of a script produced. Renderers switch over it without `default`.
public enum Output: Sendable {
    /// `show`: one value, a series, or values over indexes.
    case table(Table)
    /// `show "..."`.
    case text(String)
    /// `trace`.
    case trace(Trace)
    /// `assert` and `consistent`: what held. (What failed is a diagnostic.)
    case check(Check)
}

/// Rows are points on the axes; columns are what was asked for.
public struct Table: Sendable {
    public var title: String?
    /// Names of the axes that the rows run over, such as `time` and `grade`. Empty for a single row.
    public var axes: [String]
    public var rows: [Row]
    public var columns: [Column]

    public init(title: String? = nil, axes: [String], rows: [Row], columns: [Column]) {
        self.title = title
        self.axes = axes
        self.rows = rows
        self.columns = columns
    }

    public struct Row: Sendable {
        /// One label an axis, such as `2026Q1` and `A`.
        public var labels: [String]
        /// One cell a column.
        public var cells: [Cell]
        /// For cells that reduce samples to one number, what sampling leaves open; empty where there are none.
        public var errors: [SamplingError?]

        public init(labels: [String], cells: [Cell], errors: [SamplingError?] = []) {
            self.labels = labels
            self.cells = cells
            self.errors = errors
        }
    }

    public struct Column: Sendable {
        /// The expression as it was written.
        public var name: String
        /// The unit as a script would write it behind a number: `phone/yr`, `%/yr`, `/yr`, or empty.
        public var unit: String
        /// False where markets leave these values open and others would do as well: a split of trade over routes of equal
        /// cost (here that of least squares), or the price of a market without trade (here the lowest).
        public var isUnique: Bool

        public init(name: String, unit: String, isUnique: Bool = true) {
            self.name = name
            self.unit = unit
            self.isUnique = isUnique
        }
    }
}

/// One value. Numbers are in the unit of their column, unscaled: 8.8 in a column of unit `%` is 8.8%.
public indirect enum Cell: Sendable {
    case number(Double)
    /// A number in a unit of its own, in a column whose numbers differ in theirs.
    case quantity(Double, unit: String)
    /// A number that varies over samples.
    case uncertain(Summary)
    case boolean(Bool)
    /// A condition that varies over samples: the share of samples in which it holds, 0 to 1.
    case probability(Share)
    case text(String)
    /// A point in time, as a script writes it.
    case time(String)
    /// A point in time that varies over samples.
    case uncertainTime(TimeSpread)
    /// Numbers in a list carry the unit of the column.
    case list([Cell])
    /// A record's fields may have other units than the column; each brings its own.
    case record([(name: String, unit: String, value: Cell)])
    /// A function, by its signature.
    case function(String)
    /// A stretch of the scale that the bars of a column share, drawn where there is a place to draw.
    case bar(from: Double, to: Double)
    /// `none`.
    case absent
}

/// A point in time over samples: as a script writes it, or nil for one that never comes, which is later than every other.
public struct TimeSpread: Sendable {
    public var p5: String?
    public var median: String?
    public var p95: String?
    /// The share of samples in which it never comes.
    public var never: Share
}

/// How far a number that was estimated from samples may be from what more samples would give.
public enum SamplingError: Sendable {
    /// Of a mean or a quantile, in the unit of the column.
    case standard(Double)
    /// Of a probability: 95% of such intervals hold it.
    case interval(low: Double, high: Double)
}

/// A share of samples.
public struct Share: Sendable, ExpressibleByFloatLiteral {
    /// 0 to 1.
    public var value: Double
    /// How many samples there are; nil where that is not known.
    public var samples: Int?

    public init(_ value: Double, samples: Int? = nil) {
        self.value = value
        self.samples = samples
    }

    public init(floatLiteral value: Double) { self.init(value) }

    /// The 95% interval of the probability that the share estimates, after Wilson.
    public var interval: (low: Double, high: Double)? {
        samples.map { Statistics.interval(ofShare: value, samples: $0) }
    }
}

/// What a value that varies over samples looks like.
public struct Summary: Sendable {
    public var p5: Double
    public var median: Double
    public var p95: Double
    public var mean: Double
    public var sd: Double
    public var samples: Int
    public var skewness = 0.0
    /// Monte Carlo standard errors, where they were asked for.
    public var errors: Errors?
    public var histogram: Histogram?
    /// The same without the outermost 0.5% at either end, for pictures: a long tail would take all the room.
    public var bulk: Histogram?

    public struct Errors: Sendable {
        public var p5: Double
        public var median: Double
        public var p95: Double
        public var mean: Double
    }

    /// How many samples lie in each of equally wide bins between the smallest and the largest.
    public struct Histogram: Sendable {
        public var low: Double
        public var high: Double
        public var counts: [Int]
    }

    public init(p5: Double, median: Double, p95: Double, mean: Double, sd: Double, samples: Int) {
        self.p5 = p5
        self.median = median
        self.p95 = p95
        self.mean = mean
        self.sd = sd
        self.samples = samples
    }
}

/// Where a number comes from: a formula, what it amounts to, and the same for what it rests on.
public struct Trace: Sendable {
    /// The name, or the expression as written for the one that was asked about.
    public var name: String
    /// The right-hand side as written; nil where it is only a name.
    public var formula: String?
    public var value: Cell
    public var unit: String
    /// The time at which it was asked for.
    public var time: String?
    /// `input`, `computed`, `shown above` (its parts stand elsewhere in the tree), or `policy`: what a policy or a
    /// scenario does to the value above it, which has a formula and no value of its own.
    public var role: Role
    public var source: String?
    public var parts: [Trace]

    public enum Role: Sendable { case input, computed, shownAbove, policy }

    public init(
        name: String, formula: String?, value: Cell, unit: String, time: String?, role: Role, source: String?,
        parts: [Trace]
    ) {
        self.name = name
        self.formula = formula
        self.value = value
        self.unit = unit
        self.time = time
        self.role = role
        self.source = source
        self.parts = parts
    }
}

public struct Check: Sendable {
    public enum Kind: Sendable { case assert, consistent }
    public var kind: Kind
    /// The condition as written.
    public var condition: String

    public init(kind: Kind, condition: String) {
        self.kind = kind
        self.condition = condition
    }
}

/// The register of inputs: `reuse sources`.
public struct Register: Sendable {
    public struct Entry: Sendable {
        public var name: String
        /// As written in the script.
        public var definition: String
        public var value: Cell
        public var unit: String
        /// How a range was read: `lognormal`, `logit-normal`, ...; nil for a certain value.
        public var distribution: String?
        /// Inputs that it is correlated with, each with Spearman's rank correlation.
        public var correlations: [(name: String, rank: Double)] = []
        /// Title of the source, with the year where it has one; nil where there is none.
        public var source: String?
        public var note: String?
        public var basis: String?
        /// Names of the declarations that use it directly.
        public var usedBy: [String]
        /// `file:line`.
        public var place: String

        public init(
            name: String, definition: String, value: Cell, unit: String, distribution: String?, source: String?,
            note: String?, basis: String?, usedBy: [String], place: String
        ) {
            self.name = name
            self.definition = definition
            self.value = value
            self.unit = unit
            self.distribution = distribution
            self.source = source
            self.note = note
            self.basis = basis
            self.usedBy = usedBy
            self.place = place
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry]) { self.entries = entries }
}
