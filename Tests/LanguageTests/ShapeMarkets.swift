/// Markets over every shape, with a policy on all routes out of one of them.
///
/// A fixed amount is sold in two markets whose demand is linear in the price, so that the price at which it is all sold is one
/// of a linear equation. What freight costs rests on `x`, and the policy adds one draw to both routes.
extension ShapeCommand {
    static let marketed = [
        market("show M.price") { $0.price.layout },
        market("show M.price in 2025") { $0.price.mean(of: 2025).inRows },
        market("show O.price - N.price in 2026") { $0.difference.mean(of: 2026).inRows },
        market("show M -> O.flow in 2025") { $0.flow.mean(of: 2025).inRows },
        market("show total(sum(routes.flow over routes))") { $0.price.total(2024...2026).map { _, _ in 300 }.inRows },
        comparison("compare baseline, freight, both on M.price in 2025", scenarios: named, with: declarations) {
            Market($0, $1).price.mean(of: 2025)
        },
        comparison("compare baseline, freight, both on M -> O.flow in 2026", scenarios: named, with: declarations) {
            Market($0, $1).flow.mean(of: 2026)
        },
        // `q` and `r` stay in force.
        attribution(
            "attribute M.price among freight, p in 2025", players: [("freight", .freight), ("p", .p)],
            others: [.q, .r],
            with: declarations
        ) { Market($0, $1).price.mean(of: 2025) },
    ]

    private static let named: [(String, ShapePolicies)] = [
        ("baseline", []), ("freight", .freight), ("both", [.p, .q, .r, .freight]),
    ]

    private static let declarations: @Sendable (ShapeModel) -> String = { model in
        let added = model.shape.isUncertain ? "uniform(2, 4) * 1 USD/phone" : "3 USD/phone"
        return """
            let freight_rate = x * 0.001 USD yr/phone^2
            market M {}
            market N { demand: 60 phone/yr at 200 USD/phone, elasticity: -1.5, form: linear }
            market O { demand: 50 phone/yr at 180 USD/phone, elasticity: -1, form: linear }
            supply s in M { volume: 100 phone/yr }
            route M -> N { cost: freight_rate }
            route M -> O { cost: freight_rate * 2 }
            policy freight\(model.shape.varies ? " from 2025" : "") { M -> any.cost += \(added) }
            \(model.shape.inScenario ? "scenario both = main + freight" : "")

            """
    }

    private static func market(
        _ text: String, _ table: @escaping @Sendable (Market) -> [ExpectedRow]
    ) -> ShapeCommand {
        ShapeCommand(name: text, text: { declarations($0) + text }) { model in
            [table(Market(model, model.shape.inScenario ? .all : .freight))]
        }
    }

    private struct Market {
        var toN: ShapeField
        var toO: ShapeField

        init(_ model: ShapeModel, _ policies: ShapePolicies) {
            let drawn = model.uniforms(of: "freight: M -> any.cost +=#0")
            func cost(_ times: Double) -> ShapeField {
                model.x(policies).map { x, place in
                    let isLate = !model.shape.varies || model.shape.year(place.step) >= 2025
                    let added = model.shape.isUncertain ? 2 + 2 * drawn[place.sample] : 3
                    return x * 0.001 * times + (isLate && policies.contains(.freight) ? added : 0)
                }
            }
            (toN, toO) = (cost(1), cost(2))
        }

        /// 60 (1 - 1.5 (b/200 - 1)) and 50 (1 - (b/180 - 1)) are together 100 where b is the price and what the route costs.
        var price: ShapeField {
            toN.with(toO) { n, o in (150 - 0.45 * n + 100 - 50.0 / 180 * o - 100) / (0.45 + 50.0 / 180) }
        }
        var flow: ShapeField { price.with(toO) { 100 - 50.0 / 180 * ($0 + $1) } }
        var difference: ShapeField { toO.with(toN) { $0 - $1 } }
    }
}
