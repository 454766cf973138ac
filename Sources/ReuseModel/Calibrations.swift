import ReuseSyntax

/// A `calibrate` command: inputs that are fitted so that an expression meets data.
public struct Calibrating: Sendable {
    public var node: NodeID
    public var module: Int32
    public var inputs: [(declaration: DeclarationID, path: NodeID)]
    public var expression: NodeID
    public var data: NodeID
}

extension PolicyCollector {
    mutating func collectCalibrations() {
        var seen: [DeclarationID: NodeID] = [:]
        for command in model.commands where command.kind == .calibrate {
            let tree = model.tree(command.module)
            let statement = tree.calibrate(command.node)
            var result = Calibrating(
                node: command.node, module: command.module, inputs: [], expression: statement.value,
                data: statement.data)
            var isWhole = true
            for path in statement.paths {
                let targets = targets(path, in: command.module)
                guard targets.count == 1, let target = targets.first else {
                    isWhole = false
                    continue
                }
                if let first = seen[target] {
                    report(
                        .calibratedTwice(
                            model.name(target), at: model.location(path, in: command.module),
                            first: model.location(first, in: command.module)))
                    isWhole = false
                }
                seen[target] = path
                result.inputs.append((target, path))
            }
            guard isWhole else { continue }
            if model.horizon == nil {
                report(.calibrationWithoutHorizon(at: model.location(command.node, in: command.module)))
            }
            model.isPatched.formUnion(result.inputs.map { $0.declaration })
            model.calibrations.append(result)
        }
    }
}

extension TypeChecker {
    mutating func inferCalibration(_ command: Command) {
        guard let parts = model.calibrations.first(where: { $0.node == command.node && $0.module == command.module })
        else { return }
        let type = infer(parts.expression)
        _ = requireNumber(type, at: parts.expression, for: "`calibrate`")
        let data = infer(parts.data, expecting: type)
        require(
            data, toBe: type, at: parts.data, because: model.location(parts.expression, in: module),
            as: "what is fitted to them is")
    }
}

extension Diagnostic {
    static func calibratedTwice(_ name: String, at place: Location, first: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "`\(name)` is calibrated twice", at: Label(place, "again here"),
            also: [Label(first, "first here")])
    }

    static func calibrationWithoutHorizon(at place: Location) -> Diagnostic {
        Diagnostic(
            .noHorizon, "`calibrate` compares values over time, and this script has no horizon", at: Label(place),
            help: ["declare the years at the top, those of the data among them: `horizon 2018..2030`"])
    }
}
