import ReuseModel
import Testing

@testable import ReuseEngine

/// The order of a solver is in the last bits of all that clears.
@Suite struct OrderTests {
    /// The right order is that of a few lines of Python, with the twenty fields that there were at first.
    @Test("markets and supplies of one size keep the order that they have had, whatever fields are added")
    func ties() {
        let count = 8
        let places = Array(0..<count)
        let network = ClearingNetwork(
            demandForms: places.map { _ in .isoelastic }, supplyForms: places.map { _ in .isoelastic },
            outputs: places.map { [(node: $0, yield: $0)] },
            routes: places.map { (from: $0, to: ($0 + 1) % count) })
        var columns: [MarketField: [Double]] = [.yield: places.map { _ in 1 }]
        for (number, field) in [MarketField.demand, .volume, .routeCost].enumerated() {
            columns[field] = places.map { _ in Double(number + 1) }
        }
        columns[.demandPrice] = places.map { 100 + Double($0 * $0 % 5) }
        columns[.supplyCost] = places.map { Double($0 % 3) }
        columns[.tariff] = places.map { Double($0 % 4) / 10 }
        let order = ClearingOrder(network, ClearingPoint(columns))
        #expect(order.nodes == [4, 1, 5, 0, 7, 2, 3, 6])
        #expect(order.suppliers == [2, 3, 5, 1, 0, 6, 7, 4])
        #expect(order.routes == [4, 1, 5, 0, 7, 2, 3, 6])
    }
}
