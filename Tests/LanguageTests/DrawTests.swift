import Reuse
import ReuseReport
import Testing

/// Same text, inputs and seed: same numbers, wherever lines stand and whatever else is there.
@Suite struct DrawTests {
    private func numbers(_ text: String, samples: Int = 1000) throws -> String {
        var options = Options()
        options.samples = samples
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        try #require(!result.hasErrors)
        return JSONRenderer().render(outputs: result.outputs, diagnostics: [], sources: [], file: "-")
    }

    private static let model = [
        "assume price = 100 to 140 USD", "assume share = 30% to 60%", "let value = price * share",
    ]

    @Test("the order of declarations changes no bit")
    func order() throws {
        let expected = try numbers(Self.model.joined(separator: "\n") + "\nshow value")
        for rotation in 1..<3 {
            let lines = Self.model[rotation...] + Self.model[..<rotation]
            #expect(try numbers(lines.joined(separator: "\n") + "\nshow value") == expected)
        }
        #expect(expected.contains("\"sd\""))
    }

    @Test("another uncertain input, a comment or a line break changes no draw")
    func additions() throws {
        let expected = try numbers(Self.model.joined(separator: "\n") + "\nshow value")
        let more =
            "# more\nassume other = 1 to 2\n\n" + Self.model.joined(separator: "\n\n")
            + "\nlet unused = other\nshow value"
        #expect(try numbers(more) == expected)
    }

    @Test("another seed, or another name for an uncertain input, gives other draws")
    func otherDraws() throws {
        let expected = try numbers("assume price = 100 to 140 USD\nlet p = price\nshow p")
        #expect(try numbers("assume cost = 100 to 140 USD\nlet p = cost\nshow p") != expected)
        var options = Options()
        options.samples = 1000
        options.seed = 2
        let other = Session(options: options).run(
            Array("assume price = 100 to 140 USD\nlet p = price\nshow p".utf8), name: "-")
        #expect(
            JSONRenderer().render(outputs: other.outputs, diagnostics: [], sources: [], file: "-") != expected)
    }
}
