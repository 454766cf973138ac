import ReuseSyntax

/// Types of projections and of their results.
extension TypeChecker {
    /// What a parameter of a projection is expected to be, so that a year may stand for a time.
    func typeHint(ofProjectionPart declaration: Declaration) -> TypeID? {
        declaration.kind == .let && declaration.number == Int32(ProjectionParameter.midpoint.rawValue) ? .time : nil
    }

    mutating func inferProjected(_ id: DeclarationID) {
        guard let (projection, result) = model.projection(of: id) else { return }
        let data = model[projection.data]
        enter(data.valueModule)
        if result.kind == .path { checkParts(of: projection) }
        let type: TypeID
        switch result.kind {
        case .path, .central, .deviation, .rmse: type = data.type
        case .rss: type = product(data.type, data.type, power: .one)
        case .r2, .mape: type = .number
        case .method: type = .text
        case .parameter(let place):
            type = self.type(
                of: projection.candidates[max(result.candidate, 0)].method.parameters[place].measure, data.type)
        case .standardError(let place):
            let measure = projection.candidates[max(result.candidate, 0)].method.parameters[place].measure
            type = measure == .time ? durationType ?? .number : self.type(of: measure, data.type)
        }
        if let known = model[id].inferredType { _ = model.types.unify(known, type) }
        model[id].type = type
    }

    private mutating func checkParts(of projection: Projection) {
        let data = model[projection.data]
        _ = requireNumber(data.type, at: data.value, for: "`data`")
        for candidate in projection.candidates {
            for (place, id) in candidate.parameters.enumerated() where !id.isNone {
                let parameter = candidate.method.parameters[place]
                enter(model[id].valueModule)
                require(
                    model[id].type, toBe: type(of: parameter.measure, data.type), at: model[id].value,
                    because: nil, as: "by the data `\(parameter.label)` is")
            }
        }
        guard !projection.holdout.isNone, let duration = durationType else { return }
        let holdout = model[projection.holdout]
        enter(holdout.valueModule)
        require(holdout.type, toBe: duration, at: holdout.value, because: nil, as: "`holdout` is")
    }

    private mutating func type(of measure: ProjectionParameter.Measure, _ data: TypeID) -> TypeID {
        let duration = durationType ?? .number
        switch measure {
        case .data: return data
        case .dataOverTime: return product(data, duration, power: .minusOne)
        case .dataTimesTime: return product(data, duration, power: .one)
        case .number: return .number
        case .rate: return product(.number, duration, power: .minusOne)
        case .time: return .time
        }
    }

    private mutating func product(_ a: TypeID, _ b: TypeID, power: Rational) -> TypeID {
        guard let first = model.types.dimension(a), let second = model.types.dimension(b) else { return .unknown }
        let raised = model.types.dimensions.power(second, power)
        return model.types.number(model.types.dimensions.product(first, raised))
    }

    /// Reports a path whose base is a projection and that names nothing.
    mutating func reportsProjectionPath(_ node: Node, _ name: String, at place: Location) -> Bool {
        let raw = model.resolutions[Int(nodeBase + tree.member(node).base.rawValue)]
        guard raw >= 0, [.projected, .fitting].contains(model.declarations[Int(raw)].kind) else { return false }
        let base = model.name(DeclarationID(raw))
        if model.declarations[Int(raw)].kind == .projected, !model.isWholeProjection(DeclarationID(raw)) {
            return false
        }
        var names: [String] = []
        for declaration in model.declarations where declaration.kind == .projected || declaration.kind == .fitting {
            let path = model.symbols[declaration.symbol]
            guard path.hasPrefix(base + ".") else { continue }
            let rest = path.dropFirst(base.count + 1)
            if !rest.contains(".") { names.append(String(rest)) }
        }
        report(.noSuchResult(name, of: base, names: names, at: place, nearest: nearest(to: name, among: names)))
        return true
    }
}

/// What is said of projections that are not whole (R0227).
extension Diagnostic {
    static func projectionWithout(_ label: String, example: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "this projection has no `\(label)`", at: Label(place), help: ["write `\(example)`"])
    }

    static func wrongMethod(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "a method is written as a call", at: Label(place),
            help: [
                "write `logistic()`, or give parameters: `compound(8%/yr)`",
                "`choose(logistic(), gompertz())` takes the one that foretells the data best",
            ])
    }

    static func nothingToChoose(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "`choose` takes two methods or more", at: Label(place),
            help: ["write `choose(logistic(), gompertz(), holt())`"])
    }

    static func unknownMethod(_ name: String, names: [String], at place: Location, nearest: String?) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "there is no method `\(name)`", at: Label(place),
            help: (nearest.map { ["did you mean `\($0)`?"] } ?? [])
                + ["the methods are " + names.map { "`\($0)`" }.joined(separator: ", ")])
    }

    static func wrongParameter(_ method: ProjectionMethod, at place: Location) -> Diagnostic {
        let names = method.writtenParameters.map { "`\($0.label)`" }.joined(separator: ", ")
        return Diagnostic(
            .wrongProjection, "`\(method.label)` has no such parameter, or has it already", at: Label(place),
            help: ["its parameters are \(names), each once; those left out are fitted to the data"])
    }

    package static func dataNotSeries(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "the data of a projection are a series", at: Label(place),
            help: ["write `data: [2022: 282.6M, 2023: 309.4M] phone/yr`, or the name of a series"])
    }

    package static func dataByStep(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "the data of a projection are a series, and this is reckoned step by step",
            at: Label(place),
            help: [
                "a series is one still times, or divided by, what is the same at all times: `sold * 60%`",
                "of anything else write out the values: `data: [2022: 282.6M, 2023: 309.4M] phone/yr`",
            ])
    }

    package static func openDatum(at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "a datum belongs to a period with two ends", at: Label(place),
            help: ["write the period that it was measured in, such as `2023: 309.4M`"])
    }

    package static func changingParameter(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .wrongProjection, "`\(name)` of a projection is the same at all times, and this varies over time",
            at: Label(place), help: ["read it at a time: `rate[2024]`; or use `growing`, whose rate may change"])
    }
}
