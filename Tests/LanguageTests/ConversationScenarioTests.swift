import ReuseReport
import Testing

@testable import Reuse

/// Switching policies where scenarios have changes of their own.
@Suite struct ConversationScenarioTests {
    private static func mixed() -> Conversation {
        .entered(
            "assume handling = 10 USD", "let cost = handling * 2", "policy a { handling += 1 USD }",
            "policy b { handling += 5 USD }", "scenario mix = a { handling *= 3 }")
    }

    @Test("a policy that is switched within a scenario leaves the scenario's own changes")
    func switching() {
        var model = Self.mixed()
        _ = model.choose(scenario: "mix")
        #expect(model.answer("cost").hasSuffix("62 USD\n"))
        #expect(model.switch("a", on: false).notes.last == "cost: was 62 USD, now 60 USD")
        #expect(
            model.switch("b", on: true).notes.first
                == "scenario: mix with b without a (`:diff` shows what that changes)")
        #expect(model.answer("cost").hasSuffix("70 USD\n"))
        #expect(model.policies().map(\.isOn) == [false, true])
        _ = model.switch("b", on: false)
        #expect(model.switch("a", on: true).notes.first == "scenario: mix (`:diff` shows what that changes)")
    }

    @Test("a script that is saved runs under what is chosen")
    func saved() {
        func value(_ model: Conversation) -> String {
            let script = model.script().text + Array("show cost\n".utf8)
            return TextRenderer().render(Session().run(script, name: "-").outputs)
        }
        var model = Self.mixed()
        #expect(value(model) == "cost = 32 USD\n")
        _ = model.choose(scenario: "mix")
        #expect(value(model) == "cost = 62 USD\n")
        _ = model.switch("b", on: true)
        #expect(value(model) == "cost = 72 USD\n")
        _ = model.choose(scenario: "baseline")
        #expect(value(model) == "cost = 20 USD\n")
    }

    @Test("a scenario is added to others by `+`, at the prompt and for a run")
    func added() {
        var model = Self.mixed()
        #expect(model.choose(scenario: "mix + b").notes.first == "scenario: mix + b (`:diff` shows what that changes)")
        #expect(model.answer("cost").hasSuffix("72 USD\n"))
        var options = Options()
        options.scenario = "mix + b"
        let run = Session(options: options).run(model.definitions + Array("\nshow cost\n".utf8), name: "-")
        #expect(TextRenderer().render(run.outputs).hasSuffix("cost = 72 USD\n"))
        #expect(model.switch("a", on: false).notes.last == "cost: was 72 USD, now 70 USD")
        let (script, note) = model.script()
        #expect(
            String(decoding: script, as: UTF8.self).hasSuffix("scenario main = b {\n    handling *= 3\n}\n")
                && note == nil)
        #expect(model.choose(scenario: "mix + c").notes.first?.hasPrefix("there is no policy or scenario `c`") == true)
        #expect(model.switch("mix", on: true).notes == ["`mix` is a scenario: `:scenario mix`, or `:scenario mix + a`"])
    }

    @Test("`all` in a sum is all of them, and what holds once a choice is gone is said")
    func sums() {
        var model = Conversation.entered(
            "assume x = 1", "policy a { x += 1 }", "policy b { x += 10 }", "policy c { x += 100 }", "let y = x", "y")
        _ = model.choose(scenario: "baseline")
        #expect(model.choose(scenario: "all + a").notes.last == "y: was 1, now 112")
        #expect(model.choose(scenario: "b + baseline").notes.last == "y: was 112, now 11")
        _ = model.choose(scenario: "a + b")
        #expect(model.drop("a").notes.contains("scenario: all, since a + b is gone"))
        // A scenario that is not in force changes nothing that is shown.
        _ = model.enter("scenario other = b { x *= 2 }")
        #expect(model.enter("scenario other = b { x *= 3 }").notes.first?.contains("changes") == false)
        _ = model.choose(scenario: "other")
        #expect(model.enter("scenario other = b { x *= 4 }").notes.first?.contains("; changes") == true)
    }

    @Test("a switch that changes only some periods of a series says which")
    func periods() {
        var model = Conversation.entered(
            "horizon 2024..2027", "assume price = 10 USD", "policy short until 2025 { price += 5 USD }", "price")
        #expect(
            model.switch("short", on: false).notes.last
                == "price in 2024: was 15 USD, now 10 USD, and so on until 2025; in 2027 still 10 USD")
    }

    @Test("all policies switched on again are what the script has")
    func allAgain() {
        var model = Self.mixed()
        _ = model.switch("a", on: false)
        #expect(model.enter("policy c { handling += 100 USD }").notes == ["c: off, under the scenario b (`:on c`)"])
        _ = model.switch("a c", on: true)
        #expect(model.state.choice == .asWritten)
        #expect(model.enter("policy d { handling += 1 USD }").notes.isEmpty)
        #expect(model.policies().map(\.isOn) == [true, true, true, true])
    }

    @Test("changes in another file are not left out silently")
    func elsewhere() {
        var model = Conversation()
        model.session.files = FileAccess { path in
            .success(
                path.hasSuffix("base.reuse")
                    ? Array("assume x = 1\npolicy a { x += 1 }\nscenario mix = a { x *= 3 }\n".utf8) : [])
        }
        _ = model.load(Array("extend \"base.reuse\"\nlet y = x\n".utf8), path: "own.reuse")
        _ = model.choose(scenario: "mix")
        let reply = model.switch("a", on: false)
        #expect(reply.notes.first?.contains("in another file") == true)
        #expect(model.state.choice == .scenarios(["mix"]))
    }

    @Test("a switch that is taken back says what is in force again")
    func takenBack() {
        var model = Self.mixed()
        _ = model.switch("a", on: false)
        _ = model.choose(scenario: "mix")
        #expect(model.undo().notes == ["taken back: the scenario is b again"])
        #expect(model.redo().notes == ["made again: the scenario is mix"])
    }
}
