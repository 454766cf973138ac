import ReuseKernels
@testable import ReuseSyntax

/// The C functions that both evaluators share, so that their bits can agree.
enum ReferenceKernels {
    /// The variable of a draw, named `declaration#ordinal`.
    static func variable(_ name: String) -> UInt64 {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBufferPointer { reuse_hash($0.baseAddress, $0.count) }
    }

    /// A Latin hypercube draw by its definition in docs/draws.md: 52 bits, the upper ten being the stratum.
    static func uniform(seed: UInt64, variable: UInt64, sample: Int) -> Double {
        let words = philox(seed, variable, UInt64(sample / 2))
        let half = sample % 2 == 0 ? (words[0], words[1]) : (words[2], words[3])
        let plain = (UInt64(half.1) << 32 + UInt64(half.0)) / 4096
        var stratum = UInt64(sample % 1024)
        for part in 0..<2 {
            for word in philox(seed, variable, 1 << 63 + UInt64(sample / 1024 * 2 + part)) {
                stratum = (stratum * UInt64(word / 65536 | 1) + UInt64(word % 65536)) % 1024
                stratum ^= stratum / 32
            }
        }
        return (Double(stratum << 42 + plain % (1 << 42)) + 0.5) / Double(1 << 52)
    }

    private static func philox(_ seed: UInt64, _ variable: UInt64, _ place: UInt64) -> [UInt32] {
        func words(_ value: UInt64) -> [UInt32] { [UInt32(value % (1 << 32)), UInt32(value / (1 << 32))] }
        var result: [UInt32] = [0, 0, 0, 0]
        reuse_philox4x32_10(words(place) + words(variable), words(seed), &result)
        return result
    }
}

/// Calls: of functions of the script, and of those of the prelude that the generator uses.
extension ReferenceEvaluator {
    func call(_ id: Int32, _ node: Node, _ scope: Scope?, _ point: Point) throws -> ReferenceValue {
        let arguments = tree.children(node.b, node.c).map { tree[NodeID($0)] }
        let callee = tree[NodeID(node.a)]
        if callee.kind == .name, !isDeclared(callee.a, scope) {
            return try callPrelude(name(callee.a), id, arguments, scope, point)
        }
        guard case .function(let function) = try evaluate(node.a, scope, point) else {
            throw Stop.fault(Fault(kind: .notAFunction, node: node.a))
        }
        return try apply(
            function, arguments.map { ($0.a, Delayed(node: $0.b, scope: scope)) }, point, at: id)
    }

    private func callPrelude(
        _ name: String, _ id: Int32, _ arguments: [Node], _ scope: Scope?, _ point: Point
    ) throws -> ReferenceValue {
        guard let first = arguments.first else { throw Stop.fault(Fault(kind: .wrongArgument, node: id)) }
        switch name {
        case "sum", "mean", "min", "max": return try reduce(name, id, arguments, scope, point)
        case "total", "cumulative":
            let last = name == "total" ? places(.time).upperBound - 1 : try step(point)
            var sum = 0.0
            var dimension: ReferenceDimension?
            for step in 0...last {
                let (value, own) = try number(first.b, scope, choosing(step, on: .time, from: point))
                dimension = own
                sum += value
            }
            return try finite(sum, dimension.map { $0.times(ReferenceDimension("yr")) }, at: id)
        case "previous":
            guard let fallback = arguments.first(where: { $0.a >= 0 && self.name($0.a) == "else" }) else {
                throw Stop.fault(Fault(kind: .wrongArgument, node: id))
            }
            var back = 1
            if arguments.count > 1, arguments[1].a < 0 { back = Int(try number(arguments[1].b, scope, point).0) }
            let step = try step(point)
            if step < back { return try evaluate(fallback.b, scope, point) }
            return try evaluate(first.b, scope, choosing(step - back, on: .time, from: point))
        case "first_time":
            for step in places(.time) {
                let place = choosing(step, on: .time, from: point)
                if try boolean(first.b, scope, place) { return .time(try now(place)) }
            }
            throw Stop.beyond("a condition that never holds")
        case "expected", "median", "sd", "quantile", "probability":
            return try statistic(name, id, arguments, scope, point)
        case _ where Self.distributions.contains(name):
            return try distribution(name, id, arguments, scope, point)
        case "map", "filter", "fold", "sort", "length", "range":
            return try onLists(name, id, arguments, scope, point)
        default: break
        }
        let (value, dimension) = try number(first.b, scope, point)
        switch name {
        case "abs": return .number(abs(value), dimension)
        case "floor": return .number(value.rounded(.down), .pure)
        case "ceil": return .number(value.rounded(.up), .pure)
        case "round": return .number(value.rounded(.toNearestOrAwayFromZero), .pure)
        case "sqrt":
            guard value >= 0 else { throw Stop.fault(Fault(kind: .invalidOperation, node: id)) }
            return .number(reuse_sqrt(value), dimension?.raised(to: 0.5))
        case "exp": return try finite(reuse_exp(value), .pure, at: id)
        case "log":
            guard value > 0 else { throw Stop.fault(Fault(kind: .invalidOperation, node: id)) }
            return .number(reuse_log(value), .pure)
        default: throw Stop.fault(Fault(kind: .unknownName, node: id))
        }
    }

    private func step(_ point: Point) throws -> Int {
        guard let step = point.step else { throw Stop.needs(.time) }
        return step
    }

    private func onLists(
        _ name: String, _ id: Int32, _ arguments: [Node], _ scope: Scope?, _ point: Point
    ) throws -> ReferenceValue {
        if name == "range" {
            let (first, _) = try number(arguments[0].b, scope, point)
            let (last, _) = try number(arguments[1].b, scope, point)
            guard first <= last else { return .list([]) }
            return .list((0...Int(last - first)).map { .number(first + Double($0), .pure) })
        }
        guard case .list(let values) = try evaluate(arguments[0].b, scope, point) else {
            throw Stop.fault(Fault(kind: .typeMismatch, node: arguments[0].b))
        }
        func apply(_ argument: Node, _ inputs: [ReferenceValue]) throws -> ReferenceValue {
            guard case .function(let function) = try evaluate(argument.b, scope, point) else {
                throw Stop.fault(Fault(kind: .typeMismatch, node: argument.b))
            }
            return try self.apply(function, inputs.map { (-1, Delayed($0)) }, point, at: id)
        }
        switch name {
        case "length": return .number(Double(values.count), .pure)
        case "map": return .list(try values.map { try apply(arguments[1], [$0]) })
        case "filter":
            return .list(
                try values.filter {
                    guard case .boolean(let keeps) = try apply(arguments[1], [$0]) else {
                        throw Stop.beyond("a filter")
                    }
                    return keeps
                })
        case "fold":
            var result = try evaluate(arguments[1].b, scope, point)
            for value in values { result = try apply(arguments[2], [result, value]) }
            return result
        default:
            return .list(
                try numbers(in: values).sorted { $0.value < $1.value }.map { .number($0.value, $0.dimension) })
        }
    }

    func numbers(in values: [ReferenceValue]) throws -> [(value: Double, dimension: ReferenceDimension?)] {
        try values.map {
            guard case .number(let value, let dimension) = $0 else { throw Stop.beyond("a list of other things") }
            return (value, dimension)
        }
    }

    /// `sum`, `mean`, `min` and `max`: of several arguments, of a list, over a named axis, or over all indexes.
    private func reduce(
        _ name: String, _ id: Int32, _ arguments: [Node], _ scope: Scope?, _ point: Point
    ) throws -> ReferenceValue {
        if arguments.count > 1 {
            var values: [(value: Double, dimension: ReferenceDimension?)] = []
            for argument in arguments {
                let (value, dimension) = try number(argument.b, scope, point)
                _ = try agree(values.last?.dimension, dimension, at: argument.b)
                values.append((value, dimension))
            }
            return try reduce(name, values, at: id)
        }
        let argument = arguments[0]
        var condition: Int32 = -1
        var axes: [ReferenceAxis] = []
        var origin = point
        if argument.c >= 0 {
            let reduction = tree[NodeID(argument.c)]
            condition = reduction.a
            if reduction.b >= 0 { axes = [try axis(named: self.name(reduction.b))] }
        }
        if axes.isEmpty {
            origin.labels = start.labels
            var isList = false
            while true {
                do {
                    if case .list = try evaluate(argument.b, scope, first(axes, from: origin)) { isList = true }
                    if condition >= 0 { _ = try boolean(condition, scope, first(axes, from: origin)) }
                    break
                } catch Stop.needs(.index(let index)) {
                    axes.append(.index(index))
                }
            }
            if isList {
                // A list is reduced to one value wherever it is read, also where it varies over an index.
                guard case .list(let values) = try evaluate(argument.b, scope, point) else {
                    throw Stop.beyond("a list at one place only")
                }
                return try reduce(name, try numbers(in: values), at: id)
            }
            guard !axes.isEmpty else { throw Stop.fault(Fault(kind: .nothingToReduce, node: id)) }
        }
        var points = [origin]
        for axis in axes {
            points = points.flatMap { point in places(axis).map { choosing($0, on: axis, from: point) } }
        }
        var values: [(value: Double, dimension: ReferenceDimension?)] = []
        for point in points {
            let (value, dimension) = try number(argument.b, scope, point)
            if condition >= 0, !(try boolean(condition, scope, point)) { continue }
            values.append((value, dimension))
        }
        return try reduce(name, values, at: id)
    }

    private func first(_ axes: [ReferenceAxis], from origin: Point) -> Point {
        axes.reduce(origin) { choosing(0, on: $1, from: $0) }
    }

    private func axis(named name: String) throws -> ReferenceAxis {
        if name == "time" { return .time }
        guard let index = indexes.firstIndex(where: { $0.name == name }) else { throw Stop.beyond("an axis \(name)") }
        return .index(index)
    }

    private func reduce(
        _ name: String, _ values: [(value: Double, dimension: ReferenceDimension?)], at id: Int32
    ) throws -> ReferenceValue {
        let dimension = values.lazy.compactMap(\.dimension).first
        let numbers = values.map(\.value)
        if name == "sum" { return try finite(numbers.reduce(0, +), dimension, at: id) }
        guard let smallest = numbers.min(), let largest = numbers.max() else {
            throw Stop.fault(Fault(kind: .invalidOperation, node: id))
        }
        switch name {
        case "min": return .number(smallest, dimension)
        case "max": return .number(largest, dimension)
        default: return try finite(numbers.reduce(0, +) / Double(numbers.count), dimension, at: id)
        }
    }

    /// Over all samples at one step and label.
    private func statistic(
        _ name: String, _ id: Int32, _ arguments: [Node], _ scope: Scope?, _ point: Point
    ) throws -> ReferenceValue {
        let all = places(.sample).map { choosing($0, on: .sample, from: point) }
        if name == "probability" {
            let count = try all.filter { try boolean(arguments[0].b, scope, $0) }.count
            return .number(Double(count) / Double(all.count), .pure)
        }
        var dimension: ReferenceDimension?
        var values: [Double] = []
        for point in all {
            let (value, own) = try number(arguments[0].b, scope, point)
            values.append(value)
            dimension = own
        }
        let mean = values.reduce(0, +) / Double(values.count)
        switch name {
        case "expected": return .number(mean, dimension)
        case "median": return .number(Self.quantile(values.sorted(), 0.5), dimension)
        case "quantile":
            let (share, _) = try number(arguments[1].b, scope, point)
            return .number(Self.quantile(values.sorted(), share), dimension)
        default:
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return .number((squares / Double(values.count - 1)).squareRoot(), dimension)
        }
    }

    /// Type 7 of Hyndman and Fan, of values in ascending order.
    static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        let place = Double(sorted.count - 1) * share
        let below = Int(place.rounded(.down))
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
    }
}
