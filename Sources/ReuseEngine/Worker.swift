import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Computes values: what is the same for all samples, and blocks of samples one at a time. A run has one for each thread;
/// they share the values that are the same for all samples and nothing else.
final class Worker {
    let program: Program
    let machine: Machine
    /// By definition: at which steps it is computed.
    let steps: [StepSet]
    /// Whether it is computed at all.
    let needed: [Bool]
    /// Samples of the run as a whole.
    let sampleCount: Int
    /// Solvers of the program's clearings, made where they are first needed.
    var clearings: [ClearingWork?]
    /// What was fitted so far, by projection.
    var projections: [ProjectionWork]
    /// What the stocks hold, made where it is first needed.
    var stocks: [StockWork?]
    var failures: [FailureKey: (count: Int, last: Int)] = [:]
    /// Samples whose markets could not be cleared.
    var unsolved: Set<Int> = []
    /// Whether it has computed a block.
    private var hasRun = false
    /// Whether solutions of clearings are kept as starts for another run.
    let makesHints: Bool

    init(
        _ program: Program, _ machine: Machine, number: Int, steps: [StepSet], sampleCount: Int, makesHints: Bool
    ) {
        self.program = program
        self.machine = machine
        machine.worker = number
        self.steps = steps
        needed = steps.map { !$0.isEmpty }
        self.sampleCount = sampleCount
        self.makesHints = makesHints
        clearings = Array(repeating: nil, count: program.clearings.count)
        projections = program.projections.map { _ in ProjectionWork() }
        stocks = Array(repeating: nil, count: program.stocks.count)
    }

    /// Starts for the searches of this worker, found by another.
    func takeHints(of other: Worker) {
        for (number, work) in other.clearings.enumerated() {
            guard let hints = work?.hints else { continue }
            let own = ClearingWork(program.clearings[number])
            own.hints = hints
            clearings[number] = own
        }
    }

    func keepHint(_ work: ClearingWork, at place: Int) {
        if makesHints { keepHint(work, work.solver.hint(), at: place) }
    }

    func keepHint(_ work: ClearingWork, _ hint: ClearingHint?, at place: Int) {
        if place >= work.hints.count { work.hints += Array(repeating: nil, count: place + 1 - work.hints.count) }
        work.hints[place] = hint
    }

    /// Texts that are the same for all samples are found by the first worker.
    func beginPass(like first: Worker) {
        if self !== first { machine.texts = first.machine.texts }
    }

    // MARK: What is the same for all samples

    /// Computes definitions at all steps. Statistics reduce the samples of an earlier pass, which `statistic` does.
    func runUniform(
        _ entry: ScheduleEntry, statistic: (_ definition: Int, _ combination: Int, _ step: Int) -> Double
    ) {
        machine.lane = 0
        if entry.isLoop {
            let tape = tape(entry.definitions)
            for step in 0..<program.calendar.count where !machine.stops() { run(tape, step, statistic) }
            return
        }
        for number in entry.definitions {
            if case .growing = program.definitions[number].kind {
                grow(number)
                continue
            }
            // Combination by combination, so that what each works with stays at hand.
            if case .cohorts(let plan) = program.definitions[number].kind {
                for combination in 0..<program.definitions[number].combinations where !machine.stops() {
                    machine.stand(at: combination, of: number)
                    advanceThroughout(plan, number, combination)
                }
                continue
            }
            for task in tape([number]).tasks where !machine.stops() {
                for step in 0..<(task.stride > 0 ? program.calendar.count : 1) where needs(task, at: step) {
                    machine.step = step
                    run(task, step, statistic)
                }
            }
        }
    }

    private func tape(_ definitions: [Int]) -> UniformTape {
        UniformTape(program, definitions, steps) { self.state(self.stockWork($0, $1), $1, $2) }
    }

    private func run(_ tape: UniformTape, _ step: Int, _ statistic: (Int, Int, Int) -> Double) {
        machine.step = step
        for task in tape.tasks where (step == 0 || task.stride > 0) && needs(task, at: step) {
            run(task, step, statistic)
        }
    }

    @inline(__always)
    private func needs(_ task: UniformTask, at step: Int) -> Bool {
        task.isWhole || steps[task.definition].contains(step)
    }

    @inline(__always)
    private func run(_ task: UniformTask, _ step: Int, _ statistic: (Int, Int, Int) -> Double) {
        machine.stand(at: task.combination, of: task.definition)
        if task.offsets >= 0 { machine.shift(task.offsets, to: task.combination) }
        switch task.work {
        case .code(let start, let isObject):
            machine.uniform[task.place + task.stride * step] = scalarValue(
                Code(start: start, isLane: false), isObject: isObject)
        case .arithmetic(let start):
            let value: Double
            switch machine.run(from: start) {
            case .value(let own): value = own
            case .poisoned(let own): value = own
            case .fault(let fault, let pc): value = machine.poison(fault, at: pc, openCalls: machine.openCalls)
            case .lane: value = 0
            }
            machine.uniform[task.place + task.stride * step] = value
        case .level(let state, let plan):
            let isDone = state._withUnsafeGuaranteedRef { $0.width == 1 && step > 0 && self.advancePlainly($0, step) }
            if !isDone { advance(plan, task.definition, task.combination, step) }
        case .opening(let level, let initial) where step > 0 || initial < 0:
            machine.uniform[task.place + step] = step > 0 ? machine.uniform[level + step - 1] : 0
        case .cohorts(let plan): advance(plan, task.definition, task.combination, step)
        case .opening, .other: computeUniform(task.definition, task.combination, step, statistic)
        }
    }

    private func computeUniform(
        _ number: Int, _ combination: Int, _ step: Int, _ statistic: (Int, Int, Int) -> Double
    ) {
        let definition = program.definitions[number]
        let target = machine.uniform + definition.place(at: combination, step, of: program.calendar.count)
        switch definition.kind {
        case .code(let codes):
            target.pointee =
                definition.code(codes, at: combination).map { scalarValue($0, isObject: definition.isObject) }
                ?? definition.constant ?? 0
        case .table(let values): target.pointee = values[combination]
        case .statistic: target.pointee = statistic(number, combination, step)
        default: compute(number, combination, step, into: target, 1)
        }
    }

    func scalarValue(_ code: Code, isObject: Bool) -> Double {
        let mark = machine.arena.mark()
        let textCount = machine.texts.count
        defer {
            if !isObject {
                machine.arena.reset(to: mark)
                if machine.texts.count > textCount { machine.texts.removeSubrange(textCount...) }
            }
        }
        switch machine.run(from: code.start) {
        case .value(let value): return value
        case .fault(let fault, let pc): return machine.poison(fault, at: pc, openCalls: machine.openCalls)
        case .poisoned(let value): return value
        case .lane: return 0
        }
    }

    /// Value of a definition at a combination of its own indexes.
    func uniformValue(_ number: Int, _ combination: Int, _ step: Int) -> Double {
        let definition = program.definitions[number]
        if let constant = definition.constant { return constant }
        return machine.uniform[definition.place(at: combination, step, of: program.calendar.count)]
    }

    /// The combination of another definition's indexes at the point of a combination of this one's.
    func point(_ combination: Int, of number: Int, in other: Int) -> Int {
        program.combination(combination, of: program.definitions[number].axes, in: program.definitions[other].axes)
    }

    // MARK: Blocks of samples

    /// Computes the values of a pass for the block of samples at which the machine stands.
    ///
    /// The last block may have more lanes than samples are left. Code that runs lane by lane stays out of these, as what it
    /// does there could fail or never end; they take the last sample's value.
    func run(_ tape: [BlockTask]) {
        let n = machine.width
        let count = min(n, max(1, sampleCount - Int(truncatingIfNeeded: machine.firstSample)))
        // In its first block a task of a thousand bytes may be the first to touch a page of two million.
        let weight: Int32 = hasRun ? 1 : 8
        hasRun = true
        for task in tape where !machine.stops(weight: weight) {
            machine.step = task.step
            machine.stand(at: task.combination, of: task.definition)
            if task.offsets >= 0 { machine.shift(task.offsets, to: task.combination) }
            let target = machine.laneFile + task.place * n
            switch task.work {
            case .lanes(let start): machine.runLanes(from: start, into: target)
            case .scalar(let start, let isObject):
                let code = Code(start: start, isLane: false)
                for lane in 0..<count {
                    machine.lane = lane
                    target[lane] = scalarValue(code, isObject: isObject)
                }
                for lane in count..<n { target[lane] = target[count - 1] }
            case .growth: growLanes(task.definition)
            case .stock(let plan): advanceThroughout(plan, task.definition, task.combination)
            case .native: compute(task.definition, task.combination, task.step, into: target, n)
            }
        }
    }

    /// What no code computes: in the lanes of a block, or the one value that is the same for all samples.
    private func compute(
        _ number: Int, _ combination: Int, _ step: Int, into target: UnsafeMutablePointer<Double>, _ n: Int
    ) {
        let definition = program.definitions[number]
        func there(_ source: Int) -> Int { point(combination, of: number, in: source) }
        switch definition.kind {
        case .series(let series):
            for lane in 0..<n {
                target[lane] = readSeries(series, at: step, number, combination) { self.laneValue($0, $1, step, lane) }
            }
        case .seriesRead(let series, let start, let end):
            for lane in 0..<n {
                target[lane] = readSeries(series, from: start, to: end, number, combination) {
                    self.laneValue($0, $1, step, lane)
                }
            }
        case .seriesPoint(let series, let start, let end):
            for lane in 0..<n {
                target[lane] = pointOfSeries(series, from: start, to: end, number, combination) {
                    self.laneValue($0, $1, step, lane)
                }
            }
        case .cumulative(let source):
            let own = lanes(source, there(source), step)
            for lane in 0..<n {
                let before = step > 0 ? (target - n)[lane] : 0
                target[lane] = accumulate(before, own[lane], number)
            }
        case .timeReduction(let kind, let source, let range):
            let other = there(source)
            for lane in 0..<n {
                target[lane] = reduce(kind, range, number) { self.laneValue(source, other, $0, lane) }
            }
        case .clearing(let plan):
            let left = sampleCount - Int(truncatingIfNeeded: machine.firstSample)
            clear(plan, number, combination, step, lanes: definition.isSampled ? 0..<min(n, left) : 1..<1)
        case .projected(let output):
            if definition.isSampled {
                projectLanes(output, number, combination, step, target)
            } else {
                target.pointee = projected(output, number, combination, step, lane: nil)
            }
        case .cohorts(let plan): advance(plan, number, combination, step)
        case .opening(let level, let initial):
            if step > 0 {
                lanes(level, combination, step - 1).copy(to: target, n)
            } else if initial < 0 {
                target.update(repeating: 0, count: n)
            } else {
                lanes(initial, there(initial), 0).copy(to: target, n)
            }
        case .phased(let before, let after, let weights):
            let weight = program.weights[weights][step]
            let atBefore = lanes(before, there(before), step)
            if weight == 0 { return atBefore.copy(to: target, n) }
            let atAfter = lanes(after, there(after), step)
            for lane in 0..<n { target[lane] = phased(atBefore[lane], weight) { atAfter[lane] } }
        case .code, .table, .growing, .statistic, .cleared, .reads, .invalid: return
        }
    }

    /// A definition's values in the lanes of a block, or the one for all.
    struct Lanes {
        var start: UnsafePointer<Double>?
        var value = 0.0

        @inline(__always)
        subscript(lane: Int) -> Double { start.map { $0[lane] } ?? value }

        func copy(to target: UnsafeMutablePointer<Double>, _ count: Int) {
            if let start {
                target.update(from: start, count: count)
            } else {
                target.update(repeating: value, count: count)
            }
        }
    }

    func lanes(_ number: Int, _ combination: Int, _ step: Int) -> Lanes {
        guard program.definitions[number].isSampled else {
            return Lanes(start: nil, value: uniformValue(number, combination, step))
        }
        let place = program.definitions[number].place(at: combination, step, of: program.calendar.count)
        return Lanes(start: machine.laneFile + place * machine.width)
    }

    func laneValue(_ number: Int, _ combination: Int, _ step: Int, _ lane: Int) -> Double {
        lanes(number, combination, step)[lane]
    }
}

extension Machine {
    /// A definition's value at a time that is known only now.
    func readTime(_ read: TimeRead, at time: TimePoint, _ pc: Int, openCalls: Int) -> Double {
        let definition = program.definitions[read.definition]
        guard let range = program.calendar.range(of: time) else {
            return poison(.outsideHorizon, at: pc, openCalls: openCalls)
        }
        let steps = definition.varies ? program.calendar.count : 1
        var wanted = range
        if definition.varies, range.count > 1 {
            switch read.reading {
            case .mean: break
            case .first: wanted = range.lowerBound...range.lowerBound
            case .last: wanted = range.upperBound...range.upperBound
            case .unclear, .noNumber: return poison(.severalSteps(ofNumber: read.reading == .unclear), at: pc)
            }
        }
        if !definition.varies { wanted = range.lowerBound...range.lowerBound }
        var sum = 0.0
        for step in wanted {
            let place = definition.address + read.combination * steps + (definition.varies ? step : 0)
            let value = definition.isSampled ? laneFile[place * width + lane] : uniform[place]
            if value.isNaN, Box.fault(in: value) != nil { return value }
            if wanted.count == 1 { return value }
            sum += value
        }
        return sum / Double(wanted.count)
    }
}
