import ReuseCore
import ReuseKernels
import ReuseSyntax

/// Operations on whole lists.
extension Machine {
    func listOperation(_ op: ListOperation, _ b: Double, _ c: Double) -> Result<Double, Failure> {
        if op == .range { return makeRange(b, c) }
        guard let list = UnsafeMutablePointer<ListObject>(handle: b) else { return .failure(Failure(fault: .memory)) }
        let count = list.pointee.count
        switch op {
        case .equal, .notEqual:
            guard let other = UnsafeMutablePointer<ListObject>(handle: c) else {
                return .failure(Failure(fault: .memory))
            }
            var isSame = count == other.pointee.count
            var index = 0
            while isSame, index < count {
                isSame = Self.same(list.item(index), other.item(index))
                index += 1
            }
            return .success(isSame == (op == .equal) ? 1 : 0)
        case .length: return .success(Double(count))
        case .item:
            guard c >= 1, c <= Double(count), c == c.rounded() else {
                return .failure(Failure(fault: .outsideList(place: c, count: count)))
            }
            return .success(list.item(Int(c) - 1))
        case .sort: return sorted(list).map { $0.handle }
        case .sumExactly, .meanExactly:
            if op == .meanExactly, count == 0 { return .failure(Failure(fault: .emptyList)) }
            var total = (sum: 0.0, rest: 0.0)
            for index in 0..<count { total = ExactSum.add(list.item(index), to: total) }
            let value = (total.sum + total.rest) / (op == .meanExactly ? Double(count) : 1)
            return value.isFinite ? .success(value) : .failure(Failure(fault: .notFinite))
        case .sum, .mean:
            var sum = 0.0
            for index in 0..<count { sum += list.item(index) }
            if op == .mean {
                guard count > 0 else { return .failure(Failure(fault: .emptyList)) }
                sum /= Double(count)
            }
            return sum.isFinite ? .success(sum) : .failure(Failure(fault: .notFinite))
        case .minimum, .maximum:
            guard count > 0 else { return .failure(Failure(fault: .emptyList)) }
            var best = list.item(0)
            for index in 1..<max(count, 1) {
                let value = list.item(index)
                if op == .minimum ? value < best : value > best { best = value }
            }
            return .success(best)
        case .deviation:
            guard count > 1 else { return .failure(Failure(fault: .emptyList)) }
            var sum = 0.0
            for index in 0..<count { sum += list.item(index) }
            let mean = sum / Double(count)
            var squares = 0.0
            for index in 0..<count { squares += (list.item(index) - mean) * (list.item(index) - mean) }
            return .success(reuse_sqrt(squares / Double(count - 1)))
        case .median, .quantile, .range:
            guard count > 0 else { return .failure(Failure(fault: .emptyList)) }
            let share = op == .median ? 0.5 : c
            guard share >= 0, share <= 1 else { return .failure(Failure(fault: .invalidShare)) }
            return sorted(list).map { sorted in
                let values = UnsafeMutableBufferPointer(start: sorted.pointee.items, count: count)
                return Statistics.quantile(ofSorted: values, share)
            }
        }
    }

    private func makeRange(_ first: Double, _ last: Double) -> Result<Double, Failure> {
        let exact = last - first
        guard first == first.rounded(), last == last.rounded(), exact < Double(Limits.listItems), first.magnitude < 1e15
        else {
            return .failure(Failure(fault: .invalidCount))
        }
        guard let list = arena.makeList(capacity: 0) else { return .failure(Failure(fault: .memory)) }
        list.pointee.count = max(0, Int(exact) + 1)
        list.pointee.first = first
        // A run takes no memory until it is written out.
        list.pointee.capacity = list.pointee.count
        return .success(list.handle)
    }

    private func sorted(_ list: UnsafeMutablePointer<ListObject>) -> Result<UnsafeMutablePointer<ListObject>, Failure> {
        let count = list.pointee.count
        guard let copy = arena.makeList(capacity: max(count, 1)), let items = copy.pointee.items else {
            return .failure(Failure(fault: .memory))
        }
        for index in 0..<count { items[index] = list.item(index) }
        copy.pointee.count = count
        var values = UnsafeMutableBufferPointer(start: items, count: count)
        values.sort()
        return .success(copy)
    }
}
