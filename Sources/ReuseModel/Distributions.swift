import ReuseSyntax

/// Distribution is what a draw is of, by one set of parameters that determines it.
public enum Distribution: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    case normalMoments, normalRange
    case lognormalMoments, lognormalRange
    case uniform, triangular, pert, beta
    case gammaShape, gammaMoments
    case weibull
    case discrete, empirical
    /// `a to b` of two percentages; of all else it is a `lognormalRange`.
    case logitRange
    /// `discrete` without weights.
    case equallyLikely

    /// Whether its parameters are lists of values and weights.
    public var isOfLists: Bool { self == .discrete || self == .equallyLikely || self == .empirical }

    public enum Kind: Sendable {
        /// Of the dimension that the draws have.
        case quantity
        case number
        /// Of values of that dimension.
        case list
        case weights
    }

    public struct Parameter: Sendable {
        public var name: String
        public var kind: Kind
        public var isOptional = false
    }

    /// The function that makes it; nil where only an operator or another distribution does.
    var builtin: Builtin? {
        switch self {
        case .normalMoments, .normalRange: .normal
        case .lognormalMoments, .lognormalRange: .lognormal
        case .uniform: .uniform
        case .triangular: .triangular
        case .pert: .pert
        case .beta: .beta
        case .gammaShape, .gammaMoments: .gamma
        case .weibull: .weibull
        case .discrete: .discrete
        case .empirical: .empirical
        case .logitRange, .equallyLikely: nil
        }
    }

    public var parameters: [Parameter] {
        func all(_ kind: Kind, _ names: String...) -> [Parameter] { names.map { Parameter(name: $0, kind: kind) } }
        return switch self {
        case .normalMoments, .lognormalMoments, .gammaMoments: all(.quantity, "mean", "sd")
        case .normalRange, .lognormalRange: all(.quantity, "p5", "p95")
        case .uniform: all(.quantity, "low", "high")
        case .triangular, .pert: all(.quantity, "low", "mode", "high")
        case .beta: all(.number, "alpha", "beta")
        case .gammaShape, .weibull: all(.number, "shape") + all(.quantity, "scale")
        case .discrete: all(.list, "values") + [Parameter(name: "weights", kind: .weights, isOptional: true)]
        case .empirical, .equallyLikely: all(.list, "values")
        case .logitRange: all(.number, "low", "high")
        }
    }

    /// Whether the parameters are so easily confused that each must be named.
    public var isNamed: Bool {
        switch self {
        case .normalMoments, .normalRange, .lognormalMoments, .lognormalRange, .gammaShape, .gammaMoments, .weibull:
            true
        case .uniform, .triangular, .pert, .beta, .discrete, .empirical, .logitRange, .equallyLikely: false
        }
    }

    /// As it is called: `gamma(shape: ..., scale: ...)`, `uniform(low, high)`.
    public var signature: String {
        let names = parameters.map { isNamed || $0.isOptional ? "\($0.name): ..." : $0.name }
        return "\(builtin?.rawValue ?? "")(\(names.joined(separator: ", ")))"
    }

    /// The distribution that a call means, and which argument each parameter takes. Labels are empty where there are none.
    public static func of(
        _ builtin: Builtin, labels: [String]
    ) -> (distribution: Distribution, arguments: [Int?])? {
        for distribution in builtin.distributions {
            guard let arguments = distribution.arguments(labels: labels) else { continue }
            let isWhole = distribution != .discrete || arguments.allSatisfy { $0 != nil }
            return (isWhole ? distribution : .equallyLikely, arguments)
        }
        return nil
    }

    private func arguments(labels: [String]) -> [Int?]? {
        let parameters = self.parameters
        var result: [Int?] = Array(repeating: nil, count: parameters.count)
        var sawName = false
        for (position, label) in labels.enumerated() {
            let place: Int
            if label.isEmpty {
                guard !isNamed, !sawName, position < parameters.count else { return nil }
                place = position
            } else {
                sawName = true
                guard let found = parameters.firstIndex(where: { $0.name == label }) else { return nil }
                place = found
            }
            guard result[place] == nil else { return nil }
            result[place] = position
        }
        for (parameter, argument) in zip(parameters, result) where argument == nil && !parameter.isOptional {
            return nil
        }
        return result
    }
}

extension Builtin {
    public var isDistribution: Bool {
        switch self {
        case .normal, .lognormal, .uniform, .triangular, .pert, .beta, .gamma, .weibull, .discrete, .empirical: true
        default: false
        }
    }

    var distributions: [Distribution] { Distribution.allCases.filter { $0.builtin == self } }
}

extension TypeChecker {
    mutating func inferDistribution(_ builtin: Builtin, _ arguments: [NodeID], _ id: NodeID) -> TypeID {
        let result = model.types.anyNumber()
        let place = model.location(id, in: module)
        let labels = arguments.map { tree.argument($0).label.map { model.symbols[$0] } ?? "" }
        // `gamma(5)` is the function of that name elsewhere, and may stand anywhere.
        let meansFunction = builtin == .gamma && labels == [""]
        if functionDepth > 0, !meansFunction {
            report(.uncertainInFunction("`\(builtin.rawValue)`", at: place))
        }
        for raw in arguments where !tree.argument(raw).reduction.isNone {
            report(.noReductionHere(builtin.rawValue, at: model.location(raw, in: module)))
        }
        guard let (distribution, order) = Distribution.of(builtin, labels: labels) else {
            for raw in arguments { infer(tree.argument(raw).value) }
            report(.wrongParameters(of: builtin, meansFunction: meansFunction, at: place))
            return builtin == .beta || meansFunction ? .number : result
        }
        for (position, raw) in arguments.enumerated() {
            guard let index = order.firstIndex(of: position) else { continue }
            let parameter = distribution.parameters[index]
            let value = tree.argument(raw).value
            let name = "`\(parameter.name)` of `\(builtin.rawValue)` is"
            switch parameter.kind {
            case .quantity:
                require(infer(value), toBe: result, at: value, because: nil, as: "the values before are")
            case .number: require(infer(value), toBe: .number, at: value, because: nil, as: name)
            case .list, .weights:
                let list = model.types.list(parameter.kind == .list ? result : .number)
                require(infer(value, expecting: list), toBe: list, at: value, because: nil, as: name)
            }
        }
        return distribution == .beta ? .number : result
    }
}

extension Diagnostic {
    fileprivate static func wrongParameters(
        of builtin: Builtin, meansFunction: Bool, at place: Location
    ) -> Diagnostic {
        let name = builtin.rawValue
        let forms = builtin.distributions
        guard let first = forms.first, first.isNamed else {
            let what =
                switch builtin {
                case .uniform: "a low and a high end"
                case .triangular, .pert: "a low end, the most likely value and a high end"
                case .beta: "two numbers above 0"
                case .discrete: "a list of values and, if they are not equally likely, their weights"
                default: "a list of values"
                }
            return .wrongArgument("`\(name)` takes \(what)", signature: forms.first?.signature ?? name, at: place)
        }
        var help = ["write " + forms.map { "`\($0.signature)`" }.joined(separator: " or ")]
        if meansFunction { help.append("`gamma` is a distribution; the gamma function is `gamma_function(x)`") }
        return Diagnostic(
            .parameterMustBeNamed, "the parameters of `\(name)` are easily confused and must be named",
            at: Label(place), help: help)
    }
}
