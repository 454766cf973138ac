/// Numbers that look random and are a function of the seed alone (Steele, Lea & Flood 2014, SplitMix64).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Writes programs that mean something: typed, small, and with every feature that both evaluators know.
///
/// Most run to the end. About 15% hold one expression that fails at run time, about 5% one whose dimensions disagree.
struct Generator {
    enum Flavour { case valid, failing, mismatched }

    enum Dimension: CaseIterable {
        case pure, phone, money, mass, time, price, flow
    }

    struct Axes: OptionSet {
        let rawValue: UInt8
        static let time = Axes(rawValue: 1)
        static let sample = Axes(rawValue: 2)
        static let grade = Axes(rawValue: 4)
        /// The same members in another role.
        static let twin = Axes(rawValue: 8)
        static let indexes: Axes = [.grade, .twin]
    }

    enum Kind {
        case number(Dimension)
        case boolean
        /// Length where it is known.
        case list(Dimension, count: Int?)
        case record([(field: String, dimension: Dimension)])
    }

    struct Variable {
        var name: String
        var kind: Kind
        var axes: Axes
        /// A literal around which an uncertain value lies.
        var centre: String?
        /// Written over the index, so that it varies there whatever branch is taken.
        var isIndexed = false
        /// An input, whose dimension shows whatever branch is taken.
        var isInput = false
        /// Declared at the top, where values keep all their axes.
        var isGlobal = true
    }

    struct Function {
        var name: String
        var parameters: [(name: String, dimension: Dimension, isOptional: Bool)]
        var result: Dimension
        var axes: Axes
        /// It looks at other steps of what it is given, so it is called where values stand, and not in another function.
        var looksAround = false
    }

    /// An expression with the level of the grammar that it stands on, so that brackets go where they are needed.
    struct Piece {
        var text: String
        var level: Level
        var axes: Axes = []
    }

    enum Level: Int, Comparable {
        case conditional, disjunction, conjunction, comparison, shown, sum, product, prefix, quantity, power, postfix
        static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
    }

    var random: SplitMix64
    let flavour: Flavour
    let isUncertain: Bool
    let horizon: ClosedRange<Int>?
    let hasGrades: Bool
    let hasTwins: Bool
    var variables: [Variable] = []
    var functions: [Function] = []
    var declarations: [String] = []
    /// Whether the expression being written stands in a function, where values are those of one point.
    var isInFunction = false
    private var unused = 0

    static let labels = ["A", "B", "C"]
    static let names = ["x", "y", "price", "weight", "share", "flow", "stock", "cost", "area", "life", "v", "w"]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        let die = Int.random(in: 0..<100, using: &random)
        flavour = die < 15 ? .failing : die < 20 ? .mismatched : .valid
        isUncertain = Int.random(in: 0..<100, using: &random) < 25
        horizon =
            Int.random(in: 0..<100, using: &random) < 40 ? 2024...(2024 + Int.random(in: 0...4, using: &random)) : nil
        hasGrades = Int.random(in: 0..<100, using: &random) < 40
        hasTwins = hasGrades && Int.random(in: 0..<100, using: &random) < 50
    }

    /// The program of a seed.
    static func program(seed: UInt64) -> (text: String, flavour: Flavour, isUncertain: Bool) {
        var generator = Generator(seed: seed)
        return (generator.write(), generator.flavour, generator.isUncertain)
    }

    mutating func write() -> String {
        if isUncertain {
            for _ in 0...pick(1) { declareInput(uncertain: true) }
        }
        for _ in 0...pick(3) { declare() }
        for _ in 0...pick(1) {
            if hasGrades { declareIndexed() }
            if hasTwins { declareOfTwins() }
            if horizon != nil { declareSeries() }
        }
        for _ in 0...pick(5) { declare() }
        var special: Piece?
        switch flavour {
        case .valid: special = chance(25) ? guarded() : nil
        case .failing: special = failing()
        case .mismatched: special = mismatched()
        }
        if let piece = special, chance(40) {
            let name = fresh("odd")
            declarations.append("let \(name) = \(piece.text)")
            special = Piece(text: name, level: .postfix, axes: piece.axes)
        }
        let uncertain = variables.filter { $0.isInput && $0.centre != nil }.map(\.name)
        if uncertain.count > 1, chance(60) {
            // Three can go together at any of these.
            let joined = uncertain.prefix(2 + pick(1))
            declarations.append("correlate \(joined.joined(separator: ", ")) at \(one(["0.5", "0.9", "-0.4", "0.25"]))")
        }
        declarations.shuffle(using: &random)
        var lines: [String] = []
        if let horizon { lines.append("horizon \(horizon.lowerBound)..\(horizon.upperBound)") }
        lines.append("unit phone")
        lines.append("unit dozen = 12 phone")
        if hasGrades { lines.append("index grade = A, B, C") }
        if hasTwins { lines.append("index twin like grade") }
        lines += declarations
        let shows = 1 + pick(2)
        let place = pick(shows - 1)
        for show in 0..<shows {
            var columns = (0...pick(1)).map { _ in shown() }
            if show == place, let special {
                // Alone, so that what fails first is no question of order between columns.
                columns = [special.text]
            }
            lines.append("show " + columns.joined(separator: ", "))
        }
        if chance(30) { lines.append("assert " + boolean(2).text) }
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Chance

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    /// 0 to `most`.
    mutating func pick(_ most: Int) -> Int { Int.random(in: 0...most, using: &random) }
    mutating func one<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

    mutating func fresh(_ stem: String) -> String {
        unused += 1
        return "\(stem)\(unused)"
    }

    /// A name of the usual pool that no declaration has yet, else a new one.
    mutating func globalName() -> String {
        let name = one(Self.names)
        return variables.contains { $0.name == name } ? fresh(name) : name
    }

    // MARK: Commands

    private mutating func shown() -> String {
        switch pick(9) {
        case 0: return boolean(2).text
        case 1:
            let lists = variables.filter { variable in
                if case .number = variable.kind { return false }
                return !variable.axes.contains(.sample) && variable.axes.isDisjoint(with: .indexes)
            }
            if lists.isEmpty { return number(one(Dimension.allCases), 2).text }
            return one(lists).name
        case 2:
            // A text that differs from sample to sample cannot be shown.
            let condition = boolean(1)
            if condition.axes.contains(.sample) { return condition.text }
            return "if \(condition.text) then \"high\" else \"low\""
        case 3:
            let dimension = one(Dimension.allCases)
            let piece = number(dimension, 2)
            if dimension == .pure { return piece.text }
            return at(.sum, piece) + " as " + one(units(dimension))
        default:
            if chance(50), let last = variables.last { return last.name.isEmpty ? "1" : readable(last) }
            return number(one(Dimension.allCases), 3).text
        }
    }

    private mutating func readable(_ variable: Variable) -> String {
        if variable.axes.contains(.sample) {
            switch variable.kind {
            case .list(_, let count):
                if count == nil || count == 0 {
                    return "length(\(variable.name))"
                } else {
                    return "\(variable.name)[1]"
                }
            case .record(let fields): return "\(variable.name).\(fields[0].field)"
            default: break
            }
        }
        if !variable.axes.isDisjoint(with: .indexes) {
            if case .list = variable.kind { return "length(\(variable.name))" }
            if case .record(let fields) = variable.kind { return "\(variable.name).\(fields[0].field)" }
        }
        return variable.name
    }

    // MARK: Declarations

    private mutating func declare() {
        switch pick(18) {
        case 18: if horizon != nil { declareLookingFunction() } else { declareFunction() }
        case 0, 1: declareInput(uncertain: isUncertain && chance(50))
        case 2, 3, 4: declareNumber()
        case 5: declareBoolean()
        case 6: declareList()
        case 7: declareRecord()
        case 8:
            if hasTwins, chance(50) { declareOfTwins() } else if hasGrades { declareIndexed() } else { declareNumber() }
        case 9: if horizon != nil { declareSeries() } else { declareFunction() }
        case 10: if horizon != nil { declareRecurrence() } else { declareFunction() }
        case 11, 12: declareFunction()
        case 13: declareRecursive()
        case 14: declareLambda()
        case 15: declareClosure()
        case 16: if hasGrades { declareReduction() } else { declareStatistic() }
        default: if isUncertain { declareStatistic() } else { declareReduction() }
        }
    }

    private mutating func declareInput(uncertain: Bool) {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        guard uncertain else {
            declarations.append("assume \(name) = \(literal(dimension).text)")
            variables.append(Variable(name: name, kind: .number(dimension), axes: [], isInput: true))
            if chance(20) { declarePolicy(on: name, dimension) }
            return
        }
        let low = 1 + pick(8)
        let high = low + 1 + pick(9)
        let unit = dimension == .pure ? "" : " " + units(dimension)[0]
        let text =
            switch pick(13) {
            case 0: "uniform(\(low)\(unit), \(high)\(unit))"
            case 1: "normal(mean: \((low + high) / 2)\(unit), sd: 1\(unit))"
            case 2: "lognormal(mean: \(high)\(unit), sd: \(low)\(unit))"
            case 3: "triangular(\(low)\(unit), \(low + pick(high - low))\(unit), \(high)\(unit))"
            case 4: "pert(\(low)\(unit), \(low + pick(high - low))\(unit), \(high)\(unit))"
            case 5: "gamma(shape: \(low), scale: \(high)\(unit))"
            case 6: "gamma(mean: \(high)\(unit), sd: \(low)\(unit))"
            case 7: "discrete([\(high)\(unit), \(low)\(unit), \(high)\(unit)], weights: [20%, 50%, 30%])"
            case 8: "\(one(["discrete", "empirical"]))([\(high)\(unit), \(low)\(unit), \(high + low)\(unit)])"
            case 9 where dimension == .pure: "\(low * 5)% to \(high * 5)%"
            case 10 where dimension == .pure: "beta(\(low), \(high))"
            default: "\(low) to \(high)\(unit)"
            }
        declarations.append("assume \(name) = \(text)")
        let centre = text.contains("% to") ? "\((low + high) * 5 / 2)%" : "\((low + high) / 2)\(unit)"
        variables.append(Variable(name: name, kind: .number(dimension), axes: .sample, centre: centre, isInput: true))
        if chance(20) { declarePolicy(on: name, dimension) }
    }

    /// A policy that patches the last input, before anything rests on it. Plain commands have all policies in force.
    private mutating func declarePolicy(on input: String, _ dimension: Dimension) {
        var axes: Axes = []
        /// A literal or, where there are samples, sometimes a range.
        func value(_ generator: inout Generator, _ dimension: Dimension) -> String {
            guard generator.isUncertain, generator.chance(60) else { return generator.literal(dimension).text }
            axes.insert(.sample)
            let low = 1 + generator.pick(8)
            return "\(low) to \(low + 1 + generator.pick(9))"
                + (dimension == .pure ? "" : " " + generator.units(dimension)[0])
        }
        let patch =
            switch pick(4) {
            case 0: "+= " + value(&self, dimension)
            case 1: "-= " + value(&self, dimension)
            case 2: "= " + value(&self, dimension)
            case 3: "/= " + value(&self, .pure)
            default: "*= " + value(&self, .pure)
            }
        var window = ""
        if let horizon, chance(50) {
            let first = horizon.lowerBound + pick(horizon.count - 1)
            window = " from \(first)"
            if chance(40) { window += " until \(first + pick(horizon.upperBound - first))" }
            axes.insert(.time)
        }
        declarations.append("policy \(fresh("plan"))\(window) { \(input) \(patch) }")
        variables[variables.count - 1].axes.formUnion(axes)
    }

    private mutating func declareNumber() {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        add(name, .number(dimension), number(dimension, 3))
    }

    private mutating func declareBoolean() {
        let name = globalName()
        add(name, .boolean, boolean(2))
    }

    private mutating func declareList() {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        let (piece, count) = list(dimension, 2)
        add(name, .list(dimension, count: count), piece)
    }

    private mutating func declareRecord() {
        let name = globalName()
        let fields = ["low", "high", "unit_cost"].prefix(1 + pick(2)).map { ($0, one(Dimension.allCases)) }
        var axes: Axes = []
        var texts: [String] = []
        for (field, dimension) in fields {
            let piece = number(dimension, 2)
            axes.formUnion(piece.axes)
            texts.append("\(field): \(piece.text)")
        }
        add(
            name, .record(fields.map { (field: $0.0, dimension: $0.1) }),
            Piece(text: "{ " + texts.joined(separator: ", ") + " }", level: .postfix, axes: axes))
    }

    private mutating func declareIndexed() {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        if chance(50) {
            let values = Self.labels.map { "\($0): \(1 + pick(20))" }.joined(separator: ", ")
            let unit = dimension == .pure ? "" : " " + one(units(dimension))
            add(name, .number(dimension), Piece(text: "[\(values)]\(unit)", level: .product, axes: .grade))
        } else {
            var axes: Axes = .grade
            var parts: [String] = []
            for label in Self.labels {
                let piece = number(dimension, 1)
                axes.formUnion(piece.axes)
                parts.append("\(label): \(piece.text)")
            }
            add(
                name, .number(dimension), Piece(text: "[\(parts.joined(separator: ", "))]", level: .postfix, axes: axes)
            )
        }
        variables[variables.count - 1].isIndexed = true
    }

    /// A value over the second index alone, or over both, in either order of its levels.
    private mutating func declareOfTwins() {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        let unit = dimension == .pure ? "" : " " + one(units(dimension))
        var axes: Axes = .twin
        func row(_ generator: inout Generator) -> String {
            let items = Self.labels.map { label in
                guard unit.isEmpty, generator.chance(30) else { return "\(label): \(1 + generator.pick(20))" }
                let piece = generator.number(dimension, 1)
                axes.formUnion(piece.axes)
                return "\(label): \(piece.text)"
            }
            return "[\(items.joined(separator: ", "))]"
        }
        let over: String
        var text: String
        if chance(30) {
            over = "twin"
            text = row(&self)
        } else {
            over = chance(50) ? "grade, twin" : "twin, grade"
            axes.insert(.grade)
            text = "[" + Self.labels.map { "\($0): \(row(&self))" }.joined(separator: ", ") + "]"
        }
        text += unit
        declarations.append("\(chance(30) ? "assume" : "let") \(name) over \(over) = \(text)")
        variables.append(Variable(name: name, kind: .number(dimension), axes: axes, isIndexed: true))
    }

    private mutating func declareSeries() {
        guard let horizon else { return }
        let name = globalName()
        let dimension = one(Dimension.allCases)
        let unit = dimension == .pure ? "" : " " + one(units(dimension))
        let text: String
        switch pick(3) {
        case 0:
            let turn = horizon.lowerBound + pick(horizon.count - 1)
            text = "[..\(turn): \(1 + pick(20)), \(turn + 1)..: \(1 + pick(20))]\(unit)"
        case 1:
            text =
                "\(10 + pick(90))\(unit) growing \(1 + pick(9))%\(one(["/yr", "/yr", " every 6 month", " every 2 yr"]))"
                + " from \(horizon.lowerBound + pick(horizon.count - 1))"
        default:
            var keys = [horizon.lowerBound - pick(1)]
            while keys[keys.count - 1] < horizon.upperBound { keys.append(keys[keys.count - 1] + 1 + pick(2)) }
            text = "[" + keys.map { "\($0): \(1 + pick(20))" }.joined(separator: ", ") + "]\(unit)"
        }
        if !text.contains("growing"), chance(30) {
            // In brackets it is the same series, and what follows applies to each point.
            let more = one(["(\(text))", "(\(text)) * \(1 + pick(8))", "((\(text)) * 3) / 2", "2 * (\(text))"])
            return add(name, .number(dimension), Piece(text: more, level: .product, axes: .time))
        }
        add(name, .number(dimension), Piece(text: text, level: .shown, axes: .time))
    }

    /// A value that follows from its own past.
    private mutating func declareRecurrence() {
        let name = globalName()
        let dimension = one(Dimension.allCases)
        let gain = number(dimension, 1)
        let start = literal(dimension)
        let text = "previous(\(name), else: \(start.text)) * 0.\(1 + pick(8)) + \(at(.product, gain))"
        add(name, .number(dimension), Piece(text: text, level: .sum, axes: gain.axes.union(.time)))
    }

    private mutating func declareReduction() {
        let indexed = variables.filter { !$0.axes.isDisjoint(with: .indexes) && dimension(of: $0) != nil }
        guard !indexed.isEmpty else { return declareNumber() }
        let variable = one(indexed)
        guard let dimension = dimension(of: variable) else { return }
        let name = globalName()
        let reduction = one(["sum", "mean", "min", "max"])
        var axes = variable.axes
        let over = one(["grade", "twin"].filter { axes.contains($0 == "grade" ? .grade : .twin) })
        let text: String
        switch pick(3) {
        case 0 where variable.isIndexed:
            axes.subtract(.indexes)
            text = "\(reduction)(\(variable.name))"
        case 1 where reduction == "sum":
            // Of an average over no members the language has nothing to say; a sum is zero.
            text = "sum(\(variable.name) where \(variable.name) > \(literal(dimension).text) over \(over))"
        case 2 where hasTwins:
            if axes.isSuperset(of: .indexes), chance(40) {
                // Some member is left at each of the other index.
                text = "\(reduction)(\(variable.name) where grade != twin over \(over))"
            } else {
                text = "\(reduction)(\(variable.name) where \(members(over)) over \(over))"
            }
        default: text = "\(reduction)(\(variable.name) over \(over))"
        }
        if text.hasSuffix("over \(over))") { axes.remove(over == "grade" ? .grade : .twin) }
        add(name, .number(dimension), Piece(text: text, level: .postfix, axes: axes))
    }

    /// A condition that one or two members of an index meet.
    mutating func members(_ index: String) -> String {
        let label = one(Self.labels)
        switch pick(3) {
        case 0: return "\(index) == \(label)"
        case 1: return "\(index) != \(label)"
        case 2: return "\(index) in [\(label), \(one(Self.labels))]"
        default: return "not (\(index) == \(label) or \(index) == \(label))"
        }
    }

    private mutating func declareStatistic() {
        let uncertain = variables.filter { $0.axes.contains(.sample) && dimension(of: $0) != nil }
        guard !uncertain.isEmpty else { return declareNumber() }
        let variable = one(uncertain)
        guard let dimension = dimension(of: variable) else { return }
        let name = globalName()
        var axes = variable.axes
        axes.remove(.sample)
        switch pick(3) {
        case 0: add(name, .number(dimension), Piece(text: "median(\(variable.name))", level: .postfix, axes: axes))
        case 1: add(name, .number(dimension), Piece(text: "expected(\(variable.name))", level: .postfix, axes: axes))
        case 2:
            add(name, .number(dimension), Piece(text: "quantile(\(variable.name), 90%)", level: .postfix, axes: axes))
        default:
            let text = "probability(\(variable.name) > \(literal(dimension).text))"
            add(name, .number(.pure), Piece(text: text, level: .postfix, axes: axes))
        }
    }

    private mutating func add(_ name: String, _ kind: Kind, _ piece: Piece) {
        declarations.append("let \(name) = \(piece.text)")
        variables.append(Variable(name: name, kind: kind, axes: piece.axes))
    }

    func dimension(of variable: Variable) -> Dimension? {
        if case .number(let dimension) = variable.kind { return dimension }
        return nil
    }

    // MARK: Functions

    /// Writes a body in which the parameters hide what has their names outside.
    mutating func inside(
        _ parameters: [(name: String, dimension: Dimension)], _ write: (inout Generator) -> Piece
    ) -> Piece {
        let outer = variables
        let wasInFunction = isInFunction
        isInFunction = true
        for parameter in parameters { hide(parameter.name, .number(parameter.dimension), []) }
        let piece = write(&self)
        variables = outer
        isInFunction = wasInFunction
        return piece
    }

    private mutating func hide(_ name: String, _ kind: Kind, _ axes: Axes) {
        variables.removeAll { $0.name == name }
        variables.append(Variable(name: name, kind: kind, axes: axes, isGlobal: false))
    }

    private mutating func declareFunction() {
        let name = fresh("f")
        var parameters: [(name: String, dimension: Dimension, isOptional: Bool)] = []
        var texts: [String] = []
        for _ in 0...pick(2) {
            let parameter = one(Self.names)
            if parameters.contains(where: { $0.name == parameter }) { continue }
            let dimension = one(Dimension.allCases)
            let isOptional = parameters.last?.isOptional == true || chance(25)
            parameters.append((parameter, dimension, isOptional))
            var text = parameter
            if chance(25) { text += ": " + (dimension == .pure ? "1" : units(dimension)[0]) }
            if isOptional { text += " = " + literal(dimension).text }
            texts.append(text)
        }
        let result = one(Dimension.allCases)
        let bare = parameters.map { (name: $0.name, dimension: $0.dimension) }
        let isBlock = chance(40)
        let body = inside(bare) { generator in
            guard isBlock else { return generator.number(result, 3) }
            var lines: [String] = []
            var axes: Axes = []
            for _ in 0...generator.pick(1) {
                let local = generator.one(Self.names)
                let dimension = generator.one(Dimension.allCases)
                let piece = generator.number(dimension, 2)
                axes.formUnion(piece.axes)
                // A block may not name itself twice; what is outside may be hidden.
                if lines.contains(where: { $0.hasPrefix("    let \(local) ") }) { continue }
                if bare.contains(where: { $0.name == local }) { continue }
                lines.append("    let \(local) = \(piece.text)")
                generator.hide(local, .number(dimension), piece.axes)
            }
            let last = generator.number(result, 2)
            return Piece(
                text: "{\n" + lines.joined(separator: "\n") + "\n    \(last.text)\n}", level: .postfix,
                axes: axes.union(last.axes))
        }
        declarations.append("fn \(name)(\(texts.joined(separator: ", ")))" + (isBlock ? " " : " = ") + body.text)
        functions.append(Function(name: name, parameters: parameters, result: result, axes: body.axes))
    }

    /// One that looks at other steps of what it is given, whatever that is computed by.
    private mutating func declareLookingFunction() {
        guard let horizon else { return }
        let name = fresh("f")
        let parameter = one(Self.names)
        let dimension = one(Dimension.allCases)
        let start = literal(dimension).text
        let year = horizon.lowerBound + pick(horizon.count - 1)
        let body =
            switch pick(4) {
            case 0: "\(parameter) - previous(\(parameter), else: \(start))"
            case 1: "previous(\(parameter), 2 yr, else: \(start)) + \(parameter)"
            case 2: "\(one(["max", "min", "mean"]))(\(parameter) over time)"
            case 3: "\(parameter)[\(year)]"
            default: "cumulative(\(parameter)) / 1 yr - \(parameter)"
            }
        declarations.append("fn \(name)(\(parameter)) = \(body)")
        functions.append(
            Function(
                name: name, parameters: [(parameter, dimension, false)], result: dimension, axes: .time,
                looksAround: true))
    }

    /// Recursion: with an accumulator, with two calls, with several arguments, and of two functions.
    private mutating func declareRecursive() {
        let name = fresh("f")
        let dimension = one(Dimension.allCases)
        switch pick(3) {
        case 0:
            let step = inside([("n", .pure), ("so_far", dimension)]) { $0.number(dimension, 1) }
            declarations.append(
                "fn \(name)(n, so_far) = if n <= 0 then so_far else \(name)(n - 1, so_far / 2 + \(at(.product, step)))")
            functions.append(
                Function(
                    name: name, parameters: [("n", .pure, false), ("so_far", dimension, false)], result: dimension,
                    axes: step.axes))
        case 1:
            declarations.append("fn \(name)(n) = if n < 2 or n > 12 then n else \(name)(n - 1) + \(name)(n - 2)")
            functions.append(Function(name: name, parameters: [("n", .pure, false)], result: .pure, axes: []))
        case 2:
            declarations.append(
                "fn \(name)(n, a, b) = if n < 1 or n > 30 then a - b else \(name)(n - 1, b, a + b / 2)")
            functions.append(
                Function(
                    name: name, parameters: [("n", .pure, false), ("a", dimension, false), ("b", dimension, false)],
                    result: dimension, axes: []))
        default:
            let other = fresh("f")
            declarations.append("fn \(name)(n, a) = if n <= 0 then a else \(other)(n - 1, a * 2)")
            declarations.append("fn \(other)(n, a) = if n <= 0 then -a else \(name)(n - 1, a / 3)")
            functions.append(
                Function(
                    name: name, parameters: [("n", .pure, false), ("a", dimension, false)], result: dimension, axes: [])
            )
        }
    }

    private mutating func declareLambda() {
        let name = fresh("f")
        let dimension = one(Dimension.allCases)
        let result = one(Dimension.allCases)
        let parameter = one(Self.names)
        let body = inside([(parameter, dimension)]) { $0.number(result, 2) }
        declarations.append("let \(name) = fn(\(parameter)) = \(body.text)")
        functions.append(
            Function(name: name, parameters: [("", dimension, false)], result: result, axes: body.axes))
    }

    /// A function that gives a function, which keeps its argument.
    private mutating func declareClosure() {
        let maker = fresh("f")
        let name = fresh("f")
        let dimension = one(Dimension.allCases)
        let held = literal(dimension)
        declarations.append(
            "fn \(maker)(kept) = fn(v) = \(one(["v + kept * 2", "kept - v", "if v > kept then v else kept"]))")
        declarations.append("let \(name) = \(maker)(\(held.text))")
        functions.append(
            Function(name: name, parameters: [("", dimension, false)], result: dimension, axes: held.axes))
    }
}
