/// How many columns of a terminal characters take.
enum ColumnWidth {
    /// None for marks, two for East Asian wide ones and pictures.
    static func of(_ scalar: UInt32) -> Int {
        if scalar < 0x300 { return 1 }
        if let properties = Unicode.Scalar(scalar)?.properties {
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return 0
            default: break
            }
        }
        switch scalar {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }

    static func of(_ bytes: ArraySlice<UInt8>) -> Int {
        var width = 0
        var at = bytes.startIndex
        while at < bytes.endIndex {
            let (scalar, length) = scalar(bytes, at)
            width += of(scalar)
            at += length
        }
        return width
    }

    /// The character at a place, and how many bytes it has; U+FFFD for a byte that belongs to none.
    static func scalar(_ bytes: ArraySlice<UInt8>, _ at: Int) -> (scalar: UInt32, length: Int) {
        let first = bytes[at]
        if first < 0x80 { return (UInt32(first), 1) }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        guard first >= 0xC2, first <= 0xF4, at + length <= bytes.endIndex else { return (0xFFFD, 1) }
        var scalar = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard bytes[at + offset] & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            scalar = scalar << 6 | UInt32(bytes[at + offset] & 0x3F)
        }
        return (Unicode.Scalar(scalar) == nil ? 0xFFFD : scalar, length)
    }
}
