import ReuseSyntax

/// What is said of correlations that cannot be (R0220, R0221).
extension Diagnostic {
    static func uncertainParameter(_ name: String, at place: Location, parameter: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation,
            "`\(name)` has a distribution that is uncertain itself, so it is not one random variable",
            at: Label(place), also: [Label(parameter, "this is uncertain")],
            help: ["write out the ends of its range, or correlate what they rest on"])
    }

    static func correlationNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongCorrelation, "a correlation must be known before anything is drawn", at: Label(place),
            help: ["write a number between -1 and 1, or the name of an input that is one"])
    }

    static func correlationOutOfRange(_ value: Double, at place: Location) -> Diagnostic {
        let isEnd = value.magnitude == 1
        let instead = value < 0 ? "above -1, such as -0.95" : "below 1, such as 0.95"
        return Diagnostic(
            .impossibleCorrelation,
            isEnd
                ? "inputs that always move together are one input" : "a rank correlation lies between -1 and 1",
            at: Label(place),
            help: isEnd ? ["compute one from the other with `let`, or write a number \(instead)"] : [])
    }

    static func diagonal(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .impossibleCorrelation, "the correlation of `\(name)` with itself is 1", at: Label(place))
    }

    static func notSymmetric(_ one: String, _ other: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .impossibleCorrelation, "the correlation of `\(one)` and `\(other)` is given in two ways",
            at: Label(place, "this way here"), also: [Label(first, "another way here")],
            help: ["a matrix of correlations is the same on both sides of its diagonal"])
    }

    static func tooManyCorrelated(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "at most \(Limits.correlatedInputs) inputs can be correlated with each other",
            at: Label(place))
    }

    static func impossibleCorrelation(
        _ name: String, with others: [(name: String, rank: Double)], at place: Location, also: [Location],
        help: [String]
    ) -> Diagnostic {
        let words = others.prefix(5).map { "\(short($0.rank)) with `\($0.name)`" }
        var list = words.dropLast().joined(separator: ", ")
        list += (words.count > 1 ? (others.count > 5 ? ", " : " and ") : "") + (words.last ?? "")
        return Diagnostic(
            .impossibleCorrelation,
            "`\(name)` cannot have the correlation\(words.count > 1 ? "s" : "") \(list), as the others are",
            at: Label(place), also: also.map { Label($0, "with this") }, help: help)
    }

    private static func short(_ rank: Double) -> String {
        let text = "\(rank)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
