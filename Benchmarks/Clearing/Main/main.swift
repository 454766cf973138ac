import Foundation
import IpoptTwin

/// How fast markets clear, beside Ipopt on the same models without tariffs, which alone are optimisation problems. Nothing
/// is asserted but that both find the same prices.
struct Instance {
    var network = ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: [])
    var point = ClearingPoint()
    private var state: UInt64

    /// Markets with a route from each to each, of which a third have a capacity.
    init(seed: UInt64, markets: Int, hasTariffs: Bool) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
        for node in 0..<markets {
            network.demandForms.append(.isoelastic)
            network.supplyForms.append(.isoelastic)
            network.outputs.append([(node: node, yield: node)])
            point[.demand].append(between(10, 50))
            point[.demandPrice].append(between(100, 250))
            point[.demandElasticity].append(between(-2, -0.3))
            point[.volume].append(between(15, 70))
            point[.volumePrice].append(between(60, 140))
            point[.supplyElasticity].append(between(0.2, 1.5))
        }
        let zeros = [Double](repeating: 0, count: markets)
        let none = [Double](repeating: .infinity, count: markets)
        (point[.vat], point[.tax], point[.demandSubsidy], point[.importQuota]) = (zeros, zeros, zeros, none)
        (point[.supplyCost], point[.levy], point[.supplySubsidy], point[.supplyCapacity]) = (zeros, zeros, zeros, none)
        point[.disposalCost] = zeros
        point[.yield] = [Double](repeating: 1, count: markets)
        for from in 0..<markets {
            for to in 0..<markets where from != to {
                network.routes.append((from: from, to: to))
                point[.routeCost].append(between(2, 60))
                let tariff = [0, 0.05, 0.1, 0.25][Int(uniform() * 4)]
                point[.tariff].append(hasTariffs ? tariff : 0)
                point[.routeCapacity].append(uniform() < 0.3 ? between(1, 15) : .infinity)
            }
        }
        let routes = [Double](repeating: 0, count: network.routes.count)
        (point[.exportTax], point[.duty], point[.loss]) = (routes, routes, routes)
    }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(1 << 53)
    }

    private mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

    func ipopt() -> [Double]? {
        var price = [Double](repeating: 0, count: point[.demand].count)
        let status = ipopt_twin(
            Int32(point[.demand].count), point[.demand], point[.demandPrice], point[.demandElasticity], point[.volume],
            point[.volumePrice], point[.supplyElasticity], point[.routeCost], point[.routeCapacity], &price)
        return status == 0 ? price : nil
    }
}

func seconds(_ body: () -> Void) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

var solution = ClearingSolution()
let pairs = 9

// Both find the same.
var worst = 0.0
for seed in UInt64(1)...20 {
    let twin = Instance(seed: seed, markets: 8, hasTariffs: false)
    guard case .solved = ClearingSolver(network: twin.network).solve(twin.point, into: &solution),
        let prices = twin.ipopt()
    else { continue }
    for (a, b) in zip(solution.price, prices) { worst = max(worst, (a / b - 1).magnitude) }
}
print("prices of 20 models without tariffs: at most \(worst) apart")

// Cold, 8 markets, in turns.
let models = (UInt64(1)...50).map { Instance(seed: $0, markets: 8, hasTariffs: true) }
let twins = (UInt64(1)...10).map { Instance(seed: $0, markets: 8, hasTariffs: false) }
let solvers = models.map { ClearingSolver(network: $0.network) }
var (ours, theirs, ratios): ([Double], [Double], [Double]) = ([], [], [])
for _ in 0..<pairs {
    let own =
        seconds {
            for _ in 0..<10 {
                for (model, solver) in zip(models, solvers) { _ = solver.solve(model.point, into: &solution) }
            }
        } / 500
    let other = seconds { for twin in twins { _ = twin.ipopt() } } / 10
    ours.append(own)
    theirs.append(other)
    ratios.append(other / own)
}
print(
    String(
        format: "cold, 8 markets: %.1f us, Ipopt %.1f us: %.0f times (%.0f to %.0f)", median(ours) * 1e6,
        median(theirs) * 1e6, median(ratios), ratios.min() ?? 0, ratios.max() ?? 0))

// Warm, after a change of 0.1%.
var warm: [Double] = []
let hints = zip(models, solvers).map { model, solver -> ClearingHint? in
    _ = solver.solve(model.point, into: &solution)
    return solver.hint()
}
let moved = models.map { model -> ClearingPoint in
    var point = model.point
    for index in point[.demand].indices {
        point[.demand, index] *= index % 2 == 0 ? 1.001 : 0.999
        point[.volume, index] *= index % 2 == 0 ? 0.999 : 1.001
    }
    return point
}
func solveWarm(_ solver: ClearingSolver, _ point: ClearingPoint, _ hint: ClearingHint?, _ times: Int) {
    var solution = ClearingSolution()
    for _ in 0..<times { _ = solver.solve(point, hint: hint, into: &solution) }
}
for _ in 0..<pairs {
    warm.append(
        seconds {
            for index in models.indices { solveWarm(solvers[index], moved[index], hints[index], 40) }
        } / Double(40 * models.count))
}
print(String(format: "warm, 8 markets, after 0.1%%: %.2f us", median(warm) * 1e6))

// Growth.
var last: (markets: Int, time: Double)?
var first: (markets: Int, time: Double)?
for markets in [4, 8, 16, 32, 64] {
    let several = (UInt64(1)...8).map { Instance(seed: $0, markets: markets, hasTariffs: true) }
    let solvers = several.map { ClearingSolver(network: $0.network) }
    for (model, solver) in zip(several, solvers) { _ = solver.solve(model.point, into: &solution) }
    let turns = max(1, 2_000 / (markets * markets))
    let time = median(
        (0..<5).map { _ in
            seconds {
                for _ in 0..<turns {
                    for (model, solver) in zip(several, solvers) { _ = solver.solve(model.point, into: &solution) }
                }
            } / Double(turns * several.count)
        })
    var line = String(format: "cold, %d markets: %.1f us", markets, time * 1e6)
    if let last { line += String(format: ", n^%.2f", log2(time / last.time)) }
    print(line)
    last = (markets, time)
    if first == nil { first = last }
}
if let first, let last {
    let power = log(last.time / first.time) / log(Double(last.markets) / Double(first.markets))
    print(String(format: "from %d to %d markets: n^%.2f", first.markets, last.markets, power))
}
