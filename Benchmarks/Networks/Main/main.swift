import Foundation

// NetworksBenchmark [FIRST] [COUNT] [FILE]: solves random networks, checks every answer by equations written anew, counts,
// and writes each refused network to a file, for `refusals.py` to ask another solver whether it can be served.
let arguments = CommandLine.arguments
let first = arguments.count > 1 ? UInt64(arguments[1]) ?? 1 : 1
let count = arguments.count > 2 ? UInt64(arguments[2]) ?? 1_000 : 1_000
let path = arguments.count > 3 ? arguments[3] : "refusals.jsonl"

var (solved, open, wrong) = (0, 0, 0)
var worst = (value: 0.0, seed: UInt64(0))
var refusals: [String: Int] = [:]
var lines: [String] = []
var slowest = (value: 0.0, seed: UInt64(0))
let begin = DispatchTime.now().uptimeNanoseconds
for seed in first..<first + count {
    let example = RandomNetwork(seed: seed)
    var solution = ClearingSolution()
    let solver = ClearingSolver(network: example.network)
    let start = DispatchTime.now().uptimeNanoseconds
    let outcome = solver.solve(example.point, into: &solution)
    let time = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    if time > slowest.value { slowest = (time, seed) }
    switch outcome {
    case .solved:
        solved += 1
        if !solution.isUnique { open += 1 }
        let found = example.worstResidual(solution)
        if found.value > worst.value { worst = (found.value, seed) }
        if !(found.value <= 2e-9) {
            wrong += 1
            if wrong <= 20 { print("seed \(seed): \(found.what) is missed by \(found.value)") }
        }
    case .failed(let failure):
        let kind =
            switch failure.kind {
            case .demandAboveCapacity: "demandAboveCapacity"
            case .notConverged: "notConverged"
            default: "\(failure.kind)"
            }
        if kind == "notConverged" { print("seed \(seed): given up") }
        refusals[kind, default: 0] += 1
        lines.append(example.json(seed: seed, refusal: kind, missing: failure.value))
    }
}
let time = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: false, encoding: .utf8)
print("\(count) networks from seed \(first): \(solved) solved, of which \(open) with open prices or flows; \(wrong) wrong")
print("worst residual \(worst.value) (seed \(worst.seed)); refused: \(refusals.sorted { $0.key < $1.key })")
let each = String(format: "%.2f ms each, at most %.0f ms", time / Double(count) * 1e3, slowest.value * 1e3)
print("\(each) (seed \(slowest.seed))")
