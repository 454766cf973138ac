import ReuseSyntax

/// What is said of indexes that share members: R0412, and its neighbours.
extension Diagnostic {
    /// `index a like b` and `index b like a`.
    static func likeInACircle(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .circularDefinition, "`\(name)` is like an index that has no members of its own", at: Label(place),
            help: ["give one of them its members: `index country = China, Poland`"])
    }

    /// `x[China]`, where two of its indexes have that member. The picks are whole, to choose from.
    public static func ambiguousPick(
        _ member: String, _ indexes: [String], picks: [String], at place: Location, declared: [Location]
    ) -> Diagnostic {
        Diagnostic(
            .ambiguousMember, "`\(member)` is a member of \(joined(indexes, "and of")): which is meant?",
            at: Label(place),
            also: labels(declared, indexes),
            help: ["write " + picks.map { $0.quoted }.joined(separator: " or ")])
    }

    /// A literal whose keys are all members of several indexes.
    static func ambiguousLiteral(
        _ indexes: [String], declaration: String?, at place: Location, indexes declared: [Location]
    ) -> Diagnostic {
        let known = declaration ?? "let x"
        return Diagnostic(
            .ambiguousMember, "these keys are the members of \(joined(indexes, "and of"))", at: Label(place),
            also: labels(declared, indexes),
            help: [
                (declaration == nil ? "say which in a value of its own: " : "say which: ")
                    + indexes.prefix(2).map { "\(known) over \($0) = [...]".quoted }.joined(separator: " or ")
            ])
    }

    /// A literal inside one over an index that it may be over itself.
    static func levelsAlike(
        _ indexes: [String], declaration: String?, at place: Location, outer: Location
    ) -> Diagnostic {
        guard indexes.count > 1 else {
            return Diagnostic(
                .ambiguousMember, "both levels of this literal are over `\(indexes.first ?? "")`",
                at: Label(place, "this level"), also: [Label(outer, "inside this one")],
                help: [
                    "a second role of the same members is an index of its own: "
                        + "`index partner like \(indexes.first ?? "country")`"
                ])
        }
        let pair = indexes.prefix(2).joined(separator: ", ")
        return Diagnostic(
            .ambiguousMember, "the levels of this literal cannot be told apart: both fit \(joined(indexes, "and"))",
            at: Label(place, "this level"), also: [Label(outer, "inside this one")],
            help: [
                declaration == nil
                    ? "say which is which, from the outside in, in a value of its own: `let x over \(pair) = [...]`"
                    : "say which is which, from the outside in: `\(declaration ?? "let x") over \(pair) = [...]`"
            ])
    }

    /// `over a, b` before a literal of one level.
    static func levelsMissing(_ indexes: [String], found: Int, at place: Location) -> Diagnostic {
        let levels = found == 0 ? "no level" : found == 1 ? "one level" : "\(found) levels"
        return Diagnostic(
            .indexMismatch,
            "`over` names \(indexes.map { $0.quoted }.joined(separator: ", ")), and the value has \(levels) of a literal over them",
            at: Label(place),
            help: ["behind `over` stands one index for each level of a literal, from the outside in"])
    }

    /// An index that is named twice, in picks or behind `over`.
    static func indexTwice(_ index: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .indexMismatch, "`\(index)` is named twice", at: Label(place, "again here"),
            also: [Label(first, "first here")])
    }

    /// `members` are those that there are, in their order.
    static func notAMember(_ name: String, of index: String, at place: Location, members: [String]) -> Diagnostic {
        let near = nearest(to: name.filter { $0 != "`" }, among: members)
        let some = members.prefix(10).map { $0.quoted }.joined(separator: ", ")
        return Diagnostic(
            .unknownMember, "\(name) is no member of the index `\(index)`", at: Label(place),
            help: near.map { suggestion($0) }
                ?? [members.count > 10 ? "its members begin with \(some)" : "its members are \(some)"])
    }

    static func notLike(_ index: String, _ base: String, at place: Location, declared: Location) -> Diagnostic {
        Diagnostic(
            .unitsDisagree, "the index `\(index)` has other members than `\(base)`", at: Label(place, "like this one"),
            also: [Label(declared, "it is declared here")],
            help: ["declare it so: `index \(index) like \(base)`, or leave `like` out"])
    }

    static func timeByName(_ time: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongArgument, "`time` is no index: a time is picked by itself", at: Label(place),
            help: ["write `x[\(time)]`, also beside members: `x[country: China, \(time)]`"])
    }

    static func membershipOfValue(at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "`in` asks for members of an index, and this is none", at: Label(place),
            help: ["write `partner in [A, B]`; of values `x == 1 or x == 2`"])
    }

    static func indexOrder(_ index: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notComparable, "members of `\(index)` have no order; they can be compared by `==` and `!=` only",
            at: Label(place))
    }

    static func nothingInCommon(_ left: String, _ right: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .notComparable, "`\(left)` and `\(right)` have no member in common", at: Label(place),
            help: ["a comparison of two indexes asks whether both stand at a member of one name"])
    }

    private static func joined(_ indexes: [String], _ word: String) -> String {
        indexes.prefix(3).map { $0.quoted }.joined(separator: " \(word) ")
    }

    private static func labels(_ places: [Location], _ indexes: [String]) -> [Label] {
        zip(places, indexes).map { Label($0, "`\($1)`") }
    }
}
