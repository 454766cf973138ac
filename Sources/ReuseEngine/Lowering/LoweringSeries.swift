import ReuseCore
import ReuseModel
import ReuseSyntax

/// Series: which expressions are one, what their points are, and what is made of them.
extension Lowering {
    /// A definition that is a series as written, or what a function makes of one; false for other expressions.
    mutating func fillSeries(_ number: Int, _ id: ExpressionID) throws(LoweringFailure) -> Bool {
        // The common case: what a chain or another operation begins with is no literal over time.
        guard core.beginsWithSeries(id) && isSeriesLiteral(id) || isSeriesFunction(id) || namesColumn(id),
            let series = try series(of: id)
        else { return false }
        reads += series.reads
        program.definitions[number].kind = .series(add(series))
        return true
    }

    private mutating func add(_ series: Series) -> Int {
        program.series.append(series)
        return program.series.count - 1
    }

    /// A series inside an expression: a definition of its own.
    mutating func lowerSeries(
        _ id: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard let whole = try lifted(Expression(id: id, scope: scope)) else {
            throw report(.needsWholeValue(at: location(place)))
        }
        return try load(try define(whole), place, target)
    }

    /// The series that an expression is: a literal with times as keys, what a function makes of a series, a name of one,
    /// a member of one, or one times what is the same at all times. Nil for other expressions.
    mutating func series(of id: ExpressionID) throws(LoweringFailure) -> Series? {
        switch core[id] {
        case .series: return Series(lists: [try seriesPoints(id)])
        case .read(let target):
            let number = program.ofDeclaration[Int(target.rawValue)]
            guard number >= 0 else { return nil }
            if case .series(let own) = program.definitions[number].kind { return program.series[own] }
            return try seriesBehind(target, number)
        case .local(let local):
            switch scope?.find(local) {
            case .definition(let number):
                if case .series(let own) = program.definitions[number].kind { return program.series[own] }
                guard let argument = argumentExpressions[number] else { return nil }
                return try seriesElsewhere(argument)
            case .expression(let expression): return try seriesElsewhere(expression)
            case .operand, nil: return nil
            }
        case .chain(let first, let steps):
            if isSeriesLiteral(id) { return Series(lists: [try seriesPoints(id)]) }
            return try seriesOfProduct(id, first, Array(core.steps(steps)))
        case .pick(let number): return try seriesOfMember(core.picks[Int(number)])
        case .column(let place):
            guard let column = model.columns[place.rawValue], column.isOverTime else { return nil }
            return series(of: column)
        case .interpolated(let base, let kind):
            var result = try series(argument: base, of: "interpolate")
            result.interpolation = kind
            return result
        case .extended(let base, hold: let hold, trend: let trend):
            return try extended(try series(argument: base, of: "extend_series"), hold, trend, id)
        case .rebased(let old, onto: let new, at: let time):
            return try rebased(
                try series(argument: old, of: "rebase"), old, try series(argument: new, of: "rebase"), new, time, id)
        default: return nil
        }
    }

    private mutating func seriesElsewhere(_ expression: Expression) throws(LoweringFailure) -> Series? {
        try inside(expression) { lowering throws(LoweringFailure) in try lowering.series(of: expression.id) }
    }

    private mutating func series(argument id: ExpressionID, of word: String) throws(LoweringFailure) -> Series {
        if let found = try series(of: id) { return found }
        throw report(.notASeries(word, at: location(id)))
    }

    /// `let exports = sold * 60%`, whose value is computed by code, is a series all the same.
    private mutating func seriesBehind(_ target: DeclarationID, _ number: Int) throws(LoweringFailure) -> Series? {
        let declaration = model[target]
        guard declaration.kind == .let || declaration.kind == .assume, !declaration.value.isNone,
            program.definitions[number].varies, case .code = program.definitions[number].kind,
            !model.isPatched.contains(target), seriesNesting < 50
        else { return nil }
        let value = core.value(of: target)
        // A draw is named by where it stands.
        let draws = core.contains(value) { operation in
            if case .draw = operation { return true }
            return false
        }
        if draws { return nil }
        seriesNesting += 1
        defer { seriesNesting -= 1 }
        return try seriesElsewhere(Expression(id: value, scope: nil))
    }

    // MARK: Products and members

    private mutating func seriesOfProduct(
        _ id: ExpressionID, _ first: ExpressionID, _ steps: [ChainStep]
    ) throws(LoweringFailure) -> Series? {
        guard steps.allSatisfy({ $0.operation == .multiply || $0.operation == .divide }) else { return nil }
        // The factor that is a series, among those of which no other varies over time.
        let operands = [first] + steps.map { $0.operand }
        var found: Int?
        var factorAxes: Axes = []
        for (position, operand) in operands.enumerated() {
            let axes = try axes(of: Expression(id: operand, scope: scope))
            guard axes.contains(.time) else {
                factorAxes.formUnion(axes)
                continue
            }
            guard found == nil, position == 0 || steps[position - 1].operation == .multiply else { return nil }
            found = position
        }
        guard let found, let base = try series(of: operands[found]) else { return nil }
        let factor = try defineBeside(Expression(id: id, scope: scope), axes: factorAxes) {
            lowering throws(LoweringFailure) in
            var product = Operand.constant(1)
            var isFirst = true
            for (position, operand) in operands.enumerated() where position != found {
                lowering.protect(product)
                let next = try lowering.lower(operand)
                let divides = position > 0 && steps[position - 1].operation == .divide
                let place = position == 0 ? lowering.place(operand) : steps[position - 1].place
                product =
                    isFirst && !divides
                    ? next : try lowering.binary(divides ? .divide : .multiply, product, next, place)
                isFirst = false
            }
            return product
        }
        return try times(base, factor, id)
    }

    /// A series with each value times a definition that is the same at all times.
    private mutating func times(
        _ series: Series, _ factor: Int, _ id: ExpressionID
    ) throws(LoweringFailure) -> Series {
        var products: [Int: Int] = [:]
        return try mapped(series) { lowering, value throws(LoweringFailure) in
            if case .constant(let own) = value {
                if let constant = lowering.program.definitions[factor].constant { return .constant(own * constant) }
                return .scaled(own, by: factor)
            }
            guard let read = value.read else { return value }
            let product: Int
            if let known = products[read] {
                product = known
            } else {
                let axes = lowering.program.definitions[read].axes.union(lowering.program.definitions[factor].axes)
                let place = lowering.place(id)
                product = try lowering.defineBeside(Expression(id: id, scope: lowering.scope), axes: axes) {
                    lowering throws(LoweringFailure) in
                    let a = try lowering.load(read, place)
                    lowering.protect(a)
                    return try lowering.binary(.multiply, a, try lowering.load(factor, place), place)
                }
                products[read] = product
            }
            if case .scaled(let own, _) = value { return .scaled(own, by: product) }
            return .definition(product)
        }
    }

    private mutating func mapped(
        _ series: Series, _ change: (inout Lowering, SeriesValue) throws(LoweringFailure) -> SeriesValue
    ) throws(LoweringFailure) -> Series {
        var result = series
        for list in series.lists.indices {
            for place in series.lists[list].indices {
                result.lists[list][place].value = try change(&self, series.lists[list][place].value)
            }
        }
        return result
    }

    /// `s[Europe]`.
    private mutating func seriesOfMember(_ pick: Pick) throws(LoweringFailure) -> Series? {
        guard case .none = pick.time else { return nil }
        let base = Expression(id: pick.base, scope: scope)
        guard case .picked(let members) = membersPicked(by: pick.items, among: try axes(of: base)) else { return nil }
        var point = noPoint
        var picked: Axes = []
        for member in members {
            point[member.index] = member.member
            picked.insert(.index(member.index))
        }
        guard let whole = try series(of: pick.base) else { return nil }
        var result = whole
        result.indexes = whole.indexes.subtracting(picked)
        // The place among all lists: picked members where there are some, the others as in the combination.
        let places = combinations(of: result.indexes).map { number in
            var members = point
            setMembers(&members, result.indexes.indexNumbers, number)
            return combination(of: members, in: whole.indexes)
        }
        result.lists = places.map { whole.lists[$0] }
        result.ends = places.map { whole.ends(ofList: $0) }
        var slices: [Int: Int] = [:]
        return try mapped(result) { lowering, value throws(LoweringFailure) in
            guard let read = value.read, !lowering.program.definitions[read].axes.isDisjoint(with: picked) else {
                return value
            }
            let slice: Int
            if let known = slices[read] {
                slice = known
            } else {
                let axes = lowering.program.definitions[read].axes.subtracting(picked)
                slice = try lowering.defineBeside(base, axes: axes) { lowering throws(LoweringFailure) in
                    for index in picked.indexNumbers { lowering.unit.point[index] = point[index] }
                    return try lowering.load(read, lowering.place(base.id))
                }
                slices[read] = slice
            }
            if case .scaled(let own, _) = value { return .scaled(own, by: slice) }
            return .definition(slice)
        }
    }

    private func combinations(of indexes: Axes) -> Range<Int> {
        0..<indexes.indexNumbers.reduce(1) { $0 * program.indexSizes[$1] }
    }

    // MARK: Functions of series

    /// Whether a function that makes a series of series is called.
    @inline(__always)
    private func isSeriesFunction(_ id: ExpressionID) -> Bool {
        switch core[id] {
        case .interpolated, .extended, .rebased: true
        default: false
        }
    }

    private mutating func extended(
        _ series: Series, _ hold: ExpressionID, _ trend: ExpressionID, _ id: ExpressionID
    ) throws(LoweringFailure) -> Series {
        var result = series
        var isExtended = false
        result.ends = series.lists.indices.map { series.ends(ofList: $0) }
        if !hold.isNone {
            guard let value = try constantNumber(hold) else { throw report(.extensionNotConstant(at: location(hold))) }
            if value != 0 {
                for list in result.ends.indices { result.ends[list] = SeriesEnds(before: .hold, after: .hold) }
                isExtended = true
            }
        }
        var hasTrend = !trend.isNone
        if case .nothing = core[trend] { hasTrend = false }
        if hasTrend {
            let ticks = try constantNumber(trend).map { ($0 * Double(TimePoint.ticksPerYear)).rounded() }
            guard let ticks, ticks >= 1, ticks < Double(TimePoint.latestStart) else {
                throw report(.extensionNotConstant(at: location(trend)))
            }
            for points in series.lists {
                guard let first = points.first, let last = points.last else { continue }
                if last.middle - ticks < Double(first.start) {
                    throw report(.trendTooLong(covers: Program.describe(points), at: location(trend)))
                }
            }
            for list in result.ends.indices { result.ends[list].after = .trend(Int64(ticks)) }
            isExtended = true
        }
        guard isExtended else { throw report(.extensionMissing(at: location(id))) }
        return result
    }

    /// The new series where it has points, elsewhere the old one times what the two say of one period.
    private mutating func rebased(
        _ old: Series, _ oldID: ExpressionID, _ new: Series, _ newID: ExpressionID, _ timeID: ExpressionID,
        _ id: ExpressionID
    ) throws(LoweringFailure) -> Series {
        guard let time = try constantTime(timeID) else { throw report(.timeNotConstant(at: location(timeID))) }
        let oldAxes = try axes(of: Expression(id: oldID, scope: scope))
        let newAxes = try axes(of: Expression(id: newID, scope: scope))
        let axes = oldAxes.union(newAxes).subtracting(.time)
        let factor = try defineBeside(Expression(id: id, scope: scope), axes: axes) {
            lowering throws(LoweringFailure) in
            let written = lowering.place(timeID)
            let a = try lowering.read(new, newAxes, at: time, written, newID)
            lowering.protect(a)
            let b = try lowering.read(old, oldAxes, at: time, written, oldID)
            return try lowering.binary(.divide, a, b, written)
        }
        let scaled = try times(old, factor, id)
        var result = Series(
            lists: [], indexes: old.indexes.union(new.indexes), interpolation: new.interpolation)
        for combination in combinations(of: result.indexes) {
            let newList = program.combination(combination, of: result.indexes, in: new.indexes)
            let oldList = program.combination(combination, of: result.indexes, in: old.indexes)
            let (fresh, stale) = (new.lists[newList], scaled.lists[oldList])
            let joined = (fresh + stale.flatMap { outside(fresh, $0) }).sorted { $0.start < $1.start }
            // Beyond an end goes on what lies there, member by member.
            var ends = new.ends(ofList: newList)
            if let first = joined.first, first.start < (fresh.first?.start ?? .max) {
                ends.before = old.ends(ofList: oldList).before
            }
            if let last = joined.last, last.end > (fresh.last?.end ?? .min) {
                ends.after = old.ends(ofList: oldList).after
            }
            result.lists.append(joined)
            result.ends.append(ends)
        }
        return result
    }

    /// What is left of a point outside the periods of others.
    private func outside(_ others: [SeriesPoint], _ point: SeriesPoint) -> [SeriesPoint] {
        var left: [SeriesPoint] = []
        var rest = point
        for other in others where other.start < point.end && other.end > point.start {
            if other.start > rest.start {
                left.append(SeriesPoint(start: rest.start, end: other.start, value: point.value))
            }
            rest.start = max(rest.start, other.end)
        }
        if rest.start < rest.end { left.append(rest) }
        return left
    }

    // MARK: Reading

    /// A series read at a time that it covers, with or without a horizon; nil where the horizon's steps are to be read.
    mutating func readSeries(
        _ base: ExpressionID, at time: TimePoint, _ written: Place, _ place: Place
    ) throws(LoweringFailure) -> Operand? {
        let isInside = program.calendar.range(of: time) != nil
        // What is computed by code has its values at the steps.
        if isInside, !isSeriesItself(Expression(id: base, scope: scope)) { return nil }
        guard let series = try series(of: base) else { return nil }
        reads += series.reads
        let points = series.lists[try combination(at: series.indexes)]
        // A period longer than the series' points is read over the steps of the horizon.
        if isInside, points.contains(where: { $0.start < time.end && time.start < $0.end }),
            !points.contains(where: { $0.start <= time.start && time.end <= $0.end })
        {
            return nil
        }
        let axes = try self.axes(of: Expression(id: base, scope: scope))
        return try read(series, axes, at: time, written, place, hasMean: hasMean(base))
    }

    /// Whether a series stands there as itself, or under its name: not through arithmetic.
    private func isSeriesItself(_ expression: Expression) -> Bool {
        switch core[expression.id] {
        case .read(let target):
            let number = program.ofDeclaration[Int(target.rawValue)]
            return number >= 0 && program.isSeries(number)
        case .local(let local):
            switch expression.scope?.find(local) {
            case .definition(let number): return program.isSeries(number)
            case .expression(let inner):
                guard expansions.hasRoom(at: level, place(inner.id)) else { return false }
                return isSeriesItself(inner)
            case .operand, nil: return false
            }
        default: return isSeriesLiteral(expression.id, in: expression.scope) || isSeriesFunction(expression.id)
        }
    }

    private mutating func read(
        _ series: Series, _ axes: Axes, at time: TimePoint, _ written: Place, _ id: ExpressionID
    ) throws(LoweringFailure) -> Operand {
        try read(series, axes, at: time, written, place(id), hasMean: hasMean(id))
    }

    /// The value of a series at a written-out time, at the current point of the indexes.
    private mutating func read(
        _ series: Series, _ axes: Axes, at time: TimePoint, _ written: Place, _ place: Place, hasMean: Bool
    ) throws(LoweringFailure) -> Operand {
        let list = try combination(at: series.indexes)
        let points = series.lists[list]
        if let point = points.first(where: { $0.start <= time.start && time.end <= $0.end }) {
            return try operand(of: point, place)
        }
        guard series.covers(list: list, from: time.start, to: time.end) else {
            let (message, help) = Program.wordsOutside(
                series, list, when: " at \(time.text)",
                covers: points.isEmpty ? nil : Program.describe(points), model)
            throw report(.outsideSeries(message, help, at: location(written)))
        }
        if !hasMean {
            let last = points.last { $0.start < time.end }.flatMap {
                TimePoint(start: $0.start, length: $0.end == .max ? time.length : $0.end - $0.start)
            }
            throw report(.severalSteps(at: location(place), time.text, last: (last ?? time).text))
        }
        let position = Series.firstPlace(points, endingAfter: time.start)
        if series.interpolation == .linear, position > 0, position < points.count, points[position].start >= time.end {
            // In one gap.
            let left = points[position - 1]
            let weight = left.weight(of: points[position], at: Double(time.start) + Double(time.length) / 2)
            let base = mark()
            let a = try operand(of: left, place)
            protect(a)
            let b = try operand(of: points[position], place)
            protect(b)
            let difference = try binary(.subtract, b, a, place)
            protect(difference)
            let part = try binary(.multiply, difference, .constant(weight), place)
            protect(part)
            return try settle(try binary(.add, a, part, place), base, nil, place)
        }
        let number = defineNative(
            .seriesRead(add(series), from: time.start, to: time.end), axes: axes.subtracting(.time),
            reads: series.reads, at: place)
        return try load(number, place)
    }

    private mutating func operand(of point: SeriesPoint, _ place: Place) throws(LoweringFailure) -> Operand {
        switch point.value {
        case .definition(let number): return try load(number, place)
        case .constant(let value): return .constant(value)
        case .scaled(let value, by: let number):
            return try binary(.multiply, .constant(value), try load(number, place), place)
        }
    }

    /// The points of a series, each with a definition of its value, where there is no horizon to show it over.
    mutating func points(of series: Series, at place: Place) -> [(label: String, definition: Int)] {
        let axes = axes(of: series)
        var result: [(label: String, definition: Int)] = []
        var number: Int?
        for point in series.allPoints {
            if series.lists.count == 1, case .definition(let definition) = point.value,
                program.definitions[definition].axes.indexes == axes.indexes
            {
                result.append((point.label, definition))
                continue
            }
            let own = number ?? add(series)
            number = own
            let value = defineNative(
                .seriesPoint(own, from: point.start, to: point.end), axes: axes, reads: series.reads, at: place)
            result.append((point.label, value))
        }
        return result
    }

    /// What the points of a series vary over.
    func axes(of series: Series) -> Axes {
        series.reads.reduce(series.indexes) { $0.union(program.definitions[$1].axes) }.subtracting(.time)
    }

    // MARK: As written

    /// Whether an expression is a literal over time, perhaps in units or with a chain behind it that is the same at all
    /// times: `[2022: 282.6M] phone/yr`.
    @inline(__always)
    private func isSeriesLiteral(_ id: ExpressionID) -> Bool { isSeriesLiteral(id, in: scope) }

    private func isSeriesLiteral(_ id: ExpressionID, in scope: BindingScope?) -> Bool {
        switch core[id] {
        case .series: return true
        case .chain(let first, let steps):
            guard isSeriesLiteral(first, in: scope) else { return false }
            return core.steps(steps).allSatisfy { step in
                guard step.operation == .multiply || step.operation == .divide else { return false }
                if step.isUnit { return true }
                guard let axes = try? axes(of: Expression(id: step.operand, scope: scope)) else { return false }
                return !axes.contains(.time)
            }
        default: return false
        }
    }

    private mutating func seriesPoints(_ id: ExpressionID) throws(LoweringFailure) -> [SeriesPoint] {
        // What stands around the literal: units behind it and chains that it begins, in any number of brackets.
        var steps: [ChainStep] = []
        var inner = id
        while case .chain(let first, let own) = core[inner] {
            steps.insert(contentsOf: core.steps(own), at: 0)
            inner = first
        }
        guard case .series(let number) = core[inner] else { throw .reported }
        var points: [(point: SeriesPoint, key: Place)] = []
        for written in core.series[Int(number)].points {
            let first = try written.first.isNone ? nil : keyTime(written.first)
            let last = try written.last == written.first ? first : written.last.isNone ? nil : keyTime(written.last)
            let value = try pointDefinition(written.value, steps)
            points.append(
                (
                    SeriesPoint(start: first?.start ?? 0, end: last?.end ?? .max, value: .definition(value)),
                    written.key
                ))
        }
        points.sort { $0.point.start < $1.point.start }
        for position in points.indices.dropFirst() where points[position].point.start < points[position - 1].point.end {
            throw report(
                .overlappingKeys(at: location(points[position].key), other: location(points[position - 1].key)))
        }
        if !hasMean(id) { try checkPoints(ofNoNumbers: points) }
        return points.map { $0.point }
    }

    /// Of conditions, texts, times and lists there is neither a value between two nor a mean. What a function leaves open
    /// counts as a number.
    private func hasMean(_ id: ExpressionID) -> Bool {
        switch core.shape(of: id) {
        case .number, .variable, .unknown: true
        case .bool, .text, .time, .list, .record, .function: false
        }
    }

    private mutating func checkPoints(
        ofNoNumbers points: [(point: SeriesPoint, key: Place)]
    ) throws(LoweringFailure) {
        for position in points.indices.dropFirst() where points[position - 1].point.end < points[position].point.start {
            throw report(
                .gapOfNoNumbers(at: location(points[position - 1].key), next: location(points[position].key)))
        }
        for step in program.calendar.steps {
            let met = points.filter { $0.point.start < step.end && step.start < $0.point.end }
            if met.count > 1 { throw report(.pointsInStep(at: location(met[1].key), step.text)) }
        }
    }

    private mutating func keyTime(_ id: ExpressionID) throws(LoweringFailure) -> TimePoint {
        guard let time = try constantTime(id) else { throw report(.timeNotConstant(at: location(id))) }
        return time
    }

    /// The value of one point, with the units behind the literal and the rest of the chains around it, innermost first.
    private mutating func pointDefinition(
        _ value: ExpressionID, _ steps: [ChainStep]
    ) throws(LoweringFailure) -> Int {
        let expression = Expression(id: value, scope: scope)
        var axes = try self.axes(of: expression)
        for step in steps { axes.formUnion(try self.axes(of: Expression(id: step.operand, scope: scope))) }
        return try defineBeside(expression, axes: axes) { lowering throws(LoweringFailure) in
            var operand = try lowering.lower(value)
            for var step in steps {
                lowering.protect(operand)
                if step.isUnit { step.place = lowering.place(value) }
                operand = try lowering.apply(step, operand, try lowering.lower(step.operand))
            }
            return operand
        }
    }
}
