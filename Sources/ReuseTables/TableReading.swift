/// A delimited text to a table.
public func readTable(_ text: TableText, _ request: TableRequest) -> Result<Table, TableProblem> {
    text.bytes.withUnsafeBufferPointer { bytes in
        guard bytes.count < Int(Int32.max) else { return .failure(.tooLarge) }
        do throws(TableProblem) {
            var reader = TableReader(bytes, request)
            try reader.findHeading()
            try reader.findDecimals()
            return .success(try reader.read())
        } catch {
            return .failure(error)
        }
    }
}

/// Finds the heading, then goes through the rows twice: for how numbers are written, and for the numbers.
private struct TableReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let request: TableRequest
    var separator: UInt8 = 0x2C
    var splitsFirst = false
    /// Behind the heading.
    var place = 0
    var line: Int32 = 1
    var headings: [String] = []
    var spans: [TableSpan] = []
    var headingSpan = TableSpan(start: 0, end: 0)
    /// Columns, by number.
    var numbers: [[Int]] = []
    var labels: [Int] = []
    var time: Int?
    var filters: [(column: Int, text: String)] = []
    var decimals: [UInt8] = []
    /// Periods of the headings, where `periods` was asked for.
    var headingPeriods: [TablePeriod] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ request: TableRequest) {
        self.bytes = bytes
        self.request = request
    }

    // MARK: The heading

    /// The heading is the first of the first 100 rows that has all headings that are asked for: titles and remarks stand
    /// above it. The separator is the one by which there is such a row, and the most cells in it.
    mutating func findHeading() throws(TableProblem) {
        let wanted = request.headings
        let wantsPeriods = request.numbers.contains(.periods)
        var best = (score: -1, cells: 0)
        var found: RowScanner?
        var problem: TableProblem?
        for candidate in request.separator.map({ [$0] }) ?? [0x2C, 0x3B, 0x09, 0x7C] {
            for splits in candidate == 0x09 ? [false, true] : [false] {
                var scanner = RowScanner(bytes, separator: candidate)
                scanner.splitsFirst = splits
                for _ in 0..<100 {
                    do throws(TableProblem) {
                        guard try scanner.next() else { break }
                    } catch {
                        problem = problem ?? error
                        break
                    }
                    if scanner.start == scanner.end || bytes[scanner.start] == 0x23 { continue }
                    let texts = scanner.cells.map { heading($0, splits: splits) }
                    var score = 0
                    for heading in wanted where texts.contains(heading) { score += 1 }
                    if wantsPeriods, scanner.cells.contains(where: { period($0) != nil }) { score += 1 }
                    // One cell is no table, but where a column alone is asked for.
                    if (score, scanner.cells.count) > best {
                        best = (score, scanner.cells.count)
                        found = scanner
                    }
                    if score == wanted.count + (wantsPeriods ? 1 : 0) { break }
                }
            }
        }
        guard let found else { throw problem ?? .noHeading }
        separator = found.separator
        splitsFirst = found.splitsFirst
        (place, line) = (found.place, found.line)
        headingSpan = TableSpan(start: found.start, end: found.end)
        headings = found.cells.map { heading($0, splits: splitsFirst) }
        spans = found.cells.map { $0.span }
        let cells = found.cells
        for column in request.numbers {
            switch column {
            case .heading(let text): numbers.append([try self.column(text)])
            case .periods: numbers.append(try periodColumns(cells))
            }
        }
        for text in request.labels { labels.append(try column(text)) }
        time = try request.time.map { text throws(TableProblem) in try column(text) }
        for filter in request.filters { filters.append((try column(filter.heading), filter.text)) }
    }

    private func heading(_ cell: TableCell, splits: Bool) -> String {
        let text = bytes.text(cell)
        // `geo\TIME_PERIOD` is about the column `geo` and the row of headings.
        guard splits, let slash = text.utf8.firstIndex(of: 0x5C) else { return text }
        return String(text[..<slash])
    }

    private func period(_ cell: TableCell) -> TablePeriod? {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(bytes, &start, &end)
        return TablePeriod(bytes, start, end)
    }

    private func column(_ text: String) throws(TableProblem) -> Int {
        guard let first = headings.firstIndex(of: text) else {
            throw .missingColumn(text, all: headings.filter { !$0.isEmpty }, headingSpan)
        }
        if let second = headings[(first + 1)...].firstIndex(of: text) {
            throw .twoColumns(text, spans[first], spans[second])
        }
        return first
    }

    private mutating func periodColumns(_ cells: [TableCell]) throws(TableProblem) -> [Int] {
        var columns: [Int] = []
        for (number, cell) in cells.enumerated() {
            guard let period = period(cell) else { continue }
            if let other = headingPeriods.firstIndex(of: period) {
                throw .twoPeriods(period, spans[columns[other]], spans[number])
            }
            columns.append(number)
            headingPeriods.append(period)
        }
        if columns.isEmpty { throw .noPeriods(headingSpan) }
        headingPeriods = TablePeriod.widened(headingPeriods)
        return columns
    }

    // MARK: Rows

    private func scanner() -> RowScanner {
        var result = RowScanner(bytes, separator: separator)
        result.splitsFirst = splitsFirst
        (result.place, result.line) = (place, line)
        return result
    }

    /// Reads the next row that counts; false at the end.
    @inline(__always)
    private func next(_ scanner: inout RowScanner) throws(TableProblem) -> Bool {
        while try scanner.next() {
            if scanner.start == scanner.end || scanner.cells.count == 1 && headings.count > 1 { continue }
            if !filters.isEmpty {
                let fits = filters.allSatisfy { filter in
                    filter.column < scanner.cells.count && bytes.text(scanner.cells[filter.column]) == filter.text
                }
                if !fits { continue }
            }
            return true
        }
        return false
    }

    mutating func findDecimals() throws(TableProblem) {
        if let decimal = request.decimal {
            decimals = numbers.map { _ in decimal }
            return
        }
        var evidence = numbers.map { _ in Decimals.Evidence() }
        var rows = scanner()
        while try next(&rows) {
            for (number, columns) in numbers.enumerated() {
                for column in columns where column < rows.cells.count {
                    let cell = rows.cells[column]
                    if request.areNumbersPlain, !cell.isQuoted { continue }
                    Decimals.look(bytes, Int(cell.start), Int(cell.end), &evidence[number])
                }
            }
        }
        for own in evidence {
            if let point = own.point, let comma = own.comma { throw .twoDecimals(point: point, comma: comma) }
        }
        // Where a column does not say, the others of the table may.
        let hasPoint = evidence.contains { $0.point != nil }
        let hasComma = evidence.contains { $0.comma != nil }
        for own in evidence {
            if own.comma != nil {
                decimals.append(0x2C)
            } else if own.point != nil || own.open == nil {
                decimals.append(0x2E)
            } else if hasPoint != hasComma {
                decimals.append(hasPoint ? 0x2E : 0x2C)
            } else if let open = own.open {
                throw .ambiguousNumber(open)
            }
        }
    }

    private func notANumber(_ cell: TableCell, _ decimal: UInt8) -> TableProblem {
        let other: UInt8 = decimal == 0x2E ? 0x2C : 0x2E
        if case .value = Decimals.read(bytes, Int(cell.start), Int(cell.end), decimal: other) {
            return .notANumber(cell.span, decimal: decimal)
        }
        return .notANumber(cell.span, decimal: nil)
    }

    mutating func read() throws(TableProblem) -> Table {
        var table = Table(
            numbers: numbers.map { _ in TableNumbers(values: []) }, labels: labels.map { _ in [] },
            periods: headingPeriods)
        var labelCells = labels.map { _ in CellInterner() }
        var timeCells = CellInterner()
        var periodOfTime: [Int32] = []
        var periods: [TablePeriod] = []
        var values: [Double] = []
        // What is wrong with a row of words alone that has no time: a remark with commas, where only such rows follow.
        var remark: TableProblem?
        var rows = scanner()
        while try next(&rows) {
            let cells = rows.cells
            values.removeAll(keepingCapacity: true)
            var hasValue = false
            var problem: TableProblem?
            var isRemark = time != nil
            for (number, columns) in numbers.enumerated() {
                for column in columns {
                    var value = Double.nan
                    if column < cells.count {
                        let cell = cells[column]
                        let isPlain = request.areNumbersPlain && !cell.isQuoted
                        let decimal = isPlain ? 0x2E : decimals[number]
                        switch Decimals.read(bytes, Int(cell.start), Int(cell.end), decimal: decimal) {
                        case .value(let own):
                            value = own
                            hasValue = true
                        case .missing: break
                        case .bad:
                            problem = problem ?? notANumber(cell, decimal)
                            if bytes[Int(cell.start)..<Int(cell.end)].contains(where: { $0 >= 0x30 && $0 <= 0x39 }) {
                                isRemark = false
                            }
                        }
                    }
                    values.append(value)
                }
            }
            if problem == nil, cells.count > headings.count,
                cells[headings.count...].contains(where: { $0.start != $0.end })
            {
                problem = .tooManyCells(
                    TableSpan(start: rows.start, end: rows.end), found: cells.count, headings: headings.count)
            }
            if let problem {
                if let time, time < cells.count, period(cells[time]) != nil { isRemark = false }
                guard isRemark, !hasValue else { throw problem }
                remark = remark ?? problem
                continue
            }
            // A row without a value is a remark, or its points are missing.
            guard hasValue else { continue }
            if let remark { throw remark }
            var next = 0
            for (number, columns) in numbers.enumerated() {
                for _ in columns {
                    table.numbers[number].values.append(values[next])
                    next += 1
                }
            }
            table.lines.append(rows.startLine)
            for (number, column) in labels.enumerated() {
                guard column < cells.count, cells[column].start < cells[column].end else {
                    throw .missingLabel(heading: headings[column], row: TableSpan(start: rows.start, end: rows.end))
                }
                table.labels[number].append(labelCells[number].intern(cells[column], bytes))
            }
            if let time {
                guard time < cells.count, cells[time].start < cells[time].end else {
                    throw .missingTime(row: TableSpan(start: rows.start, end: rows.end))
                }
                let number = timeCells.intern(cells[time], bytes)
                if Int(number) == periodOfTime.count {
                    guard let period = period(cells[time]) else { throw .notAPeriod(cells[time].span) }
                    // `2019-07` and `2019M07` are one period.
                    if let known = periods.firstIndex(of: period) {
                        periodOfTime.append(Int32(known))
                    } else {
                        periodOfTime.append(Int32(periods.count))
                        periods.append(period)
                    }
                }
                table.times.append(periodOfTime[Int(number)])
            }
        }
        if time != nil { table.periods = TablePeriod.widened(periods) }
        table.labelTexts = labelCells.map { interner in interner.cells.map { (bytes.text($0), $0.span) } }
        return table
    }
}
