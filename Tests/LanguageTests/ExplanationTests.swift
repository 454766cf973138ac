import Foundation
import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// What `reuse explain` tells is a page of the folder `errors`, and its scripts do what it says of them.
@Suite struct ExplanationTests {
    /// Kinds whose scripts no test can run as they stand: bytes that are no text, a text of 256 MB, commands of a shell.
    static let notRun: Set<DiagnosticKind> = [
        .invalidUTF8, .textTooLarge, .cancelled, .wrongSetting, .wrongPart, .imprecise,
    ]

    @Test("every kind has its page, and every page its kind")
    func pages() throws {
        let codes = DiagnosticKind.allCases.map(\.code)
        #expect(try Project.names(in: "errors", ending: "") == codes.map { $0 + ".md" })
        #expect(Explanation.pages.count == codes.count)
        for code in codes {
            let text = (Explanation.pages[code] ?? []).map { $0 + "\n" }.joined()
            #expect(try text == Project.text("errors/\(code).md"), "\(code)")
        }
    }

    @Test("a page has words, and a wrong and a right script", arguments: DiagnosticKind.allCases)
    func parts(_ kind: DiagnosticKind) {
        let explanation = Explanation(of: kind)
        #expect(!explanation.title.isEmpty)
        #expect(Set(explanation.examples.map(\.isWrong)) == [true, false])
        #expect(explanation.examples.allSatisfy { $0.script.isEmpty == Self.notRun.contains(kind) })
        #expect(explanation.page.hasPrefix("\(kind.code): \(explanation.title)\n\n"))
        #expect(explanation.page.contains("\n\nWrong: ") && explanation.page.contains("\nRight: "))
        #expect(!explanation.page.contains("```") && !explanation.page.contains("-->"))
    }

    @Test(
        "a wrong script meets what its page explains, and a right one runs",
        arguments: Set(DiagnosticKind.allCases).subtracting(notRun).sorted { $0.rawValue < $1.rawValue })
    func scripts(_ kind: DiagnosticKind) {
        let explanation = Explanation(of: kind)
        for example in explanation.examples {
            let diagnostics = Self.run(example, of: explanation).diagnostics
            if example.isWrong {
                #expect(diagnostics.contains { $0.kind == kind }, "\(example.script)")
            } else {
                #expect(
                    !diagnostics.contains { $0.kind == kind || $0.severity == .error },
                    "\(example.script)\(diagnostics)")
            }
        }
    }

    /// Runs a script as the kind that it is about asks for, with the files of its page.
    static func run(_ example: Explanation.Example, of explanation: Explanation) -> RunResult {
        var options = Options()
        options.strictSources = explanation.kind == .inputWithoutSource
        let files = FileAccess { path in
            if let text = explanation.files[path] { return .success(Array(text.utf8)) }
            let isFolder = explanation.files.keys.contains { $0.hasPrefix(path + "/") }
            return .failure(isFolder ? .unreadable("it is a folder") : .missing)
        }
        let session = Session(options: options, files: explanation.kind == .filesClosed ? .closed : files)
        let (script, name) = (Array(example.script.utf8), "\(explanation.kind.code).reuse")
        var result = session.run(script, name: name)
        if explanation.kind == .exampleFailed {
            let examples = session.runExamples(script, name: name)
            (result.diagnostics, result.sources) = (examples.diagnostics, examples.sources)
        }
        return result
    }
}
