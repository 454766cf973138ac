import ReuseSyntax

/// A stock of a script: what is in use, in drawers, on shelves. With a lifetime it is made of cohorts.
public struct Stock: Sendable {
    /// When what enters in a step does so: at its start, in its middle, at its end, or evenly spread over it.
    public enum Arrival: UInt8, CaseIterable, Sendable {
        case start, middle, end, spread

        var word: String {
            switch self {
            case .start: "start"
            case .middle: "middle"
            case .end: "end"
            case .spread: "spread"
            }
        }
    }

    /// What happens where a driven level falls faster than the stock retires.
    public enum OnShrink: UInt8, CaseIterable, Sendable {
        case retireEarly, error

        var word: String { self == .retireEarly ? "retire_early" : "error" }
    }

    /// A term of the inflow that enters at an age.
    public struct Aged: Sendable {
        public var value: NodeID
        public var age: NodeID
    }

    /// The statement, and the name in it.
    public var node: NodeID
    public var name: NodeID
    public var module: Int32
    /// As the script names it.
    public var symbol: Symbol
    public var arrives = Arrival.middle
    public var onShrink = OnShrink.retireEarly
    /// The expression behind `lifetime`; none for a plain level.
    public var lifetime = NodeID.none
    public var aged: [Aged] = []
    /// The declaration that stands for its cohorts: it reads all fields, and every result but the opening reads it.
    public var cohorts = DeclarationID.none
    public var results: [Result] = []
    private var fields: [DeclarationID] = Array(repeating: .none, count: StockField.allCases.count)

    public struct Result: Sendable {
        public var kind: StockResult
        public var declaration: DeclarationID
    }

    init(node: NodeID, name: NodeID, module: Int32, symbol: Symbol) {
        self.node = node
        self.name = name
        self.module = module
        self.symbol = symbol
    }

    /// Declarations of the fields that are given.
    public internal(set) subscript(_ field: StockField) -> DeclarationID {
        get { fields[Int(field.rawValue)] }
        set { fields[Int(field.rawValue)] = newValue }
    }

    public func declaration(of result: StockResult) -> DeclarationID {
        results.first { $0.kind == result }?.declaration ?? .none
    }
}

/// The lifetimes, each with one set of parameters that determines it.
public enum LifetimeForm: CaseIterable, Sendable {
    case weibull, weibullMoments, lognormal, normal, fixed
    /// A table of shares by age.
    case survival

    public var builtin: Builtin {
        switch self {
        case .weibull, .weibullMoments: .weibull_life
        case .lognormal: .lognormal_life
        case .normal: .normal_life
        case .fixed: .fixed_life
        case .survival: .survival
        }
    }

    /// Names of the parameters; `shape` is a number, all others are durations.
    public var parameters: [String] {
        switch self {
        case .weibull: ["shape", "scale"]
        case .weibullMoments, .lognormal, .normal: ["mean", "sd"]
        case .fixed: ["life"]
        case .survival: ["shares"]
        }
    }

    /// Two parameters are easily confused: each must be named.
    var isNamed: Bool { parameters.count > 1 }

    var signature: String {
        switch self {
        case .fixed: "fixed_life(3 yr)"
        case .survival: "survival([0 yr: 100%, 1 yr: 96%, 5 yr: 0%])"
        default: "\(builtin.rawValue)(\(parameters.map { "\($0): ..." }.joined(separator: ", ")))"
        }
    }

    /// The form that a call means, and which argument each parameter takes. Labels are empty where there are none.
    public static func of(_ builtin: Builtin, labels: [String]) -> (form: LifetimeForm, arguments: [Int])? {
        for form in allCases where form.builtin == builtin && form.parameters.count == labels.count {
            if !form.isNamed {
                if labels[0].isEmpty || labels[0] == form.parameters[0] { return (form, [0]) }
                continue
            }
            let places = form.parameters.compactMap { labels.firstIndex(of: $0) }
            if places.count == labels.count { return (form, places) }
        }
        return nil
    }
}

extension Builtin {
    public var isLifetime: Bool {
        switch self {
        case .weibull_life, .lognormal_life, .normal_life, .fixed_life, .survival: true
        default: false
        }
    }
}

extension Model {
    /// The call that gives a lifetime, also where the expression is the name of one, with the text that it stands in and
    /// the declaration whose value it is, if any.
    public func lifetime(
        _ node: NodeID, in module: Int32
    ) -> (call: NodeID, module: Int32, of: DeclarationID)? {
        var (node, module, owner) = (node, module, DeclarationID.none)
        for _ in 0..<100 {
            let tree = modules[Int(module)].tree
            switch tree[node].kind {
            case .paren: node = tree.operand(node)
            case .call:
                guard case .declaration(let target) = resolution(tree.call(node).callee, in: module),
                    self[target].builtin?.isLifetime == true
                else { return nil }
                return (node, module, owner)
            case .name, .member:
                guard case .declaration(let target) = resolution(node, in: module), self[target].kind == .let,
                    !self[target].value.isNone
                else { return nil }
                (node, module, owner) = (self[target].value, self[target].valueModule, target)
            default: return nil
            }
        }
        return nil
    }
}
