// swift-tools-version: 6.1
import PackageDescription

// The solver as it stands in the engine (by links to its files) beside Ipopt, which must be installed:
// apt-get install coinor-libipopt-dev
let package = Package(
    name: "ClearingBenchmark",
    targets: [
        .target(name: "ReuseKernels", path: "Kernels"),
        .target(
            name: "IpoptTwin", path: "Ipopt", cSettings: [.unsafeFlags(["-I/usr/include/coin-or", "-I/usr/include/coin"])],
            linkerSettings: [.linkedLibrary("ipopt")]),
        .executableTarget(
            name: "ClearingBenchmark", dependencies: ["ReuseKernels", "IpoptTwin"], path: ".",
            exclude: ["Kernels", "Ipopt", "Package.swift"], sources: ["Solver", "Main"]),
    ],
    swiftLanguageModes: [.v6]
)
