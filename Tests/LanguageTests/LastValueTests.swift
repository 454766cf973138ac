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
        #expect(model.force().notes == ["set aside: more, most (`:undo` brings all back)"])
        #expect(model.enter("_").notes == ["`_` is the last value, and there is none yet"])
    }
}
