import Glibc

/// The commits in a write-ahead log, counted by the mark that each one's last page carries: SQLite's file
/// format, section 4.1: a header of 32 bytes, then for each page 24 bytes, of which the second four are not 0
/// in a commit, and the page. Pages of an earlier use of the log have other salts.
func committedFrames(inLog path: String) -> Int {
    guard let bytes = contents(of: path), bytes.count >= 32 else { return 0 }
    func number(at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let pageSize = Int(number(at: 8))
    var commits = 0
    for frame in stride(from: 32, through: bytes.count - 24 - pageSize, by: 24 + pageSize)
    where bytes[frame + 8..<frame + 16] == bytes[16..<24] && number(at: frame + 4) != 0 {
        commits += 1
    }
    return commits
}

/// All bytes of a file, or nil when it cannot be opened.
func contents(of path: String) -> [UInt8]? {
    // Safe: the path lives during the call, and the file is closed below.
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
        // Safe: the array is as long as `count` says.
        let count = unsafe fread(&part, 1, part.count, file)
        guard count > 0 else { return bytes }
        bytes += part[..<count]
    }
}
