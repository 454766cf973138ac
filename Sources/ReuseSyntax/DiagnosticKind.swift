/// Every kind of error and warning, by its stable number. `code` is what users see and look up: `R0201`.
///
/// R01: text and syntax. R02: names and modules. R03: types and dimensions. R04: time and indexes. R05: while running.
/// R06: sources. R07: the command line. R08: warnings. R09: what is to come.
public enum DiagnosticKind: UInt16, CaseIterable, Sendable {
    case invalidUTF8 = 101
    case forbiddenCharacter = 102
    case nameNotNormalised = 103
    case unitAgainstNumber = 104
    case invalidNumber = 105
    case unterminatedText = 106
    case invalidEscape = 107
    case unexpectedToken = 108
    case unfinishedInput = 109
    case nestedTooDeep = 110
    case foreignHabit = 111
    case rangeOperand = 112
    case chainedComparison = 113
    case growingOperand = 114
    case invalidPeriod = 115
    case misplacedExtend = 116
    case textTooLarge = 117
    case ambiguousDivision = 118

    case unknownName = 201
    case unknownModule = 202
    case unknownExport = 203
    case redefinedName = 204
    case redefinedUnit = 205
    case unitName = 206
    case importCycle = 207
    case missingFile = 208
    case filesClosed = 209
    case notInLibraryFile = 210
    case circularDefinition = 211
    case unknownMember = 212
    case wrongArgument = 213
    case unknownField = 214
    case unitsDisagree = 215
    case unknownSource = 216
    case marketField = 217
    case wrongPatch = 218
    case patchConflict = 219
    case wrongCorrelation = 220
    case impossibleCorrelation = 221
    case missingColumn = 222
    case tableCell = 223
    case duplicatePoint = 224
    case dataField = 225
    case stockField = 226
    case wrongProjection = 227

    case dimensionMismatch = 301
    case typeMismatch = 302
    case notAFunction = 303
    case notAUnit = 304
    case exponentNotConstant = 305
    case noSuchRange = 306
    case uncertainInFunction = 307
    case parameterMustBeNamed = 308
    case mixedKeys = 309
    case notComparable = 311
    case endlessType = 312
    case rateNotPerYear = 313

    case nothingToReduce = 401
    case sumOverTime = 402
    case outsideSeries = 403
    case outsideHorizon = 404
    case meanOrLevel = 405
    case invalidHorizon = 406
    case needsWholeSeries = 407
    case noHorizon = 408
    case uncertainHere = 409
    case indexMismatch = 410
    case notASeries = 411
    case ambiguousMember = 412

    case divisionByZero = 501
    case notFinite = 502
    case invalidOperation = 503
    case recursionTooDeep = 504
    case outsideList = 505
    case assertionFailed = 506
    case inconsistent = 507
    case invalidDistribution = 508
    case limitReached = 509
    case cancelled = 510
    case exampleFailed = 511
    case cannotClear = 512
    case stockFault = 513
    case cannotProject = 514
    case cannotSolve = 515
    case failed = 516

    case mixedBases = 601

    case unreadableFile = 701
    case wrongSetting = 702
    case wrongPart = 703

    case unusedInput = 801
    case inputWithoutSource = 802
    case awayFromReference = 803
    case policyOutsideHorizon = 804
    case targetBeyondHorizon = 805
    case policyWithoutEffect = 806
    case idleRoute = 807
    case unreachedMarket = 808
    case imprecise = 809
    case unlikelyArithmetic = 810
    case solveWithoutEffect = 811
    case unmetText = 812
    case lifetimeBelowZero = 813

    case notAvailable = 901

    /// `R0201`.
    public var code: String {
        let digits = String(rawValue)
        return "R" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }

    public init?(code: String) {
        let utf8 = Array(code.utf8)
        guard utf8.count == 5, utf8[0] == 0x52 || utf8[0] == 0x72, let number = UInt16(code.dropFirst()) else {
            return nil
        }
        self.init(rawValue: number)
    }
}
