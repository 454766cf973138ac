/// A fraction in lowest terms, for exponents of dimensions.
public struct Rational: Hashable, Sendable {
    public let numerator: Int32
    public let denominator: Int32

    public static let zero = Rational(whole: 0)
    public static let one = Rational(whole: 1)

    public init(whole: Int32) {
        numerator = whole
        denominator = 1
    }

    /// Nil where the fraction in lowest terms does not fit, or the denominator is zero.
    public init?(_ numerator: Int64, _ denominator: Int64) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var a = abs(numerator)
        var b = abs(denominator)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = max(a, 1)
        let sign: Int64 = (numerator < 0) != (denominator < 0) ? -1 : 1
        guard let n = Int32(exactly: sign * (abs(numerator) / divisor)),
            let d = Int32(exactly: abs(denominator) / divisor)
        else { return nil }
        self.numerator = n
        self.denominator = d
    }

    public var isZero: Bool { numerator == 0 }
    public var isWhole: Bool { denominator == 1 }

    public func plus(_ other: Rational) -> Rational? {
        Rational(
            Int64(numerator) * Int64(other.denominator) + Int64(other.numerator) * Int64(denominator),
            Int64(denominator) * Int64(other.denominator))
    }

    public func times(_ other: Rational) -> Rational? {
        Rational(Int64(numerator) * Int64(other.numerator), Int64(denominator) * Int64(other.denominator))
    }

    public var negated: Rational { Rational(-Int64(numerator), Int64(denominator)) ?? .zero }
    public var inverse: Rational? { Rational(Int64(denominator), Int64(numerator)) }
    public var text: String { isWhole ? String(numerator) : "\(numerator)/\(denominator)" }
}

/// A dimension in a `DimensionTable`: a known one, a variable, or a product of both.
public struct DimensionID: Hashable, Sendable {
    let rawValue: Int32
    init(_ rawValue: Int32) { self.rawValue = rawValue }
    /// A pure number.
    public static let none = DimensionID(0)
}

/// Dimensions as vectors of rational exponents over base dimensions and variables (Kennedy, "Types for
/// units-of-measure", 2010; over the rationals, so that unification is one step of Gaussian elimination).
///
/// Known dimensions are unique: equal ones have equal numbers.
public struct DimensionTable: Sendable {
    /// One factor: a base dimension (`atom >= 0`) or a variable (`atom < 0`, its id being `-1 - atom`).
    struct Factor: Hashable {
        var atom: Int32
        var exponent: Rational
    }

    private enum Tag: UInt8 { case known, variable, product }
    private struct Entry {
        var tag: Tag
        /// Start in `factors`; for a variable the dimension it stands for, or -1.
        var a: Int32
        var count: Int32
    }

    private var entries: [Entry] = [Entry(tag: .known, a: 0, count: 0)]
    private var factors: [Factor] = []
    private var known: [[Factor]: Int32] = [[]: 0]
    /// A small direct-mapped memory of products of known dimensions: most scripts use few.
    private var memo: [(left: Int32, right: Int32, result: Int32)] = Array(repeating: (-1, -1, 0), count: 256)
    /// Set when an exponent no longer fits; the checker reports it once.
    public private(set) var exponentOverflow = false

    public init() {}

    public mutating func base(_ index: Int32) -> DimensionID { intern([Factor(atom: index, exponent: .one)]) }

    public mutating func freshVariable() -> DimensionID {
        entries.append(Entry(tag: .variable, a: -1, count: 0))
        return DimensionID(Int32(entries.count - 1))
    }

    @inline(__always)
    public func resolve(_ id: DimensionID) -> DimensionID {
        var current = id.rawValue
        while entries[Int(current)].tag == .variable, entries[Int(current)].a >= 0 { current = entries[Int(current)].a }
        return DimensionID(current)
    }

    public func isUnboundVariable(_ id: DimensionID) -> Bool { entries[Int(resolve(id).rawValue)].tag == .variable }
    public func isKnown(_ id: DimensionID) -> Bool {
        let id = resolve(id)
        return entries[Int(id.rawValue)].tag == .known || normalised(id).allSatisfy { $0.atom >= 0 }
    }

    public mutating func product(_ first: DimensionID, _ second: DimensionID) -> DimensionID {
        let a = resolve(first)
        let b = resolve(second)
        if a.rawValue == 0 { return b }
        if b.rawValue == 0 { return a }
        let bothKnown = entries[Int(a.rawValue)].tag == .known && entries[Int(b.rawValue)].tag == .known
        let slot = Int((a.rawValue &* 31 &+ b.rawValue) & 255)
        if bothKnown, memo[slot].left == a.rawValue, memo[slot].right == b.rawValue {
            return DimensionID(memo[slot].result)
        }
        let left = flagging(a)
        let right = flagging(b)
        var overflow = false
        let merged = merge(left, right, &overflow)
        if overflow { exponentOverflow = true }
        let result = intern(merged)
        if bothKnown { memo[slot] = (a.rawValue, b.rawValue, result.rawValue) }
        return result
    }

    public mutating func quotient(_ left: DimensionID, _ right: DimensionID) -> DimensionID {
        let b = resolve(right)
        if b.rawValue == 0 { return resolve(left) }
        let a = resolve(left)
        if a == b { return .none }
        let inverse = power(b, Rational(whole: -1))
        return product(a, inverse)
    }

    public mutating func power(_ id: DimensionID, _ exponent: Rational) -> DimensionID {
        let id = resolve(id)
        if id.rawValue == 0 || exponent == .one { return id }
        var result: [Factor] = []
        for factor in flagging(id) {
            guard let product = factor.exponent.times(exponent) else {
                exponentOverflow = true
                return .none
            }
            if !product.isZero { result.append(Factor(atom: factor.atom, exponent: product)) }
        }
        return intern(result)
    }

    /// Makes the two equal by binding variables; false where no binding can.
    public mutating func unify(_ left: DimensionID, _ right: DimensionID) -> Bool {
        let a = resolve(left)
        let b = resolve(right)
        if a == b { return true }
        let tagA = entries[Int(a.rawValue)].tag
        let tagB = entries[Int(b.rawValue)].tag
        if tagA == .known, tagB == .known { return false }
        // What is bound below is not looked at again here, so an exponent too large in it is noticed now.
        if tagA == .product { _ = flagging(a) }
        if tagB == .product { _ = flagging(b) }
        if tagA == .variable, tagB != .product {
            entries[Int(a.rawValue)].a = b.rawValue
            return true
        }
        if tagB == .variable, tagA != .product {
            entries[Int(b.rawValue)].a = a.rawValue
            return true
        }
        // A variable on its own, which the other side does not hold, stands for the other side.
        if tagA == .variable, !mentions(b, a) {
            entries[Int(a.rawValue)].a = b.rawValue
            return true
        }
        if tagB == .variable, !mentions(a, b) {
            entries[Int(b.rawValue)].a = a.rawValue
            return true
        }
        let inverse = power(b, Rational(whole: -1))
        var overflow = false
        let quotientFactors = merge(normalised(a), normalised(inverse), &overflow)
        if overflow { exponentOverflow = true }
        guard let pivot = quotientFactors.first(where: { $0.atom < 0 }) else { return quotientFactors.isEmpty }
        guard let scale = pivot.exponent.negated.inverse else { return false }
        let rest = intern(quotientFactors.filter { $0.atom != pivot.atom })
        entries[Int(-1 - pivot.atom)].a = power(rest, scale).rawValue
        return !exponentOverflow
    }

    /// Unbound variables in it, in order.
    public func variables(in id: DimensionID) -> [DimensionID] {
        let id = resolve(id)
        switch entries[Int(id.rawValue)].tag {
        case .known: return []
        case .variable: return [id]
        case .product: return normalised(id).filter { $0.atom < 0 }.map { DimensionID(-1 - $0.atom) }
        }
    }

    /// The same with variables replaced.
    mutating func substituting(_ id: DimensionID, _ replacement: (DimensionID) -> DimensionID?) -> DimensionID {
        let id = resolve(id)
        switch entries[Int(id.rawValue)].tag {
        case .known: return id
        case .variable: return replacement(id) ?? id
        case .product:
            var result = DimensionID.none
            for factor in normalised(id) {
                var part = factor.atom >= 0 ? base(factor.atom) : DimensionID(-1 - factor.atom)
                if factor.atom < 0, let replaced = replacement(part) { part = replaced }
                let raised = power(part, factor.exponent)
                result = product(result, raised)
            }
            return result
        }
    }

    /// Base dimensions with their exponents, in order of base; variables are left out.
    public func exponents(of id: DimensionID) -> [(base: Int, exponent: Rational)] {
        normalised(resolve(id)).compactMap { $0.atom >= 0 ? (Int($0.atom), $0.exponent) : nil }
    }

    // MARK: -

    /// Factors in order of atom, bound variables replaced.
    private func normalised(_ id: DimensionID) -> [Factor] {
        var overflow = false
        return normalised(id, &overflow)
    }

    /// The same, which takes note of an exponent that does not fit.
    private mutating func flagging(_ id: DimensionID) -> [Factor] {
        var overflow = false
        let result = normalised(id, &overflow)
        if overflow { exponentOverflow = true }
        return result
    }

    private func normalised(_ id: DimensionID, _ overflow: inout Bool) -> [Factor] {
        let id = resolve(id)
        let entry = entries[Int(id.rawValue)]
        switch entry.tag {
        case .known: return Array(factors[Int(entry.a)..<Int(entry.a + entry.count)])
        case .variable: return [Factor(atom: -1 - id.rawValue, exponent: .one)]
        case .product:
            var result: [Factor] = []
            for factor in factors[Int(entry.a)..<Int(entry.a + entry.count)] {
                if factor.atom >= 0 {
                    result = merge(result, [factor], &overflow)
                } else {
                    let target = resolve(DimensionID(-1 - factor.atom))
                    var part = normalised(target, &overflow)
                    for i in part.indices {
                        let exponent = part[i].exponent.times(factor.exponent)
                        if exponent == nil { overflow = true }
                        part[i].exponent = exponent ?? .zero
                    }
                    result = merge(result, part, &overflow)
                }
            }
            return result
        }
    }

    /// Whether a product holds a variable, after what its variables stand for.
    private func mentions(_ product: DimensionID, _ variable: DimensionID) -> Bool {
        let product = resolve(product)
        if product == variable { return true }
        let entry = entries[Int(product.rawValue)]
        guard entry.tag == .product else { return false }
        for index in Int(entry.a)..<Int(entry.a + entry.count) where factors[index].atom < 0 {
            if mentions(DimensionID(-1 - factors[index].atom), variable) { return true }
        }
        return false
    }

    private func merge(_ left: [Factor], _ right: [Factor], _ overflow: inout Bool) -> [Factor] {
        var result: [Factor] = []
        var i = 0
        var j = 0
        while i < left.count || j < right.count {
            if j >= right.count || (i < left.count && left[i].atom < right[j].atom) {
                result.append(left[i])
                i += 1
            } else if i >= left.count || right[j].atom < left[i].atom {
                result.append(right[j])
                j += 1
            } else {
                let sum = left[i].exponent.plus(right[j].exponent)
                if sum == nil { overflow = true }
                if let sum, !sum.isZero { result.append(Factor(atom: left[i].atom, exponent: sum)) }
                i += 1
                j += 1
            }
        }
        return result
    }

    private mutating func intern(_ list: [Factor]) -> DimensionID {
        if list.count == 1, list[0].atom < 0, list[0].exponent == .one { return DimensionID(-1 - list[0].atom) }
        let isKnown = list.allSatisfy { $0.atom >= 0 }
        if isKnown, let existing = known[list] { return DimensionID(existing) }
        let id = Int32(entries.count)
        entries.append(Entry(tag: isKnown ? .known : .product, a: Int32(factors.count), count: Int32(list.count)))
        factors += list
        if isKnown { known[list] = id }
        return DimensionID(id)
    }
}
