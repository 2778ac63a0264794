import Testing

@Suite("Arrows point down")
struct ImportTests {
    /// What comes with the toolchain, by floor. Core has none: what it needs of the world is an argument.
    static let system: [String: Set<String>] = [
        "Core": [], "Shell": ["Glibc", "Synchronization"], "App": ["Glibc", "Synchronization"],
    ]
    /// Packages that Core may use: containers, nothing that does anything.
    static let corePackages: Set<String> = ["DequeModule"]

    @Test("Package.swift is read as it is meant")
    func manifestIsRead() throws {
        #expect(House.plan.targets.count == Set(House.plan.targets.map(\.name)).count)
        #expect(House.plan.modules.isSuperset(of: ["CLibuv", "CSQLite", "CLinux"]))
        let breaker = try #require(House.plan.target("CircuitBreaking"))
        #expect(breaker.dependencies == ["MonotonicTime"])
        let executable = try #require(House.plan.target("fusebox"))
        #expect(executable.dependencies.contains("ArgumentParser"))
        #expect(!executable.dependencies.contains("swift-argument-parser"))
    }

    @Test("every folder of a floor is a target of that floor, and the other way round")
    func foldersAreTargets() {
        for floor in ["Core", "Shell", "App"] {
            let targets = House.plan.targets.filter { $0.floor == floor }.map(\.name)
            #expect(House.names(in: "Sources/\(floor)") == targets.sorted())
        }
        #expect(House.names(in: "Sources") == ["App", "Core", "Shell"])
    }

    @Test("a file imports only what its target declares")
    func importsAreDeclared() throws {
        for file in House.sources {
            let target = try #require(House.plan.target(file.room), "\(file.path) has no target")
            let allowed = Set(target.dependencies).union(Self.system[file.floor] ?? [])
            for module in file.imports {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    @Test("Core depends on Core only")
    func coreStandsAlone() {
        let core = Set(House.plan.targets.filter { $0.floor == "Core" }.map(\.name))
        for target in House.plan.targets where target.floor == "Core" {
            let foreign = Set(target.dependencies).subtracting(core).subtracting(Self.corePackages)
            #expect(foreign.isEmpty, "\(target.name) depends on \(foreign.sorted())")
        }
    }

    @Test("a room of Shell knows Core, the C modules and UV, and no other room")
    func roomsDoNotKnowEachOther() {
        let core = Set(House.plan.targets.filter { $0.floor == "Core" }.map(\.name))
        let allowed = core.union(House.plan.modules).union(["UV"])
        for target in House.plan.targets where target.floor == "Shell" {
            let foreign = Set(target.dependencies).subtracting(allowed)
            #expect(foreign.isEmpty, "\(target.name) depends on \(foreign.sorted())")
        }
    }

    @Test("libuv belongs to UV, SQLite to TaskStores and PCRE2 to Patterns")
    func cLibrariesHaveOneOwner() {
        for target in House.plan.targets {
            #expect(!target.dependencies.contains("CLibuv") || target.name == "UV", "\(target.name)")
            #expect(!target.dependencies.contains("CSQLite") || target.name == "TaskStores", "\(target.name)")
            #expect(!target.dependencies.contains("CPCRE2") || target.name == "Patterns", "\(target.name)")
        }
    }

    @Test("no source imports Foundation or anything of NIO, and no test anything of NIO")
    func neverImported() {
        for file in House.sources {
            let foundation = file.imports.filter { $0.hasPrefix("Foundation") || $0 == "Dispatch" }
            #expect(foundation.isEmpty, "\(file.path) imports \(foundation)")
        }
        for file in House.sources + House.tests {
            #expect(!file.imports.contains { $0.hasPrefix("NIO") || $0.hasPrefix("_NIO") }, "\(file.path)")
        }
    }

    @Test("only the library product is public")
    func publicWords() {
        let product: Set<String> = ["MonotonicTime", "CircuitBreaking"]
        for file in House.sources where !product.contains(file.room) {
            let places = file.places { $0.words.contains("public") }
            #expect(places.isEmpty, "\(places)")
        }
    }

    @Test("Core reads no clock and waits for nothing")
    func coreDecides() {
        let banned: Set<Substring> = ["async", "await", "ContinuousClock", "SuspendingClock"]
        for file in House.sources where file.floor == "Core" {
            let places = file.places { !banned.isDisjoint(with: $0.words) }
            #expect(places.isEmpty, "\(places)")
        }
    }

    @Test("every room has its tests")
    func testsMirrorSources() {
        // The executables are tested by running them.
        let executables: Set<String> = ["fusebox", "bench"]
        for target in House.plan.targets where !executables.contains(target.name) {
            #expect(House.exists("Tests/\(target.floor)/\(target.name)Tests"), "\(target.name)")
        }
        #expect(House.exists("Tests/EndToEndTests"))
    }
}
