import ReuseSyntax

/// Stocks: each field becomes a declaration named by its path (`in_use.inflow`), and so does each result
/// (`in_use.retired`). The level has the stock's own name. One declaration between them stands for the cohorts.
struct StockCollector: Collector {
    let statements: [TextNode]
    var model = Model()
    var problems = Problems()
    private(set) var parts = StatementParts()

    mutating func collect() {
        for place in statements { collectStock(place) }
    }

    private mutating func collectStock(_ place: TextNode) {
        let module = place.module
        let tree = model.tree(module)
        let statement = tree.namedBlock(place.node)
        let symbol = tree.name(statement.name)
        guard let level = declare(.stockResult, symbol, at: place.node, in: module) else { return }
        var stock = Stock(node: place.node, name: statement.name, module: module, symbol: symbol)
        collectFields(statement.block, of: &stock)
        checkFields(of: stock, at: model.nameLocation(level))
        let number = Int32(model.stocks.count)
        for field in StockField.allCases where !stock[field].isNone {
            settle(stock[field], field.rawValue, of: number)
        }
        let path = model.symbols[stock.symbol]
        stock.cohorts = model.declareHidden(
            .cohorts, path + ".lifetime", value: stock.lifetime, at: place.node, in: module)
        model[stock.cohorts].number = number
        for kind in StockResult.allCases {
            // What is a field already is read there.
            if kind == .inflow, !stock[.inflow].isNone { continue }
            if kind == .outflow, !stock[.outflow].isNone { continue }
            if stock.lifetime.isNone, kind.needsAges { continue }
            let id =
                kind == .level
                ? level
                : model.declareHidden(.stockResult, path + "." + kind.name, at: place.node, in: module)
            settle(id, kind.rawValue, of: number)
            stock.results.append(Stock.Result(kind: kind, declaration: id))
        }
        let base = model.modules[Int(module)].nodeBase
        // Inside its own fields the stock is what it is at the start of the step.
        parts.ownNames[base + place.node.rawValue] = [(stock.symbol, stock.declaration(of: .opening))]
        let fields = StockField.allCases.map { stock[$0] }.filter { !$0.isNone }
        parts.fields[base + place.node.rawValue] = fields + (stock.lifetime.isNone ? [] : [stock.cohorts])
        model.stocks.append(stock)
    }

    /// Tells a field or a result which one it is, and of which stock.
    private mutating func settle(_ id: DeclarationID, _ which: UInt8, of stock: Int32) {
        model[id].number = Int32(which)
        model[id].subject = stock
    }

    private mutating func collectFields(_ block: NodeID, of stock: inout Stock) {
        let module = stock.module
        let tree = model.tree(module)
        let (entries, repeated) = model.fieldEntries(of: block, in: module)
        problems.report(repeated)
        for entry in entries {
            let (label, value) = (entry.label, entry.value)
            if !entry.at.isNone { report(.atOutsideQuantity(label, at: model.location(entry.at, in: module))) }
            let word = tree[value].kind == .name ? model.symbols[tree.name(value)] : ""
            func unknown(_ choice: StockChoice) {
                report(.unknownChoice(label, choice.words, at: model.location(value, in: module)))
            }
            switch StockChoice.allCases.first(where: { $0.label == label }) {
            case .lifetime: stock.lifetime = value
            case .arrives:
                guard let arrival = Stock.Arrival.allCases.first(where: { $0.word == word }) else {
                    unknown(.arrives)
                    continue
                }
                stock.arrives = arrival
            case .onShrink:
                guard let choice = Stock.OnShrink.allCases.first(where: { $0.word == word }) else {
                    unknown(.onShrink)
                    continue
                }
                stock.onShrink = choice
            case nil:
                guard let field = StockField.allCases.first(where: { $0.label == label }) else {
                    report(
                        .noSuchField(
                            label, of: "a stock", labels: Stock.labels, at: model.location(entry.node, in: module),
                            nearest: nearest(to: label, among: Stock.labels)))
                    continue
                }
                if field == .inflow { collectAged(value, of: &stock) }
                let path = model.symbols[stock.symbol] + "." + field.label
                stock[field] = model.declareHidden(.stockField, path, value: value, at: entry.node, in: module)
            }
        }
    }

    /// Terms of an inflow that enter at an age: summands, also in parentheses.
    private mutating func collectAged(_ value: NodeID, of stock: inout Stock) {
        let tree = model.tree(stock.module)
        let base = model.modules[Int(stock.module)].nodeBase
        var pending = [value]
        while let id = pending.popLast() {
            let node = tree[id]
            switch node.kind {
            case .paren: pending.append(tree.operand(node))
            case .aged:
                let aged = tree.aged(node)
                stock.aged.append(Stock.Aged(value: aged.value, age: aged.age))
                parts.aged.insert(base + id.rawValue)
            case .sum:
                let chain = tree.chain(node)
                for (position, raw) in chain.operands.enumerated()
                where position == 0 || chain.sign(before: position) == .add {
                    pending.append(raw)
                }
            default: continue
            }
        }
        // In the order in which they are written.
        stock.aged.sort { $0.value.rawValue < $1.value.rawValue }
    }

    private mutating func checkFields(of stock: Stock, at place: Location) {
        let path = model.symbols[stock.symbol]
        func at(_ field: StockField) -> Location { model.location(model[stock[field]].node, in: stock.module) }
        if stock[.inflow].isNone, stock[.level].isNone, stock[.outflow].isNone, stock[.initial].isNone {
            report(.fieldMissing("inflow", of: "stock", at: place, example: "inflow: 40M phone/yr"))
        }
        if !stock[.inflow].isNone, !stock[.level].isNone {
            report(.inflowAndLevel(path, at: at(.level), other: at(.inflow)))
        }
        if stock.lifetime.isNone {
            if !stock[.initialAge].isNone { report(.needsLifetime("initial_age", at: at(.initialAge))) }
            if let aged = stock.aged.first {
                report(.needsLifetime("aged", at: model.location(aged.age, in: stock.module)))
            }
        } else if stock[.initial].isNone, !stock[.initialAge].isNone {
            report(.ageWithoutInitial(at: at(.initialAge)))
        }
    }
}

extension Model {
    /// Edges between a stock's cohorts, what they read and what reads them.
    mutating func connectStocks() {
        for stock in stocks {
            func edge(_ target: DeclarationID, _ reach: DependencyEdge.Reach) -> DependencyEdge {
                DependencyEdge(target: target, reach: reach, node: stock.name, module: stock.module)
            }
            let own = Array(reads(of: stock.cohorts))
            var first = edges.count
            edges += own
            for field in StockField.allCases where !stock[field].isNone {
                edges.append(edge(stock[field], .instant))
            }
            setEdges(of: stock.cohorts, from: first)
            for result in stock.results {
                first = edges.count
                if result.kind == .opening {
                    if !stock[.initial].isNone { edges.append(edge(stock[.initial], .instant)) }
                    edges.append(edge(stock.declaration(of: .level), .delayed))
                } else {
                    edges.append(edge(stock.cohorts, .instant))
                }
                setEdges(of: result.declaration, from: first)
            }
        }
    }

    /// Whether policies can patch a field of a stock.
    func isPatchable(_ id: DeclarationID) -> Bool {
        stockField(of: id)?.varies ?? false
    }

    /// The stock that a field, result or the cohorts belong to.
    public func stock(of id: DeclarationID) -> Int? {
        let declaration = self[id]
        let number = Int(declaration.kind == .cohorts ? declaration.number : declaration.subject)
        return stocks.indices.contains(number) ? number : nil
    }

    @inlinable @inline(__always)
    public func stockField(of id: DeclarationID) -> StockField? {
        self[id].kind == .stockField ? StockField(rawValue: UInt8(truncatingIfNeeded: self[id].number)) : nil
    }

    @inlinable @inline(__always)
    public func stockResult(of id: DeclarationID) -> StockResult? {
        self[id].kind == .stockResult ? StockResult(rawValue: UInt8(truncatingIfNeeded: self[id].number)) : nil
    }
}
