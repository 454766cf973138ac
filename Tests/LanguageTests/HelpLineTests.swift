import Foundation
import ReuseSyntax
import Testing

/// What help lines tell people to write is read without an error.
@Suite struct HelpLineTests {
    @Test("what the help of an error tells to write can be written", arguments: LanguageProgram.errors)
    func helpIsRight(_ program: LanguageProgram) throws {
        let golden = program.url.deletingPathExtension().appendingPathExtension("txt")
        for line in try String(contentsOf: golden, encoding: .utf8).split(separator: "\n") {
            guard let help = line.firstRange(of: "= help: ").map({ line[$0.upperBound...] }) else { continue }
            for code in Self.code(in: help) where !Self.isOfElsewhere(code) {
                #expect(Self.contexts(of: code).contains { Self.isRead($0) }, "`\(code)` in: \(help)")
            }
        }
    }

    @Test("what cannot be read would be noticed", arguments: ["let x = = 3", "5 USD 3 USD", "x[country China]"])
    func wrongHelpIsNoticed(_ code: String) { #expect(!Self.contexts(of: code).contains { Self.isRead($0) }) }

    /// What stands between single backquotes; a word or a sign alone is talked about, not to be written.
    private static func code(in help: Substring) -> [String] {
        var codes: [String] = []
        for (position, part) in help.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        where position % 2 == 1 && part.contains(" ") {
            codes.append(String(part))
        }
        return codes
    }

    /// Options of the command line, and the text of a table in JSON.
    private static func isOfElsewhere(_ code: String) -> Bool { code.hasPrefix("--") || code.hasPrefix("[{") }

    /// Programs in which a fragment may stand, with what it leaves open filled in.
    private static func contexts(of fragment: String) -> [String] {
        let code = fragment.replacing(", ...]", with: "]").replacing(", ...", with: "")
            .replacing("{ let ... }", with: "{\n let y = 1\n y\n}").replacing("{ ... }", with: "{ a = 1 }")
            .replacing("...", with: "1")
        return [
            "\(code)\n", "let it = \(code)\n", "let it = 1 \(code)\n", "let it = 1 \(code) from 2024\n",
            "let it = x[\(code)]\n", "let it = [\(code)]\n",
            "let it = \(code) else 1\n", "market it { \(code) }\n", "market it { demand: \(code) }\n",
            "policy it { \(code) }\n", "policy it \(code) { a = 1 }\n", "\(code) { a = 1 }\n", "data it { \(code) }\n",
            "calibrate a so that \(code)\n", "sensitivity a \(code)\n",
        ]
    }

    private static func isRead(_ text: String) -> Bool {
        var symbols = SymbolTable()
        let parsed = parse(SourceText(id: SourceID(0), name: "help", bytes: Array(text.utf8)), symbols: &symbols)
        return !parsed.diagnostics.contains { $0.severity == .error }
    }
}
