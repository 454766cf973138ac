import Reuse
import ReuseSyntax

/// Outputs as JSON; `docs/json.md` describes the format. Numbers are exact, unscaled and in the unit that is named.
public struct JSONRenderer: Sendable {
    /// The `reuse` field of every document. It grows when a reader of the old format could be misled.
    public static let formatVersion = 1

    public init() {}

    /// One document for a run: outputs, then diagnostics, with places in `sources`.
    public func render(
        outputs: [Output], diagnostics: [Diagnostic], sources: [SourceText], file: String? = nil,
        scenario: String? = nil, partial: (drawn: Int, wanted: Int)? = nil
    ) -> String {
        withRoomToRecurse {
            var json = opening(file: file)
            if let partial {
                json.name("partial")
                json.begin(.object)
                json.name("drawn")
                json.value(partial.drawn)
                json.name("wanted")
                json.value(partial.wanted)
                json.end(.object)
            }
            if let scenario {
                json.name("scenario")
                json.value(scenario)
            }
            writeLines("outputs", outputs, to: &json) { write($0, to: &$1) }
            return closing(&json, diagnostics, sources)
        }
    }

    /// One document for the register of inputs.
    public func render(
        register: Register, diagnostics: [Diagnostic], sources: [SourceText], file: String? = nil
    ) -> String {
        withRoomToRecurse {
            var json = opening(file: file)
            writeLines("register", register.entries, to: &json) { write($0, to: &$1) }
            return closing(&json, diagnostics, sources)
        }
    }

    /// One output alone, as it stands in a document's `outputs`.
    public func render(_ output: Output) -> String {
        withRoomToRecurse {
            var json = JSONWriter()
            write(output, to: &json)
            return json.text
        }
    }

    /// A document that holds the register and nothing else.
    public func render(_ register: Register) -> String {
        withRoomToRecurse { render(register: register, diagnostics: [], sources: []) }
    }

    private func opening(file: String?) -> JSONWriter {
        var json = JSONWriter()
        json.begin(.object)
        json.name("reuse")
        json.value(Self.formatVersion)
        if let file {
            json.name("file")
            json.value(file)
        }
        return json
    }

    private func closing(_ json: inout JSONWriter, _ diagnostics: [Diagnostic], _ sources: [SourceText]) -> String {
        let places = Places(sources)
        writeLines("diagnostics", diagnostics, to: &json) { write($0, places, to: &$1) }
        json.end(.object)
        return json.text + "\n"
    }

    /// An array with one entry a line.
    private func writeLines<Entry>(
        _ name: String, _ entries: [Entry], to json: inout JSONWriter, _ write: (Entry, inout JSONWriter) -> Void
    ) {
        json.newline()
        json.name(name)
        json.begin(.array)
        for entry in entries {
            json.newline()
            write(entry, &json)
        }
        json.end(.array)
    }
}

// MARK: - Outputs

extension JSONRenderer {
    private func write(_ output: Output, to json: inout JSONWriter) {
        switch output {
        case .table(let table): write(table, to: &json)
        case .text(let text):
            json.begin(.object)
            json.field("type", "text")
            json.field("text", text)
            json.end(.object)
        case .trace(let trace): write(trace, to: &json)
        case .check(let check):
            json.begin(.object)
            json.field("type", "check")
            switch check.kind {
            case .assert: json.field("kind", "assert")
            case .consistent: json.field("kind", "consistent")
            }
            json.field("condition", check.condition)
            json.name("holds")
            json.value(true)
            json.end(.object)
        }
    }

    private func write(_ table: Table, to json: inout JSONWriter) {
        json.begin(.object)
        json.field("type", "table")
        json.field("title", table.title)
        json.field("axes", table.axes)
        json.name("columns")
        json.begin(.array)
        for column in table.columns {
            json.begin(.object)
            json.field("name", column.name)
            json.field("unit", column.unit)
            if !column.isUnique {
                json.name("unique")
                json.value(false)
            }
            json.end(.object)
        }
        json.end(.array)
        json.name("rows")
        json.begin(.array)
        for row in table.rows {
            json.begin(.object)
            json.field("labels", row.labels)
            json.name("cells")
            json.begin(.array)
            for cell in row.cells { write(cell, to: &json) }
            json.end(.array)
            if row.errors.contains(where: { $0 != nil }) { write(row.errors, to: &json) }
            json.end(.object)
        }
        json.end(.array)
        json.end(.object)
    }

    private func write(_ errors: [SamplingError?], to json: inout JSONWriter) {
        json.name("errors")
        json.begin(.array)
        for error in errors {
            guard let error else {
                json.null()
                continue
            }
            json.begin(.object)
            switch error {
            case .standard(let value): json.field("standardError", value)
            case .interval(let low, let high):
                json.name("interval")
                json.begin(.array)
                json.value(low)
                json.value(high)
                json.end(.array)
            }
            json.end(.object)
        }
        json.end(.array)
    }

    private func write(_ errors: Summary.Errors, to json: inout JSONWriter) {
        json.name("standardErrors")
        json.begin(.object)
        json.field("median", errors.median)
        json.field("p5", errors.p5)
        json.field("p95", errors.p95)
        json.field("mean", errors.mean)
        json.end(.object)
    }

    private func write(_ histogram: Summary.Histogram, to json: inout JSONWriter) {
        json.name("histogram")
        json.begin(.object)
        json.field("low", histogram.low)
        json.field("high", histogram.high)
        json.name("counts")
        json.begin(.array)
        for count in histogram.counts { json.value(count) }
        json.end(.array)
        json.end(.object)
    }

    private func write(_ cell: Cell, to json: inout JSONWriter) {
        switch cell {
        case .number(let value): json.value(value)
        case .uncertain(let summary):
            json.begin(.object)
            json.field("median", summary.median)
            json.field("p5", summary.p5)
            json.field("p95", summary.p95)
            json.field("mean", summary.mean)
            json.field("sd", summary.sd)
            json.name("samples")
            json.value(summary.samples)
            if let errors = summary.errors {
                json.field("skewness", summary.skewness)
                write(errors, to: &json)
            }
            if let histogram = summary.histogram { write(histogram, to: &json) }
            json.end(.object)
        case .boolean(let value): json.value(value)
        case .probability(let share):
            json.begin(.object)
            json.field("probability", share.value)
            if let interval = share.interval {
                json.name("interval")
                json.begin(.array)
                json.value(interval.low)
                json.value(interval.high)
                json.end(.array)
            }
            json.end(.object)
        case .quantity(let value, let unit):
            json.begin(.object)
            json.field("unit", unit)
            json.field("value", value)
            json.end(.object)
        case .text(let text): json.value(text)
        case .time(let time):
            json.begin(.object)
            json.field("time", time)
            json.end(.object)
        case .uncertainTime(let spread):
            json.begin(.object)
            json.field("time", spread.median)
            json.field("p5", spread.p5)
            json.field("p95", spread.p95)
            json.field("never", spread.never.value)
            json.end(.object)
        case .list(let items):
            json.begin(.array)
            for item in items { write(item, to: &json) }
            json.end(.array)
        case .record(let fields):
            json.begin(.object)
            json.name("record")
            json.begin(.object)
            for field in fields {
                json.name(field.name)
                json.begin(.object)
                json.field("unit", field.unit)
                json.name("value")
                write(field.value, to: &json)
                json.end(.object)
            }
            json.end(.object)
            json.end(.object)
        case .function(let signature):
            json.begin(.object)
            json.field("function", signature)
            json.end(.object)
        case .bar(let from, let to):
            json.begin(.object)
            json.field("from", from)
            json.field("to", to)
            json.end(.object)
        case .absent: json.null()
        }
    }

    /// Walks with a stack of its own: a chain of definitions may be long.
    private func write(_ root: Trace, to json: inout JSONWriter) {
        var open = [(trace: root, next: 0)]
        writeOpening(of: root, isRoot: true, to: &json)
        while let (trace, next) = open.popLast() {
            guard next < trace.parts.count else {
                json.end(.array)
                json.end(.object)
                continue
            }
            let part = trace.parts[next]
            open.append((trace, next + 1))
            open.append((part, 0))
            writeOpening(of: part, isRoot: false, to: &json)
        }
    }

    private func writeOpening(of trace: Trace, isRoot: Bool, to json: inout JSONWriter) {
        json.begin(.object)
        if isRoot { json.field("type", "trace") }
        json.field("name", trace.name)
        json.field("formula", trace.formula)
        json.name("value")
        write(trace.value, to: &json)
        json.field("unit", trace.unit)
        json.field("time", trace.time)
        switch trace.role {
        case .input: json.field("role", "input")
        case .computed: json.field("role", "computed")
        case .shownAbove: json.field("role", "shown above")
        case .policy: json.field("role", "policy")
        }
        json.field("source", trace.source)
        json.name("parts")
        json.begin(.array)
    }

    private func write(_ entry: Register.Entry, to json: inout JSONWriter) {
        json.begin(.object)
        json.field("name", entry.name)
        json.field("definition", entry.definition)
        json.name("value")
        write(entry.value, to: &json)
        json.field("unit", entry.unit)
        json.field("distribution", entry.distribution)
        if !entry.correlations.isEmpty {
            json.name("correlations")
            json.begin(.array)
            for (name, rank) in entry.correlations {
                json.begin(.object)
                json.field("name", name)
                json.name("rank")
                json.value(rank)
                json.end(.object)
            }
            json.end(.array)
        }
        json.field("source", entry.source)
        json.field("note", entry.note)
        json.field("basis", entry.basis)
        json.field("usedBy", entry.usedBy)
        json.field("place", entry.place)
        json.end(.object)
    }
}

// MARK: - Diagnostics

extension JSONRenderer {
    private func write(_ diagnostic: Diagnostic, _ places: Places, to json: inout JSONWriter) {
        json.begin(.object)
        json.field("code", diagnostic.kind.code)
        switch diagnostic.severity {
        case .error: json.field("severity", "error")
        case .warning: json.field("severity", "warning")
        }
        json.field("message", diagnostic.message)
        write(diagnostic.primary.map(\.location), places, to: &json)
        json.field("label", diagnostic.primary?.text)
        json.name("labels")
        json.begin(.array)
        for label in diagnostic.secondary {
            json.begin(.object)
            json.field("text", label.text)
            write(label.location, places, to: &json)
            json.end(.object)
        }
        json.end(.array)
        json.field("help", diagnostic.help)
        json.end(.object)
    }

    private func write(_ location: Location?, _ places: Places, to json: inout JSONWriter) {
        let range = location.flatMap { places.range(of: $0) }
        json.field("file", range?.file)
        for (name, number) in [
            ("line", range?.start.line), ("column", range?.start.column),
            ("endLine", range?.end.line), ("endColumn", range?.end.column),
        ] {
            json.name(name)
            if let number { json.value(number) } else { json.null() }
        }
    }
}

/// Lines and columns, both from 1, of byte offsets. A column counts Unicode scalars, the end is exclusive.
struct Places {
    private let sources: [SourceID: (text: SourceText, lines: TextLines)]

    init(_ sources: [SourceText]) {
        self.sources = Dictionary(
            sources.map { ($0.id, ($0, TextLines($0.bytes))) }, uniquingKeysWith: { first, _ in first })
    }

    func range(
        of location: Location
    ) -> (file: String, start: (line: Int, column: Int), end: (line: Int, column: Int))? {
        guard let (text, lines) = sources[location.source] else { return nil }
        let end = place(Int(location.span.end), text, lines)
        return (text.name, place(Int(location.span.start), text, lines), end)
    }

    private func place(_ offset: Int, _ text: SourceText, _ lines: TextLines) -> (line: Int, column: Int) {
        let offset = min(offset, text.bytes.count)
        let (number, start) = lines.line(at: offset)
        let before = text.bytes[min(start, offset)..<offset]
        // Continuation bytes of UTF-8 begin with the bits 10.
        return (number, before.count { $0 & 0xC0 != 0x80 } + 1)
    }
}

extension JSONWriter {
    fileprivate mutating func field(_ name: String, _ value: String?) {
        self.name(name)
        self.value(value)
    }

    fileprivate mutating func field(_ name: String, _ value: Double) {
        self.name(name)
        self.value(value)
    }

    fileprivate mutating func field(_ name: String, _ values: [String]) {
        self.name(name)
        begin(.array)
        for value in values { self.value(value) }
        end(.array)
    }
}
