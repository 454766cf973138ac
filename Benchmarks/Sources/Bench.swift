import Foundation

/// The two tables.
struct Bench {
    let reuse: String
    let lua: String
    let luac: String
    let programs: URL
    let folder: URL
    let pairs: Int

    // MARK: Beside Lua

    func ratios() {
        print("Medians of runs that take turns; whole processes, start included. Ratio: the median over the pairs.\n")
        show(row("what", "ours", "peer", "ratio", "wanted"))
        show(row("---", "---:", "---:", "---:", "---"))
        report(
            "start-up of `reuse -e 1`, peer `lua5.4 -e ''`", Child(path: reuse, arguments: ["-e", "1"]),
            Child(path: lua, arguments: ["-e", ""]), runs: pairs * 6, wanted: "<= 2.5, and ours <= 5 ms", milliseconds)
        parsing()
        program("fib", "fib(32) by recursion")
        program("fold", "fold over 10 million numbers")
        program("tail", "tail-recursive loop of 10 million")
    }

    private func parsing() {
        let twins = Twins.script(bytes: 4_000_000)
        guard let ours = write(twins.reuse, "large.reuse"), let theirs = write(twins.lua, "large.lua") else { return }
        let name = "parse and check, peer `luac5.4 -p`"
        let result = takeTurns(
            Child(path: reuse, arguments: ["check", ours]), Child(path: luac, arguments: ["-p", theirs]), runs: pairs)
        if let failure = result.failure { return show(row(name, failure, "", "", ">= 1.2")) }
        let ourSize = Double(twins.reuse.count) / 1e6
        let theirSize = Double(twins.lua.count) / 1e6
        let speeds = zip(result.ours, result.theirs).map { (ourSize / $0) / (theirSize / $1) }
        show(
            row(
                name, "\(fixed(ourSize / median(result.ours), 1)) MB/s",
                "\(fixed(theirSize / median(result.theirs), 1)) MB/s", fixed(median(speeds), 2), ">= 1.2"))
    }

    private func program(_ file: String, _ name: String) {
        // As JSON, which does not round the answer.
        let script = programs.appendingPathComponent(file + ".reuse").path
        let ours = Child(path: reuse, arguments: ["--format", "json", script])
        let theirs = Child(path: lua, arguments: [programs.appendingPathComponent(file + ".lua").path])
        report(name + ", peer `lua5.4`", ours, theirs, runs: pairs, wanted: "<= 0.8", milliseconds, sameAnswer: true)
    }

    private func report(
        _ name: String, _ ours: Child, _ theirs: Child, runs: Int, wanted: String, _ shown: (Double) -> String,
        sameAnswer: Bool = false
    ) {
        let result = takeTurns(ours, theirs, runs: runs)
        if let failure = result.failure { return show(row(name, failure, "", "", wanted)) }
        let ratios = zip(result.ours, result.theirs).map { $0 / $1 }
        let ratio = sameAnswer && !result.agrees ? "the answers differ" : fixed(median(ratios), 2)
        show(row(name, shown(median(result.ours)), shown(median(result.theirs)), ratio, wanted))
    }

    private struct Turns {
        var ours: [Double] = []
        var theirs: [Double] = []
        var failure: String?
        var ourAnswer = ""
        var theirAnswer = ""

        /// Whether our output holds the number that the peer printed, however its digits are grouped.
        var agrees: Bool {
            let wanted = theirAnswer.filter(\.isNumber)
            let plain = ourAnswer.filter { !",_ \u{202F}\u{2009}".contains($0) }
            return plain.contains(wanted)
        }
    }

    /// Runs both once to warm the file cache, then in turns.
    private func takeTurns(_ ours: Child, _ theirs: Child, runs: Int) -> Turns {
        var turns = Turns()
        let output = folder.appendingPathComponent("output")
        for round in 0...runs {
            let first = ours.run(output: output)
            let second = theirs.run(output: output)
            if let failure = first.failure ?? second.failure.map({ "peer: " + $0 }) {
                turns.failure = failure
                return turns
            }
            turns.ourAnswer = first.output
            turns.theirAnswer = second.output
            if round == 0 { continue }
            turns.ours.append(first.seconds)
            turns.theirs.append(second.seconds)
        }
        return turns
    }

    // MARK: The cost of a line

    /// 10,000 samples of the flagship, seven years and four scenarios: its declarations with one `compare`.
    func flagship(_ sample: URL) {
        guard let text = try? String(contentsOf: sample, encoding: .utf8) else { return }
        let commands = ["show", "compare", "attribute", "target"]
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines.removeAll { line in commands.contains { line.hasPrefix($0 + " ") } }
        lines.append("compare baseline, subsidy, export_vat, all on exports, used, welfare in 2030")
        let script = folder.appendingPathComponent("flagship.reuse")
        guard (try? (lines.joined(separator: "\n") + "\n").write(to: script, atomically: true, encoding: .utf8)) != nil
        else { return }
        let child = Child(path: reuse, arguments: ["run", script.path])
        let output = folder.appendingPathComponent("output")
        let seconds = median((0..<pairs).map { _ in child.run(output: output).seconds })
        print(
            "\n10,000 samples x 7 years x 4 scenarios of china-exports: \(Int(seconds * 1_000)) ms (wanted: at most 1 s)"
        )
    }

    func lines(upTo longest: Int) {
        print("\nTime of a run for each line of the script, start-up taken off. It should not grow with the lines.\n")
        show(row("lines", "each needs the one before", "no line needs another", "wanted"))
        show(row("---:", "---:", "---:", "---"))
        let start = Child(path: reuse, arguments: ["-e", "1"])
        let output = folder.appendingPathComponent("output")
        let startUp = median((0..<pairs).map { _ in start.run(output: output).seconds })
        var count = 1_000
        while count <= longest {
            let repeats = count >= 1_000_000 ? 1 : count >= 100_000 ? 3 : pairs
            let chain = perLine(Lines.chain(count), count, repeats, startUp)
            let independent = perLine(Lines.independent(count), count, repeats, startUp)
            show(row(String(count), chain, independent, "the same at every length"))
            count *= 10
        }
    }

    private func perLine(_ text: [UInt8], _ count: Int, _ repeats: Int, _ startUp: Double) -> String {
        guard let path = write(text, "lines.reuse") else { return "cannot write" }
        var times: [Double] = []
        for _ in 0..<repeats {
            let run = Child(path: reuse, arguments: [path]).run(output: folder.appendingPathComponent("output"))
            if let failure = run.failure { return failure }
            times.append(run.seconds)
        }
        return fixed(max(0, median(times) - startUp) / Double(count) * 1e6, 2) + " us"
    }

    // MARK: Helpers

    private func write(_ text: [UInt8], _ name: String) -> String? {
        let file = folder.appendingPathComponent(name)
        do {
            try Data(text).write(to: file)
            return file.path
        } catch {
            print("cannot write \(file.path): \(error.localizedDescription)")
            return nil
        }
    }

    /// Prints a row as soon as it is measured, into a file or a pipe as well.
    private func show(_ row: String) {
        print(row)
        fflush(nil)
    }

    private func row(_ cells: String...) -> String {
        // A message of a program must not break the table.
        let plain = cells.map { $0.replacingOccurrences(of: "|", with: "/") }
        return "| " + plain.joined(separator: " | ") + " |"
    }

    private func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        if sorted.isEmpty { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    private func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1e3, seconds < 0.1 ? 2 : 0) + " ms" }
}
