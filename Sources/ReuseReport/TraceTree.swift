import Reuse

/// A trace as a tree: `exports = 45.3M phone/yr   sum(a, b)   [source]`, with what it rests on below it.
struct TraceTree {
    let style: TextStyle
    private let format = ValueFormat()

    init(style: TextStyle) { self.style = style }

    /// Walks with a stack of its own: a chain of definitions may be long.
    func render(_ root: Trace) -> String {
        var result = line(root, within: nil) + "\n"
        var open = [Level(trace: root, next: 0, indent: "")]
        while let level = open.popLast() {
            guard level.next < level.trace.parts.count else { continue }
            let part = level.trace.parts[level.next]
            let last = level.next == level.trace.parts.count - 1
            open.append(Level(trace: level.trace, next: level.next + 1, indent: level.indent))
            result += style.dim(level.indent + (last ? "└─ " : "├─ ")) + line(part, within: level.trace.time) + "\n"
            open.append(Level(trace: part, next: 0, indent: level.indent + (last ? "   " : "│  ")))
        }
        return result
    }

    private struct Level {
        let trace: Trace
        let next: Int
        let indent: String
    }

    /// `time` is the one that the line above speaks of, which need not be said again.
    private func line(_ trace: Trace, within time: String?) -> String {
        var text = style.bold(ValueFormat.onOneLine(trace.name))
        if let own = trace.time, own != time { text += " in " + own }
        if trace.role != .policy { text += " = " + format.text(trace.value, unit: trace.unit) }
        if let formula = trace.formula { text += "   " + ValueFormat.onOneLine(formula) }
        switch (trace.role, trace.source) {
        case (.input, nil): text += "   " + style.dim("[no source]")
        case (.input, let source?), (.computed, let source?), (.shownAbove, let source?),
            (.policy, let source?):
            text += "   " + style.dim("[" + ValueFormat.onOneLine(source) + "]")
        case (.computed, nil), (.shownAbove, nil), (.policy, nil): break
        }
        if trace.role == .shownAbove { text += "   " + style.dim("(shown above)") }
        return text
    }
}
