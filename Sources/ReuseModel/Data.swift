import ReuseSyntax
import ReuseTables

/// A column of numbers of a table, by the indexes that its label columns make, and over time where it has one.
public struct DataColumn: Sendable {
    public struct Point: Sendable {
        /// Number in `periods`; 0 where there is no time.
        public var period: Int32
        /// Line of the table's text, counted from 1; 0 for what stands for a missing figure.
        public var line: Int32
        public var value: Double
    }

    /// Ascending.
    public var indexes: [Int]
    public var isOverTime: Bool
    public var periods: [TablePeriod]
    /// One list a combination of the indexes; in each, points in order of time.
    public var lists: [[Point]]
    /// The table's text.
    public var source: SourceID
    public var name: String
}

extension Model {
    /// Where the figures of a declaration come from, as `idc.csv:3-12`, by the periods that count; nil where it is no column
    /// of a table.
    public func tablePlace(of id: DeclarationID, where counts: (TablePeriod) -> Bool = { _ in true }) -> String? {
        let declaration = self[id]
        guard !columns.isEmpty, !declaration.value.isNone else { return nil }
        let tree = modules[Int(declaration.valueModule)].tree
        let base = modules[Int(declaration.valueModule)].nodeBase
        for node in tree.subtree(of: declaration.value).reversed() {
            if let column = columns[base + node.rawValue] {
                var first = Int32.max
                var last: Int32 = 0
                for points in column.lists {
                    for point in points
                    where point.line > 0 && (!column.isOverTime || counts(column.periods[Int(point.period)])) {
                        first = min(first, point.line)
                        last = max(last, point.line)
                    }
                }
                return last == 0
                    ? column.name : first == last ? "\(column.name):\(first)" : "\(column.name):\(first)-\(last)"
            }
        }
        return nil
    }
}
