import ReuseCore
import ReuseSyntax

/// The steps of a model.
public struct Calendar: Sendable {
    public let steps: [TimePoint]
    /// Length of a step in years.
    public let stepYears: Double
    public let hasHorizon: Bool

    /// One step without a time: a script without a horizon.
    public static let none = Calendar(steps: [], stepYears: 1, hasHorizon: false)

    private init(steps: [TimePoint], stepYears: Double, hasHorizon: Bool) {
        self.steps = steps
        self.stepYears = stepYears
        self.hasHorizon = hasHorizon
    }

    public enum Fault: Sendable { case reversed, tooManySteps, notWhole, invalidStep }

    /// Steps that cover the first and the last period whole.
    static func make(from first: TimePoint, to last: TimePoint, stepYears: Double) -> Result<Calendar, CalendarFault> {
        guard stepYears.isFinite, stepYears > 0 else { return .failure(CalendarFault(fault: .invalidStep)) }
        guard last.end > first.start else { return .failure(CalendarFault(fault: .reversed)) }
        let ticks = stepYears * Double(TimePoint.ticksPerYear)
        let exact = Double(last.end - first.start) / ticks
        guard exact <= Double(Limits.horizonSteps) + 0.5, ticks >= 1 else {
            return .failure(CalendarFault(fault: .tooManySteps))
        }
        let count = exact.rounded()
        guard count >= 1, (exact - count).magnitude < 1e-6 else { return .failure(CalendarFault(fault: .notWhole)) }
        var steps: [TimePoint] = []
        steps.reserveCapacity(Int(count))
        var start = first.start
        for index in 1...Int(count) {
            let end = first.start + Int64((Double(index) * ticks).rounded())
            guard let step = TimePoint(start: start, length: end - start) else {
                return .failure(CalendarFault(fault: .tooManySteps))
            }
            steps.append(step)
            start = end
        }
        return .success(Calendar(steps: steps, stepYears: stepYears, hasHorizon: true))
    }

    public var count: Int { max(steps.count, 1) }

    /// The steps that a period covers, or that hold it; nil where part of it lies outside.
    public func steps(of time: TimePoint) -> ClosedRange<Int>? { range(of: time) }

    /// A step of which a part lies in a period and a part outside it; nil where there is none, or one step holds it all.
    public func stepAcrossEnd(of time: TimePoint) -> TimePoint? {
        guard let range = range(of: time), range.count > 1 else { return nil }
        if steps[range.lowerBound].start < time.start { return steps[range.lowerBound] }
        return steps[range.upperBound].end > time.end ? steps[range.upperBound] : nil
    }

    /// The steps that a period covers, or that hold it; nil where part of it lies outside.
    func range(of time: TimePoint) -> ClosedRange<Int>? {
        guard let first = steps.first, let last = steps.last, time.start >= first.start, time.end <= last.end else {
            return nil
        }
        var low = 0
        var high = steps.count - 1
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].end > time.start { high = middle } else { low = middle + 1 }
        }
        let from = low
        high = steps.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if steps[middle].start < time.end { low = middle } else { high = middle - 1 }
        }
        return from...low
    }
}

extension Calendar {
    /// `2024 to 2030`.
    var text: String {
        guard let first = steps.first, let last = steps.last else { return "not there" }
        return "\(first.text) to \(last.text)"
    }
}

struct CalendarFault: Error { var fault: Calendar.Fault }
