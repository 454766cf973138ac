import ReuseModel
import ReuseSyntax
import Synchronization

/// A text that was read, once: what it says is known from its tree.
struct ReadText: Sendable {
    let source: SourceText
    let tree: SyntaxTree
    let diagnostics: [Diagnostic]
    /// What read it, and knows its names.
    let reader: TextReader

    /// The name in a node such as `name`, or of what it declares.
    func name(_ node: some NodeReference) -> String { reader.name(of: tree.name(node)) }
}

/// Reads the texts of a conversation: each has a number, and names that are spelt alike have the same symbol in all of them.
/// Copies of a conversation share it, since what it gave out stays as it is.
final class TextReader: Sendable {
    private struct Given {
        var symbols = SymbolTable()
        var texts: UInt32 = 0
    }

    private let given = Mutex(Given())
    /// Numbers of texts that no check gives out.
    private static let firstText: UInt32 = 1 << 30

    func read(_ bytes: [UInt8], name: String) -> ReadText {
        given.withLock { given in
            given.texts &+= 1
            let source = SourceText(id: SourceID(Self.firstText &+ given.texts), name: name, bytes: bytes)
            let parsed = parse(source, symbols: &given.symbols)
            return ReadText(source: source, tree: parsed.tree, diagnostics: parsed.diagnostics, reader: self)
        }
    }

    func name(of symbol: Symbol) -> String { given.withLock { $0.symbols[symbol] } }

    func symbol(_ name: String) -> Symbol? { given.withLock { $0.symbols.find(name) } }

    /// The names of all texts that were read so far.
    var symbols: SymbolTable { given.withLock { $0.symbols } }
}

/// A script to be checked: one text, or statements of texts that were read before.
struct ScriptText {
    var name: String
    var bytes: [UInt8] = []
    var statements: [ReadStatement] = []
    /// What read the statements; nil for a text.
    var reader: TextReader?

    /// Adds statements behind all others.
    mutating func append(_ text: String) {
        guard let reader, !text.isEmpty else {
            bytes += Array(text.utf8)
            return
        }
        let more = reader.read(Array(text.utf8), name: name)
        statements += more.tree.statements.map {
            ReadStatement(source: more.source, tree: more.tree, statement: $0, diagnostics: more.diagnostics)
        }
    }
}
