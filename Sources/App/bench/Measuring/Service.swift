import UV

/// Fusebox itself, started for a measurement with an empty data directory: the executable beside this one.
struct Service {
    let program: Program
    let address: SocketAddress

    /// Bots of a started service. None of them ends a task of its own accord, so what is measured is coming
    /// in, not running: the first task occupies the only slot and the others wait.
    static let bots = ["PLAIN", "MOVED", "QUEUE", "REFUSED"]

    static func start(in workplace: Workplace, name: String) throws(BenchFault) -> Service {
        let configuration = "\(workplace.directory)/\(name).toml"
        try SystemFile.write(
            Array(text(data: "\(workplace.directory)/\(name)").utf8), to: configuration)
        let program = try Program(
            on: workplace.loop, [try executable(), "serve", "--config", configuration])
        do throws(BenchFault) {
            return Service(program: program, address: try program.announcedAddress())
        } catch {
            program.stop()
            throw error
        }
    }

    var pid: Int32 { program.child.pid }

    func stop() { program.stop() }

    private static func executable() throws(BenchFault) -> String {
        guard let own = SystemFile.ownExecutable(), let slash = own.lastIndex(of: "/") else {
            throw BenchFault("/proc/self/exe cannot be read")
        }
        let path = "\(own[..<slash])/fusebox"
        guard SystemFile.exists(path) else {
            throw BenchFault("\(path) is missing; build it: swift build -c release --product fusebox")
        }
        return path
    }

    private static func text(data: String) -> String {
        let bots = bots.map { bot in
            """
            [bots.\(bot)]
            command = ["sleep", "3600"]
            stdin = "none"
            queue_limit = 10000000
            kill_grace = "100ms"

            """
        }
        return """
            listen = "127.0.0.1:0"
            data = "\(data)"
            drain_timeout = "100ms"

            """ + bots.joined()
    }
}
