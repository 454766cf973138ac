import ReuseCore
import ReuseModel
import ReuseSyntax
import ReuseTables

/// Columns of tables: series of constants, or constants over indexes.
extension Lowering {
    func axes(of column: DataColumn) -> Axes {
        var result: Axes = column.isOverTime ? .time : []
        for index in column.indexes { result.insert(.index(index)) }
        return result
    }

    /// Whether a column over time stands in an expression, which then is a series where it is one times what does not vary.
    @inline(__always)
    func namesColumn(_ id: ExpressionID) -> Bool {
        if model.columns.isEmpty { return false }
        return core.contains(id) { operation in
            guard case .column(let place) = operation else { return false }
            return model.columns[place.rawValue]?.isOverTime ?? false
        }
    }

    func series(of column: DataColumn) -> Series {
        var result = Series(lists: [], indexes: axes(of: column).indexes)
        result.isOfTable = true
        let spans = column.periods.map { $0.ticks }
        for points in column.lists {
            var list: [SeriesPoint] = []
            list.reserveCapacity(points.count)
            for point in points {
                let span = spans[Int(point.period)]
                list.append(SeriesPoint(start: span.start, end: span.end, value: .constant(point.value)))
            }
            result.lists.append(list)
        }
        return result
    }

    mutating func lowerColumn(
        _ column: Place, _ id: ExpressionID, _ place: Place, _ target: Int?
    ) throws(LoweringFailure) -> Operand {
        guard let column = model.columns[column.rawValue] else { throw .reported }
        if column.isOverTime { return try lowerSeries(id, place, target) }
        let own = axes(of: column)
        if let point = column.lists[try combination(at: own)].first { return .constant(point.value) }
        // A missing cell fails where it is asked for.
        var series = Series(
            lists: column.lists.map { $0.map { SeriesPoint(start: 0, end: .max, value: .constant($0.value)) } },
            indexes: own)
        series.isOfTable = true
        program.series.append(series)
        let number = defineNative(
            .seriesRead(program.series.count - 1, from: 0, to: 1), axes: own, reads: [], at: place)
        return try load(number, place)
    }
}

extension TablePeriod {
    /// Whether it has a part in a step.
    package func overlaps(_ step: TimePoint) -> Bool { ticks.start < step.end && step.start < ticks.end }

    /// In ticks. A day is its share of its month, all of which are equally long.
    var ticks: (start: Int64, end: Int64) {
        let month = TimePoint.ticksPerYear / 12
        let ends = ends
        func ticks(_ end: (month: Int64, day: Int64, days: Int64)) -> Int64 {
            end.month * month + end.day * month / end.days
        }
        return (ticks(ends.start), ticks(ends.end))
    }
}
