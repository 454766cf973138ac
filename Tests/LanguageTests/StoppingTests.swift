import Reuse
import ReuseModel
import ReuseSyntax
import Synchronization
import Testing

@testable import ReuseEngine

/// What takes long asks while it is at it whether it is still wanted, and ends soon where it is not.
@Suite struct StoppingTests {
    /// Counts what it is asked, and wants no more from some question on.
    private final class Host: Sendable {
        private let count = Atomic<Int>(0)
        private let patience: Atomic<Int>

        init(patience: Int = .max) { self.patience = Atomic(patience) }

        var asked: Int { count.load(ordering: .relaxed) }
        func ask() -> Bool {
            count.wrappingAdd(1, ordering: .relaxed).newValue > patience.load(ordering: .relaxed)
        }
        func leave() { patience.store(0, ordering: .relaxed) }
    }

    private func lines(_ range: Range<Int>, _ line: (Int) -> String) -> String {
        range.map { line($0) + "\n" }.joined()
    }

    /// A program whose inputs are drawn by themselves.
    private func program(_ inputs: Int) throws -> Program {
        let text = "horizon 2000..2009\n" + lines(0..<inputs) { "assume a\($0) per time = 1 to 2" } + "show a0"
        return try Samples(text, ["a0"], count: 1).program
    }

    @Test("the numbering of draws asks again and again, and ends where it is stopped")
    func numbering() throws {
        var program = try program(5_000)
        #expect(program.draws.count == 5_000)
        let host = Host()
        program.numberDraws(Watch { host.ask() })
        // It goes through the draws three times, and a watch asks once in 256 calls.
        #expect(host.asked > 3 * 5_000 / 257)
        let numbered = Set(program.draws.map(\.dimension))
        #expect(numbered.count == 5_000)
        for index in program.draws.indices { program.draws[index].dimension = -1 }
        let gone = Host(patience: host.asked / 2)
        program.numberDraws(Watch { gone.ask() })
        #expect(gone.asked <= host.asked / 2 + 1)
        #expect(program.draws.contains { $0.dimension == -1 })
    }

    @Test("the tape of a run asks at each step, and is left unfinished where it is stopped")
    func tape() throws {
        let program = try program(50)
        let entries = program.schedule.filter { entry in
            entry.definitions.allSatisfy { program.definitions[$0].isSampled }
        }
        let steps = Array(repeating: StepSet(0...9), count: program.definitions.count)
        let host = Host()
        let whole = BlockTape(program, entries, steps) { host.ask() }.tasks.count
        #expect(whole >= 500 && host.asked >= 10)
        let gone = Host(patience: host.asked / 2)
        #expect(BlockTape(program, entries, steps) { gone.ask() }.tasks.count < whole)
    }

    @Test("a trace that is wanted no more is not shown, wherever it is stopped")
    func trace() {
        let text = "assume a = 1\nlet x0 = a\n" + lines(1..<400) { "let x\($0) = x\($0 - 1) + a" } + "trace x399"
        func run(_ host: Host) -> RunResult {
            var options = Options()
            options.threads = 1
            options.isCancelled = { host.ask() }
            return Session(options: options).run(Array(text.utf8), name: "-")
        }
        let host = Host()
        #expect(run(host).outputs.count == 1)
        // The walk asks at each of its declarations, and so does what is shown.
        #expect(host.asked > 400)
        for share in 1...9 {
            let gone = Host(patience: host.asked * share / 10)
            let result = run(gone)
            #expect(result.outputs.isEmpty && result.diagnostics.map(\.kind) == [.cancelled], "\(share)")
            #expect(gone.asked < host.asked)
        }
    }

    @Test("completion asks while it gathers names, and gives none where it is stopped")
    func completion() {
        let host = Host()
        var options = Options()
        options.isCancelled = { host.ask() }
        var conversation = Conversation(session: Session(options: options))
        _ = conversation.enter(lines(0..<3_000) { "let name\($0) = \($0)" })
        let before = host.asked
        let found = conversation.completion(of: "show na", at: 7).candidates
        #expect(found.count == 3_000)
        // Once it has the model, it asks once in 256 names.
        let again = host.asked
        #expect(conversation.completion(of: "show na", at: 7).candidates.count == 3_000)
        #expect(again >= before && host.asked - again > 3_000 / 257)
        host.leave()
        #expect(conversation.completion(of: "show na", at: 7).candidates.isEmpty)
    }
}
