import ReuseSyntax

/// What is said of types, dimensions, time and indexes (R03, R04).
extension Diagnostic {
    /// `by time, year`.
    static func timeTwice(_ word: String, _ other: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "the rows go through time once, and `\(word)` and `\(other)` are two ways",
            at: Label(place), also: [Label(first, "the first is here")],
            help: ["leave one of them out, and show the other in a command of its own"])
    }

    static func dimensionMismatch(
        _ message: String, at place: Location, label: String, also: [Label], help: [String]
    ) -> Diagnostic {
        Diagnostic(.dimensionMismatch, message, at: Label(place, label), also: also, help: help)
    }

    static func typeMismatch(wanted: String, got: String, at place: Location, also: [Label]) -> Diagnostic {
        Diagnostic(.typeMismatch, "this is \(got), but \(wanted) is wanted", at: Label(place), also: also)
    }

    static func notANumber(_ use: String, got: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "\(use) works on numbers, and this is \(got)", at: Label(place),
            help: got == "a text" && use == "`+`" ? ["texts are joined in braces: `\"{a} {b}\"`"] : [])
    }

    static func notAFunction(got: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notAFunction, "this is \(got), not a function", at: Label(place),
            help: [
                got.hasPrefix("a list")
                    ? "an entry is picked in brackets: `x[1]`" : "to multiply, write `*` before the parenthesis"
            ])
    }

    static func notAUnit(at place: Location, found: String) -> Diagnostic {
        Diagnostic(
            .notAUnit,
            found == "something else"
                ? "this is not made of units" : "a unit is a number with units, and this is \(found)",
            at: Label(place), help: ["write units alone, such as `phone/yr`, `%/yr` or `1M USD`"])
    }

    static func notAUnitName(_ name: String, at place: Location, declared: Location) -> Diagnostic {
        Diagnostic(
            .notAUnit, "`\(name)` is not a unit", at: Label(place), also: [Label(declared, "it is declared here")],
            help: ["to multiply by it, write `* \(name)`"])
    }

    static func exponentNotConstant(at place: Location, base: Location, dimension: String) -> Diagnostic {
        Diagnostic(
            .exponentNotConstant, "the exponent must be a written number, since its base is in \(dimension)",
            at: Label(place, "this is not fixed"), also: [Label(base, "this is in \(dimension)")],
            help: ["divide the base by its unit first, so that it is a pure number"])
    }

    /// The ends the other way round, with the unit behind the second.
    private static func reversed(_ low: String, _ high: String) -> String {
        guard !low.contains(" "), let blank = high.firstIndex(of: " ") else { return "\(high) to \(low)" }
        return "\(high[..<blank]) to \(low)\(high[blank...])"
    }

    static func noSuchRange(low: String, high: String, at place: Location, isReversed: Bool, isShare: Bool)
        -> Diagnostic
    {
        if low == high || high.hasPrefix(low + " ") {
            return Diagnostic(
                .noSuchRange, "a range has two different ends", at: Label(place),
                help: ["what does not vary is one number: write `\(high)`"])
        }
        if isReversed {
            return Diagnostic(
                .noSuchRange, "a range goes from the lower to the higher value", at: Label(place),
                help: ["write `\(reversed(low, high))`"])
        }
        return Diagnostic(
            .noSuchRange,
            isShare
                ? "a range of shares must lie inside 0% and 100%, ends left out"
                : "no lognormal distribution lies between \(low) and \(high)",
            at: Label(place),
            help: [
                "for a range that may cross zero, write `normal(p5: \(low), p95: \(high))`",
                "where every value between is as likely, write `uniform(\(low), \(high))`",
            ])
    }

    static func rangeOfWhat(_ low: String, high: String, at place: Location, also: Location) -> Diagnostic {
        let suffix = high.split(separator: " ").first.map(String.init)?.last.map { String($0) } ?? ""
        return Diagnostic(
            .noSuchRange, "\(low) what? The other end is written with `\(suffix)`", at: Label(place),
            also: [Label(also, "this end")], help: ["write `\(low)\(suffix) to \(high)`"])
    }

    static func uncertainInFunction(_ what: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .uncertainInFunction, "\(what) cannot stand inside a function", at: Label(place),
            help: ["a function is given its uncertainty: declare `assume x = ...` and pass `x`"])
    }

    static func mixedKeys(at place: Location) -> Diagnostic {
        Diagnostic(
            .mixedKeys, "the keys of one list are all times or all members of one index", at: Label(place))
    }

    static func notComparable(_ kind: String, at place: Location, onlyEquality: Bool) -> Diagnostic {
        Diagnostic(
            .notComparable,
            onlyEquality
                ? "\(kind) has no order; it can be compared by `==` and `!=` only" : "\(kind) cannot be compared",
            at: Label(place))
    }

    static func endlessType(at place: Location) -> Diagnostic {
        Diagnostic(.endlessType, "this would be a value that contains itself without end", at: Label(place))
    }

    static func consistentNeedsEquality(at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "`consistent` compares two printed figures by `==`", at: Label(place),
            help: ["write `consistent a == b`"])
    }

    static func addedTimes(at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "two points in time do not add", at: Label(place),
            help: ["to go on from a time, add a duration: `2026 + 1 yr`"])
    }

    static func wrongKey(got: String, base: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "\(got) picks nothing from \(base)", at: Label(place),
            help: got == "a text"
                ? ["a member of an index stands without quotes: `x[A]`"]
                : ["pick by a time (`x[2030]`), by a member of an index (`x[A]`), or from a list by place"])
    }

    static func onePlace(at place: Location) -> Diagnostic {
        Diagnostic(.typeMismatch, "a list is picked from by one place at a time", at: Label(place))
    }

    static func sumOverTime(at place: Location) -> Diagnostic {
        Diagnostic(
            .sumOverTime, "a sum over time depends on the length of the step", at: Label(place),
            help: ["for what a rate adds up to, write `total(x)`", "for its average, write `mean(x over time)`"])
    }

    static func notOverTime(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`\(name)` cannot be taken over this", at: Label(place),
            help: ["over samples it needs no `over`: `\(name)(x)`; over time there are `mean`, `min` and `max`"])
    }

    static func overSamples(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "samples are reduced by functions of their own", at: Label(place),
            help: ["write `expected(x)`, `median(x)`, `sd(x)`, `quantile(x, 5%)` or `probability(c)`"])
    }
}
