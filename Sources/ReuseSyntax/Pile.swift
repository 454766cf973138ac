/// A stack of plain values that grows. What an array does, without asking at every step whether it is shared.
struct Pile<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0
    /// Whether `base` belongs to an array that is being filled, see `lend`.
    private var isLent = false

    init(capacity: Int) {
        self.capacity = Swift.max(capacity, 16)
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        if !isLent { base.deallocate() }
    }

    /// Writes from now on into the storage of an array, which saves copying millions of elements at the end.
    /// Whoever lends it must call `giveBack` before that storage ends. The pile must be empty.
    mutating func lend(_ storage: UnsafeMutableBufferPointer<Element>) {
        assert(count == 0 && !isLent)
        guard let start = storage.baseAddress, storage.count > 0 else { return }
        base.deallocate()
        base = start
        capacity = storage.count
        isLent = true
    }

    /// How many elements the storage that was lent holds; 0 where the pile outgrew it and holds all of them itself.
    mutating func giveBack() -> Int {
        guard isLent else { return 0 }
        let used = count
        isLent = false
        base = .allocate(capacity: 1)
        capacity = 1
        count = 0
        return used
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        (base + count).initialize(to: element)
        count &+= 1
    }

    /// The element on top. The pile must not be empty: checked in debug builds only.
    @inline(__always)
    var top: Element { self[count &- 1] }

    /// The index must be one that was appended: checked in debug builds only.
    @inline(__always)
    subscript(_ index: Int) -> Element {
        assert(index >= 0 && index < count)
        return base[index]
    }

    @inline(__always) var isEmpty: Bool { count == 0 }

    @inline(__always)
    mutating func removeLast(_ removed: Int) {
        assert(removed >= 0 && removed <= count)
        count &-= removed
    }

    /// Moves what is above `mark` to the end of another pile.
    @inline(__always)
    mutating func move(from mark: Int, to other: inout Pile<Element>) {
        var index = mark
        while index < count {
            other.append(base[index])
            index &+= 1
        }
        count = mark
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: base, count: count)
        if !isLent { base.deallocate() }
        isLent = false
        base = larger
        capacity *= 2
    }

    func array() -> [Element] {
        Array(UnsafeBufferPointer(start: base, count: count))
    }
}
