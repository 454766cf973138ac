/// One value at one point, for a block of samples.
struct BlockTask {
    enum Work {
        /// Code for lanes, and for one lane after the other, from an instruction on.
        case lanes(Int)
        case scalar(Int, isObject: Bool)
        /// `x growing r from t`, at all steps.
        case growth
        /// A stock, at all steps: number in `Program.stocks`.
        case stock(Int)
        /// What `Worker` computes by itself.
        case native
    }

    var definition: Int
    var combination: Int
    /// Of code whose addresses rest on members: number in `Program.offsets`, else -1.
    var offsets = -1
    var step: Int
    /// In the lane file.
    var place: Int
    var work: Work
}

/// The values of a pass in the order in which they are computed. Where that changes nothing, it goes step by step through
/// values that follow each other, rather than value by value through all steps: what a step has just computed is then
/// still near at hand for the next value of that step.
struct BlockTape {
    private(set) var tasks: [BlockTask] = []
    private let program: Program
    /// Values over time that are put off, to be computed step by step, and where their lanes are.
    private var group: [ScheduleEntry] = []
    private var members: Set<Int> = []
    private var places = 0..<0
    /// A value over time whose tasks are the last so far, and where they begin.
    private var last: (definition: Int, first: Int)?

    /// By definition: at which steps it is computed.
    private let steps: [StepSet]
    private let stops: () -> Bool

    /// The tape is left unfinished where `stops` says so.
    init(
        _ program: Program, _ entries: [ScheduleEntry], _ steps: [StepSet], stops: @escaping () -> Bool
    ) {
        self.program = program
        self.steps = steps
        self.stops = stops
        for entry in entries where !stops() {
            if canJoin(entry) {
                group.append(entry)
                take(entry)
            } else {
                // What rests on none of the group may as well come before it.
                if entry.definitions.contains(where: { program.allReads(of: $0).contains { members.contains($0) } }
                ) {
                    close()
                }
                add(entry)
            }
        }
        close()
    }

    /// Whether an entry varies over time, and reads the group at the same step or at earlier ones alone.
    private func canJoin(_ entry: ScheduleEntry) -> Bool {
        entry.definitions.allSatisfy { number in
            let definition = program.definitions[number]
            guard definition.varies else { return false }
            switch definition.kind {
            case .code(let codes):
                return !codes.isEmpty && codes.allSatisfy { readsNoLaterStep($0) }
            case .cumulative, .phased, .series: return true
            default: return false
            }
        }
    }

    /// Looks at each read in a piece of code. `laneLoadStep` reads the current step or one before it.
    private func readsNoLaterStep(_ code: Code) -> Bool {
        guard code.isLane else { return false }
        var pc = code.start
        while pc < program.code.count {
            let instruction = program.code[pc]
            switch instruction.opcode {
            case .laneEnd: return true
            case .call, .tailCall, .callValue, .tailCallValue, .closure, .readTime, .loadLane, .loadLaneStep:
                return false
            case .laneLoad:
                // Where the address rests on members, none of those that it may be is looked for.
                if instruction.detail > 0 || places.contains(instruction.wide) { return false }
            default: break
            }
            pc += 1
        }
        return false
    }

    private mutating func take(_ entry: ScheduleEntry) {
        for number in entry.definitions {
            let definition = program.definitions[number]
            let own = definition.address..<definition.address + definition.combinations * program.calendar.count
            places =
                members.isEmpty
                ? own : min(places.lowerBound, own.lowerBound)..<max(places.upperBound, own.upperBound)
            members.insert(number)
        }
    }

    private mutating func close() {
        let first = tasks.count
        defer {
            if let only = group.first, group.count == 1, only.definitions.count == 1 {
                last = (only.definitions[0], first)
            } else if !group.isEmpty {
                last = nil
            }
            group = []
            members = []
        }
        for step in program.calendar.steps.indices where !stops() {
            for entry in group { for number in entry.definitions { add(number, step) } }
        }
    }

    /// A stock at all steps. What flows into it is computed just before, combination by combination, where it may be.
    private mutating func addStock(_ number: Int, _ plan: Int) {
        let definition = program.definitions[number]
        let inflow = program.stocks[plan].inflow
        var follows = false
        if let last, last.definition == inflow, program.definitions[inflow].axes == definition.axes {
            tasks.removeSubrange(last.first...)
            follows = true
        }
        for combination in 0..<definition.combinations {
            if follows {
                for step in program.calendar.steps.indices { add(inflow, step, combination...combination) }
            }
            tasks.append(
                BlockTask(
                    definition: number, combination: combination, step: 0, place: definition.address,
                    work: .stock(plan)))
        }
    }

    private mutating func add(_ entry: ScheduleEntry) {
        defer { last = nil }
        let isOverTime = entry.definitions.contains { program.definitions[$0].varies }
        let steps = isOverTime ? program.calendar.count : 1
        if entry.isLoop {
            for step in 0..<steps where !stops() { for number in entry.definitions { add(number, step) } }
        } else {
            for number in entry.definitions {
                if case .cohorts(let plan) = program.definitions[number].kind {
                    addStock(number, plan)
                } else {
                    for step in 0..<steps where !stops() { add(number, step) }
                }
            }
        }
    }

    private mutating func add(_ number: Int, _ step: Int) {
        add(number, step, 0...max(program.definitions[number].combinations - 1, 0))
    }

    private mutating func add(_ number: Int, _ step: Int, _ combinations: ClosedRange<Int>) {
        let definition = program.definitions[number]
        if step > 0, !definition.varies { return }
        if !steps[number].contains(definition.varies ? step : 0) { return }
        let steps = definition.varies ? program.calendar.count : 1
        for combination in combinations {
            let place = definition.address + combination * steps + step
            var task = BlockTask(
                definition: number, combination: combination, step: step, place: place, work: .native)
            switch definition.kind {
            case .code(let codes):
                guard let code = definition.code(codes, at: combination) else { continue }
                task.offsets = code.offsets
                task.work =
                    code.isLane ? .lanes(code.start) : .scalar(code.start, isObject: definition.isObject)
            case .growing:
                guard step == 0, combination == 0 else { continue }
                task.work = .growth
            case .statistic, .cleared, .reads, .invalid, .table: continue
            case .series, .seriesRead, .seriesPoint, .cumulative, .timeReduction, .clearing, .projected, .phased,
                .cohorts,
                .opening:
                break
            }
            tasks.append(task)
        }
    }
}
