import ReuseEngine
import ReuseModel
import ReuseSyntax

/// A command of a script: what it asks of a run, and what it makes of the answers.
protocol CommandPlan {
    init(_ command: Command, _ runner: inout Runner, isRun: Bool)

    var command: Command { get }
    /// The values that a run must give; without `isRun` as far as a check wants to know of them.
    var requests: [QueryRequest] { get }

    /// Adds the outputs, from the queries that answer the requests, in their order; false where the run ends here.
    func finish(_ runner: inout Runner, _ queries: [Int]) -> Bool
}

extension Runner {
    /// The commands that there are, each in a file of its own.
    private static func type(of kind: NodeKind) -> (any CommandPlan.Type)? {
        switch kind {
        case .show, .expressionStatement: ShowPlan.self
        case .compare: ComparePlan.self
        case .target: TargetPlan.self
        case .attribute: AttributePlan.self
        case .sensitivity: SensitivityPlan.self
        case .solve: SolvePlan.self
        case .calibrate: CalibratePlan.self
        case .assert: AssertPlan.self
        case .consistent: ConsistentPlan.self
        case .trace: TracePlan.self
        default: nil
        }
    }

    mutating func plan(_ command: Command, isRun: Bool) -> (any CommandPlan)? {
        Self.type(of: command.kind)?.init(command, &self, isRun: isRun)
    }
}

extension Command {
    /// The request for one of its expressions.
    func request(_ node: NodeID, at time: NodeID = .none) -> QueryRequest {
        .expression(module: module, node: node, time: time)
    }
}
