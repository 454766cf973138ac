import ReuseCore
import ReuseKernels
import ReuseModel

/// Runs byte code one value at a time: single runs, functions, recursion, and the uniform parts of lane code.
extension Machine {
    /// Runs from `start` with registers from `base` on, until the code ends, fails or meets an instruction on lanes.
    func run(from start: Int, base startBase: Int = 0) -> Exit {
        let code = self.code
        let constants = self.constants
        let stack = self.stack
        var pc = start
        var base = startBase
        var r = stack + base
        var depth = 0
        var fuel = self.fuel
        defer {
            self.fuel = fuel
            openCalls = depth
        }
        while true {
            let i = code[pc]
            let a = Int(i.a)
            switch i.opcode {
            case .move: r[a] = r[Int(i.b)]
            case .constant: r[a] = constants[i.wide]
            case .add:
                let v = r[Int(i.b)] + r[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], r[Int(i.c)], .notFinite, pc) }
                r[a] = v
            case .subtract:
                let v = r[Int(i.b)] - r[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], r[Int(i.c)], .notFinite, pc) }
                r[a] = v
            case .multiply:
                let v = r[Int(i.b)] * r[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], r[Int(i.c)], .notFinite, pc) }
                r[a] = v
            case .divide:
                let v = r[Int(i.b)] / r[Int(i.c)]
                if !(v.magnitude < .infinity) {
                    return failed(r[Int(i.b)], r[Int(i.c)], r[Int(i.c)] == 0 ? .divisionByZero : .notFinite, pc)
                }
                r[a] = v
            case .binary:
                let v = i.binary.value(r[Int(i.b)], r[Int(i.c)])
                if !(v.magnitude < .infinity) {
                    return failed(r[Int(i.b)], r[Int(i.c)], i.binary.fault(r[Int(i.b)], r[Int(i.c)]), pc)
                }
                r[a] = v
            case .addConstant:
                let v = r[Int(i.b)] + constants[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], 0, .notFinite, pc) }
                r[a] = v
            case .subtractConstant:
                let v = r[Int(i.b)] - constants[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], 0, .notFinite, pc) }
                r[a] = v
            case .multiplyConstant:
                let v = r[Int(i.b)] * constants[Int(i.c)]
                if !(v.magnitude < .infinity) { return failed(r[Int(i.b)], 0, .notFinite, pc) }
                r[a] = v
            case .unary:
                let x = r[Int(i.b)]
                let v = i.unary.value(x)
                if !(v.magnitude < .infinity) { return failed(x, 0, i.unary.fault(x), pc) }
                r[a] = v
            case .not: r[a] = 1 - r[Int(i.b)]
            case .less: r[a] = r[Int(i.b)] < r[Int(i.c)] ? 1 : 0
            case .lessOrEqual: r[a] = r[Int(i.b)] <= r[Int(i.c)] ? 1 : 0
            case .equal: r[a] = Self.same(r[Int(i.b)], r[Int(i.c)]) ? 1 : 0
            case .notEqual: r[a] = Self.same(r[Int(i.b)], r[Int(i.c)]) ? 0 : 1
            case .addExactly:
                let x = r[Int(i.b)]
                let next = ExactSum.add(x, to: (r[a], r[a + 1]))
                if !(next.sum.magnitude < .infinity) { return failed(r[a], x, .notFinite, pc) }
                (r[a], r[a + 1]) = next
            case .within: r[a] = (r[Int(i.b)] - r[Int(i.c)]).magnitude <= r[a] ? 1 : 0
            case .withinShare:
                r[a] = (r[Int(i.b)] - r[Int(i.c)]).magnitude <= r[a] * r[Int(i.c)].magnitude ? 1 : 0

            // A branch that holds skips the jump behind it; one that does not takes it here.
            case .ifLess:
                if r[a] < r[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifLessOrEqual:
                if r[a] <= r[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifEqual:
                if Self.same(r[a], r[Int(i.b)]) { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifNotEqual:
                if !Self.same(r[a], r[Int(i.b)]) { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifLessConstant:
                if r[a] < constants[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifLessOrEqualConstant:
                if r[a] <= constants[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifGreaterConstant:
                if r[a] > constants[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifGreaterOrEqualConstant:
                if r[a] >= constants[Int(i.b)] { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifEqualConstant:
                if Self.same(r[a], constants[Int(i.b)]) { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifNotEqualConstant:
                if !Self.same(r[a], constants[Int(i.b)]) { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifTrue:
                if r[a] != 0 { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifFalse:
                if r[a] == 0 { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .ifStepAtLeast:
                if step >= i.wide { pc += 2 } else { pc = code[pc + 1].wide }
                continue
            case .beginMembers: program.memberLoops[i.wide].begin(members)
            case .nextMembers:
                guard program.memberLoops[i.wide].goOn(members, offsets) else {
                    pc += 2
                    continue
                }
                // A turn may be work for a block of samples, so the host is asked more often than in loops of one.
                fuel &-= 1
                if fuel & 0x3FF == 0 || fuel <= 0, let fault = checkpoint(fuel) { return .fault(fault, pc) }
                pc = code[pc + 1].wide
                continue
            case .jump:
                let target = i.wide
                if target <= pc {
                    fuel &-= 1
                    if fuel & 0xFFFF == 0 || fuel <= 0, let fault = checkpoint(fuel) { return .fault(fault, pc) }
                }
                pc = target
                continue

            case .load:
                let v = uniform[i.wide + offsets[Int(i.detail)]]
                if v.isNaN, Box.fault(in: v) != nil { return .poisoned(v) }
                r[a] = v
            case .loadStep:
                let v = uniform[i.wide + step + offsets[Int(i.detail)]]
                if v.isNaN, Box.fault(in: v) != nil { return .poisoned(v) }
                r[a] = v
            case .loadLane:
                let v = laneFile[(i.wide + offsets[Int(i.detail)]) * width + lane]
                if v.isNaN, Box.fault(in: v) != nil { return .poisoned(v) }
                r[a] = v
            case .loadLaneStep:
                let v = laneFile[(i.wide + step + offsets[Int(i.detail)]) * width + lane]
                if v.isNaN, Box.fault(in: v) != nil { return .poisoned(v) }
                r[a] = v
            case .readTime:
                let v = readTime(program.timeReads[i.wide], at: TimePoint(bits: r[a]), pc, openCalls: depth)
                if v.isNaN, Box.fault(in: v) != nil { return .poisoned(v) }
                r[a] = v
            case .draw: r[a] = uniform(i.wide + offsets[Int(i.detail)], sample: firstSample + UInt64(lane))
            case .quantile:
                let parameters = r + Int(i.b)
                let third = i.distribution.hasThirdParameter ? parameters[2] : 0
                switch i.distribution.quantile(r[a], parameters[0], parameters[1], third) {
                case .success(let v):
                    if !(v.magnitude < .infinity) { return .fault(.notFinite, pc) }
                    r[a] = v
                case .failure(let failure): return .fault(failure.fault, pc)
                }

            case .quantileOfLists:
                switch listQuantile(i.distribution, values: r[Int(i.b)], weights: r[Int(i.c)]) {
                case .success(let list): r[a] = list.value(at: r[a])
                case .failure(let failure): return .fault(failure.fault, pc)
                }

            case .now:
                guard step < program.calendar.steps.count else { return .fault(.timeOutOfRange, pc) }
                r[a] = program.calendar.steps[step].bits
            case .timePlus, .timeMinus:
                let years = r[Int(i.c)]
                if Box.isNone(r[Int(i.b)]) { return .fault(.neverInArithmetic, pc) }
                guard let time = TimePoint(bits: r[Int(i.b)]).shifted(byYears: i.opcode == .timePlus ? years : -years)
                else {
                    return .fault(.timeOutOfRange, pc)
                }
                r[a] = time.bits
            case .timeDifference:
                let x = r[Int(i.b)]
                let y = r[Int(i.c)]
                if Box.isNone(x) || Box.isNone(y) { return .fault(.neverInArithmetic, pc) }
                r[a] = TimePoint(bits: x).years(since: TimePoint(bits: y))
            // What never comes is later than every time: so are the bits of `none`.
            case .timeLess: r[a] = TimePoint(bits: r[Int(i.b)]).order(TimePoint(bits: r[Int(i.c)])) < 0 ? 1 : 0
            case .timeLessOrEqual: r[a] = TimePoint(bits: r[Int(i.b)]).order(TimePoint(bits: r[Int(i.c)])) <= 0 ? 1 : 0
            case .timeEqual: r[a] = TimePoint(bits: r[Int(i.b)]).order(TimePoint(bits: r[Int(i.c)])) == 0 ? 1 : 0
            case .timeNotEqual: r[a] = TimePoint(bits: r[Int(i.b)]).order(TimePoint(bits: r[Int(i.c)])) == 0 ? 0 : 1
            case .timePart:
                let x = r[Int(i.b)]
                if Box.isNone(x) { return .fault(.neverInArithmetic, pc) }
                let time = TimePoint(bits: x)
                switch i.timePart {
                case .year: r[a] = Double(time.year)
                case .quarter: r[a] = Double(time.quarter)
                case .month: r[a] = Double(time.month)
                }

            case .call:
                let function = functions + i.wide
                let newBase = base &+ a
                if depth >= depthLimit { return .fault(.recursionTooDeep, pc) }
                if newBase &+ function.pointee.registers >= stackSize { return .fault(.stackFull, pc) }
                fuel &-= 1
                if fuel & 0xFFFF == 0 || fuel <= 0, let fault = checkpoint(fuel) { return .fault(fault, pc) }
                frames[depth] = Frame(
                    returnTo: Int32(truncatingIfNeeded: pc &+ 1), base: Int32(truncatingIfNeeded: base),
                    result: Int32(truncatingIfNeeded: newBase))
                depth &+= 1
                base = newBase
                r = stack + base
                pc = function.pointee.start
                continue
            case .tailCall:
                let function = functions + i.wide
                if base &+ function.pointee.registers >= stackSize { return .fault(.stackFull, pc) }
                fuel &-= 1
                if fuel & 0xFFFF == 0 || fuel <= 0, let fault = checkpoint(fuel) { return .fault(fault, pc) }
                let arguments = r + a
                for position in 0..<function.pointee.parameters { r[position] = arguments[position] }
                pc = function.pointee.start
                continue
            case .callValue, .tailCallValue:
                guard let closure = UnsafeMutablePointer<Double>(bitPattern: UInt(r[a].bitPattern)) else {
                    return .fault(.stackFull, pc)
                }
                let isTail = i.opcode == .tailCallValue
                let function = functions + Int(closure[0])
                let count = Int(i.c)
                let newBase = isTail ? base : base &+ a &+ 1
                if newBase &+ function.pointee.registers >= stackSize { return .fault(.stackFull, pc) }
                fuel &-= 1
                if fuel & 0xFFFF == 0 || fuel <= 0, let fault = checkpoint(fuel) { return .fault(fault, pc) }
                if isTail {
                    for position in 0..<count { r[position] = r[a + 1 + position] }
                } else {
                    if depth >= depthLimit { return .fault(.recursionTooDeep, pc) }
                    frames[depth] = Frame(
                        returnTo: Int32(truncatingIfNeeded: pc &+ 1), base: Int32(truncatingIfNeeded: base),
                        result: Int32(truncatingIfNeeded: newBase &- 1))
                    depth &+= 1
                    base = newBase
                    r = stack + base
                }
                for capture in 0..<function.pointee.captures { r[count + capture] = closure[1 + capture] }
                pc = function.pointee.start
                continue
            case .giveBack:
                let value = r[a]
                if depth == 0 { return .value(value) }
                depth &-= 1
                let frame = frames[depth]
                stack[Int(frame.result)] = value
                base = Int(frame.base)
                r = stack + base
                pc = Int(frame.returnTo)
                continue
            case .closure:
                let number = Int(i.c)
                let captures = functions[number].captures
                guard let closure = arena.allocate(doubles: captures + 1) else { return .fault(.memory, pc) }
                closure[0] = Double(number)
                for capture in 0..<captures { closure[1 + capture] = r[Int(i.b) + capture] }
                r[a] = Double(bitPattern: UInt64(UInt(bitPattern: closure)))

            case .listNext:
                guard let list = UnsafeMutablePointer<ListObject>(handle: r[a]) else { return .fault(.memory, pc) }
                let position = Int(r[Int(i.b)])
                if position < list.pointee.count {
                    r[Int(i.c)] = list.item(position)
                    r[Int(i.b)] = Double(position &+ 1)
                    pc += 2
                } else {
                    pc = code[pc + 1].wide
                }
                continue
            case .listPush:
                guard let list = UnsafeMutablePointer<ListObject>(handle: r[a]), arena.push(r[Int(i.b)], onto: list)
                else {
                    return .fault(.memory, pc)
                }
            case .listBegin:
                guard let list = arena.makeList(capacity: i.wide) else { return .fault(.memory, pc) }
                r[a] = list.handle
            case .recordField:
                guard let record = UnsafeMutablePointer<ListObject>(handle: r[Int(i.b)]),
                    Int(i.c) < record.pointee.count
                else {
                    return .fault(.memory, pc)
                }
                r[a] = record.item(Int(i.c))
            case .listOperation:
                switch listOperation(i.listOperation, r[Int(i.b)], r[Int(i.c)]) {
                case .success(let v): r[a] = v
                case .failure(let failure): return .fault(failure.fault, pc)
                }

            case .textConstant: r[a] = Double(i.wide)
            case .textJoin, .textOfNumber, .textOfBool, .textOfTime:
                guard let v = textOperation(i, r) else { return .fault(.memory, pc) }
                r[a] = v
            case .textOfText: r[a] = r[Int(i.b)]
            case .textEqual: r[a] = text(r[Int(i.b)]) == text(r[Int(i.c)]) ? 1 : 0
            case .textNotEqual: r[a] = text(r[Int(i.b)]) == text(r[Int(i.c)]) ? 0 : 1
            case .fail: return .fault(.failed(text(r[a])), pc)
            case .end: return .value(r[a])
            default: return .lane(pc)
            }
            pc &+= 1
        }
    }

    // MARK: - Rare paths and shared operations

    /// Equality of numbers; `none` equals itself.
    @inline(__always)
    static func same(_ a: Double, _ b: Double) -> Bool {
        a == b || (a.isNaN && a.bitPattern == b.bitPattern)
    }

    @inline(never)
    private func failed(_ a: Double, _ b: Double, _ fault: RunFault, _ pc: Int) -> Exit {
        if Box.isNone(a) || Box.isNone(b) { return .fault(.noneInArithmetic, pc) }
        return .fault(fault, pc)
    }

    @inline(never)
    private func checkpoint(_ fuel: Int) -> RunFault? {
        if fuel <= 0 { return .instructions }
        return isCancelled() ? .cancelled : nil
    }

    private func textOperation(_ i: Instruction, _ r: UnsafeMutablePointer<Double>) -> Double? {
        let value = r[Int(i.b)]
        switch i.opcode {
        case .textJoin: return store(text(value) + text(r[Int(i.c)]))
        case .textOfNumber:
            if Box.isNone(value) { return store("none") }
            let unit = program.formats[Int(i.c)]
            return store(format(value / unit.scale, unit.text))
        case .textOfBool: return store(value != 0 ? "true" : "false")
        default: return store(TimePoint(bits: value).text)
        }
    }
}
