/// OffsetRow is what is added to an address by the members at which code runs: a stride of so many places for each.
struct OffsetRow: Hashable, Sendable {
    struct Stride: Hashable, Sendable {
        var axis: RunningAxis
        var places: Int
    }

    var strides: [Stride] = []
}

/// RunningAxis is an index whose member is known only while code runs: that of its definition's combination, or of a loop.
struct RunningAxis: Hashable, Sendable {
    var index: Int
    /// 0 for the definition's own, else the number of the loop within the code.
    var loop: Int
}

/// MemberOffsets are the rows of offsets of a code, as the members of some axes go on.
struct MemberOffsets: Sendable {
    /// So many rows can be told apart in an instruction.
    static let most = Int(UInt8.max)

    /// Members of each axis, the last first: it runs fastest.
    private var sizes: [Int] = []
    /// By axis in the same order, and within it by row.
    private var strides: [Int] = []
    private var count = 0
    /// Of a loop: where its members are counted.
    private var counters = 0

    /// Of a loop that is being made.
    init() {}

    init(_ axes: [RunningAxis], sizes: [Int], _ rows: [OffsetRow], counters: Int = 0) {
        count = rows.count
        self.counters = counters
        self.sizes = axes.reversed().map { sizes[$0.index] }
        strides = axes.reversed().flatMap { axis in
            rows.map { row in row.strides.first { $0.axis == axis }?.places ?? 0 }
        }
    }

    /// Writes the offsets at a combination. The first place is that of addresses which are the same everywhere: rows begin at
    /// the second.
    @inline(__always)
    func write(at combination: Int, into offsets: UnsafeMutablePointer<Int>) {
        for row in 0..<count { offsets[row + 1] = 0 }
        var rest = combination
        var place = 0
        for size in sizes {
            let (quotient, member) = rest.quotientAndRemainder(dividingBy: size)
            rest = quotient
            for row in 0..<count { offsets[row + 1] += member * strides[place + row] }
            place += count
        }
    }

    /// Begins a loop: at the first member of each axis.
    func begin(_ members: UnsafeMutablePointer<Int>) {
        for axis in sizes.indices { members[counters + axis] = 0 }
    }

    /// Goes on to the next members of a loop; behind the last it stands at the first again, and says false.
    func goOn(_ members: UnsafeMutablePointer<Int>, _ offsets: UnsafeMutablePointer<Int>) -> Bool {
        var place = 0
        for (axis, size) in sizes.enumerated() {
            let member = members[counters + axis] + 1
            let isInside = member < size
            members[counters + axis] = isInside ? member : 0
            for row in 0..<count { offsets[row + 1] += (isInside ? 1 : 1 - size) * strides[place + row] }
            if isInside { return true }
            place += count
        }
        return false
    }
}
