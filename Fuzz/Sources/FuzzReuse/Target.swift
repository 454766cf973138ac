import Foundation
import Reuse
import ReuseReport
import ReuseSyntax

/// What one input of the fuzzer is taken for; the environment says which (`REUSE_FUZZ=prompt`).
enum Target: String, CaseIterable {
    /// A script: bytes as they are.
    case text
    /// A script: each byte chooses among what the grammar allows.
    case program
    /// Entries of a conversation, one a line; some are things that one asks of a prompt.
    case prompt
    /// A table beside a script that reads it: the first byte says which script, the others are the table.
    case table
    /// A part file beside the script that it is of.
    case part

    static let chosen = ProcessInfo.processInfo.environment["REUSE_FUZZ"].flatMap(Target.init) ?? .text

    func run(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .text: Limited.run(Array(bytes))
        case .program: Limited.run(Grammar.program(of: bytes))
        case .prompt: Limited.talk(Array(bytes))
        case .table: Limited.read(table: Array(bytes.dropFirst()), script: Int(bytes.first ?? 0))
        case .part: Limited.merge(Array(bytes))
        }
    }
}

/// Runs with limits that end each in a part of a second.
enum Limited {
    static func options() -> Options {
        var options = Options()
        options.samples = 20
        options.threads = 1
        options.limits.instructions = 200_000
        options.limits.memory = 64 << 20
        options.limits.depth = 1_000
        return options
    }

    /// A session whose `isCancelled` counts: what computes without end is then stopped all the same.
    static func session(_ files: FileAccess = .closed) -> Session {
        let asked = Counter()
        var options = options()
        options.isCancelled = { asked.next() > 20_000 }
        return Session(options: options, files: files)
    }

    static func run(_ text: [UInt8]) {
        let session = session()
        let checked = session.check(text, name: "fuzz")
        render(checked)
        render(session.run(text, name: "fuzz"))
        render(session.register(text, name: "fuzz").result)
    }

    static func read(table: [UInt8], script number: Int) {
        let script = tableScripts[number % tableScripts.count]
        render(session(FileAccess { _ in .success(table) }).run(Array(script.utf8), name: "fuzz"))
    }

    static func merge(_ bytes: [UInt8]) {
        guard let part = try? Part(file: bytes) else { return }
        let session = session()
        render(session.merge(Array(partScript.utf8), name: "fuzz", parts: [part], names: ["part"]))
        _ = part.file
    }

    static func talk(_ bytes: [UInt8]) {
        var conversation = Conversation(session: session())
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).prefix(40) {
            let text = String(decoding: line.dropFirst(), as: UTF8.self)
            switch line.first {
            case UInt8(ascii: "?"): render(conversation.documentation(of: text))
            case UInt8(ascii: "t"): render(conversation.type(of: text))
            case UInt8(ascii: "d"): render(conversation.drop(text))
            case UInt8(ascii: "u"): render(conversation.undo())
            case UInt8(ascii: "r"): render(conversation.redo())
            case UInt8(ascii: "+"): render(conversation.switch(text, on: true))
            case UInt8(ascii: "-"): render(conversation.switch(text, on: false))
            case UInt8(ascii: "c"): render(conversation.compareWithBefore(text))
            case UInt8(ascii: "s"): render(conversation.choose(scenario: text))
            case UInt8(ascii: "f"): render(conversation.force())
            case UInt8(ascii: "l"): render(conversation.list())
            case UInt8(ascii: "\t"): _ = conversation.completion(of: text, at: text.utf8.count)
            default: render(conversation.enter(String(decoding: line, as: UTF8.self)))
            }
        }
        _ = conversation.script()
    }

    static let partScript = """
        unit phone
        horizon 2024..2026
        assume a = 1 to 2
        show a, a * [2024: 1, 2026: 2]
        """

    static let tableScripts = [
        """
        data d from "t.csv" { sold: column("Sold") }
        show d.sold
        """,
        """
        horizon 2019..2024
        unit phone
        data d from "t.csv" { index: country = labels("Country"), time: year("Year"), sold: column("Sold") phone/yr }
        show sum(d.sold)
        """,
        """
        horizon 2019..2024
        data d from "t.json" { time: year("Year"), sold: column("Sold"), where: "Kind" != "x" }
        projection p { data: d.sold, method: linear() }
        show p
        """,
    ]

    // MARK: What everybody sees

    static func render(_ result: RunResult) {
        _ = TextRenderer(colour: true).render(result.outputs)
        _ = JSONRenderer().render(
            outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources, file: "fuzz")
        _ = CSVRenderer().render(result.outputs)
        _ = DiagnosticRenderer(sources: result.sources, colour: true).render(result.diagnostics)
    }

    static func render(_ reply: Conversation.Reply) {
        var result = RunResult(outputs: reply.outputs, diagnostics: reply.diagnostics, sources: reply.sources)
        result.scenario = reply.scenario
        render(result)
    }
}

/// Counts on any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.lock()
        defer { lock.unlock() }
        count += 1
        return count
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    Target.chosen.run(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    return 0
}
