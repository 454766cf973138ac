/// Asks a host now and then whether an answer is still wanted. Cheap enough for every node of a text.
package final class Watch {
    private let isCancelled: () -> Bool
    /// Questions until the host is asked again.
    private var left: Int32 = 0
    /// It is wanted no more.
    package private(set) var hasStopped = false

    private static let interval: Int32 = 256

    package init(_ isCancelled: @escaping () -> Bool = { false }) { self.isCancelled = isCancelled }

    /// Whether to stop: the host is asked once in many calls.
    @inline(__always)
    package func stops() -> Bool {
        left &-= 1
        return left > 0 ? hasStopped : ask()
    }

    /// The same, of the host itself.
    @inline(never)
    package func ask() -> Bool {
        left = Self.interval
        if !hasStopped { hasStopped = isCancelled() }
        return hasStopped
    }
}
