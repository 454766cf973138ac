import ReuseSyntax

extension Model {
    /// An order in which each declaration comes after what it rests on, and the group that each is in (Tarjan's
    /// strongly connected components, with an explicit stack: chains of declarations may be a million long).
    func evaluationOrder(_ watch: Watch) -> (order: [DeclarationID], component: [Int32]) {
        let count = declarations.count
        var number = [Int32](repeating: -1, count: count)
        var low = [Int32](repeating: 0, count: count)
        var onStack = [Bool](repeating: false, count: count)
        var component = [Int32](repeating: -1, count: count)
        var stack: [Int32] = []
        var work: [(declaration: Int32, next: Int32)] = []
        var counter: Int32 = 0
        var components: Int32 = 0
        var order: [DeclarationID] = []
        order.reserveCapacity(count)
        for root in 0..<Int32(count) where number[Int(root)] < 0 {
            work.append((root, 0))
            while let (current, next) = work.last, !watch.stops() {
                let c = Int(current)
                if next == 0 {
                    number[c] = counter
                    low[c] = counter
                    counter += 1
                    stack.append(current)
                    onStack[c] = true
                }
                let start = edgeStarts[c * 2]
                let end = edgeStarts[c * 2 + 1]
                if start >= 0, start + next < end {
                    work[work.count - 1].next = next + 1
                    let target = Int(edges[Int(start + next)].target.rawValue)
                    if number[target] < 0 {
                        work.append((Int32(target), 0))
                    } else if onStack[target] {
                        low[c] = min(low[c], number[target])
                    }
                    continue
                }
                if low[c] == number[c] {
                    while let member = stack.popLast() {
                        onStack[Int(member)] = false
                        component[Int(member)] = components
                        order.append(DeclarationID(member))
                        if member == current { break }
                    }
                    components += 1
                }
                work.removeLast()
                if let parent = work.last { low[Int(parent.declaration)] = min(low[Int(parent.declaration)], low[c]) }
            }
        }
        return (order, component)
    }

    /// Places in `order` of the declarations that rest on each other, from a place on; nil behind the last.
    func group(from start: Int) -> Range<Int>? {
        guard start < order.count else { return nil }
        let number = component[Int(order[start].rawValue)]
        var end = start + 1
        while end < order.count, component[Int(order[end].rawValue)] == number { end += 1 }
        return start..<end
    }

    /// Declarations of one group so that each comes after those that it reads in the same step.
    public func stepOrder(among values: [DeclarationID]) -> [DeclarationID] {
        values.count < 2 ? values : values.sorted { (stepRank[$0] ?? 0, $0) < (stepRank[$1] ?? 0, $1) }
    }
}

/// Circles: values that need themselves in the same step. Functions may call themselves; `previous` breaks a circle.
struct CircleCheck: Stage {
    let model: Model
    var problems: Problems
    /// Declarations that name themselves.
    private(set) var selfReading: [Bool] = []
    /// Within groups: a rank by which each declaration comes after those that it reads in the same step.
    private(set) var stepRank: [DeclarationID: Int32] = [:]

    mutating func run() {
        var next = 0
        while let group = model.group(from: next) {
            if group.count > 1 || readsItself(model.order[next]) { checkCircle(among: Array(model.order[group])) }
            next = group.upperBound
        }
    }

    private func readsItself(_ id: DeclarationID) -> Bool {
        for place in model.reads(of: id).indices where model.edges[place].target == id { return true }
        return false
    }

    private mutating func checkCircle(among members: [DeclarationID]) {
        let component = model.component[Int(members[0].rawValue)]
        for member in members where readsItself(member) {
            if selfReading.isEmpty { selfReading = Array(repeating: false, count: model.declarations.count) }
            selfReading[Int(member.rawValue)] = true
        }
        guard members.contains(where: { model[$0].kind != .function }) else { return }
        // Depth-first over the edges inside the group that do not go back in time.
        var state: [DeclarationID: Int] = [:]
        for root in members.sorted() where state[root] == nil && model[root].kind != .function {
            var path: [(id: DeclarationID, edges: [DependencyEdge], next: Int)] = []
            func open(_ id: DeclarationID) -> (DeclarationID, [DependencyEdge], Int) {
                (
                    id,
                    model.reads(of: id).filter {
                        model.component[Int($0.target.rawValue)] == component && $0.reach != .delayed
                    }, 0
                )
            }
            path.append(open(root))
            state[root] = 1
            while let top = path.last {
                guard top.next < top.edges.count else {
                    state[top.id] = 2
                    stepRank[top.id] = Int32(stepRank.count)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let edge = top.edges[top.next]
                if state[edge.target] == 1 {
                    guard let from = path.firstIndex(where: { $0.id == edge.target }) else { continue }
                    let circle = path[from...]
                    if circle.allSatisfy({ model[$0.id].kind == .function }) { continue }
                    reportCircle(circle.map { ($0.id, $0.edges[$0.next - 1]) })
                    return
                }
                if state[edge.target] == nil {
                    state[edge.target] = 1
                    path.append(open(edge.target))
                }
            }
        }
    }

    private mutating func reportCircle(_ whole: [(id: DeclarationID, edge: DependencyEdge)]) {
        // A stock's cohorts have no name of their own.
        let circle = whole.filter { model[$0.id].kind != .cohorts }
        guard let first = circle.first else { return }
        let level = circle.first { model.stockResult(of: $0.id) == .level }
        report(
            .circular(
                circle.map { model.name($0.id) } + [model.name(first.id)],
                at: model.location(first.edge.node, in: first.edge.module),
                others: circle.dropFirst().prefix(5).map { model.location($0.edge.node, in: $0.edge.module) },
                readsOtherSteps: whole.contains { $0.edge.reach == .whole }, stock: level.map { model.name($0.id) },
                holdsUnit: circle.contains { model[$0.id].kind == .unit }))
    }
}
