/// Which rows of a table count: comparisons of cells with texts, and what joins them, each behind what it joins.
public struct TableCondition: Sendable {
    public enum Step: Sendable {
        /// The cell under a heading is one of some texts.
        case isAny(heading: String, texts: [String])
        /// All, or any, of so many before it.
        case all(Int), any(Int)
        case not
    }

    public var steps: [Step] = []

    public init() {}

    public var isEmpty: Bool { steps.isEmpty }

    var headings: [String] {
        steps.compactMap { step in if case .isAny(let heading, _) = step { heading } else { nil } }
    }
}

/// A condition on the rows of a table whose columns were found; it knows which of its texts were met.
struct RowCondition {
    private enum Step { case isAny(column: Int, first: Int, end: Int), all(Int), any(Int), not }

    private var steps: [Step] = []
    private var texts: [String] = []
    private var isMet: [Bool] = []
    private var columns: [Int] = []
    private var stack: [Bool] = []

    /// `column` finds the column of a heading.
    init(_ condition: TableCondition, _ column: (String) throws(TableProblem) -> Int) throws(TableProblem) {
        for step in condition.steps {
            switch step {
            case .isAny(let heading, let texts):
                let own = try column(heading)
                steps.append(.isAny(column: own, first: self.texts.count, end: self.texts.count + texts.count))
                self.texts += texts
                isMet += texts.map { _ in false }
                columns += texts.map { _ in own }
            case .all(let count): steps.append(.all(count))
            case .any(let count): steps.append(.any(count))
            case .not: steps.append(.not)
            }
        }
    }

    var isEmpty: Bool { steps.isEmpty }

    /// The texts that no row had, with the columns in which they were looked for.
    var unmet: [(column: Int, text: String)] {
        isMet.indices.filter { !isMet[$0] }.map { (columns[$0], texts[$0]) }
    }

    mutating func holds(_ cells: [TableCell], _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if steps.isEmpty { return true }
        stack.removeAll(keepingCapacity: true)
        for step in steps {
            switch step {
            case .isAny(let column, let first, let end):
                let text = column < cells.count ? bytes.text(cells[column]) : ""
                var isFound = false
                for place in first..<end where texts[place] == text {
                    isMet[place] = true
                    isFound = true
                }
                stack.append(isFound)
            case .all(let count): join(count) { $0 && $1 }
            case .any(let count): join(count) { $0 || $1 }
            case .not: if let last = stack.popLast() { stack.append(!last) }
            }
        }
        return stack.last ?? true
    }

    private mutating func join(_ count: Int, _ operation: (Bool, Bool) -> Bool) {
        guard count > 0, count <= stack.count else { return }
        var result = stack.removeLast()
        for _ in 1..<count { result = operation(result, stack.removeLast()) }
        stack.append(result)
    }
}
