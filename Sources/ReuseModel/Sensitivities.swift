import ReuseSyntax

/// How `sensitivity` finds out what drives a value. The first is taken where none is named.
public enum SensitivityMethod: String, CaseIterable, Sendable {
    case rank, tornado, sobol, morris, shapley
}
