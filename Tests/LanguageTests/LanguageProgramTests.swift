import Foundation
import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// Programs with their expectations in comments, in `Tests/Language`.
///
/// `# expect: TEXT` is a line of the output, in order; a program without one may print what it likes, and one with
/// `# expect nothing` prints nothing. `# error: R0301 at 3:12` are the errors, in order; without any, there are none.
/// `# warning: R0801 at 2:1` likewise, but a program that mentions no warning may have some. `# samples: 300`,
/// `# seed: 2` and `# set: name=value` are options of the run.
@Suite struct LanguageProgramTests {
    @Test("a program does what its comments say", arguments: LanguageProgram.all)
    func program(_ program: LanguageProgram) throws { #expect(try program.failures() == []) }

    @Test("there are programs")
    func thereArePrograms() { #expect(LanguageProgram.all.count >= 15) }
}

/// `check` leaves out the code of what cannot be wrong before it runs; it must not leave out what can.
@Suite struct CheckingTests {
    @Test(
        "a check finds just what a run finds before it computes",
        arguments: LanguageProgram.all + LanguageProgram.errors)
    func programs(_ program: LanguageProgram) throws {
        Self.compare(try program.check(), try program.run())
    }

    @Test("a check of a generated program finds just what a run of it finds before it computes")
    func generatedPrograms() {
        let session = Session(options: Options())
        for seed in UInt64(1)...100 {
            let bytes = Array(Generator.program(seed: seed).text.utf8)
            Self.compare(session.check(bytes, name: "generated"), session.run(bytes, name: "generated"))
        }
    }

    private static func compare(_ checked: RunResult, _ ran: RunResult) {
        let found = errors(checked)
        if found.isEmpty {
            // What is left to a run: values, how far series reach, and the limits on what it may take.
            let kinds = ran.diagnostics.filter { $0.severity == .error }.map(\.kind)
            // Which period is read may be known only then, too.
            let left = kinds.filter {
                ![.outsideSeries, .uncertainHere, .meanOrLevel].contains($0) && !$0.code.hasPrefix("R05")
            }
            #expect(left.isEmpty, "\(errors(ran))")
        } else {
            #expect(found == errors(ran))
        }
    }

    private static func errors(_ result: RunResult) -> [String] {
        result.diagnostics.filter { $0.severity == .error }.map { LanguageProgram.describe($0, result.sources) }
    }
}

/// One error kind, one program that meets it, and the whole text that its user sees. The program may be the wrong script of
/// the page that explains the kind: then the text stands alone.
///
/// `REUSE_ACCEPT=1` writes the texts anew; read the difference before you keep it.
@Suite struct GoldenErrorTests {
    /// Kinds that no script alone can meet, with the tests that hold them.
    static let elsewhere: [DiagnosticKind: String] = [
        .wrongSetting: "tests of the command line",
        .cancelled: "tests of limits",
        .wrongPart: "tests of ensembles",
        .imprecise: "tests of ensembles",
        .textTooLarge: "tests of the parser",
    ]

    @Test("an error says what its golden file says", arguments: LanguageProgram.errors)
    func golden(_ program: LanguageProgram) throws {
        let result = try program.run()
        let code = program.name.prefix(5)
        #expect(
            result.diagnostics.contains { $0.kind.code == code },
            "\(program.name) does not meet \(code)")
        try Self.compare(result, with: program.name.dropLast(6) + ".txt")
    }

    @Test("the wrong script of a page says what its golden file says", arguments: pages)
    func page(_ kind: DiagnosticKind) throws {
        let explanation = Explanation(of: kind)
        let example = try #require(explanation.examples.first { $0.isWrong })
        try Self.compare(ExplanationTests.run(example, of: explanation), with: kind.code + ".txt")
    }

    /// Kinds that no program of the folder is about.
    private static let pages = DiagnosticKind.allCases.filter { kind in
        elsewhere[kind] == nil && !LanguageProgram.errors.contains { $0.name.hasPrefix(kind.code) }
    }

    private static func compare(_ result: RunResult, with name: String) throws {
        let text = LanguageProgram.text(of: result)
        let file = Project.root.appendingPathComponent("Tests/Errors/" + name)
        if ProcessInfo.processInfo.environment["REUSE_ACCEPT"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        #expect(golden != nil, "there is no Tests/Errors/\(name); REUSE_ACCEPT=1 writes it")
        if let golden { #expect(text == golden) }
    }

    @Test("every kind of error has a golden file", arguments: DiagnosticKind.allCases)
    func coverage(_ kind: DiagnosticKind) throws {
        let isCovered = try Project.names(in: "Tests/Errors", ending: ".txt").contains { $0.hasPrefix(kind.code) }
        let problem = isCovered ? "is listed as an exception too" : "has no Tests/Errors/\(kind.code).txt"
        #expect(isCovered != (Self.elsewhere[kind] != nil), "\(kind.code) \(kind) \(problem)")
    }
}

/// A file of `Tests/Language` or `Tests/Errors`.
struct LanguageProgram: Sendable, CustomTestStringConvertible {
    var url: URL
    /// Its path below the folder of tests.
    var name: String
    var testDescription: String { name }

    static let all = below("Language")
    static let errors = below("Errors")
    static let reports = below("Reports")

    struct Expectations {
        var lines: [String] = []
        /// `# expect nothing`: no output at all.
        var expectsNothing = false
        var errors: [String] = []
        var warnings: [String] = []
        var options = Options()
    }

    struct BadComment: Error { var line: String }

    func expectations() throws -> Expectations {
        var result = Expectations()
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " }
            guard line.hasPrefix("# ") else { continue }
            let comment = line.dropFirst(2)
            if comment == "expect nothing" {
                result.expectsNothing = true
                continue
            }
            guard let colon = comment.firstIndex(of: ":") else { continue }
            let value = comment[comment.index(after: colon)...].drop { $0 == " " }
            switch comment[..<colon] {
            case "expect":
                // One blank stands behind the colon; further ones belong to the line.
                result.lines.append(Self.trimmed(String(comment[comment.index(after: colon)...].dropFirst())))
            case "error": result.errors.append(String(value))
            case "warning": result.warnings.append(String(value))
            case "samples":
                guard let count = Int(value) else { throw BadComment(line: String(line)) }
                result.options.samples = count
            case "seed":
                guard let seed = UInt64(value) else { throw BadComment(line: String(line)) }
                result.options.seed = seed
            case "set":
                guard let equals = value.firstIndex(of: "=") else { throw BadComment(line: String(line)) }
                let setting = (name: String(value[..<equals]), value: String(value[value.index(after: equals)...]))
                result.options.settings.append(setting)
            default: continue
            }
        }
        return result
    }

    /// Commands of the program, with those of the script that it extends.
    func commandCount() throws -> Int { try commandCount(of: url) }

    private func commandCount(of url: URL) throws -> Int {
        var symbols = SymbolTable()
        let source = SourceText(id: SourceID(0), name: name, bytes: [UInt8](try Data(contentsOf: url)))
        // The parser alone runs on the stack of its caller.
        let tree = withRoomToRecurse { parse(source, symbols: &symbols).tree }
        let commands: Set<NodeKind> = [
            .show, .trace, .consistent, .assert, .expressionStatement, .compare, .target, .attribute, .solve,
            .sensitivity,
        ]
        var count = tree.statements.count { commands.contains(tree[$0].kind) }
        // What was found, and how it meets the data.
        count += 2 * tree.statements.count { tree[$0].kind == .calibrate }
        for statement in tree.statements where tree[statement].kind == .extend {
            let path = tree.literal(tree.operand(statement))
            count += try commandCount(of: url.deletingLastPathComponent().appendingPathComponent(path))
        }
        return count
    }

    /// What it does otherwise than its comments say.
    func failures() throws -> [String] {
        let expectations = try expectations()
        let result = try run()
        var failures: [String] = []
        func compare(_ what: String, _ found: [String], _ wanted: [String]) {
            if found != wanted { failures.append("\(name): \(what) are \(found), and not \(wanted)") }
        }
        func places(_ severity: Diagnostic.Severity) -> [String] {
            result.diagnostics.filter { $0.severity == severity }.map { Self.describe($0, result.sources) }
        }
        if !expectations.lines.isEmpty || expectations.expectsNothing {
            let text = TextRenderer(colour: false).render(result.outputs)
            compare("lines", Self.lines(of: text), expectations.lines)
        }
        compare("errors", places(.error), expectations.errors)
        if expectations.errors.isEmpty {
            if !places(.error).isEmpty { failures.append(Self.text(of: result)) }
            // Each command has its output: none was passed over.
            compare("outputs", ["\(result.outputs.count)"], ["\(try commandCount())"])
        }
        if !expectations.warnings.isEmpty { compare("warnings", places(.warning), expectations.warnings) }
        return failures
    }

    /// Of a program in `Tests/Errors`: where its text is not that of the golden file.
    func unexpectedText() throws -> [String] {
        let golden = try String(contentsOf: url.deletingPathExtension().appendingPathExtension("txt"), encoding: .utf8)
        let text = Self.text(of: try run())
        return text == golden ? [] : ["\(name): \(text)"]
    }

    /// Runs it with files read from its own folder.
    func run() throws -> RunResult {
        try session().run([UInt8](try Data(contentsOf: url)), name: url.lastPathComponent)
    }

    /// The same without running it.
    func check() throws -> RunResult {
        try session().check([UInt8](try Data(contentsOf: url)), name: url.lastPathComponent)
    }

    private func session() throws -> Session {
        let folder = url.deletingLastPathComponent()
        let files = FileAccess { path in
            guard let data = try? Data(contentsOf: folder.appendingPathComponent(path)) else {
                return .failure(.missing)
            }
            return .success([UInt8](data))
        }
        return Session(options: try expectations().options, files: files)
    }

    /// `R0301 at 3:12`; in a file that is not the program itself, with the file's name in front of the place.
    static func describe(_ diagnostic: Diagnostic, _ sources: [SourceText]) -> String {
        guard let label = diagnostic.primary, let source = sources.first(where: { $0.id == label.location.source })
        else {
            return diagnostic.kind.code
        }
        let before = source.bytes.prefix(Int(label.location.span.start))
        let line = before.count { $0 == 10 } + 1
        let start = before.lastIndex(of: 10).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
        let place = "\(line):\(column)"
        let isProgram = source.id == sources.map(\.id).min()
        return "\(diagnostic.kind.code) at " + (isProgram ? place : "\(source.name):\(place)")
    }

    /// All diagnostics of a run as its user sees them.
    static func text(of result: RunResult) -> String {
        let renderer = DiagnosticRenderer(sources: result.sources, colour: false)
        let texts = result.diagnostics.map { diagnostic -> String in
            let text = renderer.render(diagnostic)
            return text.hasSuffix("\n") ? text : text + "\n"
        }
        return texts.joined(separator: "\n")
    }

    /// The lines of an output, without blanks at their ends and without empty lines.
    static func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { trimmed(String($0)) }.filter { !$0.isEmpty }
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func below(_ folder: String) -> [LanguageProgram] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let root = tests.appendingPathComponent(folder).resolvingSymlinksInPath()
        guard let paths = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var names: [String] = []
        while let path = paths.nextObject() as? String {
            // A folder named `files` or a file that begins with `_` is read by other programs.
            let parts = path.split(separator: "/")
            let isPart = parts.contains { $0.hasPrefix("_") || $0 == "files" }
            if path.hasSuffix(".reuse"), !isPart { names.append(path) }
        }
        return names.sorted().map { LanguageProgram(url: root.appendingPathComponent($0), name: $0) }
    }
}
