import UV

/// beanstalkd from Debian with its log on, synced before every answer: `-b DIRECTORY -f0`.
struct Beanstalkd {
    let program: Program
    let address: SocketAddress

    var pid: Int32 { program.child.pid }

    static func start(in workplace: Workplace) throws(BenchFault) -> Beanstalkd {
        let directory = "\(workplace.directory)/beanstalkd"
        _ = try Program.run(on: workplace.loop, ["mkdir", directory])
        let address = try freeAddress(on: workplace.loop)
        let arguments = ["-l", "127.0.0.1", "-p", "\(address.port)", "-b", directory, "-f0"]
        let program: Program
        do throws(BenchFault) {
            program = try Program(on: workplace.loop, ["beanstalkd"] + arguments)
        } catch {
            throw BenchFault("beanstalkd cannot be started (\(error)); apt-get install beanstalkd")
        }
        // It does not say when it listens: it is asked until it answers.
        for _ in 0..<100 {
            if let load = try? Load(1, to: address, on: workplace.loop) {
                load.close()
                return Beanstalkd(program: program, address: address)
            }
            workplace.loop.turn(atMost: .milliseconds(50)) { program.status != nil }
            if program.status != nil { break }
        }
        program.stop()
        throw BenchFault("beanstalkd did not start: \(program.errorText)")
    }

    func stop() { program.stop() }

    /// An address that was free a moment ago: beanstalkd cannot choose one itself.
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
