import ReuseSyntax

/// A list of flat records, `[{"Year": 2019, "Units": 12.5}]`, to a table.
///
/// The records are written as rows with a heading and read as such, so that all tables are read alike; what is wrong is
/// shown in the text as it was.
public func readJSON(
    _ text: TableText, _ request: TableRequest, stops: () -> Bool = { false }
) -> Result<Table, TableProblem> {
    var records = JSONRecords(text.bytes)
    do throws(TableProblem) {
        try records.scan(stops)
    } catch {
        return .failure(error)
    }
    let rows = records.rows()
    var request = request
    request.separator = 0x2C
    request.areNumbersPlain = true
    switch readTable(TableText(decoded: rows.bytes), request, stops: stops) {
    case .success(var table):
        table.lines = table.lines.map { records.lines[min(max(Int($0) - 2, 0), records.lines.count - 1)] }
        table.labelTexts = table.labelTexts.map { $0.map { ($0.text, rows.place($0.span)) } }
        return .success(table)
    case .failure(let problem): return .failure(problem.moved { rows.place($0) })
    }
}

private struct JSONRecords {
    struct Cell {
        var column: Int
        /// Nil where it stands in the file as it is: a number, or a text without escapes.
        var text: [UInt8]?
        var isText: Bool
        var span: TableSpan
    }

    let bytes: [UInt8]
    var place = 0
    var line: Int32 = 1
    var columns: [String: Int] = [:]
    var headings: [(text: [UInt8], span: TableSpan)] = []
    var records: [[Cell]] = []
    /// By column: the last record that has it.
    private var lastRecord: [Int] = []
    var lines: [Int32] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// A text of rows, and what its cells were made from.
    struct Rows {
        var bytes: [UInt8] = []
        /// Ascending by where a cell begins in `bytes`.
        var cells: [(start: Int, span: TableSpan)] = []

        func place(_ span: TableSpan) -> TableSpan {
            var low = 0
            var high = cells.count
            while low < high {
                let middle = (low + high) / 2
                if cells[middle].start <= span.start { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? cells[low - 1].span : TableSpan(start: 0, end: 0)
        }
    }

    func rows() -> Rows {
        var rows = Rows()
        func add(_ text: some Sequence<UInt8>, _ span: TableSpan) {
            rows.cells.append((rows.bytes.count, span))
            rows.bytes.append(0x22)
            for byte in text {
                // A line of its own for each record: no lines within cells.
                rows.bytes.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
                if byte == 0x22 { rows.bytes.append(0x22) }
            }
            rows.bytes.append(0x22)
        }
        for (number, heading) in headings.enumerated() {
            if number > 0 { rows.bytes.append(0x2C) }
            add(heading.text, heading.span)
        }
        rows.bytes.append(0x0A)
        for record in records {
            var own: [Cell?] = Array(repeating: nil, count: headings.count)
            for cell in record { own[cell.column] = cell }
            for (number, cell) in own.enumerated() {
                if number > 0 { rows.bytes.append(0x2C) }
                if let cell, !cell.isText {
                    rows.cells.append((rows.bytes.count, cell.span))
                    rows.bytes += bytes[Int(cell.span.start)..<Int(cell.span.end)]
                } else if let cell, let text = cell.text {
                    add(text, cell.span)
                } else if let cell {
                    add(bytes[Int(cell.span.start) + 1..<Int(cell.span.end) - 1], cell.span)
                } else if headings.count == 1 {
                    rows.bytes += [0x22, 0x22]
                }
            }
            rows.bytes.append(0x0A)
        }
        return rows
    }

    private func problem(_ wanted: String) -> TableProblem {
        .notJSON(TableSpan(start: min(place, bytes.count), end: min(place + 1, bytes.count)), wanted)
    }

    private var byte: UInt8 { place < bytes.count ? bytes[place] : 0 }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) {
            if bytes[place] == 0x0A { line += 1 }
            place += 1
        }
    }

    private mutating func accept(_ wanted: UInt8) -> Bool {
        skipBlanks()
        guard byte == wanted, place < bytes.count else { return false }
        place += 1
        return true
    }

    mutating func scan(_ stops: () -> Bool) throws(TableProblem) {
        guard accept(0x5B) else { throw problem("`[` is wanted here, and records") }
        if !accept(0x5D) {
            repeat {
                if records.count & 0xFF == 0, stops() { throw .stopped }
                try record()
            } while accept(0x2C)
            guard accept(0x5D) else { throw problem("`,` or `]` is wanted here") }
        }
        skipBlanks()
        if place < bytes.count { throw problem("nothing may follow the list") }
    }

    private mutating func record() throws(TableProblem) {
        guard accept(0x7B) else { throw problem("a record in `{ }` is wanted here") }
        // Each record is written out with all names: with names of their own that is the square of their number.
        guard records.count * headings.count <= max(Limits.jsonCells, bytes.count) else {
            throw .tooManyNames(
                TableSpan(start: place - 1, end: place), names: headings.count, records: records.count)
        }
        lines.append(line)
        var cells: [Cell] = []
        if !accept(0x7D) {
            repeat {
                skipBlanks()
                let start = place
                guard byte == 0x22 else { throw problem("a name in quotes is wanted here") }
                let name = try string()
                let key = String(decoding: name, as: UTF8.self)
                let column = columns[key] ?? headings.count
                if column == headings.count {
                    columns[key] = column
                    headings.append((name, TableSpan(start: start, end: place)))
                    lastRecord.append(-1)
                }
                guard accept(0x3A) else { throw problem("`:` is wanted here") }
                skipBlanks()
                let first = place
                let isText = byte == 0x22
                let text = try value()
                if lastRecord[column] == records.count { throw problem("the record has this name twice") }
                if let text {
                    lastRecord[column] = records.count
                    let isPlain = !isText || text.count == place - first - 2
                    cells.append(
                        Cell(
                            column: column, text: isPlain ? nil : text, isText: isText,
                            span: TableSpan(start: first, end: place)))
                }
            } while accept(0x2C)
            guard accept(0x7D) else { throw problem("`,` or `}` is wanted here") }
        }
        records.append(cells)
    }

    /// Nil for `null`, and for the `NaN` that Python writes.
    private mutating func value() throws(TableProblem) -> [UInt8]? {
        if byte == 0x22 { return try string() }
        let start = place
        while place < bytes.count, ![0x2C, 0x7D, 0x5D, 0x20, 0x09, 0x0A, 0x0D, 0x7B, 0x5B, 0x22, 0x3A].contains(byte) {
            place += 1
        }
        let word = Array(bytes[start..<place])
        if word.elementsEqual("null".utf8) || word.elementsEqual("NaN".utf8) { return nil }
        let isNumber =
            word.first.map { $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 } ?? false
            && Double(String(decoding: word, as: UTF8.self)) != nil
        guard isNumber || word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8) else {
            place = start
            throw problem("a text, a number or `null` is wanted here; records are flat")
        }
        return word
    }

    private mutating func string() throws(TableProblem) -> [UInt8] {
        place += 1
        var result: [UInt8] = []
        while place < bytes.count {
            let own = bytes[place]
            place += 1
            switch own {
            case 0x22: return result
            case 0x5C:
                let escape = byte
                place += 1
                switch escape {
                case 0x22, 0x5C, 0x2F: result.append(escape)
                case 0x62: result.append(8)
                case 0x66: result.append(12)
                case 0x6E: result.append(10)
                case 0x72: result.append(13)
                case 0x74: result.append(9)
                case 0x75:
                    var scalar = try hexadecimal()
                    if scalar & 0xFC00 == 0xD800, byte == 0x5C, place + 1 < bytes.count, bytes[place + 1] == 0x75 {
                        place += 2
                        scalar = 0x10000 + (scalar & 0x3FF) << 10 + (try hexadecimal()) & 0x3FF
                    }
                    TableText.append(scalar & 0xFFFF_F800 == 0xD800 ? 0xFFFD : scalar, to: &result)
                default:
                    place -= 1
                    throw problem("there is no such escape")
                }
            case 0..<0x20:
                place -= 1
                throw problem("a text ends with quotes on its line")
            default: result.append(own)
            }
        }
        throw problem("a text ends with quotes")
    }

    private mutating func hexadecimal() throws(TableProblem) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw problem("four hexadecimal digits are wanted here")
            }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }
}

extension TableProblem {
    /// The same about another text.
    func moved(_ move: (TableSpan) -> TableSpan) -> TableProblem {
        switch self {
        case .stopped, .noHeading, .tooLarge: self
        case .missingColumn(let heading, let all, let span): .missingColumn(heading, all: all, move(span))
        case .twoColumns(let heading, let a, let b): .twoColumns(heading, move(a), move(b))
        case .noPeriods(let span): .noPeriods(move(span))
        case .twoPeriods(let period, let a, let b): .twoPeriods(period, move(a), move(b))
        case .tooManyCells(let span, let found, let headings):
            .tooManyCells(move(span), found: found, headings: headings)
        case .otherSeparator(let span, let heading): .otherSeparator(move(span), heading: heading)
        case .openQuote(let span): .openQuote(move(span))
        case .afterQuote(let span): .afterQuote(move(span))
        case .notANumber(let span, let decimal): .notANumber(move(span), decimal: decimal)
        case .ambiguousNumber(let span): .ambiguousNumber(move(span))
        case .twoDecimals(let point, let comma): .twoDecimals(point: move(point), comma: move(comma))
        case .mixedPercent(let percent, let plain): .mixedPercent(percent: move(percent), plain: move(plain))
        case .notAPeriod(let span): .notAPeriod(move(span))
        case .openDate(let span): .openDate(move(span))
        case .twoDateOrders(let day, let month): .twoDateOrders(day: move(day), month: move(month))
        case .monthOrYear(let span): .monthOrYear(move(span))
        case .fiscalYear(let span): .fiscalYear(move(span))
        case .headingWithYear(let span, let all): .headingWithYear(move(span), all: all)
        case .missingTime(let row): .missingTime(row: move(row))
        case .missingLabel(let heading, let row): .missingLabel(heading: heading, row: move(row))
        case .notJSON(let span, let wanted): .notJSON(move(span), wanted)
        case .tooManyNames(let span, let names, let records): .tooManyNames(move(span), names: names, records: records)
        }
    }
}
