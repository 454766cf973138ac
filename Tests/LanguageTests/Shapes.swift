import ReuseKernels

/// What a value of the tests of every command varies over, and in what it stands.
///
/// Every shape is one script: two inputs, three policies, and a value `x` that rests on them. `ShapeModel` computes the same
/// in plain arithmetic. No number of it comes from the engine, save the uniform draws, which docs/draws.md defines.
struct Shape: CustomStringConvertible, Sendable {
    /// `alike`: two that share their members.
    enum Indexes: CaseIterable { case none, one, two, alike }
    enum Steps: CaseIterable { case year, quarter, month }

    var varies: Bool
    var indexes: Indexes
    var isUncertain: Bool
    var inScenario: Bool
    var steps: Steps

    static let all: [Shape] = Steps.allCases.flatMap { steps in
        Indexes.allCases.flatMap { indexes in
            [false, true].flatMap { varies in
                [false, true].flatMap { isUncertain in
                    [false, true].map {
                        Shape(
                            varies: varies, indexes: indexes, isUncertain: isUncertain, inScenario: $0, steps: steps)
                    }
                }
            }
        }
    }

    var description: String {
        var words = [isUncertain ? "uncertain" : "certain"]
        if varies { words.append("over time") }
        switch indexes {
        case .none: break
        case .one: words.append("over an index")
        case .two: words.append("over two indexes")
        case .alike: words.append("over two indexes with the same members")
        }
        return words.joined(separator: ", ") + (inScenario ? ", in a scenario" : "") + ", by \(steps)"
    }

    static let years = 2024...2026
    var stepsInYear: Int {
        switch steps {
        case .year: 1
        case .quarter: 4
        case .month: 12
        }
    }
    var stepCount: Int { Self.years.count * stepsInYear }
    /// The length of a step in years.
    var length: Double { 1 / Double(stepsInYear) }
    func year(_ step: Int) -> Int { Self.years.lowerBound + step / stepsInYear }
    /// The steps of a year.
    func steps(of year: Int) -> Range<Int> {
        let first = (year - Self.years.lowerBound) * stepsInYear
        return first..<first + stepsInYear
    }
    func label(_ step: Int) -> String {
        let place = step % stepsInYear + 1
        switch steps {
        case .year: return "\(year(step))"
        case .quarter: return "\(year(step))Q\(place)"
        case .month: return "\(year(step))M" + (place < 10 ? "0" : "") + "\(place)"
        }
    }

    var axes: [ShapeAxis] {
        (varies ? [.time] : []) + (indexes == .none ? [] : indexes == .one ? [.first] : [.first, .second])
    }
    /// The name of an axis in the script.
    func name(_ axis: ShapeAxis) -> String {
        switch axis {
        case .time: "time"
        case .first: "grade"
        case .second: "maker"
        }
    }
    func labels(_ axis: ShapeAxis) -> [String] {
        switch axis {
        case .time: (0..<stepCount).map(label)
        case .first: ["A", "B", "C"]
        case .second: indexes == .alike ? ["A", "B", "C"] : ["K", "L"]
        }
    }
    func count(_ axis: ShapeAxis) -> Int { axis == .time ? stepCount : labels(axis).count }

    /// A text with picks by members `A` to `C` of the first index and `K`, `L` of the second. Where the two share their
    /// members the picks name their index, and `K` and `L` are its `A` and `B`.
    func written(_ text: String) -> String {
        guard indexes == .alike else { return text }
        var result = ""
        for (place, character) in text.enumerated() {
            let next = text.dropFirst(place + 1).first
            let before = text.prefix(place).last
            let isPick = before == "[" && next != ":" || before == " " && next == "]"
            switch character {
            case "A", "B", "C": result += isPick ? "grade: \(character)" : "\(character)"
            case "K": result += isPick ? "maker: A" : "K"
            case "L": result += isPick ? "maker: B" : "L"
            default: result.append(character)
            }
        }
        return result
    }

    /// The script up to `x`. Neither the first nor the last member or step has the least or the greatest value.
    var script: String {
        var lines = ["horizon \(Self.years.lowerBound)..\(Self.years.upperBound)"]
        if steps != .year { lines[0] += " by \(steps)" }
        lines.append("unit phone")
        lines.append("assume u = " + (isUncertain ? "uniform(0.5, 1.5)" : "1"))
        lines.append("assume m = " + (isUncertain ? "uniform(1, 3)" : "2"))
        lines.append("assume k = 2")
        var factors = ["(u * k + m)"]
        if indexes != .none {
            lines.append("index grade = A, B, C")
            lines.append("let a = [A: 3, B: 2, C: 5]")
            factors.append("a")
        }
        if indexes == .two {
            lines.append("index maker = K, L")
            lines.append("let b = [K: 11, L: 7]")
            factors.append("b")
        }
        if indexes == .alike {
            lines.append("index maker like grade")
            lines.append("let b over maker = [A: 11, B: 7, C: 13]")
            factors.append("b")
        }
        if varies {
            lines.append("let c = [2024: 13, 2025: 10, 2026: 14] * (1 + now.month / 10)")
            factors.append("c")
        }
        lines.append("let x = \(factors.joined(separator: " * ")) * 1 phone/yr")
        lines.append("stock piled { inflow: x }")
        lines.append(
            "stock used { inflow: x, lifetime: weibull_life(shape: 2, scale: 3 yr), arrives: start }")
        if inScenario {
            // Where nothing varies over time, a window would make it vary.
            lines.append("policy p\(varies ? " from 2025" : "") { k += 1 }")
            lines.append("policy q\(varies ? " until 2025" : "") { m *= 3 }")
            lines.append("policy r after p { k *= 2 }")
            lines.append("scenario main = p + q + r")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

enum ShapeAxis: Int { case time, first, second }

/// A place on the axes; what a value does not vary over does not matter.
struct ShapePlace {
    var step = 0
    var first = 0
    var second = 0
    var sample = 0

    subscript(axis: ShapeAxis) -> Int {
        get {
            switch axis {
            case .time: step
            case .first: first
            case .second: second
            }
        }
        set {
            switch axis {
            case .time: step = newValue
            case .first: first = newValue
            case .second: second = newValue
            }
        }
    }
}

struct ShapePolicies: OptionSet, Hashable {
    let rawValue: Int
    static let p = ShapePolicies(rawValue: 1)
    static let q = ShapePolicies(rawValue: 2)
    static let r = ShapePolicies(rawValue: 4)
    /// Of markets alone.
    static let freight = ShapePolicies(rawValue: 8)
    static let all: ShapePolicies = [.p, .q, .r]
    static let named: [(name: String, policy: ShapePolicies)] = [("p", .p), ("q", .q), ("r", .r)]
}

/// The script of a shape in plain arithmetic.
struct ShapeModel {
    var shape: Shape
    var samples: Int
    private var uniforms: [[Double]] = []

    /// Equal draws of 50% are what a central run has.
    init(_ shape: Shape, samples: Int) {
        self.shape = shape
        self.samples = shape.isUncertain ? samples : 1
        uniforms = ["u#0", "m#0"].map { uniforms(of: $0) }
    }

    /// The draws of a variable.
    func uniforms(of name: String, seed: UInt64 = 1) -> [Double] {
        let variable = ReferenceKernels.variable(name)
        return (0..<samples).map { ReferenceKernels.uniform(seed: seed, variable: variable, sample: $0) }
    }

    func u(_ sample: Int) -> Double { shape.isUncertain ? 0.5 + uniforms[0][sample] : 1 }
    func m(_ sample: Int) -> Double { shape.isUncertain ? 1 + 2 * uniforms[1][sample] : 2 }

    /// What the script multiplies by at a place.
    func factor(_ place: ShapePlace) -> Double {
        var result = 1.0
        if shape.indexes != .none { result *= [3, 2, 5][place.first] }
        if shape.axes.contains(.second) { result *= [11, 7, 13][place.second] }
        if shape.varies {
            let month = place.step % shape.stepsInYear * (12 / shape.stepsInYear) + 1
            result *= [13, 10, 14][place.step / shape.stepsInYear] * (1 + Double(month) / 10)
        }
        return result
    }

    /// The two inputs under some policies.
    func inputs(_ policies: ShapePolicies, k: Double, step: Int) -> (k: Double, timesM: Double) {
        var k = k
        if policies.contains(.p), !shape.varies || shape.year(step) >= 2025 { k += 1 }
        if policies.contains(.r) { k *= 2 }
        let isTripled = policies.contains(.q) && (!shape.varies || shape.year(step) <= 2025)
        return (k, isTripled ? 3 : 1)
    }

    func x(_ policies: ShapePolicies, u: Double, m: Double, k: Double = 2, at place: ShapePlace) -> Double {
        let (k, timesM) = inputs(policies, k: k, step: place.step)
        return (u * k + m * timesM) * factor(place)
    }

    /// `x` in the scenario with these policies.
    func x(_ policies: ShapePolicies) -> ShapeField {
        ShapeField(shape: shape, axes: Set(shape.axes), samples: samples) {
            x(policies, u: u($0.sample), m: m($0.sample), at: $0)
        }
    }

    /// `x` in the scenario of plain commands.
    var x: ShapeField { x(shape.inScenario ? .all : []) }
    var u: ShapeField { ShapeField(shape: shape, axes: [], samples: samples) { u($0.sample) } }
    var a: ShapeField { ShapeField(shape: shape, axes: [.first], samples: 1) { [3, 2, 5][$0.first] } }
}

/// A value over axes, as a function of the place.
struct ShapeField {
    enum Kind { case number, condition, time }

    var shape: Shape
    var axes: Set<ShapeAxis>
    /// 1 where it is certain.
    var samples: Int
    var kind = Kind.number
    var at: (ShapePlace) -> Double

    init(
        shape: Shape, axes: Set<ShapeAxis>, samples: Int, kind: Kind = .number, at: @escaping (ShapePlace) -> Double
    ) {
        self.shape = shape
        self.axes = axes
        self.samples = samples
        self.kind = kind
        self.at = at
    }

    /// All places of some axes, with their labels, time first.
    static func places(_ axes: Set<ShapeAxis>, of shape: Shape) -> [(place: ShapePlace, labels: [String])] {
        var result: [(place: ShapePlace, labels: [String])] = [(ShapePlace(), [])]
        for axis in [ShapeAxis.time, .first, .second] where axes.contains(axis) {
            result = result.flatMap { entry in
                shape.labels(axis).enumerated().map { position, label in
                    var place = entry.place
                    place[axis] = position
                    return (place, entry.labels + [label])
                }
            }
        }
        return result
    }

    /// One value, or one for each sample.
    func values(_ place: ShapePlace) -> [Double] {
        (0..<samples).map { sample in
            var place = place
            place.sample = sample
            return at(place)
        }
    }

    /// The same with something done to each value.
    func map(_ change: @escaping (Double, ShapePlace) -> Double) -> ShapeField {
        var result = self
        result.at = { change(at($0), $0) }
        return result
    }

    func with(_ other: ShapeField, _ join: @escaping (Double, Double) -> Double) -> ShapeField {
        ShapeField(
            shape: shape, axes: axes.union(other.axes), samples: max(samples, other.samples), kind: kind
        ) { join(at($0), other.at($0)) }
    }

    func condition(_ holds: @escaping (Double) -> Bool) -> ShapeField {
        var result = map { value, _ in holds(value) ? 1 : 0 }
        result.kind = .condition
        return result
    }

    // MARK: Along an axis

    /// One value of all members or steps.
    func reduced(_ axis: ShapeAxis, _ reduce: @escaping ([Double]) -> Double) -> ShapeField {
        var result = self
        result.axes.remove(axis)
        result.at = { place in
            reduce(
                (0..<shape.count(axis)).map {
                    var place = place
                    place[axis] = $0
                    return at(place)
                })
        }
        return result
    }

    func picked(_ axis: ShapeAxis, _ position: Int) -> ShapeField {
        var result = self
        result.axes.remove(axis)
        result.at = {
            var place = $0
            place[axis] = position
            return at(place)
        }
        return result
    }

    /// A flow of a year: the mean over its steps.
    func mean(of year: Int) -> ShapeField {
        let steps = shape.steps(of: year)
        return reduced(.time) { $0[steps].reduce(0, +) / Double(steps.count) }
    }

    /// A level of a year: that at its end.
    func end(of year: Int) -> ShapeField { picked(.time, shape.steps(of: year).upperBound - 1) }

    /// The value some steps before, and something else in the steps before that.
    func before(_ steps: Int, else other: Double) -> ShapeField {
        var result = overTime
        result.at = { place in
            guard place.step >= steps else { return other }
            var place = place
            place.step -= steps
            return at(place)
        }
        return result
    }

    var overTime: ShapeField {
        var result = self
        result.axes.insert(.time)
        return result
    }

    /// What has come up to the end of each step.
    var cumulative: ShapeField {
        var result = overTime
        result.at = { place in
            (0...place.step).reduce(0) { sum, step in
                var place = place
                place.step = step
                return sum + at(place) * shape.length
            }
        }
        return result
    }

    func total(_ years: ClosedRange<Int>) -> ShapeField {
        let steps = shape.steps(of: years.lowerBound).lowerBound..<shape.steps(of: years.upperBound).upperBound
        return reduced(.time) { $0[steps].reduce(0, +) * shape.length }
    }

    /// The first step at which a condition holds; infinite where none does.
    var firstTime: ShapeField {
        var result = reduced(.time) { $0.firstIndex { $0 != 0 }.map(Double.init) ?? .infinity }
        result.kind = .time
        return result
    }

    /// The value of a year, there, and a rate of growth by the year on either side: steps go on by a power of one factor,
    /// whose mean over the year is 1.
    func growing(_ rate: Double, from year: Int) -> ShapeField {
        let start = axes.contains(.time) ? mean(of: year) : self
        func factor(_ step: Int) -> Double { elevated(1 + rate, to: Double(step) * shape.length) }
        let unit = Plain.mean(shape.steps(of: year).map(factor))
        var result = start.overTime
        result.at = { start.at($0) * factor($0.step) / unit }
        return result
    }

    // MARK: Stocks

    /// What is left of all that came in, at the end of each step, where a share is left after a time.
    func surviving(_ left: @escaping (Double) -> Double) -> ShapeField {
        cohorts { amount, age in amount * left(age) }
    }

    /// The sum over all that has come in by the end of each step, at the start of its own.
    func cohorts(_ each: @escaping (_ amount: Double, _ age: Double) -> Double) -> ShapeField {
        var result = overTime
        result.at = { place in
            (0...place.step).reduce(0) { sum, step in
                var own = place
                own.step = step
                return sum + each(at(own) * shape.length, Double(place.step - step + 1) * shape.length)
            }
        }
        return result
    }

    // MARK: Over samples

    /// One number of all samples.
    func statistic(_ reduce: @escaping ([Double]) -> Double) -> ShapeField {
        ShapeField(shape: shape, axes: axes, samples: 1) { reduce(values($0)) }
    }
}

func elevated(_ base: Double, to power: Double) -> Double { reuse_exp(power * reuse_log(base)) }

/// Statistics by their definitions.
enum Plain {
    static func sum(_ values: [Double]) -> Double { values.reduce(0, +) }
    static func mean(_ values: [Double]) -> Double { sum(values) / Double(values.count) }
    static func covariance(_ a: [Double], _ b: [Double]) -> Double {
        let (first, second) = (mean(a), mean(b))
        return sum(zip(a, b).map { ($0 - first) * ($1 - second) }) / Double(a.count - 1)
    }
    static func sd(_ values: [Double]) -> Double { covariance(values, values).squareRoot() }
    static func correlation(_ a: [Double], _ b: [Double]) -> Double { covariance(a, b) / sd(a) / sd(b) }
    /// Type 7 of Hyndman and Fan.
    static func quantile(_ values: [Double], _ share: Double) -> Double {
        ReferenceEvaluator.quantile(values.sorted(), share)
    }
    /// From 1 on; no two are equal.
    static func ranks(_ values: [Double]) -> [Double] {
        var ranks = values
        for (rank, position) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
            ranks[position] = Double(rank + 1)
        }
        return ranks
    }
}
