/// What functions are generic in: variables of types and of dimensions, which are new wherever the function is used.
struct GenericFunctions {
    /// For each declaration where its list starts in `lists`, or -1.
    private var starts: [Int32]
    /// How many variables of types, how many of dimensions, then their numbers.
    private var lists: [Int32] = []
    // Kept, so that nothing is allocated for each function.
    private var newTypes: [Int32] = []
    private var newDimensions: [Int32] = []

    init(declarationCount: Int) { starts = Array(repeating: -1, count: declarationCount) }

    /// Notes the unbound variables in the type of a function, once that is known.
    mutating func note(_ id: DeclarationID, _ type: TypeID, in types: TypeTable) {
        types.variables(in: type, types: &newTypes, dimensions: &newDimensions)
        if newTypes.isEmpty, newDimensions.isEmpty { return }
        starts[Int(id.rawValue)] = Int32(lists.count)
        lists.append(Int32(newTypes.count))
        lists.append(Int32(newDimensions.count))
        lists += newTypes
        lists += newDimensions
        newTypes.removeAll(keepingCapacity: true)
        newDimensions.removeAll(keepingCapacity: true)
    }

    /// The type of a function where it is used.
    func typeOfUse(_ id: DeclarationID, _ type: TypeID, in types: inout TypeTable) -> TypeID {
        let start = Int(starts[Int(id.rawValue)])
        if start < 0 { return type }
        let own = start + 2..<start + 2 + Int(lists[start])
        let dimensions = own.upperBound..<own.upperBound + Int(lists[start + 1])
        return types.instantiate(type, types: lists[own], dimensions: lists[dimensions])
    }
}
