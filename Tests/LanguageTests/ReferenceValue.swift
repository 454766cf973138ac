import ReuseSyntax

/// What the reference evaluator computes with: numbers in base units that carry their dimension with them.
indirect enum ReferenceValue {
    /// The dimension is nil for the literal `0`, which fits any.
    case number(Double, ReferenceDimension?)
    case boolean(Bool)
    case text(String)
    /// A year.
    case time(Int)
    case list([ReferenceValue])
    case record([(name: String, value: ReferenceValue)])
    case function(ReferenceFunction)
}

/// Exponents by base unit; what has the exponent zero is left out.
struct ReferenceDimension: Equatable {
    private(set) var exponents: [String: Double] = [:]

    static let pure = ReferenceDimension()

    init() {}
    init(_ base: String) { exponents = [base: 1] }

    func times(_ other: ReferenceDimension, power: Double = 1) -> ReferenceDimension {
        var result = self
        for (base, exponent) in other.exponents {
            let sum = (result.exponents[base] ?? 0) + exponent * power
            result.exponents[base] = sum == 0 ? nil : sum
        }
        return result
    }

    func raised(to power: Double) -> ReferenceDimension { ReferenceDimension().times(self, power: power) }
}

/// A function with the names that it can see.
struct ReferenceFunction {
    var parameters: [(symbol: Int32, fallback: Int32)]
    var body: Int32
    var scope: Scope?
}

/// Local names, innermost first.
final class Scope {
    let symbol: Int32
    let value: Delayed
    let parent: Scope?

    init(_ symbol: Int32, _ value: Delayed, _ parent: Scope?) {
        self.symbol = symbol
        self.value = value
        self.parent = parent
    }
}

/// A local value, which may be read at other points than the one where it was bound: `mean(x)` in a function reads
/// its argument at every label.
final class Delayed {
    let node: Int32
    let scope: Scope?
    var known: [(point: Point, value: ReferenceValue)] = []
    let constant: ReferenceValue?

    init(node: Int32, scope: Scope?) {
        self.node = node
        self.scope = scope
        constant = nil
    }

    init(_ value: ReferenceValue) {
        node = -1
        scope = nil
        constant = value
    }
}

/// Where a value is computed: what is nil is not chosen yet.
struct Point: Hashable {
    var step: Int?
    var sample: Int?
    /// One label an index, in order of declaration; -1 where none is chosen.
    var labels: [Int]
}

enum ReferenceAxis: Hashable {
    case time, sample
    case index(Int)
}

/// An error of the program, at a node of its tree.
struct Fault: Hashable {
    var kind: DiagnosticKind
    var node: Int32
}

/// Why an evaluation ended without a value.
enum Stop: Error {
    case fault(Fault)
    /// The value varies over an axis on which no place was chosen.
    case needs(ReferenceAxis)
    /// The program uses what the reference does not model, or the generator made nonsense.
    case beyond(String)
}

/// Units as the language defines them, in base units.
enum ReferenceUnits {
    static let builtIn: [String: (factor: Double, dimension: ReferenceDimension)] = {
        let mass = ReferenceDimension("kg")
        let time = ReferenceDimension("yr")
        let length = ReferenceDimension("metre")
        let energy = ReferenceDimension("MJ")
        let money = ReferenceDimension("USD")
        let carbon = ReferenceDimension("kgCO2e")
        return [
            "kg": (1, mass), "gram": (0.001, mass), "tonne": (1000, mass), "kt": (1e6, mass), "Mt": (1e9, mass),
            "yr": (1, time), "month": (1 / 12, time), "day": (1 / 365.25, time), "hour": (1 / 8766, time),
            "metre": (1, length), "km": (1000, length), "tkm": (1e6, mass.times(length)),
            "MJ": (1, energy), "kWh": (3.6, energy), "MWh": (3600, energy), "USD": (1, money),
            "kgCO2e": (1, carbon), "tCO2e": (1e3, carbon), "ktCO2e": (1e6, carbon), "MtCO2e": (1e9, carbon),
        ]
    }()
}
