import ReuseSyntax

/// Warnings of inputs that nothing reads, and (where asked for) that have no source; errors of unknown sources.
struct InputCheck: Stage {
    let model: Model
    var problems: Problems
    /// Declarations that some other declaration or command names.
    let isUsed: [Bool]

    mutating func run(cites: [TextNode], strictSources: Bool, _ watch: Watch) {
        for cite in cites { checkCite(cite.node, in: cite.module) }
        for index in model.declarations.indices where !watch.stops() {
            let declaration = model.declarations[index]
            // Most declarations of most scripts are none by their kind.
            if declaration.kind == .let, model.projections.isEmpty { continue }
            let id = DeclarationID(Int32(index))
            let isInput = declaration.kind == .assume || isLiteralField(declaration) || model.isProjectionInput(id)
            guard isInput, model.isOfScript(declaration.module) else { continue }
            if declaration.kind == .assume { warnOfArithmetic(in: id) }
            if declaration.kind == .field { warnOfRate(in: id) }
            if declaration.kind == .assume, !isUsed[index] {
                report(.unusedInput(model.name(id), at: model.nameLocation(id)))
            }
            if strictSources, model.cite(of: id) == nil {
                report(.inputWithoutSource(model.name(id), at: model.nameLocation(id)))
            }
        }
    }

    /// A field that is a number with a unit is an input.
    private func isLiteralField(_ declaration: Declaration) -> Bool {
        guard declaration.kind.isField, !declaration.value.isNone else { return false }
        let kind = model.tree(declaration.valueModule)[declaration.value].kind
        return kind == .number || kind == .quantity || kind == .range
    }

    private mutating func checkCite(_ node: NodeID, in module: Int32) {
        let symbol = model.tree(module).name(node)
        let found = model.find(symbol, in: module)
        if !found.isNone, model[found].kind == .source { return }
        let names = namesInScope(of: module).filter { name in
            model.symbols.find(name).map { model.find($0, in: module) }.map { !$0.isNone && model[$0].kind == .source }
                ?? false
        }
        report(
            .unknownSource(
                model.symbols[symbol], at: model.location(node, in: module),
                nearest: nearest(to: model.symbols[symbol], among: names)))
    }
}
