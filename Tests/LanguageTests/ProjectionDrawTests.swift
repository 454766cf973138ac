import Reuse
import ReuseReport
import Testing

/// The draws of a projection's band are functions of the seed, its path and the date.
@Suite struct ProjectionDrawTests {
    private static let data = "data: [2015: 3, 2016: 5, 2017: 4, 2018: 8, 2019: 7, 2020: 9]"
    private static let line = "projection sales { \(data), method: linear() }"
    private static let smooth = "projection smooth { \(data), method: damped(alpha: 0.5, beta: 0.2, phi: 0.9) }"

    private func answer(_ lines: [String], threads: Int = 1, show: String = "sales[2025] + smooth[2025]") -> String {
        var options = Options()
        options.samples = 700
        options.threads = threads
        let script = (lines + ["show " + show]).joined(separator: "\n")
        let result = Session(options: options).run(Array(script.utf8), name: "-")
        #expect(!result.hasErrors, "\(result.diagnostics.map(\.message))\n\(script)")
        return JSONRenderer().render(outputs: result.outputs, diagnostics: [], sources: [], file: "-")
    }

    @Test("neither order nor horizon nor other lines move them, and without a horizon they are the same")
    func unmoved() {
        let expected = answer(["horizon 2021..2030", Self.line, Self.smooth])
        #expect(expected.contains("sample") || expected.contains("median"))
        #expect(answer(["horizon 2024..2026", Self.smooth, Self.line]) == expected)
        #expect(answer([Self.smooth, Self.line]) == expected)
        let other = "projection other { \(Self.data), method: linear() }"
        #expect(answer(["horizon 2021..2030", "assume x = 1 to 2", other, Self.line, Self.smooth]) == expected)
        #expect(answer(["horizon 2021..2030", Self.line, Self.smooth], threads: 2) == expected)
    }

    @Test("projections of the same data by other names have other draws")
    func named() {
        let lines = ["horizon 2021..2030", Self.line, "projection other { \(Self.data), method: linear() }"]
        let same = answer(lines, show: "correlation(sales[2025], sales[2025]) > 0.999")
        #expect(answer(lines, show: "correlation(sales[2025], other[2025]) > 0.999") != same)
    }
}
