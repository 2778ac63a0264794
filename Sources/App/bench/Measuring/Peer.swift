import UV

/// C programs of ours that others are held against, built when they are needed with the machine's compiler.
enum Peer {
    /// Builds `Tests/Peers/NAME/NAME.c` into a directory and returns the program's path.
    static func build(
        _ name: String, into directory: String, libraries: [String] = [], flags extra: [String] = [],
        on loop: Loop
    ) throws(BenchFault) -> String {
        let source = try script(name, "\(name).c")
        var flags: [String] = []
        if !libraries.isEmpty {
            let found = try tool(["pkg-config", "--cflags", "--libs"] + libraries, on: loop)
            flags = found.split { $0 == " " || $0 == "\n" }.map(String.init)
        }
        let program = "\(directory)/\(name)"
        _ = try tool(["cc", "-O2", "-o", program, source] + extra + flags, on: loop)
        return program
    }

    /// The path of a peer's file.
    static func script(_ name: String, _ file: String) throws(BenchFault) -> String {
        let path = "\(folder)/\(name)/\(file)"
        guard Files.exists(path) else {
            throw BenchFault("\(path) is missing; run bench where it was built")
        }
        return path
    }

    private static func tool(_ arguments: [String], on loop: Loop) throws(BenchFault) -> String {
        do throws(BenchFault) {
            return try Program.run(on: loop, arguments)
        } catch {
            throw BenchFault("\(error)\nThe peers in C need: apt-get install gcc pkg-config libuv1-dev")
        }
    }

    /// Beside this source file's root: `Sources/App/bench/Measuring/Peer.swift` is five levels down.
    private static var folder: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(5).joined(separator: "/") + "/Tests/Peers"
    }
}
