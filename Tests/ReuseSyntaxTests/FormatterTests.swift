import ReuseSyntax
import Testing

/// A text in the house style; nil where it does not parse.
private func tidied(_ text: String) -> String? {
    formatted(source(text)).map { String(decoding: $0, as: UTF8.self) }
}

@Suite struct Formatting {
    @Test(
        "blanks between tokens are made uniform",
        arguments: [
            ("let   a=3", "let a = 3"),
            ("assume a:USD=3  USD", "assume a: USD = 3 USD"),
            ("let a = f( b ,c )[ 1 ]", "let a = f(b, c)[1]"),
            ("let a = 3 growing  -5%  every   month from 2024", "let a = 3 growing -5% every month from 2024"),
            ("let a = [ 1 ,2 ] kg", "let a = [1, 2] kg"),
            ("let a = [1, 2]kg", "let a = [1, 2] kg"),
            ("let a = b . c", "let a = b.c"),
            ("let a = b+c-d", "let a = b + c - d"),
            ("let a = - b - -c", "let a = -b - -c"),
            ("let a = f(- 1, - 2)", "let a = f(-1, -2)"),
            ("assume a = - 3 to - 2", "assume a = -3 to -2"),
            ("let a = - - b", "let a = --b"),
            ("let a = 3 kg/yr + 2  kg / yr", "let a = 3 kg/yr + 2 kg / yr"),
            ("let a = b* c", "let a = b * c"),
            ("let a = b /c", "let a = b / c"),
            ("let a = b^2 + c ^-2 + d^- 2", "let a = b^2 + c ^ -2 + d^-2"),
            ("horizon 2024 .. 2030", "horizon 2024 .. 2030"),
            ("let a = [ ..2022:1, 2023 .. :2 ]", "let a = [..2022: 1, 2023..: 2]"),
            ("let a = b[ 2024 .. ]", "let a = b[2024..]"),
            ("assert a<b and b>=c", "assert a < b and b >= c"),
            ("assert a==b within 1e-9", "assert a == b within 1e-9"),
            ("let a = b as  %/yr", "let a = b as %/yr"),
            ("let a = 2 * ( b+c )", "let a = 2 * (b + c)"),
            ("let a = not(b)", "let a = not (b)"),
            ("let a over b,c=[ B:1 ]", "let a over b, c = [B: 1]"),
            ("index b  like c", "index b like c"),
            ("let a = b[ c:D ,2030 ]", "let a = b[c: D, 2030]"),
            ("let a = sum(b where c in[D,E] over c)", "let a = sum(b where c in [D, E] over c)"),
            ("let a = f (b)", "let a = f (b)"),
            ("let a = fn (x)=x", "let a = fn(x) = x"),
            ("extern fn f(g:fn (A)->B)->{low:1}", "extern fn f(g: fn(A) -> B) -> { low: 1 }"),
            ("source s {title:\"T\",year:2024}", "source s { title: \"T\", year: 2024 }"),
            ("market China {}", "market China { }"),
            ("route A->B{cost:1 USD}", "route A -> B { cost: 1 USD }"),
            ("policy p{A->any.cost*=1-x}", "policy p { A -> any.cost *= 1 - x }"),
            ("assume a = 3 source s", "assume a = 3 source s"),
            ("assume a = 3      source s,\"n\"", "assume a = 3  source s, \"n\""),
            ("show\ta", "show a"),
            ("let a = 1# why", "let a = 1  # why"),
        ])
    func blanks(_ text: String, _ expected: String) { #expect(tidied(text) == expected + "\n") }

    @Test("what looks like a command stays one, and what looks like a difference stays one")
    func commands() {
        #expect(tidied("show -x") == "show -x\n")
        #expect(tidied("show - x") == "show - x\n")
        #expect(tidied("show-x") == "show - x\n")
        #expect(tidied("show [1]") == "show [1]\n")
        #expect(tidied("show[1]") == "show[1]\n")
        #expect(tidied("plot line - x") == "plot line -x\n")
    }

    @Test("texts are copied with all that stands in them")
    func texts() {
        let text = #"show "a  {b+c  as  %}  # {f( "x{ y }" )} é", "\u{4E2D}""#
        #expect(tidied(text) == text + "\n")
    }

    @Test("brackets and statements that go on are indented by four blanks")
    func indentation() {
        let text = """
            let a = [
            1,
              2
                ] kg
            let b = f(g(
            1,
            [
            2
            ]
            ))
            let c = 1 +
            2
            - 3
            let d = f(
            1
            ) +
            2
            fn long(a,
            b) -> 1 {
            let c = a
            + b
            c
            }
            market M {
            demand: 3
            growing 5%
            from 2024
            elasticity: -1
            }
            source s {
            title: "T",
            year: 2024
            }
            """
        let expected = """
            let a = [
                1,
                2
            ] kg
            let b = f(g(
                1,
                [
                    2
                ]
            ))
            let c = 1 +
                2
                - 3
            let d = f(
                1
            ) +
                2
            fn long(a,
                b) -> 1 {
                let c = a
                    + b
                c
            }
            market M {
                demand: 3
                    growing 5%
                    from 2024
                elasticity: -1
            }
            source s {
                title: "T",
                year: 2024
            }

            """
        #expect(tidied(text) == expected)
    }

    @Test("the branches of a condition stand below each other")
    func branches() {
        let text = """
            fn f(x) {
            if x > 0 then 1
            else if x < 0
            then 2
            else 3
            }
            fn g(x) =
            if x > 0 then 1
            else 2
            + 3
            let h = if a then b
            else c
            """
        let expected = """
            fn f(x) {
                if x > 0 then 1
                else if x < 0
                    then 2
                    else 3
            }
            fn g(x) =
                if x > 0 then 1
                else 2
                    + 3
            let h = if a then b
                else c

            """
        #expect(tidied(text) == expected)
    }

    @Test("a comment line stands where what follows it does, and before a brace where what is inside does")
    func comments() {
        let text = """
              # one
            market M { # two
            # three
            demand: 3#four
              # five
            }
                ## six
            let a = 1 +
            # seven
            2

              # eight
            """
        let expected = """
            # one
            market M {  # two
                # three
                demand: 3  # four
                # five
            }
            ## six
            let a = 1 +
                # seven
                2

            # eight

            """
        #expect(tidied(text) == expected.replacing("  # four", with: "  #four"))
    }

    @Test(
        "lines end in LF and in no blanks, and empty lines stand alone",
        arguments: [
            ("", ""), ("  \n\t\n", ""), ("\u{FEFF}let a = 1", "let a = 1\n"), ("\n\nlet a = 1\n\n\n", "let a = 1\n"),
            ("let a = 1  \r\n\r\n\r\n\r\nlet b = 2\t\r\n", "let a = 1\n\nlet b = 2\n"),
            ("let a = 1\rlet b = 2", "let a = 1\nlet b = 2\n"), ("# c \t\n", "# c\n"),
            ("let a = 1 # c \n", "let a = 1  # c\n"),
        ])
    func lines(_ text: String, _ expected: String) { #expect(tidied(text) == expected) }

    @Test(
        "what does not parse is not formatted",
        arguments: ["let", "let a = (", "let a = 5kg", "x)", "let a = \"b", "a; b"])
    func broken(_ text: String) { #expect(tidied(text) == nil) }
}

@Suite struct FormattedColumns {
    @Test("neighbouring lines are aligned where one of them is, as narrow as fits")
    func definitions() {
        let text = """
            assume a     = 1   source s
            assume bbb = 10 kg source s, "note"
            assume cc = 2

            assume d = 1 source s
            assume eee = 10 source s

            let f  = 1
            # The comment parts them.
            let ggg = 2

            assume h   = 1
            assume i = 2
            let long_name = 3
            """
        let expected = """
            assume a   = 1      source s
            assume bbb = 10 kg  source s, "note"
            assume cc  = 2

            assume d = 1 source s
            assume eee = 10 source s

            let f = 1
            # The comment parts them.
            let ggg = 2

            assume h = 1
            assume i = 2
            let long_name = 3

            """
        #expect(tidied(text) == expected)
    }

    @Test("the blocks of declarations of one kind are aligned, and the markets of supplies")
    func declarations() {
        let text = """
            source a   { year: 2024 }
            source long { year: 2025 }
            supply x   in M   { volume: 1 }
            supply long in Market { volume: 1 }
            market M { }
            market Market { }
            """
        let expected = """
            source a    { year: 2024 }
            source long { year: 2025 }
            supply x    in M      { volume: 1 }
            supply long in Market { volume: 1 }
            market M { }
            market Market { }

            """
        #expect(tidied(text) == expected)
    }

    @Test("fields and their sources are aligned; a field that takes several lines parts its neighbours")
    func fields() {
        let text = """
            stock s {
            initial:   1 kg   source a
            inflow: 20 kg/yr source bcd
            f:  [
            2021:  1   source a,
            2022: 20 source a
            ]
            lifetime: 3
            }
            """
        let expected = """
            stock s {
                initial: 1 kg      source a
                inflow:  20 kg/yr  source bcd
                f: [
                    2021: 1   source a,
                    2022: 20  source a
                ]
                lifetime: 3
            }

            """
        #expect(tidied(text) == expected)
    }

    @Test("the patches of a policy are aligned")
    func patches() {
        let text = """
            policy p {
            a.cost   *= 2
            China -> Europe.tariff = 3
            }
            """
        let expected = """
            policy p {
                a.cost                 *= 2
                China -> Europe.tariff = 3
            }

            """
        #expect(tidied(text) == expected)
    }

    @Test("comments behind lines are aligned where they were, and have two blanks otherwise")
    func comments() {
        #expect(tidied("let a = 1    # one\nlet bb = 2 # two") == "let a = 1   # one\nlet bb = 2  # two\n")
        #expect(tidied("let a = 1 # one\nlet bb = 2 # two") == "let a = 1  # one\nlet bb = 2  # two\n")
    }

    @Test("East Asian letters take two columns, and marks on letters none")
    func wide() {
        #expect(tidied("let 价  = 1\nlet abc = 2") == "let 价  = 1\nlet abc = 2\n")
        #expect(
            tidied("assume a = 1   source s\nassume b = \"中\" source t")
                == "assume a = 1     source s\nassume b = \"中\"  source t\n")
        #expect(
            tidied("show \"e\u{301}\"   # one\nshow \"e\" # two") == "show \"e\u{301}\"  # one\nshow \"e\"  # two\n")
    }

    @Test("one line that is far longer than the others does not push them out")
    func long() {
        let list = "[" + (1...30).map(String.init).joined(separator: ", ") + "]"
        let text = "assume a   = 1   source s\nassume b = \(list) source s\nassume c = 10 source s"
        #expect(
            tidied(text)
                == "assume a = 1   source s\nassume b = \(list) source s\nassume c = 10  source s\n")
    }
}
