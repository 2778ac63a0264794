import CLinux
import Glibc

/// What belongs to the whole process and must be right before the first handle is made.
enum ProcessState {
    static func prepare() {
        // A write to a closed peer is an error of that write, not the end of the service.
        _ = signal(SIGPIPE, SIG_IGN)
        // So is a write to a file that has reached the size limit of the process.
        _ = signal(SIGXFSZ, SIG_IGN)
        // Ignored, which may be inherited, it would take away the exit codes of children.
        _ = signal(SIGCHLD, SIG_DFL)
        openStandardStreams()
    }

    /// Runs `body` with every signal blocked on this thread: a thread started in it never sees a signal.
    static func withSignalsBlocked<Result>(_ body: () -> Result) -> Result {
        var all = sigset_t()
        var before = sigset_t()
        // Safe: the three pointers are only used during the calls.
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }

    /// Started without some of 0, 1 and 2, the process would give these numbers to sockets, and what is
    /// printed would go to a client; libuv stops the program when it has to close one of them.
    private static func openStandardStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one, as those below it are open.
            let opened = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
            precondition(
                opened == descriptor, "opening /dev/null as descriptor \(descriptor): errno \(errno)")
        }
    }
}
