import Reuse
import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseReport
import Testing

/// How samples are laid out, and what that does to the error of a result.
@Suite struct SamplingTests {
    /// The number that each assertion or `show` of a script comes to, unrounded.
    private func shown(
        _ text: String, _ sampling: Sampling, samples: Int = 1024, seed: UInt64 = 1
    ) throws -> [Double] {
        var options = Options()
        options.sampling = sampling
        options.samples = samples
        options.seed = seed
        let result = Session(options: options).run(Array(text.utf8), name: "-")
        try #require(!result.hasErrors, "\(LanguageProgram.text(of: result))")
        return try result.outputs.map { output in
            guard case .table(let table) = output, case .number(let value) = try #require(table.rows.first?.cells.first)
            else { throw NotANumber() }
            return value
        }
    }

    private struct NotANumber: Error {}

    private static let sum = """
        assume a = uniform(0, 1)
        assume b = uniform(0, 1)
        assume c = uniform(0, 1)
        show expected(a + b + c)
        show expected(a * b)
        """

    /// Root mean square of the error of the mean over seeds.
    private func error(_ sampling: Sampling, samples: Int, seeds: UInt64 = 200) throws -> (sum: Double, product: Double)
    {
        var squares = (0.0, 0.0)
        for seed in 1...seeds {
            let values = try shown(Self.sum, sampling, samples: samples, seed: seed)
            squares.0 += (values[0] - 1.5) * (values[0] - 1.5)
            squares.1 += (values[1] - 0.25) * (values[1] - 0.25)
        }
        return ((squares.0 / Double(seeds)).squareRoot(), (squares.1 / Double(seeds)).squareRoot())
    }

    @Test("the error of a mean falls as theory says: Latin hypercube leaves only what inputs do together")
    func errors() throws {
        // Of 200 squares the root mean square is known within 5%; four standard errors are 20%.
        let random = try error(.random, samples: 1024)
        #expect((random.sum / (0.25 / 1024).squareRoot() - 1).magnitude < 0.2)
        #expect((random.product / (7.0 / 144 / 1024).squareRoot() - 1).magnitude < 0.2)
        // Stein (1987): what is left of the variance is that of the function less its additive part. Of a sum, the places
        // within strata alone are left: 3 inputs, each of variance 1 / 12 / 1024^3.
        let latin = try error(.latin, samples: 1024)
        #expect((latin.sum / (0.25 / (1024.0 * 1024 * 1024)).squareRoot() - 1).magnitude < 0.2)
        #expect((latin.product / (1.0 / 144 / 1024).squareRoot() - 1).magnitude < 0.2)
        // A part of a block is a random part of the strata: the variance of a sample of 256 of 1,024 without putting back.
        let part = try error(.latin, samples: 256)
        #expect((part.sum / (0.25 / 256 * 768 / 1023).squareRoot() - 1).magnitude < 0.2)
        let sobol = try error(.sobol, samples: 1024)
        #expect(sobol.sum < random.sum / 100)
        #expect(sobol.product < latin.product / 10)
    }

    @Test("the first samples of a larger run are those of a smaller one", arguments: Sampling.allCases)
    func prefix(_ sampling: Sampling) throws {
        let text = "assume a = 1 to 2\nassume b = 3 to 4\nlet c = a * b"
        let all = try Samples(text, ["c"], sampling, count: 5000)["c"]
        for count in [1, 255, 256, 1500] {
            #expect(try Samples(text, ["c"], sampling, count: count)["c"] == Array(all.prefix(count)))
        }
    }

    @Test("each way of sampling gives numbers of its own, and the same again")
    func methods() throws {
        let text = "assume a = 1 to 2\nassume b = 3 to 4\nshow expected(a * b)"
        let values = try Sampling.allCases.map { try shown(text, $0, samples: 100)[0] }
        #expect(Set(values).count == 3)
        #expect(try Sampling.allCases.map { try shown(text, $0, samples: 100)[0] } == values)
        for value in values { #expect((value / (1.4450 * 3.4751) - 1).magnitude < 0.02) }
    }

    @Test("under Sobol's sequence a command or a scenario moves no draw of a declaration")
    func sobolPlaces() throws {
        let model = "assume b = 1 to 2\nassume c = 3 to 4\nlet x = b * c\npolicy p { b = 1.5 to 2.5 }\n"
        let alone = try shown(model + "show expected(x) under baseline", .sobol)[0]
        let more = model + "show expected(x) under baseline\nshow expected(x)\nshow expected(a_to_z * (1 to 9))\n"
        #expect(try shown(more + "let a_to_z = 1", .sobol)[0] == alone)
    }
}

/// The samples of declarations of a script, straight from the engine.
struct Samples {
    private var values: [String: [Double]] = [:]
    let program: Program

    init(
        _ text: String, _ names: [String], _ sampling: Sampling = .latin, count: Int = 10_000, seed: UInt64 = 1,
        settings: [(name: String, value: String)] = []
    ) throws {
        let library = Dictionary(Session.library.map { ($0.name, $0.text) }, uniquingKeysWith: { first, _ in first })
        var input = ModelInput(
            text: Array(text.utf8), name: "-", isFile: false, libraryNames: Session.library.map(\.name),
            library: { library[$0] }, readFile: { _ in .closed })
        input.settings = settings
        let checked = check(input)
        try #require(!checked.diagnostics.contains { $0.severity == .error }, "\(checked.diagnostics.map(\.message))")
        let model = checked.model
        let queries = try names.map { name in
            try #require(
                model.declarations.indices.map { DeclarationID(Int32($0)) }.first { model.name($0) == name })
        }
        let lowered = lower(Core(model), ScenarioSet(of: model), queries: queries.map { .declaration($0) }, seed: seed)
        try #require(lowered.diagnostics.isEmpty, "\(lowered.diagnostics.map(\.message))")
        program = lowered.program
        var settings = RunSettings(samples: count, seed: seed)
        settings.sampling = sampling
        let run = execute(program, settings)
        for (name, query) in zip(names, program.queries) {
            values[name] = run.values(query.definition, combination: 0, step: 0)
        }
    }

    subscript(_ name: String) -> [Double] { values[name] ?? [] }
}
