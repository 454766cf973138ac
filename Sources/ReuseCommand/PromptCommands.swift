import Reuse

/// The commands of the prompt, each behind a colon.
enum PromptCommand: String, CaseIterable {
    case help, doc, type, units, list, sources, trace, why, time, set, load, reload, save, undo, redo, reset, quit,
        policy, on, off, scenario, diff, drop, force

    /// What stands behind it.
    var arguments: String {
        switch self {
        case .help: "[command]"
        case .doc: "name"
        case .type, .trace, .time: "expression"
        case .diff: "[expression]"
        case .units: "[dimension]"
        case .set: "[name value]"
        case .load, .save: "file"
        case .on, .off: "policy ..."
        case .scenario: "[name]"
        case .drop: "name"
        case .list, .sources, .why, .reload, .undo, .redo, .reset, .quit, .policy, .force: ""
        }
    }

    var summary: String {
        switch self {
        case .help: "this list, or what one command does"
        case .doc: "the documentation of a name, or of a word such as market"
        case .type: "dimension and axes of an expression, without computing it"
        case .units: "all units, or those of a dimension: mass, money, kg or USD/phone"
        case .list: "everything that was entered"
        case .sources: "the register of inputs with their sources"
        case .trace: "where a number comes from"
        case .why: "the long explanation of the last error"
        case .time: "the value of an expression, and how long it took"
        case .set: "settings: samples, seed, threads, sampling, until, allow-unsolved"
        case .load: "a script in place of what is there"
        case .reload: "the script read again"
        case .save: "what is defined, as a script"
        case .undo: "takes back the last change"
        case .redo: "makes the change again that was taken back"
        case .reset: "forgets everything"
        case .quit: "leaves, as Ctrl-D does"
        case .policy: "the policies, and which are on"
        case .on: "switches policies on"
        case .off: "switches policies off"
        case .scenario: "chooses a scenario: one of the script, a policy, a + b, baseline or all"
        case .diff: "what the last switch changed, in the last value or in another"
        case .drop: "takes out what was entered under a name"
        case .force: "makes a change that breaks something, and sets aside what it breaks"
        }
    }

    /// Completion of what stands behind it.
    enum Operand { case command, name, unit, file, policy, scenario, setting, nothing, entry }

    var operand: Operand {
        switch self {
        case .help: .command
        case .doc, .type, .trace, .time, .diff: .name
        case .units: .unit
        case .load, .save: .file
        case .on, .off: .policy
        case .scenario: .scenario
        case .drop: .entry
        case .set: .setting
        case .list, .sources, .why, .reload, .undo, .redo, .reset, .quit, .policy, .force: .nothing
        }
    }

    var usage: String { ":\(rawValue)" + (arguments.isEmpty ? "" : " " + arguments) }

    static let settings = ["samples", "seed", "threads", "sampling", "until", "allow-unsolved"]

    /// Values of a setting that are words.
    static func values(of setting: String) -> [String] {
        switch setting {
        case "threads": ["all"]
        case "sampling": SamplingChoice.allCases.map(\.rawValue)
        case "until", "allow-unsolved": ["off"]
        default: []
        }
    }
}
