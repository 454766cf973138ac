import ReuseKernels

/// Runs byte code on blocks of 256 samples at once. What fails in a lane becomes a value that stands for the fault; the
/// other lanes go on, so what only some lanes ask for can only fail for them.
extension Machine {
    /// Runs lane code and gives the result's lanes; nil where the part that is the same for all lanes failed (the value
    /// that stands for the fault is in `failure`).
    func runLanes(from start: Int, failure: inout Double) -> UnsafeMutablePointer<Double>? {
        let n = Self.lanes
        var pc = start
        @inline(__always)
        func lanes(_ register: UInt16) -> UnsafeMutablePointer<Double> { laneRegisters + Int(register) * n }
        while true {
            switch run(from: pc) {
            case .lane(let stop): pc = stop
            case .value: return nil
            case .fault(let fault, let place):
                failure = poison(fault, at: place)
                return nil
            case .poisoned(let value):
                failure = value
                return nil
            }
            let i = code[pc]
            let a = lanes(i.a)
            let b = lanes(i.b)
            let c = lanes(i.c)
            switch i.opcode {
            case .laneLoad: a.update(from: laneFile + i.wide * n, count: n)
            case .laneLoadStep: a.update(from: laneFile + (i.wide + step) * n, count: n)
            case .laneLoadUniform: reuse_lanes_fill(a, uniform[i.wide], n)
            case .laneLoadUniformStep: reuse_lanes_fill(a, uniform[i.wide + step], n)
            case .laneFill: reuse_lanes_fill(a, stack[Int(i.b)], n)
            case .laneMove: if a != b { a.update(from: b, count: n) }
            case .laneAdd:
                if needsCheck(a, b, c) || reuse_lanes_add(a, b, c, n) != 0 { redo(i, pc, a, b, c) { $0 + $1 } }
            case .laneSubtract:
                if needsCheck(a, b, c) || reuse_lanes_subtract(a, b, c, n) != 0 { redo(i, pc, a, b, c) { $0 - $1 } }
            case .laneMultiply:
                if needsCheck(a, b, c) || reuse_lanes_multiply(a, b, c, n) != 0 { redo(i, pc, a, b, c) { $0 * $1 } }
            case .laneDivide:
                if needsCheck(a, b, c) || reuse_lanes_divide(a, b, c, n) != 0 { redo(i, pc, a, b, c) { $0 / $1 } }
            case .lanePower: redo(i, pc, a, b, c) { reuse_pow($0, $1) }
            case .laneMinimum: redo(i, pc, a, b, c) { $1 < $0 ? $1 : $0 }
            case .laneMaximum: redo(i, pc, a, b, c) { $1 > $0 ? $1 : $0 }
            case .laneAddScalar, .laneSubtractScalar, .laneMultiplyScalar, .laneDivideScalar, .lanePowerScalar,
                .laneMinimumScalar, .laneMaximumScalar:
                withScalar(i, pc, a, b, stack[Int(i.c)])
            case .laneScalarSubtract, .laneScalarDivide, .laneScalarPower:
                scalarWith(i, pc, a, stack[Int(i.b)], c)
            case .laneNegate, .laneAbsolute, .laneSquareRoot, .laneExponential, .laneLogarithm, .laneLogarithm2,
                .laneLogarithm10, .laneFloor, .laneCeiling, .laneRound, .laneGamma, .laneLogGamma, .laneNormalCDF,
                .laneNormalQuantile:
                for lane in 0..<n {
                    let x = b[lane]
                    let v = Self.unary(i.opcode, x)
                    a[lane] = v.magnitude < .infinity ? v : blame(x, 0, Self.unaryFault(i.opcode, x), pc)
                }
            case .laneNot: for lane in 0..<n { a[lane] = b[lane].isNaN ? b[lane] : 1 - b[lane] }
            case .laneLess: compare(pc, a, b, c) { $0 < $1 }
            case .laneLessOrEqual: compare(pc, a, b, c) { $0 <= $1 }
            case .laneEqual: compare(pc, a, b, c) { Self.same($0, $1) }
            case .laneNotEqual: compare(pc, a, b, c) { !Self.same($0, $1) }
            case .laneLessScalar: compare(a, b, stack[Int(i.c)]) { $0 < $1 }
            case .laneLessOrEqualScalar: compare(a, b, stack[Int(i.c)]) { $0 <= $1 }
            case .laneGreaterScalar: compare(a, b, stack[Int(i.c)]) { $0 > $1 }
            case .laneGreaterOrEqualScalar: compare(a, b, stack[Int(i.c)]) { $0 >= $1 }
            case .laneEqualScalar: compare(a, b, stack[Int(i.c)]) { Self.same($0, $1) }
            case .laneNotEqualScalar: compare(a, b, stack[Int(i.c)]) { !Self.same($0, $1) }
            case .laneAddExactly:
                let rest = a + Machine.lanes
                for lane in 0..<n {
                    let next = ExactSum.add(b[lane], to: (a[lane], rest[lane]))
                    if next.sum.magnitude < .infinity {
                        (a[lane], rest[lane]) = next
                    } else {
                        (a[lane], rest[lane]) = (blame(a[lane], b[lane], .notFinite, pc), 0)
                    }
                }
            case .laneWithin, .laneWithinShare:
                let isShare = i.opcode == .laneWithinShare
                for lane in 0..<n {
                    if let bad = firstFault(b[lane], c[lane], a[lane]) {
                        a[lane] = bad
                    } else {
                        let tolerance = isShare ? a[lane] * c[lane].magnitude : a[lane]
                        a[lane] = (b[lane] - c[lane]).magnitude <= tolerance ? 1 : 0
                    }
                }
            case .laneSelect: for lane in 0..<n where b[lane] == 1 { a[lane] = c[lane] }
            case .laneStrict:
                for lane in 0..<n where b[lane].isNaN && Box.fault(in: b[lane]) != nil { a[lane] = b[lane] }
            case .laneIfAny:
                var any = false
                for lane in 0..<n where a[lane] == 1 { any = true }
                pc = any ? pc + 2 : code[pc + 1].wide
                continue
            case .laneIfNotAll:
                var all = true
                for lane in 0..<n where a[lane] != 1 { all = false }
                pc = all ? code[pc + 1].wide : pc + 2
                continue
            case .laneDraw:
                let source = program.draws[i.wide]
                if isCentral {
                    let value = uniform(i.wide, sample: 0)
                    for lane in 0..<n { a[lane] = value }
                } else if source.interval == nil {
                    let variable =
                        source.variables.count == 1
                        ? source.variables[0] : source.variables[min(step, source.variables.count - 1)]
                    reuse_uniform_lanes(a, seed, variable, firstSample, n)
                } else {
                    for lane in 0..<n { a[lane] = uniform(i.wide, sample: firstSample + UInt64(lane)) }
                }
            case .laneLognormalRange, .laneLogitRange, .laneNormalMoments, .laneNormalRange, .laneLognormalMoments,
                .laneUniformRange, .laneTriangular, .lanePert, .laneBeta, .laneGammaShape, .laneGammaMoments:
                distribute(i.opcode, pc, into: a, shares: a, b, b + n, b + 2 * n)
            case .laneDiscrete, .laneEquallyLikely, .laneEmpirical:
                distribute(i.opcode, pc, into: a, shares: a, values: stack[Int(i.b)], weights: stack[Int(i.c)])
            case .laneEnd: return a
            default: return nil
            }
            pc += 1
        }
    }

    // MARK: -

    /// In-place operands cannot be looked at again after the result has overwritten them.
    @inline(__always)
    private func needsCheck(
        _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ c: UnsafeMutablePointer<Double>
    ) -> Bool { a == b || a == c }

    private func firstFault(_ values: Double...) -> Double? {
        for value in values where value.isNaN && Box.fault(in: value) != nil { return value }
        return nil
    }

    /// What a result that is not finite stands for: the fault of an operand, or its own.
    @inline(never)
    private func blame(_ x: Double, _ y: Double, _ fault: RunFault, _ pc: Int) -> Double {
        if Box.fault(in: x) != nil { return x }
        if Box.fault(in: y) != nil { return y }
        if Box.isNone(x) || Box.isNone(y) { return poison(.noneInArithmetic, at: pc) }
        return poison(fault, at: pc)
    }

    private func fault(_ op: Opcode, _ x: Double, _ y: Double) -> RunFault {
        switch op {
        case .laneDivide, .laneDivideScalar, .laneScalarDivide: return y == 0 ? .divisionByZero : .notFinite
        case .lanePower, .lanePowerScalar, .laneScalarPower: return powerFault(x, y)
        default: return .notFinite
        }
    }

    /// An operation lane by lane, with a look at each result.
    @inline(__always)
    private func redo(
        _ i: Instruction, _ pc: Int, _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>,
        _ c: UnsafeMutablePointer<Double>, _ operation: (Double, Double) -> Double
    ) {
        for lane in 0..<Self.lanes {
            let x = b[lane]
            let y = c[lane]
            let v = operation(x, y)
            a[lane] = v.magnitude < .infinity && !x.isNaN && !y.isNaN ? v : blame(x, y, fault(i.opcode, x, y), pc)
        }
    }

    private func withScalar(
        _ i: Instruction, _ pc: Int, _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ y: Double
    ) {
        @inline(__always)
        func each(_ operation: (Double, Double) -> Double) {
            for lane in 0..<Self.lanes {
                let x = b[lane]
                let v = operation(x, y)
                a[lane] = v.magnitude < .infinity && !x.isNaN && !y.isNaN ? v : blame(x, y, fault(i.opcode, x, y), pc)
            }
        }
        switch i.opcode {
        case .laneAddScalar: each { $0 + $1 }
        case .laneSubtractScalar: each { $0 - $1 }
        case .laneMultiplyScalar: each { $0 * $1 }
        case .laneDivideScalar: each { $0 / $1 }
        case .lanePowerScalar: each { reuse_pow($0, $1) }
        case .laneMinimumScalar: each { $1 < $0 ? $1 : $0 }
        default: each { $1 > $0 ? $1 : $0 }
        }
    }

    private func scalarWith(
        _ i: Instruction, _ pc: Int, _ a: UnsafeMutablePointer<Double>, _ x: Double, _ c: UnsafeMutablePointer<Double>
    ) {
        for lane in 0..<Self.lanes {
            let y = c[lane]
            let v: Double
            switch i.opcode {
            case .laneScalarSubtract: v = x - y
            case .laneScalarDivide: v = x / y
            default: v = reuse_pow(x, y)
            }
            a[lane] = v.magnitude < .infinity && !x.isNaN && !y.isNaN ? v : blame(x, y, fault(i.opcode, x, y), pc)
        }
    }

    @inline(__always)
    private func compare(
        _ pc: Int, _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>,
        _ c: UnsafeMutablePointer<Double>, _ holds: (Double, Double) -> Bool
    ) {
        for lane in 0..<Self.lanes {
            let x = b[lane]
            let y = c[lane]
            a[lane] = x.isNaN || y.isNaN ? (firstFault(x, y) ?? (holds(x, y) ? 1 : 0)) : holds(x, y) ? 1 : 0
        }
    }

    @inline(__always)
    private func compare(
        _ a: UnsafeMutablePointer<Double>, _ b: UnsafeMutablePointer<Double>, _ y: Double,
        _ holds: (Double, Double) -> Bool
    ) {
        for lane in 0..<Self.lanes {
            let x = b[lane]
            a[lane] = x.isNaN || y.isNaN ? (firstFault(x, y) ?? (holds(x, y) ? 1 : 0)) : holds(x, y) ? 1 : 0
        }
    }
}
