import ReuseKernels

/// A list, record or text pointer's target: items in a row, or a run of whole numbers that is not written out.
struct ListObject {
    var count: Int
    var capacity: Int
    /// Nil for a run.
    var items: UnsafeMutablePointer<Double>?
    /// First number of a run.
    var first: Double
}

/// Memory of lists, records and function values. Given back all at once, at the end of a piece of code.
struct Arena {
    private var chunks: [(memory: UnsafeMutableRawPointer, size: Int)] = []
    private var current = 0
    private var offset = 0
    /// Bytes handed out and not given back; texts count too.
    private(set) var used = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    struct Mark {
        var chunk: Int
        var offset: Int
        var used: Int
    }

    func mark() -> Mark { Mark(chunk: current, offset: offset, used: used) }

    mutating func reset(to mark: Mark) {
        current = mark.chunk
        offset = mark.offset
        used = mark.used
    }

    /// Counts bytes that live elsewhere; false where the limit is reached.
    mutating func charge(_ bytes: Int) -> Bool {
        guard bytes <= limit - used else { return false }
        used += bytes
        return true
    }

    /// Room for so many doubles, aligned; nil where the limit is reached. Charged before it is taken.
    mutating func allocate(doubles: Int) -> UnsafeMutablePointer<Double>? {
        guard doubles >= 0, doubles <= limit / 8 else { return nil }
        let bytes = max(doubles, 1) * 8
        guard charge(bytes) else { return nil }
        while true {
            if current < chunks.count {
                if offset + bytes <= chunks[current].size {
                    let place = chunks[current].memory + offset
                    offset += bytes
                    return place.assumingMemoryBound(to: Double.self)
                }
                current += 1
                offset = 0
                continue
            }
            let size = max(1 << 20, bytes)
            guard let memory = reuse_allocate_lanes((size + 7) / 8) else { return nil }
            chunks.append((UnsafeMutableRawPointer(memory), size))
        }
    }

    mutating func makeList(capacity: Int) -> UnsafeMutablePointer<ListObject>? {
        guard let header = allocate(doubles: MemoryLayout<ListObject>.stride / 8) else { return nil }
        let list = UnsafeMutableRawPointer(header).assumingMemoryBound(to: ListObject.self)
        var items: UnsafeMutablePointer<Double>?
        if capacity > 0 {
            items = allocate(doubles: capacity)
            if items == nil { return nil }
        }
        list.initialize(to: ListObject(count: 0, capacity: capacity, items: items, first: 0))
        return list
    }

    mutating func push(_ value: Double, onto list: UnsafeMutablePointer<ListObject>) -> Bool {
        if list.pointee.count >= list.pointee.capacity {
            let larger = max(4, list.pointee.capacity * 2)
            guard let items = allocate(doubles: larger) else { return false }
            if let old = list.pointee.items { items.update(from: old, count: list.pointee.count) }
            list.pointee.items = items
            list.pointee.capacity = larger
        }
        guard let items = list.pointee.items else { return false }
        items[list.pointee.count] = value
        list.pointee.count += 1
        return true
    }

    mutating func free() {
        for chunk in chunks { reuse_free_numbers(chunk.memory.assumingMemoryBound(to: Double.self)) }
        chunks = []
    }
}

extension UnsafeMutablePointer<ListObject> {
    @inline(__always)
    init?(handle: Double) { self.init(bitPattern: UInt(handle.bitPattern)) }
    @inline(__always)
    var handle: Double { Double(bitPattern: UInt64(UInt(bitPattern: self))) }

    @inline(__always)
    func item(_ index: Int) -> Double {
        if let items = pointee.items { return items[index] }
        return pointee.first + Double(index)
    }
}
