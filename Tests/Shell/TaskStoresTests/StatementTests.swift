import SeededRandom
import StoreFixtures
import Tasks
import Testing

@testable import TaskStores

@Suite struct StatementTests {
    private let folder: TemporaryFolder
    private let connection: SQLiteConnection

    init() throws {
        folder = try TemporaryFolder()
        connection = try SQLiteConnection(path: "\(folder.path)/file", access: .readWrite)
    }

    @Test func valuesGoInAndComeOutWithTheirTypes() throws {
        let statement = try connection.prepare("SELECT ?, ?, ?, ?, ?, ?, ?")
        statement.bind(Int64.min)
        statement.bind(Int64.max)
        statement.bind("")
        statement.bind(nil as String?)
        statement.bind([])
        statement.bind([0, 255])
        statement.bind(TaskID(high: 1, low: .max))
        #expect(try statement.step())
        #expect(statement.number(0) == .min)
        #expect(statement.number(1) == .max)
        #expect(statement.optionalText(2) == "")
        #expect(statement.optionalText(3) == nil)
        #expect(!statement.isNull(4) && statement.bytes(4) == [])
        #expect(statement.bytes(5) == [0, 255])
        #expect(statement.taskID(6) == TaskID(high: 1, low: .max))
        #expect(statement.taskID(5) == nil, "two bytes are no id")
        #expect(try !statement.step())
    }

    @Test func aResetStatementForgetsItsValues() throws {
        let statement = try connection.prepare("SELECT ?, ?")
        statement.bind(1)
        statement.bind(2)
        #expect(try statement.step())
        statement.reset()
        statement.bind(3)
        #expect(try statement.step())
        #expect(statement.number(0) == 3)
        #expect(statement.isNull(1))
    }

    @Test func aValueTooManyIsReportedByTheStep() throws {
        let statement = try connection.prepare("SELECT ?")
        statement.bind(1)
        statement.bind(2)
        #expect(throws: StoreFault.self) { try statement.step() }
        statement.reset()
        statement.bind(1)
        #expect(try statement.step(), "the next use starts afresh")
    }

    @Test func aFaultNamesTheFileTheOperationAndTheReason() throws {
        let fault = #expect(throws: StoreFault.self) { try connection.execute("SELECT * FROM nowhere") }
        #expect(fault?.message.contains("\(folder.path)/file") == true)
        #expect(fault?.message.contains("SELECT * FROM nowhere") == true)
        #expect(fault?.message.contains("no such table: nowhere") == true)
    }

    @Test func idsSortAsTheirBytes() throws {
        try connection.execute("CREATE TABLE ids (id BLOB PRIMARY KEY)")
        let insert = try connection.prepare("INSERT INTO ids VALUES (?)")
        let ids = [TaskID(high: .max, low: 0), .sample(2), TaskID(high: 0, low: .max), .sample(1)]
        for id in ids {
            insert.bind(id)
            try insert.run()
            insert.reset()
        }
        let found = try connection.withStatement("SELECT id FROM ids ORDER BY id") { row throws(StoreFault) in
            var found: [TaskID?] = []
            while try row.step() { found.append(row.taskID(0)) }
            return found
        }
        #expect(found == ids.sorted())
    }

    @Test(arguments: [
        (13, 0, StoreFault.Kind.full), (10, 5, .inputOutput), (1034, 5, .inputOutput), (778, 28, .full),
        (778, 122, .full), (14, 2, .inputOutput), (8, 0, .inputOutput), (1032, 0, .inputOutput),
        (11, 0, .unusable), (779, 0, .unusable), (26, 0, .unusable), (5, 0, .inUse), (19, 0, .unusable),
        (2067, 0, .unusable), (1, 0, .unusable), (21, 0, .unusable), (7, 0, .inputOutput),
    ]) func aCodeOfSQLiteHasItsKind(_ code: Int32, _ systemCode: Int32, _ kind: StoreFault.Kind) {
        #expect(StoreFault.Kind(sqlite: code, systemCode: systemCode) == kind)
    }
}
