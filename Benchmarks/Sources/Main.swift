import Foundation

/// Prints, in one run, how fast Reuse is beside Lua. Nothing is asserted: a machine that does other work at the same
/// time says nothing about a program. Ratios of runs that took turns are what to look at.
@main
struct Benchmarks {
    static let usage = """
        swift run -c release --package-path Benchmarks Benchmarks [--reuse PATH] [--pairs N] [--lines N]

          --reuse PATH  measure this command; without it, `make build` at the root builds one
          --pairs N     how often each pair of programs takes turns (7)
          --lines N     the longest script of the last table (1000000)
        """

    static func main() {
        var reuse: String?
        var pairs = 7
        var longest = 1_000_000
        var arguments = CommandLine.arguments.dropFirst()
        while let option = arguments.popFirst() {
            let value = arguments.popFirst()
            switch (option, value, value.flatMap(Int.init)) {
            case ("--reuse", let path?, _): reuse = URL(fileURLWithPath: path).path
            case ("--pairs", _, let count?) where count > 0: pairs = count
            case ("--lines", _, let count?) where count >= 1_000: longest = count
            default: stop(usage, status: option == "--help" ? 0 : 2)
            }
        }
        guard let root = findRoot() else { stop("Run this from the root of the project.", status: 2) }
        guard let lua = findProgram("lua5.4"), let luac = findProgram("luac5.4") else {
            stop("lua5.4 and luac5.4 are needed to compare with: apt-get install lua5.4", status: 2)
        }
        let command = reuse ?? build(root)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reuse-benchmarks-\(getpid())")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            stop("cannot make \(folder.path): \(error.localizedDescription)", status: 1)
        }
        Child.limit(seconds: 300)
        let bench = Bench(
            reuse: command, lua: lua, luac: luac, programs: root.appendingPathComponent("Benchmarks/programs"),
            folder: folder, pairs: pairs)
        bench.ratios()
        bench.flagship(root.appendingPathComponent("samples/china-exports.reuse"))
        bench.lines(upTo: longest)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func stop(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(status)
    }

    /// The folder that holds the project: the current one, or the one above it.
    private static func findRoot() -> URL? {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return [here, here.deletingLastPathComponent()].first {
            FileManager.default.fileExists(atPath: $0.appendingPathComponent("Benchmarks/programs").path)
        }
    }

    private static func build(_ root: URL) -> String {
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        make.arguments = ["make", "build"]
        make.currentDirectoryURL = root
        do {
            try make.run()
        } catch {
            stop("cannot run make: \(error.localizedDescription)", status: 1)
        }
        make.waitUntilExit()
        if make.terminationStatus != 0 { stop("`make build` failed", status: 1) }
        let scratch = ProcessInfo.processInfo.environment["SCRATCH"] ?? ".build"
        return URL(fileURLWithPath: scratch, relativeTo: root).appendingPathComponent("release/reuse").path
    }
}
