/// What the present code is let off, file by file, each with its reason. A list only shrinks: an entry that
/// is no longer needed fails the check it belongs to.
enum Exceptions {
    /// Files with lines that are too long, and how many of them at most. Not yet wrapped.
    static let longLines: [String: Int] = [:]

    /// Files that are too long, and their lines at most. Not yet split.
    static let longFiles: [String: Int] = [:]

    /// Files with a function that is too long, and its lines at most. Not yet split.
    static let longFunctions: [String: Int] = [:]

    /// Files that may say what is still to be done, and why it is not done at once.
    static let openEnds: [String: String] = [:]

    /// Where `unsafe` may stand outside UV, and what for.
    static let unsafe: [String: String] = [
        "Sources/App/fusebox/Descriptor.swift": "reads and writes files and standard streams by system calls",
        "Sources/App/bench/Measuring/Files.swift": "looks at files, and measures syncs by system calls",
        "Sources/Shell/SharedBreaking/MonotonicReading.swift": "reads the clock by a system call",
        "Sources/Shell/TaskStores/SQLiteConnection.swift": "opens and closes SQLite's connection",
        "Sources/Shell/TaskStores/SyncClock.swift": "stands between SQLite and the log's file",
        "Sources/Shell/TaskStores/SQLiteStatement.swift": "binds and reads SQLite's statements",
        "Sources/Shell/TaskStores/SQLiteFault.swift": "reads SQLite's messages, which are C strings",
        "Sources/Shell/TaskStores/SQLiteConnection+Checksum.swift": "is called by SQLite with its values",
        "Sources/Shell/TaskStores/Checksum.swift": "reads bytes where SQLite keeps them",
        "Sources/Shell/TaskStores/WriteAheadLog.swift": "reads a file by system calls",
        "Sources/Shell/TaskStores/FileNames.swift": "renames and removes files by system calls",
        "Sources/Shell/TaskStores/OutputFiles.swift": "reads and writes files by system calls",
        "Sources/Shell/TaskStores/DataDirectory.swift": "makes and locks the directory by system calls",
        "Sources/Shell/Patterns/Pattern.swift": "compiles and frees PCRE2's patterns",
        "Sources/Shell/Patterns/PatternSearch.swift": "calls PCRE2 with bytes, and is called back by it",
        "Sources/Shell/Patterns/ZoneFiles.swift": "reads the files of time zones by system calls",
        "Sources/Shell/Telemetry/OpenFile.swift": "opens, writes and syncs a file by system calls",
        "Sources/Shell/Telemetry/ProcessReading.swift": "asks the system what the process uses",
    ]
}
