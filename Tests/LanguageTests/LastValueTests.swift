import ReuseEngine
import ReuseReport
import Testing

@testable import Reuse

extension Conversation {
    /// One into which these were entered, without a warning or an error.
    static func entered(_ entries: String..., samples: Int = 200) -> Conversation {
        var options = Options()
        options.samples = samples
        var conversation = Conversation(session: Session(options: options, files: Project.files))
        for entry in entries { #expect(conversation.enter(entry).diagnostics.isEmpty, "\(entry)") }
        return conversation
    }

    /// The answer as text.
    mutating func answer(_ entry: String) -> String {
        let reply = enter(entry)
        return reply.notes.map { $0 + "\n" }.joined() + PromptRenderer().render(reply.outputs)
    }
}

/// `_` stands for what was shown: for the same draws, under the settings that hold.
@Suite struct LastValueTests {
    @Test("ranges of an expression are drawn once, however often `_` is used")
    func draws() {
        var model = Conversation.entered("1 to 2")
        let shown = model.answer("1 to 2")
        #expect(model.answer("_") == shown)
        #expect(model.answer("_ - _").hasPrefix("0 (0 to 0)\n"))
        #expect(model.answer("_").hasPrefix("0 (0 to 0)\n"))
        _ = model.enter("100 to 200 USD")
        _ = model.enter("_ / _")
        #expect(model.answer("_").hasPrefix("1 (1 to 1)\n"))
        // Two that are asked for one after the other are two.
        _ = model.enter("uniform(0, 1)")
        #expect(!model.answer("uniform(0, 1) - _").hasPrefix("0 (0 to 0)\n"))
        _ = model.enter("uniform(0, 1)")
        _ = model.enter("_ * (1 to 2)")
        #expect(model.answer("_ / _").hasPrefix("1 (1 to 1)\n"))
        // What is drawn is no entry.
        #expect(model.isEmpty)
    }

    @Test("a definition of `_` has the draws that were shown, in the script that is saved, too")
    func definition() {
        var model = Conversation.entered("uniform(0, 1)")
        #expect(model.enter("let r = _").notes == ["_1: a number, uncertain", "r: a number, uncertain"])
        #expect(model.answer("r - _").hasPrefix("0 (0 to 0)\n"))
        let shown = model.answer("r * 1")
        let script = model.script().text
        #expect(String(decoding: script, as: UTF8.self) == "let _1 = uniform(0, 1)\nlet r = _1\n")
        let run = Session(options: model.session.options).run(script + Array("show r * 1\n".utf8), name: "-")
        #expect(TextRenderer().render(run.outputs) == "r * 1 = " + shown.prefix { $0 != "\n" } + "\n")
    }

    @Test("names under which ranges are drawn stand for nothing else, whatever is taken back or entered")
    func names() {
        var model = Conversation.entered("100 to 200 USD", "let r = _")
        // The same once more is the same.
        #expect(model.answer("100 to 200 USD") == model.answer("r"))
        _ = model.reset()
        let shown = model.answer("1 to 3")
        #expect(model.undo().notes == ["taken back: _1 is back and r is back"])
        #expect(model.answer("_") == shown)
        let refused = model.enter("let _2 = 7").notes
        #expect(refused == ["`_2` is what is drawn in the last value: choose another name"])
        // One that is taken out of the way is that of another range.
        _ = model.enter("let _1 = 7 USD")
        let other = model.answer("100 to 200 USD")
        #expect(model.answer("_ - _").hasPrefix("0 (0 to 0) USD\n") && other.hasPrefix("14"))
    }

    @Test("in a text of several entries `_` is the expression above it, and all of it is one change")
    func texts() {
        var model = Conversation.entered("let spare = 1")
        let reply = model.enter("1 to 2\nlet v = _\nv - _\nlet n = 1\n3 to 4")
        #expect(
            reply.outputs.count == 3
                && reply.notes == ["_1: a number, uncertain", "v: a number, uncertain", "n: a number"])
        #expect(model.answer("_ - _").hasPrefix("0 (0 to 0)\n"))
        #expect(model.answer("v - v").hasPrefix("0 (0 to 0)\n"))
        #expect(model.undo().notes.first == "taken back: _1 is gone, v is gone and n is gone")
        // What fails in the middle leaves nothing behind.
        #expect(model.enter("let a = 2\na * 2\nlet b = _\nb / 0").hasErrors)
        #expect(model.list().rows.map(\.name) == ["spare"])
    }

    @Test("a value over an index says which of its members are others")
    func overIndexes() {
        var model = Conversation.entered("index g = A, B, C", "let p = 5", "[A: 1, B: 0, C: 2] * p")
        #expect(
            model.enter("let p = 7").notes.last == "[A: 1, B: 0, C: 2] * p: [A] was 5, now 7; [C] was 10, now 14")
    }

    @Test("what is wrong in an expression with a range is shown in it")
    func errors() {
        var model = Conversation.entered()
        let reply = model.enter("# Two kinds\n1 to 2 kg + 3 USD")
        #expect(reply.diagnostics.map(\.kind) == [.dimensionMismatch])
        let label = reply.diagnostics.first?.primary
        let source = reply.sources.first { $0.id == label?.location.source }
        #expect(source.map { $0.text(of: label?.location.span ?? .init(start: 0, end: 0)) } == "3 USD")
    }

    @Test("a value under other settings is not compared with what it was under these")
    func settings() {
        var model = Conversation.entered("assume x = 100 to 200", "let y = x * 2", "y")
        model.session.options.samples = 100
        let now = model.enter("assume x = 100 to 201").notes.last ?? ""
        #expect(now.hasPrefix("y: now ") && !now.contains("was"))
        _ = model.enter("y")
        model.session.options.samples = 50
        let back = model.undo().notes.last ?? ""
        #expect(back == "y: now " + model.answer("y").prefix { $0 != "\n" })
    }

    @Test("where working out the last value is stopped, all stays as it was")
    func stopped() {
        var model = Conversation.entered(
            "assume x = 1 to 2", "policy more { x += 1 }", "let spare = 3", "let y = x * x", "y * y * x")
        let before = model.script().text
        model.session.options.isCancelled = { true }
        #expect(model.enter("assume x = 1 to 3").isStopped)
        #expect(model.switch("more", on: false).isStopped)
        #expect(model.script().text == before)
        #expect(model.policies().map(\.isOn) == [true])
        // What it does not rest on can be changed all the same.
        #expect(model.drop("spare").notes.first == "spare is gone (`:undo` brings it back)")
    }

    @Test("what rests on what is set aside is nothing any more")
    func forced() {
        var model = Conversation.entered("let price = 3 USD", "let more = price + 1 USD", "let most = 2 * more", "most")
        #expect(model.enter("let price = 3 kg").notes.first == "nothing is changed yet: this would break more and most")
        #expect(
            model.force().notes == [
                "set aside: more, most (`:undo` brings all back)",
                "`_` stands for nothing now: `most` rested on what is gone",
            ])
        #expect(model.enter("_").notes == ["`_` is the last value, and there is none yet"])
    }
}
