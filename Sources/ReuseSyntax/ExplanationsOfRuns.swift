extension DiagnosticKind {
    /// The long story of a kind that comes up while a script runs; nil for other kinds.
    var explanationOfRuns: String? {
        switch self {
        case .divisionByZero:
            """
            Something is divided by zero, at the step, sample or member that the message names. The result would be
            infinite or nothing at all, and would spread into all that rests on it. Where zero may occur, say what holds
            then; only the side of `if` that is chosen can fail.

            Wrong: let sold = 3 kg - 3 kg
                   show 5 USD / sold
            Right: let sold = 3 kg - 3 kg
                   show if sold == 0 then 0 else 5 USD / sold
            """
        case .notFinite:
            """
            A result is larger than the largest number, about 1.8e308. In a model that is always a slip: growth per
            month taken for growth per year, or a unit that is missing.

            Wrong: let large = 1e200
                   show large * large
            Right: let large = 1e100
                   show large * large
            """
        case .invalidOperation:
            """
            The operation has no result for these values: the square root or a fraction's power of a negative number,
            the logarithm of zero or less, zero to a negative power, arithmetic on `none`, the mean of an empty list.
            The message names the step and sample. Often a value that should stay above zero does not in some samples.

            Wrong: let change = 2 - 5
                   show sqrt(change)
            Right: let change = 2 - 5
                   show sqrt(max(0, change))
            """
        case .recursionTooDeep:
            """
            A function calls itself deeper than the limit: most often it lacks the case in which it stops. A call that
            is the last thing a function does takes no depth.

            Wrong: fn count(n) = 1 + count(n - 1)
            Right: fn count(n) = if n <= 0 then 0 else 1 + count(n - 1)
            """
        case .outsideList:
            """
            A list is read at a place that it does not have. Places are whole numbers from 1 to the length of the list.

            Wrong: let prices = [3, 4, 5] USD
                   show prices[0]
            Right: let prices = [3, 4, 5] USD
                   show prices[1]
            """
        case .assertionFailed:
            """
            The script states that something holds, and it does not: at some step, in some sample or for some member,
            which the message names. The figures of the model, or the statement, are wrong. `==` in an assertion allows
            for rounding, one part in a thousand million; for more, write `within`.

            Wrong: assert 100 USD * 1.1 == 111 USD
            Right: assert 100 USD * 1.1 == 110 USD
            Right: assert 100 USD * 1.1 == 111 USD within 1%
            """
        case .inconsistent:
            """
            `consistent a == b` recomputes what a source prints. Every printed figure stands for all numbers that round
            to it, and even so the two sides do not meet: one of the figures is misprinted, misread or counted
            differently.

            Wrong: consistent 100M + 200M == 309.4M
            Right: consistent 100.2M + 209.2M == 309.4M
            """
        case .invalidDistribution:
            """
            No distribution has these parameters: a standard deviation below zero, ends in the wrong order, a peak
            outside the ends, a shape of zero, weights that do not sum to 1.

            Wrong: assume life = normal(mean: 3 yr, sd: -1 yr)
            Right: assume life = normal(mean: 3 yr, sd: 1 yr)
            """
        case .limitReached:
            """
            The script needs more than it may use: instructions, memory, time, or the size of one part of it. The
            message names the limit. Limits keep a runaway script from taking its host with it; they say nothing about
            whether it is right.

            Wrong: show length(range(1, 1e12))
            Right: show length(range(1, 1000))
            """
        case .failed:
            """
            A function found that it has no answer to what it was given, and says why by `fail("...")`. The place is the
            call in the script; where the function is the library's, its line stands below.

            Wrong: use finance: payback
                   show payback([-100, 20, 30] USD)
            Right: use finance: payback
                   let flows = [-100, 60, 50] USD
                   show if sum(flows) >= 0 USD then payback(flows) else none
            """
        case .cancelled:
            """
            The program that ran the script stopped it before it was done, perhaps because somebody asked it to. What
            was printed before stands; nothing is printed that is half computed.

            Wrong: (nothing is wrong with the script)
            Right: run it again, with fewer samples where it takes too long
            """
        case .exampleFailed:
            """
            `reuse test` ran an `## example:` line above a function, and it is not true. The function or the example is
            wrong.

            Wrong: ## example: doubled(2) == 5
                   fn doubled(x) = 2 * x
            Right: ## example: doubled(2) == 4
                   fn doubled(x) = 2 * x
            """
        case .stockFault:
            """
            A stock comes to something that cannot be: it falls below nothing, more is taken out than there is, an inflow
            is negative, a lifetime has a parameter without meaning. The message names the stock, the time and the sample.

            Wrong: horizon 2024..2030
                   unit phone
                   stock drawers { initial: 100M phone, outflow: 30M phone/yr }
                   show drawers
            Right: horizon 2024..2030
                   unit phone
                   stock drawers { initial: 100M phone, outflow: 30%/yr * drawers }
                   show drawers
            """
        case .cannotClear:
            """
            No prices clear the markets at some step, or a number in their fields has no meaning there: a fixed demand
            above all that can be brought, a market that no supply reaches, a demand that rises with the price, yields
            that sum to more than 100%. The message names the market, supply or route, the time and the sample. Where this is
            so in a few samples of many, `--allow-unsolved 0.1%` leaves them out, up to that share, and says how many.

            Wrong: unit phone
                   market Europe { demand: 30M phone/yr }
                   supply trade_in in Europe { volume: 10M phone/yr }
                   show Europe.price
            Right: unit phone
                   market Europe { demand: 30M phone/yr at 205 USD/phone, elasticity: -1.4 }
                   supply trade_in in Europe { volume: 10M phone/yr }
                   show Europe.price
            """
        case .cannotProject:
            """
            The data do not decide the parameters of the method, so nothing can be said of what follows: there are too few,
            they lie where the method's curve does not reach, or many sets of parameters fit them alike (a curve that has
            not yet begun to bend says nothing of its capacity). Give what is known from elsewhere, or take a method with
            fewer parameters.

            Wrong: projection sales { data: [2022: 3, 2023: 5], method: logistic() }
                   show sales[2025]
            Right: projection sales { data: [2022: 3, 2023: 5], method: compound() }
                   show sales[2025]
            """
        case .cannotSolve:
            """
            `solve` looks for one value of one input at which a condition holds at every step and for every member. There is
            none where an equation asks for another value at each of them, where the input is itself several numbers, or
            where the condition fails to have a value all along the range. A condition that rests on a statistic over samples
            and varies over samples as well is neither: say how surely it is to hold.

            Wrong: horizon 2025..2026
                   assume price = 10 USD
                   let sold = [2025: 2, 2026: 4]
                   solve needed: price in 1 USD..100 USD so that price * sold == 80 USD
            Right: horizon 2025..2026
                   assume price = 10 USD
                   let sold = [2025: 2, 2026: 4]
                   solve needed: price in 1 USD..100 USD so that price * sold >= 80 USD
            """
        default: nil
        }
    }
}
