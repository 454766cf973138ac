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

    static func wrongColumn(at place: Location) -> Diagnostic {
        Diagnostic(
            .dataField, "`column` takes a heading, which is a text, and beside it `missing`", at: Label(place),
            help: [
                "for example `column(\"Units\")`, or `column(\"Units\", missing: 0)` where no figure means 0",
                "`columns()` are those whose headings are periods; `columns(except: \"2022 growth\")` leaves one out",
            ])
    }

    static func encodingOfDatabase(at place: Location) -> Diagnostic {
        Diagnostic(
            .dataField, "a database says itself how its texts are written", at: Label(place),
            help: ["leave out `encoding:`"])
    }

    static func unmetText(_ text: String, heading: String, nearest: String?, at place: Location) -> Diagnostic {
        Diagnostic(
            .unmetText, severity: .warning, "no row of this table has `\(text)` under `\(heading)`", at: Label(place),
            help: suggestion(nearest) + ["`where` compares whole texts, with their capitals"])
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
            .limitReached,
            "a table can have at most \(Limits.inWords(Limits.labelCombinations)) combinations of labels",
            at: Label(place),
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

    /// A text of a table as a message shows it: one cell may be as large as its file.
    static func shortened(_ text: String) -> String {
        text.utf8.count > 100 ? String(decoding: text.utf8.prefix(100), as: UTF8.self).prefix(60) + "…" : text
    }

    /// A problem of a table, shown in its text.
    static func table(
        _ problem: TableProblem, of statement: Location, at place: (TableSpan) -> Location, in sources: [SourceText],
        dates: TableDates?
    ) -> Diagnostic {
        func text(_ span: TableSpan) -> String {
            let place = place(span)
            let whole = sources.first { $0.id == place.source }?.text(of: place.span) ?? ""
            // A text of JSON is shown with its quotes, and is not about them.
            let isQuoted = whole.utf8.count > 2 && whole.utf8.first == 0x22 && whole.utf8.last == 0x22
            return shortened(isQuoted ? String(whole.dropFirst().dropLast()) : whole)
        }
        func cell(_ message: String, _ span: TableSpan, also: [Label] = [], _ help: [String] = []) -> Diagnostic {
            Diagnostic(
                .tableCell, message, at: Label(place(span)), also: also + [Label(statement, "asked for here")],
                help: help)
        }
        switch problem {
        case .stopped: return Diagnostic(.cancelled, "stopped while a table was read", at: Label(statement))
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
                help: Self.periodTexts(dates))
        case .twoPeriods(let period, let first, let second):
            return Diagnostic(
                .duplicatePoint, "two columns of the table are about \(period.text)",
                at: Label(place(second), "and this"),
                also: [Label(place(first), "this"), Label(statement, "asked for here")])
        case .tooManyCells(let span, let found, let headings):
            return cell(
                "this row has \(found) cells, and there are \(headings) headings", span,
                ["a comma inside a cell needs quotes around it, or another separator: `separator: \";\"`"])
        case .otherSeparator(let span, let heading):
            let mark = heading == 0x09 ? "tabs" : "`\(String(decoding: [heading], as: UTF8.self))`"
            return cell(
                "this row is one cell, and its headings are parted by \(mark)", span,
                ["part all rows of a table by one mark"])
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
                } ?? noNumber(text(span)))
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
                Self.periodTexts(dates))
        case .mixedPercent(let percent, let plain):
            return cell(
                "`\(text(plain))` has no percent sign, and `\(text(percent))` in its column has one", plain,
                also: [Label(place(percent), "this")],
                [
                    "`\(text(percent))` is a hundredth of what it would be without its sign: write the column in one way",
                    "rows of one kind are chosen by `where`",
                ])
        case .openDate(let span):
            let own = text(span)
            // Behind a year of four digits, only day and month are left.
            let digits = own.utf8.reversed().prefix { $0 >= 0x30 && $0 <= 0x39 }.count
            return digits == 4
                ? cell(
                    "`\(own)` may begin with its day or its month, and no other cell of the column tells", span,
                    ["write `dates: \"day/month/year\"`, or `dates: \"month/day/year\"`"])
                : cell(
                    "`\(own)` may begin with its day, its month or its year", span,
                    [
                        "write `dates: \"day/month/year\"`, or `dates: \"month/day/year\"`, or `dates: \"year/month/day\"`"
                    ])
        case .twoDateOrders(let day, let month):
            return cell(
                "`\(text(month))` begins with its month, and `\(text(day))` in its column with its day", month,
                also: [Label(place(day), "this")], ["write the column in one way"])
        case .monthOrYear(let span):
            return cell(
                "`\(text(span))` may be a month or a year that begins in one and ends in the next, and no other text tells",
                span,
                [
                    "for months write `dates: \"year-month\"`",
                    "for years say when they begin: `dates: \"year from April\"`",
                ])
        case .fiscalYear(let span):
            return cell(
                "`\(text(span))` is a year that begins in one and ends in the next, and the table does not say in which month",
                span,
                [
                    "say when it begins: `dates: \"year from April\"`, or `\"year from July\"`",
                    "months are written `2008-09` in tables that have other months, or with `dates: \"year-month\"`",
                ])
        case .headingWithYear(let span, let all):
            let texts = all.map { "\"\($0)\"" }.joined(separator: ", ")
            return Diagnostic(
                .missingColumn, "the heading `\(text(span))` has a year in it and is no period", at: Label(place(span)),
                also: [Label(statement, "asked for here")],
                help: [
                    "to leave it out, write `columns(except: \(all.count > 1 ? "[\(texts)]" : texts))`",
                    "what is read behind a period is a mark such as `*` or `(1)`, or a word such as `p`, `est.` or `forecast`",
                ])
        case .missingTime(let row): return cell("this row has a figure and no time", row)
        case .missingLabel(let heading, let row):
            return cell("this row has a figure and nothing under `\(heading)`", row)
        case .notJSON(let span, let wanted):
            return cell(
                "this is no JSON table: \(wanted)", span,
                ["a table is a list of records: `[{\"Year\": 2019, \"Units\": 12.5}]`"])
        case .tooManyNames(let span, let names, let records):
            return Diagnostic(
                .limitReached,
                "\(records) records have \(names) different names: as a table they would be mostly empty",
                at: Label(place(span)), also: [Label(statement, "asked for here")],
                help: ["a record has the same names as the others: `[{\"Year\": 2019, \"Units\": 12.5}, ...]`"])
        case .tooLarge:
            return Diagnostic(.tableCell, "the table is larger than 2 GiB", at: Label(statement))
        }
    }

    private static func noNumber(_ text: String) -> [String] {
        let hasDigits = text.utf8.contains { $0 >= 0x30 && $0 <= 0x39 }
        return hasDigits
            ? [
                "a missing figure is an empty cell, `:`, `-`, `..`, `NA` or `NaN`",
                "a unit stands in the script: `column(\"...\") * 1 kg`",
            ]
            : [
                "a missing figure is an empty cell, `:`, `-`, `..`, `NA` or `NaN`"
                    // A part of a text would not do.
                    + (text.hasSuffix("…") ? "" : "; where this stands for one, write `missing: \"\(text)\"`")
            ]
    }

    private static func periodTexts(_ dates: TableDates?) -> [String] {
        let usual = [
            "periods are written like 2019, 2019Q2, 2019-H1, 2019-W07, 2019M07, 2019-07, Jul 2019, 2019-07-31 or 31/07/2019"
        ]
        guard let dates else { return usual + ["what the texts leave open is told by `dates: \"day/month/year\"`"] }
        return ["`dates: \"\(dates.text)\"` says how they are written here"] + usual
    }
}
