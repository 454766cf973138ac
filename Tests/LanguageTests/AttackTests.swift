import Foundation
import Testing

/// Scripts that killed the program, or never ended, and their siblings: each ends in words, within 2 GB. A first line
/// `# expect: R0509|pass` says how it may end.
@Suite(.enabled(if: Command.path != nil, "the executable `reuse` was not built")) struct AttackTests {
    static let folder = Project.root.appendingPathComponent("Tests/Attacks")

    static let scripts: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".reuse") }.sorted()
    }()

    /// Runs the command with 2 GB of address space; what still runs after a minute is ended, and fails.
    private func run(_ arguments: [String]) throws -> Command.Answer {
        try Command.run(
            arguments, within: "ulimit -v 2097152; exec timeout 60",
            environment: ["SWIFT_BACKTRACE": "enable=no"])
    }

    @Test("there are attacks to be tried") func some() { #expect(Self.scripts.count > 15) }

    @Test("ends in words", arguments: scripts)
    func ends(_ name: String) throws {
        let path = Self.folder.appendingPathComponent(name).path
        let first = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
        let expected = first.dropFirst("# expect: ".count).split(separator: "|").map(String.init)
        let answer = try run(["run", "--samples", "300", path])
        #expect([0, 1, 3].contains(answer.status), "\(answer.errors.prefix(300))")
        let isExpected = expected.contains { code in
            code == "pass" ? answer.status == 0 : answer.errors.contains("error[\(code)]")
        }
        #expect(isExpected, "\(answer.status) \(answer.errors.prefix(600))")
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
