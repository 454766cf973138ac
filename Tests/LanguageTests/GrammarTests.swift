import ReuseSyntax
import Testing

@testable import Reuse

/// Rows of the grammar, and what is made from them.
@Suite struct GrammarTests {
    @Test("docs/language.md names every statement and each of its clauses")
    func documented() throws {
        let document = try CodeOfDocument("docs/language.md")
        for row in StatementRow.all where row.isTold {
            #expect(document.names(row.name), "\(row.name)")
            for clause in row.clauses {
                #expect(document.names(clause.word, of: row.name), "\(row.name) ... \(clause.word)")
            }
        }
        // The reader of the document tells apart what is there and what is not.
        #expect(!document.names("forecast"))
        #expect(!document.names("among", of: "compare"))
    }

    @Test("an example of a statement is one, and so is each of its clauses", arguments: StatementRow.all.map(\.name))
    func rows(_ name: String) throws {
        let row = try #require(StatementRow.all.first { $0.name == name })
        guard row.isTold else { return }
        var symbols = SymbolTable()
        let read = parse(SourceText(id: SourceID(0), name: name, bytes: Array(row.example.utf8)), symbols: &symbols)
        #expect(read.diagnostics.isEmpty)
        let statement = try #require(read.tree.statements.first)
        #expect(row.kinds.contains(read.tree[statement].kind))
        #expect(read.tree[statement].kind.isCommand == (row.role == .command))
        #expect(row.summary.first?.isUppercase == false)
        #expect(Set(row.clauses.map(\.word)).count == row.clauses.count)
    }

    @Test("a bare expression is a command, and declarations are none")
    func commands() {
        #expect(NodeKind.expressionStatement.isCommand)
        for kind in [NodeKind.let, .assume, .policy, .data, .later, .patch, .error, .root] { #expect(!kind.isCommand) }
    }

    @Test("help tells of the clauses of a statement, and of a clause of which statement it is")
    func help() {
        var model = Conversation()
        #expect(
            model.documentation(of: "attribute").notes == [
                "`attribute`: what each policy does to a value", "  attribute revenue in 2026",
                "  among  the policies that are told of; without it, all that are in force",
                "  in     the period of which it is told",
            ])
        #expect(
            model.documentation(of: "fits").notes == ["`fits` of `calibrate`: the data that it meets"])
    }
}

/// What a document says in code: in its scripts, and between backquotes in a paragraph, a row or an item.
private struct CodeOfDocument {
    private var scripts: [String] = []
    private var paragraphs: [[String]] = []

    init(_ path: String) throws {
        var isScript = false
        var paragraph = ""
        func codes(_ text: String) -> [String] {
            let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
            return pieces.indices.filter { $0 % 2 == 1 }.map { String(pieces[$0]) }
        }
        for line in try Project.text(path).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isScript.toggle()
            } else if isScript {
                scripts.append(line.trimmingPrefix(while: \.isWhitespace).description)
            } else {
                if line.isEmpty || ["|", "#"].contains(line.first) || line.hasPrefix("- ") {
                    paragraphs.append(codes(paragraph))
                    paragraph = ""
                }
                paragraph += line + " "
            }
        }
        paragraphs.append(codes(paragraph))
    }

    /// Whether a statement stands anywhere.
    func names(_ word: String) -> Bool {
        (scripts + paragraphs.joined()).contains { Self.begins($0, with: word) }
    }

    /// Whether a clause stands in such a statement, or beside one.
    func names(_ clause: String, of word: String) -> Bool {
        scripts.contains { Self.begins($0, with: word) && Self.has(clause, $0) }
            || paragraphs.contains { codes in
                codes.contains { Self.begins($0, with: word) } && codes.contains { Self.has(clause, $0) }
            }
    }

    private static func begins(_ code: String, with word: String) -> Bool { code == word || code.hasPrefix(word + " ") }

    private static func has(_ clause: String, _ code: String) -> Bool {
        let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.joined(separator: " ")
        return " \(words) ".contains(" \(clause) ")
    }
}
