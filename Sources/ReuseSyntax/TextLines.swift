/// TextLines tells the lines of a text from byte offsets. Lines end in LF, CR LF or CR; a byte order mark is no part of the first.
public struct TextLines: Sendable {
    /// Where each line begins, ascending.
    private let starts: [Int]

    public init(_ bytes: [UInt8]) {
        var starts = [bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0]
        for (offset, byte) in bytes.enumerated() {
            if byte == 0x0A || (byte == 0x0D && !(offset + 1 < bytes.count && bytes[offset + 1] == 0x0A)) {
                starts.append(offset + 1)
            }
        }
        self.starts = starts
    }

    /// The number of the line that holds an offset, from 1, and where it begins. An offset between the two bytes of a line end
    /// belongs to the line before.
    public func line(at offset: Int) -> (number: Int, start: Int) {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, starts[low])
    }
}
