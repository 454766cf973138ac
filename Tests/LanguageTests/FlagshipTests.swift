import Foundation
import Reuse
import Testing

/// `samples/china-exports.reuse` beside the answers of a program that is not Reuse: `Tests/Flagship/flagship.py`, which says
/// how it works and how it is run. What is compared is the sample as it stands, with other commands: the inputs that are
/// uncertain are set to the points of the file, and where the sample has other inputs than the program, the test fails.
@Suite struct FlagshipTests {
    struct File: Decodable {
        var definitions: [String: String]
        var points: [Point]
    }

    struct Point: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var settings: [String: String]
        /// By scenario, year and path.
        var answers: [String: [String: [String: Double]]]
        var testDescription: String { name }
    }

    static let sample = "samples/china-exports.reuse"

    /// All that the sample declares, without its commands.
    static func declared() throws -> String {
        let commands = ["show ", "compare ", "attribute ", "target "]
        let lines = try Project.text(sample).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.filter { line in !commands.contains { line.hasPrefix($0) } }.joined(separator: "\n") + "\n"
    }

    static func file() throws -> File {
        try JSONDecoder().decode(File.self, from: Data(Project.bytes("Tests/Flagship/flagship.json")))
    }

    @Test("the program has the inputs of the sample, each as the sample writes it")
    func inputs() throws {
        let (register, _) = Session(files: Project.files).register(try Project.bytes(Self.sample), name: Self.sample)
        let file = try Self.file()
        // Fields and formulas that cite a source are in the register too; what they come to is compared below.
        let declared = register.entries.filter { file.definitions[$0.name] != nil || $0.distribution != nil }
        for entry in declared { #expect(entry.definition == file.definitions[entry.name], "\(entry.name)") }
        #expect(Set(declared.map(\.name)) == Set(file.definitions.keys))
        let settings = Set(declared.filter { $0.distribution != nil }.map(\.name))
        for point in file.points { #expect(Set(point.settings.keys) == settings, "\(point.name)") }
    }

    @Test("prices, flows, welfare and carbon are those of a program that is not Reuse", arguments: try file().points)
    func answers(_ point: Point) throws {
        let declared = try Self.declared()
        for (scenario, years) in point.answers {
            let paths = try #require(years.values.first).keys.sorted()
            let shown = paths.map { "\($0) as \(Self.unit(of: $0))" }
            var session = Session(files: Project.files)
            session.options.samples = 1
            session.options.settings = point.settings.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
            session.options.scenario = scenario
            let script = declared + "show " + shown.joined(separator: ", ") + "\n"
            let result = session.run(Array(script.utf8), name: Self.sample)
            try #require(!result.hasErrors, "\(LanguageProgram.text(of: result))")
            guard case .table(let table) = try #require(result.outputs.first) else {
                Issue.record("no table")
                continue
            }
            try #require(table.columns.count == paths.count)
            for (year, answers) in years {
                let row = try #require(table.rows.first { $0.labels == [year] })
                for (path, cell) in zip(paths, row.cells) {
                    guard case .number(let value) = cell, let answer = answers[path] else {
                        Issue.record("\(scenario) \(year) \(path) is no number")
                        continue
                    }
                    let most = 1e-9 * max(answer.magnitude, Self.scale(of: path))
                    #expect((value - answer).magnitude <= most, "\(scenario) \(year) \(path): \(value), not \(answer)")
                }
            }
        }
    }

    @Test("what the document says of the sample is what comes of it")
    func sentences() throws {
        let words = try Project.text("docs/china-exports.md").split(whereSeparator: \.isWhitespace)
        let document = words.joined(separator: " ")
        let script =
            try Self.declared() + Project.text("Tests/Flagship/sentences.reuse")
            + "attribute exports in 2030\nsensitivity exports in 2030\n"
        let result = Session(files: Project.files).run(Array(script.utf8), name: Self.sample)
        #expect(!result.hasErrors, "\(LanguageProgram.text(of: result))")
        var sentences = 0
        for output in result.outputs {
            switch output {
            case .text(let sentence):
                sentences += 1
                #expect(document.contains(sentence), "\(sentence)")
            case .table(let table) where table.title?.hasPrefix("what drives") == true:
                // "Of all inputs only the growth of supply in China matters more."
                sentences += 1
                #expect(table.rows.prefix(2).map(\.labels) == [["supply_growth"], ["export_burden"]])
            case .table(let table):
                // The shares of the policies, in the table that the document has.
                for row in table.rows {
                    guard let policy = row.labels.first, case .uncertain(let share) = row.cells.first else { continue }
                    let said = document.components(separatedBy: "| `\(policy)` | ").dropFirst().first
                    guard let said else { continue }
                    sentences += 1
                    let figure = String(format: "%.1f million", share.median / 1e6)
                    let cells = said.components(separatedBy: " | ")
                    #expect(cells.count > 1 && cells[1].hasPrefix(figure), "\(policy): \(figure)")
                }
            default: continue
            }
        }
        #expect(sentences == 24)
    }

    static func unit(of path: String) -> String {
        if path.hasSuffix(".price") || path == "in_shops" { return "USD/phone" }
        if ["_surplus", "_revenue", "welfare", ".freight", "paid"].contains(where: path.hasSuffix) { return "USD/yr" }
        switch path {
        case "flown": return "km*phone/yr"
        case "avoided": return "kgCO2e/yr"
        case "second_hand", "orange_cut": return "1"
        default: return "phone/yr"
        }
    }

    /// The size beside which a difference is a rounding: of a market, its phones and what is paid for them.
    static func scale(of path: String) -> Double {
        switch unit(of: path) {
        case "phone/yr": 1e3
        case "USD/yr": 1e5
        case "km*phone/yr": 1e7
        case "kgCO2e/yr": 1e4
        default: 1e-3
        }
    }
}
