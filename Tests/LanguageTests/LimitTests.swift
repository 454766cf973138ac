import Foundation
import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// A script that grows with a number, the largest with which it runs, and the error it gives with one more.
struct LimitCase: Sendable, CustomTestStringConvertible {
    var limit: String
    var works: Int
    var code = "R0509"
    var words: String
    /// By what the limited thing grows: most cannot be met exactly and one beyond.
    var step = 1
    var text: @Sendable (Int) -> String

    var testDescription: String { limit }

    static func lines(_ range: Range<Int>, _ line: (Int) -> String) -> String {
        range.map { line($0) + "\n" }.joined()
    }

    static func list(_ count: Int, _ item: (Int) -> String) -> String {
        (0..<count).map(item).joined(separator: ", ")
    }

    /// An index of so many members, and values over it.
    static func index(_ name: String, _ count: Int) -> String {
        "index \(name) = " + list(count) { "\(name)\($0)" } + "\nassume v\(name) per \(name) = 2\n"
    }

    static let all: [LimitCase] = [
        LimitCase(limit: "nesting", works: Limits.nesting, code: "R0110", words: "nested more than 256 deep") {
            "show " + String(repeating: "(", count: $0) + "1" + String(repeating: ")", count: $0)
        },
        LimitCase(limit: "indexes", works: Limits.indexes, words: "at most 60 indexes") {
            lines(0..<$0) { "index i\($0) = a\($0), b\($0)" } + "show 1"
        },
        LimitCase(limit: "typeDepth", works: Int(Limits.typeDepth), words: "nests more than 200 deep") {
            "let x0 = 1\n" + lines(1..<$0 + 1) { "let x\($0) = [x\($0 - 1)]" } + "show length(x\($0))"
        },
        LimitCase(limit: "typeParts", works: Int(Limits.typeParts) - 1, words: "more than 20,000 parts") {
            "let x = { " + list($0) { "p\($0): 1" } + " }\nshow x.p0"
        },
        LimitCase(limit: "unitParts", works: Limits.unitParts, words: "a unit has more than 1,000 parts") {
            lines(0..<$0) { "unit u\($0)" } + "fn f(x) = x * x\nlet x0 = 1 u0\n"
                + lines(1..<$0) { "let x\($0) = x\($0 - 1) * 1 u\($0)" } + "let y = f(x\($0 - 1))\nshow y / y"
        },
        LimitCase(limit: "commands", works: Limits.commands, words: "at most 100000 commands") {
            String(repeating: "\"\"\n", count: $0)
        },
        LimitCase(limit: "scenariosDeep", works: Limits.scenariosDeep, words: "may nest at most 100 deep") {
            "assume x = 1\npolicy p { x += 1 }\n" + lines(0..<$0) { "scenario s\($0) = s\($0 + 1)" }
                + "scenario s\($0) = p { x *= 2 }\nshow x under s0"
        },
        // With those of the library, which are some hundreds.
        LimitCase(limit: "scenarioValues", works: 200, words: "at most 3 million values", step: 200) {
            "assume a = 1\n" + lines(0..<10_000) { "let x\($0) = 1" }
                + lines(0..<$0) { "policy p\($0) { a += \($0) }" } + "compare " + list($0) { "p\($0)" } + " on a"
        },
        LimitCase(limit: "correlatedInputs", works: Limits.correlatedInputs, words: "at most 200 inputs") {
            lines(0..<$0) { "assume x\($0) = 1 to 2" } + "correlate " + list($0) { "x\($0)" } + " at 0.01\nshow max(["
                + list($0) { "x\($0)" } + "])"
        },
        LimitCase(
            limit: "horizonSteps", works: 11, code: "R0406", words: "at most 100,000 steps"
        ) { "horizon 2000..\(1999 + $0) by hour\nshow 1" },
        LimitCase(limit: "reducedCombinations", works: 400, words: "at most 100,000 combinations") {
            index("i", $0) + index("j", 250) + "show sum(if i == i0 then vi * vj else vj)"
        },
        LimitCase(limit: "combinations", works: 1_000, words: "can go through at most a million combinations") {
            index("i", $0) + index("j", 1_000) + "show sum(vi * vj)"
        },
        LimitCase(limit: "combinations", works: 1_000, words: "at most a million combinations") {
            index("i", $0) + index("j", 1_000) + "let v = vi * vj\nshow v[i0, j0]"
        },
        LimitCase(limit: "callsDeep", works: Limits.callsDeep - 1, code: "R0504", words: "calls itself too deeply") {
            "fn f(n) = if n == 0 then 0 else 1 + f(n - 1)\nshow f(\($0))"
        },
        LimitCase(limit: "listItems", works: Limits.listItems, code: "R0505", words: "at most a billion") {
            "show length(range(1, \($0)))"
        },
        LimitCase(limit: "shownItems", works: Limits.shownItems, words: "too long to be shown") {
            "show range(1, \($0))"
        },
        LimitCase(limit: "outputCells", works: 1_000, words: "one can have at most 1000000") {
            index("i", $0) + "horizon 1000..1999\nshow vi * now.year"
        },
        // Each is a cell, and has as many items as fill up a twentieth of all.
        LimitCase(limit: "allOutputCells", works: 20, words: "together they can have at most 2000000") {
            String(repeating: "show range(1, \(Limits.allOutputCells / 20 - 1))\n", count: $0)
        },
        LimitCase(limit: "figures", works: 69, words: "50 million figures over them and time") {
            "horizon 1000..1999 by month\n" + index("i", 60) + index("j", $0)
                + "let v = vi * vj * now.year\nshow v[i0, j0][1000]"
        },
        LimitCase(limit: "pieceInstructions", works: 2, words: "too large to be computed in one piece", step: 58) {
            index("i", 200) + index("j", 200) + index("k", $0)
                + "fn f(x) = sum(vi * sum(vi * vj * sum(if i == i0 and j == j0 and k == k0 then x else vi * vj * vk * x over k)"
                + " over j) over i)\n"
                + "assume y = 1 to 2\nshow f(y)"
        },
        // Calls within calls: a type has too many parts before one call has so many arguments.
        LimitCase(limit: "registers", works: 3, words: "too large to be computed in one piece") {
            let rest = list(18_999) { "p\($0)" }
            let call = "f(" + String(repeating: "1, ", count: 18_999)
            return "fn f(n, \(rest)) = if n > 5 then 0 else f(n + 1, \(rest))\nlet y = "
                + String(repeating: call, count: $0) + "1" + String(repeating: ")", count: $0) + "\nshow y"
        },
    ]
}

/// At its limit a script runs, and one beyond is refused in words.
@Suite struct LimitTests {
    private func run(_ text: String, _ change: (inout Options) -> Void = { _ in }) -> RunResult {
        var options = Options()
        options.samples = 100
        change(&options)
        return Session(options: options).run(Array(text.utf8), name: "-")
    }

    private func run(_ text: String, _ files: FileAccess) -> RunResult {
        Session(files: files).run(Array(text.utf8), name: "-")
    }

    private func errors(_ result: RunResult) -> String {
        result.diagnostics.map { "\($0.kind.code): \($0.message.prefix(200))\n" }.joined()
    }

    @Test("a script that meets a limit runs, and one beyond is refused", arguments: LimitCase.all)
    func limit(_ example: LimitCase) {
        let met = run(example.text(example.works))
        #expect(!met.hasErrors, "\(errors(met))")
        let passed = run(example.text(example.works + example.step))
        let found = errors(passed)
        #expect(found.contains(example.code) && found.contains(example.words), "\(found)")
    }

    @Test("a text larger than may be read is refused before it is read")
    func textBytes() {
        let result = Session().run([UInt8](repeating: 0x20, count: Limits.textBytes + 1), name: "-")
        #expect(errors(result).contains("R0117: this text is too large: at most 256 MB"))
    }

    @Test("a file larger than may be read is refused before it is read")
    func fileBytes() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).reuse").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        // Without what it holds: the file takes no room.
        try #require(truncate(file, Limits.fileBytes + 1) == 0)
        #expect(try Command.run(["run", file]).errors.contains("it is larger than 1 GiB"))
    }

    /// Files that give values, as many as are asked for.
    private static func written(_ text: @escaping @Sendable (Int) -> String) -> FileAccess {
        FileAccess { path in
            let number = Int(path.filter(\.isNumber)) ?? 0
            return .success(Array(text(number).utf8))
        }
    }

    @Test("as many files as a script may be made of, and one more")
    func files() {
        func use(_ count: Int) -> String {
            LimitCase.lines(0..<count) { "use \"f\($0).reuse\" as f\($0)" } + "show 1"
        }
        let files = Self.written { "let x\($0) = 1" }
        let alone = run("show 1").sources.count
        let met = run(use(Limits.files - alone), files)
        #expect(!met.hasErrors, "\(errors(met))")
        #expect(errors(run(use(Limits.files - alone + 1), files)).contains("at most 4096 files"))
    }

    @Test("files that use files as deep as they may, and one deeper")
    func usesDeep() {
        func chain(_ last: Int) -> FileAccess {
            Self.written { $0 < last ? "use \"f\($0 + 1).reuse\" as f\($0 + 1)\nlet x\($0) = 1" : "let x\($0) = 1" }
        }
        let met = run("use \"f1.reuse\" as f1\nshow 1", chain(Limits.usesDeep))
        #expect(!met.hasErrors, "\(errors(met))")
        let passed = errors(run("use \"f1.reuse\" as f1\nshow 1", chain(Limits.usesDeep + 1)))
        #expect(passed.contains("R0509: files that use files may nest at most 100 deep"), "\(passed)")
    }

    @Test("a table of as many combinations of labels as there may be, and of more")
    func labelCombinations() {
        func table(_ labels: Int) -> RunResult {
            let rows = LimitCase.lines(0..<max(labels, 1_000)) { "2020,a\($0 % labels),b\($0 % 1_000),1" }
            return run(
                "data d from \"t.csv\" { time: column(\"Year\"), a: labels(\"A\"), b: labels(\"B\"), x: column(\"X\") }\nshow 1",
                FileAccess { _ in .success(Array(("Year,A,B,X\n" + rows).utf8)) })
        }
        let met = table(1_000)
        #expect(!met.hasErrors, "\(errors(met))")
        #expect(errors(table(1_001)).contains("R0509: a table can have at most a million combinations of labels"))
    }

    @Test("a table that is filled up has no more figures than it may")
    func filledFigures() {
        let rows = LimitCase.lines(0..<1_001) { "\(1000 + $0),a\($0 % 100),b\($0 % 101),1" }
        let result = run(
            "data d from \"t.csv\" { time: column(\"Year\"), a: labels(\"A\"), b: labels(\"B\"), x: column(\"X\", missing: 0) }\nshow 1",
            FileAccess { _ in .success(Array(("Year,A,B,X\n" + rows).utf8)) })
        #expect(errors(result).contains("R0509: a table that is filled up can have at most 10 million figures"))
    }

    @Test("more samples than there may be, and none, are refused", arguments: [0, Limits.samples + 1])
    func samples(_ count: Int) {
        let result = run("show 1 to 2") { $0.samples = count }
        #expect(errors(result).contains("R0509: a run has 1 to 100000000 samples"))
    }

    @Test("more threads than there may be are not started, and change nothing")
    func threads() {
        let text = "assume x = 1 to 2\nshow x"
        let one = run(text) { $0.threads = 1 }
        let many = run(text) { $0.threads = 100_000 }
        #expect(
            !many.hasErrors
                && TextRenderer(colour: false).render(one.outputs, scenario: one.scenario)
                    == TextRenderer(colour: false).render(many.outputs, scenario: many.scenario)
        )
    }

    @Test("a run is shared out to so many, and to no more")
    func shards() {
        #expect(Shard(number: 1, of: Limits.shards) != nil && Shard(number: 1, of: Limits.shards + 1) == nil)
    }

    @Test("what needs many registers of samples runs, one sample after the other")
    func laneRegisters() {
        let items = LimitCase.list(Limits.laneRegisters + 100) { "x + \($0)" }
        let result = run("assume x = 1 to 2\nlet y = max([\(items)]) - x\nshow y")
        #expect(!result.hasErrors, "\(errors(result))")
    }

    @Test("a sensitivity by ranks of more inputs than its regression takes runs")
    func rankedInputs() {
        let count = Limits.rankedInputs + 50
        let inputs = LimitCase.lines(0..<count) { "assume x\($0) = 1 to 2" }
        let text =
            inputs + "let y = " + (0..<count).map { "x\($0)" }.joined(separator: " + ") + "\nsensitivity y by rank"
        let result = run(text) { $0.samples = 1_000 }
        #expect(!result.hasErrors && result.outputs.count == 1, "\(errors(result))")
    }

    @Test("a text that is wrong everywhere has no more problems than are kept")
    func problems() {
        let result = run(LimitCase.lines(0..<2_000) { "show unknown\($0)" })
        #expect((1...Limits.checkProblems).contains(result.diagnostics.count))
        let texts = run(LimitCase.lines(0..<2_000) { _ in "let x = (" })
        #expect((1...Limits.textProblems + 1).contains(texts.diagnostics.count))
        let lowered = run("horizon 2020..2030\n" + LimitCase.lines(0..<2_000) { "show sum(now.year + \($0))" })
        #expect(lowered.hasErrors && lowered.diagnostics.count <= Limits.checkProblems)
    }

    @Test("more faults than are kept end in words")
    func faults() {
        let text = "horizon 1000..2049\n" + LimitCase.index("i", 1_000) + "let x = vi / (now.year - now.year)\n"
        let result = run(text + "show sum(x)[2049]")
        #expect(result.hasErrors && !result.diagnostics.isEmpty)
    }

    @Test("`_` stands for nothing once it is too long")
    func lastBytes() {
        var conversation = Conversation()
        _ = conversation.enter("1 to 2")
        var notes: [String] = []
        for _ in 0..<16 where notes.isEmpty { notes = conversation.enter("_ + _").notes }
        #expect(notes == ["`_` stands for nothing now: written out, it is too long"])
    }

    @Test("so many entries are taken back, and no more")
    func undoneEntries() {
        var conversation = Conversation()
        for number in 0...Limits.undoneEntries { _ = conversation.enter("let x = \(number)") }
        for _ in 0..<Limits.undoneEntries {
            #expect(conversation.undo().notes != ["there is nothing to undo"])
        }
        #expect(conversation.undo().notes == ["there is nothing to undo"])
    }
}

/// The list of limits and `docs/limits.md` say the same.
@Suite struct LimitListTests {
    /// A limit as the list declares it: its number as it is written, and what the comment says that a script meets.
    private struct Limit: Equatable {
        var name: String
        var number: String
    }

    private func list() throws -> [(limit: Limit, comment: String)] {
        var found: [(limit: Limit, comment: String)] = []
        var comment = ""
        for line in try Project.text("Sources/ReuseSyntax/Limits.swift").split(separator: "\n") {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("/// ") {
                comment += line.dropFirst(4) + " "
            } else if let name = line.firstMatch(of: /static var (\w+): Int\d* \{ (.*) \}/) {
                found.append((Limit(name: String(name.1), number: String(name.2)), comment))
                comment = ""
            } else {
                comment = ""
            }
        }
        return found
    }

    /// Name, number, reason, error and test of each row.
    private func rows() throws -> [[String]] {
        try Project.text("docs/limits.md").split(separator: "\n").filter { $0.hasPrefix("| `") }
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    }

    @Test("each limit has its row, in order, with its number and its error")
    func rowsOfLimits() throws {
        let list = try list()
        let rows = try rows()
        #expect(list.count > 40)
        #expect(list.map(\.limit) == rows.map { Limit(name: $0[0].filter { $0 != "`" }, number: $0[1]) })
        for (entry, row) in zip(list, rows) where row.count == 5 {
            let codes = entry.comment.matches(of: /R\d{4}/).map { String($0.0) }
            #expect(codes.isEmpty ? !row[3].contains("R0") : codes == [row[3]], "\(entry.limit.name)")
            #expect(!row[2].isEmpty && !row[3].isEmpty)
        }
    }

    @Test("the test that a row names is there")
    func testsOfLimits() throws {
        for row in try rows() {
            try #require(row.count == 5, "\(row)")
            let name = row[4].filter { $0 != "`" }
            if name.hasPrefix("Tests/") {
                #expect((try? Project.bytes(name)) != nil, "\(name)")
                continue
            }
            // What cannot be tested says so, and why.
            if name.hasPrefix("none: ") { continue }
            let parts = name.split(separator: ".")
            try #require(parts.count == 2, "\(row[0])")
            let paths = ["LanguageTests", "ReuseSyntaxTests", "TableTests", "SensitivityTests"]
                .map { "Tests/\($0)/\(parts[0]).swift" }
            let texts = paths.compactMap { try? Project.text($0) }
            #expect(texts.contains { $0.contains("func \(parts[1])(") }, "\(name)")
            if name == "LimitTests.limit" {
                #expect(LimitCase.all.contains { "`\($0.limit)`" == row[0] && $0.code == row[3] }, "\(row[0])")
            }
        }
    }

    @Test("each limit is read somewhere")
    func readers() throws {
        var texts = ""
        let sources = Project.root.appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files
        where file.pathExtension == "swift" && file.lastPathComponent != "Limits.swift" {
            texts += try String(contentsOf: file, encoding: .utf8)
        }
        let words = Set(
            texts.components(separatedBy: "Limits.").dropFirst().map { $0.prefix { $0.isLetter || $0.isNumber } })
        for (limit, _) in try list() {
            #expect(words.contains(Substring(limit.name)), "\(limit.name)")
        }
    }

    @Test("numbers are said as people write them")
    func words() {
        let said = [999, 1_000, 20_000, 1_234_567, 1_000_000, 50_000_000, 1_000_000_000].map(Limits.inWords)
        #expect(said == ["999", "1,000", "20,000", "1,234,567", "a million", "50 million", "a billion"])
    }
}
