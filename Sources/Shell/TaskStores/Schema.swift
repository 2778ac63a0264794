import Tasks

/// The tables, as numbered steps from an empty file to the present form. A step that was released never
/// changes.
enum Schema {
    /// "FUSE": written into the file's header, so that nobody else's SQLite file is taken for ours.
    static let applicationID: Int64 = 0x4655_5345
    static var version: Int64 { Int64(steps.count) }

    /// Brings a file to the present form, one transaction a step.
    ///
    /// - Parameter target: the version to stop at; tests make files of earlier ones.
    /// - Throws: `unusable` when the file is not ours, or was made by a newer version.
    static func bringUpToDate(
        _ connection: SQLiteConnection, to target: Int64 = version
    ) throws(StoreFault) {
        let present = try check(connection)
        if present > 0 { try checkForm(connection) }
        if present == version, try !isSealed(connection) { try seal(connection) }
        guard present < target else { return }
        for number in present..<target {
            do throws(StoreFault) {
                try connection.execute("BEGIN IMMEDIATE")
                try connection.execute(steps[Int(number)])
                // Of the present columns, whatever step they came with. A row that has its checksum keeps it:
                // a new one would hide damage.
                if number + 1 == lastStepThatChangedRows { try connection.execute(RowChecksum.sealing) }
                try connection.execute("PRAGMA application_id = \(applicationID)")
                if number + 1 == version { try seal(connection) }
                try connection.execute("PRAGMA user_version = \(number + 1)")
                try connection.execute("COMMIT")
            } catch {
                connection.rollBack()
                throw error
            }
        }
    }

    /// Reads whose file this is, without changing it, and returns the version of its tables; 0 when it is
    /// empty.
    static func check(_ connection: SQLiteConnection) throws(StoreFault) -> Int64 {
        let owner = try connection.number("PRAGMA application_id") ?? 0
        let found = try connection.number("PRAGMA user_version") ?? 0
        let tables = try connection.number("SELECT count(*) FROM sqlite_schema") ?? 0
        if owner == 0, found == 0, tables == 0 { return 0 }
        guard owner == applicationID else {
            throw StoreFault(.unusable, "\(connection.path): this SQLite file was not made by Fusebox")
        }
        guard found <= version else {
            throw StoreFault(
                .unusable,
                "\(connection.path): its tables are of version \(found), made by a newer Fusebox; "
                    + "this one knows versions up to \(version)")
        }
        return found
    }

    private static let steps = [
        first, circuitsByHandAndBackoff, sharedCircuits, retries, checksums, outputFiles, apart, events,
        // From here on `max_attempts` has two halves, which an earlier service would take for one number.
        "SELECT 1",
    ]

    /// The last step after which rows of an earlier one lack their checksum.
    private static let lastStepThatChangedRows: Int64 = 6

    // The index on tasks serves all (what waits, what was interrupted, counts, and pages newest first with or
    // without a status) until `apart` divides it.
    //
    // `number` keys a task's output by eight bytes. An index of 16-byte ids beside a table was as fast as a
    // table kept by id (WITHOUT ROWID), and does not suffer from long commands. The short columns come first,
    // so that reading them does not walk through a long command, and output has its own table, so that a page
    // of tasks does not drag it.
    private static let first = """
        CREATE TABLE tasks (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            bot TEXT NOT NULL,
            status INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            timeout_ms INTEGER NOT NULL,
            outcome INTEGER,
            exit_code INTEGER,
            signal TEXT,
            message TEXT,
            output_bytes INTEGER,
            error_output_bytes INTEGER,
            command TEXT,
            input TEXT
        );
        CREATE INDEX tasks_by_bot ON tasks (bot, status, id);
        CREATE TABLE outputs (
            task INTEGER PRIMARY KEY REFERENCES tasks (number) ON DELETE CASCADE,
            head BLOB NOT NULL,
            tail BLOB NOT NULL,
            error_head BLOB NOT NULL,
            error_tail BLOB NOT NULL
        );
        CREATE TABLE circuits (
            name TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            generation INTEGER NOT NULL,
            transition_sequence INTEGER NOT NULL,
            failure_count INTEGER NOT NULL,
            open_time_ns INTEGER NOT NULL,
            remaining_open_ns INTEGER NOT NULL,
            admitted INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            succeeded INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            ignored INTEGER NOT NULL,
            late INTEGER NOT NULL,
            recent_newest INTEGER NOT NULL,
            recent_older INTEGER NOT NULL,
            recent_count INTEGER NOT NULL,
            last_reason TEXT,
            taken_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE transitions (
            sequence INTEGER PRIMARY KEY,
            bot TEXT,
            from_state TEXT NOT NULL,
            to_state TEXT NOT NULL,
            reason TEXT NOT NULL,
            note TEXT,
            at_ms INTEGER NOT NULL
        );
        CREATE INDEX transitions_by_bot ON transitions (bot, sequence);
        CREATE TABLE meta (
            key TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) WITHOUT ROWID;
        """

    private static let circuitsByHandAndBackoff = """
        ALTER TABLE circuits ADD COLUMN remaining_manual_ns INTEGER;
        ALTER TABLE circuits ADD COLUMN backoff_level INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE circuits ADD COLUMN healthy_ns INTEGER NOT NULL DEFAULT 0;
        """

    // `circuit`: null is the bot's own. A bot that begins to share a circuit, or ceases to, leaves the row of
    // the circuit that it had: whoever puts the configuration back finds that as it was.
    private static let sharedCircuits = """
        ALTER TABLE transitions ADD COLUMN circuit TEXT;
        ALTER TABLE transitions ADD COLUMN actor TEXT;
        """

    // Tables are made anew, because columns that are added come last, behind the long ones. `outputs` goes
    // along: it must not refer to the table that is dropped, which would take its rows away.
    //
    // What a task is to do has a checksum of its own, because pages leave it out; so has its output, whose
    // checksum stands in the task's row, so that neither can go missing.
    //
    // The index holds what a start needs of each waiting task, so that a million of them are read from it
    // alone.
    private static let retries = """
        DROP INDEX tasks_by_bot;
        ALTER TABLE tasks RENAME TO old_tasks;
        CREATE TABLE tasks (
            number INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            bot TEXT NOT NULL,
            status INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            max_attempts INTEGER NOT NULL,
            crashes INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            run_at INTEGER,
            not_before INTEGER,
            expires_at INTEGER,
            started_at INTEGER,
            finished_at INTEGER,
            timeout_ms INTEGER NOT NULL,
            outcome INTEGER,
            exit_code INTEGER,
            signal TEXT,
            message TEXT,
            retry_at INTEGER,
            output_bytes INTEGER,
            error_output_bytes INTEGER,
            payload_checksum INTEGER NOT NULL DEFAULT 0,
            output_checksum INTEGER,
            checksum INTEGER NOT NULL DEFAULT 0,
            key_digest INTEGER,
            key TEXT,
            metadata TEXT,
            command TEXT,
            input TEXT
        );
        INSERT INTO tasks (number, id, bot, status, priority, attempts, max_attempts, crashes, created_at,
            started_at, finished_at, timeout_ms, outcome, exit_code, signal, message, output_bytes,
            error_output_bytes, command, input)
        SELECT number, id, bot, status, 5, attempts, 1, 0, created_at, started_at, finished_at, timeout_ms,
            outcome, exit_code, signal, message, output_bytes, error_output_bytes, command, input
        FROM old_tasks;
        CREATE TABLE new_outputs (
            task INTEGER PRIMARY KEY REFERENCES tasks (number) ON DELETE CASCADE,
            head BLOB NOT NULL,
            tail BLOB NOT NULL,
            error_head BLOB NOT NULL,
            error_tail BLOB NOT NULL
        );
        INSERT INTO new_outputs SELECT task, head, tail, error_head, error_tail FROM outputs;
        DROP TABLE outputs;
        DROP TABLE old_tasks;
        ALTER TABLE new_outputs RENAME TO outputs;
        CREATE INDEX tasks_by_bot ON tasks
            (bot, status, id, priority, attempts, run_at, not_before, expires_at);
        CREATE UNIQUE INDEX tasks_by_key ON tasks (bot, key) WHERE key IS NOT NULL;
        CREATE TABLE attempts (
            task INTEGER NOT NULL REFERENCES tasks (number) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            finished_at INTEGER NOT NULL,
            outcome INTEGER NOT NULL,
            exit_code INTEGER,
            signal TEXT,
            message TEXT,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (task, attempt)
        ) WITHOUT ROWID;
        """

    // What is null stands in the row itself, as it always did before.
    private static let outputFiles = """
        ALTER TABLE outputs ADD COLUMN head_bytes INTEGER;
        ALTER TABLE outputs ADD COLUMN tail_bytes INTEGER;
        ALTER TABLE outputs ADD COLUMN file_checksum INTEGER;
        ALTER TABLE outputs ADD COLUMN error_head_bytes INTEGER;
        ALTER TABLE outputs ADD COLUMN error_tail_bytes INTEGER;
        ALTER TABLE outputs ADD COLUMN error_file_checksum INTEGER;
        """

    private static let checksums = """
        ALTER TABLE circuits ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE transitions ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE meta ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
        """
}
