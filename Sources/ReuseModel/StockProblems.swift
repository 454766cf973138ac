import ReuseSyntax

/// What is said of stocks that are not whole, and of lifetimes (R0222).
extension Diagnostic {
    static func unknownChoice(_ label: String, _ choices: [String], at place: Location) -> Diagnostic {
        Diagnostic(
            .stockField,
            "`\(label)` is one of " + choices.map { "`\($0)`" }.joined(separator: ", "), at: Label(place),
            help: ["write `\(label): \(choices[min(1, choices.count - 1)])`, or leave it out for the usual"])
    }

    static func inflowAndLevel(_ name: String, at place: Location, other: Location) -> Diagnostic {
        Diagnostic(
            .stockField, "`\(name)` has both an inflow and a level, and one follows from the other", at: Label(place),
            also: [Label(other, "what flows in is given here")],
            help: ["leave one of them out; with `level` what must flow in is read as `\(name).inflow`"])
    }

    static func needsLifetime(_ what: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .stockField, "`\(what)` means something where goods have a lifetime, and this stock has none",
            at: Label(place), help: ["add `lifetime: weibull_life(shape: 2, scale: 4 yr)`"])
    }

    static func ageWithoutInitial(at place: Location) -> Diagnostic {
        Diagnostic(
            .stockField, "the age of what there is at the start needs an `initial` stock", at: Label(place),
            help: ["add `initial: 10M phone`"])
    }

    static func notALifetime(at place: Location) -> Diagnostic {
        Diagnostic(
            .stockField, "this is no lifetime", at: Label(place),
            help: [
                "write " + LifetimeForm.allCases.map { "`\($0.signature)`" }.joined(separator: ", ")
                    + ", or the name of a `let` that is one",
                "what changes with the year of entry goes inside: `fixed_life([..2025: 3 yr, 2026..: 4 yr])`",
            ])
    }

    static func notAnAge(at place: Location) -> Diagnostic {
        Diagnostic(.stockField, "an age is one duration", at: Label(place), help: ["write `1 yr: 96%`"])
    }

    static func wrongLifetime(_ builtin: Builtin, at place: Location) -> Diagnostic {
        let forms = LifetimeForm.allCases.filter { $0.builtin == builtin }
        return Diagnostic(
            .stockField, "`\(builtin.rawValue)` does not take this", at: Label(place),
            help: ["write " + forms.map { "`\($0.signature)`" }.joined(separator: " or ")])
    }

    static func agedOutsideInflow(at place: Location) -> Diagnostic {
        Diagnostic(
            .stockField,
            "`aged` says how old goods are when they enter a stock: it stands behind a term of an `inflow`",
            at: Label(place), help: ["write `inflow: new_sales + (imports aged 2 yr)`"])
    }

    static func initialNotPatched(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "`\(path)` holds at the start alone, and a patch changes what holds over time",
            at: Label(place),
            help: ["patch `inflow`, `outflow` or `level`, or set it for a run: `--set \(path)=...`"])
    }
}
