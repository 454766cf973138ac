// swift-tools-version: 6.1
import Foundation
import PackageDescription

// SQLite is used where it is installed (libsqlite3-dev), by the command alone: the library does without.
let hasSQLite = ["/usr/include", "/usr/local/include"].contains {
    FileManager.default.fileExists(atPath: $0 + "/sqlite3.h")
}
let sqliteTargets: [Target] = hasSQLite ? [.systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])])] : []
let sqlite: [Target.Dependency] = hasSQLite ? ["CSQLite"] : []

// So is readline (libreadline-dev), by the prompt alone. It is under GPL-3.0-or-later, and so is a command that is linked
// with it; the library never is. REUSE_WITHOUT_READLINE=1 builds the command without.
let hasReadline =
    ProcessInfo.processInfo.environment["REUSE_WITHOUT_READLINE"] == nil
    && ["/usr/include", "/usr/local/include"].contains {
        FileManager.default.fileExists(atPath: $0 + "/readline/readline.h")
    }
let readlineTargets: [Target] =
    hasReadline ? [.systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])])] : []
let readline: [Target.Dependency] = hasReadline ? ["CReadline"] : []

let package = Package(
    name: "reuse",
    products: [
        .library(name: "Reuse", targets: ["Reuse"]),
        .library(name: "ReuseReport", targets: ["ReuseReport"]),
        .executable(name: "reuse", targets: ["ReuseCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .target(name: "ReuseStack"),
        .target(name: "ReuseSyntax"),
        .target(name: "ReuseCharacters", exclude: ["gbk.bin", "gbk.py"]),
        .target(name: "ReuseTables", dependencies: ["ReuseSyntax", "ReuseCharacters"]),
        .target(name: "ReuseModel", dependencies: ["ReuseSyntax", "ReuseTables"]),
        // fma() is the exact path where the processor has none of its own.
        .target(name: "ReuseKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "ReuseCore", dependencies: ["ReuseSyntax", "ReuseTables", "ReuseModel"]),
        .target(
            name: "ReuseEngine",
            dependencies: ["ReuseSyntax", "ReuseTables", "ReuseModel", "ReuseCore", "ReuseKernels", "ReuseStack"]),
        .target(
            name: "ReuseLibrary", path: "stdlib",
            exclude: [
                "carbon.reuse", "finance.reuse", "growth.reuse", "prelude.reuse", "statistics.reuse", "units.reuse",
            ],
            sources: ["library.c"]),
        .target(
            name: "Reuse",
            dependencies: [
                "ReuseSyntax", "ReuseTables", "ReuseModel", "ReuseCore", "ReuseEngine", "ReuseLibrary", "ReuseStack",
            ]),
        // The pages of the folder `errors`.
        .target(name: "ReuseErrors"),
        .target(name: "ReuseReport", dependencies: ["Reuse", "ReuseErrors", "ReuseSyntax"]),
        // For the command alone: a library leaves the heap of its host as it is.
        .target(name: "ReuseMemory"),
        .executableTarget(
            name: "ReuseCommand",
            dependencies: [
                "Reuse", "ReuseReport", "ReuseMemory",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + sqlite + readline),
        .testTarget(name: "ReuseSyntaxTests", dependencies: ["ReuseSyntax"]),
        .testTarget(
            name: "ReuseKernelsTests", dependencies: ["ReuseKernels"], exclude: ["quantiles.json", "quantiles.py"]),
        .testTarget(
            name: "ClearingTests", dependencies: ["ReuseEngine", "ReuseModel"],
            exclude: ["eleven-markets.py", "losses.py", "networks.json", "networks.py"]),
        .testTarget(
            name: "SensitivityTests", dependencies: ["ReuseEngine"],
            exclude: ["independent.json", "independent.py"]),
        .testTarget(
            name: "TableTests", dependencies: ["ReuseTables"],
            exclude: ["gb18030.json", "gb18030.py", "tables.json", "tables.py"]),
        .testTarget(
            name: "FittingTests", dependencies: ["ReuseEngine"], exclude: ["fits.json", "fits.py", "nist"]),
        .testTarget(name: "ReuseReportTests", dependencies: ["ReuseReport"]),
        .testTarget(
            name: "LanguageTests",
            dependencies: [
                "Reuse", "ReuseReport", "ReuseCommand", "ReuseEngine", "ReuseCore", "ReuseModel", "ReuseSyntax",
                "ReuseKernels",
                "ReuseTables",
            ],
            exclude: ["series.json", "series.py"]),
    ] + sqliteTargets + readlineTargets,
    swiftLanguageModes: [.v6]
)
