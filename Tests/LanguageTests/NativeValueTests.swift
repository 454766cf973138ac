import Testing

@testable import ReuseEngine

/// What the engine computes for all members at once is made once, however many members read it.
@Suite struct NativeValueTests {
    private func program(members: Int) throws -> Program {
        let names = (0..<members).map { "m\($0)" }
        let ranges = names.enumerated().map { "\($0.element): \($0.offset + 1) to 60" }
        let text = """
            horizon 2000..2010
            index place = \(names.joined(separator: ", "))
            assume w = [\(ranges.joined(separator: ", "))]
            assume k = 2%/yr
            let c = cumulative(w growing k from 2000)
            let t = total(c)
            let e = expected(c) + quantile(c, 0.25)
            show c
            """
        return try Samples(text, ["c", "t", "e"], count: 1).program
    }

    @Test("growth, sums over time and statistics have a definition each, for 3 members and for 30", arguments: [3, 30])
    func once(_ members: Int) throws {
        let program = try program(members: members)
        var counts: [String: Int] = [:]
        for definition in program.definitions {
            switch definition.kind {
            case .growing: counts["growing", default: 0] += 1
            case .cumulative: counts["cumulative", default: 0] += 1
            case .timeReduction: counts["over time", default: 0] += 1
            case .statistic: counts["statistic", default: 0] += 1
            default: break
            }
        }
        #expect(counts == ["growing": 1, "cumulative": 1, "over time": 1, "statistic": 2])
    }
}
