import ReuseCharacters

/// GB18030, which holds GBK and GB2312: what Chinese offices and spreadsheets write.
enum ChineseText {
    /// In UTF-8; nil where the bytes are not GB18030.
    static func decode(_ raw: [UInt8]) -> [UInt8]? {
        let table = UnsafeBufferPointer(start: reuse_gbk(), count: reuse_gbk_size())
        var rest: [UInt16] = []
        var result: [UInt8] = []
        result.reserveCapacity(raw.count + raw.count / 2)
        var place = 0
        // The mark that some programs set at the beginning.
        if raw.starts(with: [0x84, 0x31, 0x95, 0x33]) { place = 4 }
        while place < raw.count {
            switch code(raw, place) {
            case .ascii:
                result.append(raw[place])
                place += 1
            case .two(let number):
                let low = UInt32(table[number * 2])
                TableText.append(low | UInt32(table[number * 2 + 1]) << 8, to: &result)
                place += 2
            case .four(let number):
                if number >= 189_000 {
                    let scalar = 0x10000 + UInt32(number - 189_000)
                    if scalar > 0x10FFFF { return nil }
                    TableText.append(scalar, to: &result)
                } else {
                    if rest.isEmpty { rest = others(than: table) }
                    guard number < rest.count else { return nil }
                    TableText.append(UInt32(rest[number]), to: &result)
                }
                place += 4
            case nil: return nil
            }
        }
        return result
    }

    /// Whether bytes that are no UTF-8 are Chinese. Letters with accents make pairs, too, and hardly ever such: those of common
    /// characters and signs have both bytes above 0xA0, the first one below 0xD8, where there are capitals with accents alone.
    static func isLikely(_ raw: [UInt8]) -> Bool {
        var common = 0
        var rare = 0
        var place = 0
        while place < raw.count {
            switch code(raw, place) {
            case .ascii: place += 1
            case .two:
                let (lead, trail) = (raw[place], raw[place + 1])
                let isCommon = trail > 0xA0 && (lead >= 0xB0 && lead < 0xD8 || lead >= 0xA1 && lead <= 0xA3)
                if isCommon { common += 1 } else { rare += 1 }
                place += 2
            case .four: place += 4
            case nil: return false
            }
        }
        return common > 2 * rare
    }

    private enum Code {
        case ascii
        /// Its place in the table of two bytes, or among all codes of four.
        case two(Int), four(Int)
    }

    private static func code(_ raw: [UInt8], _ place: Int) -> Code? {
        let lead = raw[place]
        if lead < 0x80 { return .ascii }
        guard lead > 0x80, lead < 0xFF, place + 1 < raw.count else { return nil }
        let second = raw[place + 1]
        if second >= 0x40 {
            guard second != 0x7F, second != 0xFF else { return nil }
            return .two((Int(lead) - 0x81) * 190 + Int(second) - (second > 0x7F ? 0x41 : 0x40))
        }
        guard second >= 0x30, second <= 0x39, place + 3 < raw.count else { return nil }
        let (third, fourth) = (raw[place + 2], raw[place + 3])
        guard third > 0x80, third < 0xFF, fourth >= 0x30, fourth <= 0x39 else { return nil }
        let first = (Int(lead) - 0x81) * 10 + Int(second) - 0x30
        return .four((first * 126 + Int(third) - 0x81) * 10 + Int(fourth) - 0x30)
    }

    /// The characters of the basic plane that have no shorter code, in order: so they have codes of four bytes.
    private static func others(than table: UnsafeBufferPointer<UInt8>) -> [UInt16] {
        var hasCode = [Bool](repeating: false, count: 0x10000)
        for place in stride(from: 0, to: table.count - 1, by: 2) {
            hasCode[Int(table[place]) | Int(table[place + 1]) << 8] = true
        }
        for surrogate in 0xD800..<0xE000 { hasCode[surrogate] = true }
        return (0x80..<0x10000).filter { !hasCode[$0] }.map { UInt16($0) }
    }
}
