/// One value at one combination, the same for all samples.
struct UniformTask {
    enum Work {
        /// Code from an instruction on.
        case code(Int, isObject: Bool)
        /// A level a step before: where it is, and where it is before the first step, or -1 for nothing.
        case opening(Int, initial: Int)
        /// A step of a stock: number in `Program.stocks`.
        case cohorts(Int)
        /// What `Worker` computes by itself.
        case other
    }

    var work: Work
    var definition: Int
    var combination: Int
    /// Of its value at the first step; at each further step a stride on.
    var place: Int
    var stride: Int
}

/// The values of an entry in the order in which they are computed in each step.
struct UniformTape {
    private(set) var tasks: [UniformTask] = []

    init(_ program: Program, _ definitions: [Int]) {
        for number in definitions {
            let definition = program.definitions[number]
            let steps = definition.varies ? program.calendar.count : 1
            for combination in 0..<definition.combinations {
                let place = definition.address + combination * steps
                var task = UniformTask(
                    work: .other, definition: number, combination: combination, place: place,
                    stride: definition.varies ? 1 : 0)
                switch definition.kind {
                case .code(let codes):
                    if combination < codes.count {
                        task.work = .code(codes[combination].start, isObject: definition.isObject)
                    }
                case .opening(let level, let initial):
                    let own = program.definitions[level]
                    guard own.axes == definition.axes, !own.isSampled else { break }
                    task.work = .opening(own.address + combination * program.calendar.count, initial: initial)
                case .cohorts(let plan): task.work = .cohorts(plan)
                case .cleared, .reads, .invalid: continue
                default: break
                }
                tasks.append(task)
            }
        }
    }
}
