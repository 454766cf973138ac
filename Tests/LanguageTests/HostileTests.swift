import Reuse
import ReuseEngine
import ReuseSyntax
import Synchronization
import Testing

/// Scripts that are too large, too deep, endless or broken: each gives a result or a clear error, and soon.
@Suite struct HostileTests {
    private func run(_ text: String, _ change: (inout Options) -> Void = { _ in }) -> RunResult {
        var options = Options()
        options.samples = 300
        change(&options)
        return Session(options: options).run(Array(text.utf8), name: "-")
    }

    private func codes(_ result: RunResult) -> Set<String> { Set(result.diagnostics.map { $0.kind.code }) }

    private func lines(_ range: Range<Int>, _ line: (Int) -> String) -> String {
        range.map(line).joined(separator: "\n") + "\n"
    }

    /// What a script that shows one certain number shows.
    private func number(_ result: RunResult) -> Double? {
        guard !result.hasErrors, case .table(let table)? = result.outputs.last,
            case .number(let value)? = table.rows.first?.cells.first
        else { return nil }
        return value
    }

    @Test("functions of other steps that call each other twice, 40 deep, are refused at once")
    func doublingExpansions() {
        let functions = lines(1..<41) { "fn f\($0)(x) = f\($0 - 1)(x) + f\($0 - 1)(x)" }
        let result = run("horizon 2024..2026\nfn f0(x) = previous(x, else: 0)\n" + functions + "show f40(1)")
        #expect(codes(result) == ["R0509"])
        // What is small enough is computed: four times the value before.
        let small = run(
            "horizon 2024..2026\nfn f0(x) = previous(x, else: 0)\n"
                + lines(1..<3) {
                    "fn f\($0)(x) = f\($0 - 1)(x) + f\($0 - 1)(x)"
                } + "let y = now.year - 2023\nshow f2(y)[2026]")
        #expect(number(small) == 8)
    }

    @Test("the unit of a number in a text is its own, also behind 75,000 others")
    func unitsOfTexts() {
        // 300 members times 250 numbers.
        let members = (0..<300).map { "m\($0)" }
        let values = members.map { "\($0): 1" }.joined(separator: ", ")
        let many = String(repeating: "{x}", count: 250)
        let result = run(
            "index place = \(members.joined(separator: ", "))\nlet x = [\(values)] kg\nshow \"\(many)\"\n"
                + "show \"{2 tonne}, {3 km}\"")
        guard case .text(let text)? = result.outputs.last else {
            Issue.record("there is no text: \(result.diagnostics)")
            return
        }
        #expect(text == "2 tonne, 3 km")
    }

    @Test("an empty text gives nothing", arguments: ["", "\n", "# nothing", " \t\r\n"])
    func empty(_ text: String) {
        let result = run(text)
        #expect(result.outputs.isEmpty && result.diagnostics.isEmpty)
    }

    @Test("a script of 100,000 lines runs, 10,000 of them with a value")
    func manyLines() {
        #expect(
            number(
                run(lines(0..<10_000) { "let x\($0) = \($0) * 2" + String(repeating: "\n", count: 9) } + "show x9999"))
                == 19_998)
    }

    @Test("a line of a million characters runs")
    func longLine() {
        #expect(
            number(
                run("show " + String(repeating: "1" + String(repeating: " ", count: 97) + "+ ", count: 10_000) + "1"))
                == 10_001)
    }

    @Test("a chain of 20,000 sums over one name runs")
    func longSum() {
        #expect(number(run("let a = 1\nshow " + String(repeating: "a + ", count: 20_000) + "a")) == 20_001)
    }

    @Test("5,000 values that each read the one before run, in either order", arguments: [false, true])
    func chain(_ isReversed: Bool) {
        let chain = (1..<5_000).map { "let x\($0) = x\($0 - 1) + 1" }
        let text = (isReversed ? chain.reversed() : chain).joined(separator: "\n")
        #expect(number(run("let x0 = 1\n" + text + "\nshow x4999")) == 5_000)
    }

    @Test("10,000 nested brackets are one error")
    func brackets() {
        let text = "show " + String(repeating: "(", count: 10_000) + "1" + String(repeating: ")", count: 10_000)
        #expect(codes(run(text)) == ["R0110"])
    }

    @Test("numbers of 400 digits are errors", arguments: ["9", "0."])
    func digits(_ start: String) {
        let text = "show " + start + String(repeating: start == "9" ? "9" : "0", count: 400) + "1"
        #expect(codes(run(text)) == ["R0105"])
    }

    @Test("a NUL is an error, line ends of any system are none")
    func bytes() {
        #expect(codes(run("show 1\0 + 2")) == ["R0102"])
        #expect(number(run("let x = 1\r\nlet y = x + 1\r\nshow y\r\n")) == 2)
    }

    @Test("bytes that are no UTF-8 are an error")
    func notText() {
        let result = Session().run([0x6C, 0xFF, 0xFE, 0x00, 0xC3], name: "-")
        #expect(result.hasErrors)
    }

    @Test("3,000 unknown names are errors, and take no longer than their number says")
    func unknownNames() {
        func time(_ count: Int) -> Duration {
            let text = lines(0..<count) { "show unknown\($0)" }
            return ContinuousClock().measure { #expect(codes(run(text)).contains("R0201")) }
        }
        _ = time(100)
        let few = time(3_000)
        let many = time(12_000)
        // Four times as many; sixteen times as long would be quadratic.
        #expect(many < few * 12 + .milliseconds(500))
    }

    @Test("a function without an end is an error")
    func recursion() { #expect(codes(run("fn f(n) = 1 + f(n + 1)\nshow f(1)")) == ["R0504"]) }

    @Test("lists in lists 300 deep are an error")
    func nestedLists() {
        let text = "let x0 = [1]\n" + lines(1..<300) { "let x\($0) = [x\($0 - 1)]" } + "show x299"
        #expect(run(text).reachedLimit)
    }

    @Test("records that double 40 times are an error")
    func doublingRecords() {
        let text = "let x0 = 1\n" + lines(1..<41) { "let x\($0) = { a: x\($0 - 1), b: x\($0 - 1) }" } + "show x40"
        #expect(run(text).reachedLimit)
    }

    @Test(
        "growth without end stops at the limit of memory",
        arguments: [
            "fn g(l, n) = if n == 0 then l else g(map(range(1, 1000), fn(x) = x), n - 1)\nshow length(g([1], 1000000))",
            "let t0 = \"aaaaaaaa\"\n"
                + (1..<40).map { "let t\($0) = \"{t\($0 - 1)}{t\($0 - 1)}\"" }.joined(separator: "\n") + "\nshow t39",
        ])
    func memory(_ text: String) {
        let result = run(text) { $0.limits.memory = 1 << 20 }
        #expect(codes(result) == ["R0509"])
        #expect(result.reachedLimit)
    }

    @Test("an endless loop stops at the limit of instructions")
    func instructions() {
        let result = run("fn f(n) = if n < 0 then 0 else f(n + 1)\nshow f(1)") { $0.limits.instructions = 100_000 }
        #expect(result.reachedLimit)
    }

    @Test("an endless loop can be cancelled")
    func cancelling() {
        let result = run("fn f(n) = if n < 0 then 0 else f(n + 1)\nshow f(1)") { $0.isCancelled = { true } }
        #expect(result.diagnostics.map(\.kind) == [.cancelled])
        #expect(result.outputs.isEmpty)
    }

    @Test("a fit can be cancelled, and one of many methods")
    func cancellingFits() {
        let data = (0..<60).map { "\(1900 + $0): \(100 + $0 * $0 + $0 % 3)" }.joined(separator: ", ")
        for (method, limit) in [("logistic()", 3), ("choose(linear(), logistic(), gompertz(), holt())", 60)] {
            let asked = Atomic<Int>(0)
            let text = "projection p { data: [\(data)], method: \(method) }\nshow p.backtest.rmse, p[1980]"
            let result = run(text) {
                $0.isCancelled = { asked.wrappingAdd(1, ordering: .relaxed).newValue > limit }
            }
            #expect(result.diagnostics.map(\.kind) == [.cancelled], "\(method)")
            #expect(result.outputs.isEmpty)
        }
    }

    @Test("a calibration can be cancelled")
    func cancellingCalibration() {
        let text = """
            horizon 2020..2023
            assume a = 2
            assume b = 10%/yr
            let e = a * exp(b * (now - 2020))
            calibrate a, b so that e fits [2020: 3, 2021: 4, 2022: 4.5, 2023: 5]
            show e
            """
        let asked = Atomic<Int>(0)
        let result = run(text) {
            $0.isCancelled = { asked.wrappingAdd(1, ordering: .relaxed).newValue > 12 }
        }
        #expect(result.diagnostics.map(\.kind) == [.cancelled])
        #expect(result.outputs.isEmpty)
        #expect(run(text).diagnostics.isEmpty)
    }

    @Test("61 indexes are one too many")
    func manyIndexes() {
        let text = lines(0..<61) { "index i\($0) = a\($0), b\($0)" }
        #expect(run(text + "show 1").reachedLimit)
    }

    @Test("values over too many members are an error")
    func indexProduct() {
        func index(_ k: Int) -> String {
            "index i\(k) = " + (0..<40).map { "m\(k)_\($0)" }.joined(separator: ", ") + "\nlet v\(k) = ["
                + (0..<40).map { "m\(k)_\($0): \($0)" }.joined(separator: ", ") + "]\n"
        }
        #expect(run((0..<4).map(index).joined() + "let product = v0 * v1 * v2 * v3\nshow sum(product)").reachedLimit)
    }

    @Test("a horizon of too many steps is an error", arguments: ["0..9999 by hour", "0..9999 by day"])
    func hugeHorizon(_ horizon: String) {
        #expect(codes(run("horizon \(horizon)\nshow 1")) == ["R0406"])
    }

    @Test("a function may have 300 parameters")
    func manyParameters() {
        let names = (0..<300).map { "p\($0)" }
        let ones = Array(repeating: "1", count: 300).joined(separator: ", ")
        let text =
            "fn f(" + names.joined(separator: ", ") + ") = " + names.joined(separator: " + ") + "\nshow f(\(ones))"
        #expect(number(run(text)) == 300)
    }

    @Test("exponents of units that no longer fit are an error, and none is lost")
    func exponents() {
        let start = "unit thing\nlet x0 = 1 thing^99\n"
        #expect(!run(start + lines(1..<10) { "let x\($0) = x\($0 - 1) * x\($0 - 1)" } + "show x9").hasErrors)
        #expect(run(start + lines(1..<100) { "let x\($0) = x\($0 - 1) * x\($0 - 1)" } + "show x99").reachedLimit)
        let roots = String(repeating: "sqrt(", count: 100) + "2 kg" + String(repeating: ")", count: 100)
        #expect(run("show " + roots).reachedLimit)
    }

    @Test(
        "times far outside are errors",
        arguments: [
            "show x[2031]", "show x[9999]", "show now + 1e300 yr", "show 2026Q2 + 9999999999999 yr", "show x[99999999]",
        ])
    func farTimes(_ command: String) {
        let result = run("horizon 2024..2030\nlet x = now.year\n" + command)
        #expect(result.hasErrors && !result.reachedLimit)
    }

    // MARK: Stopping

    /// Texts that keep every stage at work: reading, checking, making code, running, and what is shown.
    private static let long: [(name: String, text: String)] = {
        func lines(_ count: Int, _ line: (Int) -> String) -> String {
            (0..<count).map(line).joined(separator: "\n") + "\n"
        }
        let members = (0..<30).map { "m\($0)" }
        return [
            ("lets", "let x0 = 1\n" + lines(2_000) { "let x\($0 + 1) = x\($0) + \($0)" } + "show x2000"),
            ("operators", "let a = 1\nlet b = " + String(repeating: "a + ", count: 4_000) + "a\nshow b"),
            ("functions", lines(400) { "fn f\($0)(x) = if x > \($0) then x * 2 else x + \($0)" } + "show f3(4)"),
            (
                "indexes",
                "index place = \(members.joined(separator: ", "))\nhorizon 2000..2030\nassume k per place = 1 to 2\n"
                    + lines(30) { $0 == 0 ? "let v0 = k" : "let v\($0) = previous(v\($0 - 1), else: 0) + k" }
                    + "show sum(v29), v29"
            ),
            (
                "policies",
                lines(10) { "assume a\($0) = 1 to 2\npolicy p\($0) { a\($0) = 3 }" } + "let all_of_it = "
                    + (0..<10).map { "a\($0)" }.joined(separator: " + ")
                    + "\nattribute all_of_it\nsensitivity all_of_it\ncompare baseline, all on all_of_it"
            ),
            (
                "solve",
                "assume a = 1 to 2\nassume b = 3\nlet c = a * b\nsolve s: b in 0..10 so that expected(c) == 6\nshow c under s"
            ),
            (
                "goods",
                """
                horizon 2000..2020
                unit phone
                stock in_use { inflow: 10 phone/yr * k, lifetime: weibull_life(mean: 5 yr, sd: 2 yr * k) }
                assume k = 1 to 2
                market A { demand: 1M phone/yr at 100 USD/phone * k, elasticity: -1 }
                supply S in A { volume: 1M phone/yr at 90 USD/phone, elasticity: 1 }
                projection p { data: [2000: 1, 2001: 2, 2002: 4, 2003: 9, 2004: 14], method: logistic() }
                let later = p * k
                show A.price, in_use, later, correlation(k, A.price)
                trace later
                """
            ),
        ]
    }()

    /// Asks of a host that wants no answer from its n-th question on.
    private final class Host: Sendable {
        let asked = Atomic<Int>(0)
        let patience: Int

        init(patience: Int) { self.patience = patience }

        func isCancelled() -> Bool { asked.wrappingAdd(1, ordering: .relaxed).newValue > patience }
    }

    private static func session(_ host: Host) -> Session {
        var options = Options()
        options.samples = 300
        // Several threads would ask as often as it happens.
        options.threads = 1
        options.isCancelled = { host.isCancelled() }
        return Session(options: options)
    }

    @Test("wherever a check is stopped, it says that and nothing else", arguments: long.map(\.name))
    func stoppingChecks(_ name: String) throws {
        let text = try #require(Self.long.first { $0.name == name }).text
        let whole = Host(patience: .max)
        let checked = Self.session(whole).check(Array(text.utf8), name: "-")
        let questions = whole.asked.load(ordering: .relaxed)
        let errors = checked.diagnostics.filter { $0.severity == .error }.map(\.message)
        #expect(errors == [])
        // Many of them, from the beginning to the end.
        for patience in stride(from: 0, to: questions, by: max(1, questions / 12)) {
            let host = Host(patience: patience)
            let result = Self.session(host).check(Array(text.utf8), name: "-")
            #expect(result.diagnostics.map(\.kind) == [.cancelled], "after \(patience) questions")
            // Soon: no stage goes on for long.
            #expect(host.asked.load(ordering: .relaxed) < patience + 400, "after \(patience) questions")
        }
    }

    @Test("wherever a run is stopped, it ends in words", arguments: long.map(\.name))
    func stoppingRuns(_ name: String) throws {
        let text = try #require(Self.long.first { $0.name == name }).text
        let whole = Host(patience: .max)
        let ran = Self.session(whole).run(Array(text.utf8), name: "-")
        let questions = whole.asked.load(ordering: .relaxed)
        let problems = ran.diagnostics.filter { $0.severity == .error }.map(\.message)
        #expect(problems == [])
        // Many of them, from the beginning to the end.
        let step = max(1, questions / 12)
        for patience in stride(from: 0, to: questions, by: step) {
            let result = Self.session(Host(patience: patience)).run(Array(text.utf8), name: "-")
            let errors = result.diagnostics.filter { $0.severity == .error }.map(\.kind)
            // A run that had all its samples is shown.
            #expect(
                errors == [.cancelled] || errors.isEmpty && (result.isPartial || patience >= questions * 9 / 10),
                "after \(patience) of \(questions) questions: \(errors)")
        }
    }

    @Test("a check of a large text asks often")
    func asking() {
        func questions(_ text: String) -> Int {
            let host = Host(patience: .max)
            #expect(!Self.session(host).check(Array(text.utf8), name: "-").hasErrors)
            return host.asked.load(ordering: .relaxed)
        }
        let base = questions("let x0 = 1")
        // Each node is looked at by several stages, and one in 256 looks asks.
        #expect(questions("let x0 = 1\n" + lines(1..<5_001) { "let x\($0) = x\($0 - 1) + \($0)" }) > base + 120)
        #expect(questions("let a = 1\nlet b = " + String(repeating: "a + ", count: 20_000) + "a") > base + 130)
        #expect(questions(String(repeating: "# a comment\n", count: 100_000)) > base + 10)
    }

    // MARK: Memory

    @Test("with less memory a run goes through fewer samples at once, and gives the same bits")
    func smallerBlocks() throws {
        let goods = try #require(Self.long.first { $0.name == "goods" }).text
        let members = (0..<40).map { "m\($0)" }.joined(separator: ", ")
        let text =
            goods + "\n"
                + """
                index place = \(members)
                assume w per time, place = 1 to 3
                assume z = beta(2, 3)
                correlate k, z at 0.5
                fn slow(n) = if n < 1 then 0 else n + slow(n - 1)
                let grown = 2 growing k * 2%/yr from 2005
                let g = cumulative(w * grown)
                let h = previous(g, else: 0 yr) * z + slow(round(k * 3)) * 1 yr
                let t = if z > 0.4 then "more" else "less"
                show sum(h), sd(h[2010, m3]), quantile(h[2020, m4], 90%), probability(t == "more"), skewness(z)
                show expected(max(h[2012]))
                """
        func run(_ memory: Int, threads: Int) -> RunResult {
            self.run(text) {
                $0.samples = 300
                $0.threads = threads
                $0.limits.memory = memory
                $0.isDetailed = true
            }
        }
        let wanted = run(2 << 30, threads: 1)
        let problems = wanted.diagnostics.filter { $0.severity == .error }.map(\.message)
        #expect(problems == [])
        var memory = 1 << 28
        var fits: [Int] = []
        while memory >= 1 << 20 {
            let found = run(memory, threads: fits.count % 3 + 1)
            if found.hasErrors {
                #expect(codes(found).contains("R0509"))
            } else {
                // Numbers are written so that each has a text of its own.
                #expect("\(found.outputs)" == "\(wanted.outputs)", "with \(memory) bytes")
                fits.append(memory)
            }
            memory = memory / 2
        }
        // Where 32 samples at once do not fit into half of what did last, 256 do not into less than four times that.
        #expect(fits.count >= 4, "\(fits)")
        #expect(fits.count < 9, "\(fits)")
    }

    @Test("what a text is made of is written out once for each doubling, and not once for each piece")
    func longTexts() {
        // Of 8 KB; all pieces onto the first would be 8 MB.
        let text = "let x = 1\nlet t = \"" + String(repeating: "{x} ", count: 2_000) + "\"\nassert t == t"
        let result = run(text) { $0.limits.memory = 1 << 20 }
        #expect(result.diagnostics.map(\.message) == [])
        for count in 0..<20 {
            let pieces = (0..<count).map { "{a}\($0)" }.joined()
            let shown = run(
                "let a = 7\nlet t = \"\(pieces)\"\nassert t == \"\((0..<count).map { "7\($0)" }.joined())\"")
            #expect(shown.diagnostics.map(\.message) == [], "\(count) pieces")
        }
    }
}
