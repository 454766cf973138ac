import Foundation
import Reuse

/// The files of the project, found from this one.
enum Project {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appendingPathComponent(path)))
    }

    static func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    /// Names of the files in a folder that end so, in order.
    static func names(in folder: String, ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(folder).path)
            .filter { $0.hasSuffix(ending) }.sorted()
    }

    /// Reads paths as if the project's root were the current folder.
    static let files = FileAccess { path in
        guard let bytes = try? Project.bytes(path) else { return .failure(.missing) }
        return .success(bytes)
    }
}
