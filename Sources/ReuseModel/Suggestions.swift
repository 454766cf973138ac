/// The candidate that a misspelt name most likely means, or nil (Damerau-Levenshtein, at most a third of the letters wrong).
public func nearest(to name: String, among candidates: [String]) -> String? {
    let letters = Array(name.unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    for candidate in candidates {
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
