import ReuseSyntax

/// What is said of markets, supplies and routes that are not whole (R0217), and of names in their paths.
extension Diagnostic {
    static func noSuchField(
        _ label: String, of owner: String, labels: [String], at place: Location, nearest: String?
    ) -> Diagnostic {
        Diagnostic(
            .unknownField, "\(owner) has no field `\(label)`", at: Label(place),
            help: (nearest.map { ["did you mean `\($0)`?"] } ?? [])
                + [
                    isResult(label)
                        ? "`\(label)` is what the markets clear at, and follows from fields: \(list(labels))"
                        : "its fields are \(list(labels))"
                ])
    }

    private static func list(_ labels: [String]) -> String { labels.map { "`\($0)`" }.joined(separator: ", ") }

    private static func isResult(_ label: String) -> Bool { ClearedResult.allCases.contains { $0.name == label } }

    static func noSuchResult(
        _ name: String, of owner: String, names: [String], at place: Location, nearest: String?
    ) -> Diagnostic {
        Diagnostic(
            .unknownField, "`\(owner)` has no field or result `\(name)`", at: Label(place),
            help: nearest.map { ["did you mean `\($0)`?"] }
                ?? ["it has " + names.map { "`\($0)`" }.joined(separator: ", ")])
    }

    static func fieldNotGiven(_ name: String, of owner: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .unknownField, "`\(owner)` does not say its `\(name)`", at: Label(place),
            help: ["write `\(name): ...` in its block"])
    }

    static func noSuchRoute(_ path: String, at place: Location, known: [String]) -> Diagnostic {
        // `any` stands for no market that could be declared.
        let example = path.hasPrefix("any ->") || path.hasSuffix("-> any") ? "China -> Europe" : path
        return Diagnostic(
            .unknownName, "there is no route `\(path)`", at: Label(place),
            help: known.isEmpty
                ? ["declare it: `route \(example) { cost: 10 USD/phone }`"]
                : ["the routes are " + known.prefix(8).map { "`\($0)`" }.joined(separator: ", ")])
    }

    static func routeAsValue(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .typeMismatch, "a route is not a value", at: Label(place),
            help: ["name a result or a field of it: `\(path).flow`"])
    }

    static func marketCalledAny(at place: Location) -> Diagnostic {
        Diagnostic(
            .marketField, "`any` means every market, in the paths of policies", at: Label(place),
            help: ["give this market another name"])
    }

    static func fieldMissing(_ label: String, of owner: String, at place: Location, example: String) -> Diagnostic {
        Diagnostic(
            .marketField, "this \(owner) has no `\(label)`", at: Label(place), help: ["write `\(example)`"])
    }

    static func routeToItself(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(.marketField, "a route from `\(name)` to itself carries nothing", at: Label(place))
    }

    static func atOutsideQuantity(_ label: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .marketField, "`\(label)` has no reference price: `at` stands behind a demand or a volume", at: Label(place)
        )
    }

    static func unknownForm(at place: Location) -> Diagnostic {
        Diagnostic(
            .marketField, "a curve has the form `isoelastic` or `linear`", at: Label(place),
            help: ["write `form: linear`, or leave it out: curves are isoelastic"])
    }

    static func elasticityWithoutPrice(_ label: String, at place: Location, also quantity: Location) -> Diagnostic {
        Diagnostic(
            .marketField, "an elasticity needs the price at which the quantity is what it is", at: Label(place),
            also: [Label(quantity, "this is fixed, whatever the price")],
            help: ["write `\(label): 10M phone/yr at 100 USD/phone`, or leave the elasticity out"])
    }

    static func priceWithoutElasticity(_ label: String, at place: Location, isDemand: Bool) -> Diagnostic {
        Diagnostic(
            .marketField, "a reference price needs an elasticity", at: Label(place),
            help: [
                "add `elasticity: \(isDemand ? "-1.2" : "0.6")`, or leave `at` out: the \(label) is then fixed, whatever the price"
            ])
    }
}

extension Diagnostic {
    static func scenarioName(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .redefinedName, "`\(name)` is a scenario already", at: Label(place),
            help: ["each policy is a scenario of its own, and so are `baseline` and `all`: choose another name"])
    }

    static func scenarioOfItself(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .circularDefinition, "`\(name)` is part of itself", at: Label(place),
            help: ["leave it out here, or name the policies that are meant"])
    }

    static func unknownScenario(_ name: String, at place: Location, known: [String], nearest: String?) -> Diagnostic {
        Diagnostic(
            .unknownName, "there is no scenario and no policy called `\(name)`", at: Label(place),
            help: nearest.map { ["did you mean `\($0)`?"] }
                ?? ["there is " + known.prefix(10).map { "`\($0)`" }.joined(separator: ", ")])
    }

    static func noSuchChosenScenario(_ name: String, known: [String], nearest: String?) -> Diagnostic {
        Diagnostic(
            .wrongSetting, "there is no scenario and no policy called `\(name)`", at: nil,
            help: nearest.map { ["did you mean `--scenario \($0)`?"] }
                ?? ["there is " + known.prefix(10).map { "`\($0)`" }.joined(separator: ", ")])
    }

    static func nothingToAttribute(at place: Location) -> Diagnostic {
        Diagnostic(
            .unknownName, "there are no policies to attribute anything to", at: Label(place),
            help: ["declare one: `policy subsidy from 2026 { price *= 90% }`"])
    }

    static func solvedForSeveral(_ path: String, _ names: [String], at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "`solve` looks for one input, and `\(path)` means \(names.count)", at: Label(place),
            help: ["name one of them: `\(names.first ?? path)`"])
    }

    static func notPatched(_ path: String, at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "`\(path)` is no input, no field of a market, supply or route, and no flow of a stock",
            at: Label(place),
            help: nearest.map { ["did you mean `\($0)`?"] } ?? [
                "a policy patches an `assume`, `Europe.tax`, `trade_in.volume`, `China -> any.cost`, and of a stock the `inflow`, `outflow` or `level` that it declares; of a lifetime patch an `assume` that it reads"
            ])
    }

    static func patchOfNone(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "`\(name)` is not limited, so there is nothing to change", at: Label(place),
            help: ["set it with `=`"])
    }

    static func patchOfMissingCurve(_ path: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongPatch, "`\(path)` is not given, so there is nothing to patch", at: Label(place),
            help: ["give it in the declaration"])
    }
}

extension TypeChecker {
    /// Reports a member of a market, supply or route that there is not; false where the base is none of these.
    private mutating func reportMissingColumn(_ table: DeclarationID, _ name: String, at place: Location) {
        let prefix = model.name(table) + "."
        let columns = model.scope(of: model[table].module).declarations.map { model.name($0) }
            .filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        // A table that cannot be read has no columns, as was said.
        if columns.isEmpty { return }
        report(
            .unknownName(
                prefix + name, at: place, nearest: nearest(to: name, among: columns).map { prefix + $0 },
                hint: "`\(model.name(table))` has " + columns.map { "`\($0)`" }.joined(separator: ", ")))
    }

    mutating func reportsMarketPath(_ id: NodeID, _ node: Node, _ name: String, at place: Location) -> Bool {
        let member = tree.member(node)
        let base = tree[member.base]
        var owner: MarketOwner?
        // All markets, supplies or routes together have results and no fields.
        var isWhole = false
        var text = ""
        if base.kind == .route {
            owner = .route
            text = "\(model.symbols[tree.route(base).from]) -> \(model.symbols[tree.route(base).to])"
            if !model.network.routes.contains(where: { model.symbols[$0.symbol] == text }) {
                report(
                    .noSuchRoute(
                        text, at: model.location(member.base, in: module),
                        known: model.network.routes.map { model.symbols[$0.symbol] }))
                return true
            }
        } else if base.kind == .name {
            let raw = model.resolutions[Int(nodeBase + member.base.rawValue)]
            guard raw >= 0 else { return false }
            switch model.declarations[Int(raw)].kind {
            case .market: owner = .market
            case .supply: owner = .supply
            case .data:
                reportMissingColumn(DeclarationID(raw), name, at: place)
                return true
            case .index:
                isWhole = true
                let number = Int(model.declarations[Int(raw)].number)
                owner = model.network.indexes.firstIndex(of: number).flatMap { MarketOwner(rawValue: UInt8($0)) }
            default: return false
            }
            text = model.name(DeclarationID(raw))
        }
        guard let owner else { return false }
        let results = ClearedResult.results(of: owner).map { $0.name }
        let fields = isWhole ? [] : MarketField.labels(of: owner)
        if fields.contains(name) {
            report(.fieldNotGiven(name, of: text, at: place))
            return true
        }
        report(
            .noSuchResult(
                name, of: text, names: results, at: place,
                nearest: nearest(to: name, among: results + fields)))
        return true
    }
}
