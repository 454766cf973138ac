import ReuseCore
import ReuseKernels
import ReuseModel
import ReuseSyntax

/// Runs byte code on many samples at once, 256 where there is room for them. What fails in a lane becomes a value that stands for the fault; the
/// other lanes go on, so what only some lanes ask for can only fail for them.
///
/// Operations are the kernels', which say whether some lane needs a second look. Reading a value of the model copies
/// nothing, and the last operation of a piece of code writes where the value belongs.
extension Machine {
    typealias LanePointer = UnsafeMutablePointer<Double>

    /// Runs lane code and puts the result's lanes into `target`: in all of them what stands for a fault, where the part
    /// that is the same for all lanes failed.
    func runLanes(from start: Int, into target: LanePointer) {
        let n = width
        let registers = laneRegisters
        var pc = start
        while true {
            let i = code[pc]
            if i.op < Opcode.laneLoad.rawValue {
                switch run(from: pc) {
                case .lane(let stop): pc = stop
                case .value: return
                case .fault(let fault, let place):
                    return target.update(repeating: poison(fault, at: place, openCalls: openCalls), count: n)
                case .poisoned(let value): return target.update(repeating: value, count: n)
                }
                continue
            }
            let a = Int(i.a)
            switch i.opcode {
            case .laneLoad: registers[a] = laneFile + (i.wide + offsets[Int(i.detail)]) * n
            case .laneLoadStep: registers[a] = laneFile + (i.wide + step + offsets[Int(i.detail)]) * n
            case .laneLoadUniform: reuse_lanes_fill(write(i, pc, target), uniform[i.wide + offsets[Int(i.detail)]], n)
            case .laneLoadUniformStep:
                reuse_lanes_fill(write(i, pc, target), uniform[i.wide + step + offsets[Int(i.detail)]], n)
            case .laneFill: reuse_lanes_fill(write(i, pc, target), stack[Int(i.b)], n)
            case .laneMove: move(i)
            case .laneBinary: binary(i, pc, target)
            case .laneBinaryScalar: binaryScalar(i, pc, target)
            case .laneScalarBinary: scalarBinary(i, pc, target)
            case .laneUnary: unary(i, pc, target)
            case .laneNot:
                let b = registers[Int(i.b)]
                let out = write(i, pc, target, b)
                if reuse_lanes_not(out, b, n) != 0 { for lane in 0..<n where b[lane].isNaN { out[lane] = b[lane] } }
            case .laneCompare: compare(i, pc, target)
            case .laneCompareScalar: compareScalar(i, pc, target)
            case .laneAddExactly:
                let (sum, rest, b) = (registers[a], registers[a + 1], registers[Int(i.b)])
                for lane in 0..<n {
                    let next = ExactSum.add(b[lane], to: (sum[lane], rest[lane]))
                    if next.sum.magnitude < .infinity {
                        (sum[lane], rest[lane]) = next
                    } else {
                        (sum[lane], rest[lane]) = (blame(sum[lane], b[lane], .notFinite, pc), 0)
                    }
                }
            case .laneWithin, .laneWithinShare:
                let (b, c, t) = (registers[Int(i.b)], registers[Int(i.c)], registers[a])
                let out = write(i, pc, target, b, c)
                let isShare = i.opcode == .laneWithinShare
                for lane in 0..<n {
                    if let bad = firstFault(b[lane], c[lane], t[lane]) {
                        out[lane] = bad
                    } else {
                        let tolerance = isShare ? t[lane] * c[lane].magnitude : t[lane]
                        out[lane] = (b[lane] - c[lane]).magnitude <= tolerance ? 1 : 0
                    }
                }
            case .laneSelect:
                let (old, b, c) = (registers[a], registers[Int(i.b)], registers[Int(i.c)])
                reuse_lanes_select(write(i, pc, target, b, c), b, c, old, n)
            case .laneStrict:
                let (old, b) = (registers[a], registers[Int(i.b)])
                if reuse_lanes_any_nan(b, n) != 0 {
                    let out = write(i, pc, target, b)
                    for lane in 0..<n {
                        out[lane] = b[lane].isNaN && Box.fault(in: b[lane]) != nil ? b[lane] : old[lane]
                    }
                }
            case .laneIfAny:
                pc = reuse_lanes_any_true(registers[a], n) != 0 ? pc + 2 : code[pc + 1].wide
                continue
            case .laneIfNotAll:
                pc = reuse_lanes_all_true(registers[a], n) != 0 ? code[pc + 1].wide : pc + 2
                continue
            case .laneDraw: drawLanes(i.wide + offsets[Int(i.detail)], into: write(i, pc, target))
            case .laneQuantile:
                let (share, first, second) = (registers[a], registers[Int(i.b)], registers[Int(i.b) + 1])
                let third = i.distribution.hasThirdParameter ? registers[Int(i.b) + 2] : second
                distribute(
                    i.distribution, pc, into: write(i, pc, target, first, second), shares: share, first, second, third)
            case .laneQuantileOfLists:
                let share = registers[a]
                distribute(
                    i.distribution, pc, into: write(i, pc, target), shares: share, values: stack[Int(i.b)],
                    weights: stack[Int(i.c)])
            case .laneEnd:
                if registers[a] != target { target.update(from: registers[a], count: n) }
                return
            default: return
            }
            pc += 1
        }
    }

    // MARK: Registers

    /// Where the result of an instruction goes: the value's own place where this is the last thing that is done for it,
    /// else the register's memory, or, where an operand lies there, the spare.
    @inline(__always)
    private func write(
        _ i: Instruction, _ pc: Int, _ target: LanePointer, _ b: LanePointer? = nil, _ c: LanePointer? = nil
    ) -> LanePointer {
        let a = Int(i.a)
        let next = code[pc + 1]
        var out = laneHomes[a]
        if next.op == Opcode.laneEnd.rawValue, next.a == i.a {
            out = target
        } else if out == b || out == c {
            (out, spareLanes) = (spareLanes, out)
            laneHomes[a] = out
        }
        laneRegisters[a] = out
        return out
    }

    /// A value of the model may be known by two registers. The memory of a register is its own.
    private func move(_ i: Instruction) {
        let (a, b) = (Int(i.a), Int(i.b))
        guard a != b else { return }
        let source = laneRegisters[b]
        if source != laneHomes[b] {
            laneRegisters[a] = source
        } else {
            laneHomes[a].update(from: source, count: width)
            laneRegisters[a] = laneHomes[a]
        }
    }

    // MARK: Operations

    private func unary(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let b = laneRegisters[Int(i.b)]
        let out = write(i, pc, target, b)
        guard i.unary.values(out, b, width) else { return }
        for lane in 0..<width where !(out[lane].magnitude < .infinity) {
            out[lane] = blame(b[lane], 0, i.unary.fault(b[lane]), pc)
        }
    }

    private func binary(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let (b, c) = (laneRegisters[Int(i.b)], laneRegisters[Int(i.c)])
        let out = write(i, pc, target, b, c)
        guard i.binary.values(out, b, c, width) != 0 else { return }
        mend(i, pc, out) { (b[$0], c[$0]) }
    }

    private func binaryScalar(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let (b, y) = (laneRegisters[Int(i.b)], stack[Int(i.c)])
        let out = write(i, pc, target, b)
        guard i.binary.values(out, b, y, width) != 0 else { return }
        mend(i, pc, out) { (b[$0], y) }
    }

    private func scalarBinary(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let (x, c) = (stack[Int(i.b)], laneRegisters[Int(i.c)])
        let out = write(i, pc, target, c)
        guard i.binary.values(out, x, c, width) != 0 else { return }
        mend(i, pc, out) { (x, c[$0]) }
    }

    /// Puts what stands for a fault where a result is no number.
    @inline(never)
    private func mend(_ i: Instruction, _ pc: Int, _ out: LanePointer, _ operands: (Int) -> (Double, Double)) {
        for lane in 0..<width {
            let (x, y) = operands(lane)
            if !(out[lane].magnitude < .infinity) || x.isNaN || y.isNaN {
                out[lane] = blame(x, y, i.binary.fault(x, y), pc)
            }
        }
    }

    private func compare(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let (b, c) = (laneRegisters[Int(i.b)], laneRegisters[Int(i.c)])
        let out = write(i, pc, target, b, c)
        guard i.comparison.values(out, b, c, width) != 0 else { return }
        for lane in 0..<width { out[lane] = truth(i.comparison, b[lane], c[lane]) }
    }

    private func compareScalar(_ i: Instruction, _ pc: Int, _ target: LanePointer) {
        let (b, y) = (laneRegisters[Int(i.b)], stack[Int(i.c)])
        let out = write(i, pc, target, b)
        guard i.comparison.values(out, b, y, width) != 0 else { return }
        for lane in 0..<width { out[lane] = truth(i.comparison, b[lane], y) }
    }

    /// The truth of a comparison where an operand may be a fault, or nothing.
    private func truth(_ sign: Comparison, _ x: Double, _ y: Double) -> Double {
        if let fault = firstFault(x, y) { return fault }
        switch sign {
        case .equal: return Self.same(x, y) ? 1 : 0
        case .notEqual: return Self.same(x, y) ? 0 : 1
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return sign.holds(x, y) ? 1 : 0
        }
    }

    private func firstFault(_ x: Double, _ y: Double) -> Double? {
        if x.isNaN, Box.fault(in: x) != nil { return x }
        return y.isNaN && Box.fault(in: y) != nil ? y : nil
    }

    private func firstFault(_ x: Double, _ y: Double, _ z: Double) -> Double? { firstFault(x, y) ?? firstFault(z, 0) }

    /// What a result that is not finite stands for: the fault of an operand, or its own.
    @inline(never)
    private func blame(_ x: Double, _ y: Double, _ fault: RunFault, _ pc: Int) -> Double {
        if Box.fault(in: x) != nil { return x }
        if Box.fault(in: y) != nil { return y }
        if Box.isNone(x) || Box.isNone(y) { return poison(.noneInArithmetic, at: pc) }
        return poison(fault, at: pc)
    }
}
