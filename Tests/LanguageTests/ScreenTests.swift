import Foundation
import Testing

@testable import ReuseCommand

/// What somebody sees who sits at the prompt.
@Suite(
    .serialized, .enabled(if: Command.path != nil && Tmux.path != nil, "the executable `reuse`, or tmux, is not there"),
    .enabled(if: LineEditor.note == nil, "built without readline"))
struct ScreenTests {
    @Test("an entry that is wider than the terminal goes on below, and can be edited there", arguments: [40, 200])
    func wide(_ columns: Int) throws {
        let terminal = try Tmux([], columns: columns)
        try terminal.wait { $0.last == "reuse>" }
        let entry = "0 + " + String(repeating: "1 + 10 + 100 + ", count: 6) + "(7 * 3)"
        try terminal.type(entry)
        let whole = "reuse> " + entry
        let rows = stride(from: 0, to: whole.count, by: columns).map { start in
            String(whole.dropFirst(start).prefix(columns)).trimmingCharacters(in: .whitespaces)
        }
        try terminal.wait { lines in
            lines.suffix(rows.count).map { $0.trimmingCharacters(in: .whitespaces) } == rows
        }
        // To the beginning, and a digit more there.
        try terminal.press("C-a")
        try terminal.type("9")
        try terminal.press("Enter")
        try terminal.wait { $0.suffix(2) == ["777", "reuse>"] }
    }

    @Test("an entry that is taller than the terminal is shown around the cursor", arguments: [true, false])
    func tall(_ colour: Bool) throws {
        let terminal = try Tmux([], columns: 80, rows: 12, colour: colour)
        try terminal.wait { $0.last == "reuse>" }
        let lines = (0..<20).map { "let value_\($0) = \($0) kg # a comment behind it, \($0)" }
        try terminal.paste(lines.joined(separator: "\n"))
        try terminal.wait { $0 == Array(lines.suffix(12)) }
        // At its beginning, and back.
        try terminal.press("C-a")
        try terminal.wait { $0 == ["reuse> " + lines[0]] + lines[1..<12] }
        #expect(try terminal.cursor() == "7,0")
        try terminal.press("C-e")
        try terminal.wait { $0 == Array(lines.suffix(12)) }
        // Taken out, and entered anew from there.
        try terminal.press("C-u")
        try terminal.wait { $0 == ["reuse>"] }
        try terminal.type("6 * 7")
        try terminal.press("Enter")
        try terminal.wait { $0 == ["reuse> 6 * 7", "42", "reuse>"] }
        // Given up at its beginning, it stays as it ended.
        try terminal.paste(lines.joined(separator: "\n"))
        try terminal.press("C-a")
        try terminal.wait { $0 == ["reuse> " + lines[0]] + lines[1..<12] }
        try terminal.press("C-c")
        try terminal.wait {
            $0 == Array(lines.suffix(11)) + ["reuse>"] || $0 == Array(lines.suffix(10)) + [lines[19] + "^C", "reuse>"]
        }
        try terminal.type("6 * 7")
        try terminal.press("Enter")
        try terminal.wait { $0.suffix(2) == ["42", "reuse>"] }
        // What was entered stays as it ended.
        try terminal.paste(lines.joined(separator: "\n"))
        try terminal.wait { $0 == Array(lines.suffix(12)) }
        try terminal.press("Enter")
        try terminal.wait { $0.last == "reuse>" && $0.dropLast().last == "value_19: kg" }
        try terminal.type("value_3")
        try terminal.press("Enter")
        try terminal.wait { $0.suffix(2) == ["3 kg", "reuse>"] }
    }

    @Test("an entry is coloured as it is typed, where the terminal has colours")
    func coloured() throws {
        let terminal = try Tmux([], columns: 80)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("assume price = 100 USD # each")
        try terminal.wait { $0.last == "reuse> assume price = 100 USD # each" }
        let shown = try terminal.colours()
        #expect(shown.contains("\u{1B}[1m\u{1B}[34massume"), "\(shown.debugDescription)")
        #expect(shown.contains("\u{1B}[36m100"), "\(shown.debugDescription)")
        let plain = try Tmux([], columns: 80, colour: false)
        try plain.wait { $0.last == "reuse>" }
        try plain.type("assume price = 100 USD")
        try plain.wait { $0.last == "reuse> assume price = 100 USD" }
        #expect(try !plain.colours().contains("\u{1B}"))
        try plain.press("Enter")
        try plain.expect("price: USD", "reuse>")
        #expect(try !plain.colours().contains("\u{1B}"))
    }

    @Test("the bracket that belongs to the one before the cursor stands out")
    func brackets() throws {
        let terminal = try Tmux([], columns: 80)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("(1 + [2, 3])")
        try terminal.wait { $0.last == "reuse> (1 + [2, 3])" }
        try terminal.wait { _ in ((try? terminal.colours()) ?? "").contains("7m(") }
        // Once it is entered, no more.
        try terminal.press("C-u")
        try terminal.type("(1 + 2)")
        try terminal.press("Enter")
        try terminal.expect("reuse> (1 + 2)", "3", "reuse>")
        #expect(try !terminal.colours().contains("7m("))
    }

    @Test("Chinese names take the room that they take, in colours, too")
    func chinese() throws {
        let terminal = try Tmux([], columns: 40)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("let 二手手机 = 3 + 4 # 每年在中国卖出的二手手机有多少台")
        try terminal.wait { $0.suffix(2) == ["reuse> let 二手手机 = 3 + 4 # 每年在中国", "卖出的二手手机有多少台"] }
        #expect(try terminal.cursor().hasPrefix("22,"))
        try terminal.press("Enter")
        try terminal.expect("二手手机: a number", "reuse>")
        try terminal.type("二手手机 * 6")
        // Taken back by a letter at a time.
        try terminal.press("BSpace")
        try terminal.type("7")
        try terminal.press("Enter")
        try terminal.expect("49", "reuse>")
    }

    @Test("a terminal that changes its size while an entry is typed shows it anew")
    func resized() throws {
        let terminal = try Tmux([], columns: 100)
        try terminal.wait { $0.last == "reuse>" }
        let entry = "1000 + 2000 + 3000 + 4000 + 5000 + 6000 + 7000"
        try terminal.type(entry)
        try terminal.wait { $0.last == "reuse> " + entry }
        try terminal.resize(columns: 30)
        try terminal.type(" + 1")
        try terminal.wait { $0.joined().replacingOccurrences(of: " ", with: "").hasSuffix("7000+1") }
        try terminal.resize(columns: 100)
        try terminal.press("Enter")
        try terminal.expect("28.001k", "reuse>")
    }

    @Test("a terminal that is made narrow and wide again shows an entry once", arguments: [50, 30, 10], [true, false])
    func resizedTwice(_ columns: Int, _ hasColour: Bool) throws {
        let terminal = try Tmux([], columns: 100, colour: hasColour)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("5 + 5")
        try terminal.wait { $0.last == "reuse> 5 + 5" }
        try terminal.resize(columns: columns)
        // Whatever the width, it ends so.
        try terminal.wait { $0.joined().hasSuffix("5 + 5") }
        try terminal.resize(columns: 100)
        try terminal.type("+1")
        try terminal.wait { $0.last == "reuse> 5 + 5+1" && $0.count == 2 }
    }

    @Test("an entry that comes together with its end is shown whole, in colours, too", arguments: [80, 40, 25])
    func typedAhead(_ columns: Int) throws {
        let terminal = try Tmux([], columns: columns)
        try terminal.wait { $0.last == "reuse>" }
        let entry = "let revenue_of_the_year = 100 * (200 + 300) - 400 * (500 + 600) + 700"
        try terminal.type("1 + 1\n" + entry + "\n2 + 2\n")
        try terminal.wait { $0.last == "reuse>" && $0.contains("4") }
        let screen = try terminal.screen()
        // A blank may stand where a row ends.
        let shown = screen.joined().filter { $0 != " " }
        #expect(shown.contains("reuse>\(entry)revenue_of_the_year: a number".filter { $0 != " " }), "\(screen)")
        #expect(screen.first == "Reuse 0.1.0. `:help` helps, Ctrl-D leaves." || columns < 42)
        #expect(screen.contains("2"))
    }

    @Test("candidates stand in columns, with what they are")
    func menu() throws {
        let terminal = try Tmux([], columns: 60)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("let price_now = 3 USD")
        try terminal.press("Enter")
        try terminal.expect("price_now: USD", "reuse>")
        try terminal.type("let price_then = 5 USD/kg")
        try terminal.press("Enter")
        try terminal.expect("price_then: USD/kg", "reuse>")
        try terminal.type("price")
        try terminal.press("Tab")
        try terminal.expect("price_now   USD", "price_then  USD/kg", "reuse> price_")
        try terminal.type("t")
        try terminal.press("Tab", "Enter")
        try terminal.expect("5 USD/kg", "reuse>")
        // Fields in a block, those that are left, in the second line of an entry, too.
        try terminal.type("market Europe { dem")
        try terminal.press("Tab")
        try terminal.expect("reuse> market Europe { demand:")
        try terminal.type("3 kg/yr,")
        try terminal.press("Enter")
        try terminal.expect("  ...>")
        try terminal.type("va")
        try terminal.press("Tab")
        try terminal.type("5% }")
        try terminal.press("Enter")
        try terminal.expect("reuse> market Europe { demand: 3 kg/yr,", "  ...> vat: 5% }", "reuse>")
        // Modules behind `use`, fields behind a dot.
        try terminal.type("use gro")
        try terminal.press("Tab")
        try terminal.expect("reuse> use growth")
    }

    @Test("a script that is pasted is one entry, and comes back as one")
    func pasted() throws {
        let terminal = try Tmux([], columns: 60)
        try terminal.wait { $0.last == "reuse>" }
        // What is used stands before what it is.
        try terminal.paste("unit phone\nlet twice = 2 * sold\nlet sold = 3 phone\nshow twice\n")
        try terminal.wait { $0.contains("show twice") || $0.contains { $0.hasSuffix("show twice") } }
        try terminal.press("Enter")
        try terminal.expect("twice: phone", "sold: phone", "twice = 6 phone", "reuse>")
        try terminal.press("Up")
        try terminal.wait { lines in
            let end = lines.suffix(4).map { $0.trimmingCharacters(in: .whitespaces) }
            return end.first == "reuse> unit phone" && end.contains("let sold = 3 phone")
        }
    }

    @Test("an entry of several lines is edited and recalled as one")
    func lines() throws {
        let terminal = try Tmux([], columns: 60)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("let x = (1 +")
        try terminal.press("Enter")
        try terminal.wait { $0.last == "  ...>" }
        try terminal.type("2)")
        try terminal.press("Enter")
        try terminal.expect("x: a number", "reuse>")
        try terminal.press("Up")
        try terminal.wait { $0.suffix(2) == ["reuse> let x = (1 +", "2)"] }
        try terminal.press("BSpace")
        try terminal.type(" + 4)")
        try terminal.press("Enter")
        try terminal.wait { $0.last == "reuse>" && $0.contains { $0.contains("x: was (1 + 2), now (1 + 2 + 4)") } }
    }

    @Test("Ctrl-C in an entry of several rows leaves it, and the prompt is below")
    func cleared() throws {
        let terminal = try Tmux([], columns: 40)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + 11")
        try terminal.wait { $0.last?.hasSuffix("11") ?? false }
        try terminal.press("C-c")
        try terminal.wait { $0.last == "reuse>" && $0.dropLast().last?.contains("11") ?? false }
        try terminal.type("7")
        try terminal.press("Enter")
        try terminal.expect("7", "reuse>")
    }

    @Test("the history is searched, and Ctrl-C takes back what was typed")
    func search() throws {
        let terminal = try Tmux([], columns: 60)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("let needle = 6 * 7")
        try terminal.press("Enter")
        try terminal.expect("needle: a number", "reuse>")
        try terminal.press("C-r")
        try terminal.type("needl")
        try terminal.wait { $0.last?.contains("let needle = 6 * 7") ?? false }
        try terminal.press("C-c")
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("needle")
        try terminal.press("Enter")
        try terminal.expect("42", "reuse>")
    }

    @Test("a long ensemble says how far it is, stops at Ctrl-C, and leaves a clean line")
    func stopped() throws {
        let terminal = try Tmux([], columns: 60)
        try terminal.wait { $0.last == "reuse>" }
        try terminal.type("assume x = 1 to 2\n:set samples 100000000\nsd(exp(x) ^ 3)\n")
        try terminal.wait { $0.last?.contains("(Ctrl-C stops)") ?? false }
        try terminal.press("C-c")
        try terminal.wait { $0.last == "reuse>" && $0.contains { $0.contains("stopped") } }
        try terminal.type("1 + 1")
        try terminal.press("Enter")
        try terminal.expect("2", "reuse>")
    }
}
