// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody who builds the command or the library builds this.
let package = Package(
    name: "Benchmarks",
    targets: [.executableTarget(name: "Benchmarks", path: "Sources")],
    swiftLanguageModes: [.v6]
)
