// swift-tools-version: 6.1
import PackageDescription

// The solver as it stands in the engine (by links to its files) on random networks, each answer and each refusal checked.
let package = Package(
    name: "NetworksBenchmark",
    targets: [
        .target(name: "ReuseKernels", path: "Kernels"),
        .executableTarget(
            name: "NetworksBenchmark", dependencies: ["ReuseKernels"], path: ".",
            exclude: ["Kernels", "Package.swift"], sources: ["Solver", "Main"]),
    ],
    swiftLanguageModes: [.v6]
)
