import ReuseEngine

/// What is said of stocks that come to something that cannot be (R0513).
func stockWords(_ problem: StockProblem, _ name: String) -> (String, [String]) {
    let bare = name.split(separator: "`").joined()
    switch problem {
    case .negativeInflow:
        return ("an inflow of \(name) is negative", ["what leaves is its `outflow`"])
    case .negativeOutflow: return ("the outflow of \(name) is negative", ["what comes in is its `inflow`"])
    case .negativeLevel: return ("the level of \(name) is negative", [])
    case .negativeInitial: return ("the initial stock of \(name) is negative", [])
    case .negativeAge: return ("an age in \(name) is negative", [])
    case .belowZero:
        return (
            "\(name) would fall below zero",
            ["take out a share of what there is: `outflow: 10%/yr * \(bare)`, or no more than there is, with `min`"]
        )
    case .takenTooMuch:
        return (
            "more is taken out of \(name) than there is",
            ["goods that reach the end of their life leave by themselves; `outflow` is what is taken besides"]
        )
    case .shrinks:
        return (
            "the level of \(name) falls faster than its goods retire",
            ["with `on_shrink: retire_early`, the usual, goods leave before their time"]
        )
    case .shapeNotAboveZero: return ("the shape of the lifetime of \(name) is not above 0", [])
    case .scaleNotAboveZero: return ("the scale of the lifetime of \(name) is not above 0", [])
    case .meanNotAboveZero: return ("the mean of the lifetime of \(name) is not above 0", [])
    case .deviationNotAboveZero:
        return (
            "the standard deviation of the lifetime of \(name) is not above 0",
            ["where all live equally long write `fixed_life(3 yr)`"]
        )
    case .lifeNotAboveZero: return ("the lifetime of \(name) is not above 0", [])
    case .agesNotAscending:
        return ("the ages in the survival of \(name) do not ascend", ["write them from 0 yr on, each once"])
    case .sharesNotFalling:
        return ("the shares in the survival of \(name) rise", ["nothing that is gone comes back: they fall, to 0%"])
    case .firstNotWhole:
        return ("the survival of \(name) does not begin with 100% at age 0", ["write `0 yr: 100%` first"])
    case .lastNotZero:
        return (
            "the survival of \(name) does not end at 0%",
            ["say at what age none is left, such as `12 yr: 0%`"]
        )
    case .sharesDoNotSum:
        return ("the shares by age of the initial stock of \(name) are not parts of 100%", [])
    case .endless:
        return (
            "the lifetimes of \(name) have so long a tail that its initial stock has no steady profile of ages",
            ["give its age: `initial_age: 2 yr`"]
        )
    case .brief:
        return (
            "nothing that enters \(name) lives to the end of its step, so that its initial stock has no steady profile of ages",
            ["give its age: `initial_age: 2 yr`, or take shorter steps"]
        )
    case .noneSoOld:
        return ("goods of an age come into \(name) to which, by its lifetime, none live", [])
    case .noneToTheEnd:
        return (
            "nothing that enters \(name) lives to the end of its step, so that no inflow can keep its level",
            ["take shorter steps, or let goods arrive later: `arrives: end`"]
        )
    }
}
