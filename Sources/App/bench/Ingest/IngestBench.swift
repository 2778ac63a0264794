import ArgumentParser
import UV

/// `bench ingest`: how many tasks a second are on disk before their answer leaves, beside beanstalkd.
struct IngestBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Tasks taken durably per second, beside beanstalkd -b -f0.")

    @Option(help: "Connections, each with one request outstanding; may be given several times.")
    var clients = [1, 8, 64]

    @Option(help: "Seconds of a round.")
    var seconds = 2

    @Option(help: "Rounds; the sides take turns, and the middle round counts.")
    var rounds = 3

    @Option(help: "Where the data of the run is kept meanwhile; on the disk that is meant.")
    var directory = "/tmp"

    func validate() throws {
        guard clients.allSatisfy({ (1...1000).contains($0) }), (1...60).contains(seconds),
            (1...100).contains(rounds)
        else { throw ValidationError("clients are 1 … 1000, seconds 1 … 60, rounds 1 … 100") }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let service = try Service.start(in: workplace, name: "fusebox")
            defer { service.stop() }
            let beanstalkd = try Beanstalkd.start(in: workplace)
            defer { beanstalkd.stop() }
            let sides = [
                Side(pid: service.pid, address: service.address, question: .task(for: "QUEUE", status: 202)),
                Side(pid: beanstalkd.pid, address: beanstalkd.address, question: .beanstalkJob),
            ]
            var table = Table(
                "clients", "fusebox/s", "beanstalkd/s", "ratio", "p50 ms", "p99 ms", "p50 ms", "p99 ms",
                "CPU µs", "CPU µs")
            for count in clients { try add(count, sides, in: workplace, to: &table) }
            print("bench ingest: commands of 200 bytes, \(rounds) rounds of \(seconds) s a side, medians;")
            print(
                "fusebox over HTTP, beanstalkd -b -f0 over its own protocol; of each pair of columns fusebox")
            print("is the left one")
            print(machine.line)
            print("")
            for line in table.lines { print(line) }
        }
    }

    private struct Side {
        let pid: Int32
        let address: SocketAddress
        let question: Load.Question
        var perSecond: [Double] = []
        var half: [Double] = []
        var most: [Double] = []
        var microseconds: [Double] = []
    }

    private func add(
        _ count: Int, _ sides: [Side], in workplace: Workplace, to table: inout Table
    ) throws(BenchFault) {
        var sides = sides
        for _ in 0..<rounds {
            for index in sides.indices { try measure(count, &sides[index], in: workplace) }
        }
        let (ours, theirs) = (sides[0], sides[1])
        table.add(
            "\(count)", ours.perSecond.median.text(), theirs.perSecond.median.text(),
            (ours.perSecond.median / theirs.perSecond.median).ratioText, ours.half.median.text(decimals: 2),
            ours.most.median.text(decimals: 2), theirs.half.median.text(decimals: 2),
            theirs.most.median.text(decimals: 2), ours.microseconds.median.text(decimals: 1),
            theirs.microseconds.median.text(decimals: 1))
    }

    private func measure(_ count: Int, _ side: inout Side, in workplace: Workplace) throws(BenchFault) {
        let load = try Load(count, to: side.address, on: workplace.loop)
        defer { load.close() }
        _ = try load.run(side.question, requests: 10 * count)
        let before = try ProcessorTime(ofProcess: side.pid)
        let result = try load.run(
            side.question, requests: 1_000_000, forNanoseconds: UInt64(seconds) * 1_000_000_000)
        workplace.loop.turn(atMost: .milliseconds(30)) { false }
        let after = try ProcessorTime(ofProcess: side.pid)
        side.perSecond.append(result.perSecond)
        side.half.append(result.latencies.quantile(0.5) / 1000)
        side.most.append(result.latencies.quantile(0.99) / 1000)
        side.microseconds.append(after.total(since: before) / Double(result.requests) / 1000)
    }
}
