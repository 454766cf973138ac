import Foundation
import Reuse
import ReuseEngine
import ReuseKernels
import ReuseReport
import Synchronization
import Testing

/// Runs over many samples: on any number of threads, in shards, with any instruction set, stopped or ended early.
@Suite(.serialized) struct EnsembleTests {
    /// A failure that some samples have, a text, statistics inside a model, a policy, a recursion, a branch that only some take.
    private static let model = """
        horizon 2024..2027
        unit phone
        assume growth = normal(mean: 3%/yr, sd: 1%/yr)
        assume share = 20% to 60%
        assume price = 90 to 160 USD/phone
        let sold = 30M phone/yr growing growth from 2024
        let old = previous(old, else: 100M phone) * (1 - share) + sold * 1 yr
        let dear = if price > 120 USD/phone then 1 / (price - 120 USD/phone) else 0 phone/USD
        fn rounds(x) = if x > 1.05 then 1 + rounds(x / 1.1) else 0
        let spread = price - expected(price)
        market Home { demand: sold at price, elasticity: -1.2 }
        supply own in Home { volume: 31M phone/yr at 100 USD/phone, elasticity: 0.5 }
        policy ease from 2026 { Home.subsidy += 5 USD/phone }
        show sold, old, Home.price, dear, rounds(1 + share), spread
        show expected(old), quantile(old, 10%), probability(share > 40%)
        show "Half of them: {median(spread)}"
        compare baseline, ease on Home.price, welfare in 2027
        attribute Home.consumption in 2027
        """

    private static func session(_ adjust: (inout Options) -> Void = { _ in }) -> Session {
        var options = Options()
        options.samples = 3_000
        options.isDetailed = true
        adjust(&options)
        return Session(options: options)
    }

    private static func text(_ result: RunResult) -> String {
        JSONRenderer().render(outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources)
    }

    private static func answer(_ script: String = model, _ adjust: (inout Options) -> Void = { _ in }) -> String {
        text(session(adjust).run(Array(script.utf8), name: "-"))
    }

    private static func parts(_ script: String, of count: Int, _ adjust: (inout Options) -> Void = { _ in }) throws
        -> [Part]
    {
        try (1...count).map { number in
            let shard = try #require(Shard(number: number, of: count))
            let (part, result) = session(adjust).run(Array(script.utf8), name: "-", shard: shard)
            return try #require(part, "\(result.diagnostics.map(\.message))")
        }
    }

    private static func merged(_ script: String, _ parts: [Part], names: [String]? = nil) -> RunResult {
        session().merge(
            Array(script.utf8), name: "-", parts: parts, names: names ?? parts.indices.map { "part \($0 + 1)" })
    }

    // MARK: The same bits

    @Test("a run gives the same bits on one thread, on two and on five", arguments: [2, 5])
    func threads(_ count: Int) {
        let one = Self.answer { $0.threads = 1 }
        #expect(one.contains("\"title\":\"what each policy adds"))
        #expect(Self.answer { $0.threads = count } == one)
    }

    @Test("parts of a run join to the bits of the whole, whatever their number", arguments: [1, 2, 7, 20])
    func shards(_ count: Int) throws {
        let parts = try Self.parts(Self.model, of: count)
        #expect(parts.map { $0.result.samples.count }.reduce(0, +) == 3_000)
        #expect(Self.text(Self.merged(Self.model, parts)) == Self.answer())
        // Also through their files, and in another order.
        let files = try parts.reversed().map { try Part(file: $0.file) }
        #expect(Self.text(Self.merged(Self.model, files)) == Self.answer())
    }

    @Test("a part holds the steps that are asked for, and nothing that happened to stand in memory")
    func partOfSteps() throws {
        let script = """
            horizon 2024..2030
            assume u = 1 to 3
            let x = u * (now.year - 2000)
            show expected(x)[2030], quantile(x, 90%) in 2027
            """
        let parts = try Self.parts(script, of: 2)
        let count = parts[0].result.samples.count
        let values = parts[0].result.values
        #expect(values.count == 7 * count)
        for step in 0..<7 {
            let row = values[step * count..<(step + 1) * count]
            #expect(row.allSatisfy { step == 3 || step == 6 ? $0 > 0 : $0 == 0 }, "step \(step)")
        }
        let files = try parts.map { try Part(file: $0.file) }
        #expect(Self.text(Self.merged(script, files)) == Self.answer(script))
    }

    @Test("a failure in one shard is told as in a whole run")
    func failingShard() throws {
        let script = """
            assume x = uniform(0, 1000)
            let y = if x < 0.6 then log(x - 1) else x
            show y
            """
        let whole = Self.answer(script)
        #expect(whole.contains("R0503"))
        let parts = try Self.parts(script, of: 3)
        #expect(parts.contains { !$0.result.failedBlocks.isEmpty })
        #expect(Self.text(Self.merged(script, parts)) == whole)
    }

    @Test("every instruction set gives the same bits")
    func instructionSets() {
        let level = reuse_kernels_level()
        defer { _ = reuse_kernels_set_level(level) }
        var answers: [String] = []
        for wanted in Int32(0)...2 where reuse_kernels_set_level(wanted) == wanted {
            answers.append(Self.answer { $0.samples = 1_500 })
        }
        #expect(!answers.isEmpty)
        #expect(answers.allSatisfy { $0 == answers[0] })
    }

    // MARK: What does not fit

    @Test("parts that do not make up one run are refused, and the file is named")
    func refusedParts() throws {
        let parts = try Self.parts(Self.model, of: 3)
        func problem(_ script: String, _ parts: [Part], _ names: [String]) throws -> String {
            let result = Self.merged(script, parts, names: names)
            #expect(result.outputs.isEmpty)
            let error = try #require(result.diagnostics.first { $0.severity == .error })
            #expect(error.kind == .wrongPart)
            return error.message
        }
        let names = ["a.part", "b.part", "c.part"]
        #expect(try problem(Self.model + "\n", parts, names) == "a.part was computed from another script")
        #expect(try problem(Self.model, [parts[0], parts[2]], ["a.part", "c.part"]) == "of 3 shards 1 are missing: 2")
        #expect(
            try problem(Self.model, [parts[0], parts[1], parts[1]], names)
                == "b.part and c.part both hold shard 2 of 3")
        let other = try Self.parts(Self.model, of: 3) { $0.seed = 2 }
        #expect(
            try problem(Self.model, [parts[0], other[1], parts[2]], names) == "b.part has the seed 2, and a.part 1")
        let random = try Self.parts(Self.model, of: 3) { $0.sampling = .random }
        #expect(
            try problem(Self.model, [parts[0], parts[1], random[2]], names)
                == "c.part has the sampling random, and a.part latin")
        let set = try Self.parts(Self.model, of: 3) { $0.settings = [(name: "share", value: "30%")] }
        let settings = try problem(Self.model, [set[0], parts[1], parts[2]], names)
        #expect(settings == "b.part has other settings than a.part")
    }

    @Test("a file that is no part, is cut short or was changed is refused in words")
    func damagedFiles() throws {
        let file = try Self.parts("assume x = 1 to 2\nshow x", of: 1)[0].file
        func problem(_ bytes: [UInt8]) -> String {
            do throws(Part.Problem) {
                _ = try Part(file: bytes)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(problem(file) == "")
        #expect(problem([]) == "is no partial result of reuse")
        #expect(problem(Array("market China".utf8)) == "is no partial result of reuse")
        #expect(problem(Array(file.dropLast(9))) == "is cut short")
        #expect(problem(Array(file.prefix(60))) == "is cut short")
        #expect(problem(file + [0]).contains("behind its end"))
        var changed = file
        changed[file.count / 2] ^= 1
        #expect(problem(changed).contains("checksum"))
        let newer = Array("reuse partial result 9\n\n".utf8) + file
        #expect(problem(newer).contains("the format 9"))
        // Whatever is done to a byte, it is refused or reads as before; nothing traps.
        var state: UInt64 = 3
        for _ in 0..<400 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bytes = Array(file.prefix(300)) + Array(file.suffix(40))
            bytes[Int(state >> 33) % 300] = UInt8(truncatingIfNeeded: state >> 20)
            #expect(!problem(bytes).isEmpty)
        }
    }

    // MARK: Ended early

    /// A run that is stopped on its way. What counts are the samples before the first block that is not done: where the
    /// system lets a thread wait in that one, there are none, and the run is tried again, and stopped later.
    private static func stopped(_ script: String, threads: Int) -> RunResult {
        var result = RunResult(outputs: [], diagnostics: [], sources: [])
        for attempt in 1...30 {
            let asked = Atomic<Int>(0)
            let stopping = Self.session {
                $0.samples = 1_000_000
                $0.threads = threads
                $0.isCancelled = { asked.wrappingAdd(1, ordering: .relaxed).newValue > 40 * attempt }
            }
            result = stopping.run(Array(script.utf8), name: "-")
            if result.isPartial { break }
        }
        return result
    }

    @Test("a run that is stopped rests on the samples drawn so far, and says so")
    func stopped() throws {
        let script = "assume x = 1 to 2\nshow x, x ^ 2"
        for threads in [1, 2] {
            let result = Self.stopped(script, threads: threads)
            #expect(result.isPartial && !result.hasErrors)
            let drawn = try #require(result.samples?.drawn)
            #expect(drawn > 0 && drawn < 1_000_000 && drawn.isMultiple(of: 256))
            #expect(result.samples?.wanted == 1_000_000)
            #expect(Self.text(result) == Self.answer(script) { $0.samples = drawn })
        }
    }

    @Test("a run that is stopped says of nothing that it is idle or without effect")
    func stoppedWarnings() {
        let script = """
            unit phone
            market China  { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
            market Europe { demand: 30M to 31M phone/yr at 205 USD/phone, elasticity: -1.4 }
            supply trade_in in China { volume: 72M phone/yr at 120 USD/phone, elasticity: 0.3 }
            route China -> Europe { cost: 5 USD/phone }
            policy tax { China -> Europe.cost += 3 USD/phone }
            show Europe.price
            """
        let full = Self.session { $0.samples = 2_000 }.run(Array(script.utf8), name: "-")
        let known = Set(full.diagnostics.map(\.kind))
        for most in 1...60 {
            let asked = Atomic<Int>(0)
            let stopping = Self.session {
                $0.samples = 2_000
                $0.threads = 1
                $0.isCancelled = { asked.wrappingAdd(1, ordering: .relaxed).newValue > most }
            }
            let result = stopping.run(Array(script.utf8), name: "-")
            let said = Set(result.diagnostics.map(\.kind)).subtracting([.cancelled])
            #expect(said.isSubset(of: known), "\(most)")
        }
    }

    @Test("statistics inside a model that is stopped are those of the samples drawn so far")
    func stoppedWithStatistics() throws {
        let script = "assume x = 1 to 2\nlet y = x - expected(x)\nshow y, sd(y)"
        let result = Self.stopped(script, threads: 2)
        let drawn = try #require(result.samples?.drawn)
        #expect(result.isPartial && drawn > 0 && drawn < 1_000_000)
        #expect(Self.text(result) == Self.answer(script) { $0.samples = drawn })
    }

    @Test("what lies behind the last sample is not computed")
    func lanesBehindTheEnd() {
        // The 26th of these draws is the first for which the recursion has no end.
        let script = "assume x = uniform(0, 1)\nfn f(n: 1) -> 1 = if n > 0.999 then f(n) else n\nshow f(x)"
        let session = Self.session {
            $0.samples = 20
            $0.sampling = .random
            $0.limits.instructions = 100_000
        }
        #expect(!session.run(Array(script.utf8), name: "-").hasErrors)
    }

    @Test("a run that is stopped before anything was drawn is an error")
    func stoppedAtOnce() {
        let session = Self.session { $0.isCancelled = { true } }
        let result = session.run(Array("assume x = 1 to 2\nshow x".utf8), name: "-")
        #expect(result.outputs.isEmpty)
        #expect(result.diagnostics.contains { $0.kind == .cancelled })
    }

    @Test("a run ends once means are certain enough, after whole tens of blocks, on any number of threads")
    func untilPrecise() throws {
        let script = "assume x = 1 to 4\nassume y = 1 to 9\nshow x * y, expected(x)"
        var drawn: [Int] = []
        var answers: [String] = []
        for threads in [1, 3] {
            let session = Self.session {
                $0.samples = 1_000_000
                $0.sampling = .random
                $0.threads = threads
                $0.precision = 0.4 / 100
            }
            let result = session.run(Array(script.utf8), name: "-")
            #expect(!result.isPartial && result.diagnostics.isEmpty)
            drawn.append(try #require(result.samples?.drawn))
            answers.append(Self.text(result))
        }
        #expect(drawn[0] == drawn[1] && answers[0] == answers[1])
        #expect(drawn[0].isMultiple(of: 10_240) && drawn[0] < 1_000_000)
        // x y is lognormal: its relative deviation over the root of n is what the standard error amounts to.
        let sigma = (pow(log(4), 2) + pow(log(9), 2)).squareRoot() / (2 * 1.6448536269514722)
        let needed = (exp(sigma * sigma) - 1) / pow(0.004, 2)
        #expect(Double(drawn[0]) > needed / 3 && Double(drawn[0]) < 3 * needed + 20_480)
    }

    @Test("means that stay less certain than wanted are warned of")
    func imprecise() {
        let session = Self.session {
            $0.precision = 1e-9
            $0.samples = 20_000
        }
        let result = session.run(Array("assume x = 1 to 4\nshow x".utf8), name: "-")
        #expect(result.diagnostics.map(\.kind) == [.imprecise])
        #expect(
            result.diagnostics[0].message
                == "after 20000 samples the mean of `x` still has a standard error above 1e-7% of it")
        #expect(result.samples?.drawn == 20_000)
    }

    @Test("of rows for years the warning names the value and the year")
    func impreciseYear() {
        let session = Self.session {
            $0.precision = 1e-9
            $0.samples = 20_000
        }
        // The mean of the months of 2024 is certain, and that of 2025 is not.
        let script =
            "horizon 2024..2025 by month\nassume x = 1 to 4\nlet y = if now < 2025 then 2 else x\nshow y by year"
        let result = session.run(Array(script.utf8), name: "-")
        #expect(result.diagnostics.map(\.kind) == [.imprecise])
        #expect(
            result.diagnostics[0].message
                == "after 20000 samples the mean of `y` in 2025 still has a standard error above 1e-7% of it")
    }

    @Test("progress is told to the end, and never goes back")
    func progress() {
        let seen = Mutex<[RunProgress]>([])
        let session = Self.session {
            $0.samples = 20_000
            $0.threads = 2
            $0.progress = { step in seen.withLock { $0.append(step) } }
        }
        _ = session.run(Array("assume x = 1 to 4\nshow x".utf8), name: "-")
        let steps = seen.withLock { $0 }
        #expect(steps.last?.done == 79)
        #expect(steps.allSatisfy { $0.count == 79 && $0.done <= 79 })
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.done < $1.done })
    }

    // MARK: What sampling leaves open

    /// The summaries of `show` under 60 seeds.
    private func summaries(_ script: String, _ sampling: Sampling) -> [Summary] {
        (1...60).compactMap { seed in
            let session = Self.session {
                $0.samples = 8_192
                $0.seed = UInt64(seed)
                $0.sampling = sampling
            }
            guard case .table(let table)? = session.run(Array(script.utf8), name: "-").outputs.first,
                case .uncertain(let summary)? = table.rows.first?.cells.first
            else { return nil }
            return summary
        }
    }

    @Test("standard errors say how far means and quantiles lie from the truth", arguments: Sampling.allCases)
    func standardErrors(_ sampling: Sampling) throws {
        // Not a sum, so that a hypercube does not make the mean exact.
        let found = summaries("assume x = 1 to 4\nassume y = 2 to 9\nshow x * y", sampling)
        #expect(found.count == 60)
        let sigma = (pow(log(4), 2) + pow(log(4.5), 2)).squareRoot() / (2 * 1.6448536269514722)
        let median = 6 * 2.0.squareRoot()
        let mean = median * exp(sigma * sigma / 2)
        let p95 = median * exp(1.6448536269514722 * sigma)
        func ratio(_ misses: [Double], _ errors: [Double]) -> Double {
            let seen = misses.map { $0 * $0 }.reduce(0, +) / Double(misses.count)
            let said = errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)
            return (seen / said).squareRoot()
        }
        let errors = try found.map { try #require($0.errors) }
        let ratios = [
            ratio(found.map { $0.mean - mean }, errors.map(\.mean)),
            ratio(found.map { $0.median - median }, errors.map(\.median)),
            ratio(found.map { $0.p95 - p95 }, errors.map(\.p95)),
        ]
        // Blocks of Sobol's sequence go together better than blocks by themselves, so there the error is less than is said.
        for ratio in ratios { #expect(ratio < 1.35 && (sampling == .sobol || ratio > 0.7), "\(ratios)") }
    }

    @Test("a Latin hypercube knows the mean of a sum far better than random samples do")
    func hypercube() {
        let script = "assume x = 1 to 4\nassume y = 2 to 9\nshow x + y"
        func error(_ sampling: Sampling) -> Double {
            summaries(script, sampling).compactMap { $0.errors?.mean }.reduce(0, +)
        }
        #expect(error(.latin) < error(.random) / 20)
    }

    @Test("JSON has a standard error beside every mean and quantile, and an interval beside every probability")
    func errorsInJSON() throws {
        let script =
            "assume x = 1 to 4\nshow x\nshow x > 2\nshow expected(x), quantile(x, 10%), probability(x > 2), sd(x)"
        let document = try JSONSerialization.jsonObject(with: Data(Self.answer(script).utf8)) as? [String: Any]
        let outputs = try #require(document?["outputs"] as? [[String: Any]])
        func row(_ output: Int) throws -> [String: Any] {
            try #require((outputs[output]["rows"] as? [[String: Any]])?.first)
        }
        let cell = try #require((try row(0)["cells"] as? [[String: Any]])?.first)
        let errors = try #require(cell["standardErrors"] as? [String: Double])
        #expect(Set(errors.keys) == ["mean", "median", "p5", "p95"] && errors.values.allSatisfy { $0 > 0 && $0 < 0.1 })
        let histogram = try #require(cell["histogram"] as? [String: Any])
        #expect((histogram["counts"] as? [Int])?.reduce(0, +) == 3_000)
        let share = try #require((try row(1)["cells"] as? [[String: Any]])?.first)
        let interval = try #require(share["interval"] as? [Double])
        let probability = try #require(share["probability"] as? Double)
        #expect(interval[0] < probability && probability < interval[1] && interval[1] - interval[0] < 0.05)
        let row = try row(2)
        #expect((row["cells"] as? [Double])?.count == 4)
        let reduced = try #require(row["errors"] as? [Any])
        #expect((reduced[0] as? [String: Double])?["standardError"] ?? 0 > 0)
        #expect((reduced[1] as? [String: Double])?["standardError"] ?? 0 > 0)
        #expect((reduced[2] as? [String: [Double]])?["interval"]?.count == 2)
        #expect(reduced[3] is NSNull)
    }
}
