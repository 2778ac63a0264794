import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite("Output that is too long for a row") struct OutputFileTests {
    private static let limit = OutputFiles.longestInRow

    /// Bytes of which no two places look the same.
    private static func bytes(_ count: Int, salt: Int = 0) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &+ salt) &* 2_654_435_761 >> 13) }
    }

    private static let long = Outcome(
        .ok, exitCode: 0,
        output: CapturedOutput(head: bytes(limit / 4), tail: bytes(limit, salt: 7), byteCount: 9_000_000),
        errorOutput: CapturedOutput(head: bytes(300)))

    /// A writer under which task 1 has ended, after one attempt.
    private func rig(_ outcome: Outcome = long) throws -> WriterRig {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)), .accept(.sample(2)))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        #expect(try rig.commit(.finish(.sample(1), .succeeded, outcome, at: .sample)).isCommitted)
        return rig
    }

    private func files(_ rig: WriterRig) throws -> [String] {
        OutputFiles(of: rig.database).list().filter { !$0.hasPrefix(".") }.sorted()
    }

    private func path(_ rig: WriterRig, _ stream: OutputStreamName = .stdout) -> String {
        OutputFiles(of: rig.database).path(.sample(1), 1, stream)
    }

    @Test("is kept in a file named by task and attempt, and read as it was, also after a kill")
    func roundTrip() throws {
        let rig = try rig()
        #expect(try files(rig) == ["\(TaskID.sample(1)).1.stdout"])
        #expect(size(of: path(rig)) == Self.limit / 4 + Self.limit)
        for rig in [rig, try rig.afterKill()] {
            let outcome = try #require(try rig.task(.sample(1))?.outcome)
            #expect(outcome == Self.long && outcome.output.isTruncated)
        }
        #expect(try rig.number("SELECT length(head) + length(tail) FROM outputs") == 0)
        #expect(try rig.tasks().last?.outcome?.output.byteCount == 9_000_000)
    }

    @Test("begins one byte behind what a row takes, for each stream by itself")
    func border() throws {
        let fits = CapturedOutput(head: Self.bytes(Self.limit))
        let tooLong = CapturedOutput(head: Self.bytes(Self.limit + 1))
        #expect(try files(rig(Outcome(.ok, output: fits, errorOutput: fits))) == [])
        let error = try rig(Outcome(.ok, output: fits, errorOutput: tooLong))
        #expect(try files(error) == ["\(TaskID.sample(1)).1.stderr"])
        #expect(try error.task(.sample(1))?.outcome?.errorOutput == tooLong)
        #expect(try error.task(.sample(1))?.outcome?.output == fits)
        let both = try rig(Outcome(.ok, output: tooLong, errorOutput: tooLong))
        #expect(try files(both).count == 2)
        #expect(try both.task(.sample(1))?.outcome?.output == tooLong)
    }

    @Test("is a fault that names its file when that is missing, shorter, longer or changed")
    func damage() throws {
        for damage in [
            "rm", "truncate -s -1", "truncate -s +1", "printf x | dd conv=notrunc status=none of=",
        ] {
            let rig = try rig()
            let gap = damage.hasSuffix("=") ? "" : " "
            #expect(shell("\(damage)\(gap)'\(path(rig))'") == 0)
            let fault = #expect(throws: StoreFault.self) { try rig.task(.sample(1)) }
            #expect(fault?.kind == .unusable && fault?.message.contains(path(rig)) == true)
            #expect(try rig.tasks().count == 2, "lists do not read it")
            #expect(try rig.task(.sample(2)) != nil)
        }
    }

    @Test("of a commit that failed is not told, and is written again by the next one")
    func failedCommit() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        // The second write cannot be made.
        let answer = try rig.commit(
            .finish(.sample(1), .succeeded, Self.long, at: .sample), .beginAttempt(.sample(9), at: .sample))
        #expect(!answer.isCommitted)
        #expect(try rig.task(.sample(1))?.status == .running)
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.finish(.sample(1), .succeeded, Self.long, at: .sample)).isCommitted)
        #expect(try rig.task(.sample(1))?.outcome == Self.long)
    }

    @Test("that cannot be written fails the commit, and nothing of it is told")
    func unwritable() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        let folder = OutputFiles(of: rig.database).directory
        #expect(shell("rmdir '\(folder)' && touch '\(folder)'") == 0)
        let answer = try rig.commit(.finish(.sample(1), .succeeded, Self.long, at: .sample))
        #expect(answer.fault?.message.contains(folder) == true)
        #expect(try rig.task(.sample(1))?.status == .running)
    }

    @Test("goes with its task")
    func retention() throws {
        let rig = try rig()
        try rig.commit(.accept(.sample(3)))
        var tidying = Tidying(RetentionPolicy(age: .seconds(1), tasks: 1), ended: 1)
        tidying.plan = RetentionPlan(RetentionPolicy(age: .seconds(1), tasks: 1), ended: 1, at: .sample)
        rig.writer.tidying = tidying
        for _ in 0..<3 { rig.tidy() }
        #expect(try rig.task(.sample(1)) == nil)
        #expect(try files(rig) == [])
    }

    @Test("goes when its task is to run again, which then counts as not ended")
    func replay() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .failed, Self.long, at: .sample))
        #expect(try files(rig).count == 1)
        let order = ReplayOrder(.task(.sample(1)), of: .sample(), mostAttempts: 1, at: .sample)
        #expect(try rig.commit(.replay(order)).isCommitted)
        #expect(try files(rig) == [])
        try rig.commit(.beginAttempt(.sample(1), at: .sample))
        try rig.commit(.finish(.sample(1), .succeeded, Self.long, at: .sample))
        #expect(try files(rig) == ["\(TaskID.sample(1)).2.stdout"])
        #expect(try rig.task(.sample(1))?.outcome == Self.long)
    }

    @Test("which a crash left without its row, or its row without it, is removed or told at the next start")
    func leftovers() throws {
        let rig = try rig()
        let files = OutputFiles(of: rig.database)
        let left = [
            files.path(.sample(1), 1, .stderr), files.path(.sample(1), 2, .stdout),
            files.path(.sample(2), 1, .stdout), files.path(.sample(77), 1, .stdout),
        ]
        for path in left { shell("touch '\(path)'") }
        shell("touch '\(files.directory)/mine' '\(files.directory)/\(TaskID.sample(1)).01.stdout'")
        rig.close()
        let next = try StoreRig(in: rig.folder)
        #expect(Set(files.list()).isSuperset(of: ["\(TaskID.sample(77)).1.stdout"]), "no start waits for it")
        next.commit(.accept(.sample(78)), ticket: 1)
        next.close()
        let names = files.list().filter { !$0.hasPrefix(".") }
        #expect(Set(names) == ["\(TaskID.sample(1)).1.stdout", "mine", "\(TaskID.sample(1)).01.stdout"])
    }

    @Test("that was left over goes a few files at a time, and only when nobody waits")
    func leftoversInSteps() throws {
        let rig = try rig()
        let files = OutputFiles(of: rig.database)
        rig.close()
        let count = 2 * StoreWriter.leftoverStep
        for number in 100..<100 + count { shell("touch '\(files.path(.sample(number), 1, .stdout))'") }
        let next = try WriterRig(in: rig.folder)
        #expect(next.tidy(isIdle: false) != nil)
        #expect(try self.files(next).count == count + 1)
        var left = count + 1
        while next.tidy() != nil {
            let now = try self.files(next).count
            #expect(left - now <= StoreWriter.leftoverStep)
            left = now
            #expect(try next.commit(.accept(.sample(left))).isCommitted)
        }
        #expect(try self.files(next) == ["\(TaskID.sample(1)).1.stdout"])
        #expect(try next.task(.sample(1))?.outcome == Self.long)
        #expect(next.tidy() == nil)
    }

    @Test("is in a backup's rows, and one that is damaged makes none")
    func backup() throws {
        let rig = try rig()
        let copy = "\(rig.folder.path)/copy.sqlite"
        let made = try StoreBackup.write(of: rig.folder.data, to: copy, replacing: false)
        #expect(made.tasks == 2 && made.bytes > Self.limit)
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)' && cp '\(copy)' '\(folder.database)'")
        let restored = try WriterRig(in: folder)
        #expect(try restored.task(.sample(1))?.outcome == Self.long)
        #expect(try files(restored) == [])
        shell("truncate -s -1 '\(path(rig))'")
        #expect(throws: StoreBackup.Failure.self) {
            try StoreBackup.write(of: rig.folder.data, to: copy + "2", replacing: false)
        }
        #expect(size(of: copy + "2") == nil)
    }
}

extension OutputFiles {
    /// All names in the folder.
    func list() -> [String] { walk()?.next(.max) ?? [] }
}
