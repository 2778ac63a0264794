import CLinux

/// What people call a signal: `SIGSEGV`, `SIGRTMIN+3`; `signal 99` when there is none with that number.
package func signalName(_ signal: Int32) -> String {
    // Safe: the C library returns nil or a text of its own that lives for ever.
    if let name = unsafe sigabbrev_np(signal) { return unsafe "SIG" + String(cString: name) }
    let first = __libc_current_sigrtmin()
    guard (first...__libc_current_sigrtmax()).contains(signal) else { return "signal \(signal)" }
    return signal == first ? "SIGRTMIN" : "SIGRTMIN+\(signal - first)"
}
