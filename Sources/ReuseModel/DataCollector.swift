import ReuseSyntax
import ReuseTables

/// `data ... from`: each table is read while the model is made, since its labels make indexes. Each of its columns becomes
/// a `let` named by its path (`shipped.units`).
struct DataCollector: Collector {
    let input: ModelInput
    let statements: [TextNode]
    let watch: Watch
    var model = Model()
    var problems = Problems()
    private(set) var parts = StatementParts()
    /// Indexes that are like one that is not known yet.
    private(set) var likes: [TextNode]
    /// The texts of tables, by what was asked of which file.
    private(set) var texts: [String: SourceID] = [:]
    /// Indexes that labels of tables made.
    var madeIndexes: Set<Int> = []

    mutating func collect() {
        var tables: [DataTable] = []
        for place in statements where !watch.ask() {
            // What a table that cannot be read would have held is not missed a second time.
            if let table = readData(place) { tables.append(table) } else { problems.lacksTable = true }
        }
        // Labels of all tables first: an index has the members that any of them names. Then those of indexes in other roles.
        for isLike in [false, true] {
            if isLike { likes = declareLikeIndexes(likes, isLast: false) }
            tables = tables.filter { table in
                let isFine = table.labels.allSatisfy {
                    self.isLike($0, table) != isLike || makeIndex($0.field, table, $0.position, like: $0.like)
                }
                if !isFine { problems.lacksTable = true }
                return isFine
            }
        }
        for table in tables where !makeColumns(table) { problems.lacksTable = true }
    }

    /// What a `data` statement says, and the table that it got.
    private struct DataTable {
        struct Value {
            var call: NodeID
            var column: TableRequest.Column
            /// What a missing figure amounts to.
            var fill: Double?
        }

        var module: Int32
        var node: NodeID
        var file = ""
        var source = SourceID(0)
        var table = Table()
        /// The `field` of each index, its place among the table's label columns, and the `name` of the index that it is like.
        var labels: [(field: NodeID, position: Int, like: NodeID?)] = []
        var values: [Value] = []
        var isOverTime = false
        var encoding: TableEncoding?
    }

    // MARK: What a statement says

    private mutating func readData(_ place: TextNode) -> DataTable? {
        let tree = model.tree(place.module)
        let statement = tree.data(place.node)
        let symbol = tree.name(statement.name)
        guard declare(.data, symbol, at: place.node, in: place.module) != nil else { return nil }
        var data = DataTable(module: place.module, node: place.node)
        var request = TableRequest()
        let isFine = readFields(statement.block, model.symbols[symbol], &data, &request)
        // `table "x"` or `query "select ..."`
        let query: (isQuery: Bool, text: String)? =
            statement.selection.isNone ? nil : (statement.isQuery, tree.literal(statement.selection))
        data.file = join(
            tree.literal(statement.path), toFolderOf: model.modules[Int(place.module)].path)
        let key = data.file + "\0" + model.text(place.node, in: place.module)
        if isFine, let known = input.knownTable(key) {
            data.source = SourceID(UInt32(clamping: model.sources.count))
            model.sources.append(SourceText(id: data.source, name: data.file, bytes: []))
            data.table = known
            warnOfUnmet(data)
            return data
        }
        if query != nil, data.encoding != nil {
            report(.encodingOfDatabase(at: model.location(statement.block, in: data.module)))
            return nil
        }
        guard let text = tableText(statement.path, query, &data), isFine else { return nil }
        request.fills = data.values.map { $0.fill }
        if query != nil {
            // The rows of a database come so from whoever reads it.
            request.separator = 0x2C
            request.areNumbersPlain = true
        }
        let result =
            data.file.utf8.suffix(5).elementsEqual(".json".utf8)
            ? readJSON(text, request) { watch.ask() } : readTable(text, request) { watch.ask() }
        switch result {
        case .success(let table):
            if table.lines.isEmpty {
                report(
                    .noFigures(
                        hasFilter: !request.condition.isEmpty,
                        at: model.nameLocation(model.symbols[symbol], in: place.node, of: place.module)))
                return nil
            }
            data.table = table
            warnOfUnmet(data)
            input.keepTable(table, key)
            // Each of so many labels would be made a name, in vain.
            let least = table.labelTexts.reduce(1) { min($0 * max($1.count, 1), Limits.labelCombinations + 1) }
            guard least <= Limits.labelCombinations else {
                report(.tooManyCombinations(at: model.location(place.node, in: place.module)))
                return nil
            }
            return data
        case .failure(.stopped): return nil
        case .failure(let problem):
            reportTable(problem, data, request)
            return nil
        }
    }

    /// The fields of a statement; false where one was reported.
    private mutating func readFields(
        _ block: NodeID, _ name: String, _ data: inout DataTable, _ request: inout TableRequest
    ) -> Bool {
        let module = data.module
        let tree = model.tree(module)
        let (entries, repeated) = model.fieldEntries(of: block, in: module)
        problems.report(repeated)
        var isFine = repeated.isEmpty
        func fail(_ diagnostic: Diagnostic, _ builder: inout DataCollector) {
            builder.report(diagnostic)
            isFine = false
        }
        for entry in entries {
            let (id, label) = (entry.node, entry.label)
            let value = model.location(entry.value, in: module)
            if !entry.at.isNone { fail(.atOutsideQuantity(label, at: model.location(entry.at, in: module)), &self) }
            if let known = readTableField(label, entry.value, tree, &request, &data.encoding) {
                if let (problem, help) = known { fail(.dataField(problem, help: help, at: value), &self) }
                continue
            }
            switch label {
            case "time":
                guard case .heading(let heading)? = columnCall(entry.value, "column", tree) else {
                    fail(.dataField("`time` is a column of periods", help: "time: column(\"Year\")", at: value), &self)
                    continue
                }
                request.time = heading
                data.isOverTime = true
            case "decimal":
                let text = literalText(entry.value, in: tree)
                guard text == "." || text == "," else {
                    fail(.dataField("the decimal mark is a point or a comma", help: "decimal: \",\"", at: value), &self)
                    continue
                }
                request.decimal = text.utf8.first
            case "separator":
                let text = literalText(entry.value, in: tree)
                guard text.utf8.count == 1, let byte = text.utf8.first, byte != 0x22, byte >= 0x20 || byte == 0x09
                else {
                    fail(.dataField("a separator is one character", help: "separator: \";\"", at: value), &self)
                    continue
                }
                request.separator = byte
            default:
                if case .heading(let heading)? = columnCall(entry.value, "labels", tree) {
                    data.labels.append((id, request.labels.count, likeName(entry.value, tree)))
                    request.labels.append(heading)
                    continue
                }
                let first = data.values.count
                for node in tree.subtree(of: entry.value) {
                    guard isColumnCall(node, tree) else { continue }
                    var fill: Double?
                    guard let column = columnCall(node, "column", tree) ?? columnCall(node, "columns", tree),
                        readOptions(of: node, tree, &fill, &request.exceptions)
                    else {
                        fail(.wrongColumn(at: model.location(node, in: module)), &self)
                        continue
                    }
                    if column == .periods {
                        if data.isOverTime || request.time != nil {
                            fail(
                                .dataField(
                                    "with periods as headings there is no column of times",
                                    help: "value: column(\"Value\") * 1 USD", at: value), &self)
                        }
                        data.isOverTime = true
                    }
                    data.values.append(DataTable.Value(call: node, column: column, fill: fill))
                    request.numbers.append(column)
                }
                if isFine, data.values.count == first {
                    fail(
                        .dataField(
                            "`\(label)` names no column",
                            help: "\(label): column(\"\(label)\") * 1 USD`, or `\(label): labels(\"\(label)\")",
                            at: value), &self)
                    continue
                }
                let column = model.declareHidden(.let, name + "." + label, value: entry.value, at: id, in: module)
                let base = model.modules[Int(module)].nodeBase
                parts.fields[base + data.node.rawValue, default: []].append(column)
            }
        }
        if isFine, request.numbers.contains(.periods), request.numbers.count > 1 || request.time != nil {
            fail(
                .dataField(
                    "`columns()` stands alone: a table with periods as headings has one kind of value",
                    help: "read other columns by a statement of their own", at: model.location(block, in: module)),
                &self)
        }
        if isFine, data.values.isEmpty {
            fail(
                .dataField(
                    "nothing is read from this table", help: "value: column(\"Value\") * 1 USD",
                    at: model.location(block, in: module)), &self)
        }
        return isFine
    }

    /// The heading in `column("...")` or `labels("...")`, or the periods of `columns()`.
    func columnCall(_ id: NodeID, _ word: String, _ tree: SyntaxTree) -> TableRequest.Column? {
        var call = tree[id]
        while call.kind == .paren { call = tree[tree.operand(call)] }
        guard call.kind == .call, tree[tree.call(call).callee].kind == .name,
            model.symbols[tree.name(tree.call(call).callee)] == word
        else { return nil }
        let arguments = tree.call(call).arguments
        // `column("Qty", missing: 0)`, `columns(except: "2022 growth")`
        let plain = arguments.filter { tree.argument($0).label == nil }.count
        let option = word == "column" ? "missing" : "except"
        let isKnown =
            word == "labels"
            ? arguments.count == 2 && likeName(id, tree) != nil
            : arguments.allSatisfy { raw in
                tree.argument(raw).label.map { model.symbols[$0] == option } ?? true
            }
        if word == "columns" { return plain == 0 && isKnown ? .periods : nil }
        guard plain == 1, arguments.count == 1 || isKnown, let argument = arguments.first else { return nil }
        let value = tree.argument(argument).value
        return tree[value].kind == .text ? .heading(tree.literal(value)) : nil
    }

    /// The name of the index in `labels("Partner", like: country)`.
    private func likeName(_ id: NodeID, _ tree: SyntaxTree) -> NodeID? {
        var call = tree[id]
        while call.kind == .paren { call = tree[tree.operand(call)] }
        guard call.kind == .call, tree.call(call).arguments.count == 2, let last = tree.call(call).arguments.last else {
            return nil
        }
        let argument = tree.argument(last)
        guard let label = argument.label, model.symbols[label] == "like", tree[argument.value].kind == .name
        else { return nil }
        return argument.value
    }

    /// Whether labels make, or belong to, an index that has the members of another one.
    private func isLike(_ labels: (field: NodeID, position: Int, like: NodeID?), _ data: DataTable) -> Bool {
        if labels.like != nil { return true }
        let symbol = model.tree(data.module).name(labels.field)
        return likes.contains { model.tree($0.module).name($0.node) == symbol }
            || model.indexes.indices.contains { model.indexes[$0].symbol == symbol && model.indexes[$0].root != $0 }
    }

    /// Whether a node calls `column` or `columns`, in whatever way.
    private func isColumnCall(_ id: NodeID, _ tree: SyntaxTree) -> Bool {
        let call = tree[id]
        guard call.kind == .call, tree[tree.call(call).callee].kind == .name else { return false }
        return ["column", "columns", "labels"].contains(model.symbols[tree.name(tree.call(call).callee)])
    }

    /// A text of `where` that no row has: a misspelt one leaves in what it should leave out.
    private mutating func warnOfUnmet(_ data: DataTable) {
        let place = model.nameLocation(model.symbols[fieldName(data)], in: data.node, of: data.module)
        for unmet in data.table.unmet {
            report(
                .unmetText(
                    unmet.text, heading: unmet.heading, nearest: nearest(to: unmet.text, among: unmet.others), at: place
                ))
        }
    }

    // MARK: The text

    /// The table's text, decoded, as a text that messages can point into.
    private mutating func tableText(
        _ path: NodeID, _ query: (isQuery: Bool, text: String)?, _ data: inout DataTable
    ) -> TableText? {
        let place = model.location(path, in: data.module)
        let written = data.encoding.map { "\0\($0.rawValue)" } ?? ""
        let key = data.file + (query.map { "\0\($0.isQuery)\0\($0.text)" } ?? written)
        if let known = texts[key], let source = model.sources.first(where: { $0.id == known }) {
            data.source = known
            return TableText(decoded: source.bytes)
        }
        if model.fileCount >= Limits.files {
            report(.limit("a script can be made of at most \(Limits.files) files", at: place))
            return nil
        }
        let answer: ModelInput.FileAnswer
        if let query {
            answer = input.queryDatabase(data.file, query.isQuery, query.text)
        } else {
            answer = input.readFile(data.file)
        }
        switch answer {
        case .missing: report(.missingFile(data.file, at: place))
        case .unreadable(let reason): report(.unreadableFile(data.file, reason: reason, at: place))
        case .closed: report(.filesClosed(data.file, at: place))
        case .outside: report(.fileOutside(data.file, at: place))
        case .bytes(let bytes):
            if query == nil, bytes.starts(with: Array("SQLite format 3\0".utf8)) {
                report(
                    .unreadableFile(
                        data.file,
                        reason: "it is a database: behind its name write `table \"...\"`, or `query \"select ...\"`",
                        at: place))
                return nil
            }
            if query == nil, let reason = TableText.noTable(bytes) {
                report(.unreadableFile(data.file, reason: reason, at: place))
                return nil
            }
            guard let text = TableText(bytes, query == nil ? data.encoding : nil) else {
                report(
                    .unreadableFile(
                        data.file,
                        reason:
                            "it is not valid in \(data.encoding?.text ?? "its encoding"), which `encoding:` says it is in",
                        at: place))
                return nil
            }
            if query == nil, text.hasNull {
                report(
                    .unreadableFile(
                        data.file, reason: "its encoding is not understood; save it as UTF-8", at: place))
                return nil
            }
            data.source = SourceID(UInt32(clamping: model.sources.count))
            model.sources.append(SourceText(id: data.source, name: data.file, bytes: text.bytes))
            texts[key] = data.source
            return text
        }
        return nil
    }

    private mutating func reportTable(_ problem: TableProblem, _ data: DataTable, _ request: TableRequest) {
        let statement = model.nameLocation(model.symbols[fieldName(data)], in: data.node, of: data.module)
        func at(_ span: TableSpan) -> Location {
            Location(data.source, Span(start: UInt32(span.start), end: UInt32(max(span.end, span.start))))
        }
        report(.table(problem, of: statement, at: at, in: model.sources, dates: request.dates))
    }

    private func fieldName(_ data: DataTable) -> Symbol {
        let tree = model.tree(data.module)
        return tree.name(tree.data(data.node).name)
    }

    // MARK: Indexes

    private mutating func makeIndex(_ field: NodeID, _ data: DataTable, _ position: Int, like: NodeID?) -> Bool {
        let tree = model.tree(data.module)
        let symbol = tree.name(field)
        let texts = data.table.labelTexts[position]
        var number = model.index(named: symbol)
        if let like {
            guard let known = likeIndex(symbol, number, like: like, at: field, in: data.module) else { return false }
            number = known
        }
        if let known = number, !madeIndexes.contains(model.indexes[known].root) {
            let members = model.indexes[known].members.map { model.symbols[$0] }
            for (text, span) in texts where !members.contains(text) && !members.contains(name(ofLabel: text)) {
                report(
                    .labelNotInIndex(
                        text, index: model.symbols[symbol], at: tableLocation(span, data),
                        index: model.nameLocation(model.indexes[known].declaration),
                        nearest: nearest(to: name(ofLabel: text), among: members)))
                return false
            }
            return true
        }
        if number == nil {
            guard let declaration = declare(.index, tree.name(field), at: field, in: data.module),
                let made = addIndex(declaration, at: model.location(field, in: data.module))
            else { return false }
            number = made
            madeIndexes.insert(made)
        }
        guard let number else { return false }
        // All that have the same members in other roles get what is new.
        let root = model.indexes[number].root
        var known: [String: String] = [:]
        for (member, label) in zip(model.indexes[root].members, model.indexes[root].labels) {
            known[model.symbols[member]] = label
        }
        for (text, span) in texts {
            let name = name(ofLabel: text)
            if let other = known[name] {
                if other != text {
                    report(.sameName(text, other, name: name, at: tableLocation(span, data)))
                    return false
                }
                continue
            }
            known[name] = text
            model.addMember(model.symbols.intern(name), label: text, to: root)
        }
        return true
    }

    private func tableLocation(_ span: TableSpan, _ data: DataTable) -> Location {
        Location(data.source, Span(start: UInt32(span.start), end: UInt32(span.end)))
    }

    // MARK: Columns

    /// False where something is wrong, which is reported.
    private mutating func makeColumns(_ data: DataTable) -> Bool {
        let tree = model.tree(data.module)
        // Places of labels among the members of their index, for the indexes in their order.
        var axes: [(index: Int, position: Int, members: [Int])] = []
        for (field, position, _) in data.labels {
            guard let index = model.indexes.firstIndex(where: { $0.symbol == tree.name(field) }) else {
                return false
            }
            var places: [String: Int] = [:]
            for (place, member) in model.indexes[index].members.enumerated() { places[model.symbols[member]] = place }
            var members: [Int] = []
            for (text, _) in data.table.labelTexts[position] {
                guard let place = places[text] ?? places[name(ofLabel: text)] else { return false }
                members.append(place)
            }
            axes.append((index, position, members))
        }
        axes.sort { $0.index < $1.index }
        var combinations = 1
        for axis in axes {
            combinations = min(
                combinations * model.indexes[axis.index].members.count, Limits.labelCombinations + 1)
        }
        guard combinations <= Limits.labelCombinations else {
            report(.tooManyCombinations(at: model.location(data.node, in: data.module)))
            return false
        }
        var combinationOfRow: [Int32] = []
        combinationOfRow.reserveCapacity(data.table.lines.count)
        for row in data.table.lines.indices {
            var combination = 0
            for axis in axes {
                let label = Int(data.table.labels[axis.position][row])
                combination = combination * model.indexes[axis.index].members.count + axis.members[label]
            }
            combinationOfRow.append(Int32(combination))
        }
        for (number, value) in data.values.enumerated() {
            guard
                let lists = points(of: number, value, data, combinationOfRow, combinations)
            else { return false }
            model.columns[model.modules[Int(data.module)].nodeBase + value.call.rawValue] = DataColumn(
                indexes: axes.map { $0.index }, isOverTime: data.isOverTime, periods: data.table.periods, lists: lists,
                source: data.source, name: data.file)
        }
        return true
    }

    /// The points of a column by combination and time; nil where two say what one point is, which is reported.
    private mutating func points(
        of number: Int, _ value: DataTable.Value, _ data: DataTable, _ combinationOfRow: [Int32], _ combinations: Int
    ) -> [[DataColumn.Point]]? {
        let column = value.column
        let values = data.table.numbers[number].values
        let perRow = column == .periods ? data.table.periods.count : 1
        var counts = [Int](repeating: 0, count: combinations)
        for row in combinationOfRow.indices {
            for period in 0..<perRow where !values[row * perRow + period].isNaN {
                counts[Int(combinationOfRow[row])] += 1
            }
        }
        var lists: [[DataColumn.Point]] = counts.map { count in
            var list: [DataColumn.Point] = []
            list.reserveCapacity(count)
            return list
        }
        // The order of periods in time, found once.
        let order = data.table.periods.indices.sorted { data.table.periods[$0].isBefore(data.table.periods[$1]) }
        var rank = [Int](repeating: 0, count: data.table.periods.count)
        for (place, period) in order.enumerated() { rank[period] = place }
        for row in combinationOfRow.indices {
            for period in 0..<perRow {
                let value = values[row * perRow + period]
                if value.isNaN { continue }
                let time = column == .periods ? Int32(period) : data.table.times.isEmpty ? 0 : data.table.times[row]
                lists[Int(combinationOfRow[row])].append(
                    DataColumn.Point(period: time, line: data.table.lines[row], value: value))
            }
        }
        for combination in lists.indices {
            if data.isOverTime {
                var isSorted = true
                for place in lists[combination].indices.dropFirst()
                where rank[Int(lists[combination][place].period)] <= rank[Int(lists[combination][place - 1].period)] {
                    isSorted = false
                }
                if !isSorted {
                    lists[combination].sort {
                        (rank[Int($0.period)], $0.line) < (rank[Int($1.period)], $1.line)
                    }
                }
            }
            for place in lists[combination].indices.dropFirst() {
                let (a, b) = (lists[combination][place - 1], lists[combination][place])
                if data.isOverTime, !data.table.periods[Int(b.period)].overlaps(data.table.periods[Int(a.period)]) {
                    continue
                }
                reportDuplicate(a, b, data, combination)
                return nil
            }
        }
        guard let fill = value.fill else { return lists }
        guard combinations * max(order.count, 1) <= Limits.filledFigures else {
            report(
                .limit(
                    "a table that is filled up can have at most \(Limits.inWords(Limits.filledFigures)) figures",
                    at: model.location(value.call, in: data.module)))
            return nil
        }
        for combination in lists.indices { self.fill(&lists[combination], with: fill, data, order) }
        return lists
    }

    /// Sets a value wherever a list has none: at each of the table's periods that none of its points overlaps.
    private func fill(_ list: inout [DataColumn.Point], with value: Double, _ data: DataTable, _ order: [Int]) {
        guard data.isOverTime else {
            if list.isEmpty { list.append(DataColumn.Point(period: 0, line: 0, value: value)) }
            return
        }
        let periods = data.table.periods
        var result: [DataColumn.Point] = []
        var next = 0
        for period in order {
            // The points that begin before it, and the one behind.
            while next < list.count, !periods[period].isBefore(periods[Int(list[next].period)]) {
                result.append(list[next])
                next += 1
            }
            let before = result.last.map { periods[Int($0.period)].overlaps(periods[period]) } ?? false
            let behind = next < list.count && periods[Int(list[next].period)].overlaps(periods[period])
            if !before, !behind { result.append(DataColumn.Point(period: Int32(period), line: 0, value: value)) }
        }
        list = result + list[next...]
    }

    private mutating func reportDuplicate(
        _ first: DataColumn.Point, _ second: DataColumn.Point, _ data: DataTable, _ combination: Int
    ) {
        let tree = model.tree(data.module)
        var words: [String] = []
        if data.isOverTime {
            let (a, b) = (data.table.periods[Int(first.period)].text, data.table.periods[Int(second.period)].text)
            words.append(a == b ? a : "\(b), which is part of \(a)")
        }
        var rest = combination
        let indexes = data.labels.compactMap { label in
            model.indexes.firstIndex { $0.symbol == tree.name(label.field) }
        }.sorted()
        var labels: [String] = []
        for index in indexes.reversed() {
            let count = model.indexes[index].members.count
            labels.insert(model.label(ofMember: rest % count, of: index), at: 0)
            rest /= count
        }
        words += labels
        report(
            .duplicatePoint(
                words, at: line(second.line, of: data), first: line(first.line, of: data),
                hasLabels: !data.labels.isEmpty))
    }

    /// A line of a table, found anew.
    private func line(_ number: Int32, of data: DataTable) -> Location {
        guard let source = model.sources.first(where: { $0.id == data.source }) else {
            return model.location(data.node, in: data.module)
        }
        let span = source.bytes.withUnsafeBufferPointer { tableLine(number, in: $0) }
        return Location(data.source, Span(start: UInt32(span.start), end: UInt32(span.end)))
    }
}

extension Model {
    /// The text of a table is kept where a message points into it; its figures are in the model.
    mutating func releaseTables(_ texts: [SourceID], shownIn diagnostics: [Diagnostic]) {
        let shown = Set(
            diagnostics.flatMap { diagnostic in
                ([diagnostic.primary].compactMap { $0 } + diagnostic.secondary).map { $0.location.source }
            })
        for index in sources.indices where texts.contains(sources[index].id) {
            let source = sources[index]
            if !shown.contains(source.id) {
                sources[index] = SourceText(id: source.id, name: source.name, bytes: [])
            }
        }
    }
}
