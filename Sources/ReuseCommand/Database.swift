@preconcurrency import Glibc
import Reuse
import ReuseSyntax

#if canImport(CSQLite)
    import CSQLite
#endif

/// Tables of SQLite databases, as text with commas: they are then read as any table is.
enum Database {
    /// The database is opened in memory, from the bytes of a file that the script may read: nothing else can be reached
    /// through it, and nothing is written.
    static func query(
        _ bytes: [UInt8], _ isQuery: Bool, _ text: String, path: String
    ) -> Result<[UInt8], FileAccess.Failure> {
        #if canImport(CSQLite)
            // What is in the log of writes beside it and not in the file would be passed over in silence.
            var log = stat()
            if stat(path + "-wal", &log) == 0, log.st_size > 0 {
                return .failure(
                    .unreadable(
                        "it is being written to; close the program that does, or run `pragma wal_checkpoint(truncate)`")
                )
            }
            return rows(bytes, isQuery ? text : "select * from \"" + escaped(text) + "\"")
        #else
            return .failure(.unreadable("this build of reuse has no SQLite"))
        #endif
    }

    private static func escaped(_ name: String) -> String {
        var result = ""
        for character in name { result += character == "\"" ? "\"\"" : String(character) }
        return result
    }

    #if canImport(CSQLite)
        private static func rows(_ bytes: [UInt8], _ query: String) -> Result<[UInt8], FileAccess.Failure> {
            guard bytes.starts(with: Array("SQLite format 3\0".utf8)), bytes.count > 100 else {
                return .failure(.unreadable("it is no SQLite database"))
            }
            var bytes = bytes
            // In memory there is no log of writes; there was none beside the file.
            if bytes[18] == 2 { bytes[18] = 1 }
            if bytes[19] == 2 { bytes[19] = 1 }
            var connection: OpaquePointer?
            defer { sqlite3_close(connection) }
            func failure() -> Result<[UInt8], FileAccess.Failure> {
                switch sqlite3_errcode(connection) {
                case SQLITE_NOMEM:
                    .failure(.unreadable("its query works with more than \(Limits.queryHeapBytes >> 20) MB"))
                case SQLITE_TOOBIG:
                    .failure(.unreadable("a text in its query is larger than \(Limits.queryCellBytes >> 20) MB"))
                case SQLITE_INTERRUPT:
                    .failure(.unreadable("its query was stopped: it may work for \(Limits.querySeconds) seconds"))
                default: .failure(.unreadable(String(cString: sqlite3_errmsg(connection))))
                }
            }
            guard sqlite3_open_v2(":memory:", &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, nil) == SQLITE_OK
            else {
                return failure()
            }
            return bytes.withUnsafeMutableBytes { buffer in
                guard let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self),
                    sqlite3_deserialize(
                        connection, "main", start, Int64(buffer.count), Int64(buffer.count),
                        UInt32(SQLITE_DESERIALIZE_READONLY)) == SQLITE_OK
                else { return failure() }
                defer {
                    sqlite3_close(connection)
                    connection = nil
                }
                sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0)
                // What it works with counts, too: the rows of a query that calls itself, one text, what is sorted. In memory,
                // and not in files that would fill a disk.
                sqlite3_exec(connection, "pragma temp_store = memory", nil, nil, nil)
                sqlite3_hard_heap_limit64(Int64(Limits.queryHeapBytes + buffer.count))
                sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, Int32(Limits.queryCellBytes))
                // A query without end is stopped.
                let deadline = UnsafeMutablePointer<Int>.allocate(capacity: 1)
                deadline.initialize(to: seconds() + Limits.querySeconds)
                defer { deadline.deallocate() }
                sqlite3_progress_handler(
                    connection, 100_000,
                    { deadline in
                        guard let deadline = deadline?.assumingMemoryBound(to: Int.self) else { return 1 }
                        return Database.seconds() >= deadline.pointee || Interruption.wasAsked ? 1 : 0
                    }, deadline)
                var statement: OpaquePointer?
                defer { sqlite3_finalize(statement) }
                let (state, isAlone) = prepare(query, connection, &statement)
                guard state == SQLITE_OK else { return failure() }
                guard isAlone else {
                    return .failure(.unreadable("a query is one statement, and this goes on behind it"))
                }
                guard statement != nil, sqlite3_stmt_readonly(statement) != 0 else {
                    return .failure(.unreadable("a query reads, and changes nothing"))
                }
                var result: [UInt8] = []
                let columns = sqlite3_column_count(statement)
                for column in 0..<columns {
                    if column > 0 { result.append(0x2C) }
                    append(String(cString: sqlite3_column_name(statement, column)).utf8, to: &result)
                }
                result.append(0x0A)
                while true {
                    let step = sqlite3_step(statement)
                    if step == SQLITE_DONE { return .success(result) }
                    guard step == SQLITE_ROW else { return failure() }
                    for column in 0..<columns {
                        if column > 0 { result.append(0x2C) }
                        appendCell(statement, column, to: &result)
                    }
                    result.append(0x0A)
                    if result.count > Limits.queryResultBytes {
                        return .failure(
                            .unreadable(
                                "what its query gives is larger than \(Limits.queryResultBytes >> 20) MB: sum rows, or choose some"
                            ))
                    }
                }
            }
        }

        private static func seconds() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return time.tv_sec
        }

        /// The first statement of a query, and whether nothing but comments and semicolons follow.
        private static func prepare(
            _ query: String, _ connection: OpaquePointer?, _ statement: inout OpaquePointer?
        ) -> (state: Int32, isAlone: Bool) {
            query.withCString { text in
                var tail: UnsafePointer<CChar>?
                let state = sqlite3_prepare_v2(connection, text, -1, &statement, &tail)
                guard state == SQLITE_OK else { return (state, true) }
                while let rest = tail, rest.pointee != 0 {
                    var next: OpaquePointer?
                    defer { sqlite3_finalize(next) }
                    guard sqlite3_prepare_v2(connection, rest, -1, &next, &tail) == SQLITE_OK, next == nil else {
                        return (SQLITE_OK, false)
                    }
                    if tail == rest { break }
                }
                return (SQLITE_OK, true)
            }
        }

        private static func appendCell(_ statement: OpaquePointer?, _ column: Int32, to result: inout [UInt8]) {
            switch sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: result += Array(String(sqlite3_column_int64(statement, column)).utf8)
            case SQLITE_FLOAT:
                // The shortest decimal that is this number.
                result += Array(String(sqlite3_column_double(statement, column)).utf8)
            case SQLITE_TEXT:
                guard let text = sqlite3_column_text(statement, column) else { return }
                let count = Int(sqlite3_column_bytes(statement, column))
                append(UnsafeBufferPointer(start: text, count: count), to: &result)
            default: return
            }
        }

        private static func append(_ text: some Sequence<UInt8>, to result: inout [UInt8]) {
            result.append(0x22)
            for byte in text {
                result.append(byte)
                if byte == 0x22 { result.append(0x22) }
            }
            result.append(0x22)
        }
    #endif
}
