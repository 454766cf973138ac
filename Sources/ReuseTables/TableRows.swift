/// A cell of a row: where its text stands, without the quotes around it.
struct TableCell {
    var start: Int32
    var end: Int32
    /// It holds doubled quotes or escapes.
    var isEscaped = false
    var isQuoted = false

    var span: TableSpan { TableSpan(start: Int(start), end: Int(end)) }
}

/// How the rows of a delimited text are told apart.
struct RowScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let separator: UInt8
    /// Eurostat's first column holds several, with commas between them.
    var splitsFirst = false
    var place = 0
    var line: Int32 = 1
    private(set) var cells: [TableCell] = []
    /// Where the row that was read begins and ends.
    private(set) var start = 0
    private(set) var end = 0
    private(set) var startLine: Int32 = 1

    init(_ bytes: UnsafeBufferPointer<UInt8>, separator: UInt8) {
        self.bytes = bytes
        self.separator = separator
    }

    /// Reads a row into `cells`; false at the end of the text.
    mutating func next() throws(TableProblem) -> Bool {
        let count = bytes.count
        guard place < count else { return false }
        cells.removeAll(keepingCapacity: true)
        start = place
        startLine = line
        var splits = splitsFirst
        while true {
            // One cell, from here to the separator or the end of the line.
            while place < count, bytes[place] == 0x20 || bytes[place] == 0x09 && separator != 0x09 { place &+= 1 }
            if place < count, bytes[place] == 0x22 {
                cells.append(try quoted())
            } else {
                let from = place
                while place < count {
                    let byte = bytes[place]
                    if byte == separator || byte == 0x0A || byte == 0x0D || splits && byte == 0x2C { break }
                    place &+= 1
                }
                var last = place
                while last > from, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last &-= 1 }
                cells.append(TableCell(start: Int32(truncatingIfNeeded: from), end: Int32(truncatingIfNeeded: last)))
            }
            guard place < count, bytes[place] == separator || splits && bytes[place] == 0x2C else { break }
            if bytes[place] == separator { splits = false }
            place &+= 1
            if place == count {
                cells.append(TableCell(start: Int32(truncatingIfNeeded: place), end: Int32(truncatingIfNeeded: place)))
                break
            }
        }
        end = place
        endLine()
        return true
    }

    private mutating func endLine() {
        guard place < bytes.count else { return }
        if bytes[place] == 0x0D {
            place &+= 1
            if place < bytes.count, bytes[place] == 0x0A { place &+= 1 }
        } else {
            place &+= 1
        }
        line &+= 1
    }

    private mutating func quoted() throws(TableProblem) -> TableCell {
        let open = place
        let count = bytes.count
        var cell = TableCell(start: Int32(truncatingIfNeeded: open + 1), end: 0, isQuoted: true)
        place &+= 1
        while true {
            guard place < count else { throw .openQuote(TableSpan(start: open, end: open + 1)) }
            let byte = bytes[place]
            if byte == 0x22 {
                guard place + 1 < count, bytes[place + 1] == 0x22 else { break }
                cell.isEscaped = true
                place &+= 2
                continue
            }
            if byte == 0x0A || byte == 0x0D && !(place + 1 < count && bytes[place + 1] == 0x0A) { line &+= 1 }
            place &+= 1
        }
        cell.end = Int32(truncatingIfNeeded: place)
        place &+= 1
        let close = place
        while place < count, bytes[place] == 0x20 || bytes[place] == 0x09 && separator != 0x09 { place &+= 1 }
        if place < count, bytes[place] != separator, bytes[place] != 0x0A, bytes[place] != 0x0D {
            throw .afterQuote(TableSpan(start: open, end: close))
        }
        return cell
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The text of a cell, with doubled quotes made single.
    func text(_ cell: TableCell) -> String {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(self, &start, &end)
        if !cell.isEscaped { return String(decoding: self[start..<end], as: UTF8.self) }
        var plain: [UInt8] = []
        var place = start
        while place < end {
            plain.append(self[place])
            place += self[place] == 0x22 ? 2 : 1
        }
        return String(decoding: plain, as: UTF8.self)
    }
}

/// Texts of cells by number.
struct CellInterner {
    private var slots: [Int32] = Array(repeating: -1, count: 64)
    private(set) var cells: [TableCell] = []

    mutating func intern(_ cell: TableCell, _ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        var (start, end) = (Int(cell.start), Int(cell.end))
        Decimals.trim(bytes, &start, &end)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in start..<end { hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01B3 }
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
        while slots[slot] >= 0 {
            let known = cells[Int(slots[slot])]
            if Int(known.end - known.start) == end - start {
                var place = 0
                while place < end - start, bytes[Int(known.start) + place] == bytes[start + place] { place &+= 1 }
                if place == end - start { return slots[slot] }
            }
            slot = (slot + 1) & mask
        }
        let number = Int32(cells.count)
        slots[slot] = number
        var own = cell
        (own.start, own.end) = (Int32(truncatingIfNeeded: start), Int32(truncatingIfNeeded: end))
        cells.append(own)
        if cells.count * 2 > slots.count { grow(bytes) }
        return number
    }

    private mutating func grow(_ bytes: UnsafeBufferPointer<UInt8>) {
        slots = Array(repeating: -1, count: slots.count * 2)
        let mask = slots.count - 1
        for (number, cell) in cells.enumerated() {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for place in Int(cell.start)..<Int(cell.end) { hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01B3 }
            var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(number)
        }
    }
}
