import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Computes what the queries of a program need. With `isCentral` every draw is its median; with a design, draws are those of
/// its columns. Blocks of samples are independent: each is a function of its number.
public func execute(
    _ program: Program, samples: Int, seed: UInt64, limits: RunLimits = RunLimits(), isCentral: Bool = false,
    design: DrawDesign? = nil, format: @escaping (Double, String) -> String,
    isCancelled: @escaping () -> Bool = { false }
) -> Execution {
    let execution = Execution(
        program, samples: samples, seed: seed, limits: limits, format: format, isCancelled: isCancelled)
    execution.machine.isCentral = isCentral
    execution.machine.design = design
    execution.run()
    return execution
}

/// One way in which one clearing fails.
struct FailureKey: Hashable {
    var fault: Int
    var clearing: Int
}

/// A run and its values.
public final class Execution {
    public let program: Program
    /// Samples of what is uncertain.
    public let sampleCount: Int
    let machine: Machine
    /// Values at all samples of definitions that are read after their pass: by place, then sample.
    private var kept: [UnsafeMutablePointer<Double>?]
    private(set) var needed: [Bool]
    private var mustKeep: [Bool]
    /// Solvers of the program's clearings, made where they are first needed.
    var clearings: [ClearingWork?]
    var failures: [FailureKey: (count: Int, last: Int)] = [:]
    /// Whether solutions of clearings are kept as starts for another run.
    private(set) var makesHints = false
    private let remake: () -> Execution?
    /// A limit that ended the run as a whole.
    package private(set) var outOfMemory = false

    init(
        _ program: Program, samples: Int, seed: UInt64, limits: RunLimits, format: @escaping (Double, String) -> String,
        isCancelled: @escaping () -> Bool
    ) {
        self.program = program
        sampleCount = max(samples, 1)
        machine = Machine(program, seed: seed, limits: limits, format: format, isCancelled: isCancelled)
        kept = Array(repeating: nil, count: program.definitions.count)
        needed = Array(repeating: false, count: program.definitions.count)
        mustKeep = Array(repeating: false, count: program.definitions.count)
        clearings = Array(repeating: nil, count: program.clearings.count)
        let isSampled = program.definitions.contains { definition in
            guard case .clearing = definition.kind else { return false }
            return definition.isSampled
        }
        remake = {
            guard isSampled, samples > 1 else { return nil }
            return Execution(
                program, samples: 1, seed: seed, limits: limits, format: format, isCancelled: isCancelled)
        }
    }

    deinit { for memory in kept { memory?.deallocate() } }

    // MARK: Passes

    func run() {
        findNeeded()
        takeHints()
        var last = 0
        for (number, definition) in program.definitions.enumerated() where needed[number] {
            last = max(last, definition.phase)
        }
        for phase in 0...last { runPhase(phase) }
    }

    /// The central run, in which every draw is its median, comes first: its prices are where each sample's search begins. It
    /// is a function of the program alone, so that no sample rests on another.
    private func takeHints() {
        guard !outOfMemory, !machine.isCentral, let central = remake() else { return }
        central.machine.isCentral = true
        central.makesHints = true
        central.run()
        for (number, work) in central.clearings.enumerated() {
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

    /// What the queries rest on; nothing else is computed.
    private func findNeeded() {
        var work = program.queries.flatMap { [$0.definition] + $0.points.map { $0.definition } }.filter { $0 >= 0 }
        for number in work where program.definitions[number].isSampled { mustKeep[number] = true }
        while let number = work.popLast() {
            guard !needed[number] else { continue }
            needed[number] = true
            for read in program.definitions[number].reads where !needed[read] { work.append(read) }
        }
        var readers: [Int: [Int]] = [:]
        for (number, definition) in program.definitions.enumerated() where needed[number] {
            readers[definition.phase, default: []].append(number)
        }
        for (phase, numbers) in readers {
            for read in carriedOver(to: phase, by: numbers).numbers { mustKeep[read] = true }
        }
        for (number, definition) in program.definitions.enumerated() where needed[number] && mustKeep[number] {
            let (size, overflow) = places(definition).multipliedReportingOverflow(by: sampleCount)
            guard !overflow, machine.arena.charge(size &* 8) else {
                outOfMemory = true
                continue
            }
            kept[number] = .allocate(capacity: size)
        }
    }

    /// What definitions read of the samples of earlier passes. Numbers are kept for every sample; lists, records, texts and
    /// functions live only as long as their block, so these are made again from the numbers that they rest on.
    private func carriedOver(to phase: Int, by readers: [Int]) -> (numbers: Set<Int>, objects: Set<Int>) {
        var numbers: Set<Int> = []
        var objects: Set<Int> = []
        var work = readers
        while let reader = work.popLast() {
            for read in program.definitions[reader].reads {
                let definition = program.definitions[read]
                guard definition.isSampled, definition.phase < phase else { continue }
                if !definition.isObject {
                    numbers.insert(read)
                } else if objects.insert(read).inserted {
                    work.append(read)
                }
            }
        }
        return (numbers, objects)
    }

    private func places(_ definition: Definition) -> Int {
        definition.combinations * (definition.varies ? program.calendar.count : 1)
    }

    private func runPhase(_ phase: Int) {
        guard !outOfMemory else { return }
        var sampled: [ScheduleEntry] = []
        for entry in program.schedule {
            guard let first = entry.definitions.first, program.definitions[first].phase == phase else { continue }
            var lanes: [Int] = []
            var uniforms: [Int] = []
            for number in entry.definitions where needed[number] {
                if program.definitions[number].isSampled { lanes.append(number) } else { uniforms.append(number) }
            }
            if !uniforms.isEmpty { runUniform(ScheduleEntry(definitions: uniforms, isLoop: entry.isLoop)) }
            guard !lanes.isEmpty else { continue }
            sampled.append(ScheduleEntry(definitions: lanes, isLoop: entry.isLoop))
        }
        guard !sampled.isEmpty else { return }
        let carried = carriedOver(to: phase, by: sampled.flatMap { $0.definitions })
        let reloads = carried.numbers.sorted()
        let remade = program.schedule.compactMap { entry -> ScheduleEntry? in
            let objects = entry.definitions.filter { carried.objects.contains($0) }
            return objects.isEmpty ? nil : ScheduleEntry(definitions: objects, isLoop: entry.isLoop)
        }
        var block = 0
        while block * Machine.lanes < sampleCount {
            if machine.isCancelled() { return }
            machine.firstSample = UInt64(block * Machine.lanes)
            let mark = machine.arena.mark()
            let textCount = machine.texts.count
            for number in reloads { reload(number, block) }
            for entry in remade { runBlock(entry) }
            for entry in sampled { runBlock(entry) }
            for entry in sampled { for number in entry.definitions where mustKeep[number] { keep(number, block) } }
            machine.arena.reset(to: mark)
            machine.texts.removeSubrange(textCount...)
            block += 1
        }
    }

    private func keep(_ number: Int, _ block: Int) {
        guard let memory = kept[number] else { return }
        let definition = program.definitions[number]
        let first = block * Machine.lanes
        let count = min(Machine.lanes, sampleCount - first)
        for place in 0..<places(definition) {
            let source = machine.laneFile + (definition.address + place) * Machine.lanes
            (memory + place * sampleCount + first).update(from: source, count: count)
        }
    }

    private func reload(_ number: Int, _ block: Int) {
        guard let memory = kept[number] else { return }
        let definition = program.definitions[number]
        let first = block * Machine.lanes
        let count = min(Machine.lanes, sampleCount - first)
        for place in 0..<places(definition) {
            let target = machine.laneFile + (definition.address + place) * Machine.lanes
            target.update(repeating: 0, count: Machine.lanes)
            target.update(from: memory + place * sampleCount + first, count: count)
        }
    }

    // MARK: What is the same for all samples

    private func runUniform(_ entry: ScheduleEntry) {
        machine.lane = 0
        if entry.isLoop {
            for step in 0..<program.calendar.count { for number in entry.definitions { computeUniform(number, step) } }
            return
        }
        for number in entry.definitions {
            let steps = program.definitions[number].varies ? program.calendar.count : 1
            if case .growing = program.definitions[number].kind {
                grow(number, lanes: false)
                continue
            }
            for step in 0..<steps { computeUniform(number, step) }
        }
    }

    private func computeUniform(_ number: Int, _ step: Int) {
        let definition = program.definitions[number]
        if !definition.varies, step > 0 { return }
        machine.step = step
        let steps = definition.varies ? program.calendar.count : 1
        for combination in 0..<definition.combinations {
            let place = definition.address + combination * steps + (definition.varies ? step : 0)
            switch definition.kind {
            case .code(let codes):
                guard combination < codes.count else {
                    machine.uniform[place] = definition.constant ?? 0
                    continue
                }
                machine.uniform[place] = scalarValue(codes[combination], isObject: definition.isObject)
            case .series(let points):
                machine.uniform[place] = seriesValue(points, step, number, combination) {
                    self.uniformValue($0, $1, step)
                }
            case .cumulative(let source):
                let before = step > 0 ? machine.uniform[place - 1] : 0
                machine.uniform[place] = accumulate(
                    before, uniformValue(source, point(combination, of: number, in: source), step), number)
            case .timeReduction(let kind, let source, let range):
                let other = point(combination, of: number, in: source)
                machine.uniform[place] = reduce(kind, range, number) { self.uniformValue(source, other, $0) }
            case .statistic(let kind, let source, let share):
                machine.uniform[place] = statistic(kind, source, share, number, combination, step)
            case .clearing(let plan):
                clear(plan, number, combination, step, lanes: 1..<1)
            case .phased(let before, let after, let weights):
                machine.uniform[place] = phased(
                    uniformValue(before, point(combination, of: number, in: before), step),
                    program.weights[weights][step]
                ) { self.uniformValue(after, self.point(combination, of: number, in: after), step) }
            case .growing, .cleared, .reads, .invalid: continue
            }
        }
    }

    private func scalarValue(_ code: Code, isObject: Bool) -> Double {
        let mark = machine.arena.mark()
        let textCount = machine.texts.count
        defer {
            if !isObject {
                machine.arena.reset(to: mark)
                machine.texts.removeSubrange(textCount...)
            }
        }
        switch machine.run(from: code.start) {
        case .value(let value): return value
        case .fault(let fault, let pc): return machine.poison(fault, at: pc)
        case .poisoned(let value): return value
        case .lane: return 0
        }
    }

    /// Value of a definition at a combination of its own indexes.
    func uniformValue(_ number: Int, _ combination: Int, _ step: Int) -> Double {
        let definition = program.definitions[number]
        if let constant = definition.constant { return constant }
        let steps = definition.varies ? program.calendar.count : 1
        return machine.uniform[definition.address + combination * steps + (definition.varies ? step : 0)]
    }

    /// The combination of another definition's indexes at the point of a combination of this one's.
    func point(_ combination: Int, of number: Int, in other: Int) -> Int {
        let own = program.definitions[number].axes.indexNumbers
        let wanted = program.definitions[other].axes.indexNumbers
        if own == wanted { return combination }
        var members: [Int: Int] = [:]
        var rest = combination
        for index in own.reversed() {
            members[index] = rest % program.indexSizes[index]
            rest /= program.indexSizes[index]
        }
        var result = 0
        for index in wanted { result = result * program.indexSizes[index] + (members[index] ?? 0) }
        return result
    }

    // MARK: Blocks of samples

    private func runBlock(_ entry: ScheduleEntry) {
        if entry.isLoop {
            for step in 0..<program.calendar.count { for number in entry.definitions { computeBlock(number, step) } }
            return
        }
        for number in entry.definitions {
            if case .growing = program.definitions[number].kind {
                grow(number, lanes: true)
                continue
            }
            let steps = program.definitions[number].varies ? program.calendar.count : 1
            for step in 0..<steps { computeBlock(number, step) }
        }
    }

    private func computeBlock(_ number: Int, _ step: Int) {
        let definition = program.definitions[number]
        if !definition.varies, step > 0 { return }
        machine.step = step
        let n = Machine.lanes
        let steps = definition.varies ? program.calendar.count : 1
        for combination in 0..<definition.combinations {
            let target =
                machine.laneFile + (definition.address + combination * steps + (definition.varies ? step : 0)) * n
            switch definition.kind {
            case .code(let codes):
                guard combination < codes.count else { continue }
                let code = codes[combination]
                if code.isLane {
                    var failure = 0.0
                    if let lanes = machine.runLanes(from: code.start, failure: &failure) {
                        target.update(from: lanes, count: n)
                    } else {
                        target.update(repeating: failure, count: n)
                    }
                } else {
                    for lane in 0..<n {
                        machine.lane = lane
                        target[lane] = scalarValue(code, isObject: definition.isObject)
                    }
                }
            case .series(let points):
                for lane in 0..<n {
                    target[lane] = seriesValue(points, step, number, combination) { self.laneValue($0, $1, step, lane) }
                }
            case .cumulative(let source):
                let other = point(combination, of: number, in: source)
                for lane in 0..<n {
                    let before = step > 0 ? (target - n)[lane] : 0
                    target[lane] = accumulate(before, laneValue(source, other, step, lane), number)
                }
            case .timeReduction(let kind, let source, let range):
                let other = point(combination, of: number, in: source)
                for lane in 0..<n {
                    target[lane] = reduce(kind, range, number) { self.laneValue(source, other, $0, lane) }
                }
            case .clearing(let plan):
                let first = Int(truncatingIfNeeded: machine.firstSample)
                clear(plan, number, combination, step, lanes: 0..<min(n, sampleCount - first))
            case .phased(let before, let after, let weights):
                let atBefore = point(combination, of: number, in: before)
                let atAfter = point(combination, of: number, in: after)
                let weight = program.weights[weights][step]
                for lane in 0..<n {
                    target[lane] = phased(laneValue(before, atBefore, step, lane), weight) {
                        self.laneValue(after, atAfter, step, lane)
                    }
                }
            case .statistic, .growing, .cleared, .reads, .invalid: continue
            }
        }
    }

    func laneValue(_ number: Int, _ combination: Int, _ step: Int, _ lane: Int) -> Double {
        let definition = program.definitions[number]
        guard definition.isSampled else { return uniformValue(number, combination, step) }
        let steps = definition.varies ? program.calendar.count : 1
        let place = definition.address + combination * steps + (definition.varies ? step : 0)
        return machine.laneFile[place * Machine.lanes + lane]
    }

    // MARK: Definitions that are computed natively

    /// Outside its window a policy changes not one bit, and fully inside it the patched value stands to the bit.
    private func phased(_ before: Double, _ weight: Double, _ after: () -> Double) -> Double {
        if weight == 0 { return before }
        let value = after()
        if weight == 1 || value.isNaN { return value }
        if before.isNaN { return before }
        return before + weight * (value - before)
    }

    private func checked(_ value: Double, _ operand: Double, _ number: Int) -> Double {
        if value.isFinite { return value }
        if operand.isNaN, Box.fault(in: operand) != nil { return operand }
        return machine.poison(.notFinite, origin: program.definitions[number].origin)
    }

    private func accumulate(_ before: Double, _ value: Double, _ number: Int) -> Double {
        if before.isNaN { return before }
        return checked(before + value * program.calendar.stepYears, value, number)
    }

    private func reduce(_ kind: TimeReduction, _ range: ClosedRange<Int>, _ number: Int, _ value: (Int) -> Double)
        -> Double
    {
        var result = 0.0
        for step in range {
            let own = value(step)
            if own.isNaN, Box.fault(in: own) != nil { return own }
            switch kind {
            case .total: result += own * program.calendar.stepYears
            case .mean: result += own
            case .minimum: result = step == range.lowerBound || own < result ? own : result
            case .maximum: result = step == range.lowerBound || own > result ? own : result
            case .last: result = own
            case .firstTime: if own != 0 { return program.calendar.steps[step].bits }
            }
        }
        if kind == .firstTime { return Box.none }
        if kind == .mean { result /= Double(range.count) }
        return checked(result, 0, number)
    }

    private func seriesValue(
        _ points: [SeriesPoint], _ step: Int, _ number: Int, _ combination: Int, _ value: (Int, Int) -> Double
    ) -> Double {
        guard step < program.calendar.steps.count else { return 0 }
        let time = program.calendar.steps[step]
        func at(_ position: Int) -> Double {
            value(points[position].definition, point(combination, of: number, in: points[position].definition))
        }
        var low = 0
        var high = points.count
        while low < high {
            let middle = (low + high) / 2
            if points[middle].end > time.start { high = middle } else { low = middle + 1 }
        }
        if low < points.count, points[low].start < time.end {
            if points[low].end >= time.end, points[low].start <= time.start { return at(low) }
            // The points lie inside the step: their mean, by length.
            var sum = 0.0
            var covered: Int64 = 0
            var position = low
            while position < points.count, points[position].start < time.end {
                let own = at(position)
                if own.isNaN { return own }
                let part = min(points[position].end, time.end) - max(points[position].start, time.start)
                sum += own * Double(part)
                covered += part
                position += 1
            }
            if covered == time.length { return checked(sum / Double(covered), 0, number) }
        } else if low > 0, low < points.count {
            let a = at(low - 1)
            if a.isNaN { return a }
            let b = at(low)
            if b.isNaN { return b }
            let weight = seriesWeight(points[low - 1], points[low], at: Double(time.start) + Double(time.length) / 2)
            return checked(a + (b - a) * weight, 0, number)
        }
        machine.step = step
        return machine.poison(
            .outsideSeries(start: points.first?.start ?? 0, end: points.last?.end ?? 0),
            origin: program.definitions[number].origin)
    }

    /// `x growing r from t`, for all steps.
    private func grow(_ number: Int, lanes isLane: Bool) {
        let definition = program.definitions[number]
        guard case .growing(let base, let rate, let from) = definition.kind else { return }
        let steps = program.calendar.count
        for combination in 0..<definition.combinations {
            let atBase = point(combination, of: number, in: base)
            let atRate = point(combination, of: number, in: rate)
            let atFrom = point(combination, of: number, in: from)
            for lane in 0..<(isLane ? Machine.lanes : 1) {
                let path = growthPath(
                    number,
                    base: { isLane ? self.laneValue(base, atBase, $0, lane) : self.uniformValue(base, atBase, $0) },
                    rate: { isLane ? self.laneValue(rate, atRate, $0, lane) : self.uniformValue(rate, atRate, $0) },
                    from: isLane ? laneValue(from, atFrom, 0, lane) : uniformValue(from, atFrom, 0),
                    baseVaries: program.definitions[base].varies)
                for step in 0..<steps {
                    if isLane {
                        machine.laneFile[(definition.address + combination * steps + step) * Machine.lanes + lane] =
                            path[step]
                    } else {
                        machine.uniform[definition.address + combination * steps + step] = path[step]
                    }
                }
            }
        }
    }

    private func growthPath(
        _ number: Int, base: (Int) -> Double, rate: (Int) -> Double, from: Double, baseVaries: Bool
    ) -> [Double] {
        let calendar = program.calendar
        let origin = program.definitions[number].origin
        let count = calendar.count
        func all(_ value: Double) -> [Double] { Array(repeating: value, count: count) }
        if from.isNaN { return all(from) }
        let time = TimePoint(bits: from)
        guard let first = calendar.steps.first, let last = calendar.steps.last else { return all(0) }
        // Growth from one step to the next, with the later step's rate.
        var factors = [Double](repeating: 1, count: count)
        for step in 0..<count {
            let own = rate(step)
            if own.isNaN { return all(own) }
            machine.step = step
            let factor = reuse_pow(1 + own, calendar.stepYears)
            guard factor.isFinite, factor > 0 else { return all(machine.poison(.invalidPower, origin: origin)) }
            factors[step] = factor
        }
        var path = [Double](repeating: 0, count: count)
        var anchor = 0
        var value: Double
        var reference = 1.0
        if let range = calendar.range(of: time) {
            var relative = 1.0
            var sum = 1.0
            var inputs = base(range.lowerBound)
            for step in range.dropFirst() {
                relative *= factors[step]
                sum += relative
                if baseVaries { inputs += base(step) }
            }
            reference = sum / Double(range.count)
            value = baseVaries ? inputs / Double(range.count) : base(range.lowerBound)
            anchor = range.lowerBound
        } else if time.end <= first.start || time.start >= last.end, !baseVaries {
            // Outside the horizon the nearest step's rate holds.
            let isBefore = time.end <= first.start
            anchor = isBefore ? 0 : count - 1
            let years = isBefore ? first.years(since: time) : time.years(since: last)
            value = base(0)
            let factor = reuse_pow(1 + rate(anchor), years)
            guard factor.isFinite, factor > 0 else { return all(machine.poison(.invalidPower, origin: origin)) }
            reference = isBefore ? 1 / factor : factor
        } else {
            return all(machine.poison(.outsideHorizon, origin: origin))
        }
        if value.isNaN { return all(value) }
        value /= reference
        path[anchor] = value
        for step in stride(from: anchor + 1, to: count, by: 1) { path[step] = path[step - 1] * factors[step] }
        for step in stride(from: anchor - 1, through: 0, by: -1) { path[step] = path[step + 1] / factors[step + 1] }
        return path.map { checked($0, 0, number) }
    }

    private func statistic(
        _ kind: SampleStatistic, _ source: Int, _ share: Int, _ number: Int, _ combination: Int, _ step: Int
    ) -> Double {
        let definition = program.definitions[source]
        let other = point(combination, of: number, in: source)
        guard definition.isSampled else {
            let value = uniformValue(source, other, step)
            if value.isNaN { return value }
            return kind == .deviation ? 0 : value
        }
        guard let memory = kept[source] else { return 0 }
        let steps = definition.varies ? program.calendar.count : 1
        let samples = UnsafeBufferPointer(
            start: memory + (other * steps + (definition.varies ? step : 0)) * sampleCount, count: sampleCount)
        for value in samples where value.isNaN && Box.fault(in: value) != nil { return value }
        switch kind {
        case .expected: return checked(Statistics.mean(samples), 0, number)
        case .probability: return Statistics.mean(samples)
        case .deviation: return checked(Statistics.deviation(samples), 0, number)
        case .median: return quantile(samples, 0.5)
        case .quantile:
            let p = uniformValue(share, point(combination, of: number, in: share), step)
            if p.isNaN { return p }
            guard p >= 0, p <= 1 else {
                machine.step = step
                return machine.poison(.invalidShare, origin: program.definitions[number].origin)
            }
            return quantile(samples, p)
        }
    }

    private func quantile(_ samples: UnsafeBufferPointer<Double>, _ share: Double) -> Double {
        var sorted = Array(samples)
        sorted.sort()
        return sorted.withUnsafeMutableBufferPointer { Statistics.quantile(ofSorted: $0, share) }
    }

    // MARK: - Answers

    /// The values of a query at a point: one, or one a sample.
    package func values(_ number: Int, combination: Int, step: Int) -> [Double] {
        let definition = program.definitions[number]
        let steps = definition.varies ? program.calendar.count : 1
        if !definition.isSampled { return [uniformValue(number, combination, step)] }
        guard let memory = kept[number] else { return [] }
        let start = (combination * steps + (definition.varies ? step : 0)) * sampleCount
        return Array(UnsafeBufferPointer(start: memory + start, count: sampleCount))
    }
}

extension Execution {
    /// The values of a definition at all its combinations and `steps` steps, and all samples.
    package func allValues(_ number: Int, steps: Int) -> [Double] {
        (0..<program.definitions[number].combinations).flatMap { combination in
            (0..<steps).flatMap { values(number, combination: combination, step: $0) }
        }
    }

    package func varies(_ number: Int) -> Bool { program.definitions[number].varies }
}

extension Machine {
    /// A definition's value at a time that is known only now.
    func readTime(_ read: TimeRead, at time: TimePoint, _ pc: Int) -> Double {
        let definition = program.definitions[read.definition]
        guard let range = program.calendar.range(of: time) else { return poison(.outsideHorizon, at: pc) }
        let steps = definition.varies ? program.calendar.count : 1
        var sum = 0.0
        for step in definition.isLevel ? range.upperBound...range.upperBound : range {
            let place = definition.address + read.combination * steps + (definition.varies ? step : 0)
            let value = definition.isSampled ? laneFile[place * Self.lanes + lane] : uniform[place]
            if value.isNaN, Box.fault(in: value) != nil { return value }
            sum += value
        }
        let count = definition.isLevel ? 1 : range.count
        return count == 1 ? sum : sum / Double(count)
    }
}

/// Reading values that are more than a number.
extension Execution {
    /// What a value stands for that failed: the fault, the node it is about, and the step where it arose.
    package func fault(in value: Double) -> (fault: RunFault, origin: Int32, step: Int)? {
        guard value.isNaN, let number = Box.fault(in: value), number < machine.faults.count else { return nil }
        let record = machine.faults[number]
        return (record.fault, record.origin, record.step)
    }

    package func isNone(_ value: Double) -> Bool { Box.isNone(value) }
    package func text(_ value: Double) -> String { machine.text(value) }
    package func time(_ value: Double) -> TimePoint { TimePoint(bits: value) }

    /// How many items a list has.
    package func count(_ value: Double) -> Int { UnsafeMutablePointer<ListObject>(handle: value)?.pointee.count ?? 0 }

    /// Items of a list or record.
    package func items(_ value: Double) -> [Double] {
        guard let list = UnsafeMutablePointer<ListObject>(handle: value) else { return [] }
        return (0..<list.pointee.count).map { list.item($0) }
    }

    /// Type 7 quantiles, mean and standard deviation of samples.
    package func summary(of samples: [Double], shares: [Double]) -> (
        quantiles: [Double], mean: Double, deviation: Double
    ) {
        var sorted = samples
        sorted.sort()
        let quantiles = sorted.withUnsafeMutableBufferPointer { buffer in
            shares.map { Statistics.quantile(ofSorted: buffer, $0) }
        }
        return samples.withUnsafeBufferPointer { (quantiles, Statistics.mean($0), Statistics.deviation($0)) }
    }
}
