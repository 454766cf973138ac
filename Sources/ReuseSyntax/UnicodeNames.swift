@_spi(_Unicode) import Swift

/// A name made of a label of a table: what cannot stand in a name becomes `_`, as in `North_America`.
public func name(ofLabel label: String) -> String {
    var result: [Unicode.Scalar] = []
    for scalar in (UnicodeNames.normalised(label) ?? label).unicodeScalars {
        let isPlain =
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
            || scalar == "_"
        if isPlain || !scalar.isASCII && UnicodeNames.mayContinue(scalar.value) {
            result.append(scalar)
        } else if let last = result.last, last != "_" {
            result.append("_")
        }
    }
    while result.count > 1, result.last == "_" { result.removeLast() }
    var text = ""
    text.unicodeScalars.append(contentsOf: result)
    guard let first = result.first else { return "_" }
    if ("0"..."9").contains(first) || !first.isASCII && !UnicodeNames.mayStart(first.value) { return "_" + text }
    // Words of the language are no names.
    return Words.reserved.contains(text) ? text + "_" : text
}

/// Which characters beyond ASCII may stand in a name, and how a name is to be spelt.
enum UnicodeNames {
    static func mayStart(_ scalar: UInt32) -> Bool {
        guard let scalar = Unicode.Scalar(scalar) else { return false }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return true
        default: return false
        }
    }

    static func mayContinue(_ scalar: UInt32) -> Bool {
        if mayStart(scalar) { return true }
        guard let scalar = Unicode.Scalar(scalar) else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    static func isBlank(_ scalar: UInt32) -> Bool {
        Unicode.Scalar(scalar)?.properties.generalCategory == .spaceSeparator || scalar == 0xFEFF
    }

    /// Characters that turn the direction of writing and could make a script read otherwise than it runs.
    static func isBidirectionalControl(_ scalar: UInt32) -> Bool {
        (0x202A...0x202E).contains(scalar) || (0x2066...0x2069).contains(scalar)
            || scalar == 0x200E || scalar == 0x200F || scalar == 0x061C
    }

    /// The name in normal form C, where it is not in it yet. Two spellings that look alike must be one name.
    static func normalised(_ name: String) -> String? {
        var normal = String.UnicodeScalarView()
        for scalar in name._nfc { normal.append(scalar) }
        return normal.elementsEqual(name.unicodeScalars) ? nil : String(normal)
    }
}

/// The first byte offset at which a text is not UTF-8, and a copy with what is wrong replaced by `_`.
func firstInvalidUTF8(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int? {
    var index = 0
    var first: Int?
    let words = UnsafeRawPointer(bytes)
    while index < count {
        if index + 8 <= count, words.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        {
            index += 8
            continue
        }
        let length = sequenceLength(bytes + index, count - index)
        if length == 0 {
            if first == nil { first = index }
            bytes[index] = UInt8(ascii: "_")
            index += 1
        } else {
            index += length
        }
    }
    return first
}

/// How many bytes the character at a place takes; 0 where it is not UTF-8.
private func sequenceLength(_ bytes: UnsafeMutablePointer<UInt8>, _ available: Int) -> Int {
    let first = bytes[0]
    if first < 0x80 { return 1 }
    func isTail(_ offset: Int) -> Bool { offset < available && bytes[offset] & 0xC0 == 0x80 }
    switch first {
    case 0xC2...0xDF: return isTail(1) ? 2 : 0
    case 0xE0...0xEF:
        guard isTail(1), isTail(2) else { return 0 }
        if first == 0xE0, bytes[1] < 0xA0 { return 0 }
        if first == 0xED, bytes[1] > 0x9F { return 0 }
        return 3
    case 0xF0...0xF4:
        guard isTail(1), isTail(2), isTail(3) else { return 0 }
        if first == 0xF0, bytes[1] < 0x90 { return 0 }
        if first == 0xF4, bytes[1] > 0x8F { return 0 }
        return 4
    default: return 0
    }
}
