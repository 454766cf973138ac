import ReuseSyntax

/// A type in a `TypeTable`.
public struct TypeID: Hashable, Sendable {
    let rawValue: Int32
    init(_ rawValue: Int32) { self.rawValue = rawValue }
    public static let bool = TypeID(0)
    public static let text = TypeID(1)
    public static let time = TypeID(2)
    /// A pure number.
    public static let number = TypeID(3)
    /// Of what could not be checked; agrees with everything, so that one fault is reported once.
    public static let unknown = TypeID(4)
    static let absent = TypeID(-1)
}

/// A type, one level deep.
public enum TypeShape: Sendable {
    case bool, text, time, unknown
    case variable(TypeID)
    case number(DimensionID)
    case list(TypeID)
    case record([(name: Symbol, type: TypeID)])
    case function([TypeID], result: TypeID)
}

/// Types and their unification (Hindley-Milner, with the dimensions of `DimensionTable`).
public struct TypeTable: Sendable {
    enum Tag: UInt8 { case bool, text, time, unknown, variable, number, list, record, function }
    struct Entry {
        var tag: Tag
        var a: Int32
        var b: Int32
        /// How deeply types nest below, as far as known when the entry was made.
        var depth: Int32 = 0
        /// How many types it is made of, shared parts counted each time: what walks it takes so long.
        var size: Int32 = 1
    }

    /// Types nest at most so deep: what walks them recurses.
    static let depthLimit: Int32 = 200
    static let sizeLimit: Int32 = 20_000
    /// Set when a type nested deeper; the checker reports it once.
    public internal(set) var tooDeep = false

    public internal(set) var dimensions = DimensionTable()
    private(set) var entries: [Entry] = [
        Entry(tag: .bool, a: 0, b: 0), Entry(tag: .text, a: 0, b: 0), Entry(tag: .time, a: 0, b: 0),
        Entry(tag: .number, a: 0, b: 0), Entry(tag: .unknown, a: 0, b: 0),
    ]
    /// Records: symbol, type, symbol, type, ...; functions: parameters, then the result.
    private var extra: [Int32] = []
    private var numberTypes: [Int32: Int32] = [0: 3]
    private var lastNumber: (dimension: Int32, type: Int32) = (0, 3)

    public init() {}

    public mutating func number(_ dimension: DimensionID) -> TypeID {
        let dimension = dimensions.resolve(dimension).rawValue
        if dimension == 0 { return .number }
        if lastNumber.dimension == dimension { return TypeID(lastNumber.type) }
        if let existing = numberTypes[dimension] {
            lastNumber = (dimension, existing)
            return TypeID(existing)
        }
        let id = append(Entry(tag: .number, a: dimension, b: 0))
        numberTypes[dimension] = id.rawValue
        lastNumber = (dimension, id.rawValue)
        return id
    }

    public mutating func variable() -> TypeID { append(Entry(tag: .variable, a: -1, b: 0)) }
    public mutating func anyNumber() -> TypeID {
        append(Entry(tag: .number, a: dimensions.freshVariable().rawValue, b: 0))
    }
    public mutating func list(_ element: TypeID) -> TypeID {
        append(Entry(tag: .list, a: element.rawValue, b: 0, depth: depth(element) + 1, size: size([element])))
    }

    public mutating func record(_ fields: [(name: Symbol, type: TypeID)]) -> TypeID {
        let start = Int32(extra.count)
        for field in fields.sorted(by: { $0.name.rawValue < $1.name.rawValue }) {
            extra.append(field.name.rawValue)
            extra.append(field.type.rawValue)
        }
        let deepest = fields.map { depth($0.type) }.max() ?? 0
        return append(
            Entry(
                tag: .record, a: start, b: Int32(fields.count), depth: deepest + 1, size: size(fields.map { $0.type })))
    }

    public mutating func function(_ parameters: [TypeID], result: TypeID) -> TypeID {
        let start = Int32(extra.count)
        for parameter in parameters { extra.append(parameter.rawValue) }
        extra.append(result.rawValue)
        let deepest = parameters.map { depth($0) }.max() ?? 0
        return append(
            Entry(
                tag: .function, a: start, b: Int32(parameters.count), depth: max(deepest, depth(result)) + 1,
                size: size(parameters + [result])))
    }

    @inline(__always)
    public func resolve(_ type: TypeID) -> TypeID {
        var current = type.rawValue
        while entries[Int(current)].tag == .variable, entries[Int(current)].a >= 0 { current = entries[Int(current)].a }
        return TypeID(current)
    }

    public func shape(_ type: TypeID) -> TypeShape {
        let type = resolve(type)
        let entry = entries[Int(type.rawValue)]
        switch entry.tag {
        case .bool: return .bool
        case .text: return .text
        case .time: return .time
        case .unknown: return .unknown
        case .variable: return .variable(type)
        case .number: return .number(dimensions.resolve(DimensionID(entry.a)))
        case .list: return .list(TypeID(entry.a))
        case .record:
            return .record(
                (0..<entry.b).map {
                    (Symbol(extra[Int(entry.a + 2 * $0)]), TypeID(extra[Int(entry.a + 2 * $0 + 1)]))
                })
        case .function:
            let parameters = (0..<entry.b).map { TypeID(extra[Int(entry.a + $0)]) }
            return .function(parameters, result: TypeID(extra[Int(entry.a + entry.b)]))
        }
    }

    @inline(__always)
    func tag(_ type: TypeID) -> Tag { entries[Int(resolve(type).rawValue)].tag }

    /// What is asked of most expressions, without taking a type apart.
    public func isTime(_ type: TypeID) -> Bool { tag(type) == .time }
    public func isNumber(_ type: TypeID) -> Bool { tag(type) == .number }
    public func isList(_ type: TypeID) -> Bool { tag(type) == .list }

    /// The dimension of a number type; nil for other types.
    @inline(__always)
    public func dimension(_ type: TypeID) -> DimensionID? {
        let entry = entries[Int(resolve(type).rawValue)]
        return entry.tag == .number ? DimensionID(entry.a) : nil
    }

    enum Failure { case dimensions, kinds, endless }

    /// Makes the two equal by binding variables; nil where that worked.
    mutating func unify(_ left: TypeID, _ right: TypeID) -> Failure? {
        let a = resolve(left)
        let b = resolve(right)
        if a == b { return nil }
        let entryA = entries[Int(a.rawValue)]
        let entryB = entries[Int(b.rawValue)]
        if entryA.tag == .unknown || entryB.tag == .unknown { return nil }
        if entryA.tag == .variable { return bind(a, to: b) }
        if entryB.tag == .variable { return bind(b, to: a) }
        guard entryA.tag == entryB.tag else { return .kinds }
        switch entryA.tag {
        case .bool, .text, .time, .unknown, .variable: return nil
        case .number: return dimensions.unify(DimensionID(entryA.a), DimensionID(entryB.a)) ? nil : .dimensions
        case .list: return unify(TypeID(entryA.a), TypeID(entryB.a))
        case .record:
            guard entryA.b == entryB.b else { return .kinds }
            for i in 0..<entryA.b {
                let x = Int(entryA.a + 2 * i)
                let y = Int(entryB.a + 2 * i)
                guard extra[x] == extra[y] else { return .kinds }
                if let failure = unify(TypeID(extra[x + 1]), TypeID(extra[y + 1])) { return failure }
            }
            return nil
        case .function:
            guard entryA.b == entryB.b else { return .kinds }
            for i in 0...entryA.b {
                if let failure = unify(TypeID(extra[Int(entryA.a + i)]), TypeID(extra[Int(entryB.a + i)])) {
                    return failure
                }
            }
            return nil
        }
    }

    /// The unbound variables of a type, which a function is generic in.
    struct Variables {
        var types: [TypeID] = []
        var dimensions: [DimensionID] = []
        var isEmpty: Bool { types.isEmpty && dimensions.isEmpty }
    }

    func variables(in type: TypeID, into result: inout Variables) {
        switch shape(type) {
        case .bool, .text, .time, .unknown: return
        case .variable(let id): if !result.types.contains(id) { result.types.append(id) }
        case .number(let dimension):
            for variable in dimensions.variables(in: dimension) where !result.dimensions.contains(variable) {
                result.dimensions.append(variable)
            }
        case .list(let element): variables(in: element, into: &result)
        case .record(let fields): for field in fields { variables(in: field.type, into: &result) }
        case .function(let parameters, let value):
            for parameter in parameters { variables(in: parameter, into: &result) }
            variables(in: value, into: &result)
        }
    }

    /// A copy with fresh variables in the place of those given.
    mutating func instantiate(_ type: TypeID, _ generic: Variables) -> TypeID {
        if generic.isEmpty { return type }
        let freshTypes = generic.types.map { _ in variable() }
        let freshDimensions = generic.dimensions.map { _ in dimensions.freshVariable() }
        return copy(type, generic, freshTypes, freshDimensions)
    }

    private mutating func copy(
        _ type: TypeID, _ generic: Variables, _ freshTypes: [TypeID], _ freshDimensions: [DimensionID]
    ) -> TypeID {
        switch shape(type) {
        case .bool, .text, .time, .unknown: return type
        case .variable(let id):
            if let index = generic.types.firstIndex(of: id) { return freshTypes[index] }
            return id
        case .number(let dimension):
            return number(
                dimensions.substituting(dimension) { variable in
                    generic.dimensions.firstIndex(of: variable).map { freshDimensions[$0] }
                })
        case .list(let element): return list(copy(element, generic, freshTypes, freshDimensions))
        case .record(let fields):
            return record(fields.map { ($0.name, copy($0.type, generic, freshTypes, freshDimensions)) })
        case .function(let parameters, let value):
            let copied = parameters.map { copy($0, generic, freshTypes, freshDimensions) }
            return function(copied, result: copy(value, generic, freshTypes, freshDimensions))
        }
    }

    private func size(_ parts: [TypeID]) -> Int32 {
        var sum = 1
        for part in parts { sum += Int(entries[Int(resolve(part).rawValue)].size) }
        return Int32(min(sum, Int(Self.sizeLimit) + 1))
    }

    private func depth(_ type: TypeID) -> Int32 { entries[Int(resolve(type).rawValue)].depth }

    private mutating func append(_ entry: Entry) -> TypeID {
        if entry.depth > Self.depthLimit || entry.size > Self.sizeLimit {
            tooDeep = true
            return .unknown
        }
        entries.append(entry)
        return TypeID(Int32(entries.count - 1))
    }

    private mutating func bind(_ variable: TypeID, to type: TypeID) -> Failure? {
        if occurs(variable, in: type, depth: 0) { return .endless }
        entries[Int(variable.rawValue)].a = type.rawValue
        return nil
    }

    /// Also true where the type nests too deep to be walked.
    private func occurs(_ variable: TypeID, in type: TypeID, depth: Int32) -> Bool {
        if depth > Self.depthLimit { return true }
        switch shape(type) {
        case .bool, .text, .time, .unknown, .number: return false
        case .variable(let id): return id == variable
        case .list(let element): return occurs(variable, in: element, depth: depth + 1)
        case .record(let fields): return fields.contains { occurs(variable, in: $0.type, depth: depth + 1) }
        case .function(let parameters, let value):
            return parameters.contains { occurs(variable, in: $0, depth: depth + 1) }
                || occurs(variable, in: value, depth: depth + 1)
        }
    }
}
