/// Watch asks a host now and then whether an answer is still wanted. Cheap enough for every node of a text.
public final class Watch {
    private let isCancelled: () -> Bool
    /// Questions until the host is asked again. Behind a pointer: a property of a class is guarded at each access.
    @usableFromInline let left: UnsafeMutablePointer<Int32>
    /// It is wanted no more.
    public private(set) var hasStopped = false

    private static let interval: Int32 = 256

    public init(_ isCancelled: @escaping () -> Bool = { false }) {
        self.isCancelled = isCancelled
        left = .allocate(capacity: 1)
        left.initialize(to: 0)
    }

    deinit { left.deallocate() }

    /// Whether to stop: the host is asked once in many calls.
    @inlinable @inline(__always)
    public func stops() -> Bool {
        // Once it has stopped, nothing is left to count.
        if left.pointee > 0 {
            left.pointee &-= 1
            return false
        }
        return ask()
    }

    /// The same, of the host itself.
    @inline(never)
    public func ask() -> Bool {
        if !hasStopped { hasStopped = isCancelled() }
        left.pointee = hasStopped ? 0 : Self.interval
        return hasStopped
    }
}
