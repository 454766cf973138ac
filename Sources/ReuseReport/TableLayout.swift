import Reuse

/// A table as lines: headers, a thin rule, rows; every column as wide as it needs to be on the display.
struct TableLayout {
    static let widestName = 40
    static let widestCell = 60

    enum Alignment { case left, right }

    /// What stands in one place of the table.
    enum Cell {
        case plain(String)
        /// Lined up at the decimal point with the others of its column.
        case number(String)
        /// Median and range, lined up part by part.
        case range(median: String, low: String, high: String)
    }

    struct Column {
        /// Name, and unit where the table has units.
        var header: [String]
        var alignment: Alignment
    }

    private let columns: [Column]
    /// The text of every cell, lined up within its column but not yet filled up to the column's width.
    private let rows: [[String]]

    init(columns: [Column], rows: [[Cell]]) {
        self.columns = columns
        var texts = [[String]](repeating: [], count: rows.count)
        for column in columns.indices {
            let cells = rows.map { column < $0.count ? $0[column] : .plain("") }
            for (row, text) in Self.linedUp(cells).enumerated() { texts[row].append(text) }
        }
        self.rows = texts
    }

    init(_ table: Table, format: ValueFormat) {
        let hasUnits = table.columns.contains { !$0.unit.isEmpty }
        var columns = table.axes.map { Column(header: hasUnits ? [$0, ""] : [$0], alignment: .left) }
        var rows = table.rows.map { row in
            table.axes.indices.map { Cell.plain($0 < row.labels.count ? ValueFormat.onOneLine(row.labels[$0]) : "") }
        }
        for (place, column) in table.columns.enumerated() {
            let cells = table.rows.map { place < $0.cells.count ? $0.cells[place] : .absent }
            let mark = column.isUnique ? "" : "*"
            let name = DisplayWidth.cut(ValueFormat.onOneLine(column.name), to: Self.widestName) + mark
            columns.append(
                Column(header: hasUnits ? [name, column.unit] : [name], alignment: Self.alignment(of: cells)))
            let unit = UnitForm(column.unit)
            let magnitude = Self.sharedMagnitude(of: cells, unit: unit)
            let scale = Bar.scale(of: cells)
            for (row, cell) in cells.enumerated() {
                rows[row].append(Self.place(cell, unit: unit, magnitude: magnitude, scale: scale, format: format))
            }
        }
        self.init(columns: columns, rows: rows)
    }

    func render(_ style: TextStyle) -> String {
        let widths = columns.indices.map { place in
            let header = columns[place].header.map { DisplayWidth.of($0) }
            return max(header.max() ?? 0, rows.map { DisplayWidth.of($0[place]) }.max() ?? 0)
        }
        var result = ""
        let headerLines = columns.map(\.header.count).max() ?? 0
        for line in 0..<headerLines {
            let texts = columns.map { line < $0.header.count ? $0.header[line] : "" }
            let text = joined(texts, widths)
            result += (line == 0 ? style.bold(text) : style.dim(text)) + "\n"
        }
        let rule = widths.reduce(0, +) + max(0, widths.count - 1) * Self.gap.count
        result += style.dim(String(repeating: "─", count: rule)) + "\n"
        for row in rows { result += joined(row, widths) + "\n" }
        return result
    }

    private static let gap = "  "

    private func joined(_ texts: [String], _ widths: [Int]) -> String {
        var line = ""
        for (place, text) in texts.enumerated() {
            if place > 0 { line += Self.gap }
            line += Self.filled(text, to: widths[place], columns[place].alignment)
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    private static func filled(_ text: String, to width: Int, _ alignment: Alignment) -> String {
        let blanks = String(repeating: " ", count: max(0, width - DisplayWidth.of(text)))
        return switch alignment {
        case .left: text + blanks
        case .right: blanks + text
        }
    }
}

// MARK: - Cells of one column

extension TableLayout {
    private static func place(
        _ cell: Reuse.Cell, unit: UnitForm, magnitude: NumberFormat.Magnitude?, scale: ClosedRange<Double>?,
        format: ValueFormat
    ) -> Cell {
        switch cell {
        case .number(let value):
            return .number(format.number(value, unit: unit, magnitude: magnitude))
        case .uncertain(let summary):
            let parts = format.parts(of: summary, unit: unit, magnitude: magnitude)
            return .range(median: parts.median, low: parts.low, high: parts.high)
        case .text(let text):
            return .plain(ValueFormat.onOneLine(text))
        case .bar(let from, let to):
            return .plain(scale.map { Bar.text(from, to, on: $0) } ?? "")
        case .quantity, .boolean, .probability, .time, .uncertainTime, .list, .record, .function, .absent:
            return .plain(ValueFormat.onOneLine(format.text(cell, unit: unit.written)))
        }
    }

    private static func alignment(of cells: [Reuse.Cell]) -> Alignment {
        let leftward = cells.contains { cell in
            switch cell {
            case .text(let text) where text.isEmpty: false
            case .text, .quantity, .time, .uncertainTime, .list, .record, .function, .bar: true
            case .number, .uncertain, .boolean, .probability, .absent: false
            }
        }
        return leftward ? .left : .right
    }

    /// One magnitude for the whole column, where that makes no number of it very small: the largest number's.
    private static func sharedMagnitude(of cells: [Reuse.Cell], unit: UnitForm) -> NumberFormat.Magnitude? {
        var low = Double.infinity
        var high = 0.0
        for cell in cells {
            let values: [Double]
            switch cell {
            case .number(let value): values = [value]
            case .uncertain(let summary): values = [summary.p5, summary.median, summary.p95]
            case .quantity, .boolean, .probability, .text, .time, .uncertainTime, .list, .record, .function, .bar,
                .absent:
                values = []
            }
            for value in values where value != 0 && value.isFinite {
                low = min(low, value.magnitude)
                high = max(high, value.magnitude)
            }
        }
        guard let magnitude = NumberFormat.magnitude(of: high, letters: unit.allowsLetters) else { return nil }
        let smallest: Double
        switch magnitude {
        case .scientific: return nil
        case .one: smallest = 0.0001
        case .thousand: smallest = 10
        case .million: smallest = 1e4
        case .billion: smallest = 1e7
        }
        return low >= smallest ? magnitude : nil
    }

    private static func linedUp(_ cells: [Cell]) -> [String] {
        var medians: [String] = []
        var lows: [String] = []
        var highs: [String] = []
        for cell in cells {
            switch cell {
            case .plain: break
            case .number(let text): medians.append(text)
            case .range(let median, let low, let high):
                medians.append(median)
                lows.append(low)
                highs.append(high)
            }
        }
        medians = atPoint(medians)
        lows = atPoint(lows)
        highs = atPoint(highs)
        var numberPlace = 0
        var rangePlace = 0
        // A number among ranges keeps their place, so that it stands under the medians.
        let rangeWidth = lows.isEmpty ? 0 : " ( to )".count + (lows[0].count + highs[0].count)
        return cells.map { cell in
            switch cell {
            case .plain(let text): return text
            case .number:
                numberPlace += 1
                return medians[numberPlace - 1] + String(repeating: " ", count: rangeWidth)
            case .range:
                numberPlace += 1
                rangePlace += 1
                // Blanks behind the last number go behind the bracket.
                let high = highs[rangePlace - 1]
                let digits = String(high.reversed().drop { $0 == " " }.reversed())
                let blanks = String(repeating: " ", count: high.count - digits.count)
                return "\(medians[numberPlace - 1]) (\(lows[rangePlace - 1]) to \(digits))" + blanks
            }
        }
    }

    /// Numbers of one width with their decimal points under each other, where they have one magnitude letter (zero
    /// fits any); else flush right.
    private static func atPoint(_ numbers: [String]) -> [String] {
        let endings = Set(numbers.filter { $0 != "0" }.map(ending))
        guard endings.count <= 1, !endings.contains("e") else {
            let width = numbers.map(\.count).max() ?? 0
            return numbers.map { String(repeating: " ", count: width - $0.count) + $0 }
        }
        let letter = endings.first ?? ""
        let fractions = numbers.map { number -> Int in
            number.firstIndex(of: ".").map { number.distance(from: $0, to: number.endIndex) - letter.count } ?? 0
        }
        let longest = fractions.max() ?? 0
        let filled = zip(numbers, fractions).map { number, fraction in
            let missing = longest - fraction + (number == "0" ? letter.count : 0)
            return number + String(repeating: " ", count: missing)
        }
        let width = filled.map(\.count).max() ?? 0
        return filled.map { String(repeating: " ", count: width - $0.count) + $0 }
    }

    /// What a number ends in behind its digits: `k`, `M`, `B`, nothing, or `e` for a power of ten.
    private static func ending(_ number: String) -> String {
        if number.contains("e") { return "e" }
        guard let last = number.last, !last.isNumber, last != "." else { return "" }
        return String(last)
    }
}

/// Bars of a column as blocks, on one scale.
enum Bar {
    static let width = 24

    /// From the least to the greatest end of all bars; nil where there is nothing to tell apart.
    static func scale(of cells: [Reuse.Cell]) -> ClosedRange<Double>? {
        var low = Double.infinity
        var high = -Double.infinity
        for cell in cells {
            guard case .bar(let from, let to) = cell, from.isFinite, to.isFinite else { continue }
            low = min(low, from, to)
            high = max(high, from, to)
        }
        return low < high ? low...high : nil
    }

    /// In steps of half a character.
    static func text(_ from: Double, _ to: Double, on scale: ClosedRange<Double>) -> String {
        guard from.isFinite, to.isFinite else { return "" }
        func place(_ value: Double) -> Int {
            // Halved, so that the length of the scale stays finite.
            let part = (value / 2 - scale.lowerBound / 2) / (scale.upperBound / 2 - scale.lowerBound / 2)
            return Int((part * Double(2 * width)).rounded())
        }
        let (start, end) = (place(min(from, to)), place(max(from, to)))
        var result = ""
        for left in stride(from: 0, to: end, by: 2) {
            switch (start <= left, start <= left + 1 && left + 1 < end) {
            case (true, true): result += "█"
            case (true, false): result += "▌"
            case (false, true): result += "▐"
            case (false, false): result += " "
            }
        }
        return result
    }
}
