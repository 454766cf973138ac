@preconcurrency import Glibc
import Reuse
import Synchronization

/// Ctrl-C: the first lets a run end with what it has, a second ends the process as it would any other.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    static var wasAsked: Bool { flag.load(ordering: .relaxed) }

    /// Before an entry is read, and before it is answered.
    static func forget() { flag.store(false, ordering: .relaxed) }

    /// Options under which Ctrl-C ends a run, however often, and never the process.
    static func watchedAtPrompt(_ options: Options) -> Options {
        let options = watched(options)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.flag.store(true, ordering: .relaxed) }
        sigemptyset(&action.sa_mask)
        // Not restarted: a wait for a key ends, too.
        action.sa_flags = 0
        sigaction(SIGINT, &action, nil)
        return options
    }

    /// Options under which a run listens to Ctrl-C, and tells how far it has come where somebody looks.
    static func watched(_ options: Options) -> Options {
        // Touched before a signal can arrive: what is made at first use is not made inside a handler.
        _ = wasAsked
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.flag.store(true, ordering: .relaxed) }
        sigemptyset(&action.sa_mask)
        action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
        sigaction(SIGINT, &action, nil)
        // A parent may have held it back.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        var options = options
        options.isCancelled = { wasAsked }
        if Terminal.isTerminal(STDERR_FILENO) {
            let meter = ProgressMeter()
            options.progress = { meter.show($0) }
        }
        return options
    }
}

/// One line on standard error that says how far a run has come, once it takes more than a second.
private final class ProgressMeter: Sendable {
    private struct State {
        var start = ProgressMeter.now()
        var shown = 0.0
        var last = 0
        var isVisible = false
    }

    private let state = Mutex(State())

    func show(_ progress: RunProgress) {
        state.withLock { state in
            let now = Self.now()
            // Another run of the model, or another pass.
            if progress.done < state.last { (state.start, state.shown) = (now, now) }
            state.last = progress.done
            let isDone = progress.done >= progress.count
            if isDone {
                if state.isVisible { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
                (state.isVisible, state.last) = (false, 0)
                state.start = now
                return
            }
            guard now - state.start > 1, now - state.shown > 0.1 else { return }
            let share = Double(progress.done) / Double(max(progress.count, 1))
            let left = (now - state.start) * (1 - share) / max(share, 1e-9)
            Terminal.write(
                "\r\u{1B}[K\(Int(share * 100))% of the samples, \(Self.duration(left)) left (Ctrl-C stops)",
                to: STDERR_FILENO)
            (state.shown, state.isVisible) = (now, true)
        }
    }

    private static func duration(_ seconds: Double) -> String {
        if seconds < 100 { return "\(Int(seconds.rounded(.up))) s" }
        if seconds < 6000 { return "\(Int((seconds / 60).rounded(.up))) min" }
        return seconds < 3.6e8 ? "\(Int((seconds / 3600).rounded(.up))) h" : "a long time"
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
