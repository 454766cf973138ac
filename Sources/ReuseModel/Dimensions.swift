import ReuseSyntax

/// A fraction in lowest terms, for exponents of dimensions.
public struct Rational: Hashable, Sendable, BitwiseCopyable {
    public let numerator: Int32
    public let denominator: Int32

    public static let zero = Rational(whole: 0)
    public static let one = Rational(whole: 1)
    static let minusOne = Rational(whole: -1)

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
        if isWhole, other.isWhole {
            return Int32(exactly: Int64(numerator) + Int64(other.numerator)).map { Rational(whole: $0) }
        }
        return Rational(
            Int64(numerator) * Int64(other.denominator) + Int64(other.numerator) * Int64(denominator),
            Int64(denominator) * Int64(other.denominator))
    }

    public func times(_ other: Rational) -> Rational? {
        if isWhole, other.isWhole {
            return Int32(exactly: Int64(numerator) * Int64(other.numerator)).map { Rational(whole: $0) }
        }
        return Rational(Int64(numerator) * Int64(other.numerator), Int64(denominator) * Int64(other.denominator))
    }

    public var negated: Rational { Rational(-Int64(numerator), Int64(denominator)) ?? .zero }
    public var inverse: Rational? { Rational(Int64(denominator), Int64(numerator)) }
    public var text: String { isWhole ? String(numerator) : "\(numerator)/\(denominator)" }
}

/// A dimension in a `DimensionTable`: a known one, a variable, or a product of both.
public struct DimensionID: Hashable, Sendable, BitwiseCopyable {
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
    struct Factor: Hashable, BitwiseCopyable {
        var atom: Int32
        var exponent: Rational
    }

    private enum Tag: UInt8, BitwiseCopyable { case known, variable, product }
    private struct Entry: BitwiseCopyable {
        var tag: Tag
        /// Start in `factors`; for a variable the dimension it stands for, or -1.
        var a: Int32
        /// How many factors; for a variable what a copy being made has in its place, or 0.
        var count: Int32
    }

    /// Factors in order of atom, at the end of a list that is used again and again, so that nothing is allocated.
    private typealias Work = [Factor]

    private var entries: [Entry] = [Entry(tag: .known, a: 0, count: 0)]
    private var factors: [Factor] = []
    /// Known dimensions by the hash of their factors; 0 where a slot is free. At least half are.
    private var slots: [Int32] = Array(repeating: 0, count: 64)
    private var knownCount = 0
    private var work: Work = []
    /// How many entries `settle` has been over.
    private var settledCount = 0
    /// A small direct-mapped memory of products and quotients of known dimensions: most scripts use few.
    private var memo: [Combination] = Array(repeating: Combination(left: -1, right: -1, result: 0), count: 256)
    /// Set when an exponent no longer fits, or a product has too many factors; the checker reports it once.
    public private(set) var exponentOverflow = false

    private struct Combination: BitwiseCopyable {
        var left: Int32
        /// The complement of the number where it divides.
        var right: Int32
        var result: Int32
    }

    public init() {}

    public mutating func base(_ index: Int32) -> DimensionID {
        withWork { table, work in
            work.append(Factor(atom: index, exponent: .one))
            return table.intern(work, from: work.count - 1)
        }
    }

    @inline(__always)
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

    @inline(__always)
    public mutating func product(_ first: DimensionID, _ second: DimensionID) -> DimensionID {
        let a = resolve(first)
        let b = resolve(second)
        if a.rawValue == 0 { return b }
        if b.rawValue == 0 { return a }
        return combine(a, b, divides: false)
    }

    @inline(__always)
    public mutating func quotient(_ left: DimensionID, _ right: DimensionID) -> DimensionID {
        let a = resolve(left)
        let b = resolve(right)
        if b.rawValue == 0 { return a }
        if a == b { return .none }
        return combine(a, b, divides: true)
    }

    public mutating func power(_ id: DimensionID, _ exponent: Rational) -> DimensionID {
        let id = settled(id)
        if id.rawValue == 0 || exponent == .one { return id }
        return withWork { table, work in
            let start = work.count
            table.append(id, to: &work, scaledBy: exponent)
            return table.intern(work, from: start)
        }
    }

    /// Makes the two equal by binding variables; false where no binding can.
    @inline(__always)
    public mutating func unify(_ left: DimensionID, _ right: DimensionID) -> Bool {
        let a = resolve(left)
        let b = resolve(right)
        if a == b { return true }
        let tagA = entries[Int(a.rawValue)].tag
        let tagB = entries[Int(b.rawValue)].tag
        if tagA == .known, tagB == .known { return false }
        if tagA == .variable, tagB != .product {
            entries[Int(a.rawValue)].a = b.rawValue
            return true
        }
        if tagB == .variable, tagA != .product {
            entries[Int(b.rawValue)].a = a.rawValue
            return true
        }
        return unifyProducts(a, b)
    }

    /// Unbound variables in it, in order.
    func variables(in id: DimensionID, into result: inout [Int32]) {
        let id = resolve(id)
        switch entries[Int(id.rawValue)].tag {
        case .known: return
        case .variable: if !result.contains(id.rawValue) { result.append(id.rawValue) }
        case .product:
            for factor in normalised(id) where factor.atom < 0 {
                if !result.contains(-1 - factor.atom) { result.append(-1 - factor.atom) }
            }
        }
    }

    /// Says what a variable is replaced by in the copies that `copy` makes, until it is called again with nil.
    mutating func replace(_ variable: DimensionID, by fresh: DimensionID?) {
        entries[Int(variable.rawValue)].count = fresh?.rawValue ?? 0
    }

    /// The same dimension with variables replaced as `replace` said.
    mutating func copy(_ id: DimensionID) -> DimensionID {
        let id = settled(id)
        let entry = entries[Int(id.rawValue)]
        switch entry.tag {
        case .known: return id
        case .variable: return entry.count > 0 ? DimensionID(entry.count) : id
        case .product:
            return withWork { table, work in
                let start = work.count
                table.append(id, to: &work, scaledBy: .one)
                for index in start..<work.count where work[index].atom < 0 {
                    let fresh = table.entries[Int(-1 - work[index].atom)].count
                    if fresh > 0 { work[index].atom = -1 - fresh }
                }
                sort(&work, from: start)
                return table.intern(work, from: start)
            }
        }
    }

    /// Base dimensions with their exponents, in order of base; variables are left out.
    public func exponents(of id: DimensionID) -> [(base: Int, exponent: Rational)] {
        normalised(id).compactMap { $0.atom >= 0 ? (Int($0.atom), $0.exponent) : nil }
    }

    // MARK: -

    private mutating func combine(_ a: DimensionID, _ b: DimensionID, divides: Bool) -> DimensionID {
        let a = settled(a)
        let b = settled(b)
        let right = divides ? ~b.rawValue : b.rawValue
        let bothKnown = entries[Int(a.rawValue)].tag == .known && entries[Int(b.rawValue)].tag == .known
        let slot = Int((a.rawValue &* 31 &+ right) & 255)
        if bothKnown, memo[slot].left == a.rawValue, memo[slot].right == right {
            return DimensionID(memo[slot].result)
        }
        let result = withWork { table, work in
            let start = work.count
            table.append(a, to: &work, scaledBy: .one)
            let middle = work.count
            table.append(b, to: &work, scaledBy: divides ? .minusOne : .one)
            if !merge(&work, start, middle) { table.exponentOverflow = true }
            return table.intern(work, from: start)
        }
        if bothKnown { memo[slot] = Combination(left: a.rawValue, right: right, result: result.rawValue) }
        return result
    }

    /// The general case: at least one of the two is a product of which some factor is a variable.
    private mutating func unifyProducts(_ a: DimensionID, _ b: DimensionID) -> Bool {
        let a = settled(a)
        let b = settled(b)
        // A variable on its own, which the other side does not hold, stands for the other side.
        let isVariableA = entries[Int(a.rawValue)].tag == .variable
        let isVariableB = entries[Int(b.rawValue)].tag == .variable
        // What is bound below is not looked at again here, so an exponent too large in it is noticed now.
        if isVariableA || isVariableB {
            let (variable, other) = isVariableA ? (a, b) : (b, a)
            noteOverflow(in: other)
            if !mentions(other, variable) {
                entries[Int(variable.rawValue)].a = other.rawValue
                return true
            }
        }
        return withWork { table, work in
            let start = work.count
            table.append(a, to: &work, scaledBy: .one)
            let middle = work.count
            table.append(b, to: &work, scaledBy: .minusOne)
            if !merge(&work, start, middle) { table.exponentOverflow = true }
            guard let pivot = work[start...].firstIndex(where: { $0.atom < 0 }) else { return work.count == start }
            let variable = Int(-1 - work[pivot].atom)
            guard let scale = work[pivot].exponent.negated.inverse else { return false }
            work.remove(at: pivot)
            if !multiply(&work, from: start, by: scale) { table.exponentOverflow = true }
            table.entries[variable].a = table.intern(work, from: start).rawValue
            return !table.exponentOverflow
        }
    }

    /// Lends out the scratch list, and takes it back as long as it was.
    @inline(__always)
    private mutating func withWork<Result>(_ body: (inout DimensionTable, inout Work) -> Result) -> Result {
        var lent: Work = []
        swap(&lent, &work)
        lent.removeLast(lent.count)
        let result = body(&self, &lent)
        swap(&lent, &work)
        return result
    }

    private func normalised(_ id: DimensionID) -> [Factor] {
        var result: Work = []
        _ = append(id, to: &result)
        return result
    }

    // MARK: Chains of variables

    /// Settles all products that were made since it was last called, so that those who only read meet no chains.
    mutating func settle() {
        let first = settledCount
        settledCount = entries.count
        for id in first..<settledCount where entries[id].tag == .product { _ = settled(DimensionID(Int32(id))) }
    }

    /// A dimension in which no variable stands for another dimension. Products whose variables stand for products whose
    /// variables do are written out once, from the inside: they may be many, and each may be met in many others.
    private mutating func settled(_ id: DimensionID) -> DimensionID {
        let id = resolve(id)
        guard entries[Int(id.rawValue)].tag == .product, holdsBound(id) else { return id }
        var open = [id]
        while let next = open.last {
            let entry = entries[Int(next.rawValue)]
            let count = open.count
            if entry.tag == .product {
                for index in Int(entry.a)..<Int(entry.a + entry.count) where factors[index].atom < 0 {
                    let inner = resolve(DimensionID(-1 - factors[index].atom))
                    if entries[Int(inner.rawValue)].tag == .product, holdsBound(inner) { open.append(inner) }
                }
                if open.count > count { continue }
            }
            open.removeLast()
            guard entry.tag == .product, holdsBound(next) else { continue }
            var work: Work = []
            if !append(next, to: &work) { exponentOverflow = true }
            if work.count > Limits.unitParts {
                exponentOverflow = true
                work = []
            }
            // From now on it is another name for what came of it.
            let result = intern(work, from: 0)
            entries[Int(next.rawValue)] = Entry(tag: .variable, a: result.rawValue, count: 0)
        }
        return resolve(id)
    }

    /// Whether a product has a variable among its factors that stands for something.
    private func holdsBound(_ product: DimensionID) -> Bool {
        let entry = entries[Int(product.rawValue)]
        for index in Int(entry.a)..<Int(entry.a + entry.count)
        where factors[index].atom < 0 && entries[Int(-1 - factors[index].atom)].a >= 0 {
            return true
        }
        return false
    }

    private mutating func noteOverflow(in id: DimensionID) {
        withWork { table, work in table.append(id, to: &work, scaledBy: .one) }
    }

    @inline(__always)
    private mutating func append(_ id: DimensionID, to work: inout Work, scaledBy scale: Rational) {
        let start = work.count
        if !append(id, to: &work) { exponentOverflow = true }
        if scale != .one, !multiply(&work, from: start, by: scale) { exponentOverflow = true }
    }

    /// Appends a dimension's factors in order of atom, bound variables replaced; false where an exponent does not fit.
    private func append(_ id: DimensionID, to work: inout Work) -> Bool {
        let id = resolve(id)
        let entry = entries[Int(id.rawValue)]
        let range = Int(entry.a)..<Int(entry.a) + Int(entry.count)
        switch entry.tag {
        case .known:
            for index in range { work.append(factors[index]) }
            return true
        case .variable:
            work.append(Factor(atom: -1 - id.rawValue, exponent: .one))
            return true
        case .product:
            var fits = true
            let start = work.count
            for index in range {
                let factor = factors[index]
                if factor.atom >= 0 || entries[Int(-1 - factor.atom)].a < 0 {
                    // Alone in its place, unless what a variable before it stands for came in between.
                    let isLast = work.count == start || work[work.count - 1].atom < factor.atom
                    work.append(factor)
                    if !isLast { fits = merge(&work, start, work.count - 1) && fits }
                } else {
                    let middle = work.count
                    fits = append(DimensionID(-1 - factor.atom), to: &work) && fits
                    fits = multiply(&work, from: middle, by: factor.exponent) && fits
                    fits = merge(&work, start, middle) && fits
                }
            }
            return fits
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

    /// The dimension with the factors from a place on.
    private mutating func intern(_ list: Work, from start: Int) -> DimensionID {
        let count = list.count - start
        if count == 0 { return .none }
        if count == 1, list[start].atom < 0, list[start].exponent == .one { return DimensionID(-1 - list[start].atom) }
        let id = Int32(entries.count)
        // Variables come first.
        if list[start].atom < 0 {
            entries.append(Entry(tag: .product, a: Int32(factors.count), count: Int32(count)))
            for index in start..<list.count { factors.append(list[index]) }
            return DimensionID(id)
        }
        var slot = hash(list, from: start) & (slots.count - 1)
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot])]
            if Int(entry.count) == count,
                (0..<count).allSatisfy({ factors[Int(entry.a) + $0] == list[start + $0] })
            {
                return DimensionID(slots[slot])
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = id
        entries.append(Entry(tag: .known, a: Int32(factors.count), count: Int32(count)))
        for index in start..<list.count { factors.append(list[index]) }
        knownCount += 1
        if knownCount * 2 >= slots.count { growSlots() }
        return DimensionID(id)
    }

    private mutating func growSlots() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for id in old where id != 0 {
            let entry = entries[Int(id)]
            let own = Array(factors[Int(entry.a)..<Int(entry.a + entry.count)])
            var slot = hash(own, from: 0) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = id
        }
    }

    private func hash(_ list: Work, from start: Int) -> Int {
        var hash: UInt64 = 0
        for index in start..<list.count {
            let factor = list[index]
            hash = (hash ^ UInt64(truncatingIfNeeded: factor.atom)) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ UInt64(truncatingIfNeeded: factor.exponent.numerator)) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ UInt64(truncatingIfNeeded: factor.exponent.denominator)) &* 0x9E37_79B9_7F4A_7C15
        }
        return Int(truncatingIfNeeded: hash >> 33)
    }
}

/// Merges two runs of factors that follow each other, `start..<middle` and from `middle` on, into one; false where an
/// exponent does not fit.
private func merge(_ work: inout [DimensionTable.Factor], _ start: Int, _ middle: Int) -> Bool {
    let end = work.count
    if start == middle || middle == end || work[middle - 1].atom < work[middle].atom { return true }
    var fits = true
    var i = start
    var j = middle
    while i < middle || j < end {
        if j >= end || (i < middle && work[i].atom < work[j].atom) {
            work.append(work[i])
            i += 1
        } else if i >= middle || work[j].atom < work[i].atom {
            work.append(work[j])
            j += 1
        } else {
            let sum = work[i].exponent.plus(work[j].exponent)
            if sum == nil { fits = false }
            if let sum, !sum.isZero { work.append(DimensionTable.Factor(atom: work[i].atom, exponent: sum)) }
            i += 1
            j += 1
        }
    }
    let count = work.count - end
    for index in 0..<count { work[start + index] = work[end + index] }
    work.removeLast(work.count - start - count)
    return fits
}

/// Raises the factors from a place on to a power that is not zero; false where an exponent does not fit.
private func multiply(_ work: inout [DimensionTable.Factor], from start: Int, by scale: Rational) -> Bool {
    var fits = true
    var index = start
    while index < work.count {
        if let product = work[index].exponent.times(scale), !product.isZero {
            work[index].exponent = product
            index += 1
        } else {
            if !scale.isZero { fits = false }
            work.remove(at: index)
        }
    }
    return fits
}

/// In order of atom, by insertion: the runs are short and nearly in order.
private func sort(_ work: inout [DimensionTable.Factor], from start: Int) {
    guard start < work.count else { return }
    for end in start + 1..<max(work.count, start + 1) {
        var index = end
        while index > start, work[index - 1].atom > work[index].atom {
            work.swapAt(index - 1, index)
            index -= 1
        }
    }
}
