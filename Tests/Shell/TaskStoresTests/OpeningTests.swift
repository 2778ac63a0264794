import Glibc
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct OpeningTests {
    @Test func aNewFileIsOursAndUpToDate() throws {
        let rig = try WriterRig()
        #expect(try rig.number("PRAGMA application_id") == 0x4655_5345)
        #expect(try rig.number("PRAGMA user_version") == Schema.version)
    }

    @Test func everyCommitIsSynced() throws {
        let rig = try WriterRig()
        let connection = try rig.database.openForWriting()
        defer { connection.close() }
        #expect(try connection.number("PRAGMA synchronous") == 2)
        #expect(try connection.text("PRAGMA journal_mode") == "wal")
        #expect(try connection.number("PRAGMA foreign_keys") == 1)
        #expect(try connection.number("PRAGMA busy_timeout") == 0)
    }

    @Test func aNewerFileIsRefusedWithBothVersions() throws {
        let rig = try WriterRig()
        rig.close()
        try change(rig.folder, "PRAGMA user_version = 7777")
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: rig.folder) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains("7777") == true)
        #expect(fault?.message.contains("up to \(Schema.version)") == true)
        #expect(fault?.message.contains(rig.folder.database) == true)
    }

    @Test(arguments: ["CREATE TABLE tasks (id)", "PRAGMA user_version = 1", "PRAGMA application_id = 99"])
    func somebodyElsesFileIsRefusedAndUntouched(_ sql: String) throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'")
        try change(folder, sql)
        let before = contents(of: folder.database)
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: folder) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(folder.database) == true)
        #expect(fault?.message.contains("not made by Fusebox") == true)
        #expect(contents(of: folder.database) == before)
        #expect(size(of: folder.log) == nil)
    }

    /// One bit each, and SQLite's own check finds nothing.
    @Test(arguments: [
        ("events", "PRIMARY KEY", "PRIMAVY KEY"), ("tasks", "metadata TEXT", "metadata TEXV"),
        ("tasks", "DEFAULT 0", "DEFAULT 1"),
    ]) func tablesThatAreNotAsTheyWereMadeAreAFault(_ table: String, _ text: String, _ other: String) throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        rig.close()
        try change(
            rig.folder,
            """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = replace(sql, '\(text)', '\(other)') WHERE name = '\(table)'
            """)
        let connection = try SQLiteConnection(path: rig.folder.database, access: .readOnly)
        try connection.checkStructure()
        #expect(throws: StoreFault.self) { try connection.checkRows() }
        connection.close()
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: rig.folder) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains("the form of the tables is not as it was written") == true)
    }

    @Test func aFileWithoutTheChecksumOfItsTablesGetsIt() throws {
        let rig = try WriterRig()
        rig.close()
        try change(rig.folder, "DELETE FROM meta WHERE key = 'schema'")
        let again = try WriterRig(in: rig.folder)
        #expect(try again.number("SELECT count(*) FROM meta WHERE key = 'schema'") == 1)
        #expect(try again.recover().isRecovered)
        #expect(try again.reopened().commit(.accept(.sample(1))).isCommitted)
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'; head -c 8192 /dev/urandom > '\(folder.database)'")
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: folder) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(folder.database) == true)
    }

    @Test func anEmptyFileIsTakenAsNew() throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'; touch '\(folder.database)'")
        #expect(try WriterRig(in: folder).commit(.accept(.sample(1))).isCommitted)
    }

    @Test func aMigrationThatFailsLeavesTheFileAsItWas() throws {
        let folder = try TemporaryFolder()
        shell("mkdir '\(folder.data)'")
        let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA max_page_count = 3")
        #expect(throws: StoreFault.self) { try Schema.bringUpToDate(connection) }
        #expect(try connection.number("SELECT count(*) FROM sqlite_schema") == 0)
        #expect(try connection.number("PRAGMA user_version") == 0)
        try connection.execute("PRAGMA max_page_count = 1000")
        try Schema.bringUpToDate(connection)
        #expect(try connection.number("PRAGMA user_version") == Schema.version)
        connection.close()
    }

    /// Every page behind the first one overwritten: what is read of them is a fault that names the file.
    @Test func aDamagedFileIsUnusable() throws {
        let rig = try WriterRig()
        rig.commit(turns: (1...200).map { [.accept(.sample($0))] })
        rig.close()
        let path = rig.folder.database
        #expect(
            shell("dd if=/dev/urandom of='\(path)' bs=4096 seek=1 count=12 conv=notrunc 2>/dev/null") == 0)
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: rig.folder) }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(path) == true)
    }

    @Test func damageDoneWhileTheStoreIsOpenKeepsItFromRecovering() throws {
        let rig = try WriterRig()
        rig.commit(turns: (1...200).map { [.accept(.sample($0))] })
        #expect(try rig.recover().isRecovered)
        let path = rig.folder.database
        // Pages of the table that neither a recovery's commit nor the header needs.
        #expect(
            shell("dd if=/dev/urandom of='\(path)' bs=4096 seek=10 count=4 conv=notrunc 2>/dev/null") == 0)
        let fault = try #require(try rig.recover().fault)
        #expect(fault.kind == .unusable)
        #expect(fault.message.contains(path))
        #expect(try rig.commit(.accept(.sample(999))).fault?.kind == .unusable)
    }

    @Test(arguments: [
        ("status", "99", "unknown status 99"), ("bot", "'launch'", "no valid bot"),
        ("outcome", "99", "unknown outcome"),
        ("id", "x'00'", "id that is none"),
    ]) func aRowThatMakesNoSenseIsAFault(_ column: String, _ value: String, _ words: String) throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        try change(rig.folder, "UPDATE tasks SET \(column) = \(value)")
        let fault = #expect(throws: StoreFault.self) {
            _ = try rig.task(.sample(1))
            _ = try rig.tasks()
            _ = try rig.afterKill()
        }
        #expect(fault?.kind == .unusable)
        #expect(fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }

    @Test(arguments: ["circuit", "bot", "reason"])
    func aTransitionThatMakesNoSenseIsAFault(_ column: String) throws {
        let rig = try WriterRig()
        try rig.commit(.transition(.transition(7)))
        let copy = try rig.folder.copyAfterKill()
        try change(copy, "UPDATE transitions SET \(column) = 'a b'")
        let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: copy) }
        #expect(fault?.kind == .unusable && fault?.message.contains("transition 7") == true)
    }

    @Test func aCircuitThatMakesNoSenseIsAFault() throws {
        let rig = try WriterRig()
        try rig.commit(.circuit(.sample()))
        for (column, value) in [("state", "Ajar"), ("last_reason", "boredom")] {
            let copy = try rig.folder.copyAfterKill()
            try change(copy, "UPDATE circuits SET \(column) = '\(value)'")
            let fault = #expect(throws: StoreFault.self) { _ = try WriterRig(in: copy) }
            #expect(fault?.kind == .unusable)
            #expect(fault?.message.contains(value) == true)
        }
    }
}

@Suite struct FullStoreTests {
    @Test func aStoreAtItsSizeLimitIsFullAndGoesOnAfterARecovery() throws {
        var settings = SQLiteSettings()
        settings.maximumPages = 40
        let rig = try WriterRig(settings: settings)
        try rig.commit(.accept(.sample(1)))
        let large = TaskRecord.sample(2, command: String(repeating: "x", count: 300_000))
        let fault = try #require(try rig.commit(.accept(large), .accept(.sample(3))).fault)
        #expect(fault.kind == .full)
        #expect(fault.message.contains(rig.folder.database))
        #expect(try rig.commit(.accept(.sample(4))).fault == fault)
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1)])
        #expect(try rig.recover().isRecovered)
        #expect(try rig.commit(.accept(.sample(4))).isCommitted)
        #expect(try rig.reopened().state.queued.map(\.task) == [.sample(1), .sample(4)])
    }

    /// More pages than SQLite keeps in memory reach the log before COMMIT: they carry no mark, so they are
    /// nothing.
    @Test func aLargeBatchThatFailsHalfwayLeavesNothing() throws {
        let rig = try WriterRig()
        try rig.commit(.accept(.sample(1)))
        let text = String(repeating: "x", count: 1_000_000)
        let writes = (2...30).map { StoreWrite.accept(.sample($0, command: text)) } + [.accept(.sample(1))]
        #expect(rig.commit(turns: [writes]).first?.fault?.kind == .unusable)
        #expect(try #require(size(of: rig.folder.log)) > 8_000_000, "it did reach the log")
        #expect(try rig.afterKill().state.queued.map(\.task) == [.sample(1)])
    }
}

/// Changes a store's file behind its back.
func change(_ folder: TemporaryFolder, _ sql: String) throws {
    let connection = try SQLiteConnection(path: folder.database, access: .readWrite)
    defer { connection.close() }
    try connection.execute(sql)
}
