import ReuseSyntax

/// Texts of the host: values of inputs, and examples of documentation.
struct HostTextCollector: Collector {
    let input: ModelInput
    let exampleHome: Int32?
    let watch: Watch
    var model = Model()
    var problems = Problems()

    mutating func collect() {
        applySettings()
        addExamples()
    }

    /// `--set name=value`: the value stands in a text of its own and replaces the right-hand side.
    private mutating func applySettings() {
        for setting in input.settings {
            guard let symbol = model.symbols.find(setting.name) else {
                reportUnknownSetting(setting.name)
                continue
            }
            var found = DeclarationID.none
            for module in model.script.reversed() where found.isNone {
                found = model.modules[Int(module)].scope[symbol]
            }
            guard !found.isNone, model[found].kind == .assume || model[found].kind.isField else {
                reportUnknownSetting(setting.name)
                continue
            }
            let source = SourceText(
                id: SourceID(UInt32(clamping: model.sources.count)), name: "--set \(setting.name)",
                bytes: Array(setting.value.utf8))
            model.sources.append(source)
            let result = parseExpression(source, symbols: &model.symbols)
            problems.add(result.diagnostics)
            guard let statement = result.tree.statements.first, result.diagnostics.isEmpty,
                result.tree[statement].kind == .expressionStatement
            else {
                if result.diagnostics.isEmpty { report(.emptySetting(setting.name)) }
                continue
            }
            let module = add(result.tree, named: source.name, below: model[found].module)
            model[found].value = result.tree.operand(statement)
            model[found].valueModule = module
        }
    }

    private mutating func reportUnknownSetting(_ name: String) {
        var inputs: [String] = []
        for module in model.script {
            for id in model.modules[Int(module)].scope.declarations
            where model[id].kind == .assume || (model[id].kind.isField && !model[id].value.isNone) {
                inputs.append(model.name(id))
            }
        }
        report(.unknownSetting(name, nearest: nearest(to: name, among: inputs), inputs: inputs))
    }

    /// Adds a text that has the names of another one; its number.
    private mutating func add(_ tree: SyntaxTree, named name: String, below parent: Int32) -> Int32 {
        var module = Module(
            name: name, tree: tree, nodeBase: Int32(model.resolutions.count), path: nil, isLibrary: false)
        module.parent = parent
        model.modules.append(module)
        model.resolutions += Array(repeating: -1, count: tree.nodes.count)
        model.nodeTypes += Array(repeating: -1, count: tree.nodes.count)
        return Int32(model.modules.count - 1)
    }

    // MARK: - Examples

    /// Each example is a text of its own in the scope of the text that it documents, with one assertion.
    private mutating func addExamples() {
        guard !input.examples.isEmpty else { return }
        let home = exampleHome ?? model.script.last ?? 0
        model.commands = []
        for example in input.examples {
            let source = SourceText(
                id: SourceID(UInt32(clamping: model.sources.count)), name: example.name,
                bytes: Array(("assert" + example.text).utf8))
            model.sources.append(source)
            let result = parse(source, symbols: &model.symbols, watch: watch)
            problems.add(result.diagnostics)
            let module = add(result.tree, named: source.name, below: home)
            for statement in result.tree.statements {
                let kind = result.tree[statement].kind
                model.commands.append(Command(node: statement, kind: kind, module: module))
            }
        }
    }
}
