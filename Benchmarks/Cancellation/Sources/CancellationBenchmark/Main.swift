import Foundation
import Reuse

/// The longest time of the processor between two questions whether to stop, for models that are long in each their own way.
@main
enum Main {
    static func main() {
        let wanted = CommandLine.arguments.dropFirst().first
        for model in Model.all where wanted == nil || wanted == model.name {
            measure(model, "check") { $0.check(model.text, name: model.name) }
            measure(model, "run") { $0.run(model.text, name: model.name) }
        }
    }

    private static func measure(_ model: Model, _ stage: String, _ body: (Session) -> RunResult) {
        func time(until limit: Double) -> (Gaps, RunResult) {
            let gaps = Gaps(until: limit)
            var options = Options()
            options.threads = 1
            options.isCancelled = { gaps.ask() }
            let session = Session(options: options, files: FileAccess { _ in .success(model.table) })
            gaps.start()
            let result = body(session)
            gaps.end()
            return (gaps, result)
        }
        let (gaps, result) = time(until: 10)
        if !model.isWrong, gaps.all < 10, let error = result.diagnostics.first(where: { $0.severity == .error }) {
            print("\(model.name) has an error: \(error.message)")
        }
        // Stopped at each tenth of its time.
        let ending = (1...9).map { time(until: min(gaps.all, 10) * Double($0) / 10).0.ending }.max() ?? 0
        print(
            "\(model.name), \(stage)".padding(toLength: 48, withPad: " ", startingAt: 0)
                + String(
                    format: "%6.0f ms in all, %4.0f between questions, %4.0f to end", gaps.all * 1e3,
                    gaps.longest * 1e3,
                    ending * 1e3))
    }
}

/// Gaps between questions, on the one thread that asks.
final class Gaps: @unchecked Sendable {
    private(set) var longest = 0.0
    private(set) var all = 0.0
    private var last = 0.0
    /// From the first answer that it is wanted no more.
    private(set) var ending = 0.0
    private let limit: Double

    init(until limit: Double) { self.limit = limit }

    func start() { last = now() }

    func ask() -> Bool {
        // Once it has stopped, what asks again is not held up by a clock.
        if all <= limit { note() }
        return all > limit
    }

    func end() { note() }

    private func note() {
        let time = now()
        if all > limit { ending = time - last }
        longest = max(longest, time - last)
        all += time - last
        last = now()
    }

    private func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
