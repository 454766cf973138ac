import Testing

@testable import ReuseSyntax

@Suite struct FormattedScripts {
    private static let parsing = Scripts.all.filter { formatted($0) != nil }

    /// The tokens and the comments of a text, each with its kind.
    private func content(_ bytes: [UInt8]) throws -> [String] {
        let text = try #require(LexedText(bytes))
        let tokens = text.tokens.map { "\($0.kind) " + String(decoding: bytes[$0.start..<$0.end], as: UTF8.self) }
        let comments = text.comments.map {
            var comment = bytes[Int($0.span.start)..<Int($0.span.end)]
            while comment.last == 0x20 || comment.last == 0x09 { comment.removeLast() }
            return String(decoding: comment, as: UTF8.self)
        }
        return tokens + comments
    }

    private func isTidy(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return !bytes.contains(0x0D) && !text.contains(" \n") && !text.contains("\t\n") && !text.contains("\n\n\n")
            && !text.hasPrefix("\n") && (text.isEmpty || text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
    }

    /// A text with other blanks and line ends between its tokens, where there are some.
    private func dishevelled(_ script: SourceText, seed: UInt64) throws -> SourceText {
        var state = seed
        func random(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % limit)
        }
        let bytes = script.bytes
        let text = try #require(LexedText(bytes))
        var kept = Array(repeating: false, count: bytes.count)
        for token in text.tokens where token.kind != .newline {
            for index in token.start..<token.end { kept[index] = true }
        }
        for comment in text.comments {
            for index in Int(comment.span.start)..<Int(comment.span.end) { kept[index] = true }
        }
        // Blanks in texts with interpolations stand between tokens, but are not to be touched.
        var depth = 0
        var open = 0
        for token in text.tokens {
            if token.kind == .textOpen {
                if depth == 0 { open = token.start }
                depth += 1
            } else if token.kind == .textClose {
                depth -= 1
                if depth == 0 { for index in open..<token.end { kept[index] = true } }
            }
        }
        var result: [UInt8] = []
        for index in bytes.indices {
            if kept[index] || bytes[index] != 0x20 && bytes[index] != 0x0A {
                result.append(bytes[index])
            } else if bytes[index] == 0x20 {
                result += [[0x20], [0x20, 0x20], [0x09], [0x20, 0x20, 0x20, 0x20, 0x20]][random(4)]
            } else {
                result += [[0x0A], [0x20, 0x0A], [0x0D, 0x0A], [0x0D], [0x09, 0x0A, 0x20]][random(5)]
            }
        }
        return SourceText(id: script.id, name: script.name, bytes: [0x0A, 0x20, 0x0A] + result)
    }

    @Test("formatting changes no token and no comment, and what is formatted stays as it is", arguments: parsing)
    func scripts(_ script: SourceText) throws {
        for text in [script, try dishevelled(script, seed: UInt64(script.bytes.count))] {
            let once = try #require(formatted(text))
            #expect(try content(once) == content(script.bytes))
            #expect(isTidy(once))
            let again = formatted(SourceText(id: text.id, name: text.name, bytes: once))
            #expect(again == once)
        }
    }

    @Test("the samples are in the house style", arguments: Scripts.samples)
    func samples(_ script: SourceText) throws {
        let lines = try #require(formatted(script)).split(separator: 0x0A, omittingEmptySubsequences: false)
        for (line, written) in zip(lines, script.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)) {
            #expect(String(decoding: line, as: UTF8.self) == String(decoding: written, as: UTF8.self))
        }
    }
}
