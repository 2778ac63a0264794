import CLinux
import Glibc

/// What the process does about signals that have no handler.
enum SignalDispositions {
    static func prepareProcess() {
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGCHLD, SIG_DFL)
    }

    /// Runs `body` with every signal blocked on this thread: a thread started in it never sees a signal.
    static func withAllBlocked<Result>(_ body: () -> Result) -> Result {
        var all = sigset_t()
        var before = sigset_t()
        // Safe: the three pointers are only used during the calls.
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return body()
    }
}
