import ArgumentParser
import CLinux
import UV

/// `bench backlog`: what very many waiting tasks cost in memory, at dispatch, and at a start.
struct BacklogBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backlog",
        abstract: "What a million waiting tasks cost: memory, each dispatch, the first one after kill -9.")

    @Option(help: "Tasks that wait.") var tasks = 1_000_000
    @Option(help: "Connections that send them, each with one request outstanding.") var clients = 64
    @Option(help: "Tasks that are dispatched and run (sleep 0) for each figure.") var dispatched = 1000
    @Option(help: "Where the data of the run is kept meanwhile; on the disk that is meant.")
    var directory = "/tmp"

    func validate() throws {
        guard tasks > 2 * dispatched, dispatched > 0, (1...1000).contains(clients), tasks <= 10_000_000 else {
            throw ValidationError("tasks are over 2 × dispatched and at most 10000000, clients 1 … 1000")
        }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let backlog = Backlog(workplace: workplace, clients: clients)
            let few = try backlog.dispatch(dispatched, of: 2 * dispatched, name: "few")
            few.service.stop()
            let many = try backlog.dispatch(dispatched, of: tasks, name: "many")
            let restart = try backlog.restart(many.service, name: "many")
            print("bench backlog: \(tasks) tasks with commands of 200 bytes wait for one bot")
            print(machine.line)
            print("")
            var table = Table("figure", "measured", "goal")
            table.add("taken per second", many.perSecond.text(), "")
            table.add("resident memory idle, MB", many.idle.text(decimals: 1), "")
            table.add("… more with the backlog", (many.full - many.idle).text(decimals: 1), "≤ 40")
            table.add("… bytes a task", ((many.full - many.idle) * 1e6 / Double(tasks)).text(), "")
            table.add("dispatch, CPU µs, \(2 * dispatched) waiting", few.microseconds.text(decimals: 1), "")
            table.add("dispatch, CPU µs, \(tasks) waiting", many.microseconds.text(decimals: 1), "")
            table.add("… ratio", (many.microseconds / few.microseconds).ratioText, "flat")
            table.add("ready after kill -9, s", restart.ready.text(decimals: 2), "")
            table.add("first dispatch after kill -9, s", restart.dispatched.text(decimals: 2), "≤ 2")
            table.add(
                "… memory over idle then, MB", (restart.memory - many.idle).text(decimals: 1), "≤ 40")
            for line in table.lines { print(line) }
        }
    }
}
