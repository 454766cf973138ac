/// What a token is. The order matters: whole ranges of it decide whether a line end counts (see `endsNoLine`).
enum TokenKind: UInt8, Sendable {
    case end, newline, name
    // Reserved words that continue nothing. From here to `aged`, raw value = symbol + `TokenKind.firstReserved`.
    case `if`, `let`, fn, not, `true`, `false`, none
    // Reserved words that continue a statement: a line end before or after one of them does not count.
    case then, `else`, and, or, to, at, growing, under, `as`, within, from, until, over, per, by, `in`, on, so, with
    case `where`, after, among, source, aged
    // Infix signs: the same.
    case plus, minus, star, slash, caret, less, lessOrEqual, greater, greaterOrEqual, equal, notEqual
    case arrow, dot, dotDot
    // A line end after one of these does not count.
    case assign, addAssign, subtractAssign, multiplyAssign, divideAssign, comma, colon
    case openParen, openBracket, openBrace
    case closeParen, closeBracket, closeBrace
    // value: index in the numbers; detail in the high bits, see `Tokens`.
    case number
    // value: year * 256 + divisions * 16 + part
    case period
    // A text without interpolation. value: index in the texts.
    case text
    // A text with interpolation is a run: textOpen, (textPart | interpolationOpen ... interpolationClose)*, textClose.
    case textOpen, textPart, textClose, interpolationOpen, interpolationClose
    case percent
    // A sign of another language. value: index in `Habit.signs`.
    case habit
    // Something the lexer has reported already.
    case invalid

    static let firstReserved: UInt8 = 3

    /// Whether a line end right after this token is not the end of a statement.
    @inline(__always) var continuesAfter: Bool {
        rawValue >= TokenKind.then.rawValue && rawValue <= TokenKind.openBrace.rawValue
    }
    /// Whether a line end right before this token is not the end of a statement.
    @inline(__always) var continuesBefore: Bool {
        rawValue >= TokenKind.then.rawValue && rawValue <= TokenKind.dotDot.rawValue
    }
    @inline(__always) var isClauseWord: Bool {
        rawValue >= TokenKind.then.rawValue && rawValue <= TokenKind.aged.rawValue
    }
    /// A name or a reserved word: what may stand as a label.
    @inline(__always) var isWord: Bool {
        rawValue >= TokenKind.name.rawValue && rawValue <= TokenKind.aged.rawValue
    }
    @inline(__always) var isReserved: Bool { isWord && self != .name }
    @inline(__always) var isComparison: Bool {
        rawValue >= TokenKind.less.rawValue && rawValue <= TokenKind.notEqual.rawValue
    }
    @inline(__always) var isText: Bool { self == .text || self == .textOpen }
    @inline(__always) var endsStatement: Bool { rawValue <= TokenKind.newline.rawValue }
}

/// The tokens of a text, one array a property, and a few `end` tokens behind the last.
struct Tokens: ~Copyable {
    private(set) var kinds: UnsafeMutablePointer<TokenKind>
    private(set) var starts: UnsafeMutablePointer<UInt32>
    private(set) var ends: UnsafeMutablePointer<UInt32>
    private(set) var values: UnsafeMutablePointer<Int32>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 16)
        kinds = .allocate(capacity: self.capacity)
        starts = .allocate(capacity: self.capacity)
        ends = .allocate(capacity: self.capacity)
        values = .allocate(capacity: self.capacity)
    }

    deinit {
        kinds.deallocate()
        starts.deallocate()
        ends.deallocate()
        values.deallocate()
    }

    @inline(__always)
    mutating func append(_ kind: TokenKind, _ start: Int, _ end: Int, _ value: Int32 = -1) {
        if count == capacity { grow() }
        kinds[count] = kind
        starts[count] = UInt32(truncatingIfNeeded: start)
        ends[count] = UInt32(truncatingIfNeeded: end)
        values[count] = value
        count &+= 1
    }

    @inline(never)
    private mutating func grow() {
        func moved<T>(_ old: UnsafeMutablePointer<T>, _ count: Int, _ capacity: Int) -> UnsafeMutablePointer<T> {
            let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
            new.moveInitialize(from: old, count: count)
            old.deallocate()
            return new
        }
        capacity *= 2
        kinds = moved(kinds, count, capacity)
        starts = moved(starts, count, capacity)
        ends = moved(ends, count, capacity)
        values = moved(values, count, capacity)
    }
}
