import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// A value that is known at points in time: a keyed literal, a column of data, or what is made of them.
///
/// A point's value holds throughout its period. Between two points that leave a gap it is interpolated by the middles of
/// their periods; before the first and after the last there is a value only where one was asked for.
struct Series: Sendable {
    /// Points in order, none over another. Cells may be missing at different times, so each combination of `indexes` has
    /// its own.
    var lists: [[SeriesPoint]]
    /// The indexes over which the lists differ; values may vary over more.
    var indexes: Axes = []
    var interpolation = Interpolation.linear
    /// What there is beyond the ends, by list; nothing where that is not said.
    var ends: [SeriesEnds] = []
    /// A column of a table, or made of one.
    var isOfTable = false
}

/// Each list has its own: what a member's points go on with is its own affair.
struct SeriesEnds: Sendable, Equatable {
    var before = SeriesEnd.nothing
    var after = SeriesEnd.nothing
}

struct SeriesPoint: Sendable {
    var start: Int64
    var end: Int64
    var value: SeriesValue
}

enum SeriesValue: Sendable {
    case definition(Int)
    case constant(Double)
    /// A constant times a definition.
    case scaled(Double, by: Int)

    /// The definition that it rests on.
    var read: Int? {
        switch self {
        case .definition(let number), .scaled(_, by: let number): number
        case .constant: nil
        }
    }
}

/// What there is beyond an end of a series.
enum SeriesEnd: Sendable, Equatable {
    case nothing
    case hold
    /// The straight line through the value at the middle of the last period and the one so many ticks before.
    case trend(Int64)
}

/// What reading a series gives.
enum SeriesReading {
    /// Also a number that stands for a fault, from a point.
    case value(Double)
    case outside
    /// A value of 0 or less, where the logarithm is interpolated.
    case notAboveZero
}

extension Series {
    /// All definitions that its points rest on, ascending.
    var reads: [Int] {
        var found: Set<Int> = []
        for points in lists { for point in points { if let read = point.value.read { found.insert(read) } } }
        return found.sorted()
    }

    /// The points of all lists, each period once, in order.
    var allPoints: [SeriesPoint] {
        var all: [SeriesPoint] = lists.first ?? []
        for points in lists.dropFirst() {
            all += points.filter { point in !all.contains { $0.start == point.start && $0.end == point.end } }
        }
        return all.sorted { $0.start < $1.start }
    }

    func ends(ofList list: Int) -> SeriesEnds { ends.indices.contains(list) ? ends[list] : SeriesEnds() }

    /// The value of a list over a period: that of the point that covers it, else the mean, by length, of the parts that
    /// points and gaps have in it. `at` gives the value of the point at a place.
    func read(
        list: Int, from start: Int64, to end: Int64, _ at: (Int) -> Double
    ) -> SeriesReading {
        let points = lists[list]
        let ends = ends(ofList: list)
        var position = Self.firstPlace(points, endingAfter: start)
        var cursor = start
        var sum = 0.0
        while cursor < end {
            let isCovered = position < points.count && points[position].start <= cursor
            let limit = position < points.count ? (isCovered ? points[position].end : points[position].start) : .max
            let until = min(limit, end)
            let part = until - cursor
            let own: SeriesReading =
                isCovered
                ? .value(at(position)) : between(points, ends, position, Double(cursor) + Double(part) / 2, at)
            guard case .value(let value) = own, part < end - start, !value.isNaN else { return own }
            sum += value * Double(part)
            cursor = until
            if isCovered { position += 1 }
        }
        return .value(sum / Double(end - start))
    }

    /// Whether `read` finds a value in a period.
    func covers(list: Int, from start: Int64, to end: Int64) -> Bool {
        guard let first = lists[list].first, let last = lists[list].last else { return false }
        let ends = ends(ofList: list)
        return (ends.before != .nothing || start >= first.start) && (ends.after != .nothing || end <= last.end)
    }

    static func firstPlace(_ points: [SeriesPoint], endingAfter time: Int64) -> Int {
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].end > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The value at an instant before the point at a place, and after the one before it.
    private func between(
        _ points: [SeriesPoint], _ ends: SeriesEnds, _ place: Int, _ time: Double, _ at: (Int) -> Double
    ) -> SeriesReading {
        if points.isEmpty { return .outside }
        if place == 0 { return ends.before == .nothing ? .outside : .value(at(0)) }
        if place < points.count { return interpolate(points, place, time, at) }
        switch ends.after {
        case .nothing: return .outside
        case .hold: return .value(at(place - 1))
        case .trend(let span): return goOn(points, ends, span, time, at)
        }
    }

    private func goOn(
        _ points: [SeriesPoint], _ ends: SeriesEnds, _ span: Int64, _ time: Double, _ at: (Int) -> Double
    ) -> SeriesReading {
        let last = points.count - 1
        let anchor = points[last].middle
        let value = at(last)
        if value.isNaN { return .value(value) }
        let early = anchor - Double(span)
        let place = Self.firstPlace(points, endingAfter: Int64(early))
        guard place <= last else { return .outside }
        let earlier: SeriesReading =
            Double(points[place].start) <= early ? .value(at(place)) : between(points, ends, place, early, at)
        guard case .value(let base) = earlier, !base.isNaN else { return earlier }
        return .value(value + (value - base) / Double(span) * (time - anchor))
    }

    private func interpolate(
        _ points: [SeriesPoint], _ place: Int, _ time: Double, _ at: (Int) -> Double
    ) -> SeriesReading {
        let a = at(place - 1)
        if a.isNaN { return .value(a) }
        let b = at(place)
        if b.isNaN { return .value(b) }
        let weight = points[place - 1].weight(of: points[place], at: time)
        switch interpolation {
        case .linear: return .value(a + (b - a) * weight)
        case .logarithmic:
            guard a > 0, b > 0 else { return .notAboveZero }
            return .value(a * reuse_pow(b / a, weight))
        case .monotone, .spline:
            if points.count == 2 { return .value(a + (b - a) * weight) }
            var curve = Curve()
            for position in points.indices {
                let value = at(position)
                if value.isNaN { return .value(value) }
                // Years since the left point: the numbers stay small.
                curve.times.append(
                    (points[position].middle - points[place - 1].middle) / Double(TimePoint.ticksPerYear))
                curve.values.append(value)
            }
            let years = (time - points[place - 1].middle) / Double(TimePoint.ticksPerYear)
            return .value(interpolation == .monotone ? curve.monotone(place, years) : curve.natural(place, years))
        }
    }
}

extension SeriesPoint {
    /// The middle of its period; an open end has none, so the other one stands for it.
    var middle: Double {
        if end == .max { return Double(start) }
        if start == 0 { return Double(end) }
        return (Double(start) + Double(end)) / 2
    }

    /// How far an instant lies on the way from this point to the next.
    func weight(of next: SeriesPoint, at time: Double) -> Double {
        // A point that is open on both sides has none before or after it.
        let from = middle
        let to = next.middle
        return to > from ? min(max((time - from) / (to - from), 0), 1) : 0
    }
}

/// Curves through three points or more.
private struct Curve {
    var times: [Double] = []
    var values: [Double] = []

    private func width(_ place: Int) -> Double { times[place + 1] - times[place] }
    private func slope(_ place: Int) -> Double { (values[place + 1] - values[place]) / width(place) }

    /// At a time between the points `place - 1` and `place`.
    func monotone(_ place: Int, _ time: Double) -> Double {
        let h = width(place - 1)
        let s = (time - times[place - 1]) / h
        let (a, b) = (values[place - 1], values[place])
        let (p, q) = (tangent(place - 1), tangent(place))
        // Hermite's polynomial, by powers of s.
        let rise = b - a
        let second = 3 * rise - h * (2 * p + q)
        let third = h * (p + q) - 2 * rise
        return a + s * (h * p + s * (second + s * third))
    }

    private func tangent(_ place: Int) -> Double {
        let last = times.count - 1
        if place == 0 { return endTangent(width(0), width(1), slope(0), slope(1)) }
        if place == last { return endTangent(width(last - 1), width(last - 2), slope(last - 1), slope(last - 2)) }
        let (left, right) = (slope(place - 1), slope(place))
        guard left * right > 0 else { return 0 }
        // The weighted harmonic mean of the slopes beside it.
        let before = 2 * width(place) + width(place - 1)
        let after = width(place) + 2 * width(place - 1)
        return (before + after) / (before / left + after / right)
    }

    /// By three points, so far as that keeps the shape.
    private func endTangent(_ near: Double, _ far: Double, _ slope: Double, _ next: Double) -> Double {
        let own = ((2 * near + far) * slope - near * next) / (near + far)
        if own * slope <= 0 { return 0 }
        if slope * next <= 0, own.magnitude > 3 * slope.magnitude { return 3 * slope }
        return own
    }

    func natural(_ place: Int, _ time: Double) -> Double {
        let last = times.count - 1
        // Second derivatives, 0 at both ends: elimination in a band of three.
        var diagonal = [Double](repeating: 1, count: last + 1)
        var bends = [Double](repeating: 0, count: last + 1)
        for inner in 1..<last {
            let factor = inner == 1 ? 0 : width(inner - 1) / diagonal[inner - 1]
            diagonal[inner] = 2 * (width(inner - 1) + width(inner)) - factor * width(inner - 1)
            bends[inner] = 6 * (slope(inner) - slope(inner - 1)) - factor * bends[inner - 1]
        }
        for inner in stride(from: last - 1, through: 1, by: -1) {
            bends[inner] = (bends[inner] - width(inner) * bends[inner + 1]) / diagonal[inner]
        }
        let h = width(place - 1)
        let a = (times[place] - time) / h
        let b = (time - times[place - 1]) / h
        let curvature = (a * a * a - a) * bends[place - 1] + (b * b * b - b) * bends[place]
        return a * values[place - 1] + b * values[place] + curvature * h * h / 6
    }
}

// MARK: - While running

extension Program {
    /// The combination of some indexes at the point of a combination of others; those that the point leaves open are at
    /// their first member.
    func combination(_ combination: Int, of own: Axes, in wanted: Axes) -> Int {
        if own.indexes == wanted.indexes || wanted.indexes.isEmpty { return wanted.indexes.isEmpty ? 0 : combination }
        var rest = combination
        var members: [Int: Int] = [:]
        for index in own.indexNumbers.reversed() {
            members[index] = rest % indexSizes[index]
            rest /= indexSizes[index]
        }
        return wanted.indexNumbers.reduce(0) { $0 * indexSizes[$1] + (members[$1] ?? 0) }
    }

    /// Whether a definition is a series, whose points `Worker.pointsOfSeries` gives.
    func isSeries(_ number: Int) -> Bool {
        if case .series = definitions[number].kind { return true }
        return false
    }
}

extension Worker {
    /// The points of a definition that is a series, in order, at a combination of its indexes: each with its period in
    /// ticks (the first may begin at 0, the last may end at `Int64.max`) and its value. `lane` is that of the current block,
    /// or nil where nothing varies over samples. A value that stands for a fault is not a number.
    func pointsOfSeries(
        _ number: Int, combination: Int, lane: Int?
    ) -> [(start: Int64, end: Int64, value: Double)] {
        guard case .series(let own) = program.definitions[number].kind else { return [] }
        return points(own, of: number, combination).map { point in
            let value = seriesValue(point.value, number, combination) { read, place in
                lane.map { self.laneValue(read, place, 0, $0) } ?? self.uniformValue(read, place, 0)
            }
            return (point.start, point.end, value)
        }
    }

    private func list(_ series: Int, of number: Int, _ combination: Int) -> Int {
        program.combination(combination, of: program.definitions[number].axes, in: program.series[series].indexes)
    }

    private func points(_ series: Int, of number: Int, _ combination: Int) -> [SeriesPoint] {
        program.series[series].lists[list(series, of: number, combination)]
    }

    func seriesValue(
        _ value: SeriesValue, _ number: Int, _ combination: Int, _ read: (Int, Int) -> Double
    ) -> Double {
        switch value {
        case .constant(let constant): return constant
        case .definition(let definition): return read(definition, point(combination, of: number, in: definition))
        case .scaled(let constant, by: let definition):
            let factor = read(definition, point(combination, of: number, in: definition))
            return factor.isNaN ? factor : checked(constant * factor, factor, number)
        }
    }

    /// The value of a series over a period, for a definition at one of its combinations.
    func readSeries(
        _ series: Int, from start: Int64, to end: Int64, _ number: Int, _ combination: Int,
        _ read: (Int, Int) -> Double
    ) -> Double {
        let list = list(series, of: number, combination)
        let points = program.series[series].lists[list]
        let reading = program.series[series].read(list: list, from: start, to: end) {
            seriesValue(points[$0].value, number, combination, read)
        }
        let fault: RunFault
        switch reading {
        case .value(let value): return value.isNaN ? value : checked(value, 0, number)
        case .outside:
            fault = .outsideSeries(
                start: points.first?.start ?? 0, end: points.last?.end ?? 0, series: series,
                combination: list)
        case .notAboveZero: fault = .noLogarithmicLine
        }
        return machine.poison(fault, origin: program.definitions[number].origin)
    }

    /// The value of the point that has just this period; none where there is no such point.
    func pointOfSeries(
        _ series: Int, from start: Int64, to end: Int64, _ number: Int, _ combination: Int,
        _ read: (Int, Int) -> Double
    ) -> Double {
        let points = points(series, of: number, combination)
        let place = Series.firstPlace(points, endingAfter: start)
        guard place < points.count, points[place].start == start, points[place].end == end else { return Box.none }
        return seriesValue(points[place].value, number, combination, read)
    }

    /// The value of a series at a step.
    func readSeries(
        _ series: Int, at step: Int, _ number: Int, _ combination: Int, _ read: (Int, Int) -> Double
    ) -> Double {
        guard step < program.calendar.steps.count else { return 0 }
        let time = program.calendar.steps[step]
        machine.step = step
        return readSeries(series, from: time.start, to: time.end, number, combination, read)
    }
}

// MARK: - Words

extension Program {
    static func describe(_ points: [SeriesPoint]) -> String {
        guard let first = points.first, let last = points.last else { return "nothing" }
        return words(start: first.start, end: last.end)
    }

    /// What is said of a series that has no value, of which members, when, and what to do. `when` is empty or begins with
    /// a blank.
    package func wordsOutside(
        _ number: Int, _ combination: Int, when: String, start: Int64, end: Int64, _ model: Model
    ) -> (message: String, help: [String]) {
        guard series.indices.contains(number) else { return ("the series has no value\(when)", []) }
        return Self.wordsOutside(
            series[number], combination, when: when, covers: end == 0 ? nil : Self.words(start: start, end: end), model)
    }

    /// `covers` is nil where there is no value at all.
    static func wordsOutside(
        _ series: Series, _ combination: Int, when: String, covers: String?, _ model: Model
    ) -> (message: String, help: [String]) {
        var labels: [String] = []
        var rest = combination
        for index in Array(series.indexes.indexNumbers).reversed() {
            let count = max(model.indexes[index].members.count, 1)
            labels.insert(model.label(ofMember: rest % count, of: index), at: 0)
            rest /= count
        }
        let whose = labels.isEmpty ? "" : " for " + labels.joined(separator: ", ")
        let what = series.isOfTable ? "the table" : "the series"
        guard let covers else {
            return (
                "\(what) has no value\(whose)",
                [
                    "give it a figure, or ask for members that have one: `x[Europe]`"
                ]
            )
        }
        return (
            "\(what) has no value\(whose)\(when): it covers \(covers)",
            [
                series.isOfTable
                    ? "nothing extrapolates unless asked to: `extend_series(x, hold: true)` holds the first and the last figure"
                    : "nothing extrapolates unless asked to: write an open key such as `2030..: v`, or `extend_series(s, hold: true)`"
            ]
        )
    }

    /// What a series covers, in words: by year where it begins and ends with one, else by quarter, by month or by day.
    package static func words(start: Int64, end: Int64) -> String {
        if end == 0 { return "nothing" }
        let year = TimePoint.ticksPerYear
        let ends = [start, end].filter { $0 != 0 && $0 != .max }
        let part = [year, year / 4, year / 12].first { part in ends.allSatisfy { $0 % part == 0 } }
        func period(_ from: Int64) -> String {
            guard let part else { return TimePoint.date(at: from) }
            return TimePoint(start: from, length: part)?.text ?? String(from / year)
        }
        let from = start == 0 ? "the beginning" : period(start)
        let to = end == .max ? "the end" : period(end - (part ?? 1))
        return from == to ? from : "\(from) to \(to)"
    }
}

extension SeriesPoint {
    /// The period as a script writes it: `2024`, `2024Q2`, `2020..2024`, `2025..`; what a script cannot write by its ends.
    var label: String {
        let year = TimePoint.ticksPerYear
        func text(_ start: Int64, _ length: Int64) -> String { TimePoint(start: start, length: length)?.text ?? "" }
        if end == .max { return start == 0 ? ".." : text(start, year) + ".." }
        if start == 0, end > year { return ".." + text(end - year, year) }
        let length = end - start
        let parts = [year, year / 4, year / 12]
        if parts.contains(length), start % length == 0 { return text(start, length) }
        if let part = parts.first(where: { start % $0 == 0 && end % $0 == 0 }) {
            return text(start, part) + ".." + text(end - part, part)
        }
        let (first, last) = (TimePoint.date(at: start), TimePoint.date(at: end - 1))
        return first == last ? first : first + ".." + last
    }
}
