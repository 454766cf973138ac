// swift-tools-version: 6.1
import PackageDescription

// How long Reuse goes on before it asks whether its answer is still wanted.
let package = Package(
    name: "CancellationBenchmark",
    dependencies: [.package(name: "reuse", path: "../..")],
    targets: [
        .executableTarget(
            name: "CancellationBenchmark", dependencies: [.product(name: "Reuse", package: "reuse")])
    ],
    swiftLanguageModes: [.v6]
)
