/// The targets that Package.swift declares, read from its text.
struct PackagePlan: Sendable {
    struct Target: Sendable {
        let name: String
        let floor: String
        let dependencies: [String]
    }

    /// The targets under Sources.
    let targets: [Target]
    /// The modules of C headers.
    let modules: Set<String>

    func target(_ name: String) -> Target? { targets.first { $0.name == name } }

    init(reading manifest: String) {
        let list = manifest.components(after: "    targets: [")
        targets =
            Self.calls("core(", in: list).map { Self.target($0, floor: "Core") }
            + Self.calls("shell(", in: list).map { Self.target($0, floor: "Shell") }
            + Self.calls(".target(", in: list).map { Self.target($0, floor: "App") }
            + Self.calls(".executableTarget(", in: list).map { Self.target($0, floor: "App") }
        modules = Set(Self.calls(".systemLibrary(", in: list).compactMap { Self.strings(in: $0).first })
    }

    private static func target(_ arguments: Substring, floor: String) -> Target {
        // The first list of a call is its dependencies; a package's name in it is no module.
        let end = arguments.firstIndex(of: "]") ?? arguments.endIndex
        let start = arguments.firstIndex(of: "[") ?? end
        let dependencies = strings(in: arguments[start..<end], skippingPackages: true)
        return Target(
            name: strings(in: arguments).first ?? "", floor: floor, dependencies: dependencies)
    }

    /// The arguments of every call that begins a line with `head`.
    private static func calls(_ head: String, in text: Substring) -> [Substring] {
        var found: [Substring] = []
        var rest = text
        while let line = rest.firstRange(of: "\n        \(head)") {
            var depth = 1
            var end = line.upperBound
            while end < rest.endIndex, depth > 0 {
                depth += rest[end] == "(" ? 1 : rest[end] == ")" ? -1 : 0
                end = rest.index(after: end)
            }
            found.append(rest[line.upperBound..<end])
            rest = rest[end...]
        }
        return found
    }

    private static func strings(in text: Substring, skippingPackages: Bool = false) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.compactMap { index in
            let isPackage = parts[index - 1].hasSuffix("package: ")
            return skippingPackages && isPackage ? nil : String(parts[index])
        }
    }
}

extension String {
    fileprivate func components(after mark: String) -> Substring {
        firstRange(of: mark).map { self[$0.upperBound...] } ?? ""
    }
}
