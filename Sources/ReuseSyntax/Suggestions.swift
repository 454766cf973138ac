/// The candidate that a misspelt name most likely means, or nil (Damerau-Levenshtein, at most a third of the letters wrong).
public func nearest(to name: String, among candidates: [String]) -> String? {
    let small = name.lowercased()
    if let same = candidates.filter({ $0 != name && $0.lowercased() == small }).min() { return same }
    let letters = Array(name.unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    // What begins with `_` is a library's own affair, unless somebody means it.
    for candidate in candidates where !candidate.hasPrefix("_") || name.hasPrefix("_") {
        let other = Array(candidate.unicodeScalars.prefix(64))
        let limit = max(1, max(letters.count, other.count) / 3)
        guard abs(letters.count - other.count) <= limit else { continue }
        let found = distance(letters, other, atMost: limit)
        guard found <= limit, found < max(letters.count, other.count) else { continue }
        if best.map({ found < $0.distance || (found == $0.distance && candidate < $0.name) }) ?? true {
            best = (candidate, found)
        }
    }
    return best?.name
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

private func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar], atMost limit: Int) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in 1...a.count {
        var current = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            let cost = a[i - 1] == b[j - 1] ? 0 : 1
            current[j] = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                current[j] = min(current[j], before[j - 2] + 1)
            }
        }
        before = previous
        previous = current
    }
    return previous[b.count]
}
