import ReuseSyntax

/// What is said of names, modules and sources (R02, R06, R07, R08, R09).
extension Diagnostic {
    static func suggestion(_ nearest: String?) -> [String] {
        nearest.map { ["did you mean `\($0)`?"] } ?? []
    }

    static func unknownName(_ name: String, at place: Location, nearest: String?, hint: String?) -> Diagnostic {
        var help = suggestion(nearest)
        if let hint { help.append(hint) }
        return Diagnostic(.unknownName, "there is nothing called `\(name)`", at: Label(place), help: help)
    }

    static func unknownInterpolation(_ word: String, at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownName, "there is no interpolation called `\(word)`", at: Label(place),
            help: suggestion(nearest) + ["gaps are bridged `linear`, `log_linear`, `monotone` or by a `spline`"])
    }

    static func unknownUnit(_ name: String, at place: Location, nearest: String?) -> Diagnostic {
        let help: String
        if let suffix = suffix(of: name) {
            help = "a suffix says how many, against its number: `5\(suffix)`"
        } else if ["percent", "percents", "pct"].contains(name.lowercased()) {
            help = "a share is written `5%`"
        } else if let nearest {
            help = "did you mean `\(nearest)`?"
        } else if name.utf8.count == 3, name.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) {
            help = "declare it, with its rate: `unit \(name) = 1.1 USD`, or alone: `unit \(name)`"
        } else {
            help = "declare it: `unit \(name)`"
        }
        return Diagnostic(.unknownName, "there is no unit called `\(name)`", at: Label(place), help: [help])
    }

    /// The suffix of a number that a word stands for, such as `million`.
    private static func suffix(of word: String) -> String? {
        switch word {
        case "k", "thousand", "thousands": "k"
        case "M", "million", "millions", "mn", "mio": "M"
        case "B", "billion", "billions", "bn": "B"
        default: nil
        }
    }

    static func unknownModule(_ name: String, at place: Location, nearest: String?, all: [String]) -> Diagnostic {
        Diagnostic(
            .unknownModule, "there is no library called `\(name)`", at: Label(place),
            help: suggestion(nearest) + [
                "the libraries are " + all.map { "`\($0)`" }.joined(separator: ", "),
                "a file of your own is used as `use \"\(name).reuse\" as \(name)`",
            ])
    }

    static func unknownExport(_ name: String, module: String, at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownExport, "`\(module)` has nothing called `\(name)`", at: Label(place), help: suggestion(nearest))
    }

    static func unknownBuiltin(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notInLibraryFile, "`extern fn` stands in the standard library alone; `\(name)` has no body here",
            at: Label(place), help: ["write `fn \(name)(...) = ...`"])
    }

    static func redefined(_ what: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .redefinedName, "\(what) is there already", at: Label(place, "again here"),
            also: [Label(first, "first here")], help: ["give one of them another name"])
    }

    static func redefinedRoute(_ path: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .redefinedName, "the route `\(path)` is there already", at: Label(place, "again here"),
            also: [Label(first, "first here")], help: ["take it out of one of them"])
    }

    static func redefinedUnit(_ name: String, at place: Location, first: Location, isBuiltIn: Bool) -> Diagnostic {
        Diagnostic(
            .redefinedUnit, "the unit `\(name)` is there already", at: Label(place, "again here"),
            also: [Label(first, isBuiltIn ? "built in" : "first here")],
            help: ["give this one another name: numbers written in `\(name)` must mean one thing"])
    }

    static func unitName(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .unitName, "a unit cannot have a name of one letter", at: Label(place),
            help: ["single capital letters stand for dimensions in the signatures of functions; write the name out"])
    }

    static func unitsDisagree(_ kind: String, _ name: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .unitsDisagree, "the \(kind) `\(name)` is declared in two ways", at: Label(place, "this way here"),
            also: [Label(first, "another way here")],
            help: ["files that are used together must declare it alike"])
    }

    static func importCycle(_ names: [String], at place: Location) -> Diagnostic {
        Diagnostic(
            .importCycle, "these files use each other in a circle: " + names.joined(separator: " -> "),
            at: Label(place),
            help: ["move what both need into a third file"])
    }

    static func missingFile(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .missingFile, "there is no file `\(path)`", at: Label(place),
            help: ["paths are relative to the folder of the file that names them"])
    }

    static func unreadableFile(_ path: String, reason: String, at place: Location) -> Diagnostic {
        Diagnostic(.unreadableFile, "`\(path)` cannot be read: \(reason)", at: Label(place))
    }

    static func filesClosed(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .filesClosed, "this script may not read files, so `\(path)` stays closed", at: Label(place),
            help: ["the program that runs the script decides which files it may read"])
    }

    static func fileOutside(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .filesClosed, "`\(path)` lies outside the folder of the script, so it stays closed", at: Label(place),
            help: ["open its folder by `--allow-read FOLDER`, or put the file below the script"])
    }

    static func notInLibraryFile(at place: Location) -> Diagnostic {
        Diagnostic(
            .notInLibraryFile, "a file that is used by another holds declarations only", at: Label(place),
            help: [
                "it may hold `fn`, `let`, `assume`, `unit`, `index`, `source` and `data`; move the rest to the script"
            ])
    }

    static func circular(
        _ names: [String], at place: Location, others: [Location], readsOtherSteps: Bool, stock: String? = nil,
        holdsUnit: Bool
    ) -> Diagnostic {
        // A long circle is named by its ends.
        let shown = names.count > 12 ? Array(names.prefix(6)) + ["..."] + Array(names.suffix(3)) : names
        let path = shown.map { $0 == "..." ? $0 : $0.quoted }.joined(separator: " -> ")
        let message =
            names.count == 2 ? "\(names[0].quoted) is defined by itself" : "these are defined by each other: \(path)"
        let first = names.count > 1 ? names[1] : names[0]
        var help = ["to read the step before, write `previous(\(first), else: ...)`"]
        if let stock {
            help = ["what `\(stock)` holds at the start of the step is `\(stock).opening`, which needs nothing of it"]
        }
        if holdsUnit { help = ["a unit is made of numbers and other units, such as `unit carton = 20 phone`"] }
        if readsOtherSteps { help = ["a value that is read at other steps cannot rest on the result"] + help }
        return Diagnostic(
            .circularDefinition, message, at: Label(place, "this needs \(first.quoted)"),
            also: others.enumerated().map { position, other in
                let next = position + 2
                return Label(
                    other, next < names.count - 1 ? "this needs \(names[next].quoted)" : "and this closes the circle")
            }, help: help)
    }

    static func unknownMember(_ name: String, at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownMember, "no index has a member called `\(name)`", at: Label(place),
            help: suggestion(nearest) + (nearest == nil ? ["declare it: `index kind = \(name), ...`"] : []))
    }

    static func missingMembers(_ names: [String], index: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .indexMismatch,
            "\(names.map { $0.quoted }.joined(separator: ", ")) of the index `\(index)` \(names.count == 1 ? "has" : "have") no value here",
            at: Label(place), help: ["give every member of `\(index)` a value"])
    }

    static func memberAsValue(_ name: String, index: String, at place: Location, isKey: Bool) -> Diagnostic {
        Diagnostic(
            .unknownName,
            "`\(name)` is a member of the index `\(index)`, not \(isKey ? "a place in a list" : "a value")",
            at: Label(place),
            help: [
                isKey
                    ? "what is picked from is given by member: `let x = [\(name): 3, ...]`"
                    : "pick with it: `x[\(name)]`"
            ])
    }

    static func notAValue(_ name: String, kind: Declaration.Kind, at place: Location) -> Diagnostic {
        let what: String
        var help: [String] = []
        switch kind {
        case .index:
            what = "an index"
            help = ["reduce over it: `sum(x over \(name))`"]
        case .market, .supply:
            what = kind == .market ? "a market" : "a supply"
            help = ["name a result of it: `\(name).\(kind == .market ? "price" : "collected")`"]
        case .cohorts:
            what = "how long goods last"
            help = ["give the lifetime a name to call it by: `let life = fixed_life(3 yr)`, `life(2 yr)`"]
        case .policy: what = "a policy"
        case .data:
            what = "a table"
            help = ["name a column of it: `\(name).value`"]
        case .fitting:
            what = "a set of results"
            help = ["name one of them: `\(name).\(name.hasSuffix("backtest") ? "rmse" : "r2")`"]
        case .source:
            what = "a source"
            help = ["cite it behind a value: `source \(name)`"]
        default:
            what = "a library"
            help = ["name something in it: `\(name).something`"]
        }
        return Diagnostic(.typeMismatch, "`\(name)` is \(what), not a value", at: Label(place), help: help)
    }

    static func wrongArgument(_ message: String, signature: String, at place: Location) -> Diagnostic {
        Diagnostic(.wrongArgument, message, at: Label(place), help: ["it is called as `\(signature)`"])
    }

    static func wrongArgumentCount(wanted: Int, got: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "this function takes \(wanted) value\(wanted == 1 ? "" : "s"), not \(got)", at: Label(place)
        )
    }

    static func wrongParameterCount(wanted: Int, got: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument,
            "a function of \(wanted) value\(wanted == 1 ? "" : "s") is wanted here, not of \(got)", at: Label(place))
    }

    static func namedToValue(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "a function that is a value takes its arguments by place", at: Label(place),
            help: ["leave the name out"])
    }

    static func noReductionHere(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`\(name)` takes no `where` or `over`", at: Label(place),
            help: ["`sum`, `mean`, `min`, `max` and `values` do"])
    }

    static func unknownField(_ field: String, of names: [String], at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownField, "there is no field `\(field)` here", at: Label(place),
            help: suggestion(nearest) + ["there is " + names.map { $0.quoted }.joined(separator: ", ")])
    }

    static func noFields(_ field: String, of kind: String, at place: Location, help: [String] = []) -> Diagnostic {
        kind == "anything"
            ? Diagnostic(
                .unknownField, "it is not known here what has the field `\(field)`", at: Label(place),
                help: ["say what the parameter is: `fn f(x: { \(field): USD }) = x.\(field)`"])
            : Diagnostic(
                .unknownField, "this is \(kind): it has no field `\(field)`", at: Label(place),
                help: kind.hasPrefix("a list") && ["length", "len", "size", "count"].contains(field)
                    ? ["write `length(x)`"] : help)
    }

    static func unknownSource(_ name: String, at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownSource, "there is no source called `\(name)`", at: Label(place),
            help: nearest.map { ["did you mean `\($0)`?"] } ?? [
                "declare it: `source \(name) { title: \"...\", year: 2024 }`"
            ])
    }

    static func mixedBases(
        _ a: String, _ basisA: String, _ b: String, _ basisB: String, verb: String, at place: Location, first: Location
    ) -> Diagnostic {
        Diagnostic(
            .mixedBases, "figures of two bases \(verb)",
            at: Label(place, "this is on the basis \"\(basisB)\" of `\(b)`"),
            also: [Label(first, "this is on the basis \"\(basisA)\" of `\(a)`")],
            help: [
                "keep the two apart: figures on different bases do not count the same things",
                "two series with a year in common can be joined: `rebase(old, onto: new, at: 2023)`",
            ])
    }

    static func unknownSetting(_ name: String, nearest: String?, inputs: [String]) -> Diagnostic {
        Diagnostic(
            .wrongSetting, "there is no input called `\(name)` to set", at: nil,
            help: suggestion(nearest)
                + (inputs.isEmpty
                    ? ["the script has no input"]
                    : ["the inputs are " + inputs.prefix(20).map { $0.quoted }.joined(separator: ", ")]))
    }

    static func emptySetting(_ name: String) -> Diagnostic {
        Diagnostic(.wrongSetting, "`\(name)` is set to nothing", at: nil, help: ["write `--set \(name)=VALUE`"])
    }

    static func wrongSetting(_ name: String, wanted: String, got: String, at place: Location) -> Diagnostic {
        Diagnostic(.wrongSetting, "`\(name)` is \(wanted), so it cannot be set to \(got)", at: Label(place))
    }

    static func unusedInput(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .unusedInput, severity: .warning, "nothing reads the input `\(name)`", at: Label(place),
            help: ["use it, or take it out"])
    }

    static func inputWithoutSource(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .inputWithoutSource, severity: .warning, "the input `\(name)` has no source", at: Label(place),
            help: ["cite one: `assume \(name) = ... source name, \"note\"`"])
    }

    static func notAvailable(_ word: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notAvailable, "`\(word)` is not available yet", at: Label(place),
            help: ["this version of Reuse reads it but does not run it"])
    }

    static func limit(_ message: String, at place: Location) -> Diagnostic {
        Diagnostic(.limitReached, message, at: Label(place))
    }

    static func tooManyCommands(_ most: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "a script can have at most \(most) commands, and this is one more", at: Label(place),
            help: ["one `show` takes many values, parted by commas; or split the script into several"])
    }
}

extension String {
    var quoted: String { "`\(self)`" }
}
