import ReuseSyntax

/// Types of what stocks are made of and of lifetimes.
extension TypeChecker {
    /// The type of a measure of a stock, and why.
    private mutating func type(of measure: StockMeasure, stock number: Int) -> (TypeID, String) {
        let name = model.symbols[model.stocks[number].symbol]
        switch measure {
        case .goods: return (goodsTypes[number], "what `\(name)` holds is")
        case .flow:
            guard let goods = model.types.dimension(goodsTypes[number]),
                let time = durationType.flatMap({ model.types.dimension($0) })
            else { return (.unknown, "") }
            return (
                model.types.number(model.types.dimensions.quotient(goods, time)), "what flows in or out of `\(name)` is"
            )
        case .age: return (durationType ?? .unknown, "an age is")
        }
    }

    mutating func inferStockField(_ id: DeclarationID) {
        guard let number = model.stock(of: id), let field = model.stockField(of: id) else { return }
        let declaration = model[id]
        enter(declaration.valueModule)
        let (wanted, reason) = type(of: field.measure, stock: number)
        if field == .initialAge, tree[declaration.value].kind == .keyed {
            inferByAge(declaration.value)
        } else {
            let type = infer(declaration.value, expecting: wanted)
            require(type, toBe: wanted, at: declaration.value, because: nil, as: reason)
        }
        settlePending()
        if let known = declaration.inferredType { _ = model.types.unify(known, wanted) }
        model[id].type = wanted
    }

    mutating func inferStockResult(_ id: DeclarationID) {
        let declaration = model[id]
        guard let number = model.stock(of: id) else { return }
        if declaration.kind == .cohorts {
            model[id].type = .number
            guard !declaration.value.isNone else { return }
            enter(declaration.valueModule)
            let raw = model.nodeTypes[Int(nodeBase + declaration.value.rawValue)]
            if raw >= 0 { return }
            let type = infer(declaration.value)
            if model.lifetime(declaration.value, in: declaration.valueModule) == nil, type != .unknown {
                report(.notALifetime(at: model.location(declaration.value, in: module)))
            }
            settlePending()
            return
        }
        guard let kind = model.stockResult(of: id) else { return }
        let (own, _) = type(of: kind.measure, stock: number)
        model[id].type = kind == .byAge ? model.types.list(own) : own
    }

    /// `[0 yr: 100%, 1 yr: 96%]`: ages and shares.
    private mutating func inferByAge(_ id: NodeID) {
        let node = tree[id]
        guard let duration = durationType else { return }
        for raw in tree.elements(node) {
            let item = tree.keyedItem(raw)
            if tree[item.key].kind == .keyRange {
                report(.notAnAge(at: model.location(item.key, in: module)))
            } else {
                require(infer(item.key), toBe: duration, at: item.key, because: nil, as: "an age is")
            }
            require(infer(item.value), toBe: .number, at: item.value, because: nil, as: "a share is")
        }
        model.nodeTypes[Int(nodeBase + id.rawValue)] = TypeID.number.rawValue
    }

    /// A lifetime is the share of what entered that is still there, by age.
    mutating func inferLifetime(_ builtin: Builtin, _ arguments: [NodeID], _ id: NodeID) -> TypeID {
        guard let duration = durationType else { return .unknown }
        let result = model.types.function([duration], result: .number)
        let labels = arguments.map { tree.argument($0).label.map { model.symbols[$0] } ?? "" }
        for raw in arguments where !tree.argument(raw).reduction.isNone {
            report(.noReductionHere(builtin.rawValue, at: model.location(raw, in: module)))
        }
        guard let (form, places) = LifetimeForm.of(builtin, labels: labels) else {
            report(.wrongLifetime(builtin, at: model.location(id, in: module)))
            return result
        }
        for (name, place) in zip(form.parameters, places) {
            let value = tree.argument(arguments[place]).value
            if form == .survival {
                if tree[value].kind == .keyed {
                    inferByAge(value)
                } else {
                    report(.wrongLifetime(builtin, at: model.location(value, in: module)))
                }
                continue
            }
            let wanted = name == "shape" ? TypeID.number : duration
            require(infer(value), toBe: wanted, at: value, because: nil, as: "`\(name)` of `\(builtin.rawValue)` is")
        }
        return result
    }

    /// Reports `in_use.something` that is no field or result of the stock; false for anything else.
    mutating func reportsStockPath(_ node: Node, _ name: String, at place: Location) -> Bool {
        let member = tree.member(node)
        guard tree[member.base].kind == .name else { return false }
        let raw = model.resolutions[Int(nodeBase + member.base.rawValue)]
        guard raw >= 0, model.declarations[Int(raw)].kind == .stockResult,
            let number = model.stock(of: DeclarationID(raw))
        else { return false }
        let stock = model.stocks[number]
        var names = StockField.allCases.filter { !stock[$0].isNone }.map { $0.label }
        names += stock.results.map { $0.kind.name }.filter { !$0.isEmpty }
        report(
            .noSuchResult(
                name, of: model.symbols[stock.symbol], names: names, at: place, nearest: nearest(to: name, among: names)
            ))
        return true
    }
}
