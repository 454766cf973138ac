@preconcurrency import Glibc
import Reuse
import Synchronization

/// Ctrl-C: the first lets a run end with what it has, a second ends the process as it would any other.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    static var wasAsked: Bool { flag.load(ordering: .relaxed) }

    /// Before an entry is read: from there on Ctrl-C is about that entry, and what is computed for it.
    static func forget() { flag.store(false, ordering: .relaxed) }

    /// Ctrl-C sets the flag, however often, and never ends the process.
    static func watchAtPrompt() { handle(flags: 0) }

    /// Options under which a run listens to Ctrl-C, and tells how far it has come where somebody looks.
    static func watched(_ options: Options) -> Options {
        handle(flags: Int32(bitPattern: UInt32(SA_RESETHAND)))
        var options = options
        options.isCancelled = { wasAsked }
        if Terminal.isTerminal(STDERR_FILENO) {
            let meter = ProgressMeter()
            options.progress = { meter.show($0) }
        }
        return options
    }

    private static func handle(flags: Int32) {
        // Touched before a signal can arrive: what is made at first use is not made inside a handler.
        _ = wasAsked
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.flag.store(true, ordering: .relaxed) }
        sigemptyset(&action.sa_mask)
        // Without SA_RESTART: a wait for a key ends, too.
        action.sa_flags = flags
        sigaction(SIGINT, &action, nil)
        // A parent may have held it back.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}
