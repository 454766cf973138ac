// swift-tools-version: 6.1
import PackageDescription

// A package of its own: a target without `main` would break a plain build of Reuse.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "reuse", path: "..")],
    targets: [
        .executableTarget(
            name: "FuzzReuse",
            dependencies: [
                .product(name: "Reuse", package: "reuse"), .product(name: "ReuseReport", package: "reuse"),
            ],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ])
