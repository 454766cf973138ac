import ReuseSyntax

/// A type in a `TypeTable`.
@frozen
public struct TypeID: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let rawValue: Int32
    @inlinable init(_ rawValue: Int32) { self.rawValue = rawValue }
    public static let bool = TypeID(0)
    public static let text = TypeID(1)
    public static let time = TypeID(2)
    /// A pure number.
    public static let number = TypeID(3)
    /// Of what could not be checked; agrees with everything, so that one fault is reported once.
    @inlinable public static var unknown: TypeID { TypeID(4) }
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
    @usableFromInline
    enum Tag: UInt8, Sendable, BitwiseCopyable {
        case bool, text, time, unknown, variable, number, list, record, function
    }
    @usableFromInline
    struct Entry: Sendable, BitwiseCopyable {
        @usableFromInline var tag: Tag
        /// For a variable: the type it stands for, or -1. For a number: its dimension. For others: the element, or the
        /// start in `extra`.
        @usableFromInline var a: Int32
        /// For a record: how many fields; for a function: how many parameters. For a variable what a copy being made
        /// has in its place, or 0.
        var b: Int32
        /// How deeply types nest below, as far as known when the entry was made.
        var depth: Int32 = 0
        /// How many types it is made of, shared parts counted each time: what walks it takes so long.
        var size: Int32 = 1
    }

    /// Set when a type nested deeper; the checker reports it once.
    public internal(set) var tooDeep = false

    public internal(set) var dimensions = DimensionTable()
    @usableFromInline private(set) var entries: [Entry] = [
        Entry(tag: .bool, a: 0, b: 0), Entry(tag: .text, a: 0, b: 0), Entry(tag: .time, a: 0, b: 0),
        Entry(tag: .number, a: 0, b: 0), Entry(tag: .unknown, a: 0, b: 0),
    ]
    /// Records: symbol, type, symbol, type, ...; functions: parameters, then the result.
    private var extra: [Int32] = []
    /// The number type of each dimension, or 0 where there is none yet.
    private var numberTypes: [Int32] = [3]

    public init() {}

    public mutating func number(_ dimension: DimensionID) -> TypeID {
        let dimension = Int(dimensions.resolve(dimension).rawValue)
        if dimension < numberTypes.count {
            if numberTypes[dimension] != 0 { return TypeID(numberTypes[dimension]) }
        } else {
            let count = max(dimension + 1, numberTypes.count * 2)
            numberTypes.append(contentsOf: repeatElement(0, count: count - numberTypes.count))
        }
        let id = append(Entry(tag: .number, a: Int32(dimension), b: 0))
        numberTypes[dimension] = id.rawValue
        return id
    }

    public mutating func variable() -> TypeID { append(Entry(tag: .variable, a: -1, b: 0)) }
    /// Makes an unbound variable a number of any dimension.
    mutating func makeNumber(_ variable: TypeID) -> DimensionID {
        let dimension = dimensions.freshVariable()
        entries[Int(variable.rawValue)] = Entry(tag: .number, a: dimension.rawValue, b: 0)
        return dimension
    }

    public mutating func anyNumber() -> TypeID {
        append(Entry(tag: .number, a: dimensions.freshVariable().rawValue, b: 0))
    }
    public mutating func list(_ element: TypeID) -> TypeID {
        append(Entry(tag: .list, a: element.rawValue, b: 0, depth: depth(element) + 1, size: size(element) + 1))
    }

    public mutating func record(_ fields: [(name: Symbol, type: TypeID)]) -> TypeID {
        let start = Int32(extra.count)
        for field in fields.sorted(by: { $0.name.rawValue < $1.name.rawValue }) {
            extra.append(field.name.rawValue)
            extra.append(field.type.rawValue)
        }
        return compound(.record, start, Int32(fields.count), parts: Int32(fields.count), stride: 2, offset: 1)
    }

    public mutating func function(_ parameters: [TypeID], result: TypeID) -> TypeID {
        let parts = reserveParts(Int32(parameters.count) + 1)
        for (index, parameter) in parameters.enumerated() { setPart(parts + Int32(index), parameter) }
        setPart(parts + Int32(parameters.count), result)
        return function(parts: parts, parameterCount: Int32(parameters.count))
    }

    /// Room for the parameters and the result of a function type, to be set one by one.
    mutating func reserveParts(_ count: Int32) -> Int32 {
        let start = Int32(extra.count)
        for _ in 0..<count { extra.append(TypeID.unknown.rawValue) }
        return start
    }

    mutating func setPart(_ index: Int32, _ type: TypeID) { extra[Int(index)] = type.rawValue }

    /// The function type whose parts were set.
    mutating func function(parts start: Int32, parameterCount: Int32) -> TypeID {
        compound(.function, start, parameterCount, parts: parameterCount + 1, stride: 1, offset: 0)
    }

    private mutating func compound(
        _ tag: Tag, _ start: Int32, _ count: Int32, parts: Int32, stride: Int32, offset: Int32
    ) -> TypeID {
        var deepest: Int32 = 0
        var sum: Int32 = 1
        for index in 0..<parts {
            let part = TypeID(extra[Int(start + index * stride + offset)])
            deepest = max(deepest, depth(part))
            sum = min(sum + size(part), Limits.typeParts + 1)
        }
        return append(Entry(tag: tag, a: start, b: count, depth: deepest + 1, size: sum))
    }

    /// How many parameters a function type has; nil for other types.
    @inline(__always)
    func parameterCount(_ type: TypeID) -> Int32? {
        let entry = entries[Int(resolve(type).rawValue)]
        return entry.tag == .function ? entry.b : nil
    }

    /// The type of a parameter of a function type, or, behind the last, of its result.
    @inline(__always)
    func part(_ type: TypeID, _ index: Int32) -> TypeID {
        let entry = entries[Int(resolve(type).rawValue)]
        return TypeID(extra[Int(entry.a + index)])
    }

    /// The type of the elements of a list type; nil for other types.
    @inline(__always)
    func element(_ type: TypeID) -> TypeID? {
        let entry = entries[Int(resolve(type).rawValue)]
        return entry.tag == .list ? TypeID(entry.a) : nil
    }

    @inlinable @inline(__always)
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

    @inlinable @inline(__always)
    func tag(_ type: TypeID) -> Tag { entries[Int(resolve(type).rawValue)].tag }

    /// What is asked of most expressions, without taking a type apart.
    @inlinable @inline(__always)
    public func isBool(_ type: TypeID) -> Bool { tag(type) == .bool }
    @inlinable @inline(__always)
    public func isTime(_ type: TypeID) -> Bool { tag(type) == .time }
    @inlinable @inline(__always)
    public func isNumber(_ type: TypeID) -> Bool { tag(type) == .number }
    @inlinable @inline(__always)
    public func isList(_ type: TypeID) -> Bool { tag(type) == .list }

    /// Whether a value of the type is more than one number: a text, a list, a record, a function.
    @inlinable @inline(__always)
    public func isCompound(_ type: TypeID) -> Bool {
        switch tag(type) {
        case .text, .list, .record, .function: true
        case .bool, .number, .time, .variable, .unknown: false
        }
    }

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

    /// The unbound variables of a type, which a function is generic in: those of types, those of dimensions, each once.
    func variables(in type: TypeID, types: inout [Int32], dimensions result: inout [Int32]) {
        let type = resolve(type)
        let entry = entries[Int(type.rawValue)]
        switch entry.tag {
        case .bool, .text, .time, .unknown: return
        case .variable: if !types.contains(type.rawValue) { types.append(type.rawValue) }
        case .number: dimensions.variables(in: DimensionID(entry.a), into: &result)
        case .list: variables(in: TypeID(entry.a), types: &types, dimensions: &result)
        case .record:
            for index in 0..<entry.b {
                variables(in: TypeID(extra[Int(entry.a + 2 * index + 1)]), types: &types, dimensions: &result)
            }
        case .function:
            for index in 0...entry.b {
                variables(in: TypeID(extra[Int(entry.a + index)]), types: &types, dimensions: &result)
            }
        }
    }

    /// A copy with fresh variables in the place of those given.
    mutating func instantiate(_ type: TypeID, types: ArraySlice<Int32>, dimensions generic: ArraySlice<Int32>) -> TypeID
    {
        for id in types {
            let fresh = variable()
            entries[Int(id)].b = fresh.rawValue
        }
        for id in generic { dimensions.replace(DimensionID(id), by: dimensions.freshVariable()) }
        let result = copy(type)
        for id in types { entries[Int(id)].b = 0 }
        for id in generic { dimensions.replace(DimensionID(id), by: nil) }
        return result
    }

    private mutating func copy(_ type: TypeID) -> TypeID {
        let type = resolve(type)
        let entry = entries[Int(type.rawValue)]
        switch entry.tag {
        case .bool, .text, .time, .unknown: return type
        case .variable: return entry.b > 0 ? TypeID(entry.b) : type
        case .number:
            let dimension = dimensions.copy(DimensionID(entry.a))
            return dimension.rawValue == entry.a ? type : number(dimension)
        case .list: return list(copy(TypeID(entry.a)))
        case .record:
            let start = reserveParts(2 * entry.b)
            for index in 0..<entry.b {
                extra[Int(start + 2 * index)] = extra[Int(entry.a + 2 * index)]
                let part = copy(TypeID(extra[Int(entry.a + 2 * index + 1)]))
                setPart(start + 2 * index + 1, part)
            }
            return compound(.record, start, entry.b, parts: entry.b, stride: 2, offset: 1)
        case .function:
            let start = reserveParts(entry.b + 1)
            for index in 0...entry.b {
                let part = copy(TypeID(extra[Int(entry.a + index)]))
                setPart(start + index, part)
            }
            return function(parts: start, parameterCount: entry.b)
        }
    }

    private func size(_ type: TypeID) -> Int32 { entries[Int(resolve(type).rawValue)].size }

    private func depth(_ type: TypeID) -> Int32 { entries[Int(resolve(type).rawValue)].depth }

    private mutating func append(_ entry: Entry) -> TypeID {
        if entry.depth > Limits.typeDepth || entry.size > Limits.typeParts {
            tooDeep = true
            return .unknown
        }
        entries.append(entry)
        return TypeID(Int32(entries.count - 1))
    }

    private mutating func bind(_ variable: TypeID, to type: TypeID) -> Failure? {
        switch entries[Int(type.rawValue)].tag {
        case .bool, .text, .time, .unknown, .number, .variable: break
        case .list, .record, .function:
            var search = SizeSearch()
            guard let size = size(of: type, without: variable, depth: 0, &search) else { return .endless }
            // Parts that were variables when the type was made may have grown since.
            if size > Int(Limits.typeParts) {
                tooDeep = true
                entries[Int(variable.rawValue)].a = TypeID.unknown.rawValue
                return nil
            }
        }
        entries[Int(variable.rawValue)].a = type.rawValue
        return nil
    }

    /// What was found of the parts of a type: nothing, as long as they are few.
    private struct SizeSearch {
        private var visits = 0
        private var sizes: [Int32: Int] = [:]

        func known(_ type: TypeID) -> Int? { sizes.isEmpty ? nil : sizes[type.rawValue] }

        mutating func note(_ type: TypeID, _ size: Int) {
            visits += 1
            if visits > 64 { sizes[type.rawValue] = size }
        }
    }

    /// How many types a type is made of, shared parts counted each time, up to one more than the limit; nil where the
    /// variable is one of them, or where it nests too deep to be walked. Each shared part is looked at once: written out, a
    /// type of n pairs within pairs has 2^n parts.
    private func size(of type: TypeID, without variable: TypeID, depth: Int32, _ search: inout SizeSearch) -> Int? {
        if depth > Limits.typeDepth { return nil }
        let type = resolve(type)
        let entry = entries[Int(type.rawValue)]
        let parts: StrideTo<Int32>
        switch entry.tag {
        case .bool, .text, .time, .unknown, .number: return 1
        case .variable: return type == variable ? nil : 1
        case .list:
            guard let size = size(of: TypeID(entry.a), without: variable, depth: depth + 1, &search) else { return nil }
            return min(size + 1, Int(Limits.typeParts) + 1)
        case .record: parts = stride(from: entry.a + 1, to: entry.a + 2 * entry.b, by: 2)
        case .function: parts = stride(from: entry.a, to: entry.a + entry.b + 1, by: 1)
        }
        if let size = search.known(type) { return size }
        var sum = 1
        for place in parts {
            let part = TypeID(extra[Int(place)])
            guard let size = size(of: part, without: variable, depth: depth + 1, &search) else { return nil }
            sum = min(sum + size, Int(Limits.typeParts) + 1)
        }
        search.note(type, sum)
        return sum
    }
}
