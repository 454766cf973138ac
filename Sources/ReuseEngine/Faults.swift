import ReuseCore
import ReuseModel
import ReuseSyntax

/// What can go wrong while a program runs.
package enum RunFault: Hashable, Sendable {
    case divisionByZero
    case notFinite
    case invalidPower
    case squareRootOfNegative
    case logarithmOfNonPositive
    /// Of `log1p`: the argument is -1 or less.
    case logarithmOfOneMore
    case outsideDomain
    case noneInArithmetic
    /// A time that never comes.
    case neverInArithmetic
    case recursionTooDeep
    case stackFull
    case outsideList(place: Double, count: Int)
    case emptyList
    /// `fail`, with its text.
    case failed(String)
    case invalidShare
    case unsortedRange
    case noRange(low: Double, high: Double)
    case noShareRange(low: Double, high: Double)
    case noDistribution(DistributionProblem)
    /// Weights of a discrete distribution: what they sum to.
    case weightSum(Double)
    case weightCount(values: Int, weights: Int)
    case invalidCount
    /// What the series covers, its number, and the combination of its indexes.
    case outsideSeries(start: Int64, end: Int64, series: Int, combination: Int)
    /// A value of 0 or less between points whose logarithms are interpolated.
    case noLogarithmicLine
    case outsideHorizon
    /// A period of several steps, of a number that might be a mean or a level, or of something else than a number.
    case severalSteps(ofNumber: Bool)
    case timeOutOfRange
    /// The markets do not clear: what is wrong, and the number of the market, supply or route that it is about, or -1.
    case cannotClear(MarketProblem, MarketOwner, Int)
    /// A method cannot be fitted.
    case cannotProject(ProjectionMethod, FitProblem)
    /// What is wrong with a stock, and its number.
    case stock(StockProblem, Int)
    case memory
    case instructions
    case cancelled
}

extension RunFault {
    /// A fit is mostly the same for all samples.
    package var isOfWholeProjection: Bool {
        if case .cannotProject = self { return true }
        return false
    }

    /// Markets that cannot be cleared with fields that all have a meaning.
    package var isUnsolved: Bool {
        switch self {
        case .cannotClear(.demandAboveCapacity, _, _), .cannotClear(.demandsAboveCapacity, _, _),
            .cannotClear(.unreachable, _, _), .cannotClear(.notConverged, _, _):
            true
        default: false
        }
    }

    /// Where it is in some samples only, their share is told: parameters that no distribution has, and what `fail` says.
    package var isToldByShare: Bool {
        switch self {
        case .failed, .noDistribution, .weightSum, .weightCount, .unsortedRange, .noRange, .noShareRange: true
        default: false
        }
    }
}

/// Why no distribution has some parameters.
package enum DistributionProblem: UInt8, Hashable, Sendable {
    case negativeDeviation, meanNotAboveZero, shapeNotAboveZero, scaleNotAboveZero, alphaNotAboveZero, betaNotAboveZero
    case endsNotInOrder, endsEqual, modeOutsideEnds, negativeWeight
}

/// Why markets do not clear.
package enum MarketProblem: Hashable, Sendable {
    /// One fixed demand, or several of them together.
    case demandAboveCapacity, demandsAboveCapacity
    case unreachable, demandElasticity, supplyElasticity, yieldAboveOne, negativeQuantity,
        outOfRange
    case share(ClearingShare)
    case notConverged
}

/// What can go wrong with a stock.
package enum StockProblem: UInt8, Hashable, Sendable {
    case negativeInflow, negativeOutflow, negativeLevel, negativeInitial, negativeAge
    /// A plain level falls below zero; more is taken out than there is; a driven level falls faster than the stock retires.
    case belowZero, takenTooMuch, shrinks
    case shapeNotAboveZero, scaleNotAboveZero, meanNotAboveZero, deviationNotAboveZero, lifeNotAboveZero
    /// A table of shares by age.
    case agesNotAscending, sharesNotFalling, firstNotWhole, lastNotZero, sharesDoNotSum
    /// The tail of a lifetime is so long that a steady state has no age; what enters at an age lives no longer; what enters
    /// a driven stock does not live to the end of its step.
    case endless, noneSoOld, noneToTheEnd
    /// Nothing lives to the end of its step, so that a steady state has no age either.
    case brief
}

/// Where what code and definitions are made of is written.
struct Origin: Hashable, Sendable {
    var place: Place
    /// Where that is written out in the place of a call: number in `Program.callSites`, or -1.
    var site: Int32

    init(_ place: Place, site: Int32 = -1) {
        self.place = place
        self.site = site
    }
}

/// A call whose function is written out in its place.
struct CallSite: Sendable {
    var place: Place
    /// The call in whose function this one stands, where that is written out too, or -1.
    var within: Int32
}

/// A fault, where and when. Values that failed hold its number until something asks for them.
struct FaultRecord: Hashable, Sendable {
    var fault: RunFault
    var origin: Origin
    var step: Int
    /// The definition that was being computed, and the combination of its indexes.
    var definition: Int
    var combination: Int
    /// The calls by which it was come to, outermost first, each once. Of many only the first and the last.
    var calls: [Place]
}

extension Program {
    /// The calls around a node that is written out in their place, outermost first.
    func calls(around origin: Origin) -> [Place] {
        var result: [Place] = []
        var site = origin.site
        while site >= 0, Int(site) < callSites.count {
            result.append(callSites[Int(site)].place)
            site = callSites[Int(site)].within
        }
        return result.reversed()
    }
}

/// Doubles that stand for something else than a number: NaNs with a payload.
enum Box {
    private static let faultTag: UInt64 = 0x7FFC_0000_0000_0000
    static let none = Double(bitPattern: 0x7FFB_0000_0000_0001)

    static func fault(_ number: Int) -> Double {
        Double(bitPattern: faultTag | UInt64(UInt32(truncatingIfNeeded: number)))
    }

    /// The number of the fault that a value holds; nil for others.
    @inline(__always)
    static func fault(in value: Double) -> Int? {
        value.bitPattern & 0xFFFF_FFFF_0000_0000 == faultTag ? Int(UInt32(truncatingIfNeeded: value.bitPattern)) : nil
    }

    static func isNone(_ value: Double) -> Bool { value.bitPattern == none.bitPattern }
}
