/// A network in the order the solver works in: connected sets one after another, and before each market with an import
/// quota a gate, a node of its own from which one arc of the quota's capacity leads into the market.
///
/// A supply that would give something for nothing, and that may earn less than nothing, has a *source*, a node whose price
/// is what it earns for each unit. The supply's curve is offered there; what is not collected at a price of nothing is
/// left over there; and an arc brings the rest into its markets.
final class ClearingLayout: @unchecked Sendable {
    let memory = ClearingMemory()
    let nodeCount: Int
    let supplierCount: Int
    /// Routes and the arcs of gates.
    let arcCount: Int
    let hasGate: [Bool]
    /// By supplier.
    let hasSource: [Bool]
    let order: ClearingOrder
    /// By set: whether it has joint products.
    let hasJoint: UnsafeMutablePointer<UInt8>

    /// Of each node, its market; of a gate, too.
    let marketOf: UnsafeMutablePointer<Int>
    let isGate: UnsafeMutablePointer<UInt8>
    let isSource: UnsafeMutablePointer<UInt8>
    /// Of each market, its node.
    let nodeOf: UnsafeMutablePointer<Int>
    let supplierOf: UnsafeMutablePointer<Int>
    /// Of each arc, its route; -1 for the arc of a gate or a source.
    let routeOf: UnsafeMutablePointer<Int>
    /// Of the arc of a source, its supplier; else -1.
    let sourceOf: UnsafeMutablePointer<Int>
    let from: UnsafeMutablePointer<Int>
    let to: UnsafeMutablePointer<Int>
    /// Where the further ends of each arc begin, which those of joint products have.
    let endStart: UnsafeMutablePointer<Int>
    let endNode: UnsafeMutablePointer<Int>
    let endYield: UnsafeMutablePointer<Int>
    /// Where the outputs of each supplier begin.
    let outputStart: UnsafeMutablePointer<Int>
    let outputNode: UnsafeMutablePointer<Int>
    /// -1 into a source.
    let outputYield: UnsafeMutablePointer<Int>
    /// Where the suppliers of each node begin in `offers`, which names outputs, and `offeredBy`, which names suppliers.
    let offerStart: UnsafeMutablePointer<Int>
    let offers: UnsafeMutablePointer<Int>
    let offeredBy: UnsafeMutablePointer<Int>

    /// Connected sets: where the nodes, suppliers and arcs of each begin.
    let setCount: Int
    let nodeStart: UnsafeMutablePointer<Int>
    let supplierStart: UnsafeMutablePointer<Int>
    let arcStart: UnsafeMutablePointer<Int>
    /// By set: whether its routes make a circle, whatever their directions; there and back is none.
    let hasCircle: UnsafeMutablePointer<UInt8>

    /// Whether all indices of a network name something.
    static func isSound(_ network: ClearingNetwork) -> Bool {
        let nodes = network.demandForms.indices
        guard network.supplyForms.count == network.outputs.count else { return false }
        for outputs in network.outputs {
            for output in outputs where !nodes.contains(output.node) || output.yield < 0 { return false }
        }
        for route in network.routes where !nodes.contains(route.from) || !nodes.contains(route.to) { return false }
        return true
    }

    /// A sound network, with gates before the markets that have a quota, and sources before the suppliers that need one.
    init(_ network: ClearingNetwork, hasGate: [Bool], hasSource wanted: [Bool], order: ClearingOrder) {
        self.hasGate = hasGate
        let hasSource = wanted.indices.map { wanted[$0] && !network.outputs[$0].isEmpty }
        self.hasSource = wanted
        self.order = order
        let markets = network.demandForms.count
        var parent = Array(0..<markets)
        func root(_ node: Int) -> Int {
            var node = node
            while parent[node] != node {
                parent[node] = parent[parent[node]]
                node = parent[node]
            }
            return node
        }
        func join(_ a: Int, _ b: Int) {
            let (a, b) = (root(a), root(b))
            parent[max(a, b)] = min(a, b)
        }
        for route in network.routes { join(route.from, route.to) }
        for outputs in network.outputs {
            for output in outputs { join(outputs[0].node, output.node) }
        }
        // Connected sets are numbered by their first node.
        var setOf = [Int](repeating: 0, count: markets)
        var numberOf = [Int](repeating: -1, count: markets)
        var sets = 0
        for node in order.nodes {
            let root = root(node)
            if numberOf[root] < 0 {
                numberOf[root] = sets
                sets += 1
            }
            setOf[node] = numberOf[root]
        }
        // Suppliers without outputs go to the first set; what they collect is all rejected.
        let supplierSet = network.outputs.map { $0.isEmpty ? 0 : setOf[$0[0].node] }
        setCount = sets

        let gates = hasGate.reduce(0) { $0 + ($1 ? 1 : 0) }
        let sources = hasSource.reduce(0) { $0 + ($1 ? 1 : 0) }
        nodeCount = markets + gates + sources
        supplierCount = sets == 0 ? 0 : network.supplyForms.count
        arcCount = network.routes.count + gates + sources
        let outputCount = network.outputs.reduce(0) { $0 + $1.count }

        marketOf = memory.indices(nodeCount)
        isGate = memory.bytes(nodeCount)
        isSource = memory.bytes(nodeCount)
        nodeOf = memory.indices(markets)
        supplierOf = memory.indices(supplierCount)
        routeOf = memory.indices(arcCount)
        sourceOf = memory.indices(arcCount)
        from = memory.indices(arcCount)
        to = memory.indices(arcCount)
        endStart = memory.indices(arcCount + 1)
        endNode = memory.indices(outputCount)
        endYield = memory.indices(outputCount)
        outputStart = memory.indices(supplierCount + 1)
        outputNode = memory.indices(outputCount)
        outputYield = memory.indices(outputCount)
        offerStart = memory.indices(nodeCount + 1)
        offers = memory.indices(outputCount)
        offeredBy = memory.indices(outputCount)
        nodeStart = memory.indices(sets + 1)
        supplierStart = memory.indices(sets + 1)
        arcStart = memory.indices(sets + 1)
        hasCircle = memory.bytes(sets)
        hasJoint = memory.bytes(sets)

        let marketsBySet = Self.grouped(setOf, sets, order.nodes)
        let suppliersBySet = Self.grouped(supplierSet, sets, order.suppliers)
        let routesBySet = Self.grouped(network.routes.map { setOf[$0.from] }, sets, order.routes)
        var gateOf = [Int](repeating: -1, count: markets)
        var (node, supplier, arc, output, end) = (0, 0, 0, 0, 0)
        for set in 0..<sets {
            (nodeStart[set], supplierStart[set], arcStart[set]) = (node, supplier, arc)
            for market in marketsBySet[set] {
                nodeOf[market] = node
                marketOf[node] = market
                node += 1
            }
            for market in marketsBySet[set] where hasGate[market] {
                gateOf[market] = node
                marketOf[node] = market
                isGate[node] = 1
                node += 1
            }
            for original in suppliersBySet[set] {
                supplierOf[supplier] = original
                outputStart[supplier] = output
                for (number, place) in network.outputs[original].enumerated() {
                    guard hasSource[original] else {
                        outputNode[output] = nodeOf[place.node]
                        outputYield[output] = place.yield
                        output += 1
                        continue
                    }
                    if number == 0 {
                        (marketOf[node], isSource[node]) = (place.node, 1)
                        (outputNode[output], outputYield[output]) = (node, -1)
                        (routeOf[arc], sourceOf[arc], from[arc], to[arc]) = (-1, supplier, node, nodeOf[place.node])
                        endStart[arc] = end
                        (node, output, arc) = (node + 1, output + 1, arc + 1)
                    } else {
                        (endNode[end], endYield[end]) = (nodeOf[place.node], place.yield)
                        end += 1
                    }
                }
                supplier += 1
            }
            for market in marketsBySet[set] where hasGate[market] {
                (routeOf[arc], sourceOf[arc]) = (-1, -1)
                (from[arc], to[arc], endStart[arc]) = (gateOf[market], nodeOf[market], end)
                arc += 1
            }
            for route in routesBySet[set] {
                let (start, finish) = network.routes[route]
                (routeOf[arc], sourceOf[arc], from[arc]) = (route, -1, nodeOf[start])
                (to[arc], endStart[arc]) = (gateOf[finish] >= 0 ? gateOf[finish] : nodeOf[finish], end)
                arc += 1
            }
        }
        (nodeStart[sets], supplierStart[sets], arcStart[sets]) = (node, supplier, arc)
        outputStart[supplierCount] = output
        endStart[arcCount] = end
        let usedOutputs = output
        // A connected set without a circle has one pair of markets less than markets.
        for set in 0..<sets {
            var pairs: Set<[Int]> = []
            for route in routesBySet[set] where network.routes[route].from != network.routes[route].to {
                let (a, b) = network.routes[route]
                pairs.insert([min(a, b), max(a, b)])
            }
            hasJoint[set] = suppliersBySet[set].contains { network.outputs[$0].count > 1 } ? 1 : 0
            hasCircle[set] = pairs.count >= marketsBySet[set].count || hasJoint[set] == 1 ? 1 : 0
        }

        for index in 0..<usedOutputs { offerStart[outputNode[index] + 1] += 1 }
        for index in 0..<nodeCount { offerStart[index + 1] += offerStart[index] }
        var filled = [Int](repeating: 0, count: nodeCount)
        for supplier in 0..<supplierCount {
            for index in outputStart[supplier]..<outputStart[supplier + 1] {
                let node = outputNode[index]
                offers[offerStart[node] + filled[node]] = index
                offeredBy[offerStart[node] + filled[node]] = supplier
                filled[node] += 1
            }
        }
    }

    /// The indices of each set, in order.
    private static func grouped(_ setOf: [Int], _ sets: Int, _ order: [Int]) -> [[Int]] {
        var groups = [[Int]](repeating: [], count: sets)
        for index in order where setOf[index] < sets { groups[setOf[index]].append(index) }
        return groups
    }
}
