import Foundation
import Synchronization

/// Threads with a stack of 256 KB, as an app may have that calls from one of its own.
enum SmallStack {
    static let size = 256 << 10

    /// Works on all items, on two such threads at once, one from either end; what it says of them, in the order of the items.
    static func map<Item: Sendable>(_ items: [Item], _ work: @escaping @Sendable (Item) -> [String]) -> [String] {
        let state = Mutex<(next: Int, end: Int, said: [Int: [String]])>((0, items.count, [:]))
        let finished = DispatchGroup()
        for isBackwards in [false, true] {
            finished.enter()
            let thread = Thread {
                while true {
                    let taken = state.withLock { state -> Int? in
                        guard state.next < state.end else { return nil }
                        if isBackwards {
                            state.end -= 1
                            return state.end
                        }
                        state.next += 1
                        return state.next - 1
                    }
                    guard let taken else { break }
                    let said = work(items[taken])
                    state.withLock { $0.said[taken] = said }
                }
                finished.leave()
            }
            thread.stackSize = size
            thread.start()
        }
        finished.wait()
        return state.withLock { state in items.indices.flatMap { state.said[$0] ?? ["number \($0) was not done"] } }
    }
}
