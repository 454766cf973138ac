import ReuseCore
import ReuseKernels

/// Definitions that are no code: series, growth, and what accumulates or reduces over time.
extension Worker {
    /// Outside its window a policy changes not one bit, and fully inside it the patched value stands to the bit.
    func phased(_ before: Double, _ weight: Double, _ after: () -> Double) -> Double {
        if weight == 0 { return before }
        let value = after()
        if weight == 1 || value.isNaN { return value }
        if before.isNaN { return before }
        return before + weight * (value - before)
    }

    func checked(_ value: Double, _ operand: Double, _ number: Int) -> Double {
        if value.isFinite { return value }
        if operand.isNaN, Box.fault(in: operand) != nil { return operand }
        return machine.poison(.notFinite, origin: program.definitions[number].origin)
    }

    func accumulate(_ before: Double, _ value: Double, _ number: Int) -> Double {
        if before.isNaN { return before }
        return checked(before + value * program.calendar.stepYears, value, number)
    }

    func reduce(_ kind: TimeReduction, _ range: ClosedRange<Int>, _ number: Int, _ value: (Int) -> Double)
        -> Double
    {
        var result = 0.0
        for step in range {
            let own = value(step)
            if own.isNaN, Box.fault(in: own) != nil { return own }
            switch kind {
            case .total: result += own * program.calendar.stepYears
            case .mean: result += own
            case .minimum: result = step == range.lowerBound || own < result ? own : result
            case .maximum: result = step == range.lowerBound || own > result ? own : result
            case .last: result = own
            case .firstTime: if own != 0 { return program.calendar.steps[step].bits }
            }
        }
        if kind == .firstTime { return Box.none }
        if kind == .mean { result /= Double(range.count) }
        return checked(result, 0, number)
    }

    // MARK: Growth

    /// `x growing r from t`, for all steps, where it is the same for all samples.
    func grow(_ number: Int) {
        let definition = program.definitions[number]
        guard case .growing(let base, let rate, let from, let every) = definition.kind else { return }
        let steps = program.calendar.count
        for combination in 0..<definition.combinations {
            let atBase = point(combination, of: number, in: base)
            let atRate = point(combination, of: number, in: rate)
            let path = growthPath(
                number, base: { self.uniformValue(base, atBase, $0) }, rate: { self.uniformValue(rate, atRate, $0) },
                from: uniformValue(from, point(combination, of: number, in: from), 0),
                every: every, baseVaries: program.definitions[base].varies)
            for step in 0..<steps { machine.uniform[definition.address + combination * steps + step] = path[step] }
        }
    }

    /// The same for a block of samples.
    func growLanes(_ number: Int) {
        let definition = program.definitions[number]
        guard case .growing(let base, let rate, let from, let every) = definition.kind else { return }
        let steps = program.calendar.count
        for combination in 0..<definition.combinations where !machine.stops() {
            let atBase = point(combination, of: number, in: base)
            let atRate = point(combination, of: number, in: rate)
            let atFrom = point(combination, of: number, in: from)
            let first = definition.address + combination * steps
            let start = lanes(from, atFrom, 0)
            if start.start == nil, growTogether(first, base, atBase, rate, atRate, from: start.value, every) {
                continue
            }
            let baseVaries = program.definitions[base].varies
            for lane in 0..<machine.width {
                let path = growthPath(
                    number, base: { self.laneValue(base, atBase, $0, lane) },
                    rate: { self.laneValue(rate, atRate, $0, lane) }, from: start[lane], every: every,
                    baseVaries: baseVaries)
                for step in 0..<steps { machine.laneFile[(first + step) * machine.width + lane] = path[step] }
            }
        }
    }

    /// All lanes at once, in the common case: growth from one step of the horizon, with nothing that failed and no rate of
    /// -100% or less. False where that is not so, and nothing is to be relied on.
    private func growTogether(
        _ place: Int, _ base: Int, _ atBase: Int, _ rate: Int, _ atRate: Int, from: Double, _ every: Double
    ) -> Bool {
        let calendar = program.calendar
        let n = machine.width
        guard !from.isNaN, let range = calendar.range(of: TimePoint(bits: from)), range.count == 1 else { return false }
        let anchor = range.lowerBound
        let exponent = calendar.stepYears / every
        let path = machine.laneFile + place * n
        // Each step's factor stands where its value will be.
        for step in 0..<calendar.count where step != anchor {
            let own = path + step * n
            let rates = lanes(rate, atRate, step)
            var flags: Int32
            if let start = rates.start {
                flags = reuse_lanes_add_sv(own, 1, start, n)
                if exponent != 1 { flags |= reuse_lanes_power_vs(own, own, exponent, n) }
            } else {
                let factor = reuse_pow(1 + rates.value, exponent)
                flags = factor.isFinite ? 0 : 1
                reuse_lanes_fill(own, factor, n)
            }
            guard flags == 0, (0..<n).allSatisfy({ own[$0] > 0 }) else { return false }
        }
        // The rate at the anchor has no part in the path, but must be a rate.
        let rates = lanes(rate, atRate, anchor)
        for lane in 0..<(rates.start == nil ? 1 : n) {
            let factor = 1 + rates[lane]
            guard factor > 0, factor < .infinity else { return false }
        }
        lanes(base, atBase, anchor).copy(to: path + anchor * n, n)
        guard reuse_lanes_any_nan(path + anchor * n, n) == 0 else { return false }
        for step in stride(from: anchor + 1, to: calendar.count, by: 1) {
            let own = path + step * n
            guard reuse_lanes_multiply(own, own - n, own, n) == 0 else { return false }
        }
        for step in stride(from: anchor - 1, through: 0, by: -1) {
            // Divided by the factor of the later step, which that step's value has overwritten: taken anew.
            let own = path + step * n
            let rates = lanes(rate, atRate, step + 1)
            for lane in 0..<n { own[lane] = (own + n)[lane] / reuse_pow(1 + rates[lane], exponent) }
            guard reuse_lanes_any_nan(own, n) == 0, (0..<n).allSatisfy({ own[$0].magnitude < .infinity }) else {
                return false
            }
        }
        return true
    }

    private func growthPath(
        _ number: Int, base: (Int) -> Double, rate: (Int) -> Double, from: Double, every: Double,
        baseVaries: Bool
    ) -> [Double] {
        let calendar = program.calendar
        let origin = program.definitions[number].origin
        let count = calendar.count
        func all(_ value: Double) -> [Double] { Array(repeating: value, count: count) }
        if from.isNaN { return all(from) }
        let time = TimePoint(bits: from)
        guard let first = calendar.steps.first, let last = calendar.steps.last else { return all(0) }
        // Growth from one step to the next, with the later step's rate.
        var factors = [Double](repeating: 1, count: count)
        for step in 0..<count {
            let own = rate(step)
            if own.isNaN { return all(own) }
            machine.step = step
            let factor = reuse_pow(1 + own, calendar.stepYears / every)
            guard factor.isFinite, factor > 0 else { return all(machine.poison(.invalidPower, origin: origin)) }
            factors[step] = factor
        }
        var path = [Double](repeating: 0, count: count)
        var anchor = 0
        var value: Double
        var reference = 1.0
        if let range = calendar.range(of: time) {
            var relative = 1.0
            var sum = 1.0
            var inputs = base(range.lowerBound)
            for step in range.dropFirst() {
                relative *= factors[step]
                sum += relative
                if baseVaries { inputs += base(step) }
            }
            reference = sum / Double(range.count)
            value = baseVaries ? inputs / Double(range.count) : base(range.lowerBound)
            anchor = range.lowerBound
        } else if time.end <= first.start || time.start >= last.end, !baseVaries {
            // Outside the horizon the nearest step's rate holds.
            let isBefore = time.end <= first.start
            anchor = isBefore ? 0 : count - 1
            let years = isBefore ? first.years(since: time) : time.years(since: last)
            value = base(0)
            let factor = reuse_pow(1 + rate(anchor), years / every)
            guard factor.isFinite, factor > 0 else { return all(machine.poison(.invalidPower, origin: origin)) }
            reference = isBefore ? 1 / factor : factor
        } else {
            return all(machine.poison(.outsideHorizon, origin: origin))
        }
        if value.isNaN { return all(value) }
        value /= reference
        path[anchor] = value
        for step in stride(from: anchor + 1, to: count, by: 1) { path[step] = path[step - 1] * factors[step] }
        for step in stride(from: anchor - 1, through: 0, by: -1) { path[step] = path[step + 1] / factors[step + 1] }
        return path.map { checked($0, 0, number) }
    }
}
