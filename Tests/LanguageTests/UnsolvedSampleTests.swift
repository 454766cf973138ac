import Reuse
import ReuseReport
import ReuseSyntax
import Testing

/// Samples whose markets cannot be cleared, and what a run does with them.
@Suite struct UnsolvedSampleTests {
    /// Demand is fixed, and above all that there is in about one sample in a hundred.
    private let plain = """
        unit phone
        assume wanted = normal(mean: 80 phone/yr, sd: 8.6 phone/yr)
        market A { demand: wanted }
        supply owners in A { volume: 60 phone/yr at 100 USD/phone, elasticity: 0.5, capacity: 100 phone/yr }
        show A.consumption, owners.collected
        show A.price
        """

    private func run(_ text: String, allowing share: Double, samples: Int = 4_000, threads: Int = 1) -> RunResult {
        var options = Options()
        options.samples = samples
        options.allowedUnsolved = share
        options.threads = threads
        return Session(options: options, files: .closed).run(Array(text.utf8), name: "test.reuse")
    }

    @Test("one sample that cannot be cleared names itself, its market and how many there are")
    func named() throws {
        let result = run(plain, allowing: 0)
        let error = try #require(result.diagnostics.first { $0.severity == .error })
        #expect(error.kind == .cannotClear)
        #expect(error.message.contains("`A`") && error.message.contains("the first of them sample"))
        let help = error.help.joined(separator: "\n")
        #expect(help.contains("of 4000 samples") && help.contains("--allow-unsolved"))
    }

    @Test("up to the share that is allowed they are left out of every result, and every output says so")
    func leftOut() throws {
        let result = run(plain, allowing: 0.05)
        #expect(!result.hasErrors)
        // P(wanted > 100) = 1 - Phi(20 / 8.6) = 1.0013%: 40 of 4000 in a Latin hypercube, but for one at the limit.
        #expect((39...41).contains(result.leftOut))
        let said = "\(result.leftOut) of 4000 samples"
        #expect(TextRenderer().render(result.outputs).contains(said))
        #expect(CSVRenderer().render(result.outputs).contains(said))
        let json = JSONRenderer().render(
            outputs: result.outputs, diagnostics: result.diagnostics, sources: result.sources)
        #expect(json.contains(said))
        guard case .table(let table) = result.outputs[1], case .uncertain(let summary) = table.rows[0].cells[0] else {
            Issue.record("no table of consumption")
            return
        }
        #expect(summary.samples == 4_000 - result.leftOut)
        // The mean of a normal cut off at 100: 80 - 8.6 phi(2.3256) / Phi(2.3256) = 79.7681.
        #expect((summary.mean - 79.7681).magnitude < 0.02)
    }

    @Test("above the share that is allowed they are an error")
    func tooMany() {
        let result = run(plain, allowing: 0.005)
        #expect(result.diagnostics.contains { $0.kind == .cannotClear && $0.severity == .error })
        #expect(result.leftOut == 0)
    }

    @Test("a statistic in the script is that of the samples that are left")
    func statistics() throws {
        let text = plain.replacing("show A.price", with: "show expected(A.consumption)")
        let result = run(text, allowing: 0.05)
        guard case .table(let first) = result.outputs[1], case .uncertain(let summary) = first.rows[0].cells[0],
            case .table(let second) = try #require(result.outputs.last),
            case .number(let mean) = second.rows[0].cells[0]
        else {
            Issue.record("no tables: \(result.diagnostics)")
            return
        }
        #expect((summary.mean - mean).magnitude < 1e-12 * mean)
    }

    /// `price = 100 (wanted / 60)^2 + cost`, as the supply is where it meets the demand.
    private let priced = """
        unit phone
        assume wanted = normal(mean: 80 phone/yr, sd: 8.6 phone/yr)
        assume cost = uniform(0, 50) * 1 USD/phone
        market A { demand: wanted }
        supply owners in A {
            volume: 60 phone/yr at 100 USD/phone, elasticity: 0.5, capacity: 100 phone/yr, cost: cost
        }

        """

    private func words(_ result: RunResult) -> String { TextRenderer().render(result.outputs) }

    @Test("a `solve` on a statistic leaves them out at every value, and says so")
    func solve() throws {
        let text =
            priced.replacing("uniform(0, 50) * 1 USD/phone", with: "10 USD/phone")
            + "solve level: cost in 0 USD/phone..200 USD/phone so that expected(A.price) >= 250 USD/phone\n"
        let result = run(text, allowing: 0.05, samples: 1_000)
        guard case .table(let table) = try #require(result.outputs.last),
            case .number(let cost) = table.rows[0].cells[0]
        else {
            Issue.record("no table: \(result.diagnostics)")
            return
        }
        // scipy's truncnorm: the mean of 100 (wanted / 60)^2 below 100 phones is 178.6725.
        #expect((cost - (250 - 178.6725)).magnitude < 0.3)
        let title = table.title ?? ""
        #expect(title.contains("of 1000 samples ("))
        #expect(title.contains("are left out: their markets could not be cleared"))
        // Not allowed, there is no value to compare.
        let refused = run(text, allowing: 0, samples: 1_000)
        let error = try #require(refused.diagnostics.first { $0.severity == .error })
        #expect(error.kind == .cannotClear && error.help.joined().contains("`--allow-unsolved"))
    }

    @Test("a sampled sensitivity leaves out the runs that cannot be cleared with all that they are compared with")
    func sensitivity() throws {
        for method in ["sobol", "shapley", "morris"] {
            // Morris's levels end at 95%, where the demand is to be above all that there is: in half of all trajectories.
            let isMorris = method == "morris"
            let text =
                priced.replacing("sd: 8.6", with: isMorris ? "sd: 15" : "sd: 8.6")
                + "sensitivity A.price by \(method)\n"
            let result = run(text, allowing: isMorris ? 0.5 : 0.05)
            #expect(!result.hasErrors, "\(method): \(result.diagnostics.map(\.message))")
            let said = words(result)
            #expect(said.contains(" runs (") && said.contains("are left out"), "\(method): \(said)")
            #expect(said.contains("their markets could not be cleared"))
            let refused = run(text, allowing: 0)
            let error = try #require(refused.diagnostics.first { $0.severity == .error })
            let help = error.help.joined(separator: "\n")
            #expect(error.kind == .cannotClear)
            #expect(help.contains(" runs (") && help.contains("`--allow-unsolved"), "\(method): \(help)")
            if isMorris { continue }
            guard case .table(let table) = try #require(result.outputs.last),
                let row = table.rows.first(where: { $0.labels == ["wanted"] }),
                let column = table.columns.firstIndex(where: { ["first order", "share of variance"].contains($0.name) }
                ),
                case .number(let share) = row.cells[column]
            else {
                Issue.record("\(method): no table")
                continue
            }
            // By scipy's truncnorm the variance of 100 (wanted / 60)^2 is 1347.56, and that of the cost 50^2 / 12.
            #expect((share - 86.61).magnitude < 2, "\(method): \(share)")
        }
    }

    @Test("what shows each of its runs, or has one alone, says that none can be left out")
    func none() throws {
        // At its 95% the demand is above all that there is.
        let tornado = run(
            priced.replacing("sd: 8.6", with: "sd: 15") + "sensitivity A.price by tornado\n", allowing: 0.05)
        let error = try #require(tornado.diagnostics.first { $0.severity == .error })
        #expect(error.help.contains("`by tornado` shows each of its runs, so that none can be left out"))
        #expect(!error.help.joined().contains("--allow-unsolved"))
        let calibrated = run(
            """
            horizon 2020..2022
            unit phone
            assume size = 100 phone/yr
            market A { demand: size }
            supply owners in A { volume: 60 phone/yr at 100 USD/phone, elasticity: 0.5, capacity: 90 phone/yr }
            calibrate size so that A.price fits [2020: 150, 2021: 160, 2022: 155] USD/phone
            show size
            """, allowing: 0.05)
        let central = try #require(calibrated.diagnostics.first { $0.severity == .error })
        #expect(central.message.hasSuffix("; 10 phone/yr is missing"))
        #expect(central.help.joined().contains("this is the one run with every draw at its median"))
    }

    @Test("threads and parts change nothing")
    func parts() throws {
        let whole = TextRenderer().render(run(plain, allowing: 0.05).outputs)
        #expect(TextRenderer().render(run(plain, allowing: 0.05, threads: 3).outputs) == whole)
        var options = Options()
        options.samples = 4_000
        let session = Session(options: options, files: .closed)
        let parts = (1...3).compactMap { number in
            Shard(number: number, of: 3).flatMap {
                session.run(Array(plain.utf8), name: "test.reuse", shard: $0).part
            }
        }
        options.allowedUnsolved = 0.05
        let merged = Session(options: options, files: .closed).merge(
            Array(plain.utf8), name: "test.reuse", parts: parts, names: ["a", "b", "c"])
        #expect(TextRenderer().render(merged.outputs) == whole)
    }

    /// Over two indexes with the same members, by month. In January the market for B and B wants up to 100.5, and the route
    /// brings 100.
    private let shaped = """
        horizon 2025..2025 by month
        unit phone
        index grade = A, B
        index maker like grade
        let a = [A: 0.9, B: 1]
        let b over maker = [A: 0.8, B: 1]
        assume need = uniform(80, 100.5)
        assume toll = uniform(0, 20)
        assume k = 10
        market M { demand: 10 phone/yr at 100 USD/phone, elasticity: -1 }
        market N { demand: need * a * b * (1 - (now.month - 1) / 100) * 1 phone/yr }
        supply s in M { volume: 110 phone/yr at 50 USD/phone, elasticity: 0.5 }
        route M -> N { cost: (k + toll) * 1 USD/phone, capacity: 100 phone/yr }

        """

    /// The price at which 110 (p/50)^0.5 is what M and N take, 10 (p/100)^-1 and some more.
    private func price(_ more: Double) -> Double {
        var (low, high) = (1.0, 1_000.0)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            if 110 * (middle / 50).squareRoot() - 1_000 / middle < more { low = middle } else { high = middle }
        }
        return high
    }

    @Test("a solve on a statistic leaves out the same samples, over two indexes with the same members and by month")
    func solveOverShape() throws {
        let samples = 200
        let text = shaped + "solve s: k in 0..1e3 so that expected(N.price) >= 200 USD/phone\n"
        let result = run(text, allowing: 0.05, samples: samples)
        #expect(!result.hasErrors)
        func uniforms(_ name: String) -> [Double] {
            (0..<samples).map {
                ReferenceKernels.uniform(seed: 1, variable: ReferenceKernels.variable(name), sample: $0)
            }
        }
        let drawn = zip(uniforms("need#0"), uniforms("toll#0")).map { (need: 80 + 20.5 * $0, toll: 20 * $1) }
        let kept = drawn.filter { $0.need <= 100 }
        #expect(kept.count < samples)
        // In December the market for A and A pays least.
        let least = Plain.mean(kept.map { price($0.need * 0.9 * 0.8 * 0.89) + $0.toll })
        let tables = result.outputs.compactMap { if case .table(let table) = $0 { table } else { nil } }
        let table = try #require(tables.first)
        guard case .number(let k) = table.rows[0].cells[0] else {
            Issue.record("no value of k in \(table)")
            return
        }
        #expect((k - (200 - least)).magnitude < 1e-6)
        let without = "\(samples - kept.count) of \(samples) samples"
        #expect(TextRenderer().render(result.outputs).contains(without))
        #expect(run(text, allowing: 0, samples: samples).hasErrors)
    }

    @Test(
        "sensitivity leaves runs out over two indexes with the same members and by month",
        arguments: ["sobol", "shapley"])
    func sensitivityOverShape(_ method: String) throws {
        let result = run(shaped + "sensitivity N.price in 2025M01 by \(method)\n", allowing: 0.05, samples: 1_000)
        #expect(!result.hasErrors)
        #expect(TextRenderer().render(result.outputs).contains("are left out"))
        let tables = result.outputs.compactMap { if case .table(let table) = $0 { table } else { nil } }
        let rows = try #require(tables.first).rows
        #expect(rows.count == 8)
        // A sum of two independent terms: the variance of the toll is 20^2/12, that of the price is taken over needs up to 100.
        for (grade, a) in [("A", 0.9), ("B", 1.0)] {
            for (maker, b) in [("A", 0.8), ("B", 1.0)] {
                let prices = (0..<1_000).map { price((80 + 20 * (Double($0) + 0.5) / 1_000) * a * b) }
                let ofNeed = Plain.sd(prices) * Plain.sd(prices)
                let row = try #require(rows.first { $0.labels == [grade, maker, "need"] })
                guard case .number(let share) = row.cells[1] else {
                    Issue.record("no share in \(row)")
                    continue
                }
                #expect((share - 100 * ofNeed / (ofNeed + 400.0 / 12)).magnitude < 4, "\(row.labels)")
            }
        }
        #expect(run(shaped + "sensitivity N.price in 2025M01 by \(method)\n", allowing: 0, samples: 1_000).hasErrors)
        // In March there is enough for all, and nothing else is asked.
        #expect(!run(shaped + "sensitivity N.price in 2025M03 by \(method)\n", allowing: 0, samples: 1_000).hasErrors)
    }
}
