import ReuseSyntax

/// What is wrong with a script, as far as it was looked at, and what it lacks for that reason.
struct Problems {
    private(set) var diagnostics: [Diagnostic] = []
    var hasSyntaxErrors = false
    /// The base of an `extend` could not be read: what names stand for cannot be known.
    var lacksBase = false
    /// A table could not be read, or a column of it: a name may be one of its labels.
    var lacksTable = false
    /// Names that a `use` was to bring and did not: reported once, not at every place that reads them.
    var unavailable: Set<Symbol> = []
    /// How many more times all names are looked through for one that may have been meant.
    private(set) var suggestionBudget = 30

    mutating func report(_ diagnostic: Diagnostic) {
        if lacksTable, diagnostic.kind == .unknownMember { return }
        if diagnostics.count < Limits.checkProblems { diagnostics.append(diagnostic) }
    }

    mutating func report(_ diagnostics: [Diagnostic]) { for diagnostic in diagnostics { report(diagnostic) } }

    /// Adds those of a text that was parsed, which are few.
    mutating func add(_ parsed: [Diagnostic]) { diagnostics += parsed }

    /// Whether all names may be looked through once more.
    mutating func takeSuggestion() -> Bool {
        guard suggestionBudget > 0 else { return false }
        suggestionBudget -= 1
        return true
    }

    /// All in order of place.
    var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { a, b in
            let keyA =
                a.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            let keyB =
                b.element.primary.map { (Int($0.location.source.rawValue), Int($0.location.span.start)) } ?? (-1, 0)
            return keyA == keyB ? a.offset < b.offset : keyA < keyB
        }.map { $0.element }
    }
}
