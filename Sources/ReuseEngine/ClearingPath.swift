import ReuseKernels

/// The last method, for what neither an interior point nor the continuation solves: joint products above all, where what a
/// market has over may fall with its own price and no method market by market need come to an end.
///
/// Unknown are the places of all activities on their graphs, and of all nodes on theirs (a price above nothing, or some
/// left over). In these no equation is steep, however much sizes differ; as functions of prices alone, quantities are so
/// steep that Newton's steps come to nothing, and that no digits are left. Corners are rounded by a width, and the
/// equations miss what they missed at the start in proportion to it: the start solves them at a width of one. From there
/// a path leads to a width of nothing. It is followed by its length, not by the width, so that it may turn back on the way
/// (Allgower and Georg, "Introduction to numerical continuation methods", 1990; Watson, "Globally convergent homotopy
/// methods", 1989: from almost any start it does not end).
final class ClearingPath: ClearingMethod {
    private let layout: ClearingLayout
    private let numbers: ClearingNumbers
    private let stop: ClearingStop
    private let memory = ClearingMemory()
    private let activities: ClearingActivities
    // Per node of the set.
    private let place: UnsafeMutablePointer<Double>
    private let price: UnsafeMutablePointer<Double>
    private let priceRise: UnsafeMutablePointer<Double>
    private let excess: UnsafeMutablePointer<Double>
    private let lastPrice: UnsafeMutablePointer<Double>
    /// 1 where nothing can be left over: before a quota, and where buyers take any amount for next to nothing.
    private let isTight: UnsafeMutablePointer<UInt8>
    /// The least that a balance is measured against, and what it is.
    private let least: UnsafeMutablePointer<Double>
    private let traffic: UnsafeMutablePointer<Double>
    // Per activity.
    private let lastQuantity: UnsafeMutablePointer<Double>
    /// What the activity's prices are measured against.
    private let money: UnsafeMutablePointer<Double>
    /// The row of an activity whose equation stays; -1 where its place follows from prices.
    private let row: UnsafeMutablePointer<Int>
    // Per node, then activity: what is missing, at the start, how that changes with the logarithm of the width, and steps.
    private let missing: UnsafeMutablePointer<Double>
    private let target: UnsafeMutablePointer<Double>
    private let rate: UnsafeMutablePointer<Double>
    private let tangent: UnsafeMutablePointer<Double>
    private let step: UnsafeMutablePointer<Double>
    private let saved: UnsafeMutablePointer<Double>
    private let side: UnsafeMutablePointer<Double>
    private let right: UnsafeMutablePointer<Double>
    private let rest: UnsafeMutablePointer<Double>
    private let pivots: UnsafeMutablePointer<Int>
    private var matrix: UnsafeMutablePointer<Double>
    /// The matrix before it was factored.
    private var original: UnsafeMutablePointer<Double>
    private var matrixSize = 0

    private var set = 0
    private var first = 0
    private var nodes = 0
    private var width = 1.0
    /// Which part of what was missing at the start may be missing.
    private var share = 1.0
    private var tangentWidth = 0.0
    private var widthStep = 0.0
    private var factors = 0
    /// A slight supply that rises with the price and a slight cost that rises with the quantity, from where both were
    /// last: among answers that are not determined they lead to one.
    private var leak = 0.0
    private var steepness = 0.0

    private static let mostFactors = 4_000
    /// Who comes here has turned back.
    private static let widest = 100.0
    /// How high prices are at the starts, in units of those of reference.
    private static let heights = [1.0, 0.2, 8]
    private static let last = 1e-9

    init(_ layout: ClearingLayout, _ numbers: ClearingNumbers, _ stop: ClearingStop) {
        (self.layout, self.numbers, self.stop) = (layout, numbers, stop)
        activities = ClearingActivities(layout, numbers)
        let (nodes, most) = (layout.nodeCount, ClearingActivities.most(layout))
        place = memory.reals(nodes)
        price = memory.reals(nodes)
        priceRise = memory.reals(nodes)
        excess = memory.reals(nodes)
        lastPrice = memory.reals(nodes)
        isTight = memory.bytes(nodes)
        least = memory.reals(nodes)
        traffic = memory.reals(nodes)
        lastQuantity = memory.reals(most)
        money = memory.reals(most)
        row = memory.indices(most)
        missing = memory.reals(nodes + most)
        target = memory.reals(nodes + most)
        rate = memory.reals(nodes + most)
        tangent = memory.reals(nodes + most)
        step = memory.reals(nodes + most)
        saved = memory.reals(nodes + most)
        side = memory.reals(nodes + most + 1)
        right = memory.reals(nodes + most + 1)
        rest = memory.reals(nodes + most + 1)
        pivots = memory.indices(nodes + most + 1)
        matrix = .allocate(capacity: 1)
        original = .allocate(capacity: 1)
    }

    deinit {
        matrix.deallocate()
        original.deallocate()
    }

    private var unknowns: Int { nodes + activities.count }

    // MARK: The way

    /// Goes the whole way for one set; `attempt` tries, at each place of it, whether the answer can be made exact from
    /// there, in the end as it is. False where it never could.
    func solve(_ set: Int, attempt: (_ isLast: Bool) -> Bool) -> Bool {
        activities.load(set)
        for height in Self.heights where !stop.isAsked {
            start(set, height)
            if follow(attempt) { return true }
        }
        return false
    }

    /// From the start to the end of a path; false where it leads elsewhere.
    private func follow(_ attempt: (_ isLast: Bool) -> Bool) -> Bool {
        for index in 0..<unknowns { tangent[index] = 0 }
        tangentWidth = -1
        var stride = 0.1
        var tried = 1e-3
        while !stop.isAsked, factors < Self.mostFactors, width < Self.widest {
            measureRates()
            guard factor(isTangent: true) else { return false }
            let length = stepLength()
            guard length > 0 else { return false }
            for index in 0..<unknowns { tangent[index] = step[index] / length }
            tangentWidth = widthStep / length
            guard advance(&stride) else { return false }
            if width < tried {
                tried = width * 0.1
                if attempt(false) { return true }
            }
            if width < Self.last { return finish(attempt) }
        }
        return false
    }

    private func start(_ set: Int, _ height: Double) {
        self.set = set
        first = layout.nodeStart[set]
        nodes = layout.nodeStart[set + 1] - first
        for index in 0..<nodes {
            let node = first + index
            (place[index], lastPrice[index], least[index]) = (0, 0, 1)
            let form = numbers.demandForm[node]
            let isTaken = form == ClearingNumbers.isoelastic && numbers.shift[node] <= 0
            isTight[index] = layout.isGate[node] == 1 || isTaken ? 1 : 0
            if form != ClearingNumbers.fixed {
                place[index] =
                    (numbers.reference[node] - numbers.shift[node]) / numbers.wedge[node] / numbers.priceScale[set]
            }
            place[index] = height * (place[index] > 0 ? place[index] : 1)
        }
        for activity in 0..<activities.count { lastQuantity[activity] = 0 }
        activities.start(place)
        (factors, width, share) = (0, 1, 0)
        setRegularity()
        _ = measure()
        for index in 0..<unknowns { target[index] = missing[index] }
        share = 1
    }

    private func setWidth(_ value: Double) {
        (width, share) = (value, value)
        setRegularity()
    }

    private func setRegularity() {
        leak = 1e-4 * max(width * width, 1e-9)
        steepness = leak
    }

    /// One stride along the tangent, and back to the path; shorter ones where that fails.
    private func advance(_ stride: inout Double) -> Bool {
        keep()
        let before = width
        while stride > 1e-7, !stop.isAsked {
            for index in 0..<nodes { place[index] = saved[index] + stride * tangent[index] }
            for activity in 0..<activities.count {
                activities.place[activity] = saved[nodes + activity] + stride * tangent[nodes + activity]
            }
            setWidth(before * reuse_exp(stride * tangentWidth))
            if let steps = correct(stride) {
                if steps <= 2 { stride = min(4, stride * 1.7) } else if steps >= 5 { stride *= 0.7 }
                return true
            }
            stride *= 0.4
        }
        return false
    }

    /// Newton's steps across the path; nil where they do not become shorter.
    private func correct(_ stride: Double) -> Int? {
        var last = Double.infinity
        for steps in 0..<8 {
            measureRates()
            if steps > 0, worst() <= max(1e-13, 1e-4 * min(1, width)) { return steps }
            guard steps < 7, factor(isTangent: false) else { return nil }
            let length = stepLength()
            guard length <= (steps == 0 ? max(stride, 1e-3) : 0.7 * last) else { return nil }
            last = length
            for index in 0..<nodes { place[index] += step[index] }
            for activity in 0..<activities.count { activities.place[activity] += step[nodes + activity] }
            setWidth(width * reuse_exp(widthStep))
        }
        return nil
    }

    /// At hardly any width, and without anything missing: the proximal point method, with ever less to hold it.
    private func finish(_ attempt: (_ isLast: Bool) -> Bool) -> Bool {
        (width, share, leak, steepness) = (1e-10, 0, 1e-13, 1e-14)
        var (lowest, highest, idle) = (Double.infinity, 0.0, 0)
        for round in 0..<80 where !stop.isAsked {
            for index in 0..<nodes {
                // What only passes goods through is measured against these.
                least[index] = numbers.leastSize(first + index) / numbers.size[first + index]
                lastPrice[index] = price[index]
            }
            for activity in 0..<activities.count { lastQuantity[activity] = activities.quantity[activity] }
            leak = max(leak * 0.1, 1e-62)
            settle()
            if round >= 2, attempt(true) { return true }
            // Some price may have to become very high first: it rises tenfold a round.
            let (held, price) = (held(), highestPrice())
            idle = held < 0.99 * lowest || price > 2 * highest ? 0 : idle + 1
            (lowest, highest) = (min(lowest, held), max(highest, price))
            if idle > 6 { return false }
        }
        return false
    }

    /// What is missing, or given by the leak, most, of what it is measured against.
    private func held() -> Double {
        var most = worst()
        for index in 0..<nodes {
            most = max(most, hold(index) * (price[index] - lastPrice[index]).magnitude / traffic[index])
        }
        return most
    }

    private func highestPrice() -> Double {
        var most = 0.0
        for index in 0..<nodes { most = max(most, price[index]) }
        return most
    }

    /// Newton's method as long as it lessens what is missing.
    private func settle() {
        var sum = measure()
        for _ in 0..<6 {
            guard worst() > 1e-14, sum.isFinite, !stop.isAsked, factor() else { return }
            keep()
            var length = 1.0
            var isLess = false
            while !isLess, length > 0.05 {
                move(length)
                let found = measure()
                isLess = found < (1 - 1e-3 * length) * sum
                if isLess { sum = found } else { length /= 2 }
            }
            if !isLess {
                move(0)
                _ = measure()
                return
            }
        }
    }

    private func keep() {
        for index in 0..<nodes { saved[index] = place[index] }
        for activity in 0..<activities.count { saved[nodes + activity] = activities.place[activity] }
    }

    private func move(_ length: Double) {
        for index in 0..<nodes { place[index] = saved[index] + length * step[index] }
        for activity in 0..<activities.count {
            activities.place[activity] = saved[nodes + activity] + length * step[nodes + activity]
        }
    }

    // MARK: Equations

    /// The leak of a node: what only passes goods through has no size to give to.
    private func hold(_ index: Int) -> Double { numbers.isPassage[first + index] == 1 ? 1e-9 * leak : leak }

    /// What all equations miss; the sum of its squares.
    private func measure() -> Double {
        activities.follow(rounding: width)
        for index in 0..<nodes {
            if isTight[index] == 1 {
                (price[index], priceRise[index], excess[index]) = (place[index], 1, 0)
            } else {
                let own = ClearingActivities.ramp(place[index], width)
                (price[index], priceRise[index]) = (own.value, own.rise)
                excess[index] = ClearingActivities.ramp(-place[index], width).value
            }
            let given = activities.given[index]
            missing[index] =
                given - excess[index] + hold(index) * (price[index] - lastPrice[index]) - share * target[index]
            traffic[index] = max(least[index], given.magnitude, excess[index])
        }
        var sum = 0.0
        for activity in 0..<activities.count {
            let quantity = activities.quantity[activity]
            var value = -activities.cost[activity]
            var most = max(1, value.magnitude, activities.price[activity].magnitude)
            for end in activities.endStart[activity]..<activities.endStart[activity + 1] {
                let index = activities.endNode[end]
                let worth = activities.worth[end] * price[index]
                let amount = activities.brought[end] * quantity
                value += worth
                most = max(most, worth.magnitude)
                missing[index] += amount
                traffic[index] = max(traffic[index], amount.magnitude)
            }
            money[activity] = most
            let own =
                activities.price[activity] + steepness * (quantity - lastQuantity[activity]) - value
                - share * target[nodes + activity]
            missing[nodes + activity] = own
            sum += own / most * (own / most)
        }
        for index in 0..<nodes { sum += missing[index] / traffic[index] * (missing[index] / traffic[index]) }
        return sum
    }

    /// What is missing most, of what it is measured against.
    private func worst() -> Double {
        var most = 0.0
        for index in 0..<nodes { most = max(most, missing[index].magnitude / traffic[index]) }
        for activity in 0..<activities.count {
            most = max(most, missing[nodes + activity].magnitude / money[activity])
        }
        return most
    }

    /// How what is missing changes with the logarithm of the width, and what is missing.
    private func measureRates() {
        let own = width
        let change = 1e-6
        setWidth(own * (1 + change))
        _ = measure()
        for index in 0..<unknowns { rate[index] = missing[index] }
        setWidth(own)
        _ = measure()
        for index in 0..<unknowns { rate[index] = (rate[index] - missing[index]) / change }
    }

    // MARK: Steps

    /// By its square, what a change of an unknown counts along the path.
    private func metric(_ index: Int) -> Double {
        let weight = 1 / max(1, (index < nodes ? place[index] : activities.place[index - nodes]).magnitude)
        return weight * weight / Double(unknowns)
    }

    private func stepLength() -> Double {
        var sum = widthStep * widthStep
        for index in 0..<unknowns { sum += metric(index) * step[index] * step[index] }
        return sum.squareRoot()
    }

    /// Sets `step` to Newton's step at this width; or, with `isTangent`, across the path, with a width of its own, or
    /// along it. False where the equations do not determine it.
    private func factor(isTangent: Bool? = nil) -> Bool {
        var size = nodes
        // Where a price hardly rises with the place the place is no function of prices.
        for activity in 0..<activities.count {
            let stays = activities.quantityRise[activity] > 0.9
            row[activity] = stays ? size : -1
            if stays { size += 1 }
        }
        let border = size
        if isTangent != nil { size += 1 }
        if size > matrixSize {
            matrix.deallocate()
            original.deallocate()
            (matrixSize, matrix) = (size, .allocate(capacity: size * size))
            original = .allocate(capacity: size * size)
        }
        for index in 0..<size * size { matrix[index] = 0 }
        let sign = isTangent == true ? 0.0 : 1
        for index in 0..<nodes {
            side[index] = -sign * missing[index]
            matrix[index * size + index] =
                (isTight[index] == 1 ? 0 : 1 - priceRise[index]) + hold(index) * priceRise[index]
            if isTangent == nil { continue }
            matrix[index * size + border] = rate[index]
            matrix[border * size + index] = tangent[index] * metric(index)
        }
        if let isTangent {
            matrix[border * size + border] = tangentWidth
            side[border] = isTangent ? 1 : 0
        }
        for activity in 0..<activities.count {
            enter(activity, sign, size, border: isTangent == nil ? nil : border)
        }
        factors += 1
        guard solve(size, isRefined: isTangent == nil) else { return false }
        widthStep = isTangent == nil ? 0 : side[border]
        return readStep(sign)
    }

    /// Enters an activity into the matrix: by its own row, or by what its place answers to prices.
    private func enter(_ activity: Int, _ sign: Double, _ size: Int, border: Int?) {
        let ends = activities.endStart[activity]..<activities.endStart[activity + 1]
        let (node, worth) = (activities.endNode, activities.worth)
        let rise = activities.quantityRise[activity]
        let own = activities.priceRise[activity] + steepness * rise
        let (lacks, rate) = (missing[nodes + activity], rate[nodes + activity])
        let along = border == nil ? 0 : tangent[nodes + activity] * metric(nodes + activity)
        if row[activity] >= 0 {
            let row = row[activity]
            side[row] = -sign * lacks
            matrix[row * size + row] = own
            for end in ends {
                matrix[row * size + node[end]] -= worth[end] * priceRise[node[end]]
                matrix[node[end] * size + row] += activities.brought[end] * rise
            }
            guard let border else { return }
            matrix[row * size + border] = rate
            matrix[border * size + row] = along
            return
        }
        for end in ends {
            let answer = activities.brought[end] * rise / own
            side[node[end]] += sign * answer * lacks
            for other in ends {
                matrix[node[end] * size + node[other]] += answer * worth[other] * priceRise[node[other]]
            }
            if let border { matrix[node[end] * size + border] -= answer * rate }
        }
        guard let border else { return }
        side[border] += sign * along / own * lacks
        for other in ends {
            matrix[border * size + node[other]] += along / own * worth[other] * priceRise[node[other]]
        }
        matrix[border * size + border] -= along / own * rate
    }

    /// Solves the equations; with their rest once more where a step may be far longer in one price than in all others.
    private func solve(_ size: Int, isRefined: Bool) -> Bool {
        if isRefined {
            for index in 0..<size * size { original[index] = matrix[index] }
            for index in 0..<size { right[index] = side[index] }
        }
        guard ClearingMatrix.factor(matrix, pivots, size) else { return false }
        ClearingMatrix.solve(matrix, pivots, size, side)
        for _ in 0..<(isRefined ? 2 : 0) {
            for index in 0..<size {
                var sum = right[index]
                for other in 0..<size { sum -= original[index * size + other] * side[other] }
                rest[index] = sum
            }
            ClearingMatrix.solve(matrix, pivots, size, rest)
            for index in 0..<size { side[index] += rest[index] }
        }
        return true
    }

    private func readStep(_ sign: Double) -> Bool {
        for index in 0..<nodes { step[index] = side[index] }
        for activity in 0..<activities.count {
            guard row[activity] < 0 else {
                step[nodes + activity] = side[row[activity]]
                continue
            }
            var value = -sign * missing[nodes + activity]
            if widthStep != 0 { value -= rate[nodes + activity] * widthStep }
            for end in activities.endStart[activity]..<activities.endStart[activity + 1] {
                let index = activities.endNode[end]
                value += activities.worth[end] * priceRise[index] * step[index]
            }
            step[nodes + activity] =
                value / (activities.priceRise[activity] + steepness * activities.quantityRise[activity])
        }
        for index in 0..<unknowns where !step[index].isFinite { return false }
        return widthStep.isFinite
    }

    // MARK: Reading

    /// Prices, flows and statuses in the units of the set.
    func read(
        price prices: UnsafeMutablePointer<Double>, isNothing: UnsafeMutablePointer<UInt8>,
        flow flows: UnsafeMutablePointer<Double>, status: UnsafeMutablePointer<UInt8>
    ) {
        for index in 0..<nodes {
            let node = first + index
            let isLeft = isTight[index] == 0 && price[index] < excess[index]
            isNothing[node] = isLeft ? 1 : 0
            prices[node] = isLeft ? 0 : price[index]
            if isTight[index] == 1, activities.demandOf[index] >= 0 {
                // Of a price of next to nothing, what is paid is known better.
                let paid = -activities.price[activities.demandOf[index]] * numbers.reference[node]
                prices[node] = (paid - numbers.shift[node]) / numbers.wedge[node] / numbers.priceScale[set]
            }
        }
        for arc in layout.arcStart[set]..<layout.arcStart[set + 1] {
            (flows[arc], status[arc]) = (0, ClearingBasis.Status.idle.rawValue)
        }
        for activity in 0..<activities.count where activities.kind(activity) == .route {
            let (own, limit) = (activities.place[activity], activities.limit[activity])
            let kind: ClearingBasis.Status = own <= 0 ? .idle : own >= limit ? .full : .basic
            let amount = kind == .full ? limit : kind == .basic ? activities.quantity[activity] : 0
            status[activities.origin[activity]] = kind.rawValue
            flows[activities.origin[activity]] = amount * activities.unit[activity]
        }
    }
}
