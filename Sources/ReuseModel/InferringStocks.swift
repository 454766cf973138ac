import ReuseSyntax

/// Types of what stocks are made of and of lifetimes.
extension ModelBuilder {
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
            inferByAge(declaration.value.rawValue)
        } else {
            let type = infer(declaration.value.rawValue, expecting: wanted)
            require(type, toBe: wanted, at: declaration.value.rawValue, because: nil, as: reason)
        }
        settlePending()
        if let known = declaration.inferredType { _ = model.types.unify(known, wanted) }
        model.declarations[Int(id.rawValue)].type = wanted
    }

    mutating func inferStockResult(_ id: DeclarationID) {
        let declaration = model[id]
        guard let number = model.stock(of: id) else { return }
        if declaration.kind == .cohorts {
            model.declarations[Int(id.rawValue)].type = .number
            guard !declaration.value.isNone else { return }
            enter(declaration.valueModule)
            let raw = model.nodeTypes[Int(nodeBase + declaration.value.rawValue)]
            if raw >= 0 { return }
            let type = infer(declaration.value.rawValue)
            if model.lifetime(declaration.value, in: declaration.valueModule) == nil, type != .unknown {
                report(.notALifetime(at: location(declaration.value, in: module)))
            }
            settlePending()
            return
        }
        guard let kind = model.stockResult(of: id) else { return }
        let (own, _) = type(of: kind.measure, stock: number)
        model.declarations[Int(id.rawValue)].type = kind == .byAge ? model.types.list(own) : own
    }

    /// `[0 yr: 100%, 1 yr: 96%]`: ages and shares.
    private mutating func inferByAge(_ id: Int32) {
        let node = tree.nodes[Int(id)]
        guard let duration = durationType else { return }
        for raw in tree.children(node.a, node.b) {
            let item = tree.nodes[Int(raw)]
            if tree.nodes[Int(item.a)].kind == .keyRange {
                report(.notAnAge(at: location(NodeID(item.a), in: module)))
            } else {
                require(infer(item.a), toBe: duration, at: item.a, because: nil, as: "an age is")
            }
            require(infer(item.b), toBe: .number, at: item.b, because: nil, as: "a share is")
        }
        model.nodeTypes[Int(nodeBase + id)] = TypeID.number.rawValue
    }

    /// A lifetime is the share of what entered that is still there, by age.
    mutating func inferLifetime(_ builtin: Builtin, _ arguments: [Int32], _ id: Int32) -> TypeID {
        guard let duration = durationType else { return .unknown }
        let result = model.types.function([duration], result: .number)
        let labels = arguments.map { raw in
            let label = tree.nodes[Int(raw)].a
            return label >= 0 ? model.symbols[Symbol(label)] : ""
        }
        for raw in arguments where tree.nodes[Int(raw)].c >= 0 {
            report(.noReductionHere(builtin.rawValue, at: location(NodeID(raw), in: module)))
        }
        guard let (form, places) = LifetimeForm.of(builtin, labels: labels) else {
            report(.wrongLifetime(builtin, at: location(NodeID(id), in: module)))
            return result
        }
        for (name, place) in zip(form.parameters, places) {
            let value = tree.nodes[Int(arguments[place])].b
            if form == .survival {
                if tree.nodes[Int(value)].kind == .keyed {
                    inferByAge(value)
                } else {
                    report(.wrongLifetime(builtin, at: location(NodeID(value), in: module)))
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
        guard tree.nodes[Int(node.a)].kind == .name else { return false }
        let raw = model.resolutions[Int(nodeBase + node.a)]
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
