import ReuseSyntax

/// What is wrong with an expression, and is said where it is needed.
extension Diagnostic {
    static func timeOutOfRange(at place: Location) -> Diagnostic {
        Diagnostic(.outsideHorizon, "a year lies between 0 and 9999", at: Label(place))
    }

    static func notForText(at place: Location) -> Diagnostic {
        Diagnostic(.typeMismatch, "a list, record or function does not go into a text", at: Label(place))
    }

    static func builtinAsValue(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "`\(name)` cannot be handed on as a value", at: Label(place),
            help: ["wrap it: `fn(x) = \(name)(x)`"])
    }
}
