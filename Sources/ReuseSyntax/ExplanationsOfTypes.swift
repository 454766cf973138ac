extension DiagnosticKind {
    /// The long story of a kind about types, dimensions, time and indexes; nil for other kinds.
    var explanationOfTypes: String? {
        switch self {
        case .dimensionMismatch:
            """
            Two quantities meet that do not measure the same thing: phones and dollars, a stock and a flow, a rate and a
            pure number. What dimension everything has is known before anything runs, and adding unlike things is always
            an error. Where a time is missing, multiply by one, or integrate a rate with `total` or `cumulative`.

            Wrong: unit phone
                   let price = 120 USD/phone
                   let sold = 30 phone
                   show price + sold
            Right: show price * sold
            """
        case .typeMismatch:
            """
            A number, a condition, a text, a point in time, a list, a record and a function are different kinds of
            value, and none is silently turned into another: 0 is not false, and "2" is not 2.

            Wrong: show if 1 then 2 else 3
            Right: show if 1 > 0 then 2 else 3
            """
        case .notAFunction:
            """
            A name followed by parentheses is a call, and what is called here is no function. To multiply, write `*`.

            Wrong: let price = 3 USD
                   show price(2)
            Right: show price * 2
            """
        case .notAUnit:
            """
            Behind a number, and after `as`, stand units alone: names declared by `unit`, built-in ones, and products
            and powers of them. A value of the script is no unit, even where it has one.

            Wrong: let load = 20 kg
                   show 5 tonne as load
            Right: unit load = 20 kg
                   show 5 tonne as load
            """
        case .exponentNotConstant:
            """
            `(3 kg) ^ n` is in kilograms to the power n, so its dimension is known only where n is written as a number.
            A pure number may be raised to anything.

            Wrong: assume n = 2
                   show (3 kg) ^ n
            Right: assume n = 2
                   show (3 kg / 1 kg) ^ n * 1 kg
            """
        case .noSuchRange:
            """
            `a to b` says that 90% of draws lie between a and b. It is lognormal where both ends are above zero, its
            mirror image where both are below, and logit-normal where both are written in % and lie inside 0% and 100%.
            For other ends, none of these fits, and Reuse does not fall back on another in silence: say which is meant.

            Wrong: assume change = -5% to 10%
            Right: assume change = normal(p5: -5%, p95: 10%)
            Right: assume change = uniform(-5%, 10%)
            """
        case .uncertainInFunction:
            """
            A range is one random variable of the model, with a name and a source. Inside a function it would be another
            one at each call, without a name. A function is given its uncertainty.

            Wrong: fn landed(price) = price + (5 to 11 USD)
            Right: assume freight = 5 to 11 USD
                   fn landed(price, freight) = price + freight
            """
        case .parameterMustBeNamed:
            """
            Programs disagree on what the two numbers of a normal or lognormal distribution are. Here they are named:
            `mean` and `sd` are those of the quantity itself, `p5` and `p95` its quantiles. So are `shape` and `scale` of
            gamma, which others call by a rate.

            Wrong: assume life = lognormal(3 yr, 1.2 yr)
            Right: assume life = lognormal(mean: 3 yr, sd: 1.2 yr)
            """
        case .mixedKeys:
            """
            The keys of a value over an axis are all times or all members of one index, and no time is given twice.

            Wrong: index grade = A, B
                   let price = [2024: 120 USD, A: 130 USD]
            Right: let price = [2024: 120 USD, 2025: 130 USD]
            """
        case .notComparable:
            """
            Numbers and points in time have an order. Texts and conditions can only be equal or not, functions not even
            that.

            Wrong: show "a" < "b"
            Right: show "a" == "b"
            """
        case .endlessType:
            """
            A value would have to contain itself: a list whose entries are that list, a function that takes itself. Such
            a value has no type.

            Wrong: fn twice(f) = f(f)
            Right: fn twice(f, x) = f(f(x))
            """
        case .rateNotPerYear:
            """
            `growing`, `projection ... compound` and the functions of the library that compound add a rate once a year, unless `every`
            says otherwise. 5%/month is 60%/yr: added once a year it leaves 40 of 100 after a year, and 5% every month leaves
            54. So a rate that is written per month, day or quarter, also under a name, says which is meant: with `every` it
            compounds as often as that, and with `as %/yr` it is a yearly rate.

            Wrong: let left = 100 USD growing -5%/month from 2024
            Right: let left = 100 USD growing -5% every month from 2024
            Right: let left = 100 USD growing (-5%/month as %/yr) from 2024
            """
        case .nothingToReduce:
            """
            `sum`, `mean`, `min` and `max` of a value reduce its indexes, and this value has none, or not the one that
            is named. Adding up one number is most often a slip.

            Wrong: let price = 3 USD
                   show sum(price)
            Right: index grade = A, B
                   let price = [A: 3 USD, B: 2 USD]
                   show sum(price over grade)
            """
        case .sumOverTime:
            """
            Flows are rates, such as phones per year, whatever the step is. A sum of rates over steps would grow
            fourfold when the model goes from years to quarters. `total` integrates a rate; `mean` averages.

            Wrong: show sum(sold over time)
            Right: show total(sold)
            Right: show mean(sold over time)
            """
        case .outsideSeries:
            """
            A series is read at a time that it does not cover. Between its points it interpolates; beyond them it knows
            nothing, and nothing extrapolates unless asked to. An open key holds a value on.

            Wrong: horizon 2024..2030
                   let price = [2024: 120 USD, 2026: 110 USD]
                   show price
            Right: horizon 2024..2030
                   let price = [2024: 120 USD, 2026..: 110 USD]
                   show price
            """
        case .outsideHorizon:
            """
            A value is computed at the steps of the horizon and nowhere else, and is read at a time that is not among
            them. Years lie between 0 and 9999.

            Wrong: horizon 2024..2026
                   let age = now - 2020
                   show age[2031]
            Right: horizon 2024..2031
                   let age = now - 2020
                   show age[2031]
            """
        case .meanOrLevel:
            """
            A flow, read at a period longer than the step, is the mean over its steps; a level (`cumulative(...)`, or a
            value that reads its own `previous`) is its last one. This expression mixes the two, or divides by what
            varies in the period, and either reading could be meant.

            Wrong: horizon 2024..2025 by quarter
                   let sold = 10 kg/yr
                   let stock = previous(stock, else: 0 kg) + sold * 0.25 yr
                   let both = stock + sold * 1 yr
                   show both[2025]
            Right: show both[2025Q4]
            """
        case .invalidHorizon:
            """
            A horizon goes from an earlier to a later period, both written out, and its step divides them. A script has
            one.

            Wrong: horizon 2030..2024
            Right: horizon 2024..2030 by quarter
            """
        case .notASeries:
            """
            `interpolate`, `extend_series` and `rebase` work on the points of a series. A formula over time has a value at
            every step, but no points. What has points is a literal with times as keys, a column of `data`, what these
            functions make of them, a name of one, and one times what is the same at all times.

            Wrong: horizon 2024..2030
                   let price = 120 USD growing -3%/yr from 2024
                   show extend_series(price, hold: true)
            Right: horizon 2024..2030
                   let price = [2024: 120, 2026: 110] USD
                   show extend_series(price, hold: true)
            """
        case .needsWholeSeries:
            """
            Functions that look at other steps, samples or members of what they are given (`previous`, `cumulative`,
            `total`, `sum` over an index, `expected` and functions that call them) need the whole value and not its
            momentary number. They are written out where they are called, so they cannot call themselves or be handed on
            as values, and they cannot be given a value that exists for a single step or sample.

            Wrong: horizon 2024..2030
                   fn back(x, n) = if n <= 0 then x else previous(back(x, n - 1), else: 0)
                   show back(now.year, 3)
            Right: horizon 2024..2030
                   fn back(x) = previous(x, 3 yr, else: 0)
                   show back(now.year)
            """
        case .noHorizon:
            """
            Without a `horizon`, a script is a calculator with one step, and there is no time along which something
            could vary. A series can still be read at a time that it covers.

            Wrong: let price = [2024: 120 USD, 2026: 110 USD]
                   show price
            Right: horizon 2024..2026
                   let price = [2024: 120 USD, 2026: 110 USD]
                   show price
            Right: let price = [2024: 120 USD, 2026: 110 USD]
                   show price[2025]
            """
        case .uncertainHere:
            """
            Something that shapes the computation, such as the length of a list or the share of a quantile, must be the
            same in all samples. Take a statistic of the uncertain value first. The other way round, `sensitivity ... by
            tornado` and `by morris` move one input at a time, so their runs are no samples to take a statistic of: a value
            that rests on one is taken apart `by rank`, `by sobol` or `by shapley`.

            Wrong: assume steps = 1 to 3
                   show range(1, steps)
            Right: assume steps = 1 to 3
                   show range(1, round(median(steps)))
            """
        case .indexMismatch:
            """
            A value over an index has one entry for each member, and is picked from by members of that index only. A
            member left out is not zero.

            Wrong: index grade = A, B, C
                   let share = [A: 60%, B: 40%]
            Right: index grade = A, B, C
                   let share = [A: 60%, B: 40%, C: 0%]
            """
        case .ambiguousMember:
            """
            Two indexes may have members of one name: exporters and importers, "Other" in two columns of a table. A
            value over both is picked by the name of the index, and a literal over both says in its declaration which
            level is which, from the outside in.

            Wrong: index country = China, India
                   index partner like country
                   let way over country, partner = [China: [China: 0, India: 3800], India: [China: 3800, India: 0]]
                   show way[China]
            Right: index country = China, India
                   index partner like country
                   let way over country, partner = [China: [China: 0, India: 3800], India: [China: 3800, India: 0]]
                   show way[country: China], way[partner: China]
            """
        default: nil
        }
    }
}
