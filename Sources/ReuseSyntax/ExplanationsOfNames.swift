extension DiagnosticKind {
    /// The long story of a kind about names, modules, sources, settings and what is to come; nil for other kinds.
    var explanationOfNames: String? {
        switch self {
        case .unknownName:
            """
            The script uses a name that nothing in it has: no declaration, no parameter, no function of a library that
            it uses, or no unit. Most often it is misspelt, or a `use` or a `unit` line is missing.

            Wrong: let price = 3 USD
                   show pirce
            Right: let price = 3 USD
                   show price
            """
        case .unknownModule:
            """
            `use name` takes in a part of the standard library, and there is no part of that name. A file of your own is
            named by its path, in quotes, and given a short name.

            Wrong: use prices
            Right: use "prices.reuse" as prices
            """
        case .unknownExport:
            """
            The library or file exists, but has nothing of this name that others may use.

            Wrong: use growth: cgar
            Right: use growth: cagr
            """
        case .redefinedName:
            """
            A name means one thing in the whole script. A value is never replaced by a later line, since declarations
            may come in any order and "later" means nothing. (A script's own name may hide one of the library.)

            Wrong: let price = 3 USD
                   let price = 4 USD
            Right: let price = 3 USD
                   let new_price = 4 USD
            """
        case .redefinedUnit:
            """
            A unit is declared once, and built-in units are there already. Were it declared again, numbers that look
            alike would mean two things.

            Wrong: unit tonne = 907 kg
            Right: unit short_ton = 907 kg
            """
        case .unitName:
            """
            In the signatures of functions, a single capital letter stands for any dimension. A unit of one letter could
            not be told from it, so units have longer names.

            Wrong: unit P
            Right: unit phone
            """
        case .importCycle:
            """
            A file uses another that, perhaps by way of a third, uses the first. There is then no order in which they
            could be taken in. Move what both need into a file of its own.

            Wrong: # a.reuse                 # b.reuse
                   use "b.reuse" as b        use "a.reuse" as a
            Right: # a.reuse                 # b.reuse
                   use "common.reuse" as c   use "common.reuse" as c
            """
        case .missingFile:
            """
            There is no file at the path that `use` or `extend` names. Paths are relative to the folder of the file that
            names them, not to the folder in which the command runs.

            Wrong: use "models/prices.reuse" as prices   # in models/phones.reuse
            Right: use "prices.reuse" as prices          # in models/phones.reuse
            """
        case .filesClosed:
            """
            The program that runs this script does not let it read files. A script reaches files only by `use` and
            `extend`, and only where its host allows it; a host that runs scripts of strangers keeps them closed.

            Wrong: use "prices.reuse" as prices          # where files are closed
            Right: let price = 120 USD                   # write the figures into the script
            """
        case .notInLibraryFile:
            """
            A file that another uses holds declarations alone: `fn let assume unit index source`. Commands and horizons
            belong to the script that is run, or using the file would print things. To build on a whole model, write
            `extend`. `extern fn` stands in the standard library alone.

            Wrong: # prices.reuse, used by a script
                   let price = 120 USD
                   show price
            Right: # prices.reuse, used by a script
                   let price = 120 USD
            """
        case .circularDefinition:
            """
            To compute this value, the value itself is needed, at the same step; the message prints the circle. Reuse
            never guesses a start for it. Where the value of the step before is meant, say so with `previous`.

            Wrong: let stock = stock + 3 kg
            Right: let stock = previous(stock, else: 10 kg) + 3 kg
            """
        case .unknownMember:
            """
            A key or a pick such as `x[A]` names a member of an index, and no index has it.

            Wrong: index grade = A, B
                   let share = [A: 60%, D: 40%]
            Right: index grade = A, B
                   let share = [A: 60%, B: 40%]
            """
        case .wrongArgument:
            """
            A function is called with too many or too few arguments, with a name that no parameter has, or with
            something that it cannot take. The help line shows how it is called.

            Wrong: use growth: cagr
                   show cagr(282.6M, 431.1M)
            Right: use growth: cagr
                   show cagr(282.6M, 431.1M, 5 yr)
            """
        case .unknownField:
            """
            What stands before the point has no field of this name. Records have the fields that they were written with,
            a point in time has `year`, `quarter` and `month`, and a source has `title`, `year`, `basis` and the like.

            Wrong: let band = { low: 1, high: 2 }
                   show band.hihg
            Right: let band = { low: 1, high: 2 }
                   show band.high
            """
        case .unitsDisagree:
            """
            Two files that are used together declare a unit or an index of one name in two ways. Numbers that pass from
            one to the other would change their meaning in silence.

            Wrong: # a.reuse                 # b.reuse
                   unit CNY = 0.139 USD      unit CNY = 0.14 USD
            Right: # rates.reuse, used by both
                   unit CNY = 0.139 USD
            """
        case .unknownSource:
            """
            A value cites a source that the script does not declare. Sources are declared so that the register can print
            their titles.

            Wrong: assume price = 120 USD source idc
            Right: source idc { title: "Used phone forecast", year: 2024 }
                   assume price = 120 USD source idc
            """
        case .marketField:
            """
            A market, supply or route lacks a field that it needs, or has fields that do not go together. A quantity with
            `at` is a curve: it goes through that point, and its elasticity says how it bends. Without both it is fixed.

            Wrong: market Europe { demand: 30M phone/yr, elasticity: -1.4 }
            Right: market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }
            """
        case .wrongProjection:
            """
            A projection has data, a series, and a method: one of `compound`, `linear`, `logistic`, `gompertz`, `bass`,
            `holt` and `damped`, written as a call. Parameters that are given are used, those left out are fitted to the
            data; none of them changes over time. `choose(...)` takes the method that foretells the data best.

            Wrong: projection sales { data: [2021: 3, 2022: 5, 2023: 6], method: exponential }
                   show sales[2025]
            Right: projection sales { data: [2021: 3, 2022: 5, 2023: 6], method: compound() }
                   show sales[2025]
            """
        case .wrongPatch:
            """
            A policy patches inputs, and the numbers in the fields of markets, supplies and routes. What is computed from them
            follows by itself; patching it too would hide where it comes from.

            Wrong: let revenue = 3 USD
                   policy tax { revenue = 2 USD }
            Right: assume price = 3 USD
                   policy tax { price = 2 USD }
                   show price
            """
        case .patchConflict:
            """
            Two policies of one scenario touch one field at the same time, and what comes out depends on which is first: one
            sets it, or one adds and the other multiplies. Say which comes after the other.

            Wrong: assume price = 100 USD
                   policy tax { price += 10 USD }
                   policy discount { price *= 90% }
                   show price
            Right: assume price = 100 USD
                   policy tax { price += 10 USD }
                   policy discount after tax { price *= 90% }
                   show price
            """
        case .wrongCorrelation:
            """
            `correlate` joins inputs that are one random variable each: the value of each is a range or a distribution and
            nothing else, with ends that are certain, and one draw for all members and steps. Give a range inside a
            formula an input of its own. Each pair of inputs has one correlation.

            Wrong: assume price = 100 USD + (10 to 20 USD)
                   assume share = 30% to 60%
                   correlate price, share at 0.5
                   show price * share
            Right: assume margin = 10 to 20 USD
                   assume share = 30% to 60%
                   correlate margin, share at 0.5
                   show (100 USD + margin) * share
            """
        case .impossibleCorrelation:
            """
            A rank correlation lies between -1 and 1, and several must go together: what follows `a` closely and `b` closely
            cannot leave `a` and `b` unrelated. In numbers, the matrix of the correlations of normal scores, 2 sin(pi r / 6),
            must be positive definite. Pairs that are not named have the correlation 0. Two inputs that always move together
            are one input: compute one from the other.

            Wrong: assume low = 1 to 2
                   assume middle = 2 to 3
                   assume high = 3 to 4
                   correlate low, middle at 0.9
                   correlate middle, high at 0.9
                   show low + middle + high
            Right: assume low = 1 to 2
                   assume middle = 2 to 3
                   assume high = 3 to 4
                   correlate low, middle, high at 0.9
                   show low + middle + high
            """
        case .missingColumn:
            """
            `column("...")` and `labels("...")` name a column by its heading, letter for letter. The heading is the first row
            that has all the headings that are asked for, so that titles and remarks may stand above it.

            Wrong: data shipped from "idc.csv" {
                       time:  column("Years")           # the heading is `Year`
                       units: column("Shipments (M)") * 1M phone/yr
                   }
            Right: data shipped from "idc.csv" {
                       time:  column("Year")
                       units: column("Shipments (M)") * 1M phone/yr
                   }
            """
        case .tableCell:
            """
            A cell holds something else than was asked for: no number, no period, a number or a time that could be two, a
            percent sign that others in its column lack, a row with more cells than there are headings, or quotes that do not
            end. The message shows the place in the table.

            `1,234` alone may be 1234 or 1.234. Other cells of the column decide (`1,5`, `1,234.5`, `1,234,567`); where none
            does, the script must. So for `03/04/2021`, of which `13/04/2021` or `dates: "day/month/year"` says that the day
            comes first, and for `2008-09`, which is a month beside `2008-10` and a year beside `2009-10`.

            Wrong: data prices from "prices.csv" { time: column("Year"), value: column("Price") }      # only 1,234 and 2,345
            Right: data prices from "prices.csv" { time: column("Year"), value: column("Price"), decimal: "." }
            """
        case .duplicatePoint:
            """
            Two rows of a table say what one point is: the same period and the same labels, or periods that overlap. Mostly
            the table holds more kinds of rows than the script knows of; `where` chooses among them, and a further `labels`
            makes an index of them.

            Wrong: data trade from "trade.csv" { time: column("Year"), value: column("Value") }     # exports and imports
            Right: data trade from "trade.csv" {
                       time:  column("Year")
                       where: column("Flow") == "Export"
                       value: column("Value") * 1 USD/yr
                   }
            """
        case .dataField:
            """
            The fields of `data` say what to read: `time: column("...")`; an index by `labels("...")`; values by `column("...")`
            or, where periods are headings, `columns()`; which rows, by `where`; and how the table is written, by `decimal`,
            `dates`, `missing`, `separator` and `encoding`. `column` and `columns` stand nowhere else.

            Wrong: data shipped from "idc.csv" { time: "Year", units: column("Shipments (M)") * 1M phone/yr }
            Right: data shipped from "idc.csv" { time: column("Year"), units: column("Shipments (M)") * 1M phone/yr }
            """
        case .mixedBases:
            """
            Two figures come from sources that count differently, as their `basis` says: a changed panel, a changed
            definition. A difference, a ratio or a series of the two would show a change that never happened. Where both
            have a year in common, `rebase(old, onto: new, at: 2023)` brings the old series onto the new basis.

            Wrong: source old_count { title: "Tracker, January", year: 2024, basis: "old panel" }
                   source new_count { title: "Tracker, September", year: 2024, basis: "new panel" }
                   assume old = 309.4M source old_count
                   assume new = 195M source new_count
                   show new - old
            Right: show old
                   show new
            """
        case .unreadableFile:
            """
            The file is there and could not be read: it is a folder, the system denies access, or the disk failed. The
            message says which.

            Wrong: use "prices" as prices         # `prices` is a folder
            Right: use "prices/phones.reuse" as prices
            """
        case .wrongSetting:
            """
            `--set` changes an input, an `assume` of the script, for one run. This name is no input, or the new value
            has another dimension or is no expression. What a `let` computes cannot be set.

            Wrong: reuse phones.reuse --set growth=4%       # growth is a rate, per year
            Right: reuse phones.reuse --set growth=4%/yr
            """
        case .wrongPart:
            """
            `reuse merge` joins the parts that `--shard` computes. They must be all the shards of one run: of the same
            script, samples, seed, scenario and settings, each shard once, and whole. The message names the file that
            does not fit.

            Wrong: reuse merge phones.reuse phones.1-of-3.part phones.2-of-3.part     # the third is missing
            Right: reuse merge phones.reuse phones.1-of-3.part phones.2-of-3.part phones.3-of-3.part
            """
        case .unusedInput:
            """
            A warning. An input is declared, and nothing reads it: neither a declaration nor a command. Often a name is
            misspelt elsewhere, or a formula lost a term.

            Wrong: assume price = 3 USD
                   assume cost = 2 USD
                   show price
            Right: assume price = 3 USD
                   assume cost = 2 USD
                   show price - cost
            """
        case .awayFromReference:
            """
            A warning. In the first step of the baseline, with every uncertain input at its median, a price or a quantity is
            more than 20% away from the reference point of its curve. The curve is an approximation near that point, so a
            model that starts far from it says little. Often a cost is missing, or the reference quantities of supply and
            demand do not belong together.

            Wrong: unit phone
                   market Europe { demand: 30M phone/yr at 200 USD/phone, elasticity: -1.2 }
                   supply trade_in in Europe { volume: 90M phone/yr }
                   show Europe.price
            Right: unit phone
                   market Europe { demand: 30M phone/yr at 200 USD/phone, elasticity: -1.2 }
                   supply trade_in in Europe { volume: 30M phone/yr }
                   show Europe.price
            """
        case .policyOutsideHorizon:
            """
            A warning. A policy begins after the last step of the horizon, or ends before the first, so it changes nothing.

            Wrong: horizon 2024..2030
                   assume price = 3 USD
                   policy tax from 2031 { price += 1 USD }
                   show price
            Right: horizon 2024..2030
                   assume price = 3 USD
                   policy tax from 2026 { price += 1 USD }
                   show price
            """
        case .targetBeyondHorizon:
            """
            A warning. A target is judged at a time that the horizon does not reach, so nothing can be said of it, and it is
            left out.

            Wrong: horizon 2024..2026
                   assume price = 3 USD growing 10%/yr from 2024
                   target dear: price >= 4 USD by 2030
            Right: horizon 2024..2030
                   assume price = 3 USD growing 10%/yr from 2024
                   target dear: price >= 4 USD by 2030
            """
        case .policyWithoutEffect:
            """
            A warning. Alone, on central values, a policy leaves everything that it patches as it was: it multiplies by
            100%, sets what already is so, or patches nothing.

            Wrong: assume price = 3 USD
                   policy tax { price *= 100% }
                   show price
            Right: assume price = 3 USD
                   policy tax { price *= 110% }
                   show price
            """
        case .lifetimeBelowZero:
            """
            A warning. A normal distribution reaches below 0 on its left, and no life does: goods of that part are gone as
            soon as they come in. So the mean life is above the mean that was asked for, by more the wider the distribution
            is. It is told from 0.1% on, which is a standard deviation of about a third of the mean.

            Wrong: let life = normal_life(mean: 3 yr, sd: 2 yr)
            Right: let life = lognormal_life(mean: 3 yr, sd: 2 yr)
            """
        case .idleRoute:
            """
            A warning. In no scenario and at no time do goods pay their way over a route. That may be as it should be;
            often a cost is in the wrong unit, or the route starts at the wrong end.

            Wrong: unit phone
                   market China  { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
                   market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }
                   supply trade_in in China { volume: 72M phone/yr }
                   route China -> Europe { cost: 850 USD/phone }
                   supply own in Europe { volume: 28M phone/yr }
                   show routes.flow
            Right: unit phone
                   market China  { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
                   market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }
                   supply trade_in in China { volume: 72M phone/yr }
                   route China -> Europe { cost: 85 USD/phone }
                   show routes.flow
            """
        case .imprecise:
            """
            A warning. `--until` draws samples until the standard error of the mean of every number that is shown is
            below a share of it. Here `--samples` was reached first. A mean near 0 has no share that would do.

            Wrong: reuse phones.reuse --until 0.01% --samples 20000
            Right: reuse phones.reuse --until 1% --samples 1000000
            """
        case .solveWithoutEffect:
            """
            What the condition of a `solve` compares is the same whatever the input is, so no value of it brings the condition
            about. It rests on other inputs, a policy sets the input again, or `x under s` is read, which is as the scenario
            `s` has it.

            Wrong: assume price = 10 USD
                   assume sold = 3
                   solve needed: price in 0 USD..100 USD so that sold >= 5
            Right: assume price = 10 USD
                   assume sold = 3
                   solve needed: price in 0 USD..100 USD so that price * sold >= 50 USD
            """
        case .unlikelyArithmetic:
            """
            A warning. `-` between two numbers is a difference and `10%` is the number 0.1, in an input as anywhere. Where
            an input is the sum or difference of two literals, its author most often meant a range, or a share of the first.

            Wrong: assume growth = 5% - 8%
                   show growth
            Right: assume growth = 5% to 8%
                   show growth
            """
        case .unmetText:
            """
            A warning. A condition of `where` asks for a text that no row of the table has under that heading. Where it is
            to leave rows out, those rows then count; where it is one of several, they are missing.

            Wrong: data trade from "trade.csv" {
                       where: column("Partner") != "Wrold"
                       time:  column("Year")
                       value: column("Value") * 1 USD/yr
                   }
            Right: data trade from "trade.csv" {
                       where: column("Partner") != "World"
                       time:  column("Year")
                       value: column("Value") * 1 USD/yr
                   }
            """
        case .unreachedMarket:
            """
            A warning. No supply is in a market and no route leads there from one, so that nobody in it can buy anything.
            Where its demand does not end at some price, the run fails.

            Wrong: unit phone
                   market China  { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
                   market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4, form: linear }
                   supply trade_in in China { volume: 40M phone/yr }
                   show Europe.consumption
            Right: unit phone
                   market China  { demand: 40M phone/yr at 120 USD/phone, elasticity: -1.1 }
                   market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4, form: linear }
                   supply trade_in in China { volume: 72M phone/yr }
                   route China -> Europe { cost: 85 USD/phone }
                   show Europe.consumption
            """
        case .stockField:
            """
            A stock is what is there: phones in use, phones in drawers. It has `inflow` and `outflow`, in goods for a time,
            or a `level` from which the inflow follows; `initial` is what there is before the first step. With a
            `lifetime` its goods have ages. A field is missing here, or two of them say the same, or one has a value that
            it cannot have.

            Wrong: horizon 2024..2026
                   unit phone
                   stock in_use { inflow: 40M phone/yr, level: 200M phone, lifetime: fixed_life(3 yr) }
                   show in_use
            Right: horizon 2024..2026
                   unit phone
                   stock in_use { inflow: 40M phone/yr, initial: 120M phone, lifetime: fixed_life(3 yr) }
                   show in_use
            """
        case .inputWithoutSource:
            """
            A warning that comes with `--strict-sources`. A reader cannot check a figure that does not say where it is
            from. Where it is a guess, a source may say so.

            Wrong: assume price = 120 USD
            Right: source own { title: "Our estimate", year: 2025 }
                   assume price = 120 USD source own, "mean of three shops"
            """
        case .notAvailable:
            """
            This version reads this part of the language, so that a script that has it can be checked for its spelling,
            but cannot run it yet. Nothing is left out in silence: the script does not run.

            Wrong: plot [2024: 10, 2025: 12]
            Right: show [2024: 10, 2025: 12]
            """
        default: nil
        }
    }
}
