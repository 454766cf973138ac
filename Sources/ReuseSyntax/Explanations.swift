/// What `reuse explain` tells of every kind of error and warning.
extension DiagnosticKind {
    /// A few words, for lists.
    public var title: String {
        switch self {
        case .invalidUTF8: "a text that is not UTF-8"
        case .forbiddenCharacter: "a character that means nothing here"
        case .nameNotNormalised: "a name with characters that look like others"
        case .unitAgainstNumber: "a unit written against its number"
        case .invalidNumber: "a number that cannot be read"
        case .unterminatedText: "a text that is not closed"
        case .invalidEscape: "a backslash that begins no escape"
        case .unexpectedToken: "something that does not fit in its place"
        case .unfinishedInput: "a script that ends too early"
        case .nestedTooDeep: "nesting that is too deep"
        case .foreignHabit: "a sign or word of another language"
        case .rangeOperand: "an end of a range that needs parentheses"
        case .chainedComparison: "comparisons in a chain"
        case .growingOperand: "a sum beside `growing`"
        case .invalidPeriod: "a quarter, a month or a date that is written otherwise"
        case .ambiguousDivision: "a quotient behind `/`"
        case .misplacedExtend: "`extend` that is not the first line"
        case .textTooLarge: "a text that is too large"

        case .unknownName: "a name that nothing has"
        case .unknownModule: "a library that does not exist"
        case .unknownExport: "a name that a library lacks"
        case .redefinedName: "a name given twice"
        case .redefinedUnit: "a unit declared twice"
        case .unitName: "a unit named by one letter"
        case .importCycle: "files that use each other in a circle"
        case .missingFile: "a file that does not exist"
        case .filesClosed: "a file that the script may not read"
        case .notInLibraryFile: "a statement that a used file may not hold"
        case .circularDefinition: "a value defined by itself"
        case .unknownMember: "a label that no index has"
        case .wrongArgument: "a wrong argument"
        case .unknownField: "a field that does not exist"
        case .unitsDisagree: "files that disagree on a unit or index"
        case .unknownSource: "a source that is not declared"
        case .marketField: "a market, supply or route that is not whole"
        case .wrongPatch: "a patch on what cannot be patched"
        case .patchConflict: "policies whose order matters"
        case .wrongCorrelation: "a correlation of what is not one random variable"
        case .impossibleCorrelation: "correlations that cannot be"
        case .stockField: "a stock that is not whole"
        case .missingColumn: "a table without the column"
        case .tableCell: "a cell that cannot be read"
        case .duplicatePoint: "two figures for one point of a table"
        case .dataField: "a field that a table cannot have"
        case .wrongProjection: "a projection that is not whole"

        case .dimensionMismatch: "a dimension that does not fit"
        case .typeMismatch: "a value of the wrong kind"
        case .notAFunction: "a call of something that is no function"
        case .notAUnit: "a unit that is none"
        case .exponentNotConstant: "a power whose dimension is not fixed"
        case .noSuchRange: "a range that no distribution fits"
        case .uncertainInFunction: "a range inside a function"
        case .parameterMustBeNamed: "parameters that must be named"
        case .mixedKeys: "keys that do not go together"
        case .notComparable: "values that cannot be compared"
        case .endlessType: "a value that contains itself"
        case .rateNotPerYear: "a rate that is not per year, given to what compounds"

        case .nothingToReduce: "no index to reduce"
        case .sumOverTime: "a sum over time"
        case .outsideSeries: "a time that a series does not cover"
        case .outsideHorizon: "a time outside the horizon"
        case .meanOrLevel: "a mean or a last value, not clear which"
        case .invalidHorizon: "a horizon that cannot be"
        case .needsWholeSeries: "a function that looks around, used where it cannot"
        case .noHorizon: "no horizon"
        case .uncertainHere: "an uncertain value where a certain one is wanted"
        case .indexMismatch: "members of an index that do not match"
        case .notASeries: "a formula where a series is wanted"
        case .ambiguousMember: "a member of two indexes"

        case .divisionByZero: "division by zero"
        case .notFinite: "a result that is not finite"
        case .invalidOperation: "an operation that has no result"
        case .recursionTooDeep: "recursion that is too deep"
        case .outsideList: "a place outside a list"
        case .assertionFailed: "an assertion that does not hold"
        case .inconsistent: "printed figures that contradict each other"
        case .invalidDistribution: "a distribution that cannot be"
        case .limitReached: "a limit that was reached"
        case .cancelled: "a run that was cancelled"
        case .exampleFailed: "an example that does not hold"
        case .cannotClear: "markets that do not clear"
        case .stockFault: "a stock that cannot be"
        case .failed: "a function that has no answer"
        case .cannotProject: "a method that does not fit its data"
        case .cannotSolve: "a `solve` that has no answer"

        case .mixedBases: "figures of two bases mixed"

        case .unreadableFile: "a file that cannot be read"
        case .wrongSetting: "a setting that does not fit"
        case .wrongPart: "partial results that do not make up a run"

        case .unusedInput: "an input that nothing reads"
        case .inputWithoutSource: "an input without a source"
        case .awayFromReference: "a market that does not start where its figures say"
        case .policyOutsideHorizon: "a policy outside the horizon"
        case .targetBeyondHorizon: "a target beyond the horizon"
        case .policyWithoutEffect: "a policy that changes nothing"
        case .idleRoute: "a route that never carries anything"
        case .unreachedMarket: "a market that nothing reaches"
        case .unlikelyArithmetic: "a sum or difference that looks like a range"
        case .solveWithoutEffect: "a `solve` whose input changes nothing"
        case .lifetimeBelowZero: "a normal lifetime with lives below 0"
        case .imprecise: "means that are less certain than was asked for"
        case .unmetText: "a text of `where` that no row has"

        case .notAvailable: "a part of the language that is to come"
        }
    }

    /// What `reuse explain` prints: the code, what it stands for, and the long story, its last line ended.
    public var page: String { "\(code): \(title)\n\n\(explanation)" + (explanation.hasSuffix("\n") ? "" : "\n") }

    /// The long story: what it means, why it is refused, a wrong and a right example.
    public var explanation: String {
        switch self {
        case .invalidUTF8, .forbiddenCharacter, .nameNotNormalised, .unitAgainstNumber, .invalidNumber,
            .unterminatedText, .invalidEscape, .unexpectedToken, .unfinishedInput, .nestedTooDeep, .foreignHabit,
            .rangeOperand, .chainedComparison, .growingOperand, .invalidPeriod, .misplacedExtend, .textTooLarge,
            .ambiguousDivision:
            syntaxExplanation ?? title
        case .unknownName, .unknownModule, .unknownExport, .redefinedName, .redefinedUnit, .unitName, .importCycle,
            .missingFile, .filesClosed, .notInLibraryFile, .circularDefinition, .unknownMember, .wrongArgument,
            .unknownField, .unitsDisagree, .unknownSource, .marketField, .wrongPatch, .patchConflict,
            .wrongCorrelation, .impossibleCorrelation, .missingColumn, .tableCell, .duplicatePoint, .dataField,
            .stockField, .wrongProjection, .mixedBases, .unreadableFile, .wrongSetting, .wrongPart,
            .unusedInput,
            .inputWithoutSource, .awayFromReference, .policyOutsideHorizon, .targetBeyondHorizon, .policyWithoutEffect,
            .idleRoute, .unreachedMarket, .lifetimeBelowZero, .imprecise, .unlikelyArithmetic, .solveWithoutEffect,
            .unmetText,
            .notAvailable:
            explanationOfNames ?? title
        case .dimensionMismatch, .typeMismatch, .notAFunction, .notAUnit, .exponentNotConstant, .noSuchRange,
            .uncertainInFunction, .parameterMustBeNamed, .mixedKeys, .notComparable, .endlessType, .rateNotPerYear,
            .nothingToReduce, .sumOverTime, .outsideSeries, .outsideHorizon, .meanOrLevel, .invalidHorizon,
            .needsWholeSeries, .noHorizon, .uncertainHere, .indexMismatch, .notASeries,
            .ambiguousMember:
            explanationOfTypes ?? title
        case .divisionByZero, .notFinite, .invalidOperation, .recursionTooDeep, .outsideList, .assertionFailed,
            .inconsistent, .invalidDistribution, .limitReached, .cancelled, .exampleFailed, .cannotClear,
            .stockFault, .cannotProject, .cannotSolve, .failed:
            explanationOfRuns ?? title
        }
    }
}
