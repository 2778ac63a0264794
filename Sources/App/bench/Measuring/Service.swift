import UV

/// Fusebox itself, started for a measurement with an empty data directory: the executable beside this one.
struct Service {
    let program: Program
    let address: SocketAddress

    /// Bots of a started service. None of them ends a task of its own accord, so what is measured is coming
    /// in, not running: the first task occupies the only slot and the others wait.
    static let bots = ["PLAIN", "MOVED", "QUEUE", "REFUSED"]

    /// - Parameter executable: another build to be measured; nil is the one beside this program.
    static func start(
        in workplace: Workplace, name: String, executable other: String? = nil
    ) throws(BenchFault) -> Service {
        try start(in: workplace, name: name, with: bots.map(occupied).joined(), executable: other)
    }

    /// - Parameter configuration: what follows `listen`, `data` and `drain_timeout`. A service of the same
    ///   name has the data of the one before.
    static func start(
        in workplace: Workplace, name: String, with configuration: String, executable other: String? = nil
    ) throws(BenchFault) -> Service {
        let file = "\(workplace.directory)/\(name).toml"
        let start = """
            listen = "127.0.0.1:0"
            data = "\(workplace.directory)/\(name)"
            drain_timeout = "100ms"

            """
        try Files.write(Array((start + configuration).utf8), to: file)
        let executable: String
        if let other { executable = other } else { executable = try ownBuild() }
        let program = try Program(on: workplace.loop, [executable, "serve", "--config", file])
        do throws(BenchFault) {
            return Service(program: program, address: try program.announcedAddress())
        } catch {
            program.stop()
            throw error
        }
    }

    var pid: Int32 { program.child.pid }

    func stop() { program.stop() }

    private static func ownBuild() throws(BenchFault) -> String {
        guard let own = Files.ownExecutable(), let slash = own.lastIndex(of: "/") else {
            throw BenchFault("/proc/self/exe cannot be read")
        }
        let path = "\(own[..<slash])/fusebox"
        guard Files.exists(path) else {
            throw BenchFault("\(path) is missing; build it: swift build -c release --product fusebox")
        }
        return path
    }

    private static func occupied(_ bot: String) -> String {
        """
        [bots.\(bot)]
        command = ["sleep", "3600"]
        stdin = "none"
        queue_limit = 10000000
        kill_grace = "100ms"

        """
    }
}
