import CLinux
import MonotonicTime
import Supervision
import Tasks
import UV

/// One program that runs: tells a `ProcessLife` what happens, and does what that says.
///
/// Its handlers hold it until it has ended and closed everything.
final class ProcessAttempt {
    private let loop: Loop
    private let onOutput: () -> Void
    private let onEnd: (Outcome) -> Void
    private var life: ProcessLife
    private var output: OutputCapture
    private var errorOutput: OutputCapture
    private var openPipes = 2
    private var child: ChildProcess?
    private var timer: Timer?

    /// - Parameters:
    ///   - onOutput: called when it has said something more.
    ///   - onEnd: called once, on a later turn, when nothing of the process is left but what it left behind
    ///     on purpose, outside its group.
    init(
        _ specification: ChildSpecification, input: [UInt8], life: ProcessLife, outputLimit: Int,
        on loop: Loop, onOutput: @escaping () -> Void,
        onEnd: @escaping (Outcome) -> Void
    ) throws(SpawnFault) {
        self.loop = loop
        self.life = life
        self.onOutput = onOutput
        self.onEnd = onEnd
        output = OutputCapture(limit: outputLimit)
        errorOutput = OutputCapture(limit: outputLimit)
        let child = try ChildProcess.spawn(on: loop, specification) { [self] status in
            perform(self.life.leaderExited(ProcessExit(status), at: loop.now))
        }
        self.child = child
        timer = Timer(on: loop) { [self] in lookAtClockAfterReading() }
        read(child)
        feed(input, to: child)
        perform(.wait)
    }

    /// nil when it has ended.
    var pid: Int32? { child?.pid }

    func part(ofErrors: Bool, from offset: Int, limit: Int) -> OutputPart {
        (ofErrors ? errorOutput : output).part(from: offset, limit: limit)
    }

    func stop(_ reason: StopReason) {
        perform(life.stop(reason, at: loop.now))
    }

    func stopNow(_ reason: StopReason) {
        perform(life.stopNow(reason))
    }

    private func perform(_ step: ProcessStep) {
        switch step {
        case .wait: break
        case .terminate:
            child?.signalGroup(SIGTERM)
            // A process that is stopped sees the SIGTERM only when it goes on.
            child?.signalGroup(SIGCONT)
        case .kill:
            child?.signalGroup(SIGKILL)
        case .finish(let ending):
            finish(ending)
            return
        }
        guard let deadline = life.nextDeadline else {
            timer?.disarm()
            return
        }
        timer?.arm(at: deadline)
    }

    private func finish(_ ending: ProcessEnding) {
        // The leader has exited but is not reaped, so the number of its group is still ours: see
        // ChildProcess.
        child?.signalGroup(SIGKILL)
        child?.close()
        timer?.close()
        (child, timer) = (nil, nil)
        onEnd(ending.outcome(output: output.captured, errorOutput: errorOutput.captured))
    }

    /// A turn of the loop runs its timers before it reads. If the loop was held up, what has come in the
    /// meantime, the last output or the exit itself, must be seen before the time is declared to be up: so
    /// the clock is looked at two turns later, with a whole round of reading in between.
    private func lookAtClockAfterReading() {
        loop.later { [self] in
            loop.later { [self] in perform(life.timePassed(at: loop.now)) }
        }
    }

    private func read(_ child: ChildProcess) {
        child.standardOutput.onRead = { [self] in
            output.append($0)
            onOutput()
        }
        child.standardError.onRead = { [self] in
            errorOutput.append($0)
            onOutput()
        }
        for stream in [child.standardOutput, child.standardError] {
            // A pipe that cannot be read has ended, too.
            stream.onEnd = { [self] _ in
                openPipes -= 1
                if openPipes == 0 { perform(life.pipesEnded()) }
            }
            stream.startReading()
        }
    }

    /// What the program does with its input is its own affair: that it does not read it, or not to the end,
    /// is no failure.
    private func feed(_ input: [UInt8], to child: ChildProcess) {
        guard let stream = child.standardInput else { return }
        if !input.isEmpty { stream.write(input) }
        stream.shutdown()
    }
}

@available(*, unavailable)
extension ProcessAttempt: Sendable {}

extension ProcessExit {
    fileprivate init(_ status: ExitStatus) {
        self =
            switch status {
            case .exited(let code): .code(code)
            case .signalled(let signal, let coreDumped):
                .signal(name: signalName(signal), coreDumped: coreDumped)
            }
    }
}
