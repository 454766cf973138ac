// Numbers and points in time: digits to the nearest double, without a detour where that is exact.

extension Lexer {
    private func digit(_ at: Int) -> UInt8? {
        let value = bytes[at] &- 0x30
        return value < 10 ? value : nil
    }

    @inline(__always)
    mutating func number() {
        let start = position
        var end = start
        var mantissa: UInt64 = 0
        var byte = bytes[end] &- 0x30
        repeat {
            mantissa = mantissa &* 10 &+ UInt64(byte)
            end &+= 1
            byte = bytes[end] &- 0x30
        } while byte < 10
        // The common case: a few digits, and nothing that belongs to a number behind them.
        let after = bytes[end]
        if end &- start <= 15, classes[Int(after)] == 0, after != UInt8(ascii: "."), after != UInt8(ascii: "%"),
            after < 0x80
        {
            position = end
            emitNumber(Double(mantissa), .bareInteger, start)
            return
        }
        longNumber()
    }

    @inline(__always)
    private mutating func emitNumber(_ value: Double, _ traits: NumberTraits, _ start: Int) {
        parts.numbers.append(value)
        let index = Int32(truncatingIfNeeded: parts.numbers.count &- 1)
        emit(.number, start, index << 4 | Int32(traits.rawValue))
    }

    private mutating func longNumber() {
        let start = position
        if period() { return }
        var mantissa: UInt64 = 0
        var digits = 0
        var exponent = 0
        var traits: NumberTraits = .bareInteger
        var at = start
        var badSeparator = false

        func run(_ scale: Int) {
            while true {
                if let value = digit(at) {
                    if digits < 19 {
                        mantissa = mantissa &* 10 &+ UInt64(value)
                        if mantissa > 0 { digits += 1 }
                    } else {
                        digits += 1
                    }
                    exponent += scale
                    at += 1
                } else if bytes[at] == UInt8(ascii: "_"), at > start {
                    if digit(at + 1) == nil { badSeparator = true }
                    at += 1
                } else {
                    return
                }
            }
        }
        run(0)
        if bytes[at] == UInt8(ascii: "."), digit(at + 1) != nil {
            traits = .point
            at += 1
            run(-1)
        }
        let digitsEnd = at
        if bytes[at] | 0x20 == UInt8(ascii: "e") {
            let signed = bytes[at + 1] == UInt8(ascii: "+") || bytes[at + 1] == UInt8(ascii: "-")
            if digit(at + (signed ? 2 : 1)) != nil {
                traits.remove(.bareInteger)
                let negative = bytes[at + 1] == UInt8(ascii: "-")
                at += signed ? 2 : 1
                var written = 0
                while let value = digit(at) {
                    written = min(written * 10 + Int(value), 100_000_000)
                    at += 1
                }
                exponent += negative ? -written : written
            }
        }
        let beforeSuffix = at
        var shift = 0
        switch bytes[at] {
        case UInt8(ascii: "k"): shift = 3
        case UInt8(ascii: "M"): shift = 6
        case UInt8(ascii: "B"): shift = 9
        case UInt8(ascii: "%"): shift = -2
        default: break
        }
        if shift != 0 {
            at += 1
            if classes[Int(bytes[at])] != 0 || bytes[at] >= 0x80 {
                at = beforeSuffix
            } else {
                traits.remove(.bareInteger)
                traits.insert(shift < 0 ? .percent : .magnitude)
                exponent += shift
            }
        }
        if badSeparator {
            position = at
            parts.problems.add { SyntaxProblems.invalidNumber($0, start, at, .separator) }
            skipName()
            return emitNumber(0, traits, start)
        }
        if classes[Int(bytes[at])] != 0 || bytes[at] >= 0x80, followedByName(at) {
            return lettersAgainst(start, at)
        }
        let value: Double
        if digits <= 15, exponent >= -22, exponent <= 22 {
            value =
                exponent < 0
                ? Double(mantissa) / powerOfTen(-exponent) : Double(mantissa) * powerOfTen(exponent)
        } else {
            value = slowValue(start, digitsEnd, digits, exponent, mantissa)
        }
        position = at
        if !value.isFinite || (value == 0 && mantissa != 0) {
            let problem: SyntaxProblems.NumberProblem = value == 0 ? .tooSmall : .tooLarge
            parts.problems.add { SyntaxProblems.invalidNumber($0, start, at, problem) }
            return emitNumber(0, traits, start)
        }
        emitNumber(value, traits, start)
    }

    private func followedByName(_ at: Int) -> Bool {
        if classes[Int(bytes[at])] != 0 { return true }
        return UnicodeNames.mayContinue(decode(at).scalar)
    }

    /// Exact to 10^22.
    private func powerOfTen(_ exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// Long numbers go through the standard library's correctly rounded conversion. What comes after 800 digits cannot
    /// decide more than "a little above", so that a number of any length costs linear time.
    private func slowValue(_ start: Int, _ end: Int, _ digits: Int, _ exponent: Int, _ mantissa: UInt64) -> Double {
        if mantissa == 0 { return 0 }
        var text: [UInt8] = []
        var shift = exponent
        var above = false
        for at in start..<end {
            guard let value = digit(at), value > 0 || !text.isEmpty else { continue }
            if text.count < 800 {
                text.append(bytes[at])
            } else {
                shift += 1
                above = above || value > 0
            }
        }
        if above {
            text.append(UInt8(ascii: "1"))
            shift -= 1
        }
        return Double(String(decoding: text, as: UTF8.self) + "e" + String(shift)) ?? .infinity
    }

    private mutating func skipName() {
        while classes[Int(bytes[position])] != 0 { position += 1 }
    }

    /// `10km`, `0x1F`, `2026M7`: letters where the number has ended.
    private mutating func lettersAgainst(_ start: Int, _ end: Int) {
        var last = end
        while last < count {
            if classes[Int(bytes[last])] != 0 {
                last += 1
            } else if bytes[last] >= 0x80, UnicodeNames.mayContinue(decode(last).scalar) {
                last += decode(last).length
            } else {
                break
            }
        }
        let number = String(decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
        let rest = String(decoding: UnsafeBufferPointer(start: bytes + end, count: last - end), as: UTF8.self)
        position = last
        if let problem = SyntaxProblems.NumberProblem(number: number, rest: rest) {
            parts.problems.add { SyntaxProblems.invalidNumber($0, start, last, problem) }
        } else if SyntaxProblems.looksLikePeriod(number: number, rest: rest) {
            parts.problems.add { SyntaxProblems.invalidPeriod($0, start, last, number, rest) }
            // It stays a time, so that nothing else is said of it.
            emit(.period, start, 2000 << 8 | 4 << 4 | 1)
            return
        } else {
            parts.problems.add { SyntaxProblems.unitAgainstNumber($0, start, last, number, rest) }
        }
        emitNumber(0, [], start)
    }

    /// `2026Q2` or `2026M07`.
    private mutating func period() -> Bool {
        let start = position
        var year: Int32 = 0
        for offset in 0..<4 {
            guard let value = digit(start + offset) else { return false }
            year = year * 10 + Int32(value)
        }
        let letter = bytes[start + 4]
        guard let first = digit(start + 5) else { return false }
        if letter == UInt8(ascii: "Q"), (1...4).contains(first), classes[Int(bytes[start + 6])] == 0 {
            position = start + 6
            emit(.period, start, year << 8 | 4 << 4 | Int32(first))
            return true
        }
        guard letter == UInt8(ascii: "M"), let second = digit(start + 6), classes[Int(bytes[start + 7])] == 0 else {
            return false
        }
        let month = first * 10 + second
        guard (1...12).contains(month) else { return false }
        position = start + 7
        emit(.period, start, year << 8 | 12 << 4 | Int32(month))
        return true
    }
}
