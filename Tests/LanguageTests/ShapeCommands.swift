import Reuse

/// Commands that are given for every shape, each with a second way to what it prints.
struct ShapeCommand: Sendable, CustomStringConvertible {
    var name: String
    /// Nil where a shape has nothing to ask.
    var text: @Sendable (ShapeModel) -> String?
    var samples = 40
    var tables: @Sendable (ShapeModel) -> [[ExpectedRow]]
    /// Rows stand in the order of their strength, which is not what is tested.
    var isSorted = false
    /// The message of the error that is expected instead of a table.
    var message: @Sendable (ShapeModel) -> String? = { _ in nil }

    var description: String { name }

    static let all =
        shown + compared + attributed + targets + sensitivities + asserted + consistent + solved + calibrated
        + projected + marketed

    /// A row for each place of a value's axes.
    static func rows(
        _ field: ShapeField, _ cells: (ShapePlace) -> [ExpectedCell]
    ) -> [ExpectedRow] {
        ShapeField.places(field.axes, of: field.shape).map { ExpectedRow(labels: $0.labels, cells: cells($0.place)) }
    }

    /// The same with a row for each of several names.
    static func rows<Value>(
        _ field: ShapeField, _ entries: [(name: String, value: Value)],
        _ cells: (Value, ShapePlace) -> [ExpectedCell]
    ) -> [ExpectedRow] {
        ShapeField.places(field.axes, of: field.shape).flatMap { place in
            entries.map { ExpectedRow(labels: place.labels + [$0.name], cells: cells($0.value, place.place)) }
        }
    }

    // MARK: show

    static let shown = [
        // Time makes rows where there is time, else all indexes do; the rest makes columns.
        ShapeCommand(name: "show", text: { _ in "show x" }) { model in
            [model.x.layout]
        },
        ShapeCommand(name: "show in", text: { _ in "show x in 2025" }) { model in
            let x = model.x.mean(of: 2025)
            return [rows(x) { [ExpectedCell(x, at: $0)] }]
        },
        ShapeCommand(
            name: "show in of a level", text: { _ in "show piled in 2025" }
        ) { model in
            let level = model.x.cumulative.end(of: 2025)
            return [rows(level) { [ExpectedCell(level, at: $0)] }]
        },
        ShapeCommand(
            name: "show by", text: { $0.shape.axes.contains(.first) ? "show x by grade" : nil }
        ) { model in [layout(model.x, [.first])] },
        ShapeCommand(
            name: "show in, by", text: { $0.shape.axes.contains(.second) ? "show x by maker in 2026" : nil }
        ) { model in [layout(model.x.mean(of: 2026), [.second])] },
        ShapeCommand(name: "show by year", text: { _ in "show x by year" }) { model in
            [model.shape.varies ? byYear([]) { model.x.mean(of: $0) } : layout(model.x, [])]
        },
        ShapeCommand(name: "show by year of a level", text: { _ in "show piled by year" }) { model in
            [byYear([]) { model.x.cumulative.end(of: $0) }]
        },
        ShapeCommand(
            name: "show by year and an index",
            text: { $0.shape.axes.contains(.first) ? "show piled by grade, year" : nil }
        ) { model in [byYear([.first]) { model.x.cumulative.end(of: $0) }] },
        ShapeCommand(name: "an expression", text: { _ in "x * 2" }) { model in
            [model.x.map { value, _ in value * 2 }.layout]
        },
        ShapeCommand(name: "show of several", text: { _ in "show x[2025], x[2025] / 2, total(x)" }) { model in
            let x = model.x.mean(of: 2025)
            let half = x.map { value, _ in value / 2 }
            let total = model.x.total(2024...2026)
            return [rows(x) { place in [x, half, total].map { ExpectedCell($0, at: place) } }]
        },
    ]

    /// A row for each year, and within it along some axes.
    static func byYear(_ down: Set<ShapeAxis>, _ field: (Int) -> ShapeField) -> [ExpectedRow] {
        Shape.years.flatMap { year in
            layout(field(year), down).map { ExpectedRow(labels: ["\(year)"] + $0.labels, cells: $0.cells) }
        }
    }

    /// Rows along some axes, columns along the others.
    static func layout(_ field: ShapeField, _ down: Set<ShapeAxis>) -> [ExpectedRow] {
        let across = ShapeField.places(field.axes.subtracting(down), of: field.shape)
        return ShapeField.places(down, of: field.shape).map { row in
            ExpectedRow(
                labels: row.labels,
                cells: across.map { column in
                    var place = row.place
                    for axis in field.axes.subtracting(down) { place[axis] = column.place[axis] }
                    return ExpectedCell(field, at: place)
                })
        }
    }

    // MARK: compare

    static let compared = [
        comparison("compare baseline, p, main on x") { model, policies in model.x(policies) },
        comparison("compare baseline, p, main on x in 2025") { model, policies in model.x(policies).mean(of: 2025) },
        comparison("compare baseline, p, main on total(x)") { model, policies in
            model.x(policies).total(2024...2026)
        },
        comparison("compare baseline, p, main on used in 2025") { model, policies in
            model.x(policies).surviving(ShapeValue.left).end(of: 2025)
        },
        comparison("compare main on x in 2026", scenarios: [("baseline", []), ("main", .all)]) { model, policies in
            model.x(policies).mean(of: 2026)
        },
        comparison("compare q, r on x in 2026", scenarios: [("q", .q), ("r", .r)]) { model, policies in
            model.x(policies).mean(of: 2026)
        },
    ]

    static func comparison(
        _ text: String, scenarios: [(String, ShapePolicies)] = [("baseline", []), ("p", .p), ("main", .all)],
        with declarations: @escaping @Sendable (ShapeModel) -> String = { _ in "" },
        _ value: @escaping @Sendable (ShapeModel, ShapePolicies) -> ShapeField
    ) -> ShapeCommand {
        ShapeCommand(name: text, text: { $0.shape.inScenario ? declarations($0) + text : nil }) { model in
            let first = value(model, scenarios[0].1)
            // A scenario may vary over what another does not.
            var widest = first
            for scenario in scenarios { widest.axes.formUnion(value(model, scenario.1).axes) }
            return [
                rows(widest, scenarios.map { (name: $0.0, value: $0.1) }) { policies, place in
                    let own = value(model, policies)
                    if policies == scenarios[0].1 { return [ExpectedCell(own, at: place), .text("")] }
                    let change = own.with(first) { $0 - $1 }
                    // What is left of two numbers of this size by rounding is nothing.
                    let scale = own.with(first) { max($0.magnitude, $1.magnitude) }.values(place)
                    let changes = change.values(place)
                    // The chance of more is told where there is chance.
                    guard model.shape.isUncertain else {
                        return [ExpectedCell(own, at: place), .about(changes[0], within: 1e-11 * scale[0])]
                    }
                    return [
                        ExpectedCell(own, at: place), ExpectedCell(change, at: place),
                        .flags(zip(changes, scale).map { $0 > 1e-12 * $1 }),
                    ]
                }
            ]
        }
    }

    // MARK: attribute

    static let attributed = [
        attribution("attribute x", players: ShapePolicies.named) { model, policies in model.x(policies) },
        attribution("attribute x in 2025", players: ShapePolicies.named) { model, policies in
            model.x(policies).mean(of: 2025)
        },
        attribution("attribute piled in 2026", players: ShapePolicies.named) { model, policies in
            model.x(policies).cumulative.end(of: 2026)
        },
        // `q` stays in force.
        attribution("attribute total(x) among r, p", players: [("r", .r), ("p", .p)], others: .q) { model, policies in
            model.x(policies).total(2024...2026)
        },
    ]

    static func attribution(
        _ text: String, players: [(name: String, policy: ShapePolicies)], others: ShapePolicies = [],
        with declarations: @escaping @Sendable (ShapeModel) -> String = { _ in "" },
        _ value: @escaping @Sendable (ShapeModel, ShapePolicies) -> ShapeField
    ) -> ShapeCommand {
        ShapeCommand(name: text, text: { $0.shape.inScenario ? declarations($0) + text : nil }) { model in
            var all = others
            for player in players { all.formUnion(player.policy) }
            func gain(_ set: ShapePolicies, _ other: ShapePolicies, _ place: ShapePlace) -> [Double] {
                zip(value(model, set).values(place), value(model, other).values(place)).map { $0 - $1 }
            }
            let whole = value(model, all)
            func cell(_ values: [Double], _ place: ShapePlace) -> ExpectedCell {
                if model.shape.isUncertain { return .samples(values) }
                // To the last digits of what is subtracted.
                return .about(values[0], within: 1e-11 * max(values[0].magnitude, whole.at(place).magnitude))
            }
            let everyone = (name: "all of them", value: ShapePolicies())
            return [
                rows(whole, players.map { (name: $0.name, value: $0.policy) } + [everyone]) {
                    player, place in
                    if player.isEmpty { return [cell(gain(all, others, place), place)] }
                    // The mean over all orders of what the player adds to those before it.
                    let orders = permutations(players.map(\.policy))
                    var share = [Double](repeating: 0, count: model.samples)
                    for order in orders {
                        var set = others
                        for next in order.prefix(while: { $0 != player }) { set.formUnion(next) }
                        let own = gain(set.union(player), set, place)
                        for sample in own.indices { share[sample] += own[sample] / Double(orders.count) }
                    }
                    return [
                        cell(share, place), cell(gain(others.union(player), others, place), place),
                        cell(gain(all, all.subtracting(player), place), place),
                    ]
                }
            ]
        }
    }

    private static func permutations(_ items: [ShapePolicies]) -> [[ShapePolicies]] {
        if items.count < 2 { return [items] }
        return items.flatMap { first in permutations(items.filter { $0 != first }).map { [first] + $0 } }
    }

    // MARK: target

    /// A limit that some scenarios, members and samples are above and some below.
    static func limit(_ model: ShapeModel) -> Double {
        let spread = model.x.with(model.x([])) { $0 + $1 }
        let places = ShapeField.places(spread.axes, of: model.shape)
        return (Plain.mean(places.flatMap { spread.values($0.place) }) / 5).rounded()
    }

    static let targets = [
        target("above", sign: 1, years: 2026...2026, share: 0.5) { "target t: x >= \($0) phone/yr by 2026" },
        target("below", sign: -1, years: 2025...2025, share: 0.5) { "target t: x < \($0) phone/yr by 2025" },
        target("above for years", sign: 1, years: 2024...2025, share: 0.8) {
            "target t: x >= \($0) phone/yr from 2024 until 2025 with 80%"
        },
    ]

    private static func target(
        _ name: String, sign: Double, years: ClosedRange<Int>, share: Double,
        _ text: @escaping @Sendable (Double) -> String
    ) -> ShapeCommand {
        ShapeCommand(name: "target " + name, text: { text(limit($0)) }) { model in
            let limit = limit(model)
            let shape = model.shape
            // A year alone is judged at its end.
            let last = shape.steps(of: years.upperBound).upperBound - 1
            let steps = years.count == 1 ? last...last : shape.steps(of: years.lowerBound).lowerBound...last
            let scenarios: [(String, ShapePolicies)] =
                shape.inScenario ? [("baseline", []), ("main", .all)] : [("baseline", [])]
            return [
                scenarios.map { name, policies in
                    let x = model.x(policies)
                    /// In each sample by how much the worst member at the worst step meets the target.
                    func margins(_ steps: ClosedRange<Int>) -> [Double] {
                        let places = ShapeField.places(x.axes.subtracting([.time]), of: shape)
                        return (0..<model.samples).map { sample in
                            places.flatMap { place in
                                steps.map { step in
                                    var place = place.place
                                    (place.step, place.sample) = (step, sample)
                                    return sign * (x.at(place) - limit)
                                }
                            }.min()!
                        }
                    }
                    func chance(_ steps: ClosedRange<Int>) -> Double {
                        Plain.mean(margins(steps).map { (sign > 0 ? $0 >= 0 : $0 > 0) ? 1 : 0 })
                    }
                    // The first step from which it is surely enough met, to the end.
                    let met = (0..<shape.stepCount).reversed().prefix { chance($0...$0) >= share }.last
                    let flags = margins(steps).map { sign > 0 ? $0 >= 0 : $0 > 0 }
                    return ExpectedRow(
                        labels: [name],
                        cells: [
                            shape.isUncertain ? .flags(flags) : .boolean(flags[0]),
                            .text(chance(steps) >= share ? "met" : "missed"), .text(met.map(shape.label) ?? ""),
                            shape.isUncertain ? .samples(margins(steps)) : .number(margins(steps)[0]),
                        ])
                }
            ]
        }
    }

    // MARK: assert

    static let asserted = [
        ShapeCommand(
            name: "assert", text: { "assert x > \(least($0) * 0.999) phone/yr" }, tables: { _ in [] }),
        ShapeCommand(
            name: "assert that fails", text: { "assert x <= \(limit($0)) phone/yr" }, tables: { _ in [] },
            message: { model in
                let limit = limit(model)
                return firstPlace(model) { $0 > limit }.map { "this does not hold" + $0 }
            }),
    ]

    /// The first place at which something is so of `x`, as errors name it; nil where it is so nowhere.
    private static func firstPlace(_ model: ShapeModel, _ isSo: (Double) -> Bool) -> String? {
        let x = model.x
        for (place, labels) in ShapeField.places(x.axes, of: model.shape) {
            let failing = x.values(place).count(where: isSo)
            if failing == 0 { continue }
            var words = x.axes.contains(.time) ? ["in \(labels[0])"] : []
            let members = labels.dropFirst(x.axes.contains(.time) ? 1 : 0)
            // Of two indexes with the same members each is named.
            let names = model.shape.indexes == .alike ? ["grade ", "maker "] : ["", ""]
            words += zip(names, members).map { "for \($0)\($1)" }
            if model.shape.isUncertain { words.append("in \(failing) of \(model.samples) samples") }
            return words.isEmpty ? "" : " (" + words.joined(separator: ", ") + ")"
        }
        return nil
    }

    // MARK: consistent

    /// A number with a point stands for all that round to it; the figures that make `x` are exact.
    static let consistent = [
        ShapeCommand(
            name: "consistent", text: { _ in "consistent x * 1.0 == x" }, tables: { _ in [] },
            message: { $0.shape.isUncertain ? isUncertain : nil }),
        ShapeCommand(
            name: "consistent with less", text: { "consistent max(x, \(limit($0)) phone/yr) == x" },
            tables: { _ in [] },
            message: { model in
                if model.shape.isUncertain { return isUncertain }
                // 90.0 is at least 89.95.
                let least = limit(model) - 0.05
                return firstPlace(model) { $0 < least }.map { "these figures contradict each other" + $0 }
            }),
        ShapeCommand(
            name: "consistent with nothing", text: { _ in "consistent total(x) * 1.10 == total(x)" },
            tables: { _ in [] },
            message: { model in
                if model.shape.isUncertain { return isUncertain }
                var shape = model.shape
                shape.varies = false
                return firstPlace(ShapeModel(shape, samples: 1)) { _ in true }.map {
                    "these figures contradict each other" + $0
                }
            }),
    ]
    private static let isUncertain = "`consistent` compares printed figures, and this one is uncertain"

    private static func least(_ model: ShapeModel) -> Double {
        ShapeField.places(model.x.axes, of: model.shape).flatMap { model.x.values($0.place) }.min()!
    }

    // MARK: solve

    /// More than `x` is anywhere before anything is solved, on central values.
    private static func wanted(_ model: ShapeModel) -> Double {
        let policies: ShapePolicies = model.shape.inScenario ? .all : []
        let places = ShapeField.places(Set(model.shape.axes), of: model.shape)
        return (1.5 * places.map { model.x(policies, u: 1, m: 2, at: $0.place) }.max()!).rounded()
    }

    static let solved = [
        // Everywhere: the member and the step that need the most say how much.
        solution("x >= LIMIT phone/yr") { model, k, limit in
            least(model, k) { _, place, x in x(1, 2, place) } - limit
        },
        // Each sample counts: here all draws are needed, the same ones for every value that is tried.
        solution("probability(x < LIMIT phone/yr) <= 10%") { model, k, limit in
            let places = ShapeField.places(Set(model.shape.axes), of: model.shape)
            let worst = places.map { place in
                let below = (0..<model.samples).count { sample in
                    trial(model, k)(model.u(sample), model.m(sample), place.place) < limit
                }
                return Double(below) / Double(model.samples)
            }
            return 0.1 - worst.max()!
        },
        solution("expected(x) >= LIMIT phone/yr") { model, k, limit in
            least(model, k) { model, place, x in
                Plain.mean((0..<model.samples).map { x(model.u($0), model.m($0), place) })
            } - limit
        },
    ]

    private typealias Trial = (_ u: Double, _ m: Double, _ place: ShapePlace) -> Double

    /// `x` with another `k`.
    private static func trial(_ model: ShapeModel, _ k: Double) -> Trial {
        let policies: ShapePolicies = model.shape.inScenario ? .all : []
        return { model.x(policies, u: $0, m: $1, k: k, at: $2) }
    }

    private static func least(
        _ model: ShapeModel, _ k: Double, _ value: (ShapeModel, ShapePlace, Trial) -> Double
    ) -> Double {
        let trial = trial(model, k)
        return ShapeField.places(Set(model.shape.axes), of: model.shape).map { value(model, $0.place, trial) }.min()!
    }

    /// The least `k` at which something that rises with it is not below 0, by halving.
    private static func solution(
        _ condition: String, _ excess: @escaping @Sendable (ShapeModel, Double, Double) -> Double
    ) -> ShapeCommand {
        ShapeCommand(
            name: "solve " + condition,
            text: { model in
                // Of what is certain there are no statistics to speak of.
                if condition != "x >= LIMIT phone/yr", !model.shape.isUncertain { return nil }
                let limit = "\(wanted(model))"
                return "solve s: k in 0..1e3 so that " + condition.replacing("LIMIT", with: limit)
            }
        ) { model in
            var (low, high) = (2.0, 1e3)
            for _ in 0..<100 {
                let middle = (low + high) / 2
                if excess(model, middle, wanted(model)) >= 0 { high = middle } else { low = middle }
            }
            return [[ExpectedRow(labels: [], cells: [.about(high, within: 1e-9 * high), .number(2)])]]
        }
    }

    // MARK: calibrate

    static let calibrated = [
        calibration("SUM", "phone/yr") { $0.mean(of: $1) },
        // A level is met at the end of each year.
        calibration("cumulative(SUM)", "phone") { $0.cumulative.end(of: $1) },
        ShapeCommand(
            name: "calibrate over an index",
            text: { $0.shape.indexes == .none ? nil : "calibrate k so that x fits [2024: 1, 2025: 2] phone/yr" },
            tables: { _ in [] },
            message: { _ in "what is fitted to data is one number over time, and this varies over an index" }),
    ]

    /// `x` is `(k + 2) F` on central values, so its fit is that of a line through the origin: by least squares k + 2 is the sum
    /// of F times the data by that of F squared, and its variance that of the residuals, of which two are free, by the latter.
    private static func calibration(
        _ expression: String, _ unit: String, _ read: @escaping @Sendable (ShapeField, Int) -> ShapeField
    ) -> ShapeCommand {
        /// F of a year, summed over members.
        @Sendable func factors(_ model: ShapeModel) -> [Double] {
            var field = ShapeField(shape: model.shape, axes: Set(model.shape.axes), samples: 1) { model.factor($0) }
            for axis in [ShapeAxis.first, .second] where field.axes.contains(axis) {
                field = field.reduced(axis, Plain.sum)
            }
            return Shape.years.map { read(field, $0).at(ShapePlace()) }
        }
        @Sendable func data(_ model: ShapeModel) -> [Double] {
            zip(factors(model), [5.2, 4.4, 4.8]).map { ($0 * $1 * 10).rounded() / 10 }
        }
        @Sendable func text(_ model: ShapeModel) -> String {
            let points = zip(Shape.years, data(model)).map { "\($0): \($1)" }.joined(separator: ", ")
            let whole = model.shape.indexes == .none ? "x" : "sum(x)"
            return "calibrate k so that \(expression.replacing("SUM", with: whole)) fits [\(points)] \(unit)"
        }
        return ShapeCommand(name: "calibrate " + expression, text: text) { model in
            let (f, y) = (factors(model), data(model))
            let squares = Plain.sum(f.map { $0 * $0 })
            let k = Plain.sum(zip(f, y).map { $0 * $1 }) / squares - 2
            let fitted = f.map { $0 * (k + 2) }
            let rest = Plain.sum(zip(fitted, y).map { ($0 - $1) * ($0 - $1) }) / 2
            let error = (rest / squares).squareRoot()
            return [
                [
                    ExpectedRow(
                        labels: ["k"],
                        cells: [.about(k, within: 1e-8), .about(error, within: 1e-7 * error), .number(2)])
                ],
                Shape.years.map { year in
                    let at = year - Shape.years.lowerBound
                    return ExpectedRow(
                        labels: ["\(year)"],
                        cells: [
                            .number(y[at]), .about(fitted[at], within: 1e-7 * fitted[at]),
                            .about(fitted[at] - y[at], within: 1e-7 * fitted[at]),
                        ])
                },
            ]
        }
    }
}

extension ShapeField {
    /// A row for each place.
    var inRows: [ExpectedRow] { ShapeCommand.rows(self) { [ExpectedCell(self, at: $0)] } }

    /// As `show` lays it out: rows of time where there is time, else of all indexes.
    var layout: [ExpectedRow] { ShapeCommand.layout(self, axes.contains(.time) ? [.time] : axes) }
}
