import CLinux
import Glibc
import MonotonicTime

/// Reaps the children that this process did not start: what a bot leaves behind when it ends becomes a child
/// of the process that adopts orphans, and stays in the process table until that one asks for its end. That
/// is us as process 1 of a container, and here everywhere else, too.
///
/// The children that this process did start are never reaped here; see `ChildProcess`. All of those must be
/// on this one loop.
package final class OrphanReaper {
    /// How long an orphan that has ended may stay in the process table. Each end of a child would interrupt
    /// the process, those of a thousand short programs in a second, too; so after one nobody listens for so
    /// long, and then all that have ended are reaped.
    static let pause = Duration.milliseconds(20)

    private let loop: Loop
    private var watcher: SignalWatcher?
    private var timer: Timer?

    /// From here on orphans come to this process, and those that have ended are reaped.
    package init(on loop: Loop) throws(UVFault) {
        self.loop = loop
        guard become_child_subreaper() == 0 else { throw UVFault(errnoOf: "PR_SET_CHILD_SUBREAPER") }
        timer = Timer(on: loop) { [unowned self] in listen() }
        timer?.unreference()
        do {
            watcher = try SignalWatcher(on: loop, signal: SIGCHLD) { [unowned self] in pause() }
        } catch {
            timer?.close()
            throw error
        }
        // Process 1 may have become what it is with children that ended long before.
        reap()
    }

    /// Idempotent. Orphans still come to this process.
    package func close() {
        watcher?.close()
        timer?.close()
        (watcher, timer) = (nil, nil)
    }

    private func pause() {
        watcher?.pause()
        timer?.arm(at: loop.now.advanced(by: Self.pause))
    }

    /// Listens first, so that no end falls between the two.
    private func listen() {
        guard let watcher else { return }
        if !watcher.resume() { timer?.arm(at: loop.now.advanced(by: Self.pause)) }
        reap()
    }

    /// The system tells of one ended child at a time, always the same until that is reaped. When it is one
    /// of ours, which its owner will reap, any orphan behind it is looked for in the list of all children.
    private func reap() {
        while let child = Self.firstEndedChild() {
            guard !loop.children.contains(child) else { return reapListed() }
            reap(child)
        }
    }

    private func reapListed() {
        for child in Self.childrenOfMainThread() where !loop.children.contains(child) { reap(child) }
    }

    /// Does nothing to a child that runs.
    private func reap(_ child: Int32) {
        _ = waitpid(child, nil, WNOHANG)
    }

    /// Only looks, and never waits; nil when no child has ended.
    private static func firstEndedChild() -> Int32? {
        // Safe: the call fills in the variable, which stays zero when no child has ended, and what it tells
        // of a child has the fields of a SIGCHLD.
        var state = unsafe siginfo_t()
        let result = unsafe waitid(P_ALL, 0, &state, WEXITED | WNOHANG | WNOWAIT)
        guard result == 0, unsafe state.si_signo == SIGCHLD else { return nil }
        return unsafe state._sifields._sigchld.si_pid
    }

    /// Orphans are given to the main thread. Empty where the system has no such list; then they wait until
    /// our own child in front of them is reaped and another child ends.
    private static func childrenOfMainThread() -> [Int32] {
        // Safe: the path is a NUL-ended text for the time of the call.
        let descriptor = unsafe open("/proc/self/task/\(getpid())/children", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { closeDescriptor(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            // Safe: the call writes into the array at most as many bytes as it has.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { break }
            text.append(contentsOf: chunk[..<count])
        }
        return text.split(separator: UInt8(ascii: " ")).compactMap { digits in
            Int32(String(decoding: digits, as: UTF8.self))
        }
    }
}

@available(*, unavailable)
extension OrphanReaper: Sendable {}
