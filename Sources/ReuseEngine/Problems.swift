import ReuseModel
import ReuseSyntax

/// What is said while lowering: of time, indexes and what stands still while the program is made (R04).
extension Diagnostic {
    static func tooLarge(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "this is too large to be computed in one piece", at: Label(place),
            help: ["split it with `let`"])
    }

    /// `steps` and `combinations` are those of the value that does not fit.
    static func outOfMemory(
        needs: Int, limit: Int, steps: Int, combinations: Int, isSampled: Bool, ages: Int = 0, at place: Location
    ) -> Diagnostic {
        var ways: [String] = []
        if ages > 1 { ways.append("let goods enter at fewer ages: a stock keeps them apart, and here are \(ages)") }
        if steps > 1 { ways.append("make the horizon shorter or its steps longer: it has \(steps)") }
        if combinations > 1 {
            ways.append("leave out members of indexes: this varies over \(combinations) combinations of them")
        }
        if ways.isEmpty { ways = ["compute less at once: what the values before it vary over counts, too"] }
        let values = isSampled ? "the values of \(Machine.fewestLanes) samples" : "all values"
        return Diagnostic(
            .limitReached, "with this, \(values) take \(bytes(needs)), and a run may use \(bytes(limit))",
            at: Label(place), help: ways)
    }

    /// A number of bytes in the largest unit of which there is one at least.
    package static func bytes(_ count: Int) -> String {
        for (size, unit) in [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] where count >= size {
            return "\((count + size / 2) / size) \(unit)"
        }
        return "\(count) bytes"
    }

    static func tooManyCombinations(_ what: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, what, at: Label(place),
            help: [
                "members are left out of a table by `where: column(\"...\") == \"...\"`, or by a query that sums them"
            ])
    }

    static func tooManyScenarios(_ count: Int, declarations: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached,
            "these are \(count) scenarios of \(declarations) declarations, and together they can have at most \(Limits.inWords(Limits.scenarioValues)) values",
            at: Label(place), help: ["ask for fewer scenarios at once: the rest in a run of its own"])
    }

    static func tooManyExpansions(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "functions that look at other steps or members call each other too often to be computed",
            at: Label(place), help: ["give what is used twice a name with `let` outside the functions"])
    }

    static func tooDeep(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "expressions, functions and the names in them lie too deep within each other to be computed",
            at: Label(place), help: ["give an inner part a name with `let` outside the functions"])
    }

    static func noHorizon(_ what: String, at place: Location) -> Diagnostic {
        let message =
            what.hasPrefix("`") || what.hasPrefix("a ") || what.hasPrefix("reading")
            ? "\(what) needs a horizon" : "\(what) this script has no horizon"
        return Diagnostic(
            .noHorizon, message, at: Label(place),
            help: [
                "declare the years at the top: `horizon 2024..2030`",
                "a series can be read at a time that it covers: `x[2024]`",
            ])
    }

    static func invalidHorizon(_ message: String, at place: Location) -> Diagnostic {
        Diagnostic(.invalidHorizon, message, at: Label(place), help: ["for example `horizon 2024..2030 by quarter`"])
    }

    static func needsWholeSeries(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .needsWholeSeries,
            "`\(name)` looks at other steps, samples or members of what it is given, so it can only be called by name, and not by itself",
            at: Label(place), help: ["write the call where the values are, or give it a list: `values(x over index)`"])
    }

    static func needsWholeValue(at place: Location) -> Diagnostic {
        Diagnostic(
            .needsWholeSeries, "this rests on a single value, and here all steps or samples of it are wanted",
            at: Label(place), help: ["give it a name with `let` outside the function"])
    }

    static func stepNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .invalidHorizon, "behind `every` stands a length of time that is written out", at: Label(place),
            help: ["write `every month`, `every quarter` or, for example, `every 2 yr`"])
    }

    static func wholeInLoop(at place: Location) -> Diagnostic {
        Diagnostic(
            .circularDefinition, "this needs all steps or samples of a value that rests on the result",
            at: Label(place),
            help: ["`previous` and `cumulative` look back without needing what is to come"])
    }

    static func nothingToReduce(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .nothingToReduce, "there is no index here for `\(name)` to reduce", at: Label(place),
            help: [
                "over time: `total(x)`, `mean(x over time)`; over samples: `expected(x)`",
                "`\(name)` works on lists too: `\(name)([1, 2, 3])`",
            ])
    }

    static func nothingOverIndex(_ name: String, _ index: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .nothingToReduce, "this does not vary over `\(index)`, so there is nothing for `\(name)` to reduce",
            at: Label(place))
    }

    static func countedForEach(
        _ word: String, _ name: String, _ index: String, other: String, at place: Location
    ) -> Diagnostic {
        Diagnostic(
            .nothingToReduce,
            "`\(name)` does not vary over `\(index)`, and `\(word)` would count it once for each member",
            at: Label(place),
            help: ["reduce what each has by itself: `\(name) + sum(\(other))`"])
    }

    static func notOverIndex(_ member: String, index: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .indexMismatch, "this does not vary over `\(index)`, so `\(member)` picks nothing", at: Label(place),
            help: ["leave the pick out: the value is the same for every member"])
    }

    static func pickedTwice(_ index: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .indexMismatch, "a value is picked at one member of `\(index)`", at: Label(place, "this is a second one"))
    }

    static func conditionOverTime(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`where` filters members of an index, not steps", at: Label(place),
            help: ["choose steps by a range: `mean(x[2025..2030] over time)`"])
    }

    static func outsideHorizon(at place: Location, _ message: String) -> Diagnostic {
        Diagnostic(.outsideHorizon, message, at: Label(place))
    }

    static func outsideSeries(_ message: String, _ help: [String], at place: Location) -> Diagnostic {
        Diagnostic(.outsideSeries, message, at: Label(place), help: help)
    }

    static func notASeries(_ function: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notASeries, "`\(function)` needs a series, which is known at points in time; this is a formula",
            at: Label(place),
            help: [
                "a series is a literal like `[2022: 282.6M, 2023: 309.4M] phone/yr`, a column of `data`, a name of one, or one times what is the same at all times",
                "a range in such a product has a name of its own: `assume factor = 0.9 to 1.1`",
            ])
    }

    static func extensionMissing(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "this does not say how the series goes on", at: Label(place),
            help: ["hold its first and last value: `hold: true`", "go on along its last three years: `trend: 3 yr`"])
    }

    static func extensionNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "how a series goes on must be written out, and a trend takes a span above 0",
            at: Label(place),
            help: ["for example `hold: true`, or `trend: 3 yr`"])
    }

    static func trendTooLong(covers: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .outsideSeries, "the trend reaches back before the series begins: it covers \(covers)", at: Label(place),
            help: ["a trend goes through the last value and the one so long before"])
    }

    static func timeNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "this time must be written out", at: Label(place), help: ["for example `2026` or `2026Q2`"])
    }

    static func spanNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "how far `previous` goes back must be written out, and at least one step", at: Label(place),
            help: ["for example `previous(x, 3 yr, else: 0)`"])
    }

    static func spanBetweenSteps(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "this is not a whole number of steps, so there is no such step to look back to",
            at: Label(place),
            help: ["go back by whole steps, or choose a shorter step: `horizon 2024..2030 by quarter`"])
    }

    static func windowNotConstant(at place: Location) -> Diagnostic {
        Diagnostic(
            .invalidHorizon, "when a policy holds must be written out", at: Label(place),
            help: ["write `from 2026 until 2028 over 2 yr`"])
    }

    static func windowReversed(
        _ what: String, from: String, until: String, at place: Location, first: Location
    ) -> Diagnostic {
        Diagnostic(
            .invalidHorizon, "\(what) ends before it begins: it holds from \(from) until \(until)",
            at: Label(place, "the end"), also: [Label(first, "the beginning")],
            help: ["the earlier one comes first: `from \(until) until \(from)`"])
    }

    static func banWithinStep(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "a ban begins and ends with a step, and has no ramp", at: Label(place),
            help: ["let its window begin and end with steps, or use `cost` or `capacity` for what comes by degrees"])
    }

    static func patchConflict(
        _ path: String, _ first: String, _ second: String, at place: Location, first other: Location, scenario: String
    ) -> Diagnostic {
        Diagnostic(
            .patchConflict,
            "`\(first)` and `\(second)` both patch `\(path)` at the same time, and their order matters, in scenario `\(scenario)`",
            at: Label(place), also: [Label(other, "the other patch")],
            help: ["say which comes after the other: `policy \(second) after \(first)`"])
    }

    static func overlappingKeys(at place: Location, other: Location) -> Diagnostic {
        Diagnostic(
            .mixedKeys, "two keys of this series cover the same time", at: Label(place, "this key"),
            also: [Label(other, "and this one")])
    }

    static func meanOrLevel(at place: Location, _ time: String, last: String) -> Diagnostic {
        Diagnostic(
            .meanOrLevel, "\(time) has several steps: is the mean over them wanted, or the last?", at: Label(place),
            help: ["for the mean write `mean(x[\(time)..\(time)] over time)`, for the last name its step: `\(last)`"])
    }

    static func gapOfNoNumbers(at place: Location, next: Location) -> Diagnostic {
        Diagnostic(
            .outsideSeries, "between these two points the series has no value, as only numbers lie on a line",
            at: Label(place, "from here"), also: [Label(next, "to here")],
            help: ["let a key reach as far as its value holds: `[2024..2025: ..., 2026: ...]`"])
    }

    static func pointsInStep(at place: Location, _ step: String) -> Diagnostic {
        Diagnostic(
            .meanOrLevel, "\(step) has several points of this series, and only numbers have a mean", at: Label(place),
            help: ["write a key for each step, or let the horizon go by shorter ones"])
    }

    /// A condition, a text, a time or a list, read at a period of several steps.
    static func severalSteps(at place: Location, _ time: String, last: String) -> Diagnostic {
        Diagnostic(
            .meanOrLevel, "\(time) has several steps, and only a number has a mean over them", at: Label(place),
            help: ["name the step that is meant, such as the last: `\(last)`"])
    }

    static func partOfStep(at place: Location, _ time: String, step: String) -> Diagnostic {
        Diagnostic(
            .meanOrLevel, "\(time) has a part of the step \(step) alone, of which there is no figure", at: Label(place),
            help: ["name the step that is meant, or let steps divide the period, as those of a horizon `by month` do"])
    }

    static func twoTimes(at place: Location) -> Diagnostic {
        Diagnostic(.wrongArgument, "a value is read at one time", at: Label(place, "this is a second one"))
    }

    static func rangeOutsideReduction(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "a range of time has many values: say what to do with them", at: Label(place),
            help: ["write `total(x[2025..2030])` or `mean(x[2025..2030] over time)`"])
    }

    static func uncertainShare(at place: Location) -> Diagnostic {
        Diagnostic(.uncertainHere, "the share of a quantile must be certain", at: Label(place))
    }
}
