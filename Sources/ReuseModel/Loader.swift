import ReuseSyntax

/// Texts and the modules that they use.
func load(_ input: ModelInput, _ watch: Watch) -> Draft {
    var loader = Loader(input: input, watch: watch)
    let exampleHome = loader.loadAll()
    loader.problems.hasSyntaxErrors = !loader.problems.diagnostics.isEmpty
    return Draft(
        model: loader.model, problems: loader.problems, uses: loader.uses, exampleHome: exampleHome,
        isUnfinished: loader.isUnfinished)
}

private struct Loader: Stage {
    let input: ModelInput
    let watch: Watch
    var model = Model()
    var problems = Problems()
    var uses: [Use] = []
    var isUnfinished = false
    /// Modules by path, or by `library:` and name.
    var loaded: [String: Int32] = [:]
    /// What is being loaded, outermost first: a cycle shows as a repetition.
    var loading: [(key: String, name: String)] = []

    /// The text whose examples are run, where it is a library.
    mutating func loadAll() -> Int32? {
        let main = input.statements.isEmpty ? addText() : addStatements()
        let key = input.isFile ? "file:" + input.name : "text:" + input.name
        loaded[key] = main
        loading = [(key, input.name)]
        model.prelude = loadLibrary("prelude") ?? -1
        model.units = loadLibrary("units") ?? -1
        let exampleHome = input.exampleHome.flatMap { loadLibrary($0) }
        for module in model.ownModules { loadUses(of: module) }
        model.script.append(main)
        return exampleHome
    }

    private mutating func addText() -> Int32 {
        add(input.text, name: input.name, path: input.isFile ? input.name : nil, isLibrary: false)
    }

    /// Each statement that was read before as a module, all with the names of the first.
    private mutating func addStatements() -> Int32 {
        if let symbols = input.symbols { model.symbols = symbols }
        var known: Set<SourceID> = []
        for read in input.statements {
            if known.insert(read.source.id).inserted { model.sources.append(read.source) }
            problems.add(read.diagnostics)
            var module = Module(
                name: input.name, tree: read.tree, nodeBase: 0, path: input.isFile ? input.name : nil, isLibrary: false,
                statement: read.statement)
            module.home = 0
            model.modules.append(module)
        }
        model.statementCount = model.modules.count
        model.statementTexts = known.count
        return 0
    }

    private mutating func add(_ bytes: [UInt8], name: String, path: String?, isLibrary: Bool) -> Int32 {
        let id = SourceID(UInt32(clamping: model.sources.count))
        let source = SourceText(id: id, name: name, bytes: bytes)
        model.sources.append(source)
        let result = parse(source, symbols: &model.symbols, watch: watch)
        problems.add(result.diagnostics)
        if model.modules.isEmpty { isUnfinished = result.isUnfinished }
        model.modules.append(Module(name: name, tree: result.tree, nodeBase: 0, path: path, isLibrary: isLibrary))
        return Int32(model.modules.count - 1)
    }

    private mutating func loadLibrary(_ name: String) -> Int32? {
        let key = "library:" + name
        if let known = loaded[key] { return known }
        guard let bytes = input.library(name) else { return nil }
        let module = add(bytes, name: name + ".reuse", path: nil, isLibrary: true)
        loaded[key] = module
        loading.append((key, name))
        loadUses(of: module)
        loading.removeLast()
        return module
    }

    private mutating func loadUses(of module: Int32) {
        let tree = model.tree(module)
        for id in model.modules[Int(module)].statements {
            let node = tree[id]
            switch node.kind {
            case .useModule:
                let useModule = tree.useModule(node)
                let name = model.symbols[useModule.module]
                let key = "library:" + name
                if isBeingLoaded(key, at: id, of: module) { continue }
                guard let target = loadLibrary(name) else {
                    let names = input.libraryNames.filter { $0 != "prelude" && $0 != "units" }
                    report(
                        .unknownModule(
                            name, at: model.nameLocation(name, in: id, of: module),
                            nearest: nearest(to: name, among: names),
                            all: names))
                    problems.unavailable.insert(useModule.module)
                    for id in useModule.names { problems.unavailable.insert(tree.name(id)) }
                    continue
                }
                uses.append(Use(module: module, node: id, target: target))
            case .extend where module > 0 && model.ownModules.contains(module):
                report(.misplacedExtend(at: model.location(id, in: module)))
            case .extend where tree.statements.first != id && model.modules[Int(module)].statement.isNone: continue
            case .useFile, .extend:
                let path = literalText(tree.operand(node), in: tree)
                guard let target = loadFile(path, from: module, at: tree.operand(node)) else {
                    if node.kind == .useFile {
                        problems.unavailable.insert(tree.useFile(node).name)
                    } else {
                        problems.lacksBase = true
                    }
                    continue
                }
                if node.kind == .extend {
                    model.modules[Int(model.home(of: module))].parent = target
                    model.script.append(target)
                } else {
                    uses.append(Use(module: module, node: id, target: target))
                }
            default: continue
            }
        }
    }

    private mutating func loadFile(_ path: String, from module: Int32, at node: NodeID) -> Int32? {
        let place = model.location(node, in: module)
        let full = join(path, toFolderOf: model.modules[Int(module)].path)
        let key = "file:" + full
        if isBeingLoaded(key, at: node, of: module) { return nil }
        if let known = loaded[key] { return known }
        if model.fileCount >= Limits.files {
            report(.limit("a script can be made of at most \(Limits.files) files", at: place))
            return nil
        }
        switch input.readFile(full) {
        case .missing:
            report(.missingFile(full, at: place))
            return nil
        case .unreadable(let reason):
            report(.unreadableFile(full, reason: reason, at: place))
            return nil
        case .closed:
            report(.filesClosed(full, at: place))
            return nil
        case .outside:
            report(.fileOutside(full, at: place))
            return nil
        case .bytes(let bytes):
            let target = add(bytes, name: full, path: full, isLibrary: false)
            loaded[key] = target
            if loading.count > Limits.usesDeep {
                report(.limit("files that use files may nest at most \(Limits.usesDeep) deep", at: place))
                return nil
            }
            loading.append((key, full))
            loadUses(of: target)
            loading.removeLast()
            return target
        }
    }

    private mutating func isBeingLoaded(_ key: String, at node: NodeID, of module: Int32) -> Bool {
        guard let start = loading.firstIndex(where: { $0.key == key }) else { return false }
        let names = loading[start...].map { $0.name } + [loading[start].name]
        report(.importCycle(names, at: model.location(node, in: module)))
        return true
    }
}

/// The text of a literal without interpolation.
func literalText(_ node: NodeID, in tree: SyntaxTree) -> String {
    node.isNone || tree[node].kind != .text ? "" : tree.literal(node)
}

func join(_ path: String, toFolderOf file: String?) -> String {
    guard let file, !path.utf8.starts(with: [0x2F]), let slash = file.utf8.lastIndex(of: 0x2F) else { return path }
    return String(file[...slash]) + path
}

/// A `use`: where it stands and what it loaded.
struct Use {
    var module: Int32
    var node: NodeID
    var target: Int32
}
