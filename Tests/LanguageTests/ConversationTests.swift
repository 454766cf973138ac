import Foundation
import ReuseReport
import ReuseSyntax
import Synchronization
import Testing

@testable import Reuse

/// A living model, without a terminal.
@Suite struct ConversationTests {
    private func conversation(_ entries: String...) -> Conversation {
        var options = Options()
        options.samples = 200
        var conversation = Conversation(session: Session(options: options, files: Project.files))
        for entry in entries {
            let reply = conversation.enter(entry)
            #expect(reply.diagnostics.isEmpty, "\(entry)")
        }
        return conversation
    }

    private final class Questions: Sendable {
        private let count = Atomic<Int>(0)
        var number: Int { count.load(ordering: .relaxed) }

        func ask() -> Bool {
            count.wrappingAdd(1, ordering: .relaxed)
            return false
        }
    }

    /// Tells whether samples are drawn.
    private final class Draws: Sendable {
        private let count = Atomic<Int>(0)

        func watch(_ model: inout Conversation) {
            model.session.options.progress = { [self] _ in count.wrappingAdd(1, ordering: .relaxed) }
        }

        func happen<Answer>(_ work: () -> Answer) -> (isDrawn: Bool, answer: Answer) {
            let before = count.load(ordering: .relaxed)
            let answer = work()
            return (count.load(ordering: .relaxed) > before, answer)
        }
    }

    private func text(_ reply: Conversation.Reply) -> String {
        reply.notes.map { $0 + "\n" }.joined() + PromptRenderer().render(reply.outputs)
    }

    @Test("an expression is answered by its value, which `_` then stands for")
    func last() {
        var model = conversation("unit phone")
        #expect(text(model.enter("3 * 4")) == "12\n")
        #expect(text(model.enter("_ + 1")) == "13\n")
        #expect(text(model.enter("_ * _")) == "169\n")
        #expect(text(model.enter("let thirteen = 13")) == "thirteen: a number\n")
        #expect(text(model.enter("_")) == "169\n")
        // It is written out, but not without end.
        for _ in 0..<30 { #expect(!model.enter("_ + _").hasErrors || model.state.last == nil) }
    }

    @Test("what is entered again takes the place of what it was, and says what rests on it")
    func redefinition() {
        var model = conversation(
            "unit phone", "assume price = 100 USD/phone", "let sold = 5 phone/yr", "let revenue = price * sold",
            "let rent = 7 USD/yr", "let profit = revenue - rent")
        #expect(text(model.enter("revenue")) == "500 USD/yr\n")
        #expect(
            model.enter("assume price = 200 USD/phone").notes == [
                "price: was 100 USD/phone, now 200 USD/phone; changes revenue and profit",
                "revenue: was 500 USD/yr, now 1000 USD/yr",
            ])
        // What does not rest on it is not told again.
        #expect(model.enter("let rent = 8 USD/yr").notes == ["rent: was 7 USD/yr, now 8 USD/yr; changes profit"])
        _ = model.enter("let rent = 7 USD/yr")
        #expect(text(model.enter("revenue")) == "1000 USD/yr\n")
        #expect(text(model.enter("_")) == "1000 USD/yr\n")
        for _ in 0..<3 { _ = model.undo() }
        #expect(text(model.enter("profit")) == "493 USD/yr\n")
    }

    @Test("what was taken back can be made again, until something else is changed")
    func redone() {
        var model = conversation("let price = 100 USD", "let price = 120 USD", "let rent = 7 USD")
        #expect(model.redo().notes == ["nothing was taken back"])
        _ = model.undo()
        #expect(model.undo().notes == ["taken back: price is 100 USD again"])
        #expect(text(model.enter("price")) == "100 USD\n")
        #expect(model.redo().notes == ["made again: price is 120 USD", "price: was 100 USD, now 120 USD"])
        #expect(model.redo().notes == ["made again: rent is there again"])
        #expect(model.redo().notes == ["nothing was taken back"])
        _ = model.undo()
        _ = model.enter("let rent = 8 USD")
        #expect(model.redo().notes == ["nothing was taken back"])
        #expect(text(model.enter("rent")) == "8 USD\n")
    }

    @Test("the last value stays the last that was asked when a change is taken back, where that still makes sense")
    func lastWhenTakenBack() {
        var model = conversation("let price = 100 USD", "price * 1", "let price = 120 USD")
        #expect(text(model.enter("price * 3")) == "360 USD\n")
        #expect(model.undo().notes.last == "price * 3: was 360 USD, now 300 USD")
        #expect(text(model.enter("_")) == "300 USD\n")
        _ = model.enter("let rent = 7 USD")
        _ = model.enter("rent")
        #expect(model.undo().notes == ["taken back: rent is gone"])
        #expect(text(model.enter("_")) == "300 USD\n")
    }

    @Test("an entry that begins with a sign does not go on with the one before it")
    func signs() throws {
        var model = conversation("let x = 5 kg")
        #expect(text(model.enter("-x # turned")) == "-5 kg\n")
        #expect(text(model.enter("- _ * 2")) == "10 kg\n")
        let reply = model.enter("-x + 1 USD")
        let place = try #require(reply.diagnostics.first?.primary?.location)
        let source = try #require(reply.sources.first { $0.id == place.source })
        #expect(source.text(of: place.span) == "1 USD")
        #expect(text(model.enter("x")) == "5 kg\n")
    }

    @Test("the last value can be named")
    func lastNamed() {
        var model = conversation("assume price = 1 to 2 USD", "price * 3")
        #expect(text(model.enter("let three = _ + 1 USD")) == "three: USD, uncertain\n")
        #expect(model.list().rows.last?.text == "USD, uncertain = (price * 3) + 1 USD")
    }

    @Test("whatever changes the last value tells it: a policy, a switch, a route, a horizon, what is taken back")
    func toldAnew() {
        var model = conversation(
            """
            unit phone
            horizon 2024..2026
            assume price = 100 USD/phone
            let twice = price * 2
            market A { demand: 6 phone/yr at 6 USD/phone, elasticity: -1 }
            market B { demand: 9 phone/yr at 9 USD/phone, elasticity: -1 }
            supply own in A { volume: 5 phone/yr at 3 USD/phone, elasticity: 1 }
            supply local in B { volume: 1 phone/yr at 3 USD/phone, elasticity: 1 }
            let path = 100 kg growing 10%/yr from 2024
            """)
        _ = model.enter("twice")
        #expect(
            model.enter("policy tax { price += 10 USD/phone }").notes == ["twice: was 200 USD/phone, now 220 USD/phone"]
        )
        #expect(model.switch("tax", on: false).notes.last == "twice: was 220 USD/phone, now 200 USD/phone")
        #expect(
            model.enter("assume price = 300 USD/phone").notes.last == "twice: was 200 USD/phone, now 600 USD/phone")
        #expect(model.undo().notes.last == "twice: was 600 USD/phone, now 200 USD/phone")
        #expect(model.undo().notes.last == "twice: was 200 USD/phone, now 220 USD/phone")
        _ = model.enter("A.price")
        #expect(model.enter("route A -> B { cost: 1 USD/phone }").notes.last?.hasPrefix("A.price: was ") == true)
        // Of what did not change nothing is said.
        #expect(model.enter("let other = 3").notes == ["other: a number"])
        _ = model.enter("path")
        #expect(model.enter("horizon 2024..2027").notes.last == "path: was 121 kg in 2026, now 133.1 kg in 2027")
    }

    @Test("a change of a block says which fields are others")
    func fieldsChanged() {
        var model = conversation(
            "unit phone", "market A { demand: 6 phone/yr at 6 USD/phone, elasticity: -1, vat: 20% }")
        #expect(
            model.enter("market A { demand: 6 phone/yr at 6 USD/phone, elasticity: -1.2, tax: 1 USD/phone }").notes
                == [
                    "A.elasticity: was -1, now -1.2; A.tax: was nothing, now 1 USD/phone; A.vat: was 20%, now nothing; changes what the markets clear at"
                ])
    }

    @Test("what a market is warned of is told once, with the first value that shows it")
    func warnedOnce() {
        var model = conversation(
            """
            unit phone
            market A { demand: 60 phone/yr at 6 USD/phone, elasticity: -1 }
            supply own in A { volume: 5 phone/yr at 3 USD/phone, elasticity: 1 }
            """)
        #expect(model.enter("A.price").diagnostics.map(\.kind) == [.awayFromReference, .awayFromReference])
        #expect(model.enter("A.price").diagnostics.isEmpty)
        #expect(model.enter("A.consumption").diagnostics.isEmpty)
        _ = model.enter("market A { demand: 61 phone/yr at 6 USD/phone, elasticity: -1 }")
        #expect(model.enter("A.consumption").diagnostics.count == 1)
    }

    @Test("`_` is no name of a definition, but may be one inside a function")
    func lastAsName() {
        var model = conversation("5")
        #expect(model.enter("let _ = 4").notes.first?.contains("can be no name of your own") == true)
        #expect(model.isEmpty)
        _ = model.enter("fn double(_) = _ * 2")
        #expect(text(model.enter("double(3)")) == "6\n")
    }

    @Test("what can never be computed is refused where it is entered")
    func refused() {
        var model = conversation("unit phone", "assume price = 1 to 2 USD/phone", "assume cost = 1 to 2 USD/phone")
        let before = model.script().text
        let entries = [
            "stock s { initial: 10 phone, inflow: 5 phone/yr, lifetime: fixed_life(3 yr) }", "horizon 2028..2024",
            "correlate price, cost at 1.5",
        ]
        for entry in entries {
            #expect(model.enter(entry).hasErrors, "\(entry)")
            #expect(model.script().text == before, "\(entry)")
            #expect(!model.isAsking, "\(entry)")
            #expect(text(model.enter("6 * 7")) == "42\n", "\(entry)")
        }
    }

    @Test("where the policy that is chosen is set aside, the script chooses again")
    func forcedChoice() {
        var model = conversation(
            "unit phone", "assume price = 100 USD/phone", "policy tax { price += 10 USD/phone }")
        _ = model.choose(scenario: "tax")
        _ = model.enter("let price = 3 USD/phone")
        #expect(model.isAsking)
        #expect(model.force().notes.first?.hasPrefix("set aside: tax") == true)
        #expect(text(model.enter("price")) == "3 USD/phone\n")
    }

    @Test("of a series that was asked for last, a change tells its end")
    func seriesAnew() {
        var model = conversation(
            "horizon 2024..2026", "let rise = 10%/yr", "let path = 100 kg growing rise from 2024", "path")
        #expect(
            model.enter("let rise = 20%/yr").notes == [
                "rise: was 10%/yr, now 20%/yr; changes path", "path in 2026: was 121 kg, now 144 kg",
            ])
        // The next change is told from what this one said.
        #expect(model.enter("let rise = 0%/yr").notes.last == "path in 2026: was 144 kg, now 100 kg")
    }

    @Test("a failed entry changes nothing, and its places are in its own text")
    func failure() throws {
        var model = conversation("unit phone", "let sold = 5 phone", "sold")
        let before = model.script().text
        let reply = model.enter("let twice = sold + nothing_such\nlet more = 3")
        let place = try #require(reply.diagnostics.first?.primary?.location)
        let source = try #require(reply.sources.first { $0.id == place.source })
        #expect(source.text(of: place.span) == "nothing_such")
        #expect(source.name == "entry 4")
        #expect(model.script().text == before)
        #expect(model.lastError == .unknownName)
        #expect(text(model.enter("_")) == "5 phone\n")
        // At run time, too.
        let zero = model.enter("let none_left = 1 / (sold - sold)\nnone_left")
        #expect(zero.hasErrors)
        #expect(model.script().text == before)
    }

    @Test("a title that is entered last stands behind what the model extends")
    func titleOfExtension() {
        let files = FileAccess { _ in .success(Array("let base = 2".utf8)) }
        var model = Conversation(session: Session(files: files))
        #expect(!model.enter("extend \"base.reuse\"").hasErrors)
        #expect(!model.enter("model \"More\"").hasErrors)
        #expect(text(model.enter("base * 2")) == "4\n")
        #expect(model.script().text == Array("extend \"base.reuse\"\nmodel \"More\"\n".utf8))
        #expect(model.ask("extend \"other.reuse\"").diagnostics.map(\.kind) == [.misplacedExtend])
    }

    @Test("an error that rests on two entries points into both of their texts")
    func placesOfTwoTexts() throws {
        var model = conversation("let a = 1\nlet b = 2 kg", "let b = 3 kg\nlet c = 4")
        let reply = model.enter("\nlet d = 1\nlet e = b + c")
        let problem = try #require(reply.diagnostics.first { $0.severity == .error })
        let labels = [try #require(problem.primary)] + problem.secondary
        for label in labels {
            let source = try #require(reply.sources.first { $0.id == label.location.source })
            #expect(source.name == "entry 3")
            #expect(["b + c", "b", "c"].contains(source.text(of: label.location.span)))
        }
    }

    @Test("an entry that would break others waits to be forced")
    func breaking() {
        var model = conversation(
            "unit phone", "let sold = 5 phone", "let more = sold + 1 phone", "let most = more * 2", "let other = 3")
        let before = model.script().text
        let reply = model.enter("let sold = 5 kg")
        #expect(reply.hasErrors && model.isAsking)
        #expect(reply.notes.first == "nothing is changed yet: this would break more and most")
        #expect(model.script().text == before)
        _ = model.undo()
        #expect(!model.isAsking)
        #expect(text(model.enter("most")) == "12 phone\n")
        _ = model.enter("let sold = 5 kg")
        #expect(model.force().notes.first == "set aside: more, most (`:undo` brings all back)")
        #expect(text(model.enter("sold")) == "5 kg\n")
        #expect(model.enter("most").hasErrors)
        #expect(text(model.enter("other")) == "3\n")
        _ = model.undo()
        #expect(text(model.enter("most")) == "12 phone\n")
    }

    @Test("another definition forgets the one that waits")
    func notForced() {
        var model = conversation("unit phone", "let sold = 5 phone", "let more = sold + 1 phone")
        _ = model.enter("let sold = 5 kg")
        _ = model.enter("let other = 1")
        #expect(model.force().notes == ["nothing waits to be forced"])
        #expect(text(model.enter("more")) == "6 phone\n")
    }

    @Test("the session is a script that gives the same")
    func saved() throws {
        var model = conversation(
            "unit phone", "# what one costs\nassume price = 100 USD/phone  # each", "let sold = 5 phone/yr",
            "show price * sold", "price")
        _ = model.enter("assume price = 300 USD/phone")
        let script = String(decoding: model.script().text, as: UTF8.self)
        let result = Session().run(Array(script.utf8), name: "-")
        #expect(!result.hasErrors, "\(script)")
        #expect(TextRenderer().render(result.outputs) == "price * sold = 1500 USD/yr\n", "\(script)")
    }

    @Test("a script that is loaded is there as it was written, after whatever is undone")
    func loaded() throws {
        var model = conversation("let before = 1")
        let path = "samples/tariff.reuse"
        let bytes = try Project.bytes(path)
        let loaded = model.load(bytes, path: path)
        #expect(!loaded.hasErrors && loaded.outputs.isEmpty)
        let reply = model.run()
        #expect(!reply.hasErrors && !reply.outputs.isEmpty)
        #expect(model.script().text == bytes)
        // It prints what running it does.
        var options = Options()
        options.samples = 200
        let run = Session(options: options, files: Project.files).run(bytes, name: path)
        #expect(
            TextRenderer().render(reply.outputs) == TextRenderer().render(run.outputs))
        _ = model.undo()
        #expect(text(model.enter("before")) == "1\n")
        // One that cannot be understood leaves all as it was.
        #expect(model.load(Array("let x = nothing_such".utf8), path: "broken.reuse").hasErrors)
        #expect(text(model.enter("before")) == "1\n")
    }

    @Test("policies are switched, and what that changes is shown")
    func policies() {
        var model = conversation(
            """
            unit phone
            assume price = 100 USD/phone
            policy tax "A tax" { price += 10 USD/phone }
            policy discount { price -= 4 USD/phone }
            policy fee { price += 1 USD/phone }
            """)
        #expect(text(model.enter("price")) == "107 USD/phone\n")
        _ = model.switch("tax", on: false)
        #expect(model.policies().map(\.isOn) == [false, true, true])
        #expect(text(model.enter("price")) == "97 USD/phone\n")
        let difference = text(model.compareWithBefore(""))
        #expect(difference.contains("before: all\nnow: discount + fee\n"), "\(difference)")
        #expect(difference.contains("now") && difference.contains("-10"), "\(difference)")
        // Two are on: that is no part of the script.
        #expect(!String(decoding: model.script().text, as: UTF8.self).contains("switched_on"))
        _ = model.choose(scenario: "baseline")
        #expect(text(model.enter("price")) == "100 USD/phone\n")
        #expect(model.switch("discont", on: true).notes == ["there is no policy `discont`; did you mean `discount`?"])
        #expect(!String(decoding: model.script().text, as: UTF8.self).contains("switched_on"))
    }

    @Test("a solution is found where it is asked for, and not said again")
    func solutions() {
        var model = conversation(
            "horizon 2024..2026", "assume price = 100 USD", "let twice = price * 2",
            "solve needed: price in 1 USD..1000 USD so that twice == 300 USD")
        #expect(text(model.enter("price under needed")) == "150 USD\n")
        #expect(text(model.enter("price")) == "100 USD\n")
    }

    @Test("a type is told without computing")
    func types() {
        var model = conversation("horizon 2024..2030", "unit phone", "assume price = 1 to 2 USD/phone")
        #expect(model.type(of: "price").notes == ["USD/phone, uncertain"])
        #expect(model.type(of: "price growing 2%/yr from 2024").notes == ["USD/phone, over time, uncertain"])
        #expect(model.type(of: "1 == 2").notes == ["Bool"])
        #expect(model.type(of: "price + 1 kg").hasErrors)
    }

    @Test("functions, policies and markets are told about")
    func descriptions() throws {
        var model = conversation()
        #expect(
            model.enter("sqrt").notes == [
                "fn sqrt(x: D) -> D^1/2", "The square root. Its dimension is the root of the value's.",
            ])
        #expect(model.documentation(of: "sqrt").notes.contains("  example: sqrt(9 kg^2) == 3 kg"))
        #expect(model.documentation(of: "sqrd").notes == ["there is no name `sqrd`; did you mean `sqrt`?"])
        #expect(model.units(of: "kg").rows.contains { $0.name == "tonne" })
        #expect(!model.units(of: "kg").rows.contains { $0.name == "yr" })
        _ = model.load(try Project.bytes("samples/tariff.reuse"), path: "samples/tariff.reuse")
        let markets = model.completion(of: "show ", at: 5).candidates.filter { $0.detail == "market" }
        let market = try #require(markets.first { $0.text == "Europe" })
        let reply = model.enter(market.text)
        #expect(reply.rows.contains { $0.name == "Europe.demand" }, "\(reply.rows)")
        #expect(text(reply).contains("\(market.text).price"))
    }

    @Test(
        "every name of a sample can be asked about, its fields, too",
        arguments: ["phones-in-use.reuse", "quota.reuse", "tariff.reuse", "used-market-forecast.reuse"])
    func names(_ sample: String) throws {
        var model = conversation()
        let known = Set(model.completion(of: "", at: 0).candidates.map(\.text))
        _ = model.load(try Project.bytes("samples/\(sample)"), path: "samples/\(sample)")
        #expect(!model.isEmpty)
        for candidate in model.completion(of: "", at: 0).candidates where !known.contains(candidate.text) {
            let name = candidate.text
            #expect(model.documentation(of: name).notes.first?.isEmpty == false, "\(name)")
            _ = model.enter(name)
            _ = model.type(of: name)
            let path = name + "."
            for field in model.completion(of: path, at: path.utf8.count).candidates {
                _ = model.type(of: path + field.text)
            }
        }
        #expect(!model.list().rows.isEmpty)
    }

    @Test("a field that only a policy gives is left out of what a supply is")
    func patchedField() {
        var model = conversation(
            """
            unit phone
            market A { demand: 5 phone/yr at 3 USD/phone, elasticity: -1 }
            supply own in A { volume: 5 phone/yr at 3 USD/phone, elasticity: 1 }
            policy help { own.subsidy += 1 USD/phone }
            """)
        #expect(model.enter("own").rows.map(\.name) == ["own.volume", "own.volume.price", "own.elasticity"])
    }

    @Test("what is taken out is told, and what rests on it waits")
    func drops() {
        var model = conversation(
            "unit phone", "let price = 3 USD/phone", "let twice = 2 * price", "twice", "show price")
        #expect(model.drop("price").notes.first == "nothing is changed yet: this would break twice and `show price`")
        #expect(model.undo().notes == ["left as it was"])
        #expect(model.drop("show price").notes == ["`show price` is gone (`:undo` brings it back)"])
        #expect(model.drop("twise").notes == ["there is no entry `twise`; did you mean `twice`?"])
        #expect(model.drop("twice").notes.first == "twice is gone (`:undo` brings it back)")
        #expect(model.drop("price").notes.count == 1)
        #expect(model.list().rows.map(\.name) == ["phone"])
        _ = model.undo()
        #expect(text(model.enter("price")) == "3 USD/phone\n")
    }

    @Test("what takes the place of something of another kind tells what that changes")
    func otherKinds() {
        var model = conversation("assume price = 100 USD", "policy tax { price += 10 USD }", "price")
        #expect(
            model.enter("assume tax = 5 USD").notes == [
                "tax: was policy tax { price += 10 USD }, now 5 USD; changes price",
                "price: was 110 USD, now 100 USD",
            ])
        #expect(model.undo().notes.last == "price: was 100 USD, now 110 USD")
        #expect(
            model.enter("policy tax { }").notes == [
                "tax: was policy tax { price += 10 USD }, now policy tax { }; changes price",
                "price: was 110 USD, now 100 USD",
            ])
    }

    @Test("nothing is said to change where nothing does")
    func sameMeaning() {
        var model = conversation(
            "source shops { title: \"Shops\", year: 2024 }", "assume price = 100 USD source shops", "let e = 2",
            "let both = price * e", "policy tax { price += 10 USD }")
        #expect(
            model.enter("policy tax \"A tax\" { price += 10 USD }").notes == [
                "tax: was policy tax { price += 10 USD }, now policy tax \"A tax\" { price += 10 USD }"
            ])
        #expect(model.enter("assume e = 2").notes == ["e: an input now"])
        #expect(model.enter("assume price = 100 USD").notes == ["price: was 100 USD, now 100 USD, without a source"])
        // The same once more is no change, which could be taken back.
        #expect(model.enter("assume e  =  2").notes == [])
        #expect(model.undo().notes == ["taken back: price is 100 USD again"])
    }

    @Test("documentation that goes with a definition is told of")
    func documentationLost() {
        var model = conversation("## Twice as much.\nfn twice(x) = x * 2")
        #expect(
            model.enter("## Alone").notes == ["a `##` line belongs to the definition below it: enter both together"])
        #expect(model.enter("fn twice(x) = x + x").notes.first?.hasSuffix(", without its documentation") == true)
    }

    @Test("a change after which the last value is an error says so")
    func lastIsError() {
        var model = conversation("assume e = 2", "let inverse = 1 / e", "inverse")
        #expect(
            model.enter("assume e = 0").notes == [
                "e: was 2, now 0; changes inverse", "inverse: was 0.5, now an error: division by zero",
            ])
        #expect(model.lastError == .divisionByZero)
    }

    @Test("policies that cannot hold together are not switched on together")
    func conflict() {
        var model = conversation("assume a = 10 USD", "policy p { a *= 2 }")
        _ = model.choose(scenario: "p")
        _ = model.enter("policy q { a += 1 USD }")
        let reply = model.switch("q", on: true)
        #expect(reply.diagnostics.map(\.kind) == [.patchConflict])
        #expect(reply.diagnostics.first?.message.hasSuffix("in scenario `all`") == true)
        #expect(reply.notes == ["scenario: p still"])
        #expect(model.enter("let z = 3").notes == ["z: a number"])
        #expect(model.scenarios() == ["baseline", "all", "p", "q"])
    }

    @Test("where the last policy goes, so does the scenario of all")
    func lastPolicy() {
        var model = conversation("assume price = 100 USD", "policy disc { price -= 20 USD }", "price")
        _ = model.choose(scenario: "all")
        #expect(model.drop("policy disc").notes.last == "price: was 80 USD, now 100 USD")
        #expect(!model.undo().hasErrors)
        #expect(text(model.enter("price")).hasSuffix("80 USD\n"))
    }

    @Test("what changes in one statement of a script leaves the lines of the others as they are")
    func linesOfScript() {
        var model = conversation()
        let script = """
            unit phone
            market A { demand: 5 phone/yr at 3 USD/phone, elasticity: -1 }
            market B { demand: 5 phone/yr at 3 USD/phone, elasticity: -1 }
            market C { demand: 5 phone/yr at 3 USD/phone, elasticity: -1 }
            supply own in A { volume: 5 phone/yr }
            assume fee = 1 USD/phone
            route A -> B, C { cost: fee }
            let twice = 2 * fee
            """
        _ = model.load(Array(script.utf8), path: "three.reuse")
        #expect(!model.enter("route A -> B { cost: 2 USD/phone }").hasErrors)
        // Two texts of one name: the route that is left, and what stands below it.
        let reply = model.enter("assume fee = 1 kg")
        let renderer = DiagnosticRenderer(sources: reply.sources, colour: false)
        let text = reply.diagnostics.map { renderer.render($0) }.joined()
        #expect(text.contains("--> three.reuse:7:"), "\(text)")
        #expect(text.contains(" 7 | route A -> C { cost: fee }"), "\(text)")
    }

    @Test("an empty script takes the place of what was there, and says so")
    func emptyScript() {
        var model = conversation("let x = 3")
        #expect(
            model.load([], path: "empty.reuse").notes == [
                "there is nothing in empty.reuse; `:undo` brings back what was there"
            ])
        #expect(model.isEmpty)
        _ = model.undo()
        #expect(text(model.enter("x")) == "3\n")
    }

    @Test("what a `solve` finds is no scenario to be chosen")
    func solution() {
        var model = conversation(
            "assume price = 3 USD", "solve needed: price in 1 USD..500 USD so that price >= 100 USD")
        #expect(!model.scenarios().contains("needed"))
        #expect(model.choose(scenario: "needed").notes.first?.hasSuffix("ask for `x under needed`") == true)
        #expect(text(model.enter("price under needed")) == "100 USD\n")
    }

    @Test("what is entered once more along with something new is not told of")
    func repeated() {
        var model = conversation("assume a = 1 USD", "assume b = 2 USD")
        #expect(
            model.enter("assume a = 1 USD\nassume b = 3 USD\nlet c = a + b").notes == [
                "b: was 2 USD, now 3 USD; changes c", "c: USD",
            ])
    }

    @Test(
        "the fields that are offered for a block are those that it can have", arguments: ["market", "supply", "route"])
    func offeredFields(_ word: String) throws {
        var model = conversation("unit phone", "market A { demand: 5 phone/yr }", "market B { demand: 5 phone/yr }")
        let heads = ["market": "market C", "supply": "supply s in A", "route": "route A -> B"]
        let head = try #require(heads[word])
        let problem = try #require(
            model.enter("\(head) { nonsense: 3 }").diagnostics.first { $0.kind == .unknownField })
        let known = try #require(problem.help.last?.dropFirst("its fields are ".count).components(separatedBy: ", "))
        let offered = try #require(WordForm.statement(word)).fields.map { "`\($0.name)`" }
        #expect(Set(offered) == Set(known))
    }

    @Test("one of several routes that were entered together can be entered anew, and taken out")
    func routes() {
        var model = conversation(
            "unit phone", "market China { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }",
            "market India { demand: 10M phone/yr at 120 USD/phone, elasticity: -1.1 }",
            "market Ghana { demand: 10M phone/yr at 120 USD/phone, elasticity: -1.1 }",
            "supply trade_in in China { volume: 60M phone/yr }",
            "route China -> India, Ghana { cost: 10 USD/phone }  # by sea", "(China -> India.cost)")
        #expect(
            model.enter("route China -> India { cost: 12 USD/phone }").notes == [
                "route China -> India.cost: was 10 USD/phone, now 12 USD/phone; changes what the markets clear at",
                "(China -> India.cost): was 10 USD/phone, now 12 USD/phone",
            ])
        #expect(text(model.enter("(China -> Ghana.cost)")) == "10 USD/phone\n")
        #expect(
            model.list().rows.filter { $0.name.hasPrefix("route") }.map(\.text) == [
                "route China -> Ghana { cost: 10 USD/phone }", "route China -> India { cost: 12 USD/phone }",
            ])
        // Both together again, in the place of each alone.
        #expect(!model.enter("route China -> Ghana, India { cost: 9 USD/phone }").hasErrors)
        #expect(model.list().rows.filter { $0.name.hasPrefix("route") }.map(\.name) == ["route China -> Ghana, India"])
        #expect(model.drop("China -> Ghana").notes.first == "route China -> Ghana is gone (`:undo` brings it back)")
        #expect(model.list().rows.filter { $0.name.hasPrefix("route") }.map(\.name) == ["route China -> India"])
        #expect(model.undo().notes.first?.hasPrefix("taken back: ") == true)
        #expect(model.list().rows.filter { $0.name.hasPrefix("route") }.map(\.name) == ["route China -> Ghana, India"])
    }

    @Test("where the policy that is on is taken out, the script chooses again")
    func dropsPolicy() {
        var model = conversation(
            "assume price = 100 USD", "policy a { price += 10 USD }", "policy b { price += 20 USD }")
        _ = model.switch("a", on: false)
        #expect(text(model.enter("price")).hasSuffix("120 USD\n"))
        #expect(!model.drop("b").hasErrors)
        #expect(text(model.enter("price")) == "110 USD\n")
    }

    @Test("several policies are switched at once, and scenarios are named by their policies")
    func severalPolicies() {
        var model = conversation(
            "assume price = 100 USD", "policy a { price += 10 USD }", "policy b \"B\" { price += 20 USD }",
            "policy c { price += 40 USD }")
        _ = model.switch("a, c", on: false)
        #expect(model.policies().map(\.isOn) == [false, true, false])
        _ = model.choose(scenario: "c + a")
        #expect(text(model.enter("price")).hasSuffix("150 USD\n"))
        #expect(model.choose(scenario: "a + d").notes.first?.hasPrefix("there is no policy or scenario `d`") == true)
        let rows = model.choose(scenario: "").rows
        #expect(rows.map(\.name) == ["baseline", "all", "a", "b", "c"])
        #expect(rows.map(\.text) == ["no policy", "a + b + c", "a", "b", "c"])
        _ = model.choose(scenario: "b")
        #expect(model.choose(scenario: "").notes == ["now: b"])
        _ = model.choose(scenario: "a + c")
        // The script that is saved says it, too.
        let (script, note) = model.script()
        #expect(String(decoding: script, as: UTF8.self).hasSuffix("\nscenario main = a + c\n"))
        #expect(note == nil)
        _ = model.choose(scenario: "baseline")
        #expect(String(decoding: model.script().text, as: UTF8.self).hasSuffix("\nscenario main = baseline\n"))
        _ = model.enter("scenario main = a")
        _ = model.choose(scenario: "b")
        #expect(model.script().note == "to run it under b: `--scenario b`")
    }

    @Test("an input that loses its source says so")
    func sourceLost() {
        var model = conversation(
            "source shops { title: \"Three shops\", year: 2024 }", "assume price = 100 USD source shops")
        #expect(
            model.enter("assume price = 110 USD").notes == ["price: was 100 USD, now 110 USD, without a source"])
    }

    @Test("the register says what reads an input: other values, the markets, a stock, a policy")
    func users() {
        var model = conversation(
            """
            horizon 2024..2026
            unit phone
            assume levy = 3 USD/phone
            assume sold = 5 phone/yr
            market A { demand: 5 phone/yr at 3 USD/phone, elasticity: -1 }
            supply own in A { volume: sold at 3 USD/phone, elasticity: 1 }
            stock in_use { inflow: 4 phone/yr, initial: 5 phone, lifetime: fixed_life(3 yr) }
            policy help { own.levy = 2%, sold *= levy * 1 phone/USD }
            """)
        let users = Dictionary(uniqueKeysWithValues: model.sources().register.entries.map { ($0.name, $0.usedBy) })
        #expect(users["levy"] == ["help"])
        #expect(users["sold"] == ["own.volume"])
        #expect(users["A.demand"] == ["the markets"])
        #expect(users["in_use.inflow"] == ["in_use"])
    }

    @Test("a series that does not cover the horizon is shown at its own periods")
    func gaps() {
        var model = conversation("horizon 2024..2026", "let sold = [2020: 1, 2022: 3]")
        #expect(
            text(model.enter("sold * 2")) == """
                at its own periods, since it does not cover the horizon:
                time
                ───────
                2020  2
                2022  6

                """)
        // What a policy changes is not shown as if it were not in force.
        _ = model.enter("assume bought = [2020: 1, 2022: 3]\npolicy more { bought *= 2 }")
        #expect(model.enter("bought").diagnostics.map(\.kind) == [.outsideSeries])
        #expect(!model.enter("sold").hasErrors)
        // What is kept says what is missing.
        #expect(model.enter("show sold").diagnostics.map(\.kind) == [.outsideSeries])
    }

    @Test("words that begin a statement are told about, by statements that can be run")
    func statementWords() throws {
        var model = conversation()
        #expect(model.documentation(of: "market").notes.first == "`market`: a market, and the demand in it")
        for form in WordForm.statements where form.word != "extend" && form.word != "data" {
            #expect(form.example.hasPrefix(form.word + " "))
        }
        let own = WordForm.statements.filter { $0.word != "extend" && $0.word != "data" }
        let rest = """
            assume price = 100 to 200 USD/phone
            assume sold = 5M phone/yr
            assume start = 90 to 110
            market China { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
            policy tax { sold *= 90% }

            """
        let script = rest + own.map { $0.example + "\n" }.joined()
        var options = Options()
        options.samples = 200
        let result = Session(options: options).run(Array(script.utf8), name: "examples")
        #expect(result.diagnostics.filter { $0.severity == .error }.map(\.message) == [])
        // Every word of the language that begins a statement is there.
        for word in model.nameCandidates().map(\.text) where WordForm.statement(word) == nil {
            let isKnown = model.knows(word)
            #expect(isKnown, "\(word)")
        }
    }

    @Test("in a block its fields are completed, but for those that are given")
    func blockCompletion() {
        var model = conversation("unit phone", "assume price = 1 to 2 USD/phone")
        func found(_ text: String) -> [String] {
            model.completion(of: text, at: text.utf8.count).candidates.map(\.text)
        }
        #expect(found("market Europe { dem") == ["demand:"])
        #expect(
            found("market Europe { demand: 3 phone/yr, ")
                == ["elasticity:", "form:", "import_quota:", "subsidy:", "tax:", "vat:"])
        #expect(found("route A -> B {\n    cost: 3 USD/phone\n    tar") == ["tariff:"])
        #expect(found("policy tax \"With a { in it\" { ") == ["assume", "ban", "price"])
        // A value stands behind a colon.
        #expect(found("market Europe { demand: pri") == ["price"])
        #expect(found("market Europe { demand: 3 phone/yr }\nmark") == ["market"])
    }

    @Test("in brackets behind a name members are completed, and the indexes that they are of")
    func pickCompletion() {
        var model = conversation(
            "index country = China, India", "index partner like country",
            "let way over country, partner = [China: [China: 0, India: 1], India: [China: 2, India: 0]]")
        func found(_ text: String) -> [String] {
            model.completion(of: text, at: text.utf8.count).candidates.map(\.text)
        }
        #expect(found("show way[Chi") == ["China"])
        #expect(found("show way[par") == ["partner:"])
        #expect(found("show way[country: ") == ["China", "India"])
        #expect(found("show way[country: China, partner: I") == ["India"])
        #expect(found("index buyer like ").contains("country"))
        #expect(model.documentation(of: "India").notes == ["`India`: a member of `country` and of `partner`"])
        #expect(model.enter("way[India, India]").outputs.count == 1)
        #expect(model.enter("way[India]").outputs.isEmpty)
    }

    @Test("modules, functions in them and words of statements are told about by their names")
    func toldAbout() {
        var model = conversation("index grade = A, B")
        #expect(model.documentation(of: "carbon").notes.contains { $0.contains("fn avoided_emissions(") })
        #expect(model.documentation(of: "growth.cagr").notes.last == "it needs `use growth: cagr`")
        _ = model.enter("use growth")
        #expect(model.enter("growth.cagr").notes.first == "fn cagr(start, finish, span: yr, every: yr = 1 yr) -> 1/yr")
        #expect(model.enter("growth").notes.contains { $0.contains("fn cagr(") })
        #expect(model.type(of: "sqrt").notes == ["fn sqrt(x: D) -> D^1/2"])
        #expect(model.enter("grade").notes == ["index grade = A, B"])
        #expect(model.enter("assume").notes.first?.hasPrefix("`assume`: ") == true)
        #expect(model.documentation(of: "policy").notes.contains { $0.contains("`until 2029`") })
        #expect(model.documentation(of: "market").notes.contains { $0.contains("`consumer_surplus`") })
        #expect(model.documentation(of: "consumer_surplus").notes.first?.contains("reference price") == true)
        for form in WordForm.expressions {
            #expect(model.documentation(of: form.word).notes.last == "  " + form.example)
            var own = conversation(
                "horizon 2024..2026", "assume price = 120 USD", "let path = 3 USD growing 2%/yr from 2024",
                "policy tax { price += 1 USD }")
            let answer = own.enter("show " + form.example)
            #expect(!answer.hasErrors, "\(form.example)")
        }
        // A first line that goes on in the next.
        _ = model.enter("## Twice what\n## it is. And so on.\nfn twice(x) = 2 * x")
        #expect(model.enter("twice").notes == ["fn twice(x)", "Twice what it is. And so on."])
        #expect(model.isUnfinished("## Twice what it is."))
        #expect(!model.isUnfinished("## Twice.\nfn twice(x) = 2 * x"))
    }

    @Test("commands of a model that is extended run when the script is loaded")
    func extends() {
        var model = Conversation()
        model.session.files = FileAccess { _ in .success(Array("assume a = 5\nshow a\n".utf8)) }
        _ = model.load(Array("extend \"base.reuse\"\nshow a * 3\n".utf8), path: "own.reuse")
        #expect(text(model.run()) == "a = 5\na * 3 = 15\n")
        #expect(text(model.enter("a")) == "5\n")
    }

    @Test("units are found by what they measure: a word, or any unit that has it")
    func dimensions() {
        var model = conversation("unit phone")
        #expect(model.units(of: "mass").rows.map(\.name) == model.units(of: "kg").rows.map(\.name))
        #expect(model.units(of: "money").rows.map(\.name) == ["USD"])
        #expect(model.units(of: "tonne * km").rows.map(\.name) == ["tkm"])
        for none in ["kg/yr", "1/yr", "kg^2", "USD/phone", "kgCO2e/yr", "kg kg", "3 kg^5"] {
            #expect(model.units(of: none).notes == ["no unit has a name for \(none)"])
        }
        #expect(
            model.units(of: "USD/fone").notes == [
                "`USD/fone` is no unit: there is nothing called `fone`; write one as `kg` or `USD/phone`"
            ])
        #expect(model.units(of: "masss").notes == ["there is no unit or dimension `masss`; did you mean `mass`?"])
    }

    @Test("what cannot be worked out is not traced as nothing")
    func tracesError() {
        var model = conversation(
            """
            unit phone
            market Home { demand: 10M phone/yr at 100 USD/phone, elasticity: -1 }
            market Abroad { demand: 5M phone/yr at 120 USD/phone, elasticity: -1 }
            supply used in Home { volume: 8M phone/yr }
            """)
        #expect(
            model.ask("trace Home.price").diagnostics.map(\.kind) == model.enter("Home.price").diagnostics.map(\.kind))
    }

    @Test("an uncertain time says in how many samples it never comes")
    func uncertainTime() {
        var model = conversation(
            "horizon 2024..2030", "assume pace = discrete(values: [10, 20, 60], weights: [0.25, 0.5, 0.25])",
            "let grown = pace * (now.year - 2020)")
        // 10 a year never gets to 150, which is a quarter of the samples.
        let shown = text(model.enter("first_time(grown >= 150)"))
        #expect(shown.hasPrefix("2028 (2024 to never, never in 2") && shown.hasSuffix("% of samples)\n"), "\(shown)")
    }

    @Test("a route is its fields and results, as a market is")
    func routeFields() {
        var model = conversation(
            """
            unit phone
            market Home { demand: 10M phone/yr at 100 USD/phone, elasticity: -1 }
            market Abroad { demand: 5M phone/yr at 105 USD/phone, elasticity: -1 }
            supply used in Home { volume: 15M phone/yr at 100 USD/phone, elasticity: 0.5 }
            route Home -> Abroad { cost: 5 USD/phone, tariff: 0% }
            """)
        let reply = model.enter("Home->Abroad")
        #expect(reply.rows.map(\.name) == ["Home -> Abroad.cost", "Home -> Abroad.tariff"])
        #expect(text(reply).contains("Home -> Abroad.flow = 5M phone/yr\n"))
        #expect(model.enter("Home -> Nowhere").hasErrors)
    }

    @Test("a change is told by what differs, and a definition is documented as a whole")
    func longDefinitions() {
        let rule = "policy rule \"A rule that has a long title of many words\" from 2026 over 2 yr { a += 1, b += 2 }"
        var model = conversation("assume a = 1", "assume b = 1", rule)
        let reply = model.enter(rule.replacingOccurrences(of: "2 yr", with: "3 yr"))
        #expect(
            reply.notes.first?.hasPrefix("rule: was …from 2026 over 2 yr { a…, now …from 2026 over 3 yr { a…") == true)
        #expect(model.documentation(of: "rule").notes.joined(separator: " ").contains("a += 1"))
        _ = model.enter("fn f(x, y: USD) = x * y")
        #expect(
            model.enter("fn f(x, y: kg) = x * y").notes == [
                "f: was fn f(x, y: USD) = x * y, now fn f(x, y: kg) = x * y"
            ])
        // What stands in several lines is written so that it could be entered.
        _ = model.enter("fn g(x) {\n    let twice = x * 2 # so\n    twice + 1\n}")
        #expect(model.list().rows.last { $0.name == "g" }?.text == "fn g(x) { let twice = x * 2, twice + 1 }")
        #expect(model.documentation(of: "g").notes.last == "}")
    }

    @Test("the other end of a route, the names of a module and values of settings are completed")
    func completionOfPlaces() {
        var model = conversation(
            """
            unit phone
            market China { demand: 10M phone/yr at 100 USD/phone, elasticity: -1 }
            market Europe { demand: 5M phone/yr at 120 USD/phone, elasticity: -1 }
            supply used in China { volume: 8M phone/yr }
            route China -> Europe { cost: 10 USD/phone }
            """)
        func candidates(_ text: String, ignoresCase: Bool = false) -> [String] {
            model.completion(of: text, at: text.utf8.count, ignoresCase: ignoresCase).candidates.map(\.text)
        }
        #expect(candidates("China -> ") == ["China", "Europe"])
        #expect(candidates("China -> E") == ["Europe"])
        #expect(candidates("China -> Europe.").contains("flow"))
        #expect(!candidates("China -> Europe.").contains("consumption"))
        #expect(candidates("use growth: c").contains("cagr"))
        #expect(!candidates("use growth: ").contains("calibrate"))
        // In a text there are only the names that are inserted into it.
        #expect(candidates("show \"Chi").isEmpty && candidates("market A \"").isEmpty)
        #expect(candidates("show \"a {Chi").contains("China") && candidates("show \"a {1} Chi").isEmpty)
        _ = model.enter("source idc { title: \"A forecast\" }")
        _ = model.enter("policy more { China.demand *= 110% }")
        #expect(candidates("assume x = 3 USD source ") == ["idc"])
        #expect(candidates("scenario both = ") == ["all", "baseline", "more"])
        #expect(candidates("scenario both = more + ba") == ["baseline"])
        #expect(candidates("policy other after ") == ["more"])
        #expect(candidates("China.price under b") == ["baseline"])
        #expect(candidates("compare baseline, ") == ["all", "baseline", "more"])
        #expect(candidates("sensitivity China.price by so") == ["sobol"])
        #expect(candidates("assume x per ").contains("time"))
        #expect(candidates("eur").isEmpty && candidates("eur", ignoresCase: true).contains("Europe"))
    }

    @Test("commands are taken out by their first words, where these are theirs alone")
    func dropsCommands() {
        var model = conversation(
            "horizon 2024..2027", "assume start = 80", "let path = start * 1.1 ^ (now.year - 2024)", "show path[2025]",
            "calibrate start so that path fits [2024: 81, 2025: 90]", "show path[2024]")
        #expect(
            model.enter("assume start = 60").notes == [
                "start: was 80, now 60, where `calibrate` begins to search: what it finds stays (`:drop calibrate`)"
            ])
        #expect(model.drop("show").notes.first?.hasPrefix("there is no entry `show`") == true)
        #expect(model.drop("calibrate").notes.first?.contains("is gone") == true)
        #expect(text(model.enter("start")) == "60\n")
    }

    @Test("what needs a horizon is told before that goes, and what varies over time before it is shown no more")
    func horizonTaken() {
        var model = conversation("horizon 2024..2026", "let years = now.year - 2020", "let other = 3", "show years")
        #expect(
            model.drop("the horizon").notes.first
                == "nothing is changed yet: this would break years and `show years`")
        #expect(model.force().notes == ["set aside: years, `show years` (`:undo` brings all back)"])
        #expect(model.list().rows.map(\.name) == ["other"])
        var inputs = conversation("let a = 2", "show a")
        #expect(
            inputs.enter("assume a per time = 1 to 3").notes.first
                == "nothing is changed yet: this would break `show a`")
    }

    @Test("completion goes by what stands before the word")
    func completion() throws {
        var model = conversation("unit phone", "assume price_now = 1 to 2 USD/phone", "let 价格 = price_now * 2")
        func found(_ text: String) -> [String] {
            model.completion(of: text, at: text.utf8.count).candidates.map(\.text)
        }
        #expect(found("1 + pri") == ["price_now"])
        #expect(found("价") == ["价格"])
        #expect(found("use ca") == ["carbon"])
        #expect(found("3 phon") == ["phone"])
        #expect(found("price_now as kg").contains("kgCO2e"))
        #expect(!found("3 p").contains("price_now"))
        #expect(found("3 USD/pho") == ["phone"])
        let candidate = model.completion(of: "price", at: 5).candidates.first
        #expect(candidate == Completion.Candidate(text: "price_now", detail: "USD/phone"))
        _ = model.load(try Project.bytes("samples/china-exports.reuse"), path: "samples/china-exports.reuse")
        #expect(found("China.ex") == ["exports"])
        #expect(found("trade_in.sub") == ["subsidy"] || found("trade_in.vol").contains("volume"))
    }

    @Test("a value is worked out anew only where something that it rests on has changed")
    func remembered() {
        var model = conversation(
            """
            unit phone
            horizon 2024..2026
            assume price = 100 to 200 USD/phone
            assume rent = 5 to 6 USD/yr
            assume tax = 2 to 3 USD/phone
            fn double(x) = 2 * x
            let sold = 5 phone/yr growing 2%/yr from 2024
            let revenue = double(price) * sold
            policy levy { price += tax }
            """)
        let first = text(model.enter("revenue"))
        let draws = Draws()
        draws.watch(&model)
        // What is drawn anew is not kept.
        func isKnown() -> Bool {
            var copy = model
            let (isDrawn, answer) = draws.happen { text(copy.enter("revenue")) }
            return !isDrawn && answer == first
        }
        #expect(isKnown())
        #expect(text(model.enter("_")) == first)
        _ = model.enter("assume rent = 7 to 8 USD/yr")
        _ = model.enter("let other = rent * 2")
        #expect(isKnown())
        var copy = model
        #expect(draws.happen { copy.enter("other") }.isDrawn)
        let changes = [
            "assume price = 100 to 201 USD/phone", "let sold = 6 phone/yr growing 2%/yr from 2024",
            "fn double(x) = 2 * x + x", "horizon 2024..2027", "policy levy { price += 2 * tax }",
            "assume tax = 2 to 4 USD/phone",
        ]
        // The change itself tells what the last value is now.
        func changing(_ change: (inout Conversation) -> Conversation.Reply) -> Conversation.Reply { change(&model) }
        for change in changes {
            #expect(changing { $0.enter(change) }.notes.last?.hasPrefix("revenue") == true, "\(change)")
            #expect(!isKnown(), "\(change)")
            _ = model.undo()
            #expect(isKnown(), "\(change)")
        }
        _ = changing { $0.switch("levy", on: false) }
        #expect(!isKnown())
        _ = model.undo()
        model.session.options.seed = 2
        #expect(!isKnown())
        model.session.options.seed = 1
        #expect(isKnown())
        // Where it is asked how long it takes, it is computed.
        #expect(draws.happen { model.enterAnew("revenue") }.isDrawn)
    }

    @Test("under Sobol's sampling a value rests on all draws of the model")
    func sobol() {
        var model = conversation("assume x = 1 to 2", "assume a = 3 to 4")
        model.session.options.sampling = .sobol
        let first = text(model.enter("quantile(x, 30%)"))
        _ = model.enter("assume w = 5 to 6")
        _ = model.enter("assume b = 5 to 6")
        let script = String(decoding: model.script().text, as: UTF8.self) + "\nquantile(x, 30%)\n"
        let run = Session(options: model.session.options).run(Array(script.utf8), name: "-")
        #expect(text(model.enter("quantile(x, 30%)")) == TextRenderer().render(run.outputs), "\(first)")
        let draws = Draws()
        draws.watch(&model)
        _ = model.enter("assume v = 5 to 6")
        #expect(draws.happen { model.enter("quantile(x, 30%)") }.isDrawn)
        // Of commands that are entered again each has its own answer.
        var commands = conversation("let f = 10", "let e = 4")
        commands.session.options.sampling = .sobol
        for _ in 0..<2 {
            #expect(text(commands.enter("show f")) == "f = 10\n")
            #expect(text(commands.enter("show e")) == "e = 4\n")
        }
    }

    @Test("what the markets clear at is worked out anew where any field of any market has changed")
    func rememberedMarkets() {
        let markets = [
            "market A { demand: 5 phone/yr at wish, elasticity: -1 }",
            "market B { demand: 9 phone/yr at 5 USD/phone, elasticity: -1 }",
            "supply own in A { volume: 5 phone/yr at 3 USD/phone, elasticity: 1 }",
            "route A -> B { cost: 1 USD/phone }",
        ]
        var model = conversation("unit phone\nassume wish = 3 to 4 USD/phone\n" + markets.joined(separator: "\n"))
        let first = text(model.enter("A.price"))
        let draws = Draws()
        draws.watch(&model)
        _ = model.enter("let other = 3")
        #expect(draws.happen { text(model.enter("A.price")) } == (false, first))
        for market in markets {
            _ = model.enter(
                market.replacingOccurrences(of: "5", with: "6").replacingOccurrences(of: "1 USD", with: "2 USD"))
            #expect(text(model.enter("A.price")) != first, "\(market)")
            _ = model.undo()
            #expect(draws.happen { text(model.enter("A.price")) } == (false, first), "\(market)")
        }
    }

    @Test("a calibration is fitted once, and again where the model has changed")
    func calibrations() {
        // Growth of a tenth fits exactly.
        var model = conversation(
            """
            horizon 2020..2024
            assume pace = 1%/yr
            let path = 100 kg growing pace from 2020
            calibrate pace so that path fits [2021: 110, 2022: 121, 2023: 133.1] kg
            """)
        #expect(text(model.enter("path[2022]")).hasPrefix("121 "))
        // A fit asks at each of its steps whether it is to go on.
        let asked = Questions()
        model.session.options.isCancelled = { asked.ask() }
        func questions() -> Int {
            let before = asked.number
            #expect(text(model.enter("1 + 1")) == "2\n")
            return asked.number - before
        }
        let known = questions()
        #expect(questions() == known)
        _ = model.enter("let start = 100 kg")
        #expect(questions() > known)
        #expect(questions() <= known + 5)
    }

    @Test("unfinished input is told from wrong input")
    func unfinished() {
        let model = conversation()
        #expect(model.isUnfinished("let x = (1 +"))
        #expect(model.isUnfinished("market China {"))
        #expect(!model.isUnfinished("let x = )"))
        #expect(!model.isUnfinished("1 + 1"))
    }

    @Test("a computation that is stopped leaves the session as it was")
    func cancelled() {
        var model = conversation("assume x = 1 to 2", "x")
        let before = model.script().text
        model.session.options.isCancelled = { true }
        let reply = model.enter("let y = x * 2\ny")
        #expect(reply.wasCancelled)
        #expect(model.script().text == before)
    }
}
