import ArgumentParser
import UV

/// `bench http`: what a request costs the service, beside a server in C that only answers.
struct HTTPBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "http", abstract: "Processor time per request, beside a canned server in C on libuv.")

    @Option(help: "Connections, each with one request outstanding.")
    var clients = 64

    @Option(help: "Requests to each side in a round.")
    var requests = 20_000

    @Option(help: "Rounds; the sides take turns, and the middle round counts.")
    var rounds = 5

    @Option(help: "Where the data of the run is kept meanwhile.")
    var directory = "/tmp"

    func validate() throws {
        guard (1...1000).contains(clients), (1...1_000_000).contains(requests), (1...100).contains(rounds)
        else { throw ValidationError("clients are 1 … 1000, requests 1 … 1000000, rounds 1 … 100") }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let comparison = try HTTPComparison.start(in: workplace, clients: clients)
            defer { comparison.stop() }
            var table = Table(
                "request", "bytes", "fusebox CPU µs", "C CPU µs", "ratio", "fusebox req/s", "C req/s")
            for subject in HTTPComparison.Subject.all {
                let costs = try comparison.measure(subject, requests: requests, rounds: rounds)
                add(subject, costs, to: &table)
            }
            print("bench http: \(clients) clients, \(rounds) rounds of \(requests) requests a side, medians")
            print(machine.line)
            print("")
            for line in table.lines { print(line) }
            print(
                "\nCPU: all threads of the server, by the scheduler's account. \"its loop\": the thread that")
            print("serves; the rest of a task on disk is the thread that writes and syncs.")
        }
    }

    private func add(_ subject: HTTPComparison.Subject, _ costs: HTTPComparison.Costs, to table: inout Table)
    {
        let canned = costs.canned.microseconds.median
        let ours = costs.fusebox.microseconds.median
        table.add(
            subject.name, "\(costs.answerBytes)", ours.text(decimals: 2), canned.text(decimals: 2),
            (ours / canned).ratioText, costs.fusebox.perSecond.median.text(),
            costs.canned.perSecond.median.text())
        guard subject.usesThreads else { return }
        let loop = costs.fusebox.loopMicroseconds.median
        table.add(
            "  its loop", "", loop.text(decimals: 2), canned.text(decimals: 2), (loop / canned).ratioText, "",
            "")
    }
}
