import Foundation
import Reuse
import ReuseReport
import Synchronization
import Testing

/// What a host with small stacks sees: everything that one with large ones does.
@Suite struct SmallStackTests {
    @Test("all programs do what they say on stacks of 256 KB, two at once")
    func programs() {
        let failures = SmallStack.map(LanguageProgram.all + LanguageProgram.errors) { program in
            do {
                let isError = program.url.path.contains("/Errors/")
                return isError ? try program.unexpectedText() : try program.failures()
            } catch {
                return ["\(program.name): \(error)"]
            }
        }
        #expect(failures == [])
    }

    @Test("all attacks end in words on stacks of 256 KB, two at once")
    func attacks() {
        let failures = SmallStack.map(Attack.all) { attack in
            guard let bytes = try? [UInt8](Data(contentsOf: attack.url)) else { return ["no \(attack.name)"] }
            var options = Options()
            options.samples = 300
            return attack.failures(of: Session(options: options).run(bytes, name: attack.name))
        }
        #expect(failures == [])
    }

    @Test("a prompt answers on a stack of 256 KB, also what is nested as deep as it may be")
    func conversation() {
        let failures = SmallStack.map([0, 1]) { number in
            var talk = Conversation()
            var said: [String] = []
            for entry in ["assume x = 1 to 2", "let y = " + nested("(1 + ", "x", ")", 250), "y", "trace y"] {
                let reply = talk.enter(entry)
                said += reply.diagnostics.map { "\(entry.prefix(20)): \($0.message)" }
                if PromptRenderer().render(reply.outputs).count > 1_000_000 { said.append("long") }
            }
            said += talk.documentation(of: "y").diagnostics.map { $0.message }
            if talk.completion(of: "show y", at: 6).candidates.isEmpty { said.append("nothing begins with y") }
            if talk.isUnfinished(nested("(", "1", "", 255)) == false { said.append("a bracket is open") }
            return said.map { "\(number) " + $0 }
        }
        #expect(failures == [])
    }

    @Test("a host is asked on the thread and the stack from which it called")
    func callbacks() {
        let failures = SmallStack.map([0, 1]) { _ in
            let seen = Seen()
            var options = Options()
            options.threads = 1
            options.progress = { _ in seen.note("progress") }
            options.isCancelled = {
                seen.note("isCancelled")
                return false
            }
            let files = FileAccess { _ in
                seen.note("files")
                return .success(Array("let a = 1".utf8))
            }
            let result = Session(options: options, files: files).run(
                Array("use \"a.reuse\" as a\nassume x = 1 to 2\nshow x * a.a".utf8), name: "-")
            return seen.wrong + (seen.asked == ["files", "isCancelled", "progress"] ? [] : ["\(seen.asked)"])
                + result.diagnostics.map { $0.message }
        }
        #expect(failures == [])
    }

    /// What a host was asked, and whether that was where it called.
    private final class Seen: Sendable {
        private let caller = ObjectIdentifier(Thread.current)
        private let place = Seen.here()
        private let notes = Mutex<(asked: Set<String>, wrong: [String])>(([], []))

        var asked: [String] { notes.withLock { $0.asked.sorted() } }
        var wrong: [String] { notes.withLock { $0.wrong } }

        func note(_ what: String) {
            let here = Self.here()
            notes.withLock {
                $0.asked.insert(what)
                if ObjectIdentifier(Thread.current) != caller { $0.wrong.append("\(what) on another thread") }
                let distance = max(here, place) - min(here, place)
                if distance > UInt(SmallStack.size) { $0.wrong.append("\(what) on another stack") }
            }
        }

        /// The address of a local value.
        @inline(never)
        private static func here() -> UInt {
            var local = 0
            return withUnsafePointer(to: &local) { UInt(bitPattern: $0) }
        }
    }
}
