import SeededRandom

/// The bots of the kill drill. Each writes down that it began a task, into a file that no kill of the service
/// touches: what ran is known without asking the service.
enum KillScene {
    /// `broken` has a circuit that opens once and stays open for an hour; that of `flapping` opens, probes
    /// and closes all the time.
    static let bots = ["quick", "slow", "flapping", "broken"]

    static func configuration(startsFile: String) -> String {
        func bot(_ name: String, _ script: String, _ more: String) -> String {
            """
            [bots.\(name)]
            command = ["sh", "-c", 'echo "$FUSEBOX_TASK_ID" >> "$0"; \(script)', "\(startsFile)", "{command}"]
            stdin = "none"
            \(more)

            """
        }
        return """
            event_log_tasks = true
            [circuit]
            failure_threshold = 3
            """ + "\n" + bot("quick", #"echo "$1""#, "concurrency = 3")
                + bot("slow", #"exec sleep "$1""#, "concurrency = 2")
                + bot(
                    "flapping", #"exit "$1""#,
                    "circuit = { failure_threshold = 1, recovery_timeout = \"30ms\" }")
                + bot("broken", "exit 1", "circuit = { recovery_timeout = \"1h\" }")
    }

    /// What a client wants next.
    static func order(_ random: inout SplitMix64) -> (bot: String, command: String) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: ("quick", "hello")
        case 5..<7: ("slow", "0.0\(Int.random(in: 1...9, using: &random))")
        case 7..<9: ("flapping", Int.random(in: 0..<3, using: &random) == 0 ? "1" : "0")
        default: ("broken", "hello")
        }
    }
}
