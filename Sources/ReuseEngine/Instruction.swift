import ReuseCore
import ReuseModel
import ReuseSyntax

/// What an instruction does. Scalar operations come first; from `laneLoad` on they work on blocks of 256 lanes.
///
/// `a` is the destination unless said otherwise; `b`, `c` are operands; `bc` is both as one 32-bit number. `detail` tells
/// which of the operations that are rows of a table is meant: arithmetic, a comparison, a function of one number, a
/// distribution, a list's; of what reads a value or a draw, which offset is added to its address.
/// A *branch* looks at its operands and is followed by a `jump`, which is taken where the condition does not hold.
enum Opcode: UInt8 {
    // Registers and constants
    case move  // a = b
    case constant  // a = constants[bc]
    // Arithmetic: a = b op c. Results that are not finite end the run of the code.
    case add, subtract, multiply, divide
    case addConstant, subtractConstant, multiplyConstant  // a = b op constants[c]
    case binary  // a = the `BinaryOperation` of b and c
    case unary  // a = the `UnaryOperation` of b
    // Truth values are 1 and 0
    case not
    case less, lessOrEqual, equal, notEqual  // a = b op c
    case addExactly  // a + (a + 1) += b: a sum in two parts, free of rounding for all practical ends
    case within  // a = |b - c| <= tolerance; the tolerance is in a
    case withinShare  // the same with the tolerance a share of |c|
    // Branches
    case ifLess, ifLessOrEqual, ifEqual, ifNotEqual  // a op b
    case ifLessConstant, ifLessOrEqualConstant, ifGreaterConstant, ifGreaterOrEqualConstant  // a op constants[b]
    case ifEqualConstant, ifNotEqualConstant
    case ifTrue, ifFalse  // a
    case ifStepAtLeast  // the step is at least bc
    case beginMembers  // memberLoops[bc] at its first members
    case nextMembers  // branch: memberLoops[bc] was at its last members, and is at the first again; else it goes on
    case jump  // to bc
    // Values of definitions: bc is an address
    case load  // a = uniform[bc]
    case loadStep  // a = uniform[bc + step]
    case loadLane  // a = lanes[bc][lane]
    case loadLaneStep  // a = lanes[bc + step][lane]
    case readTime  // a = the value of timeReads[bc] at the time in a
    case draw  // a = uniform draw of draws[bc] for the current sample
    // Distributions by their quantile function: a holds the share and takes the value; parameters from b on
    case quantile  // of a `Distribution`
    case quantileOfLists  // the same, with the list of values in b and that of weights, if there is one, in c
    // Time
    case now  // a
    case timePlus, timeMinus  // a = b + c, c in years
    case timeDifference  // a = b - c in years
    case timeLess, timeLessOrEqual, timeEqual, timeNotEqual  // a = b op c
    case timePart  // a = the `TimePart` of b
    // Functions. Arguments lie from register a on; the result comes to register a.
    case call  // functions[bc]
    case tailCall  // functions[bc]; takes the frame of the caller
    case callValue  // the function value in a, c arguments behind it
    case tailCallValue
    case giveBack  // return a
    case closure  // a = function c with captures from register b on
    // Lists, records, texts
    case listBegin  // a = empty list or record with room for bc
    case listPush  // append b to a
    case listNext  // branch: list a, position b, item c: c = a[b], b += 1, or jump at the end
    case listOperation  // a = the `ListOperation` of b and c
    case recordField  // a = b.c
    case textConstant  // a = texts[bc]
    case textJoin  // a = text b followed by text c
    case textOfNumber  // a = b as text, in formats[c]
    case textOfBool, textOfTime, textOfText  // a = b as text
    case textEqual, textNotEqual
    case fail  // with the text in a
    case end  // of a definition's code; the value is in a

    // Lanes: a, b, c are lane registers, s marks a scalar register
    case laneLoad  // a = lanes[bc]
    case laneLoadStep
    case laneLoadUniform, laneLoadUniformStep  // a = uniform[bc] in all lanes
    case laneFill  // a = b(s) in all lanes
    case laneMove
    case laneBinary  // a = the `BinaryOperation` of b and c
    case laneBinaryScalar  // c(s)
    case laneScalarBinary  // b(s)
    case laneUnary
    case laneNot
    case laneCompare  // a = b `Comparison` c
    case laneCompareScalar  // c(s)
    case laneWithin, laneWithinShare  // as the scalar ones
    case laneAddExactly  // as the scalar one
    case laneSelect  // a = b is true ? c : a
    case laneStrict  // what failed in b fails in a
    case laneIfAny  // branch: some lane of a is true
    case laneIfNotAll  // branch: some lane of a is not true
    case laneDraw  // a = draws[bc]
    case laneQuantile  // parameters in lane registers from b on
    case laneQuantileOfLists  // b(s), c(s)
    case laneEnd
}

struct Instruction {
    var op: UInt8
    var detail: UInt8
    var a: UInt16
    var b: UInt16
    var c: UInt16

    init(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, detail: UInt8 = 0) {
        self.op = op.rawValue
        self.detail = detail
        self.a = UInt16(truncatingIfNeeded: a)
        self.b = UInt16(truncatingIfNeeded: b)
        self.c = UInt16(truncatingIfNeeded: c)
    }

    init(_ op: Opcode, _ a: Int, wide: Int, detail: UInt8 = 0) {
        self.init(op, a, wide & 0xFFFF, wide >> 16 & 0xFFFF, detail: detail)
    }

    /// Signed: the address of a step before the current one may begin below zero.
    @inline(__always)
    var wide: Int { Int(b) | Int(Int16(bitPattern: c)) << 16 }

    /// The instruction stream is made by `Lowering` alone, so every number in it is an opcode.
    @inline(__always)
    var opcode: Opcode { unsafeBitCast(op, to: Opcode.self) }

    // Of the rows, too.
    @inline(__always)
    var unary: UnaryOperation { UnaryOperation(rawValue: detail) ?? .negate }
    @inline(__always)
    var binary: BinaryOperation { BinaryOperation(rawValue: detail) ?? .add }
    @inline(__always)
    var comparison: Comparison { Comparison(rawValue: detail) ?? .equal }
    @inline(__always)
    var distribution: Distribution { Distribution(rawValue: detail) ?? .uniform }
    @inline(__always)
    var listOperation: ListOperation { ListOperation(rawValue: detail) ?? .length }
    @inline(__always)
    var timePart: TimePart { TimePart(rawValue: detail) ?? .year }
}
