import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

extension Diagnostic {
    /// Why a method cannot be fitted.
    static func projectionWords(
        _ method: ProjectionMethod, _ problem: FitProblem, _ written: String, _ model: Model
    ) -> (DiagnosticKind, String, [String]) {
        func listed(_ words: [String]) -> String {
            words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + (words.last ?? "")
        }
        func names(_ parameters: [ProjectionParameter]) -> String { listed(parameters.map { "`\($0.label)`" }) }
        let label = "`\(method.label)`"
        switch problem {
        case .tooFewPoints(let needed, let present):
            let what =
                method.isSmoothing
                ? "\(label) takes \(needed) points, two of them to begin with, and the data have \(present)"
                : "\(label) has \(needed) parameter\(needed == 1 ? "" : "s") to fit and the data \(present) point\(present == 1 ? "" : "s")"
            return (
                .cannotProject, what,
                [
                    "give what is known from elsewhere, as in `\(method.example)`, or take a method with fewer parameters"
                ]
            )
        case .outsideDomain:
            return (
                .cannotProject, "\(label) fits data above 0, and this is not",
                [listed(ProjectionMethod.calls { !$0.isPositive }) + " take any data"]
            )
        case .unequalSteps:
            return (
                .cannotProject, "\(label) goes from datum to datum, and these are not equally far apart",
                ["a curve such as `linear()` or `logistic()` takes data at any distance"]
            )
        case .invalidParameter(let parameter):
            return (.cannotProject, "\(label) cannot have this `\(parameter.label)`", [domain(parameter, method)])
        case .notIdentified(let parameters):
            return (
                .cannotProject,
                "the data do not tell \(names(parameters)) of \(label): quite different values fit them alike",
                [
                    "give \(parameters.count > 1 ? "one of them" : "it"), as in `\(method.label)(\(parameters.first.map { $0.label } ?? ""): ...)`, or take a method with fewer parameters"
                ]
            )
        case .onlyRises:
            return (
                .cannotProject, "\(label) only rises, and the data fall",
                ["write `logistic()` or `richards()`, whose curves fall where the data do, or `compound()`"]
            )
        case .notConverged(let starts, let steps):
            let tried = starts > 0 ? ": \(steps) steps from \(starts) starts came to no rest" : ""
            return (
                .cannotProject, "no parameters of \(label) were found that fit the data best\(tried)",
                ["give what is known from elsewhere, as in `\(method.example)`, or take another method"]
            )
        case .noFreedom(let count):
            return (
                .cannotProject,
                "\(label) meets its \(count) point\(count == 1 ? "" : "s") exactly, which says nothing of how uncertain it is",
                ["one point more leaves something to judge by; leave standard errors and `.fit.sd` unread"]
            )
        case .heldOut(let needed, let left):
            return (
                .cannotProject,
                "the holdout leaves \(left) point\(left == 1 ? "" : "s") to fit, and \(label) takes \(needed)",
                ["hold out less, or leave `holdout` away: then each point is foretold from those before it"]
            )
        case .holdoutNotPositive:
            return (
                .cannotProject, "the holdout must be above 0",
                ["it is how long before the end of the data a fit may not see, as in `holdout: 2 yr`"]
            )
        case .noRelativeError:
            return (
                .cannotProject, "a datum of 0 has no relative error, so `.backtest.mape` has no value",
                ["read `.backtest.rmse`, which has one"]
            )
        case .noBacktest(let present):
            return (
                .cannotProject,
                "\(present) point\(present == 1 ? "" : "s") are too few to foretell some from the others",
                ["leave `.backtest` unread, or take a method with fewer parameters"]
            )
        case .noChoice:
            return (
                .cannotProject, "none of the methods could be tested on the data, so none can be chosen",
                ["read the backtest of one to see why, as in `.backtest.\(method.label).rmse`"]
            )
        case .beforeData(let start, let asked):
            return (
                .outsideSeries,
                "a projection begins with its data, \(TimePoint.beginning(at: start)) here, and has no value before"
                    + (asked.map { ", in \($0.text)" } ?? ""),
                ["it goes on from its data, and not back: let the horizon begin with them"]
            )
        case .noHorizon:
            return (
                .noHorizon, "a projection over time needs a horizon",
                ["write `horizon 2024..2030` at the top, or read it at a time: `[2027]`"]
            )
        case .cancelled: return (.cancelled, "the run was stopped", [])
        }
    }

    private static func domain(_ parameter: ProjectionParameter, _ method: ProjectionMethod) -> String {
        switch parameter {
        case .alpha, .beta, .phi: "it lies between 0 and 1"
        case .imitation: "it is 0 or more"
        case .rate where method == .compound: "it is above -100%/yr"
        default: "it is above 0"
        }
    }
}

extension Model {
    /// What stands for the formula of a projection's value.
    func projectionText(_ id: DeclarationID) -> String {
        guard let (projection, _) = projection(of: id) else { return "" }
        return text(projection.methodNode, in: projection.module) + " of the data"
    }
}
