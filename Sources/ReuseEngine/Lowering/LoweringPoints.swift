import ReuseCore
import ReuseModel
import ReuseSyntax

/// Points: at which members of indexes code is made. One code serves all members that it is the same for: what it reads then
/// lies at an address that rests on the members at which it runs.
extension Lowering {
    /// Sets the members of some indexes to those of a combination, the last index running fastest.
    @inline(__always)
    func setMembers(_ point: inout [Int], _ indexes: [Int], _ combination: Int) {
        var rest = combination
        for index in indexes.reversed() {
            let count = model.indexes[index].members.count
            point[index] = rest % count
            rest /= count
        }
    }

    /// Which combination of some indexes a point is; those that it leaves open are at their first member.
    func combination(of point: [Int], in axes: Axes) -> Int {
        if axes.indexes.isEmpty { return 0 }
        var result = 0
        for index in axes.indexNumbers {
            result = result * program.indexSizes[index] + max(point[index], 0)
        }
        return result
    }

    /// Which combination of some indexes is the current point, for what is different at each.
    func combination(at axes: Axes) throws(LoweringFailure) -> Int {
        try needMembers(of: axes)
        return combination(of: unit.point, in: axes)
    }

    /// Fails where the members of some indexes are known only while the code runs.
    func needMembers(of axes: Axes) throws(LoweringFailure) {
        if axes.indexes.isEmpty { return }
        for index in axes.indexNumbers { _ = try member(of: index) }
    }

    /// The member of an index at the current point, or -1.
    func member(of index: Int) throws(LoweringFailure) -> Int {
        if unit.point[index] <= CodeUnit.anyMember { throw .notForAllMembers }
        return unit.point[index]
    }

    /// The number of what is added to an address while the code runs, for values over some axes that take `scale` places each;
    /// 0 for nothing.
    mutating func offset(in axes: Axes, scale: Int) throws(LoweringFailure) -> UInt8 {
        if axes.indexes.isEmpty { return 0 }
        var row = OffsetRow()
        var stride = scale
        for index in axes.indexNumbers.reversed() {
            let member = unit.point[index]
            if member <= CodeUnit.anyMember {
                let axis = RunningAxis(index: index, loop: CodeUnit.anyMember - member)
                row.strides.append(OffsetRow.Stride(axis: axis, places: stride))
            }
            stride *= program.indexSizes[index]
        }
        if row.strides.isEmpty { return 0 }
        if let known = unit.offsets.firstIndex(of: row) { return UInt8(known + 1) }
        guard unit.offsets.count < MemberOffsets.most else { throw .notForAllMembers }
        unit.offsets.append(row)
        return UInt8(unit.offsets.count)
    }

    /// The offsets of the code that was made, and of its loops; -1 where no address in it rests on members.
    mutating func finishOffsets() -> Int {
        if unit.offsets.isEmpty && unit.memberLoops.isEmpty { return -1 }
        for (place, loop) in unit.memberLoops.enumerated() {
            program.memberLoops[loop.number] = MemberOffsets(
                loop.indexes.map { RunningAxis(index: $0, loop: place + 1) }, sizes: program.indexSizes, unit.offsets,
                counters: program.memberCounters)
            program.memberCounters += loop.indexes.count
        }
        let own = unit.point.indices.filter { unit.point[$0] == CodeUnit.anyMember }
        program.offsets.append(
            MemberOffsets(
                own.map { RunningAxis(index: $0, loop: 0) }, sizes: program.indexSizes, unit.offsets))
        return program.offsets.count - 1
    }

    /// Runs `body` for each of some combinations of members: once, in a loop, where the code is the same for all of them,
    /// else for one after the other.
    mutating func forEachMember(
        of indexes: [Int], _ places: [Int], isAll: Bool, _ place: Place,
        _ body: (inout Lowering) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) {
        if isAll, try loop(over: indexes, place, body) { return }
        guard places.count <= Limits.reducedCombinations else {
            throw report(
                .tooManyCombinations(
                    "this is not the same for all members, and can go through at most \(Limits.inWords(Limits.reducedCombinations)) combinations of them",
                    at: location(place)))
        }
        for combination in places {
            guard here < Limits.pieceInstructions else { throw report(.tooLarge(at: location(place))) }
            setMembers(&unit.point, indexes, combination)
            try body(&self)
        }
    }

    /// False where the code is not the same for all members: nothing is made then.
    private mutating func loop(
        over indexes: [Int], _ place: Place, _ body: (inout Lowering) throws(LoweringFailure) -> Void
    ) throws(LoweringFailure) -> Bool {
        guard unit.mayLoop else { return false }
        let outer = (unit: unit, scope: scope, start: here, reads: reads.count)
        let number = program.memberLoops.count
        program.memberLoops.append(MemberOffsets())
        unit.memberLoops.append((number, indexes))
        for index in indexes { unit.point[index] = CodeUnit.anyMember - unit.memberLoops.count }
        emit(Instruction(.beginMembers, 0, wide: number), at: place)
        let top = here
        do throws(LoweringFailure) {
            try body(&self)
        } catch {
            guard case .notForAllMembers = error else { throw error }
            discard(from: outer.start)
            reads.removeSubrange(outer.reads...)
            (unit, scope) = (outer.unit, outer.scope)
            return false
        }
        emit(Instruction(.nextMembers, 0, wide: number), at: place)
        emit(Instruction(.jump, 0, wide: top), at: place)
        return true
    }

    /// Drops code that nothing runs: the last that was made.
    mutating func discardCode(from start: Int) {
        program.code.removeSubrange(start...)
        program.origins.removeSubrange(start...)
    }
}
