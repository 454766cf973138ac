/// Scripts from the grammar: each byte chooses the next alternative, so that a change to an input is a change to a script.
///
/// Names are few, so that most of them mean something; what does not fit is an error that a script may have, too.
enum Grammar {
    static func program(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var writer = Writer(bytes: bytes)
        writer.write("head", depth: 0)
        while !writer.isAtEnd, writer.text.count < 6_000 { writer.write("statement", depth: 0) }
        return writer.text
    }

    private struct Writer {
        let bytes: UnsafeRawBufferPointer
        var place = 0
        var text: [UInt8] = []

        var isAtEnd: Bool { place >= bytes.count }

        /// Writes one alternative of a rule; deep down, and behind the last byte, the first one, which has an end.
        mutating func write(_ rule: String, depth: Int) {
            guard let alternatives = rules[rule], let first = alternatives.first else { return }
            var chosen = first
            if !isAtEnd, depth < 12 {
                chosen = alternatives[Int(bytes[place]) % alternatives.count]
                place += 1
            }
            for part in chosen {
                switch part {
                case .plain(let plain): text += plain
                case .rule(let next): if depth < 40 { write(next, depth: depth + 1) }
                }
            }
        }
    }

    private enum Part { case plain([UInt8]), rule(String) }

    /// `<name>` stands for an alternative of another rule.
    private static let rules: [String: [[Part]]] = source.mapValues { $0.map(parts) }

    private static func parts(_ text: String) -> [Part] {
        text.split(separator: "<", omittingEmptySubsequences: false).enumerated().flatMap { number, piece -> [Part] in
            guard number > 0, let end = piece.firstIndex(of: ">") else { return [.plain(Array(piece.utf8))] }
            return [.rule(String(piece[..<end])), .plain(Array(piece[piece.index(after: end)...].utf8))]
        }
    }

    private static let source: [String: [String]] = [
        "head": [
            "horizon 2024..2026\nunit phone\n", "unit phone\n", "horizon 2024..2025 by month\nunit phone\n",
            "horizon 2024Q1..2025Q4 by quarter\nunit phone\nindex grade = A, B\nindex maker like grade\n",
            "horizon 2024..2026\nunit phone\nunit CNY = 1/7 USD\nindex grade = A, B, C\n",
        ],
        "statement": [
            "let <name> = <expr>\n", "assume <name> = <uncertain>\n", "assume <name> per <axis> = <uncertain>\n",
            "let <name> over <axis> = <expr>\n", "fn <function>(<name>) = <expr>\n",
            "fn <function>(<name>, <name>) {\n let z = <expr>\n <expr>\n}\n", "show <expr>\n", "show <expr> in <point>\n",
            "show <expr>, <expr> by <axis>\n", "market <market> { <market fields> }\n",
            "supply <supply> in <market> { <supply fields> }\n", "route <market> -> <market> { <route fields> }\n",
            "stock <stock> { <stock fields> }\n", "policy <policy> <window>{ <patch>\n<patch> }\n",
            "scenario <scenario> = <policy> + <policy>\n", "scenario <scenario> { <patch> }\n",
            "compare baseline, <policy> on <expr>\n", "attribute <expr>\n", "sensitivity <expr> by <method>\n",
            "solve best: <name> in 0..10 so that <condition>\n", "target aim: <condition> by <point>\n",
            "target aim: <condition> from <point> until <point> with <share>\n", "assert <condition>\n",
            "consistent <expr> == <expr>\n", "trace <expr>\n", "calibrate <name> so that <expr> fits <series>\n",
            "projection <projection> { data: <series>, method: <fit> }\n", "correlate <name>, <name> at <share>\n",
            "index <axis> = A, B\n", "index <axis> like <axis>\n", "unit <unit> = <expr> <unit>\n",
            "policy <policy> after <policy> { <patch> }\n", "source s { title: \"t\" }\n", "use growth: cagr\n",
        ],
        "expr": [
            "1", "<number>", "<name>", "<number> <unit>", "<expr> + <expr>", "<expr> - <expr>", "<expr> * <expr>",
            "<expr> / <expr>", "(<expr>)", "-<expr>", "<expr> ^ <number>", "if <condition> then <expr> else <expr>",
            "<series>", "<members>", "<series> phone/yr", "<name>[<pick>]", "(<expr>)[<pick>]", "<function>(<expr>)",
            "<function>(<expr>, <expr>)", "<reduction>(<expr>)", "<reduction>(<expr> over <axis>)",
            "<reduction>(<expr> where <condition> over <axis>)", "quantile(<expr>, <share>)", "previous(<expr>, else: <expr>)",
            "cumulative(<expr>)", "total(<expr>)", "<expr> growing <share>/yr from <point>", "<expr> under <policy>",
            "<expr> as <unit>", "<market>.price", "<supply>.volume", "<supply>.collected", "<market> -> <market>.flow",
            "sum(routes.flow)", "markets.price", "<stock>", "<stock>.outflow", "<projection>", "first_time(<condition>)",
            "now.year", "[<expr>, <expr>]", "map([<expr>, <expr>], fn(x) = <expr>)", "{ a: <expr>, b: <expr> }.a",
            "fold([1, 2], <expr>, fn(x, y) = <expr>)", "round(<expr>)", "max(<expr>, <expr>)", "log(<expr>)", "welfare",
            "\"text {<expr>}\"", "npv(<expr>, rate: <share>/yr)", "irr(<expr>)", "<uncertain>",
        ],
        "condition": [
            "true", "<expr> > <expr>", "<expr> <= <expr>", "<expr> == <expr> within <share>", "<condition> and <condition>",
            "<condition> or <condition>", "not <condition>", "<axis> == A", "<axis> in [A, B]", "now > <point>",
            "probability(<condition>) > <share>",
        ],
        "uncertain": [
            "1 to 2", "<number> to <number>", "normal(mean: 5, sd: 1)", "uniform(0, <number>)", "<expr>", "5 to 10 USD",
            "triangular(low: 1, mode: 2, high: 4)", "beta(2, 3)", "[A: 1 to 2, B: 3]", "[2024: 1, 2026: 2 to 3]",
            "lognormal(mean: 3, sd: 1)", "empirical([1, 2, 5])",
        ],
        "series": [
            "[2024: 1, 2026: 2]", "[2024: <expr>, 2025: <expr>]", "[2024..: <expr>]", "[..2025: 3, 2026..: 4]",
            "[2024Q1: 1, 2025Q4: 2]",
        ],
        "members": ["[A: 1, B: 2]", "[A: <expr>, B: <expr>]", "[A: <members>, B: <members>]", "[A: 1, B: 2, C: 3]"],
        "pick": ["A", "B", "2025", "2024..2026", "<axis>: A", "<axis>: B, 2025", "2025Q2", "<expr>"],
        "number": ["2", "0", "0.5", "10", "3M", "1e300", "20%", "1_000", "1e-300"],
        "share": ["5%", "50%", "0", "-20%", "200%", "<expr>"],
        "point": ["2025", "2024", "2026", "2025Q2", "2024M07", "2030"],
        "unit": ["USD", "phone", "phone/yr", "USD/phone", "yr", "kg", "CNY", "month", "q"],
        "name": ["a", "b", "c", "d"],
        "function": ["f", "g"],
        "reduction": ["sum", "mean", "min", "max", "median", "sd", "expected"],
        "axis": ["grade", "maker", "time", "routes", "markets"],
        "market": ["China", "Europe", "Africa"],
        "supply": ["owners", "traders"],
        "stock": ["used", "idle"],
        "policy": ["p", "q", "r"],
        "scenario": ["high", "low"],
        "projection": ["ahead"],
        "method": ["rank", "tornado", "sobol", "morris", "shapley"],
        "fit": ["linear()", "compound()", "logistic(limit: 10)", "bass()"],
        "window": ["", "from <point> ", "until <point> ", "from <point> until <point> "],
        "patch": [
            "a = <expr>", "b += <expr>", "c *= <uncertain>", "ban China -> Europe", "<market>.tax += <expr>",
            "any -> any.cost += <uncertain>", "<supply>.levy = <share>", "<supply>.volume *= <expr>", "d[A] = <expr>",
            "<market>.import_quota = <expr> phone/yr",
        ],
        "market fields": [
            "demand: 5 phone/yr at 100 USD/phone, elasticity: -1", "demand: 3 phone/yr",
            "demand: <expr> at <expr>, elasticity: <expr>, form: linear", "",
            "demand: 7M phone/yr at 150 USD/phone, elasticity: -2, vat: <share>, tax: <uncertain> USD/phone",
        ],
        "supply fields": [
            "volume: 8 phone/yr at 90 USD/phone, elasticity: 0.6", "volume: 4 phone/yr", "volme: 1 phone/yr",
            "volume: <expr> at <expr>, elasticity: <number>, form: linear", "volume: <series> phone/yr, levy: <share>",
            "volume: 9 phone/yr at 80 USD/phone, elasticity: 1, capacity: 6 phone/yr, yield: 90%",
        ],
        "route fields": [
            "cost: 5 USD/phone", "", "cost: <uncertain> USD/phone, loss: <share>, tariff: <share>",
            "cost: 3 USD/phone, capacity: 2 phone/yr, duty: 1 USD/phone, export_tax: 13%",
        ],
        "stock fields": [
            "inflow: 5 phone/yr, lifetime: weibull_life(shape: 2, scale: 3 yr)",
            "inflow: <expr>, lifetime: fixed_life(2 yr), initial: <expr>", "level: <series> phone, lifetime: normal_life(mean: 3 yr, sd: 1 yr)",
            "inflow: <series> phone/yr, outflow: <expr>", "inflow: <expr> aged <expr>",
        ],
    ]
}
