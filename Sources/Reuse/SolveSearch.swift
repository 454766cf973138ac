/// Looks for the value nearest a present one at which a condition holds, by what the condition is at values that are tried.
///
/// It looks at 64 values of the range and the present one, at dips and humps between them, and closes in on each change that
/// may be the nearest. What changes more often between two of these values is not seen.
struct SolveSearch {
    static let points = 64

    /// What a condition is at one value of the input.
    struct Trial {
        var value: Double
        /// At every step and for every member.
        var holds = false
        /// By how much, at the worst of them; below 0 where it fails there.
        var margin = -Double.infinity
        /// For an equation the differences of its sides, one for each step and member, and what they are measured against.
        var differences: [Double] = []
        var sizes: [Double] = []
        /// Nothing failed.
        var isDefined = true

        /// Above 0 just where the condition holds.
        fileprivate var signed: Double {
            guard isDefined else { return -1 }
            if holds { return margin > 0 ? margin : .leastNormalMagnitude }
            return margin < 0 ? max(margin, -Double.greatestFiniteMagnitude) : -.leastNormalMagnitude
        }
    }

    struct Found {
        /// Nil where there is none.
        var value: Double?
        /// Where the condition comes to hold or to fail, nearest the present value.
        var breakEven: Double?
        var holdsAlready = false
        /// How often it changes along the values that were looked at.
        var changes = 0
        /// Values that were looked at, and those at which something fails.
        var looked = 0
        var failed = 0
        /// Nothing that is compared changes with the input.
        var isIndependent = false
        /// Where no one value meets an equation everywhere: places of two of its differences, and what each takes.
        var conflict: [(place: Int, value: Double?)] = []
    }

    let low: Double
    let high: Double
    let present: Double
    let isEquation: Bool
    /// The condition compares numbers, so its margins tell how it changes.
    let isNumeric: Bool
    /// What sides of an equation may differ by at a solution, beside a billionth of their size.
    let slack: Double
    /// Size of the unit in which the input is shown: values end at its digits.
    let scale: Double
    /// Nil where the run ends.
    let look: ([Double]) -> [Trial]?

    // MARK: The whole

    /// Nil where the run ends.
    func search() -> Found? {
        var values = (0..<Self.points).map { low + (high - low) * Double($0) / Double(Self.points - 1) }
        values[values.count - 1] = high
        let isInside = present >= low && present <= high
        if isInside, !values.contains(present) { values.append(present) }
        values.sort()
        guard let trials = look(values) else { return nil }
        var found = Found()
        found.looked = trials.count
        found.failed = trials.count { !$0.isDefined }
        let own = isInside ? trials.first { $0.value == present } : nil
        return isEquation ? solveEquation(trials, own, found) : solveCondition(trials, own, found)
    }

    // MARK: Conditions

    private func solveCondition(_ seen: [Trial], _ own: Trial?, _ start: Found) -> Found? {
        var found = start
        found.holdsAlready = own?.holds ?? false
        guard var trials = withHumps(seen) else { return nil }
        trials.sort { $0.value < $1.value }
        let pairs = zip(trials, trials.dropFirst()).filter { $0.holds != $1.holds }
        found.changes = pairs.count
        let defined = trials.filter(\.isDefined)
        found.isIndependent =
            isNumeric && pairs.isEmpty && defined.count > 1
            && defined.allSatisfy { $0.margin == defined.first?.margin }
        // The nearest change on either side of the present value; one of them is the nearest of all.
        let below = pairs.last { $0.0.value < present }
        let above = pairs.first { $0.1.value > present }
        for pair in [below, above].compactMap({ $0 }) {
            guard let edge = edge(pair.0, pair.1) else { return nil }
            if isNearer(edge, than: found.breakEven) { found.breakEven = edge }
        }
        if found.holdsAlready {
            found.value = present
        } else {
            found.value = found.breakEven
            // A range that begins or ends where it holds already.
            for trial in trials where trial.holds && isNearer(trial.value, than: found.value) {
                found.value = trial.value
            }
        }
        return found
    }

    private func isNearer(_ value: Double, than other: Double?) -> Bool {
        guard let other else { return true }
        return (value - present).magnitude < (other - present).magnitude
    }

    /// The values that were looked at, with those between three of them, the middle one of which is nearest to holding.
    private func withHumps(_ seen: [Trial]) -> [Trial]? {
        var result = seen
        guard seen.count > 2 else { return result }
        var humps: [Int] = []
        for place in 1..<(seen.count - 1) {
            let three = seen[place - 1...place + 1]
            guard three.allSatisfy({ $0.isDefined && !$0.holds && $0.margin.isFinite }) else { continue }
            let (a, b, c) = (seen[place - 1].margin, seen[place].margin, seen[place + 1].margin)
            if b >= a, b >= c, b > a || b > c { humps.append(place) }
        }
        humps.sort { (seen[$0].value - present).magnitude < (seen[$1].value - present).magnitude }
        for place in humps.prefix(4) {
            guard let more = climb(seen[place - 1], seen[place], seen[place + 1]) else { return nil }
            result += more
        }
        return result
    }

    /// Golden sections toward the greatest margin between three values, until it holds somewhere.
    private func climb(_ left: Trial, _ middle: Trial, _ right: Trial) -> [Trial]? {
        let golden = 0.381_966_011_250_105_1
        var (left, middle, right) = (left, middle, right)
        for _ in 0..<60 {
            let isRight = right.value - middle.value > middle.value - left.value
            let next = middle.value + golden * ((isRight ? right.value : left.value) - middle.value)
            guard next != middle.value, next > left.value, next < right.value else { return [] }
            guard let trial = look([next])?.first else { return nil }
            if trial.holds { return [trial] }
            guard trial.isDefined else { return [] }
            if trial.margin > middle.margin {
                if isRight { left = middle } else { right = middle }
                middle = trial
            } else if isRight {
                right = trial
            } else {
                left = trial
            }
        }
        return []
    }

    /// The last value on the side where it holds, between one that holds and one that does not.
    private func edge(_ first: Trial, _ second: Trial) -> Double? {
        guard let (left, right) = narrow(first, second, \.signed) else { return nil }
        let (inside, outside) = left.holds ? (left.value, right.value) : (right.value, left.value)
        return tidied(inside, not: outside) { $0.holds }
    }

    // MARK: Equations

    private func solveEquation(_ trials: [Trial], _ own: Trial?, _ start: Found) -> Found? {
        var found = start
        let defined = trials.filter(\.isDefined)
        guard let first = defined.first else { return found }
        // What a difference is like along the range tells what is small.
        let spans = first.differences.indices.map { place in
            defined.map { $0.differences[place].magnitude }.max() ?? 0
        }
        func meets(_ trial: Trial, _ place: Int) -> Bool {
            guard trial.isDefined else { return false }
            let allowed = max(1e-9 * max(trial.sizes[place], spans[place]), slack)
            return trial.differences[place].magnitude <= allowed
        }
        func meetsAll(_ trial: Trial) -> Bool {
            trial.isDefined && trial.differences.indices.allSatisfy { meets(trial, $0) }
        }
        func changes(_ place: Int) -> Bool {
            defined.contains { $0.differences[place] != first.differences[place] }
        }
        found.isIndependent = defined.count > 1 && !first.differences.indices.contains(where: changes)
        if let own, meetsAll(own) {
            found.value = present
            found.holdsAlready = true
        }
        // Every solution is one of any difference that changes.
        guard let leading = first.differences.indices.first(where: changes) else {
            if let nearest = defined.filter(meetsAll).min(by: { isNearer($0.value, than: $1.value) }) {
                found.value = found.value ?? nearest.value
            }
            return found
        }
        guard let roots = roots(of: leading, trials, meets) else { return nil }
        found.changes = roots.count
        for root in roots where meetsAll(root) && !found.holdsAlready && isNearer(root.value, than: found.value) {
            found.value = root.value
        }
        if found.value == nil, let root = roots.first,
            let other = root.differences.indices.first(where: { !meets(root, $0) })
        {
            guard let others = self.roots(of: other, trials, meets) else { return nil }
            found.conflict = [(leading, root.value), (other, others.first?.value)]
        }
        return found
    }

    /// Where a difference is 0, the nearest first; a jump across 0 is no root.
    private func roots(of place: Int, _ trials: [Trial], _ meets: (Trial, Int) -> Bool) -> [Trial]? {
        func difference(_ trial: Trial) -> Double { trial.isDefined ? trial.differences[place] : .nan }
        var result = trials.filter { difference($0) == 0 }
        for (left, right) in zip(trials, trials.dropFirst()) {
            let (a, b) = (difference(left), difference(right))
            guard a != 0, b != 0, !a.isNaN, !b.isNaN, (a > 0) != (b > 0) else { continue }
            guard let ends = narrow(left, right, difference) else { return nil }
            var root = difference(ends.0).magnitude <= difference(ends.1).magnitude ? ends.0 : ends.1
            guard meets(root, place) else { continue }
            let tidy = rounded(root.value)
            if tidy != root.value, tidy >= ends.0.value.nextDown, tidy <= ends.1.value.nextUp {
                guard let trial = look([tidy])?.first else { return nil }
                if difference(trial).magnitude <= difference(root).magnitude { root = trial }
            }
            result.append(root)
        }
        return result.sorted { isNearer($0.value, than: $1.value) }
    }

    // MARK: Closing in

    /// Two values next to each other between which something changes its sign: Chandrupatla's method, which halves where
    /// the inverse quadratic is not to be trusted ("A new hybrid quadratic/bisection algorithm", 1997).
    private func narrow(
        _ first: Trial, _ second: Trial, _ function: (Trial) -> Double
    ) -> (Trial, Trial)? {
        func of(_ trial: Trial) -> Double {
            let value = function(trial)
            return value.isNaN ? -.leastNormalMagnitude : value
        }
        var (a, b) = (second, first)
        var c = first
        var step = 0.5
        for _ in 0..<200 {
            let next = a.value + step * (b.value - a.value)
            guard next != a.value, next != b.value else { break }
            guard let trial = look([next])?.first else { return nil }
            if (of(trial) > 0) == (of(a) > 0) {
                c = a
            } else {
                c = b
                b = a
            }
            a = trial
            if of(a) == 0 { break }
            let width = (b.value - a.value).magnitude
            let resolution = max(max(a.value.magnitude, b.value.magnitude).ulp, 1e-20 * (high - low))
            if width <= 2 * resolution { break }
            let (fa, fb, fc) = (of(a), of(b), of(c))
            let xi = (a.value - b.value) / (c.value - b.value)
            let phi = (fa - fb) / (fc - fb)
            step = 0.5
            if phi * phi < xi, (1 - phi) * (1 - phi) < 1 - xi {
                step =
                    fa / (fb - fa) * fc / (fb - fc)
                    + (c.value - a.value) / (b.value - a.value) * fa / (fc - fa) * fb / (fc - fb)
            }
            let least = min(resolution / width, 0.5)
            step = step.isNaN ? 0.5 : min(max(step, least), 1 - least)
        }
        return a.value < b.value ? (a, b) : (b, a)
    }

    /// A value as few digits say it, where that lies beside it and does as well.
    private func tidied(_ value: Double, not outside: Double, _ holds: (Trial) -> Bool) -> Double? {
        let tidy = value.magnitude < 1e-15 * (high - low) ? 0 : rounded(value)
        guard tidy != value, tidy != outside, tidy >= low, tidy <= high,
            (tidy - value).magnitude <= max(8 * value.ulp, 1e-15 * (high - low))
        else { return value }
        guard let trial = look([tidy])?.first else { return nil }
        return holds(trial) ? tidy : value
    }

    /// To 15 digits in the unit that is shown.
    private func rounded(_ value: Double) -> Double {
        let shown = value / scale
        guard shown != 0, shown.isFinite, shown.magnitude > 1e-200, shown.magnitude < 1e200 else { return value }
        var up = 1.0
        var down = 1.0
        while shown.magnitude * up < 1e14 { up *= 10 }
        while shown.magnitude / down >= 1e15 { down *= 10 }
        return (shown * up / down).rounded() * down / up * scale
    }
}
