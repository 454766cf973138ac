import ReuseEngine
import Synchronization
import ReuseSyntax

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    @preconcurrency import Musl
#else
    @preconcurrency import Glibc
#endif

/// How far a run over samples has come.
public struct RunProgress: Sendable {
    /// Blocks of 256 samples.
    public var done: Int
    public var count: Int
}

/// The threads of a run. They live as long as the pass that they work on, so that a host may fork between two runs.
enum Threads {
    /// What the machine has.
    static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// A workforce of so many threads, the caller's among them; `progress` is called on the caller's.
    static func workforce(threads: Int?, progress: (@Sendable (RunProgress) -> Void)?) -> Workforce {
        let count = min(max(threads ?? available, 1), Limits.threads)
        return Workforce(count: count) { items, work in
            withoutActuallyEscaping(work) { work in
                let job = Job(items, work)
                // A few blocks are done before a thread has started.
                let others = items.count < 3 ? 0 : min(count, items.count) - 1
                let threads = (0..<others).map { Thread(job, worker: $0 + 1) }
                var told = 0
                job.take(worker: 0) {
                    told = $0
                    progress?(RunProgress(done: $0, count: items.count))
                }
                for thread in threads { thread.join() }
                // The others may have done the last of it, or all while this one had to wait.
                if job.finishedCount > told { progress?(RunProgress(done: job.finishedCount, count: items.count)) }
                return job.done
            }
        }
    }

    /// Items that are handed out in ascending order.
    private final class Job: @unchecked Sendable {
        private let items: Range<Int>
        private let work: (Int, Int) -> Bool
        private let next: Atomic<Int>
        private let finished = Atomic<Int>(0)
        /// The first item that was not done as a whole.
        private let stop: Atomic<Int>

        init(_ items: Range<Int>, _ work: @escaping (Int, Int) -> Bool) {
            self.items = items
            self.work = work
            next = Atomic(items.lowerBound)
            stop = Atomic(items.upperBound)
        }

        var finishedCount: Int { finished.load(ordering: .acquiring) }
        var done: Int { stop.load(ordering: .acquiring) - items.lowerBound }

        func take(worker: Int, progress: (Int) -> Void = { _ in }) {
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard item < items.upperBound, item < stop.load(ordering: .relaxed) else { return }
                if work(worker, item) {
                    progress(finished.wrappingAdd(1, ordering: .relaxed).newValue)
                } else {
                    stop.min(item, ordering: .acquiringAndReleasing)
                    return
                }
            }
        }
    }

    /// A thread that takes items until there are none left.
    private final class Thread {
        private final class Start {
            let job: Job
            let worker: Int

            init(_ job: Job, _ worker: Int) {
                self.job = job
                self.worker = worker
            }
        }

        #if canImport(Darwin)
            private var handle: pthread_t?
        #else
            private var handle: pthread_t = 0
        #endif
        private var isRunning = false

        init(_ job: Job, worker: Int) {
            let start = Unmanaged.passRetained(Start(job, worker))
            var attributes = pthread_attr_t()
            var status = pthread_attr_init(&attributes)
            if status == 0 {
                // Nothing goes deep there; some systems give threads less than that takes all the same.
                pthread_attr_setstacksize(&attributes, 2 << 20)
                status = pthread_create(&handle, &attributes, Self.main, start.toOpaque())
                pthread_attr_destroy(&attributes)
            }
            isRunning = status == 0
            // Without this thread the others do its work.
            if !isRunning { start.release() }
        }

        #if canImport(Darwin)
            private static let main: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { start in
                run(start)
            }
        #else
            private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { start in
                start.flatMap(run)
            }
        #endif

        private static func run(_ start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
            let start = Unmanaged<Start>.fromOpaque(start).takeRetainedValue()
            start.job.take(worker: start.worker)
            return nil
        }

        func join() {
            guard isRunning else { return }
            #if canImport(Darwin)
                if let handle { pthread_join(handle, nil) }
            #else
                pthread_join(handle, nil)
            #endif
        }
    }
}
