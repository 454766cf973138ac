@preconcurrency import Glibc
import Reuse
import Synchronization

/// Signals. Of Ctrl-C the first lets a run end with what it has, a second ends the process as it would any other.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    static var wasAsked: Bool { flag.load(ordering: .relaxed) }

    /// The signal that is to end the prompt, once what it has is kept; 0 while there is none.
    private static let end = Atomic<Int32>(0)

    /// Whether the terminal went away, or somebody ends the process.
    static var isEnding: Bool { end.load(ordering: .relaxed) != 0 }

    /// Ends the process as the signal would have.
    static func endIfAsked() {
        let signal = end.load(ordering: .relaxed)
        if signal != 0 { kill(getpid(), signal) }
    }

    /// Before an entry is read: from there on Ctrl-C is about that entry, and what is computed for it.
    static func forget() { flag.store(false, ordering: .relaxed) }

    /// Ctrl-C sets the flag, however often, and never ends the process. What does end it, ends it by `endIfAsked`; a second
    /// time at once.
    static func watchAtPrompt() {
        handle(SIGINT) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        for signal in [SIGHUP, SIGTERM] {
            var before = sigaction()
            // Somebody may want it to outlive its terminal.
            if sigaction(signal, nil, &before) == 0, isIgnored(before) { continue }
            handle(signal, flags: SA_RESETHAND) { Interruption.end.store($0, ordering: .relaxed) }
        }
    }

    /// Options under which a run listens to Ctrl-C, and tells how far it has come where somebody looks.
    static func watched(_ options: Options) -> Options {
        handle(SIGINT, flags: SA_RESETHAND) { _ in Interruption.flag.store(true, ordering: .relaxed) }
        var options = options
        options.isCancelled = { wasAsked }
        if Terminal.canRewrite(STDERR_FILENO) {
            let meter = ProgressMeter()
            options.progress = { meter.show($0) }
        }
        return options
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    private static func handle(
        _ signal: Int32, flags: UInt32 = 0, _ handler: @escaping @convention(c) (Int32) -> Void
    ) {
        // Touched before a signal can arrive: what is made at first use is not made inside a handler.
        _ = (wasAsked, isEnding)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        // Without SA_RESTART: a wait for a key ends, too.
        action.sa_flags = Int32(bitPattern: flags)
        sigaction(signal, &action, nil)
        // A parent may have held it back.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, signal)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
