public import ReuseEngine
import ReuseKernels
import ReuseSyntax

/// A shard of a run: part `number` of `count`, counted from 1.
public struct Shard: Sendable, Equatable {
    public var number: Int
    public var count: Int

    /// Nil where there is no such part.
    public init?(number: Int, of count: Int) {
        guard count >= 1, count <= Limits.shards, number >= 1, number <= count else { return nil }
        self.number = number
        self.count = count
    }
}

/// What a shard has computed, and of which run it is a part. docs/partial-results.md describes its file.
public struct Part: Sendable {
    public static let version = 1

    /// Of the texts that the run is made of.
    public var script: UInt64
    public var samples: Int
    public var seed: UInt64
    public var sampling: String
    public var scenario: String
    /// As `name=value`, in the order in which they were given.
    public var settings: [String]
    public var shard: Shard
    public var result: PartialResult

    /// Why a file is no part, in words.
    public struct Problem: Error, Sendable {
        public var message: String
    }
}

// MARK: - The file

extension Part {
    private static let magic = "reuse partial result"

    /// Whether bytes begin as the file of a part does.
    public static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array(magic.utf8)) }

    /// Lines of text, an empty line, the values as little-endian doubles, and a checksum of all that.
    public var file: [UInt8] {
        var head = "\(Self.magic) \(Self.version)\n"
        head += "script \(Self.hexadecimal(script))\n"
        head += "samples \(samples)\n"
        head += "seed \(seed)\n"
        head += "sampling \(sampling)\n"
        head += "scenario \(scenario)\n"
        for setting in settings { head += "set \(setting.map { $0.isNewline ? " " : String($0) }.joined())\n" }
        head += "shard \(shard.number)/\(shard.count)\n"
        head += "holds \(result.samples.lowerBound)..<\(result.samples.upperBound)\n"
        head += "failed \(result.failedBlocks.map(String.init).joined(separator: " "))\n"
        head += "open \(result.open.map { "\($0.clearing)/\($0.output)/\($0.step)" }.joined(separator: " "))\n"
        head += "values \(result.values.count)\n\n"
        var bytes = Array(head.utf8)
        bytes.reserveCapacity(bytes.count + result.values.count * 8 + 8)
        for value in result.values { Self.append(value.bitPattern, to: &bytes) }
        Self.append(Self.checksum(bytes[...]), to: &bytes)
        return bytes
    }

    public init(file bytes: [UInt8]) throws(Problem) {
        func wrong(_ message: String) -> Problem { Problem(message: message) }
        guard Self.begins(bytes) else { throw wrong("is no partial result of reuse") }
        guard let end = bytes.indices.dropLast().first(where: { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }) else {
            throw wrong("is cut short")
        }
        var fields: [String: String] = [:]
        var settings: [String] = []
        for line in String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix(Self.magic) {
                guard line == "\(Self.magic) \(Self.version)" else {
                    throw wrong(
                        "has the format\(line.dropFirst(Self.magic.count)), and this reuse reads \(Self.version)")
                }
                continue
            }
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first else { continue }
            let value = parts.count > 1 ? String(parts[1]) : ""
            if name == "set" { settings.append(value) } else { fields[String(name)] = value }
        }
        func number(_ name: String) throws(Problem) -> Int {
            guard let value = fields[name].flatMap({ Int($0) }), value >= 0 else { throw wrong("is damaged (\(name))") }
            return value
        }
        func list(_ name: String) -> [Substring] { (fields[name] ?? "").split(separator: " ") }
        let sampleCount = try number("samples")
        guard Options.sampleCounts.contains(sampleCount) else { throw wrong("is damaged (samples)") }
        let count = try number("values")
        let start = end + 2
        guard count <= bytes.count / 8, bytes.count >= start + count * 8 + 8 else { throw wrong("is cut short") }
        guard bytes.count == start + count * 8 + 8 else { throw wrong("is damaged (it goes on behind its end)") }
        guard Self.checksum(bytes[..<(bytes.count - 8)]) == Self.word(bytes, at: bytes.count - 8) else {
            throw wrong("is damaged (its checksum does not fit)")
        }
        guard let script = fields["script"].flatMap({ UInt64($0, radix: 16) }),
            let seed = fields["seed"].flatMap({ UInt64($0) })
        else { throw wrong("is damaged") }
        let ends = (fields["holds"] ?? "").split(separator: "..<", omittingEmptySubsequences: false).compactMap {
            Int($0)
        }
        let shard = (fields["shard"] ?? "").split(separator: "/").compactMap { Int($0) }
        guard ends.count == 2, ends[0] >= 0, ends[0] <= ends[1], ends[1] <= sampleCount, shard.count == 2,
            let shard = Shard(number: shard[0], of: shard[1])
        else { throw wrong("is damaged (what it holds)") }
        var open: [PartialResult.OpenResult] = []
        for entry in list("open") {
            let numbers = entry.split(separator: "/").compactMap { Int($0) }
            guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 }) else { throw wrong("is damaged (open)") }
            open.append(.init(clearing: numbers[0], output: numbers[1], step: numbers[2]))
        }
        self.script = script
        self.seed = seed
        self.shard = shard
        self.settings = settings
        samples = sampleCount
        sampling = fields["sampling"] ?? ""
        guard Sampling(rawValue: sampling) != nil else { throw wrong("is damaged (sampling)") }
        scenario = fields["scenario"] ?? ""
        let values = (0..<count).map { Double(bitPattern: Self.word(bytes, at: start + $0 * 8)) }
        let failed = list("failed").map { Int($0) ?? -1 }
        result = PartialResult(samples: ends[0]..<ends[1], values: values, failedBlocks: failed, open: open)
        guard failed.allSatisfy({ result.blocks.contains($0) }) else { throw wrong("is damaged (failed)") }
        guard result.isSound else { throw wrong("is damaged (it holds what no run computes)") }
    }

    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }

    private static func word(_ bytes: [UInt8], at place: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBufferPointer { reuse_hash($0.baseAddress, $0.count) }
    }
}

// MARK: - Parts of one run

extension Part {
    /// Why parts do not make up one run of the given kind, in words; nil where they do. `names` are those of their files.
    static func problem(_ parts: [Part], names: [String], script: UInt64, places: Int? = nil) -> String? {
        guard let first = parts.first, parts.count == names.count else { return "there is no part to join" }
        for (part, name) in zip(parts, names) {
            if part.script != script { return "\(name) was computed from another script" }
            func differs<Value: Equatable>(_ what: String, _ value: (Part) -> Value) -> String? {
                value(part) == value(first)
                    ? nil : "\(name) has \(what) \(value(part)), and \(names[0]) \(value(first))"
            }
            if let problem = differs("the seed", \.seed) ?? differs("a number of samples of", \.samples)
                ?? differs("the sampling", \.sampling) ?? differs("the scenario", \.scenario)
                ?? differs("a number of shards of", \.shard.count)
            {
                return problem
            }
            if part.settings != first.settings { return "\(name) has other settings than \(names[0])" }
            let own = Execution.samples(of: (part.shard.number - 1, part.shard.count), of: part.samples)
            if part.result.samples != own { return "\(name) does not hold the samples of its shard" }
            if let places, part.result.values.count != places * own.count {
                return "\(name) was computed by another version of reuse"
            }
        }
        var seen: [Int: String] = [:]
        for (part, name) in zip(parts, names) {
            if let other = seen[part.shard.number] {
                return "\(other) and \(name) both hold shard \(part.shard.number) of \(part.shard.count)"
            }
            seen[part.shard.number] = name
        }
        let missing = (1...first.shard.count).filter { seen[$0] == nil }
        guard missing.isEmpty else {
            let some = missing.prefix(5).map(String.init).joined(separator: ", ") + (missing.count > 5 ? ", ..." : "")
            return "of \(first.shard.count) shards \(missing.count) are missing: \(some)"
        }
        return nil
    }
}
