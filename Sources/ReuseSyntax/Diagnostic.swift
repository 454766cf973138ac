/// What the user is told when something is wrong: one shape for every stage.
public struct Diagnostic: Sendable {
    public enum Severity: UInt8, Sendable { case error, warning }

    /// A span with a few words beside it.
    public struct Label: Sendable {
        public var location: Location
        public var text: String

        public init(_ location: Location, _ text: String = "") {
            self.location = location
            self.text = text
        }
    }

    public var kind: DiagnosticKind
    public var severity: Severity
    /// One line, in the user's words, no capital at the start, no full stop at the end.
    public var message: String
    /// The place it is about; nil only where there is no text (a missing file).
    public var primary: Label?
    /// Further places, such as the other side of a disagreement.
    public var secondary: [Label]
    /// What to write instead; each is printed as a line of its own.
    public var help: [String]

    public init(
        _ kind: DiagnosticKind, severity: Severity = .error, _ message: String, at primary: Label?,
        also secondary: [Label] = [], help: [String] = []
    ) {
        self.kind = kind
        self.severity = severity
        self.message = message
        self.primary = primary
        self.secondary = secondary
        self.help = help
    }
}

extension Diagnostic {
    /// Whether another one says the same of the same places.
    public func says(theSameAs other: Diagnostic) -> Bool {
        kind == other.kind && message == other.message && primary?.location == other.primary?.location
            && secondary.elementsEqual(other.secondary) { $0.location == $1.location }
    }

    /// How many warnings of one kind are shown, each for itself.
    private static let mostOfAKind = 3

    /// Of more than three warnings of one kind the first, with how many more there are, and `hint`, which says how to see them.
    public static func grouped(_ diagnostics: [Diagnostic], hint: String? = nil) -> [Diagnostic] {
        var counts: [DiagnosticKind: Int] = [:]
        for diagnostic in diagnostics where diagnostic.severity == .warning { counts[diagnostic.kind, default: 0] += 1 }
        var result: [Diagnostic] = []
        for var diagnostic in diagnostics {
            if diagnostic.severity == .warning, let count = counts[diagnostic.kind], count > mostOfAKind || count == 0 {
                // The first has taken the others along.
                if count == 0 { continue }
                counts[diagnostic.kind] = 0
                diagnostic.message += ", and \(count - 1) more like it"
                if let hint { diagnostic.help.append(hint) }
            }
            result.append(diagnostic)
        }
        return result
    }
}
