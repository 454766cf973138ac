import ReuseCore

/// StepSet is a set of steps, as ranges that do not touch; with very many gaps the smallest count as members.
struct StepSet: Equatable, Sendable {
    private(set) var ranges: [ClosedRange<Int>] = []
    private static let mostRanges = 16

    init() {}
    init(_ range: ClosedRange<Int>) { ranges = [range] }

    var isEmpty: Bool { ranges.isEmpty }
    var last: Int? { ranges.last?.upperBound }

    @inline(__always)
    func contains(_ step: Int) -> Bool {
        for range in ranges where range.lowerBound <= step { if step <= range.upperBound { return true } }
        return false
    }

    /// Adds steps; whether any are new.
    mutating func formUnion(_ other: StepSet) -> Bool {
        let all = other.ranges.allSatisfy { range in
            ranges.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
        }
        if all { return false }
        var result: [ClosedRange<Int>] = []
        for range in (ranges + other.ranges).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let before = result.last, range.lowerBound <= before.upperBound + 1 {
                result[result.count - 1] = before.lowerBound...max(before.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        while result.count > Self.mostRanges {
            let gaps = result.indices.dropLast().map { result[$0 + 1].lowerBound - result[$0].upperBound }
            let place = gaps.indices.min { gaps[$0] < gaps[$1] } ?? 0
            result[place] = result[place].lowerBound...result[place + 1].upperBound
            result.remove(at: place + 1)
        }
        ranges = result
        return true
    }

    /// Each so many steps earlier, where there is such a step.
    func earlier(by steps: Int) -> StepSet {
        var result = StepSet()
        for range in ranges where range.upperBound >= steps {
            result.ranges.append(max(range.lowerBound - steps, 0)...range.upperBound - steps)
        }
        return result
    }
}

/// NeededSteps finds at which steps each definition has to be computed for what is asked of a program: what a value is read
/// at is carried backwards through all that it rests on. A value before it shifts the steps; what goes on from step to step
/// needs all from the first one on, and what looks at others as it runs needs all.
struct NeededSteps {
    private let program: Program
    private let whole: StepSet
    private let first = StepSet(0...0)
    private var steps: [StepSet]
    private var work: [Int] = []
    /// By definition: the others that are computed with it from step to step.
    private var loops: [Int: [Int]] = [:]
    /// Definitions that vary over time, and those that do not, each by where their values begin; lanes and others apart.
    private var places: (lanes: [Int], others: [Int]) = ([], [])
    /// Where each piece of code begins, ascending.
    private var starts: [Int] = []

    static func find(_ program: Program) -> [StepSet] {
        var search = NeededSteps(program)
        search.run()
        return search.steps
    }

    private init(_ program: Program) {
        self.program = program
        whole = StepSet(0...max(program.calendar.count - 1, 0))
        steps = Array(repeating: StepSet(), count: program.definitions.count)
    }

    private mutating func run() {
        for entry in program.schedule where entry.isLoop {
            for number in entry.definitions { loops[number] = entry.definitions }
        }
        places = (inOrder(isSampled: true), inOrder(isSampled: false))
        for definition in program.definitions {
            if case .code(let codes) = definition.kind { starts += codes.map { $0.start } }
        }
        starts += program.functions.map { $0.start }
        starts.sort()
        for query in program.queries {
            for number in [query.definition] + query.points.map({ $0.definition }) where number >= 0 {
                need(number, whole)
            }
        }
        while let number = work.popLast() { readBack(number) }
    }

    private func inOrder(isSampled: Bool) -> [Int] {
        program.definitions.indices
            .filter { program.definitions[$0].isSampled == isSampled && hasPlaces($0) }
            .sorted { program.definitions[$0].address < program.definitions[$1].address }
    }

    private func hasPlaces(_ number: Int) -> Bool {
        switch program.definitions[number].kind {
        case .reads, .cohorts: false
        default: true
        }
    }

    private mutating func need(_ number: Int, _ wanted: StepSet) {
        if wanted.isEmpty { return }
        let own = program.definitions[number].varies ? wanted : first
        if steps[number].formUnion(own) { work.append(number) }
    }

    private mutating func needAll(_ numbers: [Int]) { for number in numbers { need(number, whole) } }

    /// What a definition reads, at the steps at which it is needed now.
    private mutating func readBack(_ number: Int) {
        let definition = program.definitions[number]
        if let loop = loops[number], let last = steps[number].last {
            for member in loop { need(member, StepSet(0...last)) }
        }
        let own = steps[number]
        switch definition.kind {
        case .code(let codes): read(codes, of: number, own)
        case .cumulative:
            guard let last = own.last else { return }
            let before = StepSet(0...last)
            need(number, before)
            for read in definition.reads { need(read, before) }
        case .timeReduction(_, let source, let range):
            need(source, StepSet(range))
            for read in definition.reads where read != source { need(read, whole) }
        case .statistic, .clearing, .cleared, .phased:
            for read in definition.reads { need(read, definition.varies ? own : whole) }
        case .table: for read in definition.reads { need(read, own) }
        case .reads, .invalid: return
        case .growing, .cohorts, .opening, .projected, .series, .seriesRead, .seriesPoint:
            need(number, whole)
            needAll(definition.reads)
        }
    }

    // MARK: Code

    /// The reads of code are in its instructions and in those of the functions that it calls. What else it is said to read
    /// was known before anything runs, or is read by what it reads. Of functions that are handed on nothing is known.
    private mutating func read(_ codes: [Code], of number: Int, _ own: StepSet) {
        var functions: Set<Int> = []
        for code in codes where !read(from: code.start, own, &functions) {
            return needAllBehind(number)
        }
    }

    /// Function values may be called wherever what they are kept in is read.
    private mutating func needAllBehind(_ number: Int) {
        var seen: Set<Int> = [number]
        var stack = program.definitions[number].reads
        while let read = stack.popLast() {
            guard seen.insert(read).inserted else { continue }
            need(read, whole)
            stack += program.definitions[read].reads
        }
    }

    /// One piece of code, and those of the functions that it calls; false where it calls what is known only as it runs.
    private mutating func read(
        from start: Int, _ own: StepSet, _ functions: inout Set<Int>
    ) -> Bool {
        var pieces = [start]
        while let start = pieces.popLast() {
            var pc = start
            let end = end(ofCodeAt: start)
            while pc < end {
                let instruction = program.code[pc]
                pc += 1
                switch instruction.opcode {
                case .load, .laneLoadUniform: read(instruction, isSampled: false, nil)
                case .loadLane, .laneLoad: read(instruction, isSampled: true, nil)
                case .loadStep, .laneLoadUniformStep: read(instruction, isSampled: false, own)
                case .loadLaneStep, .laneLoadStep: read(instruction, isSampled: true, own)
                case .readTime:
                    need(program.timeReads[instruction.wide].definition, whole)
                case .call, .tailCall:
                    let function = instruction.wide
                    if functions.insert(function).inserted { pieces.append(program.functions[function].start) }
                case .closure:
                    let function = Int(instruction.c)
                    if functions.insert(function).inserted { pieces.append(program.functions[function].start) }
                case .callValue, .tailCallValue: return false
                default: break
                }
            }
        }
        return true
    }

    private func end(ofCodeAt start: Int) -> Int {
        guard start >= 0 else { return start }
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= start { low = middle + 1 } else { high = middle }
        }
        return low < starts.count ? starts[low] : program.code.count
    }

    /// What an instruction reads: at a step of its own, or so many steps before those at which the code runs.
    private mutating func read(_ instruction: Instruction, isSampled: Bool, _ own: StepSet?) {
        let count = max(program.calendar.count, 1)
        // A value some steps before the first lies that much before its places.
        let address = own == nil ? instruction.wide : instruction.wide + count - 1
        guard let number = definition(at: address, isSampled: isSampled) else { return }
        let place = address - program.definitions[number].address
        if let own {
            need(number, own.earlier(by: count - 1 - place % count))
        } else if program.definitions[number].varies {
            need(number, StepSet(place % count...place % count))
        } else {
            need(number, first)
        }
    }

    /// The definition whose values lie at an address.
    private func definition(at address: Int, isSampled: Bool) -> Int? {
        let numbers = isSampled ? places.lanes : places.others
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if program.definitions[numbers[middle]].address <= address { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? numbers[low - 1] : nil
    }
}
