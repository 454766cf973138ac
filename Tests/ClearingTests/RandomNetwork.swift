import Foundation

#if canImport(ReuseEngine)
    @testable import ReuseEngine
#endif

/// A random network of 2 to 60 markets, sizes over nine orders of magnitude, with every field in force, made from a seed;
/// and the conditions of its equations, written here anew.
struct RandomNetwork {
    var network = ClearingNetwork(demandForms: [], supplyForms: [], outputs: [], routes: [])
    var point = ClearingPoint()
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15
        let share = uniform()
        let markets = 2 + Int(share * share * 58.999)
        let orders = chance(0.6) ? 9.0 : chance(0.5) ? 3 : 0.5
        let money = power(-2, 4)
        let hasJoint = chance(0.15)
        let (isTaxed, isLossy) = (chance(0.6), chance(0.4))
        var sizes: [Double] = []
        var prices: [Double] = []
        for _ in 0..<markets {
            let size = power(0, orders)
            let price = money * between(0.5, 1.5)
            sizes.append(size)
            prices.append(price)
            let form: CurveForm? = chance(0.05) ? nil : chance(0.6) ? .isoelastic : chance(0.7) ? .linear : .fixed
            network.demandForms.append(form)
            point[.demand].append(form == nil ? 0 : size * between(0.5, 1.5))
            point[.demandPrice].append(price)
            point[.demandElasticity].append(-between(0.2, 2.5))
            point[.vat].append(chance(0.4) ? between(0, 0.25) : 0)
            point[.tax].append(chance(0.2) ? price * between(0, 0.1) : 0)
            point[.demandSubsidy].append(chance(0.1) ? price * between(0, 0.1) : 0)
            point[.importQuota].append(chance(0.15) ? size * between(0.02, 1) : .infinity)
        }
        for market in 0..<markets {
            for _ in 0..<(chance(0.95) ? chance(0.15) ? 2 : 1 : 0) {
                addSupply(market, sizes[market], prices[market], hasJoint && chance(0.4))
            }
        }
        let density = min(1, between(0.5, 6) / Double(markets - 1))
        for from in 0..<markets {
            for to in 0..<markets where from != to && chance(density) {
                addRoute(from, to, min(sizes[from], sizes[to]), prices[to], isTaxed, isLossy)
            }
        }
    }

    private mutating func addSupply(_ market: Int, _ size: Double, _ price: Double, _ isJoint: Bool) {
        network.supplyForms.append(chance(0.6) ? .isoelastic : chance(0.5) ? .linear : .fixed)
        var outputs = [(node: market, yield: point[.yield].count)]
        let yield = between(0.6, 1)
        if isJoint {
            let share = between(0.2, 0.8)
            let other = Int(uniform() * Double(network.demandForms.count))
            point[.yield] += [yield * share, yield * (1 - share)]
            if other != market { outputs.append((node: other, yield: outputs[0].yield + 1)) }
        } else {
            point[.yield].append(yield)
        }
        network.outputs.append(outputs)
        let volume = size * between(0.3, 2)
        point[.volume].append(volume)
        point[.volumePrice].append(price * between(0.4, 0.9))
        point[.supplyElasticity].append(between(0.1, 2))
        point[.supplyCost].append(chance(0.1) ? price * between(0.5, 1.5) : price * between(0, 0.3))
        // Seeds of networks that were hard once stay what they are.
        point[.disposalCost].append(0)
        point[.levy].append(chance(0.2) ? between(0, 0.15) : 0)
        point[.supplySubsidy].append(chance(0.2) ? price * between(0, 0.15) : 0)
        point[.supplyCapacity].append(chance(0.3) ? volume * between(0.5, 2) : .infinity)
    }

    private mutating func addRoute(
        _ from: Int, _ to: Int, _ size: Double, _ price: Double, _ isTaxed: Bool, _ isLossy: Bool
    ) {
        network.routes.append((from: from, to: to))
        point[.routeCost].append(price * between(0.02, 0.4))
        point[.exportTax].append(isTaxed && chance(0.2) ? between(0, 0.15) : 0)
        point[.tariff].append(isTaxed && chance(0.4) ? between(0, 0.3) : 0)
        point[.duty].append(chance(0.2) ? price * between(0, 0.05) : 0)
        point[.loss].append(isLossy && chance(0.4) ? between(0, 0.1) : 0)
        point[.routeCapacity].append(chance(0.3) ? size * between(0.01, 1) : .infinity)
    }

    private mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Double(mixed >> 11) / Double(UInt64(1) << 53)
    }

    private mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }
    private mutating func power(_ low: Double, _ high: Double) -> Double { pow(10, between(low, high)) }
    private mutating func chance(_ share: Double) -> Bool { uniform() < share }
}
