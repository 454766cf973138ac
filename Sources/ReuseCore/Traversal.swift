import ReuseModel
import ReuseSyntax

extension Core {
    /// Calls `body` with each part of an expression, in the order in which they are written.
    public func forEachPart(of id: ExpressionID, _ body: (ExpressionID) -> Void) {
        func each(_ list: ExpressionList) { for part in elements(list) { body(part) } }
        switch self[id] {
        case .missing, .wrong, .constant, .nothing, .interval, .textConstant, .read, .local, .now, .function,
            .unaryFunction, .memberTest, .column:
            break
        case .text(let list), .and(let list), .or(let list), .conditional(let list), .draw(_, let list),
            .list(let list), .record(let list, _), .call(_, let list), .byMember(_, let list):
            each(list)
        case .shown(let part, _), .under(_, let part), .unary(_, let part), .timePart(let part, _),
            .field(let part, _), .fail(let part), .overTime(_, let part),
            .interpolated(let part, _):
            body(part)
        case .power(let a, let b), .comparison(_, _, let a, let b), .listOperation(_, let a, let b), .map(let a, let b),
            .filter(let a, let b), .statistic(_, let a, let b):
            body(a)
            body(b)
        case .within(let a, let b, tolerance: let c, _), .fold(let a, initial: let b, let c),
            .previous(let a, span: let b, otherwise: let c), .extended(let a, hold: let b, trend: let c),
            .rebased(let a, onto: let b, at: let c):
            body(a)
            body(b)
            body(c)
        case .growing(let value, rate: let rate, every: let every, from: let from):
            body(value)
            body(rate)
            body(every)
            body(from)
        case .chain(let first, let chain):
            body(first)
            for step in steps(chain) { body(step.operand) }
        case .apply(let callee, let list):
            body(callee)
            each(list)
        case .lambda(let number): body(lambdas[Int(number)].body)
        case .block(let number):
            for local in blocks[Int(number)].lets { body(local.value) }
            body(blocks[Int(number)].value)
        case .lifetime(let number):
            for argument in lifetimes[Int(number)].arguments { body(argument) }
            for row in lifetimes[Int(number)].table {
                body(row.age)
                body(row.share)
            }
        case .series(let number):
            for point in series[Int(number)].points {
                body(point.first)
                if point.last != point.first { body(point.last) }
                body(point.value)
            }
        case .pick(let number):
            body(picks[Int(number)].base)
            switch picks[Int(number)].time {
            case .none: break
            case .at(let time, _): body(time)
            case .range(first: let first, last: let last, _):
                body(first)
                body(last)
            }
        case .reduction(let number):
            body(reductions[Int(number)].value)
            body(reductions[Int(number)].condition)
        }
    }

    /// Whether an expression, or a part of it at any depth, does something that is looked for.
    public func contains(_ id: ExpressionID, where isWanted: (Operation) -> Bool) -> Bool {
        var work = [id]
        while let next = work.popLast() {
            if next.isNone { continue }
            if isWanted(self[next]) { return true }
            forEachPart(of: next) { work.append($0) }
        }
        return false
    }

    /// The declarations that an expression names; some more than once.
    public func declarations(in id: ExpressionID) -> [DeclarationID] {
        var result: [DeclarationID] = []
        var work = [id]
        while let next = work.popLast() {
            switch self[next] {
            case .read(let target), .function(let target), .call(let target, _): result.append(target)
            default: break
            }
            forEachPart(of: next) { if !$0.isNone { work.append($0) } }
        }
        return result
    }

    /// The parameters and local `let`s that an expression reads and does not bind itself, each once.
    public func freeLocals(of id: ExpressionID) -> [Local] {
        if let known = freeLocalsOfExpression[id] { return known }
        var found: [Local] = []
        var bound: Set<Local> = []
        // Binders are seen before what they bind is read.
        var work = [id]
        while let next = work.popLast() {
            switch self[next] {
            case .local(let local): if !found.contains(local) { found.append(local) }
            case .lambda(let number): bound.formUnion(lambdas[Int(number)].parameters)
            case .block(let number): for local in blocks[Int(number)].lets { bound.insert(local.local) }
            default: break
            }
            let first = work.count
            forEachPart(of: next) { if !$0.isNone { work.append($0) } }
            work[first...].reverse()
        }
        found.removeAll { bound.contains($0) }
        freeLocalsOfExpression[id] = found
        return found
    }

    /// Whether an expression is a literal over time, or a chain that begins with one.
    public func beginsWithSeries(_ id: ExpressionID) -> Bool {
        var first = id
        while case .chain(let inner, _) = self[first] { first = inner }
        if case .series = self[first] { return true }
        return false
    }

    /// Whether something in an expression looks at other points of a value than the current one.
    public func looksAround(_ id: ExpressionID) -> Bool {
        contains(id) { operation in
            switch operation {
            case .byMember, .series, .growing, .pick, .reduction, .statistic, .overTime, .previous, .interpolated,
                .extended, .rebased:
                true
            case .lifetime(let number): lifetimes[Int(number)].form == .survival
            default: false
            }
        }
    }
}
