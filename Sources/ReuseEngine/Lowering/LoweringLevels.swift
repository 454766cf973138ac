import ReuseCore
import ReuseModel
import ReuseSyntax

/// How a value is read over a period longer than the step: as a flow, by its mean, or as a level, by its last step.
extension Lowering {
    /// What a function is given is read as what was written there.
    func reading(of expression: Expression) throws(LoweringFailure) -> PeriodReading {
        var written = expression
        var depth = 0
        while let next = bound(written), depth < Limits.expansionsDeep { (written, depth) = (next, depth + 1) }
        let reading = try numberReading(of: written, depth: 0)
        switch core.shape(of: written.id) {
        // What a function leaves open counts as a number.
        case .number, .variable, .unknown: return reading
        // Of conditions, texts, times and lists there is no mean.
        case .bool, .text, .time, .list, .record, .function:
            return reading == .mean || reading == .unclear ? .noNumber : reading
        }
    }

    /// What a parameter or a local `let` stands for.
    private func bound(_ expression: Expression) -> Expression? {
        guard case .local(let local) = core[expression.id] else { return nil }
        return bound(local, in: expression.scope)
    }

    private func bound(_ local: Local, in scope: BindingScope?) -> Expression? {
        switch scope?.find(local) {
        case .expression(let written): return written
        case .definition(let number): return argumentExpressions[number]
        case .operand: return nil
        case nil:
            let value = core.value(of: local)
            return value.isNone ? nil : Expression(id: value, scope: scope)
        }
    }

    private func numberReading(of expression: Expression, depth: Int) throws(LoweringFailure) -> PeriodReading {
        guard expansions.hasRoom(at: depth, of: Limits.expansionsDeep, place(expression.id)) else { throw .reported }
        if let written = bound(expression) { return try numberReading(of: written, depth: depth + 1) }
        switch core[expression.id] {
        // A member or a place of a list is read as the whole is, and so is what a scenario makes of it.
        case .under(_, let whole), .listOperation(.item, let whole, _):
            return try numberReading(of: Expression(id: whole, scope: expression.scope), depth: depth + 1)
        case .pick(let number):
            let base = core.picks[Int(number)].base
            return try numberReading(of: Expression(id: base, scope: expression.scope), depth: depth + 1)
        case .read(let target):
            let number = program.ofDeclaration[Int(target.rawValue)]
            if number >= 0, case .opening = program.definitions[number].kind { return .first }
            if number >= 0, program.definitions[number].isLevel { return .last }
            guard model[target].kind == .let else { return .mean }
            return mixes(value(of: target), depth: 0) ? .unclear : .mean
        case .overTime(.cumulative, _): return .last
        default: return mixes(expression, depth: 0) ? .unclear : .mean
        }
    }

    /// Whether an expression mixes in a level, or divides by what varies over time.
    private func mixes(_ expression: Expression, depth: Int) -> Bool {
        let scope = expression.scope
        return core.contains(expression.id) { operation in
            switch operation {
            case .read(let target):
                let number = program.ofDeclaration[Int(target.rawValue)]
                if number >= 0, program.definitions[number].isLevel { return true }
                return depth < 20 && model[target].kind == .let
                    && axesOfDeclaration[Int(target.rawValue)].contains(.time)
                    && mixes(value(of: target), depth: depth + 1)
            case .local(let local):
                guard depth < 20, let written = bound(local, in: scope) else { return false }
                return mixes(written, depth: depth + 1)
            case .chain(_, let steps):
                return core.steps(steps).contains { step in
                    guard step.operation == .divide, !step.isUnit,
                        let axes = try? axes(of: Expression(id: step.operand, scope: scope))
                    else { return false }
                    return axes.contains(.time)
                }
            case .overTime(.cumulative, _): return true
            default: return false
            }
        }
    }

    /// A level: `cumulative(...)`, or a value that reads its own `previous`.
    @inline(__always)
    func isLevel(_ id: DeclarationID) -> Bool {
        if case .overTime(.cumulative, _) = core[core.value(of: id)] { return true }
        return model.readsItself(id)
    }
}
