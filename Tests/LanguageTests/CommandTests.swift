import Foundation
import Testing

/// The command, run as a process of its own.
@Suite(.enabled(if: Command.path != nil, "the executable `reuse` was not built")) struct CommandTests {
    @Test("a result goes to standard output, with exit status 0")
    func fine() throws {
        let answer = try Command.run(["-e", "1.088 ^ 5 > 1.5 and 2 + 2 == 4"])
        #expect(answer.status == 0)
        #expect(answer.output == "true\n")
        #expect(answer.errors.isEmpty)
        #expect(try Command.run(["run", "samples/orange.reuse"]).status == 0)
    }

    @Test("an error goes to standard error, with exit status 1, and what came before it stands")
    func scriptError() throws {
        let wrong = try Command.run(["-e", "show 1 + 2 kg"])
        #expect(wrong.status == 1)
        #expect(wrong.output.isEmpty)
        #expect(wrong.errors.contains("error[R0301]"))
        let failed = try Command.run(["-e", "show \"before\"\nassert 1 > 2"])
        #expect(failed.status == 1)
        #expect(failed.output.contains("before"))
        #expect(failed.errors.contains("error["))
        let missing = try Command.run(["run", "samples/nowhere.reuse"])
        #expect(missing.status == 1)
        #expect(missing.errors.contains("there is no such file"))
        let part = try Command.run(["check", "Tests/Attacks/\(Self.part)"])
        #expect(part.status == 1)
        #expect(part.errors.split(separator: "\n").count == 2)
        #expect(part.errors.contains("is a part of a run, where a script is wanted"))
    }

    private static let part = "trap-failed-large.part"

    @Test(
        "wrong usage has exit status 2",
        arguments: [
            ["--nonsense"], ["run", "--format", "xml", "-e", "1"], ["run", "--samples", "0", "-e", "1"],
            ["run", "--shard", "1/2", "-e", "1"], ["run", "--shard", "3/2", "samples/tariff.reuse"],
            ["run", "--shard", "1/2", "--until", "1%", "samples/tariff.reuse"], ["run", "--until", "0%", "-e", "1"],
            ["run", "--threads", "0", "-e", "1"], ["run", "--output", "x", "-e", "1"],
            ["merge", "samples/tariff.reuse"],
            ["run", "--set", "x", "-e", "1"], ["-e", "1", "samples/orange.reuse"], ["explain", "R9999"], ["check"],
        ])
    func usage(_ arguments: [String]) throws {
        let answer = try Command.run(arguments)
        #expect(answer.status == 2)
        #expect(answer.output.isEmpty)
        #expect(!answer.errors.isEmpty)
    }

    @Test("a limit has exit status 3")
    func limit() throws {
        let indexes = (0..<61).map { "index i\($0) = a\($0), b\($0)" }.joined(separator: "\n")
        let answer = try Command.run(["-"], input: indexes + "\nshow 1\n")
        #expect(answer.status == 3)
        #expect(answer.errors.contains("R0509"))
    }

    @Test("a text can come from standard input", arguments: [["-"], ["run", "-"], []])
    func standardInput(_ arguments: [String]) throws {
        #expect(try Command.run(arguments, input: "show 6 * 7 == 42\n").output.contains("true"))
    }

    @Test(
        "JSON is valid, also with an error", arguments: ["show 1 kg\nshow \"\\u{1}\\\"\"", "show nothing_of_this_name"])
    func json(_ text: String) throws {
        let answer = try Command.run(["run", "--format", "json", "-e", text])
        let document = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        #expect(document?["reuse"] as? Int == 1)
        #expect((document?["diagnostics"] as? [Any])?.isEmpty == (answer.status == 0))
    }

    @Test("an input can be set, and a name that is none is an error")
    func setting() throws {
        let text = "assume a = 1 kg\nshow a == 3 kg"
        #expect(try Command.run(["run", "--set", "a=3 kg", "-e", text]).output.contains("true"))
        #expect(try Command.run(["run", "--set", "a=3 USD", "-e", text]).status == 1)
        #expect(try Command.run(["run", "--set", "b=3", "-e", text]).status == 1)
    }

    @Test("seed and number of samples decide the draws")
    func draws() throws {
        let text = "assume a = 1 to 2\nshow expected(a)"
        func result(_ seed: String, _ samples: String) throws -> String {
            let answer = try Command.run(["run", "--seed", seed, "--samples", samples, "--format", "json", "-e", text])
            #expect(answer.status == 0)
            return answer.output
        }
        let first = try result("1", "500")
        #expect(try result("1", "500") == first)
        #expect(try result("2", "500") != first)
        #expect(try result("1", "600") != first)
    }

    @Test("a run in shards joins to what a whole run prints, and a part that does not fit is named")
    func shards() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = folder.appendingPathComponent("phones.reuse").path
        try "assume x = 1 to 4\nassume y = 20% to 30%\nshow x * y, x > 2\n".write(
            toFile: script, atomically: true, encoding: .utf8)
        let running = ["run", script, "--samples", "2000", "--seed", "5", "--set", "y=25%"]
        let whole = try Command.run(running)
        var parts: [String] = []
        for shard in 1...3 {
            let answer = try Command.run(running + ["--shard", "\(shard)/3"])
            #expect(answer.status == 0 && answer.output.isEmpty && answer.errors.contains("samples"))
            parts.append(folder.appendingPathComponent("phones.\(shard)-of-3.part").path)
        }
        let merged = try Command.run(["merge", script] + parts)
        #expect(merged.status == 0 && merged.output == whole.output)
        let missing = try Command.run(["merge", script] + parts.dropLast())
        #expect(
            missing.status == 1 && missing.output.isEmpty && missing.errors.contains("of 3 shards 1 are missing: 3"))
        let elsewhere = try Command.run(["merge", "samples/tariff.reuse"] + parts)
        #expect(
            elsewhere.status == 1 && elsewhere.errors.contains("phones.1-of-3.part was computed from another script"))
        #expect(try Command.run(["merge", script, script]).errors.contains("is no partial result of reuse"))
        let nowhere = try Command.run(running + ["--shard", "1/3", "-o", folder.path + "/no/where.part"])
        #expect(nowhere.status == 1 && nowhere.errors.contains("there is no such folder"))
    }

    @Test("each table of a run goes to a file of its own, with its title and scenario")
    func folder() throws {
        let base = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: base) }
        let script = base.appendingPathComponent("s.reuse").path
        try """
        horizon 2024..2025
        assume vat = 20%
        policy cut from 2025 { vat = 5% }
        show vat
        show 2 * vat, vat in 2025
        show "text"

        """.write(toFile: script, atomically: true, encoding: .utf8)
        let folder = base.appendingPathComponent("out").path
        let arguments = ["run", script, "--format", "csv", "--scenario", "cut"]
        let answer = try Command.run(arguments + ["-o", folder])
        #expect(answer.status == 0 && answer.output.isEmpty && answer.errors.contains("wrote 3 files to \(folder)"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "1-vat.csv", "2-2-vat-vat.csv", "3-text.csv",
            ])
        let first = try String(contentsOfFile: folder + "/1-vat.csv", encoding: .utf8)
        #expect(first == "scenario,time,vat [%]\r\ncut,2024,20\r\ncut,2025,5\r\n")
        // The same on standard output, where a column tells the tables apart.
        let whole = try Command.run(arguments)
        #expect(whole.output.hasPrefix("table,scenario,time,vat [%]\r\nvat,cut,2024,20\r\n"))
        // Where there is a file, or no folder to make one in, nothing is written.
        let onFile = try Command.run(arguments + ["-o", script])
        #expect(onFile.status == 1 && onFile.errors.contains("it is no folder"))
        let nowhere = try Command.run(arguments + ["-o", base.path + "/no/where"])
        #expect(nowhere.status == 1 && nowhere.errors.contains("there is no such folder"))
        #expect(try Command.run(["run", script, "-o", folder]).status == 2)
        #expect(try Command.run(["run", script, script, "--format", "csv", "-o", folder]).status == 2)
    }

    @Test("Ctrl-C gives what has been computed so far, marked as partial, with exit status 130")
    func interrupted() throws {
        // More draws than any machine makes while somebody reads that it can be stopped.
        let inputs = (1...400).map { "assume x\($0) = 1 to 4" }
        let total = (1...400).map { "x\($0)" }.joined(separator: " + ")
        let terminal = try Pseudoterminal(
            ["run", "--samples", "20000000", "-e", (inputs + ["show \(total)"]).joined(separator: "\n")],
            environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8"])
        try terminal.expect("(Ctrl-C stops)")
        terminal.type("\u{3}")
        try terminal.expect("stopped: this rests on ")
        try terminal.expect(" of 20000000 samples")
        try terminal.expect("x1 + x2")
        #expect(terminal.end() == 130)
    }

    @Test("every command that a document shows works", arguments: try DocumentBlock.all("sh"))
    func documented(_ block: DocumentBlock) throws {
        let commands = block.text.split(separator: "\n").filter { $0.hasPrefix("reuse ") }
        if commands.isEmpty { return }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["samples", "stdlib"] {
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent(name), withDestinationURL: Project.root.appendingPathComponent(name))
        }
        try "assume sold = 3 to 4\nassume kept = 20% to 30%\nshow sold * kept\n".write(
            to: folder.appendingPathComponent("phones.reuse"), atomically: true, encoding: .utf8)
        let executable = try #require(Command.path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-e", "-c", commands.joined(separator: "\n")]
        process.currentDirectoryURL = folder
        process.environment = ["PATH": executable.deletingLastPathComponent().path + ":/usr/bin:/bin"]
        let errors = folder.appendingPathComponent("errors")
        try Data().write(to: errors)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        let said = try String(contentsOf: errors, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(block): \(said)")
    }

    @Test("a run ends where means are certain enough, and the number of threads changes nothing")
    func until() throws {
        let text = "assume x = 1 to 4\nshow x"
        let one = try Command.run(["run", "--until", "0.5%", "--threads", "1", "-e", text])
        let two = try Command.run(["run", "--until", "0.005", "--threads", "2", "-e", text])
        #expect(one.status == 0 && one.output == two.output && one.errors.isEmpty)
        let never = try Command.run(["run", "--until", "1e-9%", "--samples", "20000", "-e", text])
        #expect(never.status == 0 && never.errors.contains("R0809"))
    }

    @Test("check says that all is well on standard error, and nothing on standard output")
    func check() throws {
        let answer = try Command.run(["check", "samples/orange.reuse"])
        #expect(answer.status == 0 && answer.output.isEmpty && answer.errors.contains("no errors"))
    }

    @Test("files outside the folder of the script stay closed, also behind links, unless they are allowed")
    func allowedFiles() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-access-\(UUID().uuidString)")
        let home = folder.appendingPathComponent("home/inner")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let table = "Year,Value\n2019,42\n"
        try table.write(to: folder.appendingPathComponent("outside.csv"), atomically: true, encoding: .utf8)
        try table.write(to: home.appendingPathComponent("inside.csv"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("home/link.csv").path, withDestinationPath: "../outside.csv")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("home/door").path, withDestinationPath: "..")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("home/alias.csv").path, withDestinationPath: "inner/inside.csv")
        let script = folder.appendingPathComponent("home/script.reuse")
        func run(_ path: String, _ options: [String] = []) throws -> Command.Answer {
            let text =
                "data a from \"\(path)\" { time: column(\"Year\"), value: column(\"Value\") }\nshow a.value[2019]\n"
            try text.write(to: script, atomically: true, encoding: .utf8)
            return try Command.run(["run", script.path] + options)
        }
        for path in ["inner/inside.csv", "alias.csv", "inner/../inner/inside.csv"] {
            #expect(try run(path).output.contains("= 42"), "\(path)")
        }
        for path in [
            "../outside.csv", "link.csv", "door/outside.csv", "/etc/passwd", "../nothing.csv",
            "inner/../../outside.csv",
        ] {
            let answer = try run(path)
            #expect(answer.status == 1 && answer.errors.contains("R0209"), "\(path): \(answer.errors)")
        }
        #expect(try run("../outside.csv", ["--allow-read", folder.path]).output.contains("= 42"))
        #expect(try run("link.csv", ["--allow-read", "/usr", "--allow-read", folder.path]).output.contains("= 42"))
        #expect(try run("inner").errors.contains("it is a folder"))
        #expect(mkfifo(folder.appendingPathComponent("home/pipe.csv").path, 0o600) == 0)
        #expect(try run("pipe.csv").errors.contains("R0701"))
    }

    @Test("a database is read by table and by query, and only read")
    func database() throws {
        let answer = try Command.run(["run", "Tests/Language/tables/files/database.reuse"])
        // Whoever builds without SQLite is told so.
        if answer.errors.contains("this build of reuse has no SQLite") { return }
        #expect(answer.status == 0 && answer.output.contains("holds: total.sum[2019] == 2.734"), "\(answer.errors)")
        let register = try Command.run(["sources", "--format", "json", "Tests/Language/tables/files/database.reuse"])
        #expect(register.output.contains("trade.db:2-4"), "\(register.output)")
        for query in [
            "delete from flows", "attach 'other.db' as other", "select nothing from flows", "select 1; select",
        ] {
            let text =
                "data a from \"Tests/Language/tables/files/trade.db\" query \"\(query)\" { sum: column(\"sum\") }\n"
            let answer = try Command.run(["-e", text + "show a.sum"])
            #expect(answer.status == 1 && answer.errors.contains("R0"), "\(query)")
        }
    }

    @Test("a query is one statement, ends, and its texts are read as those of any table")
    func queries() throws {
        func run(_ query: String) throws -> Command.Answer {
            let table = "data a from \"Tests/Language/tables/files/trade.db\" query \"\(query)\" { x: column(\"x\") }\n"
            return try Command.run(["-e", table + "show a.x"])
        }
        let plain = try run("select 1.234 as x; -- alone")
        if plain.errors.contains("this build of reuse has no SQLite") { return }
        #expect(plain.status == 0 && plain.output.contains("1.234"), "\(plain.errors)")
        #expect(try run("select '1,234' as x").errors.contains("R0223"))
        for more in ["select 2 as x", "nonsense", "; select 2 as x"] {
            #expect(try run("select 1 as x; " + more).errors.contains("one statement"), "\(more)")
        }
        let endless = "with recursive c(i) as (select 1 union all select i + 1 from c) select count(*) as x from c"
        #expect(try run(endless).errors.contains("it may work for 10 seconds"))
        // What it works with and what it gives are bounded, too.
        #expect(try run("select length(hex(zeroblob(100000000))) as x").errors.contains("larger than 16 MB"))
        let rows =
            "with recursive c(i, b) as (select 1, zeroblob(1000000) union select i + 1, zeroblob(1000000 + i) from c) "
        #expect(try run(rows + "select count(*) as x from c").errors.contains("works with more than 256 MB"))
        let texts =
            "with recursive c(i) as (select 1 union all select i + 1 from c) select hex(zeroblob(1000000)) as x from c"
        #expect(try run(texts).errors.contains("is larger than 128 MB"))
    }

    @Test(
        "what a terminal would obey is shown, not sent", arguments: ["text", "csv", "json"],
        [
            #"show "\u{1B}[31mred\u{202E}""#, #"assert 1 > 2, "\u{9B}2J""#, #"source s { title: "\u{1B}]0;a\u{7}" }"#,
            #"show { a: "\u{1B}[1m" }"#,
        ])
    func controls(_ format: String, _ script: String) throws {
        let answer = try Command.run(["run", "--format", format, "-"], input: script + "\n")
        let sent = (answer.output + answer.errors).unicodeScalars
        #expect(
            !sent.contains { $0.value < 0x20 && !"\n\r\t".unicodeScalars.contains($0) || $0.value == 0x202E }
                && !sent.contains { (0x7F...0x9F).contains($0.value) })
        for name in ["x\u{1B}[31m", "\u{202E}x"] {
            for arguments in [
                ["run", "--set", name + "=1", "-e", "show 1"], ["run", "--scenario", name, "-e", "show 1"],
                ["run", name],
            ] {
                let errors = try Command.run(arguments + (arguments.count > 2 ? ["--format", format] : [])).errors
                #expect(!errors.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E }, "\(errors)")
            }
        }
    }

    @Test("the register has inputs whose series lies outside the horizon")
    func sourcesOfThePast() throws {
        let text = "horizon 2024..2026\nassume sold = [2021: 10, 2023: 14] kg\nlet last = sold[2023]\nshow last\n"
        let answer = try Command.run(["sources", "-"], input: text)
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output.contains("sold"))
    }

    @Test("sources prints the register, also as JSON")
    func sources() throws {
        #expect(try Command.run(["sources", "samples/idle-phones.reuse"]).output.contains("kept_idle"))
        let answer = try Command.run(["sources", "--format", "json", "samples/idle-phones.reuse"])
        let document = try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any]
        #expect((document?["register"] as? [Any])?.count == 11)
    }

    @Test("explain tells the story of a code, and lists all")
    func explain() throws {
        #expect(try Command.run(["explain", "R0301"]).output.hasPrefix("R0301: "))
        #expect(try Command.run(["explain"]).output.split(separator: "\n").count > 50)
    }

    @Test("test runs the examples of a folder")
    func test() throws {
        let answer = try Command.run(["test", "stdlib"])
        #expect(answer.status == 0)
        #expect(answer.output.contains(" 0 failed"))
    }

    @Test("version and help go to standard output")
    func help() throws {
        #expect(try Command.run(["--version"]).output.hasPrefix("reuse "))
        let running = [
            "--set", "--samples", "--seed", "--strict-sources", "--format", "--color", "--sampling", "--threads",
            "--until",
        ]
        for (command, options) in [
            ("run", running + ["-e", "--shard", "--output"]), ("merge", ["part", "--format"]), ("check", running),
            ("sources", running), ("test", ["--color"]),
            ("explain", ["code"]),
        ] {
            let answer = try Command.run([command, "--help"])
            #expect(answer.status == 0 && answer.errors.isEmpty)
            for option in options { #expect(answer.output.contains(option), "\(command) --help: \(option)") }
        }
    }

    @Test("colour is chosen by option, and is off where nobody looks")
    func colour() throws {
        let escape = "\u{1B}["
        #expect(!(try Command.run(["-e", "show x"]).errors.contains(escape)))
        #expect(try Command.run(["run", "--color", "always", "-e", "show x"]).errors.contains(escape))
        #expect(!(try Command.run(["-e", "show x"], environment: ["NO_COLOR": "1"]).errors.contains(escape)))
    }
}

enum Command {
    /// The debug build of the command stands beside the bundle of tests.
    static let path: URL? = {
        let places = [CommandLine.arguments[0]] + CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
        return places.map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("reuse") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    struct Answer {
        var status: Int32
        var output: String
        var errors: String
    }

    static func run(
        _ arguments: [String], input: String = "", within shell: String? = nil, environment: [String: String] = [:]
    ) throws -> Answer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: nothing can fill up.
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        let executable: URL = try #require(path)
        process.executableURL = executable
        process.arguments = arguments
        if let shell {
            // What the shell ends with is followed by the command.
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", shell + " \"$0\" \"$@\"", executable.path] + arguments
        }
        process.currentDirectoryURL = Project.root
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Answer(status: process.terminationStatus, output: texts[1], errors: texts[2])
    }
}
