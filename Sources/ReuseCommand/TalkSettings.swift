import Reuse
import ReuseModel
import ReuseSyntax

/// `:set`.
extension Talk {
    mutating func set(_ text: String) -> Answer {
        let words = text.split { $0 == " " || $0 == "=" }.map(String.init)
        let options = conversation.session.options
        let now = [
            "samples": "\(options.samples)", "seed": "\(options.seed)",
            "threads": options.threads.map { "\($0)" } ?? "all", "sampling": options.samplingChoice.rawValue,
            "until": options.precision.map { NumberFormat.text($0 * 100) + "%" } ?? "off",
            "allow-unsolved": options.allowedUnsolved > 0
                ? NumberFormat.text(options.allowedUnsolved * 100) + "%" : "off",
        ]
        guard let name = words.first else {
            let lines = PromptCommand.settings.map { setting in
                setting + String(repeating: " ", count: 16 - setting.utf8.count) + (now[setting] ?? "") + "\n"
            }
            return Answer(output: lines.joined())
        }
        if words.count == 1, let value = now[name] { return Answer(output: "\(name): \(value)\n") }
        guard PromptCommand.settings.contains(name) else {
            let near = nearest(to: name, among: PromptCommand.settings)
            let hint =
                near.map { "did you mean `\($0)`?" } ?? "there are " + PromptCommand.settings.joined(separator: ", ")
            return Answer(problems: "there is no setting `\(name)`; \(hint)\n")
        }
        let value = words.count == 2 ? words[1].filter { $0 != "_" } : ""
        switch name {
        case "samples":
            guard let count = Self.wholeNumber(value), Options.sampleCounts.contains(count) else {
                return Answer(
                    problems: "samples are a whole number from 1 to \(Limits.samples), such as 100000 or 100k\n")
            }
            conversation.session.options.samples = count
        case "seed":
            guard let seed = UInt64(value) else {
                return Answer(problems: "the seed is a whole number from 0 to \(UInt64.max)\n")
            }
            conversation.session.options.seed = seed
        case "threads":
            if value == "all" {
                conversation.session.options.threads = nil
                break
            }
            guard let count = Int(value), (1...256).contains(count) else {
                return Answer(problems: "threads are a whole number from 1 to 256, or `all`\n")
            }
            conversation.session.options.threads = count
        case "sampling":
            guard let choice = SamplingChoice(rawValue: value) else {
                return Answer(problems: "sampling is latin, random or sobol\n")
            }
            conversation.session.options.samplingChoice = choice
        case "allow-unsolved":
            guard let share = value == "off" ? 0 : ModelOptions.share(value) else {
                return Answer(problems: "allow-unsolved is a share above 0%, such as 0.1%, or `off`\n")
            }
            conversation.session.options.allowedUnsolved = share
        default:
            if value == "off" {
                conversation.session.options.precision = nil
                break
            }
            guard let share = ModelOptions.share(value) else {
                return Answer(problems: "until is a share above 0% and below 100%, such as 0.5%, or `off`\n")
            }
            conversation.session.options.precision = share
        }
        return Answer(output: "\(name): \(value)\n")
    }

    /// `1000`, `1e3` or `1k`.
    private static func wholeNumber(_ text: String) -> Int? {
        var scale = 1.0
        var digits = text[...]
        switch text.last {
        case "k": scale = 1e3
        case "M": scale = 1e6
        default: break
        }
        if scale > 1 { digits.removeLast() }
        guard let value = Double(digits), abs(value) < 1e12 else { return nil }
        return Int(exactly: value * scale)
    }
}
