import Bots
import CLinux
import Glibc
import MonotonicTime
import Tasks
import Testing
import UV

/// A loop with one bot, and what became of its orders.
final class Bench {
    let loop: Loop
    let bot: ProcessBot
    private(set) var outcomes: [Int: Outcome] = [:]
    private(set) var pids: [Int: Int32?] = [:]
    private(set) var ends = 0
    /// Called after each end.
    var onEnd: (() -> Void)?

    init(_ settings: ProcessBotSettings) throws {
        loop = try Loop()
        bot = ProcessBot(settings, id: try #require(BotID("BOT-001")), loop: loop)
    }

    static func taskID(_ number: Int) -> TaskID {
        TaskID(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number))
    }

    func start(
        _ number: Int = 1, command: String? = nil, input: String? = nil, timeout: Duration = .seconds(60)
    ) throws {
        let order = TaskOrder(
            taskID: Self.taskID(number), botID: bot.id, attempt: 3, command: command, input: input,
            createdAt: WallTime(milliseconds: 1_761_425_760_123), timeout: timeout,
            deadline: WallTime(milliseconds: 1_761_425_790_999))
        var isInsideStart = true
        let pid = bot.start(order) { [self] outcome in
            #expect(!isInsideStart, "told inside start()")
            #expect(outcomes[number] == nil, "told twice")
            outcomes[number] = outcome
            ends += 1
            onEnd?()
        }
        isInsideStart = false
        pids[number] = pid
    }

    /// Runs until nothing is left to do, and closes the loop.
    func finish() {
        loop.run()
        loop.close()
    }
}

/// Runs one order to its end.
func run(
    _ settings: ProcessBotSettings, command: String? = nil, input: String? = nil,
    timeout: Duration = .seconds(60)
) throws -> Outcome {
    let bench = try Bench(settings)
    try bench.start(command: command, input: input, timeout: timeout)
    bench.finish()
    #expect(bench.ends == 1)
    return try #require(bench.outcomes[1])
}

/// A bot whose program is a shell script.
func script(
    _ text: String, standardInput: ProcessBotSettings.StandardInput = .none,
    killGrace: Duration = .seconds(30), outputLimit: Int = 1 << 20
) -> ProcessBotSettings {
    ProcessBotSettings(
        command: ["/bin/sh", "-c", text], standardInput: standardInput, killGrace: killGrace,
        outputLimit: outputLimit)
}

/// A folder of its own under /tmp, removed with all that is in it at the end.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/bots-tests-XXXXXX".utf8CString)
    try #require(unsafe mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = try? run(script("rm -rf '\(folder)'")) }
    return try body(folder)
}

/// Whether a process with this id runs; a zombie does not.
func isRunning(_ process: Int32) throws -> Bool {
    let state = try run(script("cut -d' ' -f3 /proc/\(process)/stat 2>/dev/null")).output.text
    return !["", "Z\n", "X\n"].contains(state)
}

/// Waits until a process that has got SIGKILL is gone: that takes the kernel a moment.
func expectGone(_ process: Int32, sourceLocation: SourceLocation = #_sourceLocation) throws {
    for _ in 0..<2000 {
        guard try isRunning(process) else { return }
    }
    Issue.record("process \(process) lives on", sourceLocation: sourceLocation)
}

/// How many descriptors the process has open.
func openDescriptorCount() -> Int {
    (Int32(0)..<1024).count { fcntl($0, F_GETFD) >= 0 }
}

/// Leaves no room for any further descriptor while `body` runs. For processes of their own only.
func withNoDescriptorsLeft<Result>(_ body: () throws -> Result) rethrows -> Result {
    var limit = rlimit()
    unsafe getrlimit(descriptorCount, &limit)
    let before = limit.rlim_cur
    // Below every number that could be given out: those above 2 are in use or forbidden.
    limit.rlim_cur = 3
    unsafe setrlimit(descriptorCount, &limit)
    defer {
        limit.rlim_cur = before
        unsafe setrlimit(descriptorCount, &limit)
    }
    return try body()
}

/// Holds up the thread.
func pause(milliseconds: UInt32) {
    usleep(milliseconds * 1000)
}

/// The limit of descriptors, in the type that the calls take.
let descriptorCount = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
