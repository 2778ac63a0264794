import Tasks

// What the file says of its tables has a checksum among the numbers. SQLite believes any text that it can
// parse: with one bit turned over in `PRIMARY KEY` the events are all there and none of them is found, and
// the integrity check has nothing to say about it.

extension Schema {
    /// The name of the number.
    private static let key = "schema"

    /// Without the places of the tables in the file, which are others in a copy.
    private static let checksum = """
        (SELECT row_checksum(group_concat(line)) FROM (SELECT type || name || tbl_name || coalesce(sql, '')
        AS line FROM sqlite_schema ORDER BY type, name))
        """

    /// Finds a row when the tables are not as they were made; nothing when that was never written down.
    static let damage = """
        SELECT 'the form of the tables' FROM meta WHERE key = '\(key)' AND value IS NOT \(checksum)
        """

    /// - Throws: `unusable` when the tables are not as they were made.
    static func checkForm(_ connection: SQLiteConnection) throws(StoreFault) {
        guard let what = try connection.text(damage) else { return }
        throw StoreFault(
            .unusable, "\(connection.path): the file is damaged: \(what) is not as it was written")
    }

    /// Whether the checksum was written down: files that were made before it lack it.
    static func isSealed(_ connection: SQLiteConnection) throws(StoreFault) -> Bool {
        try connection.number("SELECT count(*) FROM meta WHERE key = '\(key)'") == 1
    }

    /// Writes the checksum of tables that have got their present form.
    static func seal(_ connection: SQLiteConnection) throws(StoreFault) {
        try connection.execute(
            """
            INSERT OR REPLACE INTO meta (key, value, checksum)
            SELECT '\(key)', value, row_checksum('\(key)', value) FROM (SELECT \(checksum) AS value)
            """)
    }
}
