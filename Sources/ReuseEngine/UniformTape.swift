/// One value at one combination, the same for all samples.
struct UniformTask {
    enum Work {
        /// Code from an instruction on; of nothing but arithmetic, conditions and values of the model.
        case code(Int, isObject: Bool)
        case arithmetic(Int)
        /// A level a step before: where it is, and where it is before the first step, or -1 for nothing.
        case opening(Int, initial: Int)
        /// A step of a stock: number in `Program.stocks`.
        case cohorts(Int)
        /// A step of a stock without cohorts. Its state lives as long as the worker.
        case level(Unmanaged<CohortState>, Int)
        /// What `Worker` computes by itself.
        case other
    }

    var work: Work
    var definition: Int
    var combination: Int
    /// Of code whose addresses rest on members: number in `Program.offsets`, else -1.
    var offsets = -1
    /// Whether it is computed at all steps.
    var isWhole: Bool
    /// Of its value at the first step; at each further step a stride on.
    var place: Int
    var stride: Int
}

/// The values of an entry in the order in which they are computed in each step.
struct UniformTape {
    private(set) var tasks: [UniformTask] = []

    /// `state` gives what a stock holds: by its plan, its definition and the combination.
    init(_ program: Program, _ definitions: [Int], _ steps: [StepSet], state: (Int, Int, Int) -> CohortState) {
        for number in definitions {
            let definition = program.definitions[number]
            let own = steps[number]
            let isWhole = !definition.varies || own == StepSet(0...max(program.calendar.count - 1, 0))
            let steps = definition.varies ? program.calendar.count : 1
            for combination in 0..<definition.combinations {
                let place = definition.address + combination * steps
                var task = UniformTask(
                    work: .other, definition: number, combination: combination, isWhole: isWhole, place: place,
                    stride: definition.varies ? 1 : 0)
                switch definition.kind {
                case .code(let codes):
                    guard let code = definition.code(codes, at: combination) else { break }
                    let start = code.start
                    task.offsets = code.offsets
                    task.work =
                        !definition.isObject && program.isArithmetic(from: start)
                        ? .arithmetic(start) : .code(start, isObject: definition.isObject)
                case .opening(let level, let initial):
                    let own = program.definitions[level]
                    guard own.axes == definition.axes, !own.isSampled else { break }
                    task.work = .opening(own.address + combination * program.calendar.count, initial: initial)
                case .cohorts(let plan):
                    let state = state(plan, number, combination)
                    task.work = state.tables == nil ? .level(Unmanaged.passUnretained(state), plan) : .cohorts(plan)
                case .cleared, .reads, .invalid: continue
                default: break
                }
                tasks.append(task)
            }
        }
    }
}

extension Program {
    /// Whether code makes no lists, texts or function values and calls nothing, so that it leaves nothing behind.
    fileprivate func isArithmetic(from start: Int) -> Bool {
        var pc = start
        while pc < code.count {
            let op = code[pc].opcode
            if op == .end { return true }
            guard op.rawValue <= Opcode.loadStep.rawValue else { return false }
            pc += 1
        }
        return false
    }
}
