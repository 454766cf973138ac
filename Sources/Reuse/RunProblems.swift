import ReuseCore
import ReuseEngine
import ReuseModel
import ReuseSyntax

/// What is said of a run that failed (R05).
extension Diagnostic {
    /// A fault with its expression, time and sample.
    init(
        _ fault: RunFault, origin: Place, step: Int, members: [(index: Int, member: Int)] = [], sample: Int?,
        share: Double? = nil, missing: String? = nil, model: Model, program: Program
    ) {
        var place: Label?
        var secondary: [Label] = []
        var written = ""
        if let found = model.node(at: origin) {
            let tree = model.tree(found.module)
            var span = tree[found.node].span
            written = model.text(found.node, in: found.module)
            // What else fails at an operand is the operand's own affair.
            if let chain = tree.chain(ending: found.node) {
                let whole = chain.joined(with: span)
                switch fault {
                case .divisionByZero: secondary = [Label(Location(tree.source, chain), "what is divided")]
                case .notFinite, .noneInArithmetic, .neverInArithmetic:
                    span = whole
                    written = model.sources.first { $0.id == tree.source }?.text(of: whole) ?? written
                default: break
                }
            }
            place = Label(Location(tree.source, span))
        }
        var when: [String] = []
        if program.calendar.hasHorizon, step < program.calendar.steps.count {
            when.append("in \(program.calendar.steps[step].text)")
        }
        // What a series covers is told with the labels of its members.
        if case .outsideSeries = fault {
        } else {
            when += members.map { model.place(ofMember: $0.member, of: $0.index, among: members.map { $0.index }) }
        }
        if let sample, !fault.isOfWholeProjection || share != nil {
            if let share, share < 1 {
                let part = ValueFormat().text(.number(share * 100), unit: "%")
                when.append("in \(part) of the samples, the first of them sample \(sample + 1)")
            } else {
                when.append(share == nil ? "sample \(sample + 1)" : "in all samples")
            }
        }
        let suffix = when.isEmpty ? "" : ", " + when.joined(separator: ", ")
        place?.text = Self.label(fault)
        if case .outsideSeries(let start, let end, let series, let combination) = fault {
            // What a series covers comes last: "has no value in 2024: it covers ...".
            let (message, help) = program.wordsOutside(
                series, combination, when: when.isEmpty ? "" : " " + when.joined(separator: ", "), start: start,
                end: end,
                model)
            self.init(.outsideSeries, message, at: place, also: secondary, help: help)
            return
        }
        let (kind, message, help) = Self.words(fault, written, model)
        let amount = missing.map { Self.words(missing: $0, fault) } ?? ""
        self.init(kind, message + suffix + amount, at: place, also: secondary, help: help)
    }

    private static func label(_ fault: RunFault) -> String {
        switch fault {
        case .divisionByZero: "this is 0"
        case .squareRootOfNegative: "of a negative number"
        default: ""
        }
    }

    /// How much is missing; where several demands share what there is, in all of them together.
    private static func words(missing: String, _ fault: RunFault) -> String {
        guard case .cannotClear(.demandsAboveCapacity, _, _) = fault else { return "; \(missing) is missing" }
        return "; \(missing) is missing in all"
    }

    /// Why markets do not clear.
    private static func words(
        _ problem: MarketProblem, _ owner: MarketOwner, _ subject: Int, _ network: Network, _ model: Model
    ) -> (String, [String]) {
        var name = "a market"
        switch owner {
        case .market:
            if network.markets.indices.contains(subject) {
                name = "`\(model.name(network.markets[subject].declaration))`"
            }
        case .supply:
            if network.supplies.indices.contains(subject) {
                name = "`\(model.name(network.supplies[subject].declaration))`"
            }
        case .route:
            if network.routes.indices.contains(subject) {
                name = "`\(model.symbols[network.routes[subject].symbol])`"
            }
        case .whole: name = "the markets"
        }
        switch problem {
        case .demandAboveCapacity:
            return (
                "the fixed demand of \(name) is above all that can be brought there",
                ["raise supply or capacity, or give the demand a price and an elasticity"]
            )
        case .demandsAboveCapacity:
            return (
                "the fixed demands of \(name) and other markets are above all that can be brought there",
                ["raise supply or capacity, or give the demands a price and an elasticity"]
            )
        case .unreachable:
            return (
                "no supply reaches \(name), which has a demand",
                ["add a supply in it, or a route to it from a market that has one"]
            )
        case .demandElasticity:
            return (
                "the demand of \(name) rises with its price: its elasticity is above 0", ["it is negative, as -1.2"]
            )
        case .supplyElasticity:
            return ("the supply \(name) falls with its price: its elasticity is below 0", ["it is 0 or more, as 0.6"])
        case .yieldAboveOne:
            return (
                "the yields of \(name) sum to more than 100%",
                ["what is not offered is rejected: yields sum to 100% at most"]
            )
        case .negativeQuantity: return ("a quantity, capacity or quota of \(name) is negative", [])
        case .share(let share):
            let help = ["a share is written `5%`: the number 5 is 500%"]
            func nothing(_ field: String) -> String {
                "the `\(field)` of \(name) is -100% or less, which leaves nothing of the price"
            }
            switch share {
            case .vat: return (nothing("vat"), help)
            case .exportTax: return (nothing("export_tax"), help)
            case .tariff: return (nothing("tariff"), help)
            case .levy: return ("the `levy` of \(name) is above 100%", help)
            case .loss: return ("the `loss` of \(name) is not between 0% and 100%", help)
            }
        case .outOfRange:
            return (
                "a quantity, a price or an elasticity of \(name) is out of range",
                ["it is too large to be traded with, or a reference price that is not above 0"]
            )
        case .notConverged:
            return ("no prices were found that clear the markets; \(name) is furthest from it", [])
        }
    }

    /// What is wrong with a parameter of a distribution.
    private static func words(_ problem: DistributionProblem) -> (String, [String]) {
        switch problem {
        case .negativeDeviation: ("`sd` is below 0", [])
        case .meanNotAboveZero: ("`mean` is not above 0", ["values around 0 have a `normal` distribution"])
        case .shapeNotAboveZero: ("`shape` is not above 0", [])
        case .scaleNotAboveZero: ("`scale` is not above 0", [])
        case .alphaNotAboveZero: ("`alpha` is not above 0", [])
        case .betaNotAboveZero: ("`beta` is not above 0", [])
        case .endsNotInOrder: ("`low` is above `high`", ["the lower end comes first"])
        case .endsEqual: ("`low` and `high` are equal", ["write the value itself where it is certain"])
        case .modeOutsideEnds: ("`mode` lies outside `low` and `high`", ["the most likely value stands in the middle"])
        case .negativeWeight: ("one of the `weights` is below 0", [])
        }
    }

    private static func words(_ fault: RunFault, _ written: String, _ model: Model) -> (
        DiagnosticKind, String, [String]
    ) {
        let short = written.count > 60 ? String(written.prefix(57)) + "..." : written
        let code = "`\(ValueFormat.onOneLine(short))`"
        func number(_ value: Double) -> String { NumberFormat.text(value) }
        switch fault {
        case .divisionByZero:
            return (.divisionByZero, "division by zero", ["guard it: `if x == 0 then ... else ... / x`"])
        case .notFinite: return (.notFinite, "\(code) is too large for a number", [])
        case .invalidPower:
            return (
                .invalidOperation, "\(code) has no value",
                ["a negative number has whole powers only, and 0 has no negative power"]
            )
        case .squareRootOfNegative: return (.invalidOperation, "\(code) has no value", [])
        case .logarithmOfNonPositive:
            return (.invalidOperation, "\(code) has no value: only numbers above 0 have a logarithm", [])
        case .logarithmOfOneMore:
            return (.invalidOperation, "\(code) has no value: it is the logarithm of 1 + x, so x is above -1", [])
        case .outsideDomain: return (.invalidOperation, "\(code) has no value there", [])
        case .noneInArithmetic:
            return (
                .invalidOperation, "`none` is no number to calculate with",
                ["test for it first: `if x == none then ...`"]
            )
        case .neverInArithmetic:
            return (
                .invalidOperation, "this never comes, so there is no time to calculate with",
                ["test for it first: `if t <= 2030 then ...`; what never comes is later than every time"]
            )
        case .recursionTooDeep, .stackFull:
            return (
                .recursionTooDeep, "\(code) calls itself too deeply",
                ["a call that is the last thing a function does takes no depth; carry the result along as a parameter"]
            )
        case .outsideList(let place, let count):
            if place != place.rounded() {
                return (.outsideList, "a place in a list is a whole number, not \(number(place))", [])
            }
            let help =
                place >= 1000 && place <= 9999
                ? "a series gives its values to times: `[\(number(place)): 10, ...]`"
                : place < 0 ? "places are counted from 1; the last is `x[length(x)]`" : "places are counted from 1"
            return (.outsideList, "there is no place \(number(place)) in a list of \(count)", [help])
        case .emptyList: return (.outsideList, "\(code) needs more values than there are", [])
        case .failed(let message): return (.failed, ValueFormat.onOneLine(message), [])
        case .invalidShare:
            return (
                .invalidDistribution, "the share of a quantile lies between 0% and 100%",
                ["a share is written `90%`: the number 90 is 9000%"]
            )
        case .unsortedRange:
            return (
                .invalidDistribution, "the ends of \(code) are not in order, the lower one first",
                ["the lower end comes first; what does not vary is written as one number"]
            )
        case .noRange(let low, let high):
            return (
                .noSuchRange, "no lognormal distribution lies between \(number(low)) and \(number(high))",
                ["write `normal(p5: a, p95: b)` or `uniform(a, b)`"]
            )
        case .noShareRange:
            return (
                .noSuchRange, "a range of shares must lie inside 0% and 100%, ends left out", ["write `uniform(a, b)`"]
            )
        case .noDistribution(let problem):
            let (what, help) = words(problem)
            return (.invalidDistribution, "there is no distribution \(code): \(what)", help)
        case .weightSum(let sum):
            return (
                .invalidDistribution, "the weights of \(code) sum to \(NumberFormat.text(sum)), not to 1",
                ["they are probabilities; divide each by the sum: `map(w, fn(x) = x / sum(w))`"]
            )
        case .weightCount(let values, let weights):
            return (
                .invalidDistribution,
                "\(code) has \(values) \(values == 1 ? "value" : "values") and \(weights) \(weights == 1 ? "weight" : "weights")",
                ["each value has one weight"]
            )
        case .invalidCount:
            return (
                .outsideList, "\(code) needs whole numbers, at most \(Limits.inWords(Limits.listItems)) of them", []
            )
        case .outsideSeries: return (.outsideSeries, "the series has no value", [])
        case .noLogarithmicLine:
            return (
                .invalidOperation, "\(code) has no value: a logarithm can only be interpolated between values above 0",
                ["`linear` and `monotone` take values of any sign"]
            )
        case .outsideHorizon: return (.outsideHorizon, "\(code) lies outside the horizon", [])
        case .severalSteps(let isNumber):
            return (
                .meanOrLevel,
                isNumber
                    ? "\(code) has several steps, and it is not clear whether their mean or the last is wanted"
                    : "\(code) has several steps, and only a number has a mean over them",
                ["read a time that is one step"]
            )
        case .timeOutOfRange: return (.outsideHorizon, "a year lies between 0 and 9999", [])
        case .cannotClear(let problem, let owner, let subject):
            let (message, help) = words(problem, owner, subject, model.network, model)
            return (.cannotClear, message, help)
        case .cannotProject(let method, let problem): return projectionWords(method, problem, written, model)
        case .stock(let problem, let number):
            let name =
                model.stocks.indices.contains(number) ? "`\(model.symbols[model.stocks[number].symbol])`" : "the stock"
            let (message, help) = stockWords(problem, name)
            return (.stockFault, message, help)
        case .memory:
            return (
                .limitReached, "the run needs more memory than it may use, at \(code)",
                ["fewer samples or shorter lists take less"]
            )
        case .instructions: return (.limitReached, "the run takes more steps than it may, at \(code)", [])
        case .cancelled: return (.cancelled, "the run was stopped", [])
        }
    }

    static var stopped: Diagnostic {
        Diagnostic(.cancelled, "the run was stopped before its first samples were drawn", at: nil)
    }

    static var stoppedCheck: Diagnostic {
        Diagnostic(.cancelled, "the check was stopped before its end", at: nil)
    }

    static var stoppedShowing: Diagnostic {
        Diagnostic(.cancelled, "the run was stopped before all was shown", at: nil)
    }

    static func stoppedIn(_ name: String) -> Diagnostic {
        Diagnostic(.cancelled, "the run was stopped while it looked for what drives \(name)", at: nil)
    }

    static func imprecise(_ name: String, _ share: Double, samples: Int) -> Diagnostic {
        Diagnostic(
            .imprecise, severity: .warning,
            "after \(samples) samples the mean of \(name) still has a standard error above \(ValueFormat().text(.number(share * 100), unit: "%")) of it",
            at: nil,
            help: ["draw more, with `--samples`, or ask for less; a mean near 0 never gets there"])
    }

    static func wrongSampleCount(_ count: Int, _ allowed: ClosedRange<Int>) -> Diagnostic {
        Diagnostic(
            .limitReached, "a run has \(allowed.lowerBound) to \(allowed.upperBound) samples, and not \(count)", at: nil
        )
    }

    /// `origin` is the value of which most is kept.
    static func outOfMemory(_ shortage: Execution.MemoryShortage, samples: Int, in model: Model) -> Diagnostic {
        var help: [String] = []
        // Two digits are easier to type than all of them.
        var fewer = shortage.samples
        var size = 1
        while fewer >= 100 {
            fewer /= 10
            size *= 10
        }
        if fewer > 0, fewer * size < samples { help.append("run fewer: `--samples \(fewer * size)`") }
        help.append("ask for less of it: a sum, some members (`x[A]`) or one time (`x[2030]`)")
        return Diagnostic(
            .limitReached,
            "\(samples) samples of what is asked for take \(Self.bytes(shortage.needs)), and a run may use \(Self.bytes(shortage.limit))",
            at: shortage.origin.map { Label(model.location(of: $0), "most is kept of this") }, help: help)
    }

    static func tooManyCells(_ count: Int, most: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "this would be a table of \(count) cells, and one can have at most \(most)",
            at: Label(place), help: ["show a sum, some members (`x[A]`) or one time (`x[2030]`)"])
    }

    static func tooManyToAttribute(_ count: Int, most: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "these are \(count) policies, and `attribute` goes through orders of at most \(most)",
            at: Label(place), help: ["name those that matter: `attribute x among a, b`"])
    }

    static func tooManyOutputs(_ count: Int, most: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached,
            "with this, all outputs of the run have \(count) cells, and together they can have at most \(most)",
            at: Label(place),
            help: ["show a sum, some members (`x[A]`) or one time (`x[2030]`), or show the rest in a run of its own"])
    }

    static func listTooLong(_ count: Int, at place: Location) -> Diagnostic {
        Diagnostic(
            .limitReached, "a list of \(count) is too long to be shown", at: Label(place),
            help: ["show a part of it, or what it amounts to: `sum(x)`, `length(x)`"])
    }

    static func uncertainStructure(_ kind: String, at place: Location) -> Diagnostic {
        Diagnostic(
            .uncertainHere, "this is \(kind) that differs from sample to sample, so it cannot be shown as a whole",
            at: Label(place), help: ["show a number of it, such as `x[1]`, `x.name` or `expected(...)`"])
    }

    static func uncertainConsistency(at place: Location) -> Diagnostic {
        Diagnostic(
            .uncertainHere, "`consistent` compares printed figures, and this one is uncertain", at: Label(place),
            help: ["compare a range with `assert`, for example `assert median(x) == y within 5%`"])
    }

    static func assertionFailed(
        _ condition: String, message: String?, where place: String, sides: (left: String, right: String)?,
        at location: Location
    ) -> Diagnostic {
        let what = message ?? "this does not hold"
        let label = sides.map { "\($0.left) here, against \($0.right)" } ?? ""
        return Diagnostic(
            .assertionFailed, place.isEmpty ? what : "\(what) (\(place))", at: Label(location, label))
    }

    static func inconsistent(
        _ condition: String, where place: String, left: String, right: String, at location: Location
    ) -> Diagnostic {
        Diagnostic(
            .inconsistent, "these figures contradict each other" + (place.isEmpty ? "" : " (\(place))"),
            at: Label(location, "the left side is \(left), the right side \(right)"),
            help: ["every printed figure counts as all values that round to it"])
    }
}

extension SyntaxTree {
    /// For an operand of a `+ -` or `* /` chain but the first: the span of the chain before it.
    func chain(ending operand: NodeID) -> Span? {
        let end = self[operand].end
        for (distance, id) in ids(behind: operand, atMost: .max).enumerated() {
            let node = self[id]
            guard node.kind == .sum || node.kind == .product else {
                if distance > 1_000_000 { return nil }
                continue
            }
            guard node.start <= self[operand].start, node.end >= end else { continue }
            let operands = chain(node).operands
            guard let position = operands.firstIndex(of: operand), position > 0 else { return nil }
            return self[operands[0]].span.joined(with: self[operands[position - 1]].span)
        }
        return nil
    }
}
