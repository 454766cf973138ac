/// Expressions that are shown for every shape, each with a second way to the same value.
struct ShapeValue: Sendable {
    /// As it is written; `grade` and `maker` stand only where the shape has them.
    var text: String
    /// Where it is no value of this shape, the error that says so; nil where it is not asked.
    var expected: @Sendable (ShapeModel) -> Expected

    enum Expected {
        case field(ShapeField)
        /// The code of an error.
        case refused(String)
        case unasked
    }

    init(_ text: String, _ expected: @escaping @Sendable (ShapeModel) -> Expected) {
        self.text = text
        self.expected = expected
    }

    init(_ text: String, _ field: @escaping @Sendable (ShapeModel) -> ShapeField) {
        self.init(text) { Expected.field(field($0)) }
    }

    /// Asked where the shape has an axis.
    init(_ text: String, over axis: ShapeAxis, _ field: @escaping @Sendable (ShapeModel) -> ShapeField) {
        self.init(text) { $0.shape.axes.contains(axis) ? .field(field($0)) : .unasked }
    }

    /// An error where the shape has no such axis.
    init(
        _ text: String, over axis: ShapeAxis, else code: String,
        _ field: @escaping @Sendable (ShapeModel) -> ShapeField
    ) {
        self.init(text) { $0.shape.axes.contains(axis) ? .field(field($0)) : .refused(code) }
    }

    /// Of samples: of one that is certain, an error.
    init(ofSamples text: String, _ statistic: @escaping @Sendable ([Double]) -> Double) {
        self.init(text) { .field($0.x.statistic(statistic)) }
    }

    static let all = picks + reductions + alongTime + series + stocks + statistics + rest

    static let picks = [
        ShapeValue("x") { $0.x },
        ShapeValue("x[2025]") { $0.x.mean(of: 2025) },
        ShapeValue("x[A]", over: .first) { $0.x.picked(.first, 0) },
        ShapeValue("x[B]", over: .first) { $0.x.picked(.first, 1) },
        ShapeValue("x[B, 2024]", over: .first) { $0.x.picked(.first, 1).mean(of: 2024) },
        ShapeValue("x[2026][C]", over: .first) { $0.x.picked(.first, 2).mean(of: 2026) },
        ShapeValue("x[L]", over: .second) { $0.x.picked(.second, 1) },
        ShapeValue("x[L, B]", over: .second) { $0.x.picked(.second, 1).picked(.first, 1) },
        ShapeValue("x[B][L][2025]", over: .second) { $0.x.picked(.second, 1).picked(.first, 1).mean(of: 2025) },
        // Which of two indexes is meant must be said where both have the member.
        ShapeValue("x[A] * 2") { $0.shape.indexes == .alike ? .refused("R0412") : .unasked },
        ShapeValue("max(x[A])") { $0.shape.indexes == .alike ? .refused("R0412") : .unasked },
        ShapeValue("sum(x[A] over maker)") { $0.shape.indexes == .alike ? .refused("R0412") : .unasked },
        ShapeValue("sort(values(x[A] over grade))[1]") { $0.shape.indexes == .alike ? .refused("R0412") : .unasked },
        ShapeValue("mean(x[A] over time)") { $0.shape.indexes == .alike ? .refused("R0412") : .unasked },
        ShapeValue("sum(x where grade != maker)") { model in
            guard model.shape.indexes == .alike else { return .unasked }
            let others = model.x.map { value, place in place.first == place.second ? 0 : value }
            return .field(others.reduced(.first, Plain.sum).reduced(.second, Plain.sum))
        },
        ShapeValue("sum(x where maker == B over maker)") { model in
            model.shape.indexes == .alike ? .field(model.x.picked(.second, 1)) : .unasked
        },
        ShapeValue("(x * 2)[2026]") { $0.x.mean(of: 2026).map { value, _ in value * 2 } },
        ShapeValue("[A: x[C], B: x[A], C: x[B]]", over: .first) { model in
            let x = model.x
            return x.moved { $0.first = [2, 0, 1][$0.first] }
        },
    ]

    static let reductions = [
        ShapeValue("sum(x)", over: .first, else: "R0401") { model in
            let sum = model.x.reduced(.first, Plain.sum)
            return model.shape.axes.contains(.second) ? sum.reduced(.second, Plain.sum) : sum
        },
        ShapeValue("max(x)", over: .first, else: "R0401") { model in
            let most = model.x.reduced(.first) { $0.max()! }
            return model.shape.axes.contains(.second) ? most.reduced(.second) { $0.max()! } : most
        },
        ShapeValue("sum(x over grade)", over: .first) { $0.x.reduced(.first, Plain.sum) },
        ShapeValue("mean(x over grade)", over: .first) { $0.x.reduced(.first, Plain.mean) },
        ShapeValue("min(x over grade)", over: .first) { $0.x.reduced(.first) { $0.min()! } },
        ShapeValue("max(x over maker)", over: .second) { $0.x.reduced(.second) { $0.max()! } },
        ShapeValue("sum(x over maker) / sum(x)", over: .second) { model in
            let part = model.x.reduced(.second, Plain.sum)
            return part.with(part.reduced(.first, Plain.sum)) { $0 / $1 }
        },
        ShapeValue("sum(x where a > 2 over grade)", over: .first) { $0.x.reduced(.first) { $0[0] + $0[2] } },
        ShapeValue("sum(x where x > mean(x over grade) over grade)", over: .first) {
            $0.x.reduced(.first) { values in Plain.sum(values.filter { $0 > Plain.mean(values) }) }
        },
        ShapeValue("max(values(x over grade))", over: .first) { $0.x.reduced(.first) { $0.max()! } },
        ShapeValue("sort(values(x over grade))[2]", over: .first) { $0.x.reduced(.first) { $0.sorted()[1] } },
        ShapeValue("sum(x)[2025]", over: .first) { model in
            let sum = model.x.reduced(.first, Plain.sum)
            return (model.shape.axes.contains(.second) ? sum.reduced(.second, Plain.sum) : sum).mean(of: 2025)
        },
    ]

    static let alongTime = [
        ShapeValue("total(x)") { $0.x.total(2024...2026) },
        ShapeValue("total(x[2025..2026])") { $0.x.total(2025...2026) },
        ShapeValue("total(x[2025..2025])") { $0.x.total(2025...2025) },
        ShapeValue("cumulative(x)") { $0.x.cumulative },
        ShapeValue("cumulative(x)[2025]") { $0.x.cumulative.end(of: 2025) },
        ShapeValue("mean(x over time)") { $0.x.reduced(.time, Plain.mean) },
        ShapeValue("min(x over time)") { $0.x.reduced(.time) { $0.min()! } },
        ShapeValue("max(cumulative(x) over time)") { $0.x.cumulative.reduced(.time) { $0.max()! } },
        ShapeValue("previous(x, else: 1 phone/yr)") { $0.x.before(1, else: 1) },
        ShapeValue("previous(x, 1 yr, else: 1 phone/yr)") { $0.x.before($0.shape.stepsInYear, else: 1) },
        ShapeValue("x - previous(x, else: x)") { model in
            model.x.with(model.x.before(1, else: .nan)) { $1.isNaN ? 0 : $0 - $1 }
        },
        ShapeValue("previous(x, else: 1 phone/yr)[2025]") { $0.x.before(1, else: 1).mean(of: 2025) },
        ShapeValue("x growing 10%/yr from 2025") { $0.x.growing(0.1, from: 2025) },
        ShapeValue("x[2026] / x[2024]") { model in model.x.mean(of: 2026).with(model.x.mean(of: 2024)) { $0 / $1 } },
        ShapeValue("first_time(cumulative(x) >= 20 phone)") { $0.x.cumulative.condition { $0 >= 20 }.firstTime },
        ShapeValue("first_time(x >= 180 phone/yr)") { $0.x.condition { $0 >= 180 }.firstTime },
        ShapeValue("if now >= 2025 then x else 0") { model in
            model.x.overTime.map { value, place in model.shape.year(place.step) >= 2025 ? value : 0 }
        },
        ShapeValue("sum(x over time)") { _ in .refused("R0402") },
    ]

    static let series = [
        ShapeValue("([2024: 1, 2025: 3, 2026: 4] * x[2025])[2026]") {
            $0.x.mean(of: 2025).map { value, _ in value * 4 }
        },
        ShapeValue("extend_series([2022: 2, 2024: 6] * x[2025], hold: true)[2030]") {
            $0.x.mean(of: 2025).map { value, _ in value * 6 }
        },
        ShapeValue("extend_series([2022: 2, 2024: 6] * x[2025], trend: 2 yr)[2026]") {
            $0.x.mean(of: 2025).map { value, _ in value * 10 }
        },
        ShapeValue("interpolate([2022: 2, 2024: 8] * x[2025], log_linear)[2023]") {
            $0.x.mean(of: 2025).map { value, _ in value * 4 }
        },
        // The old series had 3 in 2023, the new one has 5 x there.
        ShapeValue("rebase([2021: 1, 2023: 3] phone/yr, onto: [2023: 5, 2024: 7] * x[2025], at: 2023)[2022]") {
            $0.x.mean(of: 2025).map { value, _ in 2 * value * 5 / 3 }
        },
    ]

    static let stocks = [
        ShapeValue("piled") { $0.x.cumulative },
        ShapeValue("piled[2025]") { $0.x.cumulative.end(of: 2025) },
        ShapeValue("piled.opening[2025]") { $0.x.cumulative.end(of: 2024) },
        ShapeValue("piled.inflow[2025]") { $0.x.mean(of: 2025) },
        ShapeValue("used") { $0.x.surviving(left) },
        ShapeValue("used[2025]") { $0.x.surviving(left).end(of: 2025) },
        ShapeValue("used.opening[2026]") { $0.x.surviving(left).end(of: 2025) },
        ShapeValue("total(used.retired)") { model in
            model.x.total(2024...2026).with(model.x.surviving(left).end(of: 2026)) { $0 - $1 }
        },
        ShapeValue("used.mean_age[2025]") { model in
            let years = model.x.cohorts { amount, age in amount * left(age) * age }
            return years.with(model.x.surviving(left)) { $0 / $1 }.end(of: 2025)
        },
    ]

    /// Of a Weibull distribution.
    static func left(_ age: Double) -> Double { elevated(2.718281828459045, to: -age * age / 9) }

    static let statistics = [
        ShapeValue(ofSamples: "expected(x)", Plain.mean),
        ShapeValue(ofSamples: "median(x)") { Plain.quantile($0, 0.5) },
        ShapeValue(ofSamples: "quantile(x, 20%)") { Plain.quantile($0, 0.2) },
        ShapeValue(ofSamples: "sd(x)") { $0.count > 1 ? Plain.sd($0) : 0 },
        ShapeValue(ofSamples: "probability(x > 90 phone/yr)") { values in
            // In percent, as it is shown.
            100 * Double(values.count { $0 > 90 }) / Double(values.count)
        },
        ShapeValue("x - expected(x)") { model in
            let mean = model.x.statistic(Plain.mean)
            return model.x.with(mean) { $0 - $1 }
        },
        ShapeValue("correlation(x, u)") { model in
            guard model.shape.isUncertain else { return .unasked }
            return .field(
                ShapeField(shape: model.shape, axes: Set(model.shape.axes), samples: 1) {
                    Plain.correlation(model.x.values($0), model.u.values($0))
                })
        },
        ShapeValue("covariance(x, u)[2025]") { model in
            guard model.shape.isUncertain else { return .unasked }
            let x = model.x.mean(of: 2025)
            return .field(
                ShapeField(shape: model.shape, axes: x.axes, samples: 1) {
                    Plain.covariance(x.values($0), model.u.values($0))
                })
        },
    ]

    static let rest = [
        ShapeValue("x as phone/month") { $0.x.map { value, _ in value / 12 } },
        ShapeValue("x > 90 phone/yr") { $0.x.condition { $0 > 90 } },
        ShapeValue("x > 90 phone/yr and x < 150 phone/yr") { $0.x.condition { $0 > 90 && $0 < 150 } },
        // A condition has no mean over a year.
        ShapeValue("(x > 90 phone/yr)[2026]") { model in
            model.shape.varies && model.shape.steps != .year
                ? .refused("R0405") : .field(model.x.end(of: 2026).condition { $0 > 90 })
        },
        ShapeValue("swing(x)") { model in model.x.with(model.x.before(1, else: 0)) { $0 - $1 } },
        ShapeValue("swing(if now >= 2025 then x else 0)") { model in
            let x = model.x.overTime.map { value, place in model.shape.year(place.step) >= 2025 ? value : 0 }
            return x.with(x.before(1, else: 0)) { $0 - $1 }
        },
        ShapeValue("swing(sum(x over grade))", over: .first) { model in
            let x = model.x.reduced(.first, Plain.sum)
            return x.with(x.before(1, else: 0)) { $0 - $1 }
        },
        ShapeValue("of_2025(x)") { $0.x.mean(of: 2025) },
        ShapeValue("of_2025(piled)") { $0.x.cumulative.end(of: 2025) },
        ShapeValue("of_2025(used.opening)") { $0.x.surviving(left).end(of: 2024) },
        ShapeValue("if x > 90 phone/yr then x else 90 phone/yr") { $0.x.map { value, _ in max(value, 90) } },
        ShapeValue("max(x, 90 phone/yr)") { $0.x.map { value, _ in max(value, 90) } },
        ShapeValue("sqrt(x ^ 2)") { $0.x },
        ShapeValue("share(x)", over: .first) { model in
            let sum = model.x.reduced(.first, Plain.sum)
            return model.x.with(model.shape.axes.contains(.second) ? sum.reduced(.second, Plain.sum) : sum) { $0 / $1 }
        },
        ShapeValue("x under baseline") { $0.x([]) },
        ShapeValue("x under p - x under baseline") { model in
            guard model.shape.inScenario else { return .unasked }
            return .field(model.x(.p).with(model.x([])) { $0 - $1 })
        },
        ShapeValue("total(x under main) / total(x under q)") { model in
            guard model.shape.inScenario else { return .unasked }
            return .field(model.x(.all).total(2024...2026).with(model.x(.q).total(2024...2026)) { $0 / $1 })
        },
    ]
}

extension ShapeField {
    /// The value of another place.
    func moved(_ move: @escaping (inout ShapePlace) -> Void) -> ShapeField {
        var result = self
        result.at = {
            var place = $0
            move(&place)
            return at(place)
        }
        return result
    }
}
