import ReuseSyntax

/// A projection: data, and a method that goes on from them.
public struct Projection: Sendable {
    /// A method with the parameters that it is given.
    public struct Candidate: Sendable {
        public var method: ProjectionMethod
        /// Where it is written.
        public var node: NodeID
        /// In the order of the method's parameters; none for those that the data decide.
        public var parameters: [DeclarationID]

        public var isGiven: [Bool] { parameters.map { !$0.isNone } }
    }

    public var declaration: DeclarationID
    public var module: Int32
    public var data: DeclarationID
    public var holdout: DeclarationID
    /// One, or those that `choose` has to choose from.
    public var candidates: [Candidate]
    /// The `source` clause behind it, if any.
    public var cite: NodeID
    /// The field `method`.
    public var methodNode: NodeID

    /// The declarations that it reads.
    public var parts: [DeclarationID] {
        [data] + candidates.flatMap { $0.parameters.filter { !$0.isNone } } + (holdout.isNone ? [] : [holdout])
    }

    public var hasBand: Bool { candidates.contains { $0.method.hasBand(isGiven: $0.isGiven) } }
}

/// A value that a projection has.
public struct ProjectionResult: Sendable {
    public enum Kind: Hashable, Sendable {
        /// With its band, and without.
        case path, central
        /// Of a candidate, by the place in its method's parameters.
        case parameter(Int), standardError(Int)
        case r2, rss, deviation, mape, rmse
        /// The name of the method.
        case method
    }

    public var projection: Int
    /// A number of a candidate, or -1 for the one that is used.
    public var candidate: Int
    public var kind: Kind
    public var declaration: DeclarationID
}

extension Model {
    /// The projection that a part of it (`shipments.data`) belongs to.
    public func projection(ofPart declaration: Declaration) -> Projection? {
        guard declaration.kind == .let, !projections.isEmpty else { return nil }
        return projectionOfPart[declaration.symbol].map { projections[$0] }
    }

    /// The `source` clause of a projection counts for its data and for the parameters that it is given.
    func projectionCite(of declaration: Declaration) -> NodeID { projection(ofPart: declaration)?.cite ?? .none }

    /// Whether a declaration is data or a parameter that a projection is given in its own text.
    public func isProjectionInput(_ id: DeclarationID) -> Bool {
        guard let projection = projection(ofPart: self[id]), projection.holdout != id else { return false }
        let declaration = self[id]
        let tree = modules[Int(declaration.valueModule)].tree
        // What is made of other values is no input; those are.
        return tree.subtree(of: declaration.value).allSatisfy { node in
            guard case .declaration(let target) = resolution(node, in: declaration.valueModule) else { return true }
            return self[target].kind == .unit || self[target].kind == .builtin
        }
    }

    /// Whether a declaration is a projection itself, and not one of its results.
    public func isWholeProjection(_ id: DeclarationID) -> Bool {
        let number = Int(self[id].number)
        return projectionResults.indices.contains(number) && projectionResults[number].kind == .path
    }

    public func projection(of id: DeclarationID) -> (projection: Projection, result: ProjectionResult)? {
        let number = Int(self[id].number)
        guard self[id].kind == .projected, projectionResults.indices.contains(number) else { return nil }
        let result = projectionResults[number]
        return (projections[result.projection], result)
    }

    public func projectionParts(of id: DeclarationID) -> [DeclarationID] { projection(of: id)?.projection.parts ?? [] }
}

extension DisplayUnits {
    /// Results of a projection are in the units of its data.
    mutating func hint(ofProjected id: DeclarationID) -> DisplayUnit? {
        guard let (projection, result) = model.projection(of: id) else { return nil }
        let data = model[projection.data]
        func year(_ power: Rational) -> DisplayUnit? {
            let symbol = model.symbols.find("yr")
            let found = model.declarations.firstIndex { $0.kind == .unit && $0.symbol == symbol }
            return found.map { DisplayUnit(factors: [(DeclarationID(Int32($0)), power)]) }
        }
        func ofData() -> DisplayUnit? { hint(data.value, data.valueModule, [:]) }
        let place: Int
        switch result.kind {
        case .path, .central, .deviation, .rmse: return ofData()
        case .rss: return ofData().map { times($0, $0) }
        case .mape: return DisplayUnit(isPercent: true)
        case .r2, .method: return nil
        case .parameter(let own), .standardError(let own): place = own
        }
        let candidate = projection.candidates[max(result.candidate, 0)]
        switch candidate.method.parameters[place].measure {
        case .data: return ofData()
        case .dataOverTime: return ofData().flatMap { own in year(.minusOne).map { times(own, $0) } }
        case .dataTimesTime: return ofData().flatMap { own in year(.one).map { times(own, $0) } }
        case .number: return nil
        case .rate: return year(.minusOne).map { DisplayUnit(factors: $0.factors, isPercent: true) }
        case .time: return year(.one)
        }
    }
}
