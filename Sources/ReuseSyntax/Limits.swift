/// What a script, a table, a part of a run or an entry at the prompt may ask for at most. Every such number stands here and
/// nowhere else; `docs/limits.md` has a row for each, with the test that holds it.
///
/// They are computed and inlinable, so that a loop that reads one reads a constant.
public enum Limits {
    // MARK: Texts

    /// Bytes of a script: places in it are 32 bits, and its tree takes some 20 times as much. R0117.
    @inlinable public static var textBytes: Int { 1 << 28 }
    /// Levels of brackets, calls and operators within each other: each stage recurses, and 256 KB of stack must do. R0110.
    @inlinable public static var nesting: Int { 256 }
    /// Problems of one text that are kept; the rest are counted, since nobody reads more.
    @inlinable public static var textProblems: Int { 100 }
    /// Problems that a check keeps: a large script that is wrong everywhere would be mostly messages.
    @inlinable public static var checkProblems: Int { 500 }
    /// Problems that are kept while code is made.
    @inlinable public static var loweringProblems: Int { 200 }

    // MARK: Files and tables

    /// Bytes of a file that the command reads: a larger one is a mistake, such as the image of a disk. R0701.
    @inlinable public static var fileBytes: Int { 1 << 30 }
    /// Files that a script is made of, tables among them: a circle of names that are made as they are read ends. R0509.
    @inlinable public static var files: Int { 4_096 }
    /// Files that use files: loading recurses. R0509.
    @inlinable public static var usesDeep: Int { 100 }
    /// Bytes of a table, as 32 bits hold the places in it. R0223.
    @inlinable public static var tableBytes: Int { 2_147_483_646 }
    /// Cells of a small table in JSON, of which a larger one may have as many as bytes: records with names of their own make a
    /// table with the square of their number. R0509.
    @inlinable public static var jsonCells: Int { 1_000_000 }
    /// Combinations of labels of a table: each has a list of its own, and each label a name. R0509.
    @inlinable public static var labelCombinations: Int { 1_000_000 }
    /// Figures of a table that is filled up: what is filled in is written nowhere, so that no file bounds it. R0509.
    @inlinable public static var filledFigures: Int { 10_000_000 }
    /// Seconds that the query of a database may work. R0701.
    @inlinable public static var querySeconds: Int { 10 }
    /// Bytes that the query of a database may work with, beside the file: rows that are sorted, a query of itself. R0701.
    @inlinable public static var queryHeapBytes: Int { 256 << 20 }
    /// Bytes of one text in the query of a database: one function makes a text of any size. R0701.
    @inlinable public static var queryCellBytes: Int { 16 << 20 }
    /// Bytes that the query of a database gives, which are then read as a table. R0701.
    @inlinable public static var queryResultBytes: Int { 128 << 20 }

    // MARK: Models

    /// Indexes of a model: a set of them is bits of a word, which has others for time and samples. R0509.
    @inlinable public static var indexes: Int { 60 }
    /// Types within types: what walks them recurses. R0509.
    @inlinable public static var typeDepth: Int32 { 200 }
    /// Types that a type is made of, shared ones counted each time: what walks it takes so long. R0509.
    @inlinable public static var typeParts: Int32 { 20_000 }
    /// Factors of a unit: units of values that are multiplied in a chain would grow without end. R0509.
    @inlinable public static var unitParts: Int { 1_000 }
    /// Commands of a script: each has outputs of its own, which are kept until all are printed. R0509.
    @inlinable public static var commands: Int { 100_000 }
    /// Scenarios that name scenarios: joining them recurses. R0509.
    @inlinable public static var scenariosDeep: Int { 100 }
    /// Policies and scenarios that all scenarios are made of, and policies of the sets that an `attribute` goes through: a
    /// thousand that name a thousand are a million. R0509.
    @inlinable public static var scenarioParts: Int { 1_000_000 }
    /// Declarations of all scenarios that a run asks for, each with its own: a thousand scenarios of ten thousand declarations
    /// would take some GB. `attribute` goes through fewer sets of policies instead. R0509.
    @inlinable public static var scenarioValues: Int { 3_000_000 }
    /// Inputs that are correlated with each other: their matrix is factored, which takes the cube of their number. R0509.
    @inlinable public static var correlatedInputs: Int { 200 }
    /// Markets and routes that are cleared together, for each member of what they vary over. R0509.
    @inlinable public static var marketsAndRoutes: Int { 20_000 }

    // MARK: Programs

    /// Steps of a horizon: each value that varies over time has a place for each. R0406.
    @inlinable public static var horizonSteps: Int { 100_000 }
    /// Combinations of members that a value has, or that `sum` and its like go through. R0509.
    @inlinable public static var combinations: Int { 1_000_000 }
    /// Figures of one value over combinations and time: 400 MB where it is the same in all samples. R0509.
    @inlinable public static var figures: Int { 50_000_000 }
    /// Combinations that `sum` and its like go through, where code is made for each since it is not the same for all. R0509.
    @inlinable public static var reducedCombinations: Int { 100_000 }
    /// Instructions of one piece of code, 64 MB: sums within sums would take all memory. R0509.
    @inlinable public static var pieceInstructions: Int { 4_000_000 }
    /// Registers of one piece of code: an instruction has 16 bits for each. R0509.
    @inlinable public static var registers: Int { 65_000 }
    /// Registers of one piece of code that hold a block of samples, 4 MB: what needs more runs sample by sample, with the same
    /// numbers.
    @inlinable public static var laneRegisters: Int { 2_000 }
    /// Expressions within each other once names and functions stand for what they mean: lowering recurses. R0509.
    @inlinable public static var expressionsDeep: Int { 4_000 }
    /// Names of a function that stand for expressions within each other: each takes several frames of the stack. R0509.
    @inlinable public static var expansionsDeep: Int { 200 }
    /// Calls within each other that are looked into for what they vary over. R0509.
    @inlinable public static var wideCallsDeep: Int { 100 }
    /// Calls that are looked into for one value: functions that call each other twice double them. R0509.
    @inlinable public static var wideCalls: Int { 20_000 }
    /// Values that are made code within each other: lowering recurses. R0509.
    @inlinable public static var valuesDeep: Int { 256 }

    // MARK: Runs

    /// Samples of a run: weeks of work for a model of any size. R0509.
    @inlinable public static var samples: Int { 100_000_000 }
    /// Threads of a run: numbers of faults hold that of the thread that met them, in 8 bits. More are not started.
    @inlinable public static var threads: Int { 256 }
    /// Parts that a run is shared out to. A command with more is refused.
    @inlinable public static var shards: Int { 1_000_000 }
    /// Calls and turns of loops of a run, where the host does not say otherwise: some minutes of work. R0509.
    @inlinable public static var runInstructions: Int64 { 10_000_000_000 }
    /// Bytes of lists, records, texts and kept samples of a run, where the host does not say otherwise. R0509.
    @inlinable public static var runBytes: Int64 { 2 << 30 }
    /// Calls inside calls of a run, where the host does not say otherwise: 100,000 frames are some MB. R0504.
    @inlinable public static var callsDeep: Int { 100_000 }
    /// Different faults that a thread keeps, by place, step and member: past them the first stands for the rest.
    @inlinable public static var faults: Int { 1 << 20 }
    /// Items of a list that `range` makes: places in a list are whole numbers that must be exact. R0505.
    @inlinable public static var listItems: Int { 1_000_000_000 }
    /// Inputs in the regression of a sensitivity by ranks, the strongest: it takes the cube of their number. The rest have none.
    @inlinable public static var rankedInputs: Int { 200 }

    // MARK: Outputs and entries

    /// Cells of a table in an output: it is kept as a whole until it is printed. R0509.
    @inlinable public static var outputCells: Int { 1_000_000 }
    /// Cells of all outputs of a run together, items of lists among them, and a text as one for each hundred bytes: they are
    /// kept until all are printed. R0509.
    @inlinable public static var allOutputCells: Int { 2_000_000 }
    /// Items of a list in an output. R0509.
    @inlinable public static var shownItems: Int { 100_000 }
    /// Bytes of what `_` stands for, written out: `_ + _` doubles it each time. Then it stands for nothing.
    @inlinable public static var lastBytes: Int { 10_000 }
    /// Entries that can be taken back: who takes back more would start again. The oldest is forgotten.
    @inlinable public static var undoneEntries: Int { 1_000 }

    /// A number as messages say it: a million, 50 million, 20,000.
    public static func inWords(_ number: Int) -> String {
        for (size, name, one) in [(1_000_000_000, "billion", "a billion"), (1_000_000, "million", "a million")]
        where number >= size && number % size == 0 {
            return number == size ? one : "\(number / size) \(name)"
        }
        var (rest, text) = (number, "")
        while rest >= 1000 {
            let digits = "\(rest % 1000)"
            text = "," + String(repeating: "0", count: 3 - digits.utf8.count) + digits + text
            rest /= 1000
        }
        return "\(rest)" + text
    }
}
