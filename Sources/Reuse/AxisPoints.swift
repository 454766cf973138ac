import ReuseEngine
import ReuseModel

/// PickedMembers says at which member of some indexes a value is wanted. A value has few axes, so they are looked through.
struct PickedMembers {
    private var picks: [(index: Int, member: Int)] = []

    subscript(_ index: Int) -> Int? { picks.first { $0.index == index }?.member }

    mutating func pick(_ member: Int, of index: Int) { picks.append((index, member)) }

    /// These, and those of others whose indexes are not among them.
    func with(_ others: PickedMembers) -> PickedMembers {
        if picks.isEmpty { return others }
        var both = self
        both.picks += others.picks.filter { self[$0.index] == nil }
        return both
    }
}

/// The points of some axes, time first and the last index fastest. Each is made where it is asked for: a value may have fifty
/// million, of which a command needs one at a time.
struct AxisPoints: RandomAccessCollection {
    struct Point {
        var labels: [String] = []
        var members = PickedMembers()
        var step = 0
        /// The number of a point of a series that is shown at its own points.
        var point: Int?
    }

    private let steps: [String]
    private let indexes: [(number: Int, labels: [String])]
    let endIndex: Int
    var startIndex: Int { 0 }

    init(_ axes: Axes, _ model: Model, _ calendar: Calendar) {
        steps = axes.contains(.time) && calendar.hasHorizon ? calendar.steps.map(\.text) : []
        indexes = axes.indexNumbers.map { number in
            (number, model.indexes[number].members.indices.map { model.label(ofMember: $0, of: number) })
        }
        // No value has more than fifty million figures.
        endIndex = indexes.reduce(steps.isEmpty ? 1 : steps.count) { $0 * $1.labels.count }
    }

    subscript(position: Int) -> Point {
        var point = Point()
        var rest = position
        for index in indexes.reversed() {
            let member = rest % index.labels.count
            rest /= index.labels.count
            point.members.pick(member, of: index.number)
            point.labels.append(index.labels[member])
        }
        if !steps.isEmpty {
            point.step = rest
            point.labels.append(steps[rest])
        }
        point.labels.reverse()
        return point
    }
}
