import ReuseErrors
import ReuseSyntax

/// What `reuse explain` tells of a kind of error or warning: a page of the folder `errors`.
///
/// A page is Markdown: `# R0301: a few words` and paragraphs, then wrong and right scripts in fences, ```` ```reuse wrong ````
/// and ```` ```reuse right ````. What is no whole script stands in a fence that begins otherwise, such as ```` ```sh wrong ````.
/// Readers do not see comments: `<!-- before` holds lines that stand in front of the next script where it is run, and
/// `<!-- prices.csv` a file that it reads.
public struct Explanation: Sendable {
    public let kind: DiagnosticKind
    /// A few words, for lists.
    public private(set) var title = ""
    /// What it means and why it is refused.
    private var text = ""
    package private(set) var examples: [Example] = []
    package private(set) var files: [String: String] = [:]

    package struct Example: Sendable {
        package var isWrong: Bool
        /// Whether what is shown is run.
        package var isScript: Bool
        fileprivate var before: [Substring]
        fileprivate var lines: [Substring] = []

        /// The script that is run; empty where there is none.
        package var script: String { (before + (isScript ? lines : [])).map { $0 + "\n" }.joined() }
    }

    public init(of kind: DiagnosticKind) {
        self.kind = kind
        var isInExample = false
        var comment: Substring?
        var before: [Substring] = []
        for line in Self.pages[kind.code] ?? [] {
            if isInExample {
                isInExample = line != "```"
                if isInExample { examples[examples.count - 1].lines.append(line) }
            } else if let name = comment {
                if line == "-->" {
                    comment = nil
                } else if name == "before" {
                    before.append(line)
                } else {
                    files[String(name), default: ""] += line + "\n"
                }
            } else if line.hasPrefix("```") {
                isInExample = true
                examples.append(
                    Example(isWrong: line.hasSuffix(" wrong"), isScript: line.hasPrefix("```reuse "), before: before))
                before = []
            } else if line.hasPrefix("<!-- ") {
                comment = line.dropFirst(5)
            } else if let title = Self.title(line) {
                self.title = String(title.text)
            } else if examples.isEmpty, !line.isEmpty || !text.isEmpty {
                text += line + "\n"
            }
        }
        while text.hasSuffix("\n\n") { text.removeLast() }
    }

    /// What `reuse explain` prints: the code, what it stands for, the paragraphs and the scripts, its last line ended.
    public var page: String {
        var result = "\(kind.code): \(title)\n\n" + text + "\n"
        for example in examples {
            var margin = example.isWrong ? "Wrong: " : "Right: "
            for line in example.lines {
                result += margin + line + "\n"
                margin = "       "
            }
        }
        return result
    }

    /// The lines of each page, by its code.
    package static let pages: [String: [Substring]] = {
        var count = 0
        let bytes = UnsafeBufferPointer(start: reuse_errors_text(&count), count: count)
        var pages: [String: [Substring]] = [:]
        var code = ""
        for line in String(decoding: bytes, as: UTF8.self).dropLast().split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if let title = title(line) { code = title.code }
            pages[code, default: []].append(line)
        }
        return pages
    }()

    /// The code and the words of a heading, `# R0301: a few words`; nil for other lines.
    private static func title(_ line: Substring) -> (code: String, text: Substring)? {
        guard line.hasPrefix("# R") else { return nil }
        let code = line.dropFirst(2).prefix(5)
        guard DiagnosticKind(code: String(code)) != nil, line.dropFirst(7).hasPrefix(": ") else { return nil }
        return (String(code), line.dropFirst(9))
    }
}
