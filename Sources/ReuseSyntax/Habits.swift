/// Habits from other languages, each with its answer: the one table that lexer and parser look into.
enum Habit {
    /// Signs that Reuse lacks.
    enum Sign: Int, CaseIterable {
        case doubleAnd, doubleBar, doubleStar, doubleSlash, semicolon, leftArrow, fatArrow, exclamation, and, bar
        case singleQuote
    }

    /// What stands in a place where it means something else, or nothing.
    enum Place {
        /// `if x = 3`.
        case assignInCondition
        /// `let x == 3`.
        case equalInDefinition
        /// `{ cost = 3 }` in a block.
        case assignInField
        /// `fn f(x) = { let ... }`.
        case signBeforeBody
        /// `x += 1` as a statement.
        case update
        /// `5 +- 1`, which would be 4.
        case plusMinus
    }

    struct Answer {
        var message: String
        var help: String
    }

    static func answer(_ sign: Sign) -> Answer {
        switch sign {
        case .doubleAnd, .and: Answer(message: "`and` is written as a word", help: "write `a and b`")
        case .doubleBar, .bar: Answer(message: "`or` is written as a word", help: "write `a or b`")
        case .doubleStar: Answer(message: "a power is written with `^`", help: "write `x ^ 2`")
        case .doubleSlash:
            Answer(
                message: "`//` has no meaning here",
                help: "a comment starts with `#`; to divide and round down, write `floor(a / b)`")
        case .semicolon:
            Answer(message: "a statement ends with its line, not with `;`", help: "start a new line instead")
        case .leftArrow:
            Answer(
                message: "`<-` has no meaning here",
                help: "write `let x = 3` to name a value, or `x < -3` to compare with a negative number")
        case .fatArrow:
            Answer(message: "a function is written with `fn`, not `=>`", help: "write `fn(x) = x * 2`")
        case .exclamation: Answer(message: "`not` is written as a word", help: "write `not a`")
        case .singleQuote: Answer(message: "texts stand in double quotes", help: "write `\"text\"`")
        }
    }

    static func answer(_ place: Place) -> Answer {
        switch place {
        case .assignInCondition:
            Answer(message: "`=` names a value; two values are compared with `==`", help: "write `==` here")
        case .equalInDefinition:
            Answer(message: "`==` compares; a value is named with `=`", help: "write `=` here")
        case .assignInField: Answer(message: "a field is given with `:`", help: "write `:` instead of `=`")
        case .signBeforeBody:
            Answer(
                message: "a record has no `let`; the body of a function stands without `=`",
                help: "write `fn f(x) { let ... }`")
        case .plusMinus:
            Answer(
                message: "`+-` is no sign",
                help:
                    "a range is written `4 to 6`, a normal distribution `normal(mean: 5, sd: 1)`; to subtract, write `a - b`"
            )
        case .update:
            Answer(
                message: "a name keeps its value: it cannot be changed later",
                help: "name the new value: `let y = x + 1`; in a `policy { }`, `x += 1` changes an input")
        }
    }

    /// Letters against a number that mean something else to somebody who comes from a spreadsheet: `3m`, `5K`, `2bn`.
    static func answer(suffix: String, behind number: String) -> (message: String, help: [String])? {
        let millions = "millions are written `\(number)M`"
        switch suffix {
        case "m":
            return (
                "`m` is no suffix and no unit",
                [millions, "a length is `\(number) metre`, a time `\(number) month`"]
            )
        case "mn", "mio", "mln", "million", "Mio":
            return ("there is no suffix `\(suffix)`", [millions])
        case "K", "tsd", "thousand": return ("there is no suffix `\(suffix)`", ["thousands are written `\(number)k`"])
        case "b", "bn", "bln", "mrd", "billion", "Mrd", "BN", "Bn":
            return ("there is no suffix `\(suffix)`", ["billions are written `\(number)B`"])
        default: return nil
        }
    }

    /// `x = 3` as a statement, or `Europe.tax = 3 USD`.
    static func answer(assigning value: String, to name: String) -> Answer {
        if let field = name.split(separator: ".").dropFirst().last {
            return Answer(
                message: "a field has its value in the block that it stands in",
                help: field == "price"
                    ? "what the markets clear at cannot be set; a field such as `tax` is changed by `policy p { ... }`"
                    : "write it there, as `\(field): \(value)`, or in a policy: `policy p { \(name) = \(value) }`")
        }
        if let bracket = name.firstIndex(of: "[") {
            let whole = String(name[..<bracket])
            let key = name[name.index(after: bracket)...].prefix { $0 != "]" && $0 != "," }
            return Answer(
                message: "a value has all its members or times at once",
                help: "write them in one literal, none left out: `let \(whole) = [\(key): \(value), ...]`")
        }
        let isWord = { (byte: UInt8) in byte == 0x5F || byte >= 0x80 || Character(Unicode.Scalar(byte)).isLetter }
        let words = value.utf8.split { !isWord($0) }
        if words.contains(where: { $0.elementsEqual(name.utf8) }) {
            return Answer(
                message: "a name keeps its value: it cannot be changed later",
                help:
                    "name the new value: `let new_\(name) = \(value)`; from step to step, `previous(x, else: 0)` looks back"
            )
        }
        return Answer(
            message: "a value is named with `let`",
            help:
                "write `let \(name) = \(value)`, or `\(name) == \(value)` to compare; an input is declared with `assume \(name) = \(value)`"
        )
    }

    /// Words that begin a statement elsewhere.
    static func answer(statement word: Word) -> Answer? {
        switch word {
        case .def, .function:
            Answer(message: "a function is declared with `fn`", help: "write `fn double(x) = x * 2`")
        case .return:
            Answer(
                message: "a function has no `return`: its value is its last expression",
                help: "write `fn double(x) = x * 2`, or end the `{ }` body with the value")
        case .while, .for:
            Answer(
                message: "there are no loops: a value is computed for all times and indexes at once",
                help: "write `let y = 2 * x`; over a list, use `map(list, f)`, `filter(list, f)` or `sum(list)`")
        case .class:
            Answer(message: "there are no classes", help: "write a record: `let point = { low: 1, high: 2 }`")
        case .var, .const: Answer(message: "a value is named with `let`", help: "write `let x = 3`")
        case .import:
            Answer(
                message: "a module is taken in with `use`",
                help: "write `use growth: cagr`, or `use \"file.reuse\" as name`")
        case .print: Answer(message: "a value is printed with `show`", help: "write `show x`")
        case .elif, .elseif:
            Answer(
                message: "a further choice is written `else if`", help: "write `if a then x else if b then y else z`")
        default: nil
        }
    }

    /// Words that stand for a value elsewhere.
    static func answer(literal word: Word) -> Answer? {
        switch word {
        case .null, .nil, .capitalNone:
            Answer(message: "the absence of a limit is written `none`", help: "write `none`")
        case .capitalTrue: Answer(message: "`true` is written in small letters", help: "write `true`")
        case .capitalFalse: Answer(message: "`false` is written in small letters", help: "write `false`")
        default: nil
        }
    }

    /// The plain sign that a look-alike stands for.
    static func plainSign(_ scalar: UInt32) -> String? {
        switch scalar {
        case 0x00D7, 0x22C5, 0x2217: "*"
        case 0x00F7, 0x2215: "/"
        case 0x2212, 0x2013, 0x2014, 0xFF0D: "-"
        case 0x2264: "<="
        case 0x2265: ">="
        case 0x2260: "!="
        case 0x2192: "->"
        case 0x2026: ".."
        case 0x201C, 0x201D, 0x201E, 0x00AB, 0x00BB, 0xFF02, 0x300C, 0x300D: "\""
        case 0x00A0, 0x2007, 0x202F, 0x3000: "a plain blank"
        case 0xFF0C, 0x3001: ","
        case 0xFF08: "("
        case 0xFF09: ")"
        case 0xFF1A: ":"
        case 0xFF1D: "="
        case 0xFF0B: "+"
        case 0xFF05: "%"
        case 0x20AC: "EUR"
        case 0x24: "USD"
        default: nil
        }
    }
}
