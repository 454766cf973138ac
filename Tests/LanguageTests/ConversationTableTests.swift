import Synchronization
import Testing

@testable import Reuse

/// Tables are files, which may change while somebody talks.
@Suite struct ConversationTableTests {
    private final class Reads: Sendable {
        private let number = Atomic<Int>(0)
        var count: Int { number.load(ordering: .relaxed) }
        func next() -> Int { number.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    /// A conversation whose files have another text each time that they are read.
    private func reading(_ text: @escaping @Sendable (_ time: Int) -> String) -> (model: Conversation, reads: Reads) {
        let reads = Reads()
        var model = Conversation()
        model.session.files = FileAccess { _ in .success(Array(text(reads.next()).utf8)) }
        return (model, reads)
    }

    private static let statement =
        "data figures from \"sold.csv\" { time: column(\"Year\"), sold: column(\"Sold\") * 1 kg }"

    @Test("a table is read once, and again where it is asked for again")
    func tables() {
        var (model, reads) = reading { "Year,Sold\n2020,5\n2021,\(6 + $0)\n" }
        #expect(model.enter(Self.statement).diagnostics.isEmpty)
        #expect(model.answer("figures.sold[2021]") == "7 kg\n")
        _ = model.enter("let twice = 2 * figures.sold[2021]")
        #expect(model.answer("twice") == "14 kg\n")
        #expect(reads.count == 1)
        _ = model.enter(Self.statement)
        #expect(reads.count == 2)
        #expect(model.answer("twice") == "16 kg\n")
        // What is wrong with it is shown in its text.
        let wrong = model.enter(
            "data others from \"sold.csv\" { time: column(\"Year\"), sold: column(\"Bought\") * 1 kg }")
        #expect(wrong.hasErrors)
        #expect(model.answer("twice") == "16 kg\n")
    }

    @Test("one that was read again is what it was when that is taken back")
    func takenBack() {
        var (model, reads) = reading { "Year,Sold\n2020,\($0)\n" }
        _ = model.enter(Self.statement)
        #expect(model.answer("figures.sold[2020]") == "1 kg\n")
        #expect(model.enter(Self.statement).notes.last == "figures.sold[2020]: was 1 kg, now 2 kg")
        #expect(model.undo().notes.last == "figures.sold[2020]: was 2 kg, now 1 kg")
        #expect(model.redo().notes.last == "figures.sold[2020]: was 1 kg, now 2 kg")
        #expect(reads.count == 2)
    }

    @Test("what is forced has the table that was read for it")
    func forced() {
        var (model, reads) = reading { "R,U\n\($0 == 1 ? "A" : "C"),\($0)\n" }
        let statement = "data s from \"f.csv\" { r: labels(\"R\"), u: column(\"U\") }"
        _ = model.enter(statement)
        _ = model.enter("let k = s.u[A]")
        #expect(model.enter(statement).notes.first == "nothing is changed yet: this would break k")
        _ = model.force()
        #expect(model.answer("s.u[C]") == "2\n")
        #expect(reads.count == 2)
    }
}
