import ReuseCore
import ReuseModel
import ReuseSyntax

/// The last question of lowering: whether each value has its code, or it was said why not.
extension Lowering {
    /// Reports a value that has no code where nothing else was said. Else it would be shown as nothing, or as no number.
    mutating func reportUnsaidFailures(_ requests: [QueryRequest]) {
        guard diagnostics.isEmpty, !watch.hasStopped else { return }
        for entry in program.schedule {
            for number in entry.definitions {
                guard case .invalid = program.definitions[number].kind else { continue }
                _ = report(.noWayToCompute(at: location(program.definitions[number].origin.place)))
                return
            }
        }
        for (request, query) in zip(requests, program.queries) {
            let isMissing = query.points.isEmpty ? query.definition < 0 : query.points.contains { $0.definition < 0 }
            guard isMissing, let place = place(of: request) else { continue }
            _ = report(.noWayToCompute(at: place))
            return
        }
    }

    /// Where what is asked for stands; nil for a declaration, which has no value where nothing names it.
    private func place(of request: QueryRequest) -> Location? {
        switch request {
        case .expression(let module, let node, _, _), .periods(let module, let node, _, _),
            .points(let module, let node):
            location(model.place(node, in: module))
        case .declaration: nil
        }
    }
}

extension Diagnostic {
    static func noWayToCompute(at place: Location) -> Diagnostic {
        Diagnostic(
            .notAvailable, "this version finds no way to compute this", at: Label(place),
            help: ["give its parts names with `let`: that tells which of them it is"])
    }
}
