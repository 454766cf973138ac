import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What is said of markets and policies that run, and yet are hardly meant so.
extension Runner {
    /// The first step of the baseline, on central values, beside the reference points: a model should start where its
    /// figures say. Of values over an index the first member that does not speaks for all.
    mutating func checkReferences() {
        guard !model.network.isEmpty else { return }
        var checks: [Check] = []
        func result(_ kind: ClearedResult, _ subject: Int) -> DeclarationID? {
            model.network.result(kind, of: subject)?.declaration
        }
        let isReached = reachedMarkets
        for (number, market) in model.network.markets.enumerated() where market.curve != .fixed && isReached[number] {
            guard let spending = result(.spending, number), let consumption = result(.consumption, number),
                !market.fields[.demand].isNone, !market.fields[.demandPrice].isNone
            else { continue }
            // The reference price is what buyers pay.
            checks.append(
                Check(
                    owner: market.declaration, what: "clears at", value: spending, divisor: consumption,
                    reference: market.fields[.demandPrice]))
            checks.append(
                Check(
                    owner: market.declaration, what: "takes", value: consumption, divisor: nil,
                    reference: market.fields[.demand]))
        }
        for (number, supply) in model.network.supplies.enumerated() where supply.curve != .fixed {
            guard let collected = result(.collected, number), !supply.fields[.volume].isNone else { continue }
            checks.append(
                Check(
                    owner: supply.declaration, what: "collects", value: collected, divisor: nil,
                    reference: supply.fields[.volume]))
        }
        if checks.isEmpty { return }
        let requests = checks.flatMap { [$0.value, $0.divisor ?? $0.value, $0.reference] }
            .map { QueryRequest.declaration($0, scenario: Model.baseline) }
        let lowered = options.lower(core, scenarios, requests)
        guard lowered.diagnostics.isEmpty else { return }
        let run = execute(lowered.program, options.central)
        if options.isCancelledByHost() { return }
        (program, execution) = (lowered.program, run)
        let when = lowered.program.calendar.steps.first.map { " in \($0.text)" } ?? ""
        for (position, check) in checks.enumerated() {
            let queries = Array(lowered.program.queries[3 * position..<3 * position + 3])
            let axes = queries.reduce(Axes()) { $0.union($1.axes) }.subtracting([.time, .sample])
            for point in points(of: axes) {
                let values = queries.map { samples($0, members: point.members, step: 0)?.first ?? .nan }
                let value = check.divisor == nil ? values[0] : values[0] / values[1]
                let reference = values[2]
                guard value.isFinite, reference.isFinite, reference > 0, (value / reference - 1).magnitude > 0.2 else {
                    continue
                }
                let unit = units.unit(of: check.reference)
                let scale = lowered.program.scale(of: unit) ?? 1
                let format = ValueFormat()
                let indexes = axes.indexNumbers
                let whose = indexes.map { " " + model.place(ofMember: point.members[$0] ?? 0, of: $0, among: indexes) }
                diagnostics.append(
                    .awayFromReference(
                        model.name(check.owner), check.what,
                        format.text(.number(value / scale), unit: units.text(unit)) + whose.joined(separator: ",")
                            + when,
                        format.text(.number(reference / scale), unit: units.text(unit)), at: place(of: check.owner)))
                break
            }
        }
    }

    private struct Check {
        var owner: DeclarationID
        var what: String
        var value: DeclarationID
        /// Where the value is a quotient.
        var divisor: DeclarationID?
        var reference: DeclarationID
    }

    /// Policies whose window lies outside the horizon.
    mutating func checkWindows() {
        guard program.calendar.hasHorizon, let first = program.calendar.steps.first,
            let last = program.calendar.steps.last
        else { return }
        for policy in model.policies where policy.hasWindow {
            let tree = model.tree(policy.module)
            /// Only what is written as a year is looked at.
            func year(_ node: NodeID) -> TimePoint? {
                guard !node.isNone, tree[node].kind == .number else { return nil }
                return TimePoint(year: Int64(tree.number(node)))
            }
            let begins = year(policy.from).map { $0.start >= last.end } ?? false
            let ends = year(policy.until).map { $0.end <= first.start } ?? false
            guard begins || ends else { continue }
            diagnostics.append(
                .policyOutsideHorizon(model.name(policy.declaration), at: place(of: policy.declaration)))
        }
    }

    func place(of id: DeclarationID) -> Location {
        let declaration = model[id]
        let tree = model.tree(declaration.module)
        return firstLine(Location(tree.source, tree[declaration.node].span))
    }

    /// The first line of a declaration is enough to point at.
    func firstLine(_ place: Location) -> Location {
        var span = place.span
        if let source = model.sources.first(where: { $0.id == place.source }) {
            let bytes = source.bytes[Int(span.start)..<min(Int(span.end), source.bytes.count)]
            if let end = bytes.firstIndex(where: { $0 == 0x7B || $0 == 0x0A }) { span.end = UInt32(end) }
            while span.end > span.start + 1, source.bytes[Int(span.end) - 1] == 0x20 { span.end -= 1 }
        }
        return Location(place.source, span)
    }
}

extension Diagnostic {
    fileprivate static func awayFromReference(
        _ name: String, _ what: String, _ value: String, _ reference: String, at place: Location
    ) -> Diagnostic {
        Diagnostic(
            .awayFromReference, severity: .warning, "`\(name)` \(what) \(value); its reference is \(reference)",
            at: Label(place),
            help: ["the model does not start where its figures say: look at the figures, the costs and the routes"])
    }

    fileprivate static func policyOutsideHorizon(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .policyOutsideHorizon, severity: .warning, "the policy `\(name)` holds outside the horizon only",
            at: Label(place), help: ["let the horizon reach its window, or move the window"])
    }
}
