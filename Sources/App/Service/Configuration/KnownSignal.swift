import UV

/// The signals that people can name: `SIGKILL`, `SIGRTMIN+3`.
package enum KnownSignal {
    package static func isName(_ text: String) -> Bool {
        text.hasPrefix("SIG") && (1...64).contains { signalName($0) == text }
    }
}
