import ReuseCore
import ReuseKernels
import ReuseSyntax

/// What a run may use at most.
public struct RunLimits: Sendable {
    /// Calls and turns of loops, over all; nil for no limit. The default is some minutes of work.
    public var instructions: Int? = Int(clamping: Limits.runInstructions)
    /// Bytes of lists, records and texts, and of kept samples.
    public var memory = Int(clamping: Limits.runBytes)
    /// Calls inside calls.
    public var depth = Limits.callsDeep

    public init() {}
}

/// The memory of a run and where it is: registers, values of definitions, and the step and sample being computed.
///
/// All pointers are owned here and live as long as the machine. Byte code is made by `Lowering` alone, which keeps register
/// numbers, addresses and jumps inside what is allocated.
final class Machine {
    /// Samples of a block, by which runs are shared out, stopped and summed up.
    static let lanes = 256
    /// The fewest samples that are computed at once, where memory has no room for more: code is made for rows of so many.
    static let fewestLanes = 32

    /// How many samples are computed at once: a block or a part of one. What is computed is the same.
    let width: Int
    /// Whether all that it needs was to be had.
    let hasMemory: Bool
    let program: Program
    let seed: UInt64
    let sampling: Sampling
    /// The seed as Sobol's sequence takes it.
    let scramble: UInt32
    let code: UnsafePointer<Instruction>
    let constants: UnsafePointer<Double>
    let functions: UnsafePointer<FunctionCode>
    let functionCount: Int
    let stack: UnsafeMutablePointer<Double>
    let stackSize: Int
    let frames: UnsafeMutablePointer<Frame>
    /// Memory of lane registers and one more, and which part of it belongs to which: a result is never written over the
    /// operands that it is made of, so that it can be looked at again what went wrong.
    private let laneMemory: UnsafeMutablePointer<Double>
    let laneHomes: UnsafeMutablePointer<UnsafeMutablePointer<Double>>
    /// Where the lanes of a register are now: its own, or those of a value of the model.
    let laneRegisters: UnsafeMutablePointer<UnsafeMutablePointer<Double>>
    var spareLanes: UnsafeMutablePointer<Double>
    let uniform: UnsafeMutablePointer<Double>
    let laneFile: UnsafeMutablePointer<Double>
    let depthLimit: Int
    var fuel: Int
    var arena: Arena
    var texts: [String]
    let format: (Double, String) -> String
    private(set) var isCancelled: () -> Bool
    /// Questions until the host is asked again whether it wants the answer.
    private var looks: Int32 = 0
    /// It wants it no more: what is being computed was left.
    private(set) var hasStopped = false
    /// Every draw is its median.
    let isCentral: Bool
    /// What draws are taken from instead, where it has them.
    let design: DrawDesign?
    /// Number of the worker that this machine belongs to.
    var worker = 0
    private let ownsUniform: Bool
    var step = 0
    /// What is being computed where it varies over an index, else -1; and the combination of its indexes.
    var definition = -1
    var combination = 0
    /// What is added to addresses, by the member at which the code runs; the first is 0.
    let offsets: UnsafeMutablePointer<Int>
    /// Where loops over members stand.
    let members: UnsafeMutablePointer<Int>
    var lane = 0
    /// Number of the first sample of the block.
    var firstSample: UInt64 = 0
    var faults: [FaultRecord] = []
    private var faultNumbers: [FaultRecord: Int] = [:]
    /// By number of a fault: an amount that is told with it, that of its first sample.
    private var amounts: [Int: Double] = [:]
    /// How many calls were open when the last scalar code ended.
    var openCalls = 0

    struct Frame {
        var returnTo: Int32
        var base: Int32
        var result: Int32
    }

    /// With `first`, the values that are the same for all samples are those of another machine.
    init(_ program: Program, _ settings: RunSettings, sharing first: Machine?, width: Int) {
        self.program = program
        self.width = width
        seed = settings.seed
        format = settings.format
        isCancelled = settings.isCancelled
        sampling = settings.sampling
        scramble = Self.scramble(ofSeed: settings.seed)
        isCentral = settings.isCentral
        design = settings.design
        code = Self.copy(program.code, orOne: Instruction(.end))
        constants = Self.copy(program.constants, orOne: 0)
        functions = Self.copy(
            program.functions, orOne: FunctionCode(start: 0, parameters: 0, captures: 0, registers: 0))
        functionCount = program.functions.count
        stackSize = max(1 << 22, program.scalarRegisters + 1024)
        stack = .allocate(capacity: stackSize)
        let limits = settings.limits
        depthLimit = limits.depth
        frames = .allocate(capacity: limits.depth + 1)
        let registers = max(program.laneRegisters, 1)
        laneMemory = .allocate(capacity: (registers + 1) * width)
        laneHomes = .allocate(capacity: registers)
        laneRegisters = .allocate(capacity: registers)
        for register in 0..<registers {
            (laneHomes + register).initialize(to: laneMemory + register * width)
            (laneRegisters + register).initialize(to: laneMemory + register * width)
        }
        spareLanes = laneMemory + registers * width
        ownsUniform = first == nil
        let uniform = first?.uniform ?? reuse_allocate_zeros(max(program.uniformCount, 1))
        let laneFile = reuse_allocate_lanes(max(program.laneBlocks, 1) * width)
        hasMemory = uniform != nil && laneFile != nil
        self.uniform = uniform ?? .allocate(capacity: 1)
        self.laneFile = laneFile ?? .allocate(capacity: 1)
        #if DEBUG
            // What is read and was not computed shows itself.
            if first == nil, hasMemory { self.uniform.update(repeating: .nan, count: program.uniformCount) }
            self.laneFile.update(repeating: .nan, count: hasMemory ? program.laneBlocks * width : 1)
        #endif
        offsets = .allocate(capacity: MemberOffsets.most + 1)
        members = .allocate(capacity: max(program.memberCounters, 1))
        members.initialize(repeating: 0, count: max(program.memberCounters, 1))
        offsets.initialize(repeating: 0, count: MemberOffsets.most + 1)
        fuel = limits.instructions ?? Int.max
        arena = Arena(limit: limits.memory)
        texts = program.texts
    }

    // MARK: Stopping

    /// Whether to leave what is being computed: the host is asked once in many calls, sooner where each is more work.
    @inline(__always)
    func stops(weight: Int32 = 1) -> Bool {
        looks &-= weight
        return looks > 0 ? hasStopped : ask()
    }

    @inline(never)
    private func ask() -> Bool {
        looks = 64
        if !hasStopped { hasStopped = isCancelled() }
        return hasStopped
    }

    /// From here on nothing is left before its end.
    func finishCalmly() {
        isCancelled = { false }
        hasStopped = false
        looks = 0
    }

    deinit {
        code.deallocate()
        constants.deallocate()
        functions.deallocate()
        stack.deallocate()
        frames.deallocate()
        offsets.deallocate()
        members.deallocate()
        laneMemory.deallocate()
        laneHomes.deallocate()
        laneRegisters.deallocate()
        if ownsUniform { reuse_free_numbers(uniform) }
        reuse_free_numbers(laneFile)
        arena.free()
    }

    private static func copy<T>(_ array: [T], orOne fallback: T) -> UnsafePointer<T> {
        let memory = UnsafeMutablePointer<T>.allocate(capacity: max(array.count, 1))
        if array.isEmpty {
            memory.initialize(to: fallback)
        } else {
            for (index, element) in array.enumerated() { (memory + index).initialize(to: element) }
        }
        return UnsafePointer(memory)
    }

    /// Says what is computed from here on, and where on its indexes.
    @inline(__always)
    func stand(at combination: Int, of number: Int) {
        definition = program.definitions[number].axes.indexes.isEmpty ? -1 : number
        self.combination = definition < 0 ? 0 : combination
    }

    /// Sets the offsets of a code: number in `Program.offsets`.
    @inline(__always)
    func shift(_ number: Int, to combination: Int) {
        program.offsets[number].write(at: combination, into: offsets)
    }

    /// The value that stands for a fault at the current step.
    func poison(_ fault: RunFault, at pc: Int, openCalls: Int = 0) -> Double {
        poison(fault, origin: program.origins[pc], openCalls: openCalls)
    }

    func poison(_ fault: RunFault, origin: Origin, openCalls: Int = 0) -> Double {
        let record = FaultRecord(
            fault: fault, origin: origin, step: step, definition: definition, combination: combination,
            calls: calls(around: origin, openCalls: openCalls))
        if let known = faultNumbers[record] { return Box.fault(known) }
        // Past this many the first stands for the rest: they are found in order.
        guard faults.count < Limits.faults else { return Box.fault(worker) }
        let number = faults.count * Limits.threads + worker
        faults.append(record)
        faultNumbers[record] = number
        return Box.fault(number)
    }

    /// Notes the amount of a fault where it is new.
    func note(_ amount: Double, of value: Double) {
        if let number = Box.fault(in: value), amounts[number] == nil { amounts[number] = amount }
    }

    func amount(of number: Int) -> Double? { amounts[number] }

    /// The calls that are open, and those in whose place code is written out.
    private func calls(around origin: Origin, openCalls: Int) -> [Place] {
        if openCalls == 0, origin.site < 0 { return [] }
        // Deep recursion is a few calls over and over: what is looked at is bounded.
        let most = 8
        var result: [Place] = []
        func add(_ nodes: [Place], upTo limit: Int) {
            for node in nodes where result.count < limit && !result.contains(node) { result.append(node) }
        }
        func addFrames(_ range: Range<Int>, upTo limit: Int) {
            for depth in range {
                let call = Int(frames[depth].returnTo) - 1
                guard program.origins.indices.contains(call) else { continue }
                add(program.calls(around: program.origins[call]) + [program.origins[call].place], upTo: limit)
            }
        }
        addFrames(0..<min(openCalls, most), upTo: most)
        addFrames(max(most, openCalls - most)..<max(most, openCalls), upTo: 2 * most)
        add(program.calls(around: origin), upTo: 3 * most)
        return result
    }

    /// A text as a value; nil where the memory limit is reached.
    func store(_ text: String) -> Double? {
        guard arena.charge(text.utf8.count + 16) else { return nil }
        texts.append(text)
        return Double(texts.count - 1)
    }

    func text(_ handle: Double) -> String {
        let index = Int(exactly: handle) ?? -1
        return index >= 0 && index < texts.count ? texts[index] : ""
    }
}

/// Why a piece of scalar code stopped.
enum Exit {
    case value(Double)
    /// At an instruction on lanes.
    case lane(Int)
    case fault(RunFault, Int)
    /// What it read had failed before.
    case poisoned(Double)
}
