import Foundation
import Reuse
import Testing

#if canImport(Glibc)
    @preconcurrency import Glibc
#endif

@testable import ReuseCommand

extension Pseudoterminal {
    /// An entry, what its answer has, and the prompt that comes then.
    func enter(_ entry: String, _ answer: String = "", _ place: SourceLocation = #_sourceLocation) throws {
        type(entry + "\n")
        if !answer.isEmpty { try expect(answer, place) }
        try expect("reuse> ", place)
    }
}

/// What the prompt answers, without a terminal.
@Suite struct TalkTests {
    private func talk() -> Talk { Talk(options: Options(), style: PrintStyle(format: .text, colour: .never)) }

    @Test("the session in docs/prompt.md goes as it is written there")
    func recorded() throws {
        let document = try Project.text("docs/prompt.md")
        let block = try #require(document.components(separatedBy: "```text\nreuse> ").dropFirst().first)
        let recorded = "reuse> " + (block.components(separatedBy: "```").first ?? "")
        var talk = talk()
        var replayed = ""
        for line in recorded.components(separatedBy: "\n") where line.hasPrefix("reuse> ") {
            let entry = String(line.dropFirst(7))
            let answer = talk.answer(entry)
            replayed += line + "\n" + answer.output + answer.problems
        }
        if ProcessInfo.processInfo.environment["REUSE_ACCEPT"] == "1" {
            let text = document.replacingOccurrences(of: recorded, with: replayed)
            try Data(text.utf8).write(to: Project.root.appendingPathComponent("docs/prompt.md"))
        } else {
            #expect(replayed == recorded)
        }
    }

    @Test("every command stands in docs/prompt.md, and in the help", arguments: PromptCommand.allCases)
    func documented(_ command: PromptCommand) throws {
        #expect(try Project.text("docs/prompt.md").contains("`\(command.usage)`"))
        var talk = talk()
        #expect(talk.answer(":help").output.contains("\n\(command.usage) "))
        #expect(talk.answer(":help \(command.rawValue)").output.hasPrefix(command.usage))
        // One that wants a word says so.
        if !command.arguments.isEmpty, !command.arguments.hasPrefix("[") {
            #expect(talk.answer(":\(command.rawValue)").problems == "write `\(command.usage)`\n")
        }
    }

    @Test("unknown commands and settings suggest")
    func unknown() {
        var talk = talk()
        #expect(talk.answer(":untis").problems == "there is no command `:untis`; did you mean `:units`?\n")
        #expect(talk.answer(":set sample 3").problems == "there is no setting `sample`; did you mean `samples`?\n")
        #expect(talk.answer(":set samples many").problems.hasPrefix("samples are a whole number"))
        #expect(talk.answer(":set samples 123").output == "samples: 123\n")
        #expect(talk.answer(":set").output.contains("samples         123\n"))
        #expect(talk.answer(":set allow-unsolved 0.1%").output == "allow-unsolved: 0.1%\n")
        #expect(talk.answer(":set").output.contains("allow-unsolved  0.1%\n"))
        #expect(talk.answer(":set allow-unsolved some").problems.hasPrefix("allow-unsolved is a share above 0%"))
        #expect(talk.answer(":set allow-unsolved off").output == "allow-unsolved: off\n")
        #expect(talk.answer(":q").leaves && talk.answer(":Q").leaves)
        #expect(talk.answer(":d").problems == "`:d` could be `:doc`, `:diff` or `:drop`\n")
        #expect(talk.answer(":help sa").output.hasPrefix(":save file "))
        #expect(talk.answer(":time 1 +").output.isEmpty)
    }

    @Test("commands are found without their colon, and by what other prompts call them")
    func habits() {
        var talk = talk()
        #expect(talk.answer("help").output.contains(":quit"))
        #expect(talk.answer("?").output.contains(":quit"))
        #expect(talk.answer("exit()").leaves && talk.answer("quit").leaves && talk.answer(":q!").leaves)
        #expect(talk.answer("list").problems == "commands begin with a colon: `:list`\n")
        #expect(talk.answer("drop price").problems == "commands begin with a colon: `:drop price`\n")
        // A name of the model outranks them.
        _ = talk.answer("let list = 3")
        #expect(talk.answer("list").output == "3\n")
        #expect(talk.answer(":load /dev/null").problems == "cannot read /dev/null: it is no file\n")
    }

    @Test("the last error is explained at length")
    func why() {
        var talk = talk()
        #expect(talk.answer(":why").output == "nothing went wrong yet\n")
        #expect(talk.answer("1 kg + 1 USD").problems.contains("error[R0301]"))
        #expect(talk.answer(":why").output.hasPrefix("R0301: "))
    }

    @Test("what is saved can be loaded")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("phones.reuse").path
        var talk = talk()
        #expect(talk.answer(":save \(path)").problems == "there is nothing to save\n")
        _ = talk.answer("unit phone")
        _ = talk.answer("assume price = 100 USD/phone")
        #expect(talk.answer(":save \(path)").output == "wrote \(path)\n")
        // In the usual layout.
        _ = talk.answer("let twice=2*price # each")
        _ = talk.answer(":save \(path)")
        let saved = try String(contentsOfFile: path, encoding: .utf8)
        #expect(saved == "unit phone\nassume price = 100 USD/phone\nlet twice = 2*price  # each\n")
        _ = talk.answer(":reset")
        #expect(talk.answer("price").problems.contains("R0201"))
        #expect(talk.answer(":load \(path)").problems == "")
        #expect(talk.answer("price").output == "100 USD/phone\n")
        try Data("unit phone\nassume price = 7 USD/phone\n".utf8).write(to: URL(fileURLWithPath: path))
        _ = talk.answer(":reload")
        #expect(talk.answer("price").output == "7 USD/phone\n")
        #expect(talk.answer(":load \"\(path)\"").problems == "")
        #expect(talk.answer(":load \(path).not").problems.contains("there is no such file"))
        #expect(talk.answer(":sources").output.contains("price"))
        #expect(talk.answer(":trace price").output.hasPrefix("price = 7 USD/phone"))
        #expect(talk.answer(":list").output.contains("price  USD/phone = 7 USD/phone"))
        #expect(talk.answer(":time price").output.hasSuffix(" s\n"))
    }

    @Test("a file that this session neither read nor wrote is written over where that is asked for")
    func savesOver() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString).path
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        func saved() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        var talk = talk()
        _ = talk.answer("let x = 3")
        #expect(talk.answer(":save \(path)").problems == "\(path) is there already: `:force` writes over it\n")
        _ = talk.answer("let x = 4")
        // Something else came in between.
        #expect(talk.answer(":force").output == "nothing waits to be forced\n")
        // `:undo` takes back what waits, and nothing else.
        _ = talk.answer(":save \(path)")
        #expect(talk.answer(":undo").output == "left as it was\n")
        #expect(talk.answer("x").output == "4\n")
        #expect(try saved() == "old")
        _ = talk.answer(":save \(path)")
        #expect(talk.answer(":force").output == "wrote \(path)\n")
        #expect(try saved() == "let x = 4\n")
        _ = talk.answer("let x = 5")
        #expect(talk.answer(":save \(path)").output == "wrote \(path)\n")
    }

    @Test("a script that is saved elsewhere names its files from there")
    func savedElsewhere() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let below = folder.appendingPathComponent("below").path
        let beside = folder.appendingPathComponent("beside").path
        for path in [below, beside] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try Data("fn twice(x) = 2 * x\n".utf8).write(to: URL(fileURLWithPath: below + "/lib.reuse"))
        try Data("Year,Sold\n2020,5\n".utf8).write(to: URL(fileURLWithPath: below + "/sold.csv"))
        let script = """
            use "lib.reuse" as lib
            data figures from "sold.csv" { time: column("Year"), sold: column("Sold") * 1 kg }
            show lib.twice(figures.sold[2020])

            """
        try Data(script.utf8).write(to: URL(fileURLWithPath: below + "/own.reuse"))
        var talk = Talk(options: Options(), style: PrintStyle(format: .text, colour: .never))
        _ = talk.answer(":load \(below)/own.reuse")
        // Above them: it can be run.
        #expect(talk.answer(":save \(folder.path)/above.reuse").output == "wrote \(folder.path)/above.reuse\n")
        let text = try String(contentsOfFile: folder.path + "/above.reuse", encoding: .utf8)
        #expect(text.contains("use \"below/lib.reuse\" as lib") && text.contains("from \"below/sold.csv\""))
        #expect(talk.answer(":load \(folder.path)/above.reuse").problems.isEmpty)
        #expect(talk.answer("lib.twice(figures.sold[2020])").output == "10 kg\n")
        // Beside them: only with leave.
        let answer = talk.answer(":save \(beside)/own.reuse").output
        #expect(
            answer.hasSuffix(
                "; it reads ../below/lib.reuse and ../below/sold.csv, outside its folder: run it there with "
                    + "`--allow-read ../below`\n"))
        // In the same folder nothing changes.
        _ = talk.answer(":load \(below)/own.reuse")
        _ = talk.answer(":save \(below)/copy.reuse")
        #expect(try String(contentsOfFile: below + "/copy.reuse", encoding: .utf8) == script)
    }

    @Test("what no file has is told from what one has")
    func unsaved() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("a.reuse").path
        var talk = Talk(options: Options())
        _ = talk.answer("6 * 7")
        #expect(!talk.isUnsaved)
        _ = talk.answer("let price=100 USD")
        #expect(talk.isUnsaved)
        _ = talk.answer(":save \(path)")
        #expect(!talk.isUnsaved)
        _ = talk.answer("let rent = 7 USD")
        #expect(talk.isUnsaved)
        _ = talk.answer(":load \(path)")
        #expect(!talk.isUnsaved)
        _ = talk.answer("let price = 120 USD")
        #expect(talk.isUnsaved)
        _ = talk.answer(":undo")
        #expect(!talk.isUnsaved)
    }

    @Test("the register stands in lines where the terminal is too narrow for its table")
    func narrowRegister() {
        var talk = talk()
        _ = talk.answer("source shops { title: \"Three shops in Accra\", year: 2024 }")
        _ = talk.answer("assume price = 100 USD source shops\nlet twice = 2 * price")
        let table = talk.answer(":sources").output
        #expect(table.hasPrefix("input  value    definition"))
        // Places are those of what was entered.
        #expect(table.contains("twice    entry 2:1\n"))
        talk.width = 40
        #expect(
            talk.answer(":sources").output == """
                price = 100 USD
                  100 USD
                  source: Three shops in Accra (2024)
                  used by twice
                1 input, all with a source

                """)
    }

    @Test("a histogram leaves out its outermost samples")
    func histogram() throws {
        var talk = talk()
        let answer = talk.answer("100 to 200 USD").output
        let axis = try #require(answer.split(separator: "\n").last).split(separator: " ")
        // The quantiles of the log-normal distribution at 0.5% and 99.5%: exp(ln(100 * 200) / 2 ± 2.5758 * 0.2107).
        let low = try #require(axis.dropFirst().first.flatMap { Double($0) })
        let high = try #require(axis.dropLast().last.flatMap { Double($0) })
        #expect((82.2 - 5...82.2 + 1).contains(low))
        #expect((243.3 - 1...243.3 + 10).contains(high))
    }

    @Test("saving replaces the text of a file, and nothing else")
    func saving() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let manager = FileManager.default
        let path = folder.appendingPathComponent("a.reuse").path
        let link = folder.appendingPathComponent("link.reuse").path
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try manager.createSymbolicLink(atPath: link, withDestinationPath: path)
        var talk = talk()
        _ = talk.answer("let x = 3")
        _ = talk.answer(":save \(link)")
        #expect(talk.answer(":force").output == "wrote \(link)\n")
        #expect(try manager.destinationOfSymbolicLink(atPath: link) == path)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "let x = 3\n")
        #expect(try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        // Another that is no file: written to, not replaced.
        let terminal = folder.appendingPathComponent("null").path
        try manager.createSymbolicLink(atPath: terminal, withDestinationPath: "/dev/null")
        #expect(talk.answer(":save \(terminal)").output == "wrote \(terminal)\n")
        #expect(try manager.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType == .typeCharacterSpecial)
        #expect(talk.answer(":save \(folder.path)").problems.hasSuffix("it is a folder\n"))
        #expect(try manager.contentsOfDirectory(atPath: folder.path).sorted() == ["a.reuse", "link.reuse", "null"])
    }

    @Test("names line up by the room that they take")
    func widths() {
        var talk = talk()
        talk.width = 30
        _ = talk.answer("unit 手机\nlet 价 = 3 USD/手机\nlet ab = 1234567890 + 1234567890 + 1234567890")
        #expect(
            talk.answer(":list").output
                == "手机  unit 手机\n价    USD/手机 = 3 USD/手机\nab    a number = 1234567890 +…\n")
    }

    @Test("a table that is wider than the terminal stands in parts, each with its labels")
    func parts() {
        var talk = talk()
        _ = talk.answer(
            "horizon 2024..2026\nlet first_path = 10 kg growing 10%/yr from 2024\nlet second_path = 2 * first_path")
        let wide = talk.answer("show first_path, second_path").output
        #expect(
            wide.hasPrefix(
                """
                time  first_path  second_path
                              kg           kg
                ─────────────────────────────
                2024        10           20
                2025        11           22
                2026        12.1         24.2

                """))
        talk.width = 24
        let narrow = talk.answer("show first_path, second_path").output
        #expect(
            narrow.hasPrefix(
                """
                time  first_path
                              kg
                ────────────────
                2024        10
                2025        11
                2026        12.1

                time  second_path
                               kg
                ─────────────────
                2024         20
                2025         22
                2026         24.2

                """))
    }

    @Test("files are completed where a script names them, and settings have values")
    func completesFiles() {
        let paths = [
            ":load sa": "sa", ":load \"a b/c": "a b/c", ":save a b": "a b", "use \"sa": "sa", "extend \"": "",
            "data x from \"a b/sa": "a b/sa", "use \"a.reuse\" as a\nuse \"b": "b",
        ]
        for (text, path) in paths {
            let start = Talk.startOfPath(Array(text.utf8))
            #expect(start.map { String(decoding: text.utf8.dropFirst($0), as: UTF8.self) } == path, "\(text)")
        }
        for text in ["show \"sa", "use \"a\" as ", "market A \"x", "let from"] {
            #expect(Talk.startOfPath(Array(text.utf8)) == nil, "\(text)")
        }
        var talk = talk()
        guard case .candidates(let found) = talk.completion(of: ":set sampling ", at: 14) else {
            Issue.record("no candidates")
            return
        }
        #expect(found.candidates.map(\.text) == ["random", "latin", "sobol"])
    }

    @Test("completion behind a colon")
    func completion() {
        var talk = talk()
        _ = talk.answer("unit phone\nassume price = 1 USD/phone\npolicy tax { price += 1 USD/phone }")
        func found(_ line: String) -> [String] {
            guard case .candidates(let completion) = talk.completion(of: line, at: line.utf8.count) else {
                return ["file"]
            }
            return completion.candidates.map(\.text)
        }
        #expect(found(":s") == ["sources", "set", "save", "scenario"])
        #expect(found(":on ") == ["tax"])
        #expect(found(":scenario b") == ["baseline"])
        #expect(found(":set se") == ["seed"])
        #expect(found(":drop t") == ["tax"])
        talk.begun = "market Europe {"
        #expect(found("  dem") == ["demand:"])
        talk.begun = ""
        #expect(found(":units ph") == ["phone"])
        #expect(found(":type pri") == ["price"])
        #expect(found(":help q") == ["quit"])
        #expect(found(":load x") == ["file"])
    }
}

/// The prompt at a terminal.
@Suite(.serialized, .enabled(if: Command.path != nil, "the executable `reuse` was not built"))
struct PromptTests {
    private static let prompt = "reuse> "
    /// Of a hundred million samples of `x`: more than any machine is done with before somebody can read that it works.
    private static let longWork = "sd(" + (1...60).map { "exp(x) ^ 2.\($0)" }.joined(separator: " + ") + ")"

    /// Enters an input and what takes long; back once that has begun, and says how far it is.
    private func beginLongWork(_ terminal: Pseudoterminal) throws {
        try terminal.enter("assume x = 1 to 2", "x: ")
        try terminal.enter(":set samples 100000000")
        terminal.type(Self.longWork + "\n")
        try terminal.expect("(Ctrl-C stops)")
    }

    private struct Home {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        var environment: [String: String] {
            [
                "TERM": "xterm", "INPUTRC": "/dev/null", "XDG_STATE_HOME": folder.path, "LC_ALL": "C.UTF-8",
                "PATH": "/usr/bin:/bin",
            ]
        }
        var history: String {
            (try? String(contentsOf: folder.appendingPathComponent("reuse/history"), encoding: .utf8)) ?? ""
        }

        var sessionFile: URL { folder.appendingPathComponent("reuse/session.reuse") }
        /// Sessions that are kept.
        var files: [String] {
            let path = folder.appendingPathComponent("reuse").path
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            return names.filter { $0.hasPrefix("session") }.sorted()
        }
        var session: String { kept("session.reuse") }
        /// Without the line that says where it is from.
        func kept(_ name: String) -> String {
            let file = folder.appendingPathComponent("reuse/" + name)
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            return lines.count > 1 && lines[0].hasPrefix("# session of /") ? String(lines[1]) : text
        }

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    }

    private func prompt(
        _ home: Home, _ arguments: [String] = [], columns: UInt16 = 100, _ extra: [String: String] = [:]
    ) throws -> Pseudoterminal {
        let environment = home.environment.merging(extra) { $1 }
        let terminal = try Pseudoterminal(arguments, environment: environment, columns: columns)
        try terminal.expect(Self.prompt)
        return terminal
    }

    private func leave(_ terminal: Pseudoterminal) {
        terminal.type("\u{4}")
        #expect(terminal.end() == 0)
    }

    @Test("entries are answered until Ctrl-D")
    func talks() throws {
        let home = try Home()
        let terminal = try prompt(home)
        terminal.type("6 * 7\n")
        try terminal.expect("\n")
        try terminal.expect("42")
        try terminal.expect(Self.prompt)
        try terminal.enter("_ + 1", "43")
        try terminal.enter("unit 手机")
        terminal.type("show \"二手\", 3 手机\n")
        try terminal.expect("\r二手")
        try terminal.expect("3 手机 = 3 手机")
        try terminal.expect(Self.prompt)
        leave(terminal)
    }

    @Test("`:quit` leaves")
    func quits() throws {
        let terminal = try prompt(Home())
        terminal.type(":quit\n")
        #expect(terminal.end() == 0)
    }

    @Test(
        "an entry of several lines is recalled as one, in the next session, too",
        .enabled(if: LineEditor.note == nil, "built without readline"))
    func history() throws {
        let home = try Home()
        let terminal = try prompt(home)
        terminal.type("let x = (1 +\n")
        try terminal.expect("...> ")
        try terminal.enter("2)", "x: a number")
        try terminal.enter("x", "3")
        try terminal.enter("x", "3")
        leave(terminal)
        #expect(home.history.components(separatedBy: "\n").filter { $0 == "x" }.count <= 2)

        let next = try prompt(home)
        // Past `x`, which is there once, to the entry before.
        try next.enter("\u{1B}[A\u{1B}[A", "x: a number")
        try next.enter("x * 5", "15")
        leave(next)
    }

    @Test("with --no-history nothing is kept", .enabled(if: LineEditor.note == nil, "built without readline"))
    func noHistory() throws {
        let home = try Home()
        let terminal = try prompt(home, ["--no-history"])
        try terminal.enter("let amount = 246", "amount: a number")
        leave(terminal)
        #expect(home.history.isEmpty)
        #expect(home.session.isEmpty)
    }

    @Test(
        "words are completed: names, fields, units, commands and files",
        .enabled(if: LineEditor.note == nil, "built without readline"))
    func completion() throws {
        let home = try Home()
        let terminal = try prompt(home, ["-i", Project.root.appendingPathComponent("samples/tariff.reuse").path])
        try terminal.enter(":polic\t", ":policy")
        try terminal.enter("let long_name = 3 tonn\t", "long_name: kg")
        try terminal.enter("long_n\t * 2", "6 tonne")
        // Two or more: with what they are.
        terminal.type("nor\t\t\t")
        try terminal.expect("normal_life")
        try terminal.expect("fn normal_quantile")
        try terminal.enter("\u{15}:load \(Project.root.path)/samples/idle-ph\t", "idle-phones.reuse")
        // One with blanks in it, which is a folder.
        let blank = home.folder.appendingPathComponent("own files/more")
        try FileManager.default.createDirectory(at: blank, withIntermediateDirectories: true)
        try Data("6 * 7\n".utf8).write(to: blank.appendingPathComponent("own sum.reuse"))
        try terminal.enter(":load \(home.folder.path)/own f\tmor\town\t", "42")
        // Where a script names it, too.
        terminal.type("use \"\(Project.root.path)/samples/orange.r\t")
        try terminal.expect("samples/orange.reuse")
        terminal.type("\u{15}")
        leave(terminal)
    }

    @Test("Ctrl-C clears the line", .enabled(if: LineEditor.note == nil, "built without readline"))
    func clears() throws {
        let terminal = try prompt(Home())
        terminal.type("let x = (12 +")
        try terminal.expect("12 +")
        terminal.type("\u{3}")
        try terminal.expect(Self.prompt)
        try terminal.enter("6 * 7", "42")
        // Within an entry of several lines, too.
        terminal.type("let x = (12 +\n")
        try terminal.expect("...> ")
        terminal.type("\u{3}")
        try terminal.expect(Self.prompt)
        try terminal.enter("x", "R0201")
        leave(terminal)
    }

    @Test("a script that is pasted is one entry", .enabled(if: LineEditor.note == nil, "built without readline"))
    func pastes() throws {
        let terminal = try prompt(Home())
        try terminal.enter(
            "\u{1B}[200~unit phone\nlet sold = 3 phone\nshow sold * 2\n\u{1B}[201~", "sold * 2 = 6 phone")
        try terminal.enter("sold", "3 phone")
        leave(terminal)
    }

    @Test("the user's own keys count", .enabled(if: LineEditor.note == nil, "built without readline"))
    func inputrc() throws {
        let home = try Home()
        let file = home.folder.appendingPathComponent("inputrc")
        try Data("\"\\C-t\": \"6 * 7\"\nset completion-ignore-case on\n".utf8).write(to: file)
        let terminal = try prompt(home, [], ["INPUTRC": file.path])
        try terminal.enter("\u{14}", "42")
        try terminal.enter("let price_of_one = 3 kg", "price_of_one: kg")
        try terminal.enter("PRICE_\t * 2", "6 kg")
        leave(terminal)
    }

    @Test("Ctrl-C stops a computation, and keeps the session")
    func stops() throws {
        let terminal = try prompt(Home())
        try beginLongWork(terminal)
        terminal.type("\u{3}")
        try terminal.expect("stopped")
        try terminal.expect(Self.prompt)
        try terminal.enter(":set samples 100")
        try terminal.enter("quantile(x - x, 50%)", "0")
        leave(terminal)
    }

    @Test("a terminal that goes away ends the process, and what was defined is kept", .timeLimit(.minutes(3)))
    func hangsUp() throws {
        let home = try Home()
        let terminal = try prompt(home)
        try terminal.enter("let price = 100 USD", "price: USD")
        terminal.hangUp()
        #expect(terminal.wait() == -SIGHUP)
        #expect(home.session == "let price = 100 USD\n")
    }

    @Test("so it does in the middle of a computation", .timeLimit(.minutes(3)))
    func hangsUpComputing() throws {
        let home = try Home()
        let terminal = try prompt(home)
        try beginLongWork(terminal)
        terminal.hangUp()
        #expect(terminal.wait() == -SIGHUP)
        #expect(home.session == "assume x = 1 to 2\n")
    }

    @Test("a session that was not saved is kept, and can be loaded")
    func keeps() throws {
        let home = try Home()
        let terminal = try prompt(home)
        try terminal.enter("let price = 100 USD", "price: USD")
        terminal.type(":quit\n")
        try terminal.expect("what was not saved is kept in ")
        #expect(terminal.end() == 0)
        #expect(home.session == "let price = 100 USD\n")
        let next = try prompt(home)
        try next.enter(":load \(home.sessionFile.path)")
        try next.enter("price", "100 USD")
        // It reads what its script could.
        let folder = home.folder.appendingPathComponent("own")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("Year,Sold\n2020,5\n".utf8).write(to: folder.appendingPathComponent("sold.csv"))
        let script = folder.appendingPathComponent("own.reuse").path
        try Data("data d from \"sold.csv\" { time: column(\"Year\"), sold: column(\"Sold\") * 1 kg }\n".utf8).write(
            to: URL(fileURLWithPath: script))
        let reader = try prompt(home, ["-i", script])
        try reader.enter("let twice = 2 * d.sold[2020]", "twice: kg")
        reader.type("\u{4}")
        _ = reader.end()
        let again = try prompt(home)
        try again.enter(":load \(home.sessionFile.path)")
        try again.enter("twice", "10 kg")
        leave(again)
        // Another script in its place does not lose it.
        try next.enter("let rent = 7 USD", "rent: USD")
        try next.enter(":load \(Project.root.path)/samples/tariff.reuse", "what was not saved is kept in ")
        #expect(home.session == "let price = 100 USD\nlet rent = 7 USD\n")
        leave(next)
        #expect(home.session == "let price = 100 USD\nlet rent = 7 USD\n")
    }

    @Test("what was entered is kept as one goes: a killed prompt loses nothing", .timeLimit(.minutes(3)))
    func killed() throws {
        let home = try Home()
        let terminal = try prompt(home)
        #expect(home.files == [])
        try terminal.enter("let price = 100 USD", "price: USD")
        #expect(home.session == "let price = 100 USD\n")
        try terminal.enter("let price = 120 USD", "USD")
        try terminal.enter("price * 2", "240 USD")
        try terminal.enter("nonsense", "R0201")
        try terminal.enter(":on nonsense")
        terminal.kill(SIGKILL)
        #expect(terminal.wait() == -SIGKILL)
        #expect(home.session == "let price = 120 USD\n")
        var status = stat()
        #expect(stat(home.sessionFile.path, &status) == 0 && status.st_mode & 0o777 == 0o600)

        // The next one moves it aside, once.
        let next = try prompt(home)
        #expect(home.files == ["session.reuse"])
        try next.enter("let rent = 7 USD", "rent: USD")
        try next.enter("let twice = 2 * rent", "twice: USD")
        next.kill(SIGKILL)
        #expect(next.wait() == -SIGKILL)
        #expect(home.session == "let rent = 7 USD\nlet twice = 2 * rent\n")
        #expect(home.kept("session.before.reuse") == "let price = 120 USD\n")
        let again = try prompt(home)
        try again.enter(":load \(home.sessionFile.path)")
        try again.enter("twice", "14 USD")
        leave(again)
    }

    @Test("so is one that is killed while it computes", .timeLimit(.minutes(3)))
    func killedComputing() throws {
        let home = try Home()
        let terminal = try prompt(home)
        try beginLongWork(terminal)
        terminal.kill(SIGKILL)
        #expect(terminal.wait() == -SIGKILL)
        #expect(home.session == "assume x = 1 to 2\n")
    }

    @Test("once all is saved nothing is kept, and what was kept before is there again")
    func keepsNothing() throws {
        let home = try Home()
        let first = try prompt(home)
        try first.enter("let price = 100 USD", "price: USD")
        leave(first)
        let second = try prompt(home)
        try second.enter("let rent = 7 USD", "rent: USD")
        leave(second)
        let before = (home.session, home.kept("session.before.reuse"))
        #expect(before == ("let rent = 7 USD\n", "let price = 100 USD\n"))
        let third = try prompt(home)
        try third.enter("let wage = 9 USD", "wage: USD")
        #expect(home.session == "let wage = 9 USD\n")
        #expect(home.kept("session.before.reuse") == "let rent = 7 USD\n")
        try third.enter(":save \(home.folder.path)/wage.reuse", "wrote")
        #expect((home.session, home.kept("session.before.reuse")) == before)
        // What is entered after that is not saved again.
        try third.enter("let wages = 12 * wage", "wages: USD")
        #expect(home.session == "let wage = 9 USD\nlet wages = 12 * wage\n")
        try third.enter(":undo", "taken back")
        leave(third)
        #expect((home.session, home.kept("session.before.reuse")) == before)
        #expect(home.files == ["session.before.reuse", "session.reuse"])
    }

    @Test("two prompts at a time do not lose each other's session")
    func twoPrompts() throws {
        let home = try Home()
        let first = try prompt(home)
        try first.enter("let price = 100 USD", "price: USD")
        let second = try prompt(home)
        try second.enter("let rent = 7 USD", "rent: USD")
        try first.enter("let twice = 2 * price", "twice: USD")
        first.kill(SIGKILL)
        _ = first.wait()
        second.type(":quit\n")
        try second.expect("what was not saved is kept in ")
        #expect(second.end() == 0)
        #expect(home.session == "let price = 100 USD\nlet twice = 2 * price\n")
        let other = try #require(home.files.first { $0 != "session.reuse" })
        #expect(home.files.count == 2 && home.kept(other) == "let rent = 7 USD\n")
        let next = try prompt(home)
        try next.enter(":load \(home.folder.path)/reuse/\(other)")
        try next.enter("rent", "7 USD")
        leave(next)
    }

    @Test("every command answers")
    func commands() throws {
        let home = try Home()
        let script = home.folder.appendingPathComponent("saved.reuse").path
        let sample = Project.root.appendingPathComponent("samples/tariff.reuse").path
        let answers: [(entry: String, answer: String)] = [
            ("unit phone", Self.prompt),
            ("assume price = 100 to 200 USD/phone", "price: USD/phone, uncertain"),
            ("policy tax \"A tax\" { price += 10 USD/phone }", Self.prompt),
            ("policy help { price -= 1 USD/phone }", Self.prompt),
            ("scenario both = tax + help", Self.prompt),
            ("price", " USD/phone"),
            (":help", ":quit"),
            (":help time", ":time expression"),
            (":doc sqrt", "The square root."),
            (":type price * 2", "USD/phone, uncertain"),
            (":units kg", "tonne"),
            (":units USD/phone", "no unit has a name for USD/phone"),
            (":list", "policy tax"),
            (":sources", "used by"),
            (":trace price", "[no source]"),
            (":time 6 * 7", " s"),
            (":set samples 2k", "samples: 2k"),
            (":set", "samples         2000"),
            (":policy", "A tax"),
            (":off tax", "scenario: help"),
            (":diff price", "before: all"),
            (":on tax", "scenario: "),
            (":scenario", "both      tax + help"),
            (":scenario baseline", "scenario: baseline"),
            ("price + 1 kg", "error[R0301]"),
            (":why", "R0301: a dimension that does not fit"),
            ("let more = price + 1 USD/phone", "more: "),
            ("assume price = 3 kg", "nothing is changed yet: this would break"),
            (":force", "set aside: "),
            (":undo", "taken back: "),
            (":redo", "made again: "),
            (":undo", "taken back: "),
            ("let spare = 1", "spare: a number"),
            (":drop spare", "spare is gone"),
            (":save \(script)", "wrote \(script)"),
            (":reset", "all is forgotten"),
            (":load \(script)", Self.prompt),
            (":list", "more "),
            (":load \(sample)", "scenario"),
            (":reload", "scenario"),
            (":nonsense", "`:help` lists all"),
        ]
        let terminal = try prompt(home)
        for (entry, answer) in answers {
            terminal.type(entry + "\n")
            // Its echo, then what it says.
            try terminal.expect("\n")
            let said = try terminal.expect(Self.prompt)
            #expect(said.contains(answer), "\(entry) was answered by \(said)")
        }
        #expect(
            Set(PromptCommand.allCases).subtracting([.quit]).allSatisfy { command in
                answers.contains {
                    $0.entry == command.usage || $0.entry.hasPrefix(":\(command.rawValue) ")
                        || $0.entry == ":\(command.rawValue)"
                }
            })
        leave(terminal)
    }

    @Test("narrow and wide terminals, and one that changes", arguments: [40, 200] as [UInt16])
    func widths(_ columns: UInt16) throws {
        let terminal = try prompt(Home(), columns: columns)
        try terminal.enter("assume x = 1 to 2")
        terminal.type("x\n")
        try terminal.expect(" (")
        try terminal.expect(" to ")
        try terminal.expect(Self.prompt)
        terminal.resize(columns: 80)
        terminal.type("1000 + 1 + 1000 + 1 + 1000 + 1 + 1000 + 1 + 1000 + 1\n")
        try terminal.expect("\r\n")
        try terminal.expect("5005")
        try terminal.expect(Self.prompt)
        leave(terminal)
    }

    @Test("a script is loaded before the first prompt")
    func loads() throws {
        let path = Project.root.appendingPathComponent("samples/tariff.reuse").path
        let terminal = try Pseudoterminal(["-i", path], environment: try Home().environment)
        try terminal.expect("───")
        try terminal.expect(Self.prompt)
        try terminal.enter(":list", "market ")
        leave(terminal)
    }

    @Test("no colour where there is to be none")
    func colours() throws {
        for (extra, isColoured) in [([:], true), (["NO_COLOR": "1"], false)] as [([String: String], Bool)] {
            let terminal = try prompt(Home(), [], extra)
            terminal.type("nothing_such\n")
            let text = try terminal.expect("-->")
            #expect(text.contains("\u{1B}[1") == isColoured)
            try terminal.expect(Self.prompt)
            leave(terminal)
        }
    }

    @Test("what is no terminal is a script: no prompt, and the right exit status")
    func redirected() throws {
        let fine = try Command.run([], input: "let x = 2\nx * 3\n")
        #expect(fine.status == 0 && fine.output == "6\n" && fine.errors == "")
        #expect(try Command.run([], input: "nope\n").status == 1)
        #expect(try Command.run([], input: "let x = (1 +\n").status == 1)
        // Even where a script is loaded first.
        let loaded = try Command.run(["-i", "samples/tariff.reuse"], input: "6 * 7\n:time 2\n_ + 1\n")
        #expect(loaded.status == 0 && loaded.output.contains("\n42\n") && loaded.output.hasSuffix("\n3\n"))
        #expect(!loaded.output.contains("reuse>") && !loaded.output.contains("\u{1B}"))
        // Nothing of it is kept, as nobody typed it.
        let home = try Home()
        let piped = try Command.run(
            ["-i", "samples/tariff.reuse"], input: "let x = 2\n", environment: ["XDG_STATE_HOME": home.folder.path])
        #expect(piped.status == 0 && !piped.output.contains("kept") && home.session.isEmpty && home.history.isEmpty)
    }

    @Test("a script that cannot be read opens no prompt")
    func missing() throws {
        let missing = try Command.run(["-i", "missing.reuse"], input: "")
        #expect(missing.status == 1 && missing.output == "")
        #expect(missing.errors == "error[R0701]: cannot read missing.reuse: there is no such file\n")
    }

    @Test("a script may come from a pipe, which gives it once; a device is none")
    func pipedScript() throws {
        let home = try Home()
        let pipe = home.folder.appendingPathComponent("pipe").path
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = Thread { try? Data("let piped = 4\n".utf8).write(to: URL(fileURLWithPath: pipe)) }
        writer.start()
        let terminal = try prompt(home, ["-i", pipe])
        try terminal.enter("piped", "\r4\r\n")
        leave(terminal)
        let device = try Command.run(["-i", "/dev/null"], input: "")
        #expect(device.status == 1 && device.errors == "error[R0701]: cannot read /dev/null: it is no file\n")
    }

    @Test("a zero byte in a paste is an error, and ends nothing", .enabled(if: LineEditor.note == nil))
    func zeroByte() throws {
        let terminal = try prompt(Home())
        try terminal.enter(
            "\u{1B}[200~let a = 3\u{0}\nlet b = 4\u{1B}[201~", "the character `␀` (U+2400) means nothing here")
        leave(terminal)
    }

    @Test("a script whose run is stopped while it is loaded is there")
    func stoppedLoad() throws {
        let home = try Home()
        let script = home.folder.appendingPathComponent("long.reuse").path
        try Data("assume x = 1 to 2\nshow quantile(exp(x), 99%)\n".utf8).write(to: URL(fileURLWithPath: script))
        let terminal = try prompt(home)
        try terminal.enter(":set samples 100M")
        terminal.type(":load \(script)\n")
        try terminal.expect("Ctrl-C stops")
        terminal.type("\u{3}")
        let said = try terminal.expect(Self.prompt)
        #expect(said.contains("; the script is loaded") || said.contains("of 100000000 samples"))
        try terminal.enter(":list", "1 to 2")
        leave(terminal)
    }

    @Test("names in any script are shown once, whatever the locale", .enabled(if: LineEditor.note == nil))
    func plainLocale() throws {
        let terminal = try prompt(Home(), [], ["LC_ALL": "C"])
        terminal.type("let 手机 = 3\n")
        let said = try terminal.expect("手机: a number")
        #expect(said.components(separatedBy: "let 手机 = 3").count == 2)
        try terminal.expect(Self.prompt)
        leave(terminal)
    }
}
