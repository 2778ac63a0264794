// swift-tools-version: 6.2
import PackageDescription

// Three floors: Modules (C headers), Sources/Core (values that decide), Sources/Shell (rooms that do),
// Sources/App (the roof that wires). Arrows point down only; HouseTests check that they do.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Of what runs seldom, or waits for a disk, a person or a process: small is better there than quick.
let small: [SwiftSetting] = house + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

func core(
    _ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = house
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Core/\(name)", swiftSettings: settings)
}

func shell(
    _ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = house
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/Shell/\(name)", swiftSettings: settings)
}

/// What several test targets and the benchmarks share.
func support(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/Support/\(name)", swiftSettings: house)
}

/// The same in C.
func cSupport(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Tests/Support/\(name)")
}

func test(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(folder)\(name)", swiftSettings: house)
}

let package = Package(
    name: "fusebox",
    products: [
        .library(name: "CircuitBreaking", targets: ["MonotonicTime", "CircuitBreaking", "SharedBreaking"]),
        .executable(name: "fusebox", targets: ["fusebox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibuv", path: "Modules/CLibuv", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(
            name: "CSQLite", path: "Modules/CSQLite", pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(
            name: "CPCRE2", path: "Modules/CPCRE2", pkgConfig: "libpcre2-8",
            providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CLinux", path: "Modules/CLinux"),

        core("MonotonicTime"),
        core("CircuitBreaking", ["MonotonicTime"]),
        core("Tasks", ["MonotonicTime", "CircuitBreaking"]),
        core("JSON"),
        core("HTTPWire"),
        core("Metrics"),
        core("OutcomeRules", ["Tasks", "JSON"], small),
        core("Supervision", ["MonotonicTime", "Tasks"], small),
        core(
            "Dispatching",
            [
                "MonotonicTime", "Tasks", .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]),
        core(
            "TaskEngine",
            [
                "MonotonicTime", "CircuitBreaking", "Tasks", "Dispatching",
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        shell("SharedBreaking", ["CircuitBreaking", "MonotonicTime"]),
        shell("UV", ["MonotonicTime", "CLibuv", "CLinux"]),
        shell(
            "TaskStores",
            ["UV", "Metrics", "Tasks", "CircuitBreaking", "MonotonicTime", "CSQLite", "CLinux"], small),
        shell("Bots", ["UV", "Tasks", "JSON", "Supervision", "MonotonicTime", "CLinux"], small),
        shell("Patterns", ["OutcomeRules", "CPCRE2"]),
        shell("HTTPServing", ["UV", "Metrics", "HTTPWire", "MonotonicTime"]),
        shell("HTTPRequesting", ["UV", "HTTPWire", "MonotonicTime"], small),
        shell("Telemetry", ["UV", "Metrics", "Tasks", "JSON", "CircuitBreaking", "CLinux"], small),

        .target(
            name: "Service",
            dependencies: [
                "MonotonicTime", "CircuitBreaking", "Tasks", "JSON", "HTTPWire", "Dispatching", "TaskEngine",
                "Supervision", "OutcomeRules", "Patterns", "UV", "Metrics",
                "TaskStores", "Bots", "HTTPServing", "Telemetry", "CLinux", "TOMLKit",
            ],
            path: "Sources/App/Service", swiftSettings: small),
        .executableTarget(
            name: "fusebox",
            dependencies: [
                "Service", "HTTPRequesting", "HTTPWire", "JSON", "UV", "Tasks", "MonotonicTime", "CLinux",
                "OutcomeRules",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/App/fusebox", swiftSettings: small,
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-Xlinker", "--gc-sections", "-Xlinker", "--icf=safe", "-Xlinker", "-O2", "-Xlinker",
                        "--no-export-dynamic", "-Xlinker", "-s", "-Xclang-linker", "-no-pie",
                    ],
                    .when(configuration: .release))
            ]),

        .executableTarget(
            name: "bench",
            dependencies: [
                "fusebox", "Drills", "SimulatedWorld", "UV", "SharedBreaking", "CircuitBreaking", "Tasks",
                "MonotonicTime",
                "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Sources/App/bench", swiftSettings: house),

        support("SeededRandom"),
        cSupport("CFaultyDisk", ["CSQLite"]),
        support("FaultyDisk", ["CFaultyDisk", "SeededRandom", "TaskStores"]),
        support("StoreFixtures", ["Tasks", "CircuitBreaking"]),
        support(
            "ServiceDriving", ["HTTPRequesting", "HTTPWire", "JSON", "UV", "MonotonicTime", "CLinux"]),
        support(
            "Drills",
            [
                "ServiceDriving", "SeededRandom", "FaultyDisk", "StoreFixtures", "TaskStores",
                "CircuitBreaking", "HTTPWire",
                "JSON", "UV", "MonotonicTime", "Tasks", "CLinux",
            ]),
        support(
            "SimulatedWorld",
            [
                "StoreFixtures", "SeededRandom", "TaskEngine", "Dispatching", "CircuitBreaking", "Tasks",
                "MonotonicTime",
            ]),

        test("MonotonicTimeTests", "Core/", ["MonotonicTime"]),
        test("CircuitBreakingTests", "Core/", ["SeededRandom", "CircuitBreaking", "MonotonicTime"]),
        test(
            "SharedBreakingTests", "Shell/",
            ["SeededRandom", "SharedBreaking", "CircuitBreaking", "MonotonicTime"]),
        test("TasksTests", "Core/", ["SeededRandom", "Tasks"]),
        test("JSONTests", "Core/", ["SeededRandom", "JSON"]),
        test("HTTPWireTests", "Core/", ["SeededRandom", "HTTPWire"]),
        test("SupervisionTests", "Core/", ["SeededRandom", "Supervision", "Tasks", "MonotonicTime"]),
        test("DispatchingTests", "Core/", ["SeededRandom", "Dispatching", "Tasks", "MonotonicTime"]),
        test(
            "TaskEngineTests", "Core/",
            [
                "StoreFixtures", "SeededRandom", "Dispatching", "TaskEngine", "CircuitBreaking", "Tasks",
                "MonotonicTime",
            ]),
        test("UVTests", "Shell/", ["SeededRandom", "UV", "MonotonicTime", "CLinux"]),
        test(
            "TaskStoresTests", "Shell/",
            [
                "StoreFixtures", "FaultyDisk", "Drills", "SeededRandom", "TaskStores", "UV", "Metrics",
                "Tasks", "MonotonicTime", "CSQLite",
            ]),
        test(
            "StoreConformance", "",
            [
                "StoreFixtures", "FaultyDisk", "SeededRandom", "TaskStores", "UV", "Metrics", "Tasks",
                "CircuitBreaking",
                "MonotonicTime",
            ]
        ),
        test(
            "BotsTests", "Shell/", ["Bots", "UV", "Supervision", "Tasks", "JSON", "MonotonicTime", "CLinux"]),
        test("HTTPServingTests", "Shell/", ["HTTPServing", "HTTPWire", "UV", "MonotonicTime"]),
        test(
            "HTTPRequestingTests", "Shell/",
            ["HTTPRequesting", "HTTPServing", "HTTPWire", "UV", "MonotonicTime"]),
        test(
            "TelemetryTests", "Shell/",
            ["Telemetry", "UV", "Tasks", "CircuitBreaking", "MonotonicTime", "JSON", "CLinux"]),
        test(
            "ServiceTests", "App/",
            [
                "Service", "Metrics", "Bots", "CircuitBreaking", "HTTPWire", "JSON", "Tasks", "OutcomeRules",
                "Patterns", "MonotonicTime",
            ]),
        test("FuseboxTests", "App/", ["fusebox", "JSON", "UV", "Tasks", "MonotonicTime", "CLinux"]),
        test(
            "EndToEndTests", "",
            [
                "fusebox", "ServiceDriving", "Drills", "HTTPWire", "JSON", "UV", "Tasks", "CLinux",
                "HTTPRequesting",
            ]),
        test("MetricsTests", "Core/", ["SeededRandom", "Metrics"]),
        test("OutcomeRulesTests", "Core/", ["OutcomeRules", "JSON", "Tasks"]),
        test("PatternsTests", "Shell/", ["SeededRandom", "Patterns", "OutcomeRules", "Tasks"]),
        test("Simulation", "", ["SimulatedWorld", "StoreFixtures", "Tasks"]),
        test("HouseTests", "", []),
    ]
)
