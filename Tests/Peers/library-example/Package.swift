// swift-tools-version: 6.2
import PackageDescription

// A program of somebody else's, with a breaker of ours: it takes the library by its product, as any package
// does, and shows that the public names are enough. `.ci/run` builds and runs it. In a package of your own
// the dependency is `.package(url: "…/fusebox", from: "…")`.
let package = Package(
    name: "library-example",
    dependencies: [.package(name: "fusebox", path: "../../..")],
    targets: [
        .executableTarget(
            name: "weather", dependencies: [.product(name: "CircuitBreaking", package: "fusebox")])
    ]
)
