import ReuseSyntax

/// A delimited text to a table. `stops` is asked now and then whether to leave off.
public func readTable(
    _ text: TableText, _ request: TableRequest, stops: () -> Bool = { false }
) -> Result<Table, TableProblem> {
    withoutActuallyEscaping(stops) { stops in
        text.bytes.withUnsafeBufferPointer { bytes in
            guard bytes.count <= Limits.tableBytes else { return .failure(.tooLarge) }
            do throws(TableProblem) {
                var reader = try TableReader(bytes, request, stops)
                try reader.findHeading()
                try reader.survey()
                return .success(try reader.read())
            } catch {
                return .failure(error)
            }
        }
    }
}

/// Finds the heading, then goes through the rows twice: for how numbers are written, and for the numbers.
private struct TableReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let request: TableRequest
    let stops: () -> Bool
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
    var condition: RowCondition
    /// Whether each row counts.
    var rowCounts: [Bool] = []
    var dates = DateEvidence()
    var missing: MissingTexts
    var decimals: [UInt8] = []
    /// Periods of the headings, where `periods` was asked for.
    var headingPeriods: [TablePeriod] = []

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, _ request: TableRequest, _ stops: @escaping () -> Bool
    ) throws(TableProblem) {
        self.bytes = bytes
        self.request = request
        self.stops = stops
        condition = try RowCondition(TableCondition()) { _ in 0 }
        missing = MissingTexts(request.missing)
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
                    if wantsPeriods, scanner.cells.contains(where: { form($0) != nil }) { score += 1 }
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
        for text in request.exceptions { _ = try column(text) }
        for column in request.numbers {
            switch column {
            case .heading(let text): numbers.append([try self.column(text)])
            case .periods: numbers.append(try periodColumns(cells))
            }
        }
        for text in request.labels { labels.append(try column(text)) }
        time = try request.time.map { text throws(TableProblem) in try column(text) }
        condition = try RowCondition(request.condition) { heading throws(TableProblem) in try column(heading) }
    }

    private func heading(_ cell: TableCell, splits: Bool) -> String {
        let text = bytes.text(cell)
        // `geo\TIME_PERIOD` is about the column `geo` and the row of headings.
        guard splits, let slash = text.utf8.firstIndex(of: 0x5C) else { return text }
        return String(text[..<slash])
    }

    private func form(_ cell: TableCell) -> PeriodText.Form? {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(bytes, &start, &end)
        return PeriodText.form(bytes, start, end)
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
        let forms = cells.map { form($0) }
        for (number, form) in forms.enumerated() { if let form { dates.note(form, spans[number]) } }
        let others = request.headings
        var columns: [Int] = []
        var unread: [Int] = []
        for (number, form) in forms.enumerated() where !others.contains(headings[number]) {
            guard let form, let period = try dates.period(form, request.dates, spans[number]) else {
                if hasYear(cells[number]) { unread.append(number) }
                continue
            }
            if let other = headingPeriods.firstIndex(of: period) {
                throw .twoPeriods(period, spans[columns[other]], spans[number])
            }
            columns.append(number)
            headingPeriods.append(period)
        }
        if let first = unread.first { throw .headingWithYear(spans[first], all: unread.map { headings[$0] }) }
        if columns.isEmpty { throw .noPeriods(headingSpan) }
        headingPeriods = TablePeriod.widened(headingPeriods)
        return columns
    }

    /// Whether a heading that is no period looks as if it were about one: it would be left out without a word.
    private func hasYear(_ cell: TableCell) -> Bool {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(bytes, &start, &end)
        func isDigit(_ place: Int) -> Bool {
            place >= start && place < end && bytes[place] >= 0x30 && bytes[place] <= 0x39
        }
        var word = start
        while word < end, bytes[word] != 0x20 { word += 1 }
        if word < end, PeriodText.form(bytes, start, word) != nil { return true }
        return (start..<end).contains { place in
            !isDigit(place - 1) && isDigit(place) && isDigit(place + 1) && isDigit(place + 2) && isDigit(place + 3)
                && (bytes[place] == 0x31 && bytes[place + 1] == 0x39
                    || bytes[place] == 0x32 && bytes[place + 1] == 0x30)
        }
    }

    // MARK: Rows

    private func scanner() -> RowScanner {
        var result = RowScanner(bytes, separator: separator)
        result.splitsFirst = splitsFirst
        (result.place, result.line) = (place, line)
        return result
    }

    /// Reads the next row that is one; false at the end.
    @inline(__always)
    private func next(_ scanner: inout RowScanner) throws(TableProblem) -> Bool {
        while try scanner.next() {
            if scanner.line & 0xFF == 0, stops() { throw .stopped }
            if scanner.start == scanner.end { continue }
            if scanner.cells.count == 1, headings.count > 1 {
                // A remark; but a row that is parted by another mark is none.
                if hasOtherSeparator(scanner) {
                    throw .otherSeparator(TableSpan(start: scanner.start, end: scanner.end), heading: separator)
                }
                continue
            }
            return true
        }
        return false
    }

    /// Whether a row of one cell has all cells by another mark, and a time or a figure among them.
    private func hasOtherSeparator(_ scanner: RowScanner) -> Bool {
        for other: UInt8 in [0x2C, 0x3B, 0x09, 0x7C] where other != separator {
            var row = RowScanner(bytes, separator: other)
            row.place = scanner.start
            guard (try? row.next()) ?? false, row.cells.count == headings.count else { continue }
            if let time {
                if form(row.cells[time]) != nil { return true }
            } else if let column = numbers.first?.first {
                let cell = row.cells[column]
                for decimal: UInt8 in [0x2E, 0x2C] {
                    if case .value = Decimals.read(bytes, Int(cell.start), Int(cell.end), decimal: decimal) {
                        return true
                    }
                }
            }
        }
        return false
    }

    /// Goes through all rows for which of them count, and for what they say of how numbers and times are written. Times are
    /// told by all rows, numbers by those that count.
    mutating func survey() throws(TableProblem) {
        var evidence = numbers.map { _ in Decimals.Evidence() }
        var timeCells = CellInterner()
        var rows = scanner()
        while try next(&rows) {
            if let time, time < rows.cells.count {
                let known = timeCells.cells.count
                let cell = rows.cells[time]
                if timeCells.intern(cell, bytes) == known, let form = form(cell) { dates.note(form, cell.span) }
            }
            let counts = condition.holds(rows.cells, bytes)
            if !condition.isEmpty { rowCounts.append(counts) }
            if !counts { continue }
            for (number, columns) in numbers.enumerated() {
                for column in columns where column < rows.cells.count {
                    let cell = rows.cells[column]
                    if !missing.isEmpty, missing.contain(cell, bytes) { continue }
                    Decimals.notePercent(bytes, cell, &evidence[number])
                    if request.decimal != nil || isPlain(cell) { continue }
                    Decimals.look(bytes, Int(cell.start), Int(cell.end), &evidence[number])
                }
            }
        }
        for own in evidence {
            if let percent = own.percent, let plain = own.plain {
                throw .mixedPercent(percent: percent, plain: plain)
            }
        }
        if let decimal = request.decimal {
            decimals = numbers.map { _ in decimal }
        } else {
            try chooseDecimals(evidence)
        }
    }

    /// A number as JSON and databases have it.
    private func isPlain(_ cell: TableCell) -> Bool { request.areNumbersPlain && !cell.isQuoted }

    private mutating func chooseDecimals(_ evidence: [Decimals.Evidence]) throws(TableProblem) {
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
        let isFilled = request.fills.contains { $0 != nil }
        var rows = scanner()
        var row = -1
        while try next(&rows) {
            row += 1
            if row < rowCounts.count, !rowCounts[row] { continue }
            let cells = rows.cells
            values.removeAll(keepingCapacity: true)
            var hasValue = false
            var problem: TableProblem?
            var isRemark = time != nil
            for (number, columns) in numbers.enumerated() {
                for column in columns {
                    var value = Double.nan
                    if column < cells.count,
                        missing.isEmpty || !missing.contain(cells[column], bytes)
                    {
                        let cell = cells[column]
                        let decimal = isPlain(cell) ? 0x2E : decimals[number]
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
                if let time, time < cells.count, form(cells[time]) != nil { isRemark = false }
                guard isRemark, !hasValue else { throw problem }
                remark = remark ?? problem
                continue
            }
            // A row without a value is a remark, or its points are missing.
            guard hasValue || isFilled && namesPoint(cells) else { continue }
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
                    let span = cells[time].span
                    guard let form = form(cells[time]), let period = try dates.period(form, request.dates, span) else {
                        throw .notAPeriod(span)
                    }
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
        for (column, text) in condition.unmet {
            table.unmet.append((headings[column], text, try texts(under: column)))
        }
        return table
    }

    /// Whether a row says of which point it is, though it has no figure: it then amounts to what missing figures do.
    private func namesPoint(_ cells: [TableCell]) -> Bool {
        func isThere(_ column: Int) -> Bool { column < cells.count && cells[column].start < cells[column].end }
        if let time, !(isThere(time) && form(cells[time]) != nil) { return false }
        return (time != nil || !labels.isEmpty) && labels.allSatisfy(isThere)
    }

    /// The first of the texts of a column.
    private func texts(under column: Int) throws(TableProblem) -> [String] {
        var interner = CellInterner()
        var rows = scanner()
        while interner.cells.count < 100, try next(&rows) {
            if column < rows.cells.count { _ = interner.intern(rows.cells[column], bytes) }
        }
        return interner.cells.map { bytes.text($0) }
    }
}
