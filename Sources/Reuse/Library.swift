import ReuseLibrary

/// The standard library, embedded.
enum Library {
    static var names: [String] { (0..<reuse_library_count()).map(name) }

    static var modules: [(name: String, text: [UInt8])] { (0..<reuse_library_count()).map { (name($0), bytes($0)) } }

    static func text(of module: String) -> [UInt8]? {
        (0..<reuse_library_count()).first { name($0) == module }.map(bytes)
    }

    private static func name(_ index: Int) -> String {
        guard let file = reuse_library_file(index), let name = file.pointee.name else { return "" }
        return String(cString: name)
    }

    private static func bytes(_ index: Int) -> [UInt8] {
        guard let file = reuse_library_file(index) else { return [] }
        return Array(UnsafeBufferPointer(start: file.pointee.bytes, count: file.pointee.count))
    }
}
