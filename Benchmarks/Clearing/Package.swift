// swift-tools-version: 6.1
import PackageDescription

// The solver as it stands in the engine (by links to its files) beside Ipopt, which must be installed:
// apt-get install coinor-libipopt-dev
let package = Package(
    name: "ClearingBenchmark",
    targets: [
        .target(name: "ReuseKernels", path: "Kernels"),
        .target(name: "ReuseModel", path: "Model"),
        .target(
            name: "IpoptTwin", path: "Ipopt", cSettings: [.unsafeFlags(["-I/usr/include/coin-or", "-I/usr/include/coin"])],
            linkerSettings: [.linkedLibrary("ipopt")]),
        .executableTarget(
            name: "ClearingBenchmark", dependencies: ["ReuseKernels", "ReuseModel", "IpoptTwin"], path: ".",
            exclude: ["Kernels", "Model", "Ipopt", "Package.swift"], sources: ["Solver", "Main"]),
    ],
    swiftLanguageModes: [.v6]
)
