/// Expressions of a wanted type, and those that are wrong on purpose.
extension Generator {
    /// The text, in brackets where it binds more loosely than the place asks for.
    func at(_ level: Level, _ piece: Piece) -> String { piece.level < level ? "(\(piece.text))" : piece.text }

    /// What is divided. A quotient stands in brackets: behind a number with a unit another `/` would have two readings.
    private func dividend(_ piece: Piece) -> String {
        piece.text.contains(" / ") && piece.level <= .product ? "(\(piece.text))" : at(.product, piece)
    }

    /// Units of a dimension; the first is that of the annotations.
    func units(_ dimension: Dimension) -> [String] {
        switch dimension {
        case .pure: [""]
        case .phone: ["phone", "dozen"]
        case .money: ["USD"]
        case .mass: ["kg", "gram", "tonne"]
        case .time: ["yr", "month"]
        case .price: ["USD/phone"]
        case .flow: ["phone/yr", "phone/month"]
        }
    }

    mutating func literal(_ dimension: Dimension) -> Piece {
        let text =
            switch pick(5) {
            case 0: "\(1 + pick(20)).\(1 + pick(98))"
            case 1: "0.\(1 + pick(8))"
            case 2 where dimension == .pure: "\(1 + pick(98))%"
            case 3 where dimension != .mass && dimension != .time: "\(1 + pick(4))k"
            default: "\(1 + pick(20))"
            }
        if dimension == .pure { return Piece(text: text, level: .postfix) }
        let unit = one(units(dimension))
        return Piece(text: "\(text) \(unit)", level: unit.contains("/") ? .product : .quantity)
    }

    mutating func number(_ dimension: Dimension, _ depth: Int) -> Piece {
        if horizon != nil || hasGrades, chance(25) { return overAxes(dimension, depth) }
        if depth <= 0 { return leaf(dimension) }
        switch pick(16) {
        case 0, 1: return leaf(dimension)
        case 2, 3: return sum(dimension, depth)
        case 4, 5: return product(dimension, depth)
        case 6: return quotient(dimension, depth)
        case 7, 8: return conditional(dimension, depth)
        case 9, 10: return call(dimension, depth)
        case 11: return ofList(dimension, depth)
        case 12: return ofRecord(dimension)
        case 13:
            let inner = number(dimension, depth - 1)
            return Piece(text: "(-\(at(.quantity, inner)))", level: .postfix, axes: inner.axes)
        case 14: return extreme(dimension, depth)
        case 15: return root(dimension, depth)
        default:
            let inner = number(dimension, depth - 1)
            return Piece(text: "abs(\(inner.text))", level: .postfix, axes: inner.axes)
        }
    }

    private mutating func leaf(_ dimension: Dimension) -> Piece {
        let fitting = variables.filter { self.dimension(of: $0) == dimension }
        if fitting.isEmpty || chance(30) { return literal(dimension) }
        let variable = one(fitting)
        return Piece(text: variable.name, level: .postfix, axes: variable.axes)
    }

    private mutating func sum(_ dimension: Dimension, _ depth: Int) -> Piece {
        let first = number(dimension, depth - 1)
        var text = at(.sum, first)
        var axes = first.axes
        for _ in 0...pick(2) {
            let next = number(dimension, depth - 2)
            axes.formUnion(next.axes)
            text += (chance(50) ? " + " : " - ") + at(.product, next)
        }
        return Piece(text: text, level: .sum, axes: axes)
    }

    private mutating func product(_ dimension: Dimension, _ depth: Int) -> Piece {
        let pair: (Dimension, Dimension) =
            switch dimension {
            case .money where chance(50): (.price, .phone)
            case .phone where chance(50): (.flow, .time)
            default: chance(50) ? (dimension, .pure) : (.pure, dimension)
            }
        let left = number(pair.0, depth - 1)
        let right = number(pair.1, depth - 1)
        // A quantity with a division in its unit would divide what comes before it: it needs brackets on the right.
        return Piece(
            text: at(.product, left) + " * " + at(.quantity, right), level: .product, axes: left.axes.union(right.axes))
    }

    /// A quotient whose divisor is never zero.
    private mutating func quotient(_ dimension: Dimension, _ depth: Int) -> Piece {
        let pair: (Dimension, Dimension) =
            switch dimension {
            case .price where chance(60): (.money, .phone)
            case .flow where chance(60): (.phone, .time)
            case .pure where chance(60):
                one([(.money, .money), (.mass, .mass), (.phone, .phone), (.time, .time)])
            default: (dimension, .pure)
            }
        let top = number(pair.0, depth - 1)
        let inner = number(pair.1, depth - 2)
        let least = pair.1 == .pure ? "1" : "1 " + units(pair.1)[0]
        let bottom =
            switch pick(2) {
            case 0: Piece(text: "(\(least) + abs(\(inner.text)))", level: .postfix, axes: inner.axes)
            case 1: Piece(text: "max(\(inner.text), \(least))", level: .postfix, axes: inner.axes)
            default: Piece(text: least, level: .quantity)
            }
        return Piece(
            text: dividend(top) + " / " + at(.quantity, bottom), level: .product, axes: top.axes.union(bottom.axes))
    }

    private mutating func conditional(_ dimension: Dimension, _ depth: Int) -> Piece {
        var text = ""
        var axes: Axes = []
        for branch in 0...pick(1) {
            let condition = boolean(depth - 1)
            let value = number(dimension, depth - 1)
            axes.formUnion(condition.axes)
            axes.formUnion(value.axes)
            text += (branch == 0 ? "if " : " else if ") + "\(condition.text) then \(at(.disjunction, value))"
        }
        let last = chance(10) ? Piece(text: "0", level: .postfix) : number(dimension, depth - 1)
        return Piece(text: text + " else " + last.text, level: .conditional, axes: axes.union(last.axes))
    }

    private mutating func call(_ dimension: Dimension, _ depth: Int) -> Piece {
        let fitting = functions.filter { $0.result == dimension && !(isInFunction && $0.looksAround) }
        guard !fitting.isEmpty else { return product(dimension, depth) }
        let function = one(fitting)
        var axes = function.axes
        var texts: [String] = []
        var isNamed = false
        for parameter in function.parameters {
            if parameter.isOptional, chance(50) {
                isNamed = true
                continue
            }
            let argument: Piece
            if parameter.name == "n" {
                // The depth of a recursion: small, and where there are samples sometimes another in each.
                let uncertain = variables.filter { $0.centre != nil && self.dimension(of: $0) == .pure }
                argument =
                    uncertain.isEmpty || chance(50)
                    ? Piece(text: "\(pick(9))", level: .postfix)
                    : Piece(text: one(uncertain).name, level: .postfix, axes: .sample)
            } else {
                argument = number(parameter.dimension, depth - 1)
            }
            axes.formUnion(argument.axes)
            if parameter.name.isEmpty {
                texts.append(argument.text)
                continue
            }
            isNamed = isNamed || chance(20)
            texts.append(isNamed ? "\(parameter.name): \(argument.text)" : argument.text)
        }
        return Piece(text: "\(function.name)(\(texts.joined(separator: ", ")))", level: .postfix, axes: axes)
    }

    private mutating func ofList(_ dimension: Dimension, _ depth: Int) -> Piece {
        let (piece, count) = list(dimension, depth - 1)
        switch pick(3) {
        case 0:
            let start = literal(dimension)
            let step = one(["so_far + item", "so_far / 2 - item", "if item > so_far then item else so_far"])
            return Piece(
                text: "fold(\(piece.text), \(start.text), fn(so_far, item) = \(step))", level: .postfix,
                axes: piece.axes.union(start.axes))
        case 1:
            guard let count, count > 0 else { break }
            return Piece(text: "\(at(.postfix, piece))[\(1 + pick(count - 1))]", level: .postfix, axes: piece.axes)
        case 2:
            guard let count, count > 0 else { break }
            return Piece(
                text: "\(one(["min", "max", "mean"]))(\(piece.text))", level: .postfix, axes: piece.axes)
        default: break
        }
        if dimension == .pure, chance(30) {
            return Piece(text: "length(\(piece.text))", level: .postfix, axes: piece.axes)
        }
        return Piece(text: "sum(\(piece.text))", level: .postfix, axes: piece.axes)
    }

    private mutating func ofRecord(_ dimension: Dimension) -> Piece {
        var found: [Piece] = []
        for variable in variables {
            guard case .record(let fields) = variable.kind else { continue }
            for field in fields where field.dimension == dimension {
                found.append(Piece(text: "\(variable.name).\(field.field)", level: .postfix, axes: variable.axes))
            }
        }
        if !found.isEmpty { return one(found) }
        let value = leaf(dimension)
        return Piece(text: "{ low: \(value.text), other: 1 }.low", level: .postfix, axes: value.axes)
    }

    private mutating func extreme(_ dimension: Dimension, _ depth: Int) -> Piece {
        let left = number(dimension, depth - 1)
        let right = number(dimension, depth - 1)
        return Piece(
            text: "\(one(["min", "max"]))(\(left.text), \(right.text))", level: .postfix,
            axes: left.axes.union(right.axes))
    }

    private mutating func root(_ dimension: Dimension, _ depth: Int) -> Piece {
        let inner = number(dimension, depth - 2)
        if dimension != .pure || chance(40) {
            return Piece(text: "sqrt(\(at(.postfix, inner)) ^ 2)", level: .postfix, axes: inner.axes)
        }
        switch pick(3) {
        case 0: return Piece(text: "sqrt(abs(\(inner.text)))", level: .postfix, axes: inner.axes)
        case 1: return Piece(text: "log(1 + abs(\(inner.text)))", level: .postfix, axes: inner.axes)
        case 2: return Piece(text: "exp(min(\(inner.text), 3))", level: .postfix, axes: inner.axes)
        default:
            return Piece(
                text: "(1 + abs(\(inner.text))) ^ \(one(["0.5", "2", "(-1)", "1.5"]))", level: .power, axes: inner.axes)
        }
    }

    /// Reads a declared value at one label, at one year or over an axis.
    private mutating func overAxes(_ dimension: Dimension, _ depth: Int) -> Piece {
        let fitting = variables.filter {
            $0.isGlobal && !$0.axes.isDisjoint(with: [.time, .grade, .twin]) && self.dimension(of: $0) == dimension
        }
        guard !fitting.isEmpty, !isInFunction else { return leaf(dimension) }
        let variable = one(fitting)
        var axes = variable.axes
        if axes.contains(.twin), chance(60) || !axes.contains(.time) { return ofTwins(variable) }
        if axes.contains(.grade), chance(60) || !axes.contains(.time) {
            axes.remove(.grade)
            if chance(50) {
                // Over both indexes a label alone may be of either.
                let pick = (axes.contains(.twin) ? "grade: " : "") + one(Self.labels)
                return Piece(text: "\(variable.name)[\(pick)]", level: .postfix, axes: axes)
            }
            return Piece(
                text: "\(one(["sum", "mean", "max", "min"]))(\(variable.name) over grade)", level: .postfix, axes: axes)
        }
        guard let horizon else { return leaf(dimension) }
        switch pick(3) {
        case 0:
            axes.remove(.time)
            let year = horizon.lowerBound + pick(horizon.count - 1)
            return Piece(text: "\(variable.name)[\(year)]", level: .postfix, axes: axes)
        case 1:
            axes.remove(.time)
            return Piece(
                text: "\(one(["mean", "max", "min"]))(\(variable.name) over time)", level: .postfix, axes: axes)
        case 2:
            let start = literal(dimension)
            return Piece(
                text: "previous(\(variable.name), else: \(start.text))", level: .postfix, axes: axes)
        default:
            let reach = chance(50) ? "cumulative" : "total"
            if reach == "total" { axes.remove(.time) }
            return Piece(text: "\(reach)(\(variable.name)) / 1 yr", level: .product, axes: axes)
        }
    }

    /// Picks from, or reduces, what varies over the second of two alike indexes.
    private mutating func ofTwins(_ variable: Variable) -> Piece {
        var axes = variable.axes
        let (a, b) = (one(Self.labels), one(Self.labels))
        guard axes.contains(.grade) else {
            axes.remove(.twin)
            let pick = chance(50) ? a : "twin: \(a)"
            if chance(60) { return Piece(text: "\(variable.name)[\(pick)]", level: .postfix, axes: axes) }
            return Piece(
                text: "\(one(["sum", "mean", "max", "min"]))(\(variable.name) over twin)", level: .postfix, axes: axes)
        }
        let text: String
        switch pick(5) {
        case 0:
            axes.remove(.grade)
            text = "\(variable.name)[grade: \(a)]"
        case 1:
            axes.remove(.twin)
            text = "\(variable.name)[twin: \(a)]"
        case 2:
            axes.subtract(.indexes)
            text = "\(variable.name)[twin: \(a), grade: \(b)]"
        case 3:
            axes.subtract(.indexes)
            text = "\(variable.name)[grade: \(a)][\(b)]"
        case 4:
            axes.remove(.twin)
            text = "\(one(["sum", "mean", "max", "min"]))(\(variable.name) where \(members("twin")) over twin)"
        default:
            axes.remove(.grade)
            text = "\(one(["sum", "mean", "max", "min"]))(\(variable.name) over grade)"
        }
        return Piece(text: text, level: .postfix, axes: axes)
    }

    mutating func list(_ dimension: Dimension, _ depth: Int) -> (piece: Piece, count: Int?) {
        let known = variables.compactMap { variable -> (Piece, Int?)? in
            guard case .list(dimension, let count) = variable.kind else { return nil }
            return (Piece(text: variable.name, level: .postfix, axes: variable.axes), count)
        }
        if !known.isEmpty, chance(40) { return one(known) }
        switch depth > 0 ? pick(5) : 0 {
        case 1:
            let (inner, count) = list(dimension, depth - 1)
            return (Piece(text: "sort(\(inner.text))", level: .postfix, axes: inner.axes), count)
        case 2:
            let source = one(Dimension.allCases)
            let (inner, count) = list(source, depth - 1)
            let item = one(Self.names)
            let body = inside([(item, source)]) { $0.number(dimension, 1) }
            return (
                Piece(
                    text: "map(\(inner.text), fn(\(item)) = \(body.text))", level: .postfix,
                    axes: inner.axes.union(body.axes)), count
            )
        case 3:
            let (inner, _) = list(dimension, depth - 1)
            let limit = leaf(dimension)
            let item = fresh("item")
            return (
                Piece(
                    text: "filter(\(inner.text), fn(\(item)) = \(item) \(one([">", "<=", "!="])) \(limit.text))",
                    level: .postfix, axes: inner.axes.union(limit.axes)), nil
            )
        case 4 where dimension == .pure:
            let last = 1 + pick(5)
            return (Piece(text: "range(1, \(last))", level: .postfix), last)
        default: break
        }
        let count = 1 + pick(3)
        // A list takes one unit; what a list divided by a unit would be, the language leaves open.
        if chance(30), dimension != .price, dimension != .flow {
            let values = (0..<count).map { _ in "\(1 + pick(20))" }.joined(separator: ", ")
            let unit = dimension == .pure ? "" : " " + one(units(dimension))
            return (Piece(text: "[\(values)]\(unit)", level: unit.isEmpty ? .postfix : .quantity), count)
        }
        var axes: Axes = []
        var texts: [String] = []
        for _ in 0..<count {
            let item = number(dimension, depth - 1)
            axes.formUnion(item.axes)
            texts.append(item.text)
        }
        return (Piece(text: "[\(texts.joined(separator: ", "))]", level: .postfix, axes: axes), count)
    }

    mutating func boolean(_ depth: Int) -> Piece {
        let known = variables.filter { if case .boolean = $0.kind { true } else { false } }
        if !known.isEmpty, chance(20) {
            let variable = one(known)
            return Piece(text: variable.name, level: .postfix, axes: variable.axes)
        }
        if depth > 1 {
            switch pick(5) {
            case 0, 1:
                let word = one(["and", "or"])
                let left = boolean(depth - 1)
                let right = boolean(depth - 1)
                return Piece(
                    text: "\(at(.comparison, left)) \(word) \(at(.comparison, right))",
                    level: word == "and" ? .conjunction : .disjunction, axes: left.axes.union(right.axes))
            case 2:
                let inner = boolean(depth - 1)
                return Piece(text: "not (\(inner.text))", level: .conjunction, axes: inner.axes)
            default: break
            }
        }
        if let horizon, !isInFunction, chance(15) {
            let year = horizon.lowerBound + pick(horizon.count - 1)
            return Piece(text: "now \(one([">=", "<", "=="])) \(year)", level: .comparison, axes: .time)
        }
        if hasTwins, !isInFunction, chance(15) {
            if chance(40) {
                return Piece(text: "grade \(one(["==", "!="])) twin", level: .comparison, axes: .indexes)
            }
            let index = one(["grade", "twin"])
            let text = members(index)
            return Piece(
                text: text, level: text.hasPrefix("not") ? .conjunction : .comparison,
                axes: index == "grade" ? .grade : .twin)
        }
        if chance(5) { return Piece(text: one(["true", "false"]), level: .postfix) }
        let dimension = one(Dimension.allCases)
        let left = number(dimension, max(depth - 1, 0))
        if chance(10) {
            return Piece(text: "\(at(.sum, left)) > 0", level: .comparison, axes: left.axes)
        }
        let right = number(dimension, max(depth - 2, 0))
        if chance(10) {
            return Piece(
                text: "\(at(.sum, left)) == \(at(.sum, right)) within 20%", level: .comparison,
                axes: left.axes.union(right.axes))
        }
        return Piece(
            text: "\(at(.sum, left)) \(one(["<", "<=", ">", ">=", "!="])) \(at(.sum, right))", level: .comparison,
            axes: left.axes.union(right.axes))
    }

    // MARK: On purpose

    /// Conditions that differ between samples, around what fails in the others.
    mutating func guarded() -> Piece {
        guard let variable = variables.filter({ $0.centre != nil }).first, let centre = variable.centre,
            let dimension = dimension(of: variable)
        else {
            let value = number(.pure, 2)
            let zero = zero()
            return Piece(
                text: "if \(zero.text) == 0 then \(at(.disjunction, value)) else 1 / \(zero.text)", level: .conditional,
                axes: value.axes.union(zero.axes))
        }
        let name = variable.name
        let one = dimension == .pure ? "1" : "1 " + units(dimension)[0]
        let text =
            switch pick(4) {
            case 0: "if \(name) > \(centre) then \(one) / (\(name) - \(centre)) else 0"
            case 1:
                "if \(name) >= \(centre) then sqrt((\(name) - \(centre)) / (\(one))) "
                    + "else log((\(centre) - \(name)) / (\(one)))"
            case 2:
                "if \(name) > \(centre) then (if \(name) > 1.2 * (\(centre)) then 1 / (\(name) - 1.2 * (\(centre))) "
                    + "else 2 / (\(name) - \(centre))) else -1 / (\(one))"
            case 3: "if \(name) > \(centre) and (\(one)) / (\(name) - \(centre)) > 2 then \(name) else \(centre)"
            default: "if \(name) <= \(centre) or sqrt((\(name) - \(centre)) / (\(one))) > 1 then 1 else [1, 2][2]"
            }
        return Piece(text: text, level: .conditional, axes: .sample)
    }

    /// An expression that is zero without looking like it.
    private mutating func zero() -> Piece {
        let value = leaf(.pure)
        return Piece(text: "(\(value.text) - \(value.text))", level: .postfix, axes: value.axes)
    }

    /// One expression that fails while running.
    mutating func failing() -> Piece {
        let zero = zero()
        let top = number(.pure, 2)
        var piece: Piece
        switch pick(9) {
        case 0, 1: piece = Piece(text: "\(dividend(top)) / \(zero.text)", level: .product)
        case 2:
            let (list, count) = list(.pure, 1)
            piece = Piece(text: "\(at(.postfix, list))[\((count ?? 9) + 1 + pick(2))]", level: .postfix)
            piece.axes = list.axes
        case 3: piece = Piece(text: "[1, 2, 3][\(zero.text)]", level: .postfix)
        case 4: piece = Piece(text: "sqrt(\(zero.text) - \(1 + pick(4)))", level: .postfix)
        case 5: piece = Piece(text: "1e200 * (1 + abs(\(top.text))) * 1e200", level: .product)
        case 6: piece = Piece(text: "\(zero.text) ^ (-2)", level: .power)
        case 7:
            piece = Piece(text: "(\(zero.text) - 2) ^ 0.5", level: .power)
        case 8:
            let name = fresh("f")
            declarations.append("fn \(name)(n) = 1 + \(name)(n + 1)")
            piece = Piece(text: "\(name)(\(1 + pick(5)))", level: .postfix)
        default:
            let name = fresh("f")
            declarations.append("fn \(name)(v) = 1 / (v - v)")
            piece = Piece(text: "map([1, 2], fn(item) = \(name)(item))[1]", level: .postfix)
        }
        piece.axes.formUnion(zero.axes)
        piece.axes.formUnion(top.axes)
        guard chance(30), let variable = variables.filter({ $0.centre != nil }).first, let centre = variable.centre
        else { return piece }
        return Piece(
            text: "if \(variable.name) > \(centre) then \(at(.disjunction, piece)) else 1", level: .conditional,
            axes: piece.axes.union(.sample))
    }

    /// A literal or an input: a declared value might be the literal `0` of some branch, which fits any dimension.
    private mutating func plain(_ dimension: Dimension) -> Piece {
        let inputs = variables.filter { $0.isInput && self.dimension(of: $0) == dimension }
        if inputs.isEmpty || chance(30) { return literal(dimension) }
        let input = one(inputs)
        return Piece(text: input.name, level: .postfix, axes: input.axes)
    }

    /// One expression whose dimensions disagree.
    mutating func mismatched() -> Piece {
        let pair = one([
            (Dimension.phone, Dimension.money), (.mass, .time), (.price, .flow), (.money, .pure), (.pure, .mass),
        ])
        let left = plain(pair.0)
        let right = plain(pair.1)
        let axes = left.axes.union(right.axes)
        switch pick(3) {
        case 0: return Piece(text: "\(at(.sum, left)) + \(at(.product, right))", level: .sum, axes: axes)
        case 1: return Piece(text: "\(at(.sum, left)) - \(at(.product, right))", level: .sum, axes: axes)
        case 2: return Piece(text: "\(at(.sum, left)) < \(at(.sum, right))", level: .comparison, axes: axes)
        default: return Piece(text: "sum([\(left.text), \(right.text)])", level: .postfix, axes: axes)
        }
    }
}
