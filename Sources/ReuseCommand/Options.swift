import ArgumentParser
import Reuse

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, csv
}

enum ColourChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

enum SamplingChoice: String, ExpressibleByArgument, CaseIterable {
    case random, latin, sobol
}

/// How things are printed.
struct PrintStyle {
    var format: OutputFormat = .text
    var colour: ColourChoice = .auto
}

/// Options for how things are printed.
struct PrintOptions: ParsableArguments {
    @Option(help: "How results are printed.")
    var format: OutputFormat = .text

    @Option(
        name: [.customLong("color"), .customLong("colour")],
        help: "Colour; auto is on a terminal, and never where NO_COLOR is set.")
    var colour: ColourChoice = .auto

    var style: PrintStyle { PrintStyle(format: format, colour: colour) }
}

/// Options of a run that change its numbers.
struct ModelOptions: ParsableArguments {
    @Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set an input, such as growth=4%/yr; may be repeated.", valueName: "name=value"))
    var settings: [String] = []

    @Option(help: ArgumentHelp("Samples of what is uncertain, 1 to 100000000.", valueName: "count"))
    var samples = 10_000

    @Option(help: ArgumentHelp("Seed of the draws; the same seed gives the same numbers.", valueName: "number"))
    var seed: UInt64 = 1

    @Option(help: "How samples are laid out: Latin hypercube, each by itself, or Sobol's sequence.")
    var sampling = SamplingChoice.latin

    @Option(help: ArgumentHelp("Scenario of plain commands: a scenario, a policy, baseline or all.", valueName: "name"))
    var scenario: String?

    @Flag(help: "Warn of inputs without a source.")
    var strictSources = false

    func validate() throws {
        guard (1...100_000_000).contains(samples) else {
            throw ValidationError("--samples must be between 1 and 100000000.")
        }
        for setting in settings where Self.parts(of: setting) == nil {
            throw ValidationError("--set needs name=value, such as --set growth=4%/yr, not '\(setting)'.")
        }
    }

    var options: Options {
        var options = Options()
        options.samples = samples
        options.seed = seed
        options.sampling =
            switch sampling {
            case .random: .random
            case .latin: .latin
            case .sobol: .sobol
            }
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
