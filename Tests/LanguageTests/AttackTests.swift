import Foundation
import Reuse
import Testing

/// A script that killed the program or never ended, or a sibling of one. Its first line, `# expect: R0509|pass`, says how
/// it may end.
struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    var testDescription: String { name }

    static let folder = Project.root.appendingPathComponent("Tests/Attacks")
    static let all = ((try? Project.names(in: "Tests/Attacks", ending: ".reuse")) ?? []).map(Attack.init)

    var url: URL { Self.folder.appendingPathComponent(name) }

    /// The codes of errors with which it may end, and `pass`.
    private var expected: [String] {
        let first = (try? String(contentsOf: url, encoding: .utf8))?.prefix { $0 != "\n" } ?? ""
        return first.dropFirst("# expect: ".count).split(separator: "|").map(String.init)
    }

    func failures(of result: RunResult) -> [String] {
        let codes = result.diagnostics.filter { $0.severity == .error }.map { $0.kind.code }
        if codes.isEmpty ? expected.contains("pass") : expected.contains(where: codes.contains) { return [] }
        return ["\(name) ends with \(codes)"]
    }

    func failures(of answer: Command.Answer) -> [String] {
        let isExpected = expected.contains { code in
            code == "pass" ? answer.status == 0 : answer.errors.contains("error[\(code)]")
        }
        if isExpected, [0, 1, 3].contains(answer.status) { return [] }
        return ["\(name) ends with \(answer.status): \(answer.errors.prefix(600))"]
    }
}

/// Each attack ends in words, within 2 GB, and with whatever stack the program has.
@Suite(.enabled(if: Command.path != nil, "the executable `reuse` was not built")) struct AttackTests {
    static let folder = Attack.folder

    /// Runs the command with 2 GB of address space and so many kilobytes of stack; what still runs after a minute is
    /// ended, and fails.
    private func run(_ arguments: [String], input: String = "", stack: Int = 8192) throws -> Command.Answer {
        try Command.run(
            arguments, input: input, within: "ulimit -s \(stack); ulimit -v 2097152; exec timeout 60",
            environment: ["SWIFT_BACKTRACE": "enable=no"])
    }

    @Test("there are attacks to be tried") func some() { #expect(Attack.all.count > 15) }

    @Test("ends in words", arguments: Attack.all, [256, 512, 8192])
    func ends(_ attack: Attack, _ stack: Int) throws {
        let answer = try run(["run", "--samples", "300", attack.url.path], stack: stack)
        #expect(attack.failures(of: answer) == [])
    }

    @Test("a script of more commands than there may be is refused")
    func manyCommands() throws {
        let answer = try run(["run", "-"], input: String(repeating: "\"\"\n", count: 100_001))
        #expect(ended(answer, with: "R0509"), "\(answer.status) \(answer.errors.prefix(600))")
    }

    @Test("what takes more than half of an address space that is limited is refused, before it takes it")
    func addressSpace() throws {
        let members = (1...8)
        let script = """
            horizon 1700..9998 by month
            index a = \(members.map { "a\($0)" }.joined(separator: ", "))
            index b = \(members.map { "b\($0)" }.joined(separator: ", "))
            assume x per time, a, b = 1 to 2
            show x[2000, a1, b1]
            """
        let answer = try run(["run", "--samples", "300", "-"], input: script)
        #expect(ended(answer, with: "R0509"), "\(answer.status) \(answer.errors.prefix(600))")
        #expect(answer.errors.contains("a run may use 1 GB"))
    }

    /// Whether it ended with `pass` or an error with this code.
    private func ended(_ answer: Command.Answer, with end: String) -> Bool {
        end == "pass" ? answer.status == 0 : [1, 3].contains(answer.status) && answer.errors.contains("error[\(end)]")
    }

    @Test("what is nested as deep as it may be, and deeper", arguments: Nesting.all, [256, 512, 8192])
    func nests(_ nesting: Nesting, _ stack: Int) throws {
        for (depth, end) in [(250 / nesting.levels, nesting.ends), (257, "R0110")] {
            let answer = try run(["run", "--samples", "300", "-"], input: nesting.text(depth), stack: stack)
            #expect(ended(answer, with: end), "\(depth): \(answer.status) \(answer.errors.prefix(600))")
        }
    }

    @Test("chains of thousands of declarations", arguments: Chain.all, [256, 8192])
    func chains(_ chain: Chain, _ stack: Int) throws {
        let answer = try run(["run", "--samples", "300", "-"], input: chain.text, stack: stack)
        #expect(ended(answer, with: chain.ends), "\(answer.status) \(answer.errors.prefix(600))")
    }

    @Test(
        "an edited part is refused",
        arguments: [
            ("trap-samples.part", "damaged (samples)"), ("trap-failed-large.part", "damaged (failed)"),
            ("segv-failed-beyond.part", "damaged (failed)"),
        ])
    func parts(_ name: String, _ words: String) throws {
        let script = Self.folder.appendingPathComponent("parts.script").path
        let answer = try run(["merge", script, Self.folder.appendingPathComponent(name).path])
        #expect(answer.status == 1)
        #expect(answer.errors.contains(words), "\(answer.errors)")
    }

    @Test("a pipe in a folder of scripts is no script")
    func pipe() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(mkfifo(folder.appendingPathComponent("a.reuse").path, 0o600) == 0)
        try Data("## example: f(1) == 1\nfn f(x) = x\n".utf8).write(to: folder.appendingPathComponent("b.reuse"))
        let answer = try run(["test", folder.path])
        #expect(answer.status == 0)
        #expect(answer.output.contains("1 example passed"))
    }
}
