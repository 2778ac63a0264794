import Foundation

/// The repository as it lies on disk, read once.
enum House {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let sources = swiftFiles(under: "Sources")
    static let tests = swiftFiles(under: "Tests")

    static let plan = PackagePlan(reading: text("Package.swift"))

    /// A file's text; empty when there is none, which every check that needs it then fails on.
    static func text(_ path: String) -> String {
        (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func names(in folder: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
        return (names ?? []).sorted()
    }

    /// What git keeps; without git or its folder (an unpacked archive), what lies at the top level.
    static func keptPaths() -> [String] {
        let git = Process()
        git.executableURL = URL(filePath: "/usr/bin/env")
        git.arguments = ["git", "-c", "safe.directory=*", "-C", root.path, "ls-files"]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = FileHandle.nullDevice
        guard (try? git.run()) != nil else { return unpackedNames() }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        let paths = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        return git.terminationStatus == 0 && !paths.isEmpty ? paths : unpackedNames()
    }

    private static func unpackedNames() -> [String] {
        let ignored = text(".gitignore").split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }
        return names(in: ".").filter { name in !ignored.contains { $0 == name } }
    }

    private static func swiftFiles(under folder: String) -> [SwiftFile] {
        let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        let paths = (walk?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".swift") }
        return paths.sorted().map { SwiftFile(path: "\(folder)/\($0)", text: text("\(folder)/\($0)")) }
    }
}

/// One file of Swift: as it is written, and its code alone.
struct SwiftFile: Sendable {
    /// From the root, as in `Sources/Core/JSON/JSONValue.swift`.
    let path: String
    let lines: [String]
    /// The same lines with comments and the insides of strings blanked out.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = Self.split(text)
        code = Self.split(CodeScan.code(of: text))
    }

    /// `Core`, `Shell` or `App`, for a file under Sources.
    var floor: String { part(1) }
    /// The target, for a file under Sources.
    var room: String { part(2) }

    /// The modules that the file imports, each once for every line that does.
    var imports: [String] {
        code.compactMap { line in
            let words = line.split(separator: " ").drop {
                $0.hasPrefix("@") || Self.accessLevels.contains($0)
            }
            guard words.first == "import", let last = words.last else { return nil }
            return last.split(separator: ".").first.map(String.init)
        }
    }

    /// The lines of code for which a condition holds, as `path:line`.
    func places(where condition: (String) -> Bool) -> [String] {
        code.indices.filter { condition(code[$0]) }.map { "\(path):\($0 + 1)" }
    }

    private static let accessLevels: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]

    private func part(_ index: Int) -> String {
        let parts = path.split(separator: "/")
        return index < parts.count ? String(parts[index]) : ""
    }

    private static func split(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

extension String {
    /// The identifiers and keywords of a line.
    var words: [Substring] { split { !($0.isLetter || $0.isNumber || $0 == "_") } }
}
