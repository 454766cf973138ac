/// How the characters of a table are written, where its bytes do not say.
public enum TableEncoding: UInt8, Sendable {
    case utf8, utf16, gb18030, windows1252

    /// What may be written in `encoding:`.
    public static let texts = ["utf-8", "utf-16", "gb18030", "windows-1252"]

    public var text: String { Self.texts[Int(rawValue)] }

    /// By its usual names, in letters of any case. Nil for what is not known.
    public init?(_ name: String) {
        let letters = name.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }.filter { $0 != 0x2D && $0 != 0x5F }
        switch String(decoding: letters, as: UTF8.self) {
        case "utf8": self = .utf8
        case "utf16": self = .utf16
        case "gb18030", "gbk", "gb2312", "cp936": self = .gb18030
        case "windows1252", "cp1252", "latin1", "iso88591": self = .windows1252
        default: return nil
        }
    }
}

/// A text in UTF-8, whatever it was.
public struct TableText: Sendable {
    public var bytes: [UInt8]

    /// UTF-16 by its byte order mark; else UTF-8 where it is valid; else GB18030 where it is that and Chinese; else
    /// Windows-1252, which holds Latin-1. `encoding` says which one it is. Nil where it is not valid in that.
    public init?(_ raw: [UInt8], _ encoding: TableEncoding?) {
        let hasMark = raw.starts(with: [0xEF, 0xBB, 0xBF])
        switch encoding {
        case nil: self.init(raw)
        case .utf8:
            guard Self.isUTF8(raw) else { return nil }
            self.init(decoded: hasMark ? Array(raw.dropFirst(3)) : raw)
        case .utf16:
            guard raw.starts(with: [0xFF, 0xFE]) || raw.starts(with: [0xFE, 0xFF]) else { return nil }
            self.init(raw)
        case .gb18030:
            guard let decoded = ChineseText.decode(raw) else { return nil }
            self.init(decoded: decoded)
        case .windows1252: self.init(decoded: Self.fromWindows1252(raw))
        }
    }

    public init(_ raw: [UInt8]) {
        if raw.starts(with: [0xEF, 0xBB, 0xBF]) {
            bytes = Array(raw.dropFirst(3))
        } else if raw.starts(with: [0xFF, 0xFE]) {
            bytes = Self.fromUTF16(raw, isLittle: true)
        } else if raw.starts(with: [0xFE, 0xFF]) {
            bytes = Self.fromUTF16(raw, isLittle: false)
        } else {
            bytes = raw
        }
        if Self.isUTF8(bytes) { return }
        if ChineseText.isLikely(raw), let decoded = ChineseText.decode(raw) {
            bytes = decoded
        } else {
            bytes = Self.fromWindows1252(bytes)
        }
    }

    /// No table holds a zero byte: the text is in an encoding that was not recognised, or is no text.
    public var hasNull: Bool { bytes.withUnsafeBufferPointer { $0.contains(0) } }

    /// Why bytes are no table at all, in words that continue "cannot read FILE: "; nil where they may be one.
    public static func noTable(_ raw: [UInt8]) -> String? {
        func begins(_ start: [UInt8]) -> Bool { raw.starts(with: start) }
        if begins([0x50, 0x4B, 3, 4]) {
            return "it is a workbook, as of Excel; open it and save the sheet as CSV"
        }
        if begins([0xD0, 0xCF, 0x11, 0xE0]) {
            return "it is a workbook of Excel; open it and save the sheet as CSV"
        }
        if begins([0x1F, 0x8B]) { return "it is compressed by gzip; unpack it first" }
        if begins(Array("%PDF".utf8)) { return "it is a PDF; its tables are to be saved as CSV" }
        if begins(Array("PAR1".utf8)) { return "it is a Parquet file; save it as CSV" }
        let head = raw.prefix(400).drop { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        let word = String(decoding: head.prefix(14).map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }, as: UTF8.self)
        if word.hasPrefix("<!doctype html") || word.hasPrefix("<html") {
            return "it is a page of the web, as a server sends it in place of a file"
        }
        return nil
    }

    /// What is UTF-8 already.
    public init(decoded: [UInt8]) { bytes = decoded }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            let count = bytes.count
            while place < count {
                let lead = bytes[place]
                if lead < 0x80 {
                    place &+= 1
                    continue
                }
                let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
                guard lead >= 0xC2, lead <= 0xF4, place + length <= count else { return false }
                for offset in 1..<length where bytes[place + offset] & 0xC0 != 0x80 { return false }
                let second = bytes[place + 1]
                // Overlong forms, surrogates, and what lies beyond Unicode.
                if lead == 0xE0 && second < 0xA0 || lead == 0xED && second > 0x9F { return false }
                if lead == 0xF0 && second < 0x90 || lead == 0xF4 && second > 0x8F { return false }
                place += length
            }
            return true
        }
    }

    private static func fromUTF16(_ raw: [UInt8], isLittle: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        func unit(_ place: Int) -> UInt32 {
            let (a, b) = (UInt32(raw[place]), UInt32(raw[place + 1]))
            return isLittle ? b << 8 | a : a << 8 | b
        }
        var place = 2
        while place + 1 < raw.count {
            var scalar = unit(place)
            place += 2
            if scalar & 0xFC00 == 0xD800, place + 1 < raw.count, unit(place) & 0xFC00 == 0xDC00 {
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + unit(place) & 0x3FF
                place += 2
            }
            append(scalar & 0xF800 == 0xD800 ? 0xFFFD : scalar, to: &result)
        }
        return result
    }

    private static func fromWindows1252(_ raw: [UInt8]) -> [UInt8] {
        let upper: [UInt32] = [
            0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
            0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
            0x153, 0x9D, 0x17E, 0x178,
        ]
        var result: [UInt8] = []
        result.reserveCapacity(raw.count + raw.count / 8)
        for byte in raw {
            if byte < 0x80 {
                result.append(byte)
            } else {
                append(byte < 0xA0 ? upper[Int(byte) - 0x80] : UInt32(byte), to: &result)
            }
        }
        return result
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: bytes.append(UInt8(scalar))
        case ..<0x800: bytes += [UInt8(0xC0 | scalar >> 6), continuation(0)]
        case ..<0x10000: bytes += [UInt8(0xE0 | scalar >> 12), continuation(6), continuation(0)]
        default: bytes += [UInt8(0xF0 | scalar >> 18 & 7), continuation(12), continuation(6), continuation(0)]
        }
    }
}
