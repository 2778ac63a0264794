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
    @Option(help: "Tasks that have ended, on the side that has a history; 0 leaves that side out.")
    var ended = 1_000_000
    @Option(help: "Where the data of the run is kept meanwhile; on the disk that is meant.")
    var directory = "/tmp"

    func validate() throws {
        guard tasks > 2 * dispatched, dispatched > 0, (1...1000).contains(clients), tasks <= 10_000_000 else {
            throw ValidationError("tasks are over 2 × dispatched and at most 10000000, clients 1 … 1000")
        }
        guard (0...10_000_000).contains(ended) else { throw ValidationError("ended is 0 … 10000000") }
    }

    func run() throws {
        try Workplace.open(in: directory) { workplace throws(BenchFault) in
            let machine = try Machine.measure(in: workplace.directory)
            let backlog = Backlog(workplace: workplace, clients: clients)
            let few = try backlog.dispatch(dispatched, of: 2 * dispatched, name: "few")
            few.service.stop()
            let plain = try side(backlog, "many")
            var sides = [plain]
            if ended > 0 {
                try backlog.giveHistory(of: ended, name: "history")
                sides.append(try side(backlog, "history"))
            }
            print("bench backlog: \(tasks) tasks with commands of 200 bytes wait for one bot")
            print(machine.line)
            print("")
            show(few, sides)
        }
    }

    /// A service with the whole backlog, and the one after it.
    private func side(
        _ backlog: Backlog, _ name: String
    ) throws(BenchFault) -> (filled: Backlog.Filled, restart: Backlog.Restart) {
        let filled = try backlog.dispatch(dispatched, of: tasks, name: name)
        return (filled, try backlog.restart(filled.service, name: name))
    }

    /// - Parameter sides: without a history, and with one.
    private func show(
        _ few: Backlog.Filled, _ sides: [(filled: Backlog.Filled, restart: Backlog.Restart)]
    ) {
        let columns = ["figure", "goal", "nothing ended", "\(ended) ended", "ratio"]
        var table = Table(Array(columns.prefix(sides.count == 1 ? 3 : 5)))
        func add(
            _ name: String, _ goal: String = "", decimals: Int = 1,
            _ value: (Backlog.Filled, Backlog.Restart) -> Double
        ) {
            let values = sides.map { value($0.filled, $0.restart) }
            var cells = [name, goal] + values.map { $0.text(decimals: decimals) }
            if values.count == 2 { cells.append((values[1] / values[0]).ratioText) }
            table.add(cells)
        }
        add("taken per second", decimals: 0) { filled, _ in filled.perSecond }
        add("resident memory idle, MB") { filled, _ in filled.idle }
        add("… more with the backlog", "≤ 40") { filled, _ in filled.full - filled.idle }
        add("… bytes a task", decimals: 0) { filled, _ in (filled.full - filled.idle) * 1e6 / Double(tasks) }
        add("dispatch, CPU µs") { filled, _ in filled.microseconds }
        add("… by that with \(2 * dispatched) waiting", "flat", decimals: 2) { filled, _ in
            filled.microseconds / few.microseconds
        }
        add("ready after kill -9, s", decimals: 2) { _, restart in restart.ready }
        add("… of it processor time", decimals: 2) { _, restart in restart.processor }
        add("first dispatch after kill -9, s", "≤ 2", decimals: 2) { _, restart in restart.dispatched }
        add("… memory over idle then, MB", "≤ 40") { filled, restart in restart.memory - filled.idle }
        for line in table.lines { print(line) }
    }
}
