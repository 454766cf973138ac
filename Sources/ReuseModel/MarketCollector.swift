import ReuseSyntax

/// The markets that a route joins, by number.
struct RouteEnds: Hashable {
    var from: Int
    var to: Int
}

/// Markets, supplies and routes: each field becomes a declaration of its own, named by its path (`Europe.tax`), and so
/// does each result (`Europe.price`). One declaration between them stands for clearing.
struct MarketCollector: Collector {
    let statements: [TextNode]
    /// Indexes that are like one that is not known yet.
    let likes: [TextNode]
    var model = Model()
    var problems = Problems()
    private(set) var parts = StatementParts()
    var routeNumbers: [RouteEnds: Int] = [:]
    var saysTooManyRoutes = false

    mutating func collect() {
        collectMarkets()
        // Some have the members of `markets`, `supplies` or `routes`.
        declareLikeIndexes(likes, isLast: true)
    }

    private mutating func collectMarkets() {
        for place in statements where model.tree(place.module)[place.node].kind == .market { collectMarket(place) }
        for place in statements where model.tree(place.module)[place.node].kind == .supply { collectSupply(place) }
        for place in statements where model.tree(place.module)[place.node].kind == .routeDeclaration {
            collectRoutes(place)
        }
        guard let first = statements.first?.module else { return }
        if model.network.markets.isEmpty { return }
        declareClearing(in: model.home(of: first))
    }

    // MARK: What there is

    private mutating func collectMarket(_ place: TextNode) {
        let tree = model.tree(place.module)
        let statement = tree.namedBlock(place.node)
        let name = tree.name(statement.name)
        if model.symbols[name] == Network.anyMarket {
            report(.marketCalledAny(at: model.location(statement.name, in: place.module)))
            return
        }
        guard let declaration = declare(.market, name, at: place.node, in: place.module) else { return }
        model[declaration].number = Int32(model.network.markets.count)
        var market = Network.Market(declaration: declaration)
        let owner = FieldOwner(kind: .market, path: model.symbols[name], place: place)
        let fields = collectFields(statement.block, owner)
        market.fields = fields.fields
        market.curve = curve(fields, owner, .demand, .demandPrice, .demandElasticity)
        settle(fields.fields, Int(model[declaration].number))
        model.network.markets.append(market)
    }

    private mutating func collectSupply(_ place: TextNode) {
        let tree = model.tree(place.module)
        let statement = tree.supply(place.node)
        let name = tree.name(statement.name)
        guard let declaration = declare(.supply, name, at: place.node, in: place.module) else { return }
        let owner = FieldOwner(kind: .supply, path: model.symbols[name], place: place)
        let market = self.market(statement.market, in: place.module)
        let fields = collectFields(statement.block, owner)
        guard let market else { return }
        guard let curve = curve(fields, owner, .volume, .volumePrice, .supplyElasticity) else {
            report(
                .fieldMissing(
                    "volume", of: "supply", at: model.nameLocation(declaration), example: "volume: 10M phone/yr"))
            return
        }
        model[declaration].number = Int32(model.network.supplies.count)
        settle(fields.fields, model.network.supplies.count)
        model.network.supplies.append(
            Network.Supply(declaration: declaration, market: market, curve: curve, fields: fields.fields))
    }

    private mutating func collectRoutes(_ place: TextNode) {
        let tree = model.tree(place.module)
        let statement = tree.routes(place.node)
        guard let from = market(statement.from, in: place.module) else { return }
        for (position, child) in statement.to.enumerated() {
            guard model.network.routes.count < Limits.marketsAndRoutes else {
                if !saysTooManyRoutes {
                    saysTooManyRoutes = true
                    report(
                        .limit(
                            "a model may have at most \(Limits.marketsAndRoutes) routes",
                            at: model.location(child, in: place.module))
                    )
                }
                return
            }
            guard let to = market(child, in: place.module) else { continue }
            let path = "\(marketName(from)) -> \(marketName(to))"
            if from == to {
                report(.routeToItself(marketName(from), at: model.location(child, in: place.module)))
                continue
            }
            if let number = routeNumbers[RouteEnds(from: from, to: to)] {
                let known = model.network.routes[number]
                report(
                    .redefinedRoute(
                        path, at: model.location(child, in: place.module),
                        first: model.location(known.node, in: known.module)))
                continue
            }
            let owner = FieldOwner(kind: .route, path: path, place: place)
            var route = Network.Route(
                from: from, to: to, symbol: model.symbols.intern(path), node: place.node, module: place.module)
            // Routes that are declared together have fields of their own, each with its own draws.
            if !statement.block.isNone {
                route.fields = collectFields(statement.block, owner, reports: position == 0).fields
            }
            routeNumbers[RouteEnds(from: from, to: to)] = model.network.routes.count
            settle(route.fields, model.network.routes.count)
            model.network.routes.append(route)
        }
    }

    /// Tells fields which market, supply or route has them.
    private mutating func settle(_ fields: Network.Fields, _ subject: Int) {
        for id in fields.given { model[id].subject = Int32(clamping: subject) }
    }

    private func marketName(_ number: Int) -> String { model.name(model.network.markets[number].declaration) }

    private mutating func market(_ id: NodeID, in module: Int32) -> Int? {
        let symbol = model.tree(module).name(id)
        let found = model.find(symbol, in: module)
        if !found.isNone, model[found].kind == .market, model[found].number >= 0 { return Int(model[found].number) }
        let names = model.network.markets.map { model.name($0.declaration) }
        let name = model.symbols[symbol]
        report(
            .unknownName(
                name, at: model.location(id, in: module), nearest: nearest(to: name, among: names),
                hint: "declare it: `market \(name) { demand: 10M phone/yr at 100 USD/phone, elasticity: -1 }`"))
        return nil
    }

    // MARK: Fields

    private struct FieldOwner {
        var kind: MarketOwner
        /// `Europe`, or `China -> Africa`.
        var path: String
        var place: TextNode

        var words: String {
            switch kind {
            case .market: "a market"
            case .supply: "a supply"
            case .route, .whole: "a route"
            }
        }
    }

    private struct CollectedFields {
        var fields = Network.Fields()
        /// The word behind `form`, if any.
        var form = NodeID.none
        /// One of them is nothing that is known.
        var hasUnknown = false
    }

    /// Declares the fields of a block.
    private mutating func collectFields(
        _ block: NodeID, _ owner: FieldOwner, reports: Bool = true
    ) -> CollectedFields {
        let module = owner.place.module
        var result = CollectedFields()
        let (entries, repeated) = model.fieldEntries(of: block, in: module)
        if reports { problems.report(repeated) }
        for entry in entries {
            if entry.label == "form", owner.kind != .route {
                result.form = entry.value
                continue
            }
            guard let field = MarketField.field(entry.label, of: owner.kind) else {
                result.hasUnknown = true
                if reports {
                    let labels = MarketField.labels(of: owner.kind)
                    report(
                        .noSuchField(
                            entry.label, of: owner.words, labels: labels, at: model.location(entry.node, in: module),
                            nearest: nearest(to: entry.label, among: labels)))
                }
                continue
            }
            result.fields[field] = declareField(field, entry.value, entry.node, owner)
            guard !entry.at.isNone else { continue }
            if field == .demand || field == .volume {
                let priceField: MarketField = field == .demand ? .demandPrice : .volumePrice
                result.fields[priceField] = declareField(priceField, entry.at, entry.node, owner)
            } else if reports {
                report(.atOutsideQuantity(entry.label, at: model.location(entry.at, in: module)))
            }
        }
        return result
    }

    private mutating func declareField(
        _ field: MarketField, _ value: NodeID, _ node: NodeID, _ owner: FieldOwner
    ) -> DeclarationID {
        let id = model.declareHidden(
            .field, owner.path + "." + field.path, value: value, at: node, in: owner.place.module)
        model[id].number = Int32(field.rawValue)
        let base = model.modules[Int(owner.place.module)].nodeBase
        parts.fields[base + owner.place.node.rawValue, default: []].append(id)
        return id
    }

    /// The form of a curve; nil where there is none.
    private mutating func curve(
        _ collected: CollectedFields, _ owner: FieldOwner, _ quantity: MarketField, _ price: MarketField,
        _ elasticity: MarketField
    ) -> Network.Curve? {
        let (fields, form) = (collected.fields, collected.form)
        let module = owner.place.module
        let tree = model.tree(module)
        var curve = Network.Curve.isoelastic
        if !form.isNone {
            let word = tree[form].kind == .name ? model.symbols[tree.name(form)] : ""
            if word == "linear" {
                curve = .linear
            } else if word != "isoelastic" {
                report(.unknownForm(at: model.location(form, in: module)))
            }
        }
        if fields[quantity].isNone {
            if !fields[elasticity].isNone, owner.kind == .market {
                report(
                    .fieldMissing(
                        "demand", of: "market", at: model.location(model[fields[elasticity]].node, in: module),
                        example: "demand: 10M phone/yr at 100 USD/phone"))
            }
            return nil
        }
        switch (fields[price].isNone, fields[elasticity].isNone) {
        case (true, true): return .fixed
        case (false, false): return curve
        // It may be what was misspelt.
        case _ where collected.hasUnknown: return .fixed
        case (true, false):
            report(
                .elasticityWithoutPrice(
                    quantity.label, at: model.location(model[fields[elasticity]].node, in: module),
                    also: model.location(model[fields[quantity]].node, in: module)))
        case (false, true):
            report(
                .priceWithoutElasticity(
                    quantity.label, at: model.location(model[fields[price]].value, in: module),
                    isDemand: quantity == .demand)
            )
        }
        return curve
    }

    // MARK: Results

    private mutating func declareClearing(in home: Int32) {
        let root = model.modules[Int(home)].whole
        model.network.clearing = model.declareHidden(.clearing, "market clearing", at: root, in: home)
        let owners: [(MarketOwner, String)] = [(.market, "markets"), (.supply, "supplies"), (.route, "routes")]
        for (owner, word) in owners {
            declareIndex(owner, word, in: home)
            for kind in ClearedResult.results(of: owner) {
                for subject in 0..<model.network.count(of: owner) {
                    declareResult(kind, subject, model.place(of: owner, subject), in: home)
                }
                guard model.network.indexes[Int(owner.rawValue)] >= 0 else { continue }
                let gathered = model.declareHidden(.gathered, word + "." + kind.name, at: root, in: home)
                model[gathered].number = Int32(kind.rawValue)
            }
        }
        let welfare = model.symbols.intern("welfare")
        if model.modules[Int(home)].scope[welfare].isNone {
            let id = declareResult(.totalWelfare, -1, TextNode(root, in: home), in: home)
            model.modules[Int(home)].scope[welfare] = id
        }
    }

    @discardableResult
    private mutating func declareResult(
        _ kind: ClearedResult, _ subject: Int, _ place: TextNode, in home: Int32
    ) -> DeclarationID {
        let name = kind.owner == .whole ? kind.name : model.path(of: kind.owner, subject) + "." + kind.name
        let symbol = model.symbols.intern(name)
        let id = DeclarationID(Int32(model.declarations.count))
        model.declarations.append(
            Declaration(
                kind: .result, module: place.module, node: place.node, symbol: symbol,
                number: Int32(model.network.results.count)))
        if kind.owner != .whole { model.modules[Int(home)].scope[symbol] = id }
        model.network.append(Network.Result(kind: kind, subject: subject, declaration: id))
        return id
    }

    /// `markets`, `supplies` and `routes` are indexes, unless the script has names of its own for other things.
    private mutating func declareIndex(_ owner: MarketOwner, _ word: String, in home: Int32) {
        let symbol = model.symbols.intern(word)
        let count = model.network.count(of: owner)
        guard count > 0, model.modules[Int(home)].scope[symbol].isNone else { return }
        let members = (0..<count).map { model.symbols.intern(model.path(of: owner, $0)) }
        let id = model.declareHidden(.index, word, at: model.modules[Int(home)].whole, in: home)
        guard let number = addIndex(id, at: nil, reportingAt: place(of: owner)) else { return }
        for member in members { model.addMember(member, to: number) }
        model.network.indexes[Int(owner.rawValue)] = number
    }

    /// Where the first market, supply or route stands.
    private func place(of owner: MarketOwner) -> Location? {
        switch owner {
        case .market: model.network.markets.first.map { model.nameLocation($0.declaration) }
        case .supply: model.network.supplies.first.map { model.nameLocation($0.declaration) }
        case .route, .whole: model.network.routes.first.map { model.location($0.node, in: $0.module) }
        }
    }
}

extension Model {
    /// Where a market, supply or route is declared, and as what paths begin with it.
    func place(of owner: MarketOwner, _ subject: Int) -> TextNode {
        switch owner {
        case .market:
            let declaration = self[network.markets[subject].declaration]
            return TextNode(declaration.node, in: declaration.module)
        case .supply:
            let declaration = self[network.supplies[subject].declaration]
            return TextNode(declaration.node, in: declaration.module)
        case .route: return TextNode(network.routes[subject].node, in: network.routes[subject].module)
        case .whole: return TextNode(modules[0].whole, in: 0)
        }
    }

    func path(of owner: MarketOwner, _ subject: Int) -> String {
        switch owner {
        case .market: name(network.markets[subject].declaration)
        case .supply: name(network.supplies[subject].declaration)
        case .route: symbols[network.routes[subject].symbol]
        case .whole: ""
        }
    }
}

extension Resolver {
    /// What a path such as `Europe.price`, `trade_in.volume.price` or `markets.flow` stands for; nil where its base is
    /// nothing of the markets.
    func marketPath(_ node: Node, in module: Int32, _ base: Int) -> DeclarationID? {
        guard
            !model.network.isEmpty || !model.policies.isEmpty || !model.stocks.isEmpty || hasData
        else { return nil }
        let tree = model.tree(module)
        let member = tree.member(node)
        let child = tree[member.base]
        let start: String
        switch child.kind {
        case .route: start = "\(model.symbols[tree.route(child).from]) -> \(model.symbols[tree.route(child).to])"
        case .name, .member:
            let raw = model.resolutions[base + Int(member.base.rawValue)]
            guard raw >= 0 else { return nil }
            switch model.declarations[Int(raw)].kind {
            case .market, .supply, .field, .index, .policy: start = model.name(DeclarationID(raw))
            case .stockResult where child.kind == .name: start = model.symbols[tree.name(child)]
            case .data:
                // Its columns stand beside it, which may be in another text.
                let table = model.name(DeclarationID(raw))
                guard let symbol = model.symbols.find(table + "." + model.symbols[member.name]) else {
                    return DeclarationID.none
                }
                return model.scope(of: model.declarations[Int(raw)].module)[symbol]
            default: return nil
            }
        default: return nil
        }
        guard let symbol = model.symbols.find(start + "." + model.symbols[member.name]) else {
            return DeclarationID.none
        }
        return model.find(symbol, in: module)
    }
}

extension Model {
    /// Edges between clearing, what it reads and what reads it.
    mutating func connectMarkets() {
        guard !network.isEmpty else { return }
        func edge(_ target: DeclarationID) -> DependencyEdge {
            let declaration = self[target]
            return DependencyEdge(
                target: target, reach: .instant, node: declaration.node, module: declaration.module)
        }
        var first = edges.count
        for fields in network.markets.map({ $0.fields }) + network.supplies.map({ $0.fields })
            + network.routes.map({ $0.fields })
        {
            for field in MarketField.allCases where !fields[field].isNone { edges.append(edge(fields[field])) }
        }
        setEdges(of: network.clearing, from: first)
        for result in network.results {
            first = edges.count
            // Circles are shown where the market, supply or route is declared.
            var toClearing = edge(result.declaration)
            toClearing.target = network.clearing
            edges.append(toClearing)
            setEdges(of: result.declaration, from: first)
        }
        for index in declarations.indices where declarations[index].kind == .gathered {
            let kind = declarations[index].number
            first = edges.count
            for result in network.results where Int32(result.kind.rawValue) == kind {
                edges.append(edge(result.declaration))
            }
            setEdges(of: DeclarationID(Int32(index)), from: first)
        }
    }

    mutating func setEdges(of id: DeclarationID, from first: Int) {
        edgeStarts[Int(id.rawValue) * 2] = Int32(first)
        edgeStarts[Int(id.rawValue) * 2 + 1] = Int32(edges.count)
    }
}
