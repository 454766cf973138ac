import ArgumentParser
import Reuse
import ReuseSyntax

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, csv
}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

enum SamplingChoice: String, ExpressibleByArgument, CaseIterable {
    case random, latin, sobol
}

extension Options {
    /// How samples are laid out, as the command line says it.
    var samplingChoice: SamplingChoice {
        get {
            switch sampling {
            case .random: .random
            case .latin: .latin
            case .sobol: .sobol
            }
        }
        set {
            switch newValue {
            case .random: sampling = .random
            case .latin: sampling = .latin
            case .sobol: sampling = .sobol
            }
        }
    }
}

/// How things are printed.
struct PrintStyle {
    var format: OutputFormat = .text
    var colour: ColourChoice = .auto
    /// Each warning is shown, though there be many of its kind.
    var isVerbose = false
}

/// Options for how things are printed.
struct PrintOptions: ParsableArguments {
    @Option(help: "How results are printed.")
    var format: OutputFormat = .text

    @Option(
        name: [.customLong("color"), .customLong("colour")],
        help: "Colour; auto is on a terminal, and never where NO_COLOR is set.")
    var colour: ColourChoice = .auto

    @Flag(help: "Show each warning, also where there are many of one kind.")
    var verbose = false

    var style: PrintStyle { PrintStyle(format: format, colour: colour, isVerbose: verbose) }
}

/// Options of a run that change its numbers.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set an input, such as growth=4%/yr; may be repeated.", valueName: "name=value"))
    var settings: [String] = []

    @Option(
        help: ArgumentHelp(
            "Samples of what is uncertain, 1 to \(Limits.samples) (default: 10000; with --until at most 1000000).",
            valueName: "count"))
    var samples: Int?

    @Option(help: ArgumentHelp("Seed of the draws; the same seed gives the same numbers.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: "How samples are laid out: Latin hypercube, each by itself, or Sobol's sequence.")
    var sampling = SamplingChoice.latin

    @Option(help: ArgumentHelp("Scenario of plain commands: a scenario, a policy, baseline or all.", valueName: "name"))
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "Draw samples until the standard error of every mean that is shown is below this share of it, such as 0.5%.",
            valueName: "share"))
    var until: String?

    @Option(
        help: ArgumentHelp(
            "Leave samples out whose markets cannot be cleared, up to this share, such as 0.1%; how many is printed.",
            valueName: "share"))
    var allowUnsolved: String?

    @Option(
        help: ArgumentHelp("Threads, 1 to 256; all cores by default. Results do not depend on it.", valueName: "count"))
    var threads: Int?

    @Flag(help: "Warn of inputs without a source.")
    var strictSources = false

    func validate() throws {
        guard Options.sampleCounts.contains(sampleCount) else {
            throw ValidationError("--samples must be between 1 and \(Options.sampleCounts.upperBound).")
        }
        if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be between 1 and 256.") }
        if until != nil, precision == nil {
            throw ValidationError("--until needs a share above 0% and below 100%, such as 0.5%.")
        }
        if let allowUnsolved, Self.share(allowUnsolved) == nil {
            throw ValidationError("--allow-unsolved needs a share above 0% and below 100%, such as 0.1%.")
        }
        for setting in settings where Self.parts(of: setting) == nil {
            throw ValidationError("--set needs name=value, such as --set growth=4%/yr, not '\(setting)'.")
        }
    }

    private var sampleCount: Int { samples ?? (until == nil ? 10_000 : 1_000_000) }

    /// `0.5%` or `0.005`, above 0 and below 1.
    private var precision: Double? { until.flatMap { Self.share($0) } }

    static func share(_ until: String) -> Double? {
        guard let share = Double(until.hasSuffix("%") ? String(until.dropLast()) : until) else { return nil }
        let value = until.hasSuffix("%") ? share / 100 : share
        return value > 0 && value < 1 ? value : nil
    }

    var options: Options {
        var options = Options.ofProcess
        options.samples = sampleCount
        options.precision = precision
        options.allowedUnsolved = allowUnsolved.flatMap { Self.share($0) } ?? 0
        options.threads = threads
        options.seed = seed
        options.samplingChoice = sampling
        options.scenario = scenario
        options.settings = settings.compactMap(Self.parts)
        options.strictSources = strictSources
        return options
    }

    /// Split at the first `=` that is not part of `==`; a name and a value are needed.
    private static func parts(of setting: String) -> (name: String, value: String)? {
        guard let equals = setting.firstIndex(of: "=") else { return nil }
        let name = trimmed(setting[..<equals])
        let value = trimmed(setting[setting.index(after: equals)...])
        return name.isEmpty || value.isEmpty || value.hasPrefix("=") ? nil : (name, value)
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
