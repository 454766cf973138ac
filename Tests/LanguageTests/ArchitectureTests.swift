import Foundation
import Testing

/// The pages for people who change Reuse are true.
@Suite struct ArchitectureTests {
    /// What stands between backticks in lines of prose.
    private func named(in document: String) throws -> [Substring] {
        try Project.text(document).components(separatedBy: "```").enumerated().filter { $0.offset % 2 == 0 }
            .flatMap { $0.element.split(separator: "`", omittingEmptySubsequences: false).enumerated() }
            .filter { $0.offset % 2 == 1 }.map(\.element)
    }

    @Test("a file or folder that a page names is there", arguments: ["ARCHITECTURE.md", "CONTRIBUTING.md"])
    func names(_ page: String) throws {
        let sources = FileManager.default.enumerator(atPath: Project.root.appendingPathComponent("Sources").path)
        let tests = FileManager.default.enumerator(atPath: Project.root.appendingPathComponent("Tests").path)
        let known = Set(
            [sources, tests].compactMap { $0 }.flatMap { $0.compactMap { $0 as? String } }
                .map { URL(fileURLWithPath: $0).lastPathComponent })
        let names = try named(in: page).filter { !$0.contains(" ") && !$0.contains("(") }
        let paths = names.filter { $0.contains("/") }
        let files = names.filter { !$0.contains("/") && $0.hasSuffix(".swift") }
        #expect(paths.count > 3)
        for path in paths {
            let isThere = FileManager.default.fileExists(atPath: Project.root.appendingPathComponent(String(path)).path)
            #expect(isThere, "\(page) names \(path)")
        }
        for file in files { #expect(known.contains(String(file)), "\(page) names \(file)") }
    }

    @Test("ARCHITECTURE.md names every module")
    func modules() throws {
        let names = Set(try named(in: "ARCHITECTURE.md"))
        for module in try Project.names(in: "Sources", ending: "") where !module.hasPrefix(".") {
            #expect(names.contains("Sources/\(module)"), "\(module)")
        }
    }

    @Test("the engine reads no syntax tree: what it computes is in the core")
    func engineReadsNoTree() throws {
        let folder = Project.root.appendingPathComponent("Sources/ReuseEngine")
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        let sources = files.filter { $0.hasSuffix(".swift") }
        #expect(sources.count > 50)
        for file in sources {
            let text = try Project.text("Sources/ReuseEngine/\(file)")
            for word in ["SyntaxTree", "NodeKind", ".tree."] {
                #expect(!text.contains(word), "\(file) names \(word)")
            }
        }
    }

    @Test("a model is closed once it is checked: nothing outside its module can change one")
    func modelIsClosed() throws {
        for file in try Project.names(in: "Sources/ReuseModel", ending: ".swift") {
            let text = try Project.text("Sources/ReuseModel/\(file)")
            for part in text.components(separatedBy: "\nextension Model {").dropFirst() {
                let body = part.components(separatedBy: "\n}\n")[0]
                #expect(!body.contains("public mutating func") && !body.contains("package mutating func"), "\(file)")
            }
        }
        let model = try Project.text("Sources/ReuseModel/Model.swift").components(separatedBy: "public struct Model")[1]
        for line in model.components(separatedBy: "\n}\n")[0].split(separator: "\n")
        where line.hasPrefix("    public var ") {
            #expect(line.contains("{"), "\(line)")
        }
    }

    @Test("a seeded fault still finds the line that it changes")
    func seededFaults() throws {
        var lines: [String] = []
        var count = 0
        for text in try Project.text("Tests/Seeded/faults.txt").split(separator: "\n") where !text.hasPrefix("#") {
            if text.hasPrefix("Sources/") {
                let path = String(text.prefix { $0 != " " })
                lines = try Project.text(path).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            } else if !text.hasPrefix("harmless: ") {
                // `a {{b⇒c}} d` changes the line `a b d`.
                let line = text.replacing(#/{{(.*?)⇒.*?}}/#) { String($0.output.1) }
                #expect(lines.count { $0 == line } == 1, "\(line)")
                count += 1
            }
        }
        #expect(count > 90)
    }

    @Test("the short ways that the pages name are in the Makefile", arguments: ["README.md", "CONTRIBUTING.md"])
    func targets(_ page: String) throws {
        let lines = try Project.text(page).split(separator: "\n").filter { $0.hasPrefix("make ") }
        let makefile = try Project.text("Makefile").split(separator: "\n")
        #expect(!lines.isEmpty)
        for target in lines.compactMap({ $0.split(separator: " ").dropFirst().first }) {
            #expect(makefile.contains { $0.hasPrefix("\(target):") }, "make \(target)")
        }
    }
}
