/// A statement on one line, as it could be written: without its comments, and with a comma where a line end separates the
/// entries of a block. Texts stay as they are.
public func onOneLine(_ source: SourceText) -> String {
    guard let text = LexedText(source.bytes) else { return source.text(of: Span(start: 0, end: .max)) }
    var result: [UInt8] = []
    var before: (kind: TokenKind, end: Int)?
    var isSeparated = false
    var index = 0
    while index < text.tokens.count {
        let token = text.tokens[index]
        index += 1
        if token.kind == .end { break }
        if token.kind == .newline {
            isSeparated = true
            continue
        }
        var end = token.end
        if token.kind == .textOpen {
            var depth = 1
            while depth > 0, index < text.tokens.count {
                if text.tokens[index].kind == .textOpen { depth += 1 }
                if text.tokens[index].kind == .textClose { depth -= 1 }
                end = text.tokens[index].end
                index += 1
            }
        }
        if let before {
            let needsComma =
                isSeparated && before.kind != .openBrace && before.kind != .comma && token.kind != .closeBrace
            if needsComma { result.append(0x2C) }
            if isSeparated || token.start > before.end { result.append(0x20) }
        }
        result += source.bytes[token.start..<end]
        before = (token.kind, end)
        isSeparated = false
    }
    return String(decoding: result, as: UTF8.self)
}
