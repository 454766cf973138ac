@preconcurrency import Glibc
import Reuse
import Synchronization

/// One line on standard error that says how far a run has come, once it takes more than a second.
final class ProgressMeter: Sendable {
    private struct State {
        var start = Terminal.now()
        var shown = 0.0
        var last = 0
        var isVisible = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    func show(_ progress: RunProgress) {
        state.withLock { state in
            if state.hasEnded { return }
            let now = Terminal.now()
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

    /// Says nothing any more, and takes back what it said.
    func end() {
        state.withLock { state in
            if state.isVisible { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
            (state.isVisible, state.hasEnded) = (false, true)
        }
    }

    private static func duration(_ seconds: Double) -> String {
        if seconds < 100 { return "\(Int(seconds.rounded(.up))) s" }
        if seconds < 6000 { return "\(Int((seconds / 60).rounded(.up))) min" }
        return seconds < 3.6e8 ? "\(Int((seconds / 3600).rounded(.up))) h" : "a long time"
    }
}
