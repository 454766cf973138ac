import ReuseModel
import ReuseSyntax

/// `reuse test`: the `## example:` lines of a text.
extension Session {
    /// Runs the `## example:` lines of a text: each is an expression that must be true, with the text's names in scope.
    public func runExamples(_ text: [UInt8], name: String) -> ExampleResult {
        withRoomToRecurse {
            var symbols = SymbolTable()
            let source = SourceText(id: SourceID(0), name: name, bytes: text)
            let parsed = parse(source, symbols: &symbols)
            var examples: [Example] = []
            for (_, lines) in parsed.tree.docs {
                for line in lines {
                    let words = line.drop { $0 == " " }
                    if words.hasPrefix("example:") {
                        examples.append(Example(text: String(words.dropFirst(8)), line: 0))
                    }
                }
            }
            locate(&examples, in: text)
            var result = ExampleResult(passed: 0, failed: 0, diagnostics: [], sources: [])
            // A file of the standard library is tested as the library that it is.
            let libraryName = Library.modules.first { $0.text == text }?.name
            guard !examples.isEmpty else {
                let checked =
                    libraryName == nil ? check(text, name: name) : RunResult(outputs: [], diagnostics: [], sources: [])
                result.diagnostics = checked.diagnostics.filter { $0.severity == .error }
                result.sources = checked.sources
                return result
            }
            var input = self.input(libraryName == nil ? text : [], name: name)
            input.exampleHome = libraryName
            input.examples = examples.map { ($0.text, "\(name) line \($0.line)") }
            let checked = ReuseModel.check(input)
            result.sources = checked.model.sources
            let errors = checked.diagnostics.filter { $0.severity == .error }
            guard errors.isEmpty else {
                result.failed = examples.count
                result.diagnostics = errors
                return result
            }
            let fresh = Runner(model: checked.model, options: options)
            for command in checked.model.commands.prefix(examples.count) {
                var runner = fresh
                runner.commands = [command]
                runner.run()
                if runner.diagnostics.isEmpty {
                    result.passed += 1
                } else {
                    result.failed += 1
                    result.diagnostics += runner.diagnostics.map { diagnostic in
                        guard diagnostic.kind == .assertionFailed else { return diagnostic }
                        var failed = diagnostic
                        failed.kind = .exampleFailed
                        failed.message = "this example does not hold"
                        return failed
                    }
                }
            }
            return result
        }
    }

    private struct Example {
        var text: String
        var line: Int
    }

    /// Line numbers, by the order in which examples stand in the text.
    private func locate(_ examples: inout [Example], in text: [UInt8]) {
        var line = 1
        var next = 0
        var start = 0
        for index in 0...text.count where index == text.count || text[index] == 0x0A {
            if next < examples.count {
                let content = String(decoding: text[start..<index], as: UTF8.self)
                if content.hasPrefix("##"), content.contains("example:"), content.contains(examples[next].text) {
                    examples[next].line = line
                    next += 1
                }
            }
            line += 1
            start = index + 1
        }
    }
}
