import CLinux
import Glibc
import MonotonicTime
import Testing
import UV

/// Each in a process of its own: the others' children are none of an `OrphanReaper`'s own.
@Suite("OrphanReaper")
struct OrphanReaperTests {
    @Test("an orphan that ends long after its parent is reaped")
    func lateOrphan() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            let reaper = try OrphanReaper(on: loop)
            // The orphan leaves its group and its pipes, as what wants to stay does.
            let orphan = try startOrphan("setsid sleep 0.2 </dev/null >/dev/null 2>&1 & echo $!", on: loop)
            orphan.parent.close()
            guard exists(orphan.pid) else { exit(1) }
            turn(loop) { !exists(orphan.pid) }
            reaper.close()
            loop.close()
            exit(0)
        }
    }

    @Test("an orphan is reaped although a child of ours that ended before it is not yet")
    func orphanBehindOwnChild() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            let reaper = try OrphanReaper(on: loop)
            let orphan = try startOrphan("sleep 0.2 & echo $!", on: loop)
            // The parent has ended and waits to be reaped: it is what the system tells of first.
            turn(loop) { !exists(orphan.pid) }
            guard exists(orphan.parent.pid), orphan.parent.exitStatus == .exited(0) else { exit(1) }
            orphan.parent.close()
            guard !exists(orphan.parent.pid) else { exit(2) }
            reaper.close()
            loop.close()
            exit(0)
        }
    }

    @Test("children of ours keep their exit codes, however many orphans end at the same time")
    func ownChildren() async {
        await #expect(processExitsWith: .success) {
            let loop = try Loop()
            let reaper = try OrphanReaper(on: loop)
            var codes: [Int32] = []
            var children: [ChildProcess] = []
            for code in 0..<50 as Range<Int32> {
                let script = "(setsid true &) ; (setsid false &) ; exit \(code)"
                let child = try ChildProcess.spawn(on: loop, shell(script)) { status in
                    if case .exited(let code) = status { codes.append(code) }
                }
                children.append(child)
            }
            turn(loop) { codes.count == 50 }
            guard codes.sorted() == Array(0..<50) else { exit(1) }
            guard children.allSatisfy({ exists($0.pid) }) else { exit(2) }
            for child in children { child.close() }
            // Nothing is left, neither of ours nor orphans.
            turn(loop) { waitpid(-1, nil, WNOHANG) == -1 }
            reaper.close()
            loop.close()
            exit(0)
        }
    }
}

/// Starts a script that prints the id of what it leaves behind; returns when the script has ended.
private func startOrphan(_ script: String, on loop: Loop) throws -> (pid: Int32, parent: ChildProcess) {
    let output = Collected()
    var hasExited = false
    let parent = try ChildProcess.spawn(on: loop, shell(script)) { _ in hasExited = true }
    parent.standardOutput.onRead = { output.append($0) }
    parent.standardOutput.startReading()
    turn(loop) { hasExited && output.text.hasSuffix("\n") }
    guard let pid = Int32(output.text.dropLast()) else { exit(10) }
    return (pid, parent)
}

/// Turns the loop until something is so; ends the process when that takes too long.
private func turn(_ loop: Loop, until isSo: @escaping () -> Bool) {
    let limit = loop.now.advanced(by: .seconds(20))
    let timer = Timer(on: loop) {}
    loop.beforePolling = {
        guard loop.now < limit else { exit(11) }
        if isSo() { loop.stop() } else { timer.arm(at: loop.now.advanced(by: .milliseconds(10))) }
    }
    timer.arm(at: loop.now)
    loop.run()
    loop.beforePolling = nil
    timer.close()
}
