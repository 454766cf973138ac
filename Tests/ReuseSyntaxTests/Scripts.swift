import Foundation
import ReuseSyntax
import Testing

/// A text as a tool gets it.
func source(_ text: String) -> SourceText {
    SourceText(id: SourceID(0), name: "test.reuse", bytes: Array(text.utf8))
}

/// A test names a text by its path.
extension SourceText: CustomTestStringConvertible {
    public var testDescription: String { name }
}

/// The scripts of this project, by their path.
enum Scripts {
    static let all = scripts(["samples", "stdlib", "Tests", "Benchmarks"])
    static let samples = scripts(["samples"])

    private static func scripts(_ folders: [String]) -> [SourceText] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var paths: [String] = []
        for folder in folders {
            let files = FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path)
            while let file = files?.nextObject() as? String {
                if file.hasSuffix(".reuse") { paths.append(folder + "/" + file) }
            }
        }
        return paths.sorted().compactMap { path in
            guard let data = try? Data(contentsOf: root.appendingPathComponent(path)) else { return nil }
            return SourceText(id: SourceID(0), name: path, bytes: Array(data))
        }
    }
}
