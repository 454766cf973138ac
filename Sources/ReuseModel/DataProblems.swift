import ReuseSyntax
import ReuseTables

/// What is said about tables and the statements that read them.
extension Diagnostic {
    static func dataField(_ message: String, help: String, at place: Location) -> Diagnostic {
        Diagnostic(.dataField, message, at: Label(place), help: ["for example `\(help)`"])
    }

    static func columnOutsideData(_ name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .dataField, "`\(name)` reads a table, and stands in `data ... from` alone", at: Label(place),
            help: [
                "for example `data shipped from \"idc.csv\" { time: column(\"Year\"), units: column(\"Units\") * 1 phone/yr }`"
            ])
    }

    static func noFigures(hasFilter: Bool, at place: Location) -> Diagnostic {
        Diagnostic(
            .tableCell, "no row of this table has a figure", at: Label(place),
            help: [
                hasFilter ? "no row is as `where` says, or those have empty cells" : "all cells of the column are empty"
            ])
    }

    static func labelNotInIndex(
        _ label: String, index: String, at place: Location, index declared: Location, nearest: String?
    ) -> Diagnostic {
        Diagnostic(
            .unknownMember, "the index `\(index)` has no member `\(name(ofLabel: label))`", at: Label(place),
            also: [Label(declared, "declared here")],
            help: suggestion(nearest)
                + ["without the declaration, the labels of the table make the index; `where` leaves rows out"])
    }

    static func tooManyCombinations(at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "a table can have at most a million combinations of labels", at: Label(place),
            help: ["leave out a column of labels, or rows: `where: column(\"Flow\") == \"Export\"`"])
    }

    static func sameName(_ label: String, _ other: String, name: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .tableCell, "the labels `\(label)` and `\(other)` would both be called `\(name)`", at: Label(place),
            help: ["change one of them in the table"])
    }

    static func duplicatePoint(_ words: [String], at place: Location, first: Location, hasLabels: Bool) -> Diagnostic {
        let what = words.isEmpty ? "one value" : words.joined(separator: ", ")
        return Diagnostic(
            .duplicatePoint, "the table has two figures for \(what)", at: Label(place, "and this"),
            also: [Label(first, "this")],
            help: [
                "rows of one kind are chosen by `where: column(\"Flow\") == \"Export\"`",
                "rows that differ by a label make an index: `\(hasLabels ? "kind" : "region"): labels(\"...\")`",
            ])
    }

    /// A problem of a table, shown in its text.
    static func table(
        _ problem: TableProblem, of statement: Location, at place: (TableSpan) -> Location, in sources: [SourceText]
    ) -> Diagnostic {
        func text(_ span: TableSpan) -> String {
            let place = place(span)
            let whole = sources.first { $0.id == place.source }?.text(of: place.span) ?? ""
            // A text of JSON is shown with its quotes, and is not about them.
            let isQuoted = whole.utf8.count > 2 && whole.utf8.first == 0x22 && whole.utf8.last == 0x22
            return isQuoted ? String(whole.dropFirst().dropLast()) : whole
        }
        func cell(_ message: String, _ span: TableSpan, also: [Label] = [], _ help: [String] = []) -> Diagnostic {
            Diagnostic(
                .tableCell, message, at: Label(place(span)), also: also + [Label(statement, "asked for here")],
                help: help)
        }
        switch problem {
        case .noHeading:
            return Diagnostic(
                .missingColumn, "this table is empty", at: Label(statement),
                help: ["the first row of a table holds the headings of its columns"])
        case .missingColumn(_, all: [], let span):
            return Diagnostic(
                .missingColumn, "this table has no headings", at: Label(place(span)),
                also: [Label(statement, "asked for here")],
                help: ["the first row of a table holds the headings of its columns"])
        case .missingColumn(let heading, let all, let span):
            return Diagnostic(
                .missingColumn, "the table has no column `\(heading)`", at: Label(place(span), "the headings"),
                also: [Label(statement, "asked for here")],
                help: suggestion(nearest(to: heading, among: all))
                    + ["its columns are " + all.prefix(20).map { "`\($0)`" }.joined(separator: ", ")])
        case .twoColumns(let heading, let first, let second):
            return Diagnostic(
                .missingColumn, "two columns of the table are called `\(heading)`",
                at: Label(place(second), "and this"),
                also: [Label(place(first), "this"), Label(statement, "asked for here")],
                help: ["give one of them another heading"])
        case .noPeriods(let span):
            return Diagnostic(
                .missingColumn, "none of the headings is a period", at: Label(place(span)),
                also: [Label(statement, "asked for here")],
                help: ["periods are written like 2019, 2019Q2, 2019-Q2, 2019M07, 2019-07 or 2019-07-31"])
        case .twoPeriods(let period, let first, let second):
            return Diagnostic(
                .duplicatePoint, "two columns of the table are about \(period.text)",
                at: Label(place(second), "and this"),
                also: [Label(place(first), "this"), Label(statement, "asked for here")])
        case .tooManyCells(let span, let found, let headings):
            return cell(
                "this row has \(found) cells, and there are \(headings) headings", span,
                ["a comma inside a cell needs quotes around it, or another separator: `separator: \";\"`"])
        case .openQuote(let span): return cell("these quotes do not end", span, ["quotes inside a cell are doubled"])
        case .afterQuote(let span):
            return cell("a cell ends with its quotes", span, ["quotes inside a cell are doubled"])
        case .notANumber(let span, let decimal):
            return cell(
                "`\(text(span))` is no number", span,
                decimal.map { mark in
                    [
                        mark == 0x2E
                            ? "the decimal mark of this column is a point; for a comma write `decimal: \",\"`"
                            : "the decimal mark of this column is a comma; for a point write `decimal: \".\"`"
                    ]
                } ?? [
                    "a missing figure is an empty cell, `:`, `-`, `..` or `NA`; a unit stands in the script: `column(\"...\") * 1 kg`"
                ])
        case .ambiguousNumber(let span):
            let own = text(span)
            let isComma = own.utf8.contains(0x2C)
            let joined = String(decoding: own.utf8.filter { $0 != 0x2C && $0 != 0x2E }, as: UTF8.self)
            let point = String(decoding: own.utf8.map { $0 == 0x2C ? 0x2E : $0 }, as: UTF8.self)
            return cell(
                "`\(own)` may be \(joined) or \(point), and no other cell of the column tells", span,
                [
                    "for \(joined) write `decimal: \"\(isComma ? "." : ",")\"`",
                    "for \(point) write `decimal: \"\(isComma ? "," : ".")\"`",
                ])
        case .twoDecimals(let point, let comma):
            return cell(
                "`\(text(comma))` has a decimal comma, where `\(text(point))` has a decimal point", comma,
                also: [Label(place(point), "this")], ["write the column in one way, or say which: `decimal: \".\"`"])
        case .notAPeriod(let span):
            return cell(
                "`\(text(span))` is no period", span,
                ["periods are written like 2019, 2019Q2, 2019-Q2, 2019M07, 2019-07 or 2019-07-31"])
        case .missingTime(let row): return cell("this row has a figure and no time", row)
        case .missingLabel(let heading, let row):
            return cell("this row has a figure and nothing under `\(heading)`", row)
        case .notJSON(let span, let wanted):
            return cell(
                "this is no JSON table: \(wanted)", span,
                ["a table is a list of records: `[{\"Year\": 2019, \"Units\": 12.5}]`"])
        case .tooLarge:
            return Diagnostic(.tableCell, "the table is larger than 2 GiB", at: Label(statement))
        }
    }
}
