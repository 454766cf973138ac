import Reuse

/// A value that `sensitivity` is asked of, as it would be with some values of the two inputs.
struct ShapeFormula: Sendable {
    var text: String
    var value: @Sendable (ShapeModel, ShapePolicies, _ u: Double, _ m: Double, ShapePlace) -> Double

    static let all = [
        ShapeFormula(text: "x") { model, policies, u, m, place in model.x(policies, u: u, m: m, at: place) },
        // What one input changes depends on itself and on the other. A policy patches `m` wherever it stands.
        ShapeFormula(text: "x * u * m") { model, policies, u, m, place in
            let timesM = model.inputs(policies, k: 2, step: place.step).timesM
            return model.x(policies, u: u, m: m, at: place) * u * m * timesM
        },
    ]
}

/// `sensitivity` by each method, of the last step and of a year, of a formula that is linear in its inputs and of one that is
/// not.
extension ShapeCommand {
    static let sensitivities = ShapeFormula.all.flatMap { formula in
        [nil, 2025].flatMap { year in
            let asked = Asked(formula: formula, year: year)
            return [rank(asked), tornado(asked), morris(asked), shares("sobol", asked), shares("shapley", asked)]
        }
    }

    private struct Asked: Sendable {
        var formula: ShapeFormula
        var year: Int?

        func command(_ method: String) -> @Sendable (ShapeModel) -> String? {
            { model in
                guard model.shape.isUncertain else { return nil }
                return "sensitivity \(formula.text)" + (year.map { " in \($0)" } ?? "") + " by \(method)"
            }
        }

        /// The value with some values of the two inputs.
        func value(_ model: ShapeModel, u: Double, m: Double, _ place: ShapePlace) -> Double {
            let policies: ShapePolicies = model.shape.inScenario ? .all : []
            let field = ShapeField(shape: model.shape, axes: Set(model.shape.axes), samples: 1) {
                formula.value(model, policies, u, m, $0)
            }
            return (year.map { field.mean(of: $0) } ?? field.picked(.time, model.shape.stepCount - 1)).at(place)
        }
    }

    private static func inputs(
        _ model: ShapeModel, _ cells: (String, ShapePlace) -> [ExpectedCell]
    ) -> [ExpectedRow] {
        let x = model.x.picked(.time, 0)
        return rows(x, [(name: "u", value: "u"), (name: "m", value: "m")], cells)
    }

    private static func ends(_ input: String) -> (low: Double, high: Double, text: String) {
        input == "u" ? (0.55, 1.45, "0.55 to 1.45") : (1.1, 2.9, "1.1 to 2.9")
    }

    private static func tornado(_ asked: Asked) -> ShapeCommand {
        ShapeCommand(
            name: "sensitivity of \(asked.formula.text) by tornado", text: asked.command("tornado"),
            tables: { model in
                [
                    inputs(model) { input, place in
                        func at(_ input: String, _ end: Double) -> Double {
                            asked.value(model, u: input == "u" ? end : 1, m: input == "m" ? end : 2, place)
                        }
                        func swing(_ input: String) -> Double {
                            at(input, ends(input).high) - at(input, ends(input).low)
                        }
                        let squares = swing("u") * swing("u") + swing("m") * swing("m")
                        return [
                            .text(ends(input).text), .number(at(input, ends(input).low)),
                            .number(at(input, ends(input).high)), .number(swing(input)),
                            .number(100 * swing(input) * swing(input) / squares),
                        ]
                    }
                ]
            }, isSorted: true)
    }

    /// Of each input two of the four levels that lie from 5% to 95% are as likely as all levels of the other. From these eight
    /// jumps, each two thirds of the way, come the mean and the deviation. Effects of a linear formula are the same everywhere.
    private static func morris(_ asked: Asked) -> ShapeCommand {
        let samples = 20_000
        let trajectories = Double(samples / 100)
        return ShapeCommand(
            name: "sensitivity of \(asked.formula.text) by morris", text: asked.command("morris"), samples: samples,
            tables: { model in
                func at(_ input: String, _ levels: (own: Int, other: Int), _ place: ShapePlace) -> Double {
                    let (own, other) = (Double(levels.own) / 3, Double(levels.other) / 3)
                    let (u, m) = input == "u" ? (own, other) : (other, own)
                    return asked.value(model, u: 0.55 + 0.9 * u, m: 1.1 + 1.8 * m, place)
                }
                return [
                    inputs(model) { input, place in
                        let effects = [0, 1].flatMap { own in
                            (0..<4).map { other in
                                (at(input, (own + 2, other), place) - at(input, (own, other), place)) * 1.5
                            }
                        }
                        let mean = Plain.mean(effects)
                        let deviation = Plain.mean(effects.map { ($0 - mean) * ($0 - mean) }).squareRoot()
                        // Both inputs raise both formulas, so sizes and changes are the same.
                        let cell = ExpectedCell.about(
                            mean, within: 4 * deviation / trajectories.squareRoot() + 1e-9 * mean)
                        let width = 1.96 * deviation / trajectories.squareRoot()
                        return [
                            .text(ends(input).text), cell, .about(width, within: 0.3 * width + 1e-9 * mean), cell,
                            .about(deviation, within: 0.3 * deviation + 1e-9 * mean),
                        ]
                    }
                ]
            }, isSorted: true)
    }

    /// What each input explains of a polynomial of degree two in each, by Gauss and Legendre's points, which are exact for it.
    private static func shares(_ method: String, _ asked: Asked) -> ShapeCommand {
        ShapeCommand(
            name: "sensitivity of \(asked.formula.text) by \(method)", text: asked.command(method), samples: 400,
            tables: { model in
                [
                    inputs(model) { input, place in
                        let values = points.map { u in
                            points.map { m in asked.value(model, u: 1 + u.at / 2, m: 2 + m.at, place) }
                        }
                        func mean(_ value: (Int, Int) -> Double) -> Double {
                            points.indices.reduce(0) { sum, u in
                                points.indices.reduce(sum) {
                                    $0 + points[u].weight * points[$1].weight * value(u, $1)
                                }
                            }
                        }
                        func givenU(_ u: Int) -> Double {
                            Plain.sum(points.indices.map { points[$0].weight * values[u][$0] })
                        }
                        func givenM(_ m: Int) -> Double {
                            Plain.sum(points.indices.map { points[$0].weight * values[$0][m] })
                        }
                        let center = mean { values[$0][$1] }
                        let variance = mean { (values[$0][$1] - center) * (values[$0][$1] - center) }
                        let ofU = mean { u, _ in (givenU(u) - center) * (givenU(u) - center) } / variance
                        let ofM = mean { _, m in (givenM(m) - center) * (givenM(m) - center) } / variance
                        let first = 100 * (input == "u" ? ofU : ofM)
                        let total = 100 - 100 * (input == "u" ? ofM : ofU)
                        // Some 400 runs of quasi-random points for each input; what is sought are wrong places, not noise.
                        func cell(_ share: Double) -> ExpectedCell { .about(share, within: 6) }
                        let cells =
                            method == "sobol"
                            ? [cell(first), .anything, cell(total)] : [cell((first + total) / 2)]
                        return [.text(ends(input).text)] + cells
                    }
                ]
            }, isSorted: true)
    }

    /// Points from -1 to 1 and their weights, which sum to 1.
    private static let points: [(at: Double, weight: Double)] = [
        (-(3.0 / 5).squareRoot(), 5.0 / 18), (0, 4.0 / 9), ((3.0 / 5).squareRoot(), 5.0 / 18),
    ]

    /// Spearman's correlation of the very draws, and the squares of the coefficients of a regression on ranks.
    private static func rank(_ asked: Asked) -> ShapeCommand {
        ShapeCommand(
            name: "sensitivity of \(asked.formula.text) by rank", text: asked.command("rank"),
            tables: { model in
                let (us, ms) = ((0..<model.samples).map(model.u), (0..<model.samples).map(model.m))
                let (u, m) = (Plain.ranks(us), Plain.ranks(ms))
                let both = Plain.correlation(u, m)
                return [
                    inputs(model) { input, place in
                        let value = Plain.ranks(zip(us, ms).map { asked.value(model, u: $0, m: $1, place) })
                        let (ofU, ofM) = (Plain.correlation(value, u), Plain.correlation(value, m))
                        // Two normal equations.
                        let first = (ofU - both * ofM) / (1 - both * both)
                        let second = (ofM - both * ofU) / (1 - both * both)
                        let explained = first * ofU + second * ofM
                        let own = input == "u" ? first : second
                        return [
                            .text(ends(input).text), .number(input == "u" ? ofU : ofM),
                            .number(100 * explained * own * own / (first * first + second * second)),
                        ]
                    }
                ]
            }, isSorted: true)
    }
}
