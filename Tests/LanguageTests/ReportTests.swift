import Foundation
import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// What people reported of other tools and of this one, each as a program in `Tests/Reports` that says in comments what must
/// come of it: `# expect: pass` (no error), `# expect: fail REGEX` (an error, whose text matches), and `# number: VALUE TOL`
/// (the first number that is shown, within a relative tolerance).
@Suite struct ReportTests {
    /// Those that do not hold yet. One that begins to hold is taken off this list, so that it cannot fail unseen.
    static let known: Set<String> = ["g_binomial.reuse"]

    @Test("what was reported holds", arguments: LanguageProgram.reports)
    func report(_ program: LanguageProgram) throws {
        let problems = try Self.problems(program)
        if Self.known.contains(program.name) {
            #expect(!problems.isEmpty, "\(program.name) holds: take it off the list of what is known to fail")
        } else {
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        }
    }

    @Test("there are reports, and what is known to fail is one of them")
    func reports() {
        #expect(LanguageProgram.reports.count >= 17)
        #expect(Self.known.isSubset(of: LanguageProgram.reports.map(\.name)))
    }

    /// In what way a program does not do as its comments say.
    static func problems(_ program: LanguageProgram) throws -> [String] {
        let text = String(decoding: try Data(contentsOf: program.url), as: UTF8.self)
        let result = try program.run()
        let hasErrors = result.diagnostics.contains { $0.severity == .error }
        var found: [String] = []
        var expectations = 0
        for line in text.split(whereSeparator: \.isNewline) {
            if let wanted = value(of: "expect", in: line) {
                expectations += 1
                let parts = wanted.split(separator: " ", maxSplits: 1)
                let messages = LanguageProgram.text(of: result)
                switch parts.first {
                case "pass": if hasErrors { found.append("it has errors:\n" + messages) }
                case "fail":
                    if !hasErrors { found.append("it has no error") }
                    let isSaid = parts.count < 2 || messages.range(of: parts[1], options: .regularExpression) != nil
                    if !isSaid { found.append("its errors do not say `\(parts[1])`:\n" + messages) }
                default: found.append("`\(line)` is no expectation")
                }
            }
            if let wanted = value(of: "number", in: line) {
                expectations += 1
                let parts = wanted.split(separator: " ").compactMap { Double($0) }
                let shown = result.outputs.lazy.compactMap { Self.number(in: $0) }.first
                guard parts.count == 2, let shown else {
                    found.append("no number is shown")
                    continue
                }
                if (shown - parts[0]).magnitude > parts[0].magnitude * parts[1] { found.append("it shows \(shown)") }
            }
        }
        if expectations == 0 { found.append("it says nothing of what is expected") }
        return found
    }

    private static func value(of word: String, in line: Substring) -> String? {
        let start = "# \(word): "
        return line.hasPrefix(start) ? String(line.dropFirst(start.count)) : nil
    }

    private static func number(in output: Output) -> Double? {
        guard case .table(let table) = output else { return nil }
        for row in table.rows {
            for cell in row.cells { if case .number(let value) = cell { return value } }
        }
        return nil
    }
}
