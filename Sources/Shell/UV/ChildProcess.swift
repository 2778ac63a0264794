import CLinux
import Glibc

/// A program that runs, leads its own process group, and has its output (and input) in pipes.
///
/// Whom a signal may reach: a process id, and the group of the same number, belong to a stranger as soon as
/// the leader is reaped and the last of its group is gone. So the leader's exit is only *looked at* (WNOWAIT)
/// when it happens; its entry in the process table stays, and keeps the number taken, until `close()` reaps
/// it. Until then `signalGroup` cannot hit anybody else, however long ago the leader ended; after it
/// `signalGroup` does nothing.
package final class ChildProcess {
    package let pid: Int32
    package let standardInput: Stream?
    package let standardOutput: Stream
    package let standardError: Stream
    /// How the leader ended; nil while it runs.
    package private(set) var exitStatus: ExitStatus?

    private let loop: Loop
    private var watch: (poll: FilePoll, descriptor: Int32)?
    private var onExit: ((ExitStatus) -> Void)?
    private var isClosed = false

    /// Starts a program. Must be called on the loop's thread.
    ///
    /// - Parameter onExit: called once, when the leader has ended. Others of its group may go on, and hold
    ///   the pipes.
    package static func spawn(
        on loop: Loop, _ specification: ChildSpecification, onExit: @escaping (ExitStatus) -> Void
    ) throws(SpawnFault) -> ChildProcess {
        loop.reapAbandonedChildren()
        guard let program = specification.arguments.first else { throw .programNotFound("\"\"") }
        let lookup = ProgramLookup(
            directory: specification.directory, environment: specification.environment)
        let file = try lookup.file(for: program)
        let pipes = try ChildPipes.make(withInput: specification.standardInput, on: loop)
        let call = SpawnCall(
            file: file, arguments: specification.arguments, environment: specification.environment,
            directory: specification.directory, input: pipes.childInput, output: pipes.childOutput,
            errorOutput: pipes.childErrorOutput)
        let pid: Int32
        do {
            pid = try call.run()
        } catch {
            pipes.closeChildEnds()
            pipes.closeStreams()
            throw error
        }
        loop.children.insert(pid)
        pipes.closeChildEnds()
        DescriptorLimit.restore(inChild: pid)
        let child = ChildProcess(pid: pid, pipes: pipes, loop: loop, onExit: onExit)
        do {
            try child.watchExit()
        } catch {
            child.giveUp()
            throw .resource(error)
        }
        return child
    }

    private init(pid: Int32, pipes: ChildPipes, loop: Loop, onExit: @escaping (ExitStatus) -> Void) {
        self.pid = pid
        self.loop = loop
        self.onExit = onExit
        standardInput = pipes.input
        standardOutput = pipes.output
        standardError = pipes.errorOutput
    }

    /// Sends a signal to every process of the child's group. Does nothing when none is left, or after
    /// `close()`.
    package func signalGroup(_ signal: Int32) {
        guard !isClosed else { return }
        _ = kill(-pid, signal)
    }

    /// Closes the pipes and reaps the leader; does not end anything. Idempotent.
    ///
    /// A leader that still runs is reaped some time after its end, when another child is started or closed.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        endWatch()
        onExit = nil
        for stream in [standardInput, standardOutput, standardError] { stream?.close() }
        loop.abandonedChildren.insert(pid)
        loop.reapAbandonedChildren()
    }

    private func watchExit() throws(UVFault) {
        let descriptor = pidfd_open(pid, 0)
        guard descriptor >= 0 else { throw UVFault(errnoOf: "pidfd_open") }
        do {
            let poll = try FilePoll(on: loop, descriptor: descriptor, owner: "ChildProcess") { [self] in
                lookAtExit()
            }
            watch = (poll, descriptor)
        } catch {
            closeDescriptor(descriptor)
            throw error
        }
    }

    private func lookAtExit() {
        guard let watch, let status = ExitStatus(ofExited: watch.descriptor) else { return }
        endWatch()
        exitStatus = status
        let tell = onExit
        onExit = nil
        tell?(status)
    }

    private func endWatch() {
        guard let (poll, descriptor) = watch.take() else { return }
        poll.close()
        closeDescriptor(descriptor)
    }

    /// The child runs, but we could not learn of its end: it must not be there.
    private func giveUp() {
        signalGroup(SIGKILL)
        close()
    }
}

@available(*, unavailable)
extension ChildProcess: Sendable {}

extension ExitStatus {
    /// Looks how a child ended, without reaping it; nil while it runs.
    fileprivate init?(ofExited pidfd: Int32) {
        // Safe: the call fills in the variable, which stays zero when the child still runs, and a SIGCHLD has
        // the fields of a SIGCHLD.
        var state = unsafe siginfo_t()
        let result = unsafe waitid(P_PIDFD, id_t(pidfd), &state, WEXITED | WNOHANG | WNOWAIT)
        guard result == 0, unsafe state.si_signo == SIGCHLD else { return nil }
        let code = unsafe state.si_code
        let status = unsafe state._sifields._sigchld.si_status
        self =
            code == Int32(CLD_EXITED)
            ? .exited(status) : .signalled(status, coreDumped: code == Int32(CLD_DUMPED))
    }
}

extension Loop {
    /// Reaps, of the children that nobody watches any more, those that have ended. Never waits, and never for
    /// "any child": that would take the exit of a child that somebody does watch.
    fileprivate func reapAbandonedChildren() {
        for pid in abandonedChildren {
            // 0 is "still running"; an error means that there is nothing to reap.
            guard waitpid(pid, nil, WNOHANG) != 0 else { continue }
            abandonedChildren.remove(pid)
            children.remove(pid)
        }
    }
}
