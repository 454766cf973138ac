import ReuseSyntax

/// An order of policies by what they say, whatever their places in the text and their names: patches that commute may differ
/// in their last bits, and moving or renaming a policy must change none. Policies that say the same keep their places.
extension Model {
    /// Ranks of the policies by what they say: their windows, and what they patch by how much.
    func canonicalPolicyRanks() -> [Int] {
        let marks = policies.map { mark(ofText: $0.node, in: $0.module) }
        let order = policies.indices.sorted { marks[$0] == marks[$1] ? $0 < $1 : marks[$0] < marks[$1] }
        var ranks = Array(repeating: 0, count: policies.count)
        for (rank, policy) in order.enumerated() { ranks[policy] = rank }
        return ranks
    }

    /// A text without its names, spaces, comments and quotations.
    private func mark(ofText node: NodeID, in module: Int32) -> UInt64 {
        let tree = modules[Int(module)].tree
        guard let source = sources.first(where: { $0.id == tree.source }) else { return 0 }
        let span = tree[node].span
        let end = min(Int(span.end), source.bytes.count)
        var place = Int(span.start)
        var result: UInt64 = 0
        func isWord(_ byte: UInt8) -> Bool {
            byte >= 0x80 || byte == 0x5F || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
                || byte >= 0x30 && byte <= 0x39
        }
        while place < end {
            let byte = source.bytes[place]
            place += 1
            switch byte {
            case 0x09, 0x0A, 0x0D, 0x20, 0x2C: continue
            case 0x23: while place < end, source.bytes[place] != 0x0A { place += 1 }
            case 0x22:
                while place < end, source.bytes[place] != 0x22 { place += 1 }
                place += 1
            default:
                if isWord(byte), byte < 0x30 || byte > 0x39 {
                    while place < end, isWord(source.bytes[place]) { place += 1 }
                } else {
                    result = Self.mixed(result ^ UInt64(byte))
                }
            }
        }
        return result
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// A set of policies, by number. None is ever taken out, so that equal sets have equal words.
package struct PolicySet: Hashable, Sendable {
    private var words: [UInt64] = []

    package init(_ policies: [Int] = []) { for policy in policies { insert(policy) } }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package func contains(_ policy: Int) -> Bool {
        policy >> 6 < words.count && words[policy >> 6] >> UInt64(policy & 63) & 1 == 1
    }

    package mutating func insert(_ policy: Int) {
        while words.count <= policy >> 6 { words.append(0) }
        words[policy >> 6] |= 1 << UInt64(policy & 63)
    }

    mutating func formUnion(_ other: PolicySet) {
        while words.count < other.words.count { words.append(0) }
        for place in other.words.indices { words[place] |= other.words[place] }
    }
}

extension Model {
    /// By policy those that it comes after, also by way of others.
    package func earlierPolicies() -> [PolicySet] {
        var result = Array(repeating: PolicySet(), count: policies.count)
        for policy in inOrder(Array(policies.indices)) {
            for earlier in policies[policy].after {
                result[policy].insert(earlier)
                result[policy].formUnion(result[earlier])
            }
        }
        return result
    }
}
