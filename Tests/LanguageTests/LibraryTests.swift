import Foundation
import Reuse
import ReuseModel
import ReuseSyntax
import Testing

@Suite struct LibraryTests {
    static let modules = ["carbon", "finance", "growth", "statistics"]
    static let files = Session.library.map(\.name)

    @Test("the embedded library is the folder")
    func embedded() throws {
        let names = try Project.names(in: "stdlib", ending: ".reuse").map { String($0.dropLast(6)) }
        #expect(names.count >= 6)
        #expect(Session.library.map(\.name) == names)
        for module in Session.library {
            #expect(try module.text == Project.bytes("stdlib/\(module.name).reuse"), "\(module.name)")
        }
    }

    @Test("a module checks without a word", arguments: modules)
    func checks(_ module: String) {
        let result = Session().check(Array("use \(module)\n".utf8), name: "-")
        #expect(result.diagnostics.isEmpty, "\(LanguageProgram.text(of: result))")
    }

    @Test("every function of the engine is declared in the prelude, and nothing else is")
    func builtins() throws {
        let declared = try Declared.all(in: "stdlib/prelude.reuse").filter(\.isExternal).map(\.name)
        #expect(Set(declared) == Set(Builtin.allCases.map(\.rawValue)))
        #expect(declared.count == Set(declared).count)
        #expect(!Session().check(Array("show abs(-1)".utf8), name: "-").hasErrors)
    }

    @Test("the examples of a library file hold", arguments: files)
    func examples(_ module: String) throws {
        let result = Session().runExamples(try Project.bytes("stdlib/\(module).reuse"), name: "\(module).reuse")
        #expect(result.failed == 0)
        #expect(result.diagnostics.isEmpty)
        let written = try Project.text("stdlib/\(module).reuse").components(separatedBy: "## example:").count - 1
        #expect(result.passed == written)
    }

    @Test("every function of a module has its documentation and an example", arguments: modules)
    func documented(_ module: String) throws {
        let functions = try Declared.all(in: "stdlib/\(module).reuse")
        #expect(functions.count >= 5)
        // A name that begins with `_` is a part of another function.
        for function in functions where !function.name.hasPrefix("_") {
            let prose = function.docs.filter { line in
                !["example:", "source:", "compounds:"].contains { line.hasPrefix($0) }
            }
            #expect(!prose.isEmpty, "\(module).\(function.name) has no documentation")
            #expect(function.docs.contains { $0.hasPrefix("example:") }, "\(module).\(function.name) has no example")
        }
    }

    @Test("every function of the prelude has its documentation")
    func preludeIsDocumented() throws {
        for function in try Declared.all(in: "stdlib/prelude.reuse") {
            #expect(!function.docs.isEmpty, "\(function.name) has no documentation")
        }
    }

    @Test("a sample runs without an error or a warning", arguments: try Project.names(in: "samples", ending: ".reuse"))
    func sample(_ name: String) throws {
        let session = Session(files: Project.files)
        let text = try Project.bytes("samples/\(name)")
        let result = session.run(text, name: "samples/\(name)")
        #expect(result.diagnostics.isEmpty, "\(LanguageProgram.text(of: result))")
        #expect(!result.outputs.isEmpty)
        let examples = session.runExamples(text, name: "samples/\(name)")
        #expect(examples.failed == 0 && examples.diagnostics.isEmpty)
    }
}

/// A function as its file declares it: found by its line, not by the parser, so that the two check each other.
private struct Declared {
    var name: String
    var isExternal: Bool
    /// The `##` lines right above, without their marks.
    var docs: [String]

    static func all(in path: String) throws -> [Declared] {
        var found: [Declared] = []
        var docs: [String] = []
        for line in try Project.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("##") {
                docs.append(line.dropFirst(2).trimmingCharacters(in: .whitespaces))
                continue
            }
            let isExternal = line.hasPrefix("extern fn ")
            if isExternal || line.hasPrefix("fn ") {
                let name = line.dropFirst(isExternal ? 10 : 3).prefix { $0 != "(" }
                found.append(Declared(name: String(name), isExternal: isExternal, docs: docs))
            }
            docs = []
        }
        return found
    }
}
