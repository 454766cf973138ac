import Reuse
import Testing

/// `solve` and `target` over all shapes of values, against plain arithmetic: with products of what is above 0 the least of
/// all steps and members is the product of the least.
@Suite struct WorstCaseTests {
    /// A value over some of two indexes and time, with its script and its least and greatest.
    private struct Shape {
        var factors: [String] = []
        var declarations = ""
        var low = 1.0
        var high = 1.0
        /// By year where it varies over time; the others' least and greatest.
        var years: [Double] = []
        var lowOfMembers = 1.0
        var highOfMembers = 1.0
    }

    private struct Numbers {
        var state: UInt64

        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }

        /// Eighths, so that products are exact.
        mutating func value() -> Double { Double(8 + next(150)) / 8 }
    }

    /// What it varies over goes round with its number.
    private func shape(_ number: Int, _ numbers: inout Numbers) -> Shape {
        var shape = Shape()
        for (bit, name) in ["v", "w"].enumerated() where (number % 7 + 1) >> bit & 1 == 1 {
            let members = name == "v" ? ["A", "B"] : ["C", "D", "E"]
            let values = members.map { _ in numbers.value() }
            let cells = zip(members, values).map { "\($0): \($1)" }.joined(separator: ", ")
            shape.declarations += "let \(name)\(number) = [\(cells)]\n"
            shape.factors.append("\(name)\(number)")
            shape.lowOfMembers *= values.min() ?? 1
            shape.highOfMembers *= values.max() ?? 1
        }
        (shape.low, shape.high) = (shape.lowOfMembers, shape.highOfMembers)
        if (number % 7 + 1) >> 2 & 1 == 1 {
            shape.years = (0..<3).map { _ in numbers.value() }
            let cells = shape.years.enumerated().map { "\(2025 + $0): \($1)" }.joined(separator: ", ")
            shape.declarations += "let t\(number) = [\(cells)]\n"
            shape.factors.append("t\(number)")
            shape.low *= shape.years.min() ?? 1
            shape.high *= shape.years.max() ?? 1
        }
        return shape
    }

    private func number(_ cell: Cell) -> Double? { if case .number(let value) = cell { value } else { nil } }

    @Test("a solve meets its condition at every step and member", arguments: ["", " by quarter", " by month"])
    func solving(_ step: String) throws {
        var numbers = Numbers(state: UInt64(step.utf8.count))
        var text = "horizon 2025..2027\(step)\nindex g = A, B\nindex h = C, D, E\n"
        var expected: [(present: Double, limit: Double, holds: Bool)] = []
        for number in 0..<42 {
            let own = shape(number, &numbers)
            let product = own.factors.joined(separator: " * ")
            let isAtLeast = numbers.next(2) == 0
            let wanted = numbers.value() * 10
            let present = numbers.value()
            let limit = wanted / (isAtLeast ? own.low : own.high)
            text += own.declarations + "assume p\(number) = \(present)\n"
            text +=
                "solve s\(number): p\(number) in 0..400 so that \(product) * p\(number) \(isAtLeast ? ">=" : "<=") \(wanted)\n"
            expected.append((present, limit, isAtLeast ? present >= limit : present <= limit))
        }
        let result = Session().run(Array(text.utf8), name: "solving.reuse")
        #expect(result.diagnostics.isEmpty, "\(LanguageProgram.text(of: result))")
        #expect(result.outputs.count == expected.count)
        for (output, (present, limit, holds)) in zip(result.outputs, expected) {
            guard case .table(let table) = output else { continue }
            let cells = table.rows[0].cells.map(number)
            #expect(table.title?.contains("holds already") == holds, "\(table)")
            #expect(cells[1] == present)
            let found = try #require(cells[holds ? 2 : 0], "\(table)")
            #expect((found - limit).magnitude <= 1e-12 * limit, "\(found) is not \(limit): \(table)")
            if holds { #expect(cells[0] == present) }
        }
    }

    @Test("a target's margin is the worst, and agrees with its verdict", arguments: ["", " by quarter"])
    func margins(_ step: String) throws {
        var numbers = Numbers(state: 7 + UInt64(step.utf8.count))
        var text = "horizon 2025..2027\(step)\nindex g = A, B\nindex h = C, D, E\n"
        var expected: [Double] = []
        for number in 0..<42 {
            let own = shape(number, &numbers)
            let product = own.factors.joined(separator: " * ")
            let isAtLeast = numbers.next(2) == 0
            let isThroughout = numbers.next(2) == 0
            let wanted = numbers.value() * 8
            // The years that are judged.
            let years = own.years.isEmpty ? [1] : isThroughout ? Array(own.years[0...1]) : [own.years[1]]
            let least = own.lowOfMembers * (years.min() ?? 1)
            let greatest = own.highOfMembers * (years.max() ?? 1)
            text += own.declarations
            text += "target m\(number): \(product) \(isAtLeast ? ">=" : "<=") \(wanted) "
            text += isThroughout ? "from 2025 until 2026\n" : "by 2026\n"
            expected.append(isAtLeast ? least - wanted : wanted - greatest)
        }
        let result = Session().run(Array(text.utf8), name: "margins.reuse")
        #expect(result.diagnostics.isEmpty, "\(LanguageProgram.text(of: result))")
        #expect(result.outputs.count == expected.count)
        for (output, margin) in zip(result.outputs, expected) {
            guard case .table(let table) = output, case .text(let verdict) = table.rows[0].cells[1] else { continue }
            let found = try #require(number(table.rows[0].cells[3]))
            #expect((found - margin).magnitude <= 1e-9 * margin.magnitude, "\(found) is not \(margin): \(table)")
            #expect((verdict == "met") == (margin >= 0), "\(table)")
        }
    }
}
