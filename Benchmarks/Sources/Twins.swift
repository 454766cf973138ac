/// Writes two scripts of the same declarations side by side, one in Reuse and one in Lua; always the same two.
struct Twins {
    private(set) var reuse: [UInt8] = []
    private(set) var lua: [UInt8] = []
    private var state: UInt64 = 2024
    private var shares: [Int] = []

    /// Functions, conditionals, blocks and constants, until the Reuse script has a number of bytes.
    static func script(bytes: Int) -> Twins {
        var twins = Twins()
        twins.reuse.reserveCapacity(bytes + 1_000)
        twins.lua.reserveCapacity(bytes + bytes / 2)
        twins.both("# Generated.\n", "-- Generated.\n")
        twins.both(
            "fn clamp(x, low) = if x < low then low else x\n",
            "function clamp(x, low) if x < low then return low else return x end end\n")
        twins.both("let base = 12.5\nlet rate = 0.75\n", "base = 12.5\nrate = 0.75\n")
        var number = 0
        while twins.reuse.count < bytes {
            number += 1
            twins.declaration(number)
        }
        return twins
    }

    private mutating func both(_ reuse: String, _ lua: String) {
        self.reuse.append(contentsOf: reuse.utf8)
        self.lua.append(contentsOf: lua.utf8)
    }

    private mutating func declaration(_ number: Int) {
        switch number % 4 {
        case 0:
            let value = expression(3, ["price", "volume", "cost"])
            both(
                "fn share_\(number)(price, volume, cost) = \(value)\n",
                "function share_\(number)(price, volume, cost) return \(value) end\n")
            shares.append(number)
        case 1:
            let value = expression(3, ["base", "rate"])
            both("let margin_\(number) = \(value)\n", "margin_\(number) = \(value)\n")
        case 2:
            let limit = expression(1, ["used", "new"])
            let below = expression(2, ["used", "new"])
            let above = expression(2, ["used", "new"])
            both(
                "fn choice_\(number)(used, new) = if used < \(limit) then \(below) else \(above)\n",
                "function choice_\(number)(used, new) if used < \(limit) then return \(below) "
                    + "else return \(above) end end\n")
        default:
            let low = expression(2, ["used", "new"])
            let high = expression(2, ["used", "new", "low"])
            both(
                "fn spread_\(number)(used, new) {\n    let low = \(low)\n    let high = \(high)\n    high - low\n}\n",
                "function spread_\(number)(used, new)\n    local low = \(low)\n    local high = \(high)\n"
                    + "    return high - low\nend\n")
        }
    }

    /// An expression that both languages write alike.
    private mutating func expression(_ depth: Int, _ names: [String]) -> String {
        let choice = below(100)
        if depth == 0 || choice < 20 {
            let literals = ["1", "2.5", "100", "0.75", "3"]
            return below(100) < 60 ? names[below(names.count)] : literals[below(literals.count)]
        }
        if choice < 75 {
            let signs = [" + ", " - ", " * ", " / "]
            return expression(depth - 1, names) + signs[below(signs.count)] + expression(depth - 1, names)
        }
        if choice < 90 { return "(" + expression(depth - 1, names) + ")" }
        let first = expression(depth - 1, names)
        let second = expression(depth - 1, names)
        if choice < 95 || shares.isEmpty { return "clamp(\(first), \(second))" }
        return "share_\(shares[below(shares.count)])(\(first), \(second), \(names[0]))"
    }

    /// SplitMix64 (Steele, Lea and Flood 2014), so that every run measures the same text.
    private mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed % UInt64(bound))
    }
}

/// Scripts of many lines, for the cost of a line.
enum Lines {
    /// Each line needs the one before.
    static func chain(_ count: Int) -> [UInt8] {
        lines(count) { "let x\($0) = x\($0 - 1) + 1\n" }
    }

    /// No line needs another.
    static func independent(_ count: Int) -> [UInt8] {
        lines(count) { "let x\($0) = \($0) + 1\n" }
    }

    private static func lines(_ count: Int, _ line: (Int) -> String) -> [UInt8] {
        var text = Array("let x0 = 0\n".utf8)
        if count > 2 {
            for number in 1...count - 2 { text.append(contentsOf: line(number).utf8) }
        }
        text.append(contentsOf: "show x\(max(count - 2, 0))\n".utf8)
        return text
    }
}
