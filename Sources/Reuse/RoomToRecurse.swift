import ReuseStack

#if DEBUG
    /// What the deepest script takes: frames that are not optimised are ten times as large.
    private let roomToRecurse: UInt = 160 << 20
#else
    /// What the deepest script takes.
    private let roomToRecurse: UInt = 32 << 20
#endif

/// Runs `work`, which recurses as deep as a script nests, with room for the deepest that the language allows, whatever stack
/// its caller has: an app may call from a thread of 256 KB. It stays on the caller's thread.
package func withRoomToRecurse<Value>(_ work: () -> Value) -> Value {
    // On the stack that was made, most of which is left in calls within calls.
    if reuse_stack_left() >= roomToRecurse / 2 { return work() }
    var value: Value?
    withoutActuallyEscaping({ value = work() }) { call in
        withUnsafePointer(to: call) { call in
            reuse_stack_on_another(
                Int(roomToRecurse), { $0?.assumingMemoryBound(to: (() -> Void).self).pointee() },
                UnsafeMutableRawPointer(mutating: call))
        }
    }
    return value ?? work()
}

/// Asks a host something, on the stack from which the host called: what it may run there is its own affair.
func askingHost<Value>(_ question: () -> Value) -> Value {
    var value: Value?
    withoutActuallyEscaping({ value = question() }) { call in
        withUnsafePointer(to: call) { call in
            reuse_stack_on_hosts(
                { $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, UnsafeMutableRawPointer(mutating: call))
        }
    }
    return value ?? question()
}
