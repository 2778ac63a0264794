import Tasks

/// The files of a database as they were opened.
///
/// Whoever removes one of them under a running service, or puts another in its place, takes all later commits
/// along: the connection goes on in a file without a name, and that is gone with the process. So before each
/// commit the names are looked at, which costs a microsecond.
struct OpenedFiles: Sendable {
    private let path: String
    private let names: FileNames
    private let places: [(path: String, place: FilePlace)]

    /// To be made when the connection has read, so that the log is there.
    init(of database: Database) {
        (path, names) = (database.path, database.settings.names)
        let names = names
        places = [path, "\(path)-wal"].compactMap { path in names.place(of: path).map { (path, $0) } }
    }

    /// - Throws: when a commit would be on no disk that anybody finds.
    func requireInPlace() throws(StoreFault) {
        for (path, place) in places where names.place(of: path) != place {
            let what = names.exists(path) ? "is not the file that was opened" : "was removed"
            throw StoreFault(.inputOutput, "\(path) \(what)")
        }
    }

    /// - Throws: when a new file would overwrite one that somebody else put there.
    func requireNoOther() throws(StoreFault) {
        guard let own = places.first(where: { $0.path == path }), let found = names.place(of: path),
            found != own.place
        else { return }
        throw StoreFault(
            .inputOutput,
            "\(path) is not the file that was opened, and is not overwritten: move it away, and all that is "
                + "known is written anew")
    }
}
