@preconcurrency import Glibc
import Reuse
import Synchronization

/// An answer that is worked out on a thread of its own. Ctrl-C stops it; where it does not end at once it is left to itself,
/// with the session that it was given a copy of, so that the prompt is there again whatever is being computed.
final class Answering: @unchecked Sendable {
    /// What came of it.
    enum Outcome {
        /// The session after it, and what to say.
        case answered(Talk, Talk.Answer)
        /// Ctrl-C; nothing of it counts. How far it had come.
        case left(RunProgress?)
    }

    /// How long a computation has to end by itself after Ctrl-C, and to show what it has.
    private static let grace = 0.03

    /// What the computation looks at, and tells.
    private final class Watch: Sendable {
        let isStopped = Atomic<Bool>(false)
        let progress = Mutex<RunProgress?>(nil)
        let meter = ProgressMeter()
    }

    private let work: (inout Talk) -> Talk.Answer
    private let watch = Watch()
    private let result = Mutex<(Talk, Talk.Answer)?>(nil)
    // `@unchecked`: made before the thread starts, and used by calls that are made for threads.
    private let isDone: UnsafeMutablePointer<sem_t>

    private init(_ work: @escaping (inout Talk) -> Talk.Answer) {
        self.work = work
        isDone = .allocate(capacity: 1)
        sem_init(isDone, 0, 0)
    }

    deinit {
        sem_destroy(isDone)
        isDone.deallocate()
    }

    /// Works on a copy of a session.
    static func answer(_ talk: Talk, _ work: @escaping (inout Talk) -> Talk.Answer) -> Outcome {
        let answering = Answering(work)
        var talk = talk
        let watch = answering.watch
        talk.conversation.session.options.isCancelled = {
            watch.isStopped.load(ordering: .relaxed) || Interruption.wasAsked
        }
        let isSeen = Terminal.canRewrite(STDERR_FILENO)
        talk.conversation.session.options.progress = { progress in
            watch.progress.withLock { $0 = progress }
            if isSeen { watch.meter.show(progress) }
        }
        guard answering.start(talk) else {
            let answer = work(&talk)
            return .answered(talk, answer)
        }
        return answering.outcome()
    }

    // MARK: The thread

    private final class Start {
        let answering: Answering
        let talk: Talk

        init(_ answering: Answering, _ talk: Talk) {
            self.answering = answering
            self.talk = talk
        }
    }

    /// False where no thread is to be had.
    private func start(_ talk: Talk) -> Bool {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return false }
        defer { pthread_attr_destroy(&attributes) }
        // What the first thread of a process has.
        pthread_attr_setstacksize(&attributes, 8 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let start = Unmanaged.passRetained(Start(self, talk))
        var thread = pthread_t()
        // Ctrl-C is for the thread that reads keys.
        var interrupt = sigset_t()
        var usual = sigset_t()
        sigemptyset(&interrupt)
        sigaddset(&interrupt, SIGINT)
        pthread_sigmask(SIG_BLOCK, &interrupt, &usual)
        defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
        let status = pthread_create(&thread, &attributes, Self.main, start.toOpaque())
        if status != 0 { start.release() }
        return status == 0
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { start in
        guard let start else { return nil }
        let begun = Unmanaged<Start>.fromOpaque(start).takeRetainedValue()
        var talk = begun.talk
        let answer = begun.answering.work(&talk)
        begun.answering.result.withLock { $0 = (talk, answer) }
        sem_post(begun.answering.isDone)
        return nil
    }

    // MARK: Waiting for it

    private func outcome() -> Outcome {
        var end: Double?
        while true {
            if wait(), let (talk, answer) = result.withLock({ $0 }) {
                watch.meter.end()
                return .answered(talk, answer)
            }
            guard Interruption.wasAsked || Interruption.isEnding else { continue }
            let now = Terminal.now()
            let latest = end ?? now + Self.grace
            end = latest
            if now >= latest {
                watch.isStopped.store(true, ordering: .relaxed)
                watch.meter.end()
                return .left(watch.progress.withLock { $0 })
            }
        }
    }

    /// Waits a moment; a signal ends the wait. True where the answer is there.
    private func wait() -> Bool {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        time.tv_nsec += 5_000_000
        if time.tv_nsec >= 1_000_000_000 {
            time.tv_nsec -= 1_000_000_000
            time.tv_sec += 1
        }
        return sem_timedwait(isDone, &time) == 0
    }
}
