import Foundation
import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// What the documents show is what happens.
@Suite struct DocumentTests {
    @Test("a script in a document runs without an error", arguments: try DocumentBlock.all("reuse"))
    func script(_ block: DocumentBlock) {
        let result = Session(files: Project.files).run(Array(block.text.utf8), name: block.document)
        #expect(!result.hasErrors, "\(block): \(LanguageProgram.text(of: result))")
        #expect(result.diagnostics.isEmpty, "\(block): \(LanguageProgram.text(of: result))")
    }

    @Test("examples in the documents hold", arguments: try DocumentBlock.all("reuse"))
    func examples(_ block: DocumentBlock) {
        let result = Session(files: Project.files).runExamples(Array(block.text.utf8), name: block.document)
        #expect(result.failed == 0 && result.diagnostics.isEmpty, "\(block)")
    }

    @Test("there are scripts in the documents")
    func thereAreScripts() throws { #expect(try DocumentBlock.all("reuse").count >= 15) }

    @Test("the first script of the README is the sample that it names, and prints what stands below it")
    func readme() throws {
        let blocks = try DocumentBlock.all(in: "README.md")
        let place = try #require(blocks.firstIndex { $0.language == "reuse" })
        try #require(place + 1 < blocks.count)
        let sample = "samples/china-exports.reuse"
        #expect(try Project.text(sample) == blocks[place].text)
        #expect(blocks[place + 1].language == "text")
        let result = Session(files: Project.files).run(try Project.bytes(sample), name: sample)
        #expect(TextRenderer(colour: false).render(result.outputs, scenario: result.scenario) == blocks[place + 1].text)
    }

    @Test("the JSON of the documents is what their script gives")
    func json() throws {
        let blocks = try DocumentBlock.all(in: "docs/json.md")
        let script = try #require(blocks.first { $0.language == "reuse" }).text
        let documents = blocks.filter { $0.language == "json" }.map(\.text)
        try #require(documents.count == 2)
        #expect(render(script, name: "growth.reuse") == documents[0])
        // The second is one diagnostic of the same script, with the name misspelt.
        let misspelt = render(
            script.replacingOccurrences(of: "show exports", with: "show exprts"), name: "growth.reuse")
        let diagnostic = documents[1].trimmingCharacters(in: .newlines)
        #expect(misspelt.hasSuffix("\"diagnostics\":[\n\(diagnostic)]}\n"), "\(misspelt)")
    }

    private func render(_ script: String, name: String) -> String {
        let result = Session(files: Project.files).run(Array(script.utf8), name: name)
        return JSONRenderer().render(
            outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources, file: name)
    }

    @Test("files that the documents link to are there")
    func links() throws {
        for document in try DocumentBlock.documents() {
            let folder = URL(fileURLWithPath: document).deletingLastPathComponent().relativePath
            for part in try Project.text(document).components(separatedBy: "](").dropFirst() {
                let target = String(part.prefix { $0 != ")" && $0 != "#" })
                if target.isEmpty || target.contains("://") { continue }
                let path = Project.root.appendingPathComponent(folder).appendingPathComponent(target).path
                #expect(FileManager.default.fileExists(atPath: path), "\(document) links to \(target)")
            }
        }
    }

    @Test("codes of errors in the documents exist")
    func codes() throws {
        for document in try DocumentBlock.documents() {
            let words = try Project.text(document).split { !$0.isLetter && !$0.isNumber }
            let codes = words.filter { $0.count == 5 && $0.first == "R" && $0.dropFirst().allSatisfy(\.isNumber) }
            for code in codes { #expect(DiagnosticKind(code: String(code)) != nil, "\(document) names \(code)") }
        }
    }
}

/// A fenced block of a document.
struct DocumentBlock: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    var document: String
    var line: Int
    var language: String
    var text: String
    var description: String { "\(document):\(line)" }
    var testDescription: String { description }

    static func documents() throws -> [String] {
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
            + (try Project.names(in: "docs", ending: ".md").map { "docs/" + $0 })
    }

    static func all(_ language: String) throws -> [DocumentBlock] {
        try documents().flatMap { try all(in: $0) }.filter { $0.language == language }
    }

    static func all(in document: String) throws -> [DocumentBlock] {
        var blocks: [DocumentBlock] = []
        var open: DocumentBlock?
        let lines = try Project.text(document).split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if var block = open {
                if line == "```" {
                    blocks.append(block)
                    open = nil
                } else {
                    block.text += line + "\n"
                    open = block
                }
            } else if line.hasPrefix("```") {
                open = DocumentBlock(
                    document: document, line: number + 1, language: String(line.dropFirst(3)), text: "")
            }
        }
        return blocks
    }
}
