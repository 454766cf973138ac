/// The candidate that a misspelt name most likely means, or nil (Damerau-Levenshtein, at most a third of the letters wrong).
public func nearest(to name: String, among candidates: [String]) -> String? {
    var search = NearestName(to: name)
    for candidate in candidates { search.consider(candidate) }
    return search.found
}

/// What a function is called here that spreadsheets and statistics packages call otherwise.
public func nameElsewhere(_ name: String) -> String? {
    switch name.lowercased() {
    case "percentile", "percentile.inc", "qnorm": "write `quantile(x, 90%)`"
    case "average", "avg": "write `mean(x)`, or `mean(x over time)`"
    case "stdev", "stddev", "std": "write `sd(x)`"
    case "sumproduct": "write `sum(a * b)`"
    case "rnorm", "norminv", "norm": "write `normal(mean: 10, sd: 2)`"
    case "runif", "rand", "randbetween", "random": "write `uniform(0, 10)`, or a range: `1 to 10`"
    case "forecast", "lm", "linest", "trend", "predict": "write `projection sales { data: ..., method: linear() }`"
    case "goalseek", "goal_seek", "uniroot": "write `solve needed: price in 50 USD..200 USD so that revenue >= 500 USD`"
    case "vlookup", "xlookup", "lookup":
        "a table is taken in with `data`, and read by its index: `figures.sold[Europe]`"
    case "np", "pd", "numpy": "functions stand by themselves: `mean([1, 2, 3])`, `exp(x)`"
    case "cumsum": "write `cumulative(x)`"
    case "lag", "shift": "write `previous(x, else: 0)`"
    default: nil
    }
}

/// The same for names that mean a function only where they are called.
public func functionElsewhere(_ name: String) -> String? {
    switch name.lowercased() {
    case "len", "nrow", "count": "write `length(list)`"
    case "p", "prob", "pr": "write `probability(x > 6)`"
    case "n": "write `normal(mean: 10, sd: 2)`"
    case "between", "unif": "write `5 to 7`, or `uniform(5, 7)`"
    case "if", "ifelse", "iif": "write `if a then b else c`"
    case "c", "list", "array": "a list is written `[1, 2, 3]`"
    case "ln": "write `log(x)`"
    case "pow", "power": "write `x ^ 2`"
    case "var", "variance": "write `sd(x) ^ 2`"
    case "iferror": "write `if b == 0 then 0 else a / b`"
    case "mod": "the remainder is `a - b * floor(a / b)`"
    case "today", "date", "year": "the current step is `now`, and its year `now.year`"
    default: nil
    }
}

/// NearestName looks through names for the one that is meant by a misspelt one. There may be a hundred thousand of them: what cannot
/// be near is told from its length and its letters.
private struct NearestName {
    /// So many letters of a name are compared.
    private static let compared = 64

    private let name: String
    private let small: String
    private let letters: [Unicode.Scalar]
    private let present: UInt64
    /// The name in other case, the first of them in alphabetical order; it goes before all others.
    private var same: String?
    private var best: (name: String, distance: Int)?
    private var other: [Unicode.Scalar] = []
    /// Three rows of the table of distances between beginnings of both names.
    private var rows: (twoBefore: [Int], before: [Int], current: [Int])

    var found: String? { same ?? best?.name }

    init(to name: String) {
        self.name = name
        small = name.lowercased()
        letters = Array(name.unicodeScalars.prefix(Self.compared))
        present = Self.present(in: letters)
        let row = [Int](repeating: 0, count: Self.compared + 1)
        rows = (row, row, row)
    }

    mutating func consider(_ candidate: String) {
        other.removeAll(keepingCapacity: true)
        for letter in candidate.unicodeScalars.prefix(Self.compared) { other.append(letter) }
        if mayBeSame, candidate != name, candidate.lowercased() == small {
            same = same.map { min($0, candidate) } ?? candidate
        }
        // What begins with `_` is a library's own affair, unless somebody means it.
        if same != nil || candidate.hasPrefix("_") && !name.hasPrefix("_") { return }
        let longest = max(letters.count, other.count)
        let limit = min(max(1, longest / 3), best?.distance ?? .max)
        // Each change takes away one letter at most, and brings one.
        let shown = Self.present(in: other)
        let fewest = max((present & ~shown).nonzeroBitCount, (shown & ~present).nonzeroBitCount)
        guard abs(letters.count - other.count) <= limit, fewest <= limit else { return }
        let distance = distance(atMost: limit)
        guard distance <= limit, distance < longest else { return }
        if best.map({ distance < $0.distance || candidate < $0.name }) ?? true { best = (candidate, distance) }
    }

    /// Whether the candidate could be the name in other case: not where letters of ASCII alone differ otherwise.
    private var mayBeSame: Bool {
        for (letter, own) in zip(other, letters) {
            if !letter.isASCII || !own.isASCII { return true }
            if letter != own, letter.value | 0x20 != own.value | 0x20 { return false }
        }
        return true
    }

    /// A set of letters; several may share a bit.
    private static func present(in letters: [Unicode.Scalar]) -> UInt64 {
        letters.reduce(0) { $0 | 1 << UInt64($1.value & 63) }
    }

    /// How many letters are to be changed, left out, put in or swapped with the next; more than the limit where it is.
    private mutating func distance(atMost limit: Int) -> Int {
        if letters.isEmpty || other.isEmpty { return max(letters.count, other.count) }
        for j in 0...other.count { rows.before[j] = j }
        for i in 1...letters.count {
            rows.current[0] = i
            var least = i
            for j in 1...other.count {
                let cost = letters[i - 1] == other[j - 1] ? 0 : 1
                var value = min(rows.before[j] + 1, rows.current[j - 1] + 1, rows.before[j - 1] + cost)
                if i > 1, j > 1, letters[i - 1] == other[j - 2], letters[i - 2] == other[j - 1] {
                    value = min(value, rows.twoBefore[j - 2] + 1)
                }
                rows.current[j] = value
                least = min(least, value)
            }
            // A swap reaches over one row, and costs one.
            if least > limit + 1 { return least }
            rows = (rows.before, rows.current, rows.twoBefore)
        }
        return rows.before[other.count]
    }
}
