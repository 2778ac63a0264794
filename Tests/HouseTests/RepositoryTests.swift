import Foundation
import Testing

@Suite("The repository is in order")
struct RepositoryTests {
    @Test("the top level holds only what it should")
    func topLevel() {
        let allowed: Set<String> = [
            "Package.swift", "Sources", "Tests", "Modules", "docker", "README.md", "LICENSE",
        ]
        let top = Set(House.keptPaths().compactMap { $0.split(separator: "/").first.map(String.init) })
        #expect(top.isSuperset(of: ["Package.swift", "Sources", "Tests"]))
        for name in top where !name.hasPrefix(".") {
            #expect(allowed.contains(name), "\(name)")
        }
    }

    @Test("a module of C headers is a map and a shim, and nothing else")
    func modules() {
        #expect(Set(House.names(in: "Modules")) == House.plan.modules)
        for module in House.names(in: "Modules") {
            #expect(House.names(in: "Modules/\(module)") == ["module.modulemap", "shim.h"], "\(module)")
        }
    }

    @Test("every relative link of the README leads somewhere")
    func links() {
        let links = House.text("README.md").components(separatedBy: "](").dropFirst().map { rest in
            rest.prefix { $0 != ")" }
        }
        #expect(!links.isEmpty)
        for link in links where !link.hasPrefix("http") && !link.hasPrefix("#") {
            let path = link.prefix { $0 != "#" }
            #expect(House.exists(String(path)), "\(link)")
        }
    }

    @Test("the run that checks a change does what the README says")
    func sameCommands() throws {
        // A command that goes on in the next line is one command.
        let readme = House.text("README.md").replacing("\\\n", with: "").split(separator: "\n")
        let test = ["swift test --enable-code-coverage", ".ci/coverage"]
        let command = try #require(
            readme.first { $0.contains("apt-get") && $0.hasSuffix(test.joined(separator: " && ")) })
        let run = House.text(".ci/run")
        for part in test { #expect(run.split(separator: "\n").contains(Substring(part))) }
        let install = try #require(command.firstRange(of: "install -y "))
        let packages = command[install.upperBound...].prefix { $0 != "&" }.split(separator: " ")
        #expect(packages.count >= 3)
        for package in packages { #expect(run.contains(package), "\(package)") }
        let path = House.root.appending(path: ".ci/run").path
        #expect(FileManager.default.isExecutableFile(atPath: path))
    }

    @Test("no package that this one rests on is of NIO")
    func packages() throws {
        let state = try #require(Self.buildState(), "no workspace-state.json beside this test")
        let packages = try JSONDecoder().decode(BuildState.self, from: state).identities
        #expect(packages.contains("swift-argument-parser"))
        for package in packages { #expect(!package.lowercased().contains("nio"), "\(package)") }
    }

    /// What SwiftPM wrote down about the build that this test belongs to: asking SwiftPM itself would wait
    /// for the lock that the running `swift test` holds.
    private static func buildState() -> Data? {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        var folders: [URL] = []
        var folder = program.deletingLastPathComponent()
        while folder.path != "/" {
            folders.append(folder)
            folder = folder.deletingLastPathComponent()
        }
        folders.append(House.root.appending(path: ".build"))
        return folders.lazy.compactMap { try? Data(contentsOf: $0.appending(path: "workspace-state.json")) }
            .first
    }

    private struct BuildState: Decodable {
        struct Object: Decodable { let dependencies: [Dependency] }
        struct Dependency: Decodable { let packageRef: PackageReference }
        struct PackageReference: Decodable { let identity: String }

        let object: Object

        var identities: [String] { object.dependencies.map(\.packageRef.identity) }
    }
}
