public import ReuseEngine
import ReuseModel
import ReuseSyntax

/// How scripts are run. The defaults are those of the command line.
public struct Options: Sendable {
    /// Number of samples of what is uncertain; one of `sampleCounts`, else a run is an error.
    public var samples = 10_000
    public static let sampleCounts = 1...Limits.samples
    public var seed: UInt64 = 1
    /// How the samples are laid out.
    public var sampling = Sampling.latin
    /// `--set name=value`, in order; the value is an expression.
    public var settings: [(name: String, value: String)] = []
    /// Warn of inputs without a source.
    public var strictSources = false
    /// The scenario of plain commands; nil for the script's own choice.
    public var scenario: String?
    public var limits = RunLimits()
    /// Ends a run once the standard error of the mean of every number that is shown is below this share of it; `samples` is
    /// then the most that are drawn.
    public var precision: Double?
    /// The share of samples, 0 to 1, that may be left out of all results because their markets could not be cleared.
    public var allowedUnsolved = 0.0
    /// Whether values come with standard errors, skewness and a histogram, as JSON and pictures need them.
    public var isDetailed = false
    /// Threads that work on samples; nil for as many as the machine has cores. Results do not depend on it.
    public var threads: Int?
    /// Told now and then how far a run has come, on the thread that called `run`.
    public var progress: (@Sendable (RunProgress) -> Void)?
    /// Asked now and then while a run goes on; true ends it.
    public var isCancelled: @Sendable () -> Bool = { false }

    public init() {}
}

/// How a script reaches files; closed unless the host opens it.
public struct FileAccess: Sendable {
    public enum Failure: Error, Sendable {
        case missing, unreadable(String), closed
        /// It lies outside the folders that the script may read.
        case outside
    }

    /// The bytes of the file at `path`.
    public var read: @Sendable (_ path: String) -> Result<[UInt8], Failure>
    /// The rows of a table of the database at `path`, or of a query, as text: commas between cells, quotes around texts, and
    /// a first line of headings.
    public var query: @Sendable (_ path: String, _ isQuery: Bool, _ text: String) -> Result<[UInt8], Failure>

    public init(
        read: @escaping @Sendable (_ path: String) -> Result<[UInt8], Failure>,
        query: @escaping @Sendable (_ path: String, _ isQuery: Bool, _ text: String) -> Result<[UInt8], Failure> = {
            _, _, _ in .failure(.closed)
        }
    ) {
        self.read = read
        self.query = query
    }

    public static let closed = FileAccess { _ in .failure(.closed) }
}

/// What came of a run: all outputs up to an error, and everything there is to say.
public struct RunResult: Sendable {
    public var outputs: [Output]
    public var diagnostics: [Diagnostic]
    /// The texts that diagnostics point into.
    public var sources: [SourceText]
    /// The scenario of plain commands; nil where the script has no policies.
    public var scenario: String?
    /// How many samples were drawn of what is uncertain, and how many were wanted; nil where nothing ran.
    public var samples: (drawn: Int, wanted: Int)?
    /// How many of the samples that were drawn were left out, since their markets could not be cleared.
    public var leftOut = 0
    /// The run was stopped before all samples were drawn: outputs rest on those that were.
    public var isPartial = false

    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
    /// An error was that a host's limit was reached (exit status 3).
    public var reachedLimit: Bool { diagnostics.contains { $0.kind == .limitReached } }

    public init(outputs: [Output], diagnostics: [Diagnostic], sources: [SourceText]) {
        self.outputs = outputs
        self.diagnostics = diagnostics
        self.sources = sources
    }
}

/// Result of the examples of one file.
public struct ExampleResult: Sendable {
    public var passed: Int
    public var failed: Int
    public var diagnostics: [Diagnostic]
    public var sources: [SourceText]
}

/// Runs scripts. Nothing is kept between calls.
public struct Session: Sendable {
    public var options: Options
    public var files: FileAccess
    /// Tables and answers that a conversation need not work out again; nil where each run stands alone.
    var memory: ConversationMemory?
    /// Checks go on to their end though nobody wants them: what changes a conversation is decided by whole ones. A prompt leaves
    /// one that takes long to itself.
    var checksToTheEnd = false

    public init(options: Options = Options(), files: FileAccess = .closed) {
        self.options = options
        self.files = files
    }

    /// Runs a text; `name` is what messages call it: a path, or a word that begins with `-`.
    public func run(_ text: [UInt8], name: String) -> RunResult {
        withRoomToRecurse {
            let (checked, calibrations) = calibrated(text, name: name)
            if checked.diagnostics.contains(where: { $0.severity == .error }) { return RunResult([], checked) }
            var runner = Runner(model: checked.model, options: options)
            runner.calibrations = calibrations
            runner.run()
            return RunResult(checked, runner)
        }
    }

    /// Checks a text without running it.
    public func check(_ text: [UInt8], name: String) -> RunResult {
        withRoomToRecurse {
            let checked = ReuseModel.check(input(text, name: name))
            if checked.diagnostics.contains(where: { $0.severity == .error }) { return RunResult([], checked) }
            var runner = Runner(model: checked.model, options: options)
            let found = runner.checkAxes()
            // Of a check that was stopped nothing is known but that.
            let stopped = found.first { $0.kind == .cancelled } ?? (options.isCancelledByHost() ? .stoppedCheck : nil)
            return RunResult(
                outputs: [], diagnostics: stopped.map { [$0] } ?? checked.diagnostics + found,
                sources: checked.model.sources)
        }
    }

    /// The register of inputs of a text.
    public func register(_ text: [UInt8], name: String) -> (register: Register, result: RunResult) {
        register(ScriptText(name: name, bytes: text))
    }

    func register(_ script: ScriptText) -> (register: Register, result: RunResult) {
        withRoomToRecurse {
            let checked = calibrated(script).checked
            if checked.diagnostics.contains(where: { $0.severity == .error }) {
                return (Register(entries: []), RunResult([], checked))
            }
            var runner = Runner(model: checked.model, options: options)
            let register = runner.register()
            return (
                register,
                RunResult(
                    outputs: [], diagnostics: checked.diagnostics + runner.diagnostics, sources: checked.model.sources)
            )
        }
    }

    /// Whether a text could be gone on with: all that is wrong is that it ends too early.
    public func isUnfinished(_ text: [UInt8]) -> Bool {
        withRoomToRecurse { ReuseModel.check(input(text, name: "-")).isUnfinished }
    }

    /// The modules of the standard library with their texts, in alphabetical order.
    public static var library: [(name: String, text: [UInt8])] { Library.modules }

    func input(_ text: [UInt8], name: String) -> ModelInput { input(ScriptText(name: name, bytes: text)) }

    func input(_ script: ScriptText) -> ModelInput {
        let files = files
        func answer(_ result: Result<[UInt8], FileAccess.Failure>) -> ModelInput.FileAnswer {
            switch result {
            case .success(let bytes): .bytes(bytes)
            case .failure(.missing): .missing
            case .failure(.closed): .closed
            case .failure(.outside): .outside
            case .failure(.unreadable(let reason)): .unreadable(reason)
            }
        }
        var input = ModelInput(
            text: script.bytes, name: script.name, isFile: script.name.utf8.first != 0x2D,
            libraryNames: Library.names, library: Library.text(of:),
            readFile: { path in answer(askingHost { files.read(path) }) })
        input.statements = script.statements
        input.symbols = script.reader?.symbols
        input.queryDatabase = { path, isQuery, text in answer(askingHost { files.query(path, isQuery, text) }) }
        if let memory {
            input.knownTable = { memory.table($0) }
            input.keepTable = { memory.keep($0, $1) }
        }
        input.settings = options.settings
        if !checksToTheEnd { input.isCancelled = options.isCancelledByHost }
        input.strictSources = options.strictSources
        input.scenario = options.scenario
        return input
    }
}

extension RunResult {
    init(_ outputs: [Output], _ checked: CheckedModel) {
        self.init(outputs: outputs, diagnostics: checked.diagnostics, sources: checked.model.sources)
    }

    init(_ checked: CheckedModel, _ runner: Runner) {
        self.init(
            outputs: runner.outputs, diagnostics: checked.diagnostics + runner.diagnostics,
            sources: checked.model.sources)
        if !checked.model.policies.isEmpty {
            scenario = checked.model.scenarios[checked.model.mainScenario].name
        }
        guard let execution = runner.execution else { return }
        samples = (execution.sampleCount, execution.samplesWanted)
        // Of none there is nothing to show: that it was stopped is an error.
        isPartial = execution.isStopped && execution.sampleCount > 0
        leftOut = execution.leftOut
    }
}
