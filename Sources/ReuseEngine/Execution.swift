import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Computes what the queries of a program need. Blocks of samples are independent: each is a function of its number.
public func execute(_ program: Program, _ settings: RunSettings) -> Execution {
    let execution = Execution(program, settings, makesHints: false)
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
    let settings: RunSettings
    /// Samples that were asked for.
    public let samplesWanted: Int
    /// Samples that there are: fewer than wanted where the run was stopped, or found what it looked for.
    public private(set) var sampleCount: Int
    /// The samples that are computed here: all of them, or those of a shard.
    let range: Range<Int>
    /// The first computes what is the same for all samples.
    private(set) var workers: [Worker]
    /// Values at all samples of definitions that are read after their pass: by place, then sample.
    private var kept: [UnsafeMutablePointer<Double>?]
    /// By definition: at which steps it is computed.
    private let steps: [StepSet]
    let needed: [Bool]
    private let mustKeep: [Bool]
    /// The host stopped it before all samples were drawn.
    public private(set) var isStopped = false
    /// Where the mean of a query was less certain than wanted when it was last looked at.
    public private(set) var imprecise: (query: Int, point: Int?, step: Int?)?
    /// What was left open in parts that others have computed, as `openSince`.
    var openInParts: [[Int?]]
    /// Samples whose markets could not be cleared, in order, as far as a run may leave them out.
    private var unsolved: [Int] = []
    /// How many samples were left out for that.
    public private(set) var leftOut = 0
    private var solvedSamples: [UnsafeMutablePointer<Double>?] = [nil, nil]
    /// Why the run could not be begun: there is not the memory for it.
    package private(set) var shortage: MemoryShortage?
    /// Bytes of all values that are kept.
    private let keptBytes: Int

    package var outOfMemory: Bool { shortage != nil }

    /// What a run would need that may not be had.
    package struct MemoryShortage {
        /// Bytes that it needs at least.
        package var needs: Int
        package var limit: Int
        /// How many samples there would be memory for.
        package var samples: Int
        /// Of the value that takes most of what is kept.
        package var origin: Place?
    }

    var machine: Machine { workers[0].machine }

    init(_ program: Program, _ settings: RunSettings, makesHints: Bool) {
        self.program = program
        self.settings = settings
        samplesWanted = max(settings.samples, 1)
        sampleCount = samplesWanted
        range = Self.samples(of: settings.shard, of: samplesWanted)
        kept = Array(repeating: nil, count: program.definitions.count)
        steps = NeededSteps.find(program)
        needed = steps.map { !$0.isEmpty }
        mustKeep = Self.keeping(program, needed)
        keptBytes = Self.bytes(keeping: mustKeep, samples: range.count, program)
        openInParts = program.clearings.map { Array(repeating: nil, count: $0.outputs.count) }
        let room = settings.limits.memory - keptBytes - program.uniformBytes
        var width = Self.width(of: program, settings, samples: range.count, room: room)
        var machine = Machine(program, settings, sharing: nil, width: width)
        while !machine.hasMemory, width > Machine.fewestLanes {
            width /= 2
            machine = Machine(program, settings, sharing: nil, width: width)
        }
        workers = [
            Worker(program, machine, number: 0, steps: steps, sampleCount: samplesWanted, makesHints: makesHints)
        ]
        if program.laneBytes(width) > room || !machine.hasMemory { runsShort() }
    }

    deinit { for case .some(let memory) in kept + solvedSamples { reuse_free_numbers(memory) } }

    // MARK: Memory

    /// How many samples are computed at once: a block, where all workers have room for one; else a part of it, for as many
    /// workers as have room.
    private static func width(of program: Program, _ settings: RunSettings, samples: Int, room: Int) -> Int {
        let blocks = max(1, (samples + Machine.lanes - 1) / Machine.lanes)
        let workers = min(max(settings.workforce.count, 1), blocks, Limits.threads)
        var width = Machine.lanes
        while width > Machine.fewestLanes, width / 2 >= samples || program.laneBytes(width) > room / workers {
            width /= 2
        }
        return width
    }

    /// Definitions whose samples are asked for, or read by a later pass.
    private static func keeping(_ program: Program, _ needed: [Bool]) -> [Bool] {
        var mustKeep = Array(repeating: false, count: program.definitions.count)
        for query in program.queries {
            for number in [query.definition] + query.points.map({ $0.definition }) where number >= 0 {
                if program.definitions[number].isSampled { mustKeep[number] = true }
            }
        }
        let last = program.definitions.reduce(0) { max($0, $1.phase) }
        var readers = Array(repeating: [Int](), count: last + 1)
        for (number, definition) in program.definitions.enumerated() where needed[number] && definition.phase > 0 {
            readers[definition.phase].append(number)
        }
        for (phase, numbers) in readers.enumerated() {
            for read in carriedOver(program, to: phase, by: numbers).numbers { mustKeep[read] = true }
        }
        return mustKeep.indices.map { mustKeep[$0] && needed[$0] }
    }

    /// Bytes of what is kept of so many samples; a number that no limit allows where they are too many to be counted.
    private static func bytes(keeping mustKeep: [Bool], samples: Int, _ program: Program) -> Int {
        var total = 0
        for (number, definition) in program.definitions.enumerated() where mustKeep[number] {
            let (size, overflow) = places(definition, program).multipliedReportingOverflow(by: samples)
            guard !overflow, size < 1 << 56, total < 1 << 60 else { return 1 << 60 }
            total += size * 8
        }
        return total
    }

    /// There is not the memory for this run.
    private func runsShort() {
        let kept = program.definitions.indices.filter { mustKeep[$0] }
        let fixed = program.laneBytes(Machine.fewestLanes) + program.uniformBytes
        let perSample = kept.reduce(0) { $0 + places(program.definitions[$1]) * 8 }
        let largest = kept.max { places(program.definitions[$0]) < places(program.definitions[$1]) }
        shortage = MemoryShortage(
            needs: fixed + keptBytes, limit: settings.limits.memory,
            samples: max(0, settings.limits.memory - fixed) / max(perSample, 1),
            origin: largest.map { program.definitions[$0].origin.place })
    }

    // MARK: Passes

    func run() {
        guard !outOfMemory else { return }
        reserve()
        guard !outOfMemory else { return }
        takeHints()
        let last = program.definitions.indices.filter { needed[$0] }.map { program.definitions[$0].phase }.max() ?? 0
        for phase in 0...last {
            // Stopped between two passes, all that was drawn is worth the next one.
            if phase > 0, settings.isCancelled() { isStopped = true }
            if isStopped { finishCalmly() }
            runPhase(phase)
            if isHalted {
                isStopped = true
                sampleCount = 0
                return
            }
            if settings.shard != nil { return }
            findUnsolved()
        }
        leaveOut()
    }

    // MARK: Samples that are left out

    /// Samples whose markets could not be cleared.
    private var allUnsolved: [Int] {
        var all: Set<Int> = []
        for worker in workers { all.formUnion(worker.unsolved) }
        return all.filter { $0 < sampleCount }.sorted()
    }

    /// How many samples could not be solved of those that there are.
    package var unsolvedCount: Int { allUnsolved.count }
    /// Which they are, in order.
    package var unsolvedSamples: [Int] { allUnsolved }
    /// Whether every draw is its median, and whether draws are those of a method instead of samples.
    package var isCentral: Bool { settings.isCentral }
    package var hasDesign: Bool { settings.design != nil }
    package var mayLeaveOut: Bool { settings.design?.mayLeaveOut ?? true }

    private func findUnsolved() {
        let all = settings.allowedUnsolved > 0 ? allUnsolved : []
        let isAllowed = Double(all.count) <= settings.allowedUnsolved * Double(sampleCount) * (1 + 1e-12)
        unsolved = isAllowed && all.count < sampleCount ? all : []
    }

    /// What is kept of the samples moves together, without those that are left out.
    private func leaveOut() {
        guard !unsolved.isEmpty else { return }
        for (number, memory) in kept.enumerated() {
            guard let memory else { continue }
            for place in 0..<places(program.definitions[number]) {
                let row = memory + place * range.count
                var (next, last) = (0, 0)
                for sample in 0..<sampleCount {
                    if next < unsolved.count, unsolved[next] == sample {
                        next += 1
                        continue
                    }
                    row[last] = row[sample]
                    last += 1
                }
            }
        }
        leftOut = unsolved.count
        sampleCount -= leftOut
    }

    /// Values at all samples that were drawn, without those that are left out.
    package func leavingOut(_ values: [Double]) -> [Double] {
        guard !unsolved.isEmpty, values.count == sampleCount + leftOut else { return values }
        var next = 0
        return values.indices.compactMap { sample in
            if next < unsolved.count, unsolved[next] == sample {
                next += 1
                return nil
            }
            return values[sample]
        }
    }

    /// The same of samples while a run goes on; of two at once each has a number.
    private func solved(_ samples: UnsafeBufferPointer<Double>, _ number: Int = 0) -> UnsafeBufferPointer<Double> {
        guard !unsolved.isEmpty, leftOut == 0 else { return samples }
        let memory = solvedMemory(number)
        var (next, last) = (0, 0)
        for sample in samples.indices {
            if next < unsolved.count, unsolved[next] == sample {
                next += 1
                continue
            }
            memory[last] = samples[sample]
            last += 1
        }
        return UnsafeBufferPointer(start: memory, count: last)
    }

    private func solvedMemory(_ number: Int) -> UnsafeMutablePointer<Double> {
        if let known = solvedSamples[number] { return known }
        let memory = reuse_allocate_lanes(max(range.count, 1)) ?? .allocate(capacity: max(range.count, 1))
        solvedSamples[number] = memory
        return memory
    }

    /// The central run, in which every draw is its median, comes first: its prices are where each sample's search begins. It
    /// is a function of the program alone, so that no sample rests on another.
    private func takeHints() {
        let isSampled = program.definitions.contains { definition in
            guard case .clearing = definition.kind else { return false }
            return definition.isSampled
        }
        guard !settings.isCentral, isSampled, samplesWanted > 1 else { return }
        var central = RunSettings(samples: 1, seed: settings.seed)
        central.isCentral = true
        central.limits = settings.limits
        central.format = settings.format
        central.isCancelled = settings.isCancelled
        let run = Execution(program, central, makesHints: true)
        run.run()
        workers[0].takeHints(of: run.workers[0])
    }

    /// Memory for the samples of what is asked for or read by a later pass.
    private func reserve() {
        for (number, definition) in program.definitions.enumerated() where mustKeep[number] {
            let size = places(definition) * range.count
            guard machine.arena.charge(size * 8), let memory = reuse_allocate_lanes(max(size, 1)) else {
                return runsShort()
            }
            kept[number] = memory
        }
    }

    /// What definitions read of the samples of earlier passes. Numbers are kept for every sample; lists, records, texts and
    /// functions live only as long as their block, so these are made again from the numbers that they rest on.
    private static func carriedOver(
        _ program: Program, to phase: Int, by readers: [Int]
    ) -> (numbers: Set<Int>, objects: Set<Int>) {
        var numbers: Set<Int> = []
        var objects: Set<Int> = []
        var work = readers
        while let reader = work.popLast() {
            for read in program.allReads(of: reader) {
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

    func isKept(_ number: Int) -> Bool { kept[number] != nil }

    func keptMemory(_ number: Int) -> UnsafeMutablePointer<Double>? { kept[number] }

    func places(_ definition: Definition) -> Int { Self.places(definition, program) }

    private static func places(_ definition: Definition, _ program: Program) -> Int {
        definition.combinations * (definition.varies ? program.calendar.count : 1)
    }

    /// What is the same for all samples was left before its end: there is nothing to show.
    private var isHalted: Bool { machine.hasStopped && !isStopped }

    private func runPhase(_ phase: Int) {
        var sampled: [ScheduleEntry] = []
        for entry in program.schedule {
            guard let first = entry.definitions.first, program.definitions[first].phase == phase else { continue }
            var lanes: [Int] = []
            var uniforms: [Int] = []
            for number in entry.definitions where needed[number] {
                if program.definitions[number].isSampled { lanes.append(number) } else { uniforms.append(number) }
            }
            if !uniforms.isEmpty {
                workers[0].runUniform(ScheduleEntry(definitions: uniforms, isLoop: entry.isLoop), statistic: statistic)
                if isHalted { return }
            }
            guard !lanes.isEmpty else { continue }
            sampled.append(ScheduleEntry(definitions: lanes, isLoop: entry.isLoop))
        }
        guard !sampled.isEmpty else { return }
        let carried = Self.carriedOver(program, to: phase, by: sampled.flatMap { $0.definitions })
        let remade = program.schedule.compactMap { entry -> ScheduleEntry? in
            let objects = entry.definitions.filter { carried.objects.contains($0) }
            return objects.isEmpty ? nil : ScheduleEntry(definitions: objects, isLoop: entry.isLoop)
        }
        let machine = machine
        let stops = { machine.stops() }
        let tape =
            BlockTape(program, remade, steps, stops: stops).tasks
            + BlockTape(program, sampled, steps, stops: stops).tasks
        // One that was left unfinished is not run.
        if isHalted { return }
        let pass = Pass(
            tape: tape,
            reloads: carried.numbers.sorted(),
            keeps: sampled.flatMap { $0.definitions }.filter { mustKeep[$0] })
        run(pass, mayStop: phase == 0)
    }

    /// What is done with each block of samples.
    private struct Pass {
        var tape: [BlockTask]
        var reloads: [Int]
        var keeps: [Int]
    }

    // MARK: Blocks of samples

    /// Ten blocks of 1,024 samples: so often a run looks whether it may stop.
    private static let blocksBetweenLooks = 40

    private func run(_ pass: Pass, mayStop: Bool) {
        let last = min(range.upperBound, sampleCount)
        let blocks = range.lowerBound / Machine.lanes..<(last + Machine.lanes - 1) / Machine.lanes
        addWorkers(for: blocks.count)
        for worker in workers { worker.beginPass(like: workers[0]) }
        if mayStop, !settings.parts.isEmpty {
            let left = take(settings.parts)
            let done = share(left.indices, pass) { left[$0] }
            if done < left.count { halt(afterBlock: 0) }
            return
        }
        guard mayStop, let precision = settings.precision else {
            let done = share(blocks, pass)
            if done < blocks.count { halt(afterBlock: blocks.lowerBound + done) }
            return
        }
        var next = blocks.lowerBound
        while next < blocks.upperBound {
            let some = next..<min(next + Self.blocksBetweenLooks, blocks.upperBound)
            let done = share(some, pass)
            next += done
            if done < some.count { return halt(afterBlock: next) }
            let count = min(next * Machine.lanes, last)
            findUnsolved()
            imprecise = firstImprecise(precision, samples: count)
            if imprecise == nil {
                sampleCount = count
                return
            }
        }
    }

    /// Nothing that is computed from what was drawn ends early.
    private func finishCalmly() {
        for worker in workers { worker.machine.finishCalmly() }
    }

    private func halt(afterBlock block: Int) {
        isStopped = true
        finishCalmly()
        sampleCount = min(sampleCount, block * Machine.lanes)
    }

    private func share(_ items: Range<Int>, _ pass: Pass, block: @escaping (Int) -> Int = { $0 }) -> Int {
        // What was drawn before the run was stopped is worth the passes that come after.
        let (workers, isCancelled) = (workers, isStopped ? { false } : settings.isCancelled)
        return settings.workforce.share(items) { worker, item in
            guard !isCancelled() else { return false }
            self.compute(pass, block(item), workers[worker])
            return !workers[worker].machine.hasStopped && !isCancelled()
        }
    }

    private func addWorkers(for blocks: Int) {
        // Each has values of its own.
        let room =
            (settings.limits.memory - keptBytes - program.uniformBytes) / max(program.laneBytes(machine.width), 1)
        while workers.count < min(max(settings.workforce.count, 1), blocks, Limits.threads, room) {
            let own = Machine(program, settings, sharing: machine, width: machine.width)
            guard own.hasMemory else { return }
            let worker = Worker(
                program, own, number: workers.count, steps: steps, sampleCount: samplesWanted, makesHints: false)
            worker.takeHints(of: workers[0])
            workers.append(worker)
        }
    }

    /// The values of a block, as many of its samples at once as the machine takes.
    private func compute(_ pass: Pass, _ block: Int, _ worker: Worker) {
        let machine = worker.machine
        let mark = machine.arena.mark()
        let textCount = machine.texts.count
        let first = block * Machine.lanes
        for start in stride(from: first, to: min(first + Machine.lanes, range.upperBound), by: machine.width) {
            machine.firstSample = UInt64(start)
            for number in pass.reloads { reload(number, machine) }
            worker.run(pass.tape)
            for number in pass.keeps { keep(number, machine) }
            machine.arena.reset(to: mark)
            machine.texts.removeSubrange(textCount...)
        }
    }

    /// Where the samples at which a machine stands begin in what is kept of a place, and how many there are.
    private func position(of machine: Machine) -> (start: Int, count: Int) {
        let first = Int(machine.firstSample)
        return (first - range.lowerBound, min(machine.width, range.upperBound - first))
    }

    private func keep(_ number: Int, _ machine: Machine) {
        guard let memory = kept[number] else { return }
        let definition = program.definitions[number]
        let (start, count) = position(of: machine)
        let steps = definition.varies ? program.calendar.count : 1
        for place in 0..<places(definition) {
            let target = memory + place * range.count + start
            guard self.steps[number].contains(place % steps) else {
                // A part of the run holds no more than what it computed.
                target.update(repeating: 0, count: count)
                continue
            }
            target.update(from: machine.laneFile + (definition.address + place) * machine.width, count: count)
        }
    }

    private func reload(_ number: Int, _ machine: Machine) {
        guard let memory = kept[number] else { return }
        let definition = program.definitions[number]
        let (start, count) = position(of: machine)
        for place in 0..<places(definition) {
            let target = machine.laneFile + (definition.address + place) * machine.width
            target.update(repeating: 0, count: machine.width)
            target.update(from: memory + place * range.count + start, count: count)
        }
    }

    // MARK: Statistics

    /// The first value whose mean is not known well enough after so many samples; nil where all are.
    private func firstImprecise(_ precision: Precision, samples: Int) -> (query: Int, point: Int?, step: Int?)? {
        var definitions: [(query: Int, point: Int?, definition: Int)] = []
        for query in precision.queries {
            definitions.append((query, nil, program.queries[query].definition))
            for (point, value) in program.queries[query].points.enumerated() {
                definitions.append((query, point, value.definition))
            }
        }
        for (query, point, definition) in definitions where definition >= 0 {
            var number = definition
            if let statistic = statistic(behind: number),
                case .statistic(_, let source, _) = program.definitions[statistic].kind
            {
                number = source
            }
            guard let memory = kept[number] else { continue }
            for place in 0..<places(program.definitions[number]) {
                let values = solved(UnsafeBufferPointer(start: memory + place * range.count, count: samples))
                let error = Statistics.errorOfMean(values)
                let allowed = precision.share * Statistics.mean(values).magnitude
                // What failed is no number, and ends the run where it is asked for.
                if error > allowed {
                    let varies = program.definitions[number].varies
                    return (query, point, varies ? place % program.calendar.count : nil)
                }
            }
        }
        return nil
    }

    private func statistic(_ number: Int, _ combination: Int, _ step: Int) -> Double {
        guard case .statistic(let kind, let source, let share) = program.definitions[number].kind else { return 0 }
        let worker = workers[0]
        let definition = program.definitions[source]
        let other = worker.point(combination, of: number, in: source)
        if kind.isOfPair { return pairStatistic(kind, source, share, number, combination, step) }
        guard definition.isSampled else {
            let value = worker.uniformValue(source, other, step)
            if value.isNaN { return value }
            return kind == .deviation || kind == .skewness ? 0 : value
        }
        guard let samples = samples(source, combination: other, step: step).map({ solved($0) }) else { return 0 }
        for value in samples where value.isNaN && Box.fault(in: value) != nil { return value }
        switch kind {
        case .expected: return worker.checked(Statistics.mean(samples), 0, number)
        case .probability: return Statistics.mean(samples)
        case .deviation: return worker.checked(Statistics.deviation(samples), 0, number)
        case .skewness: return worker.checked(Statistics.skewness(samples), 0, number)
        case .median: return quantile(samples, 0.5)
        case .covariance, .correlation: return 0
        case .quantile:
            let p = worker.uniformValue(share, worker.point(combination, of: number, in: share), step)
            if p.isNaN { return p }
            guard p >= 0, p <= 1 else {
                machine.step = step
                return machine.poison(.invalidShare, origin: program.definitions[number].origin)
            }
            return quantile(samples, p)
        }
    }

    /// What sampling leaves open of a statistic; nil for other values, and for all but probabilities where no detail is
    /// wanted.
    package func samplingError(_ number: Int, combination: Int, step: Int, isDetailed: Bool) -> SamplingError? {
        guard number >= 0, let number = statistic(behind: number),
            case .statistic(let kind, let source, let share) = program.definitions[number].kind,
            let samples = samples(
                source, combination: workers[0].point(combination, of: number, in: source), step: step),
            isDetailed || kind == .probability, !samples.contains(where: { $0.isNaN })
        else { return nil }
        switch kind {
        case .expected: return .standard(Statistics.errorOfMean(samples))
        case .median: return Statistics.errorsOfQuantiles(samples, [0.5]).first.map { .standard($0) }
        case .quantile:
            let p = workers[0].uniformValue(share, workers[0].point(combination, of: number, in: share), step)
            guard p >= 0, p <= 1 else { return nil }
            return Statistics.errorsOfQuantiles(samples, [p]).first.map { .standard($0) }
        case .probability:
            let interval = Statistics.interval(ofShare: Statistics.mean(samples), samples: samples.count)
            return .interval(low: interval.low, high: interval.high)
        case .deviation, .skewness, .covariance, .correlation: return nil
        }
    }

    /// The statistic that a definition is, or hands on as it is.
    private func statistic(behind number: Int) -> Int? {
        let definition = program.definitions[number]
        switch definition.kind {
        case .statistic: return number
        case .code(let codes):
            guard let code = codes.first, !code.isLane else { return nil }
            let (load, end) = (program.code[code.start], program.code[code.start + 1])
            guard load.opcode == .load || load.opcode == .loadStep, end.opcode == .end else { return nil }
            // Of what it reads, that which its code loads first.
            return definition.reads.first { read in
                guard case .statistic = program.definitions[read].kind else { return false }
                return program.definitions[read].address == load.wide
                    && program.definitions[read].axes == definition.axes
            }
        default: return nil
        }
    }

    package enum SamplingError {
        case standard(Double)
        case interval(low: Double, high: Double)
    }

    /// Of two values over the same samples; one that does not vary goes with nothing.
    private func pairStatistic(
        _ kind: SampleStatistic, _ first: Int, _ second: Int, _ number: Int, _ combination: Int, _ step: Int
    ) -> Double {
        let worker = workers[0]
        var columns: [UnsafeBufferPointer<Double>] = []
        for source in [first, second] {
            let other = worker.point(combination, of: number, in: source)
            if !program.definitions[source].isSampled {
                let value = worker.uniformValue(source, other, step)
                if value.isNaN { return value }
            } else if let all = samples(source, combination: other, step: step) {
                let samples = solved(all, columns.count)
                for value in samples where value.isNaN && Box.fault(in: value) != nil { return value }
                columns.append(samples)
            }
        }
        guard columns.count == 2 else { return 0 }
        let covariance = Statistics.covariance(columns[0], columns[1])
        guard kind == .correlation else { return worker.checked(covariance, 0, number) }
        let spread = Statistics.deviation(columns[0]) * Statistics.deviation(columns[1])
        return spread > 0 ? worker.checked(min(max(covariance / spread, -1), 1), 0, number) : 0
    }

    private func quantile(_ samples: UnsafeBufferPointer<Double>, _ share: Double) -> Double {
        Statistics.quantiles(samples, [share]).first ?? 0
    }
}
