/// The names of a run. Shared by all its trees. A new table already holds the words of the language, at fixed
/// numbers.
public struct SymbolTable: Sendable {
    /// Each name, as looking up reads it, mostly in one cache line: the first and the second eight bytes, with zeros behind
    /// them where it is shorter; how many bytes it has; and where the others stand in `rest`. A `String` is made where
    /// one is asked for, which few names ever are.
    private var keys: [(first: UInt64, second: UInt64, count: Int32, rest: Int32)] = []
    /// The bytes of longer names from the 17th on, in words of eight.
    private var rest: [UInt64] = []
    /// A hash in the high half and a symbol in the low half, so that most look-ups read one slot; -1 where it is free.
    /// The number of slots is a power of two, and at least half of them are free.
    private var slots: [Int64]

    public init() { self = Self.ofWords }

    /// The words of the language, entered once in a process: a table of a run begins as a copy.
    private static let ofWords: SymbolTable = {
        var table = SymbolTable(withoutWords: 1024)
        for word in Words.inOrder { _ = table.intern(word) }
        return table
    }()

    /// A table that holds nothing: what is left behind while a lexer owns the real one.
    init(withoutWords slotCount: Int) {
        slots = Array(repeating: -1, count: slotCount)
    }

    public var count: Int { keys.count }
    public subscript(_ symbol: Symbol) -> String {
        guard symbol.rawValue >= 0, Int(symbol.rawValue) < keys.count else { return "" }
        let key = keys[Int(symbol.rawValue)]
        return String(unsafeUninitializedCapacity: Int(key.count)) { buffer in
            for index in 0..<Int(key.count) {
                let word = index < 8 ? key.first : index < 16 ? key.second : rest[Int(key.rest) + (index - 16) / 8]
                buffer.initializeElement(
                    at: index, to: UInt8(truncatingIfNeeded: word >> UInt64((index & 7) * 8)))
            }
            return Int(key.count)
        }
    }

    /// The symbol of a name, made where it is new.
    public mutating func intern(_ name: String) -> Symbol {
        var name = name
        return name.withUTF8 { intern($0) }
    }

    /// The symbol of a name given as UTF-8 bytes.
    public mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> Symbol {
        intern(Spelling(bytes, isPadded: false))
    }

    /// The symbol of a name that stands in a text with at least eight bytes behind it.
    @inline(__always)
    mutating func intern(padded start: UnsafePointer<UInt8>, _ count: Int) -> Symbol {
        intern(Spelling(UnsafeBufferPointer(start: start, count: count), isPadded: true))
    }

    /// The symbol of a name, if it is there.
    public func find(_ name: String) -> Symbol? {
        var name = name
        return name.withUTF8 { find(Spelling($0, isPadded: false)) }
    }

    /// The symbol of a name given as bytes, if it is there.
    func find(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32? {
        find(Spelling(UnsafeBufferPointer(start: start, count: count), isPadded: false))?.rawValue
    }

    // MARK: Looking up

    /// A name as words of eight bytes.
    private struct Spelling {
        let bytes: UnsafeBufferPointer<UInt8>
        /// Whether eight bytes may be read at any byte of the name.
        let isPadded: Bool
        let first: UInt64
        let second: UInt64

        @inline(__always)
        init(_ bytes: UnsafeBufferPointer<UInt8>, isPadded: Bool) {
            self.bytes = bytes
            self.isPadded = isPadded
            first = Spelling.word(bytes, 0, isPadded: isPadded)
            second = bytes.count > 8 ? Spelling.word(bytes, 8, isPadded: isPadded) : 0
        }

        @inline(__always) var count: Int { bytes.count }

        /// The eight bytes from an offset, the first lowest, with zeros for what is behind the end.
        @inline(__always)
        func word(_ offset: Int) -> UInt64 { Spelling.word(bytes, offset, isPadded: isPadded) }

        @inline(__always)
        private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, isPadded: Bool) -> UInt64 {
            let left = bytes.count &- offset
            guard left > 0, let base = bytes.baseAddress else { return 0 }
            if isPadded || left >= 8 {
                let word = UInt64(littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self))
                return left >= 8 ? word : word & (UInt64.max &>> UInt64(truncatingIfNeeded: (8 &- left) &* 8))
            }
            var word: UInt64 = 0
            for index in 0..<left { word |= UInt64(base[offset + index]) << UInt64(index * 8) }
            return word
        }

        /// 31 bits, so that it is no negative number in a slot.
        @inline(__always)
        var hash: Int64 {
            var hash = (first ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
            if count > 8 { hash = (hash ^ hash >> 32 ^ second) &* 0x9E37_79B9_7F4A_7C15 }
            var offset = 16
            while offset < count {
                hash = (hash ^ hash >> 32 ^ word(offset)) &* 0x9E37_79B9_7F4A_7C15
                offset &+= 8
            }
            return Int64(truncatingIfNeeded: hash >> 33)
        }
    }

    @inline(__always)
    private mutating func intern(_ name: Spelling) -> Symbol {
        let hash = name.hash
        let (slot, symbol) = lookUp(name, hash)
        return symbol >= 0 ? Symbol(symbol) : add(name.bytes, hash, slot)
    }

    private func find(_ name: Spelling) -> Symbol? {
        let symbol = lookUp(name, name.hash).symbol
        return symbol >= 0 ? Symbol(symbol) : nil
    }

    /// The symbol of a name, or -1 and the slot in which it belongs.
    @inline(__always)
    private func lookUp(_ name: Spelling, _ hash: Int64) -> (slot: Int, symbol: Int32) {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        return slots.withUnsafeBufferPointer { slots in
            while true {
                let entry = slots[slot]
                if entry < 0 { return (slot, -1) }
                if entry >> 32 == hash {
                    let symbol = Int32(truncatingIfNeeded: entry)
                    if matches(symbol, name) { return (slot, symbol) }
                }
                slot = (slot &+ 1) & mask
            }
        }
    }

    @inline(__always)
    private func matches(_ symbol: Int32, _ name: Spelling) -> Bool {
        let key = keys[Int(symbol)]
        guard key.first == name.first, key.second == name.second, Int(key.count) == name.count else { return false }
        return name.count <= 16 || restMatches(Int(key.rest), name)
    }

    private func restMatches(_ start: Int, _ name: Spelling) -> Bool {
        var word = start
        var offset = 16
        while offset < name.count {
            if rest[word] != name.word(offset) { return false }
            word &+= 1
            offset &+= 8
        }
        return true
    }

    @inline(never)
    private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: Int64, _ slot: Int) -> Symbol {
        let symbol = Int32(truncatingIfNeeded: keys.count)
        let name = Spelling(bytes, isPadded: false)
        keys.append(
            (name.first, name.second, Int32(truncatingIfNeeded: name.count), Int32(truncatingIfNeeded: rest.count)))
        for offset in stride(from: 16, to: name.count, by: 8) { rest.append(name.word(offset)) }
        slots[slot] = hash << 32 | Int64(symbol)
        if keys.count * 2 > slots.count { grow() }
        return Symbol(symbol)
    }

    private mutating func grow() {
        var larger = [Int64](repeating: -1, count: slots.count * 2)
        let mask = larger.count - 1
        for entry in slots where entry >= 0 {
            var slot = Int(truncatingIfNeeded: entry >> 32) & mask
            while larger[slot] >= 0 { slot = (slot + 1) & mask }
            larger[slot] = entry
        }
        slots = larger
    }
}
