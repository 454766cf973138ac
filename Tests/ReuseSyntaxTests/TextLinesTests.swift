import ReuseSyntax
import Testing

@Suite struct TextLinesTests {
    private func line(of text: String, at offset: Int) -> [Int] {
        let found = TextLines(Array(text.utf8)).line(at: offset)
        return [found.number, found.start]
    }

    @Test("lines end in LF, CR LF and CR, each counted once")
    func ends() {
        let text = "a\nb\r\nc\rd"
        #expect(line(of: text, at: 0) == [1, 0])
        #expect(line(of: text, at: 1) == [1, 0])
        #expect(line(of: text, at: 2) == [2, 2])
        // Between the two bytes of an end.
        #expect(line(of: text, at: 4) == [2, 2])
        #expect(line(of: text, at: 5) == [3, 5])
        #expect(line(of: text, at: 7) == [4, 7])
        #expect(line(of: text, at: 8) == [4, 7])
    }

    @Test("a byte order mark is no part of the first line")
    func mark() {
        #expect(line(of: "\u{FEFF}ab\nc", at: 3) == [1, 3])
        #expect(line(of: "\u{FEFF}ab\nc", at: 6) == [2, 6])
    }

    @Test("of an empty text there is one line, and it is empty")
    func empty() { #expect(line(of: "", at: 0) == [1, 0]) }
}

@Suite struct SuggestionTests {
    @Test(
        "the nearest name is told, by letters changed, left out, put in or swapped",
        arguments: [
            ("pirce", "price"), ("prices", "price"), ("prce", "price"), ("PRICE", "price"),
            ("überschuß", "überschuss"), ("ÜBER", "über"),
        ])
    func near(name: String, wanted: String) {
        #expect(nearest(to: name, among: ["cost", wanted, "volume", "demand"]) == wanted)
    }

    @Test("of names as near as each other the first in the alphabet is told, in whatever order they come")
    func ties() {
        #expect(nearest(to: "ab1", among: ["ab4", "ab2", "ab3"]) == "ab2")
        #expect(nearest(to: "ab1", among: ["ab2", "ab3", "ab4"]) == "ab2")
        // A name in other case goes before one that is a letter away.
        #expect(nearest(to: "AB1", among: ["AB2", "ab1"]) == "ab1")
    }

    @Test("what differs in more than a third of its letters is not meant, nor what begins with `_`")
    func far() {
        #expect(nearest(to: "abcdef", among: ["abcxyz", "q"]) == nil)
        #expect(nearest(to: "price", among: ["_price"]) == nil)
        #expect(nearest(to: "_prices", among: ["_price"]) == "_price")
        #expect(nearest(to: "", among: ["a", "b"]) == nil)
    }
}
