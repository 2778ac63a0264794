import UV

/// A directory of one run and a loop to run it on; both are gone at its end, whatever happens.
struct Workplace {
    let loop: Loop
    let directory: String

    static func open(
        in parent: String, _ body: (Workplace) throws(BenchFault) -> Void
    ) throws(BenchFault) {
        try BenchFault.refuseDebugBuild()
        let loop: Loop
        do throws(UVFault) {
            loop = try Loop()
        } catch {
            throw BenchFault("\(error)")
        }
        defer { loop.close() }
        let directory: TemporaryDirectory
        do throws(UVFault) {
            directory = try TemporaryDirectory(prefix: "\(parent)/fusebox-bench")
        } catch {
            throw BenchFault("\(error)")
        }
        defer { directory.remove() }
        try body(Workplace(loop: loop, directory: directory.path))
    }
}
