import UV

extension Server {
    /// beanstalkd from Debian with its log on, synced before every answer: `-b DIRECTORY -f0`.
    static func beanstalkd(in workplace: Workplace) throws(BenchFault) -> Server {
        let directory = "\(workplace.directory)/beanstalkd-\(monotonicNanoseconds())"
        _ = try Program.run(on: workplace.loop, ["mkdir", directory])
        return try start("beanstalkd", package: "beanstalkd", in: workplace) { port in
            ["beanstalkd", "-l", "127.0.0.1", "-p", "\(port)", "-b", directory, "-f0"]
        }
    }

    /// Redis from Debian with its log synced before every answer: `appendfsync always`.
    static func redis(in workplace: Workplace) throws(BenchFault) -> Server {
        let directory = "\(workplace.directory)/redis-\(monotonicNanoseconds())"
        _ = try Program.run(on: workplace.loop, ["mkdir", directory])
        return try start("redis-server", package: "redis-server", in: workplace) { port in
            [
                "redis-server", "--bind", "127.0.0.1", "--port", "\(port)", "--dir", directory,
                "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no",
            ]
        }
    }
}

/// A server of somebody else's that was started for a comparison.
struct Server {
    let program: Program
    let address: SocketAddress

    var pid: Int32 { program.child.pid }

    func stop() { program.stop() }

    /// - Parameter package: what Debian calls it.
    private static func start(
        _ name: String, package: String, in workplace: Workplace, _ arguments: (_ port: UInt16) -> [String]
    ) throws(BenchFault) -> Server {
        let address = try freeAddress(on: workplace.loop)
        let program: Program
        do throws(BenchFault) {
            program = try Program(on: workplace.loop, arguments(address.port))
        } catch {
            throw BenchFault("it is not installed; apt-get install \(package)")
        }
        // It does not say when it listens: it is asked until it answers.
        for _ in 0..<100 {
            if let load = try? Load(1, to: address, on: workplace.loop) {
                load.close()
                return Server(program: program, address: address)
            }
            workplace.loop.turn(atMost: .milliseconds(50)) { program.status != nil }
            if program.status != nil { break }
        }
        program.stop()
        throw BenchFault("\(name) did not start: \(program.errorText)\(program.outputText)")
    }

    /// An address that was free a moment ago: these servers cannot choose one themselves.
    private static func freeAddress(on loop: Loop) throws(BenchFault) -> SocketAddress {
        guard let any = SocketAddress(host: "127.0.0.1", port: 0) else { preconditionFailure("no loopback") }
        do throws(UVFault) {
            let listener = try TCPListener(on: loop, address: any) { $0.close() }
            defer { listener.close() }
            return listener.address
        } catch {
            throw BenchFault("\(error)")
        }
    }
}
