import Foundation
import ReuseModel
import Testing

@testable import ReuseEngine

/// Random networks with the answers of an independent solver: `networks.json`, written by `networks.py`.
@Suite struct IndependentAnswerTests {
    struct File: Decodable {
        var origin: String
        var networks: [Case]
    }

    struct Case: Decodable {
        struct Curve: Decodable {
            var q: Double
            var p: Double
            var e: Double
            var capacity: Double?
        }
        struct Route: Decodable {
            var from: Int
            var to: Int
            var cost: Double
            var capacity: Double?
        }
        var demand: [Curve]
        var supply: [Curve]
        var quota: [Double?]
        var routes: [Route]
        var prices: [Double]
        var consumption: [Double]
        var collected: [Double]
    }

    @Test("prices and quantities are those of a convex optimiser, on more than 200 networks")
    func answers() throws {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("networks.json")
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
        #expect(file.networks.count >= 200)
        for (number, example) in file.networks.enumerated() {
            let count = example.demand.count
            let zeros = Array(repeating: 0.0, count: count)
            let none = example.routes.map { _ in 0.0 }
            let network = ClearingNetwork(
                demandForms: zeros.map { _ in .linear }, supplyForms: zeros.map { _ in .linear },
                outputs: (0..<count).map { [(node: $0, yield: $0)] },
                routes: example.routes.map { (from: $0.from, to: $0.to) })
            let point = ClearingPoint([
                .demand: example.demand.map(\.q), .demandPrice: example.demand.map(\.p),
                .demandElasticity: example.demand.map(\.e), .vat: zeros, .tax: zeros, .demandSubsidy: zeros,
                .importQuota: example.quota.map { $0 ?? .infinity }, .volume: example.supply.map(\.q),
                .volumePrice: example.supply.map(\.p), .supplyElasticity: example.supply.map(\.e), .supplyCost: zeros,
                .levy: zeros, .supplySubsidy: zeros, .supplyCapacity: example.supply.map { $0.capacity ?? .infinity },
                .yield: zeros.map { _ in 1 }, .routeCost: example.routes.map(\.cost), .exportTax: none, .tariff: none,
                .duty: none, .loss: none, .routeCapacity: example.routes.map { $0.capacity ?? .infinity },
            ])
            var solution = ClearingSolution()
            let outcome = ClearingSolver(network: network).solve(point, into: &solution)
            guard case .solved = outcome else {
                Issue.record("network \(number): \(outcome)")
                continue
            }
            for node in 0..<count {
                let price = (solution.price[node] - example.prices[node]).magnitude / 100
                let collected = (solution.collected[node] - example.collected[node]).magnitude
                #expect(price < 1e-5, "network \(number), price of \(node)")
                #expect(collected < 1e-3, "network \(number), supply of \(node)")
            }
        }
    }
}
