/// A breaker of Python's package index, measured by `Tests/Peers/breaker-python/breaker-python.py` in an
/// environment of its own.
struct PythonPeer {
    let name: String
    let closed: Double
    let open: Double

    private static let packages = [
        "pybreaker", "purgatory-circuitbreaker", "typing-extensions", "circuitbreaker",
    ]

    /// All that can be had; none when Python, pip or the index is missing.
    static func measureAll(in workplace: Workplace, calls: Int) throws(BenchFault) -> [PythonPeer] {
        let environment = "\(workplace.directory)/python"
        do throws(BenchFault) {
            _ = try Program.run(on: workplace.loop, ["python3", "-m", "venv", environment])
            let pip = "\(environment)/bin/pip"
            let install = [pip, "install", "--quiet", "--disable-pip-version-check"]
            _ = try Program.run(on: workplace.loop, install + packages)
        } catch {
            return []
        }
        let script = try Peer.script("breaker-python", "breaker-python.py")
        let text = try Program.run(on: workplace.loop, ["\(environment)/bin/python", script, "\(calls)"])
        let costs = try Costs.read(text)
        return Set(costs.keys.compactMap { $0.split(separator: ",").first.map(String.init) }).sorted()
            .compactMap { name in
                guard let closed = costs["\(name), closed"], let open = costs["\(name), open"] else {
                    return nil
                }
                return PythonPeer(name: name, closed: closed, open: open)
            }
    }
}
